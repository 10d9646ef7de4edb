//! Proofs about settings.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::case::Terms;
use crate::signup::{AddressHistory, SourceCounts, confirmation_allowed, source_allowed};
use crate::{Timestamp, legal_notice, retry, signup};

settings! {
    /// One key of every kind.
    struct Sample in "sample." {
        port: int(1, 65_535) = 25, plain, "The port.";
        on: bool = true, plain, "Whether it is on.";
        host: text(10) = required, plain, "The host.";
        mode: choice("fast", "safe") = "safe", plain, "The mode.";
        peers: list(2) = &["a.example"], plain, "The peers.";
        wait: duration(1, 86_400) = 5400, plain, "The wait.";
    }
}

fn file(entries: &[(&str, Raw)]) -> BTreeMap<String, Raw> {
    entries.iter().map(|(name, raw)| ((*name).to_owned(), raw.clone())).collect()
}

fn text(text: &str) -> Raw {
    Raw::Text(text.to_owned())
}

fn env(entries: &[(&str, &str)]) -> Vec<(String, String)> {
    entries.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn problems(entries: &[(&str, Raw)], variables: &[(&str, &str)]) -> Vec<String> {
    let mut given = file(entries);
    given.entry("sample.host".to_owned()).or_insert_with(|| text("h.example"));
    let found = Values::from_layers(Sample::KEYS, &given, env(variables)).expect_err("problems");
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn defaults_lie_under_the_file_and_the_file_under_the_environment() {
    let given =
        file(&[("sample.host", text("h.example")), ("sample.port", Raw::Int(587)), ("sample.on", Raw::Bool(false))]);
    let variables = env(&[
        ("JAWORT_SAMPLE__PORT", "2525"),
        ("JAWORT_SAMPLE__PEERS", "b.example, c.example"),
        ("JAWORT_SAMPLE__WAIT", "2h"),
        ("JAWORT_CONFIG", "/etc/jawort.toml"),
        ("PATH", "/bin"),
    ]);
    let values = Values::from_layers(Sample::KEYS, &given, variables).expect("valid");
    let sample = Sample::from_values(&values);
    let expected = Sample {
        port: 2525,
        on: false,
        host: "h.example".into(),
        mode: "safe".into(),
        peers: vec!["b.example".into(), "c.example".into()],
        wait: Duration::from_secs(7200),
    };
    assert_eq!(sample, expected);
}

#[test]
fn an_unknown_key_is_named_with_its_nearest_neighbour() {
    assert_eq!(
        problems(&[("sample.prot", Raw::Int(1))], &[]),
        ["sample.prot: there is no such setting. Nearest: sample.port (a whole number from 1 to 65535)."]
    );
    assert_eq!(
        problems(&[], &[("JAWORT_SAMPLE__MOED", "x")]),
        ["JAWORT_SAMPLE__MOED: there is no such setting. Nearest: sample.mode (\"fast\" or \"safe\")."]
    );
    assert_eq!(problems(&[("zzzzzzzzzzzzzz", Raw::Int(1))], &[]), ["zzzzzzzzzzzzzz: there is no such setting."]);
    assert_eq!(problems(&[], &[("JAWORT_SAMPLE_PORT", "1")]).len(), 1, "one underscore is a mistake, not a setting");
}

#[test]
fn a_value_outside_its_bounds_is_told_the_bounds() {
    assert_eq!(
        problems(&[("sample.port", Raw::Int(0))], &[]),
        ["sample.port = 0: not allowed. Allowed: a whole number from 1 to 65535."]
    );
    assert_eq!(
        problems(&[], &[("JAWORT_SAMPLE__PORT", "many")]),
        ["sample.port (JAWORT_SAMPLE__PORT) = \"many\": not allowed. Allowed: a whole number from 1 to 65535."]
    );
    let refused = [
        ("sample.port", text("25")),
        ("sample.port", Raw::Int(65_536)),
        ("sample.port", Raw::Other("float")),
        ("sample.on", text("true")),
        ("sample.host", text("elevenchars")),
        ("sample.host", text("a\nb")),
        ("sample.mode", text("slow")),
        ("sample.peers", Raw::List(vec![text("a"), text("b"), text("c")])),
        ("sample.peers", Raw::List(vec![Raw::Int(1)])),
        ("sample.peers", text("a")),
    ];
    for (name, raw) in refused {
        assert_eq!(problems(&[(name, raw.clone())], &[]).len(), 1, "{name} = {raw:?}");
    }
}

#[test]
fn spans_are_read_with_their_unit_only() {
    for (span, seconds) in [("1s", 1), ("90s", 90), ("15m", 900), ("24h", 86_400), ("1d", 86_400), (" 2m ", 120)] {
        let given = file(&[("sample.host", text("h")), ("sample.wait", text(span))]);
        let values = Values::from_layers(Sample::KEYS, &given, []).expect(span);
        assert_eq!(values.duration("sample.wait"), Duration::from_secs(seconds), "{span}");
    }
    for span in ["", "s", "5", "0s", "-5s", "1.5h", "2d", "5x", "+5s", "99999999999999999999d", "5ä", "1h30m"] {
        assert_eq!(problems(&[("sample.wait", text(span))], &[]).len(), 1, "{span}");
    }
}

#[test]
fn a_key_without_default_must_be_set() {
    let found = Values::from_layers(Sample::KEYS, &BTreeMap::new(), []).expect_err("missing");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].to_string(), "sample.host: must be set. Allowed: one line of at most 10 characters.");
}

