//! Outcomes: what became of mails, recorded in groups (DESIGN §4, step 5).
//!
//! A group is one transaction: the rows are locked in the order of their keys,
//! each is settled by the one function of `settle`, a bounce is judged
//! by the bounce rule at once, and the counters of the mailings are folded.

use std::collections::BTreeMap;

use policy::bounce::BounceClass;
use policy::facts::MailingState;
use policy::{AccountId, ContactId, MailingId, NoticeId, Purpose, RowId, RowState, Timestamp};

use crate::Store;
use crate::bounces::{self, NewBounce};
use crate::claims::purpose;
use crate::conn::Conn;
use crate::counts::{Folded, shard_of_life};
use crate::deliveries::{Claim, by_table};
use crate::drain::Excluded;
use crate::error::{Result, StoreError};
use crate::flows::{Flow, Mailed, Said};
use crate::settle::{Effect, Event, Life};
use crate::sql::{Row, Value, batches, sql};
use crate::writer::Urgency;

/// What became of one claim.
#[derive(Clone, Debug)]
pub struct Report {
    /// The claim that was worked on.
    pub claim: Claim,
    /// The provider group that spoke; none when nobody did.
    pub provider_group: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of an attempt.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// 2yz to the final dot.
    Accepted {
        /// The receiver's words.
        reply: String,
        /// What was handed over; kept as proof of a confirmation mail (L1).
        proof: Option<HandedOver>,
    },
    /// 5yz, or the domain says that it takes no mail. Judged by the bounce rule in the same transaction.
    Bounced(Bounced),
    /// 4yz, or no way to the receiver.
    Deferred {
        /// What the words are about.
        class: BounceClass,
        /// The words.
        reply: String,
        /// When the row is due again.
        until: Timestamp,
    },
    /// Its time is over. A deferral before it is one bounce now (D5).
    Expired(Option<Bounced>),
    /// A rule said no, for good: the word, or the word and its data.
    Refused {
        /// `word` or `word: data`.
        reason: String,
    },
    /// A rule said no for now, or the destination takes nothing now.
    Held {
        /// Shown to the customer; none leaves the reason as it is.
        reason: Option<String>,
        /// When the row is looked at again.
        until: Timestamp,
    },
    /// The connection was lost after the final dot.
    Unknown {
        /// When the row is due once more, not sooner than 30 minutes from now.
        until: Timestamp,
    },
    /// The claim or its ticket was not used, and no final dot was sent.
    HandedBack,
}

/// A bounce, with what the bounce rule needs.
#[derive(Clone, Debug)]
pub struct Bounced {
    /// What the words say.
    pub class: BounceClass,
    /// False when the words are no reason to hold it against the address.
    pub counts: bool,
    /// The words.
    pub reply: String,
    /// The receiver's provider group.
    pub provider_group: String,
    /// The key of the recipient's address.
    pub address_key: seals::AddressKey,
}

/// A message that a receiver took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOver {
    /// Its Message-ID without brackets.
    pub message_id: String,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

/// What a report did to its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The row is in this state now.
    Settled(RowState),
    /// The truth of an older attempt is kept until the newer one ends.
    Kept,
    /// The claim was no longer valid; nothing changed.
    Fenced,
    /// The row does not exist any more.
    Gone,
}

impl Store {
    /// Records a group of reports in one transaction; each answer stands at the place of its
    /// report. Durable when this returns.
    ///
    /// # Errors
    /// Those of the database; then nothing of the group was recorded, and the same call is
    /// repeated.
    pub async fn record(&self, reports: Vec<Report>, now: Timestamp) -> Result<Vec<Recorded>> {
        let settled =
            self.write(Urgency::AtOnce, move |conn| Box::pin(async move { record(conn, reports, now).await })).await?;
        self.cancel_all_excluded(settled.excluded).await;
        Ok(settled.recorded)
    }

    /// Marks running newsletters as finished when every row of their audience is terminal;
    /// returns them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn finish_mailings(&self, now: Timestamp) -> Result<Vec<(AccountId, MailingId)>> {
        let looked = self
            .reader()
            .await?
            .all(sql!(
                "SELECT m.account_id, m.id FROM mailing m
                 WHERE m.state = $1 AND m.kind = 1 AND m.expanded
                    AND m.audience <= COALESCE((SELECT SUM(c.n) FROM mailing_count c WHERE c.account_id = m.account_id AND c.mailing_id = m.id), 0)",
                MailingState::Running.number(),
            ))
            .await?;
        let mut finished = Vec::new();
        for row in looked {
            let (account, mailing) = (row.int(0)?, row.int(1)?);
            if self.write(Urgency::AtOnce, move |conn| Box::pin(finish(conn, account, mailing, now))).await? {
                finished.push((AccountId::from_raw(account), MailingId::from_raw(mailing)));
            }
        }
        Ok(finished)
    }
}

