//! The first page of an account: first of all its complaint score (R66), then what is still missing, what is
//! under way, and how book and sending went. It is drawn from counters, so that a book of a million contacts
//! costs no more than an empty one.

mod charts;
mod checklist;
mod known;
mod panel;
mod tips;

use askama::Template;
use policy::facts::MailingState;
use policy::{Standing, Timestamp};
use store::cases::Case;
use store::mailings::{MailingKind, MailingLine, Shelf};
use texts::{Language, account as t, mailings as say};

pub(super) use charts::first_day;
pub(super) use known::Known;
pub(super) use panel::{panel, scored};
pub(super) use tips::{unit_name, unit_page};

use self::checklist::Checklist;
use super::mailings::{list_of, sign, state_word};
use crate::error::Fault;
use crate::ui::html::Html;
use crate::ui::navigation;
use crate::ui::number::grouped;
use crate::ui::shell::Shell;
use crate::ui::state::Badge;
use crate::ui::table::{Answer, Page, page};
use crate::ui::time;
use crate::ui::visit::Visit;

/// Mailings of each kind that stand here; their lists have all.
const UNDER_WAY: i64 = 6;

/// The pages of this area.
pub(super) fn pages() -> Vec<Page> {
    vec![page!(GET "/a/{account}", Role(Reader), "dashboard", show)]
}

/// What stands on top when sending is stopped: why, and what happens next.
#[derive(Template)]
#[template(path = "customers/overview/stopped.html")]
struct Stopped {
    title: String,
    since: Html,
    /// The reason: a sentence of ours, or a person's words.
    reason: String,
    next: Vec<String>,
}

/// One mailing under way.
struct Run {
    href: String,
    name: String,
    state: Badge,
    audience: String,
    accepted: String,
    bounced: String,
    complaints: String,
    alarming: bool,
}

#[derive(Template)]
#[template(path = "customers/overview/show.html")]
struct Overview {
    shell: Shell,
    t: t::Say,
    say: say::Say,
    stopped: Vec<Html>,
    score: Html,
    checklist: Checklist,
    progress: String,
    runs: Vec<Run>,
    contacts: String,
    contacts_page: String,
    book: Option<Html>,
    churn: String,
    hours: Option<Html>,
}

/// Why an account is suspended: the score's figures in our words, a person's words as they are.
fn reason(language: Language, known: &Known) -> String {
    let scored = known.suspension.as_ref().and_then(|case| store::cases::scored(&case.summary));
    match (scored, known.account.standing_reason.as_deref()) {
        (Some(score), _) => {
            let (complaints, sent) = (grouped(language, score.complaints()), grouped(language, score.sent()));
            t::stopped_by_score(language, &complaints, &sent)
        }
        (None, Some("score") | None) => t::stopped_by_scores(language),
        (None, Some(words)) => words.to_owned(),
    }
}

/// What happens next, with its dates.
fn next(visit: &Visit, known: &Known) -> Vec<String> {
    let (language, zone) = (visit.language, &known.account.time_zone);
    let mut next = vec![t::stopped_effect(language)];
    if let Some(Case { looked, first_look_due, decision_due, id, .. }) = &known.suspension {
        let moment = |at: Timestamp| time::moment(language, zone, at);
        next.push(match looked {
            Some((at, _)) => t::stopped_looked(language, &moment(*at), &moment(*decision_due)),
            None => t::stopped_next(language, &moment(*first_look_due), &moment(*decision_due)),
        });
        let house = visit.web.gate.house();
        next.push(t::stopped_answer(language, house.operator_from.as_str(), &id.to_string()));
    }
    next
}

