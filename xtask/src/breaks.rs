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
//!
//! Nearly all the time is the compiler's. So only the one binary is built in which a named test
//! stands, crates go from the ground to the roof, and what was built for a crate's unbroken tests
//! serves its breakages.

mod copy;
mod recorded;

use self::copy::{Binary, Copy, Said};
use self::recorded::{Break, Named};
use crate::files;
use crate::requirements::{Coverage, Id};
use crate::tidy::floors;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

/// Where the recorded breakages lie.
const FOLDER: &str = "xtask/breaks/";

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

/// Checks without building: every breakage still fits its file and names tests that exist, and
/// every sentence of the policies that has a test has a breakage.
pub(crate) fn check(root: &Path, coverage: &Coverage) -> Result<usize, String> {
    let breaks = load(root)?;
    still_fit(root, coverage, &breaks)?;
    let without = without_break(coverage, &breaks);
    if without.is_empty() { Ok(breaks.len()) } else { Err(without.join("\n")) }
}

fn still_fit(root: &Path, coverage: &Coverage, breaks: &[Break]) -> Result<(), String> {
    let mut findings = Vec::new();
    for one in breaks {
        let text = files::read(root, &one.file)?;
        findings.extend(one.apply(&text).err());
        for test in &one.tests {
            if full_name(coverage, test).is_none() {
                findings.push(format!("{}: there is no test {} {}", one.name, test.0, test.1));
            }
        }
        for id in &one.proves {
            let tests = coverage.proven.get(id).map_or(&[][..], Vec::as_slice);
            if !one.tests.iter().any(|named| tests.iter().any(|name| is(name, named))) {
                findings.push(format!("{}: none of its tests carries {id}", one.name));
            }
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(findings.join("\n")) }
}

/// The test `crates/policy/src/bounce.rs::r58_third` that a breakage names by crate and name.
fn full_name<'a>(coverage: &'a Coverage, named: &Named) -> Option<&'a String> {
    coverage.tests.iter().find(|name| is(name, named))
}

fn is(name: &str, (of, test): &Named) -> bool {
    in_crate(name, of) && ends_as(name, test)
}

fn in_crate(name: &str, of: &str) -> bool {
    name.starts_with(&format!("crates/{of}/")) || name.starts_with(&format!("{of}/"))
}

/// Does the full name end in the test's own name?
fn ends_as(name: &str, test: &str) -> bool {
    let own = test.rsplit("::").next().unwrap_or(test);
    name.rsplit("::").next() == Some(own)
}

/// Sentences of the policies that have a test and no recorded breakage.
fn without_break(coverage: &Coverage, breaks: &[Break]) -> Vec<String> {
    let broken: BTreeSet<&Id> = breaks.iter().flat_map(|one| &one.proves).collect();
    let proven = coverage.proven.keys().filter(|id| id.is_policy());
    proven.filter(|id| !broken.contains(id)).map(|id| format!("{id} has tests and no breakage in {FOLDER}")).collect()
}

/// Applies the breakages (or those named, or those of a crate's tests) one by one to a copy and
/// runs their tests.
pub(crate) fn run(root: &Path, coverage: &Coverage, wanted: &[String]) -> Result<(), String> {
    let mut breaks = load(root)?;
    let is_wanted = |one: &Break| {
        let named = |word: &String| *word == one.name || one.tests.iter().any(|(of, _)| of == word);
        wanted.is_empty() || wanted.iter().any(named)
    };
    breaks.retain(is_wanted);
    still_fit(root, coverage, &breaks)?;
    let mut trial = Trial::new(root, coverage, &breaks)?;
    let begin = Instant::now();
    for (place, one) in trial.order(&breaks).into_iter().enumerate() {
        let since = Instant::now();
        let verdict = trial.verdict(one)?;
        let said = verdict.as_ref().map_or_else(String::as_str, |()| "caught");
        let took = since.elapsed();
        eprintln!("{:>3} of {}: {}: {said}, {} s", place + 1, breaks.len(), one.name, took.as_secs());
        trial.note(one, verdict, took);
    }
    if wanted.is_empty() {
        trial.failures.extend(without_break(coverage, &breaks));
    }
    print!("{}", trial.table(begin.elapsed()));
    if trial.failures.is_empty() {
        return Ok(());
    }
    Err(format!("{}\n(what compiler and tests said: {})", trial.failures.join("\n"), copy::log()?.display()))
}

/// The run: where each test stands, which ones pass while nothing is broken, and what came of it.
struct Trial {
    copy: Copy,
    /// The binary of each named test.
    homes: BTreeMap<Named, Binary>,
    /// The binaries whose unbroken tests were run, and the tests that did not pass then.
    known: BTreeSet<Binary>,
    unsound: BTreeSet<Named>,
    failures: Vec<String>,
    /// Breakages and time by crate of their tests, from the ground to the roof.
    taken: BTreeMap<(usize, String), (usize, Duration)>,
}

impl Trial {
    fn new(root: &Path, coverage: &Coverage, breaks: &[Break]) -> Result<Self, String> {
        let mut homes = BTreeMap::new();
        for named in breaks.iter().flat_map(|one| &one.tests) {
            if let Some(name) = full_name(coverage, named) {
                homes.insert(named.clone(), Binary::of_test(root, floors::height(&named.0), &named.0, name));
            }
        }
        let (known, unsound, failures, taken) = Default::default();
        Ok(Self { copy: Copy::make(root)?, homes, known, unsound, failures, taken })
    }

