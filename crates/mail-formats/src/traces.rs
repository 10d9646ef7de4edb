//! Traces of our own messages in mail that comes back: forwarded inline, attached, as headers
//! only, quoted, redacted or wrapped in other links (R75, R78). What is found are *candidates*:
//! only the keeper of the keys can tell a real token from a look-alike.

use crate::view::View;

/// Candidates of each kind that are kept.
const MAX_KEPT: usize = 50;
/// Characters of a link token (DESIGN: 22 of base62).
const LINK_TOKEN: usize = 22;

/// Strings that may name a message or a person of ours, each once, in order of appearance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    /// Tokens behind `/u/`, `/c/`, `/p/`, `/x/` (percent-encoded slashes too): the letter of the
    /// path and 22 base62 characters.
    pub link_tokens: Vec<(char, String)>,
    /// Local parts `b.…` and `u.…` of return paths and unsubscribe mailboxes, lower case.
    pub local_parts: Vec<String>,
    /// What stands between the brackets of Message-ID, In-Reply-To and References lines.
    pub message_ids: Vec<String>,
    /// Values of CFBL-Feedback-ID without blanks (RFC 9477 §3.3).
    pub feedback_ids: Vec<String>,
}

impl Traces {
    /// Looks through the headers and parts of a message and of all messages inside it. The own
    /// Message-ID of the arriving message is not a trace.
    pub fn of(view: &View) -> Self {
        let mut traces = Self::default();
        for (name, value) in view.headers() {
            if !name.eq_ignore_ascii_case("Message-ID") {
                traces.look_at(&format!("{name}: {value}"));
            }
        }
        for (name, value) in view.inner_headers().iter().flatten() {
            traces.look_at(&format!("{name}: {value}"));
        }
        for part in view.parts() {
            traces.look_at(&part.text);
        }
        traces
    }

    /// Adds what one text holds.
    pub fn look_at(&mut self, text: &str) {
        self.find_links(text);
        self.find_local_parts(text);
        self.find_ids(text);
    }

    /// Whether nothing was found. In-Reply-To and References of any conversation are among the
    /// message ids, so "not empty" does not yet mean "ours".
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn find_links(&mut self, text: &str) {
        let bytes = text.as_bytes();
        for (at, _) in text.match_indices(['/', '%']) {
            let Some((letter, start)) = path_letter(&bytes[at..]) else { continue };
            let start = at + start;
            let token = bytes[start..].iter().take(LINK_TOKEN + 1).take_while(|b| b.is_ascii_alphanumeric()).count();
            if token == LINK_TOKEN {
                let entry = (letter, text[start..start + LINK_TOKEN].to_owned());
                keep(&mut self.link_tokens, entry);
            }
        }
    }

    fn find_local_parts(&mut self, text: &str) {
        for (at, _) in text.match_indices(['@']).chain(text.match_indices("%40")) {
            let bytes = text.as_bytes();
            let length = bytes[..at].iter().rev().take(46).take_while(|b| b.is_ascii_alphanumeric()).count();
            let start = at - length;
            let marked = start >= 2
                && bytes[start - 1] == b'.'
                && matches!(bytes[start - 2], b'b' | b'u' | b'B' | b'U')
                && (start == 2 || !bytes[start - 3].is_ascii_alphanumeric());
            if marked && (20..=44).contains(&length) {
                keep(&mut self.local_parts, text[start - 2..at].to_ascii_lowercase());
            }
        }
    }

