//! Accounts with things of every kind. Every text in one holds the account's word, so that a page of
//! somebody else that shows any of it is found out.

mod dump;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use mail_formats::address::EmailAddress;
use policy::role::Role;
use policy::settings::PolicySettings;
use policy::{AccountId, ContactId, FormId, LoginId};
use seals::Clock as _;
use store::confirmations::ConfirmOutcome;
use store::signups::{SignUp, SignUpOutcome};

use crate::door::{Door, START, octets};
pub(crate) use dump::{Dump, Rows, difference};

/// One account and its things.
pub(crate) struct Tenant {
    pub(crate) account: i64,
    /// Stands in every text of the account and nowhere else.
    pub(crate) word: &'static str,
    pub(crate) owner: LoginId,
    pub(crate) reader: LoginId,
    things: BTreeMap<&'static str, Vec<i64>>,
}

impl Tenant {
    /// The numbers of its things of one kind, by the name that parameters of paths have.
    ///
    /// # Panics
    /// Where a page or route names a kind of thing that is not here: it belongs here then.
    pub(crate) fn all(&self, name: &str, path: &str) -> &[i64] {
        // Autoresponders are mailings with pages of their own.
        let kind = if name == "mailing" && path.contains("/autoresponders") { "autoresponder" } else { name };
        let found = self.things.get(kind);
        found.unwrap_or_else(|| panic!("{path} names a {name}; no account of the tests has one: add it to tenants.rs"))
    }

    /// Every kind of thing.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (&'static str, &[i64])> {
        self.things.iter().map(|(kind, numbers)| (*kind, numbers.as_slice()))
    }

    /// The address of somebody of this account.
    pub(crate) fn address(&self, name: &str) -> String {
        format!("{name}@{}.example", self.word)
    }
}

/// A number that no thing has and that is as long as that of a thing.
pub(crate) fn nothing_like(number: i64) -> i64 {
    number + 500
}

impl Door {
    fn key(&self, address: &str) -> String {
        octets(&self.store, self.seals.address_key_mail(address).as_bytes())
    }

    /// An account with things of every kind. Its number times a million begins those of its things.
    pub(crate) async fn tenant(&self, account: i64, word: &'static str) -> Tenant {
        let base = account * 1_000_000;
        self.script(&founded(self, account, base, word)).await;
        let (_, owner) = self.person(account, &format!("owner@{word}.example"), Role::Owner).await;
        let (_, reader) = self.person(account, &format!("reader@{word}.example"), Role::Reader).await;
        let form = FormId::from_raw(base + 9);
        let contact = self.confirmed(form, &format!("ada@{word}.example"), word).await;
        let second = self.confirmed(form, &format!("eve@{word}.example"), word).await;
        let pending = self.signed_up(form, &format!("pending@{word}.example"), word).await;
        let of = |n: i64| ContactId::new(AccountId::from_raw(account), 600_000 + n).expect("fits").get();
        let former = [of(1), of(2)];
        self.script(&mailings(account, base, word)).await;
        self.script(&mails(self, account, base, word, contact.get(), former)).await;
        self.script(&incidentals(self, account, base, word, contact.get(), former)).await;
        let things = [
            ("contact", vec![contact.get(), second.get(), former[0], former[1], pending.get()]),
            ("former", former.to_vec()),
            ("form", vec![base + 9, base + 99]),
            ("tag", vec![base + 31, base + 32]),
            ("sender", vec![base + 5, base + 55]),
            ("domain", vec![base + 6, base + 66]),
            ("website", vec![base + 7, base + 77]),
            ("topic", vec![base + 8, base + 88]),
            ("user", vec![of(40)]),
            ("token", vec![base + 51, base + 52]),
            // Where a path cannot call it so: a token in a path is a secret, and this is its number.
            ("number", vec![base + 51, base + 52]),
            ("mailing", vec![base + 101, base + 102, base + 103, base + 104]),
            ("autoresponder", vec![base + 105, base + 106]),
            ("revision", vec![1]),
            ("version", vec![1]),
            ("case", vec![base + 81, base + 83]),
            ("report", vec![base + 91]),
            ("mail", vec![base + 91]),
            ("incident", vec![base + 82]),
        ];
        Tenant { account, word, owner, reader, things: things.into_iter().collect() }
    }

