//! Incidents: what happened at a provider, so that its users do not suffer for
//! it (D6, B6).
//!
//! While an incident is open that blames the provider, bounces of its group
//! are held: they count against nobody until a person decides. Exclusions that
//! the group's last words caused name the incident, so that one decision lifts
//! all of them.

mod decided;

use policy::bounce::BREAKER_WINDOW;
use policy::{IncidentId, Timestamp};

use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::installation::OPERATOR;
use crate::sql::{Row, sql};
use crate::tell::{self, Facts, News};
use crate::words::signed;
use crate::writer::Urgency;
use crate::{Store, audit, ids};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IncidentKind {
    /// The group refuses our mail for reasons of policy: reputation, rate, authentication (B6).
    PolicyBlock,
    /// Hard bounces jumped: the group's own fault until a person says otherwise.
    HardBounceJump,
    /// Something else that the operator noted.
    Other,
}

impl IncidentKind {
    const ALL: [Self; 3] = [Self::PolicyBlock, Self::HardBounceJump, Self::Other];

    /// The word in database, pages and API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::PolicyBlock => "policy_block",
            Self::HardBounceJump => "hard_bounce_jump",
            Self::Other => "other",
        }
    }

    fn read(word: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|kind| kind.word() == word);
        found.ok_or_else(|| StoreError::Corrupt(format!("{word:?} is no kind of incident")))
    }
}

/// How an incident ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IncidentDecision {
    /// The provider was at fault: its exclusions are lifted, held bounces are dropped, sending goes on.
    ProvidersFault,
    /// The bounces were true: held ones now count, exclusions stay, sending goes on.
    BouncesTrue,
}

impl IncidentDecision {
    const ALL: [Self; 2] = [Self::ProvidersFault, Self::BouncesTrue];

    /// The word in database, pages and API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ProvidersFault => "providers_fault",
            Self::BouncesTrue => "bounces_true",
        }
    }
}

impl IncidentOutcome {
    fn add(&mut self, other: Self) {
        self.lifted += other.lifted;
        self.applied += other.applied;
        self.dropped += other.dropped;
    }
}

/// One incident as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Its number.
    pub id: IncidentId,
    /// What happened.
    pub kind: IncidentKind,
    /// Where.
    pub provider_group: String,
    /// Nobody decided it yet.
    pub open: bool,
    /// When it began.
    pub opened_at: Timestamp,
    /// What was seen, in one line.
    pub detail: String,
    /// When, by whom and why it was decided.
    pub decided: Option<(Timestamp, String, String)>,
    /// Exclusions that name it.
    pub exclusions: i64,
    /// Bounces that wait for its decision.
    pub held: i64,
}

/// What a decision changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IncidentOutcome {
    /// Exclusions lifted.
    pub lifted: u64,
    /// Held bounces that now counted.
    pub applied: u64,
    /// Held bounces dropped.
    pub dropped: u64,
}

/// A pause of one provider group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderPause {
    /// Which group.
    pub provider_group: String,
    /// When it ends; none = when a person decides.
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: String,
    /// The incident that it belongs to.
    pub incident: Option<IncidentId>,
}

/// Opens an incident, or finds the open one of the same kind and group.
/// Tells the operator of a new one. Returns its number and whether it is new.
pub(crate) async fn open(
    conn: &mut Conn,
    kind: IncidentKind,
    provider_group: &str,
    detail: &str,
    now: Timestamp,
) -> Result<(IncidentId, bool)> {
    if let Some(id) = find_open(conn, kind, provider_group).await? {
        return Ok((id, false));
    }
    let id = IncidentId::from_raw(ids::take_inside(conn, now, 1).await?);
    let opened = conn
        .execute(sql!(
            "INSERT INTO incident (id, kind, provider_group, state, opened_at, detail) VALUES ($1, $2, $3, 'open', $4, $5)
             ON CONFLICT (kind, provider_group) WHERE state = 'open' DO NOTHING",
            id,
            kind.word(),
            provider_group,
            now,
            detail,
        ))
        .await?;
    if opened == 0 {
        let found = find_open(conn, kind, provider_group).await?.ok_or(StoreError::Conflict("the open incident"))?;
        return Ok((found, false));
    }
    if kind == IncidentKind::HardBounceJump {
        blame_for_recent(conn, id, provider_group, now).await?;
    }
    let facts = Facts::default().with("incident", id).with("group", provider_group).with("finding", detail);
    let news = News { template: "incident_opened", params: tell::plain, facts, once: id.to_string() };
    tell::operator(conn, news, now).await?;
    Ok((id, true))
}