    fn find_ids(&mut self, text: &str) {
        let mut of_ids = false;
        for line in text.lines() {
            let line = line.trim_start_matches(['>', '|', ' ', '\t', '*']);
            let is_candidate = matches!(
                line.as_bytes().first().map(u8::to_ascii_lowercase),
                Some(b'm' | b'i' | b'r' | b'o' | b'x' | b'c')
            );
            if !(is_candidate || of_ids && line.starts_with('<')) {
                of_ids = false;
                continue;
            }
            let lower = line.get(..24.min(line.floor_char_boundary(24))).unwrap_or(line).to_ascii_lowercase();
            let named = [
                "message-id:",
                "in-reply-to:",
                "references:",
                "original-message-id:",
                "x-original-message-id:",
                "message-id*:",
            ];
            // Ids may stand on the line behind the name; another name ends the search.
            of_ids = named.iter().any(|n| lower.starts_with(n)) || of_ids && line.starts_with('<');
            if of_ids {
                self.keep_bracketed(line);
            }
            if lower.starts_with("cfbl-feedback-id:") {
                let value: String = line["cfbl-feedback-id:".len()..].split_whitespace().collect();
                if (1..=200).contains(&value.len()) {
                    keep(&mut self.feedback_ids, value);
                }
            }
        }
    }

    fn keep_bracketed(&mut self, line: &str) {
        for piece in line.split('<').skip(1) {
            if let Some((id, _)) = piece.split_once('>')
                && id.contains('@')
                && id.len() <= 300
            {
                keep(&mut self.message_ids, id.to_owned());
            }
        }
    }
}

/// `/u/` or `%2Fu%2F` at the start of the bytes: the letter and the length of it all.
fn path_letter(bytes: &[u8]) -> Option<(char, usize)> {
    let slash = |b: &[u8]| match b {
        [b'/', ..] => Some(1),
        [b'%', b'2', b'F' | b'f', ..] => Some(3),
        _ => None,
    };
    let first = slash(bytes)?;
    let letter = *bytes.get(first)?;
    let second = slash(&bytes[first + 1..])?;
    matches!(letter, b'u' | b'c' | b'p' | b'x').then_some((char::from(letter), first + 1 + second))
}

fn keep<T: PartialEq>(list: &mut Vec<T>, entry: T) {
    if list.len() < MAX_KEPT && !list.contains(&entry) {
        list.push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOKEN: &str = "0123456789abcdefABCDEF";
    const BASE32: &str = "abcdefghijklmnopqrstuvwxyz2345";

    fn traces(text: &str) -> Traces {
        let mut traces = Traces::default();
        traces.look_at(text);
        traces
    }

    /// Proves R75: a link is found bare, quoted, wrapped and percent-encoded.
    #[test]
    fn r75_links_are_found_however_they_are_wrapped() {
        for text in [
            format!("> > https://n.example/u/{TOKEN}"),
            format!("<a href=\"https://n.example/u/{TOKEN}\">"),
            format!("https://safe.example/?url=https%3A%2F%2Fn.example%2Fu%2F{TOKEN}&data=1"),
        ] {
            assert_eq!(traces(&text).link_tokens, [('u', TOKEN.to_owned())], "{text}");
        }
        assert!(traces(&format!("https://n.example/u/{TOKEN}x")).is_empty());
        assert!(traces("https://n.example/u/short").is_empty());
    }

    #[test]
    fn r75_return_paths_and_ids_are_found_in_headers() {
        let text = format!(
            "Return-Path: <B.{BASE32}@bounce.example>\n> Message-ID: <m.1@example.com>\n> References:\n> <m.2@example.com>\n> Subject: <no@example.com>\nCFBL-Feedback-ID: ab c:d\n"
        );
        let found = traces(&text);
        assert_eq!(found.local_parts, [format!("b.{BASE32}")]);
        assert_eq!(found.message_ids, ["m.1@example.com", "m.2@example.com"]);
        assert_eq!(found.feedback_ids, ["abc:d"]);
    }

    proptest! {
        #[test]
        fn any_text_is_looked_through(text in any::<String>(), near in "[/%2Fub.@<>a\n:\u{e4}-]{0,120}", head in "(message-id|cfbl-feedback-id): ?[<>@a\u{e4}]{0,30}") {
            for text in [text, near, head] {
                let found = traces(&text);
                prop_assert!(found.message_ids.len() <= MAX_KEPT);
            }
        }
    }
}
