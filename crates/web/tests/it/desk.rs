//! The operator's pages: who may come, and what they do.

use std::fmt::Write as _;

use policy::{AccountId, LoginId};
use seals::SessionSecret;
use seals::fake::SeededDice;
use store::sessions::{Entry, NewSession};
use testbench::http::Response;
use web::{Who, pages};

use crate::door::{Door, START, run};

/// A browser in which somebody is signed in.
struct Desk {
    door: Door,
    cookie: String,
    token: String,
}

impl Desk {
    async fn open() -> Self {
        Self::of(Door::open().await, true, 901).await
    }

    /// Signs log-in `n` in; it exists from then on.
    async fn of(door: Door, operator: bool, n: i64) -> Self {
        let login = format!(
            "INSERT INTO login (id, name, address, address_key, language, operator, password_hash, password_at, created_at)
             VALUES ({n}, 'Olga {n}', 'olga{n}@mail.example', x'{n:064}', 'en', {operator}, '-', 0, 0)"
        );
        door.script(&login).await;
        let secret = SessionSecret::generate(&SeededDice::new(u64::try_from(n).expect("positive")));
        let new = NewSession {
            hash: secret.hash(),
            login: LoginId::from_raw(n),
            entry: Entry::Whole,
            ip: std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
            user_agent: "test".to_owned(),
        };
        door.store.begin_session(new, None, START).await.expect("a session");
        let token = door.seals.form_token(&secret);
        Self { cookie: format!("__Host-jawort={}", secret.as_str()), token, door }
    }

