//! Tags: words by which a customer sorts contacts, and recipients choose what to keep (R31, D2).

use policy::{AccountId, ContactId, TagId, Timestamp};

use crate::Store;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::sql::{Row, sql};
use crate::writer::Urgency;
use crate::{autoresponders, contacts};

/// Characters of a tag's names.
pub const MAX_TAG_CHARS: usize = 80;
/// Tags that an account may have.
pub const MAX_TAGS: i64 = 1_000;

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
    pub contacts: i64,
    /// Since when there is one.
    pub created_at: Timestamp,
}

/// A name of a tag, trimmed and checked.
fn named(what: &str, name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_TAG_CHARS || name.chars().any(char::is_control) {
        return Err(StoreError::Invalid(format!(
            "{what} must have 1 to {MAX_TAG_CHARS} characters and no control characters"
        )));
    }
    Ok(name.to_owned())
}

fn tag(row: &Row) -> Result<Tag> {
    Ok(Tag {
        id: TagId::from_raw(row.int(0)?),
        name: row.text(1)?,
        public_name: row.text(2)?,
        contacts: row.int(4)?,
        created_at: row.time(3)?,
    })
}

/// Writes that a contact carries a tag of its account. False when it carried it already or when
/// there is no such tag. Plans no autoresponder.
pub(crate) async fn put(conn: &mut Conn, contact: ContactId, tag: TagId, at: Timestamp) -> Result<bool> {
    let account = contact.account();
    let put = conn
        .execute(sql!(
            "INSERT INTO contact_tag (account_id, contact_id, tag_id, given_at)
             SELECT $1, $2, t.id, $3 FROM tag t WHERE t.account_id = $1 AND t.id = $4
             ON CONFLICT (account_id, contact_id, tag_id) DO NOTHING",
            account,
            contact,
            at,
            tag,
        ))
        .await?;
    Ok(put == 1)
}

/// Gives a tag to a contact whose row the transaction holds, and plans what follows from it.
///
/// Whoever gives several gives them in the order of their ids: each step's counter is locked, and
/// two transactions must not wait for each other in a circle.
pub(crate) async fn give(conn: &mut Conn, contact: ContactId, tag: TagId, now: Timestamp) -> Result<bool> {
    let given = put(conn, contact, tag, now).await?;
    if given {
        autoresponders::plan_for_tag(conn, contact.account(), contact, tag, now).await?;
    }
    Ok(given)
}

/// Takes a tag away. False when the contact did not carry it.
pub(crate) async fn take(conn: &mut Conn, contact: ContactId, tag: TagId) -> Result<bool> {
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

impl Store {
    /// Makes a tag.
    ///
    /// # Errors
    /// `Invalid` for a bad name or the thousand-and-first tag; `Conflict` when the name is taken.
    pub async fn create_tag(&self, account: AccountId, name: &str, public_name: &str, now: Timestamp) -> Result<TagId> {
        let (name, public_name) = (named("the name", name)?, named("the public name", public_name)?);
        let id = TagId::from_raw(self.next_id().await?);
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let row = conn.one(sql!("SELECT COUNT(*) FROM tag WHERE account_id = $1", account)).await?;
                if row.int(0)? >= MAX_TAGS {
                    return Err(StoreError::Invalid(format!("an account may have {MAX_TAGS} tags")));
                }
                let made = conn
                    .execute(sql!(
                        "INSERT INTO tag (account_id, id, name, public_name, created_at) VALUES ($1, $2, $3, $4, $5)
                         ON CONFLICT (account_id, name) DO NOTHING",
                        account,
                        id,
                        name,
                        public_name,
                        now,
                    ))
                    .await?;
                if made == 1 { Ok(id) } else { Err(StoreError::Conflict("a tag with this name")) }
            })
        })
        .await
    }

    /// Every tag of the account in the order of their names.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tags(&self, account: AccountId) -> Result<Vec<Tag>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT t.id, t.name, t.public_name, t.created_at,
                    (SELECT COUNT(*) FROM contact_tag c WHERE c.account_id = t.account_id AND c.tag_id = t.id)
                 FROM tag t WHERE t.account_id = $1 ORDER BY t.name, t.id",
                account,
            ))
            .await?;
        rows.iter().map(tag).collect()
    }

    /// Renames a tag.
    ///
    /// # Errors
    /// `Invalid` for a bad name, `NotFound`, `Conflict` when the name is taken.
    pub async fn rename_tag(&self, account: AccountId, tag: TagId, name: &str, public_name: &str) -> Result<()> {
        let (name, public_name) = (named("the name", name)?, named("the public name", public_name)?);
        let renamed = self
            .write(Urgency::AtOnce, move |conn| {
                Box::pin(conn.execute(sql!(
                    "UPDATE tag SET name = $1, public_name = $2 WHERE account_id = $3 AND id = $4",
                    name,
                    public_name,
                    account,
                    tag,
                )))
            })
            .await?;
        if renamed == 1 { Ok(()) } else { Err(StoreError::NotFound("tag")) }
    }

    /// Gives a contact tags and takes tags away, at the customer's wish. Tags give no topic (R82).
    /// What a taken tag selected is not sent any more once this returns and the caller has drained.
    ///
    /// # Errors
    /// `NotFound` when the contact is no active one of the account, or a tag is not the account's.
    pub async fn change_tags(
        &self,
        account: AccountId,
        contact: ContactId,
        add: Vec<TagId>,
        remove: Vec<TagId>,
        now: Timestamp,
    ) -> Result<()> {
        if contact.account() != account {
            return Err(StoreError::NotFound("contact"));
        }
        let mut add = add;
        add.sort_unstable();
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                if !contacts::touch(conn, contact).await? {
                    return Err(StoreError::NotFound("contact"));
                }
                for tag in add {
                    exists(conn, account, tag).await?;
                    give(conn, contact, tag, now).await?;
                }
                for tag in remove {
                    exists(conn, account, tag).await?;
                    take(conn, contact, tag).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

async fn exists(conn: &mut Conn, account: AccountId, tag: TagId) -> Result<()> {
    let row = conn.optional(sql!("SELECT 1 FROM tag WHERE account_id = $1 AND id = $2", account, tag)).await?;
    if row.is_some() { Ok(()) } else { Err(StoreError::NotFound("tag")) }
}
