//! What is counted of chores.

use meters::{Counts, Gauges, Meter};

/// The chores of the table, in its order: a label takes words that are known when the program is built.
const NAMES: &[&str] = &[
    "list audiences",
    "finish mailings",
    "cancel what is stranded",
    "forget sign-ups that timed out",
    "end provider pauses",
    "carry out decisions on incidents",
    "sweep removed tags",
    "seal consent ledgers",
    "check sending domains",
    "check websites",
    "tell of overdue cases",
    "purge replays of the API",
    "purge confirmation logs",
    "purge arrived mail",
    "purge revisions",
    "purge hours of sending",
    "forget sessions",
    "forget tries to sign in",
];

/// Runs of chores.
pub(crate) static RUNS: Counts = Counts::new(
    "jawort_chore_runs_total",
    "Runs of chores, by how they ended.",
    "end",
    &["good", "failed", "panicked"],
)
.by("chore", NAMES)
.alarm("`failed` grows for an hour; `panicked` grows at all");

/// When each ended well last.
pub(crate) static LAST_GOOD: Gauges = Gauges::new(
    "jawort_chore_last_good_seconds",
    "When a chore ended well last, in seconds since 1970.",
    "chore",
    NAMES,
)
.alarm("`seal consent ledgers` is older than ten minutes, `check sending domains` older than an hour");

/// Every meter of this door.
pub static METERS: &[&'static dyn Meter] = &[&RUNS, &LAST_GOOD];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chore_has_its_word() {
        let table: Vec<&str> = crate::table().map(|(name, _)| name).collect();
        assert_eq!(table, NAMES);
    }
}
