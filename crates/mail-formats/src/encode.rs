//! Transfer encodings of body parts (RFC 2045 §6; M6, T1, R33).
//!
//! Quoted-printable here has three habits of its own. A link is never broken by a soft line
//! break while it fits a line, so that raw views and simple programs still find it (R33). No
//! output line begins with a dot, so nothing depends on dot-stuffing along the way (T1). And no
//! line begins with `From `, which some mailbox formats would change and so break signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Octets of an encoded line without CRLF, RFC 2045 §6.7 and §6.8.
const MAX_ENCODED_LINE: usize = 76;

/// How a part is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    QuotedPrintable,
    Base64,
}

impl Encoding {
    /// Base64 for text that is mostly beyond ASCII, where quoted-printable would triple it.
    pub(crate) fn for_text(text: &str) -> Self {
        let beyond = text.bytes().filter(|b| !b.is_ascii()).count();
        if beyond * 5 > text.len() { Self::Base64 } else { Self::QuotedPrintable }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::QuotedPrintable => "quoted-printable",
            Self::Base64 => "base64",
        }
    }

    /// Appends the encoded text, closed by CRLF. `text` must come from [`tidy`].
    pub(crate) fn encode(self, text: &str, out: &mut Vec<u8>) {
        match self {
            Self::QuotedPrintable => quoted_printable(text, out),
            Self::Base64 => base64_lines(text, out),
        }
    }
}

/// Brings text into one form: `\n` ends lines, no NUL, no blanks at the end (DKIM's relaxed body
/// form ends in a non-blank line, whatever a verifier makes of trailing ones).
pub(crate) fn tidy(text: &str) -> String {
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || c == '\0');
    let mut out = String::with_capacity(text.len() + 1);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\0' => {}
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            c => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn base64_lines(text: &str, out: &mut Vec<u8>) {
    let canonical = text.replace('\n', "\r\n") + "\r\n";
    for chunk in canonical.as_bytes().chunks(MAX_ENCODED_LINE / 4 * 3) {
        out.extend_from_slice(BASE64.encode(chunk).as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

fn quoted_printable(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() + text.len() / 8);
    for line in text.split('\n') {
        quoted_line(line, out);
        out.extend_from_slice(b"\r\n");
    }
}

fn quoted_line(line: &str, out: &mut Vec<u8>) {
    let mut column = 0;
    let mut rest = line;
    loop {
        let plain = plain_run(rest, column);
        out.extend_from_slice(&rest.as_bytes()[..plain]);
        column += plain;
        rest = &rest[plain..];
        let Some(unit) = next_unit(rest) else { return };
        let after = &rest[unit.len()..];
        let room = if after.is_empty() { MAX_ENCODED_LINE } else { MAX_ENCODED_LINE - 1 };
        // What opens an output line may need three octets instead of one.
        let mut width = encoded_width(unit, after, column == 0 && opens_badly(rest));
        if column + width > room {
            out.extend_from_slice(b"=\r\n");
            column = 0;
            width = encoded_width(unit, after, opens_badly(rest));
        }
        if width == unit.len() {
            out.extend_from_slice(unit.as_bytes());
        } else {
            escape(unit, after, column == 0 && opens_badly(rest), out);
        }
        column += width;
        rest = after;
    }
}

/// Octets that stand for themselves wherever in a line they stand: most of every text. What is
/// special at the beginning or end of a line, or may begin a link, is left to the caller.
fn plain_run(rest: &str, column: usize) -> usize {
    if column == 0 {
        return 0;
    }
    let most = (MAX_ENCODED_LINE - 1).saturating_sub(column).min(rest.len().saturating_sub(1));
    let plain = |b: &u8| matches!(b, b' '..=b'~') && !matches!(b, b'=' | b'h' | b'H' | b'm' | b'M');
    rest.as_bytes()[..most].iter().take_while(|b| plain(b)).count()
}

/// The next piece that must not be broken: a link that fits a line, else one character.
fn next_unit(rest: &str) -> Option<&str> {
    let first = rest.chars().next()?;
    if matches!(first, 'h' | 'H' | 'm' | 'M')
        && let Some(link) = link_at(rest)
    {
        return Some(link);
    }
    Some(&rest[..first.len_utf8()])
}

/// A link at the start of `rest`, if its encoded form fits a line with a soft break behind it.
fn link_at(rest: &str) -> Option<&str> {
    let starts = |scheme: &str| rest.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme));
    if !["https://", "http://", "mailto:"].into_iter().any(starts) {
        return None;
    }
    let mut width = 0;
    for (at, c) in rest.char_indices() {
        if c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '<' | '>') {
            return Some(&rest[..at]);
        }
        width += if is_literal(c) { 1 } else { 3 * c.len_utf8() };
        if width >= MAX_ENCODED_LINE {
            return None;
        }
    }
    Some(rest)
}

