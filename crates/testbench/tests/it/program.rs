//! The provider as a program.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::{Value, json};
use testbench::submit::submit;

struct Program {
    child: Child,
    input: ChildStdin,
    output: BufReader<std::process::ChildStdout>,
}

impl Program {
    fn start(arguments: &[&str]) -> (Self, Value) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_provider"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let mut program = Self { child, input, output };
        let hello = program.read();
        (program, hello)
    }

    fn read(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    fn ask(&mut self, command: &Value) -> Value {
        writeln!(self.input, "{command}").expect("written");
        self.read()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn the_program_keeps_every_accepted_mail_even_when_it_is_killed_after_its_250() {
    let folder = std::env::temp_dir().join(format!("jawort-provider-{}", std::process::id()));
    let text = folder.to_str().expect("a plain path");
    let (mut program, hello) = Program::start(&["--record", text, "--no-tls"]);
    let address = hello["smtp"][0].as_str().expect("an address").parse().expect("an address");
    let behave = json!({"behave": {"scope": {"domain": "full.test"},
                                    "behaviour": {"rcpt": {"line": "452 4.2.2 full"}}}});
    assert_eq!(program.ask(&behave)["ok"], true);
    assert!(program.ask(&json!({"nonsense": 1}))["error"].is_string());
    let zone = json!({"zone": "example.test\tMX\t10 mx.example.test\nexample.test\tv=spf1 -all"});
    assert_eq!(program.ask(&zone)["added"], 2);
    for (to, code) in [("a@full.test", 452), ("b@fine.test", 250)] {
        let done = submit(address, "s@x.test", &[to], b"Subject: 1\r\n\r\nx\r\n").await;
        assert_eq!(done.expect("a dialog").code(), code);
    }
    let count = program.ask(&json!({"count": {}}));
    assert_eq!((&count["transactions"], &count["accepted"]), (&json!(2), &json!(1)));
    let records = program.ask(&json!({"records": {"after": 1}}));
    assert_eq!(records["records"][0]["mail_from"], "s@x.test");
    // It reports to itself here: what a mailbox provider sends back is mail like any other.
    let about = |kind: &str, extra: Value| {
        let mut fields = json!({"to": hello["smtp"][0], "record": 2});
        let extra = extra.as_object().expect("fields").clone();
        fields.as_object_mut().expect("fields").extend(extra);
        json!({ kind: fields })
    };
    let dsn = about("dsn", json!({"status": "5.1.1", "diagnostic": "550 5.1.1 no"}));
    let arf = about("arf", json!({"address": "fbl@us.test", "redact": ["b@fine.test"]}));
    let abuse =
        about("abuse", json!({"from": "b@fine.test", "address": "abuse@us.test", "words": "!", "how": "quoted"}));
    for (command, to) in [(dsn, "s@x.test"), (arf, "fbl@us.test"), (abuse, "abuse@us.test")] {
        assert_eq!(program.ask(&command)["code"], 250, "{command}");
        let count = program.ask(&json!({"count": {}}))["transactions"].as_u64();
        let last = program.ask(&json!({"records": {"after": count.expect("a count") - 1}}));
        assert_eq!(last["records"][0]["recipients"][0]["address"], to);
    }
    let dsn = about("dsn", json!({"record": 1, "status": "5.1.1", "diagnostic": "x"}));
    assert!(program.ask(&dsn)["error"].is_string(), "a refused mail cannot be returned");
    drop(program);
    let log = std::fs::read_to_string(folder.join("log.jsonl")).expect("a log");
    let records: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(records.len(), 5);
    assert_eq!(records[1]["recipients"][0]["address"], "b@fine.test");
    let file = records[1]["file"].as_str().expect("a file");
    assert_eq!(std::fs::read(folder.join(file)).expect("kept"), b"Subject: 1\r\n\r\nx\r\n");
    std::fs::remove_dir_all(&folder).expect("removed");
}
