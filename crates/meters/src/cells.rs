//! The numbers themselves.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crate::providers::{self, MOST_PROVIDERS};
use crate::{About, Kind, Label, Meter, OTHER, Sample, Words};

/// A gauge that was not set has this, and is not told.
const UNSET: i64 = i64::MIN;
/// Words that a closed label has at most, [`OTHER`] apart.
const MOST_WORDS: usize = 64;

const fn closed(name: &'static str, words: &'static [&'static str]) -> Option<Label> {
    assert!(words.len() <= MOST_WORDS, "a label has at most 64 words");
    Some(Label { name, words: Words::These(words) })
}

/// The place of a word; behind the last of its label for one that is none.
fn place_of(label: Option<Label>, word: &str) -> usize {
    match label.map(|label| label.words) {
        None => 0,
        Some(Words::Providers) => providers::place(word),
        Some(Words::These(words)) => words.iter().position(|known| *known == word).unwrap_or(MOST_WORDS),
    }
}

/// Every place of a label with its word.
fn places_of(label: Option<Label>) -> Vec<(usize, Option<(&'static str, &'static str)>)> {
    match label {
        None => vec![(0, None)],
        Some(Label { name, words: Words::Providers }) => {
            providers::all().map(|(place, word)| (place, Some((name, word)))).collect()
        }
        Some(Label { name, words: Words::These(words) }) => {
            let known = words.iter().copied().enumerate().chain([(MOST_WORDS, OTHER)]);
            known.map(|(place, word)| (place, Some((name, word)))).collect()
        }
    }
}

fn labels(parts: [Option<(&'static str, &'static str)>; 2]) -> Vec<(&'static str, String)> {
    parts.into_iter().flatten().map(|(name, word)| (name, word.to_owned())).collect()
}

#[expect(clippy::cast_precision_loss, reason = "Prometheus reads floating point; 2^53 mails are not counted here")]
const fn float(n: i64) -> f64 {
    n as f64
}

fn of_u64(n: u64) -> f64 {
    float(i64::try_from(n).unwrap_or(i64::MAX))
}

/// Counts without labels.
pub struct Counter {
    about: About,
    n: AtomicU64,
}

impl Counter {
    /// A counter; its name ends in `_total`.
    #[must_use]
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        Self { about: About::new(name, Kind::Counter, help), n: AtomicU64::new(0) }
    }

    /// The same with words on when somebody should look.
    #[must_use]
    pub const fn alarm(mut self, alarm: &'static str) -> Self {
        self.about.alarm = alarm;
        self
    }

    /// Adds.
    pub fn add(&self, n: u64) {
        self.n.fetch_add(n, Ordering::Relaxed);
    }

    /// What was counted.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.n.load(Ordering::Relaxed)
    }
}

impl Meter for Counter {
    fn about(&self) -> &About {
        &self.about
    }

    fn samples(&self) -> Vec<Sample> {
        vec![Sample { suffix: "", labels: Vec::new(), value: of_u64(self.get()) }]
    }
}

/// Rows and columns of numbers: a row for each value of the first label, a column for each of the second.
/// One more than there are places holds what is [`OTHER`].
struct Grid<T>([[T; MOST_WORDS + 1]; MOST_PROVIDERS + 1]);

/// Counts by one or two labels.
pub struct Counts {
    about: About,
    cells: Grid<AtomicU64>,
}

impl Counts {
    /// Counts by one label.
    #[must_use]
    pub const fn new(
        name: &'static str,
        help: &'static str,
        label: &'static str,
        words: &'static [&'static str],
    ) -> Self {
        let mut about = About::new(name, Kind::Counter, help);
        about.labels = [None, closed(label, words)];
        Self { about, cells: Grid([const { [const { AtomicU64::new(0) }; MOST_WORDS + 1] }; MOST_PROVIDERS + 1]) }
    }

    /// The same by one more label, which stands first.
    #[must_use]
    pub const fn by(mut self, label: &'static str, words: &'static [&'static str]) -> Self {
        self.about.labels[0] = closed(label, words);
        self
    }

    /// The same by mailbox provider, which stands first.
    #[must_use]
    pub const fn by_provider(mut self) -> Self {
        self.about.labels[0] = Some(Label { name: "provider", words: Words::Providers });
        self
    }

    /// The same with words on when somebody should look.
    #[must_use]
    pub const fn alarm(mut self, alarm: &'static str) -> Self {
        self.about.alarm = alarm;
        self
    }

    fn cell(&self, first: &str, second: &str) -> &AtomicU64 {
        let [row, column] = self.about.labels;
        &self.cells.0[place_of(row, first)][place_of(column, second)]
    }

    /// Adds, where there is one label.
    pub fn add(&self, word: &str, n: u64) {
        self.cell("", word).fetch_add(n, Ordering::Relaxed);
    }

    /// Adds, where there are two.
    pub fn add_at(&self, first: &str, second: &str, n: u64) {
        self.cell(first, second).fetch_add(n, Ordering::Relaxed);
    }

    /// What was counted; the first label is empty where there is one only.
    #[must_use]
    pub fn get(&self, first: &str, second: &str) -> u64 {
        self.cell(first, second).load(Ordering::Relaxed)
    }
}

impl Meter for Counts {
    fn about(&self) -> &About {
        &self.about
    }

