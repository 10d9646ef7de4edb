//! Readers measured on real mail. The corpora lie outside this repository; their place is given
//! by JAWORT_SHARED, else `shared` beside the workspace.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests find the corpora by the environment and print their figures"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mail_formats::classify::{Class, Reason, Stage, classify};
use mail_formats::console;
use mail_formats::incoming::{self, Incoming};
use mail_formats::reply::Reply;
use mail_formats::rules::RuleSet;

/// The folder of corpora, or `None` with a word to the reader. Under CI it must be there.
pub(crate) fn corpora() -> Option<PathBuf> {
    let shared = std::env::var_os("JAWORT_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("corpora");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none_or(|v| v != "true"), "the corpora are missing");
    println!("NOT RUN: the corpora are missing");
    None
}

/// For the corpora's own scorers: JAWORT_PREDICTIONS=folder.
fn keep(name: &str, text: &str) {
    if let Some(folder) = std::env::var_os("JAWORT_PREDICTIONS") {
        std::fs::write(Path::new(&folder).join(name), text).expect("written");
    }
}

fn lines_of(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect(name)
}

/// Labels that the words of the refusal itself contradict, by the file that it was taken from.
const REPLY_EXCEPTIONS: &[(&str, &str)] = &[
    ("lhost-exim-31.eml", "\"may not exist, may be blacklisted\": nothing is said for sure, so nothing is hard"),
    ("lhost-x2-02.eml", "\"this user doesn't have an account\" is hard, as the same words are elsewhere in the set"),
    ("rhost-outlook-08.eml", "RFC 5321's own text for 550 names no cause; who said it stands in the mail only"),
];

/// Proves R56, B4, B5: on 370 real refusals the classifier says what their words say.
#[test]
fn r56_b4_b5_real_refusals_are_classified() {
    let Some(folder) = corpora() else { return };
    let text = lines_of(&folder, "smtp_replies.tsv");
    let (mut all, mut wrong) = (0, Vec::new());
    let mut out = String::new();
    for (line, reply) in text.lines().skip(1).zip(console::diagnostics(&text)) {
        let cells: Vec<_> = line.split('\t').collect();
        let word = console::reply_word(RuleSet::built_in(), reply);
        out.push_str(&format!("{word}\n"));
        let fits = cells[1].split('|').any(|l| l == if console::is_hard(word) { "hard" } else { "soft" });
        all += 1;
        if !fits {
            println!("{} but {word}: {reply}", cells[1]);
            wrong.push(cells[3].to_owned());
        }
    }
    keep("replies.txt", &out);
    println!("accuracy {}/{all}", all - wrong.len());
    assert_only(wrong, REPLY_EXCEPTIONS);
}

/// What is read otherwise than its label are the exceptions and nothing else.
fn assert_only(mut wrong: Vec<String>, exceptions: &[(&str, &str)]) {
    wrong.sort();
    wrong.dedup();
    let mut known: Vec<_> = exceptions.iter().map(|(file, _)| (*file).to_owned()).collect();
    known.sort();
    assert_eq!(wrong, known, "left: read otherwise than labelled; right: the exceptions");
}

/// The failures that the corpus's label of one file allows.
fn labels(cells: &[&str]) -> BTreeMap<String, Vec<String>> {
    let names = cells[2].split(';').filter(|n| !n.is_empty());
    let classes = cells[3].split(';').map(|c| c.split('|').map(str::to_owned).collect());
    names.map(str::to_lowercase).zip(classes).collect()
}

#[derive(Default, Debug)]
struct Tally {
    all: usize,
    whole: usize,
    false_hard: usize,
    false_alarm: usize,
}

impl Tally {
    /// Counts one file as the corpora's own scorer does: WHOLE is kind, addresses and classes.
    fn count(&mut self, cells: &[&str], predicted: &str) -> bool {
        let said: Vec<_> = predicted.split('\t').collect();
        let (kind, gold) = (cells[1], labels(cells));
        let names = said[1].split(';').filter(|n| !n.is_empty()).map(str::to_lowercase);
        let found: BTreeMap<_, _> = names.zip(said[2].split(';').map(str::to_owned)).collect();
        self.all += 1;
        if !matches!(kind, "bounce" | "complaint" | "optout") {
            let alarm = matches!(said[0], "bounce" | "complaint");
            self.false_alarm += usize::from(alarm);
            self.whole += usize::from(!alarm);
            return !alarm;
        }
        let never = kind == "bounce" && gold.values().all(|c| c.iter().any(|c| c == "none"));
        let addresses =
            gold.keys().filter(|a| *a != "-").eq(found.keys()) || gold.contains_key("?") || never && found.is_empty();
        let fits = |(name, allowed): (&String, &Vec<String>)| match found.get(name) {
            Some(class) => allowed.contains(class),
            None => allowed.iter().any(|c| c == "none"),
        };
        let classes = kind != "bounce" || gold.iter().all(fits);
        let wrong_hard = |(name, allowed): (&String, &Vec<String>)| {
            kind == "bounce" && found.get(name).is_some_and(|c| c == "hard") && !allowed.iter().any(|c| c == "hard")
        };
        self.false_hard += gold.iter().filter(|e| wrong_hard(*e)).count();
        let whole = (said[0] == kind || never) && addresses && classes;
        self.whole += usize::from(whole);
        whole
    }
}

/// Labels that the mail's own text contradicts.
const MAIL_EXCEPTIONS: &[(&str, &str)] = &[
    ("bounces/sisimai-lhost-apachejames-01.eml", "the address in the mail has one digit more than the label"),
    (
        "bounces/sisimai-lhost-exim-31.eml",
        "\"may not exist, may be blacklisted\": nothing is said for sure, so nothing is hard",
    ),
    ("bounces/sisimai-lhost-exim-41.eml", "a warning that delivery attempts continue: nothing failed (B2)"),
    ("bounces/sisimai-lhost-opensmtpd-04.eml", "\"only a temporary failure report\": nothing failed (B2)"),
    ("bounces/sisimai-lhost-opensmtpd-13.eml", "Action: delayed: nothing failed (B2)"),
    ("bounces/sisimai-lhost-v5sendmail-01.eml", "the label cuts the address in the middle of its domain"),
    (
        "bounces/sisimai-lhost-x2-02.eml",
        "\"this user doesn't have an account\" is hard, as the same words are elsewhere in the set",
    ),
    ("complaints/sisimai-arf-12.eml", "Removal-Recipient names whom the report is about"),
];

/// Proves B1, B2, F1, F2, F4: real bounces, reports and harmless mail are told apart, and what is
/// harmless never counts.
#[test]
fn b1_b2_f1_f2_f4_real_mail_is_told_apart() {
    let Some(folder) = corpora() else { return };
    let list = lines_of(&folder, "EXPECTATIONS.tsv");
    let mut tally = Tally::default();
    let (mut out, mut why, mut wrong) = (String::new(), String::new(), Vec::new());
    for line in list.lines().skip(1) {
        let cells: Vec<_> = line.split('\t').collect();
        let raw = std::fs::read(folder.join(cells[0])).expect(cells[0]);
        let predicted = console::table_row(RuleSet::built_in(), &raw);
        out.push_str(&format!("{}\t{predicted}\n", cells[0]));
        if !tally.count(&cells, &predicted) {
            println!("{} {} {}: {}", cells[0], cells[2], cells[3], predicted.replace('\t', " "));
            why.push_str(&format!("== {} {} {} {}\n{predicted}\n", cells[0], cells[2], cells[3], cells[4]));
            why.push_str(&console::explanation(RuleSet::built_in(), &raw));
            wrong.push(cells[0].to_owned());
        }
    }
    keep("mails.tsv", &out);
    keep("why.txt", &why);
    println!("{tally:?}");
    assert_only(wrong, MAIL_EXCEPTIONS);
    // The two of x2-02, which are exceptions; and no harmless mail raises an alarm.
    assert_eq!((tally.false_hard, tally.false_alarm), (2, 0));
}

/// Labels that the text itself contradicts.
const FORWARD_EXCEPTIONS: &[(&str, &str)] = &[
    ("outlook_live_en_body_variant_8.txt", "its To names two people, the label one"),
    ("outlook_live_en_body_variant_9.txt", "its To names two people, the label one"),
];

/// Proves R78: mail forwarded inline by common programs in many languages is read.
#[test]
fn r78_inline_forwards_of_many_programs_are_read() {
    let Some(folder) = corpora().map(|f| f.join("forwards")) else { return };
    let list = lines_of(&folder, "EXPECTATIONS.tsv");
    let (mut all, mut wrong) = (0, Vec::new());
    for line in list.lines().skip(1) {
        let cells: Vec<_> = line.split('\t').collect();
        let body = lines_of(&folder, cells[0]);
        let subject = (!cells[1].is_empty()).then(|| lines_of(&folder, cells[1]));
        let said = console::forward_json(RuleSet::built_in(), &body, subject.as_deref());
        let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        if !fits_forward(&cells, &said) {
            println!("{} {} {} {} {}: {said}", cells[0], cells[2], cells[3], cells[4], cells[5]);
            wrong.push(cells[0].to_owned());
        }
        all += 1;
    }
    println!("forwards {}/{all}", all - wrong.len());
    assert_only(wrong, FORWARD_EXCEPTIONS);
}

/// As the corpora's own scorer compares: `*` is not asked, `-` and nothing mean none.
fn fits_forward(cells: &[&str], said: &serde_json::Value) -> bool {
    if said["forwarded"].as_bool() != Some(cells[2] == "1") {
        return false;
    }
    let sorted = |list: Vec<String>| {
        let mut list = list;
        list.sort();
        list
    };
    let asked = |cell: &str| (cell != "*").then(|| if cell == "-" { String::new() } else { cell.to_lowercase() });
    let text = |name: &str| said[name].as_str().unwrap_or_default().trim().to_owned();
    let to = said["to"].as_array().into_iter().flatten().filter_map(|a| a.as_str()).map(str::to_lowercase).collect();
    let wanted = |cell: &str| sorted(cell.split(';').filter(|a| !a.is_empty()).map(str::to_owned).collect());
    cells[2] != "1"
        || asked(cells[3]).is_none_or(|from| from == text("from").to_lowercase())
            && asked(cells[4]).is_none_or(|cell| wanted(&cell) == sorted(to))
            && (cells[5] == "*" || cells[5].trim().trim_matches('-') == text("subject"))
}

/// Proves R58, B6: nothing that a receiver holds against us or against a message excludes an
/// address, however often it comes.
#[test]
fn r58_b6_no_block_of_ours_counts_against_an_address() {
    let Some(folder) = corpora() else { return };
    let ours = [
        "authfailure",
        "badreputation",
        "blocked",
        "contenterror",
        "exceedlimit",
        "mesgtoobig",
        "norelaying",
        "notcompliantrfc",
        "policyviolation",
        "rejected",
        "requireptr",
        "securityerror",
        "spamdetected",
        "speeding",
        "toomanyconn",
        "virusdetected",
    ];
    let text = lines_of(&folder, "smtp_replies.tsv");
    let mut asked = 0;
    for line in text.lines().skip(1) {
        let cells: Vec<_> = line.split('\t').collect();
        if cells[1] != "soft" || !ours.contains(&cells[2]) {
            continue;
        }
        asked += 1;
        for stage in [Stage::Report, Stage::Data] {
            let verdict = classify(&Reply::from_diagnostic(cells[0]), stage, None);
            assert!(!verdict.counts_against_address, "{}: {verdict:?}", cells[0]);
        }
    }
    assert!(asked > 50, "{asked}");
}

/// The reports on DMARC are read as their labels say.
#[test]
fn dmarc_reports_of_many_receivers_are_read() {
    let Some(folder) = corpora().map(|f| f.join("dmarc-feedback")) else { return };
    for number in ["001", "002", "003", "004", "005", "100", "101", "102", "103", "104"] {
        let json: serde_json::Value =
            serde_json::from_str(&lines_of(&folder, &format!("{number}.json"))).expect("JSON");
        let report = match std::fs::read(folder.join(format!("{number}.eml"))) {
            Ok(raw) => match incoming::read(&raw) {
                Incoming::DmarcReport(report) => Some(report),
                other => panic!("{number}: {}", other.as_str()),
            },
            Err(_) => mail_formats::dmarc::parse(&std::fs::read(folder.join(format!("{number}.xml"))).expect("XML")),
        };
        let report = report.unwrap_or_else(|| panic!("{number} is not read"));
        let records = json["record"].as_array().expect("records");
        assert_eq!(report.organisation, json["report_metadata"]["org_name"].as_str().unwrap_or_default(), "{number}");
        assert_eq!(report.domain, json["policy_published"]["domain"].as_str().unwrap_or_default(), "{number}");
        assert_eq!(report.records.len(), records.len(), "{number}");
        let count = |r: &serde_json::Value| r["row"]["count"].as_u64().unwrap_or_default();
        assert_eq!(
            report.records.iter().map(|r| r.count).sum::<u64>(),
            records.iter().map(count).sum::<u64>(),
            "{number}"
        );
    }
}

/// Every file of the corpora is read without a panic, whatever it is.
#[test]
fn armour_c4_every_corpus_file_is_read() {
    let Some(folder) = corpora() else { return };
    let (mut folders, mut files) = (vec![folder], 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("folder").flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if let Ok(raw) = std::fs::read(entry.path()) {
                let _ = incoming::read(&raw);
                // A cut anywhere must not matter either.
                for part in 1..4 {
                    let _ = incoming::read(&raw[..raw.len() * part / 4]);
                }
                files += 1;
            }
        }
    }
    assert!(files > 500, "{files}");
}

/// What expires for a receiver's reasons counts, and what it holds against us does not.
#[test]
fn d5_b6_only_four_reasons_of_soft_bounces_count() {
    use mail_formats::classify::Verdict;
    let counting = [Reason::MailboxFull, Reason::DisabledForNow, Reason::RecipientRate, Reason::Expired];
    for reason in [Reason::System, Reason::Network, Reason::Routing, Reason::Unknown, Reason::Reputation] {
        assert!(!Verdict::new(Class::Soft, reason).counts_against_address, "{reason:?}");
    }
    for reason in counting {
        assert!(Verdict::new(Class::Soft, reason).counts_against_address, "{reason:?}");
    }
}
