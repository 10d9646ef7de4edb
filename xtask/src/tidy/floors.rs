//! The floors: which crate may use which, read from the crates' Cargo.toml files.

use super::Finding;
use crate::files;
use std::path::Path;

/// Every crate of the house, lowest first, with the crates that it may use. An arrow
/// points down only: whoever adds a crate puts it on its floor here.
const HOUSE: &[(&str, &[&str])] = &[
    // Places where torture runs kill the program: empty in what ships.
    ("failpoints", &[]),
    ("mail-formats", &[]),
    ("seals", &[]),
    ("texts", &[]),
    ("meters", &[]),
    ("policy", GROUND),
    ("gate", &["policy", "mail-formats", "seals", "texts"]),
    ("store", &["failpoints", "policy", "mail-formats", "seals", "texts", "meters"]),
    // Of `policy` only the words for DNS records and proofs: doors that do not know each other ask DNS here.
    ("outside", &["policy", "mail-formats", "seals", "texts"]),
    ("delivery", &["failpoints", "gate", "store", "outside", "policy", "mail-formats", "seals", "texts", "meters"]),
    ("inbound", &["failpoints", "store", "outside", "policy", "mail-formats", "seals", "texts", "meters"]),
    ("web", &["gate", "store", "outside", "policy", "mail-formats", "seals", "texts", "meters"]),
    ("scheduler", &["failpoints", "store", "outside", "policy", "mail-formats", "seals", "texts", "meters"]),
    // Beside the house: it runs the house's own parts in a model of the world.
    ("simulator", &["delivery", "scheduler", "store", "policy", "mail-formats", "seals", "texts"]),
    (
        "server",
        &[
            "simulator",
            "failpoints",
            "delivery",
            "inbound",
            "web",
            "scheduler",
            "gate",
            "store",
            "outside",
            "policy",
            "mail-formats",
            "seals",
            "texts",
            "meters",
        ],
    ),
    ("testbench", &["failpoints", "mail-formats", "seals"]),
    ("xtask", &[]),
];

/// How far up a crate stands: its place in the table, from the ground on.
pub(crate) fn height(of: &str) -> usize {
    HOUSE.iter().position(|(name, _)| *name == of).unwrap_or(HOUSE.len())
}

/// What the ground floor offers to everybody above it.
const GROUND: &[&str] = &["mail-formats", "seals", "texts"];

/// Tests of any crate may use this one.
const FOR_TESTS: &str = "testbench";

/// Checks every crate's dependencies.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>, String> {
    let mut findings = Vec::new();
    for path in files::ending_in(root, &["/Cargo.toml"])? {
        let name = path.split('/').rev().nth(1).unwrap_or("").to_owned();
        findings.extend(check_crate(&name, &path, &files::read(root, &path)?));
    }
    Ok(findings)
}

/// Checks one crate's Cargo.toml.
fn check_crate(name: &str, path: &str, manifest: &str) -> Vec<Finding> {
    let Some((_, allowed)) = HOUSE.iter().find(|(known, _)| *known == name) else {
        let say = format!("the crate `{name}` stands on no floor: add it to the table of floors");
        return vec![Finding::error("floors", path, 1, say)];
    };
    let edges = dependencies(manifest)
        .into_iter()
        .filter(|used| HOUSE.iter().any(|(known, _)| *known == used.name))
        .filter(|used| !allowed.contains(&used.name.as_str()))
        .filter(|used| !(used.for_tests && used.name == FOR_TESTS && name != FOR_TESTS))
        .map(|used| {
            let say = format!("`{name}` may not use `{}`: arrows point down only", used.name);
            Finding::error("floors", path, used.line, say)
        })
        .collect::<Vec<_>>();
    let lints = (!manifest.contains("[lints]\nworkspace = true")).then(|| {
        let say = "`[lints] workspace = true` is missing: the lints hold everywhere".to_owned();
        Finding::error("lints", path, 1, say)
    });
    edges.into_iter().chain(lints).collect()
}

/// One line of a dependency table.
struct Used {
    name: String,
    line: usize,
    for_tests: bool,
}

/// The names in all dependency tables of a manifest, those under `[target.…]` included.
fn dependencies(manifest: &str) -> Vec<Used> {
    let mut found = Vec::new();
    let mut table = String::new();
    for (index, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            table = header.trim_end_matches(']').to_owned();
            // `[dependencies.policy]` is a table of one dependency.
            if let Some((_, name)) = table.split_once("dependencies.") {
                found.push(used(name, index, &table));
            }
        } else if table.ends_with("dependencies") && !line.starts_with('#') {
            let end = line.find(['.', ' ', '=']).unwrap_or(line.len());
            if end > 0 {
                found.push(used(&line[..end], index, &table));
            }
        }
    }
    found
}

fn used(name: &str, index: usize, table: &str) -> Used {
    Used { name: name.trim_matches('"').to_owned(), line: index + 1, for_tests: table.contains("dev-dependencies") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(name: &str, manifest: &str) -> usize {
        let manifest = format!("[lints]\nworkspace = true\n{manifest}");
        check_crate(name, "crates/x/Cargo.toml", &manifest).len()
    }

    #[test]
    fn an_upward_edge_is_caught() {
        assert_eq!(findings("policy", "[dependencies]\nstore.workspace = true\n"), 1);
        assert_eq!(findings("store", "[dependencies]\ngate = { path = \"../gate\" }\n"), 1);
        assert_eq!(findings("web", "[target.'cfg(unix)'.dependencies]\ndelivery = \"1\"\n"), 1);
        assert_eq!(findings("inbound", "[dependencies.web]\nworkspace = true\n"), 1);
        assert_eq!(findings("delivery", "[build-dependencies]\nserver.workspace = true\n"), 1);
    }

    #[test]
    fn a_downward_edge_passes() {
        assert_eq!(findings("delivery", "[dependencies]\ngate.workspace = true\ntokio = \"1\"\n"), 0);
        assert_eq!(findings("store", "[dev-dependencies]\ntestbench.workspace = true\n"), 0);
    }

    #[test]
    fn testbench_is_for_tests_only() {
        assert_eq!(findings("store", "[dependencies]\ntestbench.workspace = true\n"), 1);
    }

    #[test]
    fn a_crate_without_the_lints_is_caught() {
        let found = check_crate("seals", "crates/seals/Cargo.toml", "[dependencies]\n");
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_crate_without_a_floor_is_caught() {
        assert_eq!(findings("attic", "[dependencies]\n"), 1);
    }

    #[test]
    fn the_table_itself_points_down_only() {
        for (index, (name, allowed)) in HOUSE.iter().enumerate() {
            for used in *allowed {
                let below = HOUSE[..index].iter().any(|(known, _)| known == used);
                assert!(below, "{name} uses {used}, which is not below it");
            }
        }
    }
}
