//! What a request does when it reaches the memory.

use policy::RowId;
use policy::bounce::BounceClass;
use store::deliveries::Claim;
use store::outcomes::{Outcome, Report};

use super::{Ask, Event, Failed, Reply, World};
use crate::Broken;
use crate::checks::Scope;
use crate::clock::MILLI;
use crate::story::{About, contact_name};

impl World {
    pub(super) fn memory_hears(&mut self, node: usize, life: i64, request: u64, ask: Ask) {
        let alive = life == 0 || self.life_of(node) == Some(life);
        // On SQLite a dead process writes nothing. PostgreSQL may finish what it was told.
        if !alive && (!self.memory.postgres || self.chance.permille(500)) {
            if let Ask::StartCommit(claims, _) = &ask {
                for claim in claims {
                    self.memory.locked.remove(&claim.row);
                }
            }
            return;
        }
        if self.down_until > self.now {
            return self.unreachable(node, life, request, ask);
        }
        if let Some(until) = self.memory.locked_until(self.touched(&ask)) {
            return self.at(until + 1, Event::Ask(node, life, request, ask));
        }
        let lost = self.memory.postgres && self.plan.flaky && self.chance.permille(3);
        let failed = lost.then(|| failure(&ask));
        let Some(reply) = self.carry_out(node, life, request, ask) else { return };
        if let Some(failed) = failed {
            self.tell_of_node(node, About::WORLD, "the database's answer to a statement is lost");
            return self.answer(node, life, request, Reply::Failed(failed));
        }
        self.answer(node, life, request, reply);
    }

    fn unreachable(&mut self, node: usize, life: i64, request: u64, ask: Ask) {
        if let Ask::BeginLife = ask {
            self.nodes[node].starting = false;
            return self.at(self.now + 500 * MILLI, Event::Begin(node));
        }
        self.answer(node, life, request, Reply::Failed(failure(&ask)));
    }

    /// Rows whose locks this work waits for. Claims pass locked rows over.
    fn touched(&self, ask: &Ask) -> Vec<RowId> {
        if self.memory.locked.is_empty() {
            return Vec::new();
        }
        match ask {
            Ask::Start(starts, _) | Ask::Renew(starts) => starts.iter().map(|start| start.claim.row).collect(),
            Ask::Record(reports) => reports.iter().map(|report| report.claim.row).collect(),
            Ask::TakeBack(life, _) => self.memory.owned_by(*life),
            Ask::Sweep(visit) => self.visits.person(*visit).map(|of| self.memory.open_of(of)).unwrap_or_default(),
            // These cancel rows in the same statement.
            Ask::Visit(..) | Ask::CancelStranded => self.memory.locked.keys().copied().collect(),
            _ => Vec::new(),
        }
    }

    fn carry_out(&mut self, node: usize, life: i64, request: u64, ask: Ask) -> Option<Reply> {
        let wall = self.wall(node);
        let soft = !self.memory.postgres;
        Some(match ask {
            Ask::Claim(wanted, beat) => {
                let of = store::lives::LifeId::from_raw(life);
                let claimed = self.memory.claim(of, beat, &wanted, wall);
                self.memory.commit(!soft);
                Reply::Claimed(claimed)
            }
            Ask::Brief(claims) => Reply::Briefed(self.memory.brief(&claims), claims),
            Ask::Start(starts, beat) => return self.start(node, life, request, &starts, beat),
            Ask::StartCommit(granted, beat) => self.start_commit(node, &granted, beat),
            Ask::Renew(starts) => Reply::Started(self.memory.compare(&starts, policy::RowState::Started)),
            Ask::Record(reports) => self.record(node, &reports),
            Ask::Prove => {
                // A lost session is replaced: within the same life that changes nothing.
                self.memory.locks.insert(life);
                let beat = self.memory.beat(store::lives::LifeId::from_raw(life), 1);
                self.memory.commit(!soft);
                Reply::Proved(beat)
            }
            Ask::Watch => Reply::Watched(self.memory.watched()),
            Ask::TakeBack(of, what) => self.take_back(node, of, what),
            Ask::Ended(of) => {
                self.memory.mark_ended(of);
                self.memory.commit(true);
                Reply::Plain
            }
            Ask::Pauses(changes) => {
                let open = self.memory.incidents.iter().map(|(provider, (_, until))| (provider.clone(), *until));
                Reply::Pauses(open.collect(), changes)
            }
            Ask::Incident(provider) => self.write_incident(node, &provider)?,
            Ask::Visit(visit, act) => self.carry_out_act(node, visit, &act),
            Ask::Sweep(visit) => self.sweep(node, visit),
            Ask::Look(visit) => {
                let person = self.visits.person(visit)?;
                Reply::Looked(visit, self.memory.is_started(person))
            }
            Ask::BeginLife => return self.begin_life(node),
            Ask::ListAudiences | Ask::FinishMailings | Ask::CancelStranded | Ask::ForgetSignups | Ask::EndPauses => {
                self.chore(node, &ask)
            }
        })
    }

