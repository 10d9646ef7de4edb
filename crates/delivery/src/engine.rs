//! The door that mail leaves by: claims, asks the gate, starts, transmits, records.

mod claiming;
mod releasing;
mod serving;

pub use claiming::CLAIM;
pub use serving::RELEASED_LASTS;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gate::{Gate, Released};
use outside::{Dialler, Resolver, TlsClient};
use policy::{RowId, Timestamp};
use seals::{AddressKey, Clock, Dice, Reading, Seals, u64_below};
use store::Store;
use store::claims::ClaimedRow;
use store::incidents::IncidentKind;
use store::lives::Life;
use store::profiles::Profiles;
use tokio::sync::{Notify, Semaphore};

use crate::connection::Tools;
use crate::groups::{Groups, Providers};
use crate::hands::{Hand, Hands};
use crate::keys::KeyRing;
use crate::recorder::Recorder;
use crate::routes::{Route, Routes};
use crate::settings::DeliverySettings;
use crate::starter::Starter;
use crate::tasks::Tasks;

/// Between two looks for due mail when there was none.
pub const POLL: Duration = Duration::from_millis(200);
/// A TLS handshake may take so long.
const TLS_LIMIT: Duration = Duration::from_secs(30);
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
    tasks: Tasks,
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
    let tasks = Tasks::default();
    let (recorder, recording) = Recorder::spawn(&tasks, context.store.clone(), Arc::clone(&context.clock));
    let engine = Arc::new(Engine::new(context, recorder, tasks.clone()));
    let chores = [
        tasks.spawn("prove this life", crate::chores::prove(Arc::clone(&engine))),
        tasks.spawn("look after lives and pauses", crate::chores::look_after(Arc::clone(&engine))),
    ];
    let claiming = tasks.spawn("claim", Arc::clone(&engine).claim_loop());
    tokio::select! {
        () = shutdown => {}
        name = tasks.fell() => engine.alarm(&format!("the task {name:?} of sending failed; the program ends and must be started again")).await,
    }
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
    match tasks.fallen() {
        None => Ok(()),
        Some(name) => Err(format!(
            "the task {name:?} failed, and sending cannot go on without it; its panic stands above. What was under way was \
             finished or handed back: start the program again, and report the panic"
        )),
    }
}

impl Engine {
    fn new(context: DeliveryContext, recorder: Recorder, tasks: Tasks) -> Self {
        let DeliveryContext { store, seals, clock, dice, settings, .. } = &context;
        let starter =
            Starter::spawn(&tasks, store.clone(), Arc::clone(&context.life), Arc::clone(clock), recorder.clone());
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
            in_hand: Hands::new((2 * all + 64).min(1024)),
            tasks,
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

    /// Tells the operator of a fault of this program, once until somebody looked at it.
    async fn alarm(&self, words: &str) {
        tracing::error!("{words}");
        let now = self.now();
        if let Err(error) = self.store().open_incident(IncidentKind::Other, "sending", words, Some(now), now).await {
            tracing::warn!(%error, "the alarm could not be written down");
        }
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
        while self.in_hand.count() > 0 && waited < GRACE {
            // Rows that were being released when the stop came arrive in the queues late.
            self.stop();
            self.clock().sleep(POLL).await;
            waited += POLL;
            if waited >= LAST_DOT {
                self.tools.last_dot.store(true, Ordering::Release);
            }
        }
        let left = self.in_hand.count();
        if left > 0 {
            tracing::warn!(left, "mails were still on the wire at the end; the next life takes them back");
        }
    }
}
