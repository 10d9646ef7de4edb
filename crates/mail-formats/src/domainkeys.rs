//! DomainKeys signatures (RFC 4870; A7, A8, D8): historic, but promised by the policies.
//!
//! The method is fixed: `a=rsa-sha1; q=dns; c=nofws`, an RSA key of 1024 bits with a selector of
//! its own, `h=` listing every field. No DKIM signature ever uses SHA-1 or this key.
//!
//! The private operation runs with random blinding, because the library that still signs SHA-1
//! is not constant in time. The random bytes come from the caller.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rand_core::{CryptoRng, RngCore, impls};
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use rsa::traits::PublicKeyParts;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use sha1::{Digest, Sha1};

use crate::address::Domain;
use crate::dkim::{Selector, SignError, fold_base64, fold_names};
use crate::raw::RawMessage;

/// Bits of a DomainKeys key (D8). RFC 4870 verifiers stop at 2048, old ones at 1024.
pub const KEY_BITS: usize = 1024;

/// A source of random bytes: fills the whole slice.
pub type Dice<'a> = &'a mut dyn FnMut(&mut [u8]);

/// A private DomainKeys key.
pub struct DomainKeysKey(RsaPrivateKey);

impl fmt::Debug for DomainKeysKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DomainKeysKey")
    }
}

impl DomainKeysKey {
    /// Reads an unencrypted PKCS#8 RSA key of 1024 to 2048 bits in DER.
    ///
    /// # Errors
    /// [`SignError::Key`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, SignError> {
        let key = RsaPrivateKey::from_pkcs8_der(der).map_err(|_| SignError::Key)?;
        if (128..=256).contains(&key.size()) { Ok(Self(key)) } else { Err(SignError::Key) }
    }

    /// Makes a new key of [`KEY_BITS`] bits and its PKCS#8 form, to be sealed by the caller.
    ///
    /// # Errors
    /// [`SignError::Library`].
    pub fn generate(dice: Dice<'_>) -> Result<(Self, Vec<u8>), SignError> {
        let key = RsaPrivateKey::new(&mut Rng(dice), KEY_BITS).map_err(|_| SignError::Library)?;
        let der = key.to_pkcs8_der().map_err(|_| SignError::Library)?.as_bytes().to_vec();
        Ok((Self(key), der))
    }

    /// The text of the TXT record: `k=rsa; h=sha1; p=…` (D8). The `h=` tag says to DKIM
    /// verifiers, who would ignore the key otherwise anyway, that it signs SHA-1 only.
    ///
    /// # Errors
    /// [`SignError::Library`].
    pub fn record(&self) -> Result<String, SignError> {
        let der = self.0.to_public_key().to_public_key_der().map_err(|_| SignError::Library)?;
        Ok(format!("k=rsa; h=sha1; p={}", BASE64.encode(der.as_bytes())))
    }
}

/// Signs for one domain. `d=` must be the domain of From (of Sender, if there is one) or a parent
/// of it (A7); the caller sees to it.
#[derive(Debug)]
pub struct DomainKeysSigner {
    domain: Domain,
    selector: Selector,
    key: DomainKeysKey,
}

impl DomainKeysSigner {
    /// A signer for `d=domain; s=selector`.
    pub fn new(domain: Domain, selector: Selector, key: DomainKeysKey) -> Self {
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

    /// The DomainKey-Signature field, folded and closed by CRLF, to be put on top of the message
    /// before any DKIM signature is (A8).
    ///
    /// # Errors
    /// [`SignError::AlreadySigned`], [`SignError::NoFrom`], [`SignError::Message`],
    /// [`SignError::Library`].
    pub fn sign(&self, message: &[u8], dice: Dice<'_>) -> Result<Vec<u8>, SignError> {
        let raw = RawMessage::parse(message)?;
        if raw.named("DomainKey-Signature").next().is_some() {
            return Err(SignError::AlreadySigned);
        }
        if raw.named("From").next().is_none() {
            return Err(SignError::NoFrom);
        }
        let hash = Sha1::digest(nofws(&raw));
        let signature = self
            .key
            .0
            .sign_with_rng(&mut Rng(dice), Pkcs1v15Sign::new::<Sha1>(), &hash)
            .map_err(|_| SignError::Library)?;
        let names: Vec<&str> = raw.fields().iter().map(|f| f.name()).collect();
        let mut field = format!(
            "DomainKey-Signature: a=rsa-sha1; q=dns; c=nofws;\r\n\ts={}; d={};\r\n\th=",
            self.selector.as_str(),
            self.domain,
        );
        fold_names(&names, &mut field);
        field.push_str(";\r\n\tb=");
        let mut out = field.into_bytes();
        fold_base64(&BASE64.encode(signature), &mut out);
        out.extend_from_slice(b"\r\n");
        Ok(out)
    }
}

/// The whole message without blanks (RFC 4870 §3.4.2.2): each field on a line of its own, the
/// body's trailing empty lines left out, the blank line between them only if a body remains.
fn nofws(message: &RawMessage<'_>) -> Vec<u8> {
    let body = message.body();
    let mut out = Vec::with_capacity(body.len() + 4096);
    let bare = |bytes: &[u8], out: &mut Vec<u8>| {
        out.extend(bytes.iter().filter(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n')));
    };
    for field in message.fields() {
        out.extend_from_slice(field.name().as_bytes());
        out.push(b':');
        bare(field.value(), &mut out);
        out.extend_from_slice(b"\r\n");
    }
    let end_of_header = out.len();
    out.extend_from_slice(b"\r\n");
    let mut end_of_text = end_of_header;
    for line in body.split(|&b| b == b'\n') {
        let before = out.len();
        bare(line, &mut out);
        let empty = out.len() == before;
        out.extend_from_slice(b"\r\n");
        if !empty {
            end_of_text = out.len();
        }
    }
    out.truncate(end_of_text);
    out
}

/// The caller's dice as the generator that the `rsa` crate asks for.
struct Rng<'a>(Dice<'a>);

impl RngCore for Rng<'_> {
    fn next_u32(&mut self) -> u32 {
        impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        (self.0)(dest);
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}

/// The caller passes the installation's dice, which are cryptographic (`seals::Dice`).
impl CryptoRng for Rng<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_trailing_empty_lines_do_not_count() {
        let form = |bytes: &[u8]| nofws(&RawMessage::parse(bytes).expect("message"));
        assert_eq!(
            form(b"A: x y\r\n\tz \r\n\r\n a b\r\n\r\n\t\r\nc\r\n\r\n \r\n"),
            b"A:xyz\r\n\r\nab\r\n\r\n\r\nc\r\n"
        );
        assert_eq!(form(b"A: x\r\n\r\n\r\n \r\n"), b"A:x\r\n");
        assert_eq!(form(b"A: x\r\n\r\n"), b"A:x\r\n");
    }
}
