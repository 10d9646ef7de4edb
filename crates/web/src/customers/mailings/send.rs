//! From a draft to a running mailing: test mails, a time, the last look, and stopping it.

use askama::Template;
use policy::facts::MailingState;
use policy::role::Role;
use policy::zone::{Zone, ZoneProblem};
use policy::{Timestamp, UserId};
use store::StoreError;
use store::mailings::MailingKind;
use store::users::TEST_MAILS_A_DAY;
use texts::{Language, mailings as say};

use super::checklist::{Checklist, Item};
use super::letter::{Letter, Room, Tab, settled};
use super::words;
use crate::error::Fault;
use crate::ui::form::{Choice, Field, Form, Kind, must};
use crate::ui::number::grouped;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::{Visit, see_other};

/// Who asks the last look for it has everybody counted: of a million people that takes seconds.
const EVERYBODY: i64 = i64::MAX - 1;
/// The parameter by which the last look is asked, and its word.
const COUNT: (&str, &str) = ("count", "everybody");
/// Users that one form names at most.
const TESTERS: usize = 10;
pub(super) const TEST: &[Field] = &[must("users", say::field_testers, Kind::Picks(TESTERS))];
pub(super) const SCHEDULE: &[Field] = &[must("at", say::field_at, Kind::Moment)];
/// What was shown is what is started.
pub(super) const START: &[Field] = &[must("revision", say::field_at, Kind::Hidden(20))];

#[derive(Template)]
#[template(path = "customers/mailings/send.html")]
struct Send {
    shell: Shell,
    t: say::Say,
    tabs: Vec<Tab>,
    sign: &'static str,
    state: String,
    news: bool,
    /// It was started: only test mails are left.
    begun: bool,
    items: Vec<Item>,
    done: bool,
    tests: Form,
    test_action: String,
    /// No user's address is proven.
    nobody: bool,
    team: String,
    test_limit: String,
    schedule: Form,
    schedule_action: String,
    zone: String,
    /// When it begins, by the account's clock and in UTC.
    scheduled: Option<String>,
    unschedule: String,
    start: String,
    what_follows: Vec<String>,
}

fn empty(visit: &Visit, fields: &'static [Field]) -> Form {
    Form::empty(visit.language, visit.mark(), fields)
}

/// By the account's clock, and in UTC where that is another.
fn both_clocks(language: Language, letter: &Letter, at: Timestamp) -> String {
    let own = letter.moment(language, at);
    let utc = policy::zone::utc(at);
    say::both_clocks(language, &own, utc.get(11..16).unwrap_or_default())
}

async fn page(visit: &Visit, letter: &Letter, tests: Option<Form>, schedule: Option<Form>) -> Result<Send, Fault> {
    let language = visit.language;
    let checklist = Checklist::of(visit, letter, words::GLANCE).await?;
    let users = visit.web.store.users(letter.account.id).await?;
    let proven = users.iter().filter(|user| user.proven_at.is_some() && user.tests_stopped_at.is_none());
    let testers: Vec<Choice> = proven
        .map(|user| Choice { hint: user.address.as_str().to_owned(), ..Choice::new(user.id, user.name.clone()) })
        .collect();
    let (sign, state) = letter.sign(language);
    let scheduled = letter.mailing.scheduled_at.filter(|_| letter.mailing.state == MailingState::Scheduled);
    let news = letter.mailing.kind == MailingKind::Newsletter;
    Ok(Send {
        shell: letter.shell(visit),
        t: say::Say(language),
        tabs: letter.tabs(visit, Room::Send),
        sign,
        state,
        news,
        done: checklist.is_done(),
        items: checklist.items,
        nobody: testers.is_empty(),
        tests: tests.unwrap_or_else(|| empty(visit, TEST)).options("users", testers),
        test_action: letter.at("test"),
        team: format!("/a/{}/team", letter.account.id),
        test_limit: say::test_limit(language, words::count(TEST_MAILS_A_DAY)),
        schedule: schedule.unwrap_or_else(|| empty(visit, SCHEDULE)),
        schedule_action: letter.at("schedule"),
        zone: say::zone_hint(language, &letter.account.time_zone, &letter.moment(language, visit.now())),
        scheduled: scheduled.map(|at| both_clocks(language, letter, at)),
        unschedule: letter.at("unschedule"),
        start: letter.at("start"),
        begun: has_begun(letter),
        what_follows: if news { Vec::new() } else { series_rules(language) },
    })
}

/// What an autoresponder does, and to whom (docs/autoresponders.md).
fn series_rules(language: Language) -> Vec<String> {
    vec![
        say::series_from_now(language),
        say::series_once(language),
        say::series_tag_gone(language),
        say::series_pause(language),
    ]
}

async fn ready(visit: &Visit, kind: MailingKind) -> Result<Letter, Fault> {
    let letter = Letter::of(visit, kind).await?;
    if !has_begun(&letter) || kind == MailingKind::Autoresponder { Ok(letter) } else { Err(Fault::Conflict) }
}

