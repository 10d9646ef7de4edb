//! What recipients' pages show: a form, and a person behind a link (R12, R29, R45).

use policy::consent::FormerReason;
use policy::legal_notice::LegalNotice;
use policy::topic::TopicState;
use policy::{
    AccountId, ContactId, FormId, RowState, Standing, TagId, Timestamp, TopicId, TopicRef, UserId, WebsiteId,
};
use texts::Language;

use crate::Store;
use crate::conn::Conn;
use crate::contacts::{former_reason, resolve};
use crate::error::{Result, StoreError};
use crate::sql::{Row, sql};

/// What every page says about the account behind it.
#[derive(Clone, Debug)]
pub struct AccountPage {
    /// The account.
    pub id: AccountId,
    /// Its name as recipients see it.
    pub name: String,
    /// Its language.
    pub language: Language,
    /// Its time zone, for moments that people read.
    pub time_zone: String,
    /// Active, suspended or terminated.
    pub standing: Standing,
    /// Its legal notice, once filled in.
    pub legal_notice: Option<LegalNotice>,
    /// Display name and address that its mail comes from, once set up.
    pub sender: Option<(String, String)>,
}

/// A sign-up form with everything that it shows and that its sign-ups record.
#[derive(Clone, Debug)]
pub struct FormPage {
    /// Whose form it is.
    pub account: AccountPage,
    /// The form.
    pub id: FormId,
    /// The current version of what it shows.
    pub version: i64,
    /// The language that it speaks.
    pub language: Language,
    /// The website, without scheme.
    pub site: String,
    /// The website's number.
    pub website: WebsiteId,
    /// The account proved that the website is its own (R12).
    pub site_proven: bool,
    /// The topic and the version of its statement.
    pub topic: TopicRef,
    /// The statement.
    pub statement: String,
    /// The operator approved that version (R82).
    pub topic_approved: bool,
    /// The text that the person agrees to, as shown.
    pub consent_text: String,
    /// The privacy notice, as shown.
    pub privacy_notice: String,
    /// The tags that a confirmed sign-up gives.
    pub tags: Vec<TagId>,
    /// Fields beside the address; all voluntary (R14).
    pub fields: Vec<String>,
    /// Whether the customer keeps it open.
    pub open: bool,
}

impl FormPage {
    /// Whether the form takes sign-ups: open, its topic approved, its website proven, its account
    /// active with a sender and a legal notice to show.
    #[must_use]
    pub fn takes_signups(&self) -> bool {
        self.open
            && self.topic_approved
            && self.site_proven
            && self.account.standing == Standing::Active
            && self.account.sender.is_some()
            && self.account.legal_notice.is_some()
    }
}

/// A person behind a link, as pages show it.
#[derive(Clone, Debug)]
pub struct PersonPage {
    /// The account that the link is about.
    pub account: AccountPage,
    /// The language to speak.
    pub language: Language,
    /// The number that the person has today.
    pub id: ContactId,
    /// What is known.
    pub state: PersonState,
}

/// A tag as a recipient sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicTag {
    /// Its number.
    pub id: TagId,
    /// Its public name.
    pub name: String,
}

/// Where a person stands with an account.
#[derive(Clone, Debug)]
pub enum PersonState {
    /// A sign-up that waits for its confirmation.
    Pending {
        /// The website, without scheme.
        site: String,
        /// The topic's statement.
        statement: String,
        /// When it is forgotten.
        expires_at: Timestamp,
    },
    /// An active contact.
    Contact {
        /// The tags that it carries.
        tags: Vec<PublicTag>,
        /// The statements of the topics that it agreed to.
        statements: Vec<String>,
        /// When its newest mail was handed over; scanners follow within minutes (D1).
        newest_mail_at: Option<Timestamp>,
        /// A mail is with its receiver, who has not said yes yet: scanners look at its links before
        /// that, and some say "later" first (D1).
        mail_on_its_way: bool,
    },
    /// A former contact.
    Former {
        /// Why it left.
        reason: FormerReason,
        /// Until when the person can undo.
        restorable_until: Timestamp,
        /// The tags that it carried.
        tags: Vec<PublicTag>,
    },
    /// Nothing is known (any more).
    Nobody,
}

/// A user of an account behind a link of a test mail.
#[derive(Clone, Debug)]
pub struct UserPage {
    /// The account.
    pub account: AccountPage,
    /// The user's language.
    pub language: Language,
    /// The user.
    pub id: UserId,
    /// The user stopped test mails.
    pub tests_stopped: bool,
}

fn language(code: &str) -> Result<Language> {
    code.parse().map_err(|_| StoreError::Corrupt(format!("{code:?} is no language")))
}

