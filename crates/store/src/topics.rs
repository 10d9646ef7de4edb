//! Topics: what people sign up for, in versioned statements that the operator approves (R10, R82).

use policy::invalid::Invalid;
use policy::topic::{TopicState, TopicStatement, version_after_edit};
use policy::{AccountId, Timestamp, TopicId, TopicRef, WebsiteId};

use crate::Store;
use crate::book::MAX_PAGE;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::profiles::corrupt;
use crate::sql::{Row, sql};
use crate::tell::{self, Facts, News};
use crate::words::signed;
use crate::writer::Urgency;
use crate::{audit, cases};

/// Topics that an account may have.
pub const MAX_TOPICS: i64 = 200;
/// What stands as decider where the account itself replaced a statement that waited.
pub const BY_ACCOUNT: &str = "the account";
/// What stands as reason there.
const REPLACED: &str = "replaced by a newer version before it was decided";

/// One version of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicVersion {
    /// Whose it is.
    pub account: AccountId,
    /// The topic and the version.
    pub topic: TopicRef,
    /// The website that it belongs to.
    pub website: WebsiteId,
    /// The statement.
    pub statement: String,
    /// Pending, approved or refused.
    pub state: TopicState,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When, by whom and why it was decided.
    pub decided: Option<(Timestamp, String, String)>,
}

/// A topic with its newest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// The newest version.
    pub newest: TopicVersion,
    /// The newest version that is approved: the one that forms and mailings take from now on.
    pub in_force: Option<i64>,
}

fn version(row: &Row) -> Result<TopicVersion> {
    let reason = row.text_opt(9)?.unwrap_or_default();
    let decided = row.time_opt(7)?.zip(row.text_opt(8)?).map(|(at, by)| (at, by, reason));
    Ok(TopicVersion {
        account: AccountId::from_raw(row.int(0)?),
        topic: TopicRef { topic: TopicId::from_raw(row.int(1)?), version: row.int(2)? },
        website: WebsiteId::from_raw(row.int(3)?),
        statement: row.text(4)?,
        state: TopicState::from_number(row.int(5)?).ok_or_else(|| corrupt("state of a topic"))?,
        submitted_at: row.time(6)?,
        decided,
    })
}

async fn insert(
    conn: &mut Conn,
    account: AccountId,
    topic: TopicRef,
    website: WebsiteId,
    statement: &str,
    now: Timestamp,
) -> Result<()> {
    conn.execute(sql!(
        "INSERT INTO topic (account_id, id, version, website_id, statement, state, submitted_at, decided_at, decided_by, decision_reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL, NULL)",
        account,
        topic.topic,
        topic.version,
        website,
        statement,
        TopicState::Pending.number(),
        now,
    ))
    .await?;
    let facts = Facts::default().with("account", tell::account_name(conn, account).await?).with("topic", statement);
    let once = format!("{}:{}", topic.topic, topic.version);
    tell::operator(conn, News { template: "topic_waiting", params: tell::plain, facts, once }, now).await
}

async fn newest(conn: &mut Conn, account: AccountId, topic: TopicId) -> Result<TopicVersion> {
    let row = conn
        .optional(sql!(
            "SELECT account_id, id, version, website_id, statement, state, submitted_at, decided_at, decided_by, decision_reason
             FROM topic WHERE account_id = $1 AND id = $2 ORDER BY version DESC LIMIT 1",
            account,
            topic,
        ))
        .await?;
    version(&row.ok_or(StoreError::NotFound("topic"))?)
}

/// The newest approved version of a topic, with its website; or the wanted one, if it is approved.
pub(crate) async fn usable(
    conn: &mut Conn,
    account: AccountId,
    topic: TopicId,
    wanted: Option<i64>,
) -> Result<(TopicRef, WebsiteId)> {
    let row = conn
        .optional(sql!(
            "SELECT version, website_id FROM topic WHERE account_id = $1 AND id = $2 AND state = $3 AND (CAST($4 AS BIGINT) = 0 OR version = $4)
             ORDER BY version DESC LIMIT 1",
            account,
            topic,
            TopicState::Approved.number(),
            wanted.unwrap_or(0),
        ))
        .await?;
    match row {
        Some(row) => Ok((TopicRef { topic, version: row.int(0)? }, WebsiteId::from_raw(row.int(1)?))),
        None => {
            newest(conn, account, topic).await?;
            Err(StoreError::Invalid(Invalid::TopicNotApproved))
        }
    }
}

