//! May this mail leave? The first thing the gate asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use texts::Language;

use crate::facts::{
    AccountFacts, ContactFacts, MailingFacts, MailingState, PendingFacts, PersonFacts, SendFacts, UserFacts,
};
use crate::legal_notice;
use crate::purpose::Purpose;
use crate::refusal::Refusal;
use crate::{RowId, Standing, Timestamp};

/// A mail that asks to leave. Says nothing about permission.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The row that it comes from.
    pub row: RowId,
    /// Why it is sent.
    pub purpose: Purpose,
    /// The attempt, from 1; it stands in the return path.
    pub attempt: u8,
    /// What is to be said.
    pub content: Content,
}

/// What a candidate says.
#[derive(Clone, Debug)]
pub enum Content {
    /// A mailing's content, also as test mail.
    Mailing(Arc<MailingContent>),
    /// A platform mail from a template of `texts`.
    Notice(NoticeContent),
    /// A person's letter that is passed on byte for byte (D7).
    Stored(Arc<Vec<u8>>),
}

/// What a customer wrote.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MailingContent {
    /// Subject, with merge fields.
    pub subject: String,
    /// The line that mail programs show beside the subject; may be empty.
    pub preheader: String,
    /// How `body` is written.
    pub format: BodyFormat,
    /// The body, with merge fields.
    pub body: String,
    /// The language of the signature block.
    pub language: Language,
    /// The version of the merge-field language that the body was written for.
    pub template_version: i64,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyFormat {
    /// CommonMark.
    Markdown,
    /// HTML, kept byte for byte.
    Html,
}

/// A platform mail: which one, and with what filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeContent {
    /// The name of the template in `texts`, for example `confirmation`.
    pub template: String,
    /// Values for its placeables. Text, never markup.
    pub values: BTreeMap<String, String>,
}

/// Whether a mail of this purpose may leave under these facts.
///
/// # Errors
/// The first rule that says no. Rules that need a person's decision come
/// before rules that drop the row, except where the recipient's own will is
/// known: that one always counts first.
pub fn may_send(purpose: Purpose, facts: &SendFacts, now: Timestamp) -> Result<(), Refusal> {
    if facts.suppressed {
        return Err(Refusal::Suppressed);
    }
    recipient_agrees(purpose, facts, now)?;
    if facts.installation.frozen {
        return Err(Refusal::InstallationFrozen);
    }
    if facts.installation.sending_paused {
        return Err(Refusal::InstallationPaused);
    }
    let duties = purpose.duties();
    if duties.account_sender {
        let account = facts.account.as_deref().ok_or(Refusal::AccountTerminated)?;
        person_belongs_to(account, &facts.person)?;
        account_may_send(account)?;
        if duties.list_identity {
            mailing_may_send(purpose, facts.mailing.as_deref(), account)?;
        }
    }
    Ok(())
}

/// A consent given to one account never serves another (R20); ids name their account.
fn person_belongs_to(account: &AccountFacts, person: &PersonFacts) -> Result<(), Refusal> {
    match person {
        PersonFacts::Contact(contact) if contact.id.account() != account.id => Err(Refusal::NotAContact),
        PersonFacts::Pending(pending) if pending.id.account() != account.id => Err(Refusal::SignupGone),
        PersonFacts::User(user) if user.id.account() != account.id => Err(Refusal::UserNotProven),
        PersonFacts::Contact(_)
        | PersonFacts::NoContact
        | PersonFacts::Pending(_)
        | PersonFacts::NoPending
        | PersonFacts::User(_)
        | PersonFacts::Outsider(_) => Ok(()),
    }
}

