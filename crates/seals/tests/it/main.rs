//! Proofs at the boundary of the crate: what the other crates and the world outside rely on.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail where it stands")]

mod armour;
mod fakes;
mod ledger;
mod secrets;
mod tokens;
