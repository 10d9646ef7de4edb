//! From a claimed row to a released mail: facts, route, gate.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use failpoints::Point;
use gate::{Gate, Released, SigningKeys};
use policy::bounce::BounceClass;
use policy::{Refusal, RowId, Timestamp};
use seals::AddressKey;
use store::claims::ClaimedRow;
use store::facts::Briefing;
use store::outcomes::Outcome;

use super::{Engine, Ready};
use crate::hands::Hand;
use crate::judge::{Case, of_refusal};
use crate::routes::{Route, Way};
use crate::tasks::unharmed;

/// A row for a destination that is full is looked at again after this time.
const FULL: Duration = Duration::from_secs(1);
/// A mail on which the gate fails so often is refused (armour A16).
const POISON: u8 = 3;

impl Engine {
    /// Prepares rows on a task of their own. Where that fails over one of them, they come again one
    /// by one, and the one at fault ends as a mail that cannot be made.
    pub(super) fn spawn_prepare(self: &Arc<Self>, batch: Vec<(ClaimedRow, Hand)>) {
        let claims: Vec<_> = batch.iter().map(|(row, _)| row.claim).collect();
        let engine = Arc::clone(self);
        tokio::spawn(async move {
            if unharmed(Arc::clone(&engine).prepare(batch)).await.is_none() {
                for claim in claims {
                    engine.recorder.tell(claim, engine.poisoned(claim.row));
                }
                engine.alarm("the program failed while it prepared mails; the log has the panic").await;
            }
        });
    }

    /// Reads facts, finds routes, asks the gate, and queues what it released.
    async fn prepare(self: Arc<Self>, batch: Vec<(ClaimedRow, Hand)>) {
        let claims: Vec<_> = batch.iter().map(|(row, _)| row.claim).collect();
        let briefings = match self.store().brief(&claims, &self.profiles).await {
            Ok(briefings) => briefings,
            Err(error) => {
                tracing::warn!(%error, "facts could not be read; rows are handed back");
                Vec::new()
            }
        };
        let mut by_row: HashMap<RowId, Briefing> =
            briefings.into_iter().map(|briefing| (briefing.claim.row, briefing)).collect();
        for (row, hand) in batch {
            match by_row.remove(&row.claim.row) {
                // Something changed in between: later, with new facts.
                None => self
                    .recorder
                    .tell(row.claim, Outcome::Held { reason: None, until: self.now() + Duration::from_millis(500) }),
                Some(briefing) => {
                    self.spawn_prepare_one(row, briefing, hand);
                }
            }
        }
    }

    fn spawn_prepare_one(self: &Arc<Self>, row: ClaimedRow, briefing: Briefing, hand: Hand) {
        let (engine, claim) = (Arc::clone(self), row.claim);
        tokio::spawn(async move {
            if unharmed(Arc::clone(&engine).prepare_one(row, briefing, hand)).await.is_none() {
                engine.recorder.tell(claim, engine.poisoned(claim.row));
                engine.alarm("the program failed while it prepared a mail; the log has the panic").await;
            }
        });
    }

