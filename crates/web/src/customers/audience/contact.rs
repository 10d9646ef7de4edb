//! One person: a contact with everything that happened, what comes next and what one can do, or a
//! former contact, who has no name.

use askama::Template;
use policy::{AccountId, ContactId, MailingId, TagId, Timestamp};
use store::StoreError;
use store::book::{Coming, Contact, Former};
use texts::{Language, audience as say, ui};

use super::acts::GIVE;
use super::fields::{self, Fields};
use super::timeline::{self, Entry, Reader, mailing_href};
use super::why::{self, Why};
use super::{book_of, former, left, query};
use crate::customers::authors::Authors;
use crate::customers::mailings::words;
use crate::error::Fault;
use crate::ui::form::{Choice, Form};
use crate::ui::html::Html;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::time;
use crate::ui::visit::{Visit, see_other};

/// Mails of the timeline that come at once.
const MAILS: i64 = 30;

/// A tag that the contact carries, and the address that takes it.
struct Carried {
    name: String,
    href: String,
    take: String,
}

/// A mail that comes next.
struct Next {
    name: String,
    href: String,
    when: Html,
    state: String,
    reason: String,
}

/// A topic that the contact agreed to.
struct Topic {
    statement: String,
    since: Html,
}

/// What somebody who may edit can do.
struct Tools {
    give: Form,
    /// There are tags that the contact does not carry.
    can_give: bool,
    fields: Fields,
    /// The beginning of the addresses of all acts.
    base: String,
    /// What stays after an erasure.
    erase: Vec<String>,
}

#[derive(Template)]
#[template(path = "customers/audience/contact.html")]
struct ContactPage {
    shell: Shell,
    t: say::Say,
    sign: &'static str,
    state: String,
    /// The person is a contact.
    active: bool,
    facts: Vec<(String, Html)>,
    topics: Vec<Topic>,
    carried: Vec<Carried>,
    tools: Option<Tools>,
    next_mails: Vec<Next>,
    why: Why,
    here: String,
    entries: Vec<Entry>,
    first: String,
    older: String,
    proof: String,
}

/// A person as the memory has it.
enum Person {
    Active(Contact),
    Former(Former),
}

/// Forms that came back with problems.
#[derive(Default)]
pub(super) struct Sent {
    pub(super) give: Option<Form>,
    pub(super) fields: Option<Fields>,
}

/// The number in the path, when it is one of the account's.
pub(super) async fn named(visit: &Visit) -> Result<(AccountId, ContactId), Fault> {
    let (account, id) = (visit.account()?, ContactId::from_raw(visit.id("contact")?));
    Ok((account, visit.web.store.person_today(account, id).await?))
}

/// The active contact of the path.
pub(super) async fn active(visit: &Visit) -> Result<(AccountId, Contact), Fault> {
    let (account, id) = named(visit).await?;
    Ok((account, visit.web.store.contact(account, id).await?))
}

async fn person(visit: &Visit, account: AccountId, id: ContactId) -> Result<Person, Fault> {
    match visit.web.store.contact(account, id).await {
        Ok(contact) => Ok(Person::Active(contact)),
        Err(StoreError::NotFound(_)) => Ok(Person::Former(visit.web.store.former_contact(account, id).await?)),
        Err(error) => Err(error.into()),
    }
}

/// GET: the person.
pub(super) async fn show(visit: Visit) -> Answer {
    let (account, id) = named(&visit).await?;
    if id.get() != visit.id("contact")? {
        // A sign-up of somebody who was known left its number to the contact.
        return Ok(see_other(&format!("{}/{id}", book_of(account))));
    }
    let page = page(&visit, account, id, Sent::default()).await?;
    visit.show(&page)
}

/// The page once more, with what is wrong in a form.
pub(super) async fn again(visit: &Visit, id: ContactId, sent: Sent) -> Answer {
    let page = page(visit, visit.account()?, id, sent).await?;
    visit.again(&page)
}

