//! Who hears of what happened: notices to the users of an account and to the
//! operator, planned in the transaction of their cause.

use std::collections::BTreeMap;
use std::time::Duration;

use mail_formats::address::EmailAddress;
use policy::{AccountId, NoticeId, Purpose, Timestamp};
use seals::AddressKey;
use texts::Language;

use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::notices::{NewNotice, plan};
use crate::sql::{Row, sql};
use crate::writer::Urgency;
use crate::{Store, ids};

/// How long a notice about an event is tried.
const TRIED_FOR: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// What is told: a template of `texts` and its placeables.
#[derive(Clone, Debug)]
pub(crate) struct News {
    /// The template: `mail_{template}_subject` and `mail_{template}_body`.
    pub(crate) template: &'static str,
    /// The placeables, in the language of the reader.
    pub(crate) params: fn(&Facts, Language) -> BTreeMap<String, String>,
    /// What the placeables are made of.
    pub(crate) facts: Facts,
    /// A second notice of the same name to the same reader is not planned.
    pub(crate) once: String,
}

/// Values that notices speak of. What a notice does not need stays empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) values: BTreeMap<String, String>,
    /// Complaints and mails sent, where the reason is the score.
    pub(crate) score: Option<policy::score::Score>,
}

impl Facts {
    /// Adds one value.
    pub(crate) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.values.insert(name.to_owned(), value.to_string());
        self
    }
}

/// The values as they are, in every language.
pub(crate) fn plain(facts: &Facts, _: Language) -> BTreeMap<String, String> {
    facts.values.clone()
}

/// A reader of a notice.
struct Reader {
    person: Option<i64>,
    address: EmailAddress,
    key: AddressKey,
    language: Language,
}

fn language(code: &str) -> Result<Language> {
    code.parse().map_err(|_| StoreError::Corrupt(format!("{code:?} is no language")))
}

/// Reads person, address, key and language from four columns.
fn reader(row: &Row) -> Result<Reader> {
    let address = row.text(1)?;
    Ok(Reader {
        person: row.int_opt(0)?,
        address: EmailAddress::parse(&address)
            .map_err(|_| StoreError::Corrupt("a stored address cannot be read".to_owned()))?,
        key: AddressKey::from_bytes(row.hash(2)?),
        language: language(&row.text(3)?)?,
    })
}

/// Tells every proven user of the account. `except` is left out: an address
/// that bounced is not told of it.
pub(crate) async fn account(
    conn: &mut Conn,
    account: AccountId,
    except: Option<&AddressKey>,
    news: News,
    now: Timestamp,
) -> Result<()> {
    let rows = conn
        .all(sql!(
            "SELECT id, address, address_key, language FROM app_user WHERE account_id = $1 AND proven_at IS NOT NULL ORDER BY id",
            account,
        ))
        .await?;
    for row in &rows {
        let reader = reader(row)?;
        if except != Some(&reader.key) {
            tell(conn, Some(account), reader, &news, now).await?;
        }
    }
    Ok(())
}

/// Tells the operator, if the settings name an address.
pub(crate) async fn operator(conn: &mut Conn, news: News, now: Timestamp) -> Result<()> {
    let row = conn
        .optional(sql!(
            "SELECT CAST(NULL AS BIGINT), operator_address, operator_key, operator_language FROM installation
             WHERE id = 1 AND operator_address IS NOT NULL",
        ))
        .await?;
    match row {
        Some(row) => tell(conn, None, reader(&row)?, &news, now).await,
        None => {
            tracing::warn!(template = news.template, "the operator's address is not set, so nobody is told");
            Ok(())
        }
    }
}

async fn tell(conn: &mut Conn, account: Option<AccountId>, reader: Reader, news: &News, now: Timestamp) -> Result<()> {
    let id = NoticeId::from_raw(ids::take_inside(conn, now, 1).await?);
    let who = reader.person.unwrap_or(0);
    let notice = NewNotice {
        id,
        account,
        purpose: Purpose::AccountNotice,
        person: reader.person,
        mailing: None,
        address: reader.address,
        address_key: reader.key,
        language: reader.language,
        template: news.template.to_owned(),
        params: (news.params)(&news.facts, reader.language),
        stored: None,
        dedupe_key: Some(format!("{}:{}:{who}", news.template, news.once)),
        due_at: now,
        expires_at: now + TRIED_FOR,
    };
    plan(conn, notice, now).await.map(drop)
}

/// A moment as notices to the operator say it: `2026-01-05 10:00 UTC`.
pub(crate) fn moment(at: Timestamp) -> String {
    let (mut year, mut day) = (1970, at.day().max(0));
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    while day >= 365 + i64::from(leap(year)) {
        day -= 365 + i64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    let minute = at.seconds().rem_euclid(24 * 60 * 60) / 60;
    format!("{year}-{:02}-{:02} {:02}:{:02} UTC", month + 1, day + 1, minute / 60, minute % 60)
}

/// A score in per cent, rounded up, so that what is above the limit never looks as if it were at it.
pub(crate) fn percent(score: policy::score::Score, language: Language) -> String {
    let per_mille = score.permille().map_or(0, |permille| permille.hundredths);
    // A hundredth of one per cent is ten hundredths of one per mille.
    let hundredths = u64::try_from(per_mille.saturating_add(9) / 10).unwrap_or(0);
    texts::dates::percent(language, hundredths / 100, &format!("{:02}", hundredths % 100))
}

/// The name of an account, as notices say it.
pub(crate) async fn account_name(conn: &mut Conn, account: AccountId) -> Result<String> {
    let row = conn.optional(sql!("SELECT name FROM account WHERE id = $1", account)).await?;
    row.ok_or(StoreError::NotFound("account"))?.text(0)
}

impl Store {
    /// Notes where notices to the operator go, and the terms of cases (R92).
    /// The server calls it at each start.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set_operator(
        &self,
        address: EmailAddress,
        key: AddressKey,
        language: Language,
        first_look_hours: i64,
        decision_days: i64,
    ) -> Result<()> {
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                conn.execute_one(
                    sql!(
                        "UPDATE installation SET operator_address = $1, operator_key = $2, operator_language = $3,
                            first_look_hours = $4, decision_days = $5 WHERE id = 1",
                        address.as_str(),
                        key,
                        language.code(),
                        first_look_hours,
                        decision_days,
                    ),
                    "the installation",
                )
                .await
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_with_its_date() {
        for (seconds, wanted) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_767_607_200, "2026-01-05 10:00 UTC"),
            (4_107_542_340, "2100-02-28 23:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(moment(Timestamp::from_seconds(seconds)), wanted);
        }
    }

    #[test]
    fn a_score_above_the_limit_never_looks_like_the_limit() {
        assert_eq!(percent(policy::score::Score::new(2, 1000), Language::En), "0.20 %");
        assert_eq!(percent(policy::score::Score::new(2, 999), Language::En), "0.21 %");
    }
}
