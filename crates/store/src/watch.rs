//! How the others learn that a life is gone: the watcher's rule as a pure function.
//!
//! A watcher compares no time stamps of two machines: it looks at beats, and at its own clock. The
//! simulator's watchers go by the same function.

use std::collections::BTreeMap;
use std::time::Duration;

use policy::RowState;
use seals::Reading;

/// Between two proofs of a life.
pub const PROVE_EVERY: Duration = Duration::from_secs(2);
/// A life whose last proof is older than this starts nothing and sends no final dot.
pub const PROOF_LASTS: Duration = Duration::from_secs(5);
/// Rows of a life are due again when its lock has been gone for so long.
const LOCK_GONE: Duration = Duration::from_secs(10);
/// Claims of a life end when its beat has not changed for so long.
const BEAT_STANDS: Duration = Duration::from_secs(60);
/// Claims end after so many beats of their own life: 5 minutes.
const CLAIM_BEATS: i64 = 150;
/// Started rows end after 20 minutes of the watcher's clock, or so many beats of their own life.
const STARTED_LASTS: Duration = Duration::from_secs(20 * 60);
const STARTED_BEATS: i64 = 600;

/// Whether a life whose lock was proven at that reading may start mails and send final dots.
#[must_use]
pub fn proof_holds(proved: Option<Reading>, now: Reading) -> bool {
    proved.is_some_and(|proved| now.elapsed_since(proved) <= PROOF_LASTS)
}

/// Which rows of a life are taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// From this state on: claimed or started.
    pub from: RowState,
    /// Up to this state.
    pub to: RowState,
    /// Rows claimed or started at this beat of their life, or before.
    pub beat: i64,
    /// Only while the life still stands at this beat. A beat proves the lock: between a watcher's
    /// look and its statement the life may have come back and begun new dialogs.
    pub only_at_beat: Option<i64>,
}

impl Taken {
    /// Everything, of a life whose process is proven dead.
    pub const ALL: Self = Self { from: RowState::Claimed, to: RowState::Started, beat: i64::MAX, only_at_beat: None };

    /// Claims: always safe to take, because the start is fenced.
    #[must_use]
    pub const fn claims(beat: i64) -> Self {
        Self { to: RowState::Claimed, beat, ..Self::ALL }
    }

    /// Rows that were started at this beat or before.
    #[must_use]
    pub const fn started(beat: i64) -> Self {
        Self { from: RowState::Started, beat, ..Self::ALL }
    }

    /// Whether a row of the life is among them.
    #[must_use]
    pub const fn includes(&self, state: RowState, owner_beat: i64) -> bool {
        state.number() >= self.from.number() && state.number() <= self.to.number() && owner_beat <= self.beat
    }
}

/// What a watcher remembers of lives; all by its own clock.
#[derive(Debug, Default)]
pub struct Watch {
    seen: BTreeMap<i64, Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    beat: i64,
    beat_since: Reading,
    gone_since: Option<Reading>,
}

/// What follows from a look at one life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// What is taken back from it, in this order.
    pub take: Vec<Taken>,
    /// It is at its end, once it owns nothing any more.
    pub ended: bool,
}

impl Watch {
    /// Forgets lives that are at their end.
    pub fn forget_all_but(&mut self, stays: impl Fn(i64) -> bool) {
        self.seen.retain(|life, _| stays(*life));
    }

    /// Notes what a look showed of a life, and says what follows. `own`: it is the watcher's own
    /// life; `gone`: nobody holds its lock.
    pub fn look(&mut self, life: i64, own: bool, beat: i64, gone: bool, now: Reading) -> Sentence {
        let seen = self.note(life, beat, gone, now);
        let stands = now.elapsed_since(seen.beat_since);
        let gone = seen.gone_since.map_or(Duration::ZERO, |since| now.elapsed_since(since));
        if !own && (gone >= LOCK_GONE || stands >= STARTED_LASTS) {
            let take = vec![Taken { only_at_beat: Some(seen.beat), ..Taken::ALL }];
            return Sentence { take, ended: gone >= STARTED_LASTS };
        }
        let all_claims = !own && stands >= BEAT_STANDS;
        let claims_up_to = if all_claims { i64::MAX } else { seen.beat - CLAIM_BEATS };
        let take = vec![Taken::claims(claims_up_to), Taken::started(seen.beat - STARTED_BEATS)];
        Sentence { take, ended: false }
    }

    fn note(&mut self, life: i64, beat: i64, gone: bool, now: Reading) -> Seen {
        let seen = self.seen.entry(life).or_insert(Seen { beat, beat_since: now, gone_since: None });
        if seen.beat != beat {
            // A beat proves that the lock was held since the last look: gone counts from now.
            *seen = Seen { beat, beat_since: now, gone_since: None };
        }
        seen.gone_since = match (gone, seen.gone_since) {
            (false, _) => None,
            (true, None) => Some(now),
            (true, since) => since,
        };
        *seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Reading {
        Reading::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_watcher_counts_from_what_it_saw_itself() {
        let mut watch = Watch::default();
        watch.note(1, 10, false, at(100));
        let seen = watch.note(1, 10, true, at(130));
        assert_eq!((seen.beat_since, seen.gone_since), (at(100), Some(at(130))));
        let seen = watch.note(1, 11, true, at(135));
        assert_eq!((seen.beat_since, seen.gone_since), (at(135), Some(at(135))), "a beat is a proof of the lock");
        assert_eq!(watch.note(1, 11, false, at(140)).gone_since, None);
    }

    #[test]
    fn a_life_without_its_lock_loses_everything_after_ten_seconds_and_one_whose_beat_stands_its_claims_first() {
        let mut watch = Watch::default();
        let all = vec![Taken { only_at_beat: Some(10), ..Taken::ALL }];
        watch.look(1, false, 10, true, at(100));
        assert_eq!(watch.look(1, false, 10, true, at(109)).take[0], Taken::claims(10 - 150));
        assert_eq!(watch.look(1, false, 10, true, at(110)).take, all);
        watch.look(2, false, 10, false, at(100));
        assert_eq!(watch.look(2, false, 10, false, at(160)).take[0], Taken::claims(i64::MAX));
        assert_eq!(watch.look(2, false, 10, false, at(100 + 1200)).take, all);
        watch.look(3, true, 10, false, at(100));
        assert_eq!(watch.look(3, true, 10, false, at(100 + 1200)).take[0], Taken::claims(10 - 150), "its own");
    }
}
