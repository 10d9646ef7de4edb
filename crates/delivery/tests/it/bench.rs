//! A house that sends to a provider on loopback: store, gate, keys, DNS, and a clock whose wall
//! time can be set.
#![expect(clippy::disallowed_methods, reason = "this is where the tests' clock is made")]

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use delivery::{DeliveryContext, DeliverySettings};
use gate::{Gate, House};
use mail_formats::{Domain, EmailAddress};
use outside::{Dialler, OutsideSettings, Resolver};
use policy::settings::Raw;
use policy::{AccountId, Timestamp};
use seals::fake::SeededDice;
use seals::{Clock, Dice, Reading, Seals, Sleep};
use store::keys::SealedKey;
use store::{Place, Store};
use testbench::dns::Dns;
use testbench::docket::Docket;
use testbench::provider::{Provider, ProviderConfig};
use testbench::story::Facts;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use crate::world::{self, Person, World};

/// Real time, with clocks that somebody can set forward, and sleeps that somebody can catch.
pub(crate) struct Wall {
    start: Instant,
    /// Milliseconds that the wall clock is ahead.
    ahead: AtomicI64,
    /// Milliseconds that passed without anybody waiting for them.
    passed: AtomicI64,
    caught: Mutex<Option<Duration>>,
    hurried: Mutex<Option<Duration>>,
    asleep: Arc<Notify>,
    woken: Arc<Notify>,
}

impl Wall {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            ahead: AtomicI64::new(0),
            passed: AtomicI64::new(0),
            caught: Mutex::default(),
            hurried: Mutex::default(),
            asleep: Arc::default(),
            woken: Arc::default(),
        }
    }

    /// Lets time pass on both clocks. Only while nothing is on the wire: tickets grow old.
    pub(crate) fn pass(&self, by: Duration) {
        self.forward(by);
        self.passed.fetch_add(i64::try_from(by.as_millis()).expect("small"), Ordering::SeqCst);
    }

    /// The next sleep of just this length lasts until [`Wall::wake`].
    pub(crate) fn catch(&self, length: Duration) {
        *self.caught.lock().expect("no panic") = Some(length);
    }

    /// Ready when that sleep began.
    pub(crate) async fn asleep(&self) {
        self.asleep.notified().await;
    }

    pub(crate) fn wake(&self) {
        self.woken.notify_one();
    }

    /// From now on sleeps of just this length take a millisecond.
    pub(crate) fn hurry(&self, length: Duration) {
        *self.hurried.lock().expect("no panic") = Some(length);
    }

    pub(crate) fn forward(&self, by: Duration) {
        self.ahead.fetch_add(i64::try_from(by.as_millis()).expect("small"), Ordering::SeqCst);
    }
}

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        Timestamp::from_millis(i64::try_from(since.as_millis()).expect("fits") + self.ahead.load(Ordering::SeqCst))
    }

    fn reading(&self) -> Reading {
        let passed = Duration::from_millis(u64::try_from(self.passed.load(Ordering::SeqCst)).expect("never back"));
        Reading::from_nanos(u64::try_from((self.start.elapsed() + passed).as_nanos()).expect("fits"))
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        if self.caught.lock().expect("no panic").take_if(|length| *length == duration).is_some() {
            let (asleep, woken) = (Arc::clone(&self.asleep), Arc::clone(&self.woken));
            return Box::pin(async move {
                asleep.notify_one();
                woken.notified().await;
            });
        }
        let hurried = *self.hurried.lock().expect("no panic") == Some(duration);
        Box::pin(tokio::time::sleep(if hurried { Duration::from_millis(1) } else { duration }))
    }
}

/// Everything that a test of this door needs.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) clock: Arc<Wall>,
    pub(crate) seals: Arc<Seals>,
    pub(crate) dice: Arc<SeededDice>,
    pub(crate) dns: Dns,
    pub(crate) provider: Provider,
    /// Settings that are not at their defaults.
    pub(crate) settings: BTreeMap<String, Raw>,
    /// The gate's own dice; none: those of the house.
    pub(crate) gate_dice: Option<Arc<dyn Dice>>,
    /// The port of mail servers; none: that of the provider.
    pub(crate) port: Option<u16>,
    docket: Mutex<Docket>,
    /// Our published keys, for the judges.
    zone: Mutex<String>,
    folder: Option<PathBuf>,
}

/// At the end the judges read every mail that came.
impl Drop for Bench {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
        if std::thread::panicking() {
            return;
        }
        let mut docket = self.docket.lock().expect("no panic");
        docket.take(&self.provider);
        if let Err(findings) = docket.judge(&self.zone.lock().expect("no panic"), false) {
            panic!("the judges: {findings}");
        }
    }
}

/// What the small world of the store's tests sends.
fn facts() -> Facts {
    let pieces = ["Gartenfreunde", "Musterweg 1", "12345 Musterstadt", "garten@shop.example", "+49 30 1234567"];
    Facts {
        newsletters: ["Tomatoes in May".to_owned()].into(),
        notices: [("garten@shop1.example".to_owned(), pieces.map(str::to_owned).into())].into(),
        ..Facts::default()
    }
}

