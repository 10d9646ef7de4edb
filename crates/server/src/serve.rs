//! `jawort serve`: founds what is new, opens all doors, and ends them together. A door that dies
//! ends the program with an error: it never runs half.
//!
//! `web`, `inbound`, `deliver` and `schedule` open one door each, wired the same way. They share
//! nothing but the database, which must be PostgreSQL: on SQLite all writing is one process's.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use delivery::DeliveryContext;
use gate::Gate;
use inbound::InboundContext;
use outside::{Authenticator, Dialler, Fetcher, OutsideSettings, Resolver};
use scheduler::SchedulerContext;
use store::Place;
use store::lives::Life;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use web::WebContext;

use crate::base::{Base, Opening};
use crate::fault::Fault;
use crate::output::write;
use crate::settings::Settings;
use crate::status::{self, Condition};
use crate::stop::Signals;
use crate::{founding, logs, names};

/// A door that can be opened alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Pages and API.
    Web,
    /// Mail that arrives.
    Inbound,
    /// Mail that leaves.
    Deliver,
    /// What time brings.
    Schedule,
}

/// The doors that a process opens: one, or all.
#[derive(Clone, Copy, Debug)]
struct Opened(Option<Door>);

impl Opened {
    fn holds(self, door: Door) -> bool {
        self.0.is_none_or(|only| only == door)
    }

    /// Where the operator is, an installation may be founded.
    fn opening(self) -> Opening {
        if self.holds(Door::Web) { Opening::FoundIfNew } else { Opening::Existing }
    }
}

/// Runs all doors, or only one, until it is asked to stop, or until a door dies.
///
/// # Errors
/// What kept it from starting, or the door that died.
pub(crate) async fn run(config: Option<&Path>, only: Option<Door>) -> Result<(), Fault> {
    let opened = Opened(only);
    let settings = Settings::load(config)?;
    if only.is_some() && matches!(Place::parse(&settings.core.database), Ok(Place::Sqlite(_))) {
        return Err(Fault::failed(
            "a door of its own needs PostgreSQL: with SQLite one process runs all of them, \"jawort serve\"".to_owned(),
        ));
    }
    logs::start(&settings.log);
    status::name_providers(&settings.status)?;
    let mut signals = Signals::listen()?;
    let base = Base::open(settings, opened.opening()).await?;
    // The first thing that only one process may do: a second one ends here, with the pid of the first.
    let life = if opened.holds(Door::Deliver) { Some(begin(&base).await?) } else { None };
    let house = House::new(&base, life.as_ref())?;
    founding::prepare(&base).await?;
    let listeners = Listeners::bind(&base.settings, opened).await?;
    if opened.holds(Door::Web) {
        founding::operator_token(&base).await?;
        founding::first_log_in(&base).await?;
    }
    let ready = listeners.ready()?;
    let condition = Condition::new(&base.store, &base.clock, life.as_ref());
    let (stops, told) = stops();
    let (mut doors, status) = house.open(&base, listeners, opened, &told, &condition);
    write(&ready)?;
    tracing::info!("all doors of this process are open");
    let outcome = tokio::select! {
        () = signals.asked() => {
            tracing::info!("asked to stop: what is under way is finished; a second signal ends at once");
            Ok(())
        }
        door = doors.next() => Err(Fault::failed(format!("{} ended by itself; the log says why", door.unwrap_or("a door")))),
    };
    // First of all: whoever asks whether this process is ready hears that it drains, to the end.
    condition.drain();
    let drain = if outcome.is_ok() { base.settings.status.drain } else { Duration::ZERO };
    leave(&stops, &mut doors, &mut signals, base.clock.sleep(drain)).await?;
    drop(house);
    status.abort();
    if let Some(life) = life {
        end(life).await;
    }
    base.store.close().await;
    outcome
}

async fn begin(base: &Base) -> Result<Arc<Life>, Fault> {
    let lock_file = Some(base.settings.core.lock_file.as_str()).filter(|path| !path.is_empty()).map(Path::new);
    Ok(Arc::new(base.store.begin_life(lock_file, base.dice.as_ref()).await?))
}

/// Hands back what is still claimed. Where something holds the life yet, the next one does it.
async fn end(life: Arc<Life>) {
    match Arc::try_unwrap(life) {
        Ok(life) => {
            if let Err(error) = life.end().await {
                tracing::warn!(%error, "rows could not be handed back; the next start takes them");
            }
        }
        Err(_) => tracing::debug!("the life is still held; the next start takes its rows"),
    }
}

