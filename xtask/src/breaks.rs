//! Proof that the tests can fail: each file in `xtask/breaks/` names a requirement, a
//! small change that breaks its rule, and the tests that must then fail. The changes
//! are applied to a copy of the tree, never to the tree itself.
//!
//! A file looks like this (README.md in that folder explains it):
//! ```text
//! # The third soft bounce no longer excludes.
//! proves: R58
//! file: crates/policy/src/bounce.rs
//! find:
//! | const SOFT_LIMIT: u32 = 3;
//! replace:
//! | const SOFT_LIMIT: u32 = 4;
//! test: policy r58_third_soft_bounce_excludes
//! ```

use crate::files;
use crate::requirements::{Coverage, Id};
use crate::run::{self, Tests};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the recorded breakages lie.
const FOLDER: &str = "xtask/breaks/";

/// One recorded breakage.
#[derive(Debug, Default, PartialEq, Eq)]
struct Break {
    name: String,
    proves: BTreeSet<Id>,
    file: String,
    find: String,
    replace: String,
    tests: Vec<Named>,
}

impl Break {
    /// Reads a file of the form shown above.
    fn parse(name: &str, text: &str) -> Result<Self, String> {
        let mut read = Self { name: name.to_owned(), ..Self::default() };
        let mut field = "";
        for (index, line) in text.lines().enumerate() {
            let wrong = |what: &str| format!("{name}:{}: {what}", index + 1);
            if let Some(row) = line.strip_prefix('|') {
                let row = row.strip_prefix(' ').unwrap_or(row);
                let target = match field {
                    "find" => &mut read.find,
                    "replace" => &mut read.replace,
                    _ => return Err(wrong("a line with `|` belongs below find: or replace:")),
                };
                target.push_str(row);
                target.push('\n');
            } else if !line.trim().is_empty() && !line.starts_with('#') {
                let (key, value) = line.split_once(':').ok_or_else(|| wrong("no field"))?;
                field = key;
                read.set(key, value.trim()).map_err(|what| wrong(&what))?;
            }
        }
        read.complete()
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "proves" => {
                for word in value.split(',') {
                    let id = Id::parse(word.trim());
                    self.proves.insert(id.ok_or_else(|| format!("no number: {word}"))?);
                }
            }
            "file" => value.clone_into(&mut self.file),
            "find" | "replace" if value.is_empty() => {}
            "test" => {
                let (of, test) = value.split_once(' ').ok_or("test: takes CRATE and TEST")?;
                self.tests.push((of.to_owned(), test.trim().to_owned()));
            }
            _ => return Err(format!("does not know the field `{key}`")),
        }
        Ok(())
    }

    fn complete(mut self) -> Result<Self, String> {
        // Both sides lose the last line end, so that a part of a line can be named too.
        self.find = self.find.trim_end_matches('\n').to_owned();
        self.replace = self.replace.trim_end_matches('\n').to_owned();
        let missing = [
            ("proves", self.proves.is_empty()),
            ("file", self.file.is_empty()),
            ("find", self.find.is_empty()),
            ("test", self.tests.is_empty()),
        ];
        match missing.iter().find(|(_, missing)| *missing) {
            Some((field, _)) => Err(format!("{}: the field `{field}` is missing", self.name)),
            None if self.find == self.replace => Err(format!("{}: changes nothing", self.name)),
            None => Ok(self),
        }
    }

    /// The file's text with the breakage in it; it must fit in exactly one place.
    fn apply(&self, text: &str) -> Result<String, String> {
        match text.matches(&self.find).count() {
            1 => Ok(text.replacen(&self.find, &self.replace, 1)),
            count => {
                Err(format!("{}: its text stands {count} times in {} (must be once): renew it", self.name, self.file))
            }
        }
    }
}

/// All recorded breakages, in the order of their files' names.
fn load(root: &Path) -> Result<Vec<Break>, String> {
    let mut found = Vec::new();
    for path in files::ending_in(root, &[".break"])? {
        if let Some(name) = path.strip_prefix(FOLDER) {
            found.push(Break::parse(name, &files::read(root, &path)?)?);
        }
    }
    Ok(found)
}

/// Checks without building: every breakage still fits its file and names tests that exist.
pub(crate) fn check(root: &Path, coverage: &Coverage) -> Result<usize, String> {
    let breaks = load(root)?;
    still_fit(root, coverage, &breaks)?;
    Ok(breaks.len())
}

