//! The way of a mailing from state to state, by its owner's word.

use policy::facts::MailingState;
use policy::invalid::Invalid;
use policy::{AccountId, MailingId, Standing, Timestamp};

use super::{MailingKind, lock};
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::sql::sql;
use crate::writer::Urgency;
use crate::{Store, accounts, audit, autoresponders, expansion};

async fn must_be_active(conn: &mut Conn, account: AccountId) -> Result<()> {
    let row = conn
        .optional(sql!("SELECT standing FROM account WHERE id = $1", account))
        .await?
        .ok_or(StoreError::NotFound("account"))?;
    let standing = Standing::from_number(row.int(0)?);
    accounts::must_send(standing.ok_or_else(|| StoreError::Corrupt("the standing of an account".to_owned()))?)
}

async fn schedule(
    conn: &mut Conn,
    account: AccountId,
    id: MailingId,
    at: Option<Timestamp>,
    by: &str,
    now: Timestamp,
) -> Result<()> {
    let (kind, state) = lock(conn, account, id).await?;
    if kind != MailingKind::Newsletter || !matches!(state, MailingState::Draft | MailingState::Scheduled) {
        return Err(StoreError::Invalid(Invalid::CannotSchedule { state }));
    }
    if at.is_some() {
        must_be_active(conn, account).await?;
    }
    let next = if at.is_some() { MailingState::Scheduled } else { MailingState::Draft };
    conn.execute_one(
        sql!(
            "UPDATE mailing SET state = $1, scheduled_at = $2, facts_version = facts_version + 1 WHERE account_id = $3 AND id = $4",
            next.number(),
            at,
            account,
            id,
        ),
        "the newsletter",
    )
    .await?;
    let action = if at.is_some() { "mailing_scheduled" } else { "mailing_unscheduled" };
    audit::note(conn, account, by, action, id.to_string(), now).await
}

/// Starts a newsletter, or activates an autoresponder.
async fn start(conn: &mut Conn, account: AccountId, id: MailingId, by: &str, now: Timestamp) -> Result<()> {
    let (kind, state) = lock(conn, account, id).await?;
    let ready = state == MailingState::Draft || (kind == MailingKind::Newsletter && state == MailingState::Scheduled);
    if !ready {
        return Err(StoreError::Invalid(Invalid::CannotStart { state }));
    }
    must_be_active(conn, account).await?;
    conn.execute_one(
        sql!(
            "UPDATE mailing SET state = $1, cut_at = CASE WHEN kind = 1 THEN CAST($2 AS BIGINT) ELSE NULL END, started_at = $2,
                scheduled_at = CASE WHEN kind = 1 THEN COALESCE(scheduled_at, $2) ELSE NULL END, facts_version = facts_version + 1
             WHERE account_id = $3 AND id = $4",
            MailingState::Running.number(),
            now,
            account,
            id,
        ),
        "the mailing",
    )
    .await?;
    audit::note(conn, account, by, "mailing_started", id.to_string(), now).await
}

async fn pause(conn: &mut Conn, account: AccountId, id: MailingId, by: &str, now: Timestamp) -> Result<()> {
    let (_, state) = lock(conn, account, id).await?;
    match state {
        MailingState::Running => {}
        // The first one may still be waiting: whoever finds it paused waits like it.
        MailingState::Paused => return Ok(()),
        _ => return Err(StoreError::Invalid(Invalid::CannotPause { state })),
    }
    set_state(conn, account, id, MailingState::Paused).await?;
    audit::note(conn, account, by, "mailing_paused", id.to_string(), now).await
}

/// Returns false when only a page of what is too late was taken away: call it again.
async fn resume(conn: &mut Conn, account: AccountId, id: MailingId, by: &str, now: Timestamp) -> Result<bool> {
    let (kind, state) = lock(conn, account, id).await?;
    match state {
        MailingState::Paused => {}
        MailingState::Running => return Ok(true),
        _ => return Err(StoreError::Invalid(Invalid::CannotResume { state })),
    }
    must_be_active(conn, account).await?;
    match kind {
        MailingKind::Newsletter => expansion::resume(conn, account, id, now).await?,
        MailingKind::Autoresponder if !autoresponders::resume(conn, account, id, now).await? => return Ok(false),
        MailingKind::Autoresponder => {}
    }
    audit::note(conn, account, by, "mailing_resumed", id.to_string(), now).await?;
    Ok(true)
}

