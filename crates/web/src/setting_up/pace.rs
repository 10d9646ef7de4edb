//! How often somebody may have us look at a domain or a website: each look asks others. Whoever wants an
//! answer sooner than [`BETWEEN`] gets the last one. Each node counts for itself; the looks that time
//! brings are not counted, for they do not depend on who asks.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use seals::Reading;

/// Between two looks at one thing.
pub(crate) const BETWEEN: Duration = Duration::from_secs(10);

/// When this node began to look at what, by number; kept as long as it matters.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<HashMap<i64, Reading>>);

impl Pace {
    /// Whether the thing with this number may be looked at now; if so, nobody else may for a while.
    pub(crate) fn may(&self, number: i64, now: Reading) -> bool {
        let mut begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        begun.retain(|_, since| now.elapsed_since(*since) < BETWEEN);
        if begun.contains_key(&number) {
            return false;
        }
        begun.insert(number, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_looked_at_once_in_ten_seconds() {
        let pace = Pace::default();
        let at = |seconds: u64| Reading::from_nanos(seconds * 1_000_000_000);
        assert!(pace.may(1, at(0)));
        assert!(!pace.may(1, at(9)), "it is being looked at");
        assert!(pace.may(2, at(9)), "another thing");
        assert!(pace.may(1, at(10)));
        assert!(pace.may(3, at(30)));
        assert_eq!(pace.0.lock().expect("unbroken").len(), 1, "what is over is forgotten");
    }
}
