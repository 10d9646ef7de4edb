//! Subject lines that deceive (R25).

use crate::fold::{fold, is_unprintable};

/// Why a subject line is refused (R25).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubjectProblem {
    /// Nothing is left of it.
    Empty,
    /// Begins like a reply or a forwarded mail, and is neither.
    ImitatesReply,
    /// Holds a control, invisible or line-breaking character.
    Unprintable,
}

impl SubjectProblem {
    /// The word by which pages and the API name the problem.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::ImitatesReply => "imitates_reply",
            Self::Unprintable => "unprintable",
        }
    }
}

/// Checks the subject of a mailing (R25): as written, and again as merged for a recipient.
///
/// # Errors
/// The first [`SubjectProblem`].
pub fn subject_allowed(subject: &str) -> Result<(), SubjectProblem> {
    if subject.chars().any(|c| c != '\u{200d}' && !('\u{fe00}'..='\u{fe0f}').contains(&c) && is_unprintable(c)) {
        return Err(SubjectProblem::Unprintable);
    }
    if !subject.chars().any(|c| !c.is_whitespace()) {
        return Err(SubjectProblem::Empty);
    }
    if imitates_reply(subject) {
        return Err(SubjectProblem::ImitatesReply);
    }
    Ok(())
}

/// `Re:`, `AW:`, `Fwd[2]:` and their like in the languages of Europe.
fn imitates_reply(subject: &str) -> bool {
    const MARKS: &[&str] = &[
        "re",
        "aw",
        "antw",
        "antwort",
        "sv",
        "fw",
        "fwd",
        "wg",
        "tr",
        "rif",
        "vs",
        "rv",
        "odp",
        "ref",
        "weitergeleitet",
    ];
    let folded = fold(subject);
    let text = folded.trim_start();
    let word: String = text.chars().take_while(|c| c.is_alphabetic()).collect();
    let after = text[word.len()..].trim_start();
    let after = after.trim_start_matches(|c: char| c.is_numeric() || c.is_whitespace() || "[](){}^".contains(c));
    MARKS.contains(&word.as_str()) && after.starts_with(':')
}
