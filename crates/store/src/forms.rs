//! Forms: what a visitor sees, kept version by version, because a consent was given to the text as
//! it was shown (R12, L1).

use policy::case::CaseKind;
use policy::invalid::{Invalid, Item};
use policy::{AccountId, FormId, TagId, Timestamp, TopicId, TopicRef, WebsiteId};
use texts::Language;

use crate::Store;
use crate::book::{MAX_FIELDS, MAX_PAGE};
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::profiles::language;
use crate::sql::{Row, sql, to_json};
use crate::words::{line, lines};
use crate::writer::Urgency;
use crate::{cases, tags, topics};

/// Forms that an account may have.
pub const MAX_FORMS: i64 = 500;
/// Characters of the consent text.
pub const MAX_CONSENT_CHARS: usize = 2_000;
/// Characters of the privacy notice.
pub const MAX_PRIVACY_CHARS: usize = 10_000;
/// Tags that a form gives at most.
pub const MAX_FORM_TAGS: usize = 20;
/// Longest name of a field, in characters.
pub const MAX_FIELD_NAME: usize = 40;

/// What a form shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormContent {
    /// The name that the customer works with.
    pub name: String,
    /// The language that it speaks.
    pub language: Language,
    /// The text that a visitor agrees to; empty = the platform's own, from account and topic.
    pub consent_text: String,
    /// The privacy notice; may be empty.
    pub privacy_notice: String,
    /// The tags that a confirmed sign-up gives.
    pub tags: Vec<TagId>,
    /// The names of fields beside the address; all voluntary (R14).
    pub fields: Vec<String>,
}

/// A form with its current version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Its number.
    pub id: FormId,
    /// The website.
    pub website: WebsiteId,
    /// The topic and the version that it shows.
    pub topic: TopicRef,
    /// The version of the form.
    pub version: i64,
    /// What it shows.
    pub content: FormContent,
    /// Whether it takes sign-ups, as far as the customer decides.
    pub open: bool,
    /// Since when there is one.
    pub created_at: Timestamp,
}

fn form(row: &Row) -> Result<Form> {
    Ok(Form {
        id: FormId::from_raw(row.int(0)?),
        website: WebsiteId::from_raw(row.int(1)?),
        topic: TopicRef { topic: TopicId::from_raw(row.int(2)?), version: row.int(3)? },
        version: row.int(4)?,
        content: FormContent {
            name: row.text(5)?,
            language: language(&row.text(6)?)?,
            consent_text: row.text(7)?,
            privacy_notice: row.text(8)?,
            tags: row.json(9)?,
            fields: row.json(10)?,
        },
        open: row.bool(11)?,
        created_at: row.time(12)?,
    })
}

/// A name by which templates reach a field: letters, digits and underscores, from a letter on.
#[must_use]
pub fn is_field_name(name: &str) -> bool {
    name.len() <= MAX_FIELD_NAME
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn checked(content: FormContent) -> Result<FormContent> {
    let mut fields = content.fields;
    fields.dedup();
    if fields.len() > MAX_FIELDS {
        return Err(StoreError::Invalid(Invalid::TooManyFormFields { limit: MAX_FIELDS }));
    }
    if !fields.iter().all(|name| is_field_name(name)) {
        return Err(StoreError::Invalid(Invalid::FieldName { limit: MAX_FIELD_NAME }));
    }
    if content.tags.len() > MAX_FORM_TAGS {
        return Err(StoreError::Invalid(Invalid::TooManyFormTags { limit: MAX_FORM_TAGS }));
    }
    Ok(FormContent {
        name: line(Item::Name, &content.name, 80)?,
        language: content.language,
        consent_text: lines(Item::ConsentText, content.consent_text.trim(), MAX_CONSENT_CHARS)?,
        privacy_notice: lines(Item::PrivacyNotice, content.privacy_notice.trim(), MAX_PRIVACY_CHARS)?,
        tags: content.tags,
        fields,
    })
}

async fn check_tags(conn: &mut Conn, account: AccountId, given: &[TagId]) -> Result<()> {
    for tag in given {
        tags::exists(conn, account, *tag).await?;
    }
    Ok(())
}

async fn insert_version(
    conn: &mut Conn,
    account: AccountId,
    id: FormId,
    version: i64,
    topic: TopicRef,
    content: &FormContent,
    now: Timestamp,
) -> Result<()> {
    conn.execute(sql!(
        "INSERT INTO form_version (account_id, form_id, version, topic_version, consent_text, privacy_notice, tags, fields, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        account,
        id,
        version,
        topic.version,
        content.consent_text.as_str(),
        content.privacy_notice.as_str(),
        to_json(&content.tags)?,
        to_json(&content.fields)?,
        now,
    ))
    .await
    .map(drop)
}

async fn create(
    conn: &mut Conn,
    account: AccountId,
    id: FormId,
    topic: TopicId,
    content: FormContent,
    now: Timestamp,
) -> Result<FormId> {
    cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("topic"))?;
    let (topic, website) = topics::usable(conn, account, topic, None).await?;
    check_tags(conn, account, &content.tags).await?;
    let row = conn.one(sql!("SELECT COUNT(*) FROM form WHERE account_id = $1", account)).await?;
    if row.int(0)? >= MAX_FORMS {
        return Err(StoreError::Invalid(Invalid::TooManyForms { limit: MAX_FORMS }));
    }
    conn.execute(sql!(
        "INSERT INTO form (account_id, id, website_id, topic_id, name, language, version, open, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, 1, TRUE, $7)",
        account,
        id,
        website,
        topic.topic,
        content.name.as_str(),
        content.language.code(),
        now,
    ))
    .await?;
    insert_version(conn, account, id, 1, topic, &content, now).await?;
    Ok(id)
}

