//! The clocks of a node: a reading that goes forward at a rate of its own, and a wall clock that
//! people and NTP set.

use std::time::Duration;

use seals::{Reading, Timestamp};

/// Nanoseconds of the world since it began. Nobody in the world sees them.
pub(crate) type Nanos = u64;

pub(crate) const MILLI: Nanos = 1_000_000;
pub(crate) const SECOND: Nanos = 1_000 * MILLI;
pub(crate) const MINUTE: Nanos = 60 * SECOND;
pub(crate) const HOUR: Nanos = 60 * MINUTE;
pub(crate) const DAY: Nanos = 24 * HOUR;

/// A node's clocks. As the program's own clock does it, a wall clock that is set forward takes the
/// reading with it, and one that is set back does not.
#[derive(Clone, Debug)]
pub(crate) struct NodeClock {
    /// Wall time at the world's beginning, milliseconds.
    begin: i64,
    /// How much faster than the world the reading goes, in millionths.
    ppm: i64,
    /// What the wall clock was set forward or back in all, milliseconds.
    set: i64,
    /// What the reading was taken forward by that, nanoseconds.
    taken: u64,
}

impl NodeClock {
    pub(crate) const fn new(begin: Timestamp, ppm: i64) -> Self {
        Self { begin: begin.millis(), ppm, set: 0, taken: 0 }
    }

    pub(crate) fn reading(&self, at: Nanos) -> Reading {
        let gone = i128::from(at) * (1_000_000 + i128::from(self.ppm)) / 1_000_000;
        // A day ahead, so that rules can look back.
        Reading::from_nanos(u64::try_from(gone).unwrap_or(u64::MAX) + DAY + self.taken)
    }

    pub(crate) fn wall(&self, at: Nanos) -> Timestamp {
        Timestamp::from_millis(self.begin + i64::try_from(at / MILLI).unwrap_or(i64::MAX) + self.set)
    }

    /// When `wait` will have passed by the reading, if nobody sets the wall clock.
    pub(crate) fn after(&self, at: Nanos, wait: Duration) -> Nanos {
        let wait = wait.as_nanos() * 1_000_000 / u128::from((1_000_000 + self.ppm).unsigned_abs());
        at + u64::try_from(wait).unwrap_or(u64::MAX / 4) + 1_000
    }

    /// When the wall clock will show that time, if nobody sets it; not before `at`.
    pub(crate) fn when(&self, wall: Timestamp, at: Nanos) -> Nanos {
        let millis = wall.millis() - self.begin - self.set;
        at.max(u64::try_from(millis).unwrap_or(0).saturating_mul(MILLI))
    }

    /// Sets the wall clock forward or back.
    pub(crate) fn set_by(&mut self, millis: i64) {
        self.set += millis;
        self.taken += u64::try_from(millis).unwrap_or(0) * MILLI;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_is_set_forward_takes_the_reading_with_it_and_one_that_is_set_back_does_not() {
        let mut clock = NodeClock::new(Timestamp::from_seconds(1_000), 0);
        let before = clock.reading(SECOND);
        clock.set_by(3_600_000);
        assert_eq!(clock.reading(SECOND).elapsed_since(before), Duration::from_secs(3600));
        assert_eq!(clock.wall(SECOND), Timestamp::from_seconds(1_000 + 3_600 + 1));
        clock.set_by(-3_600_000);
        assert_eq!(clock.reading(SECOND).elapsed_since(before), Duration::from_secs(3600));
        assert_eq!(clock.wall(SECOND), Timestamp::from_seconds(1_001));
    }

    #[test]
    fn a_wait_is_over_by_the_nodes_own_clock() {
        for ppm in [-20_000, 0, 20_000] {
            let clock = NodeClock::new(Timestamp::EPOCH, ppm);
            let wait = Duration::from_millis(1_050);
            let end = clock.after(5 * SECOND, wait);
            let passed = clock.reading(end).elapsed_since(clock.reading(5 * SECOND));
            assert!(passed >= wait && passed < wait + Duration::from_micros(5), "{ppm}: {passed:?}");
        }
    }
}
