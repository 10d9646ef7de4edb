//! "Why did this person (not) get that mail?": an answer from what is on record (promise 7).

use policy::absent::Absent;
use policy::{AccountId, ContactId, MailingId};
use store::StoreError;
use texts::{Language, audience as say};

use super::timeline::mail_says;
use crate::customers::mailings::words;
use crate::error::Fault;
use crate::ui::form::{Choice, Field, Form, Kind, must};
use crate::ui::visit::Visit;

/// Mailings that one can ask about.
const MAILINGS: i64 = 300;
/// The question, sent by GET.
const ASKED: &[Field] = &[must("mailing", say::why_mailing, Kind::Pick)];

/// The question, and its answer.
pub(super) struct Why {
    pub(super) form: Form,
    /// Sentences; empty while nothing is asked.
    pub(super) answer: Vec<String>,
    /// What the server said, word for word.
    pub(super) said: String,
    /// There are mailings to ask about.
    pub(super) any: bool,
}

/// The sentence of a reason.
pub(super) fn sentence(language: Language, absent: Absent) -> String {
    match absent {
        Absent::NotBegun => say::absent_not_begun(language),
        Absent::BeingListed => say::absent_being_listed(language),
        Absent::LeftBefore => say::absent_left_before(language),
        Absent::Away => say::absent_away(language),
        Absent::CameLater => say::absent_came_later(language),
        Absent::NoConsent => say::absent_no_consent(language),
        Absent::OtherStatement => say::absent_other_statement(language),
        Absent::AgreedLater => say::absent_agreed_later(language),
        Absent::ConsentEnded => say::absent_consent_ended(language),
        Absent::TagMissing => say::absent_tag_missing(language),
        Absent::TagExcluded => say::absent_tag_excluded(language),
        Absent::TagGivenBefore => say::absent_tag_given_before(language),
        Absent::EndedEarly => say::absent_ended_early(language),
        Absent::Unknown => say::absent_unknown(language),
    }
}

/// The mailings that one can ask about, newest first.
async fn mailings(visit: &Visit, account: AccountId) -> Result<Vec<Choice>, Fault> {
    let begun = visit.web.store.mailings_begun(account, MAILINGS).await?;
    Ok(begun.into_iter().map(|(id, name)| Choice::new(id, name)).collect())
}

/// The question, with its answer where one was asked.
pub(super) async fn of(visit: &Visit, account: AccountId, contact: ContactId) -> Result<Why, Fault> {
    let choices = mailings(visit, account).await?;
    let any = !choices.is_empty();
    let asked = visit.query("mailing");
    let form = Form::empty(visit.language, String::new(), ASKED)
        .with_all("mailing", Some(asked.clone()).filter(|id| !id.is_empty()));
    let mut why = Why { form: form.options("mailing", choices), answer: Vec::new(), said: String::new(), any };
    let Some(mailing) = asked.parse::<MailingId>().ok().filter(|_| why.form.is_good()) else { return Ok(why) };
    let (language, store) = (visit.language, &visit.web.store);
    match store.absence(account, mailing, contact, visit.now()).await {
        Ok(Some(absent)) => why.answer.push(sentence(language, absent)),
        Ok(None) => {
            let mail = store.mail_of_contact(account, mailing, contact).await?;
            why.answer.push(mail_says(language, mail.kind, &mail.line.mailing_name, mail.line.state));
            why.answer.extend(mail.line.reason.as_deref().map(|reason| words::reason(language, reason)));
            why.said = mail.line.reply.unwrap_or_default();
        }
        Err(StoreError::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(why)
}
