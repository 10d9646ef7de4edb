//! Claims: which mail is due, and whose turn it is (DESIGN §4, step 1).
//!
//! A claim is fair between accounts because the caller goes round the mailings
//! that have something due and says how many rows of each it takes. On
//! PostgreSQL rows that another node is just taking are passed over.

use policy::facts::MailingState;
use policy::{AccountId, ContactId, MailingId, NoticeId, Purpose, RowId, RowState, Standing, Timestamp, retry};

use crate::Store;
use crate::conn::Conn;
use crate::deliveries::Claim;
use crate::error::{Result, StoreError};
use crate::lives::LifeId;
use crate::sql::{Row, Value, batches, sql};
use crate::writer::Urgency;

/// A mailing that has rows due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueMailing {
    /// Whose it is.
    pub account: AccountId,
    /// The mailing.
    pub mailing: MailingId,
}

/// A row that now belongs to a life, with what decides about its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedRow {
    /// The claim.
    pub claim: Claim,
    /// The account; 0 for mail of the operator.
    pub account: AccountId,
    /// The recipient's domain, folded.
    pub domain: String,
    /// When trying ends.
    pub expires_at: Timestamp,
    /// 4yz replies so far.
    pub deferrals: i64,
    /// The class word of the last deferral, or the rule that last held the row.
    pub reason: Option<String>,
    /// An attempt was lost after its final dot.
    pub doubt: bool,
}

/// What a life wants to claim.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// So many notices; they come before bulk (R15).
    pub notices: usize,
    /// So many rows of each of these mailings.
    pub mailings: Vec<(MailingId, usize)>,
    /// Domains whose destination takes nothing now. At most 512, with those that are full.
    pub closed_domains: Vec<String>,
    /// Domains for which bulk enough waits; notices are claimed all the same (R15).
    pub full_domains: Vec<String>,
}

/// Mailings that one look returns at most.
const LOOK: i64 = 512;

impl Store {
    /// Running mailings of active accounts that have rows due, in the order of their accounts,
    /// from `after` on; at most 512. An empty answer means: start again from the beginning.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn due_mailings(&self, after: Option<DueMailing>, now: Timestamp) -> Result<Vec<DueMailing>> {
        let (account, mailing) = after.map_or((-1, -1), |last| (last.account.get(), last.mailing.get()));
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT m.account_id, m.id FROM mailing m JOIN account a ON a.id = m.account_id
                 WHERE m.state = $1 AND a.standing = $2 AND (m.account_id, m.id) > ($3, $4)
                    AND NOT EXISTS (SELECT 1 FROM installation i WHERE i.sending_paused OR i.frozen)
                    AND EXISTS (SELECT 1 FROM delivery d WHERE d.mailing_id = m.id AND d.state IN (0, 3, 4) AND d.due_at <= $5)
                 ORDER BY m.account_id, m.id LIMIT $6",
                MailingState::Running.number(),
                Standing::Active,
                account,
                mailing,
                now,
                LOOK,
            ))
            .await?;
        rows.iter()
            .map(|row| {
                Ok(DueMailing { account: AccountId::from_raw(row.int(0)?), mailing: MailingId::from_raw(row.int(1)?) })
            })
            .collect()
    }

    /// Claims rows for a life, in one transaction.
    ///
    /// # Errors
    /// Those of the database. The claim may stand all the same (its reply was lost): it ends by
    /// the beats that the life counts on.
    pub async fn claim(&self, life: LifeId, beat: i64, wanted: Wanted, now: Timestamp) -> Result<Vec<ClaimedRow>> {
        self.write(Urgency::Soft, move |conn| {
            Box::pin(async move {
                let mut claimed = claim_notices(conn, life, beat, &wanted, now).await?;
                let closed = [wanted.closed_domains, wanted.full_domains].concat();
                for (mailing, n) in &wanted.mailings {
                    claimed.extend(claim_of_mailing(conn, life, beat, *mailing, *n, &closed, now).await?);
                }
                Ok(claimed)
            })
        })
        .await
    }
}

fn limit(n: usize) -> i64 {
    i64::try_from(n.min(512)).unwrap_or(512)
}

/// The closed domains as rows; a batch needs at least one, and no domain is empty.
fn closed(domains: &[String]) -> Vec<Vec<Value>> {
    let mut rows: Vec<_> = domains.iter().take(512).map(|domain| vec![Value::from(domain.as_str())]).collect();
    if rows.is_empty() {
        rows.push(vec![Value::from("")]);
    }
    rows
}

