//! The rules of the reply classifier: data, read once, indexed by the beginnings of their words.
//!
//! The built-in rules are `rules/replies.tsv`, whose head says what its columns mean. A copy of it
//! can be read too, so that an edited rule can be tried without a compiler.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use super::{Class, Reason};
use crate::reply::EnhancedStatus;

const BUILT_IN: &str = include_str!("../../rules/replies.tsv");

static RULES: LazyLock<Rules> =
    LazyLock::new(|| Rules::parse(BUILT_IN).unwrap_or_else(|e| panic!("the rules that were compiled in: {e}")));

/// Rules of one file.
const MAX_RULES: usize = 10_000;
/// Octets of text that a gap (`*`) may span: words that stand further apart belong to other sentences.
const MAX_GAP: usize = 80;
/// Octets that an indexed piece begins with.
const KEY: usize = 3;

/// Why a file of rules cannot be used; its writer must mend the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for RulesError {}

/// In which order the rules are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// What one provider means.
    Provider(String),
    /// A cause on our side: wins over every status.
    Sender,
    /// A status with one meaning.
    Status,
    /// A cause on the recipient's side.
    Recipient,
    /// A status with many meanings.
    Vague,
}

/// One line of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The line of the file that it stands in.
    pub line: usize,
    pub(super) part: Part,
    pub(super) status: Option<StatusPattern>,
    words: Vec<Piece>,
    /// The line as it is written, without its source.
    pub text: String,
    /// The class that it gives.
    pub class: Class,
    /// The reason that it gives.
    pub reason: Reason,
    /// Where it comes from; the head of the file explains the word.
    pub source: String,
}

/// `class.subject.detail`; none: any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StatusPattern {
    class: Option<u8>,
    subject: u16,
    detail: Option<u16>,
}

impl StatusPattern {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        let any = |t: &str| t == "*";
        let known = any(class) || matches!(class, "4" | "5");
        let number = |t: &str| t.parse::<u16>().ok();
        (known && parts.next().is_none() && (any(detail) || number(detail).is_some()))
            .then(|| Some(Self { class: class.parse().ok(), subject: number(subject)?, detail: number(detail) }))
            .flatten()
    }

    fn fits(self, status: EnhancedStatus) -> bool {
        self.class.is_none_or(|c| c == status.class)
            && self.subject == status.subject
            && self.detail.is_none_or(|d| d == status.detail)
    }
}

/// Words without a gap between them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    text: String,
    /// It ends with a word.
    whole: bool,
}

/// Scripts that put no blanks between words: their pieces stand anywhere.
fn is_unspaced(text: &str) -> bool {
    text.chars().next().is_some_and(|c| c >= '\u{2e80}')
}

impl Piece {
    fn parse(text: &str) -> Self {
        let text = text.trim();
        match text.strip_suffix('|') {
            Some(word) => Self { text: word.to_owned(), whole: true },
            None => Self { text: text.to_owned(), whole: false },
        }
    }

    /// Where the piece ends, if these words begin with it.
    fn end_at_start(&self, words: &str) -> Option<usize> {
        let rest = words.strip_prefix(self.text.as_str())?;
        (!self.whole || rest.starts_with(' ')).then_some(self.text.len())
    }

    /// Where the piece ends, if it begins within the next [`MAX_GAP`] octets.
    fn end_near(&self, words: &str) -> Option<usize> {
        let near = &words[..words.floor_char_boundary(MAX_GAP + self.text.len() + 1)];
        let anywhere = is_unspaced(&self.text);
        near.match_indices(self.text.as_str()).find_map(|(at, _)| {
            let begins = anywhere || at > 0 && words.as_bytes()[at - 1] == b' ';
            self.end_at_start(&words[at..]).filter(|_| begins).map(|length| at + length)
        })
    }
}

/// A set of rules.
#[derive(Debug, Clone)]
pub struct Rules {
    rules: Vec<Rule>,
    /// Which rules have words that begin with these octets.
    index: BTreeMap<[u8; KEY], Vec<usize>>,
    /// Rules that no index finds: without words, or in scripts without blanks.
    always: Vec<usize>,
}

impl Rules {
    /// The rules that were compiled in.
    pub fn built_in() -> &'static Self {
        &RULES
    }

    /// Reads rules in the form of `rules/replies.tsv`.
    ///
    /// # Errors
    /// [`RulesError`] names the first line that cannot be read.
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        let mut set = Self { rules: Vec::new(), index: BTreeMap::new(), always: Vec::new() };
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let at = number + 1;
            let rule = parse_line(line, at).map_err(|why| RulesError { line: at, why })?;
            if set.rules.len() >= MAX_RULES {
                return Err(RulesError { line: at, why: "too many rules" });
            }
            set.add(rule);
        }
        Ok(set)
    }

    fn add(&mut self, rule: Rule) {
        let id = self.rules.len();
        match rule.words.first() {
            Some(first) if !is_unspaced(&first.text) => {
                self.index.entry(key_of(first.text.as_bytes())).or_default().push(id);
            }
            _ => self.always.push(id),
        }
        self.rules.push(rule);
    }

    /// Every rule, in the order of the file.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rules whose words stand in these, in the order of the file.
    pub(super) fn candidates(&self, words: &str) -> Vec<&Rule> {
        let bytes = words.as_bytes();
        let anywhere = |id: &&usize| self.rules[**id].stands_anywhere_in(words);
        let mut ids: Vec<usize> = self.always.iter().filter(anywhere).copied().collect();
        for at in 1..bytes.len() {
            if bytes[at - 1] == b' '
                && let Some(found) = self.index.get(&key_of(&bytes[at..]))
            {
                ids.extend(found.iter().filter(|id| self.rules[**id].stands_at_start_of(&words[at..])));
            }
        }
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter().map(|id| &self.rules[id]).collect()
    }
}

