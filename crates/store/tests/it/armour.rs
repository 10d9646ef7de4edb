//! What attacks and accidents must not do to the books: mail to an excluded address, a flood of
//! letters, scanners that come before the receiver's yes.

use std::time::Duration;

use mail_formats::address::EmailAddress;
use policy::bounce::{BounceClass, ExclusionReason};
use policy::{AccountId, RowId, RowState};
use seals::{AddressKey, Clock as _};
use store::bounces::{BounceEffect, ReportedBounce};
use store::conformance::{numbers, script, texts};
use store::form_pages::PersonState;
use store::inbox::{FORWARDED_AN_HOUR, ForwardedLetter, Forwarding};
use store::incidents::IncidentDecision;
use texts::Language;

use crate::both::{Bench, START};
use crate::world::{self, World, blob, plain_key};

const HOUR: Duration = Duration::from_secs(3600);

async fn found(bench: &Bench, n: i64, addresses: &[&str]) -> World {
    let people = world::people(addresses.iter().map(|address| (*address).to_owned()));
    world::found(&bench.store, n, &people, START.millis(), START.millis() + 86_400_000).await
}

fn reported(world: &World, at: usize, attempt: u8) -> ReportedBounce {
    ReportedBounce {
        message: RowId::Delivery { mailing: world.mailing, contact: world.contacts[at] },
        attempt: Some(attempt),
        class: BounceClass::Hard,
        counts: true,
        reply: "550 5.1.1 no such user".to_owned(),
        provider_group: Some("mx.test".to_owned()),
        inbox: None,
    }
}

/// Account, state and reason of every row, by account and contact.
async fn rows(bench: &Bench) -> Vec<(i64, i64, String)> {
    let states = numbers(&bench.store, "SELECT account_id, state FROM delivery ORDER BY account_id, contact_id", 2);
    let reasons = texts(&bench.store, "SELECT reason FROM delivery ORDER BY account_id, contact_id", 1);
    let (states, reasons) = (states.await.expect("states"), reasons.await.expect("reasons"));
    let one = |(state, reason): (&Vec<Option<i64>>, &Vec<Option<String>>)| {
        (state[0].unwrap_or(0), state[1].unwrap_or(0), reason[0].clone().unwrap_or_default())
    };
    states.iter().zip(&reasons).map(one).collect()
}

async fn counted(bench: &Bench) -> Vec<Vec<Option<i64>>> {
    let counts = "SELECT account_id, state, CAST(SUM(n) AS BIGINT) FROM mailing_count GROUP BY account_id, state ORDER BY account_id, state";
    numbers(&bench.store, counts, 3).await.expect("counts")
}

crate::both!(
    /// Proves R57, R60: a DSN that excludes an address cancels its open rows at once, of every
    /// account, and the counters follow; what is on the wire ends by its outcome; a repeated DSN
    /// cancels what came meanwhile, and a soft one nothing.
    r57_r60_a_dsn_that_excludes_cancels_the_open_rows_of_every_account,
    |bench: Bench| async move {
        let one = found(&bench, 1, &["ada@a.test", "bob@a.test"]).await;
        let two = found(&bench, 2, &["ada@a.test"]).await;
        found(&bench, 3, &["ada@a.test"]).await;
        script(&bench.store, "UPDATE delivery SET state = 2, owner = 1, attempt = 1 WHERE account_id = 3").await.expect("a started row");
        let soft = ReportedBounce { class: BounceClass::Soft, ..reported(&two, 0, 9) };
        let now = bench.clock.now();
        assert_eq!(bench.store.apply_bounce(soft.clone(), now).await.expect("an answer"), Some(BounceEffect::CountedSoft { count: 1 }));
        assert_eq!(bench.store.apply_bounce(soft, now).await.expect("an answer"), Some(BounceEffect::Repeat));
        let due = |account| (account, 0, String::new());
        let gone = |account| (account, 13, "excluded".to_owned());
        assert_eq!(rows(&bench).await, [due(1), due(1), due(2), (3, 2, String::new())]);
        let effect = bench.store.apply_bounce(reported(&one, 0, 1), now).await.expect("an answer");
        let excluded = BounceEffect::Excluded { reason: ExclusionReason::HardBounce, left: Some(one.contacts[0]) };
        assert_eq!(effect, Some(excluded));
        assert_eq!(rows(&bench).await, [gone(1), due(1), gone(2), (3, 2, String::new())]);
        assert_eq!(counted(&bench).await, [[Some(1), Some(13), Some(1)], [Some(2), Some(13), Some(1)]]);
        script(&bench.store, "UPDATE delivery SET state = 0, owner = NULL WHERE account_id = 3").await.expect("a returned row");
        assert_eq!(bench.store.apply_bounce(reported(&one, 0, 1), now).await.expect("an answer"), Some(BounceEffect::Repeat));
        assert_eq!(rows(&bench).await, [gone(1), due(1), gone(2), gone(3)]);
    }
);

