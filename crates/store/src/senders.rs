//! Senders: the account's own address, From and Reply-To in one (R49–R53, D7).
//!
//! Either an address at a domain whose records the account publishes, or one
//! that the platform gives and forwards. Both are proven by a mail round trip;
//! the first one that is proven becomes the account's own.

use mail_formats::address::{Domain, EmailAddress};
use policy::invalid::Invalid;
use policy::sender::DisplayName;
use policy::{AccountId, DomainId, SenderId, Timestamp};
use seals::AddressKey;

use crate::Store;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::profiles::address;
use crate::sql::{Row, sql};
use crate::writer::Urgency;
use crate::{audit, cases};

/// Senders that an account may have.
pub const MAX_SENDERS: i64 = 50;

/// A sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Its number.
    pub id: SenderId,
    /// From and Reply-To.
    pub address: EmailAddress,
    /// The display name of From.
    pub display_name: String,
    /// Its sending domain; none for an address of the platform.
    pub domain: Option<DomainId>,
    /// For an address of the platform: where letters to it go (D7).
    pub forward_to: Option<EmailAddress>,
    /// When the newest proof mail was planned.
    pub proof_sent_at: Option<Timestamp>,
    /// When its mailbox was proven.
    pub proven_at: Option<Timestamp>,
    /// Since when mail to it bounces (R53).
    pub on_hold_since: Option<Timestamp>,
    /// The account's mail comes from it.
    pub current: bool,
    /// Since when there is one.
    pub created_at: Timestamp,
}

/// Where a new sender's address lies.
#[derive(Clone, Debug)]
pub enum Home {
    /// At or below a sending domain of the account.
    Own(DomainId),
    /// At the platform's domain; letters go on to this mailbox.
    Platform {
        /// Where letters go.
        forward_to: EmailAddress,
        /// The keys of that address.
        keys: Vec<AddressKey>,
    },
}

/// A sender to be added. Whether its local part is allowed (R51) and its domain can be
/// authenticated (D7) the door asks `policy::sender` before.
#[derive(Clone, Debug)]
pub struct NewSender {
    /// The address.
    pub address: EmailAddress,
    /// Its keys: the current one first.
    pub keys: Vec<AddressKey>,
    /// The display name, checked for this address.
    pub display_name: DisplayName,
    /// Where the address lies.
    pub home: Home,
}

fn sender(row: &Row) -> Result<Sender> {
    let platform = row.bool(4)?;
    Ok(Sender {
        id: SenderId::from_raw(row.int(0)?),
        address: address(&row.text(1)?)?,
        display_name: row.text(2)?,
        domain: if platform { None } else { Some(DomainId::from_raw(row.int(3)?)) },
        forward_to: row.text_opt(5)?.map(|text| address(&text)).transpose()?,
        proof_sent_at: row.time_opt(6)?,
        proven_at: row.time_opt(7)?,
        on_hold_since: row.time_opt(8)?,
        current: row.int_opt(10)? == Some(row.int(0)?),
        created_at: row.time(9)?,
    })
}

/// Whether an address stands on the exclusion list under any of its keys.
pub(crate) async fn excluded(conn: &mut Conn, keys: &[AddressKey]) -> Result<bool> {
    for key in keys {
        if conn.optional(sql!("SELECT 1 FROM suppression WHERE address_key = $1", key)).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the address lies at or below a domain of the account.
async fn lies_at(conn: &mut Conn, account: AccountId, domain: DomainId, address: &EmailAddress) -> Result<()> {
    let row = conn
        .optional(sql!("SELECT name FROM sending_domain WHERE account_id = $1 AND id = $2", account, domain))
        .await?
        .ok_or(StoreError::NotFound("domain"))?;
    let domain = Domain::parse(&row.text(0)?).map_err(|_| StoreError::Corrupt("a sending domain".to_owned()))?;
    if address.domain().is_at_or_below(&domain) {
        return Ok(());
    }
    Err(StoreError::Invalid(Invalid::SenderElsewhere { domain: domain.as_str().to_owned() }))
}

async fn add(
    conn: &mut Conn,
    account: AccountId,
    id: SenderId,
    new: NewSender,
    by: &str,
    now: Timestamp,
) -> Result<SenderId> {
    cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
    let row = conn.one(sql!("SELECT COUNT(*) FROM sender WHERE account_id = $1", account)).await?;
    if row.int(0)? >= MAX_SENDERS {
        return Err(StoreError::Invalid(Invalid::TooManySenders { limit: MAX_SENDERS }));
    }
    let (domain, forward_to, mailbox) = match new.home {
        Home::Own(domain) => {
            lies_at(conn, account, domain, &new.address).await?;
            (domain.get(), None, new.keys.clone())
        }
        Home::Platform { forward_to, keys } => (0, Some(forward_to), keys),
    };
    if excluded(conn, &new.keys).await? || excluded(conn, &mailbox).await? {
        return Err(StoreError::Invalid(Invalid::MailboxExcluded));
    }
    let key = *new.keys.first().ok_or_else(|| StoreError::Bug("a sender needs the key of its address".to_owned()))?;
    let added = conn
        .execute(sql!(
            "INSERT INTO sender (account_id, id, address, address_key, display_name, domain_id, platform, forward_to, proof_sent_at, proven_at,
                on_hold_since, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, NULL, NULL, $9) ON CONFLICT DO NOTHING",
            account,
            id,
            new.address.as_str(),
            key,
            new.display_name.as_str(),
            domain,
            forward_to.is_some(),
            forward_to.as_ref().map(EmailAddress::as_str),
            now,
        ))
        .await?;
    if added == 0 {
        return Err(StoreError::Invalid(Invalid::SenderTaken));
    }
    audit::note(conn, account, by, "sender_added", new.address.as_str(), now).await?;
    Ok(id)
}

/// The mailbox of a sender is proven; the account's first proven one becomes its own.
pub(crate) async fn proven(conn: &mut Conn, account: AccountId, id: SenderId, now: Timestamp) -> Result<()> {
    conn.execute_one(
        sql!(
            "UPDATE sender SET proven_at = $1, on_hold_since = NULL WHERE account_id = $2 AND id = $3",
            now,
            account,
            id
        ),
        "the sender",
    )
    .await?;
    conn.execute_one(
        sql!(
            "UPDATE account SET sender_id = COALESCE(sender_id, $1), facts_version = facts_version + 1 WHERE id = $2",
            id,
            account
        ),
        "the account",
    )
    .await
}

async fn choose(conn: &mut Conn, account: AccountId, id: SenderId, by: &str, now: Timestamp) -> Result<()> {
    let row = conn
        .optional(sql!("SELECT address, proven_at FROM sender WHERE account_id = $1 AND id = $2", account, id))
        .await?
        .ok_or(StoreError::NotFound("sender"))?;
    if row.int_opt(1)?.is_none() {
        return Err(StoreError::Invalid(Invalid::SenderNotProven));
    }
    conn.execute_one(
        sql!("UPDATE account SET sender_id = $1, facts_version = facts_version + 1 WHERE id = $2", id, account),
        "the account",
    )
    .await?;
    audit::note(conn, account, by, "sender_changed", row.text(0)?, now).await
}

async fn remove(conn: &mut Conn, account: AccountId, id: SenderId, by: &str, now: Timestamp) -> Result<()> {
    let row = conn
        .optional(sql!(
            "DELETE FROM sender WHERE account_id = $1 AND id = $2
                AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = $1 AND a.sender_id = $2) RETURNING address",
            account,
            id,
        ))
        .await?;
    let Some(row) = row else {
        let known = conn.optional(sql!("SELECT 1 FROM sender WHERE account_id = $1 AND id = $2", account, id)).await?;
        return Err(match known {
            Some(_) => StoreError::Invalid(Invalid::SenderInUse),
            None => StoreError::NotFound("sender"),
        });
    };
    audit::note(conn, account, by, "sender_removed", row.text(0)?, now).await
}

