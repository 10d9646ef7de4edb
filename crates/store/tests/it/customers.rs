//! What customers set up: account, tokens, users, websites, topics, forms, domains, senders, legal notice.

use std::time::Duration;

use mail_formats::address::{Domain, EmailAddress};
use policy::dns_records::{Authentication, KeyAlgorithm};
use policy::legal_notice::{LegalNotice, LegalNoticeFields, Review};
use policy::role::Role;
use policy::sender::{DisplayName, ShortName};
use policy::signup::Limit;
use policy::standing::POLICY_VERSION;
use policy::topic::{TopicState, TopicStatement};
use policy::{AccountId, DomainId, FormId, Refusal, SenderId, Standing, TagId, TopicId, TopicRef, UserId, WebsiteId};
use seals::{AddressKey, Clock as _, Seals};
use store::StoreError;
use store::accounts::NewAccount;
use store::address_proofs::{PROOF_VALID, ProofAsked, ProofMail, ProofOutcome, Proven};
use store::conformance::{numbers, script, texts};
use store::consents::{Source, Word};
use store::contacts::RestoreOutcome;
use store::forms::FormContent;
use store::keys::SealedKey;
use store::questions::{NewQuestion, QUESTIONS_A_DAY};
use store::replays::Replay;
use store::senders::{Home, NewSender};
use store::users::{NewUser, TEST_MAILS_A_DAY};
use store::websites::ProofFound;
use texts::Language;

use crate::both::{Bench, START};
use crate::world::{self, plain_key};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const BY: &str = "operator";

pub(crate) fn name(text: &str) -> ShortName {
    ShortName::parse(text).expect("a name")
}

