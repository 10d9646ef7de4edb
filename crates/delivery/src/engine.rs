//! The door that mail leaves by: claims, asks the gate, starts, transmits, records.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gate::{Gate, Released, SigningKeys};
use outside::{Dialler, Resolver, TlsClient};
use policy::bounce::BounceClass;
use policy::refusal::Effect;
use policy::retry::{Trouble, back_off};
use policy::{Purpose, Refusal, RowId, Timestamp};
use seals::{AddressKey, Clock, Dice, Reading, Seals, u64_below};
use store::Store;
use store::claims::{ClaimedRow, Wanted};
use store::deliveries::Start;
use store::facts::Briefing;
use store::incidents::IncidentKind;
use store::lives::Life;
use store::outcomes::{HandedOver, Outcome};
use store::profiles::Profiles;
use tokio::sync::{Notify, Semaphore};

use crate::connect::{Line, NoLine, hang_up};
use crate::connection::{IDLE, Parcel, Tools};
use crate::groups::{Group, Groups, Providers, Unwritten};
use crate::judge::{Case, Judged};
use crate::keys::KeyRing;
use crate::machine::{End, Order};
use crate::recorder::Recorder;
use crate::routes::{Route, Routes, Way};
use crate::settings::DeliverySettings;
use crate::starter::Starter;
use crate::turns::Turns;

/// Between two looks for due mail when there was none.
const POLL: Duration = Duration::from_millis(200);
/// A mail that the gate released longer ago is released afresh.
const RELEASED_LASTS: Duration = Duration::from_secs(60);
/// A held row is looked at again after this time.
const HELD: Duration = Duration::from_secs(2 * 60);
/// A row for a destination that is full is looked at again after this time.
const FULL: Duration = Duration::from_secs(1);
/// Rows that one claim takes: small enough that a full destination shows before the next one.
const CLAIM: usize = 128;
/// A row whose provider is paused until a person decides is looked at again after this time.
const PAUSED: Duration = Duration::from_secs(10 * 60);
/// A TLS handshake may take so long.
const TLS_LIMIT: Duration = Duration::from_secs(30);
/// A mail on which the gate fails so often is refused (armour A16).
const POISON: u8 = 3;
/// Running dialogs get so long to finish when the program ends.
const GRACE: Duration = Duration::from_secs(25);
/// After so much of it no final dot is sent any more: its reply could come too late to be heard,
/// and the mail would go out twice.
const LAST_DOT: Duration = Duration::from_secs(18);

/// What was told at the end gets so long to become durable.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// What this door is given.
pub struct DeliveryContext {
    /// The memory.
    pub store: Store,
    /// The gate.
    pub gate: Arc<Gate>,
    /// DNS.
    pub resolver: Resolver,
    /// Connections, behind the guard.
    pub dialler: Dialler,
    /// The port of mail servers: `OutsideSettings::smtp_port`.
    pub smtp_port: u16,
    /// Address keys and sealed signing keys.
    pub seals: Arc<Seals>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The dice.
    pub dice: Arc<dyn Dice>,
    /// The life of this process.
    pub life: Arc<Life>,
    /// `legal_notice.review_at_contacts` (R48).
    pub legal_review_at: i64,
    /// The settings of this door.
    pub settings: DeliverySettings,
}

/// A released mail that waits for a connection.
struct Ready {
    row: ClaimedRow,
    released: Released,
    released_at: Reading,
    address_key: AddressKey,
    route: Arc<Route>,
    _hand: Hand,
}

/// The rows that this process has in hand.
struct Hands {
    count: AtomicUsize,
    most: usize,
    /// Told when a claim is worth its statements again.
    freed: Notify,
}

impl Hands {
    /// Rows to take at once. A statement for one row costs nearly as much as one for many, so
    /// that nothing is claimed before a third of the hands are free, or none of them moved for a while.
    fn free(&self, most: usize, still: bool) -> usize {
        let most = most.min(self.most);
        let free = most.saturating_sub(self.count.load(Ordering::Acquire));
        if still || free * 3 >= most { free } else { 0 }
    }
}

/// Counts a row that this process has in hand.
struct Hand(Arc<Hands>);

