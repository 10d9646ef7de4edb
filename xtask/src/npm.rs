//! Packages of npm for tools of development: copied out of the tree, checked, installed without their
//! scripts, kept from run to run.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Copies a file or a folder, without what lay there before.
pub(crate) fn renew(from: &Path, to: &Path) -> Result<(), String> {
    let say = |error: std::io::Error| format!("{}: {error}", to.display());
    if !from.is_dir() {
        let parent = to.parent().unwrap_or(to);
        fs::create_dir_all(parent).map_err(say)?;
        return fs::copy(from, to).map(drop).map_err(say);
    }
    if to.exists() {
        fs::remove_dir_all(to).map_err(say)?;
    }
    for entry in fs::read_dir(from).map_err(say)?.flatten() {
        renew(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Every package of the lock names its licence and what its bytes must be.
pub(crate) fn licences(stage: &Path, allowed: &[&str]) -> Result<(), String> {
    let lock = fs::read_to_string(stage.join("package-lock.json")).map_err(|error| error.to_string())?;
    let values = |key: &str| -> Vec<String> {
        let lines = lock.lines().filter_map(|line| line.trim().strip_prefix(key)?.split('"').nth(1));
        lines.map(str::to_owned).collect()
    };
    let packages = lock.lines().filter(|line| line.trim().starts_with("\"node_modules/")).count();
    let (licences, sums) = (values("\"license\":"), values("\"integrity\":"));
    // The project itself has a licence and no sum.
    if licences.len() != packages + 1 || sums.len() != packages {
        return Err(format!("{packages} packages, {} licences, {} sums", licences.len(), sums.len()));
    }
    match licences.iter().find(|licence| !allowed.contains(&licence.as_str())) {
        Some(licence) => Err(format!("{}: a package has the licence {licence}", stage.display())),
        None => Ok(()),
    }
}

/// Installs what the lock names, where it is not there yet.
pub(crate) fn install(stage: &Path) -> Result<(), String> {
    let (lock, installed) = (fs::read(stage.join("package-lock.json")).ok(), stage.join("installed-lock.json"));
    if lock.is_some() && lock == fs::read(&installed).ok() {
        return Ok(());
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
    finished("npm", Command::new("npm").args(arguments).current_dir(stage))?;
    fs::write(&installed, lock.unwrap_or_default()).map_err(|error| format!("{}: {error}", installed.display()))
}

/// Runs a program; what it said is the error when it fails.
pub(crate) fn finished(name: &str, command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    Err(format!("{name} ended with {}\n{}", output.status, String::from_utf8_lossy(&said)))
}
