//! Coming in, staying, and going out.

use std::time::Duration;

use policy::role::Role;
use seals::{Clock as _, LinkPurpose, TotpSecret};
use store::address_proofs::PROOF_VALID;
use store::conformance::texts as rows;
use web::{Who, pages};

use crate::browser::{Browser, HOUSE, PASSWORD, to};
use crate::door::{Door, HOUR, hidden, run};

const COOKIE: &str = "__Host-jawort";
const DEVICE: &str = "__Host-jawort-device";
const IDA: &str = "ida@shop.example";

/// The first page of account 1 that every role sees.
fn start() -> String {
    let all = pages();
    let page = all
        .iter()
        .find(|page| page.name == "dashboard")
        .or_else(|| all.iter().find(|page| page.who == Who::Role(Role::Reader)));
    page.expect("a page").path.replace("{account}", "1")
}

/// Armour D13: the cookie, a new secret at each log-in, and out is out.
#[test]
fn armour_d13_a_log_in_begins_a_session_of_its_own() {
    run(async {
        let door = Door::open().await;
        door.person(1, IDA, Role::Editor).await;
        let browser = Browser::new(&door);
        // A secret that somebody else planted opens nothing, and is not taken over.
        let planted = "0".repeat(44);
        browser.set_cookie(COOKIE, &planted);
        let answer = browser.sign_in(IDA, PASSWORD).await;
        assert_eq!(to(&answer), "/login");
        let cookie =
            answer.headers.iter().find(|(name, value)| name == "set-cookie" && value.starts_with("__Host-jawort="));
        let cookie = &cookie.expect("a session").1;
        for part in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure", "; Max-Age="] {
            assert!(cookie.contains(part), "{part} in {cookie}");
        }
        assert!(!cookie.contains("Domain"));
        let first = browser.cookie(COOKIE).expect("a session");
        assert_ne!(first, planted);
        assert!(browser.is_in().await);
        assert_eq!(to(&browser.get("/login").await), start(), "the only account's first page");
        // The same person again: a new secret, and the old one is dead.
        let page = browser.get("/me").await.text();
        let fields = [("csrf", &*hidden(&page, "csrf")), ("address", IDA), ("password", PASSWORD)];
        assert_eq!(browser.post("/login", &fields).await.status, 303);
        let second = browser.cookie(COOKIE).expect("a session");
        assert_ne!(second, first);
        let old = Browser::new(&door);
        old.set_cookie(COOKIE, &first);
        assert!(!old.is_in().await);
        let answer = browser.send("/me", "/logout", &[]).await;
        assert_eq!(to(&answer), "/login?said=signed_out");
        assert_eq!(browser.cookie(COOKIE), None);
        browser.set_cookie(COOKIE, &second);
        assert!(!browser.is_in().await, "the session ended, not only its cookie");
    });
}

/// Armour D14: a wrong password and an unknown address get the same answer, and as many tries.
#[test]
fn armour_d14_nobody_learns_which_addresses_have_a_log_in() {
    run(async {
        let door = Door::open().await;
        door.person(1, IDA, Role::Editor).await;
        let mut seen = Vec::new();
        for address in [IDA, "nobody@shop.example"] {
            let mut answers = Vec::new();
            for _ in 0..4 {
                let answer = Browser::new(&door).sign_in(address, "ein falsches wort").await;
                let text = answer.text().replace(address, "ADDRESS");
                answers.push((answer.status, text));
            }
            seen.push(answers);
        }
        assert_eq!(seen[0], seen[1]);
        let statuses: Vec<u16> = seen[0].iter().map(|(status, _)| *status).collect();
        assert_eq!(statuses, [422, 422, 422, 429], "the fourth waits");
        assert!(!seen[0][0].1.contains("ein falsches wort"), "a secret is never sent back");
    });
}

