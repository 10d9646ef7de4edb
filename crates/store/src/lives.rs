//! Lives: who owns a claimed or started row, and how the others learn that it
//! is gone (DESIGN §4, ownership).
//!
//! A life is one run of one node. On SQLite an OS lock on the file beside the
//! database proves that there is no other. On PostgreSQL a life holds a session
//! lock on a connection of its own and proves it every two seconds; the same
//! statement counts its beat. Time stamps of two machines are never compared:
//! a watcher looks at beats, and at its own clock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use failpoints::Point;
use policy::{ContactId, MailingId, NoticeId, RowId, RowState, Timestamp};
use seals::{Dice, Reading, random_token};
use sqlx::PgConnection;

use crate::conn::Conn;
use crate::deliveries::Claim;
use crate::dialect::locks;
use crate::error::{Result, StoreError};
use crate::outcomes::settle;
use crate::settle::Event;
use crate::sql::{Value, sql};
use crate::watch::proof_holds;
pub use crate::watch::{PROOF_LASTS, PROVE_EVERY, Taken, Watch};
use crate::writer::Urgency;
use crate::{Db, Place, Store};

/// A session that does not answer for so long is given up; the next proof opens another.
const PROOF_WAIT: Duration = Duration::from_secs(4);
/// Rows that one transaction takes back.
const PAGE: i64 = 256;

/// Names one life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LifeId(i64);

impl LifeId {
    /// A number of the database.
    #[must_use]
    pub const fn from_raw(raw: i64) -> Self {
        Self(raw)
    }

    /// The number in the database.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl From<LifeId> for Value {
    fn from(life: LifeId) -> Self {
        Self::from(life.0)
    }
}

/// The life of this process. Ends when it is dropped, or properly by [`Life::end`].
pub struct Life {
    id: LifeId,
    node: String,
    store: Store,
    beat: AtomicI64,
    /// The reading before the last proof; none before the first.
    proved: Mutex<Option<Reading>>,
    session: tokio::sync::Mutex<Option<PgConnection>>,
    /// Holds the OS lock as long as it is open.
    _lock: Option<File>,
}

impl Store {
    /// Begins a life: takes the OS lock, and takes back at once what earlier lives of the same
    /// node left behind; the lock proves that their process is dead.
    ///
    /// `lock_file` is needed on PostgreSQL for that take-back only, and must lie on a disk of
    /// this machine; on SQLite the file is always the database's own with `.lock` behind it.
    ///
    /// # Errors
    /// `Unusable` when another process holds the lock; the text names its pid.
    pub async fn begin_life(&self, lock_file: Option<&Path>, dice: &dyn Dice) -> Result<Life> {
        let file = match self.place() {
            Place::Sqlite(path) => Some(beside(path)),
            Place::Postgres(_) => lock_file.map(Path::to_owned),
        };
        let (lock, node) = match file {
            Some(path) => take_file(&path, dice).map(|(lock, node)| (Some(lock), node))?,
            None => (None, random_token(dice)),
        };
        let id = self.next_id().await?;
        let session = match &self.db {
            Db::Sqlite { .. } => None,
            Db::Postgres(pool) => {
                Some(locks::take(pool, id).await?.ok_or(StoreError::Conflict("the lock of a new life"))?)
            }
        };
        let (now, name) = (self.clock().now(), node.clone());
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { enter(conn, id, &name, now).await })).await?;
        failpoints::reach(Point::LifeEntered);
        let life = Life {
            id: LifeId(id),
            node,
            store: self.clone(),
            beat: AtomicI64::new(0),
            proved: Mutex::new(None),
            session: tokio::sync::Mutex::new(session),
            _lock: lock,
        };
        life.prove().await?;
        life.take_back_from_the_dead().await?;
        Ok(life)
    }

    /// Takes rows of a life away from it, page by page; returns how many.
    async fn take_back(&self, life: i64, what: Taken) -> Result<u64> {
        let mut taken = 0;
        loop {
            let now = self.clock().now();
            let page = self.write(Urgency::AtOnce, move |conn| Box::pin(take_back_page(conn, life, what, now))).await?;
            taken += page;
            if page == 0 {
                return Ok(taken);
            }
        }
    }
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Takes the OS lock and reads, or makes up, the name of this node.
fn take_file(path: &Path, dice: &dyn Dice) -> Result<(File, String)> {
    let unusable = |error: std::io::Error| {
        StoreError::Unusable(format!("the lock file {} cannot be used: {error}", path.display()))
    };
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(unusable)?;
    let locked = file.try_lock();
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(unusable)?;
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim).map(str::to_owned);
    match locked {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let pid = field("pid ").unwrap_or_else(|| "unknown".to_owned());
            return Err(StoreError::Unusable(format!(
                "{} is in use: jawort runs as process {pid}; stop that one first",
                path.display()
            )));
        }
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    let node = field("node ").filter(|node| !node.is_empty()).unwrap_or_else(|| random_token(dice));
    file.set_len(0).map_err(unusable)?;
    file.rewind().map_err(unusable)?;
    file.write_all(format!("pid {}\nnode {node}\n", std::process::id()).as_bytes()).map_err(unusable)?;
    file.sync_all().map_err(unusable)?;
    Ok((file, node))
}

