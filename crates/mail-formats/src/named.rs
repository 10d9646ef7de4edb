//! Addresses as foreign mail names them. They are for people to read, and for comparing one place
//! of a mail with another; nobody is found or written to by them, so they are taken as they stand
//! where [`EmailAddress`] would refuse them (one label, two dots, letters of any kind).

use std::fmt;
use std::ops::Range;

use crate::address::{EmailAddress, MAX_ADDRESS_OCTETS, is_atext};

/// Octets of a local part in quotes.
const MAX_QUOTED: usize = 66;
/// Signs of an `@` that are looked at in one text.
const MAX_SIGNS: usize = 2_000;

/// An address as it was written.
#[derive(Debug, Clone)]
pub struct Named(String);

/// The same, whatever the case of its letters.
impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Named {}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&EmailAddress> for Named {
    fn from(address: &EmailAddress) -> Self {
        Self(address.as_str().to_owned())
    }
}

impl Named {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What stands behind the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The address, if it is one by the rules of the house.
    pub fn to_address(&self) -> Option<EmailAddress> {
        EmailAddress::parse(&self.0).ok()
    }

    /// The value of a field that holds one address and nothing else but its type and brackets:
    /// `rfc822; <a@example.com>` (RFC 3464 §2.3.2). `utf-8` forms are undone (RFC 6533 §3).
    pub fn of_field(value: &str) -> Option<Self> {
        let value = value.split_once(';').map_or(value, |(_, rest)| rest).trim();
        // A route in front of the address (RFC 5321 §4.1.2, obsolete).
        let value = value
            .trim_start_matches('<')
            .strip_prefix('@')
            .and_then(|v| v.split_once(':'))
            .map_or(value, |(_, rest)| rest);
        let text = match find_in(value, 2).into_iter().next() {
            Some((_, named)) => return Some(unescaped(named)),
            None => value.trim_matches(['<', '>', '"', '\'', ' ']),
        };
        // A single label behind the sign: the host's own users.
        let (local, domain) = text.rsplit_once('@')?;
        let fits = !local.is_empty()
            && !domain.is_empty()
            && text.len() <= MAX_ADDRESS_OCTETS
            && !text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>'));
        fits.then(|| Self(text.to_owned()))
    }
}

