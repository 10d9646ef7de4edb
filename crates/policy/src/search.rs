//! How people look for contacts: what is typed and what is stored are folded alike.
//!
//! A contact is found by the beginning of its address, by the domain behind an `@`, and by the
//! beginning of any word in its fields. The memory keeps the folded texts under an index; when the
//! folding changes, it must be filled anew.

use std::collections::BTreeMap;

use mail_formats::address::{Domain, EmailAddress};

use crate::fold::fold;

/// Characters of a text that is looked for, or looked in.
pub const MAX_CHARS: usize = 200;
/// Words of a field's value from which it is found.
const MAX_WORDS: usize = 5;
/// Stands behind every text that begins with what it follows.
const LAST: char = char::MAX;

/// A text as it is compared: without case, accents and needless blanks.
#[must_use]
pub fn folded(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(fold).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().filter(|c| !c.is_control() && *c != LAST).take(MAX_CHARS).collect()
}

/// The folded value from each of its words on: the whole one first, none twice.
#[must_use]
pub fn beginnings(value: &str) -> Vec<String> {
    let whole = folded(value);
    let mut found: Vec<String> = Vec::new();
    if whole.is_empty() {
        return found;
    }
    let starts = std::iter::once(0).chain(whole.match_indices([' ', '-']).map(|(at, _)| at + 1));
    for start in starts {
        let rest = &whole[start..];
        if found.len() < MAX_WORDS && !rest.is_empty() && !found.iter().any(|known| known == rest) {
            found.push(rest.to_owned());
        }
    }
    found
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Addresses at domains that begin so: typed behind an `@`.
    Domain(String),
    /// Addresses, and words of fields, that begin so.
    Text(String),
}

impl Wanted {
    /// What somebody typed; `None` for nothing.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        // Whole addresses and domains are kept in ASCII, whatever letters somebody types.
        if let Ok(address) = EmailAddress::parse(typed) {
            return Some(Self::Text(folded(address.as_str())));
        }
        let Some(domain) = typed.strip_prefix('@') else {
            return Some(folded(typed)).filter(|text| !text.is_empty()).map(Self::Text);
        };
        let domain = Domain::parse(domain).map_or_else(|_| folded(domain), |domain| domain.as_str().to_owned());
        (!domain.is_empty()).then_some(Self::Domain(domain))
    }

    /// What the texts that are found begin with.
    #[must_use]
    pub fn beginning(&self) -> &str {
        match self {
            Self::Domain(text) | Self::Text(text) => text,
        }
    }

    /// The least text above all that begin so, when texts are compared byte by byte.
    #[must_use]
    pub fn end(&self) -> String {
        format!("{}{LAST}", self.beginning())
    }

    /// The least text by which a contact is found; `None` when it is not.
    #[must_use]
    pub fn found_by(&self, address: &str, domain: &str, fields: &BTreeMap<String, String>) -> Option<String> {
        match self {
            Self::Domain(beginning) => domain.starts_with(beginning).then(|| domain.to_owned()),
            Self::Text(beginning) => {
                let texts = fields.values().flat_map(|value| beginnings(value));
                let found = texts.chain([folded(address)]).filter(|text| text.starts_with(beginning));
                found.min()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(typed: &str, address: &str, fields: &[(&str, &str)]) -> Option<String> {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let domain = address.rsplit('@').next().expect("a domain");
        Wanted::parse(typed).expect("something typed").found_by(address, domain, &fields)
    }

    #[test]
    fn a_contact_is_found_by_beginnings_whatever_their_case_and_accents() {
        let fields = [("name", "Zoë  Müller-Lüdenscheidt"), ("city", "NEW York")];
        assert!(by("@müller.example", "ada@xn--mller-kva.example", &[]).is_some());
        assert!(by("ADA@Müller.example", "ada@xn--mller-kva.example", &[]).is_some());
        for typed in ["ADA", "ada.l", "@mail", " @mail.example ", "zoe m", "mull", "LÜDEN", "new york", "york"] {
            assert!(by(typed, "Ada.L@mail.example", &fields).is_some(), "{typed}");
        }
        for typed in ["da.l", "mail.example", "@ail", "oe", "ork", "new-york"] {
            assert_eq!(by(typed, "Ada.L@mail.example", &fields), None, "{typed}");
        }
        // Of several texts the least: lists go on behind it.
        assert_eq!(by("a", "anna@mail.example", &[("x", "Ada"), ("y", "Az")]).as_deref(), Some("ada"));
    }

    #[test]
    fn whatever_begins_so_lies_between_the_beginning_and_its_end() {
        for typed in ["a", "ab", "@a", "\u{10fffe}", "ß"] {
            let wanted = Wanted::parse(typed).expect("something");
            for rest in ["", "\0", "z", "\u{10fffe}"] {
                let text = format!("{}{rest}", wanted.beginning());
                assert!(text.as_str() >= wanted.beginning() && text < wanted.end(), "{typed:?} {rest:?}");
            }
        }
    }

    #[test]
    fn nothing_typed_looks_for_nothing_and_a_flood_is_cut() {
        for nothing in ["", "  ", "@", " @ ", "\u{301}", "\u{0}"] {
            assert_eq!(Wanted::parse(nothing), None, "{nothing:?}");
        }
        assert_eq!(folded(&"x".repeat(5_000)).len(), MAX_CHARS);
        assert!(beginnings(&"a b ".repeat(50)).len() <= MAX_WORDS);
        assert!(beginnings("\u{301} ").is_empty());
    }
}
