//! What happened to a person, and what will: tags, mails with their outcomes, and why there is none
//! (promise 7). What the ledger says is told in [`crate::proofs`].

use policy::absent::{AbsenceFacts, Absent, ConsentOnRecord, Span, absent};
use policy::consent::EventKind;
use policy::facts::MailingState;
use policy::{AccountId, ContactId, MailingId, RowState, TagId, Timestamp};

use super::MAX_PAGE;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::mailings::{DeliveryLine, MailingKind, delivery};
use crate::profiles::corrupt;
use crate::sql::{Row, sql};
use crate::tags::Hand;
use crate::{Store, consents};

/// Times that a tag was carried, of one contact, that are shown.
const SPANS: i64 = 500;
/// Mails that come next, at most.
const COMING: i64 = 50;

/// From when to when a contact carried a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagSpan {
    /// The tag.
    pub tag: TagId,
    /// Its name.
    pub name: String,
    /// When it was given.
    pub given_at: Timestamp,
    /// By whom, where that was noted.
    pub given_by: Option<Hand>,
    /// When it was taken, and by whom; none while it is carried.
    pub taken: Option<(Timestamp, Option<Hand>)>,
}

/// A bounce of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailBounce {
    /// When it came.
    pub at: Timestamp,
    /// The word of its class (`policy::bounce::BounceClass`).
    pub class: String,
    /// The receiver's words.
    pub reply: String,
    /// The word of what it did (`store::bounces::BounceEffect`).
    pub effect: String,
}

/// A complaint about a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailComplaint {
    /// When it came.
    pub at: Timestamp,
    /// It counts.
    pub counted: bool,
}

/// A mail of a mailing to a person, with what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactMail {
    /// The mail.
    pub line: DeliveryLine,
    /// The kind of its mailing.
    pub kind: MailingKind,
    /// Its newest bounce.
    pub bounce: Option<MailBounce>,
    /// The complaint about it.
    pub complaint: Option<MailComplaint>,
}

impl ContactMail {
    /// When it ended.
    #[must_use]
    pub fn ended_at(&self) -> Timestamp {
        self.line.settled_at.unwrap_or(self.line.due_at)
    }
}

/// A mail that comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coming {
    /// The mailing.
    pub mailing: MailingId,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: MailingKind,
    /// When it is due.
    pub due_at: Timestamp,
    /// Where the mail stands; none while the newsletter waits for its time.
    pub state: Option<RowState>,
    /// What it waits for.
    pub reason: Option<String>,
}

fn kind(number: i64) -> MailingKind {
    if number == 1 { MailingKind::Newsletter } else { MailingKind::Autoresponder }
}

fn span(row: &Row) -> Result<TagSpan> {
    let hand = |at: usize| -> Result<Option<Hand>> { Ok(row.text_opt(at)?.map(|word| Hand::from_word(&word))) };
    Ok(TagSpan {
        tag: TagId::from_raw(row.int(0)?),
        name: row.text(1)?,
        given_at: row.time(2)?,
        given_by: hand(3)?,
        taken: match row.time_opt(4)? {
            Some(at) => Some((at, hand(5)?)),
            None => None,
        },
    })
}

fn mail(row: &Row) -> Result<ContactMail> {
    let bounce = match (row.time_opt(14)?, row.text_opt(15)?, row.text_opt(16)?, row.text_opt(17)?) {
        (Some(at), Some(class), Some(reply), Some(effect)) => Some(MailBounce { at, class, reply, effect }),
        _ => None,
    };
    let complaint = match row.time_opt(12)? {
        Some(at) => Some(MailComplaint { at, counted: row.bool(13)? }),
        None => None,
    };
    Ok(ContactMail { line: delivery(row)?, kind: kind(row.int(11)?), bounce, complaint })
}

/// When the person was a contact.
async fn contact_span(conn: &mut Conn, account: AccountId, contact: ContactId) -> Result<Span> {
    let row = conn
        .optional(sql!(
            "SELECT since, CAST(NULL AS BIGINT) FROM contact WHERE account_id = $1 AND id = $2
             UNION ALL SELECT since, left_at FROM former_contact WHERE account_id = $1 AND id = $2",
            account,
            contact,
        ))
        .await?
        .ok_or(StoreError::NotFound("contact"))?;
    Ok(Span { from: row.time(0)?, until: row.time_opt(1)? })
}

