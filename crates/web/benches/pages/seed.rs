//! A large account, made by a few statements over whole tables. Both databases take the same text.

use policy::{AccountId, ContactId, TagId, Timestamp, TopicId, TopicRef};
use store::Place;

use crate::door::{Door, START, octets};

/// A draft with tags.
pub(crate) const DRAFT: i64 = 70_001;
/// On its way to everybody.
pub(crate) const RUNNING: i64 = 70_002;
/// Sent to everybody; so were the two behind it.
pub(crate) const SENT: i64 = 70_003;
/// An autoresponder that three of ten have had.
pub(crate) const SERIES: i64 = 70_006;
/// One that nobody has had.
pub(crate) const SERIES_DRAFT: i64 = 70_007;
pub(crate) const TOKEN: i64 = 60_001;
pub(crate) const CASE: i64 = 80_001;
pub(crate) const LETTER: i64 = 81_001;
pub(crate) const INCIDENT: i64 = 82_001;

const DAY: i64 = 86_400_000;
/// Tags and how many of a thousand carry each.
const TAGS: [(i64, i64); 6] = [(31, 500), (32, 200), (33, 50), (34, 1), (35, 900), (36, 10)];
/// Contacts that come with one statement.
const AT_ONCE: i64 = 250_000;

/// The account with the number 1 and all its contacts.
pub(crate) struct Seeded {
    pub(crate) contacts: i64,
    pub(crate) now: Timestamp,
}

/// A former contact.
pub(crate) const fn former(n: i64) -> i64 {
    (1 << 38) + 100_000_000 + n
}

impl Seeded {
    /// The number of a contact.
    pub(crate) const fn contact(&self, n: i64) -> i64 {
        (1 << 38) + 1_000_000 + n
    }

    pub(crate) fn person(&self) -> ContactId {
        ContactId::from_raw(self.contact(self.contacts / 2))
    }

    pub(crate) fn address(&self, n: i64) -> String {
        format!("reader{n}@d{}.example", n % 40)
    }

    pub(crate) const fn account(&self) -> AccountId {
        AccountId::from_raw(1)
    }

    pub(crate) const fn topic(&self) -> TopicRef {
        TopicRef { topic: TopicId::from_raw(8), version: 1 }
    }

    pub(crate) fn tags(&self) -> Vec<(i64, TagId)> {
        TAGS.map(|(tag, share)| (share, TagId::from_raw(tag))).into()
    }

    /// Fills the memory.
    pub(crate) async fn of(door: &Door, contacts: i64) -> Self {
        let seeded = Self { contacts, now: START };
        door.script(&seeded.stock()).await;
        let mut first = 1;
        while first <= contacts {
            let last = (first + AT_ONCE - 1).min(contacts);
            for text in [seeded.book(door, first, last), seeded.ledger(first, last), seeded.mails(first, last)] {
                door.script(&text).await;
            }
            first = last + 1;
        }
        for text in [seeded.figures(), seeded.gone(door), seeded.rest(door)] {
            door.script(&text).await;
        }
        // Two whom somebody looks for by their addresses.
        for n in [contacts / 2, contacts / 3] {
            let key = octets(&door.store, door.seals.address_key_mail(&seeded.address(n)).as_bytes());
            door.script(&format!("UPDATE contact SET address_key = {key} WHERE id = {}", seeded.contact(n))).await;
        }
        seeded.settle(door).await;
        seeded
    }

    /// What the database does by itself within some minutes: its statistics, and its log.
    async fn settle(&self, door: &Door) {
        match door.store.place() {
            // The program moves its log into the file piece by piece; here nobody measures meanwhile.
            Place::Sqlite(path) => {
                let done = std::process::Command::new("sqlite3")
                    .arg(path)
                    .args(["-cmd", ".timeout 60000", "PRAGMA wal_checkpoint(TRUNCATE)"])
                    .status();
                assert!(done.is_ok_and(|status| status.success()), "sqlite3");
            }
            Place::Postgres(url) => {
                let done =
                    std::process::Command::new("psql").args(["-X", "-q", "-d", url, "-c", "VACUUM ANALYZE"]).status();
                assert!(done.is_ok_and(|status| status.success()), "psql");
            }
        }
    }

