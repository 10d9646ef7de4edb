//! What the gate must know of a mail before it may leave.
//!
//! Account and mailing facts change rarely: whoever reads them keeps them
//! under their `facts_version` and reads them again when the row's statement
//! shows another version. Everything here was read in one statement with its
//! version (DESIGN §4, step 3).

use std::collections::BTreeMap;
use std::sync::Arc;

use mail_formats::address::EmailAddress;
use texts::Language;

use crate::ids::{AccountId, ContactId, MailingId, SenderId, TagId, TopicRef, UserId};
use crate::legal_notice::{LegalNotice, Review};
use crate::{Standing, Timestamp};

/// The versions that a start compares with those the gate saw.
///
/// Every change that the gate would judge by bumps one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactsVersions {
    /// Of the installation: pause, freeze.
    pub installation: i64,
    /// Of the account: standing, sender, domain, keys, legal notice, topics. 0 where there is no account.
    pub account: i64,
    /// Of the mailing: state, content, tags. 0 for notices.
    pub mailing: i64,
    /// Of the person: contact, pending sign-up or user. 0 for others.
    pub person: i64,
}

/// All that the gate judges by.
#[derive(Clone, Debug)]
pub struct SendFacts {
    /// The versions under which the facts were read.
    pub versions: FactsVersions,
    /// The installation.
    pub installation: InstallationFacts,
    /// The account that the mail belongs to; none for mail of the operator.
    pub account: Option<Arc<AccountFacts>>,
    /// The mailing; none for notices.
    pub mailing: Option<Arc<MailingFacts>>,
    /// Who receives the mail.
    pub person: PersonFacts,
    /// The address stands on the global exclusion list (R60, R61).
    pub suppressed: bool,
}

/// What holds for the whole installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstallationFacts {
    /// The operator, or repeated time-outs of the database, paused all sending.
    pub sending_paused: bool,
    /// A restored copy that no operator has released yet.
    pub frozen: bool,
}

/// What holds for all mail of one account.
#[derive(Clone, Debug)]
pub struct AccountFacts {
    /// The account.
    pub id: AccountId,
    /// Its name as recipients see it.
    pub name: String,
    /// Active, suspended or terminated.
    pub standing: Standing,
    /// The address that all mail of the account comes from (R50); none before the first is set up.
    pub sender: Option<SenderFacts>,
    /// The current legal notice; none before it is filled in.
    pub legal_notice: Option<LegalNotice>,
    /// Where the operator's review of the legal notice stands (R48).
    pub legal_review: Review,
    /// Sends to more recipients than this wait for the review: `legal_notice.review_at_contacts` (R48).
    pub legal_review_at: i64,
    /// The account's active contacts when the facts were read; what an autoresponder reaches (R48).
    /// The account's version is bumped whenever this number crosses `legal_review_at`.
    pub contacts: i64,
    /// The account accepted the policy and the attestation in their current versions (R7, R23).
    pub policy_accepted: bool,
}

/// The account's own address (R49–R51).
#[derive(Clone, Debug)]
pub struct SenderFacts {
    /// The sender.
    pub id: SenderId,
    /// From and Reply-To.
    pub address: EmailAddress,
    /// The display name of From.
    pub display_name: String,
    /// A mail round trip proved that the account reads this mailbox.
    pub proven: bool,
    /// The mailbox bounced; sends are on hold until it is proven again (R53).
    pub on_hold: bool,
    /// The address' domain publishes our records, or is the platform's own (D7).
    pub domain_authenticated: bool,
}

/// What holds for one mailing.
#[derive(Clone, Debug)]
pub struct MailingFacts {
    /// The mailing.
    pub id: MailingId,
    /// Whether mail of it may leave now.
    pub state: MailingState,
    /// The topic that the mailing names.
    pub topic: TopicRef,
    /// The operator approved that version of the topic's statement (R82).
    pub topic_approved: bool,
    /// Contacts must carry one of these tags; empty = all.
    pub include: Vec<TagId>,
    /// Contacts must carry none of these tags.
    pub exclude: Vec<TagId>,
    /// How many contacts the mailing reaches; 0 for an autoresponder.
    pub audience: i64,
    /// What is sent.
    pub content: Arc<crate::send::MailingContent>,
}

