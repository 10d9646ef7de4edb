//! The pure parts of this door. The simulator drives them, and [`crate::machine`], against a model
//! of memory, network and clock; nothing of them is written twice.

pub use crate::chores::{LOOK, RARELY};
pub use crate::connection::{FIRST_PIECE, IDLE, on_the_wire};
pub use crate::engine::{CLAIM, POLL, RELEASED_LASTS};
pub use crate::groups::{Group, Groups, Providers, Unwritten};
pub use crate::hands::{Free, Hand, Hands};
pub use crate::judge::{Case, Judged, of_refusal};
pub use crate::recorder::{AGAIN, GROUP_AGE, GROUP_MOST, is_whole};
pub use crate::starter::{GIVE_UP_AFTER, PAUSE, Patience, STARTS};
pub use crate::turns::Turns;
