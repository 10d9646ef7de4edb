//! How many questions an SPF record costs (A10, RFC 7208 §4.6.4).

use super::Found;

/// Questions to DNS that the terms of a record may cost in all.
pub const MAX_LOOKUPS: usize = 10;
/// Of these, answers that may be empty.
pub const MAX_VOID_LOOKUPS: usize = 2;
/// Octets that an answer should not exceed (A10; RFC 7208 §3.4).
const MAX_OCTETS: usize = 450;

/// What a walk through a record and all that it includes has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpfReport {
    /// Questions that evaluation may cost.
    pub lookups: usize,
    /// Of these, those whose answer was empty, as far as the walk asked them.
    pub void_lookups: usize,
    /// What is wrong, in words; empty when nothing is.
    pub problems: Vec<String>,
}

/// A walk through an SPF record. The caller asks DNS for the text records of
/// [`SpfWalk::next_name`] and gives them to [`SpfWalk::answer`] until there is no name left.
#[derive(Clone, Debug)]
pub struct SpfWalk {
    start: String,
    waiting: Vec<String>,
    asked: Vec<String>,
    report: SpfReport,
}

impl SpfWalk {
    /// A walk that begins with the record at `domain`.
    #[must_use]
    pub fn new(domain: &str) -> Self {
        let start = domain.to_ascii_lowercase();
        Self { waiting: vec![start.clone()], start, asked: Vec::new(), report: SpfReport::default() }
    }

    /// The name to ask for next. None when the walk is over; it ends early past the limit.
    #[must_use]
    pub fn next_name(&self) -> Option<&str> {
        if self.report.lookups > MAX_LOOKUPS { None } else { self.waiting.last().map(String::as_str) }
    }

    /// Takes the text records of the name asked for.
    pub fn answer(&mut self, found: &Found) {
        let Some(name) = self.waiting.pop() else { return };
        let values: &[String] = match found {
            Found::Values(values) => values,
            Found::Nothing => &[],
            Found::NoAnswer(reason) => {
                self.report.problems.push(format!("{name}: no answer from DNS ({reason})"));
                return;
            }
        };
        let records: Vec<&String> = values.iter().filter(|text| is_spf(text)).collect();
        match records.as_slice() {
            [record] => self.read(&name, record),
            [] => {
                if name != self.start && values.is_empty() {
                    self.report.void_lookups += 1;
                }
                self.report.problems.push(format!("{name} has no SPF record"));
            }
            _ => self.report.problems.push(format!("{name} has more than one SPF record")),
        }
        self.asked.push(name);
    }

    fn read(&mut self, name: &str, record: &str) {
        if record.len() > MAX_OCTETS {
            self.report.problems.push(format!("the record of {name} has more than {MAX_OCTETS} octets"));
        }
        let record = record.to_ascii_lowercase();
        for term in record.split_whitespace().skip(1) {
            self.term(name, term.trim_start_matches(['+', '-', '~', '?']));
        }
    }

    fn term(&mut self, name: &str, term: &str) {
        let word = term.split([':', '/', '=']).next().unwrap_or_default();
        if matches!(word, "include" | "a" | "mx" | "ptr" | "exists" | "redirect") {
            self.report.lookups += 1;
        }
        if word == "ptr" {
            self.report.problems.push(format!("the record of {name} uses \"ptr\" (RFC 7208 §5.5)"));
        }
        let target = term.strip_prefix("include:").or_else(|| term.strip_prefix("redirect="));
        // A name with macros depends on the mail: it costs its question and is not followed.
        let Some(target) = target.filter(|target| !target.contains('%')) else { return };
        let target = target.trim_end_matches('.').to_owned();
        if target == name || self.asked.contains(&target) && target == self.start {
            self.report.problems.push(format!("the record of {name} includes itself"));
        } else {
            self.waiting.push(target);
        }
    }

    /// The result.
    #[must_use]
    pub fn finish(mut self) -> SpfReport {
        if self.report.lookups > MAX_LOOKUPS {
            let problem =
                format!("evaluation costs more than {MAX_LOOKUPS} questions to DNS: receivers then use no record");
            self.report.problems.push(problem);
        }
        if self.report.void_lookups > MAX_VOID_LOOKUPS {
            let problem =
                format!("more than {MAX_VOID_LOOKUPS} names in it have no answer: receivers then use no record");
            self.report.problems.push(problem);
        }
        self.report
    }
}

fn is_spf(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower == "v=spf1" || lower.starts_with("v=spf1 ")
}
