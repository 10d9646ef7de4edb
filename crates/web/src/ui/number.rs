//! Figures as people write them.

use texts::Language;

/// What a whole number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Things.
    Count,
    /// Hundredths of a percent.
    Percent,
}

/// A number in its unit.
pub(crate) fn shown(language: Language, unit: Unit, value: i64) -> String {
    match unit {
        Unit::Count => grouped(language, value),
        Unit::Percent => {
            let sign = if value < 0 { "−" } else { "" };
            format!("{sign}{}", texts::percent(language, value.unsigned_abs()))
        }
    }
}

/// A count, its digits in threes: `12,480`, `12.480`.
pub(crate) fn grouped(language: Language, value: i64) -> String {
    let between = match language {
        Language::De => '.',
        Language::En => ',',
    };
    let digits = value.unsigned_abs().to_string();
    let mut text = String::from(if value < 0 { "−" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(between);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_the_language_does() {
        assert_eq!(grouped(Language::De, 1_234_567), "1.234.567");
        assert_eq!(grouped(Language::En, -12_480), "−12,480");
        assert_eq!((grouped(Language::En, 0), grouped(Language::En, 999)), ("0".to_owned(), "999".to_owned()));
        assert_eq!(shown(Language::De, Unit::Percent, 20), "0,20 %");
    }
}
