//! What others wrote stays text: names, subjects, replies, letters, DNS records, on every page that shows
//! them (ARMOUR D11).

mod browsers;
mod fields;
mod pages;
mod payloads;

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What a page is made of: each tag with the names of its attributes, text and values apart.
fn skeleton(html: &str) -> (Vec<String>, BTreeSet<String>) {
    let (mut tags, mut targets) = (Vec::new(), BTreeSet::new());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let starts = rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        if !starts {
            continue;
        }
        let name_end = rest.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(rest.len());
        let mut tag = rest[..name_end].to_ascii_lowercase();
        rest = &rest[name_end..];
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if rest.is_empty() || rest.starts_with('>') {
                break;
            }
            let end = rest
                .find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/'))
                .unwrap_or(rest.len())
                .max(1);
            let name = rest[..end].to_ascii_lowercase();
            rest = rest[end..].trim_start();
            let mut value = "";
            if let Some(after) = rest.strip_prefix('=') {
                let after = after.trim_start();
                match after.chars().next() {
                    Some(quote @ ('"' | '\'')) => {
                        let close = after[1..].find(quote).map_or(after.len(), |close| close + 1);
                        value = &after[1..close.min(after.len())];
                        rest = after.get(close + 1..).unwrap_or("");
                    }
                    _ => {
                        let close = after.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(after.len());
                        value = &after[..close];
                        rest = &after[close..];
                    }
                }
            }
            if matches!(name.as_str(), "href" | "src" | "action" | "formaction" | "srcdoc") {
                targets.insert(value.to_owned());
            }
            write!(tag, " {name}").expect("a string");
        }
        tags.push(tag);
    }
    (tags, targets)
}

#[test]
fn the_skeleton_notices_what_it_looks_for() {
    let plain = skeleton("<p class=\"a\">x</p>");
    assert_ne!(skeleton("<p class=\"a\"><b>x</p>"), plain);
    assert_ne!(skeleton("<p class=\"a\" onclick=\"x\">x</p>"), plain);
    assert_ne!(skeleton("<p class=\"a\">x</p><a href=javascript:x>"), plain);
    assert_eq!(skeleton("<p class=\"b > c\">y < z &lt;b></p>"), plain);
}
