//! What goes wrong, and the end of it.

use policy::facts::MailingState;
use policy::{RowId, Standing};

use super::{Event, Visit, World};
use crate::clock::{DAY, MILLI, MINUTE, Nanos, SECOND};
use crate::memory::Act;
use crate::network::Mood;
use crate::plan::Fault;
use crate::story::About;

impl World {
    pub(super) fn strike(&mut self, fault: Fault) {
        if self.ending && !matches!(fault, Fault::MoodOver(_)) {
            return;
        }
        match fault {
            Fault::Kill(node) => self.kill_and_restart(node),
            Fault::PowerLoss(node) => self.lose_power(node),
            Fault::DatabaseStops(time) => self.stop_database(time),
            Fault::LockLost(node) => self.lose_lock(node),
            Fault::Stop(node, time) => self.stop(node, time),
            Fault::SlowDatabase(extra, time) => {
                self.slow = (extra, self.now + time);
                let text = format!("answers up to {} ms late, for {} s", extra / MILLI, time / SECOND);
                self.tell("database", About::WORLD, text);
            }
            Fault::SetClock(node, millis) => {
                self.clock_was_set = true;
                self.figures.clock_steps += 1;
                self.nodes[node].clock.set_by(millis);
                self.tell_of_node(node, About::WORLD, format!("its wall clock is set by {millis} ms"));
            }
            Fault::Mood(provider, mood, time) => {
                self.providers[provider].mood = mood;
                self.figures.storms += u64::from(mood == Mood::Storm);
                let name = self.providers[provider].domain.clone();
                self.tell(&name, About::WORLD, format!("{mood:?} for {} s", time / SECOND));
                self.at(self.now + time, Event::Fault(Fault::MoodOver(provider)));
            }
            Fault::MoodOver(provider) => {
                self.providers[provider].mood = Mood::Fine;
                let name = self.providers[provider].domain.clone();
                self.tell(&name, About::WORLD, "is fine again");
                self.decide_incident(&name);
            }
        }
    }

    fn kill_and_restart(&mut self, node: usize) {
        if self.nodes[node].run.is_none() {
            return;
        }
        self.figures.crashes += 1;
        self.tell_of_node(node, About::WORLD, "is killed");
        let life = self.life_of(node);
        self.kill(node);
        // The database sees the session end.
        if let Some(life) = life {
            self.memory.locks.remove(&life);
        }
        let after = self.chance.skewed(200 * MILLI, 2 * MINUTE);
        self.at(self.now + after, Event::Begin(node));
    }

    fn lose_power(&mut self, node: usize) {
        if self.nodes[node].run.is_none() {
            return;
        }
        self.figures.crashes += 1;
        self.figures.power_losses += 1;
        self.tell_of_node(node, About::WORLD, "loses its power");
        self.kill(node);
        if !self.memory.postgres {
            // What was not durable never happened.
            self.memory.lose_power();
        }
        // On PostgreSQL the dead machine's session stands until the database notices.
        let after = self.chance.skewed(5 * SECOND, 10 * MINUTE);
        self.at(self.now + after, Event::Begin(node));
    }

    fn stop_database(&mut self, time: Nanos) {
        self.figures.database_restarts += 1;
        self.down_until = self.now + time;
        self.memory.locks.clear();
        self.memory.locked.clear();
        self.tell("database", About::WORLD, format!("stops for {} ms; its sessions are gone", time / MILLI));
        // Starts that had not committed are rolled back.
        let now = self.now;
        let pending =
            self.queue.iter().filter(|(_, event)| matches!(event, Event::Ask(_, _, _, super::Ask::StartCommit(..))));
        let pending: Vec<_> = pending.map(|(key, _)| *key).collect();
        for key in pending {
            if let Some(Event::Ask(node, life, request, super::Ask::StartCommit(..))) = self.queue.remove(&key) {
                let failed = super::Reply::Failed(super::Failed::Start);
                self.at(now + MILLI, Event::Node(node, life, super::ToNode::Reply(request, failed)));
            }
        }
    }

    fn lose_lock(&mut self, node: usize) {
        let Some(life) = self.life_of(node) else { return };
        self.figures.lost_locks += 1;
        self.memory.locks.remove(&life);
        self.tell_of_node(node, About::WORLD, "the session that holds its lock is gone, and it does not know");
    }

    fn stop(&mut self, node: usize, time: Nanos) {
        if self.nodes[node].run.is_none() || self.nodes[node].stopped_until > self.now {
            return;
        }
        self.figures.stops += 1;
        self.stop_began[node] = self.now;
        self.nodes[node].stopped_until = self.now + time;
        self.tell_of_node(node, About::WORLD, format!("is stopped for {} ms", time / MILLI));
    }

    /// A person decides what a provider's outage was.
    fn decide_incident(&mut self, provider: &str) {
        let after = self.chance.skewed(MINUTE, 60 * MINUTE);
        let act = Act::DecideIncident(provider.to_owned());
        self.at(self.now + after, Event::Visit(Visit::new(act)));
    }

    /// No more load, no more faults: whatever was stopped goes on, and everything comes to its end.
    pub(super) fn end_of_days(&mut self) {
        self.ending = true;
        self.slow = (0, 0);
        self.tell("world", About::WORLD, "no more load and no more faults");
        for provider in 0..self.providers.len() {
            self.providers[provider].mood = Mood::Fine;
            let name = self.providers[provider].domain.clone();
            self.decide_incident(&name);
        }
        let mut acts = Vec::new();
        if self.memory.paused {
            acts.push(Act::ResumeAll);
        }
        for (id, account) in &self.memory.accounts {
            if account.standing() == Standing::Suspended {
                acts.push(Act::Reinstate(*id));
            }
        }
        for (id, mailing) in &self.memory.mailings {
            if matches!(mailing.state, MailingState::Paused | MailingState::Held) {
                acts.push(Act::Resume(*id));
            }
        }
        for act in acts {
            let after = self.chance.skewed(SECOND, 10 * MINUTE);
            self.at(self.now + after, Event::Visit(Visit::new(act)));
        }
        // Whoever was about to do something in later days does not.
        let last = self.now + DAY;
        self.queue.retain(|(at, _), event| {
            *at < last
                || !matches!(event, Event::Visit(visit) if matches!(visit.act, Act::SignUp(..) | Act::Complain(..)))
        });
    }

    /// What the person does who got a mail.
    pub(crate) fn react(&mut self, row: RowId) {
        let RowId::Delivery { mailing, contact } = row else { return };
        if self.ending {
            return;
        }
        let (complain, unsubscribe) = (self.plan.complain, self.plan.unsubscribe);
        if self.chance.permille(complain) {
            let after = self.chance.skewed(2 * SECOND, 2 * DAY);
            self.at(self.now + after, Event::Visit(Visit::new(Act::Complain(contact, mailing))));
        } else if self.chance.permille(unsubscribe) {
            let after = self.chance.skewed(2 * SECOND, 2 * DAY);
            self.at(self.now + after, Event::Visit(Visit::new(Act::Unsubscribe(contact))));
        }
    }
}
