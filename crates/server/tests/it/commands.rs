//! The command line beside a running server, and its answers.

use std::time::Instant;

use serde_json::{Value, json};
use testbench::house::House;

use crate::scratch::{house, json, plan, refused, run, start};

fn account(house: &House, name: &str) -> String {
    json(house, &["account", "create", "--name", name])["account"].to_string()
}

fn standing(house: &House, id: &str) -> Value {
    let list = json(house, &["account", "list"]);
    let number: i64 = id.parse().expect("a number");
    let accounts = list.as_array().expect("an array");
    accounts.iter().find(|account| account["id"] == number).expect("the account")["standing"].clone()
}

/// Proves R85, R88, R89 at the command line: a person suspends, reinstates, terminates, by cases
/// and with reasons.
#[test]
#[expect(clippy::disallowed_methods, reason = "the ticket rule's time passes on the real clock")]
fn r85_r88_r89_a_person_suspends_reinstates_and_terminates_with_a_reason() {
    let mut house = house(plan());
    start(&mut house);
    let id = account(&house, "Laden");
    assert_eq!(standing(&house, &id), "active");
    assert!(refused(&house, &["account", "suspend", &id], 2).contains("--reason"));
    assert!(refused(&house, &["account", "suspend", &id, "--reason", " "], 2).contains("reason"));
    let before = Instant::now();
    json(&house, &["account", "suspend", &id, "--reason", "off topic"]);
    assert!(before.elapsed().as_millis() >= 1000, "the answer waits for the ticket (promise 3)");
    assert_eq!(standing(&house, &id), "suspended");
    let cases = json(&house, &["case", "list"]);
    assert_eq!((cases[0]["account"].to_string(), &cases[0]["state"]), (id.clone(), &json!("open")));
    let number = cases[0]["id"].to_string();
    let shown = json(&house, &["case", "show", &number, "--by", "Erika"]);
    assert!(shown["steps"].as_array().is_some_and(|steps| !steps.is_empty()));
    assert!(refused(&house, &["case", "decide", &number, "forgive", "--reason", "x"], 2).contains("reinstate"));
    json(&house, &["account", "reinstate", &id, "--reason", "looked at it", "--by", "Erika"]);
    assert_eq!(standing(&house, &id), "active");
    refused(&house, &["account", "terminate", &id, "--reason", "no case"], 1);
    json(&house, &["account", "suspend", &id, "--reason", "again"]);
    json(&house, &["account", "terminate", &id, "--reason", "for good"]);
    assert_eq!(standing(&house, &id), "terminated");
    refused(&house, &["account", "reinstate", &id, "--reason", "too late"], 1);
    let decided = json(&house, &["case", "list", "--all", "--account", &id]);
    assert_eq!(decided.as_array().map(Vec::len), Some(2));
}

/// Proves R79 at the command line: a mail is found, explained, printed byte for byte and read again.
#[test]
#[expect(clippy::disallowed_methods, reason = "the running server reads it on the real clock")]
fn r79_an_arrived_mail_is_explained_and_read_again() {
    let mut house = house(plan());
    start(&mut house);
    let raw = b"From: <a@b.example>\r\nSubject: x\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n";
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let to = format!("abuse@{}", testbench::house::PLATFORM_DOMAIN);
    let taken = runtime.block_on(testbench::submit::submit(house.inbound(), "a@b.example", &[&to], raw));
    assert!(taken.expect("a dialog").accepted());
    assert_eq!(json(&house, &["arrived", "list"]), json!([]), "everything is settled");
    let all = json(&house, &["arrived", "list", "--all"]);
    let id = all[0]["id"].to_string();
    assert_eq!((&all[0]["kind"], &all[0]["waits"]), (&json!("auto_reply"), &json!(false)));
    let shown = json(&house, &["arrived", "show", &id]);
    assert_eq!(shown["reads"], "auto_reply");
    assert_eq!(run(&house, &["arrived", "source", &id]).1.as_bytes(), raw);
    json(&house, &["arrived", "again", &id]);
    for _ in 0..100 {
        if json(&house, &["arrived", "show", &id])["waits"] == json!(false) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("nobody read it again");
}

#[test]
fn what_does_not_exist_is_said_so_and_wrong_use_has_its_own_code() {
    let mut house = house(plan());
    assert!(refused(&house, &["account", "list"], 1).contains("jawort serve"), "nothing is made by a look");
    assert!(!house.folder().join("jawort.db").exists());
    start(&mut house);
    refused(&house, &["account", "suspend", "7", "--reason", "x"], 1);
    refused(&house, &["case", "show", "7"], 1);
    refused(&house, &["case", "decide", "7", "close", "--reason", "x"], 1);
    refused(&house, &["incident", "lift", "7", "--reason", "x"], 1);
    for what in ["show", "source", "again"] {
        assert!(refused(&house, &["arrived", what, "7"], 1).contains("arrived mail 7"), "{what}");
    }
    refused(&house, &["review", "approve", "topic:1:2:3", "--reason", "x"], 1);
    refused(&house, &["review", "approve", "legal:1:2", "--reason", "x"], 1);
    assert!(refused(&house, &["review", "approve", "form:1", "--reason", "x"], 2).contains("topic:ACCOUNT"));
    refused(&house, &["token", "revoke", "7"], 1);
    refused(&house, &["exclusion", "lift", "nobody@shop.example", "--reason", "x"], 1);
    refused(&house, &["exclusion", "show", "no address"], 2);
    refused(&house, &["account", "create", "--name", "http://shop.example"], 2);
    refused(&house, &["account", "create", "--name", "Laden", "--language", "fr"], 2);
    refused(&house, &["account", "create", "--name", "Laden", "--time-zone", "Mars/Olympus"], 2);
    refused(&house, &["frobnicate"], 2);
    for list in ["account", "review", "case", "incident", "arrived"] {
        assert_eq!(json(&house, &[list, "list"]), json!([]), "{list}");
        assert_eq!(run(&house, &[list, "list"]).1, "none\n");
    }
    assert_eq!(json(&house, &["exclusion", "show", "nobody@shop.example"]), json!({ "excluded": false }));
}

#[test]
fn tokens_are_made_listed_and_revoked() {
    let mut house = house(plan());
    start(&mut house);
    let made = json(&house, &["token", "create", "--label", "for a script"]);
    let (id, secret) = (made["id"].to_string(), made["token"].as_str().expect("a token").to_owned());
    let listed = json(&house, &["token", "list"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    assert!(!listed.to_string().contains(&secret), "a token is shown once");
    json(&house, &["token", "revoke", &id]);
    let listed = json(&house, &["token", "list"]);
    assert!(listed.as_array().expect("an array").iter().any(|token| token["revoked_at"].is_string()));
}

/// The help of every subcommand comes from the one table.
#[test]
fn every_subcommand_has_help() {
    let house = house(plan());
    for command in [
        "serve",
        "migrate",
        "account",
        "review",
        "case",
        "exclusion",
        "incident",
        "queue",
        "explain",
        "dns",
        "doctor",
        "config",
        "classify",
        "token",
    ] {
        let (code, out, _) = run(&house, &[command, "--help"]);
        assert_eq!(code, Some(0));
        assert!(out.contains("Usage: jawort"), "{out}");
    }
}
