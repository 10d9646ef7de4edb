//! Outcomes: settled by the rows' own function, bounces judged by the bounce rule, counters folded.

use policy::bounce::{BounceClass, BounceEffect, ExclusionReason, SoftBounce, effect_of, is_against_address};
use policy::consent::FormerReason;
use policy::refusal::Cancellation;
use policy::{ContactId, RowId, RowState, Timestamp};
use seals::AddressKey;
use store::deliveries::Claim;
use store::incidents::IncidentKind;
use store::outcomes::{Bounced, Outcome, Recorded, Report, counts_as_sent};
use store::settle::{Effect, Event};

use super::Memory;
use crate::Broken;

/// What a group of reports did.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// At the places of the reports.
    pub(crate) recorded: Vec<Recorded>,
    /// What the bounce rule said, for each that was judged.
    pub(crate) bounces: Vec<Judgement>,
}

/// One bounce and what it did.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    pub(crate) row: RowId,
    pub(crate) bounced: Bounced,
    pub(crate) at: Timestamp,
    /// It waits for a person, because an incident is open at its provider.
    pub(crate) held: bool,
    pub(crate) excluded: Option<ExclusionReason>,
}

impl Memory {
    /// Settles one row and folds the counters.
    pub(crate) fn settle(&mut self, claim: Claim, event: Event, now: Timestamp) -> Recorded {
        let Some(mut row) = self.rows.get(&claim.row).cloned() else { return Recorded::Gone };
        let before = row.life.state;
        let effect = row.life.settle(claim.life.get(), claim.attempt, event, now);
        let after = row.life.state;
        let (account, purpose) = (row.account, row.purpose);
        if effect == Effect::Fenced {
            return Recorded::Fenced;
        }
        self.set_row(claim.row, row);
        self.fold(claim.row, before, after);
        if let RowId::Delivery { mailing, .. } = claim.row
            && counts_as_sent(before, after, purpose)
            && let Some(period) = self.accounts.get(&account).map(|account| account.period)
        {
            self.count_sent((account, period, mailing, now.day()));
        }
        if effect == Effect::Kept { Recorded::Kept } else { Recorded::Settled(after) }
    }

    /// Terminal states are counted; a late truth moves the count.
    fn fold(&mut self, id: RowId, before: RowState, after: RowState) {
        let RowId::Delivery { mailing: id, .. } = id else { return };
        if before == after {
            return;
        }
        let Some(mut mailing) = self.mailings.get(&id).cloned() else { return };
        for (state, n) in [(before, -1), (after, 1)] {
            if state.is_terminal() {
                *mailing.ended.entry(state.number()).or_default() += n;
            }
        }
        self.set_mailing(id, mailing);
    }

    /// Records a group of reports in one transaction.
    pub(crate) fn record(&mut self, reports: &[Report], now: Timestamp) -> Settled {
        let mut settled = Settled::default();
        for report in reports {
            let mut event = report.outcome.event();
            if self.broken == Broken::UnknownIsRepeatedAtOnce
                && let Outcome::Unknown { .. } = report.outcome
            {
                event = Event::HandedBack;
            }
            let recorded = self.settle(report.claim, event, now);
            settled.recorded.push(recorded);
            let told = matches!(report.outcome, Outcome::Bounced(_));
            // The receiver's word about an address counts, whatever became of the row meanwhile.
            if let Some(bounced) = report.outcome.bounce()
                && (told || recorded != Recorded::Fenced)
                && recorded != Recorded::Gone
            {
                settled.bounces.push(self.judge(report.claim.row, bounced, now));
            }
        }
        // What an exclusion leaves open is cancelled when the group is committed.
        for judgement in settled.bounces.iter().filter(|one| one.excluded.is_some()) {
            self.cancel_address(judgement.bounced.address_key, now);
        }
        settled
    }

