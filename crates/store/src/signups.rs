//! Sign-ups: the form's submission, its limits, and being forgotten (R11–R18, C1, C2, D6, D13).
//!
//! Whoever submits a form gets the same answer whatever is found here, so every
//! look-up is made in every case. What follows the confirmation is told in
//! [`crate::confirmations`].

use std::collections::BTreeMap;
use std::net::IpAddr;

use mail_formats::address::EmailAddress;
use policy::settings::SignupSettings;
use policy::signup::{self, AddressHistory, CONFIRMATION_DELIVERY, Limit, MONTH, PendingSignup, SILENCE};
use policy::{AccountId, ContactId, FormId, NoticeId, Purpose, RowState, Timestamp, TopicRef};
use seals::AddressKey;

use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::form_pages::{FormPage, form_of};
use crate::installation::OPERATOR;
use crate::notices::{NewNotice, plan};
use crate::sql::{sql, to_json};
use crate::words::signed;
use crate::writer::Urgency;
use crate::{Store, audit, form_counts};

/// Characters of a user agent that are kept.
const USER_AGENT_CHARS: usize = 200;
/// Characters of the page's address that are kept.
const URL_CHARS: usize = 500;
/// Characters of a merge field's value.
pub const MAX_FIELD_CHARS: usize = 200;
/// Sign-ups that one call of [`Store::purge_expired`] forgets at most.
const PURGED_AT_ONCE: i64 = 512;

/// A submitted form.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The form.
    pub form: FormId,
    /// The version of it that the visitor saw; none where it is the current one by agreement (API).
    pub version: Option<i64>,
    /// The address as submitted.
    pub address: EmailAddress,
    /// Its keys: the current one first, then those of older secrets. At least one.
    pub keys: Vec<AddressKey>,
    /// What the visitor wrote into the form's fields.
    pub fields: BTreeMap<String, String>,
    /// From which IP address.
    pub ip: IpAddr,
    /// With which program.
    pub user_agent: String,
    /// The page on which the form stood.
    pub form_url: String,
}

/// What became of a submission. Only [`Self::Closed`] and [`Self::Changed`] may be shown: the
/// others look the same to the visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUpOutcome {
    /// A confirmation mail is planned, in the same transaction (R15).
    Planned(ContactId),
    /// Nothing happened.
    Silent(Silence),
    /// The form takes no sign-ups, whoever asks.
    Closed,
    /// The form shows another text by now; the visitor must see it.
    Changed,
}

/// Why nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The address is a contact with a consent for this statement already.
    KnownContact,
    /// The address stands on the exclusion list (D6).
    Excluded,
    /// A limit of confirmation mails (R18, C2, D13).
    Limit(Limit),
}

/// What is known of an address at the moment of a sign-up.
struct Known {
    /// The key under which the account's contact stands, else the current one.
    key: AddressKey,
    has_consent: bool,
    excluded: bool,
    history: AddressHistory,
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(chars).collect()
}

/// The fields that the form has and the visitor filled in.
fn wanted(page: &FormPage, fields: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let wanted = fields.iter().filter(|(name, value)| page.fields.contains(name) && !value.trim().is_empty());
    wanted.map(|(name, value)| (name.clone(), cut(value.trim(), MAX_FIELD_CHARS))).collect()
}

/// Sign-ups of one address follow each other, so that two at once do not both find a free place.
async fn lock_address(conn: &mut Conn, key: &AddressKey, now: Timestamp) -> Result<()> {
    conn.execute(sql!(
        "INSERT INTO signup_address (address_key, last_at) VALUES ($1, $2)
         ON CONFLICT (address_key) DO UPDATE SET last_at = excluded.last_at",
        key,
        now,
    ))
    .await
    .map(drop)
}

