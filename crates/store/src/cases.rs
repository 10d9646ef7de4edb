//! Cases of the abuse desk: every incident is looked at before anybody is
//! judged, and each step leaves its evidence (R79, R85, R88, R89, R92, D15).

use policy::case::{CaseKind, Terms};
use policy::score::Score;
use policy::{AccountId, CaseId, FormId, MailingId, Standing, Timestamp};
use texts::Language;

use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::sql::{Row, sql};
use crate::tell::{self, Facts, News};
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

/// A decision with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The word of a [`Decision`].
    pub word: String,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
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

/// What a person decides (D15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// The account sends again; a new counting period begins.
    Reinstate,
    /// The account is ended for good.
    Terminate,
    /// The mailing that a rule held may be resumed by its owner.
    ReleaseMailing,
    /// The form that a complaint stopped opens again.
    ReopenForm,
    /// Nothing further happens.
    Close,
}

impl Decision {
    /// Every decision.
    pub const ALL: [Self; 5] = [Self::Reinstate, Self::Terminate, Self::ReleaseMailing, Self::ReopenForm, Self::Close];

    /// The word in database, pages and API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reinstate => "reinstate",
            Self::Terminate => "terminate",
            Self::ReleaseMailing => "release_mailing",
            Self::ReopenForm => "reopen_form",
            Self::Close => "close",
        }
    }

    /// The decision behind a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.word() == word)
    }
}

/// Why an account is suspended.
#[derive(Clone, Debug)]
pub(crate) enum SuspensionReason {
    /// Its score is above the limit (R85).
    Score(Score),
    /// A person decided so, with these words.
    Person { by: String, words: String },
}

impl SuspensionReason {
    /// The word or words in the account's row.
    fn column(&self) -> &str {
        match self {
            Self::Score(_) => SCORE_REASON,
            Self::Person { words, .. } => words,
        }
    }
}

/// What `standing_reason` says after a suspension by the score.
pub(crate) const SCORE_REASON: &str = "score";

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

async fn set_standing(
    conn: &mut Conn,
    account: AccountId,
    standing: Standing,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    conn.execute_one(
        sql!(
            "UPDATE account SET standing = $1, standing_reason = $2, standing_at = $3, facts_version = facts_version + 1 WHERE id = $4",
            standing,
            reason,
            now,
            account,
        ),
        "the account",
    )
    .await
}

fn suspended_params(facts: &Facts, language: Language) -> std::collections::BTreeMap<String, String> {
    let mut values = facts.values.clone();
    if let Some(score) = facts.score {
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        let shown = tell::percent(score, language);
        let reason =
            texts::mail::suspended_reason_score(language, count(score.complaints()), count(score.sent()), &shown);
        values.insert("reason".to_owned(), reason);
    }
    values
}

/// Suspends an account at once, in the open transaction, and opens its case
/// (R85). An account that is suspended already stays so; the case gets the
/// step. Returns the case and whether the standing changed.
pub(crate) async fn suspend_in(
    conn: &mut Conn,
    account: AccountId,
    reason: &SuspensionReason,
    evidence: serde_json::Value,
    now: Timestamp,
) -> Result<(CaseId, bool)> {
    let (standing, _) = lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
    if standing == Standing::Terminated {
        return Err(StoreError::Invalid("a terminated account cannot be suspended".to_owned()));
    }
    let (by, words, score) = match reason {
        SuspensionReason::Score(score) => {
            let words = format!(
                "complaint score above the limit: {} complaints for {} mails sent",
                score.complaints(),
                score.sent()
            );
            ("the score", words, Some(*score))
        }
        SuspensionReason::Person { by, words } => (by.as_str(), words.clone(), None),
    };
    let new = NewCase {
        account: Some(account),
        kind: CaseKind::Suspension,
        cluster: format!("suspension:{account}"),
        mailing: None,
        form: None,
        summary: words.clone(),
    };
    let (case, _) = open(conn, &new, now).await?;
    let step = NewEvent { kind: "suspended", note: format!("{by}: {words}"), evidence, inbox: None };
    event(conn, case, step, now).await?;
    if standing == Standing::Suspended {
        return Ok((case, false));
    }
    set_standing(conn, account, Standing::Suspended, reason.column(), now).await?;
    let name = tell::account_name(conn, account).await?;
    let mut facts = Facts::default().with("account", name).with("case", case).with("reason", words);
    facts.score = score;
    let news =
        News { template: "suspended", params: suspended_params, facts, once: format!("{case}:{}", now.millis()) };
    tell::account(conn, account, None, news, now).await?;
    Ok((case, true))
}

