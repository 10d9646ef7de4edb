//! The jawort program: settings, wiring, subcommands.
//!
//! [`cli`] is the table of subcommands. `serve` opens all doors, `web`, `inbound`, `deliver` and
//! `schedule` one each ([`serve`]); every other one works
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
use serve::Door;

fn main() -> ExitCode {
    #[cfg(feature = "torture")]
    if let Err(problem) = armed() {
        let _ = writeln!(std::io::stderr(), "jawort: {problem}");
        return ExitCode::from(2);
    }
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

/// The build of the torture runs: where it is to stand still comes from the environment.
#[cfg(feature = "torture")]
#[expect(clippy::disallowed_methods, reason = "only the run that kills this build sets it")]
fn armed() -> Result<(), String> {
    std::env::var(failpoints::VARIABLE).map_or(Ok(()), |text| failpoints::arm(&text))
}

fn run(cli: Cli) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::failed(format!("the program cannot start its threads: {error}")))?;
    let output = Output { json: cli.json };
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Serve => serve::run(cli.config.as_deref(), None).await,
            Command::Web => serve::run(cli.config.as_deref(), Some(Door::Web)).await,
            Command::Inbound => serve::run(cli.config.as_deref(), Some(Door::Inbound)).await,
            Command::Deliver => serve::run(cli.config.as_deref(), Some(Door::Deliver)).await,
            Command::Schedule => serve::run(cli.config.as_deref(), Some(Door::Schedule)).await,
            command => commands::run(command, cli.config.as_deref(), output).await,
        }
    });
    // Whatever still runs has been given up on: only a second signal leaves anything.
    runtime.shutdown_background();
    outcome
}
