//! Races with real processes: kill -9 while mail is on its way, and unsubscribing while a
//! newsletter runs (promises 3 and 6). The sink's own book decides, not the ledger.
//!
//! Sink, visitors and test are one process with one monotonic clock.
#![expect(clippy::disallowed_methods, reason = "programs are killed and asked at random instants of real time")]

use std::collections::{HashMap, HashSet};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use testbench::clock::monotonic_now_ns;
use testbench::letter::Letter;
use testbench::people::Seed;
use testbench::postgres::Scratch;
use testbench::provider::Record;
use testbench::story::{
    Account, GARDEN, Setup, Visitor, Words, World, finished, gather, open_account, readers, start_newsletter,
    write_newsletter,
};

/// How often the program is killed, on each database.
const KILLS: usize = 20;
/// Who gets the newsletters of the kills.
const READERS: usize = 120;
/// How many newsletters they get.
const LETTERS: usize = 10;
/// Connections that the program may open to the sink.
const CONNECTIONS: usize = 6;
/// How many unsubscribe while a newsletter runs.
const LEAVERS: usize = 100;
/// How many readers that newsletter has.
const AUDIENCE: usize = 320;

fn jawort() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_jawort"))
}

fn setup(program: PathBuf, database: Option<String>) -> Setup {
    let pair = |name: &str, value: String| (name.to_owned(), value);
    let settings = vec![
        pair("signup.per_form_hour", "100000".to_owned()),
        pair("delivery.connections", CONNECTIONS.to_string()),
        pair("delivery.connections_per_group", CONNECTIONS.to_string()),
        pair("log.level", "\"warn\"".to_owned()),
    ];
    Setup { program, database, settings }
}

/// A database of the scratch PostgreSQL; none where there is no such server.
fn postgres() -> Option<String> {
    match Scratch::shared().and_then(Scratch::create_database) {
        Ok(url) => Some(url),
        Err(reason) => {
            testbench::not_run(format!("the races on PostgreSQL: {reason}"));
            None
        }
    }
}

fn words(number: usize) -> Words {
    let subject = format!("Gartenbrief Nummer {number:02}");
    let body = format!("Guten Tag,\n\ndies ist Brief {number} aus dem Garten.\n");
    Words { subject, body }
}

/// One message: subject and recipient. Attempts of one message share both.
type Message = (String, String);

fn message(record: &Record) -> Option<Message> {
    let to = record.accepted_recipients().next()?.to_lowercase();
    let subject = Letter::read(&record.bytes).words("Subject")?;
    record.completed.then_some((subject, to))
}

/// A kill, and what was known at that moment.
struct Kill {
    /// Transactions that the sink had put down.
    seen: usize,
    /// Connections that were open.
    open: usize,
    /// Messages whose acceptance was durable in the ledger.
    settled: HashSet<Message>,
}

async fn twenty_kills(database: Option<String>) -> Result<(), String> {
    let mut world = World::open(setup(jawort(), database)).await?;
    let account = open_account(&world, GARDEN).await?;
    let people = readers(41, READERS);
    gather(&world, &account, &people).await?;
    world.slow_down(25);
    let before = world.seen();
    let mut letters = Vec::new();
    for number in 1..=LETTERS {
        let id = write_newsletter(&account, &words(number)).await?;
        start_newsletter(&account, &id).await?;
        letters.push(id);
    }
    let mut kills = Vec::new();
    let mut chance = Seed::new(43);
    while kills.len() < KILLS {
        kills.push(kill_once(&mut world, &mut chance).await?);
        tokio::task::block_in_place(|| world.house.start(|_| {}))?;
    }
    for id in &letters {
        let state = finished(&world, &account, id, Duration::from_secs(180)).await?;
        assert_eq!(state["open"], 0, "{state}");
    }
    judge(&world, before, &kills, people.iter().map(|one| one.address.to_lowercase()).collect());
    Ok(())
}

/// Waits until mail flows, kills at a random moment, and notes what was known.
async fn kill_once(world: &mut World, chance: &mut Seed) -> Result<Kill, String> {
    let flowing = world.seen() + 12 + usize::try_from(chance.below(25)).unwrap_or(0);
    if !world.provider.wait_ended(flowing, Duration::from_secs(60)).await {
        return Err("no mail flows".to_owned());
    }
    // Not only right after a reply: anywhere in a dialog.
    tokio::time::sleep(Duration::from_micros(chance.below(30_000))).await;
    let open = world.provider.open_connections();
    world.house.kill().map_err(|error| error.to_string())?;
    world.provider.wait_idle(Duration::from_secs(20)).await;
    let under_way = world.house.ask("SELECT COUNT(*) FROM delivery WHERE state IN (1, 2)")?;
    if under_way == [["0"]] {
        return Err("nothing was claimed or started when it was killed".to_owned());
    }
    Ok(Kill { seen: world.seen(), open, settled: settled(world)? })
}

