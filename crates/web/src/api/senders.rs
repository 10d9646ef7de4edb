//! Sending domains and the account's own address (R49–R53, R62, D7).

use mail_formats::address::{Domain, EmailAddress};
use outside::records::{as_json, examine};
use policy::dns_records::{PlatformNames, PublishedKey, Wanted, authentication, wanted};
use policy::sender::{self, DisplayName, MAX_DISPLAY_NAME, SenderProblem};
use policy::{AccountId, DomainId, SenderId};
use serde_json::{Value, json};
use store::StoreError;
use store::address_proofs::{ProofAsked, Proven};
use store::domains::SendingDomain;
use store::keys::SealedKey;
use store::senders::{Home, NewSender, Sender};

use super::accounts::{proof_json, proof_reply, send_proof};
use super::answer::{Answer, ApiError, Reply};
use super::route::{Call, Route, id_text, route, time, time_opt, whole};
use super::schema::{Field, Kind, may, must};
use crate::context::Web;

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
        route!(GET "/domains", Account, "The sending domains.", domains),
        route!(POST "/domains", Account, "Registers a sending domain; the answer lists the DNS records to publish.", add_domain, body = DOMAIN),
        route!(GET "/domains/{domain}", Account, "One sending domain with its records and what was found.", domain),
        route!(POST "/domains/{domain}/check", Account, "Looks the records up now.", check_domain),
        route!(DELETE "/domains/{domain}", Account, "Removes a domain that no sender uses, with its keys.", remove_domain),
        route!(GET "/senders", Account, "The senders.", senders),
        route!(POST "/senders", Account, "Adds a sender and sends the mail that proves its mailbox.", add_sender, body = SENDER),
        route!(GET "/senders/{sender}", Account, "One sender.", show_sender),
        route!(PATCH "/senders/{sender}", Account, "Changes the display name.", rename_sender, body = RENAME),
        route!(DELETE "/senders/{sender}", Account, "Removes a sender that the account's mail does not come from.", remove_sender),
        route!(POST "/senders/{sender}/proof", Account, "Sends the mail that proves the mailbox once more.", prove_sender),
        route!(POST "/senders/{sender}/choose", Account, "Lets the account's mail come from this proven sender.", choose_sender),
    ]
}

/// The names that a customer's records depend on: the platform's domain, and whether DomainKeys are in use.
fn names(web: &Web) -> PlatformNames {
    let house = web.gate.house();
    PlatformNames {
        platform_domain: house.platform_domain.clone(),
        bounce_domain: house.bounce_domain.clone(),
        unsubscribe_domain: house.unsubscribe_domain.clone(),
        mail_host: house.bounce_domain.clone(),
        helo_name: house.platform_domain.clone(),
        sending_addresses: Vec::new(),
        report_address: None,
        domainkeys: house.domainkeys,
        mta_sts: false,
    }
}

fn no_name(call: &Call) -> ApiError {
    ApiError::not_found(call.language())
}

async fn wanted_records(call: &Call, account: AccountId, domain: &SendingDomain) -> Result<Vec<Wanted>, ApiError> {
    let name = Domain::parse(&domain.name).map_err(|_| no_name(call))?;
    let keys = call.or(call.web.store.signing_keys(Some(account)).await)?;
    let keys: Vec<PublishedKey> =
        keys.into_iter().filter(|key| key.domain == domain.name && key.active).map(|key| key.published).collect();
    Ok(wanted(&names(&call.web), &name, &keys))
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
    let records = wanted_records(call, account, &domain).await?;
    let mut shown = domain_json(&domain);
    let listed = records.iter().map(|record| {
        json!({ "name": record.name, "type": record.kind.to_string(), "value": record.value, "purpose": record.purpose.as_str() })
    });
    shown["records"] = Value::Array(listed.collect());
    Ok(shown)
}

async fn domains(call: Call) -> Answer {
    whole(&call.or(call.web.store.domains(call.account()?).await)?, domain_json)
}

async fn domain(call: Call) -> Answer {
    let (account, id) = (call.account()?, DomainId::from_raw(call.id("domain")?));
    Ok(Reply::Found(whole_domain(&call, account, id).await?))
}

