//! Claims, facts, starts, lives: which rows the statements of the delivering door find.

use std::collections::BTreeMap;
use std::sync::Arc;

use policy::facts::{ConsentFacts, ContactFacts, MailingFacts, MailingState, PendingFacts, PersonFacts};
use policy::{
    FactsVersions, InstallationFacts, MailingId, Purpose, RowId, RowState, SendFacts, Standing, Timestamp, retry,
};
use seals::AddressKey;
use store::claims::{ClaimedRow, DueMailing, Wanted};
use store::deliveries::{Claim, Start};
use store::lives::LifeId;
use store::settle::Event;
use store::watch::Taken;
use texts::Language;

use super::{Lived, Memory, Row};
use crate::Broken;

/// What the gate is told about a claimed row.
pub(crate) struct Brief {
    pub(crate) claim: Claim,
    pub(crate) purpose: Purpose,
    pub(crate) facts: SendFacts,
    pub(crate) key: AddressKey,
}

impl Memory {
    /// Whether rows of a mailing may be claimed at all.
    pub(crate) fn may_be_claimed(&self, row: RowId) -> bool {
        let RowId::Delivery { mailing, .. } = row else { return !self.paused };
        let Some(mailing) = self.mailings.get(&mailing) else { return false };
        let active = self.accounts.get(&mailing.account).is_some_and(|of| of.standing() == Standing::Active);
        !self.paused && active && mailing.state == MailingState::Running
    }

    /// Running mailings of active accounts that have rows due, in the order of their accounts.
    pub(crate) fn due_mailings(&self, after: Option<DueMailing>, now: Timestamp) -> Vec<DueMailing> {
        let mut found = std::collections::BTreeSet::new();
        for (_, id) in self.due.iter().take_while(|(due_at, _)| *due_at <= now) {
            if let RowId::Delivery { mailing, .. } = id
                && self.may_be_claimed(*id)
                && let Some(row) = self.rows.get(id)
            {
                found.insert(DueMailing { account: row.account, mailing: *mailing });
            }
        }
        found.into_iter().filter(|due| after.is_none_or(|after| *due > after)).collect()
    }

    pub(crate) fn claim(&mut self, life: LifeId, beat: i64, wanted: &Wanted, now: Timestamp) -> Vec<ClaimedRow> {
        let mut chosen = Vec::new();
        let mut left: BTreeMap<MailingId, usize> = wanted.mailings.iter().copied().collect();
        let mut notices = wanted.notices;
        for (_, id) in self.due.iter().take_while(|(due_at, _)| *due_at <= now) {
            let Some(row) = self.rows.get(id).filter(|_| !self.locked.contains_key(id)) else { continue };
            let bulk = matches!(id, RowId::Delivery { .. });
            let full = bulk && wanted.full_domains.contains(&row.domain);
            if full || wanted.closed_domains.contains(&row.domain) {
                continue;
            }
            let more = match id {
                RowId::Delivery { mailing, .. } => left.get_mut(mailing),
                RowId::Notice(_) if self.paused => None,
                RowId::Notice(_) => Some(&mut notices),
            };
            if let Some(more) = more
                && *more > 0
            {
                *more -= 1;
                chosen.push(*id);
            }
        }
        chosen.into_iter().filter_map(|id| self.claim_one(id, life, beat)).collect()
    }

    fn claim_one(&mut self, id: RowId, life: LifeId, beat: i64) -> Option<ClaimedRow> {
        let mut row = self.rows.get(&id)?.clone();
        row.life.state = RowState::Claimed;
        row.life.owner = Some(life.get());
        row.life.attempt += 1;
        row.owner_beat = beat;
        let mut claimed = ClaimedRow {
            claim: Claim { row: id, life, attempt: row.life.attempt },
            account: row.account,
            domain: row.domain.clone(),
            expires_at: row.expires_at,
            deferrals: row.life.deferrals,
            reason: row.life.reason.clone(),
            doubt: row.life.doubt,
        };
        // A pause takes nothing from the time for which a mail is tried.
        if let RowId::Delivery { mailing, .. } = id
            && let Some(mailing) = self.mailings.get(&mailing)
            && let Some(resumed) = mailing.resumed_at
        {
            claimed.expires_at = claimed.expires_at.max(retry::bulk_gives_up_at(resumed, mailing.expiry_hours));
        }
        self.set_row(id, row);
        Some(claimed)
    }

