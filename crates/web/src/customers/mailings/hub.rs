//! Who watches which mailing: one reader of the memory for each mailing, whoever many watch it.
//!
//! The first who comes starts the reader, the last who goes ends it. Each look is passed to all; how
//! many may watch at once has a limit, so that watchers never take the places of those who unsubscribe.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use policy::facts::MailingState;
use policy::{AccountId, MailingId, Timestamp};
use store::mailings::{Live, Minute, ProviderWord};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::context::Web;

/// Between two looks.
pub(crate) const EVERY: Duration = Duration::from_secs(1);
/// Looks between two that ask for providers and rate too.
const RARELY: u64 = 2;
/// Looks that fail one after the other before the reader gives up; whoever still watches comes again.
const PATIENCE: u64 = 10;
/// Watchers of all mailings together.
pub(crate) const WATCHERS: usize = 100;

/// One look at a mailing.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) at: Timestamp,
    pub(crate) state: MailingState,
    pub(crate) live: Live,
    pub(crate) providers: Arc<(Vec<ProviderWord>, i64)>,
    pub(crate) minutes: Arc<Vec<Minute>>,
}

type Room = Arc<watch::Sender<Option<Arc<Look>>>>;

/// The rooms that are open.
pub(crate) struct Hub {
    rooms: Mutex<HashMap<MailingId, Room>>,
    seats: Arc<Semaphore>,
    closing: watch::Sender<bool>,
}

impl Default for Hub {
    fn default() -> Self {
        let (rooms, seats) = (Mutex::default(), Arc::new(Semaphore::new(WATCHERS)));
        Self { rooms, seats, closing: watch::Sender::new(false) }
    }
}

/// A place in a room.
pub(crate) struct Seat {
    pub(crate) looks: watch::Receiver<Option<Arc<Look>>>,
    /// True when the door closes.
    pub(crate) closing: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
}

/// Everything that a page of a running mailing shows, in one look.
pub(crate) async fn look(web: &Web, account: AccountId, mailing: MailingId) -> store::Result<Look> {
    let (state, live) = web.store.live(account, mailing).await?;
    let providers = Arc::new(web.store.provider_words(account, mailing).await?);
    let minutes = Arc::new(web.store.mailing_minutes(account, mailing).await?);
    Ok(Look { at: web.clock.now(), state, live, providers, minutes })
}

/// Whether nothing will change any more, late words apart.
pub(crate) const fn is_over(look: &Look) -> bool {
    matches!(look.state, MailingState::Finished | MailingState::Aborted) && look.live.open() == 0
}

impl Hub {
    /// A place at the mailing's room; none when every place is taken. The caller has proven that the
    /// mailing is the visitor's.
    pub(crate) fn enter(&self, web: &Web, account: AccountId, mailing: MailingId) -> Option<Seat> {
        let permit = Arc::clone(&self.seats).try_acquire_owned().ok()?;
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let mut looks = rooms.get(&mailing).map(|room| room.subscribe()).unwrap_or_else(|| {
            let (sender, looks) = watch::channel(None);
            let room = Arc::new(sender);
            rooms.insert(mailing, Arc::clone(&room));
            tokio::spawn(read(web.clone(), account, mailing, room));
            looks
        });
        // Who comes later sees the last look at once.
        looks.mark_changed();
        Some(Seat { looks, closing: self.closing.subscribe(), _permit: permit })
    }

    /// Sends everybody home: the door closes.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Ends the room if nobody is in it.
    fn leave(&self, mailing: MailingId, room: &Room) -> bool {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let empty = room.receiver_count() == 0;
        if empty {
            rooms.remove(&mailing);
        }
        empty
    }

    /// Ends the room though somebody may be in it.
    fn end(&self, mailing: MailingId) {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner).remove(&mailing);
    }
}

async fn next(web: &Web, account: AccountId, mailing: MailingId, last: Option<&Look>, n: u64) -> store::Result<Look> {
    match last {
        Some(last) if !n.is_multiple_of(RARELY) => {
            let (state, live) = web.store.live(account, mailing).await?;
            Ok(Look { at: web.clock.now(), state, live, ..last.clone() })
        }
        _ => look(web, account, mailing).await,
    }
}

async fn read(web: Web, account: AccountId, mailing: MailingId, room: Room) {
    let mut last: Option<Arc<Look>> = None;
    let mut failed = 0;
    for n in 0_u64.. {
        if web.hub().leave(mailing, &room) {
            return;
        }
        match next(&web, account, mailing, last.as_deref(), n).await {
            Ok(look) => {
                failed = 0;
                let over = is_over(&look);
                // What was read rarely is read once more before the end.
                let look = if over { self::look(&web, account, mailing).await.unwrap_or(look) } else { look };
                last = Some(Arc::new(look));
                room.send_replace(last.clone());
                if over {
                    return web.hub().end(mailing);
                }
            }
            Err(error) => {
                failed += 1;
                tracing::warn!(%error, %mailing, "a running mailing could not be looked at");
                if failed >= PATIENCE {
                    return web.hub().end(mailing);
                }
            }
        }
        web.clock.sleep(EVERY).await;
    }
}
