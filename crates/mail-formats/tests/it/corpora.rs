//! Readers measured on real mail. The corpora lie outside this repository; their place is given
//! by JAWORT_SHARED, else `shared` beside the workspace.

use std::path::PathBuf;

use mail_formats::arf::FeedbackKind;
use mail_formats::classify::{Class, Stage, classify};
use mail_formats::dsn::Action;
use mail_formats::incoming::{self, Incoming};
use mail_formats::reply::Reply;

/// The folder of corpora, or `None` with a word to the reader. Under CI it must be there.
fn corpora() -> Option<PathBuf> {
    let shared = std::env::var_os("JAWORT_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = shared.join("corpora");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none_or(|v| v != "true"), "the corpora are missing");
    println!("NOT RUN: the corpora are missing");
    None
}

/// Measured when written: accuracy 358/370 = 0.968, precision of hard 141/143 = 0.986.
const REPLY_ACCURACY: f64 = 0.96;
const REPLY_PRECISION: f64 = 0.98;

fn share(part: usize, whole: usize) -> f64 {
    f64::from(u32::try_from(part).unwrap_or(u32::MAX))
        / f64::from(u32::try_from(whole.max(1)).unwrap_or(u32::MAX))
}

/// Proves R56, B4, B5: on 370 real refusals the classifier keeps its figures.
#[test]
fn r56_b4_b5_real_refusals_are_classified() {
    let Some(folder) = corpora() else { return };
    let text = std::fs::read_to_string(folder.join("smtp_replies.tsv")).expect("smtp_replies.tsv");
    let (mut all, mut right, mut hard, mut true_hard) = (0, 0, 0, 0);
    for line in text.lines().skip(1) {
        let mut cells = line.split('\t');
        let (reply, labels) = (cells.next().expect("text"), cells.next().expect("class"));
        let verdict = classify(&Reply::from_diagnostic(reply), Stage::Report, None);
        let is_hard = verdict.class == Class::Hard;
        let fits = labels.split('|').any(|l| l == if is_hard { "hard" } else { "soft" });
        all += 1;
        right += usize::from(fits);
        hard += usize::from(is_hard);
        true_hard += usize::from(is_hard && fits);
    }
    println!("accuracy {right}/{all}, precision of hard {true_hard}/{hard}");
    assert!(share(right, all) >= REPLY_ACCURACY && share(true_hard, hard) >= REPLY_PRECISION);
}

/// Writes the reader's view of every corpus file in the form of the corpora's own scorer.
fn prediction(raw: &[u8]) -> String {
    let class = |c: Class| match c {
        Class::Hard => "hard",
        Class::None => "none",
        _ => "soft",
    };
    let join = |list: Vec<String>| list.join(";");
    match incoming::read(raw) {
        Incoming::Bounce(b) => {
            let failed: Vec<_> =
                b.recipients.iter().filter(|r| r.action == Action::Failed).collect();
            let kind =
                if failed.is_empty() && !b.recipients.is_empty() { "delivered" } else { "bounce" };
            let names = failed
                .iter()
                .map(|r| r.address.as_ref().map(ToString::to_string).unwrap_or_default());
            let classes = failed.iter().map(|r| class(r.verdict.class).to_owned());
            format!("{kind}\t{}\t{}", join(names.collect()), join(classes.collect()))
        }
        Incoming::Feedback(f) => {
            let kind = match f.kind {
                FeedbackKind::OptOut => "optout",
                ref k if k.is_complaint() => "complaint",
                _ => "authreport",
            };
            let names: Vec<_> = f.recipients.iter().map(ToString::to_string).collect();
            let classes = names.iter().map(|_| "none".to_owned()).collect();
            format!("{kind}\t{}\t{}", join(names), join(classes))
        }
        Incoming::AutoReply => "autoreply\t\t".to_owned(),
        Incoming::Letter(l) if l.is_bare_unsubscribe_wish => {
            format!("optout\t{}\tnone", l.from.map(|a| a.to_string()).unwrap_or_default())
        }
        Incoming::Letter(_) | Incoming::Unreadable(_) => "other\t\t".to_owned(),
    }
}

#[test]
fn dump_predictions() {
    let Some(folder) = corpora() else { return };
    let list = std::fs::read_to_string(folder.join("EXPECTATIONS.tsv")).expect("EXPECTATIONS.tsv");
    let mut out = String::new();
    for line in list.lines().skip(1) {
        let file = line.split('\t').next().expect("file");
        let raw = std::fs::read(folder.join(file)).expect(file);
        out.push_str(&format!("{file}\t{}\n", prediction(&raw)));
    }
    if let Some(path) = std::env::var_os("JAWORT_PREDICTIONS") {
        std::fs::write(path, out).expect("written");
    }
}
