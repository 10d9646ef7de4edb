//! Consent: the ledger's events, the evidence behind them, and what becomes of
//! a contact who left (R9, R40, L1, D11).

use std::time::Duration;

use crate::Timestamp;
use crate::ids::{FormId, TopicRef};

/// How long the unsubscribe page offers to undo (R40).
pub const UNDO_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

/// What an entry of the consent ledger says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// The person confirmed a sign-up: the contact begins.
    Confirmed,
    /// A known contact confirmed a sign-up for another topic (R82).
    TopicAdded,
    /// A proof from elsewhere was accepted (D10).
    Attested,
    /// The person unsubscribed (R27, R39).
    Withdrawn,
    /// The person gave up one topic and kept others.
    TopicWithdrawn,
    /// The person undid the unsubscribe within 24 h (R40).
    Restored,
    /// The person complained (R76).
    Complained,
    /// The address hard-bounced or soft-bounced for the third time (R57, R58).
    Bounced,
    /// The address went onto the exclusion list for another reason.
    Excluded,
    /// The person's data were erased (D11).
    Erased,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Confirmed,
        Self::TopicAdded,
        Self::Attested,
        Self::Withdrawn,
        Self::TopicWithdrawn,
        Self::Restored,
        Self::Complained,
        Self::Bounced,
        Self::Excluded,
        Self::Erased,
    ];

    /// The number in the database. Never reused.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Confirmed => 1,
            Self::TopicAdded => 2,
            Self::Attested => 3,
            Self::Withdrawn => 4,
            Self::TopicWithdrawn => 5,
            Self::Restored => 6,
            Self::Complained => 7,
            Self::Bounced => 8,
            Self::Excluded => 9,
            Self::Erased => 10,
        }
    }

    /// The kind behind a number of the database.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// The word that pages, API and proofs use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::TopicAdded => "topic_added",
            Self::Attested => "attested",
            Self::Withdrawn => "withdrawn",
            Self::TopicWithdrawn => "topic_withdrawn",
            Self::Restored => "restored",
            Self::Complained => "complained",
            Self::Bounced => "bounced",
            Self::Excluded => "excluded",
            Self::Erased => "erased",
        }
    }

    /// Whether the person leaves the address book by it.
    #[must_use]
    pub const fn leaves(self) -> bool {
        matches!(self, Self::Withdrawn | Self::Complained | Self::Bounced | Self::Excluded | Self::Erased)
    }

    /// Whether mail may follow from this event. Every other event ends a consent.
    #[must_use]
    pub const fn grants(self) -> bool {
        matches!(self, Self::Confirmed | Self::TopicAdded | Self::Attested | Self::Restored)
    }
}

/// The way in which a person can be reached; consent is given per channel (R23).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// E-mail.
    Mail,
}

impl Channel {
    /// The number in the database. Never reused.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Mail => 1,
        }
    }

    /// The channel behind a number of the database.
    #[must_use]
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Mail),
            _ => None,
        }
    }
}

/// Everything that proves one consent (L1). Stored beside the ledger, erasable;
/// the ledger holds a salted hash of [`Evidence::canonical`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The channel.
    pub channel: Channel,
    /// The address as it was submitted.
    pub address: String,
    /// The page on which the form stood.
    pub form_url: String,
    /// The form.
    pub form: FormId,
    /// The form's version, from 1.
    pub form_version: i64,
    /// The full text of the consent as shown.
    pub consent_text: String,
    /// The full text of the privacy notice as shown.
    pub privacy_notice: String,
    /// The topic and the version of its statement.
    pub topic: TopicRef,
    /// The statement as shown.
    pub statement: String,
    /// The website, without scheme.
    pub site: String,
    /// The account's name as shown.
    pub sender_name: String,
    /// The address that the account sends from.
    pub sender_address: String,
    /// When the form was submitted.
    #[serde(with = "millis")]
    pub submitted_at: Timestamp,
    /// From which IP address.
    pub submitted_ip: String,
    /// The confirmation mail.
    pub confirmation: ConfirmationProof,
    /// When the person confirmed.
    #[serde(with = "millis")]
    pub confirmed_at: Timestamp,
    /// From which IP address.
    pub confirmed_ip: String,
}

/// What is known of the confirmation mail (L1).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmationProof {
    /// Its Message-ID, without angle brackets.
    pub message_id: String,
    /// SHA-256 of its bytes as sent, in lower-case hex; none when its outcome was never learnt.
    pub content_sha256: Option<String>,
    /// When it was handed over; none when its outcome was never learnt.
    #[serde(with = "millis_option")]
    pub sent_at: Option<Timestamp>,
    /// The receiver's reply to the final dot.
    pub smtp_reply: Option<String>,
}

