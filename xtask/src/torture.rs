//! `cargo xtask torture`: builds the product, its build with places to be killed at, and the
//! development program `torture`, and becomes that program.

use crate::files;
use crate::run;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// Builds, then runs the program with the flags given. What they mean stands there.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let root = files::root();
    run::own_target(&root)?;
    eprintln!("torture: building (the first time takes some minutes)");
    build(&["--workspace", "--bin", "jawort", "--bin", "torture"])?;
    // Apart, so that no other program is built with that feature.
    build(&["--workspace", "--features", "server/torture", "--bin", "jawort-torture"])?;
    let torture = run::programs()?.join("torture");
    let error = Command::new(&torture).args(arguments).exec();
    Err(format!("{}: {error}", torture.display()))
}

fn build(what: &[&str]) -> Result<(), String> {
    let status = run::cargo(&files::root())
        .args(["build", "--profile", "ci", "--locked"])
        .args(what)
        .stdout(Stdio::from(std::io::stderr()))
        .status()
        .map_err(|error| format!("cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("the build ended with {status}")) }
}