async fn claim_of_mailing(
    conn: &mut Conn,
    life: LifeId,
    beat: i64,
    mailing: MailingId,
    n: usize,
    closed_domains: &[String],
    now: Timestamp,
) -> Result<Vec<ClaimedRow>> {
    let found = conn
        .all(
            sql!(
                "WITH v(domain) AS (VALUES {rows})
                 SELECT d.account_id, d.domain, d.expires_at, d.deferrals, d.reason, d.doubt, d.attempt, d.contact_id, m.resumed_at, m.expiry_hours
                 FROM delivery d LEFT JOIN mailing m ON m.account_id = d.account_id AND m.id = d.mailing_id
                 WHERE d.mailing_id = $1 AND d.state IN (0, 3, 4) AND d.due_at <= $2 AND d.domain NOT IN (SELECT domain FROM v)
                 ORDER BY d.due_at LIMIT $3 {skip_locked_d}",
                mailing,
                now,
                limit(n),
            )
            .rows(closed(closed_domains)),
        )
        .await?;
    let claimed = found.iter().map(|row| of_mailing(row, life, mailing)).collect::<Result<Vec<_>>>()?;
    let keys =
        found.iter().map(|row| Ok(vec![Value::from(mailing), Value::from(row.int(7)?)])).collect::<Result<Vec<_>>>()?;
    for batch in batches(keys) {
        conn.execute(
            sql!(
                "WITH v(mailing_id, contact_id) AS (VALUES {rows})
                 UPDATE delivery SET state = $1, owner = $2, owner_beat = $3, attempt = attempt + 1 FROM v
                 WHERE delivery.mailing_id = v.mailing_id AND delivery.contact_id = v.contact_id AND delivery.state <> $1",
                RowState::Claimed,
                life,
                beat,
            )
            .rows(batch),
        )
        .await?;
    }
    Ok(claimed)
}

/// A pause takes nothing from the time for which a mail is tried: its end begins that time anew.
fn of_mailing(row: &Row, life: LifeId, mailing: MailingId) -> Result<ClaimedRow> {
    let mut claimed =
        claimed(row, life, |row| Ok(RowId::Delivery { mailing, contact: ContactId::from_raw(row.int(7)?) }))?;
    if let (Some(resumed), Some(hours)) = (row.time_opt(8)?, row.int_opt(9)?) {
        claimed.expires_at = claimed.expires_at.max(retry::bulk_gives_up_at(resumed, hours));
    }
    Ok(claimed)
}

async fn claim_notices(
    conn: &mut Conn,
    life: LifeId,
    beat: i64,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Vec<ClaimedRow>> {
    if wanted.notices == 0 {
        return Ok(Vec::new());
    }
    let found = conn
        .all(
            sql!(
                "WITH v(domain) AS (VALUES {rows})
                 SELECT d.account_id, d.domain, d.expires_at, d.deferrals, d.reason, d.doubt, d.attempt, d.id
                 FROM notice d
                 WHERE d.state IN (0, 3, 4) AND d.due_at <= $1 AND d.domain NOT IN (SELECT domain FROM v)
                    AND NOT EXISTS (SELECT 1 FROM installation i WHERE i.sending_paused OR i.frozen)
                 ORDER BY d.due_at LIMIT $2 {skip_locked_d}",
                now,
                limit(wanted.notices),
            )
            .rows(closed(&wanted.closed_domains)),
        )
        .await?;
    let claimed = found
        .iter()
        .map(|row| claimed(row, life, |row| Ok(RowId::Notice(NoticeId::from_raw(row.int(7)?)))))
        .collect::<Result<Vec<_>>>()?;
    let keys = found.iter().map(|row| Ok(vec![Value::from(row.int(7)?)])).collect::<Result<Vec<_>>>()?;
    for batch in batches(keys) {
        conn.execute(
            sql!(
                "WITH v(id) AS (VALUES {rows})
                 UPDATE notice SET state = $1, owner = $2, owner_beat = $3, attempt = attempt + 1 FROM v
                 WHERE notice.id = v.id AND notice.state <> $1",
                RowState::Claimed,
                life,
                beat,
            )
            .rows(batch),
        )
        .await?;
    }
    Ok(claimed)
}

fn claimed(row: &Row, life: LifeId, id: impl Fn(&Row) -> Result<RowId>) -> Result<ClaimedRow> {
    Ok(ClaimedRow {
        claim: Claim { row: id(row)?, life, attempt: row.int(6)? + 1 },
        account: AccountId::from_raw(row.int(0)?),
        domain: row.text(1)?,
        expires_at: row.time(2)?,
        deferrals: row.int(3)?,
        reason: row.text_opt(4)?,
        doubt: row.bool(5)?,
    })
}

/// The purpose of a row's mailing or notice.
pub(crate) fn purpose(number: i64) -> Result<Purpose> {
    Purpose::from_number(number).ok_or_else(|| StoreError::Corrupt(format!("{number} is no purpose")))
}
