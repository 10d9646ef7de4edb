//! Time as the program sees it: wall time for people, readings for rules.
//!
//! Nothing below the binary asks the machine for the time. Code that needs it is given a
//! [`Timestamp`] or a [`Clock`], so that a test or a simulation decides what time it is.

use std::fmt;
use std::future::Future;
use std::ops::{Add, Sub};
use std::pin::Pin;
use std::time::Duration;

const MILLIS_PER_DAY: i64 = 24 * 60 * 60 * 1000;

/// Wall time in milliseconds since 1970-01-01 00:00 UTC. The only wall time in the program.
///
/// Two machines' timestamps are never compared to decide who owns something; see [`Reading`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01 00:00 UTC.
    pub const EPOCH: Self = Self(0);

    /// The time `millis` milliseconds after 1970 (before it, if negative).
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The time `seconds` seconds after 1970, as DNS, DKIM and RFC 5322 count. Saturates.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The time that passed since `earlier`; zero if `earlier` is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        let millis = self.0.saturating_sub(earlier.0);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }

    /// The number of the UTC day, 0 = 1970-01-01.
    pub const fn day(self) -> i64 {
        self.0.div_euclid(MILLIS_PER_DAY)
    }
}

fn millis_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    /// Saturates at the end of time; parts of a millisecond are dropped.
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis_of(duration)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    /// Saturates at the beginning of time; parts of a millisecond are dropped.
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis_of(duration)))
    }
}

/// A reading of a clock that only goes forward: the larger of monotonic and boot-time progress,
/// in nanoseconds since a start that means nothing outside this process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reading(u64);

impl Reading {
    /// For the makers of clocks only: a reading of `nanos` nanoseconds since the clock's start.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The time that passed between `earlier` and this reading; zero if it is not earlier.
    pub const fn elapsed_since(&self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Reading {
    type Output = Self;

    /// The reading at which `duration` will have passed. Saturates.
    fn add(self, duration: Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanos))
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reading({:?})", Duration::from_nanos(self.0))
    }
}

/// What [`Clock::sleep`] returns: ready when the time has passed.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The clock that code is given. The real one is made in the binary only;
/// [`crate::fake::SteppedClock`] stands in for it in tests and simulations.
pub trait Clock: Send + Sync + 'static {
    /// The wall time. It may jump in either direction.
    fn now(&self) -> Timestamp;

    /// The reading that rules about elapsed time use. It never goes back.
    fn reading(&self) -> Reading;

    /// Ready when `duration` has passed by [`Clock::reading`]. The time counts from this call,
    /// not from the first poll.
    fn sleep(&self, duration: Duration) -> Sleep;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_utc_before_1970_too() {
        assert_eq!(Timestamp::from_millis(MILLIS_PER_DAY - 1).day(), 0);
        assert_eq!(Timestamp::from_millis(MILLIS_PER_DAY).day(), 1);
        assert_eq!(Timestamp::from_millis(-1).day(), -1);
        assert_eq!(Timestamp::from_millis(-1).seconds(), -1);
    }

    #[test]
    fn elapsed_time_is_never_negative_and_sums_never_overflow() {
        let (early, late) = (Timestamp::from_millis(5), Timestamp::from_millis(9));
        assert_eq!(late.since(early), Duration::from_millis(4));
        assert_eq!(early.since(late), Duration::ZERO);
        assert_eq!(late + Duration::MAX, Timestamp::from_millis(i64::MAX));
        assert_eq!(late - Duration::MAX, Timestamp::from_millis(9 - i64::MAX));
        let max = Timestamp::from_millis(i64::MAX);
        assert_eq!(max.since(Timestamp::from_millis(i64::MIN)).as_millis(), i64::MAX as u128);
        let (one, two) = (Reading::from_nanos(1), Reading::from_nanos(2));
        assert_eq!(one.elapsed_since(two), Duration::ZERO);
        assert_eq!(two + Duration::MAX, Reading::from_nanos(u64::MAX));
    }
}
