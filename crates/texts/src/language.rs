//! The languages that the program speaks.

use std::fmt;
use std::str::FromStr;

/// A language of pages and mails. A form's language decides that of its mails and pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// German.
    De,
    /// English.
    En,
}

/// The text names no language that we speak; allowed are `de` and `en`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLanguage;

impl fmt::Display for UnknownLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the language must be de or en")
    }
}

impl std::error::Error for UnknownLanguage {}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::De, Self::En];

    /// The word in settings, in the database and in HTML's `lang`: `de` or `en`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
        }
    }

    /// The first of our languages by the weights of an Accept-Language header (RFC 9110 §12.5.4);
    /// `None` if it wants none of them. For pages that belong to no form.
    #[must_use]
    pub fn preferred(accept_language: &str) -> Option<Self> {
        let wanted = accept_language.split(',').filter_map(weighted);
        // Of equal weights the first one wins, so the comparison must be strict.
        wanted.fold(None, better).map(|(language, _)| language)
    }
}

fn better(best: Option<(Language, f32)>, next: (Language, f32)) -> Option<(Language, f32)> {
    match best {
        Some(best) if best.1 >= next.1 => Some(best),
        _ => Some(next),
    }
}

/// A range of the header with its weight, if it is for one of our languages and not refused.
fn weighted(range: &str) -> Option<(Language, f32)> {
    let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
    let weight = weight.trim().strip_prefix("q=")?.parse::<f32>().ok()?;
    let main = tag.trim().split('-').next()?.to_ascii_lowercase();
    (weight > 0.0).then_some((main.parse().ok()?, weight))
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Reads `de` or `en`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|language| language.code() == text).ok_or(UnknownLanguage)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_read_by_its_code_only() {
        assert_eq!("de".parse(), Ok(Language::De));
        assert_eq!("en".parse(), Ok(Language::En));
        for text in ["", "DE", "fr", "de-DE", "en\n"] {
            assert_eq!(text.parse::<Language>(), Err(UnknownLanguage), "{text:?}");
        }
    }

    #[test]
    fn the_browser_s_first_choice_among_our_languages_wins() {
        let cases = [
            ("de-DE,de;q=0.9,en;q=0.8", Some(Language::De)),
            ("fr, en-GB;q=0.7, de;q=0.9", Some(Language::De)),
            ("en,de", Some(Language::En)),
            ("de;q=0, en;q=0.1", Some(Language::En)),
            ("de;q=nan, en;q=x", None),
            ("fr,*", None),
            ("", None),
        ];
        for (header, wanted) in cases {
            assert_eq!(Language::preferred(header), wanted, "{header}");
        }
    }
}
