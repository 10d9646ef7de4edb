//! How far an account's set-up is: one look at everything that must stand before the first newsletter.

use policy::legal_notice::Review;
use policy::standing::POLICY_VERSION;
use policy::topic::TopicState;
use policy::{AccountId, RowState, Timestamp};

use crate::Store;
use crate::error::{Result, StoreError};
use crate::profiles::corrupt;
use crate::sql::{Row, sql};

/// The address that the account's mail comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnSender {
    /// Its mailbox was proven.
    pub proven: bool,
    /// Mail to it bounces (R53).
    pub on_hold: bool,
    /// It lies at the platform's domain: there are no records to publish.
    pub platform: bool,
    /// The records of its domain are right; of the platform's domain always.
    pub authenticated: bool,
    /// Since when records that were right are wrong or missing.
    pub failing_since: Option<Timestamp>,
}

/// What was begun, how often, and how much of it is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// Done: proven, approved, open, handed over, started.
    pub done: bool,
    /// Begun, and waits for somebody or something: a proof, a person of the operator, a receiver.
    pub waits: bool,
}

/// How far the set-up of an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beginnings {
    /// The policy and the attestation are accepted in their current versions (R7, R23).
    pub policy_accepted: bool,
    /// The legal notice and where its review stands; none before the first.
    pub legal_notice: Option<Review>,
    /// The sender, once one was proven.
    pub sender: Option<OwnSender>,
    /// A sender waits for its proof.
    pub sender_waits: bool,
    /// Sending domains of the account's own: one is authenticated, or waits for its records.
    pub domains: Begun,
    /// Websites: proven, or waiting for the proof.
    pub websites: Begun,
    /// Topics: approved, or waiting for the operator.
    pub topics: Begun,
    /// A statement of a topic was refused, and none was approved.
    pub topic_refused: bool,
    /// Forms: open, or made and closed.
    pub forms: Begun,
    /// Test mails: handed over, or on their way.
    pub tests: Begun,
    /// Newsletters: started, or written.
    pub newsletters: Begun,
}

fn sender(row: &Row) -> Result<Option<OwnSender>> {
    if row.int_opt(3)?.is_none() {
        return Ok(None);
    }
    let platform = row.bool(6)?;
    Ok(Some(OwnSender {
        proven: row.int_opt(4)?.is_some(),
        on_hold: row.int_opt(5)?.is_some(),
        platform,
        authenticated: platform || row.int_opt(7)?.is_some(),
        failing_since: row.time_opt(8)?,
    }))
}

fn begun(row: &Row, at: usize) -> Result<Begun> {
    Ok(Begun { done: row.bool(at)?, waits: row.bool(at + 1)? })
}

impl Store {
    /// How far the set-up of an account is. Every question is answered by the first row that
    /// answers it, so that the size of the account costs nothing.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn beginnings(&self, account: AccountId) -> Result<Beginnings> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT a.policy_version, a.legal_version, a.legal_review,
                    s.id, s.proven_at, s.on_hold_since, COALESCE(s.platform, FALSE), g.authenticated_at, g.failing_since,
                    EXISTS (SELECT 1 FROM sender w WHERE w.account_id = $1 AND w.proven_at IS NULL),
                    EXISTS (SELECT 1 FROM sending_domain d WHERE d.account_id = $1 AND d.authenticated_at IS NOT NULL),
                    EXISTS (SELECT 1 FROM sending_domain d WHERE d.account_id = $1 AND d.authenticated_at IS NULL),
                    EXISTS (SELECT 1 FROM website w WHERE w.account_id = $1 AND w.proven_at IS NOT NULL),
                    EXISTS (SELECT 1 FROM website w WHERE w.account_id = $1 AND w.proven_at IS NULL),
                    EXISTS (SELECT 1 FROM topic t WHERE t.account_id = $1 AND t.state = $2),
                    EXISTS (SELECT 1 FROM topic t WHERE t.account_id = $1 AND t.state = $3),
                    EXISTS (SELECT 1 FROM topic t WHERE t.account_id = $1 AND t.state = $4),
                    EXISTS (SELECT 1 FROM form f WHERE f.account_id = $1 AND f.open = TRUE),
                    EXISTS (SELECT 1 FROM form f WHERE f.account_id = $1 AND f.open = FALSE),
                    EXISTS (SELECT 1 FROM notice n WHERE n.account_id = $1 AND n.purpose = 4 AND n.state = $5),
                    EXISTS (SELECT 1 FROM notice n WHERE n.account_id = $1 AND n.purpose = 4 AND n.state < 10),
                    EXISTS (SELECT 1 FROM mailing m WHERE m.account_id = $1 AND m.kind = 1 AND m.started_at IS NOT NULL),
                    EXISTS (SELECT 1 FROM mailing m WHERE m.account_id = $1 AND m.kind = 1 AND m.started_at IS NULL)
                 FROM account a
                 LEFT JOIN sender s ON s.account_id = a.id AND s.id = a.sender_id
                 LEFT JOIN sending_domain g ON g.account_id = a.id AND g.id = s.domain_id
                 WHERE a.id = $1",
                account,
                TopicState::Approved.number(),
                TopicState::Pending.number(),
                TopicState::Refused.number(),
                RowState::Accepted,
            ))
            .await?
            .ok_or(StoreError::NotFound("account"))?;
        let review = Review::from_number(row.int(2)?).ok_or_else(|| corrupt("legal_review"))?;
        let topics = begun(&row, 14)?;
        Ok(Beginnings {
            policy_accepted: row.int(0)? == POLICY_VERSION,
            legal_notice: (row.int(1)? > 0).then_some(review),
            sender: sender(&row)?,
            sender_waits: row.bool(9)?,
            domains: begun(&row, 10)?,
            websites: begun(&row, 12)?,
            topics,
            topic_refused: row.bool(16)? && !topics.done && !topics.waits,
            forms: begun(&row, 17)?,
            tests: begun(&row, 19)?,
            newsletters: begun(&row, 21)?,
        })
    }
}
