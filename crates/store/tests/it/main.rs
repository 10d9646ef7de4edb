//! The store on both databases.
//!
//! Every test runs on SQLite and on PostgreSQL (see [`both`]).

mod audiences;
mod autoresponders;
mod both;
mod bounced;
mod complained;
mod customers;
mod figures;
mod founding;
mod interleavings;
mod mailings;
mod opening;
mod people;
mod sending;
mod world;
// Tests run in the order of their names: this one is the last.
#[path = "conformance.rs"]
mod z_conformance;
