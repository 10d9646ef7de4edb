//! Mails that prove an address; a user's is the invitation too. Asked for by API and pages alike.

use mail_formats::address::EmailAddress;
use policy::AccountId;
use policy::zone::DEFAULT_ZONE;
use store::StoreError;
use store::address_proofs::{PROOF_VALID, ProofAsked, ProofMail, Proven};
use texts::Language;

use crate::context::Web;
use crate::ui::time;

/// Plans the mail that proves an address (R49), within its limits.
///
/// # Errors
/// `NotFound` when it is none of this account's; those of the database.
pub(crate) async fn ask(
    web: &Web,
    account: AccountId,
    what: Proven,
    mailbox: &EmailAddress,
    language: Language,
) -> Result<ProofAsked, StoreError> {
    let now = web.clock.now();
    let zone = web.store.account(account).await?.time_zone;
    let zone = if zone.is_empty() { DEFAULT_ZONE } else { &zone };
    let mail = ProofMail { until: time::moment(language, zone, now + PROOF_VALID) };
    let keys = web.seals.address_keys_mail(&mailbox.normalised());
    web.store.ask_proof(account, what, keys, mail, now).await
}
