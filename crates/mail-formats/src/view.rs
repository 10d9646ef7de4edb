//! Arriving mail, opened within limits and laid flat: headers, parts, and the parts of the
//! messages inside. Every reader of this crate works on this view, so the limits stand once.

use std::fmt;

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

use crate::address::EmailAddress;

/// Octets of a whole arriving message.
pub const MAX_MESSAGE_OCTETS: usize = 32 * 1024 * 1024;
/// Octets of the first header section.
pub const MAX_HEADER_OCTETS: usize = 512 * 1024;
/// Lines that look like part boundaries.
const MAX_BOUNDARY_LINES: usize = 5_000;
/// Mentions of multipart types: a bound on nesting before it is built.
const MAX_CONTAINERS: usize = 200;
/// Messages inside messages that are opened.
const MAX_DEPTH: usize = 5;
/// Parts that are looked at.
const MAX_PARTS: usize = 200;
/// Octets of text kept of one part, and of all together.
const MAX_PART_TEXT: usize = 256 * 1024;
const MAX_ALL_TEXT: usize = 2 * 1024 * 1024;
/// Octets of one part that is kept as it is, and of all together.
const MAX_ATTACHMENT: usize = 2 * 1024 * 1024;

/// Why arriving bytes were not opened. They must be kept and shown to a person; the sender
/// cannot do anything about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ViewError {
    /// The message or its header exceeds a limit.
    TooLong,
    /// Too many parts, or parts nested too deep.
    TooDeep,
    /// No header at all.
    NoMessage,
}

impl fmt::Display for ViewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the message or its header is too long",
            Self::TooDeep => "the message has too many parts",
            Self::NoMessage => "the bytes are no message",
        })
    }
}

impl std::error::Error for ViewError {}

/// One part that holds content, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `type/subtype`, lower case; `text/plain` where nothing was said.
    pub kind: String,
    /// The content as text, cut at 256 KiB. HTML is as it was written.
    pub text: String,
    /// How many messages this part lies inside: 0 for the arriving message's own parts.
    pub depth: usize,
    /// The content as it is, of parts that hold no text; empty for others and beyond the limits.
    pub bytes: Vec<u8>,
}

/// An arriving message laid flat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    headers: Vec<(String, String)>,
    subject: String,
    from: Option<EmailAddress>,
    parts: Vec<Part>,
    inner_headers: Vec<Vec<(String, String)>>,
}

impl View {
    /// Opens a message.
    ///
    /// # Errors
    /// [`ViewError`] when a limit is exceeded; nothing is built before the limits are checked.
    pub fn open(raw: &[u8]) -> Result<Self, ViewError> {
        check_limits(raw)?;
        let masked = mask(raw);
        let message = MessageParser::default().parse(&masked).ok_or(ViewError::NoMessage)?;
        let mut view = Self {
            headers: fields(&message),
            subject: unmask(message.subject().unwrap_or_default()),
            from: first_address(&message),
            parts: Vec::new(),
            inner_headers: Vec::new(),
        };
        let mut room = MAX_ALL_TEXT;
        view.lay_flat(&message, 0, &mut room);
        let says_something =
            view.parts.iter().any(|p| p.depth == 0 && (!p.text.trim().is_empty() || !p.bytes.is_empty()));
        if !says_something && view.inner_headers.is_empty() {
            view.keep_unstructured_body(raw);
        }
        Ok(view)
    }

    /// A multipart body without its boundaries is read as the text that it is.
    fn keep_unstructured_body(&mut self, raw: &[u8]) {
        let raw = &raw[..raw.len().min(MAX_HEADER_OCTETS + MAX_PART_TEXT)];
        let text = String::from_utf8_lossy(raw).replace("\r\n", "\n");
        if let Some((_, body)) = text.split_once("\n\n") {
            let text = body[..body.floor_char_boundary(MAX_PART_TEXT)].to_owned();
            self.parts.push(Part { kind: "text/plain".to_owned(), text, depth: 0, bytes: Vec::new() });
        }
    }

    fn lay_flat(&mut self, message: &Message<'_>, depth: usize, room: &mut usize) {
        for part in &message.parts {
            if self.parts.len() >= MAX_PARTS {
                return;
            }
            if matches!(part.body, PartType::Multipart(_)) {
                continue;
            }
            let kind = part.content_type().map_or_else(
                || String::from("text/plain"),
                |c| unmask(&format!("{}/{}", c.ctype(), c.subtype().unwrap_or("plain"))).to_ascii_lowercase(),
            );
            // A multipart without its boundaries is the text that it is.
            let kind = if kind.starts_with("multipart/") { "text/plain".to_owned() } else { kind };
            let bytes = part.contents();
            if matches!(kind.as_str(), "message/rfc822" | "message/global") && self.open_inner(bytes, depth, room) {
                continue;
            }
            let keep = bytes.len().min(MAX_PART_TEXT).min(*room);
            *room -= keep;
            let text = unmask(&String::from_utf8_lossy(&bytes[..keep])).replace("\r\n", "\n");
            let holds_data = depth == 0 && kind.starts_with("application/");
            let kept: usize = self.parts.iter().map(|p| p.bytes.len()).sum();
            let whole = if holds_data && kept + bytes.len() <= MAX_ATTACHMENT { bytes.to_vec() } else { Vec::new() };
            self.parts.push(Part { kind, text, depth, bytes: whole });
        }
    }

