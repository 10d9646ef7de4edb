//! Collects every fixed statement of this crate, so that the program can
//! prepare each one at its start and the tests can demand that each one ran.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script its folder by the environment")]
fn main() {
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=migrations");
    let mut files = Vec::new();
    rust_files(Path::new("src"), &mut files);
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let source = fs::read_to_string(&file).expect("readable source file");
        // The statements of tests and the examples in comments are none of the program's.
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        let mut rest = code.as_str();
        while let Some(at) = rest.find("sql!(") {
            rest = &rest[at + 5..];
            if let Some(literal) = string_literal(rest.trim_start()) {
                writeln!(list, "    ({:?}, {literal}),", file.display().to_string()).expect("writing to a string");
            }
        }
    }
    list.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("statements.rs");
    fs::write(out, list).expect("writable OUT_DIR");
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("readable source folder") {
        let path = entry.expect("readable entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The string literal, quotes included, at the start of `source`.
fn string_literal(source: &str) -> Option<&str> {
    if !source.starts_with('"') {
        return None;
    }
    let mut escaped = false;
    for (at, byte) in source.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(&source[..=at]),
            _ => {}
        }
    }
    None
}
