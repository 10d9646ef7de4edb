//! DKIM signatures (RFC 6376, 8301, 8463; A1–A4, A8).
//!
//! Signing is split so that nothing is done twice: [`Prepared`] canonicalises the headers and
//! hashes the body once, then every [`DkimSigner`] of the message (customer's domain, platform's
//! domain, RSA and Ed25519) signs it. Canonicalisation is relaxed/relaxed, there is no `l=`.
//!
//! Nothing here reads a clock: `t=` is an argument. RSA blinding inside aws-lc uses that
//! library's own generator; signatures do not depend on it.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{self, SHA256};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::address::Domain;
use crate::raw::{RawError, RawField, RawMessage};
use crate::relaxed::{relaxed_body, relaxed_header};

/// Fields that are signed once more often than they are present, so that none can be added
/// behind our back (A3; RFC 6376 §5.4.2). Those that are absent are listed once.
pub const OVERSIGNED: [&str; 19] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Reply-To",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Help",
    "List-Owner",
    "List-Post",
    "List-Subscribe",
    "List-Archive",
    "CFBL-Address",
    "CFBL-Feedback-ID",
    "Feedback-ID",
];

/// Fields that are signed as often as they are present. `DomainKey-Signature` is not among them:
/// the DKIM signatures stand above it and leave it alone (A8).
pub const SIGNED: [&str; 8] = [
    "Sender",
    "Cc",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "Content-Transfer-Encoding",
    "X-CSA-Complaints",
    "Precedence",
];

/// Columns after which a signature field is folded.
const FOLD_AT: usize = 72;

/// Why a signature cannot be made. `Key` and `Selector` are the operator's to repair, the others
/// are faults of the program. All are permanent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The bytes are no private key of the expected kind, or its size is not allowed (A1).
    Key,
    /// The selector is no sequence of DNS labels.
    Selector,
    /// The message is not well formed.
    Message(RawError),
    /// The message has no From field (A3).
    NoFrom,
    /// The message carries a DomainKey-Signature already (A7).
    AlreadySigned,
    /// The library refused to sign.
    Library,
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => f.write_str("the signing key cannot be used"),
            Self::Selector => f.write_str("the selector is no DNS name"),
            Self::Message(e) => write!(f, "the message cannot be signed: {e}"),
            Self::NoFrom => f.write_str("the message has no From"),
            Self::AlreadySigned => f.write_str("the message has a DomainKey-Signature already"),
            Self::Library => f.write_str("signing failed"),
        }
    }
}

impl std::error::Error for SignError {}

impl From<RawError> for SignError {
    fn from(e: RawError) -> Self {
        Self::Message(e)
    }
}

/// The name under which a key is published: `{selector}._domainkey.{domain}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Selector(String);

impl Selector {
    /// Reads a selector: one or more labels of letters, digits and inner hyphens, lower-cased,
    /// 63 octets at most.
    ///
    /// # Errors
    /// [`SignError::Selector`].
    pub fn parse(text: &str) -> Result<Self, SignError> {
        let label_fits = |l: &str| {
            !l.is_empty()
                && !l.starts_with('-')
                && !l.ends_with('-')
                && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        if text.len() > 63 || !text.split('.').all(label_fits) {
            return Err(SignError::Selector);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// The selector as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The DNS name of the key's record.
    pub fn record_name(&self, domain: &Domain) -> String {
        format!("{}._domainkey.{}", self.0, domain.as_str())
    }
}

/// The kind of a DKIM key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DkimAlgorithm {
    /// `rsa-sha256` with 2048 bits or more (A1).
    RsaSha256,
    /// `ed25519-sha256` (A2, RFC 8463).
    Ed25519Sha256,
}

impl DkimAlgorithm {
    /// The word of the `a=` tag.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RsaSha256 => "rsa-sha256",
            Self::Ed25519Sha256 => "ed25519-sha256",
        }
    }
}

/// A private DKIM key. It can be used from many threads at once and never shows itself.
pub struct DkimKey(Pair);

enum Pair {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl fmt::Debug for DkimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DkimKey({})", self.algorithm().as_str())
    }
}

