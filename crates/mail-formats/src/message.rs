//! Whole outgoing messages: headers in the order given, then a text part or both parts as
//! multipart/alternative (RFC 5322, RFC 2046 §5.1.4; M1, M6, T1).

use std::fmt;

use aws_lc_rs::digest;

use crate::encode::{Encoding, tidy};
use crate::header::Header;

/// Octets of one part before encoding.
pub const MAX_PART_OCTETS: usize = 4 * 1024 * 1024;

/// Fields that the writer adds itself, or that only a signer or a receiving server adds.
const RESERVED: [&str; 9] = [
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "DKIM-Signature",
    "DomainKey-Signature",
    "Return-Path",
    "Received",
    "Bcc",
    "ARC-Seal",
];

/// Fields of which a message has at most one (RFC 5322 §3.6, RFC 8058, RFC 2369; M1, U1).
const SINGLE: [&str; 20] = [
    "Date",
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Help",
    "List-Owner",
    "List-Post",
    "List-Subscribe",
    "List-Archive",
    "Feedback-ID",
];

/// Why a draft cannot be written. The caller must act: its draft breaks a rule of the format.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageError {
    /// A field that is not the caller's to set.
    Reserved(String),
    /// A field that may stand only once stands twice (M1, U1).
    Repeated(&'static str),
    /// Date, From or Message-ID is missing (M1, M3).
    Missing(&'static str),
    /// The text part says nothing (M6 makes it mandatory).
    EmptyText,
    /// The HTML part is given but says nothing.
    EmptyHtml,
    /// A part exceeds [`MAX_PART_OCTETS`].
    TooLong,
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reserved(name) => write!(f, "header {name} is not the author's to set"),
            Self::Repeated(name) => write!(f, "header {name} stands more than once"),
            Self::Missing(name) => write!(f, "header {name} is missing"),
            Self::EmptyText => f.write_str("the text part is empty"),
            Self::EmptyHtml => f.write_str("the HTML part is empty"),
            Self::TooLong => f.write_str("a part of the message is too long"),
        }
    }
}

impl std::error::Error for MessageError {}

/// What a message is written from.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// Fields in the order of writing; MIME fields are added behind them.
    pub headers: &'a [Header],
    /// The text part (M6: mandatory).
    pub text: &'a str,
    /// The HTML part, if the message has one.
    pub html: Option<&'a str>,
    /// Anything that differs between messages, for example their Message-ID: the boundary is
    /// derived from it. It cannot collide with content whatever the seed (see [`boundary`]).
    pub boundary_seed: &'a [u8],
}

/// A written message without signatures: CRLF lines, no NUL, no line over 998 octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    bytes: Vec<u8>,
    needs_smtputf8: bool,
}

impl Written {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, given away.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Whether a header holds an address that needs SMTPUTF8 (T9).
    pub fn needs_smtputf8(&self) -> bool {
        self.needs_smtputf8
    }
}

impl Draft<'_> {
    /// Writes the message.
    ///
    /// # Errors
    /// [`MessageError`]; nothing is repaired but line ends, NULs and trailing blanks of the
    /// parts.
    pub fn write(&self) -> Result<Written, MessageError> {
        check_headers(self.headers)?;
        let text = part(self.text).map_err(|e| e.unwrap_or(MessageError::EmptyText))?;
        let html = match self.html {
            Some(html) => Some(part(html).map_err(|e| e.unwrap_or(MessageError::EmptyHtml))?),
            None => None,
        };
        let size = text.len() + html.as_ref().map_or(0, String::len);
        let mut out = Vec::with_capacity(size + size / 4 + 4096);
        for header in self.headers {
            header.write(&mut out);
        }
        out.extend_from_slice(b"MIME-Version: 1.0\r\n");
        match html {
            None => write_part("plain", &text, &mut out),
            Some(html) => write_alternative(&text, &html, self.boundary_seed, &mut out),
        }
        let needs_smtputf8 = self.headers.iter().any(|h| h.value().needs_smtputf8());
        Ok(Written { bytes: out, needs_smtputf8 })
    }
}

/// A boundary that no encoded content can hold: it begins with `=_`. In quoted-printable a `=` is
/// followed by two hexadecimal digits or a line end, and base64 has no `_` (RFC 2045 §6.7).
pub fn boundary(seed: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, seed);
    let mut text = String::from("=_");
    for b in &hash.as_ref()[..12] {
        text.push_str(&format!("{b:02x}"));
    }
    text
}

fn write_alternative(text: &str, html: &str, seed: &[u8], out: &mut Vec<u8>) {
    let boundary = boundary(seed);
    let open = |out: &mut Vec<u8>| out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
    out.extend_from_slice(
        format!("Content-Type: multipart/alternative;\r\n boundary=\"{boundary}\"\r\n\r\n").as_bytes(),
    );
    open(out);
    write_part("plain", text, out);
    out.extend_from_slice(b"\r\n");
    open(out);
    write_part("html", html, out);
    out.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
}

