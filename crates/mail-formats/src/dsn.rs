//! Bounces: delivery status notifications (RFC 3464, RFC 6533), forms that look like them, and
//! notices in plain words (B1–B4).
//!
//! Whom a bounce concerns is decided by the return path that it came to (B3); the addresses found
//! here are for people to read and for mail that went out without one.

use crate::classify::{Class, Judgement, Reason, Stage, Verdict, judge as judge_reply, provider_of_host};
use crate::named::Named;
use crate::reply::{EnhancedStatus, Reply, printable};
use crate::rules::RuleSet;
use crate::traces::Traces;
use crate::trail::Trail;
use crate::view::{View, find};

mod evidence;
mod notice;
mod sightings;
pub(crate) mod sns;

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

/// How the bouncing side meant it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing failed: delayed, relayed, expanded, delivered.
    None,
    /// Failed, but the address stays: blocks of ours and refused content too.
    Soft,
    /// The address does not work.
    Hard,
}

impl Severity {
    /// A stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Soft => "soft",
            Self::Hard => "hard",
        }
    }
}

/// What a bounce says about one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BouncedRecipient {
    /// The address that failed, which may be one that ours was forwarded to.
    pub address: Option<Named>,
    /// The address that the message was first sent to, where the bounce tells.
    pub original: Option<Named>,
    /// What was done.
    pub action: Action,
    /// The reply or the words that say why; fit for pages.
    pub reply: Reply,
    /// The judgement: class `None` unless the action is `Failed`.
    pub verdict: Verdict,
}

impl BouncedRecipient {
    /// How the bouncing side meant it. Whether it counts against the address is said by
    /// [`Verdict::counts_against_address`] alone.
    pub fn severity(&self) -> Severity {
        match (self.action, self.verdict.class) {
            (Action::Failed, Class::Hard) => Severity::Hard,
            (Action::Failed, _) => Severity::Soft,
            _ => Severity::None,
        }
    }
}

/// A bounce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// What it says about each recipient; may be empty in free forms.
    pub recipients: Vec<BouncedRecipient>,
    /// Whether it is a delivery status notification in due form.
    pub is_formal: bool,
    /// Whether a person passes it on, who got it at an address of their own.
    pub passed_on: bool,
    /// Traces of our message in what was returned.
    pub traces: Traces,
}

impl Bounce {
    /// Whether it only says that mail arrived or was handed on.
    pub fn is_success(&self) -> bool {
        let good = |r: &BouncedRecipient| matches!(r.action, Action::Delivered | Action::Relayed | Action::Expanded);
        !self.recipients.is_empty() && self.recipients.iter().all(good)
    }
}

/// Reads a bounce by the built-in rules; `None` if the message is none.
pub fn read(view: &View) -> Option<Bounce> {
    read_by(RuleSet::built_in(), view, &mut Trail::silent())
}

/// The same by any rules, with a trail of what decided.
pub(crate) fn read_by(rules: &RuleSet, view: &View, trail: &mut Trail) -> Option<Bounce> {
    let of = |recipients, is_formal, passed_on| Bounce { recipients, is_formal, passed_on, traces: Traces::of(view) };
    if let Some(recipients) = in_due_form(rules, view, trail) {
        return Some(of(recipients, true, false));
    }
    if let Some(recipients) = sns::read(rules, view, trail) {
        return Some(of(recipients, false, false));
    }
    notice::read(rules, view, trail).map(|(recipients, passed_on)| of(recipients, false, passed_on))
}

/// The machine's part of a report (RFC 3464 §2); `None` where there is none that says anything.
fn in_due_form(rules: &RuleSet, view: &View, trail: &mut Trail) -> Option<Vec<BouncedRecipient>> {
    let part = view.parts().iter().find(|p| p.depth == 0 && p.kind.ends_with("delivery-status"))?;
    trail.note(|| format!("a part of type {}", part.kind));
    let words = notice::words_of(rules, view);
    let mut recipients = of_groups(rules, &groups(&part.text), &words, trail);
    if let [only] = &mut recipients[..]
        && only.address.as_ref().is_none_or(|a| a.domain().is_empty())
    {
        only.address = notice::addresses(rules, view, trail).into_iter().next();
    }
    (!recipients.is_empty()).then_some(recipients)
}

/// The groups that speak of recipients, judged.
fn of_groups(rules: &RuleSet, groups: &[Group], words: &str, trail: &mut Trail) -> Vec<BouncedRecipient> {
    let speaks =
        |group: &&Group| ["Final-Recipient", "Original-Recipient", "Action"].iter().any(|n| find(group, n).is_some());
    let host = |value: &str| provider_of_host(value.split_once(';').map_or(value, |(_, host)| host).trim());
    // Where no host refused it, the reporting one did.
    let reporting = groups.iter().find_map(|group| find(group, "Reporting-MTA")).and_then(host);
    let of = |group: &Group| {
        let provider = find(group, "Remote-MTA").map_or(reporting, host);
        recipient(rules, group, provider, words, trail)
    };
    groups.iter().filter(speaks).take(MAX_RECIPIENTS).map(of).collect()
}

