//! An account's pages about itself: its first page with the complaint score, the page of the score,
//! activity, settings, and tokens.

use policy::complaint::{Allegation, Source};
use policy::role::Role;
use policy::score::Score;
use policy::standing::POLICY_VERSION;
use policy::{AccountId, ContactId, MailingId};
use seals::Clock as _;
use store::complaints::{Named, NewComplaint};
use texts::{Language, account as t};

use crate::door::{Door, START, run};
use crate::people::{Hand, sign_in};

const HOME: &str = "/a/1";
const MAILING: i64 = 1001;

fn one() -> AccountId {
    AccountId::from_raw(1)
}

/// A newsletter that `sent` receivers took, and its state.
async fn sent(door: &Door, id: i64, name: &str, sent: i64) {
    let (day, at) = (door.clock.now().day(), door.clock.now().millis());
    door.script(&format!(
        "INSERT INTO mailing (account_id, id, kind, name, state, facts_version, topic_id, topic_version, subject, preheader, format, body, language, template_version,
            cut_at, expanded_to, expanded, audience, delay_minutes, expiry_hours, created_at, started_at)
            VALUES (1, {id}, 1, '{name}', 2, 1, 8, 1, 'Tomatoes', '', 'markdown', 'x', 'en', 1, {at}, 0, TRUE, {sent}, 0, 96, {at}, {at});
         INSERT INTO mailing_count (account_id, mailing_id, state, shard, n) VALUES (1, {id}, 10, 0, {sent});
         INSERT INTO sent_count (account_id, period, mailing_id, day, shard, n) VALUES (1, 1, {id}, {day}, 0, {sent});"
    ))
    .await;
}

/// A contact that got the newsletter and complains about it.
async fn complains(door: &Door, address: &str, mailing: i64, source: Source) {
    let contact = door.contact(address).await;
    complains_as(door, contact, mailing, source).await;
}

async fn complains_as(door: &Door, contact: ContactId, mailing: i64, source: Source) {
    let at = door.clock.now().millis();
    door.script(&format!(
        "INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals, owner_beat, doubt, planned_at, settled_at)
            VALUES ({mailing}, {contact}, 1, 10, 'mail.example', {at}, {at}, 1, 0, 0, FALSE, {at}, {at})"
    ))
    .await;
    let report = NewComplaint {
        source,
        allegation: Allegation::Unwanted,
        dkim_aligned: true,
        named: Some(Named::Mailing { mailing: MailingId::from_raw(mailing), contact }),
        reporter: Vec::new(),
        accounts: Vec::new(),
        note: String::new(),
        inbox: None,
        once: contact.to_string(),
    };
    let done = door.store.complain(report, door.clock.now()).await.expect("an answer");
    assert!(done.decision.counts(), "{done:?}");
}

async fn page(hand: &Hand<'_>, path: &str) -> String {
    let answer = hand.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

/// A part of a page, from one mark to the next of another.
fn between<'p>(page: &'p str, from: &str, to: &str) -> &'p str {
    let start = page.find(from).unwrap_or_else(|| panic!("no {from} in {page}"));
    let rest = &page[start..];
    &rest[..rest[from.len()..].find(to).map_or(rest.len(), |end| end + from.len())]
}

/// The panel of the score.
fn panel(page: &str) -> &str {
    between(page, "<section class=\"panel score\"", "</section>")
}

fn has(page: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(page.contains(wanted), "{wanted:?} is missing: {page}");
    }
}

