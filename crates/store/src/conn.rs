//! One connection, whichever database stands behind it.

use std::borrow::Cow;

use failpoints::Point;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Executor as _, PgPool, Postgres, Sqlite, SqliteConnection, Transaction};

use crate::conformance;
use crate::error::Result;
use crate::sql::{Row, Sql, pg_arguments, sqlite_arguments};
use crate::writer::BoxFuture;

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

    /// A transaction on PostgreSQL.
    pub(crate) fn begin(pool: &PgPool) -> BoxFuture<'_, Result<Self>> {
        Box::pin(async move { Ok(Self::PgTransaction(pool.begin().await?)) })
    }

    /// Makes what a transaction on PostgreSQL did durable; elsewhere the writer's group does.
    pub(crate) fn commit(self) -> BoxFuture<'static, Result<()>> {
        Box::pin(async move {
            if let Self::PgTransaction(transaction) = self {
                failpoints::reach(Point::BeforeCommit);
                transaction.commit().await?;
                failpoints::reach(Point::AfterCommit);
            }
            Ok(())
        })
    }

    /// Whether PostgreSQL stands behind it.
    pub(crate) const fn is_postgres(&self) -> bool {
        matches!(self, Self::PgTransaction(_) | Self::PgReader(_))
    }

    /// Every row of the answer.
    ///
    /// Boxed, like [`Self::execute`] and [`Self::raw`]: a future that is awaited by its own type is
    /// compiled again, drivers and all, in every crate and unit that awaits it.
    pub(crate) fn all(&mut self, sql: Sql) -> BoxFuture<'_, Result<Vec<Row>>> {
        Box::pin(self.fetch(sql))
    }

    async fn fetch(&mut self, sql: Sql) -> Result<Vec<Row>> {
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
    pub(crate) fn optional(&mut self, sql: Sql) -> BoxFuture<'_, Result<Option<Row>>> {
        Box::pin(async move { Ok(self.fetch(sql).await?.into_iter().next()) })
    }

    /// The only row of an answer that always has one.
    pub(crate) fn one(&mut self, sql: Sql) -> BoxFuture<'_, Result<Row>> {
        Box::pin(async move { self.fetch(sql).await?.into_iter().next().ok_or(crate::StoreError::NotFound("row")) })
    }

    /// Runs a statement without an answer; returns how many rows it changed.
    pub(crate) fn execute(&mut self, sql: Sql) -> BoxFuture<'_, Result<u64>> {
        Box::pin(self.run(sql))
    }

    async fn run(&mut self, sql: Sql) -> Result<u64> {
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
    pub(crate) fn execute_one(&mut self, sql: Sql, what: &'static str) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            match self.run(sql).await? {
                1 => Ok(()),
                _ => Err(crate::StoreError::Conflict(what)),
            }
        })
    }

    /// Runs a schema or session statement without values.
    pub(crate) fn raw(&mut self, text: impl Into<Cow<'static, str>>) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.run_raw(text.into().into_owned()))
    }

    async fn run_raw(&mut self, text: String) -> Result<()> {
        let text = AssertSqlSafe(text);
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
