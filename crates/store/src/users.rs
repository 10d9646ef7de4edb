//! Users: the people who work in an account. Test mails go to them, and to nobody else (R8, D13).

use policy::invalid::Invalid;
use policy::refusal::Cancellation;
use policy::role::Role;
use policy::sender::ShortName;
use policy::{AccountId, ContactId, LoginId, MailingId, NoticeId, Purpose, Timestamp, UserId};
use seals::AddressKey;
use texts::Language;

use mail_formats::address::EmailAddress;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::notices::{NewNotice, plan};
use crate::profiles::{address, language};
use crate::sql::{Row, sql};
use crate::writer::Urgency;
use crate::{Store, accounts, audit, cases, ids, logins};

/// Users that an account may have.
pub const MAX_USERS: i64 = 100;
/// Test mails of an account in 24 hours (R8).
pub const TEST_MAILS_A_DAY: i64 = 50;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The number.
    pub id: UserId,
    /// The name.
    pub name: String,
    /// The address.
    pub address: EmailAddress,
    /// The language.
    pub language: Language,
    /// When the address was proven; nothing but the proof mail goes there before.
    pub proven_at: Option<Timestamp>,
    /// When the user stopped test mails.
    pub tests_stopped_at: Option<Timestamp>,
    /// When the newest proof mail was planned.
    pub proof_sent_at: Option<Timestamp>,
    /// Since when there is one.
    pub created_at: Timestamp,
    /// What the user may do, signed in.
    pub role: Role,
    /// The log-in by which the user works here; none for somebody who gets test mails alone.
    pub login: Option<LoginId>,
}

/// A user to be added.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The name (R8: short, without links).
    pub name: ShortName,
    /// The address.
    pub address: EmailAddress,
    /// Its key.
    pub key: AddressKey,
    /// The language.
    pub language: Language,
    /// What the user may do, signed in.
    pub role: Role,
}

fn user(row: &Row) -> Result<User> {
    Ok(User {
        id: UserId::from_raw(row.int(0)?),
        name: row.text(1)?,
        address: address(&row.text(2)?)?,
        language: language(&row.text(3)?)?,
        proven_at: row.time_opt(4)?,
        tests_stopped_at: row.time_opt(5)?,
        proof_sent_at: row.time_opt(6)?,
        created_at: row.time(7)?,
        role: logins::role(row.int(8)?)?,
        login: row.int_opt(9)?.map(LoginId::from_raw),
    })
}