fn key_of(bytes: &[u8]) -> [u8; KEY] {
    let mut key = [0; KEY];
    for (place, byte) in key.iter_mut().zip(bytes) {
        *place = *byte;
    }
    key
}

impl Rule {
    /// Whether the words begin with the first piece, and the others follow near each other.
    fn stands_at_start_of(&self, words: &str) -> bool {
        let Some((first, others)) = self.words.split_first() else { return true };
        let Some(end) = first.end_at_start(words) else { return false };
        let mut rest = &words[end..];
        others.iter().all(|piece| {
            let found = piece.end_near(rest);
            rest = found.map_or("", |at| &rest[at..]);
            found.is_some()
        })
    }

    /// The same for rules without words, and for scripts without blanks.
    fn stands_anywhere_in(&self, words: &str) -> bool {
        let Some(first) = self.words.first() else { return true };
        words.match_indices(first.text.as_str()).any(|(at, _)| self.stands_at_start_of(&words[at..]))
    }

    pub(super) fn fits_status(&self, status: Option<EnhancedStatus>) -> bool {
        self.status.is_none_or(|wanted| status.is_some_and(|s| wanted.fits(s)))
    }
}

fn parse_line(line: &str, number: usize) -> Result<Rule, &'static str> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [part, status, words, class, reason, source] = cells[..] else { return Err("not six columns") };
    let part = match part {
        "sender" => Part::Sender,
        "status" => Part::Status,
        "recipient" => Part::Recipient,
        "vague" => Part::Vague,
        name if super::providers::is_name(name) => Part::Provider(name.to_owned()),
        _ => return Err("no such part or provider"),
    };
    let status = match status {
        "-" => None,
        text => Some(StatusPattern::parse(text).ok_or("not a status")?),
    };
    let words = match words {
        "-" => Vec::new(),
        text => text.split('*').map(Piece::parse).collect(),
    };
    if status.is_none() && words.is_empty() {
        return Err("neither status nor words");
    }
    let fits = |piece: &Piece| super::words(&piece.text).trim() == piece.text;
    if words.iter().any(|piece| piece.text.is_empty() || !fits(piece)) {
        return Err("words are written in lower case, with single blanks and without punctuation");
    }
    if words.first().is_some_and(|piece| piece.text.len() < KEY) {
        return Err("the first word is too short");
    }
    if source.is_empty() {
        return Err("no source");
    }
    Ok(Rule {
        line: number,
        part,
        status,
        words,
        text: cells[..5].join(" "),
        class: Class::parse(class).ok_or("no such class")?,
        reason: Reason::parse(reason).ok_or("no such reason")?,
        source: source.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(words: &str) -> Rule {
        parse_line(&format!("sender\t-\t{words}\tpolicy\tpolicy_rule\tcommon"), 1).expect("a rule")
    }

    #[test]
    fn words_begin_at_words_and_may_leave_a_gap() {
        let text = super::super::words("550 Mailbox (anna@example.com) is FULL, doesn't https://example.com/spf work");
        assert_eq!(text, " 550 mailbox is full doesn t work ");
        let fits = |rule: &Rule, words: &str| {
            let starts = words.match_indices(' ').map(|(at, _)| &words[at + 1..]);
            starts.filter(|rest| rule.stands_at_start_of(rest)).count() > 0
        };
        for words in ["mailbox * full", "mailbox", "doesn t work|", "doesn t wor", "550 * work"] {
            assert!(fits(&rule(words), &text), "{words}");
        }
        for not in ["box is full", "full * mailbox", "doesn t wor|"] {
            assert!(!fits(&rule(not), &text), "{not}");
        }
        let far = format!(" mailbox {} full ", "x ".repeat(60));
        assert!(!fits(&rule("mailbox * full"), &far));
        assert!(fits(&rule("mailbox * full"), &format!("{far}mailbox is full ")));
        assert!(rule("存在しません").stands_anywhere_in(" 宛先は存在しません "));
    }

    #[test]
    fn every_built_in_rule_can_match_and_names_a_source_that_the_head_explains() {
        let rules = Rules::built_in();
        assert!(rules.rules().len() > 1_000);
        for rule in rules.rules() {
            assert!(BUILT_IN.contains(&format!("\n#@ {} ", rule.source)), "{}", rule.text);
            let text = rule.words.iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>().join(" ");
            let found = rules.candidates(&super::super::words(&text));
            assert!(found.iter().any(|found| found.line == rule.line), "{}", rule.text);
        }
    }

    #[test]
    fn a_faulty_line_is_named() {
        for (line, why) in [
            ("sender\t-\tx y", "not six columns"),
            ("nobody\t-\tabc\thard\tmoved\ts", "no such part or provider"),
            ("sender\t9.1.1\tabc\thard\tmoved\ts", "not a status"),
            ("sender\t-\t-\thard\tmoved\ts", "neither status nor words"),
            (
                "sender\t-\tAbc\thard\tmoved\ts",
                "words are written in lower case, with single blanks and without punctuation",
            ),
            ("sender\t-\tab\thard\tmoved\ts", "the first word is too short"),
            ("sender\t-\tabc\thardest\tmoved\ts", "no such class"),
            ("sender\t-\tabc\thard\tmove\ts", "no such reason"),
            ("sender\t-\tabc\thard\tmoved\t", "not six columns"),
        ] {
            let found = Rules::parse(&format!("# a comment\n{line}\n")).expect_err(line);
            assert_eq!(found, RulesError { line: 2, why }, "{line}");
        }
    }
}
