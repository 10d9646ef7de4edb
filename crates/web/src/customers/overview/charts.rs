//! The book and the sending of an account as pictures, each with its figures as a table.

use policy::Timestamp;
use policy::zone::{DEFAULT_ZONE, Zone};
use store::growth::{BookDay, BookGrowth, Hour};
use texts::{Language, account as t};

use crate::ui::chart::{Chart, Kind, Series};
use crate::ui::html::Html;
use crate::ui::number::{Unit, grouped};
use crate::ui::time;

/// Days of the book's picture.
pub(super) const DAYS: i64 = 30;
/// Hours of the sending's picture.
pub(super) const HOURS: i64 = 48;

/// The first day of the picture.
pub(in crate::customers) const fn first_day(now: Timestamp) -> i64 {
    now.day() - DAYS + 1
}

/// The first hour of the picture.
pub(super) fn first_hour(now: Timestamp) -> Timestamp {
    Timestamp::from_seconds((now.seconds().div_euclid(3_600) - HOURS + 1) * 3_600)
}

/// The sum of the days.
pub(super) fn total(days: &[BookDay]) -> BookDay {
    days.iter().fold(BookDay::default(), |sum, day| BookDay {
        day: 0,
        joined: sum.joined + day.joined,
        returned: sum.returned + day.returned,
        unsubscribed: sum.unsubscribed + day.unsubscribed,
        complained: sum.complained + day.complained,
        bounced: sum.bounced + day.bounced,
        otherwise: sum.otherwise + day.otherwise,
    })
}

/// How the book grew and shrank; none where nothing happened. Losses stand below zero.
pub(super) fn book(language: Language, growth: &BookGrowth, now: Timestamp) -> Option<Html> {
    if growth.days.is_empty() {
        return None;
    }
    let first = first_day(now);
    let days: Vec<BookDay> = (first..first + DAYS)
        .map(|day| {
            growth.days.iter().find(|known| known.day == day).copied().unwrap_or(BookDay { day, ..BookDay::default() })
        })
        .collect();
    let series =
        |name: String, of: fn(&BookDay) -> i64| Series { name, values: days.iter().map(|day| Some(of(day))).collect() };
    let all = total(&growth.days);
    let chart = Chart {
        id: "book",
        kind: Kind::Stacked,
        title: t::book_title(language),
        says: t::book_says(language, &grouped(language, all.gained()), &grouped(language, all.lost())),
        axis: t::column_day(language),
        labels: days.iter().map(|day| time::short_day(language, day.day)).collect(),
        series: vec![
            series(t::book_came(language), BookDay::gained),
            series(t::book_unsubscribed(language), |day| -day.unsubscribed),
            series(t::book_bounced(language), |day| -day.bounced),
            series(t::book_complained(language), |day| -day.complained),
            series(t::book_otherwise(language), |day| -day.otherwise),
        ],
        limits: Vec::new(),
        unit: Unit::Count,
    };
    Some(chart.html(language))
}

/// What left by the hour; none where nothing did.
pub(super) fn hours(language: Language, zone: &str, hours: &[Hour], now: Timestamp) -> Option<Html> {
    if hours.is_empty() {
        return None;
    }
    // A zone that is not known any more is shown as the house's own.
    let zone = Zone::parse(zone).or_else(|_| Zone::parse(DEFAULT_ZONE)).ok()?;
    let first = first_hour(now);
    let all: Vec<Hour> = (0..HOURS)
        .map(|at| {
            let from = Timestamp::from_seconds(first.seconds() + at * 3_600);
            let nothing = Hour { from, accepted: 0, deferred: 0, bounced: 0 };
            hours.iter().find(|known| known.from == from).copied().unwrap_or(nothing)
        })
        .collect();
    let series =
        |name: String, of: fn(&Hour) -> i64| Series { name, values: all.iter().map(|hour| Some(of(hour))).collect() };
    let accepted: i64 = all.iter().map(|hour| hour.accepted).sum();
    let most = all.iter().map(|hour| hour.accepted).max().unwrap_or(0);
    let chart = Chart {
        id: "hours",
        kind: Kind::Stacked,
        title: t::hours_title(language),
        says: t::hours_says(language, &grouped(language, accepted), &grouped(language, most)),
        axis: t::column_hour(language),
        labels: all.iter().map(|hour| time::hour(language, &zone, hour.from)).collect(),
        series: vec![
            series(t::hours_accepted(language), |hour| hour.accepted),
            series(t::hours_deferred(language), |hour| hour.deferred),
            series(t::hours_bounced(language), |hour| hour.bounced),
        ],
        limits: Vec::new(),
        unit: Unit::Count,
    };
    Some(chart.html(language))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(20_458 * 86_400 + 5);

    #[test]
    fn the_book_shows_thirty_days_with_losses_below_zero() {
        let day = |back: i64, joined, unsubscribed| BookDay {
            day: NOW.day() - back,
            joined,
            unsubscribed,
            ..BookDay::default()
        };
        let growth = BookGrowth { contacts: 12, days: vec![day(29, 10, 0), day(0, 5, 3)] };
        let html = book(Language::En, &growth, NOW).expect("a picture").to_string();
        assert_eq!(html.matches("<th scope=\"row\">").count(), 30);
        assert!(html.contains(">−3<") && html.contains(">10<") && html.contains("15"), "{html}");
        assert!(book(Language::De, &BookGrowth::default(), NOW).is_none(), "nothing happened");
    }

    #[test]
    fn the_sending_shows_two_days_by_the_hour_on_the_wall() {
        let hour = Hour { from: Timestamp::from_seconds(20_458 * 86_400), accepted: 7, deferred: 2, bounced: 1 };
        assert!(hours(Language::En, "Europe/Berlin", &[], NOW).is_none());
        let html = hours(Language::En, "Europe/Berlin", &[hour], NOW).expect("a picture").to_string();
        assert_eq!(html.matches("<th scope=\"row\">").count(), 48);
        assert!(html.contains("01:00") && html.contains(">7<"), "{html}");
        assert_eq!(first_hour(NOW).seconds(), (20_458 * 24 - 47) * 3_600);
        assert!(hours(Language::En, "Nowhere/At", &[hour], NOW).is_some());
    }
}
