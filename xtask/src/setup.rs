//! What the tests need besides Rust: Debian packages, two Python modules for the independent judge of
//! signatures, and what looks at pages for barriers. Installs them where it may, else says exactly how.

use crate::files;
use crate::npm;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A package and what it is for.
type Package = (&'static str, &'static str);

/// Everything that the tests use from Debian.
const PACKAGES: &[Package] = &[
    ("postfix", "the receiving provider and source of real bounces"),
    ("postgresql", "the second database, in a scratch cluster"),
    ("sqlite3", "reads the ledger from outside in the race tests"),
    ("chromium", "computed styles of hostile templates"),
    ("chromium-driver", "drives chromium"),
    ("libmail-dkim-perl", "independent verifier of DKIM and DomainKeys"),
    ("libmail-spf-perl", "independent verifier of SPF and Sender ID"),
    ("libnet-dns-resolver-programmable-perl", "feeds our zone to the verifiers"),
    ("python3-venv", "holds the judge's modules"),
    ("openssl", "a second opinion on keys"),
];

/// The judge's Python modules, at the versions that were tried.
const MODULES: &[&str] = &["dkimpy==1.1.8", "pynacl==1.6.2"];

/// Keeps Debian from starting a service that it has just installed.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// The subcommand: everything that can be set up, or what is missing as an error.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("takes no flags".to_owned());
    }
    let missing = everything();
    if missing.is_empty() {
        println!("setup: everything is there");
        return Ok(());
    }
    Err(missing.join("\n"))
}

/// Sets up what is missing and returns what is still missing, in words.
pub(crate) fn everything() -> Vec<String> {
    let mut missing = Vec::new();
    missing.extend(components().err());
    missing.extend(packages().err());
    missing.extend(judge().err());
    missing.extend(axe().err());
    missing
}

/// Adds rustfmt and clippy where the toolchain came without them.
fn components() -> Result<(), String> {
    let there = |tool: &str| {
        let output = Command::new("cargo").args([tool, "--version"]).output();
        output.is_ok_and(|output| output.status.success())
    };
    if there("fmt") && there("clippy") {
        return Ok(());
    }
    succeed(quiet("rustup").args(["component", "add", "rustfmt", "clippy"]))
        .map_err(|what| format!("the toolchain has no rustfmt or clippy ({what}): rustup component add rustfmt clippy"))
}

/// Installs the missing packages, or says how.
fn packages() -> Result<(), String> {
    let missing = missing_packages()?;
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
    if !is_root() {
        let list: Vec<String> = missing.iter().map(|(name, what)| format!("  {name}: {what}")).collect();
        return Err(format!(
            "Debian packages are missing; install them with\n  sudo apt-get install --no-install-recommends {}\n{}",
            names.join(" "),
            list.join("\n")
        ));
    }
    eprintln!("setup: installing {}", names.join(" "));
    install(&names)
}

/// The packages that are not installed.
fn missing_packages() -> Result<Vec<&'static Package>, String> {
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat", "${Package} ${db:Status-Status}\n"])
        .args(PACKAGES.iter().map(|(name, _)| name))
        .output()
        .map_err(|_| {
            let names: Vec<&str> = PACKAGES.iter().map(|(name, _)| *name).collect();
            format!("this is no Debian machine; install the like of: {}", names.join(" "))
        })?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(not_installed(&text))
}

/// Reads dpkg-query's answer: `name installed`, a package a line.
fn not_installed(answer: &str) -> Vec<&'static Package> {
    let there = |name: &str| answer.lines().any(|line| line == format!("{name} installed"));
    PACKAGES.iter().filter(|(name, _)| !there(name)).collect()
}

fn install(names: &[&str]) -> Result<(), String> {
    let guard = NoServices::new()?;
    preseed_postfix()?;
    succeed(apt().arg("update"))?;
    succeed(apt().args(["install", "--yes", "--no-install-recommends"]).args(names))?;
    drop(guard);
    Ok(())
}

