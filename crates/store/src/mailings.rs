//! Mailings: newsletters and autoresponders, as their owners write, start and stop them.
//!
//! A newsletter: `draft → scheduled → running ⇄ paused → finished`, `aborted` from any of them. An
//! autoresponder: `draft → running ⇄ paused → aborted`. `held` is a rule's word; only a person's
//! decision ends it (D3, R48). Every change that the gate judges by raises the mailing's
//! `facts_version`; whoever pauses or aborts waits for the tickets of what is on the wire
//! (`Store::drain_all`) before anybody is told.

mod copies;
mod lists;
mod live;
mod reach;
mod revisions;
mod sample;
mod states;
mod writing;

use policy::facts::MailingState;
use policy::send::{BodyFormat, MailingContent};
use policy::{AccountId, ContactId, MailingId, RowState, TagId, Timestamp, TopicId, TopicRef};

use crate::Store;
use crate::autoresponders::PLANNED;
use crate::book::MAX_PAGE;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::profiles::{corrupt, language, tags};
use crate::sql::{Row, sql};

pub use lists::{MailingLine, Shelf, ShelfCounts};
pub use live::{Live, Minute, ProviderWord, UNSUBSCRIBES_COUNT_FOR};
pub use reach::Reach;
pub use revisions::{KEPT_REVISIONS, REVISIONS_LAST, Revision, RevisionKind, Saved, Saving};
pub use sample::Sample;

/// Mailings that an account may have.
pub const MAX_MAILINGS: i64 = 20_000;
/// Tags that a mailing may name.
pub const MAX_MAILING_TAGS: usize = 50;
/// The longest delay of an autoresponder, in minutes: a year.
pub const MAX_DELAY_MINUTES: i64 = 366 * 24 * 60;

/// What kind of mailing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailingKind {
    /// Goes to everybody of its audience once.
    Newsletter,
    /// Follows a tag after a delay.
    Autoresponder,
}

impl MailingKind {
    const fn number(self) -> i64 {
        match self {
            Self::Newsletter => 1,
            Self::Autoresponder => 2,
        }
    }

    /// The word that pages and the API use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Newsletter => "newsletter",
            Self::Autoresponder => "autoresponder",
        }
    }
}

/// When an autoresponder's mail follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The tag that it follows. A tag that is gone when the mail is due stops it.
    pub tag: TagId,
    /// Minutes after the tag was given.
    pub delay_minutes: i64,
}

/// What a customer writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailingDraft {
    /// The name that the customer works with.
    pub name: String,
    /// The topic.
    pub topic: TopicId,
    /// The version of its statement; none = the newest approved one. A mailing reaches only those
    /// who agreed to just this version (R82).
    pub topic_version: Option<i64>,
    /// The content; its `template_version` is the gate's.
    pub content: MailingContent,
    /// Contacts must carry one of these tags; empty = all. An autoresponder has its trigger alone.
    pub include: Vec<TagId>,
    /// Contacts must carry none of these tags.
    pub exclude: Vec<TagId>,
    /// For autoresponders.
    pub trigger: Option<Trigger>,
}

/// A mailing as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailing {
    /// Its number.
    pub id: MailingId,
    /// Newsletter or autoresponder.
    pub kind: MailingKind,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: MailingState,
    /// Why it is held.
    pub held_reason: Option<String>,
    /// The topic and version that it names.
    pub topic: TopicRef,
    /// What it says.
    pub content: MailingContent,
    /// Tags, one of which contacts must carry.
    pub include: Vec<TagId>,
    /// Tags that contacts must not carry.
    pub exclude: Vec<TagId>,
    /// For autoresponders.
    pub trigger: Option<Trigger>,
    /// When it shall begin.
    pub scheduled_at: Option<Timestamp>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When its last row ended.
    pub finished_at: Option<Timestamp>,
    /// Since when there is one.
    pub created_at: Timestamp,
    /// The newest revision of what it says; 0 when nothing was kept of it.
    pub revision: i64,
}

/// How far a mailing is. The figures add up: open = audience − all that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Contacts that it reaches, so far; of an autoresponder the steps that were planned.
    pub audience: i64,
    /// The audience is complete.
    pub expanded: bool,
    /// Rows that ended, by the state in which they did.
    pub ended: Vec<(RowState, i64)>,
    /// Rows that did not end yet.
    pub open: i64,
}

/// One mail of a mailing to one contact, with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryLine {
    /// The mailing.
    pub mailing: MailingId,
    /// Its name.
    pub mailing_name: String,
    /// The contact.
    pub contact: ContactId,
    /// Where it stands.
    pub state: RowState,
    /// When it is due, or was.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// The word of the refusal or of what it waits for.
    pub reason: Option<String>,
    /// What the receiver said.
    pub reply: Option<String>,
    /// An attempt was lost after its final dot.
    pub doubt: bool,
    /// When it was planned.
    pub planned_at: Timestamp,
    /// When it ended.
    pub settled_at: Option<Timestamp>,
}

