//! A mailing while it runs: one look whose figures add up, what its receivers say, and its rate.

use std::time::Duration;

use policy::facts::MailingState;
use policy::{AccountId, MailingId, RowState, Timestamp};

use super::state;
use crate::Store;
use crate::autoresponders::PLANNED;
use crate::error::{Result, StoreError};
use crate::profiles::corrupt;
use crate::sql::sql;

/// Unsubscribes count with the mailing that the person had last, for so long after it began.
pub const UNSUBSCRIBES_COUNT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Provider groups that are listed by name.
const PROVIDERS: i64 = 50;
/// Minutes of a newsletter's rate that are read: a week.
const MINUTES: i64 = 7 * 24 * 60;

/// Where every mail of a mailing stands, in one snapshot: the sum of its states is its audience.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// Contacts that it reaches, so far; of an autoresponder the steps that were planned.
    pub audience: i64,
    /// The audience is complete.
    pub expanded: bool,
    /// Waiting for their turn, or just being made.
    pub due: i64,
    /// Started: the message may be on the wire.
    pub in_flight: i64,
    /// The receiver asked to come again.
    pub deferred: i64,
    /// Lost after the final dot; tried once more.
    pub unknown: i64,
    /// Handed over.
    pub accepted: i64,
    /// Refused by the receiver.
    pub bounced: i64,
    /// Deferred until their time was over.
    pub expired: i64,
    /// Refused by a rule.
    pub refused: i64,
    /// Lost after the final dot twice; nobody knows.
    pub in_doubt: i64,
    /// Complaints that count.
    pub complaints: i64,
    /// Unsubscribes of people who had this mailing last ([`UNSUBSCRIBES_COUNT_FOR`]).
    pub unsubscribed: i64,
}

impl Live {
    /// The sum of all states; the audience, at every moment.
    #[must_use]
    pub const fn sum(&self) -> i64 {
        self.due
            + self.in_flight
            + self.deferred
            + self.unknown
            + self.accepted
            + self.bounced
            + self.expired
            + self.refused
            + self.in_doubt
    }

    /// Mails that did not end yet.
    #[must_use]
    pub const fn open(&self) -> i64 {
        self.due + self.in_flight + self.deferred + self.unknown
    }
}

/// What one provider group said to a mailing's mails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderWord {
    /// The provider group.
    pub group: String,
    /// Mails that it took.
    pub accepted: i64,
    /// How often it asked to come again.
    pub deferred: i64,
    /// Mails that it refused for good.
    pub bounced: i64,
    /// Its last reply, as it came: foreign text.
    pub reply: String,
    /// When that was.
    pub reply_at: Timestamp,
}

/// What receivers said in one minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minute {
    /// When the minute began.
    pub from: Timestamp,
    /// Mails taken.
    pub accepted: i64,
    /// Deferrals.
    pub deferred: i64,
    /// Bounces.
    pub bounced: i64,
}

/// Numbers that stand beside those of the row states in the answer of [`Store::live`].
const AUDIENCE: i64 = 100;
const EXPANDED: i64 = 101;
const COMPLAINTS: i64 = 102;
const UNSUBSCRIBED: i64 = 103;
const STATE: i64 = 104;

