//! The way of a row: claim, start, outcome, and everything that comes between.

use std::time::Duration;

use policy::bounce::BounceClass;
use policy::facts::{MailingState, PersonFacts};
use policy::refusal::Cancellation;
use policy::{NoticeId, Purpose, RowId, RowState, Timestamp};
use seals::Clock as _;
use store::claims::{ClaimedRow, Wanted};
use store::conformance::{numbers, script, texts};
use store::deliveries::{Claim, Start};
use store::lives::{Life, LifeId, Watch};
use store::outcomes::{Bounced, HandedOver, Outcome, Recorded, Report};
use store::profiles::Profiles;

use crate::both::{Bench, START};
use crate::world::{self, World};

const HOUR: i64 = 3_600_000;
const LATER: Timestamp = Timestamp::from_millis(START.millis() + HOUR);

async fn world(bench: &Bench, n: i64, contacts: usize) -> World {
    let people = world::people((0..contacts).map(|at| format!("p{at}@d{}.test", at % 3)));
    world::found(&bench.store, n, &people, START.millis(), START.millis() + 24 * HOUR).await
}

async fn begin(bench: &Bench) -> Life {
    bench.store.begin_life(None, &*bench.dice).await.expect("a life")
}

async fn claim(bench: &Bench, life: &Life, world: &World, n: usize) -> Vec<ClaimedRow> {
    claim_as(bench, life.id(), life.beat(), world, n).await
}

async fn claim_as(bench: &Bench, life: LifeId, beat: i64, world: &World, n: usize) -> Vec<ClaimedRow> {
    let wanted = Wanted { notices: 0, mailings: vec![(world.mailing, n)], ..Wanted::default() };
    bench.store.claim(life, beat, wanted, bench.clock.now()).await.expect("a claim")
}

fn claims(rows: &[ClaimedRow]) -> Vec<Claim> {
    rows.iter().map(|row| row.claim).collect()
}

/// Briefs and starts; returns what was granted.
async fn start(bench: &Bench, life: &Life, claims: &[Claim]) -> Vec<Claim> {
    let starts = brief(bench, claims).await;
    bench.store.start(life.beat(), starts).await.expect("an answer to the start")
}

async fn brief(bench: &Bench, claims: &[Claim]) -> Vec<Start> {
    let briefings = bench.store.brief(claims, &Profiles::new(500)).await.expect("facts");
    briefings.into_iter().map(|briefing| Start { claim: briefing.claim, versions: briefing.facts.versions }).collect()
}

async fn record(bench: &Bench, claim: Claim, outcome: Outcome) -> Recorded {
    bench
        .store
        .record(vec![Report { claim, provider_group: None, outcome }], bench.clock.now())
        .await
        .expect("recorded")[0]
}

fn accepted() -> Outcome {
    Outcome::Accepted { reply: "250 2.0.0 taken".to_owned(), proof: None }
}

fn bounced(class: BounceClass, key: [u8; 32]) -> Bounced {
    Bounced {
        class,
        counts: true,
        reply: "550 5.1.1 no such user".to_owned(),
        provider_group: "mx.test".to_owned(),
        address_key: seals::AddressKey::from_bytes(key),
    }
}

fn deferred() -> Outcome {
    Outcome::Deferred { class: BounceClass::Soft, reply: "452 4.2.2 full".to_owned(), until: LATER }
}

/// Numbers of rows by state.
async fn states(bench: &Bench) -> Vec<(i64, i64)> {
    let rows = numbers(&bench.store, "SELECT state, COUNT(*) FROM delivery GROUP BY state ORDER BY state", 2)
        .await
        .expect("states");
    rows.into_iter().map(|row| (row[0].expect("a state"), row[1].expect("a number"))).collect()
}

