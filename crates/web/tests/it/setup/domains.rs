//! Sending domains in pages, against a DNS server that is late, fails and holds other records.

use std::time::Duration;

use policy::DomainId;
use policy::role::Role;
use seals::Clock as _;
use store::domains::SendingDomain;
use testbench::dns::{Dns, Fault, Value};
use texts::{Language, invalid, setup as say};

use super::{again, beside, door_with, hides, one, page, shows};
use crate::browser::{HOUSE, to};
use crate::door::{Door, run};
use crate::people::{Hand, sign_in};

const EN: Language = Language::En;
/// So often one may ask.
const PACE: Duration = Duration::from_secs(10);

/// Registers a domain; its path.
async fn registered(owner: &Hand<'_>, name: &str) -> String {
    to(&owner.post("/a/1/domains/new", &[("name", name)]).await)
}

async fn domain(door: &Door) -> SendingDomain {
    door.store.domains(one()).await.expect("domains").pop().expect("a domain")
}

/// Name and text of every record that the page asks for.
async fn wanted(door: &Door) -> Vec<(String, String)> {
    let domain = domain(door).await;
    let keys = door.store.published_keys(one(), &domain.name).await.expect("keys");
    let mut records = vec![
        (domain.name.clone(), "v=spf1 include:_spf.mail.example ~all".to_owned()),
        (format!("_dmarc.{}", domain.name), "v=DMARC1; p=none".to_owned()),
    ];
    let key =
        |key: policy::dns_records::PublishedKey| (format!("{}._domainkey.{}", key.selector, domain.name), key.record);
    // Without DomainKeys in this house.
    records.extend(keys.into_iter().map(key).filter(|(name, _)| !name.starts_with("jwd")));
    assert_eq!(records.len(), 4);
    records
}

fn publish(dns: &Dns, records: &[(String, String)]) {
    for (name, text) in records {
        dns.set(name, Value::Txt(text.clone()));
    }
}

/// Looks now; the page afterwards.
async fn looked(door: &Door, hand: &Hand<'_>, path: &str) -> String {
    door.clock.forward(PACE);
    let answer = hand.post(&format!("{path}/check"), &[]).await;
    assert_eq!(to(&answer), format!("{path}?said=checked"));
    page(&hand.get(path).await)
}

/// Proves R62 and D7: the page names every record with what to copy, sees what is published when it looks,
/// and then mail may come from the domain; one that nobody can authenticate is refused with the way out.
#[test]
fn r62_d7_a_domain_is_led_from_its_name_to_its_proof() {
    run(async {
        let dns = Dns::start().await.expect("a DNS server");
        let door = door_with(&dns).await;
        let owner = sign_in(&door, Role::Owner).await;
        for language in [Language::De, EN] {
            owner.speak(language).await;
            let empty = page(&owner.get("/a/1/domains").await);
            shows(&empty, &say::domains_none_title(language));
            for (name, problem) in [
                ("gmx.de", invalid::domain_freemail(language)),
                ("news.mail.example", invalid::platform_domain(language)),
                ("no domain", texts::ui::field_bad_host(language)),
                ("", texts::ui::field_required(language)),
            ] {
                let refused = again(&owner.post("/a/1/domains/new", &[("name", name)]).await);
                assert_eq!(beside(&refused, "name"), problem, "{name}");
                assert!(refused.contains("/a/1/senders/new#platform"));
            }
        }
        let path = registered(&owner, "rad.example").await;
        let taken = again(&owner.post("/a/1/domains/new", &[("name", "RAD.example")]).await);
        assert_eq!(beside(&taken, "name"), invalid::domain_taken(EN));
        let fresh = page(&owner.get(&path).await);
        shows(&fresh, &say::domain_not_started(EN));
        let records = wanted(&door).await;
        for (name, text) in &records {
            shows(&fresh, name);
            shows(&fresh, text);
        }
        shows(&fresh, &say::record_short(EN, "_dmarc", "rad.example"));
        let missing = looked(&door, &owner, &path).await;
        shows(&missing, &say::domain_pending_text(EN));
        shows(&missing, &say::record_missing(EN));
        publish(&dns, &records[..2]);
        shows(&looked(&door, &owner, &path).await, &say::domain_partial_text(EN, 2, 4));
        publish(&dns, &records[2..]);
        let good = looked(&door, &owner, &path).await;
        shows(&good, &say::domain_verified_text(EN));
        hides(&good, &say::record_missing(EN));
        assert!(!good.contains("hx-trigger"), "what is right is not looked at by an open page");
        assert!(domain(&door).await.authenticated_at.is_some());
        shows(&page(&owner.get("/a/1/domains").await), &say::domain_verified(EN));
    });
}

