//! Complaints by form, questions to the operator, and mails as pages.

use std::time::Duration;

use policy::ContactId;
use seals::{Clock as _, LinkPurpose};

use crate::door::{Door, HOUR, hidden, run, user};

const MAILING: i64 = 1001;

/// A newsletter that was handed over to a contact.
async fn handed_over(door: &Door, contact: ContactId) {
    let now = door.clock.now().millis();
    door.script(&format!(
        "INSERT INTO sending_domain (account_id, id, name, platform, authenticated_at, found, created_at) VALUES (1, 6, 'shop.example', FALSE, 1, '[]', 0);
         INSERT INTO mailing (account_id, id, kind, name, state, facts_version, topic_id, topic_version, subject, preheader, format, body, language, template_version,
            scheduled_at, cut_at, expanded_to, expanded, audience, delay_minutes, expiry_hours, created_at)
            VALUES (1, {MAILING}, 1, 'Internal name', 2, 1, 8, 1, 'Tomatoes in May', '', 'markdown', 'Plant them **out** now.', 'en', 1, 0, 0, 0, TRUE, 1, 0, 96, 0);
         INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals, owner_beat, doubt, planned_at, settled_at)
            VALUES ({MAILING}, {contact}, 1, 10, 'mail.example', 0, 9, 1, 0, 0, FALSE, 0, {now})"
    ))
    .await;
}

fn complaint(door: &Door, contact: ContactId, purpose: LinkPurpose) -> String {
    format!("/complain/{}", &door.link(contact, purpose)[3..])
}

/// Proves R73, R76, R77, R79 and D4: a complaint by form removes the person at once, counts once for a
/// message, however often it is sent, and has a case; looking at the form changes nothing.
#[test]
fn r76_a_complaint_by_form_removes_at_once_and_counts_once() {
    run(async {
        let door = Door::open().await;
        let contact = door.contact("ada@mail.example").await;
        handed_over(&door, contact).await;
        let path = complaint(&door, contact, LinkPurpose::UnsubscribeBody);
        let form = door.get(&path).await;
        assert!(form.text().contains("Gartenfreunde") && form.text().contains("name=\"reason\""), "{}", form.text());
        let nothing = door.post(&path, &[("words", "no reason ticked")]).await;
        assert_eq!(nothing.status, 422);
        assert!(nothing.text().contains("no reason ticked"), "what was typed comes back");
        assert!(door.is_contact(contact).await, "nothing was done yet");
        let sent = [("reason", "not_asked"), ("words", "I never <b>asked</b>.")];
        let thanks = door.post(&path, &sent).await;
        assert_eq!(thanks.status, 200, "{}", thanks.text());
        assert!(thanks.text().contains("Your complaint has arrived"), "{}", thanks.text());
        assert!(!door.is_contact(contact).await);
        assert_eq!(door.post(&path, &sent).await.status, 200);
        let other = complaint(&door, contact, LinkPurpose::Preferences);
        assert_eq!(door.post(&other, &[("reason", "other")]).await.status, 200);
        assert_eq!(door.count("SELECT CAST(SUM(n) AS BIGINT) FROM complaint_count WHERE mailing_id = 1001").await, 1);
        assert_eq!(door.count("SELECT COUNT(*) FROM complaint WHERE counted").await, 1);
        assert!(door.count("SELECT COUNT(*) FROM abuse_case").await >= 1);
    });
}

/// Whoever complains leaves, also when no mail to him is known; a complaint about a confirmation mail
/// cancels the sign-up and closes the form (R67), one about a test mail ends them (D13).
#[test]
fn r67_a_complaint_means_what_its_mail_was() {
    run(async {
        let door = Door::open().await;
        let contact = door.contact("ada@mail.example").await;
        let reason = [("reason", "not_asked")];
        assert_eq!(door.post(&complaint(&door, contact, LinkPurpose::ViewOnline), &reason).await.status, 200);
        assert!(!door.is_contact(contact).await);
        let tests = complaint(&door, user(), LinkPurpose::TestStopBody);
        assert_eq!(door.post(&tests, &reason).await.status, 200);
        assert_eq!(door.count("SELECT COUNT(*) FROM app_user WHERE tests_stopped_at IS NOT NULL").await, 1);
        let pending = door.pending("eve@mail.example").await;
        assert_eq!(door.count("SELECT COUNT(*) FROM form WHERE open").await, 1);
        assert_eq!(door.post(&complaint(&door, pending, LinkPurpose::NotMeBody), &reason).await.status, 200);
        assert_eq!(door.count("SELECT COUNT(*) FROM signup").await, 0);
        assert_eq!(door.count("SELECT COUNT(*) FROM form WHERE open").await, 0);
        assert_eq!(door.count("SELECT COUNT(*) FROM complaint WHERE counted").await, 0, "no newsletter is meant");
        let proof = complaint(&door, contact, LinkPurpose::ProveAddress);
        assert_eq!(door.post(&proof, &reason).await.status, 404, "a proof of an address is nobody's newsletter");
    });
}

