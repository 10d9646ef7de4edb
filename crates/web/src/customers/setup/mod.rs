//! Setting an account up: legal notice, senders, domains, websites, topics. Everybody of the account looks;
//! owners decide ([`Role::Owner`]), and editors may have something looked at once more.

mod domains;
mod legal;
mod senders;
mod topics;
mod websites;

use policy::invalid::Invalid;
use policy::zone::DEFAULT_ZONE;
use store::StoreError;

use crate::error::Fault;
use crate::ui::form::Form;
use crate::ui::table::{Page, page};
use crate::ui::visit::Visit;

/// The pages of this area.
pub(super) fn pages() -> Vec<Page> {
    vec![
        page!(GET "/a/{account}/legal-notice", Role(Reader), "legal-notice", legal::show),
        page!(POST "/a/{account}/legal-notice", Role(Owner), "legal-notice", legal::change, form = legal::FIELDS),
        page!(GET "/a/{account}/legal-notice/versions", Role(Reader), "legal-notice-versions", legal::versions),
        page!(GET "/a/{account}/senders", Role(Reader), "senders", senders::list),
        page!(GET "/a/{account}/senders/new", Role(Owner), "sender-new", senders::begin),
        page!(POST "/a/{account}/senders/new", Role(Owner), "sender-new", senders::add_own, form = senders::OWN),
        page!(POST "/a/{account}/senders/new/platform", Role(Owner), "sender-new-platform", senders::add_platform, form = senders::PLATFORM),
        page!(GET "/a/{account}/senders/{sender}", Role(Reader), "sender", senders::show),
        page!(POST "/a/{account}/senders/{sender}/name", Role(Owner), "sender-name", senders::rename, form = senders::NAME),
        page!(POST "/a/{account}/senders/{sender}/proof", Role(Owner), "sender-proof", senders::prove),
        page!(POST "/a/{account}/senders/{sender}/choose", Role(Owner), "sender-choose", senders::choose),
        page!(POST "/a/{account}/senders/{sender}/remove", Role(Owner), "sender-remove", senders::remove),
        page!(GET "/a/{account}/domains", Role(Reader), "domains", domains::list),
        page!(GET "/a/{account}/domains/new", Role(Owner), "domain-new", domains::begin),
        page!(POST "/a/{account}/domains/new", Role(Owner), "domain-new", domains::add, form = domains::NEW),
        page!(GET "/a/{account}/domains/{domain}", Role(Reader), "domain", domains::show),
        page!(POST "/a/{account}/domains/{domain}/check", Role(Editor), "domain-check", domains::check, form = domains::CHECK),
        page!(POST "/a/{account}/domains/{domain}/remove", Role(Owner), "domain-remove", domains::remove),
        page!(GET "/a/{account}/websites", Role(Reader), "websites", websites::list),
        page!(GET "/a/{account}/websites/new", Role(Owner), "website-new", websites::begin),
        page!(POST "/a/{account}/websites/new", Role(Owner), "website-new", websites::add, form = websites::NEW),
        page!(GET "/a/{account}/websites/{website}", Role(Reader), "website", websites::show),
        page!(GET "/a/{account}/websites/{website}/file", Role(Reader), "website-file", websites::file),
        page!(POST "/a/{account}/websites/{website}/check", Role(Editor), "website-check", websites::check),
        page!(POST "/a/{account}/websites/{website}/remove", Role(Owner), "website-remove", websites::remove),
        page!(GET "/a/{account}/topics", Role(Reader), "topics", topics::list),
        page!(GET "/a/{account}/topics/new", Role(Owner), "topic-new", topics::begin),
        page!(POST "/a/{account}/topics/new", Role(Owner), "topic-new", topics::submit, form = topics::NEW),
        page!(GET "/a/{account}/topics/{topic}", Role(Reader), "topic", topics::show),
        page!(POST "/a/{account}/topics/{topic}", Role(Owner), "topic", topics::change, form = topics::STATEMENT),
    ]
}

pub(crate) use domains::badge as domain_badge;
pub(crate) use websites::found as place_badge;

/// A state: how it looks (`good`, `wait`, `bad`, `info`, `open`), and its word.
pub(crate) type Badge = (&'static str, String);

/// The address of a page of the account.
fn at(visit: &Visit, rest: &str) -> Result<String, Fault> {
    Ok(format!("/a/{}/{rest}", visit.account()?))
}

/// The account's time zone.
async fn zone(visit: &Visit) -> Result<String, Fault> {
    let zone = visit.web.store.account(visit.account()?).await?.time_zone;
    Ok(if zone.is_empty() { DEFAULT_ZONE.to_owned() } else { zone })
}

/// A rule's refusal, which the page shows, apart from faults.
fn ruled<T>(result: Result<T, StoreError>) -> Result<Result<T, Invalid>, Fault> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(StoreError::Invalid(problem)) => Ok(Err(problem)),
        Err(error) => Err(error.into()),
    }
}

/// Puts a rule's refusal beside its field, where the page's form has it.
fn refuse(visit: &Visit, form: &mut Form, problem: &Invalid) {
    let field = problem.field().filter(|field| visit.page.form.iter().any(|known| known.name == *field));
    match field {
        Some(field) => form.wrong(field, problem.say(visit.language)),
        None => form.refused(problem.say(visit.language)),
    }
}
