//! From the queue of a destination to the wire, and what its answers mean for the next mails.

use std::sync::Arc;
use std::time::Duration;

use failpoints::Point;
use gate::Released;
use policy::retry::{Trouble, unknown_due_at};
use policy::{Purpose, RowId};
use store::deliveries::Start;
use store::incidents::IncidentKind;
use store::outcomes::{HandedOver, Outcome};

use super::{Engine, POLL, Ready};
use crate::connect::{Line, NoLine, hang_up};
use crate::connection::{IDLE, Parcel, on_the_wire};
use crate::groups::{Group, Unwritten};
use crate::judge::{Case, Judged};
use crate::machine::{End, Order};
use crate::meters;
use crate::routes::Route;
use crate::tasks::unharmed;

/// A mail that the gate released longer ago is released afresh.
pub const RELEASED_LASTS: Duration = Duration::from_secs(60);

impl Engine {
    pub(super) fn queue(self: &Arc<Self>, ready: Ready) {
        if self.is_stopping() {
            return self.recorder.hand_back(ready.row.claim);
        }
        let group = self.groups.get(&ready.route.group);
        let notice = matches!(ready.row.claim.row, RowId::Notice(_));
        if group.push(ready, notice) {
            // Its work over each mail is guarded, and what is left cannot do without it.
            self.tasks.spawn("serve a destination", Arc::clone(self).serve(group));
        }
    }

    /// One connection slot of a destination: serves mails until there are none. One that it got
    /// only because a notice waited serves notices alone.
    async fn serve(self: Arc<Self>, group: Arc<Group<Ready>>) {
        loop {
            let for_notices = self.enter(&group).await;
            let stays = self.serve_line(&group, for_notices).await;
            self.groups.exit();
            if !stays {
                return;
            }
        }
    }

    /// Waits for one of the connections that all destinations share. True: it is one of those kept
    /// for notices.
    async fn enter(&self, group: &Group<Ready>) -> bool {
        loop {
            if self.groups.enter(false) {
                return false;
            }
            if group.has_notice() && self.groups.enter(true) {
                return true;
            }
            self.clock().sleep(POLL).await;
        }
    }

    /// Returns whether the slot still stands, for mail that came meanwhile.
    async fn serve_line(self: &Arc<Self>, group: &Arc<Group<Ready>>, for_notices: bool) -> bool {
        let mut line = None;
        loop {
            let ready = match group.pop(for_notices) {
                Some(ready) => ready,
                None if for_notices => {
                    hang_up(line).await;
                    return !group.leave(false);
                }
                None => match self.rest(group, &mut line).await {
                    Some(ready) => ready,
                    None => break,
                },
            };
            self.deliver_unharmed(ready, group, &mut line).await;
            if group.is_crowded() && group.leave(true) {
                break;
            }
        }
        hang_up(line).await;
        false
    }

    /// A panic over one mail costs that mail's attempt and the connection, and nothing else. Nobody
    /// knows how far it came, so it is treated as lost after its final dot: never sent twice unseen.
    async fn deliver_unharmed(self: &Arc<Self>, ready: Ready, group: &Group<Ready>, line: &mut Option<Line>) {
        let claim = ready.row.claim;
        if unharmed(self.deliver(ready, group, line)).await.is_none() {
            *line = None;
            self.recorder.tell(claim, Outcome::Unknown { until: unknown_due_at(self.now(), self.roll()) });
            self.alarm("the program failed while it sent a mail; the log has the panic").await;
        }
    }

    /// Waits for mail on an open connection. None: this slot is given up, and counted so.
    async fn rest(&self, group: &Group<Ready>, line: &mut Option<Line>) -> Option<Ready> {
        loop {
            if self.is_stopping() {
                group.leave(true);
                return None;
            }
            if line.is_some() {
                group.rest(true);
                tokio::select! {
                    () = group.waiting.notified() => {}
                    () = self.clock().sleep(IDLE) => hang_up(line.take()).await,
                }
                group.rest(false);
            } else if group.leave(false) {
                return None;
            }
            if let Some(ready) = group.pop(false) {
                return Some(ready);
            }
        }
    }