/// Counted terminal states.
async fn counted(bench: &Bench) -> Vec<(i64, i64)> {
    let rows = numbers(
        &bench.store,
        "SELECT state, CAST(SUM(n) AS BIGINT) FROM mailing_count GROUP BY state HAVING SUM(n) <> 0 ORDER BY state",
        2,
    )
    .await
    .expect("counts");
    rows.into_iter().map(|row| (row[0].expect("a state"), row[1].expect("a number"))).collect()
}

async fn bump(bench: &Bench, table: &str) {
    script(&bench.store, &format!("UPDATE {table} SET facts_version = facts_version + 1"))
        .await
        .expect("a changed fact");
}

crate::both!(
    /// Proves the first half of DESIGN §4: a batch is claimed once, each claim with an attempt of its own.
    a_row_is_claimed_by_one_life_and_counts_its_attempts,
    |bench: Bench| async move {
        let world = world(&bench, 1, 11).await;
        let life = begin(&bench).await;
        let due = bench.store.due_mailings(None, bench.clock.now()).await.expect("due mailings");
        assert_eq!(due.iter().map(|due| due.mailing).collect::<Vec<_>>(), [world.mailing]);
        assert!(bench.store.due_mailings(Some(due[0]), bench.clock.now()).await.expect("the rest").is_empty());
        let first = claim(&bench, &life, &world, 8).await;
        let rest = claim(&bench, &life, &world, 8).await;
        assert_eq!((first.len(), rest.len()), (8, 3));
        assert!(first.iter().chain(&rest).all(|row| row.claim.attempt == 1));
        assert!(claim(&bench, &life, &world, 8).await.is_empty());
        let attempts = numbers(&bench.store, "SELECT attempt, COUNT(*) FROM delivery GROUP BY attempt", 2).await.expect("attempts");
        assert_eq!(attempts, [[Some(1), Some(11)]]);
        record(&bench, first[0].claim, Outcome::HandedBack).await;
        assert_eq!(claim(&bench, &life, &world, 8).await[0].claim.attempt, 2);
    }
);

crate::both!(r15_notices_are_claimed_before_bulk_and_closed_domains_are_left_alone, |bench: Bench| async move {
    let world = world(&bench, 1, 3).await;
    world::sign_up(&bench.store, 1, 77, &world::people(["new@d9.test".to_owned()])[0], START.millis()).await;
    let life = begin(&bench).await;
    let wanted = Wanted {
        notices: 5,
        mailings: vec![(world.mailing, 5)],
        closed_domains: vec!["d1.test".to_owned()],
        ..Wanted::default()
    };
    let claimed = bench.store.claim(life.id(), life.beat(), wanted, bench.clock.now()).await.expect("a claim");
    assert_eq!(claimed[0].claim.row, RowId::Notice(NoticeId::from_raw(77)));
    let domains: Vec<_> = claimed.iter().map(|row| row.domain.as_str()).collect();
    assert_eq!(domains.len(), 3);
    assert!(!domains.contains(&"d1.test"));
});

crate::both!(
    nothing_is_claimed_of_a_paused_installation_a_suspended_account_or_a_paused_mailing,
    |bench: Bench| async move {
        world(&bench, 1, 2).await;
        let now = bench.clock.now();
        for (stop, go) in [
            ("UPDATE installation SET sending_paused = TRUE", "UPDATE installation SET sending_paused = FALSE"),
            ("UPDATE installation SET frozen = TRUE", "UPDATE installation SET frozen = FALSE"),
            ("UPDATE account SET standing = 1", "UPDATE account SET standing = 0"),
            ("UPDATE mailing SET state = 3", "UPDATE mailing SET state = 2"),
        ] {
            script(&bench.store, stop).await.expect("stopped");
            assert!(bench.store.due_mailings(None, now).await.expect("an answer").is_empty(), "{stop}");
            script(&bench.store, go).await.expect("going on");
            assert_eq!(bench.store.due_mailings(None, now).await.expect("an answer").len(), 1, "{go}");
        }
    }
);

