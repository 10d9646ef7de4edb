//! Bounces: delivery status notifications (RFC 3464, RFC 6533) and the free forms of programs
//! that do not write them (B1–B4).
//!
//! Whom a bounce concerns is decided by the return path that it came to (B3); the addresses found
//! here are for people to read and for mail that went out without one.

use crate::address::EmailAddress;
use crate::classify::{Class, Reason, Stage, Verdict, classify};
use crate::reply::{EnhancedStatus, Reply, printable};
use crate::traces::Traces;
use crate::view::{Part, View, addresses_in, find};

mod free_form;

/// Recipients of one bounce.
const MAX_RECIPIENTS: usize = 100;
/// Octets of words that are kept for judging one recipient.
const MAX_WORDS: usize = 2 * 1024;

/// What was done with a message (RFC 3464 §2.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Given up; the only action that may count (B2).
    Failed,
    /// Still tried.
    Delayed,
    /// Delivered.
    Delivered,
    /// Handed on without a promise.
    Relayed,
    /// Given to a list.
    Expanded,
}

/// What a bounce says about one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BouncedRecipient {
    /// The address that failed, which may be one that ours was forwarded to.
    pub address: Option<EmailAddress>,
    /// The address that the message was first sent to, where the bounce tells.
    pub original: Option<EmailAddress>,
    /// What was done.
    pub action: Action,
    /// The reply or the words that say why; fit for pages.
    pub reply: Reply,
    /// The judgement: class `None` unless the action is `Failed`.
    pub verdict: Verdict,
}

/// A bounce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// What it says about each recipient; may be empty in free forms.
    pub recipients: Vec<BouncedRecipient>,
    /// Whether it is a delivery status notification in due form.
    pub is_formal: bool,
    /// Traces of our message in what was returned.
    pub traces: Traces,
}

/// Reads a bounce; `None` if the message is none.
pub fn read(view: &View) -> Option<Bounce> {
    if let Some(part) = view.parts().iter().find(|p| p.depth == 0 && p.kind.ends_with("delivery-status")) {
        let mut recipients = formal(view, part);
        if let [only] = &mut recipients[..]
            && only.address.is_none()
        {
            only.address = free_form::failed_addresses(view, &notice_words(view)).into_iter().next();
        }
        if !recipients.is_empty() {
            return Some(Bounce { recipients, is_formal: true, traces: Traces::of(view) });
        }
    }
    let recipients = free_form::read(view)?;
    Some(Bounce { recipients, is_formal: false, traces: Traces::of(view) })
}

fn formal(view: &View, part: &Part) -> Vec<BouncedRecipient> {
    let words = notice_words(view);
    groups(&part.text)
        .iter()
        .filter(|g| ["Final-Recipient", "Original-Recipient", "Action"].iter().any(|n| find(g, n).is_some()))
        .take(MAX_RECIPIENTS)
        .map(|group| recipient(group, &words))
        .collect()
}

fn recipient(group: &[(String, String)], words: &str) -> BouncedRecipient {
    let address = |name: &str| find(group, name).and_then(|v| addresses_in(v, 1).pop());
    let status = find(group, "Status").and_then(|v| EnhancedStatus::parse(v).or_else(|| EnhancedStatus::find(v)));
    let action = action(find(group, "Action"), status);
    let diagnostic = find(group, "Diagnostic-Code").map_or("", |v| v.split_once(';').map_or(v, |(_, text)| text));
    let mut reply = Reply::from_diagnostic(diagnostic.trim()).with_status(status);
    let mut verdict = judge(action, &reply);
    // A form filled in without care: the words of the notice may say more.
    let vague = matches!(verdict.reason, Reason::Unknown | Reason::System | Reason::Network | Reason::PolicyRule);
    if action == Action::Failed && vague && !words.is_empty() {
        let from_words = Reply::from_diagnostic(words);
        let better = judge(action, &from_words);
        if better.reason != Reason::Unknown
            && (verdict.reason == Reason::Unknown || better.class == Class::Hard && diagnostic.is_empty())
        {
            verdict = better;
            reply = if diagnostic.is_empty() { from_words.with_status(status) } else { reply };
        }
    }
    BouncedRecipient {
        address: address("Final-Recipient").or_else(|| address("Original-Recipient")),
        original: address("Original-Recipient"),
        action,
        reply,
        verdict,
    }
}

