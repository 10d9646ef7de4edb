//! Mail that arrived, kept whole, and what is planned in answer to it (R91, D7, M9, R8).

mod kept;

use std::collections::BTreeMap;
use std::time::Duration;

use mail_formats::address::EmailAddress;
use policy::{AccountId, CaseId, NoticeId, Purpose, SenderId, Timestamp};
use seals::AddressKey;
use texts::Language;

use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::notices::{NewNotice, plan};
use crate::sql::{Row, sql};
use crate::tell::{self, Facts, News};
use crate::writer::Urgency;
use crate::{Store, ids};

pub use kept::{KeptMail, ReadAgain, Shown};

/// One answer to an address in this time (RFC 3834 §2, M9; R8 asks for a day).
const ANSWER_EVERY: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long an answer or a forwarded letter is tried.
const TRIED_FOR: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// Letters that are passed on for one account in a day at most (R8).
pub const FORWARDED_A_DAY: i64 = 1_000;
/// Letters that are passed on to one mailbox of a sender in an hour at most: a flood of replies
/// must not make a relay of us (R8). Those beyond stay in the inbox.
pub const FORWARDED_AN_HOUR: i64 = 100;

/// A mail as it arrived.
#[derive(Clone, Debug)]
pub struct ArrivedMail {
    /// When.
    pub received_at: Timestamp,
    /// The peer's IP address.
    pub peer: String,
    /// The name that it gave.
    pub helo: String,
    /// MAIL FROM; empty for `<>`.
    pub mail_from: String,
    /// RCPT TO.
    pub recipient: String,
    /// The bytes, dots unstuffed.
    pub raw: Vec<u8>,
}

/// A platform address (D7) that letters may be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformSender {
    /// Whose it is.
    pub account: AccountId,
    /// The sender.
    pub sender: SenderId,
    /// Where its letters go.
    pub forward_to: EmailAddress,
    /// The language of the account.
    pub language: Language,
}

/// A letter to be passed on byte for byte (D7).
#[derive(Clone, Debug)]
pub struct ForwardedLetter {
    /// Whose letter it is.
    pub account: AccountId,
    /// Where it goes.
    pub to: EmailAddress,
    /// The key of that address.
    pub to_key: AddressKey,
    /// The account's language.
    pub language: Language,
    /// The letter as it arrived.
    pub raw: Vec<u8>,
    /// A second letter of the same name is not passed on.
    pub once: Option<String>,
}

/// What became of a letter that was to be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwarding {
    /// Planned.
    Planned,
    /// The same letter was passed on before.
    Before,
    /// The account's limit of today is reached; the letter stays in the inbox.
    Limited,
    /// The limit of this hour is reached: the letter stays in the inbox and is not passed on.
    /// Operator and account were told.
    Flood,
}

/// An answer of the abuse desk to a letter (R91).
#[derive(Clone, Debug)]
pub struct LetterAnswer {
    /// To whom: the From of the letter, which proved to be genuine (R8).
    pub to: EmailAddress,
    /// Its key.
    pub to_key: AddressKey,
    /// The language to answer in.
    pub language: Language,
    /// The template: `abuse` or `abuse_wish`.
    pub template: &'static str,
    /// The case number that it names.
    pub case: CaseId,
    /// The Message-ID of the letter, for In-Reply-To, without brackets.
    pub in_reply_to: Option<String>,
    /// The address of the abuse desk.
    pub abuse: String,
}

