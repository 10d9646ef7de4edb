//! Chores and self-checks.
fn main() {}
