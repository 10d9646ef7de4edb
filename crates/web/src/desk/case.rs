//! One case, everything on one page: what happened, the evidence, the account, and the decision.

use askama::Template;
use policy::case::CaseKind;
use policy::facts::MailingState;
use policy::{AccountId, CaseId, RowState, Standing};
use store::cases::{Case, CaseEvent, CaseFilter, CaseShow, ComplaintLine, Decision, QueuedCase};
use store::complaints::ComplaintKey;
use texts::desk;

use super::acts::{ATTRIBUTE, DECIDE, RECLASSIFY};
use super::queue::{self, CaseRow};
use super::show::{self, Badge, Link, Scored};
use super::steps::{self, Step};
use crate::error::Fault;
use crate::ui::form::{Choice, Field, Form};
use crate::ui::html::Html;
use crate::ui::score::history::{self, Point};
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::time;
use crate::ui::visit::Visit;

/// Other cases of the account that stand here.
const OTHERS: i64 = 10;
/// Messages to a contact that a report may be about.
const MESSAGES: i64 = 20;

/// What is known of a case when its page is built or its form is read.
pub(super) struct Known {
    pub(super) case: Case,
    pub(super) events: Vec<CaseEvent>,
    pub(super) mailing: Option<(String, MailingState)>,
    pub(super) form_open: Option<bool>,
    pub(super) account: Option<store::accounts::Account>,
    pub(super) complaints: Vec<ComplaintLine>,
    /// What a report without a message may be about: key and label.
    pub(super) messages: Vec<(ComplaintKey, String)>,
}

/// One complaint as the page shows it.
struct ComplaintRow {
    at: Html,
    who: String,
    mailing: String,
    source: String,
    counts: Badge,
    note: String,
    links: Vec<Link>,
}

/// The account behind the case.
struct Account {
    link: Link,
    standing: Badge,
    recent: Scored,
    life: Scored,
    chart: Html,
}

#[derive(Template)]
#[template(path = "desk/case.html")]
struct CasePage {
    shell: Shell,
    t: desk::Say,
    id: String,
    open: bool,
    about: String,
    mailing: String,
    clocks: Vec<(String, Badge, Html)>,
    opened: Html,
    looked: Option<(String, Html)>,
    decided: Option<(String, String, String, Html)>,
    steps: Vec<Step>,
    complaints: Vec<ComplaintRow>,
    account: Option<Account>,
    grounds: Vec<String>,
    others: Vec<CaseRow>,
    decide: Option<Form>,
    attribute: Option<Form>,
    reclassify: Option<Form>,
    /// A signature that waits for a second person (D15).
    signed: Option<String>,
}

/// A message as a value of a form.
pub(super) fn key_text(key: ComplaintKey) -> String {
    format!("{}-{}", key.mailing, key.contact)
}

/// The message behind such a value.
pub(super) fn key_of(text: &str) -> Option<ComplaintKey> {
    let (mailing, contact) = text.split_once('-')?;
    Some(ComplaintKey {
        mailing: policy::MailingId::from_raw(mailing.parse().ok()?),
        contact: policy::ContactId::from_raw(contact.parse().ok()?),
    })
}

/// The case that the path names.
pub(super) fn case_id(visit: &Visit) -> Result<CaseId, Fault> {
    Ok(CaseId::from_raw(visit.id("case")?))
}

/// Reads everything about the case of the path.
pub(super) async fn known(visit: &Visit) -> Result<Known, Fault> {
    let store = &visit.web.store;
    let (case, events) = store.case(case_id(visit)?).await?;
    let account = match case.account {
        Some(id) => Some(store.account(id).await?),
        None => None,
    };
    let mailing = match (case.account, case.mailing) {
        (Some(account), Some(mailing)) => {
            store.mailing(account, mailing).await.ok().map(|mailing| (mailing.name, mailing.state))
        }
        _ => None,
    };
    let form_open = match (case.account, case.form) {
        (Some(account), Some(form)) => store.form(account, form).await.ok().map(|form| form.open),
        _ => None,
    };
    let complaints = store.complaints_of_case(case.id).await?;
    let messages = if complaints.is_empty() { messages(visit, &events).await? } else { Vec::new() };
    Ok(Known { case, events, mailing, form_open, account, complaints, messages })
}

