//! What DNS and websites say of a customer's proofs, over days.

use mail_formats::Domain;
use policy::dns_records::{PublishedKey, wanted};
use policy::{AccountId, DomainId, WebsiteId};
use seals::Seals;
use seals::fake::SeededDice;
use store::domains::SendingDomain;
use store::keys::SealedKey;
use store::websites::ProofFound;
use testbench::dns::{Fault, Value};

use crate::bench::{Bench, DAY, HOUR, MINUTE, START};
use crate::world;

const HOST: &str = "www.garten.example";

/// A sending domain with its keys, and the names and texts of its records.
struct Sending {
    account: AccountId,
    id: DomainId,
    records: Vec<(String, String)>,
}

impl Sending {
    async fn add(bench: &Bench) -> Self {
        let account = world::found(&bench.store, 1, &[], 0, 0).await.account;
        let (name, dice) = (Domain::parse("garten.example").expect("a domain"), SeededDice::new(3));
        let first = bench.store.key_ids().await.expect("ids");
        let keys = SealedKey::generate(Some(account), &name, first, &Seals::generate(&dice).0, &dice).expect("keys");
        let published: Vec<PublishedKey> = keys.iter().map(|key| key.published.clone()).collect();
        let records =
            wanted(&bench.names, &name, &published).into_iter().map(|record| (record.name, record.resolved)).collect();
        let id = bench.store.add_domain(account, &name, keys, "Ada", START).await.expect("a domain");
        Self { account, id, records }
    }

    fn publish(&self, bench: &Bench) {
        for (name, text) in &self.records {
            bench.dns.set(name, Value::Txt(text.clone()));
        }
    }

    fn each(&self, change: impl Fn(&str)) {
        self.records.iter().for_each(|(name, _)| change(name));
    }

    async fn now(&self, bench: &Bench) -> SendingDomain {
        bench.store.domain(self.account, self.id).await.expect("the domain")
    }

    async fn counts(&self, bench: &Bench) -> bool {
        self.now(bench).await.authenticated_at.is_some()
    }
}

#[tokio::test]
async fn r62_an_owner_who_waits_is_answered_within_minutes() {
    let bench = Bench::start().await;
    let domain = Sending::add(&bench).await;
    bench.all_ran().await;
    let seen = domain.now(&bench).await;
    assert_eq!((seen.authenticated_at, seen.checked_at.is_some()), (None, true));
    assert!(seen.found.contains("\"missing\""), "{}", seen.found);
    domain.publish(&bench);
    bench.pass(MINUTE).await;
    assert!(domain.counts(&bench).await, "{}", domain.now(&bench).await.found);
    let asked = bench.dns.asked("garten.example", "TXT");
    for _ in 0..59 {
        bench.pass(MINUTE).await;
    }
    assert_eq!(bench.dns.asked("garten.example", "TXT"), asked, "what is right is looked at once an hour");
    bench.pass(MINUTE).await;
    assert!(bench.dns.asked("garten.example", "TXT") > asked);
}

#[tokio::test]
async fn r62_servfail_takes_nothing_back_and_records_that_are_gone_have_72_hours() {
    let bench = Bench::start().await;
    let domain = Sending::add(&bench).await;
    domain.publish(&bench);
    bench.all_ran().await;
    assert!(domain.counts(&bench).await);
    domain.each(|name| bench.dns.fail(name, Fault::ServFail));
    for _ in 0..20 {
        bench.pass(HOUR * 6).await;
    }
    let seen = domain.now(&bench).await;
    assert!(seen.authenticated_at.is_some() && seen.failing_since.is_none(), "five days of SERVFAIL say nothing");
    domain.each(|name| bench.dns.heal(name));
    domain.each(|name| bench.dns.remove(name));
    bench.pass(HOUR * 6).await;
    assert!(domain.now(&bench).await.failing_since.is_some());
    domain.each(|name| bench.dns.fail(name, Fault::ServFail));
    bench.pass(DAY).await;
    domain.each(|name| bench.dns.heal(name));
    bench.pass(HOUR * 47).await;
    assert!(domain.counts(&bench).await, "71 hours");
    bench.pass(HOUR).await;
    assert!(!domain.counts(&bench).await, "72 hours");
    assert_eq!(
        bench.count("SELECT COUNT(*) FROM audit WHERE action = 'domain_lost' AND detail = 'garten.example'").await,
        1
    );
    domain.publish(&bench);
    bench.pass(HOUR).await;
    let seen = domain.now(&bench).await;
    assert!(seen.authenticated_at.is_some() && seen.failing_since.is_none(), "{}", seen.found);
}

#[tokio::test]
async fn r62_records_that_come_back_within_72_hours_begin_the_grace_anew() {
    let bench = Bench::start().await;
    let domain = Sending::add(&bench).await;
    domain.publish(&bench);
    bench.all_ran().await;
    for _ in 0..3 {
        domain.each(|name| bench.dns.remove(name));
        bench.pass(HOUR * 2).await;
        bench.pass(HOUR * 70).await;
        assert!(domain.counts(&bench).await);
        domain.publish(&bench);
        bench.pass(HOUR).await;
        assert!(domain.now(&bench).await.failing_since.is_none());
    }
}

async fn website(bench: &Bench) -> (AccountId, WebsiteId) {
    let account = world::found(&bench.store, 1, &[], 0, 0).await.account;
    let id = bench
        .store
        .add_website(account, &Domain::parse(HOST).expect("a host"), "word", "Ada", START)
        .await
        .expect("a website");
    bench.store.note_website_check(account, id, ProofFound::Yes, "", START).await.expect("proven");
    bench.dns.set(HOST, Value::Txt("jawort-site=word".to_owned()));
    (account, id)
}

async fn is_proven(bench: &Bench, (account, id): (AccountId, WebsiteId)) -> bool {
    bench.store.website(account, id).await.expect("the website").proven_at.is_some()
}

#[tokio::test]
async fn r12_a_website_is_looked_at_once_a_week() {
    let bench = Bench::start().await;
    let site = website(&bench).await;
    for day in 1..25 {
        bench.pass(DAY).await;
        // The week must be over, so a look that comes once a day sees that on the eighth.
        assert_eq!(bench.dns.asked(HOST, "TXT"), day / 8, "day {day}");
    }
    assert!(is_proven(&bench, site).await);
}

#[tokio::test]
async fn r12_a_website_without_answer_keeps_its_proof_and_one_without_proof_has_a_week() {
    let bench = Bench::start().await;
    let site = website(&bench).await;
    bench.dns.fail(HOST, Fault::ServFail);
    for _ in 0..3 {
        bench.pass(DAY * 8).await;
    }
    assert!(is_proven(&bench, site).await, "three looks without answer");
    bench.dns.heal(HOST);
    bench.dns.remove(HOST);
    bench.pass(DAY * 8).await;
    assert!(is_proven(&bench, site).await, "it may be rebuilt");
    bench.pass(DAY * 8).await;
    assert!(!is_proven(&bench, site).await);
}