/// Armour D14: five tries in a quarter of an hour, no lock-out of a known device, and signed in is signed in.
#[test]
fn armour_d14_strangers_cannot_lock_the_owner_out() {
    run(async {
        let door = Door::open().await;
        door.person(1, IDA, Role::Editor).await;
        let owner = Browser::new(&door);
        assert_eq!(owner.sign_in(IDA, PASSWORD).await.status, 303);
        let mut judged = 0;
        for _ in 0..30 {
            judged += usize::from(Browser::new(&door).sign_in(IDA, "ein falsches wort").await.status == 422);
            door.clock.forward(Duration::from_secs(30));
        }
        assert_eq!(judged, 5, "in a quarter of an hour");
        let stranger = Browser::new(&door).sign_in(IDA, PASSWORD).await;
        let wait: u64 = stranger.header("retry-after").expect("a time").parse().expect("seconds");
        assert_eq!(stranger.status, 429);
        assert!(wait <= 15 * 60);
        assert!(owner.is_in().await);
        assert_eq!(owner.send("/me", "/logout", &[]).await.status, 303);
        assert!(owner.cookie(DEVICE).is_some());
        assert_eq!(owner.sign_in(IDA, PASSWORD).await.status, 303, "the known device has tries of its own");
        // Another log-in's mark is none of this one's.
        door.person(1, "otto@shop.example", Role::Reader).await;
        let otto = Browser::new(&door);
        assert_eq!(otto.sign_in("otto@shop.example", PASSWORD).await.status, 303);
        otto.forget_cookie(COOKIE);
        assert_eq!(otto.sign_in(IDA, PASSWORD).await.status, 429);
        door.clock.forward(Duration::from_secs(15 * 60));
        assert_eq!(Browser::new(&door).sign_in(IDA, PASSWORD).await.status, 303, "and the wait ends");
    });
}

/// Armour D12: a form of another site, of no site, or without the session's mark changes nothing.
#[test]
fn armour_d12_a_form_counts_from_a_page_of_ours_alone() {
    run(async {
        let door = Door::open().await;
        let (_, login) = door.person(1, IDA, Role::Owner).await;
        let browser = door.signed_in(login).await;
        let mark = hidden(&browser.get("/me").await.text(), "csrf");
        let before = door.count("SELECT COUNT(*) FROM audit").await;
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        let strange: [&[(&str, &str)]; 6] = [
            &[kind, ("Origin", "https://evil.example")],
            &[kind, ("Origin", "null")],
            &[kind],
            &[kind, ("Origin", HOUSE), ("Sec-Fetch-Site", "cross-site")],
            &[kind, ("Origin", HOUSE), ("Sec-Fetch-Site", "same-site")],
            &[("Content-Type", "text/plain"), ("Origin", "https://evil.example")],
        ];
        let body = format!("csrf={mark}&name=Eve&language=en");
        let mut tried = 0;
        for page in pages().iter().filter(|page| page.method == "POST") {
            let path = page.path.replace("{account}", "1").replace("{token}", "7");
            let path: String = path
                .split('/')
                .map(|part| if part.starts_with('{') { "/7".to_owned() } else { format!("/{part}") })
                .collect();
            let path = path.trim_start_matches('/');
            for headers in strange {
                let answer = browser.ask("POST", &format!("/{path}"), headers, body.as_bytes()).await;
                assert!(matches!(answer.status, 403 | 404), "{path} {headers:?}: {}", answer.status);
                tried += 1;
            }
            let other = browser.post(&format!("/{path}"), &[("csrf", "0000000000000000000000"), ("name", "Eve")]).await;
            assert!(matches!(other.status, 403 | 404), "{path} without its mark: {}", other.status);
            let none = browser.post(&format!("/{path}"), &[("name", "Eve")]).await;
            assert!(matches!(none.status, 403 | 404), "{path} without any mark: {}", none.status);
        }
        assert!(tried > 60);
        assert_eq!(door.count("SELECT COUNT(*) FROM audit").await, before);
        assert!(browser.is_in().await);
    });
}

