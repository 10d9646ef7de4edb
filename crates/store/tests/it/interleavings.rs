//! What happens at once: the orders of steps that a running house cannot choose.
//!
//! A test for PostgreSQL holds a row with a session of its own, lets the store
//! run into it, waits until the server says that so many sessions wait for a
//! lock, and lets go. So every order is made, and none is hoped for.

use std::time::Duration;

use policy::bounce::BounceClass;
use policy::legal_notice::Review;
use policy::{ContactId, RowId, RowState, TagId, Timestamp};
use seals::{AddressKey, Clock as _};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use store::bounces::{BounceEffect, ReportedBounce};
use store::claims::Wanted;
use store::complaints::{Named, NewComplaint};
use store::confirmations::NotMeOutcome;
use store::conformance::{numbers, script, texts};
use store::consents::{Source as Door, Word};
use store::contacts::{RestoreOutcome, UnsubscribeOutcome};
use store::deliveries::{Claim, Start};
use store::incidents::{IncidentDecision, IncidentKind};
use store::lives::{Life, LifeId, Watch};
use store::outcomes::{Bounced, Outcome, Recorded, Report};
use store::profiles::Profiles;
use store::{Place, Store};

use crate::both::{self, Bench, START};
use crate::world::{self, World, plain_key};

const HOUR: i64 = 3_600_000;
const TICKET_AND_FIVE_PERCENT: Duration = Duration::from_millis(1_050);
const WORD: Word = Word { source: Door::OneClick, ip: None, salt: [7; seals::EVIDENCE_SALT_BYTES] };

/// A session beside the store's own: holds rows, and sees who waits for them.
struct Beside {
    holder: PgConnection,
    looker: PgConnection,
}

impl Beside {
    async fn new(bench: &Bench) -> Self {
        let Place::Postgres(url) = bench.store.place() else { panic!("PostgreSQL") };
        let holder = PgConnection::connect(url).await.expect("a session");
        Self { holder, looker: PgConnection::connect(url).await.expect("a session") }
    }

    /// Holds what the statement locks.
    async fn hold(&mut self, statement: &str) {
        self.holder.execute(sqlx::raw_sql(AssertSqlSafe(format!("BEGIN; {statement}")))).await.expect("held");
    }

    async fn let_go(&mut self) {
        self.holder.execute(sqlx::raw_sql("COMMIT")).await.expect("let go");
    }

    /// Returns when so many sessions of this database wait for a lock.
    async fn waiting(&mut self, sessions: i64) {
        for _ in 0..20_000 {
            let found: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
            )
            .fetch_one(&mut self.looker)
            .await
            .expect("a look");
            if found >= sessions {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("{sessions} sessions never waited");
    }
}

/// Runs a test on PostgreSQL alone: SQLite has one writer, so that there is no other order.
fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(Bench) -> F) {
    both::run(async {
        if let Some(bench) = both::postgres().await {
            test(bench).await;
        }
    });
}

async fn found(bench: &Bench, n: i64, addresses: &[&str]) -> World {
    let people = world::people(addresses.iter().map(|address| (*address).to_owned()));
    world::found(&bench.store, n, &people, START.millis(), START.millis() + 24 * HOUR).await
}

async fn begin(bench: &Bench) -> Life {
    bench.store.begin_life(None, &*bench.dice).await.expect("a life")
}

async fn claim(store: &Store, life: LifeId, world: &World, n: usize, now: Timestamp) -> store::Result<Vec<Claim>> {
    let wanted = Wanted { notices: 0, mailings: vec![(world.mailing, n)], ..Wanted::default() };
    Ok(store.claim(life, 0, wanted, now).await?.iter().map(|row| row.claim).collect())
}

async fn brief(store: &Store, claims: &[Claim]) -> store::Result<Vec<Start>> {
    let briefings = store.brief(claims, &Profiles::new(500)).await?;
    Ok(briefings
        .into_iter()
        .map(|briefing| Start { claim: briefing.claim, versions: briefing.facts.versions })
        .collect())
}

