//! Two books: what the provider received, and what the ledger held at each kill.

use std::collections::{BTreeMap, HashMap, HashSet};

use failpoints::Point;

use super::Figures;
use super::Report;
use super::nodes::node_of;
use super::stock::{Letter, Stock};
use crate::clock::monotonic_now_ns;
use crate::letter::Letter as Mail;
use crate::provider::Record;
use crate::story::{Reader, World};

/// How far a look into the ledger reaches back before the newest row of the look before it, in
/// milliseconds: rows are not settled in the order of their times.
const LOOK_BACK_MS: i64 = 10_000;
/// Sentences about one kind of fault.
const TOLD: usize = 10;
/// The number of the state `accepted`.
const ACCEPTED: &str = "10";

/// One message: subject and recipient. Attempts of one message share both.
type Message = (String, String);

/// A whole message, as the provider received it.
struct Arrival {
    /// Its place among all transactions.
    place: usize,
    /// Who sent it.
    node: usize,
    /// Message-ID.
    id: String,
}

/// A kill, and what was known at that moment.
pub(super) struct Kill {
    /// Who was killed.
    pub(super) node: usize,
    /// Where the program stood, if it stood at a place.
    pub(super) place: Option<Point>,
    /// When, by the monotonic clock.
    pub(super) killed_ns: u64,
    /// Connections that were open.
    pub(super) open: usize,
    /// Rows that this node had claimed or started.
    pub(super) in_flight: usize,
}

struct Known {
    kill: Kill,
    /// When this life of the node was started.
    started_ns: u64,
    /// Whether its life before had left mail in flight.
    resumes: bool,
    /// Transactions that the provider had put down.
    seen: usize,
}

/// What is known of a node.
#[derive(Default)]
struct Node {
    /// When its present life was started.
    started_ns: u64,
    /// Rows in flight when it was killed last.
    left: usize,
    /// When each of its transactions began.
    began_ns: Vec<u64>,
}

/// Both books.
pub(super) struct Books {
    people: HashSet<String>,
    looked: usize,
    arrivals: HashMap<Message, Vec<Arrival>>,
    served: usize,
    nodes: Vec<Node>,
    kills: Vec<Known>,
    /// Messages that the ledger held as accepted after a kill, and when that was seen first.
    settled: HashMap<Message, u64>,
    settled_until: i64,
    sent_again: usize,
    faults: Vec<String>,
}

impl Books {
    /// `seen`: transactions of the set-up, which count nowhere.
    pub(super) fn new(people: &[Reader], seen: usize, nodes: usize) -> Self {
        Self {
            people: people.iter().map(|one| one.address.to_lowercase()).collect(),
            looked: seen,
            arrivals: HashMap::new(),
            served: 0,
            nodes: (0..nodes).map(|_| Node::default()).collect(),
            kills: Vec::new(),
            settled: HashMap::new(),
            settled_until: 0,
            sent_again: 0,
            faults: Vec::new(),
        }
    }

    /// Kills so far.
    pub(super) fn kills(&self) -> usize {
        self.kills.len()
    }

    /// Kills that found a mail claimed or started.
    pub(super) fn in_flight(&self) -> usize {
        self.kills.iter().filter(|known| known.kill.in_flight > 0).count()
    }

    /// Messages that came at least once.
    pub(super) fn served(&self) -> usize {
        self.served
    }

    /// How often the program was killed at each place.
    pub(super) fn hits(&self) -> BTreeMap<Point, usize> {
        let mut hits = BTreeMap::new();
        for place in self.kills.iter().filter_map(|known| known.kill.place) {
            *hits.entry(place).or_default() += 1;
        }
        hits
    }

    /// A life of a node begins.
    pub(super) fn starts(&mut self, node: usize, started_ns: u64) {
        self.nodes[node].started_ns = started_ns;
    }

    /// A sentence for the narrative.
    pub(super) fn progress(&self) -> String {
        let mails: usize = self.arrivals.values().map(Vec::len).sum();
        let repeats = mails - self.arrivals.len();
        format!("{} kills, {} in flight; {mails} mails came, {repeats} of them again", self.kills(), self.in_flight())
    }

    /// Reads what the provider put down since the last time.
    pub(super) fn read(&mut self, world: &World) {
        self.take(world.provider.records_after(self.looked));
    }

