//! The exclusion list: whether an address stands on it and why, and what a person may do about it. The
//! address is posted, and stands in no address bar and no log.

use askama::Template;
use mail_formats::address::EmailAddress;
use policy::bounce::{ExclusionReason, Lifter};
use seals::AddressKey;
use store::suppressions::{Lifted, NewSuppression, Suppression};
use texts::{Language, desk, desk as t};

use super::REASON;
use super::ask::{Question, answered, ask};
use super::show::{self, Link};
use crate::error::Fault;
use crate::ui::form::{Field, Form, Kind, must};
use crate::ui::html::Html;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::Visit;

/// An address to be looked for.
pub(super) const ADDRESS: &[Field] = &[must("address", t::field_address, Kind::Address)];
/// An address, and why something is done with it.
pub(super) const SIGNED: &[Field] = &[must("address", t::field_address, Kind::Hidden(254)), REASON];

/// What is known of an address.
struct Found {
    address: String,
    /// Its entry on the list: question and answer.
    entry: Option<Vec<(String, String)>>,
    links: Vec<Link>,
    lifts: Vec<(Html, String, String)>,
    timed_out: i64,
    not_me: i64,
    /// The account numbers in whose books it stands.
    books: usize,
    add: Form,
    lift: Form,
    silence: Form,
}

#[derive(Template)]
#[template(path = "desk/exclusions.html")]
struct Exclusions {
    shell: Shell,
    t: desk::Say,
    form: Form,
    found: Option<Found>,
}

fn page(visit: &Visit, form: Form, found: Option<Found>) -> Exclusions {
    let t = desk::Say(visit.language);
    Exclusions { shell: visit.shell(t.exclusions_title()).lead(t.exclusions_lead()), t, form, found }
}

/// GET: the form, and nothing else.
pub(super) async fn show(visit: Visit) -> Answer {
    visit.show(&page(&visit, Form::empty(visit.language, visit.mark(), ADDRESS), None))
}

/// POST: what is known of an address. Changes nothing.
pub(super) async fn find(visit: Visit) -> Answer {
    let form = visit.form();
    let Some(address) = form.address("address").filter(|_| form.is_good()) else {
        return visit.again(&page(&visit, form, None));
    };
    let found = found(&visit, &address, Signed::default()).await?;
    visit.show(&page(&visit, form, Some(found)))
}

/// Forms that came back with problems.
#[derive(Default)]
struct Signed {
    add: Option<Form>,
    lift: Option<Form>,
    silence: Option<Form>,
}

fn keys(visit: &Visit, address: &EmailAddress) -> Vec<AddressKey> {
    visit.web.seals.address_keys_mail(&address.normalised())
}

async fn found(visit: &Visit, address: &EmailAddress, signed: Signed) -> Result<Found, Fault> {
    let (language, store, keys) = (visit.language, &visit.web.store, keys(visit, address));
    let entry = store.suppression(&keys).await?;
    let spared = store.spared(&keys).await?;
    let lifts = store.lifts(&keys).await?;
    let form = |place: &str, sent: Option<Form>| {
        let form = sent.unwrap_or_else(|| Form::empty(language, visit.mark(), SIGNED));
        form.at(place).with("address", address.as_str())
    };
    Ok(Found {
        address: address.as_str().to_owned(),
        links: entry.as_ref().map(|entry| links(language, entry)).unwrap_or_default(),
        entry: match &entry {
            Some(entry) => Some(facts(visit, entry).await?),
            None => None,
        },
        lifts: lifts.into_iter().map(|(at, by, why)| (show::at(language, at), by, why)).collect(),
        timed_out: spared.timed_out,
        not_me: spared.not_me,
        books: store.contacts_of_address(&keys).await?.len(),
        add: form("add", signed.add),
        lift: form("lift", signed.lift),
        silence: form("silence", signed.silence),
    })
}

fn reason(language: Language, reason: ExclusionReason) -> String {
    match reason {
        ExclusionReason::HardBounce => t::excluded_hard(language),
        ExclusionReason::ThirdSoftBounce => t::excluded_soft(language),
        ExclusionReason::Operator => t::excluded_operator(language),
        ExclusionReason::OwnWish => t::excluded_wish(language),
    }
}

/// The entry with its source: for the operator's eyes only (R60).
async fn facts(visit: &Visit, entry: &Suppression) -> Result<Vec<(String, String)>, Fault> {
    let (language, t) = (visit.language, desk::Say(visit.language));
    let moment = crate::ui::time::moment(language, show::ZONE, entry.at);
    let mut facts = vec![(t.fact_why(), reason(language, entry.reason)), (t.fact_since(), moment)];
    if let Some(account) = entry.account {
        let account = visit.web.store.account(account).await?;
        facts.push((t.fact_mail_of(), account.name));
        if let Some(mailing) = entry.mailing {
            let name = visit.web.store.mailing(account.id, mailing).await.map(|mailing| mailing.name);
            facts.push((t.fact_mailing(), name.unwrap_or_else(|_| mailing.to_string())));
        }
    }
    if let Some(reply) = &entry.reply {
        facts.push((t.fact_reply(), reply.clone()));
    }
    if entry.lifted_before {
        facts.push((t.fact_lifted_before(), t.lifted_before()));
    }
    Ok(facts)
}

