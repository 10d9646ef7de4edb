//! The checkers: they know what really happened and look at what the promises say about it, while the
//! world runs. The first broken promise ends the world.

use std::collections::{BTreeMap, BTreeSet};

use delivery::machine::{AFTER_DOT, End};
use policy::bounce::{BounceClass, EXCLUDING_SOFT_BOUNCE, OUTAGE_WINDOW};
use policy::facts::MailingState;
use policy::score::SUSPENDING_COMPLAINTS;
use policy::{AccountId, ContactId, MailingId, RowId, RowState, Standing, Timestamp};
use seals::AddressKey;
use store::claims::ClaimedRow;
use store::deliveries::Claim;
use store::incidents::IncidentKind;
use store::outcomes::{Outcome, Recorded, Report};

use crate::clock::{MINUTE, Nanos, SECOND};
use crate::memory::{Act, Judgement};
use crate::node::Run;
use crate::story::{About, contact_name};
use crate::world::database::{is_acceptance, is_hard};
use crate::world::{Visit, World, people};

/// For whom nothing may begin any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    Contact(ContactId),
    Address(AddressKey),
    Account(AccountId),
    Mailing(MailingId),
    Everybody,
}

/// A promise that broke.
#[derive(Clone, Debug)]
pub(crate) struct Broke {
    pub(crate) promise: u8,
    pub(crate) about: About,
    pub(crate) why: String,
}

/// A message that exists at its receiver.
#[derive(Clone, Debug)]
struct Completion {
    attempt: i64,
    name: String,
}

/// What the checkers remember.
#[derive(Default)]
pub(crate) struct Checks {
    broke: Option<Broke>,
    /// From the answer on, until it ends.
    closed: BTreeMap<Scope, Vec<(Nanos, Nanos)>>,
    /// Since when a stop stands: its commit.
    stops: BTreeMap<Scope, Nanos>,
    completions: BTreeMap<RowId, Vec<Completion>>,
    /// Attempts whose repetition is no fault: in flight at a crash, lost with their connection.
    excused: BTreeSet<(RowId, i64)>,
    /// Final dot written, outcome not durable: the life that wrote it.
    in_flight: BTreeMap<(RowId, i64), i64>,
    /// Rows of which an acceptance is recorded.
    told_accepted: BTreeSet<RowId>,
    /// Rows of which it is recorded that they were lost after their final dot: how often, and when last.
    told_unknown: BTreeMap<RowId, (u32, Nanos)>,
    complaints: BTreeSet<(MailingId, ContactId)>,
    soft: BTreeMap<AddressKey, Vec<(RowId, Timestamp)>>,
    /// How often each promise was looked at, by its number.
    pub(crate) looked: BTreeMap<u8, u64>,
}

impl Checks {
    pub(crate) const fn broken(&self) -> Option<&Broke> {
        self.broke.as_ref()
    }

    pub(crate) fn break_promise(&mut self, promise: u8, about: About, why: String) {
        self.broke.get_or_insert(Broke { promise, about, why });
    }

    fn look(&mut self, promise: u8) {
        *self.looked.entry(promise).or_default() += 1;
    }

    /// An answer went out: from now on nothing may begin.
    pub(crate) fn close(&mut self, scope: Scope, at: Nanos) {
        let times = self.closed.entry(scope).or_default();
        if times.last().is_none_or(|(_, until)| *until != Nanos::MAX) {
            times.push((at, Nanos::MAX));
        }
    }

    /// The same for what may have ended meanwhile: only if the stop still stands that was there when
    /// the request was committed.
    pub(crate) fn close_if_stopped(&mut self, scope: Scope, committed_at: Nanos, at: Nanos) {
        if self.stops.get(&scope).is_some_and(|since| *since <= committed_at) {
            self.close(scope, at);
        }
    }

    fn stop(&mut self, scope: Scope, at: Nanos) {
        self.stops.entry(scope).or_insert(at);
    }

    fn open(&mut self, scope: Scope, at: Nanos) {
        self.stops.remove(&scope);
        if let Some((_, until)) = self.closed.get_mut(&scope).and_then(|times| times.last_mut()) {
            *until = (*until).min(at);
        }
    }

