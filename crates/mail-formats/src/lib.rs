//! Bytes of Internet mail to values and back.
//!
//! Pure functions: no wire, no clock, no dice of their own, no knowledge of accounts. Every
//! reader takes hostile bytes, is bounded in time and memory, and never panics.
//!
//! Writing: [`address`], [`header`], [`message`], [`wire`], then [`dkim`] and [`domainkeys`].
//! Reading replies: [`reply`], [`classify`](mod@classify). Reading mail: [`incoming`] and what it is made of.

pub mod address;
pub mod arf;
pub mod auto;
pub mod classify;
pub mod console;
mod date;
pub mod dkim;
pub mod dmarc;
pub mod domainkeys;
pub mod dsn;
mod encode;
pub mod forward;
pub mod header;
pub mod incoming;
pub mod letter;
pub mod message;
pub mod named;
pub mod raw;
mod relaxed;
pub mod reply;
pub mod rules;
pub mod tlsrpt;
pub mod traces;
pub mod trail;
mod unpack;
pub mod view;
pub mod wire;

pub use address::{AddressError, Domain, DomainError, EmailAddress};
