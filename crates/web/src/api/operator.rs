//! The operator's part: accounts, reviews, cases, the exclusion list, incidents.

use policy::bounce::{ExclusionReason, Lifter};
use policy::{AccountId, CaseId, ContactId, IncidentId, MailingId, TopicId, TopicRef};
use serde_json::{Value, json};
use store::cases::{Case, CaseEvent, Decision};
use store::complaints::ComplaintKey;
use store::incidents::{Incident, IncidentDecision};
use store::suppressions::{Lifted, NewSuppression, Suppression};

use super::accounts::{account_json, audit_of, mint_for, scores_of, settings};
use super::answer::{Answer, ApiError, Reply};
use super::route::{AFTER, Call, LIMIT, LIST, Route, id_text, route, time, whole};
use super::schema::{Field, Kind, may, must};
use super::setup::{legal_json, topic_json};

const ACCOUNT: &[Field] = &[
    must("name", Kind::Line(40), "The account's name as recipients see it."),
    may("language", Kind::Choice(&["de", "en"]), "The language of notices to the account; `de` where nothing is said."),
    may("time_zone", Kind::Line(64), "A name such as `Europe/Berlin`."),
];
const TOKEN: &[Field] = &[must("label", Kind::Line(80), "What the token is for.")];
const BY: Field = must("by", Kind::Line(80), "The name of the person who decides.");
const REASON: Field = must("reason", Kind::Text(2_000), "Why, in words.");
const SIGNED: &[Field] = &[BY, REASON];
const REVIEW: &[Field] = &[must("approve", Kind::Bool, "Whether it is approved."), BY, REASON];
const LOOK: &[Field] = &[BY];
const DECIDE: &[Field] = &[
    must(
        "decision",
        Kind::Choice(&["reinstate", "terminate", "release_mailing", "reopen_form", "close"]),
        "What happens.",
    ),
    BY,
    REASON,
];
const ATTRIBUTE: &[Field] = &[
    must("mailing", Kind::Id, "The mailing that the report is about."),
    must("contact", Kind::Id, "The contact, or former contact, who reported."),
    BY,
];
const RECLASSIFY: &[Field] = &[
    must("mailing", Kind::Id, "The mailing of the complaint."),
    must("contact", Kind::Id, "The contact of the complaint."),
    must("counts", Kind::Bool, "Whether it counts in the score."),
    BY,
    REASON,
];
const CASES: &[Field] = &[
    AFTER,
    LIMIT,
    may("open", Kind::Bool, "Only open ones."),
    may("account", Kind::Id, "Only those of this account."),
];
const INCIDENTS: &[Field] = &[AFTER, LIMIT, may("open", Kind::Bool, "Only open ones.")];
const INCIDENT: &[Field] = &[
    must(
        "decision",
        Kind::Choice(&["providers_fault", "bounces_true"]),
        "`providers_fault` lifts the incident's exclusions and drops held bounces; `bounces_true` lets them count.",
    ),
    BY,
    REASON,
];
const ADDRESS: &[Field] = &[must("address", Kind::Address, "The address.")];
const ADDRESS_SIGNED: &[Field] = &[must("address", Kind::Address, "The address."), BY, REASON];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route!(GET "/accounts", Operator, "The accounts.", accounts, query = LIST),
        route!(POST "/accounts", Operator, "Makes an account.", add_account, body = ACCOUNT),
        route!(GET "/accounts/{account}", Operator, "One account with its scores.", account),
        route!(GET "/accounts/{account}/audit", Operator, "Who changed what in an account.", audit, query = LIST),
        route!(POST "/accounts/{account}/tokens", Operator, "Makes a token for an account.", mint, body = TOKEN, secret),
        route!(POST "/accounts/{account}/suspend", Operator, "Suspends an account at once and opens its case.", suspend, body = SIGNED),
        route!(POST "/accounts/{account}/reinstate", Operator, "Reinstates a suspended account.", reinstate, body = SIGNED),
        route!(POST "/accounts/{account}/terminate", Operator, "Ends a suspended account for good.", terminate, body = SIGNED),
        route!(GET "/reviews/topics", Operator, "Statements that wait.", topics, query = ONLY_LIMIT),
        route!(POST "/reviews/topics/{account}/{topic}/{version}", Operator, "Approves or refuses a statement.", decide_topic, body = REVIEW),
        route!(GET "/reviews/legal-notices", Operator, "Legal notices that wait.", legal_notices, query = ONLY_LIMIT),
        route!(POST "/reviews/legal-notices/{account}/{version}", Operator, "Approves or refuses a legal notice.", decide_legal, body = REVIEW),
        route!(GET "/sending", Operator, "Whether mail may leave at all.", sending),
        route!(POST "/sending/pause", Operator, "Stops all sending at once.", pause_sending, body = SIGNED),
        route!(POST "/sending/resume", Operator, "Allows sending again.", resume_sending, body = SIGNED),
        route!(GET "/cases", Operator, "Cases of the abuse desk.", cases, query = CASES),
        route!(GET "/cases/overdue", Operator, "Open cases past a deadline.", overdue, query = ONLY_LIMIT),
        route!(GET "/cases/{case}", Operator, "One case with its steps.", case),
        route!(POST "/cases/{case}/look", Operator, "Notes the first look.", look, body = LOOK),
        route!(POST "/cases/{case}/decide", Operator, "Decides a case.", decide_case, body = DECIDE),
        route!(POST "/cases/{case}/attribute", Operator, "Says which message a report is about; then it counts.", attribute, body = ATTRIBUTE),
        route!(POST "/complaints/reclassify", Operator, "Lets a recorded complaint count, or count no longer.", reclassify, body = RECLASSIFY),
        route!(POST "/exclusions/find", Operator, "The exclusion of an address, with its cause.", find_exclusion, body = ADDRESS),
        route!(POST "/exclusions", Operator, "Excludes an address.", exclude, body = ADDRESS_SIGNED),
        route!(POST "/exclusions/lift", Operator, "Takes an address off the exclusion list; that only allows a new double opt-in.", lift, body = ADDRESS_SIGNED),
        route!(POST "/silences/lift", Operator, "Lets confirmation mails go to an address again that let them time out or said \"that was not me\".", lift_silence, body = ADDRESS),
        route!(GET "/figures", Operator, "What the books of all accounts hold together, counted now.", figures),
        route!(GET "/incidents", Operator, "Incidents at providers.", incidents, query = INCIDENTS),
        route!(POST "/incidents/{incident}/decide", Operator, "Decides an incident.", decide_incident, body = INCIDENT),
    ]
}

