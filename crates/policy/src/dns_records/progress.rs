//! How far a sending domain is on its way, when it is looked at again, and what a look does to it.

use std::time::Duration;

use super::{Authentication, Need, State};
use crate::Timestamp;

/// How long records may take to appear before their owner is told that something is wrong, and how
/// long records that were right may be missing before the domain stops counting as authenticated.
pub const GRACE: Duration = Duration::from_secs(72 * 60 * 60);
/// Between two looks at a domain that is authenticated, or that nobody waits for.
const SETTLED: Duration = Duration::from_secs(3600);
/// Between two looks at one that its owner waits for.
const WAITED_FOR: Duration = Duration::from_secs(60);
/// How long an owner is thought to be waiting.
const WAITING: Duration = Duration::from_secs(7 * 24 * 3600);

/// The times that are kept of a sending domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DomainTimes {
    /// Since when it is registered.
    pub created_at: Timestamp,
    /// Since when its records are right.
    pub authenticated_at: Option<Timestamp>,
    /// When they were looked at last.
    pub checked_at: Option<Timestamp>,
    /// Since when records that were right are wrong or missing.
    pub failing_since: Option<Timestamp>,
}

/// How a sending domain stands, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainState {
    /// Nobody looked yet.
    NotStarted,
    /// Looked at; nothing that must be there is right yet.
    Pending,
    /// Some of what must be there is right.
    Partial,
    /// Mail may come from it.
    Verified,
    /// Mail may come from it; to the last look DNS gave no answer, which takes nothing back.
    VerifiedUnanswered,
    /// Mail may come from it until then; records that were right are wrong or missing.
    Failing(Timestamp),
    /// Not right within 72 hours, or wrong for so long after they were right.
    Failed,
}

impl DomainTimes {
    /// The times after a look. One answer that fails to come changes nothing, and records that were
    /// right may be missing for [`GRACE`].
    #[must_use]
    pub fn after_look(self, verdict: Authentication, now: Timestamp) -> Self {
        let mut after = Self { checked_at: Some(now), ..self };
        match verdict {
            Authentication::Proven => {
                after.authenticated_at = self.authenticated_at.or(Some(now));
                after.failing_since = None;
            }
            Authentication::Failed if self.authenticated_at.is_some() => {
                let since = self.failing_since.unwrap_or(now);
                after.failing_since = Some(since);
                after.authenticated_at = self.authenticated_at.filter(|_| now.since(since) < GRACE);
            }
            // Nothing was proven yet; or DNS did not answer, which says nothing.
            Authentication::Failed | Authentication::Unknown => {}
        }
        after
    }

    /// When the domain is looked at next; a moment that is over means as soon as possible.
    #[must_use]
    pub fn next_look(&self, now: Timestamp) -> Timestamp {
        let settled = self.authenticated_at.is_some() && self.failing_since.is_none();
        let every = if settled || now.since(self.created_at) > WAITING { SETTLED } else { WAITED_FOR };
        self.checked_at.map_or(now, |checked| checked + every)
    }

    /// How the domain stands, by its times and what the last look said of each record.
    #[must_use]
    pub fn state(&self, records: &[(Need, State)], now: Timestamp) -> DomainState {
        let musts = || records.iter().filter(|(need, _)| *need == Need::Must).map(|(_, state)| *state);
        if self.authenticated_at.is_some() {
            return match self.failing_since {
                Some(since) => DomainState::Failing(since + GRACE),
                None if musts().any(|state| state == State::Unknown) => DomainState::VerifiedUnanswered,
                None => DomainState::Verified,
            };
        }
        if self.checked_at.is_none() {
            return DomainState::NotStarted;
        }
        if self.failing_since.is_some() || now.since(self.created_at) >= GRACE {
            return DomainState::Failed;
        }
        let right = musts().any(|state| matches!(state, State::Good | State::Weak));
        if right { DomainState::Partial } else { DomainState::Pending }
    }
}
