//! Topics and their statements (R10, R81–R84).
//!
//! A topic says in one statement what a person signs up for. A consent is
//! bound to the version of the statement that was shown, so a changed
//! statement is a new version with no consents of its own.

use std::fmt;

use texts::{Language, invalid};

use crate::fold::{fold, is_unprintable, one_spaced, words};

/// Fewest characters of a statement (R82).
pub const MIN_CHARS: usize = 20;
/// Most characters of a statement (R82).
pub const MAX_CHARS: usize = 300;

/// What a person signs up for, in one statement of 20 to 300 characters (R82).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TopicStatement(String);

/// Why a text is no statement. The customer must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatementProblem {
    /// Fewer than 20 characters.
    TooShort,
    /// More than 300 characters.
    TooLong,
    /// Holds a control, invisible or line-breaking character.
    Unprintable,
    /// Holds a web or mail address; it stands in confirmation mails, which have two links only (L3).
    HoldsLink,
    /// Says nothing about a subject: only words like news, offers, everything.
    Generic,
}

impl StatementProblem {
    /// The word by which pages and the API name the problem.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Unprintable => "unprintable",
            Self::HoldsLink => "holds_link",
            Self::Generic => "generic",
        }
    }

    /// The sentence for the customer.
    #[must_use]
    pub fn say(self, language: Language) -> String {
        match self {
            Self::TooShort => invalid::statement_too_short(language, &MIN_CHARS.to_string()),
            Self::TooLong => invalid::statement_too_long(language, &MAX_CHARS.to_string()),
            Self::Unprintable => invalid::statement_unprintable(language),
            Self::HoldsLink => invalid::statement_holds_link(language),
            Self::Generic => invalid::statement_generic(language),
        }
    }
}

impl fmt::Display for StatementProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl std::error::Error for StatementProblem {}

impl TopicStatement {
    /// Reads a statement; runs of spaces become one.
    ///
    /// # Errors
    /// [`StatementProblem`], the most telling one first: a generic text is
    /// called generic even when it is also too short.
    pub fn parse(text: &str) -> Result<Self, StatementProblem> {
        let text = one_spaced(text);
        if text.chars().any(is_unprintable) {
            return Err(StatementProblem::Unprintable);
        }
        if text.chars().count() > MAX_CHARS {
            return Err(StatementProblem::TooLong);
        }
        if holds_link(&text) {
            return Err(StatementProblem::HoldsLink);
        }
        if !text.is_empty() && is_generic(&text) {
            return Err(StatementProblem::Generic);
        }
        if text.chars().count() < MIN_CHARS {
            return Err(StatementProblem::TooShort);
        }
        Ok(Self(text))
    }

