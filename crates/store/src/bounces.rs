//! Bounces: what a receiver's "no" does to an address (R54–R61, D5, B1–B6).
//!
//! One function judges every bounce, whether its words came in the session or
//! in a DSN, in the transaction that records it: the contact leaves the book of
//! the account whose mail caused it, and the address goes onto the exclusion
//! list. Other accounts keep their contact; the gate and every start refuse it
//! as excluded, and they learn nothing about the cause (R60).

use mail_formats::address::EmailAddress;
use policy::bounce::{BounceClass, BounceEffect as Judged, ExclusionReason, SoftBounce, effect_of, is_against_address};
use policy::consent::FormerReason;
use policy::{AccountId, ContactId, IncidentId, MailingId, NoticeId, RowId, Timestamp};
use seals::AddressKey;

use crate::conn::Conn;
use crate::drain::Excluded;
use crate::error::{Result, StoreError};
use crate::incidents::{self, IncidentKind};
use crate::sql::{Row, sql};
use crate::tell::{self, Facts, News};
use crate::writer::Urgency;
use crate::{Store, contacts, suppressions};

/// Characters of a reply that are kept.
const REPLY_CHARS: usize = 500;

/// One bounce, as the session or a DSN told it.
#[derive(Clone, Debug)]
pub struct NewBounce {
    /// The row whose mail bounced.
    pub message: RowId,
    /// The attempt; only its lowest eight bits count, as in the return path.
    pub attempt: i64,
    /// The account whose mail it was; none for mail of the operator.
    pub account: Option<AccountId>,
    /// The key of the recipient's address, as the row's mail was sent.
    pub address_key: AddressKey,
    /// What the words say.
    pub class: BounceClass,
    /// False when the words are no reason to hold it against the address.
    pub counts: bool,
    /// The words: the reply, or the diagnostic code of the DSN.
    pub reply: String,
    /// The receiver's provider group (MX), or its domain where no more is known.
    pub provider_group: String,
    /// The stored DSN; none for a reply in the session.
    pub inbox: Option<i64>,
}

/// A bounce that a DSN reports. Who it is about comes from our own return path alone (B3).
#[derive(Clone, Debug)]
pub struct ReportedBounce {
    /// The row whose mail bounced.
    pub message: RowId,
    /// The attempt that the return path names; none where only the message is known: its newest one.
    pub attempt: Option<u8>,
    /// What the words say.
    pub class: BounceClass,
    /// False when the words are no reason to hold it against the address.
    pub counts: bool,
    /// The diagnostic code and status.
    pub reply: String,
    /// The provider group, if it is known; otherwise the domain of the address.
    pub provider_group: Option<String>,
    /// The stored DSN.
    pub inbox: Option<i64>,
}

/// What a bounce did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BounceEffect {
    /// This attempt's bounce was recorded before; nothing changed.
    Repeat,
    /// Recorded; it says nothing about the address, or the same outage counted already.
    Nothing,
    /// Recorded; it waits until a person decides the incident at its provider.
    Held {
        /// That incident.
        incident: IncidentId,
    },
    /// A soft bounce now counts against the address: the first or the second.
    CountedSoft {
        /// How many count.
        count: usize,
    },
    /// The address is excluded, and its contact has left the book.
    Excluded {
        /// Why.
        reason: ExclusionReason,
        /// The contact that left, if it was still one.
        left: Option<ContactId>,
    },
}

impl BounceEffect {
    /// The word in the database and in logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Repeat => "repeat",
            Self::Nothing => "nothing",
            Self::Held { .. } => "held",
            Self::CountedSoft { .. } => "counted_soft",
            Self::Excluded { .. } => "excluded",
        }
    }

    /// The open incident for which it waits.
    const fn incident(self) -> Option<IncidentId> {
        match self {
            Self::Held { incident } => Some(incident),
            _ => None,
        }
    }

    /// Whether the exclusion list or an address book changed, so that whoever answers drains first.
    #[must_use]
    pub const fn excludes(self) -> bool {
        matches!(self, Self::Excluded { .. })
    }
}

impl NewBounce {
    /// What this bounce excluded, if it did: its open rows are cancelled when it is committed.
    pub(crate) const fn excluded(&self, effect: BounceEffect) -> Option<Excluded> {
        match effect {
            BounceEffect::Excluded { left, .. } => Some(Excluded { key: self.address_key, contact: left }),
            _ => None,
        }
    }
}

