//! One connection, whichever database stands behind it.

use std::borrow::Cow;

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Executor as _, Postgres, Sqlite, SqliteConnection, Transaction};

use crate::conformance;
use crate::error::Result;
use crate::sql::{Row, Sql, pg_arguments, sqlite_arguments};

/// A connection that store functions work on.
///
/// Inside [`crate::Store::write`] it is in a transaction (PostgreSQL) or in a
/// savepoint of the writer's group (SQLite).
pub(crate) enum Conn {
    SqliteWriter(Box<SqliteConnection>),
    SqliteReader(PoolConnection<Sqlite>),
    PgTransaction(Transaction<'static, Postgres>),
    PgReader(PoolConnection<Postgres>),
}

/// What the statement ran on.
enum Side<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut sqlx::PgConnection),
}

impl Conn {
    fn side(&mut self) -> Side<'_> {
        match self {
            Self::SqliteWriter(conn) => Side::Sqlite(conn),
            Self::SqliteReader(conn) => Side::Sqlite(conn),
            Self::PgTransaction(conn) => Side::Postgres(conn),
            Self::PgReader(conn) => Side::Postgres(conn),
        }
    }

    /// Whether PostgreSQL stands behind it.
    pub(crate) const fn is_postgres(&self) -> bool {
        matches!(self, Self::PgTransaction(_) | Self::PgReader(_))
    }

    /// Every row of the answer.
    pub(crate) async fn all(&mut self, sql: Sql) -> Result<Vec<Row>> {
        conformance::ran(sql.text, self.is_postgres());
        let (text, values) = sql.finish(self.is_postgres());
        let text = AssertSqlSafe(text.into_owned());
        Ok(match self.side() {
            Side::Sqlite(conn) => {
                let rows = sqlx::query_with(text, sqlite_arguments(values)?).fetch_all(conn).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Side::Postgres(conn) => {
                let rows = sqlx::query_with(text, pg_arguments(values)?).fetch_all(conn).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// The first row of the answer, if there is one.
    pub(crate) async fn optional(&mut self, sql: Sql) -> Result<Option<Row>> {
        Ok(self.all(sql).await?.into_iter().next())
    }

    /// The only row of an answer that always has one.
    pub(crate) async fn one(&mut self, sql: Sql) -> Result<Row> {
        self.optional(sql).await?.ok_or(crate::StoreError::NotFound("row"))
    }

    /// Runs a statement without an answer; returns how many rows it changed.
    pub(crate) async fn execute(&mut self, sql: Sql) -> Result<u64> {
        conformance::ran(sql.text, self.is_postgres());
        let (text, values) = sql.finish(self.is_postgres());
        let text = AssertSqlSafe(text.into_owned());
        Ok(match self.side() {
            Side::Sqlite(conn) => {
                sqlx::query_with(text, sqlite_arguments(values)?).execute(conn).await?.rows_affected()
            }
            Side::Postgres(conn) => sqlx::query_with(text, pg_arguments(values)?).execute(conn).await?.rows_affected(),
        })
    }

    /// Runs a statement that must change exactly one row.
    ///
    /// # Errors
    /// `Conflict` when it changed none: what the caller assumed no longer holds.
    pub(crate) async fn execute_one(&mut self, sql: Sql, what: &'static str) -> Result<()> {
        match self.execute(sql).await? {
            1 => Ok(()),
            _ => Err(crate::StoreError::Conflict(what)),
        }
    }

    /// Runs a schema or session statement without values.
    pub(crate) async fn raw(&mut self, text: impl Into<Cow<'static, str>>) -> Result<()> {
        let text = AssertSqlSafe(text.into().into_owned());
        match self.side() {
            Side::Sqlite(conn) => {
                conn.execute(sqlx::raw_sql(text)).await?;
            }
            Side::Postgres(conn) => {
                conn.execute(sqlx::raw_sql(text)).await?;
            }
        }
        Ok(())
    }

    /// Asks the database to parse a statement, without running it.
    pub(crate) async fn check(&mut self, text: &'static str) -> Result<()> {
        use sqlx::SqlSafeStr as _;
        let text = crate::dialect::fill(text, self.is_postgres()).replace("{rows}", ROWS_SAMPLE_MARK);
        if text.contains(ROWS_SAMPLE_MARK) {
            // The width of a batch is known only where it is run; conformance tests run it.
            return Ok(());
        }
        let text = AssertSqlSafe(text).into_sql_str();
        match self.side() {
            Side::Sqlite(conn) => {
                conn.prepare(text).await?;
            }
            Side::Postgres(conn) => {
                conn.prepare(text).await?;
            }
        }
        Ok(())
    }
}

impl Conn {
    /// Forgets the statements that were parsed without values: kept, they would run with types
    /// that PostgreSQL guessed (a number compared with a small one becomes 32 bits wide).
    pub(crate) async fn forget_checked(&mut self) -> Result<()> {
        use sqlx::Connection as _;
        match self.side() {
            Side::Sqlite(conn) => conn.clear_cached_statements().await?,
            Side::Postgres(conn) => conn.clear_cached_statements().await?,
        }
        Ok(())
    }
}

const ROWS_SAMPLE_MARK: &str = "\u{1}rows";
