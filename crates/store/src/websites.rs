//! Websites: a form belongs to one, and its account proves that the website is its own (R12).

use policy::invalid::Invalid;
use std::time::Duration;

use mail_formats::address::Domain;
use policy::{AccountId, Timestamp, WebsiteId};

use crate::Store;
use crate::book::MAX_PAGE;
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
    /// What the last look found, in the words of whoever looked; empty before the first.
    pub found: String,
}

/// A website as the operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedWebsite {
    /// Whose it is.
    pub account: AccountId,
    /// The account's name.
    pub account_name: String,
    /// The website.
    pub website: Website,
    /// Topics that belong to it.
    pub topics: i64,
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
        found: row.text(7)?,
    })
}

async fn note_check(
    conn: &mut Conn,
    account: AccountId,
    id: WebsiteId,
    proof: ProofFound,
    found: &str,
    now: Timestamp,
) -> Result<()> {
    let set = match proof {
        ProofFound::Yes => {
            conn.execute(sql!(
                "UPDATE website SET proven_at = COALESCE(proven_at, $1), checked_at = $1, failing_since = NULL, found = $4 WHERE account_id = $2 AND id = $3",
                now,
                account,
                id,
                found,
            ))
            .await?
        }
        ProofFound::No => {
            conn.execute(sql!(
                "UPDATE website SET checked_at = $1, failing_since = CASE WHEN proven_at IS NULL THEN NULL ELSE COALESCE(failing_since, $1) END,
                    proven_at = CASE WHEN failing_since <= $2 THEN NULL ELSE proven_at END, found = $5
                 WHERE account_id = $3 AND id = $4",
                now,
                now - PROOF_GRACE,
                account,
                id,
                found,
            ))
            .await?
        }
        ProofFound::Unknown => {
            conn.execute(sql!(
                "UPDATE website SET checked_at = $1, found = $4 WHERE account_id = $2 AND id = $3",
                now,
                account,
                id,
                found,
            ))
            .await?
        }
    };
    if set == 1 { Ok(()) } else { Err(StoreError::NotFound("website")) }
}

async fn remove(conn: &mut Conn, account: AccountId, id: WebsiteId, by: &str, now: Timestamp) -> Result<()> {
    // Whoever submits a topic holds the account too.
    cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("website"))?;
    let row = conn
        .optional(sql!(
            "DELETE FROM website WHERE account_id = $1 AND id = $2
                AND NOT EXISTS (SELECT 1 FROM topic t WHERE t.account_id = $1 AND t.website_id = $2) RETURNING host",
            account,
            id,
        ))
        .await?;
    let Some(row) = row else {
        let known = conn.optional(sql!("SELECT 1 FROM website WHERE account_id = $1 AND id = $2", account, id)).await?;
        return Err(match known {
            Some(_) => StoreError::Invalid(Invalid::WebsiteInUse),
            None => StoreError::NotFound("website"),
        });
    };
    audit::note(conn, account, by, "website_removed", row.text(0)?, now).await
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
                    return Err(StoreError::Invalid(Invalid::TooManyWebsites { limit: MAX_WEBSITES }));
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
                    return Err(StoreError::Invalid(Invalid::WebsiteTaken));
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
                "SELECT id, host, proof_token, proven_at, checked_at, failing_since, created_at, found FROM website WHERE account_id = $1 ORDER BY id",
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
                "SELECT id, host, proof_token, proven_at, checked_at, failing_since, created_at, found FROM website WHERE account_id = $1 AND id = $2",
                account,
                id,
            ))
            .await?;
        website(&row.ok_or(StoreError::NotFound("website"))?)
    }

    /// Notes what a look at the website found; `found` are the words of whoever looked. A proof that was there may be missing for seven
    /// days; then the website counts as not proven, and its forms take no sign-ups.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn note_website_check(
        &self,
        account: AccountId,
        id: WebsiteId,
        proof: ProofFound,
        found: &str,
        now: Timestamp,
    ) -> Result<()> {
        let found = found.to_owned();
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move { note_check(conn, account, id, proof, &found, now).await })
        })
        .await
    }

    /// Removes a website to which no topic belongs: one whose host was mistyped.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` while topics belong to it.
    pub async fn remove_website(&self, account: AccountId, id: WebsiteId, by: &str, now: Timestamp) -> Result<()> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { remove(conn, account, id, &by, now).await }))
            .await
    }

    /// Websites of all accounts before the number `before`, newest first, for the operator: all of them,
    /// or those without a proof that holds. At most `limit` (≤ 500).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn websites_of_all(
        &self,
        without_proof: bool,
        before: Option<WebsiteId>,
        limit: i64,
    ) -> Result<Vec<ListedWebsite>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT w.id, w.host, w.proof_token, w.proven_at, w.checked_at, w.failing_since, w.created_at, w.found, w.account_id, a.name,
                    (SELECT COUNT(DISTINCT t.id) FROM topic t WHERE t.account_id = w.account_id AND t.website_id = w.id)
                 FROM website w JOIN account a ON a.id = w.account_id
                 WHERE w.id < $1 AND (CAST($2 AS BIGINT) = 0 OR w.proven_at IS NULL OR w.failing_since IS NOT NULL)
                 ORDER BY w.id DESC LIMIT $3",
                before.map_or(i64::MAX, WebsiteId::get),
                i64::from(without_proof),
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        let listed = |row: &Row| {
            Ok(ListedWebsite {
                account: AccountId::from_raw(row.int(8)?),
                account_name: row.text(9)?,
                website: website(row)?,
                topics: row.int(10)?,
            })
        };
        rows.iter().map(listed).collect()
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
                "SELECT id, host, proof_token, proven_at, checked_at, failing_since, created_at, found, account_id FROM website
                 WHERE proven_at IS NOT NULL AND checked_at < $1 ORDER BY checked_at, id LIMIT $2",
                before,
                limit,
            ))
            .await?;
        rows.iter().map(|row| Ok((AccountId::from_raw(row.int(8)?), website(row)?))).collect()
    }
}
