//! Clock and dice for tests do what they are told.

use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use seals::fake::{SeededDice, SteppedClock};
use seals::{Clock, Dice, Timestamp, array, u64_below};

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn counted() -> (Arc<Count>, Waker) {
    let count = Arc::new(Count::default());
    (count.clone(), Waker::from(count))
}

#[test]
fn a_sleeper_wakes_when_the_clock_is_advanced_far_enough_and_not_before() {
    let clock = SteppedClock::at(Timestamp::from_millis(1000));
    let start = clock.reading();
    let mut sleep = clock.sleep(Duration::from_secs(5));
    let (woken, waker) = counted();
    let mut context = Context::from_waker(&waker);
    assert_eq!(sleep.as_mut().poll(&mut context), Poll::Pending);
    clock.advance(Duration::from_millis(4999));
    assert_eq!(sleep.as_mut().poll(&mut context), Poll::Pending);
    assert_eq!((woken.0.load(Ordering::SeqCst), clock.sleepers()), (0, 1));
    assert_eq!(clock.next_due(), Some(Duration::from_millis(1)));
    clock.advance(Duration::from_millis(1));
    assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    assert_eq!(sleep.as_mut().poll(&mut context), Poll::Ready(()));
    assert_eq!(clock.now(), Timestamp::from_millis(6000));
    assert_eq!(clock.reading().elapsed_since(start), Duration::from_secs(5));
}

#[test]
fn a_sleeper_counts_from_its_call_and_a_dropped_one_is_forgotten() {
    let clock = SteppedClock::at(Timestamp::EPOCH);
    let mut early = clock.sleep(Duration::from_secs(1));
    clock.advance(Duration::from_secs(1));
    let (_, waker) = counted();
    let mut context = Context::from_waker(&waker);
    assert_eq!(early.as_mut().poll(&mut context), Poll::Ready(()));
    assert_eq!(clock.sleep(Duration::ZERO).as_mut().poll(&mut context), Poll::Ready(()));
    let dropped = clock.sleep(Duration::from_secs(1));
    assert_eq!(clock.sleepers(), 1);
    drop(dropped);
    assert_eq!((clock.sleepers(), clock.next_due()), (0, None));
}

#[test]
fn a_test_can_wait_until_somebody_sleeps() {
    let clock = SteppedClock::at(Timestamp::EPOCH);
    let other = clock.clone();
    let mut lying = pin!(other.until_sleepers(2));
    let (woken, waker) = counted();
    let mut context = Context::from_waker(&waker);
    assert_eq!(lying.as_mut().poll(&mut context), Poll::Pending);
    let _one = clock.sleep(Duration::from_secs(1));
    assert_eq!(lying.as_mut().poll(&mut context), Poll::Pending);
    let _two = clock.sleep(Duration::from_secs(1));
    assert_eq!(woken.0.load(Ordering::SeqCst), 2);
    assert_eq!(lying.as_mut().poll(&mut context), Poll::Ready(()));
}

#[test]
fn the_wall_may_jump_without_waking_anybody() {
    let clock = SteppedClock::at(Timestamp::from_millis(5000));
    let reading = clock.reading();
    let _sleep = clock.sleep(Duration::from_secs(1));
    clock.set_wall(Timestamp::from_millis(0));
    assert_eq!((clock.now(), clock.sleepers()), (Timestamp::EPOCH, 1));
    assert_eq!(clock.reading(), reading);
}

#[test]
fn seeded_dice_repeat_and_are_fair() {
    let roll = |seed| array::<24>(&SeededDice::new(seed));
    assert_eq!(roll(1), roll(1));
    assert_ne!(roll(1), roll(2));
    let dice = SeededDice::new(3);
    assert_eq!((u64_below(&dice, 0), u64_below(&dice, 1)), (0, 0));
    let mut counts = [0_u32; 6];
    for _ in 0..60_000 {
        counts[u64_below(&dice, 6) as usize] += 1;
    }
    assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
    let mut seen = HashSet::new();
    assert!((0..10_000).all(|_| seen.insert(array::<8>(&dice))));
    let mut short = [0; 3];
    dice.fill(&mut short);
    assert_ne!(short, [0; 3]);
}