/// Armour D5: the way back after the log-in stays here.
#[test]
fn armour_d5_the_log_in_leads_to_pages_of_ours_alone() {
    run(async {
        let door = Door::open().await;
        let (_, login) = door.person(1, IDA, Role::Owner).await;
        let browser = door.signed_in(login).await;
        let start = start();
        for (asked, wanted) in [
            ("%2Fa%2F1%2Fteam", "/a/1/team"),
            ("%2Fme", "/me"),
            ("https%3A%2F%2Fevil.example%2F", &*start),
            ("%2F%2Fevil.example", &*start),
            ("%2F%5Cevil.example", &*start),
            ("%2F%09%2Fevil.example", &*start),
            ("%2Flogin%3Fto%3D%2F", &*start),
            // Control characters never reach the answer.
            ("%2F%0d%0aSet-Cookie%3Aa%3Db", "/Set-Cookie:a=b"),
        ] {
            let answer = browser.get(&format!("/login?to={asked}")).await;
            assert_eq!(to(&answer), wanted, "{asked}");
            assert!(answer.header("set-cookie").is_none());
        }
    });
}

/// Armour D15: with codes on, the password alone opens nothing; a code works once; a recovery code too.
#[test]
fn armour_d15_with_codes_on_the_password_alone_opens_nothing() {
    run(async {
        let door = Door::open().await;
        door.person(1, IDA, Role::Owner).await;
        let browser = Browser::new(&door);
        browser.sign_in(IDA, PASSWORD).await;
        let before = browser.cookie(COOKIE);
        let page = browser.get("/me/codes").await.text();
        let secret = TotpSecret::read(&hidden(&page, "secret")).expect("a secret");
        let mark = hidden(&page, "csrf");
        let code = secret.code(door.clock.now());
        let text = secret.text();
        let wrong = [("csrf", &*mark), ("secret", &text), ("code", &code), ("password", "ein falsches wort")];
        assert_eq!(browser.post("/me/codes", &wrong).await.status, 422, "the password is asked for");
        let fields = [("csrf", &*mark), ("secret", &text), ("code", &code), ("password", PASSWORD)];
        let on = browser.post("/me/codes", &fields).await;
        assert_eq!(on.status, 200, "{}", on.text());
        assert_ne!(browser.cookie(COOKIE), before, "a new session");
        assert!(browser.is_in().await);
        let recovery: Vec<String> = on.text().split("<code>").skip(1).map(|part| part[..19].to_owned()).collect();
        assert_eq!(recovery.len(), 8);
        let kept = rows(&door.store, "SELECT name FROM login", 1).await.expect("log-ins");
        assert_eq!(kept.len(), 1);

        let half = Browser::new(&door);
        let answer = half.post("/login", &[("address", IDA), ("password", PASSWORD), ("to", "/me")]).await;
        assert_eq!(to(&answer), "/login/code?to=%2Fme");
        assert!(!half.is_in().await, "half way is not in");
        let half_secret = half.cookie(COOKIE);
        assert_eq!(half.post("/login/code", &[("code", &code)]).await.status, 422, "the code that turned them on");
        door.clock.forward(Duration::from_secs(30));
        let next = secret.code(door.clock.now());
        assert_eq!(to(&half.post("/login/code", &[("code", &next), ("to", "/me")]).await), "/me");
        assert_ne!(half.cookie(COOKIE), half_secret, "a new secret after the code");
        assert!(half.is_in().await);
        let replay = Browser::new(&door);
        replay.sign_in(IDA, PASSWORD).await;
        assert_eq!(replay.post("/login/code", &[("code", &next)]).await.status, 422, "a code works once");
        let typed = recovery[0].to_uppercase();
        assert_eq!(replay.post("/login/code", &[("code", &typed)]).await.status, 303);
        assert!(replay.is_in().await);
        let again = Browser::new(&door);
        again.sign_in(IDA, PASSWORD).await;
        assert_eq!(again.post("/login/code", &[("code", &recovery[0])]).await.status, 422);
        assert!(again.get("/login/code").await.status == 200 && !again.is_in().await);
        let off = replay.send("/me", "/me/codes/off", &[("password", PASSWORD)]).await;
        assert_eq!(to(&off), "/me?said=saved");
        let plain = Browser::new(&door);
        assert_eq!(to(&plain.sign_in(IDA, PASSWORD).await), "/login");
        assert!(plain.is_in().await);
    });
}

