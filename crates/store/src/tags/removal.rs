//! Removing a tag: what uses it, and what becomes of that.
//!
//! A mailing that has not ended keeps its tags: without one it would reach others than its author chose.
//! Forms go on without it. Contacts lose it at once, as every look at a contact's tags passes by the tag;
//! their rows are swept little by little, so that a million of them stop nobody's mail.

use std::collections::BTreeSet;
use std::time::Duration;

use policy::facts::MailingState;
use policy::invalid::Invalid;
use policy::{AccountId, FormId, MailingId, TagId, Timestamp};

use super::Hand;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::mailings::{MailingDraft, MailingKind};
use crate::profiles::corrupt;
use crate::sql::sql;
use crate::writer::Urgency;
use crate::{Store, audit, forms};

/// Mailings and forms that are named at most.
const NAMED: i64 = 100;
/// Contacts that lose a tag in one transaction.
const SWEPT_AT_ONCE: i64 = 500;
/// Tags that one sweep looks at.
const TAGS_AT_ONCE: i64 = 50;
/// Whoever gave the tag just before it went has committed by then.
const SETTLED: Duration = Duration::from_secs(60 * 60);

/// A mailing that names a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagMailing {
    /// The mailing.
    pub id: MailingId,
    /// Newsletter or autoresponder.
    pub kind: MailingKind,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: MailingState,
}

/// What uses a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagUse {
    /// Mailings that have not ended; while there are any, the tag stays. At most 100.
    pub mailings: Vec<TagMailing>,
    /// Forms that give it, with their names; they would go on without it. At most 500.
    pub forms: Vec<(FormId, String)>,
}

async fn mailings(conn: &mut Conn, account: AccountId, tag: TagId) -> Result<Vec<TagMailing>> {
    let rows = conn
        .all(sql!(
            "SELECT m.id, m.kind, m.name, m.state FROM mailing m
             WHERE m.account_id = $1 AND m.state IN (0, 1, 2, 3, 4)
                AND EXISTS (SELECT 1 FROM mailing_tag t WHERE t.account_id = m.account_id AND t.mailing_id = m.id AND t.tag_id = $2)
             ORDER BY m.id DESC LIMIT $3",
            account,
            tag,
            NAMED,
        ))
        .await?;
    let of = |row: &crate::sql::Row| {
        Ok(TagMailing {
            id: MailingId::from_raw(row.int(0)?),
            kind: if row.int(1)? == 1 { MailingKind::Newsletter } else { MailingKind::Autoresponder },
            name: row.text(2)?,
            state: MailingState::from_number(row.int(3)?).ok_or_else(|| corrupt("state of a mailing"))?,
        })
    };
    rows.iter().map(of).collect()
}

async fn remove(conn: &mut Conn, account: AccountId, tag: TagId, by: &str, now: Timestamp) -> Result<()> {
    // Forms before the tag, as whoever edits a form takes them.
    let giving = forms::giving(conn, account, tag).await?;
    let row = conn
        .optional(sql!(
            "SELECT name FROM tag WHERE account_id = $1 AND id = $2 AND removed_at IS NULL {for_update}",
            account,
            tag
        ))
        .await?
        .ok_or(StoreError::NotFound("tag"))?;
    let name = row.text(0)?;
    if !mailings(conn, account, tag).await?.is_empty() {
        return Err(StoreError::Invalid(Invalid::TagInUse));
    }
    for form in giving {
        forms::without_tag(conn, account, form, tag, now).await?;
    }
    conn.execute_one(
        sql!("UPDATE tag SET removed_at = $1 WHERE account_id = $2 AND id = $3", now, account, tag),
        "the tag",
    )
    .await?;
    audit::note(conn, account, by, "tag_removed", name, now).await
}

/// A removed tag that contacts may carry still.
#[derive(Clone, Copy)]
struct Leftover {
    account: AccountId,
    tag: TagId,
    removed_at: Timestamp,
}

