//! The consent ledger: append-only events with salted hashes of their evidence (R9, R13, L1).
//!
//! An event says what happened to the consent of a person, and holds
//! `SHA-256(salt ‖ evidence)`. The evidence lies in a table of its own, from
//! which it can be erased while the ledger stays whole. Proofs and seals are
//! told in [`crate::proofs`].

use std::net::IpAddr;

use policy::consent::{EventKind, Evidence};
use policy::{ContactId, Timestamp, TopicRef};
use seals::{EVIDENCE_SALT_BYTES, evidence_digest};

use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::sql::{sql, to_json};

/// A salt of the evidence, from dice.
pub type Salt = [u8; EVIDENCE_SALT_BYTES];

/// By which door the word of a person came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The unsubscribe link in a mail, or the page behind it (R27).
    Web,
    /// The header's one-click POST (RFC 8058).
    OneClick,
    /// A letter to the unsubscribe mailbox, or a wish to the abuse desk (R35, D14).
    Mailto,
    /// The preferences page (R38).
    Preferences,
    /// The customer, by the API.
    Account,
    /// The operator, by hand (R42).
    Operator,
    /// The platform by a rule: a bounce, a complaint, an exclusion.
    Rule,
}

impl Source {
    /// The word in evidence and proofs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::OneClick => "one_click",
            Self::Mailto => "mailto",
            Self::Preferences => "preferences",
            Self::Account => "account",
            Self::Operator => "operator",
            Self::Rule => "rule",
        }
    }
}

/// The circumstances of an event that is no confirmation. Kept as JSON; the
/// ledger's hash is taken of exactly that text.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Circumstances {
    /// By which door.
    pub source: Source,
    /// From which IP address, where a person spoke.
    pub ip: Option<String>,
}

/// Who speaks, from where, and the salt for the evidence of it.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// By which door.
    pub source: Source,
    /// From which IP address.
    pub ip: Option<IpAddr>,
    /// From dice.
    pub salt: Salt,
}

impl Word {
    /// What a rule says. It holds nothing of a person beyond the event itself, so it needs no chance.
    pub(crate) const RULE: Self = Self { source: Source::Rule, ip: None, salt: [0; EVIDENCE_SALT_BYTES] };

    pub(crate) fn evidence(self) -> Record {
        Record::Circumstances(Circumstances { source: self.source, ip: self.ip.map(|ip| ip.to_string()) })
    }
}

/// What stands behind an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The full proof of a confirmed double opt-in (L1).
    Consent(Box<Evidence>),
    /// Door and IP address.
    Circumstances(Circumstances),
}

impl Record {
    /// The text that is stored.
    fn text(&self) -> Result<String> {
        match self {
            Self::Consent(evidence) => to_json(evidence),
            Self::Circumstances(circumstances) => to_json(circumstances),
        }
    }

    /// The digest that the ledger holds.
    fn digest(&self, salt: &Salt, text: &str) -> [u8; 32] {
        match self {
            Self::Consent(evidence) => evidence_digest(salt, &evidence.canonical()),
            Self::Circumstances(_) => evidence_digest(salt, text.as_bytes()),
        }
    }

    /// Reads stored evidence back and says whether it still has the digest of the ledger.
    pub(crate) fn read(kind: EventKind, text: &str, salt: &Salt, digest: &[u8; 32]) -> Result<(Self, bool)> {
        let bad = |error: serde_json::Error| StoreError::Corrupt(format!("evidence cannot be read: {error}"));
        let record = match kind {
            EventKind::Confirmed | EventKind::TopicAdded | EventKind::Attested => {
                Self::Consent(Box::new(serde_json::from_str(text).map_err(bad)?))
            }
            _ => Self::Circumstances(serde_json::from_str(text).map_err(bad)?),
        };
        let intact = record.digest(salt, text) == *digest;
        Ok((record, intact))
    }
}

/// An entry for the ledger.
pub(crate) struct NewEvent<'a> {
    pub(crate) id: i64,
    pub(crate) contact: ContactId,
    pub(crate) kind: EventKind,
    pub(crate) topic: Option<TopicRef>,
    pub(crate) at: Timestamp,
    pub(crate) salt: Salt,
    pub(crate) record: &'a Record,
}

/// Appends an event, its evidence, and its place in the queue for the next seal.
pub(crate) async fn append(conn: &mut Conn, event: NewEvent<'_>) -> Result<()> {
    let account = event.contact.account();
    let text = event.record.text()?;
    let digest = event.record.digest(&event.salt, &text);
    conn.execute(sql!(
        "INSERT INTO consent_event (account_id, id, contact_id, kind, topic_id, topic_version, at, digest)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        account,
        event.id,
        event.contact,
        event.kind.word(),
        event.topic.map(|topic| topic.topic),
        event.topic.map(|topic| topic.version),
        event.at,
        digest,
    ))
    .await?;
    conn.execute(sql!(
        "INSERT INTO consent_evidence (account_id, event_id, salt, evidence) VALUES ($1, $2, $3, $4)",
        account,
        event.id,
        event.salt.to_vec(),
        text,
    ))
    .await?;
    conn.execute(sql!("INSERT INTO consent_unsealed (account_id, event_id) VALUES ($1, $2)", account, event.id))
        .await?;
    Ok(())
}

/// The kind behind the word of the database.
pub(crate) fn kind(word: &str) -> Result<EventKind> {
    let found = EventKind::ALL.into_iter().find(|kind| kind.word() == word);
    found.ok_or_else(|| StoreError::Corrupt(format!("{word:?} is no kind of event")))
}
