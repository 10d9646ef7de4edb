//! The way out, measured: signed mails per CPU-second of the whole path against RSA signatures per
//! CPU-second of the same core (figure P1), and durable commits per mail (P5).
//!
//! The whole path: claim, facts and suppression, the gate with all its signatures, start, SMTP,
//! the outcome durable in SQLite on disk. The sink is a process of its own, so that only ours
//! counts. Slices of all kinds take turns in one run, because the speed of a shared machine
//! drifts; the median is said. `docs/performance.md` tells how to run it.
#![expect(clippy::print_stdout, reason = "a benchmark says what it found")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock, and its sink listens")]

#[path = "../../store/tests/it/world.rs"]
#[expect(dead_code, reason = "the store's tests use the rest")]
mod world;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use delivery::{DeliveryContext, DeliverySettings};
use gate::{Gate, House};
use mail_formats::dkim::Selector;
use mail_formats::domainkeys::{DomainKeysKey, DomainKeysSigner};
use mail_formats::{Domain, EmailAddress};
use outside::{Dialler, OutsideSettings, Resolver};
use policy::settings::{Raw, Values};
use policy::{AccountId, Timestamp};
use seals::fake::SeededDice;
use seals::{Clock, Reading, Seals, Sleep};
use store::conformance::{commits, numbers, script};
use store::keys::SealedKey;
use store::{Place, Store};
use testbench::dns::Dns;

/// Set for the process that is the sink.
const SINK: &str = "WAY_OUT_SINK";

fn main() {
    if std::env::var_os(SINK).is_some() {
        return sink();
    }
    let number =
        |name: &str, default: u32| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (slices, mails) = (number("WAY_OUT_SLICES", 7), number("WAY_OUT_MAILS", 1000));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(measure(slices.into(), usize::try_from(mails).expect("few")));
}

// ── the sink ─────────────────────────────────────────────────────────────

/// Says its port, takes everything, and says how much it took when its input ends.
fn sink() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    println!("{}", listener.local_addr().expect("bound").port());
    static TAKEN: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || take_all(stream, &TAKEN));
        }
    });
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    println!("{} {}", TAKEN[0].load(Ordering::Relaxed), TAKEN[1].load(Ordering::Relaxed));
}

fn take_all(stream: TcpStream, taken: &[AtomicU64; 2]) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::with_capacity(64 * 1024, stream.try_clone().ok()?);
    let mut replies = stream;
    replies.write_all(b"220 sink\r\n").ok()?;
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        let reply: &[u8] = match line.first()? {
            b'E' => b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 50000000\r\n",
            b'D' => {
                replies.write_all(b"354 go\r\n").ok()?;
                taken[1].fetch_add(content(&mut reader)?, Ordering::Relaxed);
                taken[0].fetch_add(1, Ordering::Relaxed);
                b"250 2.0.0 kept\r\n"
            }
            b'Q' => b"221 bye\r\n",
            _ => b"250 ok\r\n",
        };
        replies.write_all(reply).ok()?;
    }
}

fn content(reader: &mut BufReader<TcpStream>) -> Option<u64> {
    let (mut size, mut line) = (0, Vec::new());
    loop {
        line.clear();
        reader.read_until(b'\n', &mut line).ok().filter(|n| *n > 0)?;
        if line == b".\r\n" {
            return Some(size);
        }
        size += u64::try_from(line.len()).ok()?;
    }
}

/// The sink as its parent sees it.
struct Sink {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
    port: u16,
}

impl Sink {
    fn start() -> Self {
        let own = std::env::current_exe().expect("our own name");
        let mut child =
            Command::new(own).env(SINK, "1").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a sink");
        let mut answers = BufReader::new(child.stdout.take().expect("its answers"));
        let mut line = String::new();
        answers.read_line(&mut line).expect("its port");
        Self { child, answers, port: line.trim().parse().expect("a port") }
    }

    /// Mails and octets that it took.
    fn stop(mut self) -> (u64, u64) {
        drop(self.child.stdin.take());
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("its sums");
        self.child.wait().expect("its end");
        let (mails, octets) = line.trim().split_once(' ').expect("two sums");
        (mails.parse().expect("a sum"), octets.parse().expect("a sum"))
    }
}

// ── clocks ───────────────────────────────────────────────────────────────

struct RealClock(Instant);

impl Clock for RealClock {
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

/// CPU time of this process so far, all its threads, in seconds: fields 14 and 15, in ticks of 10 ms.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("its fields").split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().expect("ticks");
    (ticks(11) + ticks(12)) / 100.0
}

// ── what is measured ─────────────────────────────────────────────────────

/// The ways of signing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    OneDomain,
    TwoDomains,
    TwoDomainsAndDomainKeys,
}

impl Kind {
    const ALL: [Self; 3] = [Self::OneDomain, Self::TwoDomains, Self::TwoDomainsAndDomainKeys];

