//! Who changed what: one line for each change of settings that matters later.

use policy::{AccountId, Timestamp};

use crate::Store;
use crate::book::MAX_PAGE;
use crate::conn::Conn;
use crate::error::Result;
use crate::ids;
use crate::sql::{Row, sql};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who: `operator`, `token 17`, or the name that was given.
    pub actor: String,
    /// What, in a word: `sender_changed` ….
    pub action: String,
    /// Of what.
    pub detail: String,
}

/// Notes a change in the transaction that makes it.
pub(crate) async fn note(
    conn: &mut Conn,
    account: AccountId,
    actor: &str,
    action: &str,
    detail: impl Into<String>,
    now: Timestamp,
) -> Result<()> {
    let id = ids::take_inside(conn, now, 1).await?;
    conn.execute(sql!(
        "INSERT INTO audit (account_id, id, at, actor, action, detail) VALUES ($1, $2, $3, $4, $5, $6)",
        account,
        id,
        now,
        actor,
        action,
        detail.into(),
    ))
    .await
    .map(drop)
}

/// The newest change of an account by its action.
pub(crate) async fn newest(conn: &mut Conn, account: AccountId, action: &str) -> Result<Option<AuditLine>> {
    let row = conn
        .optional(sql!(
            "SELECT id, at, actor, action, detail FROM audit WHERE account_id = $1 AND action = $2 ORDER BY id DESC LIMIT 1",
            account,
            action,
        ))
        .await?;
    row.as_ref().map(line).transpose()
}

fn line(row: &Row) -> Result<AuditLine> {
    Ok(AuditLine { id: row.int(0)?, at: row.time(1)?, actor: row.text(2)?, action: row.text(3)?, detail: row.text(4)? })
}

impl Store {
    /// Changes of an account after `after`, by number, at most `limit` (≤ 500).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn audit(&self, account: AccountId, after: i64, limit: i64) -> Result<Vec<AuditLine>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, at, actor, action, detail FROM audit WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3",
                account,
                after,
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter().map(line).collect()
    }

    /// Changes of an account before the number `before`, newest first, at most `limit` (≤ 500).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn audit_before(&self, account: AccountId, before: Option<i64>, limit: i64) -> Result<Vec<AuditLine>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, at, actor, action, detail FROM audit WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
                account,
                before.unwrap_or(i64::MAX),
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter().map(line).collect()
    }

    /// Changes before the number `before`, newest first: of one account, or of all and of the
    /// installation itself (account 0). At most `limit` (≤ 500).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn audit_newest(
        &self,
        account: Option<AccountId>,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<(AccountId, AuditLine)>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, at, actor, action, detail, account_id FROM audit
                 WHERE (CAST($1 AS BIGINT) = -1 OR account_id = $1) AND id < $2 ORDER BY id DESC LIMIT $3",
                account.map_or(-1, AccountId::get),
                before.unwrap_or(i64::MAX),
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter().map(|row| Ok((AccountId::from_raw(row.int(5)?), line(row)?))).collect()
    }
}
