//! Cases of the abuse desk: every incident is looked at before anybody is
//! judged, and each step leaves its evidence (R79, R85, R88, R89, R92, D15).

mod decision;
mod evidence;
mod overdue;
mod queue;
mod signatures;
mod standing;

pub use decision::{Decided, Decision};
pub use evidence::{ComplaintLine, SentMail, source};
pub use queue::{CaseFilter, CasePage, CaseShow, CaseStep, QueuedCase};
pub use standing::{RESTED, scored};
pub(crate) use standing::{SCORE_REASON, SuspensionReason, suspend_in};

use standing::{reinstate_in, tell_decision, terminate_in};

use policy::case::{CaseKind, Terms};
use policy::invalid::Invalid;
use policy::{AccountId, CaseId, FormId, LoginId, MailingId, Standing, Timestamp};

use self::signatures::{Signer, sign};
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::sql::{Row, sql};
use crate::tell::{self, Facts, News};
use crate::words::signed;
use crate::writer::Urgency;
use crate::{Store, ids};

/// A case to be opened.
#[derive(Clone, Debug)]
pub(crate) struct NewCase {
    pub(crate) account: Option<AccountId>,
    pub(crate) kind: CaseKind,
    /// What it is about; while a case of this name is open, there is no second one.
    pub(crate) cluster: String,
    pub(crate) mailing: Option<MailingId>,
    pub(crate) form: Option<FormId>,
    pub(crate) summary: String,
}

/// One step in a case.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewEvent {
    pub(crate) kind: &'static str,
    pub(crate) note: String,
    /// JSON: the score at that moment, ids of mail and evidence.
    pub(crate) evidence: serde_json::Value,
    pub(crate) inbox: Option<i64>,
}

/// A case as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its number.
    pub id: CaseId,
    /// The account that it concerns; none where nobody knows yet.
    pub account: Option<AccountId>,
    /// Why it was opened.
    pub kind: CaseKind,
    /// Nobody decided it yet.
    pub open: bool,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// By when a person must have looked (R92).
    pub first_look_due: Timestamp,
    /// By when it must be decided (R92).
    pub decision_due: Timestamp,
    /// Who looked first, and when.
    pub looked: Option<(Timestamp, String)>,
    /// The mailing that it is about.
    pub mailing: Option<MailingId>,
    /// The form that it is about.
    pub form: Option<FormId>,
    /// What it is about, in one line.
    pub summary: String,
    /// The decision, once there is one.
    pub decision: Option<Decided>,
}

impl Case {
    /// Whether a deadline has passed (R92).
    #[must_use]
    pub fn overdue(&self, now: Timestamp) -> bool {
        self.open && (now > self.decision_due || (self.looked.is_none() && now > self.first_look_due))
    }
}

/// One step in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseEvent {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// What: `opened`, `complaint`, `repeat`, `suspended`, `looked`, `decided` ….
    pub kind: String,
    /// In words.
    pub note: String,
    /// JSON.
    pub evidence: String,
    /// The stored mail that it rests on.
    pub inbox: Option<i64>,
}

async fn terms(conn: &mut Conn) -> Result<Terms> {
    let row = conn.one(sql!("SELECT first_look_hours, decision_days FROM installation WHERE id = 1")).await?;
    Ok(match (row.int_opt(0)?, row.int_opt(1)?) {
        (Some(hours), Some(days)) => Terms::new(hours, days),
        _ => Terms::PROMISED,
    })
}

