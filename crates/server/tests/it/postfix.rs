//! A real Postfix receives the mail: what it says in the session, and what it says later by its
//! own notifications, becomes the outcome that the ledger holds.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use testbench::docket::Docket;
use testbench::letter::Letter;
use testbench::people::{DOMAINS, Seed};
use testbench::postfix::{Postfix, Users};
use testbench::story::{
    GARDEN, Reader, Setup, Words, World, gather, mail_domain, open_account, progress, readers, start_newsletter,
    write_newsletter,
};

/// Readers; each gets [`LETTERS`] newsletters.
const READERS: usize = 360;
const LETTERS: usize = 3;
/// Where Postfix listens, at the port of the world's mail servers.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// The domain whose mail is taken first and judged later.
const LATE: &str = "kurier.test";

/// Who is what at Postfix.
struct Parts {
    unknown: HashSet<String>,
    busy: HashSet<String>,
    full: HashSet<String>,
    gone_later: HashSet<String>,
}

fn parts(people: &[Reader]) -> Parts {
    let mut chance = Seed::new(61);
    let mut direct: Vec<String> = Vec::new();
    let mut late: Vec<String> = Vec::new();
    for one in people {
        let list = if one.address.ends_with(LATE) { &mut late } else { &mut direct };
        list.push(one.address.to_lowercase());
    }
    chance.shuffle(&mut direct);
    chance.shuffle(&mut late);
    let mut take = |count: usize| direct.drain(..count).collect::<HashSet<_>>();
    Parts { unknown: take(8), busy: take(5), full: take(6), gone_later: late.into_iter().take(4).collect() }
}

fn users(people: &[Reader], parts: &Parts, world: &World) -> Users {
    let mut users = Users { late_domain: LATE.to_owned(), ..Users::default() };
    for one in people {
        let address = one.address.to_lowercase();
        let list = if parts.unknown.contains(&address) || parts.gone_later.contains(&address) {
            continue;
        } else if parts.busy.contains(&address) {
            &mut users.busy
        } else if parts.full.contains(&address) {
            &mut users.full
        } else if address.ends_with(LATE) {
            &mut users.late_mailboxes
        } else {
            &mut users.mailboxes
        };
        list.push(address);
    }
    users.relays = vec![("bounce.jawort.example".to_owned(), world.house.inbound())];
    users
}

async fn world() -> World {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let settings = vec![
        pair("signup.per_form_hour", "100000"),
        pair("delivery.connections_per_group", "4"),
        pair("log.level", "\"warn\""),
    ];
    let program = PathBuf::from(env!("CARGO_BIN_EXE_jawort"));
    World::open(Setup { program, database: None, settings }).await.unwrap_or_else(|error| panic!("{error}"))
}

fn count(world: &World, query: &str) -> usize {
    let rows = world.house.ask(query).unwrap_or_else(|error| panic!("{error}"));
    rows[0][0].parse().expect("a count")
}

/// Proves R54, R56, R57, R59 and B2 with Debian's Postfix: more than 1,000 mails; unknown users are
/// excluded in the session or by DSN, full mailboxes are soft bounces, busy ones are tried again.
#[tokio::test(flavor = "multi_thread")]
async fn r54_r56_r57_r59_postfix_s_words_become_the_outcomes_of_the_ledger() {
    let mut world = world().await;
    let account = open_account(&world, GARDEN).await.unwrap_or_else(|error| panic!("{error}"));
    let people = readers(59, READERS);
    gather(&world, &account, &people).await.unwrap_or_else(|error| panic!("{error}"));
    let parts = parts(&people);
    let address = SocketAddr::from((ADDRESS, world.provider.addr().port()));
    let postfix = match Postfix::start_at(&users(&people, &parts, &world), address) {
        Ok(postfix) => postfix,
        Err(reason) => return testbench::not_run(format!("the Postfix test: {reason}")),
    };
    for domain in DOMAINS {
        mail_domain(&world.dns, domain, ADDRESS);
    }
    // Connections to where these domains were before are given up.
    tokio::task::block_in_place(|| {
        world.house.stop(Duration::from_secs(30)).expect("ends");
        world.house.start(|_| {}).expect("starts again");
    });
    let mut mailings = Vec::new();
    for number in 1..=LETTERS {
        let subject = format!("Gartenbrief {number}");
        let words = Words { subject, body: "Guten Tag,\n\nheute ein kurzer Brief.\n".to_owned() };
        let id = write_newsletter(&account, &words).await.expect("written");
        start_newsletter(&account, &id).await.expect("started");
        settled(&world, &account, &id).await;
        notified(&world, &postfix).await;
        mailings.push(id);
    }
    compare(&world, &postfix, &parts, &people);
    judged(&world, &postfix);
}

