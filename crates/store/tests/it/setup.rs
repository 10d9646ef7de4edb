//! What the pages of an account's set-up read: versions, reviews, topics, websites.

use mail_formats::address::Domain;
use policy::legal_notice::{LegalNotice, LegalNoticeFields, Review};
use policy::topic::{TopicState, TopicStatement};
use policy::{AccountId, WebsiteId};
use seals::Clock as _;
use seals::Seals;
use store::StoreError;
use store::conformance::script;
use store::keys::SealedKey;
use store::topics::BY_ACCOUNT;
use store::websites::ProofFound;

use crate::both::{Bench, START};
use crate::customers::account;
use crate::world;

const BY: &str = "login 1";

fn fields(street: &str) -> LegalNoticeFields {
    LegalNoticeFields {
        name: "Gartenfreunde".to_owned(),
        street: street.to_owned(),
        postal_code: "12345".to_owned(),
        city: "Musterstadt".to_owned(),
        country: "Deutschland".to_owned(),
        email: "garten@shop.example".to_owned(),
        phone: "+49 30 1234567".to_owned(),
        ..LegalNoticeFields::default()
    }
}

fn statement(text: &str) -> TopicStatement {
    TopicStatement::parse(text).expect("a statement")
}

async fn website(bench: &Bench, account: AccountId, host: &str) -> WebsiteId {
    let host = Domain::parse(host).expect("a host");
    bench.store.add_website(account, &host, "word", BY, bench.clock.now()).await.expect("a website")
}

fn missing<T: std::fmt::Debug>(result: store::Result<T>) {
    assert!(matches!(result, Err(StoreError::NotFound(_))), "{result:?}");
}

crate::both!(
    /// Proves R48: an account sees where its review stands and at how many contacts one opens, and every
    /// version with what was decided; a version that today's rules refuse is shown all the same.
    r48_an_account_sees_its_review_and_every_version,
    |bench: Bench| async move {
        let store = &bench.store;
        let people = world::people((0..3).map(|at| format!("p{at}@a.test")));
        let one = world::found(store, 1, &people, 0, 0).await.account;
        let two = account(&bench, "Radladen").await;
        store.set_legal_review_at(2).await.expect("set");
        let seen = store.legal_review(one).await.expect("asked");
        assert_eq!((seen.review, seen.at, seen.contacts), (Review::NotNeeded, 2, 2), "counted no further than needed");
        let seen = store.legal_review(two).await.expect("asked");
        assert_eq!((seen.review, seen.contacts), (Review::NotNeeded, 0));
        missing(store.legal_review(AccountId::from_raw(99)).await);
        for street in ["Weg 2", "Weg 3"] {
            let notice = LegalNotice::validate(fields(street)).expect("a valid notice");
            store.submit_legal_notice(one, notice, BY, START).await.expect("submitted");
        }
        store.decide_legal_notice(one, 3, false, "Olga", "wrong street", START).await.expect("decided");
        assert_eq!(store.legal_review(one).await.expect("asked").review, Review::Refused);
        script(store, "UPDATE legal_notice SET notice = '{\"name\":\"\",\"street\":\"Postfach 1\"}' WHERE version = 1")
            .await
            .expect("an old version");
        let versions = store.legal_versions(one, None, 2).await.expect("versions");
        assert_eq!(versions.iter().map(|version| version.version).collect::<Vec<_>>(), [3, 2]);
        assert_eq!(versions[0].fields.street, "Weg 3");
        let verdict = versions[0].decided.clone().expect("decided");
        assert_eq!((verdict.approved, verdict.by.as_str(), verdict.reason.as_str()), (false, "Olga", "wrong street"));
        assert!(versions[1].decided.is_none());
        let rest = store.legal_versions(one, Some(2), 2).await.expect("versions");
        assert_eq!((rest.len(), rest[0].version, rest[0].fields.street.as_str()), (1, 1, "Postfach 1"));
        assert_eq!(store.legal_versions(two, None, 2).await.expect("versions"), []);
    }
);

