//! Seals over the consent ledger, and the proof of one contact's consent (R13, L1, DESIGN §5).
//!
//! Each minute the new events of an account become the leaves of a Merkle tree
//! whose root is chained to the one before. A proof shows the events of one
//! contact with their evidence and, for each that is sealed, the way from its
//! digest up to the root.

use std::fmt::Write as _;

use policy::consent::EventKind;
use policy::{AccountId, ContactId, Timestamp, TopicId, TopicRef};
use seals::ledger::{self, BEGINNING, Hash};

use crate::Store;
use crate::conn::Conn;
use crate::consents::{Record, Salt, kind};
use crate::contacts::resolve;
use crate::error::{Result, StoreError};
use crate::sql::{Row, Value, batches, sql};
use crate::writer::Urgency;

/// Events that one seal holds at most; what is over waits for the next one.
const MAX_LEAVES: i64 = 4_096;

/// One event of a contact's consent, with what proves it.
#[derive(Clone, Debug)]
pub struct ProofEvent {
    /// Its number in the ledger.
    pub id: i64,
    /// What happened.
    pub kind: EventKind,
    /// The topic that it is about, if it is about one.
    pub topic: Option<TopicRef>,
    /// When.
    pub at: Timestamp,
    /// SHA-256(salt ‖ evidence).
    pub digest: Hash,
    /// The salt and the evidence; none after an erasure.
    pub evidence: Option<ProofEvidence>,
    /// The seal that holds it; none within its first minute.
    pub seal: Option<ProofSeal>,
}

/// Evidence as it is stored.
#[derive(Clone, Debug)]
pub struct ProofEvidence {
    /// The salt of the digest.
    pub salt: Salt,
    /// What it says.
    pub record: Record,
    /// Its hash is the one of the ledger.
    pub intact: bool,
}

/// How an event lies under its seal.
#[derive(Clone, Debug)]
pub struct ProofSeal {
    /// The number of the seal, from 1, within the account.
    pub seal: i64,
    /// When it was made.
    pub at: Timestamp,
    /// Its Merkle root.
    pub root: Hash,
    /// The root chained to all before it.
    pub chained: Hash,
    /// The place of the event among the leaves, from 0.
    pub place: usize,
    /// How many leaves there are.
    pub leaves: usize,
    /// The neighbours from the leaf upwards.
    pub path: Vec<Hash>,
}

impl ProofSeal {
    /// Whether the digest lies under the root.
    #[must_use]
    pub fn holds(&self, digest: &Hash) -> bool {
        ledger::verify(digest, self.place, self.leaves, &self.path, &self.root)
    }
}

/// What [`Store::verify_ledger`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every root and every link of the chain is what it must be.
    Sound {
        /// How many seals.
        seals: i64,
        /// Over how many events.
        events: i64,
    },
    /// This seal does not fit its events or the seal before it.
    Broken {
        /// Its number.
        seal: i64,
    },
}

struct Unsealed {
    events: Vec<i64>,
    digests: Vec<Hash>,
}

async fn unsealed(conn: &mut Conn, account: AccountId) -> Result<Unsealed> {
    let rows = conn
        .all(sql!(
            "SELECT u.event_id, e.digest FROM consent_unsealed u
             JOIN consent_event e ON e.account_id = u.account_id AND e.id = u.event_id
             WHERE u.account_id = $1 ORDER BY u.event_id LIMIT $2",
            account,
            MAX_LEAVES,
        ))
        .await?;
    let events = rows.iter().map(|row| row.int(0)).collect::<Result<_>>()?;
    let digests = rows.iter().map(|row| row.hash(1)).collect::<Result<_>>()?;
    Ok(Unsealed { events, digests })
}

