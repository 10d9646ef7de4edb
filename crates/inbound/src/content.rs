//! The bytes between DATA and the final dot, however they are cut into packets
//! (RFC 5321 §4.1.1.4, §4.5.2; T1, T2).
//!
//! Only `CRLF . CRLF` ends a mail. A bare CR or LF is refused at once: whoever
//! takes one for a line end would see another mail than we do (SMTP smuggling).

/// What the bytes so far mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More must come.
    More,
    /// The mail ended; so many of the given bytes belong to it, the rest are commands.
    End(usize),
    /// A bare CR or LF came; nothing behind it may be looked at.
    BareLineEnd,
}

/// Where in a line the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// At the beginning of a line.
    Begin,
    /// Behind a dot that begins the line.
    Dot,
    /// Behind that dot and a CR.
    DotCr,
    /// Within a line.
    Middle,
    /// Behind a CR.
    Cr,
}

/// Receives one mail.
#[derive(Debug)]
pub struct Content {
    at: At,
    bytes: Vec<u8>,
    limit: usize,
    length: usize,
    nul: bool,
}

impl Content {
    /// Keeps up to `limit` octets; what is longer is counted, not kept.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self { at: At::Begin, bytes: Vec::new(), limit, length: 0, nul: false }
    }

    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) -> Progress {
        for (place, &byte) in bytes.iter().enumerate() {
            let next = match (self.at, byte) {
                (At::Begin, b'.') => Some(At::Dot),
                (At::Dot, b'\r') => Some(At::DotCr),
                (At::DotCr, b'\n') => return Progress::End(place + 1),
                (At::Cr, b'\n') => Some(At::Begin),
                (At::Cr | At::DotCr, _) | (_, b'\n') => None,
                (_, b'\r') => Some(At::Cr),
                _ => Some(At::Middle),
            };
            let Some(next) = next else { return Progress::BareLineEnd };
            // The dot that begins a line is not part of the mail (transparency).
            if next != At::Dot {
                self.keep(byte);
            }
            self.at = next;
        }
        Progress::More
    }

    fn keep(&mut self, byte: u8) {
        self.length += 1;
        self.nul |= byte == 0;
        if self.length <= self.limit {
            self.bytes.push(byte);
        }
    }

    /// Goes on reading without keeping anything: there is no room for it now.
    #[must_use]
    pub fn without_room(self) -> Self {
        Self { bytes: Vec::new(), limit: 0, ..self }
    }

    /// Octets kept so far.
    #[must_use]
    pub const fn kept(&self) -> usize {
        self.bytes.len()
    }

    /// The mail is longer than the limit.
    #[must_use]
    pub const fn too_long(&self) -> bool {
        self.length > self.limit
    }

    /// The mail holds a NUL, which no mail may (RFC 5321 §4.5.2).
    #[must_use]
    pub const fn has_nul(&self) -> bool {
        self.nul
    }

    /// The mail, dots unstuffed.
    #[must_use]
    pub fn into_bytes(mut self) -> Vec<u8> {
        // At the end stands the CR of `.CRLF`, whose dot was not kept.
        self.bytes.pop();
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn receive(bytes: &[u8], chunk: usize) -> (Progress, Vec<u8>) {
        let mut content = Content::new(1_000);
        for part in bytes.chunks(chunk.max(1)) {
            match content.take(part) {
                Progress::More => {}
                other => return (other, content.into_bytes()),
            }
        }
        (Progress::More, content.into_bytes())
    }

    #[test]
    fn t1_a_mail_ends_at_its_dot_and_dots_are_unstuffed() {
        for chunk in 1..20 {
            let (progress, bytes) = receive(b"a\r\n..b\r\n.c\r\n.\r\n", chunk);
            assert!(matches!(progress, Progress::End(_)), "{chunk}: {progress:?}");
            assert_eq!(bytes, b"a\r\n.b\r\nc\r\n", "{chunk}");
        }
        let (progress, bytes) = receive(b".\r\nQUIT\r\n", 100);
        assert_eq!((progress, bytes.as_slice()), (Progress::End(3), &b""[..]));
    }

    /// Proves T2 and the sequences of C1: none of them ends a mail, wherever the packets are cut.
    #[test]
    fn t2_no_sequence_but_the_right_one_ends_a_mail() {
        let sequences: [&[u8]; 13] = [
            b"\n.\n",
            b"\n.\r",
            b"\r.\n",
            b"\r.\r",
            b"\n.\r\n",
            b"\r.\r\n",
            b"\r\n.\n",
            b"\r\n.\r",
            b"\r\n.\r\r\n",
            b"\r\r\n.\r\r\n",
            b"\r\n\0.\r\n",
            b"\n\n.\r\n",
            b"\r\n.\r\r\n.\n",
        ];
        for sequence in sequences {
            let mail = [b"Subject: x\r\n\r\nbody", sequence, b"MAIL FROM:<x@a.example>\r\n"].concat();
            for chunk in 1..=mail.len() {
                let (progress, _) = receive(&mail, chunk);
                assert!(!matches!(progress, Progress::End(_)), "{sequence:?} in pieces of {chunk}");
            }
        }
    }

    #[test]
    fn a_mail_beyond_the_limit_is_counted_and_not_kept() {
        let mut content = Content::new(4);
        assert_eq!(content.take(b"abcdefgh\r\n.\r\n"), Progress::End(13));
        assert!(content.too_long());
        assert_eq!(content.kept(), 4);
    }

    proptest! {
        /// What was stuffed comes out as it was, in packets of any size.
        #[test]
        fn t1_stuffed_mail_comes_out_whole(lines in prop::collection::vec("[ -~]{0,20}", 0..10), chunk in 1..40_usize) {
            let mail: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let wire = [mail_formats::wire::dot_stuff(mail.as_bytes()).as_ref(), b".\r\nNOOP\r\n"].concat();
            let (progress, bytes) = receive(&wire, chunk);
            prop_assert!(matches!(progress, Progress::End(_)));
            prop_assert_eq!(bytes, mail.into_bytes());
        }
    }
}
