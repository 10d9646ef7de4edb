//! The simulator: a seeded world in which the program's own parts run against a model of memory,
//! network and clocks, with crashes, and with checkers of the promises that look on.
//!
//! The dialog ([`delivery::machine`]), destinations, hands, turns, tickets, grouping and judging
//! ([`delivery::parts`]), rows ([`store::settle`]), watchers ([`store::watch`]), the wait before an
//! answer ([`store::drain`]), the scheduler's table and every rule of `policy` are the program's; nothing of
//! them is written twice. The same seed gives the same world, bit for bit. `docs/simulation.md` says what
//! is modelled and what is not.

mod chance;
mod checks;
mod clock;
mod memory;
mod network;
mod node;
mod plan;
mod report;
mod story;
mod world;

use std::fmt;

pub use report::Report;

/// Most days of a world.
pub const MOST_DAYS: u32 = 1_100;

/// Which world.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// Its seed: an even one has one node on SQLite, an odd one several on PostgreSQL.
    pub seed: u64,
    /// For how many days there are load and faults; after them everything comes to its end.
    pub days: u32,
    /// A rule that is broken, to see the checkers notice.
    pub broken: Broken,
    /// Tell the story of the world even if every promise held; of long ones the end.
    pub story: bool,
}

/// A rule that is broken on purpose: the proof that the checkers can fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Broken {
    /// None.
    #[default]
    Nothing,
    /// Every start is granted, whatever changed in between.
    StartComparesNothing,
    /// Whoever changes a fact answers at once.
    NobodyWaits,
    /// Outcomes are told as durable, and are not.
    OutcomesAreNotDurable,
    /// A mail that was lost after its final dot is due at once, and without doubt.
    UnknownIsRepeatedAtOnce,
    /// Rows of a dead life are never due again.
    RowsOfTheDeadAreLost,
    /// A hard or a third soft bounce excludes nobody.
    BouncesExcludeNobody,
    /// Complaints move no score.
    ComplaintsCountNothing,
}

/// Why there is no such world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoWorld {
    /// A world of no days.
    NoDays,
    /// More than [`MOST_DAYS`].
    TooManyDays,
}

impl fmt::Display for NoWorld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDays => f.write_str("a world needs at least one day"),
            Self::TooManyDays => write!(f, "a world has at most {MOST_DAYS} days"),
        }
    }
}

impl std::error::Error for NoWorld {}

/// Runs a world to its end, or to the first broken promise.
///
/// # Errors
/// [`NoWorld`]: its days are none or too many.
pub fn run(ask: &Ask) -> Result<Report, NoWorld> {
    match ask.days {
        0 => return Err(NoWorld::NoDays),
        days if days > MOST_DAYS => return Err(NoWorld::TooManyDays),
        _ => {}
    }
    let mut world = plan::world(ask);
    let limit = u64::from(ask.days) * clock::DAY + world::World::PATIENCE;
    world.run(limit);
    if world.checks.broken().is_none() {
        world.check_the_end();
    }
    Ok(world.report(ask))
}
