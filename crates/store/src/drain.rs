//! The waiting side of the ticket rule (DESIGN §4, promise 3).
//!
//! Whoever changes a fact commits it, calls [`Store::begin_drain`] after the
//! commit's reply, waits, and answers then. Whoever finds the fact already there
//! does just the same: the first one may still be waiting. A person's own wish
//! may be answered earlier: the person's open rows are cancelled, and when none
//! is started, none can begin any more.

use std::time::Duration;

use failpoints::Point;
use policy::facts::MailingState;
use policy::refusal::Cancellation;
use policy::row::DRAIN;
use policy::{ContactId, MailingId, RowState, Timestamp};
use seals::Reading;

use crate::Store;
use crate::conn::Conn;
use crate::counts::{Folded, shard_of_door};
use crate::error::Result;
use crate::sql::{Value, batches, sql};
use crate::writer::Urgency;

/// Between two looks for started rows.
pub const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Rows that one transaction cancels.
const PAGE: i64 = 512;

/// The time since a fact was committed. Made after the commit's reply, never before.
#[must_use = "an answer before the wait breaks promise 3"]
pub struct Drain {
    store: Store,
    wait: Wait,
}

/// How long an answer waits after the commit of its fact, by the clock of whoever answers.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    since: Reading,
}

impl Wait {
    /// The reading is taken after the commit's reply, or after the fact was found.
    #[must_use]
    pub const fn from(since: Reading) -> Self {
        Self { since }
    }

    /// What is left of it.
    #[must_use]
    pub const fn left(&self, now: Reading) -> Duration {
        DRAIN.saturating_sub(now.elapsed_since(self.since))
    }
}

impl Store {
    /// Starts the wait. Call it after the reply to the commit of the fact, or after finding the
    /// fact already there.
    pub fn begin_drain(&self) -> Drain {
        failpoints::reach(Point::BeforeDrain);
        Drain { store: self.clone(), wait: Wait::from(self.clock().reading()) }
    }

    /// Waits until no message to this person that began after this call can be completed, and
    /// cancels the person's open rows. For a person's own wish: unsubscribe, complaint, "not me".
    /// Never longer than [`DRAIN`].
    pub async fn drain_person(&self, person: ContactId, by: Cancellation) {
        self.begin_drain().person(person, by).await;
    }

    /// Waits the whole time: for suspension, exclusion, pause, abort and erasure.
    pub async fn drain_all(&self) {
        self.begin_drain().everybody().await;
    }

    /// Cancels what is open of a mailing, page by page; rows that are on the wire end by their
    /// outcome, and [`Store::cancel_stranded`] looks after what they leave. Returns how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn cancel_mailing(&self, mailing: MailingId, by: Cancellation) -> Result<u64> {
        let mut cancelled = 0;
        loop {
            let now = self.clock().now();
            let page = self.write(Urgency::AtOnce, move |conn| Box::pin(cancel_page(conn, mailing, by, now))).await?;
            cancelled += page;
            if page == 0 {
                return Ok(cancelled);
            }
        }
    }

    /// Cancels what is still open of aborted mailings and of terminated accounts. Called now and
    /// then, so that their counters add up whatever was on the wire. Returns how many.
    ///
    /// # Errors
    /// Those of the database; the next call goes on.
    pub async fn cancel_stranded(&self) -> Result<u64> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT m.id, a.standing FROM mailing m JOIN account a ON a.id = m.account_id
                 WHERE (m.state = $1 OR (a.standing = $2 AND m.state IN (2, 3, 4)))
                    AND EXISTS (SELECT 1 FROM delivery d WHERE d.mailing_id = m.id AND d.state IN (0, 3, 4))
                 ORDER BY m.id LIMIT 512",
                MailingState::Aborted.number(),
                policy::Standing::Terminated,
            ))
            .await?;
        let mut cancelled = 0;
        for row in rows {
            let terminated = row.int(1)? == policy::Standing::Terminated.number();
            let by = if terminated { Cancellation::Terminated } else { Cancellation::Aborted };
            cancelled += self.cancel_mailing(MailingId::from_raw(row.int(0)?), by).await?;
        }
        Ok(cancelled)
    }

    /// Cancels the open rows of every contact with this address, of all accounts: the address was
    /// excluded. Every start refuses the address already; this keeps the books tidy. Returns how
    /// many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn cancel_address(&self, address_key: seals::AddressKey) -> Result<u64> {
        let people =
            self.reader().await?.all(sql!("SELECT c.id FROM contact c WHERE c.address_key = $1", address_key)).await?;
        let mut cancelled = 0;
        for row in people {
            cancelled += self.cancel_person(ContactId::from_raw(row.int(0)?), Cancellation::Excluded).await?;
        }
        Ok(cancelled)
    }
}

