//! Pages and API for recipients, customers and the operator.
//!
//! Requests come in by [`run`], pass the frame (limits, headers, faults), and
//! end in a page for recipients or in the API. Nothing here transmits mail, and
//! no rule stands here: handlers parse, ask the store, and show what it says.
//!
//! Invariant: a page for recipients sets no cookie, needs no script, asks no
//! other host for anything, and changes nothing on GET, HEAD or OPTIONS (the
//! configured mode `unsubscribe.body_link = get` apart).

mod api;
mod client;
mod context;
mod error;
mod frame;
mod pages;
mod recipients;
mod serve;
mod settings;

pub use context::WebContext;
pub use frame::router;
pub use serve::{Listeners, run};
pub use settings::WebSettings;
