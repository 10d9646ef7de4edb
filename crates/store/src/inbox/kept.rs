//! Kept mail looked at once more: by a person, and by the reader after its rules changed.

use policy::Timestamp;

use super::ArrivedMail;
use crate::error::{Result, StoreError};
use crate::installation::OPERATOR;
use crate::sql::{Row, sql};
use crate::writer::Urgency;
use crate::{Store, audit};

/// A kept mail, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptMail {
    /// Its number.
    pub id: i64,
    /// When it arrived.
    pub received_at: Timestamp,
    /// MAIL FROM; empty for `<>`.
    pub mail_from: String,
    /// RCPT TO.
    pub recipient: String,
    /// What it was read as: `received` until that is known, `unparsed` where nothing fits.
    pub kind: String,
    /// What it did.
    pub effect: String,
    /// Somebody wants it read again since then, and it was not yet.
    pub again_at: Option<Timestamp>,
}

/// Which kept mails a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Every one.
    All,
    /// What was not read yet, not understood, or could not be dealt with.
    Unsettled,
}

/// What became of the wish to have a mail read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadAgain {
    /// It is read again within seconds.
    Planned,
    /// Its address alone said what was wished: there is nothing to read, and what a person decided
    /// since must not be undone by an old letter.
    NothingToRead,
}

/// Mails whose address alone is the wish.
const WISHES: [&str; 2] = ["unsubscribe", "lift"];

impl KeptMail {
    /// Its address alone said what was wished: there is nothing to read again.
    #[must_use]
    pub fn is_a_wish(&self) -> bool {
        WISHES.contains(&self.kind.as_str())
    }
}

impl Store {
    /// Notes what a kept mail was and what it did. Whoever waited for it to be read again waits no more.
    ///
    /// # Errors
    /// `NotFound` when it was purged; those of the database.
    pub async fn note_mail(&self, id: i64, kind: &str, effect: &str) -> Result<()> {
        let (kind, effect) = (kind.to_owned(), effect.to_owned());
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                conn.execute_one(
                    sql!("UPDATE inbox SET kind = $1, effect = $2, again_at = NULL WHERE id = $3", kind, effect, id),
                    "the kept mail",
                )
                .await
            })
        })
        .await
    }

    /// Kept mails before `before` (by number; none = from the newest on), the newest first. At most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn kept_mails(&self, shown: Shown, before: Option<i64>, limit: i64) -> Result<Vec<KeptMail>> {
        let before = before.unwrap_or(i64::MAX);
        let mut conn = self.reader().await?;
        let rows = match shown {
            Shown::All => {
                conn.all(sql!(
                    "SELECT id, received_at, mail_from, recipient, kind, effect, again_at FROM inbox
                     WHERE id < $1 ORDER BY id DESC LIMIT $2",
                    before,
                    limit,
                ))
                .await?
            }
            Shown::Unsettled => {
                conn.all(sql!(
                    "SELECT id, received_at, mail_from, recipient, kind, effect, again_at FROM inbox
                     WHERE kind IN ('received', 'unparsed', 'not_done') AND id < $1 ORDER BY id DESC LIMIT $2",
                    before,
                    limit,
                ))
                .await?
            }
        };
        rows.iter().map(kept).collect()
    }

    /// A kept mail.
    ///
    /// # Errors
    /// `NotFound` when it was purged; those of the database.
    pub async fn kept_mail(&self, id: i64) -> Result<KeptMail> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT id, received_at, mail_from, recipient, kind, effect, again_at FROM inbox WHERE id = $1",
                id,
            ))
            .await?;
        kept(&row.ok_or(StoreError::NotFound("kept mail"))?)
    }

    /// The bytes of a kept mail.
    ///
    /// # Errors
    /// `NotFound` when it was purged; those of the database.
    pub async fn kept_mail_bytes(&self, id: i64) -> Result<Vec<u8>> {
        let row = self.reader().await?.optional(sql!("SELECT raw FROM inbox WHERE id = $1", id)).await?;
        row.ok_or(StoreError::NotFound("kept mail"))?.blob(0)
    }

    /// A person wants a kept mail read again: by rules that changed, or because something did not answer
    /// when it came. `inbound` does it; every effect is exactly once, so what it did before it does not do
    /// twice.
    ///
    /// # Errors
    /// `NotFound` when it was purged; those of the database.
    pub async fn read_mail_again(&self, id: i64, by: &str, now: Timestamp) -> Result<ReadAgain> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let row = conn.optional(sql!("SELECT kind FROM inbox WHERE id = $1", id)).await?;
                let kind = row.ok_or(StoreError::NotFound("kept mail"))?.text(0)?;
                if WISHES.contains(&kind.as_str()) {
                    return Ok(ReadAgain::NothingToRead);
                }
                let planned = conn
                    .execute(sql!("UPDATE inbox SET again_at = $1 WHERE id = $2 AND again_at IS NULL", now, id))
                    .await?;
                if planned == 1 {
                    audit::note(conn, OPERATOR, &by, "mail_read_again", format!("{id}: {kind}"), now).await?;
                }
                Ok(ReadAgain::Planned)
            })
        })
        .await
    }

    /// Mails that wait to be read again, whole, the oldest first. At most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mails_to_read_again(&self, limit: i64) -> Result<Vec<(i64, ArrivedMail)>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, received_at, peer, helo, mail_from, recipient, raw FROM inbox
                 WHERE again_at IS NOT NULL ORDER BY id LIMIT $1",
                limit,
            ))
            .await?;
        let arrived = |row: &Row| {
            let mail = ArrivedMail {
                received_at: row.time(1)?,
                peer: row.text(2)?,
                helo: row.text(3)?,
                mail_from: row.text(4)?,
                recipient: row.text(5)?,
                raw: row.blob(6)?,
            };
            Ok((row.int(0)?, mail))
        };
        rows.iter().map(arrived).collect()
    }
}

fn kept(row: &Row) -> Result<KeptMail> {
    Ok(KeptMail {
        id: row.int(0)?,
        received_at: row.time(1)?,
        mail_from: row.text(2)?,
        recipient: row.text(3)?,
        kind: row.text(4)?,
        effect: row.text(5)?,
        again_at: row.time_opt(6)?,
    })
}
