//! What only time brings: logs that have served their purpose.

use policy::Timestamp;
use policy::signup::{MONTH, SILENCE};

use crate::Store;
use crate::error::Result;
use crate::sql::sql;
use crate::writer::Urgency;

impl Store {
    /// Forgets confirmation mails that no limit looks at any more: asked for more than 30 days
    /// ago, or timed out more than 180 days ago (C2, R18). Returns how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn purge_confirmation_logs(&self, now: Timestamp) -> Result<u64> {
        self.write(Urgency::Grouped, move |conn| {
            Box::pin(async move {
                let asked = conn.execute(sql!("DELETE FROM confirmation_asked WHERE at < $1", now - MONTH)).await?;
                let timed_out =
                    conn.execute(sql!("DELETE FROM confirmation_timed_out WHERE at < $1", now - SILENCE)).await?;
                Ok(asked + timed_out)
            })
        })
        .await
    }
}