async fn change(
    conn: &mut Conn,
    account: AccountId,
    topic: TopicId,
    statement: &TopicStatement,
    by: &str,
    now: Timestamp,
) -> Result<TopicRef> {
    cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("topic"))?;
    let old = newest(conn, account, topic).await?;
    let stored = TopicStatement::parse(&old.statement).map_err(|problem| StoreError::Corrupt(problem.to_string()))?;
    let Some(version) = version_after_edit(old.topic.version, &stored, statement) else { return Ok(old.topic) };
    conn.execute(sql!(
        "UPDATE topic SET state = $1, decided_at = $2, decided_by = $7, decision_reason = $3
         WHERE account_id = $4 AND id = $5 AND state = $6",
        TopicState::Refused.number(),
        now,
        REPLACED,
        account,
        topic,
        TopicState::Pending.number(),
        BY_ACCOUNT,
    ))
    .await?;
    let topic = TopicRef { topic, version };
    insert(conn, account, topic, old.website, statement.as_str(), now).await?;
    let detail = format!("{} version {version}", topic.topic);
    audit::note(conn, account, by, "topic_changed", detail, now).await?;
    Ok(topic)
}

async fn decide(
    conn: &mut Conn,
    account: AccountId,
    topic: TopicRef,
    approve: bool,
    by: &str,
    reason: &str,
    now: Timestamp,
) -> Result<TopicVersion> {
    let row = conn
        .optional(sql!(
            "SELECT account_id, id, version, website_id, statement, state, submitted_at, decided_at, decided_by, decision_reason
             FROM topic WHERE account_id = $1 AND id = $2 AND version = $3 {for_update}",
            account,
            topic.topic,
            topic.version,
        ))
        .await?;
    let mut found = version(&row.ok_or(StoreError::NotFound("topic"))?)?;
    found.state = found.state.decided(approve).ok_or(StoreError::Conflict("the topic: it is decided already, it"))?;
    conn.execute_one(
        sql!(
            "UPDATE topic SET state = $1, decided_at = $2, decided_by = $3, decision_reason = $4 WHERE account_id = $5 AND id = $6 AND version = $7",
            found.state.number(),
            now,
            by,
            reason,
            account,
            topic.topic,
            topic.version,
        ),
        "the topic",
    )
    .await?;
    found.decided = Some((now, by.to_owned(), reason.to_owned()));
    // Mailings that name this version are judged by its state.
    conn.execute(sql!(
        "UPDATE mailing SET facts_version = facts_version + 1 WHERE account_id = $1 AND topic_id = $2 AND topic_version = $3",
        account,
        topic.topic,
        topic.version,
    ))
    .await?;
    let template = if approve { "topic_approved" } else { "topic_refused" };
    let name = tell::account_name(conn, account).await?;
    let facts = Facts::default().with("account", name).with("topic", &found.statement).with("reason", reason);
    let once = format!("{}:{}", topic.topic, topic.version);
    tell::account(conn, account, None, News { template, params: tell::plain, facts, once }, now).await?;
    audit::note(conn, account, by, template, format!("{} version {}: {reason}", topic.topic, topic.version), now)
        .await?;
    Ok(found)
}