crate::both!(
    /// Proves step 3 of DESIGN §4: whatever changed since the gate looked, nothing starts.
    r30_r59_a_start_is_refused_when_any_fact_changed_since_the_gate_saw_it,
    |bench: Bench| async move {
        let world = world(&bench, 1, 1).await;
        let life = begin(&bench).await;
        for table in ["installation", "account", "mailing", "contact"] {
            let claimed = claims(&claim(&bench, &life, &world, 1).await);
            let starts = brief(&bench, &claimed).await;
            assert_eq!(starts.len(), 1);
            bump(&bench, table).await;
            assert!(bench.store.start(life.beat(), starts).await.expect("an answer").is_empty(), "{table}");
            assert_eq!(record(&bench, claimed[0], Outcome::HandedBack).await, Recorded::Settled(RowState::Due));
        }
        let claimed = claims(&claim(&bench, &life, &world, 1).await);
        let starts = brief(&bench, &claimed).await;
        let key = world::blob(&bench.store, &world::plain_key("p0@d0.test"));
        script(&bench.store, &format!("INSERT INTO suppression (address_key, reason, at, source_account) VALUES ({key}, 'hard_bounce', 0, 2)")).await.expect("excluded");
        assert!(bench.store.start(life.beat(), starts.clone()).await.expect("an answer").is_empty());
        script(&bench.store, "DELETE FROM suppression").await.expect("lifted");
        assert_eq!(bench.store.start(life.beat(), starts).await.expect("an answer"), claimed);
    }
);

crate::both!(r30_a_start_is_fenced_by_life_attempt_and_state, |bench: Bench| async move {
    let world = world(&bench, 1, 1).await;
    let life = begin(&bench).await;
    let old = claims(&claim(&bench, &life, &world, 1).await);
    let starts = brief(&bench, &old).await;
    record(&bench, old[0], Outcome::HandedBack).await;
    let new = claims(&claim(&bench, &life, &world, 1).await);
    assert!(bench.store.start(life.beat(), starts).await.expect("an answer").is_empty(), "an older claim");
    let starts = brief(&bench, &new).await;
    assert_eq!(bench.store.start(life.beat(), starts.clone()).await.expect("an answer"), new);
    assert!(bench.store.start(life.beat(), starts.clone()).await.expect("an answer").is_empty(), "started already");
    assert_eq!(bench.store.renew(starts.clone()).await.expect("an answer"), new, "the ticket is renewed");
    bump(&bench, "contact").await;
    assert!(bench.store.renew(starts).await.expect("an answer").is_empty(), "a renewed ticket sees the change");
});

crate::both!(facts_of_a_delivery_and_of_a_confirmation_are_what_the_gate_needs, |bench: Bench| async move {
    let world = world(&bench, 1, 2).await;
    let person = &world::people(["new@d9.test".to_owned()])[0];
    let signup = world::sign_up(&bench.store, 1, 77, person, START.millis()).await;
    script(&bench.store, &format!("INSERT INTO contact_tag (account_id, contact_id, tag_id, given_at) VALUES (1, {0}, 31, 0), (1, {0}, 30, 0)", world.contacts[0].get()))
            .await
            .expect("tags");
    let life = begin(&bench).await;
    let wanted = Wanted { notices: 5, mailings: vec![(world.mailing, 5)], ..Wanted::default() };
    let claimed = claims(&bench.store.claim(life.id(), life.beat(), wanted, bench.clock.now()).await.expect("a claim"));
    let briefings = bench.store.brief(&claimed, &Profiles::new(500)).await.expect("facts");
    assert_eq!(briefings.len(), 3);
    for briefing in &briefings {
        assert_eq!(
            policy::may_send(briefing.candidate.purpose, &briefing.facts, bench.clock.now()),
            Ok(()),
            "{briefing:?}"
        );
    }
    let first = briefings
        .iter()
        .find(|briefing| briefing.claim.row == (RowId::Delivery { mailing: world.mailing, contact: world.contacts[0] }))
        .expect("a briefing");
    let PersonFacts::Contact(contact) = &first.facts.person else { panic!("a contact") };
    assert_eq!(contact.tags.iter().map(|tag| tag.get()).collect::<Vec<_>>(), [30, 31]);
    assert_eq!(contact.consent.as_ref().expect("a consent").site, "www.shop1.example");
    let confirmation =
        briefings.iter().find(|briefing| briefing.candidate.purpose == Purpose::Confirmation).expect("a confirmation");
    let PersonFacts::Pending(pending) = &confirmation.facts.person else { panic!("a pending sign-up") };
    assert_eq!((pending.id, pending.site.as_str(), pending.ip.as_str()), (signup, "www.shop1.example", "192.0.2.1"));
    assert_eq!(start(&bench, &life, &claimed).await.len(), 3);
});

