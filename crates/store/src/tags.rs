//! Tags: words by which a customer sorts contacts, and recipients choose what to keep (R31, D2).

mod removal;

use policy::invalid::{Invalid, Item};
use policy::{AccountId, ContactId, TagId, Timestamp};

use crate::Store;
use crate::book::Count;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::sql::{Row, sql};
use crate::words::line;
use crate::writer::Urgency;
use crate::{autoresponders, contacts};

pub use removal::{TagMailing, TagUse};

/// Characters of a tag's names.
pub const MAX_TAG_CHARS: usize = 80;
/// Tags that an account may have.
pub const MAX_TAGS: i64 = 1_000;

/// Carriers of each tag that are counted in any case.
const FEW: i64 = 1_000;
/// Carriers that are counted beyond that, of all tags together.
const COUNTED: i64 = 300_000;

/// A tag of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its number.
    pub id: TagId,
    /// The name that the customer works with; unique in the account.
    pub name: String,
    /// The name that recipients see.
    pub public_name: String,
    /// How many contacts carry it.
    pub contacts: Count,
    /// Since when there is one.
    pub created_at: Timestamp,
}

/// Whose hand gave a tag to a contact, or took it away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hand {
    /// The form through which the person signed up.
    Form,
    /// The person, on the preferences page.
    Person,
    /// The person's undo of an unsubscribe.
    Undo,
    /// The contact left the address book.
    Left,
    /// The tag was removed from the account.
    Removed,
    /// Somebody of the account, in the audit's words: `login 17`, `token 4`.
    Actor(String),
}

impl Hand {
    /// The word in the database.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Form => "form",
            Self::Person => "person",
            Self::Undo => "undo",
            Self::Left => "left",
            Self::Removed => "removed",
            Self::Actor(actor) => actor,
        }
    }

    /// The hand behind a word.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        let plain = [Self::Form, Self::Person, Self::Undo, Self::Left, Self::Removed];
        plain.into_iter().find(|hand| hand.word() == word).unwrap_or_else(|| Self::Actor(word.to_owned()))
    }
}

/// A tag whose carriers were counted no further than one more than `most`.
fn tag(row: &Row, most: i64) -> Result<Tag> {
    let n = row.int(4)?;
    Ok(Tag {
        id: TagId::from_raw(row.int(0)?),
        name: row.text(1)?,
        public_name: row.text(2)?,
        contacts: Count { n: n.min(most), exact: n <= most },
        created_at: row.time(3)?,
    })
}

/// Counts the carriers of a tag, no further than `most`.
async fn carriers(conn: &mut Conn, account: AccountId, tag: TagId, most: i64) -> Result<Count> {
    let row = conn
        .one(sql!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM contact_tag WHERE account_id = $1 AND tag_id = $2 LIMIT $3) AS few",
            account,
            tag,
            most + 1,
        ))
        .await?;
    let n = row.int(0)?;
    Ok(Count { n: n.min(most), exact: n <= most })
}

/// Writes that a contact carries a tag of its account. False when it carried it already or when
/// there is no such tag. Plans no autoresponder.
pub(crate) async fn put(conn: &mut Conn, contact: ContactId, tag: TagId, hand: &Hand, at: Timestamp) -> Result<bool> {
    let account = contact.account();
    let put = conn
        .execute(sql!(
            "INSERT INTO contact_tag (account_id, contact_id, tag_id, given_at, given_by)
             SELECT $1, $2, t.id, $3, $5 FROM tag t WHERE t.account_id = $1 AND t.id = $4 AND t.removed_at IS NULL
             ON CONFLICT (account_id, contact_id, tag_id) DO NOTHING",
            account,
            contact,
            at,
            tag,
            hand.word(),
        ))
        .await?;
    Ok(put == 1)
}

/// Gives a tag to a contact whose row the transaction holds, and plans what follows from it.
///
/// Whoever gives several gives them in the order of their ids: each step's counter is locked, and
/// two transactions must not wait for each other in a circle.
pub(crate) async fn give(conn: &mut Conn, contact: ContactId, tag: TagId, hand: &Hand, now: Timestamp) -> Result<bool> {
    let given = put(conn, contact, tag, hand, now).await?;
    if given {
        autoresponders::plan_for_tag(conn, contact.account(), contact, tag, now).await?;
    }
    Ok(given)
}