/// A domain that an account cannot authenticate, with what it can do instead (D7).
fn usable(call: &Call, name: &Domain) -> Result<(), ApiError> {
    if sender::is_freemail(name.as_str()) {
        let message = "this domain belongs to a mailbox provider, so you cannot publish its records; take an address of the platform instead (POST /senders with \"platform\"), whose letters go on to your mailbox";
        return Err(ApiError::invalid(SenderProblem::Freemail.word(), message).at("name"));
    }
    let platform = &call.web.gate.house().platform_domain;
    if name.is_at_or_below(platform) || platform.is_at_or_below(name) {
        return Err(ApiError::invalid("platform_domain", "this domain is the platform's own").at("name"));
    }
    Ok(())
}

async fn add_domain(call: Call) -> Answer {
    let account = call.account()?;
    let name = call.body.host("name").ok_or_else(|| no_name(&call))?;
    usable(&call, &name)?;
    if call.or(call.web.store.domains(account).await)?.iter().any(|domain| domain.name == name.as_str()) {
        return Err(ApiError::conflict(call.language(), "the account has this domain already").at("name"));
    }
    let first = call.or(call.web.store.key_ids().await)?;
    let (web, of) = (call.web.clone(), name.clone());
    // Making keys takes most of a second of one processor.
    let made =
        tokio::task::spawn_blocking(move || SealedKey::generate(Some(account), &of, first, &web.seals, &*web.dice))
            .await;
    let keys = match made {
        Ok(Ok(keys)) => keys,
        Ok(Err(error)) => return call.or(Err(StoreError::Unusable(error.to_string()))),
        Err(error) => return call.or(Err(StoreError::Unusable(error.to_string()))),
    };
    let id = call.or(call.web.store.add_domain(account, &name, keys, call.actor(), call.now()).await)?;
    Ok(Reply::Made(whole_domain(&call, account, id).await?))
}

