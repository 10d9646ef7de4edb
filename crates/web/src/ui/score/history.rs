//! How an account's score went: the score of 30 days, day by day, as a picture with its table.

use askama::Template;
use policy::score::{RECENT, Score};
use policy::{AccountId, Timestamp};
use store::trends::DayCount;
use texts::{Language, score as t};

use crate::error::Fault;
use crate::ui::chart::{Chart, Kind, Limit, Series};
use crate::ui::html::Html;
use crate::ui::number::{self, Unit};
use crate::ui::time;
use crate::ui::visit::Visit;

/// Days that the picture shows.
pub(crate) const DAYS: i64 = 90;

/// The score over the 30 days up to a UTC day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) day: i64,
    pub(crate) score: Score,
}

/// One point a day. On each day only the counting period of that day counts: a reinstatement begins a new
/// one, and the line begins anew with it (R67).
pub(crate) fn points(counts: &[DayCount], today: i64, days: i64) -> Vec<Point> {
    let window = i64::try_from(RECENT.as_secs() / 86_400).unwrap_or(30);
    let from = today - days + 1;
    (from..=today)
        .map(|day| {
            let period = counts.iter().filter(|count| count.day <= day).map(|count| count.period).max();
            let within = counts
                .iter()
                .filter(|count| count.day > day - window && count.day <= day && Some(count.period) == period);
            let (complaints, sent) = within.fold((0, 0), |(complaints, sent), count| {
                (complaints + count.score.complaints(), sent + count.score.sent())
            });
            Point { day, score: Score::new(complaints, sent) }
        })
        .collect()
}

/// The points of an account's last days.
pub(crate) async fn of(visit: &Visit, account: AccountId, now: Timestamp, days: i64) -> Result<Vec<Point>, Fault> {
    let counts = visit.web.store.day_counts(account, now.day() - days - 30).await?;
    Ok(points(&counts, now.day(), days))
}

/// The limits that stand in the picture (R68, R69), in hundredths of a percent, and whether they have
/// consequences; the last one stands there when the line comes near it.
const LIMITS: [(i64, bool); 3] = [(10, false), (20, true), (100, true)];

/// The score in hundredths of a percent, rounded up.
fn hundredths(point: &Point) -> Option<i64> {
    point.score.permille().map(|share| (share.hundredths + 9) / 10)
}

/// The way of a score against its limits, with the same figures as a table, and what counts on which day.
pub(crate) fn chart(language: Language, points: &[Point]) -> Html {
    let t = t::Say(language);
    let most = points.iter().filter_map(hundredths).max();
    let shown = |value: Option<i64>| {
        value.map_or_else(|| "–".to_owned(), |value| number::shown(language, Unit::Percent, value))
    };
    let now = points.last().and_then(hundredths);
    let says = if most.is_some() { t.chart_summary(&shown(now), &shown(most)) } else { t.chart_nothing() };
    let names = [t.chart_warning(), t.chart_limit(), t.chart_critical()];
    let near = |value: i64| value <= 20 || most.is_some_and(|most| most * 2 > value);
    let limits = LIMITS.into_iter().zip(names).filter(|((value, _), _)| near(*value));
    let chart = Chart {
        id: "history",
        kind: Kind::Lines,
        title: t.chart_title(),
        says,
        axis: t.day(),
        labels: points.iter().map(|point| time::short_day(language, point.day)).collect(),
        series: vec![Series { name: t.name(), values: points.iter().map(hundredths).collect() }],
        limits: limits.map(|((value, hard), name)| Limit { name, value, hard }).collect(),
        unit: Unit::Percent,
    };
    Html::of(&Noted { chart: chart.html(language), note: t.chart_note() })
}

#[derive(Template)]
#[template(source = "{{ chart }}<p class=\"hint\">{{ note }}</p>", ext = "html")]
struct Noted {
    chart: Html,
    note: String,
}

/// A line of 96 by 24 units for a glance: `points` of SVG's `polyline`; empty where nothing was sent. Drawn
/// against twice the limit, so that the limit of 0.2 % stands in the middle of every picture.
pub(crate) fn sparkline(points: &[Point]) -> String {
    let last = i64::try_from(points.len().saturating_sub(1)).unwrap_or(1).max(1);
    let mut text = String::new();
    for (at, point) in (0_i64..).zip(points) {
        let Some(share) = point.score.permille() else { continue };
        let (x, y) = (at * 96 / last, 24 - (share.hundredths.min(400) * 24 / 400));
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&format!("{x},{y}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(day: i64, period: i64, complaints: i64, sent: i64) -> DayCount {
        DayCount { day, period, score: Score::new(complaints, sent) }
    }

    /// Proves R66 and R67: each day shows the thirty days up to it, of its own counting period.
    #[test]
    fn r66_r67_the_line_follows_thirty_days_and_begins_anew_with_a_period() {
        let counts = [count(100, 1, 1, 1_000), count(115, 1, 1, 1_000), count(125, 2, 0, 500)];
        let points = points(&counts, 160, 70);
        let on = |day: i64| points.iter().find(|point| point.day == day).expect("a day").score;
        assert_eq!((points.len(), points[0].day), (70, 91));
        assert_eq!(on(99), Score::new(0, 0));
        assert_eq!(on(100), Score::new(1, 1_000));
        assert_eq!(on(124), Score::new(2, 2_000));
        assert_eq!(on(125), Score::new(0, 500), "a new period");
        assert_eq!((on(154), on(155)), (Score::new(0, 500), Score::new(0, 0)));
        assert!(sparkline(&points).starts_with("12,18 "), "{}", sparkline(&points));
        assert_eq!(sparkline(&points[..9]), "", "nothing was sent yet");
    }
}