/// The standing, where it is not as it should be, and a pause of all sending.
async fn stopped(visit: &Visit, known: &Known) -> Result<Vec<Html>, Fault> {
    let (language, account) = (visit.language, &known.account);
    let since = || time::marked(language, &account.time_zone, account.standing_at);
    let mut all = Vec::new();
    match account.standing {
        Standing::Active => {}
        Standing::Suspended => all.push(Html::of(&Stopped {
            title: t::stopped_suspended(language),
            since: since(),
            reason: reason(language, known),
            next: next(visit, known),
        })),
        Standing::Terminated => all.push(Html::of(&Stopped {
            title: t::stopped_terminated(language),
            since: since(),
            reason: account.standing_reason.clone().unwrap_or_default(),
            next: vec![t::stopped_for_good(language)],
        })),
    }
    let installation = visit.web.store.installation().await?;
    let title = match (installation.frozen, installation.paused) {
        (true, _) => Some(t::stopped_frozen(language)),
        (false, Some(_)) => Some(t::stopped_paused(language)),
        (false, None) => None,
    };
    all.extend(title.map(|title| {
        Html::of(&Stopped {
            title,
            since: Html::default(),
            reason: String::new(),
            next: vec![t::stopped_waits(language)],
        })
    }));
    Ok(all)
}

/// What is under way, paused or held.
async fn under_way(visit: &Visit) -> Result<Vec<(MailingKind, MailingLine)>, Fault> {
    let (account, mut all) = (visit.account()?, Vec::new());
    for kind in [MailingKind::Newsletter, MailingKind::Autoresponder] {
        let lines = visit.web.store.mailing_lines(account, kind, Shelf::Running, None, UNDER_WAY).await?;
        all.extend(lines.into_iter().map(|line| (kind, line)));
    }
    Ok(all)
}

fn run(visit: &Visit, account: policy::AccountId, kind: MailingKind, line: &MailingLine) -> Run {
    let language = visit.language;
    let figure = |n| grouped(language, n);
    Run {
        href: format!("{}/{}", list_of(account, kind), line.mailing.id),
        name: line.mailing.name.clone(),
        state: Badge::new(sign(line.mailing.state), state_word(language, line.mailing.state)),
        audience: figure(line.audience),
        accepted: figure(line.accepted),
        bounced: figure(line.bounced),
        complaints: figure(line.complaints),
        alarming: line.complaints > 0,
    }
}

/// People who unsubscribed within the days of the picture, and how large a part of the book that is (R43).
pub(super) fn churn(language: Language, growth: &store::growth::BookGrowth) -> String {
    let all = charts::total(&growth.days);
    // As many as there were on the first of these days, and those who came since: whoever could leave.
    let could = growth.contacts + all.lost();
    let gone = u64::try_from(all.unsubscribed).unwrap_or(0);
    match u64::try_from(could) {
        Ok(could) if could > 0 => {
            let share = texts::percent(language, (gone * 10_000).div_ceil(could));
            t::churn(language, gone, &share)
        }
        _ => t::churn_none(language),
    }
}

/// GET: the first page.
async fn show(visit: Visit) -> Answer {
    let (language, now, id) = (visit.language, visit.now(), visit.account()?);
    let store = &visit.web.store;
    let known = Known::of(&visit, id, now).await?;
    let growth = store.book_growth(id, charts::first_day(now)).await?;
    let hours = store.sending_hours(id, charts::first_hour(now)).await?;
    let lines = under_way(&visit).await?;
    let running = lines.iter().any(|(_, line)| line.mailing.state == MailingState::Running);
    let checklist = Checklist::of(&visit, &store.beginnings(id).await?);
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    visit.show(&Overview {
        shell: visit.shell(texts::ui::nav_dashboard(language)),
        t: t::Say(language),
        say: say::Say(language),
        stopped: stopped(&visit, &known).await?,
        score: panel(&visit, &known, growth.contacts, running, navigation::to(&visit, "score")),
        progress: t::checklist_progress(language, count(checklist.done), count(checklist.steps.len())),
        checklist,
        runs: lines.iter().map(|(kind, line)| run(&visit, id, *kind, line)).collect(),
        contacts: grouped(language, growth.contacts.max(0)),
        contacts_page: navigation::to(&visit, "contacts"),
        book: charts::book(language, &growth, now),
        churn: churn(language, &growth),
        hours: charts::hours(language, &known.account.time_zone, &hours, now),
    })
}
