//! Destinations: each provider group has its own queue, connections, pace and pauses, so that a
//! slow or broken one costs the others nothing.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use policy::Timestamp;
use policy::bounce::{BREAKER_WINDOW, GroupCounts, breaker_trips};
use policy::retry::{Trouble, back_off};
use seals::Reading;
use store::incidents::IncidentKind;
use store::outcomes::Outcome;
use tokio::sync::Notify;

use crate::machine::End;
use crate::meters::CONNECTIONS;

/// So many dialogs broken one after the other close a destination that worked before.
const BROKEN_MOST: u32 = 5;
/// Connections to one destination beyond its bulk's, for notices.
const NOTICE_LINES: usize = 1;
/// Connections to all destinations together that bulk never takes.
const NOTICE_CONNECTIONS: usize = 8;
/// Where a rate is set, no more waits than what can leave within this time: a released mail grows
/// old, and would be released again.
const HORIZON: Duration = Duration::from_secs(20);

/// A row whose provider is paused until a person decides is looked at again after this time.
const PAUSED: Duration = Duration::from_secs(10 * 60);

/// One destination, and the mails that wait for it.
pub struct Group<T> {
    /// The provider group, or the smarthost.
    pub name: String,
    state: Mutex<State<T>>,
    /// Told when a mail came for a connection that rests.
    pub waiting: Notify,
}

struct State<T> {
    /// Mail that nobody else waits behind: confirmations, proofs (R15).
    notices: VecDeque<T>,
    /// Bulk.
    queue: VecDeque<T>,
    connections: usize,
    /// Connections that wait for mail.
    idle: usize,
    /// Connections allowed now: few after trouble, growing with every mail that is accepted.
    allowed: usize,
    most: usize,
    in_a_row: u32,
    /// Dialogs that broke since the last one with an answer.
    broken: u32,
    closed_until: Option<Reading>,
    next_slot: Option<Reading>,
}

impl<T> State<T> {
    fn room(&self, pace: Option<Duration>) -> usize {
        let most = 4 * self.allowed.max(8);
        let by_pace =
            pace.map_or(most, |pace| usize::try_from(HORIZON.as_nanos() / pace.as_nanos().max(1)).unwrap_or(most));
        most.min(by_pace.max(1))
    }
}

