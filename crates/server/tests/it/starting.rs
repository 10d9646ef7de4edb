//! Starting and ending: what the first start makes, and what every start refuses.

use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use testbench::house::House;
use testbench::process::Signal;

use crate::scratch::{finish, house, plan, program, refused, run, start};

const PATIENCE: Duration = Duration::from_secs(30);
const LOG_IN: &str = "operator log-in (works once, for 24 hours): ";
const TOKEN: &str = "operator token (shown only now): ";

fn token(said: &[String]) -> Option<String> {
    said.iter().find_map(|line| line.strip_prefix(TOKEN)).map(str::to_owned)
}

fn log_in(said: &[String]) -> Option<String> {
    said.iter().find_map(|line| line.strip_prefix(LOG_IN)).map(str::to_owned)
}

fn started_once() -> House {
    let mut house = house(plan());
    start(&mut house);
    assert!(house.stop(PATIENCE).expect("it stops"));
    house
}

#[test]
fn the_first_start_founds_the_installation_and_tells_the_operators_token_once() {
    let mut house = house(plan());
    let said = start(&mut house);
    let token = token(&said.lock().expect("no panic")).expect("a token");
    let mode = fs::metadata(house.folder().join("secrets.key")).expect("secrets.key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(house.folder().join("jawort.db").exists());
    assert!(house.stop(PATIENCE).expect("it stops"), "SIGTERM ends it in good order");
    let log_in = log_in(&said.lock().expect("no panic")).expect("a link");
    assert!(log_in.contains("/start/"), "{log_in}");
    let again = start(&mut house);
    assert_eq!(self::token(&again.lock().expect("no panic")), None);
    assert_eq!(self::log_in(&again.lock().expect("no panic")), None, "the link is shown once");
    let invited = crate::scratch::json(&house, &["operator", "invite", "--address", "olga@mail.example"]);
    assert!(invited["link"].as_str().is_some_and(|link| link.contains("/start/") && link != log_in), "{invited}");
    let tokens = crate::scratch::json(&house, &["token", "list"]);
    assert_eq!(tokens.as_array().map(Vec::len), Some(1));
    assert!(!tokens.to_string().contains(&token));
    assert!(house.stop(PATIENCE).expect("it stops"));
}

#[test]
fn a_second_serve_is_refused_with_the_pid_of_the_first() {
    let mut house = house(plan());
    start(&mut house);
    let pid = house.program().expect("it runs").pid();
    let told = refused(&house, &["serve"], 1);
    assert!(told.contains(&pid.to_string()), "{told}");
    house.kill().expect("it is killed");
    start(&mut house);
    assert!(house.stop(PATIENCE).expect("a killed one leaves no lock behind"));
}

#[test]
fn a_lost_secret_is_never_replaced_by_a_new_one() {
    let house = started_once();
    let file = house.folder().join("secrets.key");
    let text = fs::read_to_string(&file).expect("the secret");
    fs::remove_file(&file).expect("it is lost");
    for command in [&["serve"][..], &["account", "list"]] {
        let told = refused(&house, command, 1);
        assert!(told.contains("secrets.key is missing") && told.contains("put your copy"), "{told}");
    }
    assert!(!file.exists());
    // Another installation's secret is as bad as none.
    let stranger = started_once();
    fs::copy(stranger.folder().join("secrets.key"), &file).expect("a copy");
    let told = refused(&house, &["serve"], 1);
    assert!(told.contains("lacks a key"), "{told}");
    fs::write(&file, "nonsense").expect("written");
    assert!(refused(&house, &["serve"], 1).contains("line 1"));
    fs::write(&file, text).expect("written");
    assert_eq!(run(&house, &["account", "list"]).0, Some(0), "with the right copy all is well again");
}

#[test]
fn a_secret_that_others_may_read_is_refused() {
    let house = started_once();
    let file = house.folder().join("secrets.key");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("permissions");
    let told = refused(&house, &["serve"], 1);
    assert!(told.contains("chmod 600") && told.contains("644"), "{told}");
}

#[test]
fn a_database_of_a_newer_version_is_refused_with_what_to_do() {
    let house = started_once();
    let script = "import sqlite3; c=sqlite3.connect('jawort.db'); c.execute('insert into migration values (9999, 0)'); c.commit()";
    let written = Command::new("python3").args(["-c", script]).current_dir(house.folder()).status().expect("python3");
    assert!(written.success());
    for command in [&["serve"][..], &["migrate"], &["account", "list"]] {
        let told = refused(&house, command, 1);
        assert!(told.contains("newer jawort") && told.contains("start that version"), "{told}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let mut plan = plan();
    plan.settings.push(("secrets_file".to_owned(), "\"nowhere/secrets.key\"".to_owned()));
    let told = refused(&house(plan.clone()), &["serve"], 1);
    assert!(told.contains("nowhere/secrets.key") && told.contains("folder"), "{told}");
    let (code, _, told) = finish(serve_in(&house(plan)).env("JAWORT_DATABASE", "sqlite:missing/jawort.db"));
    assert_eq!(code, Some(1));
    assert!(told.contains("missing") && told.contains("must exist and be writable"), "{told}");
}

fn serve_in(house: &House) -> Command {
    let mut command = Command::new(program());
    command.arg("serve").current_dir(house.folder());
    command
}

#[test]
fn a_port_in_use_is_named_and_no_token_is_lost() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    for (key, variable) in [("web.listen", "JAWORT_WEB__LISTEN"), ("inbound.listen", "JAWORT_INBOUND__LISTEN")] {
        let house = house(plan());
        let (code, out, told) = finish(serve_in(&house).env(variable, &address));
        assert_eq!(code, Some(1));
        assert!(told.contains(key) && told.contains(&address), "{told}");
        assert!(!out.contains(TOKEN), "the token would never be seen again: {out}");
        assert_eq!(crate::scratch::json(&house, &["token", "list"]), serde_json::json!([]));
    }
}

/// Proves promise 6's end: a stop waits for what is under way, and a person can cut it short.
#[test]
#[expect(clippy::disallowed_methods, reason = "a visitor of the program under test")]
fn a_second_signal_ends_at_once() {
    let mut house = house(plan());
    start(&mut house);
    // Half a request keeps the door open for its whole time.
    let mut visitor = TcpStream::connect(house.web()).expect("a connection");
    visitor.write_all(b"GET / HT").expect("half a request");
    let program = house.program().expect("it runs");
    program.signal(Signal::Terminate).expect("asked");
    program.wait_for(PATIENCE, |line| line.contains("asked to stop").then_some(())).expect("it says so");
    program.signal(Signal::Interrupt).expect("asked again");
    program.wait_for(PATIENCE, |line| line.contains("second signal; the next start").then_some(())).expect("it ends");
    assert!(!house.stop(PATIENCE).unwrap_or(false), "its exit code says that it was cut short");
    start(&mut house);
    assert!(house.stop(PATIENCE).expect("the next start is like any other"));
}

/// A full disk: nothing is lost, and the sentence says what to do.
#[test]
fn a_full_disk_is_named() {
    let house = house(plan());
    let inner = house.folder().join("disk");
    fs::create_dir(&inner).expect("a folder");
    let command = &mut Command::new("unshare");
    command
        .args([
            "-m",
            "sh",
            "-c",
            "mount -t tmpfs -o size=64k tmpfs \"$1\" && cp jawort.toml \"$1\" && cd \"$1\" && exec \"$0\" serve",
        ])
        .arg(program())
        .arg(&inner)
        .current_dir(house.folder());
    let (code, _, told) = finish(command);
    if told.contains("unshare") || told.contains("mount") {
        testbench::not_run(format!("a full disk needs a mount of its own: {told}"));
        return;
    }
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("full"), "{told}");
}

#[test]
fn logs_are_json_where_asked_and_hold_no_token() {
    let mut plan = plan();
    plan.settings.push(("log.format".to_owned(), "\"json\"".to_owned()));
    plan.settings.push(("log.level".to_owned(), "\"debug\"".to_owned()));
    let mut house = house(plan);
    let said = start(&mut house);
    assert!(house.stop(PATIENCE).expect("it stops"));
    let said = said.lock().expect("no panic");
    let token = token(&said).expect("a token");
    let link = log_in(&said).expect("a link");
    let shown = [TOKEN, LOG_IN, "ready "];
    let logged: Vec<&String> = said.iter().filter(|line| !shown.iter().any(|start| line.starts_with(start))).collect();
    assert!(logged.len() > 2);
    for line in logged {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        assert!(!line.contains(&token), "a token in the log");
        assert!(!line.contains(link.rsplit('/').next().expect("a token")), "the link in the log");
    }
}

#[test]
fn everything_starts_on_postgresql_too() {
    let scratch = match testbench::postgres::Scratch::shared() {
        Ok(scratch) => scratch,
        Err(missing) => return testbench::not_run(missing),
    };
    let mut plan = plan();
    plan.database = Some(scratch.create_database().expect("a database"));
    let mut house = house(plan);
    let said = start(&mut house);
    assert!(token(&said.lock().expect("no panic")).is_some());
    assert!(refused(&house, &["serve"], 1).contains(&house.program().expect("it runs").pid().to_string()));
    let made = crate::scratch::json(&house, &["account", "create", "--name", "Laden"]);
    assert!(made["token"].as_str().is_some_and(|token| token.starts_with("jw_")));
    assert!(house.stop(PATIENCE).expect("it stops"));
}