/// Proves the invitation: shown by GET, used by POST, once, by the right person, while it is young.
#[test]
fn an_invitation_lets_its_person_in_once() {
    run(async {
        let door = Door::open().await;
        let user = door.invite(1, IDA, Role::Editor).await;
        let link = door.entry("i", user.get(), LinkPurpose::ProveAddress);
        let browser = Browser::new(&door);
        let page = browser.get(&link).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Gartenfreunde") && page.text().contains(IDA));
        assert_eq!(page.header("referrer-policy"), Some("same-origin"), "the link goes to nobody else");
        for (fields, wanted) in [
            ([("name", "Ida"), ("new_password", "zu kurz")], "f-new_password"),
            ([("name", "Ida"), ("new_password", "ida@shop.example")], "f-new_password"),
            ([("name", "www.evil.example"), ("new_password", PASSWORD)], "f-name"),
        ] {
            let answer = browser.post(&link, &fields).await;
            assert_eq!(answer.status, 422);
            assert!(answer.text().contains(&format!("href=\"#{wanted}\"")), "{wanted}");
        }
        assert_eq!(door.count("SELECT COUNT(*) FROM login").await, 0);
        let answer = browser.post(&link, &[("name", "Ida"), ("new_password", PASSWORD)]).await;
        assert_eq!(to(&answer), start());
        assert!(browser.is_in().await);
        for used in [browser.get(&link).await, Browser::new(&door).get(&link).await] {
            assert_eq!(used.status, 410);
        }
        assert_eq!(Browser::new(&door).post(&link, &[("name", "Eve"), ("new_password", PASSWORD)]).await.status, 410);
        let late = door.invite(1, "lars@shop.example", Role::Reader).await;
        let late = door.entry("i", late.get(), LinkPurpose::ProveAddress);
        door.clock.forward(PROOF_VALID);
        assert_eq!(Browser::new(&door).get(&late).await.status, 410);
        let wrong_kind = door.entry("i", user.get(), LinkPurpose::UnsubscribeBody);
        for unknown in [wrong_kind, "/i/AAAAAAAAAAAAAAAAAAAAAA".to_owned()] {
            assert_eq!(Browser::new(&door).get(&unknown).await.status, 404);
        }
    });
}

