//! Mailings as their owners look for them: newest first, by where they stand, with their figures.

use std::collections::BTreeMap;

use policy::facts::MailingState;
use policy::{AccountId, MailingId};

use super::{Mailing, MailingKind, mailing, state};
use crate::Store;
use crate::book::MAX_PAGE;
use crate::error::Result;
use crate::sql::{MAX_ROWS, Value, sql};

/// Where a list looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// Being written.
    Drafts,
    /// Waiting for their time.
    Scheduled,
    /// Running, paused or held.
    Running,
    /// Finished or aborted.
    Ended,
}

impl Shelf {
    /// Every shelf, in the order of a mailing's way.
    pub const ALL: [Self; 4] = [Self::Drafts, Self::Scheduled, Self::Running, Self::Ended];

    /// The states that stand on it.
    #[must_use]
    pub const fn states(self) -> [MailingState; 3] {
        use MailingState::{Aborted, Draft, Finished, Held, Paused, Running, Scheduled};
        match self {
            Self::Drafts => [Draft, Draft, Draft],
            Self::Scheduled => [Scheduled, Scheduled, Scheduled],
            Self::Running => [Running, Paused, Held],
            Self::Ended => [Finished, Aborted, Aborted],
        }
    }

    /// The word in addresses of pages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Drafts => "drafts",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Ended => "ended",
        }
    }
}

/// How many mailings stand on each shelf, in the order of [`Shelf::ALL`].
pub type ShelfCounts = [i64; 4];

/// A mailing of a list, with its figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailingLine {
    /// The mailing; its body is empty.
    pub mailing: Mailing,
    /// Contacts that it reaches, so far; of an autoresponder the steps that were planned.
    pub audience: i64,
    /// Mails that receivers took.
    pub accepted: i64,
    /// Mails that receivers refused.
    pub bounced: i64,
    /// Complaints that count.
    pub complaints: i64,
}

impl Store {
    /// Mailings of one kind on one shelf before `before`, newest first, at most `limit` (≤ 500).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mailing_lines(
        &self,
        account: AccountId,
        kind: MailingKind,
        shelf: Shelf,
        before: Option<MailingId>,
        limit: i64,
    ) -> Result<Vec<MailingLine>> {
        let [one, two, three] = shelf.states().map(MailingState::number);
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT m.id, m.kind, m.name, m.state, m.held_reason, m.topic_id, m.topic_version, m.subject, m.preheader, m.format, '', m.language,
                    m.template_version, m.scheduled_at, m.started_at, m.finished_at, m.created_at, m.trigger_tag, m.delay_minutes,
                    (SELECT string_agg(CAST(g.tag_id AS TEXT), ' ') FROM mailing_tag g WHERE g.account_id = m.account_id AND g.mailing_id = m.id AND NOT g.exclude),
                    (SELECT string_agg(CAST(g.tag_id AS TEXT), ' ') FROM mailing_tag g WHERE g.account_id = m.account_id AND g.mailing_id = m.id AND g.exclude),
                    m.revision,
                    CAST(m.audience + COALESCE((SELECT SUM(c.n) FROM mailing_count c WHERE c.account_id = m.account_id AND c.mailing_id = m.id AND c.state = -1), 0) AS BIGINT),
                    CAST(COALESCE((SELECT SUM(c.n) FROM mailing_count c WHERE c.account_id = m.account_id AND c.mailing_id = m.id AND c.state = 10), 0) AS BIGINT),
                    CAST(COALESCE((SELECT SUM(c.n) FROM mailing_count c WHERE c.account_id = m.account_id AND c.mailing_id = m.id AND c.state = 11), 0) AS BIGINT),
                    (SELECT COUNT(*) FROM complaint x WHERE x.account_id = m.account_id AND x.mailing_id = m.id AND x.counted)
                 FROM mailing m WHERE m.account_id = $1 AND m.kind = $2 AND m.id < $3 AND m.state IN ($4, $5, $6) ORDER BY m.id DESC LIMIT $7",
                account,
                kind.number(),
                before.map_or(i64::MAX, MailingId::get),
                one,
                two,
                three,
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter()
            .map(|row| {
                Ok(MailingLine {
                    mailing: mailing(row)?,
                    audience: row.int(22)?,
                    accepted: row.int(23)?,
                    bounced: row.int(24)?,
                    complaints: row.int(25)?,
                })
            })
            .collect()
    }

    /// Number and name of the mailings that are more than drafts, newest first, at most `limit` (≤ 500).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mailings_begun(&self, account: AccountId, limit: i64) -> Result<Vec<(MailingId, String)>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, name FROM mailing WHERE account_id = $1 AND state <> 0 ORDER BY id DESC LIMIT $2",
                account,
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter().map(|row| Ok((MailingId::from_raw(row.int(0)?), row.text(1)?))).collect()
    }

    /// Names and kinds of some mailings of an account, at most 512; those that are none of its own are
    /// left out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mailing_names(
        &self,
        account: AccountId,
        ids: &[MailingId],
    ) -> Result<BTreeMap<MailingId, (MailingKind, String)>> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows = ids.iter().take(MAX_ROWS).map(|id| vec![Value::from(*id)]).collect();
        let rows = self
            .reader()
            .await?
            .all(
                sql!(
                    "WITH v(id) AS (VALUES {rows}) SELECT DISTINCT m.id, m.kind, m.name FROM v JOIN mailing m ON m.account_id = $1 AND m.id = v.id",
                    account,
                )
                .rows(rows),
            )
            .await?;
        let of = |number| if number == 1 { MailingKind::Newsletter } else { MailingKind::Autoresponder };
        rows.iter().map(|row| Ok((MailingId::from_raw(row.int(0)?), (of(row.int(1)?), row.text(2)?)))).collect()
    }

    /// How many mailings of one kind stand on each shelf.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count_mailings(&self, account: AccountId, kind: MailingKind) -> Result<ShelfCounts> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT state, COUNT(*) FROM mailing WHERE account_id = $1 AND kind = $2 GROUP BY state ORDER BY state",
                account,
                kind.number(),
            ))
            .await?;
        let mut counts = [0; 4];
        for row in &rows {
            let state = state(row.int(0)?)?;
            let place = Shelf::ALL.into_iter().position(|shelf| shelf.states().contains(&state));
            counts[place.unwrap_or(0)] += row.int(1)?;
        }
        Ok(counts)
    }
}