impl Store {
    /// Submits a new topic for a website. It waits for the operator.
    ///
    /// # Errors
    /// `NotFound` for a website that is not the account's; `Invalid` for one too many.
    pub async fn submit_topic(
        &self,
        account: AccountId,
        website: WebsiteId,
        statement: TopicStatement,
        by: &str,
        now: Timestamp,
    ) -> Result<TopicRef> {
        let by = by.to_owned();
        let topic = TopicRef { topic: TopicId::from_raw(self.next_id().await?), version: 1 };
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("website"))?;
                let site = conn
                    .optional(sql!("SELECT 1 FROM website WHERE account_id = $1 AND id = $2", account, website))
                    .await?;
                site.ok_or(StoreError::NotFound("website"))?;
                let row = conn.one(sql!("SELECT COUNT(DISTINCT id) FROM topic WHERE account_id = $1", account)).await?;
                if row.int(0)? >= MAX_TOPICS {
                    return Err(StoreError::Invalid(Invalid::TooManyTopics { limit: MAX_TOPICS }));
                }
                insert(conn, account, topic, website, statement.as_str(), now).await?;
                audit::note(conn, account, &by, "topic_submitted", topic.topic.to_string(), now).await?;
                Ok(topic)
            })
        })
        .await
    }

    /// Changes a topic's statement: a new version that waits for the operator. Consents stay with
    /// the version that was shown. Returns the newest version; the same text makes none.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn change_topic(
        &self,
        account: AccountId,
        topic: TopicId,
        statement: TopicStatement,
        by: &str,
        now: Timestamp,
    ) -> Result<TopicRef> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move { change(conn, account, topic, &statement, &by, now).await })
        })
        .await
    }

    /// Every version of the account's topics, by topic, newest version first; at most 500.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn topics(&self, account: AccountId) -> Result<Vec<TopicVersion>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT account_id, id, version, website_id, statement, state, submitted_at, decided_at, decided_by, decision_reason
                 FROM topic WHERE account_id = $1 ORDER BY id, version DESC LIMIT $2",
                account,
                MAX_PAGE,
            ))
            .await?;
        rows.iter().map(version).collect()
    }

    /// The account's topics, each with its newest version, by number; there are 200 at most.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn topic_list(&self, account: AccountId) -> Result<Vec<Topic>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT t.account_id, t.id, t.version, t.website_id, t.statement, t.state, t.submitted_at, t.decided_at, t.decided_by, t.decision_reason,
                    (SELECT MAX(a.version) FROM topic a WHERE a.account_id = t.account_id AND a.id = t.id AND a.state = $2)
                 FROM topic t
                 WHERE t.account_id = $1 AND t.version = (SELECT MAX(n.version) FROM topic n WHERE n.account_id = t.account_id AND n.id = t.id)
                 ORDER BY t.id LIMIT $3",
                account,
                TopicState::Approved.number(),
                MAX_TOPICS,
            ))
            .await?;
        rows.iter().map(|row| Ok(Topic { newest: version(row)?, in_force: row.int_opt(10)? })).collect()
    }

    /// The versions of one topic of the account before the version `before`, newest first; at most
    /// `limit` (≤ 500).
    ///
    /// # Errors
    /// Those of the database. Another account's topic has none.
    pub async fn topic_versions(
        &self,
        account: AccountId,
        topic: TopicId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<TopicVersion>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT account_id, id, version, website_id, statement, state, submitted_at, decided_at, decided_by, decision_reason
                 FROM topic WHERE account_id = $1 AND id = $2 AND version < $3 ORDER BY version DESC LIMIT $4",
                account,
                topic,
                before.unwrap_or(i64::MAX),
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter().map(version).collect()
    }

    /// The newest version of one topic of the account.
    ///
    /// # Errors
    /// `NotFound` for any other number; those of the database.
    pub async fn topic(&self, account: AccountId, topic: TopicId) -> Result<TopicVersion> {
        newest(&mut self.reader().await?, account, topic).await
    }

    /// Statements that wait for the operator, oldest first; at most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn topics_waiting(&self, limit: i64) -> Result<Vec<TopicVersion>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT account_id, id, version, website_id, statement, state, submitted_at, decided_at, decided_by, decision_reason
                 FROM topic WHERE state = $1 ORDER BY submitted_at, id LIMIT $2",
                TopicState::Pending.number(),
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter().map(version).collect()
    }

    /// The operator's decision on a statement (R82). The account is told.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it was decided already; `Invalid` without name or reason.
    pub async fn decide_topic(
        &self,
        account: AccountId,
        topic: TopicRef,
        approve: bool,
        by: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<TopicVersion> {
        let (by, reason) = signed(by, reason)?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move { decide(conn, account, topic, approve, &by, &reason, now).await })
        })
        .await
    }
}
