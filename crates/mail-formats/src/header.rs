//! Header fields of outgoing messages: values that cannot break a line, and the writer that
//! folds and encodes them (RFC 5322 §2.2, RFC 2047; M2, M4, M5).
//!
//! A [`HeaderValue`] is made by a constructor that says what kind of text it is. All of them
//! refuse CR, LF, NUL and every other control or line separator, so no header can be injected
//! through a field that a customer filled in. Text that must not fail (a subject from a template)
//! goes through [`cleaned`] first.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::address::{EmailAddress, is_atext};

/// Octets of a folded line: RFC 5322 §2.1.1 wants 78, RFC 2047 §2 wants 76 where a line holds an
/// encoded-word; the smaller one serves both (M2, M5).
const SOFT_LINE: usize = 76;
/// Octets of the longest piece that cannot be folded; keeps lines below 998 with any name (M2).
const MAX_TOKEN: usize = 900;
/// Octets of a header name. Real ones are shorter than 40.
const MAX_NAME: usize = 70;
/// Octets of a text value before it is encoded.
pub const MAX_TEXT_OCTETS: usize = 8_000;
/// Characters of an encoded-word, RFC 2047 §2 (M5).
const MAX_ENCODED_WORD: usize = 75;
/// Octets of a line that holds an encoded-word, RFC 2047 §2 (M5).
const ENCODED_LINE: usize = SOFT_LINE;

/// Why a header name or value is refused. The caller must act: its input was not cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderError {
    /// The name is empty, too long, or holds other characters than letters, digits, `-` and `_`.
    Name(String),
    /// A control character or line separator in a value (M4).
    Control(char),
    /// A structured value holds something else than printable ASCII.
    NotAscii,
    /// The value exceeds [`MAX_TEXT_OCTETS`], or a piece that cannot be folded is too long.
    TooLong,
    /// A list of mailboxes or links without a member.
    Empty,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(n) => write!(f, "not a header name: {n:?}"),
            Self::Control(c) => write!(f, "control character U+{:04X} in a header", u32::from(*c)),
            Self::NotAscii => f.write_str("structured header value is not printable ASCII"),
            Self::TooLong => f.write_str("header value is too long"),
            Self::Empty => f.write_str("header value has no member"),
        }
    }
}

impl std::error::Error for HeaderError {}

/// A display name with an address, as From, To and Reply-To hold them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    name: String,
    address: EmailAddress,
}

impl Mailbox {
    /// A mailbox with a display name; an empty name means none.
    ///
    /// # Errors
    /// [`HeaderError::Control`] or [`HeaderError::TooLong`] for a name that no header can hold.
    pub fn new(name: &str, address: EmailAddress) -> Result<Self, HeaderError> {
        Ok(Self { name: checked(name.trim())?.to_owned(), address })
    }

    /// A mailbox without display name.
    pub fn bare(address: EmailAddress) -> Self {
        Self { name: String::new(), address }
    }

    /// The display name, empty if there is none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address.
    pub fn address(&self) -> &EmailAddress {
        &self.address
    }
}

/// The value of a header field, ready to be folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderValue(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// Words for people: encoded when they need it.
    Text(String),
    /// ASCII for programs, to be folded at its blanks only.
    Structured(String),
    Mailboxes(Vec<Mailbox>),
    /// A phrase for people before an ASCII piece, as List-Id has it.
    Phrase(String, String),
}

impl HeaderValue {
    /// Unstructured text for people, for example a Subject.
    ///
    /// # Errors
    /// [`HeaderError::Control`], [`HeaderError::TooLong`].
    pub fn text(text: &str) -> Result<Self, HeaderError> {
        Ok(Self(Kind::Text(checked(text)?.to_owned())))
    }

