//! The address book: sign-ups, contacts, their tags and consents, former contacts.

use policy::invalid::Invalid;
use std::net::IpAddr;
use std::time::Duration;

use policy::{ContactId, FormId, MailingId, TagId};
use serde_json::{Value, json};
use store::book::{Contact, ContactLine, FormerLine, MAX_FIELDS};
use store::contacts::UnsubscribeOutcome;
use store::mailings::DeliveryLine;
use store::proofs::printed;
use store::signups::{MAX_FIELD_CHARS, SignUp, SignUpOutcome};
use texts::refusals;

use super::answer::{Answer, ApiError, Reply};
use super::route::{AFTER, Call, LIMIT, LIST, Route, id_text, route, time, time_opt};
use super::schema::{Field, Kind, may, must};

/// The answer to a sign-up leaves so long after its request came, or a multiple of it later: how
/// long it took tells nothing about the address.
const ANSWER_AFTER: Duration = Duration::from_millis(300);

const SIGN_UP: &[Field] = &[
    must("form", Kind::Id, "The form that the visitor saw."),
    must("address", Kind::Address, "What the visitor entered."),
    may("fields", Kind::Values(MAX_FIELDS, MAX_FIELD_CHARS), "The form's voluntary fields, by name."),
    may(
        "version",
        Kind::Int(1, i64::MAX),
        "The version of the form that the visitor saw; the current one where nothing is said.",
    ),
    may("ip", Kind::Line(45), "The visitor's IP address; yours where nothing is said."),
    may("user_agent", Kind::Line(500), "The visitor's program."),
    may("page_url", Kind::Line(500), "The page on which the form stood."),
];
const CONTACTS: &[Field] = &[AFTER, LIMIT, may("tag", Kind::Id, "Only contacts that carry this tag.")];
const FIND: &[Field] = &[must("address", Kind::Address, "The whole address.")];
const FIELDS: &[Field] =
    &[must("fields", Kind::Values(MAX_FIELDS, MAX_FIELD_CHARS), "All merge fields; those left out are removed.")];
const TAGS: &[Field] = &[
    may("add", Kind::Ids(100), "Tags to give; autoresponders follow."),
    may("remove", Kind::Ids(100), "Tags to take away."),
];
const BEFORE: &[Field] = &[may("before", Kind::Id, "Deliveries of older mailings than this one."), LIMIT];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route!(POST "/sign-ups", Account, "Hands a visitor's sign-up in: the same rules as the form's page, and a confirmation mail at most.", sign_up, body = SIGN_UP),
        route!(GET "/contacts", Account, "The active contacts.", contacts, query = CONTACTS),
        route!(POST "/contacts/find", Account, "The active contact with an address.", find, body = FIND),
        route!(GET "/contacts/{contact}", Account, "One contact with tags, fields and consents.", contact),
        route!(DELETE "/contacts/{contact}", Account, "Erases a person's data; the keyed hash that keeps mail away stays.", erase),
        route!(PUT "/contacts/{contact}/fields", Account, "Replaces the merge fields.", set_fields, body = FIELDS),
        route!(POST "/contacts/{contact}/tags", Account, "Gives and takes tags.", change_tags, body = TAGS),
        route!(POST "/contacts/{contact}/unsubscribe", Account, "Unsubscribes a contact from everything of the account, at once.", unsubscribe),
        route!(GET "/contacts/{contact}/consent-proof", Account, "The consent record, for printing.", proof),
        route!(GET "/contacts/{contact}/deliveries", Account, "What was sent to this person, or why not.", deliveries, query = BEFORE),
        route!(GET "/former-contacts", Account, "Who left, when and why; without addresses.", former, query = LIST),
    ]
}

fn contact_id(call: &Call) -> Result<ContactId, ApiError> {
    Ok(ContactId::from_raw(call.id("contact")?))
}

async fn sign_up(call: Call) -> Answer {
    let came = call.web.clock.reading();
    let answer = taken(&call).await;
    let passed = call.web.clock.reading().elapsed_since(came).as_millis();
    let rest = ANSWER_AFTER.as_millis() - passed % ANSWER_AFTER.as_millis();
    call.web.clock.sleep(Duration::from_millis(u64::try_from(rest).unwrap_or(0))).await;
    answer
}

async fn taken(call: &Call) -> Answer {
    let form = FormId::from_raw(call.body.int("form").unwrap_or_default());
    call.or(call.web.store.form(call.account()?, form).await)?;
    let ip = match call.body.text("ip") {
        None => call.client.ip,
        Some(text) => call.fit(text.parse::<IpAddr>().map_err(|_| Invalid::IpUnreadable))?.to_canonical(),
    };
    let noted = || Ok(Reply::Noted(json!({ "state": "accepted" })));
    if let Err(limit) = call.web.limits().take(ip, form, &call.web.policy.signup, call.web.clock.reading()) {
        tracing::info!(form = form.get(), limit = limit.word(), "a sign-up met a limit of its source");
        return noted();
    }
    let address = call.body.address("address").ok_or_else(|| ApiError::not_found(call.language()))?;
    let request = SignUp {
        form,
        version: call.body.int("version"),
        keys: call.web.seals.address_keys_mail(&address.normalised()),
        address,
        fields: call.body.values("fields").unwrap_or_default(),
        ip,
        user_agent: call.body.text("user_agent").unwrap_or_else(|| call.client.user_agent.clone()),
        form_url: call.body.text_or_empty("page_url"),
    };
    match call.or(call.web.store.sign_up(request, call.web.policy.signup.clone(), call.now()).await)? {
        SignUpOutcome::Planned(_) | SignUpOutcome::Silent(_) => noted(),
        SignUpOutcome::Closed => Err(call.refuse(&Invalid::FormClosed)),
        SignUpOutcome::Changed => Err(call.refuse(&Invalid::FormChanged)),
    }
}