/// Every look-up, whatever the first one says.
async fn look_up(conn: &mut Conn, page: &FormPage, keys: &[AddressKey], now: Timestamp) -> Result<Known> {
    let current = *keys.first().ok_or_else(|| StoreError::Bug("a sign-up needs the key of its address".to_owned()))?;
    let mut known = Known { key: current, has_consent: false, excluded: false, history: AddressHistory::default() };
    for key in keys {
        let account = page.account.id;
        let contact = conn
            .optional(sql!(
                "SELECT EXISTS (SELECT 1 FROM consent k WHERE k.account_id = c.account_id AND k.contact_id = c.id
                    AND k.topic_id = $1 AND k.topic_version = $2 AND k.withdrawn_at IS NULL)
                 FROM contact c WHERE c.account_id = $3 AND c.address_key = $4",
                page.topic.topic,
                page.topic.version,
                account,
                key,
            ))
            .await?;
        if let Some(row) = contact {
            known.key = *key;
            known.has_consent |= row.bool(0)?;
        }
        known.excluded |= conn.optional(sql!("SELECT 1 FROM suppression WHERE address_key = $1", key)).await?.is_some();
        read_history(conn, account, key, now, &mut known.history).await?;
    }
    Ok(known)
}

/// Adds what the limits of one key's address need (C2, R18, D13).
async fn read_history(
    conn: &mut Conn,
    account: AccountId,
    key: &AddressKey,
    now: Timestamp,
    history: &mut AddressHistory,
) -> Result<()> {
    let bar = conn
        .optional(sql!("SELECT 1 FROM signup_bar WHERE account_id = $1 AND address_key = $2", account, key))
        .await?;
    history.barred_by_person |= bar.is_some();
    let asked = conn
        .all(sql!("SELECT account_id, at FROM confirmation_asked WHERE address_key = $1 AND at > $2", key, now - MONTH))
        .await?;
    for row in &asked {
        let at = row.time(1)?;
        history.sent.push(at);
        if row.int(0)? == account.get() {
            history.last_of_account = history.last_of_account.max(Some(at));
        }
    }
    let timed_out = conn
        .all(sql!("SELECT at FROM confirmation_timed_out WHERE address_key = $1 AND at > $2", key, now - SILENCE))
        .await?;
    for row in &timed_out {
        history.timed_out.push(row.time(0)?);
    }
    Ok(())
}

/// Whether the visitor may see anything but the neutral answer, and what it is.
fn visible(page: &FormPage, version: Option<i64>) -> Option<SignUpOutcome> {
    if !page.takes_signups() {
        return Some(SignUpOutcome::Closed);
    }
    version.is_some_and(|seen| seen != page.version).then_some(SignUpOutcome::Changed)
}

async fn sign_up_in(
    conn: &mut Conn,
    sign_up: SignUp,
    id: ContactId,
    notice: NoticeId,
    settings: SignupSettings,
    now: Timestamp,
) -> Result<SignUpOutcome> {
    let Some(page) = form_of(conn, sign_up.form).await? else { return Ok(SignUpOutcome::Closed) };
    if let Some(outcome) = visible(&page, sign_up.version) {
        return Ok(outcome);
    }
    let first = sign_up.keys.first().copied();
    lock_address(conn, &first.unwrap_or(AddressKey::from_bytes([0; 32])), now).await?;
    let known = look_up(conn, &page, &sign_up.keys, now).await?;
    let limit = signup::confirmation_allowed(&known.history, &settings, now);
    let silence = match (known.excluded, known.has_consent, limit) {
        (true, ..) => Some(Silence::Excluded),
        (false, true, _) => Some(Silence::KnownContact),
        (false, false, Err(limit)) => Some(Silence::Limit(limit)),
        (false, false, Ok(())) => None,
    };
    if silence.is_none() {
        let pending = PendingSignup::submitted(id, page.id, page.topic, now, &settings);
        insert(conn, &page, &sign_up, &known.key, &pending).await?;
        ask(conn, &page, &sign_up, &known.key, &pending, notice).await?;
    }
    // Whatever was found: a count that rises for some addresses only tells on them (D6).
    form_counts::submitted(conn, page.account.id, page.id, now).await?;
    Ok(silence.map_or(SignUpOutcome::Planned(id), SignUpOutcome::Silent))
}

async fn insert(
    conn: &mut Conn,
    page: &FormPage,
    sign_up: &SignUp,
    key: &AddressKey,
    pending: &PendingSignup,
) -> Result<()> {
    let (sender_name, sender_address) = page.account.sender.clone().unwrap_or_default();
    let TopicRef { topic, version } = page.topic;
    conn.execute(sql!(
        "INSERT INTO signup (account_id, id, form_id, form_version, topic_id, topic_version, address, address_key, language, fields,
            ip, user_agent, form_url, sender_name, sender_address, submitted_at, expires_at, facts_version,
            mail_message_id, mail_sha256, mail_handed_over_at, mail_reply)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 1, NULL, NULL, NULL, NULL)",
        page.account.id,
        pending.id(),
        page.id,
        page.version,
        topic,
        version,
        sign_up.address.as_str(),
        key,
        page.language.code(),
        to_json(&wanted(page, &sign_up.fields))?,
        sign_up.ip.to_string(),
        cut(&sign_up.user_agent, USER_AGENT_CHARS),
        cut(&sign_up.form_url, URL_CHARS),
        sender_name,
        sender_address,
        pending.submitted_at(),
        pending.expires_at(),
    ))
    .await
    .map(drop)
}

