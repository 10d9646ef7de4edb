//! The lists of newsletters, by where they stand, and the beginning of a new one.

use askama::Template;
use policy::MailingId;
use policy::role::Role;
use store::mailings::{MailingKind, MailingLine, Shelf};
use texts::{mailings as say, ui};

use super::draft::{self, Stock};
use super::letter::{Tab, area_name, list_of, settled};
use super::words;
use crate::ui::form::Form;
use crate::ui::number::grouped;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::time;
use crate::ui::visit::{PAGE, Visit, see_other};

/// One newsletter of the list.
struct Line {
    href: String,
    name: String,
    subject: String,
    sign: &'static str,
    state: String,
    when: String,
    audience: String,
    accepted: String,
    bounced: String,
    complaints: String,
    /// Complaints came in.
    alarming: bool,
}

#[derive(Template)]
#[template(path = "customers/mailings/list.html")]
struct List {
    shell: Shell,
    t: say::Say,
    tabs: Vec<Tab>,
    lines: Vec<Line>,
    /// Figures of what was sent stand in the table.
    begun: bool,
    /// There is no newsletter at all.
    none: bool,
    new: String,
    first: String,
    next: String,
}

/// Drafts come first where there are some; else what is on its way, else what ended.
fn shelf(visit: &Visit, counts: [i64; 4]) -> Shelf {
    let asked = visit.query("state");
    let named = Shelf::ALL.into_iter().find(|shelf| shelf.word() == asked);
    let order = [Shelf::Running, Shelf::Drafts, Shelf::Scheduled, Shelf::Ended];
    let place = |shelf: &Shelf| Shelf::ALL.iter().position(|known| known == shelf).unwrap_or(0);
    named.or_else(|| order.into_iter().find(|shelf| counts[place(shelf)] > 0)).unwrap_or(Shelf::Drafts)
}

/// GET: the newsletters of one shelf.
pub(super) async fn show(visit: Visit) -> Answer {
    let (account, kind) = (visit.account()?, MailingKind::Newsletter);
    let store = &visit.web.store;
    let counts = store.count_mailings(account, kind).await?;
    let shelf = shelf(&visit, counts);
    let before = Some(visit.after()).filter(|after| *after > 0).map(MailingId::from_raw);
    let lines = store.mailing_lines(account, kind, shelf, before, PAGE).await?;
    let zone = store.account(account).await?.time_zone;
    let base = list_of(account, kind);
    let here = format!("{base}?state={}", shelf.word());
    let full = i64::try_from(lines.len()).is_ok_and(|length| length >= PAGE);
    let next = lines.last().filter(|_| full).map(|line| format!("{here}&after={}", line.mailing.id));
    visit.show(&List {
        shell: visit.shell(area_name(visit.language, kind)),
        t: say::Say(visit.language),
        tabs: tabs(&visit, &base, shelf, counts),
        lines: lines.iter().map(|line| shown(&visit, &zone, &base, line)).collect(),
        begun: matches!(shelf, Shelf::Running | Shelf::Ended),
        none: counts.iter().sum::<i64>() == 0,
        new: if visit.may(Role::Editor) { format!("{base}/new") } else { String::new() },
        first: if before.is_some() { here } else { String::new() },
        next: next.unwrap_or_default(),
    })
}

fn tabs(visit: &Visit, base: &str, current: Shelf, counts: [i64; 4]) -> Vec<Tab> {
    let tab = |(shelf, n): (Shelf, i64)| {
        let n = grouped(visit.language, n);
        let label = match shelf {
            Shelf::Drafts => say::shelf_drafts(visit.language, &n),
            Shelf::Scheduled => say::shelf_scheduled(visit.language, &n),
            Shelf::Running => say::shelf_running(visit.language, &n),
            Shelf::Ended => say::shelf_ended(visit.language, &n),
        };
        Tab { href: format!("{base}?state={}", shelf.word()), label, current: shelf == current }
    };
    Shelf::ALL.into_iter().zip(counts).map(tab).collect()
}

