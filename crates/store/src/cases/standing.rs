//! The standing of an account: suspended at once, reinstated or terminated by a person (R85, R88,
//! R89, D15).
//!
//! A suspension is one row, so that it takes effect at once: nothing of the account is claimed,
//! started, listed or begun while it stands, and nothing of it grows old. A reinstatement leaves
//! every mailing of the account waiting for the customer: what ran is paused, a schedule whose time
//! passed is a draft again, and nothing begins by itself.

use policy::case::CaseKind;
use policy::facts::MailingState;
use policy::invalid::Invalid;
use policy::score::Score;
use policy::{AccountId, CaseId, Standing, Timestamp};
use texts::Language;

use super::{Case, Decision, NewCase, NewEvent, event, find_open, lock_account, open};
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::sql::sql;
use crate::tell::{self, Facts, News};
use crate::words::signed;
use crate::writer::Urgency;
use crate::{Store, audit};

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

/// How the summary of a case begins that the score opened.
const SCORED: &str = "complaint score above the limit: ";
/// The summary of a suspension's case that is open again because a complaint no longer counts (D14).
pub const RESTED: &str = "the suspension rested on a complaint that no longer counts";

/// The figures in the summary of a case that the score opened, for pages that say it in their own
/// words; none for any other summary.
#[must_use]
pub fn scored(summary: &str) -> Option<Score> {
    let mut figures = summary.strip_prefix(SCORED)?.split(' ').filter_map(|word| word.parse().ok());
    Some(Score::new(figures.next()?, figures.next()?))
}

/// What `standing_reason` says after a suspension by the score.
pub(crate) const SCORE_REASON: &str = "score";

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
        return Err(StoreError::Invalid(Invalid::TerminatedForGood));
    }
    let (by, words, score) = match reason {
        SuspensionReason::Score(score) => {
            let words = format!("{SCORED}{} complaints for {} mails sent", score.complaints(), score.sent());
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

/// Reinstates an account: a new counting period begins, history is kept (R67, D15). Its mailings
/// wait for the customer.
pub(super) async fn reinstate_in(conn: &mut Conn, account: AccountId, by: &str, now: Timestamp) -> Result<()> {
    let (standing, _) = lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
    if standing != Standing::Suspended {
        return Err(StoreError::Invalid(Invalid::NotSuspended));
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
    .await?;
    hold_mailings(conn, account, by, now).await
}

/// Nothing begins by itself when a suspension ends: what ran is paused, and a schedule whose time
/// passed is a draft. The customer resumes; the time for which mails are tried begins anew then,
/// and an autoresponder's steps that are too late are refused as after any pause.
async fn hold_mailings(conn: &mut Conn, account: AccountId, by: &str, now: Timestamp) -> Result<()> {
    let paused = conn
        .all(sql!(
            "UPDATE mailing SET state = $1, facts_version = facts_version + 1 WHERE account_id = $2 AND state = $3 RETURNING id",
            MailingState::Paused.number(),
            account,
            MailingState::Running.number(),
        ))
        .await?;
    let passed = conn
        .all(sql!(
            "UPDATE mailing SET state = $1, scheduled_at = NULL, facts_version = facts_version + 1
             WHERE account_id = $2 AND state = $3 AND scheduled_at <= $4 RETURNING id",
            MailingState::Draft.number(),
            account,
            MailingState::Scheduled.number(),
            now,
        ))
        .await?;
    for (rows, action, why) in [
        (paused, "mailing_paused", "the suspension ended; resume it yourself"),
        (passed, "mailing_unscheduled", "its time passed during the suspension"),
    ] {
        for row in &rows {
            audit::note(conn, account, by, action, format!("{}: {why}", row.int(0)?), now).await?;
        }
    }
    Ok(())
}

/// Ends an account for good (R88, D15).
pub(super) async fn terminate_in(conn: &mut Conn, account: AccountId, reason: &str, now: Timestamp) -> Result<()> {
    let (standing, _) = lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
    if standing == Standing::Terminated {
        return Err(StoreError::Conflict("the account: it is terminated already, it"));
    }
    set_standing(conn, account, Standing::Terminated, reason, now).await
}

pub(super) async fn tell_decision(
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

impl Store {
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
