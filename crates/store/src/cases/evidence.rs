//! What a person who decides a case looks at: the complaints in it, and the mail as it was sent
//! (R75, R79, R89).

use std::collections::BTreeMap;
use std::sync::Arc;

use policy::complaint::Source;
use policy::facts::{ConsentFacts, ContactFacts, InstallationFacts, PersonFacts};
use policy::{
    AccountId, Candidate, CaseId, ContactId, Content, FactsVersions, MailingId, RowId, RowState, SendFacts, Timestamp,
    TopicId, TopicRef,
};

use crate::Store;
use crate::book::MAX_PAGE;
use crate::complaints::ComplaintKey;
use crate::error::{Result, StoreError};
use crate::profiles::{Profiles, address, corrupt, language};
use crate::sql::{Row, sql};

/// One complaint as the desk sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComplaintLine {
    /// The message that it is about.
    pub key: ComplaintKey,
    /// The mailing's name.
    pub mailing_name: String,
    /// Who complained; none after an erasure.
    pub address: Option<String>,
    /// When the report arrived.
    pub at: Timestamp,
    /// The UTC day on which the message was sent, as days since 1970.
    pub sent_day: i64,
    /// By which way the report came, a word of [`Source`].
    pub source: String,
    /// It counts in the score.
    pub counted: bool,
    /// The reporter's own words.
    pub note: String,
    /// The stored report.
    pub inbox: Option<i64>,
}

/// A mail of a mailing with what is needed to compose it once more. Nothing rendered is ever
/// stored: what this makes is the present text of the mailing for this person.
#[derive(Clone, Debug)]
pub struct SentMail {
    /// The mail.
    pub candidate: Candidate,
    /// What is known of account, mailing and person.
    pub facts: SendFacts,
    /// Where the delivery stands.
    pub state: RowState,
    /// When it ended.
    pub settled_at: Option<Timestamp>,
    /// What the receiver said.
    pub reply: Option<String>,
}

fn complaint(row: &Row) -> Result<ComplaintLine> {
    Ok(ComplaintLine {
        key: ComplaintKey { mailing: MailingId::from_raw(row.int(0)?), contact: ContactId::from_raw(row.int(1)?) },
        mailing_name: row.text(2)?,
        address: row.text_opt(3)?,
        at: row.time(4)?,
        sent_day: row.int(5)?,
        source: row.text(6)?,
        counted: row.bool(7)?,
        note: row.text_opt(8)?.unwrap_or_default(),
        inbox: row.int_opt(9)?,
    })
}

/// A contact, or a former one as it was in the book.
fn person(row: &Row, id: ContactId, consent: Option<ConsentFacts>) -> Result<PersonFacts> {
    let Some(text) = row.text_opt(5)? else { return Ok(PersonFacts::NoContact) };
    let fields: BTreeMap<String, String> = row.json(7)?;
    Ok(PersonFacts::Contact(ContactFacts {
        id,
        address: address(&text)?,
        language: language(&row.text(6)?)?,
        fields,
        tags: Vec::new(),
        consent,
    }))
}

fn consent(row: &Row) -> Result<Option<ConsentFacts>> {
    let Some(topic) = row.int_opt(8)? else { return Ok(None) };
    Ok(Some(ConsentFacts {
        topic: TopicRef { topic: TopicId::from_raw(topic), version: row.int(9)? },
        granted_at: row.time(10)?,
        site: row.text_opt(11)?.unwrap_or_default(),
        statement: row.text_opt(12)?.unwrap_or_default(),
    }))
}