fn shown(visit: &Visit, zone: &str, base: &str, line: &MailingLine) -> Line {
    let language = visit.language;
    let mailing = &line.mailing;
    let figure = |n: i64| grouped(language, n);
    let when = mailing.finished_at.or(mailing.started_at).or(mailing.scheduled_at).unwrap_or(mailing.created_at);
    Line {
        href: format!("{base}/{}", mailing.id),
        name: mailing.name.clone(),
        subject: if mailing.content.subject.is_empty() {
            say::no_subject(language)
        } else {
            mailing.content.subject.clone()
        },
        sign: words::sign(mailing.state),
        state: words::state(language, mailing.state),
        when: time::moment(language, zone, when),
        audience: figure(line.audience),
        accepted: figure(line.accepted),
        bounced: figure(line.bounced),
        complaints: figure(line.complaints),
        alarming: line.complaints > 0,
    }
}

/// The beginning of a newsletter or an autoresponder.
#[derive(Template)]
#[template(path = "customers/mailings/new.html")]
struct New {
    shell: Shell,
    t: say::Say,
    form: Form,
    action: String,
    /// The account has no approved topic; nothing can be written yet.
    no_topic: bool,
    topics: String,
    /// An autoresponder needs a tag to follow.
    no_tag: bool,
    tags: String,
}

fn new_page(visit: &Visit, kind: MailingKind, stock: &Stock, form: Form) -> Result<New, crate::error::Fault> {
    let account = visit.account()?;
    let (title, series) = match kind {
        MailingKind::Newsletter => (say::new_newsletter(visit.language), false),
        MailingKind::Autoresponder => (say::new_autoresponder(visit.language), true),
    };
    let list = list_of(account, kind);
    Ok(New {
        shell: visit.shell(title).crumb(list.clone(), area_name(visit.language, kind)),
        t: say::Say(visit.language),
        form: stock.fill(visit.language, form),
        action: format!("{list}/new"),
        no_topic: stock.topics.is_empty(),
        topics: format!("/a/{account}/topics"),
        no_tag: series && stock.tags.is_empty(),
        tags: format!("/a/{account}/tags"),
    })
}

/// GET: what a new one is called and about.
pub(super) async fn begin(visit: &Visit, kind: MailingKind) -> Answer {
    let stock = Stock::of(visit, visit.account()?).await?;
    let mut form = Form::empty(visit.language, visit.mark(), draft::first_fields(kind)).with("format", "markdown");
    if let [only] = stock.topics.as_slice() {
        form = form.with("topic", only.topic.topic);
    }
    if kind == MailingKind::Autoresponder {
        form = form.with("unit", "days").with("delay", 1);
    }
    visit.show(&new_page(visit, kind, &stock, form)?)
}

/// POST: makes the draft and opens it.
pub(super) async fn create(visit: &Visit, kind: MailingKind) -> Answer {
    let account = visit.account()?;
    let stock = Stock::of(visit, account).await?;
    let mut page = new_page(visit, kind, &stock, visit.form())?;
    let draft = draft::begun(&page.form, kind, visit.web.store.account(account).await?.language);
    if let Some(problem) = too_late(visit.language, &draft) {
        page.form.wrong("delay", problem);
    }
    if !page.form.is_good() {
        return visit.again(&page);
    }
    let hours = visit.web.policy.bulk.expiry_hours;
    let made = visit.web.store.create_mailing(account, kind, draft, hours, &visit.actor(), visit.now()).await;
    Ok(see_other(&format!("{}/{}/edit", list_of(account, kind), settled(made)?)))
}

/// A delay of more than a year.
pub(super) fn too_late(language: texts::Language, draft: &store::mailings::MailingDraft) -> Option<String> {
    let days = store::mailings::MAX_DELAY_MINUTES / 1_440;
    let late = draft.trigger.is_some_and(|trigger| trigger.delay_minutes > store::mailings::MAX_DELAY_MINUTES);
    late.then(|| ui::field_bad_number(language, "0", &days.to_string()))
}
