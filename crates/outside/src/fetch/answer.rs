//! Reading an HTTP/1.1 answer (RFC 9112) of limited size from bytes.

use std::fmt;

use super::{MAX_BODY, MAX_HEAD};

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// What is wrong with an answer. The owner of the web server must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadAnswer {
    /// No HTTP/1 status line.
    StatusLine,
    /// The head is too long or malformed.
    Head,
    /// The length of the body is malformed or said twice.
    Length,
    /// The chunked coding is malformed.
    Chunk,
    /// A coding of the body that was not asked for.
    Coding,
    /// The connection ended within the answer.
    CutOff,
    /// The body is too large.
    TooLarge,
}

impl fmt::Display for BadAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StatusLine => "the server does not speak HTTP",
            Self::Head => "the head of the answer is malformed",
            Self::Length => "the length of the answer is malformed",
            Self::Chunk => "the answer's chunks are malformed",
            Self::Coding => "the answer is coded in a way that was not asked for",
            Self::CutOff => "the answer ends too early",
            Self::TooLarge => "the answer is too large",
        })
    }
}

impl std::error::Error for BadAnswer {}

/// How many interim answers (1xx) may come before the real one.
const MAX_INTERIM: usize = 4;

/// How the end of a body is known.
enum Framing {
    Chunked,
    Length(usize),
    ToTheEnd,
}

/// Reads the answer at the beginning of `wire`. `None`: more bytes are needed. `ended`: no more
/// will come.
pub(crate) fn parse(wire: &[u8], ended: bool) -> Result<Option<Answer>, BadAnswer> {
    let mut wire = wire;
    for _ in 0..=MAX_INTERIM {
        let Some(head) = split_head(wire, ended)? else {
            return Ok(None);
        };
        if !(100..200).contains(&head.status) {
            return read_body(&head, ended);
        }
        wire = head.rest;
    }
    Err(BadAnswer::Head)
}

/// The head of an answer, and what follows it.
struct Head<'a> {
    status: u16,
    fields: &'a str,
    rest: &'a [u8],
}

/// Reads the head; `None` when it is not whole yet.
fn split_head(wire: &[u8], ended: bool) -> Result<Option<Head<'_>>, BadAnswer> {
    let Some(end) = find(wire, b"\r\n\r\n") else {
        return if wire.len() > MAX_HEAD {
            Err(BadAnswer::Head)
        } else if ended {
            Err(BadAnswer::CutOff)
        } else {
            Ok(None)
        };
    };
    let head = std::str::from_utf8(&wire[..end]).map_err(|_| BadAnswer::Head)?;
    let (status_line, fields) = head.split_once("\r\n").unwrap_or((head, ""));
    Ok(Some(Head { status: status_of(status_line)?, fields, rest: &wire[end + 4..] }))
}

fn read_body(head: &Head<'_>, ended: bool) -> Result<Option<Answer>, BadAnswer> {
    let Head { status, fields, rest } = *head;
    // Anything but a success has no body that anybody reads.
    if status != 200 {
        return Ok(Some(Answer { status, body: Vec::new() }));
    }
    let body = match framing(fields)? {
        Framing::Chunked => unchunk(rest)?,
        Framing::Length(length) if length > MAX_BODY => return Err(BadAnswer::TooLarge),
        Framing::Length(length) => rest.get(..length).map(<[u8]>::to_vec),
        Framing::ToTheEnd if rest.len() > MAX_BODY => return Err(BadAnswer::TooLarge),
        Framing::ToTheEnd => ended.then(|| rest.to_vec()),
    };
    match body {
        Some(body) => Ok(Some(Answer { status, body })),
        None if ended => Err(BadAnswer::CutOff),
        None => Ok(None),
    }
}

fn status_of(line: &str) -> Result<u16, BadAnswer> {
    let mut words = line.split(' ');
    let version = words.next().unwrap_or_default();
    let digits = words.next().unwrap_or_default();
    let whole = matches!(version, "HTTP/1.1" | "HTTP/1.0")
        && digits.len() == 3
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !whole {
        return Err(BadAnswer::StatusLine);
    }
    digits.parse().map_err(|_| BadAnswer::StatusLine)
}

