//! Everything on record about one mailing and one person, for the operator: the answer of promise 7 with
//! what it rests on. Reads only.

use policy::consent::FormerReason;
use policy::facts::MailingState;
use policy::{AccountId, ContactId, MailingId, Standing, Timestamp, TopicRef};
use seals::AddressKey;

use crate::Store;
use crate::book::Why;
use crate::cases::Case;
use crate::conn::Conn;
use crate::contacts::{former_reason, resolve};
use crate::error::{Result, StoreError};
use crate::mailings::MailingKind;
use crate::profiles::corrupt;
use crate::proofs::ProofEvent;
use crate::sql::{Row, sql};
use crate::suppressions::Suppression;

/// Persons with one address that are listed at most.
const PERSONS: i64 = 50;
/// Cases that an explanation lists at most.
const CASES: i64 = 20;

/// Somebody of an account's address book, now or earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// The number.
    pub id: ContactId,
    /// Since when a contact.
    pub since: Timestamp,
    /// When and why the person left; none for a contact.
    pub left: Option<(Timestamp, FormerReason)>,
}

/// Who has an address in an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holders {
    /// The contact, if there is one, and then the former contacts, those first that left last; at most 50.
    pub persons: Vec<Person>,
    /// A sign-up with the address that waits for its confirmation: since when, and until when.
    pub pending: Option<(Timestamp, Timestamp)>,
}

/// A mailing as far as it matters to whom it reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedMailing {
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
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// The topic and version that it names.
    pub topic: TopicRef,
    /// The statement of that version.
    pub statement: String,
}

/// The account of a mailing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedAccount {
    /// Its number.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// How it stands.
    pub standing: Standing,
    /// Why.
    pub standing_reason: Option<String>,
}

/// The answer, and what it rests on.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The account.
    pub account: AskedAccount,
    /// The person, under the number of today.
    pub person: Person,
    /// The mailing.
    pub mailing: AskedMailing,
    /// The answer.
    pub why: Why,
    /// What the ledger says of the person, oldest first.
    pub consent: Vec<ProofEvent>,
    /// The person's address stands on the exclusion list now.
    pub exclusion: Option<Suppression>,
    /// Cases about the mailing, and cases about the account that were open while the mail waited; newest
    /// first, at most 20.
    pub cases: Vec<Case>,
}

fn person(row: &Row) -> Result<Person> {
    let left = match row.time_opt(2)? {
        Some(at) => Some((at, former_reason(&row.text(3)?)?)),
        None => None,
    };
    Ok(Person { id: ContactId::from_raw(row.int(0)?), since: row.time(1)?, left })
}

/// A person with the key of the address.
async fn find_person(conn: &mut Conn, account: AccountId, id: ContactId) -> Result<(Person, AddressKey)> {
    let row = conn
        .optional(sql!(
            "SELECT id, since, CAST(NULL AS BIGINT), '', address_key FROM contact WHERE account_id = $1 AND id = $2
             UNION ALL SELECT id, since, left_at, reason, address_key FROM former_contact WHERE account_id = $1 AND id = $2",
            account,
            id,
        ))
        .await?
        .ok_or(StoreError::NotFound("contact"))?;
    Ok((person(&row)?, AddressKey::from_bytes(row.hash(4)?)))
}

