//! Newsletters and autoresponders as their owners write, send and watch them, in pages.

use std::time::Duration;

use policy::facts::MailingState;
use policy::role::Role;
use policy::send::{BodyFormat, MailingContent};
use policy::{AccountId, MailingId, TopicId};
use store::mailings::{Mailing, MailingDraft, MailingKind};
use texts::{Language, mailings as say};

use crate::door::{Door, START, run};
use crate::people::sign_in;

const NEWS: &str = "/a/1/newsletters";

fn one() -> AccountId {
    AccountId::from_raw(1)
}

fn draft(body: &str) -> MailingDraft {
    MailingDraft {
        name: "May".to_owned(),
        topic: TopicId::from_raw(8),
        topic_version: None,
        content: MailingContent {
            subject: "Tomatoes".to_owned(),
            preheader: String::new(),
            format: BodyFormat::Html,
            body: body.to_owned(),
            language: Language::De,
            template_version: 1,
        },
        include: Vec::new(),
        exclude: Vec::new(),
        trigger: None,
    }
}

async fn written(door: &Door, body: &str) -> MailingId {
    let kind = MailingKind::Newsletter;
    door.store.create_mailing(one(), kind, draft(body), 96, "Ada", START).await.expect("a draft")
}

async fn now(door: &Door, id: MailingId) -> Mailing {
    door.store.mailing(one(), id).await.expect("the mailing")
}

/// The account's sender may send.
async fn in_order(door: &Door) {
    door.script("INSERT INTO sending_domain (account_id, id, name, platform, authenticated_at, found, created_at) VALUES (1, 6, 'shop.example', FALSE, 1, '[]', 0)").await;
}

/// What a browser reads in a text area: references resolved, the first line break dropped.
fn area(page: &str, name: &str) -> String {
    let start = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name} in {page}"));
    let inside = page[start..].split_once('>').expect("a tag").1.split("</textarea>").next().expect("an end");
    let text = inside.strip_prefix('\n').unwrap_or(inside);
    let text = text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"").replace("&#39;", "'");
    text.replace("&#38;", "&")
}

fn value(page: &str, name: &str) -> String {
    crate::door::hidden(page, name)
}

/// The fields of a newsletter's form, as a browser sends them.
fn fields<'f>(body: &'f str, base: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![
        ("name", "May"),
        ("topic", "8"),
        ("subject", "Tomatoes"),
        ("format", "html"),
        ("body", body),
        ("language", "de"),
        ("base", base),
    ]
}

/// What was typed is what is sent: a text passes through the page and its form as it was, whatever
/// its line breaks, and only what somebody changed changes.
#[test]
fn a_body_passes_through_the_page_byte_for_byte() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Editor).await;
        let bodies = [
            "<p>a</p>\n",
            "\n\n<p>\r\n\tä&amp;\u{2028}\u{a0} 'x' \"y\"</p>\r\n",
            "old\rmac\rlines",
            "\r\n\n\r<textarea>&lt;/textarea&gt; </p>",
            "{{ name | default(\"<b>\") }}\n{% if city == 'Bonn' %}\r\nx{% endif %}",
            "",
            "  leading and trailing  ",
        ];
        for body in bodies {
            let id = written(&door, body).await;
            let edit = format!("{NEWS}/{id}/edit");
            let page = hand.get(&edit).await.text();
            let typed = area(&page, "body").replace("\r\n", "\n").replace('\r', "\n");
            let sent = typed.replace('\n', "\r\n");
            let answer = hand.post(&edit, &fields(&sent, &value(&page, "base"))).await;
            assert_eq!(answer.status, 303, "{body:?}: {}", answer.text());
            let stands = now(&door, id).await;
            assert_eq!((stands.content.body.as_str(), stands.revision), (body, 1), "nothing changed: {body:?}");
            let answer = hand.post(&edit, &fields(&format!("{sent}\r\n<!-- new -->"), "1")).await;
            assert_eq!(answer.status, 303);
            let changed = now(&door, id).await.content.body;
            let new = changed.strip_prefix(body).unwrap_or_else(|| panic!("{body:?} became {changed:?}"));
            assert!(new.trim_start_matches(['\r', '\n']) == "<!-- new -->", "{changed:?}");
        }
    });
}