/// Proves R66: the first figure that a customer sees is the complaint score, with its limit, its period,
/// what it rests on, how sure it is, and where it stands; each of the scores that decide is there.
#[test]
fn r66_the_first_figure_of_an_account_is_its_complaint_score() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Reader).await;
        let empty = page(&hand, HOME).await;
        has(
            panel(&empty),
            &["<b>–</b>", "nothing sent", &t::score_nothing(Language::En), &t::score_limit(Language::En)],
        );
        sent(&door, MAILING, "May", 1_500).await;
        sent(&door, MAILING + 1, "June", 3_500).await;
        for at in 0..2 {
            complains(&door, &format!("p{at}@mail.example"), MAILING, Source::FeedbackLoop).await;
        }
        let seen = page(&hand, HOME).await;
        let main = between(&seen, "<main", "</main>");
        assert!(
            main.find("<section").expect("a section")
                == main.find("<section class=\"panel score\"").expect("the score")
        );
        let first = between(main, "<div class=\"figure\">", "</div>");
        let low_high = Score::new(2, 5_000).interval().expect("a range");
        assert!(low_high.0.hundredths < 40 && low_high.1.hundredths > 40);
        has(
            first,
            &["<b>0.04 %</b>", &t::score_recent(Language::En), "2 complaints about 5,000 mails", "95 %", "fine"],
        );
        let life = t::score_life(Language::En, "1 January 1970 at 01:00 (Europe/Berlin)");
        has(
            panel(&seen),
            &[&life, &t::score_unit(Language::En), "href=\"/a/1/newsletters/1001\"", "0.14 %", "warning"],
        );
        has(panel(&seen), &["2 complaints about 1,500 mails", "0.2 %"]);
        hand.speak(Language::De).await;
        let seen = page(&hand, HOME).await;
        has(panel(&seen), &["<b>0,04 %</b>", "2 Beschwerden auf 5.000 Mails", &t::score_limit(Language::De)]);
        let shown = door.store.scores(one(), door.clock.now()).await.expect("scores");
        assert_eq!(shown.recent, Score::new(2, 5_000), "the figure of the rules");
    });
}

/// Proves R71: the score is live, and what it is made of is told by mailing, form, tag and way; who sent
/// nothing that anybody complained about sees no breakdown.
#[test]
fn r71_the_score_is_live_and_broken_down_by_mailing_form_tag_and_way() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Reader).await;
        sent(&door, MAILING, "May", 9_000).await;
        let before = page(&hand, HOME).await;
        has(
            panel(&before),
            &["<b>0.00 %</b>", "0 complaints about 9,000 mails", "18 more complaints do not exceed the limit yet."],
        );
        assert!(!before.contains(&t::parts_title(Language::En)), "{before}");
        complains(&door, "ada@mail.example", MAILING, Source::FeedbackLoop).await;
        let after = page(&hand, HOME).await;
        has(
            panel(&after),
            &["<b>0.02 %</b>", "1 complaint about 9,000 mails", "17 more complaints do not exceed the limit yet."],
        );
        complains(&door, "bob@mail.example", MAILING, Source::FeedbackLoop).await;
        complains(&door, "cyd@mail.example", MAILING, Source::AbuseForm).await;
        let seen = page(&hand, HOME).await;
        let list = |title: String| {
            between(panel(&seen), &format!("<caption class=\"only-read\">{title}"), "</table>").to_owned()
        };
        has(
            &list(t::parts_units(Language::En)),
            &["href=\"/a/1/newsletters/1001\">May</a>", "0.04 %", "<td class=\"number\">3</td>"],
        );
        has(&list(t::parts_forms(Language::En)), &["Footer", "<td class=\"number\">3</td>"]);
        has(&list(t::parts_tags(Language::En)), &["tips", "seeds", "<td class=\"number\">3</td>"]);
        let ways = list(t::parts_ways(Language::En));
        has(&ways, &["Feedback loop", "<td class=\"number\">2</td>", "Form", "<td class=\"number\">1</td>"]);
    });
}

/// Proves R80: what to do follows from the figures: nothing while nothing is the matter, the topic and the
/// mailing that brought the complaints from 0.1 % on.
#[test]
fn r80_the_page_says_what_to_do_and_only_then() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Editor).await;
        let title = t::tips_title(Language::En);
        has(panel(&page(&hand, HOME).await), &[&title, &t::tip_begin(Language::En)]);
        sent(&door, MAILING, "May", 2_000).await;
        assert!(!page(&hand, HOME).await.contains(&title), "nothing is the matter");
        for at in 0..3 {
            complains(&door, &format!("p{at}@mail.example"), MAILING, Source::FeedbackLoop).await;
        }
        let seen = page(&hand, HOME).await;
        let mailing = t::tip_mailing(Language::En, "May", 3, 3);
        has(panel(&seen), &[&title, &mailing, "3 of 3 came by the form “Footer”.", &t::tip_topic(Language::En)]);
        has(panel(&seen), &["One more complaint does not exceed the limit yet, a second one does."]);
        assert!(panel(&seen).matches("<li>").count() <= 5, "no wall of text: {seen}");
        let score = page(&hand, "/a/1/score").await;
        has(&score, &[&t::rule_topic(Language::En), &t::rule_stop(Language::En), &t::rule_leave(Language::En)]);
    });
}

