//! A recorded complaint counts no longer, or counts after all, by a person's decision (D14).

use policy::case::CaseKind;
use policy::complaint::{Reclassified, reclassify};
use policy::score::Verdict;
use policy::{AccountId, CaseId, MailingId, Purpose, Standing, Timestamp};
use serde_json::json;

use super::ComplaintKey;
use super::counting::{carry_out, complaint_case, figures};
use super::subject::Subject;
use crate::cases::{self, NewCase, NewEvent};
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::score::{self, AUTORESPONDER, Concerned};
use crate::sql::sql;

pub(super) async fn reclassify_in(
    conn: &mut Conn,
    key: ComplaintKey,
    shall_count: bool,
    note: &str,
    now: Timestamp,
) -> Result<Reclassified> {
    let account = key.contact.account();
    let (standing, why) = cases::lock_account(conn, account).await?.ok_or(StoreError::NotFound("account"))?;
    let row = conn
        .optional(sql!(
            "SELECT counted, sent_day, period, case_id FROM complaint WHERE account_id = $1 AND mailing_id = $2 AND contact_id = $3",
            account,
            key.mailing,
            key.contact,
        ))
        .await?
        .ok_or(StoreError::NotFound("complaint"))?;
    let (counted, day, period, case) = (row.bool(0)?, row.int(1)?, row.int(2)?, row.int_opt(3)?.map(CaseId::from_raw));
    let by_score = standing == Standing::Suspended && why.as_deref() == Some(cases::SCORE_REASON);
    let concerned = concerned(conn, account, key.mailing, day).await?;
    let mut follows = reclassify(counted, shall_count, by_score);
    if follows.change == 0 {
        return Ok(follows);
    }
    score::move_complaints(conn, account, period, key.mailing, day, follows.change).await?;
    conn.execute_one(
        sql!(
            "UPDATE complaint SET counted = $1 WHERE account_id = $2 AND mailing_id = $3 AND contact_id = $4",
            shall_count,
            account,
            key.mailing,
            key.contact,
        ),
        "the complaint",
    )
    .await?;
    let scores = score::for_decision(conn, account, concerned, now).await?;
    // A suspension rests on the complaint when the score without it would not suspend.
    follows.reopen_case &= scores.judge() < Verdict::Suspend;
    let evidence = json!({ "mailing": key.mailing.get(), "contact": key.contact.get(), "counts": shall_count, "recent": figures(scores.recent) });
    let case = match case {
        Some(case) => case,
        None => {
            let of = Subject {
                account,
                purpose: Purpose::Newsletter,
                person: key.contact,
                mailing: Some((key.mailing, now)),
                notice: None,
            };
            complaint_case(conn, &of, key.mailing, now).await?
        }
    };
    cases::event(
        conn,
        case,
        NewEvent { kind: "reclassified", note: note.to_owned(), evidence: evidence.clone(), inbox: None },
        now,
    )
    .await?;
    if follows.reopen_case {
        reopen_suspension(conn, account, note, evidence.clone(), now).await?;
    }
    if follows.judge_again {
        carry_out(conn, account, key.mailing, case, &scores, evidence, now).await?;
    }
    Ok(follows)
}

async fn concerned(conn: &mut Conn, account: AccountId, mailing: MailingId, sent_day: i64) -> Result<Concerned> {
    let row =
        conn.optional(sql!("SELECT kind FROM mailing WHERE account_id = $1 AND id = $2", account, mailing)).await?;
    let autoresponder = row.map_or(Ok(false), |row| Ok::<_, StoreError>(row.int(0)? == AUTORESPONDER))?;
    Ok(Concerned { mailing, autoresponder, sent_day })
}

/// The suspension's case is open again, or still, and says what changed; a person decides (D14, D15).
async fn reopen_suspension(
    conn: &mut Conn,
    account: AccountId,
    note: &str,
    evidence: serde_json::Value,
    now: Timestamp,
) -> Result<()> {
    let new = NewCase {
        account: Some(account),
        kind: CaseKind::Suspension,
        cluster: format!("suspension:{account}"),
        mailing: None,
        form: None,
        summary: cases::RESTED.to_owned(),
    };
    let (case, _) = cases::open(conn, &new, now).await?;
    cases::event(conn, case, NewEvent { kind: "reopened", note: note.to_owned(), evidence, inbox: None }, now).await
}
