//! Bytes of Internet mail to values and back.
//!
//! Pure functions: no wire, no clock, no dice of their own, no knowledge of accounts. Every
//! reader takes hostile bytes, is bounded in time and memory, and never panics.
//!
//! Writing: [`address`], [`header`], [`message`], [`wire`], then [`dkim`] and [`domainkeys`].

pub mod address;
pub mod classify;
mod date;
pub mod dkim;
pub mod domainkeys;
mod encode;
pub mod header;
pub mod message;
pub mod raw;
pub mod reply;
pub mod wire;

pub use address::{AddressError, Domain, DomainError, EmailAddress};
