//! Worlds with crashes, and broken rules that the checkers notice.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use simulator::{Ask, Broken, NoWorld, Report, run};

fn world(seed: u64, days: u32, broken: Broken) -> Report {
    run(&Ask { seed, days, broken, story: false }).expect("a world of some days")
}

/// Runs worlds on two threads; tells of each.
fn worlds(seeds: std::ops::Range<u64>, days: u32, tell: impl Fn(u64, Report) + Sync) {
    let next = AtomicU64::new(seeds.start);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    tell(seed, world(seed, days, Broken::Nothing));
                }
            });
        }
    });
}

/// Proves armour A2: a thousand worlds with crashes, losses of power, stops, storms and people who
/// leave in the middle of it, and promises 2 to 6 hold in each. With `--long` ten thousand.
#[test]
#[expect(clippy::disallowed_methods, reason = "the chore says by the environment that it has hours")]
fn a2_promises_hold_in_a_thousand_worlds_with_crashes() {
    let long = std::env::var_os("XTASK_LONG").is_some();
    let most = if long { 10_000 } else { 1_000 };
    let sums: Mutex<[u64; 9]> = Mutex::default();
    let stories: Mutex<Vec<String>> = Mutex::default();
    worlds(0..most, 2, |_, report| {
        let mut sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
        sums[0] += report.mails();
        sums[1] += report.crashes();
        for promise in 2..=6 {
            sums[usize::from(promise)] += report.looked(promise);
        }
        sums[7] += u64::from(report.crashes() > 0);
        if let Some(story) = report.story() {
            stories.lock().unwrap_or_else(PoisonError::into_inner).push(story.to_owned());
        }
    });
    let [mails, crashes, looked @ .., with_crashes, _] = sums.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!(
        "{most} worlds: {mails} mails, {crashes} crashes in {with_crashes}; looked at promises 2 to 6: {looked:?}"
    );
    let stories = stories.into_inner().unwrap_or_else(PoisonError::into_inner);
    for story in &stories {
        println!("{}", story.lines().take(2).collect::<Vec<_>>().join(" -- "));
    }
    assert!(stories.is_empty(), "{} of {most}, the first:\n{}", stories.len(), stories[0]);
    assert!(with_crashes * 10 > most * 9, "nine of ten worlds have crashes: {with_crashes}");
}

/// Proves armour A2: a failing seed can be looked at again.
#[test]
fn a2_the_same_seed_is_the_same_world_bit_for_bit() {
    for seed in [4, 5, 1001] {
        let (one, other) = (world(seed, 2, Broken::Nothing), world(seed, 2, Broken::Nothing));
        assert_eq!(one.json().to_string(), other.json().to_string());
        assert_eq!(one.hash(), other.hash());
    }
    assert_ne!(world(4, 2, Broken::Nothing).hash(), world(6, 2, Broken::Nothing).hash());
}

/// Proves armour A12, A15: retries, time-outs, changes of the clocks, clocks that are set, and storms of
/// a day, over a year.
#[test]
fn a12_a15_promises_hold_over_a_year() {
    for seed in [2, 3] {
        let report = world(seed, 365, Broken::Nothing);
        println!("{}", report.json());
        assert_eq!(report.broken(), None, "{}", report.story().unwrap_or_default());
    }
}

/// A checker that cannot fail proves nothing: each rule that is broken is noticed, as the promise that
/// it carries, in one of the first worlds; and the story tells where.
#[test]
fn every_checker_can_fail() {
    let table = [
        (Broken::StartComparesNothing, &[3, 6][..]),
        (Broken::NobodyWaits, &[3]),
        (Broken::OutcomesAreNotDurable, &[5, 6]),
        (Broken::UnknownIsRepeatedAtOnce, &[6]),
        (Broken::RowsOfTheDeadAreLost, &[6]),
        (Broken::BouncesExcludeNobody, &[4]),
        (Broken::ComplaintsCountNothing, &[5]),
    ];
    for (broken, promises) in table {
        let found = (0..300).find_map(|seed| {
            let report = world(seed, 2, broken);
            let promise = report.broken().map(|(promise, _)| promise)?;
            Some((seed, promise, report.story().unwrap_or_default().to_owned()))
        });
        let (seed, promise, story) = found.unwrap_or_else(|| panic!("{broken:?} breaks nothing"));
        println!("{broken:?}: seed {seed}, promise {promise}\n{story}");
        assert!(promises.contains(&promise), "{broken:?} breaks promise {promise}");
        assert!(story.contains(&format!("seed {seed}, 2 days: promise {promise} broke at ")), "{story}");
        assert!(story.lines().count() > 4, "a story has lines: {story}");
    }
}

#[test]
fn a_world_has_some_days_and_not_too_many() {
    let of = |days| run(&Ask { seed: 1, days, broken: Broken::Nothing, story: false }).err();
    assert_eq!(of(0), Some(NoWorld::NoDays));
    assert_eq!(of(simulator::MOST_DAYS + 1), Some(NoWorld::TooManyDays));
}
