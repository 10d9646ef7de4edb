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
use std::sync::Arc;

use testbench::mailbox::Mailbox;
use testbench::people::DOMAINS;
use testbench::stage::{Demo, PASSWORD, demo};
use testbench::story::{Account, Ending, Options, World, tell};

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
    let keep_mail = flags.keep_mail.clone();
    // Who wants the mails judged takes --keep-mail.
    let options = Options { program: jawort()?, database: None, keep_mail, seed: flags.seed, show: true };
    let Ending { world, accounts, figures, faults, received } = tell(&options).await?;
    for (kind, count) in &received {
        eprintln!("  {count:5} mails: {}", kind.word());
    }
    let world = if flags.once { world } else { stay(world, &accounts).await? };
    // The program ends in good order before the last line.
    tokio::task::block_in_place(|| drop(world));
    if flags.json {
        println!("{figures}");
    }
    Ok(faults.is_empty())
}

/// Everything stays up, with more to see and with log-ins, until Ctrl-C or TERM.
async fn stay(world: World, accounts: &[Account; 2]) -> Result<World, String> {
    eprintln!("\nThe story is over. What it does not tell is put on the stage now (about a minute).");
    let demo = demo(&world, accounts).await?;
    let world = Arc::new(world);
    let mailbox = Mailbox::open(&world, &DOMAINS).await.map_err(|error| error.to_string())?;
    show(&world, &demo, &mailbox);
    interrupted().await?;
    mailbox.close().await;
    Arc::into_inner(world).ok_or_else(|| "somebody still looks at the mailboxes".to_owned())
}

/// Where everything is.
fn show(world: &World, demo: &Demo, mailbox: &Mailbox) {
    let (house, url) = (&world.house, world.house.url());
    eprintln!("\nEverything stays up. Press Ctrl-C to end. docs/walk.md leads through it.");
    eprintln!("\nLog-ins at {url}/login, all with the password: {PASSWORD}");
    for (what, who) in &demo.log_ins {
        eprintln!("  {:28}{} ({what})", who.address, who.name);
    }
    eprintln!("\nPages");
    eprintln!("  {:28}{}", "everybody's mailboxes", mailbox.url());
    for (what, path) in &demo.places {
        eprintln!("  {what:28}{url}{path}");
    }
    eprintln!("\nFor programs");
    eprintln!("  {:28}{}", "operator's token", house.operator_token().unwrap_or_default());
    eprintln!("  {:28}{}", "mail to Jawort (SMTP)", house.inbound());
    eprintln!("  {:28}{}", "the provider (SMTP)", world.provider.addr());
    eprintln!("  {:28}{}", "DNS", world.dns.addr());
    eprintln!("  {:28}{}", "its folder", house.folder().display());
}

async fn interrupted() -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).map_err(failed)?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result.map_err(failed),
        _ = term.recv() => Ok(()),
    }
}
