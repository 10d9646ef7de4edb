//! From a newsletter to its audience (DESIGN §4, step 0).
//!
//! When its time comes, a newsletter gets a cut time; its audience is the
//! consents before it. The audience is listed in pages, each its own
//! transaction, from one contact id to the next: whoever dies in between goes
//! on where the last page ended, and two who list at once do not double,
//! because the end of the last page is compared and set.

use policy::facts::MailingState;
use policy::legal_notice::{Review, holds};
use policy::{AccountId, MailingId, Standing, Timestamp, retry};

use crate::Store;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::legal;
use crate::sql::{Row, Value, batches, sql};
use crate::writer::Urgency;

/// Contacts that one transaction lists at most.
const PAGE: i64 = 2_000;
/// Why a newsletter is held for the review of the legal notice (R48).
pub(crate) const HELD_FOR_LEGAL_REVIEW: &str = "legal_notice_under_review";

/// What one page of an expansion did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expanded {
    /// So many contacts were planned; more may follow.
    Page(u64),
    /// The audience is complete.
    Complete,
    /// The newsletter reaches more contacts than an unreviewed legal notice carries (R48).
    Held,
    /// The newsletter is not running (any more), or somebody else lists it just now.
    Elsewhere,
}

impl Store {
    /// Starts scheduled newsletters whose time has come; those of suspended accounts wait.
    /// Returns how many started.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn start_scheduled(&self, now: Timestamp) -> Result<u64> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                conn.execute(sql!(
                    "UPDATE mailing SET state = $1, cut_at = $2, started_at = $2, facts_version = facts_version + 1
                     WHERE kind = 1 AND state = $3 AND scheduled_at <= $2
                        AND EXISTS (SELECT 1 FROM account a WHERE a.id = mailing.account_id AND a.standing = $4)",
                    MailingState::Running.number(),
                    now,
                    MailingState::Scheduled.number(),
                    Standing::Active,
                ))
                .await
            })
        })
        .await
    }

    /// Running newsletters of active accounts whose audience is not complete, oldest first; at most
    /// 100. Those of suspended accounts would stand in the others' way.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn unexpanded(&self) -> Result<Vec<(AccountId, MailingId)>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT m.account_id, m.id FROM mailing m JOIN account a ON a.id = m.account_id
                 WHERE m.kind = 1 AND m.state = $1 AND m.expanded = FALSE AND a.standing = $2 ORDER BY m.started_at, m.id LIMIT 100",
                MailingState::Running.number(),
                Standing::Active,
            ))
            .await?;
        rows.iter().map(|row| Ok((AccountId::from_raw(row.int(0)?), MailingId::from_raw(row.int(1)?)))).collect()
    }

    /// Lists the next page of a newsletter's audience. `review_at` is the number of contacts
    /// above which only a reviewed legal notice may go out (R48).
    ///
    /// # Errors
    /// Those of the database; nothing of the page is kept then.
    pub async fn expand_page(
        &self,
        account: AccountId,
        mailing: MailingId,
        review_at: i64,
        now: Timestamp,
    ) -> Result<Expanded> {
        self.write(Urgency::Grouped, move |conn| Box::pin(expand(conn, account, mailing, review_at, now))).await
    }
}

/// Lets newsletters of an account go on that were held for one reason, and begins the time anew
/// for which mails are tried that waited for it in running mailings. Only mailings are touched,
/// however many mails wait: whoever sends looks at a held mail again within two minutes anyhow.
/// Returns how many newsletters go on.
pub(crate) async fn release_held(conn: &mut Conn, account: AccountId, reason: &str, now: Timestamp) -> Result<u64> {
    conn.execute(sql!(
        "UPDATE mailing SET resumed_at = $1 WHERE account_id = $2 AND state = $3",
        now,
        account,
        MailingState::Running.number(),
    ))
    .await?;
    conn.execute(sql!(
        "UPDATE mailing SET state = $1, held_reason = NULL, resumed_at = $2, facts_version = facts_version + 1
         WHERE account_id = $3 AND state = $4 AND held_reason = $5",
        MailingState::Running.number(),
        now,
        account,
        MailingState::Held.number(),
        reason,
    ))
    .await
}

/// Ends a pause of a newsletter; the time for which its mails are tried begins anew.
pub(crate) async fn resume(conn: &mut Conn, account: AccountId, mailing: MailingId, now: Timestamp) -> Result<()> {
    conn.execute_one(
        sql!(
            "UPDATE mailing SET state = $1, resumed_at = $2, facts_version = facts_version + 1
             WHERE account_id = $3 AND id = $4 AND kind = 1 AND state = $5",
            MailingState::Running.number(),
            now,
            account,
            mailing,
            MailingState::Paused.number(),
        ),
        "the newsletter",
    )
    .await
}

