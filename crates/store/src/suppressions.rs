//! The exclusion list: addresses that get nothing from anybody (R57–R61, D6).
//!
//! Entries are keyed by the keyed hash of the address; the clear address stands
//! beside it until it is erased. The cause is never shown to another account (R60).

use policy::bounce::{ExclusionReason, Lifter, may_lift};
use policy::{AccountId, IncidentId, MailingId, Timestamp};
use seals::AddressKey;

use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::sql::{Row, sql};
use crate::words::signed;
use crate::writer::Urgency;
use crate::{Store, bounces};

/// An address to be excluded.
#[derive(Clone, Debug)]
pub struct NewSuppression {
    /// Its key.
    pub key: AddressKey,
    /// Its clear text, where it is known.
    pub address: Option<String>,
    /// Why.
    pub reason: ExclusionReason,
    /// The account whose mail caused it.
    pub account: Option<AccountId>,
    /// The mailing whose mail caused it.
    pub mailing: Option<MailingId>,
    /// The receiver's words.
    pub reply: Option<String>,
    /// The receiver's provider group.
    pub provider_group: Option<String>,
}

/// An entry of the exclusion list, with its cause: for the operator only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The key of the address.
    pub key: AddressKey,
    /// The address, unless it was erased.
    pub address: Option<String>,
    /// Why.
    pub reason: ExclusionReason,
    /// Since when.
    pub at: Timestamp,
    /// The account whose mail caused it.
    pub account: Option<AccountId>,
    /// The mailing whose mail caused it.
    pub mailing: Option<MailingId>,
    /// The receiver's words.
    pub reply: Option<String>,
    /// The incident that one decision may lift it with.
    pub incident: Option<IncidentId>,
    /// It was lifted before and excluded again since: only the operator lifts it now (D6).
    pub lifted_before: bool,
}

/// What became of a wish to lift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifted {
    /// The address is off the list. That only allows a new double opt-in: who left an address book stays out.
    Lifted,
    /// It was not on the list.
    NotListed,
    /// This way is not allowed to lift this entry; the operator can.
    NeedsOperator,
}

/// Excludes an address in the open transaction. The first cause stays. Returns whether it is new.
pub(crate) async fn add_in(conn: &mut Conn, entry: &NewSuppression, now: Timestamp) -> Result<bool> {
    let added = conn
        .execute(sql!(
            "INSERT INTO suppression (address_key, address, reason, at, source_account, source_mailing, source_reply, provider_group, incident_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL) ON CONFLICT (address_key) DO NOTHING",
            entry.key,
            entry.address.as_deref(),
            entry.reason.word(),
            now,
            entry.account.map_or(0, AccountId::get),
            entry.mailing,
            entry.reply.as_deref(),
            entry.provider_group.as_deref(),
        ))
        .await?;
    Ok(added == 1)
}

fn reason(word: &str) -> Result<ExclusionReason> {
    let found = ExclusionReason::ALL.into_iter().find(|reason| reason.word() == word);
    found.ok_or_else(|| StoreError::Corrupt(format!("{word:?} is no reason for an exclusion")))
}

fn suppression(row: &Row) -> Result<Suppression> {
    let account = row.int(4)?;
    Ok(Suppression {
        key: AddressKey::from_bytes(row.hash(0)?),
        address: row.text_opt(1)?,
        reason: reason(&row.text(2)?)?,
        at: row.time(3)?,
        account: (account != 0).then(|| AccountId::from_raw(account)),
        mailing: row.int_opt(5)?.map(MailingId::from_raw),
        reply: row.text_opt(6)?,
        incident: row.int_opt(7)?.map(IncidentId::from_raw),
        lifted_before: row.int(8)? > 0,
    })
}

/// The entry of an address, locked while it is changed.
async fn find(conn: &mut Conn, key: &AddressKey) -> Result<Option<Suppression>> {
    let row = conn
        .optional(sql!(
            "SELECT s.address_key, s.address, s.reason, s.at, s.source_account, s.source_mailing, s.source_reply, s.incident_id,
                (SELECT COUNT(*) FROM suppression_lift l WHERE l.address_key = s.address_key)
             FROM suppression s WHERE s.address_key = $1",
            key,
        ))
        .await?;
    row.as_ref().map(suppression).transpose()
}

/// Takes one entry off the list and notes who did it. Its soft bounces are
/// forgotten with it: the address starts anew, not one bounce from the next exclusion.
async fn remove(conn: &mut Conn, key: &AddressKey, by: &str, why: &str, now: Timestamp) -> Result<bool> {
    if conn.execute(sql!("DELETE FROM suppression WHERE address_key = $1", key)).await? == 0 {
        return Ok(false);
    }
    conn.execute(sql!("DELETE FROM soft_bounce WHERE address_key = $1", key)).await?;
    conn.execute(sql!(
        "INSERT INTO suppression_lift (address_key, at, lifted_by, reason) VALUES ($1, $2, $3, $4)
         ON CONFLICT (address_key, at) DO NOTHING",
        key,
        now,
        by,
        why,
    ))
    .await?;
    Ok(true)
}

