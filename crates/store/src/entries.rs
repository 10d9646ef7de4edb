//! Links that open a log-in once: for a forgotten password, and for the first log-in of an operator.
//!
//! A row here is the link's whole authority, and the row's number stands in
//! the link under the key of the installation: nobody can make a link of what
//! lies in the database.

use std::collections::BTreeMap;
use std::time::Duration;

use mail_formats::address::EmailAddress;
use policy::{LoginId, NoticeId, Purpose, Timestamp};
use seals::{AddressKey, PasswordHash};
use texts::Language;

use crate::Store;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::logins::{self, NewLogin};
use crate::notices::{NewNotice, plan};
use crate::profiles::{address, language};
use crate::sql::{Row, sql};
use crate::writer::Urgency;

/// How long a link for a new password works.
pub const RESET_VALID: Duration = Duration::from_secs(60 * 60);
/// How long the link of a first start works.
pub const START_VALID: Duration = Duration::from_secs(24 * 60 * 60);
/// Links for a new password that a log-in gets in a day.
pub const RESETS_A_DAY: i64 = 5;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A new password for a forgotten one.
    Reset,
    /// A log-in for the operator: a new one, or a way back into one that was lost.
    Start,
}

impl EntryKind {
    const fn number(self) -> i64 {
        match self {
            Self::Reset => 1,
            Self::Start => 2,
        }
    }
}

/// A link that still works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryLink {
    /// What for.
    pub kind: EntryKind,
    /// The log-in that it opens, with its address and language; none where one is made.
    pub login: Option<(LoginId, EmailAddress, Language)>,
    /// The address that the new log-in gets, if whoever made the link said it.
    pub address: Option<EmailAddress>,
}

fn link(row: &Row) -> Result<EntryLink> {
    let login = match row.int_opt(1)? {
        Some(id) => Some((LoginId::from_raw(id), address(&row.text(2)?)?, language(&row.text(3)?)?)),
        None => None,
    };
    let kind = match row.int(0)? {
        1 => EntryKind::Reset,
        2 => EntryKind::Start,
        other => return Err(StoreError::Corrupt(format!("{other} is no kind of entry link"))),
    };
    Ok(EntryLink { kind, login, address: row.text_opt(4)?.as_deref().map(address).transpose()? })
}

async fn find(conn: &mut Conn, id: i64, kind: EntryKind, now: Timestamp) -> Result<Option<EntryLink>> {
    let row = conn
        .optional(sql!(
            "SELECT e.kind, l.id, l.address, l.language, e.address FROM entry_link e LEFT JOIN login l ON l.id = e.login_id
             WHERE e.id = $1 AND e.kind = $2 AND e.used_at IS NULL AND e.expires_at > $3",
            id,
            kind.number(),
            now,
        ))
        .await?;
    row.as_ref().map(link).transpose()
}

/// Uses a link up: false when somebody else did before, or its time is over.
async fn take(conn: &mut Conn, id: i64, kind: EntryKind, now: Timestamp) -> Result<bool> {
    let taken = conn
        .execute(sql!(
            "UPDATE entry_link SET used_at = $1 WHERE id = $2 AND kind = $3 AND used_at IS NULL AND expires_at > $1",
            now,
            id,
            kind.number(),
        ))
        .await?;
    Ok(taken == 1)
}

async fn write(
    conn: &mut Conn,
    id: i64,
    kind: EntryKind,
    login: Option<LoginId>,
    address: Option<&EmailAddress>,
    now: Timestamp,
) -> Result<()> {
    let valid = if kind == EntryKind::Reset { RESET_VALID } else { START_VALID };
    conn.execute(sql!(
        "INSERT INTO entry_link (id, kind, login_id, address, created_at, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, NULL)",
        id,
        kind.number(),
        login,
        address.map(|address| address.as_str().to_owned()),
        now,
        now + valid,
    ))
    .await
    .map(drop)
}