impl Store {
    /// Adds a sender. Nothing leaves from it before its mailbox is proven ([`Store::ask_proof`])
    /// and its domain is authenticated.
    ///
    /// # Errors
    /// `NotFound` for a domain that is not the account's; `Conflict` for an address that the account
    /// has already, or that the platform gave to another; `Invalid` for a mailbox on the exclusion
    /// list (R53), an address outside the domain, one too many.
    pub async fn add_sender(&self, account: AccountId, new: NewSender, by: &str, now: Timestamp) -> Result<SenderId> {
        let id = SenderId::from_raw(self.next_id().await?);
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { add(conn, account, id, new, &by, now).await }))
            .await
    }

    /// The senders of an account, by number; there are 50 at most.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn senders(&self, account: AccountId) -> Result<Vec<Sender>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT s.id, s.address, s.display_name, s.domain_id, s.platform, s.forward_to, s.proof_sent_at, s.proven_at, s.on_hold_since,
                    s.created_at, a.sender_id
                 FROM sender s JOIN account a ON a.id = s.account_id WHERE s.account_id = $1 ORDER BY s.id",
                account,
            ))
            .await?;
        rows.iter().map(sender).collect()
    }

    /// One sender of the account.
    ///
    /// # Errors
    /// `NotFound` for any other number; those of the database.
    pub async fn sender(&self, account: AccountId, id: SenderId) -> Result<Sender> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT s.id, s.address, s.display_name, s.domain_id, s.platform, s.forward_to, s.proof_sent_at, s.proven_at, s.on_hold_since,
                    s.created_at, a.sender_id
                 FROM sender s JOIN account a ON a.id = s.account_id WHERE s.account_id = $1 AND s.id = $2",
                account,
                id,
            ))
            .await?;
        sender(&row.ok_or(StoreError::NotFound("sender"))?)
    }

    /// Lets the account's mail come from another proven sender from now on (R52).
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for one that is not proven.
    pub async fn choose_sender(&self, account: AccountId, id: SenderId, by: &str, now: Timestamp) -> Result<()> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { choose(conn, account, id, &by, now).await }))
            .await
    }

    /// Changes the display name of a sender; the name was checked for its address.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn rename_sender(
        &self,
        account: AccountId,
        id: SenderId,
        name: DisplayName,
        by: &str,
        now: Timestamp,
    ) -> Result<()> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let set = conn
                    .execute(sql!(
                        "UPDATE sender SET display_name = $1 WHERE account_id = $2 AND id = $3",
                        name.as_str(),
                        account,
                        id
                    ))
                    .await?;
                if set == 0 {
                    return Err(StoreError::NotFound("sender"));
                }
                conn.execute(sql!("UPDATE account SET facts_version = facts_version + 1 WHERE id = $1", account))
                    .await?;
                audit::note(conn, account, &by, "sender_renamed", name.as_str(), now).await
            })
        })
        .await
    }

    /// Removes a sender that the account's mail does not come from.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for the current one.
    pub async fn remove_sender(&self, account: AccountId, id: SenderId, by: &str, now: Timestamp) -> Result<()> {
        let by = by.to_owned();
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { remove(conn, account, id, &by, now).await }))
            .await
    }
}