/// Plans the confirmation mail and counts it (R15, R18, C2).
async fn ask(
    conn: &mut Conn,
    page: &FormPage,
    sign_up: &SignUp,
    key: &AddressKey,
    pending: &PendingSignup,
    notice: NoticeId,
) -> Result<()> {
    let now = pending.submitted_at();
    conn.execute(sql!(
        "INSERT INTO confirmation_asked (address_key, id, account_id, at) VALUES ($1, $2, $3, $4)",
        key,
        pending.id(),
        page.account.id,
        now,
    ))
    .await?;
    let notice = NewNotice {
        id: notice,
        account: Some(page.account.id),
        purpose: Purpose::Confirmation,
        person: Some(pending.id().get()),
        mailing: None,
        address: sign_up.address.clone(),
        address_key: *key,
        language: page.language,
        template: "confirm".to_owned(),
        params: BTreeMap::new(),
        stored: None,
        dedupe_key: None,
        due_at: now,
        expires_at: signup::delivery_gives_up_at(now, pending.expires_at()),
    };
    plan(conn, notice, now).await.map(drop)
}

/// Forgets one timed-out sign-up. Its time-out counts when its mail reached the address, or may have (R18).
async fn forget(conn: &mut Conn, account: i64, id: i64, now: Timestamp) -> Result<bool> {
    let row = conn
        .optional(sql!(
            "DELETE FROM signup WHERE account_id = $1 AND id = $2 AND expires_at <= $3
             RETURNING address_key, expires_at, mail_handed_over_at",
            account,
            id,
            now,
        ))
        .await?;
    let Some(row) = row else { return Ok(false) };
    let perhaps = conn
        .optional(sql!(
            "SELECT 1 FROM notice WHERE person_id = $1 AND account_id = $2 AND purpose = $3 AND (doubt = TRUE OR state IN ($4, $5))",
            id,
            account,
            Purpose::Confirmation,
            RowState::Started,
            RowState::Accepted,
        ))
        .await?;
    if row.int_opt(2)?.is_some() || perhaps.is_some() {
        conn.execute(sql!(
            "INSERT INTO confirmation_timed_out (address_key, id, at) VALUES ($1, $2, $3) ON CONFLICT (address_key, id) DO NOTHING",
            row.hash(0)?,
            id,
            row.time(1)?,
        ))
        .await?;
    }
    Ok(true)
}

/// Forgets time-outs and "that was not me" of an address. Returns how many entries there were.
async fn unsilence(conn: &mut Conn, keys: &[AddressKey]) -> Result<u64> {
    let mut lifted = 0;
    for key in keys {
        lifted += conn.execute(sql!("DELETE FROM confirmation_timed_out WHERE address_key = $1", key)).await?;
        lifted += conn.execute(sql!("DELETE FROM signup_bar WHERE address_key = $1", key)).await?;
    }
    Ok(lifted)
}

/// Why an address gets no confirmation mails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spared {
    /// Confirmation mails that nobody answered within 180 days; two silence the address (R18).
    pub timed_out: i64,
    /// Accounts to which the person said "that was not me" (D13).
    pub not_me: i64,
}

/// A sign-up whose time is over.
#[derive(Clone)]
struct Expired {
    account: i64,
    id: i64,
    expires_at: i64,
}

/// The next page of them, by time and number.
async fn expired_after(conn: &mut Conn, after: (i64, i64), now: Timestamp) -> Result<Vec<Expired>> {
    let rows = conn
        .all(sql!(
            "SELECT account_id, id, expires_at FROM signup WHERE expires_at <= $1 AND (expires_at, id) > ($2, $3) ORDER BY expires_at, id LIMIT $4",
            now,
            after.0,
            after.1,
            PURGED_AT_ONCE,
        ))
        .await?;
    rows.iter().map(|row| Ok(Expired { account: row.int(0)?, id: row.int(1)?, expires_at: row.int(2)? })).collect()
}

