//! The independent judges of outgoing mail: programs that share no code with the product, and
//! that lie beside the source tree or are installed on the machine.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Why the judges cannot judge: the reason for a NOT RUN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoJudges(String);

impl fmt::Display for NoJudges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no judges: {}", self.0)
    }
}

impl std::error::Error for NoJudges {}

/// The judges' programs.
#[derive(Clone, Debug)]
pub struct Judges {
    scripts: PathBuf,
    python: PathBuf,
}

/// One question to the judge of SPF and Sender ID.
#[derive(Clone, Copy, Debug)]
pub struct SpfQuestion<'a> {
    /// An address, or a host name for the scope `helo`.
    pub identity: &'a str,
    /// Whence.
    pub ip: &'a str,
    /// `mfrom`, `pra` or `helo`.
    pub scope: &'a str,
    /// `pass`, `fail`, `softfail` …
    pub expected: &'a str,
}

impl Judges {
    /// Finds them: the scripts at `JAWORT_SHARED`, else beside the source tree; the Python that
    /// `cargo xtask setup` made.
    ///
    /// # Errors
    /// [`NoJudges`] with what is missing.
    pub fn find() -> Result<Self, NoJudges> {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
        let shared = std::env::var_os("JAWORT_SHARED").map_or_else(beside, PathBuf::from);
        let scripts = shared.join("oracles");
        if !scripts.join("check_message.py").is_file() {
            return Err(NoJudges("the folder of test material is absent (JAWORT_SHARED)".into()));
        }
        let python = python().filter(|path| path.is_file());
        let absent = || NoJudges("their Python is absent: cargo xtask setup".into());
        Ok(Self { scripts, python: python.ok_or_else(absent)? })
    }

    /// Judges all mails of a folder as `cargo xtask demo --keep-mail` writes it. Returns how
    /// many were judged; forwarded ones are not.
    ///
    /// # Errors
    /// The findings, or why the judge did not work.
    pub fn judge_folder(&self, folder: &Path) -> Result<usize, String> {
        let mails = mails(folder)?;
        let judged = mails.iter().filter(|path| !is_forwarded(path)).count();
        let output = Command::new(&self.python)
            .arg(self.scripts.join("check_message.py"))
            .args(["--purpose", "auto", "--domainkeys", "--zone"])
            .arg(folder.join("zone.txt"))
            .arg("--notices")
            .arg(folder.join("notice.txt"))
            .args(&mails)
            .output();
        let told = verdict(output)?;
        let wanted = format!("{} messages, 0 findings", mails.len());
        if told.contains(&wanted) { Ok(judged) } else { Err(told) }
    }

    /// Verifies DomainKeys and DKIM of `count` mails of the folder, evenly picked. Returns how
    /// many were verified.
    ///
    /// # Errors
    /// The findings, or why the judge did not work.
    pub fn verify_signatures(&self, folder: &Path, count: usize) -> Result<usize, String> {
        let mut mails = mails(folder)?;
        mails.retain(|path| !is_forwarded(path));
        let step = (mails.len() / count.max(1)).max(1);
        let sample: Vec<PathBuf> = mails.into_iter().step_by(step).take(count).collect();
        let output = Command::new("perl")
            .arg(self.scripts.join("verify_domainkeys.pl"))
            .arg(folder.join("zone.txt"))
            .args(&sample)
            .output();
        verdict(output).map(|_| sample.len())
    }

    /// Asks about SPF and Sender ID by the zone of the folder.
    ///
    /// # Errors
    /// All answers when one is not as expected, or why the judge did not work.
    pub fn ask_spf(&self, folder: &Path, questions: &[SpfQuestion<'_>]) -> Result<(), String> {
        let words = questions.iter().flat_map(|q| [q.identity, q.ip, q.scope, q.expected]);
        let output =
            Command::new("perl").arg(self.scripts.join("spf_pra.pl")).arg(folder.join("zone.txt")).args(words).output();
        verdict(output).map(drop)
    }
}

fn python() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("XTASK_JUDGE_PYTHON") {
        return Some(named.into());
    }
    let own = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = own.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
    Some(cache.join("jawort/judge/bin/python3"))
}

fn mails(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    let mut mails: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    mails.retain(|path| path.extension().is_some_and(|ending| ending == "eml"));
    mails.sort();
    Ok(mails)
}

fn is_forwarded(mail: &Path) -> bool {
    mail.to_string_lossy().ends_with("-forwarded.eml")
}

fn verdict(output: std::io::Result<Output>) -> Result<String, String> {
    let output = output.map_err(|error| error.to_string())?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(told);
    }
    Err(format!("{told}{}", String::from_utf8_lossy(&output.stderr)))
}