crate::both!(r18_a_confirmation_of_a_sign_up_that_is_gone_does_not_start, |bench: Bench| async move {
    world(&bench, 1, 1).await;
    world::sign_up(&bench.store, 1, 77, &world::people(["new@d9.test".to_owned()])[0], START.millis()).await;
    let life = begin(&bench).await;
    let wanted = Wanted { notices: 5, ..Wanted::default() };
    let claimed = claims(&bench.store.claim(life.id(), life.beat(), wanted, bench.clock.now()).await.expect("a claim"));
    let starts = brief(&bench, &claimed).await;
    script(&bench.store, "DELETE FROM signup").await.expect("gone");
    assert!(bench.store.start(life.beat(), starts).await.expect("an answer").is_empty());
    let briefings = bench.store.brief(&claimed, &Profiles::new(500)).await.expect("facts");
    assert!(matches!(briefings[0].facts.person, PersonFacts::NoPending));
});

crate::both!(
    /// Proves R67's meaning of "sent" and that open = audience − terminal, always.
    r67_outcomes_end_rows_and_their_counters_add_up,
    |bench: Bench| async move {
        let world = world(&bench, 1, 9).await;
        let life = begin(&bench).await;
        let claimed = claims(&claim(&bench, &life, &world, 9).await);
        assert_eq!(start(&bench, &life, &claimed).await.len(), 9);
        let key = |at: usize| world::plain_key(&format!("p{at}@d{}.test", at % 3));
        let at = |claim: &Claim| match claim.row {
            RowId::Delivery { contact, .. } => world.contacts.iter().position(|known| *known == contact).expect("known"),
            RowId::Notice(_) => panic!("no notice"),
        };
        let outcomes = [
            accepted(),
            accepted(),
            Outcome::Bounced(bounced(BounceClass::Hard, key(at(&claimed[2])))),
            Outcome::Bounced(bounced(BounceClass::Policy, key(at(&claimed[3])))),
            deferred(),
            Outcome::Expired(Some(bounced(BounceClass::Soft, key(at(&claimed[5]))))),
            Outcome::Refused { reason: "not_a_contact".to_owned() },
            Outcome::Held { reason: Some("domain_not_authenticated".to_owned()), until: LATER },
            Outcome::Unknown { until: LATER },
        ];
        let reports = claimed.iter().zip(outcomes).map(|(claim, outcome)| Report { claim: *claim, provider_group: None, outcome }).collect();
        let recorded = bench.store.record(reports, bench.clock.now()).await.expect("recorded");
        assert!(recorded.iter().all(|recorded| matches!(recorded, Recorded::Settled(_))), "{recorded:?}");
        assert_eq!(states(&bench).await, [(0, 1), (3, 1), (4, 1), (10, 2), (11, 2), (12, 1), (13, 1)]);
        assert_eq!(counted(&bench).await, [(10, 2), (11, 2), (12, 1), (13, 1)]);
        let sent = numbers(&bench.store, "SELECT account_id, period, mailing_id, day, n FROM sent_count", 5).await.expect("sent");
        assert_eq!(sent, [[Some(1), Some(1), Some(world.mailing.get()), Some(START.day()), Some(2)]]);
        assert!(bench.store.finish_mailings(bench.clock.now()).await.expect("an answer").is_empty(), "three rows are open");
        let bounces = numbers(&bench.store, "SELECT COUNT(*) FROM bounce", 1).await.expect("bounces");
        assert_eq!(bounces, [[Some(3)]], "two of the session, one of the expiry");
    }
);

