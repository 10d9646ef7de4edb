//! What time brings: expiry, expansion of audiences, sealing of ledgers, DNS
//! checks, purging.
//!
//! Every chore is one function, and its interval stands beside it in one table
//! ([`table`]). A chore that fails is logged and comes again at its time; it
//! neither stops nor delays the others, and within a chore one faulty account
//! does not stop the rest. Nothing here sends.

mod chores;
mod domains;
mod meters;
mod settings;
mod websites;

use std::sync::Arc;
use std::time::Duration;

use outside::{Fetcher, Resolver};
use policy::dns_records::PlatformNames;
use policy::settings::PolicySettings;
use seals::{Clock, Dice, u64_below};
use store::Store;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use meters::METERS;
pub use settings::SchedulerSettings;

/// What the clockwork works with.
pub struct SchedulerContext {
    /// The memory.
    pub store: Store,
    /// For DNS checks.
    pub resolver: Resolver,
    /// For proofs that lie on a website.
    pub fetcher: Fetcher,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// For salt and for spreading chores.
    pub dice: Arc<dyn Dice>,
    /// How long things are kept.
    pub settings: SchedulerSettings,
    /// The published rules' settings.
    pub policy: PolicySettings,
    /// The names that the records of sending domains refer to.
    pub names: PlatformNames,
}

/// The longest nap between two looks at the clock: a machine that slept finds its chores overdue.
const LONGEST_NAP: Duration = Duration::from_secs(10);

/// Every chore: its name, and the time from the end of one run to the beginning of the next.
pub fn table() -> impl Iterator<Item = (&'static str, Duration)> {
    chores::TABLE.iter().map(|chore| (chore.name, chore.every))
}

/// Runs every chore at its time until `stop` says true, or its sender is gone. A chore that is
/// under way is finished first.
///
/// Each chore has a task of its own: one that waits for a slow answer of DNS delays nothing else.
pub async fn run(context: Arc<SchedulerContext>, stop: watch::Receiver<bool>) {
    let mut tasks = JoinSet::new();
    for chore in chores::TABLE {
        tasks.spawn(repeat(chore, Arc::clone(&context), stop.clone()));
    }
    while let Some(ended) = tasks.join_next().await {
        // The error repeats the panic's message, which may hold anything; the panic itself was logged.
        if ended.is_err() {
            tracing::error!("a chore ended before its time");
        }
    }
}

/// When a chore comes for the first time after the start: within the first tenth of its interval, so
/// that many nodes that start together do not work together.
#[must_use]
pub fn first_wait(every: Duration, dice: &dyn Dice) -> Duration {
    let tenth = u64::try_from(every.as_millis() / 10).unwrap_or(u64::MAX).max(1);
    Duration::from_millis(u64_below(dice, tenth))
}

/// Runs one chore again and again.
async fn repeat(chore: &'static chores::Chore, context: Arc<SchedulerContext>, mut stop: watch::Receiver<bool>) {
    let mut wait = first_wait(chore.every, context.dice.as_ref());
    while is_time(wait, context.clock.as_ref(), &mut stop).await {
        do_once(chore, &context).await;
        wait = chore.every;
    }
}

/// Waits; false when it is time to stop instead.
async fn is_time(wait: Duration, clock: &dyn Clock, stop: &mut watch::Receiver<bool>) -> bool {
    let from = clock.reading();
    loop {
        if *stop.borrow_and_update() {
            return false;
        }
        let left = wait.saturating_sub(clock.reading().elapsed_since(from));
        if left.is_zero() {
            return true;
        }
        tokio::select! {
            () = clock.sleep(left.min(LONGEST_NAP)) => {}
            changed = stop.changed() => if changed.is_err() { return false },
        }
    }
}

async fn do_once(chore: &'static chores::Chore, context: &Arc<SchedulerContext>) {
    // A task of its own keeps a panic away from the loop, that of a clock too.
    let own = Arc::clone(context);
    let run = async move { Ok::<_, store::StoreError>(((chore.run)(Arc::clone(&own)).await?, own.clock.now())) };
    let end = match tokio::spawn(run).await {
        Ok(Ok((done, ended))) => {
            meters::LAST_GOOD.set(chore.name, Some(ended.seconds()));
            if done > 0 {
                tracing::debug!(chore = chore.name, done, "done");
            }
            "good"
        }
        Ok(Err(error)) => {
            tracing::warn!(chore = chore.name, %error, "failed; comes again at its time");
            "failed"
        }
        Err(_) => {
            tracing::error!(chore = chore.name, "panicked; comes again at its time");
            "panicked"
        }
    };
    meters::RUNS.add_at(chore.name, end, 1);
}
