//! Requests that may come twice: the answer to an `Idempotency-Key` is kept for a day.
//!
//! A request is noted before it is carried out, so that two at once do not both act. If the
//! process ends in between, nobody knows whether it was carried out; the same key then says so
//! instead of acting a second time.

use std::time::Duration;

use policy::{AccountId, Timestamp};

use crate::Store;
use crate::error::Result;
use crate::sql::sql;
use crate::writer::Urgency;

/// How long an answer is kept.
pub const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replay {
    /// It is new, and noted: carry the request out.
    New,
    /// The request was carried out; this was the answer.
    Answered {
        /// The status.
        status: i64,
        /// The body.
        body: String,
    },
    /// It is being carried out, or its process ended before it could say.
    Unfinished,
    /// The key was used for another request.
    OtherRequest,
}

impl Store {
    /// Notes a request by its key, or finds what is known of it. `account` none: the operator's.
    /// `request` is the hash of method, path and body.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin_request(
        &self,
        account: Option<AccountId>,
        key: &str,
        request: [u8; 32],
        now: Timestamp,
    ) -> Result<Replay> {
        let (owner, key) = (account.map_or(0, AccountId::get), key.to_owned());
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                conn.execute(sql!("DELETE FROM api_replay WHERE account_id = $1 AND at < $2", owner, now - KEPT)).await?;
                let noted = conn
                    .execute(sql!(
                        "INSERT INTO api_replay (account_id, replay_key, request, at, status, body) VALUES ($1, $2, $3, $4, NULL, NULL)
                         ON CONFLICT (account_id, replay_key) DO NOTHING",
                        owner,
                        key.as_str(),
                        request,
                        now,
                    ))
                    .await?;
                if noted == 1 {
                    return Ok(Replay::New);
                }
                let row = conn
                    .one(sql!("SELECT request, status, body FROM api_replay WHERE account_id = $1 AND replay_key = $2", owner, key.as_str()))
                    .await?;
                Ok(match (row.hash(0)? == request, row.int_opt(1)?) {
                    (false, _) => Replay::OtherRequest,
                    (true, None) => Replay::Unfinished,
                    (true, Some(status)) => Replay::Answered { status, body: row.text_opt(2)?.unwrap_or_default() },
                })
            })
        })
        .await
    }

    /// Forgets answers that are older than a day, of everybody; at most `most`. Returns how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn purge_replays(&self, now: Timestamp, most: i64) -> Result<u64> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                conn.execute(sql!(
                    "DELETE FROM api_replay WHERE (account_id, replay_key) IN
                        (SELECT r.account_id, r.replay_key FROM api_replay r WHERE r.at < $1 ORDER BY r.account_id, r.replay_key LIMIT $2)",
                    now - KEPT,
                    most,
                ))
                .await
            })
        })
        .await
    }

    /// Keeps the answer to a noted request. None: it was not carried out, and may come again.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_request(
        &self,
        account: Option<AccountId>,
        key: &str,
        answer: Option<(i64, String)>,
    ) -> Result<()> {
        let (owner, key) = (account.map_or(0, AccountId::get), key.to_owned());
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                match answer {
                    Some((status, body)) => {
                        conn.execute(sql!(
                            "UPDATE api_replay SET status = $1, body = $2 WHERE account_id = $3 AND replay_key = $4",
                            status,
                            body,
                            owner,
                            key,
                        ))
                        .await
                    }
                    None => {
                        conn.execute(sql!(
                            "DELETE FROM api_replay WHERE account_id = $1 AND replay_key = $2 AND status IS NULL",
                            owner,
                            key
                        ))
                        .await
                    }
                }
                .map(drop)
            })
        })
        .await
    }
}
