//! What an arriving message is. The doors decide by the address that it came to; this reader
//! says what the message itself looks like.

use crate::arf::{self, FeedbackReport};
use crate::auto;
use crate::dsn::{self, Bounce};
use crate::letter::{self, Letter};
use crate::view::{View, ViewError};

/// An arriving message, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// Says that mail could not be delivered, is late, or was delivered.
    Bounce(Bounce),
    /// A feedback report, be it a complaint or not ([`arf::FeedbackKind`]).
    Feedback(FeedbackReport),
    /// A machine's answer: changes nothing.
    AutoReply,
    /// Everything else: what people write.
    Letter(Letter),
    /// Not opened; must be kept for a person.
    Unreadable(ViewError),
}

/// Reads a message: never fails, never panics, bounded by the limits of [`View`].
pub fn read(raw: &[u8]) -> Incoming {
    match View::open(raw) {
        Ok(view) => read_view(&view),
        Err(e) => Incoming::Unreadable(e),
    }
}

/// The same for a message that is open already.
pub fn read_view(view: &View) -> Incoming {
    if let Some(report) = arf::read(view) {
        return Incoming::Feedback(report);
    }
    if let Some(bounce) = dsn::read(view) {
        return Incoming::Bounce(bounce);
    }
    // A program that unsubscribes for its owner answers automatically, but it speaks for a person.
    if auto::is_auto_reply(view) && view.header("X-Apple-Unsubscribe").is_none() {
        return Incoming::AutoReply;
    }
    Incoming::Letter(letter::read(view))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..600), near in "((From|Subject|Content-Type|Return-Path|X-Failed-Recipients): ?(<>|mailer-daemon|delivery failure|multipart/report; boundary=x|message/delivery-status|a@b\\.example)?\r?\n|\r?\n|--x(--)?\r?\n|(Action|Status|Final-Recipient|Diagnostic-Code|Feedback-Type): [a-z0-9.@;\u{e4} ]{0,12}\r?\n){0,30}") {
            let _ = read(&bytes);
            let _ = read(near.as_bytes());
        }
    }
}
