//! A complaint that counts: written down, out of the book, +1, judged, and what the score demands
//! (R76, R77, R85, D3, D4).

use policy::case::CaseKind;
use policy::complaint::ComplaintDecision;
use policy::consent::FormerReason;
use policy::facts::MailingState;
use policy::score::{Score, ScoreState, Scores, Verdict, counts_since};
use policy::{AccountId, CaseId, MailingId, Purpose, Standing, Timestamp};
use serde_json::json;

use super::proposal::propose;
use super::subject::Subject;
use super::uncounted::case_only;
use super::{ComplaintOutcome, DrainFor, NewComplaint, kept, leave, outcome};
use crate::cases::{self, NewCase, NewEvent, SuspensionReason};
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::score::{self, Concerned};
use crate::sql::sql;
use crate::tell::{self, Facts, News};

/// Writes the complaint; `counted` says whether the counter moves with it.
pub(super) async fn record(
    conn: &mut Conn,
    report: &NewComplaint,
    of: &Subject,
    sent_at: Timestamp,
    period: i64,
    counted: bool,
    now: Timestamp,
) -> Result<()> {
    let written = conn
        .execute(sql!(
            "INSERT INTO complaint (account_id, mailing_id, contact_id, at, sent_day, period, source, counted, case_id, inbox_id, note)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, $9, $10) ON CONFLICT (account_id, mailing_id, contact_id) DO NOTHING",
            of.account,
            of.number(),
            of.person,
            now,
            sent_at.day(),
            period,
            report.source.word(),
            counted,
            report.inbox,
            kept(&report.note),
        ))
        .await?;
    if written == 1 { Ok(()) } else { Err(StoreError::Conflict("the complaint: it was recorded a moment ago, it")) }
}

pub(super) async fn set_case(conn: &mut Conn, of: &Subject, case: CaseId) -> Result<()> {
    conn.execute_one(
        sql!(
            "UPDATE complaint SET case_id = $1 WHERE account_id = $2 AND mailing_id = $3 AND contact_id = $4",
            case,
            of.account,
            of.number(),
            of.person,
        ),
        "the complaint",
    )
    .await
}

/// A complaint that counts: out of the book, +1, judged (R76, R77, R85).
pub(super) async fn count(
    conn: &mut Conn,
    report: &NewComplaint,
    of: &Subject,
    now: Timestamp,
) -> Result<ComplaintOutcome> {
    let Some((mailing, sent_at)) = of.mailing else { return case_only(conn, report, Some(of), now).await };
    let period = period_of(conn, of.account, sent_at).await?;
    record(conn, report, of, sent_at, period, true, now).await?;
    score::move_complaints(conn, of.account, period, mailing, sent_at.day(), 1).await?;
    let mut left = Vec::new();
    leave(conn, of.person, FormerReason::Complained, &mut left, now).await?;
    let who = left.first().copied().unwrap_or(of.person);
    let case = complaint_case(conn, of, mailing, now).await?;
    set_case(conn, of, case).await?;
    let concerned = Concerned { mailing, autoresponder: of.purpose == Purpose::Autoresponder, sent_day: sent_at.day() };
    let scores = score::for_decision(conn, of.account, concerned, now).await?;
    let evidence = evidence(of, report, &scores);
    let step =
        NewEvent { kind: "complaint", note: kept(&report.note), evidence: evidence.clone(), inbox: report.inbox };
    cases::event(conn, case, step, now).await?;
    let verdict = scores.judge();
    let stopped = carry_out(conn, of.account, mailing, case, &scores, evidence, now).await?;
    Ok(ComplaintOutcome {
        decision: ComplaintDecision::Count,
        case: Some(case),
        account: Some(of.account),
        left,
        verdict: Some(verdict),
        drain: if stopped { DrainFor::All } else { DrainFor::Contact(who) },
    })
}

/// The period that a message of that day counts in: mail from before a
/// reinstatement does not burden the new start (R67).
async fn period_of(conn: &mut Conn, account: AccountId, sent_at: Timestamp) -> Result<i64> {
    let period = score::period(conn, account).await?;
    Ok(if counts_since(sent_at, Some(period.since)) { period.number } else { period.number - 1 })
}

pub(super) async fn complaint_case(
    conn: &mut Conn,
    of: &Subject,
    mailing: MailingId,
    now: Timestamp,
) -> Result<CaseId> {
    let new = NewCase {
        account: Some(of.account),
        kind: CaseKind::Complaint,
        cluster: format!("complaint:{}:{mailing}", of.account),
        mailing: Some(mailing),
        form: None,
        summary: format!("complaints about mailing {mailing}"),
    };
    Ok(cases::open(conn, &new, now).await?.0)
}

pub(super) fn figures(score: Score) -> serde_json::Value {
    json!({ "complaints": score.complaints(), "sent": score.sent() })
}

fn evidence(of: &Subject, report: &NewComplaint, scores: &Scores) -> serde_json::Value {
    json!({
        "message": of.number(),
        "contact": of.person.get(),
        "source": report.source.word(),
        "inbox": report.inbox,
        "scores": { "mailing": figures(scores.mailing), "recent": figures(scores.recent), "life": figures(scores.life) },
    })
}