/// Claims and starts everything of a world.
async fn started(bench: &Bench, life: LifeId, world: &World) -> Vec<Claim> {
    let claims = claim(&bench.store, life, world, 500, bench.clock.now()).await.expect("a claim");
    let starts = brief(&bench.store, &claims).await.expect("facts");
    bench.store.start(0, starts).await.expect("tickets")
}

async fn count(bench: &Bench, sql: &'static str) -> i64 {
    numbers(&bench.store, sql, 1).await.expect("a count")[0][0].expect("a number")
}

fn hard(address: &str) -> Outcome {
    Outcome::Bounced(Bounced {
        class: BounceClass::Hard,
        counts: true,
        reply: "550 5.1.1 no such user".to_owned(),
        provider_group: "mx.test".to_owned(),
        address_key: AddressKey::from_bytes(plain_key(address)),
    })
}

/// Proves R48: two contacts that come at once, of whom none sees the other, still open the review
/// when they reach the limit together.
#[test]
fn r48_contacts_that_come_at_once_cross_the_limit_once() {
    on_postgres(|bench| async move {
        let world = found(&bench, 1, &["a@a.test", "b@a.test", "c@a.test", "d@a.test"]).await;
        let now = bench.clock.now();
        script(&bench.store, "UPDATE delivery SET state = 13").await.expect("nothing is on its way");
        for contact in &world.contacts[..2] {
            bench.store.unsubscribe(*contact, WORD, now).await.expect("left");
        }
        bench.store.set_legal_review_at(4).await.expect("set");
        let mut beside = Beside::new(&bench).await;
        beside.hold("SELECT 1 FROM account FOR NO KEY UPDATE").await;
        let mut back = tokio::task::JoinSet::new();
        for contact in world.contacts[..2].iter().copied() {
            let store = bench.store.clone();
            back.spawn(async move { store.restore(contact, None, WORD, now).await });
        }
        beside.waiting(2).await;
        beside.let_go().await;
        for done in back.join_all().await {
            assert_eq!(done.expect("an answer"), RestoreOutcome::Done);
        }
        let notice = bench.store.legal_notice(world.account).await.expect("asked").expect("a notice");
        assert_eq!(notice.review, Review::Open);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact").await, 4);
    });
}

/// Proves promise 3, the order of commit, sweep and look: a start that looked before the
/// unsubscribe and commits after it is seen, although the sweep waited for it.
#[test]
fn r30_a_start_that_looked_before_the_unsubscribe_makes_its_answer_wait() {
    on_postgres(|bench| async move {
        let world = found(&bench, 1, &["ada@a.test"]).await;
        let (contact, now) = (world.contacts[0], bench.clock.now());
        let life = LifeId::from_raw(71);
        let claims = claim(&bench.store, life, &world, 1, now).await.expect("a claim");
        let starts = brief(&bench.store, &claims).await.expect("facts");
        let mut beside = Beside::new(&bench).await;
        beside.hold("SELECT 1 FROM delivery FOR UPDATE").await;
        let store = bench.store.clone();
        let start = tokio::spawn(async move { store.start(0, starts).await });
        beside.waiting(1).await;
        let (store, before) = (bench.store.clone(), bench.clock.reading());
        let unsubscribe = tokio::spawn(async move { store.unsubscribe(contact, WORD, now).await });
        beside.waiting(2).await;
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact").await, 0, "the fact is committed, the sweep waits");
        beside.let_go().await;
        assert_eq!(start.await.expect("joined").expect("tickets"), claims, "it had judged before the fact");
        while bench.clock.sleepers() == 0 {
            assert!(!unsubscribe.is_finished(), "an answer although a mail may be on the wire");
            tokio::task::yield_now().await;
        }
        while !unsubscribe.is_finished() {
            if bench.clock.sleepers() > 0 {
                bench.clock.advance(Duration::from_millis(10));
            }
            tokio::task::yield_now().await;
        }
        assert!(matches!(unsubscribe.await.expect("joined"), Ok(UnsubscribeOutcome::Done(_))));
        assert!(bench.clock.reading().elapsed_since(before) >= TICKET_AND_FIVE_PERCENT);
        let accepted = Outcome::Accepted { reply: "250 taken".to_owned(), proof: None };
        let recorded = bench
            .store
            .record(vec![Report { claim: claims[0], provider_group: None, outcome: accepted }], now)
            .await
            .expect("recorded");
        assert_eq!(recorded, [Recorded::Settled(RowState::Accepted)]);
    });
}