impl<T> Group<T> {
    fn new(name: &str, most: usize) -> Self {
        let state = State {
            notices: VecDeque::new(),
            queue: VecDeque::new(),
            connections: 0,
            idle: 0,
            allowed: most,
            most,
            in_a_row: 0,
            broken: 0,
            closed_until: None,
            next_slot: None,
        };
        Self { name: name.to_owned(), state: Mutex::new(state), waiting: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether more bulk for this destination is of any use now.
    pub fn is_full(&self, pace: Option<Duration>) -> bool {
        let state = self.state();
        state.queue.len() >= state.room(pace)
    }

    /// Mails that may wait here.
    pub fn room(&self, pace: Option<Duration>) -> usize {
        self.state().room(pace)
    }

    /// How long nothing goes there any more; zero when it is open.
    pub fn closed_for(&self, now: Reading) -> Duration {
        self.state().closed_until.map_or(Duration::ZERO, |until| until.elapsed_since(now))
    }

    /// Queues a mail, a notice before all bulk. True when another connection should serve it; it is
    /// counted already. Where bulk holds every connection, a notice gets one beyond them, unless
    /// the destination is in trouble.
    pub fn push(&self, item: T, notice: bool) -> bool {
        let mut state = self.state();
        if notice { &mut state.notices } else { &mut state.queue }.push_back(item);
        let beyond = if notice && state.in_a_row == 0 { NOTICE_LINES } else { 0 };
        let wanted = state.connections < state.allowed + beyond && state.queue.len() + state.notices.len() > state.idle;
        if wanted {
            state.connections += 1;
        }
        drop(state);
        self.waiting.notify_one();
        wanted
    }

    /// A connection begins or ends waiting for mail.
    pub fn rest(&self, resting: bool) {
        let mut state = self.state();
        state.idle = if resting { state.idle + 1 } else { state.idle.saturating_sub(1) };
    }

    /// The next mail; a notice, if only such is asked for.
    pub fn pop(&self, only_notices: bool) -> Option<T> {
        let mut state = self.state();
        let notice = state.notices.pop_front();
        if only_notices { notice } else { notice.or_else(|| state.queue.pop_front()) }
    }

    /// Whether a notice waits.
    pub fn has_notice(&self) -> bool {
        !self.state().notices.is_empty()
    }

    /// Everything that waits; when the destination closes or the program ends.
    pub fn drain(&self) -> Vec<T> {
        let mut state = self.state();
        let mut waiting: Vec<T> = state.notices.drain(..).collect();
        waiting.extend(state.queue.drain(..));
        waiting
    }

    /// A connection ends. False when mail came meanwhile: then it goes on.
    pub fn leave(&self, even_with_mail: bool) -> bool {
        let mut state = self.state();
        let mail_waits = !state.queue.is_empty() || !state.notices.is_empty();
        if mail_waits && !even_with_mail {
            return false;
        }
        state.connections -= 1;
        true
    }

    /// Whether there are more connections than allowed now.
    pub fn is_crowded(&self) -> bool {
        let state = self.state();
        state.connections > state.allowed
    }

    /// What the end of a dialog means for the next ones. True: the destination is in trouble.
    #[must_use]
    pub fn heard(&self, end: &End) -> bool {
        match end {
            End::Accepted(_) => self.went_well(),
            End::Refused(..) | End::NoSmtpUtf8 => self.answered(),
            End::TicketReturned => {}
            End::Broken(_) | End::Unknown => return self.broke(),
        }
        false
    }

    /// A mail was accepted: the trouble is over, and one more connection may come.
    fn went_well(&self) {
        let mut state = self.state();
        (state.in_a_row, state.broken) = (0, 0);
        state.allowed = (state.allowed + 1).min(state.most);
    }

    /// The receiver answered, with whatever: its dialogs are whole.
    fn answered(&self) {
        self.state().broken = 0;
    }

    /// A dialog broke. True when that is the destination's trouble and no chance: many in a row,
    /// or the first one after a pause.
    fn broke(&self) -> bool {
        let mut state = self.state();
        state.broken += 1;
        state.in_a_row > 0 || state.broken >= BROKEN_MOST
    }

    /// There was trouble: the destination closes for a while and opens with one connection. One
    /// trouble of many connections at once counts once. Returns how long it is closed.
    pub fn had_trouble(&self, trouble: Trouble, now: Reading, dice: u64) -> Duration {
        let mut state = self.state();
        let left = state.closed_until.map_or(Duration::ZERO, |until| until.elapsed_since(now));
        if left > Duration::ZERO {
            return left;
        }
        state.in_a_row += 1;
        let back_off = back_off(trouble, state.in_a_row, dice);
        state.allowed = back_off.connections.clamp(1, state.most);
        state.closed_until = Some(now + back_off.pause);
        back_off.pause
    }

    /// The time until the next mail may go, by the rate; the slot is taken.
    pub fn slot(&self, pace: Option<Duration>, now: Reading) -> Duration {
        let Some(pace) = pace else { return Duration::ZERO };
        let mut state = self.state();
        let slot = state.next_slot.filter(|slot| *slot > now).unwrap_or(now);
        state.next_slot = Some(slot + pace);
        slot.elapsed_since(now)
    }
}

/// All destinations.
pub struct Groups<T> {
    groups: Mutex<BTreeMap<String, Arc<Group<T>>>>,
    per_group: usize,
    all: usize,
    connections: AtomicUsize,
}

impl<T> Groups<T> {
    /// None yet; each may have `per_group` connections, all together `all`.
    #[must_use]
    pub fn new(per_group: usize, all: usize) -> Self {
        Self { groups: Mutex::default(), per_group, all, connections: AtomicUsize::new(0) }
    }

    /// The destination of that name.
    pub fn get(&self, name: &str) -> Arc<Group<T>> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(groups.entry(name.to_owned()).or_insert_with(|| Arc::new(Group::new(name, self.per_group))))
    }

    /// Each destination, by its name.
    pub fn every(&self) -> Vec<Arc<Group<T>>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Takes one of the connections that all groups share. The last ones are kept for notices, so
    /// that slow receivers of bulk cannot hold all of them.
    pub fn enter(&self, for_notices: bool) -> bool {
        let most = if for_notices { self.all } else { self.all - NOTICE_CONNECTIONS.min(self.all / 2) };
        let entered =
            self.connections.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| (n < most).then_some(n + 1)).is_ok();
        if entered {
            CONNECTIONS.add(1);
        }
        entered
    }

    /// Gives such a connection back.
    pub fn exit(&self) {
        self.connections.fetch_sub(1, Ordering::AcqRel);
        CONNECTIONS.add(-1);
    }
}

/// What a provider's outcomes look like, for the breaker; and the pauses of providers.
#[derive(Default)]
pub struct Providers {
    seen: Mutex<HashMap<String, Outcomes>>,
    pauses: Mutex<Pauses>,
}

#[derive(Default)]
struct Pauses {
    /// What the database said last, and what was written there since.
    known: HashMap<String, Option<Timestamp>>,
    /// Our own that the database does not have yet.
    unwritten: BTreeMap<String, Unwritten>,
    /// Counts our own changes: an answer that was asked for before one of them is too old.
    changes: u64,
}

