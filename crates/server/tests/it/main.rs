//! The program as it ships, from outside: started, asked, killed.

mod commands;
mod dns;
mod judged;
mod pages;
mod postfix;
mod races;
mod scratch;
mod settings;
mod starting;
