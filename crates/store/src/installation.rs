//! What holds for the whole installation: one row.

use policy::Timestamp;

use crate::Store;
use crate::error::Result;
use crate::sql::sql;
use crate::writer::Urgency;

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

impl Store {
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
