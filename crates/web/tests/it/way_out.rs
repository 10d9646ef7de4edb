//! The way out: header, link in the body, undo, choices, "that was not me".

use policy::ContactId;
use seals::{Clock as _, LinkPurpose};

use crate::door::{Door, FORM, HOUR, run, user};

/// Proves R27, R73 (the link), U5, U7, U8, U9 (B7): any POST to the header's URL acts at once.
#[test]
fn r27_u7_u8_u9_any_post_to_the_header_url_unsubscribes_at_once() {
    run(async {
        let door = Door::open().await;
        let multipart =
            b"--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
        type Headers = &'static [(&'static str, &'static str)];
        let bodies: [(Headers, &[u8], &str); 8] = [
            (&[("Content-Type", "application/x-www-form-urlencoded")], b"List-Unsubscribe=One-Click", ""),
            (&[("Content-Type", "multipart/form-data; boundary=x")], multipart, ""),
            (&[], b"", ""),
            (&[("Content-Type", "application/json")], b"{", ""),
            (&[("Content-Type", "nonsense")], &[0xff; 4000], ""),
            (&[("Cookie", "a=b"), ("Origin", "https://webmail.example"), ("Referer", "https://x.example/")], b"x", ""),
            (&[("Content-Type", "text/plain")], b"List-Unsubscribe=One-Click", "/"),
            (&[("Content-Type", "text/plain")], b"List-Unsubscribe=One-Click", "?utm=1"),
        ];
        for (n, (headers, body, tail)) in bodies.into_iter().enumerate() {
            let id = door.contact(&format!("p{n}@mail.example")).await;
            let path = format!("{}{tail}", door.link(id, LinkPurpose::UnsubscribeHeader));
            let answer = door.request("POST", &path, headers, body).await;
            assert_eq!(answer.status, 200, "{n}: {}", answer.text());
            assert!(answer.text().contains("You are unsubscribed"), "{n}");
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
            assert!(!door.is_contact(id).await, "{n}");
        }
    });
}

/// Proves U7 (B7): HTTP/1.0 without any header, and a body that is announced and never sent.
#[test]
fn u7_an_old_or_rude_program_unsubscribes_too() {
    run(async {
        let door = Door::open().await;
        for (n, tail) in
            ["HTTP/1.0\r\n\r\n", "HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\n\r\nList"].into_iter().enumerate()
        {
            let id = door.contact(&format!("p{n}@mail.example")).await;
            let wire = format!("POST {} {tail}", door.link(id, LinkPurpose::UnsubscribeHeader));
            let answer = door.client.raw(wire.as_bytes()).await.expect("an answer");
            assert_eq!(answer.status, 200, "{n}");
            assert!(!door.is_contact(id).await, "{n}");
        }
    });
}

/// Proves U11, U6: repeats and forged tokens change nothing, and forged ones all look the same.
#[test]
fn u6_u11_repeats_are_harmless_and_forged_tokens_meet_one_page() {
    run(async {
        let door = Door::open().await;
        let (id, other) = (door.contact("ada@mail.example").await, door.contact("bob@mail.example").await);
        let path = door.link(other, LinkPurpose::UnsubscribeHeader);
        let mut pages = Vec::new();
        for at in 3..path.len() {
            for letter in ["A", "z"] {
                let mut forged = path.clone();
                if forged[at..].starts_with(letter) {
                    continue;
                }
                forged.replace_range(at..=at, letter);
                let answer = door.post(&forged, &[]).await;
                assert_eq!(answer.status, 404, "{forged}");
                pages.push(answer.body);
            }
        }
        for forged in [
            "/u/x",
            "/u/AAAAAAAAAAAAAAAAAAAAAA",
            "/c/AAAAAAAAAAAAAAAAAAAAAA",
            "/p/AAAAAAAAAAAAAAAAAAAAAA",
            "/e/AAAAAAAAAAAAAAAAAAAAAA",
        ] {
            let answer = door.get(forged).await;
            assert_eq!(answer.status, 404, "{forged}");
            pages.push(answer.body);
        }
        pages.dedup();
        assert_eq!(pages.len(), 1, "one neutral page");
        assert!(door.is_contact(other).await);
        let path = door.link(id, LinkPurpose::UnsubscribeHeader);
        for _ in 0..3 {
            assert_eq!(door.post(&path, &[]).await.status, 200);
        }
        assert_eq!(door.count("SELECT COUNT(*) FROM consent_event WHERE kind = 'withdrawn'").await, 1);
    });
}

/// Proves D3 of the armour: a token serves its own kind of page only.
#[test]
fn u6_a_token_of_another_purpose_is_no_token() {
    run(async {
        let door = Door::open().await;
        let id = door.contact("ada@mail.example").await;
        for purpose in LinkPurpose::ALL {
            let token = door.link(id, purpose)[3..].to_owned();
            for letter in ["u", "c", "p", "e"].into_iter().filter(|letter| !letter.starts_with(purpose.path_letter())) {
                assert_eq!(
                    door.post(&format!("/{letter}/{token}"), &[]).await.status,
                    404,
                    "{purpose:?} at /{letter}/"
                );
            }
        }
        assert!(door.is_contact(id).await);
    });
}