fn key(address: &str) -> AddressKey {
    AddressKey::from_bytes(plain_key(address))
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

fn statement(text: &str) -> TopicStatement {
    TopicStatement::parse(text).expect("a statement")
}

pub(crate) async fn account(bench: &Bench, called: &str) -> AccountId {
    let new = NewAccount { name: name(called), language: Language::De, time_zone: "Europe/Berlin".to_owned() };
    bench.store.create_account(new, BY, bench.clock.now()).await.expect("an account")
}

async fn version(bench: &Bench, account: AccountId) -> i64 {
    let rows = numbers(&bench.store, "SELECT id, facts_version FROM account", 2).await.expect("accounts");
    rows.iter().find(|row| row[0] == Some(account.get())).and_then(|row| row[1]).expect("a version")
}

async fn count(bench: &Bench, sql: &'static str) -> i64 {
    numbers(&bench.store, sql, 1).await.expect("a number")[0][0].expect("no NULL")
}

fn invalid<T: std::fmt::Debug>(result: store::Result<T>) -> String {
    match result {
        Err(StoreError::Invalid(problem)) => problem.to_string(),
        other => panic!("it must be refused: {other:?}"),
    }
}

fn missing<T: std::fmt::Debug>(result: store::Result<T>) {
    assert!(matches!(result, Err(StoreError::NotFound(_))), "{result:?}");
}

fn decided<T: std::fmt::Debug>(result: store::Result<T>) {
    assert!(matches!(result, Err(StoreError::Conflict(_))), "{result:?}");
}

async fn website(bench: &Bench, account: AccountId, host: &str) -> WebsiteId {
    let host = Domain::parse(host).expect("a host");
    bench.store.add_website(account, &host, "word", BY, bench.clock.now()).await.expect("a website")
}

/// An approved topic on a website of its own.
pub(crate) async fn approved_topic(bench: &Bench, account: AccountId) -> TopicRef {
    let site = website(bench, account, "www.shop.example").await;
    let statement = statement("Tips for growing vegetables in small gardens");
    let topic = bench.store.submit_topic(account, site, statement, BY, bench.clock.now()).await.expect("a topic");
    bench
        .store
        .decide_topic(account, topic, true, "Olga", "a clear subject", bench.clock.now())
        .await
        .expect("decided");
    topic
}

async fn user(bench: &Bench, account: AccountId, mailbox: &str) -> UserId {
    let new = NewUser {
        name: name("Uwe"),
        address: address(mailbox),
        key: key(mailbox),
        language: Language::De,
        role: Role::Reader,
    };
    bench.store.add_user(account, new, BY, bench.clock.now()).await.expect("a user")
}

async fn ask(bench: &Bench, account: AccountId, what: Proven, mailbox: &str) -> ProofAsked {
    let mail = ProofMail { until: "soon".to_owned() };
    bench.store.ask_proof(account, what, vec![key(mailbox)], mail, bench.clock.now()).await.expect("an answer")
}

async fn prove(bench: &Bench, what: Proven) -> ProofOutcome {
    bench.store.prove(what.number(), bench.clock.now()).await.expect("an answer")
}

fn notice(street: &str) -> LegalNotice {
    let fields = LegalNoticeFields {
        name: "Gartenfreunde".to_owned(),
        street: street.to_owned(),
        postal_code: "12345".to_owned(),
        city: "Musterstadt".to_owned(),
        country: "Deutschland".to_owned(),
        email: "garten@shop.example".to_owned(),
        phone: "+49 30 1234567".to_owned(),
        ..LegalNoticeFields::default()
    };
    LegalNotice::validate(fields).expect("a valid notice")
}

crate::both!(
    /// Proves R7 and R23: an account accepts the policy in its current version, and every change
    /// of the account is a new version of its facts.
    r7_r23_an_account_accepts_the_current_policy_and_nothing_else,
    |bench: Bench| async move {
        let store = &bench.store;
        let one = account(&bench, "Gartenfreunde").await;
        let two = account(&bench, "Radladen").await;
        let shown = store.account(one).await.expect("the account");
        assert_eq!((shown.standing, shown.policy_accepted, shown.sender), (Standing::Active, false, None));
        assert_eq!(store.account_refusal(one).await.expect("asked"), Some(Refusal::PolicyNotAccepted));
        invalid(store.accept_policy(one, POLICY_VERSION + 1, "Ada", START).await);
        let before = version(&bench, one).await;
        store.accept_policy(one, POLICY_VERSION, "Ada", START).await.expect("accepted");
        assert_eq!(version(&bench, one).await, before + 1);
        assert_eq!(store.account_refusal(one).await.expect("asked"), Some(Refusal::NoSender));
        let settings = NewAccount { name: name("Gärtner"), language: Language::En, time_zone: "Europe/Zurich".to_owned() };
        store.set_account(one, settings, BY, START).await.expect("changed");
        assert_eq!(version(&bench, one).await, before + 2);
        let listed = store.accounts(None, 500).await.expect("accounts");
        assert_eq!(listed.iter().map(|account| account.name.as_str()).collect::<Vec<_>>(), ["Gärtner", "Radladen"]);
        assert_eq!(store.accounts(Some(one), 1).await.expect("accounts")[0].id, two);
        let actions: Vec<_> = store.audit(one, 0, 500).await.expect("audit").into_iter().map(|line| line.action).collect();
        assert_eq!(actions, ["account_created", "policy_accepted", "account_changed"]);
        let nobody = AccountId::from_raw(4_000_000);
        missing(store.account(nobody).await);
        missing(store.accept_policy(nobody, POLICY_VERSION, "Ada", START).await);
        missing(store.account_refusal(nobody).await);
    }
);

crate::both!(
    /// A token opens one account until it is revoked, and no other account can revoke it.
    a_token_opens_its_account_until_it_is_revoked,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (account(&bench, "Gartenfreunde").await, account(&bench, "Radladen").await);
        let id = store.mint_token(Some(one), "till", [1; 32], BY, START).await.expect("a token");
        let root = store.mint_token(None, "first start", [2; 32], BY, START).await.expect("a token");
        assert_eq!(store.token([1; 32]).await.expect("asked").map(|token| token.account), Some(Some(one)));
        assert_eq!(store.token([2; 32]).await.expect("asked").map(|token| token.account), Some(None));
        assert_eq!(store.token([3; 32]).await.expect("asked"), None);
        missing(store.revoke_token(Some(two), id, BY, START).await);
        missing(store.revoke_token(Some(one), root, BY, START).await);
        store.revoke_token(Some(one), id, BY, START).await.expect("revoked");
        missing(store.revoke_token(Some(one), id, BY, START).await);
        assert_eq!(store.token([1; 32]).await.expect("asked"), None);
        assert!(store.tokens(Some(one)).await.expect("tokens")[0].revoked_at.is_some());
        missing(store.mint_token(Some(AccountId::from_raw(99)), "x", [4; 32], BY, START).await);
        invalid(store.mint_token(Some(one), "a\r\nb", [5; 32], BY, START).await);
    }
);

crate::both!(
    /// A request with a key acts once; its answer is kept for a day.
    a_replayed_request_gets_the_first_answer,
    |bench: Bench| async move {
        let store = &bench.store;
        let one = Some(AccountId::from_raw(7));
        assert_eq!(store.begin_request(one, "k", [1; 32], START).await.expect("noted"), Replay::New);
        assert_eq!(store.begin_request(one, "k", [1; 32], START).await.expect("noted"), Replay::Unfinished);
        store.end_request(one, "k", Some((201, "{}".to_owned()))).await.expect("kept");
        let answered = Replay::Answered { status: 201, body: "{}".to_owned() };
        assert_eq!(store.begin_request(one, "k", [1; 32], START).await.expect("noted"), answered);
        assert_eq!(store.begin_request(one, "k", [2; 32], START).await.expect("noted"), Replay::OtherRequest);
        assert_eq!(store.begin_request(None, "k", [2; 32], START).await.expect("noted"), Replay::New);
        store.end_request(None, "k", None).await.expect("dropped");
        assert_eq!(store.begin_request(None, "k", [3; 32], START).await.expect("noted"), Replay::New);
        assert_eq!(store.begin_request(one, "k", [1; 32], START + DAY * 2).await.expect("noted"), Replay::New);
        assert_eq!(store.purge_replays(START + DAY * 2, 500).await.expect("purged"), 1, "the operator's old one");
        assert_eq!(store.purge_replays(START + DAY * 9, 500).await.expect("purged"), 1);
    }
);

