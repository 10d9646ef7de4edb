//! Invitations: the mail that proves a user's address also lets the person sign in. Its link works
//! once, and while it is young ([`PROOF_VALID`]).

use mail_formats::address::EmailAddress;
use policy::invalid::Invalid;
use policy::role::Role;
use policy::sender::ShortName;
use policy::{AccountId, LoginId, Timestamp, UserId};
use seals::{AddressKey, PasswordHash};
use texts::Language;

use crate::Store;
use crate::address_proofs::PROOF_VALID;
use crate::conn::Conn;
use crate::error::Result;
use crate::logins::{self, Login, NewLogin};
use crate::profiles::{address, language};
use crate::sql::{Row, sql};
use crate::writer::Urgency;
use crate::{StoreError, audit, cases};

/// An invitation that still works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub account_name: String,
    /// The user.
    pub user: UserId,
    /// The user's name, as whoever invited wrote it.
    pub name: String,
    /// The address that the mail went to.
    pub address: EmailAddress,
    /// The language of the mail.
    pub language: Language,
    /// What the person will be allowed to do.
    pub role: Role,
    /// The log-in that the address has already.
    pub login: Option<LoginId>,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// The person works in the account now.
    Joined(LoginId),
    /// The address has a log-in: its person must sign in first.
    SignInFirst,
    /// It works no more: used, too old, or taken back.
    Gone,
}

fn invitation(row: &Row) -> Result<Invitation> {
    Ok(Invitation {
        account: AccountId::from_raw(row.int(0)?),
        account_name: row.text(1)?,
        user: UserId::from_raw(row.int(2)?),
        name: row.text(3)?,
        address: address(&row.text(4)?)?,
        language: language(&row.text(5)?)?,
        role: logins::role(row.int(6)?)?,
        login: None,
    })
}

async fn find(conn: &mut Conn, id: UserId, now: Timestamp) -> Result<Option<Invitation>> {
    let row = conn
        .optional(sql!(
            "SELECT u.account_id, a.name, u.id, u.name, u.address, u.language, u.role FROM app_user u JOIN account a ON a.id = u.account_id
             WHERE u.account_id = $1 AND u.id = $2 AND u.login_id IS NULL AND u.proof_sent_at > $3",
            id.account(),
            id,
            now - PROOF_VALID,
        ))
        .await?;
    row.as_ref().map(invitation).transpose()
}

/// Ties the user to the log-in; the address is proven by the link.
async fn tie(conn: &mut Conn, found: &Invitation, login: LoginId, now: Timestamp) -> Result<()> {
    conn.execute_one(
        sql!(
            "UPDATE app_user SET login_id = $1, facts_version = facts_version + CASE WHEN proven_at IS NULL THEN 1 ELSE 0 END,
                proven_at = COALESCE(proven_at, $2)
             WHERE account_id = $3 AND id = $4 AND login_id IS NULL",
            login,
            now,
            found.account,
            found.user,
        ),
        "the invitation",
    )
    .await?;
    let detail = format!("{} as {}", found.user, found.role);
    audit::note(conn, found.account, &format!("login {login}"), "user_joined", detail, now).await
}

impl Store {
    /// Makes a person who signs in already the owner of a new account: an operator who sends for
    /// himself. The address counts as proven for nothing before its own mail came back.
    ///
    /// # Errors
    /// `NotFound` for an unknown account; `Invalid` when the account has a user with this address.
    pub async fn own_account(
        &self,
        account: AccountId,
        login: Login,
        key: AddressKey,
        now: Timestamp,
    ) -> Result<UserId> {
        let id = UserId::from_raw(self.next_person_id(account).await?.get());
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
                let added = conn
                    .execute(sql!(
                        "INSERT INTO app_user (account_id, id, name, address, address_key, language, proven_at, tests_stopped_at, proof_sent_at,
                            facts_version, created_at, role, login_id)
                         VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL, NULL, 1, $7, $8, $9) ON CONFLICT (account_id, address_key) DO NOTHING",
                        account,
                        id,
                        login.name.as_str(),
                        login.address.as_str(),
                        key,
                        login.language.code(),
                        now,
                        Role::Owner,
                        login.id,
                    ))
                    .await?;
                if added == 0 {
                    return Err(StoreError::Invalid(Invalid::UserTaken));
                }
                let detail = format!("{id} as owner");
                audit::note(conn, account, &format!("login {}", login.id), "user_joined", detail, now).await?;
                Ok(id)
            })
        })
        .await
    }

    /// An invitation that still works, with the log-in that its address has (by all its keys).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn invitation(
        &self,
        id: UserId,
        keys: impl FnOnce(&EmailAddress) -> Vec<AddressKey>,
        now: Timestamp,
    ) -> Result<Option<Invitation>> {
        let mut conn = self.reader().await?;
        let Some(mut found) = find(&mut conn, id, now).await? else { return Ok(None) };
        let keys = keys(&found.address);
        found.login = logins::of_address(&mut conn, &keys).await?.map(|login| login.id);
        Ok(Some(found))
    }

    /// Makes the log-in of an invited person, whose address has none yet. `keys` are those of the
    /// invited address.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn accept_invitation(
        &self,
        id: UserId,
        name: ShortName,
        language: Language,
        keys: Vec<AddressKey>,
        password: PasswordHash,
        now: Timestamp,
    ) -> Result<Joined> {
        let fresh = LoginId::from_raw(self.next_id().await?);
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                cases::lock_account(conn, id.account()).await?;
                let Some(found) = find(conn, id, now).await? else { return Ok(Joined::Gone) };
                if logins::of_address(conn, &keys).await?.is_some() {
                    return Ok(Joined::SignInFirst);
                }
                let new = NewLogin { name, address: found.address.clone(), keys, language, password };
                logins::make(conn, fresh, new, false, now).await?;
                tie(conn, &found, fresh, now).await?;
                Ok(Joined::Joined(fresh))
            })
        })
        .await
    }

    /// Joins an account with the log-in of the invited address, and with no other.
    ///
    /// # Errors
    /// `Invalid` for the two-hundred-and-first account; those of the database.
    pub async fn join(&self, id: UserId, login: LoginId, keys: Vec<AddressKey>, now: Timestamp) -> Result<Joined> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                cases::lock_account(conn, id.account()).await?;
                logins::lock(conn, login).await?;
                let Some(found) = find(conn, id, now).await? else { return Ok(Joined::Gone) };
                if logins::of_address(conn, &keys).await?.is_none_or(|owner| owner.id != login) {
                    return Ok(Joined::SignInFirst);
                }
                let many = i64::try_from(logins::accounts_of(conn, login).await?.len()).unwrap_or(i64::MAX);
                if many >= logins::MAX_ACCOUNTS {
                    return Err(StoreError::Invalid(Invalid::TooManyMemberships { limit: logins::MAX_ACCOUNTS }));
                }
                tie(conn, &found, login, now).await?;
                Ok(Joined::Joined(login))
            })
        })
        .await
    }
}