fn framing(fields: &str) -> Result<Framing, BadAnswer> {
    let mut length = None;
    let mut chunked = false;
    for line in fields.split("\r\n").filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or(BadAnswer::Head)?;
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "transfer-encoding" if value.eq_ignore_ascii_case("chunked") => chunked = true,
            "transfer-encoding" => return Err(BadAnswer::Coding),
            "content-encoding" if !value.eq_ignore_ascii_case("identity") => {
                return Err(BadAnswer::Coding);
            }
            "content-length" => {
                let number = value.parse().map_err(|_| BadAnswer::Length)?;
                if length.is_some_and(|known| known != number) {
                    return Err(BadAnswer::Length);
                }
                length = Some(number);
            }
            _ => {}
        }
    }
    match (chunked, length) {
        (true, Some(_)) => Err(BadAnswer::Length),
        (true, None) => Ok(Framing::Chunked),
        (false, Some(length)) => Ok(Framing::Length(length)),
        (false, None) => Ok(Framing::ToTheEnd),
    }
}

/// Joins the chunks; `None` when the last one has not come.
fn unchunk(mut rest: &[u8]) -> Result<Option<Vec<u8>>, BadAnswer> {
    let mut body = Vec::new();
    loop {
        let Some(end) = find(rest, b"\r\n") else {
            // A size has at most a few digits; its extensions are not worth kilobytes.
            return if rest.len() > 256 { Err(BadAnswer::Chunk) } else { Ok(None) };
        };
        let size = chunk_size(&rest[..end])?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Ok(Some(body));
        }
        if body.len() + size > MAX_BODY {
            return Err(BadAnswer::TooLarge);
        }
        if rest.len() < size + 2 {
            return Ok(None);
        }
        body.extend_from_slice(&rest[..size]);
        if &rest[size..size + 2] != b"\r\n" {
            return Err(BadAnswer::Chunk);
        }
        rest = &rest[size + 2..];
    }
}

fn chunk_size(line: &[u8]) -> Result<usize, BadAnswer> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let digits = std::str::from_utf8(digits).map_err(|_| BadAnswer::Chunk)?;
    if digits.is_empty() || digits.len() > 7 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(BadAnswer::Chunk);
    }
    usize::from_str_radix(digits, 16).map_err(|_| BadAnswer::Chunk)
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
        5;x=y\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    const SIZED: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world";

    #[test]
    fn whole_answers_are_read_however_they_are_cut() {
        for wire in [CHUNKED, SIZED] {
            let whole = parse(wire, false).expect("good").expect("whole");
            assert_eq!(whole.body, b"hello world");
            for end in 0..wire.len() - 4 {
                assert_eq!(parse(&wire[..end], false), Ok(None), "{end}");
                assert!(parse(&wire[..end], true).is_err(), "{end}");
            }
        }
    }

    #[test]
    fn malformed_and_smuggled_answers_are_refused() {
        let cases: [(&[u8], BadAnswer); 8] = [
            (b"SSH-2.0-x\r\n\r\n", BadAnswer::StatusLine),
            (b"HTTP/1.1 2x0 OK\r\n\r\n", BadAnswer::StatusLine),
            (b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", BadAnswer::Head),
            (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", BadAnswer::Length),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", BadAnswer::Length),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", BadAnswer::Coding),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", BadAnswer::Chunk),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n", BadAnswer::TooLarge),
        ];
        for (wire, expected) in cases {
            assert_eq!(parse(wire, false), Err(expected), "{:?}", String::from_utf8_lossy(wire));
        }
    }

    #[test]
    fn other_statuses_and_interim_answers_are_told() {
        let moved = parse(b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", false);
        assert_eq!(moved.expect("good").expect("whole").status, 302);
        let wire = [b"HTTP/1.1 103 Early Hints\r\n\r\n".as_slice(), SIZED].concat();
        assert_eq!(parse(&wire, false).expect("good").expect("whole").status, 200);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic_and_within_the_limit(
            bytes in proptest::collection::vec(any::<u8>(), 0..600),
            ended in any::<bool>(),
        ) {
            for head in [&b""[..], b"HTTP/1.1 200 OK\r\n\r\n",
                         b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"] {
                let wire = [head, &bytes].concat();
                if let Ok(Some(answer)) = parse(&wire, ended) {
                    prop_assert!(answer.body.len() <= MAX_BODY);
                }
            }
        }
    }
}
