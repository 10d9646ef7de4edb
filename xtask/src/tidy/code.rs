//! Rules about Rust code, most of them a table of names that may stand in few crates only.

use super::Finding;
use crate::source::Source;

/// A name that may be used in few crates only.
struct Name {
    rule: &'static str,
    /// The names, as they stand in code.
    names: &'static [&'static str],
    /// The crates that may use them.
    may: &'static [&'static str],
    /// Do tests have to keep the rule too?
    in_tests: bool,
    /// What to do instead.
    say: &'static str,
}

/// Crates that touch the real world by profession.
const WORLDLY: &[&str] = &["server", "testbench", "xtask"];

/// The table of names.
const NAMES: &[Name] = &[
    Name {
        rule: "sockets",
        names: &["TcpListener", "TcpStream", "TcpSocket", "UnixListener"],
        may: &["outside", "inbound", "web", "testbench", "xtask"],
        in_tests: false,
        say: "only `outside` dials and only the listeners of `inbound` and `web` accept",
    },
    Name {
        rule: "sockets",
        names: &["UdpSocket", "UnixStream", "UnixDatagram", "TcpStream::connect"],
        may: &["outside", "testbench", "xtask"],
        in_tests: false,
        say: "only `outside` opens connections, behind its address guard",
    },
    Name {
        rule: "sockets",
        names: &[".connect("],
        may: &["outside", "store", "testbench", "xtask"],
        in_tests: false,
        say: "only `outside` opens connections (and `store` those to the database)",
    },
    Name {
        rule: "clock",
        names: &["SystemTime::now", "Instant::now", "Utc::now", "Timestamp::now", "Zoned::now"],
        may: WORLDLY,
        in_tests: false,
        say: "the time is an argument: take `now`, or a `seals::Clock`",
    },
    Name {
        rule: "clock",
        names: &["thread::sleep", "time::sleep", "time::sleep_until", "time::interval"],
        may: WORLDLY,
        in_tests: false,
        say: "wait with `seals::Clock::sleep`, so that tests own the time",
    },
    Name {
        rule: "clock",
        names: &["time::timeout", "time::timeout_at"],
        may: &["outside", "server", "testbench", "xtask"],
        in_tests: false,
        say: "select against `seals::Clock::sleep` (only the sockets of `outside` wait in real time)",
    },
    Name {
        rule: "dice",
        names: &["rand::", "thread_rng", "OsRng", "getrandom", "SystemRandom", "from_entropy", "RandomState::new"],
        may: WORLDLY,
        in_tests: false,
        say: "chance is an argument: take a `seals::Dice`",
    },
    Name {
        rule: "environment",
        names: &["env::var", "env::var_os", "env::vars", "env::args"],
        may: WORLDLY,
        in_tests: false,
        say: "only `server` reads the environment; pass a setting down",
    },
    Name {
        rule: "processes",
        names: &["process::Command", "process::exit", "process::abort"],
        may: WORLDLY,
        in_tests: false,
        say: "only `server` decides about processes; return an error",
    },
    Name {
        rule: "unfinished",
        names: &["todo!", "unimplemented!", "dbg!", "#[ignore"],
        may: &[],
        in_tests: true,
        say: "finish it, or leave it out",
    },
    Name {
        rule: "allow",
        names: &["#[allow(", "#![allow("],
        may: &[],
        in_tests: true,
        say: "use `#[expect(.., reason = \"..\")]`, which says why and ends when it is not needed",
    },
    Name {
        rule: "database",
        names: &["sqlx::"],
        may: &["store"],
        in_tests: true,
        say: "only `store` talks to a database",
    },
];

/// All rules for one file.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = names(source);
    findings.extend(released(source));
    findings.extend(sql(source));
    findings.extend(module_comment(source));
    findings.extend(test_binary(source));
    findings.extend(lengths(source));
    findings
}

