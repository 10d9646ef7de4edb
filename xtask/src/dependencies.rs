//! The crates from outside: their licences, and who may use which, read from
//! `deny.toml`. That file is cargo-deny's own; this reader keeps the two rules that
//! need no network, so that they are kept on every machine.

use crate::files;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// What `deny.toml` says, as far as it is read here.
#[derive(Debug, Default, PartialEq, Eq)]
struct Rules {
    /// Licences that may be used.
    licences: BTreeSet<String>,
    /// Crate name and the only crates that may use it (none: it is banned).
    users: BTreeMap<String, BTreeSet<String>>,
}

/// Checks licences and users, and says how many crates were looked at.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("takes no flags".to_owned());
    }
    let root = files::root();
    let rules = read_rules(&files::read(&root, "deny.toml")?)?;
    let crates = licences(&root)?;
    let mut findings = judge_licences(&rules, &crates);
    findings.extend(judge_users(&rules, &files::read(&root, "Cargo.lock")?));
    for finding in &findings {
        eprintln!("{finding}");
    }
    if !findings.is_empty() {
        return Err(format!("{} findings", findings.len()));
    }
    println!("dependencies: {} crates, no findings", crates.len());
    Ok(())
}

/// Asks cargo-deny about known holes. This is no part of `cargo xtask test`: an advisory
/// that appears tomorrow says nothing about today's change, and it needs the network.
pub(crate) fn advisories(_: &[String]) -> Result<(), String> {
    let status = Command::new("cargo")
        .args(["deny", "check", "advisories", "sources"])
        .current_dir(files::root())
        .status()
        .map_err(|error| format!("cargo: {error}"))?;
    if status.success() {
        return Ok(());
    }
    Err("cargo-deny found something, or is missing (cargo install cargo-deny --locked)".to_owned())
}

/// Reads the lists `[licenses] allow` and `[bans] deny`: one entry a line, nothing else.
fn read_rules(text: &str) -> Result<Rules, String> {
    let mut rules = Rules::default();
    let mut table = String::new();
    let mut list = String::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('#') || line.is_empty() {
        } else if line.starts_with('[') && list.is_empty() {
            table = line.trim_matches(['[', ']']).to_owned();
        } else if line.starts_with(']') {
            list.clear();
        } else if let Some((name, _)) = line.split_once(" = [").filter(|_| line.ends_with('[')) {
            list = format!("{table}.{name}");
        } else if list == "licenses.allow" {
            rules.licences.extend(quoted(line));
        } else if list == "bans.deny" {
            let (name, users) =
                user_entry(line).ok_or_else(|| format!("deny.toml:{}: cannot read this entry", index + 1))?;
            rules.users.insert(name, users);
        }
    }
    if rules.licences.is_empty() || rules.users.is_empty() {
        return Err("deny.toml: no list [licenses] allow or [bans] deny found".to_owned());
    }
    Ok(rules)
}

/// Reads `{ crate = "sqlx", wrappers = ["store"], reason = ".." },`.
fn user_entry(line: &str) -> Option<(String, BTreeSet<String>)> {
    let (_, after) = line.split_once("crate = ")?;
    let name = quoted(after).next()?;
    let users = after.split_once("wrappers = [").map_or("", |(_, list)| list);
    let users = users.split_once(']').map_or("", |(list, _)| list);
    Some((name, quoted(users).collect()))
}

/// The quoted words of a line.
fn quoted(line: &str) -> impl Iterator<Item = String> {
    line.split('"').skip(1).step_by(2).map(str::to_owned)
}

