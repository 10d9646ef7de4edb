//! Proofs at the boundary of the crate: what the other crates and the world outside rely on.

mod fakes;
mod ledger;
mod secrets;
mod tokens;