/// Proves D1 (B3): no GET, HEAD, OPTIONS or prefetch of any link changes anything.
#[test]
fn d1_b3_programs_that_fetch_links_change_nothing() {
    run(async {
        let door = Door::open().await;
        let (id, pending) = (door.contact("ada@mail.example").await, door.pending("bob@mail.example").await);
        let mut links: Vec<String> = LinkPurpose::ALL.into_iter().map(|purpose| door.link(id, purpose)).collect();
        links.extend(LinkPurpose::ALL.into_iter().map(|purpose| door.link(pending, purpose)));
        links.extend(LinkPurpose::ALL.into_iter().map(|purpose| door.link(user(), purpose)));
        for link in links {
            for method in ["GET", "HEAD", "OPTIONS"] {
                for headers in [&[][..], &[("Sec-Purpose", "prefetch;prerender")][..], &[("Purpose", "preview")][..]] {
                    door.request(method, &link, headers, b"").await;
                }
            }
        }
        assert!(door.is_contact(id).await);
        assert_eq!(door.count("SELECT COUNT(*) FROM signup").await, 1);
        assert_eq!(door.count("SELECT COUNT(*) FROM app_user WHERE tests_stopped_at IS NULL").await, 1);
        assert_eq!(door.count("SELECT COUNT(*) FROM consent_event").await, 1);
    });
}

/// Proves D1, U10: the page behind the body link submits itself, except soon after a mail and for
/// programs that say so; that behind the header URL has a button and no script.
#[test]
fn d1_u10_the_body_link_submits_itself_unless_scanners_are_expected() {
    run(async {
        let door = Door::open().await;
        let id = door.contact("ada@mail.example").await;
        let link = door.link(id, LinkPurpose::UnsubscribeBody);
        let browser = [("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0")];
        let page = door.request("GET", &link, &browser, b"").await;
        assert!(page.text().contains("data-wait=\"no\"") && page.text().contains("<button>"), "{}", page.text());
        assert!(page.header("content-security-policy").expect("a policy").contains("script-src 'self'"));
        let machine = door.request("GET", &link, &[("User-Agent", "LinkScanner/1.0")], b"").await;
        assert!(machine.text().contains("data-wait=\"yes\""));
        let header = door.request("GET", &door.link(id, LinkPurpose::UnsubscribeHeader), &browser, b"").await;
        assert!(!header.text().contains("<script") && header.text().contains("<button>"));
        let now = door.clock.now().millis();
        door.script(&format!("INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals, owner_beat, doubt, planned_at, settled_at) VALUES (1001, {id}, 1, 10, 'mail.example', 0, 9, 1, 0, 0, FALSE, 0, {now})")).await;
        let fresh = door.request("GET", &link, &browser, b"").await;
        assert!(fresh.text().contains("data-wait=\"yes\""));
        door.clock.forward(HOUR / 6);
        let later = door.request("GET", &link, &browser, b"").await;
        assert!(later.text().contains("data-wait=\"no\""));
        assert!(door.is_contact(id).await);
        assert_eq!(door.post(&link, &[]).await.status, 200);
        assert!(!door.is_contact(id).await);
    });
}

/// Proves D1: in the mode `get` a person's fetch acts; HEAD, prefetch and the header URL do not.
#[test]
fn d1_in_the_mode_get_the_fetch_of_a_person_acts() {
    run(async {
        let door = Door::with(|context| context.policy.unsubscribe.body_link = "get".to_owned()).await;
        let id = door.contact("ada@mail.example").await;
        let link = door.link(id, LinkPurpose::UnsubscribeBody);
        door.request("HEAD", &link, &[], b"").await;
        door.request("GET", &link, &[("Sec-Purpose", "prefetch")], b"").await;
        door.get(&door.link(id, LinkPurpose::UnsubscribeHeader)).await;
        assert!(door.is_contact(id).await);
        assert!(door.get(&link).await.text().contains("You are unsubscribed"));
        assert!(!door.is_contact(id).await);
    });
}

/// Proves R29: links work whatever became of account, form and topic.
#[test]
fn r29_links_work_after_everything_else_is_gone() {
    run(async {
        let door = Door::open().await;
        let id = door.contact("ada@mail.example").await;
        door.script("UPDATE account SET standing = 2, sender_id = NULL, legal_version = 0; DELETE FROM form; DELETE FROM form_version; DELETE FROM topic; DELETE FROM website; DELETE FROM tag").await;
        door.clock.forward(HOUR * 24 * 365 * 3);
        assert_eq!(door.get(&door.link(id, LinkPurpose::UnsubscribeBody)).await.status, 200);
        assert_eq!(door.get(&door.link(id, LinkPurpose::Preferences)).await.status, 200);
        assert_eq!(door.post(&door.link(id, LinkPurpose::UnsubscribeHeader), &[]).await.status, 200);
        assert!(!door.is_contact(id).await);
        let nobody = ContactId::new(id.account(), 999).expect("fits");
        assert_eq!(
            door.post(&door.link(nobody, LinkPurpose::UnsubscribeHeader), &[]).await.status,
            200,
            "an erased person"
        );
    });
}

