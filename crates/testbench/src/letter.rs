//! Reads a mail as a person's program does: header fields, the text part, the links in it.
//! Shares no code with the product, so that a fault in the product's own reader shows.

/// A mail that arrived.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    head: &'a [u8],
    body: &'a [u8],
}

impl<'a> Letter<'a> {
    /// Reads a whole mail; one without empty line is all header.
    #[must_use]
    pub fn read(mail: &'a [u8]) -> Self {
        match mail.windows(4).position(|window| window == b"\r\n\r\n") {
            Some(place) => Self { head: &mail[..place + 2], body: &mail[place + 4..] },
            None => Self { head: mail, body: b"" },
        }
    }

    /// The first field of this name, unfolded, as it stands (no encoded word is decoded).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(self.head).into_owned();
        let unfolded = text.replace("\r\n ", " ").replace("\r\n\t", " ");
        unfolded.split("\r\n").find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }

    /// The field decoded (RFC 2047), as a reader sees it.
    #[must_use]
    pub fn words(&self, name: &str) -> Option<String> {
        self.header(name).map(|text| decode_words(&text))
    }

    /// The bytes below the header.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The first text/plain part, decoded; empty when there is none.
    #[must_use]
    pub fn text(&self) -> String {
        self.part("text/plain").unwrap_or_default()
    }

    /// The first text/html part, decoded; empty when there is none.
    #[must_use]
    pub fn html(&self) -> String {
        self.part("text/html").unwrap_or_default()
    }

    fn part(&self, wanted: &str) -> Option<String> {
        let kind = self.header("Content-Type").unwrap_or_else(|| "text/plain".to_owned());
        if kind.to_ascii_lowercase().starts_with("multipart/") {
            let mark = format!("--{}", parameter(&kind, "boundary")?);
            let text = split(self.body, mark.as_bytes());
            return text.into_iter().skip(1).find_map(|part| {
                let part = part.strip_prefix(b"\r\n").unwrap_or(part);
                Letter::read(part).part(wanted)
            });
        }
        if !kind.to_ascii_lowercase().starts_with(wanted) {
            return None;
        }
        let encoding = self.header("Content-Transfer-Encoding").unwrap_or_default();
        let bytes = match encoding.to_ascii_lowercase().as_str() {
            "quoted-printable" => unquoted(self.body),
            "base64" => unbase64(self.body),
            _ => self.body.to_vec(),
        };
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Web links of the text part, in their order.
    #[must_use]
    pub fn links(&self) -> Vec<String> {
        let text = self.text();
        let ends = |letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | '"' | ')');
        text.match_indices("http")
            .map(|(place, _)| text[place..].split(ends).next().unwrap_or_default())
            .filter(|link| link.starts_with("http://") || link.starts_with("https://"))
            .map(|link| link.trim_end_matches(['.', ',', ';']).to_owned())
            .collect()
    }

    /// The first link of the text part whose path begins so, for example `/c/`.
    #[must_use]
    pub fn link(&self, path: &str) -> Option<String> {
        self.links()
            .into_iter()
            .find(|link| link.splitn(4, '/').nth(3).is_some_and(|rest| format!("/{rest}").starts_with(path)))
    }

    /// The URIs of `List-Unsubscribe`, in their order.
    #[must_use]
    pub fn unsubscribe_uris(&self) -> Vec<String> {
        let field = self.header("List-Unsubscribe").unwrap_or_default();
        field.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(uri, _)| uri.to_owned()).collect()
    }

    /// The address of a field like From, without name and brackets, in lower case.
    #[must_use]
    pub fn address(&self, name: &str) -> Option<String> {
        let field = self.header(name)?;
        let inner = field.rsplit_once('<').map_or(field.as_str(), |(_, rest)| rest);
        Some(inner.trim_end_matches('>').trim().to_lowercase())
    }
}

fn parameter(field: &str, name: &str) -> Option<String> {
    let place = field.to_ascii_lowercase().find(&format!("{name}="))? + name.len() + 1;
    let rest = &field[place..];
    Some(match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?.to_owned(),
        None => rest.split([';', ' ']).next()?.to_owned(),
    })
}

fn split<'a>(text: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(place) = rest.windows(mark.len()).position(|window| window == mark) {
        pieces.push(&rest[..place]);
        rest = &rest[place + mark.len()..];
    }
    pieces.push(rest);
    pieces
}

fn unquoted(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'=' {
            bytes.push(*first);
        } else if let Some(after) = tail.strip_prefix(b"\r\n") {
            rest = after;
        } else if let Some(byte) = tail.get(..2).and_then(hex) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(b'=');
        }
    }
    bytes
}

fn hex(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Decodes base64; foreign characters are passed over.
#[must_use]
pub fn unbase64(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut held) = (0u32, 0);
    for letter in text {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).expect("eight bits"));
        }
    }
    bytes
}

/// Encoded words of one field; white space between two of them goes.
fn decode_words(field: &str) -> String {
    let mut text = String::new();
    let mut rest = field;
    let mut after_word = false;
    while let Some(place) = rest.find("=?") {
        let before = &rest[..place];
        if !(after_word && before.trim().is_empty()) {
            text.push_str(before);
        }
        let pieces: Vec<&str> = rest[place + 2..].splitn(4, '?').collect();
        let [_, kind, coded, tail] = pieces[..] else { break };
        let bytes = match kind {
            "B" | "b" => unbase64(coded.as_bytes()),
            _ => unquoted(coded.replace('_', " ").as_bytes()),
        };
        text.push_str(&String::from_utf8_lossy(&bytes));
        rest = tail.strip_prefix('=').unwrap_or(tail);
        after_word = true;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &[u8] = b"From: =?utf-8?Q?Gr=C3=BCn?= =?utf-8?B?IEhvZg==?= <A@b.test>\r\n\
        List-Unsubscribe: <http://127.0.0.1:1/u/AbC>,\r\n <mailto:u.x@c.test>\r\n\
        Content-Type: multipart/alternative; boundary=\"xx\"\r\n\r\n\
        --xx\r\nContent-Type: text/plain; charset=utf-8\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\n\
        Gr=C3=BC=\r\n=C3=9Fe: http://127.0.0.1:1/c/AbC\r\nbye http://x.test/u/1.\r\n\
        --xx\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+\r\n--xx--\r\n";

    #[test]
    fn a_mail_is_read_as_a_person_sees_it() {
        let letter = Letter::read(MAIL);
        assert_eq!(letter.words("from").as_deref(), Some("Grün Hof <A@b.test>"));
        assert_eq!(letter.address("From").as_deref(), Some("a@b.test"));
        assert!(letter.text().starts_with("Grüße: http"));
        assert_eq!(letter.link("/c/").as_deref(), Some("http://127.0.0.1:1/c/AbC"));
        assert_eq!(letter.link("/u/").as_deref(), Some("http://x.test/u/1"));
        assert_eq!(letter.html(), "<b>");
        let uris = letter.unsubscribe_uris();
        assert_eq!(uris, ["http://127.0.0.1:1/u/AbC", "mailto:u.x@c.test"]);
    }
}
