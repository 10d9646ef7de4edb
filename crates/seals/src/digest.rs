//! Hashes without a key of ours: evidence of consent, tokens of the API.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};

use crate::alphabet;
use crate::dice::{self, Dice};

/// Bytes of the salt of an [`evidence_digest`].
pub const EVIDENCE_SALT_BYTES: usize = 16;

const API_TOKEN_PREFIX: &str = "jw_";

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha256_of(&[bytes])
}

/// SHA-256 of the parts one after the other.
pub(crate) fn sha256_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    bytes
}

/// The digest that the consent ledger holds: SHA-256(salt ‖ evidence). The salt is random and
/// erased with the evidence; after that the digest tells nothing about a person. Its length is
/// fixed, so that no other salt and evidence give the same bytes.
pub fn evidence_digest(salt: &[u8; EVIDENCE_SALT_BYTES], evidence: &[u8]) -> [u8; 32] {
    sha256_of(&[salt, evidence])
}

/// A bearer token of the API: shown once, remembered by its [`api_token_hash`] only. `Debug` does
/// not show it.
pub struct ApiToken(String);

impl ApiToken {
    /// A new token: `jw_` and 256 random bits in base32.
    pub fn generate(dice: &dyn Dice) -> Self {
        let mut text = String::from(API_TOKEN_PREFIX);
        for _ in 0..2 {
            alphabet::push_base32(&mut text, u128::from_be_bytes(dice::array(dice)), 26);
        }
        Self(text)
    }

    /// The text to show once.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiToken(..)")
    }
}

/// Under which a bearer token is stored and looked up. A plain hash is enough: 256 random bits
/// cannot be guessed, and the lookup tells nothing about a near miss.
pub fn api_token_hash(token: &str) -> [u8; 32] {
    sha256_of(&[b"jawort api token\0", token.as_bytes()])
}
