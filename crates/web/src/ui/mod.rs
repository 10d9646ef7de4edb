//! What the pages of customers and the operator have in common.
//!
//! A page is one line in a table ([`table`]): method, path, who may come, name, handler. A request that
//! passed the checks becomes a [`visit::Visit`]; what it sent is read by the definition of its fields
//! ([`form`]); the answer is a template that extends `ui/base.html` with a [`shell::Shell`].

pub(crate) mod chart;
pub(crate) mod diff;
pub(crate) mod form;
pub(crate) mod html;
pub(crate) mod navigation;
pub(crate) mod number;
pub(crate) mod records;
pub(crate) mod score;
pub(crate) mod shell;
pub(crate) mod state;
pub(crate) mod table;
pub(crate) mod time;
pub(crate) mod visit;
