//! What commands print: tables for people, JSON for programs. The only place that writes to
//! standard output.

use std::io::{self, Write as _};

use serde_json::{Map, Value, json};

use crate::fault::Fault;

/// Prints answers in the form that was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// JSON instead of words.
    pub(crate) json: bool,
}

/// Rows with the same columns.
#[derive(Debug)]
pub(crate) struct Table {
    columns: &'static [&'static str],
    rows: Vec<Vec<Value>>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(columns: &'static [&'static str]) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row; its values stand in the order of the columns.
    pub(crate) fn row(&mut self, values: impl Into<Vec<Value>>) {
        let values = values.into();
        debug_assert_eq!(values.len(), self.columns.len(), "a value for each column");
        self.rows.push(values);
    }

    fn json(&self) -> Value {
        let object = |row: &Vec<Value>| {
            let fields = self.columns.iter().map(|&name| name.to_owned()).zip(row.iter().cloned());
            Value::Object(fields.collect::<Map<_, _>>())
        };
        Value::Array(self.rows.iter().map(object).collect())
    }

    /// The table for people.
    pub(crate) fn words(&self) -> String {
        if self.rows.is_empty() {
            return "none\n".to_owned();
        }
        let head: Vec<String> = self.columns.iter().map(|name| name.replace('_', " ").to_uppercase()).collect();
        let rows: Vec<Vec<String>> = self.rows.iter().map(|row| row.iter().map(plain).collect()).collect();
        let widths: Vec<usize> = (0..head.len())
            .map(|at| rows.iter().chain([&head]).map(|row| row[at].chars().count()).max().unwrap_or(0))
            .collect();
        let mut text = String::new();
        for row in [&head].into_iter().chain(&rows) {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}")).collect();
            text.push_str(cells.join("  ").trim_end());
            text.push('\n');
        }
        text
    }
}

/// A text on one line in which control characters, and those that turn the direction of writing, can be
/// seen: addresses and replies come from outside, and a terminal obeys such characters.
pub(crate) fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        if acts(c) {
            shown.extend(c.escape_debug())
        } else {
            shown.push(c)
        }
        shown
    })
}

/// Whether a character acts on what shows it: controls (C0, C1), line and paragraph separators, and the
/// marks, embeddings and isolates of UAX #9.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A value in a table for people.
fn plain(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        other => other.to_string(),
    };
    visible(&text)
}

impl Output {
    /// Prints a table, or an array of objects.
    pub(crate) fn table(self, table: &Table) -> Result<(), Fault> {
        if self.json { self.value(&table.json()) } else { write(&table.words()) }
    }

    /// Prints one thing: an object, or a line for each field.
    pub(crate) fn object(self, object: &Value) -> Result<(), Fault> {
        if self.json {
            return self.value(object);
        }
        let fields = object.as_object().into_iter().flatten();
        let lines = fields.map(|(name, value)| format!("{}: {}\n", name.replace('_', " "), plain(value)));
        write(&lines.collect::<String>())
    }

    /// Prints one thing that is more than a list of fields.
    pub(crate) fn report(self, value: &Value, words: &str) -> Result<(), Fault> {
        if self.json { self.value(value) } else { write(words) }
    }

    /// Says that something was done.
    pub(crate) fn done(self, text: &str) -> Result<(), Fault> {
        if self.json { self.value(&json!({ "done": text })) } else { write(&format!("{text}\n")) }
    }

    fn value(self, value: &Value) -> Result<(), Fault> {
        // Characters that act stand within texts only, where JSON has another spelling for them.
        let text = value.to_string().chars().fold(String::new(), |mut text, c| {
            if acts(c) {
                text.push_str(&format!("\\u{:04x}", u32::from(c)))
            } else {
                text.push(c)
            }
            text
        });
        write(&format!("{text}\n"))
    }
}

/// Writes to standard output. A reader that went away is no fault of the command.
pub(crate) fn write(text: &str) -> Result<(), Fault> {
    write_bytes(text.as_bytes())
}

/// The same for what is no text: mail as it came.
pub(crate) fn write_bytes(bytes: &[u8]) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Fault::failed(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes to standard error, for people, beside what programs read.
pub(crate) fn complain(text: &str) -> Result<(), Fault> {
    // Where standard error is closed, there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{text}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new(&["id", "opened_at", "note"]);
        table.row([json!(7), json!("2026"), json!("two\nlines\u{1b}[31m")]);
        table.row([json!(12), Value::Null, json!(true)]);
        table
    }

    #[test]
    fn people_read_aligned_columns_in_which_control_characters_can_be_seen() {
        assert_eq!(
            sample().words(),
            "ID  OPENED AT  NOTE\n7   2026       two\\nlines\\u{1b}[31m\n12  -          yes\n"
        );
        assert_eq!(Table::new(&["id"]).words(), "none\n");
        assert_eq!(visible("a\u{9b}b\u{202e}c\tä\"'"), "a\\u{9b}b\\u{202e}c\\tä\"'");
    }

    #[test]
    fn programs_read_an_array_of_objects() {
        assert_eq!(sample().json()[0], json!({ "id": 7, "opened_at": "2026", "note": "two\nlines\u{1b}[31m" }));
    }
}
