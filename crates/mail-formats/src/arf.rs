//! Feedback reports (RFC 5965, 6591, 6650, 9477), XARF, notifications of Amazon SES, and the older
//! form of one provider, with the deviations that arrive in practice (F1–F5, F14).

use crate::address::EmailAddress;
use crate::dsn::sns;
use crate::named::{Named, all_in};
use crate::traces::Traces;
use crate::view::{Part, View, find};

mod xarf;

/// Addresses that are kept of one report.
const MAX_ADDRESSES: usize = 50;

/// What a report says happened. Unknown kinds are set aside, never refused (F4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedbackKind {
    /// A person called it spam.
    Abuse,
    /// Phishing or another fraud.
    Fraud,
    /// Malware.
    Virus,
    /// Something else that a person reported.
    Other,
    /// It was not spam after all; changes nothing by itself (F4).
    NotSpam,
    /// A wish to get no more mail (older agents).
    OptOut,
    /// A failed authentication, no complaint (RFC 6591).
    AuthFailure,
    /// A kind that nobody has registered.
    Unknown(String),
}

impl FeedbackKind {
    fn parse(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "abuse" | "complaint" => Self::Abuse,
            "fraud" => Self::Fraud,
            "virus" => Self::Virus,
            "other" => Self::Other,
            "not-spam" => Self::NotSpam,
            "opt-out" | "opt-out-list" => Self::OptOut,
            word if word.starts_with("auth-failure") || word.starts_with("dkim") => Self::AuthFailure,
            word => Self::Unknown(word.chars().filter(|c| !c.is_control()).take(40).collect()),
        }
    }

    /// Whether a person complained: counts once per contact and message (D4).
    pub fn is_complaint(&self) -> bool {
        matches!(self, Self::Abuse | Self::Fraud | Self::Virus | Self::Other)
    }
}

/// A feedback report. Nothing in it is proven: [`Traces`] must be checked by the keeper of the
/// keys, and the report's own signature by whoever received it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedbackReport {
    /// The kind.
    pub kind: FeedbackKind,
    /// Who sent the report.
    pub reporter: Option<EmailAddress>,
    /// Whom the report names as recipients; empty when redacted (F5).
    pub recipients: Vec<Named>,
    /// How many incidents one report stands for; one complainant still (F3). At least 1.
    pub incidents: u32,
    /// When the mail arrived there, as written.
    pub arrival_date: Option<String>,
    /// The address that the mail came from, as written.
    pub source_ip: Option<String>,
    /// Traces of our message.
    pub traces: Traces,
}

/// Reads a feedback report; `None` if the message is none.
pub fn read(view: &View) -> Option<FeedbackReport> {
    let (fields, recipients) = match machine_fields(view) {
        Some(fields) => {
            let recipients = recipients(view, &fields);
            (fields, recipients)
        }
        None if is_old_form(view) => (field("Feedback-Type", "abuse"), recipients(view, &[])),
        None => return xarf::read(view).or_else(|| from_notification(view)),
    };
    let kind = FeedbackKind::parse(find(&fields, "Feedback-Type").unwrap_or("abuse"));
    let incidents = find(&fields, "Incidents").and_then(|v| v.trim().parse().ok()).unwrap_or(1).max(1);
    let owned = |name: &str| find(&fields, name).map(str::to_owned);
    Some(FeedbackReport {
        kind,
        reporter: view.from().cloned(),
        recipients,
        incidents,
        arrival_date: owned("Arrival-Date").or_else(|| owned("Received-Date")),
        source_ip: owned("Source-IP"),
        traces: Traces::of(view),
    })
}

fn field(name: &str, value: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), value.to_owned())]
}

/// The fields of the machine's part; some senders give it the type of plain text (F1).
fn machine_fields(view: &View) -> Option<Vec<(String, String)>> {
    let own = || view.parts().iter().filter(|p| p.depth == 0);
    let typed = own().find(|p| p.kind.ends_with("/feedback-report"));
    let typed = typed.or_else(|| view.parts().iter().find(|p| p.kind.ends_with("/feedback-report")));
    if let Some(part) = typed {
        return Some(part_fields(part));
    }
    own().map(part_fields).find(|fields| {
        let has = |name| find(fields, name).is_some();
        has("Feedback-Type") && (has("User-Agent") || has("Version"))
    })
}

