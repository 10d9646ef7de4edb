//! The pages through real listeners, on a scratch memory.

mod account;
mod api;
mod armour;
mod audience;
mod browser;
mod complaining;
mod desk;
mod door;
mod entering;
mod faults;
mod forgery;
mod hostile;
mod mailings;
mod marked;
mod pages;
mod people;
mod prober;
mod rights;
mod setup;
mod signing_up;
mod templates;
mod tenants;
mod tokens;
mod way_out;
