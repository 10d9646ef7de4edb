//! `secrets.key`: made at the first start, outside the database, and never again.
//!
//! The database keeps a mark of every secret that was ever used. A start without one of them is
//! refused: links in mails already sent would be dead, and exclusions forgotten, without a word.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use seals::{Dice, Seals};
use store::Store;

use crate::fault::Fault;

/// The keys of this installation; makes the file where there is neither file nor mark.
///
/// # Errors
/// The file is missing although the database knows secrets, lacks one of them, can be read by
/// others, or cannot be read or made. The text says what to do.
pub(crate) async fn found_or_read(path: &Path, store: &Store, dice: &dyn Dice) -> Result<Seals, Fault> {
    let known = store.installation().await?.secret_marks;
    let seals = match read(path)? {
        Some(seals) => seals,
        None if known.is_empty() => make(path, dice)?,
        None => return Err(lost(path)),
    };
    let marks = marks(&seals);
    check(path, &known, &marks)?;
    store.keep_secret_marks(marks).await?;
    Ok(seals)
}

/// The keys of an installation that exists; makes nothing.
///
/// # Errors
/// As [`found_or_read`].
pub(crate) async fn read_existing(path: &Path, store: &Store) -> Result<Seals, Fault> {
    let known = store.installation().await?.secret_marks;
    match read(path)? {
        Some(seals) => check(path, &known, &marks(&seals)).map(|()| seals),
        None if known.is_empty() => Err(Fault::failed(format!(
            "there is no {} yet: it is made when \"jawort serve\" starts for the first time",
            path.display()
        ))),
        None => Err(lost(path)),
    }
}

fn lost(path: &Path) -> Fault {
    Fault::failed(format!(
        "{} is missing, but this database was used with it: put your copy of the file back. A new secret would kill every link in mails already sent and forget every exclusion, so none is made",
        path.display()
    ))
}

fn check(path: &Path, known: &[String], present: &[String]) -> Result<(), Fault> {
    if known.iter().all(|mark| present.contains(mark)) {
        return Ok(());
    }
    Err(Fault::failed(format!(
        "{} lacks a key that this database was used with: put your copy of the file back (new keys go above the old ones, which stay), or check that database and secrets_file belong together",
        path.display()
    )))
}

/// One mark for each key, the current one first. A mark is eight bytes of a keyed hash of words
/// that are no address.
fn marks(seals: &Seals) -> Vec<String> {
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    seals.address_keys_mail("mark of a secret").iter().map(|key| hex(&key.as_bytes()[..8])).collect()
}

/// The keys in a file; `None` where there is none.
///
/// # Errors
/// The file can be read by others, or cannot be read.
pub(crate) fn read(path: &Path) -> Result<Option<Seals>, Fault> {
    let unreadable = |error: std::io::Error| Fault::failed(format!("{} cannot be read: {error}", path.display()));
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Fault::failed(format!(
            "{} may be read by others (mode {:03o}): run \"chmod 600 {}\" and check who could have read it",
            path.display(),
            mode & 0o777,
            path.display()
        )));
    }
    Seals::parse(&text).map(Some).map_err(|error| Fault::failed(format!("{}: {error}", path.display())))
}

/// Writes a new file; it is on the disk before the database learns its mark.
fn make(path: &Path, dice: &dyn Dice) -> Result<Seals, Fault> {
    let (seals, text) = Seals::generate(dice);
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let durable = written.and_then(|()| fs::File::open(folder)?.sync_all());
    match durable {
        Ok(()) => Ok(seals),
        Err(error) => {
            // A half-written secret must not be taken for a whole one at the next start.
            if error.kind() != ErrorKind::AlreadyExists {
                let _ = fs::remove_file(path);
            }
            Err(Fault::failed(format!(
                "{} cannot be made: {error}; check that its folder exists and may be written",
                path.display()
            )))
        }
    }
}
