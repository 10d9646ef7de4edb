//! The checks of a customer's records and of the proof on a website, against a DNS server that
//! lies, fails and stays silent.

use outside::records::{as_json, examine, from_json, look_up};
use outside::site_proof::{self, Seen};
use outside::{Fetcher, Resolver};
use policy::dns_records::{Authentication, Found, Need, RecordPurpose, RecordType, State, Wanted, authentication};
use testbench::dns::{Dns, Fault, Value, reverse_name};

use super::{closed_network, dns};

fn record(name: &str, kind: RecordType, value: &str, purpose: RecordPurpose) -> Wanted {
    Wanted {
        name: name.to_owned(),
        kind,
        value: value.to_owned(),
        resolved: value.to_owned(),
        purpose,
        need: Need::Must,
    }
}

/// SPF and DMARC of one domain.
fn some() -> Vec<Wanted> {
    vec![
        record("shop.test", RecordType::Txt, "v=spf1 include:_spf.m.test ~all", RecordPurpose::Spf),
        record("_dmarc.shop.test", RecordType::Txt, "v=DMARC1; p=none", RecordPurpose::Dmarc),
    ]
}

fn publish(dns: &Dns) {
    for wanted in some() {
        dns.set(&wanted.name, Value::Txt(wanted.value));
    }
}

async fn verdict(resolver: &Resolver) -> Authentication {
    let examined = examine(resolver, some()).await;
    authentication(examined.iter().map(|one| (&one.wanted, one.judgement.state)))
}

#[tokio::test]
async fn r62_records_prove_a_domain_and_a_missing_one_does_not() {
    let (dns, resolver) = dns().await;
    assert_eq!(verdict(&resolver).await, Authentication::Failed);
    publish(&dns);
    assert_eq!(verdict(&resolver).await, Authentication::Proven);
    dns.remove("_dmarc.shop.test");
    assert_eq!(verdict(&resolver).await, Authentication::Failed);
}

/// Proves R62: no kind of silence looks like a record that is gone.
#[tokio::test]
async fn r62_no_fault_of_dns_looks_like_a_missing_record() {
    for fault in [Fault::ServFail, Fault::Refused, Fault::Silent, Fault::Lame] {
        let (dns, resolver) = dns().await;
        publish(&dns);
        dns.fail("_dmarc.shop.test", fault);
        assert_eq!(verdict(&resolver).await, Authentication::Unknown, "{fault:?}");
        let examined = examine(&resolver, some()).await;
        assert_eq!(examined[1].judgement.state.as_str(), "unknown", "{fault:?}");
    }
    let (dns, resolver) = dns().await;
    publish(&dns);
    dns.fail("shop.test", Fault::Truncated);
    assert_eq!(verdict(&resolver).await, Authentication::Proven, "TCP brings what UDP cuts off");
    dns.heal("shop.test");
    dns.fail("shop.test", Fault::NxDomain);
    assert_eq!(verdict(&resolver).await, Authentication::Failed);
}

#[tokio::test]
async fn a_name_is_asked_for_once_however_many_records_it_has() {
    let (dns, resolver) = dns().await;
    dns.set("shop.test", Value::Txt("v=spf1 include:_spf.m.test ~all".to_owned()));
    dns.set("shop.test", Value::Txt("spf2.0/pra include:_spf.m.test ~all".to_owned()));
    let wanted = vec![
        record("shop.test", RecordType::Txt, "v=spf1 include:_spf.m.test ~all", RecordPurpose::Spf),
        record("shop.test", RecordType::Txt, "spf2.0/pra include:_spf.m.test ~all", RecordPurpose::SenderId),
    ];
    let examined = examine(&resolver, wanted).await;
    assert!(examined.iter().all(|one| one.judgement.state.as_str() == "good"), "{}", as_json(&examined));
    assert_eq!(dns.asked("shop.test", "TXT"), 1);
}

/// Proves A1: a key may stand behind an alias.
#[tokio::test]
async fn a1_a_key_is_judged_by_the_text_behind_its_alias() {
    let (dns, resolver) = dns().await;
    dns.set("s1._domainkey.shop.test", Value::Cname("s1._domainkey.shop.test.m.test".to_owned()));
    dns.set("s1._domainkey.shop.test.m.test", Value::Txt("k=rsa; p=AAAA".to_owned()));
    let alias = Wanted {
        resolved: "k=rsa; p=AAAA".to_owned(),
        ..record(
            "s1._domainkey.shop.test",
            RecordType::Cname,
            "s1._domainkey.shop.test.m.test",
            RecordPurpose::DomainKeys,
        )
    };
    let judged = examine(&resolver, vec![alias.clone()]).await;
    assert_eq!(judged[0].judgement.state.as_str(), "good", "{}", as_json(&judged));
    dns.remove("s1._domainkey.shop.test.m.test");
    dns.set("s1._domainkey.shop.test.m.test", Value::Txt("k=rsa; p=BBBB".to_owned()));
    assert_eq!(examine(&resolver, vec![alias]).await[0].judgement.state.as_str(), "wrong");
}