crate::both!(r57_r60_a_hard_bounce_in_the_session_excludes_in_the_same_transaction, |bench: Bench| async move {
    let (one, two) = (world(&bench, 1, 1).await, world(&bench, 2, 1).await);
    let life = begin(&bench).await;
    let mine = claims(&claim(&bench, &life, &one, 1).await);
    let theirs = claims(&claim(&bench, &life, &two, 1).await);
    let starts = brief(&bench, &theirs).await;
    start(&bench, &life, &mine).await;
    record(&bench, mine[0], Outcome::Bounced(bounced(BounceClass::Hard, world::plain_key("p0@d0.test")))).await;
    let excluded = numbers(&bench.store, "SELECT source_account FROM suppression", 1).await.expect("exclusions");
    assert_eq!(excluded, [[Some(1)]]);
    assert!(
        bench.store.start(life.beat(), starts).await.expect("an answer").is_empty(),
        "the other account's mail does not start"
    );
    let theirs = "SELECT reason FROM delivery WHERE account_id = 2";
    assert_eq!(texts(&bench.store, theirs, 1).await.expect("a reason"), [[Some("excluded".to_owned())]]);
    let key = seals::AddressKey::from_bytes(world::plain_key("p0@d0.test"));
    assert_eq!(bench.store.cancel_address(key).await.expect("cancelled"), 0, "nothing was left open");
});

crate::both!(a_mailing_finishes_when_every_row_is_terminal, |bench: Bench| async move {
    let world = world(&bench, 1, 2).await;
    let life = begin(&bench).await;
    let claimed = claims(&claim(&bench, &life, &world, 2).await);
    start(&bench, &life, &claimed).await;
    record(&bench, claimed[0], accepted()).await;
    assert!(bench.store.finish_mailings(bench.clock.now()).await.expect("an answer").is_empty());
    record(&bench, claimed[1], deferred()).await;
    assert!(bench.store.finish_mailings(bench.clock.now()).await.expect("an answer").is_empty());
    bench.clock.advance(Duration::from_secs(3600));
    let again = claims(&claim(&bench, &life, &world, 2).await);
    start(&bench, &life, &again).await;
    record(&bench, again[0], accepted()).await;
    assert_eq!(
        bench.store.finish_mailings(bench.clock.now()).await.expect("an answer"),
        [(world.account, world.mailing)]
    );
    let state = numbers(&bench.store, "SELECT state FROM mailing", 1).await.expect("a state");
    assert_eq!(state, [[Some(MailingState::Finished.number())]]);
});

crate::both!(
    /// Proves DESIGN §4, step 5: the late truth closes a row, and the counters move.
    a_late_truth_moves_a_refused_row_and_its_counters,
    |bench: Bench| async move {
        let world = world(&bench, 1, 1).await;
        let life = begin(&bench).await;
        let old = claims(&claim(&bench, &life, &world, 1).await);
        start(&bench, &life, &old).await;
        // The row is taken away (its owner was thought gone) and cancelled, and then the owner speaks.
        let other = LifeId::from_raw(4711);
        script(&bench.store, "UPDATE delivery SET state = 0, owner = NULL").await.expect("taken back");
        let new = claims(&claim_as(&bench, other, 0, &world, 1).await);
        record(&bench, new[0], Outcome::Refused { reason: "not_a_contact".to_owned() }).await;
        assert_eq!(counted(&bench).await, [(13, 1)]);
        assert_eq!(record(&bench, old[0], deferred()).await, Recorded::Fenced);
        assert_eq!(record(&bench, old[0], accepted()).await, Recorded::Settled(RowState::Accepted));
        assert_eq!(counted(&bench).await, [(10, 1)]);
        assert_eq!(record(&bench, old[0], accepted()).await, Recorded::Fenced, "told twice, counted once");
        assert_eq!(counted(&bench).await, [(10, 1)]);
    }
);