fn format(word: &str) -> Result<BodyFormat> {
    match word {
        "markdown" => Ok(BodyFormat::Markdown),
        "html" => Ok(BodyFormat::Html),
        _ => Err(corrupt("format of a mailing")),
    }
}

const fn format_word(format: BodyFormat) -> &'static str {
    match format {
        BodyFormat::Markdown => "markdown",
        BodyFormat::Html => "html",
    }
}

fn state(number: i64) -> Result<MailingState> {
    MailingState::from_number(number).ok_or_else(|| corrupt("state of a mailing"))
}

fn mailing(row: &Row) -> Result<Mailing> {
    let trigger = match row.int_opt(17)? {
        Some(tag) => Some(Trigger { tag: TagId::from_raw(tag), delay_minutes: row.int(18)? }),
        None => None,
    };
    Ok(Mailing {
        id: MailingId::from_raw(row.int(0)?),
        kind: if row.int(1)? == 1 { MailingKind::Newsletter } else { MailingKind::Autoresponder },
        name: row.text(2)?,
        state: state(row.int(3)?)?,
        held_reason: row.text_opt(4)?,
        topic: TopicRef { topic: TopicId::from_raw(row.int(5)?), version: row.int(6)? },
        content: MailingContent {
            subject: row.text(7)?,
            preheader: row.text(8)?,
            format: format(&row.text(9)?)?,
            body: row.text(10)?,
            language: language(&row.text(11)?)?,
            template_version: row.int(12)?,
        },
        include: tags(row.text_opt(19)?)?,
        exclude: tags(row.text_opt(20)?)?,
        trigger,
        scheduled_at: row.time_opt(13)?,
        started_at: row.time_opt(14)?,
        finished_at: row.time_opt(15)?,
        created_at: row.time(16)?,
        revision: row.int(21)?,
    })
}

/// Kind and state of a mailing, its row locked.
async fn lock(conn: &mut Conn, account: AccountId, id: MailingId) -> Result<(MailingKind, MailingState)> {
    let row = conn
        .optional(sql!("SELECT kind, state FROM mailing WHERE account_id = $1 AND id = $2 {for_update}", account, id))
        .await?
        .ok_or(StoreError::NotFound("mailing"))?;
    let kind = if row.int(0)? == 1 { MailingKind::Newsletter } else { MailingKind::Autoresponder };
    Ok((kind, state(row.int(1)?)?))
}

pub(crate) fn delivery(row: &Row) -> Result<DeliveryLine> {
    Ok(DeliveryLine {
        mailing: MailingId::from_raw(row.int(0)?),
        mailing_name: row.text(1)?,
        contact: ContactId::from_raw(row.int(2)?),
        state: RowState::from_number(row.int(3)?).ok_or_else(|| corrupt("state of a delivery"))?,
        due_at: row.time(4)?,
        attempts: row.int(5)?,
        reason: row.text_opt(6)?,
        reply: row.text_opt(7)?,
        doubt: row.bool(8)?,
        planned_at: row.time(9)?,
        settled_at: row.time_opt(10)?,
    })
}