/// What a page needs to know of its newsletter.
struct Newsletter {
    account: AccountId,
    id: MailingId,
    topic: (i64, i64),
    cut_at: Timestamp,
    expanded_to: i64,
    /// Contacts planned so far.
    audience: i64,
    expiry_hours: i64,
    review: Review,
    review_at: i64,
}

impl Newsletter {
    /// Whether a send of this size waits for the review (R48).
    const fn waits(&self, reach: i64) -> bool {
        holds(self.review, reach, self.review_at)
    }

    /// Whether the gate judges otherwise by an audience of this size than by the one before: it
    /// keeps what it read as long as the version stands.
    const fn matters(&self, reach: i64) -> bool {
        self.audience <= self.review_at && reach > self.review_at
    }
}

async fn expand(
    conn: &mut Conn,
    account: AccountId,
    id: MailingId,
    review_at: i64,
    now: Timestamp,
) -> Result<Expanded> {
    let Some(newsletter) = read(conn, account, id, review_at, now).await? else { return Ok(Expanded::Elsewhere) };
    // Before the first page everybody is counted, so that nothing leaves of what is held.
    if newsletter.expanded_to == 0
        && newsletter.review != Review::Approved
        && newsletter.waits(reach(conn, &newsletter, review_at + 1).await?)
    {
        return hold(conn, &newsletter, now).await;
    }
    let page = audience_page(conn, &newsletter).await?;
    let listed = i64::try_from(page.len()).unwrap_or(i64::MAX);
    // Between two pages tags are given, and notices edited: an approval that is gone holds the rest.
    if newsletter.waits(newsletter.audience + listed) {
        return hold(conn, &newsletter, now).await;
    }
    let end = page.last().map_or(newsletter.expanded_to, |(contact, _)| *contact);
    let planned = plan(conn, &newsletter, page, now).await?;
    let done = Done { end, complete: listed < PAGE, planned: i64::try_from(planned).unwrap_or(i64::MAX) };
    keep_progress(conn, &newsletter, &done).await?;
    Ok(if done.complete { Expanded::Complete } else { Expanded::Page(planned) })
}

/// What a page did.
struct Done {
    end: i64,
    complete: bool,
    planned: i64,
}

async fn keep_progress(conn: &mut Conn, newsletter: &Newsletter, done: &Done) -> Result<()> {
    let told = done.complete || newsletter.matters(newsletter.audience + done.planned);
    let moved = conn
        .execute(sql!(
            "UPDATE mailing SET expanded_to = $1, expanded = $2, audience = audience + $3, cut_at = $4, facts_version = facts_version + $5
             WHERE account_id = $6 AND id = $7 AND state = $8 AND expanded = FALSE AND expanded_to = $9",
            done.end,
            done.complete,
            done.planned,
            newsletter.cut_at,
            i64::from(told),
            newsletter.account,
            newsletter.id,
            MailingState::Running.number(),
            newsletter.expanded_to,
        ))
        .await?;
    // Nothing of this page may stand beside the page of another.
    if moved == 1 { Ok(()) } else { Err(StoreError::Conflict("the newsletter")) }
}

