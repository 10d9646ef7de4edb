//! Bounces in plain words. Who sent it and how it is titled must both speak for a bounce; the
//! failed addresses are those that the notice sets apart, before the returned message begins.

use super::{Action, BouncedRecipient, MAX_RECIPIENTS, MAX_WORDS, judge};
use crate::address::EmailAddress;
use crate::reply::Reply;
use crate::view::{View, addresses_in, find};

/// Local parts and display names of programs that report failures, lower case.
const DAEMONS: &[&str] = &[
    "mailer-daemon",
    "postmaster",
    "mail delivery",
    "mail-daemon",
    "maildaemon",
    "mailerdaemon",
    "mail administrator",
    "delivery subsystem",
    "microsoft exchange",
    "system administrator",
    "mail router",
    "mdaemon",
    "mail deliver",
    "complaints",
    "mta@",
    "no-reply@sns",
    "symantec",
];

/// What subjects of bounces say, lower case.
const SUBJECTS: &[&str] = &[
    "undeliver",
    "delivery fail",
    "delivery failure",
    "delivery status",
    "delivery problem",
    "delivery report",
    "delivery notification",
    "delivery has failed",
    "delivery error",
    "failure notice",
    "failure notification",
    "failed delivery",
    "returned mail",
    "returned message",
    "mail delivery",
    "mail could not",
    "mail error",
    "mail failure",
    "mail not delivered",
    "message not delivered",
    "message could not",
    "not deliver",
    "nondeliver",
    "non-deliver",
    "unable to deliver",
    "cannot be delivered",
    "could not be delivered",
    "rejected mail",
    "message rejected",
    "error mail",
    "user unknown",
    "unknown user",
    "unzustellbar",
    "konnte nicht zugestellt",
    "zustellung fehlgeschlagen",
    "bounce",
    "invalid address",
    "dsn",
    "undelivered",
    "delivery",
    "there is no such",
    "email feedback report",
];

/// Lines behind which the returned message begins, lower case.
const RETURNED: &[&str] = &[
    "--- the header",
    "--- below this line",
    "------ this is a copy",
    "------ this is the copy",
    "original message",
    "-----original message",
    "--- original message",
    "----- original message",
    "----- unsent message",
    "--- message header",
    "----- message header",
    "----- returned message",
    "message header follows",
    "the header of the original message",
    "headers of the original",
    "original message headers",
    "your message follows",
    "original message follows",
    "the following is a copy",
    "this is a copy of the message",
    "copy of your message",
    "--- message headers follow",
    "returned message follows",
    "message from yahoo",
    "received: from",
    "return-path:",
    "received:",
    "mime-version:",
    "dkim-signature:",
    "x-received:",
    "--- returned message",
    "message header:",
    "header of your message",
    "- header",
    "original headers",
    "here is a copy of",
    "> received:",
    "original message header",
    "unsent message below",
];

pub(super) fn read(view: &View) -> Option<Vec<BouncedRecipient>> {
    let listed = view.header("X-Failed-Recipients").map(|v| addresses_in(v, MAX_RECIPIENTS));
    if listed.is_none() && !looks_like_bounce(view) {
        return None;
    }
    let text = text_of_notice(view);
    let head = before_returned(&text).to_owned();
    let addresses = listed.filter(|l| !l.is_empty()).unwrap_or_else(|| failed_addresses(view, &head));
    let subject = view.subject().to_lowercase();
    let warned = ["delay", "warning:"].iter().any(|w| subject.contains(w));
    let delayed = warned && !subject.contains("returned");
    let action = if delayed { Action::Delayed } else { Action::Failed };
    Some(addresses.into_iter().map(|a| judged(a, &head, action)).collect())
}

fn looks_like_bounce(view: &View) -> bool {
    let from = view.header("From").unwrap_or_default().to_lowercase();
    let null_path = view.header("Return-Path").is_some_and(|v| v.trim() == "<>");
    let daemon = DAEMONS.iter().any(|d| from.contains(d));
    let subject = view.subject().to_lowercase();
    let titled = SUBJECTS.iter().any(|s| subject.contains(s));
    // Two of the three; a vacation notice has the null path alone.
    daemon && (titled || null_path) || null_path && titled || is_qmail(view)
}