async fn asked(conn: &mut Conn, account: AccountId, mailing: MailingId) -> Result<(AskedAccount, AskedMailing)> {
    let row = conn
        .optional(sql!(
            "SELECT m.kind, m.name, m.state, m.held_reason, m.started_at, m.topic_id, m.topic_version, COALESCE(t.statement, ''),
                a.name, a.standing, a.standing_reason
             FROM mailing m JOIN account a ON a.id = m.account_id
             LEFT JOIN topic t ON t.account_id = m.account_id AND t.id = m.topic_id AND t.version = m.topic_version
             WHERE m.account_id = $1 AND m.id = $2",
            account,
            mailing,
        ))
        .await?
        .ok_or(StoreError::NotFound("mailing"))?;
    let mailing = AskedMailing {
        id: mailing,
        kind: if row.int(0)? == 1 { MailingKind::Newsletter } else { MailingKind::Autoresponder },
        name: row.text(1)?,
        state: MailingState::from_number(row.int(2)?).ok_or_else(|| corrupt("state of a mailing"))?,
        held_reason: row.text_opt(3)?,
        started_at: row.time_opt(4)?,
        topic: TopicRef { topic: policy::TopicId::from_raw(row.int(5)?), version: row.int(6)? },
        statement: row.text(7)?,
    };
    let standing = Standing::from_number(row.int(9)?).ok_or_else(|| corrupt("standing of an account"))?;
    let account = AskedAccount { id: account, name: row.text(8)?, standing, standing_reason: row.text_opt(10)? };
    Ok((account, mailing))
}

impl Store {
    /// The account that a mailing belongs to: for the operator, who asks by its number alone.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn account_of_mailing(&self, mailing: MailingId) -> Result<AccountId> {
        let mut conn = self.reader().await?;
        let row = conn.optional(sql!("SELECT account_id FROM mailing WHERE id = $1", mailing)).await?;
        Ok(AccountId::from_raw(row.ok_or(StoreError::NotFound("mailing"))?.int(0)?))
    }

    /// Who has, or had, an address in an account, under any of its keys.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn holders_of_address(&self, account: AccountId, keys: &[AddressKey]) -> Result<Holders> {
        let mut conn = self.reader().await?;
        let mut holders = Holders { persons: Vec::new(), pending: None };
        for key in keys {
            let rows = conn
                .all(sql!(
                    "SELECT p.id, p.since, p.left_at, p.reason FROM
                        (SELECT id, since, CAST(NULL AS BIGINT) AS left_at, '' AS reason FROM contact WHERE account_id = $1 AND address_key = $2
                         UNION ALL SELECT id, since, left_at, reason FROM former_contact WHERE account_id = $1 AND address_key = $2) AS p
                     ORDER BY p.left_at DESC NULLS FIRST, p.id DESC LIMIT $3",
                    account,
                    key,
                    PERSONS,
                ))
                .await?;
            for row in &rows {
                holders.persons.push(person(row)?);
            }
            let row = conn
                .optional(sql!(
                    "SELECT submitted_at, expires_at FROM signup WHERE account_id = $1 AND address_key = $2 ORDER BY submitted_at DESC LIMIT 1",
                    account,
                    key,
                ))
                .await?;
            if let (None, Some(row)) = (holders.pending, row) {
                holders.pending = Some((row.time(0)?, row.time(1)?));
            }
        }
        Ok(holders)
    }

    /// Why a person of the account did or did not get a mail of a mailing, with what that rests on.
    ///
    /// # Errors
    /// `NotFound("mailing")` or `NotFound("contact")` for what is not the account's; those of the database.
    pub async fn explain(
        &self,
        account: AccountId,
        mailing: MailingId,
        contact: ContactId,
        now: Timestamp,
    ) -> Result<Explanation> {
        if contact.account() != account {
            return Err(StoreError::NotFound("contact"));
        }
        let mut conn = self.reader().await?;
        let (asked_account, asked_mailing) = asked(&mut conn, account, mailing).await?;
        let (person, key) = {
            let today = resolve(&mut conn, contact).await?;
            find_person(&mut conn, account, today).await?
        };
        drop(conn);
        let why = self.why(account, mailing, person.id, now).await?;
        let (from, to) = match &why {
            Why::Mail(mail) => (mail.line.planned_at, mail.line.settled_at.unwrap_or(now)),
            Why::Absent(_) => (asked_mailing.started_at.unwrap_or(now), now),
        };
        Ok(Explanation {
            consent: self.consent_events(account, person.id).await?,
            exclusion: self.suppression(&[key]).await?,
            cases: self.cases_about(account, mailing, (from, to), CASES).await?,
            account: asked_account,
            person,
            mailing: asked_mailing,
            why,
        })
    }
}