crate::both!(
    /// Proves R8 and D13: test mails go to proven addresses only, at most 50 a day, and stop at
    /// the user's word until the user proves the address anew.
    r8_test_mails_go_to_proven_users_at_most_fifty_a_day,
    |bench: Bench| async move {
        let store = &bench.store;
        let world = world::found(store, 1, &[], 0, 0).await;
        let uwe = user(&bench, world.account, "uwe@mail.example").await;
        let test = |n: usize| store.send_test(world.account, world.mailing, vec![uwe; n], bench.clock.now());
        assert!(invalid(test(1).await).contains("has not confirmed"));
        assert_eq!(ask(&bench, world.account, Proven::User(uwe), "uwe@mail.example").await, ProofAsked::Planned);
        let page = store.proof_page(uwe.get(), START).await.expect("asked").expect("a page");
        assert_eq!((page.open, page.done, page.what), (true, false, Proven::User(uwe)));
        assert_eq!(prove(&bench, Proven::User(uwe)).await, ProofOutcome::Proven);
        assert_eq!(prove(&bench, Proven::User(uwe)).await, ProofOutcome::Already);
        assert_eq!(test(3).await.expect("planned"), 3);
        let limit = usize::try_from(TEST_MAILS_A_DAY).expect("small");
        assert!(invalid(test(limit - 2).await).contains("50"));
        assert_eq!(test(limit - 3).await.expect("planned"), limit - 3);
        invalid(test(1).await);
        bench.clock.advance(DAY);
        assert_eq!(test(1).await.expect("a new day"), 1);
        assert!(store.stop_tests(uwe, bench.clock.now()).await.expect("stopped"));
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM notice WHERE purpose = 4 AND state = 0").await, 0);
        assert!(invalid(test(1).await).contains("stopped"));
        bench.clock.advance(PROOF_VALID);
        assert_eq!(ask(&bench, world.account, Proven::User(uwe), "uwe@mail.example").await, ProofAsked::Planned);
        assert_eq!(prove(&bench, Proven::User(uwe)).await, ProofOutcome::Proven);
        assert_eq!(test(1).await.expect("planned"), 1);
        let other = account(&bench, "Radladen").await;
        missing(store.send_test(other, world.mailing, vec![uwe], bench.clock.now()).await);
        missing(store.user(other, uwe).await);
        missing(store.remove_user(other, uwe, BY, START).await);
        invalid(store.add_user(world.account, NewUser { name: name("Uwe"), address: address("uwe@mail.example"), key: key("uwe@mail.example"), language: Language::De, role: Role::Reader }, BY, START).await);
        assert_eq!(store.users(world.account).await.expect("users").len(), 1);
        assert!(store.user(world.account, uwe).await.expect("the user").proven_at.is_some());
        store.remove_user(world.account, uwe, BY, START).await.expect("removed");
        assert!(!store.stop_tests(uwe, START).await.expect("asked"));
    }
);

crate::both!(
    /// Proves R8: proofs fall under C2's limits, and the link of an old mail proves nothing.
    r8_proof_mails_are_limited_like_confirmation_mails,
    |bench: Bench| async move {
        let mut accounts = Vec::new();
        for n in ["Eins", "Zwei", "Drei", "Vier"] {
            let account = account(&bench, n).await;
            accounts.push((account, user(&bench, account, "uwe@mail.example").await));
        }
        let asked = |at: usize| ask(&bench, accounts[at].0, Proven::User(accounts[at].1), "uwe@mail.example");
        assert_eq!(asked(0).await, ProofAsked::Planned);
        assert!(matches!(asked(0).await, ProofAsked::Limited(Limit::AskedAlready { .. })));
        assert_eq!(asked(1).await, ProofAsked::Planned);
        assert_eq!(asked(2).await, ProofAsked::Planned);
        assert_eq!(asked(3).await, ProofAsked::Limited(Limit::PerDay));
        bench.clock.advance(PROOF_VALID);
        assert_eq!(prove(&bench, Proven::User(accounts[0].1)).await, ProofOutcome::Gone);
        let foreign = bench.store.ask_proof(
            accounts[0].0,
            Proven::User(accounts[1].1),
            vec![key("uwe@mail.example")],
            ProofMail { until: String::new() },
            START,
        );
        missing(foreign.await);
        assert_eq!(bench.store.proof_page(12_345, START).await.expect("asked"), None);
        let stored = texts(&bench.store, "SELECT template, dedupe_key FROM notice ORDER BY id", 2).await.expect("notices");
        assert_eq!(stored.len(), 3);
        assert_eq!(stored[0][0].as_deref(), Some("prove_user"));
    }
);

