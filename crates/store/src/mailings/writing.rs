//! What a customer writes: drafts made, edited and removed.

use policy::facts::MailingState;
use policy::{AccountId, MailingId, Timestamp};

use super::{
    MAX_DELAY_MINUTES, MAX_MAILING_TAGS, MAX_MAILINGS, MailingDraft, MailingKind, format_word, lock, wrong_state,
};
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::sql::sql;
use crate::words::line;
use crate::writer::Urgency;
use crate::{Store, audit, cases, topics};

fn checked(kind: MailingKind, mut draft: MailingDraft) -> Result<MailingDraft> {
    draft.name = line("the name", &draft.name, 120)?;
    match (kind, draft.trigger) {
        (MailingKind::Newsletter, None) => {}
        (MailingKind::Newsletter, Some(_)) => {
            return Err(StoreError::Invalid("a newsletter follows no tag".to_owned()));
        }
        (MailingKind::Autoresponder, None) => {
            return Err(StoreError::Invalid("an autoresponder needs a tag to follow".to_owned()));
        }
        (MailingKind::Autoresponder, Some(trigger)) => {
            if !(0..=MAX_DELAY_MINUTES).contains(&trigger.delay_minutes) {
                return Err(StoreError::Invalid(format!("the delay may have 0 to {MAX_DELAY_MINUTES} minutes")));
            }
            if !draft.include.is_empty() {
                return Err(StoreError::Invalid(
                    "an autoresponder reaches those who carry its tag; it includes no others".to_owned(),
                ));
            }
            // The gate refuses what is due when the tag is gone.
            draft.include = vec![trigger.tag];
        }
    }
    for list in [&mut draft.include, &mut draft.exclude] {
        list.sort_unstable();
        list.dedup();
    }
    if draft.include.len() + draft.exclude.len() > MAX_MAILING_TAGS {
        return Err(StoreError::Invalid(format!("a mailing may name {MAX_MAILING_TAGS} tags")));
    }
    if draft.include.iter().any(|tag| draft.exclude.contains(tag)) {
        return Err(StoreError::Invalid("a tag is both included and excluded; nobody would be reached".to_owned()));
    }
    Ok(draft)
}

async fn write_tags(conn: &mut Conn, account: AccountId, id: MailingId, draft: &MailingDraft) -> Result<()> {
    conn.execute(sql!("DELETE FROM mailing_tag WHERE account_id = $1 AND mailing_id = $2", account, id)).await?;
    let named = draft.include.iter().map(|tag| (*tag, false)).chain(draft.exclude.iter().map(|tag| (*tag, true)));
    for (tag, exclude) in named {
        let written = conn
            .execute(sql!(
                "INSERT INTO mailing_tag (account_id, mailing_id, tag_id, exclude)
                 SELECT $1, $2, t.id, $3 FROM tag t WHERE t.account_id = $1 AND t.id = $4",
                account,
                id,
                exclude,
                tag,
            ))
            .await?;
        if written == 0 {
            return Err(StoreError::NotFound("tag"));
        }
    }
    Ok(())
}

async fn create(
    conn: &mut Conn,
    account: AccountId,
    id: MailingId,
    kind: MailingKind,
    draft: MailingDraft,
    expiry_hours: i64,
    now: Timestamp,
) -> Result<MailingId> {
    cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
    let row = conn.one(sql!("SELECT COUNT(*) FROM mailing WHERE account_id = $1", account)).await?;
    if row.int(0)? >= MAX_MAILINGS {
        return Err(StoreError::Invalid(format!("an account may have {MAX_MAILINGS} mailings")));
    }
    let (topic, _) = topics::usable(conn, account, draft.topic, draft.topic_version).await?;
    conn.execute(sql!(
        "INSERT INTO mailing (account_id, id, kind, name, state, held_reason, facts_version, topic_id, topic_version, subject, preheader, format,
            body, language, template_version, scheduled_at, cut_at, expanded_to, expanded, audience, trigger_tag, delay_minutes, expiry_hours,
            created_at, started_at, finished_at)
         VALUES ($1, $2, $3, $4, $5, NULL, 1, $6, $7, $8, $9, $10, $11, $12, $13, NULL, NULL, 0, FALSE, 0, $14, $15, $16, $17, NULL, NULL)",
        account,
        id,
        kind.number(),
        draft.name.as_str(),
        MailingState::Draft.number(),
        topic.topic,
        topic.version,
        draft.content.subject.as_str(),
        draft.content.preheader.as_str(),
        format_word(draft.content.format),
        draft.content.body.as_str(),
        draft.content.language.code(),
        draft.content.template_version,
        draft.trigger.map(|trigger| trigger.tag),
        draft.trigger.map_or(0, |trigger| trigger.delay_minutes),
        expiry_hours,
        now,
    ))
    .await?;
    write_tags(conn, account, id, &draft).await?;
    Ok(id)
}

