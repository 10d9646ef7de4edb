//! Questions to DNS and routes of mail, against a server that lies, fails and stays silent.

use std::net::{IpAddr, Ipv4Addr};

use outside::{LookupError, MailHost, Route};
use seals::fake::SeededDice;
use testbench::dns::{Fault, Value, reverse_name};
use testbench::people::Seed;

use super::dns;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn dice() -> SeededDice {
    SeededDice::new(1)
}

fn names(route: Route) -> Vec<String> {
    match route {
        Route::Hosts(hosts) => hosts.into_iter().map(|host| host.name).collect(),
        other => panic!("no hosts: {other:?}"),
    }
}

#[tokio::test]
async fn records_of_all_kinds_are_read() {
    let (dns, resolver) = dns().await;
    let long = "k=".to_owned() + &"a".repeat(600);
    dns.set("t.test", Value::Txt("v=spf1 -all".into()));
    dns.set("t.test", Value::Txt(long.clone()));
    dns.set("alias.test", Value::Cname("t.test".into()));
    dns.set("h.test", Value::A(Ipv4Addr::new(192, 0, 2, 1)));
    dns.set("h.test", Value::Aaaa("2001:db8::1".parse().expect("an address")));
    dns.set(&reverse_name(LOOPBACK), Value::Ptr("never.test".into()));
    let public = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    dns.set(&reverse_name(public), Value::Ptr("H.test".into()));
    for name in ["t.test", "T.TEST.", "alias.test"] {
        let mut found = resolver.txt(name).await.expect("texts");
        found.sort();
        assert_eq!(found, [long.clone(), "v=spf1 -all".to_owned()], "{name}");
    }
    assert_eq!(resolver.cname("alias.test").await, Ok("t.test".into()));
    let both = resolver.addresses("h.test").await.expect("addresses");
    assert_eq!(both, [public, "2001:db8::1".parse().expect("an address")]);
    assert_eq!(resolver.ptr(public).await, Ok(vec!["h.test".into()]));
}

#[tokio::test]
async fn t4_routes_by_mx_with_equal_preference_mixed_and_without_mx_by_address() {
    let (dns, resolver) = dns().await;
    for (preference, host) in [(20, "c.mx.test"), (10, "A.mx.test"), (10, "b.mx.test")] {
        dns.set("many.test", Value::Mx(preference, host.into()));
    }
    dns.address("bare.test", LOOPBACK);
    let dice = dice();
    let mut firsts = std::collections::BTreeSet::new();
    for _ in 0..64 {
        let route = names(resolver.mail_route("many.test", &dice).await.expect("a route"));
        assert_eq!(route.len(), 3);
        assert_eq!(route[2], "c.mx.test");
        firsts.insert(route[0].clone());
    }
    assert_eq!(firsts.into_iter().collect::<Vec<_>>(), ["a.mx.test", "b.mx.test"]);
    let bare = resolver.mail_route("Bare.test", &dice).await;
    let host = MailHost { name: "bare.test".into(), preference: 0, implicit: true };
    assert_eq!(bare, Ok(Route::Hosts(vec![host])));
}

#[tokio::test]
async fn t4_null_mx_absent_and_hostless_domains_are_told_apart() {
    let (dns, resolver) = dns().await;
    dns.set("null.test", Value::Mx(0, ".".into()));
    dns.address("null.test", LOOPBACK);
    dns.set("text.test", Value::Txt("x".into()));
    dns.set("gone-alias.test", Value::Cname("nowhere.test".into()));
    let dice = dice();
    for (domain, route) in [
        ("null.test", Route::NullMx),
        ("absent.test", Route::NoSuchDomain),
        ("text.test", Route::NoMailHost),
        ("gone-alias.test", Route::NoSuchDomain),
        ("x.invalid", Route::NoSuchDomain),
    ] {
        assert_eq!(resolver.mail_route(domain, &dice).await, Ok(route), "{domain}");
    }
    assert_eq!(resolver.mail_route("a..test", &dice).await, Err(LookupError::BadName));
}

