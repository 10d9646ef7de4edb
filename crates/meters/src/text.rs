//! Meters as text: for Prometheus, and as the table of the documentation.

use std::fmt::Write as _;

use crate::{About, Label, Meter, OTHER, Words};

/// The media type of [`tell`]'s text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that was counted, in the text format.
#[must_use]
pub fn tell(meters: &[&'static dyn Meter]) -> String {
    let mut text = String::new();
    for meter in meters {
        let About { name, kind, help, .. } = meter.about();
        let _ = writeln!(text, "# HELP {name} {}", help.replace('\\', "\\\\").replace('\n', "\\n"));
        let _ = writeln!(text, "# TYPE {name} {}", kind.word());
        for sample in meter.samples() {
            let labels: Vec<String> =
                sample.labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = writeln!(text, "{name}{}{labels} {}", sample.suffix, sample.value);
        }
    }
    text
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The definitions as a Markdown table, in their order.
#[must_use]
pub fn table(meters: &[&'static dyn Meter]) -> String {
    let mut text = String::from("| metric | kind | labels | what it says | look when |\n|---|---|---|---|---|\n");
    for meter in meters {
        let About { name, kind, help, alarm, labels } = meter.about();
        let labels: Vec<String> = labels.iter().flatten().map(label).collect();
        let _ = writeln!(text, "| `{name}` | {} | {} | {help} | {alarm} |", kind.word(), labels.join("; "));
    }
    text
}

fn label(label: &Label) -> String {
    match label.words {
        Words::Providers => format!("`{}`: a name of `status.providers`, or `{OTHER}`", label.name),
        Words::These(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            format!("`{}`: {}", label.name, words.join(", "))
        }
    }
}
