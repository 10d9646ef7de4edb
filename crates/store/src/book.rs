//! The address book as customers read and change it: lists, search, one contact, former contacts,
//! erasure (R17, R22, L6, L7, D11).
//!
//! Lists page by key. A former contact is never shown in clear.

pub(crate) mod fields;
mod finding;
mod life;
mod past;
mod told;

use policy::invalid::Invalid;
use std::collections::BTreeMap;

use policy::consent::{EventKind, FormerReason};
use policy::refusal::Cancellation;
use policy::{AccountId, ContactId, TagId, Timestamp, TopicId, TopicRef};
use seals::AddressKey;

use crate::Store;
use crate::conn::Conn;
use crate::consents::{self, NewEvent, Word};
use crate::contacts::{former_reason, leave_by, resolve, touch};
use crate::error::{Result, StoreError};
use crate::signups::MAX_FIELD_CHARS;
use crate::sql::{Row, sql, to_json};
use crate::tags::{self, Hand};
use crate::writer::Urgency;

pub use finding::{Count, Finding, Found, FoundContact, Mark};
pub use life::{Coming, ContactMail, MailBounce, MailComplaint, TagSpan};
pub use past::Former;
pub use told::Why;

/// Rows that a list shows at most.
pub const MAX_PAGE: i64 = 500;
/// Merge fields that a contact may have.
pub const MAX_FIELDS: usize = 40;

/// An active contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Its number.
    pub id: ContactId,
    /// Its address.
    pub address: String,
    /// `de` or `en`.
    pub language: String,
    /// Fields for merging, by name.
    pub fields: BTreeMap<String, String>,
    /// Since when it is one.
    pub since: Timestamp,
    /// The tags that it carries.
    pub tags: Vec<TagId>,
    /// What it agreed to.
    pub consents: Vec<GivenConsent>,
}

/// A consent that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenConsent {
    /// The topic and the version of its statement.
    pub topic: TopicRef,
    /// Since when.
    pub granted_at: Timestamp,
}

/// One line of the address book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactLine {
    /// Its number.
    pub id: ContactId,
    /// Its address.
    pub address: String,
    /// Since when it is one.
    pub since: Timestamp,
}

/// A former contact, without its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerLine {
    /// Its number.
    pub id: ContactId,
    /// Why it left.
    pub reason: FormerReason,
    /// Since when it was a contact.
    pub since: Timestamp,
    /// When it left.
    pub left_at: Timestamp,
}

fn line(row: &Row) -> Result<ContactLine> {
    Ok(ContactLine { id: ContactId::from_raw(row.int(0)?), address: row.text(1)?, since: row.time(2)? })
}

fn check_fields(fields: &BTreeMap<String, String>) -> Result<()> {
    if fields.len() > MAX_FIELDS {
        return Err(StoreError::Invalid(Invalid::TooManyContactFields { limit: MAX_FIELDS }));
    }
    for (name, value) in fields {
        let bad = |text: &str| text.chars().count() > MAX_FIELD_CHARS || text.chars().any(char::is_control);
        if name.is_empty() || bad(name) || bad(value) {
            return Err(StoreError::Invalid(Invalid::ContactField { name: name.clone(), limit: MAX_FIELD_CHARS }));
        }
    }
    Ok(())
}