    /// Printable ASCII that is written as it stands and folded at its blanks only.
    ///
    /// # Errors
    /// [`HeaderError::NotAscii`] also for controls; [`HeaderError::TooLong`] when a piece between
    /// two blanks exceeds 900 octets.
    pub fn structured(text: &str) -> Result<Self, HeaderError> {
        if !text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
            return Err(HeaderError::NotAscii);
        }
        if text.len() > MAX_TEXT_OCTETS || text.split(' ').any(|t| t.len() > MAX_TOKEN) {
            return Err(HeaderError::TooLong);
        }
        if text.trim().is_empty() {
            return Err(HeaderError::Empty);
        }
        Ok(Self(Kind::Structured(text.trim().to_owned())))
    }

    /// One or more mailboxes (From takes exactly one, M1; the caller sees to it).
    ///
    /// # Errors
    /// [`HeaderError::Empty`].
    pub fn mailboxes(list: Vec<Mailbox>) -> Result<Self, HeaderError> {
        if list.is_empty() { Err(HeaderError::Empty) } else { Ok(Self(Kind::Mailboxes(list))) }
    }

    /// Exactly one mailbox.
    pub fn mailbox(mailbox: Mailbox) -> Self {
        Self(Kind::Mailboxes(vec![mailbox]))
    }

    /// Links in angle brackets, separated by commas (RFC 2369 §2, U2). The order is kept.
    ///
    /// # Errors
    /// [`HeaderError::NotAscii`] for a link with a blank, an angle bracket or a character beyond
    /// ASCII; [`HeaderError::Empty`], [`HeaderError::TooLong`].
    pub fn links(links: &[&str]) -> Result<Self, HeaderError> {
        if links.iter().any(|l| l.is_empty() || l.contains([' ', '<', '>'])) {
            return Err(HeaderError::NotAscii);
        }
        let parts: Vec<String> = links.iter().map(|l| format!("<{l}>")).collect();
        Self::structured(&parts.join(", "))
    }

    /// A description and an identifier in angle brackets (List-Id, RFC 2919 §3, U13).
    ///
    /// # Errors
    /// As [`HeaderValue::links`] for the identifier and [`HeaderValue::text`] for the words.
    pub fn list_id(description: &str, id: &str) -> Result<Self, HeaderError> {
        let Self(Kind::Structured(id)) = Self::links(&[id])? else {
            return Err(HeaderError::NotAscii);
        };
        Ok(Self(Kind::Phrase(checked(description.trim())?.to_owned(), id)))
    }

    /// `<local@domain>`, for Message-ID, In-Reply-To and References (RFC 5322 §3.6.4).
    ///
    /// # Errors
    /// As [`HeaderValue::links`].
    pub fn message_id(local: &str, domain: &crate::Domain) -> Result<Self, HeaderError> {
        Self::links(&[&format!("{local}@{}", domain.as_str())])
    }

    /// A Date in UTC from milliseconds since 1970 (RFC 5322 §3.3). Times outside the years 1970
    /// to 9999 are moved to the nearest one inside.
    pub fn date(epoch_millis: i64) -> Self {
        Self(Kind::Structured(crate::date::rfc5322(epoch_millis)))
    }

    /// Whether the value needs SMTPUTF8 (a local part beyond ASCII, T9).
    pub fn needs_smtputf8(&self) -> bool {
        matches!(&self.0, Kind::Mailboxes(list) if list.iter().any(|m| m.address.needs_smtputf8()))
    }
}

/// A header field: name and value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    name: String,
    value: HeaderValue,
}

impl Header {
    /// A field. The name is written as given and compared without case.
    ///
    /// # Errors
    /// [`HeaderError::Name`].
    pub fn new(name: &str, value: HeaderValue) -> Result<Self, HeaderError> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(fits) {
            return Err(HeaderError::Name(name.chars().take(MAX_NAME).collect()));
        }
        Ok(Self { name: name.to_owned(), value })
    }

    /// The name as given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value.
    pub fn value(&self) -> &HeaderValue {
        &self.value
    }

    /// Appends the field, folded and closed by CRLF, to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        let first = self.name.len() + 2;
        match &self.value.0 {
            Kind::Text(text) => write_text(&self.name, text, out),
            Kind::Structured(text) => {
                fold(&self.name, text.split(' ').map(str::to_owned), out);
            }
            Kind::Phrase(words, rest) => {
                let tokens = phrase(words, first).into_iter().chain([rest.clone()]);
                fold(&self.name, tokens, out);
            }
            Kind::Mailboxes(list) => fold(&self.name, mailbox_tokens(list, first), out),
        }
    }
}

/// Makes any text fit for [`HeaderValue::text`]: every control and line separator becomes a
/// blank, runs of blanks become one, the ends are trimmed, and what exceeds the limit is cut at
/// a character.
pub fn cleaned(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(MAX_TEXT_OCTETS));
    for c in text.chars() {
        let c = if breaks_line(c) || c.is_whitespace() { ' ' } else { c };
        if c == ' ' && (out.is_empty() || out.ends_with(' ')) {
            continue;
        }
        if out.len() + c.len_utf8() > MAX_TEXT_OCTETS {
            break;
        }
        out.push(c);
    }
    out.truncate(out.trim_end().len());
    out
}

fn checked(text: &str) -> Result<&str, HeaderError> {
    if text.len() > MAX_TEXT_OCTETS {
        return Err(HeaderError::TooLong);
    }
    match text.chars().find(|&c| breaks_line(c)) {
        Some(c) => Err(HeaderError::Control(c)),
        None => Ok(text),
    }
}

