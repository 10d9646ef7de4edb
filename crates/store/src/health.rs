//! Whether the installation does its work, and what waits where: for the operator's eyes, counted
//! when asked.

use std::time::Duration;

use policy::facts::MailingState;
use policy::{RowState, Standing, Timestamp};

use crate::Store;
use crate::conn::Conn;
use crate::error::Result;
use crate::sql::{Row, sql};

/// Open mails that one look at the queue counts at most.
pub const LOOKED_AT: i64 = 30_000;
/// Destinations that one look lists at most.
const MOST_DESTINATIONS: i64 = 200;
/// Mail that arrived and is still not read after so long waits for somebody.
const READ_WITHIN: Duration = Duration::from_secs(5 * 60);
/// Mail that could not be read is counted for so long.
const UNPARSED_DAYS: i64 = 7;

/// One process that works on this memory, or says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The name of its machine and disk, as it gave it.
    pub name: String,
    /// Its process number there.
    pub pid: i64,
    /// Since when.
    pub started_at: Timestamp,
}

/// How the installation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Processes that did not end.
    pub nodes: Vec<Node>,
    /// The earliest time for which a mail is due that neither its mailing nor its account holds; none when
    /// nothing waits. A row does not say which provider its domain belongs to, so mail to a paused one is
    /// among them.
    pub oldest_due: Option<Timestamp>,
    /// Providers that get nothing for now: mail to them is overdue because it is held.
    pub paused_providers: i64,
    /// Letters and reports that nothing could read within seven days.
    pub unparsed: i64,
    /// Mail that arrived more than five minutes ago and was not looked at yet.
    pub unread: i64,
    /// When the records of a sending domain were looked at last; none while there is no domain.
    pub domains_checked_at: Option<Timestamp>,
    /// Sending domains whose records are wrong or missing now.
    pub domains_failing: i64,
    /// Websites whose proof is not found any more.
    pub websites_failing: i64,
}

/// Open mails, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Mails that may leave when their time comes.
    pub due: i64,
    /// Mails that a node works on, or that are on the wire.
    pub in_flight: i64,
    /// Mails that the receiver put off.
    pub deferred: i64,
    /// Mails of which nobody knows yet whether they were taken.
    pub unknown: i64,
    /// Of all these, mails whose mailing or account stands still: they leave when a person lets it go on.
    pub stopped: i64,
    /// Of all these, mails that are no mailing's: confirmations, proofs, notices, answers.
    pub notices: i64,
}

impl Waiting {
    /// All of them.
    #[must_use]
    pub const fn open(&self) -> i64 {
        self.due + self.in_flight + self.deferred + self.unknown
    }
}

impl std::ops::AddAssign for Waiting {
    fn add_assign(&mut self, other: Self) {
        self.due += other.due;
        self.in_flight += other.in_flight;
        self.deferred += other.deferred;
        self.unknown += other.unknown;
        self.stopped += other.stopped;
        self.notices += other.notices;
    }
}

/// What waits for one destination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destination {
    /// The recipients' domain.
    pub domain: String,
    /// How much.
    pub waiting: Waiting,
    /// When the first of those that wait, and that nothing stops, is due; none where there is none.
    pub next_at: Option<Timestamp>,
    /// What the receiver said when it put one off last.
    pub last_reply: Option<LastReply>,
}

/// What a receiver said when it put a mail off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastReply {
    /// Word for word.
    pub said: String,
    /// Our word for it.
    pub reason: String,
    /// When that mail is tried again. Of several, the one put off last is due last.
    pub due_at: Timestamp,
}

/// The queue by destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Those with most mail first, at most 200.
    pub destinations: Vec<Destination>,
    /// What waits for all of them together, and for those that are not listed.
    pub all: Waiting,
    /// [`LOOKED_AT`] mails of mailings, or notices, were looked at, and more may wait: the figures are of
    /// that many.
    pub more: bool,
}