fn standing(number: i64) -> Result<Standing> {
    Standing::from_number(number).ok_or_else(|| StoreError::Corrupt(format!("{number} is no standing")))
}

/// Reads id, name, language, standing, legal notice, sender's name, sender's address and time zone from column `at` on.
fn account_page(row: &Row, at: usize) -> Result<AccountPage> {
    let legal_notice = match row.text_opt(at + 4)? {
        None => None,
        Some(_) => Some(row.json(at + 4)?),
    };
    let sender = row.text_opt(at + 5)?.zip(row.text_opt(at + 6)?);
    Ok(AccountPage {
        id: AccountId::from_raw(row.int(at)?),
        name: row.text(at + 1)?,
        language: language(&row.text(at + 2)?)?,
        time_zone: row.text(at + 7)?,
        standing: standing(row.int(at + 3)?)?,
        legal_notice,
        sender,
    })
}

/// What pages say about an account.
pub(crate) async fn account_of(conn: &mut Conn, account: AccountId) -> Result<Option<AccountPage>> {
    let row = conn
        .optional(sql!(
            "SELECT a.id, a.name, a.language, a.standing, l.notice, s.display_name, s.address, a.time_zone
             FROM account a
             LEFT JOIN legal_notice l ON l.account_id = a.id AND l.version = a.legal_version
             LEFT JOIN sender s ON s.account_id = a.id AND s.id = a.sender_id
             WHERE a.id = $1",
            account,
        ))
        .await?;
    row.map(|row| account_page(&row, 0)).transpose()
}

/// A form as it stands now.
pub(crate) async fn form_of(conn: &mut Conn, form: FormId) -> Result<Option<FormPage>> {
    let row = conn
        .optional(sql!(
            "SELECT a.id, a.name, a.language, a.standing, l.notice, s.display_name, s.address, a.time_zone,
                f.version, f.language, w.host, w.id, w.proven_at, f.topic_id, v.topic_version, t.statement, t.state,
                v.consent_text, v.privacy_notice, v.tags, v.fields, f.open
             FROM form f
             JOIN form_version v ON v.account_id = f.account_id AND v.form_id = f.id AND v.version = f.version
             JOIN account a ON a.id = f.account_id
             JOIN website w ON w.account_id = f.account_id AND w.id = f.website_id
             JOIN topic t ON t.account_id = f.account_id AND t.id = f.topic_id AND t.version = v.topic_version
             LEFT JOIN legal_notice l ON l.account_id = a.id AND l.version = a.legal_version
             LEFT JOIN sender s ON s.account_id = a.id AND s.id = a.sender_id AND s.proven_at IS NOT NULL
             WHERE f.id = $1",
            form,
        ))
        .await?;
    row.map(|row| form_page(&row, form)).transpose()
}

fn form_page(row: &Row, id: FormId) -> Result<FormPage> {
    let account = account_page(row, 0)?;
    let language = language(&row.text(9)?)?;
    let statement = row.text(15)?;
    let own = row.text(17)?;
    let consent_text =
        if own.is_empty() { texts::pages::form_consent(language, &account.name, &statement) } else { own };
    Ok(FormPage {
        id,
        version: row.int(8)?,
        language,
        site: row.text(10)?,
        website: WebsiteId::from_raw(row.int(11)?),
        site_proven: row.int_opt(12)?.is_some(),
        topic: TopicRef { topic: TopicId::from_raw(row.int(13)?), version: row.int(14)? },
        topic_approved: TopicState::from_number(row.int(16)?).is_some_and(TopicState::usable),
        statement,
        consent_text,
        privacy_notice: row.text(18)?,
        tags: row.json(19)?,
        fields: row.json(20)?,
        open: row.bool(21)?,
        account,
    })
}

async fn pending(conn: &mut Conn, person: ContactId, now: Timestamp) -> Result<Option<(Language, PersonState)>> {
    let row = conn
        .optional(sql!(
            "SELECT p.language, w.host, t.statement, p.expires_at FROM signup p
             JOIN form f ON f.account_id = p.account_id AND f.id = p.form_id
             JOIN website w ON w.account_id = f.account_id AND w.id = f.website_id
             JOIN topic t ON t.account_id = p.account_id AND t.id = p.topic_id AND t.version = p.topic_version
             WHERE p.account_id = $1 AND p.id = $2 AND p.expires_at > $3",
            person.account(),
            person,
            now,
        ))
        .await?;
    row.map(|row| {
        let state = PersonState::Pending { site: row.text(1)?, statement: row.text(2)?, expires_at: row.time(3)? };
        Ok((language(&row.text(0)?)?, state))
    })
    .transpose()
}

