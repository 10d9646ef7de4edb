//! What comes back: bounces, the exclusion list, incidents at providers.

use std::time::Duration;

use mail_formats::address::EmailAddress;
use policy::bounce::{BounceClass, ExclusionReason, Lifter};
use policy::{ContactId, MailingId, NoticeId, RowId};
use seals::{AddressKey, Clock as _};
use store::bounces::{BounceEffect, ReportedBounce};
use store::conformance::{numbers, script, texts};
use store::incidents::{IncidentDecision, IncidentKind, IncidentOutcome, ProviderPause};
use store::suppressions::{Lifted, NewSuppression};
use texts::Language;

use crate::both::{Bench, START};
use crate::world::{self, World, blob, plain_key};

const HOUR: Duration = Duration::from_secs(3600);

/// Account `n` with its newsletter to these addresses.
async fn found(bench: &Bench, n: i64, addresses: &[&str]) -> World {
    let people = world::people(addresses.iter().map(|address| (*address).to_owned()));
    world::found(&bench.store, n, &people, START.millis(), START.millis() + 86_400_000).await
}

fn row(world: &World, at: usize) -> RowId {
    RowId::Delivery { mailing: world.mailing, contact: world.contacts[at] }
}

fn reported(message: RowId, attempt: u8, class: BounceClass) -> ReportedBounce {
    ReportedBounce {
        message,
        attempt: Some(attempt),
        class,
        counts: matches!(class, BounceClass::Hard | BounceClass::Soft),
        reply: "550 5.1.1 no such user".to_owned(),
        provider_group: Some("mx.test".to_owned()),
        inbox: Some(77),
    }
}

async fn bounce(bench: &Bench, message: RowId, attempt: u8, class: BounceClass) -> BounceEffect {
    let effect =
        bench.store.apply_bounce(reported(message, attempt, class), bench.clock.now()).await.expect("an answer");
    effect.expect("a known row")
}

fn key(address: &str) -> AddressKey {
    AddressKey::from_bytes(plain_key(address))
}

async fn is_excluded(bench: &Bench, address: &str) -> bool {
    bench.store.suppression(&[key("old@x.test"), key(address)]).await.expect("an answer").is_some()
}

async fn count(bench: &Bench, sql: &'static str) -> i64 {
    numbers(&bench.store, sql, 1).await.expect("a count")[0][0].expect("a number")
}

/// The rows of an answer of texts, empty where there is none.
async fn words(bench: &Bench, sql: &'static str, columns: usize) -> Vec<Vec<String>> {
    let rows = texts(&bench.store, sql, columns).await.expect("rows");
    rows.into_iter().map(|row| row.into_iter().map(Option::unwrap_or_default).collect()).collect()
}

const fn hard(left: Option<ContactId>) -> BounceEffect {
    BounceEffect::Excluded { reason: ExclusionReason::HardBounce, left }
}

crate::both!(
    /// Proves R57, R60 and R61: out of the causing account's book and onto the list in one
    /// transaction; another account keeps its contact, whose mail is refused as excluded.
    r57_r60_a_hard_bounce_strikes_and_excludes_at_once,
    |bench: Bench| async move {
        let (one, two) = (found(&bench, 1, &["ada@a.test", "bob@a.test"]).await, found(&bench, 2, &["ada@a.test"]).await);
        assert_eq!(bounce(&bench, row(&one, 0), 1, BounceClass::Hard).await, hard(Some(one.contacts[0])));
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact WHERE account_id = 1").await, 1);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact WHERE account_id = 2").await, 1);
        assert_eq!(words(&bench, "SELECT reason FROM former_contact", 1).await, [["bounced"]]);
        let entry = bench.store.suppression(&[key("ada@a.test")]).await.expect("an answer").expect("an entry");
        assert_eq!((entry.reason, entry.account, entry.mailing), (ExclusionReason::HardBounce, Some(one.account), Some(one.mailing)));
        assert_eq!(entry.address.as_deref(), Some("ada@a.test"));
        assert!(!is_excluded(&bench, "bob@a.test").await);
        // The other account's bounce of the same address finds it listed: its contact leaves, too.
        assert_eq!(bounce(&bench, row(&two, 0), 1, BounceClass::Hard).await, hard(Some(two.contacts[0])));
        assert_eq!(bench.store.suppressions(None, 10).await.expect("a list").len(), 1);
    }
);