    /// What stands around the address book.
    fn stock(&self) -> String {
        let at = self.now.millis();
        let tags: Vec<String> = TAGS[2..].iter().map(|(tag, _)| format!("(1, {tag}, 'tag {tag}', '', 0)")).collect();
        format!(
            "INSERT INTO tag (account_id, id, name, public_name, created_at) VALUES {};
             {SERIES_OF}, n(i) AS (SELECT i FROM s WHERE i <= 60)
                INSERT INTO tag (account_id, id, name, public_name, created_at) SELECT 1, 40 + i, 'topic ' || i, '', 0 FROM n;
             {SERIES_OF}, n(i) AS (SELECT i FROM s WHERE i <= 400)
                INSERT INTO mailing (account_id, id, kind, name, state, facts_version, topic_id, topic_version, subject, preheader, format, body, language, template_version,
                    cut_at, expanded_to, expanded, audience, delay_minutes, expiry_hours, created_at, started_at, finished_at)
                SELECT 1, 71000 + i, 1, 'Week ' || i, CASE WHEN i % 8 = 0 THEN 0 ELSE 6 END, 1, 8, 1, 'Tomatoes ' || i, '', 'markdown', 'Plant them out.', 'en', 1,
                    {at} - i * {DAY}, 0, TRUE, 900000, 0, 96, {at} - i * {DAY}, {at} - i * {DAY}, {at} - i * {DAY} FROM n;
             INSERT INTO mailing (account_id, id, kind, name, state, facts_version, topic_id, topic_version, subject, preheader, format, body, language, template_version,
                    cut_at, expanded_to, expanded, audience, trigger_tag, delay_minutes, expiry_hours, created_at, started_at, finished_at, revision)
                VALUES (1, {DRAFT}, 1, 'Draft', 0, 1, 8, 1, 'Tomatoes', '', 'markdown', 'Plant them out.', 'en', 1, NULL, 0, FALSE, 0, NULL, 0, 96, {at}, NULL, NULL, 40),
                    (1, {RUNNING}, 1, 'Running', 2, 1, 8, 1, 'Tomatoes', '', 'markdown', 'Plant them out.', 'en', 1, {at}, 0, TRUE, {all}, NULL, 0, 96, {at}, {at} - 3600000, NULL, 1),
                    (1, {SENT}, 1, 'Sent', 6, 1, 8, 1, 'Tomatoes', '', 'markdown', 'Plant them out.', 'en', 1, {at}, 0, TRUE, {all}, NULL, 0, 96, {at}, {at} - {DAY}, {at}, 1),
                    (1, {SENT} + 1, 1, 'Sent before', 6, 1, 8, 1, 'Tomatoes', '', 'markdown', 'Plant them out.', 'en', 1, {at}, 0, TRUE, {all}, NULL, 0, 96, {at}, {at} - 8 * {DAY}, {at}, 1),
                    (1, {SERIES}, 2, 'Welcome', 2, 1, 8, 1, 'Tomatoes', '', 'markdown', 'Plant them out.', 'en', 1, NULL, 0, FALSE, 0, 31, 5, 96, {at}, {at} - 90 * {DAY}, NULL, 1),
                    (1, {SERIES_DRAFT}, 2, 'Later', 0, 1, 8, 1, 'Tomatoes', '', 'markdown', 'Plant them out.', 'en', 1, NULL, 0, FALSE, 0, 31, 500, 96, {at}, NULL, NULL, 40);
             INSERT INTO sending_domain (account_id, id, name, platform, authenticated_at, found, created_at) VALUES (1, 6, 'shop.example', FALSE, 1, '[]', 0);
             INSERT INTO mailing_tag (account_id, mailing_id, tag_id, exclude) VALUES (1, {DRAFT}, 31, FALSE), (1, {DRAFT}, 32, TRUE);
             {SERIES_OF}, n(i) AS (SELECT i FROM s WHERE i <= 40)
                INSERT INTO mailing_revision (account_id, mailing_id, number, kind, began_at, at, actor, name, topic_id, topic_version, subject, preheader, format, body, language, template_version, include, exclude, delay_minutes)
                SELECT 1, m.id, i, 0, {at}, {at}, 'Ida', 'Draft', 8, 1, 'Tomatoes', '', 'markdown', 'Plant them out.', 'en', 1, '31', '32', 0 FROM n, mailing m WHERE m.id IN ({DRAFT}, {SERIES_DRAFT});",
            tags.join(", "),
            all = self.contacts,
        )
    }

