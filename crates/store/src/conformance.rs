//! Which statements ran: the tests demand that every one did, on both databases.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

static WATCHING: AtomicBool = AtomicBool::new(false);
/// On SQLite, and on PostgreSQL.
static RAN: [Mutex<BTreeSet<&'static str>>; 2] = [Mutex::new(BTreeSet::new()), Mutex::new(BTreeSet::new())];

/// Notes that a statement ran. One relaxed load while nobody watches.
pub(crate) fn ran(text: &'static str, postgres: bool) {
    if WATCHING.load(Ordering::Relaxed)
        && let Ok(mut set) = RAN[usize::from(postgres)].lock()
    {
        set.insert(text);
    }
}

/// Starts noting, or goes on with it.
pub fn watch() {
    WATCHING.store(true, Ordering::Relaxed);
}

/// The statements that did not run on one database since the first [`watch`], each with its file.
#[must_use]
pub fn not_run(postgres: bool) -> Vec<(&'static str, &'static str)> {
    let Ok(set) = RAN[usize::from(postgres)].lock() else { return crate::sql::STATEMENTS.to_vec() };
    crate::sql::STATEMENTS.iter().filter(|(_, text)| !set.contains(text)).copied().collect()
}

/// Runs statements of a test's set-up, as they are, in one write. The program never calls it.
///
/// # Errors
/// Those of the database.
pub async fn script(store: &crate::Store, statements: &str) -> crate::Result<()> {
    let statements = statements.to_owned();
    store.write(crate::writer::Urgency::AtOnce, move |conn| Box::pin(async move { conn.raw(statements).await })).await
}

/// Rows of whole numbers, NULL among them, that a test compares. The program never calls it.
///
/// # Errors
/// Those of the database.
pub async fn numbers(
    store: &crate::Store,
    statement: &'static str,
    columns: usize,
) -> crate::Result<Vec<Vec<Option<i64>>>> {
    let rows = store.reader().await?.all(crate::sql::Sql::new(statement)).await?;
    rows.iter().map(|row| (0..columns).map(|at| row.int_opt(at)).collect()).collect()
}

/// Rows of text, NULL among them, that a test compares. The program never calls it.
///
/// # Errors
/// Those of the database.
pub async fn texts(
    store: &crate::Store,
    statement: &'static str,
    columns: usize,
) -> crate::Result<Vec<Vec<Option<String>>>> {
    let rows = store.reader().await?.all(crate::sql::Sql::new(statement)).await?;
    rows.iter().map(|row| (0..columns).map(|at| row.text_opt(at)).collect()).collect()
}

/// Commits of SQLite's writer since the program began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commits {
    /// Those that waited for the disk.
    pub durable: u64,
    /// Those that did not: claims, starts, beats.
    pub soft: u64,
}

/// The commits so far, for the benchmark.
#[must_use]
pub fn commits() -> Commits {
    let counted = |kind| crate::meters::COMMITS.get("", kind);
    Commits { durable: counted("durable"), soft: counted("soft") }
}

/// Keeps the write transaction of a statement open until told: what a slow database looks like. On
/// SQLite every other write waits, on PostgreSQL whoever wants what the statement locked. Says by
/// `held` when it stands. The program never calls it.
///
/// # Errors
/// Those of the database.
pub async fn hold(
    store: &crate::Store,
    statement: &'static str,
    held: tokio::sync::oneshot::Sender<()>,
    release: tokio::sync::oneshot::Receiver<()>,
) -> crate::Result<()> {
    // A write may run again; a test that is held does not.
    let ends = std::sync::Arc::new(std::sync::Mutex::new(Some((held, release))));
    store
        .write(crate::writer::Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                conn.raw(statement).await?;
                let ends = ends.lock().map(|mut ends| ends.take()).unwrap_or_default();
                if let Some((held, release)) = ends {
                    // Who dropped the other ends no longer waits.
                    let _ = held.send(());
                    let _ = release.await;
                }
                Ok(())
            })
        })
        .await
}
