//! DMARC aggregate reports (RFC 7489 appendix C; RFC 9990 with its namespace), as receivers mail
//! them: XML bare, in gzip or in zip. They name no person; they tell the operator how mail under a
//! domain fares.

use crate::unpack::unpack;
use crate::view::View;

/// Records of one report that are kept; further ones are counted.
const MAX_RECORDS: usize = 10_000;
/// Octets of one text.
const MAX_TEXT: usize = 500;
/// Elements inside each other.
const MAX_DEPTH: usize = 20;

/// A report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DmarcReport {
    /// Who reports.
    pub organisation: String,
    /// The report's own id.
    pub report_id: String,
    /// The domain that it is about.
    pub domain: String,
    /// The policy that was published: none, quarantine or reject.
    pub policy: String,
    /// Seconds since 1970 from which and until which mail was counted.
    pub period: (u64, u64),
    /// What was seen.
    pub records: Vec<DmarcRecord>,
    /// Records beyond the limit, which are not kept.
    pub left_out: usize,
}

/// Mails from one host that fared alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DmarcRecord {
    /// The host's address, as written.
    pub source_ip: String,
    /// How many mails.
    pub count: u64,
    /// What was done with them: none, quarantine or reject.
    pub disposition: String,
    /// An aligned DKIM signature passed.
    pub dkim_passed: bool,
    /// An aligned SPF check passed.
    pub spf_passed: bool,
    /// The domain of From.
    pub header_from: String,
}

/// Reads the report in a mail; `None` if there is none.
pub fn read(view: &View) -> Option<DmarcReport> {
    view.attachments().find_map(|bytes| parse(&unpack(bytes)?))
}

/// Reads a report's XML.
pub fn parse(xml: &[u8]) -> Option<DmarcReport> {
    let text = String::from_utf8_lossy(xml);
    let start = text.get(..2_000.min(text.floor_char_boundary(2_000))).unwrap_or(&text);
    if !start.contains("feedback") {
        return None;
    }
    let mut reader = Reader::default();
    let mut rest = text.as_ref();
    while let Some(at) = rest.find('<') {
        reader.text(&rest[..at]);
        rest = reader.markup(&rest[at..])?;
    }
    let report = reader.report;
    (reader.saw_feedback && !report.domain.is_empty()).then_some(report)
}

#[derive(Default)]
struct Reader {
    path: Vec<String>,
    value: String,
    record: DmarcRecord,
    report: DmarcReport,
    saw_feedback: bool,
}

impl Reader {
    fn text(&mut self, text: &str) {
        let room = MAX_TEXT.saturating_sub(self.value.len());
        self.value.push_str(&text[..text.floor_char_boundary(room)]);
    }

