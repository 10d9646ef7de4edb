//! XARF, the abuse reports of networks and hosters: version 4 and 3 in JSON, version 0.2 as YAML in
//! a mail of its own form (github.com/xarf/xarf-spec). A report on a mail is a complaint; one on a
//! host is for the operator.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::{FeedbackKind, FeedbackReport, MAX_ADDRESSES};
use crate::address::EmailAddress;
use crate::named::{Named, all_in};
use crate::traces::Traces;
use crate::view::{View, find};

/// Pieces of evidence that are looked through, and octets of each.
const MAX_EVIDENCE: usize = 10;
const MAX_PAYLOAD: usize = 1024 * 1024;

pub(super) fn read(view: &View) -> Option<FeedbackReport> {
    let parts = view.parts().iter().filter(|p| p.depth == 0 && p.text.trim_start().starts_with('{'));
    parts
        .filter_map(|p| serde_json::from_str::<Value>(&p.text).ok())
        .find_map(|json| of_json(view, &json))
        .or_else(|| of_yaml(view))
}

fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(value, |value, name| value.get(name))?.as_str()
}

/// What a report's class and type say happened.
fn kind(class: &str, of: &str) -> FeedbackKind {
    let (class, of) = (class.to_ascii_lowercase(), of.to_ascii_lowercase());
    match (class.as_str(), of.as_str()) {
        (_, "spam" | "bulk-messaging" | "bulk_messaging") | ("messaging", _) => FeedbackKind::Abuse,
        ("content", "phishing" | "fraud") | (_, "phishing" | "fraud") => FeedbackKind::Fraud,
        ("content", "malware") => FeedbackKind::Virus,
        _ => FeedbackKind::Unknown(format!("xarf {class} {of}").chars().filter(|c| !c.is_control()).take(40).collect()),
    }
}

fn of_json(view: &View, json: &Value) -> Option<FeedbackReport> {
    let four = json.get("xarf_version").is_some();
    let report = json.get("Report");
    if !four && report.is_none_or(|r| r.get("ReportType").is_none()) {
        return None;
    }
    let at = |new: &[&str], old: &[&str]| text(json, if four { new } else { old }).map(str::to_owned);
    let class = at(&["category"], &["Report", "ReportClass"]).or_else(|| at(&["class"], &[])).unwrap_or_default();
    let of = at(&["type"], &["Report", "ReportType"]).unwrap_or_default();
    let contact = at(&["reporter", "contact"], &["ReporterInfo", "ReporterOrgEmail"]);
    let evidence =
        if four { json.get("evidence") } else { report.and_then(|r| r.get("Samples").or_else(|| r.get("Attachment"))) };
    let mut traces = Traces::of(view);
    for sample in evidence.and_then(Value::as_array).into_iter().flatten().take(MAX_EVIDENCE) {
        for name in ["payload", "Payload"] {
            traces.look_at(&payload(sample.get(name).and_then(Value::as_str).unwrap_or_default()));
        }
    }
    let to = at(&["smtp_to"], &["Report", "SmtpRcptTo"]).unwrap_or_default();
    Some(FeedbackReport {
        kind: kind(&class, &of),
        reporter: contact.and_then(|a| EmailAddress::parse(a.trim()).ok()).or_else(|| view.from().cloned()),
        recipients: all_in(&to, MAX_ADDRESSES),
        incidents: 1,
        arrival_date: at(&["timestamp"], &["Report", "Date"]),
        source_ip: at(&["source_identifier"], &["Report", "SourceIp"]),
        traces,
    })
}

/// Base64 as the newer versions have it, or the text itself.
fn payload(text: &str) -> String {
    let text = &text[..text.floor_char_boundary(MAX_PAYLOAD)];
    let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    BASE64.decode(packed).map_or_else(|_| text.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Version 0.2: the header says so, and a part holds lines of `name: value`.
fn of_yaml(view: &View) -> Option<FeedbackReport> {
    let marked = ["X-ARF", "X-XARF"].iter().any(|name| view.header(name).is_some());
    if !marked {
        return None;
    }
    let fields = view
        .parts()
        .iter()
        .filter(|p| p.depth == 0)
        .map(super::part_fields)
        .find(|f| find(f, "Report-Type").is_some())?;
    let value = |name: &str| find(&fields, name).map(|v| v.trim_matches(['"', '\'', ' ']).to_owned());
    let of = value("Report-Type").unwrap_or_default();
    Some(FeedbackReport {
        kind: kind(&value("Category").unwrap_or_default(), &of),
        reporter: value("Reported-From").and_then(|a| EmailAddress::parse(&a).ok()).or_else(|| view.from().cloned()),
        recipients: Vec::<Named>::new(),
        incidents: value("Occurrences").and_then(|v| v.parse().ok()).unwrap_or(1).max(1),
        arrival_date: value("Date"),
        source_ip: value("Source"),
        traces: Traces::of(view),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(kind: &str, header: &str, body: &str) -> Option<FeedbackReport> {
        let raw = format!("From: desk@example.net\r\n{header}Content-Type: {kind}\r\n\r\n{body}\r\n");
        crate::arf::read(&View::open(raw.as_bytes()).expect("view"))
    }

    #[test]
    fn reports_of_every_version_are_read() {
        let evidence = BASE64.encode("Message-ID: <m.abc@example.com>\r\n");
        let four = format!(
            r#"{{"xarf_version":"4.2.0","category":"messaging","type":"spam","reporter":{{"contact":"a@example.org"}},"source_identifier":"192.0.2.1","evidence":[{{"payload":"{evidence}"}}]}}"#
        );
        let found = report("application/json", "", &four).expect("a report");
        assert_eq!((found.kind, found.source_ip.as_deref()), (FeedbackKind::Abuse, Some("192.0.2.1")));
        assert_eq!(found.reporter.as_ref().map(EmailAddress::as_str), Some("a@example.org"));
        assert_eq!(found.traces.message_ids, ["m.abc@example.com"]);
        let three = r#"{"Version":"3","ReporterInfo":{"ReporterOrgEmail":"a@example.org"},"Report":{"ReportClass":"Content","ReportType":"Phishing","SourceIp":"192.0.2.1"}}"#;
        assert_eq!(report("application/json", "", three).map(|r| r.kind), Some(FeedbackKind::Fraud));
        let old = "Reported-From: a@example.org\r\nCategory: abuse\r\nReport-Type: spam\r\nSource: 192.0.2.1\r\n";
        assert_eq!(report("text/plain", "X-ARF: YES\r\n", old).map(|r| r.kind), Some(FeedbackKind::Abuse));
    }

    #[test]
    fn a_report_on_a_host_is_no_complaint() {
        let json = r#"{"xarf_version":"4.2.0","category":"connection","type":"ddos","source_identifier":"192.0.2.1"}"#;
        let found = report("application/json", "", json).expect("a report");
        assert!(!found.kind.is_complaint());
        assert_eq!(report("application/json", "", "{}"), None);
        assert_eq!(report("text/plain", "", "Report-Type: spam"), None);
    }
}
