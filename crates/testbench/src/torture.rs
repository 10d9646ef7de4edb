//! Torture: the real program is killed (KILL) again and again while it sends, at random instants and
//! at every named place, and started again; then the provider's book is held against the ledger
//! (promise 6, ARMOUR A1).
//!
//! A message that the ledger has as accepted never leaves again; nothing is lost; what comes twice
//! was on the wire when a kill came, and is not more than there were connections.
//!
//! On PostgreSQL there can be several nodes: the first opens all doors, the others only send. One at
//! a time is killed while the others go on.

mod books;
mod leaving;
mod nodes;
mod round;
mod schedule;
mod stock;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use failpoints::Point;
use serde::Serialize;

use crate::people::DOMAINS;
use crate::story::{GARDEN, Narrator, Setup, World, gather, open_account, readers};
use books::Books;
use leaving::Leaving;
use nodes::Nodes;
use round::Round;
use schedule::Schedule;
use stock::Stock;

/// How often each place is hit, at least.
pub const HITS: usize = 5;
/// Who reads every newsletter to the end.
const READERS: usize = 120;
/// Connections that one node may open to the provider: two for each domain of the readers, so that
/// none waits for one that rests elsewhere.
const CONNECTIONS: usize = 2 * DOMAINS.len();
/// The provider takes so long for each mail, so that some are on the wire at any instant.
const TAKES_MS: u64 = 25;
/// A killed node sends again so soon after it was started.
const RESUMES_MS: u64 = 2_000;
/// All newsletters are finished so soon after the last kill.
const FINISHES: Duration = Duration::from_secs(180);
/// After so many kills it is told how far it is.
const TOLD_EVERY: usize = 20;

/// What is tortured, and how much.
#[derive(Clone, Debug)]
pub struct Options {
    /// The program as it ships; it is killed at random instants.
    pub program: PathBuf,
    /// The build with places to stand still at.
    pub armed: PathBuf,
    /// A PostgreSQL database; without it SQLite.
    pub database: Option<String>,
    /// Nodes; more than one on PostgreSQL only.
    pub nodes: usize,
    /// Kills that find a mail in flight, at least; see [`fewest_kills`].
    pub kills: usize,
    /// Decides instants, places and people.
    pub seed: u64,
    /// Lets the judges read the mails. Else nobody does.
    pub judged: bool,
}

/// What came out, as the last line shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Kills.
    pub kills: usize,
    /// Those that found a mail claimed or started by the killed node. Only they count for the wanted
    /// number.
    pub kills_in_flight: usize,
    /// Whole messages of newsletters that the provider received.
    pub mails: usize,
    /// Messages that never came, or that came and are not in the ledger.
    pub lost: usize,
    /// Messages that came again after the ledger had them as accepted.
    pub sent_again_after_commit: usize,
    /// Messages that came again.
    pub repeats: usize,
    /// The most that one kill caused.
    pub max_repeats_per_kill: usize,
    /// Connections that one node may open.
    pub connections: usize,
    /// The longest time from the start of a killed node to its next mail, in milliseconds.
    pub max_resume_ms: u64,
}

/// The figures, and what is wrong.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What the last line shows.
    pub figures: Figures,
    /// How often each place was hit.
    pub hits: BTreeMap<Point, usize>,
    /// Sentences about what broke the promise; none in a good run.
    pub faults: Vec<String>,
    /// A sentence where a node took longer than 2 s to send again. A busy machine can be the cause.
    pub slow: Option<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, hits) in &self.hits {
            writeln!(f, "  {hits:5} kills at {}", place.name())?;
        }
        for fault in self.faults.iter().chain(&self.slow) {
            writeln!(f, "FAULT: {fault}")?;
        }
        write!(f, "{:?}", self.figures)
    }
}

/// The fewest kills that hit every place often enough.
#[must_use]
pub const fn fewest_kills() -> usize {
    Point::ALL.len() * HITS
}

/// Runs it. Needs a runtime with several threads.
///
/// # Errors
/// What kept it from being run to its end. What it found is in the report.
pub async fn run(options: &Options, narrator: Narrator) -> Result<Report, String> {
    check(options)?;
    let mut world = World::open(setup(options)).await?;
    if !options.judged {
        world.leave_unjudged();
    }
    let account = open_account(&world, GARDEN).await?;
    let mut schedule = Schedule::new(options);
    let people = readers(options.seed.wrapping_add(1), READERS + schedule.leavers());
    gather(&world, &account, &people).await?;
    let (people, leavers) = people.split_at(READERS);
    let mut stock = Stock::new(account, READERS, options.nodes);
    let books = Books::new(people, world.seen(), options.nodes);
    let mut leaving = Leaving::new(leavers);
    leaving.collect_letters(&world, &mut stock, &books).await?;
    world.slow_down(TAKES_MS);
    let nodes = Nodes::new(world, options)?;
    let mut round = Round { options, nodes, stock, books, leaving };
    round.begin().await?;
    while let Some((node, blow)) = schedule.next(round.books.in_flight(), round.remaining()) {
        round.strike(node, blow, schedule.chance()).await?;
        if round.books.kills().is_multiple_of(TOLD_EVERY) {
            narrator.say(round.books.progress());
        }
    }
    round.end(FINISHES).await?;
    let Round { nodes, stock, books, leaving, .. } = round;
    let world = nodes.into_world();
    let hits = books.hits();
    let mut report = books.judge(&world, &stock)?;
    report.faults.extend(leaving.judge(&world)?);
    report.figures.connections = CONNECTIONS;
    let missed = Point::ALL.iter().filter(|place| hits.get(place).is_none_or(|hits| *hits < HITS));
    report.faults.extend(missed.map(|place| format!("{} was hit less than {HITS} times", place.name())));
    report.hits = hits;
    let slowest = report.figures.max_resume_ms;
    report.slow = (slowest > RESUMES_MS).then(|| format!("a killed node sent again only after {slowest} ms"));
    tokio::task::block_in_place(|| drop(world));
    Ok(report)
}

fn check(options: &Options) -> Result<(), String> {
    let places = Point::ALL.len();
    if options.kills < fewest_kills() {
        return Err(format!("{places} places are hit {HITS} times each: at least {} kills", fewest_kills()));
    }
    match (options.nodes, &options.database) {
        (1, _) | (2..=8, Some(_)) => Ok(()),
        (2..=8, None) => Err("several nodes need PostgreSQL".to_owned()),
        _ => Err("there are 1 to 8 nodes".to_owned()),
    }
}

fn setup(options: &Options) -> Setup {
    let pair = |name: &str, value: String| (name.to_owned(), value);
    let addresses: Vec<String> = (0..options.nodes).map(|node| format!("\"{}\"", nodes::address(node))).collect();
    let settings = vec![
        pair("signup.per_form_hour", "100000".to_owned()),
        pair("delivery.connections", CONNECTIONS.to_string()),
        pair("delivery.connections_per_group", "2".to_owned()),
        pair("platform.sending_addresses", format!("[{}]", addresses.join(", "))),
        pair("log.level", "\"warn\"".to_owned()),
    ];
    Setup { program: options.program.clone(), database: options.database.clone(), settings }
}
