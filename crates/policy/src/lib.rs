//! The published policies as types and pure functions.
