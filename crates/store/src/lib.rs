//! The memory: the only crate with SQL.
//!
//! [`Store`] hides whether SQLite or PostgreSQL stands behind it. Every
//! statement is one text for both; each file tells the story of one kind of
//! thing. A rule never stands here: where a decision must be atomic, a store
//! function calls `policy` inside its transaction.

pub mod accounts;
pub mod address_proofs;
pub mod audit;
pub mod autoresponders;
pub mod beginnings;
pub mod book;
pub mod bounces;
pub mod cases;
pub mod claims;
pub mod complaints;
pub mod confirmations;
pub mod conformance;
mod conn;
pub mod consents;
pub mod contacts;
mod counts;
pub mod deliveries;
mod dialect;
pub mod domains;
pub mod drain;
pub mod entries;
mod error;
pub mod expansion;
pub mod explain;
pub mod facts;
pub mod figures;
mod flows;
pub mod form_counts;
pub mod form_pages;
pub mod forms;
pub mod growth;
pub mod health;
mod ids;
pub mod inbox;
pub mod incidents;
pub mod installation;
pub mod invitations;
pub mod keys;
pub mod legal;
pub mod limits;
pub mod lives;
pub mod logins;
pub mod mailings;
mod meters;
mod migrate;
pub mod notices;
pub mod outcomes;
pub mod profiles;
pub mod proofs;
pub mod questions;
pub mod replays;
pub mod score;
pub mod senders;
pub mod sessions;
pub mod settle;
pub mod signups;
mod sql;
pub mod suppressions;
pub mod tags;
mod tell;
pub mod timers;
pub mod tokens;
pub mod topics;
pub mod trends;
pub mod tries;
pub mod users;
pub mod watch;
pub mod websites;
mod words;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use seals::Clock;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};

pub use error::{Result, StoreError};
pub use meters::METERS;

use conn::Conn;
use writer::{BoxFuture, Urgency, Writer};

/// Where the memory lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file; the embedded default.
    Sqlite(PathBuf),
    /// `postgres://…`
    Postgres(String),
}

impl Place {
    /// Reads `sqlite:PATH` or `postgres://…`.
    ///
    /// # Errors
    /// `Unusable` with what is allowed.
    pub fn parse(text: &str) -> Result<Self> {
        if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err(StoreError::Unusable(format!("{text:?} names no database: write sqlite:PATH or postgres://USER@HOST/NAME")))
    }
}

#[derive(Clone)]
enum Db {
    Sqlite { read: SqlitePool, write: Writer },
    Postgres(PgPool),
}

/// The memory of one installation. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    db: Db,
    clock: Arc<dyn Clock>,
    place: Place,
    ids: ids::Block,
}

/// Connections to PostgreSQL that one process opens at most.
const PG_CONNECTIONS: u32 = 24;
/// How often a transaction runs again after it crossed another one. Each time costs a second, in
/// which PostgreSQL waits before it looks for the circle.
const REPEATS: usize = 4;
/// Readers of SQLite.
const SQLITE_READERS: u32 = 8;
const BUSY: Duration = Duration::from_secs(5);
const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);

impl Store {
    /// Opens the memory and brings its schema up to date; creates it where it is new.
    ///
    /// # Errors
    /// `Unusable` when it belongs to a newer program or cannot be opened; the
    /// text says what to do.
    pub async fn open(place: &Place, clock: Arc<dyn Clock>) -> Result<Self> {
        let store = match place {
            Place::Sqlite(path) => Self::open_sqlite(place, path, clock).await?,
            Place::Postgres(url) => Self::open_postgres(place, url, clock).await?,
        };
        store.prepare_all().await?;
        Ok(store)
    }

