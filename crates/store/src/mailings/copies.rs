//! A copy of a mailing: a new draft that says the same.

use policy::{AccountId, MailingId, Timestamp};

use super::{Mailing, MailingDraft, MailingKind};
use crate::Store;
use crate::error::Result;

/// Characters of a copy's name that come from the original; the store allows 120 in all.
const NAME_CHARS: usize = 100;

impl Mailing {
    /// What it says, as a draft. The version of its topic's statement comes along.
    #[must_use]
    pub fn draft(&self) -> MailingDraft {
        MailingDraft {
            name: self.name.clone(),
            topic: self.topic.topic,
            topic_version: Some(self.topic.version),
            content: self.content.clone(),
            include: if self.kind == MailingKind::Newsletter { self.include.clone() } else { Vec::new() },
            exclude: self.exclude.clone(),
            trigger: self.trigger,
        }
    }
}

impl Store {
    /// Makes a new draft of the same kind that says what this mailing says, for the newest approved
    /// statement of its topic. `named` makes the copy's name of the original's.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when the topic has no approved statement any more, or when every tag that
    /// it asks for is gone.
    pub async fn copy_mailing(
        &self,
        account: AccountId,
        id: MailingId,
        named: impl FnOnce(&str) -> String,
        expiry_hours: i64,
        by: &str,
        now: Timestamp,
    ) -> Result<MailingId> {
        let original = self.mailing(account, id).await?;
        let short: String = original.name.chars().take(NAME_CHARS).collect();
        let draft = MailingDraft { name: named(&short), topic_version: None, ..original.draft() };
        let draft = self.without_removed_tags(account, draft).await?;
        self.create_mailing(account, original.kind, draft, expiry_hours, by, now).await
    }
}
