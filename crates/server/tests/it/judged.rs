//! The independent judges read every mail of the whole story.

use std::path::PathBuf;

use testbench::judges::{Judges, SpfQuestion};
use testbench::story::{Ending, GARDEN, Kind, Options, SHOP, tell};

/// How many mails have their signatures verified by the second judge.
const SAMPLE: usize = 200;

/// A folder of this test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("jawort-judged.{}", std::process::id())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn told(result: Result<Ending, String>) -> Ending {
    let ending = result.unwrap_or_else(|error| panic!("the story stopped: {error}"));
    assert!(ending.faults.is_empty(), "the books differ: {:?}", ending.faults);
    ending
}

/// Proves R26, R28, R33, R34, R38, R46, R50, R51, R62, R63 and R64 on every mail of the story: by the
/// judges, whose programs share no code with ours. The books of ledger and provider agree.
#[tokio::test(flavor = "multi_thread")]
async fn r26_r28_r33_r34_r38_r46_r50_r51_r62_r63_r64_the_judges_find_nothing_in_any_mail_of_the_story() {
    let judges = match Judges::find() {
        Ok(judges) => judges,
        Err(reason) => return testbench::not_run(reason),
    };
    let folder = Folder::new();
    let options = Options {
        program: PathBuf::from(env!("CARGO_BIN_EXE_jawort")),
        database: None,
        keep_mail: Some(folder.0.clone()),
        seed: 7,
        show: false,
    };
    let ending = told(tell(&options).await);
    let received: usize = ending.received.values().sum();
    let forwarded = ending.received.get(&Kind::Forwarded).copied().unwrap_or(0);
    assert!(forwarded > 0 && received > 2_000, "{:?}", ending.received);
    let verdict = ending.world.judge().unwrap_or_else(|findings| panic!("{findings}")).expect("judges were found");
    assert_eq!((verdict.received, verdict.forwarded), (received, forwarded));
    assert_eq!(verdict.judged + verdict.forwarded, received, "every mail is judged");
    let verified = judges.verify_signatures(&folder.0, SAMPLE).unwrap_or_else(|findings| panic!("{findings}"));
    assert_eq!(verified, SAMPLE);
    let garden = format!("{}@{}", GARDEN.local, GARDEN.domain.expect("its own"));
    let shop = format!("{}@jawort.example", SHOP.local);
    let question = |identity, ip, scope, expected| SpfQuestion { identity, ip, scope, expected };
    let questions = [
        question("b.x@bounce.jawort.example", "127.0.0.1", "mfrom", "pass"),
        question("b.x@bounce.jawort.example", "192.0.2.9", "mfrom", "fail"),
        question(garden.as_str(), "127.0.0.1", "pra", "pass"),
        question(garden.as_str(), "192.0.2.9", "pra", "softfail"),
        question(shop.as_str(), "127.0.0.1", "pra", "pass"),
        question(shop.as_str(), "192.0.2.9", "pra", "fail"),
        question("mx.jawort.example", "127.0.0.1", "helo", "pass"),
        question("mx.jawort.example", "192.0.2.9", "helo", "fail"),
    ];
    judges.ask_spf(&folder.0, &questions).unwrap_or_else(|answers| panic!("{answers}"));
}