/// An address that went onto the exclusion list, and the contact whose mail showed it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Excluded {
    pub(crate) key: seals::AddressKey,
    pub(crate) contact: Option<ContactId>,
}

impl Store {
    /// [`Store::cancel_address`] after a bounce: also of the contact that left by it. Does nothing
    /// while the address does not stand on the list, and writes nothing where no row is open.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn cancel_excluded(&self, excluded: Excluded) -> Result<u64> {
        let left = excluded.contact.map_or(0, ContactId::get);
        let people = self
            .reader()
            .await?
            .all(sql!(
                "SELECT d.contact_id FROM delivery d WHERE d.contact_id = $1 AND d.state < 10
                    AND EXISTS (SELECT 1 FROM suppression s WHERE s.address_key = $2)
                 UNION SELECT c.id FROM contact c WHERE c.address_key = $2
                    AND EXISTS (SELECT 1 FROM delivery d WHERE d.contact_id = c.id AND d.state < 10)
                    AND EXISTS (SELECT 1 FROM suppression s WHERE s.address_key = $2)",
                left,
                excluded.key,
            ))
            .await?;
        let mut cancelled = 0;
        for row in people {
            cancelled += self.cancel_person(ContactId::from_raw(row.int(0)?), Cancellation::Excluded).await?;
        }
        Ok(cancelled)
    }

    /// [`Store::cancel_excluded`] for a group that is committed. Every start refuses these addresses
    /// already, so that a failure here is no reason to say that the group failed.
    pub(crate) async fn cancel_all_excluded(&self, excluded: Vec<Excluded>) {
        for one in excluded {
            if let Err(error) = self.cancel_excluded(one).await {
                tracing::warn!(%error, "open rows of an excluded address could not be cancelled; the gate refuses them");
            }
        }
    }
}

impl Drain {
    /// See [`Store::drain_person`].
    pub async fn person(self, person: ContactId, by: Cancellation) {
        // Commit, sweep, look: three transactions, in this order. A sweep that failed may have
        // left a row that starts now, so its error means waiting to the end.
        if let Err(error) = self.store.cancel_person(person, by).await {
            tracing::warn!(%error, "open rows could not be cancelled; the answer waits its whole time");
            return self.everybody().await;
        }
        while self.left() > Duration::ZERO {
            match self.store.is_started(person).await {
                Ok(false) => return,
                Ok(true) => self.store.clock().sleep(LOOK_EVERY.min(self.left())).await,
                Err(error) => {
                    tracing::warn!(%error, "started rows could not be looked for; the answer waits its whole time");
                    return self.everybody().await;
                }
            }
        }
    }

    /// See [`Store::drain_all`].
    pub async fn everybody(self) {
        while self.left() > Duration::ZERO {
            self.store.clock().sleep(self.left()).await;
        }
    }

    fn left(&self) -> Duration {
        self.wait.left(self.store.clock().reading())
    }
}

impl Store {
    /// The sweep: cancels a person's open rows in a transaction of its own, and waits for rows
    /// that are just being started.
    async fn cancel_person(&self, person: ContactId, by: Cancellation) -> Result<u64> {
        let now = self.clock().now();
        self.write(Urgency::AtOnce, move |conn| Box::pin(cancel_of_person(conn, person, by, now))).await
    }

    /// Whether a mail to this person may be on the wire; looks with a snapshot of its own.
    async fn is_started(&self, person: ContactId) -> Result<bool> {
        let row = self
            .reader()
            .await?
            .one(sql!(
                "SELECT (SELECT COUNT(*) FROM delivery d WHERE d.contact_id = $1 AND d.state < 10 AND d.state = $2)
                    + (SELECT COUNT(*) FROM notice n WHERE n.person_id = $1 AND n.state < 10 AND n.state = $2)",
                person,
                RowState::Started,
            ))
            .await?;
        Ok(row.int(0)? > 0)
    }
}

