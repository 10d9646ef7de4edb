//! Pages and API for recipients, customers and the operator.
//!
//! Requests come in by [`run`], pass the frame (limits, headers, faults), and
//! end in a page for recipients, in a page for people who sign in, or in the API.
//! Nothing here transmits mail, and no rule stands here: handlers parse, ask the
//! store, and show what it says.
//!
//! Invariant: a page for recipients sets no cookie, needs no script, asks no
//! other host for anything, and changes nothing on GET, HEAD or OPTIONS (the
//! configured mode `unsubscribe.body_link = get` apart).

mod api;
mod assets;
mod client;
mod consents;
mod context;
mod customers;
mod desk;
mod entry;
mod error;
mod frame;
mod meters;
mod pages;
mod proofs;
mod recipients;
mod serve;
mod session;
mod setting_up;
mod settings;
mod status;
#[expect(dead_code, reason = "the ground of pages: some of it waits for the first page that needs it")]
mod ui;

pub use context::WebContext;
pub use frame::router;
pub use meters::METERS;
pub use recipients::paths as recipients_paths;
pub use serve::{Listeners, run};
pub use settings::WebSettings;
pub use status::{Answered, Status, run_status};
pub use ui::table::{PageInfo, Who, pages};