impl DkimKey {
    /// Reads an unencrypted PKCS#8 key in DER: RSA of 2048 to 4096 bits, or Ed25519.
    ///
    /// # Errors
    /// [`SignError::Key`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, SignError> {
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            return Ok(Self(Pair::Ed25519(pair)));
        }
        let pair = RsaKeyPair::from_pkcs8(der).map_err(|_| SignError::Key)?;
        if !(256..=512).contains(&pair.public_modulus_len()) {
            return Err(SignError::Key);
        }
        Ok(Self(Pair::Rsa(pair)))
    }

    /// Makes a new RSA key of 2048 bits and its PKCS#8 form, to be sealed by the caller. Takes
    /// tens to hundreds of milliseconds.
    ///
    /// # Errors
    /// [`SignError::Library`].
    pub fn generate_rsa() -> Result<(Self, Vec<u8>), SignError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| SignError::Library)?;
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| SignError::Library)?;
        let der = der.as_ref().to_vec();
        Ok((Self(Pair::Rsa(pair)), der))
    }

    /// Makes a new Ed25519 key and its PKCS#8 form.
    ///
    /// # Errors
    /// [`SignError::Library`].
    pub fn generate_ed25519() -> Result<(Self, Vec<u8>), SignError> {
        let der = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).map_err(|_| SignError::Library)?;
        let key = Self::from_pkcs8(der.as_ref())?;
        Ok((key, der.as_ref().to_vec()))
    }

    /// The kind of the key.
    pub fn algorithm(&self) -> DkimAlgorithm {
        match &self.0 {
            Pair::Rsa(_) => DkimAlgorithm::RsaSha256,
            Pair::Ed25519(_) => DkimAlgorithm::Ed25519Sha256,
        }
    }

    /// The text of the TXT record: `v=DKIM1; k=…; p=…` (RFC 6376 §3.6.1, RFC 8463 §4).
    ///
    /// # Errors
    /// [`SignError::Library`].
    pub fn record(&self) -> Result<String, SignError> {
        match &self.0 {
            Pair::Rsa(pair) => {
                let der = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).map_err(|_| SignError::Library)?;
                Ok(format!("v=DKIM1; k=rsa; p={}", BASE64.encode(der.as_ref())))
            }
            Pair::Ed25519(pair) => Ok(format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(pair.public_key().as_ref()))),
        }
    }

    /// Signs the canonical header data.
    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SignError> {
        match &self.0 {
            Pair::Rsa(pair) => {
                let mut out = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut out).map_err(|_| SignError::Library)?;
                Ok(out)
            }
            // RFC 8463 §3: PureEdDSA over the SHA-256 of the data.
            Pair::Ed25519(pair) => Ok(pair.sign(digest::digest(&SHA256, data).as_ref()).as_ref().to_vec()),
        }
    }
}

/// The record that revokes a key (A5, RFC 6376 §3.6.1).
pub const REVOKED_RECORD: &str = "v=DKIM1; p=";

/// Splits the text of a TXT record into strings of at most 255 octets (A6). The text is ASCII;
/// other characters are kept whole.
pub fn txt_strings(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while rest.len() > 255 {
        let (head, tail) = rest.split_at(rest.floor_char_boundary(255));
        parts.push(head);
        rest = tail;
    }
    parts.push(rest);
    parts
}

/// A message made ready for any number of DKIM signatures.
pub struct Prepared {
    /// Lower-case names and relaxed lines (`name:value\r\n`) from top to bottom.
    headers: Vec<(String, Vec<u8>)>,
    body_hash: String,
}

impl Prepared {
    /// Canonicalises the headers and hashes the body.
    ///
    /// # Errors
    /// [`SignError::Message`], [`SignError::NoFrom`].
    pub fn new(message: &[u8]) -> Result<Self, SignError> {
        let raw = RawMessage::parse(message)?;
        let covered = |f: &&RawField<'_>| OVERSIGNED.iter().chain(&SIGNED).any(|n| f.is(n));
        let headers: Vec<_> = raw
            .fields()
            .iter()
            .filter(covered)
            .map(|f| (f.name().to_ascii_lowercase(), relaxed_header(f.name(), f.value())))
            .collect();
        if !headers.iter().any(|(name, _)| name == "from") {
            return Err(SignError::NoFrom);
        }
        let hash = digest::digest(&SHA256, &relaxed_body(raw.body()));
        Ok(Self { headers, body_hash: BASE64.encode(hash.as_ref()) })
    }

    /// The names of `h=` and the canonical lines in the order in which they are signed: several
    /// fields of one name from the bottom up (RFC 6376 §5.4.2).
    fn selection(&self) -> (Vec<&'static str>, Vec<u8>) {
        let mut names = Vec::with_capacity(2 * OVERSIGNED.len());
        let mut data = Vec::with_capacity(2048);
        for (list, extra) in [(&OVERSIGNED[..], 1), (&SIGNED[..], 0)] {
            for &name in list {
                let mut present = 0;
                for (_, line) in self.headers.iter().rev().filter(|(n, _)| n.eq_ignore_ascii_case(name)) {
                    data.extend_from_slice(line);
                    present += 1;
                }
                names.extend(std::iter::repeat_n(name, present + extra));
            }
        }
        (names, data)
    }
}