crate::both!(
    /// Proves R12: a website's proof that is missing for a week ends; a look without answer changes nothing.
    r12_a_website_counts_while_its_proof_is_found,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (account(&bench, "Gartenfreunde").await, account(&bench, "Radladen").await);
        let id = website(&bench, one, "www.shop.example").await;
        invalid(store.add_website(one, &Domain::parse("WWW.shop.example").expect("a host"), "w", BY, START).await);
        website(&bench, two, "www.shop.example").await;
        let look = |found| store.note_website_check(one, id, found, "words", bench.clock.now());
        let proven = || async { store.website(one, id).await.expect("the website").proven_at.is_some() };
        look(ProofFound::No).await.expect("noted");
        assert!(!proven().await);
        look(ProofFound::Yes).await.expect("noted");
        assert!(proven().await);
        bench.clock.advance(DAY * 7);
        assert_eq!(store.websites_to_check(bench.clock.now(), 10).await.expect("asked").len(), 1);
        look(ProofFound::No).await.expect("noted");
        assert!(proven().await, "a week of grace begins");
        bench.clock.advance(DAY * 6);
        look(ProofFound::Unknown).await.expect("noted");
        bench.clock.advance(DAY);
        assert!(proven().await);
        look(ProofFound::No).await.expect("noted");
        assert!(!proven().await);
        missing(store.note_website_check(two, id, ProofFound::Yes, "", START).await);
        missing(store.website(two, id).await);
        assert_eq!(store.websites(one).await.expect("websites").len(), 1);
    }
);

crate::both!(
    /// Proves R82: a statement waits for the operator, a changed one is a new version, and
    /// deciding is once for all and told to those who send.
    r82_a_changed_statement_is_a_new_version_that_waits,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (account(&bench, "Gartenfreunde").await, account(&bench, "Radladen").await);
        let site = website(&bench, one, "www.shop.example").await;
        missing(store.submit_topic(two, site, statement("Tips for growing tomatoes at home"), BY, START).await);
        let first = store.submit_topic(one, site, statement("Tips for growing tomatoes at home"), BY, START).await.expect("a topic");
        assert_eq!(first.version, 1);
        let same = store.change_topic(one, first.topic, statement("Tips for growing tomatoes at home"), BY, START).await.expect("same");
        assert_eq!(same, first);
        let second = store.change_topic(one, first.topic, statement("Tips for growing tomatoes, at home"), BY, START).await.expect("a version");
        assert_eq!(second, TopicRef { topic: first.topic, version: 2 });
        let states: Vec<_> = store.topics(one).await.expect("topics").iter().map(|topic| (topic.topic.version, topic.state)).collect();
        assert_eq!(states, [(2, TopicState::Pending), (1, TopicState::Refused)]);
        assert_eq!(store.topics_waiting(10).await.expect("waiting").len(), 1);
        missing(store.decide_topic(two, second, true, "Olga", "clear", START).await);
        invalid(store.decide_topic(one, second, true, "Olga", " ", START).await);
        store.decide_topic(one, second, true, "Olga", "clear", START).await.expect("decided");
        decided(store.decide_topic(one, second, false, "Olga", "no", START).await);
        assert_eq!(store.topic(one, first.topic).await.expect("the topic").state, TopicState::Approved);
        missing(store.topic(two, first.topic).await);
        missing(store.change_topic(two, first.topic, statement("Tips for growing cucumbers at home"), BY, START).await);
        missing(store.topic(one, TopicId::from_raw(1)).await);
    }
);

crate::both!(
    /// Proves L1: what a form shows is kept version by version; an edit never changes a version that was shown.
    l1_an_edited_form_is_a_new_version,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (account(&bench, "Gartenfreunde").await, account(&bench, "Radladen").await);
        let tag = store.create_tag(one, "tips", "Tips", START).await.expect("a tag");
        let content = |consent: &str| FormContent {
            name: "Footer".to_owned(),
            language: Language::En,
            consent_text: consent.to_owned(),
            privacy_notice: String::new(),
            tags: vec![tag],
            fields: vec!["firstname".to_owned()],
        };
        let site = website(&bench, one, "www.garden.example").await;
        let waiting = store.submit_topic(one, site, statement("Tips for growing tomatoes at home"), BY, START).await.expect("a topic");
        assert!(invalid(store.create_form(one, waiting.topic, content(""), START).await).contains("not approved"));
        let topic = approved_topic(&bench, one).await;
        let form = store.create_form(one, topic.topic, content("Yes."), START).await.expect("a form");
        missing(store.create_form(two, topic.topic, content("Yes."), START).await);
        let foreign = FormContent { tags: vec![TagId::from_raw(1)], ..content("Yes.") };
        missing(store.create_form(one, topic.topic, foreign.clone(), START).await);
        missing(store.edit_form(one, form, foreign, START).await);
        assert_eq!(store.edit_form(one, form, content("Yes, please."), START).await.expect("edited"), 2);
        let shown = texts(store, "SELECT consent_text FROM form_version ORDER BY version", 1).await.expect("versions");
        assert_eq!(shown, [[Some("Yes.".to_owned())], [Some("Yes, please.".to_owned())]]);
        for fields in [vec!["Bad Name".to_owned()], vec!["x".to_owned(); 41].iter().enumerate().map(|(n, x)| format!("{x}{n}")).collect()] {
            invalid(store.create_form(one, topic.topic, FormContent { fields, ..content("") }, START).await);
        }
        invalid(store.create_form(one, topic.topic, FormContent { name: "a\nb".to_owned(), ..content("") }, START).await);
        invalid(store.create_form(one, topic.topic, FormContent { consent_text: "a\0b".to_owned(), ..content("") }, START).await);
        store.open_form(one, form, false).await.expect("closed");
        assert!(!store.form(one, form).await.expect("the form").open);
        missing(store.open_form(two, form, true).await);
        missing(store.form(two, form).await);
        missing(store.edit_form(two, form, content(""), START).await);
        assert_eq!(store.forms(one, None, 10).await.expect("forms")[0].version, 2);
        assert_eq!(store.forms(one, Some(form), 10).await.expect("forms"), []);
        assert_eq!(store.field_names(one).await.expect("names"), ["firstname"]);
        assert!(!store.form_page(form).await.expect("asked").expect("a page").takes_signups());
    }
);

