//! The complaint score (R66–R72, D3): exact, without floating point.

mod interval;

use std::fmt;
use std::time::Duration;

use crate::Timestamp;

/// Fewest complaints that suspend an account: the smallest violating count of the policies' own example (R70, D3).
/// Fixed; no setting changes it.
pub const SUSPENDING_COMPLAINTS: i64 = 3;
/// Of fewer mails than these a single complaint is above 0.2 % (R69).
pub const ONE_FITS_FROM: i64 = 500;
/// Fewest complaints of a significant excess (R72).
pub const SIGNIFICANT_COMPLAINTS: i64 = 5;
/// The span of the score over recent mail.
pub const RECENT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Within this span a second suspension decided against the customer is a repetition (R72).
pub const REPETITION: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Complaints received for a number of mails sent (R67).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Score {
    complaints: i64,
    sent: i64,
}

/// Where a score stands (R68, R69). Ordered by gravity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScoreState {
    /// Nothing was sent: there is no score.
    None,
    /// Below 0.1 %.
    Fine,
    /// 0.1 % or more.
    Warning,
    /// Exactly 0.2 %: the limit is reached.
    AtLimit,
    /// Above 0.2 %.
    Violation,
    /// Above 1 %: providers begin to block the sender (R68).
    Critical,
}

impl ScoreState {
    /// The word that pages, API and logs use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Fine => "fine",
            Self::Warning => "warning",
            Self::AtLimit => "at_limit",
            Self::Violation => "violation",
            Self::Critical => "critical",
        }
    }
}

/// Per mille in hundredths, rounded up, for display: "2.01". Rounding up keeps
/// what is above the limit from looking as if it were at the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Permille {
    /// Hundredths of one per mille.
    pub hundredths: i64,
}

impl fmt::Display for Permille {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.hundredths / 100, self.hundredths % 100)
    }
}

impl Score {
    /// A score; negative counts are zero.
    #[must_use]
    pub fn new(complaints: i64, sent: i64) -> Self {
        Self { complaints: complaints.max(0), sent: sent.max(0) }
    }

    /// Complaints.
    #[must_use]
    pub const fn complaints(self) -> i64 {
        self.complaints
    }

    /// Mails of newsletters and autoresponders that receivers accepted.
    #[must_use]
    pub const fn sent(self) -> i64 {
        self.sent
    }

    /// Compares complaints ÷ sent with `permille`/1000. None when nothing was sent.
    fn compare(self, permille: i64) -> Option<std::cmp::Ordering> {
        if self.sent == 0 {
            return None;
        }
        let left = i128::from(self.complaints) * 1000;
        Some(left.cmp(&(i128::from(self.sent) * i128::from(permille))))
    }

    /// Above 0.2 % (R69, D3): `complaints * 1000 > sent * 2`.
    #[must_use]
    pub fn above_limit(self) -> bool {
        self.compare(2).is_some_and(std::cmp::Ordering::is_gt)
    }

    /// Where the score stands (R68, R69).
    #[must_use]
    pub fn state(self) -> ScoreState {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let (Some(critical), Some(limit), Some(warning)) = (self.compare(10), self.compare(2), self.compare(1)) else {
            return ScoreState::None;
        };
        match (critical, limit, warning) {
            (Greater, _, _) => ScoreState::Critical,
            (_, Greater, _) => ScoreState::Violation,
            (_, Equal, _) => ScoreState::AtLimit,
            (_, Less, Greater | Equal) => ScoreState::Warning,
            (_, Less, Less) => ScoreState::Fine,
        }
    }

    /// Significantly above the limit (R72): 0.5 % or more with at least 5 complaints.
    #[must_use]
    pub fn significantly_above(self) -> bool {
        self.complaints >= SIGNIFICANT_COMPLAINTS && self.compare(5).is_some_and(std::cmp::Ordering::is_ge)
    }

    /// How many complaints may still come about these mails until the score is at the limit and not
    /// above it. None when nothing was sent, or when it is above the limit.
    #[must_use]
    pub fn room(self) -> Option<i64> {
        let most = i128::from(self.sent) * 2 / 1000;
        let room = most - i128::from(self.complaints);
        (self.sent > 0 && room >= 0).then(|| i64::try_from(room).unwrap_or(i64::MAX))
    }

