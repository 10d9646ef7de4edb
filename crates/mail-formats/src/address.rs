//! Mail addresses and DNS domains, parsed once at the door.
//!
//! The grammar is RFC 5321 §4.1.2 with RFC 6531 for letters beyond ASCII, cut down to what real
//! mailboxes use: no comments, no folding, no domain literals, no single-label domains. A quoted
//! local part is accepted when it holds nothing but the characters of an unquoted one; that is
//! how some older mobile mailboxes with two dots in a row are written. Everything else in quotes
//! is refused, because it only ever arrives from people who probe the parser.
//!
//! Limits (T3, RFC 5321 §4.5.3.1): local part 64 octets, domain 253 octets (255 in DNS wire
//! form), whole path 256 octets with its angle brackets, so 254 without.

use std::fmt;
use std::str::FromStr;

use icu_normalizer::ComposingNormalizerBorrowed;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

/// Octets of a local part, RFC 5321 §4.5.3.1.1 (T3).
pub const MAX_LOCAL_OCTETS: usize = 64;
/// Octets of a whole address, RFC 5321 §4.5.3.1.3: a path of 256 less its two brackets (T3).
pub const MAX_ADDRESS_OCTETS: usize = 254;
/// Octets of a domain in text form, RFC 1035 §2.3.4 (T3).
pub const MAX_DOMAIN_OCTETS: usize = 253;

/// A DNS domain that can receive mail or name a host: at least two labels, lower case, A-labels.
///
/// Ordered and compared by its ASCII form, so two spellings of one domain are equal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(String);

/// An address of a mailbox: a local part and a [`Domain`].
///
/// The local part is kept as it was written (its owner decides about case, RFC 5321 §2.4); the
/// domain is in ASCII form. Two addresses are equal when these bytes are; use [`normalised`]
/// where the question is whether they name the same person.
///
/// [`normalised`]: EmailAddress::normalised
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress {
    text: String,
    at: usize,
    domain: Domain,
}

/// Why a text is no address. [`fmt::Display`] is a sentence in English that a page can show;
/// [`AddressError::key`] names it for translation. The person who typed the text must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressError {
    /// Nothing was given.
    Empty,
    /// There is no `@`.
    NoAt,
    /// There is more than one `@` outside quotes.
    SeveralAts,
    /// Nothing stands before the `@`.
    NoLocalPart,
    /// The local part exceeds 64 octets.
    LocalTooLong,
    /// The address exceeds 254 octets.
    TooLong,
    /// A dot at the start or end of the local part, or two in a row.
    MisplacedDot,
    /// A character that an address cannot hold.
    BadCharacter(char),
    /// A space, a control character or an invisible character.
    Invisible,
    /// A quoted local part that does not end, or that holds more than unquoted characters.
    Quoted,
    /// The part after the `@` is not a domain.
    Domain(DomainError),
}

/// Why a text is no domain. Same rules of display as [`AddressError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainError {
    /// Nothing was given.
    Empty,
    /// There is no dot: a host of a local network, not a domain of the Internet.
    SingleLabel,
    /// An address in numbers instead of a name.
    Literal,
    /// A label is empty, longer than 63 octets, or the whole is longer than 253.
    Length,
    /// A character or a sequence of letters that a domain cannot hold.
    Characters,
}

impl AddressError {
    /// A stable word for this error, for tables of translations.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NoAt => "no-at",
            Self::SeveralAts => "several-ats",
            Self::NoLocalPart => "no-local-part",
            Self::LocalTooLong => "local-too-long",
            Self::TooLong => "too-long",
            Self::MisplacedDot => "misplaced-dot",
            Self::BadCharacter(_) => "bad-character",
            Self::Invisible => "invisible",
            Self::Quoted => "quoted",
            Self::Domain(e) => e.key(),
        }
    }
}

impl DomainError {
    /// A stable word for this error, for tables of translations.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Empty => "domain-empty",
            Self::SingleLabel => "domain-single-label",
            Self::Literal => "domain-literal",
            Self::Length => "domain-length",
            Self::Characters => "domain-characters",
        }
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("The address is empty."),
            Self::NoAt => f.write_str("The address has no @."),
            Self::SeveralAts => f.write_str("The address has more than one @."),
            Self::NoLocalPart => f.write_str("Nothing stands before the @."),
            Self::LocalTooLong => f.write_str("The part before the @ is longer than 64 bytes."),
            Self::TooLong => f.write_str("The address is longer than 254 bytes."),
            Self::MisplacedDot => {
                f.write_str("The part before the @ must not begin or end with a dot or have two in a row.")
            }
            Self::BadCharacter(c) => write!(f, "The address must not contain “{c}”."),
            Self::Invisible => f.write_str("The address contains a space or an invisible character."),
            Self::Quoted => f.write_str("This form of a quoted address is not supported."),
            Self::Domain(e) => e.fmt(f),
        }
    }
}

