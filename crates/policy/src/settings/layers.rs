//! From file and environment to checked values.
//!
//! Defaults lie at the bottom, the file above them, the environment on top.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::render::{allowed, span};
use super::{DefaultValue, Key, Kind, Value, Values};

/// Beginning of every environment variable that sets a key.
pub const ENV_PREFIX: &str = "JAWORT_";

/// Variables with our prefix that are no settings: where the file lies, and what tests read.
const NO_SETTINGS: &[&str] = &["JAWORT_CONFIG", "JAWORT_SHARED"];

/// A value as the file holds it, before it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raw {
    /// A whole number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// Text.
    Text(String),
    /// An array.
    List(Vec<Raw>),
    /// Anything else, by the name that the file's format gives it (a date, a decimal fraction).
    Other(&'static str),
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The definition itself: a fault of the program.
    Default,
    /// The configuration file.
    File,
    /// This environment variable.
    Env(String),
}

/// Why a setting is refused. The operator must act; the server does not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingProblem {
    /// The key, as it was written.
    pub key: String,
    /// Where.
    pub source: Source,
    /// What.
    pub problem: Problem,
}

/// What is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no such key.
    Unknown {
        /// The known key that is spelled most alike.
        nearest: Option<(&'static str, String)>,
    },
    /// The value is of another kind or outside the bounds.
    NotAllowed {
        /// What was given, shortened.
        given: String,
        /// What is allowed, in words.
        allowed: String,
    },
    /// The key has no default and was not set.
    Required {
        /// What is allowed, in words.
        allowed: String,
    },
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.key)?;
        match &self.source {
            Source::Env(name) if *name != self.key => write!(f, " ({name})")?,
            Source::Env(_) | Source::File | Source::Default => {}
        }
        match &self.problem {
            Problem::Unknown { nearest: Some((nearest, allowed)) } => {
                write!(f, ": there is no such setting. Nearest: {nearest} ({allowed}).")
            }
            Problem::Unknown { nearest: None } => write!(f, ": there is no such setting."),
            Problem::NotAllowed { given, allowed } => {
                write!(f, " = {given}: not allowed. Allowed: {allowed}.")
            }
            Problem::Required { allowed } => write!(f, ": must be set. Allowed: {allowed}."),
        }
    }
}

impl std::error::Error for SettingProblem {}

