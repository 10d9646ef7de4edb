//! The testbench is tested too: a referee that misses fouls proves nothing.

#![expect(clippy::disallowed_methods, reason = "tests of real peers")]

mod browser;
mod peers;
mod postfix;
mod postgres;
mod program;
mod provider;
