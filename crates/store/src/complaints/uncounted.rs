//! Reports that count nothing: about confirmation and test mails, wishes, and letters that a
//! person must read (R42, R67, R95, D13, D14).

use policy::case::CaseKind;
use policy::complaint::ComplaintDecision;
use policy::consent::{Evidence, FormerReason};
use policy::{AccountId, CaseId, ContactId, FormId, NoticeId, Timestamp, UserId};
use serde_json::json;

use super::counting::{record, set_case};
use super::subject::{Subject, counted_before};
use super::{ComplaintOutcome, DrainFor, NewComplaint, kept, leave, outcome};
use crate::cases::{self, NewCase, NewEvent};
use crate::conn::Conn;
use crate::error::Result;
use crate::sql::sql;
use crate::{score, users};

/// A complaint about a confirmation mail: the sign-up is cancelled for good, the form stops (R67, D13).
pub(super) async fn list_bombing(
    conn: &mut Conn,
    report: &NewComplaint,
    of: &Subject,
    now: Timestamp,
) -> Result<ComplaintOutcome> {
    let form = form_of(conn, of).await?;
    cancel_signup(conn, of, now).await?;
    let mut left = Vec::new();
    leave(conn, of.person, FormerReason::Complained, &mut left, now).await?;
    if let Some(form) = form {
        conn.execute(sql!("UPDATE form SET open = FALSE WHERE account_id = $1 AND id = $2", of.account, form)).await?;
    }
    let period = score::period(conn, of.account).await?.number;
    let new = NewCase {
        account: Some(of.account),
        kind: CaseKind::ListBombing,
        cluster: format!("list_bombing:{}:{}", of.account, form.map_or(0, FormId::get)),
        mailing: None,
        form,
        summary: "a complaint about a confirmation mail: the form is stopped".to_owned(),
    };
    let (case, _) = cases::open(conn, &new, now).await?;
    if !counted_before(conn, of).await? {
        record(conn, report, of, now, period, false, now).await?;
        set_case(conn, of, case).await?;
    }
    let evidence =
        json!({ "notice": of.notice.map(NoticeId::get), "signup": of.person.get(), "source": report.source.word() });
    cases::event(
        conn,
        case,
        NewEvent { kind: "complaint", note: kept(&report.note), evidence, inbox: report.inbox },
        now,
    )
    .await?;
    Ok(ComplaintOutcome {
        left,
        drain: DrainFor::All,
        ..outcome(ComplaintDecision::ListBombing, Some(case), Some(of.account))
    })
}

/// The form of a sign-up: from the pending row, or from the proof of the consent that came of it.
async fn form_of(conn: &mut Conn, of: &Subject) -> Result<Option<FormId>> {
    let pending = conn
        .optional(sql!("SELECT form_id FROM signup WHERE account_id = $1 AND id = $2", of.account, of.person))
        .await?;
    if let Some(row) = pending {
        return Ok(Some(FormId::from_raw(row.int(0)?)));
    }
    let proof = conn
        .optional(sql!(
            "SELECT v.evidence FROM consent_event e JOIN consent_evidence v ON v.account_id = e.account_id AND v.event_id = e.id
             WHERE e.account_id = $1 AND e.contact_id = $2 AND e.kind IN ('confirmed', 'topic_added') ORDER BY e.id LIMIT 1",
            of.account,
            of.person,
        ))
        .await?;
    let Some(row) = proof else { return Ok(None) };
    Ok(serde_json::from_str::<Evidence>(&row.text(0)?).ok().map(|evidence| evidence.form))
}

/// "That was not me": the pending sign-up goes, and this account asks the address no more (D13).
async fn cancel_signup(conn: &mut Conn, of: &Subject, now: Timestamp) -> Result<()> {
    conn.execute(sql!(
        "INSERT INTO signup_bar (account_id, address_key, at)
         SELECT account_id, address_key, CAST($4 AS BIGINT) FROM notice WHERE account_id = $1 AND id = $2
         UNION SELECT account_id, address_key, CAST($4 AS BIGINT) FROM signup WHERE account_id = $1 AND id = $3
         ON CONFLICT (account_id, address_key) DO NOTHING",
        of.account,
        of.notice,
        of.person,
        now,
    ))
    .await?;
    // Other pending sign-ups of the address are judged by it too.
    conn.execute(sql!(
        "UPDATE signup SET facts_version = facts_version + 1 WHERE account_id = $1 AND address_key IN
            (SELECT b.address_key FROM notice b WHERE b.account_id = $1 AND b.id = $2
             UNION SELECT p.address_key FROM signup p WHERE p.account_id = $1 AND p.id = $3)",
        of.account,
        of.notice,
        of.person,
    ))
    .await?;
    conn.execute(sql!("DELETE FROM signup WHERE account_id = $1 AND id = $2", of.account, of.person)).await.map(drop)
}

