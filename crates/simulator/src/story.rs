//! The story of a world: what happened, when and where, so that a person can read why a promise broke.
//!
//! Every line also goes into the world's hash: two runs are the same when their hashes are.

use std::collections::VecDeque;
use std::fmt::{self, Write as _};

use policy::zone::Zone;
use policy::{AccountId, ContactId, MailingId, RowId, Timestamp};

use crate::clock::{MILLI, Nanos};

/// Lines that are remembered; older ones are forgotten.
const KEPT: usize = 60_000;
/// Lines that a story shows at most.
const SHOWN: usize = 120;

/// What a line is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) row: Option<RowId>,
    pub(crate) contact: Option<ContactId>,
    pub(crate) mailing: Option<MailingId>,
    pub(crate) account: Option<AccountId>,
    /// It concerns everybody: a crash, a stop, a clock.
    pub(crate) everybody: bool,
}

impl About {
    pub(crate) const WORLD: Self = Self { row: None, contact: None, mailing: None, account: None, everybody: true };

    pub(crate) const fn account(account: AccountId) -> Self {
        Self { account: Some(account), everybody: false, ..Self::WORLD }
    }

    pub(crate) const fn contact(contact: ContactId) -> Self {
        Self { contact: Some(contact), everybody: false, ..Self::WORLD }
    }

    pub(crate) const fn mailing(mailing: MailingId) -> Self {
        Self { mailing: Some(mailing), everybody: false, ..Self::WORLD }
    }

    pub(crate) const fn row(row: RowId) -> Self {
        match row {
            RowId::Delivery { contact, mailing } => Self {
                row: Some(row),
                contact: Some(contact),
                mailing: Some(mailing),
                account: Some(contact.account()),
                everybody: false,
            },
            RowId::Notice(_) => Self { row: Some(row), everybody: false, ..Self::WORLD },
        }
    }

    /// Whether a line about `self` belongs to a story about `subject`.
    fn belongs_to(self, subject: Self) -> bool {
        let same = |one: bool, alike: bool| one && alike;
        if self.everybody || same(self.row.is_some(), self.row == subject.row) {
            return true;
        }
        // Other rows of the same mailing or contact would bury the one that matters.
        (self.row.is_none() || subject.row.is_none())
            && (same(self.contact.is_some(), self.contact == subject.contact)
                || same(self.mailing.is_some(), self.mailing == subject.mailing)
                || same(self.account.is_some() && self.contact.is_none(), self.account == subject.account))
    }
}

#[derive(Clone, Debug)]
struct Line {
    at: Nanos,
    place: String,
    about: About,
    text: String,
}

/// What happened so far.
#[derive(Debug)]
pub(crate) struct Story {
    begin: Timestamp,
    lines: VecDeque<Line>,
    told: u64,
    hash: u64,
}

impl Story {
    pub(crate) const fn new(begin: Timestamp) -> Self {
        Self { begin, lines: VecDeque::new(), told: 0, hash: 0xcbf2_9ce4_8422_2325 }
    }

    /// Adds a line.
    pub(crate) fn tell(&mut self, at: Nanos, place: &str, about: About, text: impl fmt::Display) {
        let text = text.to_string();
        self.mix(&at.to_be_bytes());
        self.mix(place.as_bytes());
        self.mix(text.as_bytes());
        self.told += 1;
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(Line { at, place: place.to_owned(), about, text });
    }

    /// FNV-1a: it tells runs apart, it keeps no secrets.
    fn mix(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    pub(crate) const fn told(&self) -> u64 {
        self.told
    }

    pub(crate) const fn hash(&self) -> u64 {
        self.hash
    }

    /// The lines that belong to a subject, the last ones where there are many.
    pub(crate) fn about(&self, subject: About) -> String {
        let of: Vec<&Line> = self.lines.iter().filter(|line| line.about.belongs_to(subject)).collect();
        // What concerns everybody matters from the first line on that names the subject.
        let first = of.iter().position(|line| !line.about.everybody).unwrap_or(0).saturating_sub(5);
        let shown = &of[first.max(of.len().saturating_sub(SHOWN))..];
        self.written(shown.iter().copied())
    }

    /// Every line that is remembered.
    pub(crate) fn whole(&self) -> String {
        self.written(self.lines.iter())
    }

    fn written<'a>(&self, lines: impl Iterator<Item = &'a Line>) -> String {
        let mut text = String::new();
        for line in lines {
            let _ = write!(text, "{}  {:<10} {}", clock_face(self.begin, line.at), line.place, line.text);
            match line.about.row {
                Some(row) => {
                    let _ = writeln!(text, "  ({})", row_name(row));
                }
                None => text.push('\n'),
            }
        }
        text
    }
}

/// A contact as its account's number and its own.
pub(crate) fn contact_name(contact: ContactId) -> String {
    format!("{}/{}", contact.account(), contact.bits() & 0x3f_ffff_ffff)
}

/// A row as stories name it.
pub(crate) fn row_name(row: RowId) -> String {
    match row {
        RowId::Delivery { mailing, contact } => format!("mailing {mailing} to contact {}", contact_name(contact)),
        RowId::Notice(notice) => format!("notice {notice}"),
    }
}

/// World time as people read it, to the millisecond, UTC.
pub(crate) fn clock_face(begin: Timestamp, at: Nanos) -> String {
    let millis = begin.millis() + i64::try_from(at / MILLI).unwrap_or(i64::MAX);
    let moment = Timestamp::from_millis(millis);
    // The zone shows whole seconds.
    let shown = Zone::parse("UTC").map(|zone| zone.show(moment)).unwrap_or_default();
    let shown: String = shown.chars().take(19).collect();
    format!("{}.{:03}", shown.replace('T', " "), millis.rem_euclid(1000))
}