/// Proves promise 3: the sweep came first, so the start that had judged before it is not granted.
#[test]
fn r30_a_start_whose_row_was_swept_while_it_waited_is_not_granted() {
    on_postgres(|bench| async move {
        let world = found(&bench, 1, &["ada@a.test"]).await;
        let now = bench.clock.now();
        let claims = claim(&bench.store, LifeId::from_raw(71), &world, 1, now).await.expect("a claim");
        let starts = brief(&bench.store, &claims).await.expect("facts");
        let mut beside = Beside::new(&bench).await;
        // What a sweep does, by hand, so that the start runs into the middle of it.
        beside.hold("UPDATE delivery SET state = 13, owner = NULL, reason = 'unsubscribed', settled_at = 0").await;
        let store = bench.store.clone();
        let start = tokio::spawn(async move { store.start(0, starts).await });
        beside.waiting(1).await;
        beside.let_go().await;
        assert!(start.await.expect("joined").expect("an answer").is_empty());
        assert_eq!(count(&bench, "SELECT state FROM delivery").await, 13);
    });
}

/// Proves promise 6: a life that comes back between a watcher's look and its statement keeps its
/// rows, the new ones among them, however long the watcher was stopped in between.
#[test]
fn a_life_that_proves_itself_while_it_is_judged_gone_keeps_its_rows() {
    on_postgres(|bench| async move {
        let world = found(&bench, 1, &["ada@a.test", "bob@a.test"]).await;
        let (lost, watcher) = (begin(&bench).await, begin(&bench).await);
        let id = lost.id().get();
        assert_eq!(started(&bench, lost.id(), &world).await.len(), 2);
        // The session ends; no proof comes.
        drop(lost);
        let mut beside = Beside::new(&bench).await;
        no_lock(&mut beside, id).await;
        let mut watch = Watch::default();
        assert_eq!(watcher.watch(&mut watch).await.expect("a look"), 0);
        bench.clock.advance(Duration::from_secs(11));
        watcher.prove().await.expect("a beat");
        // Its next proof is on its way when the watcher looks.
        beside.hold(&format!("UPDATE life SET beat = beat + 1 WHERE id = {id}")).await;
        let look = tokio::spawn(async move {
            let taken = watcher.watch(&mut watch).await;
            (taken, watcher, watch)
        });
        beside.waiting(1).await;
        beside.let_go().await;
        let (taken, watcher, mut watch) = look.await.expect("joined");
        assert_eq!(taken.expect("a look"), 0, "it proved itself");
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM delivery WHERE state = 2").await, 2);
        // A beat is a proof: gone counts from then, and ends as always.
        assert_eq!(watcher.watch(&mut watch).await.expect("a look"), 0, "the ten seconds begin anew");
        bench.clock.advance(Duration::from_secs(11));
        watcher.prove().await.expect("a beat");
        assert_eq!(watcher.watch(&mut watch).await.expect("a look"), 2);
    });
}

/// Waits until the server has noticed that the session of a life is gone.
async fn no_lock(beside: &mut Beside, life: i64) {
    for _ in 0..20_000 {
        let held: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = ($1 & 4294967295)::oid",
        )
        .bind(life)
        .fetch_one(&mut beside.looker)
        .await
        .expect("a look");
        if held == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the session did not end");
}

crate::both!(
    /// Proves promise 6: a claim that was committed when its dead owner had been judged already
    /// belongs to a life that ended, and is due again all the same.
    rows_of_a_life_that_ended_already_are_taken_back,
    |bench: Bench| async move {
        let world = found(&bench, 1, &["ada@a.test", "bob@a.test"]).await;
        let life = begin(&bench).await;
        let text = "INSERT INTO life (id, node, pid, started_at, beat, ended_at) VALUES (71, 'gone', 1, 0, 5, 9)";
        script(&bench.store, text).await.expect("a life that ended");
        assert_eq!(claim(&bench.store, LifeId::from_raw(71), &world, 2, bench.clock.now()).await.expect("a claim").len(), 2);
        let mut watch = Watch::default();
        assert_eq!(life.watch(&mut watch).await.expect("a look"), 0);
        bench.clock.advance(Duration::from_secs(61));
        life.prove().await.expect("a beat");
        assert_eq!(life.watch(&mut watch).await.expect("a look"), 2);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM delivery WHERE state = 0").await, 2);
    }
);

