//! People: what they ask for, and when the door answers them. A visit is one request to one node's
//! door; who gets no answer comes again.

use std::collections::BTreeMap;

use policy::{AccountId, ContactId, MailingId, TagId};
use seals::AddressKey;
use store::drain::{LOOK_EVERY, Wait};

use super::{Ask, Event, Person, Reply, World};
use crate::Broken;
use crate::checks::Scope;
use crate::clock::{MILLI, MINUTE, Nanos, SECOND};
use crate::memory::{Act, Done};
use crate::network::Mailbox;
use crate::story::{About, contact_name};

impl Person {
    /// What the provider says of the mailbox at that time.
    pub(crate) fn mailbox_at(&self, at: Nanos) -> Mailbox {
        match self.mailbox {
            Mailbox::Greylisted if self.first_tried.is_some_and(|first| at >= first + 15 * MINUTE) => Mailbox::Good,
            other => other,
        }
    }
}

/// What somebody wants, with how often it was tried.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) act: Act,
    pub(crate) tries: u32,
}

/// A request that a door works on.
struct Request {
    visit: Visit,
    node: usize,
    life: i64,
    done: Option<Done>,
    /// When it was committed.
    committed_at: Nanos,
    wait: Option<Wait>,
}

/// The requests that are under way.
#[derive(Default)]
pub(crate) struct Visits {
    open: BTreeMap<u64, Request>,
}

impl Visits {
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Whose open rows a request sweeps.
    pub(crate) fn person(&self, visit: u64) -> Option<ContactId> {
        match self.open.get(&visit)?.done? {
            Done::Person(contact, _) => Some(contact),
            _ => None,
        }
    }
}

impl World {
    /// Somebody comes, to any node that answers.
    pub(super) fn visit(&mut self, visit: Visit) {
        let alive: Vec<usize> = (0..self.nodes.len())
            .filter(|node| self.nodes[*node].run.is_some() && self.nodes[*node].stopped_until <= self.now)
            .collect();
        if alive.is_empty() {
            return self.again(visit);
        }
        let node = alive[self.chance.index(alive.len())];
        let Some(life) = self.life_of(node) else { return };
        let number = self.serial();
        let way = self.chance.between(MILLI, 20 * MILLI);
        let act = visit.act.clone();
        self.visits.open.insert(number, Request { visit, node, life, done: None, committed_at: 0, wait: None });
        let request = self.serial();
        self.at(self.now + way, Event::Ask(node, life, request, Ask::Visit(number, act)));
    }

    fn again(&mut self, mut visit: Visit) {
        visit.tries += 1;
        let after = self.chance.between(500 * MILLI, 8 * SECOND);
        self.at(self.now + after, Event::Visit(visit));
    }

    /// The act is committed in this moment.
    pub(super) fn carry_out_act(&mut self, node: usize, visit: u64, act: &Act) -> Reply {
        let wall = self.wall(node);
        let done = self.memory.act(act, wall);
        self.memory.commit(true);
        self.check_act(act);
        self.tell_of_node(node, about(act), format!("commits: {}", words(act)));
        if let Some(request) = self.visits.open.get_mut(&visit) {
            request.done = Some(done);
            request.committed_at = self.now;
        }
        Reply::Visited(visit, done)
    }

    pub(crate) fn visited(&mut self, number: u64, done: Done) {
        let Some(request) = self.visits.open.get_mut(&number) else { return };
        let (node, life) = (request.node, request.life);
        // After the commit's reply, never before.
        let reading = self.nodes[node].clock.reading(self.now);
        request.wait = Some(Wait::from(reading));
        match done {
            Done::Plain => self.answered(number),
            _ if self.broken == Broken::NobodyWaits => self.answered(number),
            Done::Person(..) => {
                self.ask(node, life, Ask::Sweep(number));
            }
            Done::Everybody => self.wait_on(number),
        }
    }

