//! The signing keys at hand, read and unsealed once per version.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gate::{DomainSigners, KeyBytes, SigningKeys};
use mail_formats::Domain;
use policy::SendFacts;
use policy::dns_records::KeyAlgorithm;
use seals::{Clock, Reading, Seals};
use store::keys::SealedKey;
use store::{Result, Store};

/// The platform's own keys are looked at again after this time.
const PLATFORM_LASTS: Duration = Duration::from_secs(30);
/// Accounts whose keys are kept before all are forgotten.
const KEPT: usize = 1024;

type Signers = Vec<Arc<DomainSigners>>;

/// Keeps signers by account and version of its facts; every change of a key raises the version.
pub(crate) struct KeyRing {
    store: Store,
    seals: Arc<Seals>,
    clock: Arc<dyn Clock>,
    accounts: Mutex<HashMap<i64, (i64, Signers)>>,
    platform: Mutex<Option<(Reading, Signers)>>,
}

impl KeyRing {
    pub(crate) fn new(store: Store, seals: Arc<Seals>, clock: Arc<dyn Clock>) -> Self {
        Self { store, seals, clock, accounts: Mutex::default(), platform: Mutex::default() }
    }

    /// The keys for a mail of these facts; what is missing is missing, and the gate says so.
    pub(crate) async fn signing_keys(&self, facts: &SendFacts, platform: &Domain) -> Result<SigningKeys> {
        let own = self.platform().await?;
        let ours = own.iter().find(|signers| signers.domain() == platform).cloned();
        let author = match facts.account.as_deref().and_then(|account| Some((account.id, account.sender.as_ref()?))) {
            None => None,
            Some((id, sender)) => {
                let signers = self.account(id, facts.versions.account).await?;
                nearest(&signers, sender.address.domain())
            }
        };
        Ok(SigningKeys { author, platform: ours })
    }

    async fn platform(&self) -> Result<Signers> {
        let now = self.clock.reading();
        let kept = self.platform.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, signers)) = kept
            && now.elapsed_since(at) < PLATFORM_LASTS
        {
            return Ok(signers);
        }
        let signers = self.unsealed(self.store.signing_keys(None).await?);
        *self.platform.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, signers.clone()));
        Ok(signers)
    }

    async fn account(&self, account: policy::AccountId, version: i64) -> Result<Signers> {
        let kept = self.accounts.lock().unwrap_or_else(PoisonError::into_inner).get(&account.get()).cloned();
        if let Some((_, signers)) = kept.filter(|(kept, _)| *kept == version) {
            return Ok(signers);
        }
        let signers = self.unsealed(self.store.signing_keys(Some(account)).await?);
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if accounts.len() >= KEPT {
            accounts.clear();
        }
        accounts.insert(account.get(), (version, signers.clone()));
        Ok(signers)
    }

    /// One set of signers for each domain that has all its keys: of each kind the newest active one.
    fn unsealed(&self, keys: Vec<SealedKey>) -> Signers {
        let mut by_domain: HashMap<String, Vec<SealedKey>> = HashMap::new();
        for key in keys.into_iter().filter(|key| key.active) {
            by_domain.entry(key.domain.clone()).or_default().push(key);
        }
        by_domain.into_iter().filter_map(|(domain, keys)| self.signers(&domain, &keys)).map(Arc::new).collect()
    }

    fn signers(&self, domain: &str, keys: &[SealedKey]) -> Option<DomainSigners> {
        let newest = |algorithm: KeyAlgorithm| keys.iter().rev().find(|key| key.published.algorithm == algorithm);
        let open = |key: &SealedKey| {
            let bytes = key.open(&self.seals);
            if bytes.is_none() {
                tracing::error!(domain, selector = %key.published.selector, "a signing key cannot be unsealed: is secrets.key the right one?");
            }
            bytes
        };
        let (rsa, ed25519) = (newest(KeyAlgorithm::RsaSha256)?, newest(KeyAlgorithm::Ed25519Sha256)?);
        let old = newest(KeyAlgorithm::DomainKeys);
        let (rsa_bytes, ed25519_bytes) = (open(rsa)?, open(ed25519)?);
        let old_bytes = old.and_then(open);
        let bytes = |key: &'_ SealedKey| key.published.selector.clone();
        let (rsa_name, ed25519_name, old_name) = (bytes(rsa), bytes(ed25519), old.map(bytes));
        let domainkeys =
            old_name.as_deref().zip(old_bytes.as_deref()).map(|(selector, pkcs8)| KeyBytes { selector, pkcs8 });
        let made = DomainSigners::from_pkcs8(
            Domain::parse(domain).ok()?,
            KeyBytes { selector: &rsa_name, pkcs8: &rsa_bytes },
            KeyBytes { selector: &ed25519_name, pkcs8: &ed25519_bytes },
            domainkeys,
        );
        made.inspect_err(|error| tracing::error!(domain, %error, "signing keys are unusable")).ok()
    }
}

/// The signers of the longest domain that the address lies at or below.
fn nearest(signers: &Signers, domain: &Domain) -> Option<Arc<DomainSigners>> {
    let fits = signers.iter().filter(|signers| domain.is_at_or_below(signers.domain()));
    fits.max_by_key(|signers| signers.domain().as_str().len()).cloned()
}