crate::both!(
    /// Proves D13 and promise 3: the bar holds for the address, so that another confirmation mail
    /// to it, which the gate released before, does not start any more.
    d13_not_me_stops_every_confirmation_mail_of_the_account_to_the_address,
    |bench: Bench| async move {
        found(&bench, 1, &[]).await;
        let person = &world::people(["new@d9.test".to_owned()])[0];
        let first = world::sign_up(&bench.store, 1, 77, person, START.millis()).await;
        let second = world::sign_up(&bench.store, 1, 78, person, START.millis()).await;
        let wanted = Wanted { notices: 5, ..Wanted::default() };
        let claims: Vec<_> = bench.store.claim(LifeId::from_raw(71), 0, wanted, bench.clock.now()).await.expect("claims").iter().map(|row| row.claim).collect();
        let starts = brief(&bench.store, &claims).await.expect("facts");
        assert_eq!(starts.len(), 2);
        assert_eq!(bench.store.not_me(first, WORD, bench.clock.now()).await.expect("an answer"), NotMeOutcome::Cancelled);
        assert!(bench.store.start(0, starts).await.expect("an answer").is_empty());
        let states = texts(&bench.store, "SELECT CAST(state AS TEXT), reason FROM notice ORDER BY id", 2).await.expect("states");
        let cancelled = [Some("13".to_owned()), Some("not_me".to_owned())];
        assert_eq!(states, [cancelled.clone(), cancelled], "sign-up {second} has lost its mail, too");
    }
);

/// Two groups of outcomes exclude addresses that they share: neither waits for the other in a circle.
#[test]
fn r57_groups_of_bounces_that_share_addresses_do_not_deadlock() {
    on_postgres(|bench| async move {
        let (one, two) =
            (found(&bench, 1, &["ada@a.test", "bob@a.test"]).await, found(&bench, 2, &["bob@a.test"]).await);
        let (first, second) =
            (started(&bench, LifeId::from_raw(71), &one).await, started(&bench, LifeId::from_raw(72), &two).await);
        let mut beside = Beside::new(&bench).await;
        // Excluding takes an id inside the transaction: the first group holds an address by then.
        beside.hold("SELECT 1 FROM id_block FOR UPDATE").await;
        let now = bench.clock.now();
        let report =
            |claim: &Claim, address: &str| Report { claim: *claim, provider_group: None, outcome: hard(address) };
        let mine = first
            .iter()
            .map(|claim| report(claim, if claim.row == row(&one, 0) { "ada@a.test" } else { "bob@a.test" }))
            .collect();
        let theirs = vec![report(&second[0], "bob@a.test")];
        let store = bench.store.clone();
        let first = tokio::spawn(async move { store.record(mine, now).await });
        beside.waiting(1).await;
        let store = bench.store.clone();
        let second = tokio::spawn(async move { store.record(theirs, now).await });
        beside.waiting(2).await;
        beside.let_go().await;
        first.await.expect("joined").expect("no circle");
        second.await.expect("joined").expect("no circle");
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM suppression").await, 2);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact").await, 0);
        assert_eq!(count(&bench, "SELECT CAST(SUM(n) AS BIGINT) FROM mailing_count WHERE state = 11").await, 3);
    });
}

fn row(world: &World, at: usize) -> RowId {
    RowId::Delivery { mailing: world.mailing, contact: world.contacts[at] }
}

fn reported(message: RowId, attempt: u8, class: BounceClass) -> ReportedBounce {
    ReportedBounce {
        message,
        attempt: Some(attempt),
        class,
        counts: true,
        reply: "552 full".to_owned(),
        provider_group: None,
        inbox: None,
    }
}