/// Proves T4: whatever DNS did not clearly say is temporary.
#[tokio::test]
async fn t4_servfail_timeouts_lame_servers_and_loops_never_look_like_absence() {
    let (dns, resolver) = dns().await;
    dns.mail_domain("fine.test", "mx.fine.test", LOOPBACK);
    dns.set("loop-a.test", Value::Cname("loop-b.test".into()));
    dns.set("loop-b.test", Value::Cname("loop-a.test".into()));
    // So long that hickory gives up on the way, though there is a host at the end.
    dns.address("chain200.test", LOOPBACK);
    for n in 0..200 {
        dns.set(&format!("chain{n}.test"), Value::Cname(format!("chain{}.test", n + 1)));
    }
    let dice = dice();
    for (name, fault) in [
        ("servfail.test", Fault::ServFail),
        ("refused.test", Fault::Refused),
        ("silent.test", Fault::Silent),
        ("lame.test", Fault::Lame),
    ] {
        dns.fail(name, fault);
    }
    for name in ["servfail.test", "refused.test", "silent.test", "lame.test", "loop-a.test", "chain0.test"] {
        let route = resolver.mail_route(name, &dice).await;
        assert!(matches!(route, Err(LookupError::Temporary(_))), "{name}: {route:?}");
    }
    for fault in [Fault::ServFail, Fault::Refused, Fault::Lame] {
        dns.fail("fine.test", fault);
        assert!(resolver.mail_route("fine.test", &dice).await.is_err(), "{fault:?}");
        dns.heal("fine.test");
        let route = resolver.mail_route("fine.test", &dice).await.expect("healed");
        assert_eq!(names(route), ["mx.fine.test"], "{fault:?}");
    }
}

#[tokio::test]
async fn t4_a_name_that_does_not_exist_for_one_type_only_is_a_broken_server() {
    let (dns, resolver) = dns().await;
    let dice = dice();
    dns.address("half.test", LOOPBACK);
    dns.set("text.test", Value::Txt("x".into()));
    dns.mail_domain("mail.test", "mx.mail.test", LOOPBACK);
    for (name, kind) in [("half.test", "MX"), ("mail.test", "MX"), ("text.test", "MX"), ("text.test", "A")] {
        dns.fail_for(name, kind, Fault::NxDomain);
        let route = resolver.mail_route(name, &dice).await;
        assert!(matches!(route, Err(LookupError::Temporary(_))), "{name} {kind}: {route:?}");
        dns.heal(name);
    }
    dns.fail_for("absent.test", "AAAA", Fault::ServFail);
    let route = resolver.mail_route("absent.test", &dice).await;
    assert!(matches!(route, Err(LookupError::Temporary(_))), "{route:?}");
}

/// Proves T4 at random: a domain that has a host is never called absent, whatever part of its
/// DNS fails.
#[tokio::test]
async fn t4_no_mixture_of_faults_makes_a_living_domain_look_absent() {
    let (dns, resolver) = dns().await;
    let dice = dice();
    dns.mail_domain("with.test", "mx.with.test", LOOPBACK);
    dns.address("bare.test", LOOPBACK);
    let faults = [Fault::ServFail, Fault::Refused, Fault::Lame, Fault::Truncated];
    let (mut routed, mut waiting) = (0, 0);
    let mut seed = Seed::new(4);
    for _ in 0..1500 {
        let name = *seed.pick(&["with.test", "bare.test"]);
        for kind in ["MX", "A", "AAAA", "CNAME"] {
            if seed.chance(400) {
                dns.fail_for(name, kind, *seed.pick(&faults));
            }
        }
        match resolver.mail_route(name, &dice).await {
            Ok(Route::Hosts(_)) => routed += 1,
            Err(LookupError::Temporary(_)) => waiting += 1,
            other => panic!("{name}: {other:?}"),
        }
        dns.heal(name);
    }
    assert!(routed > 100 && waiting > 100, "routed {routed}, waiting {waiting}");
}