/// Exclusions of the breaker's window were caused by the same fault: they name the incident.
async fn blame_for_recent(conn: &mut Conn, id: IncidentId, provider_group: &str, now: Timestamp) -> Result<()> {
    conn.execute(sql!(
        "UPDATE suppression SET incident_id = $1 WHERE provider_group = $2 AND at > $3 AND incident_id IS NULL",
        id,
        provider_group,
        now - BREAKER_WINDOW,
    ))
    .await
    .map(drop)
}

/// The open incident of this kind and group.
pub(crate) async fn find_open(conn: &mut Conn, kind: IncidentKind, provider_group: &str) -> Result<Option<IncidentId>> {
    let row = conn
        .optional(sql!(
            "SELECT id FROM incident WHERE kind = $1 AND provider_group = $2 AND state = 'open'",
            kind.word(),
            provider_group,
        ))
        .await?;
    row.map(|row| Ok(IncidentId::from_raw(row.int(0)?))).transpose()
}

/// [`find_open`], and the incident stays open until the transaction ends: a decision waits for the
/// bounces that are just being held for it, so that it finds every one.
pub(crate) async fn hold_open(conn: &mut Conn, kind: IncidentKind, provider_group: &str) -> Result<Option<IncidentId>> {
    let row = conn
        .optional(sql!(
            "SELECT id FROM incident WHERE kind = $1 AND provider_group = $2 AND state = 'open' {for_share}",
            kind.word(),
            provider_group,
        ))
        .await?;
    row.map(|row| Ok(IncidentId::from_raw(row.int(0)?))).transpose()
}

/// Stops sending to a provider group. A longer pause is never shortened.
pub(crate) async fn pause(conn: &mut Conn, pause: &ProviderPause) -> Result<()> {
    conn.execute(sql!(
        "INSERT INTO provider_pause (provider_group, until, reason, incident_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT (provider_group) DO UPDATE SET until = excluded.until, reason = excluded.reason, incident_id = excluded.incident_id
         WHERE provider_pause.until <> 0 AND (excluded.until = 0 OR excluded.until > provider_pause.until)",
        pause.provider_group.as_str(),
        pause.until.map_or(0, Timestamp::millis),
        pause.reason.as_str(),
        pause.incident,
    ))
    .await
    .map(drop)
}

fn incident(row: &Row) -> Result<Incident> {
    let decided = match (row.time_opt(6)?, row.text_opt(7)?, row.text_opt(8)?) {
        (Some(at), Some(by), Some(reason)) => Some((at, by, reason)),
        _ => None,
    };
    Ok(Incident {
        id: IncidentId::from_raw(row.int(0)?),
        kind: IncidentKind::read(&row.text(1)?)?,
        provider_group: row.text(2)?,
        open: row.text(3)? == "open",
        opened_at: row.time(4)?,
        detail: row.text(5)?,
        decided,
        exclusions: row.int(9)?,
        held: row.int(10)?,
    })
}

