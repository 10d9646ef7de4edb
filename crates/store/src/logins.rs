//! Log-ins: persons with a password, who may work in several accounts and may be the operator.

use mail_formats::address::EmailAddress;
use policy::role::Role;
use policy::sender::ShortName;
use policy::{AccountId, LoginId, SessionId, Timestamp};
use seals::{AddressKey, PasswordHash};
use texts::Language;

use crate::Store;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::profiles::{address, language};
use crate::sql::{Row, sql};
use crate::writer::Urgency;
use crate::{audit, sessions};

/// Recovery codes that are made at once.
pub const RECOVERY_CODES: usize = 8;
/// Accounts in which one person may work.
pub const MAX_ACCOUNTS: i64 = 200;
/// The account number under which changes of log-ins are noted: a log-in belongs to no account.
pub(crate) const NO_ACCOUNT: AccountId = AccountId::from_raw(0);

/// A log-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The number.
    pub id: LoginId,
    /// The person's name.
    pub name: String,
    /// The address, which was proven.
    pub address: EmailAddress,
    /// The language of pages and mails.
    pub language: Language,
    /// May do what the operator does.
    pub operator: bool,
    /// The password's hash.
    pub password: PasswordHash,
    /// When the password was set.
    pub password_at: Timestamp,
    /// The secret of the authenticator app, sealed for [`totp_place`]; none where codes are off.
    pub totp: Option<Vec<u8>>,
    /// The last step whose code was taken.
    pub totp_step: Option<i64>,
    /// Since when there is one.
    pub created_at: Timestamp,
}

/// A log-in to be made.
#[derive(Clone, Debug)]
pub struct NewLogin {
    /// The person's name.
    pub name: ShortName,
    /// The proven address.
    pub address: EmailAddress,
    /// Its keys, the current one first.
    pub keys: Vec<AddressKey>,
    /// The language.
    pub language: Language,
    /// The password's hash.
    pub password: PasswordHash,
}

/// Where the secret of an authenticator app lies, for its seal: it opens for this log-in alone.
#[must_use]
pub fn totp_place(login: LoginId) -> Vec<u8> {
    format!("login {login} totp").into_bytes()
}

fn login(row: &Row) -> Result<Login> {
    Ok(Login {
        id: LoginId::from_raw(row.int(0)?),
        name: row.text(1)?,
        address: address(&row.text(2)?)?,
        language: language(&row.text(3)?)?,
        operator: row.bool(4)?,
        password: PasswordHash::from_stored(row.text(5)?),
        password_at: row.time(6)?,
        totp: row.blob_opt(7)?,
        totp_step: row.int_opt(8)?,
        created_at: row.time(9)?,
    })
}

/// Notes a change of a log-in, by its person.
pub(crate) async fn note(
    conn: &mut Conn,
    login: LoginId,
    action: &str,
    detail: impl Into<String>,
    now: Timestamp,
) -> Result<()> {
    audit::note(conn, NO_ACCOUNT, &format!("login {login}"), action, detail, now).await
}

/// Locks a log-in until the transaction ends.
pub(crate) async fn lock(conn: &mut Conn, id: LoginId) -> Result<()> {
    let row = conn.optional(sql!("SELECT id FROM login WHERE id = $1 {for_update}", id)).await?;
    row.map(drop).ok_or(StoreError::NotFound("log-in"))
}

/// The accounts in which a person works, with their names, by number.
pub(crate) async fn accounts_of(conn: &mut Conn, id: LoginId) -> Result<Vec<(AccountId, String, Role)>> {
    let rows = conn
        .all(sql!(
            "SELECT u.account_id, a.name, u.role FROM app_user u JOIN account a ON a.id = u.account_id
             WHERE u.login_id = $1 ORDER BY u.account_id LIMIT $2",
            id,
            MAX_ACCOUNTS,
        ))
        .await?;
    rows.iter().map(|row| Ok((AccountId::from_raw(row.int(0)?), row.text(1)?, role(row.int(2)?)?))).collect()
}

