//! Settings: file, environment, and what is refused with which words.

use std::process::Command;

use testbench::house::House;

use crate::scratch::{finish, house, plan, program, run};

/// `config check` with variables of the environment.
fn check(house: &House, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut command = Command::new(program());
    command.args(["config", "check"]).current_dir(house.folder()).envs(variables.iter().copied());
    let (code, _, told) = finish(&mut command);
    (code, told)
}

fn refused(house: &House, variables: &[(&str, &str)], parts: &[&str]) {
    let (code, told) = check(house, variables);
    assert_eq!(code, Some(1), "{variables:?}: {told}");
    for part in parts {
        assert!(told.contains(part), "{variables:?} must say {part:?}: {told}");
    }
}

#[test]
fn the_example_file_names_every_key_and_lacks_only_what_must_be_set() {
    let house = house(plan());
    let (code, example, _) = run(&house, &["config", "example"]);
    assert_eq!(code, Some(0));
    for key in [
        "database",
        "public_url",
        "dns_servers",
        "smtp_port",
        "allow_private_destinations",
        "route",
        "smarthost",
        "timeout_days",
        "body_link",
    ] {
        assert!(example.contains(key), "{key}");
    }
    let required: Vec<&str> = example.lines().filter(|line| line.ends_with(" =")).collect();
    assert_eq!(required, ["public_url =", "domain =", "operator_name =", "operator_address ="]);
    let filled = example
        .replace("public_url =\n", "public_url = \"https://n.example\"\n")
        .replace("\ndomain =\n", "\ndomain = \"jawort.example\"\n")
        .replace("operator_name =\n", "operator_name = \"Betrieb\"\n")
        .replace("operator_address =\n", "operator_address = \"ops@amt.example\"\n");
    let path = house.folder().join("filled.toml");
    std::fs::write(&path, &filled).expect("written");
    let (code, _, told) = run(&house, &["config", "check", "--config", "filled.toml"]);
    assert_eq!(code, Some(0), "{told}");
    // Every default, taken at its word, is allowed.
    let uncommented: String = filled
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line).to_owned() + "\n")
        .collect();
    std::fs::write(&path, uncommented).expect("written");
    let (code, _, told) = run(&house, &["config", "check", "--config", "filled.toml"]);
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn wrong_and_unknown_keys_stop_the_start_and_say_what_is_allowed() {
    let house = house(plan());
    assert_eq!(check(&house, &[]).0, Some(0));
    refused(&house, &[("JAWORT_SIGNUP__TIMEOUT_DAYS", "30")], &["signup.timeout_days", "from 1 to 7"]);
    refused(&house, &[("JAWORT_SIGNUP__TIMEOUT_DAY", "3")], &["no such setting", "signup.timeout_days"]);
    refused(&house, &[("JAWORT_DELIVERY__ROUTE", "pigeon")], &["delivery.route", "\"mx\"", "\"smarthost\""]);
    refused(&house, &[("JAWORT_DELIVERY__ROUTE", "smarthost")], &["delivery.smarthost", "HOST:PORT"]);
    refused(&house, &[("JAWORT_DATABASE", "mysql://x")], &["database", "sqlite:PATH", "postgres://"]);
    refused(&house, &[("JAWORT_NETWORK__DNS_SERVERS", "localhost")], &["network.dns_servers", "127.0.0.1:53"]);
    refused(&house, &[("JAWORT_PLATFORM__ABUSE_ADDRESS", "nonsense")], &["platform.abuse_address"]);
    refused(&house, &[("JAWORT_PLATFORM__OPERATOR_FROM", "a@elsewhere.example")], &["platform's domain"]);
    refused(&house, &[("JAWORT_INBOUND__TLS_CERTIFICATE", "nothing.pem")], &["inbound.tls_key"]);
    let (code, _, told) = run(&house, &["config", "check", "--config", "absent.toml"]);
    assert!(code == Some(1) && told.contains("absent.toml"), "{told}");
    std::fs::write(house.folder().join("bad.toml"), "a = \n").expect("written");
    let (code, _, told) = run(&house, &["config", "check", "--config", "bad.toml"]);
    assert!(code == Some(1) && told.contains("bad.toml is no TOML") && told.contains("line 1"), "{told}");
}

/// Proves R33 at the door: no installation starts whose links would be too long.
#[test]
fn r33_a_public_address_that_makes_links_too_long_stops_the_start() {
    let house = house(plan());
    let key = "JAWORT_PLATFORM__PUBLIC_URL";
    let longest = format!("https://{}.example", "n".repeat(26));
    assert_eq!(longest.len(), 42);
    assert_eq!(check(&house, &[(key, &longest)]).0, Some(0));
    refused(&house, &[(key, &longest.replace("n.", "nn."))], &["43 characters", "42", "too long"]);
    refused(&house, &[(key, "http://news.example")], &["https://"]);
    refused(&house, &[(key, "https://news.example/")], &["without a slash"]);
}

/// Proves R2 for the settings as they ship: each key that touches a control is bounded; no value
/// switches it off.
#[test]
fn r2_no_setting_switches_a_control_off() {
    let house = house(plan());
    let controls = [
        ("JAWORT_SIGNUP__TIMEOUT_DAYS", ["1", "7"], ["0", "8"]),
        ("JAWORT_LEGAL_NOTICE__REVIEW_AT_CONTACTS", ["1", "5000"], ["0", "5001"]),
        ("JAWORT_UNSUBSCRIBE__BODY_LINK", ["auto", "get"], ["off", "none"]),
        ("JAWORT_CASE__DECISION_DAYS", ["1", "5"], ["0", "6"]),
        ("JAWORT_DOMAINKEYS", ["on", "retired"], ["off", "false"]),
    ];
    for (key, ends, beyond) in controls {
        for value in ends {
            assert_eq!(check(&house, &[(key, value)]).0, Some(0), "{key} {value}");
        }
        for value in beyond {
            refused(&house, &[(key, value)], &["not allowed"]);
        }
    }
}