/// Proves R85 and R92 for the customer: who is suspended reads why, what is stopped, by when a person
/// decides, and where to answer; a terminated account reads the reason; so does a pause of all sending.
#[test]
fn r85_r92_a_suspended_account_reads_why_and_what_happens_next() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Owner).await;
        sent(&door, MAILING, "May", 1_000).await;
        for at in 0..3 {
            complains(&door, &format!("p{at}@mail.example"), MAILING, Source::FeedbackLoop).await;
        }
        let case = door.store.suspensions(one(), 1).await.expect("cases")[0].id;
        let seen = page(&hand, HOME).await;
        let notice = between(&seen, "<div class=\"notice bad\">", "<section");
        let answer = t::stopped_answer(Language::En, "service@mail.example", &case.to_string());
        let reason = t::stopped_by_score(Language::En, "3", "1,000");
        has(notice, &[&t::stopped_suspended(Language::En), &reason, &t::stopped_effect(Language::En), &answer]);
        has(notice, &["A person looks at it until 2 June 2026", "decides until 8 June 2026"]);
        has(panel(&seen), &["0.30 %", "above the limit"]);
        door.store.look_at_case(case, "Olga", door.clock.now()).await.expect("looked");
        has(&page(&hand, HOME).await, &["A person has been looking at it since 1 June 2026"]);
        door.store.reinstate(one(), "Olga", "the list is mended", door.clock.now()).await.expect("reinstated");
        let seen = page(&hand, HOME).await;
        assert!(!seen.contains(&t::stopped_suspended(Language::En)), "{seen}");
        let score = page(&hand, "/a/1/score").await;
        has(&score, &["Period 1", "0.30 %", &t::suspension_ended(Language::En), "the list is mended", &reason]);
        door.store.suspend(one(), "Olga", "bets in <b>garden</b> mail", door.clock.now()).await.expect("suspended");
        has(&page(&hand, HOME).await, &["bets in &#60;b&#62;garden&#60;/b&#62; mail"]);
        door.store.terminate(one(), "Olga", "bought addresses", door.clock.now()).await.expect("terminated");
        has(
            &page(&hand, HOME).await,
            &[&t::stopped_terminated(Language::En), "bought addresses", &t::stopped_for_good(Language::En)],
        );
        door.store.pause_sending("Olga", "our address is listed", door.clock.now()).await.expect("paused");
        let seen = page(&hand, HOME).await;
        has(&seen, &[&t::stopped_paused(Language::En)]);
        assert!(!seen.contains("our address is listed"), "the operator's own words stay with the operator");
    });
}

/// The set-up stands on the first page until everything stands, and nothing on it can be clicked away.
#[test]
fn the_set_up_is_there_until_nothing_is_missing() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Owner).await;
        let list = |page: &str| between(page, "aria-labelledby=\"checklist\"", "</section>").to_owned();
        let steps =
            |list: &str| ["done", "hint", "open"].map(|class| list.matches(&format!("<li class=\"{class}\">")).count());
        let seen = list(&page(&hand, HOME).await);
        assert_eq!(steps(&seen), [6, 0, 3], "{seen}");
        has(
            &seen,
            &[
                "6 of 9 done",
                &t::dns_missing(Language::En),
                &t::test_missing(Language::En),
                "href=\"/a/1/newsletters\"",
            ],
        );
        assert!(!seen.contains("<form") && !seen.contains("<button") && !seen.contains("<details"), "{seen}");
        door.script(
            "UPDATE account SET policy_version = 0 WHERE id = 1; UPDATE topic SET state = 0 WHERE account_id = 1",
        )
        .await;
        let seen = list(&page(&hand, HOME).await);
        assert_eq!(steps(&seen), [4, 1, 4], "{seen}");
        has(&seen, &[&t::policy_missing(Language::En), "href=\"/a/1/settings\"", &t::topic_waits(Language::En)]);
        door.script(&format!(
            "UPDATE account SET policy_version = {POLICY_VERSION} WHERE id = 1; UPDATE topic SET state = 1 WHERE account_id = 1;
             INSERT INTO sending_domain (account_id, id, name, platform, authenticated_at, found, created_at) VALUES (1, 6, 'shop.example', FALSE, 1, '[]', 0);
             INSERT INTO notice (id, account_id, purpose, person_id, address, address_key, domain, language, template, params, state, due_at, expires_at, attempt, deferrals, owner_beat, doubt, planned_at)
                VALUES (55, 1, 4, 1, 'a@shop.example', x'01', 'shop.example', 'en', '', '{{}}', 10, 0, 0, 0, 0, 0, FALSE, 0)"
        ))
        .await;
        sent(&door, MAILING, "May", 10).await;
        let seen = list(&page(&hand, HOME).await);
        assert_eq!(steps(&seen), [9, 0, 0], "{seen}");
        has(&seen, &["<details", &t::checklist_complete(Language::En)]);
        door.script("UPDATE sending_domain SET failing_since = 5 WHERE account_id = 1").await;
        let seen = list(&page(&hand, HOME).await);
        assert_eq!(steps(&seen), [8, 0, 1], "what breaks is back: {seen}");
        has(&seen, &[&t::dns_failing(Language::En)]);
    });
}

