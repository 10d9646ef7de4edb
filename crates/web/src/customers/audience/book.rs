//! The address book: active contacts, looked for by what somebody typed, by tags, and by a field.

use askama::Template;
use policy::{AccountId, ContactId, TagId};
use store::book::{Count, Finding, FoundContact, Mark};
use texts::{Language, audience as say};

use super::{Tab, book_of, query};
use crate::ui::form::{Choice, Field, Form, Kind, later, may};
use crate::ui::html::Html;
use crate::ui::number::grouped;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::time;
use crate::ui::visit::Visit;

/// Contacts that come at once.
const PAGE: usize = 50;
/// Tags that a search names on each side.
const TAGS: usize = 20;
/// Tags of a contact that its line shows.
const SHOWN_TAGS: usize = 5;
/// Characters of a contact's fields that its line shows.
const SHOWN_CHARS: usize = 80;

/// What one looks by. The form is sent by GET, so that a search has an address.
const SEARCH: &[Field] = &[
    later("q", say::search, Kind::Line(200)).hint(say::search_hint),
    may("with", say::with_tags, Kind::Picks(TAGS)).hint(say::with_tags_hint),
    may("without", say::without_tags, Kind::Picks(TAGS)).hint(say::without_tags_hint),
    later("field", say::by_field, Kind::Pick),
    later("value", say::by_value, Kind::Line(200)).hint(say::by_value_hint),
];

/// One contact of the list.
struct Line {
    href: String,
    address: String,
    /// Its fields in one line.
    fields: String,
    tags: Vec<String>,
    /// So many more tags; empty for none.
    more_tags: String,
    since: Html,
}

#[derive(Template)]
#[template(path = "customers/audience/book.html")]
struct Book {
    shell: Shell,
    t: say::Say,
    tabs: Vec<Tab>,
    form: Form,
    action: String,
    /// Tags or a field are looked by.
    narrowed: bool,
    /// Anything is looked by.
    searched: bool,
    /// There are tags, and fields, to look by.
    tags: bool,
    by_field: bool,
    /// How many there are.
    count: String,
    lines: Vec<Line>,
    /// The account has no contact at all.
    none: bool,
    forms: String,
    /// Enough was looked at for now.
    paused: bool,
    first: String,
    next: String,
}

/// The address book and those who left it, side by side.
pub(super) fn tabs(language: Language, account: AccountId, former: bool) -> Vec<Tab> {
    let book = book_of(account);
    vec![
        Tab { href: book.clone(), label: say::tab_active(language), current: !former },
        Tab { href: format!("{book}/former"), label: say::tab_former(language), current: former },
    ]
}

/// So many contacts, or at least so many.
pub(crate) fn counted(language: Language, count: Count) -> String {
    match (count.n, count.exact) {
        (1, true) => say::contacts_one(language),
        (n, true) => say::contacts(language, &grouped(language, n)),
        (n, false) => say::contacts_at_least(language, &grouped(language, n)),
    }
}

/// The search of the address, with what can be chosen.
fn search(visit: &Visit, tags: &[(TagId, String)], names: &[String]) -> Form {
    let ids = |name: &str| visit.query_ids(name).into_iter().take(TAGS);
    let options: Vec<Choice> = tags.iter().map(|(tag, name)| Choice::new(tag, name.clone())).collect();
    let form = Form::empty(visit.language, String::new(), SEARCH)
        .with("q", visit.query("q"))
        .with_all("with", ids("with"))
        .with_all("without", ids("without"))
        .with_all("field", Some(visit.query("field")).filter(|name| !name.is_empty()))
        .with("value", visit.query("value"));
    form.options("with", options.clone())
        .options("without", options)
        .options("field", names.iter().map(|name| Choice::new(name, name.clone())).collect())
}

fn finding(form: &Form) -> Finding {
    let tags = |name: &str| form.ids(name).into_iter().map(TagId::from_raw).collect();
    let field = form.text_opt("field").zip(form.text_opt("value"));
    Finding {
        typed: form.text("q").to_owned(),
        include: tags("with"),
        exclude: tags("without"),
        field: field.map(|(name, value)| (name.to_owned(), value.to_owned())),
    }
}