    /// Waits what is left of the ticket's time, then answers.
    fn wait_on(&mut self, number: u64) {
        let Some(request) = self.visits.open.get(&number) else { return };
        let clock = &self.nodes[request.node].clock;
        let left = request.wait.as_ref().map_or(std::time::Duration::ZERO, |wait| wait.left(clock.reading(self.now)));
        if left.is_zero() {
            return self.answered(number);
        }
        let when = clock.after(self.now, left);
        self.at(when, Event::Wait(number));
    }

    /// Commit, sweep, look: three transactions, in this order.
    pub(super) fn sweep(&mut self, node: usize, visit: u64) -> Reply {
        let wall = self.wall(node);
        if let Some(Done::Person(contact, by)) = self.visits.open.get(&visit).and_then(|request| request.done) {
            self.memory.cancel_person(contact, by, wall);
            self.memory.commit(true);
        }
        Reply::Swept(visit)
    }

    pub(crate) fn swept(&mut self, number: u64) {
        self.look_for_started(number);
    }

    fn look_for_started(&mut self, number: u64) {
        let Some(request) = self.visits.open.get(&number) else { return };
        let (node, life) = (request.node, request.life);
        let reading = self.nodes[node].clock.reading(self.now);
        if request.wait.as_ref().is_some_and(|wait| wait.left(reading).is_zero()) {
            return self.answered(number);
        }
        self.ask(node, life, Ask::Look(number));
    }

    pub(crate) fn looked(&mut self, number: u64, started: bool) {
        if !started {
            return self.answered(number);
        }
        let Some(request) = self.visits.open.get(&number) else { return };
        let clock = &self.nodes[request.node].clock;
        let left = request.wait.as_ref().map_or(LOOK_EVERY, |wait| wait.left(clock.reading(self.now)));
        let when = clock.after(self.now, LOOK_EVERY.min(left));
        self.at(when, Event::Wait(number));
    }

    /// A wait is over, or it is time to look again.
    pub(super) fn wait_is_over(&mut self, number: u64) {
        let Some(request) = self.visits.open.get(&number) else { return };
        let (node, life, done) = (request.node, request.life, request.done);
        if self.life_of(node) != Some(life) {
            return;
        }
        let stopped = self.nodes[node].stopped_until;
        if stopped > self.now {
            return self.at(stopped, Event::Wait(number));
        }
        match done {
            Some(Done::Person(..)) if !request.visit.gave_up_looking() => self.look_for_started(number),
            _ => self.wait_on(number),
        }
    }

    /// The statement failed. Before the commit was told, the person gets no answer; after it, the
    /// answer waits its whole time.
    pub(crate) fn visit_failed(&mut self, number: u64) {
        let Some(request) = self.visits.open.get_mut(&number) else { return };
        if request.wait.is_some() {
            request.visit.stop_looking();
            return self.wait_on(number);
        }
        let Some(request) = self.visits.open.remove(&number) else { return };
        self.again(request.visit);
    }

    /// Whoever worked on these requests is dead: nobody answers, and the people come again.
    pub(crate) fn visits_of_dead(&mut self, node: usize, life: i64) {
        let of = self.visits.open.iter().filter(|(_, request)| request.node == node && request.life == life);
        for number in of.map(|(number, _)| *number).collect::<Vec<_>>() {
            if let Some(request) = self.visits.open.remove(&number) {
                self.again(request.visit);
            }
        }
    }

