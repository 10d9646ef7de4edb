//! The world: its time, its queue of what happens next, and who is told.

pub(crate) mod database;
mod faults;
pub(crate) mod people;
mod quiet;

use std::collections::BTreeMap;

use policy::{AccountId, ContactId, MailingId, RowId, Timestamp};
use store::claims::{ClaimedRow, Wanted};
use store::deliveries::{Claim, Start};
use store::lives::LifeId;
use store::outcomes::{Recorded, Report as Outcomes};
use store::watch::Taken;

use crate::Broken;
use crate::chance::Chance;
use crate::checks::Checks;
use crate::clock::{MILLI, Nanos, SECOND};
use crate::memory::{Act, Brief, Done, Memory};
use crate::network::{Conn, Mailbox, Provider};
use crate::node::{Node, Wire};
use crate::plan::{Fault, Plan};
use crate::report::{Figures, Report};
use crate::story::{About, Story, clock_face};

pub(crate) use people::{Visit, Visits};

/// A person with an address, who may be in the books of several accounts.
pub(crate) struct Person {
    pub(crate) provider: usize,
    pub(crate) mailbox: Mailbox,
    pub(crate) first_tried: Option<Nanos>,
}

/// A transaction or a read, on its way to the memory.
#[derive(Debug)]
pub(crate) enum Ask {
    Claim(Wanted, i64),
    Brief(Vec<Claim>),
    /// Compares and locks; commits later.
    Start(Vec<Start>, i64),
    /// The second half of a start.
    StartCommit(Vec<Claim>, i64),
    Renew(Vec<Start>),
    Record(Vec<Outcomes>),
    Prove,
    Watch,
    TakeBack(i64, Taken),
    Ended(i64),
    Pauses(u64),
    Incident(String),
    ListAudiences,
    FinishMailings,
    CancelStranded,
    ForgetSignups,
    EndPauses,
    BeginLife,
    Visit(u64, Act),
    Sweep(u64),
    Look(u64),
}

/// What the memory answers.
pub(crate) enum Reply {
    Claimed(Vec<ClaimedRow>),
    Briefed(Vec<Brief>, Vec<Claim>),
    Started(Vec<Claim>),
    Recorded(Vec<Recorded>),
    Proved(i64),
    Watched(Vec<(i64, i64, bool)>),
    Pauses(Vec<(String, Option<Timestamp>)>, u64),
    IncidentWritten(String),
    Visited(u64, Done),
    Swept(u64),
    Looked(u64, bool),
    Plain,
    /// The statement failed, or nobody knows what became of it.
    Failed(Failed),
}

/// Which statement failed.
pub(crate) enum Failed {
    Claim,
    Brief(Vec<Claim>),
    Start,
    Record,
    Prove,
    Visit(u64),
    Other,
}

/// Pieces that a node writes.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Bytes(Vec<u8>),
    First,
    Rest,
    Dot,
}

/// What a node is told.
pub(crate) enum ToNode {
    Reply(u64, Reply),
    Release(Box<Brief>),
    Wire(u64, u64, Wire),
    Connected(u64, u64),
    NoConnection(u64),
    Write(u64, Piece),
    /// The system took what was written, or did not in time.
    Wrote(u64, bool),
    Deadline(u64),
    RestOver(u64, u64),
    Enter(u64),
    GiveUp(u64),
    StartsAgain,
    Flush,
    RecordAgain,
    Poll,
}

/// What happens.
pub(crate) enum Event {
    /// To one life of a node, which may be gone by then.
    Node(usize, i64, ToNode),
    /// A machine starts the program.
    Begin(usize),
    /// The program has begun its life.
    Born(usize, LifeId),
    /// A request reaches the memory.
    Ask(usize, i64, u64, Ask),
    /// Bytes reach a provider; none: the node closed the connection.
    Provider(u64, Option<Vec<u8>>),
    Fault(Fault),
    Visit(Visit),
    /// A request of a visit gets its wait over, or looks again.
    Wait(u64),
    EndOfDays,
}

/// Chores of nodes that come again and again, apart from the queue so that quiet times can be skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tick {
    Prove,
    Look,
    Poll,
    /// A chore of the scheduler, by its place in the table.
    Chore(usize),
}

