//! What is counted of the memory.

use meters::{Counts, Meter};

use crate::error::StoreError;

/// Commits of SQLite's writer.
pub(crate) static COMMITS: Counts = Counts::new(
    "jawort_sqlite_commits_total",
    "Commits of SQLite's one writer. Durable ones waited for the disk; soft ones (claims, starts, beats) need not.",
    "kind",
    &["durable", "soft"],
);

/// Writes that failed for want of a working database.
pub(crate) static FAULTS: Counts = Counts::new(
    "jawort_database_faults_total",
    "Writes that the database did not take, by fault. Nothing of such a write is kept.",
    "fault",
    &["unavailable", "crossed", "disk_full", "corrupt", "bug"],
)
.alarm("`disk_full`, `corrupt` or `bug` grows at all; `unavailable` grows for a minute");

/// Every meter of the memory.
pub static METERS: &[&'static dyn Meter] = &[&COMMITS, &FAULTS];

/// Counts what is the database's fault, or ours; what a caller wished in vain is none.
pub(crate) fn faulty(error: &StoreError) {
    let word = match error {
        StoreError::Unavailable(_) | StoreError::Unusable(_) => "unavailable",
        StoreError::Crossed(_) => "crossed",
        StoreError::DiskFull => "disk_full",
        StoreError::Corrupt(_) => "corrupt",
        StoreError::Bug(_) => "bug",
        StoreError::Conflict(_) | StoreError::NotFound(_) | StoreError::Invalid(_) => return,
    };
    FAULTS.add(word, 1);
}
