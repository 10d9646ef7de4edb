//! Where an account's complaints come from: by which way they came in, through which form the people had
//! come, which tags they carried, and how long they had been contacts (R71, R80).
//!
//! Looks at the very complaints that the score of 30 days counts. How many mails went to a tag or a form is
//! counted nowhere, so these are complaints and no scores.

use std::collections::BTreeMap;

use policy::consent::{EventKind, Evidence};
use policy::{AccountId, FormId, TagId, Timestamp};

use super::{period, recent_days};
use crate::Store;
use crate::conn::Conn;
use crate::error::Result;
use crate::sql::{Row, sql};

/// Complaints that are looked through at most, the newest.
const LOOKED_AT: i64 = 300;
/// Lines that each list has at most.
const LINES: usize = 5;
/// Who had been a contact for fewer days than this had just come.
const NEW_DAYS: i64 = 30;
/// Who had been a contact for more days than this had come long ago.
const OLD_DAYS: i64 = 365;

/// A thing of the account, and complaints that have to do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share<T> {
    /// What it is.
    pub of: T,
    /// Its name; empty where it is gone.
    pub name: String,
    /// How many of the complaints.
    pub complaints: i64,
}

/// Where the complaints of the last 30 days come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComplaintSources {
    /// Complaints that were looked at: all of the 30 days, or the newest 300 of them.
    pub complaints: i64,
    /// By which way they came in, a word of `policy::complaint::Source`.
    pub ways: Vec<(String, i64)>,
    /// Tags that the people carried. Who carried several counts with each.
    pub tags: Vec<Share<TagId>>,
    /// Forms by which the people had come, as far as their consents still tell.
    pub forms: Vec<Share<FormId>>,
    /// People who had been contacts for less than 30 days when the mail was sent.
    pub new: i64,
    /// People who had been contacts for more than a year.
    pub old: i64,
}

/// One complaint.
struct Looked {
    way: String,
    tags: Vec<TagId>,
    /// For how many days the person had been a contact; none where nothing is known of the person.
    days: Option<i64>,
    form: Option<FormId>,
}

fn looked(row: &Row) -> Result<Looked> {
    let tags = if row.text_opt(1)?.is_some() { row.json(1)? } else { Vec::new() };
    let sent = row.int(3)?;
    // A consent that was erased names no form, nor does one that cannot be read any more.
    let evidence = row.text_opt(4)?.and_then(|text| serde_json::from_str::<Evidence>(&text).ok());
    Ok(Looked {
        way: row.text(0)?,
        tags,
        days: row.time_opt(2)?.map(|since| sent - since.day()),
        form: evidence.map(|evidence| evidence.form),
    })
}

/// The most frequent first; of equals the one with the smaller key.
fn ranked<K: Ord + Clone>(counts: BTreeMap<K, i64>) -> Vec<(K, i64)> {
    let mut ranked: Vec<(K, i64)> = counts.into_iter().collect();
    ranked.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    ranked.truncate(LINES);
    ranked
}

async fn tag_name(conn: &mut Conn, account: AccountId, tag: TagId) -> Result<String> {
    let row = conn.optional(sql!("SELECT name FROM tag WHERE account_id = $1 AND id = $2", account, tag)).await?;
    row.map_or(Ok(String::new()), |row| row.text(0))
}

async fn form_name(conn: &mut Conn, account: AccountId, form: FormId) -> Result<String> {
    let row = conn.optional(sql!("SELECT name FROM form WHERE account_id = $1 AND id = $2", account, form)).await?;
    row.map_or(Ok(String::new()), |row| row.text(0))
}

impl Store {
    /// Where the complaints come from that the account's score of 30 days counts.
    ///
    /// # Errors
    /// `NotFound` for an unknown account; those of the database.
    pub async fn complaint_sources(&self, account: AccountId, now: Timestamp) -> Result<ComplaintSources> {
        let mut conn = self.reader().await?;
        let period = period(&mut conn, account).await?.number;
        let from = recent_days(now).from;
        let rows = conn
            .all(sql!(
                "SELECT k.source, f.tags, f.since, k.sent_day,
                    (SELECT v.evidence FROM consent_event e JOIN consent_evidence v ON v.account_id = e.account_id AND v.event_id = e.id
                        WHERE e.account_id = k.account_id AND e.contact_id = k.contact_id AND e.topic_id = m.topic_id AND e.kind IN ($4, $5)
                        ORDER BY e.id DESC LIMIT 1)
                 FROM complaint k
                 LEFT JOIN mailing m ON m.account_id = k.account_id AND m.id = k.mailing_id
                 LEFT JOIN former_contact f ON f.account_id = k.account_id AND f.id = k.contact_id
                 WHERE k.account_id = $1 AND k.period = $2 AND k.sent_day >= $3 AND k.at >= $6 AND k.counted
                 ORDER BY k.at DESC, k.contact_id LIMIT $7",
                account,
                period,
                from,
                EventKind::Confirmed.word(),
                EventKind::TopicAdded.word(),
                // No complaint comes before its mail: this finds the newest by their time.
                Timestamp::from_seconds(from.saturating_mul(86_400)),
                LOOKED_AT,
            ))
            .await?;
        let all = rows.iter().map(looked).collect::<Result<Vec<_>>>()?;
        let (mut ways, mut tags, mut forms) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for one in &all {
            *ways.entry(one.way.clone()).or_default() += 1;
            one.tags.iter().for_each(|tag| *tags.entry(*tag).or_default() += 1);
            one.form.iter().for_each(|form| *forms.entry(*form).or_default() += 1);
        }
        let count = |known: &dyn Fn(i64) -> bool| {
            let found = all.iter().filter(|one| one.days.is_some_and(known)).count();
            i64::try_from(found).unwrap_or(i64::MAX)
        };
        let mut sources = ComplaintSources {
            complaints: count_of(&all),
            ways: ranked(ways),
            new: count(&|days| days < NEW_DAYS),
            old: count(&|days| days > OLD_DAYS),
            ..ComplaintSources::default()
        };
        for (tag, complaints) in ranked(tags) {
            sources.tags.push(Share { of: tag, name: tag_name(&mut conn, account, tag).await?, complaints });
        }
        for (form, complaints) in ranked(forms) {
            sources.forms.push(Share { of: form, name: form_name(&mut conn, account, form).await?, complaints });
        }
        Ok(sources)
    }
}

fn count_of<T>(all: &[T]) -> i64 {
    i64::try_from(all.len()).unwrap_or(i64::MAX)
}
