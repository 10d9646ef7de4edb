//! Every page in a real browser: looked at by a machine that knows barriers, measured, held to its own
//! policy, and searched for sentences that are not in `texts`.
//!
//! Pictures of every page lie in `faces` below the folder of the target's scratch files
//! (`target/tmp/faces/{de,en}/{1280-light,375-dark}/NAME.jpg`).
#![expect(clippy::disallowed_methods, reason = "people and browsers act in real time")]

mod every_page;
mod hand;
mod marked;
mod records;
mod tour;
mod walk;

use std::path::PathBuf;

/// The program under test.
fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_jawort"))
}
