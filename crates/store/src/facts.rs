//! Facts: what the gate is told about claimed rows.
//!
//! One statement for a batch reads what concerns each person together with all
//! versions; profiles of accounts and mailings are taken from the shelf when
//! their version is the one just read. Where something changed between the two,
//! the row gets no facts now and is given back.

use std::collections::{BTreeMap, HashMap};

use policy::facts::{
    ConsentFacts, ContactFacts, InstallationFacts, OutsiderFacts, PendingFacts, PersonFacts, UserFacts,
};
use policy::{
    AccountId, Candidate, ContactId, Content, FactsVersions, MailingId, NoticeContent, NoticeId, Purpose, RowId,
    SendFacts, TagId, Timestamp, TopicId, TopicRef, UserId,
};
use std::sync::Arc;

use crate::Store;
use crate::claims::purpose;
use crate::conn::Conn;
use crate::deliveries::{Claim, by_table};
use crate::error::Result;
use crate::profiles::{Profiles, address, language, tags};
use crate::sql::{Row, Value, batches, sql};

/// A claimed row with everything that the gate needs.
#[derive(Clone, Debug)]
pub struct Briefing {
    /// The claim.
    pub claim: Claim,
    /// The mail that asks to leave.
    pub candidate: Candidate,
    /// What is known.
    pub facts: SendFacts,
}

impl Store {
    /// Reads facts and versions for claims. A claim without a briefing in the answer changed, or
    /// is gone; the caller gives it back.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn brief(&self, claims: &[Claim], profiles: &Profiles) -> Result<Vec<Briefing>> {
        let mut conn = self.reader().await?;
        let mut briefings = Vec::with_capacity(claims.len());
        let (deliveries, notices) = by_table(claims, |claim| claim.row);
        let by_row = claims.iter().map(|claim| (claim.row, *claim)).collect::<HashMap<_, _>>();
        let keys =
            deliveries.iter().map(|(mailing, contact, _)| vec![Value::from(*mailing), Value::from(*contact)]).collect();
        for row in read_deliveries(&mut conn, keys).await? {
            briefings.extend(brief_delivery(&mut conn, &row, &by_row, profiles).await?);
        }
        let keys = notices.iter().map(|(notice, _)| vec![Value::from(*notice)]).collect();
        for row in read_notices(&mut conn, keys).await? {
            briefings.extend(brief_notice(&mut conn, &row, &by_row, profiles).await?);
        }
        Ok(briefings)
    }
}

async fn read_deliveries(conn: &mut Conn, keys: Vec<Vec<Value>>) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for batch in batches(keys) {
        rows.extend(
            conn.all(
                sql!(
                    "WITH v(mailing_id, contact_id) AS (VALUES {rows}), u AS (SELECT DISTINCT * FROM v)
                     SELECT d.mailing_id, d.contact_id, d.account_id, d.attempt, i.facts_version, i.sending_paused, i.frozen,
                        a.facts_version, m.facts_version, c.facts_version,
                        c.address, c.language, c.fields, o.topic_id, o.topic_version, o.granted_at, w.host, t.statement,
                        (SELECT string_agg(CAST(g.tag_id AS TEXT), ' ') FROM contact_tag g WHERE g.account_id = d.account_id AND g.contact_id = d.contact_id),
                        EXISTS (SELECT 1 FROM suppression s WHERE s.address_key = c.address_key)
                     FROM u CROSS JOIN delivery d CROSS JOIN installation i
                     JOIN mailing m ON m.account_id = d.account_id AND m.id = d.mailing_id
                     JOIN account a ON a.id = d.account_id
                     LEFT JOIN contact c ON c.account_id = d.account_id AND c.id = d.contact_id
                     LEFT JOIN consent o ON o.account_id = d.account_id AND o.contact_id = d.contact_id AND o.topic_id = m.topic_id AND o.withdrawn_at IS NULL
                     LEFT JOIN website w ON w.account_id = o.account_id AND w.id = o.website_id
                     LEFT JOIN topic t ON t.account_id = o.account_id AND t.id = o.topic_id AND t.version = o.topic_version
                     WHERE d.mailing_id = u.mailing_id AND d.contact_id = u.contact_id AND i.id = 1"
                )
                .rows(batch),
            )
            .await?,
        );
    }
    Ok(rows)
}