#[test]
fn all_problems_are_told_at_once() {
    let found = problems(&[("sample.port", Raw::Int(0)), ("sample.mode", text("x")), ("nope.nope", Raw::Int(1))], &[]);
    assert_eq!(found.len(), 3);
}

#[test]
fn the_example_file_holds_every_key_with_help_bounds_and_default() {
    let text = example(&[Sample::KEYS, DomainKeysSettings::KEYS].concat());
    assert!(text.starts_with("# Whether mail is also signed with DomainKeys"), "keys above all sections come first");
    for line in [
        "[sample]",
        "# The port.",
        "# Allowed: a whole number from 1 to 65535. Environment: JAWORT_SAMPLE__PORT",
        "#port = 25",
        "#on = true",
        "host =",
        "#mode = \"safe\"",
        "#peers = [\"a.example\"]",
        "#wait = \"90m\"",
        "#domainkeys = \"on\"",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
    }
}

#[test]
fn keys_are_unique_and_their_variables_too() {
    let keys = PolicySettings::keys();
    for (index, key) in keys.iter().enumerate() {
        let twin = keys[..index].iter().find(|other| other.name == key.name || other.env_name() == key.env_name());
        assert_eq!(twin, None);
        assert!(key.help.ends_with('.'), "{}", key.name);
    }
}

/// Both ends of a key: the values between which the operator may choose.
fn ends(kind: Kind) -> Vec<Raw> {
    match kind {
        Kind::Int { min, max } => vec![Raw::Int(min), Raw::Int(max)],
        Kind::Bool => vec![Raw::Bool(false), Raw::Bool(true)],
        Kind::Choice(words) => words.iter().map(|word| text(word)).collect(),
        Kind::Duration { min_seconds, max_seconds } => {
            vec![text(&render::span(min_seconds)), text(&render::span(max_seconds))]
        }
        Kind::Text { .. } | Kind::List { .. } => {
            panic!("a control that is text has no ends; give it another kind")
        }
    }
}

/// One step outside a numeric key's bounds.
fn beyond(kind: Kind) -> Vec<Raw> {
    match kind {
        Kind::Int { min, max } => vec![Raw::Int(min - 1), Raw::Int(max + 1)],
        Kind::Duration { min_seconds, max_seconds } => {
            vec![text(&format!("{}s", min_seconds - 1)), text(&format!("{}s", max_seconds + 1))]
        }
        Kind::Choice(_) => vec![text("off"), text("none"), text("")],
        Kind::Bool | Kind::Text { .. } | Kind::List { .. } => vec![],
    }
}