/// Name and licence of every crate that is built here, as cargo tells them.
fn licences(root: &Path) -> Result<BTreeMap<String, String>, String> {
    let output = Command::new("cargo")
        .args(["tree", "--workspace", "--locked", "--prefix", "none"])
        .args(["--edges", "normal,build,dev", "--no-dedupe", "--format", "{p}|{l}"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cargo tree: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo tree: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let rows = text.lines().filter_map(|line| line.split_once('|'));
    Ok(rows.map(|(name, licence)| (name.to_owned(), licence.to_owned())).collect())
}

fn judge_licences(rules: &Rules, crates: &BTreeMap<String, String>) -> Vec<String> {
    let refused = crates.iter().filter(|(_, licence)| !allowed(licence, &rules.licences));
    refused.map(|(name, licence)| format!("{name}: the licence `{licence}` is not in deny.toml")).collect()
}

/// Does a licence expression (SPDX, and the old form with `/`) allow use under `list`?
fn allowed(expression: &str, list: &BTreeSet<String>) -> bool {
    let expression = expression.trim();
    let any = parts(&expression.replace('/', " OR "), " OR ");
    if any.len() > 1 {
        return any.iter().any(|one| allowed(one, list));
    }
    let all = parts(expression, " AND ");
    if all.len() > 1 {
        return all.iter().all(|one| allowed(one, list));
    }
    match expression.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => allowed(inner, list),
        None => list.contains(expression),
    }
}

/// Splits at a word that stands outside of all parentheses.
fn parts(expression: &str, word: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut depth = 0usize;
    let mut rest = expression;
    while let Some(here) = rest.chars().next() {
        if depth == 0 && rest.starts_with(word) {
            found.push(String::new());
            rest = &rest[word.len()..];
            continue;
        }
        match here {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if let Some(last) = found.last_mut() {
            last.push(here);
        }
        rest = &rest[here.len_utf8()..];
    }
    found
}

/// Compares the users in Cargo.lock with those that the rules allow.
fn judge_users(rules: &Rules, lock: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for package in lock.split("[[package]]").skip(1) {
        let name = package.lines().find_map(|line| line.strip_prefix("name = "));
        let user = name.map_or("", |name| name.trim_matches('"'));
        let list = package.split_once("dependencies = [").map_or("", |(_, list)| list);
        for entry in quoted(list.split_once(']').map_or("", |(list, _)| list)) {
            let used = entry.split(' ').next().unwrap_or("");
            let refused = rules.users.get(used).is_some_and(|users| !users.contains(user));
            if refused {
                findings.push(format!("{user} uses {used}, which deny.toml does not allow"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENY: &str = "[licenses]\nallow = [\n    \"MIT\",\n    \"Apache-2.0\", # and a reason\n    \"ISC\",\n]\n\n[bans]\ndeny = [\n    # why\n    { crate = \"sqlx\", wrappers = [\"store\"], reason = \"one home\" },\n    { crate = \"openssl-sys\", reason = \"no\" },\n]\n";

    fn rules() -> Rules {
        read_rules(DENY).expect("the example is well formed")
    }

    #[test]
    fn licence_expressions_are_judged_as_spdx_says() {
        let list = rules().licences;
        for good in [
            "MIT",
            "MIT OR GPL-2.0-only",
            "MIT/GPL-3.0",
            "(MIT OR GPL-2.0-only) AND ISC",
            "ISC AND (Apache-2.0 OR ISC) AND Apache-2.0",
        ] {
            assert!(allowed(good, &list), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT AND GPL-3.0) OR MPL-2.0"] {
            assert!(!allowed(bad, &list), "{bad}");
        }
    }

    #[test]
    fn a_refused_licence_and_a_refused_user_are_caught() {
        let crates = BTreeMap::from([("evil v1".to_owned(), "GPL-3.0".to_owned())]);
        assert_eq!(judge_licences(&rules(), &crates).len(), 1);
        let lock = "[[package]]\nname = \"web\"\ndependencies = [\n \"sqlx\",\n \"tokio\",\n]\n\n[[package]]\nname = \"store\"\ndependencies = [\n \"sqlx 0.9.0\",\n \"openssl-sys\",\n]\n";
        let findings = judge_users(&rules(), lock);
        assert_eq!(findings.len(), 2, "{findings:?}");
    }

    #[test]
    fn an_entry_that_cannot_be_read_is_an_error() {
        assert!(read_rules("[bans]\ndeny = [\n    \"sqlx\",\n]\n").is_err());
        assert!(read_rules("").is_err());
    }
}
