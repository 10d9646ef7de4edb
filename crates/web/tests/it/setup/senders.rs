//! Senders in pages.

use std::time::Duration;

use policy::role::Role;
use store::senders::Sender;
use testbench::dns::Dns;
use texts::{Language, invalid, setup as say};

use super::{again, beside, door_with, hides, one, page, proof_link, shows, typed};
use crate::browser::to;
use crate::door::{Door, run};
use crate::people::{Hand, sign_in};

const EN: Language = Language::En;
const NEW: &str = "/a/1/senders/new";
const PLATFORM: &str = "/a/1/senders/new/platform";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn senders(door: &Door) -> Vec<Sender> {
    door.store.senders(one()).await.expect("senders")
}

/// The path of a sender that was just added.
fn added(answer: &testbench::http::Response) -> String {
    to(answer).split('?').next().expect("a path").to_owned()
}

async fn own_domain(door: &Door, authenticated: bool) {
    let at = if authenticated { "1" } else { "NULL" };
    door.script(&format!(
        "INSERT INTO sending_domain (account_id, id, name, platform, authenticated_at, found, created_at)
         VALUES (1, 6, 'shop.example', FALSE, {at}, '[]', 0)"
    ))
    .await;
}

async fn add_own(owner: &Hand<'_>, address: &str, name: &str) -> testbench::http::Response {
    owner.post(NEW, &[("address", address), ("display_name", name)]).await
}

/// Proves R25, R51 and D7: an address that nobody answers, one of a mailbox provider and one at a strange
/// domain are refused with the reason, and the way that works is offered with what was typed.
#[test]
fn r25_r51_d7_what_cannot_be_a_sender_is_refused_with_a_way_out() {
    run(async {
        let door = Door::open().await;
        own_domain(&door, true).await;
        let owner = sign_in(&door, Role::Owner).await;
        for language in [Language::De, EN] {
            owner.speak(language).await;
            let no_reply = again(&add_own(&owner, "no-reply@shop.example", "Garten").await);
            assert_eq!(beside(&no_reply, "own-address"), invalid::sender_no_reply(language));
            assert_eq!(typed(&no_reply, "address"), "no-reply@shop.example");
            let provider = again(&add_own(&owner, "ada.garten@gmx.de", "Garten").await);
            assert_eq!(beside(&provider, "own-address"), invalid::sender_freemail(language));
            assert_eq!(typed(&provider, "forward_to"), "ada.garten@gmx.de", "the other form is filled in");
            assert_eq!(typed(&provider, "platform"), "ada-garten");
            shows(&provider, &say::sender_rather(language));
            let strange = again(&add_own(&owner, "info@rad.example", "Garten").await);
            assert_eq!(beside(&strange, "own-address"), invalid::no_domain(language, "rad.example"));
            assert!(strange.contains("/a/1/domains/new?name=rad.example"), "{strange}");
            let brand = again(&add_own(&owner, "info@shop.example", "www.other.example").await);
            assert_eq!(beside(&brand, "own-display_name"), invalid::name_holds_domain(language));
            let house = [("forward_to", "abuse@mail.example"), ("platform", "hallo"), ("display_name", "Garten")];
            let house = again(&owner.post(PLATFORM, &house).await);
            assert_eq!(beside(&house, "platform-forward_to"), invalid::bad_mailbox(language));
            let nothing = again(&owner.post(PLATFORM, &[]).await);
            assert_eq!(beside(&nothing, "platform-display_name"), texts::ui::field_required(language));
        }
        assert_eq!(senders(&door).await.len(), 1, "nothing was added");
    });
}

/// Proves R49 and R52: the mailbox is proven by the link in a mail, with its time said; the main sender
/// changes by choice alone, and is not removed.
#[test]
fn r49_r52_a_sender_is_proven_chosen_and_removed() {
    run(async {
        let door = Door::open().await;
        own_domain(&door, true).await;
        let owner = sign_in(&door, Role::Owner).await;
        let answer = add_own(&owner, "news@shop.example", "Garten").await;
        assert!(to(&answer).ends_with("?said=sent"));
        let path = added(&answer);
        let waits = page(&owner.get(&path).await);
        shows(&waits, &say::sender_asked(EN));
        assert!(!waits.contains("/choose"), "nobody chooses what is not proven");
        let soon = again(&owner.post(&format!("{path}/proof"), &[]).await);
        shows(&soon, &invalid::proof_limited(EN));
        shows(&again(&owner.post(&format!("{path}/choose"), &[]).await), &invalid::sender_not_proven(EN));
        door.clock.forward(DAY * 4);
        let owner = sign_in(&door, Role::Owner).await;
        shows(&page(&owner.get(&path).await), &say::sender_late(EN));
        assert_eq!(to(&owner.post(&format!("{path}/proof"), &[]).await), format!("{path}?said=sent"));
        assert_eq!(door.client.post_form(&proof_link(&door).await, &[]).await.expect("an answer").status, 200);
        let proven = page(&owner.get(&path).await);
        shows(&proven, &say::sender_proven(EN));
        assert!(proven.contains(&format!("{path}/choose")), "{proven}");
        assert_eq!(to(&owner.post(&format!("{path}/choose"), &[]).await), "/a/1/senders?said=saved");
        assert!(senders(&door).await.iter().any(|one| one.current && one.address.as_str() == "news@shop.example"));
        let list = page(&owner.get("/a/1/senders").await);
        assert!(list.find("news@shop.example") < list.find("garten@shop.example"), "the main one stands first");
        shows(&again(&owner.post(&format!("{path}/remove"), &[]).await), &invalid::sender_in_use(EN));
        assert_eq!(to(&owner.post("/a/1/senders/5/remove", &[]).await), "/a/1/senders?said=removed");
        assert_eq!(owner.get("/a/1/senders/5").await.status, 404);
    });
}

