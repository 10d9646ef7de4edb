//! The relaxed canonical form of headers and bodies (RFC 6376 §3.4.2, §3.4.4).

use crate::raw::line_end;

/// `name:value` with a lower-case name, folds undone, blanks compressed, and CRLF (RFC 6376
/// §3.4.2).
pub(crate) fn relaxed_header(name: &str, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len() + value.len() + 3);
    out.extend(name.trim_end().bytes().map(|b| b.to_ascii_lowercase()));
    out.push(b':');
    let start = out.len();
    let mut blank = false;
    for &b in value {
        match b {
            b' ' | b'\t' | b'\r' | b'\n' => blank = true,
            b => {
                if blank && out.len() > start {
                    out.push(b' ');
                }
                blank = false;
                out.push(b);
            }
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// The relaxed form of a body (RFC 6376 §3.4.4): blanks compressed, none at line ends, no empty
/// lines at the end, CRLF behind the last line; nothing for an empty body.
pub(crate) fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 2);
    let mut waiting = 0; // empty lines that count only if another line follows
    let mut rest = body;
    while !rest.is_empty() {
        let end = line_end(rest);
        let line = &rest[..end.unwrap_or(rest.len())];
        rest = &rest[end.map_or(rest.len(), |at| at + 2)..];
        let before = out.len();
        out.extend(std::iter::repeat_n(*b"\r\n", waiting).flatten());
        let text = out.len();
        relaxed_line(line, &mut out);
        if out.len() == text {
            out.truncate(before);
            waiting += 1;
        } else {
            waiting = 0;
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}

fn relaxed_line(line: &[u8], out: &mut Vec<u8>) {
    let mut blank = false;
    for &b in line {
        if b == b' ' || b == b'\t' {
            blank = true;
        } else {
            if blank {
                out.push(b' ');
            }
            blank = false;
            out.push(b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 6376 §3.4.5.
    #[test]
    fn the_examples_of_the_standard_come_out() {
        assert_eq!(relaxed_header("A", b" X"), b"a:X\r\n");
        assert_eq!(relaxed_header("B ", b" Y\t\r\n\tZ  "), b"b:Y Z\r\n");
        assert_eq!(relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n"), b" C\r\nD E\r\n");
        assert_eq!(relaxed_body(b""), b"");
        assert_eq!(relaxed_body(b"\r\n \r\n"), b"");
        assert_eq!(relaxed_body(b"a"), b"a\r\n");
        assert_eq!(relaxed_body(b"a\r\n\r\n \r\nb \r\n"), b"a\r\n\r\n\r\nb\r\n");
    }
}