async fn brief_delivery(
    conn: &mut Conn,
    row: &Row,
    claims: &HashMap<RowId, Claim>,
    profiles: &Profiles,
) -> Result<Option<Briefing>> {
    let (mailing, contact) = (MailingId::from_raw(row.int(0)?), ContactId::from_raw(row.int(1)?));
    let account = AccountId::from_raw(row.int(2)?);
    let id = RowId::Delivery { mailing, contact };
    let Some(claim) = still_valid(claims, id, row.int(3)?) else { return Ok(None) };
    let versions = FactsVersions {
        installation: row.int(4)?,
        account: row.int(7)?,
        mailing: row.int(8)?,
        person: row.int_opt(9)?.unwrap_or(0),
    };
    let Some(account) = profiles.account(conn, account, versions.account).await? else { return Ok(None) };
    let Some(mailing) = profiles.mailing(conn, account.id, mailing, versions.mailing).await? else { return Ok(None) };
    let person = match row.text_opt(10)? {
        Some(text) => PersonFacts::Contact(contact_facts(row, contact, &text)?),
        None => PersonFacts::NoContact,
    };
    let content = Content::Mailing(Arc::clone(&mailing.facts.content));
    Ok(Some(Briefing {
        claim,
        candidate: Candidate { row: id, purpose: mailing.purpose, attempt: low_bits(claim.attempt), content },
        facts: SendFacts {
            versions,
            installation: InstallationFacts { sending_paused: row.bool(5)?, frozen: row.bool(6)? },
            account: Some(account),
            mailing: Some(Arc::clone(&mailing.facts)),
            person,
            suppressed: row.bool(19)?,
        },
    }))
}

fn contact_facts(row: &Row, id: ContactId, address_text: &str) -> Result<ContactFacts> {
    let consent = match row.int_opt(13)? {
        None => None,
        Some(topic) => Some(ConsentFacts {
            topic: TopicRef { topic: TopicId::from_raw(topic), version: row.int(14)? },
            granted_at: row.time(15)?,
            site: row.text_opt(16)?.unwrap_or_default(),
            statement: row.text_opt(17)?.unwrap_or_default(),
        }),
    };
    let tags: Vec<TagId> = tags(row.text_opt(18)?)?;
    Ok(ContactFacts {
        id,
        address: address(address_text)?,
        language: language(&row.text(11)?)?,
        fields: row.json(12)?,
        tags,
        consent,
    })
}

/// The claim of a row, unless the row was claimed anew meanwhile.
fn still_valid(claims: &HashMap<RowId, Claim>, id: RowId, attempt: i64) -> Option<Claim> {
    claims.get(&id).copied().filter(|claim| claim.attempt == attempt)
}

/// The part of the attempt that the return path has room for.
fn low_bits(attempt: i64) -> u8 {
    u8::try_from(attempt & 0xff).unwrap_or(0)
}

async fn read_notices(conn: &mut Conn, keys: Vec<Vec<Value>>) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for batch in batches(keys) {
        rows.extend(
            conn.all(
                sql!(
                    "WITH v(id) AS (VALUES {rows}), u AS (SELECT DISTINCT * FROM v)
                     SELECT d.id, d.account_id, d.attempt, d.purpose, d.person_id, d.mailing_id, i.facts_version, i.sending_paused, i.frozen,
                        a.facts_version, m.facts_version, p.facts_version, r.facts_version,
                        d.address, d.language, d.template, d.params, d.stored,
                        w.host, t.statement, p.submitted_at, p.expires_at, p.ip, p.address, p.language,
                        r.address, r.language, r.proven_at, r.tests_stopped_at,
                        EXISTS (SELECT 1 FROM suppression s WHERE s.address_key = d.address_key),
                        EXISTS (SELECT 1 FROM signup_bar b WHERE b.account_id = d.account_id AND b.address_key = d.address_key)
                     FROM u CROSS JOIN notice d CROSS JOIN installation i
                     LEFT JOIN account a ON a.id = d.account_id
                     LEFT JOIN mailing m ON m.account_id = d.account_id AND m.id = d.mailing_id
                     LEFT JOIN signup p ON d.purpose = $1 AND p.account_id = d.account_id AND p.id = d.person_id
                     LEFT JOIN form f ON f.account_id = p.account_id AND f.id = p.form_id
                     LEFT JOIN website w ON w.account_id = f.account_id AND w.id = f.website_id
                     LEFT JOIN topic t ON t.account_id = p.account_id AND t.id = p.topic_id AND t.version = p.topic_version
                     LEFT JOIN app_user r ON d.purpose <> $1 AND r.account_id = d.account_id AND r.id = d.person_id
                     WHERE d.id = u.id AND i.id = 1",
                    Purpose::Confirmation,
                )
                .rows(batch),
            )
            .await?,
        );
    }
    Ok(rows)
}

