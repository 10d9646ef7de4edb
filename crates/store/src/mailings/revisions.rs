//! Revisions: nothing that a customer wrote is lost to another tab, a colleague or a slip.
//!
//! Every save leaves a revision. Those that an editor makes by itself are folded to one a minute.
//! Whoever saves names the revision that they began with; when a newer one stands, the mailing
//! keeps the newer one and the text is kept beside it, for the writer to decide.

use std::time::Duration;

use policy::facts::MailingState;
use policy::send::MailingContent;
use policy::{AccountId, MailingId, TagId, Timestamp, TopicId};

use super::{MailingDraft, Trigger, format, format_word};
use crate::Store;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::profiles::{corrupt, language, tags};
use crate::sql::{Row, sql};
use crate::writer::Urgency;

/// Revisions of one mailing that are kept; the oldest go first.
pub const KEPT_REVISIONS: i64 = 50;
/// For so long after a mailing ended its revisions are kept.
pub const REVISIONS_LAST: Duration = Duration::from_secs(180 * 24 * 60 * 60);
/// Saves that an editor makes by itself within this time are one revision.
const FOLD: Duration = Duration::from_secs(60);
/// Mailings whose revisions one purge forgets.
const PURGED_AT_ONCE: i64 = 100;

/// How a revision came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevisionKind {
    /// Somebody pressed Save, restored an older one, or called the API.
    ByHand,
    /// The editor saved while somebody typed.
    ByItself,
    /// Somebody else had saved meanwhile; this text stands beside the mailing.
    Beside,
}

impl RevisionKind {
    const fn number(self) -> i64 {
        match self {
            Self::ByHand => 0,
            Self::ByItself => 1,
            Self::Beside => 2,
        }
    }

    fn from_number(number: i64) -> Result<Self> {
        match number {
            0 => Ok(Self::ByHand),
            1 => Ok(Self::ByItself),
            2 => Ok(Self::Beside),
            _ => Err(corrupt("kind of a revision")),
        }
    }
}

/// How a draft is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saving {
    /// The revision that the writer began with; none replaces whatever stands.
    pub base: Option<i64>,
    /// The editor saves by itself.
    pub by_itself: bool,
}

/// What became of a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// The mailing says this now, under this revision.
    Kept(i64),
    /// Somebody else had saved revision `current`; the text is kept as revision `beside`.
    Beside {
        /// The revision that the mailing has.
        current: i64,
        /// The revision of the text that was not taken.
        beside: i64,
    },
}

/// What stood in a mailing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its number in the mailing.
    pub number: i64,
    /// How it came about.
    pub kind: RevisionKind,
    /// When it was saved.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// What it said; lists leave the body empty.
    pub draft: MailingDraft,
}

fn joined(tags: &[TagId]) -> String {
    tags.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn revision(row: &Row) -> Result<Revision> {
    let trigger = match row.int_opt(14)? {
        Some(tag) => Some(Trigger { tag: TagId::from_raw(tag), delay_minutes: row.int(15)? }),
        None => None,
    };
    let draft = MailingDraft {
        name: row.text(4)?,
        topic: TopicId::from_raw(row.int(5)?),
        topic_version: Some(row.int(6)?),
        content: MailingContent {
            subject: row.text(7)?,
            preheader: row.text(8)?,
            format: format(&row.text(9)?)?,
            body: row.text(10)?,
            language: language(&row.text(11)?)?,
            template_version: row.int(16)?,
        },
        // An autoresponder's trigger is written among the tags, and a draft names it once.
        include: if trigger.is_some() { Vec::new() } else { tags(Some(row.text(12)?))? },
        exclude: tags(Some(row.text(13)?))?,
        trigger,
    };
    let kind = RevisionKind::from_number(row.int(1)?)?;
    Ok(Revision { number: row.int(0)?, kind, at: row.time(2)?, by: row.text(3)?, draft })
}

/// A revision to be written; the mailing's row is locked.
pub(super) struct NewRevision<'a> {
    pub(super) account: AccountId,
    pub(super) mailing: MailingId,
    pub(super) kind: RevisionKind,
    pub(super) topic_version: i64,
    pub(super) draft: &'a MailingDraft,
    pub(super) by: &'a str,
    pub(super) now: Timestamp,
}

