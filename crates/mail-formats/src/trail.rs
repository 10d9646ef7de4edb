//! What decided, for people: filled only when somebody asks.

use crate::classify::Judgement;
use crate::named::Named;
use crate::reply::Reply;

/// Lines of a trail.
const MAX_NOTES: usize = 200;

/// Notes on the way to an answer.
#[derive(Debug, Default)]
pub struct Trail {
    notes: Option<Vec<String>>,
}

impl Trail {
    /// A trail that keeps nothing.
    pub fn silent() -> Self {
        Self { notes: None }
    }

    /// A trail that keeps what decides.
    pub fn kept() -> Self {
        Self { notes: Some(Vec::new()) }
    }

    /// Adds a note, made only where it is kept.
    pub(crate) fn note(&mut self, text: impl FnOnce() -> String) {
        if let Some(notes) = &mut self.notes
            && notes.len() < MAX_NOTES
        {
            notes.push(text());
        }
    }

    /// Adds the judgement on one recipient.
    pub(crate) fn judged(&mut self, address: Option<&Named>, reply: &Reply, found: &Judgement<'_>) {
        self.note(|| {
            let whom = address.map_or("a recipient without an address", Named::as_str);
            let verdict = found.verdict;
            let counts = if verdict.counts_against_address { "counts against the address" } else { "does not count" };
            let by = found.rule.map_or_else(
                || "by the basic code alone".to_owned(),
                |rule| format!("by replies.tsv line {}: {} (source: {})", rule.line, rule.text, rule.source),
            );
            format!(
                "{whom}: {} {}, {counts}, {by}; the words: {reply}",
                verdict.class.as_str(),
                verdict.reason.as_str()
            )
        });
    }

    /// The notes, in the order in which they were made.
    pub fn into_notes(self) -> Vec<String> {
        self.notes.unwrap_or_default()
    }
}
