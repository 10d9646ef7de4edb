//! Wanted records, judged as they are found.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::Timestamp;

fn domain(text: &str) -> Domain {
    Domain::parse(text).expect("a domain")
}

fn names() -> PlatformNames {
    PlatformNames {
        platform_domain: domain("jawort.example"),
        bounce_domain: domain("b.jawort.example"),
        unsubscribe_domain: domain("b.jawort.example"),
        mail_host: domain("mx.jawort.example"),
        helo_name: domain("out.jawort.example"),
        sending_addresses: vec!["192.0.2.7".parse().expect("v4"), "2001:db8::7".parse().expect("v6")],
        report_address: Some(EmailAddress::parse("reports@jawort.example").expect("an address")),
        domainkeys: true,
        mta_sts: true,
    }
}

fn keys() -> Vec<PublishedKey> {
    let key = |selector: &str, algorithm, record: &str| PublishedKey {
        selector: selector.to_owned(),
        algorithm,
        record: record.to_owned(),
    };
    vec![
        key("r1", KeyAlgorithm::RsaSha256, "v=DKIM1; k=rsa; p=AAAA"),
        key("e1", KeyAlgorithm::Ed25519Sha256, "v=DKIM1; k=ed25519; p=BBBB"),
        key("d1", KeyAlgorithm::DomainKeys, "k=rsa; h=sha1; p=CCCC"),
    ]
}

fn shop() -> Vec<Wanted> {
    wanted(&names(), &domain("shop.example"), &keys())
}

fn of(records: &[Wanted], purpose: RecordPurpose) -> Wanted {
    records.iter().find(|record| record.purpose == purpose).expect("a record of this purpose").clone()
}

fn state(wanted: &Wanted, values: &[&str]) -> State {
    judge(&Found::Values(values.iter().map(|&value| value.to_owned()).collect()), wanted).state
}