    fn closed_at(&self, scope: Scope, at: Nanos) -> Option<Nanos> {
        let times = self.closed.get(&scope)?;
        times.iter().find(|(from, until)| *from < at && at < *until).map(|(from, _)| *from)
    }
}

impl World {
    // ── promises 2 and 3, and the repeats of 6: a message exists ─────────

    /// A receiver has the final dot of a message and takes it.
    pub(crate) fn completed(&mut self, conn: u64, bytes: &[u8]) {
        let Some((carries, data_at)) = self.conns.get(&conn).map(|open| (open.carries, open.data_at)) else { return };
        let Some((row, attempt)) = carries else { return };
        self.figures.mails += 1;
        self.tell("receiver", About::row(row), format!("takes the message of attempt {attempt}"));
        self.check_late(row, data_at);
        self.check_repeat(row, attempt, bytes);
        self.react(row);
    }

    /// Promise 3: no message that begins after an answer is ever completed. What a receiver can stamp
    /// is the arrival of `DATA`.
    fn check_late(&mut self, row: RowId, data_at: Nanos) {
        self.checks.look(3);
        let Some((contact, mailing)) = self.contact_of(row) else { return };
        let key = people::key_of(Self::person_of(contact));
        let mut scopes = vec![Scope::Address(key), Scope::Everybody, Scope::Account(contact.account())];
        if let Some(mailing) = mailing {
            scopes.extend([Scope::Contact(contact), Scope::Mailing(mailing)]);
        }
        for scope in scopes {
            if let Some(answered) = self.checks.closed_at(scope, data_at) {
                let late = (data_at - answered) / 1_000_000;
                let why = format!(
                    "a message was completed whose DATA arrived {late} ms after the answer ({})",
                    in_words(scope)
                );
                self.checks.break_promise(3, About::row(row), why);
            }
        }
    }

    /// Promise 6: repeated is only what was in flight at a crash or lost its connection, and with the
    /// same Message-ID.
    fn check_repeat(&mut self, row: RowId, attempt: i64, bytes: &[u8]) {
        self.checks.look(6);
        let name = message_id(bytes);
        let before = self.checks.completions.entry(row).or_default();
        let other_name = before.first().is_some_and(|first| first.name != name);
        if !before.is_empty() {
            self.figures.repeats += 1;
        }
        before.push(Completion { attempt, name });
        let unexcused = before.iter().filter(|one| !self.checks.excused.contains(&(row, one.attempt))).count();
        if other_name {
            self.checks.break_promise(6, About::row(row), "a repeated message has another Message-ID".to_owned());
        } else if unexcused > 1 {
            let why = "a message was completed twice, and neither was in flight at a crash nor lost its connection";
            self.checks.break_promise(6, About::row(row), why.to_owned());
        }
    }

    // ── promise 6 ────────────────────────────────────────────────────────

    /// A start is granted.
    pub(crate) fn check_start(&mut self, _node: usize, claim: Claim) {
        self.checks.look(6);
        self.figures.starts += 1;
        if self.checks.told_accepted.contains(&claim.row) {
            let why = "a start was granted although an acceptance is on record".to_owned();
            self.checks.break_promise(6, About::row(claim.row), why);
        }
        // Due times are times of the wall: where it is set, half an hour may be over sooner.
        if let Some((times, last)) = self.checks.told_unknown.get(&claim.row).copied()
            && (times > 1 || (self.now - last < 29 * MINUTE && !self.clock_was_set))
        {
            let why = "a mail that was lost after its final dot is sent again at once, or more than once";
            self.checks.break_promise(6, About::row(claim.row), why.to_owned());
        }
    }