fn apt() -> Command {
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet");
    // Standard output belongs to the chore's own answer.
    apt.stdin(Stdio::null()).stdout(Stdio::from(std::io::stderr()));
    apt
}

/// Answers Postfix's only question: it gets no configuration, the tests bring their own.
fn preseed_postfix() -> Result<(), String> {
    let mut child = Command::new("debconf-set-selections")
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|error| format!("debconf-set-selections: {error}"))?;
    let answer = b"postfix postfix/main_mailer_type select No configuration\n";
    let mut input = child.stdin.take().ok_or("debconf-set-selections has no input")?;
    input.write_all(answer).map_err(|error| format!("debconf-set-selections: {error}"))?;
    drop(input);
    let status = child.wait().map_err(|error| format!("debconf-set-selections: {error}"))?;
    if status.success() { Ok(()) } else { Err("debconf-set-selections failed".to_owned()) }
}

/// While it lives, Debian starts no service; an existing policy of the machine is left alone.
struct NoServices {
    ours: bool,
}

impl NoServices {
    fn new() -> Result<Self, String> {
        use std::os::unix::fs::PermissionsExt;
        if Path::new(POLICY).exists() {
            return Ok(Self { ours: false });
        }
        let said = |error: std::io::Error| format!("{POLICY}: {error}");
        fs::write(POLICY, "#!/bin/sh\nexit 101\n").map_err(said)?;
        fs::set_permissions(POLICY, fs::Permissions::from_mode(0o755)).map_err(said)?;
        Ok(Self { ours: true })
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.ours && fs::remove_file(POLICY).is_err() {
            eprintln!("setup: remove {POLICY} by hand");
        }
    }
}

/// Makes the judge's virtual environment outside of the tree.
fn judge() -> Result<(), String> {
    let folder = files::cache()?.join("judge");
    let python = folder.join("bin/python3");
    if has_modules(&python) {
        return Ok(());
    }
    eprintln!("setup: making {} for the judge", folder.display());
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    succeed(quiet(system_python()).args(["-m", "venv", "--clear"]).arg(&folder))?;
    succeed(quiet(&python).args(["-m", "pip", "install", "--quiet"]).args(MODULES))
        .map_err(|what| format!("the judge's modules {}: {what}", MODULES.join(", ")))?;
    if has_modules(&python) { Ok(()) } else { Err("the judge's modules do not load".to_owned()) }
}

/// Installs axe-core outside of the tree. It ships with nothing, so its licence binds nobody else.
fn axe() -> Result<(), String> {
    let (own, folder) = (files::root().join("crates/testbench/axe"), files::cache()?.join("axe"));
    for name in ["package.json", "package-lock.json"] {
        npm::renew(&own.join(name), &folder.join(name))?;
    }
    npm::licences(&folder, &["Apache-2.0", "MPL-2.0"])?;
    npm::install(&folder).map_err(|what| format!("axe-core could not be installed: {what}"))
}

fn has_modules(python: &Path) -> bool {
    let status =
        Command::new(python).args(["-c", "import dkim, nacl"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Debian's own Python first: python3-venv belongs to it.
fn system_python() -> PathBuf {
    let own = PathBuf::from("/usr/bin/python3");
    if own.exists() { own } else { PathBuf::from("python3") }
}

fn quiet(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::from(std::io::stderr()));
    command
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program} ended with {status}")),
        Err(error) => Err(format!("{program}: {error}")),
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_installed_packages_count_as_there() {
        let answer = "postfix installed\npostgresql config-files\nchromium-driver installed\n";
        let missing: Vec<&str> = not_installed(answer).iter().map(|(name, _)| *name).collect();
        assert!(!missing.contains(&"postfix"));
        assert!(missing.contains(&"postgresql"));
        // `chromium-driver` must not pass for `chromium`.
        assert!(missing.contains(&"chromium"));
    }
}
