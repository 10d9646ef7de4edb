//! The standing of an account (R85, R88, R89, D15).

/// The current version of the policy and the attestation that an account accepts (R7, R23).
/// Raised with every change of their text; an account that accepted an older one sends nothing
/// until it accepts this one.
pub const POLICY_VERSION: i64 = 1;

/// Whether an account may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// May send, as far as every other rule allows.
    Active,
    /// Held while a person investigates. Reversible; nothing of the account is lost (D15).
    Suspended,
    /// Ended by a person's decision. Final.
    Terminated,
}

impl Standing {
    /// The number in the database. Never reused.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Active => 0,
            Self::Suspended => 1,
            Self::Terminated => 2,
        }
    }

    /// The standing behind a number of the database.
    #[must_use]
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Active),
            1 => Some(Self::Suspended),
            2 => Some(Self::Terminated),
            _ => None,
        }
    }

    /// The word that pages, API and logs use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Terminated => "terminated",
        }
    }
}