    /// A node writes a final dot.
    pub(crate) fn check_dot(&mut self, node: usize, claim: Claim, looked_at: Nanos) {
        self.checks.look(6);
        self.checks.in_flight.insert((claim.row, claim.attempt), claim.life.get());
        let owned = self
            .memory
            .rows
            .get(&claim.row)
            .is_some_and(|row| row.life.owner == Some(claim.life.get()) && row.life.attempt == claim.attempt);
        if owned || self.broken == crate::Broken::StartComparesNothing {
            return;
        }
        if self.now - looked_at > SECOND {
            // Stopped between its last look and its final dot: the one window that is left.
            self.checks.excused.insert((claim.row, claim.attempt));
        } else {
            let why = format!("{} sends the final dot of a row that was taken from it", self.nodes[node].name);
            self.checks.break_promise(6, About::row(claim.row), why);
        }
    }

    /// A started row is taken from a life. Where its dot is out, that is excused only if its owner
    /// had lost its lock or was stopped for more than five minutes.
    pub(crate) fn taken_from_its_owner(&mut self, _node: usize, row: RowId, owner: i64) {
        let flying = self.checks.in_flight.iter().find(|((of, _), life)| *of == row && **life == owner);
        let Some(attempt) = flying.map(|((_, attempt), _)| *attempt) else { return };
        let node = self.memory.lives.get(&owner).map_or(0, |lived| lived.node);
        let alive = self.life_of(node) == Some(owner);
        let stopped_for = self.now.saturating_sub(self.stop_began[node]);
        let stopped = self.nodes[node].stopped_until > self.now && stopped_for > 5 * MINUTE;
        if !alive || stopped || !self.memory.locks.contains(&owner) {
            self.checks.excused.insert((row, attempt));
        }
    }

    /// A dialog ended.
    pub(crate) fn check_end(
        &mut self,
        _node: usize,
        row: &ClaimedRow,
        end: &End,
        dot_at: Option<Nanos>,
        conn: Option<u64>,
    ) {
        if *end != End::Unknown {
            return;
        }
        self.figures.unknown += 1;
        let waited = dot_at.map_or(0, |dot| self.now - dot);
        let lost = conn.and_then(|conn| self.conns.get(&conn)).is_none_or(|open| open.closed);
        let nearly = u64::try_from(AFTER_DOT.as_nanos()).unwrap_or(0) / 100 * 95;
        if lost || waited >= nearly || self.clock_was_set {
            self.checks.excused.insert((row.claim.row, row.claim.attempt));
        } else {
            let why = "a mail counts as lost although its connection stood and its reply was not late".to_owned();
            self.checks.break_promise(6, About::row(row.claim.row), why);
        }
    }

    /// A process dies: what it had in flight may be repeated, and nothing else.
    pub(crate) fn check_crash(&mut self, node: usize, run: &Run) {
        self.checks.look(6);
        let life = run.life.get();
        let flying: Vec<_> =
            self.checks.in_flight.iter().filter(|(_, of)| **of == life).map(|(attempt, _)| *attempt).collect();
        if flying.len() > run.lines.len() {
            let why = format!("{} mails in flight on {} connections", flying.len(), run.lines.len());
            self.checks.break_promise(6, About::row(flying[0].0), why);
        }
        self.figures.in_flight_at_crashes += flying.len() as u64;
        for attempt in flying {
            self.checks.in_flight.remove(&attempt);
            self.checks.excused.insert(attempt);
            let name = self.nodes[node].name.clone();
            self.tell(&name, About::row(attempt.0), "dies with this mail in flight");
        }
    }

    /// An outcome was recorded.
    pub(crate) fn check_recorded(&mut self, _node: usize, report: &Report, recorded: Recorded) {
        let claim = report.claim;
        self.checks.in_flight.remove(&(claim.row, claim.attempt));
        let told = is_acceptance(&report.outcome)
            && matches!(recorded, Recorded::Settled(RowState::Accepted) | Recorded::Kept);
        if told {
            self.checks.told_accepted.insert(claim.row);
        }
        if matches!(report.outcome, Outcome::Unknown { .. }) && matches!(recorded, Recorded::Settled(_)) {
            let (times, last) = self.checks.told_unknown.entry(claim.row).or_default();
            (*times, *last) = (*times + 1, self.now);
        }
        self.figures.outcomes += 1;
    }

    // ── promise 4 ────────────────────────────────────────────────────────