impl Store {
    /// Where every mail of a mailing stands, and where the mailing does. One statement, one snapshot.
    /// Its cost follows what is open after a deferral or on the wire, not the audience.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn live(&self, account: AccountId, id: MailingId) -> Result<(MailingState, Live)> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT c.state AS what, CAST(SUM(c.n) AS BIGINT) AS n FROM mailing_count c
                    WHERE c.account_id = $1 AND c.mailing_id = $2 GROUP BY c.state
                 UNION ALL SELECT d.state, COUNT(*) FROM delivery d WHERE d.mailing_id = $2 AND d.state > 2 AND d.state IN (3, 4) GROUP BY d.state
                 UNION ALL SELECT CAST(2 AS BIGINT), COUNT(*) FROM delivery d
                    WHERE d.owner IN (SELECT l.id FROM life l) AND d.state IN (1, 2) AND +d.mailing_id = $2 AND d.state = 2
                 UNION ALL SELECT CAST(100 AS BIGINT), m.audience FROM mailing m WHERE m.account_id = $1 AND m.id = $2
                 UNION ALL SELECT CAST(101 AS BIGINT), CAST(CASE WHEN m.expanded OR m.kind = 2 THEN 1 ELSE 0 END AS BIGINT)
                    FROM mailing m WHERE m.account_id = $1 AND m.id = $2
                 UNION ALL SELECT CAST(102 AS BIGINT), COUNT(*) FROM complaint x WHERE x.account_id = $1 AND x.mailing_id = $2 AND x.counted
                 UNION ALL SELECT CAST(103 AS BIGINT), COUNT(*) FROM former_contact f JOIN mailing m ON m.account_id = f.account_id
                    JOIN delivery d ON d.mailing_id = m.id AND d.contact_id = f.id
                    WHERE f.account_id = $1 AND m.id = $2 AND f.reason = 'unsubscribed' AND f.left_at >= m.started_at AND f.left_at < m.started_at + $3
                        AND d.state = 10 AND d.settled_at <= f.left_at
                        AND NOT EXISTS (SELECT 1 FROM delivery e WHERE e.account_id = $1 AND e.contact_id = f.id AND e.state = 10
                            AND e.settled_at > d.settled_at AND e.settled_at <= f.left_at)
                 UNION ALL SELECT CAST(104 AS BIGINT), m.state FROM mailing m WHERE m.account_id = $1 AND m.id = $2",
                account,
                id,
                i64::try_from(UNSUBSCRIBES_COUNT_FOR.as_millis()).unwrap_or(i64::MAX),
            ))
            .await?;
        let mut live = Live::default();
        let mut of_mailing = None;
        let mut planned = 0;
        for row in &rows {
            let (what, n) = (row.int(0)?, row.int(1)?);
            match what {
                AUDIENCE => live.audience = n,
                EXPANDED => live.expanded = n == 1,
                COMPLAINTS => live.complaints = n,
                UNSUBSCRIBED => live.unsubscribed = n,
                STATE => of_mailing = Some(state(n)?),
                PLANNED => planned = n,
                number => *place(&mut live, number)? = n,
            }
        }
        let of_mailing = of_mailing.ok_or(StoreError::NotFound("mailing"))?;
        live.audience += planned;
        live.due = live.audience - live.sum();
        Ok((of_mailing, live))
    }

    /// What the provider groups said to a mailing, the largest first, at most 50, and how many there
    /// are in all.
    ///
    /// # Errors
    /// Those of the database. A mailing of another account has none.
    pub async fn provider_words(&self, account: AccountId, id: MailingId) -> Result<(Vec<ProviderWord>, i64)> {
        let mut reader = self.reader().await?;
        let rows = reader
            .all(sql!(
                "SELECT p.provider_group, CAST(SUM(p.accepted) AS BIGINT), CAST(SUM(p.deferred) AS BIGINT), CAST(SUM(p.bounced) AS BIGINT), MAX(p.reply_at),
                    (SELECT r.reply FROM mailing_provider r WHERE r.account_id = $1 AND r.mailing_id = $2 AND r.provider_group = p.provider_group
                        ORDER BY r.reply_at DESC, r.shard LIMIT 1)
                 FROM mailing_provider p WHERE p.account_id = $1 AND p.mailing_id = $2 GROUP BY p.provider_group
                 ORDER BY SUM(p.accepted) + SUM(p.bounced) + SUM(p.deferred) DESC, p.provider_group LIMIT $3",
                account,
                id,
                PROVIDERS,
            ))
            .await?;
        let all = reader
            .one(sql!(
                "SELECT COUNT(DISTINCT provider_group) FROM mailing_provider WHERE account_id = $1 AND mailing_id = $2",
                account,
                id,
            ))
            .await?
            .int(0)?;
        let word = |row: &crate::sql::Row| {
            Ok(ProviderWord {
                group: row.text(0)?,
                accepted: row.int(1)?,
                deferred: row.int(2)?,
                bounced: row.int(3)?,
                reply_at: row.time(4)?,
                reply: row.text(5)?,
            })
        };
        Ok((rows.iter().map(word).collect::<Result<_>>()?, all))
    }

    /// What receivers said to a newsletter minute by minute, oldest first; the last week in which
    /// they said anything.
    ///
    /// # Errors
    /// Those of the database. A mailing of another account has none.
    pub async fn mailing_minutes(&self, account: AccountId, id: MailingId) -> Result<Vec<Minute>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT minute, CAST(SUM(accepted) AS BIGINT), CAST(SUM(deferred) AS BIGINT), CAST(SUM(bounced) AS BIGINT)
                 FROM mailing_minute WHERE account_id = $1 AND mailing_id = $2 GROUP BY minute ORDER BY minute DESC LIMIT $3",
                account,
                id,
                MINUTES,
            ))
            .await?;
        rows.iter()
            .rev()
            .map(|row| {
                Ok(Minute {
                    from: Timestamp::from_seconds(row.int(0)? * 60),
                    accepted: row.int(1)?,
                    deferred: row.int(2)?,
                    bounced: row.int(3)?,
                })
            })
            .collect()
    }
}

/// Where the figure of a row state stands.
fn place(live: &mut Live, number: i64) -> Result<&mut i64> {
    match RowState::from_number(number).ok_or_else(|| corrupt("state of a counter"))? {
        RowState::Due | RowState::Claimed => Ok(&mut live.due),
        RowState::Started => Ok(&mut live.in_flight),
        RowState::Deferred => Ok(&mut live.deferred),
        RowState::Unknown => Ok(&mut live.unknown),
        RowState::Accepted => Ok(&mut live.accepted),
        RowState::Bounced => Ok(&mut live.bounced),
        RowState::Expired => Ok(&mut live.expired),
        RowState::Refused => Ok(&mut live.refused),
        RowState::InDoubt => Ok(&mut live.in_doubt),
    }
}
