//! Counters of mailings: folded per group into shards, never in the mailing's row (DESIGN §5).

use std::collections::BTreeMap;

use crate::conn::Conn;
use crate::error::Result;
use crate::sql::{Value, batches, sql};

/// Shards of the groups of lives; each life writes one.
const LIFE_SHARDS: i64 = 16;
/// Shards of what doors cancel.
const DOOR_SHARDS: i64 = 16;

/// The shard of a life's groups.
pub(crate) const fn shard_of_life(life: i64) -> i64 {
    life.rem_euclid(LIFE_SHARDS)
}

/// The shard of what a door does for a contact.
pub(crate) const fn shard_of_door(contact: i64) -> i64 {
    LIFE_SHARDS + contact.rem_euclid(DOOR_SHARDS)
}

/// What a group of changes adds to the counters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Folded {
    /// By account, mailing and number of the terminal state.
    ends: BTreeMap<(i64, i64, i64), i64>,
    /// Mails sent in the sense of R67, by account, period, mailing and UTC day.
    sent: BTreeMap<(i64, i64, i64, i64), i64>,
}

impl Folded {
    pub(crate) fn end(&mut self, account: i64, mailing: i64, state: i64, n: i64) {
        *self.ends.entry((account, mailing, state)).or_default() += n;
    }

    pub(crate) fn sent(&mut self, account: i64, period: i64, mailing: i64, day: i64) {
        *self.sent.entry((account, period, mailing, day)).or_default() += 1;
    }

    /// Adds everything to one shard, in the order of the keys, so that two groups never wait for
    /// each other in a circle.
    pub(crate) async fn write(self, conn: &mut Conn, shard: i64) -> Result<()> {
        let ends = self.ends.into_iter().filter(|(_, n)| *n != 0);
        let rows =
            ends.map(|((account, mailing, state), n)| [account, mailing, state, n].map(Value::from).to_vec()).collect();
        for batch in batches(rows) {
            conn.execute(
                sql!(
                    "WITH v(account_id, mailing_id, state, n) AS (VALUES {rows})
                     INSERT INTO mailing_count (account_id, mailing_id, state, shard, n)
                     SELECT DISTINCT account_id, mailing_id, state, CAST($1 AS BIGINT), n FROM v WHERE TRUE ORDER BY account_id, mailing_id, state
                     ON CONFLICT (account_id, mailing_id, state, shard) DO UPDATE SET n = mailing_count.n + excluded.n",
                    shard,
                )
                .rows(batch),
            )
            .await?;
        }
        let sent = self.sent.into_iter();
        let rows = sent
            .map(|((account, period, mailing, day), n)| [account, period, mailing, day, n].map(Value::from).to_vec())
            .collect();
        for batch in batches(rows) {
            conn.execute(
                sql!(
                    "WITH v(account_id, period, mailing_id, day, n) AS (VALUES {rows})
                     INSERT INTO sent_count (account_id, period, mailing_id, day, shard, n)
                     SELECT DISTINCT account_id, period, mailing_id, day, CAST($1 AS BIGINT), n FROM v WHERE TRUE ORDER BY account_id, period, mailing_id, day
                     ON CONFLICT (account_id, period, mailing_id, day, shard) DO UPDATE SET n = sent_count.n + excluded.n",
                    shard,
                )
                .rows(batch),
            )
            .await?;
        }
        Ok(())
    }
}