    async fn open_sqlite(place: &Place, path: &std::path::Path, clock: Arc<dyn Clock>) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("wal_autocheckpoint", "0")
            .pragma("temp_store", "MEMORY")
            .busy_timeout(BUSY)
            .statement_cache_capacity(400)
            .disable_statement_logging();
        let unusable =
            |error: sqlx::Error| StoreError::Unusable(format!("{} cannot be opened: {error}", path.display()));
        let mut writer =
            Conn::SqliteWriter(Box::new(sqlx::SqliteConnection::connect_with(&options).await.map_err(unusable)?));
        migrate::run(&mut writer, clock.now()).await?;
        let checkpoints = sqlx::SqliteConnection::connect_with(&options).await.map_err(unusable)?;
        tokio::spawn(checkpoint_loop(checkpoints, Arc::clone(&clock)));
        let read = SqlitePoolOptions::new()
            .max_connections(SQLITE_READERS)
            .acquire_timeout(BUSY)
            .connect_with(options.read_only(true))
            .await
            .map_err(unusable)?;
        let write = Writer::start(writer, Arc::clone(&clock));
        Ok(Self { db: Db::Sqlite { read, write }, clock, place: place.clone(), ids: ids::Block::default() })
    }

    async fn open_postgres(place: &Place, url: &str, clock: Arc<dyn Clock>) -> Result<Self> {
        let unusable = |error: sqlx::Error| StoreError::Unusable(format!("PostgreSQL cannot be used: {error}"));
        let options: PgConnectOptions = url.parse().map_err(unusable)?;
        let options = options.statement_cache_capacity(400).application_name("jawort").disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(PG_CONNECTIONS)
            .acquire_timeout(BUSY)
            .connect_with(options)
            .await
            .map_err(unusable)?;
        let mut conn = Conn::PgReader(pool.acquire().await?);
        migrate::run(&mut conn, clock.now()).await?;
        drop(conn);
        Ok(Self { db: Db::Postgres(pool), clock, place: place.clone(), ids: ids::Block::default() })
    }

    /// Where this memory lies.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// The clock that the store was opened with.
    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Runs `work` as one transaction and answers when it is committed. Where PostgreSQL finds that
    /// it and another transaction wait for each other, and gives up this one, it runs again: the
    /// other one has what it wanted by then.
    ///
    /// # Errors
    /// Those of `work`, after which nothing of it is kept, and those of the commit.
    pub(crate) async fn write<T, F>(&self, urgency: Urgency, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T>> + Clone + Send + 'static,
    {
        let pool = match &self.db {
            Db::Sqlite { write, .. } => return write.write(urgency, work).await.inspect_err(meters::faulty),
            Db::Postgres(pool) => pool,
        };
        let mut repeats = 0;
        loop {
            match once(pool, work.clone()).await {
                Err(StoreError::Crossed(detail)) if repeats < REPEATS => {
                    repeats += 1;
                    tracing::warn!(detail, repeats, "a transaction crossed another one and runs again");
                }
                done => return done.inspect_err(meters::faulty),
            }
        }
    }

    /// A connection for reading; each statement sees a snapshot of its own.
    pub(crate) fn reader(&self) -> BoxFuture<'_, Result<Conn>> {
        Box::pin(async move {
            Ok(match &self.db {
                Db::Sqlite { read, .. } => Conn::SqliteReader(read.acquire().await?),
                Db::Postgres(pool) => Conn::PgReader(pool.acquire().await?),
            })
        })
    }

    /// Parses every fixed statement, so that a fault shows at the start and not at night.
    async fn prepare_all(&self) -> Result<()> {
        let mut conn = self.reader().await?;
        for (file, text) in sql::STATEMENTS {
            conn.check(text).await.map_err(|error| {
                StoreError::Unusable(format!("a statement of {file} does not fit this database: {error}"))
            })?;
        }
        // Parsed without values, PostgreSQL guesses their types; what runs says them.
        conn.forget_checked().await
    }

    /// Closes every connection; waits for what runs.
    pub async fn close(&self) {
        match &self.db {
            Db::Sqlite { read, .. } => read.close().await,
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

/// One transaction on PostgreSQL.
async fn once<T, F>(pool: &PgPool, work: F) -> Result<T>
where
    F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T>>,
{
    let mut conn = Conn::begin(pool).await?;
    let result = work(&mut conn).await?;
    conn.commit().await?;
    Ok(result)
}

/// Moves the write-ahead log into the database, beside the writer and never in its way.
async fn checkpoint_loop(mut conn: sqlx::SqliteConnection, clock: Arc<dyn Clock>) {
    loop {
        clock.sleep(CHECKPOINT_EVERY).await;
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut conn).await {
            tracing::warn!(%error, "a checkpoint failed; the write-ahead log grows until one succeeds");
        }
    }
}
