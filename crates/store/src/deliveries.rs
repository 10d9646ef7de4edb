//! The start of a mail: a compare-and-set (DESIGN §4, step 3).
//!
//! A row that a life claimed becomes `started` when nothing that the gate saw
//! has changed since: the versions of installation, account, mailing and
//! person, the exclusion list, and the claim itself. No rule stands here. A
//! mismatch is no error: the row was simply not granted, and whoever holds the
//! claim gives it back.

use policy::{ContactId, FactsVersions, MailingId, NoticeId, Purpose, RowId, RowState};

use crate::Store;
use crate::conn::Conn;
use crate::error::Result;
use crate::lives::LifeId;
use crate::sql::{Value, batches, sql};
use crate::writer::Urgency;

/// The right of one life to work on one row, until it is given back or taken away.
///
/// Every claim of a row has an attempt of its own, so that life and attempt
/// together are the fence: what an older claim still has on its way changes
/// nothing, the truth apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim {
    /// The row.
    pub row: RowId,
    /// Whose claim it is.
    pub life: LifeId,
    /// Counts the claims of the row from 1; its lowest eight bits stand in the return path.
    pub attempt: i64,
}

/// A claim that asks for its ticket, with what the gate saw.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// The claim.
    pub claim: Claim,
    /// The versions under which the gate released the mail.
    pub versions: FactsVersions,
}

impl Store {
    /// Asks for tickets: `claimed` rows become `started`. Returns the claims that were granted;
    /// the others changed meanwhile.
    ///
    /// The caller reads its clock *before* this call, gives up after `TICKET/2`, and never uses
    /// the answer of a call that it gave up. `beat` is the life's beat count, by which a row
    /// that nobody settles is recognised.
    ///
    /// # Errors
    /// Those of the database; then nothing is known of any of these rows, and the caller gives
    /// all of them back.
    pub async fn start(&self, beat: i64, starts: Vec<Start>) -> Result<Vec<Claim>> {
        self.write(Urgency::Soft, move |conn| {
            Box::pin(async move {
                let granted = compare(conn, &starts, RowState::Claimed).await?;
                mark_started(conn, beat, &granted).await?;
                Ok(granted)
            })
        })
        .await
    }

    /// Asks for new tickets of `started` rows whose go-ahead came late: the same comparison.
    /// Returns the claims whose ticket was renewed; every other connection closes without a
    /// final dot.
    ///
    /// # Errors
    /// Those of the database; then no ticket was renewed.
    pub async fn renew(&self, starts: Vec<Start>) -> Result<Vec<Claim>> {
        self.write(Urgency::Soft, move |conn| Box::pin(async move { compare(conn, &starts, RowState::Started).await }))
            .await
    }
}

/// Items by the table of their rows.
pub(crate) type ByTable<'t, T> = (Vec<(MailingId, ContactId, &'t T)>, Vec<(NoticeId, &'t T)>);

/// Splits claims by table. The order of the rows is that of their keys, so that transactions
/// that lock several rows do it in one order.
pub(crate) fn by_table<T>(items: &[T], row: impl Fn(&T) -> RowId) -> ByTable<'_, T> {
    let (mut deliveries, mut notices) = (Vec::new(), Vec::new());
    for item in items {
        match row(item) {
            RowId::Delivery { mailing, contact } => deliveries.push((mailing, contact, item)),
            RowId::Notice(notice) => notices.push((notice, item)),
        }
    }
    // Groups larger than one statement lock in this order too.
    deliveries.sort_by_key(|(mailing, contact, _)| (*mailing, *contact));
    notices.sort_by_key(|(notice, _)| *notice);
    (deliveries, notices)
}

fn versions(start: &Start) -> [Value; 4] {
    let FactsVersions { installation, account, mailing, person } = start.versions;
    [installation, account, mailing, person].map(Value::from)
}

/// The claims for which everything still is as the gate saw it, locked until the transaction ends.
async fn compare(conn: &mut Conn, starts: &[Start], state: RowState) -> Result<Vec<Claim>> {
    let (deliveries, notices) = by_table(starts, |start| start.claim.row);
    let rows = deliveries
        .iter()
        .map(|(mailing, contact, start)| {
            let mut row = vec![
                Value::from(*mailing),
                Value::from(*contact),
                Value::from(start.claim.life),
                Value::from(start.claim.attempt),
            ];
            row.extend(versions(start));
            row
        })
        .collect();
    let mut granted = compare_deliveries(conn, rows, state).await?;
    let rows = notices
        .iter()
        .map(|(notice, start)| {
            let mut row = vec![Value::from(*notice), Value::from(start.claim.life), Value::from(start.claim.attempt)];
            row.extend(versions(start));
            row
        })
        .collect();
    granted.extend(compare_notices(conn, rows, state).await?);
    Ok(granted)
}

