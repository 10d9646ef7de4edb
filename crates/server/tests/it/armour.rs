//! Attacks on the running program in the figures of ARMOUR: programs that open the links of mails
//! (B3), and a clock held beside the form's answers (B6).
#![expect(clippy::disallowed_methods, reason = "browsers and answers are watched in real time")]

mod scanners;
mod times;

use std::path::PathBuf;
use std::process::Command;

use testbench::story::{Setup, World};

/// A world whose limits of sources do not stand in the way of many visitors from one machine.
async fn world() -> World {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let settings = vec![
        pair("signup.per_form_hour", "100000"),
        pair("signup.per_network_hour", "1000"),
        pair("signup.per_ip_hour", "100"),
        pair("log.level", "\"warn\""),
    ];
    let setup = Setup { program: PathBuf::from(env!("CARGO_BIN_EXE_jawort")), database: None, settings };
    World::open(setup).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Changes the books of the running program, as no door does: for states that would take hours.
fn write(world: &World, script: &str) {
    let file = world.house.folder().join("jawort.db");
    let done = Command::new("sqlite3").args(["-bail", "-cmd", ".timeout 20000"]).arg(file).arg(script).status();
    assert!(done.expect("sqlite3 runs").success(), "{script}");
}
