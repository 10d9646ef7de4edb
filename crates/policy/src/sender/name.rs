//! Names that recipients see (R8, R25).

use std::fmt;

use mail_formats::address::EmailAddress;
use texts::{Language, invalid};

use super::is_no_reply;
use crate::fold::{fold, is_unprintable, one_spaced, words};
use crate::topic::holds_link;

/// Longest display name in characters (R25).
pub const MAX_DISPLAY_NAME: usize = 64;
/// Longest name of an account or user in a mail that carries no other text of a customer (R8).
pub const MAX_SHORT_NAME: usize = 40;

/// Why a name cannot stand in From. The customer must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameProblem {
    /// Nothing is left of it.
    Empty,
    /// Longer than its limit.
    TooLong {
        /// In characters.
        limit: usize,
    },
    /// Holds a control, invisible or line-breaking character.
    Unprintable,
    /// Holds a mail address; it could be taken for the real one (R25).
    HoldsAddress,
    /// Holds a web address or a domain that is not the address' own (R25).
    HoldsDomain,
    /// Mixes look-alike letters of several alphabets in one word (R25).
    MixedAlphabets,
    /// Names a well-known brand that is often imitated, and the domain is another (R25).
    ForeignBrand,
    /// Says that nobody reads the replies (R51).
    NoReply,
}

impl NameProblem {
    /// The word by which pages and the API name the problem.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too_long",
            Self::Unprintable => "unprintable",
            Self::HoldsAddress => "holds_address",
            Self::HoldsDomain => "holds_domain",
            Self::MixedAlphabets => "mixed_alphabets",
            Self::ForeignBrand => "foreign_brand",
            Self::NoReply => "no_reply",
        }
    }

    /// The sentence for the customer.
    #[must_use]
    pub fn say(self, language: Language) -> String {
        match self {
            Self::Empty => invalid::name_empty(language),
            Self::TooLong { limit } => invalid::name_too_long(language, &limit.to_string()),
            Self::Unprintable => invalid::name_unprintable(language),
            Self::HoldsAddress => invalid::name_holds_address(language),
            Self::HoldsDomain => invalid::name_holds_domain(language),
            Self::MixedAlphabets => invalid::name_mixed_alphabets(language),
            Self::ForeignBrand => invalid::name_foreign_brand(language),
            Self::NoReply => invalid::name_no_reply(language),
        }
    }
}

impl fmt::Display for NameProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl std::error::Error for NameProblem {}

/// A name that may stand in From beside the account's own address (R25).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DisplayName(String);

impl DisplayName {
    /// Reads a name for an address; runs of spaces become one.
    ///
    /// # Errors
    /// The first [`NameProblem`].
    pub fn parse(text: &str, address: &EmailAddress) -> Result<Self, NameProblem> {
        let name = plain_name(text, MAX_DISPLAY_NAME)?;
        let own = address.domain().as_str();
        if holds_foreign_domain(&name, own) {
            return Err(NameProblem::HoldsDomain);
        }
        if names_foreign_brand(&name, own) {
            return Err(NameProblem::ForeignBrand);
        }
        if is_no_reply(&name) {
            return Err(NameProblem::NoReply);
        }
        Ok(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name of at most 40 characters without URL: the only text of a customer in
/// invitations, address proofs and confirmation mails (R8).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ShortName(String);

impl ShortName {
    /// Reads a name; runs of spaces become one.
    ///
    /// # Errors
    /// The first [`NameProblem`].
    pub fn parse(text: &str) -> Result<Self, NameProblem> {
        let name = plain_name(text, MAX_SHORT_NAME)?;
        if holds_link(&name) {
            return Err(NameProblem::HoldsDomain);
        }
        Ok(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ShortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What every name must keep, whatever it is for.
fn plain_name(text: &str, limit: usize) -> Result<String, NameProblem> {
    let name = one_spaced(text);
    if name.chars().any(is_unprintable) {
        return Err(NameProblem::Unprintable);
    }
    if !name.chars().any(char::is_alphanumeric) {
        return Err(NameProblem::Empty);
    }
    if name.chars().count() > limit {
        return Err(NameProblem::TooLong { limit });
    }
    if fold(&name).contains('@') {
        return Err(NameProblem::HoldsAddress);
    }
    if name.split(|c: char| !c.is_alphabetic()).any(mixes_alphabets) {
        return Err(NameProblem::MixedAlphabets);
    }
    Ok(name)
}

/// Latin together with Cyrillic or Greek in one word: a homoglyph, never a name.
fn mixes_alphabets(word: &str) -> bool {
    let latin = word.chars().any(|c| c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}'));
    let other = word.chars().any(|c| matches!(c, '\u{370}'..='\u{52f}' | '\u{1f00}'..='\u{1fff}'));
    latin && other
}

/// A domain in the name that is neither the address' own nor its parent or child.
fn holds_foreign_domain(name: &str, own: &str) -> bool {
    let name = fold(name);
    if name.contains("://") {
        return true;
    }
    name.split(|c: char| !c.is_alphanumeric() && c != '.' && c != '-')
        .map(|token| token.trim_matches(['.', '-']))
        .filter(|token| looks_like_domain(token))
        .any(|domain| !is_related(domain.strip_prefix("www.").unwrap_or(domain), own))
}

/// Two labels or more, the last one of letters, as in `shop.example`; `Dr.` and `e.V.` are none.
fn looks_like_domain(token: &str) -> bool {
    let labels: Vec<&str> = token.split('.').collect();
    let [.., before, last] = labels.as_slice() else { return false };
    before.chars().count() > 1 && last.chars().count() > 1 && last.chars().all(char::is_alphabetic)
}

fn is_related(domain: &str, own: &str) -> bool {
    let below = |child: &str, parent: &str| child.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'));
    domain == own || below(own, domain) || below(domain, own)
}

/// Brands that phishing imitates most; whoever owns the domain may use the name.
const BRANDS: &[&str] = &[
    "paypal",
    "amazon",
    "google",
    "gmail",
    "microsoft",
    "facebook",
    "instagram",
    "whatsapp",
    "netflix",
    "ebay",
    "icloud",
    "docusign",
    "mastercard",
    "sparkasse",
    "postbank",
    "commerzbank",
    "comdirect",
    "linkedin",
    "spotify",
    "telekom",
];

fn names_foreign_brand(name: &str, own: &str) -> bool {
    words(name).iter().any(|word| BRANDS.contains(&word.as_str()) && !own.contains(word.as_str()))
}