/// Controls (C0, DEL, C1 with U+0085) and the two separators that some programs take for line
/// ends (M4).
fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Writes tokens with one blank or one fold between each two.
fn fold(name: &str, tokens: impl IntoIterator<Item = String>, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    let mut column = name.len() + 1;
    for token in tokens {
        if column + 1 + token.len() > SOFT_LINE && column > 1 {
            out.extend_from_slice(b"\r\n");
            column = 0;
        }
        out.push(b' ');
        out.extend_from_slice(token.as_bytes());
        column += 1 + token.len();
    }
    out.extend_from_slice(b"\r\n");
}

fn write_text(name: &str, text: &str, out: &mut Vec<u8>) {
    if is_plain(text) {
        fold(name, text.split(' ').map(str::to_owned), out);
    } else {
        fold(name, encoded_words(text, name.len() + 2), out);
    }
}

/// Text that survives folding at its blanks without encoding.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| (b' '..=b'~').contains(&b))
        && !text.contains("=?")
        && (text.is_empty() || text.split(' ').all(|w| !w.is_empty() && w.len() <= 60))
}

fn mailbox_tokens(list: &[Mailbox], first: usize) -> Vec<String> {
    let mut tokens = Vec::new();
    for (i, mailbox) in list.iter().enumerate() {
        let column = if tokens.is_empty() { first } else { 1 };
        let comma = if i + 1 < list.len() { "," } else { "" };
        if mailbox.name.is_empty() {
            tokens.push(format!("{}{comma}", mailbox.address));
        } else {
            tokens.extend(phrase(&mailbox.name, column));
            tokens.push(format!("<{}>{comma}", mailbox.address));
        }
    }
    tokens
}

/// A phrase (RFC 5322 §3.2.5): atoms, one quoted string, or encoded-words.
fn phrase(words: &str, column: usize) -> Vec<String> {
    if words.is_empty() {
        return Vec::new();
    }
    if !is_plain(words) {
        return encoded_words(words, column);
    }
    if words.chars().all(|c| c == ' ' || is_atext(c)) {
        return words.split(' ').map(str::to_owned).collect();
    }
    if words.len() > 60 {
        return encoded_words(words, column);
    }
    let mut quoted = String::from("\"");
    for c in words.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    vec![quoted]
}

/// RFC 2047 encoded-words for a whole text, in B or Q, whichever is shorter. A word ends only
/// between characters. Q uses the alphabet that is allowed in phrases, so it fits everywhere.
fn encoded_words(text: &str, column: usize) -> Vec<String> {
    let q_length: usize = text.chars().map(q_length_of).sum();
    let use_q = q_length <= text.len().div_ceil(3) * 4;
    let mut words = Vec::new();
    let mut piece = String::new();
    let mut cost = 0;
    let mut room = payload_room(ENCODED_LINE.saturating_sub(column));
    for c in text.chars() {
        let next = if use_q { cost + q_length_of(c) } else { (piece.len() + c.len_utf8()).div_ceil(3) * 4 };
        if next > room && !piece.is_empty() {
            words.push(encoded_word(&piece, use_q));
            piece.clear();
            room = payload_room(ENCODED_LINE - 1);
            cost = 0;
        }
        piece.push(c);
        cost += q_length_of(c);
    }
    words.push(encoded_word(&piece, use_q));
    words
}

/// Characters left for the payload of an encoded-word in a line with so much room; a whole
/// line's room when there is hardly any, because the word will stand on a line of its own.
fn payload_room(line_room: usize) -> usize {
    const FRAME: usize = "=?utf-8?q??=".len();
    let whole = MAX_ENCODED_WORD - FRAME;
    let here = line_room.min(MAX_ENCODED_WORD).saturating_sub(FRAME);
    if here < 16 { whole } else { here }
}

fn q_length_of(c: char) -> usize {
    if c == ' ' || is_q_literal(c) { 1 } else { 3 * c.len_utf8() }
}

fn is_q_literal(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '!' | '*' | '+' | '-' | '/')
}

fn encoded_word(piece: &str, use_q: bool) -> String {
    if !use_q {
        return format!("=?utf-8?b?{}?=", BASE64.encode(piece));
    }
    let mut word = String::from("=?utf-8?q?");
    for c in piece.chars() {
        if c == ' ' {
            word.push('_');
        } else if is_q_literal(c) {
            word.push(c);
        } else {
            for b in c.encode_utf8(&mut [0; 4]).bytes() {
                word.push_str(&format!("={b:02X}"));
            }
        }
    }
    word.push_str("?=");
    word
}

#[cfg(test)]
mod tests;
