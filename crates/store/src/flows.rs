//! What receivers say to a mailing, counted as it comes: by provider group, for newsletters by
//! minute, and for the whole account by hour. Folded per group of outcomes like the counters of `counts`, so that looking at a
//! running mailing costs the same whatever its size.

use std::collections::BTreeMap;

use policy::{Purpose, Timestamp};

use crate::conn::Conn;
use crate::error::Result;
use crate::growth::hour_of;
use crate::settle::Event;
use crate::sql::{Value, batches, sql};

/// A receiver's word about one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Accepted(String),
    Deferred(String),
    Bounced(String),
}

impl Said {
    /// What the receiver said; none where nobody spoke.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Accepted { reply } => Some(Self::Accepted(reply.clone())),
            Event::Deferred { reply, .. } => Some(Self::Deferred(reply.clone())),
            Event::Bounced { reply, .. } => Some(Self::Bounced(reply.clone())),
            Event::Expired { .. }
            | Event::Refused { .. }
            | Event::Held { .. }
            | Event::Unknown { .. }
            | Event::HandedBack
            | Event::OwnerGone { .. } => None,
        }
    }
}

/// How often receivers accepted, deferred, bounced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Heard {
    accepted: i64,
    deferred: i64,
    bounced: i64,
}

impl Heard {
    fn values(self) -> [Value; 3] {
        [self.accepted, self.deferred, self.bounced].map(Value::from)
    }
}

/// The mailing that a mail is of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mailed {
    pub(crate) account: i64,
    pub(crate) mailing: i64,
    pub(crate) purpose: Purpose,
}

/// What a group of outcomes adds.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    /// By account, mailing and provider group; with the last reply.
    providers: BTreeMap<(i64, i64, String), (Heard, String)>,
    /// Newsletters by account and mailing; the group has one time.
    minutes: BTreeMap<(i64, i64), Heard>,
    /// All mailings of an account.
    accounts: BTreeMap<i64, Heard>,
}

impl Flow {
    pub(crate) fn note(&mut self, of: Mailed, provider_group: Option<String>, said: Said) {
        let add = |heard: &mut Heard| match said {
            Said::Accepted(_) => heard.accepted += 1,
            Said::Deferred(_) => heard.deferred += 1,
            Said::Bounced(_) => heard.bounced += 1,
        };
        add(self.accounts.entry(of.account).or_default());
        // An autoresponder has no end, and so no minutes: its days are in `sent_count`.
        if of.purpose == Purpose::Newsletter {
            add(self.minutes.entry((of.account, of.mailing)).or_default());
        }
        let Some(group) = provider_group else { return };
        let (heard, last) = self.providers.entry((of.account, of.mailing, group)).or_default();
        add(heard);
        *last = match said {
            Said::Accepted(reply) | Said::Deferred(reply) | Said::Bounced(reply) => reply,
        };
    }

    /// Adds everything to one shard, in the order of the keys, as `counts::Folded` does.
    pub(crate) async fn write(self, conn: &mut Conn, shard: i64, now: Timestamp) -> Result<()> {
        let minutes = self.minutes.into_iter().map(|((account, mailing), heard)| {
            let mut row = [account, mailing].map(Value::from).to_vec();
            row.extend(heard.values());
            row
        });
        for batch in batches(minutes.collect()) {
            conn.execute(
                sql!(
                    "WITH v(account_id, mailing_id, accepted, deferred, bounced) AS (VALUES {rows})
                     INSERT INTO mailing_minute (account_id, mailing_id, minute, shard, accepted, deferred, bounced)
                     SELECT DISTINCT account_id, mailing_id, CAST($1 AS BIGINT), CAST($2 AS BIGINT), accepted, deferred, bounced FROM v WHERE TRUE
                     ORDER BY account_id, mailing_id
                     ON CONFLICT (account_id, mailing_id, minute, shard) DO UPDATE SET accepted = mailing_minute.accepted + excluded.accepted,
                        deferred = mailing_minute.deferred + excluded.deferred, bounced = mailing_minute.bounced + excluded.bounced",
                    now.seconds().div_euclid(60),
                    shard,
                )
                .rows(batch),
            )
            .await?;
        }
        write_hours(conn, shard, self.accounts, now).await?;
        let providers = self.providers.into_iter().map(|((account, mailing, group), (heard, reply))| {
            let mut row = vec![Value::from(account), Value::from(mailing), Value::from(group), Value::from(reply)];
            row.extend(heard.values());
            row
        });
        for batch in batches(providers.collect()) {
            conn.execute(
                sql!(
                    "WITH v(account_id, mailing_id, provider_group, reply, accepted, deferred, bounced) AS (VALUES {rows})
                     INSERT INTO mailing_provider (account_id, mailing_id, provider_group, shard, accepted, deferred, bounced, reply, reply_at)
                     SELECT DISTINCT account_id, mailing_id, provider_group, CAST($1 AS BIGINT), accepted, deferred, bounced, reply, CAST($2 AS BIGINT)
                     FROM v WHERE TRUE ORDER BY account_id, mailing_id, provider_group
                     ON CONFLICT (account_id, mailing_id, provider_group, shard) DO UPDATE SET accepted = mailing_provider.accepted + excluded.accepted,
                        deferred = mailing_provider.deferred + excluded.deferred, bounced = mailing_provider.bounced + excluded.bounced,
                        reply = excluded.reply, reply_at = excluded.reply_at",
                    shard,
                    now,
                )
                .rows(batch),
            )
            .await?;
        }
        Ok(())
    }
}

async fn write_hours(conn: &mut Conn, shard: i64, accounts: BTreeMap<i64, Heard>, now: Timestamp) -> Result<()> {
    let hours = accounts.into_iter().map(|(account, heard)| {
        let mut row = vec![Value::from(account)];
        row.extend(heard.values());
        row
    });
    for batch in batches(hours.collect()) {
        conn.execute(
            sql!(
                "WITH v(account_id, accepted, deferred, bounced) AS (VALUES {rows})
                 INSERT INTO account_hour (account_id, hour, shard, accepted, deferred, bounced)
                 SELECT DISTINCT account_id, CAST($1 AS BIGINT), CAST($2 AS BIGINT), accepted, deferred, bounced FROM v WHERE TRUE ORDER BY account_id
                 ON CONFLICT (account_id, hour, shard) DO UPDATE SET accepted = account_hour.accepted + excluded.accepted,
                    deferred = account_hour.deferred + excluded.deferred, bounced = account_hour.bounced + excluded.bounced",
                hour_of(now),
                shard,
            )
            .rows(batch),
        )
        .await?;
    }
    Ok(())
}
