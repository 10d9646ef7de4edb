//! DKIM, SPF and DMARC of arriving mail, against a DNS server that publishes the keys.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::DkimSigner;
use outside::{AuthVerdict, Authenticator, DmarcPolicy, Resolver};
use testbench::dns::{Dns, Fault, Value};

use super::{closed_network, dns};

const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 25));
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
const MAIL: &str = "From: Ada <ada@good.test>\r\nTo: abuse@us.test\r\nSubject: hello\r\n\
    Date: Mon, 02 Mar 2026 10:00:00 +0000\r\nMessage-ID: <1@good.test>\r\n\r\nText.\r\n";

/// Signs for `domain` and publishes the key.
fn signed(dns: &Dns, domain: &str, mail: &str) -> Vec<u8> {
    let der = Ed25519Key::generate_pkcs8().expect("a key");
    let key = Ed25519Key::from_pkcs8_der(&der).expect("a key");
    let public = STANDARD.encode(key.public_key());
    let name = format!("s1._domainkey.{domain}");
    dns.remove(&name);
    dns.set(&name, Value::Txt(format!("v=DKIM1; k=ed25519; p={public}")));
    let signature = DkimSigner::from_key(key)
        .domain(domain)
        .selector("s1")
        .headers(["From", "To", "Subject", "Date"])
        .sign(mail.as_bytes())
        .expect("a signature");
    format!("{}{mail}", signature.to_header()).into_bytes()
}

fn policy(dns: &Dns, domain: &str, text: &str) {
    dns.set(&format!("_dmarc.{domain}"), Value::Txt(format!("v=DMARC1; {text}")));
}

fn checker(resolver: &Resolver) -> Authenticator {
    Authenticator::new(resolver, "mx.us.test", Duration::from_secs(10))
}

async fn judged(resolver: &Resolver, raw: &[u8], ip: IpAddr, mail_from: &str) -> AuthVerdict {
    checker(resolver).authenticate(raw, "mx.good.test", ip, mail_from).await
}

#[tokio::test]
async fn a15_f11_a_valid_signature_of_the_from_domain_is_proof() {
    let (dns, resolver) = dns().await;
    policy(&dns, "good.test", "p=reject");
    let raw = signed(&dns, "good.test", MAIL);
    let verdict = judged(&resolver, &raw, STRANGER, "bounce@elsewhere.test").await;
    assert_eq!(verdict.dkim_domains_passed, ["good.test"]);
    assert!(verdict.dkim_passed_for("Good.TEST") && verdict.dmarc_aligned);
    assert_eq!(verdict.dmarc_policy, DmarcPolicy::Reject);
    assert_eq!(verdict.from_domain.as_deref(), Some("good.test"));
    assert!(verdict.sender_is_genuine() && !verdict.fails_strict_dmarc() && !verdict.temporary);
}

#[tokio::test]
async fn a15_a_changed_body_or_a_foreign_signature_proves_nothing_about_from() {
    let (dns, resolver) = dns().await;
    policy(&dns, "good.test", "p=quarantine");
    let mut changed = signed(&dns, "good.test", MAIL);
    let end = changed.len() - 3;
    changed[end] = b'!';
    let verdict = judged(&resolver, &changed, STRANGER, "x@elsewhere.test").await;
    assert!(verdict.dkim_domains_passed.is_empty() && verdict.fails_strict_dmarc());
    let foreign = signed(&dns, "evil.test", MAIL);
    let verdict = judged(&resolver, &foreign, STRANGER, "x@evil.test").await;
    assert_eq!(verdict.dkim_domains_passed, ["evil.test"]);
    assert!(!verdict.dmarc_aligned && !verdict.sender_is_genuine());
    assert!(!verdict.dkim_passed_for("good.test"));
}

