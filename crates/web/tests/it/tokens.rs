//! The design tokens keep what `docs/design-language.md` promises: text can be read, and colours have roles.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn styles() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("face/css")
}

/// Every colour role: its value in the light and in the dark.
fn colours() -> BTreeMap<String, [String; 2]> {
    let text = std::fs::read_to_string(styles().join("tokens.css")).expect("the tokens");
    let lines = text.lines().filter_map(|line| {
        let (name, rest) = line.trim().strip_prefix("--")?.split_once(": light-dark(")?;
        let (light, dark) = rest.strip_suffix(");")?.split_once(", ")?;
        (light.len() == 7 && dark.len() == 7).then(|| (name.to_owned(), [light.to_owned(), dark.to_owned()]))
    });
    lines.collect()
}

/// Relative luminance by WCAG 2.2.
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("a colour")) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_text_and_every_edge_stands_out_from_its_ground() {
    let colours = colours();
    assert!(colours.len() > 25, "the tokens were not understood: {}", colours.len());
    let mut pairs = Vec::new();
    for ground in ["paper", "sheet", "sunken"] {
        for text in ["ink", "soft", "act", "act-hover", "good", "wait", "bad", "info"] {
            pairs.push((text.to_owned(), ground.to_owned(), 4.5));
        }
        pairs.extend(["line-strong", "focus"].map(|edge| (edge.to_owned(), ground.to_owned(), 3.0)));
    }
    for state in ["good", "wait", "bad", "info"] {
        let ground = format!("{state}-ground");
        pairs.extend([state, "ink", "act"].map(|text| (text.to_owned(), ground.clone(), 4.5)));
    }
    pairs.extend(["act", "act-hover"].map(|ground| ("on-act".to_owned(), ground.to_owned(), 4.5)));
    pairs.push(("act".to_owned(), "act-soft".to_owned(), 4.5));
    pairs.extend((1..=6).map(|n| (format!("series-{n}"), "sheet".to_owned(), 3.0)));
    for (text, ground, least) in pairs {
        for (mode, at) in [("light", 0), ("dark", 1)] {
            let found = contrast(&colours[&text][at], &colours[&ground][at]);
            assert!(found >= least, "{text} on {ground}, {mode}: {found:.2} is less than {least}");
        }
    }
    assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 0.01, "the formula itself");
}

/// A raw colour stands in the tokens only; what shows foreign mail on white paper is no role of ours.
#[test]
fn colours_come_from_the_tokens() {
    for entry in std::fs::read_dir(styles()).expect("the styles") {
        let path = entry.expect("a file").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        if name == "tokens.css" || name == "print.css" {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a style");
        for line in text.lines().filter(|line| !line.contains("iframe {")) {
            let raw = line.split('#').skip(1).any(|rest| {
                let hex = rest.chars().take_while(char::is_ascii_hexdigit).count();
                let digits_only = rest[hex..].starts_with([';', ' ', ')', ',']);
                matches!(hex, 3 | 4 | 6 | 8) && digits_only && line.contains(':')
            });
            let shadow = line.contains("#0006") || line.contains("#0008");
            assert!(!raw || shadow, "{name}: {}", line.trim());
            assert!(!line.contains("rgb(") && !line.contains("hsl("), "{name}: {}", line.trim());
        }
    }
}