    /// Contacts with their tags and consents.
    fn book(&self, door: &Door, first: i64, last: i64) -> String {
        let (at, base) = (self.now.millis(), self.contact(0));
        let key = match door.store.place() {
            Place::Sqlite(_) => "randomblob(32)",
            Place::Postgres(_) => "sha256(convert_to('key ' || i, 'UTF8'))",
        };
        let series = series(first, last);
        let mut text = format!(
            "{series} INSERT INTO contact (account_id, id, address, address_key, search, domain, language, fields, since, facts_version)
                SELECT 1, {base} + i, 'reader' || i || '@d' || (i % 40) || '.example', {key}, 'reader' || i || '@d' || (i % 40) || '.example', 'd' || (i % 40) || '.example', CASE WHEN i % 3 = 0 THEN 'de' ELSE 'en' END,
                    '{{\"firstname\":\"Ada' || i || '\",\"city\":\"Musterstadt\"}}', {at} - (i % 1000) * {DAY}, 1 FROM n;
             {series} INSERT INTO contact_field (account_id, value, contact_id, name, whole) SELECT 1, 'musterstadt', {base} + i, 'city', TRUE FROM n;
             {series} INSERT INTO contact_field (account_id, value, contact_id, name, whole) SELECT 1, 'ada' || i, {base} + i, 'firstname', TRUE FROM n;
             {series} INSERT INTO consent (account_id, contact_id, topic_id, topic_version, website_id, granted_at, withdrawn_at)
                SELECT 1, {base} + i, 8, 1, 7, {at} - (i % 1000) * {DAY}, NULL FROM n;"
        );
        for (tag, share) in TAGS {
            text.push_str(&format!(
                "{series} INSERT INTO contact_tag (account_id, contact_id, tag_id, given_at)
                    SELECT 1, {base} + i, {tag}, {at} - (i % 1000) * {DAY} FROM n WHERE (i * 7919 + {tag} * 131) % 1000 < {share};"
            ));
        }
        text
    }

    /// The ledger's line of each contact, and its proof.
    fn ledger(&self, first: i64, last: i64) -> String {
        let (at, base) = (self.now.millis(), self.contact(0));
        let (series, digest) = (
            series(first, last),
            "(SELECT address_key FROM contact WHERE account_id = 1 AND id = $ID)"
                .replace("$ID", &format!("{base} + i")),
        );
        let evidence = r#"{"source":"account","ip":null}"#;
        format!(
            "{series} INSERT INTO consent_event (account_id, id, contact_id, kind, topic_id, topic_version, at, digest)
                SELECT 1, 200000000 + i, {base} + i, 'topic_withdrawn', 8, 1, {at} - (i % 1000) * {DAY}, {digest} FROM n;
             {series} INSERT INTO consent_evidence (account_id, event_id, salt, evidence) SELECT 1, 200000000 + i, substr({digest}, 1, 16), '{evidence}' FROM n;
             {series} INSERT INTO consent_leaf (account_id, event_id, seal, place) SELECT 1, 200000000 + i, 1 + i / 500, i % 500 FROM n;"
        )
    }

    /// Four mailings to everybody, one of them half way, and an autoresponder.
    fn mails(&self, first: i64, last: i64) -> String {
        let (at, base, series) = (self.now.millis(), self.contact(0), series(first, last));
        let mut text = String::new();
        let half = self.contacts / 2;
        for (mailing, ago, state, whom) in [
            (
                RUNNING,
                0,
                format!("CASE WHEN i > {half} THEN 0 WHEN i % 20 = 0 THEN 3 WHEN i % 50 = 1 THEN 11 ELSE 10 END"),
                "i > 0",
            ),
            (SENT, 1, "CASE WHEN i % 50 = 1 THEN 11 WHEN i % 500 = 2 THEN 13 ELSE 10 END".to_owned(), "i > 0"),
            (SENT + 1, 8, "CASE WHEN i % 50 = 1 THEN 11 ELSE 10 END".to_owned(), "i > 0"),
            (SERIES, 30, "CASE WHEN i % 100 = 1 THEN 11 WHEN i % 1000 = 4 THEN 0 ELSE 10 END".to_owned(), "i % 10 < 3"),
        ] {
            text.push_str(&format!(
                "{series} INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals, owner_beat, doubt, reason, reply, planned_at, settled_at)
                    SELECT {mailing}, {base} + i, 1, {state}, 'd' || (i % 40) || '.example', {at}, {at} + {DAY}, 1, 0, 0, FALSE, NULL, '250 2.0.0 Ok: queued as ABCDEF', {at} - {ago} * {DAY}, {at} - {ago} * {DAY} FROM n WHERE {whom};"
            ));
        }
        text
    }