impl Store {
    /// Takes a submitted form: pending sign-up and confirmation mail in one transaction (R15), or
    /// nothing at all. Every look-up is made in every case.
    ///
    /// # Errors
    /// Those of the database; then nothing of it is kept.
    pub async fn sign_up(&self, sign_up: SignUp, settings: SignupSettings, now: Timestamp) -> Result<SignUpOutcome> {
        let page = self.form_page(sign_up.form).await?;
        let Some(account) = page.map(|page| page.account.id) else { return Ok(SignUpOutcome::Closed) };
        let id = self.next_person_id(account).await?;
        let notice = NoticeId::from_raw(self.next_id().await?);
        self.write(Urgency::AtOnce, move |conn| Box::pin(sign_up_in(conn, sign_up, id, notice, settings, now))).await
    }

    /// Forgets sign-ups whose time-out is over (R18); at most 512 at once. Returns how many.
    ///
    /// # Errors
    /// Those of the database; the first one of a sign-up that cannot be read, after all others are gone.
    pub async fn purge_expired(&self, now: Timestamp) -> Result<u64> {
        let (mut purged, mut failed, mut after) = (0, None, (0, 0));
        loop {
            let page = expired_after(&mut self.reader().await?, after, now).await?;
            let Some(last) = page.last() else { break };
            after = (last.expires_at, last.id);
            match self.forget_all(page.clone(), now).await {
                Ok(gone) => purged += gone,
                Err(error) if error.is_temporary() => return Err(error),
                // One of them cannot be read: each on its own, so that it keeps none of the others.
                Err(_) => {
                    for one in page {
                        let (account, id) = (one.account, one.id);
                        match self.forget_all(vec![one], now).await {
                            Ok(gone) => purged += gone,
                            Err(error) if error.is_temporary() => return Err(error),
                            Err(error) => {
                                tracing::error!(account, id, %error, "a sign-up could not be forgotten; the others go on");
                                failed.get_or_insert(error);
                            }
                        }
                    }
                }
            }
        }
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                conn.execute(sql!("DELETE FROM signup_address WHERE last_at <= $1", now - CONFIRMATION_DELIVERY)).await
            })
        })
        .await?;
        failed.map_or(Ok(purged), Err)
    }

    async fn forget_all(&self, expired: Vec<Expired>, now: Timestamp) -> Result<u64> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let mut gone = 0;
                for one in &expired {
                    gone += u64::from(forget(conn, one.account, one.id, now).await?);
                }
                Ok(gone)
            })
        })
        .await
    }

    /// How an address is spared: its confirmation mails that timed out within 180 days, and the
    /// accounts to which it said "that was not me", under any of its keys (R18, D13).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn spared(&self, keys: &[AddressKey]) -> Result<Spared> {
        let mut conn = self.reader().await?;
        let mut found = Spared::default();
        for key in keys {
            let row = conn
                .one(sql!(
                    "SELECT (SELECT COUNT(*) FROM confirmation_timed_out t WHERE t.address_key = $1),
                        (SELECT COUNT(*) FROM signup_bar b WHERE b.address_key = $1)",
                    key
                ))
                .await?;
            found.timed_out += row.int(0)?;
            found.not_me += row.int(1)?;
        }
        Ok(found)
    }

    /// [`Store::lift_silence`] by a person of the operator, with a reason that stands in the audit. The
    /// address does not: whoever must know it asks for its key.
    ///
    /// # Errors
    /// `Invalid` without name or reason; those of the database.
    pub async fn lift_silence_signed(
        &self,
        keys: Vec<AddressKey>,
        by: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<u64> {
        let (by, reason) = signed(by, reason)?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let lifted = unsilence(conn, &keys).await?;
                audit::note(conn, OPERATOR, &by, "silence_lifted", reason, now).await?;
                Ok(lifted)
            })
        })
        .await
    }

    /// Lifts the silence towards an address, under any of its keys: its time-outs and every "that
    /// was not me" are forgotten (R18, D13). Only the person's own letter or the operator may ask
    /// for it. Returns how many entries were lifted.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn lift_silence(&self, keys: Vec<AddressKey>) -> Result<u64> {
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { unsilence(conn, &keys).await })).await
    }
}
