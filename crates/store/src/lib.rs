//! The memory: the only crate with SQL.