    fn take(&mut self, records: Vec<Record>) {
        for record in records {
            let place = self.looked;
            self.looked += 1;
            let node = record.peer.map_or(0, |peer| node_of(peer.ip()));
            self.nodes[node].began_ns.push(record.mail_ns);
            let to = record.accepted_recipients().next().map(str::to_lowercase);
            let Some(to) = to.filter(|to| record.completed && self.people.contains(to)) else { continue };
            let mail = Mail::read(&record.bytes);
            let Some(subject) = mail.words("Subject") else { continue };
            let message = (subject, to);
            let known = self.settled.get(&message);
            if known.is_some_and(|known| record.data_ns.is_some_and(|began| began > *known)) {
                self.sent_again += 1;
                self.faults.push(format!("{message:?} was sent again after its outcome was durable"));
            }
            let arrivals = self.arrivals.entry(message).or_default();
            self.served += usize::from(arrivals.is_empty());
            arrivals.push(Arrival { place, node, id: mail.header("Message-ID").unwrap_or_default() });
        }
    }

    /// The program was killed, and all its connections have ended.
    pub(super) fn killed(&mut self, world: &World, kill: Kill) -> Result<(), String> {
        self.read(world);
        let seen = self.looked;
        self.settled_now(world)?;
        self.note(kill, seen);
        Ok(())
    }

    fn note(&mut self, kill: Kill, seen: usize) {
        let node = &mut self.nodes[kill.node];
        let resumes = node.left > 0;
        node.left = kill.in_flight;
        self.kills.push(Known { started_ns: node.started_ns, resumes, seen, kill });
    }

    /// What the ledger holds as accepted.
    fn settled_now(&mut self, world: &World) -> Result<(), String> {
        let since = self.settled_until - LOOK_BACK_MS;
        let rows = world.house.ask(&format!(
            "SELECT m.subject, c.address, d.settled_at FROM delivery d JOIN mailing m ON m.id = d.mailing_id
             JOIN contact c ON c.account_id = d.account_id AND c.id = d.contact_id
             WHERE d.state = {ACCEPTED} AND d.settled_at >= {since}"
        ))?;
        let now = monotonic_now_ns();
        for row in rows {
            let [subject, address, at] = &row[..] else { return Err(format!("a strange row {row:?}")) };
            let at: i64 = at.parse().map_err(|_| format!("a strange time {at}"))?;
            self.settled_until = self.settled_until.max(at);
            self.settled.entry((subject.clone(), address.to_lowercase())).or_insert(now);
        }
        Ok(())
    }

    /// Holds the books against each other.
    pub(super) fn judge(mut self, world: &World, stock: &Stock) -> Result<Report, String> {
        self.read(world);
        let rows = world.house.ask(&format!(
            "SELECT m.subject, c.address FROM delivery d JOIN mailing m ON m.id = d.mailing_id
             JOIN contact c ON c.account_id = d.account_id AND c.id = d.contact_id WHERE d.state = {ACCEPTED}"
        ))?;
        let accepted = rows.into_iter().filter_map(|row| Some((row.first()?.clone(), row.get(1)?.to_lowercase())));
        Ok(self.hold(stock.started(), &accepted.collect()))
    }

    /// Holds the provider's book against the messages that the ledger has as accepted at the end.
    fn hold(mut self, letters: &[Letter], accepted: &HashSet<Message>) -> Report {
        let mut figures = Figures {
            kills: self.kills(),
            kills_in_flight: self.in_flight(),
            mails: self.arrivals.values().map(Vec::len).sum(),
            sent_again_after_commit: self.sent_again,
            max_resume_ms: self.slowest(),
            ..Figures::default()
        };
        figures.lost = self.lost(letters, accepted);
        let repeats = self.repeats();
        figures.repeats = repeats.iter().sum();
        figures.max_repeats_per_kill = repeats.iter().copied().max().unwrap_or(0);
        for (known, count) in self.kills.iter().zip(&repeats) {
            if *count > known.kill.open {
                self.faults.push(format!("{count} repeats after a kill with {} connections", known.kill.open));
            }
        }
        Report { figures, faults: self.faults, ..Report::default() }
    }

    /// Messages that the provider never had, and those that the ledger does not hold as accepted.
    fn lost(&mut self, letters: &[Letter], accepted: &HashSet<Message>) -> usize {
        let mut lost = 0;
        for letter in letters {
            for address in &self.people {
                let message = (letter.subject.clone(), address.clone());
                let why = match (self.arrivals.contains_key(&message), accepted.contains(&message)) {
                    (true, true) => continue,
                    (true, false) => "came, and the ledger does not know",
                    (false, true) => "never came, and the ledger says it did",
                    (false, false) => "never came",
                };
                lost += 1;
                if lost <= TOLD {
                    self.faults.push(format!("{message:?} {why}"));
                }
            }
        }
        lost
    }

