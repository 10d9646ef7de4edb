//! Opening a memory: first start, second start, a newer database.

use std::sync::Arc;

use seals::fake::SteppedClock;
use store::conformance::{script, texts};
use store::{Place, Store, StoreError};

use crate::both::{self, Folder, START};

crate::both!(
    /// Opening twice keeps what is there and runs no migration again.
    opening_again_changes_nothing,
    |bench: both::Bench| async move {
        let place = bench.store.place().clone();
        Store::open(&place, Arc::new(bench.clock.clone())).await.expect("the same memory");
    }
);

crate::both!(
    /// Whoever asks whether this program may work hears of a schema that another one changed meanwhile.
    a_schema_that_another_program_changed_is_noticed,
    |bench: both::Bench| async move {
        bench.store.check_schema().await.expect("the schema of this program");
        script(&bench.store, "INSERT INTO migration (version, applied_at) VALUES (9999, 0)").await.expect("another's");
        let Err(StoreError::Unusable(told)) = bench.store.check_schema().await else { panic!("it must be told") };
        assert!(told.contains("9999"), "{told}");
    }
);

#[test]
fn a_database_of_a_newer_version_is_refused_with_what_to_do() {
    both::run(async {
        let folder = Folder::new();
        let place = Place::Sqlite(folder.0.join("jawort.db"));
        let clock = Arc::new(SteppedClock::at(START));
        Store::open(&place, clock.clone()).await.expect("a new memory").close().await;
        let status = std::process::Command::new("python3")
            .args(["-c", "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('insert into migration values (9999, 0)'); c.commit()"])
            .arg(folder.0.join("jawort.db"))
            .status()
            .expect("python3 is part of Debian");
        assert!(status.success());
        let Err(StoreError::Unusable(text)) = Store::open(&place, clock).await.map(|_| ()) else {
            panic!("it must be refused")
        };
        assert!(text.contains("newer jawort"), "{text}");
    });
}

/// Without its figures SQLite would read a large book from its beginning where an index leads to one contact.
#[test]
fn every_index_of_a_table_with_figures_has_its_own() {
    both::run(async {
        let bench = both::sqlite().await;
        let lacking = "SELECT m.tbl_name, m.name FROM sqlite_master m WHERE m.type = 'index' AND m.tbl_name IN (SELECT tbl FROM sqlite_stat1)
            AND NOT EXISTS (SELECT 1 FROM sqlite_stat1 s WHERE s.tbl = m.tbl_name AND s.idx = m.name)";
        let strange = "SELECT s.tbl, s.idx FROM sqlite_stat1 s WHERE s.idx <> s.tbl
            AND NOT EXISTS (SELECT 1 FROM sqlite_master m WHERE m.type = 'index' AND m.tbl_name = s.tbl AND m.name = s.idx)";
        for (what, statement) in [("no figures", lacking), ("figures of nothing", strange)] {
            let found = texts(&bench.store, statement, 2).await.expect("rows");
            assert!(found.is_empty(), "{what} (migrations/0006_plans.sql): {found:?}");
        }
        let known = texts(&bench.store, "SELECT DISTINCT tbl FROM sqlite_stat1", 1).await.expect("rows");
        assert!(known.len() > 10, "{known:?}");
    });
}

#[test]
fn a_place_that_is_no_database_is_refused_with_what_is_allowed() {
    both::run(async {
        let Err(StoreError::Unusable(text)) = Place::parse("mysql://x") else { panic!("it must be refused") };
        assert!(text.contains("sqlite:PATH") && text.contains("postgres://"), "{text}");
    });
}
