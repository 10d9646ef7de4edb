//! Installations for these tests.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use testbench::house::{House, Plan};

/// The program under test.
pub(crate) fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_jawort"))
}

/// What an installation stands on where nobody answers DNS questions.
pub(crate) fn plan() -> Plan {
    Plan {
        program: program(),
        database: None,
        dns: SocketAddr::from(([127, 0, 0, 1], 9)),
        smtp_port: 9,
        settings: vec![("network.dns_limit".to_owned(), "\"1s\"".to_owned())],
        disk_mib: None,
    }
}

/// An installation that does not run yet.
pub(crate) fn house(plan: Plan) -> House {
    House::found(plan).expect("a scratch installation")
}

/// Starts an installation; gives what it says.
pub(crate) fn start(house: &mut House) -> Arc<Mutex<Vec<String>>> {
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    house.start(move |line| heard.lock().expect("no panic").push(line.to_owned())).expect("it starts");
    said
}

/// Runs a command; gives exit code, standard output and standard error.
pub(crate) fn run(house: &House, arguments: &[&str]) -> (Option<i32>, String, String) {
    spread(house.run(arguments).expect("the program runs"))
}

/// The same for a command that a test makes itself.
pub(crate) fn finish(command: &mut Command) -> (Option<i32>, String, String) {
    spread(command.output().expect("the program runs"))
}

fn spread(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Runs a command that must succeed, with `--json`.
pub(crate) fn json(house: &House, arguments: &[&str]) -> serde_json::Value {
    let arguments = [arguments, &["--json"]].concat();
    let (code, out, err) = run(house, &arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {out}{err}");
    serde_json::from_str(&out).expect("JSON")
}

/// Runs a command that must fail with this code; gives what it complained about. It is one
/// sentence for a person, never a panic.
pub(crate) fn refused(house: &House, arguments: &[&str], code: i32) -> String {
    let (found, out, err) = run(house, arguments);
    assert_eq!(found, Some(code), "{arguments:?}: {out}{err}");
    assert!(!err.contains("panicked") && !err.contains("RUST_BACKTRACE"), "{err}");
    err
}

/// Writes into the database beside the program, as somebody with a database's own tool does.
pub(crate) fn written(house: &House, database: Option<&str>, statements: &str) -> Result<(), String> {
    let mut command = match database {
        Some(url) => {
            let mut psql = Command::new("psql");
            psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statements]);
            psql
        }
        None => {
            let mut sqlite = Command::new("sqlite3");
            sqlite.args(["-cmd", ".timeout 20000"]).arg(house.folder().join("jawort.db")).arg(statements);
            sqlite
        }
    };
    let (code, _, told) = finish(&mut command);
    if code == Some(0) { Ok(()) } else { Err(told) }
}
