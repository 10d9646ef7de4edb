//! What a preview is made of. Its person is nobody: the links in it lead nowhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use policy::facts::{AccountFacts, ConsentFacts, ContactFacts, InstallationFacts, MailingFacts, PersonFacts};
use policy::{
    AccountId, Candidate, ContactId, Content, FactsVersions, MailingId, Purpose, RowId, SendFacts, Timestamp,
};
use texts::Language;

use crate::Store;
use crate::error::{Result, StoreError};
use crate::legal;
use crate::profiles::{Profiles, address};
use crate::sql::sql;

/// Where a sample's mail would go.
const SAMPLE_ADDRESS: &str = "anna@example.com";

/// A mailing with what the gate needs to show it.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The account.
    pub account: Arc<AccountFacts>,
    /// The mailing.
    pub mailing: Arc<MailingFacts>,
    /// Newsletter or autoresponder.
    pub purpose: Purpose,
    /// The website of the topic, without scheme.
    pub site: String,
    /// The topic's statement.
    pub statement: String,
}

impl Sample {
    /// The mail to a person with these fields, whose consent is of `since`. The person has number 0,
    /// which nobody has: whoever clicks a link of a preview acts for nobody.
    ///
    /// # Errors
    /// `Invalid` when `to` is no address.
    pub fn mail(
        &self,
        to: Option<&str>,
        language: Language,
        fields: BTreeMap<String, String>,
        since: Timestamp,
    ) -> Result<(Candidate, SendFacts)> {
        let id = ContactId::new(self.account.id, 0).ok_or(StoreError::NotFound("contact"))?;
        let consent = ConsentFacts {
            topic: self.mailing.topic,
            granted_at: since,
            site: self.site.clone(),
            statement: self.statement.clone(),
        };
        let contact = ContactFacts {
            id,
            address: address(to.unwrap_or(SAMPLE_ADDRESS))?,
            language,
            fields,
            tags: self.mailing.include.clone(),
            consent: Some(consent),
        };
        let candidate = Candidate {
            row: RowId::Delivery { mailing: self.mailing.id, contact: id },
            purpose: self.purpose,
            attempt: 1,
            content: Content::Mailing(Arc::clone(&self.mailing.content)),
        };
        let facts = SendFacts {
            versions: FactsVersions { installation: 0, account: 0, mailing: 0, person: 0 },
            installation: InstallationFacts { sending_paused: false, frozen: false },
            account: Some(Arc::clone(&self.account)),
            mailing: Some(Arc::clone(&self.mailing)),
            person: PersonFacts::Contact(contact),
            suppressed: false,
        };
        Ok((candidate, facts))
    }
}

impl Store {
    /// What a preview of a mailing is made of.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it changes just now; those of the database.
    pub async fn sample(&self, account: AccountId, mailing: MailingId) -> Result<Sample> {
        let mut conn = self.reader().await?;
        let review_at = legal::review_at(&mut conn).await?;
        let row = conn
            .optional(sql!(
                "SELECT a.facts_version, m.facts_version, t.statement, w.host
                 FROM mailing m JOIN account a ON a.id = m.account_id
                 LEFT JOIN topic t ON t.account_id = m.account_id AND t.id = m.topic_id AND t.version = m.topic_version
                 LEFT JOIN website w ON w.account_id = t.account_id AND w.id = t.website_id
                 WHERE m.account_id = $1 AND m.id = $2",
                account,
                mailing,
            ))
            .await?
            .ok_or(StoreError::NotFound("mailing"))?;
        let shelf = Profiles::new(review_at);
        let of_account = shelf.account(&mut conn, account, row.int(0)?).await?;
        let of_mailing = shelf.mailing(&mut conn, account, mailing, row.int(1)?).await?;
        let (Some(account), Some(mailing)) = (of_account, of_mailing) else {
            return Err(StoreError::Conflict("the mailing"));
        };
        Ok(Sample {
            account,
            mailing: Arc::clone(&mailing.facts),
            purpose: mailing.purpose,
            site: row.text_opt(3)?.unwrap_or_default(),
            statement: row.text_opt(2)?.unwrap_or_default(),
        })
    }
}
