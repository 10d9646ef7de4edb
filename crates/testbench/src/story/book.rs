//! What the story's own people did, put down as they do it: by this each mail that comes is told
//! apart, never by what stands in it.

use std::sync::{Arc, Mutex, PoisonError};

use super::mails::Facts;

/// The facts of one world, shared by everybody who acts in it.
#[derive(Clone, Debug, Default)]
pub struct Book(Arc<Mutex<Facts>>);

impl Book {
    pub(super) fn note(&self, what: impl FnOnce(&mut Facts)) {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Everything so far.
    #[must_use]
    pub fn facts(&self) -> Facts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A newsletter with this subject was written.
    pub fn newsletter(&self, subject: &str) {
        self.note(|facts| {
            facts.newsletters.insert(subject.to_owned());
        });
    }

    /// An autoresponder with this subject was written.
    pub fn autoresponder(&self, subject: &str) {
        self.note(|facts| {
            facts.autoresponders.insert(subject.to_owned());
        });
    }

    /// The person behind this address works for a customer or for the operator.
    pub fn staff(&self, address: &str) {
        self.note(|facts| {
            facts.staff.insert(address.to_lowercase());
        });
    }

    /// A letter with this Message-ID (brackets included) was written to a platform address.
    pub fn letter(&self, message_id: &str, letter: &[u8]) {
        self.note(|facts| {
            facts.letters.insert(message_id.to_owned(), letter.to_vec());
        });
    }

    /// Somebody wrote to the abuse desk.
    pub fn writer(&self, address: &str) {
        self.note(|facts| {
            facts.writers.insert(address.to_lowercase());
        });
    }

    /// The pieces of the legal notice in mails from this address.
    pub fn notice(&self, from: &str, pieces: Vec<String>) {
        self.note(|facts| {
            facts.notices.insert(from.to_lowercase(), pieces);
        });
    }
}