/// Proves R46 for the pages: the legal notice is two steps away, from wherever somebody is.
#[test]
fn r46_the_legal_notice_is_two_steps_from_every_page() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Owner).await;
        let legal = "href=\"/a/1/legal-notice\"";
        assert!(page(&hand, HOME).await.contains(legal), "one step from the first page");
        let (mut within, mut outside) = (0, 0);
        for info in web::pages().iter().filter(|info| info.method == "GET") {
            let of_account = matches!(info.who, web::Who::Role(_)) && info.path.matches('{').count() == 1;
            if !of_account && info.who != web::Who::SignedIn {
                continue;
            }
            let answer = hand.get(&info.path.replace("{account}", "1")).await;
            if answer.status != 200 || !answer.text().contains("class=\"frame sided\"") {
                continue;
            }
            let text = answer.text();
            if of_account {
                assert!(text.contains(legal), "{}", info.path);
                within += 1;
            } else {
                assert!(text.contains("href=\"/a/1\""), "{}: {text}", info.path);
                outside += 1;
            }
        }
        assert!(within > 10 && outside > 0, "{within} {outside}");
        assert!(page(&hand, "/").await.contains("href=\"/a/1\""));
    });
}

/// Proves R43 for the page: people who unsubscribe change no score and stand apart from it.
#[test]
fn r43_unsubscribing_stands_apart_from_the_score() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Reader).await;
        sent(&door, MAILING, "May", 1_000).await;
        let contact = door.contact("ada@mail.example").await;
        door.contact("bob@mail.example").await;
        let before = page(&hand, HOME).await;
        has(&before, &["Contacts: 2", "0 people unsubscribed within 30 days, 0.00 %", "Came: 2, left: 0."]);
        let word = store::consents::Word { source: store::consents::Source::Web, ip: None, salt: [1; 16] };
        door.store.unsubscribe(contact, word, door.clock.now()).await.expect("left");
        let after = page(&hand, HOME).await;
        has(&after, &["Contacts: 1", "1 person unsubscribed within 30 days, 50.00 %", &t::churn_note(Language::En)]);
        // What to do follows from the size of the book, too; the figures above it do not.
        let figures = |page: &str| between(panel(page), "<section", "<div class=\"stack").to_owned();
        assert_eq!(figures(&before), figures(&after), "the score is the same, to the letter");
    });
}

/// Mailings under way, and the sending of the last two days by the hour.
#[test]
fn what_is_under_way_stands_there_with_its_figures() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Reader).await;
        let empty = page(&hand, HOME).await;
        has(&empty, &[&t::hours_nothing(Language::En), &t::book_nothing(Language::En)]);
        assert!(!empty.contains("id=\"running\""), "{empty}");
        sent(&door, MAILING, "May & June", 1_234).await;
        let hour = START.seconds() / 3_600;
        door.script(&format!("INSERT INTO account_hour (account_id, hour, shard, accepted, deferred, bounced) VALUES (1, {hour}, 0, 1200, 30, 4), (1, {hour}, 3, 34, 0, 0), (2, {hour}, 0, 9, 9, 9)")).await;
        let seen = page(&hand, HOME).await;
        has(between(&seen, "aria-labelledby=\"running\"", "</section>"), &["May &#38; June", "1,234", "Running"]);
        has(
            between(&seen, "aria-labelledby=\"hours\"", "</section>"),
            &["1,234 mails were accepted, at most 1,234 in one hour.", "1 Jun, 14:00"],
        );
    });
}