    /// A bounce was judged and committed.
    pub(crate) fn check_bounce(&mut self, _node: usize, judgement: &Judgement) {
        self.checks.look(4);
        self.figures.bounces += 1;
        let bounced = &judgement.bounced;
        let provider = bounced.provider_group.as_str();
        let jump = self.memory.incidents.get(provider).is_some_and(|(kind, _)| *kind == IncidentKind::HardBounceJump);
        let excluded = self.memory.suppressions.contains_key(&bounced.address_key);
        let about = About::row(judgement.row);
        if judgement.held {
            if !jump {
                self.checks.break_promise(4, about, "a bounce waits although no incident is open".to_owned());
            }
            return;
        }
        if is_hard(bounced.class, bounced.counts) && !excluded {
            let why = "a hard bounce is on record, and the address is not excluded".to_owned();
            return self.checks.break_promise(4, about, why);
        }
        if bounced.class == BounceClass::Soft && bounced.counts {
            let seen = self.checks.soft.entry(bounced.address_key).or_default();
            let apart = |at: Timestamp| judgement.at.max(at).since(judgement.at.min(at));
            if !seen.iter().any(|(row, at)| *row == judgement.row || apart(*at) < OUTAGE_WINDOW) {
                seen.push((judgement.row, judgement.at));
            }
            if seen.len() >= EXCLUDING_SOFT_BOUNCE && !excluded {
                let why = "a third soft bounce is on record, and the address is not excluded".to_owned();
                self.checks.break_promise(4, about, why);
            }
        }
    }

    // ── promise 5, and what acts stop ────────────────────────────────────

    /// An act was committed.
    pub(crate) fn check_act(&mut self, act: &Act) {
        let now = self.now;
        match act {
            Act::Complain(contact, mailing) => self.check_complaint(*contact, *mailing),
            Act::Resume(mailing) => self.checks.open(Scope::Mailing(*mailing), now),
            Act::Reinstate(account) => self.checks.open(Scope::Account(*account), now),
            Act::PauseAll => {
                self.checks.stop(Scope::Everybody, now);
                let after = self.chance.skewed(2 * SECOND, 60 * MINUTE);
                self.at(now + after, crate::world::Event::Visit(Visit::new(Act::ResumeAll)));
            }
            Act::ResumeAll => self.checks.open(Scope::Everybody, now),
            _ => {}
        }
        self.look_after_stops();
    }

    /// Notes every account and mailing that is stopped, and sends somebody who lets it go on.
    fn look_after_stops(&mut self) {
        let now = self.now;
        let suspended = self.memory.accounts.iter().filter(|(_, one)| one.standing() == Standing::Suspended);
        let mut visits = Vec::new();
        for account in suspended.map(|(id, _)| *id).collect::<Vec<_>>() {
            if !self.checks.stops.contains_key(&Scope::Account(account)) {
                self.figures.suspensions += 1;
                visits.push(Act::Reinstate(account));
            }
            self.checks.stop(Scope::Account(account), now);
        }
        let stopped =
            self.memory.mailings.iter().filter(|(_, one)| {
                matches!(one.state, MailingState::Paused | MailingState::Held | MailingState::Aborted)
            });
        for (mailing, state) in stopped.map(|(id, one)| (*id, one.state)).collect::<Vec<_>>() {
            if !self.checks.stops.contains_key(&Scope::Mailing(mailing)) && state != MailingState::Aborted {
                visits.push(Act::Resume(mailing));
            }
            self.checks.stop(Scope::Mailing(mailing), now);
        }
        for act in visits {
            let longest = if self.ending { 10 * MINUTE } else { 600 * MINUTE };
            let after = self.chance.skewed(2 * SECOND, longest);
            self.at(now + after, crate::world::Event::Visit(Visit::new(act)));
        }
    }