async fn finish(conn: &mut Conn, account: i64, mailing: i64, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(sql!(
            "UPDATE mailing SET state = $1, finished_at = $2, facts_version = facts_version + 1
             WHERE account_id = $3 AND id = $4 AND state = $5",
            MailingState::Finished.number(),
            now,
            account,
            mailing,
            MailingState::Running.number(),
        ))
        .await?;
    Ok(changed == 1)
}

/// A locked row with what its settlement needs to know beside it.
struct Locked {
    life: Life,
    account: i64,
    /// The account's counting period; 0 for notices.
    period: i64,
    purpose: Purpose,
    person: i64,
}

/// What became of a group.
pub(crate) struct Settled {
    /// At the places of the events.
    pub(crate) recorded: Vec<Recorded>,
    /// Addresses whose open rows are cancelled when the group is committed.
    excluded: Vec<Excluded>,
}

/// Records reports inside a transaction that is already open.
pub(crate) async fn record(conn: &mut Conn, reports: Vec<Report>, now: Timestamp) -> Result<Settled> {
    let with_group =
        |report: Report| (report.claim, News { provider_group: report.provider_group, ..news(report.outcome) });
    let events = reports.into_iter().map(with_group).collect();
    settle(conn, events, now).await
}

/// An event for the row, and what goes with it.
pub(crate) struct News {
    pub(crate) event: Event,
    bounce: Option<Bounced>,
    proof: Option<HandedOver>,
    provider_group: Option<String>,
}

impl From<Event> for News {
    fn from(event: Event) -> Self {
        Self { event, bounce: None, proof: None, provider_group: None }
    }
}

fn news(outcome: Outcome) -> News {
    let event = outcome.event();
    match outcome {
        Outcome::Accepted { proof, .. } => News { proof, ..event.into() },
        Outcome::Bounced(bounce) => News { bounce: Some(bounce), ..event.into() },
        Outcome::Expired(bounce) => News { bounce, ..event.into() },
        _ => event.into(),
    }
}

impl Outcome {
    /// What it says to its row.
    #[must_use]
    pub fn event(&self) -> Event {
        match self {
            Self::Accepted { reply, .. } => Event::Accepted { reply: reply.clone() },
            Self::Bounced(bounce) => Event::Bounced { class: bounce.class.word(), reply: bounce.reply.clone() },
            Self::Deferred { class, reply, until } => {
                Event::Deferred { class: class.word(), reply: reply.clone(), until: *until }
            }
            Self::Expired(bounce) => Event::Expired {
                class: bounce.as_ref().map(|bounce| bounce.class.word()),
                reply: bounce.as_ref().map(|bounce| bounce.reply.clone()),
            },
            Self::Refused { reason } => Event::Refused { reason: reason.clone() },
            Self::Held { reason, until } => Event::Held { reason: reason.clone(), until: *until },
            Self::Unknown { until } => Event::Unknown { until: *until },
            Self::HandedBack => Event::HandedBack,
        }
    }

    /// The bounce that is judged with it, if it is one.
    #[must_use]
    pub const fn bounce(&self) -> Option<&Bounced> {
        match self {
            Self::Bounced(bounce) | Self::Expired(Some(bounce)) => Some(bounce),
            _ => None,
        }
    }
}

/// Settles rows in one transaction. Answers stand at the places of the events.
pub(crate) async fn settle(conn: &mut Conn, events: Vec<(Claim, News)>, now: Timestamp) -> Result<Settled> {
    let mut locked = lock(conn, &events).await?;
    let mut folded = Folded::default();
    let mut flow = Flow::default();
    let mut recorded = Vec::with_capacity(events.len());
    let mut bounced = Vec::new();
    let mut handed_over = Vec::new();
    let shard = events.first().map_or(0, |(claim, _)| shard_of_life(claim.life.get()));
    let mut changed = BTreeMap::new();
    for (claim, news) in events {
        let Some(row) = locked.get_mut(&claim.row) else {
            recorded.push(Recorded::Gone);
            continue;
        };
        let before = row.life.state;
        let told = matches!(news.event, Event::Accepted { .. } | Event::Bounced { .. });
        let reply = if let Event::Accepted { reply } = &news.event { reply.clone() } else { String::new() };
        let said = Said::of(&news.event);
        let effect = row.life.settle(claim.life.get(), claim.attempt, news.event, now);
        recorded.push(match effect {
            Effect::Changed => Recorded::Settled(row.life.state),
            Effect::Kept => Recorded::Kept,
            Effect::Fenced => Recorded::Fenced,
        });
        if effect == Effect::Fenced && !told {
            continue;
        }
        fold(&mut folded, claim.row, row, before, now);
        if effect != Effect::Fenced {
            changed.insert(claim.row, ());
            if let (RowId::Delivery { mailing, .. }, Some(said)) = (claim.row, said) {
                let of = Mailed { account: row.account, mailing: mailing.get(), purpose: row.purpose };
                flow.note(of, news.provider_group, said);
            }
        }
        // The receiver's word about an address counts, whatever became of the row meanwhile.
        if let Some(bounce) = news.bounce {
            bounced.push(new_bounce(claim, row, bounce));
        }
        if let (Some(proof), Purpose::Confirmation) = (news.proof, row.purpose) {
            handed_over.push((row.account, row.person, proof, reply));
        }
    }
    write_back(conn, &locked, changed.into_keys().collect()).await?;
    for (account, person, proof, reply) in handed_over {
        keep_proof(conn, account, person, proof, reply, now).await?;
    }
    bounces::lock_addresses(conn, &bounced, now).await?;
    let mut excluded = Vec::new();
    for bounce in bounced {
        excluded.extend(bounce.excluded(bounces::apply(conn, &bounce, now).await?));
    }
    folded.write(conn, shard).await?;
    flow.write(conn, shard, now).await?;
    Ok(Settled { recorded, excluded })
}