async fn ask_reset(conn: &mut Conn, keys: &[AddressKey], ids: (i64, i64), now: Timestamp) -> Result<bool> {
    let (Some(login), Some(key)) = (logins::of_address(conn, keys).await?, keys.first()) else { return Ok(false) };
    logins::lock(conn, login.id).await?;
    let row = conn
        .one(sql!(
            "SELECT COUNT(*) FROM entry_link WHERE login_id = $1 AND kind = 1 AND created_at > $2",
            login.id,
            now - DAY,
        ))
        .await?;
    if row.int(0)? >= RESETS_A_DAY {
        return Ok(false);
    }
    // The newest mail counts: whoever finds two in the mailbox is not left with the one that is dead.
    conn.execute(sql!("UPDATE entry_link SET used_at = $1 WHERE login_id = $2 AND used_at IS NULL", now, login.id))
        .await?;
    let (id, notice) = ids;
    write(conn, id, EntryKind::Reset, Some(login.id), None, now).await?;
    let params = [("address", login.address.as_str().to_owned()), ("proof", id.to_string())];
    let notice = NewNotice {
        id: NoticeId::from_raw(notice),
        account: None,
        purpose: Purpose::AccountNotice,
        person: None,
        mailing: None,
        address: login.address.clone(),
        address_key: *key,
        language: login.language,
        template: "reset_password".to_owned(),
        params: params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>(),
        stored: None,
        dedupe_key: None,
        due_at: now,
        expires_at: now + RESET_VALID,
    };
    plan(conn, notice, now).await?;
    logins::note(conn, login.id, "reset_asked", "", now).await?;
    Ok(true)
}

impl Store {
    /// Plans the mail with the link for a new password, if the address (by all its keys) has a
    /// log-in. At most five a day; an older link works no more. Returns whether a mail was planned:
    /// for tests, never for the visitor.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ask_reset(&self, keys: Vec<AddressKey>, now: Timestamp) -> Result<bool> {
        let first = self.next_ids(2).await?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move { ask_reset(conn, &keys, (first, first + 1), now).await })
        })
        .await
    }

    /// Makes the link of a first log-in as operator, and returns its number. `address` and `keys`
    /// are those of the log-in to be, or of one that is there: then the link is a way back into it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn make_start(
        &self,
        address: Option<EmailAddress>,
        keys: Vec<AddressKey>,
        by: &str,
        now: Timestamp,
    ) -> Result<i64> {
        let (id, by) = (self.next_id().await?, by.to_owned());
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let login = logins::of_address(conn, &keys).await?.map(|login| login.id);
                write(conn, id, EntryKind::Start, login, address.as_ref(), now).await?;
                let detail = format!("link {id}");
                crate::audit::note(conn, logins::NO_ACCOUNT, &by, "operator_invited", detail, now).await?;
                Ok(id)
            })
        })
        .await
    }

    /// Whether a link for a first log-in as operator was ever made.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn has_start(&self) -> Result<bool> {
        let row = self.reader().await?.optional(sql!("SELECT id FROM entry_link WHERE kind = 2 LIMIT 1")).await?;
        Ok(row.is_some())
    }

    /// A link that still works; none for every other number.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn entry_link(&self, id: i64, kind: EntryKind, now: Timestamp) -> Result<Option<EntryLink>> {
        find(&mut self.reader().await?, id, kind, now).await
    }

    /// Sets a new password by its link, once. Every session of the log-in ends; codes stay on.
    /// Returns whose it is, or `None` when the link works no more.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn reset_password(&self, id: i64, password: PasswordHash, now: Timestamp) -> Result<Option<LoginId>> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let Some(link) = find(conn, id, EntryKind::Reset, now).await? else { return Ok(None) };
                let Some((login, ..)) = link.login else { return Ok(None) };
                if !take(conn, id, EntryKind::Reset, now).await? {
                    return Ok(None);
                }
                logins::set_password(conn, login, &password, None, now).await?;
                Ok(Some(login))
            })
        })
        .await
    }

    /// Makes the operator's log-in by its link, once, or opens the lost one: with a new password,
    /// and with codes off. Returns it, or `None` when the link works no more.
    ///
    /// # Errors
    /// `Conflict` when the address has a log-in that the link does not name.
    pub async fn start_operator(&self, id: i64, new: NewLogin, now: Timestamp) -> Result<Option<LoginId>> {
        let fresh = LoginId::from_raw(self.next_id().await?);
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let Some(link) = find(conn, id, EntryKind::Start, now).await? else { return Ok(None) };
                if !take(conn, id, EntryKind::Start, now).await? {
                    return Ok(None);
                }
                let Some((login, ..)) = link.login else {
                    logins::make(conn, fresh, new, true, now).await?;
                    return Ok(Some(fresh));
                };
                logins::clear_totp(conn, login).await?;
                logins::set_password(conn, login, &new.password, None, now).await?;
                conn.execute_one(sql!("UPDATE login SET operator = TRUE WHERE id = $1", login), "the log-in").await?;
                logins::note(conn, login, "operator_by_link", format!("link {id}"), now).await?;
                Ok(Some(login))
            })
        })
        .await
    }
}