/// What the ledger holds as accepted.
fn settled(world: &World) -> Result<HashSet<Message>, String> {
    let rows = world.house.ask(
        "SELECT m.subject, c.address FROM delivery d JOIN mailing m ON m.id = d.mailing_id
         JOIN contact c ON c.account_id = d.account_id AND c.id = d.contact_id WHERE d.state = 10",
    )?;
    let mut settled = HashSet::new();
    for row in rows {
        let [subject, address] = &row[..] else { return Err(format!("a strange row {row:?}")) };
        settled.insert((subject.clone(), address.to_lowercase()));
    }
    Ok(settled)
}

fn judge(world: &World, before: usize, kills: &[Kill], people: Vec<String>) {
    let records = world.provider.records_after(before);
    let mut arrivals: HashMap<Message, Vec<(usize, String)>> = HashMap::new();
    for (place, record) in records.iter().enumerate() {
        if let Some(message) = message(record) {
            let id = Letter::read(&record.bytes).header("Message-ID").unwrap_or_default();
            arrivals.entry(message).or_default().push((before + place, id));
        }
    }
    for number in 1..=LETTERS {
        for address in &people {
            let message = (words(number).subject, address.clone());
            assert!(arrivals.contains_key(&message), "lost: {message:?}");
        }
    }
    let mut repeats = vec![0; kills.len()];
    for (message, places) in &arrivals {
        for pair in places.windows(2) {
            assert_eq!(pair[0].1, pair[1].1, "a repeat has another Message-ID: {message:?}");
            let first = kills.iter().position(|kill| kill.seen > pair[0].0 && kill.seen <= pair[1].0);
            let kill = first.unwrap_or_else(|| panic!("repeated without a kill: {message:?} {places:?}"));
            repeats[kill] += 1;
            assert!(!kills[kill].settled.contains(message), "sent again after its outcome was durable: {message:?}");
        }
    }
    for (kill, count) in kills.iter().zip(&repeats) {
        assert!(*count <= kill.open, "{count} repeats after a kill with {} connections", kill.open);
    }
    for kill in kills {
        for message in &kill.settled {
            let late = arrivals.get(message).is_some_and(|places| places.iter().any(|one| one.0 >= kill.seen));
            assert!(!late, "sent again after its outcome was durable: {message:?}");
        }
    }
}

/// Proves promise 6 (DESIGN §4, ownership) on SQLite.
#[tokio::test(flavor = "multi_thread")]
async fn t5_twenty_kills_lose_nothing_and_repeat_only_what_was_on_the_wire_sqlite() {
    if let Err(error) = twenty_kills(None).await {
        panic!("{error}");
    }
}

/// Proves promise 6 (DESIGN §4, ownership) on PostgreSQL.
#[tokio::test(flavor = "multi_thread")]
async fn t5_twenty_kills_lose_nothing_and_repeat_only_what_was_on_the_wire_postgres() {
    let Some(database) = postgres() else { return };
    if let Err(error) = twenty_kills(Some(database)).await {
        panic!("{error}");
    }
}

/// What a run of unsubscribing readers showed.
struct Leaving {
    /// Completed messages whose DATA came after the answer.
    late: usize,
    /// Readers that had not been served when they asked.
    unserved: usize,
}

/// A newsletter runs, and readers leave at random moments of it.
async fn leave_meanwhile(setup: Setup) -> Result<Leaving, String> {
    let world = World::open(setup).await?;
    let account = open_account(&world, GARDEN).await?;
    let people = readers(47, AUDIENCE);
    gather(&world, &account, &people).await?;
    let links = links(&world, &account).await?;
    world.slow_down(60);
    let before = world.seen();
    let id = write_newsletter(&account, &words(2)).await?;
    start_newsletter(&account, &id).await?;
    if !world.provider.wait_ended(before + 5, Duration::from_secs(60)).await {
        return Err("no mail flows".to_owned());
    }
    let answers = leave(&world, links).await?;
    let all_done = world.provider.wait_ended(before + AUDIENCE, Duration::from_secs(5));
    let _ = all_done.await;
    world.provider.wait_quiet(Duration::from_secs(3), Duration::from_secs(120)).await;
    Ok(compare(&world, before, &answers))
}

