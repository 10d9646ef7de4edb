//! Which statements ran: the tests demand that every one did, on both databases.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

static WATCHING: AtomicBool = AtomicBool::new(false);
static RAN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// Notes that a statement ran. One relaxed load while nobody watches.
pub(crate) fn ran(text: &'static str) {
    if WATCHING.load(Ordering::Relaxed)
        && let Ok(mut set) = RAN.lock()
    {
        set.insert(text);
    }
}

/// Starts noting from nothing.
pub fn watch() {
    if let Ok(mut set) = RAN.lock() {
        set.clear();
    }
    WATCHING.store(true, Ordering::Relaxed);
}

/// The statements that did not run since [`watch`], each with its file.
#[must_use]
pub fn not_run() -> Vec<(&'static str, &'static str)> {
    let Ok(set) = RAN.lock() else { return crate::sql::STATEMENTS.to_vec() };
    crate::sql::STATEMENTS.iter().filter(|(_, text)| !set.contains(text)).copied().collect()
}
