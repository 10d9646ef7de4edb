//! The fake mailbox provider as a program, with a DNS server beside it, for the demo and for
//! crash tests that need it to outlive the sender.
//!
//! ```text
//! provider [--listen IP:PORT]... [--dns IP:PORT] [--record FOLDER] [--no-tls]
//! ```
//! It prints one JSON line `{"smtp":[...],"dns":...,"pid":...}` on standard output and then
//! takes commands from standard input, a JSON object a line, each answered by one line:
//! ```text
//! {"behave":{"scope":{"domain":"full.test"},"behaviour":{"rcpt":{"line":"452 4.2.2 full"}}}}
//! {"zone":"example.test\tMX\t10 mx.example.test\nmx.example.test\tA\t127.0.0.1"}
//! {"fail":{"name":"down.test","fault":"servfail"}}
//! {"wait":{"completed":100,"seconds":30}}
//! {"count":{}}
//! {"records":{"after":0}}
//! {"dsn":{"to":"127.0.0.1:2525","record":7,"status":"5.1.1","diagnostic":"550 5.1.1 no"}}
//! {"arf":{"to":"127.0.0.1:2525","record":7,"address":"fbl@us.test","redact":["a@b.test"]}}
//! {"abuse":{"to":"127.0.0.1:2525","record":7,"from":"a@b.test","address":"abuse@us.test",
//!           "words":"Stop this","how":"attached"}}
//! {"submit":{"to":"127.0.0.1:2525","mail_from":"","recipients":["x@y.test"],"file":"/path.eml"}}
//! ```
//! `dsn`, `arf` and `abuse` are about a message that came: `record` is its number. The
//! notification goes to its return path; `how` is `attached`, `quoted` or `body_only`.
//! At the end of standard input it stops. With `--record`, each message is a file `NNNNNN.eml`
//! and each transaction a line of `log.jsonl`, written before the sender gets its 250.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for development")]

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use testbench::dns::{Dns, Fault};
use testbench::provider::{Behaviour, Provider, ProviderConfig, Record, Scope};
use testbench::reports::{Arf, Dsn, Forwarding, forward_to_abuse};
use testbench::submit::submit;
use tokio::sync::mpsc;

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Command {
    Behave { scope: Scope, behaviour: Behaviour },
    Zone(String),
    Fail { name: String, fault: Option<String> },
    Wait { completed: usize, seconds: u64 },
    Count {},
    Records { after: u64 },
    Dsn { to: SocketAddr, record: u64, status: String, diagnostic: String },
    Arf { to: SocketAddr, record: u64, address: String, redact: Vec<String> },
    Abuse { to: SocketAddr, record: u64, from: String, address: String, words: String, how: String },
    Submit { to: SocketAddr, mail_from: String, recipients: Vec<String>, file: String },
}

#[derive(Default)]
struct Options {
    provider: ProviderConfig,
    dns: Option<SocketAddr>,
}

fn options() -> Result<Options, String> {
    let mut options = Options::default();
    let mut listen = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{flag} needs a value"));
        match flag.as_str() {
            "--listen" => listen.push(address(&value()?)?),
            "--dns" => options.dns = Some(address(&value()?)?),
            "--record" => options.provider.record_folder = Some(value()?.into()),
            "--no-tls" => options.provider.tls = false,
            other => return Err(format!("unknown option {other}")),
        }
    }
    if !listen.is_empty() {
        options.provider.listen = listen;
    }
    // What is written to a folder need not fill the memory too.
    options.provider.keep_bytes = options.provider.record_folder.is_none();
    Ok(options)
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| format!("{text} is no IP:PORT"))?;
    if address.ip().is_loopback() { Ok(address) } else { Err(format!("{text} is not loopback")) }
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("provider: {error}");
            return ExitCode::from(2);
        }
    };
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("provider: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> std::io::Result<()> {
    let dns = match options.dns {
        Some(address) => Dns::start_at(address).await?,
        None => Dns::start().await?,
    };
    let provider = Provider::start(options.provider).await?;
    provider.excuse("whoever started this program has its records");
    say(&json!({ "smtp": provider.addrs(), "dns": dns.addr(), "pid": std::process::id() }))?;
    let mut lines = standard_input();
    while let Some(line) = lines.recv().await {
        let answer = match serde_json::from_str(&line) {
            Ok(command) => obey(command, &provider, &dns).await,
            Err(error) => Err(error.to_string()),
        };
        say(&answer.unwrap_or_else(|error| json!({ "error": error })))?;
    }
    provider.stop().await;
    Ok(())
}