/// Signs for one domain with one key. Cheap to clone, usable from worker threads.
#[derive(Debug, Clone)]
pub struct DkimSigner {
    domain: Domain,
    selector: Selector,
    key: Arc<DkimKey>,
}

impl DkimSigner {
    /// A signer for `d=domain; s=selector`.
    pub fn new(domain: Domain, selector: Selector, key: Arc<DkimKey>) -> Self {
        Self { domain, selector, key }
    }

    /// The signing domain.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The selector.
    pub fn selector(&self) -> &Selector {
        &self.selector
    }

    /// The key.
    pub fn key(&self) -> &DkimKey {
        &self.key
    }

    /// The DKIM-Signature field, folded and closed by CRLF, to be put on top of the message.
    /// `epoch_seconds` becomes `t=`.
    ///
    /// # Errors
    /// [`SignError::Library`].
    pub fn sign(&self, message: &Prepared, epoch_seconds: u64) -> Result<Vec<u8>, SignError> {
        let (names, mut data) = message.selection();
        let field = self.unsigned_field(&names, &message.body_hash, epoch_seconds);
        let (name, value) = field.split_once(':').ok_or(SignError::Library)?;
        let own = relaxed_header(name, value.as_bytes());
        // RFC 6376 §3.7: the own field comes last, with an empty b= and without its CRLF.
        data.extend_from_slice(own.strip_suffix(b"\r\n").unwrap_or(&own));
        let signature = BASE64.encode(self.key.sign(&data)?);
        let mut out = field.into_bytes();
        fold_base64(&signature, &mut out);
        out.extend_from_slice(b"\r\n");
        Ok(out)
    }

    /// The field up to and including `b=`.
    fn unsigned_field(&self, names: &[&str], body_hash: &str, epoch_seconds: u64) -> String {
        let mut field = format!(
            "DKIM-Signature: v=1; a={}; c=relaxed/relaxed;\r\n\td={}; s={};\r\n\tt={epoch_seconds}; h=",
            self.key.algorithm().as_str(),
            self.domain,
            self.selector.as_str(),
        );
        fold_names(names, &mut field);
        field.push_str(";\r\n\tbh=");
        field.push_str(body_hash);
        field.push_str(";\r\n\tb=");
        field
    }
}

/// Appends names joined by colons, folded behind a colon.
pub(crate) fn fold_names(names: &[&str], out: &mut String) {
    let mut column = out.len() - out.rfind('\n').map_or(0, |at| at + 1);
    for (i, name) in names.iter().enumerate() {
        if i > 0 {
            out.push(':');
            column += 1;
        }
        if i > 0 && column + name.len() > FOLD_AT {
            out.push_str("\r\n\t");
            column = 1;
        }
        out.push_str(name);
        column += name.len();
    }
}

/// Appends base64 in lines; the first begins behind a short tag.
pub(crate) fn fold_base64(text: &str, out: &mut Vec<u8>) {
    for (i, chunk) in text.as_bytes().chunks(FOLD_AT - 4).enumerate() {
        if i > 0 {
            out.extend_from_slice(b"\r\n\t");
        }
        out.extend_from_slice(chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_is_made_of_labels() {
        assert_eq!(Selector::parse("S1.mail").expect("selector").as_str(), "s1.mail");
        for text in ["", "-a", "a-", "a..b", "a_b", "a b", "ä"] {
            assert_eq!(Selector::parse(text), Err(SignError::Selector), "{text}");
        }
    }

    #[test]
    fn a6_long_records_are_split_at_255_octets() {
        let text = "x".repeat(600);
        let parts = txt_strings(&text);
        assert_eq!(parts.iter().map(|p| p.len()).collect::<Vec<_>>(), [255, 255, 90]);
        assert_eq!(parts.concat(), text);
        assert_eq!(txt_strings(""), [""]);
    }

    /// Proves A1: keys below 2048 bits are refused, and what is no key too.
    #[test]
    fn a1_only_strong_keys_are_taken() {
        assert!(matches!(DkimKey::from_pkcs8(b"nothing"), Err(SignError::Key)));
        let dice = SystemRandom::new();
        let weak = crate::domainkeys::DomainKeysKey::generate(&mut |bytes: &mut [u8]| {
            aws_lc_rs::rand::SecureRandom::fill(&dice, bytes).expect("dice");
        });
        assert!(matches!(DkimKey::from_pkcs8(&weak.expect("key").1), Err(SignError::Key)));
    }
}
