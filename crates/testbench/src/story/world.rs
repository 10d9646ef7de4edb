//! The world around one installation: a provider, its DNS, the people's domains, and the
//! operator with the first token.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mail_formats::Domain;
use mail_formats::dkim::{DkimKey, DkimSigner, Prepared, Selector, SignError};

use serde_json::Value;

use super::visits::post;
use super::{Api, Book, failed};
use crate::dns::{Dns, Value as Data};
use crate::docket::{Docket, Verdict};
use crate::house::{House, OPERATOR, PLATFORM_DOMAIN, Plan};
use crate::letter::Letter;
use crate::people::DOMAINS;
use crate::provider::{Behaviour, Provider, ProviderConfig, Record, Scope};
use crate::reports::{Arf, Forwarding, Original, forward_to_abuse};

/// How long one mail may take until the provider has it.
pub const ARRIVES: Duration = Duration::from_secs(60);
/// How long the program may take to end.
const ENDS: Duration = Duration::from_secs(30);
/// Domains of customers' mailboxes and of the operator's.
const OFFICES: [&str; 2] = ["buero.example", "amt.example"];

/// An installation with everything around it.
///
/// When it ends, the judges read every mail that came; a finding fails the test.
pub struct World {
    /// Takes all mail.
    pub provider: Provider,
    /// The only DNS server.
    pub dns: Dns,
    /// The installation, running.
    pub house: House,
    /// The operator's API.
    pub operator: Api,
    /// What everybody did.
    pub book: Book,
    signer: DkimSigner,
    judged: bool,
}

/// How a world is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The program `jawort`.
    pub program: PathBuf,
    /// A PostgreSQL database; without it SQLite.
    pub database: Option<String>,
    /// Further settings: `section.key` and the value as TOML.
    pub settings: Vec<(String, String)>,
}

impl World {
    /// Starts everything.
    ///
    /// # Errors
    /// What did not start, with its last words.
    pub async fn open(setup: Setup) -> Result<Self, String> {
        Self::open_on(setup, None).await
    }

    /// Starts everything, with the installation on a disk of its own with so many MiB.
    ///
    /// # Errors
    /// As [`open`](Self::open); only root may make such a disk.
    pub async fn open_on_small_disk(setup: Setup, disk_mib: u32) -> Result<Self, String> {
        Self::open_on(setup, Some(disk_mib)).await
    }

    async fn open_on(setup: Setup, disk_mib: Option<u32>) -> Result<Self, String> {
        let provider = Provider::start(ProviderConfig::default()).await;
        let provider = provider.map_err(|error| failed("the provider", error))?;
        let dns = Dns::start().await.map_err(|error| failed("DNS", error))?;
        for domain in DOMAINS.iter().chain(&OFFICES) {
            mail_domain(&dns, domain, Ipv4Addr::LOCALHOST);
        }
        let plan = Plan {
            program: setup.program,
            database: setup.database,
            dns: dns.addr(),
            smtp_port: provider.addr().port(),
            settings: setup.settings,
            disk_mib,
        };
        let mut house = House::found(plan).map_err(|error| failed("the scratch folder", error))?;
        tokio::task::block_in_place(|| house.start(|_| {}))?;
        let token = house.operator_token().ok_or("no operator token was printed")?;
        let operator = Api::new(house.client(), &token);
        let signer = signer(&dns).map_err(|error| failed("the provider's key", error))?;
        let book = Book::default();
        book.staff(operator_mailbox());
        book.note(|facts| facts.operator = format!("postmaster@{PLATFORM_DOMAIN}"));
        let world = Self { provider, dns, house, operator, book, signer, judged: false };
        world.publish_zone()?;
        Ok(world)
    }

    /// Ends the installation and lets the judges read all mails that came, however much alike they
    /// are. None: there are no judges on this machine.
    ///
    /// # Errors
    /// Their findings, or why they did not work.
    pub fn judge(mut self) -> Result<Option<Verdict>, String> {
        self.hand_over(true)
    }

    fn hand_over(&mut self, all: bool) -> Result<Option<Verdict>, String> {
        self.judged = true;
        let zone = self.publish_zone();
        self.house.stop(ENDS).map_err(|error| failed("the end of jawort", error))?;
        let mut docket = Docket::new(self.book.facts());
        docket.take(&self.provider);
        docket.judge(&zone?, all)
    }

    /// No judge reads the mails of this world: it is a show, not a test.
    pub fn leave_unjudged(&mut self) {
        self.judged = true;
        self.provider.excuse("a show");
    }