    /// The binaries of a breakage's tests, cheap ones first, each with its tests.
    fn binaries<'a>(&self, tests: impl IntoIterator<Item = &'a Named>) -> BTreeMap<Binary, Vec<&'a Named>> {
        let mut by_binary: BTreeMap<Binary, Vec<&Named>> = BTreeMap::new();
        for named in tests {
            if let Some(home) = self.homes.get(named) {
                by_binary.entry(home.clone()).or_default().push(named);
            }
        }
        by_binary
    }

    /// From the ground to the roof; within a crate first what is broken in itself, because a
    /// breakage below it builds everything in between anew.
    fn order<'a>(&self, breaks: &'a [Break]) -> Vec<&'a Break> {
        let mut order: Vec<&Break> = breaks.iter().collect();
        order.sort_by_key(|one| {
            let last = self.binaries(&one.tests).into_keys().next_back();
            let floor = last.as_ref().map_or(0, |binary| binary.floor);
            let broken = one.file.split('/').nth(1).map_or(0, floors::height);
            (last, floor.abs_diff(broken), one.name.clone())
        });
        order
    }

    /// `Ok(Ok(()))`: a named test noticed.
    fn verdict(&mut self, one: &Break) -> Result<Result<(), String>, String> {
        let binaries = self.binaries(&one.tests);
        for binary in binaries.keys() {
            self.meet(binary)?;
        }
        if let Some((of, test)) = one.tests.iter().find(|test| self.unsound.contains(*test)) {
            return Ok(Err(format!("{of} {test} does not pass while nothing is broken")));
        }
        let copy = &self.copy;
        copy.broken(one, || {
            for (binary, tests) in &binaries {
                match copy.test(binary, tests)? {
                    Said::NotBuilt => {
                        return Ok(Err("does not compile, so it proves nothing: renew it".to_owned()));
                    }
                    Said::Endless => return Ok(Err(format!("{binary} did not end: its test needs a limit"))),
                    Said::Ran { failed } if !failed.is_empty() => return Ok(Ok(())),
                    Said::Ran { .. } => {}
                }
            }
            Ok(Err("no test noticed".to_owned()))
        })
    }

    /// Every named test must pass while nothing is broken, or its failure would prove nothing.
    fn meet(&mut self, binary: &Binary) -> Result<(), String> {
        if !self.known.insert(binary.clone()) {
            return Ok(());
        }
        let since = Instant::now();
        let own = self.homes.iter().filter(|(_, home)| *home == binary);
        let tests: Vec<Named> = own.map(|(test, _)| test.clone()).collect();
        let mut failed = self.failing(binary, &tests)?;
        if !failed.is_empty() {
            // A busy machine may cost a test its time among others; alone it must pass.
            let again = failed.iter().map(|named| self.failing(binary, std::slice::from_ref(named)));
            failed = again.collect::<Result<Vec<_>, String>>()?.concat();
        }
        eprintln!("{binary}: {} tests, {} s", tests.len(), since.elapsed().as_secs());
        self.unsound.extend(failed);
        Ok(())
    }

    /// Which of these tests do not pass while nothing is broken.
    fn failing(&self, binary: &Binary, tests: &[Named]) -> Result<Vec<Named>, String> {
        match self.copy.test(binary, &tests.iter().collect::<Vec<_>>())? {
            Said::NotBuilt => Err(format!("{binary} does not compile while nothing is broken")),
            Said::Endless => Ok(tests.to_vec()),
            Said::Ran { failed } => Ok(tests.iter().filter(|(_, test)| failed.contains(test)).cloned().collect()),
        }
    }

    fn note(&mut self, one: &Break, verdict: Result<(), String>, took: Duration) {
        let last = self.binaries(&one.tests).into_keys().next_back();
        let key = last.map(|binary| (binary.floor, binary.of)).unwrap_or_default();
        let taken = self.taken.entry(key).or_default();
        *taken = (taken.0 + 1, taken.1 + took);
        self.failures.extend(verdict.err().map(|what| format!("{}: {what}", one.name)));
    }

    fn table(&self, whole: Duration) -> String {
        let mut text = String::from("\ntests of       breakages  seconds\n");
        let mut sum = 0;
        for ((_, of), (count, took)) in &self.taken {
            sum += count;
            text.push_str(&format!("{of:<14}{count:>10}{:>9}\n", took.as_secs()));
        }
        let all = format!("{:<14}{sum:>10}{:>9}\n", "all", whole.as_secs());
        format!("{text}{all}\n{sum} breakages tried, {} failures\n", self.failures.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_matched_by_its_own_name_and_crate() {
        assert!(ends_as("crates/policy/src/bounce.rs::r58_third", "bounce::tests::r58_third"));
        assert!(!ends_as("crates/policy/src/bounce.rs::r58_third_b", "r58_third"));
        assert!(in_crate("crates/policy/src/a.rs::x", "policy"));
        assert!(!in_crate("crates/policy/src/a.rs::x", "pol"));
    }
}
