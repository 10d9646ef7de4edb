//! A newsletter to a provider that does everything wrong that providers do.

use std::collections::BTreeMap;
use std::time::Duration;

use policy::refusal::Cancellation;
use store::conformance::{numbers, script, texts};
use testbench::dns::{Fault, Value};
use testbench::provider::{Behaviour, Close, Scope};

use crate::bench::Bench;

pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Rows by state.
pub(crate) async fn states(bench: &Bench) -> BTreeMap<i64, i64> {
    let rows = numbers(&bench.store, "SELECT state, COUNT(*) FROM delivery GROUP BY state", 2).await.expect("states");
    rows.into_iter().map(|row| (row[0].expect("a state"), row[1].expect("a number"))).collect()
}

/// Waits until the rows stand as wanted.
#[expect(clippy::disallowed_methods, reason = "a bounded wait for an event in the database")]
pub(crate) async fn until(bench: &Bench, wanted: &[(i64, i64)]) {
    let wanted: BTreeMap<i64, i64> = wanted.iter().copied().collect();
    let waiting = async {
        while states(bench).await != wanted {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(LIMIT, waiting).await.is_err() {
        let replies = texts(&bench.store, "SELECT DISTINCT domain || ' ' || CAST(state AS TEXT) || ' ' || COALESCE(reason, '') || ' ' || COALESCE(reply, '') FROM delivery", 1).await;
        panic!("wanted {wanted:?}, have {:?}: {replies:?}", states(bench).await);
    }
}

async fn source_and_sink(bench: Bench) {
    let counts = [
        ("accept.test", 400),
        ("hard.test", 8),
        ("soft.test", 40),
        ("drop.test", 4),
        ("grey.test", 40),
        ("plain.test", 7),
    ];
    let mut people = Vec::new();
    for (domain, n) in counts {
        bench.mail_domain(domain);
        people.extend((0..n).map(|at| bench.person(&format!("p{at}@{domain}"))));
    }
    people.push(bench.person("nobody@void.test"));
    let set = |domain: &str, behaviour| bench.provider.set_behaviour(Scope::Domain(domain.to_owned()), behaviour);
    set("hard.test", Behaviour::hard());
    set("soft.test", Behaviour::soft());
    set("drop.test", Behaviour::closing(Close::AfterDot));
    set("grey.test", Behaviour::greylist());
    let world = bench.newsletter(&people).await;
    let (stop, door) = bench.send().await;

    // 407 accepted; 8 hard and 1 domain that does not exist bounced; 80 deferred; 4 in doubt.
    until(&bench, &[(3, 80), (4, 4), (10, 407), (11, 9)]).await;
    let excluded = numbers(&bench.store, "SELECT COUNT(*) FROM suppression", 1).await.expect("exclusions");
    assert_eq!(excluded, [[Some(9)]]);

    // Half an hour later: the greylister and the full mailboxes take it, and so does the dropper.
    set("soft.test", Behaviour::accept());
    set("drop.test", Behaviour::accept());
    bench.clock.forward(Duration::from_secs(40 * 60));
    until(&bench, &[(10, 491), (11, 9)]).await;

    let counted = numbers(
        &bench.store,
        "SELECT state, CAST(SUM(n) AS BIGINT) FROM mailing_count GROUP BY state ORDER BY state",
        2,
    )
    .await
    .expect("counters");
    assert_eq!(counted, [[Some(10), Some(491)], [Some(11), Some(9)]]);
    let sent = numbers(&bench.store, "SELECT CAST(SUM(n) AS BIGINT) FROM sent_count", 1).await.expect("sent");
    assert_eq!(sent, [[Some(491)]]);
    finished(&bench).await;
    stop.send(()).expect("the door runs");
    door.await.expect("no panic").expect("a good end");
    the_other_book_agrees(&bench, people.len() - 9);
    let _ = world;
}

#[expect(clippy::disallowed_methods, reason = "a bounded wait for an event in the database")]
async fn finished(bench: &Bench) {
    let waiting = async {
        while numbers(&bench.store, "SELECT state FROM mailing", 1).await.expect("a state") != [[Some(6)]] {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(LIMIT, waiting).await.expect("the newsletter is finished");
}

/// The provider's own records: everybody got one message, the dropped ones two with one Message-ID.
fn the_other_book_agrees(bench: &Bench, people: usize) {
    let mut received: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for record in bench.provider.messages() {
        assert!(!record.early_content && record.tls, "{record:?}");
        assert!(record.mail_parameters.contains("RET=HDRS ENVID=b."), "{}", record.mail_parameters);
        mail_formats::wire::check(&record.bytes).expect("nothing but CR LF line ends");
        let text = String::from_utf8_lossy(&record.bytes).into_owned();
        let id = text.lines().find(|line| line.starts_with("Message-ID:")).expect("a Message-ID").to_owned();
        let to: Vec<_> = record.accepted_recipients().map(str::to_owned).collect();
        assert_eq!(to.len(), 1, "one recipient per message");
        assert!(record.mail_from.starts_with("b.") && record.mail_from.ends_with("@b.house.example"));
        received.entry(to[0].clone()).or_default().push(id);
    }
    assert_eq!(received.len(), people);
    for (address, ids) in received {
        let times = if address.ends_with("@drop.test") { 2 } else { 1 };
        assert_eq!(ids.len(), times, "{address}");
        assert!(ids.iter().all(|id| *id == ids[0]), "a repeat has the same Message-ID");
    }
}

/// Proves R30: whoever leaves between the start and a late go-ahead gets no message, although the
/// dialog was on its way already.
async fn late_go_ahead(bench: Bench) {
    bench.mail_domain("slow.test");
    bench.provider.set_behaviour(Scope::All, Behaviour { delay_ms: 700, ..Behaviour::accept() });
    let world = bench.newsletter(&[bench.person("p@slow.test")]).await;
    let (stop, door) = bench.send().await;
    until(&bench, &[(2, 1)]).await;
    script(&bench.store, "DELETE FROM contact").await.expect("the contact left");
    bench.store.drain_person(world.contacts[0], Cancellation::Unsubscribed).await;
    until(&bench, &[(13, 1)]).await;
    stop.send(()).expect("the door runs");
    door.await.expect("no panic").expect("a good end");
    assert_eq!(bench.provider.completed(), 0);
}

/// Proves armour A8 in small: the end of the program leaves nothing started and doubles nothing.
async fn graceful_end(bench: Bench) {
    bench.mail_domain("many.test");
    bench.provider.set_behaviour(Scope::All, Behaviour { delay_ms: 5, ..Behaviour::accept() });
    let people: Vec<_> = (0..600).map(|at| bench.person(&format!("p{at}@many.test"))).collect();
    bench.newsletter(&people).await;
    let (stop, door) = bench.send().await;
    assert!(bench.provider.wait_for(30, LIMIT).await);
    stop.send(()).expect("the door runs");
    door.await.expect("no panic").expect("a good end");
    let states = states(&bench).await;
    let accepted = states.get(&10).copied().unwrap_or(0);
    assert_eq!(states.get(&0).copied().unwrap_or(0) + accepted, 600, "{states:?}");
    assert_eq!(i64::try_from(bench.provider.completed()).expect("small"), accepted);
    assert!(accepted < 600, "the end came too late to show anything");
}

/// Proves armour A13: what DNS did not clearly say is no bounce.
async fn broken_dns(bench: Bench) {
    bench.dns.fail("servfail.test", Fault::ServFail);
    bench.dns.set("nullmx.test", Value::Mx(0, ".".to_owned()));
    let people = ["a@servfail.test", "b@nullmx.test", "c@nowhere.test"].map(|text| bench.person(text));
    bench.newsletter(&people).await;
    let (stop, door) = bench.send().await;
    until(&bench, &[(3, 1), (11, 2)]).await;
    stop.send(()).expect("the door runs");
    door.await.expect("no panic").expect("a good end");
    let excluded = numbers(&bench.store, "SELECT COUNT(*) FROM suppression", 1).await.expect("exclusions");
    assert_eq!(excluded, [[Some(2)]]);
    assert_eq!(bench.provider.connections(), 0);
}

pub(crate) fn run<F: Future<Output = ()>>(test: F) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(test);
}

/// Proves T4, T8, T10, R57, D5: what a provider says is what the books say, on SQLite.
#[test]
fn t4_t8_t10_a_newsletter_reaches_its_audience_and_both_books_agree_on_sqlite() {
    run(async { source_and_sink(Bench::sqlite("source-and-sink").await).await });
}

/// Proves T4, T8, T10, R57, D5: what a provider says is what the books say, on PostgreSQL.
#[test]
fn t4_t8_t10_a_newsletter_reaches_its_audience_and_both_books_agree_on_postgresql() {
    run(async {
        if let Some(bench) = Bench::postgres().await {
            source_and_sink(bench).await;
        }
    });
}

#[test]
fn r30_a_contact_that_leaves_before_a_late_go_ahead_gets_no_message() {
    run(async {
        late_go_ahead(Bench::sqlite("late").await).await;
        if let Some(bench) = Bench::postgres().await {
            late_go_ahead(bench).await;
        }
    });
}

#[test]
fn the_end_of_the_program_hands_back_what_was_not_sent() {
    run(async {
        graceful_end(Bench::sqlite("end").await).await;
        if let Some(bench) = Bench::postgres().await {
            graceful_end(bench).await;
        }
    });
}

#[test]
fn t4_what_dns_did_not_clearly_say_is_no_bounce() {
    run(async { broken_dns(Bench::sqlite("dns").await).await });
}