    async fn get(&self, path: &str) -> Response {
        let headers = [("Cookie", self.cookie.as_str())];
        self.door.client.request("GET", path, &headers, b"").await.expect("an answer")
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let mut body = format!("csrf={}", self.token);
        for (name, value) in fields {
            let pair = testbench::http::form(&[(name, value)]);
            write!(body, "&{pair}").expect("a string");
        }
        let headers = [
            ("Cookie", self.cookie.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Origin", "https://n.example"),
            ("Sec-Fetch-Site", "same-origin"),
        ];
        self.door.client.request("POST", path, &headers, body.as_bytes()).await.expect("an answer")
    }

    /// Posts twice: the first answer asks and changes nothing, the second acts.
    async fn surely(&self, path: &str, fields: &[(&str, &str)], unchanged: &'static str) -> Response {
        let before = self.door.count(unchanged).await;
        let asked = self.post(path, fields).await;
        assert_eq!(asked.status, 200, "{path}: {}", asked.text());
        assert!(asked.text().contains("name=\"sure\""), "{}", asked.text());
        assert_eq!(self.door.count(unchanged).await, before, "{path} only asked");
        self.post(path, &[fields, &[("sure", "yes")]].concat()).await
    }

    async fn script(&self, text: &str) {
        self.door.script(text).await;
    }

    async fn count(&self, statement: &'static str) -> i64 {
        self.door.count(statement).await
    }
}

/// A contact of account 1 and a newsletter that was sent to 1,000 people, with three complaints.
const CONTACT: i64 = (1 << 38) + 77;
const MAILING: i64 = 500;

/// Everything that the pages show once; every text is `⟪n⟫` until a test puts something else there.
fn world() -> String {
    let day = START.day();
    let at = START.millis() - 3_600_000;
    format!(
        "UPDATE account SET name = 'Garden', legal_version = 2, legal_review = 1 WHERE id = 1;
         INSERT INTO legal_notice (account_id, version, notice, created_at, decided_at, decided_by, decision, decision_reason)
            SELECT 1, 2, notice, {at}, NULL, NULL, NULL, NULL FROM legal_notice WHERE account_id = 1 AND version = 1;
         INSERT INTO topic (account_id, id, version, website_id, statement, state, submitted_at) VALUES (1, 8, 2, 7, 'Tips for growing vegetables on balconies', 0, {at});
         INSERT INTO sending_domain (account_id, id, name, platform, found, created_at) VALUES (1, 6, 'shop.example', FALSE, '[]', 0);
         INSERT INTO mailing (account_id, id, kind, name, state, facts_version, topic_id, topic_version, subject, preheader, format, body, language, template_version,
            cut_at, expanded_to, expanded, audience, delay_minutes, expiry_hours, created_at, started_at)
            VALUES (1, {MAILING}, 1, 'May', 2, 1, 8, 1, 'Tomatoes', '', 'markdown', 'Plant them out.', 'en', 1, {at}, 0, TRUE, 2, 0, 96, {at}, {at});
         INSERT INTO former_contact (account_id, id, address, address_key, domain, language, fields, tags, since, reason, left_at, restorable_until, facts_version)
            VALUES (1, {CONTACT}, 'ada@a.example', x'{CONTACT:064}', 'a.example', 'en', '{{}}', '[]', 0, 'complained', {at}, 0, 1);
         INSERT INTO consent (account_id, contact_id, topic_id, topic_version, website_id, granted_at, withdrawn_at) VALUES (1, {CONTACT}, 8, 1, 7, 1, {at});
         INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals, owner_beat, doubt, reply, planned_at, settled_at)
            VALUES ({MAILING}, {CONTACT}, 1, 10, 'a.example', {at}, {at}, 1, 0, 0, FALSE, '250 taken', {at}, {at});
         INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals, owner_beat, doubt, reason, reply, planned_at)
            VALUES ({MAILING}, {CONTACT} + 1, 1, 3, 'b.example', {at}, {at}, 1, 1, 0, FALSE, 'soft', '451 later', {at});
         INSERT INTO sent_count (account_id, period, mailing_id, day, shard, n) VALUES (1, 1, {MAILING}, {day}, 0, 1000);
         INSERT INTO complaint_count (account_id, period, mailing_id, day, n) VALUES (1, 1, {MAILING}, {day}, 3);
         INSERT INTO inbox (id, day, received_at, peer, helo, mail_from, recipient, raw, kind, effect)
            VALUES (700, {day}, {at}, 'p', 'h', 'f', 'r', CAST('From: a' AS BLOB), 'arf', '');
         INSERT INTO abuse_case (id, account_id, kind, state, opened_at, first_look_due, decision_due, cluster, mailing_id, form_id, summary)
            VALUES (601, 1, 'complaint', 'open', {at}, {at}, {at} + 400000000, 'complaint:1', {MAILING}, NULL, 'complaints about mailing 500'),
                (602, 1, 'letter', 'open', {at}, {at} + 90000000, {at} + 400000000, 'letter:1', NULL, NULL, 'abuse_letter: stop it');
         INSERT INTO case_event (case_id, id, at, kind, note, evidence, inbox_id)
            VALUES (601, 1, {at}, 'complaint', 'never asked', '{{\"message\":{MAILING},\"contact\":{CONTACT},\"scores\":{{\"mailing\":{{\"complaints\":3,\"sent\":1000}},\"recent\":{{\"complaints\":3,\"sent\":1000}}}}}}', 700),
                (602, 2, {at}, 'letter', 'stop it', '{{}}', 700);
         INSERT INTO complaint (account_id, mailing_id, contact_id, at, sent_day, period, source, counted, case_id, inbox_id, note)
            VALUES (1, {MAILING}, {CONTACT}, {at}, {day}, 1, 'feedback_loop', TRUE, 601, 700, 'never asked');
         INSERT INTO incident (id, kind, provider_group, state, opened_at, detail) VALUES (801, 'hard_bounce_jump', 'mx.b.example', 'open', {at}, '20 of 30');
         INSERT INTO suppression (address_key, address, reason, at, source_account, source_mailing, source_reply, provider_group, incident_id)
            VALUES (x'{:064}', 'eve@b.example', 'hard_bounce', {at}, 1, {MAILING}, '550 gone', 'mx.b.example', 801);
         INSERT INTO provider_pause (provider_group, until, reason, incident_id) VALUES ('mx.b.example', 0, 'a jump', 801), ('mx.c.example', 0, 'rate', NULL);
         INSERT INTO audit (account_id, id, at, actor, action, detail) VALUES (1, 1, {at}, 'token 1', 'sender_changed', 'x'), (0, 2, {at}, 'Olga', 'sending_paused', 'y');",
        5,
    )
}

