//! What people and the scheduler's chores change. Each act is one transaction.

use std::sync::Arc;
use std::time::Duration;

use mail_formats::EmailAddress;
use policy::bounce::ExclusionReason;
use policy::consent::FormerReason;
use policy::facts::MailingState;
use policy::ids::FormId;
use policy::refusal::Cancellation;
use policy::score::{RECENT, Score, Scores, Verdict, calendar_week, counts_since};
use policy::settings::PolicySettings;
use policy::signup::{PendingSignup, delivery_gives_up_at, expires_at};
use policy::{AccountId, ContactId, MailingId, Purpose, RowId, RowState, Standing, TagId, Timestamp, retry};
use seals::AddressKey;
use store::settle::Life;

use super::{Contact, Mailing, Memory, Pending, Row};
use crate::Broken;

/// Contacts that one transaction lists. The program takes 2,000; here a crash shall fall between two.
const PAGE: usize = 16;

/// What somebody does.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Unsubscribe(ContactId),
    Complain(ContactId, MailingId),
    Suspend(AccountId),
    Reinstate(AccountId),
    Pause(MailingId),
    Resume(MailingId),
    Abort(MailingId),
    Exclude(AddressKey),
    PauseAll,
    ResumeAll,
    SignUp(ContactId, EmailAddress, AddressKey),
    Confirm(ContactId, TagId),
    DecideIncident(String),
}

/// What the act did: who waits for what before the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// Nothing that the sending door could miss: the answer goes out at once.
    Plain,
    /// A person's own wish: commit, sweep, look.
    Person(ContactId, Cancellation),
    /// The whole time is waited.
    Everybody,
}

impl Memory {
    pub(crate) fn act(&mut self, act: &Act, now: Timestamp) -> Done {
        match act {
            Act::Unsubscribe(contact) => {
                self.leave(*contact, FormerReason::Unsubscribed);
                Done::Person(*contact, Cancellation::Unsubscribed)
            }
            Act::Complain(contact, mailing) => self.complain(*contact, *mailing, now),
            Act::Suspend(account) => self.set_standing(*account, Standing::Suspended, now),
            Act::Reinstate(account) => self.reinstate(*account, now),
            Act::Pause(mailing) => self.set_state(*mailing, &[MailingState::Running], MailingState::Paused, now),
            Act::Resume(mailing) => {
                self.set_state(*mailing, &[MailingState::Paused, MailingState::Held], MailingState::Running, now);
                Done::Plain
            }
            Act::Abort(mailing) => {
                let open = [MailingState::Running, MailingState::Paused, MailingState::Held, MailingState::Scheduled];
                self.set_state(*mailing, &open, MailingState::Aborted, now);
                self.cancel_mailing(*mailing, now);
                Done::Everybody
            }
            Act::Exclude(key) => {
                self.suppress(*key, ExclusionReason::Operator);
                self.cancel_address(*key, now);
                Done::Everybody
            }
            Act::PauseAll => {
                self.set_installation(true);
                Done::Everybody
            }
            Act::ResumeAll => {
                self.set_installation(false);
                Done::Plain
            }
            Act::SignUp(contact, address, key) => self.sign_up(*contact, address, *key, now),
            Act::Confirm(contact, tag) => self.confirm(*contact, *tag, now),
            Act::DecideIncident(provider) => {
                self.set_incident(provider, None);
                Done::Plain
            }
        }
    }

    fn set_standing(&mut self, id: AccountId, standing: Standing, _now: Timestamp) -> Done {
        if let Some(mut account) = self.accounts.get(&id).cloned()
            && account.standing() != standing
        {
            let mut facts = account.facts.as_ref().clone();
            facts.standing = standing;
            account.facts = Arc::new(facts);
            account.version += 1;
            self.set_account(id, account);
        }
        Done::Everybody
    }

    /// A new counting period; what ran is paused, and the customer resumes (D15).
    fn reinstate(&mut self, id: AccountId, now: Timestamp) -> Done {
        if self.accounts.get(&id).is_none_or(|account| account.standing() != Standing::Suspended) {
            return Done::Plain;
        }
        self.set_standing(id, Standing::Active, now);
        if let Some(mut account) = self.accounts.get(&id).cloned() {
            account.period += 1;
            account.counting_since = now;
            self.set_account(id, account);
        }
        let running: Vec<MailingId> = self.mailings_of(id, MailingState::Running);
        for mailing in running {
            self.set_state(mailing, &[MailingState::Running], MailingState::Paused, now);
        }
        Done::Plain
    }

