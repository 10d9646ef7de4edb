//! Tries to sign in, counted by keyed hashes. `policy::tries` says how long the next one waits.

use std::time::Duration;

use policy::Timestamp;
use policy::tries::{FORGOTTEN_AFTER, TrySubject};

use crate::Store;
use crate::conn::Conn;
use crate::error::Result;
use crate::sql::sql;
use crate::writer::Urgency;

/// Whose tries are counted: the kind, and a keyed hash that names nobody (`Seals::limit_key`).
pub type Subject = (TrySubject, [u8; 32]);

/// Whether somebody may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryOutcome {
    /// Now. The try is counted as failed until [`Store::end_try`] says otherwise.
    Allowed,
    /// Not before this time has passed. Nothing was counted.
    Wait(Duration),
}

/// Failures in a row, and how long the subject must still wait. Locks the row.
async fn look(conn: &mut Conn, (kind, subject): &Subject, now: Timestamp) -> Result<(i64, Duration)> {
    let row = conn
        .one(sql!("SELECT failed, last_at, wait_until FROM entry_try WHERE subject = $1 {for_update}", *subject))
        .await?;
    let failed = kind.remembered(row.int(0)?, now.since(row.time(1)?));
    Ok((failed, row.time(2)?.since(now)))
}

async fn begin(conn: &mut Conn, subjects: &[Subject], now: Timestamp) -> Result<TryOutcome> {
    let mut counts = Vec::with_capacity(subjects.len());
    let mut longest = Duration::ZERO;
    for entry in subjects {
        let (kind, subject) = entry;
        // The row must stand before it can be locked: two first tries at once are two.
        conn.execute(sql!(
            "INSERT INTO entry_try (subject, failed, last_at, wait_until) VALUES ($1, 0, $2, 0) ON CONFLICT (subject) DO NOTHING",
            *subject,
            now,
        ))
        .await?;
        let (failed, wait) = look(conn, entry, now).await?;
        longest = longest.max(wait);
        counts.push((*kind, subject, failed + 1));
    }
    if !longest.is_zero() {
        return Ok(TryOutcome::Wait(longest));
    }
    for (kind, subject, failed) in counts {
        conn.execute_one(
            sql!(
                "UPDATE entry_try SET failed = $1, last_at = $2, wait_until = $3 WHERE subject = $4",
                failed,
                now,
                now + kind.wait_after(failed),
                *subject,
            ),
            "the tries",
        )
        .await?;
    }
    Ok(TryOutcome::Allowed)
}

impl Store {
    /// Counts a try for all subjects, before anything is compared, or says how long to wait.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin_try(&self, mut subjects: Vec<Subject>, now: Timestamp) -> Result<TryOutcome> {
        // One order of locks for all: two tries never wait for each other.
        subjects.sort_unstable_by_key(|(_, subject)| *subject);
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { begin(conn, &subjects, now).await })).await
    }

    /// A try was good: it counts no more. Whoever it was about starts anew; a network, which others
    /// share, loses this one try only, so that a log-in of one's own buys no guesses at another's.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_try(&self, mut subjects: Vec<Subject>) -> Result<()> {
        subjects.sort_unstable_by_key(|(_, subject)| *subject);
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                for (kind, subject) in subjects {
                    if kind == TrySubject::Network {
                        conn.execute(sql!(
                            "UPDATE entry_try SET failed = failed - 1, wait_until = 0 WHERE subject = $1 AND failed > 0",
                            subject,
                        ))
                        .await?;
                    } else {
                        conn.execute(sql!("DELETE FROM entry_try WHERE subject = $1", subject)).await?;
                    }
                }
                Ok(())
            })
        })
        .await
    }

    /// Forgets tries of which nothing follows any more. Returns how many subjects.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forget_tries(&self, now: Timestamp) -> Result<u64> {
        self.write(Urgency::Soft, move |conn| {
            Box::pin(conn.execute(sql!("DELETE FROM entry_try WHERE last_at <= $1", now - FORGOTTEN_AFTER)))
        })
        .await
    }
}
