//! PostgreSQL stops at once in the middle of newsletters, and comes back; the program lives on.

use std::time::Duration;

use serde_json::Value;
use testbench::letter::Letter;
use testbench::people::Seed;
use testbench::postgres::Scratch;

use super::books::Books;

/// Crashes of the database.
const CRASHES: usize = 3;
/// The same where the tests are asked for their large figures.
const MANY_CRASHES: usize = 50;
/// Who gets each newsletter.
const READERS: usize = 60;
/// Newsletters for each crash: they take longer than it.
const LETTERS: usize = 4;
/// Mail flows so soon, also after the database came back: a program whose starts were given up
/// pauses for ten seconds.
const FLOWS: Duration = Duration::from_secs(60);

async fn crash_the_database(scratch: &Scratch) -> Result<(), String> {
    let crashes = if testbench::long() { MANY_CRASHES } else { CRASHES };
    let text = |error: testbench::postgres::NoPostgres| error.to_string();
    let settings = [("delivery.connections", 12), ("delivery.connections_per_group", 2)];
    let mut books = Books::open(Some(scratch.create_database().map_err(text)?), &settings, READERS).await?;
    let link = first_link(&mut books).await?;
    books.world.slow_down(25);
    let mut chance = Seed::new(83);
    for _ in 0..crashes {
        for _ in 0..LETTERS {
            books.letter().await?;
        }
        let flowing = books.world.seen() + 20 + usize::try_from(chance.below(60)).unwrap_or(0);
        assert!(books.world.provider.wait_ended(flowing, FLOWS).await, "no mail flows");
        tokio::task::block_in_place(|| scratch.crash()).map_err(text)?;
        nothing_is_promised(&books, &link).await?;
        tokio::task::block_in_place(|| scratch.start_again()).map_err(text)?;
        let flowing = books.world.seen() + 5;
        assert!(books.world.provider.wait_ended(flowing, FLOWS).await, "no mail flows after the database came back");
    }
    books.finish().await?;
    books.everybody_got_everything_once();
    let said = books.world.house.program().map(testbench::process::Program::lines).unwrap_or_default();
    assert!(!said.iter().any(|line| line.contains("panicked")), "{said:?}");
    Ok(())
}

/// The unsubscribe link of a first newsletter.
async fn first_link(books: &mut Books) -> Result<String, String> {
    let seen = books.world.seen();
    books.letter().await?;
    let mail = books.world.mail_to(&books.people[0].address, seen, |letter| letter.link("/u/").is_some()).await?;
    Letter::read(&mail.bytes)
        .unsubscribe_uris()
        .into_iter()
        .find(|uri| uri.starts_with("http"))
        .ok_or_else(|| "no link".to_owned())
}

/// Without its memory the program says so, and answers no wish as if it were done (A5).
async fn nothing_is_promised(books: &Books, link: &str) -> Result<(), String> {
    let client = books.world.house.client();
    let answer =
        client.post_form(link, &[("List-Unsubscribe", "One-Click")]).await.map_err(|error| error.to_string())?;
    assert_eq!((answer.status, answer.header("retry-after").is_some()), (503, true), "{}", answer.text());
    let path = format!("/newsletters/{}/pause", books.letters[0].0);
    let answer = books.account.api.send("POST", &path, &Value::Null).await?;
    assert_eq!((answer.status, answer.header("retry-after").is_some()), (503, true), "{}", answer.text());
    Ok(())
}

/// Proves promise 6 (ARMOUR A5): the database stops at once and comes back, the program goes on by
/// itself, and nothing is lost or doubled.
#[tokio::test(flavor = "multi_thread")]
async fn armour_a5_a_database_that_stops_at_once_costs_no_mail_and_doubles_none() {
    match Scratch::start() {
        Ok(scratch) => crash_the_database(&scratch).await.unwrap_or_else(|error| panic!("{error}")),
        Err(reason) => testbench::not_run(format!("PostgreSQL stopped at once: {reason}")),
    }
}
