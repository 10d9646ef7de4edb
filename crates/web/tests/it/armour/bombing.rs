//! List bombing (B6): ten thousand sign-ups of one address, from ten thousand IP addresses, by five
//! hundred forms of a hundred accounts, through the pages and the API.

use std::collections::BTreeMap;
use std::time::Duration;

use policy::AccountId;
use seals::{Clock as _, api_token_hash};
use serde_json::json;
use testbench::http::{Client, Response, form};

use crate::door::{Door, HOUR, run};

const ACCOUNTS: i64 = 100;
const FORMS_EACH: i64 = 5;
const VICTIM: &str = "victim@mail.example";
/// Bombed by one account's forms alone.
const ALONE: &str = "alone@mail.example";
/// Networks that the attackers come from; each sends fewer than its hourly limit lets through, so
/// that the limits of the address are what is tested.
const NETWORKS: usize = 512;
const AT_ONCE: usize = 500;

/// A hundred accounts like the first one, each with five open forms.
const FOUNDING: &str = "
    CREATE TEMP TABLE more AS WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n;
    INSERT INTO account (id, name, language, time_zone, standing, standing_at, facts_version, sender_id, period, counting_since, legal_version, legal_review, policy_version, created_at)
        SELECT i, name, language, time_zone, standing, standing_at, facts_version, sender_id, period, counting_since, legal_version, legal_review, policy_version, created_at FROM account, more WHERE id = 1;
    INSERT INTO sender (account_id, id, address, address_key, display_name, domain_id, platform, proven_at, created_at)
        SELECT i, id, address, address_key, display_name, domain_id, platform, proven_at, created_at FROM sender, more WHERE account_id = 1;
    INSERT INTO legal_notice (account_id, version, notice, created_at) SELECT i, version, notice, created_at FROM legal_notice, more WHERE account_id = 1;
    INSERT INTO website (account_id, id, host, proof_token, proven_at, created_at) SELECT i, id, host, proof_token, proven_at, created_at FROM website, more WHERE account_id = 1;
    INSERT INTO topic (account_id, id, version, website_id, statement, state, submitted_at) SELECT i, id, version, website_id, statement, state, submitted_at FROM topic, more WHERE account_id = 1;
    INSERT INTO more VALUES (1);
    CREATE TEMP TABLE each5 AS SELECT m.i AS account, 10000 + m.i * 10 + f.n AS id FROM more m, (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) f;
    INSERT INTO form (account_id, id, website_id, topic_id, name, language, version, open, created_at)
        SELECT e.account, e.id, 7, 8, 'Footer', 'en', 1, TRUE, 0 FROM each5 e;
    INSERT INTO form_version (account_id, form_id, version, topic_version, consent_text, privacy_notice, tags, fields, created_at)
        SELECT e.account, e.id, 1, 1, '', 'We keep your address.', '[]', '[]', 0 FROM each5 e;";

struct Siege {
    door: Door,
    operator: Client,
    /// The API of each account, by its number.
    accounts: Vec<Client>,
    /// The answer of each form's page, and of the API: the first one that was seen.
    answers: BTreeMap<i64, Vec<u8>>,
    sent: usize,
}

/// One sign-up of the siege.
#[derive(Clone)]
struct Shot {
    form: i64,
    address: &'static str,
    ip: String,
    stamp: String,
    /// The account's client where it comes by the API.
    api: Option<Client>,
}

async fn fire(door: Client, shot: Shot) -> (i64, Response) {
    let Some(api) = shot.api else {
        let fields = [("stamp", shot.stamp.as_str()), ("version", "1"), ("homepage", ""), ("email", shot.address)];
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        let headers = [kind, ("X-Forwarded-For", shot.ip.as_str())];
        let path = format!("/f/{}", shot.form);
        let answer = door.request("POST", &path, &headers, form(&fields).as_bytes()).await;
        return (shot.form, answer.expect("an answer"));
    };
    let body = json!({ "form": shot.form.to_string(), "address": shot.address, "ip": shot.ip });
    let answer = api.post_json("/api/v1/sign-ups", &body).await.expect("an answer");
    (-shot.form, answer)
}

impl Siege {
    async fn begin() -> Self {
        let door = Door::with(|context| context.settings.behind_proxy = true).await;
        door.script(FOUNDING).await;
        let now = door.clock.now();
        let mut accounts = Vec::new();
        for account in 0..=ACCOUNTS {
            let token = format!("jw_account_{account}");
            // Number 0 is the operator.
            let owner = (account > 0).then(|| AccountId::from_raw(account));
            door.store.mint_token(owner, "till", api_token_hash(&token), "test", now).await.expect("a token");
            accounts.push(door.client.clone().token(&token));
        }
        let operator = accounts[0].clone();
        Self { door, operator, accounts, answers: BTreeMap::new(), sent: 0 }
    }