/// Proves R58 and D5 under concurrency: three soft bounces of three messages at once count 1, 2, 3.
#[test]
fn r58_soft_bounces_at_once_count_one_after_the_other() {
    on_postgres(|bench| async move {
        let mut worlds = Vec::new();
        for n in 1..=3 {
            worlds.push(found(&bench, n, &["ada@a.test"]).await);
        }
        let mut beside = Beside::new(&bench).await;
        let key = world::blob(&bench.store, &plain_key("ada@a.test"));
        beside.hold(&format!("INSERT INTO bounced_address (address_key, last_at) VALUES ({key}, 0)")).await;
        let now = bench.clock.now();
        let bounces: Vec<_> = (0..)
            .zip(&worlds)
            .map(|(week, world)| {
                // Far enough apart to be no single outage (D5).
                let at = now + Duration::from_secs(week * 7 * 24 * 60 * 60);
                let (store, bounce) = (bench.store.clone(), reported(row(world, 0), 1, BounceClass::Soft));
                tokio::spawn(async move { store.apply_bounce(bounce, at).await })
            })
            .collect();
        beside.waiting(3).await;
        beside.let_go().await;
        let mut words = Vec::new();
        for bounce in bounces {
            let effect = bounce.await.expect("joined").expect("an answer").expect("a known row");
            words.push(match effect {
                BounceEffect::CountedSoft { count } => count,
                BounceEffect::Excluded { .. } => 3,
                other => panic!("{other:?}"),
            });
        }
        words.sort_unstable();
        assert_eq!(words, [1, 2, 3]);
    });
}

/// Proves R57: the same attempt's bounce, reported many times at once, is one.
#[test]
fn r57_one_bounce_reported_at_once_by_many_is_one() {
    on_postgres(|bench| async move {
        let world = found(&bench, 1, &["ada@a.test"]).await;
        let mut beside = Beside::new(&bench).await;
        let key = world::blob(&bench.store, &plain_key("ada@a.test"));
        beside.hold(&format!("INSERT INTO bounced_address (address_key, last_at) VALUES ({key}, 0)")).await;
        let now = bench.clock.now();
        let bounces: Vec<_> = (0..6)
            .map(|_| {
                let (store, bounce) = (bench.store.clone(), reported(row(&world, 0), 1, BounceClass::Soft));
                tokio::spawn(async move { store.apply_bounce(bounce, now).await })
            })
            .collect();
        beside.waiting(6).await;
        beside.let_go().await;
        let mut repeats = 0;
        for bounce in bounces {
            repeats += usize::from(bounce.await.expect("joined").expect("an answer") == Some(BounceEffect::Repeat));
        }
        assert_eq!(repeats, 5);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM soft_bounce").await, 1);
    });
}

/// Proves promise 4: a bounce that is just being held when a person decides its incident is
/// judged by that decision, not forgotten.
#[test]
fn d6_a_decision_waits_for_the_bounces_that_are_just_being_held() {
    on_postgres(|bench| async move {
        let world = found(&bench, 1, &["ada@a.test"]).await;
        let claims = started(&bench, LifeId::from_raw(71), &world).await;
        let now = bench.clock.now();
        let (incident, _) = bench
            .store
            .open_incident(IncidentKind::HardBounceJump, "mx.test", "a jump", None, now)
            .await
            .expect("open");
        let mut beside = Beside::new(&bench).await;
        // The group has judged its bounce when it comes to its counters.
        let shard = 71 % 16;
        beside
            .hold(&format!(
                "INSERT INTO mailing_count (account_id, mailing_id, state, shard, n) VALUES (1, {}, 11, {shard}, 0)",
                world.mailing
            ))
            .await;
        let (store, report) =
            (bench.store.clone(), Report { claim: claims[0], provider_group: None, outcome: hard("ada@a.test") });
        let group = tokio::spawn(async move { store.record(vec![report], now).await });
        beside.waiting(1).await;
        let store = bench.store.clone();
        let decision = tokio::spawn(async move {
            store.decide_incident(incident, IncidentDecision::BouncesTrue, "Olga", "the users are gone", now).await
        });
        beside.waiting(2).await;
        beside.let_go().await;
        group.await.expect("joined").expect("recorded");
        assert_eq!(decision.await.expect("joined").expect("decided").applied, 1);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM suppression").await, 1);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM bounce WHERE effect = 'held'").await, 0);
    });
}

