//! The store on both databases.
//!
//! Every test runs on SQLite and on PostgreSQL (see [`both`]).

mod both;
mod opening;