/// Reads a role.
pub(crate) fn role(number: i64) -> Result<Role> {
    Role::from_number(number).ok_or_else(|| StoreError::Corrupt(format!("{number} is no role")))
}

/// The log-in of an address, under any of its keys.
pub(crate) async fn of_address(conn: &mut Conn, keys: &[AddressKey]) -> Result<Option<Login>> {
    for key in keys {
        let row = conn
            .optional(sql!(
                "SELECT id, name, address, language, operator, password_hash, password_at, totp_secret, totp_step, created_at
                 FROM login WHERE address_key = $1",
                key,
            ))
            .await?;
        if let Some(row) = row {
            return login(&row).map(Some);
        }
    }
    Ok(None)
}

/// Writes a new log-in.
pub(crate) async fn make(conn: &mut Conn, id: LoginId, new: NewLogin, operator: bool, now: Timestamp) -> Result<()> {
    if of_address(conn, &new.keys).await?.is_some() {
        return Err(StoreError::Conflict("a log-in with this address"));
    }
    let key = new.keys.first().ok_or_else(|| StoreError::Bug("a log-in needs the key of its address".to_owned()))?;
    conn.execute(sql!(
        "INSERT INTO login (id, name, address, address_key, language, operator, password_hash, password_at, totp_secret, totp_step, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, NULL, $8)",
        id,
        new.name.as_str(),
        new.address.as_str(),
        key,
        new.language.code(),
        operator,
        new.password.as_str(),
        now,
    ))
    .await?;
    note(conn, id, "login_made", if operator { "operator" } else { "person" }, now).await
}

/// Sets a password; every session but `except` ends, and no open link works any more.
pub(crate) async fn set_password(
    conn: &mut Conn,
    id: LoginId,
    password: &PasswordHash,
    except: Option<SessionId>,
    now: Timestamp,
) -> Result<()> {
    let set = conn
        .execute(sql!(
            "UPDATE login SET password_hash = $1, password_at = $2 WHERE id = $3",
            password.as_str(),
            now,
            id,
        ))
        .await?;
    if set == 0 {
        return Err(StoreError::NotFound("log-in"));
    }
    conn.execute(sql!("UPDATE entry_link SET used_at = $1 WHERE login_id = $2 AND used_at IS NULL", now, id)).await?;
    let ended = sessions::end_all(conn, id, except).await?;
    note(conn, id, "password_set", format!("{ended} sessions ended"), now).await
}

/// Turns codes off and forgets the recovery codes.
pub(crate) async fn clear_totp(conn: &mut Conn, id: LoginId) -> Result<()> {
    conn.execute(sql!("DELETE FROM login_recovery WHERE login_id = $1", id)).await?;
    conn.execute_one(sql!("UPDATE login SET totp_secret = NULL, totp_step = NULL WHERE id = $1", id), "the log-in")
        .await
}

