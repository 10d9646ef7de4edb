//! The model of the memory: what the database would hold, and what it forgets.
//!
//! It holds what the rules need and nothing else, and it decides nothing: what an outcome does to a
//! row is [`store::settle`], what a bounce, a complaint or a score means is `policy`, who is dead is
//! [`store::watch`]. What stands here in place of SQL is which rows a statement finds. A transaction is
//! one instant, but for starts on PostgreSQL, which lock their rows at one instant and commit at a
//! later one.

mod acts;
mod recording;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mail_formats::EmailAddress;
use policy::bounce::{ExclusionReason, SoftBounce};
use policy::consent::FormerReason;
use policy::facts::MailingState;
use policy::{
    AccountFacts, AccountId, ContactId, MailingContent, MailingId, NoticeId, Purpose, RowId, RowState, Standing, TagId,
    Timestamp, TopicRef,
};
use seals::AddressKey;
use store::incidents::IncidentKind;
use store::settle::Life;

use crate::Broken;
use crate::clock::Nanos;

pub(crate) use acts::{Act, Done};
pub(crate) use recording::Judgement;
pub(crate) use rows::Brief;

/// A row of deliveries or notices.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) account: AccountId,
    pub(crate) person: ContactId,
    pub(crate) purpose: Purpose,
    pub(crate) domain: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) owner_beat: i64,
    pub(crate) life: Life,
}

/// A contact, or one who was a contact.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub(crate) address: EmailAddress,
    pub(crate) key: AddressKey,
    pub(crate) version: i64,
    pub(crate) tags: Vec<TagId>,
    pub(crate) granted_at: Timestamp,
    pub(crate) left: Option<FormerReason>,
}

/// A sign-up that waits for its confirmation.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) address: EmailAddress,
    pub(crate) key: AddressKey,
    pub(crate) version: i64,
    pub(crate) submitted_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) facts: Arc<AccountFacts>,
    pub(crate) version: i64,
    pub(crate) period: i64,
    pub(crate) counting_since: Timestamp,
    pub(crate) topic: TopicRef,
}

impl Account {
    pub(crate) fn standing(&self) -> Standing {
        self.facts.standing
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Mailing {
    pub(crate) account: AccountId,
    pub(crate) purpose: Purpose,
    pub(crate) state: MailingState,
    pub(crate) version: i64,
    pub(crate) content: Arc<MailingContent>,
    pub(crate) scheduled_at: Timestamp,
    pub(crate) cut_at: Option<Timestamp>,
    pub(crate) expanded_to: Option<ContactId>,
    pub(crate) expanded: bool,
    pub(crate) audience: i64,
    pub(crate) expiry_hours: i64,
    pub(crate) resumed_at: Option<Timestamp>,
    /// The tag and the delay in minutes of an autoresponder.
    pub(crate) trigger: Option<(TagId, u32)>,
    /// Rows by their terminal state.
    pub(crate) ended: BTreeMap<i64, i64>,
}

/// The life of a node, as the table of lives has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lived {
    pub(crate) node: usize,
    pub(crate) beat: i64,
    pub(crate) ended: bool,
}

/// Account, counting period, mailing and UTC day of sending.
pub(crate) type CountKey = (AccountId, i64, MailingId, i64);

/// How things were before a change that is not durable yet.
#[derive(Debug)]
enum Was {
    Row(RowId, Option<Box<Row>>),
    Contact(ContactId, Option<Box<Contact>>),
    Pending(ContactId, Option<Box<Pending>>),
    Account(AccountId, Box<Account>),
    Mailing(MailingId, Option<Box<Mailing>>),
    Life(i64, Option<Lived>),
    Suppression(AddressKey),
    Soft(AddressKey, Vec<SoftBounce>),
    Incident(String, Option<(IncidentKind, Option<Timestamp>)>),
    Sent(CountKey, i64),
    Complained(CountKey, i64),
    Complaint(MailingId, ContactId),
    Installation(bool, i64),
}

/// What the database holds.
pub(crate) struct Memory {
    /// Several nodes on PostgreSQL; otherwise one on SQLite.
    pub(crate) postgres: bool,
    pub(crate) broken: Broken,
    pub(crate) rows: BTreeMap<RowId, Row>,
    /// Rows that wait for their time.
    pub(crate) due: BTreeSet<(Timestamp, RowId)>,
    /// Claimed and started rows by their life.
    pub(crate) owned: BTreeSet<(i64, RowId)>,
    /// Rows that are not terminal, by their person.
    open: BTreeSet<(ContactId, RowId)>,
    pub(crate) contacts: BTreeMap<ContactId, Contact>,
    pub(crate) pending: BTreeMap<ContactId, Pending>,
    pub(crate) accounts: BTreeMap<AccountId, Account>,
    pub(crate) mailings: BTreeMap<MailingId, Mailing>,
    pub(crate) lives: BTreeMap<i64, Lived>,
    /// Lives whose session lock is held. Sessions are never durable.
    pub(crate) locks: BTreeSet<i64>,
    pub(crate) suppressions: BTreeMap<AddressKey, ExclusionReason>,
    pub(crate) soft: BTreeMap<AddressKey, Vec<SoftBounce>>,
    pub(crate) incidents: BTreeMap<String, (IncidentKind, Option<Timestamp>)>,
    pub(crate) sent: BTreeMap<CountKey, i64>,
    pub(crate) complained: BTreeMap<CountKey, i64>,
    pub(crate) complaints: BTreeSet<(MailingId, ContactId)>,
    /// The installation's pause and version.
    pub(crate) paused: bool,
    pub(crate) installation: i64,
    /// Rows that a start has locked and not committed yet, and when it will.
    pub(crate) locked: BTreeMap<RowId, Nanos>,
    undo: Vec<Was>,
    next_life: i64,
    next_notice: i64,
}

impl Memory {
    pub(crate) fn new(postgres: bool, broken: Broken) -> Self {
        Self {
            postgres,
            broken,
            rows: BTreeMap::new(),
            due: BTreeSet::new(),
            owned: BTreeSet::new(),
            open: BTreeSet::new(),
            contacts: BTreeMap::new(),
            pending: BTreeMap::new(),
            accounts: BTreeMap::new(),
            mailings: BTreeMap::new(),
            lives: BTreeMap::new(),
            locks: BTreeSet::new(),
            suppressions: BTreeMap::new(),
            soft: BTreeMap::new(),
            incidents: BTreeMap::new(),
            sent: BTreeMap::new(),
            complained: BTreeMap::new(),
            complaints: BTreeSet::new(),
            paused: false,
            installation: 1,
            locked: BTreeMap::new(),
            undo: Vec::new(),
            next_life: 1,
            next_notice: 1,
        }
    }

