//! Arriving mail, through a real listener on loopback, on SQLite and on PostgreSQL.

#[path = "../../../store/tests/it/world.rs"]
#[expect(dead_code, missing_docs, unreachable_pub, reason = "the store's tests use the rest")]
mod world;

mod bench;
mod dialogs;
mod effects;
