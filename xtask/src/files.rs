//! The files of the source tree, found by walking it (no version control needed).

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold no source: build output, history, fetched modules.
const SKIPPED: &[&str] = &["target", ".git", "node_modules"];

/// The root of the workspace: the parent of this crate's own folder.
///
/// The environment (set by `cargo run`) is asked first, so that a built program
/// still finds the tree that it was started for.
pub(crate) fn root() -> PathBuf {
    let own =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.parent().map_or(own.clone(), Path::to_path_buf)
}

/// All files below `root` as paths relative to it with `/`, sorted.
pub(crate) fn all(root: &Path) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
                open.push(path);
            } else if kind.is_file() {
                found.push(relative(root, &path));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The files whose names end in one of `endings`.
pub(crate) fn ending_in(root: &Path, endings: &[&str]) -> Result<Vec<String>, String> {
    let mut found = all(root)?;
    found.retain(|path| endings.iter().any(|ending| path.ends_with(ending)));
    Ok(found)
}

/// Reads a file of the tree as text.
pub(crate) fn read(root: &Path, path: &str) -> Result<String, String> {
    fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))
}

/// The user's cache folder for this project: `$XDG_CACHE_HOME/jawort` or `~/.cache/jawort`.
pub(crate) fn cache() -> Result<PathBuf, String> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .ok_or("neither XDG_CACHE_HOME nor HOME is set: set one, so that there is a cache folder")?;
    Ok(base.join("jawort"))
}

/// The folder with test material that is not part of the project: `JAWORT_SHARED`, else `../shared`.
pub(crate) fn shared(root: &Path) -> Option<PathBuf> {
    let named = std::env::var_os("JAWORT_SHARED").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| root.join("../shared"));
    folder.canonicalize().ok().filter(|path| path.is_dir())
}

fn relative(root: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    inside.to_string_lossy().replace('\\', "/")
}