impl Store {
    /// Mailings of one kind after `after`, by number, at most `limit` (≤ 500). Their bodies come
    /// with [`Store::mailing`] only.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mailings(
        &self,
        account: AccountId,
        kind: MailingKind,
        after: Option<MailingId>,
        limit: i64,
    ) -> Result<Vec<Mailing>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT m.id, m.kind, m.name, m.state, m.held_reason, m.topic_id, m.topic_version, m.subject, m.preheader, m.format, '', m.language,
                    m.template_version, m.scheduled_at, m.started_at, m.finished_at, m.created_at, m.trigger_tag, m.delay_minutes,
                    (SELECT string_agg(CAST(g.tag_id AS TEXT), ' ') FROM mailing_tag g WHERE g.account_id = m.account_id AND g.mailing_id = m.id AND NOT g.exclude),
                    (SELECT string_agg(CAST(g.tag_id AS TEXT), ' ') FROM mailing_tag g WHERE g.account_id = m.account_id AND g.mailing_id = m.id AND g.exclude),
                    m.revision
                 FROM mailing m WHERE m.account_id = $1 AND m.kind = $2 AND m.id > $3 ORDER BY m.id LIMIT $4",
                account,
                kind.number(),
                after.map_or(0, MailingId::get),
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter().map(mailing).collect()
    }

    /// One mailing of the account.
    ///
    /// # Errors
    /// `NotFound` for any other number; those of the database.
    pub async fn mailing(&self, account: AccountId, id: MailingId) -> Result<Mailing> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT m.id, m.kind, m.name, m.state, m.held_reason, m.topic_id, m.topic_version, m.subject, m.preheader, m.format, m.body, m.language,
                    m.template_version, m.scheduled_at, m.started_at, m.finished_at, m.created_at, m.trigger_tag, m.delay_minutes,
                    (SELECT string_agg(CAST(g.tag_id AS TEXT), ' ') FROM mailing_tag g WHERE g.account_id = m.account_id AND g.mailing_id = m.id AND NOT g.exclude),
                    (SELECT string_agg(CAST(g.tag_id AS TEXT), ' ') FROM mailing_tag g WHERE g.account_id = m.account_id AND g.mailing_id = m.id AND g.exclude),
                    m.revision
                 FROM mailing m WHERE m.account_id = $1 AND m.id = $2",
                account,
                id,
            ))
            .await?;
        mailing(&row.ok_or(StoreError::NotFound("mailing"))?)
    }

    /// How far a mailing is.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn progress(&self, account: AccountId, id: MailingId) -> Result<Progress> {
        // One statement, one snapshot: the figures add up.
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT m.kind, m.audience, m.expanded, c.state, CAST(SUM(c.n) AS BIGINT)
                 FROM mailing m LEFT JOIN mailing_count c ON c.account_id = m.account_id AND c.mailing_id = m.id
                 WHERE m.account_id = $1 AND m.id = $2 GROUP BY m.kind, m.audience, m.expanded, c.state ORDER BY c.state",
                account,
                id,
            ))
            .await?;
        let first = rows.first().ok_or(StoreError::NotFound("mailing"))?;
        let newsletter = first.int(0)? == MailingKind::Newsletter.number();
        let mut progress =
            Progress { audience: first.int(1)?, expanded: !newsletter || first.bool(2)?, ended: Vec::new(), open: 0 };
        for row in &rows {
            match (row.int_opt(3)?, row.int_opt(4)?) {
                (Some(PLANNED), Some(n)) => progress.audience += n,
                (Some(number), Some(n)) => {
                    let state = RowState::from_number(number).ok_or_else(|| corrupt("state of a counter"))?;
                    progress.ended.push((state, n));
                }
                _ => {}
            }
        }
        progress.open = progress.audience - progress.ended.iter().map(|(_, n)| n).sum::<i64>();
        Ok(progress)
    }

    /// The mails of mailings to one person of the account, contact or former contact, newest mailing
    /// first, before `before`; at most `limit` (≤ 500). Each says why it was (not) sent (promise 7).
    ///
    /// # Errors
    /// Those of the database. A number of another account finds nothing.
    pub async fn deliveries_of_contact(
        &self,
        account: AccountId,
        contact: ContactId,
        before: Option<MailingId>,
        limit: i64,
    ) -> Result<Vec<DeliveryLine>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT d.mailing_id, m.name, d.contact_id, d.state, d.due_at, d.attempt, d.reason, d.reply, d.doubt, d.planned_at, d.settled_at
                 FROM delivery d JOIN mailing m ON m.account_id = d.account_id AND m.id = d.mailing_id
                 WHERE d.account_id = $1 AND d.contact_id = $2 AND d.mailing_id < $3 ORDER BY d.mailing_id DESC LIMIT $4",
                account,
                contact,
                before.map_or(i64::MAX, MailingId::get),
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter().map(delivery).collect()
    }

    /// The mails of one mailing after the contact `after`, by contact, in one state or in all; at
    /// most `limit` (≤ 500).
    ///
    /// # Errors
    /// Those of the database. A mailing of another account has none.
    pub async fn deliveries_of_mailing(
        &self,
        account: AccountId,
        mailing: MailingId,
        state: Option<RowState>,
        after: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<DeliveryLine>> {
        let (after, limit) = (after.map_or(0, ContactId::get), limit.clamp(1, MAX_PAGE));
        let lines = match state {
            None => sql!(
                "SELECT d.mailing_id, m.name, d.contact_id, d.state, d.due_at, d.attempt, d.reason, d.reply, d.doubt, d.planned_at, d.settled_at
                 FROM delivery d JOIN mailing m ON m.account_id = d.account_id AND m.id = d.mailing_id
                 WHERE d.account_id = $1 AND d.mailing_id = $2 AND d.contact_id > $3 ORDER BY d.contact_id LIMIT $4",
                account,
                mailing,
                after,
                limit,
            ),
            // An index knows what became of mails; what is due, claimed or started it does not know.
            Some(state) if state.number() > RowState::Started.number() => sql!(
                "SELECT d.mailing_id, m.name, d.contact_id, d.state, d.due_at, d.attempt, d.reason, d.reply, d.doubt, d.planned_at, d.settled_at
                 FROM delivery d JOIN mailing m ON m.account_id = d.account_id AND m.id = d.mailing_id
                 WHERE d.account_id = $1 AND d.mailing_id = $2 AND d.state > 2 AND d.state = $3 AND d.contact_id > $4 ORDER BY d.contact_id LIMIT $5",
                account,
                mailing,
                state,
                after,
                limit,
            ),
            Some(state) => sql!(
                "SELECT d.mailing_id, m.name, d.contact_id, d.state, d.due_at, d.attempt, d.reason, d.reply, d.doubt, d.planned_at, d.settled_at
                 FROM delivery d JOIN mailing m ON m.account_id = d.account_id AND m.id = d.mailing_id
                 WHERE d.account_id = $1 AND d.mailing_id = $2 AND d.contact_id > $3 AND d.state = $4 ORDER BY d.contact_id LIMIT $5",
                account,
                mailing,
                after,
                state,
                limit,
            ),
        };
        let rows = self.reader().await?.all(lines).await?;
        rows.iter().map(delivery).collect()
    }
}
