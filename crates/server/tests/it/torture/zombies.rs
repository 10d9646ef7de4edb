//! A node that stands still for a while and goes on, as if no time had passed: others have taken its
//! work by then, or it has to give it up itself.

use std::time::Duration;

use testbench::house::House;
use testbench::people::Seed;
use testbench::postgres::Scratch;
use testbench::process::Signal;

use super::books::Books;
use crate::scratch::program;

/// Stops, each of one node while the other one goes on. These are longer than a proof of the node's
/// lock lasts (5 s), and after the last one others have taken its claims (60 s).
const STOPS: [Duration; 4] =
    [Duration::from_millis(6_500), Duration::from_millis(6_500), Duration::from_millis(6_500), Duration::from_secs(75)];
/// Each stop where the tests are asked for their large figures.
const LONG_STOP: Duration = Duration::from_secs(300);
/// Who gets each newsletter.
const READERS: usize = 60;
/// Newsletters for each stop.
const LETTERS: usize = 8;
/// Mail flows so soon.
const FLOWS: Duration = Duration::from_secs(60);

fn freeze(house: &House, signal: Signal) -> Result<(), String> {
    let program = house.program().ok_or("nothing runs")?;
    program.signal(signal).map_err(|error| error.to_string())
}

/// Rows that a node has in hand.
fn started_or_claimed(books: &Books, house: &House) -> Result<usize, String> {
    let node = house.node_name()?;
    let rows = books.world.house.ask(&format!(
        "SELECT COUNT(*) FROM delivery WHERE state IN (1, 2) AND owner IN (SELECT id FROM life WHERE node = '{node}')"
    ))?;
    rows.first().and_then(|row| row.first()?.parse().ok()).ok_or_else(|| format!("no number: {rows:?}"))
}

async fn stop_and_go_on(database: String) -> Result<(), String> {
    let settings = [("delivery.connections", 12), ("delivery.connections_per_group", 2)];
    let mut books = Books::open(Some(database), &settings, READERS).await?;
    books.world.slow_down(60);
    let mut twin = books.world.house.twin(&[]).map_err(|error| error.to_string())?;
    tokio::task::block_in_place(|| twin.launch(&program(), "deliver", &[], |_| {}).and_then(|()| twin.ready()))?;
    let (mut chance, mut held) = (Seed::new(89), 0);
    for (number, stop) in STOPS.into_iter().enumerate() {
        let stop = if testbench::long() { LONG_STOP } else { stop };
        for _ in 0..LETTERS {
            books.letter().await?;
        }
        let flowing = books.world.seen() + 10 + usize::try_from(chance.below(60)).unwrap_or(0);
        assert!(books.world.provider.wait_ended(flowing, FLOWS).await, "no mail flows");
        tokio::time::sleep(Duration::from_micros(chance.below(60_000))).await;
        let frozen = if number % 2 == 1 { &twin } else { &books.world.house };
        freeze(frozen, Signal::Freeze)?;
        held += tokio::task::block_in_place(|| started_or_claimed(&books, frozen))?;
        // The stop is the length of time that is tested.
        tokio::time::sleep(stop).await;
        freeze(frozen, Signal::Resume)?;
    }
    assert!(held > 0, "no node that was stopped had a mail in hand");
    books.finish().await?;
    books.everybody_got_everything_once();
    tokio::task::block_in_place(|| drop(twin));
    Ok(())
}

/// Proves promise 6 (ARMOUR A10): whoever stood still sends nothing that another one has sent.
#[tokio::test(flavor = "multi_thread")]
async fn armour_a10_a_node_that_stood_still_and_goes_on_doubles_nothing() {
    match Scratch::shared().and_then(Scratch::create_database) {
        Ok(database) => stop_and_go_on(database).await.unwrap_or_else(|error| panic!("{error}")),
        Err(reason) => testbench::not_run(format!("nodes that stand still: {reason}")),
    }
}
