//! "Why did this person (not) get that mail?": an answer from what is on record (promise 7).

use policy::{AccountId, ContactId, MailingId};
use store::StoreError;
use texts::audience as say;

use crate::error::Fault;
use crate::ui::form::{Choice, Field, Form, Kind, must};
use crate::ui::time;
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

/// The mailings that one can ask about, newest first.
async fn mailings(visit: &Visit, account: AccountId) -> Result<Vec<Choice>, Fault> {
    let begun = visit.web.store.mailings_begun(account, MAILINGS).await?;
    Ok(begun.into_iter().map(|(id, name)| Choice::new(id, name)).collect())
}

/// The question, with its answer where one was asked.
pub(super) async fn of(visit: &Visit, account: AccountId, contact: ContactId, zone: &str) -> Result<Why, Fault> {
    let choices = mailings(visit, account).await?;
    let any = !choices.is_empty();
    let asked = visit.query("mailing");
    let form = Form::empty(visit.language, String::new(), ASKED)
        .with_all("mailing", Some(asked.clone()).filter(|id| !id.is_empty()));
    let mut why = Why { form: form.options("mailing", choices), answer: Vec::new(), said: String::new(), any };
    let Some(mailing) = asked.parse::<MailingId>().ok().filter(|_| why.form.is_good()) else { return Ok(why) };
    match visit.web.store.why(account, mailing, contact, visit.now()).await {
        Ok(answer) => {
            why.answer = answer.sentences(visit.language, &|at| time::moment(visit.language, zone, at));
            why.said = answer.said().to_owned();
        }
        Err(StoreError::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(why)
}