/// Cancels what is open and not started of one person.
pub(crate) async fn cancel_of_person(
    conn: &mut Conn,
    person: ContactId,
    by: Cancellation,
    now: Timestamp,
) -> Result<u64> {
    let rows = conn
        .all(sql!(
            "SELECT d.mailing_id, d.account_id, d.doubt FROM delivery d
             WHERE d.contact_id = $1 AND d.state < 10 AND d.state <> $2 ORDER BY d.mailing_id {for_update_d}",
            person,
            RowState::Started,
        ))
        .await?;
    let mut open = Vec::with_capacity(rows.len());
    for row in &rows {
        open.push(Open { mailing: row.int(0)?, contact: person.get(), account: row.int(1)?, doubt: row.bool(2)? });
    }
    let deliveries = cancel(conn, open, by, shard_of_door(person.get()), now).await?;
    let notices = conn
        .execute(sql!(
            "UPDATE notice SET state = CASE WHEN doubt THEN CAST($1 AS BIGINT) ELSE CAST($2 AS BIGINT) END,
                owner = NULL, reason = $3, settled_at = $4
             WHERE person_id = $5 AND state < 10 AND state <> $6",
            RowState::InDoubt,
            RowState::Refused,
            by.word(),
            now,
            person,
            RowState::Started,
        ))
        .await?;
    Ok(deliveries + notices)
}

/// A locked row that is cancelled.
struct Open {
    mailing: i64,
    contact: i64,
    account: i64,
    doubt: bool,
}

async fn cancel(conn: &mut Conn, open: Vec<Open>, by: Cancellation, shard: i64, now: Timestamp) -> Result<u64> {
    let mut folded = Folded::default();
    let mut rows = Vec::with_capacity(open.len());
    for row in &open {
        let state = if row.doubt { RowState::InDoubt } else { RowState::Refused };
        folded.end(row.account, row.mailing, state.number(), 1);
        rows.push(vec![Value::from(row.mailing), Value::from(row.contact), Value::from(state)]);
    }
    for batch in batches(rows) {
        conn.execute(
            sql!(
                "WITH v(mailing_id, contact_id, state) AS (VALUES {rows})
                 UPDATE delivery SET state = v.state, owner = NULL, reason = $1, settled_at = $2 FROM v
                 WHERE delivery.mailing_id = v.mailing_id AND delivery.contact_id = v.contact_id",
                by.word(),
                now,
            )
            .rows(batch),
        )
        .await?;
    }
    folded.write(conn, shard).await?;
    Ok(u64::try_from(open.len()).unwrap_or(u64::MAX))
}

/// The indexes by due time and by owner find what is open among a million rows that are not.
async fn cancel_page(conn: &mut Conn, mailing: MailingId, by: Cancellation, now: Timestamp) -> Result<u64> {
    let mut open = Vec::new();
    let due = conn
        .all(sql!(
            "SELECT d.contact_id, d.account_id, d.doubt FROM delivery d
             WHERE d.mailing_id = $1 AND d.state IN (0, 3, 4) AND d.contact_id IN
                (SELECT x.contact_id FROM delivery x WHERE x.mailing_id = $1 AND x.state IN (0, 3, 4) ORDER BY x.due_at LIMIT $2)
             ORDER BY d.contact_id {for_update_d}",
            mailing,
            PAGE,
        ))
        .await?;
    let claimed = conn
        .all(sql!(
            "SELECT d.contact_id, d.account_id, d.doubt FROM delivery d
             WHERE d.owner IN (SELECT l.id FROM life l) AND d.state IN (1, 2) AND +d.mailing_id = $1 AND d.state = $2
             ORDER BY d.contact_id LIMIT $3 {for_update_d}",
            mailing,
            RowState::Claimed,
            PAGE,
        ))
        .await?;
    for row in due.iter().chain(&claimed) {
        open.push(Open { mailing: mailing.get(), contact: row.int(0)?, account: row.int(1)?, doubt: row.bool(2)? });
    }
    cancel(conn, open, by, shard_of_door(mailing.get()), now).await
}