async fn compare_deliveries(conn: &mut Conn, rows: Vec<Vec<Value>>, state: RowState) -> Result<Vec<Claim>> {
    let mut granted = Vec::new();
    for batch in batches(rows) {
        let found = conn
            .all(
                sql!(
                    "WITH v(mailing_id, contact_id, life, attempt, installation, account, mailing, person) AS (VALUES {rows}),
                        u AS (SELECT DISTINCT * FROM v)
                     SELECT d.mailing_id, d.contact_id, d.owner, d.attempt
                     FROM u CROSS JOIN delivery d CROSS JOIN contact c CROSS JOIN mailing m CROSS JOIN account a CROSS JOIN installation i
                     WHERE d.mailing_id = u.mailing_id AND d.contact_id = u.contact_id
                        AND d.state = $1 AND d.owner = u.life AND d.attempt = u.attempt
                        AND c.account_id = d.account_id AND c.id = d.contact_id AND c.facts_version = u.person
                        AND m.account_id = d.account_id AND m.id = d.mailing_id AND m.facts_version = u.mailing
                        AND a.id = d.account_id AND a.facts_version = u.account
                        AND i.id = 1 AND i.facts_version = u.installation
                        AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.address_key = c.address_key)
                     ORDER BY d.mailing_id, d.contact_id {for_update_d}",
                    state,
                )
                .rows(batch),
            )
            .await?;
        for row in found {
            let id = RowId::Delivery {
                mailing: MailingId::from_raw(row.int(0)?),
                contact: ContactId::from_raw(row.int(1)?),
            };
            granted.push(Claim { row: id, life: LifeId::from_raw(row.int(2)?), attempt: row.int(3)? });
        }
    }
    Ok(granted)
}

/// Notices have a person by purpose: the pending sign-up of a confirmation mail, a user of the
/// account, or nobody that we keep facts of.
async fn compare_notices(conn: &mut Conn, rows: Vec<Vec<Value>>, state: RowState) -> Result<Vec<Claim>> {
    let mut granted = Vec::new();
    for batch in batches(rows) {
        let found = conn
            .all(
                sql!(
                    "WITH v(id, life, attempt, installation, account, mailing, person) AS (VALUES {rows}),
                        u AS (SELECT DISTINCT * FROM v)
                     SELECT d.id, d.owner, d.attempt
                     FROM u CROSS JOIN notice d CROSS JOIN installation i
                     WHERE d.id = u.id AND d.state = $1 AND d.owner = u.life AND d.attempt = u.attempt
                        AND i.id = 1 AND i.facts_version = u.installation
                        AND COALESCE((SELECT a.facts_version FROM account a WHERE a.id = d.account_id), 0) = u.account
                        AND COALESCE((SELECT m.facts_version FROM mailing m WHERE m.account_id = d.account_id AND m.id = d.mailing_id), 0) = u.mailing
                        AND COALESCE((SELECT p.facts_version FROM signup p WHERE d.purpose = $2 AND p.account_id = d.account_id AND p.id = d.person_id),
                            (SELECT w.facts_version FROM app_user w WHERE d.purpose <> $2 AND w.account_id = d.account_id AND w.id = d.person_id), 0) = u.person
                        AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.address_key = d.address_key)
                     ORDER BY d.id {for_update_d}",
                    state,
                    Purpose::Confirmation,
                )
                .rows(batch),
            )
            .await?;
        for row in found {
            let id = RowId::Notice(NoticeId::from_raw(row.int(0)?));
            granted.push(Claim { row: id, life: LifeId::from_raw(row.int(1)?), attempt: row.int(2)? });
        }
    }
    Ok(granted)
}

async fn mark_started(conn: &mut Conn, beat: i64, granted: &[Claim]) -> Result<()> {
    let (deliveries, notices) = by_table(granted, |claim| claim.row);
    let rows =
        deliveries.iter().map(|(mailing, contact, _)| vec![Value::from(*mailing), Value::from(*contact)]).collect();
    for batch in batches(rows) {
        conn.execute(
            sql!(
                "WITH v(mailing_id, contact_id) AS (VALUES {rows})
                 UPDATE delivery SET state = $1, owner_beat = $2 FROM v
                 WHERE delivery.mailing_id = v.mailing_id AND delivery.contact_id = v.contact_id",
                RowState::Started,
                beat,
            )
            .rows(batch),
        )
        .await?;
    }
    let rows = notices.iter().map(|(notice, _)| vec![Value::from(*notice)]).collect();
    for batch in batches(rows) {
        conn.execute(
            sql!(
                "WITH v(id) AS (VALUES {rows}) UPDATE notice SET state = $1, owner_beat = $2 FROM v WHERE notice.id = v.id",
                RowState::Started,
                beat,
            )
            .rows(batch),
        )
        .await?;
    }
    Ok(())
}
