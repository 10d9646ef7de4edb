//! Former contacts: why and when they left, never in clear (DESIGN §5).

use policy::consent::FormerReason;
use policy::{AccountId, ContactId, Timestamp};
use seals::AddressKey;

use super::{FormerLine, MAX_PAGE};
use crate::Store;
use crate::contacts::{former_reason, resolve};
use crate::error::{Result, StoreError};
use crate::sql::{Row, sql};

/// A former contact, without its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// Number, reason and times.
    pub line: FormerLine,
    /// `de` or `en`; what was spoken.
    pub language: String,
    /// Its address was erased.
    pub erased: bool,
    /// Until when the person alone can undo; none where nobody can.
    pub restorable_until: Option<Timestamp>,
}

fn line(row: &Row) -> Result<FormerLine> {
    Ok(FormerLine {
        id: ContactId::from_raw(row.int(0)?),
        reason: former_reason(&row.text(1)?)?,
        since: row.time(2)?,
        left_at: row.time(3)?,
    })
}

impl Store {
    /// Former contacts before a moment and a number, those first that left last; of one reason or of
    /// all; at most `limit` (≤ 500).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn former_newest(
        &self,
        account: AccountId,
        reason: Option<FormerReason>,
        before: Option<(Timestamp, ContactId)>,
        limit: i64,
    ) -> Result<Vec<FormerLine>> {
        let (at, id) = before.map_or((i64::MAX, i64::MAX), |(at, id)| (at.millis(), id.get()));
        let limit = limit.clamp(1, MAX_PAGE);
        // Each list goes along an index of its own: few may have left for one reason among many.
        let lines = match reason {
            None => sql!(
                "SELECT id, reason, since, left_at FROM former_contact
                 WHERE account_id = $1 AND (left_at, id) < ($2, $3) ORDER BY left_at DESC, id DESC LIMIT $4",
                account,
                at,
                id,
                limit,
            ),
            Some(reason) => sql!(
                "SELECT id, reason, since, left_at FROM former_contact
                 WHERE account_id = $1 AND reason = $2 AND (left_at, id) < ($3, $4) ORDER BY left_at DESC, id DESC LIMIT $5",
                account,
                reason.word(),
                at,
                id,
                limit,
            ),
        };
        let rows = self.reader().await?.all(lines).await?;
        rows.iter().map(line).collect()
    }

    /// One former contact of the account.
    ///
    /// # Errors
    /// `NotFound` for any other number, whoever it belongs to; those of the database.
    pub async fn former_contact(&self, account: AccountId, id: ContactId) -> Result<Former> {
        let row = self
            .reader()
            .await?
            .optional(sql!(
                "SELECT id, reason, since, left_at, language, address IS NULL, restorable_until FROM former_contact
                 WHERE account_id = $1 AND id = $2",
                account,
                id,
            ))
            .await?
            .ok_or(StoreError::NotFound("contact"))?;
        let until = row.time(6)?;
        Ok(Former {
            line: line(&row)?,
            language: row.text(4)?,
            erased: row.bool(5)?,
            restorable_until: (until.millis() > 0).then_some(until),
        })
    }

    /// The former contact that had this address, under any of its keys: the one that left last.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find_former(&self, account: AccountId, keys: &[AddressKey]) -> Result<Option<ContactId>> {
        let mut conn = self.reader().await?;
        for key in keys {
            let row = conn
                .optional(sql!(
                    "SELECT id FROM former_contact WHERE account_id = $1 AND address_key = $2 ORDER BY left_at DESC, id DESC LIMIT 1",
                    account,
                    key,
                ))
                .await?;
            if let Some(row) = row {
                return Ok(Some(ContactId::from_raw(row.int(0)?)));
            }
        }
        Ok(None)
    }

    /// The number that a person of the account has today: a sign-up of a known contact left its
    /// number to it.
    ///
    /// # Errors
    /// `NotFound` for a number of another account; those of the database.
    pub async fn person_today(&self, account: AccountId, person: ContactId) -> Result<ContactId> {
        if person.account() != account {
            return Err(StoreError::NotFound("contact"));
        }
        resolve(&mut self.reader().await?, person).await
    }
}