/// Whether this change of a row makes one more mail that was sent in the sense of R67.
#[must_use]
pub fn counts_as_sent(before: RowState, after: RowState, purpose: Purpose) -> bool {
    before != after && after == RowState::Accepted && purpose.duties().counts_as_sent
}

/// Terminal states are counted; a late truth moves the count.
fn fold(folded: &mut Folded, id: RowId, row: &Locked, before: RowState, now: Timestamp) {
    let RowId::Delivery { mailing, .. } = id else { return };
    let after = row.life.state;
    if before == after {
        return;
    }
    if before.is_terminal() {
        folded.end(row.account, mailing.get(), before.number(), -1);
    }
    if after.is_terminal() {
        folded.end(row.account, mailing.get(), after.number(), 1);
    }
    if counts_as_sent(before, after, row.purpose) {
        folded.sent(row.account, row.period, mailing.get(), now.day());
    }
}

fn new_bounce(claim: Claim, row: &Locked, bounce: Bounced) -> NewBounce {
    NewBounce {
        message: claim.row,
        attempt: claim.attempt,
        account: (row.account != 0).then(|| AccountId::from_raw(row.account)),
        address_key: bounce.address_key,
        class: bounce.class,
        counts: bounce.counts,
        reply: bounce.reply,
        provider_group: bounce.provider_group,
        inbox: None,
    }
}

async fn lock(conn: &mut Conn, events: &[(Claim, News)]) -> Result<BTreeMap<RowId, Locked>> {
    let (deliveries, notices) = by_table(events, |(claim, _)| claim.row);
    let mut locked = BTreeMap::new();
    let rows =
        deliveries.iter().map(|(mailing, contact, _)| vec![Value::from(*mailing), Value::from(*contact)]).collect();
    for batch in batches(rows) {
        let found = conn
            .all(
                sql!(
                    "WITH v(mailing_id, contact_id) AS (VALUES {rows}), u AS (SELECT DISTINCT * FROM v)
                     SELECT d.state, d.due_at, d.attempt, d.deferrals, d.owner, d.doubt, d.late_truth, d.late_reply, d.late_class, d.reason, d.reply, d.settled_at,
                        d.account_id, COALESCE((SELECT a.period FROM account a WHERE a.id = d.account_id), 0),
                        COALESCE((SELECT m.kind FROM mailing m WHERE m.account_id = d.account_id AND m.id = d.mailing_id), 1), d.contact_id, d.mailing_id
                     FROM u CROSS JOIN delivery d
                     WHERE d.mailing_id = u.mailing_id AND d.contact_id = u.contact_id
                     ORDER BY d.mailing_id, d.contact_id {for_update_d}"
                )
                .rows(batch),
            )
            .await?;
        for row in &found {
            let id = RowId::Delivery {
                mailing: MailingId::from_raw(row.int(16)?),
                contact: ContactId::from_raw(row.int(15)?),
            };
            locked.insert(id, locked_row(row)?);
        }
    }
    let rows = notices.iter().map(|(notice, _)| vec![Value::from(*notice)]).collect();
    for batch in batches(rows) {
        let found = conn
            .all(
                sql!(
                    "WITH v(id) AS (VALUES {rows}), u AS (SELECT DISTINCT * FROM v)
                     SELECT d.state, d.due_at, d.attempt, d.deferrals, d.owner, d.doubt, d.late_truth, d.late_reply, d.late_class, d.reason, d.reply, d.settled_at,
                        d.account_id, CAST(0 AS BIGINT), d.purpose, COALESCE(d.person_id, 0), d.id
                     FROM u CROSS JOIN notice d WHERE d.id = u.id ORDER BY d.id {for_update_d}"
                )
                .rows(batch),
            )
            .await?;
        for row in &found {
            locked.insert(RowId::Notice(NoticeId::from_raw(row.int(16)?)), locked_row(row)?);
        }
    }
    Ok(locked)
}

