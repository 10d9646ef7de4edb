//! Automatic mail (RFC 3834): telling it apart, and knowing when not to add to it (M9).

use crate::view::{View, find};

/// How subjects of vacation notices begin, lower case, where headers do not say so.
const SUBJECTS: &[&str] = &[
    "auto:",
    "auto-reply",
    "autoreply",
    "auto reply",
    "automatic reply",
    "automatische antwort",
    "abwesenheit",
    "out of office",
    "out-of-office",
    "out of the office",
    "away from",
    "vacation",
    "réponse automatique",
    "respuesta automática",
    "risposta automatica",
    "i am out of",
    "ich bin nicht im",
    "urlaub",
    "autoantwort",
    "automatisches",
];

/// Whether a message is an automatic answer: a vacation notice, a "we received your mail". It is
/// neither a bounce nor a letter and changes nothing.
pub fn is_auto_reply(view: &View) -> bool {
    let has = |name: &str| view.header(name).is_some();
    let starts =
        |name: &str, word: &str| view.header(name).is_some_and(|v| v.trim().to_ascii_lowercase().starts_with(word));
    let subject = view.subject().trim().to_lowercase();
    starts("Auto-Submitted", "auto-replied")
        || starts("Precedence", "auto_reply")
        || starts("Precedence", "auto-reply")
        || starts("X-Precedence", "auto_reply")
        || ["X-Autoreply", "X-Autorespond", "X-AutoReply-From", "X-Mail-Autoreply", "X-FC-MachineGenerated"]
            .iter()
            .any(|n| has(n))
        || SUBJECTS.iter().any(|s| subject.starts_with(s))
}

/// Whether a message says that no person sent it (RFC 3834 §5). Reports of other systems do so
/// too and are read all the same; they are only never answered.
pub fn is_automatic(view: &View) -> bool {
    let value = view.header("Auto-Submitted").unwrap_or("no").trim().to_ascii_lowercase();
    value.split([';', '(', ' ']).next() != Some("no")
}

/// Whether an automatic answer to a message with these headers is allowed (M9, RFC 3834 §2).
/// The headers are names and unfolded values; `return_path` is the envelope's sender, empty for
/// the null path. Whether this person had an answer within 7 days is the caller's to know.
pub fn may_auto_reply(headers: &[(String, String)], return_path: &str) -> bool {
    let header = |name: &str| find(headers, name).map(|v| v.trim().to_ascii_lowercase());
    let path = return_path.trim().trim_matches(['<', '>']).to_ascii_lowercase();
    if path.is_empty() || header("Return-Path").is_some_and(|v| v == "<>") || is_machine(&path) {
        return false;
    }
    if headers.iter().any(|(n, _)| n.get(..5).is_some_and(|p| p.eq_ignore_ascii_case("List-"))) {
        return false;
    }
    let from = header("From").unwrap_or_default();
    let from = from.rsplit_once('<').map_or(from.as_str(), |(_, a)| a.trim_end_matches('>'));
    if is_machine(from.trim()) {
        return false;
    }
    let submitted = header("Auto-Submitted").is_none_or(|v| v.split(';').next().map(str::trim) == Some("no"));
    let bulk = header("Precedence").is_some_and(|v| matches!(v.as_str(), "bulk" | "list" | "junk" | "auto_reply"));
    let suppressed = header("X-Auto-Response-Suppress").is_some_and(|v| v != "none");
    let machine = ["X-Autoreply", "X-Autorespond", "X-Loop", "Feedback-ID"].iter().any(|n| header(n).is_some());
    submitted && !bulk && !suppressed && !machine
}

/// Local parts behind which no person reads.
fn is_machine(address: &str) -> bool {
    let local = address.rsplit_once('@').map_or(address, |(l, _)| l);
    local.starts_with("owner-")
        || local.ends_with("-request")
        || local.ends_with("-owner")
        || local.ends_with("-bounces")
        || matches!(local, "mailer-daemon" | "postmaster" | "listserv" | "majordomo" | "noreply" | "no-reply")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(headers: &[(&str, &str)], path: &str) -> bool {
        let headers: Vec<_> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        may_auto_reply(&headers, path)
    }

    /// A system's report is no automatic answer: what it says about our mail must be read.
    #[test]
    fn r96_reports_of_systems_are_read_as_letters() {
        let open = |submitted: &str| {
            let raw = format!("From: a@example.com\r\nSubject: report\r\nAuto-Submitted: {submitted}\r\n\r\nx\r\n");
            View::open(raw.as_bytes()).expect("view")
        };
        let of = |view: View| (is_auto_reply(&view), is_automatic(&view));
        assert_eq!(of(open("auto-generated")), (false, true));
        assert_eq!(of(open("auto-replied (vacation)")), (true, true));
        assert_eq!(of(open("no")), (false, false));
    }

    /// Proves M9: each of the named signs alone forbids an answer.
    #[test]
    fn m9_machines_get_no_automatic_answer() {
        let person = ("From", "Anna <anna@example.com>");
        assert!(may(&[person], "anna@example.com"));
        assert!(may(&[person, ("Auto-Submitted", "no")], "anna@example.com"));
        for sign in [
            ("Auto-Submitted", "auto-replied"),
            ("Auto-Submitted", "auto-generated (x)"),
            ("List-Id", "<a.example.com>"),
            ("list-unsubscribe", "<mailto:a@example.com>"),
            ("Precedence", "Bulk"),
            ("Precedence", "list"),
            ("Precedence", "junk"),
            ("X-Auto-Response-Suppress", "All"),
            ("Return-Path", "<>"),
        ] {
            assert!(!may(&[person, sign], "anna@example.com"), "{sign:?}");
        }
        for path in ["", "<>", "owner-list@example.com", "list-request@example.com", "MAILER-DAEMON@example.com"] {
            assert!(!may(&[person], path), "{path}");
        }
        assert!(!may(&[("From", "MAILER-DAEMON@example.com")], "anna@example.com"));
    }
}