crate::both!(
    /// Proves R57: once for each attempt, whoever reports it, however often.
    r57_the_same_bounce_again_changes_nothing,
    |bench: Bench| async move {
        let world = found(&bench, 1, &["ada@a.test"]).await;
        let first = bounce(&bench, row(&world, 0), 1, BounceClass::Soft).await;
        assert_eq!(first, BounceEffect::CountedSoft { count: 1 });
        for class in BounceClass::ALL {
            let another = ReportedBounce { inbox: Some(78), ..reported(row(&world, 0), 1, class) };
            let effect = bench.store.apply_bounce(another, bench.clock.now()).await.expect("an answer");
            assert_eq!(effect, Some(BounceEffect::Repeat));
        }
        assert!(!is_excluded(&bench, "ada@a.test").await);
        let gone = RowId::Delivery { mailing: MailingId::from_raw(5), contact: ContactId::from_raw(6) };
        let unknown = bench.store.apply_bounce(reported(gone, 1, BounceClass::Hard), START).await.expect("an answer");
        assert_eq!(unknown, None, "nothing is known of that row's recipient");
    }
);

crate::both!(
    /// Proves R57 and B6: what the same kept mail says by other rules replaces what it said, while that
    /// changed nothing; a block stays one incident, and an exclusion is not made twice or taken back.
    r57_b6_a_bounce_read_again_by_other_rules_does_what_they_say,
    |bench: Bench| async move {
        let world = found(&bench, 1, &["ada@a.test", "bob@a.test"]).await;
        let at = |at, class| bounce(&bench, row(&world, at), 1, class);
        assert_eq!(at(0, BounceClass::Message).await, BounceEffect::Nothing);
        assert_eq!(at(0, BounceClass::Soft).await, BounceEffect::CountedSoft { count: 1 });
        assert_eq!(at(0, BounceClass::Soft).await, BounceEffect::Nothing, "the same message counts once");
        assert_eq!(at(0, BounceClass::Hard).await, hard(Some(world.contacts[0])));
        for class in BounceClass::ALL {
            assert_eq!(at(0, class).await, BounceEffect::Repeat);
        }
        assert!(is_excluded(&bench, "ada@a.test").await);
        assert_eq!(at(1, BounceClass::Policy).await, BounceEffect::Nothing);
        assert_eq!(at(1, BounceClass::Policy).await, BounceEffect::Repeat);
        assert_eq!(bench.store.incidents(true, 0, 10).await.expect("a list").len(), 1);
        assert_eq!(at(1, BounceClass::Hard).await, hard(Some(world.contacts[1])));
        let kept = words(&bench, "SELECT class, effect FROM bounce ORDER BY contact_id", 2).await;
        assert_eq!(kept, [["hard", "excluded"], ["hard", "excluded"]]);
    }
);

crate::both!(
    /// Proves R58 and D5: distinct messages count, over all accounts; a retry and an outage of an
    /// hour count once; the third excludes.
    r58_third_soft_bounce_excludes,
    |bench: Bench| async move {
        let mut worlds = Vec::new();
        for n in 1..=4 {
            worlds.push(found(&bench, n, &["full@a.test"]).await);
        }
        let soft = BounceClass::Soft;
        assert_eq!(bounce(&bench, row(&worlds[0], 0), 1, soft).await, BounceEffect::CountedSoft { count: 1 });
        // Within the hour: the same outage.
        bench.clock.advance(HOUR - Duration::from_secs(1));
        assert_eq!(bounce(&bench, row(&worlds[1], 0), 1, soft).await, BounceEffect::Nothing);
        bench.clock.advance(HOUR);
        // The same message once more.
        assert_eq!(bounce(&bench, row(&worlds[0], 0), 2, soft).await, BounceEffect::Nothing);
        assert_eq!(bounce(&bench, row(&worlds[2], 0), 1, soft).await, BounceEffect::CountedSoft { count: 2 });
        assert!(!is_excluded(&bench, "full@a.test").await);
        bench.clock.advance(HOUR);
        let third = bounce(&bench, row(&worlds[3], 0), 1, soft).await;
        assert_eq!(third, BounceEffect::Excluded { reason: ExclusionReason::ThirdSoftBounce, left: Some(worlds[3].contacts[0]) });
        assert!(is_excluded(&bench, "full@a.test").await);
    }
);

