//! What a decision on an incident means, page by page (D6).
//!
//! The decision itself is in the incident's row. Everything that it changes is found by what is
//! left to change, so that whoever comes after a crash goes on where it ended.

use policy::bounce::BREAKER_WINDOW;
use policy::{IncidentId, Timestamp};

use super::{IncidentDecision, IncidentKind, IncidentOutcome};
use crate::conn::Conn;
use crate::drain::Excluded;
use crate::error::{Result, StoreError};
use crate::sql::sql;
use crate::{bounces, suppressions};

/// Exclusions or bounces that one transaction changes at most: each takes some ten statements.
const PAGE: i64 = 100;
/// Incidents that one look finds at most.
const LOOK: i64 = 100;

/// What was decided.
struct Decided {
    id: IncidentId,
    decision: IncidentDecision,
    kind: String,
    provider_group: String,
    opened_at: Timestamp,
    at: Timestamp,
    by: String,
    reason: String,
}

async fn read(conn: &mut Conn, id: IncidentId) -> Result<Decided> {
    let row = conn
        .optional(sql!(
            "SELECT state, kind, provider_group, opened_at, decided_at, decided_by, decision_reason FROM incident WHERE id = $1 AND state <> 'open'",
            id,
        ))
        .await?
        .ok_or(StoreError::NotFound("decided incident"))?;
    let word = row.text(0)?;
    let decision = IncidentDecision::ALL.into_iter().find(|decision| decision.word() == word);
    let opened_at = row.time(3)?;
    Ok(Decided {
        id,
        decision: decision.ok_or_else(|| StoreError::Corrupt(format!("{word:?} is no decision on an incident")))?,
        kind: row.text(1)?,
        provider_group: row.text(2)?,
        opened_at,
        at: row.time_opt(4)?.unwrap_or(opened_at),
        by: row.text_opt(5)?.unwrap_or_default(),
        reason: row.text_opt(6)?.unwrap_or_default(),
    })
}

/// What one page did.
pub(super) struct Page {
    pub(super) outcome: IncidentOutcome,
    /// Addresses whose open mails are to be cancelled.
    pub(super) excluded: Vec<Excluded>,
    /// Nothing is left.
    pub(super) done: bool,
}

/// Does one page.
pub(super) async fn page(conn: &mut Conn, id: IncidentId, now: Timestamp) -> Result<Page> {
    let decided = read(conn, id).await?;
    let (mut outcome, mut excluded) = (IncidentOutcome::default(), Vec::new());
    let mut full = blame_for_late(conn, &decided).await? == PAGE.unsigned_abs();
    match decided.decision {
        IncidentDecision::ProvidersFault => {
            outcome.lifted = suppressions::lift_page(conn, id, PAGE, &decided.by, &decided.reason, now).await?;
            outcome.dropped = bounces::drop_page(conn, id, PAGE).await?;
        }
        IncidentDecision::BouncesTrue => {
            (outcome.applied, excluded) = bounces::apply_page(conn, id, PAGE, now).await?;
        }
    }
    full |= [outcome.lifted, outcome.dropped, outcome.applied].contains(&PAGE.unsigned_abs());
    if !full {
        end_pause(conn, &decided).await?;
    }
    Ok(Page { outcome, excluded, done: !full })
}

/// Exclusions that were just being written while the incident opened: neither held for it nor
/// seen by it. While it was open everything else at its group was held, so that they are known.
async fn blame_for_late(conn: &mut Conn, decided: &Decided) -> Result<u64> {
    if decided.kind != IncidentKind::HardBounceJump.word() {
        return Ok(0);
    }
    conn.execute(sql!(
        "UPDATE suppression SET incident_id = $1 WHERE address_key IN
            (SELECT s.address_key FROM suppression s
             WHERE s.incident_id IS NULL AND s.provider_group = $2 AND s.at > $3 AND s.at <= $4 ORDER BY s.address_key LIMIT $5)",
        decided.id,
        decided.provider_group.as_str(),
        decided.opened_at - BREAKER_WINDOW,
        decided.at,
        PAGE,
    ))
    .await
}

/// The provider gets mail again, unless another incident of its group wants the pause by now.
async fn end_pause(conn: &mut Conn, decided: &Decided) -> Result<()> {
    let other = super::find_open(conn, IncidentKind::HardBounceJump, &decided.provider_group).await?;
    match other {
        None => conn.execute(sql!("DELETE FROM provider_pause WHERE incident_id = $1", decided.id)).await,
        Some(other) => {
            conn.execute(sql!("UPDATE provider_pause SET incident_id = $1 WHERE incident_id = $2", other, decided.id))
                .await
        }
    }
    .map(drop)
}

/// Decided incidents of which something is left to do.
pub(super) async fn unfinished(conn: &mut Conn) -> Result<Vec<IncidentId>> {
    let rows = conn
        .all(sql!(
            "SELECT i.id FROM incident i WHERE i.state <> 'open' AND (
                EXISTS (SELECT 1 FROM bounce b WHERE b.incident_id = i.id AND b.effect = 'held')
                OR (i.state = $1 AND EXISTS (SELECT 1 FROM suppression s WHERE s.incident_id = i.id))
                OR EXISTS (SELECT 1 FROM provider_pause p WHERE p.incident_id = i.id)) ORDER BY i.id LIMIT $2",
            IncidentDecision::ProvidersFault.word(),
            LOOK,
        ))
        .await?;
    rows.iter().map(|row| Ok(IncidentId::from_raw(row.int(0)?))).collect()
}
