//! What time brings: expiry, expansion of audiences, sealing of ledgers, DNS
//! checks, purging.
//!
//! Every chore is one function, and its interval stands beside it in one table
//! ([`chores`]). A chore that fails is logged and comes again at its time; it
//! never stops the others. Nothing here sends.

mod chores;
mod domains;
mod settings;
mod websites;

use std::sync::Arc;
use std::time::Duration;

use outside::{Fetcher, Resolver};
use policy::dns_records::PlatformNames;
use policy::settings::PolicySettings;
use seals::{Clock, Dice, Reading, u64_below};
use store::Store;
use tokio::sync::watch;

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

/// How often the table is looked through.
const TICK: Duration = Duration::from_millis(250);

/// Runs every chore at its time until `stop` says true. A chore that is under way is finished.
pub async fn run(context: Arc<SchedulerContext>, mut stop: watch::Receiver<bool>) {
    let mut table: Vec<Due> = chores::TABLE.iter().map(|chore| Due::first(chore, &context)).collect();
    loop {
        for due in &mut table {
            due.run_if_due(&context).await;
            if *stop.borrow() {
                return;
            }
        }
        tokio::select! {
            () = context.clock.sleep(TICK) => {}
            changed = stop.changed() => if changed.is_err() || *stop.borrow() { return },
        }
    }
}

/// A chore and when it comes next.
struct Due {
    chore: &'static chores::Chore,
    next: Reading,
}

impl Due {
    /// The first time comes within the first tenth of the interval, so that many nodes that
    /// start together do not work together.
    fn first(chore: &'static chores::Chore, context: &SchedulerContext) -> Self {
        let tenth = u64::try_from(chore.every.as_millis() / 10).unwrap_or(u64::MAX).max(1);
        let wait = Duration::from_millis(u64_below(context.dice.as_ref(), tenth));
        Self { chore, next: context.clock.reading() + wait }
    }

    async fn run_if_due(&mut self, context: &Arc<SchedulerContext>) {
        if context.clock.reading() < self.next {
            return;
        }
        // A task of its own keeps a panic of one chore from the others.
        let outcome = tokio::spawn((self.chore.run)(Arc::clone(context))).await;
        match outcome {
            Ok(Ok(0)) => {}
            Ok(Ok(done)) => tracing::debug!(chore = self.chore.name, done, "done"),
            Ok(Err(error)) => tracing::warn!(chore = self.chore.name, %error, "failed; comes again at its time"),
            Err(panic) => tracing::error!(chore = self.chore.name, %panic, "panicked; comes again at its time"),
        }
        self.next = context.clock.reading() + self.chore.every;
    }
}
