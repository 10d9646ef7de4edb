//! `jawort simulate`: seeded worlds in which the program's own parts are tried.

use std::num::NonZero;

use serde_json::{Value, json};
use simulator::{Ask, Broken, Report};

use crate::cli::Simulate;
use crate::fault::Fault;
use crate::output::{Output, complain, write};

/// Runs the worlds, several at once, and tells of each in the order of their seeds.
///
/// # Errors
/// A promise broke: its story was told. Or there is no such world.
pub(crate) fn run(what: &Simulate, output: Output) -> Result<(), Fault> {
    let last = what.seed.checked_add(what.seeds - 1);
    let last = last.ok_or_else(|| Fault::usage("--seed and --seeds go beyond the largest seed"))?;
    let mut sum = Sum::default();
    let at_once = std::thread::available_parallelism().map_or(1, NonZero::get);
    let mut next = what.seed;
    loop {
        let until = last.min(next.saturating_add(at_once as u64 - 1));
        for report in worlds(next..=until, what)? {
            sum.add(&report);
            tell(&report, what, output)?;
        }
        if until == last {
            break;
        }
        next = until + 1;
    }
    if what.seeds > 1 {
        output.object(&sum.json())?;
    }
    if sum.broken.is_empty() { Ok(()) } else { Err(Fault::told()) }
}

fn worlds(seeds: std::ops::RangeInclusive<u64>, what: &Simulate) -> Result<Vec<Report>, Fault> {
    std::thread::scope(|scope| {
        let world = |seed| {
            let ask = Ask { seed, days: what.days, broken: Broken::Nothing, story: what.story };
            scope.spawn(move || simulator::run(&ask))
        };
        let running: Vec<_> = seeds.map(world).collect();
        let ended = running.into_iter().map(|one| {
            let ended = one.join().map_err(|_| Fault::failed("a world ended in a panic, which stands above"))?;
            ended.map_err(|error| Fault::usage(error.to_string()))
        });
        ended.collect()
    })
}

/// One world, or many: then only what is broken is told in full, and each as JSON.
fn tell(report: &Report, what: &Simulate, output: Output) -> Result<(), Fault> {
    if what.seeds == 1 || output.json {
        output.object(&report.json())?;
    }
    match report.story() {
        Some(story) if output.json => complain(story),
        Some(story) => write(&format!("\n{story}\n")),
        None => Ok(()),
    }
}

/// What came of many worlds.
#[derive(Default)]
struct Sum {
    worlds: u64,
    mails: u64,
    crashes: u64,
    looked: [u64; 7],
    broken: Vec<u64>,
}

impl Sum {
    fn add(&mut self, report: &Report) {
        self.worlds += 1;
        self.mails += report.mails();
        self.crashes += report.crashes();
        for (promise, looked) in (0_u8..).zip(&mut self.looked) {
            *looked += report.looked(promise);
        }
        if report.broken().is_some() {
            self.broken.push(report.seed());
        }
    }

    fn json(&self) -> Value {
        let looked: serde_json::Map<_, _> =
            (2..=6).map(|promise| (promise.to_string(), json!(self.looked[promise]))).collect();
        json!({
            "worlds": self.worlds,
            "mails": self.mails,
            "crashes": self.crashes,
            "looked": looked,
            "broken_seeds": self.broken,
        })
    }
}
