//! Addresses are proven by a mail round trip: of users, and of senders (R49, R8).
//!
//! A proof mail carries a link whose number names the user or the sender: a
//! user's number holds its account, a sender's is plain. The link works while
//! its mail is young; a new mail is asked for within the limits that hold for
//! confirmation mails (C2).

use std::collections::BTreeMap;
use std::time::Duration;

use mail_formats::address::EmailAddress;
use policy::settings::SignupSettings;
use policy::signup::{self, AddressHistory, CONFIRMATION_DELIVERY, Limit, MONTH};
use policy::{AccountId, NoticeId, Purpose, SenderId, Timestamp, UserId};
use seals::AddressKey;
use texts::Language;

use crate::Store;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::notices::{NewNotice, plan};
use crate::profiles::{address, language};
use crate::sql::{Row, sql};
use crate::writer::Urgency;
use crate::{audit, senders};

/// How long the link of a proof mail works.
pub const PROOF_VALID: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// What a proof is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proven {
    /// A user of an account.
    User(UserId),
    /// A sender of an account.
    Sender(SenderId),
}

impl Proven {
    /// What the number of a link names.
    #[must_use]
    pub const fn from_number(number: i64) -> Self {
        let user = UserId::from_raw(number);
        if user.account().get() == 0 { Self::Sender(SenderId::from_raw(number)) } else { Self::User(user) }
    }

    /// The number that the link carries.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::User(id) => id.get(),
            Self::Sender(id) => id.get(),
        }
    }
}

/// What the page behind the link shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofPage {
    /// What is to be proven.
    pub what: Proven,
    /// The name of the account.
    pub account: String,
    /// The language to speak.
    pub language: Language,
    /// The address that the mail went to.
    pub address: String,
    /// The button still does something.
    pub open: bool,
    /// It was pressed before.
    pub done: bool,
}

/// What became of the button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofOutcome {
    /// The address is proven.
    Proven,
    /// It was proven before, by the same mail.
    Already,
    /// No such proof is open (any more).
    Gone,
}

/// What became of the wish for a proof mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofAsked {
    /// The mail is planned.
    Planned,
    /// The address got as many mails as the limits allow; ask later.
    Limited(Limit),
    /// The address stands on the exclusion list (R53, R61).
    Excluded,
}

/// A mail that asks for a proof. Its link is made when it leaves, of [`Proven::number`].
#[derive(Clone, Debug)]
pub struct ProofMail {
    /// Until when the link works, in words of the reader's language.
    pub until: String,
}

/// What is known of an open proof.
struct Asked {
    account: AccountId,
    name: String,
    language: Language,
    address: EmailAddress,
    sent_at: Option<Timestamp>,
    open: bool,
    answered: bool,
}

/// Reads account, its name, language, address, time of the proof mail, time of proof, time of the hold.
fn asked(row: &Row, now: Timestamp) -> Result<Asked> {
    let (sent_at, proven_at, on_hold) = (row.time_opt(4)?, row.time_opt(5)?, row.time_opt(6)?);
    // A mail from before the hold proves nothing about the mailbox of today.
    let answered = proven_at.is_some_and(|at| sent_at.is_some_and(|sent| sent <= at));
    let young = sent_at.is_some_and(|sent| now.since(sent) < PROOF_VALID && on_hold.is_none_or(|since| sent > since));
    Ok(Asked {
        account: AccountId::from_raw(row.int(0)?),
        name: row.text(1)?,
        language: language(&row.text(2)?)?,
        address: address(&row.text(3)?)?,
        sent_at,
        open: young && !answered,
        answered,
    })
}

async fn find(conn: &mut Conn, what: Proven, now: Timestamp) -> Result<Option<Asked>> {
    let row = match what {
        Proven::User(id) => {
            conn.optional(sql!(
                "SELECT u.account_id, a.name, u.language, u.address, u.proof_sent_at, u.proven_at, CAST(NULL AS BIGINT)
                 FROM app_user u JOIN account a ON a.id = u.account_id WHERE u.account_id = $1 AND u.id = $2",
                id.account(),
                id,
            ))
            .await?
        }
        Proven::Sender(id) => {
            conn.optional(sql!(
                "SELECT s.account_id, a.name, a.language, COALESCE(s.forward_to, s.address), s.proof_sent_at, s.proven_at, s.on_hold_since
                 FROM sender s JOIN account a ON a.id = s.account_id WHERE s.id = $1",
                id,
            ))
            .await?
        }
    };
    row.map(|row| asked(&row, now)).transpose()
}

/// Proof mails and confirmation mails to an address share their limits (R8, C2). This account's
/// own last mail counts only if it asked for this very proof: an address may be both user and sender.
async fn history(
    conn: &mut Conn,
    keys: &[AddressKey],
    last: Option<Timestamp>,
    now: Timestamp,
) -> Result<AddressHistory> {
    let mut history = AddressHistory { last_of_account: last, ..AddressHistory::default() };
    for key in keys {
        let rows = conn
            .all(sql!("SELECT at FROM confirmation_asked WHERE address_key = $1 AND at > $2", key, now - MONTH))
            .await?;
        for row in &rows {
            history.sent.push(row.time(0)?);
        }
    }
    Ok(history)
}

