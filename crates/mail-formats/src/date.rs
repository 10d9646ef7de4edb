//! Dates of message headers (RFC 5322 §3.3), written in UTC from a given time.

const DAY_SECONDS: i64 = 86_400;
/// 9999-12-31T23:59:59Z, the last second with a year of four digits.
const LAST_SECOND: i64 = 253_402_300_799;
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Thu, 01 Jan 1970 00:00:00 +0000`. Times outside 1970–9999 are moved to the nearest inside.
pub(crate) fn rfc5322(epoch_millis: i64) -> String {
    let seconds = epoch_millis.div_euclid(1000).clamp(0, LAST_SECOND);
    let (days, rest) = (seconds / DAY_SECONDS, seconds % DAY_SECONDS);
    let (year, month, day) = civil(days);
    let weekday = DAYS[usize::try_from(days % 7).unwrap_or(0)];
    let month = MONTHS[usize::try_from(month - 1).unwrap_or(0)];
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} +0000")
}

/// The civil date of a day number since 1970-01-01. Years are counted from March, so that the
/// leap day is the last of its year and months have regular lengths.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468; // days since 0000-03-01
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_in_utc() {
        assert_eq!(rfc5322(0), "Thu, 01 Jan 1970 00:00:00 +0000");
        assert_eq!(rfc5322(951_782_400_000), "Tue, 29 Feb 2000 00:00:00 +0000");
        assert_eq!(rfc5322(1_795_293_143_999), "Sat, 21 Nov 2026 20:32:23 +0000");
        assert_eq!(rfc5322(i64::MAX), "Fri, 31 Dec 9999 23:59:59 +0000");
        assert_eq!(rfc5322(i64::MIN), "Thu, 01 Jan 1970 00:00:00 +0000");
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let mut before = civil(-1);
        for day in 0..146_097 {
            let now = civil(day);
            let next_day = now.2 == before.2 + 1 && now.1 == before.1 && now.0 == before.0;
            let next_month = now.2 == 1
                && (28..=31).contains(&before.2)
                && (now.1 == before.1 + 1 && now.0 == before.0
                    || now.1 == 1 && before.1 == 12 && now.0 == before.0 + 1);
            assert!(next_day || next_month, "{before:?} {now:?}");
            before = now;
        }
    }
}
