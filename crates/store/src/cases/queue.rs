//! Lists of cases: the queue of the abuse desk by its clocks, and the plain lists (R79, R92).

use policy::case::CaseKind;
use policy::{AccountId, CaseId, MailingId, Timestamp};

use super::{Case, case, overdue};
use crate::Store;
use crate::book::MAX_PAGE;
use crate::error::Result;
use crate::sql::{Row, sql};

/// Which cases the queue shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseShow {
    /// Those that wait for a decision.
    Open,
    /// Those of them that this person looked at first.
    LookedAtBy(String),
    /// Those that are decided, newest first.
    Decided,
}

/// A part of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFilter {
    /// Open, mine or decided.
    pub show: CaseShow,
    /// Only this kind.
    pub kind: Option<CaseKind>,
    /// Only those of this account.
    pub account: Option<AccountId>,
}

/// Where a page of the queue ended; the next one begins behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseStep {
    /// The next deadline of the last case; of a decided one the time of its decision.
    pub at: Timestamp,
    /// Its number.
    pub id: CaseId,
}

/// A case with the names that stand beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedCase {
    /// The case.
    pub case: Case,
    /// The name of its account; empty where nobody knows the account.
    pub account: String,
    /// The name of the mailing that it is about; empty where it is about none.
    pub mailing: String,
}

/// A page of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CasePage {
    /// The cases.
    pub cases: Vec<QueuedCase>,
    /// Where the next page begins; none on the last one.
    pub next: Option<CaseStep>,
}

impl Case {
    /// The deadline that comes next: the first look until somebody looked, then the decision (R92).
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        if self.looked.is_none() { self.first_look_due.min(self.decision_due) } else { self.decision_due }
    }
}

