//! Runs one test on SQLite and on PostgreSQL.
//!
//! A test is an async function of a [`Bench`]; `both!` makes a `#[test]` of it
//! that runs it on each database. Where PostgreSQL's programs are missing, the
//! test says so, and fails under `CI=true`.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use policy::Timestamp;
use seals::fake::{SeededDice, SteppedClock};
use store::{Place, Store};

/// A fresh memory with a clock and dice of its own.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) clock: SteppedClock,
    pub(crate) dice: Arc<SeededDice>,
    /// Kept until the test is over.
    _folder: Option<Folder>,
}

// With a `Drop` of its own a bench is always captured whole, so that its folder
// lives as long as the test's future.
impl Drop for Bench {
    fn drop(&mut self) {}
}

/// 2026-06-01 12:00 UTC.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_780_315_200_000);

/// A folder that goes with its owner.
pub(crate) struct Folder(pub(crate) std::path::PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let path = std::env::temp_dir().join(format!(
            "jawort-store-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        ));
        std::fs::create_dir_all(&path).expect("a scratch folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) async fn sqlite() -> Bench {
    let folder = Folder::new();
    let clock = SteppedClock::at(START);
    let place = Place::Sqlite(folder.0.join("jawort.db"));
    let store = Store::open(&place, Arc::new(clock.clone())).await.expect("a new SQLite memory");
    Bench { store, clock, dice: Arc::new(SeededDice::new(7)), _folder: Some(folder) }
}

/// Says what could not run; under `CI=true` that is a failure.
#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "the chore that runs the tests reads these lines")]
pub(crate) fn not_run(what: &str) {
    println!("NOT RUN: {what}");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "under CI=true this must run: {what}");
}

/// `None` when PostgreSQL's programs are missing.
pub(crate) async fn postgres() -> Option<Bench> {
    let scratch = match testbench::postgres::Scratch::shared() {
        Ok(scratch) => scratch,
        Err(missing) => {
            not_run(&format!("PostgreSQL half: {missing}"));
            return None;
        }
    };
    let url = scratch.create_database().expect("a new database");
    let clock = SteppedClock::at(START);
    let store = Store::open(&Place::Postgres(url), Arc::new(clock.clone())).await.expect("a new PostgreSQL memory");
    Some(Bench { store, clock, dice: Arc::new(SeededDice::new(7)), _folder: None })
}

/// Drives a test that uses the store's group timer: time passes while futures wait.
/// Its statements are noted, and that it is over.
pub(crate) fn run<F: Future<Output = ()>>(test: F) {
    store::conformance::watch();
    let _over = Over;
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(test);
}

/// The tests that are over, by the names of their threads.
static DONE: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
static ONE_MORE: Condvar = Condvar::new();

/// Notes the end of a test, however it ends.
struct Over;

impl Drop for Over {
    fn drop(&mut self) {
        let name = std::thread::current().name().unwrap_or_default().to_owned();
        DONE.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
        ONE_MORE.notify_all();
    }
}

/// Waits until all these tests are over. Those that are not when none ended for five minutes are returned.
pub(crate) fn wait_for(tests: &BTreeSet<String>) -> Vec<String> {
    let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let left: Vec<String> = tests.difference(&done).cloned().collect();
        if left.is_empty() {
            return left;
        }
        let waited = ONE_MORE.wait_timeout(done, Duration::from_secs(300)).unwrap_or_else(PoisonError::into_inner);
        if waited.1.timed_out() {
            return left;
        }
        done = waited.0;
    }
}

/// `both!(name, |bench| async move { … });`
#[macro_export]
macro_rules! both {
    ($(#[$doc:meta])* $name:ident, $test:expr) => {
        $(#[$doc])*
        #[test]
        fn $name() {
            $crate::both::run(async {
                let test = $test;
                test($crate::both::sqlite().await).await;
                if let Some(bench) = $crate::both::postgres().await {
                    test(bench).await;
                }
            });
        }
    };
}
