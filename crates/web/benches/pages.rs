//! Every page for people with a million contacts: how long until its first octet, and how long a count of a
//! tag takes (figure P11).
//!
//! One account with 10^6 contacts, their tags, consents and proofs, with mailings of which four went to
//! all of them, former contacts, complaints, bounces, and the desk's things of five hundred accounts beside.
//! Every page of the table is asked over loopback, one request after the other, so that a figure is one
//! page's own time. `docs/performance.md` tells how to run it.
#![expect(clippy::print_stdout, reason = "a benchmark says what it found")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[path = "../tests/it/browser.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod browser;
#[path = "../tests/it/door.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod door;
#[path = "pages/seed.rs"]
mod seed;
#[path = "pages/views.rs"]
mod views;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use policy::role::Role;
use store::mailings::Reach;
use store::{Place, Store};
use testbench::clock::monotonic_now_ns;
use testbench::postgres::Scratch;

use crate::browser::Browser;
use crate::door::Door;
use crate::seed::Seeded;
use crate::views::View;

/// What P11 asks for: pages, and counts.
const PAGE_GATE: Duration = Duration::from_millis(100);
const COUNT_GATE: Duration = Duration::from_millis(300);

fn number(name: &str, default: i64) -> i64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn main() {
    let contacts = number("PAGES_CONTACTS", 1_000_000);
    let requests = usize::try_from(number("PAGES_REQUESTS", 60)).expect("few");
    let only = std::env::var("PAGES_ONLY").unwrap_or_default();
    let wanted = std::env::var("PAGES_DATABASE").unwrap_or_else(|_| "sqlite,postgres".to_owned());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let slow: usize = runtime.block_on(async {
        let mut slow = 0;
        for database in wanted.split(',') {
            slow += measure(database, contacts, requests, &only).await;
        }
        slow
    });
    // Who runs it in a chain sees that the gate is not met.
    std::process::exit(i32::from(slow > 0));
}

async fn measure(database: &str, contacts: i64, requests: usize, only: &str) -> usize {
    let folder = std::env::var_os("PAGES_FOLDER").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = folder.join(format!("jawort-pages-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let scratch;
    let place = if database == "sqlite" {
        Place::Sqlite(folder.join("jawort.db"))
    } else {
        scratch = Scratch::start_with(false).expect("PostgreSQL");
        Place::Postgres(scratch.create_database().expect("a database"))
    };
    let begun = Instant::now();
    let door = Door::at(&place, folder, |_| {}).await;
    let seeded = Seeded::of(&door, contacts).await;
    println!("\n{database}: {contacts} contacts, made in {:.0} s", begun.elapsed().as_secs_f64());
    let slow = pages(&door, &seeded, requests, only).await + counts(&door.store, &seeded, requests).await;
    door.store.close().await;
    slow
}

/// CPU time of this process so far, all its threads: fields 14 and 15 of its line, in ticks of 10 ms.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("its fields").split_whitespace().collect();
    let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().expect("ticks")).sum();
    Duration::from_millis(ticks * 10)
}

/// The times of one thing, sorted, and the CPU time of one.
struct Times {
    all: Vec<Duration>,
    cpu: Duration,
}

impl Times {
    /// `cpu_before` is what [`cpu`] said before the first.
    fn of(mut all: Vec<Duration>, cpu_before: Duration) -> Self {
        all.sort_unstable();
        let times = u32::try_from(all.len()).expect("few");
        Self { all, cpu: (cpu() - cpu_before) / times }
    }

    /// The time that so many of a hundred do not exceed.
    fn percent(&self, of: usize) -> Duration {
        self.all[(self.all.len() * of).div_ceil(100).saturating_sub(1)]
    }

    /// Says them, and whether they are above the gate.
    fn say(&self, what: &str, gate: Duration, octets: usize) -> usize {
        let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
        let (median, p95) = (self.percent(50), self.percent(95));
        let mark = if p95 > gate { "  ABOVE THE GATE" } else { "" };
        let (cpu, slowest) = (ms(self.cpu), ms(self.percent(100)));
        println!("{:8.1} {:8.1} {slowest:8.1} {cpu:8.1} {octets:8}  {what}{mark}", ms(median), ms(p95));
        usize::from(p95 > gate)
    }
}

async fn pages(door: &Door, seeded: &Seeded, requests: usize, only: &str) -> usize {
    let (_, owner) = door.person(1, "owner@team.example", Role::Owner).await;
    let (owner, operator) = (door.signed_in(owner).await, door.operator().await);
    let stranger = Browser::new(door);
    println!("  median      p95  slowest      cpu   octets  (ms until the first octet, {requests} requests each)");
    let mut slow = 0;
    for View { who, path, name } in views::all(door, seeded) {
        if !name.contains(only) {
            continue;
        }
        let browser = match who {
            views::Asker::Owner => &owner,
            views::Asker::Operator => &operator,
            views::Asker::Stranger => &stranger,
        };
        let (mut times, mut octets, before) = (Vec::new(), 0, cpu());
        for _ in 0..requests {
            let begun = monotonic_now_ns();
            let answer = browser.get(&path).await;
            assert!(answer.status < 400, "{path}: {} {}", answer.status, answer.text());
            times.push(Duration::from_nanos(answer.answered_ns - begun));
            octets = answer.body.len();
        }
        slow += Times::of(times, before).say(&format!("{name} {path}"), PAGE_GATE, octets);
    }
    slow
}

/// How many contacts carry a tag, as the last look before a newsletter counts them.
async fn counts(store: &Store, seeded: &Seeded, requests: usize) -> usize {
    println!("  median      p95  slowest      cpu    count  (ms of a count, {requests} each)");
    let mut slow = 0;
    for (share, tag) in seeded.tags() {
        let reach = Reach { topic: seeded.topic(), include: vec![tag], exclude: Vec::new() };
        let (mut times, mut found, before) = (Vec::new(), 0, cpu());
        for _ in 0..requests {
            let begun = Instant::now();
            found = store.count_reach(seeded.account(), &reach, i64::MAX - 1, seeded.now).await.expect("a count");
            times.push(begun.elapsed());
        }
        let found = usize::try_from(found).expect("positive");
        slow += Times::of(times, before).say(
            &format!("everybody with a tag that {share} of 1,000 carry"),
            COUNT_GATE,
            found,
        );
    }
    slow
}
