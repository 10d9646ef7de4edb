//! How a message names itself, so that a bounce or report leads back to it however much of it was
//! redacted and however old it is: return path, Message-ID, feedback id.
//!
//! Each carries person, message and kind in 44 base32 characters with a 96-bit tag; return path
//! and feedback id the attempt too, the Message-ID not, so that a repeat has the same one.

use crate::keys::{Keys, Seals, TooLarge, fits};
use crate::links::{PERSON_BITS, after_prefix};

/// Bits of a mailing's or notice's number in a return path: what 44 characters leave beside
/// person, kind, attempt and tag.
pub const MESSAGE_BITS: u32 = 55;

const ATTEMPT_BITS: u32 = 8;
const RETURN_PATH_PREFIX: &str = "b.";

/// Which of the two tables a message's row lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MailKind {
    /// A newsletter or autoresponder: `message` is the mailing's number, `person` the contact's.
    Mailing = 0,
    /// Every other mail: `message` is the notice's number.
    Notice = 1,
}

/// One message to one person, whatever the attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageRef {
    person: u64,
    message: u64,
    kind: MailKind,
}

impl MessageRef {
    /// The message `message` (of its kind) to `person`.
    ///
    /// # Errors
    /// `person` is 2^60 or more, or `message` is 2^55 or more.
    pub fn new(person: u64, message: u64, kind: MailKind) -> Result<Self, TooLarge> {
        Ok(Self {
            person: fits("person", person, PERSON_BITS)?,
            message: fits("message", message, MESSAGE_BITS)?,
            kind,
        })
    }

    /// The same message in its attempt `attempt`.
    pub const fn attempt(self, attempt: u8) -> MailRef {
        MailRef { message: self, attempt }
    }

    /// The person's number, below 2^60.
    pub const fn person(&self) -> u64 {
        self.person
    }

    /// The mailing's or notice's number, below 2^55.
    pub const fn message(&self) -> u64 {
        self.message
    }

    /// Whether `message` is a mailing's or a notice's number.
    pub const fn kind(&self) -> MailKind {
        self.kind
    }
}

/// One attempt to hand over one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailRef {
    message: MessageRef,
    attempt: u8,
}

impl MailRef {
    /// The attempt `attempt` of the message `message` (of its kind) to `person`.
    ///
    /// # Errors
    /// As [`MessageRef::new`].
    pub fn new(person: u64, message: u64, kind: MailKind, attempt: u8) -> Result<Self, TooLarge> {
        Ok(MessageRef::new(person, message, kind)?.attempt(attempt))
    }

    /// The message, whatever the attempt.
    pub const fn message_ref(&self) -> MessageRef {
        self.message
    }

    /// The person's number, below 2^60.
    pub const fn person(&self) -> u64 {
        self.message.person
    }

    /// The mailing's or notice's number, below 2^55.
    pub const fn message(&self) -> u64 {
        self.message.message
    }

    /// Whether `message` is a mailing's or a notice's number.
    pub const fn kind(&self) -> MailKind {
        self.message.kind
    }

    /// The attempt (its lowest eight bits, if a row counts further).
    pub const fn attempt(&self) -> u8 {
        self.attempt
    }

    fn pack(&self) -> u128 {
        let MessageRef { person, message, kind } = self.message;
        let low = (message << 1 | kind as u64) << ATTEMPT_BITS | u64::from(self.attempt);
        u128::from(person) << 64 | u128::from(low)
    }

    fn unpack(meaning: u128) -> Option<Self> {
        let person = u64::try_from(meaning >> 64).ok()?;
        let low = meaning as u64;
        let (attempt, rest) = (low as u8, low >> ATTEMPT_BITS);
        let kind = if rest & 1 == 0 { MailKind::Mailing } else { MailKind::Notice };
        Self::new(person, rest >> 1, kind, attempt).ok()
    }
}

impl Seals {
    /// The local part of the envelope sender: `b.` and 44 base32 characters.
    pub fn return_path_local(&self, mail: &MailRef) -> String {
        format!("{RETURN_PATH_PREFIX}{}", self.current().return_path.seal(mail.pack()))
    }

    /// The attempt that a return path of this installation names, in either case; `None` for
    /// everything else (T8: such a RCPT is refused).
    pub fn read_return_path_local(&self, local: &str) -> Option<MailRef> {
        let text = after_prefix(local, RETURN_PATH_PREFIX)?;
        self.read_ref(|keys| keys.return_path.open(text))
    }

    /// The local part of the Message-ID: 44 base32 characters, the same for every attempt.
    pub fn message_id_local(&self, message: &MessageRef) -> String {
        self.current().message_id.seal(message.attempt(0).pack())
    }

    /// The message that the local part of a Message-ID of this installation names; `None` for
    /// everything else.
    pub fn read_message_id_local(&self, local: &str) -> Option<MessageRef> {
        let mail = self.read_ref(|keys| keys.message_id.open(local))?;
        (mail.attempt == 0).then_some(mail.message)
    }

    /// The text for CFBL-Feedback-ID (RFC 9477): 44 base32 characters.
    pub fn feedback_token(&self, mail: &MailRef) -> String {
        self.current().feedback.seal(mail.pack())
    }

    /// The attempt that a feedback id of this installation names; `None` for everything else.
    pub fn read_feedback_token(&self, token: &str) -> Option<MailRef> {
        self.read_ref(|keys| keys.feedback.open(token))
    }

    fn read_ref(&self, open: impl Fn(&Keys) -> Option<u128>) -> Option<MailRef> {
        self.ring().find_map(open).and_then(MailRef::unpack)
    }
}