    async fn signed_up(&self, form: FormId, address: &str, word: &str) -> ContactId {
        let address = EmailAddress::parse(address).expect("an address");
        let sign_up = SignUp {
            form,
            version: None,
            keys: self.seals.address_keys_mail(&address.normalised()),
            address,
            fields: [("firstname".to_owned(), format!("{word} Ada"))].into(),
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            user_agent: format!("{word} browser"),
            form_url: format!("https://www.{word}.example/page"),
        };
        let settings = PolicySettings::defaults().signup;
        match self.store.sign_up(sign_up, settings, self.clock.now()).await.expect("an answer") {
            SignUpOutcome::Planned(id) => id,
            other => panic!("{other:?}"),
        }
    }

    async fn confirmed(&self, form: FormId, address: &str, word: &str) -> ContactId {
        let id = self.signed_up(form, address, word).await;
        let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let outcome = self.store.confirm(id, ip, [1; 16], self.clock.now()).await.expect("an answer");
        assert_eq!(outcome, ConfirmOutcome::Confirmed { contact: id });
        id
    }
}

fn notice(word: &str) -> String {
    format!(
        r#"{{"name":"{word} Verein","legal_person":false,"street":"{word} Weg 1","postal_code":"12345","city":"{word} Stadt","country":"Deutschland","email":"legal@{word}.example","phone":"+49 30 1234567"}}"#
    )
}

/// The account and what it needs before it sends.
fn founded(door: &Door, a: i64, b: i64, w: &str) -> String {
    let user = ContactId::new(AccountId::from_raw(a), 600_040).expect("fits").get();
    let (notice, policy) = (notice(w), policy::standing::POLICY_VERSION);
    let key = |name: &str| door.key(&format!("{name}@{w}.example"));
    let found = format!(
        r#"[{{"name":"k._domainkey.{w}.example","type":"TXT","purpose":"dkim","must":true,"wanted":"v=DKIM1; p={w}","found":["v=spf1 {w}"],"state":"wrong","advice":"{w} advice"}}]"#
    );
    format!(
        "INSERT INTO account (id, name, language, time_zone, standing, standing_at, facts_version, sender_id, period, counting_since, legal_version, legal_review, policy_version, created_at)
            VALUES ({a}, '{w} account', 'en', 'Europe/Berlin', 0, 0, 1, {b} + 5, 1, 0, 1, 0, {policy}, 0);
         INSERT INTO sender (account_id, id, address, address_key, display_name, domain_id, platform, proven_at, created_at)
            VALUES ({a}, {b} + 5, 'post@{w}.example', {}, '{w} post', {b} + 6, FALSE, 1, 0),
                ({a}, {b} + 55, 'late@{w}.example', {}, '{w} late', {b} + 6, FALSE, NULL, 0);
         INSERT INTO sending_domain (account_id, id, name, platform, authenticated_at, found, created_at)
            VALUES ({a}, {b} + 6, '{w}.example', FALSE, 1, '{found}', 0), ({a}, {b} + 66, 'shop.{w}.example', FALSE, NULL, '[]', 0);
         INSERT INTO signing_key (account_id, id, domain, selector, algorithm, sealed, public_key, active, created_at)
            VALUES ({a}, {b} + 61, '{w}.example', '{w}1', 'rsa-sha256', x'00', '{w}key', TRUE, 0);
         INSERT INTO legal_notice (account_id, version, notice, created_at) VALUES ({a}, 1, '{notice}', 0);
         INSERT INTO website (account_id, id, host, proof_token, proven_at, created_at)
            VALUES ({a}, {b} + 7, 'www.{w}.example', '{w}token', 1, 0), ({a}, {b} + 77, 'blog.{w}.example', '{w}other', NULL, 0);
         INSERT INTO topic (account_id, id, version, website_id, statement, state, submitted_at, decided_by, decision_reason)
            VALUES ({a}, {b} + 8, 1, {b} + 7, 'Tips of {w} for growing vegetables in gardens', 1, 0, 'Olga', 'fine {w}'),
                ({a}, {b} + 88, 1, {b} + 7, 'Offers of {w} for growing vegetables in gardens', 0, 0, NULL, NULL);
         INSERT INTO tag (account_id, id, name, public_name, created_at)
            VALUES ({a}, {b} + 31, '{w} tips', '{w} garden tips', 0), ({a}, {b} + 32, '{w} seeds', '{w} seed offers', 0);
         INSERT INTO form (account_id, id, website_id, topic_id, name, language, version, open, created_at)
            VALUES ({a}, {b} + 9, {b} + 7, {b} + 8, '{w} footer', 'en', 1, TRUE, 0), ({a}, {b} + 99, {b} + 7, {b} + 8, '{w} closed', 'en', 1, FALSE, 0);
         INSERT INTO form_version (account_id, form_id, version, topic_version, consent_text, privacy_notice, tags, fields, created_at)
            SELECT {a}, id, 1, 1, '{w} asks for consent', '{w} keeps the address.', '[{b}31]', '[\"firstname\"]', 0 FROM form WHERE account_id = {a};
         UPDATE form_version SET tags = '[' || ({b} + 31) || ']' WHERE account_id = {a};
         INSERT INTO app_user (account_id, id, name, address, address_key, language, proven_at, facts_version, created_at)
            VALUES ({a}, {user}, '{w} Ute', 'ute@{w}.example', {}, 'en', 1, 1, 0);
         INSERT INTO api_token (id, account_id, hash, label, created_at, revoked_at)
            VALUES ({b} + 51, {a}, {}, '{w} till', 0, NULL), ({b} + 52, {a}, {}, '{w} old till', 0, 1);",
        key("post"),
        key("late"),
        key("ute"),
        key("token one"),
        key("token two"),
    )
}

