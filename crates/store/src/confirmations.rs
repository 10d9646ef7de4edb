//! What follows the confirmation mail: the button, or "that was not me" (R16, R17, L1, D13).

use std::collections::BTreeMap;
use std::net::IpAddr;

use policy::consent::{Channel, ConfirmationProof, EventKind, Evidence, FormerReason};
use policy::refusal::Cancellation;
use policy::search::folded;
use policy::signup::{Confirmed, PendingSignup};
use policy::{AccountId, ContactId, FormId, Standing, TagId, Timestamp, TopicId, TopicRef};
use seals::AddressKey;

use crate::Store;
use crate::book::fields;
use crate::conn::Conn;
use crate::consents::{self, NewEvent, Record, Salt, Word};
use crate::contacts::{self, leave_by, resolve};
use crate::error::{Result, StoreError};
use crate::growth::{self, Moved};
use crate::sql::{Row, sql, to_json};
use crate::tags::Hand;
use crate::writer::Urgency;
use crate::{form_counts, legal, tags};

/// What became of the button behind the confirmation link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmOutcome {
    /// The address is in the book now.
    Confirmed {
        /// The contact; another number than the link's when the address was a contact already.
        contact: ContactId,
    },
    /// It was confirmed before, and the contact is still one.
    Already {
        /// The contact.
        contact: ContactId,
    },
    /// Timed out, cancelled, or confirmed and left since.
    Gone,
}

/// What became of "that was not me".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotMeOutcome {
    /// The pending sign-up is cancelled, and the account cannot ask this address again.
    Cancelled,
    /// It had been confirmed; the contact left the book, and the account cannot ask again.
    Left,
    /// There was nothing to cancel (any more); no mail will come of it.
    Nothing,
}

