//! The abuse desk: cases, exclusions, incidents.

use mail_formats::EmailAddress;
use policy::bounce::Lifter;
use policy::{AccountId, CaseId, IncidentId};
use serde_json::{Value, json};
use store::cases::Decision;
use store::incidents::IncidentDecision;
use store::suppressions::Lifted;

use super::named;
use crate::base::{Base, moment};
use crate::cli::{Case, Exclusion, Incident, Signed};
use crate::fault::Fault;
use crate::output::{Output, Table};

/// Rows of one page of a list.
const PAGE: i64 = 500;

pub(super) async fn case(base: &Base, what: Case, output: Output) -> Result<(), Fault> {
    match what {
        Case::List { all, account } => list_cases(base, all, account.map(AccountId::from_raw), output).await,
        Case::Show { id, by } => show_case(base, id, &by, output).await,
        Case::Decide { id, decision, signed } => decide_case(base, id, &decision, &signed, output).await,
    }
}

async fn list_cases(base: &Base, all: bool, account: Option<AccountId>, output: Output) -> Result<(), Fault> {
    let mut table =
        Table::new(&["id", "account", "kind", "state", "overdue", "opened_at", "decision_due", "summary", "decision"]);
    let mut after = 0;
    loop {
        let page = base.store.cases(!all, account, after, PAGE).await?;
        for case in &page {
            table.row([
                json!(case.id.get()),
                json!(case.account.map(AccountId::get)),
                json!(case.kind.word()),
                json!(if case.open { "open" } else { "decided" }),
                json!(case.overdue(base.now())),
                json!(moment(case.opened_at)),
                json!(moment(case.decision_due)),
                json!(case.summary),
                json!(case.decision.as_ref().map(|decided| &decided.word)),
            ]);
        }
        match page.last() {
            Some(last) => after = last.id.get(),
            None => return output.table(&table),
        }
    }
}

async fn show_case(base: &Base, id: i64, by: &str, output: Output) -> Result<(), Fault> {
    let number = CaseId::from_raw(id);
    base.store.look_at_case(number, by, base.now()).await?;
    let (case, events) = base.store.case(number).await.map_err(named("case", id))?;
    let steps: Vec<Value> = events
        .iter()
        .map(|step| {
            // Evidence is JSON of our own; what is unreadable is shown as it stands.
            let evidence = serde_json::from_str(&step.evidence).unwrap_or_else(|_| json!(step.evidence));
            json!({ "at": moment(step.at), "kind": step.kind, "note": step.note, "evidence": evidence, "arrived_mail": step.inbox })
        })
        .collect();
    let decision = case.decision.as_ref().map(
        |decided| json!({ "word": decided.word, "at": moment(decided.at), "by": decided.by, "reason": decided.reason }),
    );
    output.object(&json!({
        "id": id,
        "account": case.account.map(AccountId::get),
        "kind": case.kind.word(),
        "state": if case.open { "open" } else { "decided" },
        "overdue": case.overdue(base.now()),
        "opened_at": moment(case.opened_at),
        "first_look_due": moment(case.first_look_due),
        "decision_due": moment(case.decision_due),
        "summary": case.summary,
        "decision": decision,
        "steps": steps,
    }))
}

async fn decide_case(base: &Base, id: i64, word: &str, signed: &Signed, output: Output) -> Result<(), Fault> {
    let Some(decision) = Decision::from_word(word) else {
        let words: Vec<&str> = Decision::ALL.iter().map(|decision| decision.word()).collect();
        return Err(Fault::usage(format!("{word:?} is no decision; allowed: {}", words.join(", "))));
    };
    let number = CaseId::from_raw(id);
    base.store
        .decide_case(number, decision, &signed.by, &signed.reason, base.now())
        .await
        .map_err(named("case", id))?;
    if decision == Decision::Terminate {
        base.store.drain_all().await;
        base.store.cancel_stranded().await?;
    }
    output.done(&format!("case {id} is decided: {word}"))
}

pub(super) async fn exclusion(base: &Base, what: Exclusion, output: Output) -> Result<(), Fault> {
    match what {
        Exclusion::Show { address } => show_exclusion(base, &address, output).await,
        Exclusion::Lift { address, signed } => {
            let keys = keys(base, &address)?;
            let lifted =
                base.store.lift_suppression(keys, Lifter::Operator, &signed.by, &signed.reason, base.now()).await?;
            match lifted {
                Lifted::Lifted => {
                    output.done("the address is off the exclusion list; it gets mail only after a new double opt-in")
                }
                Lifted::NotListed => Err(Fault::failed("the address is not on the exclusion list")),
                Lifted::NeedsOperator => Err(Fault::failed("this entry may not be lifted")),
            }
        }
    }
}

/// The keys of an address: an entry may have been made under an older secret.
fn keys(base: &Base, address: &str) -> Result<Vec<seals::AddressKey>, Fault> {
    let address =
        EmailAddress::parse(address).map_err(|error| Fault::usage(format!("the address cannot be read: {error}")))?;
    Ok(base.seals.address_keys_mail(&address.normalised()))
}

async fn show_exclusion(base: &Base, address: &str, output: Output) -> Result<(), Fault> {
    let entry = base.store.suppression(&keys(base, address)?).await?;
    let shown = match entry {
        None => json!({ "excluded": false }),
        Some(entry) => json!({
            "excluded": true,
            "reason": entry.reason.word(),
            "since": moment(entry.at),
            "account": entry.account.map(AccountId::get),
            "mailing": entry.mailing.map(policy::MailingId::get),
            "reply": entry.reply,
            "incident": entry.incident.map(IncidentId::get),
            "lifted_before": entry.lifted_before,
        }),
    };
    output.object(&shown)
}

pub(super) async fn incident(base: &Base, what: Incident, output: Output) -> Result<(), Fault> {
    match what {
        Incident::List { all } => list_incidents(base, all, output).await,
        Incident::Lift { id, bounces_true, signed } => {
            let decision = if bounces_true { IncidentDecision::BouncesTrue } else { IncidentDecision::ProvidersFault };
            let number = IncidentId::from_raw(id);
            let outcome = base
                .store
                .decide_incident(number, decision, &signed.by, &signed.reason, base.now())
                .await
                .map_err(named("incident", id))?;
            if outcome.applied > 0 {
                base.store.drain_all().await;
            }
            output.object(&json!({
                "incident": id,
                "decision": decision.word(),
                "exclusions_lifted": outcome.lifted,
                "bounces_applied": outcome.applied,
                "bounces_dropped": outcome.dropped,
            }))
        }
    }
}

async fn list_incidents(base: &Base, all: bool, output: Output) -> Result<(), Fault> {
    let mut table = Table::new(&[
        "id",
        "kind",
        "provider_group",
        "state",
        "opened_at",
        "exclusions",
        "held",
        "detail",
        "decided_by",
    ]);
    let mut after = 0;
    loop {
        let page = base.store.incidents(!all, after, PAGE).await?;
        for incident in &page {
            table.row([
                json!(incident.id.get()),
                json!(incident.kind.word()),
                json!(incident.provider_group),
                json!(if incident.open { "open" } else { "decided" }),
                json!(moment(incident.opened_at)),
                json!(incident.exclusions),
                json!(incident.held),
                json!(incident.detail),
                json!(incident.decided.as_ref().map(|(_, by, _)| by)),
            ]);
        }
        match page.last() {
            Some(last) => after = last.id.get(),
            None => return output.table(&table),
        }
    }
}