    pub(crate) fn mailings_of(&self, account: AccountId, state: MailingState) -> Vec<MailingId> {
        let of = self.mailings.iter().filter(|(_, mailing)| mailing.account == account && mailing.state == state);
        of.map(|(id, _)| *id).collect()
    }

    fn set_state(&mut self, id: MailingId, from: &[MailingState], to: MailingState, now: Timestamp) -> Done {
        if let Some(mut mailing) = self.mailings.get(&id).cloned()
            && from.contains(&mailing.state)
        {
            mailing.state = to;
            mailing.version += 1;
            if to == MailingState::Running {
                mailing.resumed_at = Some(now);
            }
            self.set_mailing(id, mailing);
        }
        Done::Everybody
    }

    fn cancel_mailing(&mut self, id: MailingId, now: Timestamp) {
        let first = RowId::Delivery { mailing: id, contact: ContactId::from_raw(i64::MIN) };
        let last = RowId::Delivery { mailing: id, contact: ContactId::from_raw(i64::MAX) };
        let open = self.rows.range(first..=last).filter(|(_, row)| !row.life.state.is_terminal());
        for row in open.map(|(row, _)| *row).collect::<Vec<_>>() {
            self.cancel(row, Cancellation::Aborted, now);
        }
    }

    // ── complaints ───────────────────────────────────────────────────────

    /// Out of the book, +1, judged: in one transaction (R76, R77, R85). The same complaint again
    /// counts nothing (D4).
    fn complain(&mut self, contact: ContactId, mailing: MailingId, now: Timestamp) -> Done {
        self.leave(contact, FormerReason::Complained);
        let row = RowId::Delivery { mailing, contact };
        let sent_at = self.rows.get(&row).and_then(|row| row.life.settled_at).unwrap_or(now);
        let id = contact.account();
        let Some(account) = self.accounts.get(&id).cloned() else { return Done::Everybody };
        if self.complaints.contains(&(mailing, contact)) {
            return Done::Everybody;
        }
        let counts = counts_since(sent_at, Some(account.counting_since));
        let period = if counts { account.period } else { account.period - 1 };
        if self.broken == Broken::ComplaintsCountNothing {
            return Done::Person(contact, Cancellation::Complained);
        }
        self.note_complaint(mailing, contact);
        self.count_complaint((id, period, mailing, sent_at.day()));
        let scores = self.scores(id, mailing, sent_at.day(), now);
        let running = [MailingState::Running, MailingState::Paused, MailingState::Scheduled];
        match scores.judge() {
            Verdict::Fine | Verdict::Warn => Done::Person(contact, Cancellation::Complained),
            Verdict::PauseMailing => self.set_state(mailing, &running, MailingState::Held, now),
            Verdict::Suspend => {
                self.set_state(mailing, &running, MailingState::Held, now);
                self.set_standing(id, Standing::Suspended, now)
            }
        }
    }

    /// The three scores of R67, from the counters.
    pub(crate) fn scores(&self, account: AccountId, mailing: MailingId, sent_day: i64, now: Timestamp) -> Scores {
        let Some(period) = self.accounts.get(&account).map(|account| account.period) else { return Scores::default() };
        let days = i64::try_from(RECENT.as_secs() / 86_400).unwrap_or(30);
        let autoresponder = self.mailings.get(&mailing).is_some_and(|one| one.purpose == Purpose::Autoresponder);
        let week = |day: i64| calendar_week(Timestamp::from_seconds(day * 86_400));
        let of_mailing = |of: MailingId, day: i64| of == mailing && (!autoresponder || week(day) == week(sent_day));
        Scores {
            mailing: self.score(account, period, of_mailing),
            recent: self.score(account, period, |_, day| day > now.day() - days),
            life: self.score(account, period, |_, _| true),
        }
    }

    fn score(&self, account: AccountId, period: i64, counts: impl Fn(MailingId, i64) -> bool) -> Score {
        let sum = |of: &std::collections::BTreeMap<super::CountKey, i64>| {
            let first = (account, period, MailingId::from_raw(i64::MIN), i64::MIN);
            let of_period = of.range(first..).take_while(|((one, ..), _)| *one == account);
            of_period.filter(|((.., mailing, day), _)| counts(*mailing, *day)).map(|(_, n)| *n).sum::<i64>()
        };
        Score::new(sum(&self.complained), sum(&self.sent))
    }