/// Takes a tag away; that it was carried stays on record. False when the contact did not carry it.
pub(crate) async fn take(conn: &mut Conn, contact: ContactId, tag: TagId, hand: &Hand, now: Timestamp) -> Result<bool> {
    conn.execute(sql!(
        "INSERT INTO contact_tag_past (account_id, contact_id, taken_at, tag_id, given_at, given_by, taken_by)
         SELECT account_id, contact_id, CAST($4 AS BIGINT), tag_id, given_at, given_by, CAST($5 AS TEXT) FROM contact_tag
         WHERE account_id = $1 AND contact_id = $2 AND tag_id = $3 ON CONFLICT (account_id, contact_id, taken_at, tag_id) DO NOTHING",
        contact.account(),
        contact,
        tag,
        now,
        hand.word(),
    ))
    .await?;
    let taken = conn
        .execute(sql!(
            "DELETE FROM contact_tag WHERE account_id = $1 AND contact_id = $2 AND tag_id = $3",
            contact.account(),
            contact,
            tag,
        ))
        .await?;
    Ok(taken == 1)
}

/// Takes all tags of a contact that leaves, and says which; that they were carried stays on record.
pub(crate) async fn take_all(conn: &mut Conn, contact: ContactId, now: Timestamp) -> Result<Vec<TagId>> {
    conn.execute(sql!(
        "INSERT INTO contact_tag_past (account_id, contact_id, taken_at, tag_id, given_at, given_by, taken_by)
         SELECT account_id, contact_id, CAST($3 AS BIGINT), tag_id, given_at, given_by, CAST($4 AS TEXT) FROM contact_tag
         WHERE account_id = $1 AND contact_id = $2 ON CONFLICT (account_id, contact_id, taken_at, tag_id) DO NOTHING",
        contact.account(),
        contact,
        now,
        Hand::Left.word(),
    ))
    .await?;
    let rows = conn
        .all(sql!(
            "DELETE FROM contact_tag WHERE account_id = $1 AND contact_id = $2 RETURNING tag_id",
            contact.account(),
            contact,
        ))
        .await?;
    let mut tags = rows.iter().map(|row| row.int(0).map(TagId::from_raw)).collect::<Result<Vec<_>>>()?;
    tags.sort_unstable();
    Ok(tags)
}

/// A tag's names, if they are names.
fn names(name: &str, public_name: &str) -> Result<(String, String)> {
    Ok((line(Item::Name, name, MAX_TAG_CHARS)?, line(Item::PublicName, public_name, MAX_TAG_CHARS)?))
}

/// No other tag of the account has this name.
async fn name_is_free(conn: &mut Conn, account: AccountId, name: &str, but: Option<TagId>) -> Result<()> {
    let taken = conn
        .optional(sql!(
            "SELECT 1 FROM tag WHERE account_id = $1 AND name = $2 AND id <> $3 AND removed_at IS NULL",
            account,
            name,
            but.map_or(0, TagId::get),
        ))
        .await?;
    if taken.is_some() { Err(StoreError::Invalid(Invalid::TagTaken)) } else { Ok(()) }
}

