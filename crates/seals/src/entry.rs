//! What a visitor's browser holds for a log-in: the secret of its session, the token in its forms,
//! the mark of a known device, and the recovery codes that a person keeps on paper.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};

use crate::alphabet;
use crate::dice::{self, Dice};
use crate::digest::sha256_of;
use crate::keys::Seals;

/// Characters of a session's secret: 256 random bits as two numbers of 22 base62 characters.
pub const SESSION_CHARS: usize = 44;
/// Characters of a device's mark: 22 of chance, 22 of tag.
const DEVICE_CHARS: usize = 44;
/// Characters of a recovery code without its dashes: 80 bits in base32.
const RECOVERY_CHARS: usize = 16;
const RECOVERY_GROUP: usize = 4;

/// The secret of a session: stands in the visitor's cookie and nowhere else. `Debug` does not show it.
pub struct SessionSecret(String);

impl SessionSecret {
    /// A new secret of 256 random bits.
    pub fn generate(dice: &dyn Dice) -> Self {
        let half = || alphabet::base62(u128::from_be_bytes(dice::array(dice)));
        Self(half() + &half())
    }

    /// A secret as a cookie brings it; `None` for what cannot be one.
    pub fn read(text: &str) -> Option<Self> {
        let fits = text.len() == SESSION_CHARS && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| Self(text.to_owned()))
    }

    /// The value of the cookie.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Under which the session is stored and looked up. A plain hash is enough: 256 random bits
    /// cannot be guessed, and the lookup tells nothing about a near miss.
    pub fn hash(&self) -> [u8; 32] {
        sha256_of(&[b"jawort session\0", self.0.as_bytes()])
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(..)")
    }
}

/// A code that opens a log-in once when the authenticator app is lost. `Debug` does not show it.
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// A new code of 80 random bits.
    pub fn generate(dice: &dyn Dice) -> Self {
        let bytes: [u8; 10] = dice::array(dice);
        let bits = bytes.iter().fold(0_u128, |bits, &byte| bits << 8 | u128::from(byte));
        let mut text = String::with_capacity(RECOVERY_CHARS);
        alphabet::push_base32(&mut text, bits, 16);
        Self(text)
    }

    /// A code as a person types it: in either case, with or without dashes and spaces. `None` for
    /// what cannot be one.
    pub fn read(text: &str) -> Option<Self> {
        let plain: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let fits = plain.len() == RECOVERY_CHARS && alphabet::read_base32(plain.as_bytes()).is_some();
        fits.then(|| Self(plain.to_ascii_lowercase()))
    }

    /// The code to show once: `abcd-efgh-ijkl-mnop`.
    pub fn shown(&self) -> String {
        let groups: Vec<&str> = (0..RECOVERY_CHARS / RECOVERY_GROUP)
            .map(|n| &self.0[n * RECOVERY_GROUP..(n + 1) * RECOVERY_GROUP])
            .collect();
        groups.join("-")
    }

    /// Under which the code is stored and looked up.
    pub fn hash(&self) -> [u8; 32] {
        sha256_of(&[b"jawort recovery code\0", self.0.as_bytes()])
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

impl Seals {
    /// The token that the forms of a session carry (CSRF): a keyed hash of the session's secret, so
    /// that neither tells the other.
    pub fn form_token(&self, session: &SessionSecret) -> String {
        let tag = hmac::sign(&self.current().form, session.as_str().as_bytes());
        first_half(&tag)
    }

    /// The mark of a device from which `login` signed in. It opens nothing: whoever shows it has
    /// tries of its own, so that strangers cannot use up those of the owner.
    pub fn device_mark(&self, login: u64, dice: &dyn Dice) -> String {
        let chance = alphabet::base62(u128::from_be_bytes(dice::array(dice)));
        let tag = self.current().device_tag(login, &chance);
        chance + &tag
    }

    /// The chance in a mark that was made for `login`, by which its tries are counted; `None` for
    /// everything else.
    pub fn read_device_mark<'m>(&self, login: u64, mark: &'m str) -> Option<&'m str> {
        let (chance, tag) = mark.split_at_checked(DEVICE_CHARS / 2)?;
        let ours = |wanted: String| constant_time::verify_slices_are_equal(wanted.as_bytes(), tag.as_bytes()).is_ok();
        self.ring().any(|keys| ours(keys.device_tag(login, chance))).then_some(chance)
    }
}

