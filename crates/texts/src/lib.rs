//! Every sentence that people read, in German and English.
//!
//! The sentences stand in `ftl/de` and `ftl/en` (Project Fluent's format). Each one has a function
//! in its area ([`mail`], [`ui`], …) that asks for exactly its arguments, so that a
//! forgotten one does not compile; tests compare the functions with both languages' files, so that
//! a missing sentence cannot ship.
//!
//! What comes back is plain text: whoever writes HTML escapes it, arguments and all. One paragraph
//! is one line; whoever writes a mail folds it. There is no logic here.

mod bundles;
mod keys;
mod language;
pub mod refusals;

pub use bundles::mark_every_sentence;
pub use keys::{
    account, audience, content, dates, desk, dns, entry, errors, invalid, mail, mailings, pages, score, setup, ui,
};
pub use language::{Language, UnknownLanguage};

/// A share as people write it, with two places: `0.15 %`. Counted in hundredths of a percent; round
/// a complaint score up, so that none above a limit reads as if it were at the limit.
#[must_use]
pub fn percent(language: Language, hundredths: u64) -> String {
    dates::percent(language, hundredths / 100, &format!("{:02}", hundredths % 100))
}

#[cfg(test)]
mod tests;