#[test]
fn r2_every_control_keeps_its_promise_at_both_ends_and_refuses_more() {
    for key in PolicySettings::keys().iter().filter(|key| key.touches_control) {
        for raw in ends(key.kind) {
            let values = Values::from_layers(&PolicySettings::keys(), &file(&[(key.name, raw)]), []).expect(key.name);
            promise_holds(key.name, &PolicySettings::from_values(&values));
        }
        for raw in beyond(key.kind) {
            let given = file(&[(key.name, raw.clone())]);
            assert!(Values::from_layers(&PolicySettings::keys(), &given, []).is_err(), "{} = {raw:?}", key.name);
        }
    }
}

#[test]
fn r2_the_floor_of_three_complaints_is_no_setting() {
    assert_eq!(crate::score::SUSPENDING_COMPLAINTS, 3);
    let named =
        PolicySettings::keys().into_iter().find(|key| key.name.contains("complaint") || key.name.contains("score"));
    assert_eq!(named, None);
}

/// The promise behind one key. A new control does not pass without one.
fn promise_holds(key: &str, settings: &PolicySettings) {
    let t0 = Timestamp::from_millis(1_800_000_000_000);
    let day = Duration::from_secs(86_400);
    match key {
        "signup.timeout_days" => {
            let end = signup::expires_at(t0, &settings.signup);
            assert!(end >= t0 + day && end <= t0 + day * 7, "R18: a few days");
            let asked = AddressHistory { last_of_account: Some(t0), ..AddressHistory::default() };
            assert!(confirmation_allowed(&asked, &settings.signup, t0 + day / 2).is_err(), "C2: no second mail");
        }
        "signup.per_ip_hour" | "signup.per_network_hour" | "signup.per_network6_hour" | "signup.per_form_hour" => {
            for ip in ["192.0.2.1", "2001:db8::1"] {
                let network = signup::Network::of(ip.parse().expect(ip));
                let flood = SourceCounts { ip: 100_000, network: 100_000, form: 100_000 };
                assert!(source_allowed(flood, network, &settings.signup).is_err(), "C2: a flood is stopped");
                assert!(source_allowed(SourceCounts::default(), network, &settings.signup).is_ok(), "R14: forms work");
            }
        }
        "legal_notice.review_at_contacts" => {
            let n = settings.legal_notice.review_at_contacts;
            let review = legal_notice::review_after_growth(legal_notice::Review::NotNeeded, 5000, n);
            assert_eq!(review, legal_notice::Review::Open, "R48: 5,000 contacts always ask for a review");
            assert!(legal_notice::holds(review, 5001, n));
        }
        "unsubscribe.body_link" => {
            let auto = settings.unsubscribe.mode() == BodyLink::Auto;
            assert_eq!(auto, settings.unsubscribe.body_link == "auto", "D1: one click ends all mail in both modes");
        }
        "bounce.reset_on_delivery" => {
            use crate::bounce::{BounceClass, BounceEffect, ExclusionReason, SoftBounce, effect_of};
            let message = crate::RowId::Notice(crate::NoticeId::from_raw(1));
            let effect = effect_of(BounceClass::Hard, true, SoftBounce { message, at: t0 }, &[]);
            assert_eq!(effect, BounceEffect::Exclude { reason: ExclusionReason::HardBounce }, "R57 in both modes");
        }
        "case.first_look_hours" | "case.decision_days" => {
            let terms = Terms::new(settings.case.first_look_hours, settings.case.decision_days);
            let (given, promised) = (terms.deadlines(t0), Terms::PROMISED.deadlines(t0));
            assert!(given.first_look > t0 && given.first_look <= promised.first_look, "R92: one working day");
            assert!(given.decision > t0 && given.decision <= promised.decision, "R92: five working days");
        }
        "bulk.expiry_hours" => {
            let end = retry::bulk_gives_up_at(t0, settings.bulk.expiry_hours);
            assert!(end >= t0 + day && end <= t0 + day * 5, "T5: one to five days");
        }
        "domainkeys" => {
            assert_eq!(settings.domainkeys.active(), settings.domainkeys.domainkeys == "on", "D8");
        }
        other => panic!("{other} touches a control; say here what must hold at both ends"),
    }
}
