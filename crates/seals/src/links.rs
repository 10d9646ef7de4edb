//! The tokens of links: `/u/`, `/c/`, `/p/` and their kin, and the unsubscribe mailbox.
//!
//! A token names a person (a contact, a pending sign-up, in a test mail a user) and a purpose,
//! never a delivery: it stays valid whatever was deleted. 60 bits of person, 4 of purpose and a
//! 64-bit check are one encrypted block of 128 bits.

use std::fmt;

use crate::alphabet;
use crate::keys::{Seals, TooLarge, fits};

/// Bits of a person's number in a token (22 of the account, 38 of the number in it).
pub const PERSON_BITS: u32 = 60;

/// Characters of a link token, always.
pub const LINK_TOKEN_CHARS: usize = alphabet::BASE62_CHARS;

const PURPOSE_BITS: u32 = 4;
const MAILBOX_PREFIX: &str = "u.";
const MAILBOX_CHARS: u32 = 26;

/// What a link is for, and so which table its number is looked up in. Four bits; a number is never
/// given to another purpose, as mails with it are out for years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkPurpose {
    /// Contact: the one-click URL in List-Unsubscribe.
    UnsubscribeHeader = 1,
    /// Contact: the unsubscribe link in the signature.
    UnsubscribeBody = 2,
    /// Pending sign-up: the confirmation link.
    Confirm = 3,
    /// Contact: the preferences link in the signature.
    Preferences = 4,
    /// Pending sign-up: "that was not me" in List-Unsubscribe of a confirmation mail.
    NotMeHeader = 5,
    /// Pending sign-up: the "that was not me" link of a confirmation mail.
    NotMeBody = 6,
    /// User: no more test mails, in List-Unsubscribe of a test mail.
    TestStopHeader = 7,
    /// User: no more test mails, in the signature of a test mail.
    TestStopBody = 8,
    /// Contact: the mail as a page.
    ViewOnline = 9,
    /// User or sender: the proof that an address reads its mail; a user's is an invitation too.
    ProveAddress = 10,
    /// Contact: a wrapped external link.
    External = 11,
    /// User: the preferences link as a test mail shows it.
    TestPreferences = 12,
    /// Entry link: a forgotten password, or the first log-in of an operator. Works once.
    Enter = 13,
}

impl LinkPurpose {
    /// Every purpose.
    pub const ALL: [Self; 13] = [
        Self::UnsubscribeHeader,
        Self::UnsubscribeBody,
        Self::Confirm,
        Self::Preferences,
        Self::NotMeHeader,
        Self::NotMeBody,
        Self::TestStopHeader,
        Self::TestStopBody,
        Self::ViewOnline,
        Self::ProveAddress,
        Self::External,
        Self::TestPreferences,
        Self::Enter,
    ];

    /// The letter between the slashes of the link's path, as in `/u/{token}`.
    pub const fn path_letter(self) -> char {
        match self {
            Self::UnsubscribeHeader
            | Self::UnsubscribeBody
            | Self::NotMeHeader
            | Self::NotMeBody
            | Self::TestStopHeader
            | Self::TestStopBody => 'u',
            Self::Confirm => 'c',
            Self::Preferences | Self::TestPreferences => 'p',
            Self::ViewOnline => 'v',
            Self::ProveAddress => 'e',
            Self::Enter => 'r',
            Self::External => 'x',
        }
    }

    fn from_bits(bits: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|&purpose| purpose as u64 == bits)
    }
}

/// The token of a link: 22 characters of `0-9A-Za-z`, case-sensitive. Whoever has it may act for
/// the person, so it is not shown by `Debug` and never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkToken(String);

impl LinkToken {
    /// The text for the URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(..)")
    }
}

impl Seals {
    /// The token of `person`'s link for `purpose`. The same arguments give the same token.
    ///
    /// # Errors
    /// `person` is 2^60 or more.
    pub fn link_token(&self, person: u64, purpose: LinkPurpose) -> Result<LinkToken, TooLarge> {
        let block = self.current().link.seal(meaning(person, purpose)?);
        Ok(LinkToken(alphabet::base62(block)))
    }

    /// The person and the purpose of a token that this installation minted; `None` for everything
    /// else. The caller compares the purpose with what it serves.
    pub fn read_link_token(&self, token: &str) -> Option<(u64, LinkPurpose)> {
        let block = alphabet::read_base62(token)?;
        self.ring().find_map(|keys| keys.link.open(block)).and_then(parts)
    }

    /// The local part of the List-Unsubscribe mailbox, `u.` and 26 base32 characters. `purpose` is
    /// that of the header URL beside it (D13: it means something else in a confirmation or test
    /// mail).
    ///
    /// # Errors
    /// `person` is 2^60 or more.
    pub fn unsubscribe_mailbox_local(&self, person: u64, purpose: LinkPurpose) -> Result<String, TooLarge> {
        let block = self.current().mailbox.seal(meaning(person, purpose)?);
        let mut local = String::from(MAILBOX_PREFIX);
        alphabet::push_base32(&mut local, block, MAILBOX_CHARS);
        Ok(local)
    }

    /// The person and the purpose of an unsubscribe mailbox of this installation, in either case;
    /// `None` for everything else.
    pub fn read_unsubscribe_mailbox_local(&self, local: &str) -> Option<(u64, LinkPurpose)> {
        let text = after_prefix(local, MAILBOX_PREFIX)?;
        if text.len() != MAILBOX_CHARS as usize {
            return None;
        }
        let block = alphabet::read_base32(text.as_bytes())?;
        self.ring().find_map(|keys| keys.mailbox.open(block)).and_then(parts)
    }
}

/// What follows `prefix`, which mail systems may have written in upper case.
pub(crate) fn after_prefix<'a>(local: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = local.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn meaning(person: u64, purpose: LinkPurpose) -> Result<u64, TooLarge> {
    Ok(fits("person", person, PERSON_BITS)? << PURPOSE_BITS | purpose as u64)
}

fn parts(meaning: u64) -> Option<(u64, LinkPurpose)> {
    let purpose = LinkPurpose::from_bits(meaning & ((1 << PURPOSE_BITS) - 1))?;
    Some((meaning >> PURPOSE_BITS, purpose))
}