impl Values {
    /// Checks the file's values and the environment against the definitions.
    ///
    /// `file` maps `section.key` to its value; `env` gives all variables, of
    /// which those that begin with [`ENV_PREFIX`] count. In a variable a list
    /// is separated by commas.
    ///
    /// # Errors
    /// Every problem at once: unknown keys, values outside their bounds, keys that must be set.
    pub fn from_layers(
        keys: &[Key],
        file: &BTreeMap<String, Raw>,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Vec<SettingProblem>> {
        let mut problems = Vec::new();
        let mut given = BTreeMap::new();
        for (name, raw) in file {
            match keys.iter().find(|key| key.name == name) {
                Some(key) => drop(given.insert(key.name, (raw.clone(), Source::File))),
                None => problems.push(unknown(name, Source::File, keys)),
            }
        }
        for (name, text) in env {
            if !name.starts_with(ENV_PREFIX) || NO_SETTINGS.contains(&name.as_str()) {
                continue;
            }
            match keys.iter().find(|key| key.env_name() == name) {
                Some(key) => drop(given.insert(key.name, (raw_of_env(key.kind, text), Source::Env(name)))),
                None => problems.push(unknown(&name.clone(), Source::Env(name), keys)),
            }
        }
        let mut values = BTreeMap::new();
        for key in keys {
            match value_of(key, given.remove(key.name)) {
                Ok(value) => drop(values.insert(key.name, value)),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(Self(values)) } else { Err(problems) }
    }
}

fn value_of(key: &Key, given: Option<(Raw, Source)>) -> Result<Value, SettingProblem> {
    let problem = |source, problem| SettingProblem { key: key.name.to_owned(), source, problem };
    let (raw, source) = match given {
        Some(given) => given,
        None => match raw_of_default(key.default) {
            Some(raw) => (raw, Source::Default),
            None => {
                return Err(problem(Source::Default, Problem::Required { allowed: allowed(key.kind) }));
            }
        },
    };
    checked(key.kind, &raw)
        .ok_or_else(|| problem(source, Problem::NotAllowed { given: shortened(&raw), allowed: allowed(key.kind) }))
}

fn raw_of_default(default: DefaultValue) -> Option<Raw> {
    Some(match default {
        DefaultValue::Int(number) => Raw::Int(number),
        DefaultValue::Bool(yes) => Raw::Bool(yes),
        DefaultValue::Text(text) => Raw::Text(text.to_owned()),
        DefaultValue::List(list) => Raw::List(list.iter().map(|&text| Raw::Text(text.to_owned())).collect()),
        DefaultValue::Seconds(seconds) => Raw::Text(span(seconds)),
        DefaultValue::Required => return None,
    })
}

/// A variable is text; its key says what that text stands for.
fn raw_of_env(kind: Kind, text: String) -> Raw {
    match kind {
        Kind::Int { .. } => text.trim().parse().map_or(Raw::Text(text), Raw::Int),
        Kind::Bool => text.trim().parse().map_or(Raw::Text(text), Raw::Bool),
        Kind::List { .. } => {
            let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
            Raw::List(entries.map(|entry| Raw::Text(entry.to_owned())).collect())
        }
        Kind::Text { .. } | Kind::Choice(_) | Kind::Duration { .. } => Raw::Text(text),
    }
}

/// The value, if it is of the kind and within its bounds.
fn checked(kind: Kind, raw: &Raw) -> Option<Value> {
    match (kind, raw) {
        (Kind::Int { min, max }, Raw::Int(number)) => (min..=max).contains(number).then_some(Value::Int(*number)),
        (Kind::Bool, Raw::Bool(yes)) => Some(Value::Bool(*yes)),
        (Kind::Text { max }, Raw::Text(text)) => {
            let fits = text.chars().count() <= max && !text.chars().any(char::is_control);
            fits.then(|| Value::Text(text.clone()))
        }
        (Kind::Choice(words), Raw::Text(text)) => words.contains(&text.as_str()).then(|| Value::Text(text.clone())),
        (Kind::List { max }, Raw::List(entries)) if entries.len() <= max => {
            entries.iter().map(line).collect::<Option<_>>().map(Value::List)
        }
        (Kind::Duration { min_seconds, max_seconds }, Raw::Text(text)) => {
            let seconds = seconds_of(text)?;
            (min_seconds..=max_seconds).contains(&seconds).then(|| Value::Duration(Duration::from_secs(seconds)))
        }
        _ => None,
    }
}

fn line(raw: &Raw) -> Option<String> {
    match raw {
        Raw::Text(text) if !text.chars().any(char::is_control) => Some(text.clone()),
        _ => None,
    }
}

/// Reads `90s`, `15m`, `24h`, `4d`.
fn seconds_of(text: &str) -> Option<u64> {
    let text = text.trim();
    let unit = text.chars().last()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return None,
    };
    let number = &text[..text.len() - 1];
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(seconds)
}

fn shortened(raw: &Raw) -> String {
    let full = match raw {
        Raw::Int(number) => number.to_string(),
        Raw::Bool(yes) => yes.to_string(),
        Raw::Text(text) => format!("{text:?}"),
        Raw::List(entries) => format!("a list of {}", entries.len()),
        Raw::Other(name) => (*name).to_owned(),
    };
    if full.chars().count() <= 60 { full } else { full.chars().take(59).chain(['…']).collect() }
}

fn unknown(name: &str, source: Source, keys: &[Key]) -> SettingProblem {
    let spelled = match &source {
        Source::Env(name) => name[ENV_PREFIX.len()..].to_ascii_lowercase().replace("__", "."),
        Source::File | Source::Default => name.to_owned(),
    };
    let nearest = keys
        .iter()
        .map(|key| (distance(&spelled, key.name), key))
        .min_by_key(|&(distance, _)| distance)
        .filter(|&(distance, key)| distance <= key.name.len().max(spelled.len()) / 2)
        .map(|(_, key)| (key.name, allowed(key.kind)));
    SettingProblem { key: name.to_owned(), source, problem: Problem::Unknown { nearest } }
}

/// How many letters must be put in, left out or changed to make one text the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in other.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}
