//! The keys of one installation, all derived from `secrets.key`, and the keyed hashes.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::{hkdf, hmac};

use crate::block::{CheckedBlock, KEY_BYTES, TaggedText};
use crate::dice::{self, Dice};
use crate::sealed::SealingKey;
use crate::secrets::{self, SecretsError};

/// A number is too large (or negative) for the place that it would take in a token. Permanent; it
/// means that the ids were not made by this program's own rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// What the number counts, for example `"person"`.
    pub what: &'static str,
    /// How many bits there are for it.
    pub bits: u32,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the number of the {} does not fit into {} bits", self.what, self.bits)
    }
}

impl std::error::Error for TooLarge {}

/// `value`, if it fits into `bits` bits.
pub(crate) fn fits(what: &'static str, value: u64, bits: u32) -> Result<u64, TooLarge> {
    if value >> bits == 0 { Ok(value) } else { Err(TooLarge { what, bits }) }
}

/// The keyed hash under which an address is remembered where its clear text may not be
/// (suppressions, limits, erased people; L7). HMAC-SHA-256 over `mail:` and the normalised address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressKey([u8; 32]);

impl AddressKey {
    /// A key as it was stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for AddressKey {
    /// Four bytes, enough to tell keys apart in a test's output.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "AddressKey({a:02x}{b:02x}{c:02x}{d:02x}..)")
    }
}

/// The derived keys of one installation. Cheap to clone.
///
/// What is minted uses the current key (the first line of `secrets.key`); what is read is tried
/// with the older keys too, in turn.
#[derive(Clone)]
pub struct Seals {
    ring: Arc<[Keys]>,
}

/// What is derived from one line of `secrets.key`; one key for each use, so that nothing minted
/// for one use can be read as another.
pub(crate) struct Keys {
    address: hmac::Key,
    limit: hmac::Key,
    pub(crate) form: hmac::Key,
    pub(crate) device: hmac::Key,
    pub(crate) link: CheckedBlock,
    pub(crate) mailbox: CheckedBlock,
    pub(crate) return_path: TaggedText,
    pub(crate) message_id: TaggedText,
    pub(crate) feedback: TaggedText,
    pub(crate) stamp: TaggedText,
    pub(crate) sealing: SealingKey,
}

impl Keys {
    fn derive(secret: &[u8; secrets::SECRET_BYTES]) -> Self {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"jawort secrets 1").extract(secret);
        let key = |label: &str| expand(&prk, label);
        let hashing = |label: &str| hmac::Key::new(hmac::HMAC_SHA256, &key(label));
        let tagged = |tag: &str, hide: &str| TaggedText::new(&key(tag), &key(hide));
        Self {
            address: hashing("address key"),
            limit: hashing("limit key"),
            form: hashing("form token"),
            device: hashing("device mark"),
            link: CheckedBlock::new(&key("link token")),
            mailbox: CheckedBlock::new(&key("unsubscribe mailbox")),
            return_path: tagged("return path tag", "return path stream"),
            message_id: tagged("message id tag", "message id stream"),
            feedback: tagged("feedback id tag", "feedback id stream"),
            stamp: tagged("form stamp tag", "form stamp stream"),
            sealing: SealingKey::new(&key("sealed secrets"), &key("sealed secrets key id")),
        }
    }
}

fn expand(prk: &hkdf::Prk, label: &str) -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    prk.expand(&[label.as_bytes()], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut key))
        .expect("HKDF-SHA-256 gives 32 bytes");
    key
}

impl Seals {
    /// Reads the text of `secrets.key`.
    ///
    /// # Errors
    /// The text has no key line, or a line that is not one; the error says which and what to do.
    pub fn parse(text: &str) -> Result<Self, SecretsError> {
        let secrets = secrets::parse(text)?;
        Ok(Self { ring: secrets.iter().map(Keys::derive).collect() })
    }

    /// Makes a new secret. Returns the keys and the text to write to `secrets.key` (mode 0600,
    /// outside the database).
    pub fn generate(dice: &dyn Dice) -> (Self, String) {
        let secret = dice::array(dice);
        (Self { ring: Arc::new([Keys::derive(&secret)]) }, secrets::text(&secret))
    }

    /// The keyed hash of a normalised mail address, with the current key.
    pub fn address_key_mail(&self, normalised: &str) -> AddressKey {
        self.current().address_key_mail(normalised)
    }

    /// The keyed hashes of a normalised mail address with every key, the current one first. What
    /// was stored before a change of keys is found under one of the later ones: look for all.
    pub fn address_keys_mail(&self, normalised: &str) -> Vec<AddressKey> {
        self.ring().map(|keys| keys.address_key_mail(normalised)).collect()
    }

    /// A keyed hash for a counter that must not name its subject: `scope` says what is counted
    /// (for example `"signup network"`), `value` is the subject. Current key only: counters live
    /// for days, and a change of keys may start them anew.
    pub fn limit_key(&self, scope: &str, value: &[u8]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.current().limit);
        // The length keeps the border between scope and value.
        context.update(&(scope.len() as u64).to_be_bytes());
        context.update(scope.as_bytes());
        context.update(value);
        bytes_of(&context.sign())
    }

    pub(crate) fn current(&self) -> &Keys {
        self.ring.first().expect("a ring is made from at least one key")
    }

    pub(crate) fn ring(&self) -> impl Iterator<Item = &Keys> {
        self.ring.iter()
    }
}

impl Keys {
    fn address_key_mail(&self, normalised: &str) -> AddressKey {
        let mut context = hmac::Context::with_key(&self.address);
        context.update(b"mail:");
        context.update(normalised.as_bytes());
        AddressKey(bytes_of(&context.sign()))
    }
}

fn bytes_of(tag: &hmac::Tag) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(tag.as_ref());
    bytes
}

/// Every door shares the keys between its tasks.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<Seals>();
};

impl fmt::Debug for Seals {
    /// How many keys there are; never the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seals({} keys)", self.ring.len())
    }
}
