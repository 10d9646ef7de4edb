//! Tags: words by which a customer sorts contacts, and recipients choose what to keep (R31, D2).

use askama::Template;
use policy::role::Role;
use policy::{AccountId, TagId};
use store::mailings::MailingKind;
use store::tags::{MAX_TAG_CHARS, Tag, TagUse};
use texts::{Language, audience as say, ui};

use super::book::counted;
use super::timeline::mailing_href;
use super::{book_of, told};
use crate::error::Fault;
use crate::ui::form::{Field, Form, Kind, may, must};
use crate::ui::html::Html;
use crate::ui::shell::Shell;
use crate::ui::table::{Answer, Page, page};
use crate::ui::time;
use crate::ui::visit::Visit;

/// The pages of tags.
pub(super) fn pages() -> Vec<Page> {
    vec![
        page!(GET "/a/{account}/tags", Role(Reader), "tags", show),
        page!(POST "/a/{account}/tags", Role(Editor), "tags", add, form = NAMES),
        page!(GET "/a/{account}/tags/{tag}", Role(Reader), "tag", one),
        page!(POST "/a/{account}/tags/{tag}", Role(Editor), "tag", rename, form = NAMES),
        page!(POST "/a/{account}/tags/{tag}/remove", Role(Editor), "tag-remove", remove),
    ]
}

/// A tag's names.
const NAMES: &[Field] = &[
    must("name", say::tag_name, Kind::Line(MAX_TAG_CHARS)).hint(say::tag_name_hint),
    may("public_name", say::tag_public_name, Kind::Line(MAX_TAG_CHARS)).hint(say::tag_public_name_hint),
];

/// One tag of the list.
struct Line {
    href: String,
    name: String,
    public_name: String,
    contacts: String,
    /// The address book with those who carry it.
    book: String,
    since: Html,
}

#[derive(Template)]
#[template(path = "customers/audience/tags.html")]
struct Tags {
    shell: Shell,
    t: say::Say,
    lines: Vec<Line>,
    editor: bool,
    form: Form,
    action: String,
}

/// A link to something that uses a tag, and where that stands.
struct User {
    href: String,
    name: String,
    what: String,
}

#[derive(Template)]
#[template(path = "customers/audience/tag.html")]
struct TagPage {
    shell: Shell,
    t: say::Say,
    facts: Vec<(String, Html)>,
    book: String,
    contacts: String,
    mailings: Vec<User>,
    forms: Vec<User>,
    editor: bool,
    form: Form,
    action: String,
    /// What a removal does, one sentence each; empty while it cannot be removed.
    removal: Vec<String>,
}

/// The address book with those who carry a tag.
fn carriers(account: AccountId, tag: TagId) -> String {
    format!("{}?with={tag}", book_of(account))
}

async fn list(visit: &Visit, form: Form) -> Result<Tags, Fault> {
    let (account, language) = (visit.account()?, visit.language);
    let store = &visit.web.store;
    let zone = store.account(account).await?.time_zone;
    let line = |tag: &Tag| Line {
        href: format!("/a/{account}/tags/{}", tag.id),
        name: tag.name.clone(),
        public_name: tag.public_name.clone(),
        contacts: counted(language, tag.contacts),
        book: carriers(account, tag.id),
        since: time::marked(language, &zone, tag.created_at),
    };
    Ok(Tags {
        shell: visit.shell(ui::nav_tags(language)).lead(say::tags_lead(language)),
        t: say::Say(language),
        lines: store.tags(account).await?.iter().map(line).collect(),
        editor: visit.may(Role::Editor),
        form,
        action: format!("/a/{account}/tags"),
    })
}

fn empty(visit: &Visit) -> Form {
    Form::empty(visit.language, visit.mark(), NAMES)
}

/// The names of a form: recipients see the customer's own where nothing else is said.
fn names(form: &Form) -> (String, String) {
    let name = form.text("name").to_owned();
    let public = form.text_opt("public_name").map_or_else(|| name.clone(), str::to_owned);
    (name, public)
}

/// GET: all tags.
async fn show(visit: Visit) -> Answer {
    let page = list(&visit, empty(&visit)).await?;
    visit.show(&page)
}