const ONLY_LIMIT: &[Field] = &[LIMIT];

fn account_id(call: &Call) -> Result<AccountId, ApiError> {
    Ok(AccountId::from_raw(call.id("account")?))
}

fn signed(call: &Call) -> (String, String) {
    (call.body.text_or_empty("by"), call.body.text_or_empty("reason"))
}

async fn accounts(call: Call) -> Answer {
    let accounts = call.or(call.web.store.accounts(Some(AccountId::from_raw(call.after())), call.limit()).await)?;
    call.page(&accounts, account_json, |account| account.id.get())
}

async fn add_account(call: Call) -> Answer {
    let new = call.fit(settings(&call.body, None))?;
    let id = call.or(call.web.store.create_account(new, call.actor(), call.now()).await)?;
    Ok(Reply::Made(account_json(&call.or(call.web.store.account(id).await)?)))
}

async fn account(call: Call) -> Answer {
    let id = account_id(&call)?;
    let mut shown = account_json(&call.or(call.web.store.account(id).await)?);
    shown["score"] = scores_of(&call, id).await?;
    shown["contacts"] = json!(call.or(call.web.store.count_contacts(id).await)?);
    Ok(Reply::Found(shown))
}

async fn audit(call: Call) -> Answer {
    let id = account_id(&call)?;
    call.or(call.web.store.account(id).await)?;
    audit_of(&call, id).await
}

