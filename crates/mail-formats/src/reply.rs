//! Replies of SMTP servers (RFC 5321 §4.2, RFC 2034, RFC 3463), read with limits (armour C6).
//!
//! The text of a reply is written by strangers and shown in pages and logs, so it is made
//! [`printable`] the moment it is read. Nothing downstream sees a control character of it.

use std::fmt;

/// Octets of a whole reply, all lines and line ends together (armour C6).
pub const MAX_REPLY_OCTETS: usize = 8 * 1024;
/// Lines of a reply (armour C6).
pub const MAX_REPLY_LINES: usize = 100;

/// Why bytes are no reply. The peer broke the protocol: the connection must be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplyError {
    /// More than [`MAX_REPLY_OCTETS`] or [`MAX_REPLY_LINES`].
    TooLong,
    /// A line without a code from 200 to 599, or with another code than the line before.
    Malformed,
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the server's reply is too long",
            Self::Malformed => "the server's reply is malformed",
        })
    }
}

impl std::error::Error for ReplyError {}

/// An enhanced status code, `class.subject.detail` (RFC 3463 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnhancedStatus {
    /// 2, 4 or 5.
    pub class: u8,
    /// 0 to 999.
    pub subject: u16,
    /// 0 to 999.
    pub detail: u16,
}

impl EnhancedStatus {
    /// A status from its three numbers.
    pub const fn new(class: u8, subject: u16, detail: u16) -> Self {
        Self { class, subject, detail }
    }

    /// Reads a status that stands alone, as in a DSN's Status field. A comment or words behind it
    /// are ignored (RFC 3464 §2.3.4).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_start();
        let end = text.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(text.len());
        Self::exact(&text[..end])
    }

    fn exact(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || !matches!(class, "2" | "4" | "5") {
            return None;
        }
        let number = |t: &str| (1..=3).contains(&t.len()).then(|| t.parse().ok()).flatten();
        Some(Self::new(class.as_bytes()[0] - b'0', number(subject)?, number(detail)?))
    }

    /// The first status inside a text. Version numbers and IP addresses are not taken for one.
    pub fn find(text: &str) -> Option<Self> {
        text.split(|c: char| c != '.' && !c.is_ascii_digit())
            .take(400)
            .find_map(|word| Self::exact(word.trim_matches('.')))
    }
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// A reply: code, enhanced status and text. The text is [`printable`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    code: Option<u16>,
    enhanced: Option<EnhancedStatus>,
    lines: Vec<String>,
}

impl Reply {
    /// Reads a reply from the start of what a connection has received so far. `Ok(None)`: it is
    /// not complete yet. Otherwise the reply and the number of octets that it took.
    ///
    /// # Errors
    /// [`ReplyError`]; the bytes received so far are enough to know.
    pub fn read(received: &[u8]) -> Result<Option<(Self, usize)>, ReplyError> {
        let window = &received[..received.len().min(MAX_REPLY_OCTETS)];
        let mut code = None;
        let mut lines = Vec::new();
        let mut at = 0;
        while let Some(length) = window[at..].iter().position(|&b| b == b'\n') {
            let line = &window[at..at + length];
            at += length + 1;
            let (line_code, more, text) = read_line(line.strip_suffix(b"\r").unwrap_or(line))?;
            if code.is_some_and(|c| c != line_code) {
                return Err(ReplyError::Malformed);
            }
            code = Some(line_code);
            lines.push(text);
            if !more {
                return Ok(Some((Self::assemble(line_code, lines), at)));
            }
            if lines.len() == MAX_REPLY_LINES {
                return Err(ReplyError::TooLong);
            }
        }
        if received.len() >= MAX_REPLY_OCTETS { Err(ReplyError::TooLong) } else { Ok(None) }
    }

    /// A reply made of a code, a status and text, for example one kept in a record.
    pub fn new(code: u16, enhanced: Option<EnhancedStatus>, text: &str) -> Self {
        let lines = text.lines().take(MAX_REPLY_LINES).map(printable).collect();
        Self { code: Some(code), enhanced, lines }
    }