/// Proves R67 and R71 for the page of the score: mailings by pages, the way against the limits.
#[test]
fn r67_r71_the_page_of_the_score_lists_every_mailing() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Reader).await;
        for at in 0..53 {
            sent(&door, MAILING + at, &format!("Letter {at}."), 1_000 + at).await;
        }
        let first = page(&hand, "/a/1/score").await;
        has(&first, &["Letter 52.", "Letter 3.", "<svg", "Limit 0.20 %", "Warning from 0.10 %", "Period 1"]);
        assert!(!first.contains("Letter 2."), "{first}");
        let next = between(&first, "rel=\"next\" href=\"", ">").trim_start_matches("rel=\"next\" href=\"");
        let next = next.split('"').next().expect("an address").replace("&#38;", "&");
        let rest = page(&hand, next.split('#').next().expect("a path")).await;
        has(&rest, &["Letter 2.", "Letter 0."]);
        assert!(!rest.contains("Letter 3."), "{rest}");
        let year = page(&hand, "/a/1/score?days=365").await;
        assert!(year.matches("<th scope=\"row\">").count() > 365, "a year, day by day");
        assert_eq!(hand.get("/a/1/score?after=x-y&days=7").await.status, 200, "what makes no sense is passed over");
    });
}

/// Settings keep what was typed, say what is wrong, and change the account for owners alone.
#[test]
fn settings_are_changed_by_owners_and_keep_what_was_typed() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Owner).await;
        let path = "/a/1/settings";
        let bad = hand
            .post(path, &[("name", "visit www.shop.example"), ("language", "en"), ("time_zone", "Mars/North")])
            .await;
        assert_eq!(bad.status, 422);
        has(&bad.text(), &["value=\"visit www.shop.example\"", "aria-invalid", "There is no such time zone."]);
        assert_eq!(door.store.account(one()).await.expect("the account").name, "Gartenfreunde");
        let good = hand.post(path, &[("name", "Gärtner"), ("language", "en"), ("time_zone", "Europe/Zurich")]).await;
        assert_eq!((good.status, good.header("location")), (303, Some("/a/1/settings?said=saved")));
        let account = door.store.account(one()).await.expect("the account");
        assert_eq!(
            (account.name.as_str(), account.language, account.time_zone.as_str()),
            ("Gärtner", Language::En, "Europe/Zurich")
        );
        let seen = page(&hand, path).await;
        has(&seen, &["value=\"Gärtner\"", "<option value=\"Europe/Zurich\" selected>", "garten@shop.example"]);
        let reader = sign_in(&door, Role::Reader).await;
        let seen = page(&reader, path).await;
        has(&seen, &["Gärtner", "Europe/Zurich"]);
        assert!(!seen.contains("name=\"time_zone\""), "{seen}");
    });
}

/// Proves R7 and R23 for the page: the policy is shown and accepted with its attestation, both by a tick,
/// in the version that was read; who did it and when stands there.
#[test]
fn r7_r23_the_policy_is_read_and_accepted_with_its_attestation() {
    run(async {
        let door = Door::open().await;
        door.script("UPDATE account SET policy_version = 0 WHERE id = 1").await;
        let hand = sign_in(&door, Role::Owner).await;
        let (path, accept) = ("/a/1/settings", "/a/1/settings/policy");
        let seen = page(&hand, path).await;
        has(&seen, &[&t::policy_open(Language::En), &t::policy_spam(Language::En), &t::attestation_tick(Language::En)]);
        has(&seen, &[&t::policy_consent(Language::En, 3), &t::policy_score(Language::En, 3)]);
        let version = POLICY_VERSION.to_string();
        for fields in [
            &[("version", version.as_str())][..],
            &[("version", version.as_str()), ("policy", "yes")],
            &[("version", version.as_str()), ("attestation", "yes")],
            &[("version", "99"), ("policy", "yes"), ("attestation", "yes")],
        ] {
            let answer = hand.post(accept, fields).await;
            assert_eq!(answer.status, 422, "{fields:?}");
            assert!(!door.store.account(one()).await.expect("the account").policy_accepted, "{fields:?}");
        }
        let editor = sign_in(&door, Role::Editor).await;
        has(&page(&editor, path).await, &[&t::policy_by_owner(Language::En)]);
        let all = [("version", version.as_str()), ("policy", "yes"), ("attestation", "yes")];
        assert_eq!(editor.post(accept, &all).await.status, 403);
        assert_eq!(hand.post(accept, &all).await.status, 303);
        assert!(door.store.account(one()).await.expect("the account").policy_accepted);
        let seen = page(&hand, path).await;
        has(&seen, &["Version 1, accepted on 1 June 2026", "by Ida (login "]);
        assert!(!seen.contains("name=\"attestation\""), "{seen}");
        assert_eq!(hand.post(accept, &all).await.status, 303, "twice is once");
        assert_eq!(door.count("SELECT COUNT(*) FROM audit WHERE action = 'policy_accepted'").await, 1);
    });
}

