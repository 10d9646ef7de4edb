//! What somebody of the account does with one contact. No act gives a topic (R82), and none brings back
//! who left (R40).

use policy::TagId;
use store::contacts::UnsubscribeOutcome;
use texts::audience as say;

use super::contact::{self, Sent, active, give_options, named};
use super::{book_of, fields, told};
use crate::error::Fault;
use crate::ui::form::{Field, Form, Kind, must};
use crate::ui::table::Answer;
use crate::ui::visit::Visit;

/// A tag to be given.
pub(super) const GIVE: &[Field] = &[must("tag", say::give_tag, Kind::Pick).hint(say::give_tag_hint)];

/// POST: gives a tag; what follows from it is planned.
pub(super) async fn give(visit: Visit) -> Answer {
    let (account, contact) = active(&visit).await?;
    let tags = visit.web.store.tag_names(account).await?;
    let mut form: Form = give_options(visit.form(), &tags, &contact.tags);
    let tag = form.int("tag").filter(|_| form.is_good()).map(TagId::from_raw);
    if let Some(tag) = tag {
        let store = &visit.web.store;
        let given = store.change_tags(account, contact.id, vec![tag], Vec::new(), &visit.actor(), visit.now()).await;
        if told(&mut form, given)?.is_some() {
            return visit.to(&format!("{}/{}", book_of(account), contact.id), "saved");
        }
    }
    contact::again(&visit, contact.id, Sent { give: Some(form), ..Sent::default() }).await
}

/// POST: takes a tag; no mail that chose the contact by it is completed after the answer (promise 3).
pub(super) async fn take(visit: Visit) -> Answer {
    let (account, contact) = active(&visit).await?;
    let tag = TagId::from_raw(visit.id("tag")?);
    let store = &visit.web.store;
    store.change_tags(account, contact.id, Vec::new(), vec![tag], &visit.actor(), visit.now()).await?;
    store.drain_all().await;
    visit.to(&format!("{}/{}", book_of(account), contact.id), "saved")
}

/// POST: the fields.
pub(super) async fn set_fields(visit: Visit) -> Answer {
    let (account, contact) = active(&visit).await?;
    let posted = fields::posted(&visit);
    let problem = match posted.wanted(visit.language) {
        Err(problem) => problem,
        Ok(wanted) => match visit.web.store.set_fields(account, contact.id, wanted).await {
            Ok(()) => return visit.to(&format!("{}/{}", book_of(account), contact.id), "saved"),
            Err(store::StoreError::Invalid(problem)) => problem.say(visit.language),
            Err(error) => return Err(error.into()),
        },
    };
    let fields = Some(posted.again(problem));
    contact::again(&visit, contact.id, Sent { fields, ..Sent::default() }).await
}

/// POST: ends all mail of the account to the contact, at once (R30, R42).
pub(super) async fn unsubscribe(visit: Visit) -> Answer {
    let (account, id) = named(&visit).await?;
    match visit.web.store.unsubscribe(id, visit.word(), visit.now()).await? {
        UnsubscribeOutcome::Done(_) | UnsubscribeOutcome::Already => {
            visit.to(&format!("{}/{id}", book_of(account)), "unsubscribed")
        }
        UnsubscribeOutcome::Unknown => Err(Fault::NotFound),
    }
}

/// POST: erases a person, contact or former contact (D11). It returns when no mail can be completed.
pub(super) async fn erase(visit: Visit) -> Answer {
    let (account, id) = named(&visit).await?;
    visit.web.store.erase(account, id, visit.word(), visit.now()).await?;
    visit.to(&format!("{}/{id}", book_of(account)), "erased")
}
