//! What the subcommands do, but `serve`. Each works on the database while `serve` runs; whoever
//! changes a fact here waits the ticket rule's time before it answers, like the doors.

mod accounts;
mod arrived;
mod classify;
mod desk;
mod doctor;
mod explain;
mod findings;
mod operators;
mod queue;
mod reviews;
mod simulate;
mod tokens;
mod zone;

use std::path::Path;
use std::sync::Arc;

use store::StoreError;

use crate::base::{Base, Opening, open_store};
use crate::cli::{Command, Config};
use crate::clock::MachineClock;
use crate::fault::Fault;
use crate::names;
use crate::output::{Output, write};
use crate::settings::Settings;
use crate::status;

/// Runs a subcommand.
///
/// # Errors
/// What stood in the way, with its exit code.
pub(crate) async fn run(command: Command, config: Option<&Path>, output: Output) -> Result<(), Fault> {
    let load = || Settings::load(config);
    if let Command::Config(config) = command {
        return configuration(&config, load, output);
    }
    if let Command::Classify(what) = command {
        return classify::run(&what, config);
    }
    if let Command::Simulate(what) = command {
        return simulate::run(&what, output);
    }
    let settings = load()?;
    if matches!(command, Command::Migrate) {
        open_store(&settings, Opening::FoundIfNew, Arc::new(MachineClock::new())).await?.close().await;
        return output.done("the database is up to date");
    }
    if matches!(command, Command::Doctor) {
        return doctor::run(settings, output).await;
    }
    let base = Base::open(settings, Opening::Existing).await?;
    let outcome = on_base(&base, command, output).await;
    base.store.close().await;
    outcome
}

async fn on_base(base: &Base, command: Command, output: Output) -> Result<(), Fault> {
    match command {
        Command::Account(what) => accounts::run(base, what, output).await,
        Command::Review(what) => reviews::run(base, what, output).await,
        Command::Case(what) => desk::case(base, what, output).await,
        Command::Exclusion(what) => desk::exclusion(base, what, output).await,
        Command::Incident(what) => desk::incident(base, what, output).await,
        Command::Arrived(what) => arrived::run(base, what, output).await,
        Command::Queue => queue::run(base, output).await,
        Command::Explain(what) => explain::run(base, &what, output).await,
        Command::Dns(what) => zone::run(base, what, output).await,
        Command::Operator(what) => operators::run(base, what, output).await,
        Command::Token(what) => tokens::run(base, what, output).await,
        Command::Serve
        | Command::Web
        | Command::Inbound
        | Command::Deliver
        | Command::Schedule
        | Command::Migrate
        | Command::Doctor
        | Command::Config(_)
        | Command::Classify(_)
        | Command::Simulate(_) => Err(Fault::failed("this command is run elsewhere")),
    }
}

fn configuration(what: &Config, load: impl FnOnce() -> Result<Settings, Fault>, output: Output) -> Result<(), Fault> {
    match what {
        Config::Example => write(&Settings::example()),
        Config::Check => {
            let settings = load()?;
            crate::names::Names::read(&settings)?;
            names::outside(&settings.network)?;
            status::name_providers(&settings.status)?;
            store::Place::parse(&settings.core.database)
                .map_err(|error| Fault::failed(format!("database: {error}")))?;
            settings.inbound.tls().map_err(|error| Fault::failed(error.to_string()))?;
            output.done("the settings can be used")
        }
    }
}

/// The store's "no such …" with the number that was asked for.
fn named(what: &'static str, id: i64) -> impl FnOnce(StoreError) -> Fault {
    move |error| match error {
        StoreError::NotFound(found) => Fault::failed(format!("there is no {found} for {what} {id}")),
        other => other.into(),
    }
}