/// Two tabs: the second one hears 409, sees both texts, and may put its own in place of the other's.
#[test]
fn a_second_tab_sees_both_texts_and_nothing_is_lost() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Editor).await;
        let id = written(&door, "<p>first</p>").await;
        let (edit, auto) = (format!("{NEWS}/{id}/edit"), format!("{NEWS}/{id}/autosave"));
        assert_eq!(hand.post(&edit, &fields("<p>Ada's</p>", "1")).await.status, 303);
        let answer = hand.post(&edit, &fields("<p>Ben's</p>", "1")).await;
        let page = answer.text();
        assert_eq!(answer.status, 409);
        assert_eq!(area(&page, "body"), "<p>Ben's</p>");
        assert!(page.contains("&#60;p&#62;Ada&#39;s&#60;/p&#62;"), "the other's text is there: {page}");
        assert_eq!(now(&door, id).await.content.body, "<p>Ada's</p>");
        assert_eq!(value(&page, "base"), "2");
        assert_eq!(hand.post(&edit, &fields("<p>Ben's</p>", "2")).await.status, 303);
        assert_eq!(now(&door, id).await.content.body, "<p>Ben's</p>");
        let kept = door.store.revisions(one(), id).await.expect("revisions");
        assert_eq!(kept.len(), 4);

        let answer = hand.post(&auto, &fields("<p>typed", "1")).await;
        assert_eq!(
            (answer.status, answer.json()["message"].as_str()),
            (409, Some(say::autosave_beside(Language::En).as_str()))
        );
        let answer = hand.post(&auto, &fields("<p>typed", "4")).await;
        assert_eq!((answer.status, answer.json()["revision"].as_str()), (200, Some("6")), "a faulty draft is kept too");
        let told = answer.json()["ready"].as_str().expect("what is still missing").to_owned();
        assert!(told.contains("class=\"open\"") && !told.contains("<html"), "as it was saved just now: {told}");
        assert_eq!(now(&door, id).await.content.body, "<p>typed");
        let answer = hand.post(&auto, &[("name", ""), ("topic", "8"), ("base", "6")]).await;
        assert_eq!(answer.status, 422);

        let revisions = hand.get(&format!("{NEWS}/{id}/revisions")).await.text();
        assert!(revisions.contains(&format!("{NEWS}/{id}/revisions/2")), "{revisions}");
        let old = hand.get(&format!("{NEWS}/{id}/revisions/2")).await.text();
        assert!(old.contains("Ada&#39;s"), "{old}");
        assert_eq!(hand.post(&format!("{NEWS}/{id}/revisions/2/restore"), &[]).await.status, 303);
        assert_eq!(now(&door, id).await.content.body, "<p>Ada's</p>");
    });
}

/// What is missing is said by the rules' own sentences, each with the page that mends it, and nothing
/// starts before it is mended.
#[test]
fn r45_r62_nothing_starts_while_something_is_missing() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Editor).await;
        let id = written(&door, "<p>{{ nickname }}</div>").await;
        let (send, start) = (format!("{NEWS}/{id}/send"), format!("{NEWS}/{id}/start"));
        for language in Language::ALL {
            hand.speak(language).await;
            let page = hand.get(&send).await.text();
            for wanted in [
                texts::refusals::customer(language, "domain_not_authenticated", None).expect("a sentence"),
                say::check_reach_none(language),
                say::not_ready(language),
            ] {
                let wanted = wanted.replace('\'', "&#39;");
                assert!(page.contains(&wanted), "{wanted}: {page}");
            }
            assert!(
                page.contains("href=\"/a/1/domains\"") && page.contains(&format!("href=\"{NEWS}/{id}/edit\"")),
                "{page}"
            );
            assert!(!page.contains(&format!("href=\"{start}\"")), "no way to the start: {page}");
        }
        assert_eq!(hand.post(&start, &[("revision", "1")]).await.status, 409);
        let answer = hand.post(&format!("{NEWS}/{id}/schedule"), &[("at", "2030-05-04T09:00")]).await;
        assert_eq!(answer.status, 422);
        assert_eq!(
            hand.post(&format!("{NEWS}/{id}/test"), &[("users", &crate::door::user().to_string())]).await.status,
            422
        );
        assert_eq!(now(&door, id).await.state, MailingState::Draft);
        assert_eq!(door.count("SELECT COUNT(*) FROM notice WHERE mailing_id IS NOT NULL").await, 0, "no test mail");
    });
}

