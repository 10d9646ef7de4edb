//! The sentences of a refusal: one for the customer, one for the operator.
//!
//! They are found by the word under which a refusal is recorded, as the rows in the database
//! outlive the values of the running program.

use crate::{Language, bundles};

/// The words that have sentences. A test compares them with the rules' own list.
pub const WORDS: &[&str] = &[
    "installation_paused",
    "installation_frozen",
    "account_suspended",
    "account_terminated",
    "policy_not_accepted",
    "no_sender",
    "sender_not_proven",
    "sender_on_hold",
    "domain_not_authenticated",
    "no_legal_notice",
    "legal_notice_under_review",
    "topic_not_approved",
    "mailing_paused",
    "mailing_held",
    "mailing_not_running",
    "not_a_contact",
    "no_consent",
    "consent_for_other_statement",
    "tag_missing",
    "tag_excluded",
    "suppressed",
    "signup_timed_out",
    "signup_gone",
    "confirmation_barred",
    "user_not_proven",
    "test_mails_stopped",
    "unsubscribed",
    "complained",
    "excluded",
    "aborted",
    "erased",
    "terminated",
    "not_me",
    "no_signing_key",
    "not_renderable",
    "duty_broken",
    "address_not_deliverable",
];

/// What stands where a refusal that has a detail was recorded without it.
const NO_DETAIL: &str = "–";

/// What the customer reads about a refusal; `None` for a word that is none of [`WORDS`].
#[must_use]
pub fn customer(language: Language, word: &str, detail: Option<&str>) -> Option<String> {
    sentence(language, "customer", word, detail)
}

/// What the operator reads about a refusal; `None` for a word that is none of [`WORDS`].
#[must_use]
pub fn operator(language: Language, word: &str, detail: Option<&str>) -> Option<String> {
    sentence(language, "operator", word, detail)
}

fn sentence(language: Language, reader: &str, word: &str, detail: Option<&str>) -> Option<String> {
    let key = format!("refusals_{reader}_{word}");
    bundles::find(language, &key, &[("detail", detail.unwrap_or(NO_DETAIL).into())])
}