fn is_literal(c: char) -> bool {
    matches!(c, ' '..='~' | '\t') && c != '='
}

/// A character that must not open a line as itself.
fn opens_badly(rest: &str) -> bool {
    rest.starts_with('.') || rest.starts_with("From ")
}

/// A blank at the end of a line would be lost on the way.
fn ends_badly(unit: &str, after: &str) -> bool {
    after.is_empty() && matches!(unit, " " | "\t")
}

fn encoded_width(unit: &str, after: &str, opens: bool) -> usize {
    if opens || ends_badly(unit, after) {
        return 3;
    }
    unit.chars().map(|c| if is_literal(c) { 1 } else { 3 * c.len_utf8() }).sum()
}

fn escape(unit: &str, after: &str, opens: bool, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let all = opens || ends_badly(unit, after);
    for c in unit.chars() {
        if is_literal(c) && !all {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        for b in c.encode_utf8(&mut [0; 4]).bytes() {
            out.extend_from_slice(&[b'=', HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn qp(text: &str) -> String {
        let mut out = Vec::new();
        Encoding::QuotedPrintable.encode(text, &mut out);
        String::from_utf8(out).expect("ascii")
    }

    #[test]
    fn r33_a_link_is_never_broken() {
        let link = format!("https://news.example.com/u/{}", "a".repeat(40));
        assert_eq!(link.len(), 67);
        for before in 0..80 {
            let text = format!("{}{link} behind it", "x".repeat(before));
            assert!(qp(&text).contains(&link), "{before}");
        }
        let html = format!("<p style=\"color: black; margin: 0; padding: 0\"><a href=\"{link}\">weg</a></p>");
        assert!(qp(&html).contains(&link));
    }

    #[test]
    fn t1_no_line_opens_with_a_dot_or_from() {
        assert_eq!(qp(".\n..x\nFrom me\na "), "=2E\r\n=2E.x\r\n=46rom me\r\na=20\r\n");
        let dots = qp(&".".repeat(300));
        assert!(dots.lines().all(|l| !l.starts_with('.')));
    }

    #[test]
    fn tidy_leaves_one_kind_of_line_end_and_no_trailing_blanks() {
        assert_eq!(tidy("a\r\nb\rc\n\rd\0 \n \t\r\n"), "a\nb\nc\n\nd");
        assert_eq!(tidy("\0 \r\n"), "");
    }

    proptest! {
        /// Proves M2, M6, T1: lines of 76 at most, ASCII, and every text comes back.
        #[test]
        fn m2_m6_t1_any_text_comes_back(raw in any::<String>(), marked in "[=. \tFromhtps:/\u{e4}\n]{0,300}") {
            for text in [tidy(&raw), tidy(&marked)] {
                for encoding in [Encoding::QuotedPrintable, Encoding::Base64] {
                    let mut out = Vec::new();
                    encoding.encode(&text, &mut out);
                    prop_assert!(crate::wire::check(&out).is_ok());
                    prop_assert!(out.is_ascii());
                    prop_assert!(out.split(|&b| b == b'\n').all(|l| l.len() <= 77 && l.first() != Some(&b'.')));
                    let head = format!("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {}\r\n\r\n", encoding.name());
                    let message = [head.as_bytes(), &out].concat();
                    let parsed = mail_parser::MessageParser::default().parse(&message).expect("parsed");
                    let body = parsed.body_text(0).unwrap_or_default().replace("\r\n", "\n");
                    prop_assert_eq!(body.strip_suffix('\n').unwrap_or(&body), &text);
                }
            }
        }
    }
}
