//! `cargo xtask test`: everything that must pass. Each step is timed; what could not
//! run is named at the end, and fails the run where the environment says `CI=true`.

use crate::breaks;
use crate::files;
use crate::requirements;
use crate::run;
use crate::{dependencies, face, setup, tidy};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// How long the whole may take on two cores, the first time.
const BUDGET: Duration = Duration::from_secs(90 * 60);

/// What a step told.
#[derive(Default)]
struct Outcome {
    passed: u64,
    failed: u64,
    not_run: Vec<String>,
    reason: Option<String>,
}

impl Outcome {
    /// A step without tests of its own counts as one.
    fn of(result: Result<(), String>) -> Self {
        match result {
            Ok(()) => Self { passed: 1, ..Self::default() },
            Err(reason) => Self { failed: 1, reason: Some(reason), ..Self::default() },
        }
    }
}

/// One step: its name, how many minutes it should take at most, and what it does.
struct Step {
    name: &'static str,
    minutes: u64,
    run: fn(&Surroundings) -> Outcome,
}

/// The steps, cheap ones first.
const STEPS: &[Step] = &[
    Step { name: "setup", minutes: 5, run: |_| Outcome { not_run: setup::everything(), ..Outcome::default() } },
    Step { name: "tidy", minutes: 1, run: |_| Outcome::of(tidy::run(&[])) },
    Step { name: "dependencies", minutes: 1, run: |_| Outcome::of(dependencies::run(&[])) },
    Step { name: "face", minutes: 1, run: |_| Outcome::of(face::run(&[])) },
    Step { name: "requirements", minutes: 1, run: |around| Outcome::of(numbers(around)) },
    Step { name: "format", minutes: 1, run: |around| Outcome::of(around.cargo(&["fmt", "--all", "--check"])) },
    Step { name: "clippy", minutes: 15, run: |around| Outcome::of(clippy(around)) },
    Step { name: "documentation", minutes: 10, run: |around| Outcome::of(documentation(around)) },
    Step { name: "tests", minutes: 55, run: tests },
];

/// What the steps need to know.
struct Surroundings {
    root: PathBuf,
    /// Also run what takes longer.
    long: bool,
}

impl Surroundings {
    fn cargo(&self, arguments: &[&str]) -> Result<(), String> {
        let mut cargo = run::cargo(&self.root);
        // A document with a broken link or a warning is a finding, as in the code.
        cargo.env("RUSTDOCFLAGS", "-D warnings");
        let status = cargo.args(arguments).stdout(Stdio::from(std::io::stderr())).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("cargo {} ended with {status}", arguments[0])),
            Err(error) => Err(format!("cargo: {error}")),
        }
    }
}

/// Runs the steps and prints the table.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let (long, only) = flags(arguments)?;
    let around = Surroundings { root: files::root(), long };
    run::own_target(&around.root)?;
    let begin = Instant::now();
    let mut rows = Vec::new();
    for step in STEPS.iter().filter(|step| only.is_empty() || only.contains(&step.name)) {
        eprintln!("\n== {}", step.name);
        let begin = Instant::now();
        let outcome = (step.run)(&around);
        if let Some(reason) = &outcome.reason {
            eprintln!("{}: {reason}", step.name);
        }
        rows.push((step, begin.elapsed(), outcome));
    }
    let strict = std::env::var("CI").is_ok_and(|value| value == "true");
    let verdict = Verdict::of(rows.iter().map(|(_, _, outcome)| outcome), strict);
    print!("{}", table(&rows, begin.elapsed()));
    print!("{}", verdict.text(strict));
    if verdict.failed == 0 { Ok(()) } else { Err(String::new()) }
}

/// Reads `--long` and `--only STEP`.
fn flags(arguments: &[String]) -> Result<(bool, Vec<&'static str>), String> {
    let mut long = false;
    let mut only = Vec::new();
    let mut rest = arguments.iter();
    while let Some(flag) = rest.next() {
        match flag.as_str() {
            "--long" => long = true,
            "--only" => {
                let wanted = rest.next().ok_or("--only takes the name of a step")?;
                let step = STEPS.iter().find(|step| step.name == wanted);
                let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
                only.push(step.ok_or_else(|| format!("--only takes one of {}", names.join(", ")))?.name);
            }
            other => return Err(format!("does not know the flag `{other}`")),
        }
    }
    Ok((long, only))
}

fn numbers(around: &Surroundings) -> Result<(), String> {
    let coverage = requirements::coverage(&around.root)?;
    coverage.known()?;
    let count = breaks::check(&around.root, &coverage)?;
    eprintln!("requirements: {count} recorded breakages still fit");
    Ok(())
}

fn clippy(around: &Surroundings) -> Result<(), String> {
    let what = ["clippy", "--profile", "ci", "--locked", "--workspace", "--all-targets"];
    around.cargo(&[&what[..], &["--", "-D", "warnings"]].concat())
}