impl fmt::Display for DomainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "The domain is missing.",
            Self::SingleLabel => "The domain has no dot.",
            Self::Literal => "The domain must be a name, not a number.",
            Self::Length => "The domain, or one of its parts, is empty or too long.",
            Self::Characters => "The domain contains characters that no domain can have.",
        })
    }
}

impl std::error::Error for AddressError {}
impl std::error::Error for DomainError {}

impl From<DomainError> for AddressError {
    fn from(e: DomainError) -> Self {
        Self::Domain(e)
    }
}

impl Domain {
    /// Reads a domain in ASCII or Unicode form; keeps it as lower-case A-labels (UTS 46, STD3).
    ///
    /// # Errors
    /// [`DomainError`] when the text is not a domain of at least two labels. A dot at the end
    /// counts as an empty label: mail addresses have none.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        if text.is_empty() {
            return Err(DomainError::Empty);
        }
        // Work is bounded before the Unicode tables are asked: a U-label is never four times
        // longer than its A-label.
        if text.len() > 4 * MAX_DOMAIN_OCTETS {
            return Err(DomainError::Length);
        }
        if text.starts_with('[') {
            return Err(DomainError::Literal);
        }
        if text.chars().any(is_invisible) {
            return Err(DomainError::Characters);
        }
        let ascii = Uts46::new()
            .to_ascii(text.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Ignore)
            .map_err(|_| DomainError::Characters)?;
        if !idna::uts46::verify_dns_length(&ascii, false) {
            return Err(DomainError::Length);
        }
        let Some((_, top)) = ascii.rsplit_once('.') else {
            return Err(DomainError::SingleLabel);
        };
        if top.bytes().all(|b| b.is_ascii_digit()) {
            return Err(DomainError::Literal);
        }
        Ok(Self(ascii.into_owned()))
    }

    /// The domain in lower-case ASCII (A-labels), as DNS and SMTP want it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The domain as people read it (U-labels). A label that cannot be shown safely stays ASCII.
    pub fn to_unicode(&self) -> String {
        let (text, fine) = idna::domain_to_unicode(&self.0);
        if fine.is_ok() { text } else { self.0.clone() }
    }

    /// Whether this is `other` or a subdomain of it.
    pub fn is_at_or_below(&self, other: &Domain) -> bool {
        match self.0.strip_suffix(other.as_str()) {
            Some("") => true,
            Some(rest) => rest.ends_with('.'),
            None => false,
        }
    }

    /// The domain without its first label; `None` when only one label would remain.
    pub fn parent(&self) -> Option<Domain> {
        let (_, rest) = self.0.split_once('.')?;
        rest.contains('.').then(|| Self(rest.to_owned()))
    }
}

impl EmailAddress {
    /// Reads one address without display name, brackets or surrounding blanks.
    ///
    /// # Errors
    /// [`AddressError`]: the text is refused as it stands, nothing is repaired, except that
    /// quotes which are not needed are taken off.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        // A generous bound before any work; the exact one is checked on the finished form.
        if text.len() > 4 * MAX_ADDRESS_OCTETS {
            return Err(AddressError::TooLong);
        }
        if text.chars().any(is_invisible) {
            return Err(AddressError::Invisible);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::NoAt)?;
        if local.is_empty() {
            return Err(AddressError::NoLocalPart);
        }
        let local = read_local(local)?;
        let domain = Domain::parse(domain)?;
        let at = local.len();
        let text = format!("{local}@{}", domain.as_str());
        if text.len() > MAX_ADDRESS_OCTETS {
            return Err(AddressError::TooLong);
        }
        Ok(Self { text, at, domain })
    }

    /// The address as SMTP writes it: local part as given, `@`, domain in ASCII.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands before the `@`, with its quotes where it needs them.
    pub fn local(&self) -> &str {
        &self.text[..self.at]
    }

    /// The domain.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The form from which address keys are made: local part without quotes in NFC and lower
    /// case, domain in ASCII (M7). Dots and `+` parts are *not* folded: only the mailbox's owner
    /// knows what they mean.
    pub fn normalised(&self) -> String {
        let nfc = const { ComposingNormalizerBorrowed::new_nfc() };
        let bare = self.local().trim_matches('"');
        // Lower-casing can undo the composition (İ), hence the second pass.
        let lower = nfc.normalize(bare).to_lowercase();
        format!("{}@{}", nfc.normalize(&lower), self.domain.as_str())
    }

    /// Whether the next hop must offer SMTPUTF8 for this address (T9, RFC 6531 §3.4).
    pub fn needs_smtputf8(&self) -> bool {
        !self.local().is_ascii()
    }

    /// The address as people read it, with the domain in U-labels.
    pub fn to_unicode(&self) -> String {
        format!("{}@{}", self.local(), self.domain.to_unicode())
    }
}