impl Drop for Hand {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::AcqRel);
        self.0.freed.notify_one();
    }
}

pub(crate) struct Engine {
    context: DeliveryContext,
    helo: String,
    tools: Tools,
    recorder: Recorder,
    keys: KeyRing,
    profiles: Profiles,
    routes: Routes,
    groups: Groups<Ready>,
    providers: Providers,
    workers: Arc<Semaphore>,
    in_hand: Arc<Hands>,
    poison: Mutex<HashMap<RowId, u8>>,
    stopping: AtomicBool,
    stop: Notify,
}

/// Runs the door until `shutdown` is ready, then finishes what is on the wire and hands the rest back.
///
/// # Errors
/// A setting that cannot work, in words for the operator.
pub async fn run(context: DeliveryContext, shutdown: impl Future<Output = ()> + Send) -> Result<(), String> {
    if let Some(problem) = context.settings.problem() {
        return Err(problem.to_owned());
    }
    let (recorder, recording) = Recorder::spawn(context.store.clone(), Arc::clone(&context.clock));
    let engine = Arc::new(Engine::new(context, recorder));
    let chores = [
        tokio::spawn(crate::chores::prove(Arc::clone(&engine))),
        tokio::spawn(crate::chores::look_after(Arc::clone(&engine))),
    ];
    let claiming = tokio::spawn(Arc::clone(&engine).claim_loop());
    shutdown.await;
    engine.stop();
    let _ = claiming.await;
    engine.finish_dialogs().await;
    for chore in chores {
        chore.abort();
        let _ = chore.await;
    }
    let (clock, life) = (Arc::clone(engine.clock()), Arc::clone(&engine.context.life));
    drop(engine);
    // The recorder ends when nobody can tell it anything more, with everything durable. Dialogs
    // that are still on the wire are cut off with the process; the next life takes them back.
    tokio::select! {
        _ = recording => {}
        () = clock.sleep(LAST_WORDS) => {}
    }
    if let Err(error) = life.end().await {
        tracing::warn!(%error, "this life could not be ended; the next one takes its rows back");
    }
    Ok(())
}