/// Whether mail of a mailing may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailingState {
    /// Being written. Nothing leaves but test mails.
    Draft,
    /// Waits for its time.
    Scheduled,
    /// Its audience is being listed, or its mail is leaving.
    Running,
    /// Stopped by a person of the account; goes on when resumed.
    Paused,
    /// Stopped by a rule; a person decides (D3, R48).
    Held,
    /// Ended early for good.
    Aborted,
    /// Every row is terminal.
    Finished,
}

impl MailingState {
    /// Every state.
    pub const ALL: [Self; 7] =
        [Self::Draft, Self::Scheduled, Self::Running, Self::Paused, Self::Held, Self::Aborted, Self::Finished];

    /// The number in the database. Never reused.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Draft => 0,
            Self::Scheduled => 1,
            Self::Running => 2,
            Self::Paused => 3,
            Self::Held => 4,
            Self::Aborted => 5,
            Self::Finished => 6,
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
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Held => "held",
            Self::Aborted => "aborted",
            Self::Finished => "finished",
        }
    }
}

/// Who receives a mail, and what is known of that person.
#[derive(Clone, Debug)]
pub enum PersonFacts {
    /// An active contact: newsletters and autoresponders.
    Contact(ContactFacts),
    /// The person is no active contact any more (or never was).
    NoContact,
    /// A pending sign-up: the confirmation mail.
    Pending(PendingFacts),
    /// The pending sign-up is gone: timed out, cancelled or confirmed.
    NoPending,
    /// A user of the account: test mails, address proofs, notices.
    User(UserFacts),
    /// Somebody who wrote to us, or the operator.
    Outsider(OutsiderFacts),
}

/// An active contact.
#[derive(Clone, Debug)]
pub struct ContactFacts {
    /// The contact.
    pub id: ContactId,
    /// Where mail goes.
    pub address: EmailAddress,
    /// The language of the form that the contact signed up with.
    pub language: Language,
    /// Fields for merging, by name.
    pub fields: BTreeMap<String, String>,
    /// The tags that the contact carries.
    pub tags: Vec<TagId>,
    /// The consent for the mailing's topic, if there is one that was not withdrawn.
    pub consent: Option<ConsentFacts>,
}

/// A consent that was given and not withdrawn.
#[derive(Clone, Debug)]
pub struct ConsentFacts {
    /// The version of the topic's statement that was shown.
    pub topic: TopicRef,
    /// When it was confirmed.
    pub granted_at: Timestamp,
    /// The website on which the sign-up happened, without scheme.
    pub site: String,
    /// The statement as shown.
    pub statement: String,
}

/// A pending sign-up.
#[derive(Clone, Debug)]
pub struct PendingFacts {
    /// The number that the contact will have.
    pub id: ContactId,
    /// Where the confirmation mail goes.
    pub address: EmailAddress,
    /// The form's language.
    pub language: Language,
    /// The website of the form, without scheme.
    pub site: String,
    /// The topic's statement as shown.
    pub statement: String,
    /// When the form was submitted.
    pub submitted_at: Timestamp,
    /// When the sign-up times out (R18).
    pub expires_at: Timestamp,
    /// This account may send this address no further confirmation mail (D13).
    pub barred: bool,
    /// The IP address that submitted the form; shown to the recipient (C2).
    pub ip: String,
}

/// A user of an account.
#[derive(Clone, Debug)]
pub struct UserFacts {
    /// The user.
    pub id: UserId,
    /// Where mail goes.
    pub address: EmailAddress,
    /// The user's language.
    pub language: Language,
    /// A mail round trip proved the address.
    pub proven: bool,
    /// The user stopped test mails (D13).
    pub tests_stopped: bool,
}

/// A person outside the installation, or the operator.
#[derive(Clone, Debug)]
pub struct OutsiderFacts {
    /// Where mail goes.
    pub address: EmailAddress,
    /// The language to answer in.
    pub language: Language,
}

impl PersonFacts {
    /// Where mail goes, if there is still somebody to send it to.
    #[must_use]
    pub fn address(&self) -> Option<&EmailAddress> {
        match self {
            Self::Contact(contact) => Some(&contact.address),
            Self::Pending(pending) => Some(&pending.address),
            Self::User(user) => Some(&user.address),
            Self::Outsider(outsider) => Some(&outsider.address),
            Self::NoContact | Self::NoPending => None,
        }
    }
}