impl Store {
    /// Keeps a mail whole, durable when this returns. Returns its number.
    ///
    /// # Errors
    /// `DiskFull` and `Unavailable`: nothing was kept, the peer must come again.
    pub async fn keep_mail(&self, mail: ArrivedMail) -> Result<i64> {
        let id = self.next_id().await?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                conn.execute(sql!(
                    "INSERT INTO inbox (id, day, received_at, peer, helo, mail_from, recipient, raw, kind, effect)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'received', '')",
                    id,
                    mail.received_at.day(),
                    mail.received_at,
                    mail.peer,
                    mail.helo,
                    mail.mail_from,
                    mail.recipient,
                    mail.raw,
                ))
                .await
                .map(drop)
            })
        })
        .await?;
        Ok(id)
    }

    /// Removes mails that arrived before a UTC day, at most `limit`. Returns how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn purge_mails(&self, before_day: i64, limit: i64) -> Result<u64> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                conn.execute(sql!(
                    "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE day < $1 ORDER BY id LIMIT $2)",
                    before_day,
                    limit
                ))
                .await
            })
        })
        .await
    }

    /// The platform address with one of these keys, if its mailbox is proven.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn platform_sender(&self, keys: &[AddressKey]) -> Result<Option<PlatformSender>> {
        let mut conn = self.reader().await?;
        for key in keys {
            let row = conn
                .optional(sql!(
                    "SELECT s.account_id, s.id, s.forward_to, a.language FROM sender s JOIN account a ON a.id = s.account_id
                     WHERE s.address_key = $1 AND s.platform = TRUE AND s.forward_to IS NOT NULL AND s.proven_at IS NOT NULL",
                    key,
                ))
                .await?;
            if let Some(row) = row {
                return platform_sender(&row).map(Some);
            }
        }
        Ok(None)
    }

    /// The address that letters to an account go to, outside any alias: its
    /// sender, or the mailbox behind its platform address.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mailbox_of(&self, account: AccountId) -> Result<Option<(EmailAddress, Language)>> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT COALESCE(s.forward_to, s.address), a.language FROM account a JOIN sender s ON s.account_id = a.id AND s.id = a.sender_id
                 WHERE a.id = $1 AND s.proven_at IS NOT NULL",
                account,
            ))
            .await?;
        row.map(|row| Ok((address(&row.text(0)?)?, language(&row.text(1)?)?))).transpose()
    }

    /// The accounts that send from addresses with these keys: whom a letter names. At most 512 keys.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn accounts_sending_from(&self, keys: &[AddressKey]) -> Result<Vec<AccountId>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let keys = keys.iter().take(crate::sql::MAX_ROWS).map(|key| vec![key.into()]).collect();
        let rows = self
            .reader()
            .await?
            .all(
                sql!("SELECT DISTINCT account_id FROM sender WHERE address_key IN (VALUES {rows}) ORDER BY account_id")
                    .rows(keys),
            )
            .await?;
        rows.iter().map(|row| Ok(AccountId::from_raw(row.int(0)?))).collect()
    }

    /// Plans a letter to be passed on, within the limits of the mailbox and the account (D7, R8).
    /// The first letter of a day beyond the hour's limit is told to operator and account.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forward_letter(&self, letter: ForwardedLetter, now: Timestamp) -> Result<Forwarding> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let (day, hour) = forwarded_lately(conn, &letter, now).await?;
                if day >= FORWARDED_A_DAY {
                    return Ok(Forwarding::Limited);
                }
                if hour >= FORWARDED_AN_HOUR {
                    tell_of_flood(conn, &letter, now).await?;
                    return Ok(Forwarding::Flood);
                }
                let notice = NewNotice {
                    id: NoticeId::from_raw(ids::take_inside(conn, now, 1).await?),
                    account: Some(letter.account),
                    purpose: Purpose::ForwardedReply,
                    person: None,
                    mailing: None,
                    address: letter.to,
                    address_key: letter.to_key,
                    language: letter.language,
                    template: String::new(),
                    params: BTreeMap::new(),
                    stored: Some(letter.raw),
                    dedupe_key: letter.once.map(|once| format!("letter:{once}")),
                    due_at: now,
                    expires_at: now + TRIED_FOR,
                };
                Ok(if plan(conn, notice, now).await? { Forwarding::Planned } else { Forwarding::Before })
            })
        })
        .await
    }

    /// Plans the answer to a letter, unless its address got one lately (M9, R8).
    /// Returns whether it is planned.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn answer_letter(&self, answer: LetterAnswer, now: Timestamp) -> Result<bool> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                if !may_answer(conn, &answer.to_key, now).await? {
                    return Ok(false);
                }
                let mut params =
                    BTreeMap::from([("case".to_owned(), answer.case.to_string()), ("abuse".to_owned(), answer.abuse)]);
                if let Some(id) = answer.in_reply_to {
                    params.insert("in_reply_to".to_owned(), id);
                }
                let notice = NewNotice {
                    id: NoticeId::from_raw(ids::take_inside(conn, now, 1).await?),
                    account: None,
                    purpose: Purpose::AbuseReply,
                    person: None,
                    mailing: None,
                    address: answer.to,
                    address_key: answer.to_key,
                    language: answer.language,
                    template: answer.template.to_owned(),
                    params,
                    stored: None,
                    // Each writer gets an answer, also where letters share a case; `may_answer` keeps it to one.
                    dedupe_key: None,
                    due_at: now,
                    expires_at: now + TRIED_FOR,
                };
                plan(conn, notice, now).await
            })
        })
        .await
    }
}

/// Takes the address's one answer of this week, if it is still there.
async fn may_answer(conn: &mut Conn, key: &AddressKey, now: Timestamp) -> Result<bool> {
    let taken = conn
        .execute(sql!(
            "INSERT INTO letter_answered (address_key, at) VALUES ($1, $2)
             ON CONFLICT (address_key) DO UPDATE SET at = excluded.at WHERE letter_answered.at <= $3",
            key,
            now,
            now - ANSWER_EVERY,
        ))
        .await?;
    Ok(taken == 1)
}

/// Letters passed on for the account in the last day, and to this mailbox in the last hour.
async fn forwarded_lately(conn: &mut Conn, letter: &ForwardedLetter, now: Timestamp) -> Result<(i64, i64)> {
    let hour = Duration::from_secs(60 * 60);
    let row = conn
        .one(sql!(
            "SELECT COUNT(*), COUNT(CASE WHEN address_key = $1 AND planned_at > $2 THEN 1 END)
             FROM notice WHERE account_id = $3 AND purpose = $4 AND planned_at > $5",
            letter.to_key,
            now - hour,
            letter.account,
            Purpose::ForwardedReply,
            now - hour * 24,
        ))
        .await?;
    Ok((row.int(0)?, row.int(1)?))
}

/// One notice a day: a flood must not become a flood of notices.
async fn tell_of_flood(conn: &mut Conn, letter: &ForwardedLetter, now: Timestamp) -> Result<()> {
    let name = tell::account_name(conn, letter.account).await?;
    let facts = Facts::default().with("account", name).with("limit", FORWARDED_AN_HOUR);
    let once = format!("{}:{}", letter.account, now.day());
    let news = News { template: "letter_flood", params: tell::plain, facts, once };
    tell::operator(conn, news.clone(), now).await?;
    tell::account(conn, letter.account, Some(&letter.to_key), news, now).await
}

fn address(text: &str) -> Result<EmailAddress> {
    EmailAddress::parse(text).map_err(|_| StoreError::Corrupt("a stored address cannot be read".to_owned()))
}

fn language(code: &str) -> Result<Language> {
    code.parse().map_err(|_| StoreError::Corrupt(format!("{code:?} is no language")))
}

fn platform_sender(row: &Row) -> Result<PlatformSender> {
    Ok(PlatformSender {
        account: AccountId::from_raw(row.int(0)?),
        sender: SenderId::from_raw(row.int(1)?),
        forward_to: address(&row.text(2)?)?,
        language: language(&row.text(3)?)?,
    })
}