/// The table of names.
fn names(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let crate_name = source.crate_name();
    for entry in NAMES.iter().filter(|entry| !entry.may.contains(&crate_name)) {
        if ["environment", "processes"].contains(&entry.rule) && source.path.ends_with("/build.rs") {
            continue; // cargo speaks to a build script through the environment, and it starts the bundler
        }
        for (number, line) in numbered(&source.code) {
            if source.is_test(number) && !entry.in_tests {
                continue;
            }
            if let Some(name) = entry.names.iter().find(|name| stands_in(line, name)) {
                let say = format!("`{name}`: {}", entry.say);
                findings.push(Finding::error(entry.rule, &source.path, number, say));
            }
        }
    }
    findings
}

fn numbered(lines: &[String]) -> impl Iterator<Item = (usize, &str)> {
    lines.iter().enumerate().map(|(index, line)| (index + 1, line.as_str()))
}

/// Does the name stand in the line and not as a part of a longer one?
fn stands_in(line: &str, name: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + name.len()..].chars().next();
        let starts = !part(name.chars().next()) || !part(before);
        starts && (!part(name.chars().next_back()) || !part(after))
    })
}

/// Only the gate makes a `Released`.
fn released(source: &Source) -> Vec<Finding> {
    if source.crate_name() == "gate" {
        return Vec::new();
    }
    numbered(&source.code)
        .filter(|(_, line)| makes_released(line))
        .map(|(number, _)| {
            let say = "only `gate` makes (or takes apart) a released message".to_owned();
            Finding::error("released", &source.path, number, say)
        })
        .collect()
}

fn makes_released(line: &str) -> bool {
    line.match_indices("Released").any(|(at, word)| {
        let before = line[..at].trim_end();
        let own = !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let opens = line[at + word.len()..].trim_start().starts_with('{');
        let is_type = before.ends_with("->") || before.ends_with(" for");
        own && opens && !is_type
    })
}

/// SQL stands in `store` only (testbench makes scratch databases). Tests may set the stage and look
/// behind it with statements of their own.
fn sql(source: &Source) -> Vec<Finding> {
    if ["store", "testbench", "xtask"].contains(&source.crate_name()) {
        return Vec::new();
    }
    source
        .literals
        .iter()
        .filter(|literal| looks_like_sql(&literal.text) && !source.is_test(literal.line))
        .map(|literal| {
            let say = "SQL stands in `store` only".to_owned();
            Finding::error("sql", &source.path, literal.line, say)
        })
        .collect()
}

/// The beginnings of statements, with a word that must follow somewhere (or nothing).
const STATEMENTS: &[(&str, &str)] = &[
    ("select ", " from "),
    ("insert into ", ""),
    ("update ", " set "),
    ("delete from ", ""),
    ("create table ", ""),
    ("create index ", ""),
    ("create unique index ", ""),
    ("alter table ", ""),
    ("drop table ", ""),
    ("pragma ", ""),
    ("with ", " as ("),
    ("begin immediate", ""),
    ("savepoint ", ""),
];

fn looks_like_sql(text: &str) -> bool {
    let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = flat.split(' ').next().unwrap_or("");
    // A sentence begins with one capital letter; a statement is written in one case.
    let one_case = first == first.to_lowercase() || first == first.to_uppercase();
    let low = flat.to_lowercase();
    one_case && STATEMENTS.iter().any(|(start, later)| low.starts_with(start) && low.contains(later))
}

/// Every file begins with a comment that says what the module is for.
fn module_comment(source: &Source) -> Option<Finding> {
    let first = source.lines.iter().map(|line| line.trim()).find(|line| !line.is_empty());
    if first.is_some_and(|line| line.starts_with("//!")) {
        return None;
    }
    let say = "begin the file with `//!` and a line that says what it is for".to_owned();
    Some(Finding::error("module-comment", &source.path, 1, say))
}

/// Linking is dear: a crate has one test binary, `tests/it/main.rs`, and modules beside it.
fn test_binary(source: &Source) -> Option<Finding> {
    let (_, inside) = source.path.split_once("/tests/")?;
    let of_the_binary = inside.starts_with("it/");
    if of_the_binary || source.path.contains("/src/") {
        return None;
    }
    let say = "a crate has one test binary: make this a module of `tests/it/main.rs`".to_owned();
    Some(Finding::error("test-binary", &source.path, 1, say))
}