impl Store {
    /// How the installation is.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn health(&self, now: Timestamp) -> Result<Health> {
        let mut conn = self.reader().await?;
        let nodes = conn
            .all(sql!(
                "SELECT node, pid, started_at FROM life WHERE ended_at IS NULL ORDER BY started_at DESC LIMIT 50"
            ))
            .await?;
        let row = conn
            .one(sql!(
                "SELECT (SELECT MIN((SELECT MIN(d.due_at) FROM delivery d WHERE d.mailing_id = m.id AND d.state IN (0, 3, 4)))
                        FROM mailing m JOIN account a ON a.id = m.account_id WHERE m.state = $1 AND a.standing = $2),
                    (SELECT MIN(n.due_at) FROM notice n WHERE n.state IN (0, 3, 4)),
                    (SELECT COUNT(*) FROM inbox b WHERE b.day >= $3 AND b.kind = 'unparsed'),
                    (SELECT COUNT(*) FROM inbox b WHERE b.day >= $3 AND b.kind = 'received' AND b.received_at < $4),
                    (SELECT MAX(g.checked_at) FROM sending_domain g),
                    (SELECT COUNT(*) FROM sending_domain g WHERE g.failing_since IS NOT NULL),
                    (SELECT COUNT(*) FROM website w WHERE w.failing_since IS NOT NULL),
                    (SELECT COUNT(*) FROM provider_pause p WHERE p.until = 0 OR p.until > $5)",
                MailingState::Running.number(),
                Standing::Active,
                now.day() - UNPARSED_DAYS,
                now - READ_WITHIN,
                now,
            ))
            .await?;
        let due = [row.time_opt(0)?, row.time_opt(1)?];
        Ok(Health {
            nodes: nodes
                .iter()
                .map(|row| Ok(Node { name: row.text(0)?, pid: row.int(1)?, started_at: row.time(2)? }))
                .collect::<Result<_>>()?,
            oldest_due: due.into_iter().flatten().min(),
            paused_providers: row.int(7)?,
            unparsed: row.int(2)?,
            unread: row.int(3)?,
            domains_checked_at: row.time_opt(4)?,
            domains_failing: row.int(5)?,
            websites_failing: row.int(6)?,
        })
    }

    /// What waits for each destination. Looks at [`LOOKED_AT`] open mails of mailings, and as many
    /// notices, at most.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn queue(&self) -> Result<Queue> {
        let mut conn = self.reader().await?;
        let mut queue = waiting(&mut conn).await?;
        for row in &last_replies(&mut conn).await? {
            let domain = row.text(0)?;
            if let Some(found) = queue.destinations.iter_mut().find(|destination| destination.domain == domain) {
                found.last_reply = Some(LastReply { said: row.text(1)?, reason: row.text(2)?, due_at: row.time(3)? });
            }
        }
        Ok(queue)
    }

    /// All open mails together, counted as [`Store::queue`] does.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open_mails(&self) -> Result<Waiting> {
        Ok(waiting(&mut self.reader().await?).await?.all)
    }
}

