//! Checked values of settings.

use std::collections::BTreeMap;
use std::time::Duration;

/// A value that fits its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A whole number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// A line of text, or one of some words.
    Text(String),
    /// Lines of text.
    List(Vec<String>),
    /// A span of time.
    Duration(Duration),
}

/// The values of all keys, checked. Made by [`Values::from_layers`] only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values(pub(super) BTreeMap<&'static str, Value>);

impl Values {
    /// The value of a key, if such a key was defined.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    fn expect(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or_else(|| panic!("the key {name} is not among the keys that were read"))
    }

    /// The value of a key of kind int.
    ///
    /// # Panics
    /// When no such key of this kind was defined: a fault of the program, not of the configuration.
    #[must_use]
    pub fn int(&self, name: &str) -> i64 {
        match self.expect(name) {
            Value::Int(number) => *number,
            other => panic!("the key {name} is no int but {other:?}"),
        }
    }

    /// The value of a key of kind bool.
    ///
    /// # Panics
    /// As [`Values::int`].
    #[must_use]
    pub fn bool(&self, name: &str) -> bool {
        match self.expect(name) {
            Value::Bool(yes) => *yes,
            other => panic!("the key {name} is no bool but {other:?}"),
        }
    }

    /// The value of a key of kind text; empty = not set.
    ///
    /// # Panics
    /// As [`Values::int`].
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        match self.expect(name) {
            Value::Text(text) => text.clone(),
            other => panic!("the key {name} is no text but {other:?}"),
        }
    }

    /// The value of a key of kind choice.
    ///
    /// # Panics
    /// As [`Values::int`].
    #[must_use]
    pub fn choice(&self, name: &str) -> String {
        self.text(name)
    }

    /// The value of a key of kind list.
    ///
    /// # Panics
    /// As [`Values::int`].
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<String> {
        match self.expect(name) {
            Value::List(list) => list.clone(),
            other => panic!("the key {name} is no list but {other:?}"),
        }
    }

    /// The value of a key of kind duration.
    ///
    /// # Panics
    /// As [`Values::int`].
    #[must_use]
    pub fn duration(&self, name: &str) -> Duration {
        match self.expect(name) {
            Value::Duration(duration) => *duration,
            other => panic!("the key {name} is no duration but {other:?}"),
        }
    }
}