    // ── sign-ups ─────────────────────────────────────────────────────────

    fn sign_up(&mut self, contact: ContactId, address: &EmailAddress, key: AddressKey, now: Timestamp) -> Done {
        if self.pending.contains_key(&contact) || self.contacts.contains_key(&contact) {
            return Done::Plain;
        }
        let expires = expires_at(now, &PolicySettings::defaults().signup);
        let pending = Pending { address: address.clone(), key, version: 1, submitted_at: now, expires_at: expires };
        self.set_pending(contact, Some(pending));
        let notice = RowId::Notice(self.new_notice());
        let row = new_row(contact, Purpose::Confirmation, address, now, delivery_gives_up_at(now, expires));
        self.set_row(notice, row);
        Done::Plain
    }

    /// The button behind the confirmation link: the sign-up becomes a contact, if it is in time, and
    /// the steps that follow its tag are planned in the same transaction.
    fn confirm(&mut self, contact: ContactId, tag: TagId, now: Timestamp) -> Done {
        let Some(pending) = self.pending.get(&contact).cloned() else { return Done::Plain };
        let topic = self.accounts.get(&contact.account()).map(|account| account.topic);
        let Some(topic) = topic else { return Done::Plain };
        let form = FormId::from_raw(1);
        let stored = PendingSignup::stored(contact, form, topic, pending.submitted_at, pending.expires_at);
        let Ok(confirmed) = stored.confirm(now) else { return Done::Plain };
        self.set_pending(contact, None);
        let one = Contact {
            address: pending.address,
            key: pending.key,
            version: 1,
            tags: vec![tag],
            granted_at: confirmed.confirmed_at(),
            left: None,
        };
        self.set_contact(contact, one);
        self.plan_steps(contact, tag, now);
        Done::Plain
    }

    /// Plans what follows a tag; a step that exists already is left alone.
    pub(crate) fn plan_steps(&mut self, contact: ContactId, tag: TagId, now: Timestamp) {
        let Some(address) = self.contacts.get(&contact).map(|one| one.address.clone()) else { return };
        let open = [MailingState::Running, MailingState::Paused, MailingState::Held];
        let steps = self.mailings.iter().filter_map(|(id, mailing)| {
            let (of, delay) = mailing.trigger?;
            let fits = of == tag && mailing.account == contact.account() && open.contains(&mailing.state);
            fits.then_some((*id, delay, mailing.expiry_hours))
        });
        for (mailing, delay, hours) in steps.collect::<Vec<_>>() {
            let id = RowId::Delivery { mailing, contact };
            if self.rows.contains_key(&id) {
                continue;
            }
            let due_at = now + Duration::from_secs(60 * u64::from(delay));
            let expires = retry::bulk_gives_up_at(due_at, hours);
            self.set_row(id, new_row(contact, Purpose::Autoresponder, &address, due_at, expires));
            if let Some(mut mailing) = self.mailings.get(&mailing).cloned() {
                mailing.audience += 1;
                self.set_mailing(mailing_id(id), mailing);
            }
        }
    }

    // ── chores ───────────────────────────────────────────────────────────

    /// Starts scheduled newsletters whose time has come, and lists a page of each audience. Returns
    /// the newsletters that started.
    pub(crate) fn list_audiences(&mut self, now: Timestamp) -> Vec<MailingId> {
        let active = |memory: &Self, mailing: &Mailing| {
            memory.accounts.get(&mailing.account).is_some_and(|account| account.standing() == Standing::Active)
        };
        let due = self.mailings.iter().filter(|(_, mailing)| {
            mailing.state == MailingState::Scheduled && mailing.scheduled_at <= now && active(self, mailing)
        });
        let started: Vec<MailingId> = due.map(|(id, _)| *id).collect();
        for id in &started {
            if let Some(mut mailing) = self.mailings.get(id).cloned() {
                mailing.state = MailingState::Running;
                mailing.cut_at = Some(now);
                mailing.version += 1;
                self.set_mailing(*id, mailing);
            }
        }
        for id in self.unexpanded() {
            self.expand_page(id, now);
        }
        started
    }

