//! Secrets at rest: DKIM keys, webhook secrets, passwords of smarthosts.
//!
//! A sealed secret is one version byte, four bytes that tell the key, a nonce of 12 bytes, and the
//! AES-256-GCM ciphertext with its tag. The first five bytes are authenticated too.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::block::KEY_BYTES;
use crate::dice::{self, Dice};
use crate::keys::Seals;

const VERSION: u8 = 1;
const HEAD_BYTES: usize = 5;

/// The key that seals secrets, and the four bytes by which it is told among older ones.
pub(crate) struct SealingKey {
    key: LessSafeKey,
    head: [u8; HEAD_BYTES],
}

impl SealingKey {
    pub(crate) fn new(key: &[u8; KEY_BYTES], id: &[u8; KEY_BYTES]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("AES-256 takes a key of 32 bytes");
        let [a, b, c, d, ..] = *id;
        Self { key: LessSafeKey::new(key), head: [VERSION, a, b, c, d] }
    }

    fn aad(&self, aad: &[u8]) -> Aad<Vec<u8>> {
        Aad::from([&self.head, aad].concat())
    }

    fn open(&self, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (head, rest) = sealed.split_at_checked(HEAD_BYTES)?;
        let (nonce, ciphertext) = rest.split_at_checked(NONCE_LEN)?;
        if head != self.head {
            return None;
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = ciphertext.to_vec();
        let plain = self.key.open_in_place(nonce, self.aad(aad), &mut text).ok()?.len();
        text.truncate(plain);
        Some(text)
    }
}

impl Seals {
    /// Seals `plain` with the current key. `aad` names the place where it will lie (table, account,
    /// row), so that a sealed secret moved elsewhere does not open.
    ///
    /// The nonce is random: one key is good for 2^32 secrets.
    pub fn seal(&self, aad: &[u8], plain: &[u8], dice: &dyn Dice) -> Vec<u8> {
        let sealing = &self.current().sealing;
        let nonce: [u8; NONCE_LEN] = dice::array(dice);
        let mut text = plain.to_vec();
        sealing
            .key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), sealing.aad(aad), &mut text)
            .expect("a secret is far below AES-GCM's limit of 64 GiB");
        [&sealing.head[..], &nonce, &text].concat()
    }

    /// Opens what [`Seals::seal`] made with the same `aad` under the current or an older key;
    /// `None` for everything else.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        self.ring().find_map(|keys| keys.sealing.open(aad, sealed))
    }

    /// Whether `sealed` names the current key. If not, seal its content again when convenient.
    pub fn is_sealed_with_current_key(&self, sealed: &[u8]) -> bool {
        sealed.starts_with(&self.current().sealing.head)
    }
}
