//! What a person may do in an account.

use std::fmt;
use std::str::FromStr;

/// The role of a person in one account. Each may do what the ones below it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Looks at everything of the account.
    Reader,
    /// Works with contacts, tags, forms and mailings too.
    Editor,
    /// Decides on senders, domains, websites, topics, legal notice, people, tokens and settings too.
    Owner,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::Reader, Self::Editor, Self::Owner];

    /// Whether somebody of this role may do what needs at least `needed`.
    #[must_use]
    pub fn allows(self, needed: Self) -> bool {
        self >= needed
    }

    /// The number in the database. Never reused.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Reader => 1,
            Self::Editor => 2,
            Self::Owner => 3,
        }
    }

    /// The role behind a number of the database.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.number() == number)
    }

    /// The word that API, forms and the audit use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Editor => "editor",
            Self::Owner => "owner",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The word names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.word() == word).ok_or(UnknownRole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_the_ones_below_it_may() {
        for (at, role) in Role::ALL.into_iter().enumerate() {
            for (needed_at, needed) in Role::ALL.into_iter().enumerate() {
                assert_eq!(role.allows(needed), at >= needed_at, "{role} and {needed}");
            }
        }
    }

    #[test]
    fn numbers_and_words_lead_back_to_their_role() {
        for role in Role::ALL {
            assert_eq!(Role::from_number(role.number()), Some(role));
            assert_eq!(role.word().parse(), Ok(role));
        }
        assert_eq!(Role::from_number(0), None);
        assert_eq!("Owner".parse::<Role>(), Err(UnknownRole));
    }
}
