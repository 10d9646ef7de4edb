//! A served door with one account, its form, and a clock that tests can set forward.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gate::{Gate, House};
use mail_formats::address::{Domain, EmailAddress};
use outside::{Fetcher, OutsideSettings, Resolver};
use policy::settings::{PolicySettings, Values};
use policy::{AccountId, ContactId, FormId};
use seals::fake::SeededDice;
use seals::{Clock, LinkPurpose, Reading, Seals, Sleep, Timestamp};
use store::confirmations::ConfirmOutcome;
use store::conformance::{numbers, script};
use store::signups::{SignUp, SignUpOutcome};
use store::{Place, Store};
use testbench::http::{Client, Response};
use tokio::sync::watch;
use web::{Listeners, WebContext, WebSettings};

pub(crate) const START: Timestamp = Timestamp::from_millis(1_780_315_200_000);
pub(crate) const FORM: i64 = 9001;
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

pub(crate) const NOTICE: &str = r#"{"name":"Gartenfreunde","legal_person":false,"street":"Musterweg 1","postal_code":"12345","city":"Musterstadt","country":"Deutschland","email":"garten@shop.example","phone":"+49 30 1234567"}"#;

/// Runs with the machine's clock from [`START`] on, and can be set forward.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<(Instant, AtomicU64)>);

impl TestClock {
    #[expect(clippy::disallowed_methods, reason = "pages are served to a real peer in real time")]
    fn new() -> Self {
        Self(Arc::new((Instant::now(), AtomicU64::new(0))))
    }

    pub(crate) fn forward(&self, by: Duration) {
        self.0.1.fetch_add(u64::try_from(by.as_millis()).expect("small"), Ordering::SeqCst);
    }

    fn passed(&self) -> Duration {
        self.0.0.elapsed() + Duration::from_millis(self.0.1.load(Ordering::SeqCst))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        START + self.passed()
    }

    fn reading(&self) -> Reading {
        Reading::from_nanos(u64::try_from(self.passed().as_nanos()).expect("small"))
    }

    #[expect(clippy::disallowed_methods, reason = "pages are served to a real peer in real time")]
    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

pub(crate) struct Door {
    pub(crate) store: Store,
    pub(crate) seals: Seals,
    pub(crate) clock: TestClock,
    pub(crate) client: Client,
    stop: watch::Sender<bool>,
    folder: PathBuf,
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("jawort-web-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&path).expect("a scratch folder");
    path
}

/// Names of the installation. Its public address decides how cookies are called.
pub(crate) fn house(public_url: &str) -> House {
    let address = |text: &str| EmailAddress::parse(text).expect("an address");
    let domain = |text: &str| Domain::parse(text).expect("a domain");
    House {
        public_url: public_url.to_owned(),
        bounce_domain: domain("bounce.mail.example"),
        platform_domain: domain("mail.example"),
        unsubscribe_domain: domain("bounce.mail.example"),
        abuse_address: address("abuse@mail.example"),
        cfbl_address: address("fbl@mail.example"),
        feedback_sender_id: "jawort1".to_owned(),
        operator_from: address("service@mail.example"),
        operator_name: "Mail Example".to_owned(),
        domainkeys: false,
    }
}

fn gate(seals: &Seals, dice: &Arc<SeededDice>) -> Gate {
    Gate::new(house("https://n.example"), Arc::new(seals.clone()), dice.clone()).expect("a house in order")
}

/// The names of [`house`] in DNS.
pub(crate) fn names() -> policy::dns_records::PlatformNames {
    let domain = |text: &str| Domain::parse(text).expect("a domain");
    policy::dns_records::PlatformNames {
        platform_domain: domain("mail.example"),
        bounce_domain: domain("bounce.mail.example"),
        unsubscribe_domain: domain("bounce.mail.example"),
        mail_host: domain("mx.mail.example"),
        helo_name: domain("mx.mail.example"),
        sending_addresses: Vec::new(),
        report_address: None,
        domainkeys: false,
        mta_sts: false,
    }
}

impl Door {
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// A door whose context was changed before it opened.
    pub(crate) async fn with(change: impl FnOnce(&mut WebContext)) -> Self {
        let folder = folder();
        Self::at(&Place::Sqlite(folder.join("jawort.db")), folder, change).await
    }