impl Evidence {
    /// The byte form that the ledger's hash is taken of.
    ///
    /// Every field in fixed order, each with its length before it, so that two
    /// different pieces of evidence never have the same bytes. The first bytes
    /// name the version of this form; a changed form gets a new version, and
    /// old hashes stay checkable.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Canonical::new(b"jawort evidence 1\n");
        bytes.number(self.channel.number());
        bytes.text(&self.address);
        bytes.text(&self.form_url);
        bytes.number(self.form.get());
        bytes.number(self.form_version);
        bytes.text(&self.consent_text);
        bytes.text(&self.privacy_notice);
        bytes.number(self.topic.topic.get());
        bytes.number(self.topic.version);
        bytes.text(&self.statement);
        bytes.text(&self.site);
        bytes.text(&self.sender_name);
        bytes.text(&self.sender_address);
        bytes.number(self.submitted_at.millis());
        bytes.text(&self.submitted_ip);
        bytes.text(&self.confirmation.message_id);
        bytes.optional(self.confirmation.content_sha256.as_deref());
        bytes.optional(self.confirmation.sent_at.map(|at| at.millis().to_string()).as_deref());
        bytes.optional(self.confirmation.smtp_reply.as_deref());
        bytes.number(self.confirmed_at.millis());
        bytes.text(&self.confirmed_ip);
        bytes.0
    }
}

/// Writes length-prefixed fields.
struct Canonical(Vec<u8>);

impl Canonical {
    fn new(version: &[u8]) -> Self {
        Self(version.to_vec())
    }

    fn number(&mut self, number: i64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        let length = u64::try_from(text.len()).expect("a length fits 64 bits");
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        self.0.push(u8::from(text.is_some()));
        self.text(text.unwrap_or_default());
    }
}

/// Time stamps in stored evidence: milliseconds since 1970.
mod millis {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::Timestamp;

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.millis())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(deserializer).map(Timestamp::from_millis)
    }
}

/// Optional time stamps in stored evidence.
mod millis_option {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::Timestamp;

    pub(super) fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        at.map(|at| at.millis()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<i64>::deserialize(deserializer)?.map(Timestamp::from_millis))
    }
}

/// Why a person is a former contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FormerReason {
    /// Unsubscribed by link, header, mail, wish or the operator's hand.
    Unsubscribed,
    /// Complained.
    Complained,
    /// The address bounced.
    Bounced,
    /// The address went onto the exclusion list for another reason.
    Excluded,
    /// The data were erased; only keyed hashes remain (D11).
    Erased,
}

impl FormerReason {
    /// Every reason.
    pub const ALL: [Self; 5] = [Self::Unsubscribed, Self::Complained, Self::Bounced, Self::Excluded, Self::Erased];

    /// The number in the database. Never reused.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Unsubscribed => 1,
            Self::Complained => 2,
            Self::Bounced => 3,
            Self::Excluded => 4,
            Self::Erased => 5,
        }
    }

    /// The reason behind a number of the database.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.number() == number)
    }

    /// The word that pages, API and logs use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unsubscribed => "unsubscribed",
            Self::Complained => "complained",
            Self::Bounced => "bounced",
            Self::Excluded => "excluded",
            Self::Erased => "erased",
        }
    }

    /// The event that the ledger records with it.
    #[must_use]
    pub const fn event(self) -> EventKind {
        match self {
            Self::Unsubscribed => EventKind::Withdrawn,
            Self::Complained => EventKind::Complained,
            Self::Bounced => EventKind::Bounced,
            Self::Excluded => EventKind::Excluded,
            Self::Erased => EventKind::Erased,
        }
    }
}

/// A way by which somebody tries to make a former contact a contact again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Revival {
    /// A file of addresses.
    Import,
    /// A call of the API.
    Api,
    /// A rule that gives tags.
    TagRule,
    /// A form whose confirmation the person has not given.
    UnconfirmedForm,
    /// A confirmed new sign-up of the person.
    NewDoubleOptIn,
    /// The button on the unsubscribe page.
    Undo,
}

/// Why an undo is refused. The page says so and offers a new sign-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UndoRefused {
    /// The person did not unsubscribe: complaints, bounces and erasures are not undone by a button.
    OtherReason,
    /// 24 hours are over.
    TooLate,
    /// This unsubscribe was undone once already.
    UndoneBefore,
}

/// What the quarantine of one former contact remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quarantine {
    /// Why the contact left.
    pub reason: FormerReason,
    /// When.
    pub since: Timestamp,
    /// This unsubscribe was undone once already.
    pub undone: bool,
}

impl Quarantine {
    /// Whether the unsubscribe page may still undo (R40): within 24 h, once per unsubscribe.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn undo(self, now: Timestamp) -> Result<(), UndoRefused> {
        if self.reason != FormerReason::Unsubscribed {
            return Err(UndoRefused::OtherReason);
        }
        if self.undone {
            return Err(UndoRefused::UndoneBefore);
        }
        if now.since(self.since) >= UNDO_WINDOW {
            return Err(UndoRefused::TooLate);
        }
        Ok(())
    }

    /// Whether this way may make the person a contact again (R40).
    ///
    /// Only the person can: by a new double opt-in, or by undoing in time. That
    /// an address on the exclusion list gets no confirmation mail is a rule of
    /// its own (R61).
    #[must_use]
    pub fn revivable(self, by: Revival, now: Timestamp) -> bool {
        match by {
            Revival::Import | Revival::Api | Revival::TagRule | Revival::UnconfirmedForm => false,
            Revival::NewDoubleOptIn => true,
            Revival::Undo => self.undo(now).is_ok(),
        }
    }
}

#[cfg(test)]
mod tests;
