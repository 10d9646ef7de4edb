//! The account's own address and name (R25, R49–R53, D7).

mod name;
mod subject;

use std::fmt;

use mail_formats::address::EmailAddress;
use texts::{Language, invalid};

use crate::fold::{fold, words};

pub use name::{DisplayName, MAX_DISPLAY_NAME, MAX_SHORT_NAME, NameProblem, ShortName};
pub use subject::{SubjectProblem, subject_allowed};

/// Beginnings of words that say no.
const NO: &[&str] = &[
    "no", "not", "donot", "dont", "doesnot", "cannot", "cant", "never", "non", "without", "kein", "keine", "nicht",
    "nie", "ohne", "pasde", "nepas", "sans", "aucune", "nada", "sin",
];
/// Beginnings of words for answering, folded.
const REPLY: &[&str] = &[
    "reply",
    "replies",
    "repl",
    "response",
    "respond",
    "answer",
    "antwort",
    "rueckantwort",
    "ruckantwort",
    "reponse",
    "repondre",
    "repondez",
    "respuesta",
    "responder",
    "contestar",
    "contesta",
    "beantwort",
];
/// Whole words for a mailbox that nobody reads.
const UNREAD: &[&str] = &["unmonitored", "unattended", "devnull", "blackhole", "unbeaufsichtigt"];

/// Compounds without separator that are found anywhere in a word: `pleasedonotreply`.
const COMPOUNDS: &[&str] = &[
    "noreply",
    "noresponse",
    "donotreply",
    "dontreply",
    "donotrespond",
    "keineantwort",
    "nichtantwort",
    "nichtbeantwort",
];

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
    NO.iter().any(|no| joined.strip_prefix(no).is_some_and(|rest| REPLY.iter().any(|reply| rest.starts_with(reply))))
}

/// "antworten-nicht", "reply-not".
fn says_reply_not(joined: &str) -> bool {
    const TAILS: &[&str] =
        &["antwortennicht", "antwortenichtauf", "replynot", "bittenichtantworten", "bittenichtbeantworten"];
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

    /// The sentence for the customer.
    #[must_use]
    pub fn say(self, language: Language) -> String {
        match self {
            Self::NoReply => invalid::sender_no_reply(language),
            Self::Freemail => invalid::sender_freemail(language),
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
    "gmail.com",
    "googlemail.com",
    "web.de",
    "icloud.com",
    "me.com",
    "mac.com",
    "t-online.de",
    "magenta.de",
    "freenet.de",
    "arcor.de",
    "posteo.de",
    "posteo.net",
    "mailbox.org",
    "mail.ru",
    "bk.ru",
    "list.ru",
    "inbox.ru",
    "yandex.ru",
    "yandex.com",
    "ya.ru",
    "rambler.ru",
    "proton.me",
    "protonmail.com",
    "pm.me",
    "tuta.com",
    "tutanota.com",
    "tutanota.de",
    "tutamail.com",
    "zoho.com",
    "mail.com",
    "email.de",
    "1und1.de",
    "online.de",
    "vodafone.de",
    "vodafonemail.de",
    "bluewin.ch",
    "hispeed.ch",
    "orange.fr",
    "wanadoo.fr",
    "free.fr",
    "laposte.net",
    "sfr.fr",
    "libero.it",
    "virgilio.it",
    "tiscali.it",
    "wp.pl",
    "o2.pl",
    "onet.pl",
    "interia.pl",
    "seznam.cz",
    "qq.com",
    "163.com",
    "126.com",
    "naver.com",
    "comcast.net",
    "verizon.net",
    "att.net",
    "btinternet.com",
    "telenet.be",
    "ziggo.nl",
    "kpnmail.nl",
    "aon.at",
    "chello.at",
    "rocketmail.com",
    "ymail.com",
    "aim.com",
    "passport.com",
    "fastmail.com",
    "hey.com",
];
/// Providers with a domain in many countries: `yahoo.fr`, `yahoo.co.uk`.
const FREEMAIL_FAMILIES: &[&str] =
    &["yahoo", "gmx", "outlook", "hotmail", "live", "msn", "aol", "googlemail", "yandex"];

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
        [top] => top.len() == 2 || matches!(*top, "com" | "net" | "org"),
        [second, top] => second.len() <= 3 && top.len() == 2,
        _ => false,
    };
    country_like && FREEMAIL_FAMILIES.contains(first)
}

/// Local parts that belong to the platform on every one of its domains (T11, DESIGN §6).
const RESERVED: &[&str] = &[
    "abuse",
    "postmaster",
    "hostmaster",
    "webmaster",
    "security",
    "admin",
    "administrator",
    "root",
    "mailer-daemon",
    "lift",
    "bounce",
    "bounces",
    "unsubscribe",
    "fbl",
    "dmarc",
    "tlsrpt",
    "noc",
    "support",
    "privacy",
    "b",
    "u",
];

/// Suggests a local part for an address of the platform (D7): letters, digits and
/// hyphens, at most 32, never reserved and never no-reply.
#[must_use]
pub fn platform_local(wish: &str) -> String {
    let slug = slug(wish, 32);
    let reserved =
        slug.is_empty() || RESERVED.contains(&slug.as_str()) || slug.starts_with("fbl-") || is_no_reply(&slug);
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
