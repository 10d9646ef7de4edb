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

/// Whether the tests are asked for their large figures (`cargo xtask test --long`): those that take
/// minutes, and those that measure times, which a busy machine would spoil.
#[must_use]
pub fn long() -> bool {
    std::env::var_os("XTASK_LONG").is_some_and(|value| value == "1")
}