async fn read(
    conn: &mut Conn,
    account: AccountId,
    id: MailingId,
    review_at: i64,
    now: Timestamp,
) -> Result<Option<Newsletter>> {
    let row = conn
        .optional(sql!(
            "SELECT m.topic_id, m.topic_version, m.cut_at, m.expanded_to, m.audience, m.expiry_hours, a.legal_review
             FROM mailing m JOIN account a ON a.id = m.account_id
             WHERE m.account_id = $1 AND m.id = $2 AND m.kind = 1 AND m.state = $3 AND m.expanded = FALSE AND a.standing = $4",
            account,
            id,
            MailingState::Running.number(),
            Standing::Active,
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let review = Review::from_number(row.int(6)?)
        .ok_or_else(|| StoreError::Corrupt("an unknown state of a review".to_owned()))?;
    Ok(Some(Newsletter {
        account,
        id,
        topic: (row.int(0)?, row.int(1)?),
        // One that was held while it waited for its time, and then released and resumed, begins now.
        cut_at: row.time_opt(2)?.unwrap_or(now),
        expanded_to: row.int(3)?,
        audience: row.int(4)?,
        expiry_hours: row.int(5)?,
        review,
        review_at,
    }))
}

/// How many contacts the newsletter would reach; counts no further than `most`.
async fn reach(conn: &mut Conn, newsletter: &Newsletter, most: i64) -> Result<i64> {
    Ok(i64::try_from(audience(conn, newsletter, most).await?.len()).unwrap_or(i64::MAX))
}

async fn hold(conn: &mut Conn, newsletter: &Newsletter, now: Timestamp) -> Result<Expanded> {
    // A lowered limit may hold what nobody reviews yet. The account's row is locked before the
    // mailing's, as the decision does it.
    legal::after_growth(conn, newsletter.account, now).await?;
    conn.execute_one(
        sql!(
            "UPDATE mailing SET state = $1, held_reason = $2, cut_at = $3, facts_version = facts_version + 1
             WHERE account_id = $4 AND id = $5 AND state = $6",
            MailingState::Held.number(),
            HELD_FOR_LEGAL_REVIEW,
            newsletter.cut_at,
            newsletter.account,
            newsletter.id,
            MailingState::Running.number(),
        ),
        "the newsletter",
    )
    .await?;
    Ok(Expanded::Held)
}

async fn audience_page(conn: &mut Conn, newsletter: &Newsletter) -> Result<Vec<(i64, String)>> {
    audience(conn, newsletter, PAGE).await?.iter().map(|row| Ok((row.int(0)?, row.text(1)?))).collect()
}

/// Contacts with a consent for just this statement before the cut, with the tags asked for,
/// without those excluded, and not on the exclusion list (R59).
async fn audience(conn: &mut Conn, newsletter: &Newsletter, most: i64) -> Result<Vec<Row>> {
    conn.all(sql!(
        "SELECT c.id, c.domain FROM consent k JOIN contact c ON c.account_id = k.account_id AND c.id = k.contact_id
         WHERE k.account_id = $1 AND k.topic_id = $2 AND k.topic_version = $3 AND k.contact_id > $4
            AND k.withdrawn_at IS NULL AND k.granted_at < $5
            AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.address_key = c.address_key)
            AND (NOT EXISTS (SELECT 1 FROM mailing_tag t WHERE t.account_id = $1 AND t.mailing_id = $6 AND t.exclude = FALSE)
                OR EXISTS (SELECT 1 FROM mailing_tag t JOIN contact_tag g ON g.account_id = t.account_id AND g.tag_id = t.tag_id
                    WHERE t.account_id = $1 AND t.mailing_id = $6 AND t.exclude = FALSE AND g.contact_id = c.id))
            AND NOT EXISTS (SELECT 1 FROM mailing_tag t JOIN contact_tag g ON g.account_id = t.account_id AND g.tag_id = t.tag_id
                    WHERE t.account_id = $1 AND t.mailing_id = $6 AND t.exclude = TRUE AND g.contact_id = c.id)
         ORDER BY k.contact_id LIMIT $7",
        newsletter.account,
        newsletter.topic.0,
        newsletter.topic.1,
        newsletter.expanded_to,
        newsletter.cut_at,
        newsletter.id,
        most,
    ))
    .await
}

async fn plan(conn: &mut Conn, newsletter: &Newsletter, page: Vec<(i64, String)>, now: Timestamp) -> Result<u64> {
    let expires_at = retry::bulk_gives_up_at(now, newsletter.expiry_hours);
    let rows = page.into_iter().map(|(contact, domain)| vec![Value::from(contact), Value::from(domain)]).collect();
    let mut planned = 0;
    for batch in batches(rows) {
        planned += conn
            .execute(
                sql!(
                    "WITH v(contact_id, domain) AS (VALUES {rows})
                     INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals,
                        owner, owner_beat, doubt, late_truth, late_reply, reason, reply, planned_at, settled_at)
                     SELECT CAST($1 AS BIGINT), v.contact_id, CAST($2 AS BIGINT), 0, v.domain, CAST($3 AS BIGINT), CAST($4 AS BIGINT), 0, 0,
                        NULL, 0, FALSE, NULL, NULL, NULL, NULL, CAST($3 AS BIGINT), NULL
                     FROM v WHERE TRUE ON CONFLICT (mailing_id, contact_id) DO NOTHING",
                    newsletter.id,
                    newsletter.account,
                    now,
                    expires_at,
                )
                .rows(batch),
            )
            .await?;
    }
    Ok(planned)
}