/// The queue without what receivers said.
async fn waiting(conn: &mut Conn) -> Result<Queue> {
    // A stopped mail may be held by its account's or its mailing's standing alone: a row says no more
    // than that it is due.
    let rows = conn
        .all(sql!(
            "WITH o AS (SELECT d.domain, d.state, d.due_at, d.account_id, d.mailing_id FROM delivery d WHERE d.state IN (0, 3, 4) LIMIT $1),
                f AS (SELECT d.domain, d.state, d.due_at, d.account_id, d.mailing_id FROM delivery d WHERE d.state IN (1, 2) LIMIT $1),
                n AS (SELECT e.domain, e.state, e.due_at FROM notice e WHERE e.state IN (0, 3, 4) LIMIT $1),
                g AS (SELECT e.domain, e.state, e.due_at FROM notice e WHERE e.state IN (1, 2) LIMIT $1),
                m AS (SELECT * FROM o UNION ALL SELECT * FROM f),
                w AS (SELECT m.domain, m.state, m.due_at, 0 AS notice, CASE WHEN r.state = $3 AND a.standing = $4 THEN 0 ELSE 1 END AS stopped
                        FROM m JOIN mailing r ON r.account_id = m.account_id AND r.id = m.mailing_id JOIN account a ON a.id = m.account_id
                      UNION ALL SELECT n.domain, n.state, n.due_at, 1, 0 FROM n UNION ALL SELECT g.domain, g.state, g.due_at, 1, 0 FROM g)
             SELECT w.domain, CAST(SUM(CASE WHEN w.state = 0 THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(CASE WHEN w.state IN (1, 2) THEN 1 ELSE 0 END) AS BIGINT),
                CAST(SUM(CASE WHEN w.state = 3 THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(CASE WHEN w.state = 4 THEN 1 ELSE 0 END) AS BIGINT),
                CAST(SUM(w.stopped) AS BIGINT), CAST(SUM(w.notice) AS BIGINT),
                MIN(CASE WHEN w.state IN (0, 3, 4) AND w.stopped = 0 THEN w.due_at END), (SELECT COUNT(*) FROM o), (SELECT COUNT(*) FROM n),
                CAST(SUM(SUM(CASE WHEN w.state = 0 THEN 1 ELSE 0 END)) OVER () AS BIGINT), CAST(SUM(SUM(CASE WHEN w.state IN (1, 2) THEN 1 ELSE 0 END)) OVER () AS BIGINT),
                CAST(SUM(SUM(CASE WHEN w.state = 3 THEN 1 ELSE 0 END)) OVER () AS BIGINT), CAST(SUM(SUM(CASE WHEN w.state = 4 THEN 1 ELSE 0 END)) OVER () AS BIGINT),
                CAST(SUM(SUM(w.stopped)) OVER () AS BIGINT), CAST(SUM(SUM(w.notice)) OVER () AS BIGINT)
             FROM w GROUP BY w.domain ORDER BY COUNT(*) DESC, w.domain LIMIT $2",
            LOOKED_AT,
            MOST_DESTINATIONS,
            MailingState::Running.number(),
            Standing::Active,
        ))
        .await?;
    let (more, all) = match rows.first() {
        Some(row) => (row.int(8)?.max(row.int(9)?) >= LOOKED_AT, counted(row, 10)?),
        None => (false, Waiting::default()),
    };
    Ok(Queue { destinations: rows.iter().map(destination).collect::<Result<_>>()?, all, more })
}

fn counted(row: &Row, at: usize) -> Result<Waiting> {
    Ok(Waiting {
        due: row.int(at)?,
        in_flight: row.int(at + 1)?,
        deferred: row.int(at + 2)?,
        unknown: row.int(at + 3)?,
        stopped: row.int(at + 4)?,
        notices: row.int(at + 5)?,
    })
}

fn destination(row: &Row) -> Result<Destination> {
    Ok(Destination { domain: row.text(0)?, waiting: counted(row, 1)?, next_at: row.time_opt(7)?, last_reply: None })
}

/// What each domain said when it put a mail off. Of all that wait for a domain, the one put off last is
/// due last.
async fn last_replies(conn: &mut Conn) -> Result<Vec<Row>> {
    conn.all(sql!(
        "SELECT p.domain, p.reply, p.reason, p.due_at FROM (SELECT o.domain, o.reply, o.reason, o.due_at, ROW_NUMBER() OVER (PARTITION BY o.domain ORDER BY o.due_at DESC, o.tie) AS place
            FROM (SELECT * FROM (SELECT d.domain, d.reply, COALESCE(d.reason, '') AS reason, d.due_at, d.contact_id AS tie FROM mailing m CROSS JOIN delivery d
                    WHERE m.state IN (2, 3, 4) AND d.mailing_id = m.id AND d.state > 2 AND d.state = $1 AND d.reply IS NOT NULL LIMIT $2) AS a
                UNION ALL SELECT * FROM (SELECT e.domain, e.reply, COALESCE(e.reason, '') AS reason, e.due_at, e.id AS tie FROM notice e
                    WHERE e.state IN (0, 3, 4) AND e.state = $1 AND e.reply IS NOT NULL LIMIT $2) AS b) AS o) AS p
         WHERE p.place = 1 ORDER BY p.domain",
        RowState::Deferred,
        LOOKED_AT,
    ))
    .await
}
