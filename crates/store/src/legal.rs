//! Legal notices, version by version, and the operator's review of them (R45–R48).

use policy::legal_notice::{LegalNotice, LegalNoticeFields, Review, review_after_edit, review_after_growth};
use policy::{AccountId, Timestamp};

use crate::Store;
use crate::audit;
use crate::book::MAX_PAGE;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::expansion::{HELD_FOR_LEGAL_REVIEW, release_held};
use crate::profiles::corrupt;
use crate::sql::{Row, sql, to_json};
use crate::tell::{self, Facts, News};
use crate::words::signed;
use crate::writer::Urgency;

/// Contacts from which on a review opens, where the server said nothing else (R48).
const REVIEW_AT: i64 = 500;
/// So far above the limit each new contact lets senders count anew: contacts that leave at the same
/// moment may still be counted, so that the one that crosses the limit is not known for sure.
const NEAR: i64 = 50;

/// The legal notice of an account, and where its review stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Whose it is.
    pub account: AccountId,
    /// The account's name.
    pub name: String,
    /// The version, from 1.
    pub version: i64,
    /// The notice.
    pub notice: LegalNotice,
    /// The review.
    pub review: Review,
    /// When this version was submitted.
    pub created_at: Timestamp,
    /// When, by whom, whether approved, and why it was decided.
    pub decided: Option<Verdict>,
}

/// A decision of the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// The notice was found correct.
    pub approved: bool,
    /// Why.
    pub reason: String,
}

/// One version as the account filled it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegalVersion {
    /// The version, from 1.
    pub version: i64,
    /// What was filled in. A rule that came later may find fault with it; it is shown all the same.
    pub fields: LegalNoticeFields,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// When, by whom, whether approved, and why it was decided.
    pub decided: Option<Verdict>,
}

/// Where the review of an account's legal notice stands (R48).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegalReview {
    /// The review.
    pub review: Review,
    /// Contacts from which on one opens.
    pub at: i64,
    /// The account's contacts, counted no further than that.
    pub contacts: i64,
}

/// Reads four columns from `from` on.
fn verdict(row: &Row, from: usize) -> Result<Option<Verdict>> {
    Ok(match (row.time_opt(from)?, row.text_opt(from + 1)?, row.text_opt(from + 2)?) {
        (Some(at), Some(by), Some(decision)) => {
            let reason = row.text_opt(from + 3)?.unwrap_or_default();
            Some(Verdict { at, by, approved: decision == "approved", reason })
        }
        _ => None,
    })
}

fn notice(row: &Row) -> Result<Notice> {
    let decided = verdict(row, 6)?;
    Ok(Notice {
        account: AccountId::from_raw(row.int(0)?),
        name: row.text(1)?,
        version: row.int(2)?,
        notice: row.json(3)?,
        review: Review::from_number(row.int(4)?).ok_or_else(|| corrupt("review"))?,
        created_at: row.time(5)?,
        decided,
    })
}

/// Contacts from which on a review opens (R48).
pub(crate) async fn review_at(conn: &mut Conn) -> Result<i64> {
    let row = conn.one(sql!("SELECT legal_review_at FROM installation WHERE id = 1")).await?;
    Ok(row.int_opt(0)?.unwrap_or(REVIEW_AT))
}

/// The account's contacts, counted no further than needed.
async fn contacts(conn: &mut Conn, account: AccountId, most: i64) -> Result<i64> {
    let row = conn
        .one(sql!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM contact c WHERE c.account_id = $1 LIMIT $2) AS few",
            account,
            most
        ))
        .await?;
    row.int(0)
}

struct Standing {
    version: i64,
    review: Review,
}

async fn lock(conn: &mut Conn, account: AccountId) -> Result<Standing> {
    let row = conn
        .optional(sql!("SELECT legal_version, legal_review FROM account WHERE id = $1 {for_update}", account))
        .await?
        .ok_or(StoreError::NotFound("account"))?;
    Ok(Standing { version: row.int(0)?, review: Review::from_number(row.int(1)?).ok_or_else(|| corrupt("review"))? })
}

async fn set(conn: &mut Conn, account: AccountId, version: i64, review: Review) -> Result<()> {
    conn.execute_one(
        sql!(
            "UPDATE account SET legal_version = $1, legal_review = $2, facts_version = facts_version + 1 WHERE id = $3",
            version,
            review.number(),
            account,
        ),
        "the account",
    )
    .await
}