fn mail() -> String {
    format!("/desk/mails/{MAILING}/{CONTACT}")
}

/// Proves D11 of ARMOUR and PAGES: what is the operator's does not exist for anybody else.
#[test]
fn armour_d1_the_desk_is_not_there_for_customers() {
    run(async {
        let desk = Desk::of(Door::open().await, false, 902).await;
        desk.script(&world()).await;
        let link = "INSERT INTO app_user (account_id, id, name, address, address_key, language, proven_at, facts_version, created_at, role, login_id)
            VALUES (1, 99, 'O', 'olga902@mail.example', x'00', 'en', 1, 1, 0, 3, 902)";
        desk.script(link).await;
        let nothing = desk.get("/desk/nothing").await;
        let mut tried = 0;
        for page in pages().iter().filter(|page| page.who == Who::Operator) {
            let path = filled(page.path);
            let answer = if page.method == "GET" {
                desk.get(&path).await
            } else {
                desk.post(&path, &[("reason", "x"), ("sure", "yes")]).await
            };
            assert_eq!(answer.status, 404, "{} {path}", page.method);
            assert_eq!(answer.text(), nothing.text(), "{path} is the same as what is not there");
            tried += 1;
        }
        assert!(tried > 30, "{tried}");
        assert_eq!(desk.count("SELECT COUNT(*) FROM case_event").await, 2);
    });
}

/// A path with the numbers of the world.
fn filled(path: &str) -> String {
    let number = |name: &str| match name {
        "{case}" => 601,
        "{report}" | "{mail}" => 700,
        "{mailing}" => MAILING,
        "{contact}" => CONTACT,
        "{incident}" => 801,
        "{topic}" => 8,
        "{version}" => 2,
        _ => 1,
    };
    path.split('/')
        .map(|part| if part.starts_with('{') { number(part).to_string() } else { part.to_owned() })
        .collect::<Vec<_>>()
        .join("/")
}

/// Proves R66, R71, R77 and R92 of the pages: the operator sees first what is due, whose score is how high
/// against its limit, and each complaint with its evidence.
#[test]
fn r66_r77_r92_the_operator_sees_scores_deadlines_and_evidence() {
    run(async {
        let desk = Desk::open().await;
        desk.script(&world()).await;
        let overview = desk.page("/desk").await;
        for wanted in
            ["Complaints about “May”", "overdue", "Garden", "0.30 %", "3 complaints, 1,000 sent", "above the limit"]
        {
            assert!(overview.contains(wanted), "{wanted} is missing: {overview}");
        }
        let queue = desk.page("/desk/cases").await;
        let (first, second) =
            (queue.find("/desk/cases/601").expect("one"), queue.find("/desk/cases/602").expect("two"));
        assert!(first < second, "what is overdue stands first");
        let kind = desk.page("/desk/cases?kind=letter").await;
        assert!(kind.contains("/desk/cases/602") && !kind.contains("/desk/cases/601"));
        let case = desk.page("/desk/cases/601").await;
        let links = [mail(), format!("/desk/consents/{CONTACT}"), "/desk/cases/601/reports/700".to_owned()];
        for wanted in links.iter().map(String::as_str).chain([
            "ada@a.example",
            "Feedback loop",
            "never asked",
            "0.20 %",
            "Limit",
            "<svg",
        ]) {
            assert!(case.contains(wanted), "{wanted} is missing: {case}");
        }
        let account = desk.page("/desk/accounts/1").await;
        for wanted in ["0.30 %", "Between", "95 %", "Garden", "shop.example", "Feedback loop"] {
            assert!(account.contains(wanted), "{wanted} is missing: {account}");
        }
    });
}