fn links(language: Language, entry: &Suppression) -> Vec<Link> {
    let account = entry.account.map(|id| Link { href: format!("/desk/accounts/{id}"), label: t::to_account(language) });
    let incident =
        entry.incident.map(|id| Link { href: format!("/desk/incidents/{id}"), label: t::to_incident(language) });
    account.into_iter().chain(incident).collect()
}

/// What the form of one of the three acts holds: the address, if everything fits.
fn signed(form: &Form) -> Result<EmailAddress, Fault> {
    EmailAddress::parse(form.text("address")).map_err(|_| Fault::BadRequest)
}

/// The page with what is known now, after an act.
async fn done(visit: &Visit, address: &EmailAddress) -> Answer {
    let form = Form::empty(visit.language, visit.mark(), ADDRESS).with("address", address.as_str());
    let found = found(visit, address, Signed::default()).await?;
    let mut page = page(visit, form, Some(found));
    page.shell.said = Some(texts::ui::said_saved(visit.language));
    visit.show(&page)
}

/// POST: excludes an address by hand.
pub(super) async fn add(visit: Visit) -> Answer {
    let (language, form) = (visit.language, visit.form());
    let address = signed(&form)?;
    if !form.is_good() {
        let asked = Form::empty(language, visit.mark(), ADDRESS).with("address", address.as_str());
        let found = found(&visit, &address, Signed { add: Some(form), ..Signed::default() }).await?;
        return visit.again(&page(&visit, asked, Some(found)));
    }
    if !answered(&visit) {
        let happens = vec![t::will_exclude(language, address.as_str()), t::will_exclude_all(language)];
        return ask(&visit, question(t::exclude(language), happens, true));
    }
    let key = visit.web.seals.address_key_mail(&address.normalised());
    let entry = NewSuppression {
        key,
        address: Some(address.as_str().to_owned()),
        reason: ExclusionReason::Operator,
        account: None,
        mailing: None,
        reply: Some(format!("{}: {}", show::signer(&visit), form.text("reason"))),
        provider_group: None,
    };
    visit.web.store.suppress(entry, visit.now()).await?;
    let drain = visit.web.store.begin_drain();
    visit.web.store.cancel_address(key).await?;
    drain.everybody().await;
    done(&visit, &address).await
}

fn question(title: String, happens: Vec<String>, danger: bool) -> Question {
    Question { button: title.clone(), title, happens, danger, back: "/desk/exclusions".to_owned() }
}

/// POST: takes an address off the list (D6).
pub(super) async fn lift(visit: Visit) -> Answer {
    let (language, form) = (visit.language, visit.form());
    let address = signed(&form)?;
    if !form.is_good() {
        let asked = Form::empty(language, visit.mark(), ADDRESS).with("address", address.as_str());
        let found = found(&visit, &address, Signed { lift: Some(form), ..Signed::default() }).await?;
        return visit.again(&page(&visit, asked, Some(found)));
    }
    if !answered(&visit) {
        let happens = vec![t::will_lift(language, address.as_str()), t::will_lift_only(language)];
        return ask(&visit, question(t::lift(language), happens, false));
    }
    let (by, keys) = (show::signer(&visit), keys(&visit, &address));
    match visit.web.store.lift_suppression(keys, Lifter::Operator, &by, form.text("reason"), visit.now()).await? {
        Lifted::Lifted => done(&visit, &address).await,
        Lifted::NotListed | Lifted::NeedsOperator => Err(Fault::Conflict),
    }
}

/// POST: lets confirmation mails go to an address again (R18, D13).
pub(super) async fn lift_silence(visit: Visit) -> Answer {
    let (language, form) = (visit.language, visit.form());
    let address = signed(&form)?;
    if !form.is_good() {
        let asked = Form::empty(language, visit.mark(), ADDRESS).with("address", address.as_str());
        let found = found(&visit, &address, Signed { silence: Some(form), ..Signed::default() }).await?;
        return visit.again(&page(&visit, asked, Some(found)));
    }
    if !answered(&visit) {
        let happens = vec![t::will_unsilence(language, address.as_str()), t::will_forget_not_me(language)];
        return ask(&visit, question(t::lift_silence(language), happens, false));
    }
    let (by, keys) = (show::signer(&visit), keys(&visit, &address));
    visit.web.store.lift_silence_signed(keys, &by, form.text("reason"), visit.now()).await?;
    done(&visit, &address).await
}