/// Kind, message and contact of a row, as the bounce tables keep them. A notice has contact 0.
const fn columns(message: RowId) -> (i64, i64, i64) {
    match message {
        RowId::Delivery { mailing, contact } => (0, mailing.get(), contact.get()),
        RowId::Notice(notice) => (1, notice.get(), 0),
    }
}

fn row_id(kind: i64, message: i64, contact: i64) -> RowId {
    if kind == 0 {
        RowId::Delivery { mailing: MailingId::from_raw(message), contact: ContactId::from_raw(contact) }
    } else {
        RowId::Notice(NoticeId::from_raw(message))
    }
}

/// Cuts a receiver's words to what is kept.
fn kept(reply: &str) -> String {
    reply.chars().take(REPLY_CHARS).collect()
}

/// Records one bounce and does what it means, in the open transaction; exactly
/// once for each attempt of each row.
///
/// # Errors
/// Those of the database; then nothing of it is kept.
pub(crate) async fn apply(conn: &mut Conn, bounce: &NewBounce, now: Timestamp) -> Result<BounceEffect> {
    // The address before everything else that is locked here: the order of `lock_addresses`.
    lock_address(conn, &bounce.address_key, now).await?;
    if !record(conn, bounce, now).await? {
        return Ok(BounceEffect::Repeat);
    }
    let effect = judge(conn, bounce, now).await?;
    if note_effect(conn, bounce, effect, effect.incident(), false).await? {
        Ok(effect)
    } else {
        Err(StoreError::Conflict("the bounce"))
    }
}

/// Writes the bounce. Returns false when this attempt has one: but what the same kept mail said, read
/// again by other rules, replaces what it said before, as long as that excluded nobody and holds nothing.
/// A block of ours stays one incident, however often its report is read.
async fn record(conn: &mut Conn, bounce: &NewBounce, now: Timestamp) -> Result<bool> {
    let (kind, message, contact) = columns(bounce.message);
    let written = conn
        .execute(sql!(
            "INSERT INTO bounce (message_kind, message_id, contact_id, attempt, account_id, at, class, provider_group, reply, effect,
                address_key, incident_id, inbox_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'nothing', $10, NULL, $11)
             ON CONFLICT (message_kind, message_id, contact_id, attempt) DO UPDATE SET class = excluded.class, reply = excluded.reply
             WHERE bounce.inbox_id = excluded.inbox_id AND bounce.effect IN ('nothing', 'counted_soft')
               AND (bounce.class <> 'policy' OR excluded.class <> 'policy')",
            kind,
            message,
            contact,
            bounce.attempt & 0xff,
            bounce.account.map_or(0, AccountId::get),
            now,
            bounce.class.word(),
            bounce.provider_group.as_str(),
            kept(&bounce.reply),
            bounce.address_key,
            bounce.inbox,
        ))
        .await?;
    Ok(written == 1)
}

/// Bounces of one address are judged one after the other, so that none is missed in a count.
async fn lock_address(conn: &mut Conn, key: &AddressKey, now: Timestamp) -> Result<()> {
    conn.execute(sql!(
        "INSERT INTO bounced_address (address_key, last_at) VALUES ($1, $2)
         ON CONFLICT (address_key) DO UPDATE SET last_at = excluded.last_at",
        key,
        now,
    ))
    .await
    .map(drop)
}

/// Locks the addresses of a group of bounces, all of them before the first is judged: what
/// judging locks (the row of ids among it) is the same for all, so that a group which still
/// wanted an address then would wait in a circle with one that holds it.
pub(crate) async fn lock_addresses(conn: &mut Conn, bounces: &[NewBounce], now: Timestamp) -> Result<()> {
    lock_keys(conn, bounces.iter().map(|bounce| bounce.address_key).collect(), now).await
}

/// Locks addresses in the order in which everybody does.
pub(crate) async fn lock_keys(conn: &mut Conn, mut keys: Vec<AddressKey>, now: Timestamp) -> Result<()> {
    keys.sort_unstable_by(|one, other| one.as_bytes().cmp(other.as_bytes()));
    keys.dedup();
    for key in &keys {
        lock_address(conn, key, now).await?;
    }
    Ok(())
}