    const fn name(self) -> &'static str {
        match self {
            Self::OneDomain => "one domain",
            Self::TwoDomains => "two domains",
            Self::TwoDomainsAndDomainKeys => "two domains + DomainKeys",
        }
    }

    /// RSA-2048 signatures of a mail; `old` is the cost of a DomainKeys signature in such ones.
    fn signatures(self, old: f64) -> f64 {
        match self {
            Self::OneDomain => 1.0,
            Self::TwoDomains => 2.0,
            Self::TwoDomainsAndDomainKeys => 2.0 + old,
        }
    }
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

fn domain(text: &str) -> Domain {
    Domain::parse(text).expect("a domain")
}

struct Bench {
    folder: PathBuf,
    clock: Arc<RealClock>,
    seals: Arc<Seals>,
    dice: Arc<SeededDice>,
    dns: Dns,
    sink: Sink,
    mails: usize,
}

/// One slice of sending.
struct Slice {
    mails_per_cpu_second: f64,
    mails_per_second: f64,
    commits_per_mail: f64,
}

impl Bench {
    async fn new(folder: &Path, mails: usize) -> Self {
        let dns = Dns::start().await.expect("a DNS server");
        for n in 0..DOMAINS {
            dns.mail_domain(&format!("d{n}.test"), &format!("mx.d{n}.test"), IpAddr::V4(Ipv4Addr::LOCALHOST));
        }
        dns.set_ttl(3600);
        let dice = Arc::new(SeededDice::new(11));
        let (seals, _) = Seals::generate(&*dice);
        let (clock, sink) = (Arc::new(RealClock(Instant::now())), Sink::start());
        Self { folder: folder.to_owned(), clock, seals: Arc::new(seals), dice, dns, sink, mails }
    }

    async fn store(&self, kind: Kind) -> Store {
        let place = Place::Sqlite(self.folder.join(format!("{}.db", kind.name().replace([' ', '+'], "-"))));
        Store::open(&place, self.clock.clone()).await.expect("a memory")
    }

    /// An account of its own with its keys and a newsletter that is due.
    async fn found(&self, store: &Store, kind: Kind, n: i64) {
        let people: Vec<_> = (0..self.mails)
            .map(|at| {
                let text = format!("reader.{n}.{at}@d{}.test", at % DOMAINS);
                world::Person {
                    key: *self.seals.address_key_mail(&address(&text).normalised()).as_bytes(),
                    address: text,
                }
            })
            .collect();
        let now = self.clock.now().millis();
        world::found(store, n, &people, now, now + 4 * 24 * 3_600_000).await;
        let body = LETTER.repeat(24);
        script(store, &format!("UPDATE mailing SET body = '{body}' WHERE account_id = {n}")).await.expect("a letter");
        let own = format!("shop{n}.example");
        let mut owners = vec![(None, house_domain(kind, n))];
        if kind != Kind::OneDomain {
            owners.push((Some(AccountId::from_raw(n)), own));
        }
        for (account, name) in owners {
            let first = store.key_ids().await.expect("ids");
            let keys = SealedKey::generate(account, &domain(&name), first, &self.seals, &*self.dice).expect("keys");
            store.add_keys(keys, self.clock.now()).await.expect("kept");
        }
    }

    async fn context(&self, store: &Store, kind: Kind, n: i64) -> DeliveryContext {
        let outside = OutsideSettings {
            dns_servers: vec![self.dns.addr()],
            allow_private_destinations: true,
            smtp_port: self.sink.port,
            ..OutsideSettings::default()
        };
        let set = |key: &str, number| (format!("delivery.{key}"), Raw::Int(number));
        let given = BTreeMap::from([set("connections", 64), set("connections_per_group", 64)]);
        let values = Values::from_layers(DeliverySettings::KEYS, &given, []).expect("settings");
        let house = House {
            public_url: "https://m.house.example".to_owned(),
            bounce_domain: domain("b.house.example"),
            platform_domain: domain(&house_domain(kind, n)),
            unsubscribe_domain: domain("u.house.example"),
            abuse_address: address("abuse@house.example"),
            cfbl_address: address("fbl@house.example"),
            feedback_sender_id: "jawort1".to_owned(),
            operator_from: address(&format!("desk@{}", house_domain(kind, n))),
            operator_name: "The house".to_owned(),
            domainkeys: kind == Kind::TwoDomainsAndDomainKeys,
        };
        DeliveryContext {
            store: store.clone(),
            gate: Arc::new(Gate::new(house, self.seals.clone(), self.dice.clone()).expect("a gate")),
            resolver: Resolver::new(&outside).expect("a resolver"),
            dialler: Dialler::new(&outside),
            smtp_port: outside.smtp_port,
            seals: self.seals.clone(),
            clock: self.clock.clone(),
            dice: self.dice.clone(),
            life: Arc::new(store.begin_life(None, &*self.dice).await.expect("a life")),
            legal_review_at: 1_000_000,
            settings: DeliverySettings::from_values(&values),
        }
    }