/// The search as a query, behind a mark or from its beginning.
fn address(base: &str, form: &Form, behind: Option<&Mark>) -> String {
    let mut pairs = vec![("q", form.text("q").to_owned())];
    for name in ["with", "without"] {
        pairs.extend(form.ids(name).into_iter().map(|id| (name, id.to_string())));
    }
    pairs.push(("field", form.text("field").to_owned()));
    pairs.push(("value", form.text("value").to_owned()));
    if let Some(mark) = behind {
        pairs.push(("from", mark.text.clone()));
        pairs.push(("after", mark.id.to_string()));
    }
    format!("{base}{}", query(&pairs))
}

fn line(language: Language, zone: &str, base: &str, tags: &[(TagId, String)], contact: &FoundContact) -> Line {
    let names: Vec<&String> = tags.iter().filter(|(tag, _)| contact.tags.contains(tag)).map(|(_, name)| name).collect();
    let fields = contact.fields.values().map(String::as_str).filter(|value| !value.is_empty());
    let all = fields.collect::<Vec<_>>().join(", ");
    let mut fields: String = all.chars().take(SHOWN_CHARS).collect();
    if fields.len() < all.len() {
        fields.push('…');
    }
    let more = names.len().saturating_sub(SHOWN_TAGS);
    Line {
        href: format!("{base}/{}", contact.id),
        address: contact.address.clone(),
        fields,
        tags: names.iter().take(SHOWN_TAGS).map(|name| (*name).clone()).collect(),
        more_tags: if more > 0 { say::more_tags(language, &more.to_string()) } else { String::new() },
        since: time::marked(language, zone, contact.since),
    }
}

/// GET: the contacts that fit, by key.
pub(super) async fn show(visit: Visit) -> Answer {
    let (account, language) = (visit.account()?, visit.language);
    let store = &visit.web.store;
    let (base, tags) = (book_of(account), store.tag_names(account).await?);
    let names = store.field_names(account).await?;
    let form = search(&visit, &tags, &names);
    let finding = finding(&form);
    let behind =
        (visit.after() > 0).then(|| Mark { text: visit.query("from"), id: ContactId::from_raw(visit.after()) });
    let found = store.find_contacts(account, &finding, behind.clone(), PAGE).await?;
    let count = match (&behind, &found.next) {
        (Some(_), _) => None,
        (None, None) => Some(Count { n: i64::try_from(found.contacts.len()).unwrap_or(i64::MAX), exact: true }),
        (None, Some(_)) => Some(store.count_found(account, &finding).await?),
    };
    let searched = finding != Finding::default();
    let zone = store.account(account).await?.time_zone;
    visit.show(&Book {
        shell: visit.shell(texts::ui::nav_contacts(language)).lead(say::book_lead(language)),
        t: say::Say(language),
        tabs: self::tabs(language, account, false),
        action: base.clone(),
        narrowed: !finding.include.is_empty() || !finding.exclude.is_empty() || finding.field.is_some(),
        searched,
        tags: !tags.is_empty(),
        by_field: !names.is_empty(),
        count: count.map(|count| counted(language, count)).unwrap_or_default(),
        lines: found.contacts.iter().map(|contact| line(language, &zone, &base, &tags, contact)).collect(),
        none: !searched && behind.is_none() && found.contacts.is_empty(),
        forms: format!("/a/{account}/forms"),
        paused: found.paused,
        first: if behind.is_some() { address(&base, &form, None) } else { String::new() },
        next: found.next.as_ref().map(|mark| address(&base, &form, Some(mark))).unwrap_or_default(),
        form,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_say_whether_they_are_all() {
        let said = |n, exact| counted(Language::En, Count { n, exact });
        assert_ne!(said(1, true), said(2, true));
        assert!(said(12_480, true).contains("12,480") && !said(12_480, true).contains("least"));
        assert!(said(200_000, false).contains("at least 200,000"), "{}", said(200_000, false));
    }
}