/// The lines of standard input, read by a thread of their own, since reading blocks.
fn standard_input() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(64);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

fn say(value: &Value) -> std::io::Result<()> {
    println!("{value}");
    std::io::stdout().flush()
}

async fn obey(command: Command, provider: &Provider, dns: &Dns) -> Result<Value, String> {
    match command {
        Command::Behave { scope, behaviour } => provider.set_behaviour(scope, behaviour),
        Command::Zone(text) => {
            let added = dns.load_zone_txt(&text)?;
            return Ok(json!({ "ok": true, "added": added }));
        }
        Command::Fail { name, fault } => match fault {
            Some(fault) => dns.fail(&name, fault_named(&fault)?),
            None => dns.heal(&name),
        },
        Command::Wait { completed, seconds } => {
            let reached = provider.wait_for(completed, Duration::from_secs(seconds)).await;
            return Ok(json!({ "ok": reached, "completed": provider.completed() }));
        }
        Command::Count {} => return Ok(counts(provider)),
        Command::Records { after } => {
            let mut records = provider.records();
            records.retain(|record| record.number > after);
            return Ok(json!({ "ok": true, "records": records }));
        }
        Command::Dsn { to, record, status, diagnostic } => {
            let message = message(provider, record)?;
            let recipient = message.record.recipients.first().map_or("", |one| &one.address);
            let dsn = Dsn {
                status: &status,
                diagnostic: &diagnostic,
                ..Dsn::hard(&message.record.mail_from, recipient, &message.bytes)
            };
            return deliver(to, "", &[&message.record.mail_from], &dsn.build()).await;
        }
        Command::Arf { to, record, address, redact } => {
            let message = message(provider, record)?;
            let redact: Vec<&str> = redact.iter().map(String::as_str).collect();
            let arf = Arf { redact: &redact, ..Arf::abuse(&address, &message.bytes) };
            return deliver(to, arf.from, &[&address], &arf.build()).await;
        }
        Command::Abuse { to, record, from, address, words, how } => {
            let message = message(provider, record)?;
            let letter = forward_to_abuse(&from, &address, &words, &message.bytes, forwarding(&how)?);
            return deliver(to, &from, &[&address], &letter).await;
        }
        Command::Submit { to, mail_from, recipients, file } => {
            let message = std::fs::read(&file).map_err(|error| format!("{file}: {error}"))?;
            let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
            return deliver(to, &mail_from, &recipients, &message).await;
        }
    }
    Ok(json!({ "ok": true }))
}

/// A message that came, with its content.
struct Message {
    record: Record,
    bytes: Vec<u8>,
}

fn message(provider: &Provider, number: u64) -> Result<Message, String> {
    let found = provider.records().into_iter().find(|record| record.number == number);
    let record = found.filter(|record| record.completed);
    let record = record.ok_or_else(|| format!("there is no message {number}"))?;
    let bytes = provider.content(&record).map_err(|error| error.to_string())?;
    Ok(Message { record, bytes })
}

fn forwarding(name: &str) -> Result<Forwarding, String> {
    match name {
        "attached" => Ok(Forwarding::Attached),
        "quoted" => Ok(Forwarding::Quoted),
        "body_only" => Ok(Forwarding::BodyOnly),
        other => Err(format!("no way of forwarding {other}")),
    }
}

fn counts(provider: &Provider) -> Value {
    let records = provider.records();
    json!({
        "ok": true,
        "transactions": records.len(),
        "completed": provider.completed(),
        "accepted": records.iter().filter(|record| record.accepted).count(),
        "connections": provider.connections(),
        "open": provider.open_connections(),
        "most_open": provider.most_open_connections(),
    })
}

async fn deliver(to: SocketAddr, mail_from: &str, recipients: &[&str], message: &[u8]) -> Result<Value, String> {
    let done = submit(to, mail_from, recipients, message).await.map_err(|e| e.to_string())?;
    Ok(json!({ "ok": done.accepted(), "code": done.code(), "reply": done.last_reply() }))
}

fn fault_named(name: &str) -> Result<Fault, String> {
    Ok(match name {
        "servfail" => Fault::ServFail,
        "refused" => Fault::Refused,
        "silent" => Fault::Silent,
        "nxdomain" => Fault::NxDomain,
        "lame" => Fault::Lame,
        "truncated" => Fault::Truncated,
        other => return Err(format!("no fault {other}")),
    })
}