/// Takes the tag from a page of contacts. Returns how many.
async fn sweep(conn: &mut Conn, of: Leftover) -> Result<i64> {
    let row = conn
        .one(sql!(
            "SELECT COUNT(*), COALESCE(MAX(contact_id), 0) FROM
                (SELECT contact_id FROM contact_tag WHERE account_id = $1 AND tag_id = $2 ORDER BY contact_id LIMIT $3) AS few",
            of.account,
            of.tag,
            SWEPT_AT_ONCE,
        ))
        .await?;
    let (found, last) = (row.int(0)?, row.int(1)?);
    conn.execute(sql!(
        "INSERT INTO contact_tag_past (account_id, contact_id, taken_at, tag_id, given_at, given_by, taken_by)
         SELECT account_id, contact_id, CAST($4 AS BIGINT), tag_id, given_at, given_by, CAST($5 AS TEXT) FROM contact_tag
         WHERE account_id = $1 AND tag_id = $2 AND contact_id <= $3 ON CONFLICT (account_id, contact_id, taken_at, tag_id) DO NOTHING",
        of.account,
        of.tag,
        last,
        of.removed_at,
        Hand::Removed.word(),
    ))
    .await?;
    conn.execute(sql!(
        "DELETE FROM contact_tag WHERE account_id = $1 AND tag_id = $2 AND contact_id <= $3",
        of.account,
        of.tag,
        last,
    ))
    .await?;
    Ok(found)
}

impl Store {
    /// What uses a tag of the account.
    ///
    /// # Errors
    /// `NotFound` for any other number; those of the database.
    pub async fn tag_use(&self, account: AccountId, tag: TagId) -> Result<TagUse> {
        self.tag(account, tag).await?;
        let mut conn = self.reader().await?;
        Ok(TagUse {
            mailings: mailings(&mut conn, account, tag).await?,
            forms: forms::that_give(&mut conn, account, tag).await?,
        })
    }

    /// Removes a tag. Contacts lose it, and forms that give it get a new version without it.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` while a mailing that has not ended names it.
    pub async fn remove_tag(&self, account: AccountId, tag: TagId, by: &str, now: Timestamp) -> Result<()> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { remove(conn, account, tag, &by, now).await }))
            .await
    }

    /// Takes removed tags from the contacts that carried them, page by page. Returns how many contacts
    /// lost one.
    ///
    /// # Errors
    /// Those of the database; what was swept stays swept.
    pub async fn sweep_removed_tags(&self, now: Timestamp) -> Result<u64> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT account_id, id, removed_at FROM tag WHERE removed_at IS NOT NULL AND swept = FALSE ORDER BY removed_at LIMIT $1",
                TAGS_AT_ONCE,
            ))
            .await?;
        let mut swept = 0;
        for row in &rows {
            let of = Leftover {
                account: AccountId::from_raw(row.int(0)?),
                tag: TagId::from_raw(row.int(1)?),
                removed_at: row.time(2)?,
            };
            loop {
                let page = self.write(Urgency::Grouped, move |conn| Box::pin(sweep(conn, of))).await?;
                swept += page.unsigned_abs();
                if page < SWEPT_AT_ONCE {
                    break;
                }
            }
            if now.since(of.removed_at) >= SETTLED {
                self.write(Urgency::Grouped, move |conn| {
                    Box::pin(conn.execute(sql!(
                        "UPDATE tag SET swept = TRUE WHERE account_id = $1 AND id = $2",
                        of.account,
                        of.tag
                    )))
                })
                .await?;
            }
        }
        Ok(swept)
    }

    /// A draft without the tags that were removed since it was written. Whom an old text excluded by a
    /// tag that nobody carries any more, it excludes no longer; whom it asked for, nobody is.
    ///
    /// # Errors
    /// `Invalid` when every tag that it asks for, or the one that it follows, is gone.
    pub async fn without_removed_tags(&self, account: AccountId, draft: MailingDraft) -> Result<MailingDraft> {
        let known: BTreeSet<TagId> = self.tag_names(account).await?.into_iter().map(|(tag, _)| tag).collect();
        let mut kept = draft;
        let asked = !kept.include.is_empty();
        kept.include.retain(|tag| known.contains(tag));
        kept.exclude.retain(|tag| known.contains(tag));
        let gone = kept.trigger.is_some_and(|trigger| !known.contains(&trigger.tag));
        if gone || (asked && kept.include.is_empty()) {
            return Err(StoreError::Invalid(Invalid::TagGone));
        }
        Ok(kept)
    }
}