async fn ask(
    conn: &mut Conn,
    what: Proven,
    keys: &[AddressKey],
    mail: ProofMail,
    notice: i64,
    now: Timestamp,
) -> Result<ProofAsked> {
    let asked = find(conn, what, now).await?.ok_or(StoreError::NotFound("address"))?;
    let key = *keys.first().ok_or_else(|| StoreError::Bug("a proof needs the key of its address".to_owned()))?;
    if senders::excluded(conn, keys).await? {
        return Ok(ProofAsked::Excluded);
    }
    let history = history(conn, keys, asked.sent_at, now).await?;
    let settings =
        SignupSettings { timeout_days: days(PROOF_VALID), ..policy::settings::PolicySettings::defaults().signup };
    if let Err(limit) = signup::confirmation_allowed(&history, &settings, now) {
        return Ok(ProofAsked::Limited(limit));
    }
    conn.execute(sql!(
        "INSERT INTO confirmation_asked (address_key, id, account_id, at) VALUES ($1, $2, 0, $3)",
        key,
        notice,
        now,
    ))
    .await?;
    note_sent(conn, what, asked.account, now).await?;
    let notice = proof_notice(what, asked, key, mail, NoticeId::from_raw(notice), now);
    plan(conn, notice, now).await?;
    Ok(ProofAsked::Planned)
}

fn days(span: Duration) -> i64 {
    i64::try_from(span.as_secs() / (24 * 60 * 60)).unwrap_or(i64::MAX)
}

async fn note_sent(conn: &mut Conn, what: Proven, account: AccountId, now: Timestamp) -> Result<()> {
    match what {
        Proven::User(id) => {
            conn.execute_one(
                sql!("UPDATE app_user SET proof_sent_at = $1 WHERE account_id = $2 AND id = $3", now, account, id),
                "the user",
            )
            .await
        }
        Proven::Sender(id) => {
            conn.execute_one(
                sql!("UPDATE sender SET proof_sent_at = $1 WHERE account_id = $2 AND id = $3", now, account, id),
                "the sender",
            )
            .await
        }
    }
}

fn proof_notice(
    what: Proven,
    asked: Asked,
    key: AddressKey,
    mail: ProofMail,
    id: NoticeId,
    now: Timestamp,
) -> NewNotice {
    let (template, person) = match what {
        Proven::User(id) => ("prove_user", Some(id.get())),
        Proven::Sender(_) => ("prove_sender", None),
    };
    let params = [
        ("account", asked.name),
        ("address", asked.address.as_str().to_owned()),
        // The link is made when the mail is: nobody finds it here.
        ("proof", what.number().to_string()),
        ("until", mail.until),
    ];
    NewNotice {
        id,
        account: Some(asked.account),
        purpose: Purpose::AddressProof,
        person,
        mailing: None,
        address: asked.address,
        address_key: key,
        language: asked.language,
        template: template.to_owned(),
        params: params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>(),
        stored: None,
        dedupe_key: None,
        due_at: now,
        expires_at: now + CONFIRMATION_DELIVERY,
    }
}

async fn prove_in(conn: &mut Conn, what: Proven, now: Timestamp) -> Result<ProofOutcome> {
    let Some(asked) = find(conn, what, now).await? else { return Ok(ProofOutcome::Gone) };
    if !asked.open {
        return Ok(if asked.answered { ProofOutcome::Already } else { ProofOutcome::Gone });
    }
    match what {
        Proven::User(id) => {
            // Whoever proves the address anew wants its mail again, test mails included.
            conn.execute_one(
                sql!(
                    "UPDATE app_user SET proven_at = $1, tests_stopped_at = NULL, facts_version = facts_version + 1
                     WHERE account_id = $2 AND id = $3",
                    now,
                    asked.account,
                    id,
                ),
                "the user",
            )
            .await?;
        }
        Proven::Sender(id) => senders::proven(conn, asked.account, id, now).await?,
    }
    audit::note(conn, asked.account, "the mailbox", "address_proven", format!("{what:?}"), now).await?;
    Ok(ProofOutcome::Proven)
}

impl Store {
    /// Plans the mail that asks for a proof, within the limits of C2. `keys` are those of the
    /// address that the mail goes to: the current one first, then those of older secrets.
    ///
    /// # Errors
    /// `NotFound` when it is none of this account's; those of the database.
    pub async fn ask_proof(
        &self,
        account: AccountId,
        what: Proven,
        keys: Vec<AddressKey>,
        mail: ProofMail,
        now: Timestamp,
    ) -> Result<ProofAsked> {
        let notice = self.next_id().await?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                if find(conn, what, now).await?.is_none_or(|asked| asked.account != account) {
                    return Err(StoreError::NotFound("address"));
                }
                ask(conn, what, &keys, mail, notice, now).await
            })
        })
        .await
    }

    /// What the page behind a proof link shows. `None` when the number names nothing.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn proof_page(&self, number: i64, now: Timestamp) -> Result<Option<ProofPage>> {
        let what = Proven::from_number(number);
        let asked = find(&mut self.reader().await?, what, now).await?;
        Ok(asked.map(|asked| ProofPage {
            what,
            account: asked.name,
            language: asked.language,
            address: asked.address.as_str().to_owned(),
            open: asked.open,
            done: asked.answered,
        }))
    }

    /// The button behind a proof link was pressed. Repeating changes nothing.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn prove(&self, number: i64, now: Timestamp) -> Result<ProofOutcome> {
        let what = Proven::from_number(number);
        self.write(Urgency::AtOnce, move |conn| Box::pin(prove_in(conn, what, now))).await
    }
}
