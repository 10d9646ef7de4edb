//! What a rule says against a value or a wish: a code for programs, a sentence for people in both
//! languages, and the field that it is about.
//!
//! A refusal of a mail is something else: see [`crate::refusal`].

use std::borrow::Cow;
use std::fmt;

use mail_formats::address::{AddressError, DomainError};
use texts::{Language, invalid};

use crate::facts::MailingState;
use crate::legal_notice::FieldProblem;
use crate::sender::{NameProblem, SenderProblem};
use crate::topic::StatementProblem;
use crate::zone::ZoneProblem;

/// A text that people write, as a sentence names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Item {
    /// The name that the customer works with.
    Name,
    /// What a token is for.
    Label,
    /// The name that recipients see.
    PublicName,
    /// What a visitor of a form agrees to.
    ConsentText,
    /// The privacy notice of a form.
    PrivacyNotice,
    /// The time zone of an account.
    TimeZone,
    /// The reason of a decision.
    Reason,
    /// Who decides.
    Person,
}

impl Item {
    /// The name of the field of a form or a request.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Label => "label",
            Self::PublicName => "public_name",
            Self::ConsentText => "consent_text",
            Self::PrivacyNotice => "privacy_notice",
            Self::TimeZone => "time_zone",
            Self::Reason => "reason",
            Self::Person => "by",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn say(self, language: Language) -> String {
        match self {
            Self::Name => invalid::item_name(language),
            Self::Label => invalid::item_label(language),
            Self::PublicName => invalid::item_public_name(language),
            Self::ConsentText => invalid::item_consent_text(language),
            Self::PrivacyNotice => invalid::item_privacy_notice(language),
            Self::TimeZone => invalid::item_time_zone(language),
            Self::Reason => invalid::item_reason(language),
            Self::Person => invalid::item_person(language),
        }
    }
}

/// An argument of a sentence.
trait Said {
    fn said(&self, language: Language) -> Cow<'_, str>;
}

impl Said for i64 {
    fn said(&self, _: Language) -> Cow<'_, str> {
        self.to_string().into()
    }
}

impl Said for usize {
    fn said(&self, _: Language) -> Cow<'_, str> {
        self.to_string().into()
    }
}

impl Said for String {
    fn said(&self, _: Language) -> Cow<'_, str> {
        self.as_str().into()
    }
}

impl Said for Item {
    fn said(&self, language: Language) -> Cow<'_, str> {
        self.say(language).into()
    }
}

impl Said for MailingState {
    fn said(&self, language: Language) -> Cow<'_, str> {
        match self {
            Self::Draft => invalid::state_draft(language),
            Self::Scheduled => invalid::state_scheduled(language),
            Self::Running => invalid::state_running(language),
            Self::Paused => invalid::state_paused(language),
            Self::Held => invalid::state_held(language),
            Self::Aborted => invalid::state_aborted(language),
            Self::Finished => invalid::state_finished(language),
        }
        .into()
    }
}