fn locked_row(row: &Row) -> Result<Locked> {
    let state = |number: i64| {
        RowState::from_number(number).ok_or_else(|| StoreError::Corrupt(format!("{number} is no state of a row")))
    };
    Ok(Locked {
        life: Life {
            state: state(row.int(0)?)?,
            due_at: row.time(1)?,
            attempt: row.int(2)?,
            deferrals: row.int(3)?,
            owner: row.int_opt(4)?,
            doubt: row.bool(5)?,
            late_truth: row.int_opt(6)?.map(state).transpose()?,
            late_reply: row.text_opt(7)?,
            late_class: row.text_opt(8)?,
            reason: row.text_opt(9)?,
            reply: row.text_opt(10)?,
            settled_at: row.time_opt(11)?,
        },
        account: row.int(12)?,
        period: row.int(13)?,
        // A mailing's kind 1 and 2 are the numbers of Newsletter and Autoresponder.
        purpose: purpose(row.int(14)?)?,
        person: row.int(15)?,
    })
}

fn columns(life: &Life) -> [Value; 11] {
    [
        Value::from(life.state),
        Value::from(life.due_at),
        Value::from(life.deferrals),
        Value::from(life.owner),
        Value::from(life.doubt),
        Value::from(life.late_truth),
        Value::from(life.late_reply.clone()),
        Value::from(life.late_class.clone()),
        Value::from(life.reason.clone()),
        Value::from(life.reply.clone()),
        Value::from(life.settled_at),
    ]
}

async fn write_back(conn: &mut Conn, locked: &BTreeMap<RowId, Locked>, changed: Vec<RowId>) -> Result<()> {
    let (deliveries, notices) = by_table(&changed, |row| *row);
    let rows = deliveries
        .iter()
        .map(|(mailing, contact, id)| {
            let mut row = vec![Value::from(*mailing), Value::from(*contact)];
            row.extend(locked.get(id).map(|row| columns(&row.life)).into_iter().flatten());
            row
        })
        .collect();
    for batch in batches(rows) {
        conn.execute(
            sql!(
                "WITH v(mailing_id, contact_id, state, due_at, deferrals, owner, doubt, late_truth, late_reply, late_class, reason, reply, settled_at) AS (VALUES {rows})
                 UPDATE delivery SET state = v.state, due_at = v.due_at, deferrals = v.deferrals, owner = v.owner, doubt = v.doubt,
                    late_truth = v.late_truth, late_reply = v.late_reply, late_class = v.late_class, reason = v.reason, reply = v.reply, settled_at = v.settled_at
                 FROM v WHERE delivery.mailing_id = v.mailing_id AND delivery.contact_id = v.contact_id"
            )
            .rows(batch),
        )
        .await?;
    }
    let rows = notices
        .iter()
        .map(|(notice, id)| {
            let mut row = vec![Value::from(*notice)];
            row.extend(locked.get(id).map(|row| columns(&row.life)).into_iter().flatten());
            row
        })
        .collect();
    for batch in batches(rows) {
        conn.execute(
            sql!(
                "WITH v(id, state, due_at, deferrals, owner, doubt, late_truth, late_reply, late_class, reason, reply, settled_at) AS (VALUES {rows})
                 UPDATE notice SET state = v.state, due_at = v.due_at, deferrals = v.deferrals, owner = v.owner, doubt = v.doubt,
                    late_truth = v.late_truth, late_reply = v.late_reply, late_class = v.late_class, reason = v.reason, reply = v.reply, settled_at = v.settled_at
                 FROM v WHERE notice.id = v.id"
            )
            .rows(batch),
        )
        .await?;
    }
    Ok(())
}

/// What the consent's proof says of the confirmation mail (L1). The sign-up may be confirmed already.
async fn keep_proof(
    conn: &mut Conn,
    account: i64,
    signup: i64,
    proof: HandedOver,
    reply: String,
    now: Timestamp,
) -> Result<()> {
    conn.execute(sql!(
        "UPDATE signup SET mail_message_id = $1, mail_sha256 = $2, mail_handed_over_at = $3, mail_reply = $4 WHERE account_id = $5 AND id = $6",
        proof.message_id,
        proof.sha256,
        now,
        reply,
        account,
        signup,
    ))
    .await?;
    Ok(())
}