/// The one-click link of every reader, from an earlier newsletter.
async fn links(world: &World, account: &Account) -> Result<Vec<(String, String)>, String> {
    let before = world.seen();
    let id = write_newsletter(account, &words(1)).await?;
    start_newsletter(account, &id).await?;
    let subject = words(1).subject;
    let mut links = HashMap::new();
    let mut looked = before;
    while links.len() < AUDIENCE {
        for record in world.provider.records_after(looked) {
            looked += 1;
            let Some((known, to)) = message(&record) else { continue };
            let uris = Letter::read(&record.bytes).unsubscribe_uris();
            if let Some(link) = uris.into_iter().next()
                && known == subject
            {
                links.insert(to, link);
            }
        }
        if !world.provider.wait_ended(looked + 1, Duration::from_secs(30)).await && links.len() < AUDIENCE {
            return Err(format!("{} of {AUDIENCE} first newsletters came", links.len()));
        }
    }
    let mut links: Vec<_> = links.into_iter().collect();
    links.sort();
    Ok(links)
}

/// Who left: the address, when they asked and when the answer came.
struct Answer {
    address: String,
    asked_ns: u64,
    answered_ns: u64,
}

async fn leave(world: &World, mut links: Vec<(String, String)>) -> Result<Vec<Answer>, String> {
    let mut chance = Seed::new(53);
    chance.shuffle(&mut links);
    let web = world.house.web();
    let leavers = links.into_iter().take(LEAVERS);
    // Spread over the first part of the run, so that most have not been served yet.
    let timed: Vec<_> = leavers.map(|link| (link, Duration::from_millis(chance.below(1_800)))).collect();
    let began = Arc::new(tokio::time::Instant::now());
    testbench::story::together(timed, move |((address, link), at)| {
        let began = Arc::clone(&began);
        async move {
            tokio::time::sleep_until(*began + at).await;
            let asked_ns = monotonic_now_ns();
            let visitor = Visitor::new(web, Ipv4Addr::new(127, 7, 0, 1));
            let answer = visitor.one_click(&link).await?;
            Ok(Answer { address, asked_ns, answered_ns: answer.answered_ns })
        }
    })
    .await
}

fn compare(world: &World, before: usize, answers: &[Answer]) -> Leaving {
    let records = world.provider.records_after(before);
    let mut leaving = Leaving { late: 0, unserved: 0 };
    for answer in answers {
        let own = records.iter().filter(|record| record.is_message_for(&answer.address));
        let (mut served, mut late) = (false, 0);
        for record in own {
            served |= record.dot_ns.is_some_and(|at| at < answer.asked_ns);
            late += usize::from(record.data_ns.is_some_and(|at| at > answer.answered_ns));
        }
        leaving.unserved += usize::from(!served);
        leaving.late += late;
    }
    leaving
}

async fn nobody_is_written_to_after_the_answer(database: Option<String>) {
    let leaving = leave_meanwhile(setup(jawort(), database)).await;
    let leaving = leaving.unwrap_or_else(|error| panic!("{error}"));
    assert!(leaving.unserved * 2 >= LEAVERS, "only {} had not been served yet", leaving.unserved);
    assert_eq!(leaving.late, 0, "mails began after the answer");
}

/// Proves R27 and R29: who unsubscribes gets nothing that begins after the answer (SQLite).
#[tokio::test(flavor = "multi_thread")]
async fn r27_r29_no_mail_begins_after_the_answer_to_an_unsubscribe_sqlite() {
    nobody_is_written_to_after_the_answer(None).await;
}

/// Proves R27 and R29: who unsubscribes gets nothing that begins after the answer (PostgreSQL).
#[tokio::test(flavor = "multi_thread")]
async fn r27_r29_no_mail_begins_after_the_answer_to_an_unsubscribe_postgres() {
    let Some(database) = postgres() else { return };
    nobody_is_written_to_after_the_answer(Some(database)).await;
}

/// The control: without the comparison at the start, the same race is lost. A test that could not
/// see late mails would prove nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_control_build_without_the_start_writes_to_people_who_left() {
    let program = tokio::task::block_in_place(control_build);
    let leaving = leave_meanwhile(setup(program, None)).await;
    let leaving = leaving.unwrap_or_else(|error| panic!("{error}"));
    assert!(leaving.late > 0, "no late mail: this race would not notice a broken start");
}

/// Builds the program whose starts compare nothing, beside the real one.
fn control_build() -> PathBuf {
    let folder = jawort().parent().expect("a folder of programs").to_owned();
    let profile = folder.file_name().expect("a profile").to_string_lossy().into_owned();
    let profile = if profile == "debug" { "dev".to_owned() } else { profile };
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let status = Command::new(cargo)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--quiet", "--locked", "--package", "server", "--bin", "jawort-control"])
        .args(["--features", "control-no-start", "--profile", &profile, "--target-dir"])
        .arg(folder.parent().expect("the target folder"))
        .status()
        .expect("cargo starts");
    assert!(status.success(), "the control build: {status}");
    folder.join("jawort-control")
}
