//! `dns export` and `dns check` against a real authority, and the independent judge of SPF.

use serde_json::Value;
use testbench::dns::{Dns, Fault, Value as Record};
use testbench::house::House;
use testbench::judges::{Judges, SpfQuestion};

use crate::scratch::{house, plan, run, start};

/// Puts a zone file into the authority.
fn load(dns: &Dns, zone: &str) {
    for line in zone.lines().filter(|line| !line.starts_with('$')) {
        let mut parts = line.splitn(4, '\t');
        let (Some(name), Some("IN"), Some(kind), Some(data)) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            panic!("no line of a zone file: {line}");
        };
        let host = data.trim_end_matches('.').to_owned();
        let record = match kind {
            "TXT" => Record::Txt(data.trim_matches('"').replace("\" \"", "")),
            "A" => Record::A(data.parse().expect("an address")),
            "PTR" => Record::Ptr(host),
            "MX" => Record::Mx(10, host.strip_prefix("10 ").expect("a preference").to_owned()),
            other => panic!("{other} is not expected here"),
        };
        dns.set(name.trim_end_matches('.'), record);
    }
}

fn check(house: &House) -> (Option<i32>, Vec<Value>) {
    let (code, out, err) = run(house, &["dns", "check", "--json"]);
    let findings: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    (code, findings.as_array().expect("an array").clone())
}

fn states(findings: &[Value], state: &str) -> Vec<String> {
    findings.iter().filter(|finding| finding["state"] == state).map(|finding| finding["check"].to_string()).collect()
}

/// Proves R63: what is exported is what is wanted, and what is missing is noticed.
#[test]
fn r63_the_exported_zone_passes_its_own_check() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let dns = runtime.block_on(Dns::start()).expect("an authority");
    let mut plan = plan();
    plan.dns = dns.addr();
    plan.settings.push(("platform.report_address".to_owned(), "\"reports@jawort.example\"".to_owned()));
    // Resolvers answer for loopback addresses themselves.
    plan.settings.push(("platform.sending_addresses".to_owned(), "[\"192.0.2.7\"]".to_owned()));
    let mut house = house(plan);
    start(&mut house);
    let (code, before) = check(&house);
    assert_eq!(code, Some(1));
    assert!(states(&before, "fail").len() > 8, "an empty zone lacks everything");
    let (code, zone, _) = run(&house, &["dns", "export"]);
    assert_eq!(code, Some(0));
    // A name under the wildcard stands for the one that receivers ask.
    load(&dns, &zone);
    let (code, findings) = check(&house);
    assert_eq!((code, states(&findings, "fail")), (Some(0), Vec::<String>::new()), "{findings:#?}");
    assert_eq!(states(&findings, "warn"), Vec::<String>::new(), "{findings:#?}");
    for finding in &findings {
        for field in ["check", "state", "found", "wanted", "advice"] {
            assert!(finding[field].is_string(), "{field}: {finding}");
        }
    }
    dns.fail("jawort.example", Fault::ServFail);
    let (code, silent) = check(&house);
    assert_eq!((code, states(&silent, "fail")), (Some(0), Vec::new()), "silence proves nothing");
    assert!(!states(&silent, "warn").is_empty());
    dns.heal("jawort.example");
    dns.remove("_spf.jawort.example");
    dns.set("_spf.jawort.example", Record::Txt("v=spf1 ip4:192.0.2.1 -all".to_owned()));
    let (code, broken) = check(&house);
    assert_eq!(code, Some(1));
    assert!(states(&broken, "fail").iter().any(|check| check.contains("spf _spf.jawort.example")), "{broken:#?}");
    let (code, told, _) = run(&house, &["doctor"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("fail  dns spf _spf.jawort.example TXT") && told.contains("ok    secrets.key"), "{told}");
}

/// Proves R62 by an independent program: SPF and Sender ID say yes to our addresses and no to
/// others, for return paths, sender addresses and greetings.
#[test]
fn r62_an_independent_judge_reads_the_exported_zone() {
    let judges = match Judges::find() {
        Ok(judges) => judges,
        Err(missing) => return testbench::not_run(missing),
    };
    let mut house = house(plan());
    start(&mut house);
    let (code, lines, _) = run(&house, &["dns", "export", "--form", "lines"]);
    assert_eq!(code, Some(0));
    std::fs::write(house.folder().join("zone.txt"), lines).expect("written");
    let mut questions = Vec::new();
    for (identity, scope) in [
        ("b.x@bounce.jawort.example", "mfrom"),
        ("laden@jawort.example", "mfrom"),
        ("laden@jawort.example", "pra"),
        ("b.x@bounce.jawort.example", "pra"),
        ("mx.jawort.example", "helo"),
    ] {
        for (ip, expected) in [("127.0.0.1", "pass"), ("192.0.2.99", "fail")] {
            questions.push(SpfQuestion { identity, ip, scope, expected });
        }
    }
    judges.ask_spf(house.folder(), &questions).expect("the judge agrees");
}
