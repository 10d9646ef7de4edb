//! Cases that nobody looked at or decided in time: the operator hears of each (R92).

use policy::{CaseId, Timestamp};

use super::{Case, case};
use crate::Store;
use crate::conn::Conn;
use crate::error::Result;
use crate::sql::sql;
use crate::tell::{self, Facts, News};
use crate::writer::Urgency;

/// Cases that one look finds at most.
const LOOK: i64 = 100;

/// Open cases past a deadline, by number, after `after`.
pub(super) async fn past(conn: &mut Conn, after: i64, now: Timestamp, limit: i64) -> Result<Vec<Case>> {
    let rows = conn
        .all(sql!(
            "SELECT id, account_id, kind, state, opened_at, first_look_due, decision_due, looked_at, looked_by, mailing_id, form_id, summary,
                decision, decided_at, decided_by, decision_reason
             FROM abuse_case WHERE state = 'open' AND (decision_due < $1 OR (looked_at IS NULL AND first_look_due < $1)) AND id > $2
             ORDER BY id LIMIT $3",
            now,
            after,
            limit,
        ))
        .await?;
    rows.iter().map(case).collect()
}

/// Tells the operator of one overdue case; once for each of its deadlines.
async fn tell_of(conn: &mut Conn, case: &Case, now: Timestamp) -> Result<()> {
    let (deadline, due) =
        if case.decision_due < now { ("decision", case.decision_due) } else { ("first_look", case.first_look_due) };
    let name = match case.account {
        Some(account) => tell::account_name(conn, account).await?,
        None => "–".to_owned(),
    };
    let facts = Facts::default()
        .with("case", case.id)
        .with("account", name)
        .with("reason", &case.summary)
        .with("due", tell::moment(due));
    let once = format!("{}:{deadline}", case.id);
    tell::operator(conn, News { template: "case_overdue", params: tell::plain, facts, once }, now).await
}

impl Store {
    /// Tells the operator of every overdue case, once when its first look and once when its
    /// decision is late (R92). Returns how many are overdue.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tell_overdue_cases(&self, now: Timestamp) -> Result<u64> {
        let (mut overdue, mut after) = (0, CaseId::from_raw(0));
        loop {
            let page = past(&mut self.reader().await?, after.get(), now, LOOK).await?;
            let Some(last) = page.last() else { return Ok(overdue) };
            (after, overdue) = (last.id, overdue + page.len() as u64);
            self.write(Urgency::AtOnce, move |conn| {
                Box::pin(async move {
                    for case in &page {
                        tell_of(conn, case, now).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        }
    }
}
