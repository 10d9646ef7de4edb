//! The store on both databases.
//!
//! Every test runs on SQLite and on PostgreSQL (see [`both`]).

mod armour;
mod audiences;
mod autoresponders;
mod book;
mod both;
mod bounced;
mod complained;
mod consequences;
mod customers;
mod desk;
mod explaining;
mod figures;
mod first_page;
mod founding;
mod interleavings;
mod live;
mod logins;
mod mailings;
mod opening;
mod paged;
mod people;
mod revisions;
mod sending;
mod setup;
mod world;
// Tests run in the order of their names: this one is the last.
#[path = "conformance.rs"]
mod z_conformance;