    /// Counters, by the shards into which they are folded.
    fn figures(&self) -> String {
        let (day, at, all) = (self.now.day(), self.now.millis(), self.contacts);
        let minute = at / 60_000;
        format!(
            "INSERT INTO book_count (account_id, day, what, shard, n) VALUES (1, -1, 'contacts', 0, {all});
             {SERIES_OF}, n(i) AS (SELECT i FROM s WHERE i <= 1000), h(k) AS (SELECT i FROM s WHERE i <= 4)
                INSERT INTO book_count (account_id, day, what, shard, n) SELECT 1, {day} - n.i, CASE WHEN t.k = 1 THEN 'joined' WHEN t.k = 2 THEN 'unsubscribed' WHEN t.k = 3 THEN 'bounced' ELSE 'complained' END, h.k, 50 FROM n, h, h t;
             {SERIES_OF}, n(i) AS (SELECT i FROM s WHERE i <= 1400), h(k) AS (SELECT i FROM s WHERE i <= 4)
                INSERT INTO account_hour (account_id, hour, shard, accepted, deferred, bounced) SELECT 1, {minute} / 60 - i, k, 500, 20, 10 FROM n, h;
             {SERIES_OF}, n(i) AS (SELECT i FROM s WHERE i <= 400)
                INSERT INTO form_count (account_id, form_id, day, submitted, confirmed) SELECT 1, 9001, {day} - i, 90, 60 FROM n;
             INSERT INTO mailing_count (account_id, mailing_id, state, shard, n)
                VALUES (1, {RUNNING}, 10, 1, {all} * 47 / 100 - {all} / 100), (1, {RUNNING}, 11, 1, {all} / 100), (1, {SENT}, 10, 1, {all} * 97 / 100), (1, {SENT}, 11, 1, {all} / 50), (1, {SENT}, 13, 1, {all} / 100),
                    (1, {SENT} + 1, 10, 1, {all} * 98 / 100), (1, {SENT} + 1, 11, 1, {all} / 50), (1, {SERIES}, -1, 1, {all} * 3 / 10), (1, {SERIES}, 10, 1, {all} * 29 / 100);
             {SERIES_OF}, n(i) AS (SELECT i FROM s WHERE i <= 400), h(k) AS (SELECT i FROM s WHERE i <= 4)
                INSERT INTO mailing_count (account_id, mailing_id, state, shard, n) SELECT 1, 71000 + i, 9 + x.k, h.k, 220000 FROM n, h, h x WHERE x.k <= 2;
             {SERIES_OF}, n(i) AS (SELECT i FROM s WHERE i <= 400), h(k) AS (SELECT i FROM s WHERE i <= 4)
                INSERT INTO sent_count (account_id, period, mailing_id, day, shard, n) SELECT 1, 1, 71000 + i, {day} - i, k, 220000 FROM n, h;
             {SERIES_OF}, n(i) AS (SELECT i FROM s WHERE i <= 90), h(k) AS (SELECT i FROM s WHERE i <= 4)
                INSERT INTO sent_count (account_id, period, mailing_id, day, shard, n) SELECT 1, 1, m.id, {day} - i, k, 2000 FROM n, h, mailing m WHERE m.id BETWEEN {RUNNING} AND {SERIES};
             {SERIES_OF}, n(i) AS (SELECT i FROM s WHERE i <= 400)
                INSERT INTO complaint_count (account_id, period, mailing_id, day, n) SELECT 1, 1, 71000 + i, {day} - i, 3 FROM n;
             {SERIES_OF}, n(i) AS (SELECT i FROM s WHERE i <= 300), h(k) AS (SELECT i FROM s WHERE i <= 4)
                INSERT INTO mailing_provider (account_id, mailing_id, provider_group, shard, accepted, deferred, bounced, reply, reply_at)
                SELECT 1, m.id, 'mx.d' || i || '.example', k, 800, 20, 10, '451 4.7.1 Try again later', {at} FROM n, h, mailing m WHERE m.id BETWEEN {RUNNING} AND {SERIES};
             {SERIES_OF}, n(i) AS (SELECT i FROM s WHERE i <= 3000), h(k) AS (SELECT i FROM s WHERE i <= 4)
                INSERT INTO mailing_minute (account_id, mailing_id, minute, shard, accepted, deferred, bounced)
                SELECT 1, m.id, {minute} - i, k, 80, 2, 1 FROM n, h, mailing m WHERE m.id BETWEEN {RUNNING} AND {SENT};"
        )
    }