async fn contact(conn: &mut Conn, id: ContactId) -> Result<Option<(Language, PersonState)>> {
    let account = id.account();
    let row = conn
        .optional(sql!(
            "SELECT c.language,
                (SELECT MAX(d.settled_at) FROM delivery d
                 WHERE d.account_id = c.account_id AND d.contact_id = c.id AND d.state >= 10 AND d.state <> $3),
                EXISTS (SELECT 1 FROM delivery d WHERE d.contact_id = c.id AND d.state < 10 AND d.state IN ($4, $5, $6))
             FROM contact c WHERE c.account_id = $1 AND c.id = $2",
            account,
            id,
            RowState::Refused,
            RowState::Started,
            RowState::Deferred,
            RowState::Unknown,
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let tags = conn
        .all(sql!(
            "SELECT t.id, t.public_name FROM contact_tag c JOIN tag t ON t.account_id = c.account_id AND t.id = c.tag_id
             WHERE c.account_id = $1 AND c.contact_id = $2 AND t.removed_at IS NULL ORDER BY t.public_name, t.id",
            account,
            id,
        ))
        .await?;
    let statements = conn
        .all(sql!(
            "SELECT t.statement FROM consent c JOIN topic t ON t.account_id = c.account_id AND t.id = c.topic_id AND t.version = c.topic_version
             WHERE c.account_id = $1 AND c.contact_id = $2 AND c.withdrawn_at IS NULL ORDER BY c.granted_at, t.id",
            account,
            id,
        ))
        .await?;
    let state = PersonState::Contact {
        tags: tags.iter().map(public_tag).collect::<Result<_>>()?,
        statements: statements.iter().map(|row| row.text(0)).collect::<Result<_>>()?,
        newest_mail_at: row.time_opt(1)?,
        mail_on_its_way: row.bool(2)?,
    };
    Ok(Some((language(&row.text(0)?)?, state)))
}

fn public_tag(row: &Row) -> Result<PublicTag> {
    Ok(PublicTag { id: TagId::from_raw(row.int(0)?), name: row.text(1)? })
}

async fn former(conn: &mut Conn, id: ContactId) -> Result<Option<(Language, PersonState)>> {
    let row = conn
        .optional(sql!(
            "SELECT language, reason, restorable_until, tags FROM former_contact WHERE account_id = $1 AND id = $2",
            id.account(),
            id,
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let carried: Vec<TagId> = row.json(3)?;
    let rows = conn
        .all(sql!(
            "SELECT id, public_name FROM tag WHERE account_id = $1 AND removed_at IS NULL ORDER BY public_name, id",
            id.account()
        ))
        .await?;
    let mut tags = rows.iter().map(public_tag).collect::<Result<Vec<_>>>()?;
    tags.retain(|tag| carried.contains(&tag.id));
    let state = PersonState::Former { reason: former_reason(&row.text(1)?)?, restorable_until: row.time(2)?, tags };
    Ok(Some((language(&row.text(0)?)?, state)))
}

impl Store {
    /// A form, open or not. `None` when there is no such form.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn form_page(&self, form: FormId) -> Result<Option<FormPage>> {
        form_of(&mut self.reader().await?, form).await
    }

    /// What pages say about an account: name, legal notice, sender.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn account_page(&self, account: AccountId) -> Result<Option<AccountPage>> {
        account_of(&mut self.reader().await?, account).await
    }

    /// Who stands behind the number of a link: pending sign-up, contact, former contact, or nobody.
    /// `None` when not even the account exists.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn person_page(&self, person: ContactId, now: Timestamp) -> Result<Option<PersonPage>> {
        let mut conn = self.reader().await?;
        let Some(account) = account_of(&mut conn, person.account()).await? else { return Ok(None) };
        if let Some((language, state)) = pending(&mut conn, person, now).await? {
            return Ok(Some(PersonPage { account, language, id: person, state }));
        }
        let id = resolve(&mut conn, person).await?;
        let found = match contact(&mut conn, id).await? {
            Some(found) => Some(found),
            None => former(&mut conn, id).await?,
        };
        let (language, state) = found.unwrap_or((account.language, PersonState::Nobody));
        Ok(Some(PersonPage { account, language, id, state }))
    }

    /// The user behind the number of a test mail's link.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn user_page(&self, user: UserId) -> Result<Option<UserPage>> {
        let mut conn = self.reader().await?;
        let Some(account) = account_of(&mut conn, user.account()).await? else { return Ok(None) };
        let row = conn
            .optional(sql!(
                "SELECT language, tests_stopped_at FROM app_user WHERE account_id = $1 AND id = $2",
                user.account(),
                user,
            ))
            .await?;
        row.map(|row| {
            Ok(UserPage {
                language: language(&row.text(0)?)?,
                id: user,
                tests_stopped: row.int_opt(1)?.is_some(),
                account,
            })
        })
        .transpose()
    }
}