/// Newsletters and autoresponders in every state.
fn mailings(a: i64, b: i64, w: &str) -> String {
    let at = START.millis() - 3_600_000;
    let later = START.millis() + 86_400_000;
    // Number, kind, state, schedule, start, end, tag.
    let lines: [(i64, i64, i64, &str, &str, &str, &str); 6] = [
        (101, 1, 0, "NULL", "NULL", "NULL", "NULL"),
        (102, 1, 1, "LATER", "NULL", "NULL", "NULL"),
        (103, 1, 2, "NULL", "BEGAN", "NULL", "NULL"),
        (104, 1, 6, "NULL", "BEGAN", "BEGAN", "NULL"),
        (105, 2, 0, "NULL", "NULL", "NULL", "TAG"),
        (106, 2, 2, "NULL", "BEGAN", "NULL", "TAG"),
    ];
    let mut text = String::new();
    for (n, kind, state, scheduled, started, finished, tag) in lines {
        let value = |word: &str| match word {
            "LATER" => later.to_string(),
            "BEGAN" => at.to_string(),
            "TAG" => (b + 31).to_string(),
            _ => word.to_owned(),
        };
        let (scheduled, started, finished, tag) = (value(scheduled), value(started), value(finished), value(tag));
        let audience = if kind == 1 && state >= 2 { 3 } else { 0 };
        text.push_str(&format!(
            "INSERT INTO mailing (account_id, id, kind, name, state, facts_version, topic_id, topic_version, subject, preheader, format, body, language, template_version,
                scheduled_at, cut_at, expanded_to, expanded, audience, trigger_tag, delay_minutes, expiry_hours, created_at, started_at, finished_at, revision)
                VALUES ({a}, {b} + {n}, {kind}, '{w} mailing {n}', {state}, 1, {b} + 8, 1, '{w} tomatoes {n}', '{w} inside', 'markdown', '{w}: plant them out.', 'en', 1,
                {scheduled}, {at}, 0, {}, {audience}, {tag}, 5, 96, {at}, {started}, {finished}, 1);
             INSERT INTO mailing_revision (account_id, mailing_id, number, kind, began_at, at, actor, name, topic_id, topic_version, subject, preheader, format, body, language, template_version, include, exclude, trigger_tag, delay_minutes)
                VALUES ({a}, {b} + {n}, 1, 0, {at}, {at}, '{w} Ida', '{w} mailing {n}', {b} + 8, 1, '{w} tomatoes {n}', '{w} inside', 'markdown', '{w}: plant them out.', 'en', 1, '{}', '', {tag}, 5);
             INSERT INTO mailing_tag (account_id, mailing_id, tag_id, exclude) VALUES ({a}, {b} + {n}, {b} + 31, FALSE);",
            if state >= 2 { "TRUE" } else { "FALSE" },
            b + 31,
        ));
    }
    text
}