    /// Takes one tag, comment or section; what follows it. `None`: not a document that is read.
    fn markup<'a>(&mut self, rest: &'a str) -> Option<&'a str> {
        if let Some(comment) = rest.strip_prefix("<!--") {
            return comment.split_once("-->").map(|(_, rest)| rest);
        }
        if let Some(section) = rest.strip_prefix("<![CDATA[") {
            let (text, rest) = section.split_once("]]>")?;
            self.text(text);
            return Some(rest);
        }
        if let Some(instruction) = rest.strip_prefix("<?") {
            return instruction.split_once("?>").map(|(_, rest)| rest);
        }
        // A document type could define entities; no report has one.
        if rest.starts_with("<!") {
            return None;
        }
        let (tag, rest) = rest[1..].split_once('>')?;
        match tag.strip_prefix('/') {
            Some(name) => self.close(local(name))?,
            None => {
                let empty = tag.ends_with('/');
                let name = local(tag.trim_end_matches('/'));
                self.open(name)?;
                if empty {
                    self.close(name)?;
                }
            }
        }
        Some(rest)
    }

    fn open(&mut self, name: &str) -> Option<()> {
        if self.path.len() >= MAX_DEPTH {
            return None;
        }
        self.saw_feedback |= self.path.is_empty() && name == "feedback";
        if self.path.len() == 1 && name == "record" {
            self.record = DmarcRecord::default();
        }
        self.path.push(name.chars().take(60).collect());
        self.value.clear();
        Some(())
    }

    fn close(&mut self, name: &str) -> Option<()> {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        // Reports of some receivers close what they did not open: then nothing in them is certain.
        if path.last().is_none_or(|open| !name.starts_with(open)) {
            return None;
        }
        let value = plain(&self.value);
        let passed = || value.eq_ignore_ascii_case("pass");
        let (report, record) = (&mut self.report, &mut self.record);
        match path[1..] {
            ["report_metadata", "org_name"] => report.organisation = value,
            ["report_metadata", "report_id"] => report.report_id = value,
            ["report_metadata", "date_range", "begin"] => report.period.0 = number(&value),
            ["report_metadata", "date_range", "end"] => report.period.1 = number(&value),
            ["policy_published", "domain"] => report.domain = value,
            ["policy_published", "p"] => report.policy = value,
            ["record", "row", "source_ip"] => record.source_ip = value,
            ["record", "row", "count"] => record.count = number(&value),
            ["record", "row", "policy_evaluated", "disposition"] => record.disposition = value,
            ["record", "row", "policy_evaluated", "dkim"] => record.dkim_passed = passed(),
            ["record", "row", "policy_evaluated", "spf"] => record.spf_passed = passed(),
            ["record", "identifiers", "header_from"] => record.header_from = value,
            ["record"] if report.records.len() < MAX_RECORDS => report.records.push(std::mem::take(record)),
            ["record"] => report.left_out += 1,
            _ => {}
        }
        self.path.pop();
        self.value.clear();
        Some(())
    }
}

/// The name without its prefix and attributes.
fn local(tag: &str) -> &str {
    let name = tag.split(|c: char| c.is_whitespace()).next().unwrap_or_default();
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn number(text: &str) -> u64 {
    text.trim().split('.').next().and_then(|t| t.parse().ok()).unwrap_or(0)
}

/// The five entities that XML itself defines undone, fit for pages.
fn plain(text: &str) -> String {
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&");
    crate::reply::printable(text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REPORT: &str = "<?xml version=\"1.0\"?><!-- x --><feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"><report_metadata><org_name>A &amp; B</org_name><report_id>7</report_id><date_range><begin>10</begin><end>20</end></date_range></report_metadata><policy_published><domain>example.com</domain><p>reject</p></policy_published><record><row><source_ip>192.0.2.1</source_ip><count>3</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from></identifiers><auth_results><dkim><domain>other.example</domain></dkim></auth_results></record></feedback>";

    #[test]
    fn reports_of_both_namespaces_are_read() {
        for xml in [
            REPORT.to_owned(),
            REPORT.replace(" xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"", ""),
            REPORT.replace("<feedback xmlns", "<d:feedback xmlns:d").replace("</feedback>", "</d:feedback>"),
        ] {
            let report = parse(xml.as_bytes()).expect("a report");
            assert_eq!(
                (report.organisation.as_str(), report.domain.as_str(), report.period),
                ("A & B", "example.com", (10, 20))
            );
            let record = &report.records[0];
            assert_eq!((record.count, record.dkim_passed, record.spf_passed), (3, true, false));
            assert_eq!((record.source_ip.as_str(), record.header_from.as_str()), ("192.0.2.1", "example.com"));
        }
    }

    #[test]
    fn what_is_no_report_is_none() {
        for xml in
            ["", "<feedback/>", "<html>feedback</html>", "<!DOCTYPE feedback [<!ENTITY a \"b\">]><feedback></feedback>"]
        {
            assert_eq!(parse(xml.as_bytes()), None, "{xml}");
        }
        assert_eq!(parse(format!("<feedback>{}", "<a>".repeat(1_000)).as_bytes()), None);
        let many = REPORT.replace("</feedback>", &"<record></record>".repeat(MAX_RECORDS));
        assert_eq!(parse(many.as_bytes()).map(|r| (r.records.len(), r.left_out)), Some((MAX_RECORDS, 1)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(cut in 0..REPORT.len(), bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = parse(&[&REPORT.as_bytes()[..cut], &bytes, &REPORT.as_bytes()[cut..]].concat());
            let _ = parse(&bytes);
        }
    }
}
