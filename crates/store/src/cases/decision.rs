//! What a person may decide about a case (D15).

use policy::Timestamp;

/// A decision with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The word of a [`Decision`].
    pub word: String,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// What a person decides (D15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// The account sends again; a new counting period begins.
    Reinstate,
    /// The account is ended for good.
    Terminate,
    /// The mailing that a rule held may be resumed by its owner.
    ReleaseMailing,
    /// The form that a complaint stopped opens again.
    ReopenForm,
    /// Nothing further happens.
    Close,
}

impl Decision {
    /// Every decision.
    pub const ALL: [Self; 5] = [Self::Reinstate, Self::Terminate, Self::ReleaseMailing, Self::ReopenForm, Self::Close];

    /// The word in database, pages and API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reinstate => "reinstate",
            Self::Terminate => "terminate",
            Self::ReleaseMailing => "release_mailing",
            Self::ReopenForm => "reopen_form",
            Self::Close => "close",
        }
    }

    /// The decision behind a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.word() == word)
    }
}
