//! Charts: drawn by the server as SVG, with the same figures as a table below. No script draws anything,
//! so they print, and a screen reader hears the sentence that says what they show and finds the table.
//!
//! Values are whole numbers: counts, or hundredths of a percent. A missing value is a gap, never a zero.

use askama::Template;
use texts::{Language, ui};

use super::html::Html;
use super::number::{self, Unit};

/// How values are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A line for each series.
    Lines,
    /// Bars side by side.
    Bars,
    /// Bars on top of each other; for parts of a whole.
    Stacked,
}

/// One series: a name and a value for each label; never more than six beside each other.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) values: Vec<Option<i64>>,
}

/// A line across the chart that values should stay under.
#[derive(Clone, Debug)]
pub(crate) struct Limit {
    pub(crate) name: String,
    pub(crate) value: i64,
    /// Crossing it has consequences; otherwise it is a warning.
    pub(crate) hard: bool,
}

/// What to draw.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    /// One word, unique on its page: the SVG's parts are named by it.
    pub(crate) id: &'static str,
    pub(crate) kind: Kind,
    pub(crate) title: String,
    /// One sentence that says what is to be seen, for those who do not see it.
    pub(crate) says: String,
    /// What the labels are: "Day".
    pub(crate) axis: String,
    pub(crate) labels: Vec<String>,
    pub(crate) series: Vec<Series>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) unit: Unit,
}

/// The drawing's size in its own units; about a pixel each on a wide screen.
const WIDTH: i64 = 720;
const HEIGHT: i64 = 240;
const LEFT: i64 = 60;
const RIGHT: i64 = 12;
const TOP: i64 = 14;
const BOTTOM: i64 = 26;
/// More labels than these on an axis cannot be read.
const LABELS: usize = 8;
/// A letter of a label, at most, in the drawing's units.
const LETTER: i64 = 7;
/// The widest bar, in tenths: one alone is no wall.
const WIDEST_BAR: i64 = 480;
/// Colours of series in the styles.
const COLOURS: usize = 6;

impl Chart {
    /// The chart as HTML.
    pub(crate) fn html(&self, language: Language) -> Html {
        let scale = Scale::of(self);
        let shown = |value: i64| number::shown(language, self.unit, value);
        let rows = self.labels.iter().enumerate().map(|(at, label)| {
            let value = |series: &Series| series.values.get(at).copied().flatten().map_or("–".to_owned(), shown);
            (label.clone(), self.series.iter().map(value).collect())
        });
        Html::of(&View {
            id: self.id,
            title: &self.title,
            says: &self.says,
            axis: &self.axis,
            figures: ui::figures(language),
            names: self.series.iter().enumerate().map(|(at, series)| (at % COLOURS + 1, series.name.clone())).collect(),
            ticks: scale.ticks.iter().map(|tick| (scale.y(*tick), shown(*tick))).collect(),
            below: self.below(&scale),
            limits: self.drawn_limits(&scale, &shown),
            paths: self.paths(&scale),
            dots: self.dots(&scale, &shown),
            bars: self.bars(&scale, &shown),
            rows: rows.collect(),
        })
    }

    /// The labels that fit, with their places: none runs into its neighbour or over the edge.
    fn below(&self, scale: &Scale) -> Vec<(Tenths, String)> {
        let widest = self.labels.iter().map(|label| wide(label)).max().unwrap_or(1);
        let room = usize::try_from((WIDTH - LEFT - RIGHT) / (widest + 2 * LETTER)).unwrap_or(1);
        let step = self.labels.len().div_ceil(room.clamp(1, LABELS)).max(1);
        let inside = |(at, label): &(usize, &String)| {
            let (middle, half) = (scale.middle(*at).0, wide(label) * 5);
            middle >= half && middle + half <= WIDTH * 10
        };
        let chosen = self.labels.iter().enumerate().step_by(step).filter(inside);
        chosen.map(|(at, label)| (scale.middle(at), label.clone())).collect()
    }

    fn drawn_limits(&self, scale: &Scale, shown: &dyn Fn(i64) -> String) -> Vec<DrawnLimit> {
        let drawn = |limit: &Limit| DrawnLimit {
            y: scale.y(limit.value),
            text_y: Tenths(scale.y(limit.value).0 - 40),
            name: format!("{} {}", limit.name, shown(limit.value)),
            hard: limit.hard,
        };
        self.limits.iter().map(drawn).collect()
    }

    /// A path for each series; a gap begins it anew.
    fn paths(&self, scale: &Scale) -> Vec<(usize, String)> {
        if self.kind != Kind::Lines {
            return Vec::new();
        }
        let path = |series: &Series| {
            let mut drawn = String::new();
            let mut down = false;
            for (at, value) in series.values.iter().enumerate() {
                if let Some(value) = value {
                    drawn.push_str(&format!(
                        "{}{} {}",
                        if down { 'L' } else { 'M' },
                        scale.middle(at),
                        scale.y(*value)
                    ));
                }
                down = value.is_some();
            }
            drawn
        };
        self.series.iter().enumerate().map(|(at, series)| (at % COLOURS + 1, path(series))).collect()
    }

    fn dots(&self, scale: &Scale, shown: &dyn Fn(i64) -> String) -> Vec<Dot> {
        if self.kind != Kind::Lines {
            return Vec::new();
        }
        let of = |(colour, series): (usize, &Series)| {
            let values = series.values.iter().enumerate().filter_map(|(at, value)| Some((at, (*value)?)));
            let dot = |(at, value): (usize, i64)| Dot {
                colour: colour % COLOURS + 1,
                x: scale.middle(at),
                y: scale.y(value),
                says: self.point(series, at, value, shown),
            };
            values.map(dot).collect::<Vec<_>>()
        };
        self.series.iter().enumerate().flat_map(of).collect()
    }