    async fn deliver(self: &Arc<Self>, ready: Ready, group: &Group<Ready>, line: &mut Option<Line>) {
        if self.is_stopping() {
            return self.recorder.hand_back(ready.row.claim);
        }
        if let Some(outcome) = self.closed_meanwhile(&ready.route, group) {
            return self.recorder.tell(ready.row.claim, outcome);
        }
        if line.as_ref().is_some_and(|line| !line.fits(&ready.route, self.context.settings.mails_per_connection)) {
            hang_up(line.take()).await;
        }
        if line.is_none() {
            match self.unless_stopped(self.open_line(&ready.route)).await {
                None => return self.recorder.hand_back(ready.row.claim),
                Some(Ok(connected)) => *line = Some(connected),
                Some(Err(why)) => return self.no_connection(ready, group, why).await,
            }
        }
        if self.is_stale(&ready) {
            self.prepare_again(ready);
            return;
        }
        let wait = group.slot(self.settings().pace(), self.clock().reading());
        if wait > Duration::ZERO {
            if self.unless_stopped(self.clock().sleep(wait)).await.is_none() {
                return self.recorder.hand_back(ready.row.claim);
            }
            // Others were served meanwhile, and their receiver may have said enough.
            if let Some(outcome) = self.closed_meanwhile(&ready.route, group) {
                return self.recorder.tell(ready.row.claim, outcome);
            }
            if self.is_stale(&ready) {
                self.prepare_again(ready);
                return;
            }
        }
        self.transmit(ready, group, line).await;
    }

    fn is_stale(&self, ready: &Ready) -> bool {
        self.clock().reading().elapsed_since(ready.released_at) > RELEASED_LASTS
    }

