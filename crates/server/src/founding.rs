//! What the first start makes, and what each start notes in the memory.

use std::sync::Arc;

use mail_formats::EmailAddress;
use seals::{ApiToken, LinkPurpose, api_token_hash};
use store::keys::SealedKey;

use crate::base::Base;
use crate::fault::Fault;
use crate::output::write;

/// Makes the platform's signing keys where there are none, and notes the settings by which the
/// store decides.
///
/// # Errors
/// Those of the database; keys that cannot be made.
pub(crate) async fn prepare(base: &Base) -> Result<(), Fault> {
    let names = &base.names;
    let key = base.seals.address_key_mail(&names.operator_address.normalised());
    let terms = &base.settings.policy.case;
    base.store
        .set_operator(
            names.operator_address.clone(),
            key,
            names.operator_language,
            terms.first_look_hours,
            terms.decision_days,
        )
        .await?;
    base.store.set_legal_review_at(base.settings.policy.legal_notice.review_at_contacts).await?;
    platform_keys(base).await
}

async fn platform_keys(base: &Base) -> Result<(), Fault> {
    let domain = base.names.house.platform_domain.clone();
    let known = base.store.signing_keys(None).await?;
    if let Some(lost) = known.iter().find(|key| key.open(&base.seals).is_none()) {
        return Err(Fault::failed(format!(
            "the signing key {} of {} cannot be unsealed: put your copy of secrets.key back",
            lost.published.selector, lost.domain
        )));
    }
    if known.iter().any(|key| key.domain == domain.as_str()) {
        return Ok(());
    }
    let first = base.store.key_ids().await?;
    let (seals, dice) = (base.seals.clone(), Arc::clone(&base.dice));
    let made =
        tokio::task::spawn_blocking(move || SealedKey::generate(None, &domain, first, &seals, dice.as_ref())).await;
    let keys = made
        .map_err(|error| Fault::failed(format!("no signing keys could be made: {error}")))?
        .map_err(|error| Fault::failed(error.to_string()))?;
    base.store.add_keys(keys, base.now()).await?;
    Ok(())
}

/// Makes the operator's first API token and prints it: once, never logged, never shown again.
///
/// # Errors
/// Those of the database; standard output that cannot be written.
pub(crate) async fn operator_token(base: &Base) -> Result<(), Fault> {
    if !base.store.tokens(None).await?.is_empty() {
        return Ok(());
    }
    let token = ApiToken::generate(base.dice.as_ref());
    base.store
        .mint_token(None, "made at the first start", api_token_hash(token.as_str()), "first start", base.now())
        .await?;
    write(&format!("operator token (shown only now): {}\n", token.as_str()))
}

/// How the line begins that shows the first log-in.
pub(crate) const LOG_IN: &str = "operator log-in (works once, for 24 hours): ";

/// Prints the link that makes the operator's log-in, where there is none and no link was made before:
/// once, never logged. `jawort operator invite` makes another one.
///
/// # Errors
/// Those of the database; standard output that cannot be written.
pub(crate) async fn first_log_in(base: &Base) -> Result<(), Fault> {
    if base.store.has_start().await? || base.store.has_operator_login().await? {
        return Ok(());
    }
    write(&format!("{LOG_IN}{}\n", start_link(base, None, "first start").await?))
}

/// Makes a link that opens an operator's log-in once: that of `address`, else a new one.
///
/// # Errors
/// Those of the database.
pub(crate) async fn start_link(base: &Base, address: Option<EmailAddress>, by: &str) -> Result<String, Fault> {
    let keys = address.as_ref().map(|address| base.seals.address_keys_mail(&address.normalised())).unwrap_or_default();
    let number = base.store.make_start(address, keys, by, base.now()).await?;
    let number = u64::try_from(number).map_err(|error| Fault::failed(error.to_string()))?;
    let token = base.seals.link_token(number, LinkPurpose::Enter).map_err(|error| Fault::failed(error.to_string()))?;
    Ok(base.names.house.entry_link("start", &token))
}