    fn point(&self, series: &Series, at: usize, value: i64, shown: &dyn Fn(i64) -> String) -> String {
        let label = self.labels.get(at).map_or("", String::as_str);
        format!("{label}, {}: {}", series.name, shown(value))
    }

    fn bars(&self, scale: &Scale, shown: &dyn Fn(i64) -> String) -> Vec<Bar> {
        if self.kind == Kind::Lines {
            return Vec::new();
        }
        let stacked = self.kind == Kind::Stacked;
        let beside = if stacked { 1 } else { count(self.series.len()).max(1) };
        let width = (scale.step * 7 / 10 / beside).clamp(5, WIDEST_BAR);
        let mut bars = Vec::new();
        for at in 0..self.labels.len() {
            let (mut up, mut down) = (0, 0);
            for (number, series) in self.series.iter().enumerate() {
                let Some(value) = series.values.get(at).copied().flatten() else { continue };
                let from = if !stacked {
                    0
                } else if value >= 0 {
                    up
                } else {
                    down
                };
                let to = from + value;
                if value >= 0 {
                    up = to
                } else {
                    down = to
                }
                let (top, bottom) = (scale.y(from.max(to)), scale.y(from.min(to)));
                let place = if stacked { 0 } else { count(number) };
                bars.push(Bar {
                    colour: number % COLOURS + 1,
                    x: Tenths(scale.middle(at).0 - width * beside / 2 + width * place),
                    y: top,
                    width: Tenths(width),
                    height: Tenths(bottom.0 - top.0),
                    says: self.point(series, at, value, shown),
                });
            }
        }
        bars
    }

    /// The largest and the smallest value that must fit; zero always does.
    fn range(&self) -> (i64, i64) {
        let mut range = (0, 0);
        let mut fit = |value: i64| range = (range.0.min(value), range.1.max(value));
        self.limits.iter().for_each(|limit| fit(limit.value));
        if self.kind == Kind::Stacked {
            for at in 0..self.labels.len() {
                let values = || self.series.iter().filter_map(|series| series.values.get(at).copied().flatten());
                fit(values().filter(|value| *value > 0).sum());
                fit(values().filter(|value| *value < 0).sum());
            }
        } else {
            self.series.iter().flat_map(|series| series.values.iter().flatten()).for_each(|value| fit(*value));
        }
        range
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A length in tenths of a unit of the drawing: exact, without floating point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tenths(i64);

impl std::fmt::Display for Tenths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{}", self.0.abs() / 10, self.0.abs() % 10)
    }
}

/// From values to places.
struct Scale {
    low: i64,
    high: i64,
    /// Between two labels, in tenths.
    step: i64,
    ticks: Vec<i64>,
}

impl Scale {
    fn of(chart: &Chart) -> Self {
        let (low, high) = chart.range();
        let ticks = ticks(low, high);
        let (low, high) = (ticks.first().copied().unwrap_or(0), ticks.last().copied().unwrap_or(1));
        let step = (WIDTH - LEFT - RIGHT) * 10 / count(chart.labels.len()).max(1);
        Self { low, high, step, ticks }
    }

    fn y(&self, value: i64) -> Tenths {
        let height = i128::from((HEIGHT - TOP - BOTTOM) * 10);
        let part = i128::from(self.high - value) * height / i128::from((self.high - self.low).max(1));
        Tenths(TOP * 10 + i64::try_from(part).unwrap_or(0))
    }

    fn middle(&self, at: usize) -> Tenths {
        Tenths(LEFT * 10 + self.step * count(at) + self.step / 2)
    }
}

/// How wide a label is, at most.
fn wide(label: &str) -> i64 {
    count(label.chars().count()) * LETTER
}

/// Round numbers (1, 2, 5 and their tens) from at most the lowest to at least the highest value: about five.
fn ticks(low: i64, high: i64) -> Vec<i64> {
    let range = high.saturating_sub(low).clamp(1, i64::MAX / 100);
    let steps = (0..18).flat_map(|tens| [1, 2, 5].map(|one| one * 10_i64.pow(tens)));
    let step = steps.into_iter().find(|step| range / step < 5).unwrap_or(range);
    let first = low.div_euclid(step) * step;
    let mut ticks = vec![first];
    while ticks.last().is_some_and(|last| *last < high.max(low + 1)) && ticks.len() < 12 {
        ticks.push(first + step * count(ticks.len()));
    }
    ticks
}

struct DrawnLimit {
    y: Tenths,
    text_y: Tenths,
    name: String,
    hard: bool,
}

struct Dot {
    colour: usize,
    x: Tenths,
    y: Tenths,
    says: String,
}

struct Bar {
    colour: usize,
    x: Tenths,
    y: Tenths,
    width: Tenths,
    height: Tenths,
    says: String,
}

#[derive(Template)]
#[template(path = "ui/chart.html")]
struct View<'c> {
    id: &'static str,
    title: &'c str,
    says: &'c str,
    axis: &'c str,
    figures: String,
    names: Vec<(usize, String)>,
    ticks: Vec<(Tenths, String)>,
    below: Vec<(Tenths, String)>,
    limits: Vec<DrawnLimit>,
    paths: Vec<(usize, String)>,
    dots: Vec<Dot>,
    bars: Vec<Bar>,
    rows: Vec<(String, Vec<String>)>,
}

#[cfg(test)]
mod tests;
