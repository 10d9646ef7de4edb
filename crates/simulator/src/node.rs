//! A node of the world: the delivering door of one process, with everything that dies with it.
//!
//! It drives the door's own parts (`delivery::parts`, `delivery::machine`); what stands here is what
//! stands in the door's async drivers: who waits for what.

mod chores;
mod lines;
mod talking;
mod tickets;
mod work;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use delivery::machine::{Dialog, TlsUse};
use delivery::parts::{Group, Groups, Hand, Hands, Patience, Providers, Turns};
use policy::FactsVersions;
use seals::{AddressKey, Reading};
use store::claims::ClaimedRow;
use store::deliveries::{Claim, Start};
use store::lives::LifeId;
use store::outcomes::Report;
use store::watch::Watch;

use crate::clock::{Nanos, NodeClock};

/// Connections to one provider, and to all together.
const PER_GROUP: usize = 3;
const ALL: usize = 12;

/// A released mail that waits for a connection.
pub(crate) struct Ready {
    pub(crate) row: ClaimedRow,
    pub(crate) versions: FactsVersions,
    pub(crate) bytes: Vec<u8>,
    pub(crate) return_path: String,
    pub(crate) recipient: String,
    pub(crate) released_at: Reading,
    pub(crate) key: AddressKey,
    pub(crate) provider: usize,
    pub(crate) hand: Hand,
}

/// What a line is doing.
pub(crate) enum LineState {
    /// Waits for one of the connections that all destinations share.
    Entering,
    /// Connects and introduces itself; the mail waits.
    Opening(Box<Ready>),
    /// Waits for mail.
    Resting,
    /// Asked for a ticket.
    Starting(Box<Ready>),
    /// A mail is on its way.
    Talking(Box<OnTheWay>),
    /// Its outcome is being recorded; the row stays in hand until then.
    Recording { _hand: Hand },
    /// Says goodbye; then it serves what waits, or ends.
    Leaving(Then),
    /// Between two of them.
    Nothing,
}

/// What comes after a goodbye.
pub(crate) enum Then {
    /// It serves what waits.
    Rest,
    /// It ends. True: the group counts it no more already.
    End(bool),
}

/// A started mail.
pub(crate) struct OnTheWay {
    pub(crate) row: ClaimedRow,
    pub(crate) start: Start,
    pub(crate) content: Vec<u8>,
    pub(crate) key: AddressKey,
    pub(crate) hand: Hand,
    /// The final dot is written.
    pub(crate) dot_at: Option<Nanos>,
    /// The last look at clock and lock, before the final dot.
    pub(crate) looked_at: Nanos,
}

/// A connection slot of a destination.
pub(crate) struct Line {
    pub(crate) group: Arc<Group<Ready>>,
    pub(crate) provider: usize,
    pub(crate) state: LineState,
    pub(crate) dialog: Option<Dialog>,
    pub(crate) conn: Option<u64>,
    pub(crate) for_notices: bool,
    pub(crate) tls: TlsUse,
    pub(crate) tls_failed: bool,
    /// What came from the wire and was not read yet.
    pub(crate) inbox: VecDeque<Wire>,
    /// Read only by who waits for it.
    pub(crate) reading: bool,
    /// When the next look at the dialog's deadline is planned.
    pub(crate) timer: Option<Nanos>,
    pub(crate) rests: u64,
}

/// What comes from the wire.
#[derive(Debug)]
pub(crate) enum Wire {
    Bytes(Vec<u8>),
    Secured,
    TlsFailed,
    Closed,
}

/// A start or a renewal that somebody waits for.
pub(crate) struct Asked {
    pub(crate) line: u64,
    pub(crate) start: Start,
    pub(crate) renew: bool,
}

/// An outcome that is to be recorded.
pub(crate) struct Told {
    pub(crate) report: Report,
    /// The line that waits until it is durable.
    pub(crate) line: Option<u64>,
}

/// The statement that asks for tickets, at most one at a time.
pub(crate) struct Asking {
    pub(crate) request: u64,
    pub(crate) before: Reading,
    pub(crate) asked: Vec<Asked>,
    pub(crate) renew: bool,
}

/// One run of a process.
pub(crate) struct Run {
    pub(crate) life: LifeId,
    pub(crate) beat: i64,
    /// The reading before the last proof of its lock.
    pub(crate) proved: Option<Reading>,
    /// A proof is under way, with the reading before it.
    pub(crate) proving: Option<(u64, Reading)>,
    pub(crate) hands: Arc<Hands>,
    pub(crate) groups: Groups<Ready>,
    pub(crate) providers: Providers,
    pub(crate) turns: Turns,
    pub(crate) watch: Watch,
    pub(crate) lines: BTreeMap<u64, Line>,
    pub(crate) claiming: bool,
    pub(crate) looks: u64,
    pub(crate) asks: VecDeque<Asked>,
    pub(crate) asking: Option<Asking>,
    pub(crate) patience: Patience,
    pub(crate) starts_pause_until: Nanos,
    pub(crate) told: VecDeque<Told>,
    pub(crate) told_since: Nanos,
    pub(crate) recording: Option<(u64, Vec<Told>)>,
    /// Rows between claim and queue.
    pub(crate) preparing: BTreeMap<Claim, (ClaimedRow, Hand)>,
}

impl Run {
    fn new(life: LifeId, proved: Reading) -> Self {
        Self {
            life,
            beat: 1,
            proved: Some(proved),
            proving: None,
            hands: Hands::new(64),
            groups: Groups::new(PER_GROUP, ALL),
            providers: Providers::default(),
            turns: Turns::default(),
            watch: Watch::default(),
            lines: BTreeMap::new(),
            claiming: false,
            looks: 0,
            asks: VecDeque::new(),
            asking: None,
            patience: Patience::default(),
            starts_pause_until: 0,
            told: VecDeque::new(),
            told_since: 0,
            recording: None,
            preparing: BTreeMap::new(),
        }
    }

    /// Whether nothing is under way but lines that rest.
    pub(crate) fn is_idle(&self) -> bool {
        let resting = |line: &Line| matches!(line.state, LineState::Resting);
        !self.claiming
            && self.hands.count() == 0
            && self.asks.is_empty()
            && self.asking.is_none()
            && self.told.is_empty()
            && self.recording.is_none()
            && self.lines.values().all(resting)
    }

    /// Dialogs that have a started mail and have not told its outcome.
    pub(crate) fn busy(&self) -> usize {
        let busy = |line: &&Line| matches!(line.state, LineState::Starting(_) | LineState::Talking(_));
        self.lines.values().filter(busy).count()
    }
}

/// A machine that runs the program, or restarts it.
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) clock: NodeClock,
    pub(crate) run: Option<Run>,
    /// A start is under way.
    pub(crate) starting: bool,
    /// The process is stopped until then.
    pub(crate) stopped_until: Nanos,
}