/// Mails on their way, what receivers said, and the figures of both.
fn mails(door: &Door, a: i64, b: i64, w: &str, contact: i64, former: [i64; 2]) -> String {
    let (day, at) = (START.day(), START.millis() - 3_600_000);
    let minute = at / 60_000;
    let mut text = String::new();
    for mailing in [103, 104, 106] {
        for (contact, state, reply) in [(contact, 10, "250"), (former[0], 11, "550"), (former[1], 10, "250")] {
            text.push_str(&format!(
                "INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals, owner_beat, doubt, reason, reply, planned_at, settled_at)
                    VALUES ({b} + {mailing}, {contact}, {a}, {state}, '{w}.example', {at}, {at}, 1, 0, 0, FALSE, 'hard', '{reply} {w} says', {at}, {at});"
            ));
        }
        let period = if mailing == 106 { -1 } else { 10 };
        text.push_str(&format!(
            "INSERT INTO mailing_count (account_id, mailing_id, state, shard, n) VALUES ({a}, {b} + {mailing}, {period}, 0, 2), ({a}, {b} + {mailing}, 11, 0, 1);
             INSERT INTO mailing_provider (account_id, mailing_id, provider_group, shard, accepted, deferred, bounced, reply, reply_at)
                VALUES ({a}, {b} + {mailing}, 'mx.{w}.example', 0, 2, 0, 1, '550 {w} says', {at});
             INSERT INTO mailing_minute (account_id, mailing_id, minute, shard, accepted, deferred, bounced) VALUES ({a}, {b} + {mailing}, {minute}, 0, 2, 0, 1);
             INSERT INTO sent_count (account_id, period, mailing_id, day, shard, n) VALUES ({a}, 1, {b} + {mailing}, {day}, 0, 1000);"
        ));
    }
    for (n, contact, reason) in [(0, former[0], "complained"), (1, former[1], "unsubscribed")] {
        let (name, key) = (format!("former{n}@{w}.example"), door.key(&format!("former{n}@{w}.example")));
        text.push_str(&format!(
            "INSERT INTO former_contact (account_id, id, address, address_key, domain, language, fields, tags, since, reason, left_at, restorable_until, facts_version)
                VALUES ({a}, {contact}, '{name}', {key}, '{w}.example', 'en', '{{\"firstname\":\"{w} Fritz\"}}', '[]', 0, '{reason}', {at}, 0, 1);
             INSERT INTO consent (account_id, contact_id, topic_id, topic_version, website_id, granted_at, withdrawn_at)
                VALUES ({a}, {contact}, {b} + 8, 1, {b} + 7, 1, {at});"
        ));
    }
    text
}