    fn chore(&mut self, node: usize, ask: &Ask) -> Reply {
        let wall = self.wall(node);
        match ask {
            Ask::ListAudiences => {
                for mailing in self.memory.list_audiences(wall) {
                    self.figures.newsletters += 1;
                    self.tell_of_node(node, About::mailing(mailing), format!("newsletter {mailing} begins"));
                }
            }
            Ask::FinishMailings => {
                for mailing in self.memory.finish_mailings() {
                    self.tell_of_node(node, About::mailing(mailing), format!("newsletter {mailing} is finished"));
                    self.check_finished(mailing);
                }
            }
            Ask::CancelStranded => self.memory.cancel_stranded(wall),
            Ask::ForgetSignups => {
                for contact in self.memory.forget_signups(wall) {
                    self.figures.timed_out += 1;
                    self.tell_of_node(
                        node,
                        About::contact(contact),
                        format!("the sign-up of contact {} timed out and is forgotten", contact_name(contact)),
                    );
                }
            }
            _ => self.memory.end_pauses(wall),
        }
        self.memory.commit(true);
        Reply::Plain
    }

    /// PostgreSQL reads and locks at one instant and commits at a later one; what commits in between
    /// is not seen by the start, and waits for its rows.
    fn start(
        &mut self,
        node: usize,
        life: i64,
        request: u64,
        starts: &[store::deliveries::Start],
        beat: i64,
    ) -> Option<Reply> {
        let granted = self.memory.compare(starts, policy::RowState::Claimed);
        if !self.memory.postgres {
            return Some(self.start_commit(node, &granted, beat));
        }
        let until = self.now + self.chance.skewed(100_000, 40 * MILLI);
        for claim in &granted {
            self.memory.locked.insert(claim.row, until);
        }
        self.at(until, Event::Ask(node, life, request, Ask::StartCommit(granted, beat)));
        None
    }

    fn start_commit(&mut self, node: usize, granted: &[Claim], beat: i64) -> Reply {
        for claim in granted {
            self.memory.locked.remove(&claim.row);
            self.check_start(node, *claim);
        }
        self.memory.start(granted, beat);
        self.memory.commit(self.memory.postgres);
        Reply::Started(granted.to_vec())
    }

    fn take_back(&mut self, node: usize, of: i64, what: store::watch::Taken) -> Reply {
        let wall = self.wall(node);
        let before = self.memory.owned_by(of);
        let started: Vec<RowId> = before.into_iter().filter(|row| self.memory.is_row_started(*row)).collect();
        let taken = self.memory.take_back(of, what, wall);
        self.memory.commit(true);
        for row in taken {
            if started.contains(&row) {
                self.taken_from_its_owner(node, row, of);
            }
            self.tell_of_node(node, About::row(row), format!("takes the row back from life {of}"));
        }
        Reply::Plain
    }

    fn begin_life(&mut self, node: usize) -> Option<Reply> {
        let wall = self.wall(node);
        let (life, taken) = self.memory.begin_life(node, wall);
        self.memory.commit(true);
        for row in taken {
            self.tell_of_node(node, About::row(row), format!("life {} takes the row back from the dead", life.get()));
        }
        let way = self.chance.between(MILLI, 20 * MILLI);
        self.at(self.now + way, Event::Born(node, life));
        None
    }

    fn record(&mut self, node: usize, reports: &[Report]) -> Reply {
        let wall = self.wall(node);
        let settled = self.memory.record(reports, wall);
        self.memory.commit(self.broken != Broken::OutcomesAreNotDurable);
        for (report, recorded) in reports.iter().zip(&settled.recorded) {
            self.check_recorded(node, report, *recorded);
        }
        for judgement in settled.bounces {
            self.check_bounce(node, &judgement);
            if judgement.excluded.is_some() {
                // Nobody answers: whoever starts later is refused, and tickets end.
                let key = judgement.bounced.address_key;
                let drained = self.now + 1_100 * MILLI;
                self.checks.close(Scope::Address(key), drained);
            }
        }
        Reply::Recorded(settled.recorded)
    }

    fn write_incident(&mut self, node: usize, provider: &str) -> Option<Reply> {
        let run = self.nodes[node].run.as_ref()?;
        let own = run.providers.unwritten().into_iter().find(|(name, _)| name == provider)?.1;
        if !self.memory.incidents.contains_key(provider) {
            self.memory.set_incident(provider, Some((own.kind, own.until)));
            self.memory.commit(true);
            self.figures.incidents += 1;
            self.tell_of_node(node, About::WORLD, format!("an incident opens at {provider}: {}", own.detail));
        }
        Some(Reply::IncidentWritten(provider.to_owned()))
    }
}

fn failure(ask: &Ask) -> Failed {
    match ask {
        Ask::Claim(..) => Failed::Claim,
        Ask::Brief(claims) => Failed::Brief(claims.clone()),
        Ask::Start(..) | Ask::StartCommit(..) | Ask::Renew(_) => Failed::Start,
        Ask::Record(_) => Failed::Record,
        Ask::Prove => Failed::Prove,
        Ask::Visit(visit, _) | Ask::Sweep(visit) | Ask::Look(visit) => Failed::Visit(*visit),
        _ => Failed::Other,
    }
}

/// Whether an outcome says that the receiver has the message.
pub(crate) const fn is_acceptance(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Accepted { .. })
}

/// Whether a bounce says that the address does not exist.
pub(crate) fn is_hard(class: BounceClass, counts: bool) -> bool {
    counts && class == BounceClass::Hard
}
