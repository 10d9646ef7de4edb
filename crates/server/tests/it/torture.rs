//! Promise 6 with real processes. The program is killed at random instants and at every named place
//! while it sends (`testbench::torture` does it), it is stopped, frozen and ended in good order with a
//! thousand open dialogs, its newsletters are paused and resumed in random orders, its database dies:
//! nothing is lost, and nothing comes twice but what was on the wire of a process that was killed.
#![expect(clippy::disallowed_methods, reason = "programs are killed and asked at random instants of real time")]

mod books;
mod ending;
mod orders;
mod outages;
mod zombies;

use std::path::PathBuf;
use std::sync::OnceLock;

use failpoints::{Point, STANDS, VARIABLE};
use testbench::postgres::Scratch;
use testbench::story::Narrator;
use testbench::torture::{Options, run};

use crate::builds::build;
use crate::scratch::program;

/// Kills on each database; more where the tests are asked for their large figures.
fn kills() -> usize {
    if testbench::long() { 2_000 } else { 150 }
}

/// The build with the places, made once.
fn armed() -> PathBuf {
    static ARMED: OnceLock<PathBuf> = OnceLock::new();
    tokio::task::block_in_place(|| ARMED.get_or_init(|| build("jawort-torture", "torture")).clone())
}

async fn torture(database: Option<String>) {
    let options =
        Options { program: program(), armed: armed(), database, nodes: 1, kills: kills(), seed: 1, judged: true };
    let report = run(&options, Narrator).await.unwrap_or_else(|error| panic!("{error}"));
    Narrator.say(&report);
    assert_eq!(report.faults, [""; 0]);
    let figures = report.figures;
    assert!(figures.kills_in_flight >= options.kills && figures.mails > 0, "{figures:?}");
    assert_eq!((figures.lost, figures.sent_again_after_commit), (0, 0), "{figures:?}");
    assert!(figures.max_repeats_per_kill <= figures.connections, "{figures:?}");
    // Times are measured where nothing else runs.
    assert!(!testbench::long() || report.slow.is_none(), "{figures:?}");
}

/// Proves promise 6 (DESIGN §4, ownership; ARMOUR A1) on SQLite.
#[tokio::test(flavor = "multi_thread")]
async fn armour_a1_kills_anywhere_lose_nothing_and_repeat_only_what_was_on_the_wire_sqlite() {
    torture(None).await;
}

/// Proves promise 6 (DESIGN §4, ownership; ARMOUR A1) on PostgreSQL.
#[tokio::test(flavor = "multi_thread")]
async fn armour_a1_kills_anywhere_lose_nothing_and_repeat_only_what_was_on_the_wire_postgres() {
    match Scratch::shared().and_then(Scratch::create_database) {
        Ok(database) => torture(Some(database)).await,
        Err(reason) => testbench::not_run(format!("the torture on PostgreSQL: {reason}")),
    }
}

/// Whether the bytes of a program hold a text.
fn holds(program: &[u8], text: &str) -> bool {
    program.windows(text.len()).any(|window| window == text.as_bytes())
}

/// What ships has no place to stand still at, and nothing that could arm one. The armed build shows
/// that the search finds them where they are.
#[tokio::test(flavor = "multi_thread")]
async fn the_program_that_ships_has_no_failpoints() {
    let read = |program: PathBuf| std::fs::read(&program).unwrap_or_else(|error| panic!("{program:?}: {error}"));
    let (ships, armed) = (read(program()), read(armed()));
    // Names of one word stand in other sentences too.
    let names = Point::ALL.iter().map(|place| place.name()).filter(|name| name.contains('-'));
    for text in names.chain([STANDS, VARIABLE]) {
        assert!(holds(&armed, text), "{text:?} is not found where it is");
        assert!(!holds(&ships, text), "{text:?} stands in the program that ships");
    }
}