/// Proves R79 of the page: what was not understood is found, shown with the rules that decide, and read
/// again when a person wishes so, by a POST and nothing else.
#[test]
fn r79_what_was_not_understood_is_shown_with_its_reasons_and_read_again() {
    run(async {
        let desk = Desk::open().await;
        desk.script(&world()).await;
        let list = desk.page("/desk/arrived").await;
        assert!(list.contains("Nothing here") && !list.contains("/desk/arrived/700"), "{list}");
        assert!(desk.page("/desk/arrived?show=all").await.contains("/desk/arrived/700"));
        let raw = "From: MAILER-DAEMON@mx.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n\
            --x\n\nSorry\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n\
            Final-Recipient: rfc822; ada@a.example\nAction: failed\nDiagnostic-Code: smtp; 550 5.1.1 user unknown <b>\n\n--x--\n";
        let script =
            format!("UPDATE inbox SET kind = 'unparsed', effect = 'kept', raw = CAST('{raw}' AS BLOB) WHERE id = 700");
        desk.script(&script).await;
        assert!(desk.page("/desk/arrived").await.contains("/desk/arrived/700"));
        let one = desk.page("/desk/arrived/700").await;
        for wanted in [
            "not understood",
            "<code lang=\"en\">bounce</code>",
            "replies.tsv line",
            "user unknown &#60;b&#62;",
            "Read again",
        ] {
            assert!(one.contains(wanted), "{wanted} is missing: {one}");
        }
        let waits = "SELECT COUNT(*) FROM inbox WHERE again_at IS NOT NULL";
        assert_eq!(desk.count(waits).await, 0, "a GET changes nothing");
        let answer = desk.post("/desk/arrived/700/again", &[]).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/desk/arrived/700?said=again")));
        assert_eq!(desk.count(waits).await, 1);
        let one = desk.page("/desk/arrived/700").await;
        assert!(one.contains("will be read again shortly") && !one.contains("/desk/arrived/700/again"), "{one}");
        desk.script("UPDATE inbox SET kind = 'unsubscribe', again_at = NULL").await;
        assert!(!desk.page("/desk/arrived/700").await.contains("/desk/arrived/700/again"));
        desk.post("/desk/arrived/700/again", &[]).await;
        assert_eq!(desk.count(waits).await, 0, "an old wish is not acted on again");
    });
}

/// Proves R92: opening a case is no look; a button is, once.
#[test]
fn r92_a_first_look_is_noted_by_a_button_and_by_nothing_else() {
    run(async {
        let desk = Desk::open().await;
        desk.script(&world()).await;
        let looked = "SELECT COUNT(*) FROM abuse_case WHERE looked_by = 'Olga 901'";
        desk.page("/desk/cases/601").await;
        desk.page("/desk/cases").await;
        assert_eq!(desk.count(looked).await, 0, "a GET changes nothing");
        let answer = desk.post("/desk/cases/601/look", &[]).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/desk/cases/601?said=saved")));
        assert_eq!(desk.count(looked).await, 1);
        assert!(desk.page("/desk/cases?show=mine").await.contains("/desk/cases/601"));
        assert!(desk.page("/desk/cases/601").await.contains("First looked at by Olga 901"));
    });
}

/// Proves R85, R89 and D15 of the pages: a suspension stops the account and opens its case; nothing is
/// decided without a written reason and a second answer; a reinstatement is the other outcome.
#[test]
fn r85_r89_sanctions_need_a_reason_and_a_second_answer() {
    run(async {
        let desk = Desk::open().await;
        desk.script(&world()).await;
        let standing = "SELECT standing FROM account WHERE id = 1";
        let bare = desk.post("/desk/accounts/1/suspend", &[("reason", " "), ("sure", "yes")]).await;
        assert_eq!((bare.status, desk.count(standing).await), (422, 0), "a reason is missing");
        let reason = [("reason", "bets in a garden newsletter")];
        let done = desk.surely("/desk/accounts/1/suspend", &reason, standing).await;
        assert_eq!((done.status, desk.count(standing).await), (303, 1));
        let case = done.header("location").expect("the case").split('?').next().expect("a path").to_owned();
        let page = desk.page(&case).await;
        assert!(
            page.contains("bets in a garden newsletter")
                && page.contains("value=\"reinstate\"")
                && page.contains("value=\"terminate\"")
        );
        assert!(!page.contains("value=\"close\""), "a suspension is decided one way or the other");
        let strange =
            desk.post(&format!("{case}/decide"), &[("decision", "close"), ("reason", "x"), ("sure", "yes")]).await;
        assert_eq!((strange.status, desk.count(standing).await), (422, 1), "what does not fit is not offered");
        let decide = [("decision", "reinstate"), ("reason", "it was a mistake of ours")];
        let done = desk.surely(&format!("{case}/decide"), &decide, standing).await;
        assert_eq!((done.status, desk.count(standing).await), (303, 0));
        let page = desk.page(&case).await;
        assert!(page.contains("it was a mistake of ours") && page.contains("decided by Olga 901"), "{page}");
        assert_eq!(desk.count("SELECT period FROM account WHERE id = 1").await, 2, "counting begins anew");
    });
}