/// Test mails of the account planned in the last 24 hours.
async fn tests_lately(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<i64> {
    let row = conn
        .one(sql!(
            "SELECT COUNT(*) FROM notice WHERE account_id = $1 AND purpose = $2 AND planned_at > $3",
            account,
            Purpose::TestMail,
            now - DAY,
        ))
        .await?;
    row.int(0)
}

async fn plan_test(conn: &mut Conn, account: AccountId, mailing: MailingId, to: UserId, now: Timestamp) -> Result<()> {
    let row = conn
        .optional(sql!(
            "SELECT id, name, address, language, proven_at, tests_stopped_at, proof_sent_at, created_at, role, login_id, address_key
             FROM app_user WHERE account_id = $1 AND id = $2",
            account,
            to,
        ))
        .await?
        .ok_or(StoreError::NotFound("user"))?;
    let user = user(&row)?;
    if user.proven_at.is_none() {
        return Err(StoreError::Invalid(Invalid::TestUserNotProven { user: user.name }));
    }
    if user.tests_stopped_at.is_some() {
        return Err(StoreError::Invalid(Invalid::TestUserStopped { user: user.name }));
    }
    let notice = NewNotice {
        id: NoticeId::from_raw(ids::take_inside(conn, now, 1).await?),
        account: Some(account),
        purpose: Purpose::TestMail,
        person: Some(to.get()),
        mailing: Some(mailing),
        address: user.address,
        address_key: AddressKey::from_bytes(row.hash(10)?),
        language: user.language,
        template: String::new(),
        params: BTreeMap::new(),
        stored: None,
        dedupe_key: None,
        due_at: now,
        expires_at: now + DAY,
    };
    plan(conn, notice, now).await.map(drop)
}

async fn plan_tests(
    conn: &mut Conn,
    account: AccountId,
    mailing: MailingId,
    to: Vec<UserId>,
    now: Timestamp,
) -> Result<usize> {
    // The account's lock makes two requests at once count each other's mails.
    let (standing, _) = cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
    accounts::must_send(standing)?;
    let known =
        conn.optional(sql!("SELECT 1 FROM mailing WHERE account_id = $1 AND id = $2", account, mailing)).await?;
    if known.is_none() {
        return Err(StoreError::NotFound("mailing"));
    }
    let wanted = i64::try_from(to.len()).unwrap_or(i64::MAX);
    if wanted == 0 || tests_lately(conn, account, now).await?.saturating_add(wanted) > TEST_MAILS_A_DAY {
        return Err(StoreError::Invalid(Invalid::TestMails { limit: TEST_MAILS_A_DAY }));
    }
    for user in &to {
        plan_test(conn, account, mailing, *user, now).await?;
    }
    Ok(to.len())
}

/// Refuses to take away the last owner who can sign in. The account is locked by the caller, so that
/// two owners cannot remove each other.
async fn keep_an_owner(conn: &mut Conn, account: AccountId, id: UserId) -> Result<()> {
    let rows = conn
        .all(sql!(
            "SELECT id FROM app_user WHERE account_id = $1 AND role = $2 AND login_id IS NOT NULL",
            account,
            Role::Owner,
        ))
        .await?;
    match rows.as_slice() {
        [only] if only.int(0)? == id.get() => Err(StoreError::Invalid(Invalid::LastOwner)),
        _ => Ok(()),
    }
}

/// Notes that a user wants no more test mails (D13). A repeat changes nothing. Returns whether there is such a user.
pub(crate) async fn stop_tests_of(conn: &mut Conn, id: UserId, now: Timestamp) -> Result<bool> {
    let found = conn
        .execute(sql!(
            "UPDATE app_user SET facts_version = facts_version + CASE WHEN tests_stopped_at IS NULL THEN 1 ELSE 0 END,
                tests_stopped_at = COALESCE(tests_stopped_at, $1)
             WHERE account_id = $2 AND id = $3",
            now,
            id.account(),
            id,
        ))
        .await?;
    Ok(found == 1)
}

impl Store {
    /// Adds a user. The address is used for nothing before it is proven
    /// ([`Store::ask_proof`]).
    ///
    /// # Errors
    /// `Invalid` when the account has a user with this address, and for the hundred-and-first;
    /// `NotFound` for an unknown account.
    pub async fn add_user(&self, account: AccountId, new: NewUser, by: &str, now: Timestamp) -> Result<UserId> {
        let id = UserId::from_raw(self.next_person_id(account).await?.get());
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
                let row = conn.one(sql!("SELECT COUNT(*) FROM app_user WHERE account_id = $1", account)).await?;
                if row.int(0)? >= MAX_USERS {
                    return Err(StoreError::Invalid(Invalid::TooManyUsers { limit: MAX_USERS }));
                }
                let added = conn
                    .execute(sql!(
                        "INSERT INTO app_user (account_id, id, name, address, address_key, language, proven_at, tests_stopped_at, proof_sent_at,
                            facts_version, created_at, role)
                         VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL, NULL, 1, $7, $8) ON CONFLICT (account_id, address_key) DO NOTHING",
                        account,
                        id,
                        new.name.as_str(),
                        new.address.as_str(),
                        new.key,
                        new.language.code(),
                        now,
                        new.role,
                    ))
                    .await?;
                if added == 0 {
                    return Err(StoreError::Invalid(Invalid::UserTaken));
                }
                audit::note(conn, account, &by, "user_added", format!("{id} {} as {}", new.name.as_str(), new.role), now).await?;
                Ok(id)
            })
        })
        .await
    }

    /// The users of an account, by number; there are 100 at most.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn users(&self, account: AccountId) -> Result<Vec<User>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, name, address, language, proven_at, tests_stopped_at, proof_sent_at, created_at, role, login_id
                 FROM app_user WHERE account_id = $1 ORDER BY id",
                account,
            ))
            .await?;
        rows.iter().map(user).collect()
    }

    /// One user of the account.
    ///
    /// # Errors
    /// `NotFound` for any other number; those of the database.
    pub async fn user(&self, account: AccountId, id: UserId) -> Result<User> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT id, name, address, language, proven_at, tests_stopped_at, proof_sent_at, created_at, role, login_id
                 FROM app_user WHERE account_id = $1 AND id = $2",
                account,
                id,
            ))
            .await?;
        user(&row.ok_or(StoreError::NotFound("user"))?)
    }

    /// Changes what a user may do, at once.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for the last owner.
    pub async fn set_role(&self, account: AccountId, id: UserId, role: Role, by: &str, now: Timestamp) -> Result<()> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
                if role != Role::Owner {
                    keep_an_owner(conn, account, id).await?;
                }
                let set = conn
                    .execute(sql!("UPDATE app_user SET role = $1 WHERE account_id = $2 AND id = $3", role, account, id))
                    .await?;
                if set == 0 {
                    return Err(StoreError::NotFound("user"));
                }
                audit::note(conn, account, &by, "role_changed", format!("{id} is {role}"), now).await
            })
        })
        .await
    }

    /// Removes a user: signed in or not, the person sees nothing of the account any more. Open mail
    /// to it is cancelled, and none can be completed once this returns.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for the last owner; those of the database.
    pub async fn remove_user(&self, account: AccountId, id: UserId, by: &str, now: Timestamp) -> Result<()> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("user"))?;
                keep_an_owner(conn, account, id).await?;
                let removed =
                    conn.execute(sql!("DELETE FROM app_user WHERE account_id = $1 AND id = $2", account, id)).await?;
                if removed == 0 {
                    return Err(StoreError::NotFound("user"));
                }
                audit::note(conn, account, &by, "user_removed", id.to_string(), now).await
            })
        })
        .await?;
        self.drain_person(ContactId::from_raw(id.get()), Cancellation::Erased).await;
        Ok(())
    }

    /// The user stops test mails by the link in one or by mail (D13). Repeating changes nothing. Returns
    /// whether there is such a user, when no test mail to it can be completed any more.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn stop_tests(&self, id: UserId, now: Timestamp) -> Result<bool> {
        let stopped = self.write(Urgency::AtOnce, move |conn| Box::pin(stop_tests_of(conn, id, now))).await?;
        self.drain_person(ContactId::from_raw(id.get()), Cancellation::Unsubscribed).await;
        Ok(stopped)
    }

    /// Plans test mails of a mailing to users with proven addresses, at most 50 in 24 hours for an
    /// account (R8). Returns how many.
    ///
    /// # Errors
    /// `NotFound` for mailing or user; `Invalid` for a user that is not proven or stopped test
    /// mails, for too many, and for an account that is not active. Nothing is planned then.
    pub async fn send_test(
        &self,
        account: AccountId,
        mailing: MailingId,
        to: Vec<UserId>,
        now: Timestamp,
    ) -> Result<usize> {
        self.write(Urgency::AtOnce, move |conn| Box::pin(plan_tests(conn, account, mailing, to, now))).await
    }
}