crate::both!(l1_an_accepted_confirmation_mail_leaves_its_proof_with_the_sign_up, |bench: Bench| async move {
    world(&bench, 1, 1).await;
    world::sign_up(&bench.store, 1, 77, &world::people(["new@d9.test".to_owned()])[0], START.millis()).await;
    let life = begin(&bench).await;
    let claimed = claims(
        &bench
            .store
            .claim(life.id(), life.beat(), Wanted { notices: 5, ..Wanted::default() }, bench.clock.now())
            .await
            .expect("a claim"),
    );
    start(&bench, &life, &claimed).await;
    let proof = HandedOver { message_id: "abc@house.example".to_owned(), sha256: [7; 32] };
    record(&bench, claimed[0], Outcome::Accepted { reply: "250 2.0.0 taken".to_owned(), proof: Some(proof) }).await;
    let kept =
        texts(&bench.store, "SELECT mail_message_id, mail_reply, CAST(mail_handed_over_at AS TEXT) FROM signup", 3)
            .await
            .expect("a sign-up");
    assert_eq!(
        kept,
        [[Some("abc@house.example".to_owned()), Some("250 2.0.0 taken".to_owned()), Some(START.millis().to_string())]]
    );
    let states = numbers(&bench.store, "SELECT state FROM notice WHERE id = 77", 1).await.expect("a state");
    assert_eq!(states, [[Some(10)]]);
});

crate::both!(
    /// The clock of this test stands still: an answer that waited would never come.
    r30_a_sweep_cancels_what_is_open_and_the_answer_comes_at_once,
    |bench: Bench| async move {
        let world = world(&bench, 1, 2).await;
        let life = begin(&bench).await;
        claim(&bench, &life, &world, 1).await;
        bench.store.drain_person(world.contacts[0], Cancellation::Unsubscribed).await;
        bench.store.drain_person(world.contacts[0], Cancellation::Unsubscribed).await;
        let state = texts(&bench.store, "SELECT CAST(state AS TEXT), reason FROM delivery WHERE state >= 10", 2).await.expect("a row");
        assert_eq!(state, [[Some("13".to_owned()), Some("unsubscribed".to_owned())]]);
        assert_eq!(counted(&bench).await, [(13, 1)]);
    }
);

crate::both!(d13_not_me_cancels_the_open_confirmation_mail, |bench: Bench| async move {
    world(&bench, 1, 1).await;
    let signup =
        world::sign_up(&bench.store, 1, 77, &world::people(["new@d9.test".to_owned()])[0], START.millis()).await;
    bench.store.drain_person(signup, Cancellation::NotMe).await;
    let state = texts(&bench.store, "SELECT CAST(state AS TEXT), reason FROM notice", 2).await.expect("a row");
    assert_eq!(state, [[Some("13".to_owned()), Some("not_me".to_owned())]]);
});

/// Lets time pass in steps of a millisecond until the wait ends, at most `limit`; says how much passed.
async fn pass(bench: &Bench, wait: &tokio::task::JoinHandle<()>, limit: Duration) -> Duration {
    // Beside the tests only the checkpoints of SQLite sleep.
    let others = usize::from(matches!(bench.store.place(), store::Place::Sqlite(_)));
    let before = bench.clock.reading();
    loop {
        let passed = bench.clock.reading().elapsed_since(before);
        if wait.is_finished() || passed >= limit {
            return passed;
        }
        if bench.clock.sleepers() > others {
            bench.clock.advance(Duration::from_millis(1));
        }
        tokio::task::yield_now().await;
    }
}