/// Reinstates an account: a new counting period begins, history is kept (R67, D15).
async fn reinstate_in(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<()> {
    let (standing, _) = lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
    if standing != Standing::Suspended {
        return Err(StoreError::Invalid(
            "only a suspended account can be reinstated; a termination is final".to_owned(),
        ));
    }
    conn.execute_one(
        sql!(
            "UPDATE account SET standing = $1, standing_reason = NULL, standing_at = $2, facts_version = facts_version + 1,
                period = period + 1, counting_since = $2 WHERE id = $3",
            Standing::Active,
            now,
            account,
        ),
        "the account",
    )
    .await
}

/// Ends an account for good (R88, D15).
async fn terminate_in(conn: &mut Conn, account: AccountId, reason: &str, now: Timestamp) -> Result<()> {
    let (standing, _) = lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
    if standing == Standing::Terminated {
        return Err(StoreError::Conflict("the account: it is terminated already, it"));
    }
    set_standing(conn, account, Standing::Terminated, reason, now).await
}

async fn tell_decision(
    conn: &mut Conn,
    account: AccountId,
    template: &'static str,
    case: CaseId,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    let name = tell::account_name(conn, account).await?;
    let facts = Facts::default().with("account", name).with("case", case).with("reason", reason);
    let news = News { template, params: tell::plain, facts, once: format!("{case}:{}", now.millis()) };
    tell::account(conn, account, None, news, now).await
}

/// Does what a decision says to the thing that the case is about.
async fn carry_out(conn: &mut Conn, case: &Case, decision: Decision, reason: &str, now: Timestamp) -> Result<()> {
    let account = || case.account.ok_or_else(|| StoreError::Invalid("this case concerns no account".to_owned()));
    match decision {
        Decision::Close => Ok(()),
        Decision::Reinstate => {
            reinstate_in(conn, account()?, now).await?;
            tell_decision(conn, account()?, "reinstated", case.id, reason, now).await
        }
        Decision::Terminate => {
            terminate_in(conn, account()?, reason, now).await?;
            tell_decision(conn, account()?, "terminated", case.id, reason, now).await
        }
        Decision::ReleaseMailing => {
            let mailing =
                case.mailing.ok_or_else(|| StoreError::Invalid("this case is about no mailing".to_owned()))?;
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
            let form = case.form.ok_or_else(|| StoreError::Invalid("this case is about no form".to_owned()))?;
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

/// A decision or sanction has a name and a reason (R89).
fn signed(by: &str, reason: &str) -> Result<(String, String)> {
    if by.trim().is_empty() || reason.trim().is_empty() {
        return Err(StoreError::Invalid("a decision needs a named person and a written reason".to_owned()));
    }
    Ok((by.trim().to_owned(), reason.trim().to_owned()))
}

/// Closes a case with its decision. A termination notes that one signature stands where only one operator exists (D15).
async fn close(conn: &mut Conn, id: CaseId, decision: Decision, by: &str, reason: &str, now: Timestamp) -> Result<()> {
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
    let evidence = match decision {
        Decision::Terminate => serde_json::json!({ "signatures": [by], "only_operator": true }),
        _ => serde_json::json!({ "signatures": [by] }),
    };
    event(
        conn,
        id,
        NewEvent { kind: "decided", note: format!("{}: {reason}", decision.word()), evidence, inbox: None },
        now,
    )
    .await
}

impl Store {
    /// Cases after `after`, by number, only open ones if so asked, of one account or of all; at most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn cases(
        &self,
        only_open: bool,
        account: Option<AccountId>,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Case>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, account_id, kind, state, opened_at, first_look_due, decision_due, looked_at, looked_by, mailing_id, form_id, summary,
                    decision, decided_at, decided_by, decision_reason
                 FROM abuse_case WHERE id > $1 AND ($2 = FALSE OR state = 'open') AND (CAST($3 AS BIGINT) = -1 OR account_id = CAST($3 AS BIGINT)) ORDER BY id LIMIT $4",
                after,
                only_open,
                account.map_or(-1, AccountId::get),
                limit,
            ))
            .await?;
        rows.iter().map(case).collect()
    }

    /// Open cases past a deadline; they stand first (R92).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn overdue_cases(&self, now: Timestamp, limit: i64) -> Result<Vec<Case>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, account_id, kind, state, opened_at, first_look_due, decision_due, looked_at, looked_by, mailing_id, form_id, summary,
                    decision, decided_at, decided_by, decision_reason
                 FROM abuse_case WHERE state = 'open' AND (decision_due < $1 OR (looked_at IS NULL AND first_look_due < $1)) ORDER BY id LIMIT $2",
                now,
                limit,
            ))
            .await?;
        rows.iter().map(case).collect()
    }

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

    /// Decides a case: what the decision says happens in the same transaction
    /// (D15). After `Terminate` the caller drains; its open rows are
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
        let (by, reason) = signed(by, reason)?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let case = find(conn, id).await?.ok_or(StoreError::NotFound("case"))?;
                close(conn, id, decision, &by, &reason, now).await?;
                carry_out(conn, &case, decision, &reason, now).await?;
                find(conn, id).await?.ok_or(StoreError::NotFound("case"))
            })
        })
        .await
    }

    /// Suspends an account by a person's decision (R85: off-topic mail). The
    /// caller drains before it answers. Returns the case.
    ///
    /// # Errors
    /// `Invalid` without name or reason or for a terminated account; `NotFound`.
    pub async fn suspend(&self, account: AccountId, by: &str, reason: &str, now: Timestamp) -> Result<CaseId> {
        let (by, words) = signed(by, reason)?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let reason = SuspensionReason::Person { by, words };
                Ok(suspend_in(conn, account, &reason, serde_json::json!({}), now).await?.0)
            })
        })
        .await
    }

    /// Reinstates a suspended account: decides its open case so (D15). Needs one person.
    ///
    /// # Errors
    /// `Invalid` without name or reason, or when the account is not suspended; `NotFound` without an open case.
    pub async fn reinstate(&self, account: AccountId, by: &str, reason: &str, now: Timestamp) -> Result<Case> {
        let case = self.suspension_case(account).await?;
        self.decide_case(case, Decision::Reinstate, by, reason, now).await
    }

    /// Terminates an account: decides its open case so; final (R88, D15). An
    /// account must be suspended first: nobody is judged without a case (R89).
    /// The caller drains; [`Store::cancel_stranded`] cancels the open rows.
    ///
    /// # Errors
    /// As [`Store::reinstate`].
    pub async fn terminate(&self, account: AccountId, by: &str, reason: &str, now: Timestamp) -> Result<Case> {
        let case = self.suspension_case(account).await?;
        self.decide_case(case, Decision::Terminate, by, reason, now).await
    }

    async fn suspension_case(&self, account: AccountId) -> Result<CaseId> {
        let mut conn = self.reader().await?;
        find_open(&mut conn, &format!("suspension:{account}"))
            .await?
            .ok_or(StoreError::NotFound("open suspension case"))
    }
}