#[tokio::test]
async fn r8_spf_of_the_from_domain_is_proof_and_of_another_is_not() {
    let (dns, resolver) = dns().await;
    dns.set("good.test", Value::Txt("v=spf1 ip4:192.0.2.25 -all".into()));
    dns.set("other.test", Value::Txt("v=spf1 ip4:192.0.2.25 -all".into()));
    let raw = MAIL.as_bytes();
    let verdict = judged(&resolver, raw, PEER, "ada@good.test").await;
    assert_eq!(verdict.spf_pass_domain.as_deref(), Some("good.test"));
    assert_eq!(verdict.dmarc_policy, DmarcPolicy::Absent);
    assert!(verdict.sender_is_genuine(), "the same domain, without any DMARC record");
    let verdict = judged(&resolver, raw, PEER, "ada@other.test").await;
    assert_eq!(verdict.spf_pass_domain.as_deref(), Some("other.test"));
    assert!(!verdict.sender_is_genuine());
    let verdict = judged(&resolver, raw, STRANGER, "ada@good.test").await;
    assert_eq!(verdict.spf_pass_domain, None);
}

#[tokio::test]
async fn an_empty_mail_from_is_judged_by_the_greeting() {
    let (dns, resolver) = dns().await;
    dns.set("mx.good.test", Value::Txt("v=spf1 ip4:192.0.2.25 -all".into()));
    policy(&dns, "good.test", "p=none");
    let verdict = judged(&resolver, MAIL.as_bytes(), PEER, "").await;
    assert_eq!(verdict.spf_pass_domain.as_deref(), Some("mx.good.test"));
    assert!(verdict.dmarc_aligned, "relaxed alignment covers the host");
    assert_eq!(verdict.dmarc_policy, DmarcPolicy::None);
}

#[tokio::test]
async fn a15_failing_dns_is_temporary_and_never_a_pass() {
    let (dns, resolver) = dns().await;
    policy(&dns, "good.test", "p=reject");
    let raw = signed(&dns, "good.test", MAIL);
    dns.fail("s1._domainkey.good.test", Fault::ServFail);
    let verdict = judged(&resolver, &raw, STRANGER, "x@elsewhere.test").await;
    assert!(verdict.temporary && !verdict.dmarc_aligned, "{verdict:?}");
    assert!(verdict.dkim_domains_passed.is_empty());
}

#[tokio::test]
async fn a_hanging_dns_server_costs_no_more_than_the_limit() {
    let dns = Dns::start().await.expect("a port");
    dns.fail("elsewhere.test", Fault::Silent);
    let resolver = Resolver::new(&closed_network(dns.addr())).expect("a resolver");
    let checker = Authenticator::new(&resolver, "mx.us.test", Duration::from_millis(100));
    let check = checker.authenticate(MAIL.as_bytes(), "h.test", PEER, "x@elsewhere.test");
    let verdict = tokio::time::timeout(Duration::from_secs(3), check).await.expect("in time");
    assert!(verdict.temporary);
}

#[tokio::test]
async fn hostile_mails_are_judged_without_proof_and_without_panic() {
    let (dns, resolver) = dns().await;
    policy(&dns, "good.test", "p=reject");
    let good = String::from_utf8(signed(&dns, "good.test", MAIL)).expect("text");
    let line_end = good.find("From:").expect("a header");
    let signature = &good[..line_end];
    let unsafe_length = good.replacen("v=1;", "v=1; l=0;", 1).replacen("l=0", "l=3", 1);
    let weak = good.replacen("ed25519-sha256", "rsa-sha1", 1);
    let two_from = good.replacen("From: Ada <ada@good.test>", "From: ada@good.test, b@bad.test", 1);
    let many = signature.replacen("b=", "b=AAAA", 1).repeat(500) + MAIL;
    for raw in ["", "\r\n", "no header at all", &unsafe_length, &weak, &two_from, &many] {
        let verdict = judged(&resolver, raw.as_bytes(), STRANGER, "x@elsewhere.test").await;
        assert!(!verdict.sender_is_genuine(), "{raw}");
        assert!(verdict.dkim_domains_passed.is_empty(), "{raw}");
    }
    let asked = dns.asked("s1._domainkey.good.test", "TXT");
    assert!(asked < 40, "a mail with 500 signatures asked {asked} times");
}