async fn brief_notice(
    conn: &mut Conn,
    row: &Row,
    claims: &HashMap<RowId, Claim>,
    profiles: &Profiles,
) -> Result<Option<Briefing>> {
    let id = RowId::Notice(NoticeId::from_raw(row.int(0)?));
    let Some(claim) = still_valid(claims, id, row.int(2)?) else { return Ok(None) };
    let purpose = purpose(row.int(3)?)?;
    let of_person = if purpose == Purpose::Confirmation { row.int_opt(11)? } else { row.int_opt(12)? };
    let versions = FactsVersions {
        installation: row.int(6)?,
        account: row.int_opt(9)?.unwrap_or(0),
        mailing: row.int_opt(10)?.unwrap_or(0),
        person: of_person.unwrap_or(0),
    };
    let account = match row.int_opt(9)? {
        None => None,
        Some(version) => match profiles.account(conn, AccountId::from_raw(row.int(1)?), version).await? {
            None => return Ok(None),
            account => account,
        },
    };
    let mailing = match (row.int_opt(5)?, row.int_opt(10)?) {
        (Some(mailing), Some(version)) => {
            match profiles
                .mailing(conn, AccountId::from_raw(row.int(1)?), MailingId::from_raw(mailing), version)
                .await?
            {
                None => return Ok(None),
                Some(mailing) => Some(Arc::clone(&mailing.facts)),
            }
        }
        _ => None,
    };
    let content = match (row.blob_opt(17)?, &mailing) {
        (Some(letter), _) => Content::Stored(Arc::new(letter)),
        (None, Some(mailing)) if purpose == Purpose::TestMail => Content::Mailing(Arc::clone(&mailing.content)),
        (None, _) => Content::Notice(NoticeContent {
            template: row.text(15)?,
            values: row.json::<BTreeMap<String, String>>(16)?,
        }),
    };
    Ok(Some(Briefing {
        claim,
        candidate: Candidate { row: id, purpose, attempt: low_bits(claim.attempt), content },
        facts: SendFacts {
            versions,
            installation: InstallationFacts { sending_paused: row.bool(7)?, frozen: row.bool(8)? },
            account,
            mailing,
            person: person(row, purpose)?,
            suppressed: row.bool(29)?,
        },
    }))
}

/// Who a notice goes to. The row's own address counts for people whom we keep no facts of; for
/// the others it is that of the pending sign-up or user, and the row's is only its copy.
fn person(row: &Row, purpose: Purpose) -> Result<PersonFacts> {
    let id = row.int_opt(4)?;
    if purpose == Purpose::Confirmation {
        return match (id, row.text_opt(23)?) {
            (Some(id), Some(text)) => pending(row, ContactId::from_raw(id), &text),
            _ => Ok(PersonFacts::NoPending),
        };
    }
    if let (Some(id), Some(_)) = (id, row.text_opt(25)?) {
        return Ok(PersonFacts::User(UserFacts {
            id: UserId::from_raw(id),
            // An address that shall be proven is not the user's yet: the row names it.
            address: address(&row.text(13)?)?,
            language: language(&row.text(26)?)?,
            proven: row.int_opt(27)?.is_some(),
            tests_stopped: row.int_opt(28)?.is_some(),
        }));
    }
    Ok(PersonFacts::Outsider(OutsiderFacts { address: address(&row.text(13)?)?, language: language(&row.text(14)?)? }))
}

fn pending(row: &Row, id: ContactId, address_text: &str) -> Result<PersonFacts> {
    let time = |at| row.time_opt(at).map(|time: Option<Timestamp>| time.unwrap_or(Timestamp::EPOCH));
    Ok(PersonFacts::Pending(PendingFacts {
        id,
        address: address(address_text)?,
        language: language(&row.text(24)?)?,
        site: row.text_opt(18)?.unwrap_or_default(),
        statement: row.text_opt(19)?.unwrap_or_default(),
        submitted_at: time(20)?,
        expires_at: time(21)?,
        barred: row.bool(30)?,
        ip: row.text_opt(22)?.unwrap_or_default(),
    }))
}
