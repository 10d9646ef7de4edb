//! Hands: the rows that this process works on at once. Some are kept free of bulk, so that a
//! confirmation mail starts within seconds, however slow the receivers of newsletters are (R15).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Hands that bulk mail never takes.
pub(crate) const NOTICE_HANDS: usize = 32;

/// The rows that this process has in hand.
pub struct Hands {
    all: AtomicUsize,
    bulk: AtomicUsize,
    most: usize,
    /// Told when a claim is worth its statements again.
    pub freed: Notify,
}

/// Rows to claim at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Free {
    /// Notices.
    pub notices: usize,
    /// Rows of mailings.
    pub bulk: usize,
}

impl Hands {
    /// At least twice as many as are kept for notices.
    pub fn new(most: usize) -> Arc<Self> {
        let most = most.max(2 * NOTICE_HANDS);
        Arc::new(Self { all: AtomicUsize::new(0), bulk: AtomicUsize::new(0), most, freed: Notify::new() })
    }

    /// Rows in hand.
    pub fn count(&self) -> usize {
        self.all.load(Ordering::Acquire)
    }

    /// Rows to take at once, when the destinations take so much bulk. A statement for one row costs
    /// nearly as much as one for many, so that no bulk is claimed before a third of its hands are
    /// free, or none of them moved for a while; notices are looked for where bulk is claimed, and
    /// whenever `look` says so.
    pub fn free(&self, bulk_most: usize, still: bool, look: bool) -> Free {
        let left = self.most.saturating_sub(self.count());
        let most = bulk_most.min(self.most - NOTICE_HANDS);
        let free = most.saturating_sub(self.bulk.load(Ordering::Acquire)).min(left);
        let bulk = if still || free * 3 >= most { free } else { 0 };
        Free { notices: if look || bulk > 0 { left } else { 0 }, bulk }
    }

    /// Takes a row in hand.
    pub fn take(self: &Arc<Self>, bulk: bool) -> Hand {
        self.all.fetch_add(1, Ordering::AcqRel);
        if bulk {
            self.bulk.fetch_add(1, Ordering::AcqRel);
        }
        Hand { hands: Arc::clone(self), bulk }
    }
}

/// Counts a row that this process has in hand.
pub struct Hand {
    hands: Arc<Hands>,
    bulk: bool,
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.hands.all.fetch_sub(1, Ordering::AcqRel);
        if self.bulk {
            self.hands.bulk.fetch_sub(1, Ordering::AcqRel);
        }
        self.hands.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves R15: bulk leaves hands free, and notices use all that are.
    #[test]
    fn r15_bulk_never_takes_the_hands_of_notices() {
        let hands = Hands::new(100);
        assert_eq!(hands.free(usize::MAX, true, true), Free { notices: 100, bulk: 68 });
        let mut held: Vec<_> = (0..68).map(|_| hands.take(true)).collect();
        assert_eq!(hands.free(usize::MAX, true, true), Free { notices: 32, bulk: 0 });
        assert_eq!(hands.free(usize::MAX, true, false), Free { notices: 0, bulk: 0 });
        held.extend((0..32).map(|_| hands.take(false)));
        assert_eq!(hands.free(usize::MAX, true, true), Free { notices: 0, bulk: 0 });
        held.truncate(40);
        assert_eq!(hands.free(usize::MAX, false, false), Free { notices: 60, bulk: 28 }, "a third is free");
        held.clear();
        assert_eq!(hands.free(0, true, true), Free { notices: 100, bulk: 0 }, "a smarthost that takes nothing");
        assert_eq!(hands.count(), 0);
    }
}