/// Seals what waits of one account. Two that seal at once meet at the seal's number, and one gives up.
async fn seal_account(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<u64> {
    let waiting = unsealed(conn, account).await?;
    let Some(root) = ledger::root(&waiting.digests) else { return Ok(0) };
    let last = conn
        .optional(sql!(
            "SELECT seal, chained FROM consent_seal WHERE account_id = $1 ORDER BY seal DESC LIMIT 1",
            account
        ))
        .await?;
    let (number, previous) = match last {
        None => (1, BEGINNING),
        Some(row) => (row.int(0)? + 1, row.hash(1)?),
    };
    let leaves = i64::try_from(waiting.events.len()).unwrap_or(MAX_LEAVES);
    conn.execute(sql!(
        "INSERT INTO consent_seal (account_id, seal, root, chained, leaves, at) VALUES ($1, $2, $3, $4, $5, $6)",
        account,
        number,
        root,
        ledger::chain(&previous, &root),
        leaves,
        now,
    ))
    .await?;
    let rows = waiting
        .events
        .iter()
        .zip(0_i64..)
        .map(|(event, place)| vec![Value::from(*event), Value::from(place)])
        .collect();
    for batch in batches(rows) {
        place_leaves(conn, account, number, batch).await?;
    }
    Ok(waiting.events.len() as u64)
}

async fn place_leaves(conn: &mut Conn, account: AccountId, seal: i64, batch: Vec<Vec<Value>>) -> Result<()> {
    let events = batch.iter().map(|row| row[..1].to_vec()).collect();
    conn.execute(
        sql!(
            "WITH v(event_id, place) AS (VALUES {rows}), u AS (SELECT DISTINCT * FROM v)
             INSERT INTO consent_leaf (account_id, event_id, seal, place) SELECT $1, u.event_id, $2, u.place FROM u",
            account,
            seal,
        )
        .rows(batch),
    )
    .await?;
    conn.execute(
        sql!(
            "WITH v(event_id) AS (VALUES {rows})
             DELETE FROM consent_unsealed WHERE account_id = $1 AND event_id IN (SELECT event_id FROM v)",
            account,
        )
        .rows(events),
    )
    .await
    .map(drop)
}

fn event(row: &Row) -> Result<ProofEvent> {
    let (kind, digest) = (kind(&row.text(1)?)?, row.hash(5)?);
    let evidence = match (row.blob_opt(6)?, row.text_opt(7)?) {
        (Some(salt), Some(text)) => {
            let salt = Salt::try_from(salt).map_err(|_| StoreError::Corrupt("a salt has a wrong length".to_owned()))?;
            let (record, intact) = Record::read(kind, &text, &salt, &digest)?;
            Some(ProofEvidence { salt, record, intact })
        }
        _ => None,
    };
    let topic = row.int_opt(2)?.zip(row.int_opt(3)?);
    Ok(ProofEvent {
        id: row.int(0)?,
        kind,
        topic: topic.map(|(topic, version)| TopicRef { topic: TopicId::from_raw(topic), version }),
        at: row.time(4)?,
        digest,
        evidence,
        seal: None,
    })
}

/// The digests under a seal, in the order of their places.
async fn leaves(conn: &mut Conn, account: AccountId, seal: i64) -> Result<Vec<Hash>> {
    let rows = conn
        .all(sql!(
            "SELECT e.digest FROM consent_leaf l JOIN consent_event e ON e.account_id = l.account_id AND e.id = l.event_id
             WHERE l.account_id = $1 AND l.seal = $2 ORDER BY l.place",
            account,
            seal,
        ))
        .await?;
    rows.iter().map(|row| row.hash(0)).collect()
}

async fn seal_of(conn: &mut Conn, account: AccountId, event: i64) -> Result<Option<ProofSeal>> {
    let row = conn
        .optional(sql!(
            "SELECT s.seal, s.at, s.root, s.chained, l.place FROM consent_leaf l
             JOIN consent_seal s ON s.account_id = l.account_id AND s.seal = l.seal
             WHERE l.account_id = $1 AND l.event_id = $2",
            account,
            event,
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let (seal, place) = (row.int(0)?, usize::try_from(row.int(4)?).unwrap_or(usize::MAX));
    let leaves = leaves(conn, account, seal).await?;
    let path =
        ledger::proof(&leaves, place).ok_or_else(|| StoreError::Corrupt(format!("seal {seal} has no leaf {place}")))?;
    Ok(Some(ProofSeal {
        seal,
        at: row.time(1)?,
        root: row.hash(2)?,
        chained: row.hash(3)?,
        place,
        leaves: leaves.len(),
        path,
    }))
}

impl Store {
    /// Seals the new events of every account; the scheduler calls it each minute. An account whose
    /// events somebody else seals just now is left to them. Returns how many events were sealed.
    ///
    /// # Errors
    /// Those of the database; what was sealed before stays sealed. The first one of a ledger that
    /// cannot be sealed, after all others are.
    pub async fn seal_consents(&self, now: Timestamp) -> Result<u64> {
        let rows = self
            .reader()
            .await?
            .all(sql!("SELECT DISTINCT account_id FROM consent_unsealed ORDER BY account_id"))
            .await?;
        let (mut sealed, mut failed) = (0, None);
        for row in &rows {
            let account = AccountId::from_raw(row.int(0)?);
            match self.write(Urgency::AtOnce, move |conn| Box::pin(seal_account(conn, account, now))).await {
                Ok(events) => sealed += events,
                Err(StoreError::Conflict(_)) => {}
                Err(error) if error.is_temporary() => return Err(error),
                Err(error) => {
                    tracing::error!(%account, %error, "a ledger could not be sealed; the others go on");
                    failed.get_or_insert(error);
                }
            }
        }
        failed.map_or(Ok(sealed), Err)
    }

    /// Everything that the ledger knows of one person of the account, oldest first, with the seals that
    /// prove it (L1). Empty when there is nobody, or a person of another account.
    ///
    /// # Errors
    /// Those of the database; `Corrupt` when stored evidence cannot be read.
    pub async fn consent_proof(&self, account: AccountId, person: ContactId) -> Result<Vec<ProofEvent>> {
        let mut events = self.consent_events(account, person).await?;
        let mut conn = self.reader().await?;
        for event in &mut events {
            event.seal = seal_of(&mut conn, account, event.id).await?;
        }
        Ok(events)
    }

    /// The same without the seals, for whoever only tells what happened.
    ///
    /// # Errors
    /// As [`Store::consent_proof`].
    pub async fn consent_events(&self, account: AccountId, person: ContactId) -> Result<Vec<ProofEvent>> {
        if person.account() != account {
            return Ok(Vec::new());
        }
        let mut conn = self.reader().await?;
        let contact = resolve(&mut conn, person).await?;
        let rows = conn
            .all(sql!(
                "SELECT e.id, e.kind, e.topic_id, e.topic_version, e.at, e.digest, v.salt, v.evidence
                 FROM consent_event e LEFT JOIN consent_evidence v ON v.account_id = e.account_id AND v.event_id = e.id
                 WHERE e.account_id = $1 AND e.contact_id = $2 ORDER BY e.at, e.id",
                account,
                contact,
            ))
            .await?;
        rows.iter().map(event).collect()
    }

    /// Computes every root and the chain of an account's ledger anew and compares.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn verify_ledger(&self, account: AccountId) -> Result<Verdict> {
        let mut conn = self.reader().await?;
        let seals = conn
            .all(sql!(
                "SELECT seal, root, chained, leaves FROM consent_seal WHERE account_id = $1 ORDER BY seal",
                account
            ))
            .await?;
        let (mut previous, mut expected, mut events) = (BEGINNING, 1, 0);
        for row in &seals {
            let (seal, root, chained) = (row.int(0)?, row.hash(1)?, row.hash(2)?);
            let leaves = leaves(&mut conn, account, seal).await?;
            let sound = seal == expected
                && i64::try_from(leaves.len()).ok() == Some(row.int(3)?)
                && ledger::root(&leaves) == Some(root)
                && ledger::chain(&previous, &root) == chained;
            if !sound {
                return Ok(Verdict::Broken { seal });
            }
            (previous, expected, events) = (chained, expected + 1, events + row.int(3)?);
        }
        Ok(Verdict::Sound { seals: expected - 1, events })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The proof as plain text for printing: every piece of evidence, and for each sealed event the
/// hashes with which anybody can compute the root (RFC 9162 §2.1). Times are UTC in milliseconds
/// since 1970 unless `moment` writes them otherwise.
#[must_use]
pub fn printed(events: &[ProofEvent], moment: impl Fn(Timestamp) -> String) -> String {
    let mut text = String::from("Consent record\n");
    for event in events {
        let _ = writeln!(text, "\nEvent {}: {} at {}", event.id, event.kind.word(), moment(event.at));
        if let Some(topic) = event.topic {
            let _ = writeln!(text, "  topic: {} version {}", topic.topic, topic.version);
        }
        let _ = writeln!(text, "  digest: {}", hex(&event.digest));
        match &event.evidence {
            None => text.push_str("  evidence: erased\n"),
            Some(evidence) => print_evidence(&mut text, evidence, &moment),
        }
        match &event.seal {
            None => text.push_str("  seal: not sealed yet\n"),
            Some(seal) => print_seal(&mut text, seal, &event.digest, &moment),
        }
    }
    text
}

fn print_evidence(text: &mut String, evidence: &ProofEvidence, moment: &impl Fn(Timestamp) -> String) {
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name}: {}", value.replace('\n', "\n    "));
    };
    line("salt", &hex(&evidence.salt));
    line("evidence fits the digest", if evidence.intact { "yes" } else { "NO" });
    match &evidence.record {
        Record::Circumstances(circumstances) => {
            line("source", circumstances.source.word());
            line("ip", circumstances.ip.as_deref().unwrap_or("-"));
        }
        Record::Consent(proof) => {
            line("address", &proof.address);
            line("form", &format!("{} version {} at {}", proof.form, proof.form_version, proof.form_url));
            line("website", &proof.site);
            line("statement of the topic", &proof.statement);
            line("text of the consent", &proof.consent_text);
            line("privacy notice", &proof.privacy_notice);
            line("sender", &format!("{} <{}>", proof.sender_name, proof.sender_address));
            line("submitted", &format!("{} from {}", moment(proof.submitted_at), proof.submitted_ip));
            let mail = &proof.confirmation;
            line("confirmation mail", &mail.message_id);
            line("its SHA-256", mail.content_sha256.as_deref().unwrap_or("-"));
            line("handed over", &mail.sent_at.map_or_else(|| "-".to_owned(), moment));
            line("reply of the receiver", mail.smtp_reply.as_deref().unwrap_or("-"));
            line("confirmed", &format!("{} from {}", moment(proof.confirmed_at), proof.confirmed_ip));
        }
    }
}

fn print_seal(text: &mut String, seal: &ProofSeal, digest: &Hash, moment: &impl Fn(Timestamp) -> String) {
    let _ = writeln!(text, "  seal: {} of {}, leaf {} of {}", seal.seal, moment(seal.at), seal.place, seal.leaves);
    let _ = writeln!(text, "  root: {}", hex(&seal.root));
    let _ = writeln!(text, "  chained: {}", hex(&seal.chained));
    for neighbour in &seal.path {
        let _ = writeln!(text, "  path: {}", hex(neighbour));
    }
    let _ = writeln!(text, "  digest lies under the root: {}", if seal.holds(digest) { "yes" } else { "NO" });
}
