//! The scratch PostgreSQL: its crash, its end, and the end of its owner.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testbench::postgres::{NoPostgres, Scratch};

/// A scratch server, or a line that says why this was not run; under CI its absence is a fault.
#[expect(clippy::print_stderr, reason = "a test that is not run says so")]
fn scratch(started: Result<Scratch, NoPostgres>) -> Option<Scratch> {
    match started {
        Ok(scratch) => Some(scratch),
        Err(reason) => {
            assert!(std::env::var_os("CI").is_none(), "{reason}");
            eprintln!("NOT RUN: scratch PostgreSQL ({reason})");
            None
        }
    }
}

fn answers(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn gone_within(port: u16, limit: Duration) -> bool {
    let began = Instant::now();
    while answers(port) {
        if began.elapsed() > limit {
            return false;
        }
        std::thread::yield_now();
    }
    true
}

#[test]
fn a_scratch_server_survives_a_crash_with_its_data_and_leaves_nothing_behind() {
    let Some(scratch) = scratch(Scratch::start()) else { return };
    let url = scratch.create_database().expect("a database");
    let name = url.rsplit('/').next().expect("a name").to_owned();
    scratch.sql(&name, "CREATE TABLE t (n bigint); INSERT INTO t VALUES (7)").expect("SQL");
    assert_eq!(scratch.sql(&name, "SHOW fsync").expect("SQL"), "on");
    scratch.crash().expect("stops");
    assert!(!answers(scratch.port()));
    scratch.start_again().expect("starts");
    assert_eq!(scratch.sql(&name, "SELECT n FROM t").expect("SQL"), "7");
    assert!(scratch.sql(&name, "SELECT nonsense").is_err());
    let (port, folder) = (scratch.port(), scratch.folder().to_owned());
    drop(scratch);
    assert!(!answers(port) && !folder.exists());
}

/// The victim of the next test, which runs it in a process of its own; otherwise it does nothing.
#[test]
fn holds_a_scratch_server_until_killed() {
    if std::env::var_os("JAWORT_HOLD_POSTGRES").is_none() {
        return;
    }
    let Ok(scratch) = Scratch::start_with(false) else { return };
    println!("\nport {}", scratch.port());
    std::thread::sleep(Duration::from_secs(120));
}

#[test]
fn a_scratch_server_dies_with_a_killed_process() {
    let mut victim = Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", "--nocapture", "postgres::holds_a_scratch_server_until_killed"])
        .env("JAWORT_HOLD_POSTGRES", "1")
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts itself");
    let output = BufReader::new(victim.stdout.take().expect("piped"));
    let port = output.lines().map_while(Result::ok).find_map(|line| line.strip_prefix("port ")?.parse::<u16>().ok());
    let Some(port) = port else {
        let _ = victim.wait();
        assert!(scratch(Scratch::start()).is_none(), "the victim should have had a server");
        return;
    };
    assert!(answers(port));
    victim.kill().expect("kill -9");
    let _ = victim.wait();
    assert!(gone_within(port, Duration::from_secs(30)), "the server outlived its process");
}
