//! Chance of one world: everything that is not decided by a rule is drawn here, from the seed.

use seals::fake::SeededDice;
use seals::u64_below;

use crate::clock::Nanos;

/// The dice of a world.
pub(crate) struct Chance(SeededDice);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(SeededDice::new(seed))
    }

    /// Any number.
    pub(crate) fn roll(&self) -> u64 {
        u64_below(&self.0, u64::MAX)
    }

    /// A number from `low` on, below `high`.
    pub(crate) fn between(&self, low: u64, high: u64) -> u64 {
        low + u64_below(&self.0, high.saturating_sub(low))
    }

    /// An index below `count`.
    pub(crate) fn index(&self, count: usize) -> usize {
        usize::try_from(self.between(0, count as u64)).unwrap_or(0)
    }

    /// True in so many of a thousand cases.
    pub(crate) fn permille(&self, of: u64) -> bool {
        self.between(0, 1000) < of
    }

    /// A time from `low` on, short ones more often than long ones: each octave alike.
    pub(crate) fn skewed(&self, low: Nanos, high: Nanos) -> Nanos {
        let octaves = u64::from((high / low.max(1)).max(1).ilog2());
        let base = low << self.between(0, octaves + 1);
        self.between(base, base * 2).clamp(low, high)
    }
}

impl Chance {
    /// For functions that take dice.
    pub(crate) const fn dice(&self) -> &SeededDice {
        &self.0
    }
}
