//! The worlds of the regular run.

mod worlds;
