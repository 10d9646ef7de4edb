//! Why somebody did or did not get a mail, asked by the operator with what is on record (promise 7).

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use policy::absent::Absent;
use policy::consent::{EventKind, FormerReason};
use policy::{AccountId, ContactId, MailingId, RowState};
use seals::{AddressKey, Clock as _};
use store::StoreError;
use store::book::Why;
use store::conformance::script;
use store::consents::{Source, Word};
use texts::Language;

use crate::both::{Bench, START};
use crate::world::{self, blob, people, plain_key};

const ONE: AccountId = AccountId::from_raw(1);
const MINUTE: Duration = Duration::from_secs(60);

fn word() -> Word {
    Word { source: Source::Web, ip: Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7))), salt: [5; 16] }
}

fn key(address: &str) -> AddressKey {
    AddressKey::from_bytes(plain_key(address))
}

async fn founded(bench: &Bench, addresses: &[&str]) -> world::World {
    let people = people(addresses.iter().map(|address| (*address).to_owned()));
    world::found(&bench.store, 1, &people, START.millis(), START.millis() + 86_400_000).await
}

crate::both!(
    /// Proves promise 7 for the operator: one question gives the answer, the consent, the exclusion and
    /// the decisions that it rests on.
    one_question_tells_outcome_consent_exclusion_and_decisions,
    |bench: Bench| async move {
        let store = &bench.store;
        let world = founded(&bench, &["ada@mail.example", "bob@mail.example"]).await;
        let (ada, bob) = (world.contacts[0], world.contacts[1]);
        store.unsubscribe(ada, word(), bench.clock.now()).await.expect("left");
        let text = format!(
            "UPDATE delivery SET state = 10, settled_at = {0}, reply = '250 taken' WHERE contact_id = {1};
             INSERT INTO bounce (message_kind, message_id, contact_id, attempt, account_id, at, class, provider_group, reply, effect, address_key)
                VALUES (0, 1001, {1}, 1, 1, {0}, 'hard', 'mail.example', '550 no such user', 'excluded', {2});
             INSERT INTO suppression (address_key, address, reason, at, source_account, source_mailing, source_reply)
                VALUES ({2}, 'bob@mail.example', 'hard_bounce', {0}, 1, 1001, '550 no such user');
             INSERT INTO abuse_case (id, account_id, kind, state, opened_at, first_look_due, decision_due, cluster, mailing_id, summary)
                VALUES (71, 1, 'suspension', 'open', {0}, {0}, {0}, 'a', NULL, 'too many complaints'),
                    (72, 1, 'complaint', 'open', 0, 0, 0, 'b', 1001, 'about this mailing'),
                    (73, 1, 'complaint', 'open', 0, 0, 0, 'c', 2002, 'about another one');
             INSERT INTO abuse_case (id, account_id, kind, state, opened_at, first_look_due, decision_due, cluster, summary, decision, decided_at, decided_by, decision_reason)
                VALUES (74, 1, 'suspension', 'decided', -9, -9, -9, 'd', 'long ago', 'reinstate', -5, 'Olga', 'fine')",
            START.millis(),
            bob,
            blob(store, &plain_key("bob@mail.example"))
        );
        script(store, &text).await.expect("what happened");
        let left = store.explain(ONE, world.mailing, ada, bench.clock.now()).await.expect("an answer");
        assert_eq!(left.person.left.map(|(_, reason)| reason), Some(FormerReason::Unsubscribed));
        assert_eq!((left.mailing.name.as_str(), left.mailing.topic.version), ("May", 1));
        assert_eq!(left.mailing.statement, "Tips for growing vegetables in small gardens");
        let Why::Mail(mail) = &left.why else { panic!("there was a mail") };
        assert_eq!((mail.line.state, mail.line.reason.as_deref()), (RowState::Refused, Some("unsubscribed")));
        assert_eq!(left.consent.iter().map(|event| event.kind).collect::<Vec<_>>(), [EventKind::Withdrawn]);
        assert_eq!(left.exclusion, None);
        let sentences = left.why.sentences(Language::En, &|at| at.millis().to_string());
        assert_eq!(sentences.len(), 2, "{sentences:?}");

        let bounced = store.explain(ONE, world.mailing, bob, bench.clock.now()).await.expect("an answer");
        assert_eq!(bounced.exclusion.map(|entry| entry.mailing), Some(Some(world.mailing)));
        assert_eq!(bounced.cases.iter().map(|case| case.id.get()).collect::<Vec<_>>(), [72, 71]);
        assert_eq!(bounced.why.said(), "550 no such user", "the later word counts");
        let told = bounced.why.sentences(Language::En, &|at| at.millis().to_string()).join("\n");
        assert!(told.contains(&START.millis().to_string()) && told.contains("exclusion list"), "{told}");
    }
);