/// Lifts exclusions that name the incident (D6), at most `most`. Returns how many.
pub(crate) async fn lift_page(
    conn: &mut Conn,
    incident: IncidentId,
    most: i64,
    by: &str,
    why: &str,
    now: Timestamp,
) -> Result<u64> {
    let rows = conn
        .all(sql!(
            "SELECT address_key FROM suppression WHERE incident_id = $1 ORDER BY address_key LIMIT $2",
            incident,
            most,
        ))
        .await?;
    let keys = rows.iter().map(|row| Ok(AddressKey::from_bytes(row.hash(0)?))).collect::<Result<Vec<_>>>()?;
    // A bounce locks its address before it counts and excludes.
    bounces::lock_keys(conn, keys.clone(), now).await?;
    for key in &keys {
        remove(conn, key, by, why, now).await?;
    }
    Ok(keys.len() as u64)
}

impl Store {
    /// Excludes an address by the operator's decision. Returns whether it was
    /// not on the list yet. The caller drains before it answers.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn suppress(&self, entry: NewSuppression, now: Timestamp) -> Result<bool> {
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { add_in(conn, &entry, now).await })).await
    }

    /// The entry of an address under any of its keys (current and older ones).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn suppression(&self, keys: &[AddressKey]) -> Result<Option<Suppression>> {
        let mut conn = self.reader().await?;
        for key in keys {
            if let Some(found) = find(&mut conn, key).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Entries after `after` in the order of their keys, at most `limit`; for the operator.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn suppressions(&self, after: Option<AddressKey>, limit: i64) -> Result<Vec<Suppression>> {
        let after = after.map_or_else(Vec::new, |key| key.as_bytes().to_vec());
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT s.address_key, s.address, s.reason, s.at, s.source_account, s.source_mailing, s.source_reply, s.incident_id,
                    (SELECT COUNT(*) FROM suppression_lift l WHERE l.address_key = s.address_key)
                 FROM suppression s WHERE s.address_key > $1 ORDER BY s.address_key LIMIT $2",
                after,
                limit,
            ))
            .await?;
        rows.iter().map(suppression).collect()
    }

    /// The exclusions that name an incident, after `after` in the order of their keys, at most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn suppressions_of_incident(
        &self,
        incident: IncidentId,
        after: Option<AddressKey>,
        limit: i64,
    ) -> Result<Vec<Suppression>> {
        let after = after.map_or_else(Vec::new, |key| key.as_bytes().to_vec());
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT s.address_key, s.address, s.reason, s.at, s.source_account, s.source_mailing, s.source_reply, s.incident_id,
                    (SELECT COUNT(*) FROM suppression_lift l WHERE l.address_key = s.address_key)
                 FROM suppression s WHERE s.incident_id = $1 AND s.address_key > $2 ORDER BY s.address_key LIMIT $3",
                incident,
                after,
                limit,
            ))
            .await?;
        rows.iter().map(suppression).collect()
    }

    /// When, by whom and why an address was taken off the list, newest first, under any of its keys.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn lifts(&self, keys: &[AddressKey]) -> Result<Vec<(Timestamp, String, String)>> {
        let mut conn = self.reader().await?;
        let mut lifts = Vec::new();
        for key in keys {
            let rows = conn
                .all(sql!("SELECT at, lifted_by, reason FROM suppression_lift WHERE address_key = $1 ORDER BY at DESC LIMIT 50", key))
                .await?;
            for row in &rows {
                lifts.push((row.time(0)?, row.text(1)?, row.text(2)?));
            }
        }
        Ok(lifts)
    }

    /// Takes an address off the exclusion list (D6), under any of its keys.
    /// A lift only allows a new double opt-in.
    ///
    /// # Errors
    /// `Invalid` without a reason; those of the database.
    pub async fn lift_suppression(
        &self,
        keys: Vec<AddressKey>,
        lifter: Lifter,
        by: &str,
        why: &str,
        now: Timestamp,
    ) -> Result<Lifted> {
        let (by, why) = signed(by, why)?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let mut outcome = Lifted::NotListed;
                for key in &keys {
                    let Some(entry) = find(conn, key).await? else { continue };
                    if !may_lift(lifter, entry.reason, entry.lifted_before) {
                        return Ok(Lifted::NeedsOperator);
                    }
                    remove(conn, key, &by, &why, now).await?;
                    outcome = Lifted::Lifted;
                }
                Ok(outcome)
            })
        })
        .await
    }
}
