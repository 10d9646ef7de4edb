//! The independent judge of outgoing mail reads what the gate released.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::world::{self, every_kind, gate};

/// A folder of this test run, removed when it is dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("jawort-gate-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for mails");
        Self(path)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Says that a tool is absent; where everything must run, that is a failure.
pub(crate) fn not_run(what: &str) {
    #[expect(clippy::print_stderr, reason = "a test that did not run must say so")]
    {
        eprintln!("NOT RUN: {what}");
    }
    assert!(variable("CI").is_none_or(|value| value != "true"), "NOT RUN: {what}");
}

#[expect(clippy::disallowed_methods, reason = "tests find tools by the environment, as the chores do")]
pub(crate) fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

fn shared() -> PathBuf {
    variable("JAWORT_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from)
}

fn python() -> Option<PathBuf> {
    let home = variable("HOME").map(PathBuf::from)?;
    let cache = variable("XDG_CACHE_HOME").map_or_else(|| home.join(".cache"), PathBuf::from);
    Some(cache.join("jawort/judge/bin/python")).filter(|path| path.exists())
}

/// Lets the judge read mails; each name tells the purpose behind its first `-`.
pub(crate) fn judge(name: &str, mails: &[(String, Vec<u8>)], notices: &str) {
    let script = shared().join("oracles/check_message.py");
    let (Some(python), true) = (python(), script.exists()) else {
        return not_run("check_message.py (its script or its Python with dkimpy is absent)");
    };
    let folder = Folder::new(name);
    let zone = folder.write("zone.txt", world::zone().as_bytes());
    let notices = folder.write("notice.txt", notices.as_bytes());
    let files: Vec<_> = mails.iter().map(|(name, bytes)| folder.write(name, bytes)).collect();
    let output = Command::new(python)
        .arg(script)
        .args(["--purpose", "auto", "--domainkeys", "--zone"])
        .arg(zone)
        .arg("--notices")
        .arg(notices)
        .args(files)
        .output()
        .expect("the judge runs");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains(&format!("{} messages, 0 findings", mails.len())), "{told}");
}

pub(crate) fn notices() -> String {
    let mut out = String::new();
    let account = world::account();
    let notice = account.legal_notice.expect("set");
    for from in ["erika@muster.example", "gaerten@jawort.example"] {
        // Names of fields differ by language, their values do not.
        for line in notice.lines(texts::Language::De) {
            let value = line.split_once(": ").map_or(line.as_str(), |(_, value)| value);
            out.push_str(&format!("{from}\t{value}\n"));
        }
    }
    out
}

/// Proves R26, R33, R34, R35, R36, R38, R46, R50, U2, U3, M1, M6, A1, A2, A3, A4, A8, F9, F12, L3: the
/// judge finds nothing in a mail of any kind, signatures verified by another implementation.
#[test]
fn r26_r34_r46_r64_the_judge_finds_nothing() {
    let gate = gate();
    let mails: Vec<_> = every_kind()
        .into_iter()
        .enumerate()
        .map(|(number, (word, mail))| (format!("{number:06}-{word}.eml"), mail.bytes(&gate)))
        .collect();
    judge("judge", &mails, &notices());
}

/// Proves R26, R46, R47: a legal notice of the largest size below a mail of one word leaves the
/// links at the end, in the eyes of the judge too.
#[test]
fn r26_r46_the_longest_legal_notice_leaves_the_links_at_the_end() {
    use policy::legal_notice::LegalNotice;
    let long = |what: &str| format!("{what} {}", "Straße und mehr ".repeat(6));
    let mut fields = world::legal_fields();
    fields.responsible_person = long("Erika Muster");
    fields.authority = long("Aufsicht");
    fields.capital_note = long("Kapital");
    fields.professional = "Kammer ".repeat(40);
    fields.vat_id = "DE123456789".into();
    let notice = LegalNotice::validate(fields).expect("complete");
    let lines = notice.lines(texts::Language::De);
    let listed: String = lines.iter().map(|line| format!("erika@muster.example\t{line}\n")).collect();
    let mut mails = Vec::new();
    for (word, mut mail) in
        [("newsletter", world::newsletter(world::markdown("Ja"))), ("confirmation", world::confirmation())]
    {
        mail.facts.account =
            Some(std::sync::Arc::new(policy::AccountFacts { legal_notice: Some(notice.clone()), ..world::account() }));
        mails.push((format!("{:06}-{word}.eml", mails.len()), mail.bytes(&gate())));
    }
    judge("longest", &mails, &listed);
}
