//! Words that do not belong in the project, in any text file.

use super::Finding;

/// Endings of the files whose words are looked at.
const TEXT: &[&str] =
    &[".rs", ".ts", ".js", ".css", ".html", ".ftl", ".sql", ".sh", ".toml", ".md", ".yml", ".break", ".ci/run"];

/// Is this a file whose words are looked at?
pub(super) fn is_text(path: &str) -> bool {
    TEXT.iter().any(|ending| path.ends_with(ending))
}

/// The words, put together here from pieces so that this file does not hold them, each with its reason.
fn words() -> Vec<(String, &'static str)> {
    let folder = |name: &str| format!("/{name}/");
    let host = |name: &str, end: &str| format!("{name}.{end}");
    let moment = |which: &str| format!("{which} {}", "session");
    let machine = "names a folder of one machine";
    let registry = "names a registry's host";
    let diary = "the project speaks of itself, not of its making";
    vec![
        (folder("work"), machine),
        (folder("root"), machine),
        (folder("farm"), machine),
        (folder("tmp/jw"), machine),
        (host("crates", "io"), registry),
        (host("npmjs", "org"), registry),
        (host("pypi", "org"), registry),
        (moment("this"), diary),
        (moment("previous"), diary),
        (format!("{} #", "issue"), diary),
        (format!("{}{}", "FIX", "ME"), "unfinished work belongs in an issue"),
        (format!("{}{}", "XX", "X"), "unfinished work belongs in an issue"),
    ]
}

/// Finds the words in one file.
pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let words = words();
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for (word, why) in &words {
            if holds(line, word) {
                let say = format!("`{word}` {why}");
                findings.push(Finding::error("words", path, index + 1, say));
            }
        }
    }
    findings
}

/// Does the word stand in the line as a word of its own?
fn holds(line: &str, word: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let open = word.starts_with('/') || !letter(before);
        open && (word.ends_with(['/', '#']) || !letter(after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_caught() {
        for (word, _) in words() {
            let line = format!("see {word} for more");
            assert_eq!(check("README.md", &line).len(), 1, "{word}");
        }
    }

    #[test]
    fn parts_of_other_words_pass() {
        let longer = format!("a{}Xb, {}Xs", "XX", "XX");
        assert_eq!(check("README.md", &longer).len(), 0);
        assert!(is_text("crates/web/templates/form.html"));
        assert!(!is_text("Cargo.lock"));
    }
}