    fn samples(&self) -> Vec<Sample> {
        let [row, column] = self.about.labels;
        let mut samples = Vec::new();
        for (at, first) in places_of(row) {
            for (place, second) in places_of(column) {
                let n = self.cells.0[at][place].load(Ordering::Relaxed);
                // A word that is none of a closed label shows a fault of ours: told only when it happened.
                let strays = [(row, first), (column, second)];
                let stray = strays.into_iter().any(|(label, word)| {
                    matches!(label, Some(Label { words: Words::These(_), .. })) && word.is_some_and(|(_, w)| w == OTHER)
                });
                if n > 0 || !stray {
                    samples.push(Sample { suffix: "", labels: labels([first, second]), value: of_u64(n) });
                }
            }
        }
        samples
    }
}

/// A number that goes up and down; not told until it is set.
pub struct Gauge {
    about: About,
    n: AtomicI64,
}

impl Gauge {
    /// A gauge.
    #[must_use]
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        Self { about: About::new(name, Kind::Gauge, help), n: AtomicI64::new(UNSET) }
    }

    /// The same with words on when somebody should look.
    #[must_use]
    pub const fn alarm(mut self, alarm: &'static str) -> Self {
        self.about.alarm = alarm;
        self
    }

    /// Sets it; none where nobody knows: then it is not told.
    pub fn set(&self, n: Option<i64>) {
        self.n.store(n.unwrap_or(UNSET), Ordering::Relaxed);
    }

    /// Moves it; what was not set stood at nothing.
    pub fn add(&self, n: i64) {
        let moved = |old: i64| Some(if old == UNSET { n } else { old.saturating_add(n) });
        // The function always says something, so that the update never fails.
        let _ = self.n.fetch_update(Ordering::Relaxed, Ordering::Relaxed, moved);
    }

    /// What it stands at.
    #[must_use]
    pub fn get(&self) -> Option<i64> {
        Some(self.n.load(Ordering::Relaxed)).filter(|n| *n != UNSET)
    }
}

impl Meter for Gauge {
    fn about(&self) -> &About {
        &self.about
    }

    fn samples(&self) -> Vec<Sample> {
        let sample = |n| Sample { suffix: "", labels: Vec::new(), value: float(n) };
        self.get().map(sample).into_iter().collect()
    }
}

/// Numbers that go up and down, by one label; each is not told until it is set.
pub struct Gauges {
    about: About,
    cells: [AtomicI64; MOST_WORDS + 1],
}

impl Gauges {
    /// Gauges by one label.
    #[must_use]
    pub const fn new(
        name: &'static str,
        help: &'static str,
        label: &'static str,
        words: &'static [&'static str],
    ) -> Self {
        let mut about = About::new(name, Kind::Gauge, help);
        about.labels = [closed(label, words), None];
        Self { about, cells: [const { AtomicI64::new(UNSET) }; MOST_WORDS + 1] }
    }

    /// The same with words on when somebody should look.
    #[must_use]
    pub const fn alarm(mut self, alarm: &'static str) -> Self {
        self.about.alarm = alarm;
        self
    }

    /// Sets one; none where nobody knows: then it is not told.
    pub fn set(&self, word: &str, n: Option<i64>) {
        self.cells[place_of(self.about.labels[0], word)].store(n.unwrap_or(UNSET), Ordering::Relaxed);
    }
}

impl Meter for Gauges {
    fn about(&self) -> &About {
        &self.about
    }

    fn samples(&self) -> Vec<Sample> {
        let known = places_of(self.about.labels[0]).into_iter().filter_map(|(place, word)| {
            let n = self.cells[place].load(Ordering::Relaxed);
            (n != UNSET).then(|| Sample { suffix: "", labels: labels([word, None]), value: float(n) })
        });
        known.collect()
    }
}

/// How often something took how long.
pub struct Histogram {
    about: About,
    /// Upper bounds in milliseconds, rising.
    bounds: &'static [u64],
    buckets: [AtomicU64; MOST_WORDS + 1],
    micros: AtomicU64,
}

impl Histogram {
    /// A histogram of times; its name ends in `_seconds`. Bounds in milliseconds, rising, at most 64.
    #[must_use]
    pub const fn new(name: &'static str, help: &'static str, bounds: &'static [u64]) -> Self {
        assert!(bounds.len() <= MOST_WORDS, "a histogram has at most 64 bounds");
        Self {
            about: About::new(name, Kind::Histogram, help),
            bounds,
            buckets: [const { AtomicU64::new(0) }; MOST_WORDS + 1],
            micros: AtomicU64::new(0),
        }
    }

    /// The same with words on when somebody should look.
    #[must_use]
    pub const fn alarm(mut self, alarm: &'static str) -> Self {
        self.about.alarm = alarm;
        self
    }

    /// Notes that something took so long.
    pub fn took(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let bucket = self.bounds.iter().position(|bound| micros <= bound * 1000).unwrap_or(self.bounds.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// How often it was noted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).sum()
    }
}

impl Meter for Histogram {
    fn about(&self) -> &About {
        &self.about
    }

    fn samples(&self) -> Vec<Sample> {
        let mut sum = 0;
        let mut samples: Vec<Sample> = Vec::new();
        let bounds = self.bounds.iter().map(|bound| (of_u64(*bound) / 1000.0).to_string()).chain(["+Inf".to_owned()]);
        for (bound, bucket) in bounds.zip(&self.buckets) {
            sum += bucket.load(Ordering::Relaxed);
            samples.push(Sample { suffix: "_bucket", labels: vec![("le", bound)], value: of_u64(sum) });
        }
        let total = of_u64(self.micros.load(Ordering::Relaxed)) / 1_000_000.0;
        samples.push(Sample { suffix: "_sum", labels: Vec::new(), value: total });
        samples.push(Sample { suffix: "_count", labels: Vec::new(), value: of_u64(sum) });
        samples
    }
}
