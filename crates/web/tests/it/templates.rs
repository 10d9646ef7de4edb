//! No sentence stands in a template: each comes from `texts`, in both languages.

use std::path::{Path, PathBuf};

fn templates(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of templates") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            templates(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "html") {
            found.push(path);
        }
    }
}

/// The text without everything between `start` and `end`; what follows an unclosed `start` is kept.
fn without(text: &str, start: &str, end: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(start) {
        let Some((_, behind)) = after.split_once(end) else { break };
        kept.push_str(before);
        rest = behind;
    }
    kept + rest
}

/// What people would read of a template: its text, and the attributes that are read aloud or shown.
fn readable(template: &str) -> Vec<String> {
    let mut text = template.to_owned();
    for (start, end) in [("{#", "#}"), ("{%", "%}"), ("{{", "}}"), ("<!--", "-->"), ("<kbd>", "</kbd>")] {
        text = without(&text, start, end);
    }
    let mut found = Vec::new();
    for tag in text.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(tag, _)| tag) {
        for attribute in ["aria-label=\"", "title=\"", "placeholder=\"", "alt=\"", "aria-description=\""] {
            let value = tag.split_once(attribute).and_then(|(_, rest)| rest.split_once('"'));
            found.extend(value.map(|(value, _)| value.to_owned()));
        }
    }
    // A tag may hold a `>` only inside an expression, and those are gone.
    found.extend(text.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.to_owned()));
    found.extend(text.split('<').next().map(str::to_owned));
    found.retain(|text| text.chars().any(char::is_alphabetic) && !text.starts_with("!doctype"));
    found
}

#[test]
fn no_template_holds_a_sentence_of_its_own() {
    let mut found = Vec::new();
    templates(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut found);
    assert!(found.len() > 8, "only {} templates were found", found.len());
    let mut hard_coded = Vec::new();
    for path in found {
        let template = std::fs::read_to_string(&path).expect("a template");
        hard_coded.extend(readable(&template).into_iter().map(|text| format!("{}: {:?}", path.display(), text.trim())));
    }
    assert!(hard_coded.is_empty(), "put these into crates/texts:\n{}", hard_coded.join("\n"));
}

/// Neither scripts nor styles stand in a page: the policy of every page would refuse them.
#[test]
fn d12_no_template_holds_a_script_or_a_style() {
    let mut found = Vec::new();
    templates(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut found);
    for path in found {
        let template = std::fs::read_to_string(&path).expect("a template").to_lowercase();
        let handler = template.split(" on").skip(1).any(|rest| {
            let name = rest.split('=').next().unwrap_or_default();
            rest.contains("=\"")
                && !name.is_empty()
                && name.len() < 20
                && name.bytes().all(|byte| byte.is_ascii_lowercase())
        });
        let bad = template.contains("<style") || template.contains(" style=") || template.contains("javascript:");
        let script =
            template.split("<script").skip(1).any(|rest| !rest.split('>').next().unwrap_or("").contains("src="));
        let foreign = template.contains("src=\"http") || template.contains("srcset=") || template.contains("|safe");
        assert!(!handler && !bad && !script && !foreign, "{}", path.display());
    }
}

#[test]
fn the_scan_notices_what_it_looks_for() {
    let bad = r#"<p class="x">{{ t.a() }} Save it</p><input placeholder="Search"><kbd>g</kbd>{% if a > 1 %}<b>–</b>{% endif %}"#;
    assert_eq!(readable(bad), ["Search".to_owned(), " Save it".to_owned()]);
}
