//! Websites: registering one, and a look at its proof (R12).

use mail_formats::address::Domain;
use outside::site_proof::{self, Seen, SiteProof};
use policy::invalid::Invalid;
use policy::{AccountId, WebsiteId};
use seals::random_token;
use store::StoreError;
use store::websites::ProofFound;

use crate::context::Web;

/// Registers a website, with a word that only its owner can publish there.
pub(crate) async fn add(web: &Web, account: AccountId, host: &Domain, actor: &str) -> Result<WebsiteId, StoreError> {
    web.store.add_website(account, host, &random_token(&*web.dice), actor, web.clock.now()).await
}

/// Looks for the proof now, unless somebody did a moment ago.
///
/// # Errors
/// `Invalid` in that case; `NotFound`; those of the database.
pub(crate) async fn check(web: &Web, account: AccountId, id: WebsiteId) -> Result<SiteProof, StoreError> {
    let site = web.store.website(account, id).await?;
    if !web.pace().may(id.get(), web.clock.reading()) {
        return Err(StoreError::Invalid(Invalid::LookedJustNow));
    }
    let seen = site_proof::look(&web.resolver, &web.fetcher, &site.host, &site.proof_token).await;
    let found = match seen.seen() {
        Seen::Yes => ProofFound::Yes,
        Seen::No => ProofFound::No,
        Seen::Unknown => ProofFound::Unknown,
    };
    web.store.note_website_check(account, id, found, &seen.words(), web.clock.now()).await?;
    Ok(seen)
}
