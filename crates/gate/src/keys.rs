//! The keys that sign a mail: for the domain of its From, and for the platform (A4).

use std::sync::Arc;

use mail_formats::Domain;
use mail_formats::dkim::{DkimAlgorithm, DkimKey, DkimSigner, Prepared, Selector, SignError};
use mail_formats::domainkeys::{DomainKeysKey, DomainKeysSigner};
use policy::Refusal;
use seals::{Dice, Timestamp};

/// A selector with an unsealed private key (PKCS#8, DER).
#[derive(Clone, Copy)]
pub struct KeyBytes<'a> {
    /// The selector under which the public key is published.
    pub selector: &'a str,
    /// The key.
    pub pkcs8: &'a [u8],
}

/// Signs for one domain: RSA and Ed25519 always, DomainKeys where it is on (A1, A2, A7).
#[derive(Debug)]
pub struct DomainSigners {
    domain: Domain,
    rsa: DkimSigner,
    ed25519: DkimSigner,
    domainkeys: Option<DomainKeysSigner>,
}

impl DomainSigners {
    /// Reads the keys of a domain. Keep the result: reading is slow.
    ///
    /// # Errors
    /// [`SignError::Key`] for bytes that are no such key or a key of the wrong kind,
    /// [`SignError::Selector`] for a name that is none. The operator must act.
    pub fn from_pkcs8(
        domain: Domain,
        rsa: KeyBytes<'_>,
        ed25519: KeyBytes<'_>,
        domainkeys: Option<KeyBytes<'_>>,
    ) -> Result<Self, SignError> {
        let signer = |bytes: KeyBytes<'_>, wanted| {
            let key = DkimKey::from_pkcs8(bytes.pkcs8)?;
            if key.algorithm() != wanted {
                return Err(SignError::Key);
            }
            Ok(DkimSigner::new(domain.clone(), Selector::parse(bytes.selector)?, Arc::new(key)))
        };
        let domainkeys = match domainkeys {
            Some(bytes) => {
                let key = DomainKeysKey::from_pkcs8(bytes.pkcs8)?;
                Some(DomainKeysSigner::new(domain.clone(), Selector::parse(bytes.selector)?, key))
            }
            None => None,
        };
        Ok(Self {
            rsa: signer(rsa, DkimAlgorithm::RsaSha256)?,
            ed25519: signer(ed25519, DkimAlgorithm::Ed25519Sha256)?,
            domainkeys,
            domain,
        })
    }

    /// The signing domain.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }
}

/// The keys for one mail. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct SigningKeys {
    /// For the domain of From; may be the platform's own.
    pub author: Option<Arc<DomainSigners>>,
    /// For the platform's domain.
    pub platform: Option<Arc<DomainSigners>>,
}

/// A signature that a mail must carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) domain: String,
    pub(crate) algorithm: &'static str,
}

/// The signers of one mail, none missing.
pub(crate) struct Signers<'a> {
    /// The author's domain first; the platform's behind it unless it is the same.
    domains: Vec<&'a DomainSigners>,
    domainkeys: Option<&'a DomainKeysSigner>,
}

impl<'a> Signers<'a> {
    /// The signers for a mail from `from`, or the refusal that names the domain without a key.
    pub(crate) fn choose(
        keys: &'a SigningKeys,
        from: &Domain,
        platform: &Domain,
        domainkeys: bool,
    ) -> Result<Self, Refusal> {
        let missing = |domain: &Domain| Refusal::NoSigningKey { domain: domain.as_str().to_owned() };
        let ours = keys.platform.as_deref().filter(|s| s.domain == *platform).ok_or_else(|| missing(platform))?;
        let author = keys.author.as_deref().filter(|s| from.is_at_or_below(&s.domain));
        // An address of the platform needs no second domain (D7).
        let author = author.or_else(|| from.is_at_or_below(platform).then_some(ours)).ok_or_else(|| missing(from))?;
        let mut domains = vec![author];
        if author.domain != ours.domain {
            domains.push(ours);
        }
        let domainkeys = match (domainkeys, &author.domainkeys) {
            (false, _) => None,
            (true, Some(signer)) => Some(signer),
            (true, None) => return Err(missing(from)),
        };
        Ok(Self { domains, domainkeys })
    }

    /// What the signed mail must carry.
    pub(crate) fn expected(&self) -> Vec<Expected> {
        let of = |signers: &&DomainSigners| {
            [DkimAlgorithm::RsaSha256, DkimAlgorithm::Ed25519Sha256]
                .map(|a| Expected { domain: signers.domain.as_str().to_owned(), algorithm: a.as_str() })
        };
        self.domains.iter().flat_map(of).collect()
    }

    /// Puts all signatures on top of the message: DomainKeys below, DKIM above it (A8).
    pub(crate) fn sign(&self, message: &[u8], dice: &dyn Dice, now: Timestamp) -> Result<Vec<u8>, SignError> {
        let prepared = Prepared::new(message)?;
        let seconds = u64::try_from(now.seconds()).unwrap_or(0);
        let mut out = Vec::with_capacity(message.len() + 4096);
        for signers in &self.domains {
            out.extend(signers.rsa.sign(&prepared, seconds)?);
            out.extend(signers.ed25519.sign(&prepared, seconds)?);
        }
        if let Some(signer) = self.domainkeys {
            out.extend(signer.sign(message, &mut |bytes| dice.fill(bytes))?);
        }
        out.extend_from_slice(message);
        Ok(out)
    }
}
