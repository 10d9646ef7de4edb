//! Mail forwarded inline, in the forms and languages of common programs (R78): a mark, a header in
//! any language, or a line that says who wrote; and what that header says.

use crate::named::{Named, find_in};
use crate::reply::printable;
use crate::rules::{RuleSet, Words, lower};

/// Octets of a text that are looked through.
const MAX_TEXT: usize = 256 * 1024;
/// Lines of a text that are looked through.
const MAX_LINES: usize = 2_000;
/// Lines behind a mark that may belong to the header.
const MAX_HEADER_LINES: usize = 40;
/// Recipients that are kept.
const MAX_TO: usize = 50;
/// Octets of a line that may be a mark or a field name.
const MAX_MARK: usize = 200;

/// What a text says about the message forwarded in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forwarded {
    /// A message is forwarded; the other fields are empty if not.
    pub is_forwarded: bool,
    /// Its author's address.
    pub from: Option<Named>,
    /// Its recipients' addresses.
    pub to: Vec<Named>,
    /// Its subject, fit for pages.
    pub subject: Option<String>,
    /// How it was noticed.
    pub how: Option<How>,
}

/// What gave a forwarded message away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The message is attached.
    Attached,
    /// The subject alone.
    Subject,
    /// A mark between rules or before a colon.
    Mark,
    /// A rule of underscores above a header.
    Rule,
    /// A header in the text of a mail whose subject says that it is forwarded.
    Header,
    /// A line that says who wrote.
    Wrote,
}

/// Reads a text and its subject by the built-in rules.
pub fn read(text: &str, subject: Option<&str>) -> Forwarded {
    read_by(RuleSet::built_in(), text, subject)
}

/// The same by any rules.
pub fn read_by(rules: &RuleSet, text: &str, subject: Option<&str>) -> Forwarded {
    let words = &rules.forwards;
    let text = text[..text.floor_char_boundary(MAX_TEXT)].replace(['\u{feff}', '\u{200b}'], "").replace('\u{a0}', " ");
    let lines: Vec<&str> = text.lines().take(MAX_LINES).collect();
    let title = subject.map(|s| Title::read(words, s)).unwrap_or_default();
    let Some(found) = begin(words, &lines, &title) else {
        return match title.forwarded {
            None => Forwarded::default(),
            Some(subject) => Forwarded {
                is_forwarded: true,
                subject: kept(&subject),
                how: Some(How::Subject),
                ..Forwarded::default()
            },
        };
    };
    let mut header = fields_of(words, &lines[found.line..], found.skip);
    if let Some(author) = found.author {
        header.from.get_or_insert(author);
    }
    let subject = title.forwarded.filter(|s| !s.is_empty()).or(header.subject).and_then(|s| kept(&s));
    Forwarded { is_forwarded: true, from: header.from, to: header.to, subject, how: Some(found.how) }
}

