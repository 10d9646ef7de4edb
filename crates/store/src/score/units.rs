//! What the score of an account is made of: mailing by mailing, period by period (R67, R71). Reads the
//! counters of the score that decides, grouped as the rules group them, and judges nothing.

use policy::score::Score;
use policy::{AccountId, MailingId, Timestamp};

use super::{AUTORESPONDER, period, recent_days};
use crate::Store;
use crate::book::MAX_PAGE;
use crate::error::Result;
use crate::mailings::MailingKind;
use crate::sql::{Row, sql};

/// Counting periods that are listed at most, newest first.
const MOST_PERIODS: i64 = 100;

/// What has a score of its own: a newsletter, or one calendar week of an autoresponder (R67).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitScore {
    /// The mailing.
    pub mailing: MailingId,
    /// Its name; empty where the mailing is gone.
    pub name: String,
    /// Of which kind it is.
    pub kind: MailingKind,
    /// The first UTC day of the calendar week, for an autoresponder.
    pub week_from_day: Option<i64>,
    /// The first and the last UTC day on which it was sent.
    pub days: (i64, i64),
    /// The score in the present counting period.
    pub score: Score,
}

/// Where a page of the list ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitStep {
    /// The first day of the last line.
    pub day: i64,
    /// Its mailing.
    pub mailing: MailingId,
}

impl UnitScore {
    /// The step behind this line.
    #[must_use]
    pub const fn step(&self) -> UnitStep {
        UnitStep { day: self.days.0, mailing: self.mailing }
    }
}

/// What was sent in one counting period, and the complaints about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeriodScore {
    /// Its number, from 1.
    pub number: i64,
    /// The first and the last UTC day on which anything was sent.
    pub days: (i64, i64),
    /// The score over the whole period.
    pub score: Score,
}

fn unit(row: &Row) -> Result<UnitScore> {
    let week = row.int(1)?;
    Ok(UnitScore {
        mailing: MailingId::from_raw(row.int(0)?),
        week_from_day: (week >= 0).then_some(week),
        days: (row.int(2)?, row.int(3)?),
        score: Score::new(row.int(4)?, row.int(5)?),
        name: row.text(6)?,
        kind: if row.int(7)? == AUTORESPONDER { MailingKind::Autoresponder } else { MailingKind::Newsletter },
    })
}

/// Which lines are wanted, and in which order.
struct Wanted {
    /// Those sent on or after this day.
    from_day: i64,
    /// Only those with complaints, the highest share first; else all, the newest first.
    gravest: bool,
    before: UnitStep,
    limit: i64,
}

impl Store {
    async fn units(&self, account: AccountId, wanted: Wanted) -> Result<Vec<UnitScore>> {
        let mut conn = self.reader().await?;
        let period = period(&mut conn, account).await?.number;
        let rows = conn
            .all(sql!(
                "SELECT u.mailing_id, u.week, u.first_day, u.last_day, u.complaints, u.sent, u.name, u.kind
                 FROM (SELECT k.mailing_id, COALESCE(m.name, '') AS name, COALESCE(m.kind, 1) AS kind,
                        CASE WHEN m.kind = 2 THEN (k.day + 3) / 7 * 7 - 3 ELSE -1 END AS week,
                        MIN(k.day) AS first_day, MAX(k.day) AS last_day,
                        CAST(SUM(k.complaints) AS BIGINT) AS complaints, CAST(SUM(k.sent) AS BIGINT) AS sent
                    FROM (SELECT s.mailing_id, s.day, 0 AS complaints, s.n AS sent FROM sent_count s WHERE s.account_id = $1 AND s.period = $2
                        UNION ALL SELECT c.mailing_id, c.day, c.n AS complaints, 0 AS sent FROM complaint_count c WHERE c.account_id = $1 AND c.period = $2) AS k
                    LEFT JOIN mailing m ON m.account_id = $1 AND m.id = k.mailing_id
                    GROUP BY k.mailing_id, m.name, m.kind, CASE WHEN m.kind = 2 THEN (k.day + 3) / 7 * 7 - 3 ELSE -1 END) AS u
                 WHERE u.last_day >= $3 AND (u.first_day < $4 OR (u.first_day = $4 AND u.mailing_id < $5)) AND ($6 = FALSE OR u.complaints > 0)
                 ORDER BY CASE WHEN $6 = FALSE OR u.sent = 0 THEN 0 ELSE u.complaints * 1000000 / u.sent END DESC,
                    u.first_day DESC, u.mailing_id DESC LIMIT $7",
                account,
                period,
                wanted.from_day,
                wanted.before.day,
                wanted.before.mailing,
                wanted.gravest,
                wanted.limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter().map(unit).collect()
    }

    /// The scores of an account's mailings in the present counting period, the newest first, behind
    /// `after`; at most `limit` (≤ 500).
    ///
    /// # Errors
    /// `NotFound` for an unknown account; those of the database.
    pub async fn unit_scores(&self, account: AccountId, after: Option<UnitStep>, limit: i64) -> Result<Vec<UnitScore>> {
        let first = UnitStep { day: i64::MAX, mailing: MailingId::from_raw(i64::MAX) };
        let wanted = Wanted { from_day: i64::MIN, gravest: false, before: after.unwrap_or(first), limit };
        self.units(account, wanted).await
    }

    /// Mailings of the last 30 UTC days with complaints, the highest score first; at most `limit` (≤ 500).
    ///
    /// # Errors
    /// `NotFound` for an unknown account; those of the database.
    pub async fn gravest_units(&self, account: AccountId, now: Timestamp, limit: i64) -> Result<Vec<UnitScore>> {
        let before = UnitStep { day: i64::MAX, mailing: MailingId::from_raw(i64::MAX) };
        let wanted = Wanted { from_day: recent_days(now).from, gravest: true, before, limit };
        self.units(account, wanted).await
    }

    /// The counting periods of an account in which anything was sent, the newest first, at most 100.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn period_scores(&self, account: AccountId) -> Result<Vec<PeriodScore>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT k.period, MIN(k.day), MAX(k.day), CAST(SUM(k.complaints) AS BIGINT), CAST(SUM(k.sent) AS BIGINT)
                 FROM (SELECT s.period, s.day, 0 AS complaints, s.n AS sent FROM sent_count s WHERE s.account_id = $1
                    UNION ALL SELECT c.period, c.day, c.n AS complaints, 0 AS sent FROM complaint_count c WHERE c.account_id = $1 AND c.n > 0) AS k
                 GROUP BY k.period ORDER BY k.period DESC LIMIT $2",
                account,
                MOST_PERIODS,
            ))
            .await?;
        rows.iter()
            .map(|row| {
                Ok(PeriodScore {
                    number: row.int(0)?,
                    days: (row.int(1)?, row.int(2)?),
                    score: Score::new(row.int(3)?, row.int(4)?),
                })
            })
            .collect()
    }
}
