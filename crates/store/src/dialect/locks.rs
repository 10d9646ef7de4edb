//! Advisory locks of PostgreSQL: the proof that a life still has its session.

use std::collections::HashSet;

use sqlx::{Connection as _, PgConnection};

use crate::conn::Conn;
use crate::error::Result;
use crate::sql::Sql;

/// Lives use this part of the 64-bit lock space.
const SPACE: i64 = 0x4a57 << 48;

const fn key(life: i64) -> i64 {
    SPACE | life
}

/// Opens a session of its own and takes the life's lock in it. False: another session holds it.
pub(crate) async fn take(pool: &sqlx::PgPool, life: i64) -> Result<Option<PgConnection>> {
    let mut session = PgConnection::connect_with(&pool.connect_options()).await?;
    let taken: bool =
        sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(key(life)).fetch_one(&mut session).await?;
    Ok(taken.then_some(session))
}

/// Counts one beat in the session that holds the lock: whoever gets an answer had it.
pub(crate) async fn beat(session: &mut PgConnection, life: i64) -> Result<i64> {
    let beat = sqlx::query_scalar("UPDATE life SET beat = beat + 1, ended_at = NULL WHERE id = $1 RETURNING beat");
    Ok(beat.bind(life).fetch_one(session).await?)
}

/// The lives whose locks are held now, by whichever session.
pub(crate) async fn held(conn: &mut Conn) -> Result<HashSet<i64>> {
    let rows = conn
        .all(Sql::new(
            "SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
             WHERE locktype = 'advisory' AND objsubid = 1 AND granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        ))
        .await?;
    let keys = rows.iter().map(|row| row.int(0)).collect::<Result<Vec<_>>>()?;
    Ok(keys.into_iter().filter(|key| key & SPACE == SPACE).map(|key| key ^ SPACE).collect())
}
