//! What the tests and the demo play against: a mailbox provider, a DNS authority, scripted
//! peers, a scratch PostgreSQL, invented people. Development only; nothing of this ships.
//!
//! Everything stays on loopback. Nothing here guesses timing: every wait is for an event and
//! has a limit.

#![expect(clippy::disallowed_methods, reason = "real peers with real clocks and sockets, for development only")]

mod absent;
pub mod browser;
pub mod clock;
pub mod dialog;
pub mod dns;
pub mod docket;
pub mod house;
pub mod http;
pub mod judges;
pub mod letter;
pub mod mailbox;
pub mod page;
pub mod people;
pub mod postfix;
pub mod postgres;
pub mod process;
pub mod provider;
pub mod reports;
pub mod stage;
pub mod story;
pub mod submit;
mod tls;
pub mod torture;
mod wire;

pub use absent::{long, not_run};
pub use tls::{client_config, server_config};
