//! Reports on TLS between mail servers (RFC 8460): JSON, usually in gzip. They name no person.

use serde_json::Value;

use crate::reply::printable;
use crate::unpack::unpack;
use crate::view::View;

/// Policies of one report, and failures of each, that are kept.
const MAX_KEPT: usize = 100;
/// Octets of one text.
const MAX_TEXT: usize = 500;

/// A report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsReport {
    /// Who reports.
    pub organisation: String,
    /// The report's own id.
    pub report_id: String,
    /// From when and until when, as written.
    pub period: (String, String),
    /// What was seen, by policy.
    pub policies: Vec<TlsPolicy>,
}

/// Sessions under one policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsPolicy {
    /// The domain that the policy is for.
    pub domain: String,
    /// tlsa, sts or no-policy-found.
    pub kind: String,
    /// Sessions that went well.
    pub successes: u64,
    /// Sessions that failed.
    pub failures: u64,
    /// Why, with the number of sessions of each.
    pub reasons: Vec<(String, u64)>,
}

/// Reads the report in a mail; `None` if there is none.
pub fn read(view: &View) -> Option<TlsReport> {
    view.attachments().find_map(|bytes| parse(&unpack(bytes)?))
}

/// Reads a report's JSON.
pub fn parse(json: &[u8]) -> Option<TlsReport> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    let value: Value = serde_json::from_slice(json).ok()?;
    let policies = value.get("policies")?.as_array()?;
    let organisation = value.get("organization-name")?;
    let range = &value["date-range"];
    Some(TlsReport {
        organisation: text(organisation),
        report_id: text(&value["report-id"]),
        period: (text(&range["start-datetime"]), text(&range["end-datetime"])),
        policies: policies.iter().take(MAX_KEPT).map(policy).collect(),
    })
}

fn policy(value: &Value) -> TlsPolicy {
    let count = |name: &str| value["summary"][name].as_u64().unwrap_or(0);
    let details = value["failure-details"].as_array().map(Vec::as_slice).unwrap_or_default();
    let reason = |detail: &Value| (text(&detail["result-type"]), detail["failed-session-count"].as_u64().unwrap_or(0));
    TlsPolicy {
        domain: text(&value["policy"]["policy-domain"]),
        kind: text(&value["policy"]["policy-type"]),
        successes: count("total-successful-session-count"),
        failures: count("total-failure-session-count"),
        reasons: details.iter().take(MAX_KEPT).map(reason).collect(),
    }
}

fn text(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    printable(&text[..text.floor_char_boundary(MAX_TEXT)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reports_are_read() {
        let json = br#"{"organization-name":"A","date-range":{"start-datetime":"x","end-datetime":"y"},"report-id":"7","policies":[{"policy":{"policy-type":"sts","policy-domain":"example.com"},"summary":{"total-successful-session-count":5,"total-failure-session-count":2},"failure-details":[{"result-type":"certificate-expired","failed-session-count":2}]}]}"#;
        let report = parse(json).expect("a report");
        let policy = &report.policies[0];
        assert_eq!((report.organisation.as_str(), policy.domain.as_str()), ("A", "example.com"));
        assert_eq!((policy.successes, policy.failures), (5, 2));
        assert_eq!(policy.reasons, [("certificate-expired".to_owned(), 2)]);
        for other in [&b"{}"[..], b"[]", b"", b"{\"policies\":[]}", &b"{\"a\":".repeat(100_000)] {
            assert_eq!(parse(other), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = parse(&bytes);
        }
    }
}