/// Checks a local part and brings it into the form without needless quotes.
fn read_local(local: &str) -> Result<String, AddressError> {
    let quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
    let bare = if quoted { &local[1..local.len() - 1] } else { local };
    if bare.is_empty() {
        return Err(AddressError::NoLocalPart);
    }
    if let Some(c) = bare.chars().find(|&c| c != '.' && !is_atext(c)) {
        return Err(match c {
            '"' | '\\' => AddressError::Quoted,
            _ if quoted => AddressError::Quoted,
            '@' => AddressError::SeveralAts,
            _ => AddressError::BadCharacter(c),
        });
    }
    let dots_fit = !bare.starts_with('.') && !bare.ends_with('.') && !bare.contains("..");
    let text = match (dots_fit, quoted) {
        (true, _) => bare.to_owned(),
        (false, true) => format!("\"{bare}\""),
        (false, false) => return Err(AddressError::MisplacedDot),
    };
    if text.len() > MAX_LOCAL_OCTETS {
        return Err(AddressError::LocalTooLong);
    }
    Ok(text)
}

/// atext of RFC 5322 §3.2.3 with RFC 6531's addition of everything beyond ASCII.
pub(crate) fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii()
}

/// Blanks, controls, line separators and characters that a reader cannot see. They are refused
/// because two addresses that look alike must not differ, and a line must not end inside one (M4).
fn is_invisible(c: char) -> bool {
    c.is_control()
        || c.is_whitespace()
        || matches!(u32::from(c),
            0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F
            | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFF | 0xE0000..=0xE0FFF)
        || (u32::from(c) & 0xFFFE) == 0xFFFE
}

impl FromStr for Domain {
    type Err = DomainError;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::parse(s)
    }
}

impl FromStr for EmailAddress {
    type Err = AddressError;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::parse(s)
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Domain({})", self.0)
    }
}