    /// How many messages came again because of each kill.
    fn repeats(&mut self) -> Vec<usize> {
        let mut repeats = vec![0; self.kills.len()];
        for (message, arrivals) in &self.arrivals {
            for pair in arrivals.windows(2) {
                if pair[0].id != pair[1].id {
                    self.faults.push(format!("{message:?} came again with another Message-ID"));
                }
                let between = |known: &Known| {
                    known.kill.node == pair[0].node && known.seen > pair[0].place && known.seen <= pair[1].place
                };
                match self.kills.iter().position(between) {
                    Some(kill) => repeats[kill] += 1,
                    None => self.faults.push(format!("{message:?} came again without a kill")),
                }
            }
        }
        repeats
    }

    /// The longest time from a start to the next mail, where the life before left mail in flight.
    fn slowest(&mut self) -> u64 {
        self.nodes.iter_mut().for_each(|node| node.began_ns.sort_unstable());
        let resumed = self.kills.iter().filter(|known| known.resumes).filter_map(|known| {
            let began = &self.nodes[known.kill.node].began_ns;
            let first = began.get(began.partition_point(|began| *began < known.started_ns))?;
            (*first < known.kill.killed_ns).then(|| (first - known.started_ns) / 1_000_000)
        });
        resumed.max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: &str = "ada@post.test";

    fn books() -> Books {
        let ada = Reader { address: ADA.to_owned(), given: "Ada".to_owned(), ip: std::net::Ipv4Addr::LOCALHOST };
        Books::new(&[ada], 0, 1)
    }

    /// A copy of the one message, whose DATA came at this instant.
    fn copy(data_ns: u64, id: &str) -> Record {
        let mail = format!("Subject: News\r\nMessage-ID: <{id}@x.test>\r\n\r\nHello\r\n");
        Record { data_ns: Some(data_ns), mail_ns: data_ns, ..Record::of(mail.into_bytes(), ADA) }
    }

    fn kill(books: &mut Books, open: usize) {
        let seen = books.looked;
        books.note(Kill { node: 0, place: None, killed_ns: 100, open, in_flight: 1 }, seen);
    }

    fn held(books: Books, accepted: bool) -> Report {
        let letter = Letter { id: "1".to_owned(), subject: "News".to_owned() };
        let message = (letter.subject.clone(), ADA.to_owned());
        books.hold(&[letter], &accepted.then_some(message).into_iter().collect())
    }

    #[test]
    fn a_copy_after_a_kill_is_a_repeat_of_that_kill() {
        let mut books = books();
        books.take(vec![copy(10, "a")]);
        kill(&mut books, 1);
        books.take(vec![copy(200, "a")]);
        let report = held(books, true);
        assert_eq!(report.faults, [""; 0]);
        assert_eq!((report.figures.mails, report.figures.repeats, report.figures.max_repeats_per_kill), (2, 1, 1));
    }

    #[test]
    fn more_copies_than_connections_are_a_fault_and_so_is_another_message_id() {
        let mut books = books();
        books.take(vec![copy(10, "a")]);
        kill(&mut books, 0);
        books.take(vec![copy(200, "b")]);
        assert_eq!(held(books, true).faults.len(), 2);
    }

    #[test]
    fn a_copy_without_a_kill_is_a_fault() {
        let mut books = books();
        books.take(vec![copy(10, "a"), copy(20, "a")]);
        assert_eq!(held(books, true).faults.len(), 1);
    }

    #[test]
    fn what_began_after_the_ledger_knew_was_sent_again() {
        let mut books = books();
        books.take(vec![copy(10, "a")]);
        kill(&mut books, 1);
        books.settled.insert(("News".to_owned(), ADA.to_owned()), 150);
        books.take(vec![copy(200, "a")]);
        let report = held(books, true);
        assert_eq!((report.figures.sent_again_after_commit, report.faults.len()), (1, 1));
    }

    #[test]
    fn what_one_book_does_not_have_is_lost() {
        assert_eq!(held(books(), false).figures.lost, 1, "never came");
        assert_eq!(held(books(), true).figures.lost, 1, "never came, and the ledger says it did");
        let mut came = books();
        came.take(vec![copy(10, "a")]);
        assert_eq!(held(came, false).figures.lost, 1, "came, and the ledger does not know");
    }
}
