//! Races with real processes: unsubscribing while a newsletter runs (promise 3). The sink's own book
//! decides, not the ledger.
//!
//! Sink, visitors and test are one process with one monotonic clock.
#![expect(clippy::disallowed_methods, reason = "programs are asked at random instants of real time")]

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use testbench::clock::monotonic_now_ns;
use testbench::letter::Letter;
use testbench::people::Seed;
use testbench::postgres::Scratch;
use testbench::provider::Record;
use testbench::story::{
    Account, GARDEN, Setup, Visitor, Words, World, gather, open_account, readers, start_newsletter, write_newsletter,
};

use crate::builds::build;
use crate::scratch::program;

/// Connections that the program may open to the sink.
const CONNECTIONS: usize = 6;
/// How many unsubscribe while a newsletter runs.
const LEAVERS: usize = 100;
/// How many readers that newsletter has.
const AUDIENCE: usize = 320;

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
    let leaving = leave_meanwhile(setup(program(), database)).await;
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
    let program = tokio::task::block_in_place(|| build("jawort-control", "control-no-start"));
    let leaving = leave_meanwhile(setup(program, None)).await;
    let leaving = leaving.unwrap_or_else(|error| panic!("{error}"));
    assert!(leaving.late > 0, "no late mail: this race would not notice a broken start");
}
