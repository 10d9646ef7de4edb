//! One monotonic time line for all processes of this machine.
//!
//! The order of "the answer to an unsubscribe" and "the arrival of DATA" is what the promise
//! about unsubscribing is measured by, and the two may be seen by different processes. An
//! `Instant` is a reading of CLOCK_MONOTONIC, which all processes share; the standard library
//! shows it only in `Debug` output, so the number is read from there, once.

use std::sync::OnceLock;
use std::time::Instant;

struct Anchor {
    instant: Instant,
    nanoseconds: u64,
}

fn anchor() -> &'static Anchor {
    static ANCHOR: OnceLock<Anchor> = OnceLock::new();
    ANCHOR.get_or_init(|| {
        let instant = Instant::now();
        let nanoseconds =
            read_debug(&format!("{instant:?}")).expect("Instant shows tv_sec and tv_nsec on Linux with this compiler");
        Anchor { instant, nanoseconds }
    })
}

/// Nanoseconds of CLOCK_MONOTONIC; comparable between processes of one machine.
#[must_use]
pub fn monotonic_now_ns() -> u64 {
    monotonic_ns(Instant::now())
}

/// The same for an instant that was taken before.
#[must_use]
pub fn monotonic_ns(instant: Instant) -> u64 {
    let anchor = anchor();
    let nanoseconds = |duration: std::time::Duration| {
        u64::try_from(duration.as_nanos()).expect("the machine has run for less than 500 years")
    };
    if instant >= anchor.instant {
        anchor.nanoseconds + nanoseconds(instant - anchor.instant)
    } else {
        anchor.nanoseconds - nanoseconds(anchor.instant - instant)
    }
}

fn read_debug(text: &str) -> Option<u64> {
    let number = |field: &str| {
        let rest = &text[text.find(field)? + field.len()..];
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u64>().ok()
    };
    Some(number("tv_sec: ")? * 1_000_000_000 + number("tv_nsec: ")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_line_is_that_of_the_kernel() {
        // Lines of timer_list are not readable everywhere; uptime is, in steps of 10 ms.
        let text = std::fs::read_to_string("/proc/uptime").expect("a Linux machine");
        let uptime: f64 = text.split(' ').next().expect("a field").parse().expect("a number");
        let ours = monotonic_now_ns() as f64 / 1e9;
        // Equal except for time spent in suspend, by which uptime is ahead.
        assert!(ours < uptime + 2.0, "ours {ours}, uptime {uptime}");
        assert!(ours > 0.0);
    }

    #[test]
    fn time_goes_forward() {
        let earlier = Instant::now();
        let first = monotonic_now_ns();
        let second = monotonic_now_ns();
        assert!(monotonic_ns(earlier) <= first && first <= second);
    }
}
