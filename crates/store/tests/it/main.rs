//! The store on both databases.
//!
//! Every test runs on SQLite and on PostgreSQL (see [`both`]).

mod audiences;
mod autoresponders;
mod both;
mod bounced;
mod complained;
mod customers;
mod founding;
mod interleavings;
mod mailings;
mod opening;
mod people;
mod sending;
mod world;
