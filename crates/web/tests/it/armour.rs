//! Attacks on the recipients' pages in the figures of ARMOUR: a thousand clients at the one-click
//! URL, forged tokens, and list bombing.

mod bombing;
mod clients;
mod forged;

use seals::{Clock as _, LinkPurpose};

use crate::door::{Door, HOUR, run};

/// ARMOUR B3. Proves D1: scanners open the links of a mail before its receiver says yes, and some
/// receivers say "later" first: until it is settled, and ten minutes more, the page waits for a hand.
#[test]
fn armour_b3_the_page_waits_while_the_receiver_looks_at_the_mail() {
    run(async {
        let door = Door::open().await;
        let id = door.contact("ada@mail.example").await;
        let link = door.link(id, LinkPurpose::UnsubscribeBody);
        let browser = [("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0")];
        let waits = async || {
            let page = door.request("GET", &link, &browser, b"").await.text();
            assert!(page.contains("data-wait=\"yes\"") != page.contains("data-wait=\"no\""), "{page}");
            page.contains("data-wait=\"yes\"")
        };
        assert!(!waits().await);
        let now = door.clock.now().millis();
        door.script(&format!(
            "INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals, owner_beat, doubt, planned_at, settled_at)
             VALUES (1001, {id}, 1, 2, 'mail.example', 0, 9, 1, 0, 0, FALSE, 0, NULL)"
        ))
        .await;
        assert!(waits().await, "the message is on the wire");
        door.script("UPDATE delivery SET state = 3").await;
        assert!(waits().await, "the receiver said later");
        door.script(&format!("UPDATE delivery SET state = 10, settled_at = {now}")).await;
        assert!(waits().await, "it was handed over just now");
        door.clock.forward(HOUR / 6);
        assert!(!waits().await);
    });
}
