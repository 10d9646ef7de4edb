//! The story that `cargo xtask demo` tells: the product's main job on real input, from the first
//! sign-up to a suspended account, with every figure taken from two books.
//!
//! The product runs as its own process and is reached as the world reaches it: by pages, API
//! and mail. The provider, its DNS and all people are played here.

mod api;
mod book;
mod cast;
mod figures;
mod founding;
mod mailings;
mod mails;
mod member;
mod plot;
mod signing;
mod visits;
mod world;

use std::fmt::Write as _;

pub use api::Api;
pub use book::Book;
pub use founding::{Account, Firm, GARDEN, SHOP, open_account, prepare_account};
pub use mailings::{Words, finished, progress, start_autoresponder, start_newsletter, write_newsletter};
pub use mails::{Facts, Kind, Mail, keep, mail, mails};
pub use member::{LogIn, Member, accept, invite, operator_log_in, owner_log_in, path_of, reset_link, start_link};
pub use plot::{Ending, Options, tell};
pub use signing::{Reader, Signed, confirm, gather, readers, sign_up};
pub use visits::{Visitor, post, together, unsubscribe_by_mail};
pub use world::{ARRIVES, Setup, World, mail_domain, operator_mailbox};

/// What the story tells on its way. It goes to standard error, one sentence a line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Narrator;

impl Narrator {
    /// Says one sentence.
    #[expect(clippy::print_stderr, reason = "the narrative of a development program")]
    pub fn say(self, sentence: impl std::fmt::Display) {
        eprintln!("{sentence}");
    }
}

/// Text for people from an error and what was attempted.
fn failed(what: &str, why: impl std::fmt::Display) -> String {
    let mut text = String::new();
    let _ = write!(text, "{what}: {why}");
    text
}