/// Proves R71 for the last look: to how many, from whom, about what, and the score; and what is shown
/// is what starts.
#[test]
fn r71_the_last_look_tells_reach_sender_topic_and_score() {
    run(async {
        let door = Door::open().await;
        in_order(&door).await;
        door.contact("ada@mail.example").await;
        let hand = sign_in(&door, Role::Editor).await;
        let id = written(&door, "<p>Hello</p>").await;
        let start = format!("{NEWS}/{id}/start");
        let page = hand.get(&start).await.text();
        for wanted in
            ["garten@shop.example", "Tips for growing &#60;b&#62;vegetables", "Send to one person now", "none yet"]
        {
            assert!(page.contains(wanted), "{wanted}: {page}");
        }
        assert_eq!(value(&page, "revision"), "1");
        // Somebody changes it between the look and the button.
        assert_eq!(hand.post(&format!("{NEWS}/{id}/edit"), &fields("<p>Other</p>", "1")).await.status, 303);
        assert_eq!(hand.post(&start, &[("revision", "1")]).await.status, 409);
        assert_eq!(now(&door, id).await.state, MailingState::Draft);
        let answer = hand.post(&start, &[("revision", "2")]).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some(format!("{NEWS}/{id}/live?said=started").as_str()))
        );
        assert_eq!(now(&door, id).await.state, MailingState::Running);
        assert_eq!(hand.post(&format!("{NEWS}/{id}/pause"), &[]).await.status, 303);
        assert_eq!(now(&door, id).await.state, MailingState::Paused);
        assert_eq!(hand.post(&format!("{NEWS}/{id}/resume"), &[]).await.status, 303);
        assert_eq!(hand.post(&format!("{NEWS}/{id}/abort"), &[]).await.status, 303);
        assert_eq!(now(&door, id).await.state, MailingState::Aborted);
        assert_eq!(hand.post(&format!("{NEWS}/{id}/resume"), &[]).await.status, 409, "what ended stays so");
    });
}

/// A newsletter begins by the clock on the account's wall; a time that this clock skips is told.
#[test]
fn a_time_is_one_of_the_account_s_zone() {
    run(async {
        let door = Door::open().await;
        in_order(&door).await;
        door.contact("ada@mail.example").await;
        let hand = sign_in(&door, Role::Editor).await;
        let id = written(&door, "<p>Hello</p>").await;
        let schedule = format!("{NEWS}/{id}/schedule");
        for (at, problem) in [
            ("2027-03-28T02:30", say::time_skipped(Language::En)),
            ("2020-03-28T02:30", say::time_over(Language::En)),
            ("2027-02-30T02:30", say::time_unreadable(Language::En)),
        ] {
            let answer = hand.post(&schedule, &[("at", at)]).await;
            assert_eq!(answer.status, 422, "{at}");
            assert!(answer.text().contains(&problem), "{at}: {}", answer.text());
        }
        assert_eq!(hand.post(&schedule, &[("at", "2027-07-05T09:00")]).await.status, 303);
        let stands = now(&door, id).await;
        assert_eq!(
            (stands.state, stands.scheduled_at.expect("a time").seconds()),
            (MailingState::Scheduled, 1_814_770_800)
        );
        let page = hand.get(&format!("{NEWS}/{id}/send")).await.text();
        assert!(page.contains("5 July 2027 at 09:00 (Europe/Berlin)") && page.contains("07:00 UTC"), "{page}");
        assert_eq!(hand.get(&format!("{NEWS}/{id}/edit")).await.status, 303, "what is scheduled is not edited");
        assert_eq!(hand.post(&format!("{NEWS}/{id}/unschedule"), &[]).await.status, 303);
        assert_eq!(now(&door, id).await.state, MailingState::Draft);
    });
}