/// POST: makes a tag.
async fn add(visit: Visit) -> Answer {
    let (account, mut form) = (visit.account()?, visit.form());
    if form.is_good() {
        let (name, public) = names(&form);
        let made = visit.web.store.create_tag(account, &name, &public, visit.now()).await;
        if told(&mut form, made)?.is_some() {
            return visit.to(&format!("/a/{account}/tags"), "added");
        }
    }
    visit.again(&list(&visit, form).await?)
}

/// The tag of the path, and what uses it.
async fn of(visit: &Visit) -> Result<(AccountId, Tag, TagUse), Fault> {
    let (account, id) = (visit.account()?, TagId::from_raw(visit.id("tag")?));
    let tag = visit.web.store.tag(account, id).await?;
    Ok((account, tag, visit.web.store.tag_use(account, id).await?))
}

fn users(language: Language, account: AccountId, uses: &TagUse) -> (Vec<User>, Vec<User>) {
    let mailings = uses.mailings.iter().map(|mailing| User {
        href: mailing_href(account, mailing.kind, mailing.id),
        name: mailing.name.clone(),
        what: match mailing.kind {
            MailingKind::Newsletter => say::used_by_newsletter(language),
            MailingKind::Autoresponder => say::used_by_autoresponder(language),
        },
    });
    let forms = uses.forms.iter().map(|(form, name)| User {
        href: format!("/a/{account}/forms/{form}"),
        name: name.clone(),
        what: say::used_by_form(language),
    });
    (mailings.collect(), forms.collect())
}

/// What becomes of everything that uses the tag.
fn removal(language: Language, tag: &Tag, uses: &TagUse) -> Vec<String> {
    if !uses.mailings.is_empty() {
        return Vec::new();
    }
    let forms = uses.forms.len();
    let mut sentences = vec![say::remove_contacts(language, &counted(language, tag.contacts))];
    if forms > 0 {
        sentences.push(say::remove_forms(language, &forms.to_string()));
    }
    sentences.extend([say::remove_recipients(language), say::remove_record(language), say::remove_final(language)]);
    sentences
}

async fn view(visit: &Visit, account: AccountId, tag: &Tag, uses: &TagUse, form: Form) -> Result<TagPage, Fault> {
    let language = visit.language;
    let zone = visit.web.store.account(account).await?.time_zone;
    let (mailings, forms) = users(language, account, uses);
    Ok(TagPage {
        shell: visit.shell(tag.name.clone()).crumb(format!("/a/{account}/tags"), ui::nav_tags(language)),
        t: say::Say(language),
        facts: vec![
            (say::tag_public_name(language), Html::text(&tag.public_name)),
            (say::fact_since(language), time::marked(language, &zone, tag.created_at)),
        ],
        book: carriers(account, tag.id),
        contacts: counted(language, tag.contacts),
        mailings,
        forms,
        editor: visit.may(Role::Editor),
        form,
        action: format!("/a/{account}/tags/{}", tag.id),
        removal: removal(language, tag, uses),
    })
}

/// GET: one tag.
async fn one(visit: Visit) -> Answer {
    let (account, tag, uses) = of(&visit).await?;
    let form = empty(&visit).with("name", &tag.name).with("public_name", &tag.public_name);
    visit.show(&view(&visit, account, &tag, &uses, form).await?)
}

/// POST: renames it.
async fn rename(visit: Visit) -> Answer {
    let (account, tag, uses) = of(&visit).await?;
    let mut form = visit.form();
    if form.is_good() {
        let (name, public) = names(&form);
        let renamed = visit.web.store.rename_tag(account, tag.id, &name, &public).await;
        if told(&mut form, renamed)?.is_some() {
            return visit.to(&format!("/a/{account}/tags/{}", tag.id), "saved");
        }
    }
    visit.again(&view(&visit, account, &tag, &uses, form).await?)
}

/// POST: removes it. While a mailing names it, the page says which.
async fn remove(visit: Visit) -> Answer {
    let (account, tag, _) = of(&visit).await?;
    let mut form = empty(&visit).with("name", &tag.name).with("public_name", &tag.public_name);
    let removed = visit.web.store.remove_tag(account, tag.id, &visit.actor(), visit.now()).await;
    if told(&mut form, removed)?.is_some() {
        return visit.to(&format!("/a/{account}/tags"), "removed");
    }
    let (_, tag, uses) = of(&visit).await?;
    visit.again(&view(&visit, account, &tag, &uses, form).await?)
}