/// The judges read every mail that Postfix took, full and unknown mailboxes included.
fn judged(world: &World, postfix: &Postfix) {
    let mut docket = Docket::new(world.book.facts());
    for mail in postfix.taken().expect("its archive") {
        let to = Letter::read(&mail).address("To").expect("a recipient");
        docket.add(mail, &to);
    }
    let zone = world.publish_zone().unwrap_or_else(|error| panic!("{error}"));
    let verdict = docket.judge(&zone, false).unwrap_or_else(|findings| panic!("{findings}"));
    let accepted = count(world, "SELECT COUNT(*) FROM delivery WHERE state = 10");
    assert!(verdict.is_none_or(|verdict| verdict.received == accepted), "{verdict:?} of {accepted}");
}

/// Every mail has an outcome but those that wait for their next attempt.
async fn settled(world: &World, account: &testbench::story::Account, id: &str) {
    let open = || async {
        let state = progress(account, "newsletters", id).await?;
        let waiting = world
            .house
            .ask(&format!("SELECT COUNT(*) FROM delivery WHERE mailing_id = {id} AND state IN (0, 1, 2)"))?;
        let done = state["audience_complete"] == true && waiting == [["0"]];
        Ok((!done).then(|| format!("{state} {waiting:?}")))
    };
    let waited = world.until("the newsletter is tried", Duration::from_secs(180), open).await;
    waited.unwrap_or_else(|error| panic!("{error}"));
}

/// Postfix has sent all its notifications and waits for nothing.
async fn notified(world: &World, postfix: &Postfix) {
    let waits = || async { Ok((postfix.waiting() > 0).then(|| postfix.log().lines().last().unwrap_or("").to_owned())) };
    let waited = world.until("Postfix empties its queue", Duration::from_secs(90), waits).await;
    waited.unwrap_or_else(|error| panic!("{error}"));
}

fn compare(world: &World, postfix: &Postfix, parts: &Parts, people: &[Reader]) {
    let refusals = postfix.refusals();
    let refused = |code: u16| refusals.iter().filter(|(_, known)| *known == code).count();
    let fates = postfix.fates();
    let fate = |status: &str, dsn: &str| {
        fates.iter().filter(|one| one.status == status && one.dsn.starts_with(dsn) && !one.to.starts_with("b.")).count()
    };
    // Unknown users are asked once and never again.
    assert_eq!(refused(550), parts.unknown.len());
    assert_eq!(fate("bounced", "5.1.1"), parts.gone_later.len());
    let hard = parts.unknown.len() + parts.gone_later.len();
    assert_eq!(count(world, "SELECT COUNT(*) FROM bounce WHERE class = 'hard'"), hard);
    assert_eq!(count(world, "SELECT COUNT(*) FROM suppression"), hard);
    // Full mailboxes bounce at every letter; three within an hour are one (D5).
    assert_eq!(fate("bounced", "5.2.2"), parts.full.len() * LETTERS);
    assert_eq!(count(world, "SELECT COUNT(*) FROM bounce WHERE class = 'soft'"), parts.full.len() * LETTERS);
    // Busy ones wait for their next attempt.
    assert_eq!(refused(452), parts.busy.len() * LETTERS);
    assert_eq!(count(world, "SELECT COUNT(*) FROM delivery WHERE state = 3"), parts.busy.len() * LETTERS);
    // Accepted is what Postfix took, whatever became of it later.
    let accepted = count(world, "SELECT COUNT(*) FROM delivery WHERE state = 10");
    let delivered = people.len() - parts.unknown.len() - parts.busy.len() - parts.full.len() - parts.gone_later.len();
    assert_eq!(accepted, (delivered + parts.full.len()) * LETTERS + parts.gone_later.len());
    let mailboxes: usize = people.iter().map(|one| postfix.mailbox(&one.address.to_lowercase())).sum();
    let late = people.iter().filter(|one| one.address.ends_with(LATE)).count() - parts.gone_later.len();
    assert_eq!(mailboxes, (delivered - late) * LETTERS);
    let handled = accepted + refused(550) + refused(452);
    assert!(handled >= 1_000, "{handled}");
}