/// Defines [`Invalid`]. `says`: the word is the code and the name of the sentence in `texts`, and
/// behind `at` stands the field. `wraps`: a problem of a type has its own word and sentences.
macro_rules! invalids {
    (
        says { $($(#[$doc:meta])* $variant:ident $({ $($arg:ident: $kind:ty),+ })? = $key:ident $(at $field:expr)?;)+ }
        wraps { $($(#[$about:meta])* $wrapper:ident($problem:ident: $inner:ty) at $at:expr;)+ }
    ) => {
        /// Why a value or a wish is refused. Whoever asked must act.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Invalid {
            $($(#[$doc])* $variant $({
                $(#[doc = concat!("The sentence's `", stringify!($arg), "`.")] $arg: $kind),+
            })?,)+
            $($(#[$about])* $wrapper($inner),)+
        }

        impl Invalid {
            /// The word for programs; never changed.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => stringify!($key),)+
                    $(Self::$wrapper($problem) => $problem.word(),)+
                }
            }

            /// The field of the form or request that it is about, if it is about one.
            #[must_use]
            pub fn field(&self) -> Option<&'static str> {
                match self {
                    $(Self::$variant $({ $($arg),+ })? => {
                        $($(let _ = $arg;)+)?
                        None::<&'static str>$(.or(Some($field)))?
                    })+
                    $(Self::$wrapper($problem) => {
                        let _ = $problem;
                        Some($at)
                    })+
                }
            }

            /// The sentence for whoever asked.
            #[must_use]
            pub fn say(&self, language: Language) -> String {
                match self {
                    $(Self::$variant $({ $($arg),+ })? => invalid::$key(language $($(, &$arg.said(language))+)?),)+
                    $(Self::$wrapper($problem) => $problem.say(language),)+
                }
            }

            /// One of each kind, for a test that walks all of them.
            #[cfg(test)]
            fn samples() -> Vec<Self> {
                let mut all = vec![$(Self::$variant $({ $($arg: tests::Sample::sample()),+ })?,)+];
                $(all.extend(<$inner as tests::Every>::every().into_iter().map(Self::$wrapper));)+
                all
            }
        }
    };
}

invalids! {
    says {
        /// As many forms as an account may have.
        TooManyForms { limit: i64 } = too_many_forms;
        /// As many users as an account may have.
        TooManyUsers { limit: i64 } = too_many_users;
        /// As many tags as an account may have.
        TooManyTags { limit: i64 } = too_many_tags;
        /// As many senders as an account may have.
        TooManySenders { limit: i64 } = too_many_senders;
        /// As many topics as an account may have.
        TooManyTopics { limit: i64 } = too_many_topics;
        /// As many websites as an account may have.
        TooManyWebsites { limit: i64 } = too_many_websites;
        /// As many sending domains as an account may have.
        TooManyDomains { limit: i64 } = too_many_domains;
        /// As many mailings as an account may have.
        TooManyMailings { limit: i64 } = too_many_mailings;
        /// As many tokens as there may be.
        TooManyTokens { limit: i64 } = too_many_tokens;
        /// A form asks for too many fields.
        TooManyFormFields { limit: usize } = too_many_form_fields at "fields";
        /// A form gives too many tags.
        TooManyFormTags { limit: usize } = too_many_form_tags at "tags";
        /// A contact has too many fields.
        TooManyContactFields { limit: usize } = too_many_contact_fields at "fields";
        /// A mailing names too many tags.
        TooManyMailingTags { limit: usize } = too_many_mailing_tags at "include_tags";
        /// A tag has this name.
        TagTaken = tag_taken at "name";
        /// A mailing that has not ended names the tag.
        TagInUse = tag_in_use;
        /// Every tag that a mailing asks for was removed.
        TagGone = tag_gone at "include_tags";
        /// A user has this address.
        UserTaken = user_taken at "address";
        /// The account would be without an owner who can sign in.
        LastOwner = last_owner at "role";
        /// A person works in as many accounts as one may.
        TooManyMemberships { limit: i64 } = too_many_memberships;
        /// A sender has this address.
        SenderTaken = sender_taken at "address";
        /// A website has this host.
        WebsiteTaken = website_taken at "host";
        /// A sending domain has this name.
        DomainTaken = domain_taken at "name";
        /// Another account has this address of the platform (D7).
        PlatformAddressTaken = platform_address_taken at "platform";
        /// No line of 1 to so many characters.
        Line { item: Item, limit: usize } = line at item.field();
        /// More than so many characters, or control characters.
        Text { item: Item, limit: usize } = text at item.field();
        /// The name of a form's field is none that a template could reach.
        FieldName { limit: usize } = field_name at "fields";
        /// A value of a contact's field is too long or has several lines.
        ContactField { name: String, limit: usize } = contact_field at "fields";
        /// No operator approved this version of the topic (R82).
        TopicNotApproved = topic_not_approved at "topic";
        /// The legal notice has faults; their fields.
        LegalNoticeFaults { fields: String } = legal_notice;
        /// A time that is over.
        MomentPast = moment_past at "at";
        /// No IP address.
        IpUnreadable = ip_unreadable at "ip";
        /// A domain that the account cannot authenticate (D7).
        DomainFreemail = domain_freemail at "name";
        /// A domain of the platform.
        PlatformDomain = platform_domain at "name";
        /// The address lies at no sending domain of the account.
        NoDomain { domain: String } = no_domain at "address";
        /// The address lies at another domain than the one named.
        SenderElsewhere { domain: String } = sender_elsewhere at "address";
        /// No mailbox to which a platform address' letters could go on (D7).
        BadMailbox = bad_mailbox at "forward_to";
        /// The mailbox stands on the exclusion list (R53).
        MailboxExcluded = mailbox_excluded at "address";
        /// The sender's address is not proven (R49).
        SenderNotProven = sender_not_proven;
        /// The account's mail comes from this sender.
        SenderInUse = sender_in_use;
        /// Senders use this domain.
        DomainInUse = domain_in_use;
        /// Topics belong to this website.
        WebsiteInUse = website_in_use;
        /// Somebody looked at this domain or website a moment ago.
        LookedJustNow = looked_just_now;
        /// The address got as many proofs as it may get for now (C2).
        ProofLimited = proof_limited;
        /// More test mails than a day allows, or none (R8).
        TestMails { limit: i64 } = test_mails at "users";
        /// A test mail to a user whose address is not proven (R8).
        TestUserNotProven { user: String } = test_user_not_proven at "users";
        /// A test mail to a user who stopped them (D13).
        TestUserStopped { user: String } = test_user_stopped at "users";
        /// A newsletter that follows a tag.
        NewsletterWithTrigger = newsletter_with_trigger at "trigger_tag";
        /// An autoresponder that follows none.
        AutoresponderWithoutTrigger = autoresponder_without_trigger at "trigger_tag";
        /// An autoresponder that includes further tags.
        AutoresponderWithInclude = autoresponder_with_include at "include_tags";
        /// A delay out of bounds.
        Delay { limit: i64 } = delay at "delay_minutes";
        /// A tag included and excluded at once.
        TagBothWays = tag_both_ways at "exclude_tags";
        /// A mailing in this state cannot be scheduled.
        CannotSchedule { state: MailingState } = cannot_be_scheduled;
        /// A mailing in this state cannot be started.
        CannotStart { state: MailingState } = cannot_be_started;
        /// A mailing in this state cannot be paused.
        CannotPause { state: MailingState } = cannot_be_paused;
        /// A mailing in this state cannot be resumed.
        CannotResume { state: MailingState } = cannot_be_resumed;
        /// A mailing in this state cannot be ended.
        CannotAbort { state: MailingState } = cannot_be_aborted;
        /// A mailing in this state cannot be changed.
        CannotEdit { state: MailingState } = cannot_be_edited;
        /// A mailing in this state cannot be deleted.
        CannotRemove { state: MailingState } = cannot_be_removed;
        /// A content that ended its check.
        ContentUnreadable = content_unreadable at "body";
        /// A form that a complaint stopped; its case is open (R67).
        FormStopped = form_stopped;
        /// A form that takes no sign-ups.
        FormClosed = form_closed;
        /// A form that shows another text by now.
        FormChanged = form_changed at "version";
        /// As many questions to the operator as a day allows (R93).
        TooManyQuestions { limit: i64 } = too_many_questions;
        /// The account is suspended and sends nothing (R85).
        AccountSuspended = account_suspended;
        /// The account is terminated and sends nothing (R88).
        AccountTerminated = account_terminated;
        /// Another version of the policy than the current one (R7).
        PolicyVersion { version: i64 } = policy_version at "version";
        /// A terminated account cannot be suspended.
        TerminatedForGood = terminated_for_good;
        /// Only a suspended account can be reinstated (D15).
        NotSuspended = not_suspended;
        /// A decision without name or reason (R89).
        Unsigned = unsigned at "reason";
        /// A decision about an account, in a case that concerns none.
        CaseWithoutAccount = case_without_account at "decision";
        /// A decision about a mailing, in a case that is about none.
        CaseWithoutMailing = case_without_mailing at "decision";
        /// A decision about a form, in a case that is about none.
        CaseWithoutForm = case_without_form at "decision";
    }
    wraps {
        /// The name of an account or user.
        ShortName(problem: NameProblem) at "name";
        /// The name beside a sender's address.
        DisplayName(problem: NameProblem) at "display_name";
        /// The statement of a topic.
        Statement(problem: StatementProblem) at "statement";
        /// One field of the legal notice.
        LegalNotice(problem: FieldProblem) at problem.field.name();
        /// A time zone.
        Zone(problem: ZoneProblem) at "time_zone";
        /// A moment in an account's time zone.
        Moment(problem: ZoneProblem) at "at";
        /// A mail address.
        Address(problem: AddressProblem) at "address";
        /// A host of a website.
        Host(problem: DomainProblem) at "host";
        /// A sender's address.
        Sender(problem: SenderProblem) at "address";
    }
}

impl fmt::Display for Invalid {
    /// In English, for logs and the command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Language::En))
    }
}

impl std::error::Error for Invalid {}

/// Why a text is no mail address, with words and sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressProblem(pub AddressError);

/// Why a text is no domain, with words and sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DomainProblem(pub DomainError);

impl AddressProblem {
    /// The word for programs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        "bad_email"
    }

    /// The sentence for whoever typed the text.
    #[must_use]
    pub fn say(&self, language: Language) -> String {
        match self.0 {
            AddressError::Empty => invalid::address_empty(language),
            AddressError::NoAt => invalid::address_no_at(language),
            AddressError::SeveralAts => invalid::address_several_ats(language),
            AddressError::NoLocalPart => invalid::address_no_local_part(language),
            AddressError::LocalTooLong => invalid::address_local_too_long(language),
            AddressError::TooLong => invalid::address_too_long(language),
            AddressError::MisplacedDot => invalid::address_misplaced_dot(language),
            AddressError::BadCharacter(c) => invalid::address_bad_character(language, c.encode_utf8(&mut [0; 4])),
            AddressError::Invisible => invalid::address_invisible(language),
            AddressError::Quoted => invalid::address_quoted(language),
            AddressError::Domain(problem) => DomainProblem(problem).say(language),
        }
    }
}

impl DomainProblem {
    /// The word for programs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        "bad_host"
    }

    /// The sentence for whoever typed the text.
    #[must_use]
    pub fn say(&self, language: Language) -> String {
        match self.0 {
            DomainError::Empty => invalid::domain_empty(language),
            DomainError::SingleLabel => invalid::domain_single_label(language),
            DomainError::Literal => invalid::domain_literal(language),
            DomainError::Length => invalid::domain_length(language),
            DomainError::Characters => invalid::domain_characters(language),
        }
    }
}

#[cfg(test)]
mod tests;