/// Takes everything of one person away but keyed hashes and the ledger's own lines (D11, L7).
async fn erase_in(conn: &mut Conn, contact: ContactId, word: Word, event: i64, now: Timestamp) -> Result<bool> {
    let account = contact.account();
    let left = leave_by(conn, contact, FormerReason::Erased, word, event, now).await?;
    let bare = conn
        .execute(sql!(
            "UPDATE former_contact SET address = NULL, domain = '', fields = '{}', tags = '[]', reason = 'erased', restorable_until = 0
             WHERE account_id = $1 AND id = $2 AND address IS NOT NULL",
            account,
            contact,
        ))
        .await?;
    if bare == 0 {
        // Nobody, or erased before: then nothing is left to do.
        let row = conn
            .optional(sql!("SELECT 1 FROM former_contact WHERE account_id = $1 AND id = $2", account, contact))
            .await?;
        return Ok(row.is_some());
    }
    conn.execute(sql!(
        "DELETE FROM consent_evidence WHERE account_id = $1 AND event_id IN
            (SELECT e.id FROM consent_event e WHERE e.account_id = $1 AND e.contact_id = $2)",
        account,
        contact,
    ))
    .await?;
    // Confirmation mails hold the address; their rows end here, whatever state they are in.
    conn.execute(sql!(
        "UPDATE notice SET address = 'erased@invalid.invalid', domain = '' WHERE account_id = $1 AND person_id = $2 AND state >= 10",
        account,
        contact,
    ))
    .await?;
    conn.execute(sql!("DELETE FROM contact_tag_past WHERE account_id = $1 AND contact_id = $2", account, contact,))
        .await?;
    if left.is_none() {
        let record = word.evidence();
        let erased = NewEvent {
            id: event,
            contact,
            kind: EventKind::Erased,
            topic: None,
            at: now,
            salt: word.salt,
            record: &record,
        };
        consents::append(conn, erased).await?;
    }
    Ok(true)
}

impl Store {
    /// Active contacts after `after`, in the order of their numbers, at most `limit` (≤ 500); those
    /// that carry `tag`, if one is given.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn contacts(
        &self,
        account: AccountId,
        tag: Option<TagId>,
        after: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<ContactLine>> {
        let (after, limit) = (after.map_or(0, ContactId::get), limit.clamp(1, MAX_PAGE));
        let mut conn = self.reader().await?;
        let rows = match tag {
            None => {
                conn.all(sql!(
                    "SELECT id, address, since FROM contact WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3",
                    account,
                    after,
                    limit,
                ))
                .await?
            }
            Some(tag) => {
                conn.all(sql!(
                    "SELECT c.id, c.address, c.since FROM contact_tag g
                     JOIN contact c ON c.account_id = g.account_id AND c.id = g.contact_id
                     WHERE g.account_id = $1 AND g.tag_id = $2 AND g.contact_id > $3 ORDER BY g.contact_id LIMIT $4",
                    account,
                    tag,
                    after,
                    limit,
                ))
                .await?
            }
        };
        rows.iter().map(line).collect()
    }