impl Store {
    /// One log-in.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn login(&self, id: LoginId) -> Result<Login> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT id, name, address, language, operator, password_hash, password_at, totp_secret, totp_step, created_at
                 FROM login WHERE id = $1",
                id,
            ))
            .await?;
        login(&row.ok_or(StoreError::NotFound("log-in"))?)
    }

    /// The log-in of an address, by all its keys; none where it has none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn login_of(&self, keys: &[AddressKey]) -> Result<Option<Login>> {
        of_address(&mut self.reader().await?, keys).await
    }

    /// Whether somebody can sign in as the operator.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn has_operator_login(&self) -> Result<bool> {
        let row = self.reader().await?.optional(sql!("SELECT id FROM login WHERE operator LIMIT 1")).await?;
        Ok(row.is_some())
    }

    /// Changes name and language of a log-in.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn set_profile(&self, id: LoginId, name: ShortName, language: Language, now: Timestamp) -> Result<()> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let set = conn
                    .execute(sql!(
                        "UPDATE login SET name = $1, language = $2 WHERE id = $3",
                        name.as_str(),
                        language.code(),
                        id
                    ))
                    .await?;
                if set == 0 {
                    return Err(StoreError::NotFound("log-in"));
                }
                note(conn, id, "profile_changed", name.as_str(), now).await
            })
        })
        .await
    }

    /// Sets a password; every session but `except` ends, and links for a new password work no more.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn set_password(
        &self,
        id: LoginId,
        password: PasswordHash,
        except: Option<SessionId>,
        now: Timestamp,
    ) -> Result<()> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move { set_password(conn, id, &password, except, now).await })
        })
        .await
    }

    /// Keeps the same password by a newer hash, unless it was changed meanwhile.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn renew_hash(&self, id: LoginId, before: PasswordHash, after: PasswordHash) -> Result<()> {
        self.write(Urgency::Soft, move |conn| {
            Box::pin(async move {
                conn.execute(sql!(
                    "UPDATE login SET password_hash = $1 WHERE id = $2 AND password_hash = $3",
                    after.as_str(),
                    id,
                    before.as_str(),
                ))
                .await
                .map(drop)
            })
        })
        .await
    }

    /// Turns codes on: the sealed secret, the step whose code proved it, and the hashes of the recovery codes.
    ///
    /// # Errors
    /// `Conflict` when they are on already; `NotFound`.
    pub async fn set_totp(
        &self,
        id: LoginId,
        sealed: Vec<u8>,
        step: i64,
        recovery: Vec<[u8; 32]>,
        now: Timestamp,
    ) -> Result<()> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                lock(conn, id).await?;
                conn.execute_one(
                    sql!(
                        "UPDATE login SET totp_secret = $1, totp_step = $2 WHERE id = $3 AND totp_secret IS NULL",
                        sealed,
                        step,
                        id,
                    ),
                    "the log-in",
                )
                .await?;
                conn.execute(sql!("DELETE FROM login_recovery WHERE login_id = $1", id)).await?;
                for hash in recovery {
                    conn.execute(sql!("INSERT INTO login_recovery (login_id, hash) VALUES ($1, $2)", id, hash)).await?;
                }
                note(conn, id, "codes_on", "", now).await
            })
        })
        .await
    }

    /// Turns codes off.
    ///
    /// # Errors
    /// `Conflict` for an unknown log-in; those of the database.
    pub async fn clear_totp(&self, id: LoginId, now: Timestamp) -> Result<()> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                clear_totp(conn, id).await?;
                note(conn, id, "codes_off", "", now).await
            })
        })
        .await
    }

    /// Takes the code of a step, once: false when this step or a later one was taken before.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn take_totp_step(&self, id: LoginId, step: i64) -> Result<bool> {
        let taken = self
            .write(Urgency::AtOnce, move |conn| {
                Box::pin(conn.execute(sql!(
                    "UPDATE login SET totp_step = $1 WHERE id = $2 AND totp_secret IS NOT NULL AND (totp_step IS NULL OR totp_step < $1)",
                    step,
                    id,
                )))
            })
            .await?;
        Ok(taken == 1)
    }

    /// Takes a recovery code, once: false when there is none with this hash (any more).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn take_recovery(&self, id: LoginId, hash: [u8; 32], now: Timestamp) -> Result<bool> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let taken = conn
                    .execute(sql!("DELETE FROM login_recovery WHERE login_id = $1 AND hash = $2", id, hash))
                    .await?;
                if taken == 1 {
                    note(conn, id, "recovery_code_used", "", now).await?;
                }
                Ok(taken == 1)
            })
        })
        .await
    }

    /// Recovery codes that are left.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn recovery_left(&self, id: LoginId) -> Result<i64> {
        let row = self.reader().await?.one(sql!("SELECT COUNT(*) FROM login_recovery WHERE login_id = $1", id)).await?;
        row.int(0)
    }
}