async fn judge(conn: &mut Conn, bounce: &NewBounce, now: Timestamp) -> Result<BounceEffect> {
    if bounce.class == BounceClass::Policy {
        // However many addresses it hits, it is one incident (B6).
        incidents::open(conn, IncidentKind::PolicyBlock, &bounce.provider_group, &kept(&bounce.reply), now).await?;
        return Ok(BounceEffect::Nothing);
    }
    if is_against_address(bounce.class, bounce.counts)
        && let Some(incident) = incidents::hold_open(conn, IncidentKind::HardBounceJump, &bounce.provider_group).await?
    {
        return Ok(BounceEffect::Held { incident });
    }
    let soft = SoftBounce { message: bounce.message, at: now };
    let history = history(conn, &bounce.address_key).await?;
    match effect_of(bounce.class, bounce.counts, soft, &history) {
        Judged::None => Ok(BounceEffect::Nothing),
        Judged::CountSoft { count } => {
            count_soft(conn, bounce, now).await?;
            Ok(BounceEffect::CountedSoft { count })
        }
        Judged::Exclude { reason } => exclude(conn, bounce, reason, now).await,
    }
}

/// The soft bounces that count against the address, over all accounts (D5).
async fn history(conn: &mut Conn, key: &AddressKey) -> Result<Vec<SoftBounce>> {
    let rows = conn
        .all(sql!("SELECT message_kind, message_id, contact_id, at FROM soft_bounce WHERE address_key = $1", key))
        .await?;
    rows.iter()
        .map(|row| Ok(SoftBounce { message: row_id(row.int(0)?, row.int(1)?, row.int(2)?), at: row.time(3)? }))
        .collect()
}

async fn count_soft(conn: &mut Conn, bounce: &NewBounce, now: Timestamp) -> Result<()> {
    let (kind, message, contact) = columns(bounce.message);
    conn.execute(sql!(
        "INSERT INTO soft_bounce (address_key, message_kind, message_id, contact_id, at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (address_key, message_kind, message_id, contact_id) DO NOTHING",
        bounce.address_key,
        kind,
        message,
        contact,
        now,
    ))
    .await
    .map(drop)
}

/// Both in one transaction: out of the causing account's book, onto the list (R57, R58).
async fn exclude(conn: &mut Conn, bounce: &NewBounce, reason: ExclusionReason, now: Timestamp) -> Result<BounceEffect> {
    let Some(account) = bounce.account else {
        // The operator's own mailbox: excluding it would silence every alarm. The record shows the bounce.
        tracing::error!("mail to the operator's own address bounces: repair the mailbox");
        return Ok(BounceEffect::Nothing);
    };
    if reason == ExclusionReason::ThirdSoftBounce {
        count_soft(conn, bounce, now).await?;
    }
    let clear = address_of(conn, bounce.message).await?;
    let mailing = match bounce.message {
        RowId::Delivery { mailing, .. } => Some(mailing),
        RowId::Notice(_) => None,
    };
    let entry = suppressions::NewSuppression {
        key: bounce.address_key,
        address: clear.clone(),
        reason,
        account: Some(account),
        mailing,
        reply: Some(kept(&bounce.reply)),
        provider_group: Some(bounce.provider_group.clone()),
    };
    suppressions::add_in(conn, &entry, now).await?;
    let left = match bounce.message {
        RowId::Delivery { contact, .. } => {
            contacts::leave(conn, contact, FormerReason::Bounced, now).await?.map(|left| left.contact)
        }
        RowId::Notice(_) => None,
    };
    hold_senders(conn, account, &bounce.address_key, clear.as_deref(), now).await?;
    Ok(BounceEffect::Excluded { reason, left })
}

/// The recipient's address in clear, where it is still known.
async fn address_of(conn: &mut Conn, message: RowId) -> Result<Option<String>> {
    let row = match message {
        RowId::Delivery { contact, .. } => {
            conn.optional(sql!(
                "SELECT address FROM contact WHERE account_id = $1 AND id = $2
                 UNION ALL SELECT address FROM former_contact WHERE account_id = $1 AND id = $2",
                contact.account(),
                contact,
            ))
            .await?
        }
        RowId::Notice(notice) => conn.optional(sql!("SELECT address FROM notice WHERE id = $1", notice)).await?,
    };
    row.map_or(Ok(None), |row| row.text_opt(0))
}

