//! The account's own address and name (R25, R49–R53, D7).

use std::fmt;

use mail_formats::address::EmailAddress;

use crate::fold::{fold, is_unprintable, one_spaced, words};
use crate::topic::holds_link;

/// Longest display name in characters (R25).
pub const MAX_DISPLAY_NAME: usize = 64;
/// Longest name of an account or user in a mail that carries no other text of a customer (R8).
pub const MAX_SHORT_NAME: usize = 40;

/// Beginnings of words that say no.
const NO: &[&str] = &[
    "no", "not", "donot", "dont", "doesnot", "cannot", "cant", "never", "non", "without", "kein", "keine", "nicht", "nie",
    "ohne", "pasde", "nepas", "sans", "aucune", "nada", "sin",
];
/// Beginnings of words for answering, folded.
const REPLY: &[&str] = &[
    "reply", "replies", "repl", "response", "respond", "answer", "antwort", "rueckantwort", "ruckantwort", "reponse",
    "repondre", "repondez", "respuesta", "responder", "contestar", "contesta", "beantwort",
];
/// Whole words for a mailbox that nobody reads.
const UNREAD: &[&str] = &["unmonitored", "unattended", "devnull", "blackhole", "unbeaufsichtigt"];

/// Compounds without separator that are found anywhere in a word: `pleasedonotreply`.
const COMPOUNDS: &[&str] =
    &["noreply", "noresponse", "donotreply", "dontreply", "donotrespond", "keineantwort", "nichtantwort", "nichtbeantwort"];

/// Whether a local part says that nobody reads the replies (R51).
///
/// Separators, digits, case, accents and look-alike letters are seen through,
/// and a plus part or a prefix does not hide it: `news.no-reply2` is one too.
#[must_use]
pub fn is_no_reply(local: &str) -> bool {
    let words: Vec<String> = words(local).into_iter().filter(|word| word.chars().any(char::is_alphabetic)).collect();
    if words.iter().any(|word| COMPOUNDS.iter().any(|compound| word.contains(compound))) {
        return true;
    }
    (0..words.len()).any(|start| {
        let joined = words[start..].concat();
        UNREAD.iter().any(|word| joined.starts_with(word)) || says_no_reply(&joined) || says_reply_not(&joined)
    })
}

fn says_no_reply(joined: &str) -> bool {
    NO.iter().any(|no| {
        joined.strip_prefix(no).is_some_and(|rest| REPLY.iter().any(|reply| rest.starts_with(reply)))
    })
}

/// "antworten-nicht", "reply-not".
fn says_reply_not(joined: &str) -> bool {
    const TAILS: &[&str] = &["antwortennicht", "antwortenichtauf", "replynot", "bittenichtantworten", "bittenichtbeantworten"];
    TAILS.iter().any(|tail| joined.starts_with(tail))
}

/// Why an address cannot be an account's own. The customer must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SenderProblem {
    /// The local part says that nobody reads the replies (R51).
    NoReply,
    /// The domain belongs to a mailbox provider and can never be authenticated by the account;
    /// the platform gives it an address of its own instead (D7).
    Freemail,
}

impl SenderProblem {
    /// The word by which pages and the API name the problem.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoReply => "no_reply",
            Self::Freemail => "freemail",
        }
    }
}

impl fmt::Display for SenderProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl std::error::Error for SenderProblem {}

/// Whether an address can be an account's own: sending and reply address in one (R50, R51, D7).
///
/// # Errors
/// [`SenderProblem`]. That the mailbox answers and that the domain publishes
/// our records is proven elsewhere.
pub fn sender_allowed(address: &EmailAddress) -> Result<(), SenderProblem> {
    if is_no_reply(address.local()) {
        return Err(SenderProblem::NoReply);
    }
    if is_freemail(address.domain().as_str()) {
        return Err(SenderProblem::Freemail);
    }
    Ok(())
}

/// Domains of mailbox providers, of which no customer can publish records.
const FREEMAIL: &[&str] = &[
    "gmail.com", "googlemail.com", "web.de", "icloud.com", "me.com", "mac.com", "t-online.de", "magenta.de", "freenet.de",
    "arcor.de", "posteo.de", "posteo.net", "mailbox.org", "mail.ru", "bk.ru", "list.ru", "inbox.ru", "yandex.ru",
    "yandex.com", "ya.ru", "rambler.ru", "proton.me", "protonmail.com", "pm.me", "tuta.com", "tutanota.com", "tutanota.de",
    "tutamail.com", "zoho.com", "mail.com", "email.de", "1und1.de", "online.de", "vodafone.de", "vodafonemail.de",
    "bluewin.ch", "hispeed.ch", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "sfr.fr", "libero.it", "virgilio.it",
    "tiscali.it", "wp.pl", "o2.pl", "onet.pl", "interia.pl", "seznam.cz", "qq.com", "163.com", "126.com", "naver.com",
    "comcast.net", "verizon.net", "att.net", "btinternet.com", "telenet.be", "ziggo.nl", "kpnmail.nl", "aon.at", "chello.at",
    "rocketmail.com", "ymail.com", "aim.com", "passport.com", "fastmail.com", "hey.com",
];
/// Providers with a domain in many countries: `yahoo.fr`, `yahoo.co.uk`.
const FREEMAIL_FAMILIES: &[&str] = &["yahoo", "gmx", "outlook", "hotmail", "live", "msn", "aol", "googlemail", "yandex"];