    /// Promise 5: the score is exact, and above 0.2 % sending stops in the complaint's transaction.
    fn check_complaint(&mut self, contact: ContactId, mailing: MailingId) {
        self.checks.look(5);
        self.figures.complaints += 1;
        self.checks.complaints.insert((mailing, contact));
        let account = contact.account();
        self.check_score(account);
        let Some(one) = self.memory.accounts.get(&account) else { return };
        let of = |counts: &BTreeMap<crate::memory::CountKey, i64>| {
            counts
                .iter()
                .filter(|((of, period, ..), _)| *of == account && *period == one.period)
                .map(|(_, n)| *n)
                .sum::<i64>()
        };
        let (complaints, sent) = (of(&self.memory.complained), of(&self.memory.sent));
        let above = complaints >= SUSPENDING_COMPLAINTS && sent > 0 && complaints * 1000 > sent * 2;
        if above && one.standing() == Standing::Active {
            let why = format!("{complaints} complaints about {sent} mails, and the account goes on sending");
            self.checks.break_promise(5, About::account(account), why);
        }
    }

    /// Counters against what happened.
    fn check_score(&mut self, account: AccountId) {
        self.checks.look(5);
        let of = |counts: &BTreeMap<crate::memory::CountKey, i64>| {
            counts.iter().filter(|((of, ..), _)| *of == account).map(|(_, n)| *n).sum::<i64>()
        };
        let (complained, sent) = (of(&self.memory.complained), of(&self.memory.sent));
        let complaints = self.checks.complaints.iter().filter(|(_, contact)| contact.account() == account).count();
        let accepted = self.memory.rows.values().filter(|row| {
            row.account == account && row.life.state == RowState::Accepted && row.purpose.duties().counts_as_sent
        });
        let accepted = accepted.count();
        if complained != complaints as i64 || sent != accepted as i64 {
            let why = format!(
                "the counters say {complained} complaints about {sent} mails; there were {complaints} about {accepted}"
            );
            self.checks.break_promise(5, About::account(account), why);
        }
    }

    // ── the end ──────────────────────────────────────────────────────────

    /// A newsletter counts as finished.
    pub(crate) fn check_finished(&mut self, mailing: MailingId) {
        self.checks.look(6);
        let open = self.memory.rows.iter().find(|(id, row)| {
            matches!(id, RowId::Delivery { mailing: of, .. } if *of == mailing) && !row.life.state.is_terminal()
        });
        if let Some((row, _)) = open {
            let why = format!("newsletter {mailing} counts as finished, and this mail of it is open");
            self.checks.break_promise(6, About::row(*row), why);
        }
    }

    /// Everything is at its end: nothing is lost, everything adds up.
    pub(crate) fn check_the_end(&mut self) {
        for (id, row) in &self.memory.rows {
            *self.figures.states.entry(row.life.state.word()).or_default() += 1;
            let taken = self.checks.completions.get(id).map_or(0, Vec::len);
            if row.life.state == RowState::Accepted && taken == 0 {
                let why = "a mail is lost: it counts as accepted, and no receiver has it".to_owned();
                self.checks.break_promise(6, About::row(*id), why);
            }
            if self.checks.told_accepted.contains(id) && row.life.state != RowState::Accepted {
                let why = format!("a mail whose acceptance was recorded ended as {}", row.life.state.word());
                self.checks.break_promise(6, About::row(*id), why);
            }
        }
        for (id, mailing) in &self.memory.mailings {
            let ended: i64 = mailing.ended.values().sum();
            if ended != mailing.audience {
                let why = format!("mailing {id}: {} in its audience, {ended} ended", mailing.audience);
                self.checks.break_promise(6, About::mailing(*id), why);
            }
        }
        for account in self.memory.accounts.keys().copied().collect::<Vec<_>>() {
            self.check_score(account);
        }
    }
}

fn in_words(scope: Scope) -> String {
    match scope {
        Scope::Contact(contact) => format!("contact {}", contact_name(contact)),
        Scope::Address(key) => format!("exclusion of the address of person {}", people::person_of_key(&key)),
        Scope::Account(account) => format!("account {account}"),
        Scope::Mailing(mailing) => format!("mailing {mailing}"),
        Scope::Everybody => "all sending".to_owned(),
    }
}

fn message_id(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap_or_default().to_owned()
}