crate::both!(
    /// Proves R58: soft bounces that arrive at the same time do not overlook each other.
    r58_parallel_soft_bounces_are_counted_one_after_the_other,
    |bench: Bench| async move {
        let mut worlds = Vec::new();
        for n in 1..=6 {
            worlds.push(found(&bench, n, &["full@a.test"]).await);
        }
        let mut tasks = tokio::task::JoinSet::new();
        for (n, world) in (0_u32..).zip(&worlds) {
            let (store, message, at) = (bench.store.clone(), row(world, 0), START + HOUR * (2 * n));
            tasks.spawn(async move { store.apply_bounce(reported(message, 1, BounceClass::Soft), at).await });
        }
        let effects: Vec<_> = tasks.join_all().await.into_iter().map(|effect| effect.expect("an answer").expect("a row")).collect();
        let counted = |n| effects.iter().filter(|effect| **effect == BounceEffect::CountedSoft { count: n }).count();
        assert_eq!((counted(1), counted(2)), (1, 1), "{effects:?}");
        assert_eq!(effects.iter().filter(|effect| effect.excludes()).count(), 4, "{effects:?}");
    }
);

crate::both!(
    /// Proves R56 and B6: what is said against us excludes nobody, however often, and is one incident.
    r56_policy_bounces_exclude_nobody_and_are_one_incident,
    |bench: Bench| async move {
        operator(&bench).await;
        let names: Vec<String> = (0..60).map(|n| format!("p{n}@a.test")).collect();
        let world = found(&bench, 1, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        for at in 0..60 {
            assert_eq!(bounce(&bench, row(&world, at), 1, BounceClass::Policy).await, BounceEffect::Nothing);
            assert_eq!(bounce(&bench, row(&world, at), 2, BounceClass::Message).await, BounceEffect::Nothing);
        }
        assert!(bench.store.suppressions(None, 10).await.expect("a list").is_empty());
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact").await, 60);
        let incidents = bench.store.incidents(true, 0, 10).await.expect("a list");
        assert_eq!(incidents.len(), 1);
        assert_eq!((incidents[0].kind, incidents[0].provider_group.as_str()), (IncidentKind::PolicyBlock, "mx.test"));
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM notice WHERE template = 'incident_opened'").await, 1);
    }
);

async fn operator(bench: &Bench) {
    let address = EmailAddress::parse("operator@platform.test").expect("an address");
    bench.store.set_operator(address, key("operator@platform.test"), Language::En, 24, 5).await.expect("set");
}

/// A proven user of account `n`.
async fn user(bench: &Bench, n: i64, id: i64, address: &str) {
    let text = format!(
        "INSERT INTO app_user (account_id, id, name, address, address_key, language, proven_at, facts_version, created_at)
         VALUES ({n}, {id}, 'Uwe', '{address}', {}, 'de', 1, 1, 0)",
        blob(&bench.store, &plain_key(address))
    );
    script(&bench.store, &text).await.expect("a user");
}

crate::both!(
    /// Proves R53: an own address that bounces holds its account's sends; its users are told, but
    /// not at the address that bounced.
    r53_own_address_that_bounces_holds_the_sends,
    |bench: Bench| async move {
        let own = "garten@shop1.example";
        let (world, other) = (found(&bench, 1, &["ada@a.test"]).await, found(&bench, 2, &[own]).await);
        user(&bench, 1, 101, "uwe@shop1.example").await;
        user(&bench, 1, 102, own).await;
        let before = count(&bench, "SELECT facts_version FROM account WHERE id = 1").await;
        assert_eq!(bounce(&bench, row(&other, 0), 1, BounceClass::Hard).await, hard(Some(other.contacts[0])));
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM sender WHERE account_id = 1 AND on_hold_since IS NOT NULL").await, 1);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM sender WHERE account_id = 2 AND on_hold_since IS NOT NULL").await, 0);
        assert_eq!(count(&bench, "SELECT facts_version FROM account WHERE id = 1").await, before + 1);
        let told = words(&bench, "SELECT address, template FROM notice", 2).await;
        assert_eq!(told, [["uwe@shop1.example", "sender_on_hold"]]);
        assert_eq!(world.account.get(), 1);
    }
);

