//! The two shapes of tokens: one encrypted block, and a short text with a tag.

use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey};
use aws_lc_rs::{constant_time, hmac};

use crate::alphabet;

/// Bytes of a derived key.
pub(crate) const KEY_BYTES: usize = 32;

const KEY_FITS: &str = "AES-256 takes a key of 32 bytes";
const BLOCK_FITS: &str = "one whole block needs no padding";

fn encrypting(key: &[u8; KEY_BYTES]) -> EncryptingKey {
    let key = UnboundCipherKey::new(&AES_256, key).expect(KEY_FITS);
    EncryptingKey::ecb(key).expect(KEY_FITS)
}

fn decrypting(key: &[u8; KEY_BYTES]) -> DecryptingKey {
    let key = UnboundCipherKey::new(&AES_256, key).expect(KEY_FITS);
    DecryptingKey::ecb(key).expect(KEY_FITS)
}

fn encrypt(key: &EncryptingKey, block: u128) -> u128 {
    let mut bytes = block.to_be_bytes();
    key.encrypt(&mut bytes).expect(BLOCK_FITS);
    u128::from_be_bytes(bytes)
}

/// 64 bits of meaning and 64 bits of check in one AES block.
///
/// The block cipher is a permutation that nobody without the key can tell from a random one, so a
/// block that was not made here decrypts to a right check once in 2^64 tries.
pub(crate) struct CheckedBlock {
    seal: EncryptingKey,
    open: DecryptingKey,
}

impl CheckedBlock {
    const CHECK: [u8; 8] = [0; 8];

    pub(crate) fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self { seal: encrypting(key), open: decrypting(key) }
    }

    /// The block that carries `meaning`.
    pub(crate) fn seal(&self, meaning: u64) -> u128 {
        encrypt(&self.seal, u128::from(meaning) << 64 | u128::from(u64::from_be_bytes(Self::CHECK)))
    }

    /// The meaning of a block that [`Self::seal`] made with this key.
    pub(crate) fn open(&self, block: u128) -> Option<u64> {
        let mut bytes = block.to_be_bytes();
        self.open.decrypt(&mut bytes, DecryptionContext::None).expect(BLOCK_FITS);
        let (meaning, check) = bytes.split_at(8);
        constant_time::verify_slices_are_equal(check, &Self::CHECK).ok()?;
        meaning.try_into().ok().map(u64::from_be_bytes)
    }
}

/// Bits of meaning in a [`TaggedText`].
pub(crate) const TAGGED_BITS: u32 = 124;
/// Characters of a [`TaggedText`]: 124 bits of meaning and 96 of tag are 44 times 5 bits.
pub(crate) const TAGGED_CHARS: usize = 44;

const TAG_BITS: u32 = 96;
const HALF_BITS: u32 = 110;
const HALF_CHARS: u32 = 22;
const HALF_MASK: u128 = (1 << HALF_BITS) - 1;
const TAG_MASK: u128 = (1 << TAG_BITS) - 1;

/// 124 bits of meaning as 44 base32 characters with a 96-bit tag.
///
/// The tag is an HMAC of the meaning, and the meaning is hidden under a key stream that starts from
/// the tag (the synthetic-IV construction): the same meaning always gives the same text, which a
/// repeat of a message needs, and the text shows no numbers of ours.
pub(crate) struct TaggedText {
    tag: hmac::Key,
    hide: EncryptingKey,
}

impl TaggedText {
    pub(crate) fn new(tag: &[u8; KEY_BYTES], hide: &[u8; KEY_BYTES]) -> Self {
        Self { tag: hmac::Key::new(hmac::HMAC_SHA256, tag), hide: encrypting(hide) }
    }

    /// The text for `meaning`, which must be below 2^124.
    pub(crate) fn seal(&self, meaning: u128) -> String {
        debug_assert_eq!(meaning >> TAGGED_BITS, 0, "callers pack at most 124 bits");
        let tag = self.tag_of(meaning);
        let hidden = meaning ^ self.stream(tag);
        let mut text = String::with_capacity(TAGGED_CHARS);
        alphabet::push_base32(&mut text, hidden >> (HALF_BITS - TAG_BITS), HALF_CHARS);
        alphabet::push_base32(&mut text, (hidden << TAG_BITS | tag) & HALF_MASK, HALF_CHARS);
        text
    }

    /// The meaning of a text that [`Self::seal`] made with these keys, in either case.
    pub(crate) fn open(&self, text: &str) -> Option<u128> {
        if text.len() != TAGGED_CHARS {
            return None;
        }
        let (high, low) = text.as_bytes().split_at(HALF_CHARS as usize);
        let (high, low) = (alphabet::read_base32(high)?, alphabet::read_base32(low)?);
        let tag = low & TAG_MASK;
        let hidden = high << (HALF_BITS - TAG_BITS) | low >> TAG_BITS;
        let meaning = hidden ^ self.stream(tag);
        let wanted = self.tag_of(meaning).to_be_bytes();
        constant_time::verify_slices_are_equal(&wanted, &tag.to_be_bytes()).ok()?;
        Some(meaning)
    }

    fn tag_of(&self, meaning: u128) -> u128 {
        let tag = hmac::sign(&self.tag, &meaning.to_be_bytes());
        tag.as_ref().iter().take(12).fold(0, |tag, &byte| tag << 8 | u128::from(byte))
    }

    fn stream(&self, tag: u128) -> u128 {
        encrypt(&self.hide, tag) >> (128 - TAGGED_BITS)
    }
}