    /// Facts and versions, read at one instant.
    pub(crate) fn brief(&self, claims: &[Claim]) -> Vec<Brief> {
        claims.iter().filter_map(|claim| self.brief_one(claim)).collect()
    }

    fn brief_one(&self, claim: &Claim) -> Option<Brief> {
        let row = self.rows.get(&claim.row)?;
        let of_claim = row.life.owner == Some(claim.life.get()) && row.life.attempt == claim.attempt;
        let account = self.accounts.get(&row.account)?;
        if !of_claim || row.life.state != RowState::Claimed {
            return None;
        }
        let (person, key) = self.person(row)?;
        let mailing = match claim.row {
            RowId::Delivery { mailing, .. } => Some(Arc::new(self.mailing_facts(mailing)?)),
            RowId::Notice(_) => None,
        };
        let facts = SendFacts {
            versions: self.versions(claim.row)?,
            installation: InstallationFacts { sending_paused: self.paused, frozen: false },
            account: Some(Arc::clone(&account.facts)),
            mailing,
            person,
            suppressed: self.suppressions.contains_key(&key),
        };
        Some(Brief { claim: *claim, purpose: row.purpose, facts, key })
    }

    fn person(&self, row: &Row) -> Option<(PersonFacts, AddressKey)> {
        if row.purpose == Purpose::Confirmation {
            return Some(match self.pending.get(&row.person) {
                Some(pending) => (
                    PersonFacts::Pending(PendingFacts {
                        id: row.person,
                        address: pending.address.clone(),
                        language: Language::De,
                        site: "shop.example".to_owned(),
                        statement: "News".to_owned(),
                        submitted_at: pending.submitted_at,
                        expires_at: pending.expires_at,
                        barred: false,
                        ip: "192.0.2.7".to_owned(),
                    }),
                    pending.key,
                ),
                None => (PersonFacts::NoPending, AddressKey::from_bytes([0; 32])),
            });
        }
        let contact = self.contacts.get(&row.person)?;
        if contact.left.is_some() {
            return Some((PersonFacts::NoContact, contact.key));
        }
        let topic = self.accounts.get(&row.account)?.topic;
        let facts = ContactFacts {
            id: row.person,
            address: contact.address.clone(),
            language: Language::De,
            fields: BTreeMap::new(),
            tags: contact.tags.clone(),
            consent: Some(ConsentFacts {
                topic,
                granted_at: contact.granted_at,
                site: "shop.example".to_owned(),
                statement: "News".to_owned(),
            }),
        };
        Some((PersonFacts::Contact(facts), contact.key))
    }

    fn mailing_facts(&self, id: MailingId) -> Option<MailingFacts> {
        let mailing = self.mailings.get(&id)?;
        Some(MailingFacts {
            id,
            state: mailing.state,
            topic: self.accounts.get(&mailing.account)?.topic,
            topic_approved: true,
            include: mailing.trigger.map(|(tag, _)| tag).into_iter().collect(),
            exclude: Vec::new(),
            audience: mailing.audience,
            content: Arc::clone(&mailing.content),
        })
    }

    /// The versions that a start compares, as they stand now. None: somebody is no contact any more.
    fn versions(&self, id: RowId) -> Option<FactsVersions> {
        let row = self.rows.get(&id)?;
        let account = self.accounts.get(&row.account)?.version;
        let (mailing, person) = match id {
            RowId::Delivery { mailing, .. } => {
                (self.mailings.get(&mailing)?.version, self.contacts.get(&row.person)?.version)
            }
            RowId::Notice(_) => (0, self.pending.get(&row.person).map_or(0, |pending| pending.version)),
        };
        Some(FactsVersions { installation: self.installation, account, mailing, person })
    }

    fn key_of(&self, row: &Row) -> Option<AddressKey> {
        match row.purpose {
            Purpose::Confirmation => self.pending.get(&row.person).map(|pending| pending.key),
            _ => self.contacts.get(&row.person).filter(|contact| contact.left.is_none()).map(|contact| contact.key),
        }
    }