/// A token is shown once, works until it is revoked, and stands in the list without its secret.
#[test]
fn a_token_is_shown_once_and_revoked_at_once() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Owner).await;
        let path = "/a/1/tokens";
        has(&page(&hand, path).await, &[&t::tokens_none(Language::En)]);
        assert_eq!(hand.post(path, &[("label", "")]).await.status, 422);
        let made = hand.post(path, &[("label", "Till <1>")]).await;
        assert_eq!(made.status, 200, "{}", made.text());
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let text = made.text();
        let secret = text
            .split("<code>")
            .find(|part| part.starts_with("jw_"))
            .and_then(|part| part.split('<').next())
            .expect("a token")
            .to_owned();
        has(&text, &[&t::token_once(Language::En), "Till &#60;1&#62;"]);
        let asks = async || {
            let bearer = format!("Bearer {secret}");
            door.client
                .request("GET", "/api/v1/me", &[("Authorization", &bearer)], b"")
                .await
                .expect("an answer")
                .status
        };
        assert_eq!(asks().await, 200);
        let seen = page(&hand, path).await;
        assert!(!seen.contains(&secret) && seen.contains("Till &#60;1&#62;"), "{seen}");
        let number = door.count("SELECT id FROM api_token WHERE account_id = 1").await;
        let reader = sign_in(&door, Role::Reader).await;
        assert_eq!(reader.post(&format!("{path}/{number}/revoke"), &[]).await.status, 403);
        assert!(!page(&reader, path).await.contains("/revoke"));
        assert_eq!(
            hand.post(&format!("{path}/{number}/revoke"), &[]).await.header("location"),
            Some("/a/1/tokens?said=revoked")
        );
        assert_eq!(asks().await, 401);
        assert_eq!(hand.post(&format!("{path}/{number}/revoke"), &[]).await.status, 404, "it is revoked already");
        has(&page(&hand, path).await, &[&t::token_revoked(Language::En)]);
        let activity = page(&hand, "/a/1/activity").await;
        has(&activity, &["API token “Till &#60;1&#62;” made", "API token", "revoked", "Ida"]);
    });
}

/// The activity names people and things, in pages, newest first, and nothing of other accounts.
#[test]
fn the_activity_says_who_changed_what() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Editor).await;
        sent(&door, MAILING, "May", 10).await;
        assert_eq!(hand.post("/a/1/newsletters/1001/pause", &[]).await.status, 303);
        let mut text = String::from(
            "INSERT INTO audit (account_id, id, at, actor, action, detail) VALUES (2, 9, 9, 'operator', 'account_created', 'Nachbarn')",
        );
        for at in 0..60 {
            text.push_str(&format!(", (1, {}, 9, 'token 7', 'sender_added', 'a{at}@shop.example')", 100 + at));
        }
        door.script(&text).await;
        let first = page(&hand, "/a/1/activity").await;
        let top = between(&first, "<tbody>", "</tr>");
        has(top, &["“May” paused", "href=\"/a/1/newsletters/1001\"", "Ida"]);
        has(&first, &["Sender a59@shop.example added", "API token 7"]);
        assert!(!first.contains("a0@shop.example") && !first.contains("Nachbarn"), "{first}");
        let rest = page(&hand, "/a/1/activity?after=115").await;
        has(&rest, &["a0@shop.example", "a14@shop.example"]);
        assert!(!rest.contains("a15@shop.example"), "{rest}");
        door.script("INSERT INTO audit (account_id, id, at, actor, action, detail) VALUES (1, 99999999999, 9, 'login 4711', 'something_new', 'x')").await;
        has(&page(&hand, "/a/1/activity").await, &["<code>something_new</code>", &t::actor_elsewhere(Language::En)]);
    });
}