/// A file of more lines is named; one of [`FILE_MOST`] lines fails.
const FILE_MANY: usize = 600;
const FILE_MOST: usize = 900;
/// A function of more lines is named; one of [`FUNCTION_MOST`] lines fails.
const FUNCTION_MANY: usize = 70;
const FUNCTION_MOST: usize = 110;

/// Files tell one story; functions fit on a screen.
fn lengths(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let long = |line, count, many, most, what: &str| {
        let say = format!("{what} has {count} lines (aim below {many}): does it tell one story?");
        let make = if count > most { Finding::error } else { Finding::warning };
        (count > many).then(|| make("length", &source.path, line, say))
    };
    findings.extend(long(1, source.lines.len(), FILE_MANY, FILE_MOST, "the file"));
    for (line, count) in functions(source) {
        if !source.is_test(line) {
            findings.extend(long(line, count, FUNCTION_MANY, FUNCTION_MOST, "the function"));
        }
    }
    findings
}

/// First line and number of lines of every function, found by the indentation that rustfmt keeps.
fn functions(source: &Source) -> Vec<(usize, usize)> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut found = Vec::new();
    for (index, line) in source.code.iter().enumerate().filter(|(_, line)| begins_function(line)) {
        let rest = &source.code[index..];
        let signature = rest.iter().find(|line| line.trim_end().ends_with(['{', '}', ';']));
        if signature.is_none_or(|end| end.trim_end().ends_with(';')) {
            continue; // a method that a trait only names
        }
        let closes = |later: &String| indent(later) == indent(line) && later.trim_start().starts_with('}');
        if let Some(end) = rest.iter().position(closes) {
            found.push((index + 1, end + 1));
        }
    }
    found
}

