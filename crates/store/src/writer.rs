//! The one writer of SQLite (DESIGN §4, Commits).
//!
//! Commands come from a channel. Each runs in a savepoint; many share one
//! COMMIT; each caller hears of it after that COMMIT. A group ends when its
//! oldest member is 25 ms old, when it has 64 members, or at once when a
//! member is urgent: then it takes everything that waits with it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use failpoints::Point;
use seals::Clock;
use tokio::sync::{mpsc, oneshot};

use crate::conn::Conn;
use crate::error::{Result, StoreError};

/// A future that borrows the connection.
pub(crate) type BoxFuture<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

/// How soon a write must be durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Somebody waits for the answer: commit now, with everything that waits.
    AtOnce,
    /// Durable, together with others: outcomes.
    Grouped,
    /// Need not survive a power loss on SQLite, where sender and ledger die
    /// together: claims and starts. PostgreSQL commits it like any other.
    Soft,
}

const GROUP_AGE: Duration = Duration::from_millis(25);
const GROUP_SIZE: usize = 64;

/// One command on its way to the writer.
trait Command: Send {
    /// Runs the work; says whether it did well.
    fn run<'c>(&'c mut self, conn: &'c mut Conn) -> BoxFuture<'c, bool>;
    /// Tells the caller, after the COMMIT or instead of it.
    fn answer(self: Box<Self>, commit: Option<&StoreError>);
}

struct Work<T, F> {
    work: Option<F>,
    result: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Command for Work<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T>> + Send + 'static,
{
    fn run<'c>(&'c mut self, conn: &'c mut Conn) -> BoxFuture<'c, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return false };
            let result = Guarded(work(conn)).await;
            let good = result.is_ok();
            self.result = Some(result);
            good
        })
    }

    fn answer(self: Box<Self>, commit: Option<&StoreError>) {
        let result = match (self.result, commit) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(_)), Some(error)) => Err(copy(error)),
            (Some(Ok(value)), None) => Ok(value),
            (None, _) => Err(StoreError::Unavailable("the writer did not run the command".to_owned())),
        };
        // The caller may have gone; the commit stands all the same.
        let _ = self.reply.send(result);
    }
}

fn copy(error: &StoreError) -> StoreError {
    match error {
        StoreError::DiskFull => StoreError::DiskFull,
        other => StoreError::Unavailable(other.to_string()),
    }
}

/// Turns a panic of one command into its error, so that the writer lives on.
struct Guarded<'c, T>(BoxFuture<'c, Result<T>>);

impl<T> Future for Guarded<'_, T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(cx))).unwrap_or_else(|_| {
            Poll::Ready(Err(StoreError::Bug("a store function panicked; nothing of it was kept".to_owned())))
        })
    }
}

/// Sends commands to the writer task.
#[derive(Clone)]
pub(crate) struct Writer {
    commands: mpsc::Sender<(Urgency, Box<dyn Command>)>,
}

impl Writer {
    /// Starts the task on its own connection. It ends when the last handle is dropped.
    pub(crate) fn start(conn: Conn, clock: Arc<dyn Clock>) -> Self {
        let (commands, inbox) = mpsc::channel(4096);
        tokio::spawn(WriterTask { conn, inbox, clock, relaxed: false }.run());
        Self { commands }
    }

    /// Runs `work` in a savepoint and answers after the COMMIT.
    pub(crate) async fn write<T, F>(&self, urgency: Urgency, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let command = Box::new(Work { work: Some(work), result: None, reply });
        let gone = || StoreError::Unavailable("the writer has stopped".to_owned());
        self.commands.send((urgency, command)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

struct WriterTask {
    conn: Conn,
    inbox: mpsc::Receiver<(Urgency, Box<dyn Command>)>,
    clock: Arc<dyn Clock>,
    /// The connection is set to `synchronous = NORMAL`.
    relaxed: bool,
}

impl WriterTask {
    async fn run(mut self) {
        let mut next = None;
        loop {
            let first = match next.take() {
                Some(command) => command,
                None => match self.inbox.recv().await {
                    Some(command) => command,
                    None => return,
                },
            };
            next = self.group(first).await;
        }
    }

    /// Runs one group. Returns a command that could not join it.
    async fn group(&mut self, first: (Urgency, Box<dyn Command>)) -> Option<(Urgency, Box<dyn Command>)> {
        // `synchronous` can be set between transactions only, so a group is soft as a whole or not at all.
        let soft = first.0 == Urgency::Soft;
        if let Err(error) = self.begin(soft).await {
            tracing::error!(%error, "a write transaction could not begin");
            first.1.answer(Some(&error));
            return None;
        }
        let mut done: Vec<Box<dyn Command>> = Vec::new();
        let mut left_over = None;
        let mut urgent = first.0 == Urgency::AtOnce;
        let mut alive = self.step(first.1, &mut done).await;
        let mut age = self.clock.sleep(GROUP_AGE);
        while alive && done.len() < GROUP_SIZE {
            let command = match self.inbox.try_recv() {
                Ok(command) => command,
                // Nothing waits: a soft or urgent group has nobody to wait for.
                Err(_) if urgent || soft => break,
                Err(_) => tokio::select! {
                    () = &mut age => break,
                    command = self.inbox.recv() => match command {
                        Some(command) => command,
                        None => break,
                    },
                },
            };
            if soft && command.0 != Urgency::Soft {
                left_over = Some(command);
                break;
            }
            urgent |= command.0 == Urgency::AtOnce;
            alive = self.step(command.1, &mut done).await;
        }
        failpoints::reach(Point::BeforeCommit);
        let failed = self.conn.raw("COMMIT").await.err();
        failpoints::reach(Point::AfterCommit);
        crate::meters::COMMITS.add(if soft { "soft" } else { "durable" }, 1);
        if let Some(error) = &failed {
            tracing::error!(%error, "a commit failed; nothing of its group was kept");
            if let Err(error) = self.conn.raw("ROLLBACK").await {
                tracing::debug!(%error, "nothing was left to roll back");
            }
        }
        for command in done {
            command.answer(failed.as_ref());
        }
        left_over
    }

    async fn begin(&mut self, soft: bool) -> Result<()> {
        if soft != self.relaxed {
            self.conn.raw(if soft { "PRAGMA synchronous = NORMAL" } else { "PRAGMA synchronous = FULL" }).await?;
            self.relaxed = soft;
        }
        self.conn.raw("BEGIN IMMEDIATE").await
    }

    /// Runs one command in its savepoint. Returns whether the transaction still
    /// stands: SQLite ends it by itself on a full disk, and then whatever came
    /// before is gone too and the COMMIT will say so.
    async fn step(&mut self, mut command: Box<dyn Command>, done: &mut Vec<Box<dyn Command>>) -> bool {
        if let Err(error) = self.conn.raw("SAVEPOINT command").await {
            command.answer(Some(&error));
            return false;
        }
        let good = command.run(&mut self.conn).await;
        let end = if good { "RELEASE command" } else { "ROLLBACK TO command; RELEASE command" };
        match self.conn.raw(end).await {
            Ok(()) if good => done.push(command),
            Ok(()) => command.answer(None),
            Err(error) => {
                command.answer(Some(&error));
                return false;
            }
        }
        true
    }
}
