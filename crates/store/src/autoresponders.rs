//! Autoresponder steps: planned in the transaction that gives the tag.
//!
//! The rules, for those who set autoresponders up (`docs/autoresponders.md`):
//! an autoresponder reaches contacts that get its tag from its activation on;
//! each contact once for ever, whatever happens to the tag; an edited delay
//! holds for steps planned from then on; what came due during a pause leaves
//! when the pause ends, unless it is more than seven days late.

use std::time::Duration;

use policy::facts::MailingState;
use policy::why::TOO_LATE;
use policy::{AccountId, ContactId, MailingId, RowState, TagId, Timestamp, retry};

use crate::conn::Conn;
use crate::counts::{Folded, shard_of_door};
use crate::error::Result;
use crate::sql::sql;

/// How late a step may leave after a pause.
pub const LATEST_AFTER_PAUSE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The number under which planned autoresponder steps are counted beside the terminal states.
pub(crate) const PLANNED: i64 = -1;

/// Plans the steps that follow a tag which was just given to a contact. A step needs a consent
/// for its topic's statement; one that exists already is left alone. Returns how many.
pub(crate) async fn plan_for_tag(
    conn: &mut Conn,
    account: AccountId,
    contact: ContactId,
    tag: TagId,
    given_at: Timestamp,
) -> Result<u64> {
    let steps = conn
        .all(sql!(
            "SELECT m.id, m.delay_minutes, m.expiry_hours, c.domain
             FROM mailing m
             JOIN consent k ON k.account_id = m.account_id AND k.contact_id = $2 AND k.topic_id = m.topic_id AND k.topic_version = m.topic_version
             JOIN contact c ON c.account_id = m.account_id AND c.id = k.contact_id
             WHERE m.account_id = $1 AND m.trigger_tag = $3 AND m.kind = 2 AND m.state IN (2, 3, 4) AND k.withdrawn_at IS NULL
             ORDER BY m.id",
            account,
            contact,
            tag,
        ))
        .await?;
    let mut folded = Folded::default();
    let mut planned = 0;
    for step in steps {
        let mailing = step.int(0)?;
        let delay = Duration::from_secs(60 * u64::try_from(step.int(1)?).unwrap_or(0));
        let due_at = given_at + delay;
        let inserted = conn
            .execute(sql!(
                "INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals,
                    owner, owner_beat, doubt, late_truth, late_reply, reason, reply, planned_at, settled_at)
                 VALUES ($1, $2, $3, 0, $4, $5, $6, 0, 0, NULL, 0, FALSE, NULL, NULL, NULL, NULL, $7, NULL)
                 ON CONFLICT (mailing_id, contact_id) DO NOTHING",
                mailing,
                contact,
                account,
                step.text(3)?,
                due_at,
                retry::bulk_gives_up_at(due_at, step.int(2)?),
                given_at,
            ))
            .await?;
        if inserted == 1 {
            folded.end(account.get(), mailing, PLANNED, 1);
            planned += 1;
        }
    }
    folded.write(conn, shard_of_door(contact.get())).await?;
    Ok(planned)
}

/// Steps that one transaction refuses at most.
pub(crate) const DROPPED_AT_ONCE: i64 = 500;

/// Refuses steps that a pause made more than seven days late, at most [`DROPPED_AT_ONCE`]. Returns
/// how many. The autoresponder is paused until none is left: a crash in between leaves it so, and
/// what was refused stays refused, because it would be too late at the next attempt as well.
pub(crate) async fn drop_overdue(
    conn: &mut Conn,
    account: AccountId,
    mailing: MailingId,
    now: Timestamp,
) -> Result<i64> {
    let dropped = conn
        .execute(sql!(
            "UPDATE delivery SET state = $1, reason = $2, settled_at = $3
             WHERE mailing_id = $4 AND account_id = $5 AND state = 0 AND contact_id IN
                (SELECT d.contact_id FROM delivery d WHERE d.mailing_id = $4 AND d.state IN (0, 3, 4) AND d.state = 0 AND d.due_at < $6
                 ORDER BY d.due_at, d.contact_id LIMIT $7)",
            RowState::Refused,
            TOO_LATE,
            now,
            mailing,
            account,
            now - LATEST_AFTER_PAUSE,
            DROPPED_AT_ONCE,
        ))
        .await?;
    let dropped = i64::try_from(dropped).unwrap_or(i64::MAX);
    let mut folded = Folded::default();
    folded.end(account.get(), mailing.get(), RowState::Refused.number(), dropped);
    folded.write(conn, shard_of_door(mailing.get())).await?;
    Ok(dropped)
}

/// Ends a pause of an autoresponder, or only takes away a page of the steps that are too late.
/// Returns whether the pause is over.
pub(crate) async fn resume(conn: &mut Conn, account: AccountId, mailing: MailingId, now: Timestamp) -> Result<bool> {
    if drop_overdue(conn, account, mailing, now).await? == DROPPED_AT_ONCE {
        return Ok(false);
    }
    conn.execute_one(
        sql!(
            "UPDATE mailing SET state = $1, resumed_at = $2, facts_version = facts_version + 1
             WHERE account_id = $3 AND id = $4 AND kind = 2 AND state = $5",
            MailingState::Running.number(),
            now,
            account,
            mailing,
            MailingState::Paused.number(),
        ),
        "the autoresponder",
    )
    .await?;
    Ok(true)
}