fn recipient(
    rules: &RuleSet,
    group: &Group,
    provider: Option<&str>,
    words: &str,
    trail: &mut Trail,
) -> BouncedRecipient {
    let address = |name: &str| find(group, name).and_then(Named::of_field);
    let status = find(group, "Status").and_then(|v| EnhancedStatus::parse(v).or_else(|| EnhancedStatus::find(v)));
    let action = action(find(group, "Action"), status);
    let diagnostic =
        find(group, "Diagnostic-Code").map_or("", |v| v.split_once(';').map_or(v, |(_, text)| text)).trim();
    let mut reply = Reply::from_diagnostic(diagnostic).with_status(status);
    let mut found = judge(rules, action, &reply, provider);
    // A form filled in without care: the words of the notice may say more.
    let vague = matches!(found.verdict.reason, Reason::Unknown | Reason::System | Reason::Network | Reason::PolicyRule);
    if action == Action::Failed && vague && !words.is_empty() {
        let from_words = Reply::from_diagnostic(words);
        let better = judge(rules, action, &from_words, provider);
        let says_more = better.verdict.reason != Reason::Unknown
            && (found.verdict.reason == Reason::Unknown
                || better.verdict.class == Class::Hard && diagnostic.is_empty());
        if says_more {
            trail.note(|| "the words of the notice say more than its form".to_owned());
            found = better;
            reply = if diagnostic.is_empty() { from_words.with_status(status) } else { reply };
        }
    }
    // A final recipient that only the last host understands says less than the original one.
    let is_local = |a: &Named| !a.domain().contains('.');
    let (last, first) = (address("Final-Recipient"), address("Original-Recipient"));
    let address = match (last, first) {
        (Some(last), Some(first)) if is_local(&last) && !is_local(&first) => Some(first),
        (last, first) => last.or_else(|| address("X-Actual-Recipient")).or(first),
    };
    trail.judged(address.as_ref(), &reply, &found);
    BouncedRecipient {
        address,
        original: find(group, "Original-Recipient").and_then(Named::of_field),
        action,
        reply,
        verdict: found.verdict,
    }
}

/// The judgement on a final failure: what was a deferral until the end has expired (B2).
pub(crate) fn judge<'a>(rules: &'a RuleSet, action: Action, reply: &Reply, provider: Option<&str>) -> Judgement<'a> {
    if action != Action::Failed {
        return Judgement { verdict: Verdict::new(Class::None, Reason::Accepted), rule: None };
    }
    let mut found = judge_reply(&rules.replies, reply, Stage::Report, provider);
    found.verdict = match found.verdict.class {
        Class::None => Verdict::new(Class::Soft, Reason::Unknown),
        Class::Transient | Class::Greylist => found.verdict.expired(),
        _ if reply.is_transient() => found.verdict.expired(),
        _ => found.verdict,
    };
    found
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

/// Fields that stand together.
type Group = Vec<(String, String)>;

/// Field groups separated by blank lines. A second recipient without a blank line before it begins
/// a group too.
fn groups(text: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = vec![Vec::new()];
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
            let name = name.trim();
            if name.eq_ignore_ascii_case("Final-Recipient") && find(group, name).is_some() {
                groups.push(Vec::new());
            }
            if let Some(group) = groups.last_mut() {
                group.push((name.to_owned(), value.trim().to_owned()));
            }
        }
        if groups.len() > MAX_RECIPIENTS + 2 {
            break;
        }
    }
    groups
}

/// Words for judging and for pages: bounded and without controls.
fn kept(text: &str) -> String {
    printable(&text[..text.floor_char_boundary(MAX_WORDS)])
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
        assert_eq!(found.recipients[0].address.as_ref().map(Named::as_str), Some("a@example.com"));
    }

    /// Proves B3: the address of a forward target is not taken for the original one.
    #[test]
    fn b3_original_and_final_recipient_are_told_apart() {
        let found = bounce(
            "Original-Recipient: rfc822; a@example.com\r\nFinal-Recipient: rfc822; target@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n",
        );
        let one = &found.recipients[0];
        assert_eq!(one.address.as_ref().map(Named::as_str), Some("target@example.org"));
        assert_eq!(one.original.as_ref().map(Named::as_str), Some("a@example.com"));
    }

    #[test]
    fn b1_international_addresses_are_read() {
        let raw = "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\nContent-Type: message/global-delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: utf-8; jörg@bücher.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--x--\r\n";
        let found = read(&View::open(raw.as_bytes()).expect("view")).expect("bounce");
        assert_eq!(found.recipients[0].address.as_ref().map(Named::as_str), Some("jörg@bücher.example"));
    }
}
