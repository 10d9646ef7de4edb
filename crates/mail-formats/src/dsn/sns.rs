//! Notifications of Amazon SES that come as mail: JSON in the text, often inside a string of JSON,
//! and often with broken lines (docs.aws.amazon.com: notification contents for Amazon SES).

use super::{Action, BouncedRecipient, MAX_RECIPIENTS, judge};
use crate::classify::{Class, Reason, Verdict};
use crate::named::Named;
use crate::reply::{EnhancedStatus, Reply};
use crate::rules::RuleSet;
use crate::trail::Trail;
use crate::view::View;

/// Octets that are looked through.
const MAX_TEXT: usize = 64 * 1024;

/// The text as one line without the escapes of the outer string; `None` if it is no notification.
pub(crate) fn notification(view: &View) -> Option<String> {
    let text = view.own_text();
    let text = &text[..text.floor_char_boundary(MAX_TEXT)];
    if !text.contains("otificationType") && !text.contains("eventType") {
        return None;
    }
    let flat: String = text.split(['\n', '\r']).map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    Some(flat.replace("\\\"", "\"").replace("\\\\", "\\").replace("\" : ", "\":").replace("\": ", "\":"))
}

/// The value of a key that holds a string, behind `from`; the first one.
pub(crate) fn string<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("\"{key}\":\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

/// The objects of the array behind a key, as far as they hold no objects of their own.
pub(crate) fn objects<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let Some((_, rest)) = text.split_once(&format!("\"{key}\":[")) else { return Vec::new() };
    let list = rest.split_once(']').map_or(rest, |(list, _)| list);
    list.split('{')
        .skip(1)
        .take(MAX_RECIPIENTS)
        .map(|object| object.split_once('}').map_or(object, |(o, _)| o))
        .collect()
}

pub(super) fn read(rules: &RuleSet, view: &View, trail: &mut Trail) -> Option<Vec<BouncedRecipient>> {
    let text = notification(view)?;
    let kind = string(&text, "notificationType").or_else(|| string(&text, "eventType"))?;
    if kind != "Bounce" {
        return None;
    }
    trail.note(|| "a notification of Amazon SES".to_owned());
    let permanent = string(&text, "bounceType");
    let list = objects(&text, "bouncedRecipients");
    let read = |object: &&str| {
        let address = string(object, "emailAddress").and_then(Named::of_field);
        let status = string(object, "status").and_then(EnhancedStatus::parse);
        let diagnostic = string(object, "diagnosticCode").unwrap_or_default();
        let diagnostic = diagnostic.split_once(';').map_or(diagnostic, |(_, text)| text).trim();
        let reply = Reply::from_diagnostic(diagnostic).with_status(status);
        let action = if string(object, "action") == Some("delayed") { Action::Delayed } else { Action::Failed };
        let mut found = judge(rules, action, &reply, None);
        if found.verdict.reason == Reason::Unknown && diagnostic.is_empty() && status.is_none() {
            found.verdict = match permanent {
                Some("Permanent") => Verdict::new(Class::Hard, Reason::UserUnknown),
                _ => Verdict::new(Class::Soft, Reason::Unknown),
            };
        }
        trail.judged(address.as_ref(), &reply, &found);
        BouncedRecipient { address, original: None, action, reply, verdict: found.verdict }
    };
    let mut recipients = Vec::new();
    let mut read = read;
    for object in &list {
        recipients.push(read(object));
    }
    (!recipients.is_empty()).then_some(recipients)
}