fn still_fit(root: &Path, coverage: &Coverage, breaks: &[Break]) -> Result<(), String> {
    let mut findings = Vec::new();
    for one in breaks {
        let text = files::read(root, &one.file)?;
        findings.extend(one.apply(&text).err());
        for id in &one.proves {
            let tests = coverage.proven.get(id).map_or(&[][..], Vec::as_slice);
            let carried = |(of, test): &Named| {
                let names = |name: &&String| in_crate(name, of) && ends_as(name, test);
                tests.iter().any(|name| names(&name))
            };
            if !one.tests.iter().any(carried) {
                findings.push(format!("{}: none of its tests carries {id}", one.name));
            }
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(findings.join("\n")) }
}

fn in_crate(name: &str, of: &str) -> bool {
    name.starts_with(&format!("crates/{of}/")) || name.starts_with(&format!("{of}/"))
}

/// Does the full name end in the test's own name?
fn ends_as(name: &str, test: &str) -> bool {
    let own = test.rsplit("::").next().unwrap_or(test);
    name.rsplit("::").next() == Some(own)
}

/// Applies the breakages (or those named) one by one to a copy and runs their tests.
pub(crate) fn run(root: &Path, coverage: &Coverage, wanted: &[String]) -> Result<(), String> {
    let mut breaks = load(root)?;
    breaks.retain(|one| wanted.is_empty() || wanted.contains(&one.name));
    still_fit(root, coverage, &breaks)?;
    let copy = Copy::make(root)?;
    let (mut failures, unsound) = baseline(&copy, &breaks)?;
    for one in breaks.iter().filter(|one| one.tests.iter().all(|test| !unsound.contains(test))) {
        let outcome = copy.try_break(one)?;
        eprintln!("{}: {}", one.name, outcome.as_ref().map_or_else(String::as_str, |()| "caught"));
        failures.extend(outcome.err().map(|what| format!("{}: {what}", one.name)));
    }
    if wanted.is_empty() {
        failures.extend(without_break(coverage, &breaks));
    }
    println!("{} breakages tried, {} failures", breaks.len(), failures.len());
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

/// Sentences of the policies that have a test and no recorded breakage.
fn without_break(coverage: &Coverage, breaks: &[Break]) -> Vec<String> {
    let broken: BTreeSet<&Id> = breaks.iter().flat_map(|one| &one.proves).collect();
    let proven = coverage.proven.keys().filter(|id| id.is_policy());
    proven.filter(|id| !broken.contains(id)).map(|id| format!("{id} has tests and no breakage in {FOLDER}")).collect()
}

/// Crate and test.
type Named = (String, String);

/// Every named test must pass while nothing is broken, or its failure would prove nothing.
/// Returns what to say, and the tests that do not pass.
fn baseline(copy: &Copy, breaks: &[Break]) -> Result<(Vec<String>, BTreeSet<Named>), String> {
    let mut by_crate: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (of, test) in breaks.iter().flat_map(|one| &one.tests) {
        by_crate.entry(of).or_default().insert(test);
    }
    let (mut say, mut unsound) = (Vec::new(), BTreeSet::new());
    for (of, tests) in by_crate {
        let tests: Vec<&str> = tests.into_iter().collect();
        let Tests { results, .. } = copy.test(of, &tests)?;
        for test in tests {
            let own = results.iter().filter(|(name, _)| ends_as(name, test));
            let states: Vec<bool> = own.map(|(_, passed)| *passed).collect();
            if states.is_empty() || states.contains(&false) {
                say.push(format!("{of} {test}: does not pass while nothing is broken"));
                unsound.insert((of.to_owned(), test.to_owned()));
            }
        }
    }
    Ok((say, unsound))
}

/// A copy of the tree, kept between runs so that only what changed is built again.
struct Copy {
    root: PathBuf,
    shared: Option<PathBuf>,
}

impl Copy {
    /// Brings the copy up to date: writes what differs, removes what is gone.
    fn make(root: &Path) -> Result<Self, String> {
        let target = files::cache()?.join("breaks");
        let wanted = files::all(root)?;
        for path in &wanted {
            let bytes = fs::read(root.join(path)).map_err(|error| format!("{path}: {error}"))?;
            let bytes = if path == "Cargo.toml" { with_own_version(&bytes) } else { bytes };
            let place = target.join(path);
            if fs::read(&place).ok().as_ref() != Some(&bytes) {
                write(&place, &bytes)?;
            }
        }
        for path in files::all(&target)? {
            if !wanted.contains(&path) {
                fs::remove_file(target.join(&path)).map_err(|error| format!("{path}: {error}"))?;
            }
        }
        Ok(Self { root: target, shared: files::shared(root) })
    }

    /// `Ok(Ok(()))`: the tests noticed. The file is put back in any case.
    fn try_break(&self, one: &Break) -> Result<Result<(), String>, String> {
        let whole = files::read(&self.root, &one.file)?;
        let place = self.root.join(&one.file);
        write(&place, one.apply(&whole)?.as_bytes())?;
        let outcome = self.noticed(one);
        write(&place, whole.as_bytes())?;
        outcome
    }

    /// Do the tests of the broken copy compile, run, and fail?
    fn noticed(&self, one: &Break) -> Result<Result<(), String>, String> {
        let mut by_crate: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (of, test) in &one.tests {
            by_crate.entry(of).or_default().push(test);
        }
        for (of, tests) in by_crate {
            let tests = self.test(of, &tests)?;
            if !tests.built {
                return Ok(Err("does not compile, so it proves nothing: renew it".to_owned()));
            }
            if tests.results.iter().any(|(_, passed)| !passed) {
                return Ok(Ok(()));
            }
        }
        Ok(Err("no test noticed".to_owned()))
    }

    /// Runs some tests of one crate in the copy.
    fn test(&self, of: &str, tests: &[&str]) -> Result<Tests, String> {
        let mut cargo = run::cargo(&self.root);
        cargo.args(["test", "--profile", "ci", "--no-fail-fast", "--package", of, "--tests", "--"]);
        cargo.args(tests);
        if let Some(shared) = &self.shared {
            cargo.env("JAWORT_SHARED", shared);
        }
        run::tests(&mut cargo, None)
    }
}

/// Cargo tells the crates of two copies of one workspace apart by their version only. Without a
/// version of its own the copy's broken builds would pass for builds of the tree, and the tree's
/// for the copy's, because both share one target folder (and with it the built dependencies).
fn with_own_version(manifest: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(manifest).into_owned();
    let Some((before, rest)) = text.split_once("\nversion = \"") else { return text.into_bytes() };
    let Some((version, after)) = rest.split_once('"') else { return text.into_bytes() };
    format!("{before}\nversion = \"{version}+breaks\"{after}").into_bytes()
}

fn write(place: &Path, bytes: &[u8]) -> Result<(), String> {
    let said = |error: std::io::Error| format!("{}: {error}", place.display());
    fs::create_dir_all(place.parent().unwrap_or(place)).map_err(said)?;
    fs::write(place, bytes).map_err(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "# why\nproves: R58, R57\nfile: crates/policy/src/bounce.rs\nfind:\n|     if count >= 3 {\n|         exclude();\nreplace:\n|     if count > 3 {\n|         exclude();\ntest: policy r58_third\n";

    #[test]
    fn a_breakage_is_read_and_applied_in_one_place_only() {
        let read = Break::parse("third.break", EXAMPLE).expect("the example is well formed");
        assert_eq!(read.tests, [("policy".to_owned(), "r58_third".to_owned())]);
        assert_eq!(read.proves.len(), 2);
        let text = "{\n    if count >= 3 {\n        exclude();\n    }\n}\n";
        let broken = read.apply(text).expect("it fits once");
        assert!(broken.contains("    if count > 3 {\n        exclude();\n    }"));
        assert!(read.apply(&text.repeat(2)).is_err());
        assert!(read.apply("").is_err());
    }

    #[test]
    fn the_copy_has_a_version_of_its_own() {
        let manifest = b"[workspace.package]\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        let copied = String::from_utf8(with_own_version(manifest)).expect("text");
        assert_eq!(copied, "[workspace.package]\nversion = \"0.1.0+breaks\"\nedition = \"2024\"\n");
        let own = fs::read(files::root().join("Cargo.toml")).expect("the workspace's manifest");
        assert_ne!(with_own_version(&own), own, "the workspace's version was not found");
    }

    #[test]
    fn an_incomplete_breakage_is_refused() {
        for gone in ["proves:", "file:", "test:"] {
            let kept: Vec<&str> = EXAMPLE.lines().filter(|line| !line.starts_with(gone)).collect();
            assert!(Break::parse("a.break", &kept.join("\n")).is_err(), "{gone}");
        }
        assert!(Break::parse("a.break", &EXAMPLE.replace("> 3", ">= 3")).is_err());
        assert!(Break::parse("a.break", "| stray\n").is_err());
        assert!(Break::parse("a.break", &EXAMPLE.replace("R57", "57")).is_err());
    }

    #[test]
    fn a_test_is_matched_by_its_own_name_and_crate() {
        assert!(ends_as("crates/policy/src/bounce.rs::r58_third", "bounce::tests::r58_third"));
        assert!(!ends_as("crates/policy/src/bounce.rs::r58_third_b", "r58_third"));
        assert!(in_crate("crates/policy/src/a.rs::x", "policy"));
        assert!(!in_crate("crates/policy/src/a.rs::x", "pol"));
    }
}
