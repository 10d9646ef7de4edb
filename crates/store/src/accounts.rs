//! Accounts: one customer of the operator each.

use policy::invalid::{Invalid, Item};
use policy::sender::ShortName;
use policy::standing::POLICY_VERSION;
use policy::{AccountId, Refusal, SenderId, Standing, Timestamp};
use texts::Language;

use crate::audit::{self, AuditLine};
use crate::book::MAX_PAGE;
use crate::error::{Result, StoreError};
use crate::profiles::{Profiles, corrupt, language};
use crate::sql::{Row, sql};
use crate::words::line;
use crate::writer::Urgency;
use crate::{Store, legal};

/// The action of an acceptance; its detail is the version.
const POLICY_ACCEPTED: &str = "policy_accepted";
/// Characters of the name of a time zone.
const ZONE_CHARS: usize = 64;

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its name as recipients see it (R8: short, without links).
    pub name: ShortName,
    /// The language of its notices.
    pub language: Language,
    /// The name of its time zone, checked by `policy::zone`.
    pub time_zone: String,
}

/// An account as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: Language,
    /// Its time zone.
    pub time_zone: String,
    /// Active, suspended or terminated.
    pub standing: Standing,
    /// Why, unless it is active.
    pub standing_reason: Option<String>,
    /// Since when.
    pub standing_at: Timestamp,
    /// The address that its mail comes from, once one is proven.
    pub sender: Option<SenderId>,
    /// It accepted the policy and the attestation in their current versions (R7, R23).
    pub policy_accepted: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Only an active account begins to send (R85).
pub(crate) fn must_send(standing: Standing) -> Result<()> {
    match standing {
        Standing::Active => Ok(()),
        Standing::Suspended => Err(StoreError::Invalid(Invalid::AccountSuspended)),
        Standing::Terminated => Err(StoreError::Invalid(Invalid::AccountTerminated)),
    }
}

fn account(row: &Row) -> Result<Account> {
    Ok(Account {
        id: AccountId::from_raw(row.int(0)?),
        name: row.text(1)?,
        language: language(&row.text(2)?)?,
        time_zone: row.text(3)?,
        standing: Standing::from_number(row.int(4)?).ok_or_else(|| corrupt("standing"))?,
        standing_reason: row.text_opt(5)?,
        standing_at: row.time(6)?,
        sender: row.int_opt(7)?.map(SenderId::from_raw),
        policy_accepted: row.int(8)? == POLICY_VERSION,
        created_at: row.time(9)?,
    })
}

impl Store {
    /// Makes an account. It sends nothing until it accepted the policy, proved a sender and gave a
    /// legal notice.
    ///
    /// # Errors
    /// `Unusable` when the account numbers are used up; those of the database.
    pub async fn create_account(&self, new: NewAccount, by: &str, now: Timestamp) -> Result<AccountId> {
        let time_zone = line(Item::TimeZone, &new.time_zone, ZONE_CHARS)?;
        let id = self.next_account_id().await?;
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                conn.execute(sql!(
                    "INSERT INTO account (id, name, language, time_zone, standing, standing_reason, standing_at, facts_version, sender_id,
                        period, counting_since, legal_version, legal_review, policy_version, created_at)
                     VALUES ($1, $2, $3, $4, $5, NULL, $6, 1, NULL, 1, $6, 0, 0, 0, $6)",
                    id,
                    new.name.as_str(),
                    new.language.code(),
                    time_zone,
                    Standing::Active,
                    now,
                ))
                .await?;
                audit::note(conn, id, &by, "account_created", new.name.as_str(), now).await?;
                Ok(id)
            })
        })
        .await
    }

    /// One account.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn account(&self, id: AccountId) -> Result<Account> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT id, name, language, time_zone, standing, standing_reason, standing_at, sender_id, policy_version, created_at
                 FROM account WHERE id = $1",
                id,
            ))
            .await?;
        account(&row.ok_or(StoreError::NotFound("account"))?)
    }

    /// Accounts after `after`, by number, at most `limit` (≤ 500).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn accounts(&self, after: Option<AccountId>, limit: i64) -> Result<Vec<Account>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, name, language, time_zone, standing, standing_reason, standing_at, sender_id, policy_version, created_at
                 FROM account WHERE id > $1 ORDER BY id LIMIT $2",
                after.map_or(0, AccountId::get),
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter().map(account).collect()
    }

    /// Changes name, language and time zone of an account.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn set_account(&self, id: AccountId, settings: NewAccount, by: &str, now: Timestamp) -> Result<()> {
        let time_zone = line(Item::TimeZone, &settings.time_zone, ZONE_CHARS)?;
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let set = conn
                    .execute(sql!(
                        "UPDATE account SET name = $1, language = $2, time_zone = $3, facts_version = facts_version + 1 WHERE id = $4",
                        settings.name.as_str(),
                        settings.language.code(),
                        time_zone,
                        id,
                    ))
                    .await?;
                if set == 0 {
                    return Err(StoreError::NotFound("account"));
                }
                audit::note(conn, id, &by, "account_changed", settings.name.as_str(), now).await
            })
        })
        .await
    }

    /// Records that the account accepts the policy and the attestation (R7, R23) in their current
    /// version.
    ///
    /// # Errors
    /// `Invalid` for another version than the current one; `NotFound`.
    pub async fn accept_policy(&self, id: AccountId, version: i64, by: &str, now: Timestamp) -> Result<()> {
        if version != POLICY_VERSION {
            return Err(StoreError::Invalid(Invalid::PolicyVersion { version: POLICY_VERSION }));
        }
        let by = line(Item::Person, by, 80)?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let set = conn
                    .execute(sql!(
                        "UPDATE account SET policy_version = $1, facts_version = facts_version + 1 WHERE id = $2",
                        version,
                        id
                    ))
                    .await?;
                if set == 0 {
                    return Err(StoreError::NotFound("account"));
                }
                audit::note(conn, id, &by, POLICY_ACCEPTED, version.to_string(), now).await
            })
        })
        .await
    }

    /// When and by whom the policy was accepted last, and in which version; none before the first time.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn policy_acceptance(&self, id: AccountId) -> Result<Option<AuditLine>> {
        audit::newest(&mut self.reader().await?, id, POLICY_ACCEPTED).await
    }

    /// Why nothing of this account would leave now: the first rule that says no. `None` when it may send.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn account_refusal(&self, id: AccountId) -> Result<Option<Refusal>> {
        let mut conn = self.reader().await?;
        let at = legal::review_at(&mut conn).await?;
        let row = conn.optional(sql!("SELECT facts_version FROM account WHERE id = $1", id)).await?;
        let version = row.ok_or(StoreError::NotFound("account"))?.int(0)?;
        let facts =
            Profiles::new(at).account(&mut conn, id, version).await?.ok_or(StoreError::Conflict("the account"))?;
        Ok(policy::send::account_may_send(&facts).err())
    }
}
