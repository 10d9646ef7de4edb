//! How many people a newsletter would reach if it began now.

use std::collections::BTreeSet;

use policy::{AccountId, TagId, Timestamp, TopicRef};

use crate::Store;
use crate::error::Result;
use crate::sql::{Value, sql};

/// Whom a newsletter names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The statement that contacts agreed to.
    pub topic: TopicRef,
    /// Contacts must carry one of these tags; empty = all.
    pub include: Vec<TagId>,
    /// Contacts must carry none of these tags.
    pub exclude: Vec<TagId>,
}

impl Store {
    /// Counts the contacts that a newsletter would reach if its audience were listed at `now`: the
    /// same conditions as the expansion's. Counts no further than `most` + 1, so that a page need not
    /// wait for a million. Its cost follows the contacts with the tags, else those of the statement.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count_reach(&self, account: AccountId, reach: &Reach, most: i64, now: Timestamp) -> Result<i64> {
        let side = |tags: &[TagId], side: i64| {
            let tags: BTreeSet<TagId> = tags.iter().copied().collect();
            tags.into_iter().map(|tag| vec![Value::from(tag), Value::from(side)]).collect()
        };
        let mut rows: Vec<Vec<Value>> = side(&reach.include, 0);
        rows.extend(side(&reach.exclude, 1));
        rows.truncate(super::MAX_MAILING_TAGS);
        // A batch needs a row; side 2 is neither.
        rows.push(vec![Value::from(0), Value::from(2)]);
        // Row after row, until there are enough: nothing is gathered or sorted first. Whoever carries several
        // of the tags counts with the first of them.
        let count = if reach.include.is_empty() {
            sql!(
                "WITH v(tag_id, side) AS (VALUES {rows})
                 SELECT COUNT(*) FROM (SELECT 1 FROM consent k
                     WHERE k.account_id = $1 AND k.topic_id = $2 AND k.topic_version = $3
                        AND k.withdrawn_at IS NULL AND k.granted_at < $4
                        AND NOT EXISTS (SELECT 1 FROM v CROSS JOIN contact_tag x
                                WHERE v.side = 1 AND x.account_id = $1 AND x.contact_id = k.contact_id AND x.tag_id = v.tag_id)
                        AND (SELECT CASE WHEN EXISTS (SELECT 1 FROM suppression s WHERE s.address_key = c.address_key) THEN 0 ELSE 1 END
                                FROM contact c WHERE c.account_id = $1 AND c.id = k.contact_id) = 1
                     LIMIT $5) AS few",
                account,
                reach.topic.topic,
                reach.topic.version,
                now,
                most.saturating_add(1),
            )
        } else {
            sql!(
                "WITH v(tag_id, side) AS (VALUES {rows})
                 SELECT COUNT(*) FROM (SELECT 1 FROM v CROSS JOIN contact_tag g CROSS JOIN consent k
                     WHERE v.side = 0 AND g.account_id = $1 AND g.tag_id = v.tag_id
                        AND k.account_id = $1 AND k.contact_id = g.contact_id AND k.topic_id = $2 AND k.topic_version = $3
                        AND k.withdrawn_at IS NULL AND k.granted_at < $4
                        AND NOT EXISTS (SELECT 1 FROM v w CROSS JOIN contact_tag h
                                WHERE w.side = 0 AND w.tag_id < g.tag_id AND h.account_id = $1 AND h.contact_id = g.contact_id AND h.tag_id = w.tag_id)
                        AND NOT EXISTS (SELECT 1 FROM v w CROSS JOIN contact_tag x
                                WHERE w.side = 1 AND x.account_id = $1 AND x.contact_id = g.contact_id AND x.tag_id = w.tag_id)
                        AND (SELECT CASE WHEN EXISTS (SELECT 1 FROM suppression s WHERE s.address_key = c.address_key) THEN 0 ELSE 1 END
                                FROM contact c WHERE c.account_id = $1 AND c.id = g.contact_id) = 1
                     LIMIT $5) AS few",
                account,
                reach.topic.topic,
                reach.topic.version,
                now,
                most.saturating_add(1),
            )
        };
        self.reader().await?.one(count.rows(rows)).await?.int(0)
    }
}
