//! Builds of the program with a feature that ships nowhere.

use std::path::PathBuf;
use std::process::Command;

use crate::scratch;

/// Builds a program with a feature of its own, beside the real one.
pub(crate) fn build(program: &str, feature: &str) -> PathBuf {
    let folder = scratch::program().parent().expect("a folder of programs").to_owned();
    let profile = folder.file_name().expect("a profile").to_string_lossy().into_owned();
    let profile = if profile == "debug" { "dev".to_owned() } else { profile };
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let status = Command::new(cargo)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--quiet", "--locked", "--package", "server", "--bin", program])
        .args(["--features", feature, "--profile", &profile, "--target-dir"])
        .arg(folder.parent().expect("the target folder"))
        .status()
        .expect("cargo starts");
    assert!(status.success(), "the build of {program}: {status}");
    folder.join(program)
}
