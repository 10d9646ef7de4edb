//! The rules of the reader as data: what refusals mean, and the words by which notices, answers
//! and forwarded mail are known. `docs/intake.md` explains the files; an edited copy can be tried
//! without a compiler.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use crate::classify::{Rules as Replies, RulesError};

/// The names of the files, in the order of [`RuleSet::parse`].
pub const FILES: [&str; 4] = ["replies.tsv", "notices.tsv", "answers.tsv", "forwards.tsv"];

const BUILT_IN: [&str; 4] = [
    include_str!("../rules/replies.tsv"),
    include_str!("../rules/notices.tsv"),
    include_str!("../rules/answers.tsv"),
    include_str!("../rules/forwards.tsv"),
];

static SET: LazyLock<RuleSet> =
    LazyLock::new(|| RuleSet::parse(BUILT_IN).unwrap_or_else(|e| panic!("the rules that were compiled in: {e}")));

/// Lines of one file.
const MAX_LINES: usize = 10_000;

/// Everything that the reader knows by heart.
#[derive(Debug, Clone)]
pub struct RuleSet {
    /// What refusals mean.
    pub replies: Replies,
    pub(crate) notices: Words,
    pub(crate) answers: Words,
    pub(crate) forwards: Words,
}

/// A file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFile {
    /// Which of [`FILES`].
    pub file: &'static str,
    /// What is wrong with it.
    pub error: RulesError,
}

impl fmt::Display for BadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.file, self.error)
    }
}

impl std::error::Error for BadFile {}

impl RuleSet {
    /// The rules that were compiled in.
    pub fn built_in() -> &'static Self {
        &SET
    }

    /// Reads the four files.
    ///
    /// # Errors
    /// [`BadFile`] names the file and its first line that cannot be read.
    pub fn parse([replies, notices, answers, forwards]: [&str; 4]) -> Result<Self, BadFile> {
        let bad = |file| move |error| BadFile { file, error };
        let words = |text, file, kinds| Words::parse(text, kinds).map_err(bad(file));
        Ok(Self {
            replies: Replies::parse(replies).map_err(bad(FILES[0]))?,
            notices: words(notices, FILES[1], &NOTICE_KINDS)?,
            answers: words(answers, FILES[2], &ANSWER_KINDS)?,
            forwards: words(forwards, FILES[3], &FORWARD_KINDS)?,
        })
    }
}

const NOTICE_KINDS: [&str; 11] = [
    "from",
    "from-weak",
    "subject",
    "opening",
    "returned",
    "to",
    "not-to",
    "reason",
    "delayed",
    "delivered",
    "machine",
];
const ANSWER_KINDS: [&str; 5] = ["subject", "subject-weak", "challenge-subject", "challenge-text", "text"];
const FORWARD_KINDS: [&str; 9] = ["prefix", "mark", "wrote", "from", "to", "subject", "date", "cc", "reply-to"];

/// One line of a file of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Lower case, single blanks.
    pub(crate) text: String,
    /// Where it stands.
    pub(crate) line: usize,
}

/// A file of words by their kinds, in the order of the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    kinds: BTreeMap<&'static str, Vec<Mark>>,
}

impl Words {
    /// `kind TAB text TAB source`, comments behind `#`.
    fn parse(text: &str, kinds: &[&'static str]) -> Result<Self, RulesError> {
        let mut words = Self::default();
        for (number, line) in text.lines().enumerate() {
            let at = number + 1;
            let fault = |why| RulesError { line: at, why };
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let cells: Vec<&str> = line.trim_end().split('\t').collect();
            let [kind, text, source] = cells[..] else { return Err(fault("not three columns")) };
            let kind = kinds.iter().find(|known| **known == kind).ok_or_else(|| fault("no such kind"))?;
            if text.is_empty() || source.is_empty() {
                return Err(fault("an empty column"));
            }
            if lower(text) != text {
                return Err(fault("words are written in lower case with single blanks"));
            }
            if at > MAX_LINES {
                return Err(fault("too many lines"));
            }
            words.kinds.entry(kind).or_default().push(Mark { text: text.to_owned(), line: at });
        }
        Ok(words)
    }

    /// All of a kind.
    pub(crate) fn of(&self, kind: &str) -> &[Mark] {
        self.kinds.get(kind).map_or(&[], Vec::as_slice)
    }

    /// The first of a kind that stands in a text of lower case.
    pub(crate) fn in_text(&self, kind: &str, text: &str) -> Option<&Mark> {
        self.of(kind).iter().find(|mark| text.contains(&mark.text))
    }

    /// The first of a kind that a text of lower case begins with.
    pub(crate) fn begins(&self, kind: &str, text: &str) -> Option<&Mark> {
        self.of(kind).iter().find(|mark| text.starts_with(&mark.text))
    }
}

/// Lower case with single blanks: the form in which texts and marks are compared.
pub(crate) fn lower(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        if word.is_ascii() {
            out.extend(word.chars().map(|c| c.to_ascii_lowercase()));
            continue;
        }
        out.extend(
            word.chars()
                .flat_map(char::to_lowercase)
                .map(|c| if matches!(c, '\u{2019}' | '\u{2018}') { '\'' } else { c }),
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_is_explained_in_the_head_of_its_file() {
        for (file, text) in FILES.iter().zip(BUILT_IN) {
            for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                let source = line.rsplit('\t').next().expect("a column");
                assert!(text.contains(&format!("\n#@ {source} ")), "{file}: {line}");
            }
        }
    }

    #[test]
    fn a_faulty_file_is_named_with_its_line() {
        let with = |file: usize, line: &str| {
            let mut files = BUILT_IN;
            files[file] = line;
            RuleSet::parse(files).map(|_| ()).expect_err("a fault").to_string()
        };
        assert_eq!(with(0, "# x\nrubbish"), "replies.tsv, line 2: not six columns");
        assert_eq!(with(1, "from\tA\tx"), "notices.tsv, line 1: words are written in lower case with single blanks");
        assert_eq!(with(2, "nothing\ta\tx"), "answers.tsv, line 1: no such kind");
        assert_eq!(with(3, "from\ta"), "forwards.tsv, line 1: not three columns");
    }
}