/// Proves that an invitation to a second account is joined signed in, by the invited address alone.
#[test]
fn an_invitation_to_a_second_account_is_joined_by_its_own_person() {
    run(async {
        let door = Door::open().await;
        door.script("INSERT INTO account (id, name, language, time_zone, standing, standing_at, facts_version, period, counting_since, legal_version, legal_review, policy_version, created_at)
            VALUES (2, 'Radladen', 'de', 'Europe/Berlin', 0, 0, 1, 1, 0, 0, 0, 0, 0)").await;
        let (_, ida) = door.person(1, IDA, Role::Editor).await;
        let (_, otto) = door.person(1, "otto@shop.example", Role::Owner).await;
        let user = door.invite(2, IDA, Role::Reader).await;
        let link = door.entry("i", user.get(), LinkPurpose::ProveAddress);
        let stranger = Browser::new(&door);
        let page = stranger.get(&link).await.text();
        assert!(page.contains(&format!("/login?to={}", link.replace('/', "%2F"))), "{page}");
        assert_eq!(
            stranger.post(&link, &[("name", "Eve"), ("new_password", PASSWORD)]).await.status,
            200,
            "no second log-in"
        );
        let other = door.signed_in(otto).await;
        let page = other.get(&link).await.text();
        assert_eq!(other.post(&link, &[("csrf", &hidden(&page, "csrf"))]).await.status, 200);
        assert_eq!(other.get("/a/2/team").await.status, 404);
        let own = door.signed_in(ida).await;
        assert_eq!(own.get("/a/2/team").await.status, 404);
        assert_eq!(to(&own.send(&link, &link, &[]).await), start().replace('1', "2"));
        assert_eq!(own.get("/a/2/team").await.status, 200);
        assert_eq!(own.get(&link).await.status, 410);
    });
}

/// Proves the way back into a forgotten log-in, with the same answer for every address.
#[test]
fn a_forgotten_password_is_set_by_a_link_that_works_once() {
    run(async {
        let door = Door::open().await;
        let (_, login) = door.person(1, IDA, Role::Owner).await;
        let elsewhere = door.signed_in(login).await;
        let browser = Browser::new(&door);
        let known = browser.post("/forgot", &[("address", IDA)]).await;
        let unknown = browser.post("/forgot", &[("address", "nobody@shop.example")]).await;
        assert_eq!(to(&known), "/forgot?said=reset_sent");
        assert_eq!(to(&known), to(&unknown));
        assert!(browser.get("/forgot?said=reset_sent").await.text().contains("is on its way"));
        assert_eq!((known.body, known.status), (unknown.body, unknown.status));
        let sent = "SELECT id FROM entry_link WHERE used_at IS NULL";
        let number = door.until_row(sent).await;
        let link = door.entry("r", number, LinkPurpose::Enter);
        assert_eq!(browser.get(&door.entry("start", number, LinkPurpose::Enter)).await.status, 410, "another kind");
        assert_eq!(browser.get(&door.entry("r", number, LinkPurpose::ProveAddress)).await.status, 404);
        assert!(browser.get(&link).await.text().contains(IDA));
        assert_eq!(browser.post(&link, &[("new_password", "kurz")]).await.status, 422);
        assert!(elsewhere.is_in().await);
        let new = "ein ganz anderer satz";
        assert_eq!(to(&browser.post(&link, &[("new_password", new)]).await), "/login?said=password_set");
        assert!(!elsewhere.is_in().await, "every session ended");
        assert_eq!(browser.post(&link, &[("new_password", "noch ein anderer satz")]).await.status, 410);
        assert_eq!(browser.sign_in(IDA, PASSWORD).await.status, 422);
        assert_eq!(browser.sign_in(IDA, new).await.status, 303);
        assert_eq!(browser.send("/forgot", "/forgot", &[("address", IDA)]).await.status, 303);
        let late = door.entry("r", door.until_row(sent).await, LinkPurpose::Enter);
        door.clock.forward(HOUR);
        assert_eq!(browser.get(&late).await.status, 410);
    });
}

/// Proves the own access: profile, password with the old one, sessions that end one by one and at once.
#[test]
fn armour_d13_a_person_sees_and_ends_the_own_sessions() {
    run(async {
        let door = Door::open().await;
        let (_, login) = door.person(1, IDA, Role::Owner).await;
        let (_, otto) = door.person(1, "otto@shop.example", Role::Owner).await;
        let one = door.signed_in(login).await;
        door.clock.forward(Duration::from_secs(1));
        let two = door.signed_in(login).await;
        let foreign = door.signed_in(otto).await;
        let page = one.get("/me").await.text();
        let ends: Vec<&str> =
            page.split("action=\"/me/sessions/").skip(1).map(|part| part.split('"').next().expect("an end")).collect();
        assert_eq!(ends.len(), 1, "the own one has no button");
        let end = format!("/me/sessions/{}", ends[0]);
        assert_eq!(foreign.send("/me", &end, &[]).await.status, 404, "another person's");
        assert!(two.is_in().await);
        assert_eq!(to(&one.send("/me", &end, &[]).await), "/me?said=revoked");
        assert!(!two.is_in().await && one.is_in().await);
        let saved = one.send("/me", "/me", &[("name", "Ida Meyer"), ("language", "de")]).await;
        assert_eq!(to(&saved), "/me?said=saved");
        assert!(one.get("/me").await.text().contains("<html lang=\"de\">"));
        let three = door.signed_in(login).await;
        let before = one.cookie(COOKIE);
        let wrong = [("password", "ein falsches wort"), ("new_password", "ein ganz anderer satz")];
        assert_eq!(one.send("/me", "/me/password", &wrong).await.status, 422);
        let right = [("password", PASSWORD), ("new_password", "ein ganz anderer satz")];
        assert_eq!(to(&one.send("/me", "/me/password", &right).await), "/me?said=password_set");
        assert_ne!(one.cookie(COOKIE), before);
        assert!(one.is_in().await && !three.is_in().await);
        let four = door.signed_in(login).await;
        assert_eq!(to(&one.send("/me", "/me/sign-out-everywhere", &[]).await), "/login?said=signed_out");
        assert!(!one.is_in().await && !four.is_in().await && foreign.is_in().await);
    });
}

/// The roles on the page of the team: who may look, who may change, and that it holds at once.
#[test]
fn the_team_is_changed_by_owners_and_holds_at_once() {
    run(async {
        let door = Door::open().await;
        let (owner_id, owner) = door.person(1, "olga@shop.example", Role::Owner).await;
        let (reader_id, reader) = door.person(1, IDA, Role::Reader).await;
        let (owner, reader) = (door.signed_in(owner).await, door.signed_in(reader).await);
        let page = reader.get("/a/1/team").await.text();
        assert!(page.contains("olga@shop.example") && !page.contains("name=\"address\""), "looks, and changes nothing");
        let mark = hidden(&page, "csrf");
        let invite = [
            ("csrf", &*mark),
            ("name", "Rita"),
            ("address", "rita@shop.example"),
            ("role", "owner"),
            ("language", "en"),
        ];
        assert_eq!(reader.post("/a/1/team", &invite).await.status, 403);
        let set = format!("/a/1/team/{reader_id}/role");
        assert_eq!(reader.post(&set, &[("csrf", &mark), ("role", "owner")]).await.status, 403);
        let team = "/a/1/team";
        let invited = owner.send(team, team, &invite[1..]).await;
        assert_eq!(to(&invited), "/a/1/team?said=sent");
        let planned = rows(&door.store, "SELECT params FROM notice WHERE template = 'prove_user' ORDER BY id DESC", 1)
            .await
            .expect("notices");
        assert!(!planned[0][0].as_deref().expect("values").contains("http"), "no link lies in the memory");
        let twice = owner.send(team, team, &invite[1..]).await;
        assert_eq!(twice.status, 422);
        assert!(twice.text().contains("href=\"#f-address\""));
        let last = owner.send(team, &format!("/a/1/team/{owner_id}/remove"), &[]).await;
        assert_eq!(last.status, 422, "the last owner stays");
        assert_eq!(to(&owner.send(team, &set, &[("role", "owner")]).await), "/a/1/team?said=saved");
        assert!(reader.get(team).await.text().contains("name=\"address\""), "an owner with the next request");
        assert_eq!(
            to(&owner.send(team, &format!("/a/1/team/{reader_id}/remove"), &[]).await),
            "/a/1/team?said=removed"
        );
        assert_eq!(reader.get(team).await.status, 404, "out with the next request");
        assert!(reader.is_in().await);
        assert_eq!(owner.send(team, "/a/1/team/7/remove", &[]).await.status, 404);
    });
}

/// Proves the first start: the link makes the operator's log-in, once, and reaches what others do not.
#[test]
fn an_operator_begins_by_a_link_of_the_console() {
    run(async {
        let door = Door::open().await;
        let number = door.store.make_start(None, Vec::new(), "first start", door.clock.now()).await.expect("a link");
        let link = door.entry("start", number, LinkPurpose::Enter);
        let browser = Browser::new(&door);
        assert_eq!(browser.get(&link).await.status, 200);
        let fields = [("name", "Olga"), ("address", "olga@mail.example"), ("new_password", PASSWORD)];
        assert_eq!(browser.post(&link, &fields).await.status, 303);
        assert!(browser.is_in().await);
        assert_eq!(Browser::new(&door).post(&link, &fields).await.status, 410);
        assert_eq!(Browser::new(&door).get(&link).await.status, 410);
        let (_, login) = door.person(1, IDA, Role::Owner).await;
        let customer = door.signed_in(login).await;
        for page in pages().iter().filter(|page| page.who == Who::Operator && page.method == "GET") {
            let path = page
                .path
                .split('/')
                .map(|part| if part.starts_with('{') { "7" } else { part })
                .collect::<Vec<_>>()
                .join("/");
            assert_eq!(customer.get(&path).await.status, 404, "{path} is the operator's");
        }
        // Another link refuses an address that has a log-in.
        let second = door.store.make_start(None, Vec::new(), "test", door.clock.now()).await.expect("a link");
        let second = door.entry("start", second, LinkPurpose::Enter);
        assert_eq!(Browser::new(&door).post(&second, &fields).await.status, 422);
        assert_eq!(browser.get("/a/1/team").await.status, 404, "an operator works in no account by that alone");
    });
    run(async {
        let door = Door::open().await;
        assert!(door.operator().await.is_in().await, "as the other tests begin");
    });
}

/// Proves the first steps: names as they are set, DNS as it is, and the first account with its owner.
#[test]
fn an_operator_who_sends_for_himself_has_both_roles() {
    run(async {
        let door = Door::open().await;
        let browser = door.operator().await;
        let page = browser.get("/desk/first-run").await;
        assert_eq!(page.status, 200);
        let text = page.text();
        for wanted in ["https://n.example", "bounce.mail.example", "platform.sending_addresses", "_dmarc.mail.example"]
        {
            assert!(text.contains(wanted), "{wanted} in {text}");
        }
        let first = "/desk/first-run";
        let mut fields = [
            ("name", "Tomatenfreunde"),
            ("language", "de"),
            ("time_zone", "Europe/Berlin"),
            ("owner", "other"),
            ("person", ""),
            ("address", ""),
        ];
        let again = browser.send(first, first, &fields).await;
        assert_eq!(again.status, 422);
        assert!(again.text().contains("href=\"#f-address\"") && again.text().contains("href=\"#f-person\""));
        fields[3].1 = "me";
        fields[2].1 = "Mars/Olympus";
        assert_eq!(browser.send(first, first, &fields).await.status, 422);
        fields[2].1 = "Europe/Berlin";
        let made = to(&browser.send(first, first, &fields).await);
        assert_eq!(browser.get(&made).await.status, 200, "the operator works in {made}");
        let owned = door
            .count("SELECT COUNT(*) FROM app_user WHERE login_id IS NOT NULL AND role = 3 AND proven_at IS NULL")
            .await;
        assert_eq!(owned, 1);
        let other = [
            ("name", "Radladen"),
            ("language", "de"),
            ("time_zone", "Europe/Berlin"),
            ("owner", "other"),
            ("person", "Rita"),
            ("address", "rita@rad.example"),
        ];
        assert_eq!(to(&browser.send(first, first, &other).await), "/desk/first-run?said=added");
        assert_eq!(door.count("SELECT COUNT(*) FROM app_user WHERE login_id IS NULL AND role = 3").await, 1);
        assert_eq!(door.count("SELECT COUNT(*) FROM notice WHERE template = 'prove_user'").await, 2);
    });
}

/// Armour D16 for people: no password, secret, code or link lies in the memory in clear.
#[test]
fn armour_d16_what_lets_somebody_in_lies_nowhere_in_clear() {
    run(async {
        let door = Door::open().await;
        door.person(1, IDA, Role::Owner).await;
        let browser = Browser::new(&door);
        browser.sign_in(IDA, PASSWORD).await;
        let page = browser.get("/me/codes").await.text();
        let (secret, mark) = (hidden(&page, "secret"), hidden(&page, "csrf"));
        let totp = TotpSecret::read(&secret).expect("a secret");
        let code = totp.code(door.clock.now());
        let fields = [("csrf", &*mark), ("secret", &secret), ("code", &code), ("password", PASSWORD)];
        let on = browser.post("/me/codes", &fields).await.text();
        let recovery: Vec<&str> = on.split("<code>").skip(1).map(|part| &part[..19]).collect();
        assert_eq!(recovery.len(), 8);
        assert_eq!(browser.send("/forgot", "/forgot", &[("address", IDA)]).await.status, 303);
        let number = door.until_row("SELECT id FROM entry_link WHERE used_at IS NULL").await;
        let link = door.entry("r", number, LinkPurpose::Enter);
        let bytes = door.files().concat();
        let cookie = browser.cookie(COOKIE).expect("a session");
        let plain = recovery[0].replace('-', "");
        let mut canaries: Vec<&[u8]> =
            vec![PASSWORD.as_bytes(), secret.as_bytes(), cookie.as_bytes(), plain.as_bytes()];
        canaries.extend([totp.as_bytes().as_slice(), recovery[0].as_bytes(), &link.as_bytes()[7..]]);
        for canary in canaries {
            assert!(
                !bytes.windows(canary.len()).any(|window| window == canary),
                "{:?}",
                String::from_utf8_lossy(canary)
            );
        }
        let seen = b"reset_password".as_slice();
        assert!(bytes.windows(seen.len()).any(|window| window == seen), "the files are those of this memory");
    });
}
