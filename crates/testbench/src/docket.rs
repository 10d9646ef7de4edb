//! Where every mail of a test goes: to the independent judges, with the zone and the legal notices
//! that were in force.
//!
//! A [`World`](crate::story::World) hands its mails over when it ends, and a
//! [`Provider`] whose mails nobody took fails its test: no test can receive mail in silence.
//!
//! The judges take 13 ms for a mail. So of mails that are alike (one purpose, sender and subject,
//! and the same header fields in the same order) they read [`ALIKE`] of each test, evenly picked; all
//! of the story's, and all of everything where the environment says `XTASK_LONG=1`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::judges::Judges;
use crate::provider::{Provider, Record};
use crate::story::{Facts, Kind, Mail, keep, mail};

/// How many of the mails of one test that are alike are read.
pub const ALIKE: usize = 60;

/// What the judges said: nothing against any mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whole messages that came, accepted in the end or not.
    pub received: usize,
    /// Those that the judges read.
    pub judged: usize,
    /// Letters of others that were forwarded, and arrived byte for byte.
    pub forwarded: usize,
    /// Those that were left out because enough of their like were read.
    pub alike: usize,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { received, judged, forwarded, alike } = self;
        write!(f, "{received} mails received, {judged} judged, {forwarded} forwarded, {alike} like those, 0 findings")
    }
}

/// The mails of one test.
#[derive(Debug)]
pub struct Docket {
    facts: Facts,
    mails: Vec<Mail>,
}

impl Docket {
    /// An empty one. `facts` decide what each mail was sent for.
    #[must_use]
    pub fn new(facts: Facts) -> Self {
        Self { facts, mails: Vec::new() }
    }

    /// Takes all that came to a provider.
    pub fn take(&mut self, provider: &Provider) {
        for record in provider.hand_over() {
            self.put(record);
        }
    }

    /// Takes a mail that came elsewhere, without what that place wrote above it.
    pub fn add(&mut self, content: Vec<u8>, recipient: &str) {
        self.put(Record::of(content, recipient));
    }

    fn put(&mut self, mut record: Record) {
        record.number = self.mails.len() as u64 + 1;
        let known = mail(record, &self.facts);
        self.mails.push(known.expect("a whole message had a recipient that was accepted"));
    }

    /// Lets the judges read the mails, `all` or at most [`ALIKE`] of a kind. `zone` has a TXT record a
    /// line: name TAB value. None: they are not on this machine, which was said as NOT RUN.
    ///
    /// # Errors
    /// The findings; the folder with the mails stays then, and is named.
    ///
    /// # Panics
    /// Without judges where everything must run (`CI=true`).
    pub fn judge(&self, zone: &str, all: bool) -> Result<Option<Verdict>, String> {
        if self.mails.is_empty() {
            return Ok(Some(Verdict::default()));
        }
        let judges = match Judges::find() {
            Ok(judges) => judges,
            Err(reason) => {
                crate::not_run(reason);
                return Ok(None);
            }
        };
        let folder = scratch_folder();
        let all = all || std::env::var_os("XTASK_LONG").is_some();
        let picked = if all { self.mails.clone() } else { self.picked() };
        let verdict = self.read(&judges, &folder, zone, &picked);
        let verdict = verdict.map_err(|why| format!("{why}\n(the mails are kept in {})", folder.display()))?;
        std::fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
        Ok(Some(verdict))
    }

    /// Of each kind of mail so many that all shapes are read; every forwarded letter.
    fn picked(&self) -> Vec<Mail> {
        let mut kinds: BTreeMap<_, Vec<&Mail>> = BTreeMap::new();
        for mail in &self.mails {
            kinds.entry((mail.kind, &mail.from, &mail.subject, fields(&mail.record.bytes))).or_default().push(mail);
        }
        let mut picked = Vec::new();
        for ((kind, ..), mails) in kinds {
            let count = if kind == Kind::Forwarded { mails.len() } else { mails.len().min(ALIKE) };
            picked.extend((0..count).map(|number| mails[number * mails.len() / count].clone()));
        }
        picked
    }

    fn read(&self, judges: &Judges, folder: &Path, zone: &str, mails: &[Mail]) -> Result<Verdict, String> {
        let notices: Vec<_> = self.facts.notices.clone().into_iter().collect();
        keep(folder, mails, zone, &notices)?;
        let judged = judges.judge_folder(folder)?;
        let forwarded = mails.iter().filter(|mail| mail.kind == Kind::Forwarded);
        let forwarded = forwarded.map(|mail| self.unchanged(mail)).collect::<Result<Vec<()>, String>>()?.len();
        if judged + forwarded != mails.len() {
            return Err(format!("of {} mails {judged} were judged and {forwarded} forwarded", mails.len()));
        }
        let received = self.mails.len();
        Ok(Verdict { received, judged, forwarded, alike: received - mails.len() })
    }

    /// A forwarded letter is the one that was written.
    fn unchanged(&self, mail: &Mail) -> Result<(), String> {
        let written = self.facts.letters.get(&mail.message_id);
        let same = written.is_some_and(|letter| letter[..] == mail.record.bytes[..]);
        if same { Ok(()) } else { Err(format!("the letter {} did not arrive byte for byte", mail.message_id)) }
    }
}

/// The names of all header fields, in their order.
fn fields(mail: &[u8]) -> String {
    let header = String::from_utf8_lossy(mail);
    let lines = header.split("\r\n").take_while(|line| !line.is_empty());
    lines.filter(|line| !line.starts_with([' ', '\t'])).filter_map(|line| line.split(':').next()).collect()
}

fn scratch_folder() -> PathBuf {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("jawort-docket.{}.{number}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_are_left_out_only_when_enough_of_their_like_are_read() {
        let facts = Facts { newsletters: ["News".to_owned()].into(), ..Facts::default() };
        let mut docket = Docket::new(facts);
        let mail = |subject: &str, extra: &str, number: usize| {
            format!("From: <a@b.test>\r\nSubject: {subject}\r\n{extra}Message-ID: <{number}@b.test>\r\n\r\nx\r\n")
        };
        for number in 0..1000 {
            docket.add(mail("News", "", number).into_bytes(), "p@q.test");
        }
        docket.add(mail("News", "Bcc: x@y.test\r\n", 1000).into_bytes(), "p@q.test");
        docket.add(mail("Please confirm", "", 1001).into_bytes(), "p@q.test");
        let picked = docket.picked();
        assert_eq!(picked.len(), ALIKE + 2);
        let odd = |what: &str| picked.iter().any(|mail| String::from_utf8_lossy(&mail.record.bytes).contains(what));
        assert!(odd("Bcc:") && odd("Please confirm") && odd("<0@b.test>") && odd("<983@b.test>"));
    }
}
