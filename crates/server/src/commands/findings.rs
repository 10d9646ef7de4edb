//! What `doctor` and `dns check` found: one form for both.

use std::fmt::Write as _;

use outside::records::Examined;
use policy::dns_records::{Need, State};
use serde_json::json;

use crate::fault::Fault;
use crate::output::{Output, Table, write};

/// How one check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    Ok,
    Warn,
    Fail,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One check.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) check: String,
    pub(super) verdict: Verdict,
    pub(super) found: String,
    pub(super) wanted: String,
    pub(super) advice: String,
}

impl Finding {
    pub(super) fn new(
        check: &str,
        verdict: Verdict,
        found: impl Into<String>,
        wanted: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self { check: check.to_owned(), verdict, found: found.into(), wanted: wanted.into(), advice: advice.into() }
    }
}

impl From<&Examined> for Finding {
    fn from(record: &Examined) -> Self {
        let wanted = &record.wanted;
        let verdict = match (record.judgement.state, wanted.need) {
            (State::Good, _) => Verdict::Ok,
            // Silence of DNS proves nothing against the record.
            (State::Weak | State::Unknown, _) | (_, Need::Should) => Verdict::Warn,
            (State::Missing | State::Wrong, Need::Must) => Verdict::Fail,
        };
        Self {
            check: format!("dns {} {} {}", wanted.purpose.as_str(), wanted.name, wanted.kind),
            verdict,
            found: record.judgement.found.clone(),
            wanted: wanted.value.clone(),
            advice: record.judgement.advice.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }
}

/// Prints all findings; a failed one makes the command fail.
pub(super) fn print(findings: &[Finding], output: Output) -> Result<(), Fault> {
    if output.json {
        output.table(&table(findings))?
    } else {
        write(&lines(findings))?
    }
    if findings.iter().any(|finding| finding.verdict == Verdict::Fail) { Err(Fault::told()) } else { Ok(()) }
}

fn table(findings: &[Finding]) -> Table {
    let mut table = Table::new(&["check", "state", "found", "wanted", "advice"]);
    for finding in findings {
        table.row([
            json!(finding.check),
            json!(finding.verdict.word()),
            json!(finding.found),
            json!(finding.wanted),
            json!(finding.advice),
        ]);
    }
    table
}

/// A line for each check; what is found, wanted and advised stands below it, for keys are long.
fn lines(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let _ = writeln!(text, "{:<4}  {}", finding.verdict.word(), finding.check);
        let fine = finding.verdict == Verdict::Ok;
        for (label, value) in [("found", &finding.found), ("wanted", &finding.wanted), ("advice", &finding.advice)] {
            if !value.is_empty() && (label == "found" || !fine) {
                let _ = writeln!(text, "      {label}: {}", shown(value));
            }
        }
    }
    text
}

/// One line of at most a screen's width; what DNS says comes from outside.
fn shown(value: &str) -> String {
    let clean: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.chars().count() <= 160 { clean } else { clean.chars().take(159).chain(['…']).collect() }
}
