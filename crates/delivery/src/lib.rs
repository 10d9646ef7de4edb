//! Mail that leaves: claim, release, start, transmit, record (DESIGN §4).
//!
//! * [`machine`] is one SMTP dialog without IO, with the ticket rule in it; `connection` drives it.
//! * `starter` asks for tickets and `recorder` makes outcomes durable, both in groups.
//! * `routes` and `groups` know where mail goes and what a destination takes; `connect` goes there.
//! * [`parts`] names what of it is pure, for the simulator.
//! * `engine` ties them together, `turns` says whose turn it is; `judge` turns a receiver's words into an outcome.
//!
//! Absent here: composing mail (only `gate` makes a `Released`), SQL, and listening.
//!
//! The feature `control-no-start` leaves out the start's comparison. It exists for the control
//! build of the race test, which must show late mails where the rule is missing; it is never part
//! of a build that sends.

mod chores;
mod connect;
mod connection;
mod engine;
mod groups;
mod hands;
mod judge;
mod keys;
pub mod machine;
mod meters;
pub mod parts;
mod recorder;
mod routes;
mod settings;
mod starter;
mod tasks;
mod turns;

pub use engine::{DeliveryContext, run};
pub use meters::METERS;
pub use routes::ProviderGroups;
pub use settings::DeliverySettings;
