//! The address book: contacts, and how they leave it and come back (R17, R27–R32, R39, R40, R43).
//!
//! Only active contacts are contacts. Who unsubscribes, bounces or complains
//! leaves the book in the transaction that says so and remains as a former
//! contact with the tags that an undo needs. Every change of a contact begins
//! with its row in `contact`, so that on PostgreSQL two changes of one person
//! follow each other.

use std::collections::BTreeMap;

use policy::consent::{EventKind, FormerReason, Quarantine, UNDO_WINDOW, UndoRefused};
use policy::refusal::Cancellation;
use policy::search::folded;
use policy::{ContactId, TagId, Timestamp};
use seals::AddressKey;

use crate::Store;
use crate::book::fields::{self, NO_FIELDS};
use crate::conn::Conn;
use crate::consents::{self, NewEvent, Word};
use crate::error::{Result, StoreError};
use crate::growth::{self, Moved};
use crate::ids;
use crate::sql::{Row, sql, to_json};
use crate::tags::{self, Hand};
use crate::writer::Urgency;

/// A contact that left the address book just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Who it was.
    pub contact: ContactId,
    /// The key of the address, for the exclusion list.
    pub key: AddressKey,
    /// The address in clear.
    pub address: String,
    /// The tags that it carried.
    pub tags: Vec<TagId>,
}

/// What became of a wish to unsubscribe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnsubscribeOutcome {
    /// The contact left the book.
    Done(Left),
    /// It had left before.
    Already,
    /// Nobody of this number was ever a contact, or every trace is erased.
    Unknown,
}

/// What became of an undo, or of the wish to keep some tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreOutcome {
    /// The contact is back.
    Done,
    /// It is in the book already, under this or a newer number.
    Already,
    /// A rule says no.
    Refused(UndoRefused),
    /// Nobody of this number left.
    Unknown,
}

/// Takes a contact out of the book in the open transaction: former contact, consents withdrawn,
/// event in the ledger. `None` when it is no active contact.
///
/// For causes that are no person's word; a person's goes through [`leave_by`].
pub(crate) async fn leave(
    conn: &mut Conn,
    contact: ContactId,
    reason: FormerReason,
    now: Timestamp,
) -> Result<Option<Left>> {
    let contact = resolve(conn, contact).await?;
    let account = contact.account();
    let found =
        conn.optional(sql!("SELECT 1 FROM contact WHERE account_id = $1 AND id = $2", account, contact)).await?;
    if found.is_none() {
        return Ok(None);
    }
    // Before any lock of the contact: two transactions that each take out several contacts meet
    // here and not in each other's arms.
    let event = ids::take_inside(conn, now, 1).await?;
    leave_by(conn, contact, reason, Word::RULE, event, now).await
}