#[test]
fn r62_r63_every_method_has_its_record_for_a_sending_domain() {
    let published: Vec<(String, String)> =
        shop().iter().map(|w| (format!("{} {}", w.name, w.kind), w.value.clone())).collect();
    let expected = [
        ("shop.example TXT", "v=spf1 include:_spf.jawort.example ~all"),
        ("shop.example TXT", "spf2.0/pra include:_spf.jawort.example ~all"),
        ("r1._domainkey.shop.example TXT", "v=DKIM1; k=rsa; p=AAAA"),
        ("e1._domainkey.shop.example TXT", "v=DKIM1; k=ed25519; p=BBBB"),
        ("d1._domainkey.shop.example CNAME", "d1._domainkey.shop.example.jawort.example"),
        ("_dmarc.shop.example TXT", "v=DMARC1; p=none"),
    ];
    assert_eq!(published, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let behind = delegated(&names(), &domain("shop.example"), &keys());
    assert_eq!(behind.len(), 1);
    assert_eq!(
        (behind[0].name.as_str(), behind[0].value.as_str()),
        ("d1._domainkey.shop.example.jawort.example", "k=rsa; h=sha1; p=CCCC")
    );
}

/// Proves R63 for the operator's own names, each receiving domain with its records once.
#[test]
fn r63_the_operators_zone_holds_all_necessary_data() {
    let split = PlatformNames { unsubscribe_domain: domain("u.jawort.example"), ..names() };
    let records = platform(&split, &keys());
    let has = |name: &str, kind: RecordType, value: &str| {
        assert!(records.iter().any(|r| r.name == name && r.kind == kind && r.value == value), "{name} {kind} {value}");
    };
    has("_spf.jawort.example", RecordType::Txt, "v=spf1 ip4:192.0.2.7 ip6:2001:db8::7 -all");
    has("_spf.jawort.example", RecordType::Txt, "spf2.0/pra ip4:192.0.2.7 ip6:2001:db8::7 -all");
    for owner in ["jawort.example", "b.jawort.example", "u.jawort.example", "out.jawort.example"] {
        has(owner, RecordType::Txt, "v=spf1 include:_spf.jawort.example -all");
        has(owner, RecordType::Txt, "spf2.0/pra include:_spf.jawort.example -all");
    }
    for owner in ["jawort.example", "b.jawort.example", "u.jawort.example"] {
        has(owner, RecordType::Mx, "10 mx.jawort.example");
        has(&format!("_mta-sts.{owner}"), RecordType::Txt, "v=STSv1; id=1");
        has(&format!("_smtp._tls.{owner}"), RecordType::Txt, "v=TLSRPTv1; rua=mailto:reports@jawort.example");
    }
    has("d1._domainkey.jawort.example", RecordType::Txt, "k=rsa; h=sha1; p=CCCC");
    has("_dmarc.jawort.example", RecordType::Txt, "v=DMARC1; p=quarantine; rua=mailto:reports@jawort.example");
    has("*._report._dmarc.jawort.example", RecordType::Txt, "v=DMARC1");
    has("out.jawort.example", RecordType::A, "192.0.2.7");
    has("7.2.0.192.in-addr.arpa", RecordType::Ptr, "out.jawort.example");
    has(
        "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
        RecordType::Ptr,
        "out.jawort.example",
    );
    let hosts = |names| platform(names, &keys()).iter().filter(|r| r.kind == RecordType::Mx).count();
    assert_eq!((hosts(&split), hosts(&names())), (3, 2));
}

/// Proves D8, D9: both go together.
#[test]
fn domainkeys_and_sender_id_are_retired_together() {
    let retired = PlatformNames { domainkeys: false, ..names() };
    let mut records = platform(&retired, &keys());
    records.extend(wanted(&retired, &domain("shop.example"), &keys()));
    assert!(records.iter().all(|r| !matches!(r.purpose, RecordPurpose::DomainKeys | RecordPurpose::SenderId)));
    assert!(delegated(&retired, &domain("shop.example"), &keys()).is_empty());
}

#[test]
fn an_spf_record_is_judged_by_our_include() {
    let spf = of(&shop(), RecordPurpose::Spf);
    let good = [
        "v=spf1 include:_spf.jawort.example ~all",
        "V=SPF1 a mx +Include:_SPF.jawort.example -ALL",
        "v=spf1 redirect=_spf.jawort.example",
    ];
    for record in good {
        assert_eq!(state(&spf, &["another text", record]), State::Good, "{record}");
    }
    assert_eq!(state(&spf, &["v=spf1 include:_spf.jawort.example ?all"]), State::Weak);
    assert_eq!(state(&spf, &["v=spf1 include:_spf.jawort.example ptr -all"]), State::Weak);
    for record in [
        "v=spf1 -all",
        "v=spf1 include:_spf.jawort.example.evil.test -all",
        "v=spf1 -include:_spf.jawort.example -all",
        "v=spf1 include:_spf.jawort.example +all",
    ] {
        assert_eq!(state(&spf, &[record]), State::Wrong, "{record}");
    }
    assert_eq!(state(&spf, &[good[0], "v=spf1 -all"]), State::Wrong, "two records are none");
    assert_eq!(state(&spf, &["v=spf10 include:_spf.jawort.example -all"]), State::Missing);
    assert_eq!(judge(&Found::Nothing, &spf).state, State::Missing);
}

#[test]
fn a_key_is_judged_by_its_public_half() {
    let rsa = of(&shop(), RecordPurpose::Dkim);
    assert_eq!(state(&rsa, &["p=AA AA ;k=rsa;v=DKIM1"]), State::Good);
    assert_eq!(state(&rsa, &["v=DKIM1; p=AAAA; h=sha1:sha256"]), State::Good);
    assert_eq!(state(&rsa, &["v=DKIM1; p=AAAA; t=y:s"]), State::Weak);
    for record in [
        "v=DKIM1; p=",
        "v=DKIM1; p=AAAB",
        "v=DKIM1; k=ed25519; p=AAAA",
        "v=DKIM1; h=sha1; p=AAAA",
        "v=DKIM1; g=bob; p=AAAA",
    ] {
        assert_eq!(state(&rsa, &[record]), State::Wrong, "{record}");
    }
    assert_eq!(state(&rsa, &["v=DKIM1; p=AAAA", "v=DKIM1; p=BBBB"]), State::Wrong);
    let domainkeys = of(&shop(), RecordPurpose::DomainKeys);
    assert_eq!(domainkeys.question(), RecordType::Txt);
    assert_eq!(state(&domainkeys, &["k=rsa; h=sha1; p=CCCC"]), State::Good);
    assert_eq!(state(&domainkeys, &["p=CCCC"]), State::Good);
    assert_eq!(state(&domainkeys, &["h=sha256; p=CCCC"]), State::Wrong);
}

#[test]
fn sender_id_dmarc_and_mail_hosts_are_judged() {
    let records = [platform(&names(), &keys()), shop()].concat();
    let sender_id = shop().into_iter().find(|r| r.purpose == RecordPurpose::SenderId).expect("Sender ID");
    assert_eq!(state(&sender_id, &["spf2.0/mfrom,pra include:_spf.jawort.example -all", "v=spf1 -all"]), State::Good);
    assert_eq!(state(&sender_id, &["spf2.0/mfrom include:_spf.jawort.example -all"]), State::Weak);
    let dmarc = of(&shop(), RecordPurpose::Dmarc);
    assert_eq!(state(&dmarc, &["v=DMARC1;p=reject"]), State::Good);
    assert_eq!(state(&dmarc, &["v=DMARC1; p = none; rua=mailto:a@b.test"]), State::Good);
    assert_eq!(state(&dmarc, &["v=DMARC1; rua=mailto:a@b.test"]), State::Wrong);
    assert_eq!(state(&dmarc, &["v=DMARC1; p=none", "v=DMARC1; p=none"]), State::Wrong);
    let own = of(&records, RecordPurpose::Dmarc);
    assert_eq!(state(&own, &["v=DMARC1; p=none"]), State::Weak);
    let mx = of(&records, RecordPurpose::MailHost);
    assert_eq!(state(&mx, &["5 MX.jawort.example."]), State::Good);
    assert_eq!(state(&mx, &["5 mx.jawort.example", "10 other.test"]), State::Weak);
    assert_eq!(state(&mx, &["0 ."]), State::Wrong);
    let ptr = of(&records, RecordPurpose::ReverseName);
    assert_eq!(state(&ptr, &["out.jawort.example."]), State::Good);
    assert_eq!(state(&ptr, &["other.test"]), State::Wrong);
    let sts = of(&records, RecordPurpose::MtaSts);
    assert_eq!(state(&sts, &["v=STSv1; id=20261121"]), State::Good);
    assert_eq!(state(&sts, &["v=STSv1"]), State::Weak);
}

#[test]
fn one_unanswered_question_takes_nothing_back() {
    let records = shop();
    let judged =
        |answer: &dyn Fn(&Wanted) -> Found| authentication(records.iter().map(|r| (r, judge(&answer(r), r).state)));
    let published = |r: &Wanted| Found::Values(vec![r.resolved.clone()]);
    assert_eq!(judged(&published), Authentication::Proven);
    let silent = |r: &Wanted| {
        if r.purpose == RecordPurpose::Dkim { Found::NoAnswer("SERVFAIL".to_owned()) } else { published(r) }
    };
    assert_eq!(judged(&silent), Authentication::Unknown);
    let gone = |r: &Wanted| match r.purpose {
        RecordPurpose::Dkim => Found::NoAnswer("SERVFAIL".to_owned()),
        RecordPurpose::DomainKeys => Found::Nothing,
        _ => published(r),
    };
    assert_eq!(judged(&gone), Authentication::Failed);
    let historic = |r: &Wanted| if r.purpose == RecordPurpose::SenderId { Found::Nothing } else { published(r) };
    assert_eq!(judged(&historic), Authentication::Proven, "Sender ID only should be there");
}

fn advised(wanted: &Wanted, values: &[&str]) -> Option<Advice> {
    judge(&Found::Values(values.iter().map(|&value| value.to_owned()).collect()), wanted).advice
}

/// Proves R62: whoever has a policy already gets one record that holds both, for two are none.
#[test]
fn r62_an_owner_with_a_policy_gets_one_that_holds_both() {
    let spf = of(&shop(), RecordPurpose::Spf);
    let joined = |values: &[&str]| {
        let advice = advised(&spf, values).expect("something is to be done");
        let joined = advice.instead().expect("one record").to_owned();
        assert_eq!(state(&spf, &[&joined]), State::Good, "{joined}");
        joined
    };
    let ours = "include:_spf.jawort.example";
    assert_eq!(joined(&["v=spf1 a mx -all"]), format!("v=spf1 a mx {ours} -all"));
    assert_eq!(joined(&["v=spf1 ip4:192.0.2.1 ~all"]), format!("v=spf1 ip4:192.0.2.1 {ours} ~all"));
    assert_eq!(joined(&["v=spf1 include:_spf.jawort.example +all"]), format!("v=spf1 {ours} ~all"));
    assert_eq!(joined(&["v=spf1 -include:_spf.jawort.example a"]), format!("v=spf1 a {ours} ~all"));
    assert_eq!(joined(&["v=spf1 redirect=x.example"]), format!("v=spf1 include:x.example {ours} ~all"));
    let two = ["v=spf1 include:x.example -all", "v=spf1 A include:X.example include:_spf.jawort.example ~all"];
    assert_eq!(joined(&two), format!("v=spf1 include:x.example A {ours} -all"));
    let sender_id = of(&shop(), RecordPurpose::SenderId);
    let advice = advised(&sender_id, &["spf2.0/mfrom,pra a -all"]).expect("something is to be done");
    assert_eq!(advice.instead(), Some("spf2.0/mfrom,pra a include:_spf.jawort.example -all"));
    assert_eq!(advised(&spf, &["v=spf1 include:_spf.jawort.example ~all"]), None);
}

#[test]
fn advice_is_kept_and_said_in_both_languages() {
    let mut all: Vec<Advice> = Vec::new();
    for wanted in [platform(&names(), &keys()), shop()].concat() {
        all.extend(judge(&Found::Nothing, &wanted).advice);
        all.extend(judge(&Found::NoAnswer("SERVFAIL".to_owned()), &wanted).advice);
        let values = [
            "v=spf1 -all",
            "v=spf1 +all",
            "v=spf1 include:_spf.jawort.example ?all",
            "p=",
            "p=AAAA; t=y",
            "k=x; p=AAAA",
            "p=AAAA; h=x",
            "p=AAAA; g=x",
            "v=DMARC1",
            "v=STSv1",
            "v=TLSRPTv1",
            "10 mx.other.example",
        ];
        for value in values {
            all.extend(advised(&wanted, &[value]));
            all.extend(advised(&wanted, &[value, value]));
        }
    }
    for advice in &all {
        let kept = serde_json::to_string(advice).expect("JSON");
        assert_eq!(serde_json::from_str::<Advice>(&kept).expect("read back"), *advice);
        let (german, english) = (advice.say(texts::Language::De), advice.say(texts::Language::En));
        assert!(german != english && !english.is_empty(), "{english}");
        assert_eq!(english, advice.to_string());
    }
    assert!(all.len() > 40, "only {}", all.len());
}

fn at(hours: u64) -> Timestamp {
    Timestamp::from_seconds(1_000_000) + Duration::from_secs(hours * 3600)
}

fn fresh() -> DomainTimes {
    DomainTimes { created_at: at(0), authenticated_at: None, checked_at: None, failing_since: None }
}

/// Proves R62: how a domain stands is said as its owner must know it, and no silence of DNS takes
/// anything back.
#[test]
fn r62_a_domain_is_told_how_far_it_is() {
    let (must, should) = (Need::Must, Need::Should);
    let none = [(must, State::Missing), (must, State::Missing), (should, State::Good)];
    let some = [(must, State::Good), (must, State::Missing)];
    let silent = [(must, State::Good), (must, State::Unknown)];
    let all = [(must, State::Good), (must, State::Weak), (should, State::Weak)];
    assert_eq!(fresh().state(&[], at(0)), DomainState::NotStarted);
    let looked = fresh().after_look(Authentication::Failed, at(1));
    assert_eq!(looked.state(&none, at(1)), DomainState::Pending);
    assert_eq!(looked.state(&some, at(71)), DomainState::Partial);
    assert_eq!(looked.state(&some, at(72)), DomainState::Failed);
    let right = looked.after_look(Authentication::Proven, at(100));
    assert_eq!(right.state(&all, at(100)), DomainState::Verified);
    let unanswered = right.after_look(Authentication::Unknown, at(500));
    assert_eq!(unanswered.state(&silent, at(500)), DomainState::VerifiedUnanswered);
    let gone = unanswered.after_look(Authentication::Failed, at(501));
    assert_eq!(gone.state(&some, at(501)), DomainState::Failing(at(573)));
    assert_eq!(gone.after_look(Authentication::Failed, at(572)).state(&some, at(572)), DomainState::Failing(at(573)));
    let lost = gone.after_look(Authentication::Failed, at(573));
    assert_eq!((lost.authenticated_at, lost.state(&none, at(573))), (None, DomainState::Failed));
    assert_eq!(lost.after_look(Authentication::Proven, at(600)).state(&all, at(600)), DomainState::Verified);
}

#[test]
fn a_domain_is_looked_at_as_often_as_its_owner_waits() {
    let minutes = |times: DomainTimes, now: Timestamp| times.next_look(now).since(now).as_secs() / 60;
    assert_eq!(fresh().next_look(at(0)), at(0), "at once");
    assert_eq!(minutes(fresh().after_look(Authentication::Failed, at(1)), at(1)), 1);
    assert_eq!(minutes(fresh().after_look(Authentication::Failed, at(169)), at(169)), 60, "nobody waits any more");
    let right = fresh().after_look(Authentication::Proven, at(1));
    assert_eq!(minutes(right, at(1)), 60);
    assert_eq!(minutes(right.after_look(Authentication::Failed, at(2)), at(2)), 1);
}

fn walk(start: &str, zone: &BTreeMap<&str, Vec<&str>>) -> SpfReport {
    let mut walk = SpfWalk::new(start);
    while let Some(name) = walk.next_name() {
        let found =
            zone.get(name).map_or(Found::Nothing, |texts| Found::Values(texts.iter().map(|&t| t.to_owned()).collect()));
        walk.answer(&found);
    }
    walk.finish()
}

/// Proves A10: our include costs one question.
#[test]
fn a10_questions_of_an_spf_record_are_counted_through_its_includes() {
    let mut zone = BTreeMap::from([
        ("_spf.jawort.example", vec!["v=spf1 ip4:192.0.2.7 -all"]),
        ("shop.example", vec!["v=spf1 include:_spf.jawort.example ~all"]),
        ("big.example", vec!["v=spf1 a mx include:more.example include:_spf.jawort.example -all"]),
        ("more.example", vec!["v=spf1 a:x.example exists:%{i}.y.example include:%{d}.z.example mx ?all"]),
        ("loop.example", vec!["v=spf1 include:loop.example -all"]),
        ("void.example", vec!["v=spf1 include:no1.example include:no2.example include:no3.example -all"]),
    ]);
    assert_eq!(walk("shop.example", &zone), SpfReport { lookups: 1, void_lookups: 0, problems: vec![] });
    assert_eq!(walk("big.example", &zone).lookups, 8);
    assert_eq!(walk("loop.example", &zone).problems.len(), 1);
    assert_eq!(walk("void.example", &zone).void_lookups, 3);
    zone.insert("more.example", vec!["v=spf1 a a a a a a a a a -all"]);
    let report = walk("big.example", &zone);
    assert!(report.lookups > MAX_LOOKUPS);
    assert!(report.problems.iter().any(|problem| problem.contains("more than 10")));
    zone.insert("one.example", vec!["v=spf1 include:two.example -all"]);
    zone.insert("two.example", vec!["v=spf1 include:one.example -all"]);
    assert!(!walk("one.example", &zone).problems.is_empty(), "a circle ends");
}

/// Proves A6.
#[test]
fn a6_long_texts_are_split_and_quoted_in_the_zone_file() {
    let long = PublishedKey {
        selector: "r1".to_owned(),
        algorithm: KeyAlgorithm::RsaSha256,
        record: format!("v=DKIM1; k=rsa; p={}", "A".repeat(392)),
    };
    let records = wanted(&names(), &domain("shop.example"), &[long]);
    let file = zone_file(&records, 3600);
    let line = file.lines().find(|line| line.starts_with("r1.")).expect("the key's line");
    assert_eq!(line.matches('"').count(), 4);
    assert!(line.starts_with("r1._domainkey.shop.example.\tIN\tTXT\t\"v=DKIM1"));
    let lines = zone_lines(&records);
    assert!(lines.lines().all(|line| line.split('\t').count() == 2));
    assert_eq!(lines.lines().count(), records.len());
}