async fn check_domain(call: Call) -> Answer {
    let (account, id) = (call.account()?, DomainId::from_raw(call.id("domain")?));
    let domain = call.or(call.web.store.domain(account, id).await)?;
    let examined = examine(&call.web.resolver, wanted_records(&call, account, &domain).await?).await;
    let verdict = authentication(examined.iter().map(|one| (&one.wanted, one.judgement.state)));
    call.or(call.web.store.note_domain_check(account, id, verdict, &as_json(&examined), call.now()).await)?;
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

async fn senders(call: Call) -> Answer {
    whole(&call.or(call.web.store.senders(call.account()?).await)?, sender_json)
}

async fn show_sender(call: Call) -> Answer {
    let id = SenderId::from_raw(call.id("sender")?);
    Ok(Reply::Found(sender_json(&call.or(call.web.store.sender(call.account()?, id).await)?)))
}

fn display_name(text: &str, address: &EmailAddress) -> Result<DisplayName, ApiError> {
    let refused = |problem: sender::NameProblem| {
        ApiError::invalid(problem.word(), format!("the display name cannot be used: {problem}")).at("display_name")
    };
    DisplayName::parse(text, address).map_err(refused)
}

async fn add_sender(call: Call) -> Answer {
    let account = call.account()?;
    let (own, platform) = (call.body.address("address"), call.body.object("platform"));
    let id = match (own, platform) {
        (Some(address), None) => add_own(&call, account, address).await?,
        (None, Some(platform)) => {
            let forward_to = platform.address("forward_to").ok_or_else(|| no_name(&call))?;
            add_platform(&call, account, &platform.text_or_empty("name"), forward_to).await?
        }
        _ => return Err(ApiError::bad_request(call.language(), "give either address or platform").at("address")),
    };
    let proof = send(&call, account, id).await?;
    let mut shown = sender_json(&call.or(call.web.store.sender(account, id).await)?);
    shown["proof"] = proof_json(proof);
    Ok(Reply::Made(shown))
}

/// An address at a sending domain of the account (R51, D7).
async fn add_own(call: &Call, account: AccountId, address: EmailAddress) -> Result<SenderId, ApiError> {
    if let Err(problem) = sender::sender_allowed(&address) {
        let message = match problem {
            SenderProblem::NoReply => texts::errors::no_reply_address(call.language(), "address"),
            SenderProblem::Freemail => "this address belongs to a mailbox provider, whose domain you cannot authenticate; leave address out and give platform with forward_to instead".to_owned(),
        };
        return Err(ApiError::invalid(problem.word(), message).at("address"));
    }
    let domains = call.or(call.web.store.domains(account).await)?;
    let home = domains
        .iter()
        .find(|domain| Domain::parse(&domain.name).is_ok_and(|name| address.domain().is_at_or_below(&name)));
    let home = home.ok_or_else(|| {
        let message = format!("register the sending domain {} first (POST /domains)", address.domain().as_str());
        ApiError::invalid("no_domain", message).at("address")
    })?;
    let new = NewSender {
        display_name: display_name(&call.body.text_or_empty("display_name"), &address)?,
        keys: call.web.seals.address_keys_mail(&address.normalised()),
        address,
        home: Home::Own(home.id),
    };
    call.or(call.web.store.add_sender(account, new, call.actor(), call.now()).await)
}

/// An address of the platform: `{name}-{account}@{platform domain}` (D7). Where that is taken, the
/// account's number stands in it.
async fn add_platform(
    call: &Call,
    account: AccountId,
    wish: &str,
    forward_to: EmailAddress,
) -> Result<SenderId, ApiError> {
    let platform = &call.web.gate.house().platform_domain;
    if forward_to.domain().is_at_or_below(platform) || sender::is_no_reply(forward_to.local()) {
        return Err(ApiError::invalid(
            "bad_mailbox",
            "letters must go on to a mailbox of your own that somebody reads",
        )
        .at("forward_to"));
    }
    let label = sender::platform_label(&call.or(call.web.store.account(account).await)?.name);
    let local = sender::platform_local(wish);
    let mailbox = call.web.seals.address_keys_mail(&forward_to.normalised());
    for end in [label.clone(), format!("{label}-{account}"), account.to_string()] {
        let text = format!("{local}-{}@{}", end.trim_start_matches('-'), platform.as_str());
        let Ok(address) = EmailAddress::parse(&text) else { continue };
        let new = NewSender {
            display_name: display_name(&call.body.text_or_empty("display_name"), &address)?,
            keys: call.web.seals.address_keys_mail(&address.normalised()),
            address,
            home: Home::Platform { forward_to: forward_to.clone(), keys: mailbox.clone() },
        };
        match call.web.store.add_sender(account, new, call.actor(), call.now()).await {
            Err(StoreError::Conflict(_)) => {}
            done => return call.or(done),
        }
    }
    Err(ApiError::conflict(call.language(), "this address of the platform is taken; choose another name")
        .at("platform"))
}

async fn send(call: &Call, account: AccountId, id: SenderId) -> Result<ProofAsked, ApiError> {
    let sender = call.or(call.web.store.sender(account, id).await)?;
    let language = call.or(call.web.store.account(account).await)?.language;
    let mailbox = sender.forward_to.as_ref().unwrap_or(&sender.address);
    send_proof(call, account, Proven::Sender(id), mailbox, language).await
}

async fn prove_sender(call: Call) -> Answer {
    let (account, id) = (call.account()?, SenderId::from_raw(call.id("sender")?));
    proof_reply(send(&call, account, id).await?)
}

async fn choose_sender(call: Call) -> Answer {
    let (account, id) = (call.account()?, SenderId::from_raw(call.id("sender")?));
    call.or(call.web.store.choose_sender(account, id, call.actor(), call.now()).await)?;
    Ok(Reply::Found(sender_json(&call.or(call.web.store.sender(account, id).await)?)))
}

async fn rename_sender(call: Call) -> Answer {
    let (account, id) = (call.account()?, SenderId::from_raw(call.id("sender")?));
    let sender = call.or(call.web.store.sender(account, id).await)?;
    let name = display_name(&call.body.text_or_empty("display_name"), &sender.address)?;
    call.or(call.web.store.rename_sender(account, id, name, call.actor(), call.now()).await)?;
    Ok(Reply::Found(sender_json(&call.or(call.web.store.sender(account, id).await)?)))
}

async fn remove_sender(call: Call) -> Answer {
    let (account, id) = (call.account()?, SenderId::from_raw(call.id("sender")?));
    call.or(call.web.store.remove_sender(account, id, call.actor(), call.now()).await)?;
    Ok(Reply::Done)
}
