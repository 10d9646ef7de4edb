//! Cases of the abuse desk: by when a person looks, and by when one decides (R79, R89, R92).

use std::time::Duration;

use crate::Timestamp;

/// The terms of R92, which configuration may only shorten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Time of working days until a person has looked at a case for the first time; at most one working day.
    pub first_look: Duration,
    /// Time of working days until a person has decided it; at most five working days.
    pub decision: Duration,
}

const DAY: u64 = 24 * 60 * 60;

impl Terms {
    /// The longest terms: what the policy promises.
    pub const PROMISED: Self = Self { first_look: Duration::from_secs(DAY), decision: Duration::from_secs(5 * DAY) };

    /// Terms of so many hours and days; what is longer than promised is shortened to the promise.
    #[must_use]
    pub fn new(first_look_hours: i64, decision_days: i64) -> Self {
        let seconds =
            |number: i64, unit: u64| Duration::from_secs(u64::try_from(number).unwrap_or(0).saturating_mul(unit));
        Self {
            first_look: seconds(first_look_hours, 60 * 60).min(Self::PROMISED.first_look),
            decision: seconds(decision_days, DAY).min(Self::PROMISED.decision),
        }
    }

    /// The deadlines of a case that opens now (R92).
    ///
    /// A working day is any day from Monday to Friday, UTC: public holidays
    /// differ from place to place and make nobody wait longer. What opens on a
    /// weekend counts from Monday, 00:00.
    #[must_use]
    pub fn deadlines(self, opened_at: Timestamp) -> Deadlines {
        Deadlines {
            first_look: after_working_time(opened_at, self.first_look),
            decision: after_working_time(opened_at, self.decision),
        }
    }
}

/// By when a case must be looked at and decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// The first human look.
    pub first_look: Timestamp,
    /// The decision with its reason.
    pub decision: Timestamp,
}

/// The weekday of a UTC day, Monday = 0. 1970-01-01 was a Thursday.
const fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

fn midnight(day: i64) -> Timestamp {
    Timestamp::from_seconds(day.saturating_mul(24 * 60 * 60))
}

fn after_working_time(from: Timestamp, time: Duration) -> Timestamp {
    let (mut at, mut left) = (from, time);
    loop {
        let weekday = weekday(at.day());
        if weekday > 4 {
            at = midnight(at.day() + 7 - weekday);
        }
        let today = midnight(at.day() + 1).since(at);
        if left <= today {
            return at + left;
        }
        left -= today;
        at = midnight(at.day() + 1);
    }
}

/// Why a case was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CaseKind {
    /// Complaints about one mailing (R79).
    Complaint,
    /// The account was suspended, by its score or by a person (R85, R89).
    Suspension,
    /// A complaint about a confirmation mail: somebody may be bombing a form (R67).
    ListBombing,
    /// The reporter left the named sender's book; a person attributes the report, then it counts (D4).
    Attribution,
    /// A letter to the abuse desk that names nothing of ours.
    Letter,
    /// A wish to be unsubscribed that the desk can check (R42, D14).
    Wish,
}

impl CaseKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Complaint, Self::Suspension, Self::ListBombing, Self::Attribution, Self::Letter, Self::Wish];

    /// The word in the database, on pages and in the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Suspension => "suspension",
            Self::ListBombing => "list_bombing",
            Self::Attribution => "attribution",
            Self::Letter => "letter",
            Self::Wish => "wish",
        }
    }

    /// The kind behind a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday 2026-01-05 00:00 UTC and so on: day 20458 is a Monday.
    fn at(day: i64, hour: i64) -> Timestamp {
        Timestamp::from_seconds((20_458 + day) * 86_400 + hour * 3_600)
    }

    /// Proves R92: one working day, five working days; weekends do not count.
    #[test]
    fn r92_a_case_is_looked_at_within_one_working_day_and_decided_within_five() {
        assert_eq!(weekday(20_458), 0);
        let cases = [
            // Monday 10:00 -> Tuesday 10:00, next Monday 10:00
            (at(0, 10), at(1, 10), at(7, 10)),
            // Friday 17:00 -> Monday 17:00, next Friday 17:00
            (at(4, 17), at(7, 17), at(11, 17)),
            // The weekend counts from Monday 0:00; the fifth working day ends on Friday at midnight
            (at(5, 9), at(8, 0), at(12, 0)),
            (at(6, 23), at(8, 0), at(12, 0)),
        ];
        for (opened, first_look, decision) in cases {
            assert_eq!(Terms::PROMISED.deadlines(opened), Deadlines { first_look, decision }, "{opened:?}");
        }
        assert_eq!(Terms::new(4, 1).deadlines(at(4, 22)), Deadlines { first_look: at(7, 2), decision: at(7, 22) });
    }

    /// Proves R2 and R92: configuration shortens the terms and never lengthens them.
    #[test]
    fn r2_r92_terms_are_never_longer_than_promised() {
        assert_eq!(Terms::new(1_000, 1_000), Terms::PROMISED);
        assert_eq!(Terms::new(-1, 0), Terms { first_look: Duration::ZERO, decision: Duration::ZERO });
    }

    #[test]
    fn words_lead_back_to_their_kind() {
        for kind in CaseKind::ALL {
            assert_eq!(CaseKind::from_word(kind.word()), Some(kind));
        }
        assert_eq!(CaseKind::from_word("x"), None);
    }
}