const TICKET_AND_FIVE_PERCENT: Duration = Duration::from_millis(1_050);

crate::both!(
    /// Proves promise 3: while a mail may be on the wire the answer waits, at most to the deadline.
    r30_the_answer_waits_for_a_started_mail_and_not_longer_than_the_ticket,
    |bench: Bench| async move {
        let world = world(&bench, 1, 2).await;
        let life = begin(&bench).await;
        let claimed = claims(&claim(&bench, &life, &world, 2).await);
        start(&bench, &life, &claimed).await;
        let drained = tokio::spawn(drain(bench.store.clone(), claimed[0]));
        let passed = pass(&bench, &drained, Duration::from_millis(200)).await;
        assert!(!drained.is_finished() && passed == Duration::from_millis(200));
        record(&bench, claimed[0], accepted()).await;
        let passed = pass(&bench, &drained, TICKET_AND_FIVE_PERCENT).await;
        assert!(passed < Duration::from_millis(800), "the outcome ends the wait: {passed:?}");

        let drained = tokio::spawn(drain(bench.store.clone(), claimed[1]));
        let passed = pass(&bench, &drained, Duration::from_secs(5)).await;
        assert!(passed >= TICKET_AND_FIVE_PERCENT && passed < Duration::from_millis(1_300), "{passed:?}");
        assert_eq!(states(&bench).await, [(2, 1), (10, 1)], "the started row is left to its owner");
    }
);

async fn drain(store: store::Store, claim: Claim) {
    let RowId::Delivery { contact, .. } = claim.row else { panic!("a delivery") };
    store.drain_person(contact, Cancellation::Unsubscribed).await;
}

crate::both!(r85_everybody_waits_the_whole_ticket_and_five_percent, |bench: Bench| async move {
    let store = bench.store.clone();
    let waited = tokio::spawn(async move { store.drain_all().await });
    let passed = pass(&bench, &waited, Duration::from_secs(5)).await;
    assert!(passed >= TICKET_AND_FIVE_PERCENT && passed < Duration::from_millis(1_300), "{passed:?}");
});

crate::both!(an_aborted_mailing_is_cancelled_and_its_counters_add_up, |bench: Bench| async move {
    let world = world(&bench, 1, 5).await;
    let life = begin(&bench).await;
    let claimed = claims(&claim(&bench, &life, &world, 2).await);
    start(&bench, &life, &claimed[..1]).await;
    script(&bench.store, "UPDATE mailing SET state = 5, facts_version = facts_version + 1").await.expect("aborted");
    assert_eq!(bench.store.cancel_mailing(world.mailing, Cancellation::Aborted).await.expect("cancelled"), 4);
    record(&bench, claimed[0], deferred()).await;
    assert_eq!(states(&bench).await, [(3, 1), (13, 4)]);
    assert_eq!(bench.store.cancel_stranded().await.expect("cancelled"), 1);
    assert_eq!(counted(&bench).await, [(13, 5)]);
});

crate::both!(
    /// Proves promise 6: what a dead life owned is due again, when its beat stands or counts on.
    claims_end_by_beats_and_started_rows_only_after_twenty_minutes,
    |bench: Bench| async move {
        let world = world(&bench, 1, 2).await;
        let life = begin(&bench).await;
        let claimed = claims(&claim(&bench, &life, &world, 2).await);
        start(&bench, &life, &claimed[..1]).await;
        let mut watch = Watch::default();
        assert_eq!(life.watch(&mut watch).await.expect("a look"), 0);
        // Its own life counts on: the reply to the claim was lost.
        for _ in 0..151 {
            life.prove().await.expect("a beat");
        }
        assert_eq!(life.watch(&mut watch).await.expect("a look"), 1);
        assert_eq!(states(&bench).await, [(0, 1), (2, 1)]);
        for _ in 0..450 {
            life.prove().await.expect("a beat");
        }
        assert_eq!(life.watch(&mut watch).await.expect("a look"), 1);
        assert_eq!(states(&bench).await, [(0, 2)]);
        let attempts = numbers(&bench.store, "SELECT attempt FROM delivery", 1).await.expect("attempts");
        assert_eq!(attempts, [[Some(1)], [Some(1)]]);
    }
);

