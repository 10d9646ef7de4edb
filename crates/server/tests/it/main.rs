//! The program as it ships, from outside: started, asked, killed.

mod commands;
mod dns;
mod scratch;
mod settings;
mod starting;
