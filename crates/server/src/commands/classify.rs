//! `jawort classify`: what the reader of arriving mail makes of files.

use std::fs;
use std::path::{Path, PathBuf};

use inbound::effect::names_ours;
use mail_formats::console;
use mail_formats::incoming::{self, Incoming};
use mail_formats::rules::{FILES, RuleSet};
use seals::Seals;

use crate::cli::Classify;
use crate::fault::Fault;
use crate::output::write;
use crate::secrets;
use crate::settings::Settings;

/// Files below the folders of `--changes`.
const MAX_FILES: usize = 100_000;

/// Reads what was asked for. With `--config` mail that names messages of this installation is told
/// from other forwarded mail.
///
/// # Errors
/// A file cannot be read, or a rule is faulty.
pub(crate) fn run(what: &Classify, config: Option<&Path>) -> Result<(), Fault> {
    let edited = what.rules.as_deref().map(rules_in).transpose()?;
    let rules = edited.as_ref().unwrap_or_else(|| RuleSet::built_in());
    if !what.changes.is_empty() {
        return changes(rules, &what.changes);
    }
    if let Some(file) = &what.replies {
        let text = text_of(file)?;
        let words = console::diagnostics(&text).map(|reply| format!("{}\n", console::reply_word(rules, reply)));
        return write(&words.collect::<String>());
    }
    if let Some(file) = &what.explain {
        return write(&console::explanation(rules, &bytes_of(file)?));
    }
    if let Some((body, subject)) = what.forward.split_first() {
        let subject = subject.first().map(|file| text_of(file)).transpose()?;
        return write(&format!("{}\n", console::forward_json(rules, &text_of(body)?, subject.as_deref())));
    }
    let seals = config.map(keys).transpose()?;
    for file in &what.tsv {
        let raw = bytes_of(file)?;
        let row = match &seals {
            Some(seals) if is_ours(seals, &raw) => "complaint\t\t".to_owned(),
            _ => console::table_row(rules, &raw),
        };
        write(&format!("{}\t{row}\n", file.display()))?;
    }
    Ok(())
}

/// Mail that a person passes on and that names a message or a person of this installation.
fn is_ours(seals: &Seals, raw: &[u8]) -> bool {
    matches!(incoming::read(raw), Incoming::ForwardedMail(letter) if names_ours(seals, &letter.traces))
}

/// The keys of the installation that was named. Without them nothing would be known as its own, so
/// their absence is told.
fn keys(config: &Path) -> Result<Seals, Fault> {
    let file = Settings::load(Some(config))?.core.secrets_file;
    secrets::read(Path::new(&file))?
        .ok_or_else(|| Fault::failed(format!("{file}: the installation's keys are not there")))
}

fn rules_in(folder: &Path) -> Result<RuleSet, Fault> {
    let mut texts = Vec::with_capacity(FILES.len());
    for name in FILES {
        texts.push(text_of(&folder.join(name))?);
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let [replies, notices, answers, forwards] = texts[..] else { return Err(Fault::failed("rules are missing")) };
    RuleSet::parse([replies, notices, answers, forwards]).map_err(|error| Fault::failed(error.to_string()))
}

/// Prints each file that edited rules read otherwise, and how many there are.
fn changes(rules: &RuleSet, places: &[PathBuf]) -> Result<(), Fault> {
    let (mut read, mut changed) = (0, 0);
    for file in files_in(places)? {
        let lines = match file.extension().and_then(|e| e.to_str()) {
            Some("eml") => mail_changes(rules, &file)?,
            Some("tsv") => reply_changes(rules, &file)?,
            Some("txt") => forward_changes(rules, &file)?,
            _ => continue,
        };
        read += 1;
        changed += lines.len();
        for (before, after) in lines {
            write(&format!("{}\n  - {before}\n  + {after}\n", file.display()))?;
        }
    }
    write(&format!("{changed} changes in {read} files\n"))
}

type Change = (String, String);

fn mail_changes(rules: &RuleSet, file: &Path) -> Result<Vec<Change>, Fault> {
    let raw = bytes_of(file)?;
    let (before, after) = (console::table_row(RuleSet::built_in(), &raw), console::table_row(rules, &raw));
    Ok(if before == after { Vec::new() } else { vec![(before, after)] })
}

/// A text, with its subject in the file beside it where there is one.
fn forward_changes(rules: &RuleSet, file: &Path) -> Result<Vec<Change>, Fault> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !name.contains("_body") {
        return Ok(Vec::new());
    }
    let beside = file.with_file_name(name.replace("_body", "_subject"));
    let subject = beside.is_file().then(|| text_of(&beside)).transpose()?;
    let text = text_of(file)?;
    let read = |rules: &RuleSet| console::forward_json(rules, &text, subject.as_deref());
    let (before, after) = (read(RuleSet::built_in()), read(rules));
    Ok(if before == after { Vec::new() } else { vec![(before, after)] })
}

/// A file of refusals has a head line that says so; other tables are passed over.
fn reply_changes(rules: &RuleSet, file: &Path) -> Result<Vec<Change>, Fault> {
    let text = text_of(file)?;
    if !text.starts_with("diagnostic\t") {
        return Ok(Vec::new());
    }
    let pairs = console::diagnostics(&text).map(|reply| {
        let word = |rules: &RuleSet| format!("{}: {reply}", console::reply_word(rules, reply));
        (word(RuleSet::built_in()), word(rules))
    });
    Ok(pairs.filter(|(before, after)| before != after).collect())
}

/// The files, and those below the folders, in the order of their names.
fn files_in(places: &[PathBuf]) -> Result<Vec<PathBuf>, Fault> {
    let (mut files, mut open) = (Vec::new(), places.to_vec());
    while let Some(place) = open.pop() {
        if !place.is_dir() {
            files.push(place);
            continue;
        }
        for entry in fs::read_dir(&place).map_err(|error| unreadable(&place, &error))? {
            open.push(entry.map_err(|error| unreadable(&place, &error))?.path());
        }
        if files.len() > MAX_FILES {
            return Err(Fault::failed(format!("more than {MAX_FILES} files")));
        }
    }
    files.sort();
    Ok(files)
}

fn bytes_of(file: &Path) -> Result<Vec<u8>, Fault> {
    fs::read(file).map_err(|error| unreadable(file, &error))
}

fn text_of(file: &Path) -> Result<String, Fault> {
    bytes_of(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn unreadable(file: &Path, error: &std::io::Error) -> Fault {
    Fault::failed(format!("{} cannot be read: {error}", file.display()))
}