crate::both!(
    /// Proves R67: a form that a complaint about its confirmation mail stopped opens by its case only.
    r67_a_form_stopped_by_a_complaint_stays_closed_for_its_owner,
    |bench: Bench| async move {
        let one = account(&bench, "Gartenfreunde").await;
        let topic = approved_topic(&bench, one).await;
        let content = FormContent {
            name: "Footer".to_owned(),
            language: Language::En,
            consent_text: String::new(),
            privacy_notice: String::new(),
            tags: Vec::new(),
            fields: Vec::new(),
        };
        let form = bench.store.create_form(one, topic.topic, content, START).await.expect("a form");
        let text = format!(
            "UPDATE form SET open = FALSE WHERE id = {form};
             INSERT INTO abuse_case (id, account_id, kind, state, opened_at, first_look_due, decision_due, cluster, form_id, summary)
                VALUES (1, {one}, 'list_bombing', 'open', 0, 0, 0, 'x', {form}, 'x');"
        );
        script(&bench.store, &text).await.expect("a case");
        assert!(invalid(bench.store.open_form(one, form, true).await).contains("complaint"));
        script(&bench.store, "UPDATE abuse_case SET state = 'decided'").await.expect("decided");
        bench.store.open_form(one, form, true).await.expect("opened");
        missing(bench.store.open_form(one, FormId::from_raw(1), true).await);
    }
);

async fn domain(bench: &Bench, account: AccountId, seals: &Seals) -> (DomainId, Vec<SealedKey>) {
    let name = Domain::parse("shop.example").expect("a domain");
    let first = bench.store.key_ids().await.expect("ids");
    let keys = SealedKey::generate(Some(account), &name, first, seals, &*bench.dice).expect("keys");
    let id = bench.store.add_domain(account, &name, keys.clone(), BY, bench.clock.now()).await.expect("a domain");
    (id, keys)
}

crate::both!(
    /// Proves R64 and A1: each domain has its keys, sealed for its own row; a key moved into another
    /// account's row opens no seal.
    r64_a1_keys_of_a_domain_are_sealed_for_their_row,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (account(&bench, "Gartenfreunde").await, account(&bench, "Radladen").await);
        let (seals, _) = Seals::generate(&*bench.dice);
        let before = version(&bench, one).await;
        let (_, made) = domain(&bench, one, &seals).await;
        assert!(version(&bench, one).await > before);
        let kept = store.signing_keys(Some(one)).await.expect("keys");
        assert_eq!(kept, made);
        let kinds: Vec<_> = kept.iter().map(|key| key.published.algorithm).collect();
        assert_eq!(kinds, [KeyAlgorithm::RsaSha256, KeyAlgorithm::Ed25519Sha256, KeyAlgorithm::DomainKeys]);
        for key in &kept {
            let plain = key.open(&seals).expect("the seal of its row");
            assert!(!key.sealed.windows(16).any(|part| part == &plain[..16]));
            assert_eq!(SealedKey { account: Some(two), ..key.clone() }.open(&seals), None);
            assert_eq!(SealedKey { domain: "other.example".to_owned(), ..key.clone() }.open(&seals), None);
        }
        let platform = store.key_ids().await.expect("ids");
        let name = Domain::parse("m.example").expect("a domain");
        let keys = SealedKey::generate(None, &name, platform, &seals, &*bench.dice).expect("keys");
        store.add_keys(keys, START).await.expect("kept");
        assert_eq!(store.signing_keys(None).await.expect("keys").len(), 3);
        store.set_key_active(Some(one), kept[0].id, false).await.expect("retired");
        assert!(!store.signing_keys(Some(one)).await.expect("keys")[0].active);
        missing(store.set_key_active(Some(two), kept[0].id, false).await);
    }
);