/// The messages that were sent to the contacts which the case names (D4).
async fn messages(visit: &Visit, events: &[CaseEvent]) -> Result<Vec<(ComplaintKey, String)>, Fault> {
    let mut messages = Vec::new();
    for contact in steps::named_contacts(events) {
        let sent = visit.web.store.deliveries_of_contact(contact.account(), contact, None, MESSAGES).await?;
        for line in sent.into_iter().filter(|line| matches!(line.state, RowState::Accepted | RowState::InDoubt)) {
            let at = line.settled_at.unwrap_or(line.planned_at);
            let day = time::day(visit.language, at.day());
            let label = desk::message_of(visit.language, &line.mailing_name, &day, &contact.to_string());
            messages.push((ComplaintKey { mailing: line.mailing, contact }, label));
        }
    }
    Ok(messages)
}

/// The decisions that fit the case as it stands.
pub(super) fn fitting(known: &Known) -> Vec<Decision> {
    let standing = known.account.as_ref().map(|account| account.standing);
    let held = known.mailing.as_ref().is_some_and(|(_, state)| *state == MailingState::Held);
    let mut fitting = Vec::new();
    match known.case.kind {
        CaseKind::Suspension if standing == Some(Standing::Suspended) => {
            return vec![Decision::Reinstate, Decision::Terminate];
        }
        CaseKind::Complaint if held => fitting.push(Decision::ReleaseMailing),
        CaseKind::ListBombing if known.form_open == Some(false) => fitting.push(Decision::ReopenForm),
        _ => {}
    }
    fitting.push(Decision::Close);
    fitting
}

fn form(visit: &Visit, fields: &'static [Field]) -> Form {
    Form::empty(visit.language, visit.mark(), fields)
}

/// The form of the decision with what fits.
pub(super) fn decide_options(visit: &Visit, known: &Known, form: Form) -> Form {
    let option = |decision: Decision| Choice::new(decision.word(), show::decision(visit.language, decision.word()));
    form.at("decide").options("decision", fitting(known).into_iter().map(option).collect())
}

/// The form that says which message a report is about.
pub(super) fn attribute_options(known: &Known, form: Form) -> Form {
    let options = known.messages.iter().map(|(key, label)| Choice::new(key_text(*key), label.clone()));
    form.at("attribute").options("message", options.collect())
}

/// The form that lets a complaint count or not.
pub(super) fn reclassify_options(visit: &Visit, known: &Known, form: Form) -> Form {
    let option = |line: &ComplaintLine| {
        let who = line.address.clone().unwrap_or_else(|| desk::erased(visit.language));
        Choice::new(key_text(line.key), format!("{who}, {}", line.mailing_name))
    };
    form.at("reclassify").options("complaint", known.complaints.iter().map(option).collect())
}

/// Forms that were sent and have problems; the others are empty.
#[derive(Default)]
pub(super) struct Sent {
    pub(super) decide: Option<Form>,
    pub(super) attribute: Option<Form>,
    pub(super) reclassify: Option<Form>,
}

/// GET: the case.
pub(super) async fn show(visit: Visit) -> Answer {
    let known = known(&visit).await?;
    let page = page(&visit, known, Sent::default()).await?;
    visit.show(&page)
}

/// The page once more, with what is wrong in a form.
pub(super) async fn again(visit: &Visit, known: Known, sent: Sent) -> Answer {
    let page = page(visit, known, sent).await?;
    visit.again(&page)
}

async fn page(visit: &Visit, known: Known, sent: Sent) -> Result<CasePage, Fault> {
    let (language, t) = (visit.language, desk::Say(visit.language));
    let case = &known.case;
    let account = match &known.account {
        Some(account) => Some(of_account(visit, account).await?),
        None => None,
    };
    let mailing = known.mailing.as_ref().map(|(name, _)| name.clone()).unwrap_or_default();
    let title = t.case_number(&case.id.to_string());
    let open_form = |sent: Option<Form>, fields| sent.unwrap_or_else(|| form(visit, fields));
    Ok(CasePage {
        shell: visit
            .shell(format!("{}: {}", show::case_kind(language, case.kind), title))
            .crumb("/desk/cases", t.cases_title()),
        t,
        id: case.id.to_string(),
        open: case.open,
        about: show::about(language, case, &mailing),
        mailing,
        clocks: clocks(visit, case),
        opened: show::at(language, case.opened_at),
        looked: case.looked.as_ref().map(|(at, by)| (by.clone(), show::at(language, *at))),
        decided: case.decision.as_ref().map(|decided| {
            let at = show::at(language, decided.at);
            (show::decision(language, &decided.word), decided.by.clone(), decided.reason.clone(), at)
        }),
        steps: known.events.iter().map(|event| steps::step(language, case, event)).collect(),
        complaints: known.complaints.iter().map(|line| complaint(visit, case, line)).collect(),
        account,
        grounds: grounds(visit, &known),
        others: others(visit, case).await?,
        decide: case.open.then(|| decide_options(visit, &known, open_form(sent.decide, DECIDE))),
        attribute: (case.open && !known.messages.is_empty())
            .then(|| attribute_options(&known, open_form(sent.attribute, ATTRIBUTE))),
        reclassify: (!known.complaints.is_empty())
            .then(|| reclassify_options(visit, &known, open_form(sent.reclassify, RECLASSIFY))),
        signed: known
            .events
            .iter()
            .rfind(|event| known.case.open && event.kind == "termination_signed")
            .map(|event| desk::signed_once(language, event.note.split_once(": ").map_or("", |(by, _)| by))),
    })
}