    /// A reply quoted in a bounce (Diagnostic-Code or plain words): code and status are looked
    /// for in the text. At most [`MAX_REPLY_OCTETS`] of it are kept.
    pub fn from_diagnostic(text: &str) -> Self {
        let text = &text[..text.floor_char_boundary(MAX_REPLY_OCTETS)];
        let (code, behind) = deciding_code(text);
        let enhanced = behind
            .and_then(|rest| EnhancedStatus::parse(rest.trim_start_matches([' ', '-', ':', '#'])))
            .or_else(|| EnhancedStatus::find(text));
        Self { code, enhanced, lines: text.lines().take(MAX_REPLY_LINES).map(printable).collect() }
    }

    fn assemble(code: u16, mut lines: Vec<String>) -> Self {
        let enhanced = lines.first().and_then(|l| EnhancedStatus::parse(l));
        if let Some(status) = enhanced {
            let prefix = status.to_string();
            for line in &mut lines {
                if let Some(rest) = line.strip_prefix(&prefix) {
                    *line = rest.trim_start().to_owned();
                }
            }
        }
        Self { code: Some(code), enhanced, lines }
    }

    /// The code, 200 to 599; `None` for a quoted text without one.
    pub fn code(&self) -> Option<u16> {
        self.code
    }

    /// The enhanced status, if the server gave one.
    pub fn enhanced(&self) -> Option<EnhancedStatus> {
        self.enhanced
    }

    /// This reply with a status known from elsewhere, where it has none of its own.
    pub fn with_status(mut self, status: Option<EnhancedStatus>) -> Self {
        self.enhanced = self.enhanced.or(status);
        self
    }

    /// The lines without code and status.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The lines joined by blanks.
    pub fn text(&self) -> String {
        self.lines.join(" ")
    }

    /// 2yz.
    pub fn is_positive(&self) -> bool {
        self.first_digit() == Some(2)
    }

    /// 4yz, or a 4.y.z status where there is no code or a code that contradicts it.
    pub fn is_transient(&self) -> bool {
        match (self.enhanced, self.first_digit()) {
            (Some(status), _) if status.class == 4 => true,
            (Some(status), None) => status.class == 4,
            (_, digit) => digit == Some(4),
        }
    }

    fn first_digit(&self) -> Option<u16> {
        self.code.map(|c| c / 100)
    }
}

/// `550 5.1.1 text` with the lines joined: for records and pages.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = [self.code.map(|c| c.to_string()), self.enhanced.map(|e| e.to_string())];
        let words: Vec<String> = head.into_iter().flatten().chain(self.lines.iter().cloned()).collect();
        f.write_str(&words.join(" "))
    }
}

/// One line: code, whether another follows, text.
fn read_line(line: &[u8]) -> Result<(u16, bool, String), ReplyError> {
    let (digits, rest) = line.split_at_checked(3).ok_or(ReplyError::Malformed)?;
    if !matches!(digits[0], b'2'..=b'5') || !digits.iter().all(u8::is_ascii_digit) {
        return Err(ReplyError::Malformed);
    }
    let code = digits.iter().fold(0, |n, d| n * 10 + u16::from(d - b'0'));
    let more = match rest.first() {
        None | Some(b' ') => false,
        Some(b'-') => true,
        Some(_) => return Err(ReplyError::Malformed),
    };
    let text = printable(&String::from_utf8_lossy(rest.get(1..).unwrap_or_default()));
    Ok((code, more, text.trim().to_owned()))
}

/// The code that decides where several replies are quoted: the first, but a refusal of the address
/// comes before the deferrals of earlier tries.
fn deciding_code(text: &str) -> (Option<u16>, Option<&str>) {
    let first = find_code(text);
    let (Some(400..=499), Some(mut rest)) = first else { return first };
    while let (Some(code), Some(behind)) = find_code(rest) {
        if matches!(code, 550..=559) {
            return (Some(code), Some(behind));
        }
        rest = behind;
    }
    first
}

/// The first reply code inside a text, and what follows it.
fn find_code(text: &str) -> (Option<u16>, Option<&str>) {
    let bytes = text.as_bytes();
    let stands_alone = |at: usize| {
        let before = at.checked_sub(1).map(|i| bytes[i]);
        let apart = |b: Option<&u8>, also: &[u8]| b.is_none_or(|b| !b.is_ascii_alphanumeric() && !also.contains(b));
        apart(before.as_ref(), b".-=/_@$") && apart(bytes.get(at + 3), b"._@/")
    };
    for at in 0..bytes.len().saturating_sub(2) {
        let digits = &bytes[at..at + 3];
        let fits = matches!(digits[0], b'4' | b'5') && digits.iter().all(u8::is_ascii_digit);
        // Second digits above 5 are not reply codes (RFC 5321 §4.2.1).
        if fits && digits[1] <= b'5' && stands_alone(at) {
            let code = digits.iter().fold(0, |n, d| n * 10 + u16::from(d - b'0'));
            return (Some(code), text.get(at + 3..));
        }
    }
    (None, None)
}