/// A pause with its incident, on its way into the database.
#[derive(Clone, Debug)]
pub struct Unwritten {
    /// What happened.
    pub kind: IncidentKind,
    /// The receiver's words.
    pub detail: String,
    /// When it ends; none: a person decides.
    pub until: Option<Timestamp>,
}

#[derive(Default)]
struct Outcomes {
    window: VecDeque<(Reading, bool)>,
    usual_hard: i64,
    usual_outcomes: i64,
}

/// Outcomes that the window of one provider holds at most; above it the oldest leave early.
const WINDOW_MOST: usize = 20_000;

impl Providers {
    /// Notes an outcome. True when this hard bounce is part of a jump: the breaker trips, and
    /// counts from nothing again, because a person decides about what it has seen.
    pub fn outcome(&self, provider: &str, hard: bool, now: Reading) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let outcomes = seen.entry(provider.to_owned()).or_default();
        outcomes.window.push_back((now, hard));
        while let Some((at, was_hard)) = outcomes.window.front().copied()
            && (outcomes.window.len() > WINDOW_MOST || now.elapsed_since(at) > BREAKER_WINDOW)
        {
            outcomes.window.pop_front();
            outcomes.usual_outcomes += 1;
            outcomes.usual_hard += i64::from(was_hard);
        }
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let trips = hard
            && breaker_trips(GroupCounts {
                hard: count(outcomes.window.iter().filter(|(_, hard)| *hard).count()),
                outcomes: count(outcomes.window.len()),
                usual_hard: outcomes.usual_hard,
                usual_outcomes: outcomes.usual_outcomes,
            });
        if trips {
            outcomes.window.clear();
        }
        trips
    }

    /// The same, but what comes while the provider is paused says nothing new: its incident is open.
    #[must_use]
    pub fn jumped(&self, provider: &str, hard: bool, wall: Timestamp, now: Reading) -> bool {
        self.paused(provider, wall).is_none() && self.outcome(provider, hard, now)
    }

    /// What becomes of a mail whose destination closed before it could go there.
    #[must_use]
    pub fn closed<T>(&self, group: &Group<T>, provider: &str, wall: Timestamp, now: Reading) -> Option<Outcome> {
        let closed = group.closed_for(now);
        if closed > Duration::ZERO {
            return Some(Outcome::Held { reason: None, until: wall + closed });
        }
        self.held(provider, wall)
    }

    /// What becomes of a mail to a provider that is paused.
    #[must_use]
    pub fn held(&self, provider: &str, wall: Timestamp) -> Option<Outcome> {
        let pause = self.paused(provider, wall)?;
        let until = pause.map_or(wall + PAUSED, |until| until.min(wall + PAUSED));
        Some(Outcome::Held { reason: Some("provider_paused".to_owned()), until })
    }

    fn pauses(&self) -> MutexGuard<'_, Pauses> {
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be read before the database is asked for its pauses.
    pub fn changes(&self) -> u64 {
        self.pauses().changes
    }

    /// Replaces what is known of pauses, unless one of our own came since `changes` was read: then
    /// the answer may be older than that pause.
    pub fn set_pauses(&self, known: HashMap<String, Option<Timestamp>>, changes: u64) {
        let mut pauses = self.pauses();
        if pauses.changes == changes {
            pauses.known = known;
        }
    }

    /// Adds a pause of our own; it holds from now on, whatever the database says.
    pub fn pause(&self, provider: &str, pause: Unwritten) {
        let mut pauses = self.pauses();
        pauses.changes += 1;
        pauses.unwritten.insert(provider.to_owned(), pause);
    }

    /// The database has it: from now on its word counts, so that a decision there ends the pause.
    pub fn written(&self, provider: &str) {
        let mut pauses = self.pauses();
        if let Some(pause) = pauses.unwritten.remove(provider) {
            pauses.changes += 1;
            pauses.known.insert(provider.to_owned(), pause.until);
        }
    }

    /// Our own pauses that are still to be written down.
    pub fn unwritten(&self) -> Vec<(String, Unwritten)> {
        self.pauses().unwritten.iter().map(|(provider, pause)| (provider.clone(), pause.clone())).collect()
    }

    /// Whether a provider gets nothing now, and until when; `Some(None)`: until a person decides.
    pub fn paused(&self, provider: &str, now: Timestamp) -> Option<Option<Timestamp>> {
        let pauses = self.pauses();
        let own = pauses.unwritten.get(provider).map(|pause| pause.until);
        match own.or_else(|| pauses.known.get(provider).copied())? {
            Some(until) if until <= now => None,
            pause => Some(pause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Reading {
        Reading::from_nanos((1000 + seconds) * 1_000_000_000)
    }

    #[test]
    fn trouble_closes_a_group_once_and_it_opens_with_one_connection() {
        let group = Group::<u8>::new("g", 10);
        let pause = group.had_trouble(Trouble::Rate, at(0), 0);
        assert_eq!(pause, Duration::from_secs(600));
        assert_eq!(group.had_trouble(Trouble::Rate, at(100), 0), Duration::from_secs(500), "the same trouble");
        assert_eq!(group.had_trouble(Trouble::Rate, at(601), 0), Duration::from_secs(1200), "twice as long");
        assert!(group.push(1, false));
        assert!(!group.push(2, false), "one connection after trouble");
        group.went_well();
        assert!(group.push(3, false));
    }

    #[test]
    fn a_host_that_breaks_every_dialog_closes_its_group_and_after_that_the_first_break_does() {
        let group = Group::<u8>::new("g", 10);
        for _ in 1..BROKEN_MOST {
            assert!(!group.broke());
        }
        group.answered();
        for _ in 1..BROKEN_MOST {
            assert!(!group.broke(), "an answer in between: chance");
        }
        assert!(group.broke());
        group.had_trouble(Trouble::Connection, at(0), 0);
        group.answered();
        assert!(group.broke(), "a probe that breaks is enough");
        group.went_well();
        assert!(!group.broke());
    }

    /// Proves R15: bulk that holds every connection of a destination, or of all, keeps no notice waiting.
    #[test]
    fn r15_a_notice_goes_before_bulk_and_gets_a_connection_of_its_own() {
        let groups = Groups::<u8>::new(2, 16);
        let group = groups.get("g");
        let opened: Vec<bool> = (1..5).map(|n| group.push(n, false)).collect();
        assert_eq!(opened, [true, true, false, false]);
        assert!(group.push(9, true), "beyond the two");
        assert!(!group.push(8, true), "but one");
        assert_eq!(
            [group.pop(true), group.pop(false), group.pop(true), group.pop(false)],
            [Some(9), Some(8), None, Some(1)]
        );
        assert_eq!((0..20).filter(|_| groups.enter(false)).count(), 8);
        assert_eq!((0..20).filter(|_| groups.enter(true)).count(), 8);
        let small = Groups::<u8>::new(1, 1);
        assert!(small.enter(false), "where there is but one, it serves both");
    }

    #[test]
    fn with_a_rate_no_more_waits_than_can_leave_soon() {
        let group = Group::<u8>::new("g", 10);
        for n in 0..20 {
            assert!(!group.is_full(Some(Duration::from_secs(1))), "{n}");
            group.push(n, false);
        }
        assert!(group.is_full(Some(Duration::from_secs(1))));
        assert!(!group.is_full(None));
    }

    #[test]
    fn b6_a_pause_of_our_own_holds_until_the_database_has_it_and_a_decision_there_ends_it() {
        let (providers, now) = (Providers::default(), Timestamp::from_millis(1000));
        let asked = providers.changes();
        providers.pause("a.test", Unwritten { kind: IncidentKind::HardBounceJump, detail: String::new(), until: None });
        providers.set_pauses(HashMap::new(), asked);
        assert_eq!(providers.paused("a.test", now), Some(None), "the answer was older");
        providers.set_pauses(HashMap::new(), providers.changes());
        assert_eq!(providers.paused("a.test", now), Some(None), "the database does not have it yet");
        let asked = providers.changes();
        providers.written("a.test");
        providers.set_pauses(HashMap::new(), asked);
        assert_eq!(providers.paused("a.test", now), Some(None), "the answer was older");
        providers.set_pauses(HashMap::new(), providers.changes());
        assert_eq!(providers.paused("a.test", now), None, "decided");
    }

    #[test]
    fn a_rate_spreads_the_slots() {
        let group = Group::<u8>::new("g", 10);
        let pace = Some(Duration::from_millis(100));
        assert_eq!(group.slot(pace, at(0)), Duration::ZERO);
        assert_eq!(group.slot(pace, at(0)), Duration::from_millis(100));
        assert_eq!(group.slot(pace, at(0)), Duration::from_millis(200));
        assert_eq!(group.slot(pace, at(60)), Duration::ZERO);
    }

    #[test]
    fn b6_a_jump_of_hard_bounces_trips_the_breaker_and_usual_ones_do_not() {
        let providers = Providers::default();
        let tripped = (0..9).any(|_| providers.outcome("a.test", true, at(0)));
        assert!(!tripped, "nine are chance");
        assert!(providers.outcome("a.test", true, at(1)));
        assert!(!providers.outcome("a.test", true, at(2)), "those are decided by a person, and not told twice");
        for n in 0..400 {
            assert!(!providers.outcome("b.test", n % 40 == 0, at(0)), "2.5 % are usual");
        }
    }
}
