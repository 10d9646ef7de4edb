//! When something cannot be done.

use seals::LinkPurpose;

use crate::door::{Door, FORM, run};

/// Proves A5 of the armour: without its memory the door never says that something was done.
#[test]
fn a5_without_its_memory_the_door_says_so() {
    run(async {
        let door = Door::open().await;
        let id = door.contact("ada@mail.example").await;
        door.store.close().await;
        for path in [
            door.link(id, LinkPurpose::UnsubscribeHeader),
            door.link(id, LinkPurpose::Preferences),
            format!("/f/{FORM}"),
        ] {
            let answer = door.post(&path, &[("email", "eve@mail.example")]).await;
            assert_eq!(answer.status, 503, "{path}");
            assert_eq!(answer.header("retry-after"), Some("30"));
            assert!(!answer.text().contains("sqlx") && !answer.text().contains("pool"), "{}", answer.text());
        }
    });
}

#[test]
fn what_does_not_exist_or_cannot_be_read_has_a_page() {
    run(async {
        let door = Door::open().await;
        let id = door.contact("ada@mail.example").await;
        assert_eq!(door.get("/nothing").await.status, 404);
        assert_eq!(door.request("DELETE", "/f/9001", &[], b"").await.status, 405);
        assert_eq!(door.get("/legal/1").await.status, 200);
        assert_eq!(door.get("/legal/2").await.status, 404);
        assert!(door.get("/").await.text().contains("Mail Example"));
        assert!(door.get("/robots.txt").await.text().contains("Disallow: /"));
        let sheet = door.get("/legal/1").await.text();
        let style = sheet.split('"').find(|part| part.starts_with("/static/")).expect("a style").to_owned();
        assert_eq!(door.get(&style).await.header("content-type"), Some("text/css; charset=utf-8"));
        let german = door.request("GET", "/nothing", &[("Accept-Language", "de")], b"").await;
        assert!(german.text().contains("lang=\"de\""));
        let large = vec![b'a'; 70 * 1024];
        let keep = format!("{}/keep", door.link(id, LinkPurpose::UnsubscribeBody));
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        assert_eq!(door.request("POST", &keep, &form, &large).await.status, 413);
        assert_eq!(door.request("POST", &format!("/f/{FORM}"), &form, &large).await.status, 413);
    });
}

/// Behind a proxy the last address of X-Forwarded-For is the visitor's; without one it is nobody's.
#[test]
fn l1_the_visitors_address_is_the_peers_or_the_proxys_word() {
    run(async {
        for (behind_proxy, wanted) in [(false, "127.0.0.1"), (true, "192.0.2.9")] {
            let door = Door::with(|context| context.settings.behind_proxy = behind_proxy).await;
            let id = door.pending("ada@mail.example").await;
            let headers = [("X-Forwarded-For", "198.51.100.1, 192.0.2.9")];
            door.request("POST", &door.link(id, LinkPurpose::Confirm), &headers, b"").await;
            let proof = door.store.consent_proof(id.account(), id).await.expect("a proof");
            let text = store::proofs::printed(&proof, |at| at.millis().to_string());
            assert!(text.contains(&format!("from {wanted}")), "{text}");
        }
    });
}