crate::both!(
    /// Proves R57, D6: when a person decides that the held bounces of an incident were true, the
    /// open rows of what they exclude are cancelled too.
    r57_held_bounces_that_come_true_cancel_open_rows,
    |bench: Bench| async move {
        let one = found(&bench, 1, &["ada@a.test", "bob@a.test"]).await;
        found(&bench, 2, &["ada@a.test"]).await;
        script(
            &bench.store,
            "INSERT INTO incident (id, kind, provider_group, state, opened_at, detail) VALUES (70, 'hard_bounce_jump', 'mx.test', 'open', 0, '')",
        )
        .await
        .expect("an incident");
        let now = bench.clock.now();
        let effect = bench.store.apply_bounce(reported(&one, 0, 1), now).await.expect("an answer");
        assert_eq!(effect.map(BounceEffect::word), Some("held"));
        assert!(rows(&bench).await.iter().all(|row| row.1 == 0));
        let incident = policy::IncidentId::from_raw(70);
        let decided = bench.store.decide_incident(incident, IncidentDecision::BouncesTrue, "Olga", "they said so", now);
        assert_eq!(decided.await.expect("decided").applied, 1);
        let states: Vec<i64> = rows(&bench).await.iter().map(|row| row.1).collect();
        assert_eq!(states, [13, 0, 13]);
    }
);

crate::both!(
    /// Proves R8, D7: of a flood of letters to one mailbox, a hundred an hour are passed on; operator
    /// and account hear of it once a day; another mailbox is not held up, and an hour later it goes on.
    r8_a_flood_of_letters_is_not_passed_on,
    |bench: Bench| async move {
        found(&bench, 1, &["ada@a.test"]).await;
        let user = policy::UserId::new(AccountId::from_raw(1), 77).expect("fits");
        let blob = |address: &str| blob(&bench.store, &plain_key(address));
        let text = format!(
            "UPDATE installation SET operator_address = 'olga@amt.test', operator_key = {}, operator_language = 'en' WHERE id = 1;
             INSERT INTO app_user (account_id, id, name, address, address_key, language, proven_at, tests_stopped_at, facts_version, created_at)
                VALUES (1, {user}, 'Uwe', 'uwe@shop1.example', {}, 'de', 1, NULL, 1, 0)",
            blob("olga@amt.test"),
            blob("uwe@shop1.example")
        );
        script(&bench.store, &text).await.expect("an operator and a user");
        let letter = |to: &str, n: i64| ForwardedLetter {
            account: AccountId::from_raw(1),
            to: EmailAddress::parse(to).expect("an address"),
            to_key: AddressKey::from_bytes(plain_key(to)),
            language: Language::En,
            raw: b"Subject: x\r\n\r\nx\r\n".to_vec(),
            once: Some(format!("{to}{n}")),
        };
        let forward = async |to: &str, n, at| bench.store.forward_letter(letter(to, n), at).await.expect("an answer");
        for n in 0..FORWARDED_AN_HOUR {
            assert_eq!(forward("box@a.test", n, START).await, Forwarding::Planned, "{n}");
        }
        let told = async || {
            let told = "SELECT address FROM notice WHERE template = 'letter_flood' ORDER BY address";
            texts(&bench.store, told, 1).await.expect("notices").concat()
        };
        assert!(told().await.is_empty());
        for n in 0..5 {
            assert_eq!(forward("box@a.test", 1_000 + n, START + HOUR / 2).await, Forwarding::Flood);
        }
        assert_eq!(told().await, [Some("olga@amt.test".to_owned()), Some("uwe@shop1.example".to_owned())]);
        assert_eq!(forward("other@a.test", 0, START + HOUR / 2).await, Forwarding::Planned);
        assert_eq!(forward("box@a.test", 2_000, START + HOUR).await, Forwarding::Planned);
        let passed = "SELECT COUNT(*) FROM notice WHERE purpose = 8";
        assert_eq!(numbers(&bench.store, passed, 1).await.expect("a count"), [[Some(FORWARDED_AN_HOUR + 2)]]);
    }
);

crate::both!(
    /// ARMOUR B3. Proves D1: the page behind an unsubscribe link knows of a mail that its receiver has
    /// and has not answered yet, for scanners open its links before their yes.
    d1_a_mail_that_is_on_its_way_is_told,
    |bench: Bench| async move {
        let world = found(&bench, 1, &["ada@a.test"]).await;
        for state in RowState::ALL {
            let text = format!("UPDATE delivery SET state = {}, settled_at = {}", state.number(), START.millis());
            script(&bench.store, &text).await.expect("a state");
            let page = bench.store.person_page(world.contacts[0], START).await.expect("a page").expect("the account");
            let PersonState::Contact { newest_mail_at, mail_on_its_way, .. } = page.state else { panic!("a contact") };
            let sent = matches!(state, RowState::Accepted | RowState::Bounced | RowState::Expired | RowState::InDoubt);
            assert_eq!(newest_mail_at, sent.then_some(START), "{state:?}");
            let on_its_way = matches!(state, RowState::Started | RowState::Deferred | RowState::Unknown);
            assert_eq!(mail_on_its_way, on_its_way, "{state:?}");
        }
    }
);