/// The person's own will and standing.
fn recipient_agrees(purpose: Purpose, facts: &SendFacts, now: Timestamp) -> Result<(), Refusal> {
    match (purpose, &facts.person) {
        (Purpose::Newsletter | Purpose::Autoresponder, PersonFacts::Contact(contact)) => {
            let mailing = facts.mailing.as_deref().ok_or(Refusal::MailingNotRunning)?;
            contact_agrees(contact, mailing)
        }
        (Purpose::Newsletter | Purpose::Autoresponder, _) => Err(Refusal::NotAContact),
        (Purpose::Confirmation, PersonFacts::Pending(pending)) => pending_may_be_asked(pending, now),
        (Purpose::Confirmation, _) => Err(Refusal::SignupGone),
        (Purpose::TestMail, PersonFacts::User(user)) => user_takes_tests(user),
        (Purpose::TestMail, _) => Err(Refusal::UserNotProven),
        (Purpose::AddressProof | Purpose::AccountNotice, PersonFacts::User(_) | PersonFacts::Outsider(_)) => Ok(()),
        (Purpose::AbuseReply | Purpose::ForwardedReply, PersonFacts::Outsider(_) | PersonFacts::User(_)) => Ok(()),
        (
            Purpose::AddressProof | Purpose::AccountNotice | Purpose::AbuseReply | Purpose::ForwardedReply,
            PersonFacts::Contact(_) | PersonFacts::NoContact | PersonFacts::Pending(_) | PersonFacts::NoPending,
        ) => Err(Refusal::NotAContact),
    }
}

/// Consent for just this statement (R10, R82), and the tags that the mailing asks for.
fn contact_agrees(contact: &ContactFacts, mailing: &MailingFacts) -> Result<(), Refusal> {
    let consent = contact.consent.as_ref().ok_or(Refusal::NoConsent)?;
    if consent.topic.topic != mailing.topic.topic {
        return Err(Refusal::NoConsent);
    }
    if consent.topic.version != mailing.topic.version {
        return Err(Refusal::ConsentForOtherStatement);
    }
    if mailing.exclude.iter().any(|tag| contact.tags.contains(tag)) {
        return Err(Refusal::TagExcluded);
    }
    if !mailing.include.is_empty() && !mailing.include.iter().any(|tag| contact.tags.contains(tag)) {
        return Err(Refusal::TagMissing);
    }
    Ok(())
}

fn pending_may_be_asked(pending: &PendingFacts, now: Timestamp) -> Result<(), Refusal> {
    if pending.barred {
        return Err(Refusal::ConfirmationBarred);
    }
    if now >= pending.expires_at {
        return Err(Refusal::SignupTimedOut);
    }
    Ok(())
}

fn user_takes_tests(user: &UserFacts) -> Result<(), Refusal> {
    if user.tests_stopped {
        return Err(Refusal::TestMailsStopped);
    }
    if !user.proven {
        return Err(Refusal::UserNotProven);
    }
    Ok(())
}

/// Whether an account is ready to send to recipients at all: standing, accepted policy, sender,
/// domain and legal notice.
///
/// # Errors
/// The first rule that says no.
pub fn account_may_send(account: &AccountFacts) -> Result<(), Refusal> {
    match account.standing {
        Standing::Active => {}
        Standing::Suspended => return Err(Refusal::AccountSuspended),
        Standing::Terminated => return Err(Refusal::AccountTerminated),
    }
    if !account.policy_accepted {
        return Err(Refusal::PolicyNotAccepted);
    }
    let sender = account.sender.as_ref().ok_or(Refusal::NoSender)?;
    if !sender.proven {
        return Err(Refusal::SenderNotProven);
    }
    if sender.on_hold {
        return Err(Refusal::SenderOnHold);
    }
    if !sender.domain_authenticated {
        return Err(Refusal::DomainNotAuthenticated);
    }
    if account.legal_notice.is_none() {
        return Err(Refusal::NoLegalNotice);
    }
    Ok(())
}

fn mailing_may_send(purpose: Purpose, mailing: Option<&MailingFacts>, account: &AccountFacts) -> Result<(), Refusal> {
    // A test mail of a draft has a mailing too: what it shows must be sendable.
    let mailing = mailing.ok_or(Refusal::MailingNotRunning)?;
    if !mailing.topic_approved {
        return Err(Refusal::TopicNotApproved);
    }
    if purpose == Purpose::TestMail {
        return Ok(());
    }
    match mailing.state {
        MailingState::Running => {}
        MailingState::Paused => return Err(Refusal::MailingPaused),
        MailingState::Held => return Err(Refusal::MailingHeld),
        MailingState::Draft | MailingState::Scheduled | MailingState::Aborted | MailingState::Finished => {
            return Err(Refusal::MailingNotRunning);
        }
    }
    let reach = match purpose {
        // An autoresponder has no audience: every contact may come to its step.
        Purpose::Autoresponder => account.contacts,
        _ => mailing.audience,
    };
    if legal_notice::holds(account.legal_review, reach, account.legal_review_at) {
        return Err(Refusal::LegalNoticeUnderReview);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