/// Shows the domain only: addresses do not belong in logs.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailAddress(…@{})", self.domain.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn err(text: &str) -> AddressError {
        EmailAddress::parse(text).expect_err(text)
    }

    #[test]
    fn plain_addresses_are_read() {
        for text in
            ["anna@example.com", "a.b+tag@sub.example.org", "!#$%&'*+-/=?^_`{}|~@example.org", "x@r3---sn.example"]
        {
            assert_eq!(EmailAddress::parse(text).expect(text).as_str(), text);
        }
    }

    #[test]
    fn what_is_no_mailbox_is_refused_with_its_reason() {
        assert_eq!(err(""), AddressError::Empty);
        assert_eq!(err("anna"), AddressError::NoAt);
        assert_eq!(err("@example.com"), AddressError::NoLocalPart);
        assert_eq!(err("a@b@example.com"), AddressError::SeveralAts);
        assert_eq!(err(".a@example.com"), AddressError::MisplacedDot);
        assert_eq!(err("a..b@example.com"), AddressError::MisplacedDot);
        assert_eq!(err("a,b@example.com"), AddressError::BadCharacter(','));
        assert_eq!(err("\"a b\"@example.com"), AddressError::Invisible);
        assert_eq!(err("\"a>b\"@example.com"), AddressError::Quoted);
        assert_eq!(err("\"a@example.com"), AddressError::Quoted);
        assert_eq!(err("a@localhost"), AddressError::Domain(DomainError::SingleLabel));
        assert_eq!(err("a@[192.0.2.1]"), AddressError::Domain(DomainError::Literal));
        assert_eq!(err("a@192.0.2.1"), AddressError::Domain(DomainError::Literal));
        assert_eq!(err("a@example.com."), AddressError::Domain(DomainError::Length));
        assert_eq!(err("a@ex_ample.com"), AddressError::Domain(DomainError::Characters));
        assert_eq!(err("a@-example.com"), AddressError::Domain(DomainError::Characters));
    }

    /// Proves M4: an address cannot end a line or hide a character.
    #[test]
    fn m4_control_and_invisible_characters_are_refused() {
        for c in ['\r', '\n', '\0', '\t', ' ', '\u{85}', '\u{2028}', '\u{200b}', '\u{202e}', '\u{feff}'] {
            assert_eq!(err(&format!("a{c}b@example.com")), AddressError::Invisible, "{c:?}");
            assert_eq!(err(&format!("ab@exa{c}mple.com")), AddressError::Invisible, "{c:?}");
        }
    }

    /// Proves T3: each limit holds at its edge.
    #[test]
    fn t3_limits_hold_at_their_edges() {
        let host = |n: usize| format!("{}.example", vec!["b".repeat(49); n].join("."));
        assert!(EmailAddress::parse(&format!("{}@example.com", "a".repeat(64))).is_ok());
        assert_eq!(err(&format!("{}@example.com", "a".repeat(65))), AddressError::LocalTooLong);
        let domain = host(4); // 4*50 - 1 + 8 = 207
        let most = "a".repeat(MAX_ADDRESS_OCTETS - domain.len() - 1);
        assert!(EmailAddress::parse(&format!("{most}@{domain}")).is_ok());
        assert_eq!(err(&format!("a{most}@{domain}")), AddressError::TooLong);
        assert!(Domain::parse(&format!("{}.example", "c".repeat(63))).is_ok());
        assert_eq!(Domain::parse(&format!("{}.example", "c".repeat(64))), Err(DomainError::Length));
        assert_eq!(err(&"a@".repeat(100_000)), AddressError::TooLong);
    }

    /// Proves M7, T9: what is compared is NFC and lower case, what is sent is what was written.
    #[test]
    fn m7_t9_letters_beyond_ascii_are_kept_and_compared_in_nfc() {
        let composed = EmailAddress::parse("J\u{f6}rg@B\u{fc}cher.example").expect("composed");
        let decomposed = EmailAddress::parse("jo\u{308}rg@xn--bcher-kva.EXAMPLE").expect("decomposed");
        assert_eq!(composed.normalised(), decomposed.normalised());
        assert_eq!(composed.as_str(), "J\u{f6}rg@xn--bcher-kva.example");
        assert_eq!(composed.to_unicode(), "J\u{f6}rg@b\u{fc}cher.example");
        assert!(composed.needs_smtputf8());
        assert!(!EmailAddress::parse("a@b\u{fc}cher.example").expect("idn").needs_smtputf8());
    }

    #[test]
    fn needless_quotes_fall_and_needed_ones_stay() {
        let plain = EmailAddress::parse("\"anna.b\"@example.com").expect("plain");
        assert_eq!(plain.as_str(), "anna.b@example.com");
        let dots = EmailAddress::parse("\"a..b.\"@example.com").expect("dots");
        assert_eq!((dots.as_str(), dots.normalised().as_str()), ("\"a..b.\"@example.com", "a..b.@example.com"));
    }

    #[test]
    fn dots_and_plus_parts_are_not_folded() {
        let key = |t: &str| EmailAddress::parse(t).expect(t).normalised();
        assert_ne!(key("a.b@example.com"), key("ab@example.com"));
        assert_ne!(key("a+x@example.com"), key("a@example.com"));
        assert_eq!(key("A@EXAMPLE.com"), key("a@example.COM"));
    }

    #[test]
    fn a_subdomain_is_below_and_a_lookalike_is_not() {
        let d = |t: &str| Domain::parse(t).expect(t);
        assert!(d("a.example.com").is_at_or_below(&d("example.com")));
        assert!(d("example.com").is_at_or_below(&d("example.com")));
        assert!(!d("badexample.com").is_at_or_below(&d("example.com")));
        assert_eq!(d("a.example.com").parent(), Some(d("example.com")));
        assert_eq!(d("example.com").parent(), None);
    }

    #[test]
    fn an_address_does_not_show_itself_in_debug_output() {
        let text = format!("{:?}", EmailAddress::parse("secret@example.com").expect("address"));
        assert!(!text.contains("secret"));
    }
}
