//! The clockwork on a clock that stands still until it is told to go on.
//!
//! Every chore that waits sleeps on that clock, so "all chores are at rest" can be waited for, and
//! nothing here guesses how long something takes.

#![expect(clippy::disallowed_methods, reason = "the memory has real time; only the clockwork's stands still")]

#[path = "../../../store/tests/it/world.rs"]
#[expect(dead_code, reason = "the store's tests use the rest")]
mod world;

mod bench;
mod checks;
mod chores;
