//! All about an account's complaint score: how it stands, how it went against its limits, mailing by
//! mailing, and which counting periods and suspensions there were (R66–R71, R80).

use askama::Template;
use policy::{AccountId, MailingId};
use store::cases::{Case, Decision};
use store::score::{PeriodScore, UnitScore, UnitStep};
use texts::{Language, account as t};

use super::overview::{Known, churn, first_day, panel, scored, unit_name, unit_page};
use crate::error::Fault;
use crate::ui::html::Html;
use crate::ui::number::grouped;
use crate::ui::score::{Scored, history};
use crate::ui::shell::Shell;
use crate::ui::state::Badge;
use crate::ui::table::{Answer, Page, page};
use crate::ui::time;
use crate::ui::visit::{PAGE, Visit};

/// Suspensions that are listed, the newest.
const SUSPENSIONS: i64 = 20;
/// How many days of the score's way can be chosen.
const SPANS: [i64; 2] = [history::DAYS, 365];

/// The pages of this area.
pub(super) fn pages() -> Vec<Page> {
    vec![page!(GET "/a/{account}/score", Role(Reader), "score", show)]
}

/// One mailing, or one week of an autoresponder.
struct Unit {
    name: String,
    href: String,
    sent: String,
    score: Scored,
}

/// One counting period.
struct Period {
    name: String,
    current: bool,
    days: String,
    score: Scored,
}

/// One suspension.
struct Suspension {
    at: Html,
    reason: String,
    /// What became of it; the decision's reason, in a person's words, may be empty.
    state: Badge,
    decided: String,
}

/// One span to choose.
struct Span {
    href: String,
    label: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "customers/score.html")]
struct ScorePage {
    shell: Shell,
    t: t::Say,
    panel: Html,
    spans: Vec<Span>,
    chart: Html,
    units: Vec<Unit>,
    first: String,
    next: String,
    periods: Vec<Period>,
    suspensions: Vec<Suspension>,
    churn: String,
}

/// From a day to a day, or the one day.
fn days(language: Language, (from, to): (i64, i64)) -> String {
    if from == to {
        time::day(language, from)
    } else {
        t::from_to(language, &time::day(language, from), &time::day(language, to))
    }
}

fn unit(language: Language, account: AccountId, unit: &UnitScore) -> Unit {
    Unit {
        name: unit_name(language, unit),
        href: unit_page(account, unit),
        sent: days(language, unit.days),
        score: scored(language, unit.score),
    }
}

fn period(language: Language, current: i64, period: &PeriodScore) -> Period {
    Period {
        name: t::period_name(language, &grouped(language, period.number)),
        current: period.number == current,
        days: days(language, period.days),
        score: scored(language, period.score),
    }
}

fn suspension(language: Language, zone: &str, case: &Case) -> Suspension {
    let decided = case.decision.as_ref();
    let word = decided.and_then(|decided| Decision::from_word(&decided.word));
    let state = match (case.open, word) {
        (true, _) => Badge::new("wait", t::suspension_open(language)),
        (false, Some(Decision::Reinstate)) => Badge::new("good", t::suspension_ended(language)),
        (false, Some(Decision::Terminate)) => Badge::new("bad", t::suspension_terminated(language)),
        (false, _) => Badge::new("open", t::suspension_closed(language)),
    };
    let reason = match store::cases::scored(&case.summary) {
        Some(scored) => {
            t::stopped_by_score(language, &grouped(language, scored.complaints()), &grouped(language, scored.sent()))
        }
        None if case.summary == store::cases::RESTED => t::suspension_rested(language),
        None => case.summary.clone(),
    };
    Suspension {
        at: time::marked(language, zone, case.opened_at),
        reason,
        state,
        decided: decided.map(|decided| decided.reason.clone()).unwrap_or_default(),
    }
}

/// Where the list of mailings goes on: `day-mailing`.
fn after(visit: &Visit) -> Option<UnitStep> {
    let asked = visit.query("after");
    let (day, mailing) = asked.split_once('-')?;
    Some(UnitStep { day: day.parse().ok()?, mailing: MailingId::from_raw(mailing.parse().ok()?) })
}

/// The chosen span of the score's way.
fn span(visit: &Visit) -> i64 {
    let asked = visit.query("days");
    SPANS.into_iter().find(|days| days.to_string() == asked).unwrap_or(history::DAYS)
}

/// GET: all about the score.
async fn show(visit: Visit) -> Answer {
    let (language, now, id) = (visit.language, visit.now(), visit.account()?);
    let known = Known::of(&visit, id, now).await?;
    let here = format!("/a/{id}/score");
    let (days, step) = (span(&visit), after(&visit));
    let points = history::of(&visit, id, now, days).await?;
    let units = units(&visit, id, step).await?;
    let next = units.1.map(|step| format!("{here}?days={days}&after={}-{}#mailings", step.day, step.mailing));
    let store = &visit.web.store;
    let zone = &known.account.time_zone;
    let suspensions = store.suspensions(id, SUSPENSIONS).await?;
    let growth = store.book_growth(id, first_day(now)).await?;
    visit.show(&ScorePage {
        shell: visit.shell(t::score_title(language)).lead(t::score_lead(language)),
        t: t::Say(language),
        panel: panel(&visit, &known, growth.contacts, false, String::new()),
        spans: SPANS
            .iter()
            .map(|span| Span {
                href: format!("{here}?days={span}#way"),
                label: t::span_days(language, u64::try_from(*span).unwrap_or(0)),
                current: *span == days,
            })
            .collect(),
        chart: history::chart(language, &points),
        units: units.0,
        first: if step.is_some() { format!("{here}?days={days}#mailings") } else { String::new() },
        next: next.unwrap_or_default(),
        periods: store.period_scores(id).await?.iter().map(|one| period(language, known.scores.period, one)).collect(),
        suspensions: suspensions.iter().map(|case| suspension(language, zone, case)).collect(),
        churn: churn(language, &growth),
    })
}

/// One page of mailings, and where the next begins.
async fn units(visit: &Visit, id: AccountId, after: Option<UnitStep>) -> Result<(Vec<Unit>, Option<UnitStep>), Fault> {
    let mut units = visit.web.store.unit_scores(id, after, PAGE + 1).await?;
    let page = usize::try_from(PAGE).unwrap_or(50);
    let more = units.len() > page;
    units.truncate(page);
    let next = units.last().filter(|_| more).map(UnitScore::step);
    Ok((units.iter().map(|one| unit(visit.language, id, one)).collect(), next))
}