    /// Opens a message inside; false where it must be read as text instead.
    fn open_inner(&mut self, bytes: &[u8], depth: usize, room: &mut usize) -> bool {
        if depth >= MAX_DEPTH || self.inner_headers.len() >= MAX_PARTS || check_limits(bytes).is_err() {
            return false;
        }
        // Once more: an encoded message was not masked before it was decoded.
        let masked = mask(bytes);
        let Some(inner) = MessageParser::default().parse(&masked) else { return false };
        self.inner_headers.push(fields(&inner));
        self.lay_flat(&inner, depth + 1, room);
        true
    }

    /// The headers from top to bottom: names as written, values unfolded, not decoded.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The first field of that name, case ignored.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The decoded subject, empty if there is none.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The first address of From, if it is one.
    pub fn from(&self) -> Option<&EmailAddress> {
        self.from.as_ref()
    }

    /// All parts with content, those of inner messages included.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The contents of the message's own parts that hold data, and of bare XML and JSON.
    pub(crate) fn attachments(&self) -> impl Iterator<Item = &[u8]> {
        let own = self.parts.iter().filter(|p| p.depth == 0);
        own.filter_map(|part| match part.kind.as_str() {
            _ if !part.bytes.is_empty() => Some(part.bytes.as_slice()),
            "text/xml" | "text/json" => Some(part.text.as_bytes()),
            _ => None,
        })
    }

    /// The headers of each message inside.
    pub fn inner_headers(&self) -> &[Vec<(String, String)>] {
        &self.inner_headers
    }

    /// What a person wrote: the first text part of the message itself, or its HTML as text.
    pub fn own_text(&self) -> String {
        let own = |kind: &str| self.parts.iter().find(|p| p.depth == 0 && p.kind == kind && !p.text.trim().is_empty());
        match (own("text/plain"), own("text/html")) {
            (Some(part), _) => part.text.clone(),
            (None, Some(part)) => text_of_html(&part.text),
            (None, None) => String::new(),
        }
    }

    /// The HTML of the message itself as text.
    pub fn own_html(&self) -> String {
        let part = self.parts.iter().find(|p| p.depth == 0 && p.kind == "text/html" && !p.text.trim().is_empty());
        part.map(|part| text_of_html(&part.text)).unwrap_or_default()
    }
}

/// HTML as the text that people read, with lines where blocks end.
pub(crate) fn text_of_html(html: &str) -> String {
    mail_parser::decoders::html::html_to_text(html)
}

/// The first value of that name in a list of fields, case ignored.
pub(crate) fn find<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
}

fn fields(message: &Message<'_>) -> Vec<(String, String)> {
    let one_line = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ");
    message.headers_raw().take(1_000).map(|(name, value)| (unmask(name.trim()), unmask(&one_line(value)))).collect()
}

fn first_address(message: &Message<'_>) -> Option<EmailAddress> {
    let text = message.from()?.first()?.address()?;
    EmailAddress::parse(unmask(text).trim()).ok()
}

/// Marks for the last letter of a masked word, lower and upper case.
const MASK_LOWER: u8 = 1;
const MASK_UPPER: u8 = 2;

/// Subtypes for which the MIME parser would build messages inside messages, without a bound on
/// their depth. In its copy of the bytes their last letter is replaced, so that it sees parts of
/// an unknown type, and this module opens them itself, counting. Where the words stand does not
/// matter: [`unmask`] undoes it in everything that is kept.
const MASKED: [&[u8; 6]; 3] = [b"rfc822", b"global", b"digest"];

fn mask(raw: &[u8]) -> Vec<u8> {
    let mut out = raw.to_vec();
    for (at, word) in raw.windows(6).enumerate() {
        // The first letter tells most places apart from a masked word.
        if matches!(word[0] | 0x20, b'r' | b'g' | b'd') && MASKED.iter().any(|w| word.eq_ignore_ascii_case(*w)) {
            out[at + 5] = if word[5].is_ascii_uppercase() { MASK_UPPER } else { MASK_LOWER };
        }
    }
    out
}

