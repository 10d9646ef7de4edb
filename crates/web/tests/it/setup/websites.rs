//! Websites in pages.

use std::time::Duration;

use policy::WebsiteId;
use policy::role::Role;
use store::websites::Website;
use testbench::dns::{Dns, Fault, Value};
use texts::{Language, invalid, setup as say};

use super::{again, beside, door_with, hides, one, page, shows};
use crate::browser::to;
use crate::door::{Door, run};
use crate::people::{Hand, sign_in};

const EN: Language = Language::En;
const NEW: &str = "/a/1/websites/new";
const PACE: Duration = Duration::from_secs(10);

async fn registered(door: &Door, owner: &Hand<'_>, host: &str) -> (String, Website) {
    let path = to(&owner.post(NEW, &[("host", host)]).await);
    let id = path.rsplit('/').next().and_then(|number| number.parse().ok()).map(WebsiteId::from_raw);
    let site = door.store.website(one(), id.expect("a number")).await.expect("the website");
    (path, site)
}

async fn looked(door: &Door, owner: &Hand<'_>, path: &str) -> String {
    door.clock.forward(PACE);
    assert_eq!(to(&owner.post(&format!("{path}/check"), &[]).await), format!("{path}?said=checked"));
    page(&owner.get(path).await)
}

/// Proves R12: the page shows exactly what to put where, says of each place what was seen there, and the
/// proof makes the website the account's; no answer says nothing against it.
#[test]
fn r12_a_website_is_led_to_its_proof() {
    run(async {
        let dns = Dns::start().await.expect("a DNS server");
        let door = door_with(&dns).await;
        let owner = sign_in(&door, Role::Owner).await;
        let (path, site) = registered(&door, &owner, "WWW.rad.example").await;
        let word = &site.proof_token;
        let fresh = page(&owner.get(&path).await);
        shows(&fresh, &say::website_not_looked(EN));
        shows(&fresh, &format!("jawort-site={word}"));
        shows(&fresh, "https://www.rad.example/.well-known/jawort-site.txt");
        shows(&fresh, &format!("<meta name=\"jawort-site\" content=\"{word}\">"));
        let file = owner.get(&format!("{path}/file")).await;
        assert_eq!((file.text(), file.header("content-type")), (word.clone(), Some("text/plain; charset=utf-8")));
        assert!(file.header("content-disposition").is_some_and(|value| value.contains("jawort-site.txt")));
        for language in [Language::De, EN] {
            owner.speak(language).await;
            let nothing = looked(&door, &owner, &path).await;
            shows(&nothing, &say::website_not_proven_text(language));
            assert_eq!(nothing.matches(&say::place_absent(language)).count(), 3, "{nothing}");
        }
        dns.set("www.rad.example", Value::Txt("jawort-site=old".to_owned()));
        shows(&looked(&door, &owner, &path).await, &say::place_differs(EN));
        dns.fail("www.rad.example", Fault::ServFail);
        let silent = looked(&door, &owner, &path).await;
        assert_eq!(silent.matches(&say::place_silent(EN)).count(), 3, "{silent}");
        dns.heal("www.rad.example");
        dns.set("www.rad.example", Value::Txt(format!("jawort-site={word}")));
        let proven = looked(&door, &owner, &path).await;
        shows(&proven, &say::website_proven_text(EN));
        shows(&proven, &say::website_weekly(EN));
        dns.fail("www.rad.example", Fault::Refused);
        shows(&looked(&door, &owner, &path).await, &say::website_proven_text(EN));
        dns.heal("www.rad.example");
        dns.remove("www.rad.example");
        shows(&looked(&door, &owner, &path).await, &say::website_failing(EN));
        shows(&page(&owner.get("/a/1/websites").await), &say::website_failing(EN));
    });
}

/// ARMOUR D4: a host that is not public shows nothing but an empty place.
#[test]
fn armour_d4_a_host_that_is_not_public_looks_empty() {
    run(async {
        let dns = Dns::start().await.expect("a DNS server");
        let door = door_with(&dns).await;
        let owner = sign_in(&door, Role::Owner).await;
        dns.address("inside.rad.example", "127.0.0.1".parse().expect("an address"));
        let (path, _) = registered(&door, &owner, "inside.rad.example").await;
        let shown = looked(&door, &owner, &path).await;
        assert_eq!(shown.matches(&say::place_absent(EN)).count(), 3, "{shown}");
        hides(&shown, "127.0.0.1");
    });
}

#[test]
fn what_is_no_host_is_refused_and_a_mistyped_one_goes() {
    run(async {
        let dns = Dns::start().await.expect("a DNS server");
        let door = door_with(&dns).await;
        let owner = sign_in(&door, Role::Owner).await;
        for (host, problem) in [
            ("https://www.rad.example/", texts::ui::field_bad_host(EN)),
            ("", texts::ui::field_required(EN)),
            ("www.shop.example", invalid::website_taken(EN)),
        ] {
            assert_eq!(beside(&again(&owner.post(NEW, &[("host", host)]).await), "host"), problem, "{host}");
        }
        let (path, _) = registered(&door, &owner, "www.rda.example").await;
        let asked = || dns.asked("www.rda.example", "TXT");
        for _ in 0..3 {
            assert_eq!(owner.post(&format!("{path}/check"), &[]).await.status, 303);
        }
        assert_eq!(asked(), 1, "once in ten seconds");
        assert_eq!(to(&owner.post(&format!("{path}/remove"), &[]).await), "/a/1/websites?said=removed");
        assert_eq!(owner.get(&path).await.status, 404);
        let used = page(&owner.get("/a/1/websites/7").await);
        assert!(!used.contains("/a/1/websites/7/remove") && used.contains("/a/1/topics/8"));
        shows(&again(&owner.post("/a/1/websites/7/remove", &[]).await), &invalid::website_in_use(EN));
    });
}

#[test]
fn an_account_without_website_is_led_to_one() {
    run(async {
        let door = Door::open().await;
        door.script("DELETE FROM website").await;
        let owner = sign_in(&door, Role::Owner).await;
        for language in [Language::De, EN] {
            owner.speak(language).await;
            shows(&page(&owner.get("/a/1/websites").await), &say::websites_none_title(language));
            shows(&page(&owner.get("/a/1/topics/new").await), &say::topic_no_website_title(language));
        }
    });
}
