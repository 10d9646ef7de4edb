//! The program as it ships, from outside: started, asked, killed.

mod armour;
mod arrivals;
mod asked;
mod builds;
mod canaries;
mod classify;
mod commands;
mod dns;
mod doors;
mod faces;
mod full_disk;
mod judged;
mod pages;
mod postfix;
mod races;
mod scratch;
mod settings;
mod starting;
mod status;
mod torture;
mod watched;