impl Store {
    /// The queue of open cases by their next deadline, so that overdue ones stand first (R92), or
    /// the decided ones, newest decision first. At most `limit` (≤ 500) behind `after`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn case_queue(&self, filter: &CaseFilter, after: Option<CaseStep>, limit: i64) -> Result<CasePage> {
        let limit = limit.clamp(1, MAX_PAGE);
        let kind = filter.kind.map_or("", CaseKind::word);
        let account = filter.account.map_or(-1, AccountId::get);
        let step = after.map(|step| (step.at.millis(), step.id.get()));
        let mut conn = self.reader().await?;
        let rows = if filter.show == CaseShow::Decided {
            let (at, id) = step.unwrap_or((i64::MAX, i64::MAX));
            conn.all(sql!(
                "SELECT c.id, c.account_id, c.kind, c.state, c.opened_at, c.first_look_due, c.decision_due, c.looked_at, c.looked_by, c.mailing_id, c.form_id, c.summary,
                    c.decision, c.decided_at, c.decided_by, c.decision_reason, COALESCE(a.name, ''), COALESCE(m.name, '')
                 FROM abuse_case c LEFT JOIN account a ON a.id = c.account_id LEFT JOIN mailing m ON m.account_id = c.account_id AND m.id = c.mailing_id
                 WHERE c.state = 'decided' AND ($1 = '' OR c.kind = $1) AND (CAST($2 AS BIGINT) = -1 OR c.account_id = $2)
                    AND (c.decided_at < $3 OR (c.decided_at = $3 AND c.id < $4))
                 ORDER BY c.decided_at DESC, c.id DESC LIMIT $5",
                kind,
                account,
                at,
                id,
                limit + 1,
            ))
            .await?
        } else {
            let by = match &filter.show {
                CaseShow::LookedAtBy(by) => by.as_str(),
                CaseShow::Open | CaseShow::Decided => "",
            };
            let (at, id) = step.unwrap_or((i64::MIN, i64::MIN));
            conn.all(sql!(
                "WITH w AS (SELECT c.*, CASE WHEN c.looked_at IS NULL AND c.first_look_due < c.decision_due THEN c.first_look_due ELSE c.decision_due END AS next_due
                    FROM abuse_case c WHERE c.state = 'open')
                 SELECT w.id, w.account_id, w.kind, w.state, w.opened_at, w.first_look_due, w.decision_due, w.looked_at, w.looked_by, w.mailing_id, w.form_id, w.summary,
                    w.decision, w.decided_at, w.decided_by, w.decision_reason, COALESCE(a.name, ''), COALESCE(m.name, '')
                 FROM w LEFT JOIN account a ON a.id = w.account_id LEFT JOIN mailing m ON m.account_id = w.account_id AND m.id = w.mailing_id
                 WHERE ($1 = '' OR w.kind = $1) AND (CAST($2 AS BIGINT) = -1 OR w.account_id = $2) AND ($3 = '' OR w.looked_by = $3)
                    AND (w.next_due > $4 OR (w.next_due = $4 AND w.id > $5))
                 ORDER BY w.next_due, w.id LIMIT $6",
                kind,
                account,
                by,
                at,
                id,
                limit + 1,
            ))
            .await?
        };
        let mut cases = rows.iter().map(queued).collect::<Result<Vec<_>>>()?;
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        let next = if cases.len() > shown { cases.get(shown - 1).map(|last| step_of(&last.case)) } else { None };
        cases.truncate(shown);
        Ok(CasePage { cases, next })
    }

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

    /// The suspensions of an account as their cases tell, the newest first; at most `limit` (≤ 500).
    /// The open one, if there is one, is what the account is suspended for now.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn suspensions(&self, account: AccountId, limit: i64) -> Result<Vec<Case>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, account_id, kind, state, opened_at, first_look_due, decision_due, looked_at, looked_by, mailing_id, form_id, summary,
                    decision, decided_at, decided_by, decision_reason
                 FROM abuse_case WHERE account_id = $1 AND kind = $2 ORDER BY id DESC LIMIT $3",
                account,
                CaseKind::Suspension.word(),
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter().map(case).collect()
    }

    /// Cases about a mailing, and cases about nothing but its account that were open at some time from
    /// `from` to `to`; the newest first, at most `limit` (≤ 500).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn cases_about(
        &self,
        account: AccountId,
        mailing: MailingId,
        (from, to): (Timestamp, Timestamp),
        limit: i64,
    ) -> Result<Vec<Case>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, account_id, kind, state, opened_at, first_look_due, decision_due, looked_at, looked_by, mailing_id, form_id, summary,
                    decision, decided_at, decided_by, decision_reason
                 FROM abuse_case WHERE account_id = $1 AND (mailing_id = $2
                    OR (mailing_id IS NULL AND form_id IS NULL AND opened_at <= $4 AND (decided_at IS NULL OR decided_at >= $3)))
                 ORDER BY id DESC LIMIT $5",
                account,
                mailing,
                from,
                to,
                limit.clamp(1, MAX_PAGE),
            ))
            .await?;
        rows.iter().map(case).collect()
    }

    /// Open cases past a deadline; they stand first (R92).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn overdue_cases(&self, now: Timestamp, limit: i64) -> Result<Vec<Case>> {
        overdue::past(&mut self.reader().await?, 0, now, limit).await
    }

    /// How many cases are open, and how many of those are past a deadline (R92).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count_cases(&self, now: Timestamp) -> Result<(i64, i64)> {
        let row = self
            .reader()
            .await?
            .one(sql!(
                "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN decision_due < $1 OR (looked_at IS NULL AND first_look_due < $1) THEN 1 ELSE 0 END), 0) AS BIGINT)
                 FROM abuse_case WHERE state = 'open'",
                now,
            ))
            .await?;
        Ok((row.int(0)?, row.int(1)?))
    }
}

fn queued(row: &Row) -> Result<QueuedCase> {
    Ok(QueuedCase { case: case(row)?, account: row.text(16)?, mailing: row.text(17)? })
}

fn step_of(case: &Case) -> CaseStep {
    let at = case.decision.as_ref().map_or_else(|| case.next_deadline(), |decided| decided.at);
    CaseStep { at, id: case.id }
}