/// Proves R31, R40, D2: the page offers to undo and to keep some; each is a POST.
#[test]
fn r31_r40_the_page_offers_to_undo_and_to_keep_some() {
    run(async {
        let door = Door::open().await;
        let id = door.contact("ada@mail.example").await;
        let link = door.link(id, LinkPurpose::UnsubscribeBody);
        let page = door.post(&link, &[]).await.text();
        assert!(
            page.contains("Garden tips") && page.contains("Seed offers") && page.contains("Europe/Berlin"),
            "{page}"
        );
        assert_eq!(door.get(&format!("{link}/undo")).await.status, 405);
        assert!(!door.is_contact(id).await);
        assert!(door.post(&format!("{link}/keep"), &[]).await.text().contains("at least one"));
        assert!(!door.is_contact(id).await);
        assert_eq!(door.post(&format!("{link}/keep"), &[("tag", "32"), ("tag", "77")]).await.status, 200);
        assert_eq!(door.count("SELECT COUNT(*) FROM contact_tag WHERE tag_id = 32").await, 1);
        assert_eq!(door.count("SELECT COUNT(*) FROM contact_tag").await, 1);
        door.post(&link, &[]).await;
        assert_eq!(door.post(&format!("{link}/undo"), &[]).await.status, 200);
        assert!(door.is_contact(id).await);
        door.post(&link, &[]).await;
        door.clock.forward(HOUR * 24);
        assert_eq!(door.post(&format!("{link}/undo"), &[]).await.status, 410);
        assert!(!door.is_contact(id).await);
    });
}

/// Proves R38, D2: the preference centre drops tags and ends everything.
#[test]
fn r38_the_preference_centre_drops_tags_and_ends_everything() {
    run(async {
        let door = Door::open().await;
        let id = door.contact("ada@mail.example").await;
        let link = door.link(id, LinkPurpose::Preferences);
        assert_eq!(door.get(&link).await.text().matches(" checked").count(), 2);
        let saved = door.post(&link, &[("tag", "31")]).await;
        assert!(saved.text().contains("Your settings are saved"), "{}", saved.text());
        assert_eq!(door.count("SELECT tag_id FROM contact_tag").await, 31);
        assert!(door.is_contact(id).await);
        assert!(door.post(&format!("{link}/all"), &[]).await.text().contains("You are unsubscribed"));
        assert!(!door.is_contact(id).await);
        assert_eq!(door.get(&door.link(user(), LinkPurpose::TestPreferences)).await.status, 200);
    });
}

/// Proves D13: in a confirmation mail the way out means "that was not me", in a test mail "no more tests".
#[test]
fn d13_the_way_out_of_confirmation_and_test_mails() {
    run(async {
        let door = Door::open().await;
        for (n, purpose) in [LinkPurpose::NotMeHeader, LinkPurpose::NotMeBody].into_iter().enumerate() {
            let id = door.pending(&format!("p{n}@mail.example")).await;
            assert!(door.get(&door.link(id, purpose)).await.text().contains("That was not me"));
            assert_eq!(door.post(&door.link(id, purpose), &[("List-Unsubscribe", "One-Click")]).await.status, 200);
            assert_eq!(door.post(&door.link(id, LinkPurpose::Confirm), &[]).await.status, 410);
        }
        assert_eq!(door.count("SELECT COUNT(*) FROM signup_bar").await, 2);
        let confirmed = door.contact("ada@mail.example").await;
        assert_eq!(door.post(&door.link(confirmed, LinkPurpose::NotMeHeader), &[]).await.status, 200);
        assert!(!door.is_contact(confirmed).await, "the mail's header works after the confirmation too");
        assert_eq!(door.post(&door.link(user(), LinkPurpose::TestStopHeader), &[]).await.status, 200);
        assert_eq!(door.count("SELECT COUNT(*) FROM app_user WHERE tests_stopped_at IS NOT NULL").await, 1);
    });
}

/// Proves U12: a webmailer's script may post.
#[test]
fn u12_a_preflight_is_answered() {
    run(async {
        let door = Door::open().await;
        let id = door.contact("ada@mail.example").await;
        let headers = [("Origin", "https://webmail.example"), ("Access-Control-Request-Method", "POST")];
        let answer = door.request("OPTIONS", &door.link(id, LinkPurpose::UnsubscribeHeader), &headers, b"").await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert!(answer.header("access-control-allow-methods").expect("methods").contains("POST"));
        assert!(answer.header("access-control-allow-credentials").is_none());
        let _ = FORM;
    });
}