async fn page(visit: &Visit, account: AccountId, id: ContactId, sent: Sent) -> Result<ContactPage, Fault> {
    let (language, store) = (visit.language, &visit.web.store);
    let person = person(visit, account, id).await?;
    let zone = store.account(account).await?.time_zone;
    let here = format!("{}/{id}", book_of(account));
    let tags = store.tag_names(account).await?;
    let editor = visit.may(policy::role::Role::Editor);
    let (entries, first, older) = history(visit, account, id, &zone, &here).await?;
    let mut page = ContactPage {
        shell: shell(visit, account, &person),
        t: say::Say(language),
        sign: "good",
        state: say::state_active(language),
        active: matches!(person, Person::Active(_)),
        facts: Vec::new(),
        topics: Vec::new(),
        carried: Vec::new(),
        tools: None,
        next_mails: Vec::new(),
        why: why::of(visit, account, id, &zone).await?,
        proof: if editor { format!("{here}/proof") } else { String::new() },
        here,
        entries,
        first,
        older,
    };
    match person {
        Person::Active(contact) => {
            page.facts = facts(language, &zone, &contact);
            page.topics = topics(visit, account, &zone, &contact).await?;
            page.carried = carried(&page.here, account, &tags, &contact);
            page.next_mails =
                store.coming_to(account, id).await?.iter().map(|mail| next(language, &zone, account, mail)).collect();
            page.tools = match editor {
                true => Some(tools(visit, &page.here, &tags, &contact, sent).await?),
                false => None,
            };
        }
        Person::Former(of) => {
            (page.sign, page.state) = (former::sign(of.line.reason), left(language, of.line.reason));
            page.facts = former_facts(visit, &zone, &of);
            page.tools = (editor && !of.erased).then(|| Tools::erasing(visit, &page.here));
        }
    }
    Ok(page)
}

fn shell(visit: &Visit, account: AccountId, person: &Person) -> Shell {
    let (language, book) = (visit.language, book_of(account));
    match person {
        Person::Active(contact) => visit.shell(contact.address.clone()).crumb(book, ui::nav_contacts(language)),
        Person::Former(of) => visit
            .shell(former::name(language, of.line.id))
            .lead(say::former_unnamed(language))
            .crumb(book.clone(), ui::nav_contacts(language))
            .crumb(format!("{book}/former"), say::tab_former(language)),
    }
}

/// What happened: the entries of this page, and the ways to the first and to older ones.
async fn history(
    visit: &Visit,
    account: AccountId,
    id: ContactId,
    zone: &str,
    here: &str,
) -> Result<(Vec<Entry>, String, String), Fault> {
    let store = &visit.web.store;
    let at: Option<i64> = visit.query("at").parse().ok();
    let behind = at.filter(|_| visit.after() > 0).map(Timestamp::from_millis);
    let before = behind.map(|at| (at, MailingId::from_raw(visit.after())));
    let mails = store.mails_of_contact(account, id, before, MAILS).await?;
    let more = i64::try_from(mails.len()).is_ok_and(|length| length >= MAILS);
    let authors = Authors::of(visit, account).await?;
    let reader = Reader { language: visit.language, zone, account, authors: &authors };
    let mut others = timeline::of_ledger(&reader, &store.consent_events(account, id).await?);
    others.extend(timeline::of_tags(&reader, &store.tag_spans(account, id).await?));
    let older = mails.last().filter(|_| more).map(|last| {
        let pairs = [("at", last.ended_at().millis().to_string()), ("after", last.line.mailing.to_string())];
        format!("{here}{}#history", query(&pairs))
    });
    let first = if behind.is_some() { format!("{here}#history") } else { String::new() };
    Ok((timeline::page(&reader, others, &mails, behind, more), first, older.unwrap_or_default()))
}

fn plain(text: impl Into<String>) -> Html {
    Html::text(&text.into())
}