/// The times in which the person had left, each ended by an undo.
async fn away(conn: &mut Conn, account: AccountId, contact: ContactId) -> Result<Vec<Span>> {
    let rows = conn
        .all(sql!(
            "SELECT kind, at FROM consent_event WHERE account_id = $1 AND contact_id = $2 ORDER BY at, id",
            account,
            contact,
        ))
        .await?;
    let (mut away, mut left) = (Vec::new(), None);
    for row in &rows {
        let (kind, at) = (consents::kind(&row.text(0)?)?, row.time(1)?);
        match (kind, left) {
            (EventKind::Restored, Some(from)) => {
                away.push(Span { from, until: Some(at) });
                left = None;
            }
            (kind, None) if kind.leaves() => left = Some(at),
            _ => {}
        }
    }
    Ok(away)
}

/// The times in which the person carried tags that the mailing includes, or excludes.
async fn tag_times(
    conn: &mut Conn,
    account: AccountId,
    mailing: MailingId,
    contact: ContactId,
) -> Result<(Vec<Span>, Vec<Span>)> {
    let rows = conn
        .all(sql!(
            "SELECT t.exclude, g.given_at, CAST(NULL AS BIGINT) FROM mailing_tag t
             JOIN contact_tag g ON g.account_id = t.account_id AND g.contact_id = $3 AND g.tag_id = t.tag_id
             WHERE t.account_id = $1 AND t.mailing_id = $2
             UNION ALL SELECT t.exclude, p.given_at, p.taken_at FROM mailing_tag t
             JOIN contact_tag_past p ON p.account_id = t.account_id AND p.contact_id = $3 AND p.tag_id = t.tag_id
             WHERE t.account_id = $1 AND t.mailing_id = $2",
            account,
            mailing,
            contact,
        ))
        .await?;
    let (mut included, mut excluded) = (Vec::new(), Vec::new());
    for row in &rows {
        let span = Span { from: row.time(1)?, until: row.time_opt(2)? };
        if row.bool(0)? { excluded.push(span) } else { included.push(span) }
    }
    Ok((included, excluded))
}

/// What is on record about the person's consent for a topic.
async fn consent(
    conn: &mut Conn,
    account: AccountId,
    contact: ContactId,
    topic: i64,
) -> Result<Option<ConsentOnRecord>> {
    let row = conn
        .optional(sql!(
            "SELECT topic_version, granted_at, withdrawn_at FROM consent WHERE account_id = $1 AND contact_id = $2 AND topic_id = $3",
            account,
            contact,
            topic,
        ))
        .await?;
    row.map(|row| {
        Ok(ConsentOnRecord { version: row.int(0)?, granted_at: row.time(1)?, withdrawn_at: row.time_opt(2)? })
    })
    .transpose()
}