/// Proves R38 for the preview: the block stands under the mail as it will; the mail has no rights; and
/// its links act for nobody.
#[test]
fn r38_a_preview_shows_the_block_and_acts_for_nobody() {
    run(async {
        let door = Door::open().await;
        let person = door.contact("ada@mail.example").await;
        let hand = sign_in(&door, Role::Reader).await;
        let id = written(&door, "<p>Hello {{ firstname | default(\"you\") }}<script>alert(1)</script></p>").await;
        let refused = hand.get(&format!("{NEWS}/{id}/preview")).await;
        assert_eq!(refused.status, 200);
        let wanted =
            texts::content::forbidden_element(Language::En, "script").replace('<', "&#60;").replace('>', "&#62;");
        assert!(refused.text().contains(&wanted), "{}", refused.text());
        assert_eq!(hand.get(&format!("{NEWS}/{id}/preview/frame")).await.status, 404);

        let id = written(&door, "<p>Hello {{ firstname | default(\"you\") }}</p>").await;
        let page = hand.get(&format!("{NEWS}/{id}/preview?contact={person}&as=narrow")).await.text();
        assert!(
            page.contains(&format!("<iframe sandbox=\"\" src=\"{NEWS}/{id}/preview/frame?contact={person}\"")),
            "{page}"
        );
        let framed = hand.get(&format!("{NEWS}/{id}/preview/frame?contact={person}")).await;
        let policy = framed.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; img-src data: https:; style-src 'unsafe-inline'"), "{policy}");
        assert!(
            policy.contains("sandbox")
                && !policy.contains("script-src")
                && framed.header("x-frame-options") == Some("SAMEORIGIN")
        );
        let mail = framed.text();
        assert!(mail.contains("Hello you") && mail.contains("Musterweg 1"), "{mail}");
        let tokens: Vec<&str> = mail.split("https://n.example/u/").skip(1).map(|rest| &rest[..22]).collect();
        assert!(!tokens.is_empty(), "an unsubscribe link stands in the block: {mail}");
        for token in tokens {
            door.client.post_form(&format!("/u/{token}"), &[]).await.expect("an answer");
        }
        assert!(door.is_contact(person).await, "a link of a preview is nobody's");
        assert_eq!(door.count("SELECT COUNT(*) FROM former_contact").await, 0);
        let text = hand.get(&format!("{NEWS}/{id}/preview?as=text")).await.text();
        assert!(text.contains("Hello ‹firstname›") && text.contains("____"), "{text}");
        let unknown = hand.get(&format!("{NEWS}/{id}/preview?contact=nobody@mail.example")).await.text();
        assert!(unknown.contains(&say::preview_unknown(Language::En)), "{unknown}");
    });
}

/// A reader looks and changes nothing.
#[test]
fn d1_a_reader_changes_no_mailing() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Reader).await;
        let id = written(&door, "<p>Hello</p>").await;
        assert_eq!(
            hand.get(&format!("{NEWS}/{id}")).await.header("location"),
            Some(format!("{NEWS}/{id}/preview").as_str())
        );
        for page in ["edit", "send", "start", "revisions"] {
            assert_eq!(hand.get(&format!("{NEWS}/{id}/{page}")).await.status, 403, "{page}");
        }
        for deed in [
            "edit",
            "autosave",
            "copy",
            "remove",
            "test",
            "schedule",
            "unschedule",
            "start",
            "pause",
            "resume",
            "abort",
        ] {
            assert_eq!(hand.post(&format!("{NEWS}/{id}/{deed}"), &fields("x", "1")).await.status, 403, "{deed}");
        }
        assert_eq!((now(&door, id).await.revision, door.count("SELECT COUNT(*) FROM mailing").await), (1, 1));
    });
}

/// A newsletter on its way: 40 people, some of whose mails ended.
async fn on_its_way(door: &Door) -> MailingId {
    let id = written(door, "<p>Hello</p>").await;
    let mut text =
        format!("UPDATE mailing SET state = 2, started_at = 1, audience = 40, expanded = TRUE WHERE id = {id};");
    for at in 0..40 {
        let state = [0, 3, 4, 10, 11][at % 5];
        text.push_str(&format!(
            "INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals, owner_beat, doubt, reason, reply, planned_at, settled_at)
             VALUES ({id}, {at}, 1, {state}, 'a.test', 0, 0, 1, 0, 0, FALSE, 'hard', '550 <script>alert({at})</script>', 0, 1);"
        ));
    }
    text.push_str(&format!(
        "INSERT INTO mailing_count (account_id, mailing_id, state, shard, n) VALUES (1, {id}, 10, 1, 8), (1, {id}, 11, 1, 8);
         INSERT INTO mailing_provider (account_id, mailing_id, provider_group, shard, accepted, deferred, bounced, reply, reply_at)
            VALUES (1, {id}, 'mx.test', 1, 8, 16, 8, '550 <img src=x onerror=alert(1)>', 1);
         INSERT INTO mailing_minute (account_id, mailing_id, minute, shard, accepted, deferred, bounced) VALUES (1, {id}, 29671920, 1, 8, 0, 0);"
    ));
    door.script(&text).await;
    id
}

/// The numbers of the eight states, as a page or an event shows them.
fn states(html: &str) -> Vec<i64> {
    html.split("data-n=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().expect("a number").parse().expect("a number"))
        .collect()
}

/// The live page shows the states, which are the audience, and what receivers said as text.
#[test]
fn the_live_page_adds_up_and_shows_replies_as_text() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Reader).await;
        let id = on_its_way(&door).await;
        let page = hand.get(&format!("{NEWS}/{id}/live")).await.text();
        assert_eq!(states(&page), [8, 0, 8, 8, 8, 8, 0, 0]);
        assert!(page.contains("550 &#60;img src=x onerror=alert(1)&#62;") && !page.contains("<img"), "{page}");
        assert!(page.contains("<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>"), "{page}");
        let results = hand.get(&format!("{NEWS}/{id}/results?state=bounced")).await.text();
        assert!(results.contains("550 &#60;script&#62;alert(4)") && !results.contains("<script>alert"), "{results}");
        assert!(results.contains(&say::reason_hard(Language::En)), "{results}");
    });
}