async fn mint(call: Call) -> Answer {
    let id = account_id(&call)?;
    mint_for(&call, Some(id)).await
}

async fn suspend(call: Call) -> Answer {
    let (id, (by, reason)) = (account_id(&call)?, signed(&call));
    let case = call.or(call.web.store.suspend(id, &by, &reason, call.now()).await)?;
    call.web.store.drain_all().await;
    Ok(Reply::Found(json!({ "case": id_text(case) })))
}

async fn reinstate(call: Call) -> Answer {
    let (id, (by, reason)) = (account_id(&call)?, signed(&call));
    Ok(Reply::Found(case_json(&call.or(call.web.store.reinstate(id, &by, &reason, call.now()).await)?)))
}

async fn terminate(call: Call) -> Answer {
    let (id, (by, reason)) = (account_id(&call)?, signed(&call));
    let case = call.or(call.web.store.terminate(id, &by, &reason, call.now()).await)?;
    call.web.store.drain_all().await;
    Ok(Reply::Found(case_json(&case)))
}

async fn topics(call: Call) -> Answer {
    let waiting = call.or(call.web.store.topics_waiting(call.limit()).await)?;
    whole(&waiting, |topic| {
        let mut shown = topic_json(topic);
        shown["account"] = id_text(topic.account);
        shown
    })
}

async fn decide_topic(call: Call) -> Answer {
    let topic = TopicRef { topic: TopicId::from_raw(call.id("topic")?), version: call.id("version")? };
    let (approve, (by, reason)) = (call.body.bool("approve").unwrap_or(false), signed(&call));
    let decided =
        call.or(call.web.store.decide_topic(account_id(&call)?, topic, approve, &by, &reason, call.now()).await)?;
    Ok(Reply::Found(topic_json(&decided)))
}

async fn legal_notices(call: Call) -> Answer {
    whole(&call.or(call.web.store.legal_reviews_waiting(call.limit()).await)?, legal_json)
}

async fn decide_legal(call: Call) -> Answer {
    let (approve, (by, reason)) = (call.body.bool("approve").unwrap_or(false), signed(&call));
    let version = call.id("version")?;
    let review = call.or(call
        .web
        .store
        .decide_legal_notice(account_id(&call)?, version, approve, &by, &reason, call.now())
        .await)?;
    Ok(Reply::Found(json!({ "review": review.word() })))
}

async fn sending(call: Call) -> Answer {
    let installation = call.or(call.web.store.installation().await)?;
    Ok(Reply::Found(json!({ "paused": installation.paused, "frozen": installation.frozen })))
}

async fn pause_sending(call: Call) -> Answer {
    let (by, reason) = signed(&call);
    let changed = call.or(call.web.store.pause_sending(&by, &reason, call.now()).await)?;
    // Whoever finds it paused waits too: the first one may still be waiting.
    call.web.store.drain_all().await;
    Ok(Reply::Found(json!({ "changed": changed })))
}

async fn resume_sending(call: Call) -> Answer {
    let (by, reason) = signed(&call);
    let changed = call.or(call.web.store.resume_sending(&by, &reason, call.now()).await)?;
    Ok(Reply::Found(json!({ "changed": changed })))
}

fn case_json(case: &Case) -> Value {
    json!({
        "id": id_text(case.id),
        "account": case.account.map(|account| account.to_string()),
        "kind": case.kind.word(),
        "open": case.open,
        "opened_at": time(case.opened_at),
        "first_look_due": time(case.first_look_due),
        "decision_due": time(case.decision_due),
        "looked": case.looked.as_ref().map(|(at, by)| json!({ "at": time(*at), "by": by })),
        "mailing": case.mailing.map(|mailing| mailing.to_string()),
        "form": case.form.map(|form| form.to_string()),
        "summary": case.summary,
        "decision": case.decision.as_ref().map(|decided| {
            json!({ "decision": decided.word, "at": time(decided.at), "by": decided.by, "reason": decided.reason })
        }),
    })
}