/// A form as it stands, locked.
async fn standing(conn: &mut Conn, account: AccountId, id: FormId) -> Result<Form> {
    let row = conn
        .optional(sql!(
            "SELECT d.id, d.website_id, d.topic_id, v.topic_version, d.version, d.name, d.language, v.consent_text, v.privacy_notice,
                v.tags, v.fields, d.open, d.created_at
             FROM form d JOIN form_version v ON v.account_id = d.account_id AND v.form_id = d.id AND v.version = d.version
             WHERE d.account_id = $1 AND d.id = $2 {for_update_d}",
            account,
            id,
        ))
        .await?;
    form(&row.ok_or(StoreError::NotFound("form"))?)
}

/// The rows, each with number and tags in its first columns, of forms that give a tag.
fn with_tag(rows: Vec<Row>, tag: TagId) -> Result<Vec<Row>> {
    let mut giving = Vec::new();
    for row in rows {
        if row.json::<Vec<TagId>>(1)?.contains(&tag) {
            giving.push(row);
        }
    }
    Ok(giving)
}

/// The forms that give a tag, locked.
pub(crate) async fn giving(conn: &mut Conn, account: AccountId, tag: TagId) -> Result<Vec<FormId>> {
    let rows = conn
        .all(sql!(
            "SELECT d.id, v.tags FROM form d JOIN form_version v ON v.account_id = d.account_id AND v.form_id = d.id AND v.version = d.version
             WHERE d.account_id = $1 ORDER BY d.id LIMIT $2 {for_update_d}",
            account,
            MAX_FORMS,
        ))
        .await?;
    with_tag(rows, tag)?.iter().map(|row| row.int(0).map(FormId::from_raw)).collect()
}

/// The forms that give a tag, with their names.
pub(crate) async fn that_give(conn: &mut Conn, account: AccountId, tag: TagId) -> Result<Vec<(FormId, String)>> {
    let rows = conn
        .all(sql!(
            "SELECT f.id, v.tags, f.name FROM form f JOIN form_version v ON v.account_id = f.account_id AND v.form_id = f.id AND v.version = f.version
             WHERE f.account_id = $1 ORDER BY f.id LIMIT $2",
            account,
            MAX_FORMS,
        ))
        .await?;
    with_tag(rows, tag)?.iter().map(|row| Ok((FormId::from_raw(row.int(0)?), row.text(2)?))).collect()
}

/// A new version of a form that gives a tag no more. What visitors read stays as it is.
pub(crate) async fn without_tag(
    conn: &mut Conn,
    account: AccountId,
    id: FormId,
    tag: TagId,
    now: Timestamp,
) -> Result<()> {
    let mut stands = standing(conn, account, id).await?;
    stands.content.tags.retain(|given| *given != tag);
    let version = stands.version + 1;
    insert_version(conn, account, id, version, stands.topic, &stands.content, now).await?;
    conn.execute_one(
        sql!("UPDATE form SET version = $1 WHERE account_id = $2 AND id = $3", version, account, id),
        "the form",
    )
    .await
}

async fn edit(conn: &mut Conn, account: AccountId, id: FormId, content: FormContent, now: Timestamp) -> Result<i64> {
    let stands = standing(conn, account, id).await?;
    let (topic, _) = topics::usable(conn, account, stands.topic.topic, None).await?;
    check_tags(conn, account, &content.tags).await?;
    if stands.content == content && stands.topic == topic {
        return Ok(stands.version);
    }
    let version = stands.version + 1;
    insert_version(conn, account, id, version, topic, &content, now).await?;
    conn.execute_one(
        sql!(
            "UPDATE form SET name = $1, language = $2, version = $3 WHERE account_id = $4 AND id = $5",
            content.name.as_str(),
            content.language.code(),
            version,
            account,
            id,
        ),
        "the form",
    )
    .await?;
    Ok(version)
}