    /// A door on a new memory. The folder goes with it.
    pub(crate) async fn at(place: &Place, folder: PathBuf, change: impl FnOnce(&mut WebContext)) -> Self {
        let (clock, dice) = (TestClock::new(), Arc::new(SeededDice::new(11)));
        let (seals, _) = Seals::generate(&*dice);
        let store = Store::open(place, Arc::new(clock.clone())).await.expect("a new memory");
        script(&store, &founded(&store, &seals)).await.expect("an account");
        let none = std::collections::BTreeMap::new();
        let of_outside = OutsideSettings::default();
        let resolver = Resolver::new(&of_outside).expect("a resolver");
        let own = Values::from_layers(WebSettings::KEYS, &none, []).expect("defaults");
        let mut context = WebContext {
            store: store.clone(),
            seals: seals.clone(),
            dns: names(),
            gate: Arc::new(gate(&seals, &dice)),
            fetcher: Fetcher::new(&resolver, &of_outside),
            resolver,
            clock: Arc::new(clock.clone()),
            dice,
            settings: WebSettings::from_values(&own),
            policy: PolicySettings::defaults(),
            shown_settings: Arc::default(),
        };
        change(&mut context);
        let listeners = Listeners::bind(&["127.0.0.1:0".to_owned()]).await.expect("a free port");
        let address = listeners.addresses().expect("an address")[0];
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(web::run(context, listeners, stopped));
        Self { store, seals, clock, client: Client::new(address), stop, folder }
    }

    pub(crate) fn link(&self, person: ContactId, purpose: LinkPurpose) -> String {
        let token = self.seals.link_token(person.bits(), purpose).expect("fits");
        format!("/{}/{}", purpose.path_letter(), token.as_str())
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        checked(self.client.get(path).await.expect("an answer"))
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        checked(self.client.post_form(path, fields).await.expect("an answer"))
    }

    pub(crate) async fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        checked(self.client.request(method, path, headers, body).await.expect("an answer"))
    }

    /// A pending sign-up, without the form's page.
    pub(crate) async fn pending(&self, address: &str) -> ContactId {
        let address = EmailAddress::parse(address).expect("an address");
        let sign_up = SignUp {
            form: FormId::from_raw(FORM),
            version: None,
            keys: self.seals.address_keys_mail(&address.normalised()),
            address,
            fields: std::collections::BTreeMap::new(),
            ip: std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
            user_agent: String::new(),
            form_url: String::new(),
        };
        let settings = PolicySettings::defaults().signup;
        match self.store.sign_up(sign_up, settings, self.clock.now()).await.expect("an answer") {
            SignUpOutcome::Planned(id) => id,
            other => panic!("{other:?}"),
        }
    }

    /// A contact with both tags.
    pub(crate) async fn contact(&self, address: &str) -> ContactId {
        let id = self.pending(address).await;
        let ip = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
        let outcome = self.store.confirm(id, ip, [1; 16], self.clock.now()).await.expect("an answer");
        assert_eq!(outcome, ConfirmOutcome::Confirmed { contact: id });
        id
    }

    pub(crate) async fn is_contact(&self, id: ContactId) -> bool {
        self.store.contact(AccountId::from_raw(1), id).await.is_ok()
    }

    pub(crate) async fn count(&self, statement: &'static str) -> i64 {
        numbers(&self.store, statement, 1).await.expect("a number")[0][0].expect("no NULL")
    }

    /// The first number that a statement finds, when there is one: for what happens beside an answer.
    pub(crate) async fn until_row(&self, statement: &'static str) -> i64 {
        for _ in 0..500 {
            if let Some(row) = numbers(&self.store, statement, 1).await.expect("rows").first() {
                return row[0].expect("no NULL");
            }
            self.clock.sleep(Duration::from_millis(10)).await;
        }
        panic!("nothing came of {statement}");
    }

