//! `jawort classify`: what the reader makes of files, at the command line.

use std::fs;
use std::path::PathBuf;

use seals::{MailKind, MessageRef, Seals};
use testbench::house::House;

use crate::scratch::{house, plan, refused, run, start};

const BOUNCE: &str = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: b@house.example\nSubject: failure notice\n\nHi. This is the qmail-send program at mx.example.\n\n<ada@a.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nReceived: from x\nFrom: b@house.example\n";

fn put(house: &House, name: &str, text: &str) -> String {
    let file = house.folder().join(name);
    fs::write(&file, text).expect("written");
    file.display().to_string()
}

fn said(house: &House, arguments: &[&str]) -> String {
    let (code, out, err) = run(house, &[&["classify"], arguments].concat());
    assert_eq!(code, Some(0), "{arguments:?}: {out}{err}");
    out
}

#[test]
fn files_are_read_without_a_database() {
    let house = house(plan());
    let bounce = put(&house, "bounce.eml", BOUNCE);
    assert_eq!(
        said(&house, &["--tsv", &bounce, &bounce]),
        format!("{bounce}\tbounce\tada@a.example\thard\n").repeat(2)
    );
    let why = said(&house, &["--explain", &bounce]);
    assert!(
        why.starts_with("bounce\n") && why.contains("replies.tsv line") && why.contains("ada@a.example: hard"),
        "{why}"
    );
    let replies =
        put(&house, "replies.tsv", "diagnostic\tclass\n550 5.1.1 x\thard\n421 4.7.0 too many connections\tsoft\n");
    assert_eq!(said(&house, &["--replies", &replies]), "hard\nrate\n");
    let bare = put(&house, "bare.txt", "552 5.2.2 full\n554 5.7.1 blocked");
    assert_eq!(said(&house, &["--replies", &bare]), "soft\npolicy\n");
    let body = put(&house, "x_body.txt", "Von: Anna <anna@example.com>\nAn: otto@example.org\nBetreff: Hallo\n\nHallo");
    let subject = put(&house, "x_subject.txt", "WG: Hallo");
    let with: serde_json::Value = serde_json::from_str(&said(&house, &["--forward", &body, &subject])).expect("JSON");
    assert_eq!((&with["forwarded"], with["from"].as_str()), (&true.into(), Some("anna@example.com")));
    let without: serde_json::Value = serde_json::from_str(&said(&house, &["--forward", &body])).expect("JSON");
    assert_eq!((&without["forwarded"], &without["from"]), (&false.into(), &serde_json::Value::Null));
    assert!(!house.folder().join("jawort.db").exists(), "nothing is made by a look");
    refused(&house, &["classify"], 2);
    refused(&house, &["classify", "--tsv", "nowhere.eml"], 1);
}

/// An edited copy of the rules is tried without a compiler, and shows what it changes.
#[test]
fn edited_rules_show_what_they_change() {
    let house = house(plan());
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../mail-formats/rules");
    let (rules, mails) = (house.folder().join("rules"), house.folder().join("mails"));
    fs::create_dir_all(&rules).expect("a folder");
    fs::create_dir_all(&mails).expect("a folder");
    for entry in fs::read_dir(own).expect("the rules").flatten() {
        fs::copy(entry.path(), rules.join(entry.file_name())).expect("copied");
    }
    put(&house, "mails/bounce.eml", &BOUNCE.replace("(#5.1.1)", ""));
    let (folder, below) = (rules.display().to_string(), mails.display().to_string());
    assert_eq!(said(&house, &["--rules", &folder, "--changes", &below]), "0 changes in 1 files\n");
    let replies = rules.join("replies.tsv");
    let text = fs::read_to_string(&replies).expect("rules");
    fs::write(&replies, format!("sender\t-\tno mailbox here\tsoft\tmailbox_full\tcommon\n{text}")).expect("written");
    let changes = said(&house, &["--rules", &folder, "--changes", &below]);
    assert!(
        changes.contains("- bounce\tada@a.example\thard") && changes.contains("+ bounce\tada@a.example\tsoft"),
        "{changes}"
    );
    assert!(changes.ends_with("1 changes in 1 files\n"), "{changes}");
    fs::write(&replies, "sender\trubbish\n").expect("written");
    assert!(refused(&house, &["classify", "--rules", &folder, "--changes", &below], 1).contains("replies.tsv, line 1"));
}

/// With the installation's own keys a forwarded mail of ours is told from any other.
#[test]
fn mail_that_is_ours_is_told_by_its_id() {
    let mut house = house(plan());
    start(&mut house);
    let key = fs::read_to_string(house.folder().join("secrets.key")).expect("the keys");
    let seals = Seals::parse(&key).expect("keys");
    let ours = seals.message_id_local(&MessageRef::new((1 << 38) | 5, 7, MailKind::Mailing).expect("a reference"));
    let letter = |id: &str| {
        format!(
            "From: otto@example.org\nSubject: Fwd: x\n\nSpam!\n\n---------- Forwarded message ---------\nMessage-ID: <{id}@news.example>\nFrom: anna@example.com\nSubject: x\n"
        )
    };
    let (mine, other) = (put(&house, "mine.eml", &letter(&ours)), put(&house, "other.eml", &letter("m.forged")));
    let own = ["--config", "jawort.toml", "--tsv", &mine, &other];
    assert_eq!(said(&house, &own), format!("{mine}\tcomplaint\t\t\n{other}\tother\t\t\n"));
}
