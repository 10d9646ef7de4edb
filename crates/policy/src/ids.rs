//! Typed ids.
//!
//! Every id is a 64-bit integer that the program hands out in blocks. An id of
//! a person (contact, pending sign-up, user) has 60 bits: 22 for its account
//! and 38 for its number, so that a token that names the person names the
//! account too (DESIGN §6).

use std::fmt;

/// Bits of a person id that count persons within one account.
pub const NUMBER_BITS: u32 = 38;
/// Largest account number: 22 bits.
pub const MAX_ACCOUNT: i64 = (1 << 22) - 1;
/// Largest number of a person within the installation: 38 bits.
pub const MAX_NUMBER: i64 = (1 << NUMBER_BITS) - 1;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Takes a number that came from the database or from a checked token.
            #[must_use]
            pub const fn from_raw(raw: i64) -> Self {
                Self(raw)
            }

            /// The number as it stands in the database.
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

macro_rules! person_id {
    ($(#[$doc:meta])* $name:ident) => {
        id!($(#[$doc])* $name);

        impl $name {
            /// Joins an account and a number within the installation.
            ///
            /// Returns `None` when either does not fit its bits.
            #[must_use]
            pub const fn new(account: AccountId, number: i64) -> Option<Self> {
                if account.0 < 0 || account.0 > MAX_ACCOUNT || number < 0 || number > MAX_NUMBER {
                    return None;
                }
                Some(Self((account.0 << NUMBER_BITS) | number))
            }

            /// The account that this person belongs to.
            #[must_use]
            pub const fn account(self) -> AccountId {
                AccountId(self.0 >> NUMBER_BITS)
            }

            /// The 60 bits that tokens carry.
            #[must_use]
            pub const fn bits(self) -> u64 {
                self.0.cast_unsigned()
            }

            /// The id behind the 60 bits of a token, or `None` when they are too large.
            #[must_use]
            pub const fn from_bits(bits: u64) -> Option<Self> {
                if bits >> 60 != 0 {
                    return None;
                }
                Some(Self(bits.cast_signed()))
            }
        }
    };
}

id!(
    /// An account: one customer of the operator. 22 bits.
    AccountId
);
person_id!(
    /// A contact, and before the confirmation the pending sign-up of the same number.
    ContactId
);
person_id!(
    /// A person who works in an account, and to whom test mails may go.
    UserId
);
id!(
    /// A log-in: a person with a password, who may work in several accounts.
    LoginId
);
id!(
    /// A session: one browser in which a log-in is signed in.
    SessionId
);
id!(
    /// A website whose ownership the account proves (R12).
    WebsiteId
);
id!(
    /// A topic; its statements are versioned (R82).
    TopicId
);
id!(
    /// A sign-up form.
    FormId
);
id!(
    /// A tag of an account.
    TagId
);
id!(
    /// An address that an account sends from (R49).
    SenderId
);
id!(
    /// A DNS domain that an account sends from.
    DomainId
);
id!(
    /// A signing key.
    KeyId
);
id!(
    /// A newsletter or an autoresponder.
    MailingId
);
id!(
    /// A mail that is no mailing: confirmation, test mail, notice, answer.
    NoticeId
);
id!(
    /// A case of the abuse desk.
    CaseId
);
id!(
    /// An incident: a provider's policy block or a jump of hard bounces.
    IncidentId
);

/// One version of a topic's statement. A consent is bound to the version shown (R82).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct TopicRef {
    /// The topic.
    pub topic: TopicId,
    /// The version of its statement, from 1.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_id_names_its_account() {
        let account = AccountId::from_raw(MAX_ACCOUNT);
        let id = ContactId::new(account, MAX_NUMBER).expect("fits");
        assert_eq!(id.account(), account);
        assert_eq!(ContactId::from_bits(id.bits()), Some(id));
        assert!(id.bits() < 1 << 60);
    }

    #[test]
    fn a_person_id_that_does_not_fit_is_refused() {
        assert_eq!(ContactId::new(AccountId::from_raw(MAX_ACCOUNT + 1), 1), None);
        assert_eq!(ContactId::new(AccountId::from_raw(1), MAX_NUMBER + 1), None);
        assert_eq!(ContactId::new(AccountId::from_raw(1), -1), None);
        assert_eq!(ContactId::from_bits(1 << 60), None);
    }
}