/// Tells the account and the operator that a review is open.
async fn tell_open(conn: &mut Conn, account: AccountId, version: i64, at: i64, now: Timestamp) -> Result<()> {
    let facts = Facts::default().with("account", tell::account_name(conn, account).await?).with("contacts", at);
    let once = format!("{account}:{version}");
    let news = |template| News { template, params: tell::plain, facts: facts.clone(), once: once.clone() };
    tell::account(conn, account, None, news("review_opened"), now).await?;
    tell::operator(conn, news("review_waiting"), now).await
}

/// Called in the transaction that adds a contact: opens the review when the account has grown to
/// the limit, and lets senders count anew when it crosses it (R48).
pub(crate) async fn after_growth(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<()> {
    let at = review_at(conn).await?;
    let row = conn.one(sql!("SELECT legal_review FROM account WHERE id = $1", account)).await?;
    if row.int(0)? == Review::Approved.number() {
        return Ok(());
    }
    // Two that confirm at once do not see each other's contact: whoever comes second counts when
    // the first is committed.
    let standing = lock(conn, account).await?;
    let contacts = contacts(conn, account, at + NEAR).await?;
    let grown = review_after_growth(standing.review, contacts, at);
    if grown == standing.review {
        if contacts > at && contacts < at + NEAR {
            conn.execute(sql!("UPDATE account SET facts_version = facts_version + 1 WHERE id = $1", account)).await?;
        }
        return Ok(());
    }
    set(conn, account, standing.version, grown).await?;
    tell_open(conn, account, standing.version, at, now).await
}

async fn submit(conn: &mut Conn, account: AccountId, notice: &LegalNotice, by: &str, now: Timestamp) -> Result<i64> {
    let text = to_json(notice)?;
    let standing = lock(conn, account).await?;
    let same = conn
        .optional(sql!(
            "SELECT 1 FROM legal_notice WHERE account_id = $1 AND version = $2 AND notice = $3",
            account,
            standing.version,
            text.as_str(),
        ))
        .await?;
    if same.is_some() {
        return Ok(standing.version);
    }
    let at = review_at(conn).await?;
    let version = standing.version + 1;
    conn.execute(sql!(
        "INSERT INTO legal_notice (account_id, version, notice, created_at, decided_at, decided_by, decision, decision_reason)
         VALUES ($1, $2, $3, $4, NULL, NULL, NULL, NULL)",
        account,
        version,
        text,
        now,
    ))
    .await?;
    let review = review_after_edit(standing.review, contacts(conn, account, at + 1).await?, at);
    set(conn, account, version, review).await?;
    if review == Review::Open {
        tell_open(conn, account, version, at, now).await?;
    }
    audit::note(conn, account, by, "legal_notice_changed", version.to_string(), now).await?;
    Ok(version)
}

async fn decide(
    conn: &mut Conn,
    account: AccountId,
    version: i64,
    correct: bool,
    by: &str,
    reason: &str,
    now: Timestamp,
) -> Result<Review> {
    let standing = lock(conn, account).await?;
    if standing.version != version {
        return Err(StoreError::Conflict("the legal notice"));
    }
    let review = standing.review.decided(correct).ok_or(StoreError::Conflict("the review: it is not open, it"))?;
    let decision = if correct { "approved" } else { "refused" };
    conn.execute_one(
        sql!(
            "UPDATE legal_notice SET decided_at = $1, decided_by = $2, decision = $3, decision_reason = $4 WHERE account_id = $5 AND version = $6",
            now,
            by,
            decision,
            reason,
            account,
            version,
        ),
        "the legal notice",
    )
    .await?;
    set(conn, account, version, review).await?;
    if correct {
        release_held(conn, account, HELD_FOR_LEGAL_REVIEW, now).await?;
    }
    let template = if correct { "review_approved" } else { "review_refused" };
    let facts = Facts::default().with("account", tell::account_name(conn, account).await?).with("reason", reason);
    let once = format!("{account}:{version}");
    tell::account(conn, account, None, News { template, params: tell::plain, facts, once }, now).await?;
    audit::note(conn, account, by, template, format!("version {version}: {reason}"), now).await?;
    Ok(review)
}

impl Store {
    /// Notes the setting `legal_notice.review_at_contacts` (R48). The server calls it at each start.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set_legal_review_at(&self, contacts: i64) -> Result<()> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                // Another limit is another answer for every account: nothing that was read counts any more.
                let changed = conn
                    .execute(sql!(
                        "UPDATE installation SET legal_review_at = $1, facts_version = facts_version + 1
                         WHERE id = 1 AND (legal_review_at IS NULL OR legal_review_at <> $1)",
                        contacts,
                    ))
                    .await?;
                if changed == 1 {
                    conn.execute(sql!("UPDATE account SET facts_version = facts_version + 1")).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Submits a legal notice: a new version. Where a review is due, larger sends wait for it.
    /// Returns the version; the same notice makes none.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn submit_legal_notice(
        &self,
        account: AccountId,
        notice: LegalNotice,
        by: &str,
        now: Timestamp,
    ) -> Result<i64> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { submit(conn, account, &notice, &by, now).await }))
            .await
    }

    /// The account's current legal notice; none before the first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn legal_notice(&self, account: AccountId) -> Result<Option<Notice>> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT a.id, a.name, l.version, l.notice, a.legal_review, l.created_at, l.decided_at, l.decided_by, l.decision, l.decision_reason
                 FROM account a JOIN legal_notice l ON l.account_id = a.id AND l.version = a.legal_version WHERE a.id = $1",
                account,
            ))
            .await?;
        row.as_ref().map(notice).transpose()
    }

    /// Where the review of the account's legal notice stands.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn legal_review(&self, account: AccountId) -> Result<LegalReview> {
        let mut reader = self.reader().await?;
        let row = reader.optional(sql!("SELECT legal_review FROM account WHERE id = $1", account)).await?;
        let review = row.ok_or(StoreError::NotFound("account"))?.int(0)?;
        let at = review_at(&mut reader).await?;
        Ok(LegalReview {
            review: Review::from_number(review).ok_or_else(|| corrupt("review"))?,
            at,
            contacts: contacts(&mut reader, account, at).await?,
        })
    }

    /// The versions of the account's legal notice before the version `before`, newest first; the first
    /// of all is the one that stands in mails. At most `limit` (≤ 500).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn legal_versions(
        &self,
        account: AccountId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<LegalVersion>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT version, notice, created_at, decided_at, decided_by, decision, decision_reason
                 FROM legal_notice WHERE account_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3",
                account,
                before.unwrap_or(i64::MAX),
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        let version = |row: &Row| {
            Ok(LegalVersion {
                version: row.int(0)?,
                fields: row.json(1)?,
                created_at: row.time(2)?,
                decided: verdict(row, 3)?,
            })
        };
        rows.iter().map(version).collect()
    }

    /// The newest version of an account's legal notice before `version` that was found correct, for
    /// comparing; none where no earlier one was.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn legal_notice_approved_before(&self, account: AccountId, version: i64) -> Result<Option<Notice>> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT a.id, a.name, l.version, l.notice, a.legal_review, l.created_at, l.decided_at, l.decided_by, l.decision, l.decision_reason
                 FROM account a JOIN legal_notice l ON l.account_id = a.id
                 WHERE a.id = $1 AND l.version < $2 AND l.decision = 'approved' ORDER BY l.version DESC LIMIT 1",
                account,
                version,
            ))
            .await?;
        row.as_ref().map(notice).transpose()
    }

    /// Legal notices that wait for the operator, oldest first; at most `limit`. An account that has
    /// grown to the limit and gave no notice has nothing to review; it sends nothing.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn legal_reviews_waiting(&self, limit: i64) -> Result<Vec<Notice>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT a.id, a.name, l.version, l.notice, a.legal_review, l.created_at, l.decided_at, l.decided_by, l.decision, l.decision_reason
                 FROM account a JOIN legal_notice l ON l.account_id = a.id AND l.version = a.legal_version
                 WHERE a.legal_review = $1 ORDER BY l.created_at, a.id LIMIT $2",
                Review::Open.number(),
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter().map(notice).collect()
    }

    /// The operator's decision on a legal notice (R48). An approval lets newsletters go on that
    /// waited for it. The account is told.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when the notice changed meanwhile or no review is open; `Invalid`
    /// without name or reason.
    pub async fn decide_legal_notice(
        &self,
        account: AccountId,
        version: i64,
        correct: bool,
        by: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<Review> {
        let (by, reason) = signed(by, reason)?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move { decide(conn, account, version, correct, &by, &reason, now).await })
        })
        .await
    }
}