fn line_json(line: &ContactLine) -> Value {
    json!({ "id": id_text(line.id), "address": line.address, "since": time(line.since) })
}

async fn contacts(call: Call) -> Answer {
    let (tag, after) = (call.query.int("tag").map(TagId::from_raw), Some(ContactId::from_raw(call.after())));
    let lines = call.or(call.web.store.contacts(call.account()?, tag, after, call.limit()).await)?;
    call.page(&lines, line_json, |line| line.id.get())
}

async fn find(call: Call) -> Answer {
    let account = call.account()?;
    let address = call.body.address("address").ok_or_else(|| ApiError::not_found(call.language()))?;
    let keys = call.web.seals.address_keys_mail(&address.normalised());
    let found = call.or(call.web.store.find_contact(account, &keys).await)?;
    let id = found.ok_or_else(|| ApiError::not_found(call.language()))?;
    Ok(Reply::Found(contact_json(&call.or(call.web.store.contact(account, id).await)?)))
}

fn contact_json(contact: &Contact) -> Value {
    let consents = contact.consents.iter().map(|consent| {
        json!({
            "topic": { "id": id_text(consent.topic.topic), "version": consent.topic.version },
            "granted_at": time(consent.granted_at),
        })
    });
    json!({
        "id": id_text(contact.id),
        "address": contact.address,
        "language": contact.language,
        "fields": contact.fields,
        "tags": contact.tags.iter().map(id_text).collect::<Vec<_>>(),
        "consents": consents.collect::<Vec<_>>(),
        "since": time(contact.since),
    })
}

async fn contact(call: Call) -> Answer {
    let found = call.or(call.web.store.contact(call.account()?, contact_id(&call)?).await)?;
    Ok(Reply::Found(contact_json(&found)))
}

async fn erase(call: Call) -> Answer {
    call.or(call.web.store.erase(call.account()?, contact_id(&call)?, call.word(), call.now()).await)?;
    Ok(Reply::Done)
}

async fn set_fields(call: Call) -> Answer {
    let (account, id) = (call.account()?, contact_id(&call)?);
    let fields = call.body.values("fields").unwrap_or_default();
    call.or(call.web.store.set_fields(account, id, fields).await)?;
    Ok(Reply::Found(contact_json(&call.or(call.web.store.contact(account, id).await)?)))
}

async fn change_tags(call: Call) -> Answer {
    let (account, id) = (call.account()?, contact_id(&call)?);
    let tags = |name| call.body.ids(name).unwrap_or_default().into_iter().map(TagId::from_raw).collect::<Vec<_>>();
    let remove = tags("remove");
    let taken_away = !remove.is_empty();
    call.or(call.web.store.change_tags(account, id, tags("add"), remove, call.actor(), call.now()).await)?;
    if taken_away {
        // A mail that is on the wire may have chosen the contact by a tag that is gone now.
        call.web.store.drain_all().await;
    }
    Ok(Reply::Found(contact_json(&call.or(call.web.store.contact(account, id).await)?)))
}

async fn unsubscribe(call: Call) -> Answer {
    let (account, id) = (call.account()?, contact_id(&call)?);
    if id.account() != account {
        return Err(ApiError::not_found(call.language()));
    }
    match call.or(call.web.store.unsubscribe(id, call.word(), call.now()).await)? {
        UnsubscribeOutcome::Done(_) | UnsubscribeOutcome::Already => Ok(Reply::Done),
        UnsubscribeOutcome::Unknown => Err(ApiError::not_found(call.language())),
    }
}

async fn proof(call: Call) -> Answer {
    let events = call.or(call.web.store.consent_proof(call.account()?, contact_id(&call)?).await)?;
    if events.is_empty() {
        return Err(ApiError::not_found(call.language()));
    }
    Ok(Reply::Print(printed(&events, policy::zone::utc)))
}

/// Words of cancellations and of rules lead to sentences; others stand for themselves.
pub(super) fn delivery_json(call: &Call, line: &DeliveryLine) -> Value {
    let reason = line.reason.as_deref();
    json!({
        "mailing": id_text(line.mailing),
        "mailing_name": line.mailing_name,
        "contact": id_text(line.contact),
        "state": line.state.word(),
        "due_at": time(line.due_at),
        "attempts": line.attempts,
        "reason": reason,
        "reason_text": reason.and_then(|word| refusals::customer(call.language(), word, None)),
        "reply": line.reply,
        "in_doubt": line.doubt,
        "planned_at": time(line.planned_at),
        "settled_at": time_opt(line.settled_at),
    })
}

async fn deliveries(call: Call) -> Answer {
    let before = call.query.int("before").map(MailingId::from_raw);
    let id = contact_id(&call)?;
    let lines = call.or(call.web.store.deliveries_of_contact(call.account()?, id, before, call.limit()).await)?;
    call.page(&lines, |line| delivery_json(&call, line), |line| line.mailing.get())
}

async fn former(call: Call) -> Answer {
    let lines = call.or(call
        .web
        .store
        .former_contacts(call.account()?, Some(ContactId::from_raw(call.after())), call.limit())
        .await)?;
    let shown = |line: &FormerLine| json!({ "id": id_text(line.id), "reason": line.reason.word(), "since": time(line.since), "left_at": time(line.left_at) });
    call.page(&lines, shown, |line| line.id.get())
}