    /// For display. None when nothing was sent.
    #[must_use]
    pub fn permille(self) -> Option<Permille> {
        if self.sent == 0 {
            return None;
        }
        let hundredths = (i128::from(self.complaints) * 100_000 + i128::from(self.sent) - 1) / i128::from(self.sent);
        Some(Permille { hundredths: i64::try_from(hundredths).unwrap_or(i64::MAX) })
    }
}

/// The three scores of R67. All count from the last reinstatement on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scores {
    /// Of the mailing concerned; of an autoresponder, of the calendar week of sending.
    pub mailing: Score,
    /// Of the account over the last 30 days.
    pub recent: Score,
    /// Of the account since it began or was reinstated.
    pub life: Score,
}

/// What follows from the scores (D3). Ordered by gravity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing.
    Fine,
    /// The customer is warned by mail (R71).
    Warn,
    /// The mailing concerned pauses and a case opens; the account goes on with others.
    PauseMailing,
    /// The account is suspended at once, in the complaint's transaction, and a case opens (R85).
    Suspend,
}

impl Scores {
    const fn each(self) -> [Score; 3] {
        [self.mailing, self.recent, self.life]
    }

    /// What follows (R67, R69, R70, D3): above means any of the three.
    #[must_use]
    pub fn judge(self) -> Verdict {
        let above = || self.each().into_iter().filter(|score| score.above_limit());
        if above().any(|score| score.complaints >= SUSPENDING_COMPLAINTS) {
            return Verdict::Suspend;
        }
        if above().next().is_some() {
            return Verdict::PauseMailing;
        }
        match self.worst() {
            ScoreState::Warning | ScoreState::AtLimit => Verdict::Warn,
            ScoreState::None | ScoreState::Fine | ScoreState::Violation | ScoreState::Critical => Verdict::Fine,
        }
    }

    /// The gravest state of the three.
    #[must_use]
    pub fn worst(self) -> ScoreState {
        self.each().into_iter().map(Score::state).max().unwrap_or(ScoreState::None)
    }
}

/// What speaks for parting with a customer (R72). A person decides (R89).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TerminationGround {
    /// 0.5 % or more with at least 5 complaints.
    Significant,
    /// A second suspension decided against the customer within 12 months.
    Repeated,
}

impl TerminationGround {
    /// The word in a case's steps and in the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Significant => "significant",
            Self::Repeated => "repeated",
        }
    }
}

/// The grounds for a proposal to terminate (R72).
///
/// `decided_against`: the times of decisions against the customer after a
/// suspension, the present case included if it goes that way.
#[must_use]
pub fn termination_grounds(scores: Scores, decided_against: &[Timestamp], now: Timestamp) -> Vec<TerminationGround> {
    let mut grounds = Vec::new();
    if scores.each().into_iter().any(Score::significantly_above) {
        grounds.push(TerminationGround::Significant);
    }
    let lately = decided_against.iter().filter(|&&at| at <= now && now.since(at) < REPETITION).count();
    if lately >= 2 {
        grounds.push(TerminationGround::Repeated);
    }
    grounds
}

/// Whether a message counts in the scores (R67): sent at or after the last reinstatement.
///
/// A complaint belongs to the send date of its message (F8), so a late
/// complaint about old mail does not burden the new start.
#[must_use]
pub fn counts_since(sent_at: Timestamp, reinstated_at: Option<Timestamp>) -> bool {
    reinstated_at.is_none_or(|reinstated| sent_at >= reinstated)
}

/// Whether a message belongs to the score of the last 30 days.
#[must_use]
pub fn is_recent(sent_at: Timestamp, now: Timestamp) -> bool {
    now.since(sent_at) < RECENT
}

/// The calendar week of sending (Monday to Sunday, UTC), as weeks since the week of 1970-01-01.
/// An autoresponder has one score per week (R67).
#[must_use]
pub fn calendar_week(sent_at: Timestamp) -> i64 {
    // 1970-01-01 was a Thursday: its week began three days earlier.
    (sent_at.day() + 3).div_euclid(7)
}

#[cfg(test)]
mod tests;