/// Makes foreign text fit for pages, logs and terminals: every control character (ANSI escapes
/// begin with one), line separator and direction override becomes a blank.
pub fn printable(text: &str) -> String {
    let unfit = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}')
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if unfit(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Reply {
        Reply::read(bytes).expect("well formed").expect("complete").0
    }

    #[test]
    fn replies_of_one_and_many_lines_are_read() {
        let reply = read(b"250 2.0.0 Ok: queued\r\n");
        assert_eq!(
            (reply.code(), reply.enhanced(), reply.text().as_str()),
            (Some(250), Some(EnhancedStatus::new(2, 0, 0)), "Ok: queued")
        );
        let reply = read(b"550-5.1.1 The account\r\n550-5.1.1 does not\r\n550 5.1.1 exist\r\n");
        assert_eq!(reply.lines(), ["The account", "does not", "exist"]);
        assert_eq!(reply.to_string(), "550 5.1.1 The account does not exist");
        assert_eq!(read(b"354\r\n").code(), Some(354));
        assert_eq!(read(b"220 a\nrest").text(), "a");
    }

    #[test]
    fn armour_c6_what_exceeds_the_limits_is_an_error() {
        assert_eq!(Reply::read(&vec![b'2'; 10_000_000]), Err(ReplyError::TooLong));
        assert_eq!(Reply::read(&b"250-x\r\n".repeat(1_000_000)), Err(ReplyError::TooLong));
        assert_eq!(Reply::read(&b"250-x\r\n".repeat(MAX_REPLY_LINES)), Err(ReplyError::TooLong));
        let fits = [b"250-x\r\n".repeat(MAX_REPLY_LINES - 1), b"250 x\r\n".to_vec()].concat();
        assert_eq!(read(&fits).lines().len(), MAX_REPLY_LINES);
        for bad in
            [&b"hello\r\n"[..], b"150 x\r\n", b"650 x\r\n", b"25\r\n", b"250x\r\n", b"250-a\r\n550 b\r\n", b"\r\n"]
        {
            assert_eq!(Reply::read(bad), Err(ReplyError::Malformed));
        }
        assert_eq!(Reply::read(b"250-a\r\n250 b"), Ok(None));
    }

    #[test]
    fn armour_c6_control_characters_never_get_in() {
        let reply = read(b"550 \x1b[31mred\x07\x00 \xff\xe2\x80\xae\rx\r\n");
        assert!(reply.text().chars().all(|c| !c.is_control() && c != '\u{202e}'));
    }

    #[test]
    fn codes_and_statuses_are_found_in_quoted_text() {
        let quoted = |t: &str| {
            let r = Reply::from_diagnostic(t);
            (r.code(), r.enhanced().map(|e| e.to_string()))
        };
        assert_eq!(quoted("smtp; 550 5.1.1 <a@b.example> unknown"), (Some(550), Some("5.1.1".into())));
        assert_eq!(quoted("host mx.example[192.0.2.1] said: 552-5.2.2 full"), (Some(552), Some("5.2.2".into())));
        assert_eq!(quoted("sorry (#5.1.1 - chkusr)"), (None, Some("5.1.1".into())));
        assert_eq!(quoted("connect to 5.1.1.1 port 25 after 500.5 s"), (None, None));
    }

    proptest! {
        #[test]
        fn armour_c6_any_bytes_are_a_reply_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300), near in "([25][0-9]{1,2}[- ]?[a\u{1b}.0-9 ]{0,9}\r?\n){0,9}", any in any::<String>()) {
            for input in [&bytes[..], near.as_bytes(), any.as_bytes()] {
                if let Ok(Some((reply, used))) = Reply::read(input) {
                    prop_assert!(used <= input.len());
                    prop_assert!(!reply.to_string().chars().any(char::is_control));
                    // The same reply comes out when it arrives byte by byte.
                    for end in 0..used {
                        prop_assert_eq!(Reply::read(&input[..end]), Ok(None));
                    }
                }
                let _ = Reply::from_diagnostic(&String::from_utf8_lossy(input));
            }
        }
    }
}