/// Proves D4 under concurrency: one complaint per contact and message, and every other one counted.
#[test]
fn d4_complaints_at_once_count_each_contact_once() {
    on_postgres(|bench| async move {
        let world = found(&bench, 1, &["ada@a.test", "bob@a.test"]).await;
        let mut beside = Beside::new(&bench).await;
        beside.hold("SELECT 1 FROM account FOR UPDATE").await;
        let now = bench.clock.now();
        let complaints: Vec<_> = (0..8)
            .map(|n| {
                let named = Named::Mailing { mailing: world.mailing, contact: world.contacts[n % 2] };
                let (store, report) = (bench.store.clone(), complaint(named, n));
                tokio::spawn(async move { store.complain(report, now).await })
            })
            .collect();
        beside.waiting(8).await;
        beside.let_go().await;
        let mut counted = 0;
        for complaint in complaints {
            counted += usize::from(complaint.await.expect("joined").expect("an answer").decision.counts());
        }
        assert_eq!(counted, 2);
        assert_eq!(count(&bench, "SELECT CAST(SUM(n) AS BIGINT) FROM complaint_count").await, 2);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM complaint").await, 2);
    });
}

fn complaint(named: Named, n: usize) -> NewComplaint {
    NewComplaint {
        source: policy::complaint::Source::FeedbackLoop,
        allegation: policy::complaint::Allegation::Unwanted,
        dkim_aligned: false,
        named: Some(named),
        reporter: Vec::new(),
        accounts: Vec::new(),
        note: "no".to_owned(),
        inbox: None,
        once: n.to_string(),
    }
}

