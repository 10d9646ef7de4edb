//! Why the gate said no.
//!
//! One variant per rule. A refusal is recorded like an outcome, so that every
//! "why did X not get this?" has an answer (promise 7). Its sentences for the
//! customer and for the operator stand in `texts`, under [`Refusal::word`].

use std::fmt;
use std::time::Duration;

/// A rule that kept a mail from leaving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// All sending of the installation is paused.
    InstallationPaused,
    /// A restored copy sends nothing until an operator releases it.
    InstallationFrozen,
    /// The account is suspended (R85).
    AccountSuspended,
    /// The account was terminated (R88).
    AccountTerminated,
    /// The account has not accepted the policy or the attestation in its current version (R7, R23).
    PolicyNotAccepted,
    /// The account has set up no sender (R49).
    NoSender,
    /// The sender's mailbox was not proven by a round trip (R49).
    SenderNotProven,
    /// The sender's mailbox bounced (R53).
    SenderOnHold,
    /// The sender's domain does not publish our records (R62, D7).
    DomainNotAuthenticated,
    /// The account has no legal notice (R45).
    NoLegalNotice,
    /// The account is large enough for a review of its legal notice, and nobody approved it yet (R48).
    LegalNoticeUnderReview,
    /// The operator approved no such statement of the topic (R82).
    TopicNotApproved,
    /// The mailing is paused.
    MailingPaused,
    /// The mailing is held until a person decides (D3).
    MailingHeld,
    /// The mailing was aborted, or never started.
    MailingNotRunning,
    /// The person is no active contact: unsubscribed, bounced, complained, erased.
    NotAContact,
    /// There is no consent for the mailing's topic (R9, R10).
    NoConsent,
    /// The consent was given for another version of the topic's statement (R82).
    ConsentForOtherStatement,
    /// The contact does not carry a tag that the mailing asks for.
    TagMissing,
    /// The contact carries a tag that the mailing excludes.
    TagExcluded,
    /// The address stands on the global exclusion list (R60, R61).
    Suppressed,
    /// The pending sign-up timed out (R18).
    SignupTimedOut,
    /// The pending sign-up is gone: cancelled, confirmed or timed out.
    SignupGone,
    /// The person said "that was not me" (D13).
    ConfirmationBarred,
    /// The user's address was not proven (R8).
    UserNotProven,
    /// The user stopped test mails (D13).
    TestMailsStopped,
    /// Unsubscribed, complained, aborted, erased or excluded while the row waited; the word says which.
    Cancelled {
        /// What cancelled the row.
        by: Cancellation,
    },
    /// A signing key is missing: no key, no mail (R64).
    NoSigningKey {
        /// The domain without a usable key.
        domain: String,
    },
    /// The content cannot be rendered for this recipient.
    NotRenderable {
        /// What went wrong, for the customer.
        problem: String,
    },
    /// The finished bytes lack a duty. A fault of ours; nothing leaves (promise 2).
    DutyBroken {
        /// The requirement that is broken, and what was found.
        duty: String,
    },
    /// The recipient's address needs SMTPUTF8 and no route offers it (T9).
    AddressNotDeliverable,
}

/// What cancelled an open row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cancellation {
    /// The recipient unsubscribed.
    Unsubscribed,
    /// The recipient complained.
    Complained,
    /// The address went onto the exclusion list.
    Excluded,
    /// The mailing was aborted.
    Aborted,
    /// The person's data were erased.
    Erased,
    /// The account was terminated.
    Terminated,
    /// The recipient of a confirmation mail said "that was not me".
    NotMe,
}

/// What happens to a row whose release was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The row ends as refused.
    Drop,
    /// The row stays due, with the reason, until a person changes something.
    Hold,
    /// The row is tried again after this time.
    RetryLater(Duration),
}

impl Cancellation {
    /// The word in the database and in the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unsubscribed => "unsubscribed",
            Self::Complained => "complained",
            Self::Excluded => "excluded",
            Self::Aborted => "aborted",
            Self::Erased => "erased",
            Self::Terminated => "terminated",
            Self::NotMe => "not_me",
        }
    }
}

