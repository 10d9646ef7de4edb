//! The pages through real listeners, on a scratch memory.

mod api;
mod door;
mod faults;
mod signing_up;
mod way_out;
