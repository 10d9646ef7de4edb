//! Bytes of Internet mail to values and back.
//!
//! Pure functions: no wire, no clock, no dice of their own, no knowledge of accounts. Every
//! reader takes hostile bytes, is bounded in time and memory, and never panics.

pub mod address;

pub use address::{AddressError, Domain, DomainError, EmailAddress};