/// Proves D7 and R50: an address of the platform is the account's own, its replies go to the mailbox that is
/// proven; two accounts of one name do not get the same.
#[test]
fn d7_r50_an_address_of_the_platform_leads_to_the_mailbox() {
    run(async {
        let door = Door::open().await;
        let owner = sign_in(&door, Role::Owner).await;
        let wish = [("forward_to", "ada@gmx.de"), ("platform", "Hallo!"), ("display_name", "Garten")];
        let path = added(&owner.post(PLATFORM, &wish).await);
        let shown = page(&owner.get(&path).await);
        shows(&shown, "hallo-gartenfreunde@mail.example");
        shows(&shown, "ada@gmx.de");
        door.client.post_form(&proof_link(&door).await, &[]).await.expect("an answer");
        shows(&page(&owner.get(&path).await), &say::sender_proven(EN));
        let second = added(&owner.post(PLATFORM, &wish).await);
        shows(&page(&owner.get(&second).await), "hallo-gartenfreunde-1@mail.example");
        shows(&page(&owner.get("/a/1/senders").await), &say::sender_goes_to(EN, "ada@gmx.de"));
    });
}

/// Proves R53: an excluded mailbox is no sender, and one whose mail comes back is shown on hold with what to
/// do; nothing is sent to an excluded one.
#[test]
fn r53_excluded_and_bouncing_mailboxes_are_told() {
    run(async {
        let door = Door::open().await;
        let owner = sign_in(&door, Role::Owner).await;
        let key = door.seals.address_key_mail("gone@gmx.de");
        let hex: String = key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let exclude = format!(
            "INSERT INTO suppression (address_key, reason, at, source_account) VALUES (x'{hex}', 'hard', 0, 0)"
        );
        door.script(&exclude).await;
        let wish = [("forward_to", "gone@gmx.de"), ("platform", "hallo"), ("display_name", "Garten")];
        let refused = again(&owner.post(PLATFORM, &wish).await);
        assert_eq!(beside(&refused, "platform-forward_to"), invalid::mailbox_excluded(EN));
        door.script(
            "UPDATE sender SET on_hold_since = 1780315100000, forward_to = 'gone@gmx.de', platform = TRUE WHERE id = 5",
        )
        .await;
        let held = page(&owner.get("/a/1/senders/5").await);
        shows(&held, &say::sender_on_hold(EN));
        assert!(held.contains("gone@gmx.de") && held.contains("/a/1/senders/5/proof"));
        shows(&again(&owner.post("/a/1/senders/5/proof", &[]).await), &invalid::mailbox_excluded(EN));
        shows(&page(&owner.get("/a/1/senders").await), &say::sender_on_hold(EN));
    });
}

#[test]
fn a_display_name_is_changed_and_a_foreign_one_is_refused() {
    run(async {
        let door = Door::open().await;
        own_domain(&door, false).await;
        let owner = sign_in(&door, Role::Owner).await;
        let shown = page(&owner.get("/a/1/senders/5").await);
        shows(&shown, &say::sender_no_dns_text(EN));
        assert!(shown.contains("/a/1/domains/6"), "and where that is mended");
        for (name, problem) in [
            ("No Reply", invalid::name_no_reply(EN)),
            ("shop@other.example", invalid::name_holds_address(EN)),
            ("", texts::ui::field_required(EN)),
        ] {
            let refused = again(&owner.post("/a/1/senders/5/name", &[("display_name", name)]).await);
            assert_eq!(beside(&refused, "display_name"), problem, "{name}");
        }
        let renamed = owner.post("/a/1/senders/5/name", &[("display_name", "Garten & Freunde")]).await;
        assert_eq!(to(&renamed), "/a/1/senders/5?said=saved");
        shows(&page(&owner.get("/a/1/senders/5").await), "Garten & Freunde");
        let reader = sign_in(&door, Role::Reader).await;
        let looked = page(&reader.get("/a/1/senders/5").await);
        assert!(!looked.contains("/a/1/senders/5/"), "a reader is asked for nothing");
        hides(&page(&reader.get("/a/1/senders").await), NEW);
    });
}

/// Without a sender the page says why and where to go.
#[test]
fn an_account_without_sender_is_led_to_one() {
    run(async {
        let dns = Dns::start().await.expect("a DNS server");
        let door = door_with(&dns).await;
        door.script("UPDATE account SET sender_id = NULL; DELETE FROM sender").await;
        let owner = sign_in(&door, Role::Owner).await;
        let empty = page(&owner.get("/a/1/senders").await);
        shows(&empty, &say::senders_none_title(EN));
        assert!(empty.contains(NEW));
        shows(&page(&owner.get(NEW).await), &say::sender_no_domain(EN));
    });
}