fn step_json(step: &CaseEvent) -> Value {
    json!({
        "id": id_text(step.id),
        "at": time(step.at),
        "kind": step.kind,
        "note": step.note,
        "evidence": serde_json::from_str::<Value>(&step.evidence).unwrap_or(Value::Null),
        "kept_mail": step.inbox.map(|inbox| inbox.to_string()),
    })
}

async fn cases(call: Call) -> Answer {
    let account = call.query.int("account").map(AccountId::from_raw);
    let open = call.query.bool("open").unwrap_or(false);
    let cases = call.or(call.web.store.cases(open, account, call.after(), call.limit()).await)?;
    call.page(&cases, case_json, |case| case.id.get())
}

async fn overdue(call: Call) -> Answer {
    whole(&call.or(call.web.store.overdue_cases(call.now(), call.limit()).await)?, case_json)
}

fn case_id(call: &Call) -> Result<CaseId, ApiError> {
    Ok(CaseId::from_raw(call.id("case")?))
}

async fn case(call: Call) -> Answer {
    let (case, steps) = call.or(call.web.store.case(case_id(&call)?).await)?;
    let mut shown = case_json(&case);
    shown["steps"] = steps.iter().map(step_json).collect();
    Ok(Reply::Found(shown))
}

async fn look(call: Call) -> Answer {
    let (id, by) = (case_id(&call)?, call.body.text_or_empty("by"));
    call.or(call.web.store.case(id).await)?;
    call.or(call.web.store.look_at_case(id, &by, call.now()).await)?;
    Ok(Reply::Done)
}

async fn decide_case(call: Call) -> Answer {
    let (id, (by, reason)) = (case_id(&call)?, signed(&call));
    let decision = Decision::from_word(&call.body.text_or_empty("decision"))
        .ok_or_else(|| ApiError::not_found(call.language()))?;
    let case = call.or(call.web.store.decide_case(id, decision, &by, &reason, call.now()).await)?;
    if decision == Decision::Terminate {
        call.web.store.drain_all().await;
    }
    Ok(Reply::Found(case_json(&case)))
}

/// The message that a complaint is about; a contact's number holds its account.
fn complaint_key(call: &Call) -> ComplaintKey {
    ComplaintKey {
        mailing: MailingId::from_raw(call.body.int("mailing").unwrap_or_default()),
        contact: ContactId::from_raw(call.body.int("contact").unwrap_or_default()),
    }
}

async fn attribute(call: Call) -> Answer {
    let (id, by) = (case_id(&call)?, call.body.text_or_empty("by"));
    call.or(call.web.store.case(id).await)?;
    let done = call.or(call.web.store.attribute(id, complaint_key(&call), &by, call.now()).await)?;
    call.web.store.drain_all().await;
    Ok(Reply::Found(json!({ "decision": done.decision.word(), "counted": done.decision.counts() })))
}

async fn reclassify(call: Call) -> Answer {
    let (by, reason) = signed(&call);
    let counts = call.body.bool("counts").unwrap_or(false);
    let follows = call.or(call.web.store.reclassify(complaint_key(&call), counts, &by, &reason, call.now()).await)?;
    if counts {
        call.web.store.drain_all().await;
    }
    Ok(Reply::Found(json!({ "change": follows.change, "case_reopened": follows.reopen_case })))
}

fn exclusion_json(entry: &Suppression) -> Value {
    json!({
        "address": entry.address,
        "reason": entry.reason.word(),
        "at": time(entry.at),
        "account": entry.account.map(|account| account.to_string()),
        "mailing": entry.mailing.map(|mailing| mailing.to_string()),
        "reply": entry.reply,
        "incident": entry.incident.map(|incident| incident.to_string()),
        "lifted_before": entry.lifted_before,
    })
}

/// The address of the body and its keys, those of older secrets too.
fn address(call: &Call) -> Result<(String, Vec<seals::AddressKey>), ApiError> {
    let address = call.body.address("address").ok_or_else(|| ApiError::not_found(call.language()))?;
    Ok((address.as_str().to_owned(), call.web.seals.address_keys_mail(&address.normalised())))
}