/// Proves R62: what was found is shown beside what is wanted with the difference marked; an owner who has a
/// policy gets one that holds both; a key that was cut is shown as cut.
#[test]
fn r62_differences_between_wanted_and_found_are_shown() {
    run(async {
        let dns = Dns::start().await.expect("a DNS server");
        let door = door_with(&dns).await;
        let owner = sign_in(&door, Role::Owner).await;
        let path = registered(&owner, "rad.example").await;
        let mut records = wanted(&door).await;
        records[0].1 = "v=spf1 include:_spf.other.example -all".to_owned();
        let whole = records[2].1.clone();
        records[2].1 = whole[..whole.len() - 40].to_owned();
        records[1].1 = "v=DMARC1; rua=mailto:<b>@rad.example".to_owned();
        publish(&dns, &records);
        let shown = looked(&door, &owner, &path).await;
        shows(&shown, "v=spf1 include:_spf.other.example include:_spf.mail.example -all");
        hides(&shown, "v=spf1 include:_spf.mail.example ~all");
        assert!(shown.contains("<mark>include:_spf.other.example</mark>"), "{shown}");
        shows(&shown, &say::record_instead(EN));
        shows(&shown, &texts::dns::other_key(EN));
        shows(&shown, &texts::dns::dmarc_policy(EN));
        shows(&shown, "rua=mailto:<b>@rad.example");
        owner.speak(Language::De).await;
        shows(&page(&owner.get(&path).await), &texts::dns::other_key(Language::De));
        dns.remove("rad.example");
        publish(
            &dns,
            &[
                ("rad.example".to_owned(), records[0].1.clone()),
                ("rad.example".to_owned(), "v=spf1 mx ~all".to_owned()),
            ],
        );
        let two = looked(&door, &owner, &path).await;
        shows(&two, "v=spf1 include:_spf.other.example mx include:_spf.mail.example -all");
    });
}

/// Proves R62: silence of DNS takes nothing back; records that are gone have 72 hours, and the page says
/// until when; what never came is told after 72 hours.
#[test]
fn r62_silence_takes_nothing_back_and_a_loss_is_told_with_its_time() {
    run(async {
        let dns = Dns::start().await.expect("a DNS server");
        let door = door_with(&dns).await;
        let owner = sign_in(&door, Role::Owner).await;
        let path = registered(&owner, "rad.example").await;
        let records = wanted(&door).await;
        for (name, _) in &records {
            dns.fail(name, Fault::ServFail);
        }
        shows(&looked(&door, &owner, &path).await, &say::domain_silent_text(EN));
        records.iter().for_each(|(name, _)| dns.heal(name));
        publish(&dns, &records);
        shows(&looked(&door, &owner, &path).await, &say::domain_verified_text(EN));
        dns.fail(&records[2].0, Fault::ServFail);
        dns.fail(&records[3].0, Fault::Silent);
        let silent = looked(&door, &owner, &path).await;
        shows(&silent, &say::domain_unanswered_text(EN));
        shows(&silent, &say::record_unanswered(EN));
        assert!(domain(&door).await.authenticated_at.is_some());
        records.iter().for_each(|(name, _)| dns.heal(name));
        records.iter().for_each(|(name, _)| dns.remove(name));
        shows(&looked(&door, &owner, &path).await, &say::domain_failing(EN));
        let until = domain(&door).await.failing_since.expect("failing") + policy::dns_records::GRACE;
        let minute = policy::zone::Zone::parse("Europe/Berlin").expect("a zone").show(until);
        assert!(page(&owner.get(&path).await).contains(&minute[11..16]), "{minute}");
        door.script("UPDATE sending_domain SET failing_since = failing_since - 260000000").await;
        shows(&looked(&door, &owner, &path).await, &say::domain_failed_text(EN));
        assert!(domain(&door).await.authenticated_at.is_none());
    });
}

