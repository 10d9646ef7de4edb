//! Passwords of log-ins: argon2id, as a PHC string.
//!
//! A hash costs some 20 ms and 19 MiB on purpose. Whoever calls this from a
//! door does so on a thread that may wait, and few at a time.

use std::fmt;

use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::dice::{self, Dice};

/// KiB of memory (OWASP's first choice for argon2id: 19 MiB, two passes, one lane).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;

const FITS: &str = "the parameters are argon2's own, and a password has an upper length";

fn argon() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(MEMORY_KIB, PASSES, LANES, None).expect(FITS))
}

/// What is kept of a password. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes a password with a new salt. Slow on purpose.
    pub fn new(password: &str, dice: &dyn Dice) -> Self {
        let salt: [u8; SALT_BYTES] = dice::array(dice);
        Self(argon().hash_password_with_salt(password.as_bytes(), &salt).expect(FITS).to_string())
    }

    /// A hash as it was stored.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text to store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the password. Slow on purpose; a hash that cannot be read fits no password,
    /// after the same time.
    pub fn fits(&self, password: &str) -> bool {
        match phc::PasswordHash::new(&self.0) {
            Ok(stored) => argon().verify_password(password.as_bytes(), &stored).is_ok(),
            Err(_) => fits_nobody(password),
        }
    }

    /// Whether it was made with today's parameters. If not, hash the password again at the next log-in.
    pub fn is_current(&self) -> bool {
        let today = format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$");
        self.0.starts_with(&today)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// Takes as long as [`PasswordHash::fits`] and says no: for an address that has no log-in, so that
/// the time of the answer does not tell that.
pub fn fits_nobody(password: &str) -> bool {
    let hashed = argon().hash_password_with_salt(password.as_bytes(), b"nobody's salt 16");
    drop(std::hint::black_box(hashed));
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::SeededDice;

    #[test]
    fn armour_d15_a_password_is_kept_as_argon2id_with_a_salt_of_its_own() {
        let dice = SeededDice::new(1);
        let (one, two) = (PasswordHash::new("correct horse", &dice), PasswordHash::new("correct horse", &dice));
        assert!(one.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", one.as_str());
        assert_ne!(one, two, "two salts");
        assert!(one.fits("correct horse") && two.fits("correct horse"));
        assert!(!one.fits("correct horsf") && !one.fits(""));
        assert!(PasswordHash::from_stored(one.as_str().to_owned()).fits("correct horse"));
        assert!(!format!("{one:?}").contains("argon2id"));
    }

    #[test]
    fn a_hash_of_older_parameters_still_fits_and_is_not_current() {
        let params = Params::new(8 * 1024, 1, 1, None).expect("small");
        let older = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash = older.hash_password_with_salt(b"correct horse", b"a salt of sixteen").expect("hashes");
        let hash = PasswordHash::from_stored(hash.to_string());
        assert!(hash.fits("correct horse"));
        assert!(!hash.is_current());
        assert!(PasswordHash::new("x", &SeededDice::new(2)).is_current());
    }

    #[test]
    fn a_damaged_hash_fits_no_password() {
        for text in ["", "$argon2id$", "plain text", "$2b$12$abcdefghijklmnopqrstuv"] {
            assert!(!PasswordHash::from_stored(text.to_owned()).fits("correct horse"));
        }
        assert!(!fits_nobody("correct horse"));
    }
}
