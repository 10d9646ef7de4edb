//! What is counted while the program runs, and how Prometheus reads it (text format 0.0.4).
//!
//! Each door defines its meters once, as statics with name, help and labels; from that definition come
//! the answer at `/metrics`, the table in `docs/operating.md`, and the tests. Counting is one addition
//! to an atomic number; nothing is allocated and nothing waits.
//!
//! **Labels are bounded by construction.** A label takes one of the words that stand in its definition, or
//! the name of a mailbox provider that the operator listed ([`name_providers`]); everything else is
//! counted under [`OTHER`]. There is no way to make a label of an address, a token or a subject, and
//! whoever invents providers makes no series.
//!
//! Absent here: IO, a clock, and everything that is not a number.

mod cells;
mod providers;
mod text;

pub use cells::{Counter, Counts, Gauge, Gauges, Histogram};
pub use providers::{MOST_PROVIDERS, name_providers};
pub use text::{CONTENT_TYPE, table, tell};

/// Under this everything is counted that no other word names.
pub const OTHER: &str = "other";

/// How Prometheus understands a meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, from the start of the process on.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by size.
    Histogram,
}

impl Kind {
    /// The word in the text format.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// What a label can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// One of these, or [`OTHER`].
    These(&'static [&'static str]),
    /// A mailbox provider that the operator listed, or [`OTHER`].
    Providers,
}

/// A label: its name, and what it can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// The name.
    pub name: &'static str,
    /// What it can be.
    pub words: Words,
}

/// The definition of a meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The name, with its unit last.
    pub name: &'static str,
    /// How it is understood.
    pub kind: Kind,
    /// What it says, in a sentence.
    pub help: &'static str,
    /// When somebody should look; empty where a person need not.
    pub alarm: &'static str,
    /// Its labels.
    pub labels: [Option<Label>; 2],
}

impl About {
    const fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self { name, kind, help, alarm: "", labels: [None, None] }
    }
}

/// Something that is counted.
pub trait Meter: Sync {
    /// Its definition.
    fn about(&self) -> &About;

    /// Every value that it has now: label values in the order of the labels, and what stands behind the
    /// name for the parts of a histogram.
    fn samples(&self) -> Vec<Sample>;
}

/// One line of the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Behind the name: `_bucket`, `_sum`, `_count`, or nothing.
    pub suffix: &'static str,
    /// Names and values of labels.
    pub labels: Vec<(&'static str, String)>,
    /// The value.
    pub value: f64,
}

#[cfg(test)]
mod tests;
