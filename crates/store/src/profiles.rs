//! Profiles: what holds for all mail of an account, and of a mailing.
//!
//! They change rarely and are large, so that whoever sends keeps them under
//! their version ([`Profiles`]). Each is read in one statement together with
//! that version (DESIGN §4, step 2), and every change of what stands in it
//! raises the version.

use std::collections::HashMap;
use std::str::FromStr as _;
use std::sync::{Arc, Mutex, PoisonError};

use mail_formats::address::EmailAddress;
use policy::facts::{AccountFacts, MailingFacts, MailingState, SenderFacts};
use policy::legal_notice::{LegalNotice, Review};
use policy::send::{BodyFormat, MailingContent};
use policy::standing::POLICY_VERSION;
use policy::topic::TopicState;
use policy::{AccountId, MailingId, Purpose, SenderId, Standing, TagId, TopicId, TopicRef};
use texts::Language;

use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::sql::{Row, sql};

/// Profiles that are kept of each kind before all are forgotten.
const KEPT: usize = 4096;

/// The profiles that a sender keeps. Cheap to clone; clones share what they keep.
#[derive(Clone, Debug)]
pub struct Profiles(Arc<Shelf>);

#[derive(Debug)]
struct Shelf {
    legal_review_at: i64,
    accounts: Mutex<HashMap<AccountId, (i64, Arc<AccountFacts>)>>,
    mailings: Mutex<HashMap<MailingId, (i64, Arc<Mailing>)>>,
}

/// A mailing's facts, with what its kind makes it.
#[derive(Debug)]
pub(crate) struct Mailing {
    pub(crate) facts: Arc<MailingFacts>,
    pub(crate) purpose: Purpose,
}

impl Profiles {
    /// An empty shelf. `legal_review_at` is the setting `legal_notice.review_at_contacts` (R48).
    #[must_use]
    pub fn new(legal_review_at: i64) -> Self {
        Self(Arc::new(Shelf { legal_review_at, accounts: Mutex::default(), mailings: Mutex::default() }))
    }

    /// The account's facts of this version, or none if the account is at another one by now.
    pub(crate) async fn account(
        &self,
        conn: &mut Conn,
        account: AccountId,
        version: i64,
    ) -> Result<Option<Arc<AccountFacts>>> {
        if let Some((_, kept)) = lock(&self.0.accounts).get(&account).filter(|(kept, _)| *kept == version) {
            return Ok(Some(Arc::clone(kept)));
        }
        let Some((read, facts)) = read_account(conn, account, self.0.legal_review_at).await? else { return Ok(None) };
        keep(&self.0.accounts, account, read, &facts);
        Ok((read == version).then_some(facts))
    }

    /// The mailing's facts of this version, or none if the mailing is at another one by now.
    pub(crate) async fn mailing(
        &self,
        conn: &mut Conn,
        account: AccountId,
        mailing: MailingId,
        version: i64,
    ) -> Result<Option<Arc<Mailing>>> {
        if let Some((_, kept)) = lock(&self.0.mailings).get(&mailing).filter(|(kept, _)| *kept == version) {
            return Ok(Some(Arc::clone(kept)));
        }
        let Some((read, facts)) = read_mailing(conn, account, mailing).await? else { return Ok(None) };
        keep(&self.0.mailings, mailing, read, &facts);
        Ok((read == version).then_some(facts))
    }
}

fn lock<K, V>(shelf: &Mutex<HashMap<K, V>>) -> std::sync::MutexGuard<'_, HashMap<K, V>> {
    // A reader that panicked left whole entries behind.
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keep<K: Eq + std::hash::Hash, V>(shelf: &Mutex<HashMap<K, (i64, Arc<V>)>>, key: K, version: i64, value: &Arc<V>) {
    let mut shelf = lock(shelf);
    if shelf.len() >= KEPT {
        shelf.clear();
    }
    shelf.insert(key, (version, Arc::clone(value)));
}

