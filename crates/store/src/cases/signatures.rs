//! Two people end an account: a termination takes effect in the second its second signature is given,
//! with one signature where only one operator exists, recorded as such (D15).

use policy::{CaseId, LoginId, Timestamp};
use serde_json::{Value, json};

use super::{NewEvent, event};
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::sql::sql;

/// The kind of the step that a first signature leaves.
const SIGNED: &str = "termination_signed";

/// Who signs: a log-in, or the name that a program gave.
pub(super) struct Signer<'s> {
    pub(super) login: Option<LoginId>,
    pub(super) by: &'s str,
}

impl Signer<'_> {
    /// What tells two signers apart. Two people may have one name; a log-in is one person.
    fn mark(&self) -> String {
        self.login.map_or_else(|| format!("name {}", self.by.to_lowercase()), |login| format!("login {login}"))
    }
}

/// The signatures so far: mark and name.
async fn earlier(conn: &mut Conn, case: CaseId) -> Result<Vec<(String, String)>> {
    let rows = conn
        .all(sql!("SELECT evidence FROM case_event WHERE case_id = $1 AND kind = $2 ORDER BY id", case, SIGNED))
        .await?;
    rows.iter()
        .map(|row| {
            let evidence: Value = row.json(0)?;
            let text = |name: &str| evidence[name].as_str().unwrap_or_default().to_owned();
            Ok((text("signer"), text("by")))
        })
        .collect()
}

/// Signs a termination. Returns what the decision rests on when it takes effect now; none while a second
/// person must sign. Signing twice is signing once.
pub(super) async fn sign(
    conn: &mut Conn,
    case: CaseId,
    signer: &Signer<'_>,
    reason: &str,
    now: Timestamp,
) -> Result<Option<Value>> {
    // Two who sign at once are one after the other.
    let open =
        conn.optional(sql!("SELECT 1 FROM abuse_case WHERE id = $1 AND state = 'open' {for_update}", case)).await?;
    open.ok_or(StoreError::Conflict("the case: somebody decided it already, it"))?;
    let operators = conn.one(sql!("SELECT COUNT(*) FROM login WHERE operator")).await?.int(0)?;
    let mark = signer.mark();
    let before = earlier(conn, case).await?;
    if let Some((_, first)) = before.iter().find(|(other, _)| *other != mark) {
        return Ok(Some(json!({ "signatures": [first, signer.by], "only_operator": false })));
    }
    if operators <= 1 {
        return Ok(Some(json!({ "signatures": [signer.by], "only_operator": true })));
    }
    if before.is_empty() {
        let evidence = json!({ "signer": mark, "by": signer.by });
        let step = NewEvent { kind: SIGNED, note: format!("{}: {reason}", signer.by), evidence, inbox: None };
        event(conn, case, step, now).await?;
    }
    Ok(None)
}