crate::both!(
    /// The operator's own mailbox is never excluded: that would silence every alarm. The record stays.
    operators_own_address_is_never_excluded,
    |bench: Bench| async move {
        operator(&bench).await;
        bench.store.open_incident(IncidentKind::Other, "mx.test", "seen", None, START).await.expect("an incident");
        let notice = RowId::Notice(NoticeId::from_raw(count(&bench, "SELECT id FROM notice").await));
        assert_eq!(bounce(&bench, notice, 1, BounceClass::Hard).await, BounceEffect::Nothing);
        assert!(!is_excluded(&bench, "operator@platform.test").await);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM bounce").await, 1);
    }
);

crate::both!(
    /// Proves R61: a bounced confirmation mail excludes the address, too.
    r61_a_bounced_confirmation_mail_excludes,
    |bench: Bench| async move {
        found(&bench, 1, &[]).await;
        let person = world::people(["new@a.test".to_owned()]);
        world::sign_up(&bench.store, 1, 500, &person[0], START.millis()).await;
        assert_eq!(bounce(&bench, RowId::Notice(NoticeId::from_raw(500)), 1, BounceClass::Hard).await, hard(None));
        assert!(is_excluded(&bench, "new@a.test").await);
    }
);

crate::both!(
    /// Proves R53: where only the message is known, its newest attempt bounced; a report that names it is
    /// the same bounce again.
    r53_a_bounce_without_an_attempt_is_that_of_the_newest_one,
    |bench: Bench| async move {
        let world = found(&bench, 1, &["ada@a.test"]).await;
        script(&bench.store, "UPDATE delivery SET attempt = 3").await.expect("tried three times");
        let person = world::people(["new@a.test".to_owned()]);
        world::sign_up(&bench.store, 1, 500, &person[0], START.millis()).await;
        script(&bench.store, "UPDATE notice SET attempt = 2").await.expect("tried twice");
        for (message, newest) in [(row(&world, 0), 3), (RowId::Notice(NoticeId::from_raw(500)), 2)] {
            let unnamed = ReportedBounce { attempt: None, ..reported(message, 0, BounceClass::Soft) };
            let effect = bench.store.apply_bounce(unnamed, bench.clock.now()).await.expect("an answer");
            assert_eq!(effect, Some(BounceEffect::CountedSoft { count: 1 }));
            let named = ReportedBounce { inbox: Some(78), ..reported(message, newest, BounceClass::Hard) };
            let effect = bench.store.apply_bounce(named, bench.clock.now()).await.expect("an answer");
            assert_eq!(effect, Some(BounceEffect::Repeat));
        }
    }
);

crate::both!(
    /// Proves D6: a provider's outage excludes nobody: what came before the alarm is lifted by one
    /// decision, what comes after it waits.
    r57_one_decision_lifts_a_providers_false_exclusions,
    |bench: Bench| async move {
        operator(&bench).await;
        let world = found(&bench, 1, &["a@a.test", "b@a.test", "c@a.test"]).await;
        bounce(&bench, row(&world, 0), 1, BounceClass::Hard).await;
        bench.clock.advance(Duration::from_secs(60));
        let (id, new) = bench.store.open_incident(IncidentKind::HardBounceJump, "mx.test", "30 of 40 bounced", None, bench.clock.now()).await.expect("opened");
        assert!(new);
        let again = bench.store.open_incident(IncidentKind::HardBounceJump, "mx.test", "still", None, bench.clock.now()).await.expect("found");
        assert_eq!(again, (id, false));
        assert_eq!(bounce(&bench, row(&world, 1), 1, BounceClass::Hard).await, BounceEffect::Held { incident: id });
        assert!(!is_excluded(&bench, "b@a.test").await);
        let seen = &bench.store.incidents(true, 0, 10).await.expect("a list")[0];
        assert_eq!((seen.exclusions, seen.held), (1, 1));
        assert_eq!(bench.store.provider_pauses(bench.clock.now()).await.expect("pauses").len(), 1);
        assert!(bench.store.decide_incident(id, IncidentDecision::ProvidersFault, "Olga", "  ", START).await.is_err(), "no reason");
        let outcome = bench.store.decide_incident(id, IncidentDecision::ProvidersFault, "Olga", "their directory was down", bench.clock.now()).await;
        assert_eq!(outcome.expect("decided"), IncidentOutcome { lifted: 1, applied: 0, dropped: 1 });
        assert!(!is_excluded(&bench, "a@a.test").await);
        assert!(bench.store.provider_pauses(bench.clock.now()).await.expect("pauses").is_empty());
        assert!(bench.store.decide_incident(id, IncidentDecision::BouncesTrue, "Olga", "no", bench.clock.now()).await.is_err(), "twice");
        // Lifted is not forgotten: who left the book stays out.
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact").await, 2);
    }
);