impl crate::keys::Keys {
    fn device_tag(&self, login: u64, chance: &str) -> String {
        let mut context = hmac::Context::with_key(&self.device);
        context.update(&login.to_be_bytes());
        context.update(chance.as_bytes());
        first_half(&context.sign())
    }
}

/// 128 bits of a tag as 22 base62 characters.
fn first_half(tag: &hmac::Tag) -> String {
    alphabet::base62(tag.as_ref().iter().take(16).fold(0, |bits, &byte| bits << 8 | u128::from(byte)))
}

/// Whether two tokens are the same, without telling by time where they differ.
pub fn same_token(one: &str, other: &str) -> bool {
    constant_time::verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::SeededDice;

    #[test]
    fn armour_d13_a_session_is_known_by_the_hash_of_its_secret() {
        let dice = SeededDice::new(4);
        let (one, two) = (SessionSecret::generate(&dice), SessionSecret::generate(&dice));
        assert_eq!(one.as_str().len(), SESSION_CHARS);
        assert_ne!(one.hash(), two.hash());
        let read = SessionSecret::read(one.as_str()).expect("as written");
        assert_eq!(read.hash(), one.hash());
        assert!(!format!("{one:?}").contains(one.as_str()));
        for bad in ["", "short", &"ä".repeat(22), &format!("{}0", one.as_str())] {
            assert!(SessionSecret::read(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn armour_d12_a_form_token_belongs_to_one_session_and_does_not_show_it() {
        let dice = SeededDice::new(5);
        let (seals, _) = Seals::generate(&dice);
        let (other, _) = Seals::generate(&dice);
        let (one, two) = (SessionSecret::generate(&dice), SessionSecret::generate(&dice));
        assert_eq!(seals.form_token(&one), seals.form_token(&one));
        assert_ne!(seals.form_token(&one), seals.form_token(&two));
        assert_ne!(seals.form_token(&one), other.form_token(&one));
        assert!(!one.as_str().contains(&seals.form_token(&one)));
        assert!(same_token("abc", "abc") && !same_token("abc", "abd") && !same_token("abc", "ab"));
    }

    #[test]
    fn armour_d15_a_recovery_code_is_read_as_people_type_it() {
        let code = RecoveryCode::generate(&SeededDice::new(6));
        let shown = code.shown();
        assert_eq!(shown.len(), 19);
        for typed in
            [shown.clone(), shown.to_uppercase(), shown.replace('-', ""), format!(" {} ", shown.replace('-', " "))]
        {
            assert_eq!(RecoveryCode::read(&typed).expect("a code").hash(), code.hash(), "{typed}");
        }
        for bad in ["", "abcd-efgh-ijkl-mno", "abcd-efgh-ijkl-mno1", "abcd-efgh-ijkl-mnop-q"] {
            assert!(RecoveryCode::read(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn armour_d14_a_device_is_known_to_its_own_log_in_alone() {
        let dice = SeededDice::new(7);
        let (seals, _) = Seals::generate(&dice);
        let mark = seals.device_mark(17, &dice);
        assert_eq!(seals.read_device_mark(17, &mark), Some(&mark[..22]));
        assert_eq!(seals.read_device_mark(18, &mark), None);
        for bad in ["", &mark[..43], &format!("{mark}0"), &seals.device_mark(17, &dice).replace(char::is_numeric, "x")]
        {
            assert_eq!(seals.read_device_mark(17, bad), None, "{bad}");
        }
    }
}
