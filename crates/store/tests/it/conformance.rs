//! Every fixed statement of the crate ran, on both databases.
//!
//! A missing value is silently NULL on SQLite, and a type is guessed on
//! PostgreSQL: only running a statement shows that it fits. This module's name
//! in the binary is the last of all, so that its test is started when all others
//! are; it waits for the end of those and then looks at what ran.

use std::collections::BTreeSet;

use store::conformance::not_run;

use crate::both;

/// Statements of one database alone: file, a part of the text, whether it is PostgreSQL's.
const ONE_DATABASE: &[(&str, &str, bool)] = &[
    // PostgreSQL counts the beat in the session that holds the lock.
    ("src/lives.rs", "UPDATE life SET beat = beat + 1", false),
];

/// Files whose tests are still being written. Must become empty.
const PENDING: &[&str] = &[];

/// Every test of this binary but this one.
fn others() -> BTreeSet<String> {
    let binary = std::env::current_exe().expect("this binary");
    let listed =
        std::process::Command::new(binary).args(["--list", "--format", "terse"]).output().expect("a list of tests");
    let text = String::from_utf8(listed.stdout).expect("names");
    let own = std::thread::current().name().unwrap_or_default().to_owned();
    text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).filter(|name| *name != own).collect()
}

/// Whether only some of the tests were asked for.
fn filtered() -> bool {
    let mut value_follows = false;
    for argument in std::env::args().skip(1) {
        let is_value = std::mem::take(&mut value_follows);
        match argument.as_str() {
            "--skip" | "--exact" | "--ignored" => return true,
            "--test-threads" | "--format" | "--logfile" | "--color" | "-Z" => value_follows = true,
            other if !other.starts_with('-') && !is_value => return true,
            _ => {}
        }
    }
    false
}

fn missing(postgres: bool) -> Vec<String> {
    let elsewhere = |file: &str, text: &str| {
        ONE_DATABASE.iter().any(|(of, part, pg)| *of == file && text.contains(part) && *pg != postgres)
    };
    let left = not_run(postgres).into_iter().filter(|(file, text)| !elsewhere(file, text) && !PENDING.contains(file));
    left.map(|(file, text)| format!("{file}: {}", text.split_whitespace().collect::<Vec<_>>().join(" "))).collect()
}

/// Proves DESIGN §5: every statement runs on both databases in the tests.
#[test]
fn every_fixed_statement_ran_on_both_databases() {
    if filtered() {
        println!("NOT RUN: conformance of all statements: only some tests were asked for");
        return;
    }
    // With one thread the tests ran one after the other, and this one is the last.
    if std::thread::current().name() != Some("main") {
        let left = both::wait_for(&others());
        assert!(left.is_empty(), "these tests did not end, or do not go through both::run: {left:#?}");
    }
    let sqlite = missing(false);
    assert!(sqlite.is_empty(), "never run on SQLite: {sqlite:#?}");
    if testbench::postgres::Scratch::shared().is_err() {
        return both::not_run("conformance on PostgreSQL: its programs are missing");
    }
    let postgres = missing(true);
    assert!(postgres.is_empty(), "never run on PostgreSQL: {postgres:#?}");
}