crate::both!(
    /// Nobody is explained to whom he does not belong, and what does not exist is told apart.
    an_explanation_is_of_its_own_account_only,
    |bench: Bench| async move {
        let store = &bench.store;
        let world = founded(&bench, &["ada@mail.example"]).await;
        let ada = world.contacts[0];
        assert_eq!(store.account_of_mailing(world.mailing).await.expect("known"), ONE);
        let unknown = MailingId::from_raw(4);
        assert!(matches!(store.account_of_mailing(unknown).await, Err(StoreError::NotFound("mailing"))));
        let asked = async |account, mailing, contact| store.explain(account, mailing, contact, START).await.map(drop);
        assert!(matches!(asked(ONE, unknown, ada).await, Err(StoreError::NotFound("mailing"))));
        let nobody = ContactId::new(ONE, 3).expect("fits");
        assert!(matches!(asked(ONE, world.mailing, nobody).await, Err(StoreError::NotFound("contact"))));
        let other = ContactId::new(AccountId::from_raw(2), 100_000).expect("fits");
        assert!(matches!(asked(ONE, world.mailing, other).await, Err(StoreError::NotFound("contact"))));
        assert!(asked(AccountId::from_raw(2), world.mailing, ada).await.is_err());
        let text = "INSERT INTO mailing (account_id, id, kind, name, state, facts_version, topic_id, topic_version, subject, preheader, format, body, language, template_version,
                expanded_to, expanded, audience, delay_minutes, expiry_hours, created_at)
             VALUES (1, 3001, 1, 'x', 0, 1, 8, 2, 'x', '', 'markdown', 'x', 'en', 1, 0, FALSE, 0, 0, 96, 0)";
        script(store, text).await.expect("a draft");
        let draft = store.explain(ONE, MailingId::from_raw(3001), ada, START).await.expect("an answer");
        assert_eq!(draft.why, Why::Absent(Absent::NotBegun));
        assert_eq!(draft.mailing.statement, "", "nobody wrote this version");
    }
);

crate::both!(
    /// An address may have come and gone several times: each of its persons is found, the contact first.
    everybody_who_had_an_address_is_found,
    |bench: Bench| async move {
        let store = &bench.store;
        let world = founded(&bench, &["ada@mail.example"]).await;
        let ada = world.contacts[0];
        let keys = [key("old@mail.example"), key("ada@mail.example")];
        let found = store.holders_of_address(ONE, &keys).await.expect("asked");
        assert_eq!(found.persons.iter().map(|person| (person.id, person.left)).collect::<Vec<_>>(), [(ada, None)]);
        assert_eq!(found.pending, None);
        let former = |id: i64, left: i64| {
            format!(
                "INSERT INTO former_contact (account_id, id, address, address_key, domain, language, fields, tags, since, reason, left_at, restorable_until, facts_version)
                 VALUES (1, {}, NULL, {}, '', 'en', '{{}}', '[]', 0, 'unsubscribed', {left}, 0, 1);",
                ContactId::new(ONE, id).expect("fits").get(),
                blob(store, &plain_key("ada@mail.example"))
            )
        };
        script(store, &format!("{}{}", former(5, 10), former(6, 20))).await.expect("former contacts");
        let found = store.holders_of_address(ONE, &keys).await.expect("asked");
        let lefts: Vec<_> = found.persons.iter().map(|person| person.left.map(|(at, _)| at.millis())).collect();
        assert_eq!(lefts, [None, Some(20), Some(10)]);
        assert!(store.holders_of_address(AccountId::from_raw(2), &keys).await.expect("asked").persons.is_empty());
        bench.clock.advance(MINUTE);
        world::sign_up(store, 1, 77, &people(["new@mail.example".to_owned()])[0], bench.clock.now().millis()).await;
        let found = store.holders_of_address(ONE, &[key("new@mail.example")]).await.expect("asked");
        assert!(found.persons.is_empty());
        assert_eq!(found.pending.map(|(since, _)| since), Some(bench.clock.now()));
    }
);

crate::both!(
    /// The queue tells mails that stand still from those that go on, and counts notices too.
    the_queue_tells_what_stands_still_and_counts_notices,
    |bench: Bench| async move {
        let store = &bench.store;
        founded(&bench, &["ada@mail.example", "bob@mail.example"]).await;
        let soon = START + MINUTE;
        world::sign_up(store, 1, 77, &people(["new@mail.example".to_owned()])[0], soon.millis()).await;
        let queue = store.queue().await.expect("a queue");
        let [one] = &queue.destinations[..] else { panic!("one destination") };
        assert_eq!((one.waiting.due, one.waiting.stopped, one.waiting.notices, one.next_at), (3, 0, 1, Some(START)));
        assert_eq!((queue.all, one.waiting.open()), (one.waiting, 3), "one destination is all");
        assert_eq!(store.open_mails().await.expect("counted"), queue.all);
        script(store, "UPDATE mailing SET state = 3 WHERE id = 1001").await.expect("paused");
        let queue = store.queue().await.expect("a queue");
        let [one] = &queue.destinations[..] else { panic!("one destination") };
        assert_eq!((one.waiting.due, one.waiting.stopped, one.waiting.notices, one.next_at), (3, 2, 1, Some(soon)), "the notice goes on");
        let text = format!("UPDATE notice SET state = 3, reply = '451 later', reason = 'soft', due_at = {}", (soon + MINUTE).millis());
        script(store, &text).await.expect("put off");
        let queue = store.queue().await.expect("a queue");
        let last = queue.destinations[0].last_reply.as_ref().expect("a reply");
        assert_eq!((last.said.as_str(), last.reason.as_str(), last.due_at), ("451 later", "soft", soon + MINUTE));
        script(store, "DELETE FROM notice").await.expect("gone");
        let queue = store.queue().await.expect("a queue");
        assert_eq!(queue.destinations[0].next_at, None, "nothing leaves before a person lets it");
    }
);
