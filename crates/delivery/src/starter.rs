//! Asks for tickets, many connections in one statement (DESIGN §4, step 3).
//!
//! The clock is read before each statement. A statement that takes longer than
//! half a ticket is given up: its answer is never used, and its rows are handed
//! back when the database answers again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use policy::row::TICKET;
use seals::{Clock, Reading};
use store::Store;
use store::deliveries::{Claim, Start};
use store::incidents::IncidentKind;
use store::lives::Life;
use tokio::sync::{mpsc, oneshot};

use crate::meters;
use crate::recorder::Recorder;
use crate::tasks::Tasks;

/// Starts that one statement takes.
pub const STARTS: usize = 64;
/// A statement that takes longer is given up; its answer is never used.
pub const GIVE_UP_AFTER: Duration = Duration::from_millis(TICKET.as_millis() as u64 / 2);
/// So many statements given up in a row pause sending.
const GIVEN_UP: u32 = 5;
/// For so long.
pub const PAUSE: Duration = Duration::from_secs(10);

/// Counts the statements that were given up in a row.
#[derive(Debug, Default)]
pub struct Patience(u32);

impl Patience {
    /// The database answered.
    pub const fn answered(&mut self) {
        self.0 = 0;
    }

    /// A statement failed or was given up.
    pub const fn given_up(&mut self) {
        self.0 += 1;
    }

    /// Whether sending pauses for [`PAUSE`] now; then it counts from nothing again.
    pub const fn is_over(&mut self) -> bool {
        let over = self.0 >= GIVEN_UP;
        if over {
            self.0 = 0;
        }
        over
    }
}

struct Asked {
    start: Start,
    renew: bool,
    reply: oneshot::Sender<Option<Reading>>,
}

/// Tells the operator, once as long as nobody has looked at it. The database that was too slow
/// must take this too, so it is tried for a while.
async fn alarm(store: Store, clock: Arc<dyn Clock>) {
    for _ in 0..10 {
        let now = clock.now();
        let told = store.open_incident(
            IncidentKind::Other,
            "database",
            "the database answered starts too slowly; sending paused",
            Some(now),
            now,
        );
        match told.await {
            Ok(_) => return,
            Err(error) => tracing::warn!(%error, "the alarm about the slow database could not be written down"),
        }
        clock.sleep(PAUSE).await;
    }
}

/// Asks for tickets. Clones ask the same task.
#[derive(Clone)]
pub(crate) struct Starter(mpsc::Sender<Asked>);

impl Starter {
    /// Starts the task; it ends when the last clone is dropped.
    pub(crate) fn spawn(
        tasks: &Tasks,
        store: Store,
        life: Arc<Life>,
        clock: Arc<dyn Clock>,
        recorder: Recorder,
    ) -> Self {
        let (asks, inbox) = mpsc::channel(1024);
        tasks.spawn("ask for tickets", Task { store, life, clock, recorder, patience: Patience::default() }.run(inbox));
        Self(asks)
    }

    /// Asks for the ticket of a claimed row. The reading that was taken before the statement, if
    /// it was granted; otherwise the row is on its way back already.
    pub(crate) async fn start(&self, start: Start) -> Option<Reading> {
        self.ask(start, false).await
    }

    /// Asks for a new ticket of a started row. If it is refused, the caller closes its connection
    /// and hands the row back.
    pub(crate) async fn renew(&self, start: Start) -> Option<Reading> {
        self.ask(start, true).await
    }

    async fn ask(&self, start: Start, renew: bool) -> Option<Reading> {
        let (reply, answer) = oneshot::channel();
        self.0.send(Asked { start, renew, reply }).await.ok()?;
        answer.await.ok().flatten()
    }
}

struct Task {
    store: Store,
    life: Arc<Life>,
    clock: Arc<dyn Clock>,
    recorder: Recorder,
    patience: Patience,
}

impl Task {
    async fn run(mut self, mut inbox: mpsc::Receiver<Asked>) {
        let mut asked = Vec::with_capacity(STARTS);
        while inbox.recv_many(&mut asked, STARTS).await > 0 {
            let (renewals, starts): (Vec<_>, Vec<_>) = asked.drain(..).partition(|asked| asked.renew);
            self.group(renewals, true).await;
            self.group(starts, false).await;
            if self.patience.is_over() {
                tracing::error!("the database answers starts too slowly: sending pauses for ten seconds");
                self.clock.sleep(PAUSE).await;
                tokio::spawn(alarm(self.store.clone(), Arc::clone(&self.clock)));
            }
        }
    }

    async fn group(&mut self, group: Vec<Asked>, renew: bool) {
        if group.is_empty() {
            return;
        }
        let starts: Vec<Start> = group.iter().map(|asked| asked.start).collect();
        let before = self.clock.reading();
        let answer = self.ask(starts, renew).await;
        let asked = group.len() as u64;
        let granted = answer.as_ref().map_or(0, |granted| granted.len() as u64);
        meters::TICKETS.add("granted", granted);
        meters::TICKETS.add(if answer.is_some() { "refused" } else { "given_up" }, asked.saturating_sub(granted));
        let granted = answer.unwrap_or_default();
        for asked in group {
            let ticket = granted.contains(&asked.start.claim).then_some(before);
            if ticket.is_none() && !renew {
                self.recorder.hand_back(asked.start.claim);
            }
            if asked.reply.send(ticket).is_err() && ticket.is_some() && !renew {
                // Nobody is there to use it.
                self.recorder.hand_back(asked.start.claim);
            }
        }
    }

    /// The granted claims; none where the statement failed or was given up.
    async fn ask(&mut self, starts: Vec<Start>, renew: bool) -> Option<HashSet<Claim>> {
        if !self.life.may_send() {
            tracing::warn!("the lock of this life was not proven lately: nothing starts");
            return None;
        }
        if cfg!(feature = "control-no-start") {
            return Some(starts.into_iter().map(|start| start.claim).collect());
        }
        let work = async {
            if renew { self.store.renew(starts).await } else { self.store.start(self.life.beat(), starts).await }
        };
        tokio::select! {
            answer = work => match answer {
                Ok(granted) => {
                    self.patience.answered();
                    Some(granted.into_iter().collect())
                }
                Err(error) => {
                    tracing::warn!(%error, "a start failed; its rows are handed back");
                    self.patience.given_up();
                    None
                }
            },
            () = self.clock.sleep(GIVE_UP_AFTER) => {
                tracing::warn!("a start was given up; its rows are handed back");
                self.patience.given_up();
                None
            }
        }
    }
}