fn domain(text: &str) -> Domain {
    Domain::parse(text).expect("a domain")
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

fn house() -> House {
    House {
        public_url: "https://m.house.example".to_owned(),
        bounce_domain: domain("b.house.example"),
        platform_domain: domain("house.example"),
        unsubscribe_domain: domain("u.house.example"),
        abuse_address: address("abuse@house.example"),
        cfbl_address: address("fbl@house.example"),
        feedback_sender_id: "jawort1".to_owned(),
        operator_from: address("desk@house.example"),
        operator_name: "The house".to_owned(),
        domainkeys: true,
    }
}

impl Bench {
    pub(crate) async fn sqlite(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("jawort-delivery-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a scratch folder");
        Self::open(Place::Sqlite(folder.join("jawort.db")), Some(folder)).await
    }

    /// None when PostgreSQL's programs are missing.
    #[expect(clippy::print_stdout, reason = "what did not run is named, never silently left out")]
    pub(crate) async fn postgres() -> Option<Self> {
        match testbench::postgres::Scratch::shared() {
            Ok(scratch) => {
                Some(Self::open(Place::Postgres(scratch.create_database().expect("a database")), None).await)
            }
            Err(missing) => {
                println!("NOT RUN: PostgreSQL half: {missing}");
                assert!(
                    std::env::var("CI").as_deref() != Ok("true"),
                    "under CI=true PostgreSQL must be there: {missing}"
                );
                None
            }
        }
    }

    async fn open(place: Place, folder: Option<PathBuf>) -> Self {
        let clock = Arc::new(Wall::new());
        let dice = Arc::new(SeededDice::new(11));
        let (seals, _) = Seals::generate(&*dice);
        let store = Store::open(&place, clock.clone()).await.expect("a memory");
        let dns = Dns::start().await.expect("a DNS server");
        let provider =
            Provider::start(ProviderConfig { dsn: true, ..ProviderConfig::default() }).await.expect("a provider");
        Self {
            store,
            clock,
            seals: Arc::new(seals),
            dice,
            dns,
            provider,
            settings: BTreeMap::new(),
            gate_dice: None,
            port: None,
            docket: Mutex::new(Docket::new(facts())),
            zone: Mutex::default(),
            folder,
        }
    }

    /// The keyed address of a person, as the house makes it.
    pub(crate) fn person(&self, text: &str) -> Person {
        let key = *self.seals.address_key_mail(&address(text).normalised()).as_bytes();
        Person { address: text.to_owned(), key }
    }

    /// The wall clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sets a number of `delivery.`.
    pub(crate) fn set(&mut self, key: &str, number: i64) {
        self.settings.insert(format!("delivery.{key}"), Raw::Int(number));
    }

    /// The judges read what came to another provider too.
    pub(crate) fn read_too(&self, other: &Provider) {
        self.docket.lock().expect("no panic").take(other);
    }

    /// A mail host of its own for a domain, at the provider.
    pub(crate) fn mail_domain(&self, name: &str) {
        self.dns.mail_domain(name, &format!("mx.{name}"), IpAddr::V4(Ipv4Addr::LOCALHOST));
    }

    /// Account 1 with its keys and a running newsletter to `people`.
    pub(crate) async fn newsletter(&self, people: &[Person]) -> World {
        let now = self.clock.now().millis();
        let world = world::found(&self.store, 1, people, now, now + 4 * 24 * 3_600_000).await;
        for (account, name) in [(Some(AccountId::from_raw(1)), "shop1.example"), (None, "house.example")] {
            let first = self.store.key_ids().await.expect("ids");
            let keys = SealedKey::generate(account, &domain(name), first, &self.seals, &*self.dice).expect("keys");
            for key in &keys {
                let (selector, record) = (&key.published.selector, &key.published.record);
                self.zone.lock().expect("no panic").push_str(&format!("{selector}._domainkey.{name}\t{record}\n"));
            }
            self.store.add_keys(keys, self.clock.now()).await.expect("kept");
        }
        world
    }

    /// Starts the door; send or drop to stop it.
    pub(crate) async fn send(&self) -> (oneshot::Sender<()>, JoinHandle<Result<(), String>>) {
        let outside = OutsideSettings {
            dns_servers: vec![self.dns.addr()],
            allow_private_destinations: true,
            smtp_port: self.port.unwrap_or(self.provider.addr().port()),
            ..OutsideSettings::default()
        };
        let values =
            policy::settings::Values::from_layers(DeliverySettings::KEYS, &self.settings, []).expect("settings");
        let context = DeliveryContext {
            store: self.store.clone(),
            gate: Arc::new(
                Gate::new(house(), self.seals.clone(), self.gate_dice.clone().unwrap_or(self.dice.clone()))
                    .expect("a gate"),
            ),
            resolver: Resolver::new(&outside).expect("a resolver"),
            dialler: Dialler::new(&outside),
            smtp_port: outside.smtp_port,
            seals: self.seals.clone(),
            clock: self.clock.clone(),
            dice: self.dice.clone(),
            life: Arc::new(self.store.begin_life(None, &*self.dice).await.expect("a life")),
            legal_review_at: 5000,
            settings: DeliverySettings::from_values(&values),
        };
        let (stop, stopped) = oneshot::channel();
        let door = tokio::spawn(delivery::run(context, async {
            let _ = stopped.await;
        }));
        (stop, door)
    }
}
