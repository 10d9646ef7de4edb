//! Quiet times: when nothing is under way and nothing is due, beats and looks are skipped, so that a
//! year takes minutes. What is skipped would have changed nothing but the beats, and those are counted.

use std::time::Duration;

use policy::facts::MailingState;

use super::World;
use crate::clock::{DAY, MILLI, Nanos};

impl World {
    /// How long nothing will happen but beats and looks; none: something is under way.
    pub(crate) fn quiet_for(&self) -> Option<Nanos> {
        let idle = |node: &crate::node::Node| {
            !node.starting && node.stopped_until <= self.now && node.run.as_ref().is_some_and(|run| run.is_idle())
        };
        let busy = !self.memory.owned.is_empty()
            || !self.visits.is_empty()
            || self.down_until > self.now
            || !self.memory.locked.is_empty()
            || !self.nodes.iter().all(idle);
        if busy {
            return None;
        }
        let mut until = self.queue.keys().next().map_or(self.now + DAY, |(at, _)| *at);
        if until <= self.now + 2_000 * MILLI || !self.memory.unexpanded().is_empty() {
            return None;
        }
        for (node, at) in self.nodes.iter().enumerate() {
            let reading = at.clock.reading(self.now);
            let scheduled = self.memory.mailings.values().filter(|mailing| mailing.state == MailingState::Scheduled);
            for mailing in scheduled {
                until = until.min(at.clock.when(mailing.scheduled_at, self.now));
            }
            for (due_at, row) in &self.memory.due {
                let due = at.clock.when(*due_at, self.now);
                if due >= until {
                    break;
                }
                if self.memory.may_be_claimed(*row) {
                    until = until.min(self.opens(node, *row, due, reading));
                }
            }
        }
        (until > self.now).then(|| until - self.now)
    }

    /// When a destination that is closed on a node takes a due row again.
    fn opens(&self, node: usize, row: policy::RowId, due: Nanos, reading: seals::Reading) -> Nanos {
        let (Some(run), Some(found)) = (self.nodes[node].run.as_ref(), self.memory.rows.get(&row)) else { return due };
        let closed = run.groups.get(&found.domain).closed_for(reading);
        let opens = if closed > Duration::ZERO { self.nodes[node].clock.after(self.now, closed) } else { due };
        let paused = match run.providers.paused(&found.domain, self.wall(node)) {
            Some(Some(until)) => self.nodes[node].clock.when(until, self.now),
            // A person decides, and that stands in the queue.
            Some(None) => Nanos::MAX,
            None => due,
        };
        due.max(opens).max(paused)
    }
}
