//! Chores and self-checks of the source tree, started as `cargo xtask NAME`.
//!
//! This program is light on purpose: it uses the standard library only and starts
//! other programs for everything heavy. The table [`COMMANDS`] is the one place
//! where a subcommand is defined; help and dispatch both read it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a chore talks to the developer's terminal")]
#![expect(clippy::disallowed_methods, reason = "a chore measures real time and reads the real environment")]

mod breaks;
mod demo;
mod dependencies;
mod face;
mod files;
mod npm;
mod requirements;
mod run;
mod setup;
mod source;
mod test;
mod tidy;
mod torture;

use std::process::ExitCode;

/// One subcommand: its name, the line that the help prints, and what runs it.
struct Command {
    /// The word after `cargo xtask`.
    name: &'static str,
    /// The flags that it takes, for the help.
    flags: &'static str,
    /// One line of help.
    help: &'static str,
    /// Runs it with the remaining arguments. An empty reason has been told already.
    run: fn(&[String]) -> Result<(), String>,
}

/// Every subcommand. Help and dispatch read this table.
const COMMANDS: &[Command] = &[
    Command {
        name: "demo",
        flags: "[--once] [--json] [--keep-mail DIR] [--seed N]",
        help: "start Jawort with a loopback provider and run its main job",
        run: demo::run,
    },
    Command {
        name: "test",
        flags: "[--long] [--only STEP]...",
        help: "everything that must pass; parts that could not run are named at the end",
        run: test::run,
    },
    Command {
        name: "torture",
        flags: "[--kills N] [--postgres] [--nodes N] [--seed N] [--json]",
        help: "kill Jawort again and again while it sends, and compare the receiver's book with the ledger",
        run: torture::run,
    },
    Command {
        name: "setup",
        flags: "",
        help: "install what the tests need: Debian packages (as root), the judge's Python modules, axe-core",
        run: setup::run,
    },
    Command { name: "tidy", flags: "", help: "the house rules that the compiler does not know", run: tidy::run },
    Command {
        name: "face",
        flags: "",
        help: "types, weight and licences of styles and scripts; two builds give the same bytes",
        run: face::run,
    },
    Command {
        name: "dependencies",
        flags: "",
        help: "licences and users of the crates from outside, as deny.toml allows them",
        run: dependencies::run,
    },
    Command {
        name: "advisories",
        flags: "",
        help: "known holes in the crates from outside (needs cargo-deny and the network)",
        run: dependencies::advisories,
    },
    Command {
        name: "requirements",
        flags: "[--json] [--break [NAME|CRATE]...]",
        help: "which tests carry which requirement; --break proves that they can fail",
        run: requirements::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wanted = arguments.first().map_or("help", String::as_str);
    if matches!(wanted, "help" | "--help" | "-h") {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == wanted) else {
        eprintln!("there is no chore `{wanted}`\n\n{}", help());
        return ExitCode::from(2);
    };
    match (command.run)(&arguments[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            if !reason.is_empty() {
                eprintln!("xtask {wanted}: {reason}");
            }
            ExitCode::FAILURE
        }
    }
}

/// The help text, made from the table.
fn help() -> String {
    let mut text = String::from("usage: cargo xtask CHORE [FLAGS]\n\n");
    for command in COMMANDS {
        let call = format!("{} {}", command.name, command.flags);
        text.push_str(&format!("  {}\n      {}\n", call.trim_end(), command.help));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_every_subcommand_once() {
        let text = help();
        for command in COMMANDS {
            assert_eq!(text.matches(&format!("\n  {}", command.name)).count(), 1, "{}", command.name);
        }
    }
}