async fn abort(conn: &mut Conn, account: AccountId, id: MailingId, by: &str, now: Timestamp) -> Result<()> {
    let (_, state) = lock(conn, account, id).await?;
    match state {
        MailingState::Scheduled | MailingState::Running | MailingState::Paused | MailingState::Held => {}
        MailingState::Aborted => return Ok(()),
        MailingState::Draft | MailingState::Finished => {
            return Err(StoreError::Invalid(Invalid::CannotAbort { state }));
        }
    }
    conn.execute_one(
        sql!(
            "UPDATE mailing SET state = $1, held_reason = NULL, finished_at = $2, facts_version = facts_version + 1 WHERE account_id = $3 AND id = $4",
            MailingState::Aborted.number(),
            now,
            account,
            id,
        ),
        "the mailing",
    )
    .await?;
    audit::note(conn, account, by, "mailing_aborted", id.to_string(), now).await
}

async fn set_state(conn: &mut Conn, account: AccountId, id: MailingId, state: MailingState) -> Result<()> {
    conn.execute_one(
        sql!(
            "UPDATE mailing SET state = $1, facts_version = facts_version + 1 WHERE account_id = $2 AND id = $3",
            state.number(),
            account,
            id,
        ),
        "the mailing",
    )
    .await
}

impl Store {
    /// Lets a newsletter begin at a time; none makes it a draft again.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` in another state and for an account that is not active.
    pub async fn schedule_mailing(
        &self,
        account: AccountId,
        id: MailingId,
        at: Option<Timestamp>,
        by: &str,
        now: Timestamp,
    ) -> Result<()> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move { schedule(conn, account, id, at, &by, now).await })
        })
        .await
    }

    /// Starts a newsletter now, or activates an autoresponder: it reaches contacts that get its tag
    /// from now on.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` in another state and for an account that is not active.
    pub async fn start_mailing(&self, account: AccountId, id: MailingId, by: &str, now: Timestamp) -> Result<()> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { start(conn, account, id, &by, now).await })).await
    }

    /// Pauses a mailing. Repeating changes nothing. Returns when none of its messages can be
    /// completed any more that begins after this (promise 3).
    ///
    /// # Errors
    /// `NotFound`; `Invalid` in another state.
    pub async fn pause_mailing(&self, account: AccountId, id: MailingId, by: &str, now: Timestamp) -> Result<()> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { pause(conn, account, id, &by, now).await }))
            .await?;
        self.drain_all().await;
        Ok(())
    }

    /// Lets a paused mailing go on. What an autoresponder should have sent more than seven days ago
    /// is refused, page by page while it is still paused: a crash in between leaves it paused.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` in another state; a mailing that a rule holds waits for a person's decision.
    pub async fn resume_mailing(&self, account: AccountId, id: MailingId, by: &str, now: Timestamp) -> Result<()> {
        while !self.resume_page(account, id, by, now).await? {}
        Ok(())
    }

    /// One transaction of [`Store::resume_mailing`]. False: only a page of what is too late was
    /// refused, and the mailing is still paused.
    ///
    /// # Errors
    /// As there.
    pub async fn resume_page(&self, account: AccountId, id: MailingId, by: &str, now: Timestamp) -> Result<bool> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { resume(conn, account, id, &by, now).await }))
            .await
    }

    /// Ends a mailing for good. Repeating changes nothing. Returns when none of its messages can be
    /// completed any more that begins after this, and its open rows are cancelled.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a draft (remove it) and for what is finished.
    pub async fn abort_mailing(&self, account: AccountId, id: MailingId, by: &str, now: Timestamp) -> Result<()> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { abort(conn, account, id, &by, now).await }))
            .await?;
        let drain = self.begin_drain();
        self.cancel_mailing(id, policy::refusal::Cancellation::Aborted).await?;
        drain.everybody().await;
        Ok(())
    }
}