async fn read_account(
    conn: &mut Conn,
    account: AccountId,
    legal_review_at: i64,
) -> Result<Option<(i64, Arc<AccountFacts>)>> {
    let row = conn
        .optional(sql!(
            "SELECT a.facts_version, a.name, a.standing, a.legal_review, a.policy_version, l.notice,
                s.id, s.address, s.display_name, s.proven_at, s.on_hold_since, s.platform, g.authenticated_at,
                (SELECT COUNT(*) FROM (SELECT 1 FROM contact c WHERE c.account_id = $1 LIMIT $2) AS few)
             FROM account a
             LEFT JOIN sender s ON s.account_id = a.id AND s.id = a.sender_id
             LEFT JOIN sending_domain g ON g.account_id = a.id AND g.id = s.domain_id
             LEFT JOIN legal_notice l ON l.account_id = a.id AND l.version = a.legal_version
             WHERE a.id = $1",
            account,
            // More than the limit need not be counted.
            legal_review_at + 1,
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let facts = AccountFacts {
        id: account,
        name: row.text(1)?,
        standing: Standing::from_number(row.int(2)?).ok_or_else(|| corrupt("standing"))?,
        sender: sender(&row)?,
        legal_notice: row.text_opt(5)?.map(|notice| legal_notice(&notice)).transpose()?,
        legal_review: Review::from_number(row.int(3)?).ok_or_else(|| corrupt("legal_review"))?,
        legal_review_at,
        contacts: row.int(13)?,
        policy_accepted: row.int(4)? == POLICY_VERSION,
    };
    Ok(Some((row.int(0)?, Arc::new(facts))))
}

fn sender(row: &Row) -> Result<Option<SenderFacts>> {
    let Some(id) = row.int_opt(6)? else { return Ok(None) };
    let platform = row.bool(11)?;
    Ok(Some(SenderFacts {
        id: SenderId::from_raw(id),
        address: address(&row.text(7)?)?,
        display_name: row.text(8)?,
        proven: row.int_opt(9)?.is_some(),
        on_hold: row.int_opt(10)?.is_some(),
        domain_authenticated: platform || row.int_opt(12)?.is_some(),
    }))
}

fn legal_notice(text: &str) -> Result<LegalNotice> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

async fn read_mailing(conn: &mut Conn, account: AccountId, mailing: MailingId) -> Result<Option<(i64, Arc<Mailing>)>> {
    let row = conn
        .optional(sql!(
            "SELECT m.facts_version, m.state, m.topic_id, m.topic_version, m.audience, m.kind,
                m.subject, m.preheader, m.format, m.body, m.language, m.template_version,
                (SELECT t.state FROM topic t WHERE t.account_id = m.account_id AND t.id = m.topic_id AND t.version = m.topic_version),
                (SELECT string_agg(CAST(g.tag_id AS TEXT), ' ') FROM mailing_tag g WHERE g.account_id = m.account_id AND g.mailing_id = m.id AND NOT g.exclude),
                (SELECT string_agg(CAST(g.tag_id AS TEXT), ' ') FROM mailing_tag g WHERE g.account_id = m.account_id AND g.mailing_id = m.id AND g.exclude)
             FROM mailing m WHERE m.account_id = $1 AND m.id = $2",
            account,
            mailing,
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let facts = MailingFacts {
        id: mailing,
        state: MailingState::from_number(row.int(1)?).ok_or_else(|| corrupt("state of a mailing"))?,
        topic: TopicRef { topic: TopicId::from_raw(row.int(2)?), version: row.int(3)? },
        topic_approved: row.int_opt(12)? == Some(TopicState::Approved.number()),
        include: tags(row.text_opt(13)?)?,
        exclude: tags(row.text_opt(14)?)?,
        audience: row.int(4)?,
        content: Arc::new(content(&row)?),
    };
    let purpose = match row.int(5)? {
        1 => Purpose::Newsletter,
        2 => Purpose::Autoresponder,
        _ => return Err(corrupt("kind of a mailing")),
    };
    Ok(Some((row.int(0)?, Arc::new(Mailing { facts: Arc::new(facts), purpose }))))
}

fn content(row: &Row) -> Result<MailingContent> {
    Ok(MailingContent {
        subject: row.text(6)?,
        preheader: row.text(7)?,
        format: match row.text(8)?.as_str() {
            "markdown" => BodyFormat::Markdown,
            "html" => BodyFormat::Html,
            _ => return Err(corrupt("format of a mailing")),
        },
        body: row.text(9)?,
        language: language(&row.text(10)?)?,
        template_version: row.int(11)?,
    })
}

/// Ids of tags with blanks between them, as the statements join them.
pub(crate) fn tags(joined: Option<String>) -> Result<Vec<TagId>> {
    let joined = joined.unwrap_or_default();
    let mut tags = joined
        .split_ascii_whitespace()
        .map(|tag| tag.parse::<TagId>().map_err(|_| corrupt("tag")))
        .collect::<Result<Vec<_>>>()?;
    tags.sort_unstable();
    Ok(tags)
}

pub(crate) fn language(code: &str) -> Result<Language> {
    Language::from_str(code).map_err(|_| corrupt("language"))
}

pub(crate) fn address(text: &str) -> Result<EmailAddress> {
    EmailAddress::parse(text).map_err(|_| corrupt("address"))
}

pub(crate) fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("a column holds an unknown {what}"))
}