/// Undoes `\x{1F600}` of `utf-8-addr-xtext` (RFC 6533 §3).
fn unescaped(named: Named) -> Named {
    if !named.0.contains("\\x{") {
        return named;
    }
    let mut out = String::new();
    let mut rest = named.0.as_str();
    while let Some((head, tail)) = rest.split_once("\\x{") {
        out.push_str(head);
        let code = tail.split_once('}').and_then(|(hex, after)| {
            let letter = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)?;
            (!letter.is_control()).then_some((letter, after))
        });
        match code {
            Some((letter, after)) => {
                out.push(letter);
                rest = after;
            }
            None => {
                out.push_str("\\x{");
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    Named(out)
}

/// Every address in a text with its place, in order; at most `most`. Brackets are not part of it.
pub fn find_in(text: &str, most: usize) -> Vec<(Range<usize>, Named)> {
    let mut found: Vec<(Range<usize>, Named)> = Vec::new();
    for (at, _) in text.match_indices('@').take(MAX_SIGNS) {
        if found.len() >= most {
            break;
        }
        if found.last().is_some_and(|(range, _)| range.end > at) {
            continue;
        }
        // `a@b.example@c.example` is one address with something behind it, not two that overlap.
        let end = found.last().map_or(0, |(range, _)| range.end);
        if let Some(range) = around(text, at).filter(|range| range.start >= end) {
            found.push((range.clone(), Named(text[range].to_owned())));
        }
    }
    found
}

/// The addresses alone, each once.
pub fn all_in(text: &str, most: usize) -> Vec<Named> {
    let mut list = Vec::new();
    for (_, named) in find_in(text, most) {
        if !list.contains(&named) {
            list.push(named);
        }
    }
    list
}

fn around(text: &str, at: usize) -> Option<Range<usize>> {
    let start = match text[..at].strip_suffix('"') {
        Some(before) => {
            let from = before.ceil_char_boundary(before.len().saturating_sub(MAX_QUOTED));
            from + before[from..].rfind('"').filter(|open| !before[from + open..].contains(char::is_control))?
        }
        None => local_start(text, at)?,
    };
    let is_domain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let length: usize = text[at + 1..].chars().take(255).take_while(|c| is_domain(*c)).map(char::len_utf8).sum();
    let domain = text[at + 1..at + 1 + length].trim_end_matches(['.', '-', '_']);
    let fits = domain.contains('.')
        && !domain.starts_with(['.', '-'])
        && !domain.contains("..")
        && at + 1 + domain.len() - start <= MAX_ADDRESS_OCTETS;
    fits.then_some(start..at + 1 + domain.len())
}

fn local_start(text: &str, at: usize) -> Option<usize> {
    let start = text[..at].char_indices().rev().take(80).take_while(|(_, c)| is_local(*c)).last()?.0;
    // Decoration and labels that run into the address; `SMTP=a@b` names it behind the sign.
    let local = &text[start..at];
    let local = local.rsplit_once("SMTP=").or_else(|| local.rsplit_once("smtp=")).map_or(local, |(_, l)| l);
    // An encoded word stands for the local part where a program did not decode it.
    let first: &[char] = if local.starts_with("=?") { &[] } else { &['='] };
    let local = local.trim_start_matches(first).trim_start_matches(['/', '*', '.', '-', '+', '#', '&', '?', '\\']);
    (!local.is_empty() && local.len() <= 128).then(|| at - local.len())
}

/// What a local part may hold here. Letters of scripts that put no blanks between words would draw
/// the sentence before the address into it.
fn is_local(c: char) -> bool {
    match c {
        '.' | '\\' => true,
        '\'' | '`' | '|' => false,
        c if c.is_ascii() => is_atext(c),
        c => c.is_alphanumeric() && c < '\u{2000}' || c >= '\u{10000}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(text: &str) -> Vec<String> {
        all_in(text, 9).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn addresses_are_found_as_they_are_written() {
        assert_eq!(
            names("<a.b@example.com>: and (c@sub.example.org), rfc822;d@example.net. x@y @ z A.B@EXAMPLE.com"),
            ["a.b@example.com", "c@sub.example.org", "d@example.net"]
        );
        assert_eq!(names("\"neko...\"@example.com a..b@example.com"), ["\"neko...\"@example.com", "a..b@example.com"]);
        assert_eq!(names("c=US;cat:SMTP=A@EXAMPLE.COM; on Fri"), ["A@EXAMPLE.COM"]);
        assert_eq!(names("jörg@bücher.example"), ["jörg@bücher.example"]);
        assert_eq!(names("<a@b.example@c.example>"), ["a@b.example"]);
    }

    /// Proves B1: the value of a field, with its type, RFC 6533's escapes and one label.
    #[test]
    fn b1_fields_name_addresses() {
        let of = |text: &str| Named::of_field(text).map(|n| n.to_string());
        assert_eq!(of("rfc822; <a@example.com>").as_deref(), Some("a@example.com"));
        assert_eq!(of("RFC822;a@host").as_deref(), Some("a@host"));
        assert_eq!(of("utf-8; j\\x{F6}rg@example.com").as_deref(), Some("jörg@example.com"));
        assert_eq!(of("rfc822; unknown"), None);
        assert_eq!(of("x-unix; |/bin/cat"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_looked_through(text in any::<String>(), near in "([a\"<>@.\\\\x{}ä =-]|a@b\\.c|@b\\.c){0,60}") {
            for text in [text, near] {
                let mut end = 0;
                for (range, named) in find_in(&text, 20) {
                    prop_assert!(range.start >= end && range.start < range.end);
                    end = range.end;
                    prop_assert_eq!(&text[range], named.as_str());
                    let _ = (named.local(), named.domain(), named.to_address());
                }
                let _ = Named::of_field(&text);
            }
        }
    }
}
