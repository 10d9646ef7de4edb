//! What holds for the whole installation: one row.

use policy::facts::MailingState;
use policy::{AccountId, Refusal, Timestamp};

use crate::conn::Conn;
use crate::error::Result;
use crate::sql::sql;
use crate::words::signed;
use crate::writer::Urgency;
use crate::{Store, audit};

/// The account number under which changes of the installation stand in the audit.
pub const OPERATOR: AccountId = AccountId::from_raw(0);

/// The installation as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// When the database was founded.
    pub created_at: Timestamp,
    /// Why nothing is sent, if nothing is.
    pub paused: Option<String>,
    /// A restored copy that waits for its release: nothing is sent.
    pub frozen: bool,
    /// Marks of every secret that this installation ever used; none before the first start.
    pub secret_marks: Vec<String>,
}

/// Stops or allows all sending. The version tells every sender that what it read is too old; the
/// start's comparison sees it (promise 3). Returns whether anything changed.
async fn set_paused(conn: &mut Conn, paused: Option<&str>, by: &str, reason: &str, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(sql!(
            "UPDATE installation SET sending_paused = $1, pause_reason = $2, facts_version = facts_version + 1
             WHERE id = 1 AND sending_paused <> $1",
            paused.is_some(),
            paused,
        ))
        .await?;
    if changed == 0 {
        return Ok(false);
    }
    let action = if paused.is_some() { "sending_paused" } else { "sending_resumed" };
    audit::note(conn, OPERATOR, by, action, reason, now).await?;
    Ok(true)
}

/// A pause takes nothing from the time for which mails are tried, and what it held need not wait
/// until it would have been looked at again.
async fn take_up_again(conn: &mut Conn, now: Timestamp) -> Result<()> {
    conn.execute(sql!("UPDATE mailing SET resumed_at = $1 WHERE state = $2", now, MailingState::Running.number()))
        .await?;
    let word = Refusal::InstallationPaused.word();
    conn.execute(sql!(
        "UPDATE delivery SET due_at = $1 WHERE state IN (0, 3, 4) AND due_at > $1 AND reason = $2",
        now,
        word,
    ))
    .await?;
    conn.execute(sql!(
        "UPDATE notice SET due_at = $1 WHERE state IN (0, 3, 4) AND due_at > $1 AND reason = $2",
        now,
        word,
    ))
    .await
    .map(drop)
}

impl Store {
    /// Stops all sending of the installation at once, with a reason. What is on the wire ends within
    /// one ticket: the caller drains before it answers, also where sending was paused already, for
    /// the first one may still be waiting (DESIGN §4). Returns whether sending was allowed before.
    ///
    /// # Errors
    /// `Invalid` without name or reason; those of the database.
    pub async fn pause_sending(&self, by: &str, reason: &str, now: Timestamp) -> Result<bool> {
        let (by, reason) = signed(by, reason)?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move { set_paused(conn, Some(&reason), &by, &reason, now).await })
        })
        .await
    }

    /// Allows sending again, with a reason. What waited is tried as long as if there had been no
    /// pause. A frozen copy stays frozen. Returns whether sending was paused.
    ///
    /// # Errors
    /// `Invalid` without name or reason; those of the database.
    pub async fn resume_sending(&self, by: &str, reason: &str, now: Timestamp) -> Result<bool> {
        let (by, reason) = signed(by, reason)?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let resumed = set_paused(conn, None, &by, &reason, now).await?;
                if resumed {
                    take_up_again(conn, now).await?;
                }
                Ok(resumed)
            })
        })
        .await
    }

    /// The installation as it stands.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn installation(&self) -> Result<Installation> {
        let row = self
            .reader()
            .await?
            .one(sql!(
                "SELECT created_at, sending_paused, pause_reason, frozen, secret_marks FROM installation WHERE id = 1"
            ))
            .await?;
        let marks = row.text_opt(4)?.unwrap_or_default();
        Ok(Installation {
            created_at: row.time(0)?,
            paused: if row.bool(1)? { Some(row.text_opt(2)?.unwrap_or_default()) } else { None },
            frozen: row.bool(3)?,
            secret_marks: marks.split_whitespace().map(str::to_owned).collect(),
        })
    }

    /// Keeps the marks of the secrets in use, so that a later start without them is noticed.
    /// Marks are hashes and tell nothing of a secret; none is ever taken away.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_secret_marks(&self, marks: Vec<String>) -> Result<()> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let row = conn.one(sql!("SELECT secret_marks FROM installation WHERE id = 1 {for_update}")).await?;
                let known = row.text_opt(0)?.unwrap_or_default();
                let mut all: Vec<&str> = known.split_whitespace().collect();
                for mark in &marks {
                    if !all.contains(&mark.as_str()) {
                        all.push(mark);
                    }
                }
                conn.execute_one(
                    sql!("UPDATE installation SET secret_marks = $1 WHERE id = 1", all.join(" ")),
                    "the installation",
                )
                .await
            })
        })
        .await
    }
}
