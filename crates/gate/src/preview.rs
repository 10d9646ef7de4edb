//! What a mailing will look like, and what is wrong with it, before anything is sent.

use policy::MailingContent;

use crate::compiled::Compiled;
use crate::problem::Problem;

/// A mail as it would be composed. It is not released and cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The subject with its fields filled in.
    pub subject: String,
    /// The HTML part; foreign markup: show it in a sandboxed frame only.
    pub html: String,
    /// The text part.
    pub text: String,
    /// The whole message without signatures.
    pub bytes: Vec<u8>,
}

/// Everything that a release would refuse in this content, with its place.
pub(crate) fn check_content(content: &MailingContent, known_fields: &[&str]) -> Vec<Problem> {
    match Compiled::new(content) {
        Ok(compiled) => compiled.field_problems(content, known_fields),
        Err(problems) => problems,
    }
}
