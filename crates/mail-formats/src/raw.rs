//! A finished message taken apart without changing a byte: for signing it and for proving what
//! it holds. Only CRLF ends a line here; what comes from outside is read elsewhere.

use std::fmt;

/// Fields of one header section.
pub const MAX_FIELDS: usize = 1_000;

/// Why bytes are no message of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RawError {
    /// The header section has no blank line behind it.
    NoEnd,
    /// A line of the header is neither a field nor a continuation; its offset.
    NotAField(usize),
    /// More than [`MAX_FIELDS`] fields.
    TooManyFields,
}

impl fmt::Display for RawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEnd => f.write_str("the header does not end"),
            Self::NotAField(at) => write!(f, "no header field at byte {at}"),
            Self::TooManyFields => f.write_str("too many header fields"),
        }
    }
}

impl std::error::Error for RawError {}

/// One field as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawField<'a> {
    name: &'a str,
    value: &'a [u8],
}

impl<'a> RawField<'a> {
    /// The name as written.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Everything behind the colon, folds included, without the last CRLF.
    pub fn value(&self) -> &'a [u8] {
        self.value
    }

    /// Whether the field has this name; case does not matter.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value on one line: folds become one blank, ends are trimmed. Bytes that are not UTF-8
    /// become U+FFFD. Encoded-words are not decoded.
    pub fn unfolded(&self) -> String {
        let text = String::from_utf8_lossy(self.value);
        text.replace("\r\n\t", " ").replace("\r\n", "").trim().to_owned()
    }
}

/// A message as fields and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawMessage<'a> {
    fields: Vec<RawField<'a>>,
    body: &'a [u8],
}

impl<'a> RawMessage<'a> {
    /// Takes the bytes apart.
    ///
    /// # Errors
    /// [`RawError`] when the header section is not well formed.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, RawError> {
        let mut fields = Vec::with_capacity(32);
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            if let Some(body) = rest.strip_prefix(b"\r\n") {
                return Ok(Self { fields, body });
            }
            let end = field_end(rest).ok_or(RawError::NoEnd)?;
            fields.push(field(&rest[..end]).ok_or(RawError::NotAField(at))?);
            if fields.len() > MAX_FIELDS {
                return Err(RawError::TooManyFields);
            }
            at += end + 2;
        }
    }

    /// All fields from top to bottom.
    pub fn fields(&self) -> &[RawField<'a>] {
        &self.fields
    }

    /// The fields of one name from top to bottom.
    pub fn named<'s>(&'s self, name: &'s str) -> impl DoubleEndedIterator<Item = &'s RawField<'a>> {
        self.fields.iter().filter(move |f| f.is(name))
    }

    /// The only field of that name; `None` when there is none or more than one.
    pub fn only(&self, name: &str) -> Option<&RawField<'a>> {
        let mut found = self.fields.iter().filter(|f| f.is(name));
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// Everything behind the blank line.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }
}

/// Offset of the first CRLF.
pub(crate) fn line_end(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + bytes[from..].iter().position(|&b| b == b'\n')?;
        if at > 0 && bytes[at - 1] == b'\r' {
            return Some(at - 1);
        }
        from = at + 1;
    }
}

/// Offset of the CRLF that ends the field at the start of `bytes`, continuation lines included.
fn field_end(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let end = from + line_end(&bytes[from..])?;
        match bytes.get(end + 2) {
            Some(b' ' | b'\t') => from = end + 2,
            _ => return Some(end),
        }
    }
}

fn field(bytes: &[u8]) -> Option<RawField<'_>> {
    let colon = bytes.iter().position(|&b| b == b':')?;
    let name = std::str::from_utf8(&bytes[..colon]).ok()?;
    let fits = !name.is_empty() && name.bytes().all(|b| (b'!'..=b'~').contains(&b));
    fits.then_some(RawField { name, value: &bytes[colon + 1..] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_message_comes_apart_at_its_blank_line() {
        let raw = RawMessage::parse(b"A: 1\r\nb:\r\n 2\r\na: 3\r\n\r\nbody\r\n").expect("message");
        assert_eq!(raw.fields().len(), 3);
        assert_eq!(raw.named("a").map(RawField::unfolded).collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(raw.only("B").map(RawField::unfolded).as_deref(), Some("2"));
        assert_eq!(raw.only("a"), None);
        assert_eq!(raw.body(), b"body\r\n");
    }

    #[test]
    fn what_is_no_message_is_refused() {
        assert_eq!(RawMessage::parse(b"A: 1\r\n"), Err(RawError::NoEnd));
        assert_eq!(RawMessage::parse(b"A 1\r\n\r\n"), Err(RawError::NotAField(0)));
        assert_eq!(RawMessage::parse(b" A: 1\r\n\r\n"), Err(RawError::NotAField(0)));
        let many = b"A: 1\r\n".repeat(MAX_FIELDS + 1);
        assert_eq!(RawMessage::parse(&many), Err(RawError::TooManyFields));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[a: \r\n]{0,80}") {
            let _ = RawMessage::parse(&bytes);
            let _ = RawMessage::parse(text.as_bytes());
        }
    }
}
