//! API tokens. Only their hashes are kept; a token is shown once, when it is made.

use policy::invalid::{Invalid, Item};
use policy::{AccountId, Timestamp};

use crate::Store;
use crate::audit;
use crate::error::{Result, StoreError};
use crate::sql::{Row, sql};
use crate::words::line;
use crate::writer::Urgency;

/// The account number that stands for the operator.
const OPERATOR: i64 = 0;
/// Tokens that an account may have at once.
pub const MAX_TOKENS: i64 = 50;

/// A token without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its number.
    pub id: i64,
    /// Whose it is; none for the operator's.
    pub account: Option<AccountId>,
    /// What it is for, in the words of whoever made it.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

fn token(row: &Row) -> Result<Token> {
    let account = row.int(1)?;
    Ok(Token {
        id: row.int(0)?,
        account: (account != OPERATOR).then(|| AccountId::from_raw(account)),
        label: row.text(2)?,
        created_at: row.time(3)?,
        revoked_at: row.time_opt(4)?,
    })
}

impl Store {
    /// Keeps a new token by its hash (`seals::api_token_hash`). `account` none: the operator's.
    ///
    /// # Errors
    /// `NotFound` for an unknown account; `Invalid` for a bad label or too many tokens.
    pub async fn mint_token(
        &self,
        account: Option<AccountId>,
        label: &str,
        hash: [u8; 32],
        by: &str,
        now: Timestamp,
    ) -> Result<i64> {
        let label = line(Item::Label, label, 80)?;
        let (id, owner, by) = (self.next_id().await?, account.map_or(OPERATOR, AccountId::get), by.to_owned());
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let known = conn.optional(sql!("SELECT 1 FROM account WHERE id = $1", owner)).await?;
                if owner != OPERATOR && known.is_none() {
                    return Err(StoreError::NotFound("account"));
                }
                let row = conn.one(sql!("SELECT COUNT(*) FROM api_token WHERE account_id = $1 AND revoked_at IS NULL", owner)).await?;
                if row.int(0)? >= MAX_TOKENS {
                    return Err(StoreError::Invalid(Invalid::TooManyTokens { limit: MAX_TOKENS }));
                }
                conn.execute(sql!(
                    "INSERT INTO api_token (id, account_id, hash, label, created_at, revoked_at) VALUES ($1, $2, $3, $4, $5, NULL)",
                    id,
                    owner,
                    hash,
                    label.as_str(),
                    now,
                ))
                .await?;
                audit::note(conn, AccountId::from_raw(owner), &by, "token_made", format!("{id} {label}"), now).await?;
                Ok(id)
            })
        })
        .await
    }

    /// The token with this hash, unless it was revoked. A token is a random value of 256 bits and
    /// its hash is looked up whole, so the time that this takes tells nothing about a guess.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn token(&self, hash: [u8; 32]) -> Result<Option<Token>> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT id, account_id, label, created_at, revoked_at FROM api_token WHERE hash = $1 AND revoked_at IS NULL",
                hash,
            ))
            .await?;
        row.as_ref().map(token).transpose()
    }

    /// The tokens of an account, or of the operator, revoked ones too, by number; at most 500.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tokens(&self, account: Option<AccountId>) -> Result<Vec<Token>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, account_id, label, created_at, revoked_at FROM api_token WHERE account_id = $1 ORDER BY id DESC LIMIT 500",
                account.map_or(OPERATOR, AccountId::get),
            ))
            .await?;
        rows.iter().map(token).collect()
    }

    /// Revokes a token, at once.
    ///
    /// # Errors
    /// `NotFound` when it is no valid token of this account.
    pub async fn revoke_token(&self, account: Option<AccountId>, id: i64, by: &str, now: Timestamp) -> Result<()> {
        let (owner, by) = (account.map_or(OPERATOR, AccountId::get), by.to_owned());
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let revoked = conn
                    .execute(sql!(
                        "UPDATE api_token SET revoked_at = $1 WHERE account_id = $2 AND id = $3 AND revoked_at IS NULL",
                        now,
                        owner,
                        id,
                    ))
                    .await?;
                if revoked == 0 {
                    return Err(StoreError::NotFound("token"));
                }
                audit::note(conn, AccountId::from_raw(owner), &by, "token_revoked", id.to_string(), now).await
            })
        })
        .await
    }
}