async fn enter(conn: &mut Conn, id: i64, node: &str, now: Timestamp) -> Result<()> {
    conn.execute(sql!(
        "INSERT INTO life (id, node, pid, started_at, beat, ended_at) VALUES ($1, $2, $3, $4, 0, NULL)",
        id,
        node,
        i64::from(std::process::id()),
        now,
    ))
    .await?;
    Ok(())
}

async fn take_back_page(conn: &mut Conn, life: i64, what: Taken, now: Timestamp) -> Result<u64> {
    let Taken { from, to, beat, .. } = what;
    if let Some(seen) = what.only_at_beat {
        // Locked until the rows are taken: a life that comes back proves itself after that, and
        // works on nothing before its proof.
        let row = conn.optional(sql!("SELECT beat FROM life WHERE id = $1 {for_update}", life)).await?;
        if row.map(|row| row.int(0)).transpose()? != Some(seen) {
            return Ok(0);
        }
    }
    let mut claims = Vec::new();
    let found = conn
        .all(sql!(
            "SELECT d.attempt, d.mailing_id, d.contact_id FROM delivery d
             WHERE d.owner = $1 AND d.state IN (1, 2) AND d.state >= $2 AND d.state <= $3 AND d.owner_beat <= $4
             ORDER BY d.mailing_id, d.contact_id LIMIT $5 {for_update_d}",
            life,
            from,
            to,
            beat,
            PAGE,
        ))
        .await?;
    for row in found {
        let id =
            RowId::Delivery { mailing: MailingId::from_raw(row.int(1)?), contact: ContactId::from_raw(row.int(2)?) };
        claims.push(Claim { row: id, life: LifeId(life), attempt: row.int(0)? });
    }
    let found = conn
        .all(sql!(
            "SELECT d.attempt, d.id FROM notice d
             WHERE d.owner = $1 AND d.state IN (1, 2) AND d.state >= $2 AND d.state <= $3 AND d.owner_beat <= $4
             ORDER BY d.id LIMIT $5 {for_update_d}",
            life,
            from,
            to,
            beat,
            PAGE,
        ))
        .await?;
    for row in found {
        claims.push(Claim {
            row: RowId::Notice(NoticeId::from_raw(row.int(1)?)),
            life: LifeId(life),
            attempt: row.int(0)?,
        });
    }
    let taken = u64::try_from(claims.len()).unwrap_or(u64::MAX);
    let claims_only = to == RowState::Claimed;
    settle(conn, claims.into_iter().map(|claim| (claim, Event::OwnerGone { claims_only }.into())).collect(), now)
        .await?;
    Ok(taken)
}

impl Life {
    /// Which life it is.
    #[must_use]
    pub const fn id(&self) -> LifeId {
        self.id
    }