/// Two people of one counter's shard get the same tags in another order: their steps' counters
/// are locked in one order all the same.
#[test]
fn tags_given_in_any_order_do_not_deadlock() {
    on_postgres(|bench| async move {
        let addresses: Vec<String> = (0..17).map(|n| format!("p{n}@a.test")).collect();
        let world = found(&bench, 1, &addresses.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let (one, two) = (world.contacts[0], world.contacts[16]);
        let mut text = String::new();
        for (tag, mailing) in [(31, 2031), (32, 2032)] {
            text.push_str(&format!(
                "INSERT INTO tag (account_id, id, name, public_name, created_at) VALUES (1, {tag}, 't{tag}', 't', 0);
                 INSERT INTO mailing (account_id, id, kind, name, state, facts_version, topic_id, topic_version, subject, preheader, format, body,
                    language, template_version, expanded_to, expanded, audience, trigger_tag, delay_minutes, expiry_hours, created_at)
                 VALUES (1, {mailing}, 2, 'step', 2, 1, 8, 1, 's', '', 'markdown', 'b', 'en', 1, 0, FALSE, 0, {tag}, 5, 96, 0);
                 INSERT INTO mailing_count (account_id, mailing_id, state, shard, n) VALUES (1, {mailing}, -1, {}, 0);",
                16 + one.get() % 16
            ));
        }
        script(&bench.store, &text).await.expect("two steps");
        let mut beside = Beside::new(&bench).await;
        beside.hold("SELECT 1 FROM mailing_count WHERE mailing_id = 2031 FOR UPDATE").await;
        let (account, now) = (world.account, bench.clock.now());
        let give = |store: Store, contact: ContactId, tags: [i64; 2]| {
            tokio::spawn(async move {
                store
                    .change_tags(account, contact, tags.map(TagId::from_raw).to_vec(), Vec::new(), "token 1", now)
                    .await
            })
        };
        let first = give(bench.store.clone(), one, [31, 32]);
        beside.waiting(1).await;
        let second = give(bench.store.clone(), two, [32, 31]);
        beside.waiting(2).await;
        beside.let_go().await;
        first.await.expect("joined").expect("no circle");
        second.await.expect("joined").expect("no circle");
        assert_eq!(count(&bench, "SELECT CAST(SUM(n) AS BIGINT) FROM mailing_count WHERE state = -1").await, 4);
    });
}

/// A chance of its own for each worker; the seed is printed with a failure.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// A temporary error is repeated, as its door would; any other one is a fault of the store.
pub(crate) async fn insist<T, F: Future<Output = store::Result<T>>>(what: &str, mut call: impl FnMut() -> F) -> T {
    for _ in 0..50 {
        match call().await {
            Ok(done) => return done,
            Err(error) => assert!(error.is_temporary(), "{what}: {error}"),
        }
    }
    panic!("{what} failed fifty times");
}

/// One worker: claims, starts, and lets chance say what becomes of it. What it worked on is
/// sometimes handed back first and then told after all: the truth of an older attempt.
async fn work(store: Store, life: LifeId, worlds: Vec<World>, now: Timestamp, mut chance: Chance) {
    for _ in 0..30 {
        let world = &worlds[usize::try_from(chance.below(2)).expect("small")];
        let claims = insist("claim", || claim(&store, life, world, 4, now)).await;
        let starts = insist("brief", || brief(&store, &claims)).await;
        let started = insist("start", || store.start(0, starts.clone())).await;
        let mut reports = Vec::new();
        let mut truths = Vec::new();
        for claim in claims {
            let RowId::Delivery { contact, .. } = claim.row else { panic!("a delivery") };
            let address =
                format!("p{}x{}@a.test", contact.account().get() / 2, (contact.get() & ((1 << 38) - 1)) % 100_000);
            let told = match chance.below(4) {
                0 => hard(&address),
                _ => Outcome::Accepted { reply: "250 taken".to_owned(), proof: None },
            };
            let outcome = match (started.contains(&claim), chance.below(6)) {
                (false, _) | (_, 0) => Outcome::HandedBack,
                (_, 1) => Outcome::Deferred { class: BounceClass::Soft, reply: "450 later".to_owned(), until: now },
                (_, 2) => Outcome::Unknown { until: now },
                (_, 3) => Outcome::Refused { reason: "tag_missing".to_owned() },
                _ => told.clone(),
            };
            reports.push(Report { claim, provider_group: None, outcome });
            if started.contains(&claim) && chance.below(3) == 0 {
                truths.push(Report { claim, provider_group: None, outcome: told });
            }
        }
        insist("record", || store.record(reports.clone(), now)).await;
        tokio::task::yield_now().await;
        insist("late truth", || store.record(truths.clone(), now)).await;
    }
}

/// Rows by mailing and terminal state, with what was counted of them.
const DIFFERENCES: &str = "SELECT mailing_id, state, CAST(SUM(n) AS BIGINT) FROM (
        SELECT mailing_id, state, COUNT(*) AS n FROM delivery WHERE state >= 10 GROUP BY mailing_id, state
        UNION ALL SELECT mailing_id, state, -SUM(n) FROM mailing_count WHERE state >= 10 GROUP BY mailing_id, state) AS both_sides
    GROUP BY mailing_id, state HAVING SUM(n) <> 0";

