//! Chores come at their times, whatever becomes of the others.

use std::sync::atomic::Ordering;
use std::time::Duration;

use policy::facts::MailingState;
use policy::{AccountId, MailingId};
use scheduler::table;
use store::conformance::script;
use testbench::dns::Fault;

use crate::bench::{Bench, DAY, HOUR, MINUTE, START};
use crate::world;

const MILLI: Duration = Duration::from_millis(1);

/// An account with a newsletter for nobody that is scheduled for the first instant.
async fn scheduled(bench: &Bench, n: i64) -> (AccountId, MailingId) {
    let world = world::found(&bench.store, n, &[], 0, 0).await;
    let text = format!(
        "UPDATE mailing SET state = 1, expanded = FALSE, cut_at = NULL, scheduled_at = 0 WHERE id = {}",
        world.mailing
    );
    script(&bench.store, &text).await.expect("scheduled");
    (world.account, world.mailing)
}

async fn state(bench: &Bench, (account, mailing): (AccountId, MailingId)) -> MailingState {
    bench.store.mailing(account, mailing).await.expect("the mailing").state
}

/// A sign-up of account 1 whose time is over.
async fn timed_out(bench: &Bench, id: i64) {
    world::sign_up(&bench.store, 1, id, &world::people([format!("p{id}@a.test")])[0], START.millis() - 4 * 86_400_000)
        .await;
}

const SIGNUPS: &str = "SELECT COUNT(*) FROM signup";

#[tokio::test]
async fn r18_a_chore_comes_again_after_just_its_interval() {
    let bench = Bench::start().await;
    world::found(&bench.store, 1, &[], 0, 0).await;
    bench.all_ran().await;
    let every = table().find(|(name, _)| name.contains("sign-ups")).expect("the chore").1;
    for id in 1..4 {
        timed_out(&bench, id).await;
        bench.pass(every - MILLI).await;
        assert_eq!(bench.count(SIGNUPS).await, 1, "its time has not come");
        bench.pass(MILLI).await;
        assert_eq!(bench.count(SIGNUPS).await, 0);
    }
}

#[tokio::test]
async fn the_first_run_comes_within_a_tenth_of_the_interval() {
    let bench = Bench::start().await;
    world::found(&bench.store, 1, &[], 0, 0).await;
    timed_out(&bench, 1).await;
    bench.pass(Duration::from_secs(2)).await;
    assert_eq!(bench.count(SIGNUPS).await, 0);
}

#[tokio::test]
async fn a_newsletter_starts_is_listed_and_finishes_by_the_clock_alone() {
    let bench = Bench::start().await;
    let newsletter = scheduled(&bench, 1).await;
    assert_eq!(state(&bench, newsletter).await, MailingState::Scheduled);
    for _ in 0..20 {
        bench.pass(Duration::from_millis(250)).await;
    }
    assert_eq!(state(&bench, newsletter).await, MailingState::Finished);
}

#[tokio::test]
async fn a_chore_that_fails_is_run_again_and_the_others_go_on() {
    let bench = Bench::start().await;
    let newsletter = scheduled(&bench, 1).await;
    timed_out(&bench, 1).await;
    script(&bench.store, "ALTER TABLE signup RENAME TO away").await.expect("gone");
    for _ in 0..5 {
        bench.pass(MINUTE).await;
    }
    assert_eq!(state(&bench, newsletter).await, MailingState::Finished, "the others went on");
    script(&bench.store, "ALTER TABLE away RENAME TO signup").await.expect("back");
    assert_eq!(bench.count(SIGNUPS).await, 1);
    bench.pass(MINUTE).await;
    assert_eq!(bench.count(SIGNUPS).await, 0, "it was run again");
}

#[tokio::test]
async fn a_chore_that_panics_is_run_again() {
    let bench = Bench::start().await;
    let newsletter = scheduled(&bench, 1).await;
    bench.broken.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        bench.pass(HOUR).await;
    }
    assert_eq!(state(&bench, newsletter).await, MailingState::Scheduled);
    bench.broken.store(false, Ordering::SeqCst);
    for _ in 0..3 {
        bench.pass(MINUTE).await;
    }
    assert_eq!(state(&bench, newsletter).await, MailingState::Finished);
}

#[tokio::test]
async fn one_faulty_newsletter_does_not_stop_the_others() {
    let bench = Bench::start().await;
    let (faulty, good) = (scheduled(&bench, 1).await, scheduled(&bench, 2).await);
    script(&bench.store, "UPDATE account SET legal_review = 99 WHERE id = 1").await.expect("unreadable");
    for _ in 0..5 {
        bench.pass(MINUTE).await;
    }
    assert_eq!(state(&bench, good).await, MailingState::Finished);
    assert_eq!(state(&bench, faulty).await, MailingState::Running);
    script(&bench.store, "UPDATE account SET legal_review = 0 WHERE id = 1").await.expect("repaired");
    for _ in 0..5 {
        bench.pass(MINUTE).await;
    }
    assert_eq!(state(&bench, faulty).await, MailingState::Finished);
}

#[tokio::test]
async fn a_slow_answer_delays_no_other_chore_and_is_awaited_at_the_end() {
    let mut bench = Bench::start().await;
    let newsletter = scheduled(&bench, 1).await;
    bench.dns.fail("shop1.example", Fault::Silent);
    bench.clock.advance(MINUTE);
    for _ in 0..20 {
        // All but the one that waits for DNS.
        bench.clock.until_sleepers(table().count() - 1).await;
        bench.clock.advance(Duration::from_millis(250));
    }
    bench.clock.until_sleepers(table().count() - 1).await;
    assert_eq!(
        bench.count("SELECT COUNT(*) FROM sending_domain WHERE checked_at IS NULL").await,
        1,
        "DNS is still silent"
    );
    assert_eq!(state(&bench, newsletter).await, MailingState::Finished);
    bench.end().await;
    assert_eq!(
        bench.count("SELECT COUNT(*) FROM sending_domain WHERE checked_at IS NULL").await,
        0,
        "what was under way was finished"
    );
}

#[tokio::test]
async fn stop_ends_the_clockwork_and_nothing_runs_afterwards() {
    let mut bench = Bench::start().await;
    bench.end().await;
    let newsletter = scheduled(&bench, 1).await;
    bench.clock.advance(DAY);
    assert_eq!(bench.clock.sleepers(), 0);
    assert_eq!(state(&bench, newsletter).await, MailingState::Scheduled);
}

#[tokio::test]
async fn a_clockwork_whose_owner_is_gone_ends() {
    let mut bench = Bench::start().await;
    bench.stop = tokio::sync::watch::channel(false).0;
    (&mut bench.running).await.expect("it ends");
}

#[tokio::test]
async fn l8_arrived_mail_goes_after_its_days_however_much_there_is() {
    let bench = Bench::start().await;
    let day = START.day();
    let rows: Vec<String> = (0..1_300)
        .map(|id| {
            format!("({id}, {}, 0, '', '', '', '', x'', 'bounce', '')", if id < 1_200 { day - 61 } else { day - 60 })
        })
        .collect();
    let text = format!(
        "INSERT INTO inbox (id, day, received_at, peer, helo, mail_from, recipient, raw, kind, effect) VALUES {}",
        rows.join(",")
    );
    script(&bench.store, &text).await.expect("mail");
    bench.all_ran().await;
    assert_eq!(bench.count("SELECT COUNT(*) FROM inbox").await, 100);
}