/// Tells the doors to close. No request ends sending, so it stops at once; visitors and arriving mail are
/// turned away when `drained` is.
async fn leave(
    stops: &Stops,
    doors: &mut Doors,
    signals: &mut Signals,
    mut drained: seals::Sleep,
) -> Result<(), Fault> {
    // Nobody listens any more only when every door is closed already.
    let _ = stops.sending.send(true);
    loop {
        tokio::select! {
            () = &mut drained => break,
            door = doors.next() => match door {
                Some(door) => tracing::info!(door, "closed"),
                None => return Ok(()),
            },
            () = signals.asked() => return Err(cut_short()),
        }
    }
    let _ = stops.arriving.send(true);
    close(doors, signals).await
}

fn cut_short() -> Fault {
    Fault::failed("ended at once by a second signal; the next start takes up what was under way")
}

/// Waits for all doors, or for the second signal.
async fn close(doors: &mut Doors, signals: &mut Signals) -> Result<(), Fault> {
    loop {
        tokio::select! {
            door = doors.next() => match door {
                Some(door) => tracing::info!(door, "closed"),
                None => return Ok(()),
            },
            () = signals.asked() => return Err(cut_short()),
        }
    }
}

/// What tells the doors to close.
struct Stops {
    /// Delivery and scheduler.
    sending: watch::Sender<bool>,
    /// Pages and arriving mail.
    arriving: watch::Sender<bool>,
    /// The listener for machines: the last one, which goes with the program.
    _status: watch::Sender<bool>,
}

/// The doors' side of it.
struct Told {
    sending: watch::Receiver<bool>,
    arriving: watch::Receiver<bool>,
    status: watch::Receiver<bool>,
}

fn stops() -> (Stops, Told) {
    let [(sending, a), (arriving, b), (status, c)] = std::array::from_fn(|_| watch::channel(false));
    (Stops { sending, arriving, _status: status }, Told { sending: a, arriving: b, status: c })
}

/// The doors that are open.
#[derive(Default)]
struct Doors(JoinSet<&'static str>);

impl Doors {
    fn open(&mut self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(async move {
            work.await;
            name
        });
    }

    /// The next door that closed; none when all are.
    async fn next(&mut self) -> Option<&'static str> {
        match self.0.join_next().await? {
            Ok(name) => Some(name),
            // The error repeats the panic's message, which may hold anything; the panic itself was logged.
            Err(_) => {
                tracing::error!("a door panicked");
                Some("a door")
            }
        }
    }
}

/// Open listeners of the doors that have any.
struct Listeners {
    web: Option<web::Listeners>,
    mail: Option<inbound::Listeners>,
    /// For machines; every process has it.
    status: web::Listeners,
}

impl Listeners {
    async fn bind(settings: &Settings, opened: Opened) -> Result<Self, Fault> {
        let in_use = |error: std::io::Error| {
            Fault::failed(format!("{error}; is another program using it, or may this user not open it?"))
        };
        let named = |key: &'static str| {
            move |error: std::io::Error| in_use(std::io::Error::new(error.kind(), format!("{key}: {error}")))
        };
        let status = web::Listeners::bind(&settings.status.listen).await.map_err(named("status.listen"))?;
        let mut bound = Self { web: None, mail: None, status };
        if opened.holds(Door::Web) {
            bound.web = Some(web::Listeners::bind(&settings.web.listen).await.map_err(named("web.listen"))?);
        }
        if opened.holds(Door::Inbound) {
            bound.mail = Some(inbound::Listeners::bind(&settings.inbound.listen).await.map_err(in_use)?);
        }
        Ok(bound)
    }

    /// The line that says where the doors are, for people and programs that wait for it.
    fn ready(&self) -> Result<String, Fault> {
        let unknown = |error: std::io::Error| Fault::failed(format!("a listener has no address: {error}"));
        let text = |addresses: Vec<SocketAddr>| addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let mut line = "ready".to_owned();
        let mut say = |door: &str, addresses: Vec<SocketAddr>| {
            if !addresses.is_empty() {
                line.push_str(&format!(" {door}={}", text(addresses)));
            }
        };
        if let Some(web) = &self.web {
            say("web", web.addresses().map_err(unknown)?);
        }
        if let Some(mail) = &self.mail {
            say("mail", mail.addresses().map_err(unknown)?);
        }
        say("status", self.status.addresses().map_err(unknown)?);
        Ok(format!("{line} pid={}\n", std::process::id()))
    }
}

/// What the doors share.
struct House {
    /// Of a process that sends.
    life: Option<Arc<Life>>,
    gate: Arc<Gate>,
    outside: OutsideSettings,
    resolver: Resolver,
    tls: Option<Arc<rustls::ServerConfig>>,
}

