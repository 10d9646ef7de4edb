//! What several pages of the desk show in the same words.

use std::time::Duration;

use policy::case::CaseKind;
use policy::{Standing, Timestamp};
use store::cases::{Case, Decision};
use texts::{Language, desk as t};

use crate::ui::html::Html;
use crate::ui::number::grouped;
use crate::ui::time;
use crate::ui::visit::Visit;

pub(super) use crate::ui::score::{Scored, percent, score, source};
pub(super) use crate::ui::state::Badge;

/// Times of the desk: the clocks of cases count in UTC (R92), and so does everything beside them.
pub(super) const ZONE: &str = "UTC";

/// Who signs what this visitor decides: the name of the log-in.
pub(super) fn signer(visit: &Visit) -> String {
    let name = visit.person.as_ref().map(|person| person.name.trim()).unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    if name.is_empty() { visit.actor() } else { name }
}

/// A moment.
pub(super) fn at(language: Language, at: Timestamp) -> Html {
    time::marked(language, ZONE, at)
}

/// A whole number with its thousands apart.
pub(super) fn number(language: Language, number: i64) -> String {
    grouped(language, number)
}

/// A span in its largest unit that says enough.
pub(super) fn span(language: Language, span: Duration) -> String {
    let minutes = span.as_secs() / 60;
    match minutes {
        0..120 => t::span_minutes(language, minutes),
        120..2_880 => t::span_hours(language, minutes / 60),
        _ => t::span_days(language, minutes / 1_440),
    }
}

/// How near a deadline is.
pub(super) fn clock(language: Language, due: Timestamp, now: Timestamp) -> Badge {
    if now > due {
        return Badge::new("bad", t::overdue_by(language, &span(language, now.since(due))));
    }
    let left = due.since(now);
    let kind = if left < Duration::from_secs(4 * 60 * 60) { "wait" } else { "info" };
    Badge::new(kind, t::due_in(language, &span(language, left)))
}

/// A kind of case.
pub(super) fn case_kind(language: Language, kind: CaseKind) -> String {
    match kind {
        CaseKind::Complaint => t::kind_complaint(language),
        CaseKind::Suspension => t::kind_suspension(language),
        CaseKind::ListBombing => t::kind_list_bombing(language),
        CaseKind::Attribution => t::kind_attribution(language),
        CaseKind::Letter => t::kind_letter(language),
        CaseKind::Wish => t::kind_wish(language),
    }
}

/// What a case is about, in one line. What people wrote themselves stands as they wrote it.
pub(super) fn about(language: Language, case: &Case, mailing: &str) -> String {
    match case.kind {
        CaseKind::Complaint => t::about_complaint(language, mailing),
        CaseKind::ListBombing => t::about_list_bombing(language),
        CaseKind::Suspension => match store::cases::scored(&case.summary) {
            Some(score) => {
                t::about_score(language, &number(language, score.complaints()), &number(language, score.sent()))
            }
            None if case.summary == store::cases::RESTED => t::about_rested(language),
            None => case.summary.clone(),
        },
        CaseKind::Attribution | CaseKind::Letter | CaseKind::Wish => {
            let said = case.summary.split_once(": ").map_or(case.summary.as_str(), |(_, said)| said);
            if said.trim().is_empty() { t::about_wordless(language) } else { said.to_owned() }
        }
    }
}

/// A decision in a word.
pub(super) fn decision(language: Language, word: &str) -> String {
    match Decision::from_word(word) {
        Some(Decision::Reinstate) => t::decision_reinstate(language),
        Some(Decision::Terminate) => t::decision_terminate(language),
        Some(Decision::ReleaseMailing) => t::decision_release_mailing(language),
        Some(Decision::ReopenForm) => t::decision_reopen_form(language),
        Some(Decision::Close) => t::decision_close(language),
        None => word.to_owned(),
    }
}

/// The standing of an account.
pub(super) fn standing(language: Language, standing: Standing) -> Badge {
    match standing {
        Standing::Active => Badge::new("good", t::standing_active(language)),
        Standing::Suspended => Badge::new("bad", t::standing_suspended(language)),
        Standing::Terminated => Badge::new("bad", t::standing_terminated(language)),
    }
}

/// The address of an account's page, with its name.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) href: String,
    pub(super) label: String,
}

/// The link to an account's page.
pub(super) fn account(id: policy::AccountId, name: &str) -> Link {
    Link { href: format!("/desk/accounts/{id}"), label: name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves R92: a clock that ran out says so.
    #[test]
    fn r92_clocks_say_what_is_the_case() {
        let now = Timestamp::from_seconds(1_000_000);
        assert_eq!(clock(Language::En, now - Duration::from_secs(7_200), now).kind, "bad");
        assert_eq!(clock(Language::En, now, now).kind, "wait");
        assert_eq!(clock(Language::En, now + Duration::from_secs(100_000), now).kind, "info");
    }
}