/// What else hangs on an account: complaints and their case, bounces, letters, seals, the audit.
fn incidentals(door: &Door, a: i64, b: i64, w: &str, contact: i64, former: [i64; 2]) -> String {
    let (day, at) = (START.day(), START.millis() - 3_600_000);
    let (gone, other) = (door.key(&format!("gone@{w}.example")), door.key(&format!("other@{w}.example")));
    let complainant = former[0];
    format!(
        "INSERT INTO complaint_count (account_id, period, mailing_id, day, n) VALUES ({a}, 1, {b} + 104, {day}, 1);
         INSERT INTO inbox (id, day, received_at, peer, helo, mail_from, recipient, raw, kind, effect)
            VALUES ({b} + 91, {day}, {at}, '{w} peer', '{w} helo', 'from@{w}.example', 'abuse@mail.example', CAST('From: {w}' AS BLOB), 'arf', '{w} effect');
         INSERT INTO abuse_case (id, account_id, kind, state, opened_at, first_look_due, decision_due, cluster, mailing_id, form_id, summary)
            VALUES ({b} + 81, {a}, 'complaint', 'open', {at}, {at}, {at} + 400000000, 'complaint:{a}', {b} + 104, NULL, '{w} complaints'),
                ({b} + 83, {a}, 'letter', 'open', {at}, {at}, {at} + 400000000, 'letter:{a}', NULL, NULL, 'abuse_letter: {w} stop it');
         INSERT INTO case_event (case_id, id, at, kind, note, evidence, inbox_id)
            VALUES ({b} + 81, 1, {at}, 'complaint', '{w} never asked', '{{\"message\":{b},\"contact\":{complainant},\"scores\":{{\"mailing\":{{\"complaints\":1,\"sent\":1000}},\"recent\":{{\"complaints\":1,\"sent\":1000}}}}}}', {b} + 91),
                ({b} + 83, 1, {at}, 'letter', '{w} stop it', '{{}}', {b} + 91);
         INSERT INTO complaint (account_id, mailing_id, contact_id, at, sent_day, period, source, counted, case_id, inbox_id, note)
            VALUES ({a}, {b} + 104, {complainant}, {at}, {day}, 1, 'feedback_loop', TRUE, {b} + 81, {b} + 91, '{w} never asked');
         INSERT INTO incident (id, kind, provider_group, state, opened_at, detail) VALUES ({b} + 82, 'hard_bounce_jump', 'mx.{w}.example', 'open', {at}, '{w} detail');
         INSERT INTO bounce (message_kind, message_id, contact_id, attempt, account_id, at, class, provider_group, reply, effect, address_key)
            VALUES (1, {b} + 104, {complainant}, 1, {a}, {at}, 'hard', 'mx.{w}.example', '550 {w} says', 'excluded', {gone});
         INSERT INTO suppression (address_key, address, reason, at, source_account, source_mailing, source_reply, provider_group, incident_id)
            VALUES ({gone}, 'gone@{w}.example', 'hard_bounce', {at}, {a}, {b} + 104, '550 {w} says', 'mx.{w}.example', {b} + 82);
         INSERT INTO signup_bar (account_id, address_key, at) VALUES ({a}, {other}, {at});
         INSERT INTO contact_alias (account_id, id, contact_id) VALUES ({a}, {former}, {contact});
         INSERT INTO contact_tag_past (account_id, contact_id, taken_at, tag_id, given_at, given_by, taken_by) VALUES ({a}, {contact}, {at}, {b} + 32, 0, '{w} Ida', '{w} Ida');
         INSERT INTO account_hour (account_id, hour, shard, accepted, deferred, bounced) VALUES ({a}, {at} / 3600000, 0, 2, 0, 1);
         INSERT INTO consent_seal (account_id, seal, root, chained, leaves, at) VALUES ({a}, 1, {gone}, {other}, 1, {at});
         INSERT INTO consent_leaf (account_id, event_id, seal, place) VALUES ({a}, 1, 1, 0);
         INSERT INTO api_replay (account_id, replay_key, request, at, status, body) VALUES ({a}, '{w}-key', {gone}, {at}, 201, '{{\"name\":\"{w}\"}}');
         INSERT INTO audit (account_id, id, at, actor, action, detail) VALUES ({a}, {b} + 1, {at}, '{w} Ida', 'sender_changed', '{w} detail');",
        former = former[1] + 1,
    )
}
