//! Which mail is claimed, and how much at once.

use std::sync::Arc;
use std::time::Duration;

use failpoints::Point;
use policy::RowId;
use store::claims::Wanted;

use super::{Engine, POLL};
use crate::hands::Free;
use crate::routes::Route;
use crate::turns::Turns;

/// Rows that one claim takes: small enough that a full destination shows before the next one.
pub const CLAIM: usize = 128;

impl Engine {
    pub(super) async fn claim_loop(self: Arc<Self>) {
        let (mut turns, mut still) = (Turns::default(), false);
        let mut looked = None;
        while !self.is_stopping() {
            let now = self.clock().reading();
            // However busy bulk is, notices are looked for all the time (R15).
            let look = looked.is_none_or(|looked| now.elapsed_since(looked) >= POLL);
            let free = self.in_hand.free(self.destinations_take(), still, look);
            still = false;
            if free.notices > 0 {
                looked = Some(now);
            }
            if free.notices == 0 && free.bulk == 0 {
                tokio::select! {
                    () = self.in_hand.freed.notified() => {}
                    () = self.clock().sleep(POLL) => still = true,
                    () = self.stop.notified() => {}
                }
            } else if !self.life().may_send() || self.claim(free, &mut turns).await == 0 {
                tokio::select! {
                    () = self.clock().sleep(POLL) => {}
                    () = self.stop.notified() => {}
                }
            }
        }
    }

    /// Rows that all destinations together can be given. Behind a smarthost there is one: what it
    /// does not take is not claimed, because no domain could be left out instead.
    fn destinations_take(&self) -> usize {
        let Some(group) = self.routes.smarthost_group() else { return usize::MAX };
        let group = self.groups.get(&group);
        if group.closed_for(self.clock().reading()) > Duration::ZERO { 0 } else { group.room(self.settings().pace()) }
    }

    /// Claims rows and begins to work on them. Returns how many.
    async fn claim(self: &Arc<Self>, free: Free, turns: &mut Turns) -> usize {
        let now = self.now();
        let mailings = if free.bulk == 0 { Vec::new() } else { self.mailings(free.bulk.min(CLAIM), turns).await };
        let wanted = Wanted {
            notices: free.notices.min(CLAIM),
            mailings,
            closed_domains: self.closed_domains(),
            full_domains: self.full_domains(),
        };
        match self.store().claim(self.life().id(), self.life().beat(), wanted, now).await {
            Ok(rows) => {
                let claimed = rows.len();
                if claimed > 0 {
                    failpoints::reach(Point::Claimed);
                }
                for part in rows.chunks(64) {
                    let of = |row: RowId| self.in_hand.take(matches!(row, RowId::Delivery { .. }));
                    self.spawn_prepare(part.iter().map(|row| (row.clone(), of(row.claim.row))).collect());
                }
                claimed
            }
            Err(error) => {
                tracing::warn!(%error, "no mail could be claimed");
                0
            }
        }
    }

    /// Whose turn it is, and for how many rows.
    async fn mailings(&self, free: usize, turns: &mut Turns) -> Vec<(policy::MailingId, usize)> {
        let now = self.now();
        let mut due = self.store().due_mailings(turns.after, now).await;
        if turns.after.is_some() && due.as_ref().is_ok_and(Vec::is_empty) {
            due = self.store().due_mailings(None, now).await;
        }
        let due = match due {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "due mailings could not be read");
                return Vec::new();
            }
        };
        turns.shares(&due, free)
    }

    /// Domains whose destination takes nothing now.
    fn closed_domains(&self) -> Vec<String> {
        let (reading, now) = (self.clock().reading(), self.now());
        let is_closed = |route: &Route| {
            self.groups.get(&route.group).closed_for(reading) > Duration::ZERO
                || self.providers.paused(&route.provider, now).is_some()
        };
        self.routes.domains(is_closed, 500)
    }

    /// Domains for which bulk enough waits here. A notice goes before it.
    fn full_domains(&self) -> Vec<String> {
        self.routes.domains(|route| self.groups.get(&route.group).is_full(self.settings().pace()), 500)
    }
}