/// Does the line begin a function (and not name the type of one)?
fn begins_function(line: &str) -> bool {
    let before = line.split("fn ").next().unwrap_or("");
    let words = ["pub", "pub(crate)", "pub(super)", "async", "const"];
    before.len() < line.len() && before.split_whitespace().all(|word| words.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<&'static str> {
        let text = format!("//! A file.\n{text}\n");
        let findings = check(&Source::new(path, &text));
        findings.into_iter().map(|finding| finding.rule).collect()
    }

    const POLICY: &str = "crates/policy/src/bounce.rs";

    #[test]
    fn a_socket_outside_its_crates_is_caught() {
        assert_eq!(rules("crates/delivery/src/a.rs", "let s = TcpStream::open();"), ["sockets"]);
        assert_eq!(rules("crates/inbound/src/a.rs", "let s = UdpSocket::bind(a);"), ["sockets"]);
        assert_eq!(rules("crates/web/src/a.rs", "let s = dialler.connect(a);"), ["sockets"]);
        assert_eq!(rules("crates/outside/src/a.rs", "let s = TcpStream::connect(a);"), [""; 0]);
        assert_eq!(rules("crates/inbound/src/a.rs", "let s = TcpListener::bind(a);"), [""; 0]);
    }

    #[test]
    fn ambient_time_chance_and_environment_are_caught() {
        assert_eq!(rules(POLICY, "let now = SystemTime::now();"), ["clock"]);
        assert_eq!(rules(POLICY, "let now = std::time::Instant::now();"), ["clock"]);
        assert_eq!(rules(POLICY, "let r = rand::random();"), ["dice"]);
        assert_eq!(rules(POLICY, "let r = thread_rng();"), ["dice"]);
        assert_eq!(rules(POLICY, "let v = std::env::var(name);"), ["environment"]);
        assert_eq!(rules(POLICY, "std::process::exit(1);"), ["processes"]);
        assert_eq!(rules("crates/server/src/clock.rs", "let now = SystemTime::now();"), [""; 0]);
        assert_eq!(rules(POLICY, "// SystemTime::now()\nlet s = \"Instant::now\";"), [""; 0]);
        assert_eq!(rules(POLICY, "let operand::X = y;"), [""; 0]);
    }

    #[test]
    fn a_build_script_may_ask_cargo() {
        let text = "let out = std::env::var_os(name);";
        assert_eq!(rules("crates/store/build.rs", text), [""; 0]);
        assert_eq!(rules("crates/store/src/a.rs", text), ["environment"]);
    }

    #[test]
    fn only_outside_waits_in_real_time() {
        let text = "let a = tokio::time::timeout(d, f).await;";
        assert_eq!(rules("crates/outside/src/dial.rs", text), [""; 0]);
        assert_eq!(rules("crates/inbound/src/a.rs", text), ["clock"]);
    }

    #[test]
    fn unfinished_work_and_allow_are_caught_in_tests_too() {
        let text = "#[cfg(test)]\nmod tests {\n    fn a() { todo!() }\n}";
        assert_eq!(rules(POLICY, text), ["unfinished"]);
        assert_eq!(rules(POLICY, "#[allow(dead_code)]\nfn a() {}"), ["allow"]);
    }

    #[test]
    fn a_released_message_made_elsewhere_is_caught() {
        let path = "crates/delivery/src/a.rs";
        assert_eq!(rules(path, "let r = gate::Released { row };"), ["released"]);
        assert_eq!(rules(path, "fn f() -> Released {\n}"), [""; 0]);
        assert_eq!(rules(path, "let r = NotReleased { row };"), [""; 0]);
        assert_eq!(rules("crates/gate/src/a.rs", "let r = Released { row };"), [""; 0]);
    }

    #[test]
    fn sql_elsewhere_is_caught() {
        let web = "crates/web/src/a.rs";
        assert_eq!(rules(web, "q(\"SELECT id FROM contacts\");"), ["sql"]);
        assert_eq!(rules(web, "q(\"  insert\\n   into contacts\");"), [""; 0]);
        assert_eq!(rules(web, "q(\"update contacts set a = 1\");"), ["sql"]);
        assert_eq!(rules(web, "q(\"Select a tag from the list\");"), [""; 0]);
        assert_eq!(rules(web, "q(\"with best wishes\");"), [""; 0]);
        assert_eq!(rules("crates/web/tests/it/a.rs", "q(\"SELECT id FROM contacts\");"), [""; 0]);
        assert_eq!(rules(web, "sqlx::query(text);"), ["database"]);
        assert_eq!(rules("crates/store/src/a.rs", "q(\"SELECT id FROM contacts\");"), [""; 0]);
    }

    #[test]
    fn a_file_without_a_module_comment_is_caught() {
        let source = Source::new(POLICY, "use std::fmt;\n");
        assert_eq!(module_comment(&source).map(|finding| finding.rule), Some("module-comment"));
    }

    #[test]
    fn a_second_test_binary_is_caught() {
        assert_eq!(rules("crates/store/tests/extra.rs", ""), ["test-binary"]);
        assert_eq!(rules("crates/store/tests/extra/main.rs", ""), ["test-binary"]);
        assert_eq!(rules("crates/store/tests/it/main.rs", ""), [""; 0]);
        assert_eq!(rules("crates/store/src/a/tests/b.rs", ""), [""; 0]);
    }

    #[test]
    fn long_files_and_functions_are_named_and_very_long_ones_fail() {
        let function = |count| format!("fn a() {{\n{}}}", "    b();\n".repeat(count));
        let check = |text: &str| {
            let findings = check(&Source::new(POLICY, &format!("//! A file.\n{text}")));
            findings.iter().map(|finding| finding.warning).collect::<Vec<_>>()
        };
        let named = "trait A {\n    fn a(\n        &self,\n    ) -> B;\n}\n";
        assert_eq!(check(&(named.to_owned() + &function(60))), [false; 0]);
        assert_eq!(check(&function(80)), [true]);
        assert_eq!(check(&function(200)), [false]);
        assert_eq!(check(&"const A: u8 = 1;\n".repeat(700)), [true]);
        assert_eq!(check(&"const A: u8 = 1;\n".repeat(1000)), [false]);
    }
}