fn facts(language: Language, zone: &str, contact: &Contact) -> Vec<(String, Html)> {
    let spoken = contact.language.parse().unwrap_or(language);
    let spoken = match spoken {
        Language::De => texts::mailings::language_de(language),
        Language::En => texts::mailings::language_en(language),
    };
    vec![
        (say::fact_since(language), time::marked(language, zone, contact.since)),
        (say::fact_language(language), plain(spoken)),
        (say::fact_number(language), plain(contact.id.to_string())),
    ]
}

fn former_facts(visit: &Visit, zone: &str, of: &Former) -> Vec<(String, Html)> {
    let language = visit.language;
    let mut facts = vec![
        (say::fact_since(language), time::marked(language, zone, of.line.since)),
        (say::fact_left(language), time::marked(language, zone, of.line.left_at)),
        (say::fact_reason(language), plain(left(language, of.line.reason))),
    ];
    if let Some(until) = of.restorable_until.filter(|until| *until > visit.now()) {
        facts.push((say::fact_undo(language), plain(say::undo_until(language, &time::moment(language, zone, until)))));
    }
    facts
}

/// The statements that the contact agreed to, as they were shown.
async fn topics(visit: &Visit, account: AccountId, zone: &str, contact: &Contact) -> Result<Vec<Topic>, Fault> {
    let known = visit.web.store.topics(account).await?;
    let topic = |given: &store::book::GivenConsent| {
        let version = known.iter().find(|version| version.topic == given.topic)?;
        Some(Topic {
            statement: version.statement.clone(),
            since: time::marked(visit.language, zone, given.granted_at),
        })
    };
    Ok(contact.consents.iter().filter_map(topic).collect())
}

fn carried(here: &str, account: AccountId, tags: &[(TagId, String)], contact: &Contact) -> Vec<Carried> {
    let of = |(tag, name): &(TagId, String)| Carried {
        name: name.clone(),
        href: format!("/a/{account}/tags/{tag}"),
        take: format!("{here}/tags/{tag}/take"),
    };
    tags.iter().filter(|(tag, _)| contact.tags.contains(tag)).map(of).collect()
}

fn next(language: Language, zone: &str, account: AccountId, mail: &Coming) -> Next {
    Next {
        name: mail.name.clone(),
        href: mailing_href(account, mail.kind, mail.mailing),
        when: time::marked(language, zone, mail.due_at),
        state: mail.state.map_or_else(|| say::coming_scheduled(language), |state| words::row_state(language, state)),
        reason: mail.reason.as_deref().map(|reason| words::reason(language, reason)).unwrap_or_default(),
    }
}

/// The tags that a contact could get.
pub(super) fn give_options(form: Form, tags: &[(TagId, String)], carried: &[TagId]) -> Form {
    let free = tags.iter().filter(|(tag, _)| !carried.contains(tag));
    form.options("tag", free.map(|(tag, name)| Choice::new(tag, name.clone())).collect())
}

async fn tools(
    visit: &Visit,
    here: &str,
    tags: &[(TagId, String)],
    contact: &Contact,
    sent: Sent,
) -> Result<Tools, Fault> {
    let names = visit.web.store.field_names(contact.id.account()).await?;
    let give = sent.give.unwrap_or_else(|| Form::empty(visit.language, visit.mark(), GIVE));
    Ok(Tools {
        give: give_options(give, tags, &contact.tags),
        can_give: tags.iter().any(|(tag, _)| !contact.tags.contains(tag)),
        fields: sent.fields.unwrap_or_else(|| fields::of(contact, names)),
        ..Tools::erasing(visit, here)
    })
}

impl Tools {
    /// What can be done with somebody who left: nothing but to forget.
    fn erasing(visit: &Visit, here: &str) -> Self {
        let language = visit.language;
        Self {
            give: Form::empty(language, visit.mark(), GIVE),
            can_give: false,
            fields: Fields::none(),
            base: here.to_owned(),
            erase: vec![
                say::erase_goes(language),
                say::erase_stays(language),
                say::erase_proof(language),
                say::erase_final(language),
            ],
        }
    }
}
