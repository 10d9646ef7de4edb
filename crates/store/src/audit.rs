//! Who changed what: one line for each change of settings that matters later.

use policy::{AccountId, Timestamp};

use crate::Store;
use crate::book::MAX_PAGE;
use crate::conn::Conn;
use crate::error::Result;
use crate::ids;
use crate::sql::sql;

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
        rows.iter()
            .map(|row| {
                Ok(AuditLine {
                    id: row.int(0)?,
                    at: row.time(1)?,
                    actor: row.text(2)?,
                    action: row.text(3)?,
                    detail: row.text(4)?,
                })
            })
            .collect()
    }
}
