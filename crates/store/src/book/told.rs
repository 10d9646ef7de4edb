//! What became of one mail, or why there is none, in sentences: the contact's page and `jawort explain`
//! say the same (promise 7).

use policy::absent::Absent;
use policy::{AccountId, ContactId, MailingId, RowState, Timestamp, why};
use texts::{Language, audience as say};

use super::life::{ContactMail, MailBounce};
use crate::Store;
use crate::error::Result;
use crate::mailings::MailingKind;

/// The answer to "why did this person (not) get that mail?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// There is a mail, which says for itself what became of it.
    Mail(Box<ContactMail>),
    /// The mailing never listed the person.
    Absent(Absent),
}

/// What a bounce did, where it did anything.
fn effect(language: Language, bounce: &MailBounce) -> Option<String> {
    match bounce.effect.as_str() {
        "excluded" => Some(say::bounce_excluded(language)),
        "counted_soft" => Some(say::bounce_counted(language)),
        "held" => Some(say::bounce_held(language)),
        _ => None,
    }
}

impl ContactMail {
    /// A bounce that was reported after the receiver had taken the mail.
    fn later_bounce(&self) -> Option<&MailBounce> {
        self.bounce.as_ref().filter(|_| self.line.state != RowState::Bounced)
    }

    /// Which mail it is, and where it stands.
    #[must_use]
    pub fn headline(&self, language: Language) -> String {
        let state = why::row_state(language, self.line.state);
        match self.kind {
            MailingKind::Newsletter => say::newsletter_mail(language, &self.line.mailing_name, &state),
            MailingKind::Autoresponder => say::autoresponder_mail(language, &self.line.mailing_name, &state),
        }
    }

    /// Why it stands there, and what came of it later; `moment` writes a moment for the reader.
    #[must_use]
    pub fn notes(&self, language: Language, moment: &dyn Fn(Timestamp) -> String) -> Vec<String> {
        let mut notes: Vec<String> = self.line.reason.iter().map(|reason| why::reason(language, reason)).collect();
        if let Some(bounce) = self.later_bounce() {
            notes.push(say::bounced_later(language, &moment(bounce.at)));
            notes.push(why::reason(language, &bounce.class));
        }
        notes.extend(self.bounce.as_ref().and_then(|bounce| effect(language, bounce)));
        if let Some(complaint) = &self.complaint {
            let at = moment(complaint.at);
            notes.push(if complaint.counted {
                say::complained_about(language, &at)
            } else {
                say::complaint_not_counted(language, &at)
            });
        }
        notes
    }

    /// What the receiver said last, word for word; empty where it said nothing.
    #[must_use]
    pub fn said(&self) -> &str {
        match self.later_bounce() {
            Some(bounce) => &bounce.reply,
            None => self.line.reply.as_deref().unwrap_or_default(),
        }
    }
}

impl Why {
    /// The answer in sentences; `moment` writes a moment for the reader.
    #[must_use]
    pub fn sentences(&self, language: Language, moment: &dyn Fn(Timestamp) -> String) -> Vec<String> {
        match self {
            Self::Absent(absent) => vec![why::absent(language, *absent)],
            Self::Mail(mail) => {
                let mut sentences = vec![mail.headline(language)];
                sentences.extend(mail.notes(language, moment));
                sentences
            }
        }
    }

    /// What the receiver said last, word for word; empty where it said nothing.
    #[must_use]
    pub fn said(&self) -> &str {
        match self {
            Self::Absent(_) => "",
            Self::Mail(mail) => mail.said(),
        }
    }
}

impl Store {
    /// Why a person of the account, contact or former contact, did or did not get a mail of a mailing.
    ///
    /// # Errors
    /// `NotFound` for a mailing or person that is not the account's; those of the database.
    pub async fn why(&self, account: AccountId, mailing: MailingId, contact: ContactId, now: Timestamp) -> Result<Why> {
        match self.absence(account, mailing, contact, now).await? {
            Some(absent) => Ok(Why::Absent(absent)),
            None => Ok(Why::Mail(Box::new(self.mail_of_contact(account, mailing, contact).await?))),
        }
    }
}