    /// The statement as shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TopicStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Words that name no subject.
const GENERIC: &[&str] = &[
    // English
    "news",
    "newsletter",
    "newsletters",
    "offer",
    "offers",
    "everything",
    "anything",
    "all",
    "information",
    "info",
    "infos",
    "update",
    "updates",
    "product",
    "products",
    "service",
    "services",
    "deal",
    "deals",
    "discount",
    "discounts",
    "promotion",
    "promotions",
    "promo",
    "promos",
    "advertising",
    "advertisement",
    "advertisements",
    "ads",
    "mail",
    "mails",
    "email",
    "emails",
    "message",
    "messages",
    "content",
    "topics",
    "topic",
    "things",
    "stuff",
    "tips",
    "tricks",
    "sale",
    "sales",
    "events",
    "announcements",
    "latest",
    "interesting",
    "exciting",
    "special",
    "exclusive",
    "great",
    "best",
    "new",
    "useful",
    "various",
    "other",
    "more",
    "much",
    "many",
    "company",
    "business",
    "website",
    "shop",
    "partner",
    "partners",
    "hot",
    "current",
    "general",
    "marketing",
    // German
    "neuigkeiten",
    "neues",
    "neuheiten",
    "neue",
    "neuen",
    "nachrichten",
    "angebot",
    "angebote",
    "angeboten",
    "alles",
    "allerlei",
    "information",
    "informationen",
    "aktuelles",
    "aktuelle",
    "aktuellen",
    "aktionen",
    "aktion",
    "rabatt",
    "rabatte",
    "rabatten",
    "produkt",
    "produkte",
    "produkten",
    "dienstleistung",
    "dienstleistungen",
    "leistungen",
    "werbung",
    "werbe",
    "post",
    "rundbrief",
    "rundschreiben",
    "inhalte",
    "inhalten",
    "themen",
    "thema",
    "dinge",
    "tipps",
    "tricks",
    "interessantes",
    "interessante",
    "interessanten",
    "wissenswertes",
    "spannendes",
    "spannende",
    "spannenden",
    "besondere",
    "besonderen",
    "exklusive",
    "exklusiven",
    "tolle",
    "tollen",
    "beste",
    "besten",
    "verschiedenes",
    "verschiedene",
    "sonstiges",
    "vieles",
    "viel",
    "viele",
    "mehr",
    "unternehmen",
    "firma",
    "webseite",
    "website",
    "partner",
    "partnern",
    "termine",
    "veranstaltungen",
    "gutscheine",
    "schnappchen",
    "allgemeines",
    "allgemeine",
    "allgemeinen",
    "marketing",
    "vorteile",
    "welt",
    "world",
    // French and Spanish, as far as forms of German and English customers borrow them
    "nouvelles",
    "offres",
    "actualites",
    "noticias",
    "ofertas",
    "novedades",
];

/// Words that join others and name nothing themselves.
const JOINING: &[&str] = &[
    "a",
    "an",
    "the",
    "and",
    "or",
    "of",
    "on",
    "in",
    "to",
    "for",
    "from",
    "with",
    "by",
    "at",
    "about",
    "around",
    "our",
    "ours",
    "us",
    "we",
    "your",
    "you",
    "my",
    "me",
    "i",
    "it",
    "its",
    "is",
    "are",
    "be",
    "that",
    "this",
    "these",
    "those",
    "what",
    "which",
    "regular",
    "regularly",
    "weekly",
    "monthly",
    "daily",
    "per",
    "via",
    "get",
    "receive",
    "sign",
    "up",
    "subscribe",
    "please",
    "yes",
    "would",
    "like",
    "will",
    "send",
    "sends",
    "also",
    "as",
    "well",
    "so",
    "etc",
    "every",
    "week",
    "month",
    "day",
    "only",
    "some",
    "free",
    "out",
    "stay",
    "informed",
    "der",
    "die",
    "das",
    "den",
    "dem",
    "des",
    "ein",
    "eine",
    "einen",
    "einem",
    "einer",
    "eines",
    "und",
    "oder",
    "von",
    "vom",
    "zu",
    "zum",
    "zur",
    "im",
    "am",
    "an",
    "auf",
    "aus",
    "bei",
    "mit",
    "fur",
    "uber",
    "um",
    "rund",
    "unser",
    "unsere",
    "unserem",
    "unseren",
    "unserer",
    "unseres",
    "uns",
    "wir",
    "ihr",
    "ihre",
    "ihnen",
    "sie",
    "du",
    "dich",
    "dir",
    "dein",
    "deine",
    "ich",
    "mich",
    "mir",
    "mein",
    "meine",
    "meinem",
    "ist",
    "sind",
    "sein",
    "dass",
    "was",
    "welche",
    "alle",
    "allem",
    "allen",
    "aller",
    "regelmassig",
    "regelmassige",
    "wochentlich",
    "wochentliche",
    "monatlich",
    "monatliche",
    "taglich",
    "tagliche",
    "per",
    "erhalten",
    "bekommen",
    "abonnieren",
    "bitte",
    "ja",
    "mochte",
    "auch",
    "sowie",
    "usw",
    "jede",
    "jeden",
    "woche",
    "monat",
    "tag",
    "nur",
    "kostenlos",
    "kostenlose",
    "kostenlosen",
    "immer",
    "es",
    "gibt",
    "noch",
    "vielen",
    "e",
    "co",
    "le",
    "la",
    "les",
    "et",
    "de",
    "du",
    "y",
    "el",
    "los",
    "las",
];

/// Whether every word of a statement is one that says nothing (R82).
fn is_generic(text: &str) -> bool {
    !words(text).iter().any(|word| {
        let word = word.as_str();
        word.chars().count() > 1
            && word.chars().any(char::is_alphabetic)
            && !GENERIC.contains(&word)
            && !JOINING.contains(&word)
    })
}

/// Whether a text holds something that a mail program would turn into a link.
pub(crate) fn holds_link(text: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "com", "org", "net", "de", "at", "ch", "eu", "info", "io", "shop", "fr", "uk", "biz", "online", "ru", "xyz",
        "top", "site", "store", "club", "app", "me", "ly", "link", "click", "live", "nl", "it", "es", "pl", "us",
        "example", "test",
    ];
    let text = fold(text);
    if text.contains("://") || text.contains('@') || text.contains("www.") || text.contains("mailto:") {
        return true;
    }
    text.split(|c: char| !c.is_alphanumeric() && c != '.' && c != '-').any(|token| {
        let mut labels = token.trim_matches('.').rsplit('.');
        let last = labels.next().unwrap_or_default();
        labels.next().is_some_and(|label| label.chars().count() > 1) && ENDINGS.contains(&last)
    })
}

/// Where one version of a statement stands with the operator (R82).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TopicState {
    /// Waits for the operator. Nothing is sent on it.
    Pending,
    /// The operator approved it.
    Approved,
    /// The operator refused it. A changed statement is a new version.
    Refused,
}

impl TopicState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Approved, Self::Refused];

    /// The number in the database. Never reused.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Pending => 0,
            Self::Approved => 1,
            Self::Refused => 2,
        }
    }

    /// The state behind a number of the database.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }

    /// The word that pages, API and logs use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Refused => "refused",
        }
    }

    /// The operator's decision on a pending version; `None` when it was decided already.
    #[must_use]
    pub const fn decided(self, approve: bool) -> Option<Self> {
        match (self, approve) {
            (Self::Pending, true) => Some(Self::Approved),
            (Self::Pending, false) => Some(Self::Refused),
            _ => None,
        }
    }

    /// Whether sign-ups and mailings may use this version (R82).
    #[must_use]
    pub const fn usable(self) -> bool {
        matches!(self, Self::Approved)
    }
}

/// The version that a changed statement gets, or `None` when nothing changed.
///
/// Even a comma makes a new version: a consent was given to the text as shown.
#[must_use]
pub fn version_after_edit(version: i64, old: &TopicStatement, new: &TopicStatement) -> Option<i64> {
    (old != new).then(|| version.saturating_add(1))
}

#[cfg(test)]
mod tests;
