//! Records outcomes in groups (DESIGN §4, step 5 and Commits).
//!
//! A group commits when its oldest outcome is 25 ms old, when 64 wait, or when
//! no dialog is left that could add one. A group that fails is tried again until
//! the database takes it: an outcome is never given up.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use seals::Clock;
use store::Store;
use store::deliveries::Claim;
use store::outcomes::{Outcome, Recorded, Report};
use tokio::sync::{mpsc, oneshot};

use crate::meters;
use crate::tasks::Tasks;

/// A group whose oldest outcome is so old commits.
pub const GROUP_AGE: Duration = Duration::from_millis(25);
/// So many outcomes commit.
const GROUP_SIZE: usize = 64;
/// What one statement takes.
pub const GROUP_MOST: usize = 512;
/// Between two attempts to record a group.
pub const AGAIN: Duration = Duration::from_millis(250);
/// Between two attempts to record an outcome that the database will not take as it is.
const ALONE: Duration = Duration::from_secs(30);

/// Whether a group commits without waiting for more: it is large, or no dialog could add anything.
#[must_use]
pub const fn is_whole(outcomes: usize, busy: usize) -> bool {
    outcomes >= GROUP_SIZE || busy == 0
}

struct Told {
    report: Report,
    durable: Option<oneshot::Sender<Recorded>>,
}

/// Takes outcomes. Clones tell the same task.
#[derive(Clone)]
pub(crate) struct Recorder {
    told: mpsc::UnboundedSender<Told>,
    /// Dialogs that have a started mail and have not told its outcome.
    busy: Arc<AtomicUsize>,
}

/// A dialog that will tell an outcome.
pub(crate) struct Busy(Arc<AtomicUsize>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Recorder {
    /// Starts the task; it ends when the last clone is dropped and everything is recorded.
    pub(crate) fn spawn(tasks: &Tasks, store: Store, clock: Arc<dyn Clock>) -> (Self, tokio::task::JoinHandle<()>) {
        let (told, inbox) = mpsc::unbounded_channel();
        let busy = Arc::new(AtomicUsize::new(0));
        let work = Task { tasks: tasks.clone(), store, clock, busy: Arc::clone(&busy) };
        let task = tasks.spawn("record outcomes", work.run(inbox));
        (Self { told, busy }, task)
    }

    /// Says that an outcome will come, so that a group waits for it.
    pub(crate) fn expect(&self) -> Busy {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(&self.busy))
    }

    /// Records what a provider group said; returns when it is durable. None only when the recorder is gone.
    pub(crate) async fn record(&self, claim: Claim, provider_group: &str, outcome: Outcome) -> Option<Recorded> {
        let (durable, answer) = oneshot::channel();
        let report = Report { claim, provider_group: Some(provider_group.to_owned()), outcome };
        self.told.send(Told { report, durable: Some(durable) }).ok()?;
        answer.await.ok()
    }

    /// Records an outcome that nobody waits for.
    pub(crate) fn tell(&self, claim: Claim, outcome: Outcome) {
        self.pass(Report { claim, provider_group: None, outcome });
    }

    /// The same for what a provider group said.
    pub(crate) fn tell_of(&self, claim: Claim, provider_group: &str, outcome: Outcome) {
        self.pass(Report { claim, provider_group: Some(provider_group.to_owned()), outcome });
    }

    fn pass(&self, report: Report) {
        // The recorder outlives everybody who tells it something.
        let _ = self.told.send(Told { report, durable: None });
    }

    /// Hands a claim back.
    pub(crate) fn hand_back(&self, claim: Claim) {
        self.tell(claim, Outcome::HandedBack);
    }
}

#[derive(Clone)]
struct Task {
    tasks: Tasks,
    store: Store,
    clock: Arc<dyn Clock>,
    busy: Arc<AtomicUsize>,
}

impl Task {
    async fn run(self, mut inbox: mpsc::UnboundedReceiver<Told>) {
        while let Some(first) = inbox.recv().await {
            let group = self.gather(first, &mut inbox).await;
            self.commit(group).await;
        }
    }

    async fn gather(&self, first: Told, inbox: &mut mpsc::UnboundedReceiver<Told>) -> Vec<Told> {
        let mut group = vec![first];
        let mut age = self.clock.sleep(GROUP_AGE);
        loop {
            while group.len() < GROUP_MOST {
                match inbox.try_recv() {
                    Ok(told) => group.push(told),
                    Err(_) => break,
                }
            }
            if is_whole(group.len(), self.busy.load(Ordering::Relaxed)) {
                return group;
            }
            tokio::select! {
                () = &mut age => return group,
                told = inbox.recv() => match told {
                    Some(told) => group.push(told),
                    None => return group,
                },
            }
        }
    }

    /// Records a group; tries again until the database takes it. Where not the database is at
    /// fault but an outcome, the group is halved until that one stands alone: it must not keep
    /// the others from being recorded, and goes on by itself.
    fn commit(&self, group: Vec<Told>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let reports: Vec<Report> = group.iter().map(|told| told.report.clone()).collect();
            loop {
                let began = self.clock.reading();
                match self.store.record(reports.clone(), self.clock.now()).await {
                    Ok(recorded) => {
                        meters::RECORDING.took(self.clock.reading().elapsed_since(began));
                        for report in &reports {
                            meters::count(report.provider_group.as_deref(), &report.outcome);
                        }
                        return answer(group, recorded);
                    }
                    Err(error) if error.is_temporary() => {
                        tracing::error!(%error, outcomes = reports.len(), "outcomes could not be recorded; trying again");
                        self.clock.sleep(AGAIN).await;
                    }
                    Err(error) => {
                        tracing::error!(%error, outcomes = reports.len(), "these outcomes cannot be recorded together");
                        return self.apart(group).await;
                    }
                }
            }
        })
    }

    async fn apart(&self, mut group: Vec<Told>) {
        if group.len() > 1 {
            let other = group.split_off(group.len() / 2);
            self.commit(group).await;
            return self.commit(other).await;
        }
        let task = self.clone();
        self.tasks.spawn("record one outcome", async move {
            task.clock.sleep(ALONE).await;
            task.commit(group).await;
        });
    }
}

fn answer(group: Vec<Told>, recorded: Vec<Recorded>) {
    for (told, recorded) in group.into_iter().zip(recorded) {
        if let Some(durable) = told.durable {
            // A connection that went away needs no answer.
            let _ = durable.send(recorded);
        }
    }
}