async fn find_exclusion(call: Call) -> Answer {
    let (_, keys) = address(&call)?;
    let entry = call.or(call.web.store.suppression(&keys).await)?;
    let entry = entry.ok_or_else(|| ApiError::not_found(call.language()))?;
    Ok(Reply::Found(exclusion_json(&entry)))
}

async fn exclude(call: Call) -> Answer {
    let (address, keys) = address(&call)?;
    let (by, reason) = signed(&call);
    let key = *keys.first().ok_or_else(|| ApiError::not_found(call.language()))?;
    let entry = NewSuppression {
        key,
        address: Some(address),
        reason: ExclusionReason::Operator,
        account: None,
        mailing: None,
        reply: Some(format!("{by}: {reason}")),
        provider_group: None,
    };
    let new = call.or(call.web.store.suppress(entry, call.now()).await)?;
    let drain = call.web.store.begin_drain();
    call.or(call.web.store.cancel_address(key).await)?;
    drain.everybody().await;
    Ok(Reply::Found(json!({ "new": new })))
}

async fn lift(call: Call) -> Answer {
    let (_, keys) = address(&call)?;
    let (by, reason) = signed(&call);
    match call.or(call.web.store.lift_suppression(keys, Lifter::Operator, &by, &reason, call.now()).await)? {
        Lifted::Lifted => Ok(Reply::Done),
        Lifted::NotListed => Err(ApiError::not_found(call.language())),
        Lifted::NeedsOperator => Err(ApiError::conflict(call.language())),
    }
}

async fn lift_silence(call: Call) -> Answer {
    let (_, keys) = address(&call)?;
    let lifted = call.or(call.web.store.lift_silence(keys).await)?;
    Ok(Reply::Found(json!({ "lifted": lifted })))
}

fn incident_json(incident: &Incident) -> Value {
    json!({
        "id": id_text(incident.id),
        "kind": incident.kind.word(),
        "provider_group": incident.provider_group,
        "open": incident.open,
        "opened_at": time(incident.opened_at),
        "detail": incident.detail,
        "decided": incident.decided.as_ref().map(|(at, by, reason)| json!({ "at": time(*at), "by": by, "reason": reason })),
        "exclusions": incident.exclusions,
        "held": incident.held,
    })
}

async fn incidents(call: Call) -> Answer {
    let open = call.query.bool("open").unwrap_or(false);
    let incidents = call.or(call.web.store.incidents(open, call.after(), call.limit()).await)?;
    call.page(&incidents, incident_json, |incident| incident.id.get())
}

async fn decide_incident(call: Call) -> Answer {
    let (id, (by, reason)) = (IncidentId::from_raw(call.id("incident")?), signed(&call));
    let fault = call.body.text_or_empty("decision") == IncidentDecision::ProvidersFault.word();
    let decision = if fault { IncidentDecision::ProvidersFault } else { IncidentDecision::BouncesTrue };
    let outcome = call.or(call.web.store.decide_incident(id, decision, &by, &reason, call.now()).await)?;
    if outcome.applied > 0 {
        call.web.store.drain_all().await;
    }
    Ok(Reply::Found(json!({ "lifted": outcome.lifted, "applied": outcome.applied, "dropped": outcome.dropped })))
}

/// Words and counts, as an object.
fn counted(pairs: &[(String, i64)]) -> Value {
    pairs.iter().map(|(word, n)| (word.clone(), json!(n))).collect::<serde_json::Map<_, _>>().into()
}

async fn figures(call: Call) -> Answer {
    let figures = call.or(call.web.store.figures().await)?;
    Ok(Reply::Found(json!({
        "signups": figures.signups,
        "confirmed": figures.confirmed,
        "bounces": counted(&figures.bounces),
        "refused": counted(&figures.refused),
        "doubtful": figures.doubtful,
        "excluded": figures.excluded,
    })))
}
