//! The complaint score, read exactly from the counters (R66, R67).
//!
//! Mails sent are counted per UTC day of sending, complaints by the day on
//! which their message was sent. A reinstatement begins a new counting period;
//! the counters of older periods stay and count no longer.

mod sources;
mod units;

use policy::consent::FormerReason;
use policy::score::{RECENT, Score, ScoreState, Scores, calendar_week};
use policy::{AccountId, MailingId, Timestamp};

use crate::Store;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::sql::sql;

pub use sources::{ComplaintSources, Share};
pub use units::{PeriodScore, UnitScore, UnitStep};

/// The kind number of autoresponders in the table of mailings.
pub(crate) const AUTORESPONDER: i64 = 2;

/// The scores of an account as they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountScores {
    /// The last 30 UTC days, today included.
    pub recent: Score,
    /// Since the account began or was reinstated.
    pub life: Score,
    /// Over everything ever sent, older periods included; shown as history, judged by nobody.
    pub ever: Score,
    /// The gravest state of `recent` and `life`.
    pub state: ScoreState,
    /// The counting period, from 1.
    pub period: i64,
    /// When it began.
    pub counting_since: Timestamp,
}

/// The score of one mailing; of an autoresponder, of one calendar week of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailingScore {
    /// The mailing.
    pub mailing: MailingId,
    /// The first UTC day of the calendar week, for an autoresponder.
    pub week_from_day: Option<i64>,
    /// The score.
    pub score: Score,
}

/// People who unsubscribed: natural churn, shown beside the score and no part of it (R43).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unsubscribed {
    /// Within the last 30 UTC days, today included.
    pub recent: i64,
    /// Since the account's counting began.
    pub life: i64,
}

/// The counting period of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) number: i64,
    pub(crate) since: Timestamp,
}

/// The first and last UTC day that a score spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Days {
    from: i64,
    to: i64,
}

const ALL_DAYS: Days = Days { from: i64::MIN, to: i64::MAX };

fn recent_days(now: Timestamp) -> Days {
    let days = i64::try_from(RECENT.as_secs() / (24 * 60 * 60)).unwrap_or(30);
    Days { from: now.day() - days + 1, to: i64::MAX }
}

/// The calendar week that a day lies in: Monday to Sunday, UTC.
fn week_of(day: i64) -> Days {
    let week = calendar_week(Timestamp::from_seconds(day.saturating_mul(24 * 60 * 60)));
    Days { from: week * 7 - 3, to: week * 7 + 3 }
}

/// The counting period of an account.
pub(crate) async fn period(conn: &mut Conn, account: AccountId) -> Result<Period> {
    let row = conn.optional(sql!("SELECT period, counting_since FROM account WHERE id = $1", account)).await?;
    let row = row.ok_or(StoreError::NotFound("account"))?;
    Ok(Period { number: row.int(0)?, since: row.time(1)? })
}

async fn of_account(conn: &mut Conn, account: AccountId, from_period: i64, days: Days) -> Result<Score> {
    let row = conn
        .one(sql!(
            "SELECT CAST(COALESCE((SELECT SUM(n) FROM complaint_count WHERE account_id = $1 AND period >= $2 AND day BETWEEN $3 AND $4), 0) AS BIGINT),
                CAST(COALESCE((SELECT SUM(n) FROM sent_count WHERE account_id = $1 AND period >= $2 AND day BETWEEN $3 AND $4), 0) AS BIGINT)",
            account,
            from_period,
            days.from,
            days.to,
        ))
        .await?;
    Ok(Score::new(row.int(0)?, row.int(1)?))
}

async fn of_mailing(conn: &mut Conn, account: AccountId, period: i64, mailing: MailingId, days: Days) -> Result<Score> {
    let row = conn
        .one(sql!(
            "SELECT CAST(COALESCE((SELECT SUM(n) FROM complaint_count
                    WHERE account_id = $1 AND period = $2 AND mailing_id = $3 AND day BETWEEN $4 AND $5), 0) AS BIGINT),
                CAST(COALESCE((SELECT SUM(n) FROM sent_count
                    WHERE account_id = $1 AND period = $2 AND mailing_id = $3 AND day BETWEEN $4 AND $5), 0) AS BIGINT)",
            account,
            period,
            mailing,
            days.from,
            days.to,
        ))
        .await?;
    Ok(Score::new(row.int(0)?, row.int(1)?))
}

/// What a complaint is about, as far as the score goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Concerned {
    pub(crate) mailing: MailingId,
    pub(crate) autoresponder: bool,
    /// The UTC day on which the message was sent.
    pub(crate) sent_day: i64,
}

/// The three scores that decide after a complaint, in the open transaction (R67).
pub(crate) async fn for_decision(
    conn: &mut Conn,
    account: AccountId,
    concerned: Concerned,
    now: Timestamp,
) -> Result<Scores> {
    let period = period(conn, account).await?.number;
    let days = if concerned.autoresponder { week_of(concerned.sent_day) } else { ALL_DAYS };
    Ok(Scores {
        mailing: of_mailing(conn, account, period, concerned.mailing, days).await?,
        recent: of_account(conn, account, period, recent_days(now)).await?,
        life: of_account(conn, account, period, ALL_DAYS).await?,
    })
}