/// Everything.
pub(crate) struct World {
    pub(crate) now: Nanos,
    pub(crate) begin: Timestamp,
    pub(crate) chance: Chance,
    pub(crate) queue: BTreeMap<(Nanos, u64), Event>,
    pub(crate) ticks: BTreeMap<(Nanos, u64), (usize, i64, Tick)>,
    pub(crate) order: u64,
    pub(crate) memory: Memory,
    pub(crate) nodes: Vec<Node>,
    pub(crate) providers: Vec<Provider>,
    pub(crate) people: Vec<Person>,
    pub(crate) conns: BTreeMap<u64, Conn>,
    pub(crate) visits: Visits,
    pub(crate) checks: Checks,
    pub(crate) story: Story,
    pub(crate) figures: Figures,
    pub(crate) plan: Plan,
    pub(crate) broken: Broken,
    pub(crate) serial: u64,
    /// The database does not answer until then.
    pub(crate) down_until: Nanos,
    /// Statements take so much longer, until then.
    pub(crate) slow: (Nanos, Nanos),
    /// No more load and no more faults: everything shall come to its end.
    pub(crate) ending: bool,
    pub(crate) events: u64,
    /// Since when a stopped node is stopped.
    pub(crate) stop_began: Vec<Nanos>,
    /// Some wall clock was set, and with it a reading.
    pub(crate) clock_was_set: bool,
}

impl World {
    pub(crate) fn at(&mut self, when: Nanos, event: Event) {
        self.order += 1;
        self.queue.insert((when.max(self.now), self.order), event);
    }

    pub(crate) fn tell_node(&mut self, node: usize, after: Nanos, what: ToNode) {
        if let Some(life) = self.life_of(node) {
            self.at(self.now + after, Event::Node(node, life, what));
        }
    }

    pub(crate) fn life_of(&self, node: usize) -> Option<i64> {
        self.nodes[node].run.as_ref().map(|run| run.life.get())
    }

    pub(crate) fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub(crate) fn wall(&self, node: usize) -> Timestamp {
        self.nodes[node].clock.wall(self.now)
    }

    pub(crate) fn tell(&mut self, place: &str, about: About, text: impl std::fmt::Display) {
        self.story.tell(self.now, place, about, text);
    }

    pub(crate) fn tell_of_node(&mut self, node: usize, about: About, text: impl std::fmt::Display) {
        self.story.tell(self.now, &self.nodes[node].name, about, text);
    }

    pub(crate) fn provider_of_domain(&self, domain: &str) -> usize {
        self.providers.iter().position(|provider| provider.domain == domain).unwrap_or(0)
    }

    /// Runs until everything is at its end, a promise broke, or `limit` is over.
    pub(crate) fn run(&mut self, limit: Nanos) {
        while self.checks.broken().is_none() {
            let next = self.queue.keys().next().copied();
            let tick = self.ticks.keys().next().copied();
            let tick_first = match (next, tick) {
                (None, None) => return,
                (Some(next), Some(tick)) => tick < next,
                (next, _) => next.is_none(),
            };
            if tick_first {
                let Some(((at, _), (node, life, tick))) = self.ticks.pop_first() else { return };
                self.now = at;
                self.tick(node, life, tick);
            } else {
                let Some(((at, _), event)) = self.queue.pop_first() else { return };
                self.now = at;
                self.events += 1;
                self.happen(event);
            }
            if self.ending && self.memory.open_rows() == 0 && self.visits.is_empty() {
                return;
            }
            if self.now > limit {
                self.stuck();
                return;
            }
        }
    }

