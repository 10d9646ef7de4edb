//! What the books of the whole installation hold, in figures, for the operator. Each is counted
//! when asked, row by row: good for a look, not for a loop.

use policy::{Purpose, RowState};

use crate::Store;
use crate::error::Result;
use crate::sql::sql;

/// Figures of all accounts together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Sign-ups for which a confirmation mail was planned. Says nothing about contacts (R17).
    pub signups: i64,
    /// Confirmations, by which a contact began or took a further topic.
    pub confirmed: i64,
    /// Bounces by class word, each message once.
    pub bounces: Vec<(String, i64)>,
    /// Mails of mailings that a rule refused, by its reason as customers read it.
    pub refused: Vec<(String, i64)>,
    /// Mails of mailings of which nobody knows whether they were handed over twice.
    pub doubtful: i64,
    /// Addresses on the exclusion list.
    pub excluded: i64,
}

impl Store {
    /// Counts.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn figures(&self) -> Result<Figures> {
        let mut reader = self.reader().await?;
        let mut count = async |statement| reader.one(statement).await?.int(0);
        let signups = count(sql!("SELECT COUNT(*) FROM notice WHERE purpose = $1", Purpose::Confirmation)).await?;
        let confirmed =
            count(sql!("SELECT COUNT(*) FROM consent_event WHERE kind IN ('confirmed', 'topic_added')")).await?;
        let doubtful = count(sql!("SELECT COUNT(*) FROM delivery WHERE doubt")).await?;
        let excluded = count(sql!("SELECT COUNT(*) FROM suppression")).await?;
        let bounces = reader.all(sql!("SELECT class, COUNT(*) FROM bounce GROUP BY class ORDER BY class")).await?;
        let refused = reader
            .all(sql!(
                "SELECT COALESCE(reason, ''), COUNT(*) FROM delivery WHERE state = $1 GROUP BY COALESCE(reason, '') ORDER BY COALESCE(reason, '')",
                RowState::Refused.number(),
            ))
            .await?;
        let pairs = |rows: Vec<crate::sql::Row>| -> Result<Vec<(String, i64)>> {
            rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?))).collect()
        };
        Ok(Figures { signups, confirmed, bounces: pairs(bounces)?, refused: pairs(refused)?, doubtful, excluded })
    }
}