crate::both!(
    /// Proves R67 and DESIGN §4: whatever happens at once (two lives, late truths, bounces of shared
    /// addresses, people who leave, an aborted mailing), open = audience − terminal, exactly.
    r67_counters_add_up_whatever_happens_at_once,
    |bench: Bench| async move {
        for seed in 1..=3_u64 {
            let n = i64::try_from(seed).expect("small") * 2;
            let addresses: Vec<String> = (0..40).map(|at| format!("p{seed}x{at}@a.test")).collect();
            let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
            let worlds = vec![found(&bench, n, &addresses).await, found(&bench, n + 1, &addresses).await];
            let now = bench.clock.now();
            let mut tasks: Vec<_> = (0..4_u64)
                .map(|worker| {
                    let life = LifeId::from_raw(71 + i64::try_from(worker / 2).expect("small"));
                    tokio::spawn(work(bench.store.clone(), life, worlds.clone(), now, Chance(seed * 100 + worker)))
                })
                .collect();
            for contact in worlds[0].contacts.iter().step_by(3).copied() {
                let store = bench.store.clone();
                tasks.push(tokio::spawn(async move {
                    insist("unsubscribe", || store.unsubscribe(contact, WORD, now)).await;
                }));
            }
            let (store, mailing) = (bench.store.clone(), worlds[1].mailing);
            tasks.push(tokio::spawn(async move {
                let text = format!("UPDATE mailing SET state = 5, facts_version = facts_version + 1 WHERE id = {mailing}");
                insist("abort", || script(&store, &text)).await;
                insist("cancel", || store.cancel_mailing(mailing, policy::refusal::Cancellation::Aborted)).await;
            }));
            while tasks.iter().any(|task| !task.is_finished()) {
                // The waits of those who leave pass.
                if bench.clock.sleepers() > 0 {
                    bench.clock.advance(Duration::from_millis(5));
                }
                tokio::task::yield_now().await;
            }
            for task in tasks {
                task.await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            }
            bench.store.cancel_stranded().await.expect("cancelled");
            assert!(numbers(&bench.store, DIFFERENCES, 3).await.expect("differences").is_empty(), "seed {seed}");
            let open = count(&bench, "SELECT COUNT(*) FROM delivery d JOIN mailing m ON m.id = d.mailing_id WHERE m.state = 5 AND d.state < 10").await;
            assert_eq!(open, 0, "seed {seed}: an aborted mailing has no open row");
            let sent = count(&bench, "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM sent_count").await;
            assert_eq!(sent, count(&bench, "SELECT COUNT(*) FROM delivery WHERE state = 10").await, "seed {seed}: sent is accepted");
        }
    }
);

crate::both!(
    /// Proves promise 6: a life that has not beaten for twenty minutes of the watcher's clock loses
    /// its started rows too; one that beat meanwhile does not.
    started_rows_of_a_life_that_stands_for_twenty_minutes_are_due_again,
    |bench: Bench| async move {
        let world = found(&bench, 1, &["ada@a.test"]).await;
        let life = begin(&bench).await;
        script(&bench.store, "INSERT INTO life (id, node, pid, started_at, beat) VALUES (71, 'slow', 1, 0, 5)").await.expect("another life");
        started(&bench, LifeId::from_raw(71), &world).await;
        let mut watch = Watch::default();
        assert_eq!(life.watch(&mut watch).await.expect("a look"), 0);
        bench.clock.advance(Duration::from_secs(20 * 60));
        script(&bench.store, "UPDATE life SET beat = 6 WHERE id = 71").await.expect("a beat");
        assert_eq!(life.watch(&mut watch).await.expect("a look"), 0);
        bench.clock.advance(Duration::from_secs(20 * 60));
        assert_eq!(life.watch(&mut watch).await.expect("a look"), 1);
        assert_eq!(count(&bench, "SELECT state FROM delivery").await, 0);
    }
);

/// Two transactions that wait for each other: PostgreSQL gives up one, and the store runs it again,
/// so that both are done.
#[test]
fn two_transactions_that_cross_are_both_done() {
    on_postgres(|bench| async move {
        found(&bench, 1, &["a@a.test", "b@a.test"]).await;
        let mut beside = Beside::new(&bench).await;
        beside.hold("SELECT 1 FROM account FOR UPDATE").await;
        let raise = |first: i64, then: i64| {
            format!(
                "UPDATE contact SET since = since + 1 WHERE id % 2 = {first};
                 UPDATE account SET created_at = created_at;
                 UPDATE contact SET since = since + 1 WHERE id % 2 = {then};"
            )
        };
        let before = count(&bench, "SELECT CAST(SUM(since) AS BIGINT) FROM contact").await;
        let (one, other) = (raise(0, 1), raise(1, 0));
        let (one, other, ()) = tokio::join!(script(&bench.store, &one), script(&bench.store, &other), async {
            beside.waiting(2).await;
            beside.let_go().await;
        });
        one.expect("done");
        other.expect("done");
        assert_eq!(count(&bench, "SELECT CAST(SUM(since) AS BIGINT) FROM contact").await, before + 4);
    });
}
