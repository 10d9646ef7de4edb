//! Settings in words: help, bounds, example file.

use std::fmt::Write as _;

use super::{DefaultValue, Key, Kind};

/// What a kind allows, in words.
pub(super) fn allowed(kind: Kind) -> String {
    match kind {
        Kind::Int { min, max } => format!("a whole number from {min} to {max}"),
        Kind::Bool => "true or false".to_owned(),
        Kind::Text { max } => format!("one line of at most {max} characters"),
        Kind::Choice(words) => {
            let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
            quoted.join(" or ")
        }
        Kind::List { max } => format!("a list of at most {max} lines of text"),
        Kind::Duration { min_seconds, max_seconds } => {
            format!("a span from \"{}\" to \"{}\" (s, m, h, d)", span(min_seconds), span(max_seconds))
        }
    }
}

/// A span in the largest unit that holds it without a rest.
pub(super) fn span(seconds: u64) -> String {
    const UNITS: [(u64, char); 3] = [(24 * 60 * 60, 'd'), (60 * 60, 'h'), (60, 'm')];
    let unit = UNITS.into_iter().find(|&(unit, _)| seconds > 0 && seconds.is_multiple_of(unit));
    let (unit, letter) = unit.unwrap_or((1, 's'));
    format!("{}{letter}", seconds / unit)
}

/// An example file (TOML) with every key, its help, its bounds and its default.
///
/// Keys with a default are commented out, so that the file as it stands
/// changes nothing; keys that must be set are not, and stand without a value.
#[must_use]
pub fn example(keys: &[Key]) -> String {
    let mut text = String::new();
    let mut sections: Vec<&str> = keys.iter().map(|key| split(key.name).0).collect();
    sections.sort_unstable();
    sections.dedup();
    for section in sections {
        if !section.is_empty() {
            let _ = writeln!(text, "[{section}]");
        }
        for key in keys.iter().filter(|key| split(key.name).0 == section) {
            render_key(&mut text, key);
        }
        text.push('\n');
    }
    text
}

fn render_key(text: &mut String, key: &Key) {
    for line in wrapped(key.help, 96) {
        let _ = writeln!(text, "# {line}");
    }
    let _ = writeln!(text, "# Allowed: {}. Environment: {}", allowed(key.kind), key.env_name());
    let name = split(key.name).1;
    let _ = match key.default {
        DefaultValue::Int(number) => writeln!(text, "#{name} = {number}"),
        DefaultValue::Bool(yes) => writeln!(text, "#{name} = {yes}"),
        DefaultValue::Text(word) => writeln!(text, "#{name} = {}", quoted(word)),
        DefaultValue::Seconds(seconds) => writeln!(text, "#{name} = \"{}\"", span(seconds)),
        DefaultValue::List(list) => {
            let entries: Vec<String> = list.iter().map(|entry| quoted(entry)).collect();
            writeln!(text, "#{name} = [{}]", entries.join(", "))
        }
        DefaultValue::Required => writeln!(text, "{name} ="),
    };
}

/// Section and name of a key; the section is empty for a key above all sections.
fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('.').unwrap_or(("", name))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
