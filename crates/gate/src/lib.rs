//! The only maker of a released message: candidate in, [`Released`] or `Refusal` out.
//!
//! [`Gate::release`] asks the policy, composes, signs, and reads the finished bytes back. It does
//! no IO, knows no database and no clock, and runs on any number of worker threads.
//!
//! Customers' HTML is kept byte for byte within a document of ours (`frame`), after a strict
//! reading (`markup`, `style`, `outlook`) has proven that it can neither hide nor drop the
//! signature block behind it; what stands in braces is filled in by `template`.

mod block;
mod cache;
mod compiled;
mod compose;
mod frame;
mod gate;
mod house;
mod inspect;
mod keys;
mod marks;
mod markup;
mod notice;
mod outlook;
mod preview;
mod problem;
mod released;
mod style;
mod tag;
mod template;

pub use compiled::{MAX_BODY, MAX_SUBJECT};
pub use gate::Gate;
pub use house::{House, HouseError, MAX_LINK, MAX_PUBLIC_URL};
pub use keys::{DomainSigners, KeyBytes, SigningKeys};
pub use notice::TEMPLATES;
pub use preview::Preview;
pub use problem::{Fault, FieldFault, FieldPlace, Part, Problem, StyleFault};
pub use released::{Envelope, Released};