    /// Who left, complained, bounced, or has not answered yet.
    fn gone(&self, door: &Door) -> String {
        let (at, day, few) = (self.now.millis(), self.now.day(), self.contacts / 5);
        let key = |word: &str| match door.store.place() {
            Place::Sqlite(_) => "randomblob(32)".to_owned(),
            Place::Postgres(_) => format!("sha256(convert_to('{word} ' || i, 'UTF8'))"),
        };
        let base = former(0);
        let (series, tenth, rare) = (series(1, few), series(1, (few / 10).max(1)), series(1, 1500));
        format!(
            "{series} INSERT INTO former_contact (account_id, id, address, address_key, domain, language, fields, tags, since, reason, left_at, restorable_until, facts_version)
                SELECT 1, {base} + i, 'gone' || i || '@d1.example', {}, 'd1.example', 'en', '{{}}', '[31]', 0,
                    CASE WHEN i % 50 = 0 THEN 'complained' WHEN i % 3 = 0 THEN 'bounced' ELSE 'unsubscribed' END, {at} - (i % 1000) * {DAY} / 4, 0, 1 FROM n;
             {series} INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals, owner_beat, doubt, reply, planned_at, settled_at)
                SELECT {SENT}, {base} + i, 1, 10, 'd1.example', {at}, {at}, 1, 0, 0, FALSE, '250 2.0.0 Ok', {at} - {DAY}, {at} - {DAY} FROM n;
             {rare} INSERT INTO complaint (account_id, mailing_id, contact_id, at, sent_day, period, source, counted, case_id, inbox_id, note)
                SELECT 1, {SENT}, {base} + i * 50, {at} - (i % 900) * {DAY} / 4, {day} - 1, 1, 'feedback_loop', TRUE, {CASE}, {LETTER}, 'never asked' FROM n WHERE i * 50 <= {few};
             {tenth} INSERT INTO bounce (message_kind, message_id, contact_id, attempt, account_id, at, class, provider_group, reply, effect, address_key)
                SELECT 1, {SENT}, {base} + i * 3, 1, 1, {at} - (i % 900) * {DAY} / 4, 'hard', 'mx.d' || (i % 40) || '.example', '550 5.1.1 gone', 'excluded', {} FROM n;
             {tenth} INSERT INTO suppression (address_key, address, reason, at, source_account, source_mailing, source_reply, provider_group, incident_id)
                SELECT {}, 'gone' || i || '@d1.example', 'hard_bounce', {at} - (i % 900) * {DAY} / 4, 1, {SENT}, '550 gone', 'mx.d' || (i % 40) || '.example', CASE WHEN i % 100 = 0 THEN {INCIDENT} ELSE NULL END FROM n;
             {tenth} INSERT INTO signup (account_id, id, form_id, form_version, topic_id, topic_version, address, address_key, language, fields, ip, user_agent, form_url, sender_name, sender_address, submitted_at, expires_at, facts_version)
                SELECT 1, {base} + 50000000 + i, 9001, 1, 8, 1, 'new' || i || '@d1.example', {}, 'en', '{{}}', '192.0.2.1', 'browser', '', 'Garten', 'garten@shop.example', {at}, {at} + {DAY}, 1 FROM n;",
            key("former"),
            key("bounce"),
            key("excluded"),
            key("pending"),
        )
    }

    /// The desk's things, and what every account has a few hundred of.
    fn rest(&self, door: &Door) -> String {
        let (at, day) = (self.now.millis(), self.now.day());
        let hash = |word: &str| match door.store.place() {
            Place::Sqlite(_) => "randomblob(32)".to_owned(),
            Place::Postgres(_) => format!("sha256(convert_to('{word} ' || i, 'UTF8'))"),
        };
        let raw = octets(&door.store, b"From: a@b.example\r\nSubject: stop it\r\n\r\nNever asked.\r\n");
        let zone = policy::standing::POLICY_VERSION;
        let many = |n: i64| series(1, n);
        format!(
            "{} INSERT INTO account (id, name, language, time_zone, standing, standing_at, facts_version, period, counting_since, legal_version, legal_review, policy_version, created_at)
                SELECT 1000 + i, 'Account ' || i, 'de', 'Europe/Berlin', 0, 0, 1, 1, 0, 0, 0, {zone}, {at} - i * {DAY} FROM n;
             {} INSERT INTO sent_count (account_id, period, mailing_id, day, shard, n) SELECT 1000 + (i % 500) + 1, 1, 90000 + i, {day} - (i % 60), 0, 500 FROM n;
             {} INSERT INTO audit (account_id, id, at, actor, action, detail) SELECT CASE WHEN i % 3 = 0 THEN 0 ELSE 1 END, 300000000 + i, {at} - i * 60000, 'login 7', 'tag_added', 'tag ' || i FROM n;
             {} INSERT INTO notice (id, account_id, purpose, person_id, address, address_key, domain, language, template, params, state, due_at, expires_at, attempt, deferrals, owner_beat, doubt, planned_at, settled_at)
                SELECT 400000000 + i, 1, 2, {former} + 50000000 + i, 'new' || i || '@d1.example', {}, 'd1.example', 'en', 'confirmation', '{{}}', 10, {at}, {at}, 1, 0, 0, FALSE, {at}, {at} FROM n;
             {} INSERT INTO abuse_case (id, account_id, kind, state, opened_at, first_look_due, decision_due, cluster, mailing_id, summary, decision, decided_at, decided_by, decision_reason)
                SELECT {CASE} - 1 + i, CASE WHEN i % 4 = 1 THEN 1 ELSE 1000 + i % 500 END, CASE WHEN i % 2 = 1 THEN 'complaint' ELSE 'letter' END, CASE WHEN i % 5 = 1 THEN 'open' ELSE 'decided' END, {at} - i * 60000, {at} + {DAY}, {at} + 7 * {DAY},
                    'c' || i, {SENT}, 'abuse_letter: stop it', CASE WHEN i % 5 = 1 THEN NULL ELSE 'close' END, CASE WHEN i % 5 = 1 THEN NULL ELSE {at} END, 'Olga', 'no ground' FROM n;
             {} INSERT INTO inbox (id, day, received_at, peer, helo, mail_from, recipient, raw, kind, effect) SELECT {LETTER} - 1 + i, {day}, {at}, 'p', 'h', 'f@b.example', 'abuse@mail.example', {raw}, 'arf', '' FROM n;
             {} INSERT INTO case_event (case_id, id, at, kind, note, evidence, inbox_id) SELECT {CASE} + i / 3, i, {at}, 'letter', 'stop it', '{{}}', {LETTER} FROM n;
             {} INSERT INTO incident (id, kind, provider_group, state, opened_at, detail) SELECT {INCIDENT} - 1 + i, 'hard_bounce_jump', 'mx.d' || i || '.example', CASE WHEN i % 9 = 1 THEN 'open' ELSE 'decided' END, {at}, '20 of 30' FROM n;
             {} INSERT INTO api_token (id, account_id, hash, label, created_at, revoked_at) SELECT {TOKEN} - 1 + i, CASE WHEN i % 10 = 1 THEN 1 ELSE 1000 + i % 500 END, {}, 'till ' || i, 0, NULL FROM n;",
            many(500),
            many(30_000),
            many(60_000),
            many(self.contacts / 5),
            hash("notice"),
            many(3_000),
            many(3_000),
            many(6_000),
            many(900),
            many(400),
            hash("token"),
            former = former(0),
        )
    }
}

/// A few numbers, from which short lists are taken.
const SERIES_OF: &str =
    "WITH RECURSIVE s(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM s WHERE i < 3000)";

/// All numbers from `first` to `last`, named `n(i)`.
fn series(first: i64, last: i64) -> String {
    format!("WITH RECURSIVE n(i) AS (SELECT CAST({first} AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {last})")
}