crate::both!(
    /// Proves R62: a domain counts as authenticated while its records are right; an answer that
    /// fails to come takes nothing back, and records that are gone have 72 hours.
    r62_a_domain_is_authenticated_by_its_records,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (account(&bench, "Gartenfreunde").await, account(&bench, "Radladen").await);
        let (seals, _) = Seals::generate(&*bench.dice);
        let (id, keys) = domain(&bench, one, &seals).await;
        let check = |verdict| store.note_domain_check(one, id, verdict, "[]", bench.clock.now());
        assert_eq!(check(Authentication::Failed).await.expect("noted").authenticated_at, None);
        let before = version(&bench, one).await;
        assert_eq!(check(Authentication::Proven).await.expect("noted").authenticated_at, Some(START));
        assert_eq!(version(&bench, one).await, before + 1);
        bench.clock.advance(DAY);
        assert!(check(Authentication::Failed).await.expect("noted").authenticated_at.is_some());
        bench.clock.advance(DAY * 4);
        assert!(check(Authentication::Unknown).await.expect("noted").authenticated_at.is_some());
        assert_eq!(check(Authentication::Failed).await.expect("noted").authenticated_at, None);
        assert_eq!(version(&bench, one).await, before + 2);
        missing(store.note_domain_check(two, id, Authentication::Proven, "[]", START).await);
        missing(store.domain(two, id).await);
        missing(store.remove_domain(two, id, BY, START).await);
        invalid(store.add_domain(one, &Domain::parse("shop.example").expect("a domain"), Vec::new(), BY, START).await);
        assert_eq!(store.domains(one).await.expect("domains").len(), 1);
        assert_eq!(store.all_domains(None, 10).await.expect("domains").len(), 1);
        assert_eq!(store.domain(one, id).await.expect("the domain").name, "shop.example");
        store.remove_domain(one, id, BY, START).await.expect("removed");
        assert_eq!(store.signing_keys(Some(one)).await.expect("keys"), []);
        drop(keys);
    }
);

fn new_sender(mailbox: &str, home: Home) -> NewSender {
    let address = address(mailbox);
    let display_name = DisplayName::parse("Gartenfreunde", &address).expect("a name");
    NewSender { address, keys: vec![key(mailbox)], display_name, home }
}

crate::both!(
    /// Proves R49 and R52: the mailbox is proven by its own mail; the first proven one becomes the
    /// account's address, and another one only by choice.
    r49_r52_a_sender_is_proven_by_mail_and_changed_by_choice,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (account(&bench, "Gartenfreunde").await, account(&bench, "Radladen").await);
        let (seals, _) = Seals::generate(&*bench.dice);
        let (domain, _) = domain(&bench, one, &seals).await;
        invalid(store.add_sender(one, new_sender("info@other.example", Home::Own(domain)), BY, START).await);
        missing(store.add_sender(two, new_sender("info@shop.example", Home::Own(domain)), BY, START).await);
        let first = store.add_sender(one, new_sender("info@shop.example", Home::Own(domain)), BY, START).await.expect("a sender");
        invalid(store.add_sender(one, new_sender("info@shop.example", Home::Own(domain)), BY, START).await);
        assert_eq!(prove(&bench, Proven::Sender(first)).await, ProofOutcome::Gone, "nobody asked yet");
        assert_eq!(ask(&bench, one, Proven::Sender(first), "info@shop.example").await, ProofAsked::Planned);
        assert_eq!(store.account(one).await.expect("account").sender, None);
        assert_eq!(prove(&bench, Proven::Sender(first)).await, ProofOutcome::Proven);
        assert_eq!(store.account(one).await.expect("account").sender, Some(first));
        let mailbox = Home::Platform { forward_to: address("garten@gmx.example"), keys: vec![key("garten@gmx.example")] };
        let second = store.add_sender(one, new_sender("garten-g@m.example", mailbox.clone()), BY, START).await.expect("a sender");
        invalid(store.add_sender(two, new_sender("garten-g@m.example", mailbox.clone()), BY, START).await);
        invalid(store.choose_sender(one, second, BY, START).await);
        assert_eq!(ask(&bench, one, Proven::Sender(second), "garten@gmx.example").await, ProofAsked::Planned);
        let to = texts(store, "SELECT address, template FROM notice ORDER BY id DESC LIMIT 1", 2).await.expect("a notice");
        assert_eq!(to, [[Some("garten@gmx.example".to_owned()), Some("prove_sender".to_owned())]]);
        assert_eq!(prove(&bench, Proven::Sender(second)).await, ProofOutcome::Proven);
        assert_eq!(store.account(one).await.expect("account").sender, Some(first), "the address stays");
        let before = version(&bench, one).await;
        store.choose_sender(one, second, BY, START).await.expect("chosen");
        assert_eq!(version(&bench, one).await, before + 1);
        invalid(store.remove_sender(one, second, BY, START).await);
        invalid(store.remove_domain(one, domain, BY, START).await);
        store.rename_sender(one, second, DisplayName::parse("Garten", &address("garten-g@m.example")).expect("a name"), BY, START).await.expect("renamed");
        assert!(store.senders(one).await.expect("senders").iter().any(|sender| sender.current && sender.display_name == "Garten"));
        for foreign in [store.choose_sender(two, first, BY, START).await, store.remove_sender(two, first, BY, START).await] {
            missing(foreign);
        }
        missing(store.sender(two, first).await);
        missing(store.rename_sender(two, first, DisplayName::parse("Garten", &address("a@b.example")).expect("a name"), BY, START).await);
        store.remove_sender(one, first, BY, START).await.expect("removed");
        missing(store.sender(one, SenderId::from_raw(1)).await);
    }
);

