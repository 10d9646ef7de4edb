//! Sending domains and the account's own address (R49–R53, R62, D7).

use mail_formats::address::EmailAddress;
use policy::sender::MAX_DISPLAY_NAME;
use policy::{AccountId, DomainId, SenderId};
use serde_json::{Value, json};
use store::domains::SendingDomain;
use store::senders::Sender;

use super::accounts::{proof_json, proof_reply};
use super::answer::{Answer, ApiError, Reply};
use super::route::{Call, Route, id_text, route, time, time_opt, whole};
use super::schema::{Field, Kind, may, must};
use crate::setting_up::{domains, senders};

const DOMAIN: &[Field] = &[must(
    "name",
    Kind::Host,
    "The domain of your own address. Domains of mailbox providers cannot be authenticated by you.",
)];
const SENDER: &[Field] = &[
    must("display_name", Kind::Line(MAX_DISPLAY_NAME), "The name beside the address."),
    may(
        "address",
        Kind::Address,
        "Your own address at one of your sending domains. Leave it out for an address of the platform.",
    ),
    may("platform", Kind::Object(PLATFORM), "An address of the platform; letters to it go on to your mailbox."),
];
const PLATFORM: &[Field] = &[
    may("name", Kind::Line(32), "What stands before the account's name."),
    must("forward_to", Kind::Address, "Your mailbox. It is proven by a mail."),
];
const RENAME: &[Field] = &[must("display_name", Kind::Line(MAX_DISPLAY_NAME), "The name beside the address.")];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route!(GET "/domains", Account, "The sending domains.", list_domains),
        route!(POST "/domains", Account, "Registers a sending domain; the answer lists the DNS records to publish.", add_domain, body = DOMAIN),
        route!(GET "/domains/{domain}", Account, "One sending domain with its records and what was found.", domain),
        route!(POST "/domains/{domain}/check", Account, "Looks the records up now.", check_domain),
        route!(DELETE "/domains/{domain}", Account, "Removes a domain that no sender uses, with its keys.", remove_domain),
        route!(GET "/senders", Account, "The senders.", list_senders),
        route!(POST "/senders", Account, "Adds a sender and sends the mail that proves its mailbox.", add_sender, body = SENDER),
        route!(GET "/senders/{sender}", Account, "One sender.", show_sender),
        route!(PATCH "/senders/{sender}", Account, "Changes the display name.", rename_sender, body = RENAME),
        route!(DELETE "/senders/{sender}", Account, "Removes a sender that the account's mail does not come from.", remove_sender),
        route!(POST "/senders/{sender}/proof", Account, "Sends the mail that proves the mailbox once more.", prove_sender),
        route!(POST "/senders/{sender}/choose", Account, "Lets the account's mail come from this proven sender.", choose_sender),
    ]
}

fn domain_json(domain: &SendingDomain) -> Value {
    json!({
        "id": id_text(domain.id),
        "name": domain.name,
        "authenticated_at": time_opt(domain.authenticated_at),
        "checked_at": time_opt(domain.checked_at),
        "failing_since": time_opt(domain.failing_since),
        "found": serde_json::from_str::<Value>(&domain.found).unwrap_or(Value::Null),
        "created_at": time(domain.created_at),
    })
}

/// The domain with the records to publish.
async fn whole_domain(call: &Call, account: AccountId, id: DomainId) -> Result<Value, ApiError> {
    let domain = call.or(call.web.store.domain(account, id).await)?;
    let records = call.or(domains::records(&call.web, account, &domain).await)?;
    let mut shown = domain_json(&domain);
    let listed = records.iter().map(|record| {
        json!({ "name": record.name, "type": record.kind.to_string(), "value": record.value, "purpose": record.purpose.as_str() })
    });
    shown["records"] = Value::Array(listed.collect());
    Ok(shown)
}

async fn list_domains(call: Call) -> Answer {
    whole(&call.or(call.web.store.domains(call.account()?).await)?, domain_json)
}

async fn domain(call: Call) -> Answer {
    let (account, id) = (call.account()?, DomainId::from_raw(call.id("domain")?));
    Ok(Reply::Found(whole_domain(&call, account, id).await?))
}

