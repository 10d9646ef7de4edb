//! Which mail a report is about: found by our own id, as far as the memory still knows it.

use policy::{AccountId, ContactId, MailingId, NoticeId, Purpose, RowState, Timestamp};

use super::Named;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::score::AUTORESPONDER;
use crate::sql::sql;

/// The mail that a report is about, as far as the memory still knows it.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) account: AccountId,
    pub(super) purpose: Purpose,
    pub(super) person: ContactId,
    /// For mailings: which, and when the mail was sent.
    pub(super) mailing: Option<(MailingId, Timestamp)>,
    pub(super) notice: Option<NoticeId>,
}

impl Subject {
    /// The number under which the complaint is recorded: a notice has a negative one.
    pub(super) fn number(&self) -> i64 {
        match (self.mailing, self.notice) {
            (Some((mailing, _)), _) => mailing.get(),
            (None, Some(notice)) => -notice.get(),
            (None, None) => 0,
        }
    }
}

/// Finds what a report names. None when the memory does not know the account any more.
pub(super) async fn subject(conn: &mut Conn, named: Named, now: Timestamp) -> Result<Option<Subject>> {
    match named {
        Named::Mailing { mailing, contact } => Ok(Some(subject_mailing(conn, mailing, contact, now).await?)),
        Named::Notice { notice, person } => subject_notice(conn, notice, person).await,
        Named::Contact(contact) => match newest_mail(conn, contact).await? {
            Some(mailing) => Ok(Some(subject_mailing(conn, mailing, contact, now).await?)),
            None => Ok(None),
        },
        Named::Signup(person) => subject_person(conn, person, Purpose::Confirmation).await,
        Named::User(person) => subject_person(conn, person, Purpose::TestMail).await,
    }
}

/// The newest mail of a purpose to a person; without one, the person alone.
async fn subject_person(conn: &mut Conn, person: ContactId, purpose: Purpose) -> Result<Option<Subject>> {
    let row = conn
        .optional(sql!(
            "SELECT id FROM notice WHERE account_id = $1 AND person_id = $2 AND purpose = $3 ORDER BY id DESC LIMIT 1",
            person.account(),
            person,
            purpose,
        ))
        .await?;
    let notice = row.map(|row| row.int(0)).transpose()?.map(NoticeId::from_raw);
    Ok(Some(Subject { account: person.account(), purpose, person, mailing: None, notice }))
}

async fn subject_mailing(conn: &mut Conn, mailing: MailingId, contact: ContactId, now: Timestamp) -> Result<Subject> {
    let account = contact.account();
    let row = conn
        .optional(sql!(
            "SELECT m.kind, m.started_at, (SELECT COALESCE(d.settled_at, d.planned_at) FROM delivery d WHERE d.mailing_id = $2 AND d.contact_id = $3)
             FROM mailing m WHERE m.account_id = $1 AND m.id = $2",
            account,
            mailing,
            contact,
        ))
        .await?;
    // A mailing that was deleted leaves its token valid: it counts with the day of the report.
    let (kind, started, sent) = match row {
        Some(row) => (row.int(0)?, row.time_opt(1)?, row.time_opt(2)?),
        None => (1, None, None),
    };
    let purpose = if kind == AUTORESPONDER { Purpose::Autoresponder } else { Purpose::Newsletter };
    let sent_at = sent.or(started).unwrap_or(now);
    Ok(Subject { account, purpose, person: contact, mailing: Some((mailing, sent_at)), notice: None })
}

async fn subject_notice(conn: &mut Conn, notice: NoticeId, person: ContactId) -> Result<Option<Subject>> {
    let row = conn.optional(sql!("SELECT account_id, purpose, person_id FROM notice WHERE id = $1", notice)).await?;
    let Some(row) = row else { return Ok(None) };
    let purpose =
        Purpose::from_number(row.int(1)?).ok_or_else(|| StoreError::Corrupt("a notice has no purpose".to_owned()))?;
    let person = row.int_opt(2)?.map_or(person, ContactId::from_raw);
    Ok(Some(Subject {
        account: AccountId::from_raw(row.int(0)?),
        purpose,
        person,
        mailing: None,
        notice: Some(notice),
    }))
}

/// The mailing whose mail the contact got last: what a report means that names the contact alone.
async fn newest_mail(conn: &mut Conn, contact: ContactId) -> Result<Option<MailingId>> {
    let row = conn
        .optional(sql!(
            "SELECT mailing_id FROM delivery WHERE account_id = $1 AND contact_id = $2 AND state = $3 ORDER BY settled_at DESC, mailing_id DESC LIMIT 1",
            contact.account(),
            contact,
            RowState::Accepted,
        ))
        .await?;
    row.map(|row| Ok(MailingId::from_raw(row.int(0)?))).transpose()
}

/// Whether the message was complained about by this person before (D4).
pub(super) async fn counted_before(conn: &mut Conn, of: &Subject) -> Result<bool> {
    let row = conn
        .optional(sql!(
            "SELECT counted FROM complaint WHERE account_id = $1 AND mailing_id = $2 AND contact_id = $3",
            of.account,
            of.number(),
            of.person,
        ))
        .await?;
    Ok(row.is_some())
}
