//! Tokens, keyed hashes, sealed secrets, clock and dice.
//!
//! Everything that leaves the house and must be known again when it comes back is minted and
//! checked here: links in mails, return paths, Message-IDs, feedback ids, form stamps, sessions. A reader
//! answers `None` to everything that this installation did not mint; it never says why.
//!
//! The crate holds no rules and knows no accounts: it moves numbers in and out of text. It has no
//! clock and no dice of its own; [`Clock`] and [`Dice`] are given to it, and their real ones are
//! made in the binary only.

mod alphabet;
mod block;
mod dice;
mod digest;
mod entry;
pub mod fake;
mod keys;
pub mod ledger;
mod links;
mod mail_refs;
mod passwords;
mod sealed;
mod secrets;
mod stamp;
mod time;
mod totp;

pub use dice::{Dice, array, random_token, u64_below};
pub use digest::{ApiToken, EVIDENCE_SALT_BYTES, api_token_hash, evidence_digest, sha256};
pub use entry::{RecoveryCode, SESSION_CHARS, SessionSecret, same_token};
pub use keys::{AddressKey, Seals, TooLarge};
pub use links::{LINK_TOKEN_CHARS, LinkPurpose, LinkToken, PERSON_BITS};
pub use mail_refs::{MESSAGE_BITS, MailKind, MailRef, MessageRef};
pub use passwords::{PasswordHash, fits_nobody};
pub use secrets::SecretsError;
pub use stamp::StampRefused;
pub use time::{Clock, Reading, Sleep, Timestamp};
pub use totp::{TOTP_BYTES, TotpSecret};