/// Proves R93: a question by form becomes a case that a person answers; nobody is removed on the word
/// of somebody who only typed an address, and nothing is sent to it.
#[test]
fn r93_a_question_becomes_a_case_and_an_address_proves_nothing() {
    run(async {
        let door = Door::open().await;
        let contact = door.contact("ada@mail.example").await;
        let mails = door.count("SELECT COUNT(*) FROM notice WHERE address = 'ada@mail.example'").await;
        let page = door.get("/contact").await.text();
        let stamp = hidden(&page, "stamp");
        door.clock.forward(Duration::from_secs(30));
        let sent = |words: &'static str, trap: &'static str| {
            vec![
                ("stamp", stamp.clone()),
                ("homepage", trap.to_owned()),
                ("about", "question".to_owned()),
                ("email", "ada@mail.example".to_owned()),
                ("sender", "garten@shop.example".to_owned()),
                ("words", words.to_owned()),
            ]
        };
        let post = async |fields: Vec<(&str, String)>| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            door.post("/contact", &fields).await
        };
        assert_eq!(post(sent("", "")).await.status, 422);
        assert_eq!(post(sent("from a program", "http://spam.example")).await.status, 200);
        assert_eq!(door.count("SELECT COUNT(*) FROM abuse_case").await, 0, "programs open no cases");
        let thanks = post(sent("May I send to members of my club?", "")).await;
        assert!(thanks.status == 200 && thanks.text().contains("A person reads it"), "{}", thanks.text());
        assert_eq!(post(sent("May I send to members of my club?", "")).await.status, 200);
        assert_eq!(door.count("SELECT COUNT(*) FROM abuse_case").await, 1, "sent twice, it is one case");
        assert!(door.is_contact(contact).await);
        assert_eq!(door.count("SELECT COUNT(*) FROM notice WHERE address = 'ada@mail.example'").await, mails);
    });
}

/// A contact's mails as pages: only his own, only what was handed over, in a frame without rights, with
/// links of nobody; nothing once he left.
#[test]
fn d12_a_mail_online_stands_in_a_frame_without_rights_and_names_nobody() {
    run(async {
        let door = Door::open().await;
        let contact = door.contact("ada@mail.example").await;
        let list = door.link(contact, LinkPurpose::ViewOnline);
        assert!(door.get(&list).await.text().contains("There is no e-mail to show"));
        handed_over(&door, contact).await;
        let preferences = door.get(&door.link(contact, LinkPurpose::Preferences)).await.text();
        assert!(preferences.contains(&list), "the way to it: {preferences}");
        let page = door.get(&list).await.text();
        let one = format!("{list}/{MAILING}");
        assert!(page.contains(&one) && !page.contains("Internal name"), "{page}");
        let shown = door.get(&one).await.text();
        assert!(shown.contains("Tomatoes in May"), "{shown}");
        assert!(shown.contains(&format!("<iframe sandbox=\"\" src=\"{one}/frame\"")), "{shown}");
        let frame = door.client.get(&format!("{one}/frame")).await.expect("an answer");
        let policy = frame.header("content-security-policy").expect("a policy").to_owned();
        assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
        assert!(frame.text().contains("<strong>out</strong>"), "{}", frame.text());
        for purpose in LinkPurpose::ALL {
            assert!(!frame.text().contains(&door.link(contact, purpose)), "{purpose:?} of the contact");
        }
        let other = door.contact("eve@mail.example").await;
        assert_eq!(door.get(&format!("{}/{MAILING}", door.link(other, LinkPurpose::ViewOnline))).await.status, 404);
        assert_eq!(door.get(&format!("{list}/999")).await.status, 404);
        let wrong = door.link(contact, LinkPurpose::Preferences).replace("/p/", "/v/");
        assert_eq!(door.get(&wrong).await.status, 404);
        door.clock.forward(HOUR);
        door.post(&door.link(contact, LinkPurpose::UnsubscribeBody), &[]).await;
        assert_eq!(door.get(&one).await.status, 404, "who left is shown nothing");
    });
}

/// Every recipients' page names who is responsible, the legal notice and how to complain (R38, C5).
#[test]
fn r38_every_page_of_an_account_names_it_and_how_to_complain() {
    run(async {
        let door = Door::open().await;
        let contact = door.contact("ada@mail.example").await;
        let waiting = door.pending("eve@mail.example").await;
        let mut paths = vec![format!("/f/{}", crate::door::FORM), complaint(&door, contact, LinkPurpose::Preferences)];
        for purpose in [
            LinkPurpose::UnsubscribeHeader,
            LinkPurpose::UnsubscribeBody,
            LinkPurpose::Preferences,
            LinkPurpose::ViewOnline,
        ] {
            paths.push(door.link(contact, purpose));
        }
        paths.extend([LinkPurpose::Confirm, LinkPurpose::NotMeBody].map(|purpose| door.link(waiting, purpose)));
        paths.push(door.link(user(), LinkPurpose::TestStopBody));
        for path in paths {
            let page = door.get(&path).await;
            let text = page.text();
            for wanted in ["Gartenfreunde", "Musterweg 1", "abuse@mail.example", "href=\"/contact\"", "Mail Example"] {
                assert!(text.contains(wanted), "{path} lacks {wanted}: {text}");
            }
        }
    });
}
