//! What a customer writes: drafts made, edited and removed.

use policy::facts::MailingState;
use policy::invalid::{Invalid, Item};
use policy::{AccountId, MailingId, Timestamp};

use super::revisions::{self, NewRevision};
use super::{
    MAX_DELAY_MINUTES, MAX_MAILING_TAGS, MAX_MAILINGS, MailingDraft, MailingKind, RevisionKind, Saved, Saving,
    format_word, lock,
};
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::profiles::tags;
use crate::sql::sql;
use crate::words::line;
use crate::writer::Urgency;
use crate::{Store, audit, cases, topics};

fn checked(kind: MailingKind, mut draft: MailingDraft) -> Result<MailingDraft> {
    draft.name = line(Item::Name, &draft.name, 120)?;
    match (kind, draft.trigger) {
        (MailingKind::Newsletter, None) => {}
        (MailingKind::Newsletter, Some(_)) => {
            return Err(StoreError::Invalid(Invalid::NewsletterWithTrigger));
        }
        (MailingKind::Autoresponder, None) => {
            return Err(StoreError::Invalid(Invalid::AutoresponderWithoutTrigger));
        }
        (MailingKind::Autoresponder, Some(trigger)) => {
            if !(0..=MAX_DELAY_MINUTES).contains(&trigger.delay_minutes) {
                return Err(StoreError::Invalid(Invalid::Delay { limit: MAX_DELAY_MINUTES }));
            }
            if !draft.include.is_empty() {
                return Err(StoreError::Invalid(Invalid::AutoresponderWithInclude));
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
        return Err(StoreError::Invalid(Invalid::TooManyMailingTags { limit: MAX_MAILING_TAGS }));
    }
    if draft.include.iter().any(|tag| draft.exclude.contains(tag)) {
        return Err(StoreError::Invalid(Invalid::TagBothWays));
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
                 SELECT $1, $2, t.id, $3 FROM tag t WHERE t.account_id = $1 AND t.id = $4 AND t.removed_at IS NULL {for_share}",
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

/// A mailing to be made, its text apart.
struct Making<'a> {
    account: AccountId,
    id: MailingId,
    kind: MailingKind,
    expiry_hours: i64,
    by: &'a str,
    now: Timestamp,
}

async fn create(conn: &mut Conn, making: Making<'_>, draft: MailingDraft) -> Result<MailingId> {
    let Making { account, id, kind, expiry_hours, by, now } = making;
    cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
    let row = conn.one(sql!("SELECT COUNT(*) FROM mailing WHERE account_id = $1", account)).await?;
    if row.int(0)? >= MAX_MAILINGS {
        return Err(StoreError::Invalid(Invalid::TooManyMailings { limit: MAX_MAILINGS }));
    }
    let (topic, _) = topics::usable(conn, account, draft.topic, draft.topic_version).await?;
    conn.execute(sql!(
        "INSERT INTO mailing (account_id, id, kind, name, state, held_reason, facts_version, topic_id, topic_version, subject, preheader, format,
            body, language, template_version, scheduled_at, cut_at, expanded_to, expanded, audience, trigger_tag, delay_minutes, expiry_hours,
            created_at, started_at, finished_at, revision)
         VALUES ($1, $2, $3, $4, $5, NULL, 1, $6, $7, $8, $9, $10, $11, $12, $13, NULL, NULL, 0, FALSE, 0, $14, $15, $16, $17, NULL, NULL, 1)",
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
    let kind = RevisionKind::ByHand;
    revisions::keep(
        conn,
        NewRevision { account, mailing: id, kind, topic_version: topic.version, draft: &draft, by, now },
    )
    .await?;
    Ok(id)
}

/// Which revision stands, and whether it says just this.
async fn standing(
    conn: &mut Conn,
    account: AccountId,
    id: MailingId,
    topic_version: i64,
    draft: &MailingDraft,
) -> Result<(i64, bool)> {
    let row = conn
        .one(sql!(
            "SELECT m.revision, m.name, m.topic_id, m.topic_version, m.subject, m.preheader, m.format, m.body, m.language, m.template_version,
                m.trigger_tag, m.delay_minutes,
                (SELECT string_agg(CAST(g.tag_id AS TEXT), ' ') FROM mailing_tag g WHERE g.account_id = m.account_id AND g.mailing_id = m.id AND NOT g.exclude),
                (SELECT string_agg(CAST(g.tag_id AS TEXT), ' ') FROM mailing_tag g WHERE g.account_id = m.account_id AND g.mailing_id = m.id AND g.exclude)
             FROM mailing m WHERE m.account_id = $1 AND m.id = $2",
            account,
            id,
        ))
        .await?;
    let same = row.text(1)? == draft.name
        && row.int(2)? == draft.topic.get()
        && row.int(3)? == topic_version
        && row.text(4)? == draft.content.subject
        && row.text(5)? == draft.content.preheader
        && row.text(6)? == format_word(draft.content.format)
        && row.text(7)? == draft.content.body
        && row.text(8)? == draft.content.language.code()
        && row.int(9)? == draft.content.template_version
        && row.int_opt(10)? == draft.trigger.map(|trigger| trigger.tag.get())
        && row.int(11)? == draft.trigger.map_or(0, |trigger| trigger.delay_minutes)
        && tags(row.text_opt(12)?)? == draft.include
        && tags(row.text_opt(13)?)? == draft.exclude;
    Ok((row.int(0)?, same))
}

async fn save(
    conn: &mut Conn,
    account: AccountId,
    id: MailingId,
    draft: MailingDraft,
    saving: Saving,
    by: &str,
    now: Timestamp,
) -> Result<Saved> {
    let (kind, state) = lock(conn, account, id).await?;
    let editable = match kind {
        MailingKind::Newsletter => state == MailingState::Draft,
        MailingKind::Autoresponder => {
            matches!(state, MailingState::Draft | MailingState::Running | MailingState::Paused)
        }
    };
    if !editable {
        return Err(StoreError::Invalid(Invalid::CannotEdit { state }));
    }
    let draft = checked(kind, draft)?;
    let (topic, _) = topics::usable(conn, account, draft.topic, draft.topic_version).await?;
    let (current, same) = standing(conn, account, id, topic.version, &draft).await?;
    if same {
        if !saving.by_itself {
            revisions::by_hand(conn, account, id, current).await?;
        }
        return Ok(Saved::Kept(current));
    }
    let beside = saving.base.is_some_and(|base| base != current);
    let kind = match (beside, saving.by_itself) {
        (true, _) => RevisionKind::Beside,
        (false, true) => RevisionKind::ByItself,
        (false, false) => RevisionKind::ByHand,
    };
    let new = NewRevision { account, mailing: id, kind, topic_version: topic.version, draft: &draft, by, now };
    let number = revisions::keep(conn, new).await?;
    if beside {
        return Ok(Saved::Beside { current, beside: number });
    }
    replace(conn, account, id, topic.version, &draft, number).await?;
    // What the editor saves every few seconds is on record as a revision, not as a deed.
    if !saving.by_itself {
        audit::note(conn, account, by, "mailing_edited", id.to_string(), now).await?;
    }
    Ok(Saved::Kept(number))
}

/// Writes what the mailing says from now on.
async fn replace(
    conn: &mut Conn,
    account: AccountId,
    id: MailingId,
    topic_version: i64,
    draft: &MailingDraft,
    revision: i64,
) -> Result<()> {
    conn.execute_one(
        sql!(
            "UPDATE mailing SET name = $1, topic_id = $2, topic_version = $3, subject = $4, preheader = $5, format = $6, body = $7, language = $8,
                template_version = $9, trigger_tag = $10, delay_minutes = $11, revision = $12, facts_version = facts_version + 1
             WHERE account_id = $13 AND id = $14",
            draft.name.as_str(),
            draft.topic,
            topic_version,
            draft.content.subject.as_str(),
            draft.content.preheader.as_str(),
            format_word(draft.content.format),
            draft.content.body.as_str(),
            draft.content.language.code(),
            draft.content.template_version,
            draft.trigger.map(|trigger| trigger.tag),
            draft.trigger.map_or(0, |trigger| trigger.delay_minutes),
            revision,
            account,
            id,
        ),
        "the mailing",
    )
    .await?;
    write_tags(conn, account, id, draft).await
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
        by: &str,
        now: Timestamp,
    ) -> Result<MailingId> {
        let draft = checked(kind, draft)?;
        let id = MailingId::from_raw(self.next_id().await?);
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let making = Making { account, id, kind, expiry_hours, by: &by, now };
                create(conn, making, draft).await
            })
        })
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
        let saving = Saving { base: None, by_itself: false };
        self.save_mailing(account, id, draft, saving, by, now).await.map(drop)
    }

    /// The same for an editor: whoever began with an older revision than the one that stands replaces
    /// nothing, and the text is kept beside it ([`Saved::Beside`]). Saving what stands changes nothing.
    ///
    /// # Errors
    /// As [`Store::edit_mailing`].
    pub async fn save_mailing(
        &self,
        account: AccountId,
        id: MailingId,
        draft: MailingDraft,
        saving: Saving,
        by: &str,
        now: Timestamp,
    ) -> Result<Saved> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move { save(conn, account, id, draft, saving, &by, now).await })
        })
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
                    return Err(StoreError::Invalid(Invalid::CannotRemove { state }));
                }
                conn.execute(sql!("DELETE FROM mailing_tag WHERE account_id = $1 AND mailing_id = $2", account, id))
                    .await?;
                revisions::forget(conn, account, id).await?;
                conn.execute(sql!("DELETE FROM mailing WHERE account_id = $1 AND id = $2", account, id)).await.map(drop)
            })
        })
        .await
    }
}
