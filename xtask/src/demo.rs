//! `cargo xtask demo`: builds the product and the development program `story`, and
//! becomes that program.
//!
//! The story starts everything else (a loopback provider, `jawort serve`), tells what
//! happens, and stops what it started. This chore is replaced by it, so that Ctrl-C,
//! a TERM signal and the exit status belong to one process and nothing is left behind.

use crate::files;
use crate::run;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Flags of the story, each with the number of values that it takes.
const FLAGS: &[(&str, usize)] = &[("--once", 0), ("--json", 0), ("--keep-mail", 1), ("--seed", 1)];

/// Builds, then runs the story with the flags given.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    check_flags(arguments)?;
    let story = build()?;
    let error = Command::new(&story).args(arguments).exec();
    Err(format!("{}: {error}", story.display()))
}

/// Refuses what the story would not understand before minutes of building.
fn check_flags(arguments: &[String]) -> Result<(), String> {
    let mut rest = arguments.iter();
    while let Some(flag) = rest.next() {
        let known = FLAGS.iter().find(|(name, _)| name == flag);
        let (_, values) = known.ok_or_else(|| format!("does not know the flag `{flag}`"))?;
        for _ in 0..*values {
            rest.next().ok_or_else(|| format!("{flag} takes a value"))?;
        }
    }
    Ok(())
}

/// Builds both programs into one folder, where the story finds `jawort` beside itself, and
/// returns the path of the story.
fn build() -> Result<PathBuf, String> {
    let root = files::root();
    run::own_target(&root)?;
    eprintln!("demo: building (the first time takes some minutes)");
    let status = run::cargo(&root)
        .args(["build", "--profile", "ci", "--locked"])
        .args(["--package", "server", "--package", "testbench"])
        .args(["--bin", "jawort", "--bin", "story"])
        .stdout(Stdio::from(std::io::stderr()))
        .status()
        .map_err(|error| format!("cargo: {error}"))?;
    if !status.success() {
        return Err(format!("the build ended with {status}"));
    }
    Ok(run::programs()?.join("story"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str) -> bool {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        check_flags(&arguments).is_ok()
    }

    #[test]
    fn flags_are_checked_before_the_build() {
        assert!(check("--once --json --keep-mail out --seed 7"));
        assert!(check(""));
        assert!(!check("--seed"));
        assert!(!check("--sede 7"));
    }
}