/// Whether it was started: an autoresponder then takes test mails still, and nothing else here.
fn has_begun(letter: &Letter) -> bool {
    !letter.is_draft() && letter.mailing.state != MailingState::Scheduled
}

/// GET: the way out.
pub(super) async fn show(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = Letter::of(visit, kind).await?;
    if has_begun(&letter) && kind == MailingKind::Newsletter {
        return Ok(see_other(letter.at("").trim_end_matches('/')));
    }
    visit.show(&page(visit, &letter, None, None).await?)
}

/// POST: test mails to people of the account.
pub(super) async fn test(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = ready(visit, kind).await?;
    let mut shown = page(visit, &letter, Some(visit.form()), None).await?;
    if !shown.done {
        shown.tests.refused(say::not_ready(visit.language));
    }
    if !shown.tests.is_good() {
        return visit.again(&shown);
    }
    let users = shown.tests.ids("users").into_iter().map(UserId::from_raw).collect();
    match visit.web.store.send_test(letter.account.id, letter.mailing.id, users, visit.now()).await {
        Ok(_) => visit.to(&letter.at("send"), "sent"),
        // Who may get one was asked above; what is left is the day's limit.
        Err(StoreError::Invalid(_)) => {
            shown.tests.refused(shown.test_limit.clone());
            visit.again(&shown)
        }
        Err(error) => Err(error.into()),
    }
}

/// The moment that a form names, or what is wrong with it.
fn moment(language: Language, zone: &str, text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let unknown = |_| say::time_zone_unknown(language);
    let at = Zone::parse(zone).map_err(unknown)?.moment(text);
    let at = at.map_err(|problem| match problem {
        ZoneProblem::Skipped => say::time_skipped(language),
        ZoneProblem::NotAMoment => say::time_unreadable(language),
        ZoneProblem::UnknownZone => say::time_zone_unknown(language),
    })?;
    if at < now { Err(say::time_over(language)) } else { Ok(at) }
}

/// POST: lets a newsletter begin at a time of the account's zone.
pub(super) async fn schedule(visit: Visit) -> Answer {
    let letter = ready(&visit, MailingKind::Newsletter).await?;
    let mut shown = page(&visit, &letter, None, Some(visit.form())).await?;
    if !shown.done {
        shown.schedule.refused(say::not_ready(visit.language));
    }
    let at = moment(visit.language, &letter.account.time_zone, shown.schedule.text("at"), visit.now());
    if let Err(problem) = &at
        && shown.schedule.is_good()
    {
        shown.schedule.wrong("at", problem.clone());
    }
    let (true, Ok(at)) = (shown.schedule.is_good(), at) else { return visit.again(&shown) };
    let (account, id) = (letter.account.id, letter.mailing.id);
    settled(visit.web.store.schedule_mailing(account, id, Some(at), &visit.actor(), visit.now()).await)?;
    visit.to(&letter.at("send"), "saved")
}

/// POST: makes it a draft again.
pub(super) async fn unschedule(visit: Visit) -> Answer {
    let letter = ready(&visit, MailingKind::Newsletter).await?;
    let (account, id) = (letter.account.id, letter.mailing.id);
    settled(visit.web.store.schedule_mailing(account, id, None, &visit.actor(), visit.now()).await)?;
    visit.to(&letter.at("send"), "saved")
}

/// A line of what is about to happen.
struct Fact {
    label: String,
    value: String,
    /// Where more is told, and what; empty where this is all.
    more: String,
    more_label: String,
}

#[derive(Template)]
#[template(path = "customers/mailings/start.html")]
struct Start {
    shell: Shell,
    t: say::Say,
    facts: Vec<Fact>,
    items: Vec<Item>,
    done: bool,
    form: Form,
    action: String,
    button: String,
    back: String,
    what_follows: Vec<String>,
}

/// How many people it reaches; more than a page counts by itself are counted for whoever asks.
fn recipients(language: Language, letter: &Letter, reach: i64, most: i64) -> Fact {
    let label = say::fact_reach(language);
    if reach <= most {
        return Fact { label, value: grouped(language, reach), more: String::new(), more_label: String::new() };
    }
    Fact {
        label,
        value: words::people(language, reach, most),
        more: format!("{}?{}={}", letter.at("start"), COUNT.0, COUNT.1),
        more_label: say::count_everybody(language),
    }
}

