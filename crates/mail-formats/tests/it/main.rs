//! What other programs say about what this crate writes and reads.

mod corpora;
mod families;
mod mutations;
mod signing;