/// Events come within two seconds of a change, from one reader for all, and end with the session and
/// with the mailing.
#[test]
fn events_follow_the_mailing_and_end_with_the_session() {
    run(async {
        // A page must be ready sooner than this; a stream may last.
        let door = Door::with(|context| context.settings.request_limit = Duration::from_millis(1_500)).await;
        let hand = sign_in(&door, Role::Reader).await;
        let id = on_its_way(&door).await;
        let path = format!("{NEWS}/{id}/live/events");
        let mut first = hand.stream(&path).await;
        let mut second = hand.stream(&path).await;
        assert_eq!(states(&first.event().await), [8, 0, 8, 8, 8, 8, 0, 0]);
        assert_eq!(states(&second.event().await), [8, 0, 8, 8, 8, 8, 0, 0]);
        door.script(&format!("UPDATE mailing_count SET n = 10 WHERE mailing_id = {id} AND state = 10")).await;
        let changed = async {
            loop {
                let seen = states(&first.event().await);
                assert_eq!(seen.iter().sum::<i64>(), 40);
                if seen[0] == 10 {
                    return seen;
                }
            }
        };
        let seen = hand.within(Duration::from_secs(2), changed).await.expect("within two seconds");
        assert_eq!(seen, [10, 0, 6, 8, 8, 8, 0, 0]);
        hand.sign_out().await;
        hand.within(Duration::from_secs(20), first.end()).await.expect("the stream ends with the session");
        drop(second);

        let hand = sign_in(&door, Role::Reader).await;
        let mut third = hand.stream(&path).await;
        third.event().await;
        door.script(&format!("UPDATE mailing SET state = 6, finished_at = 2 WHERE id = {id}; DELETE FROM delivery WHERE mailing_id = {id} AND state IN (3, 4); UPDATE mailing_count SET n = 32 WHERE mailing_id = {id} AND state = 10")).await;
        hand.within(Duration::from_secs(20), third.end()).await.expect("the stream ends with the mailing");
    });
}

/// Watchers never take the places of those who unsubscribe.
#[test]
fn only_so_many_watch_at_once() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Reader).await;
        let id = on_its_way(&door).await;
        let path = format!("{NEWS}/{id}/live/events");
        let mut watching = Vec::new();
        for _ in 0..100 {
            watching.push(hand.stream(&path).await);
        }
        let refused = hand.get(&path).await;
        assert_eq!((refused.status, refused.header("retry-after")), (503, Some("30")));
        assert_eq!(hand.get(&format!("{NEWS}/{id}/live")).await.status, 200, "the page itself is there");
        drop(watching);
    });
}

/// A series is read in its order, whatever the order in which it was written.
#[test]
fn a_series_stands_in_the_order_of_its_delays() {
    run(async {
        let door = Door::open().await;
        let hand = sign_in(&door, Role::Editor).await;
        for (delay, unit, name) in [("3", "days", "third"), ("0", "minutes", "first"), ("2", "hours", "second")] {
            let fields = [
                ("name", name),
                ("topic", "8"),
                ("trigger", "31"),
                ("delay", delay),
                ("unit", unit),
                ("format", "markdown"),
            ];
            let answer = hand.post("/a/1/autoresponders/new", &fields).await;
            assert_eq!(answer.status, 303, "{}", answer.text());
            let edit = answer.header("location").expect("a place").to_owned();
            let mut all = fields.to_vec();
            all.extend([("subject", name), ("body", "Hello"), ("language", "en"), ("base", "1")]);
            assert_eq!(hand.post(&edit, &all).await.status, 303);
        }
        let page = hand.get("/a/1/autoresponders").await.text();
        let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text} in {page}"));
        assert!(place("After the tag tips") < place("at once"));
        assert!(place("at once") < place("after 2 hours") && place("after 2 hours") < place("after 3 days"));
        let late = [
            ("name", "x"),
            ("topic", "8"),
            ("trigger", "31"),
            ("delay", "500"),
            ("unit", "days"),
            ("format", "markdown"),
        ];
        assert_eq!(hand.post("/a/1/autoresponders/new", &late).await.status, 422);
    });
}