async fn add_domain(call: Call) -> Answer {
    let account = call.account()?;
    let name = call.body.host("name").ok_or_else(|| ApiError::not_found(call.language()))?;
    let id = call.or(domains::add(&call.web, account, &name, call.actor()).await)?;
    Ok(Reply::Made(whole_domain(&call, account, id).await?))
}

async fn check_domain(call: Call) -> Answer {
    let (account, id) = (call.account()?, DomainId::from_raw(call.id("domain")?));
    call.or(domains::check(&call.web, account, id).await)?;
    Ok(Reply::Found(whole_domain(&call, account, id).await?))
}

async fn remove_domain(call: Call) -> Answer {
    let (account, id) = (call.account()?, DomainId::from_raw(call.id("domain")?));
    call.or(call.web.store.remove_domain(account, id, call.actor(), call.now()).await)?;
    Ok(Reply::Done)
}

fn sender_json(sender: &Sender) -> Value {
    json!({
        "id": id_text(sender.id),
        "address": sender.address.as_str(),
        "display_name": sender.display_name,
        "domain": sender.domain.map(|domain| domain.to_string()),
        "forward_to": sender.forward_to.as_ref().map(EmailAddress::as_str),
        "proven_at": time_opt(sender.proven_at),
        "proof_sent_at": time_opt(sender.proof_sent_at),
        "on_hold_since": time_opt(sender.on_hold_since),
        "current": sender.current,
        "created_at": time(sender.created_at),
    })
}

async fn list_senders(call: Call) -> Answer {
    whole(&call.or(call.web.store.senders(call.account()?).await)?, sender_json)
}

async fn show_sender(call: Call) -> Answer {
    let id = SenderId::from_raw(call.id("sender")?);
    Ok(Reply::Found(sender_json(&call.or(call.web.store.sender(call.account()?, id).await)?)))
}

async fn add_sender(call: Call) -> Answer {
    let account = call.account()?;
    let (own, platform) = (call.body.address("address"), call.body.object("platform"));
    let (web, name, actor) = (&call.web, call.body.text_or_empty("display_name"), call.actor());
    let added = match (own, platform) {
        (Some(address), None) => senders::add_own(web, account, address, &name, actor).await,
        (None, Some(platform)) => {
            let forward_to = platform.address("forward_to").ok_or_else(|| ApiError::not_found(call.language()))?;
            let wish = platform.text_or_empty("name");
            senders::add_platform(web, account, &wish, forward_to, &name, actor).await
        }
        _ => return Err(ApiError::bad_request(call.language(), "give either address or platform").at("address")),
    };
    let id = call.or(added)?;
    let proof = call.or(senders::prove(&call.web, account, id).await)?;
    let mut shown = sender_json(&call.or(call.web.store.sender(account, id).await)?);
    shown["proof"] = proof_json(proof);
    Ok(Reply::Made(shown))
}

async fn prove_sender(call: Call) -> Answer {
    let (account, id) = (call.account()?, SenderId::from_raw(call.id("sender")?));
    let asked = call.or(senders::prove(&call.web, account, id).await)?;
    proof_reply(&call, asked)
}

async fn choose_sender(call: Call) -> Answer {
    let (account, id) = (call.account()?, SenderId::from_raw(call.id("sender")?));
    call.or(call.web.store.choose_sender(account, id, call.actor(), call.now()).await)?;
    Ok(Reply::Found(sender_json(&call.or(call.web.store.sender(account, id).await)?)))
}

async fn rename_sender(call: Call) -> Answer {
    let (account, id) = (call.account()?, SenderId::from_raw(call.id("sender")?));
    let name = call.body.text_or_empty("display_name");
    call.or(senders::rename(&call.web, account, id, &name, call.actor()).await)?;
    Ok(Reply::Found(sender_json(&call.or(call.web.store.sender(account, id).await)?)))
}

async fn remove_sender(call: Call) -> Answer {
    let (account, id) = (call.account()?, SenderId::from_raw(call.id("sender")?));
    call.or(call.web.store.remove_sender(account, id, call.actor(), call.now()).await)?;
    Ok(Reply::Done)
}
