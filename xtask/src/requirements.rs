//! Which tests carry which requirement: read from the names of test functions
//! (`r58_third_soft_bounce_excludes`, `r26_r28_…`) and from comments directly above
//! them (`Proves R26, R28.`).

use crate::breaks;
use crate::files;
use crate::source::Source;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The families of numbers and how far each goes. `R` are the sentences of the
/// policies, the others the rows of standards, providers' rules, law and decisions.
const FAMILIES: &[(char, u32)] = &[
    ('R', 99),
    ('U', 15),
    ('M', 11),
    ('T', 18),
    ('A', 15),
    ('F', 16),
    ('B', 7),
    ('D', 15),
    ('L', 13),
    ('P', 7),
    ('C', 6),
    ('S', 10),
];

/// A requirement's number: family and number, `R58`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id {
    rank: usize,
    number: u32,
}

impl Id {
    /// Reads `R58` or `r58`; `None` when it is no number of a known family.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let mut chars = word.chars();
        let letter = chars.next()?.to_ascii_uppercase();
        let digits = chars.as_str();
        let rank = FAMILIES.iter().position(|(family, _)| *family == letter)?;
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = plain.then(|| digits.parse().ok())??;
        Some(Self { rank, number })
    }

    /// Is there such a row?
    fn exists(self) -> bool {
        (1..=FAMILIES[self.rank].1).contains(&self.number)
    }

    /// Is it a sentence of the policies (R1–R99)?
    pub(crate) fn is_policy(self) -> bool {
        self.rank == 0
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", FAMILIES[self.rank].0, self.number)
    }
}

/// A test and the numbers that it carries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Test {
    /// `crates/policy/src/bounce.rs::r58_third_soft_bounce_excludes`
    pub(crate) name: String,
    /// Its numbers, unknown ones included.
    pub(crate) ids: BTreeSet<Id>,
}

/// The tests of the whole tree.
pub(crate) struct Coverage {
    /// Number and the names of its tests.
    pub(crate) proven: BTreeMap<Id, Vec<String>>,
    /// Every test, with or without a number.
    pub(crate) tests: Vec<String>,
    /// Numbers that no row has, with the test that carries them.
    unknown: Vec<String>,
}

/// The subcommand.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let root = files::root();
    let coverage = coverage(&root)?;
    match arguments.first().map(String::as_str) {
        None => print!("{}", table(&coverage)),
        Some("--json") if arguments.len() == 1 => println!("{}", json(&coverage)),
        Some("--break") => return breaks::run(&root, &coverage, &arguments[1..]),
        Some(other) => return Err(format!("does not know the flag `{other}`")),
    }
    coverage.known()
}

impl Coverage {
    /// Fails where a test carries a number that no row has.
    pub(crate) fn known(&self) -> Result<(), String> {
        if self.unknown.is_empty() {
            return Ok(());
        }
        Err(format!(
            "unknown numbers (a row of another table has its table's name in front, `armour_a16_…`): {}",
            self.unknown.join(", ")
        ))
    }
}

/// Reads every Rust file of the tree.
pub(crate) fn coverage(root: &Path) -> Result<Coverage, String> {
    let mut proven: BTreeMap<Id, Vec<String>> = BTreeMap::new();
    let mut unknown = Vec::new();
    let mut tests = Vec::new();
    for path in files::ending_in(root, &[".rs"])? {
        let source = Source::new(&path, &files::read(root, &path)?);
        for test in tests_of(&source) {
            tests.push(test.name.clone());
            for id in test.ids {
                if id.exists() {
                    proven.entry(id).or_default().push(test.name.clone());
                } else {
                    unknown.push(format!("{id} ({})", test.name));
                }
            }
        }
    }
    Ok(Coverage { proven, tests, unknown })
}