fn is_qmail(view: &View) -> bool {
    let text = view.own_text();
    ["the qmail-send program", "this is the mail delivery agent"].iter().any(|m| text.to_lowercase().contains(m))
}

/// The notice; some programs put it behind an empty first part.
fn text_of_notice(view: &View) -> String {
    let mut text = view.own_text();
    if addresses_in(&text, 1).is_empty() {
        for part in view.parts().iter().filter(|p| p.kind == "text/plain" || p.kind.ends_with("delivery-status")) {
            text.push('\n');
            text.push_str(&part.text);
        }
    }
    text
}

/// The part of a notice that stands before the returned message.
pub(super) fn before_returned(text: &str) -> &str {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let lower = line.trim_start().to_lowercase();
        let begins = RETURNED.iter().any(|m| lower.starts_with(m));
        if at > 0 && begins {
            return &text[..at];
        }
        at += line.len();
    }
    text
}

/// Addresses that stand apart; if none does, all that are neither daemons nor ourselves; if there
/// is none, the returned message's To.
pub(super) fn failed_addresses(view: &View, head: &str) -> Vec<EmailAddress> {
    let own: Vec<_> = ["To", "From", "Delivered-To"]
        .iter()
        .filter_map(|n| view.header(n))
        .flat_map(|v| addresses_in(v, 20))
        .collect();
    let fits = |a: &EmailAddress| {
        let local = a.local().to_ascii_lowercase();
        !own.iter().any(|o| o.normalised() == a.normalised())
            && !["mailer-daemon", "postmaster", "abuse", "support", "helpdesk"].contains(&local.as_str())
    };
    let apart: String = head.lines().filter(|l| stands_apart(l)).map(|l| format!("{l}\n")).collect();
    for text in [apart.as_str(), head] {
        let found: Vec<_> = addresses_in(text, MAX_RECIPIENTS).into_iter().filter(fits).collect();
        if !found.is_empty() {
            return found;
        }
    }
    let to = view.inner_headers().iter().find_map(|h| find(h, "To").map(str::to_owned));
    let to = to.or_else(|| {
        let text = view.own_text();
        let lines = text.lines().filter(|l| l.get(..3).is_some_and(|p| p.eq_ignore_ascii_case("to:")));
        lines.map(str::to_owned).next_back()
    });
    to.map(|v| addresses_in(&v, 1)).unwrap_or_default()
}

/// A line that begins with an address or says that one follows.
fn stands_apart(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t', '*', '-', '|', '#', '<', '"', '\'', '[']).to_lowercase();
    let says = [
        "to:",
        "recipient",
        "failed recipient",
        "final-recipient",
        "rcpt to",
        "address:",
        "550 ",
        "user unknown",
        "addressed to",
        "unknown user",
        "delivery to",
    ];
    let first =
        line.split(|c: char| c.is_whitespace() || matches!(c, '>' | ':' | ',' | ';' | ')')).next().unwrap_or_default();
    first.contains('@') || says.iter().any(|s| line.starts_with(s))
}

/// Judges by the words behind the address; where they say nothing, by all.
fn judged(address: EmailAddress, head: &str, action: Action) -> BouncedRecipient {
    let at = head.find(address.as_str()).unwrap_or(0);
    let near = &head[at..];
    let near = Reply::from_diagnostic(&near[..near.floor_char_boundary(MAX_WORDS)]);
    let mut verdict = judge(action, &near);
    let mut reply = near;
    if verdict.reason == crate::classify::Reason::Unknown {
        let all = Reply::from_diagnostic(&head[..head.floor_char_boundary(2 * MAX_WORDS)]);
        let wider = judge(action, &all);
        if wider.reason != crate::classify::Reason::Unknown {
            (verdict, reply) = (wider, all);
        }
    }
    BouncedRecipient { address: Some(address), original: None, action, reply, verdict }
}