/// Opens or closes a form. What a complaint stopped only its case opens again (R67).
async fn set_open(conn: &mut Conn, account: AccountId, id: FormId, open: bool) -> Result<()> {
    if open {
        let stopped = conn
            .optional(sql!(
                "SELECT 1 FROM abuse_case WHERE account_id = $1 AND form_id = $2 AND kind = $3 AND state = 'open'",
                account,
                id,
                CaseKind::ListBombing.word(),
            ))
            .await?;
        if stopped.is_some() {
            return Err(StoreError::Invalid(Invalid::FormStopped));
        }
    }
    let set =
        conn.execute(sql!("UPDATE form SET open = $1 WHERE account_id = $2 AND id = $3", open, account, id)).await?;
    if set == 1 { Ok(()) } else { Err(StoreError::NotFound("form")) }
}

impl Store {
    /// Makes a form for a topic that has an approved statement; it shows the newest one, and
    /// belongs to the topic's website.
    ///
    /// # Errors
    /// `NotFound` for a topic or tag that is not the account's; `Invalid` for a topic that is not
    /// approved yet and for bad texts.
    pub async fn create_form(
        &self,
        account: AccountId,
        topic: TopicId,
        content: FormContent,
        now: Timestamp,
    ) -> Result<FormId> {
        let content = checked(content)?;
        let id = FormId::from_raw(self.next_id().await?);
        self.write(Urgency::AtOnce, move |conn| Box::pin(create(conn, account, id, topic, content, now))).await
    }

    /// Changes what a form shows: a new version, which shows the topic's newest approved
    /// statement. Returns the version; what stands already makes none.
    ///
    /// # Errors
    /// As [`Store::create_form`].
    pub async fn edit_form(&self, account: AccountId, id: FormId, content: FormContent, now: Timestamp) -> Result<i64> {
        let content = checked(content)?;
        self.write(Urgency::AtOnce, move |conn| Box::pin(edit(conn, account, id, content, now))).await
    }

    /// Opens or closes a form.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` to open one that a complaint stopped (R67).
    pub async fn open_form(&self, account: AccountId, id: FormId, open: bool) -> Result<()> {
        self.write(Urgency::AtOnce, move |conn| Box::pin(set_open(conn, account, id, open))).await
    }

    /// Forms of the account after `after`, by number, at most `limit` (≤ 500).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forms(&self, account: AccountId, after: Option<FormId>, limit: i64) -> Result<Vec<Form>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT f.id, f.website_id, f.topic_id, v.topic_version, f.version, f.name, f.language, v.consent_text, v.privacy_notice,
                    v.tags, v.fields, f.open, f.created_at
                 FROM form f JOIN form_version v ON v.account_id = f.account_id AND v.form_id = f.id AND v.version = f.version
                 WHERE f.account_id = $1 AND f.id > $2 ORDER BY f.id LIMIT $3",
                account,
                after.map_or(0, FormId::get),
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter().map(form).collect()
    }

    /// One form of the account.
    ///
    /// # Errors
    /// `NotFound` for any other number; those of the database.
    pub async fn form(&self, account: AccountId, id: FormId) -> Result<Form> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT f.id, f.website_id, f.topic_id, v.topic_version, f.version, f.name, f.language, v.consent_text, v.privacy_notice,
                    v.tags, v.fields, f.open, f.created_at
                 FROM form f JOIN form_version v ON v.account_id = f.account_id AND v.form_id = f.id AND v.version = f.version
                 WHERE f.account_id = $1 AND f.id = $2",
                account,
                id,
            ))
            .await?;
        form(&row.ok_or(StoreError::NotFound("form"))?)
    }

    /// The forms of the account that a complaint stopped; only their cases open them again (R67).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn stopped_forms(&self, account: AccountId) -> Result<Vec<FormId>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT form_id FROM abuse_case WHERE account_id = $1 AND kind = $2 AND state = 'open' AND form_id IS NOT NULL ORDER BY form_id",
                account,
                CaseKind::ListBombing.word(),
            ))
            .await?;
        rows.iter().map(|row| row.int(0).map(FormId::from_raw)).collect()
    }

    /// The names of all fields that forms of the account ask for: what templates may merge.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn field_names(&self, account: AccountId) -> Result<Vec<String>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT DISTINCT fields FROM form_version WHERE account_id = $1 ORDER BY fields LIMIT 500",
                account
            ))
            .await?;
        let mut names = Vec::new();
        for row in &rows {
            names.extend(row.json::<Vec<String>>(0)?);
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}
