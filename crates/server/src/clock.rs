//! The real clock and the real dice. The only place that asks the machine.
#![expect(clippy::disallowed_methods, reason = "the one module that makes the real clock")]

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use seals::{Clock, Dice, Reading, Sleep, Timestamp};

/// The machine's clock.
///
/// A reading adds up, call by call, the larger of what the monotonic clock and
/// what the wall clock went forward: the monotonic clock stands still while
/// the machine is suspended, the wall clock does not. Steps are added, never
/// totals: a wall clock that is set forward and back again must not make time
/// stand still (DESIGN §4: elapsed time is the larger of the clocks).
pub(crate) struct MachineClock {
    progress: Mutex<Progress>,
}

struct Progress {
    monotonic: Instant,
    wall: SystemTime,
    elapsed: Duration,
}

impl MachineClock {
    /// A clock whose readings start at zero.
    #[must_use]
    pub(crate) fn new() -> Self {
        let progress = Progress { monotonic: Instant::now(), wall: SystemTime::now(), elapsed: Duration::ZERO };
        Self { progress: Mutex::new(progress) }
    }
}

impl Progress {
    fn advance(&mut self, monotonic: Instant, wall: SystemTime) {
        let by_monotonic = monotonic.saturating_duration_since(self.monotonic);
        let by_wall = wall.duration_since(self.wall).unwrap_or(Duration::ZERO);
        self.elapsed += by_monotonic.max(by_wall);
        self.monotonic = self.monotonic.max(monotonic);
        self.wall = wall;
    }
}

impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn reading(&self) -> Reading {
        // A panic elsewhere leaves whole values behind: the lock is as good as before.
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.advance(Instant::now(), SystemTime::now());
        Reading::from_nanos(u64::try_from(progress.elapsed.as_nanos()).unwrap_or(u64::MAX))
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The operating system's random numbers.
pub(crate) struct MachineDice(SystemRandom);

impl MachineDice {
    /// Dice that are ready to be thrown.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Dice for MachineDice {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes).expect("the operating system gives random numbers; without them no secret is safe");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const HOUR: Duration = Duration::from_secs(3600);

    fn progress(monotonic: Instant, wall: SystemTime) -> Progress {
        Progress { monotonic, wall, elapsed: Duration::ZERO }
    }

    #[test]
    fn a_suspended_machine_has_aged() {
        let (monotonic, wall) = (Instant::now(), SystemTime::now());
        let mut clock = progress(monotonic, wall);
        clock.advance(monotonic + SECOND, wall + HOUR);
        assert_eq!(clock.elapsed, HOUR);
    }

    #[test]
    fn a_wall_clock_set_forward_and_back_does_not_stop_time() {
        let (monotonic, wall) = (Instant::now(), SystemTime::now());
        let mut clock = progress(monotonic, wall);
        clock.advance(monotonic + SECOND, wall + HOUR);
        clock.advance(monotonic + 2 * SECOND, wall + 2 * SECOND);
        clock.advance(monotonic + 3 * SECOND, wall + 3 * SECOND);
        assert_eq!(clock.elapsed, HOUR + 2 * SECOND);
    }
}
