//! The program behind `cargo xtask demo`: tells the story of a sign-up, a newsletter, bounces and
//! complaints on real input, and compares its books.
//!
//! ```text
//! story [--once] [--json] [--keep-mail DIR] [--seed N]
//! ```
//! The narrative goes to standard error. Without `--once` everything stays up until it is
//! interrupted. With `--json` the last line of standard output holds the figures. `jawort` must
//! lie in the same folder. Exit status 1 when a step failed or the books differ, 2 for wrong use.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for development")]

use std::path::PathBuf;
use std::process::ExitCode;

use testbench::story::{Ending, Options, tell};

struct Flags {
    once: bool,
    json: bool,
    keep_mail: Option<PathBuf>,
    seed: u64,
}

fn flags() -> Result<Flags, String> {
    let mut flags = Flags { once: false, json: false, keep_mail: None, seed: 1 };
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{flag} needs a value"));
        match flag.as_str() {
            "--once" => flags.once = true,
            "--json" => flags.json = true,
            "--keep-mail" => flags.keep_mail = Some(value()?.into()),
            "--seed" => flags.seed = value()?.parse().map_err(|_| "--seed takes a number")?,
            other => return Err(format!("unknown flag {other}")),
        }
    }
    Ok(flags)
}

/// `jawort` lies beside this program.
fn jawort() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = own.with_file_name("jawort");
    if program.is_file() { Ok(program) } else { Err(format!("{} is not there", program.display())) }
}

#[tokio::main]
async fn main() -> ExitCode {
    let flags = match flags() {
        Ok(flags) => flags,
        Err(error) => {
            eprintln!("story: {error}");
            return ExitCode::from(2);
        }
    };
    match run(&flags).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("story: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: &Flags) -> Result<bool, String> {
    let options = Options { program: jawort()?, database: None, keep_mail: flags.keep_mail.clone(), seed: flags.seed };
    let ending = tell(&options).await?;
    for (kind, count) in &ending.received {
        eprintln!("  {count:5} mails: {}", kind.word());
    }
    if !flags.once {
        stay(&ending).await?;
    }
    let agree = ending.faults.is_empty();
    let figures = ending.figures.clone();
    // The program ends in good order before the last line.
    tokio::task::block_in_place(|| drop(ending));
    if flags.json {
        println!("{figures}");
    }
    Ok(agree)
}

/// Everything stays up until Ctrl-C or TERM.
async fn stay(ending: &Ending) -> Result<(), String> {
    let house = &ending.world.house;
    eprintln!("\nEverything stays up. Press Ctrl-C to end.");
    eprintln!("  pages and API     {}", house.url());
    eprintln!("  OpenAPI           {}/api/v1/openapi.json", house.url());
    eprintln!("  operator's token  {}", house.operator_token().unwrap_or_default());
    eprintln!("  mail to Jawort    {}", house.inbound());
    eprintln!("  the provider      {}", ending.world.provider.addr());
    eprintln!("  DNS               {}", ending.world.dns.addr());
    eprintln!("  its folder        {}", house.folder().display());
    let failed = |error: std::io::Error| error.to_string();
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).map_err(failed)?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result.map_err(failed),
        _ = term.recv() => Ok(()),
    }
}