impl Store {
    /// The tags that a person of the account carries or carried, those first that were given last; at
    /// most 500.
    ///
    /// # Errors
    /// Those of the database. A number of another account finds nothing.
    pub async fn tag_spans(&self, account: AccountId, contact: ContactId) -> Result<Vec<TagSpan>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT s.tag_id, t.name, s.given_at, s.given_by, s.taken_at, s.taken_by FROM
                    (SELECT tag_id, given_at, given_by, CAST(NULL AS BIGINT) AS taken_at, CAST(NULL AS TEXT) AS taken_by FROM contact_tag
                        WHERE account_id = $1 AND contact_id = $2
                     UNION ALL SELECT tag_id, given_at, given_by, taken_at, taken_by FROM contact_tag_past
                        WHERE account_id = $1 AND contact_id = $2) AS s
                 JOIN tag t ON t.account_id = $1 AND t.id = s.tag_id ORDER BY s.given_at DESC, s.tag_id LIMIT $3",
                account,
                contact,
                SPANS,
            ))
            .await?;
        rows.iter().map(span).collect()
    }

    /// The mails of mailings to a person of the account, contact or former contact, that ended: those
    /// first that ended last, before a moment and a mailing; at most `limit` (≤ 500).
    ///
    /// # Errors
    /// Those of the database. A number of another account finds nothing.
    pub async fn mails_of_contact(
        &self,
        account: AccountId,
        contact: ContactId,
        before: Option<(Timestamp, MailingId)>,
        limit: i64,
    ) -> Result<Vec<ContactMail>> {
        let (at, mailing) = before.map_or((i64::MAX, i64::MAX), |(at, mailing)| (at.millis(), mailing.get()));
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT d.mailing_id, m.name, d.contact_id, d.state, d.due_at, d.attempt, d.reason, d.reply, d.doubt, d.planned_at, d.settled_at,
                    m.kind, x.at, x.counted, b.at, b.class, b.reply, b.effect
                 FROM delivery d JOIN mailing m ON m.account_id = d.account_id AND m.id = d.mailing_id
                 LEFT JOIN complaint x ON x.account_id = d.account_id AND x.mailing_id = d.mailing_id AND x.contact_id = d.contact_id
                 LEFT JOIN bounce b ON b.message_kind = 0 AND b.message_id = d.mailing_id AND b.contact_id = d.contact_id
                    AND b.attempt = (SELECT MAX(y.attempt) FROM bounce y WHERE y.message_kind = 0 AND y.message_id = d.mailing_id AND y.contact_id = d.contact_id)
                 WHERE d.account_id = $1 AND d.contact_id = $2 AND d.state >= 10 AND (COALESCE(d.settled_at, d.due_at), d.mailing_id) < ($3, $4)
                 ORDER BY COALESCE(d.settled_at, d.due_at) DESC, d.mailing_id DESC LIMIT $5",
                account,
                contact,
                at,
                mailing,
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter().map(mail).collect()
    }

    /// The mail of one mailing to a person of the account, wherever it stands.
    ///
    /// # Errors
    /// `NotFound` when there is none; those of the database.
    pub async fn mail_of_contact(
        &self,
        account: AccountId,
        mailing: MailingId,
        contact: ContactId,
    ) -> Result<ContactMail> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT d.mailing_id, m.name, d.contact_id, d.state, d.due_at, d.attempt, d.reason, d.reply, d.doubt, d.planned_at, d.settled_at,
                    m.kind, x.at, x.counted, b.at, b.class, b.reply, b.effect
                 FROM delivery d JOIN mailing m ON m.account_id = d.account_id AND m.id = d.mailing_id
                 LEFT JOIN complaint x ON x.account_id = d.account_id AND x.mailing_id = d.mailing_id AND x.contact_id = d.contact_id
                 LEFT JOIN bounce b ON b.message_kind = 0 AND b.message_id = d.mailing_id AND b.contact_id = d.contact_id
                    AND b.attempt = (SELECT MAX(y.attempt) FROM bounce y WHERE y.message_kind = 0 AND y.message_id = d.mailing_id AND y.contact_id = d.contact_id)
                 WHERE d.account_id = $1 AND d.mailing_id = $2 AND d.contact_id = $3",
                account,
                mailing,
                contact,
            ))
            .await?;
        mail(&row.ok_or(StoreError::NotFound("mail"))?)
    }

    /// The mails that come to a contact next: those that are planned or wait, and newsletters that are
    /// scheduled and would reach the contact as it is now. At most 50 of each.
    ///
    /// # Errors
    /// Those of the database. A number of another account finds nothing.
    pub async fn coming_to(&self, account: AccountId, contact: ContactId) -> Result<Vec<Coming>> {
        let mut conn = self.reader().await?;
        let rows = conn
            .all(sql!(
                "SELECT d.mailing_id, m.name, m.kind, d.due_at, d.state, d.reason
                 FROM delivery d JOIN mailing m ON m.account_id = d.account_id AND m.id = d.mailing_id
                 WHERE d.contact_id = $2 AND d.state < 10 AND d.account_id = $1 ORDER BY d.due_at, d.mailing_id LIMIT $3",
                account,
                contact,
                COMING,
            ))
            .await?;
        let mut coming = Vec::new();
        for row in &rows {
            let state = RowState::from_number(row.int(4)?).ok_or_else(|| corrupt("state of a delivery"))?;
            coming.push(Coming {
                mailing: MailingId::from_raw(row.int(0)?),
                name: row.text(1)?,
                kind: kind(row.int(2)?),
                due_at: row.time(3)?,
                state: Some(state),
                reason: row.text_opt(5)?,
            });
        }
        // The same conditions as the expansion's.
        let rows = conn
            .all(sql!(
                "SELECT m.id, m.name, m.scheduled_at FROM consent k JOIN mailing m ON m.account_id = k.account_id AND m.topic_id = k.topic_id AND m.topic_version = k.topic_version
                 WHERE k.account_id = $1 AND k.contact_id = $2 AND k.withdrawn_at IS NULL AND m.kind = 1 AND m.state = 1 AND m.scheduled_at IS NOT NULL
                    AND (NOT EXISTS (SELECT 1 FROM mailing_tag t WHERE t.account_id = $1 AND t.mailing_id = m.id AND t.exclude = FALSE)
                        OR EXISTS (SELECT 1 FROM mailing_tag t JOIN contact_tag g ON g.account_id = t.account_id AND g.tag_id = t.tag_id
                            WHERE t.account_id = $1 AND t.mailing_id = m.id AND t.exclude = FALSE AND g.contact_id = $2))
                    AND NOT EXISTS (SELECT 1 FROM mailing_tag t JOIN contact_tag g ON g.account_id = t.account_id AND g.tag_id = t.tag_id
                            WHERE t.account_id = $1 AND t.mailing_id = m.id AND t.exclude = TRUE AND g.contact_id = $2)
                 ORDER BY m.scheduled_at, m.id LIMIT $3",
                account,
                contact,
                COMING,
            ))
            .await?;
        for row in &rows {
            coming.push(Coming {
                mailing: MailingId::from_raw(row.int(0)?),
                name: row.text(1)?,
                kind: MailingKind::Newsletter,
                due_at: row.time(2)?,
                state: None,
                reason: None,
            });
        }
        coming.sort_by_key(|mail| (mail.due_at, mail.mailing));
        Ok(coming)
    }

    /// Why a mailing of the account has no mail for a person, contact or former contact; `None` where
    /// it has one, which says for itself what became of it.
    ///
    /// # Errors
    /// `NotFound` for a mailing or person that is not the account's; those of the database.
    pub async fn absence(
        &self,
        account: AccountId,
        mailing: MailingId,
        contact: ContactId,
        now: Timestamp,
    ) -> Result<Option<Absent>> {
        let mut conn = self.reader().await?;
        let span = contact_span(&mut conn, account, contact).await?;
        let row = conn
            .optional(sql!(
                "SELECT m.kind, m.state, m.started_at, m.cut_at, m.expanded, m.topic_id, m.topic_version,
                    EXISTS (SELECT 1 FROM mailing_tag t WHERE t.account_id = m.account_id AND t.mailing_id = m.id AND t.exclude = FALSE),
                    EXISTS (SELECT 1 FROM delivery d WHERE d.mailing_id = m.id AND d.contact_id = $3)
                 FROM mailing m WHERE m.account_id = $1 AND m.id = $2",
                account,
                mailing,
                contact,
            ))
            .await?
            .ok_or(StoreError::NotFound("mailing"))?;
        if row.bool(8)? {
            return Ok(None);
        }
        let (included, excluded) = tag_times(&mut conn, account, mailing, contact).await?;
        let facts = AbsenceFacts {
            state: MailingState::from_number(row.int(1)?).ok_or_else(|| corrupt("state of a mailing"))?,
            autoresponder: kind(row.int(0)?) == MailingKind::Autoresponder,
            started_at: row.time_opt(2)?,
            cut_at: row.time_opt(3)?,
            expanded: row.bool(4)?,
            version: row.int(6)?,
            contact: span,
            away: away(&mut conn, account, contact).await?,
            consent: consent(&mut conn, account, contact, row.int(5)?).await?,
            asks_for_tags: row.bool(7)?,
            included,
            excluded,
            now,
        };
        Ok(Some(absent(&facts)))
    }
}
