//! What a world was like, in figures.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Counts of one world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) newsletters: u64,
    /// Messages that receivers took, repeats included.
    pub(crate) mails: u64,
    pub(crate) repeats: u64,
    pub(crate) starts: u64,
    pub(crate) outcomes: u64,
    pub(crate) unknown: u64,
    pub(crate) bounces: u64,
    pub(crate) complaints: u64,
    pub(crate) suspensions: u64,
    pub(crate) unsubscribes: u64,
    pub(crate) answers: u64,
    pub(crate) timed_out: u64,
    pub(crate) incidents: u64,
    pub(crate) crashes: u64,
    pub(crate) power_losses: u64,
    pub(crate) in_flight_at_crashes: u64,
    pub(crate) stops: u64,
    pub(crate) lost_locks: u64,
    pub(crate) database_restarts: u64,
    pub(crate) clock_steps: u64,
    pub(crate) storms: u64,
    /// Rows by the state in which they ended.
    pub(crate) states: BTreeMap<&'static str, u64>,
}

/// What came out of one world.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) seed: u64,
    pub(crate) days: u32,
    pub(crate) nodes: usize,
    pub(crate) database: &'static str,
    pub(crate) figures: Figures,
    pub(crate) looked: BTreeMap<u8, u64>,
    pub(crate) events: u64,
    pub(crate) told: u64,
    pub(crate) hash: u64,
    pub(crate) broken: Option<(u8, String)>,
    pub(crate) story: Option<String>,
}

impl Report {
    /// The seed of the world.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The promise that broke, and how; none: all held.
    #[must_use]
    pub fn broken(&self) -> Option<(u8, &str)> {
        self.broken.as_ref().map(|(promise, why)| (*promise, why.as_str()))
    }

    /// The story of a broken promise, or the one that was asked for, for people.
    #[must_use]
    pub fn story(&self) -> Option<&str> {
        self.story.as_deref()
    }

    /// Tells runs apart: two that are the same have the same.
    #[must_use]
    pub const fn hash(&self) -> u64 {
        self.hash
    }

    /// Processes that were killed, losses of power included.
    #[must_use]
    pub const fn crashes(&self) -> u64 {
        self.figures.crashes
    }

    /// Messages that receivers took.
    #[must_use]
    pub const fn mails(&self) -> u64 {
        self.figures.mails
    }

    /// How often the checker of a promise looked.
    #[must_use]
    pub fn looked(&self, promise: u8) -> u64 {
        self.looked.get(&promise).copied().unwrap_or(0)
    }

    /// Everything, for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let of = &self.figures;
        let looked: BTreeMap<String, u64> = self.looked.iter().map(|(promise, n)| (promise.to_string(), *n)).collect();
        json!({
            "seed": self.seed,
            "days": self.days,
            "nodes": self.nodes,
            "database": self.database,
            "newsletters": of.newsletters,
            "mails": of.mails,
            "repeats": of.repeats,
            "starts": of.starts,
            "outcomes": of.outcomes,
            "unknown": of.unknown,
            "bounces": of.bounces,
            "complaints": of.complaints,
            "suspensions": of.suspensions,
            "unsubscribes": of.unsubscribes,
            "answers": of.answers,
            "signups_timed_out": of.timed_out,
            "incidents": of.incidents,
            "crashes": of.crashes,
            "power_losses": of.power_losses,
            "in_flight_at_crashes": of.in_flight_at_crashes,
            "stops": of.stops,
            "lost_locks": of.lost_locks,
            "database_restarts": of.database_restarts,
            "clock_steps": of.clock_steps,
            "storms": of.storms,
            "states": of.states,
            "looked": looked,
            "events": self.events,
            "story_lines": self.told,
            "hash": format!("{:016x}", self.hash),
            "broken": self.broken.as_ref().map(|(promise, why)| json!({ "promise": promise, "why": why })),
        })
    }
}