    /// Ends a transaction. On SQLite claims and starts need not survive a loss of power; a durable
    /// commit makes everything before it durable too. PostgreSQL commits everything synchronously.
    pub(crate) fn commit(&mut self, durable: bool) {
        if durable || self.postgres {
            self.undo.clear();
        }
    }

    /// Power is lost: what was not durable never happened.
    pub(crate) fn lose_power(&mut self) {
        while let Some(was) = self.undo.pop() {
            self.put_back(was);
        }
        self.locks.clear();
        self.locked.clear();
    }

    fn put_back(&mut self, was: Was) {
        match was {
            Was::Row(id, row) => self.keep_row(id, row.map(|row| *row)),
            Was::Contact(id, one) => put(&mut self.contacts, id, one.map(|one| *one)),
            Was::Pending(id, one) => put(&mut self.pending, id, one.map(|one| *one)),
            Was::Account(id, one) => put(&mut self.accounts, id, Some(*one)),
            Was::Mailing(id, one) => put(&mut self.mailings, id, one.map(|one| *one)),
            Was::Life(id, one) => put(&mut self.lives, id, one),
            Was::Suppression(key) => put(&mut self.suppressions, key, None),
            Was::Soft(key, before) => put(&mut self.soft, key, Some(before)),
            Was::Incident(provider, before) => put(&mut self.incidents, provider, before),
            Was::Sent(key, n) => put(&mut self.sent, key, Some(n)),
            Was::Complained(key, n) => put(&mut self.complained, key, Some(n)),
            Was::Complaint(mailing, contact) => {
                self.complaints.remove(&(mailing, contact));
            }
            Was::Installation(paused, version) => (self.paused, self.installation) = (paused, version),
        }
    }

    // ── the only ways to change anything ─────────────────────────────────

    pub(crate) fn set_row(&mut self, id: RowId, row: Row) {
        let before = self.rows.get(&id).cloned();
        self.undo.push(Was::Row(id, before.map(Box::new)));
        self.keep_row(id, Some(row));
    }

