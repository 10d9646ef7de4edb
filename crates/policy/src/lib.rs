//! The published policies as types and pure functions.
//!
//! This crate is floor 1 of the house: it knows what the operator promises in
//! public and decides by it, and it never looks at a clock, a database or a
//! wire. Whoever asks brings the facts and the time along. A rule is found in
//! the file that carries its name.

pub mod absent;
pub mod bounce;
pub mod case;
pub mod complaint;
pub mod consent;
pub mod dns_records;
pub mod facts;
mod fold;
pub mod ids;
pub mod invalid;
pub mod legal_notice;
pub mod password;
pub mod purpose;
pub mod refusal;
pub mod retry;
pub mod role;
pub mod row;
pub mod score;
pub mod search;
pub mod send;
pub mod sender;
pub mod settings;
pub mod signup;
pub mod standing;
pub mod topic;
pub mod tries;
pub mod why;
pub mod zone;

pub use facts::{
    AccountFacts, ContactFacts, FactsVersions, InstallationFacts, MailingFacts, OutsiderFacts, PendingFacts,
    PersonFacts, SendFacts, UserFacts,
};
pub use ids::{
    AccountId, CaseId, ContactId, DomainId, FormId, IncidentId, KeyId, LoginId, MailingId, NoticeId, SenderId,
    SessionId, TagId, TopicId, TopicRef, UserId, WebsiteId,
};
pub use purpose::{Duties, Purpose};
pub use refusal::{Effect, Refusal};
pub use row::{RowId, RowState};
pub use seals::Timestamp;
pub use send::{Candidate, Content, MailingContent, NoticeContent, may_send};
pub use standing::Standing;
