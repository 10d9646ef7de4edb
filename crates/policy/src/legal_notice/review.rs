//! The operator's review of a legal notice (R48).

/// Where the operator's review of a legal notice stands (R48).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Review {
    /// The account never had as many contacts as ask for a review.
    NotNeeded,
    /// Waits for the operator.
    Open,
    /// The operator found it correct.
    Approved,
    /// The operator found it incorrect; the customer must change it.
    Refused,
}

impl Review {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::NotNeeded, Self::Open, Self::Approved, Self::Refused];

    /// The number in the database. Never reused.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::NotNeeded => 0,
            Self::Open => 1,
            Self::Approved => 2,
            Self::Refused => 3,
        }
    }

    /// The state behind a number of the database.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }

    /// The word that pages, API and logs use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotNeeded => "not_needed",
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Refused => "refused",
        }
    }

    /// The operator's decision on an open review; `None` when there is none to decide.
    #[must_use]
    pub const fn decided(self, correct: bool) -> Option<Self> {
        match (self, correct) {
            (Self::Open, true) => Some(Self::Approved),
            (Self::Open, false) => Some(Self::Refused),
            _ => None,
        }
    }
}

/// Whether a send that reaches so many recipients waits for the review (R48).
///
/// Only an approved notice carries a send above `n`. That counts for
/// [`Review::NotNeeded`] too: if a review should have been opened and was not,
/// the send waits rather than leaves.
#[must_use]
pub const fn holds(review: Review, reach: i64, n: i64) -> bool {
    reach > n && !matches!(review, Review::Approved)
}

/// The review after the number of contacts changed, up or down (R48).
///
/// From `n` contacts on a review opens, once. Falling below `n` and rising
/// again changes nothing: neither an approval nor a refusal is lost.
#[must_use]
pub const fn review_after_growth(review: Review, contacts: i64, n: i64) -> Review {
    match review {
        Review::NotNeeded if contacts >= n => Review::Open,
        _ => review,
    }
}

/// The review after the customer changed the notice (R48): what was decided is void.
#[must_use]
pub const fn review_after_edit(review: Review, contacts: i64, n: i64) -> Review {
    match review {
        Review::NotNeeded => review_after_growth(review, contacts, n),
        Review::Open | Review::Approved | Review::Refused => Review::Open,
    }
}