/// A complaint in a notification of Amazon SES.
fn from_notification(view: &View) -> Option<FeedbackReport> {
    let text = sns::notification(view)?;
    let kind = sns::string(&text, "notificationType").or_else(|| sns::string(&text, "eventType"))?;
    if kind != "Complaint" {
        return None;
    }
    let addresses = sns::objects(&text, "complainedRecipients");
    let mut traces = Traces::of(view);
    traces.look_at(&text);
    Some(FeedbackReport {
        kind: FeedbackKind::parse(sns::string(&text, "complaintFeedbackType").unwrap_or("abuse")),
        reporter: view.from().cloned(),
        recipients: addresses
            .iter()
            .filter_map(|o| sns::string(o, "emailAddress"))
            .filter_map(Named::of_field)
            .collect(),
        incidents: 1,
        arrival_date: sns::string(&text, "arrivalDate").map(str::to_owned),
        source_ip: sns::string(&text, "sourceIp").map(str::to_owned),
        traces,
    })
}

/// The form before ARF: the whole message attached, the recipient in a field of its own (F14).
fn is_old_form(view: &View) -> bool {
    let names = ["X-HmXmrOriginalRecipient", "X-Original-Recipient-Complaint"];
    let named = |list: &[(String, String)]| names.iter().any(|n| find(list, n).is_some());
    let from_desk = view.from().is_some_and(|a| {
        matches!(a.normalised().as_str(), "staff@hotmail.com" | "staff@outlook.com" | "scomp@aol.net")
    });
    let carries = !view.inner_headers().is_empty() || view.parts().iter().any(|p| p.kind.contains("rfc822"));
    named(view.headers()) && carries || view.inner_headers().iter().any(|h| named(h)) || from_desk && carries
}

/// Whom the report names: part 2's own fields, else the reported message's (F2), else nobody.
fn recipients(view: &View, fields: &[(String, String)]) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    for (name, value) in fields.iter().chain(view.headers()) {
        let wanted = ["Original-Rcpt-To", "X-HmXmrOriginalRecipient", "Removal-Recipient"];
        if wanted.iter().any(|n| name.eq_ignore_ascii_case(n)) {
            found.extend(all_in(value, MAX_ADDRESSES));
        }
    }
    let reported = reported_fields(view);
    for name in ["X-HmXmrOriginalRecipient", "To"] {
        if found.is_empty()
            && let Some(value) = find(&reported, name)
        {
            found = all_in(value, MAX_ADDRESSES);
        }
    }
    let mut once: Vec<Named> = Vec::new();
    for address in found {
        if once.len() < MAX_ADDRESSES && !once.contains(&address) {
            once.push(address);
        }
    }
    once
}

/// The headers of the reported message, whether attached whole or as headers only.
fn reported_fields(view: &View) -> Vec<(String, String)> {
    let headers_only = view.parts().iter().find(|p| p.kind.contains("rfc822"));
    match (view.inner_headers().first(), headers_only) {
        (Some(list), _) => list.clone(),
        (None, Some(part)) => part_fields(part),
        (None, None) => Vec::new(),
    }
}

/// The fields of a part that holds nothing but fields; ends at the first blank line behind one.
pub(crate) fn part_fields(part: &Part) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in part.text.lines().skip_while(|l| l.trim().is_empty()).take(2_000) {
        if line.trim().is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(second: &str, third: &str) -> FeedbackReport {
        let raw = format!(
            "From: fbl@example.net\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=x\r\n\r\n--x\r\nContent-Type: message/feedback-report\r\n\r\n{second}\r\n--x\r\n{third}\r\n--x--\r\n"
        );
        read(&View::open(raw.as_bytes()).expect("view")).expect("report")
    }

    /// Proves F1, F3, F5: deviations are tolerated, incidents are told, redaction leaves traces.
    #[test]
    fn f1_f3_f5_a_redacted_report_keeps_our_traces() {
        let found = report(
            "Feedback-Type: abuse\r\nVersion: 0.1\r\nIncidents: 7\r\nReceived-Date: yesterday",
            "Content-Type: text/rfc822-headers\r\n\r\nTo: redacted\r\nMessage-ID: <m.abc@example.com>\r\nCFBL-Feedback-ID: abc\r\n",
        );
        assert_eq!((found.kind, found.incidents), (FeedbackKind::Abuse, 7));
        assert!(found.recipients.is_empty());
        assert_eq!(found.traces.message_ids, ["m.abc@example.com"]);
        assert_eq!(found.traces.feedback_ids, ["abc"]);
        assert_eq!(found.arrival_date.as_deref(), Some("yesterday"));
    }

    /// Proves F4: an unknown kind is kept apart and is no complaint.
    #[test]
    fn f4_unknown_kinds_are_set_aside() {
        let found = report("Feedback-Type: x-new", "\r\n");
        assert_eq!(found.kind, FeedbackKind::Unknown("x-new".into()));
        assert!(!found.kind.is_complaint() && !FeedbackKind::NotSpam.is_complaint());
        assert_eq!(report("Feedback-Type: auth-failure", "\r\n").kind, FeedbackKind::AuthFailure);
    }
}