#[tokio::test]
async fn t4_a_failing_address_question_is_no_proof_that_a_domain_has_no_host() {
    let (dns, resolver) = dns().await;
    dns.set("mx-only-fails.test", Value::Txt("x".into()));
    let dice = dice();
    let route = resolver.mail_route("mx-only-fails.test", &dice).await;
    assert_eq!(route, Ok(Route::NoMailHost));
    dns.fail("mx-only-fails.test", Fault::Silent);
    let route = resolver.mail_route("mx-only-fails.test", &dice).await;
    assert!(matches!(route, Err(LookupError::Temporary(_))), "{route:?}");
}

#[tokio::test]
async fn t4_answers_of_300_records_come_over_tcp_and_are_bounded() {
    let (dns, resolver) = dns().await;
    for n in 0..300u16 {
        dns.set("big.test", Value::Mx(n / 10, format!("host-{n}.big.test")));
        dns.set("big.test", Value::A(Ipv4Addr::new(198, 18, (n >> 8) as u8, n as u8)));
    }
    let dice = dice();
    let route = names(resolver.mail_route("big.test", &dice).await.expect("a route"));
    assert_eq!(route.len(), outside::route::MAX_HOSTS);
    let best: Vec<String> = (0..20).map(|n| format!("host-{n}.big.test")).collect();
    assert!(route.iter().all(|name| best.contains(name)), "{route:?}");
    let addresses = resolver.addresses("big.test").await.expect("addresses");
    assert_eq!(addresses.len(), outside::resolver::MAX_RECORDS);
    dns.fail("cut.test", Fault::Truncated);
    dns.set("cut.test", Value::Txt("over TCP".into()));
    assert_eq!(resolver.txt("cut.test").await, Ok(vec!["over TCP".into()]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_questions_at_once_are_all_answered() {
    let (dns, resolver) = dns().await;
    for n in 0..1000 {
        dns.set(&format!("d{n}.test"), Value::Mx(10, format!("mx{n}.test")));
    }
    let mut all = tokio::task::JoinSet::new();
    for n in 0..1000 {
        let resolver = resolver.clone();
        all.spawn(async move { (n, resolver.mail_route(&format!("d{n}.test"), &dice()).await) });
    }
    while let Some(done) = all.join_next().await {
        let (n, route) = done.expect("no panic");
        assert_eq!(names(route.expect("a route")), [format!("mx{n}.test")]);
    }
}

#[tokio::test]
async fn answers_are_kept_for_their_time_and_forgotten_on_demand() {
    let (dns, resolver) = dns().await;
    dns.set_ttl(600);
    dns.set("kept.test", Value::Txt("one".into()));
    for _ in 0..5 {
        assert_eq!(resolver.txt("kept.test").await, Ok(vec!["one".into()]));
    }
    assert_eq!(dns.asked("kept.test", "TXT"), 1);
    dns.remove("kept.test");
    dns.set("kept.test", Value::Txt("two".into()));
    resolver.forget();
    assert_eq!(resolver.txt("kept.test").await, Ok(vec!["two".into()]));
}

#[tokio::test]
async fn wildcards_answer_below_and_not_beside() {
    let (dns, resolver) = dns().await;
    dns.set("*.wild.test", Value::Txt("any".into()));
    dns.set("own.wild.test", Value::A(Ipv4Addr::LOCALHOST));
    assert_eq!(resolver.txt("a.b.wild.test").await, Ok(vec!["any".into()]));
    assert_eq!(resolver.txt("own.wild.test").await, Err(LookupError::NoData));
    assert_eq!(resolver.txt("wild.test").await, Err(LookupError::NoData));
    assert_eq!(resolver.txt("tame.test").await, Err(LookupError::NoSuchName));
}