async fn edit(
    conn: &mut Conn,
    account: AccountId,
    id: MailingId,
    draft: MailingDraft,
    by: &str,
    now: Timestamp,
) -> Result<()> {
    let (kind, state) = lock(conn, account, id).await?;
    let editable = match kind {
        MailingKind::Newsletter => state == MailingState::Draft,
        MailingKind::Autoresponder => {
            matches!(state, MailingState::Draft | MailingState::Running | MailingState::Paused)
        }
    };
    if !editable {
        return Err(wrong_state(state, "edited"));
    }
    let draft = checked(kind, draft)?;
    let (topic, _) = topics::usable(conn, account, draft.topic, draft.topic_version).await?;
    conn.execute_one(
        sql!(
            "UPDATE mailing SET name = $1, topic_id = $2, topic_version = $3, subject = $4, preheader = $5, format = $6, body = $7, language = $8,
                template_version = $9, trigger_tag = $10, delay_minutes = $11, facts_version = facts_version + 1
             WHERE account_id = $12 AND id = $13",
            draft.name.as_str(),
            topic.topic,
            topic.version,
            draft.content.subject.as_str(),
            draft.content.preheader.as_str(),
            format_word(draft.content.format),
            draft.content.body.as_str(),
            draft.content.language.code(),
            draft.content.template_version,
            draft.trigger.map(|trigger| trigger.tag),
            draft.trigger.map_or(0, |trigger| trigger.delay_minutes),
            account,
            id,
        ),
        "the mailing",
    )
    .await?;
    write_tags(conn, account, id, &draft).await?;
    audit::note(conn, account, by, "mailing_edited", id.to_string(), now).await
}

impl Store {
    /// Makes a draft. `expiry_hours` is the setting `bulk.expiry_hours`.
    ///
    /// # Errors
    /// `NotFound` for a topic or tag that is not the account's; `Invalid` for a topic that is not
    /// approved, and for what breaks the kind's rules.
    pub async fn create_mailing(
        &self,
        account: AccountId,
        kind: MailingKind,
        draft: MailingDraft,
        expiry_hours: i64,
        now: Timestamp,
    ) -> Result<MailingId> {
        let draft = checked(kind, draft)?;
        let id = MailingId::from_raw(self.next_id().await?);
        self.write(Urgency::AtOnce, move |conn| Box::pin(create(conn, account, id, kind, draft, expiry_hours, now)))
            .await
    }

    /// Replaces what a mailing says: a newsletter's while it is a draft, an autoresponder's until it
    /// ends. An edited delay holds for steps planned from then on; those that are planned keep their time.
    ///
    /// # Errors
    /// As [`Store::create_mailing`]; `Invalid` in another state.
    pub async fn edit_mailing(
        &self,
        account: AccountId,
        id: MailingId,
        draft: MailingDraft,
        by: &str,
        now: Timestamp,
    ) -> Result<()> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { edit(conn, account, id, draft, &by, now).await }))
            .await
    }

    /// Removes a draft.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for what is no draft: what was sent is kept.
    pub async fn remove_mailing(&self, account: AccountId, id: MailingId) -> Result<()> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let (_, state) = lock(conn, account, id).await?;
                if state != MailingState::Draft {
                    return Err(wrong_state(state, "removed"));
                }
                conn.execute(sql!("DELETE FROM mailing_tag WHERE account_id = $1 AND mailing_id = $2", account, id))
                    .await?;
                conn.execute(sql!("DELETE FROM mailing WHERE account_id = $1 AND id = $2", account, id)).await.map(drop)
            })
        })
        .await
    }
}