    /// The claims for which everything still is as the gate saw it.
    pub(crate) fn compare(&self, starts: &[Start], state: RowState) -> Vec<Claim> {
        let fits = |start: &&Start| {
            if self.broken == Broken::StartComparesNothing {
                return true;
            }
            let Some(row) = self.rows.get(&start.claim.row) else { return false };
            let mine = row.life.state == state
                && row.life.owner == Some(start.claim.life.get())
                && row.life.attempt == start.claim.attempt;
            let excluded = self.key_of(row).is_none_or(|key| self.suppressions.contains_key(&key));
            mine && !excluded && self.versions(start.claim.row) == Some(start.versions)
        };
        starts.iter().filter(fits).map(|start| start.claim).collect()
    }

    /// What was compared becomes started.
    pub(crate) fn start(&mut self, granted: &[Claim], beat: i64) {
        for claim in granted {
            if let Some(mut row) = self.rows.get(&claim.row).cloned() {
                row.life.state = RowState::Started;
                row.life.owner = Some(claim.life.get());
                row.owner_beat = beat;
                self.set_row(claim.row, row);
            }
        }
    }

    // ── lives ────────────────────────────────────────────────────────────

    /// A new life: it takes its lock, and takes back what earlier lives of its node left; on SQLite,
    /// those of anybody.
    pub(crate) fn begin_life(&mut self, node: usize, now: Timestamp) -> (LifeId, Vec<RowId>) {
        let life = self.next_life;
        self.next_life += 1;
        self.locks.insert(life);
        self.set_life(life, Lived { node, beat: 1, ended: false });
        let mine = |lived: &Lived| !lived.ended && (lived.node == node || !self.postgres);
        let dead: Vec<i64> = self.lives.iter().filter(|(id, of)| **id != life && mine(of)).map(|(id, _)| *id).collect();
        let mut taken = Vec::new();
        for id in dead {
            taken.extend(self.take_back(id, Taken::ALL, now));
            self.mark_ended(id);
        }
        (LifeId::from_raw(life), taken)
    }

    /// Counts `beats` beats of a life; they prove its lock.
    pub(crate) fn beat(&mut self, life: LifeId, beats: i64) -> i64 {
        let Some(mut lived) = self.lives.get(&life.get()).copied() else { return 0 };
        lived.beat += beats;
        lived.ended = false;
        self.set_life(life.get(), lived);
        lived.beat
    }

    /// Lives that a watcher looks at: their beats, and whether nobody holds their lock.
    pub(crate) fn watched(&self) -> Vec<(i64, i64, bool)> {
        let owns = |life: i64| !self.owned_by(life).is_empty();
        let lives = self.lives.iter().filter(|(id, lived)| !lived.ended || owns(**id));
        // SQLite has no session locks to look at.
        lives.map(|(id, lived)| (*id, lived.beat, self.postgres && !self.locks.contains(id))).collect()
    }

    /// Takes rows of a life away from it. Returns those that are due again, or ended.
    pub(crate) fn take_back(&mut self, life: i64, what: Taken, now: Timestamp) -> Vec<RowId> {
        let beat = self.lives.get(&life).map(|lived| lived.beat);
        if what.only_at_beat.is_some_and(|seen| beat != Some(seen)) {
            return Vec::new();
        }
        let rows = self
            .owned_by(life)
            .into_iter()
            .filter(|id| self.rows.get(id).is_some_and(|row| what.includes(row.life.state, row.owner_beat)));
        let rows: Vec<RowId> = rows.collect();
        let claims_only = what.to == RowState::Claimed;
        for id in &rows {
            if self.broken == Broken::RowsOfTheDeadAreLost {
                continue;
            }
            let attempt = self.rows.get(id).map_or(0, |row| row.life.attempt);
            let claim = Claim { row: *id, life: LifeId::from_raw(life), attempt };
            self.settle(claim, Event::OwnerGone { claims_only }, now);
        }
        rows
    }

    /// A life is at its end when it owns nothing.
    pub(crate) fn mark_ended(&mut self, life: i64) {
        if let Some(lived) = self.lives.get(&life).copied()
            && self.owned_by(life).is_empty()
        {
            self.set_life(life, Lived { ended: true, ..lived });
        }
    }
}