/// [`leave`] with a person's word and an event id that was taken before.
pub(crate) async fn leave_by(
    conn: &mut Conn,
    contact: ContactId,
    reason: FormerReason,
    word: Word,
    event: i64,
    now: Timestamp,
) -> Result<Option<Left>> {
    let account = contact.account();
    let row = conn
        .optional(sql!(
            "DELETE FROM contact WHERE account_id = $1 AND id = $2
             RETURNING address, address_key, domain, language, fields, since, facts_version",
            account,
            contact,
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let tags = tags::take_all(conn, contact, now).await?;
    if row.text(4)? != NO_FIELDS {
        fields::forget(conn, contact).await?;
    }
    withdraw_all(conn, contact, now).await?;
    remember(conn, contact, &row, &tags, reason, now).await?;
    let record = word.evidence();
    let event =
        NewEvent { id: event, contact, kind: reason.event(), topic: None, at: now, salt: word.salt, record: &record };
    consents::append(conn, event).await?;
    growth::count(conn, contact, Moved::Left(reason), now).await?;
    Ok(Some(Left { contact, key: AddressKey::from_bytes(row.hash(1)?), address: row.text(0)?, tags }))
}

async fn withdraw_all(conn: &mut Conn, contact: ContactId, now: Timestamp) -> Result<()> {
    conn.execute(sql!(
        "UPDATE consent SET withdrawn_at = $1 WHERE account_id = $2 AND contact_id = $3 AND withdrawn_at IS NULL",
        now,
        contact.account(),
        contact,
    ))
    .await
    .map(drop)
}

/// Writes the former contact from the columns that the book gave up.
async fn remember(
    conn: &mut Conn,
    contact: ContactId,
    row: &Row,
    tags: &[TagId],
    reason: FormerReason,
    now: Timestamp,
) -> Result<()> {
    let until = if reason == FormerReason::Unsubscribed { (now + UNDO_WINDOW).millis() } else { 0 };
    conn.execute(sql!(
        "INSERT INTO former_contact (account_id, id, address, address_key, domain, language, fields, tags, since, reason, left_at,
            restorable_until, facts_version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        contact.account(),
        contact,
        row.text(0)?,
        row.hash(1)?,
        row.text(2)?,
        row.text(3)?,
        row.text(4)?,
        to_json(&tags)?,
        row.time(5)?,
        reason.word(),
        now,
        until,
        row.int(6)? + 1,
    ))
    .await
    .map(drop)
}

/// The contact that a number names today: a sign-up of a known contact left its number to it.
pub(crate) async fn resolve(conn: &mut Conn, person: ContactId) -> Result<ContactId> {
    let row = conn
        .optional(sql!(
            "SELECT contact_id FROM contact_alias WHERE account_id = $1 AND id = $2",
            person.account(),
            person
        ))
        .await?;
    row.map_or(Ok(person), |row| row.int(0).map(ContactId::from_raw))
}

/// A former contact as the undo needs it.
struct Former {
    address: Option<String>,
    key: AddressKey,
    domain: String,
    language: String,
    fields: BTreeMap<String, String>,
    tags: Vec<TagId>,
    since: Timestamp,
    quarantine: Quarantine,
    facts_version: i64,
}

pub(crate) fn former_reason(word: &str) -> Result<FormerReason> {
    let found = FormerReason::ALL.into_iter().find(|reason| reason.word() == word);
    found.ok_or_else(|| StoreError::Corrupt(format!("{word:?} is no reason to leave")))
}

async fn former(conn: &mut Conn, contact: ContactId) -> Result<Option<Former>> {
    let row = conn
        .optional(sql!(
            "SELECT address, address_key, domain, language, fields, tags, since, reason, left_at, facts_version
             FROM former_contact WHERE account_id = $1 AND id = $2 {for_update}",
            contact.account(),
            contact,
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let quarantine = Quarantine {
        reason: former_reason(&row.text(7)?)?,
        since: row.time(8)?,
        // An undo takes the row away; the next unsubscribe writes a new one.
        undone: false,
    };
    Ok(Some(Former {
        address: row.text_opt(0)?,
        key: AddressKey::from_bytes(row.hash(1)?),
        domain: row.text(2)?,
        language: row.text(3)?,
        fields: row.json(4)?,
        tags: row.json(5)?,
        since: row.time(6)?,
        quarantine,
        facts_version: row.int(9)?,
    }))
}

/// Puts a former contact back into the book with `tags` of those that it carried.
async fn come_back(
    conn: &mut Conn,
    contact: ContactId,
    former: &Former,
    tags: &[TagId],
    now: Timestamp,
) -> Result<bool> {
    let Some(address) = &former.address else { return Ok(false) };
    let account = contact.account();
    let written = conn
        .execute(sql!(
            "INSERT INTO contact (account_id, id, address, address_key, search, domain, language, fields, since, facts_version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (account_id, address_key) DO NOTHING",
            account,
            contact,
            address.as_str(),
            former.key,
            folded(address),
            former.domain.as_str(),
            former.language.as_str(),
            to_json(&former.fields)?,
            former.since,
            former.facts_version + 1,
        ))
        .await?;
    if written == 0 {
        return Ok(false);
    }
    conn.execute(sql!("DELETE FROM former_contact WHERE account_id = $1 AND id = $2", account, contact)).await?;
    conn.execute(sql!(
        "UPDATE consent SET withdrawn_at = NULL WHERE account_id = $1 AND contact_id = $2 AND withdrawn_at = $3",
        account,
        contact,
        former.quarantine.since,
    ))
    .await?;
    for tag in tags {
        // No autoresponder begins anew: the tag comes back, it is not given.
        tags::put(conn, contact, *tag, &Hand::Undo, now).await?;
    }
    fields::keep(conn, contact, &former.fields).await?;
    Ok(true)
}

async fn restore_in(
    conn: &mut Conn,
    person: ContactId,
    keep: Option<Vec<TagId>>,
    word: Word,
    event: i64,
    now: Timestamp,
) -> Result<RestoreOutcome> {
    let contact = resolve(conn, person).await?;
    let Some(former) = former(conn, contact).await? else {
        let active = find(conn, contact).await?.is_some();
        return Ok(if active { RestoreOutcome::Already } else { RestoreOutcome::Unknown });
    };
    if let Err(refused) = former.quarantine.undo(now) {
        return Ok(RestoreOutcome::Refused(refused));
    }
    if is_suppressed(conn, &former.key).await? {
        return Ok(RestoreOutcome::Refused(UndoRefused::OtherReason));
    }
    let tags = match keep {
        None => former.tags.clone(),
        Some(keep) => former.tags.iter().copied().filter(|tag| keep.contains(tag)).collect(),
    };
    if !come_back(conn, contact, &former, &tags, now).await? {
        return Ok(RestoreOutcome::Already);
    }
    crate::legal::after_growth(conn, contact.account(), now).await?;
    let record = word.evidence();
    let event = NewEvent {
        id: event,
        contact,
        kind: EventKind::Restored,
        topic: None,
        at: now,
        salt: word.salt,
        record: &record,
    };
    consents::append(conn, event).await?;
    growth::count(conn, contact, Moved::Returned, now).await?;
    Ok(RestoreOutcome::Done)
}

/// Takes the contact out, and says which number it has today.
async fn unsubscribe_in(
    conn: &mut Conn,
    person: ContactId,
    word: Word,
    event: i64,
    now: Timestamp,
) -> Result<(ContactId, UnsubscribeOutcome)> {
    let contact = resolve(conn, person).await?;
    if let Some(left) = leave_by(conn, contact, FormerReason::Unsubscribed, word, event, now).await? {
        return Ok((contact, UnsubscribeOutcome::Done(left)));
    }
    let known = former(conn, contact).await?.is_some();
    Ok((contact, if known { UnsubscribeOutcome::Already } else { UnsubscribeOutcome::Unknown }))
}

async fn is_suppressed(conn: &mut Conn, key: &AddressKey) -> Result<bool> {
    Ok(conn.optional(sql!("SELECT 1 FROM suppression WHERE address_key = $1", key)).await?.is_some())
}

/// The active contact of a number: the key of its address.
pub(crate) async fn find(conn: &mut Conn, contact: ContactId) -> Result<Option<AddressKey>> {
    let row = conn
        .optional(sql!("SELECT address_key FROM contact WHERE account_id = $1 AND id = $2", contact.account(), contact))
        .await?;
    row.map(|row| row.hash(0).map(AddressKey::from_bytes)).transpose()
}

/// Bumps the version that starts compare; says whether the contact is there. Locks its row.
pub(crate) async fn touch(conn: &mut Conn, contact: ContactId) -> Result<bool> {
    let touched = conn
        .execute(sql!(
            "UPDATE contact SET facts_version = facts_version + 1 WHERE account_id = $1 AND id = $2",
            contact.account(),
            contact,
        ))
        .await?;
    Ok(touched == 1)
}

impl Store {
    /// Unsubscribes a contact from everything of its account, at once (R27, R32, D2). Repeating
    /// changes nothing. It returns when no message to the person can be completed any more
    /// (promise 3): who finds the unsubscribe already there waits too, as the first may still be waiting.
    ///
    /// # Errors
    /// Those of the database; then nothing changed.
    pub async fn unsubscribe(&self, person: ContactId, word: Word, now: Timestamp) -> Result<UnsubscribeOutcome> {
        let event = self.next_id().await?;
        let (contact, outcome) =
            self.write(Urgency::AtOnce, move |conn| Box::pin(unsubscribe_in(conn, person, word, event, now))).await?;
        if outcome != UnsubscribeOutcome::Unknown {
            self.drain_person(contact, Cancellation::Unsubscribed).await;
        }
        Ok(outcome)
    }

    /// Undoes an unsubscribe by the person's own hand: within 24 h, once per unsubscribe (R40).
    /// `keep` names the tags to come back with; none = all (D2: who keeps some comes back with those only).
    ///
    /// # Errors
    /// Those of the database; then nothing changed.
    pub async fn restore(
        &self,
        person: ContactId,
        keep: Option<Vec<TagId>>,
        word: Word,
        now: Timestamp,
    ) -> Result<RestoreOutcome> {
        let event = self.next_id().await?;
        self.write(Urgency::AtOnce, move |conn| Box::pin(restore_in(conn, person, keep, word, event, now))).await
    }
}
