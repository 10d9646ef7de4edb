//! What became of forms: how often they were submitted and confirmed, by UTC day.
//!
//! A submission counts whatever is known of its address, like the answer that its visitor sees: who
//! could watch a count rise for some addresses only would learn what others did with them (D6, R60).

use policy::{AccountId, FormId, Timestamp};

use crate::Store;
use crate::conn::Conn;
use crate::error::Result;
use crate::sql::sql;

/// One day of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormDay {
    /// The UTC day.
    pub day: i64,
    /// How often it was submitted.
    pub submitted: i64,
    /// How many people confirmed, whenever they had submitted it.
    pub confirmed: i64,
}

/// What became of a form so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FormTotal {
    /// How often it was submitted.
    pub submitted: i64,
    /// How many people confirmed.
    pub confirmed: i64,
}

async fn count(conn: &mut Conn, account: AccountId, form: FormId, more: (i64, i64), now: Timestamp) -> Result<()> {
    conn.execute(sql!(
        "INSERT INTO form_count (account_id, form_id, day, submitted, confirmed) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account_id, form_id, day) DO UPDATE SET submitted = form_count.submitted + excluded.submitted,
            confirmed = form_count.confirmed + excluded.confirmed",
        account,
        form,
        now.day(),
        more.0,
        more.1,
    ))
    .await
    .map(drop)
}

/// Notes a submission.
pub(crate) async fn submitted(conn: &mut Conn, account: AccountId, form: FormId, now: Timestamp) -> Result<()> {
    count(conn, account, form, (1, 0), now).await
}

/// Notes a confirmation.
pub(crate) async fn confirmed(conn: &mut Conn, account: AccountId, form: FormId, now: Timestamp) -> Result<()> {
    count(conn, account, form, (0, 1), now).await
}

impl Store {
    /// What became of the account's forms so far; a form that nobody submitted is not among them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn form_totals(&self, account: AccountId) -> Result<Vec<(FormId, FormTotal)>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT form_id, CAST(SUM(submitted) AS BIGINT), CAST(SUM(confirmed) AS BIGINT) FROM form_count
                 WHERE account_id = $1 GROUP BY form_id ORDER BY form_id",
                account,
            ))
            .await?;
        rows.iter()
            .map(|row| {
                Ok((FormId::from_raw(row.int(0)?), FormTotal { submitted: row.int(1)?, confirmed: row.int(2)? }))
            })
            .collect()
    }

    /// The days of a form from `since` on, oldest first, at most 400; days without anything are left out.
    ///
    /// # Errors
    /// Those of the database. A form of another account has none.
    pub async fn form_days(&self, account: AccountId, form: FormId, since: i64) -> Result<Vec<FormDay>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT day, submitted, confirmed FROM form_count WHERE account_id = $1 AND form_id = $2 AND day >= $3 ORDER BY day LIMIT 400",
                account,
                form,
                since,
            ))
            .await?;
        rows.iter()
            .map(|row| Ok(FormDay { day: row.int(0)?, submitted: row.int(1)?, confirmed: row.int(2)? }))
            .collect()
    }
}