    /// The active contact with this address, under any of its keys.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find_contact(&self, account: AccountId, keys: &[AddressKey]) -> Result<Option<ContactId>> {
        let mut conn = self.reader().await?;
        for key in keys {
            let row = conn
                .optional(sql!("SELECT id FROM contact WHERE account_id = $1 AND address_key = $2", account, key))
                .await?;
            if let Some(row) = row {
                return Ok(Some(ContactId::from_raw(row.int(0)?)));
            }
        }
        Ok(None)
    }

    /// Every active contact with this address, over all accounts: for the abuse desk (R42, R95).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn contacts_of_address(&self, keys: &[AddressKey]) -> Result<Vec<ContactId>> {
        let mut conn = self.reader().await?;
        let mut found = Vec::new();
        for key in keys {
            let rows =
                conn.all(sql!("SELECT id FROM contact WHERE address_key = $1 ORDER BY account_id, id", key)).await?;
            for row in &rows {
                found.push(ContactId::from_raw(row.int(0)?));
            }
        }
        Ok(found)
    }

    /// How many active contacts the account has.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count_contacts(&self, account: AccountId) -> Result<i64> {
        let row = self.reader().await?.one(sql!("SELECT COUNT(*) FROM contact WHERE account_id = $1", account)).await?;
        row.int(0)
    }

    /// One active contact of the account.
    ///
    /// # Errors
    /// `NotFound` for any other number, whoever it belongs to; those of the database.
    pub async fn contact(&self, account: AccountId, id: ContactId) -> Result<Contact> {
        let mut conn = self.reader().await?;
        let row = conn
            .optional(sql!(
                "SELECT address, language, fields, since FROM contact WHERE account_id = $1 AND id = $2",
                account,
                id
            ))
            .await?
            .ok_or(StoreError::NotFound("contact"))?;
        let tags = conn
            .all(sql!(
                "SELECT g.tag_id FROM contact_tag g JOIN tag t ON t.account_id = g.account_id AND t.id = g.tag_id
                 WHERE g.account_id = $1 AND g.contact_id = $2 AND t.removed_at IS NULL ORDER BY g.tag_id",
                account,
                id
            ))
            .await?;
        let consents = conn
            .all(sql!(
                "SELECT topic_id, topic_version, granted_at FROM consent
                 WHERE account_id = $1 AND contact_id = $2 AND withdrawn_at IS NULL ORDER BY topic_id",
                account,
                id,
            ))
            .await?;
        let given = |row: &Row| {
            let topic = TopicRef { topic: TopicId::from_raw(row.int(0)?), version: row.int(1)? };
            Ok(GivenConsent { topic, granted_at: row.time(2)? })
        };
        Ok(Contact {
            id,
            address: row.text(0)?,
            language: row.text(1)?,
            fields: row.json(2)?,
            since: row.time(3)?,
            tags: tags.iter().map(|row| row.int(0).map(TagId::from_raw)).collect::<Result<_>>()?,
            consents: consents.iter().map(given).collect::<Result<_>>()?,
        })
    }

    /// Replaces the merge fields of a contact.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for too many or bad fields; those of the database.
    pub async fn set_fields(&self, account: AccountId, id: ContactId, fields: BTreeMap<String, String>) -> Result<()> {
        check_fields(&fields)?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let set = conn
                    .execute(sql!(
                        "UPDATE contact SET fields = $1, facts_version = facts_version + 1 WHERE account_id = $2 AND id = $3",
                        to_json(&fields)?,
                        account,
                        id,
                    ))
                    .await?;
                if set == 0 {
                    return Err(StoreError::NotFound("contact"));
                }
                fields::replace(conn, id, &fields).await
            })
        })
        .await
    }

    /// Former contacts after `after`, in the order of their numbers, at most `limit` (≤ 500).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn former_contacts(
        &self,
        account: AccountId,
        after: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<FormerLine>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, reason, since, left_at FROM former_contact WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3",
                account,
                after.map_or(0, ContactId::get),
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        let former = |row: &Row| {
            Ok(FormerLine {
                id: ContactId::from_raw(row.int(0)?),
                reason: former_reason(&row.text(1)?)?,
                since: row.time(2)?,
                left_at: row.time(3)?,
            })
        };
        rows.iter().map(former).collect()
    }

    /// The person takes tags of their own away and keeps the others (D2, R38). Returns how many
    /// went. The caller drains before it answers: a mailing may have chosen the contact by one.
    ///
    /// # Errors
    /// Those of the database; then nothing changed.
    pub async fn drop_tags(&self, person: ContactId, unwanted: Vec<TagId>, now: Timestamp) -> Result<u64> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let contact = resolve(conn, person).await?;
                if !touch(conn, contact).await? {
                    return Ok(0);
                }
                let mut dropped = 0;
                for tag in unwanted {
                    dropped += u64::from(tags::take(conn, contact, tag, &Hand::Person, now).await?);
                }
                Ok(dropped)
            })
        })
        .await
    }

    /// Erases a person of the account (D11): contact or former contact. The keyed hash, the
    /// ledger's lines and the exclusion list stay. Returns when no mail to the person can be
    /// completed any more.
    ///
    /// # Errors
    /// `NotFound` for any other number, whoever it belongs to; those of the database.
    pub async fn erase(&self, account: AccountId, person: ContactId, word: Word, now: Timestamp) -> Result<()> {
        if person.account() != account {
            return Err(StoreError::NotFound("contact"));
        }
        let event = self.next_id().await?;
        let (contact, erased) = self
            .write(Urgency::AtOnce, move |conn| {
                Box::pin(async move {
                    let contact = resolve(conn, person).await?;
                    Ok((contact, erase_in(conn, contact, word, event, now).await?))
                })
            })
            .await?;
        if !erased {
            return Err(StoreError::NotFound("contact"));
        }
        self.drain_person(contact, Cancellation::Erased).await;
        // What the drain cancelled holds the address still.
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(conn.execute(sql!(
                "UPDATE notice SET address = 'erased@invalid.invalid', domain = ''
                 WHERE account_id = $1 AND person_id = $2 AND state >= 10 AND domain <> ''",
                account,
                contact,
            )))
        })
        .await
        .map(drop)
    }
}