impl Store {
    /// Makes a tag.
    ///
    /// # Errors
    /// `Invalid` for a bad or taken name or the thousand-and-first tag.
    pub async fn create_tag(&self, account: AccountId, name: &str, public_name: &str, now: Timestamp) -> Result<TagId> {
        let (name, public_name) = names(name, public_name)?;
        let id = TagId::from_raw(self.next_id().await?);
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let row = conn
                    .one(sql!("SELECT COUNT(*) FROM tag WHERE account_id = $1 AND removed_at IS NULL", account))
                    .await?;
                if row.int(0)? >= MAX_TAGS {
                    return Err(StoreError::Invalid(Invalid::TooManyTags { limit: MAX_TAGS }));
                }
                let made = conn
                    .execute(sql!(
                        "INSERT INTO tag (account_id, id, name, public_name, created_at) VALUES ($1, $2, $3, $4, $5)
                         ON CONFLICT (account_id, name) WHERE removed_at IS NULL DO NOTHING",
                        account,
                        id,
                        name,
                        public_name,
                        now,
                    ))
                    .await?;
                if made == 1 { Ok(id) } else { Err(StoreError::Invalid(Invalid::TagTaken)) }
            })
        })
        .await
    }

    /// Every tag of the account in the order of their names. The carriers of all of them are counted as
    /// far as a page can wait: most accounts' exactly.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tags(&self, account: AccountId) -> Result<Vec<Tag>> {
        let mut conn = self.reader().await?;
        let rows = conn
            .all(sql!(
                "SELECT t.id, t.name, t.public_name, t.created_at,
                    (SELECT COUNT(*) FROM (SELECT 1 FROM contact_tag c WHERE c.account_id = t.account_id AND c.tag_id = t.id LIMIT $2) AS few)
                 FROM tag t WHERE t.account_id = $1 AND t.removed_at IS NULL ORDER BY t.name, t.id",
                account,
                FEW + 1,
            ))
            .await?;
        let mut tags = rows.iter().map(|row| tag(row, FEW)).collect::<Result<Vec<_>>>()?;
        let mut left = COUNTED;
        for tag in tags.iter_mut().filter(|tag| !tag.contacts.exact) {
            if left > FEW {
                tag.contacts = carriers(&mut conn, account, tag.id, left).await?;
                left -= tag.contacts.n;
            }
        }
        Ok(tags)
    }

    /// The names of every tag of the account, in their order: for pages that count nobody.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tag_names(&self, account: AccountId) -> Result<Vec<(TagId, String)>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, name FROM tag WHERE account_id = $1 AND removed_at IS NULL ORDER BY name, id",
                account
            ))
            .await?;
        rows.iter().map(|row| Ok((TagId::from_raw(row.int(0)?), row.text(1)?))).collect()
    }

    /// The name of a tag that is, or was, one of the account: for what is on record.
    ///
    /// # Errors
    /// `NotFound` for any other number; those of the database.
    pub async fn tag_on_record(&self, account: AccountId, id: TagId) -> Result<String> {
        let row = self
            .reader()
            .await?
            .optional(sql!("SELECT name FROM tag WHERE account_id = $1 AND id = $2", account, id))
            .await?;
        row.ok_or(StoreError::NotFound("tag"))?.text(0)
    }

    /// One tag of the account.
    ///
    /// # Errors
    /// `NotFound` for any other number; those of the database.
    pub async fn tag(&self, account: AccountId, id: TagId) -> Result<Tag> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT t.id, t.name, t.public_name, t.created_at,
                    (SELECT COUNT(*) FROM (SELECT 1 FROM contact_tag c WHERE c.account_id = t.account_id AND c.tag_id = t.id LIMIT $3) AS few)
                 FROM tag t WHERE t.account_id = $1 AND t.id = $2 AND t.removed_at IS NULL",
                account,
                id,
                COUNTED + 1,
            ))
            .await?;
        tag(&row.ok_or(StoreError::NotFound("tag"))?, COUNTED)
    }

    /// Renames a tag.
    ///
    /// # Errors
    /// `Invalid` for a bad or taken name, `NotFound`.
    pub async fn rename_tag(&self, account: AccountId, tag: TagId, name: &str, public_name: &str) -> Result<()> {
        let (name, public_name) = names(name, public_name)?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                name_is_free(conn, account, &name, Some(tag)).await?;
                let renamed = conn
                    .execute(sql!(
                        "UPDATE tag SET name = $1, public_name = $2 WHERE account_id = $3 AND id = $4 AND removed_at IS NULL",
                        name,
                        public_name,
                        account,
                        tag,
                    ))
                    .await?;
                if renamed == 1 { Ok(()) } else { Err(StoreError::NotFound("tag")) }
            })
        })
        .await
    }

    /// Gives a contact tags and takes tags away, at the customer's wish. Tags give no topic (R82).
    /// What a taken tag selected is not sent any more once this returns and the caller has drained.
    /// `by` is whoever does it, in the audit's words.
    ///
    /// # Errors
    /// `NotFound` when the contact is no active one of the account, or a tag is not the account's.
    pub async fn change_tags(
        &self,
        account: AccountId,
        contact: ContactId,
        mut add: Vec<TagId>,
        remove: Vec<TagId>,
        by: &str,
        now: Timestamp,
    ) -> Result<()> {
        if contact.account() != account {
            return Err(StoreError::NotFound("contact"));
        }
        add.sort_unstable();
        let hand = Hand::Actor(by.to_owned());
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                if !contacts::touch(conn, contact).await? {
                    return Err(StoreError::NotFound("contact"));
                }
                for tag in add {
                    exists(conn, account, tag).await?;
                    give(conn, contact, tag, &hand, now).await?;
                }
                for tag in remove {
                    exists(conn, account, tag).await?;
                    take(conn, contact, tag, &hand, now).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

/// The tag is one of the account, and stays one until the transaction ends.
pub(crate) async fn exists(conn: &mut Conn, account: AccountId, tag: TagId) -> Result<()> {
    let row = conn
        .optional(sql!(
            "SELECT 1 FROM tag WHERE account_id = $1 AND id = $2 AND removed_at IS NULL {for_share}",
            account,
            tag
        ))
        .await?;
    if row.is_some() { Ok(()) } else { Err(StoreError::NotFound("tag")) }
}
