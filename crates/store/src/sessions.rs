//! Sessions: the browsers in which somebody is signed in. A session that ended is gone at once, on
//! every machine, because each request looks here.

use std::net::IpAddr;
use std::time::Duration;

use policy::role::Role;
use policy::{AccountId, LoginId, SessionId, Timestamp};
use texts::Language;

use crate::Store;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::logins;
use crate::profiles::language;
use crate::sql::{Row, sql};
use crate::writer::Urgency;

/// A session that was not used for so long is over.
pub const IDLE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// A session is over after so long, however much it is used.
pub const LONGEST: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// Between password and code there is so much time.
pub const HALF_WAY: Duration = Duration::from_secs(10 * 60);
/// The use of a session is noted at most this often.
pub const SEEN_EVERY: Duration = Duration::from_secs(10 * 60);
/// Sessions of a log-in; the one that was used least recently makes room.
pub const MAX_SESSIONS: i64 = 50;
/// Characters of what a browser says of itself that are kept.
const AGENT_CHARS: usize = 300;

/// How far somebody came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Signed in.
    Whole,
    /// The password was right; the code of the authenticator app is still to come.
    HalfWay,
}

/// A session to begin.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The hash of its secret (`SessionSecret::hash`).
    pub hash: [u8; 32],
    /// Whose it is.
    pub login: LoginId,
    /// How far.
    pub entry: Entry,
    /// From where.
    pub ip: IpAddr,
    /// With what.
    pub user_agent: String,
}

/// A session, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The number.
    pub id: SessionId,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was used last, to ten minutes.
    pub seen_at: Timestamp,
    /// Until when, if it is used.
    pub expires_at: Timestamp,
    /// From where it began.
    pub ip: String,
    /// What the browser said of itself.
    pub user_agent: String,
}

/// Who a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// The session.
    pub session: SessionId,
    /// The log-in.
    pub login: LoginId,
    /// The person's name.
    pub name: String,
    /// The person's language.
    pub language: Language,
    /// May do what the operator does.
    pub operator: bool,
    /// The accounts in which the person works, by number.
    pub accounts: Vec<(AccountId, String, Role)>,
}

fn session(row: &Row) -> Result<Session> {
    Ok(Session {
        id: SessionId::from_raw(row.int(0)?),
        created_at: row.time(1)?,
        seen_at: row.time(2)?,
        expires_at: row.time(3)?,
        ip: row.text(4)?,
        user_agent: row.text(5)?,
    })
}

/// Ends the sessions of a log-in, `except` one. Returns how many.
pub(crate) async fn end_all(conn: &mut Conn, login: LoginId, except: Option<SessionId>) -> Result<u64> {
    conn.execute(sql!("DELETE FROM session WHERE login_id = $1 AND id <> $2", login, except.map_or(0, SessionId::get),))
        .await
}

/// Writes a session; the least used one goes where there are too many.
pub(crate) async fn begin(conn: &mut Conn, id: SessionId, new: NewSession, now: Timestamp) -> Result<()> {
    let lasts = if new.entry == Entry::Whole { LONGEST } else { HALF_WAY };
    let agent: String = new.user_agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS).collect();
    conn.execute(sql!(
        "INSERT INTO session (id, hash, login_id, full_entry, created_at, seen_at, expires_at, ip, user_agent)
         VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)",
        id,
        new.hash,
        new.login,
        new.entry == Entry::Whole,
        now,
        now + lasts,
        new.ip.to_string(),
        agent,
    ))
    .await?;
    conn.execute(sql!(
        "DELETE FROM session WHERE login_id = $1 AND id <> $2 AND id IN
            (SELECT id FROM session WHERE login_id = $1 ORDER BY seen_at DESC, id DESC LIMIT 1000 OFFSET $3)",
        new.login,
        id,
        MAX_SESSIONS,
    ))
    .await
    .map(drop)
}

