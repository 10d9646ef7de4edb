//! The copy of the tree in which rules are broken: brought up to date, one test binary of it
//! built, and named tests of that binary run.

use super::recorded::{Break, Named};
use crate::files;
use crate::run::{self, Tests};
use std::fmt;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long the named tests of one binary may take together. A broken rule may make a test wait
/// for ever; that is no failure that tells anything, so it is reported.
const LIMIT: Duration = Duration::from_secs(5 * 60);

/// One test binary: the tests inside a crate, or one of its folders below `tests/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Binary {
    /// Which floor its crate stands on: lower ones are built faster.
    pub(super) floor: usize,
    /// Its crate.
    pub(super) of: String,
    /// What cargo is told to build: `--lib`, `--bins`, or `--test` and its name.
    target: Vec<String>,
}

impl Binary {
    /// The binary in which a test is found: `crates/policy/src/bounce.rs::r58_third`.
    pub(super) fn of_test(root: &Path, floor: usize, of: &str, name: &str) -> Self {
        let path = name.split("::").next().unwrap_or(name);
        let target = match path.split_once("/tests/") {
            Some((_, inside)) => {
                let binary = inside.split('/').next().unwrap_or(inside);
                vec!["--test".to_owned(), binary.trim_end_matches(".rs").to_owned()]
            }
            None if root.join(format!("crates/{of}/src/lib.rs")).is_file() => vec!["--lib".to_owned()],
            None => vec!["--bins".to_owned()],
        };
        Self { floor, of: of.to_owned(), target }
    }
}

impl fmt::Display for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.of, self.target.join(" "))
    }
}

/// What the named tests of a binary said.
#[derive(Debug)]
pub(super) enum Said {
    /// The code does not compile.
    NotBuilt,
    /// They did not end in time.
    Endless,
    /// The names that failed, did not run, or took the whole binary down.
    Ran { failed: Vec<String> },
}

/// A copy of the tree, kept between runs so that only what changed is built again.
pub(super) struct Copy {
    root: PathBuf,
    target: PathBuf,
    shared: Option<PathBuf>,
    /// What compiler and tests say.
    log: File,
    /// Held for the whole run: two runs would break each other's rules.
    _lock: File,
}

impl Copy {
    /// Brings the copy up to date: writes what differs, removes what is gone.
    pub(super) fn make(root: &Path) -> Result<Self, String> {
        let cache = files::cache()?;
        let copy = cache.join("breaks");
        fs::create_dir_all(&copy).map_err(|error| format!("{}: {error}", copy.display()))?;
        let lock = lock(&cache.join("breaks.lock"))?;
        let wanted = files::all(root)?;
        for path in &wanted {
            let bytes = fs::read(root.join(path)).map_err(|error| format!("{path}: {error}"))?;
            let bytes = if path == "Cargo.toml" { with_own_version(&bytes) } else { bytes };
            let place = copy.join(path);
            if fs::read(&place).ok().as_ref() != Some(&bytes) {
                write(&place, &bytes)?;
            }
        }
        for path in files::all(&copy)? {
            if !wanted.contains(&path) {
                fs::remove_file(copy.join(&path)).map_err(|error| format!("{path}: {error}"))?;
            }
        }
        let log = log();
        let file = File::create(log.as_ref()?).map_err(|error| format!("the log: {error}"))?;
        // The tree's own folder, so that the built dependencies are shared with it.
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        Ok(Self { root: copy, target, shared: files::shared(root), log: file, _lock: lock })
    }

    /// Does something while a rule is broken. The file is put back in any case.
    pub(super) fn broken<T>(&self, one: &Break, what: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        let whole = files::read(&self.root, &one.file)?;
        let place = self.root.join(&one.file);
        write(&place, one.apply(&whole)?.as_bytes())?;
        let outcome = what();
        write(&place, whole.as_bytes())?;
        outcome
    }

    /// Builds one binary and runs the named tests of it.
    pub(super) fn test(&self, binary: &Binary, tests: &[&Named]) -> Result<Said, String> {
        let Some(built) = self.build(binary)? else { return Ok(Said::NotBuilt) };
        let mut failed = Vec::new();
        for program in built {
            match self.run(binary, &program, tests)? {
                Some((told, status)) => failed.extend(
                    tests.iter().filter(|(_, test)| !passed(&told, status, test)).map(|(_, test)| test.clone()),
                ),
                None => return Ok(Said::Endless),
            }
        }
        Ok(Said::Ran { failed })
    }

