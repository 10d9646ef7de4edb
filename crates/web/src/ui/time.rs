//! Moments as people read them.

use askama::Template;
use policy::Timestamp;
use policy::zone::{Zone, utc};
use texts::{Language, dates};

use super::html::Html;

/// A moment in a time zone, as text: for sentences. A zone that is not known (any more) is shown as UTC.
pub(crate) fn moment(language: Language, zone: &str, at: Timestamp) -> String {
    let (zone, name) = match Zone::parse(zone) {
        Ok(known) => (known, zone),
        Err(_) => match Zone::parse("UTC") {
            Ok(utc) => (utc, "UTC"),
            Err(_) => return String::new(),
        },
    };
    // 2026-05-04T09:00:00+02:00
    let shown = zone.show(at);
    let number = |range: std::ops::Range<usize>| shown.get(range).and_then(|text| text.parse().ok()).unwrap_or(0);
    let day = dates::day(language, number(8..10), number(5..7), number(0..4));
    dates::moment(language, &day, shown.get(11..16).unwrap_or_default(), name)
}

/// A UTC day, given as days since 1970.
pub(crate) fn day(language: Language, day: i64) -> String {
    let shown = utc(Timestamp::from_seconds(day.saturating_mul(86_400)));
    let number = |range: std::ops::Range<usize>| shown.get(range).and_then(|text| text.parse().ok()).unwrap_or(0);
    dates::day(language, number(8..10), number(5..7), number(0..4))
}

/// The same without its year: where many stand side by side.
pub(crate) fn short_day(language: Language, day: i64) -> String {
    short(language, &utc(Timestamp::from_seconds(day.saturating_mul(86_400))))
}

/// The hour in which a moment lies, as the clock of a zone shows it.
pub(crate) fn hour(language: Language, zone: &Zone, at: Timestamp) -> String {
    let shown = zone.show(at);
    dates::hour(language, &short(language, &shown), shown.get(11..16).unwrap_or_default())
}

/// Day and month of a moment that is written as `2026-05-04T09:00:00+02:00`.
fn short(language: Language, shown: &str) -> String {
    let number = |range: std::ops::Range<usize>| shown.get(range).and_then(|text| text.parse().ok()).unwrap_or(0);
    dates::short(language, number(8..10), number(5..7))
}

#[derive(Template)]
#[template(source = "<time datetime=\"{{ machine }}\">{{ shown }}</time>", ext = "html")]
struct Marked {
    machine: String,
    shown: String,
}

/// The same for lists and facts: with the mark that programs read.
pub(crate) fn marked(language: Language, zone: &str, at: Timestamp) -> Html {
    Html::of(&Marked { machine: utc(at), shown: moment(language, zone, at) })
}
