//! The end in good order, with a thousand dialogs on the wire.

use std::time::{Duration, Instant};

use testbench::people::DOMAINS;
use testbench::provider::{Behaviour, Scope};
use testbench::story::{Narrator, readers, sign_up};

use super::books::Books;

/// Who gets each newsletter.
const READERS: usize = 100;
/// Newsletters: with the confirmation mails they are more than a thousand mails.
const LETTERS: usize = 11;
/// Confirmation mails beside them: some hands are kept for these.
const SIGN_UPS: usize = 30;
/// Dialogs that are open when the end comes.
const DIALOGS: usize = 1_000;
/// The provider takes so long to answer the final dot.
const ANSWERS_MS: u64 = 14_000;
/// All dialogs are open so soon.
const OPENS: Duration = Duration::from_secs(60);
/// The program ends so soon after it was asked to.
const ENDS: Duration = Duration::from_secs(30);

async fn end_with_a_thousand_dialogs() -> Result<(), String> {
    let settings = [("delivery.connections", 1_100), ("delivery.connections_per_group", 1_000)];
    let mut books = Books::open(None, &settings, READERS).await?;
    for domain in DOMAINS {
        let slow = Behaviour { dot_delay_ms: ANSWERS_MS, ..Behaviour::accept() };
        books.world.provider.set_behaviour(Scope::Domain(domain.to_owned()), slow);
    }
    for _ in 0..LETTERS {
        books.letter().await?;
    }
    let strangers = readers(73, READERS + SIGN_UPS).split_off(READERS);
    let (signed, open) = tokio::join!(sign_up(&books.world, &books.account, &strangers), wait_open(&books));
    signed?;
    assert!(open >= DIALOGS, "only {open} dialogs were open");
    let asked = Instant::now();
    let in_order = tokio::task::block_in_place(|| books.world.house.stop(ENDS)).map_err(|error| error.to_string())?;
    let took = asked.elapsed();
    Narrator.say(format_args!("{open} dialogs were open; the end took {} ms", took.as_millis()));
    assert!(in_order, "it did not end by itself within {} s", ENDS.as_secs());
    assert_eq!((books.rows(2)?, books.rows(4)?), (0, 0), "nothing is started or in doubt");
    let arrivals = books.arrivals();
    let sent = arrivals.keys().filter(|(subject, _)| books.letters.iter().any(|(_, known)| known == subject));
    assert_eq!(books.rows(10)?, sent.count(), "the ledger has what the provider has");
    for domain in DOMAINS {
        books.world.provider.set_behaviour(Scope::Domain(domain.to_owned()), Behaviour::accept());
    }
    tokio::task::block_in_place(|| books.world.house.start(|_| {}))?;
    books.finish().await?;
    books.everybody_got_everything_once();
    Ok(())
}

/// Waits until enough dialogs are open, and gives how many.
async fn wait_open(books: &Books) -> usize {
    let until = tokio::time::Instant::now() + OPENS;
    while books.world.provider.open_connections() < DIALOGS && tokio::time::Instant::now() < until {
        // Nobody tells when one more is open.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    books.world.provider.open_connections()
}

/// Proves promise 6 (ARMOUR A8): TERM with a thousand open dialogs, each of which is heard to its end.
#[tokio::test(flavor = "multi_thread")]
async fn armour_a8_the_end_hears_a_thousand_open_dialogs_and_leaves_nothing_in_doubt() {
    end_with_a_thousand_dialogs().await.unwrap_or_else(|error| panic!("{error}"));
}