    fn shot(&self, number: usize, address: &'static str, forms: i64) -> Shot {
        let n = i64::try_from(number).expect("small");
        let place = (n * 7919 + 13) % forms;
        let (account, which) = (1 + place / FORMS_EACH, place % FORMS_EACH);
        let form = 10_000 + account * 10 + which;
        let (network, host) = (number % NETWORKS, 1 + number / NETWORKS % 250);
        let shown = self.door.clock.now() - Duration::from_secs(30);
        let stamp = self.door.seals.form_stamp(form.unsigned_abs(), shown).expect("a stamp");
        let api = (number % 4 == 3).then(|| self.accounts[usize::try_from(account).expect("small")].clone());
        Shot { form, address, ip: format!("198.{}.{}.{host}", 18 + network / 256, network % 256), stamp, api }
    }

    /// So many sign-ups of an address by the first `forms` forms; every answer is like the first one.
    async fn bomb(&mut self, count: usize, address: &'static str, forms: i64) {
        let mut shots: Vec<Shot> = (0..count).map(|n| self.shot(self.sent + n, address, forms)).collect();
        self.sent += count;
        while !shots.is_empty() {
            let mut flying = tokio::task::JoinSet::new();
            for shot in shots.split_off(shots.len().saturating_sub(AT_ONCE)) {
                flying.spawn(fire(self.door.client.clone(), shot));
            }
            for (form, answer) in flying.join_all().await {
                let wanted = if form < 0 { 202 } else { 200 };
                assert_eq!(answer.status, wanted, "{form}: {}", answer.text());
                let first = self.answers.entry(form).or_insert_with(|| answer.body.clone());
                assert_eq!(first, &answer.body, "the answer of {form} tells something");
            }
        }
    }

    /// Confirmation mails to the one who is bombed by everybody.
    async fn mails(&self) -> i64 {
        self.door
            .count("SELECT COUNT(*) FROM notice WHERE template = 'confirm' AND address = 'victim@mail.example'")
            .await
    }

    async fn alone(&self) -> i64 {
        self.door
            .count("SELECT COUNT(*) FROM notice WHERE template = 'confirm' AND address = 'alone@mail.example'")
            .await
    }

    /// What the hours bring: mails are handed over, sign-ups time out.
    async fn pass(&self, hours: u32) {
        self.door.script("UPDATE notice SET state = 10, settled_at = planned_at WHERE state = 0").await;
        self.door.clock.forward(HOUR * hours);
        while self.door.store.purge_expired(self.door.clock.now()).await.expect("purged") > 0 {}
    }
}

/// ARMOUR B6. Proves R18, D6, D13: one confirmation mail per account and time-out, three in a day
/// and six in thirty days over the installation, then silence; every answer is the same; others
/// sign up meanwhile, and the person gets through when the operator lifts the silence.
#[test]
fn armour_b6_ten_thousand_sign_ups_bring_six_mails_and_silence() {
    run(async {
        let mut siege = Siege::begin().await;
        let all = ACCOUNTS * FORMS_EACH;
        siege.bomb(3_500, VICTIM, all).await;
        assert_eq!(siege.mails().await, 3, "three in a day");
        siege.bomb(500, ALONE, FORMS_EACH).await;
        assert_eq!(siege.alone().await, 1, "one per account and time-out");
        let bystander = siege.shot(siege.sent, "ada@mail.example", all);
        assert!((200..300).contains(&fire(siege.door.client.clone(), bystander).await.1.status));
        assert_eq!(siege.door.count("SELECT COUNT(*) FROM signup WHERE address = 'ada@mail.example'").await, 1);
        for (hours, count, mails) in [(23, 500, 3), (2, 1_500, 6), (24, 1_000, 6), (22, 1_000, 6)] {
            siege.pass(hours).await;
            siege.bomb(count, VICTIM, all).await;
            assert_eq!(siege.mails().await, mails, "{hours} hours later");
        }
        let twice = "SELECT COUNT(*) FROM (SELECT 1 FROM notice WHERE template = 'confirm' GROUP BY account_id, address HAVING COUNT(*) > 1)";
        assert_eq!(siege.door.count(twice).await, 0, "nobody heard twice from one account within its time-out");
        for (hours, count) in [(24 * 10, 500), (24 * 16, 500), (24 * 10, 1_000)] {
            siege.pass(hours).await;
            siege.bomb(count, VICTIM, all).await;
            assert_eq!(siege.mails().await, 6, "silence, also when the thirty days are over");
        }
        assert_eq!(siege.sent, 10_000);
        let lift = json!({ "address": VICTIM });
        let lifted = siege.operator.post_json("/api/v1/silences/lift", &lift).await.expect("an answer");
        assert_eq!(lifted.status, 200, "{}", lifted.text());
        siege.bomb(1, VICTIM, all).await;
        assert_eq!(siege.mails().await, 7, "the person gets through");
        assert_eq!(siege.door.count("SELECT COUNT(*) FROM contact").await, 0, "nobody became a contact");
    });
}
