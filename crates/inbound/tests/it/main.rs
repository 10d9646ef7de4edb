//! Arriving mail, through a real listener on loopback, on SQLite and on PostgreSQL.
#![expect(unreachable_pub, reason = "modules of one test binary use each other")]

#[path = "../../../store/tests/it/world.rs"]
mod world;

mod bench;
mod dialogs;
mod effects;
