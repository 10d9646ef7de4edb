//! Who hears from an account: the address book, one contact with everything that happened, former
//! contacts, tags, and the forms through which people come.
//!
//! There is no way here to add somebody: whoever becomes a contact confirmed a sign-up (R17). What a
//! former contact was called is shown to nobody but in the proof of the consent (L1).

mod acts;
mod book;
mod contact;
mod fields;
mod form;
mod form_edit;
mod former;
mod forms;
mod proof;
mod tags;
mod timeline;
mod why;

use policy::AccountId;
use policy::consent::FormerReason;
use store::StoreError;
use texts::{Language, audience as say};

pub(crate) use book::counted;

use crate::error::Fault;
use crate::ui::form::Form;
use crate::ui::table::{Page, page};

/// A link to one of several pages that stand side by side.
struct Tab {
    href: String,
    label: String,
    current: bool,
}

/// The pages of this area, in the order of the navigation.
pub(super) fn pages() -> Vec<Page> {
    [contacts(), tags::pages(), forms::pages()].into_iter().flatten().collect()
}

fn contacts() -> Vec<Page> {
    vec![
        page!(GET "/a/{account}/contacts", Role(Reader), "contacts", book::show),
        page!(GET "/a/{account}/contacts/former", Role(Reader), "contacts-former", former::show),
        page!(POST "/a/{account}/contacts/former", Role(Reader), "contacts-former", former::find, form = former::FIND),
        page!(GET "/a/{account}/contacts/{contact}", Role(Reader), "contact", contact::show),
        page!(GET "/a/{account}/contacts/{contact}/proof", Role(Editor), "contact-proof", proof::show),
        page!(POST "/a/{account}/contacts/{contact}/fields", Role(Editor), "contact-fields", acts::set_fields),
        page!(POST "/a/{account}/contacts/{contact}/tags", Role(Editor), "contact-tag-give", acts::give, form = acts::GIVE),
        page!(POST "/a/{account}/contacts/{contact}/tags/{tag}/take", Role(Editor), "contact-tag-take", acts::take),
        page!(POST "/a/{account}/contacts/{contact}/unsubscribe", Role(Editor), "contact-unsubscribe", acts::unsubscribe),
        page!(POST "/a/{account}/contacts/{contact}/erase", Role(Editor), "contact-erase", acts::erase),
    ]
}

/// The address of the address book.
fn book_of(account: AccountId) -> String {
    format!("/a/{account}/contacts")
}

/// What a rule refuses goes into the form; every other error is a fault.
fn told<T>(form: &mut Form, result: Result<T, StoreError>) -> Result<Option<T>, Fault> {
    match result {
        Ok(done) => Ok(Some(done)),
        Err(StoreError::Invalid(problem)) => {
            form.told(&problem);
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Why somebody left, in a word.
fn left(language: Language, reason: FormerReason) -> String {
    match reason {
        FormerReason::Unsubscribed => say::left_unsubscribed(language),
        FormerReason::Complained => say::left_complained(language),
        FormerReason::Bounced => say::left_bounced(language),
        FormerReason::Excluded => say::left_excluded(language),
        FormerReason::Erased => say::left_erased(language),
    }
}

/// A query of names and values, with its mark; empty where there are none.
fn query(pairs: &[(&str, String)]) -> String {
    let given: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
    let text = serde_urlencoded::to_string(given).unwrap_or_default();
    if text.is_empty() { text } else { format!("?{text}") }
}