    /// Does work that may be left at any point when the program ends. None: it does.
    async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        while !self.is_stopping() {
            // The end is told again and again, so that it is no matter if this misses it once.
            tokio::select! {
                done = &mut work => return Some(done),
                () = self.stop.notified() => {}
            }
        }
        None
    }

    /// What came between the queue and the connection. Whether it is full does not matter here.
    pub(super) fn closed_meanwhile(&self, route: &Route, group: &Group<Ready>) -> Option<Outcome> {
        self.providers.closed(group, &route.provider, self.now(), self.clock().reading())
    }

    fn prepare_again(self: &Arc<Self>, ready: Ready) {
        let Ready { row, _hand: hand, .. } = ready;
        self.spawn_prepare(vec![(row, hand)]);
    }

    async fn no_connection(&self, ready: Ready, group: &Group<Ready>, why: NoLine) {
        match why.greeting.as_ref().map(mail_formats::reply::Reply::code) {
            // What a stranger's server greets with may hold anything: an address too.
            Some(code) => tracing::info!(group = %group.name, code, "no connection: the host does not let us in"),
            None => tracing::info!(group = %group.name, "no connection: {}", why.words),
        }
        if ready.route.smarthost {
            // Our own server is at fault: no mail is older or worse for it.
            let pause = group.had_trouble(Trouble::Connection, self.clock().reading(), self.roll());
            self.recorder.tell(ready.row.claim, Outcome::Held { reason: None, until: self.now() + pause });
            return self.clear(group, pause);
        }
        let case = self.case(&ready.row, ready.address_key, &ready.route.provider, &why.host);
        let judged = case.not_let_in(why.greeting.as_ref(), why.words);
        self.tell_destination(&judged, group, &ready.route).await;
        self.recorder.tell_of(ready.row.claim, &ready.route.provider, judged.outcome);
    }

    /// What waits for a destination that just closed goes back.
    fn clear(&self, group: &Group<Ready>, pause: Duration) {
        for waiting in group.drain() {
            self.recorder.tell(waiting.row.claim, Outcome::Held { reason: None, until: self.now() + pause });
        }
    }

    async fn transmit(&self, ready: Ready, group: &Group<Ready>, line: &mut Option<Line>) {
        let Some(open) = line.as_mut() else { return self.recorder.hand_back(ready.row.claim) };
        let Ready { row, released, address_key, route, _hand: hand, .. } = ready;
        let busy = self.recorder.expect();
        let (start, began) = (Start { claim: row.claim, versions: released.facts() }, self.clock().reading());
        let Some(started) = self.tools.starter.start(start).await else { return };
        failpoints::reach(Point::Started);
        let proof = proof_of(&released);
        let (envelope, bytes) = released.spend();
        let order = Order {
            return_path: envelope.return_path().as_str().to_owned(),
            recipient: envelope.recipient().as_str().to_owned(),
            smtputf8: envelope.smtputf8(),
            eight_bit: !bytes.is_ascii(),
            size: bytes.len(),
            started,
        };
        let content = on_the_wire(&bytes);
        let end = open.connection.transmit(&Parcel { order, content, start }).await;
        failpoints::reach(Point::AfterReply);
        open.served += 1;
        meters::HANDING_OVER.took(self.clock().reading().elapsed_since(began));
        self.hear(&end, group);
        let host = open.host.clone();
        let case = Case {
            row: &row,
            address_key,
            provider: &route.provider,
            host: &host,
            proof,
            by_smarthost: route.smarthost,
            now: self.now(),
            dice: self.roll(),
        };
        let judged = case.judge(end);
        self.count_outcome(&route.provider, judged.hard).await;
        self.tell_destination(&judged, group, &route).await;
        drop(busy);
        self.recorder.record(row.claim, &route.provider, judged.outcome).await;
        failpoints::reach(Point::AfterOutcome);
        drop(hand);
        if !open.connection.is_ready().await {
            *line = None;
        }
    }

    /// What the outcome means for the next mails to this destination. Before the outcome is
    /// recorded, so that a bounce of a jump finds its incident open.
    async fn tell_destination(&self, judged: &Judged, group: &Group<Ready>, route: &Route) {
        if let Some(pause) = judged.policy_pause(self.now(), self.roll()) {
            meters::TROUBLES.add_at(&route.provider, "policy", 1);
            self.open_incident(&route.provider, pause).await;
        } else if let Some(trouble) = judged.trouble {
            let word = if trouble == Trouble::Rate { "rate" } else { "connection" };
            meters::TROUBLES.add_at(&route.provider, word, 1);
            self.close(group, trouble);
        }
    }

    /// What the end of a dialog means for the next ones.
    fn hear(&self, end: &End, group: &Group<Ready>) {
        match end {
            End::Broken(why) => tracing::info!(group = %group.name, "a dialog broke: {why}"),
            End::Unknown => {
                tracing::info!(group = %group.name, "a dialog broke: the connection was lost after the final dot")
            }
            End::Accepted(_) | End::Refused(..) | End::NoSmtpUtf8 | End::TicketReturned => {}
        }
        if group.heard(end) {
            self.close(group, Trouble::Connection);
        }
    }

    fn close(&self, group: &Group<Ready>, trouble: Trouble) {
        let pause = group.had_trouble(trouble, self.clock().reading(), self.roll());
        tracing::info!(group = %group.name, ?trouble, pause_seconds = pause.as_secs(), "the destination gets a pause");
        self.clear(group, pause);
    }

    /// For the breaker. What comes while a provider is paused says nothing new: its incident is open.
    pub(super) async fn count_outcome(&self, provider: &str, hard: bool) {
        if self.providers.jumped(provider, hard, self.now(), self.clock().reading()) {
            let detail = "hard bounces jumped".to_owned();
            self.open_incident(provider, Unwritten { kind: IncidentKind::HardBounceJump, detail, until: None }).await;
        }
    }

    async fn open_incident(&self, provider: &str, pause: Unwritten) {
        tracing::error!(provider, kind = ?pause.kind, "sending to a provider pauses");
        self.providers.pause(provider, pause);
        self.write_incidents().await;
    }

    /// Writes our own pauses and their incidents down. What fails holds in this process, and is
    /// tried again every second.
    pub(crate) async fn write_incidents(&self) {
        for (provider, Unwritten { kind, detail, until }) in self.providers.unwritten() {
            match self.store().open_incident(kind, &provider, &detail, until, self.now()).await {
                Ok(_) => self.providers.written(&provider),
                Err(error) => {
                    tracing::error!(%error, provider, "an incident could not be written down; the pause holds in this process")
                }
            }
        }
    }
}

/// What a consent's proof says of its confirmation mail (L1).
fn proof_of(released: &Released) -> Option<HandedOver> {
    (released.purpose() == Purpose::Confirmation).then(|| HandedOver {
        message_id: released.message_id().trim_matches(['<', '>']).to_owned(),
        sha256: seals::sha256(released.bytes()),
    })
}