    /// The node that lives it; stays the same over restarts where there is a lock file.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.node
    }

    /// The beats counted so far.
    #[must_use]
    pub fn beat(&self) -> i64 {
        self.beat.load(Ordering::Relaxed)
    }

    /// Whether this life may start mails and send final dots: its lock was proven not longer ago
    /// than [`PROOF_LASTS`]. Looked at before each of them; it is an age, never a flag.
    ///
    /// On SQLite the OS lock cannot be lost while the process lives.
    #[must_use]
    pub fn may_send(&self) -> bool {
        if matches!(self.store.db, Db::Sqlite { .. }) {
            return true;
        }
        let proved = *self.proved.lock().unwrap_or_else(PoisonError::into_inner);
        proof_holds(proved, self.store.clock().reading())
    }

    /// Proves the lock and counts a beat. A lost session is replaced: within the same life that
    /// changes nothing.
    ///
    /// # Errors
    /// Those of the database; the age of the last proof grows.
    pub async fn prove(&self) -> Result<()> {
        let before = self.store.clock().reading();
        let beat = match &self.store.db {
            Db::Sqlite { .. } => {
                let life = self.id;
                self.store.write(Urgency::Soft, move |conn| Box::pin(count_beat(conn, life))).await?
            }
            Db::Postgres(pool) => self.prove_session(pool).await?,
        };
        self.beat.store(beat, Ordering::Relaxed);
        *self.proved.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
        Ok(())
    }

    async fn prove_session(&self, pool: &sqlx::PgPool) -> Result<i64> {
        let mut slot = self.session.lock().await;
        // Taken out while it works: whatever goes wrong, a doubtful session is not used again.
        let held = slot.take();
        let work = async {
            let mut session = match held {
                Some(session) => session,
                None => locks::take(pool, self.id.0).await?.ok_or(StoreError::Conflict("the lock of this life"))?,
            };
            let beat = locks::beat(&mut session, self.id.0).await?;
            Ok::<_, StoreError>((session, beat))
        };
        let (session, beat) = tokio::select! {
            done = work => done?,
            () = self.store.clock().sleep(PROOF_WAIT) => {
                return Err(StoreError::Unavailable("the session that holds the lock does not answer".to_owned()));
            }
        };
        *slot = Some(session);
        Ok(beat)
    }

    /// What earlier lives left is due again, without waiting: on SQLite no other process can
    /// live, and on PostgreSQL none of this node.
    async fn take_back_from_the_dead(&self) -> Result<()> {
        let only_mine = matches!(self.store.db, Db::Postgres(_));
        let dead = self
            .store
            .reader()
            .await?
            .all(sql!(
                "SELECT id FROM life WHERE id <> $1 AND ended_at IS NULL AND (node = $2 OR $3)",
                self.id,
                self.node.as_str(),
                !only_mine,
            ))
            .await?;
        for row in dead {
            let life = row.int(0)?;
            self.store.take_back(life, Taken::ALL).await?;
            failpoints::reach(Point::RowsTakenBack);
            self.mark_ended(life).await?;
        }
        Ok(())
    }

    /// A life is at its end when it owns nothing; until then the watchers look after it.
    async fn mark_ended(&self, life: i64) -> Result<()> {
        let now = self.store.clock().now();
        self.store
            .write(Urgency::AtOnce, move |conn| {
                Box::pin(async move {
                    conn.execute(sql!(
                        "UPDATE life SET ended_at = $1 WHERE id = $2
                            AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.owner = $2 AND d.state IN (1, 2))
                            AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.owner = $2 AND n.state IN (1, 2))",
                        now,
                        life,
                    ))
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Looks after all lives, this one included, and takes back what nobody works on any more.
    /// Called every few seconds with the same `watch`. Returns how many rows are due again.
    ///
    /// # Errors
    /// Those of the database; the next call goes on.
    pub async fn watch(&self, watch: &mut Watch) -> Result<u64> {
        let mut conn = self.store.reader().await?;
        // The beats first: whoever is seen without its lock after that has not beaten since, or
        // its beat shows when its rows are taken. A life takes its lock before it enters the table.
        // A life that ended may own rows yet: a claim that was on its way when its process died.
        let lives = conn
            .all(sql!(
                "SELECT l.id, l.beat FROM life l
                 WHERE l.ended_at IS NULL
                    OR EXISTS (SELECT 1 FROM delivery d WHERE d.owner = l.id AND d.state IN (1, 2))
                    OR EXISTS (SELECT 1 FROM notice n WHERE n.owner = l.id AND n.state IN (1, 2))"
            ))
            .await?;
        let held = if conn.is_postgres() { Some(locks::held(&mut conn).await?) } else { None };
        drop(conn);
        let reading = self.store.clock().reading();
        let lives = lives.iter().map(|row| Ok((row.int(0)?, row.int(1)?))).collect::<Result<Vec<_>>>()?;
        watch.forget_all_but(|known| lives.iter().any(|(life, _)| *life == known));
        let mut taken = 0;
        for (life, beat) in lives {
            let gone = held.as_ref().is_some_and(|held| !held.contains(&life));
            let sentence = watch.look(life, life == self.id.0, beat, gone, reading);
            for what in sentence.take {
                taken += self.store.take_back(life, what).await?;
            }
            if sentence.ended {
                self.mark_ended(life).await?;
            }
        }
        Ok(taken)
    }

    /// Ends this life in order: everything that it still owns is due again, and the next start
    /// has nothing to take back. Only called when no dialog is open any more.
    ///
    /// # Errors
    /// Those of the database; then the others, or the next life, take the rows back.
    pub async fn end(&self) -> Result<()> {
        self.store.take_back(self.id.0, Taken::claims(i64::MAX)).await?;
        self.mark_ended(self.id.0).await
    }
}

async fn count_beat(conn: &mut Conn, life: LifeId) -> Result<i64> {
    conn.one(sql!("UPDATE life SET beat = beat + 1, ended_at = NULL WHERE id = $1 RETURNING beat", life)).await?.int(0)
}
