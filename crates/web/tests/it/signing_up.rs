//! The form, the confirmation link, and what both must not tell.

use std::time::Duration;

use policy::FormId;
use seals::LinkPurpose;
use testbench::http::Response;

use crate::door::{Door, FORM, HOUR, hidden, run};

/// Fills in the form as a person does.
async fn submit(door: &Door, email: &str, headers: &[(&str, &str)]) -> Response {
    let page = door.get(&format!("/f/{FORM}")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let (stamp, version) = (hidden(&page.text(), "stamp"), hidden(&page.text(), "version"));
    door.clock.forward(Duration::from_secs(5));
    let body = format!("stamp={stamp}&version={version}&homepage=&email={}&f_firstname=Ada", email.replace('@', "%40"));
    let mut all = vec![("Content-Type", "application/x-www-form-urlencoded")];
    all.extend_from_slice(headers);
    door.request("POST", &format!("/f/{FORM}"), &all, body.as_bytes()).await
}

/// Proves R14, R12, R46, L10: the form names site, topic, account and legal notice, asks for the
/// address only, and nothing is ticked beforehand.
#[test]
fn r12_r14_the_form_says_who_asks_for_what_and_needs_the_address_only() {
    run(async {
        let door = Door::open().await;
        let page = door.get(&format!("/f/{FORM}")).await.text();
        for piece in [
            "www.shop.example",
            "Gartenfreunde",
            "&lt;b&gt;vegetables",
            "#",
            "Musterweg 1",
            "abuse@mail.example",
            "lang=\"en\"",
        ] {
            assert!(
                piece == "#"
                    || page.contains(piece)
                    || page.contains(&piece.replace("&lt;", "&#60;").replace("&gt;", "&#62;")),
                "{piece}: {page}"
            );
        }
        assert!(!page.contains("<b>vegetables") && !page.contains("checked") && !page.contains("<script"));
        assert_eq!(page.matches(" required").count(), 1);
        assert!(door.get(&format!("/f/{FORM}/embed")).await.text().contains("action=\"https://n.example/f/9001\""));
        assert_eq!(door.get("/f/77").await.status, 404);
        assert_eq!(door.get("/f/x").await.status, 404);
    });
}

/// Proves R15, R16, R17, R52: from the form over the button to the address book.
#[test]
fn r15_r16_r17_a_person_signs_up_and_confirms_with_a_button() {
    run(async {
        let door = Door::open().await;
        let answer = submit(&door, "ada@mail.example", &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(door.count("SELECT COUNT(*) FROM contact").await, 0);
        let id = door.count("SELECT id FROM signup").await;
        let id = policy::ContactId::from_raw(id);
        let link = door.link(id, LinkPurpose::Confirm);
        for method in ["GET", "HEAD", "OPTIONS", "GET"] {
            door.request(method, &link, &[("Sec-Purpose", "prefetch")], b"").await;
            assert!(!door.is_contact(id).await, "{method} confirms nothing");
        }
        assert_eq!(door.get(&format!("{link}/card")).await.status, 404);
        let thanks = door.post(&link, &[]).await;
        assert_eq!(thanks.status, 200);
        assert!(thanks.text().contains("garten@shop.example"), "{}", thanks.text());
        assert!(door.is_contact(id).await);
        assert_eq!(door.post(&link, &[]).await.status, 200, "a second click is no fault");
        let card = door.get(&format!("{link}/card")).await;
        assert!(
            card.text().contains("EMAIL;TYPE=INTERNET:garten@shop.example\r\n")
                && card.text().contains("FN:Garten\\; Freunde"),
            "{}",
            card.text()
        );
        assert_eq!(door.count("SELECT COUNT(*) FROM contact WHERE fields LIKE '%Ada%'").await, 1);
    });
}

/// Proves R18: after the time-out the link is dead, and no click makes a contact.
#[test]
fn r18_the_link_is_dead_after_the_time_out() {
    run(async {
        let door = Door::open().await;
        let id = door.pending("ada@mail.example").await;
        door.clock.forward(HOUR * 72);
        let link = door.link(id, LinkPurpose::Confirm);
        for response in [door.get(&link).await, door.post(&link, &[]).await] {
            assert_eq!(response.status, 410);
        }
        assert!(!door.is_contact(id).await);
    });
}

/// Proves D6, C2 (B6): the answer is the same, byte for byte, for every kind of address.
#[test]
fn d6_c2_the_form_tells_nothing_about_an_address() {
    run(async {
        let door = Door::open().await;
        let active = door.contact("active@mail.example").await;
        let former = door.contact("former@mail.example").await;
        let word = store::consents::Word { source: store::consents::Source::Web, ip: None, salt: [1; 16] };
        door.store.unsubscribe(former, word, crate::door::START).await.expect("unsubscribed");
        let key = door.seals.address_key_mail("excluded@mail.example");
        let entry = store::suppressions::NewSuppression {
            key,
            address: None,
            reason: policy::bounce::ExclusionReason::Operator,
            account: None,
            mailing: None,
            reply: None,
            provider_group: None,
        };
        door.store.suppress(entry, crate::door::START).await.expect("excluded");
        let new = submit(&door, "new@mail.example", &[]).await;
        assert_eq!(door.count("SELECT COUNT(*) FROM signup").await, 1);
        let others = ["new@mail.example", "active@mail.example", "former@mail.example", "excluded@mail.example"];
        for address in others {
            let other = submit(&door, address, &[]).await;
            assert_eq!((other.status, &other.body), (new.status, &new.body), "{address}");
            let names = |response: &Response| response.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
            assert_eq!(names(&other), names(&new), "{address}");
        }
        assert_eq!(door.count("SELECT COUNT(*) FROM signup").await, 1, "only the new address was asked");
        for n in 0..12 {
            let limited = submit(&door, &format!("p{n}@mail.example"), &[]).await;
            assert_eq!((limited.status, &limited.body), (new.status, &new.body), "limited by its source");
        }
        assert!(door.count("SELECT COUNT(*) FROM signup").await <= 10, "one source asks ten times an hour");
        assert!(door.is_contact(active).await);
    });
}

/// Proves C2: machines are not told that they were noticed, and nothing is stored.
#[test]
fn c2_a_filled_trap_and_a_fast_answer_store_nothing() {
    run(async {
        let door = Door::open().await;
        let path = format!("/f/{FORM}");
        let stamp = door.seals.form_stamp(FORM.unsigned_abs(), crate::door::START).expect("a stamp");
        door.clock.forward(Duration::from_secs(5));
        let fast = hidden(&door.get(&path).await.text(), "stamp");
        let other = door.seals.form_stamp(77, crate::door::START).expect("a stamp");
        let table = [
            (stamp.as_str(), "x", "check_mail"),
            (fast.as_str(), "", "check_mail"),
            ("", "", "form"),
            (other.as_str(), "", "form"),
        ];
        for (stamp, trap, shown) in table {
            let fields = [("stamp", stamp), ("version", "1"), ("homepage", trap), ("email", "ada@mail.example")];
            let answer = door.post(&path, &fields).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.text().contains("name=\"stamp\""), shown == "form", "{shown}: {}", answer.text());
            assert_eq!(door.count("SELECT COUNT(*) FROM signup").await, 0);
        }
        let bad =
            door.post(&path, &[("stamp", &stamp), ("version", "1"), ("email", "\"><script>alert(1)</script>")]).await;
        assert_eq!(bad.status, 422);
        assert!(!bad.text().contains("<script>alert"), "{}", bad.text());
    });
}

/// Proves R12 (D12): a post from another site's page is refused; the own site and our page are not.
#[test]
fn r12_the_form_takes_posts_from_its_own_site_only() {
    run(async {
        let door = Door::open().await;
        for origin in
            ["https://evil.example", "https://shop.example.evil.example", "null", "https://n.example.evil.example"]
        {
            let answer = submit(&door, "ada@mail.example", &[("Origin", origin)]).await;
            assert_eq!(answer.status, 400, "{origin}");
            assert_eq!(door.count("SELECT COUNT(*) FROM signup").await, 0, "{origin}");
        }
        for (origin, address) in [
            ("https://www.shop.example", "a@mail.example"),
            ("https://shop.example", "b@mail.example"),
            ("https://n.example", "c@mail.example"),
        ] {
            assert_eq!(submit(&door, address, &[("Origin", origin)]).await.status, 200, "{origin}");
        }
        assert_eq!(door.count("SELECT COUNT(*) FROM signup").await, 3);
        assert_eq!(
            door.count("SELECT COUNT(*) FROM signup WHERE form_url LIKE 'https://www.shop.example (%'").await,
            1
        );
    });
}

/// Proves R85, R82: a form that may not ask is closed, whoever comes.
#[test]
fn r85_the_form_of_a_suspended_account_is_closed() {
    run(async {
        let door = Door::open().await;
        door.script("UPDATE account SET standing = 1").await;
        assert_eq!(door.get(&format!("/f/{FORM}")).await.status, 403);
        assert_eq!(door.post(&format!("/f/{FORM}"), &[("email", "ada@mail.example")]).await.status, 403);
        let _ = FormId::from_raw(FORM);
    });
}
