//! Programs that open every link of every mail (B3): with all methods that ask and do not tell, as
//! prefetchers, and as browsers that run the pages' scripts.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use testbench::browser::Scanner;
use testbench::http::Client;
use testbench::letter::Letter;
use testbench::story::{
    Account, GARDEN, Visitor, Words, World, finished, gather, open_account, readers, sign_up, start_autoresponder,
    start_newsletter, together, write_newsletter,
};

use super::world;

/// Requests without script.
const REQUESTS: usize = 10_000;
const BROWSERS: usize = 5;
/// Pages that each browser opens.
const PAGES: usize = 2;
/// For so long each page is left alone, with its script running.
const STAY: Duration = Duration::from_secs(5);
const SOON: Duration = Duration::from_secs(60);

/// Tables in which something moves by itself: beats of nodes, blocks of numbers, seals of the ledger.
const MOVING: [&str; 6] = ["life", "id_block", "consent_unsealed", "consent_leaf", "consent_seal", "sqlite_sequence"];

const METHODS: [&str; 3] = ["GET", "HEAD", "OPTIONS"];
/// What programs say of themselves.
const WAYS: [&[(&str, &str)]; 10] = [
    &[],
    &[("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/150.0.0.0 Safari/537.36")],
    &[("User-Agent", "LinkScanner/3.2")],
    &[("Sec-Purpose", "prefetch")],
    &[("Sec-Purpose", "prefetch;prerender")],
    &[("Purpose", "prefetch")],
    &[("X-Moz", "prefetch")],
    &[("X-Purpose", "preview")],
    &[("Sec-Fetch-User", "?1"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")],
    &[("Accept", "*/*"), ("Origin", "https://webmail.example"), ("Access-Control-Request-Method", "POST")],
];

fn ask(world: &World, query: &str) -> Vec<Vec<String>> {
    world.house.ask(query).unwrap_or_else(|error| panic!("{error}"))
}

/// Every row of every table that only people and mail change.
fn facts(world: &World) -> BTreeMap<String, BTreeSet<Vec<String>>> {
    let tables = ask(world, "SELECT name FROM sqlite_master WHERE type = 'table'");
    let names = tables.into_iter().map(|mut row| row.remove(0)).filter(|name| !MOVING.contains(&name.as_str()));
    names
        .map(|name| {
            let rows = ask(world, &format!("SELECT * FROM {name}"));
            (name, rows.into_iter().collect())
        })
        .collect()
}

/// Mail of every purpose that carries links: proofs of addresses, confirmations, a newsletter, an
/// autoresponder, a test mail. Some people confirm, others do not.
async fn correspond(world: &World) -> Result<Account, String> {
    let account = open_account(world, GARDEN).await?;
    let words = |subject: &str| Words { subject: subject.to_owned(), body: "Hello,\n\na lamp.\n".to_owned() };
    start_autoresponder(&account, &words("Welcome"), 0).await?;
    let mut people = readers(3, 16);
    let undecided = people.split_off(12);
    gather(world, &account, &people).await?;
    sign_up(world, &account, &undecided).await?;
    let id = write_newsletter(&account, &words("Lamps")).await?;
    account.api.post(&format!("/newsletters/{id}/test"), &json!({ "users": [account.user] })).await?;
    start_newsletter(&account, &id).await?;
    finished(world, &account, &id, SOON).await?;
    world
        .until("all mail is settled", SOON, || async {
            let open = ask(
                world,
                "SELECT (SELECT COUNT(*) FROM delivery WHERE state < 10) + (SELECT COUNT(*) FROM notice WHERE state < 10)",
            );
            Ok((open != [["0"]]).then(|| format!("{open:?} open")))
        })
        .await?;
    Ok(account)
}

/// The links of ours in every mail that the provider has: of both parts and of the header.
fn links(world: &World) -> BTreeSet<String> {
    let mut links = BTreeSet::new();
    for record in world.provider.records_after(0) {
        let letter = Letter::read(&record.bytes);
        let html = letter.html();
        let anchors = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned);
        links.extend(letter.links().into_iter().chain(letter.unsubscribe_uris()).chain(anchors));
    }
    links.retain(|link| link.starts_with(&world.house.url()));
    links
}

/// Asks for every link in every way, until there were enough requests.
async fn fetch_all(world: &World, links: &[String]) {
    let mut asking = tokio::task::JoinSet::new();
    let figure = if testbench::long() { REQUESTS * 10 } else { REQUESTS };
    for number in 0..figure {
        let link = &links[number % links.len()];
        let round = number / links.len();
        let tail = ["", "/", "?utm_source=x"][round / (METHODS.len() * WAYS.len()) % 3];
        let (method, way) = (METHODS[round % METHODS.len()], WAYS[round / METHODS.len() % WAYS.len()]);
        let host = u8::try_from(1 + number % 250).expect("small");
        let client = Client::new(world.house.web()).from(Ipv4Addr::new(127, 77, 0, host));
        let url = format!("{link}{tail}");
        asking.spawn(async move {
            let answer = client.request(method, &url, way, b"").await.unwrap_or_else(|error| panic!("{url}: {error}"));
            assert!(answer.status < 500, "{method} {url}: {}", answer.status);
        });
        while asking.len() >= 64 {
            asking.join_next().await.expect("running").expect("answered");
        }
    }
    while let Some(asked) = asking.join_next().await {
        asked.expect("answered");
    }
}

/// The newsletter was handed over eleven minutes earlier than it was.
fn eleven_minutes_pass(world: &World) {
    super::write(world, "UPDATE delivery SET settled_at = settled_at - 660000");
}

/// Six links of the newsletter that submit themselves, two to preferences, two to confirmations
/// that nobody pressed.
fn chosen(world: &World) -> Vec<String> {
    let (mut leave, mut choose, mut confirm) = (Vec::new(), Vec::new(), Vec::new());
    for record in world.provider.records_after(0) {
        let letter = Letter::read(&record.bytes);
        if letter.words("Subject").as_deref() == Some("Lamps") {
            leave.extend(letter.link("/u/"));
            choose.extend(letter.link("/p/"));
        }
        confirm.extend(letter.link("/c/"));
    }
    let pages = [&leave[..6], &choose[choose.len() - 2..], &confirm[confirm.len() - 2..]].concat();
    assert_eq!(pages.len(), BROWSERS * PAGES);
    pages
}

/// All browsers at once, each one page after the other.
async fn browse(scanners: &[Arc<Scanner>], pages: &[String]) {
    let work = scanners.iter().cloned().zip(pages.chunks(PAGES).map(<[String]>::to_vec)).collect();
    let looked = together(work, |(scanner, pages): (Arc<Scanner>, Vec<String>)| async move {
        for page in pages {
            scanner.look(&page, STAY).await.map_err(|error| error.to_string())?;
        }
        Ok(())
    });
    looked.await.unwrap_or_else(|error| panic!("{error}"));
}

/// ARMOUR B3. Proves D1, R16, R27: nobody's state is changed by programs that open the links of
/// mails soon after the hand-over, scripts or not; the pages are there for people afterwards; and
/// the same browsers, eleven minutes later, show that they do run the scripts.
#[tokio::test(flavor = "multi_thread")]
async fn armour_b3_programs_that_open_every_link_change_nothing() {
    let world = world().await;
    correspond(&world).await.unwrap_or_else(|error| panic!("{error}"));
    let links: Vec<String> = links(&world).into_iter().collect();
    for letter in ["u", "c", "p", "e"] {
        let path = format!("{}/{letter}/", world.house.url());
        assert!(links.iter().any(|link| link.starts_with(&path)), "no mail has a link to {path}");
    }
    assert!(links.len() > 50, "{}", links.len());
    let before = facts(&world);
    fetch_all(&world, &links).await;
    assert_eq!(facts(&world), before, "requests without script");
    let pages = chosen(&world);
    let started = |_| tokio::task::block_in_place(Scanner::start).map(Arc::new);
    let scanners: Result<Vec<_>, _> = (0..BROWSERS).map(started).collect();
    match scanners {
        Err(reason) => testbench::not_run(format!("the browsers that scan links: {reason}")),
        Ok(scanners) => {
            browse(&scanners, &pages).await;
            assert_eq!(facts(&world), before, "browsers");
            eleven_minutes_pass(&world);
            scanners[0].look(&pages[0], STAY).await.unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(ask(&world, "SELECT COUNT(*) FROM contact"), [["11"]], "this browser runs no scripts");
        }
    }
    let visitor = Visitor::new(world.house.web(), Ipv4Addr::new(127, 9, 9, 9));
    for link in &pages {
        visitor.forms(link).await.unwrap_or_else(|error| panic!("not reachable: {error}"));
    }
    visitor.press(&pages[1]).await.unwrap_or_else(|error| panic!("{error}"));
    visitor.press(&pages[9]).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(ask(&world, "SELECT COUNT(*) FROM signup"), [["3"]], "a press of the button confirms");
    let left = ask(&world, "SELECT COUNT(*) FROM former_contact");
    assert!(left == [["1"]] || left == [["2"]], "people's own clicks work as ever: {left:?}");
}