impl Store {
    /// The complaints of a case, oldest first, at most 500.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn complaints_of_case(&self, case: CaseId) -> Result<Vec<ComplaintLine>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT k.mailing_id, k.contact_id, COALESCE(m.name, ''), COALESCE(c.address, f.address), k.at, k.sent_day, k.source, k.counted, k.note, k.inbox_id
                 FROM complaint k
                 LEFT JOIN mailing m ON m.account_id = k.account_id AND m.id = k.mailing_id
                 LEFT JOIN contact c ON c.account_id = k.account_id AND c.id = k.contact_id
                 LEFT JOIN former_contact f ON f.account_id = k.account_id AND f.id = k.contact_id
                 WHERE k.case_id = $1 ORDER BY k.at, k.contact_id LIMIT $2",
                case,
                MAX_PAGE,
            ))
            .await?;
        rows.iter().map(complaint).collect()
    }

    /// The newest complaints of an account, at most `limit` (≤ 500).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn complaints_of_account(&self, account: AccountId, limit: i64) -> Result<Vec<ComplaintLine>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT k.mailing_id, k.contact_id, COALESCE(m.name, ''), COALESCE(c.address, f.address), k.at, k.sent_day, k.source, k.counted, k.note, k.inbox_id
                 FROM complaint k
                 LEFT JOIN mailing m ON m.account_id = k.account_id AND m.id = k.mailing_id
                 LEFT JOIN contact c ON c.account_id = k.account_id AND c.id = k.contact_id
                 LEFT JOIN former_contact f ON f.account_id = k.account_id AND f.id = k.contact_id
                 WHERE k.account_id = $1 ORDER BY k.at DESC, k.contact_id LIMIT $2",
                account,
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter().map(complaint).collect()
    }

    /// What was sent to a contact or former contact of a mailing, for composing it once more. The
    /// consent is shown as it was given, withdrawn since or not.
    ///
    /// # Errors
    /// `NotFound` when there was no such mail; `Conflict` when account or mailing change this moment.
    pub async fn sent_mail(&self, mailing: MailingId, contact: ContactId) -> Result<SentMail> {
        let account = contact.account();
        let mut conn = self.reader().await?;
        let row = conn
            .optional(sql!(
                "SELECT d.state, d.attempt, d.settled_at, d.reply, COALESCE(c.facts_version, f.facts_version, 0),
                    COALESCE(c.address, f.address), COALESCE(c.language, f.language), COALESCE(c.fields, f.fields),
                    o.topic_id, o.topic_version, o.granted_at, w.host, t.statement,
                    i.facts_version, i.sending_paused, i.frozen, a.facts_version, m.facts_version
                 FROM delivery d CROSS JOIN installation i
                 JOIN mailing m ON m.account_id = d.account_id AND m.id = d.mailing_id
                 JOIN account a ON a.id = d.account_id
                 LEFT JOIN contact c ON c.account_id = d.account_id AND c.id = d.contact_id
                 LEFT JOIN former_contact f ON f.account_id = d.account_id AND f.id = d.contact_id
                 LEFT JOIN consent o ON o.account_id = d.account_id AND o.contact_id = d.contact_id AND o.topic_id = m.topic_id
                 LEFT JOIN website w ON w.account_id = o.account_id AND w.id = o.website_id
                 LEFT JOIN topic t ON t.account_id = o.account_id AND t.id = o.topic_id AND t.version = o.topic_version
                 WHERE i.id = 1 AND d.mailing_id = $1 AND d.contact_id = $2 AND d.account_id = $3",
                mailing,
                contact,
                account,
            ))
            .await?
            .ok_or(StoreError::NotFound("mail"))?;
        let versions = FactsVersions {
            installation: row.int(13)?,
            account: row.int(16)?,
            mailing: row.int(17)?,
            person: row.int(4)?,
        };
        let review_at = crate::legal::review_at(&mut conn).await?;
        let profiles = Profiles::new(review_at);
        let changed = || StoreError::Conflict("the account or the mailing");
        let account = profiles.account(&mut conn, account, versions.account).await?.ok_or_else(changed)?;
        let of = profiles.mailing(&mut conn, account.id, mailing, versions.mailing).await?.ok_or_else(changed)?;
        let content = Content::Mailing(Arc::clone(&of.facts.content));
        let attempt = u8::try_from(row.int(1)? & 0xff).unwrap_or(0);
        Ok(SentMail {
            candidate: Candidate { row: RowId::Delivery { mailing, contact }, purpose: of.purpose, attempt, content },
            facts: SendFacts {
                versions,
                installation: InstallationFacts { sending_paused: row.bool(14)?, frozen: row.bool(15)? },
                account: Some(account),
                mailing: Some(Arc::clone(&of.facts)),
                person: person(&row, contact, consent(&row)?)?,
                suppressed: false,
            },
            state: RowState::from_number(row.int(0)?).ok_or_else(|| corrupt("state of a delivery"))?,
            settled_at: row.time_opt(2)?,
            reply: row.text_opt(3)?,
        })
    }
}

/// The way behind a word of the database; none for a word of a newer program.
#[must_use]
pub fn source(word: &str) -> Option<Source> {
    Source::ALL.into_iter().find(|source| source.word() == word)
}