/// Writes a revision and returns its number. One of the same kind by the same writer that began
/// less than a minute ago is replaced, unless it was saved by hand.
pub(super) async fn keep(conn: &mut Conn, new: NewRevision<'_>) -> Result<i64> {
    let NewRevision { account, mailing, kind, topic_version, draft, by, now } = new;
    let newest = conn
        .optional(sql!(
            "SELECT number, kind, began_at, actor FROM mailing_revision WHERE account_id = $1 AND mailing_id = $2 ORDER BY number DESC LIMIT 1",
            account,
            mailing,
        ))
        .await?;
    let (mut number, mut began_at) = (1, now);
    if let Some(row) = newest {
        number = row.int(0)? + 1;
        let began = row.time(2)?;
        if kind != RevisionKind::ByHand && row.int(1)? == kind.number() && row.text(3)? == by && now < began + FOLD {
            began_at = began;
            conn.execute(sql!(
                "DELETE FROM mailing_revision WHERE account_id = $1 AND mailing_id = $2 AND number = $3",
                account,
                mailing,
                number - 1,
            ))
            .await?;
        }
    }
    conn.execute(sql!(
        "INSERT INTO mailing_revision (account_id, mailing_id, number, kind, began_at, at, actor, name, topic_id, topic_version, subject, preheader,
            format, body, language, template_version, include, exclude, trigger_tag, delay_minutes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        account,
        mailing,
        number,
        kind.number(),
        began_at,
        now,
        by,
        draft.name.as_str(),
        draft.topic,
        topic_version,
        draft.content.subject.as_str(),
        draft.content.preheader.as_str(),
        format_word(draft.content.format),
        draft.content.body.as_str(),
        draft.content.language.code(),
        draft.content.template_version,
        joined(&draft.include),
        joined(&draft.exclude),
        draft.trigger.map(|trigger| trigger.tag),
        draft.trigger.map_or(0, |trigger| trigger.delay_minutes),
    ))
    .await?;
    forget_oldest(conn, account, mailing).await?;
    Ok(number)
}

async fn forget_oldest(conn: &mut Conn, account: AccountId, mailing: MailingId) -> Result<()> {
    conn.execute(sql!(
        "DELETE FROM mailing_revision WHERE account_id = $1 AND mailing_id = $2 AND number <
            (SELECT MIN(n.number) FROM (SELECT r.number FROM mailing_revision r
                WHERE r.account_id = $1 AND r.mailing_id = $2 ORDER BY r.number DESC LIMIT $3) AS n)",
        account,
        mailing,
        KEPT_REVISIONS,
    ))
    .await
    .map(drop)
}

/// Marks a revision as saved by hand: pressing Save on what the editor had saved already keeps it for good.
pub(super) async fn by_hand(conn: &mut Conn, account: AccountId, mailing: MailingId, number: i64) -> Result<()> {
    conn.execute(sql!(
        "UPDATE mailing_revision SET kind = $1 WHERE account_id = $2 AND mailing_id = $3 AND number = $4",
        RevisionKind::ByHand.number(),
        account,
        mailing,
        number,
    ))
    .await
    .map(drop)
}

/// Forgets all of a mailing that is removed.
pub(super) async fn forget(conn: &mut Conn, account: AccountId, mailing: MailingId) -> Result<()> {
    conn.execute(sql!("DELETE FROM mailing_revision WHERE account_id = $1 AND mailing_id = $2", account, mailing))
        .await
        .map(drop)
}

impl Store {
    /// The revisions of a mailing, newest first, at most [`KEPT_REVISIONS`]; their bodies come with
    /// [`Store::revision`] only.
    ///
    /// # Errors
    /// Those of the database. A mailing of another account has none.
    pub async fn revisions(&self, account: AccountId, mailing: MailingId) -> Result<Vec<Revision>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT number, kind, at, actor, name, topic_id, topic_version, subject, preheader, format, '', language, include, exclude,
                    trigger_tag, delay_minutes, template_version
                 FROM mailing_revision WHERE account_id = $1 AND mailing_id = $2 ORDER BY number DESC LIMIT $3",
                account,
                mailing,
                KEPT_REVISIONS,
            ))
            .await?;
        rows.iter().map(revision).collect()
    }

    /// One revision with everything that it said.
    ///
    /// # Errors
    /// `NotFound` for a number that is not kept (any more), and for a mailing of another account.
    pub async fn revision(&self, account: AccountId, mailing: MailingId, number: i64) -> Result<Revision> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT number, kind, at, actor, name, topic_id, topic_version, subject, preheader, format, body, language, include, exclude,
                    trigger_tag, delay_minutes, template_version
                 FROM mailing_revision WHERE account_id = $1 AND mailing_id = $2 AND number = $3",
                account,
                mailing,
                number,
            ))
            .await?;
        revision(&row.ok_or(StoreError::NotFound("revision"))?)
    }

    /// Forgets the revisions of mailings that ended more than [`REVISIONS_LAST`] ago, of at most 100
    /// mailings. Returns how many revisions.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn purge_revisions(&self, now: Timestamp) -> Result<u64> {
        self.write(Urgency::Grouped, move |conn| {
            Box::pin(conn.execute(sql!(
                "DELETE FROM mailing_revision WHERE mailing_id IN (SELECT m.id FROM mailing m WHERE m.state IN ($1, $2) AND m.finished_at < $3
                    AND EXISTS (SELECT 1 FROM mailing_revision r WHERE r.account_id = m.account_id AND r.mailing_id = m.id) ORDER BY m.id LIMIT $4)",
                MailingState::Finished.number(),
                MailingState::Aborted.number(),
                now - REVISIONS_LAST,
                PURGED_AT_ONCE,
            )))
        })
        .await
    }
}