fn kept(subject: &str) -> Option<String> {
    let text = printable(subject).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// What the subject says.
#[derive(Default)]
struct Title {
    /// Behind a prefix of forwarding.
    forwarded: Option<String>,
    /// It is an answer.
    is_answer: bool,
}

impl Title {
    fn read(words: &Words, subject: &str) -> Self {
        let subject = subject.trim().trim_start_matches('\u{feff}').trim();
        let small = lower(subject);
        if words.begins("prefix", &small).is_some() {
            let rest = subject.split_once(':').map_or("", |(_, rest)| rest).trim();
            return Self { forwarded: Some(rest.to_owned()), is_answer: false };
        }
        let answers =
            ["re:", "aw:", "sv:", "antw:", "odp:", "ynt:", "res:", "rif:", "r:", "vá:", "ha:", "回复:", "re :"];
        Self { forwarded: None, is_answer: answers.iter().any(|prefix| small.starts_with(prefix)) }
    }
}

/// Where the forwarded message begins.
struct Begin {
    /// The line in which its header begins.
    line: usize,
    /// Octets of that line that belong to the mark.
    skip: usize,
    how: How,
    /// Who wrote it, where the line itself says so.
    author: Option<Named>,
}

fn begin(words: &Words, lines: &[&str], title: &Title) -> Option<Begin> {
    let says_forwarded = title.forwarded.is_some();
    let at = |line, how| Begin { line, skip: 0, how, author: None };
    for (number, line) in lines.iter().enumerate() {
        let bare = bare(line);
        if bare.len() < 3 {
            continue;
        }
        if let Some(end) = mark_in(words, line) {
            let answered = title.is_answer && mark_is_of_answers(words, &bare);
            if !answered {
                let inline = line[end..].contains('@');
                let (line, skip) = if inline { (number, end) } else { (number + 1, 0) };
                return Some(Begin { line, skip, how: How::Mark, author: None });
            }
        }
        let is_rule = bare.len() >= 20 && bare.bytes().all(|b| b == b'_');
        if is_rule && !title.is_answer && starts_header(words, &lines[number + 1..]) {
            return Some(at(number + 1, How::Rule));
        }
        if says_forwarded && starts_header(words, &lines[number..]) {
            return Some(at(number, How::Header));
        }
        let nothing_before = lines[..number].iter().all(|line| line.trim().is_empty());
        if (says_forwarded || nothing_before && !title.is_answer)
            && let Some(author) = author_in(words, &bare)
        {
            return Some(Begin { line: number + 1, skip: 0, how: How::Wrote, author: Some(author) });
        }
    }
    None
}

/// A line without quotes and blanks around it.
fn bare(line: &str) -> String {
    lower(line.trim_start_matches(['>', '|', ' ', '\t']))
}

/// The mark in a line: between rules of hyphens, or alone before a colon. Says where it ends.
fn mark_in(words: &Words, line: &str) -> Option<usize> {
    let quoted = line.len() - line.trim_start_matches(['>', '|', ' ', '\t', '*', '#', '=']).len();
    let body = &line[quoted..];
    let is_ruler = |c: char| matches!(c, '-' | '_' | '=' | '—' | '–' | '*');
    let title = body.trim_start_matches(|c| is_ruler(c) || c == ' ');
    let ruled = body.chars().next().is_some_and(is_ruler);
    let small = lower(&title[..title.floor_char_boundary(MAX_MARK)]);
    let mark = words.of("mark").iter().filter(|mark| small.starts_with(&mark.text)).max_by_key(|mark| mark.text.len());
    // Between rules of hyphens any title opens a forwarded message that a header follows in the same line or the next.
    let behind = match mark {
        Some(mark) => skip_chars(title, mark.text.chars().count()),
        None if ruled && body.starts_with("-----") => title.split_once("---").map_or("", |(words, _)| words).len(),
        None => return None,
    };
    let rest = title[behind..].trim_start();
    let closed = rest.trim_start_matches(|c| is_ruler(c) || c == ' ' || c == ':' || c == '：');
    let ends = rest.is_empty() || rest.len() != closed.len() || ruled && closed.is_empty();
    let unknown_title = mark.is_none();
    let fits = if unknown_title {
        behind > 2 && rest.starts_with("---") && !title[..behind].trim().is_empty()
    } else {
        // "forwarded by anna@…" goes on behind the mark.
        ends && (ruled || closed.is_empty() || closed.contains('@'))
            || mark.is_some_and(|m| m.text.ends_with(" by") || m.text.ends_with(" von"))
    };
    fits.then(|| line.len() - closed.len())
}

/// How many octets so many characters of lower case took before blanks were folded.
fn skip_chars(text: &str, count: usize) -> usize {
    let mut seen = 0;
    let mut blank = false;
    for (at, c) in text.char_indices() {
        if seen >= count {
            return at;
        }
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        seen += usize::from(std::mem::take(&mut blank) && seen > 0) + c.to_lowercase().count();
    }
    text.len()
}

/// Marks that programs write above answers too.
fn mark_is_of_answers(words: &Words, bare: &str) -> bool {
    let title = bare.trim_matches(['-', ' ', '_', '*', ':', '>']);
    words.of("mark").iter().any(|mark| mark.text == title)
        && [
            "origin",
            "ursprung",
            "alkuper",
            "původn",
            "pôvodn",
            "eredeti",
            "исходн",
            "özgün",
            "opprinnelig",
            "oprindelig",
            "oorspronk",
            "oryginal",
        ]
        .iter()
        .any(|w| title.contains(w))
}

/// Whether a quoted header begins in the first of these lines: From, and one more field below it.
fn starts_header(words: &Words, lines: &[&str]) -> bool {
    let mut kinds = Vec::new();
    for line in lines.iter().take(8) {
        match field(words, line) {
            Some((kind, _)) => kinds.push(kind),
            None if kinds.is_empty() && !line.trim().is_empty() => return false,
            None => {}
        }
    }
    let first = lines.iter().find(|line| !line.trim().is_empty()).and_then(|line| field(words, line));
    first.is_some() && kinds.contains(&"from") && kinds.iter().any(|kind| matches!(*kind, "subject" | "date" | "to"))
}

/// `name: value` with a name that is known in some language.
fn field<'a>(words: &Words, line: &'a str) -> Option<(&'static str, &'a str)> {
    let line = line.trim_start_matches(['>', '|', ' ', '\t', '*']);
    let (name, value) = line.split_once([':', '：'])?;
    if name.len() > MAX_MARK / 4 {
        return None;
    }
    let name = lower(name.trim_matches(['*', ' ', '_']));
    let kind = ["from", "to", "subject", "date", "cc", "reply-to"]
        .into_iter()
        .find(|kind| words.of(kind).iter().any(|mark| mark.text == name))?;
    Some((kind, value.trim_start_matches('*').trim()))
}

