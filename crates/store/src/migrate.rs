//! The schema and its versions.

use policy::Timestamp;

use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::{dialect, ids};

/// Every migration, oldest first. A released one never changes.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_start.sql"),
    include_str!("../migrations/0002_people.sql"),
    include_str!("../migrations/0003_mailings.sql"),
    include_str!("../migrations/0004_figures.sql"),
    include_str!("../migrations/0005_websites.sql"),
    include_str!("../migrations/0006_plans.sql"),
    include_str!("../migrations/0007_inbox.sql"),
];

/// Brings the schema up to date.
///
/// # Errors
/// `Unusable` when the database was written by a newer program.
pub(crate) async fn run(conn: &mut Conn, now: Timestamp) -> Result<()> {
    conn.raw("CREATE TABLE IF NOT EXISTS migration (version BIGINT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)")
        .await?;
    conn.raw(if conn.is_postgres() { "BEGIN; LOCK TABLE migration IN EXCLUSIVE MODE" } else { "BEGIN IMMEDIATE" })
        .await?;
    let outcome = bring_up(conn, now).await;
    conn.raw(if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    outcome
}

async fn bring_up(conn: &mut Conn, now: Timestamp) -> Result<()> {
    let rows = conn.all(crate::sql::sql!("SELECT COALESCE(MAX(version), 0) FROM migration")).await?;
    let applied = rows.first().map_or(Ok(0), |row| row.int(0))?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if applied > known {
        return Err(StoreError::Unusable(format!(
            "this database was written by a newer jawort (its schema is {applied}, this program knows {known}): start that version, or restore the backup that was made before the upgrade"
        )));
    }
    for (version, file) in (1_i64..).zip(MIGRATIONS).skip(usize::try_from(applied).unwrap_or(usize::MAX)) {
        for statement in dialect::migration(file, conn.is_postgres()) {
            conn.raw(statement).await?;
        }
        conn.execute(crate::sql::sql!("INSERT INTO migration (version, applied_at) VALUES ($1, $2)", version, now))
            .await?;
    }
    if applied == 0 {
        ids::found(conn, now).await?;
    }
    Ok(())
}

impl crate::Store {
    /// Whether the schema is still the one that this program brought it to: a newer program may have
    /// changed it since the start.
    ///
    /// # Errors
    /// `Unusable` with both versions when it is another one; those of the database.
    pub async fn check_schema(&self) -> Result<()> {
        let mut conn = self.reader().await?;
        let row = conn.one(crate::sql::sql!("SELECT COALESCE(MAX(m.version), 0) FROM migration m")).await?;
        let (applied, known) = (row.int(0)?, i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX));
        if applied == known {
            return Ok(());
        }
        Err(StoreError::Unusable(format!("the schema is {applied}, and this program knows {known}")))
    }
}