/// GET: the last look: to how many people, from which sender, about which topic, and what the score is (R71).
pub(super) async fn confirm(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = ready(visit, kind).await?;
    if has_begun(&letter) {
        return Ok(see_other(&letter.at("results")));
    }
    let language = visit.language;
    let most = if visit.query(COUNT.0) == COUNT.1 { EVERYBODY } else { words::GLANCE };
    let checklist = Checklist::of(visit, &letter, most).await?;
    let scores = visit.web.store.scores(letter.account.id, visit.now()).await?;
    let sender = checklist.sample.account.sender.as_ref();
    let sender =
        sender.map_or_else(String::new, |sender| format!("{} <{}>", sender.display_name, sender.address.as_str()));
    let share = scores.recent.permille().map_or_else(
        || say::score_none(language),
        |permille| {
            // Hundredths of a per mille; ten of them are one of a per cent, rounded up.
            let hundredths = u64::try_from(permille.hundredths).unwrap_or(0).div_ceil(10);
            say::score_now(language, &texts::percent(language, hundredths), words::count(scores.recent.complaints()))
        },
    );
    let fact = |label: String, value: String| Fact { label, value, more: String::new(), more_label: String::new() };
    let mut facts = Vec::new();
    facts.extend(checklist.reach.map(|reach| recipients(language, &letter, reach, most)));
    facts.push(fact(say::fact_subject(language), letter.mailing.content.subject.clone()));
    facts.push(fact(say::fact_sender(language), sender));
    facts.push(fact(say::fact_topic(language), checklist.sample.statement.clone()));
    facts.push(fact(say::fact_score(language), share));
    let news = kind == MailingKind::Newsletter;
    let title = if news { say::start_title(language) } else { say::activate_title(language) };
    let mut shell = letter.shell(visit).crumb(letter.at("send"), letter.mailing.name.clone());
    shell.title = title;
    let button = match checklist.reach {
        Some(reach) => say::start_button(language, &words::people(language, reach, most)),
        None => say::activate_button(language),
    };
    visit.show(&Start {
        shell,
        t: say::Say(language),
        facts,
        done: checklist.is_done(),
        items: checklist.items,
        form: empty(visit, START).with("revision", letter.mailing.revision),
        action: letter.at("start"),
        button,
        back: letter.at("send"),
        what_follows: if news { Vec::new() } else { series_rules(language) },
    })
}

/// POST: it begins, as it was shown.
pub(super) async fn start(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = ready(visit, kind).await?;
    let shown = visit.form().int("revision");
    let checklist = Checklist::of(visit, &letter, words::GLANCE).await?;
    if shown != Some(letter.mailing.revision) || !checklist.is_done() {
        return Err(Fault::Conflict);
    }
    let (account, id) = (letter.account.id, letter.mailing.id);
    settled(visit.web.store.start_mailing(account, id, &visit.actor(), visit.now()).await)?;
    let next = if kind == MailingKind::Newsletter { "live" } else { "results" };
    visit.to(&letter.at(next), "started")
}

/// The page that shows what became of a pause, of a mailing that goes on, or of its end.
fn watched(letter: &Letter) -> String {
    letter.at(if letter.mailing.kind == MailingKind::Newsletter { "live" } else { "results" })
}

/// POST: nothing more begins. Answers when nothing that began after it can be completed.
pub(super) async fn pause(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = Letter::of(visit, kind).await?;
    let (account, id) = (letter.account.id, letter.mailing.id);
    settled(visit.web.store.pause_mailing(account, id, &visit.actor(), visit.now()).await)?;
    visit.to(&watched(&letter), "paused")
}

/// POST: it goes on.
pub(super) async fn resume(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = Letter::of(visit, kind).await?;
    let (account, id) = (letter.account.id, letter.mailing.id);
    settled(visit.web.store.resume_mailing(account, id, &visit.actor(), visit.now()).await)?;
    visit.to(&watched(&letter), "resumed")
}

/// POST: it ends for good.
pub(super) async fn abort(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = Letter::of(visit, kind).await?;
    let (account, id) = (letter.account.id, letter.mailing.id);
    settled(visit.web.store.abort_mailing(account, id, &visit.actor(), visit.now()).await)?;
    visit.to(&letter.at("results"), "stopped")
}

/// What may be done with a mailing on its way, by this visitor.
pub(super) struct Reins {
    pub(super) csrf: String,
    pub(super) pause: Option<String>,
    pub(super) resume: Option<String>,
    pub(super) abort: Option<String>,
}

impl Reins {
    pub(super) fn of(visit: &Visit, letter: &Letter) -> Self {
        use MailingState::{Held, Paused, Running, Scheduled};
        let editor = visit.may(Role::Editor);
        let state = letter.mailing.state;
        let at = |shown: bool, what: &str| (editor && shown).then(|| letter.at(what));
        Self {
            csrf: visit.mark(),
            pause: at(state == Running, "pause"),
            resume: at(state == Paused, "resume"),
            abort: at(matches!(state, Running | Paused | Held | Scheduled), "abort"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_the_clocks_skip_is_told() {
        let now = Timestamp::from_seconds(1_700_000_000);
        let at = |text| moment(Language::De, "Europe/Berlin", text, now);
        assert_eq!(at("2026-03-29T02:30"), Err(say::time_skipped(Language::De)));
        assert_eq!(at("2020-03-29T01:30"), Err(say::time_over(Language::De)));
        assert_eq!(at("2026-02-30T01:30"), Err(say::time_unreadable(Language::De)));
        assert_eq!(at("2026-07-05T09:00"), Ok(Timestamp::from_seconds(1_783_234_800)));
        assert_eq!(
            moment(Language::De, "Nowhere/At", "2026-07-05T09:00", now),
            Err(say::time_zone_unknown(Language::De))
        );
    }
}