/// Nobody makes us ask others more than once in ten seconds: the page shows what the last look found.
#[test]
fn a_domain_is_looked_at_once_in_ten_seconds_whoever_asks() {
    run(async {
        let dns = Dns::start().await.expect("a DNS server");
        let door = door_with(&dns).await;
        let owner = sign_in(&door, Role::Owner).await;
        let editor = sign_in(&door, Role::Editor).await;
        let path = registered(&owner, "rad.example").await;
        let asked = || dns.asked("rad.example", "TXT");
        let check = format!("{path}/check");
        for hand in [&owner, &editor, &owner] {
            assert_eq!(hand.post(&check, &[]).await.status, 303);
        }
        assert_eq!(asked(), 1);
        door.clock.forward(PACE);
        assert_eq!(editor.post(&check, &[]).await.status, 303);
        assert_eq!(asked(), 2);
        let reader = sign_in(&door, Role::Reader).await;
        assert_eq!(reader.post(&check, &[]).await.status, 403);
        let shown = page(&reader.get(&path).await);
        assert!(!shown.contains(&check) && !shown.contains("hx-post"), "a reader is not asked to press");
    });
}

/// A page that looks by itself gets its changed parts; where nothing changed it is told to leave the page as
/// it is, and whose session ended is led to the log-in.
#[test]
fn an_open_page_changes_only_what_changed() {
    run(async {
        let dns = Dns::start().await.expect("a DNS server");
        let door = door_with(&dns).await;
        let (_, login) = door.person(1, "otto@team.example", Role::Owner).await;
        let browser = door.signed_in(login).await;
        let registered = browser.send("/a/1/domains/new", "/a/1/domains/new", &[("name", "rad.example")]).await;
        let path = to(&registered);
        let watch = |page: &str| {
            let values = page.split("hx-vals=\"").nth(1)?.split('"').next()?.replace("&#34;", "\"");
            let values: serde_json::Value = serde_json::from_str(&values).ok()?;
            Some((values["csrf"].as_str()?.to_owned(), values["seen"].as_str()?.to_owned()))
        };
        let by_itself = async |page: &str| {
            door.clock.forward(PACE);
            let (csrf, seen) = watch(page).expect("it looks by itself");
            let kind = ("Content-Type", "application/x-www-form-urlencoded");
            let headers = [kind, ("Origin", HOUSE), ("HX-Request", "true")];
            let body = testbench::http::form(&[("csrf", &csrf), ("seen", &seen)]);
            browser.ask("POST", &format!("{path}/check"), &headers, body.as_bytes()).await
        };
        let fresh = page(&browser.get(&path).await);
        let first = by_itself(&fresh).await;
        assert_eq!((first.status, first.header("hx-reswap")), (200, None), "it was looked at for the first time");
        let same = by_itself(&first.text()).await;
        assert_eq!((same.status, same.header("hx-reswap")), (200, Some("none")));
        shows(&same.text(), &say::domain_pending(EN));
        publish(&dns, &wanted(&door).await);
        let changed = by_itself(&same.text()).await;
        assert_eq!(changed.header("hx-reswap"), None);
        shows(&changed.text(), &say::domain_verified(EN));
        assert!(watch(&changed.text()).is_none(), "it looks no more");
        door.store.end_sessions(login, None, door.clock.now()).await.expect("signed out");
        let out = by_itself(&fresh).await;
        assert_eq!((out.status, out.header("hx-redirect")), (401, Some("/login")));
    });
}

#[test]
fn a_domain_goes_when_no_sender_uses_it() {
    run(async {
        let dns = Dns::start().await.expect("a DNS server");
        let door = door_with(&dns).await;
        let owner = sign_in(&door, Role::Owner).await;
        let path = registered(&owner, "rad.example").await;
        let sender = [("address", "info@rad.example"), ("display_name", "Rad")];
        let sender = to(&owner.post("/a/1/senders/new", &sender).await);
        let used = page(&owner.get(&path).await);
        assert!(used.contains("info@rad.example") && !used.contains(&format!("{path}/remove")));
        shows(&again(&owner.post(&format!("{path}/remove"), &[]).await), &invalid::domain_in_use(EN));
        let sender = sender.split('?').next().expect("a path").to_owned();
        assert_eq!(to(&owner.post(&format!("{sender}/remove"), &[]).await), "/a/1/senders?said=removed");
        assert_eq!(to(&owner.post(&format!("{path}/remove"), &[]).await), "/a/1/domains?said=removed");
        assert_eq!(owner.get(&path).await.status, 404);
        assert!(door.store.domain(one(), DomainId::from_raw(6)).await.is_err());
    });
}