/// An own address that no longer takes mail holds its account's sends, whoever's mail showed it;
/// so does the mailbox behind a platform address (R53, D7).
async fn hold_senders(
    conn: &mut Conn,
    account: AccountId,
    key: &AddressKey,
    clear: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let rows = conn
        .all(sql!(
            "SELECT account_id, id, address FROM sender
             WHERE on_hold_since IS NULL AND (address_key = $1 OR (account_id = $2 AND forward_to = $3)) ORDER BY account_id, id",
            key,
            account,
            clear,
        ))
        .await?;
    for row in &rows {
        hold_sender(conn, row, key, now).await?;
    }
    Ok(())
}

async fn hold_sender(conn: &mut Conn, row: &Row, key: &AddressKey, now: Timestamp) -> Result<()> {
    let (account, id, address) = (AccountId::from_raw(row.int(0)?), row.int(1)?, row.text(2)?);
    conn.execute(sql!(
        "UPDATE sender SET on_hold_since = $1 WHERE account_id = $2 AND id = $3 AND on_hold_since IS NULL",
        now,
        account,
        id,
    ))
    .await?;
    conn.execute_one(
        sql!("UPDATE account SET facts_version = facts_version + 1 WHERE id = $1", account),
        "the account",
    )
    .await?;
    let name = tell::account_name(conn, account).await?;
    let facts = Facts::default().with("account", name).with("address", &address);
    let news = News { template: "sender_on_hold", params: tell::plain, facts, once: format!("{id}:{}", now.day()) };
    tell::account(conn, account, Some(key), news, now).await
}

/// Forgets bounces that an incident held, at most `most`: its provider was at fault. Returns how many.
pub(crate) async fn drop_page(conn: &mut Conn, incident: IncidentId, most: i64) -> Result<u64> {
    conn.execute(sql!(
        "UPDATE bounce SET effect = 'nothing' WHERE effect = 'held' AND (message_kind, message_id, contact_id, attempt) IN
            (SELECT b.message_kind, b.message_id, b.contact_id, b.attempt FROM bounce b WHERE b.incident_id = $1 AND b.effect = 'held'
             ORDER BY b.message_kind, b.message_id, b.contact_id, b.attempt LIMIT $2)",
        incident,
        most,
    ))
    .await
}

/// Judges bounces that an incident held, at most `most`, now that they are true. Returns how many,
/// and what they excluded.
pub(crate) async fn apply_page(
    conn: &mut Conn,
    incident: IncidentId,
    most: i64,
    now: Timestamp,
) -> Result<(u64, Vec<Excluded>)> {
    let rows = conn
        .all(sql!(
            "SELECT message_kind, message_id, contact_id, attempt, account_id, class, provider_group, reply, address_key, inbox_id
             FROM bounce WHERE incident_id = $1 AND effect = 'held' ORDER BY at, message_kind, message_id, contact_id, attempt LIMIT $2",
            incident,
            most,
        ))
        .await?;
    let bounces = rows.iter().map(held).collect::<Result<Vec<_>>>()?;
    lock_addresses(conn, &bounces, now).await?;
    let mut excluded = Vec::new();
    for bounce in &bounces {
        // Another who carries the decision out may have judged it while this one waited.
        if note_effect(conn, bounce, BounceEffect::Nothing, Some(incident), true).await? {
            let effect = judge(conn, bounce, now).await?;
            excluded.extend(bounce.excluded(effect));
            let waits_for = effect.incident().unwrap_or(incident);
            note_effect(conn, bounce, effect, Some(waits_for), false).await?;
        }
    }
    Ok((bounces.len() as u64, excluded))
}

/// Writes what a bounce did, and for which incident it waits or waited; if so asked, only where it
/// waits for that one. Returns whether it was written.
async fn note_effect(
    conn: &mut Conn,
    bounce: &NewBounce,
    effect: BounceEffect,
    incident: Option<IncidentId>,
    only_held: bool,
) -> Result<bool> {
    let (kind, message, contact) = columns(bounce.message);
    let written = conn
        .execute(sql!(
            "UPDATE bounce SET effect = $1, incident_id = $2 WHERE message_kind = $3 AND message_id = $4 AND contact_id = $5 AND attempt = $6
                AND ($7 = FALSE OR (effect = 'held' AND incident_id = $2))",
            effect.word(),
            incident,
            kind,
            message,
            contact,
            bounce.attempt & 0xff,
            only_held,
        ))
        .await?;
    Ok(written == 1)
}

