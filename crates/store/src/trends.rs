//! Scores of many accounts at once, and day by day: what the operator's overview and the charts
//! show (R66). Reads the same counters as the score that decides, and judges nothing.

use policy::score::{RECENT, Score};
use policy::{AccountId, Timestamp};

use crate::Store;
use crate::error::Result;
use crate::sql::sql;

/// Accounts that one look compares at most.
const MOST_ACCOUNTS: i64 = 10_000;
/// Days that one look at an account covers at most.
const MOST_DAYS: i64 = 400;

/// The score of an account over the last 30 days, and over the 30 before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trend {
    /// The account.
    pub account: AccountId,
    /// The last 30 UTC days, today included, of the present counting period: the score that is judged.
    pub recent: Score,
    /// The 30 days before, whatever the counting period.
    pub before: Score,
}

/// What was sent on one UTC day, and the complaints about just those mails (F8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// Days since 1970.
    pub day: i64,
    /// The counting period that they belong to.
    pub period: i64,
    /// Mails sent in the sense of R67, and complaints about them, whenever they came.
    pub score: Score,
}

/// An account's book in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookFigures {
    /// Active contacts.
    pub contacts: i64,
    /// Former contacts by the word of their reason.
    pub former: Vec<(String, i64)>,
    /// Topics with an approved statement.
    pub topics: i64,
    /// Forms that take sign-ups.
    pub open_forms: i64,
    /// Mailings that are running now.
    pub running: i64,
}

impl Store {
    /// Scores and their trend of the accounts from `first` to `last` that sent anything within 60
    /// days, by number; at most 10,000.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn trends(&self, first: AccountId, last: AccountId, now: Timestamp) -> Result<Vec<Trend>> {
        let days = i64::try_from(RECENT.as_secs() / (24 * 60 * 60)).unwrap_or(30);
        let from = now.day() - days + 1;
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT k.account_id, CAST(SUM(k.complaints) AS BIGINT), CAST(SUM(k.sent) AS BIGINT), CAST(SUM(k.earlier_complaints) AS BIGINT), CAST(SUM(k.earlier_sent) AS BIGINT)
                 FROM (SELECT s.account_id, CASE WHEN s.day >= $3 AND s.period = a.period THEN s.n ELSE 0 END AS sent, 0 AS complaints,
                        CASE WHEN s.day < $3 THEN s.n ELSE 0 END AS earlier_sent, 0 AS earlier_complaints
                    FROM sent_count s JOIN account a ON a.id = s.account_id WHERE s.account_id BETWEEN $1 AND $2 AND s.day >= $4
                    UNION ALL
                    SELECT s.account_id, 0 AS sent, CASE WHEN s.day >= $3 AND s.period = a.period THEN s.n ELSE 0 END AS complaints,
                        0 AS earlier_sent, CASE WHEN s.day < $3 THEN s.n ELSE 0 END AS earlier_complaints
                    FROM complaint_count s JOIN account a ON a.id = s.account_id WHERE s.account_id BETWEEN $1 AND $2 AND s.day >= $4) AS k
                 GROUP BY k.account_id ORDER BY k.account_id LIMIT $5",
                first,
                last,
                from,
                from - days,
                MOST_ACCOUNTS,
            ))
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Trend {
                    account: AccountId::from_raw(row.int(0)?),
                    recent: Score::new(row.int(1)?, row.int(2)?),
                    before: Score::new(row.int(3)?, row.int(4)?),
                })
            })
            .collect()
    }

    /// What an account sent day by day from a UTC day on, and the complaints about it; days without
    /// mail are left out, at most 400 lines.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn day_counts(&self, account: AccountId, from_day: i64) -> Result<Vec<DayCount>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT k.day, k.period, CAST(SUM(k.complaints) AS BIGINT), CAST(SUM(k.sent) AS BIGINT)
                 FROM (SELECT s.day, s.period, 0 AS complaints, s.n AS sent FROM sent_count s WHERE s.account_id = $1 AND s.day >= $2
                    UNION ALL SELECT s.day, s.period, s.n AS complaints, 0 AS sent FROM complaint_count s WHERE s.account_id = $1 AND s.day >= $2) AS k
                 GROUP BY k.day, k.period ORDER BY k.day, k.period LIMIT $3",
                account,
                from_day,
                MOST_DAYS,
            ))
            .await?;
        rows.iter()
            .map(|row| {
                let score = Score::new(row.int(2)?, row.int(3)?);
                Ok(DayCount { day: row.int(0)?, period: row.int(1)?, score })
            })
            .collect()
    }

    /// An account's book in figures, counted when asked.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn book_figures(&self, account: AccountId) -> Result<BookFigures> {
        let mut conn = self.reader().await?;
        let row = conn
            .one(sql!(
                "SELECT (SELECT COUNT(*) FROM contact c WHERE c.account_id = $1),
                    (SELECT COUNT(DISTINCT t.id) FROM topic t WHERE t.account_id = $1 AND t.state = $2),
                    (SELECT COUNT(*) FROM form f WHERE f.account_id = $1 AND f.open = TRUE),
                    (SELECT COUNT(*) FROM mailing m WHERE m.account_id = $1 AND m.state = $3)",
                account,
                policy::topic::TopicState::Approved.number(),
                policy::facts::MailingState::Running.number(),
            ))
            .await?;
        let former = conn
            .all(sql!(
                "SELECT reason, COUNT(*) FROM former_contact WHERE account_id = $1 GROUP BY reason ORDER BY reason",
                account
            ))
            .await?;
        Ok(BookFigures {
            contacts: row.int(0)?,
            topics: row.int(1)?,
            open_forms: row.int(2)?,
            running: row.int(3)?,
            former: former.iter().map(|row| Ok((row.text(0)?, row.int(1)?))).collect::<Result<_>>()?,
        })
    }
}
