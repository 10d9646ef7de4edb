//! Codes of an authenticator app (RFC 6238 over RFC 4226): SHA-1, 30 seconds, six digits, which is
//! what every such app can do.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};

use crate::alphabet;
use crate::dice::{self, Dice};
use crate::time::Timestamp;

/// Bytes of a secret (RFC 4226 §4, R6: 160 bits are recommended).
pub const TOTP_BYTES: usize = 20;
/// Seconds of a step.
const STEP_SECONDS: i64 = 30;
/// Steps before and after the present one whose codes are taken too: clocks differ, people type slowly.
const DRIFT: i64 = 1;

/// The secret that a log-in shares with an authenticator app. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret([u8; TOTP_BYTES]);

impl TotpSecret {
    /// A new secret.
    pub fn generate(dice: &dyn Dice) -> Self {
        Self(dice::array(dice))
    }

    /// A secret as it was sealed; `None` for another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to seal.
    pub fn as_bytes(&self) -> &[u8; TOTP_BYTES] {
        &self.0
    }

    /// The secret as people type it: 32 characters of base32 in upper case.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(32);
        for half in self.0.chunks(10) {
            let bits = half.iter().fold(0_u128, |bits, &byte| bits << 8 | u128::from(byte));
            alphabet::push_base32(&mut text, bits, 16);
        }
        text.to_ascii_uppercase()
    }

    /// The secret that [`Self::text`] wrote, in either case and with spaces; `None` for everything else.
    pub fn read(text: &str) -> Option<Self> {
        let plain: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let mut bytes = [0; TOTP_BYTES];
        for (half, place) in plain.chunks(16).zip(bytes.chunks_mut(10)) {
            place.copy_from_slice(&alphabet::read_base32(half)?.to_be_bytes()[6..]);
        }
        (plain.len() == 32).then_some(Self(bytes))
    }

    /// The address that an app reads from the picture, `otpauth://totp/…`.
    pub fn uri(&self, issuer: &str, name: &str) -> String {
        let (issuer, name) = (percent(issuer), percent(name));
        format!(
            "otpauth://totp/{issuer}:{name}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP_SECONDS}",
            self.text()
        )
    }

    /// The code of a moment, as an app shows it.
    pub fn code(&self, at: Timestamp) -> String {
        format!("{:06}", self.number(step(at)))
    }

    /// Checks a code of six digits, spaces aside. Returns its step, which must be remembered: steps
    /// up to `used` are taken no more, so that a code works once (RFC 6238 §5.2).
    pub fn check(&self, code: &str, at: Timestamp, used: Option<i64>) -> Option<i64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let fits = |wanted: i64| {
            let wanted = format!("{:06}", self.number(wanted));
            constant_time::verify_slices_are_equal(wanted.as_bytes(), code.as_bytes()).is_ok()
        };
        let now = step(at);
        (now - DRIFT..=now + DRIFT).filter(|&step| used.is_none_or(|used| step > used)).find(|&step| fits(step))
    }

    /// RFC 4226 §5.3.
    fn number(&self, step: i64) -> u32 {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag.last().copied().unwrap_or(0) & 15);
        let bits = tag.iter().skip(offset).take(4).fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte));
        (bits & 0x7fff_ffff) % 1_000_000
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(..)")
    }
}

fn step(at: Timestamp) -> i64 {
    at.seconds().div_euclid(STEP_SECONDS)
}

/// Everything but unreserved characters as `%XX` (RFC 3986 §2.3).
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::SeededDice;

    fn of_the_rfc() -> TotpSecret {
        TotpSecret(*b"12345678901234567890")
    }

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn armour_d15_codes_are_those_of_rfc_6238() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(of_the_rfc().code(Timestamp::from_seconds(seconds)), code, "{seconds}");
        }
    }

    #[test]
    fn armour_d15_a_code_is_taken_once_and_one_step_early_or_late() {
        let (secret, now) = (of_the_rfc(), Timestamp::from_seconds(1_234_567_890));
        let present = step(now);
        for (away, taken) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let code = secret.code(Timestamp::from_seconds((present + away) * 30));
            assert_eq!(secret.check(&code, now, None).is_some(), taken, "{away} steps away");
        }
        let code = secret.code(now);
        let used = secret.check(&code, now, None);
        assert_eq!(used, Some(present));
        assert_eq!(secret.check(&code, now, used), None, "the same code again");
        assert_eq!(secret.check("005 924", now, None), Some(present), "apps show a gap");
        for wrong in ["", "00592", "0059244", "005925", "abcdef"] {
            assert_eq!(secret.check(wrong, now, None), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_read_as_it_is_written() {
        assert_eq!(of_the_rfc().text(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let secret = TotpSecret::generate(&SeededDice::new(3));
        assert_eq!(TotpSecret::read(&secret.text()), Some(secret.clone()));
        assert_eq!(TotpSecret::from_bytes(secret.as_bytes()), Some(secret));
        assert_eq!(TotpSecret::read("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ"), None);
        assert_eq!(TotpSecret::read("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQA"), None);
        assert_eq!(TotpSecret::read("1EZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), None);
        let uri = of_the_rfc().uri("Mail & Co", "ute@shop.example");
        assert!(uri.starts_with("otpauth://totp/Mail%20%26%20Co:ute%40shop.example?secret=GEZD"), "{uri}");
    }
}
