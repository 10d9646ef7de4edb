//! What mailings and their mails are called on pages, in the page's language.

use gate::{Part, Problem};
use policy::facts::MailingState;
use texts::{Language, mailings as say, refusals};

use crate::ui::number::grouped;

pub(crate) use policy::why::{reason, row_state};

/// A count for a sentence, which never has less than nothing.
pub(crate) fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// People that a page counts at most; whoever wants to know more asks.
pub(super) const GLANCE: i64 = 10_000;
/// People that are counted while somebody chooses whom to reach.
pub(super) const CHOOSING: i64 = 20_000;

/// So many people, counted no further than `most`.
pub(super) fn people(language: Language, n: i64, most: i64) -> String {
    match n {
        1 => say::people_one(language),
        n if n > most => say::people_more(language, &grouped(language, most)),
        n => say::people(language, &grouped(language, n)),
    }
}

/// Where a mailing stands.
pub(in crate::customers) fn state(language: Language, state: MailingState) -> String {
    match state {
        MailingState::Draft => say::state_draft(language),
        MailingState::Scheduled => say::state_scheduled(language),
        MailingState::Running => say::state_running(language),
        MailingState::Paused => say::state_paused(language),
        MailingState::Held => say::state_held(language),
        MailingState::Aborted => say::state_aborted(language),
        MailingState::Finished => say::state_finished(language),
    }
}

/// The kind of sign that goes with a state.
pub(in crate::customers) const fn sign(state: MailingState) -> &'static str {
    match state {
        MailingState::Draft => "open",
        MailingState::Scheduled | MailingState::Running => "info",
        MailingState::Paused => "wait",
        MailingState::Held | MailingState::Aborted => "bad",
        MailingState::Finished => "good",
    }
}

/// Why a mailing is held.
pub(super) fn held(language: Language, reason: &str) -> String {
    refusals::customer(language, reason, None).unwrap_or_else(|| say::held_by_rule(language))
}

/// A problem of what a customer wrote: where, and what.
pub(super) fn problem(language: Language, problem: &Problem) -> String {
    // What is not there has no place.
    match (problem.part, &problem.fault) {
        (Part::Subject, gate::Fault::Empty) => return say::subject_missing(language),
        (Part::Body, gate::Fault::Empty) => return say::body_missing(language),
        _ => {}
    }
    let (line, column) = (count_of(problem.line), count_of(problem.column));
    let place = match problem.part {
        Part::Subject => say::in_subject(language, column),
        Part::Preheader => say::in_preheader(language, column),
        Part::Body => say::in_body(language, line, column),
    };
    format!("{place}: {}", problem.fault.say(language))
}

fn count_of(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// How long after its tag an autoresponder's mail leaves.
pub(super) fn delay(language: Language, minutes: i64) -> String {
    match minutes {
        0 => say::delay_at_once(language),
        n if n % 1_440 == 0 => say::delay_days(language, count(n / 1_440)),
        n if n % 60 == 0 => say::delay_hours(language, count(n / 60)),
        n => say::delay_minutes(language, count(n)),
    }
}