    fn judge(&mut self, row: RowId, bounced: &Bounced, now: Timestamp) -> Judgement {
        let mut judgement = Judgement { row, bounced: bounced.clone(), at: now, held: false, excluded: None };
        let provider = bounced.provider_group.as_str();
        if bounced.class == BounceClass::Policy {
            if !self.incidents.contains_key(provider) {
                self.set_incident(provider, Some((IncidentKind::PolicyBlock, Some(now))));
            }
            return judgement;
        }
        let jump = self.incidents.get(provider).is_some_and(|(kind, _)| *kind == IncidentKind::HardBounceJump);
        if jump && is_against_address(bounced.class, bounced.counts) {
            judgement.held = true;
            return judgement;
        }
        let soft = SoftBounce { message: row, at: now };
        let mut history = self.soft.get(&bounced.address_key).cloned().unwrap_or_default();
        match effect_of(bounced.class, bounced.counts, soft, &history) {
            BounceEffect::None => {}
            BounceEffect::CountSoft { .. } => {
                history.push(soft);
                self.set_soft(bounced.address_key, history);
            }
            BounceEffect::Exclude { .. } if self.broken == Broken::BouncesExcludeNobody => {}
            BounceEffect::Exclude { reason } => {
                self.suppress(bounced.address_key, reason);
                if let RowId::Delivery { contact, .. } = row {
                    self.leave(contact, FormerReason::Bounced);
                }
                judgement.excluded = Some(reason);
            }
        }
        judgement
    }

    /// A contact leaves the book: from now on no start for this person is granted.
    pub(crate) fn leave(&mut self, contact: ContactId, reason: FormerReason) {
        if let Some(mut one) = self.contacts.get(&contact).cloned()
            && one.left.is_none()
        {
            one.left = Some(reason);
            one.version += 1;
            self.set_contact(contact, one);
        }
    }

    /// Cancels the open rows of everybody with this address.
    pub(crate) fn cancel_address(&mut self, key: AddressKey, now: Timestamp) {
        let people = self.contacts.iter().filter(|(_, contact)| contact.key == key).map(|(id, _)| *id);
        for person in people.collect::<Vec<_>>() {
            self.cancel_person(person, Cancellation::Excluded, now);
        }
    }

    /// The sweep: what is open and not started of one person ends.
    pub(crate) fn cancel_person(&mut self, person: ContactId, by: Cancellation, now: Timestamp) {
        for id in self.open_of(person) {
            self.cancel(id, by, now);
        }
    }

    /// Cancels a row unless it is started or terminal.
    pub(crate) fn cancel(&mut self, id: RowId, by: Cancellation, now: Timestamp) {
        let Some(mut row) = self.rows.get(&id).cloned() else { return };
        let before = row.life.state;
        if before == RowState::Started || before.is_terminal() {
            return;
        }
        row.life.state = if row.life.doubt { RowState::InDoubt } else { RowState::Refused };
        row.life.owner = None;
        row.life.reason = Some(by.word().to_owned());
        row.life.settled_at = Some(now);
        let after = row.life.state;
        self.set_row(id, row);
        self.fold(id, before, after);
    }

    /// Whether a mail to this person may be on the wire.
    pub(crate) fn is_started(&self, person: ContactId) -> bool {
        let started = |id: &RowId| self.rows.get(id).is_some_and(|row| row.life.state == RowState::Started);
        self.open_of(person).iter().any(started)
    }

    /// Rows that a start holds locked, among those that this work would change: when they are free.
    pub(crate) fn locked_until(&self, rows: impl IntoIterator<Item = RowId>) -> Option<crate::clock::Nanos> {
        rows.into_iter().filter_map(|row| self.locked.get(&row).copied()).max()
    }

    /// Whether a mail of this row may be on the wire.
    pub(crate) fn is_row_started(&self, row: RowId) -> bool {
        self.rows.get(&row).is_some_and(|row| row.life.state == RowState::Started)
    }
}
