//! Newsletters that leave while customers look on: what the live pages say, event by event, against the
//! provider's own book (FACE §1.6).
//!
//! The running program sends to receivers that refuse, defer and drop; each newsletter is watched over
//! server-sent events by somebody who signed in. At each event the states are the whole audience, nothing
//! is shown that the provider did not do, and what it did is shown two seconds later at the latest.
#![expect(clippy::disallowed_methods, reason = "a browser reads events of the running program in real time")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use testbench::clock::monotonic_now_ns;
use testbench::http::{Client, form};
use testbench::letter::Letter;
use testbench::people::DOMAINS;
use testbench::provider::{Behaviour, Close, Scope};
use testbench::story::{
    Account, GARDEN, Setup, Words, World, gather, open_account, readers, start_newsletter, write_newsletter,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Who gets them.
const READERS: usize = 60;
/// Newsletters that leave at once, each with a watcher.
const LETTERS: usize = 25;
/// Events that are read at least.
const SAMPLES: usize = 500;
/// How long is watched.
const WATCHED: Duration = Duration::from_secs(26);
/// What a page may lag behind the world. A machine that does other things too is given more time.
const LAG: Duration = Duration::from_secs(2);
const PATIENT_LAG: Duration = Duration::from_secs(8);

/// One event.
struct Sample {
    at_ns: u64,
    audience: i64,
    /// As the page lists them: accepted, in flight, due, deferred, doubt, bounced, expired, refused.
    states: [i64; 8],
}

fn setup() -> Setup {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let settings = vec![
        pair("signup.per_form_hour", "100000"),
        pair("delivery.connections", "24"),
        pair("delivery.connections_per_group", "4"),
        pair("log.level", "\"warn\""),
    ];
    Setup { program: PathBuf::from(env!("CARGO_BIN_EXE_jawort")), database: None, settings }
}

fn words(number: usize) -> Words {
    let subject = format!("Watched letter {number:02}");
    Words { subject, body: format!("Hello,\n\nthis is letter {number}.\n") }
}

/// Joins the account as a reader of its pages: the invitation, a password, and the cookie of the session.
async fn sign_in(world: &World, account: &Account) -> Result<String, String> {
    let seen = world.seen();
    let address = "wanda@buero.example";
    world.book.staff(address);
    let user = json!({ "name": "Wanda", "address": address, "language": "en", "role": "reader" });
    account.api.post("/users", &user).await?;
    let mail = world.mail_to(address, seen, |letter| letter.link("/i/").is_some()).await?;
    let link = Letter::read(&mail.bytes).link("/i/").ok_or("an invitation without link")?;
    let body = form(&[("name", "Wanda"), ("new_password", "kein grosses wort")]);
    let origin = world.house.url();
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", origin.as_str())];
    let client = Client::new(world.house.web());
    let answer = client.request("POST", &link, &headers, body.as_bytes()).await.map_err(|error| error.to_string())?;
    let cookie = answer.headers.iter().find(|(name, value)| name == "set-cookie" && value.starts_with("jawort="));
    let cookie = cookie.ok_or_else(|| format!("no session: {} {}", answer.status, answer.text()))?;
    Ok(cookie.1.split(';').next().unwrap_or_default().to_owned())
}

/// What one event shows; none for what is no event with figures.
fn sample(event: &str, at_ns: u64) -> Option<Sample> {
    event.contains("event: figures").then_some(())?;
    let number = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>().parse::<i64>().ok();
    let audience = number(event.split("figure panel\"><b>").nth(1)?.split('<').next()?)?;
    let shown = event.split("data-n=\"").skip(1);
    let shown: Vec<i64> = shown.filter_map(|rest| rest.split('"').next()?.parse().ok()).collect();
    Some(Sample { at_ns, audience, states: shown.try_into().ok()? })
}

/// Reads the events of one newsletter until told.
async fn watch(
    world: std::net::SocketAddr,
    path: String,
    cookie: String,
    over: Arc<AtomicBool>,
) -> Result<Vec<Sample>, String> {
    let text = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(world).await.map_err(text)?;
    let head = format!("GET {path} HTTP/1.1\r\nHost: {world}\r\nCookie: {cookie}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.map_err(text)?;
    let (mut read, mut samples, mut buffer) = (String::new(), Vec::new(), [0; 16 * 1024]);
    while !over.load(Ordering::SeqCst) {
        let Ok(count) = tokio::time::timeout(Duration::from_secs(1), stream.read(&mut buffer)).await else { continue };
        let count = count.map_err(text)?;
        let at_ns = monotonic_now_ns();
        read.push_str(&String::from_utf8_lossy(&buffer[..count]));
        while let Some(end) = read.find("\n\n") {
            let rest = read.split_off(end + 2);
            samples.extend(sample(&std::mem::replace(&mut read, rest), at_ns));
        }
        if count == 0 {
            break;
        }
    }
    if samples.is_empty() { Err(format!("{path} shows nothing: {read}")) } else { Ok(samples) }
}

/// Each domain has a fault of its own; all take their time.
fn faults(world: &World) {
    let slow = |behaviour: Behaviour| Behaviour { dot_delay_ms: 350, ..behaviour };
    let faults = [
        Behaviour::accept(),
        Behaviour::greylist(),
        Behaviour::soft(),
        Behaviour { first: Some(3), ..Behaviour::closing(Close::AfterDot) },
        Behaviour::accept(),
        Behaviour { first: Some(2), ..Behaviour::closing(Close::InData(200)) },
    ];
    for (domain, fault) in DOMAINS.into_iter().zip(faults) {
        world.provider.set_behaviour(Scope::Domain(domain.to_owned()), slow(fault));
    }
}

/// When the provider took the mails of each newsletter, by its own book: when the final dot came, and when
/// its reply had gone out.
fn taken(world: &World, before: usize) -> BTreeMap<String, Vec<(u64, u64)>> {
    let mut taken: BTreeMap<String, Vec<(u64, u64)>> = BTreeMap::new();
    for record in world.provider.records_after(before).iter().filter(|record| record.accepted) {
        let (Some(dot), Some(reply)) = (record.dot_ns, record.reply_ns) else { continue };
        let subject = Letter::read(&record.bytes).words("Subject").unwrap_or_default();
        taken.entry(subject).or_default().push((dot, reply));
    }
    taken
}

/// What a run showed.
#[derive(Debug, Default)]
struct Seen {
    samples: usize,
    different: BTreeSet<[i64; 8]>,
    /// The longest time that something the provider had done was not shown yet.
    lag: Duration,
}

/// Holds the events of one newsletter against the provider's book.
fn hold(samples: &[Sample], taken: &[(u64, u64)], seen: &mut Seen) {
    let whole = i64::try_from(READERS).expect("few");
    for sample in samples {
        let [accepted, ..] = sample.states;
        assert_eq!(sample.states.iter().sum::<i64>(), sample.audience, "{:?}", sample.states);
        assert!(sample.states.iter().all(|n| *n >= 0), "{:?}", sample.states);
        // Listed at once: nobody of the audience, or everybody.
        assert!(sample.audience == whole || sample.audience == 0, "{}", sample.audience);
        let dots = taken.iter().filter(|(dot, _)| *dot <= sample.at_ns).count();
        let shown = usize::try_from(accepted).expect("positive");
        assert!(shown <= dots, "{shown} are shown, {dots} were sent");
        // The first one that is not shown yet, in the order of the replies.
        let mut replies: Vec<u64> = taken.iter().map(|(_, reply)| *reply).filter(|at| *at <= sample.at_ns).collect();
        replies.sort_unstable();
        if let Some(missing) = replies.get(shown) {
            seen.lag = seen.lag.max(Duration::from_nanos(sample.at_ns - missing));
        }
        seen.different.insert(sample.states);
        seen.samples += 1;
    }
}

async fn watched() -> Result<Seen, String> {
    let world = World::open(setup()).await?;
    let account = open_account(&world, GARDEN).await?;
    gather(&world, &account, &readers(61, READERS)).await?;
    let cookie = sign_in(&world, &account).await?;
    faults(&world);
    let (before, over) = (world.seen(), Arc::new(AtomicBool::new(false)));
    let mut watching = Vec::new();
    for number in 1..=LETTERS {
        let id = write_newsletter(&account, &words(number)).await?;
        start_newsletter(&account, &id).await?;
        let path = format!("/a/{}/newsletters/{id}/live/events", account.id);
        watching.push(tokio::spawn(watch(world.house.web(), path, cookie.clone(), Arc::clone(&over))));
    }
    tokio::time::sleep(WATCHED).await;
    over.store(true, Ordering::SeqCst);
    let mut all = Vec::new();
    for watcher in watching {
        all.push(watcher.await.map_err(|error| error.to_string())??);
    }
    let (taken, mut seen) = (taken(&world, before), Seen::default());
    for (place, samples) in all.iter().enumerate() {
        let none = Vec::new();
        hold(samples, taken.get(&words(place + 1).subject).unwrap_or(&none), &mut seen);
    }
    Ok(seen)
}

/// Proves what FACE §1.6 asks of the live page, at the running program, over its events.
#[tokio::test(flavor = "multi_thread")]
async fn the_live_pages_of_faulty_newsletters_show_what_the_provider_did() {
    let seen = watched().await.unwrap_or_else(|error| panic!("{error}"));
    println!("{} samples, {} different, lag at most {:?}", seen.samples, seen.different.len(), seen.lag);
    assert!(seen.samples >= SAMPLES, "only {} events", seen.samples);
    // Many newsletters stand still between two looks: a provider that defers answers for all of them at once.
    assert!(seen.different.len() > 20, "the run was hardly seen: {} different looks", seen.different.len());
    let any = |state: usize| seen.different.iter().any(|states| states[state] > 0);
    assert!(any(1), "nothing was ever seen on the wire");
    assert!(any(3), "no deferral was ever seen");
    assert!(any(4), "no doubt was ever seen");
    let limit = if testbench::long() { LAG } else { PATIENT_LAG };
    assert!(seen.lag <= limit, "the pages lagged {:?} behind", seen.lag);
}