crate::both!(
    /// Proves D6: bounces that waited count when a person says that they are true.
    r57_held_bounces_count_when_a_person_says_so,
    |bench: Bench| async move {
        let world = found(&bench, 1, &["a@a.test", "b@a.test"]).await;
        let (id, _) = bench.store.open_incident(IncidentKind::HardBounceJump, "mx.test", "many", None, START).await.expect("opened");
        bounce(&bench, row(&world, 0), 1, BounceClass::Hard).await;
        bounce(&bench, row(&world, 1), 1, BounceClass::Soft).await;
        let outcome = bench.store.decide_incident(id, IncidentDecision::BouncesTrue, "Olga", "a closed provider", START).await;
        assert_eq!(outcome.expect("decided"), IncidentOutcome { lifted: 0, applied: 2, dropped: 0 });
        assert!(is_excluded(&bench, "a@a.test").await);
        assert!(!is_excluded(&bench, "b@a.test").await);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM soft_bounce").await, 1);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM contact").await, 1);
    }
);

crate::both!(
    /// Proves D6: a letter lifts once; after another bounce only the operator does.
    r61_an_address_lifted_once_and_bounced_again_needs_the_operator,
    |bench: Bench| async move {
        let (one, two) = (found(&bench, 1, &["ada@a.test"]).await, found(&bench, 2, &["ada@a.test"]).await);
        let lift = |lifter, by: &'static str| bench.store.lift_suppression(vec![key("ada@a.test")], lifter, by, "works again", bench.clock.now());
        assert_eq!(lift(Lifter::OwnLetter, "ada").await.expect("an answer"), Lifted::NotListed);
        bounce(&bench, row(&one, 0), 1, BounceClass::Hard).await;
        assert_eq!(lift(Lifter::OwnLetter, "ada").await.expect("an answer"), Lifted::Lifted);
        bench.clock.advance(HOUR);
        bounce(&bench, row(&two, 0), 1, BounceClass::Hard).await;
        assert_eq!(lift(Lifter::OwnLetter, "ada").await.expect("an answer"), Lifted::NeedsOperator);
        assert!(is_excluded(&bench, "ada@a.test").await);
        assert_eq!(lift(Lifter::Operator, "Olga").await.expect("an answer"), Lifted::Lifted);
        assert!(bench.store.lift_suppression(vec![key("ada@a.test")], Lifter::Operator, "Olga", "", START).await.is_err());
    }
);

crate::both!(
    /// An operator excludes by hand; the list is paged by key.
    r61_the_operator_excludes_by_hand,
    |bench: Bench| async move {
        for address in ["x@a.test", "y@a.test", "z@a.test"] {
            let entry = NewSuppression {
                key: key(address),
                address: Some(address.to_owned()),
                reason: ExclusionReason::Operator,
                account: None,
                mailing: None,
                reply: None,
                provider_group: None,
            };
            assert!(bench.store.suppress(entry.clone(), START).await.expect("an answer"));
            assert!(!bench.store.suppress(entry, START).await.expect("an answer"), "listed already");
        }
        let first = bench.store.suppressions(None, 2).await.expect("a page");
        let rest = bench.store.suppressions(Some(first[1].key), 2).await.expect("a page");
        assert_eq!((first.len(), rest.len()), (2, 1));
    }
);

crate::both!(
    /// A longer pause of a provider is never shortened, and a pause that is over is gone.
    a_longer_pause_of_a_provider_is_never_shortened,
    |bench: Bench| async move {
        let pause = |minutes: u64| ProviderPause {
            provider_group: "mx.test".to_owned(),
            until: Some(START + Duration::from_secs(60 * minutes)),
            reason: format!("{minutes} minutes"),
            incident: None,
        };
        for minutes in [10, 30, 5] {
            bench.store.pause_provider(pause(minutes)).await.expect("paused");
        }
        assert_eq!(bench.store.provider_pauses(START).await.expect("pauses"), [pause(30)]);
        bench.clock.advance(Duration::from_secs(31 * 60));
        assert!(bench.store.provider_pauses(bench.clock.now()).await.expect("pauses").is_empty());
        assert_eq!(bench.store.end_provider_pauses(bench.clock.now()).await.expect("ended"), 1);
    }
);