fn write_part(subtype: &str, text: &str, out: &mut Vec<u8>) {
    let encoding = Encoding::for_text(text);
    out.extend_from_slice(
        format!(
            "Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {}\r\n\r\n",
            encoding.name()
        )
        .as_bytes(),
    );
    encoding.encode(text, out);
}

/// Tidies a part; `Err(None)` when nothing is left of it.
fn part(text: &str) -> Result<String, Option<MessageError>> {
    if text.len() > MAX_PART_OCTETS {
        return Err(Some(MessageError::TooLong));
    }
    let text = tidy(text);
    if text.is_empty() { Err(None) } else { Ok(text) }
}

fn check_headers(headers: &[Header]) -> Result<(), MessageError> {
    let count = |name: &str| headers.iter().filter(|h| h.name().eq_ignore_ascii_case(name)).count();
    for header in headers {
        if RESERVED.iter().any(|r| r.eq_ignore_ascii_case(header.name())) {
            return Err(MessageError::Reserved(header.name().to_owned()));
        }
    }
    if let Some(name) = SINGLE.into_iter().find(|name| count(name) > 1) {
        return Err(MessageError::Repeated(name));
    }
    match ["Date", "From", "Message-ID"].into_iter().find(|name| count(name) == 0) {
        Some(name) => Err(MessageError::Missing(name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::{HeaderValue, Mailbox, cleaned};
    use crate::{Domain, EmailAddress};
    use proptest::prelude::*;

    fn headers(subject: &str) -> Vec<Header> {
        let from = EmailAddress::parse("anna@example.com").expect("address");
        let domain = Domain::parse("example.com").expect("domain");
        let new = |name, value| Header::new(name, value).expect("name");
        vec![
            new("Date", HeaderValue::date(0)),
            new("From", HeaderValue::mailbox(Mailbox::bare(from))),
            new("Message-ID", HeaderValue::message_id("1.a", &domain).expect("id")),
            new("Subject", HeaderValue::text(&cleaned(subject)).expect("text")),
        ]
    }

    fn write(headers: &[Header], text: &str, html: Option<&str>) -> Result<Written, MessageError> {
        Draft { headers, text, html, boundary_seed: b"seed" }.write()
    }

    /// Proves M1, U1: what may stand once is refused twice, and what must stand is missed.
    #[test]
    fn m1_u1_single_fields_stand_once() {
        for name in SINGLE {
            let mut list = headers("x");
            list.push(Header::new(name, HeaderValue::date(0)).expect("name"));
            list.push(Header::new(&name.to_uppercase(), HeaderValue::date(0)).expect("name"));
            assert_eq!(write(&list, "x", None), Err(MessageError::Repeated(name)));
        }
        for name in ["Date", "From", "Message-ID"] {
            let list: Vec<_> = headers("x").into_iter().filter(|h| h.name() != name).collect();
            assert_eq!(write(&list, "x", None), Err(MessageError::Missing(name)));
        }
        for name in RESERVED {
            let mut list = headers("x");
            list.push(Header::new(name, HeaderValue::date(0)).expect("name"));
            assert_eq!(write(&list, "x", None), Err(MessageError::Reserved(name.to_owned())));
        }
    }

    #[test]
    fn m6_the_text_part_is_mandatory() {
        assert_eq!(write(&headers("x"), " \r\n", Some("<p>x</p>")), Err(MessageError::EmptyText));
        assert_eq!(write(&headers("x"), "x", Some("\0")), Err(MessageError::EmptyHtml));
    }

    proptest! {
        /// Proves M2, M6, T1: whatever the parts hold, the message has CRLF lines only, text comes
        /// first, both parts come back, and the last line is not blank.
        #[test]
        fn m2_m6_t1_any_message_is_fit_for_the_wire(subject in any::<String>(), text in any::<String>(), html in any::<String>(), evil in "[-=_0-9a-f\n.]{0,80}") {
            let seed_line = format!("{text}\n--{}\n{evil}", boundary(b"seed"));
            let html = format!("<p>{html}</p>--{}--", boundary(b"seed"));
            let message = write(&headers(&subject), &seed_line, Some(&html)).expect("written");
            prop_assert!(crate::wire::check(message.bytes()).is_ok());
            prop_assert!(message.bytes().is_ascii());
            prop_assert!(message.bytes().ends_with(b"--\r\n"));
            let parsed = mail_parser::MessageParser::default().parse(message.bytes()).expect("parsed");
            prop_assert_eq!(parsed.parts.len(), 3);
            let one = |t: std::borrow::Cow<'_, str>| t.replace("\r\n", "\n");
            let (text, page) = (one(parsed.body_text(0).expect("text")), one(parsed.body_html(0).expect("html")));
            prop_assert_eq!(text.trim_end_matches('\n'), tidy(&seed_line));
            prop_assert_eq!(page.trim_end_matches('\n'), tidy(&html));
        }
    }
}
