//! One monotonic time line for all processes of this machine.
//!
//! The order of "the answer to an unsubscribe" and "the arrival of DATA" is what the promise
//! about unsubscribing is measured by, and the two may be seen by different processes. An
//! `Instant` is a reading of CLOCK_MONOTONIC, which all processes share; the standard library
//! shows it only in `Debug` output, so the number is read from there, once.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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

/// The moment `later` from now, as forms and the API take it: `2026-05-04T09:00:00Z`.
#[must_use]
pub fn utc_in(later: Duration) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    utc((now + later).as_secs())
}

/// Seconds since 1970 as a date and a time of day.
fn utc(seconds: u64) -> String {
    let (day, second) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March, so that the leap day is the last of one (Hinnant, days_from_civil).
    let shifted = day + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
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
    fn days_are_named_as_people_name_them() {
        assert_eq!(utc(0), "1970-01-01T00:00:00Z");
        assert_eq!(utc(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(utc(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(utc(1_798_761_599), "2026-12-31T23:59:59Z");
    }

    #[test]
    fn time_goes_forward() {
        let earlier = Instant::now();
        let first = monotonic_now_ns();
        let second = monotonic_now_ns();
        assert!(monotonic_ns(earlier) <= first && first <= second);
    }
}
