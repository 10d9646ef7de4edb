//! What goes wrong in our own house: a mail that the gate fails on, a slow database, the end of the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use seals::Dice;
use seals::fake::SeededDice;
use store::conformance::{hold, numbers, script, texts};
use store::incidents::IncidentKind;
use testbench::provider::{Behaviour, Scope};
use tokio::sync::oneshot;

use crate::bench::Bench;
use crate::destinations::{end, until_connected, until_rests};
use crate::sending::{LIMIT, run, states, until};

// ── poison ───────────────────────────────────────────────────────────────

/// Dice whose throw kills the gate, as long as they are loaded.
struct Loaded {
    inner: SeededDice,
    loaded: AtomicBool,
    panics: AtomicUsize,
}

impl Dice for Loaded {
    fn fill(&self, bytes: &mut [u8]) {
        if self.loaded.load(Ordering::SeqCst) {
            self.panics.fetch_add(1, Ordering::SeqCst);
            panic!("poison");
        }
        self.inner.fill(bytes);
    }
}

/// A mail on which the gate panics is refused after three tries with its reason, the
/// process lives, and the newsletter goes on.
#[test]
fn armour_a16_a_mail_that_kills_the_gate_is_refused_after_three_tries_and_the_newsletter_goes_on() {
    run(async {
        let mut bench = Bench::sqlite("poison").await;
        let dice =
            Arc::new(Loaded { inner: SeededDice::new(5), loaded: AtomicBool::new(true), panics: AtomicUsize::new(0) });
        bench.gate_dice = Some(dice.clone());
        bench.mail_domain("mail.test");
        let people: Vec<_> = (0..30).map(|at| bench.person(&format!("p{at}@mail.test"))).collect();
        let world = bench.newsletter(&people).await;
        let later = bench.now().millis() + 3_600_000;
        let others = format!("UPDATE delivery SET due_at = {later} WHERE contact_id > {}", world.contacts[1].get());
        script(&bench.store, &others).await.expect("the others come later");
        let door = bench.send().await;
        until(&bench, &[(0, 28), (13, 2)]).await;
        assert_eq!(dice.panics.load(Ordering::SeqCst), 6, "three tries each");
        let reasons =
            texts(&bench.store, "SELECT DISTINCT reason FROM delivery WHERE state = 13", 1).await.expect("reasons");
        let reason = reasons[0][0].clone().expect("a reason");
        assert!(reason.starts_with("not_renderable"), "{reason}");

        dice.loaded.store(false, Ordering::SeqCst);
        bench.clock.forward(Duration::from_secs(3600));
        until(&bench, &[(10, 28), (13, 2)]).await;
        end(door).await;
        assert_eq!(bench.provider.completed(), 28);
    });
}

// ── a slow database ──────────────────────────────────────────────────────

/// What the starter waits when it has given up.
const PAUSE: Duration = Duration::from_secs(10);

/// Mail is ready and connected when the database stops answering: nothing leaves, every start is
/// given up, sending pauses with an alarm, and afterwards everybody gets one mail.
async fn slow_database(mut bench: Bench, locks: &'static str) {
    bench.set("connections_per_group", 1);
    bench.mail_domain("mail.test");
    // Greeting and EHLO take their time, so that the database is slow before the first start.
    bench.provider.set_behaviour(Scope::All, Behaviour { delay_ms: 400, ..Behaviour::accept() });
    bench.provider.set_behaviour(Scope::Domain("mail.test".to_owned()), Behaviour::accept());
    bench.clock.catch(PAUSE);
    let people: Vec<_> = (0..8).map(|at| bench.person(&format!("p{at}@mail.test"))).collect();
    bench.newsletter(&people).await;
    let door = bench.send().await;
    until_connected(&bench, 1).await;
    let ((held, is_held), (release, released)) = (oneshot::channel(), oneshot::channel());
    let store = bench.store.clone();
    let holding = tokio::spawn(async move { hold(&store, locks, held, released).await });
    is_held.await.expect("the database is slow");
    bench.clock.asleep().await;
    assert_eq!(bench.provider.completed(), 0, "mail left without a ticket");
    release.send(()).expect("it waits");
    holding.await.expect("no panic").expect("let go");
    bench.clock.wake();
    until(&bench, &[(10, 8)]).await;
    until_rests(&bench, "SELECT COUNT(*) FROM incident", |n| n == 1).await;
    let alarm = bench.store.incidents(true, 0, 10).await.expect("incidents");
    assert_eq!((alarm[0].kind, alarm[0].provider_group.as_str()), (IncidentKind::Other, "database"));
    end(door).await;
    assert_eq!(bench.provider.completed(), 8, "given-up starts were never used");
}

/// Proves DESIGN §4, start: a start that takes too long is given up and never used; many pause sending.
#[test]
fn r30_starts_that_a_slow_database_delays_are_given_up_and_sending_pauses_with_an_alarm() {
    run(async {
        slow_database(Bench::sqlite("slow-db").await, "UPDATE installation SET id = 1").await;
        if let Some(bench) = Bench::postgres().await {
            slow_database(bench, "LOCK TABLE delivery IN EXCLUSIVE MODE").await;
        }
    });
}

// ── the end of the program ───────────────────────────────────────────────

/// Proves A8: many dialogs wait for the reply to their final dot when the end comes; each is heard.
#[test]
fn a8_the_end_waits_for_the_replies_of_the_dialogs_on_the_wire() {
    run(async {
        let mut bench = Bench::sqlite("wire").await;
        bench.set("connections_per_group", 100);
        bench.set("connections", 200);
        bench.provider.set_behaviour(Scope::All, Behaviour { dot_delay_ms: 1500, ..Behaviour::accept() });
        let mut people = Vec::new();
        for domain in ["a.test", "b.test"] {
            bench.mail_domain(domain);
            people.extend((0..200).map(|at| bench.person(&format!("p{at}@{domain}"))));
        }
        bench.newsletter(&people).await;
        let door = bench.send().await;
        assert!(bench.provider.wait_for(60, LIMIT).await);
        end(door).await;
        let states = states(&bench).await;
        let accepted = states.get(&10).copied().unwrap_or(0);
        assert_eq!(i64::try_from(bench.provider.completed()).expect("few"), accepted, "{states:?}");
        assert_eq!(states.keys().filter(|state| !matches!(state, 0 | 10)).count(), 0, "{states:?}");
        assert!((60..400).contains(&accepted), "{states:?}");
    });
}

/// Proves A8: when the time for the end is nearly over no final dot is sent, so that nothing is
/// lost between a dot and its reply.
#[test]
fn a8_no_final_dot_is_sent_when_nobody_would_hear_its_reply() {
    run(async {
        let mut bench = Bench::sqlite("last-dot").await;
        bench.set("connections_per_group", 1);
        bench.mail_domain("slow.test");
        bench.provider.set_behaviour(Scope::All, Behaviour { delay_ms: 1200, ..Behaviour::accept() });
        bench.newsletter(&[bench.person("p@slow.test")]).await;
        let door = bench.send().await;
        until(&bench, &[(2, 1)]).await;
        // The whole time of the end passes at once.
        bench.clock.hurry(Duration::from_millis(200));
        end(door).await;
        assert!(bench.provider.wait_ended(1, LIMIT).await);
        assert_eq!(bench.provider.completed(), 0);
        let left =
            numbers(&bench.store, "SELECT COUNT(*) FROM delivery WHERE state IN (4, 10)", 1).await.expect("a number");
        assert_eq!(left, [[Some(0)]], "neither sent nor in doubt: the next life sends it");
    });
}