fn clocks(visit: &Visit, case: &Case) -> Vec<(String, Badge, Html)> {
    if !case.open {
        return Vec::new();
    }
    let (language, now) = (visit.language, visit.now());
    let clock = |label, due| (label, show::clock(language, due, now), show::at(language, due));
    let mut clocks = Vec::new();
    if case.looked.is_none() {
        clocks.push(clock(desk::clock_look(language), case.first_look_due));
    }
    clocks.push(clock(desk::clock_decision(language), case.decision_due));
    clocks
}

fn complaint(visit: &Visit, case: &Case, line: &ComplaintLine) -> ComplaintRow {
    let language = visit.language;
    let (mailing, contact) = (line.key.mailing, line.key.contact);
    let mut links = vec![
        Link { href: format!("/desk/mails/{mailing}/{contact}"), label: desk::link_mail(language) },
        Link { href: format!("/desk/consents/{contact}"), label: desk::link_consent(language) },
    ];
    if let Some(inbox) = line.inbox {
        let href = format!("/desk/cases/{}/reports/{inbox}", case.id);
        links.push(Link { href, label: desk::link_report(language) });
    }
    ComplaintRow {
        at: show::at(language, line.at),
        who: line.address.clone().unwrap_or_else(|| desk::erased(language)),
        mailing: line.mailing_name.clone(),
        source: show::source(language, &line.source),
        counts: if line.counted {
            Badge::new("bad", desk::counts(language))
        } else {
            Badge::new("open", desk::counts_not(language))
        },
        note: line.note.clone(),
        links,
    }
}

async fn of_account(visit: &Visit, account: &store::accounts::Account) -> Result<Account, Fault> {
    let language = visit.language;
    let scores = visit.web.store.scores(account.id, visit.now()).await?;
    let points = history::of(visit, account.id, visit.now(), history::DAYS).await?;
    Ok(Account {
        link: show::account(account.id, &account.name),
        standing: show::standing(language, account.standing),
        recent: show::score(language, scores.recent),
        life: show::score(language, scores.life),
        chart: chart(visit, &points),
    })
}

/// The score's way against its limits.
pub(super) fn chart(visit: &Visit, points: &[Point]) -> Html {
    history::chart(visit.language, points)
}

/// What speaks for parting with the customer, as the rules noted it in the case (R72).
fn grounds(visit: &Visit, known: &Known) -> Vec<String> {
    let proposed = known.events.iter().filter(|event| known.case.open && event.kind == steps::PROPOSED);
    proposed.map(|event| steps::ground(visit.language, &event.note)).collect()
}

/// Other cases of the account, open ones first.
async fn others(visit: &Visit, case: &Case) -> Result<Vec<CaseRow>, Fault> {
    let Some(account) = case.account else { return Ok(Vec::new()) };
    let mut rows = Vec::new();
    for show in [CaseShow::Open, CaseShow::Decided] {
        let filter = CaseFilter { show, kind: None, account: Some(account) };
        let page = visit.web.store.case_queue(&filter, None, OTHERS).await?;
        let others = page.cases.iter().filter(|queued: &&QueuedCase| queued.case.id != case.id);
        rows.extend(others.map(|queued| queue::row(visit, queued, visit.now())));
    }
    Ok(rows)
}

/// The name of an account for a sentence.
pub(super) async fn name(visit: &Visit, account: AccountId) -> Result<String, Fault> {
    Ok(visit.web.store.account(account).await?.name)
}