crate::both!(
    /// Proves R53: an excluded mailbox is refused as sender; one on hold is proven by a mail sent after the hold.
    r53_a_sender_that_bounced_is_proven_anew,
    |bench: Bench| async move {
        let store = &bench.store;
        let one = account(&bench, "Gartenfreunde").await;
        let (seals, _) = Seals::generate(&*bench.dice);
        let (domain, _) = domain(&bench, one, &seals).await;
        let key_text = world::blob(store, &plain_key("gone@shop.example"));
        script(store, &format!("INSERT INTO suppression (address_key, reason, at, source_account) VALUES ({key_text}, 'hard', 0, 0)")).await.expect("excluded");
        assert!(invalid(store.add_sender(one, new_sender("gone@shop.example", Home::Own(domain)), BY, START).await).contains("exclusion list"));
        let sender = store.add_sender(one, new_sender("info@shop.example", Home::Own(domain)), BY, START).await.expect("a sender");
        ask(&bench, one, Proven::Sender(sender), "info@shop.example").await;
        prove(&bench, Proven::Sender(sender)).await;
        bench.clock.advance(DAY);
        script(store, &format!("UPDATE sender SET on_hold_since = {}", bench.clock.now().millis())).await.expect("on hold");
        assert_ne!(prove(&bench, Proven::Sender(sender)).await, ProofOutcome::Proven, "the old mail proves nothing");
        bench.clock.advance(PROOF_VALID);
        assert_eq!(ask(&bench, one, Proven::Sender(sender), "info@shop.example").await, ProofAsked::Planned);
        assert_eq!(prove(&bench, Proven::Sender(sender)).await, ProofOutcome::Proven);
        assert_eq!(store.sender(one, sender).await.expect("the sender").on_hold_since, None);
        let info = world::blob(store, &plain_key("info@shop.example"));
        script(store, &format!("INSERT INTO suppression (address_key, reason, at, source_account) VALUES ({info}, 'hard', 0, 0)")).await.expect("excluded");
        assert_eq!(ask(&bench, one, Proven::Sender(sender), "info@shop.example").await, ProofAsked::Excluded);
    }
);

crate::both!(
    /// Proves R48: the review opens at n contacts, an approval lets held newsletters go on, an
    /// edit reopens it, and an unchanged notice changes nothing.
    r48_a_legal_notice_is_reviewed_from_n_contacts_on,
    |bench: Bench| async move {
        let store = &bench.store;
        let people = world::people((0..3).map(|at| format!("p{at}@a.test")));
        let world = world::found(store, 1, &people, 0, 0).await;
        let (one, two) = (world.account, account(&bench, "Radladen").await);
        store.set_legal_review_at(2).await.expect("set");
        store.set_legal_review_at(2).await.expect("set again");
        assert_eq!(store.submit_legal_notice(two, notice("Weg 1"), BY, START).await.expect("submitted"), 1);
        assert_eq!(store.legal_notice(two).await.expect("asked").expect("a notice").review, Review::NotNeeded);
        decided(store.decide_legal_notice(two, 1, true, "Olga", "fine", START).await);
        let version_before = version(&bench, one).await;
        let second = store.submit_legal_notice(one, notice("Weg 2"), BY, START).await.expect("submitted");
        assert_eq!(second, 2);
        assert!(version(&bench, one).await > version_before);
        assert_eq!(store.submit_legal_notice(one, notice("Weg 2"), BY, START).await.expect("the same"), 2);
        assert_eq!(store.legal_reviews_waiting(10).await.expect("waiting").len(), 1);
        script(store, "UPDATE mailing SET state = 4, held_reason = 'legal_notice_under_review'").await.expect("held");
        decided(store.decide_legal_notice(one, 1, true, "Olga", "fine", START).await);
        invalid(store.decide_legal_notice(one, 2, true, "", "fine", START).await);
        assert_eq!(store.decide_legal_notice(one, 2, true, "Olga", "fine", START).await.expect("decided"), Review::Approved);
        assert_eq!(count(&bench, "SELECT state FROM mailing").await, 2);
        let shown = store.legal_notice(one).await.expect("asked").expect("a notice");
        assert!(shown.decided.is_some_and(|verdict| verdict.approved && verdict.by == "Olga"));
        store.submit_legal_notice(one, notice("Weg 3"), BY, START).await.expect("submitted");
        assert_eq!(store.legal_notice(one).await.expect("asked").expect("a notice").review, Review::Open);
        assert_eq!(store.decide_legal_notice(one, 3, false, "Olga", "wrong street", START).await.expect("decided"), Review::Refused);
        missing(store.submit_legal_notice(AccountId::from_raw(99), notice("Weg 4"), BY, START).await);
        assert_eq!(store.legal_notice(AccountId::from_raw(99)).await.expect("asked"), None);
    }
);