    /// Puts what `jawort dns export` writes into DNS, and returns it.
    ///
    /// # Errors
    /// The command failed, or its lines cannot be read.
    pub fn publish_zone(&self) -> Result<String, String> {
        let output = self.house.run(&["dns", "export", "--form", "lines"]);
        let output = output.map_err(|error| failed("dns export", error))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            return Err(failed("dns export", String::from_utf8_lossy(&output.stderr)));
        }
        for name in text.lines().filter_map(|line| line.split('\t').next()) {
            self.dns.remove(name);
        }
        self.dns.load_zone_txt(&text)?;
        let host = format!("mx.{PLATFORM_DOMAIN}");
        self.dns.address(&host, IpAddr::V4(Ipv4Addr::LOCALHOST));
        Ok(text)
    }

    /// From now on the provider takes its time with each mail to the usual domains, on open
    /// connections too.
    pub fn slow_down(&self, dot_delay_ms: u64) {
        for domain in DOMAINS {
            let slow = Behaviour { dot_delay_ms, ..Behaviour::accept() };
            self.provider.set_behaviour(Scope::Domain(domain.to_owned()), slow);
        }
    }

    /// A mail of the provider with its DKIM signature: feedback reports count with one only (F11).
    ///
    /// # Errors
    /// The mail cannot be signed.
    pub fn signed(&self, mail: &[u8]) -> Result<Vec<u8>, String> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = now.map_err(|error| failed("the clock", error))?.as_secs();
        let prepared = Prepared::new(mail).map_err(|error| failed("the report", error))?;
        let field = self.signer.sign(&prepared, now).map_err(|error| failed("the report", error))?;
        Ok([&field[..], mail].concat())
    }

    /// Somebody presses "this is spam": the provider sends a signed report.
    ///
    /// # Errors
    /// It was not taken.
    pub async fn report(&self, mail: &[u8]) -> Result<(), String> {
        let address = format!("fbl@{PLATFORM_DOMAIN}");
        let arf = Arf { original: Original::Full(mail), ..Arf::abuse(&address, mail) };
        post(self.house.inbound(), arf.from, &address, &self.signed(&arf.build())?).await
    }

    /// Somebody writes to the abuse desk, with the mail attached.
    ///
    /// # Errors
    /// It was not taken.
    pub async fn forward_to_abuse(&self, from: &str, words: &str, mail: &[u8]) -> Result<(), String> {
        let address = format!("abuse@{PLATFORM_DOMAIN}");
        let letter = forward_to_abuse(from, &address, words, mail, Forwarding::Attached);
        self.book.writer(from);
        post(self.house.inbound(), from, &address, &letter).await
    }

    /// Waits for the next mail to this address, after the first `seen` records, whose content
    /// fits.
    ///
    /// # Errors
    /// None came in time.
    pub async fn mail_to(
        &self,
        address: &str,
        seen: usize,
        fits: impl Fn(&Letter<'_>) -> bool,
    ) -> Result<Record, String> {
        let end = tokio::time::Instant::now() + ARRIVES;
        let mut looked = seen;
        loop {
            for record in self.provider.records_after(looked) {
                looked += 1;
                let right = record.is_message_for(address) && record.accepted;
                if right && fits(&Letter::read(&record.bytes)) {
                    return Ok(record);
                }
            }
            let left = end.saturating_duration_since(tokio::time::Instant::now());
            if left.is_zero() || !self.provider.wait_ended(looked + 1, left).await {
                return Err(format!("no mail to {address} came within {} s", ARRIVES.as_secs()));
            }
        }
    }

    /// How many records there are now.
    #[must_use]
    pub fn seen(&self) -> usize {
        self.provider.ended()
    }

    /// Runs a command of the product and reads its JSON.
    ///
    /// # Errors
    /// It failed, with its words, or said no JSON.
    pub fn command(&self, arguments: &[&str]) -> Result<Value, String> {
        let what = arguments.join(" ");
        let all: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let output = self.house.run(&all).map_err(|error| failed(&what, error))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            return Err(failed(&what, String::from_utf8_lossy(&output.stderr) + text.as_str()));
        }
        serde_json::from_str(&text).map_err(|error| failed(&what, format!("{error}: {text}")))
    }

    /// Waits until `done` says so, asking again and again.
    ///
    /// # Errors
    /// It did not within `limit`, with what it said last, or an error of its own.
    pub async fn until<F>(&self, what: &str, limit: Duration, done: impl Fn() -> F) -> Result<(), String>
    where
        F: Future<Output = Result<Option<String>, String>>,
    {
        let end = tokio::time::Instant::now() + limit;
        loop {
            let Some(state) = done().await? else { return Ok(()) };
            if tokio::time::Instant::now() > end {
                return Err(failed(what, format!("not within {} s: {state}", limit.as_secs())));
            }
            // Nobody tells a client of the API when a state changes.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if self.judged || std::thread::panicking() {
            return;
        }
        if let Err(findings) = self.hand_over(false) {
            panic!("the judges: {findings}");
        }
    }
}

/// The provider's key, published.
fn signer(dns: &Dns) -> Result<DkimSigner, SignError> {
    let selector = Selector::parse("fbl")?;
    let domain = Domain::parse("provider.test").map_err(|_| SignError::Library)?;
    let (key, _) = DkimKey::generate_ed25519()?;
    dns.set(&selector.record_name(&domain), Data::Txt(key.record()?));
    Ok(DkimSigner::new(domain, selector, Arc::new(key)))
}

/// A domain whose mail goes to `host` at this address, and which may send from this machine.
pub fn mail_domain(dns: &Dns, domain: &str, address: Ipv4Addr) {
    dns.remove(domain);
    mail_host(dns, domain, address);
    dns.set(domain, Data::Txt("v=spf1 ip4:127.0.0.0/8 -all".to_owned()));
}

/// Mail of the domain goes to a host of its own at this address; its other records stay.
pub(super) fn mail_host(dns: &Dns, domain: &str, address: Ipv4Addr) {
    dns.mail_domain(domain, &format!("mx.{domain}"), IpAddr::V4(address));
}

/// The operator's own mailbox.
#[must_use]
pub fn operator_mailbox() -> &'static str {
    OPERATOR
}
