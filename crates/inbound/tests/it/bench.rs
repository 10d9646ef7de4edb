//! A house that receives: store, seals, DNS, listener.
#![expect(clippy::disallowed_methods, reason = "this is where the tests' clock is made")]
#![expect(clippy::print_stdout, reason = "says which half did not run")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use inbound::{InboundContext, InboundSettings, Listeners, Names};
use mail_formats::{Domain, EmailAddress};
use outside::{Authenticator, OutsideSettings, Resolver};
use policy::Timestamp;
use policy::settings::Values;
use seals::fake::SeededDice;
use seals::{AddressKey, Clock, LinkPurpose, MailKind, MailRef, Reading, Seals, Sleep};
use store::conformance::{numbers, script, texts};
use store::inbox::Shown;
use store::{Place, Store};
use testbench::dns::{Dns, Value};
use testbench::submit::{Submission, submit};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::world::{self, Person, World, blob};

/// Real time.
struct Wall(Instant);

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        Timestamp::from_millis(i64::try_from(since.as_millis()).expect("fits"))
    }

    fn reading(&self) -> Reading {
        Reading::from_nanos(u64::try_from(self.0.elapsed().as_nanos()).expect("fits"))
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Everything that a test of these doors needs.
pub struct Bench {
    pub store: Store,
    pub seals: Seals,
    pub clock: Arc<dyn Clock>,
    pub dns: Dns,
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    served: Option<JoinHandle<()>>,
    folder: Option<PathBuf>,
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

fn domain(text: &str) -> Domain {
    Domain::parse(text).expect("a domain")
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

fn names() -> Names {
    Names {
        host: "mx.house.example".to_owned(),
        bounce_domain: domain("b.house.example"),
        unsubscribe_domain: domain("u.house.example"),
        platform_domain: domain("house.example"),
        further_domains: vec![domain("return.shop1.example")],
        abuse_address: address("abuse@house.example"),
        cfbl_address: address("cfbl@house.example"),
    }
}

/// Settings with these limits changed.
fn settings(change: impl FnOnce(&mut InboundSettings)) -> InboundSettings {
    let values = Values::from_layers(InboundSettings::KEYS, &Default::default(), []).expect("defaults are valid");
    let mut settings = InboundSettings::from_values(&values);
    settings.listen = vec!["127.0.0.1:0".to_owned()];
    change(&mut settings);
    settings
}

impl Bench {
    async fn on(place: Place, folder: Option<PathBuf>, change: impl FnOnce(&mut InboundSettings)) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(Wall(Instant::now()));
        let store = Store::open(&place, Arc::clone(&clock)).await.expect("a new memory");
        let dns = Dns::start().await.expect("a DNS server");
        let outside = OutsideSettings { dns_servers: vec![dns.addr()], ..OutsideSettings::default() };
        let resolver = Resolver::new(&outside).expect("a resolver");
        let (seals, _) = Seals::generate(&SeededDice::new(1));
        let settings = settings(change);
        let listeners = Listeners::bind(&settings.listen).await.expect("a free port");
        let address = listeners.addresses().expect("an address")[0];
        let (stop, stopped) = watch::channel(false);
        let context = InboundContext {
            store: store.clone(),
            seals: seals.clone(),
            authenticator: Authenticator::new(&resolver, "mx.house.example", Duration::from_secs(5)),
            clock: Arc::clone(&clock),
            dice: Arc::new(SeededDice::new(2)),
            settings,
            names: names(),
            tls: Some(testbench::server_config()),
        };
        let served = tokio::spawn(inbound::run(context, listeners, stopped));
        Self { store, seals, clock, dns, address, stop, served: Some(served), folder }
    }

    pub async fn sqlite(change: impl FnOnce(&mut InboundSettings)) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("jawort-inbound-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a scratch folder");
        Self::on(Place::Sqlite(folder.join("jawort.db")), Some(folder), change).await
    }

    /// `None` when PostgreSQL's programs are missing.
    pub async fn postgres() -> Option<Self> {
        match testbench::postgres::Scratch::shared() {
            Ok(scratch) => {
                Some(Self::on(Place::Postgres(scratch.create_database().expect("a new database")), None, |_| {}).await)
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

    /// Ends the program and waits until every connection is over.
    pub async fn stop(&mut self) {
        self.stop.send_replace(true);
        self.served.take().expect("it runs").await.expect("it ends well");
    }

    pub fn key(&self, text: &str) -> AddressKey {
        self.seals.address_key_mail(&address(text).normalised())
    }

    /// Account `n` with its newsletter to these addresses; all mail of it was accepted, `sent` in all.
    pub async fn found(&self, n: i64, addresses: &[&str], sent: i64) -> World {
        let people: Vec<Person> = addresses
            .iter()
            .map(|address| Person { address: (*address).to_owned(), key: *self.key(address).as_bytes() })
            .collect();
        let now = self.clock.now();
        let world = world::found(&self.store, n, &people, now.millis(), now.millis() + 86_400_000).await;
        let own = self.key(&format!("garten@shop{n}.example"));
        let text = format!(
            "UPDATE delivery SET state = 10, settled_at = {} WHERE mailing_id = {};
             UPDATE sender SET address_key = {} WHERE account_id = {n};
             INSERT INTO sent_count (account_id, period, mailing_id, day, shard, n) VALUES ({n}, 1, {}, {}, 0, {sent});",
            now.millis(),
            world.mailing,
            blob(&self.store, own.as_bytes()),
            world.mailing,
            now.day(),
        );
        script(&self.store, &text).await.expect("sent");
        world
    }

    fn mail_ref(world: &World, at: usize, attempt: u8) -> MailRef {
        let number = u64::try_from(world.mailing.get()).expect("positive");
        MailRef::new(world.contacts[at].bits(), number, MailKind::Mailing, attempt).expect("fits")
    }

    /// The return path of the mail to a contact.
    pub fn return_path(&self, world: &World, at: usize, attempt: u8) -> String {
        format!("{}@b.house.example", self.seals.return_path_local(&Self::mail_ref(world, at, attempt)))
    }

    /// The List-Unsubscribe mailbox of a contact.
    pub fn mailbox(&self, world: &World, at: usize) -> String {
        let local = self
            .seals
            .unsubscribe_mailbox_local(world.contacts[at].bits(), LinkPurpose::UnsubscribeHeader)
            .expect("fits");
        format!("{local}@u.house.example")
    }

    /// A mail as we sent it to a contact.
    pub fn sent(&self, world: &World, at: usize) -> Vec<u8> {
        let mail = Self::mail_ref(world, at, 1);
        let link = self.seals.link_token(world.contacts[at].bits(), LinkPurpose::UnsubscribeBody).expect("fits");
        format!(
            "Return-Path: <{}>\r\nFrom: <garten@shop1.example>\r\nTo: <someone@a.test>\r\nSubject: Tomatoes\r\n\
             Message-ID: <{}@house.example>\r\nCFBL-Feedback-ID: {}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
             Plant them out now.\r\n\r\nhttps://m.house.example/u/{}\r\n",
            self.return_path(world, at, 1),
            self.seals.message_id_local(&mail.message_ref()),
            self.seals.feedback_token(&mail),
            link.as_str(),
        )
        .into_bytes()
    }

    pub async fn hand_in(&self, mail_from: &str, to: &str, mail: &[u8]) -> Submission {
        submit(self.address, mail_from, &[to], mail).await.expect("a dialog")
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        numbers(&self.store, sql, 1).await.expect("a count")[0][0].expect("a number")
    }

    pub async fn words(&self, sql: &'static str) -> Vec<String> {
        let rows = texts(&self.store, sql, 1).await.expect("rows");
        rows.into_iter().map(|mut row| row.remove(0).unwrap_or_default()).collect()
    }

    /// What the last mail was and did.
    pub async fn last(&self) -> (String, String) {
        let mails = self.store.kept_mails(Shown::All, None, 1).await.expect("a list");
        let last = mails.first().expect("a mail");
        (last.kind.clone(), last.effect.clone())
    }

    /// Mail of this domain from 127.0.0.1 is genuine; its owner asks for `policy`.
    pub fn genuine(&self, domain: &str, policy: &str) {
        self.dns.set(domain, Value::Txt("v=spf1 ip4:127.0.0.1 -all".to_owned()));
        self.dns.set(&format!("_dmarc.{domain}"), Value::Txt(format!("v=DMARC1; p={policy}")));
    }

    /// This domain's mail never comes from here.
    pub fn forged(&self, domain: &str, policy: &str) {
        self.dns.set(domain, Value::Txt("v=spf1 -all".to_owned()));
        self.dns.set(&format!("_dmarc.{domain}"), Value::Txt(format!("v=DMARC1; p={policy}")));
    }
}

/// Drives a test.
pub fn run<F: Future<Output = ()>>(test: F) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime").block_on(
        async {
            tokio::time::timeout(Duration::from_secs(120), test).await.expect("a test ends within two minutes");
        },
    );
}

/// `both!(name, |bench: &Bench| async move { … });` runs on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! both {
    ($(#[$doc:meta])* $name:ident, $test:expr) => {
        $(#[$doc])*
        #[test]
        fn $name() {
            $crate::bench::run(async {
                let test = $test;
                test($crate::bench::Bench::sqlite(|_| {}).await).await;
                if let Some(bench) = $crate::bench::Bench::postgres().await {
                    test(bench).await;
                }
            });
        }
    };
}