#[tokio::test]
async fn every_type_of_record_is_asked_for() {
    let (dns, resolver) = dns().await;
    let (v4, v6) = ("192.0.2.7", "2001:db8::7");
    dns.set("h.test", Value::A(v4.parse().expect("an address")));
    dns.set("h.test", Value::Aaaa(v6.parse().expect("an address")));
    dns.set("h.test", Value::Mx(10, "mx.test".to_owned()));
    dns.set("a.test", Value::Cname("h.test".to_owned()));
    for address in [v4, v6] {
        dns.set(&reverse_name(address.parse().expect("an address")), Value::Ptr("h.test".to_owned()));
    }
    let reverse = |address: &str| reverse_name(address.parse().expect("an address"));
    let cases = [
        ("h.test".to_owned(), RecordType::A, v4),
        ("h.test".to_owned(), RecordType::Aaaa, v6),
        ("h.test".to_owned(), RecordType::Mx, "10 mx.test"),
        ("a.test".to_owned(), RecordType::Cname, "h.test"),
        (reverse(v4), RecordType::Ptr, "h.test"),
        (reverse(v6), RecordType::Ptr, "h.test"),
    ];
    for (name, kind, value) in cases {
        assert_eq!(look_up(&resolver, &name, kind).await, Found::Values(vec![value.to_owned()]), "{name} {kind}");
    }
    assert_eq!(look_up(&resolver, "h.test", RecordType::Txt).await, Found::Nothing);
    assert_eq!(look_up(&resolver, "absent.test", RecordType::Mx).await, Found::Nothing);
    assert!(matches!(look_up(&resolver, "no-address.test", RecordType::Ptr).await, Found::NoAnswer(_)));
}

#[tokio::test]
async fn what_was_found_is_shown_as_json() {
    let (dns, resolver) = dns().await;
    dns.set("shop.test", Value::Txt("v=spf1 \"quoted\" include:_spf.m.test ~all".to_owned()));
    let text = as_json(&examine(&resolver, some()).await);
    let rows: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(rows.as_array().expect("an array").len(), 2);
    assert_eq!(rows[1]["state"], "missing");
    assert_eq!(rows[1]["purpose"], "dmarc");
    assert_eq!(rows[1]["must"], true);
    assert!(rows[1]["advice"].as_str().expect("a text").contains("_dmarc.shop.test"));
    let read = from_json(&text);
    assert!(read[0].is_about(&some()[0]) && !read[0].is_about(&some()[1]));
    assert_eq!((read[1].state, read[0].advice.clone()), (State::Missing, None));
    assert_eq!(read[1].advice.as_ref().map(ToString::to_string).as_deref(), rows[1]["advice"].as_str());
    assert_eq!(from_json("no JSON"), []);
}

/// Proves R62: a check sees what DNS says now, whatever it said before and for how long.
#[tokio::test]
async fn r62_a_check_sees_the_present_and_no_remembered_answer() {
    let (dns, resolver) = dns().await;
    dns.set_ttl(3600);
    assert_eq!(verdict(&resolver).await, Authentication::Failed);
    publish(&dns);
    assert_eq!(verdict(&resolver).await, Authentication::Proven);
    dns.remove("shop.test");
    assert_eq!(verdict(&resolver).await, Authentication::Failed);
}

async fn look(dns: &Dns) -> Seen {
    let settings = closed_network(dns.addr());
    let resolver = Resolver::new(&settings).expect("a resolver");
    site_proof::look(&resolver, &Fetcher::new(&resolver, &settings), "www.shop.test", "word").await.seen()
}

#[tokio::test]
async fn r12_a_text_record_proves_a_website_and_only_the_whole_text() {
    let dns = Dns::start().await.expect("a port");
    assert_eq!(look(&dns).await, Seen::No, "neither record nor website");
    dns.set("www.shop.test", Value::Txt("jawort-site=wor".to_owned()));
    dns.set("www.shop.test", Value::Txt("jawort-site=words".to_owned()));
    dns.set("www.shop.test", Value::Txt("word".to_owned()));
    assert_eq!(look(&dns).await, Seen::No);
    dns.set("www.shop.test", Value::Txt("jawort-site=word".to_owned()));
    assert_eq!(look(&dns).await, Seen::Yes);
}

#[tokio::test]
async fn r12_a_website_that_does_not_answer_is_unknown_and_never_without_proof() {
    let dns = Dns::start().await.expect("a port");
    for fault in [Fault::ServFail, Fault::Refused, Fault::Lame] {
        dns.fail("www.shop.test", fault);
        assert_eq!(look(&dns).await, Seen::Unknown, "{fault:?}");
    }
    dns.heal("www.shop.test");
    dns.fail_for("www.shop.test", "TXT", Fault::ServFail);
    assert_eq!(look(&dns).await, Seen::Unknown, "the file is not there, but the record may be");
    dns.heal("www.shop.test");
    // Nobody listens for HTTPS on this machine: no connection is no word about the proof.
    dns.address("www.shop.test", "127.0.0.9".parse().expect("an address"));
    assert_eq!(look(&dns).await, Seen::Unknown);
    dns.set("www.shop.test", Value::Txt("jawort-site=word".to_owned()));
    assert_eq!(look(&dns).await, Seen::Yes, "the record suffices, whatever the website does");
}
