//! What speaks for parting with a customer, kept in the case of the suspension for the person who
//! decides it (R72, R89).

use policy::score::{REPETITION, Scores, termination_grounds};
use policy::{AccountId, CaseId, Timestamp};
use serde_json::json;

use super::counting::figures;
use crate::cases::{self, NewEvent};
use crate::conn::Conn;
use crate::error::Result;
use crate::sql::sql;

/// Adds the grounds for a termination to the case of a suspension, each once. It ends nobody's
/// account: a person decides, and both outcomes stay open.
pub(super) async fn propose(
    conn: &mut Conn,
    account: AccountId,
    case: CaseId,
    scores: &Scores,
    now: Timestamp,
) -> Result<()> {
    let mut against = earlier_suspensions(conn, account, case, now).await?;
    let earlier = against.len();
    // The present case, if it goes that way.
    against.push(now);
    for ground in termination_grounds(*scores, &against, now) {
        let known = conn
            .optional(sql!(
                "SELECT 1 FROM case_event WHERE case_id = $1 AND kind = 'termination_proposed' AND note = $2",
                case,
                ground.word(),
            ))
            .await?;
        if known.is_some() {
            continue;
        }
        let evidence = json!({
            "scores": { "mailing": figures(scores.mailing), "recent": figures(scores.recent), "life": figures(scores.life) },
            "earlier_suspensions": earlier,
        });
        let step = NewEvent { kind: "termination_proposed", note: ground.word().to_owned(), evidence, inbox: None };
        cases::event(conn, case, step, now).await?;
    }
    Ok(())
}

/// When suspensions of the last twelve months were decided whose ground stood until the decision:
/// a case that was opened again because its complaints no longer count speaks against nobody.
async fn earlier_suspensions(
    conn: &mut Conn,
    account: AccountId,
    case: CaseId,
    now: Timestamp,
) -> Result<Vec<Timestamp>> {
    let rows = conn
        .all(sql!(
            "SELECT c.decided_at FROM abuse_case c
             WHERE c.account_id = $1 AND c.kind = 'suspension' AND c.id <> $2 AND c.state = 'decided' AND c.decided_at > $3
                AND NOT EXISTS (SELECT 1 FROM case_event e WHERE e.case_id = c.id AND e.kind = 'reopened')
             ORDER BY c.decided_at",
            account,
            case,
            now - REPETITION,
        ))
        .await?;
    rows.iter().map(|row| row.time(0)).collect()
}