impl House {
    fn new(base: &Base, life: Option<&Arc<Life>>) -> Result<Self, Fault> {
        let gate = Gate::new(base.names.house.clone(), Arc::new(base.seals.clone()), Arc::clone(&base.dice))
            .map_err(|error| Fault::failed(error.to_string()))?;
        let outside = names::outside(&base.settings.network)?;
        let resolver = Resolver::new(&outside).map_err(|error| Fault::failed(error.to_string()))?;
        let tls = base.settings.inbound.tls().map_err(|error| Fault::failed(error.to_string()))?;
        Ok(Self { life: life.cloned(), gate: Arc::new(gate), outside, resolver, tls })
    }

    /// Opens the doors of this process, and the listener for machines, which is none of them: it is closed last.
    fn open(
        &self,
        base: &Base,
        listeners: Listeners,
        opened: Opened,
        told: &Told,
        condition: &Arc<Condition>,
    ) -> (Doors, JoinHandle<()>) {
        let mut doors = Doors::default();
        if let Some(listeners) = listeners.web {
            doors.open("web", web::run(self.web(base), listeners, told.arriving.clone()));
        }
        if let Some(listeners) = listeners.mail {
            doors.open("inbound", inbound::run(self.inbound(base), listeners, told.arriving.clone()));
        }
        if let Some(life) = &self.life {
            doors.open("delivery", send(self.delivery(base, life), told.sending.clone()));
        }
        if opened.holds(Door::Schedule) {
            doors.open("scheduler", scheduler::run(Arc::new(self.scheduler(base)), told.sending.clone()));
        }
        let condition: Arc<dyn web::Status> = Arc::clone(condition) as _;
        let status = web::run_status(condition, listeners.status, told.status.clone());
        (doors, tokio::spawn(status))
    }

    fn web(&self, base: &Base) -> WebContext {
        WebContext {
            store: base.store.clone(),
            seals: base.seals.clone(),
            gate: Arc::clone(&self.gate),
            dns: base.names.dns.clone(),
            resolver: self.resolver.clone(),
            fetcher: Fetcher::new(&self.resolver, &self.outside),
            clock: Arc::clone(&base.clock),
            dice: Arc::clone(&base.dice),
            settings: base.settings.web.clone(),
            policy: base.settings.policy.clone(),
            shown_settings: Arc::new(base.settings.shown.clone()),
        }
    }

    fn inbound(&self, base: &Base) -> InboundContext {
        let names = base.names.inbound.clone();
        InboundContext {
            store: base.store.clone(),
            seals: base.seals.clone(),
            authenticator: Authenticator::new(&self.resolver, &names.host, self.outside.dns_limit),
            clock: Arc::clone(&base.clock),
            dice: Arc::clone(&base.dice),
            settings: base.settings.inbound.clone(),
            names,
            tls: self.tls.clone(),
        }
    }

    fn delivery(&self, base: &Base, life: &Arc<Life>) -> DeliveryContext {
        let mut settings = base.settings.delivery.clone();
        if settings.helo_name.is_empty() {
            settings.helo_name = base.names.dns.helo_name.as_str().to_owned();
        }
        DeliveryContext {
            store: base.store.clone(),
            gate: Arc::clone(&self.gate),
            resolver: self.resolver.clone(),
            dialler: Dialler::new(&self.outside),
            smtp_port: self.outside.smtp_port,
            seals: Arc::new(base.seals.clone()),
            clock: Arc::clone(&base.clock),
            dice: Arc::clone(&base.dice),
            life: Arc::clone(life),
            legal_review_at: base.settings.policy.legal_notice.review_at_contacts,
            settings,
        }
    }

    fn scheduler(&self, base: &Base) -> SchedulerContext {
        SchedulerContext {
            store: base.store.clone(),
            resolver: self.resolver.clone(),
            fetcher: Fetcher::new(&self.resolver, &self.outside),
            clock: Arc::clone(&base.clock),
            dice: Arc::clone(&base.dice),
            settings: base.settings.scheduler.clone(),
            policy: base.settings.policy.clone(),
            names: base.names.dns.clone(),
        }
    }
}

async fn send(context: DeliveryContext, mut stop: watch::Receiver<bool>) {
    let stopped = async move {
        // An error says that the sender is gone, which is a stop as well.
        let _ = stop.wait_for(|stop| *stop).await;
    };
    if let Err(problem) = delivery::run(context, stopped).await {
        tracing::error!(problem, "delivery cannot run");
    }
}
