//! Notices: every mail that is no delivery (DESIGN §4).

use std::collections::BTreeMap;

use mail_formats::address::EmailAddress;
use policy::{AccountId, MailingId, NoticeId, Purpose, RowState, Timestamp};
use seals::AddressKey;
use texts::Language;

use crate::conn::Conn;
use crate::error::Result;
use crate::sql::{sql, to_json};

/// A mail that shall be sent, planned in the transaction of its cause.
#[derive(Clone, Debug)]
pub struct NewNotice {
    /// From [`crate::Store`]'s id block.
    pub id: NoticeId,
    /// The account that it belongs to; none for mail of the operator.
    pub account: Option<AccountId>,
    /// Why it is sent.
    pub purpose: Purpose,
    /// The number of the pending sign-up or user that it goes to; none for others.
    pub person: Option<i64>,
    /// The mailing that a test mail shows.
    pub mailing: Option<MailingId>,
    /// Where it goes.
    pub address: EmailAddress,
    /// The key of that address.
    pub address_key: AddressKey,
    /// The language that it speaks.
    pub language: Language,
    /// The template in `texts`; empty for a stored letter.
    pub template: String,
    /// What is filled in.
    pub params: BTreeMap<String, String>,
    /// A letter that is passed on byte for byte.
    pub stored: Option<Vec<u8>>,
    /// A second notice with the same key is not planned; for what may be told once only.
    pub dedupe_key: Option<String>,
    /// When it may leave.
    pub due_at: Timestamp,
    /// When trying ends.
    pub expires_at: Timestamp,
}

/// Plans a notice. Returns false when one with its dedupe key exists already.
pub(crate) async fn plan(conn: &mut Conn, notice: NewNotice, now: Timestamp) -> Result<bool> {
    let planned = conn
        .execute(sql!(
            "INSERT INTO notice (id, account_id, purpose, person_id, mailing_id, address, address_key, domain, language, template, params,
                stored, dedupe_key, state, due_at, expires_at, attempt, deferrals, owner, owner_beat, doubt, late_truth, late_reply,
                reason, reply, planned_at, settled_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, 0, NULL, 0, FALSE, NULL, NULL, NULL, NULL, $17, NULL)
             ON CONFLICT (dedupe_key) DO NOTHING",
            notice.id,
            notice.account.map_or(0, AccountId::get),
            notice.purpose,
            notice.person,
            notice.mailing,
            notice.address.as_str(),
            notice.address_key,
            notice.address.domain().as_str(),
            notice.language.code(),
            notice.template,
            to_json(&notice.params)?,
            notice.stored,
            notice.dedupe_key,
            RowState::Due,
            notice.due_at,
            notice.expires_at,
            now,
        ))
        .await?;
    Ok(planned == 1)
}
