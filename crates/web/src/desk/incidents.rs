//! Incidents at providers: what was seen, what is held for it, and the decision (D6, B6).

use askama::Template;
use policy::IncidentId;
use seals::AddressKey;
use store::incidents::{Incident, IncidentDecision, IncidentKind};
use texts::{Language, desk, desk as t};

use super::REASON;
use super::ask::{Question, answered, ask};
use super::show::{self, Badge};
use crate::error::Fault;
use crate::ui::form::{Field, Form, Kind, must};
use crate::ui::html::Html;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::{PAGE, Visit};

/// The decision.
pub(super) const DECIDE: &[Field] = &[
    must(
        "decision",
        t::field_incident,
        Kind::Choice(&[("providers_fault", t::providers_fault), ("bounces_true", t::bounces_true)]),
    ),
    REASON,
];

/// One line.
struct Row {
    href: String,
    kind: String,
    group: String,
    detail: String,
    state: Badge,
    opened: Html,
    exclusions: String,
    held: String,
}

#[derive(Template)]
#[template(path = "desk/incidents.html")]
struct Incidents {
    shell: Shell,
    t: desk::Say,
    tabs: Vec<(&'static str, String, bool)>,
    rows: Vec<Row>,
    first: String,
    next: String,
}

#[derive(Template)]
#[template(path = "desk/incident.html")]
struct One {
    shell: Shell,
    t: desk::Say,
    row: Row,
    decided: Option<(String, String, Html)>,
    /// Addresses that name it: address, what was said, since.
    excluded: Vec<(String, String, Html)>,
    next: String,
    form: Option<Form>,
}

fn kind(language: Language, kind: IncidentKind) -> String {
    match kind {
        IncidentKind::PolicyBlock => t::incident_policy_block(language),
        IncidentKind::HardBounceJump => t::incident_jump(language),
        IncidentKind::Other => t::incident_other(language),
    }
}

fn row(language: Language, one: &Incident) -> Row {
    Row {
        href: format!("/desk/incidents/{}", one.id),
        kind: kind(language, one.kind),
        group: one.provider_group.clone(),
        detail: one.detail.clone(),
        state: if one.open {
            Badge::new("wait", t::incident_open(language))
        } else {
            Badge::new("open", t::incident_decided(language))
        },
        opened: show::at(language, one.opened_at),
        exclusions: show::number(language, one.exclusions),
        held: show::number(language, one.held),
    }
}

/// GET: open ones, or all, newest first.
pub(super) async fn show(visit: Visit) -> Answer {
    let (language, t) = (visit.language, desk::Say(visit.language));
    let all = visit.query("show") == "all";
    let after = visit.after();
    let before = (after > 0).then(|| IncidentId::from_raw(after));
    let mut incidents = visit.web.store.newest_incidents(!all, before, PAGE + 1).await?;
    let more = i64::try_from(incidents.len()).unwrap_or(0) > PAGE;
    incidents.truncate(usize::try_from(PAGE).unwrap_or(50));
    let base = if all { "/desk/incidents?show=all" } else { "/desk/incidents?show=open" };
    let next = incidents.last().filter(|_| more).map(|last| format!("{base}&after={}", last.id));
    visit.show(&Incidents {
        shell: visit.shell(t.incidents_title()).lead(t.incidents_lead()),
        t,
        tabs: vec![
            ("/desk/incidents?show=open", t.cases_open(), !all),
            ("/desk/incidents?show=all", t.all_of_them(), all),
        ],
        rows: incidents.iter().map(|one| row(language, one)).collect(),
        first: if after > 0 { base.to_owned() } else { String::new() },
        next: next.unwrap_or_default(),
    })
}

fn incident_id(visit: &Visit) -> Result<IncidentId, Fault> {
    Ok(IncidentId::from_raw(visit.id("incident")?))
}

/// GET: one incident with its exclusions.
pub(super) async fn one(visit: Visit) -> Answer {
    let page = page(&visit, None).await?;
    visit.show(&page)
}

/// A key of the list in an address: where its next page begins. It names no address.
fn key_of(text: &str) -> Option<AddressKey> {
    let mut key = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(AddressKey::from_bytes(key))
}

async fn page(visit: &Visit, sent: Option<Form>) -> Result<One, Fault> {
    let (language, t, id) = (visit.language, desk::Say(visit.language), incident_id(visit)?);
    let incident = visit.web.store.incident(id).await?;
    let mut excluded = visit.web.store.suppressions_of_incident(id, key_of(&visit.query("from")), PAGE + 1).await?;
    let more = i64::try_from(excluded.len()).unwrap_or(0) > PAGE;
    excluded.truncate(usize::try_from(PAGE).unwrap_or(50));
    let next = excluded.last().filter(|_| more).map(|last| {
        let key: String = last.key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("/desk/incidents/{id}?from={key}")
    });
    let said = |entry: &store::suppressions::Suppression| entry.reply.clone().unwrap_or_default();
    Ok(One {
        shell: visit.shell(t.incident_title(&incident.provider_group)).crumb("/desk/incidents", t.incidents_title()),
        t,
        row: row(language, &incident),
        decided: incident.decided.as_ref().map(|(at, by, why)| (by.clone(), why.clone(), show::at(language, *at))),
        excluded: excluded
            .iter()
            .map(|entry| {
                let address = entry.address.clone().unwrap_or_else(|| t.erased());
                (address, said(entry), show::at(language, entry.at))
            })
            .collect(),
        next: next.unwrap_or_default(),
        form: incident.open.then(|| sent.unwrap_or_else(|| Form::empty(language, visit.mark(), DECIDE))),
    })
}

/// POST: decides the incident. Held bounces and exclusions go its way in one transaction.
pub(super) async fn decide(visit: Visit) -> Answer {
    let (language, id, form) = (visit.language, incident_id(&visit)?, visit.form());
    let incident = visit.web.store.incident(id).await?;
    if !form.is_good() {
        let page = page(&visit, Some(form)).await?;
        return visit.again(&page);
    }
    let fault = form.text("decision") == IncidentDecision::ProvidersFault.word();
    if !answered(&visit) {
        let (exclusions, held) = (show::number(language, incident.exclusions), show::number(language, incident.held));
        let happens = if fault {
            vec![
                t::will_lift_incident(language, &exclusions),
                t::will_drop_held(language, &held),
                t::will_go_on(language),
            ]
        } else {
            vec![
                t::will_keep_incident(language, &exclusions),
                t::will_apply_held(language, &held),
                t::will_go_on(language),
            ]
        };
        let title = if fault { t::providers_fault(language) } else { t::bounces_true(language) };
        let back = format!("/desk/incidents/{id}");
        return ask(&visit, Question { button: title.clone(), title, happens, danger: !fault, back });
    }
    let decision = if fault { IncidentDecision::ProvidersFault } else { IncidentDecision::BouncesTrue };
    let (by, store) = (show::signer(&visit), &visit.web.store);
    let outcome = store.decide_incident(id, decision, &by, form.text("reason"), visit.now()).await?;
    if outcome.applied > 0 {
        store.drain_all().await;
    }
    visit.to(&format!("/desk/incidents/{id}"), "decided")
}