    /// The answer goes out.
    fn answered(&mut self, number: u64) {
        let Some(request) = self.visits.open.remove(&number) else { return };
        let act = request.visit.act;
        self.tell_of_node(request.node, about(&act), format!("ANSWERS: {}", words(&act)));
        self.figures.answers += 1;
        let (now, committed_at) = (self.now, request.committed_at);
        match &act {
            Act::Unsubscribe(contact) => {
                self.figures.unsubscribes += 1;
                self.checks.close(Scope::Contact(*contact), now);
            }
            Act::Complain(contact, mailing) => {
                self.checks.close(Scope::Contact(*contact), now);
                self.checks.close_if_stopped(Scope::Mailing(*mailing), committed_at, now);
                self.checks.close_if_stopped(Scope::Account(contact.account()), committed_at, now);
            }
            Act::Suspend(account) => self.checks.close_if_stopped(Scope::Account(*account), committed_at, now),
            Act::Pause(mailing) | Act::Abort(mailing) => {
                self.checks.close_if_stopped(Scope::Mailing(*mailing), committed_at, now);
            }
            Act::Exclude(key) => self.checks.close(Scope::Address(*key), now),
            Act::PauseAll => self.checks.close_if_stopped(Scope::Everybody, committed_at, now),
            _ => {}
        }
    }
}

impl Visit {
    pub(crate) const fn new(act: Act) -> Self {
        Self { act, tries: 0 }
    }

    /// The highest bit of the tries: an error made the answer wait its whole time.
    const fn gave_up_looking(&self) -> bool {
        self.tries & (1 << 31) != 0
    }

    const fn stop_looking(&mut self) {
        self.tries |= 1 << 31;
    }
}

pub(super) fn about(act: &Act) -> About {
    match act {
        Act::Unsubscribe(contact) | Act::SignUp(contact, ..) | Act::Confirm(contact, _) => About::contact(*contact),
        Act::Complain(contact, mailing) => About { mailing: Some(*mailing), ..About::contact(*contact) },
        Act::Suspend(account) | Act::Reinstate(account) => About::account(*account),
        Act::Pause(mailing) | Act::Resume(mailing) | Act::Abort(mailing) => About::mailing(*mailing),
        Act::Exclude(_) | Act::PauseAll | Act::ResumeAll | Act::DecideIncident(_) => About::WORLD,
    }
}

fn words(act: &Act) -> String {
    let of = |what: &str, id: &dyn std::fmt::Display| format!("{what} {id}");
    let person = |what: &str, contact: &ContactId| format!("{what} {}", contact_name(*contact));
    match act {
        Act::Unsubscribe(contact) => person("unsubscribe of contact", contact),
        Act::Complain(contact, mailing) => {
            format!("complaint of contact {} about mailing {mailing}", contact_name(*contact))
        }
        Act::Suspend(account) => of("suspension of account", account),
        Act::Reinstate(account) => of("reinstatement of account", account),
        Act::Pause(mailing) => of("pause of mailing", mailing),
        Act::Resume(mailing) => of("resumption of mailing", mailing),
        Act::Abort(mailing) => of("end of mailing", mailing),
        Act::Exclude(key) => format!("exclusion of the address of person {}", person_of_key(key)),
        Act::PauseAll => "pause of all sending".to_owned(),
        Act::ResumeAll => "end of the pause of all sending".to_owned(),
        Act::SignUp(contact, ..) => person("sign-up of contact", contact),
        Act::Confirm(contact, _) => person("confirmation of contact", contact),
        Act::DecideIncident(provider) => of("decision of the incident at", provider),
    }
}

/// The key under which the world remembers a person's address.
pub(crate) fn key_of(person: usize) -> AddressKey {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&(person as u64 + 1).to_be_bytes());
    AddressKey::from_bytes(bytes)
}

pub(crate) fn person_of_key(key: &AddressKey) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&key.as_bytes()[..8]);
    u64::from_be_bytes(number) - 1
}

/// The tag that a form gives.
pub(crate) const TAG: TagId = TagId::from_raw(1);

/// Numbers of accounts and mailings, in the order in which the plan makes them.
pub(crate) const fn account(number: usize) -> AccountId {
    AccountId::from_raw(number as i64 + 1)
}

pub(crate) const fn mailing(number: usize) -> MailingId {
    MailingId::from_raw(number as i64 + 1)
}