impl Store {
    /// Begins a session. `before` is the hash of the secret that the browser brought: that session
    /// ends, whosever it was, so that nobody is signed in by a secret that somebody else knew before.
    ///
    /// # Errors
    /// `NotFound` for an unknown log-in; those of the database.
    pub async fn begin_session(&self, new: NewSession, before: Option<[u8; 32]>, now: Timestamp) -> Result<SessionId> {
        let id = SessionId::from_raw(self.next_id().await?);
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                if let Some(before) = before {
                    conn.execute(sql!("DELETE FROM session WHERE hash = $1", before)).await?;
                }
                let (login, entry, ip) = (new.login, new.entry, new.ip);
                logins::lock(conn, login).await?;
                begin(conn, id, new, now).await?;
                if entry == Entry::Whole {
                    logins::note(conn, login, "signed_in", format!("session {id} from {ip}"), now).await?;
                }
                Ok(id)
            })
        })
        .await
    }

    /// Who is signed in by the secret with this hash. Its use is noted, at most each ten minutes.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn visitor(&self, hash: [u8; 32], now: Timestamp) -> Result<Option<Visitor>> {
        let mut conn = self.reader().await?;
        let row = conn
            .optional(sql!(
                "SELECT s.id, s.login_id, l.name, l.language, l.operator, s.seen_at FROM session s JOIN login l ON l.id = s.login_id
                 WHERE s.hash = $1 AND s.full_entry AND s.expires_at > $2 AND s.seen_at > $3",
                hash,
                now,
                now - IDLE,
            ))
            .await?;
        let Some(row) = row else { return Ok(None) };
        let login = LoginId::from_raw(row.int(1)?);
        let accounts = logins::accounts_of(&mut conn, login).await?;
        drop(conn);
        let session = SessionId::from_raw(row.int(0)?);
        if now.since(row.time(5)?) >= SEEN_EVERY {
            self.write(Urgency::Soft, move |conn| {
                Box::pin(conn.execute(sql!(
                    "UPDATE session SET seen_at = $1 WHERE id = $2 AND seen_at < $1",
                    now,
                    session
                )))
            })
            .await?;
        }
        let (name, language, operator) = (row.text(2)?, language(&row.text(3)?)?, row.bool(4)?);
        Ok(Some(Visitor { session, login, name, language, operator, accounts }))
    }

    /// Whose password was right by the secret with this hash, while the code is still to come.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn half_way(&self, hash: [u8; 32], now: Timestamp) -> Result<Option<LoginId>> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT login_id FROM session WHERE hash = $1 AND NOT full_entry AND expires_at > $2",
                hash,
                now,
            ))
            .await?;
        row.map(|row| row.int(0).map(LoginId::from_raw)).transpose()
    }

    /// The sessions in which a log-in is signed in, the last used first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sessions(&self, login: LoginId, now: Timestamp) -> Result<Vec<Session>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, created_at, seen_at, expires_at, ip, user_agent FROM session
                 WHERE login_id = $1 AND full_entry AND expires_at > $2 AND seen_at > $3 ORDER BY seen_at DESC, id DESC LIMIT 100",
                login,
                now,
                now - IDLE,
            ))
            .await?;
        rows.iter().map(session).collect()
    }

    /// Ends one session of a log-in: its own browser's, or another one.
    ///
    /// # Errors
    /// `NotFound` when it is none of this log-in.
    pub async fn end_session(&self, login: LoginId, id: SessionId, now: Timestamp) -> Result<()> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let ended =
                    conn.execute(sql!("DELETE FROM session WHERE login_id = $1 AND id = $2", login, id)).await?;
                if ended == 0 {
                    return Err(StoreError::NotFound("session"));
                }
                logins::note(conn, login, "signed_out", format!("session {id}"), now).await
            })
        })
        .await
    }

    /// Ends every session of a log-in, those half way too, but `except`. Returns how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_sessions(&self, login: LoginId, except: Option<SessionId>, now: Timestamp) -> Result<u64> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let ended = end_all(conn, login, except).await?;
                logins::note(conn, login, "signed_out_everywhere", format!("{ended} sessions"), now).await?;
                Ok(ended)
            })
        })
        .await
    }

    /// Forgets sessions and entry links that are over. Returns how many sessions.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forget_sessions(&self, now: Timestamp) -> Result<u64> {
        self.write(Urgency::Soft, move |conn| {
            Box::pin(async move {
                conn.execute(sql!("DELETE FROM entry_link WHERE expires_at <= $1", now - LONGEST)).await?;
                conn.execute(sql!("DELETE FROM session WHERE expires_at <= $1 OR seen_at <= $2", now, now - IDLE)).await
            })
        })
        .await
    }
}
