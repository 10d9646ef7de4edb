//! The bytes between `DATA` and the final dot (RFC 5321 §4.5.2; T1).

use std::borrow::Cow;
use std::fmt;

/// Octets of a line without its CRLF, RFC 5322 §2.1.1 (M2).
pub const MAX_LINE_OCTETS: usize = 998;

/// What is wrong with bytes that were to be sent. A fault of the program, never of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WireError {
    /// CR without LF or LF without CR at this offset.
    BareLineEnd(usize),
    /// A NUL at this offset.
    Nul(usize),
    /// A line that begins at this offset exceeds 998 octets.
    LongLine(usize),
    /// The last line has no CRLF.
    Unfinished,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BareLineEnd(at) => write!(f, "bare CR or LF at byte {at}"),
            Self::Nul(at) => write!(f, "NUL at byte {at}"),
            Self::LongLine(at) => write!(f, "line at byte {at} is longer than 998 octets"),
            Self::Unfinished => f.write_str("the last line does not end"),
        }
    }
}

impl std::error::Error for WireError {}

/// Proves T1 and M2 for finished bytes: CRLF only, no NUL, no line over 998 octets, last line
/// ended.
///
/// # Errors
/// The first [`WireError`] found.
pub fn check(bytes: &[u8]) -> Result<(), WireError> {
    let mut start = 0;
    while start < bytes.len() {
        let rest = &bytes[start..];
        let Some(end) = rest.iter().position(|&b| b == b'\n') else {
            check_line(rest, start)?;
            return Err(WireError::Unfinished);
        };
        let line = rest[..end].strip_suffix(b"\r").ok_or(WireError::BareLineEnd(start + end))?;
        check_line(line, start)?;
        start += end + 1;
    }
    Ok(())
}

fn check_line(line: &[u8], start: usize) -> Result<(), WireError> {
    if line.len() > MAX_LINE_OCTETS {
        return Err(WireError::LongLine(start));
    }
    match line.iter().position(|&b| b == b'\r' || b == 0) {
        Some(at) if line[at] == 0 => Err(WireError::Nul(start + at)),
        Some(at) => Err(WireError::BareLineEnd(start + at)),
        None => Ok(()),
    }
}

/// Doubles the dot of every line that begins with one. The closing `.` line is not added: it is
/// a write of its own. Nothing is copied when no line begins with a dot.
pub fn dot_stuff(bytes: &[u8]) -> Cow<'_, [u8]> {
    let at = dotted_lines(bytes);
    if at.is_empty() {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len() + at.len());
    let mut from = 0;
    for dot in at {
        out.extend_from_slice(&bytes[from..dot]);
        out.push(b'.');
        from = dot;
    }
    out.extend_from_slice(&bytes[from..]);
    Cow::Owned(out)
}

/// Takes the first dot off every line that begins with one: the inverse of [`dot_stuff`].
pub fn unstuff(bytes: &[u8]) -> Cow<'_, [u8]> {
    let at = dotted_lines(bytes);
    if at.is_empty() {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for dot in at {
        out.extend_from_slice(&bytes[from..dot]);
        from = dot + 1;
    }
    out.extend_from_slice(&bytes[from..]);
    Cow::Owned(out)
}

/// Offsets of the dots at line starts. Only CRLF ends a line (T1).
fn dotted_lines(bytes: &[u8]) -> Vec<usize> {
    let mut at = Vec::new();
    if bytes.first() == Some(&b'.') {
        at.push(0);
    }
    let mut from = 0;
    while let Some(found) = bytes[from..].iter().position(|&b| b == b'.') {
        let dot = from + found;
        if dot >= 2 && &bytes[dot - 2..dot] == b"\r\n" {
            at.push(dot);
        }
        from = dot + 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn t1_dots_at_line_starts_are_doubled() {
        assert_eq!(&*dot_stuff(b".\r\n..a\r\nb.c\r\n.\r\n"), b"..\r\n...a\r\nb.c\r\n..\r\n");
        assert!(matches!(dot_stuff(b"a\r\nb\r\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn t1_m2_what_must_not_leave_is_found() {
        assert_eq!(check(b"a\r\nb\r\n"), Ok(()));
        assert_eq!(check(b"a\nb\r\n"), Err(WireError::BareLineEnd(1)));
        assert_eq!(check(b"a\rb\r\n"), Err(WireError::BareLineEnd(1)));
        assert_eq!(check(b"a\r\r\n"), Err(WireError::BareLineEnd(1)));
        assert_eq!(check(b"a\r\n\0\r\n"), Err(WireError::Nul(3)));
        assert_eq!(check(b"a\r\nb"), Err(WireError::Unfinished));
        let line = |n: usize| [vec![b'x'; n], b"\r\n".to_vec()].concat();
        assert_eq!(check(&line(998)), Ok(()));
        assert_eq!(check(&line(999)), Err(WireError::LongLine(0)));
    }

    proptest! {
        /// Proves T1: what the other end takes off is what we put on, and no `.` line is left.
        #[test]
        fn t1_stuffing_is_undone_by_unstuffing(bytes in "[.a\r\n]{0,60}") {
            let stuffed = dot_stuff(bytes.as_bytes());
            prop_assert_eq!(&*unstuff(&stuffed), bytes.as_bytes());
            let closed = [b"\r\n", &*stuffed].concat();
            prop_assert!(!closed.windows(5).any(|w| w == b"\r\n.\r\n"));
        }
    }
}
