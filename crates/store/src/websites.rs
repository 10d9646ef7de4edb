//! Websites: a form belongs to one, and its account proves that the website is its own (R12).

use std::time::Duration;

use mail_formats::address::Domain;
use policy::{AccountId, Timestamp, WebsiteId};

use crate::Store;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::sql::{Row, sql};
use crate::writer::Urgency;
use crate::{audit, cases};

/// Websites that an account may have.
pub const MAX_WEBSITES: i64 = 200;
/// How long a proof that is no longer found still counts: a site may be rebuilt.
pub const PROOF_GRACE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A website.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Website {
    /// Its number.
    pub id: WebsiteId,
    /// The host, without scheme.
    pub host: String,
    /// What the proof must show.
    pub proof_token: String,
    /// Since when it is proven.
    pub proven_at: Option<Timestamp>,
    /// When it was looked at last.
    pub checked_at: Option<Timestamp>,
    /// Since when a proof that was there is not found any more.
    pub failing_since: Option<Timestamp>,
    /// Since when it is registered.
    pub created_at: Timestamp,
}

/// What a look at a website found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofFound {
    /// The proof is there.
    Yes,
    /// It certainly is not there.
    No,
    /// Nobody knows: the name or the page could not be fetched just now. Changes nothing.
    Unknown,
}

fn website(row: &Row) -> Result<Website> {
    Ok(Website {
        id: WebsiteId::from_raw(row.int(0)?),
        host: row.text(1)?,
        proof_token: row.text(2)?,
        proven_at: row.time_opt(3)?,
        checked_at: row.time_opt(4)?,
        failing_since: row.time_opt(5)?,
        created_at: row.time(6)?,
    })
}

async fn note_check(
    conn: &mut Conn,
    account: AccountId,
    id: WebsiteId,
    found: ProofFound,
    now: Timestamp,
) -> Result<()> {
    let set = match found {
        ProofFound::Yes => {
            conn.execute(sql!(
                "UPDATE website SET proven_at = COALESCE(proven_at, $1), checked_at = $1, failing_since = NULL WHERE account_id = $2 AND id = $3",
                now,
                account,
                id,
            ))
            .await?
        }
        ProofFound::No => {
            conn.execute(sql!(
                "UPDATE website SET checked_at = $1, failing_since = CASE WHEN proven_at IS NULL THEN NULL ELSE COALESCE(failing_since, $1) END,
                    proven_at = CASE WHEN failing_since <= $2 THEN NULL ELSE proven_at END
                 WHERE account_id = $3 AND id = $4",
                now,
                now - PROOF_GRACE,
                account,
                id,
            ))
            .await?
        }
        ProofFound::Unknown => {
            conn.execute(sql!("UPDATE website SET checked_at = $1 WHERE account_id = $2 AND id = $3", now, account, id)).await?
        }
    };
    if set == 1 { Ok(()) } else { Err(StoreError::NotFound("website")) }
}

impl Store {
    /// Registers a website. `proof_token` is a random word that only its owner can publish there.
    ///
    /// # Errors
    /// `Conflict` when the account registered it before; `Invalid` for one too many; `NotFound`
    /// for an unknown account.
    pub async fn add_website(
        &self,
        account: AccountId,
        host: &Domain,
        proof_token: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<WebsiteId> {
        let id = WebsiteId::from_raw(self.next_id().await?);
        let (host, token, by) = (host.as_str().to_owned(), proof_token.to_owned(), by.to_owned());
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
                let row = conn.one(sql!("SELECT COUNT(*) FROM website WHERE account_id = $1", account)).await?;
                if row.int(0)? >= MAX_WEBSITES {
                    return Err(StoreError::Invalid(format!("an account may have {MAX_WEBSITES} websites")));
                }
                let added = conn
                    .execute(sql!(
                        "INSERT INTO website (account_id, id, host, proof_token, proven_at, checked_at, failing_since, created_at)
                         VALUES ($1, $2, $3, $4, NULL, NULL, NULL, $5) ON CONFLICT (account_id, host) DO NOTHING",
                        account,
                        id,
                        host.as_str(),
                        token,
                        now,
                    ))
                    .await?;
                if added == 0 {
                    return Err(StoreError::Conflict("a website with this host"));
                }
                audit::note(conn, account, &by, "website_added", host, now).await?;
                Ok(id)
            })
        })
        .await
    }

    /// The websites of an account, by number; there are 200 at most.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn websites(&self, account: AccountId) -> Result<Vec<Website>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, host, proof_token, proven_at, checked_at, failing_since, created_at FROM website WHERE account_id = $1 ORDER BY id",
                account,
            ))
            .await?;
        rows.iter().map(website).collect()
    }

    /// One website of the account.
    ///
    /// # Errors
    /// `NotFound` for any other number; those of the database.
    pub async fn website(&self, account: AccountId, id: WebsiteId) -> Result<Website> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT id, host, proof_token, proven_at, checked_at, failing_since, created_at FROM website WHERE account_id = $1 AND id = $2",
                account,
                id,
            ))
            .await?;
        website(&row.ok_or(StoreError::NotFound("website"))?)
    }

    /// Notes what a look at the website found. A proof that was there may be missing for seven
    /// days; then the website counts as not proven, and its forms take no sign-ups.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn note_website_check(
        &self,
        account: AccountId,
        id: WebsiteId,
        found: ProofFound,
        now: Timestamp,
    ) -> Result<()> {
        self.write(Urgency::AtOnce, move |conn| Box::pin(note_check(conn, account, id, found, now))).await
    }

    /// Proven websites that nobody looked at since `before`, those first that wait longest; at most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn websites_to_check(&self, before: Timestamp, limit: i64) -> Result<Vec<(AccountId, Website)>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, host, proof_token, proven_at, checked_at, failing_since, created_at, account_id FROM website
                 WHERE proven_at IS NOT NULL AND checked_at < $1 ORDER BY checked_at, id LIMIT $2",
                before,
                limit,
            ))
            .await?;
        rows.iter().map(|row| Ok((AccountId::from_raw(row.int(7)?), website(row)?))).collect()
    }
}
