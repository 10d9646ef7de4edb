//! What an arriving message is. The doors decide by the address that it came to; this reader
//! says what the message itself looks like.
//!
//! The order matters: a report in due form is what it says; a bounce is known by its evidence; only
//! then is asked whether a program answers for a person, and last what a person wants.

use crate::arf::{self, FeedbackReport};
use crate::auto::{self, Answer};
use crate::dmarc::{self, DmarcReport};
use crate::dsn::{self, Bounce};
use crate::letter::{self, Letter};
use crate::rules::RuleSet;
use crate::tlsrpt::{self, TlsReport};
use crate::trail::Trail;
use crate::view::{View, ViewError};

/// An arriving message, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// Says that mail could not be delivered, or is late.
    Bounce(Bounce),
    /// Says that mail arrived or was handed on, and nothing else.
    Delivered(Bounce),
    /// A feedback report by which a person complains.
    Complaint(FeedbackReport),
    /// A feedback report that only wishes for no more mail.
    OptOut(FeedbackReport),
    /// A report on a failed authentication: no complaint (RFC 6591).
    AuthReport(FeedbackReport),
    /// A feedback report of another kind, set aside for a person (F4).
    OtherReport(FeedbackReport),
    /// A DMARC aggregate report.
    DmarcReport(DmarcReport),
    /// A report on TLS (RFC 8460).
    TlsReport(TlsReport),
    /// A machine's answer: changes nothing.
    AutoReply(Answer),
    /// A person passes mail on, attached, inline or quoted: at the abuse desk an allegation.
    ForwardedMail(Letter),
    /// A person only wishes for no more mail (D14).
    UnsubscribeRequest(Letter),
    /// Everything else: what people write.
    Letter(Letter),
    /// Not opened; must be kept for a person.
    Unreadable(ViewError),
}

impl Incoming {
    /// A stable word for records and pages.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Bounce(_) => "bounce",
            Self::Delivered(_) => "delivered",
            Self::Complaint(_) => "complaint",
            Self::OptOut(_) => "opt_out",
            Self::AuthReport(_) => "auth_report",
            Self::OtherReport(_) => "other_report",
            Self::DmarcReport(_) => "dmarc_report",
            Self::TlsReport(_) => "tls_report",
            Self::AutoReply(_) => "auto_reply",
            Self::ForwardedMail(_) => "forwarded_mail",
            Self::UnsubscribeRequest(_) => "unsubscribe_request",
            Self::Letter(_) => "letter",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

/// Reads a message: never fails, never panics, bounded by the limits of [`View`].
pub fn read(raw: &[u8]) -> Incoming {
    read_by(RuleSet::built_in(), raw, &mut Trail::silent())
}

/// The same by any rules, with a trail of what decided.
pub fn read_by(rules: &RuleSet, raw: &[u8], trail: &mut Trail) -> Incoming {
    match View::open(raw) {
        Ok(view) => read_view_by(rules, &view, trail),
        Err(e) => {
            trail.note(|| format!("not opened: {e}"));
            Incoming::Unreadable(e)
        }
    }
}

/// Reads a message that is open already.
pub fn read_view(view: &View) -> Incoming {
    read_view_by(RuleSet::built_in(), view, &mut Trail::silent())
}

fn read_view_by(rules: &RuleSet, view: &View, trail: &mut Trail) -> Incoming {
    if let Some(report) = arf::read(view) {
        trail.note(|| format!("a feedback report of the kind {:?}", report.kind));
        return of_report(report);
    }
    if let Some(report) = dmarc::read(view) {
        trail.note(|| "a DMARC aggregate report".to_owned());
        return Incoming::DmarcReport(report);
    }
    if let Some(report) = tlsrpt::read(view) {
        trail.note(|| "a report on TLS".to_owned());
        return Incoming::TlsReport(report);
    }
    if let Some(bounce) = dsn::read_by(rules, view, trail) {
        return if bounce.is_success() { Incoming::Delivered(bounce) } else { Incoming::Bounce(bounce) };
    }
    // A program that unsubscribes for its owner answers automatically, but it speaks for a person.
    if view.header("X-Apple-Unsubscribe").is_none()
        && let Some(answer) = auto::answer(rules, view, trail)
    {
        return Incoming::AutoReply(answer);
    }
    let letter = letter::read(view);
    if letter.is_bare_unsubscribe_wish {
        trail.note(|| "a bare wish for no more mail".to_owned());
        return Incoming::UnsubscribeRequest(letter);
    }
    if letter.carries_mail {
        trail.note(|| "carries a message that is attached, forwarded or quoted".to_owned());
        return Incoming::ForwardedMail(letter);
    }
    Incoming::Letter(letter)
}

fn of_report(report: FeedbackReport) -> Incoming {
    match report.kind {
        ref kind if kind.is_complaint() => Incoming::Complaint(report),
        arf::FeedbackKind::OptOut => Incoming::OptOut(report),
        arf::FeedbackKind::AuthFailure => Incoming::AuthReport(report),
        _ => Incoming::OtherReport(report),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..600), near in "((From|Subject|Content-Type|Return-Path|X-Failed-Recipients): ?(<>|mailer-daemon|delivery failure|multipart/report; boundary=x|message/delivery-status|a@b\\.example)?\r?\n|\r?\n|--x(--)?\r?\n|(Action|Status|Final-Recipient|Diagnostic-Code|Feedback-Type): [a-z0-9.@;\u{e4} ]{0,12}\r?\n){0,30}") {
            let _ = read(&bytes);
            let _ = read_by(RuleSet::built_in(), near.as_bytes(), &mut Trail::kept());
        }
    }
}
