//! The jawort program: settings, wiring, subcommands.
fn main() {}