    /// The programs that cargo made; `None` when the code does not compile.
    fn build(&self, binary: &Binary) -> Result<Option<Vec<PathBuf>>, String> {
        let mut cargo = run::cargo(&self.root);
        cargo.args([
            "test",
            "--no-run",
            "--profile",
            "ci",
            "--message-format",
            "json-render-diagnostics",
            "--package",
            &binary.of,
        ]);
        cargo.args(&binary.target);
        // Only the house's crates obey this one: quicker to build, and their tests are few.
        cargo.args(["--config", "profile.ci.opt-level=0", "--config", "profile.ci.debug=false"]);
        cargo.env("CARGO_TARGET_DIR", &self.target).stdout(Stdio::piped()).stderr(self.log()?);
        let output = cargo.spawn().and_then(Child::wait_with_output).map_err(|error| format!("cargo: {error}"))?;
        if !output.status.success() {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(Some(text.lines().filter_map(executable).map(PathBuf::from).collect()))
    }

    /// Runs the program as cargo would; `None` when it did not end in time.
    fn run(&self, binary: &Binary, program: &Path, tests: &[&Named]) -> Result<Option<(Tests, ExitStatus)>, String> {
        let folder = self.root.join("crates").join(&binary.of);
        // As `cargo` does for everything that it starts; the variables come from there too.
        let surroundings = run::cargo(&folder);
        let mut command = Command::new(program);
        for (name, value) in surroundings.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        command.current_dir(&folder).env("CARGO_MANIFEST_DIR", &folder).env("CARGO_TARGET_DIR", &self.target);
        if let Some(shared) = &self.shared {
            command.env("JAWORT_SHARED", shared);
        }
        command.args(tests.iter().map(|(_, test)| test)).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(self.log()?);
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
        let output = child.stdout.take().ok_or("the tests' output is not there")?;
        let mut log = self.log()?;
        let reader = std::thread::spawn(move || read(output, &mut log));
        let status = wait(&mut child)?;
        let told = reader.join().map_err(|_| "the reader of the tests' output ended".to_owned())?;
        Ok(status.map(|status| (told, status)))
    }

    fn log(&self) -> Result<File, String> {
        self.log.try_clone().map_err(|error| format!("the log: {error}"))
    }
}

/// Where everything that compiler and tests say is kept.
pub(super) fn log() -> Result<PathBuf, String> {
    Ok(files::cache()?.join("breaks.log"))
}

fn lock(path: &Path) -> Result<File, String> {
    let file = File::create(path).map_err(|error| format!("{}: {error}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err("another run breaks rules in the same copy: wait for its end".to_owned()),
    }
}

/// Whether a named test passed: each of this name said so, and the program ended as it should.
fn passed(told: &Tests, status: ExitStatus, test: &str) -> bool {
    let mut own = told.results.iter().filter(|(name, _)| super::ends_as(name, test)).peekable();
    let ran = own.peek().is_some();
    let all = own.all(|(_, passed)| *passed);
    // A program that was torn down (stack, memory) says nothing of the tests that were running.
    ran && all && (status.success() || told.failed > 0)
}

/// Waits for the end; after [`LIMIT`] the program is killed, and there is none.
fn wait(child: &mut Child) -> Result<Option<ExitStatus>, String> {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|error| format!("the tests: {error}"))? {
            return Ok(Some(status));
        }
        if begin.elapsed() > LIMIT {
            child.kill().and_then(|()| child.wait()).map_err(|error| format!("the tests: {error}"))?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Reads the tests' output to its end and keeps it in the log.
fn read(output: impl std::io::Read, log: &mut File) -> Tests {
    let mut tests = Tests::default();
    let mut in_success = false;
    for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        tests.take(&line, &mut in_success);
        // A full disk costs the log, not the verdict.
        let _ = writeln!(log, "{line}");
    }
    tests
}

/// The program in one of cargo's messages.
fn executable(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("\"executable\":\"")?;
    rest.split_once('"').map(|(path, _)| path)
}

/// Cargo tells the crates of two copies of one workspace apart by their version only. Without a
/// version of its own the copy's broken builds would pass for builds of the tree, and the tree's
/// for the copy's, because both share one target folder (and with it the built dependencies).
fn with_own_version(manifest: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(manifest).into_owned();
    let Some((before, rest)) = text.split_once("\nversion = \"") else { return text.into_bytes() };
    let Some((version, after)) = rest.split_once('"') else { return text.into_bytes() };
    format!("{before}\nversion = \"{version}+breaks\"{after}").into_bytes()
}

fn write(place: &Path, bytes: &[u8]) -> Result<(), String> {
    let said = |error: std::io::Error| format!("{}: {error}", place.display());
    fs::create_dir_all(place.parent().unwrap_or(place)).map_err(said)?;
    fs::write(place, bytes).map_err(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_has_a_version_of_its_own() {
        let manifest = b"[workspace.package]\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        let copied = String::from_utf8(with_own_version(manifest)).expect("text");
        assert_eq!(copied, "[workspace.package]\nversion = \"0.1.0+breaks\"\nedition = \"2024\"\n");
        let own = fs::read(files::root().join("Cargo.toml")).expect("the workspace's manifest");
        assert_ne!(with_own_version(&own), own, "the workspace's version was not found");
    }

    #[test]
    fn a_test_is_found_in_its_binary() {
        let root = files::root();
        let of = |of: &str, name: &str| Binary::of_test(&root, 0, of, name).to_string();
        assert_eq!(of("policy", "crates/policy/src/bounce.rs::r58_third"), "policy --lib");
        assert_eq!(of("store", "crates/store/tests/it/people.rs::r17_a"), "store --test it");
        assert_eq!(of("server", "crates/server/src/names.rs::r33_a"), "server --bins");
    }

    #[test]
    fn the_program_is_read_from_cargos_message() {
        let message = r#"{"reason":"compiler-artifact","executable":"/t/ci/deps/it-0a","fresh":true}"#;
        assert_eq!(executable(message), Some("/t/ci/deps/it-0a"));
        assert_eq!(executable(r#"{"reason":"compiler-artifact","executable":null}"#), None);
    }
}