fn held(row: &Row) -> Result<NewBounce> {
    let word = row.text(5)?;
    let class = BounceClass::ALL.into_iter().find(|class| class.word() == word);
    let account = row.int(4)?;
    Ok(NewBounce {
        message: row_id(row.int(0)?, row.int(1)?, row.int(2)?),
        attempt: row.int(3)?,
        account: (account != 0).then(|| AccountId::from_raw(account)),
        address_key: AddressKey::from_bytes(row.hash(8)?),
        class: class.ok_or_else(|| StoreError::Corrupt(format!("{word:?} is no class of bounce")))?,
        counts: true,
        reply: row.text(7)?,
        provider_group: row.text(6)?,
        inbox: row.int_opt(9)?,
    })
}

/// Whose mail a row was, and where it went: account, key, domain.
async fn target_of(conn: &mut Conn, message: RowId) -> Result<Option<(Option<AccountId>, AddressKey, String)>> {
    match message {
        RowId::Delivery { contact, .. } => {
            let row = conn
                .optional(sql!(
                    "SELECT address_key, domain FROM contact WHERE account_id = $1 AND id = $2
                     UNION ALL SELECT address_key, domain FROM former_contact WHERE account_id = $1 AND id = $2",
                    contact.account(),
                    contact,
                ))
                .await?;
            row.map(|row| Ok((Some(contact.account()), AddressKey::from_bytes(row.hash(0)?), row.text(1)?))).transpose()
        }
        RowId::Notice(notice) => {
            let row = conn
                .optional(sql!("SELECT account_id, address_key, address FROM notice WHERE id = $1", notice))
                .await?;
            let Some(row) = row else { return Ok(None) };
            let account = row.int(0)?;
            let domain = EmailAddress::parse(&row.text(2)?).map(|address| address.domain().as_str().to_owned());
            let account = (account != 0).then(|| AccountId::from_raw(account));
            Ok(Some((account, AddressKey::from_bytes(row.hash(1)?), domain.unwrap_or_default())))
        }
    }
}

/// The attempt of a row; the first one where the row is purged.
async fn newest_attempt(conn: &mut Conn, message: RowId) -> Result<i64> {
    let row = match message {
        RowId::Delivery { mailing, contact } => {
            conn.optional(sql!(
                "SELECT attempt FROM delivery WHERE mailing_id = $1 AND contact_id = $2",
                mailing,
                contact,
            ))
            .await?
        }
        RowId::Notice(notice) => conn.optional(sql!("SELECT attempt FROM notice WHERE id = $1", notice)).await?,
    };
    row.map_or(Ok(1), |row| row.int(0))
}

impl Store {
    /// Records a bounce that a DSN reports and does what it means. None when the
    /// row's recipient is no longer known at all: there is nothing to exclude.
    /// Where it excludes, the address's open rows are cancelled when this returns, of all accounts,
    /// and the caller drains before it answers.
    ///
    /// # Errors
    /// Those of the database; the same call is repeated.
    pub async fn apply_bounce(&self, reported: ReportedBounce, now: Timestamp) -> Result<Option<BounceEffect>> {
        let message = reported.message;
        let applied = self.record_report(reported, now).await?;
        if let Some((effect @ (BounceEffect::Excluded { .. } | BounceEffect::Repeat), key)) = applied {
            // A repeat may come because the first one failed here.
            let contact = match (message, effect) {
                (_, BounceEffect::Excluded { left: Some(left), .. }) => Some(left),
                (RowId::Delivery { contact, .. }, _) => Some(contact),
                (RowId::Notice(_), _) => None,
            };
            self.cancel_excluded(Excluded { key, contact }).await?;
        }
        Ok(applied.map(|(effect, _)| effect))
    }

    async fn record_report(
        &self,
        reported: ReportedBounce,
        now: Timestamp,
    ) -> Result<Option<(BounceEffect, AddressKey)>> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let Some((account, address_key, domain)) = target_of(conn, reported.message).await? else {
                    return Ok(None);
                };
                let attempt = match reported.attempt {
                    Some(attempt) => i64::from(attempt),
                    None => newest_attempt(conn, reported.message).await?,
                };
                let bounce = NewBounce {
                    message: reported.message,
                    attempt,
                    account,
                    address_key,
                    class: reported.class,
                    counts: reported.counts,
                    reply: reported.reply,
                    provider_group: reported.provider_group.unwrap_or(domain),
                    inbox: reported.inbox,
                };
                Ok(Some((apply(conn, &bounce, now).await?, bounce.address_key)))
            })
        })
        .await
    }
}
