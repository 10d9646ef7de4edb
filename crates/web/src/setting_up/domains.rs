//! Sending domains: registering one, the records that it needs, and a look at them (R62, D7).

use mail_formats::address::Domain;
use outside::records::{as_json, examine};
use policy::dns_records::{Wanted, authentication, wanted};
use policy::invalid::Invalid;
use policy::{AccountId, DomainId, sender};
use store::StoreError;
use store::domains::SendingDomain;
use store::keys::SealedKey;

use crate::context::Web;

/// A domain that an account cannot authenticate is refused (D7).
fn usable(web: &Web, name: &Domain) -> Result<(), Invalid> {
    if sender::is_freemail(name.as_str()) {
        return Err(Invalid::DomainFreemail);
    }
    let platform = &web.gate.house().platform_domain;
    if name.is_at_or_below(platform) || platform.is_at_or_below(name) {
        return Err(Invalid::PlatformDomain);
    }
    Ok(())
}

/// Registers a domain and makes its keys.
pub(crate) async fn add(web: &Web, account: AccountId, name: &Domain, actor: &str) -> Result<DomainId, StoreError> {
    usable(web, name).map_err(StoreError::Invalid)?;
    // Before keys are made for nothing.
    if web.store.domains(account).await?.iter().any(|domain| domain.name == name.as_str()) {
        return Err(StoreError::Invalid(Invalid::DomainTaken));
    }
    let first = web.store.key_ids().await?;
    let (of_keys, of) = (web.clone(), name.clone());
    // Making keys takes most of a second of one processor.
    let made = tokio::task::spawn_blocking(move || {
        SealedKey::generate(Some(account), &of, first, &of_keys.seals, &*of_keys.dice)
    })
    .await;
    let keys = match made {
        Ok(Ok(keys)) => keys,
        Ok(Err(error)) => return Err(StoreError::Unusable(error.to_string())),
        Err(_) => return Err(StoreError::Bug("the making of keys ended early".to_owned())),
    };
    web.store.add_domain(account, name, keys, actor, web.clock.now()).await
}

/// The records that the domain must publish.
pub(crate) async fn records(web: &Web, account: AccountId, domain: &SendingDomain) -> Result<Vec<Wanted>, StoreError> {
    let name = Domain::parse(&domain.name).map_err(|_| StoreError::Corrupt("a sending domain".to_owned()))?;
    let keys = web.store.published_keys(account, &domain.name).await?;
    Ok(wanted(&web.dns, &name, &keys))
}

/// Looks the records up now, unless somebody did a moment ago.
///
/// # Errors
/// `Invalid` in that case; `NotFound`; those of the database.
pub(crate) async fn check(web: &Web, account: AccountId, id: DomainId) -> Result<SendingDomain, StoreError> {
    let domain = web.store.domain(account, id).await?;
    if !web.pace().may(id.get(), web.clock.reading()) {
        return Err(StoreError::Invalid(Invalid::LookedJustNow));
    }
    let examined = examine(&web.resolver, records(web, account, &domain).await?).await;
    let verdict = authentication(examined.iter().map(|one| (&one.wanted, one.judgement.state)));
    web.store.note_domain_check(account, id, verdict, &as_json(&examined), web.clock.now()).await
}
