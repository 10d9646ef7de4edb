//! The program behind `cargo xtask torture`: kills the product again and again while it sends, and
//! compares the books.
//!
//! ```text
//! torture [--kills N] [--postgres] [--nodes N] [--seed N] [--json]
//! ```
//! What happens is told on standard error. With `--json` the last line of standard output holds the
//! figures. `jawort` and `jawort-torture` must lie in the same folder. Exit status 1 when the promise
//! was broken, a place was never hit, or a node took longer than 2 s to send again; 2 for wrong use.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for development")]

use std::path::PathBuf;
use std::process::ExitCode;

use testbench::postgres::Scratch;
use testbench::story::Narrator;
use testbench::torture::{Options, Report, run};

struct Flags {
    kills: usize,
    postgres: bool,
    nodes: usize,
    seed: u64,
    json: bool,
}

fn flags() -> Result<Flags, String> {
    let mut flags = Flags { kills: 100, postgres: false, nodes: 1, seed: 1, json: false };
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{flag} needs a value"));
        match flag.as_str() {
            "--kills" => flags.kills = value()?.parse().map_err(|_| "--kills takes a number")?,
            "--postgres" => flags.postgres = true,
            "--nodes" => flags.nodes = value()?.parse().map_err(|_| "--nodes takes a number")?,
            "--seed" => flags.seed = value()?.parse().map_err(|_| "--seed takes a number")?,
            "--json" => flags.json = true,
            other => return Err(format!("unknown flag {other}")),
        }
    }
    Ok(flags)
}

/// A program that lies beside this one.
fn beside(name: &str) -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = own.with_file_name(name);
    if program.is_file() { Ok(program) } else { Err(format!("{} is not there", program.display())) }
}

#[tokio::main]
async fn main() -> ExitCode {
    let flags = match flags() {
        Ok(flags) => flags,
        Err(error) => {
            eprintln!("torture: {error}");
            return ExitCode::from(2);
        }
    };
    match torture(&flags).await {
        Ok(report) => {
            eprintln!("{report}");
            if flags.json {
                match serde_json::to_string(&report.figures) {
                    Ok(line) => println!("{line}"),
                    Err(error) => eprintln!("torture: {error}"),
                }
            }
            let good = report.faults.is_empty() && report.slow.is_none();
            if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("torture: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn torture(flags: &Flags) -> Result<Report, String> {
    // The server lives until the run is over.
    let scratch = if flags.postgres { Some(Scratch::start().map_err(|error| error.to_string())?) } else { None };
    let database = scratch.as_ref().map(Scratch::create_database).transpose().map_err(|error| error.to_string())?;
    let options = Options {
        program: beside("jawort")?,
        armed: beside("jawort-torture")?,
        database,
        nodes: flags.nodes,
        kills: flags.kills,
        seed: flags.seed,
        judged: false,
    };
    run(&options, Narrator).await
}