    fn stuck(&mut self) {
        let open = self.memory.rows.iter().find(|(_, row)| !row.life.state.is_terminal());
        let Some((id, row)) = open.map(|(id, row)| (*id, row.life.clone())) else { return };
        let why = format!("a mail is lost: long after every fault was over it is still {}", row.state.word());
        self.checks.break_promise(6, About::row(id), why);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Node(node, life, what) => {
                if self.life_of(node) != Some(life) {
                    return;
                }
                if self.nodes[node].stopped_until > self.now {
                    let until = self.nodes[node].stopped_until;
                    return self.at(until, Event::Node(node, life, what));
                }
                self.node_hears(node, what);
            }
            Event::Begin(node) => self.begin(node),
            Event::Born(node, life) => self.born(node, life),
            Event::Ask(node, life, request, ask) => self.memory_hears(node, life, request, ask),
            Event::Provider(conn, bytes) => self.provider_hears(conn, bytes),
            Event::Fault(fault) => self.strike(fault),
            Event::Visit(visit) => self.visit(visit),
            Event::Wait(visit) => self.wait_is_over(visit),
            Event::EndOfDays => self.end_of_days(),
        }
    }

    fn node_hears(&mut self, node: usize, what: ToNode) {
        match what {
            ToNode::Reply(request, reply) => self.replied(node, request, reply),
            ToNode::Release(brief) => self.release(node, *brief),
            ToNode::Wire(line, conn, wire) => self.wire(node, line, conn, wire),
            ToNode::Connected(line, conn) => self.connected(node, line, conn),
            ToNode::NoConnection(line) => self.no_connection(node, line, None),
            ToNode::Write(line, piece) => self.write(node, line, piece),
            ToNode::Wrote(line, in_time) => self.wrote(node, line, in_time),
            ToNode::Deadline(line) => self.deadline(node, line),
            ToNode::RestOver(line, rest) => self.rest_over(node, line, rest),
            ToNode::Enter(line) => self.enter(node, line),
            ToNode::GiveUp(request) => self.give_up(node, request),
            ToNode::StartsAgain => self.ask_for_tickets(node),
            ToNode::Flush => self.flush(node),
            ToNode::RecordAgain => self.record_again(node),
            ToNode::Poll => self.poll(node),
        }
    }

    // ── the way to the memory ────────────────────────────────────────────

    /// Sends a request; its answer comes as a [`Reply`] with the number that is returned.
    pub(crate) fn ask(&mut self, node: usize, life: i64, ask: Ask) -> u64 {
        let request = self.serial();
        let way = self.way();
        self.at(self.now + way, Event::Ask(node, life, request, ask));
        request
    }

    /// How long a statement or its answer is on its way.
    fn way(&mut self) -> Nanos {
        let slow = if self.slow.1 > self.now { self.chance.skewed(MILLI, self.slow.0.max(2 * MILLI)) } else { 0 };
        self.chance.between(50_000, 2 * MILLI) + slow
    }

    /// The answer goes back, unless the connection to the database broke meanwhile.
    pub(crate) fn answer(&mut self, node: usize, life: i64, request: u64, reply: Reply) {
        if self.life_of(node) == Some(life) {
            let way = self.way();
            self.at(self.now + way, Event::Node(node, life, ToNode::Reply(request, reply)));
        }
    }

    /// A person of this world, for whom a contact stands.
    pub(crate) fn person_of(contact: ContactId) -> usize {
        usize::try_from(contact.bits() & 0xffff).unwrap_or(0)
    }

    /// The contact of a person in the book of an account.
    pub(crate) fn contact(account: AccountId, person: usize) -> ContactId {
        ContactId::new(account, person as i64).unwrap_or(ContactId::from_raw(0))
    }

    /// Whose mail a row is.
    pub(crate) fn contact_of(&self, row: RowId) -> Option<(ContactId, Option<MailingId>)> {
        match row {
            RowId::Delivery { mailing, contact } => Some((contact, Some(mailing))),
            RowId::Notice(_) => self.memory.rows.get(&row).map(|row| (row.person, None)),
        }
    }

    pub(crate) fn report(self, ask: &crate::Ask) -> Report {
        let broke = self.checks.broken().cloned();
        let story = broke.as_ref().map(|broke| {
            let head = format!(
                "seed {}, {} days: promise {} broke at {}\n{}\n\n",
                ask.seed,
                ask.days,
                broke.promise,
                clock_face(self.begin, self.now),
                broke.why,
            );
            head + &self.story.about(broke.about)
        });
        let story = story.or_else(|| ask.story.then(|| self.story.whole()));
        Report {
            seed: ask.seed,
            days: ask.days,
            nodes: self.nodes.len(),
            database: if self.memory.postgres { "postgresql" } else { "sqlite" },
            figures: self.figures,
            looked: self.checks.looked,
            events: self.events,
            told: self.story.told(),
            hash: self.story.hash(),
            broken: broke.map(|broke| (broke.promise, broke.why)),
            story,
        }
    }

    /// How long the end may take: the longest time for which a mail is tried, and the longest pauses.
    pub(crate) const PATIENCE: Nanos = 12 * 24 * 3600 * SECOND;
}
