//! Sending domains: a customer publishes our records, and then mail may come from there (D7, R62, A11).

use policy::invalid::Invalid;

use mail_formats::address::Domain;
use policy::dns_records::{Authentication, DomainTimes, PublishedKey};
use policy::{AccountId, DomainId, Timestamp};

use crate::Store;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::keys::{self, SealedKey};
use crate::sql::{Row, sql};
use crate::tell::{self, Facts, News};
use crate::writer::Urgency;
use crate::{audit, cases};

/// Sending domains that an account may have.
pub const MAX_DOMAINS: i64 = 50;

/// A sending domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendingDomain {
    /// Its number.
    pub id: DomainId,
    /// Its name.
    pub name: String,
    /// Since when its records are right.
    pub authenticated_at: Option<Timestamp>,
    /// When they were looked at last.
    pub checked_at: Option<Timestamp>,
    /// Since when records that were right are wrong or missing.
    pub failing_since: Option<Timestamp>,
    /// What the last look found: JSON, as whoever looked wrote it.
    pub found: String,
    /// Since when it is registered.
    pub created_at: Timestamp,
}

impl SendingDomain {
    /// Its times, by which the rules judge it.
    #[must_use]
    pub fn times(&self) -> DomainTimes {
        DomainTimes {
            created_at: self.created_at,
            authenticated_at: self.authenticated_at,
            checked_at: self.checked_at,
            failing_since: self.failing_since,
        }
    }
}

fn domain(row: &Row) -> Result<SendingDomain> {
    Ok(SendingDomain {
        id: DomainId::from_raw(row.int(0)?),
        name: row.text(1)?,
        authenticated_at: row.time_opt(2)?,
        checked_at: row.time_opt(3)?,
        failing_since: row.time_opt(4)?,
        found: row.text(5)?,
        created_at: row.time(6)?,
    })
}

async fn add(
    conn: &mut Conn,
    account: AccountId,
    id: DomainId,
    name: String,
    keys: Vec<SealedKey>,
    by: &str,
    now: Timestamp,
) -> Result<DomainId> {
    cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
    let row = conn.one(sql!("SELECT COUNT(*) FROM sending_domain WHERE account_id = $1", account)).await?;
    if row.int(0)? >= MAX_DOMAINS {
        return Err(StoreError::Invalid(Invalid::TooManyDomains { limit: MAX_DOMAINS }));
    }
    let added = conn
        .execute(sql!(
            "INSERT INTO sending_domain (account_id, id, name, platform, authenticated_at, checked_at, failing_since, found, created_at)
             VALUES ($1, $2, $3, FALSE, NULL, NULL, NULL, '[]', $4) ON CONFLICT (account_id, name) DO NOTHING",
            account,
            id,
            name.as_str(),
            now,
        ))
        .await?;
    if added == 0 {
        return Err(StoreError::Invalid(Invalid::DomainTaken));
    }
    keys::insert(conn, keys, now).await?;
    audit::note(conn, account, by, "domain_added", name, now).await?;
    Ok(id)
}

/// What a check does to the row, by what it says of the records.
async fn note_check(
    conn: &mut Conn,
    account: AccountId,
    id: DomainId,
    verdict: Authentication,
    found: &str,
    now: Timestamp,
) -> Result<SendingDomain> {
    let row = conn
        .optional(sql!(
            "SELECT id, name, authenticated_at, checked_at, failing_since, found, created_at
             FROM sending_domain WHERE account_id = $1 AND id = $2 {for_update}",
            account,
            id,
        ))
        .await?;
    let before = domain(&row.ok_or(StoreError::NotFound("domain"))?)?;
    let times = before.times().after_look(verdict, now);
    let after = SendingDomain {
        authenticated_at: times.authenticated_at,
        checked_at: times.checked_at,
        failing_since: times.failing_since,
        found: found.to_owned(),
        ..before.clone()
    };
    conn.execute_one(
        sql!(
            "UPDATE sending_domain SET authenticated_at = $1, checked_at = $2, failing_since = $3, found = $4 WHERE account_id = $5 AND id = $6",
            after.authenticated_at,
            now,
            after.failing_since,
            found,
            account,
            id,
        ),
        "the domain",
    )
    .await?;
    if after.authenticated_at.is_some() != before.authenticated_at.is_some() {
        conn.execute(sql!("UPDATE account SET facts_version = facts_version + 1 WHERE id = $1", account)).await?;
        let lost = after.authenticated_at.is_none();
        audit::note(
            conn,
            account,
            "a check of DNS",
            if lost { "domain_lost" } else { "domain_authenticated" },
            after.name.as_str(),
            now,
        )
        .await?;
        if lost {
            let name = tell::account_name(conn, account).await?;
            let facts = Facts::default().with("account", name).with("domain", &after.name);
            let once = format!("{id}:{}", now.millis());
            tell::account(
                conn,
                account,
                None,
                News { template: "domain_on_hold", params: tell::plain, facts, once },
                now,
            )
            .await?;
        }
    }
    Ok(after)
}

