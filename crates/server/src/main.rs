//! The jawort program: settings, wiring, subcommands.
//!
//! [`cli`] is the table of subcommands. `serve` opens all doors ([`serve`]); every other one works
//! on the same database beside it ([`commands`]). Nothing here is a rule: what a setting may be
//! stands with the door that it belongs to, what is allowed stands in `policy`.

mod base;
mod cli;
mod clock;
mod commands;
mod fault;
mod founding;
mod logs;
mod names;
mod output;
mod secrets;
mod serve;
mod settings;
mod status;
mod stop;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Command};
use fault::Fault;
use output::Output;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            if !fault.is_told() {
                // Where standard error is closed, there is nobody left to tell.
                let _ = writeln!(std::io::stderr(), "jawort: {fault}");
            }
            fault.exit_code()
        }
    }
}

fn run(cli: Cli) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::failed(format!("the program cannot start its threads: {error}")))?;
    let output = Output { json: cli.json };
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Serve => serve::run(cli.config.as_deref()).await,
            command => commands::run(command, cli.config.as_deref(), output).await,
        }
    });
    // Whatever still runs has been given up on: only a second signal leaves anything.
    runtime.shutdown_background();
    outcome
}