fn documentation(around: &Surroundings) -> Result<(), String> {
    around.cargo(&["doc", "--profile", "ci", "--locked", "--workspace", "--no-deps"])
}

/// All tests of all crates in one cargo run; one crate's failure does not hide another's.
fn tests(around: &Surroundings) -> Outcome {
    let mut cargo = run::cargo(&around.root);
    cargo.args(["test", "--profile", "ci", "--locked", "--workspace", "--no-fail-fast"]);
    // Passing tests say on their output what they could not run.
    cargo.args(["--", "--show-output"]);
    if around.long {
        cargo.env("XTASK_LONG", "1");
    }
    let log = match log() {
        Ok(log) => log,
        Err(reason) => return Outcome::of(Err(reason)),
    };
    eprintln!("tests: everything that they say is kept in {}", log.display());
    match run::tests(&mut cargo, Some(&log)) {
        Ok(tests) => judge(tests),
        Err(reason) => Outcome::of(Err(reason)),
    }
}

fn judge(tests: run::Tests) -> Outcome {
    let mut outcome = Outcome { passed: tests.passed, failed: tests.failed, not_run: tests.not_run, reason: None };
    if tests.ignored > 0 {
        outcome.not_run.push(format!("{} ignored tests", tests.ignored));
    }
    if !tests.success && tests.failed == 0 {
        outcome.failed = 1;
        outcome.reason = Some("cargo test failed without a failed test (see above)".to_owned());
    }
    outcome
}

/// Where the tests' output is kept.
fn log() -> Result<PathBuf, String> {
    let folder = files::cache()?;
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder.join("test.log"))
}

/// The sums over all steps.
struct Verdict {
    passed: u64,
    failed: u64,
    not_run: Vec<String>,
}

impl Verdict {
    /// Where `strict` holds, a part that did not run counts as failed.
    fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>, strict: bool) -> Self {
        let mut verdict = Self { passed: 0, failed: 0, not_run: Vec::new() };
        for outcome in outcomes {
            verdict.passed += outcome.passed;
            verdict.failed += outcome.failed;
            verdict.not_run.extend(outcome.not_run.iter().cloned());
        }
        if strict {
            verdict.failed += verdict.not_run.len() as u64;
        }
        verdict
    }

    fn text(&self, strict: bool) -> String {
        let mut text = String::new();
        for what in &self.not_run {
            let counts = if strict { " (counts as failed)" } else { "" };
            text.push_str(&format!("NOT RUN{counts}: {what}\n"));
        }
        format!("{text}{} passed, {} failed\n", self.passed, self.failed)
    }
}

/// Step, seconds, budget, result.
fn table(rows: &[(&Step, Duration, Outcome)], whole: Duration) -> String {
    let mut text = String::from("\nstep           seconds  budget  result\n");
    for (step, took, outcome) in rows {
        let budget = step.minutes * 60;
        let result = match (outcome.failed, outcome.not_run.is_empty()) {
            (0, true) => "ok",
            (0, false) => "ok, parts not run",
            _ => "FAILED",
        };
        let late = if took.as_secs() > budget { ", over budget" } else { "" };
        let row = format!("{:<14}{:>8}{budget:>8}  {result}{late}\n", step.name, took.as_secs());
        text.push_str(&row);
    }
    format!("{text}{:<14}{:>8}{:>8}\n\n", "all", whole.as_secs(), BUDGET.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_did_not_run_fails_only_where_the_run_is_strict() {
        let outcome = Outcome { passed: 4, not_run: vec!["postgres".to_owned()], ..Outcome::default() };
        assert_eq!(Verdict::of([&outcome].into_iter(), false).failed, 0);
        let strict = Verdict::of([&outcome].into_iter(), true);
        assert_eq!(strict.text(true), "NOT RUN (counts as failed): postgres\n4 passed, 1 failed\n");
    }

    #[test]
    fn a_run_that_does_not_compile_has_failed() {
        let outcome = judge(run::Tests::default());
        assert_eq!((outcome.passed, outcome.failed), (0, 1));
        let ignored = run::Tests { success: true, passed: 1, ignored: 2, ..Default::default() };
        assert_eq!(judge(ignored).not_run, ["2 ignored tests"]);
    }

    #[test]
    fn the_steps_fit_into_the_whole() {
        let minutes: u64 = STEPS.iter().map(|step| step.minutes).sum();
        assert!(minutes * 60 <= BUDGET.as_secs());
    }

    #[test]
    fn an_unknown_step_is_refused() {
        assert!(flags(&["--only".to_owned(), "tidy".to_owned()]).is_ok());
        assert!(flags(&["--only".to_owned(), "tidi".to_owned()]).is_err());
        assert!(flags(&["--quick".to_owned()]).is_err());
    }
}
