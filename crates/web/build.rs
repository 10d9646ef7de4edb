//! Builds styles and scripts (`face/`) into the program: a plain `cargo build` is enough.
//!
//! The npm project is copied to `OUT_DIR` and built there, so that nothing is written into the source
//! tree; packages are installed only when the lock changed. Who builds without a network or without
//! Node hands in a folder that `node build.mjs FOLDER` made: `JAWORT_WEB_DIST=FOLDER`.
#![expect(clippy::disallowed_methods, reason = "cargo speaks to a build script through the environment")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What is copied and watched.
const SOURCES: &[&str] = &["package.json", "package-lock.json", "build.mjs", "css", "src", "icons"];
const NEEDS_NODE: &str = "the pages need Node 18 or newer with npm to be built; or set JAWORT_WEB_DIST to a folder \
    that `node build.mjs FOLDER` made in crates/web/face";

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo::rerun-if-env-changed=JAWORT_WEB_DIST");
    let dist = match env::var_os("JAWORT_WEB_DIST") {
        Some(ready) => {
            let ready = PathBuf::from(ready);
            println!("cargo::rerun-if-changed={}", ready.display());
            ready
        }
        None => built(&out),
    };
    fs::write(out.join("assets.rs"), table(&dist)).expect("OUT_DIR can be written");
}

/// Builds the project in a copy, and answers with the folder of its files.
fn built(out: &Path) -> PathBuf {
    let face = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("face");
    let stage = out.join("stage");
    for source in SOURCES {
        println!("cargo::rerun-if-changed=face/{source}");
        renew(&face.join(source), &stage.join(source));
    }
    let lock = fs::read(stage.join("package-lock.json")).expect("the lock was copied");
    let installed = stage.join("installed-lock.json");
    if fs::read(&installed).ok().as_ref() != Some(&lock) {
        run(&stage, "npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]);
        fs::write(&installed, &lock).expect("OUT_DIR can be written");
    }
    run(&stage, "node", &["build.mjs", "dist"]);
    stage.join("dist")
}

/// Makes `to` a copy of `from`: what is gone there goes here.
fn renew(from: &Path, to: &Path) {
    if from.is_dir() {
        if to.exists() {
            fs::remove_dir_all(to).expect("an old copy can be removed");
        }
        fs::create_dir_all(to).expect("OUT_DIR can be written");
        for entry in fs::read_dir(from).expect("a folder of the project") {
            let entry = entry.expect("an entry of a folder");
            renew(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::create_dir_all(to.parent().expect("a path below the stage")).expect("OUT_DIR can be written");
        fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    }
}

fn run(stage: &Path, program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).current_dir(stage).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}: {NEEDS_NODE}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {}: {}\n{said}", arguments.join(" "), output.status);
}

/// The Rust table of the files, and a constant for the address of each that pages name.
fn table(dist: &Path) -> String {
    let manifest = dist.join("manifest.txt");
    let manifest = fs::read_to_string(&manifest).unwrap_or_else(|error| panic!("{}: {error}", manifest.display()));
    let mut text = String::new();
    for line in manifest.lines() {
        let (name, file) = line.split_once(' ').expect("a line of the manifest is NAME FILE");
        let constant = name.to_ascii_uppercase().replace(['.', '-'], "_");
        writeln!(text, "/// `{name}`\npub(crate) const {constant}: &str = \"/static/{file}\";").expect("a string");
    }
    let mut files: Vec<String> = fs::read_dir(dist)
        .expect("the built folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|file| Path::new(file).extension().is_some_and(|extension| extension == "gz"))
        .collect();
    files.sort();
    text.push_str(
        "/// Every file: its name, its bytes, and the same compressed.\npub(crate) const FILES: &[File] = &[\n",
    );
    for packed in files {
        let plain = packed.trim_end_matches(".gz");
        let path = |file: &str| format!("include_bytes!({:?})", dist.join(file).display().to_string());
        writeln!(text, "    File {{ name: {plain:?}, plain: {}, packed: {} }},", path(plain), path(&packed))
            .expect("a string");
    }
    text.push_str("];\n");
    text
}