/// A pending sign-up as it is stored, with what its form showed.
struct Stored {
    address: String,
    key: AddressKey,
    language: String,
    fields: BTreeMap<String, String>,
    tags: Vec<TagId>,
    website: i64,
    evidence: Evidence,
    terminated: bool,
    excluded: bool,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The row of a pending sign-up, locked, with everything that its proof names.
async fn stored(conn: &mut Conn, id: ContactId) -> Result<Option<(PendingSignup, Stored)>> {
    let locked = conn
        .optional(sql!("SELECT 1 FROM signup WHERE account_id = $1 AND id = $2 {for_update}", id.account(), id))
        .await?;
    if locked.is_none() {
        return Ok(None);
    }
    let row = conn
        .one(sql!(
            "SELECT p.form_id, p.form_version, p.topic_id, p.topic_version, p.address, p.address_key, p.language, p.fields, p.ip,
                p.form_url, p.sender_name, p.sender_address, p.submitted_at, p.expires_at,
                p.mail_message_id, p.mail_sha256, p.mail_handed_over_at, p.mail_reply,
                v.consent_text, v.privacy_notice, v.tags, t.statement, w.host, w.id, a.standing, a.name,
                EXISTS (SELECT 1 FROM suppression s WHERE s.address_key = p.address_key)
             FROM signup p
             JOIN form_version v ON v.account_id = p.account_id AND v.form_id = p.form_id AND v.version = p.form_version
             JOIN topic t ON t.account_id = p.account_id AND t.id = p.topic_id AND t.version = p.topic_version
             JOIN website w ON w.account_id = t.account_id AND w.id = t.website_id
             JOIN account a ON a.id = p.account_id
             WHERE p.account_id = $1 AND p.id = $2",
            id.account(),
            id,
        ))
        .await?;
    read(&row, id).map(Some)
}

fn read(row: &Row, id: ContactId) -> Result<(PendingSignup, Stored)> {
    let form = FormId::from_raw(row.int(0)?);
    let topic = TopicRef { topic: TopicId::from_raw(row.int(2)?), version: row.int(3)? };
    let (submitted_at, expires_at) = (row.time(12)?, row.time(13)?);
    let pending = PendingSignup::stored(id, form, topic, submitted_at, expires_at);
    let (language, statement, own_text) = (row.text(6)?, row.text(21)?, row.text(18)?);
    let consent_text = match language.parse() {
        Ok(spoken) if own_text.is_empty() => texts::pages::form_consent(spoken, &row.text(25)?, &statement),
        _ => own_text,
    };
    let address = row.text(4)?;
    let evidence = Evidence {
        channel: Channel::Mail,
        address: address.clone(),
        form_url: row.text(9)?,
        form,
        form_version: row.int(1)?,
        consent_text,
        privacy_notice: row.text(19)?,
        topic,
        statement,
        site: row.text(22)?,
        sender_name: row.text(10)?,
        sender_address: row.text(11)?,
        submitted_at,
        submitted_ip: row.text(8)?,
        confirmation: proof(row)?,
        // Filled in by the confirmation.
        confirmed_at: submitted_at,
        confirmed_ip: String::new(),
    };
    let stored = Stored {
        address,
        key: AddressKey::from_bytes(row.hash(5)?),
        language,
        fields: row.json(7)?,
        tags: row.json(20)?,
        website: row.int(23)?,
        evidence,
        terminated: row.int(24)? == Standing::Terminated.number(),
        excluded: row.bool(26)?,
    };
    Ok((pending, stored))
}

fn proof(row: &Row) -> Result<ConfirmationProof> {
    Ok(ConfirmationProof {
        message_id: row.text_opt(14)?.unwrap_or_default(),
        content_sha256: row.blob_opt(15)?.map(|hash| hex(&hash)),
        sent_at: row.time_opt(16)?,
        smtp_reply: row.text_opt(17)?,
    })
}

/// The number of an active contact that a link names, if it is one.
async fn active(conn: &mut Conn, person: ContactId) -> Result<Option<ContactId>> {
    let contact = resolve(conn, person).await?;
    Ok(contacts::find(conn, contact).await?.map(|_| contact))
}

async fn confirm_in(
    conn: &mut Conn,
    person: ContactId,
    ip: IpAddr,
    salt: Salt,
    event: i64,
    now: Timestamp,
) -> Result<ConfirmOutcome> {
    let Some((pending, mut stored)) = stored(conn, person).await? else {
        let contact = active(conn, person).await?;
        return Ok(contact.map_or(ConfirmOutcome::Gone, |contact| ConfirmOutcome::Already { contact }));
    };
    let Ok(confirmed) = pending.confirm(now) else { return Ok(ConfirmOutcome::Gone) };
    if stored.terminated || stored.excluded {
        return Ok(ConfirmOutcome::Gone);
    }
    conn.execute_one(
        sql!("DELETE FROM signup WHERE account_id = $1 AND id = $2", person.account(), person),
        "the sign-up",
    )
    .await?;
    stored.evidence.confirmed_at = now;
    stored.evidence.confirmed_ip = ip.to_string();
    let (contact, kind) = enter(conn, &confirmed, &stored).await?;
    if kind == EventKind::Confirmed {
        legal::after_growth(conn, contact.account(), now).await?;
    }
    consent(conn, contact, &confirmed, stored.website).await?;
    stored.tags.sort_unstable();
    for tag in &stored.tags {
        tags::give(conn, contact, *tag, &Hand::Form, now).await?;
    }
    form_counts::confirmed(conn, contact.account(), stored.evidence.form, now).await?;
    let record = Record::Consent(Box::new(stored.evidence));
    let event = NewEvent { id: event, contact, kind, topic: Some(confirmed.topic()), at: now, salt, record: &record };
    consents::append(conn, event).await?;
    if kind == EventKind::Confirmed {
        growth::count(conn, contact, Moved::Joined, now).await?;
    }
    Ok(ConfirmOutcome::Confirmed { contact })
}

/// Enters the address into the book, or finds it there.
async fn enter(conn: &mut Conn, confirmed: &Confirmed, stored: &Stored) -> Result<(ContactId, EventKind)> {
    let (id, account) = (confirmed.id(), confirmed.id().account());
    let domain = stored.address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let entered = conn
        .execute(sql!(
            "INSERT INTO contact (account_id, id, address, address_key, search, domain, language, fields, since, facts_version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1) ON CONFLICT (account_id, address_key) DO NOTHING",
            account,
            id,
            stored.address.as_str(),
            stored.key,
            folded(&stored.address),
            domain,
            stored.language.as_str(),
            to_json(&stored.fields)?,
            confirmed.confirmed_at(),
        ))
        .await?;
    if entered == 1 {
        fields::keep(conn, id, &stored.fields).await?;
        return Ok((id, EventKind::Confirmed));
    }
    let row = conn
        .optional(sql!(
            "SELECT id, fields FROM contact WHERE account_id = $1 AND address_key = $2 {for_update}",
            account,
            stored.key,
        ))
        .await?
        // On PostgreSQL it may leave between the two statements: the same click works a moment later.
        .ok_or_else(|| StoreError::Unavailable("the contact left just now".to_owned()))?;
    let contact = ContactId::from_raw(row.int(0)?);
    let mut all: BTreeMap<String, String> = row.json(1)?;
    all.extend(stored.fields.clone());
    conn.execute_one(
        sql!(
            "UPDATE contact SET fields = $1, facts_version = facts_version + 1 WHERE account_id = $2 AND id = $3",
            to_json(&all)?,
            account,
            contact,
        ),
        "the contact",
    )
    .await?;
    fields::replace(conn, contact, &all).await?;
    conn.execute(sql!(
        "INSERT INTO contact_alias (account_id, id, contact_id) VALUES ($1, $2, $3)",
        account,
        id,
        contact,
    ))
    .await?;
    Ok((contact, EventKind::TopicAdded))
}

async fn consent(conn: &mut Conn, contact: ContactId, confirmed: &Confirmed, website: i64) -> Result<()> {
    let TopicRef { topic, version } = confirmed.topic();
    conn.execute(sql!(
        "INSERT INTO consent (account_id, contact_id, topic_id, topic_version, website_id, granted_at, withdrawn_at)
         VALUES ($1, $2, $3, $4, $5, $6, NULL)
         ON CONFLICT (account_id, contact_id, topic_id) DO UPDATE SET topic_version = excluded.topic_version,
            website_id = excluded.website_id, granted_at = excluded.granted_at, withdrawn_at = NULL",
        contact.account(),
        contact,
        topic,
        version,
        website,
        confirmed.confirmed_at(),
    ))
    .await
    .map(drop)
}

/// This account may not ask this address again (D13). The gate judges other pending sign-ups of
/// the address by it too: their versions are raised, and their numbers returned, to be drained.
async fn bar(conn: &mut Conn, account: AccountId, key: &AddressKey, now: Timestamp) -> Result<Vec<ContactId>> {
    conn.execute(sql!(
        "INSERT INTO signup_bar (account_id, address_key, at) VALUES ($1, $2, $3) ON CONFLICT (account_id, address_key) DO NOTHING",
        account,
        key,
        now,
    ))
    .await?;
    let barred = conn
        .all(sql!(
            "UPDATE signup SET facts_version = facts_version + 1 WHERE account_id = $1 AND address_key = $2 RETURNING id",
            account,
            key,
        ))
        .await?;
    barred.iter().map(|row| row.int(0).map(ContactId::from_raw)).collect()
}

/// Returns the outcome and the numbers whose mail must be drained.
async fn not_me_in(
    conn: &mut Conn,
    person: ContactId,
    word: Word,
    event: i64,
    now: Timestamp,
) -> Result<(NotMeOutcome, ContactId, Vec<ContactId>)> {
    let account = person.account();
    let cancelled = conn
        .optional(sql!("DELETE FROM signup WHERE account_id = $1 AND id = $2 RETURNING address_key", account, person,))
        .await?;
    if let Some(row) = cancelled {
        let barred = bar(conn, account, &AddressKey::from_bytes(row.hash(0)?), now).await?;
        return Ok((NotMeOutcome::Cancelled, person, barred));
    }
    let contact = resolve(conn, person).await?;
    if let Some(left) = leave_by(conn, contact, FormerReason::Unsubscribed, word, event, now).await? {
        let barred = bar(conn, account, &left.key, now).await?;
        return Ok((NotMeOutcome::Left, contact, barred));
    }
    // Timed out and forgotten: what counts its mails still knows the key, for 30 days.
    let asked = conn
        .optional(sql!("SELECT address_key FROM confirmation_asked WHERE id = $1 AND account_id = $2", person, account))
        .await?;
    let barred = match asked {
        Some(row) => bar(conn, account, &AddressKey::from_bytes(row.hash(0)?), now).await?,
        None => Vec::new(),
    };
    Ok((NotMeOutcome::Nothing, contact, barred))
}

impl Store {
    /// The person pressed the button behind the confirmation link (R16, R17): the pending sign-up
    /// becomes a contact with consent, tags and proof, in one transaction. An address that is a
    /// contact already gets the new topic's consent and the tags (R82).
    ///
    /// # Errors
    /// Those of the database; then nothing changed.
    pub async fn confirm(&self, person: ContactId, ip: IpAddr, salt: Salt, now: Timestamp) -> Result<ConfirmOutcome> {
        let event = self.next_id().await?;
        self.write(Urgency::AtOnce, move |conn| Box::pin(confirm_in(conn, person, ip, salt, event, now))).await
    }

    /// The recipient of a confirmation mail says "that was not me" (D13): the pending sign-up is
    /// cancelled and this account cannot ask the address again. After a confirmation it is an
    /// unsubscribe as well. Returns when no mail of it can be completed any more.
    ///
    /// # Errors
    /// Those of the database; then nothing changed.
    pub async fn not_me(&self, person: ContactId, word: Word, now: Timestamp) -> Result<NotMeOutcome> {
        let event = self.next_id().await?;
        let (outcome, today, barred) =
            self.write(Urgency::AtOnce, move |conn| Box::pin(not_me_in(conn, person, word, event, now))).await?;
        self.drain_person(person, Cancellation::NotMe).await;
        if today != person {
            self.drain_person(today, Cancellation::Unsubscribed).await;
        }
        for other in barred {
            self.drain_person(other, Cancellation::NotMe).await;
        }
        Ok(outcome)
    }
}
