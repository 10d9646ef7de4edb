//! The states of a delivery or notice row (DESIGN §4).
//!
//! ```text
//! due ⇄ claimed → started → accepted | bounced | expired | deferred (due again)
//!  └────────┴→ refused │→ claimed (ticket returned) · due (owner gone)
//!                      └→ unknown (connection lost after the final dot)
//! ```

use std::time::Duration;

use crate::ids::{ContactId, MailingId, NoticeId};

/// How long a granted start is worth: the first content byte of a message is
/// written within this time of the reading that was taken before the start
/// was asked for, and whoever changes a fact waits this time (and
/// [`DRAIN`] in all) after its commit before it answers (DESIGN §4, ticket rule).
pub const TICKET: Duration = Duration::from_secs(1);
/// [`TICKET`] and 5 % more, because two machines' clocks may differ in rate.
pub const DRAIN: Duration = Duration::from_millis(1_050);

/// Names one row that leads to one mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RowId {
    /// One contact of one mailing.
    Delivery {
        /// The newsletter or autoresponder.
        mailing: MailingId,
        /// The contact.
        contact: ContactId,
    },
    /// Any other mail.
    Notice(NoticeId),
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowState {
    /// Waits for its time.
    Due,
    /// Belongs to one node's life, which may start it.
    Claimed,
    /// A ticket was granted; the message may be on the wire.
    Started,
    /// The receiver said 4yz; due again later.
    Deferred,
    /// The connection was lost after the final dot; due once more.
    Unknown,
    /// 2yz to the final dot. Terminal.
    Accepted,
    /// A 5yz reply. Terminal.
    Bounced,
    /// Deferred until its time was over. Terminal.
    Expired,
    /// A rule said no. Terminal.
    Refused,
    /// Unknown, and nothing better was learnt. Terminal.
    InDoubt,
}

impl RowState {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Due,
        Self::Claimed,
        Self::Started,
        Self::Deferred,
        Self::Unknown,
        Self::Accepted,
        Self::Bounced,
        Self::Expired,
        Self::Refused,
        Self::InDoubt,
    ];

    /// The number in the database: below 10 open, from 10 on terminal. Never reused.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Due => 0,
            Self::Claimed => 1,
            Self::Started => 2,
            Self::Deferred => 3,
            Self::Unknown => 4,
            Self::Accepted => 10,
            Self::Bounced => 11,
            Self::Expired => 12,
            Self::Refused => 13,
            Self::InDoubt => 14,
        }
    }

    /// The state behind a number of the database.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }

    /// Whether nothing will happen to the row any more, late truth apart.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        self.number() >= 10
    }

    /// The word that pages, API and logs use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Claimed => "claimed",
            Self::Started => "started",
            Self::Deferred => "deferred",
            Self::Unknown => "unknown",
            Self::Accepted => "accepted",
            Self::Bounced => "bounced",
            Self::Expired => "expired",
            Self::Refused => "refused",
            Self::InDoubt => "in_doubt",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_back_to_their_state() {
        for state in RowState::ALL {
            assert_eq!(RowState::from_number(state.number()), Some(state));
        }
    }
}