    fn keep_row(&mut self, id: RowId, row: Option<Row>) {
        if let Some(old) = self.rows.get(&id) {
            self.due.remove(&(old.life.due_at, id));
            self.owned.remove(&(old.life.owner.unwrap_or(0), id));
            self.open.remove(&(old.person, id));
        }
        if let Some(row) = &row {
            match row.life.state {
                RowState::Due | RowState::Deferred | RowState::Unknown => {
                    self.due.insert((row.life.due_at, id));
                }
                RowState::Claimed | RowState::Started => {
                    self.owned.insert((row.life.owner.unwrap_or(0), id));
                }
                _ => {}
            }
            if !row.life.state.is_terminal() {
                self.open.insert((row.person, id));
            }
        }
        put(&mut self.rows, id, row);
    }

    pub(crate) fn set_contact(&mut self, id: ContactId, contact: Contact) {
        let before = self.contacts.insert(id, contact);
        self.undo.push(Was::Contact(id, before.map(Box::new)));
    }

    pub(crate) fn set_pending(&mut self, id: ContactId, pending: Option<Pending>) {
        let before = self.pending.get(&id).cloned();
        put(&mut self.pending, id, pending);
        self.undo.push(Was::Pending(id, before.map(Box::new)));
    }

    pub(crate) fn set_account(&mut self, id: AccountId, account: Account) {
        if let Some(before) = self.accounts.insert(id, account) {
            self.undo.push(Was::Account(id, Box::new(before)));
        }
    }

    pub(crate) fn set_mailing(&mut self, id: MailingId, mailing: Mailing) {
        let before = self.mailings.insert(id, mailing);
        self.undo.push(Was::Mailing(id, before.map(Box::new)));
    }

    fn set_life(&mut self, id: i64, lived: Lived) {
        let before = self.lives.insert(id, lived);
        self.undo.push(Was::Life(id, before));
    }

    pub(crate) fn suppress(&mut self, key: AddressKey, reason: ExclusionReason) {
        if self.suppressions.insert(key, reason).is_none() {
            self.undo.push(Was::Suppression(key));
        }
    }

    fn set_soft(&mut self, key: AddressKey, bounces: Vec<SoftBounce>) {
        let before = self.soft.insert(key, bounces).unwrap_or_default();
        self.undo.push(Was::Soft(key, before));
    }

    pub(crate) fn set_incident(&mut self, provider: &str, incident: Option<(IncidentKind, Option<Timestamp>)>) {
        let before = self.incidents.get(provider).copied();
        put(&mut self.incidents, provider.to_owned(), incident);
        self.undo.push(Was::Incident(provider.to_owned(), before));
    }

    fn count_sent(&mut self, key: CountKey) {
        let n = self.sent.entry(key).or_default();
        self.undo.push(Was::Sent(key, *n));
        *n += 1;
    }

    fn count_complaint(&mut self, key: CountKey) {
        let n = self.complained.entry(key).or_default();
        self.undo.push(Was::Complained(key, *n));
        *n += 1;
    }

    fn note_complaint(&mut self, mailing: MailingId, contact: ContactId) {
        if self.complaints.insert((mailing, contact)) {
            self.undo.push(Was::Complaint(mailing, contact));
        }
    }

    pub(crate) fn set_installation(&mut self, paused: bool) {
        self.undo.push(Was::Installation(self.paused, self.installation));
        (self.paused, self.installation) = (paused, self.installation + 1);
    }

    pub(crate) fn new_notice(&mut self) -> NoticeId {
        self.next_notice += 1;
        NoticeId::from_raw(self.next_notice)
    }

    /// Rows of a person that are not terminal.
    pub(crate) fn open_of(&self, person: ContactId) -> Vec<RowId> {
        let first = (person, RowId::Delivery { mailing: MailingId::from_raw(i64::MIN), contact: person });
        self.open.range(first..).take_while(|(of, _)| *of == person).map(|(_, row)| *row).collect()
    }

    /// How many rows are not terminal.
    pub(crate) fn open_rows(&self) -> usize {
        self.open.len()
    }

    /// Rows that a life claimed or started.
    pub(crate) fn owned_by(&self, life: i64) -> Vec<RowId> {
        let lowest = ContactId::from_raw(i64::MIN);
        let first = (life, RowId::Delivery { mailing: MailingId::from_raw(i64::MIN), contact: lowest });
        self.owned.range(first..).take_while(|(owner, _)| *owner == life).map(|(_, row)| *row).collect()
    }
}

fn put<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    };
}