    /// Running newsletters of active accounts whose audience is not complete.
    pub(crate) fn unexpanded(&self) -> Vec<MailingId> {
        let of = self.mailings.iter().filter(|(_, mailing)| {
            mailing.state == MailingState::Running
                && !mailing.expanded
                && self.accounts.get(&mailing.account).is_some_and(|account| account.standing() == Standing::Active)
        });
        of.map(|(id, _)| *id).collect()
    }

    fn expand_page(&mut self, id: MailingId, now: Timestamp) {
        let Some(mut mailing) = self.mailings.get(&id).cloned() else { return };
        let cut = mailing.cut_at.unwrap_or(now);
        let consents = self.contacts.iter().filter(|(contact, one)| {
            contact.account() == mailing.account
                && mailing.expanded_to.is_none_or(|to| **contact > to)
                && one.left.is_none()
                && one.granted_at < cut
                && !self.suppressions.contains_key(&one.key)
        });
        let page: Vec<(ContactId, EmailAddress)> =
            consents.take(PAGE).map(|(contact, one)| (*contact, one.address.clone())).collect();
        let expires = retry::bulk_gives_up_at(now, mailing.expiry_hours);
        mailing.expanded = page.len() < PAGE;
        mailing.expanded_to = page.last().map(|(contact, _)| *contact).or(mailing.expanded_to);
        mailing.cut_at = Some(cut);
        for (contact, address) in page {
            let row = RowId::Delivery { mailing: id, contact };
            if !self.rows.contains_key(&row) {
                mailing.audience += 1;
                self.set_row(row, new_row(contact, Purpose::Newsletter, &address, now, expires));
            }
        }
        if mailing.expanded {
            mailing.version += 1;
        }
        self.set_mailing(id, mailing);
    }

    /// Marks newsletters as finished when every row of their audience is terminal.
    pub(crate) fn finish_mailings(&mut self) -> Vec<MailingId> {
        let done = self.mailings.iter().filter(|(_, mailing)| {
            mailing.state == MailingState::Running
                && mailing.purpose == Purpose::Newsletter
                && mailing.expanded
                && mailing.audience <= mailing.ended.values().sum()
        });
        let done: Vec<MailingId> = done.map(|(id, _)| *id).collect();
        for id in &done {
            if let Some(mut mailing) = self.mailings.get(id).cloned() {
                mailing.state = MailingState::Finished;
                mailing.version += 1;
                self.set_mailing(*id, mailing);
            }
        }
        done
    }

    /// Cancels what is still open of aborted mailings.
    pub(crate) fn cancel_stranded(&mut self, now: Timestamp) {
        let aborted = self.mailings.iter().filter(|(_, mailing)| {
            mailing.state == MailingState::Aborted && mailing.audience > mailing.ended.values().sum()
        });
        for id in aborted.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.cancel_mailing(id, now);
        }
    }

    /// Forgets sign-ups whose time is over. Returns them.
    pub(crate) fn forget_signups(&mut self, now: Timestamp) -> Vec<ContactId> {
        let over = self.pending.iter().filter(|(_, pending)| pending.expires_at <= now).map(|(id, _)| *id);
        let over: Vec<ContactId> = over.collect();
        for id in &over {
            self.set_pending(*id, None);
        }
        over
    }

    /// Ends pauses of providers whose time is over.
    pub(crate) fn end_pauses(&mut self, now: Timestamp) {
        let over = self.incidents.iter().filter(|(_, (_, until))| until.is_some_and(|until| until <= now));
        for provider in over.map(|(provider, _)| provider.clone()).collect::<Vec<_>>() {
            self.set_incident(&provider, None);
        }
    }
}

const fn mailing_id(row: RowId) -> MailingId {
    match row {
        RowId::Delivery { mailing, .. } => mailing,
        RowId::Notice(_) => MailingId::from_raw(0),
    }
}

fn new_row(
    person: ContactId,
    purpose: Purpose,
    address: &EmailAddress,
    due_at: Timestamp,
    expires_at: Timestamp,
) -> Row {
    let life = Life {
        state: RowState::Due,
        due_at,
        attempt: 0,
        deferrals: 0,
        owner: None,
        doubt: false,
        late_truth: None,
        late_reply: None,
        late_class: None,
        reason: None,
        reply: None,
        settled_at: None,
    };
    let domain = address.domain().as_str().to_owned();
    Row { account: person.account(), person, purpose, domain, expires_at, owner_beat: 0, life }
}
