//! A memory, a DNS server, and a clockwork that runs beside the test.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use mail_formats::Domain;
use outside::{Fetcher, OutsideSettings, Resolver};
use policy::Timestamp;
use policy::dns_records::PlatformNames;
use policy::settings::PolicySettings;
use scheduler::{SchedulerContext, SchedulerSettings, table};
use seals::fake::{SeededDice, SteppedClock};
use seals::{Clock, Reading, Sleep};
use store::conformance::numbers;
use store::{Place, Store};
use testbench::dns::Dns;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// 2026-06-01 12:00 UTC.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_780_315_200_000);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The time of the memory: real, so that its groups are written.
struct Real(Instant);

impl Clock for Real {
    fn now(&self) -> Timestamp {
        START
    }

    fn reading(&self) -> Reading {
        Reading::from_nanos(u64::try_from(self.0.elapsed().as_nanos()).expect("fits"))
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The time of the clockwork; whoever asks for the wall time while it is broken panics.
struct Breakable {
    hands: SteppedClock,
    broken: Arc<AtomicBool>,
}

impl Clock for Breakable {
    fn now(&self) -> Timestamp {
        assert!(!self.broken.load(Ordering::SeqCst), "the test broke the clock");
        self.hands.now()
    }

    fn reading(&self) -> Reading {
        self.hands.reading()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.hands.sleep(duration)
    }
}

pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) clock: SteppedClock,
    pub(crate) broken: Arc<AtomicBool>,
    pub(crate) dns: Dns,
    pub(crate) names: PlatformNames,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) running: JoinHandle<()>,
    folder: PathBuf,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.running.abort();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn domain(text: &str) -> Domain {
    Domain::parse(text).expect("a domain")
}

fn names() -> PlatformNames {
    PlatformNames {
        platform_domain: domain("m.example"),
        bounce_domain: domain("b.example"),
        unsubscribe_domain: domain("b.example"),
        mail_host: domain("mx.m.example"),
        helo_name: domain("mx.m.example"),
        sending_addresses: vec!["192.0.2.1".parse().expect("an address")],
        report_address: None,
        domainkeys: true,
        mta_sts: false,
    }
}

fn scratch() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let path = std::env::temp_dir().join(format!(
        "jawort-scheduler-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    ));
    std::fs::create_dir_all(&path).expect("a scratch folder");
    path
}

impl Bench {
    pub(crate) async fn start() -> Self {
        let (folder, clock, broken) = (scratch(), SteppedClock::at(START), Arc::new(AtomicBool::new(false)));
        let store = Store::open(&Place::Sqlite(folder.join("jawort.db")), Arc::new(Real(Instant::now())))
            .await
            .expect("a memory");
        let dns = Dns::start().await.expect("a port is free");
        let settings = OutsideSettings {
            dns_servers: vec![dns.addr()],
            dns_limit: Duration::from_secs(2),
            allow_private_destinations: true,
            ..OutsideSettings::default()
        };
        let resolver = Resolver::new(&settings).expect("a resolver");
        let context = SchedulerContext {
            store: store.clone(),
            fetcher: Fetcher::new(&resolver, &settings),
            resolver,
            clock: Arc::new(Breakable { hands: clock.clone(), broken: Arc::clone(&broken) }),
            dice: Arc::new(SeededDice::new(7)),
            settings: SchedulerSettings { arrived_mail_days: 60 },
            policy: PolicySettings::defaults(),
            names: names(),
        };
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(scheduler::run(Arc::new(context), stopped));
        let bench = Self { store, clock, broken, dns, names: names(), stop, running, folder };
        bench.rest().await;
        bench
    }

    /// Ready when every chore sleeps.
    pub(crate) async fn rest(&self) {
        self.clock.until_sleepers(table().count()).await;
    }

    /// Lets time pass, and what is due then happen.
    pub(crate) async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        self.rest().await;
    }

    /// Lets every chore run once, so that each comes again after just its interval.
    pub(crate) async fn all_ran(&self) {
        self.pass(HOUR / 10).await;
    }

    pub(crate) async fn count(&self, statement: &'static str) -> i64 {
        numbers(&self.store, statement, 1).await.expect("a number")[0][0].expect("no NULL")
    }

    /// Ends the clockwork and waits until it is over.
    pub(crate) async fn end(&mut self) {
        self.stop.send(true).expect("it runs");
        (&mut self.running).await.expect("it ends without a panic");
    }
}