    /// From the start of the door to the last durable outcome.
    async fn slice(&self, store: &Store, kind: Kind, n: i64) -> Slice {
        self.found(store, kind, n).await;
        let context = self.context(store, kind, n).await;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let wanted = i64::try_from(self.mails).expect("few") * n;
        let (cpu_before, commits_before, begun) = (cpu(), commits().durable, Instant::now());
        let door = tokio::spawn(delivery::run(context, async {
            let _ = stopped.await;
        }));
        while counted(store).await < wanted {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let (cpu_used, commits_used, took) = (cpu() - cpu_before, commits().durable - commits_before, begun.elapsed());
        stop.send(()).expect("the door runs");
        door.await.expect("no panic").expect("a good end");
        let accepted = numbers(store, "SELECT COUNT(*) FROM delivery WHERE state <> 10", 1).await.expect("a sum");
        assert_eq!(accepted, [[Some(0)]], "every mail was accepted");
        let mails = f64::from(u32::try_from(self.mails).expect("few"));
        Slice {
            mails_per_cpu_second: mails / cpu_used,
            mails_per_second: mails / took.as_secs_f64(),
            commits_per_mail: f64::from(u32::try_from(commits_used).expect("few")) / mails,
        }
    }
}

const DOMAINS: usize = 10;
/// A paragraph; the whole letter makes a message of about 15 KiB.
const LETTER: &str = "The *tomatoes* want warm feet: plant them after the last frost, a hand deep, and [water](https://www.shop.example/water) them in the morning. Tie each stem to a stick, pinch out the side shoots, and give the roots a blanket of straw.\n\n";

fn house_domain(kind: Kind, n: i64) -> String {
    if kind == Kind::OneDomain { format!("shop{n}.example") } else { "house.example".to_owned() }
}

async fn counted(store: &Store) -> i64 {
    numbers(store, "SELECT CAST(SUM(n) AS BIGINT) FROM mailing_count", 1).await.expect("a sum")[0][0].unwrap_or(0)
}

/// How often work goes in a CPU-second; measured over half a second.
fn rate(mut work: impl FnMut()) -> f64 {
    let (before, begun, mut done) = (cpu(), Instant::now(), 0_u32);
    while begun.elapsed() < Duration::from_millis(700) {
        for _ in 0..16 {
            work();
        }
        done += 16;
    }
    f64::from(done) / (cpu() - before)
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

async fn measure(slices: i64, mails: usize) {
    let folder = std::env::var_os("WAY_OUT_FOLDER")
        .map_or_else(std::env::temp_dir, PathBuf::from)
        .join(format!("way-out-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let bench = Bench::new(&folder, mails).await;
    let rsa_key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let random = SystemRandom::new();
    let mut signature = vec![0; rsa_key.public_modulus_len()];
    let dice = |bytes: &mut [u8]| seals::Dice::fill(&*bench.dice, bytes);
    let (old_key, _) = DomainKeysKey::generate(&mut |bytes| dice(bytes)).expect("a key");
    let old = DomainKeysSigner::new(domain("shop.example"), Selector::parse("dk").expect("a name"), old_key);
    let mut stores = BTreeMap::new();
    for kind in Kind::ALL {
        stores.insert(kind, bench.store(kind).await);
    }
    let (mut rsa, mut old_rates, mut sent) = (Vec::new(), Vec::new(), BTreeMap::<Kind, Vec<(f64, Slice)>>::new());
    for n in 1..=slices {
        for kind in Kind::ALL {
            let signed =
                rate(|| rsa_key.sign(&RSA_PKCS1_SHA256, &random, b"a header", &mut signature).expect("signed"));
            rsa.push(signed);
            old_rates.push(rate(|| {
                drop(
                    old.sign(b"From: a@shop.example\r\nSubject: x\r\n\r\ny\r\n", &mut |bytes| dice(bytes))
                        .expect("signed"),
                )
            }));
            sent.entry(kind).or_default().push((signed, bench.slice(&stores[&kind], kind, n).await));
        }
    }
    say(median(rsa), median(old_rates), &sent);
    let (taken, octets) = bench.sink.stop();
    println!("the sink took {taken} mails of {} octets", octets / taken.max(1));
    let _ = std::fs::remove_dir_all(folder);
}

fn say(rsa: f64, old_rate: f64, sent: &BTreeMap<Kind, Vec<(f64, Slice)>>) {
    let old = rsa / old_rate;
    println!("RSA-2048 signatures per CPU-second: {rsa:.0}; a DomainKeys signature costs {old:.2} of one");
    for (kind, slices) in sent {
        let of = |figure: &dyn Fn(&(f64, Slice)) -> f64| median(slices.iter().map(figure).collect());
        let p1: Vec<f64> =
            slices.iter().map(|(signed, slice)| slice.mails_per_cpu_second * kind.signatures(old) / signed).collect();
        println!(
            "{:26} {:6.0} mails per CPU-second, {:6.0} per second, P1 {:.3} ({:.3} to {:.3}), durable commits per mail {:.4}",
            kind.name(),
            of(&|(_, slice)| slice.mails_per_cpu_second),
            of(&|(_, slice)| slice.mails_per_second),
            median(p1.clone()),
            p1.iter().copied().fold(f64::INFINITY, f64::min),
            p1.iter().copied().fold(0.0, f64::max),
            of(&|(_, slice)| slice.commits_per_mail),
        );
    }
}