impl Refusal {
    /// The word in the database, in the API and as key of its sentences.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::InstallationPaused => "installation_paused",
            Self::InstallationFrozen => "installation_frozen",
            Self::AccountSuspended => "account_suspended",
            Self::AccountTerminated => "account_terminated",
            Self::PolicyNotAccepted => "policy_not_accepted",
            Self::NoSender => "no_sender",
            Self::SenderNotProven => "sender_not_proven",
            Self::SenderOnHold => "sender_on_hold",
            Self::DomainNotAuthenticated => "domain_not_authenticated",
            Self::NoLegalNotice => "no_legal_notice",
            Self::LegalNoticeUnderReview => "legal_notice_under_review",
            Self::TopicNotApproved => "topic_not_approved",
            Self::MailingPaused => "mailing_paused",
            Self::MailingHeld => "mailing_held",
            Self::MailingNotRunning => "mailing_not_running",
            Self::NotAContact => "not_a_contact",
            Self::NoConsent => "no_consent",
            Self::ConsentForOtherStatement => "consent_for_other_statement",
            Self::TagMissing => "tag_missing",
            Self::TagExcluded => "tag_excluded",
            Self::Suppressed => "suppressed",
            Self::SignupTimedOut => "signup_timed_out",
            Self::SignupGone => "signup_gone",
            Self::ConfirmationBarred => "confirmation_barred",
            Self::UserNotProven => "user_not_proven",
            Self::TestMailsStopped => "test_mails_stopped",
            Self::Cancelled { by } => by.word(),
            Self::NoSigningKey { .. } => "no_signing_key",
            Self::NotRenderable { .. } => "not_renderable",
            Self::DutyBroken { .. } => "duty_broken",
            Self::AddressNotDeliverable => "address_not_deliverable",
        }
    }

    /// The data of the variant, in one line, without the recipient's address.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::NoSigningKey { domain } => Some(domain),
            Self::NotRenderable { problem } => Some(problem),
            Self::DutyBroken { duty } => Some(duty),
            _ => None,
        }
    }

    /// What happens to the row.
    ///
    /// Hold is for what a person will change (a pause, a suspension, a review);
    /// a suspended account's mail waits, because the investigation may reinstate
    /// it (D15). Everything that concerns the recipient's own will drops.
    #[must_use]
    pub const fn effect(&self) -> Effect {
        match self {
            Self::InstallationPaused
            | Self::InstallationFrozen
            | Self::AccountSuspended
            | Self::PolicyNotAccepted
            | Self::NoSender
            | Self::SenderNotProven
            | Self::SenderOnHold
            | Self::DomainNotAuthenticated
            | Self::NoLegalNotice
            | Self::LegalNoticeUnderReview
            | Self::TopicNotApproved
            | Self::MailingPaused
            | Self::MailingHeld
            | Self::NoSigningKey { .. }
            | Self::DutyBroken { .. } => Effect::Hold,
            Self::AccountTerminated
            | Self::MailingNotRunning
            | Self::NotAContact
            | Self::NoConsent
            | Self::ConsentForOtherStatement
            | Self::TagMissing
            | Self::TagExcluded
            | Self::Suppressed
            | Self::SignupTimedOut
            | Self::SignupGone
            | Self::ConfirmationBarred
            | Self::UserNotProven
            | Self::TestMailsStopped
            | Self::Cancelled { .. }
            | Self::NotRenderable { .. }
            | Self::AddressNotDeliverable => Effect::Drop,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail() {
            Some(detail) => write!(f, "{}: {detail}", self.word()),
            None => f.write_str(self.word()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One refusal of every kind. A missing one shows as a word of `texts` too many.
    fn every() -> Vec<Refusal> {
        use Refusal::*;
        let text = || "x".to_owned();
        let mut all = vec![
            InstallationPaused,
            InstallationFrozen,
            AccountSuspended,
            AccountTerminated,
            PolicyNotAccepted,
            NoSender,
            SenderNotProven,
            SenderOnHold,
            DomainNotAuthenticated,
            NoLegalNotice,
            LegalNoticeUnderReview,
            TopicNotApproved,
            MailingPaused,
            MailingHeld,
            MailingNotRunning,
            NotAContact,
            NoConsent,
            ConsentForOtherStatement,
            TagMissing,
            TagExcluded,
            Suppressed,
            SignupTimedOut,
            SignupGone,
            ConfirmationBarred,
            UserNotProven,
            TestMailsStopped,
            NoSigningKey { domain: text() },
            NotRenderable { problem: text() },
            DutyBroken { duty: text() },
            AddressNotDeliverable,
        ];
        let by = [
            Cancellation::Unsubscribed,
            Cancellation::Complained,
            Cancellation::Excluded,
            Cancellation::Aborted,
            Cancellation::Erased,
            Cancellation::Terminated,
            Cancellation::NotMe,
        ];
        all.extend(by.map(|by| Cancelled { by }));
        all
    }

    /// Promise 7: whatever refuses has its own word, and a sentence for the customer and for the operator.
    #[test]
    fn every_refusal_has_its_word_and_its_sentences() {
        let mut words: Vec<&str> = every().iter().map(Refusal::word).collect();
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count, "two refusals share a word");
        let mut told = texts::refusals::WORDS.to_vec();
        told.sort_unstable();
        assert_eq!(words, told);
    }

    /// The recipient's own will ends the row; what a person can mend lets it wait.
    #[test]
    fn r30_what_the_recipient_decided_is_never_merely_held() {
        for refusal in [Refusal::NotAContact, Refusal::NoConsent, Refusal::Suppressed, Refusal::ConfirmationBarred] {
            assert_eq!(refusal.effect(), Effect::Drop, "{refusal}");
        }
        for refusal in [Refusal::AccountSuspended, Refusal::LegalNoticeUnderReview, Refusal::PolicyNotAccepted] {
            assert_eq!(refusal.effect(), Effect::Hold, "{refusal}");
        }
    }
}