crate::both!(a_new_life_of_a_node_takes_back_at_once_what_the_old_one_left, |bench: Bench| async move {
    let world = world(&bench, 1, 3).await;
    let lock = std::env::temp_dir().join(format!("jawort-node-{}.lock", std::process::id()));
    let life = bench.store.begin_life(Some(&lock), &*bench.dice).await.expect("a life");
    let node = life.node().to_owned();
    let claimed = claims(&claim(&bench, &life, &world, 2).await);
    start(&bench, &life, &claimed[..1]).await;
    let refused = bench.store.begin_life(Some(&lock), &*bench.dice).await.map(|_| ()).expect_err("the lock is held");
    assert!(refused.to_string().contains(&std::process::id().to_string()), "{refused}");
    drop(life);
    let life = bench.store.begin_life(Some(&lock), &*bench.dice).await.expect("the next life");
    assert_eq!(life.node(), node);
    assert_eq!(states(&bench).await, [(0, 3)]);
    life.end().await.expect("the end");
    let open = numbers(&bench.store, "SELECT COUNT(*) FROM life WHERE ended_at IS NULL", 1).await.expect("lives");
    assert_eq!(open, [[Some(0)]]);
    let _ = std::fs::remove_file(lock);
});

/// Proves promise 6 for several nodes: rows of a life whose lock is gone are due again after ten
/// seconds of the watcher's clock, and a node that lost its session stops sending after five.
#[test]
fn a_lost_lock_counts_after_ten_seconds_and_stops_its_node_after_five() {
    crate::both::run(async {
        let Some(bench) = crate::both::postgres().await else { return };
        let world = world(&bench, 1, 2).await;
        let (lost, watcher) = (begin(&bench).await, begin(&bench).await);
        let claimed = claims(&claim(&bench, &lost, &world, 2).await);
        start(&bench, &lost, &claimed[..1]).await;
        let mut watch = Watch::default();
        assert_eq!(watcher.watch(&mut watch).await.expect("a look"), 0);
        assert!(lost.may_send());
        kill_session(&bench, lost.id().get()).await;
        assert_eq!(watcher.watch(&mut watch).await.expect("a look"), 0);
        bench.clock.advance(Duration::from_secs(6));
        watcher.prove().await.expect("a beat");
        assert!(!lost.may_send() && watcher.may_send());
        assert_eq!(watcher.watch(&mut watch).await.expect("a look"), 0, "six seconds are not ten");
        bench.clock.advance(Duration::from_secs(4));
        assert_eq!(watcher.watch(&mut watch).await.expect("a look"), 2);
        assert_eq!(states(&bench).await, [(0, 2)]);
        assert!(lost.prove().await.is_err(), "the session is gone");
        lost.prove().await.expect("another session");
        assert!(lost.may_send());
        assert!(start(&bench, &lost, &claimed[..1]).await.is_empty(), "what was taken away stays away");
    });
}

/// Ends the session that holds the lock of a life, as a broken network would.
async fn kill_session(bench: &Bench, life: i64) {
    script(
        &bench.store,
        &format!("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND objid = ({life} & 4294967295)::oid"),
    )
    .await
    .expect("ended");
    for _ in 0..1000 {
        let left = texts(
            &bench.store,
            "SELECT CAST(COUNT(*) AS TEXT) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1",
            1,
        )
        .await
        .expect("locks");
        if left == [[Some("1".to_owned())]] {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the session did not end");
}
