//! Mail that leaves, against a provider on loopback.

#[path = "../../../store/tests/it/world.rs"]
#[expect(dead_code, reason = "the store's tests use the rest")]
mod world;

mod bench;
mod destinations;
mod faults;
mod live;
mod sending;