impl Engine {
    fn new(context: DeliveryContext, recorder: Recorder) -> Self {
        let DeliveryContext { store, seals, clock, dice, settings, .. } = &context;
        let starter = Starter::spawn(store.clone(), Arc::clone(&context.life), Arc::clone(clock), recorder.clone());
        let tools = Tools {
            clock: Arc::clone(clock),
            life: Arc::clone(&context.life),
            starter,
            tls: TlsClient::opportunistic(TLS_LIMIT),
            last_dot: Arc::default(),
        };
        let routes =
            Routes::new(context.resolver.clone(), Arc::clone(clock), Arc::clone(dice), context.smtp_port, settings);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let all = settings.all_connections();
        let helo = match settings.helo_name.as_str() {
            "" => context.gate.house().platform_domain.as_str().to_owned(),
            name => name.to_owned(),
        };
        Self {
            helo,
            tools,
            recorder,
            keys: KeyRing::new(store.clone(), Arc::clone(seals), Arc::clone(clock)),
            profiles: Profiles::new(context.legal_review_at),
            routes,
            groups: Groups::new(settings.group_connections(), all),
            providers: Providers::default(),
            workers: Arc::new(Semaphore::new(cores)),
            in_hand: Arc::new(Hands {
                count: AtomicUsize::new(0),
                most: (2 * all + 64).min(1024),
                freed: Notify::new(),
            }),
            poison: Mutex::default(),
            stopping: AtomicBool::new(false),
            stop: Notify::new(),
            context,
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.context.store
    }

    pub(crate) fn life(&self) -> &Life {
        &self.context.life
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.context.clock
    }

    pub(crate) fn providers(&self) -> &Providers {
        &self.providers
    }

    pub(crate) fn dice(&self) -> &Arc<dyn Dice> {
        &self.context.dice
    }

    pub(crate) fn routes(&self) -> &Routes {
        &self.routes
    }

    pub(crate) fn dialler(&self) -> &Dialler {
        &self.context.dialler
    }

    pub(crate) fn settings(&self) -> &DeliverySettings {
        &self.context.settings
    }

    pub(crate) fn helo(&self) -> &str {
        &self.helo
    }

    pub(crate) fn tools(&self) -> &Tools {
        &self.tools
    }

    fn now(&self) -> Timestamp {
        self.context.clock.now()
    }

    fn roll(&self) -> u64 {
        u64_below(&*self.context.dice, u64::MAX)
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.stop.notify_waiters();
        for group in self.groups.every() {
            for ready in group.drain() {
                self.recorder.hand_back(ready.row.claim);
            }
            group.waiting.notify_waiters();
        }
    }

    async fn finish_dialogs(&self) {
        let mut waited = Duration::ZERO;
        while self.in_hand.count.load(Ordering::Acquire) > 0 && waited < GRACE {
            // Rows that were being released when the stop came arrive in the queues late.
            self.stop();
            self.clock().sleep(POLL).await;
            waited += POLL;
            if waited >= LAST_DOT {
                self.tools.last_dot.store(true, Ordering::Release);
            }
        }
        let left = self.in_hand.count.load(Ordering::Acquire);
        if left > 0 {
            tracing::warn!(left, "mails were still on the wire at the end; the next life takes them back");
        }
    }

    // ── claim ────────────────────────────────────────────────────────────

    async fn claim_loop(self: Arc<Self>) {
        let (mut turns, mut still) = (Turns::default(), false);
        while !self.is_stopping() {
            let free = self.in_hand.free(self.destinations_take(), still);
            still = false;
            if free == 0 {
                tokio::select! {
                    () = self.in_hand.freed.notified() => {}
                    () = self.clock().sleep(POLL) => still = true,
                    () = self.stop.notified() => {}
                }
            } else if !self.life().may_send() || self.claim(free.min(CLAIM), &mut turns).await == 0 {
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

    /// Claims up to `free` rows and begins to work on them. Returns how many.
    async fn claim(self: &Arc<Self>, free: usize, turns: &mut Turns) -> usize {
        let now = self.now();
        let mut due = self.store().due_mailings(turns.after, now).await;
        if turns.after.is_some() && due.as_ref().is_ok_and(Vec::is_empty) {
            due = self.store().due_mailings(None, now).await;
        }
        let due = match due {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "due mailings could not be read");
                return 0;
            }
        };
        let mailings = turns.shares(&due, free);
        let wanted = Wanted { notices: free, mailings, closed_domains: self.closed_domains() };
        match self.store().claim(self.life().id(), self.life().beat(), wanted, now).await {
            Ok(rows) => {
                let claimed = rows.len();
                for part in rows.chunks(64) {
                    let batch = part.iter().map(|row| (row.clone(), self.hand())).collect();
                    tokio::spawn(Arc::clone(self).prepare(batch));
                }
                claimed
            }
            Err(error) => {
                tracing::warn!(%error, "no mail could be claimed");
                0
            }
        }
    }

    fn hand(&self) -> Hand {
        self.in_hand.count.fetch_add(1, Ordering::AcqRel);
        Hand(Arc::clone(&self.in_hand))
    }

    fn closed_domains(&self) -> Vec<String> {
        let (reading, now) = (self.clock().reading(), self.now());
        let is_closed = |route: &Route| {
            let group = self.groups.get(&route.group);
            group.is_full(self.settings().pace())
                || group.closed_for(reading) > Duration::ZERO
                || self.providers.paused(&route.provider, now).is_some()
        };
        self.routes.domains(is_closed, 500)
    }

    // ── release ──────────────────────────────────────────────────────────

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
                    tokio::spawn(Arc::clone(&self).prepare_one(row, briefing, hand));
                }
            }
        }
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
            Way::To(route) => self.not_now(route),
            // The breaker may have found that the domain is not gone for good.
            Way::Nowhere(..) | Way::NotNow(_) => self.paused(&row.domain),
        };
        if let Some(outcome) = not_now {
            return self.recorder.tell(row.claim, outcome);
        }
        match self.release(&row, briefing).await {
            Err(outcome) => self.recorder.tell(row.claim, outcome),
            Ok(released) => match way {
                Way::To(route) => self.queue(Ready {
                    row,
                    released,
                    released_at: self.clock().reading(),
                    address_key,
                    route,
                    _hand: hand,
                }),
                Way::Nowhere(words, verdict) => {
                    // The rules had nothing against it; the domain has.
                    let judged = self.case(&row, address_key, &row.domain, &row.domain).nowhere(words, verdict);
                    self.count_outcome(&row.domain, judged.hard).await;
                    self.recorder.tell(row.claim, judged.outcome);
                }
                Way::NotNow(words) => {
                    let outcome =
                        self.case(&row, address_key, &row.domain, &row.domain).deferred(BounceClass::Soft, words);
                    self.recorder.tell(row.claim, outcome);
                }
            },
        }
    }

    fn case<'a>(&self, row: &'a ClaimedRow, address_key: AddressKey, provider: &'a str, host: &'a str) -> Case<'a> {
        Case { row, address_key, provider, host, proof: None, by_smarthost: false, now: self.now(), dice: self.roll() }
    }

    /// What becomes of a mail to a provider that is paused.
    fn paused(&self, provider: &str) -> Option<Outcome> {
        let now = self.now();
        let pause = self.providers.paused(provider, now)?;
        let until = pause.map_or(now + PAUSED, |until| until.min(now + PAUSED));
        Some(Outcome::Held { reason: Some("provider_paused".to_owned()), until })
    }

    /// Whether the destination takes nothing now, before any work is spent on it.
    fn not_now(&self, route: &Route) -> Option<Outcome> {
        let group = self.groups.get(&route.group);
        if let Some(outcome) = self.closed_meanwhile(route, &group) {
            return Some(outcome);
        }
        let now = self.now();
        group.is_full(self.settings().pace()).then(|| Outcome::Held { reason: None, until: now + FULL })
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
            Ok(Some(Err(refusal))) => Err(self.refused(&refusal)),
            Ok(None) | Err(_) => Err(self.poisoned(row.claim.row)),
        }
    }

    fn refused(&self, refusal: &Refusal) -> Outcome {
        let reason = refusal.to_string();
        match refusal.effect() {
            Effect::Drop => Outcome::Refused { reason },
            Effect::Hold => Outcome::Held { reason: Some(reason), until: self.now() + HELD },
            Effect::RetryLater(after) => Outcome::Held { reason: Some(reason), until: self.now() + after },
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

    // ── transmit ─────────────────────────────────────────────────────────

    fn queue(self: &Arc<Self>, ready: Ready) {
        if self.is_stopping() {
            return self.recorder.hand_back(ready.row.claim);
        }
        let group = self.groups.get(&ready.route.group);
        if group.push(ready) {
            tokio::spawn(Arc::clone(self).serve(group));
        }
    }

    /// One connection slot of a destination: serves mails until there are none.
    async fn serve(self: Arc<Self>, group: Arc<Group<Ready>>) {
        while !self.groups.enter() {
            self.clock().sleep(POLL).await;
        }
        let mut line = None;
        loop {
            let ready = match group.pop() {
                Some(ready) => ready,
                None => match self.rest(&group, &mut line).await {
                    Some(ready) => ready,
                    None => break,
                },
            };
            self.deliver(ready, &group, &mut line).await;
            if group.is_crowded() && group.leave(true) {
                hang_up(line).await;
                return self.groups.exit();
            }
        }
        hang_up(line).await;
        self.groups.exit();
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
            if let Some(ready) = group.pop() {
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
            tokio::spawn(Arc::clone(self).prepare_again(ready));
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
                tokio::spawn(Arc::clone(self).prepare_again(ready));
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
    fn closed_meanwhile(&self, route: &Route, group: &Group<Ready>) -> Option<Outcome> {
        let now = self.now();
        let closed = group.closed_for(self.clock().reading());
        if closed > Duration::ZERO {
            return Some(Outcome::Held { reason: None, until: now + closed });
        }
        self.paused(&route.provider)
    }

    async fn prepare_again(self: Arc<Self>, ready: Ready) {
        let Ready { row, _hand: hand, .. } = ready;
        self.prepare(vec![(row, hand)]).await;
    }

    async fn no_connection(&self, ready: Ready, group: &Group<Ready>, why: NoLine) {
        tracing::info!(group = %group.name, "no connection: {}", why.words);
        if ready.route.smarthost {
            // Our own server is at fault: no mail is older or worse for it.
            let pause = group.had_trouble(Trouble::Connection, self.clock().reading(), self.roll());
            self.recorder.tell(ready.row.claim, Outcome::Held { reason: None, until: self.now() + pause });
            return self.clear(group, pause);
        }
        let case = self.case(&ready.row, ready.address_key, &ready.route.provider, &why.host);
        let judged = case.not_let_in(why.greeting.as_ref(), why.words);
        self.tell_destination(&judged, group, &ready.route).await;
        self.recorder.tell(ready.row.claim, judged.outcome);
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
        let start = Start { claim: row.claim, versions: released.facts() };
        let Some(started) = self.tools.starter.start(start).await else { return };
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
        let mut content = mail_formats::wire::dot_stuff(&bytes).into_owned();
        if !content.ends_with(b"\r\n") {
            content.extend_from_slice(b"\r\n");
        }
        let end = open.connection.transmit(&Parcel { order, content, start }).await;
        open.served += 1;
        match &end {
            End::Accepted(_) => group.went_well(),
            End::Refused(..) | End::NoSmtpUtf8 => group.answered(),
            End::TicketReturned => {}
            End::Broken(why) => self.broke(group, why),
            End::Unknown => self.broke(group, "the connection was lost after the final dot"),
        }
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
        self.recorder.record(row.claim, judged.outcome).await;
        drop(hand);
        if !open.connection.is_ready().await {
            *line = None;
        }
    }

    /// What the outcome means for the next mails to this destination. Before the outcome is
    /// recorded, so that a bounce of a jump finds its incident open.
    async fn tell_destination(&self, judged: &Judged, group: &Group<Ready>, route: &Route) {
        match judged.trouble {
            Some(Trouble::Policy) => {
                let until = self.now() + back_off(Trouble::Policy, 1, self.roll()).pause;
                let words = match &judged.outcome {
                    Outcome::Bounced(bounced) => bounced.reply.clone(),
                    Outcome::Deferred { reply, .. } => reply.clone(),
                    _ => String::new(),
                };
                self.open_incident(&route.provider, IncidentKind::PolicyBlock, &words, Some(until)).await;
            }
            Some(trouble) => {
                self.close(group, trouble);
            }
            None => {}
        }
    }

    fn broke(&self, group: &Group<Ready>, why: &str) {
        tracing::info!(group = %group.name, "a dialog broke: {why}");
        if group.broke() {
            self.close(group, Trouble::Connection);
        }
    }

    fn close(&self, group: &Group<Ready>, trouble: Trouble) {
        let pause = group.had_trouble(trouble, self.clock().reading(), self.roll());
        tracing::info!(group = %group.name, ?trouble, pause_seconds = pause.as_secs(), "the destination gets a pause");
        self.clear(group, pause);
    }

    /// For the breaker. What comes while a provider is paused says nothing new: its incident is open.
    async fn count_outcome(&self, provider: &str, hard: bool) {
        let paused = self.providers.paused(provider, self.now()).is_some();
        if !paused && self.providers.outcome(provider, hard, self.clock().reading()) {
            self.open_incident(provider, IncidentKind::HardBounceJump, "hard bounces jumped", None).await;
        }
    }

    async fn open_incident(&self, provider: &str, kind: IncidentKind, detail: &str, until: Option<Timestamp>) {
        tracing::error!(provider, ?kind, "sending to a provider pauses");
        self.providers.pause(provider, Unwritten { kind, detail: detail.to_owned(), until });
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

/// None: the gate panicked.
fn ask_gate(gate: &Gate, briefing: Briefing, keys: &SigningKeys, now: Timestamp) -> Option<Result<Released, Refusal>> {
    let Briefing { candidate, facts, .. } = briefing;
    catch_unwind(AssertUnwindSafe(|| gate.release(candidate, &facts, keys, now))).ok()
}

/// What a consent's proof says of its confirmation mail (L1).
fn proof_of(released: &Released) -> Option<HandedOver> {
    (released.purpose() == Purpose::Confirmation).then(|| HandedOver {
        message_id: released.message_id().trim_matches(['<', '>']).to_owned(),
        sha256: seals::sha256(released.bytes()),
    })
}
