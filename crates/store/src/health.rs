//! Whether the installation does its work, and what waits where: for the operator's eyes, counted
//! when asked.

use std::time::Duration;

use policy::facts::MailingState;
use policy::{RowState, Standing, Timestamp};

use crate::Store;
use crate::error::Result;
use crate::sql::sql;

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
    /// The earliest time for which a mail is due that nothing holds; none when nothing waits.
    pub oldest_due: Option<Timestamp>,
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

/// What waits for one destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The recipients' domain.
    pub domain: String,
    /// Mails that may leave when their time comes.
    pub due: i64,
    /// Mails that a node works on, or that are on the wire.
    pub in_flight: i64,
    /// Mails that the receiver put off.
    pub deferred: i64,
    /// Mails of which nobody knows yet whether they were taken.
    pub unknown: i64,
    /// When the first of them is due.
    pub next_at: Timestamp,
    /// What the receiver said when it put one off last, word for word, and our word for it.
    pub last_reply: Option<(String, String)>,
}

/// The queue by destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Those with most mail first, at most 200.
    pub destinations: Vec<Destination>,
    /// More than [`LOOKED_AT`] mails are open: the figures are of that many.
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
                    (SELECT COUNT(*) FROM website w WHERE w.failing_since IS NOT NULL)",
                MailingState::Running.number(),
                Standing::Active,
                now.day() - UNPARSED_DAYS,
                now - READ_WITHIN,
            ))
            .await?;
        let due = [row.time_opt(0)?, row.time_opt(1)?];
        Ok(Health {
            nodes: nodes
                .iter()
                .map(|row| Ok(Node { name: row.text(0)?, pid: row.int(1)?, started_at: row.time(2)? }))
                .collect::<Result<_>>()?,
            oldest_due: due.into_iter().flatten().min(),
            unparsed: row.int(2)?,
            unread: row.int(3)?,
            domains_checked_at: row.time_opt(4)?,
            domains_failing: row.int(5)?,
            websites_failing: row.int(6)?,
        })
    }

    /// What waits for each destination, mailings only. Looks at [`LOOKED_AT`] open mails at most.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn queue(&self) -> Result<Queue> {
        let mut conn = self.reader().await?;
        let rows = conn
            .all(sql!(
                "WITH o AS (SELECT d.domain, d.state, d.due_at FROM delivery d WHERE d.state IN (0, 3, 4) LIMIT $1),
                    f AS (SELECT d.domain, d.state, d.due_at FROM delivery d WHERE d.state IN (1, 2) LIMIT $1),
                    w AS (SELECT * FROM o UNION ALL SELECT * FROM f)
                 SELECT w.domain, CAST(SUM(CASE WHEN w.state = 0 THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(CASE WHEN w.state IN (1, 2) THEN 1 ELSE 0 END) AS BIGINT),
                    CAST(SUM(CASE WHEN w.state = 3 THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(CASE WHEN w.state = 4 THEN 1 ELSE 0 END) AS BIGINT),
                    MIN(w.due_at), (SELECT COUNT(*) FROM w)
                 FROM w GROUP BY w.domain ORDER BY COUNT(*) DESC, w.domain LIMIT $2",
                LOOKED_AT,
                MOST_DESTINATIONS,
            ))
            .await?;
        let mut destinations = Vec::with_capacity(rows.len());
        for row in &rows {
            destinations.push(Destination {
                domain: row.text(0)?,
                due: row.int(1)?,
                in_flight: row.int(2)?,
                deferred: row.int(3)?,
                unknown: row.int(4)?,
                next_at: row.time(5)?,
                last_reply: None,
            });
        }
        let more = rows.first().map_or(Ok(0), |row| row.int(6))? >= LOOKED_AT;
        // Of all that wait for a domain, the one put off last is due last.
        let replies = conn
            .all(sql!(
                "SELECT p.domain, p.reply, p.reason FROM (SELECT o.domain, o.reply, o.reason, ROW_NUMBER() OVER (PARTITION BY o.domain ORDER BY o.due_at DESC, o.contact_id) AS place
                    FROM (SELECT d.domain, d.reply, COALESCE(d.reason, '') AS reason, d.due_at, d.contact_id FROM mailing m CROSS JOIN delivery d
                        WHERE m.state IN (2, 3, 4) AND d.mailing_id = m.id AND d.state > 2 AND d.state = $1 AND d.reply IS NOT NULL LIMIT $2) AS o) AS p
                 WHERE p.place = 1 ORDER BY p.domain",
                RowState::Deferred,
                LOOKED_AT,
            ))
            .await?;
        for row in &replies {
            let domain = row.text(0)?;
            if let Some(found) = destinations.iter_mut().find(|destination| destination.domain == domain) {
                found.last_reply = Some((row.text(1)?, row.text(2)?));
            }
        }
        Ok(Queue { destinations, more })
    }
}