/// Moves the complaint counter of a day by one; never below zero.
pub(crate) async fn move_complaints(
    conn: &mut Conn,
    account: AccountId,
    period: i64,
    mailing: MailingId,
    day: i64,
    change: i64,
) -> Result<i64> {
    let row = conn
        .one(sql!(
            "INSERT INTO complaint_count (account_id, period, mailing_id, day, n)
             VALUES ($1, $2, $3, $4, CASE WHEN CAST($5 AS BIGINT) > 0 THEN CAST($5 AS BIGINT) ELSE 0 END)
             ON CONFLICT (account_id, period, mailing_id, day) DO UPDATE SET n =
                CASE WHEN complaint_count.n + CAST($5 AS BIGINT) > 0 THEN complaint_count.n + CAST($5 AS BIGINT) ELSE 0 END RETURNING n",
            account,
            period,
            mailing,
            day,
            change,
        ))
        .await?;
    row.int(0)
}

impl Store {
    /// The scores of an account, exact at this moment (R66, R67).
    ///
    /// # Errors
    /// `NotFound` for an unknown account; those of the database.
    pub async fn scores(&self, account: AccountId, now: Timestamp) -> Result<AccountScores> {
        let mut conn = self.reader().await?;
        let period = period(&mut conn, account).await?;
        let recent = of_account(&mut conn, account, period.number, recent_days(now)).await?;
        let life = of_account(&mut conn, account, period.number, ALL_DAYS).await?;
        let ever = of_account(&mut conn, account, i64::MIN, ALL_DAYS).await?;
        let state = recent.state().max(life.state());
        Ok(AccountScores { recent, life, ever, state, period: period.number, counting_since: period.since })
    }

    /// How many people unsubscribed from the account and stayed away (R43). Who complained or
    /// bounced is none of them, nor is anybody whose every trace was erased.
    ///
    /// # Errors
    /// `NotFound` for an unknown account; those of the database.
    pub async fn unsubscribed(&self, account: AccountId, now: Timestamp) -> Result<Unsubscribed> {
        let mut conn = self.reader().await?;
        let since = period(&mut conn, account).await?.since;
        let recent = Timestamp::from_seconds(recent_days(now).from.saturating_mul(24 * 60 * 60));
        let row = conn
            .one(sql!(
                "SELECT (SELECT COUNT(*) FROM former_contact WHERE account_id = $1 AND reason = $2 AND left_at >= $3),
                    (SELECT COUNT(*) FROM former_contact WHERE account_id = $1 AND reason = $2 AND left_at >= $4)",
                account,
                FormerReason::Unsubscribed.word(),
                recent,
                since,
            ))
            .await?;
        Ok(Unsubscribed { recent: row.int(0)?, life: row.int(1)? })
    }

    /// The score of one mailing in the present counting period: of a newsletter
    /// one figure, of an autoresponder the calendar weeks, newest first, at most 60.
    ///
    /// # Errors
    /// `NotFound` for an unknown mailing of this account; those of the database.
    pub async fn mailing_scores(&self, account: AccountId, mailing: MailingId) -> Result<Vec<MailingScore>> {
        let mut conn = self.reader().await?;
        let row =
            conn.optional(sql!("SELECT kind FROM mailing WHERE account_id = $1 AND id = $2", account, mailing)).await?;
        let autoresponder = row.ok_or(StoreError::NotFound("mailing"))?.int(0)? == AUTORESPONDER;
        let period = period(&mut conn, account).await?.number;
        if !autoresponder {
            let score = of_mailing(&mut conn, account, period, mailing, ALL_DAYS).await?;
            return Ok(vec![MailingScore { mailing, week_from_day: None, score }]);
        }
        let mut scores = Vec::new();
        for week in weeks(&mut conn, account, period, mailing).await? {
            let score = of_mailing(&mut conn, account, period, mailing, week).await?;
            scores.push(MailingScore { mailing, week_from_day: Some(week.from), score });
        }
        Ok(scores)
    }
}

/// Weeks of an autoresponder that are listed at most.
const WEEKS: usize = 60;

/// The calendar weeks in which anything was sent, newest first.
async fn weeks(conn: &mut Conn, account: AccountId, period: i64, mailing: MailingId) -> Result<Vec<Days>> {
    let rows = conn
        .all(sql!(
            "SELECT DISTINCT day FROM sent_count WHERE account_id = $1 AND period = $2 AND mailing_id = $3 ORDER BY day DESC LIMIT 420",
            account,
            period,
            mailing,
        ))
        .await?;
    let mut weeks: Vec<Days> = rows.iter().map(|row| row.int(0).map(week_of)).collect::<Result<_>>()?;
    weeks.dedup();
    weeks.truncate(WEEKS);
    Ok(weeks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_week_begins_on_monday() {
        // Day 20458 is Monday, 2026-01-05.
        for day in 20_458..20_465 {
            assert_eq!(week_of(day), Days { from: 20_458, to: 20_464 }, "{day}");
        }
    }

    #[test]
    fn thirty_days_include_today() {
        let now = Timestamp::from_seconds(20_458 * 86_400 + 5);
        assert_eq!(recent_days(now).from, 20_458 - 29);
    }
}