impl Store {
    /// Opens an incident and pauses its provider group, or finds the open one
    /// of the same kind and group and prolongs the pause. `until` none: until a
    /// person decides. Returns the number and whether it is new.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open_incident(
        &self,
        kind: IncidentKind,
        provider_group: &str,
        detail: &str,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(IncidentId, bool)> {
        let (group, detail) = (provider_group.to_owned(), detail.to_owned());
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let (id, new) = open(conn, kind, &group, &detail, now).await?;
                let wanted = ProviderPause { provider_group: group, until, reason: detail, incident: Some(id) };
                pause(conn, &wanted).await?;
                Ok((id, new))
            })
        })
        .await
    }

    /// Pauses a provider group without an incident, as a 4yz rate reply asks for.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn pause_provider(&self, wanted: ProviderPause) -> Result<()> {
        self.write(Urgency::AtOnce, move |conn| Box::pin(async move { pause(conn, &wanted).await })).await
    }

    /// The pauses that hold now. Pauses that are over are not listed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn provider_pauses(&self, now: Timestamp) -> Result<Vec<ProviderPause>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT provider_group, until, reason, incident_id FROM provider_pause WHERE until = 0 OR until > $1 ORDER BY provider_group",
                now,
            ))
            .await?;
        rows.iter()
            .map(|row| {
                let until = row.int(1)?;
                Ok(ProviderPause {
                    provider_group: row.text(0)?,
                    until: (until != 0).then(|| Timestamp::from_millis(until)),
                    reason: row.text(2)?,
                    incident: row.int_opt(3)?.map(IncidentId::from_raw),
                })
            })
            .collect()
    }

    /// Removes the pauses that are over. Returns how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_provider_pauses(&self, now: Timestamp) -> Result<u64> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                conn.execute(sql!("DELETE FROM provider_pause WHERE until <> 0 AND until <= $1", now)).await
            })
        })
        .await
    }

    /// Ends the pause of a provider group that belongs to no open incident, with a reason. A pause of
    /// an open incident ends with the decision of that incident. Returns whether there was one.
    ///
    /// # Errors
    /// `Invalid` without name or reason; `Conflict` while an incident holds the group.
    pub async fn end_provider_pause(
        &self,
        provider_group: &str,
        by: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let (by, reason) = signed(by, reason)?;
        let group = provider_group.to_owned();
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let held = conn
                    .optional(sql!(
                        "SELECT 1 FROM incident WHERE provider_group = $1 AND state = 'open' LIMIT 1",
                        group.as_str()
                    ))
                    .await?;
                if held.is_some() {
                    return Err(StoreError::Conflict("the pause: an open incident holds it; decide that one, it"));
                }
                let ended =
                    conn.execute(sql!("DELETE FROM provider_pause WHERE provider_group = $1", group.as_str())).await?
                        == 1;
                if ended {
                    audit::note(conn, OPERATOR, &by, "provider_pause_ended", format!("{group}: {reason}"), now).await?;
                }
                Ok(ended)
            })
        })
        .await
    }

    /// One incident.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn incident(&self, id: IncidentId) -> Result<Incident> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT i.id, i.kind, i.provider_group, i.state, i.opened_at, i.detail, i.decided_at, i.decided_by, i.decision_reason,
                    (SELECT COUNT(*) FROM suppression s WHERE s.incident_id = i.id),
                    (SELECT COUNT(*) FROM bounce b WHERE b.incident_id = i.id AND b.effect = 'held')
                 FROM incident i WHERE i.id = $1",
                id,
            ))
            .await?;
        incident(&row.ok_or(StoreError::NotFound("incident"))?)
    }

    /// Incidents before `before`, newest first; only open ones if so asked. At most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn newest_incidents(
        &self,
        only_open: bool,
        before: Option<IncidentId>,
        limit: i64,
    ) -> Result<Vec<Incident>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT i.id, i.kind, i.provider_group, i.state, i.opened_at, i.detail, i.decided_at, i.decided_by, i.decision_reason,
                    (SELECT COUNT(*) FROM suppression s WHERE s.incident_id = i.id),
                    (SELECT COUNT(*) FROM bounce b WHERE b.incident_id = i.id AND b.effect = 'held')
                 FROM incident i WHERE i.id < $1 AND ($2 = FALSE OR i.state = 'open') ORDER BY i.id DESC LIMIT $3",
                before.map_or(i64::MAX, IncidentId::get),
                only_open,
                limit,
            ))
            .await?;
        rows.iter().map(incident).collect()
    }

    /// Incidents after `after`, by number; only open ones if so asked. At most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn incidents(&self, only_open: bool, after: i64, limit: i64) -> Result<Vec<Incident>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT i.id, i.kind, i.provider_group, i.state, i.opened_at, i.detail, i.decided_at, i.decided_by, i.decision_reason,
                    (SELECT COUNT(*) FROM suppression s WHERE s.incident_id = i.id),
                    (SELECT COUNT(*) FROM bounce b WHERE b.incident_id = i.id AND b.effect = 'held')
                 FROM incident i WHERE i.id > $1 AND ($2 = FALSE OR i.state = 'open') ORDER BY i.id LIMIT $3",
                after,
                only_open,
                limit,
            ))
            .await?;
        rows.iter().map(incident).collect()
    }

    /// Decides an incident (D6). The decision is one transaction; what follows from it is done in
    /// pages, each its own: exclusions are lifted and held bounces dropped, or held bounces count.
    /// The pause of the provider lasts until the last page, so that nothing leaves on the strength
    /// of half a decision. Where held bounces now exclude, the caller drains before it answers.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when somebody decided it already; `Invalid` without a reason. When a
    /// page fails, the decision stands, and [`Store::carry_out_decided`] goes on with it.
    pub async fn decide_incident(
        &self,
        id: IncidentId,
        decision: IncidentDecision,
        by: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<IncidentOutcome> {
        let (by, reason) = signed(by, reason)?;
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move { close(conn, id, decision, &by, &reason, now).await })
        })
        .await?;
        self.carry_out_all(id, now).await
    }

    async fn carry_out_all(&self, id: IncidentId, now: Timestamp) -> Result<IncidentOutcome> {
        let mut all = IncidentOutcome::default();
        loop {
            let (page, done) = self.carry_out_page(id, now).await?;
            all.add(page);
            if done {
                return Ok(all);
            }
        }
    }

    /// One page of what a decision on an incident means, in one transaction. Returns what it did,
    /// and whether nothing is left. Two who do it at once share the work.
    ///
    /// # Errors
    /// `NotFound` for an incident that is open or unknown; those of the database.
    pub async fn carry_out_page(&self, id: IncidentId, now: Timestamp) -> Result<(IncidentOutcome, bool)> {
        let page = self.write(Urgency::AtOnce, move |conn| Box::pin(async move { decided::page(conn, id, now).await }));
        let page = page.await?;
        self.cancel_all_excluded(page.excluded).await;
        Ok((page.outcome, page.done))
    }

    /// Goes on with decisions on incidents that a crash left half done. Returns how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn carry_out_decided(&self, now: Timestamp) -> Result<u64> {
        let left = decided::unfinished(&mut self.reader().await?).await?;
        for id in &left {
            self.carry_out_all(*id, now).await?;
        }
        Ok(left.len() as u64)
    }
}

async fn close(
    conn: &mut Conn,
    id: IncidentId,
    decision: IncidentDecision,
    by: &str,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    let row = conn.optional(sql!("SELECT state FROM incident WHERE id = $1 {for_update}", id)).await?;
    let state = row.ok_or(StoreError::NotFound("incident"))?.text(0)?;
    if state != "open" {
        return Err(StoreError::Conflict("the incident: somebody decided it already, it"));
    }
    conn.execute_one(
        sql!(
            "UPDATE incident SET state = $1, decided_at = $2, decided_by = $3, decision_reason = $4 WHERE id = $5 AND state = 'open'",
            decision.word(),
            now,
            by,
            reason,
            id,
        ),
        "the incident",
    )
    .await
}