/// All tests of a file that run (an ignored test proves nothing).
///
/// `both!(name, …)` makes a test for each database; its comments stand inside, above the name.
pub(crate) fn tests_of(source: &Source) -> Vec<Test> {
    let mut found = Vec::new();
    let mut above = Vec::new();
    let mut in_both = false;
    for (code, line) in source.code.iter().zip(&source.lines) {
        let code = code.trim();
        let line = line.trim();
        let is_comment = code.is_empty() && line.starts_with("//");
        if is_comment || code.starts_with('#') {
            above.push((code.to_owned(), line.to_owned()));
        } else if code == BOTH {
            in_both = true;
            above.clear();
        } else {
            let both = if in_both { Some(code) } else { code.strip_prefix(BOTH) };
            if let Some((name, _)) = both.and_then(|code| code.split_once(',')) {
                above.push(("#[test]".to_owned(), String::new()));
                found.extend(test(&source.path, name, &above));
            } else if let Some(name) = function_name(code) {
                found.extend(test(&source.path, name, &above));
            }
            in_both = false;
            above.clear();
        }
    }
    found
}

/// How a test for SQLite and PostgreSQL begins.
const BOTH: &str = "crate::both!(";

/// The name in `fn name(` or `async fn name(`.
fn function_name(code: &str) -> Option<&str> {
    let code = code.strip_prefix("pub ").unwrap_or(code);
    let code = code.strip_prefix("async ").unwrap_or(code);
    let name = code.strip_prefix("fn ")?;
    name.split(['(', '<']).next()
}

/// Makes a test out of a function's name and the comments and attributes above it.
fn test(path: &str, name: &str, above: &[(String, String)]) -> Option<Test> {
    let attribute = |wanted: &dyn Fn(&str) -> bool| above.iter().any(|(code, _)| wanted(code));
    let runs = attribute(&|code| code == "#[test]" || code.starts_with("#[tokio::test"));
    if !runs || attribute(&|code| code.starts_with("#[ignore")) {
        return None;
    }
    let mut ids: BTreeSet<Id> = name.split('_').map_while(Id::parse).collect();
    let comments = above.iter().filter(|(code, _)| code.is_empty());
    let text: Vec<&str> = comments.map(|(_, line)| line.trim_start_matches(['/', '!', ' '])).collect();
    ids.extend(proves(&text.join(" ")));
    let name = format!("{path}::{name}");
    Some(Test { name, ids })
}

/// The numbers of each sentence that begins with `Proves`; `R26–R28` is a range.
fn proves(text: &str) -> BTreeSet<Id> {
    let mut ids = BTreeSet::new();
    for sentence in text.split("Proves ").skip(1) {
        let sentence = sentence.split(". ").next().unwrap_or("");
        for word in sentence.split([' ', ',', ';', '(', ')', '.', ':']) {
            let (first, last) = word.split_once(['-', '–']).unwrap_or((word, word));
            if let (Some(first), Some(last)) = (Id::parse(first), Id::parse(last)) {
                ids.extend((first.number..=last.number).map(|number| Id { number, ..first }));
            }
        }
    }
    ids
}

/// Two tables: the policies' sentences, then every other row that a test carries.
fn table(coverage: &Coverage) -> String {
    let mut text = String::new();
    let mut proven = 0;
    for id in policy_ids() {
        let tests = coverage.proven.get(&id).map_or(&[][..], Vec::as_slice);
        proven += usize::from(!tests.is_empty());
        text.push_str(&row(id, tests));
    }
    text.push_str("\nrows of standards, rules, law and decisions\n");
    for (id, tests) in coverage.proven.iter().filter(|(id, _)| !id.is_policy()) {
        text.push_str(&row(*id, tests));
    }
    format!("{text}\n{proven} of {} sentences of the policies have a test\n", FAMILIES[0].1)
}

fn row(id: Id, tests: &[String]) -> String {
    let shown = if tests.is_empty() { "–".to_owned() } else { tests.join("\n     ") };
    format!("{:<5}{shown}\n", id.to_string())
}

fn policy_ids() -> impl Iterator<Item = Id> {
    (1..=FAMILIES[0].1).map(|number| Id { rank: 0, number })
}