crate::both!(
    /// Proves R82: of each topic the newest version is listed, beside it the one in force; what the account
    /// itself replaced is told from what the operator refused; and who changed what is noted.
    r82_topics_are_listed_with_the_version_in_force,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (account(&bench, "Gartenfreunde").await, account(&bench, "Radladen").await);
        let site = website(&bench, one, "www.shop.example").await;
        let first = store.submit_topic(one, site, statement("Growing tomatoes at home"), BY, START).await.expect("a topic");
        store.decide_topic(one, first, true, "Olga", "clear", START).await.expect("decided");
        for words in ["Growing tomatoes at home, and peppers", "Growing tomatoes and peppers at home"] {
            store.change_topic(one, first.topic, statement(words), BY, START).await.expect("changed");
        }
        let other = store.submit_topic(one, site, statement("Keeping bees in the city"), BY, START).await.expect("a topic");
        let topics = store.topic_list(one).await.expect("topics");
        let shown: Vec<_> = topics.iter().map(|topic| (topic.newest.topic, topic.newest.state, topic.in_force)).collect();
        let newest = policy::TopicRef { topic: first.topic, version: 3 };
        assert_eq!(shown, [(newest, TopicState::Pending, Some(1)), (other, TopicState::Pending, None)]);
        assert_eq!(store.topic_list(two).await.expect("topics"), []);
        let versions = store.topic_versions(one, first.topic, None, 2).await.expect("versions");
        assert_eq!(versions.iter().map(|version| version.topic.version).collect::<Vec<_>>(), [3, 2]);
        assert_eq!(versions[1].decided.as_ref().map(|(_, by, _)| by.as_str()), Some(BY_ACCOUNT));
        let rest = store.topic_versions(one, first.topic, Some(2), 2).await.expect("versions");
        assert_eq!((rest.len(), rest[0].topic.version), (1, 1));
        assert_eq!(store.topic_versions(two, first.topic, None, 9).await.expect("versions"), []);
        let noted: Vec<_> = store.audit(one, 0, 500).await.expect("audit").into_iter().map(|line| line.action).collect();
        let count = |action: &str| noted.iter().filter(|noted| *noted == action).count();
        assert_eq!((count("topic_submitted"), count("topic_changed")), (2, 2));
    }
);

crate::both!(
    /// Proves R12: what a look found is kept; the operator sees every website, or those without a proof;
    /// and a mistyped host goes as long as nothing belongs to it.
    r12_websites_are_listed_for_the_operator_and_go_while_unused,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (account(&bench, "Gartenfreunde").await, account(&bench, "Radladen").await);
        let typo = website(&bench, one, "www.shpo.example").await;
        let site = website(&bench, one, "www.shop.example").await;
        let bikes = website(&bench, two, "www.rad.example").await;
        store.note_website_check(one, site, ProofFound::Yes, "shown", START).await.expect("noted");
        store.note_website_check(two, bikes, ProofFound::No, "absent", START).await.expect("noted");
        assert_eq!(store.website(two, bikes).await.expect("the website").found, "absent");
        store.submit_topic(one, site, statement("Growing tomatoes at home"), BY, START).await.expect("a topic");
        let all = store.websites_of_all(false, None, 10).await.expect("websites");
        let shown: Vec<_> = all.iter().map(|one| (one.website.id, one.account_name.as_str(), one.topics)).collect();
        assert_eq!(shown, [(bikes, "Radladen", 0), (site, "Gartenfreunde", 1), (typo, "Gartenfreunde", 0)]);
        let open = store.websites_of_all(true, None, 1).await.expect("websites");
        assert_eq!(open.iter().map(|one| one.website.id).collect::<Vec<_>>(), [bikes]);
        let open = store.websites_of_all(true, Some(bikes), 10).await.expect("websites");
        assert_eq!(open.iter().map(|one| (one.account, one.website.id)).collect::<Vec<_>>(), [(one, typo)]);
        store.note_website_check(one, site, ProofFound::No, "absent", START).await.expect("noted");
        assert_eq!(store.websites_of_all(true, None, 10).await.expect("websites").len(), 3, "a proof that is gone");
        missing(store.remove_website(two, typo, BY, START).await);
        let kept = store.remove_website(one, site, BY, START).await;
        assert!(matches!(&kept, Err(StoreError::Invalid(problem)) if problem.code() == "website_in_use"), "{kept:?}");
        store.remove_website(one, typo, BY, START).await.expect("removed");
        missing(store.website(one, typo).await);
    }
);

crate::both!(
    /// Proves R64: the records of a domain name the keys that it signs with, and no retired one.
    r64_records_name_the_keys_that_sign,
    |bench: Bench| async move {
        let store = &bench.store;
        let one = account(&bench, "Gartenfreunde").await;
        let (seals, _) = Seals::generate(&*bench.dice);
        for host in ["shop.example", "rad.example"] {
            let name = Domain::parse(host).expect("a domain");
            let first = store.key_ids().await.expect("ids");
            let keys = SealedKey::generate(Some(one), &name, first, &seals, &*bench.dice).expect("keys");
            store.add_domain(one, &name, keys, BY, START).await.expect("a domain");
        }
        let keys = store.published_keys(one, "shop.example").await.expect("keys");
        assert_eq!(keys.len(), 3);
        let retired = store.signing_keys(Some(one)).await.expect("keys")[0].clone();
        store.set_key_active(Some(one), retired.id, false).await.expect("retired");
        let left = store.published_keys(one, "shop.example").await.expect("keys");
        assert!(left.len() == 2 && !left.contains(&retired.published));
    }
);
