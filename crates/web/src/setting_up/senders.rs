//! The account's own address: one at a domain of its own, or one of the platform (R49–R53, D7).

use mail_formats::address::{Domain, EmailAddress};
use policy::invalid::Invalid;
use policy::sender::{self, DisplayName};
use policy::{AccountId, SenderId};
use store::StoreError;
use store::address_proofs::{ProofAsked, Proven};
use store::senders::{Home, NewSender};

use crate::context::Web;
use crate::proofs;

fn display_name(text: &str, address: &EmailAddress) -> Result<DisplayName, StoreError> {
    DisplayName::parse(text, address).map_err(|problem| StoreError::Invalid(Invalid::DisplayName(problem)))
}

/// An address at a sending domain of the account (R51, D7).
pub(crate) async fn add_own(
    web: &Web,
    account: AccountId,
    address: EmailAddress,
    name: &str,
    actor: &str,
) -> Result<SenderId, StoreError> {
    sender::sender_allowed(&address).map_err(|problem| StoreError::Invalid(Invalid::Sender(problem)))?;
    let domains = web.store.domains(account).await?;
    let home = domains
        .iter()
        .find(|domain| Domain::parse(&domain.name).is_ok_and(|name| address.domain().is_at_or_below(&name)));
    let Some(home) = home else {
        return Err(StoreError::Invalid(Invalid::NoDomain { domain: address.domain().as_str().to_owned() }));
    };
    let new = NewSender {
        display_name: display_name(name, &address)?,
        keys: web.seals.address_keys_mail(&address.normalised()),
        address,
        home: Home::Own(home.id),
    };
    web.store.add_sender(account, new, actor, web.clock.now()).await
}

/// The addresses of the platform that the account may get for a wish, best first:
/// `{wish}-{account}@{platform domain}` (D7); where that is taken, the account's number stands in it.
pub(crate) fn platform_addresses(
    web: &Web,
    account: AccountId,
    account_name: &str,
    wish: &str,
) -> impl Iterator<Item = EmailAddress> {
    let (label, local) = (sender::platform_label(account_name), sender::platform_local(wish));
    let platform = web.gate.house().platform_domain.clone();
    let ends = [label.clone(), format!("{label}-{account}"), account.to_string()];
    ends.into_iter().filter_map(move |end| {
        let text = format!("{local}-{}@{}", end.trim_start_matches('-'), platform.as_str());
        EmailAddress::parse(&text).ok()
    })
}

/// An address of the platform; letters to it go on to a mailbox.
pub(crate) async fn add_platform(
    web: &Web,
    account: AccountId,
    wish: &str,
    forward_to: EmailAddress,
    name: &str,
    actor: &str,
) -> Result<SenderId, StoreError> {
    let platform = &web.gate.house().platform_domain;
    if forward_to.domain().is_at_or_below(platform) || sender::is_no_reply(forward_to.local()) {
        return Err(StoreError::Invalid(Invalid::BadMailbox));
    }
    let account_name = web.store.account(account).await?.name;
    let mailbox = web.seals.address_keys_mail(&forward_to.normalised());
    for address in platform_addresses(web, account, &account_name, wish) {
        let new = NewSender {
            display_name: display_name(name, &address)?,
            keys: web.seals.address_keys_mail(&address.normalised()),
            address,
            home: Home::Platform { forward_to: forward_to.clone(), keys: mailbox.clone() },
        };
        match web.store.add_sender(account, new, actor, web.clock.now()).await {
            Err(StoreError::Invalid(Invalid::SenderTaken)) => {}
            done => return done,
        }
    }
    Err(StoreError::Invalid(Invalid::PlatformAddressTaken))
}

/// Sends the mail that proves a sender's mailbox, within its limits (R49).
pub(crate) async fn prove(web: &Web, account: AccountId, id: SenderId) -> Result<ProofAsked, StoreError> {
    let sender = web.store.sender(account, id).await?;
    let language = web.store.account(account).await?.language;
    let mailbox = sender.forward_to.as_ref().unwrap_or(&sender.address);
    proofs::ask(web, account, Proven::Sender(id), mailbox, language).await
}

/// Changes the name beside a sender's address (R25, R51).
pub(crate) async fn rename(
    web: &Web,
    account: AccountId,
    id: SenderId,
    name: &str,
    actor: &str,
) -> Result<(), StoreError> {
    let sender = web.store.sender(account, id).await?;
    let name = display_name(name, &sender.address)?;
    web.store.rename_sender(account, id, name, actor, web.clock.now()).await
}
