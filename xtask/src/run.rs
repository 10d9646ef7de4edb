//! Starting other programs: cargo with the right surroundings, and test runs whose
//! results are counted.

use crate::files;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

/// The folder of the built programs: this program lies in it too.
pub(crate) fn programs() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
    let folder = own.parent().ok_or("this program lies in no folder")?;
    Ok(folder.to_path_buf())
}

/// What a test run told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tests {
    /// Did the whole run succeed?
    pub(crate) success: bool,
    /// Sums of the result lines.
    pub(crate) passed: u64,
    /// Sums of the result lines.
    pub(crate) failed: u64,
    /// Sums of the result lines.
    pub(crate) ignored: u64,
    /// Name of each test and whether it passed.
    pub(crate) results: Vec<(String, bool)>,
    /// What tests said about parts that they could not run.
    pub(crate) not_run: Vec<String>,
}

impl Tests {
    /// Takes one line of the output; says whether it is worth showing.
    pub(crate) fn take(&mut self, line: &str, in_success: &mut bool) -> bool {
        if let Some((_, what)) = line.split_once("NOT RUN: ")
            && !self.not_run.iter().any(|known| known == what)
        {
            self.not_run.push(what.to_owned());
        }
        match line.trim() {
            "successes:" => *in_success = true,
            "failures:" => *in_success = false,
            result if result.starts_with("test result: ") => {
                *in_success = false;
                self.passed += count(result, " passed");
                self.failed += count(result, " failed");
                self.ignored += count(result, " ignored");
            }
            _ => self.result(line),
        }
        !*in_success
    }

    /// Takes `test a::b ... ok` and `test a::b ... FAILED`.
    fn result(&mut self, line: &str) {
        let Some((name, outcome)) = line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ")) else {
            return;
        };
        let name = name.trim_end_matches(" - should panic");
        match outcome.split_whitespace().next() {
            Some("ok") => self.results.push((name.to_owned(), true)),
            Some("FAILED") => self.results.push((name.to_owned(), false)),
            _ => {}
        }
    }
}

/// The number that stands before `word` in a result line.
fn count(line: &str, word: &str) -> u64 {
    let before = line.split(word).next().unwrap_or("");
    let digits = before.rsplit([' ', ';']).next().unwrap_or("");
    if before.len() == line.len() { 0 } else { digits.parse().unwrap_or(0) }
}

/// A cargo that works on the tree at `root` and tells the tests where their helpers are.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).stdin(Stdio::null());
    // These two would make the tests of another tree believe that they belong to this one.
    cargo.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH");
    if let Some(shared) = files::shared(root) {
        cargo.env("JAWORT_SHARED", shared);
    }
    if let Ok(cache) = files::cache() {
        let python = cache.join("judge/bin/python3");
        if python.exists() {
            // Not JAWORT_…: the product takes every such name for a setting of its own.
            cargo.env("XTASK_JUDGE_PYTHON", python);
        }
        let axe = cache.join("axe/node_modules/axe-core/axe.min.js");
        if axe.exists() {
            cargo.env("XTASK_AXE", axe);
        }
    }
    cargo
}

/// Makes sure that what cargo finds built belongs to this tree.
///
/// Cargo does not tell two clones of one workspace apart: with a shared target folder it takes a
/// crate that another clone built for this one's whenever this one's files are older. A note in
/// the target folder names the last tree; if it is another one, this tree's files are made new.
pub(crate) fn own_target(root: &Path) -> Result<(), String> {
    let Some(target) = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from) else {
        return Ok(()); // a folder inside the tree is its own
    };
    let note = target.join("jawort-tree");
    let own = root.display().to_string();
    if fs::read_to_string(&note).is_ok_and(|last| last == own) {
        return Ok(());
    }
    let now = SystemTime::now();
    for path in files::all(root)? {
        let file = File::options().append(true).open(root.join(&path));
        file.and_then(|file| file.set_modified(now)).map_err(|error| format!("{path}: {error}"))?;
    }
    fs::write(&note, own).map_err(|error| format!("{}: {error}", note.display()))
}

/// Runs `cargo test …`, shows its output without the noise, keeps all of it in `log`.
pub(crate) fn tests(cargo: &mut Command, log: Option<&Path>) -> Result<Tests, String> {
    let mut file = match log {
        Some(path) => Some(File::create(path).map_err(|error| format!("{}: {error}", path.display()))?),
        None => None,
    };
    let mut child = cargo.stdout(Stdio::piped()).spawn().map_err(|error| format!("cargo: {error}"))?;
    let output = child.stdout.take().ok_or("cargo's output is not there")?;
    let mut tests = Tests::default();
    let mut in_success = false;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.map_err(|error| format!("cargo's output: {error}"))?;
        let line = String::from_utf8_lossy(&line);
        if let Some(file) = &mut file {
            writeln!(file, "{line}").map_err(|error| format!("the log: {error}"))?;
        }
        if tests.take(&line, &mut in_success) {
            eprintln!("{line}");
        }
    }
    tests.success = child.wait().map_err(|error| format!("cargo: {error}"))?.success();
    Ok(tests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_summed_over_all_binaries() {
        let output = "running 2 tests\ntest a::b ... ok\ntest a::c ... FAILED\ntest d - should panic ... ok\n\nsuccesses:\n\n---- a::b stdout ----\nnoise\nNOT RUN: postgres\n\nfailures:\n\n---- a::c stdout ----\nwhy\n\ntest result: FAILED. 12 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s\ntest result: ok. 30 passed; 0 failed; 0 ignored; 0 measured\nNOT RUN: postgres\n";
        let mut tests = Tests::default();
        let mut in_success = false;
        let shown: Vec<&str> = output.lines().filter(|line| tests.take(line, &mut in_success)).collect();
        assert_eq!((tests.passed, tests.failed, tests.ignored), (42, 1, 2));
        assert_eq!(tests.results.len(), 3);
        assert_eq!(tests.not_run, ["postgres"]);
        assert!(shown.contains(&"why") && !shown.contains(&"noise"));
    }
}
