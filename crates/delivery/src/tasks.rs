//! Tasks that do not end unseen.
//!
//! A panic over one mail concerns that mail: [`unharmed`]. A panic of a task that the door cannot do
//! without ends the door, loudly and in good order: [`Tasks`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// The tasks that the door cannot do without. Clones watch over the same ones.
#[derive(Clone, Default)]
pub(crate) struct Tasks(Arc<Watched>);

#[derive(Default)]
struct Watched {
    fallen: Mutex<Option<&'static str>>,
    told: Notify,
}

/// Lives as long as a task.
struct Watch {
    tasks: Tasks,
    name: &'static str,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(task = self.name, "a task that sending cannot do without failed");
            let mut fallen = self.tasks.0.fallen.lock().unwrap_or_else(PoisonError::into_inner);
            fallen.get_or_insert(self.name);
            self.tasks.0.told.notify_one();
        }
    }
}

impl Tasks {
    /// Runs a task; its panic is told by [`Tasks::fell`].
    pub(crate) fn spawn(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        let watch = Watch { tasks: self.clone(), name };
        tokio::spawn(async move {
            let _watch = watch;
            work.await;
        })
    }

    /// The first task that panicked, if one did.
    pub(crate) fn fallen(&self) -> Option<&'static str> {
        *self.0.fallen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a task panics. One waits at a time.
    pub(crate) async fn fell(&self) -> &'static str {
        loop {
            if let Some(name) = self.fallen() {
                return name;
            }
            self.0.told.notified().await;
        }
    }
}

/// Does work over one mail. None when it panicked: what it held is free again.
pub(crate) async fn unharmed<T>(work: impl Future<Output = T> + Send) -> Option<T> {
    Guarded(Box::pin(work)).await
}

struct Guarded<'w, T>(Pin<Box<dyn Future<Output = T> + Send + 'w>>);

impl<T> Future for Guarded<'_, T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Some),
            Err(_) => Poll::Ready(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_of_a_task_is_told_at_once_and_a_good_end_is_not() {
        let tasks = Tasks::default();
        tasks.spawn("quiet", async {}).await.expect("a good end");
        assert_eq!(tasks.fallen(), None);
        assert!(tasks.spawn("loud", async { panic!("on purpose") }).await.is_err());
        assert_eq!(tasks.fell().await, "loud");
        assert_eq!(tasks.fallen(), Some("loud"));
    }

    #[tokio::test]
    async fn a_panic_over_one_mail_harms_nobody_else() {
        assert_eq!(unharmed(async { 7 }).await, Some(7));
        let broken: Option<()> = unharmed(async { panic!("on purpose") }).await;
        assert_eq!(broken, None);
    }
}