/// Opens a case, or finds the open one of the same cluster. Tells the operator
/// of a new one. Returns its number and whether it is new.
pub(crate) async fn open(conn: &mut Conn, case: &NewCase, now: Timestamp) -> Result<(CaseId, bool)> {
    if let Some(id) = find_open(conn, &case.cluster).await? {
        return Ok((id, false));
    }
    let id = CaseId::from_raw(ids::take_inside(conn, now, 1).await?);
    let deadlines = terms(conn).await?.deadlines(now);
    let opened = conn
        .execute(sql!(
            "INSERT INTO abuse_case (id, account_id, kind, state, opened_at, first_look_due, decision_due, cluster, mailing_id, form_id, summary)
             VALUES ($1, $2, $3, 'open', $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (cluster) WHERE state = 'open' DO NOTHING",
            id,
            case.account.map_or(0, AccountId::get),
            case.kind.word(),
            now,
            deadlines.first_look,
            deadlines.decision,
            case.cluster.as_str(),
            case.mailing,
            case.form,
            case.summary.as_str(),
        ))
        .await?;
    if opened == 0 {
        let found = find_open(conn, &case.cluster).await?.ok_or(StoreError::Conflict("the open case"))?;
        return Ok((found, false));
    }
    let name = match case.account {
        Some(account) => tell::account_name(conn, account).await?,
        None => "–".to_owned(),
    };
    let facts = Facts::default()
        .with("case", id)
        .with("account", name)
        .with("reason", &case.summary)
        .with("first_look_due", tell::moment(deadlines.first_look))
        .with("decision_due", tell::moment(deadlines.decision));
    tell::operator(conn, News { template: "case_opened", params: tell::plain, facts, once: id.to_string() }, now)
        .await?;
    Ok((id, true))
}

async fn find_open(conn: &mut Conn, cluster: &str) -> Result<Option<CaseId>> {
    let row = conn.optional(sql!("SELECT id FROM abuse_case WHERE cluster = $1 AND state = 'open'", cluster)).await?;
    row.map(|row| Ok(CaseId::from_raw(row.int(0)?))).transpose()
}

/// Adds a step to a case.
pub(crate) async fn event(conn: &mut Conn, case: CaseId, event: NewEvent, now: Timestamp) -> Result<()> {
    let id = ids::take_inside(conn, now, 1).await?;
    conn.execute(sql!(
        "INSERT INTO case_event (case_id, id, at, kind, note, evidence, inbox_id) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        case,
        id,
        now,
        event.kind,
        event.note,
        event.evidence.to_string(),
        event.inbox,
    ))
    .await
    .map(drop)
}

/// The standing of an account, locked until the transaction ends: what the
/// account's score decides is decided by one transaction after the other.
pub(crate) async fn lock_account(conn: &mut Conn, account: AccountId) -> Result<Option<(Standing, Option<String>)>> {
    let row = conn
        .optional(sql!("SELECT standing, standing_reason FROM account WHERE id = $1 {for_update}", account))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let standing = Standing::from_number(row.int(0)?)
        .ok_or_else(|| StoreError::Corrupt("an account has no standing".to_owned()))?;
    Ok(Some((standing, row.text_opt(1)?)))
}

/// Does what a decision says to the thing that the case is about.
async fn carry_out(
    conn: &mut Conn,
    case: &Case,
    decision: Decision,
    by: &str,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    let account = || case.account.ok_or(StoreError::Invalid(Invalid::CaseWithoutAccount));
    match decision {
        Decision::Close => Ok(()),
        Decision::Reinstate => {
            reinstate_in(conn, account()?, by, now).await?;
            tell_decision(conn, account()?, "reinstated", case.id, reason, now).await
        }
        Decision::Terminate => {
            terminate_in(conn, account()?, reason, now).await?;
            tell_decision(conn, account()?, "terminated", case.id, reason, now).await
        }
        Decision::ReleaseMailing => {
            let mailing = case.mailing.ok_or(StoreError::Invalid(Invalid::CaseWithoutMailing))?;
            conn.execute_one(
                sql!(
                    "UPDATE mailing SET state = 3, held_reason = NULL, facts_version = facts_version + 1 WHERE account_id = $1 AND id = $2 AND state = 4",
                    account()?,
                    mailing,
                ),
                "the held mailing",
            )
            .await
        }
        Decision::ReopenForm => {
            let form = case.form.ok_or(StoreError::Invalid(Invalid::CaseWithoutForm))?;
            conn.execute_one(
                sql!("UPDATE form SET open = TRUE WHERE account_id = $1 AND id = $2", account()?, form),
                "the form",
            )
            .await
        }
    }
}

async fn find(conn: &mut Conn, id: CaseId) -> Result<Option<Case>> {
    let row = conn
        .optional(sql!(
            "SELECT id, account_id, kind, state, opened_at, first_look_due, decision_due, looked_at, looked_by, mailing_id, form_id, summary,
                decision, decided_at, decided_by, decision_reason FROM abuse_case WHERE id = $1",
            id,
        ))
        .await?;
    row.as_ref().map(case).transpose()
}

fn case(row: &Row) -> Result<Case> {
    let (account, kind) = (row.int(1)?, row.text(2)?);
    let looked = row.time_opt(7)?.zip(row.text_opt(8)?);
    let decision = match (row.text_opt(12)?, row.time_opt(13)?, row.text_opt(14)?, row.text_opt(15)?) {
        (Some(word), Some(at), Some(by), Some(reason)) => Some(Decided { word, at, by, reason }),
        _ => None,
    };
    Ok(Case {
        id: CaseId::from_raw(row.int(0)?),
        account: (account != 0).then(|| AccountId::from_raw(account)),
        kind: CaseKind::from_word(&kind).ok_or_else(|| StoreError::Corrupt(format!("{kind:?} is no kind of case")))?,
        open: row.text(3)? == "open",
        opened_at: row.time(4)?,
        first_look_due: row.time(5)?,
        decision_due: row.time(6)?,
        looked,
        mailing: row.int_opt(9)?.map(MailingId::from_raw),
        form: row.int_opt(10)?.map(FormId::from_raw),
        summary: row.text(11)?,
        decision,
    })
}

/// Closes a case with its decision and what that rests on.
async fn close(
    conn: &mut Conn,
    id: CaseId,
    decision: Decision,
    by: &str,
    reason: &str,
    evidence: serde_json::Value,
    now: Timestamp,
) -> Result<()> {
    conn.execute_one(
        sql!(
            "UPDATE abuse_case SET state = 'decided', decision = $1, decided_at = $2, decided_by = $3, decision_reason = $4
             WHERE id = $5 AND state = 'open'",
            decision.word(),
            now,
            by,
            reason,
            id,
        ),
        "the case: somebody decided it already, it",
    )
    .await?;
    event(
        conn,
        id,
        NewEvent { kind: "decided", note: format!("{}: {reason}", decision.word()), evidence, inbox: None },
        now,
    )
    .await
}

impl Store {
    /// One case with its steps.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn case(&self, id: CaseId) -> Result<(Case, Vec<CaseEvent>)> {
        let mut conn = self.reader().await?;
        let case = find(&mut conn, id).await?.ok_or(StoreError::NotFound("case"))?;
        let rows = conn
            .all(sql!(
                "SELECT id, at, kind, note, evidence, inbox_id FROM case_event WHERE case_id = $1 ORDER BY id",
                id
            ))
            .await?;
        let events = rows.iter().map(|row| {
            Ok(CaseEvent {
                id: row.int(0)?,
                at: row.time(1)?,
                kind: row.text(2)?,
                note: row.text(3)?,
                evidence: row.text(4)?,
                inbox: row.int_opt(5)?,
            })
        });
        Ok((case, events.collect::<Result<_>>()?))
    }

    /// Notes that a person looked at a case for the first time (R92). A second look changes nothing.
    ///
    /// # Errors
    /// `Invalid` without a name; those of the database.
    pub async fn look_at_case(&self, id: CaseId, by: &str, now: Timestamp) -> Result<()> {
        let (by, _) = signed(by, "-")?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let looked = conn
                    .execute(sql!(
                        "UPDATE abuse_case SET looked_at = $1, looked_by = $2 WHERE id = $3 AND looked_at IS NULL",
                        now,
                        by.as_str(),
                        id
                    ))
                    .await?;
                match looked {
                    0 => Ok(()),
                    _ => event(conn, id, NewEvent { kind: "looked", note: by, ..NewEvent::default() }, now).await,
                }
            })
        })
        .await
    }

    /// Decides a case by a named person: what the decision says happens in the same transaction
    /// (D15). A termination needs a second signature where several operators can sign in: then the
    /// case that comes back is still open. After a termination the caller drains; its open rows are
    /// cancelled by [`Store::cancel_stranded`].
    ///
    /// # Errors
    /// `Invalid` without name or reason, or where the decision does not fit the
    /// case; `Conflict` when somebody decided it already; `NotFound`.
    pub async fn decide_case(
        &self,
        id: CaseId,
        decision: Decision,
        by: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<Case> {
        self.decide_case_as(id, decision, (None, by), reason, now).await
    }

    /// [`Store::decide_case`] by somebody who is signed in: the log-in is the signature, whatever
    /// name it has.
    ///
    /// # Errors
    /// As [`Store::decide_case`].
    pub async fn decide_case_as(
        &self,
        id: CaseId,
        decision: Decision,
        (login, by): (Option<LoginId>, &str),
        reason: &str,
        now: Timestamp,
    ) -> Result<Case> {
        let (by, reason) = signed(by, reason)?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let case = find(conn, id).await?.ok_or(StoreError::NotFound("case"))?;
                if let Some(account) = case.account {
                    // Whoever suspends locks the account before its case, too.
                    lock_account(conn, account).await?;
                }
                let evidence = match decision {
                    Decision::Terminate => {
                        let signer = Signer { login, by: &by };
                        let Some(evidence) = sign(conn, id, &signer, &reason, now).await? else { return Ok(case) };
                        evidence
                    }
                    _ => serde_json::json!({ "signatures": [by] }),
                };
                close(conn, id, decision, &by, &reason, evidence, now).await?;
                carry_out(conn, &case, decision, &by, &reason, now).await?;
                find(conn, id).await?.ok_or(StoreError::NotFound("case"))
            })
        })
        .await
    }
}