/// Does what the score demands. Returns whether an account or a mailing was stopped.
pub(super) async fn carry_out(
    conn: &mut Conn,
    account: AccountId,
    mailing: MailingId,
    case: CaseId,
    scores: &Scores,
    evidence: serde_json::Value,
    now: Timestamp,
) -> Result<bool> {
    if scores.worst() == ScoreState::Critical {
        alarm(conn, account, case, scores, now).await?;
    }
    match scores.judge() {
        Verdict::Fine => Ok(false),
        Verdict::Warn => warn(conn, account, scores, now).await.map(|()| false),
        Verdict::PauseMailing => hold_mailing(conn, account, mailing, case, scores.mailing, now).await.map(|()| true),
        Verdict::Suspend => {
            let standing = cases::lock_account(conn, account).await?.map(|(standing, _)| standing);
            // The mailing itself does not go on by itself when the account is reinstated.
            hold_mailing(conn, account, mailing, case, scores.mailing, now).await?;
            if standing != Some(Standing::Terminated) {
                let reason = SuspensionReason::Score(worst(scores));
                let (suspension, _) = cases::suspend_in(conn, account, &reason, evidence, now).await?;
                propose(conn, account, suspension, scores, now).await?;
            }
            Ok(true)
        }
    }
}

/// The score that the suspension names: the first above the limit with enough complaints.
fn worst(scores: &Scores) -> Score {
    let each = [scores.mailing, scores.recent, scores.life];
    let suspends = |score: &Score| score.above_limit() && score.complaints() >= policy::score::SUSPENDING_COMPLAINTS;
    each.into_iter().find(suspends).unwrap_or(scores.life)
}

/// Holds a mailing that could still send (D3). Its rows wait; a person decides.
async fn hold_mailing(
    conn: &mut Conn,
    account: AccountId,
    mailing: MailingId,
    case: CaseId,
    score: Score,
    now: Timestamp,
) -> Result<()> {
    let held = conn
        .execute(sql!(
            "UPDATE mailing SET state = $1, held_reason = 'complaints', facts_version = facts_version + 1
             WHERE account_id = $2 AND id = $3 AND state IN ($4, $5, $6)",
            MailingState::Held.number(),
            account,
            mailing,
            MailingState::Scheduled.number(),
            MailingState::Running.number(),
            MailingState::Paused.number(),
        ))
        .await?;
    if held == 0 {
        return Ok(());
    }
    let evidence = json!({ "mailing": mailing.get(), "score": figures(score) });
    cases::event(conn, case, NewEvent { kind: "mailing_held", evidence, ..NewEvent::default() }, now).await?;
    let row = conn.one(sql!("SELECT name FROM mailing WHERE account_id = $1 AND id = $2", account, mailing)).await?;
    let facts = Facts::default()
        .with("mailing", row.text(0)?)
        .with("complaints", score.complaints())
        .with("sent", score.sent())
        .with("case", case);
    tell::account(
        conn,
        account,
        None,
        News { template: "mailing_paused", params: tell::plain, facts, once: format!("{case}:{mailing}") },
        now,
    )
    .await
}

fn warning_params(facts: &Facts, language: texts::Language) -> std::collections::BTreeMap<String, String> {
    let mut values = facts.values.clone();
    if let Some(score) = facts.score {
        values.insert("score".to_owned(), tell::percent(score, language));
        values.insert("complaints".to_owned(), score.complaints().to_string());
        values.insert("sent".to_owned(), score.sent().to_string());
    }
    values
}

/// The gravest of the three, for words.
fn gravest(scores: &Scores) -> Score {
    let state = scores.worst();
    let each = [scores.mailing, scores.recent, scores.life];
    each.into_iter().find(|score| score.state() == state).unwrap_or(scores.life)
}

/// Tells the operator of a score above one per cent, at most once a day for an account: providers
/// begin to block, and not this sender alone (R68).
async fn alarm(conn: &mut Conn, account: AccountId, case: CaseId, scores: &Scores, now: Timestamp) -> Result<()> {
    let mut facts = Facts::default().with("account", tell::account_name(conn, account).await?).with("case", case);
    facts.score = Some(gravest(scores));
    let once = format!("{account}:{}", now.day());
    tell::operator(conn, News { template: "score_critical", params: warning_params, facts, once }, now).await
}

/// Warns the customer, at most once a day for each state (R71).
async fn warn(conn: &mut Conn, account: AccountId, scores: &Scores, now: Timestamp) -> Result<()> {
    let state = scores.worst();
    let score = gravest(scores);
    let template = if state == ScoreState::AtLimit { "score_limit" } else { "score_warning" };
    let mut facts = Facts::default().with("account", tell::account_name(conn, account).await?);
    facts.score = Some(score);
    let once = format!("{account}:{}", now.day());
    tell::account(conn, account, None, News { template, params: warning_params, facts, once }, now).await
}

/// The same contact and message again: the case gets the report, nothing counts (D4).
pub(super) async fn repeat(
    conn: &mut Conn,
    report: &NewComplaint,
    of: &Subject,
    now: Timestamp,
) -> Result<ComplaintOutcome> {
    let Some((mailing, _)) = of.mailing else { return case_only(conn, report, Some(of), now).await };
    let case = complaint_case(conn, of, mailing, now).await?;
    let step = NewEvent {
        kind: "repeat",
        note: kept(&report.note),
        evidence: json!({ "source": report.source.word() }),
        inbox: report.inbox,
    };
    cases::event(conn, case, step, now).await?;
    // Whoever signed up again meanwhile and complains of the old mail again wants to leave again.
    let mut left = Vec::new();
    leave(conn, of.person, FormerReason::Complained, &mut left, now).await?;
    // The first report may still be draining: this answer waits like the first (DESIGN §4).
    let drain = DrainFor::All;
    Ok(ComplaintOutcome { left, drain, ..outcome(ComplaintDecision::Repeat, Some(case), Some(of.account)) })
}