/// Whether a domain is a mailbox provider's, or below one (D7).
#[must_use]
pub fn is_freemail(domain: &str) -> bool {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    let labels: Vec<&str> = domain.split('.').collect();
    (0..labels.len()).any(|start| {
        let tail = &labels[start..];
        FREEMAIL.contains(&tail.join(".").as_str()) || is_family(tail)
    })
}

/// A family's name directly before a top-level domain or something like `co.uk`.
fn is_family(labels: &[&str]) -> bool {
    let [first, endings @ ..] = labels else { return false };
    let country_like = match endings {
        [top] => top.len() <= 4,
        [second, top] => second.len() <= 3 && top.len() == 2,
        _ => false,
    };
    country_like && FREEMAIL_FAMILIES.contains(first)
}

/// Why a name cannot stand in From. The customer must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameProblem {
    /// Nothing is left of it.
    Empty,
    /// Longer than its limit.
    TooLong,
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
            Self::TooLong => "too_long",
            Self::Unprintable => "unprintable",
            Self::HoldsAddress => "holds_address",
            Self::HoldsDomain => "holds_domain",
            Self::MixedAlphabets => "mixed_alphabets",
            Self::ForeignBrand => "foreign_brand",
            Self::NoReply => "no_reply",
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
        return Err(NameProblem::TooLong);
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
    "paypal", "amazon", "google", "gmail", "microsoft", "facebook", "instagram", "whatsapp", "netflix", "ebay", "icloud",
    "docusign", "mastercard", "sparkasse", "postbank", "commerzbank", "comdirect", "linkedin", "spotify", "telekom",
];

fn names_foreign_brand(name: &str, own: &str) -> bool {
    words(name).iter().any(|word| BRANDS.contains(&word.as_str()) && !own.contains(word.as_str()))
}

/// Why a subject line is refused (R25).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubjectProblem {
    /// Nothing is left of it.
    Empty,
    /// Begins like a reply or a forwarded mail, and is neither.
    ImitatesReply,
    /// Holds a control, invisible or line-breaking character.
    Unprintable,
}

impl SubjectProblem {
    /// The word by which pages and the API name the problem.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::ImitatesReply => "imitates_reply",
            Self::Unprintable => "unprintable",
        }
    }
}

/// Checks the subject of a mailing (R25): as written, and again as merged for a recipient.
///
/// # Errors
/// The first [`SubjectProblem`].
pub fn subject_allowed(subject: &str) -> Result<(), SubjectProblem> {
    if subject.chars().any(|c| c != '\u{200d}' && !('\u{fe00}'..='\u{fe0f}').contains(&c) && is_unprintable(c)) {
        return Err(SubjectProblem::Unprintable);
    }
    if !subject.chars().any(|c| !c.is_whitespace()) {
        return Err(SubjectProblem::Empty);
    }
    if imitates_reply(subject) {
        return Err(SubjectProblem::ImitatesReply);
    }
    Ok(())
}

/// `Re:`, `AW:`, `Fwd[2]:` and their like in the languages of Europe.
fn imitates_reply(subject: &str) -> bool {
    const MARKS: &[&str] =
        &["re", "aw", "antw", "antwort", "sv", "fw", "fwd", "wg", "tr", "rif", "vs", "rv", "odp", "ref", "weitergeleitet"];
    let folded = fold(subject);
    let text = folded.trim_start();
    let word: String = text.chars().take_while(|c| c.is_alphabetic()).collect();
    let after = text[word.len()..].trim_start();
    let after = after.trim_start_matches(|c: char| c.is_numeric() || c.is_whitespace() || "[](){}^".contains(c));
    MARKS.contains(&word.as_str()) && after.starts_with(':')
}

/// Local parts that belong to the platform on every one of its domains (T11, DESIGN §6).
const RESERVED: &[&str] = &[
    "abuse", "postmaster", "hostmaster", "webmaster", "security", "admin", "administrator", "root", "mailer-daemon", "lift",
    "bounce", "bounces", "unsubscribe", "fbl", "dmarc", "tlsrpt", "noc", "support", "privacy", "b", "u",
];

/// Suggests a local part for an address of the platform (D7): letters, digits and
/// hyphens, at most 32, never reserved and never no-reply.
#[must_use]
pub fn platform_local(wish: &str) -> String {
    let slug = slug(wish, 32);
    let reserved = slug.is_empty() || RESERVED.contains(&slug.as_str()) || slug.starts_with("fbl-") || is_no_reply(&slug);
    if reserved { "hello".to_owned() } else { slug }
}

/// Suggests the account's label in a platform address: letters, digits and hyphens, at most 30.
/// Empty when the name holds no Latin letter or digit; the account's number serves then.
#[must_use]
pub fn platform_label(account_name: &str) -> String {
    slug(account_name, 30)
}

fn slug(text: &str, limit: usize) -> String {
    let spelled = text.to_lowercase().replace('ä', "ae").replace('ö', "oe").replace('ü', "ue");
    let mut slug = String::new();
    for letter in fold(&spelled).chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() == limit {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests;