fn unmask(text: &str) -> String {
    if !text.bytes().any(|b| b == MASK_LOWER || b == MASK_UPPER) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let upper = c == char::from(MASK_UPPER);
        if !upper && c != char::from(MASK_LOWER) {
            out.push(c);
            continue;
        }
        let last = match out.chars().next_back() {
            Some('2') => '2',
            Some('a' | 'A') => 'l',
            Some('s' | 'S') => 't',
            _ => ' ',
        };
        out.push(if upper { last.to_ascii_uppercase() } else { last });
    }
    out
}

fn check_limits(raw: &[u8]) -> Result<(), ViewError> {
    if raw.len() > MAX_MESSAGE_OCTETS {
        return Err(ViewError::TooLong);
    }
    let (mut at, mut boundaries, mut in_header) = (0, 0, true);
    while at < raw.len() {
        let end = raw[at..].iter().position(|&b| b == b'\n').map_or(raw.len(), |n| at + n);
        let line = &raw[at..end];
        at = end + 1;
        if line.is_empty() || line == b"\r" {
            in_header = false;
        }
        if in_header && at > MAX_HEADER_OCTETS {
            return Err(ViewError::TooLong);
        }
        boundaries += usize::from(line.starts_with(b"--"));
    }
    let containers = raw.windows(9).filter(|w| w[0] | 0x20 == b'm' && w.eq_ignore_ascii_case(b"multipart"));
    if boundaries > MAX_BOUNDARY_LINES || containers.count() > MAX_CONTAINERS {
        return Err(ViewError::TooDeep);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_message_is_laid_flat_with_what_it_holds() {
        let raw = b"From: A <a@example.com>\r\nSubject: =?utf-8?q?=C3=A4?=\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhello\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninside\r\n--x--\r\n";
        let view = View::open(raw).expect("view");
        assert_eq!(view.subject(), "ä");
        assert_eq!(view.from().map(EmailAddress::as_str), Some("a@example.com"));
        assert_eq!(view.own_text().trim(), "hello");
        assert_eq!(view.inner_headers().len(), 1);
        assert!(view.parts().iter().any(|p| p.depth == 1 && p.text.trim() == "inside"));
    }

    /// Proves the limits against bombs: many parts, deep nesting, endless headers.
    #[test]
    fn armour_c5_bombs_are_refused_before_they_are_opened() {
        let deep = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n".repeat(10_000);
        assert_eq!(View::open(&deep), Err(ViewError::TooDeep));
        let folded = b"Content-Type:\r\n multipart/mixed; boundary=x\r\n\r\n--x\r\n".repeat(10_000);
        assert_eq!(View::open(&folded), Err(ViewError::TooDeep));
        let wide =
            [&b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"[..], &b"--x\r\n\r\na\r\n".repeat(100_000)].concat();
        assert_eq!(View::open(&wide), Err(ViewError::TooDeep));
        let long = b"Received: x\r\n".repeat(1_000_000);
        assert_eq!(View::open(&long), Err(ViewError::TooLong));
    }

    /// Proves the limit of depth: however messages are nested, plain, encoded, with comments in
    /// their types or by digests, the stack of a worker thread holds.
    #[test]
    fn armour_c5_messages_inside_messages_are_opened_to_a_depth() {
        use base64::Engine as _;
        let nested = |head: &str| head.repeat(50_000) + "Subject: inner\r\n\r\nend\r\n";
        let plain = nested("Content-Type: message/rfc822\r\n\r\n");
        let comment = nested("Content-Type: message(x)/ (y) RFC822\r\n\r\n");
        let global = nested("Content-Type: message/global\r\n\r\n");
        let digest = "Content-Type: multipart/digest; boundary=x\r\n\r\n--x\r\n\r\n".repeat(100) + &plain;
        let encoded = base64::engine::general_purpose::STANDARD.encode(&comment);
        let encoded = format!("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n");
        for raw in [plain, comment, global, digest, encoded] {
            let opened = std::thread::Builder::new()
                .stack_size(256 * 1024)
                .spawn(move || View::open(raw.as_bytes()).map(|v| v.inner_headers().len()));
            let depth = opened.expect("thread").join().expect("no overflow");
            assert!(depth.is_ok_and(|d| d <= MAX_DEPTH), "{depth:?}");
        }
    }

    #[test]
    fn masked_words_come_back_as_they_were() {
        let raw = b"From: Global <global@example.com>\r\nSubject: Weekly DIGEST\r\nX-Digest: rfc822\r\n\r\nrfc822;global digesT\r\n";
        let view = View::open(raw).expect("view");
        assert_eq!(view.from().map(EmailAddress::as_str), Some("global@example.com"));
        assert_eq!((view.subject(), view.header("x-digest")), ("Weekly DIGEST", Some("rfc822")));
        assert_eq!(view.own_text().trim(), "rfc822;global digesT");
    }

    proptest! {
        #[test]
        fn any_bytes_are_opened_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400), text in any::<String>()) {
            let _ = View::open(&bytes);
            let _ = text_of_html(&text);
        }
    }
}