/// A complaint about a test mail: no more of them to that user (D13).
pub(super) async fn stop_tests(
    conn: &mut Conn,
    report: &NewComplaint,
    of: &Subject,
    now: Timestamp,
) -> Result<ComplaintOutcome> {
    let user = UserId::from_raw(of.person.get());
    users::stop_tests_of(conn, user, now).await?;
    let done = case_only(conn, report, Some(of), now).await?;
    Ok(ComplaintOutcome { decision: ComplaintDecision::StopTests, drain: DrainFor::All, ..done })
}

/// The named senders' books lose the reporter at once; a person says which message it was (D4, R95).
pub(super) async fn remove_and_attribute(
    conn: &mut Conn,
    report: &NewComplaint,
    known: &[ContactId],
    now: Timestamp,
) -> Result<ComplaintOutcome> {
    let mut left = Vec::new();
    for contact in known {
        leave(conn, *contact, FormerReason::Complained, &mut left, now).await?;
    }
    let account = known.first().map(|contact| contact.account());
    let (case, drain) = (open_single(conn, report, CaseKind::Attribution, account, now).await?, DrainFor::All);
    let evidence = json!({ "contacts": known.iter().map(|contact| contact.get()).collect::<Vec<_>>() });
    cases::event(
        conn,
        case,
        NewEvent { kind: "removed", note: kept(&report.note), evidence, inbox: report.inbox },
        now,
    )
    .await?;
    Ok(ComplaintOutcome { left, drain, ..outcome(ComplaintDecision::RemoveAndAttribute, Some(case), account) })
}

/// A wish: out of the named books, of all where none is named; no +1 (R42, D14).
pub(super) async fn wish(
    conn: &mut Conn,
    report: &NewComplaint,
    of: Option<&Subject>,
    known: Vec<ContactId>,
    now: Timestamp,
) -> Result<ComplaintOutcome> {
    let wanted = match of {
        Some(of) if of.mailing.is_some() => vec![of.person],
        _ => known,
    };
    let mut left = Vec::new();
    for contact in &wanted {
        leave(conn, *contact, FormerReason::Unsubscribed, &mut left, now).await?;
    }
    let account = wanted.first().map(|contact| contact.account());
    let case = open_single(conn, report, CaseKind::Wish, account, now).await?;
    let evidence =
        json!({ "contacts": wanted.iter().map(|contact| contact.get()).collect::<Vec<_>>(), "left": left.len() });
    cases::event(conn, case, NewEvent { kind: "wish", note: kept(&report.note), evidence, inbox: report.inbox }, now)
        .await?;
    Ok(ComplaintOutcome { left, drain: DrainFor::All, ..outcome(ComplaintDecision::Wish, Some(case), account) })
}

/// Nothing to do but to let a person look.
pub(super) async fn case_only(
    conn: &mut Conn,
    report: &NewComplaint,
    of: Option<&Subject>,
    now: Timestamp,
) -> Result<ComplaintOutcome> {
    let account =
        of.map(|of| of.account).filter(|account| account.get() != 0).or_else(|| report.accounts.first().copied());
    let case = open_single(conn, report, CaseKind::Letter, account, now).await?;
    let step = NewEvent {
        kind: "letter",
        note: kept(&report.note),
        evidence: json!({ "source": report.source.word() }),
        inbox: report.inbox,
    };
    cases::event(conn, case, step, now).await?;
    Ok(outcome(ComplaintDecision::CaseOnly, Some(case), account))
}

/// A case of its own for one letter.
async fn open_single(
    conn: &mut Conn,
    report: &NewComplaint,
    kind: CaseKind,
    account: Option<AccountId>,
    now: Timestamp,
) -> Result<CaseId> {
    let summary = format!(
        "{}: {}",
        report.source.word(),
        report.note.lines().next().unwrap_or("").chars().take(120).collect::<String>()
    );
    let new = NewCase {
        account,
        kind,
        cluster: format!("{}:{}", kind.word(), report.once),
        mailing: None,
        form: None,
        summary,
    };
    Ok(cases::open(conn, &new, now).await?.0)
}
