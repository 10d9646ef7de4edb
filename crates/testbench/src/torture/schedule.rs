//! Which kills come, and in which order.

use failpoints::Point;

use super::{HITS, Options};
use crate::people::Seed;

/// Of so many kills one more round of all places is made.
const KILLS_PER_ROUND: usize = 40;
/// With fewer mails left to send than this for a node, mail is written before a place is armed.
const ENOUGH: usize = 150;

/// How the program is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blow {
    /// At a random instant while mail flows.
    Flowing,
    /// At a random instant of its start.
    Starting,
    /// While it stands at a place.
    At(Point),
}

/// The kills that are left.
pub(super) struct Schedule {
    blows: Vec<Blow>,
    wanted: usize,
    nodes: usize,
    chance: Seed,
}

/// Places that are passed while a mail arrives: each needs somebody who leaves.
const ARRIVING: [Point; 4] = [Point::MailKept, Point::BeforeDrain, Point::BeforeTaken, Point::AfterTaken];

impl Schedule {
    /// Every place at least [`HITS`] times, random instants for the rest, in random order.
    pub(super) fn new(options: &Options) -> Self {
        let Options { kills, nodes, seed, .. } = *options;
        let mut chance = Seed::new(seed);
        let rounds = HITS.max(kills / KILLS_PER_ROUND);
        let mut blows: Vec<Blow> = Vec::new();
        for _ in 0..rounds {
            blows.extend(Point::ALL.iter().map(|place| Blow::At(*place)));
        }
        while blows.len() < kills {
            blows.push(anywhere(&mut chance));
        }
        chance.shuffle(&mut blows);
        Self { blows, wanted: kills, nodes, chance }
    }

    /// How many people must be there to leave.
    pub(super) fn leavers(&self) -> usize {
        self.blows.iter().filter(|blow| matches!(blow, Blow::At(place) if needs_arrival(*place))).count()
    }

    /// The next kill; none when every planned one is done and enough of them found a mail in flight.
    /// Where little mail is left, it is one that lets more be written first. With it comes the node.
    pub(super) fn next(&mut self, in_flight: usize, remaining: usize) -> Option<(usize, Blow)> {
        if self.blows.is_empty() && in_flight >= self.wanted {
            return None;
        }
        if remaining < ENOUGH * self.nodes {
            let unarmed = self.blows.iter().position(|blow| *blow == Blow::Flowing);
            return Some((0, unarmed.map_or(Blow::Flowing, |place| self.blows.swap_remove(place))));
        }
        let blow = self.blows.pop().unwrap_or_else(|| anywhere(&mut self.chance));
        let anybody = !matches!(blow, Blow::At(place) if needs_arrival(place) || place == Point::AudiencePage);
        let nodes = if anybody { self.nodes as u64 } else { 1 };
        Some((usize::try_from(self.chance.below(nodes)).unwrap_or(0), blow))
    }

    /// Chance for one kill.
    pub(super) fn chance(&mut self) -> Seed {
        Seed::new(self.chance.below(u64::MAX))
    }
}

fn anywhere(chance: &mut Seed) -> Blow {
    if chance.chance(250) { Blow::Starting } else { Blow::Flowing }
}

/// Whether the place is passed only when a mail arrives.
pub(super) fn needs_arrival(place: Point) -> bool {
    ARRIVING.contains(&place)
}

/// The place is passed before the program is ready.
pub(super) fn while_starting(place: Point) -> bool {
    matches!(place, Point::LifeEntered | Point::RowsTakenBack)
}

/// At most at which pass of the place the program is killed.
pub(super) fn passes(place: Point) -> u64 {
    match place {
        Point::Claimed => 3,
        Point::BeforeCommit | Point::AfterCommit => 40,
        Point::Released
        | Point::Started
        | Point::BeforeContent
        | Point::BeforeDot
        | Point::AfterDot
        | Point::AfterReply
        | Point::AfterOutcome => 25,
        Point::LifeEntered
        | Point::RowsTakenBack
        | Point::AudiencePage
        | Point::MailKept
        | Point::BeforeDrain
        | Point::BeforeTaken
        | Point::AfterTaken => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(kills: usize, nodes: usize) -> Options {
        let nothing = std::path::PathBuf::new();
        Options { program: nothing.clone(), armed: nothing, database: None, nodes, kills, seed: 7, judged: false }
    }

    #[test]
    fn every_place_comes_often_enough_and_the_rest_is_chance() {
        let mut schedule = Schedule::new(&options(100, 3));
        let mut blows = Vec::new();
        while let Some(blow) = schedule.next(blows.len(), usize::MAX) {
            blows.push(blow);
        }
        assert_eq!(blows.len(), 100);
        for place in Point::ALL {
            let hits = blows.iter().filter(|(_, blow)| *blow == Blow::At(*place));
            assert_eq!(hits.count(), HITS, "{}", place.name());
        }
        assert!(blows.iter().any(|(_, blow)| *blow == Blow::Flowing));
        assert!((0..3).all(|node| blows.iter().any(|(struck, _)| *struck == node)));
        let pages = blows.iter().filter(|(_, blow)| *blow == Blow::At(Point::AudiencePage));
        assert!(pages.into_iter().all(|(node, _)| *node == 0), "only the first node lists audiences");
    }

    #[test]
    fn kills_that_found_nothing_do_not_count() {
        let mut schedule = Schedule::new(&options(85, 1));
        for done in 0..90 {
            assert!(schedule.next(done.min(84), usize::MAX).is_some());
        }
        assert_eq!(schedule.next(85, usize::MAX), None);
    }
}