async fn remove(conn: &mut Conn, account: AccountId, id: DomainId, by: &str, now: Timestamp) -> Result<()> {
    let row = conn
        .optional(sql!(
            "SELECT name, (SELECT COUNT(*) FROM sender s WHERE s.account_id = $1 AND s.domain_id = $2)
             FROM sending_domain WHERE account_id = $1 AND id = $2",
            account,
            id,
        ))
        .await?
        .ok_or(StoreError::NotFound("domain"))?;
    if row.int(1)? > 0 {
        return Err(StoreError::Invalid(Invalid::DomainInUse));
    }
    let name = row.text(0)?;
    conn.execute(sql!("DELETE FROM signing_key WHERE account_id = $1 AND domain = $2", account, name.as_str())).await?;
    conn.execute(sql!("DELETE FROM sending_domain WHERE account_id = $1 AND id = $2", account, id)).await?;
    conn.execute(sql!("UPDATE account SET facts_version = facts_version + 1 WHERE id = $1", account)).await?;
    audit::note(conn, account, by, "domain_removed", name, now).await
}

impl Store {
    /// Registers a sending domain with its keys. The door refuses domains of mailbox providers and
    /// of the platform before (D7).
    ///
    /// # Errors
    /// `Conflict` when the account has it already; `Invalid` for one too many; `NotFound`.
    pub async fn add_domain(
        &self,
        account: AccountId,
        name: &Domain,
        keys: Vec<SealedKey>,
        by: &str,
        now: Timestamp,
    ) -> Result<DomainId> {
        let id = DomainId::from_raw(self.next_id().await?);
        let (name, by) = (name.as_str().to_owned(), by.to_owned());
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move { add(conn, account, id, name, keys, &by, now).await })
        })
        .await
    }

    /// The sending domains of an account, by number; there are 50 at most.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn domains(&self, account: AccountId) -> Result<Vec<SendingDomain>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, name, authenticated_at, checked_at, failing_since, found, created_at FROM sending_domain WHERE account_id = $1 ORDER BY id",
                account,
            ))
            .await?;
        rows.iter().map(domain).collect()
    }

    /// One sending domain of the account.
    ///
    /// # Errors
    /// `NotFound` for any other number; those of the database.
    pub async fn domain(&self, account: AccountId, id: DomainId) -> Result<SendingDomain> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT id, name, authenticated_at, checked_at, failing_since, found, created_at FROM sending_domain WHERE account_id = $1 AND id = $2",
                account,
                id,
            ))
            .await?;
        domain(&row.ok_or(StoreError::NotFound("domain"))?)
    }

    /// Every sending domain of all accounts after `after`, by number: for the re-check, and for the
    /// operator's zone. At most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn all_domains(&self, after: Option<DomainId>, limit: i64) -> Result<Vec<(AccountId, SendingDomain)>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, name, authenticated_at, checked_at, failing_since, found, created_at, account_id
                 FROM sending_domain WHERE id > $1 ORDER BY id LIMIT $2",
                after.map_or(0, DomainId::get),
                limit,
            ))
            .await?;
        rows.iter().map(|row| Ok((AccountId::from_raw(row.int(7)?), domain(row)?))).collect()
    }

    /// The keys that mail from this domain of the account is signed with, for the records that name them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn published_keys(&self, account: AccountId, domain: &str) -> Result<Vec<PublishedKey>> {
        let keys = self.signing_keys(Some(account)).await?;
        Ok(keys.into_iter().filter(|key| key.domain == domain && key.active).map(|key| key.published).collect())
    }

    /// Notes what a check of the records found. One answer that fails to come changes nothing, and
    /// records that were right may be missing for 72 hours before mail from the domain waits.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn note_domain_check(
        &self,
        account: AccountId,
        id: DomainId,
        verdict: Authentication,
        found: &str,
        now: Timestamp,
    ) -> Result<SendingDomain> {
        let found = found.to_owned();
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move { note_check(conn, account, id, verdict, &found, now).await })
        })
        .await
    }

    /// Removes a sending domain that no sender uses, with its keys.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` while senders use it.
    pub async fn remove_domain(&self, account: AccountId, id: DomainId, by: &str, now: Timestamp) -> Result<()> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { remove(conn, account, id, &by, now).await }))
            .await
    }
}
