//! Time zones of accounts: customers say when a newsletter leaves by the clock on their wall.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use texts::{Language, invalid};

use crate::Timestamp;

/// The time zone of an account that names none.
pub const DEFAULT_ZONE: &str = "Europe/Berlin";

/// How the names of places begin.
const PLACES: [&str; 9] =
    ["Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/"];

/// A time zone by its name in the IANA database, for example `Europe/Berlin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// Why a text names no moment. The customer must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ZoneProblem {
    /// There is no time zone of this name.
    UnknownZone,
    /// Neither `2026-05-04T09:00` nor a moment with offset such as `2026-05-04T09:00:00+02:00`.
    NotAMoment,
    /// The clock on the wall skips this time, because summer time begins.
    Skipped,
}

impl ZoneProblem {
    /// The word by which pages and the API name the problem.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::UnknownZone => "unknown_zone",
            Self::NotAMoment => "not_a_moment",
            Self::Skipped => "skipped",
        }
    }

    /// The sentence for the customer.
    #[must_use]
    pub fn say(self, language: Language) -> String {
        match self {
            Self::UnknownZone => invalid::zone_unknown(language),
            Self::NotAMoment => invalid::moment_unreadable(language),
            Self::Skipped => invalid::moment_skipped(language),
        }
    }
}

impl fmt::Display for ZoneProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Language::En))
    }
}

impl std::error::Error for ZoneProblem {}

impl Zone {
    /// Reads a name.
    ///
    /// # Errors
    /// `UnknownZone`.
    pub fn parse(name: &str) -> Result<Self, ZoneProblem> {
        // Names only: a fixed offset or a POSIX rule would not follow the law of the place.
        if name.len() > 64 || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(ZoneProblem::UnknownZone);
        }
        TimeZone::get(name).map(Self).map_err(|_| ZoneProblem::UnknownZone)
    }

    /// The names among which people choose, in their order: places (`Europe/Berlin`) and `UTC`. The
    /// database knows more; those are other spellings of these.
    #[must_use]
    pub fn names() -> Vec<String> {
        let is_place = |name: &str| PLACES.iter().any(|area| name.starts_with(area)) || name == "UTC";
        let all = jiff::tz::db().available().map(|name| name.to_string());
        let mut names: Vec<String> = all.filter(|name| is_place(name)).collect();
        names.sort_unstable();
        names
    }

    /// The name, as the database spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Reads a moment: with `Z` or an offset it stands for itself, without one it is the time on
    /// the wall of this zone; of a time that comes twice, the first.
    ///
    /// # Errors
    /// `NotAMoment` or `Skipped`.
    pub fn moment(&self, text: &str) -> Result<Timestamp, ZoneProblem> {
        if let Ok(moment) = text.parse::<jiff::Timestamp>() {
            return Ok(Timestamp::from_millis(moment.as_millisecond()));
        }
        let wall: DateTime = text.parse().map_err(|_| ZoneProblem::NotAMoment)?;
        let found = self.0.to_ambiguous_zoned(wall);
        if matches!(found.offset(), jiff::tz::AmbiguousOffset::Gap { .. }) {
            return Err(ZoneProblem::Skipped);
        }
        let zoned = found.earlier().map_err(|_| ZoneProblem::NotAMoment)?;
        Ok(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
    }

    /// The moment as the clock on the wall shows it, with offset: `2026-05-04T09:00:00+02:00`.
    #[must_use]
    pub fn show(&self, at: Timestamp) -> String {
        match jiff::Timestamp::from_second(at.seconds()) {
            Ok(moment) => moment.display_with_offset(self.0.to_offset(moment)).to_string(),
            Err(_) => String::new(),
        }
    }
}

/// A moment in UTC, to the millisecond, as the API says it: `2026-05-04T07:00:00.5Z` (RFC 3339).
#[must_use]
pub fn utc(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis()).map(|moment| moment.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_time_follows_summer_time() {
        let berlin = Zone::parse(DEFAULT_ZONE).expect("known");
        let shown = |text: &str| berlin.show(berlin.moment(text).expect("a moment"));
        assert_eq!(shown("2026-01-05T09:00"), "2026-01-05T09:00:00+01:00");
        assert_eq!(shown("2026-07-05T09:00"), "2026-07-05T09:00:00+02:00");
        assert_eq!(shown("2026-07-05T07:00:00Z"), "2026-07-05T09:00:00+02:00");
        assert_eq!(shown("2026-10-25T02:30"), "2026-10-25T02:30:00+02:00");
        assert_eq!(berlin.moment("2026-03-29T02:30"), Err(ZoneProblem::Skipped));
        assert_eq!(berlin.moment("tomorrow"), Err(ZoneProblem::NotAMoment));
        assert_eq!(berlin.name(), "Europe/Berlin");
    }

    #[test]
    fn a_moment_is_written_in_utc_and_read_back() {
        let at = Timestamp::from_millis(1_777_878_000_500);
        assert_eq!(utc(at), "2026-05-04T07:00:00.5Z");
        assert_eq!(Zone::parse("UTC").expect("known").moment(&utc(at)), Ok(at));
    }

    #[test]
    fn every_name_to_choose_is_a_time_zone() {
        let names = Zone::names();
        assert!(
            names.len() > 300
                && names.iter().any(|name| name == DEFAULT_ZONE)
                && names.iter().any(|name| name == "UTC")
        );
        assert!(names.iter().all(|name| Zone::parse(name).is_ok()));
    }

    #[test]
    fn only_names_are_time_zones() {
        for name in ["", "+02:00", "Europe/Nowhere", "../../etc/passwd", "Europe/Berlin\n", "/etc/localtime"] {
            assert_eq!(Zone::parse(name), Err(ZoneProblem::UnknownZone), "{name:?}");
        }
    }
}
