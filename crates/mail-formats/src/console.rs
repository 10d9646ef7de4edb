//! The reader's answers as lines of text: for the command line and for the tests that compare them
//! with labels.

use crate::classify::{Class, Stage, judge};
use crate::dsn::{Action, BouncedRecipient};
use crate::forward;
use crate::incoming::{Incoming, read_by};
use crate::reply::Reply;
use crate::rules::RuleSet;
use crate::trail::Trail;

/// `kind TAB recipients(;) TAB classes(;)`: what one message is. Reports on DMARC and TLS,
/// forwarded mail and wishes to be unsubscribed are `other`.
pub fn table_row(rules: &RuleSet, raw: &[u8]) -> String {
    row_of(&read_by(rules, raw, &mut Trail::silent()))
}

fn row_of(incoming: &Incoming) -> String {
    let row = |kind: &str, list: Vec<(String, &str)>| {
        let (names, classes): (Vec<_>, Vec<_>) = list.into_iter().unzip();
        format!("{kind}\t{}\t{}", names.join(";"), classes.join(";"))
    };
    let named = |report: &crate::arf::FeedbackReport| {
        report.recipients.iter().map(|a| (a.to_string(), "none")).collect::<Vec<_>>()
    };
    match incoming {
        Incoming::Bounce(bounce) => {
            // Whom the mail reached is not what a bounce is about.
            let of = |r: &BouncedRecipient| {
                let told = matches!(r.action, Action::Failed | Action::Delayed);
                r.address.as_ref().filter(|_| told).map(|a| (a.to_string(), r.severity().as_str()))
            };
            row("bounce", bounce.recipients.iter().filter_map(of).collect())
        }
        Incoming::Delivered(_) => row("delivered", Vec::new()),
        Incoming::Complaint(report) => row("complaint", named(report)),
        Incoming::OptOut(report) => row("optout", named(report)),
        Incoming::AuthReport(report) => row("authreport", named(report)),
        Incoming::AutoReply(_) => row("autoreply", Vec::new()),
        Incoming::UnsubscribeRequest(letter) if letter.asked_by_program => {
            row("optout", letter.from.iter().map(|a| (a.to_string(), "none")).collect())
        }
        Incoming::OtherReport(_)
        | Incoming::DmarcReport(_)
        | Incoming::TlsReport(_)
        | Incoming::ForwardedMail(_)
        | Incoming::UnsubscribeRequest(_)
        | Incoming::Letter(_)
        | Incoming::Unreadable(_) => row("other", Vec::new()),
    }
}

/// The class of one diagnostic text, in a word.
pub fn reply_word(rules: &RuleSet, text: &str) -> &'static str {
    judge(&rules.replies, &Reply::from_diagnostic(text), Stage::Report, None).verdict.class.as_str()
}

/// The diagnostics of a file of them: one a line, further columns behind a TAB and a head line
/// `diagnostic` left out.
pub fn diagnostics(file: &str) -> impl Iterator<Item = &str> {
    let first = |line: &str| line.split('\t').next().map_or(0, str::len);
    file.lines()
        .enumerate()
        .filter(move |(number, line)| *number > 0 || &line[..first(line)] != "diagnostic")
        .map(move |(_, line)| &line[..first(line)])
}

/// Whether a class says that the address does not work, in the words of the corpora's labels.
pub fn is_hard(word: &str) -> bool {
    word == Class::Hard.as_str()
}

/// One JSON object: `forwarded`, `from`, `to`, `subject`.
pub fn forward_json(rules: &RuleSet, body: &str, subject: Option<&str>) -> String {
    let found = forward::read_by(rules, body, subject);
    let text = |value: Option<&str>| value.map_or(serde_json::Value::Null, |v| v.into());
    let to: Vec<&str> = found.to.iter().map(|a| a.as_str()).collect();
    serde_json::json!({
        "forwarded": found.is_forwarded,
        "from": text(found.from.as_ref().map(|a| a.as_str())),
        "to": to,
        "subject": text(found.subject.as_deref()),
    })
    .to_string()
}

/// What one message is and which rules decided, a line each.
pub fn explanation(rules: &RuleSet, raw: &[u8]) -> String {
    let mut trail = Trail::kept();
    let incoming = read_by(rules, raw, &mut trail);
    let mut out = format!("{}\n", incoming.as_str());
    for note in trail.into_notes() {
        out.push_str("  ");
        out.push_str(&note);
        out.push('\n');
    }
    out
}