crate::both!(
    /// Proves R48: growing to n contacts opens the review and tells the operator; crossing n again
    /// lets senders count anew, and neither changes what was decided.
    r48_growth_opens_the_review_once,
    |bench: Bench| async move {
        let store = &bench.store;
        let world = world::found(store, 1, &world::people((0..3).map(|at| format!("p{at}@a.test"))), 0, 0).await;
        store.set_legal_review_at(2).await.expect("set");
        script(store, "UPDATE delivery SET state = 13").await.expect("nothing is on its way");
        let review = || async { store.legal_notice(world.account).await.expect("asked").expect("a notice").review };
        let leave_and_return = || async {
            let word = Word { source: Source::Web, ip: None, salt: [1; 16] };
            store.unsubscribe(world.contacts[0], word, START).await.expect("left");
            assert_eq!(store.restore(world.contacts[0], None, word, START).await.expect("an answer"), RestoreOutcome::Done);
        };
        assert_eq!(review().await, Review::NotNeeded);
        leave_and_return().await;
        assert_eq!(review().await, Review::Open);
        assert_eq!(store.legal_reviews_waiting(10).await.expect("waiting")[0].account, world.account);
        let before = version(&bench, world.account).await;
        leave_and_return().await;
        assert_eq!((review().await, version(&bench, world.account).await), (Review::Open, before + 1));
        store.decide_legal_notice(world.account, 1, true, "Olga", "fine", START).await.expect("decided");
        leave_and_return().await;
        assert_eq!(review().await, Review::Approved);
    }
);

crate::both!(
    /// Proves R93: a question is a case with the words, and with whom to answer; asked twice it is one;
    /// nobody floods the desk; and nothing is sent but the operator's notice.
    r93_a_customers_question_is_a_case_that_says_whom_to_answer,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (account(&bench, "Gartenfreunde").await, account(&bench, "Radladen").await);
        let ask = |account, words: &str| {
            let question = NewQuestion { account, name: "Ada".to_owned(), address: "ada@shop.example".to_owned(), words: words.to_owned() };
            store.ask_operator(question, bench.clock.now())
        };
        let first = ask(one, "\n May I write to my club?\nThey know me.").await.expect("asked");
        assert_eq!(ask(one, "\n May I write to my club?\nThey know me.").await.expect("asked"), first, "sent twice");
        let (case, events) = store.case(first).await.expect("the case");
        assert_eq!((case.account, case.open), (Some(one), true));
        let step = events.iter().find(|event| event.kind == "question").expect("the question");
        assert!(step.note.starts_with("Ada <ada@shop.example>\n") && step.note.contains("They know me."), "{}", step.note);
        for n in 1..QUESTIONS_A_DAY {
            ask(one, &format!("question {n}")).await.expect("asked");
        }
        assert!(invalid(ask(one, "one more").await).contains("10"));
        ask(two, "another account").await.expect("asked");
        let asked = store.questions(one).await.expect("questions");
        assert_eq!(asked.len(), usize::try_from(QUESTIONS_A_DAY).expect("small"));
        let oldest = asked.last().expect("the first one");
        assert_eq!((oldest.case, oldest.about.as_str(), oldest.open), (first, "May I write to my club?", true));
        store.decide_case(first, store::cases::Decision::Close, "Olga", "answered by mail", bench.clock.now()).await.expect("closed");
        assert!(!store.questions(one).await.expect("questions").last().expect("the first one").open);
        bench.clock.advance(DAY + Duration::from_secs(1));
        ask(one, "one more").await.expect("a new day");
        missing(ask(AccountId::from_raw(99), "nobody").await);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM notice WHERE address = 'ada@shop.example'").await, 0);
    }
);

crate::both!(
    /// What stands in a form makes no new version of it; and a form that a complaint stopped is told apart.
    a_form_that_is_saved_as_it_stands_has_no_new_version,
    |bench: Bench| async move {
        let store = &bench.store;
        let one = account(&bench, "Gartenfreunde").await;
        let topic = approved_topic(&bench, one).await;
        let content = FormContent {
            name: "Footer".to_owned(),
            language: Language::De,
            consent_text: String::new(),
            privacy_notice: "Hinweis".to_owned(),
            tags: Vec::new(),
            fields: vec!["firstname".to_owned()],
        };
        let id = store.create_form(one, topic.topic, content.clone(), START).await.expect("a form");
        assert_eq!(store.edit_form(one, id, content.clone(), START).await.expect("the same"), 1);
        let changed = FormContent { privacy_notice: "Anderer Hinweis".to_owned(), ..content };
        assert_eq!(store.edit_form(one, id, changed, START).await.expect("changed"), 2);
        assert!(store.stopped_forms(one).await.expect("asked").is_empty());
        let case = format!("INSERT INTO abuse_case (id, account_id, kind, state, opened_at, first_look_due, decision_due, cluster, form_id, summary) VALUES (77, {one}, 'list_bombing', 'open', 0, 0, 0, 'x', {id}, 'x')");
        script(store, &case).await.expect("a case");
        assert_eq!(store.stopped_forms(one).await.expect("asked"), [id]);
        assert!(invalid(store.open_form(one, id, true).await).contains("complaint"));
    }
);
