//! Clock and dice for tests and simulations: they do exactly what they are told.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::dice::Dice;
use crate::time::{Clock, Reading, Sleep, Timestamp};

/// A clock that stands still until it is advanced. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct SteppedClock(Arc<Mutex<Face>>);

#[derive(Debug)]
struct Face {
    now: Timestamp,
    reading: Reading,
    sleepers: Vec<Sleeper>,
    next_id: u64,
    watchers: Vec<Waker>,
}

#[derive(Debug)]
struct Sleeper {
    id: u64,
    until: Reading,
    waker: Option<Waker>,
}

impl SteppedClock {
    /// A clock that shows `now`; its reading starts one day after its arbitrary start, so that
    /// tests can look back.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Face {
            now,
            reading: Reading::from_nanos(86_400_000_000_000),
            sleepers: Vec::new(),
            next_id: 0,
            watchers: Vec::new(),
        })))
    }

    /// Lets `duration` pass: wall time and reading go on, and the sleepers that are due wake.
    pub fn advance(&self, duration: Duration) {
        let mut face = self.face();
        face.now = face.now + duration;
        face.reading = face.reading + duration;
        wake_due(face);
    }

    /// Sets the wall time alone, as somebody who corrects the machine's clock does.
    pub fn set_wall(&self, now: Timestamp) {
        self.face().now = now;
    }

    /// How many sleepers wait for this clock.
    pub fn sleepers(&self) -> usize {
        self.face().sleepers.len()
    }

    /// Ready when at least `count` sleepers wait: a test advances the clock after this, and no
    /// task can be late to lie down.
    pub async fn until_sleepers(&self, count: usize) {
        poll_fn(|context| {
            let mut face = self.face();
            if face.sleepers.len() >= count {
                return Poll::Ready(());
            }
            face.watchers.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// How long until the first sleeper is due; `None` if nobody sleeps.
    pub fn next_due(&self) -> Option<Duration> {
        let face = self.face();
        let first = face.sleepers.iter().map(|sleeper| sleeper.until).min()?;
        Some(first.elapsed_since(face.reading))
    }

    fn face(&self) -> MutexGuard<'_, Face> {
        // Every change of the face is complete before anything can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes outside the lock: a waker may run code that asks this clock.
fn wake_due(mut face: MutexGuard<'_, Face>) {
    let reading = face.reading;
    let due = face.sleepers.extract_if(.., |sleeper| sleeper.until <= reading).collect::<Vec<_>>();
    drop(face);
    due.into_iter().filter_map(|sleeper| sleeper.waker).for_each(Waker::wake);
}

impl Clock for SteppedClock {
    fn now(&self) -> Timestamp {
        self.face().now
    }

    fn reading(&self) -> Reading {
        self.face().reading
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let mut face = self.face();
        let (id, until) = (face.next_id, face.reading + duration);
        face.next_id += 1;
        if until > face.reading {
            face.sleepers.push(Sleeper { id, until, waker: None });
        }
        let watchers = std::mem::take(&mut face.watchers);
        drop(face);
        watchers.into_iter().for_each(Waker::wake);
        Box::pin(Nap { clock: self.clone(), id })
    }
}

/// Ready when its sleeper is gone from the list.
struct Nap {
    clock: SteppedClock,
    id: u64,
}

impl Future for Nap {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut face = self.clock.face();
        match face.sleepers.iter_mut().find(|sleeper| sleeper.id == self.id) {
            Some(sleeper) => {
                let old = sleeper.waker.replace(context.waker().clone());
                // Outside the lock: the last waker of a task may drop the task and its naps.
                drop(face);
                drop(old);
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Nap {
    fn drop(&mut self) {
        let mut face = self.clock.face();
        let gone = face.sleepers.iter().position(|sleeper| sleeper.id == self.id);
        let gone = gone.map(|place| face.sleepers.remove(place));
        drop(face);
        drop(gone);
    }
}

/// Dice that roll the same numbers for the same seed (SplitMix64). Never for keys of a real
/// installation: whoever sees some of its bytes can tell the rest.
#[derive(Debug)]
pub struct SeededDice(AtomicU64);

impl SeededDice {
    /// Dice with this seed.
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn roll(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut bits = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ bits >> 31
    }
}

impl Dice for SeededDice {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let roll = self.roll().to_be_bytes();
            chunk.copy_from_slice(&roll[..chunk.len()]);
        }
    }
}