/// The judgement on a final failure: what was a deferral until the end has expired (B2).
pub(crate) fn judge(action: Action, reply: &Reply) -> Verdict {
    if action != Action::Failed {
        return Verdict::new(Class::None, Reason::Accepted);
    }
    let verdict = classify(reply, Stage::Report, None);
    match verdict.class {
        Class::None => Verdict::new(Class::Soft, Reason::Unknown),
        class @ (Class::Transient | Class::Greylist) => Verdict::new(class.when_expired(), verdict.reason),
        class if reply.is_transient() => Verdict::new(class.when_expired(), verdict.reason),
        class => Verdict::new(class, verdict.reason),
    }
}

/// The action; where the word is missing the status tells.
fn action(word: Option<&str>, status: Option<EnhancedStatus>) -> Action {
    let word = word.unwrap_or_default().trim().to_ascii_lowercase();
    match word.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default() {
        "failed" | "failure" | "fail" | "bounced" | "expired" | "error" => Action::Failed,
        "delayed" | "delay" | "deferred" => Action::Delayed,
        "delivered" | "deliverable" => Action::Delivered,
        "relayed" => Action::Relayed,
        "expanded" => Action::Expanded,
        _ => match status.map(|s| s.class) {
            Some(2) => Action::Delivered,
            Some(4) => Action::Delayed,
            _ => Action::Failed,
        },
    }
}

/// Field groups separated by blank lines.
fn groups(text: &str) -> Vec<Vec<(String, String)>> {
    let mut groups: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for line in text.lines().take(20_000) {
        let Some(group) = groups.last_mut() else { break };
        if line.trim().is_empty() {
            if !group.is_empty() {
                groups.push(Vec::new());
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = group.last_mut()
                && value.len() < MAX_WORDS * 2
            {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            group.push((name.trim().to_owned(), value.trim().to_owned()));
        }
        if groups.len() > MAX_RECIPIENTS + 2 {
            break;
        }
    }
    groups
}

/// The words of the notice itself, up to what was returned, fit for pages.
fn notice_words(view: &View) -> String {
    let text = view.own_text();
    let head = free_form::before_returned(&text);
    printable(&head[..head.floor_char_boundary(MAX_WORDS)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounce(status: &str) -> Bounce {
        let raw = format!(
            "From: MAILER-DAEMON@mx.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nSorry\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n{status}\r\n--x--\r\n"
        );
        read(&View::open(raw.as_bytes()).expect("view")).expect("bounce")
    }

    /// Proves B1, B2: each recipient is judged alone, and only `failed` counts.
    #[test]
    fn b1_b2_only_failed_recipients_count() {
        let found = bounce(
            "Final-Recipient: rfc822; a@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no\r\n\r\nFinal-Recipient: rfc822; b@example.com\r\nAction: delayed\r\nStatus: 5.1.1\r\n\r\nFinal-Recipient: rfc822; c@example.com\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\nFinal-Recipient: rfc822; d@example.com\r\nAction: failed\r\nStatus: 4.4.7\r\n\r\nFinal-Recipient: rfc822; e@example.com\r\nAction: failed\r\nStatus: 5.7.1\r\n",
        );
        let classes: Vec<_> = found.recipients.iter().map(|r| r.verdict.class).collect();
        assert_eq!(classes, [Class::Hard, Class::None, Class::None, Class::Soft, Class::Policy]);
        assert!(found.is_formal);
        assert_eq!(found.recipients[0].address.as_ref().map(EmailAddress::as_str), Some("a@example.com"));
    }

    /// Proves B3: the address of a forward target is not taken for the original one.
    #[test]
    fn b3_original_and_final_recipient_are_told_apart() {
        let found = bounce(
            "Original-Recipient: rfc822; a@example.com\r\nFinal-Recipient: rfc822; target@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n",
        );
        let one = &found.recipients[0];
        assert_eq!(one.address.as_ref().map(EmailAddress::as_str), Some("target@example.org"));
        assert_eq!(one.original.as_ref().map(EmailAddress::as_str), Some("a@example.com"));
    }

    #[test]
    fn b1_international_addresses_are_read() {
        let raw = "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\nContent-Type: message/global-delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: utf-8; jörg@bücher.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--x--\r\n";
        let found = read(&View::open(raw.as_bytes()).expect("view")).expect("bounce");
        assert_eq!(found.recipients[0].address.as_ref().map(EmailAddress::as_str), Some("jörg@xn--bcher-kva.example"));
    }
}