/// `{"requirements":[{"id":"R58","tests":["…"]}],"unknown":[]}`, R1 to R99 in order.
fn json(coverage: &Coverage) -> String {
    let list = |items: &[String]| items.iter().map(|item| quote(item)).collect::<Vec<_>>().join(",");
    let rows: Vec<String> = policy_ids()
        .map(|id| {
            let tests = coverage.proven.get(&id).map_or(&[][..], Vec::as_slice);
            format!("{{\"id\":\"{id}\",\"tests\":[{}]}}", list(tests))
        })
        .collect();
    let unknown = list(&coverage.unknown);
    format!("{{\"requirements\":[{}],\"unknown\":[{unknown}]}}", rows.join(","))
}

/// A JSON string. Test names hold no control characters, so two escapes suffice.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, Vec<String>)> {
        let tests = tests_of(&Source::new("crates/policy/src/a.rs", text));
        let ids = |test: &Test| test.ids.iter().map(Id::to_string).collect();
        tests.iter().map(|test| (test.name.clone(), ids(test))).collect()
    }

    #[test]
    fn numbers_come_from_the_name() {
        let text = "#[test]\nfn r26_r28_u7_no_mail_2_without_link() {}\n";
        let expected = vec!["R26".to_owned(), "R28".to_owned(), "U7".to_owned()];
        assert_eq!(found(text)[0].1, expected);
        assert_eq!(found(text)[0].0, "crates/policy/src/a.rs::r26_r28_u7_no_mail_2_without_link");
    }

    #[test]
    fn numbers_come_from_the_comment_above() {
        let text = "/// A story. Proves R26, R57–R59 and T8. Not R3.\n#[tokio::test]\nasync fn story() {}\n";
        let expected: Vec<String> = ["R26", "R57", "R58", "R59", "T8"].map(str::to_owned).into();
        assert_eq!(found(text)[0].1, expected);
    }

    #[test]
    fn helpers_ignored_tests_and_strings_prove_nothing() {
        assert_eq!(found("fn r58_helper() {}\n").len(), 0);
        assert_eq!(found("#[test]\n#[ignore = \"slow\"]\nfn r58_slow() {}\n").len(), 0);
        assert_eq!(found("const T: &str = \"\n#[test]\nfn r58_text() {}\n\";\n").len(), 0);
    }

    #[test]
    fn tests_for_both_databases_are_seen() {
        let text =
            "crate::both!(\n    /// Proves R43: no\n    /// score.\n    r6_counts,\n    |bench| async move {}\n);\n";
        assert_eq!(
            found(text),
            [("crates/policy/src/a.rs::r6_counts".to_owned(), vec!["R6".to_owned(), "R43".to_owned()])]
        );
        assert_eq!(found("crate::both!(r58_x, |bench| async move {\n    fn r59_y() {}\n});\n").len(), 1);
        assert_eq!(found("crate::both!(\n    #[ignore]\n    r58_x,\n    |bench| async move {}\n);\n").len(), 0);
    }

    #[test]
    fn an_unknown_number_is_reported() {
        assert!(Id::parse("r99").is_some_and(Id::exists));
        assert!(Id::parse("R100").is_some_and(|id| !id.exists()));
        assert!(Id::parse("R0").is_some_and(|id| !id.exists()));
        assert_eq!(Id::parse("third"), None);
        assert_eq!(Id::parse("r"), None);
    }

    #[test]
    fn the_json_lists_every_sentence_in_order() {
        let id = Id { rank: 0, number: 58 };
        let proven = BTreeMap::from([(id, vec!["a::b".to_owned()])]);
        let text = json(&Coverage { proven, tests: Vec::new(), unknown: Vec::new() });
        assert!(text.starts_with("{\"requirements\":[{\"id\":\"R1\",\"tests\":[]},"));
        assert!(text.contains("{\"id\":\"R58\",\"tests\":[\"a::b\"]}"));
        assert!(text.ends_with("{\"id\":\"R99\",\"tests\":[]}],\"unknown\":[]}"));
    }
}