    /// Every byte that the memory wrote, file by file.
    pub(crate) fn files(&self) -> Vec<Vec<u8>> {
        let files = std::fs::read_dir(&self.folder).expect("the folder");
        files.map(|file| std::fs::read(file.expect("a file").path()).expect("its bytes")).collect()
    }

    pub(crate) async fn script(&self, text: &str) {
        script(&self.store, text).await.expect("a script");
    }
}

/// What holds for every answer: no cookie, no redirect, the headers of the frame, and a size (FACE §1.4).
fn checked(response: Response) -> Response {
    assert!(response.header("set-cookie").is_none(), "no page sets a cookie");
    assert!(response.header("location").is_none(), "no page redirects");
    assert!(!(300..400).contains(&response.status), "{}", response.status);
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    assert!(response.header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'")));
    assert!(response.header("referrer-policy").is_some());
    assert!(response.body.len() <= 10 * 1024, "a page has at most 10 KB, this one {}", response.body.len());
    response
}

/// Octets as the database of a store reads them.
pub(crate) fn octets(store: &Store, bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match store.place() {
        Place::Sqlite(_) => format!("x'{hex}'"),
        Place::Postgres(_) => format!("'\\x{hex}'"),
    }
}

fn founded(store: &Store, seals: &Seals) -> String {
    let key = |text: &str| octets(store, seals.address_key_mail(text).as_bytes());
    let user = ContactId::new(AccountId::from_raw(1), 40).expect("fits").get();
    format!(
        "INSERT INTO account (id, name, language, time_zone, standing, standing_at, facts_version, sender_id, period, counting_since, legal_version, legal_review, policy_version, created_at)
            VALUES (1, 'Gartenfreunde', 'de', 'Europe/Berlin', 0, 0, 1, 5, 1, 0, 1, 0, {}, 0);
         INSERT INTO sender (account_id, id, address, address_key, display_name, domain_id, platform, proven_at, created_at)
            VALUES (1, 5, 'garten@shop.example', {}, 'Garten; Freunde', 6, FALSE, 1, 0);
         INSERT INTO legal_notice (account_id, version, notice, created_at) VALUES (1, 1, '{NOTICE}', 0);
         INSERT INTO website (account_id, id, host, proof_token, proven_at, created_at) VALUES (1, 7, 'www.shop.example', 't', 1, 0);
         INSERT INTO topic (account_id, id, version, website_id, statement, state, submitted_at) VALUES (1, 8, 1, 7, 'Tips for growing <b>vegetables</b> in small gardens', 1, 0);
         INSERT INTO tag (account_id, id, name, public_name, created_at) VALUES (1, 31, 'tips', 'Garden tips', 0), (1, 32, 'seeds', 'Seed offers', 0);
         INSERT INTO form (account_id, id, website_id, topic_id, name, language, version, open, created_at) VALUES (1, {FORM}, 7, 8, 'Footer', 'en', 1, TRUE, 0);
         INSERT INTO form_version (account_id, form_id, version, topic_version, consent_text, privacy_notice, tags, fields, created_at)
            VALUES (1, {FORM}, 1, 1, '', 'We keep your address until you unsubscribe.', '[31,32]', '[\"firstname\"]', 0);
         INSERT INTO app_user (account_id, id, name, address, address_key, language, proven_at, tests_stopped_at, facts_version, created_at)
            VALUES (1, {user}, 'Ute', 'ute@shop.example', {}, 'en', 1, NULL, 1, 0);",
        policy::standing::POLICY_VERSION,
        key("garten@shop.example"),
        key("ute@shop.example"),
    )
}

/// The user of the account.
pub(crate) fn user() -> ContactId {
    ContactId::new(AccountId::from_raw(1), 40).expect("fits")
}

pub(crate) fn run<F: Future<Output = ()>>(test: F) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(test);
}

/// The value of a hidden field of a page.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    let start = page.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name} in {page}"));
    let value = &page[start..].split("value=\"").nth(1).expect("a value");
    value.split('"').next().expect("an end").to_owned()
}
