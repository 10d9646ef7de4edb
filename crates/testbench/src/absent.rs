//! Parts of a test run that cannot run here.

use std::fmt::Display;

/// Says that a part of a test could not run and why; `cargo xtask test` lists these lines at its
/// end.
///
/// # Panics
/// Where the environment says `CI=true`: there everything must run.
#[expect(clippy::print_stdout, reason = "the runner of the tests reads this line")]
pub fn not_run(what: impl Display) {
    println!("NOT RUN: {what}");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "NOT RUN: {what}");
}
