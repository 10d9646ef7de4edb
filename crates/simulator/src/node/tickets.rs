//! Tickets and outcomes: both in groups, one statement at a time.

use delivery::machine::Event;
use delivery::parts::{AGAIN, GIVE_UP_AFTER, GROUP_AGE, GROUP_MOST, PAUSE, STARTS, is_whole};
use seals::Reading;
use store::deliveries::{Claim, Start};
use store::outcomes::{Outcome, Recorded};

use super::{Asked, Asking, LineState};
use crate::story::About;
use crate::world::{Ask, ToNode, World};

impl World {
    /// A line asks for the ticket of a claimed row, or for a new one.
    pub(crate) fn want_ticket(&mut self, node: usize, line: u64, start: Start, renew: bool) {
        if let Some(run) = self.nodes[node].run.as_mut() {
            run.asks.push_back(Asked { line, start, renew });
        }
        self.ask_for_tickets(node);
    }

    /// Sends the next group, if none is under way. Renewals go first: their peers wait.
    pub(crate) fn ask_for_tickets(&mut self, node: usize) {
        let now = self.now;
        let before = self.nodes[node].clock.reading(now);
        let may_send = self.may_send(node);
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        if run.asking.is_some() || run.asks.is_empty() || run.starts_pause_until > now {
            return;
        }
        let renew = run.asks.iter().any(|asked| asked.renew);
        let (mut asked, mut others) = (Vec::new(), std::collections::VecDeque::new());
        while let Some(one) = run.asks.pop_front() {
            if one.renew == renew && asked.len() < STARTS { asked.push(one) } else { others.push_back(one) }
        }
        run.asks = others;
        if !may_send {
            // The lock was not proven lately: nothing starts.
            self.grant(node, asked, &[], before, renew);
            return self.ask_for_tickets(node);
        }
        let starts: Vec<Start> = asked.iter().map(|asked| asked.start).collect();
        let (life, beat) = (run.life.get(), run.beat);
        let ask = if renew { Ask::Renew(starts) } else { Ask::Start(starts, beat) };
        let request = self.ask(node, life, ask);
        if let Some(run) = self.nodes[node].run.as_mut() {
            run.asking = Some(Asking { request, before, asked, renew });
        }
        let after = self.nodes[node].clock.after(now, GIVE_UP_AFTER) - now;
        self.tell_node(node, after, ToNode::GiveUp(request));
    }

    fn take_asking(&mut self, node: usize, request: u64) -> Option<Asking> {
        let run = self.nodes[node].run.as_mut()?;
        run.asking.take_if(|asking| asking.request == request)
    }

    /// The answer to a start; none: it failed. What was given up is never used.
    pub(crate) fn tickets_came(&mut self, node: usize, request: u64, granted: Option<&[Claim]>) {
        let Some(asking) = self.take_asking(node, request) else { return };
        self.note_patience(node, granted.is_some());
        self.grant(node, asking.asked, granted.unwrap_or_default(), asking.before, asking.renew);
        self.ask_for_tickets(node);
    }

    /// The statement took too long.
    pub(crate) fn give_up(&mut self, node: usize, request: u64) {
        let Some(asking) = self.take_asking(node, request) else { return };
        self.tell_of_node(node, About::WORLD, "gives a start up: the database is slow");
        self.note_patience(node, false);
        self.grant(node, asking.asked, &[], asking.before, asking.renew);
        self.ask_for_tickets(node);
    }

    fn note_patience(&mut self, node: usize, answered: bool) {
        let pause_ends = self.nodes[node].clock.after(self.now, PAUSE);
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        if answered {
            run.patience.answered();
            return;
        }
        run.patience.given_up();
        if run.patience.is_over() {
            run.starts_pause_until = pause_ends;
            self.tell_of_node(node, About::WORLD, "pauses its starts: the database answers too slowly");
            self.tell_node(node, pause_ends - self.now, ToNode::StartsAgain);
        }
    }

    fn grant(&mut self, node: usize, asked: Vec<Asked>, granted: &[Claim], before: Reading, renew: bool) {
        for Asked { line, start, .. } in asked {
            let ticket = granted.contains(&start.claim).then_some(before);
            if ticket.is_none() && !renew {
                self.tell_outcome(node, start.claim, None, Outcome::HandedBack, None);
            }
            if renew {
                self.dialog_hears(node, line, Event::Renewed(ticket));
            } else {
                self.started(node, line, start, ticket);
            }
        }
    }

    // ── outcomes ─────────────────────────────────────────────────────────

    /// Commits a group, if none is under way and this one is whole or old enough.
    pub(crate) fn flush(&mut self, node: usize) {
        let (now, clock) = (self.now, self.nodes[node].clock.clone());
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        if run.recording.is_some() || run.told.is_empty() {
            return;
        }
        let old = clock.after(run.told_since, GROUP_AGE);
        if !is_whole(run.told.len(), run.busy()) && now < old {
            return self.tell_node(node, old - now, ToNode::Flush);
        }
        let group: Vec<_> = run.told.drain(..run.told.len().min(GROUP_MOST)).collect();
        run.told_since = now;
        self.record_group(node, group);
    }

    fn record_group(&mut self, node: usize, group: Vec<super::Told>) {
        let reports = group.iter().map(|told| told.report.clone()).collect();
        let Some(life) = self.life_of(node) else { return };
        let request = self.ask(node, life, Ask::Record(reports));
        if let Some(run) = self.nodes[node].run.as_mut() {
            run.recording = Some((request, group));
        }
    }

    /// An outcome is never given up.
    pub(crate) fn record_failed(&mut self, node: usize) {
        let after = self.nodes[node].clock.after(self.now, AGAIN) - self.now;
        self.tell_node(node, after, ToNode::RecordAgain);
    }

    pub(crate) fn record_again(&mut self, node: usize) {
        let group = self.nodes[node].run.as_mut().and_then(|run| run.recording.take());
        if let Some((_, group)) = group {
            self.record_group(node, group);
        }
    }

    pub(crate) fn recorded(&mut self, node: usize, request: u64, recorded: &[Recorded]) {
        let Some(run) = self.nodes[node].run.as_mut() else { return };
        let Some((_, group)) = run.recording.take_if(|(of, _)| *of == request) else { return };
        debug_assert_eq!(group.len(), recorded.len());
        for told in group {
            if let Some(line) = told.line {
                self.durable(node, line);
            }
        }
        self.flush(node);
    }

    /// The outcome of a line's mail is durable: its connection may begin the next one.
    fn durable(&mut self, node: usize, line: u64) {
        let Some(open) = self.nodes[node].run.as_mut().and_then(|run| run.lines.get_mut(&line)) else { return };
        if matches!(open.state, LineState::Recording { .. }) {
            open.state = LineState::Resting;
            self.drive(node, line);
        }
    }
}