/// Proves R48 and R82 of the pages: a review shows what changed, and the customer gets the reason.
#[test]
fn r48_r82_reviews_show_what_changed_and_carry_a_reason() {
    run(async {
        let desk = Desk::open().await;
        desk.script(&world()).await;
        desk.script("UPDATE legal_notice SET decision = 'approved', decided_at = 1, decided_by = 'x', decision_reason = 'y' WHERE version = 1;
            UPDATE legal_notice SET notice = REPLACE(notice, 'Musterweg 1', 'Musterweg 2') WHERE version = 2")
            .await;
        let page = desk.page("/desk/reviews").await;
        assert!(
            page.contains("<del")
                && page.contains("Musterweg 1")
                && page.contains("<ins")
                && page.contains("Musterweg 2"),
            "{page}"
        );
        assert!(page.contains("Tips for growing vegetables on balconies"));
        let refused = desk.post("/desk/reviews/legal-notices/1/2", &[("verdict", "refuse")]).await;
        assert_eq!(refused.status, 422, "a reason is missing");
        let done = desk
            .post("/desk/reviews/legal-notices/1/2", &[("verdict", "approve"), ("reason", "found in the register")])
            .await;
        assert_eq!(done.status, 303);
        let done = desk.post("/desk/reviews/topics/1/8/2", &[("verdict", "refuse"), ("reason", "too wide")]).await;
        assert_eq!(done.status, 303);
        let decided = "SELECT COUNT(*) FROM topic WHERE version = 2 AND state = 2 AND decided_by = 'Olga 901' AND decision_reason = 'too wide'";
        assert_eq!(desk.count(decided).await, 1);
        assert_eq!(
            desk.count("SELECT COUNT(*) FROM legal_notice WHERE version = 2 AND decision = 'approved'").await,
            1
        );
        assert!(desk.page("/desk/reviews").await.contains("Nothing to review"));
    });
}

/// Proves R18, R60 and D6 of the pages: an address is looked for by a POST, and what is done needs a reason.
#[test]
fn r60_addresses_are_excluded_and_lifted_with_a_reason_and_never_stand_in_an_address_bar() {
    run(async {
        let desk = Desk::open().await;
        desk.script(&world()).await;
        let address = ("address", "mia@c.example");
        let listed = "SELECT COUNT(*) FROM suppression WHERE address = 'mia@c.example'";
        let found = desk.post("/desk/exclusions", &[address]).await;
        assert!(found.status == 200 && found.text().contains("not excluded"));
        assert_eq!(desk.post("/desk/exclusions/add", &[address, ("sure", "yes")]).await.status, 422, "no reason");
        let added = desk.surely("/desk/exclusions/add", &[address, ("reason", "asked by phone")], listed).await;
        assert!(
            added.text().contains("Olga 901: asked by phone") && added.header("location").is_none(),
            "{}",
            added.text()
        );
        assert_eq!(desk.count(listed).await, 1);
        let lifted = desk.surely("/desk/exclusions/lift", &[address, ("reason", "works again")], listed).await;
        assert!(lifted.text().contains("works again"), "the lift is on record");
        assert_eq!(desk.count(listed).await, 0);
        let silences = "SELECT COUNT(*) FROM audit WHERE action = 'silence_lifted' AND detail = 'she wrote'";
        desk.surely("/desk/exclusions/silence", &[address, ("reason", "she wrote")], silences).await;
        assert_eq!(desk.count(silences).await, 1);
    });
}

/// Proves promise 3 of the page: all sending stops by a person's word with a reason, and goes on by another.
#[test]
fn r85_all_sending_is_paused_and_resumed_with_reasons() {
    run(async {
        let desk = Desk::open().await;
        desk.script(&world()).await;
        let paused = "SELECT COUNT(*) FROM installation WHERE sending_paused";
        let answer = desk.surely("/desk/providers/pause", &[("reason", "our address is listed")], paused).await;
        assert_eq!((answer.status, desk.count(paused).await), (303, 1));
        assert!(answer.took >= policy::row::TICKET, "the answer comes when nothing older is on the wire");
        assert!(desk.page("/desk").await.contains("our address is listed"));
        desk.surely("/desk/providers/resume", &[("reason", "delisted")], paused).await;
        assert_eq!(desk.count(paused).await, 0);
        let page = desk.page("/desk/providers").await;
        assert!(page.contains("451 later") && page.contains("mx.c.example"), "{page}");
        let done =
            desk.post("/desk/providers/groups", &[("group", "mx.c.example"), ("reason", "they answer again")]).await;
        assert_eq!((done.status, desk.count("SELECT COUNT(*) FROM provider_pause").await), (303, 1));
        let held = desk.post("/desk/providers/groups", &[("group", "mx.b.example"), ("reason", "x")]).await;
        assert_eq!(
            (held.status, desk.count("SELECT COUNT(*) FROM provider_pause").await),
            (409, 1),
            "its incident holds it"
        );
        let decide = [("decision", "providers_fault"), ("reason", "their outage")];
        desk.surely("/desk/incidents/801", &decide, "SELECT COUNT(*) FROM suppression").await;
        assert_eq!(desk.count("SELECT COUNT(*) FROM suppression WHERE incident_id = 801").await, 0);
    });
}

/// Proves R75: the mail stands as text, and its HTML only behind an address of its own that may do nothing.
#[test]
fn r75_armour_d12_a_customers_html_is_shown_in_a_frame_that_may_do_nothing() {
    run(async {
        let desk = Desk::open().await;
        desk.script(&world()).await;
        let page = desk.page(&mail()).await;
        let frame = format!("sandbox=\"\" src=\"{}/body\"", mail());
        assert!(page.contains(&frame) && page.contains("Subject: Tomatoes"), "{page}");
        let body = desk.get(&format!("{}/body", mail())).await;
        let policy = body.header("content-security-policy").expect("a policy");
        assert!(body.status == 200 && policy.contains("sandbox") && policy.contains("default-src 'none'"), "{policy}");
        assert!(
            !policy.contains("allow-") && !policy.contains("script-src") && policy.contains("frame-ancestors 'self'")
        );
        assert_eq!(body.header("x-frame-options"), Some("SAMEORIGIN"));
        assert!(body.text().contains("Plant them out."));
    });
}

/// Proves R66 for a new account: the operator makes it and invites its owner; the address is proven by the mail.
#[test]
fn r49_a_new_account_invites_its_owner() {
    run(async {
        let desk = Desk::open().await;
        let fields = [("name", "Hof Lindner"), ("language", "de"), ("owner", "Lena"), ("address", "lena@d.example")];
        let bad = desk
            .post(
                "/desk/accounts/new",
                &[("name", "https://x.example"), ("language", "de"), ("owner", "Lena"), ("address", "lena@d.example")],
            )
            .await;
        assert_eq!(bad.status, 422);
        let done = desk.post("/desk/accounts/new", &fields).await;
        assert_eq!(done.status, 303, "{}", done.text());
        let to = done.header("location").expect("a place").to_owned();
        assert!(desk.page(to.split('?').next().expect("a path")).await.contains("Hof Lindner"));
        assert_eq!(
            desk.count("SELECT COUNT(*) FROM app_user WHERE name = 'Lena' AND role = 3 AND proven_at IS NULL").await,
            1
        );
        assert_eq!(desk.count("SELECT COUNT(*) FROM notice WHERE address = 'lena@d.example'").await, 1);
        let _ = AccountId::from_raw(1);
    });
}
