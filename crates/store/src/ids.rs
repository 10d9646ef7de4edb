//! Ids: handed out in blocks from one row.
//!
//! Each block starts at or above a floor that grows with time, so that a
//! restored copy does not hand out a number again that an old token names
//! (DESIGN §5). The floor leaves room for 64 ids a second for a century. A
//! process keeps its block in memory; what it does not use is lost, which
//! costs nothing.

use std::sync::Arc;

use policy::{AccountId, ContactId, Timestamp};
use tokio::sync::Mutex;

use crate::Store;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::sql::sql;
use crate::writer::Urgency;

/// 2026-01-01 UTC in seconds: the floor counts from here.
const EPOCH_SECONDS: i64 = 1_767_225_600;
/// Ids that the floor grows by in a second.
const PER_SECOND: i64 = 64;
/// Account numbers that the floor grows by in a day: 22 bits last for 180 years.
const ACCOUNTS_PER_DAY: i64 = 64;
/// Ids that a process takes at once.
const BLOCK: i64 = 256;

fn floor(now: Timestamp) -> i64 {
    1 + (now.millis() / 1000 - EPOCH_SECONDS).max(0) * PER_SECOND
}

fn account_floor(now: Timestamp) -> i64 {
    1 + (now.millis() / 1000 - EPOCH_SECONDS).max(0) / 86_400 * ACCOUNTS_PER_DAY
}

/// The ids that a process may hand out without asking the database.
#[derive(Clone, Default)]
pub(crate) struct Block(Arc<Mutex<std::ops::Range<i64>>>);

/// Writes the one row of the installation and its id blocks.
pub(crate) async fn found(conn: &mut Conn, now: Timestamp) -> Result<()> {
    conn.execute(sql!(
        "INSERT INTO installation (id, facts_version, sending_paused, pause_reason, frozen, created_at) VALUES (1, 1, FALSE, NULL, FALSE, $1)",
        now,
    ))
    .await?;
    for (kind, next) in [("all", floor(now)), ("account", account_floor(now))] {
        conn.execute(sql!("INSERT INTO id_block (kind, next) VALUES ($1, $2)", kind, next)).await?;
    }
    Ok(())
}

/// Takes `n` ids of a kind, at or above the floor; returns the first.
async fn take(conn: &mut Conn, kind: &'static str, floor: i64, n: i64) -> Result<i64> {
    let row = conn
        .one(sql!(
            "UPDATE id_block SET next = (CASE WHEN next < $1 THEN $1 ELSE next END) + $2 WHERE kind = $3 RETURNING next",
            floor,
            n,
            kind,
        ))
        .await?;
    Ok(row.int(0)? - n)
}

/// Hands out `n` consecutive ids inside a transaction that is already open; returns the first.
///
/// Inside a transaction [`Store::next_ids`] must not be used: on SQLite it
/// would wait for the writer that waits for it. The row stays locked until the
/// transaction ends, so take ids here only for what is rare.
pub(crate) async fn take_inside(conn: &mut Conn, now: Timestamp, n: i64) -> Result<i64> {
    take(conn, "all", floor(now), n).await
}

impl Store {
    /// Hands out `n` consecutive ids; returns the first.
    pub(crate) async fn next_ids(&self, n: i64) -> Result<i64> {
        let mut block = self.ids.0.lock().await;
        if block.end - block.start < n {
            let size = n.max(BLOCK);
            let floor = floor(self.clock().now());
            let first = self.write(Urgency::AtOnce, move |conn| Box::pin(take(conn, "all", floor, size))).await?;
            *block = first..first + size;
        }
        let first = block.start;
        block.start += n;
        Ok(first)
    }

    /// Hands out one id.
    pub(crate) async fn next_id(&self) -> Result<i64> {
        self.next_ids(1).await
    }

    /// Hands out the id of a new account.
    pub(crate) async fn next_account_id(&self) -> Result<AccountId> {
        let floor = account_floor(self.clock().now());
        let number = self.write(Urgency::AtOnce, move |conn| Box::pin(take(conn, "account", floor, 1))).await?;
        if number > policy::ids::MAX_ACCOUNT {
            return Err(StoreError::Unusable("this installation has used up its account numbers".to_owned()));
        }
        Ok(AccountId::from_raw(number))
    }

    /// Hands out the id of a new person (contact, pending sign-up or user) of an account.
    pub(crate) async fn next_person_id(&self, account: AccountId) -> Result<ContactId> {
        let number = self.next_id().await?;
        ContactId::new(account, number)
            .ok_or_else(|| StoreError::Unusable("this installation has used up its person numbers".to_owned()))
    }
}