    async fn prepare_one(self: Arc<Self>, row: ClaimedRow, briefing: Briefing, hand: Hand) {
        let address_key = match briefing.facts.person.address() {
            Some(address) => self.context.seals.address_key_mail(&address.normalised()),
            // The gate refuses it with the right words.
            None => AddressKey::from_bytes([0; 32]),
        };
        let has_address = briefing.facts.person.address().is_some();
        if row.expires_at <= self.now() {
            let outcome = self.case(&row, address_key, &row.domain, &row.domain).out_of_time();
            return self.recorder.tell(row.claim, outcome);
        }
        let way = if has_address { self.routes.find(&row.domain).await } else { Way::NotNow(String::new()) };
        let not_now = match &way {
            Way::To(route) => self.not_now(route, row.claim.row),
            // The breaker may have found that the domain is not gone for good.
            Way::Nowhere(..) | Way::NotNow(_) => self.providers.held(&row.domain, self.now()),
        };
        if let Some(outcome) = not_now {
            return self.recorder.tell(row.claim, outcome);
        }
        match self.release(&row, briefing).await {
            Err(outcome) => self.recorder.tell(row.claim, outcome),
            Ok(released) => match way {
                Way::To(route) => {
                    failpoints::reach(Point::Released);
                    let released_at = self.clock().reading();
                    self.queue(Ready { row, released, released_at, address_key, route, _hand: hand });
                }
                Way::Nowhere(words, verdict) => {
                    // The rules had nothing against it; the domain has.
                    let judged = self.case(&row, address_key, &row.domain, &row.domain).nowhere(words, verdict);
                    self.count_outcome(&row.domain, judged.hard).await;
                    self.recorder.tell_of(row.claim, &row.domain, judged.outcome);
                }
                Way::NotNow(words) => {
                    let outcome =
                        self.case(&row, address_key, &row.domain, &row.domain).deferred(BounceClass::Soft, words);
                    self.recorder.tell(row.claim, outcome);
                }
            },
        }
    }

    pub(super) fn case<'a>(
        &self,
        row: &'a ClaimedRow,
        address_key: AddressKey,
        provider: &'a str,
        host: &'a str,
    ) -> Case<'a> {
        Case { row, address_key, provider, host, proof: None, by_smarthost: false, now: self.now(), dice: self.roll() }
    }

    /// Whether the destination takes nothing now, before any work is spent on it. A notice goes
    /// before the bulk that fills it.
    fn not_now(&self, route: &Route, row: RowId) -> Option<Outcome> {
        let group = self.groups.get(&route.group);
        if let Some(outcome) = self.closed_meanwhile(route, &group) {
            return Some(outcome);
        }
        let now = self.now();
        let full = matches!(row, RowId::Delivery { .. }) && group.is_full(self.settings().pace());
        full.then(|| Outcome::Held { reason: None, until: now + FULL })
    }

    /// Asks the gate on a worker thread.
    async fn release(&self, row: &ClaimedRow, briefing: Briefing) -> Result<Released, Outcome> {
        let later = |after: Duration| Outcome::Held { reason: None, until: self.now() + after };
        let keys = match self.keys.signing_keys(&briefing.facts, &self.context.gate.house().platform_domain).await {
            Ok(keys) => keys,
            Err(error) => {
                tracing::warn!(%error, "signing keys could not be read");
                return Err(later(FULL));
            }
        };
        let Ok(permit) = Arc::clone(&self.workers).acquire_owned().await else { return Err(later(FULL)) };
        let (gate, now) = (Arc::clone(&self.context.gate), self.now());
        let work = move || {
            let _permit = permit;
            ask_gate(&gate, briefing, &keys, now)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Some(Ok(released))) => Ok(released),
            Ok(Some(Err(refusal))) => Err(of_refusal(&refusal, self.now())),
            Ok(None) | Err(_) => Err(self.poisoned(row.claim.row)),
        }
    }

    /// The gate failed on this mail: a fault of ours. The mailing goes on without it.
    fn poisoned(&self, row: RowId) -> Outcome {
        let mut poison = self.poison.lock().unwrap_or_else(PoisonError::into_inner);
        if poison.len() > 10_000 {
            poison.clear();
        }
        let tries = poison.entry(row).or_default();
        *tries += 1;
        tracing::error!(?row, tries = *tries, "the gate failed on a mail");
        let reason =
            Refusal::NotRenderable { problem: "the program failed while it made this mail".to_owned() }.to_string();
        if *tries >= POISON {
            poison.remove(&row);
            return Outcome::Refused { reason };
        }
        Outcome::Held { reason: Some(reason), until: self.now() + Duration::from_secs(1) }
    }
}

/// None: the gate panicked.
fn ask_gate(gate: &Gate, briefing: Briefing, keys: &SigningKeys, now: Timestamp) -> Option<Result<Released, Refusal>> {
    let Briefing { candidate, facts, .. } = briefing;
    catch_unwind(AssertUnwindSafe(|| gate.release(candidate, &facts, keys, now))).ok()
}
