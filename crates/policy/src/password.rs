//! Which passwords people may choose: long ones, which nobody tries first.
//!
//! Nothing is said about letters and digits: such rules make passwords short
//! and alike. A password may be pasted, and no character is forbidden.

mod common;

use std::fmt;

use common::COMMON;

/// Characters of the shortest password.
pub const MIN_CHARS: usize = 12;
/// Characters of the longest one; hashing has a bound.
pub const MAX_CHARS: usize = 128;

/// Why a password cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordProblem {
    /// Fewer than [`MIN_CHARS`] characters.
    TooShort,
    /// More than [`MAX_CHARS`] characters.
    TooLong,
    /// It is among the first that anybody would try.
    Common,
    /// It is the person's own address, or a part of it with little besides.
    OwnAddress,
}

impl PasswordProblem {
    /// The word by which pages find their sentence.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::Common => "password_common",
            Self::OwnAddress => "password_own_address",
        }
    }
}

impl fmt::Display for PasswordProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A password that may be set. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword(String);

impl NewPassword {
    /// Checks a password that the person of `address` chose.
    ///
    /// # Errors
    /// The first [`PasswordProblem`].
    pub fn parse(text: &str, address: &str) -> Result<Self, PasswordProblem> {
        let chars = text.chars().count();
        if chars < MIN_CHARS {
            return Err(PasswordProblem::TooShort);
        }
        if chars > MAX_CHARS {
            return Err(PasswordProblem::TooLong);
        }
        let lower = text.to_lowercase();
        if is_common(&lower) {
            return Err(PasswordProblem::Common);
        }
        if names_address(&lower, &address.to_lowercase()) {
            return Err(PasswordProblem::OwnAddress);
        }
        Ok(Self(text.to_owned()))
    }

    /// The password.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(..)")
    }
}

/// Listed, or made of one short piece again and again, or of a listed word and what people put around one.
fn is_common(lower: &str) -> bool {
    let word = lower.trim_matches(|c: char| !c.is_alphabetic());
    COMMON.contains(&lower) || !word.is_empty() && COMMON.contains(&word) || repeats(lower) || runs(lower)
}

/// `abcabcabcabc`: a piece of at most four characters repeated.
fn repeats(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=4).any(|length| chars.iter().enumerate().all(|(at, c)| *c == chars[at % length]))
}

/// `abcdefghijkl`, `987654321098`: each character follows the one before it, the same way.
fn runs(text: &str) -> bool {
    let chars: Vec<u32> = text.chars().map(u32::from).collect();
    let next = |a: u32, b: u32, by: i64| {
        let step = i64::from(b) - i64::from(a);
        step == by || (a, b) == (u32::from('9'), u32::from('0')) || (a, b) == (u32::from('0'), u32::from('9'))
    };
    [1, -1].into_iter().any(|by| chars.windows(2).all(|pair| next(pair[0], pair[1], by)))
}

/// Whether little remains when the address, its local part or its domain is taken out.
fn names_address(lower: &str, address: &str) -> bool {
    let (local, domain) = address.split_once('@').unwrap_or((address, ""));
    [address, local, domain]
        .into_iter()
        .filter(|part| part.chars().count() >= 4)
        .any(|part| lower.contains(part) && lower.replace(part, "").chars().count() < 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Option<PasswordProblem> {
        NewPassword::parse(text, "ute.meyer@shop.example").err()
    }

    #[test]
    fn armour_d14_a_password_has_12_to_128_characters_and_no_other_shape() {
        assert_eq!(judged("elf Zeichen"), Some(PasswordProblem::TooShort));
        assert_eq!(judged("zwölf Zeiche"), None, "characters are counted, not octets");
        assert_eq!(judged(&"tomatenpflanzen ".repeat(8)), None);
        assert_eq!(judged(&format!("{}!", "tomatenpflanzen ".repeat(8))), Some(PasswordProblem::TooLong));
        for good in ["kein grosses wort", "    viel Luft    ", "лопата и грабли", "🌱🌻🥕🍅🌶🥔🧅🧄🥦🥬🥒🌽"]
        {
            assert_eq!(judged(good), None, "{good}");
        }
    }

    #[test]
    fn armour_d14_what_everybody_tries_first_is_refused() {
        for bad in [
            "passwordpassword",
            "Password1234!",
            "123456789012",
            "aaaaaaaaaaaa",
            "qwertzuiopasdf",
            "abcdabcdabcd",
            "iloveyou1234",
        ] {
            assert_eq!(judged(bad), Some(PasswordProblem::Common), "{bad}");
        }
    }

    #[test]
    fn armour_d14_the_own_address_is_no_password() {
        for bad in ["ute.meyer@shop.example", "Ute.Meyer2026", "shop.example1!"] {
            assert_eq!(judged(bad), Some(PasswordProblem::OwnAddress), "{bad}");
        }
        assert_eq!(judged("ute.meyer mag Tomaten"), None);
    }

    #[test]
    fn a_password_is_not_shown() {
        let password = NewPassword::parse("kein grosses wort", "").expect("a good one");
        assert!(!format!("{password:?}").contains("wort"));
    }
}
