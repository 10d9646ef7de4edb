//! Checks of styles and scripts (`crates/web/face`): their types, their weight, the licences of what they
//! are made with, and that the same input gives the same bytes.

use crate::files;
use crate::npm;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is copied; `node_modules` of the copy is kept from run to run.
const SOURCES: &[&str] = &["package.json", "package-lock.json", "build.mjs", "tsconfig.json", "css", "src", "icons"];
/// Licences that a package may have.
const LICENCES: &[&str] = &["MIT", "0BSD", "BSD-0-Clause", "Apache-2.0", "BSD-3-Clause", "ISC"];

/// A limit: what a visitor loads together, and how many packed octets that may be.
struct Load {
    what: &'static str,
    files: &'static [&'static str],
    most: u64,
}

/// A page itself may have the rest of the 60 KB, and of the 10 KB (FACE §1.4).
const LOADS: &[Load] = &[
    Load {
        what: "the first load of a page of customers or the operator",
        files: &["app.css", "main.js", "icons.svg", "htmx.js", "key-help.js", "copy-field.js"],
        most: 40 * 1024,
    },
    Load { what: "a recipient's page", files: &["recipients.css", "unsubscribe.js"], most: 3 * 1024 },
];
/// A chunk that a page loads later.
const CHUNK: u64 = 180 * 1024;

/// Runs every check.
pub(crate) fn run(_: &[String]) -> Result<(), String> {
    let face = files::root().join("crates/web/face");
    let stage = files::cache()?.join("face");
    for source in SOURCES {
        npm::renew(&face.join(source), &stage.join(source))?;
    }
    npm::licences(&stage, LICENCES)?;
    npm::install(&stage)?;
    node(&stage, &["node_modules/typescript/bin/tsc", "--noEmit"])?;
    node(&stage, &["build.mjs", "dist"])?;
    node(&stage, &["build.mjs", "again"])?;
    same(&stage.join("dist"), &stage.join("again"))?;
    weigh(&stage.join("dist"))
}

fn node(stage: &Path, arguments: &[&str]) -> Result<(), String> {
    npm::finished(arguments[0], Command::new("node").args(arguments).current_dir(stage))
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

fn same(one: &Path, other: &Path) -> Result<(), String> {
    let (first, second) = (listed(one)?, listed(other)?);
    let names =
        |paths: &[PathBuf]| paths.iter().map(|path| path.file_name().map(ToOwned::to_owned)).collect::<Vec<_>>();
    let bytes = |paths: &[PathBuf]| paths.iter().map(|path| fs::read(path).ok()).collect::<Vec<_>>();
    if names(&first) == names(&second) && bytes(&first) == bytes(&second) {
        return Ok(());
    }
    Err(format!("two builds of the same sources differ: {} and {}", one.display(), other.display()))
}

fn weigh(dist: &Path) -> Result<(), String> {
    let manifest = fs::read_to_string(dist.join("manifest.txt")).map_err(|error| error.to_string())?;
    let packed = |name: &str| -> Result<u64, String> {
        let file = manifest.lines().filter_map(|line| line.split_once(' ')).find(|(known, _)| *known == name);
        let (_, file) = file.ok_or_else(|| format!("{name} is not built"))?;
        let path = dist.join(format!("{file}.gz"));
        fs::metadata(&path).map(|about| about.len()).map_err(|error| format!("{}: {error}", path.display()))
    };
    for load in LOADS {
        let mut sum = 0;
        for file in load.files {
            sum += packed(file)?;
        }
        eprintln!("face: {}: {sum} of {} octets", load.what, load.most);
        if sum > load.most {
            return Err(format!("{} weighs {sum} octets, {} are allowed", load.what, load.most));
        }
    }
    for path in listed(dist)?.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "gz")) {
        let size = fs::metadata(&path).map_or(0, |about| about.len());
        if size > CHUNK {
            return Err(format!("{} weighs {size} octets, {CHUNK} are allowed", path.display()));
        }
    }
    Ok(())
}
