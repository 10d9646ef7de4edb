//! How address books grow and shrink, and what leaves by the hour: counted where it happens, so that
//! looking costs the same whatever the size of a book.
//!
//! The counters are for people who look. What a rule needs it counts for itself.

use std::time::Duration;

use policy::consent::FormerReason;
use policy::{AccountId, ContactId, Timestamp};

use crate::Store;
use crate::conn::Conn;
use crate::contacts::former_reason;
use crate::counts::shard_of_door;
use crate::error::Result;
use crate::sql::sql;
use crate::writer::Urgency;

/// Days of growth that one look covers at most.
const MOST_DAYS: usize = 400;
/// Lines that those days have at most: one for each way in and out.
const MOST_LINES: i64 = 400 * 7;
/// How long the hours of sending are kept.
pub const HOURS_KEPT: Duration = Duration::from_secs(60 * 24 * 60 * 60);
/// Hours that one look covers at most.
const MOST_HOURS: i64 = 24 * 60;

/// What changes an address book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// A confirmation made a contact.
    Joined,
    /// A former contact came back within the time for it (R40).
    Returned,
    /// A contact left.
    Left(FormerReason),
}

impl Moved {
    const fn word(self) -> &'static str {
        match self {
            Self::Joined => JOINED,
            Self::Returned => RETURNED,
            Self::Left(reason) => reason.word(),
        }
    }

    const fn change(self) -> i64 {
        match self {
            Self::Joined | Self::Returned => 1,
            Self::Left(_) => -1,
        }
    }
}

const JOINED: &str = "joined";
const RETURNED: &str = "returned";

/// Counts a change of the book in the transaction that makes it. The counters of several contacts
/// share rows: whoever holds other locks to come takes those first.
pub(crate) async fn count(conn: &mut Conn, contact: ContactId, moved: Moved, now: Timestamp) -> Result<()> {
    conn.execute(sql!(
        "INSERT INTO book_count (account_id, day, what, shard, n) VALUES ($1, $2, $3, $4, 1), ($1, -1, 'contacts', $4, $5)
         ON CONFLICT (account_id, day, what, shard) DO UPDATE SET n = book_count.n + excluded.n",
        contact.account(),
        now.day(),
        moved.word(),
        shard_of_door(contact.get()),
        moved.change(),
    ))
    .await
    .map(drop)
}

/// What happened to an address book on one UTC day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BookDay {
    /// Days since 1970.
    pub day: i64,
    /// People who confirmed and were no contacts before.
    pub joined: i64,
    /// People who undid their unsubscribe.
    pub returned: i64,
    /// People who unsubscribed.
    pub unsubscribed: i64,
    /// People who complained.
    pub complained: i64,
    /// Addresses that bounced.
    pub bounced: i64,
    /// Left for another reason: excluded or erased.
    pub otherwise: i64,
}

impl BookDay {
    /// Contacts that the day added.
    #[must_use]
    pub const fn gained(&self) -> i64 {
        self.joined + self.returned
    }

    /// Contacts that the day took away.
    #[must_use]
    pub const fn lost(&self) -> i64 {
        self.unsubscribed + self.complained + self.bounced + self.otherwise
    }

    fn place(&mut self, what: &str) -> Result<&mut i64> {
        Ok(match what {
            JOINED => &mut self.joined,
            RETURNED => &mut self.returned,
            word => match former_reason(word)? {
                FormerReason::Unsubscribed => &mut self.unsubscribed,
                FormerReason::Complained => &mut self.complained,
                FormerReason::Bounced => &mut self.bounced,
                FormerReason::Excluded | FormerReason::Erased => &mut self.otherwise,
            },
        })
    }
}

/// An address book and how it changed lately.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookGrowth {
    /// Contacts now.
    pub contacts: i64,
    /// Days on which something happened, oldest first.
    pub days: Vec<BookDay>,
}

/// What receivers said to an account's mailings in one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hour {
    /// When the hour began.
    pub from: Timestamp,
    /// Mails that they took.
    pub accepted: i64,
    /// How often they asked to come again.
    pub deferred: i64,
    /// Mails that they refused for good.
    pub bounced: i64,
}

impl Store {
    /// The size of an address book, and how it changed from a UTC day on; at most the newest 400 days. Its cost
    /// follows the days and not the contacts.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn book_growth(&self, account: AccountId, from_day: i64) -> Result<BookGrowth> {
        let mut conn = self.reader().await?;
        let row = conn
            .one(sql!(
                "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM book_count WHERE account_id = $1 AND day = -1",
                account
            ))
            .await?;
        let contacts = row.int(0)?;
        let rows = conn
            .all(sql!(
                "SELECT day, what, CAST(SUM(n) AS BIGINT) FROM book_count WHERE account_id = $1 AND day >= $2
                 GROUP BY day, what ORDER BY day DESC, what LIMIT $3",
                account,
                from_day.max(0),
                MOST_LINES,
            ))
            .await?;
        let mut days: Vec<BookDay> = Vec::new();
        for row in &rows {
            let day = row.int(0)?;
            if days.last().is_none_or(|last| last.day != day) {
                days.push(BookDay { day, ..BookDay::default() });
            }
            if let Some(last) = days.last_mut() {
                *last.place(&row.text(1)?)? += row.int(2)?;
            }
        }
        // Of a day that the lines cut in two, none is shown.
        days.truncate(MOST_DAYS);
        days.reverse();
        Ok(BookGrowth { contacts, days })
    }

    /// What receivers said to an account's mailings hour by hour, oldest first; hours without mail
    /// are left out. Hours older than two months are forgotten.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sending_hours(&self, account: AccountId, from: Timestamp) -> Result<Vec<Hour>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT hour, CAST(SUM(accepted) AS BIGINT), CAST(SUM(deferred) AS BIGINT), CAST(SUM(bounced) AS BIGINT)
                 FROM account_hour WHERE account_id = $1 AND hour >= $2 GROUP BY hour ORDER BY hour LIMIT $3",
                account,
                hour_of(from),
                MOST_HOURS,
            ))
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Hour {
                    from: Timestamp::from_seconds(row.int(0)? * 3_600),
                    accepted: row.int(1)?,
                    deferred: row.int(2)?,
                    bounced: row.int(3)?,
                })
            })
            .collect()
    }

    /// Forgets hours of sending that are older than [`HOURS_KEPT`]. Returns how many rows went.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn purge_hours(&self, now: Timestamp) -> Result<u64> {
        let before = hour_of(now - HOURS_KEPT);
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(conn.execute(sql!("DELETE FROM account_hour WHERE hour < $1", before)))
        })
        .await
    }
}

/// The hour of UTC that a moment lies in.
pub(crate) const fn hour_of(at: Timestamp) -> i64 {
    at.seconds().div_euclid(3_600)
}