/// The author in a line that ends in a colon: `On …, "Anna" <anna@…> wrote:`.
fn author_in(words: &Words, bare: &str) -> Option<Named> {
    let line = bare.trim_end();
    let fits = line.len() < 2 * MAX_MARK
        && line.ends_with([':', '：'])
        && words.of("wrote").iter().any(|mark| line.contains(&mark.text))
        && line.contains(['<', '(', '[']);
    if !fits { None } else { find_in(line, 1).pop().map(|(_, named)| named) }
}

#[derive(Default)]
struct Header {
    from: Option<Named>,
    to: Vec<Named>,
    subject: Option<String>,
}

impl Header {
    fn take(&mut self, kind: &str, value: &str) {
        match kind {
            "from" if self.from.is_none() => self.from = find_in(value, 1).pop().map(|(_, named)| named),
            "to" if self.to.is_empty() => {
                for (_, named) in find_in(value, 2 * MAX_TO) {
                    if self.to.len() < MAX_TO && !self.to.contains(&named) {
                        self.to.push(named);
                    }
                }
            }
            "subject" if self.subject.is_none() => self.subject = Some(value.to_owned()),
            _ => {}
        }
    }
}

/// The fields behind a mark: one a line with continuations, or all in one line.
fn fields_of(words: &Words, lines: &[&str], skip: usize) -> Header {
    let mut header = Header::default();
    let mut open: Option<(&'static str, String)> = None;
    let mut seen = 0;
    for (number, line) in lines.iter().take(MAX_HEADER_LINES).enumerate() {
        let line = if number == 0 { line.get(skip..).unwrap_or_default() } else { line };
        let stuck = stuck_fields(words, line);
        if stuck.len() >= 3 {
            for (kind, value) in stuck {
                header.take(kind, value);
            }
            return header;
        }
        if let Some((kind, value)) = field(words, line) {
            if let Some((kind, value)) = open.replace((kind, value.to_owned())) {
                header.take(kind, &value);
            }
            seen += 1;
        } else if line.trim_matches(['>', '|', ' ', '\t']).is_empty() {
            if seen >= 2 {
                break;
            }
        } else if let Some((kind, value)) = &mut open {
            // A list of recipients goes on in the next line; a subject may, where it is set in.
            let goes_on = matches!(*kind, "to" | "from" | "cc") && (line.contains('@') || value.is_empty())
                || value.is_empty()
                || line.trim_start_matches(['>', ' ']).len() + 2 < line.trim_start_matches('>').len();
            if !goes_on || seen >= 5 {
                break;
            }
            value.push(' ');
            value.push_str(line.trim_start_matches(['>', ' ', '\t']));
        } else if seen > 0 {
            break;
        }
    }
    if let Some((kind, value)) = open {
        header.take(kind, &value);
    }
    header
}

/// Fields that stand behind each other in one line without anything between them.
fn stuck_fields<'a>(words: &Words, line: &'a str) -> Vec<(&'static str, &'a str)> {
    // Without blanks at its end, so that the value that is read ends where the line does.
    let line = line[..line.floor_char_boundary(4 * 1024)].trim_end();
    let Some((first, rest)) = field(words, line) else { return Vec::new() };
    if first != "from" || !rest.contains('@') {
        return Vec::new();
    }
    let start = line.len() - rest.len();
    // Begin of the name, begin of the value.
    let mut places: Vec<(usize, usize, &'static str)> = vec![(start, start, first)];
    for kind in ["to", "cc", "date", "subject", "reply-to"] {
        let found = words.of(kind).iter().filter_map(|mark| stuck_name(line, start, &mark.text, kind)).min();
        places.extend(found.map(|(name, value)| (name, value, kind)));
    }
    places.sort_unstable();
    let ends = places.iter().skip(1).map(|place| place.0).chain([line.len()]).collect::<Vec<_>>();
    places
        .iter()
        .zip(ends)
        .filter(|((_, value, _), end)| value <= end)
        .map(|((_, value, kind), end)| (*kind, line[*value..end].trim()))
        .collect()
}

/// Where a name stands in a line behind `from`, with a capital, and where its value begins.
fn stuck_name(line: &str, from: usize, name: &str, kind: &str) -> Option<(usize, usize)> {
    let mut letters = name.chars();
    let first = letters.next()?;
    let capital: String = first.to_uppercase().chain(letters).collect();
    for form in [capital, name.to_uppercase()] {
        for (at, _) in line[from..].match_indices(form.as_str()) {
            let at = from + at;
            let behind = &line[at + form.len()..];
            let rest = behind.trim_start();
            if let Some(value) = rest.strip_prefix([':', '：']) {
                return Some((at, line.len() - value.len()));
            }
            // Some languages of one program leave the colon out.
            let follows_address = line[..at].ends_with('>');
            let bold =
                behind.starts_with(' ') && (kind == "cc" && follows_address || kind == "subject" && name.len() > 5);
            if bold {
                return Some((at, line.len() - rest.len()));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn summary(text: &str, subject: Option<&str>) -> String {
        let found = read(text, subject);
        let to: Vec<_> = found.to.iter().map(Named::as_str).collect();
        let from = found.from.as_ref().map_or("-", Named::as_str);
        format!("{} {from} {} {}", found.is_forwarded, to.join(","), found.subject.unwrap_or_default())
    }

    /// Proves R78: forms and languages of forwarded mail.
    #[test]
    fn r78_forwarded_mail_is_read_in_many_forms() {
        let expected = "true anna@example.com otto@example.org Grüße";
        for text in [
            "See below\n\n---------- Forwarded message ---------\nFrom: Anna <anna@example.com>\nDate: today\nSubject: Grüße\nTo: <otto@example.org>\n\nHello",
            "Begin forwarded message:\n\n> From: Anna <anna@example.com>\n> Subject: Grüße\n> To: otto@example.org\n>\n> Hello",
            "Anfang der weitergeleiteten Nachricht:\n\n> Von: \"Anna\" <anna@example.com>\n> Betreff: Grüße\n> An: Otto <otto@example.org>\n",
            "________________________________\nDe : Anna <anna@example.com>\nEnvoyé : lundi\nÀ : otto@example.org <otto@example.org>\nObjet : Grüße\n\nHello",
            " ----- Mensaje reenviado ----- De: Anna <anna@example.com>Para: \"otto@example.org\" <otto@example.org>Enviado: lunes CETAsunto: Grüße\nHola",
            "----- Qualcosa di nuovo -----\nDa: Anna <anna@example.com>\nA: otto@example.org\nOggetto: Grüße\n",
            "-------- Original Message --------\nSubject: \tGrüße\nFrom: \tAnna <anna@example.com>\nTo: \tOtto <otto@example.org<mailto:otto@example.org>>\n\nHello",
        ] {
            assert_eq!(summary(text, None), expected, "{text}");
        }
        let header = "From: Anna <anna@example.com>\nDate: today\nTo: otto@example.org\nSubject: Grüße\nHello";
        assert_eq!(summary(header, Some("WG: Grüße")), expected);
        assert_eq!(
            summary("Am 1.2.2026 schrieb \"Anna\" <anna@example.com>:\n\nHallo", Some("WG: Grüße")),
            "true anna@example.com  Grüße"
        );
    }

    /// A value that ends in blanks of several octets is cut where its letters end.
    #[test]
    fn r78_blanks_at_the_end_of_a_line_move_nothing() {
        let text = "----- Mensaje reenviado ----- De: ä <anna@example.com>ä\u{2003}\u{2003}";
        assert_eq!(summary(text, None), "true anna@example.com  ");
    }

    #[test]
    fn r78_answers_are_not_forwarded() {
        for (text, subject) in [
            ("True.\n\n> On Monday, Anna <anna@example.com> wrote:\n> Hello", None),
            (
                "True.\n\nFrom: Anna <anna@example.com>\nDate: today\nTo: otto@example.org\nSubject: x\nHello",
                Some("Re: x"),
            ),
            (
                "True.\n\n-----Original Message-----\nFrom: Anna <anna@example.com>\nTo: otto@example.org\n",
                Some("AW: x"),
            ),
            ("True.\n\n________________________________\nFrom: Anna <anna@example.com>\nSent: x\n", Some("RE: x")),
            ("--- a rule ---\nand text", None),
            ("", None),
        ] {
            assert_eq!(read(text, subject), Forwarded::default(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in any::<String>(), near in "((From|Von|À|Dw|To|Assunto|-----|____________________| ----- Mensaje reenviado -----|Begin forwarded message|> )[: ]?[ a<>@.\u{e4}\u{3042}]{0,9}\n?){0,12}", subject in any::<String>()) {
            for text in [text, near] {
                let found = read(&text, Some(&subject));
                prop_assert!(found.is_forwarded || found == Forwarded::default());
                let _ = read(&text, None);
            }
        }
    }
}
