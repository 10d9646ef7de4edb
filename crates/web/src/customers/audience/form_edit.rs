//! A form as it is made and edited, beside what recipients will see. A changed text is a new version:
//! whoever agreed to the old one did (R12, L1).

use std::collections::BTreeMap;

use askama::Template;
use policy::topic::TopicState;
use policy::{AccountId, FormId, TagId, TopicId};
use store::form_pages::FormPage;
use store::forms::{FormContent, MAX_CONSENT_CHARS, MAX_FIELD_NAME, MAX_FORM_TAGS, MAX_PRIVACY_CHARS, is_field_name};
use store::topics::TopicVersion;
use texts::{Language, audience as say, ui};

use super::form::{framed, of};
use super::forms::list_of;
use super::told;
use crate::error::Fault;
use crate::ui::form::{Choice, Field, Form, Kind, Sentence, may, must};
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::Visit;

const LANGUAGES: &[(&str, Sentence)] = &[("de", texts::mailings::language_de), ("en", texts::mailings::language_en)];
const NAME: Field = must("name", say::form_name, Kind::Line(80)).hint(say::form_name_hint);
const LANGUAGE: Field = must("language", say::form_language, Kind::Choice(LANGUAGES));
const FIELDS: Field = may("fields", say::form_fields, Kind::Text(2_000)).hint(say::form_fields_hint);
const TAGS: Field = may("tags", say::form_tags, Kind::Picks(MAX_FORM_TAGS)).hint(say::form_tags_hint);
const CONSENT: Field =
    may("consent_text", say::form_consent, Kind::Text(MAX_CONSENT_CHARS)).hint(say::form_consent_hint);
const PRIVACY: Field =
    may("privacy_notice", say::form_privacy, Kind::Text(MAX_PRIVACY_CHARS)).hint(say::form_privacy_hint);

/// A form that is made: its topic says which website it belongs to.
pub(super) const NEW: &[Field] = &[
    must("topic", say::form_topic_choice, Kind::Pick).hint(say::form_topic_hint),
    NAME,
    LANGUAGE,
    FIELDS,
    TAGS,
    CONSENT,
    PRIVACY,
];
/// A form that is edited.
pub(super) const EDIT: &[Field] = &[NAME, LANGUAGE, FIELDS, TAGS, CONSENT, PRIVACY];

#[derive(Template)]
#[template(path = "customers/audience/form_edit.html")]
struct Editor {
    shell: Shell,
    t: say::Say,
    form: Form,
    action: String,
    /// Where what is typed is shown as recipients see it.
    preview: String,
    /// What the frame shows before anything is typed; empty for nothing.
    shown: String,
    /// There is no approved topic; nothing can be made yet.
    no_topic: bool,
    topics: String,
    /// The version that a change makes; none for a new form.
    version: String,
    button: String,
}

/// What a form can be about, and give.
struct Stock {
    /// The newest approved version of each topic, with the host of its website.
    topics: BTreeMap<TopicId, (TopicVersion, String)>,
    tags: Vec<Choice>,
}

impl Stock {
    async fn of(visit: &Visit, account: AccountId) -> Result<Self, Fault> {
        let store = &visit.web.store;
        let sites = store.websites(account).await?;
        let mut topics: BTreeMap<TopicId, (TopicVersion, String)> = BTreeMap::new();
        for version in store.topics(account).await?.into_iter().filter(|version| version.state == TopicState::Approved)
        {
            let host = sites.iter().find(|site| site.id == version.website).map(|site| site.host.clone());
            let newer =
                topics.get(&version.topic.topic).is_none_or(|(known, _)| known.topic.version < version.topic.version);
            if newer {
                topics.insert(version.topic.topic, (version, host.unwrap_or_default()));
            }
        }
        let tags = store.tag_names(account).await?.into_iter().map(|(tag, name)| Choice::new(tag, name)).collect();
        Ok(Self { topics, tags })
    }

    fn fill(&self, language: Language, form: Form) -> Form {
        let topic = |(id, (version, host)): (&TopicId, &(TopicVersion, String))| {
            Choice::new(id, say::form_topic_on(language, &version.statement, host))
        };
        form.options("topic", self.topics.iter().map(topic).collect()).options("tags", self.tags.clone())
    }
}

/// Names of fields, one a line or with commas between them.
fn names(text: &str) -> Vec<String> {
    let names = text.split(['\n', ',']).map(str::trim).filter(|name| !name.is_empty());
    let mut known: Vec<String> = Vec::new();
    for name in names {
        if !known.iter().any(|other| other == name) {
            known.push(name.to_owned());
        }
    }
    known
}

fn content(form: &Form, otherwise: Language) -> FormContent {
    FormContent {
        name: form.text("name").to_owned(),
        language: form.text("language").parse().unwrap_or(otherwise),
        consent_text: form.text("consent_text").trim().to_owned(),
        privacy_notice: form.text("privacy_notice").trim().to_owned(),
        tags: form.ids("tags").into_iter().map(TagId::from_raw).collect(),
        fields: names(form.text("fields")),
    }
}

/// The form with what stands in a form.
fn filled(visit: &Visit, stands: &FormContent) -> Form {
    Form::empty(visit.language, visit.mark(), EDIT)
        .with("name", &stands.name)
        .with("language", stands.language.code())
        .with("fields", stands.fields.join("\n"))
        .with_all("tags", &stands.tags)
        .with("consent_text", &stands.consent_text)
        .with("privacy_notice", &stands.privacy_notice)
}

/// The beginning of a form.
async fn new_page(visit: &Visit, stock: &Stock, form: Form) -> Result<Editor, Fault> {
    let (account, language) = (visit.account()?, visit.language);
    let list = list_of(account);
    Ok(Editor {
        shell: visit.shell(say::new_form(language)).crumb(list.clone(), ui::nav_forms(language)).broad(),
        t: say::Say(language),
        form: stock.fill(language, form),
        action: format!("{list}/new"),
        preview: format!("{list}/preview"),
        shown: String::new(),
        no_topic: stock.topics.is_empty(),
        topics: format!("/a/{account}/topics"),
        version: String::new(),
        button: say::make_form(language),
    })
}

/// GET: a new form.
pub(super) async fn begin(visit: Visit) -> Answer {
    let account = visit.account()?;
    let stock = Stock::of(&visit, account).await?;
    let speaks = visit.web.store.account(account).await?.language;
    let mut form = Form::empty(visit.language, visit.mark(), NEW).with("language", speaks.code());
    if let [only] = stock.topics.keys().collect::<Vec<_>>().as_slice() {
        form = form.with("topic", only);
    }
    visit.show(&new_page(&visit, &stock, form).await?)
}

/// POST: makes it.
pub(super) async fn create(visit: Visit) -> Answer {
    let account = visit.account()?;
    let stock = Stock::of(&visit, account).await?;
    let mut form = stock.fill(visit.language, visit.form());
    let topic = form.int("topic").map(TopicId::from_raw);
    if let Some(topic) = topic.filter(|_| form.is_good()) {
        let content = content(&form, visit.language);
        let made = visit.web.store.create_form(account, topic, content, visit.now()).await;
        if let Some(id) = told(&mut form, made)? {
            return visit.to(&format!("{}/{id}", list_of(account)), "added");
        }
    }
    visit.again(&new_page(&visit, &stock, form).await?)
}

fn edit_page(
    visit: &Visit,
    stock: &Stock,
    id: FormId,
    stands: &store::forms::Form,
    form: Form,
) -> Result<Editor, Fault> {
    let (account, language) = (visit.account()?, visit.language);
    let (list, here) = (list_of(account), format!("{}/{id}", list_of(account)));
    Ok(Editor {
        shell: visit
            .shell(say::edit_form(language, &stands.content.name))
            .crumb(list, ui::nav_forms(language))
            .crumb(here.clone(), stands.content.name.clone())
            .broad(),
        t: say::Say(language),
        form: stock.fill(language, form),
        action: format!("{here}/edit"),
        preview: format!("{here}/preview"),
        shown: format!("{here}/preview"),
        no_topic: false,
        topics: format!("/a/{account}/topics"),
        version: say::form_next_version(language, &(stands.version + 1).to_string()),
        button: ui::save(language),
    })
}

/// GET: the form as it stands.
pub(super) async fn show(visit: Visit) -> Answer {
    let (account, stands, _) = of(&visit).await?;
    let stock = Stock::of(&visit, account).await?;
    let form = filled(&visit, &stands.content);
    visit.show(&edit_page(&visit, &stock, stands.id, &stands, form)?)
}

/// POST: a new version of it; what stands already makes none.
pub(super) async fn change(visit: Visit) -> Answer {
    let (account, stands, _) = of(&visit).await?;
    let stock = Stock::of(&visit, account).await?;
    let mut form = stock.fill(visit.language, visit.form());
    if form.is_good() {
        let content = content(&form, stands.content.language);
        let changed = visit.web.store.edit_form(account, stands.id, content, visit.now()).await;
        if told(&mut form, changed)?.is_some() {
            return visit.to(&format!("{}/{}", list_of(account), stands.id), "saved");
        }
    }
    visit.again(&edit_page(&visit, &stock, stands.id, &stands, form)?)
}

/// What is typed, as recipients would see it. A name of a field that cannot be is left out here, and said
/// when the form is saved.
fn typed(mut page: FormPage, form: &Form) -> FormPage {
    let content = content(form, page.language);
    page.language = content.language;
    page.consent_text = if content.consent_text.is_empty() {
        texts::pages::form_consent(content.language, &page.account.name, &page.statement)
    } else {
        content.consent_text
    };
    page.privacy_notice = content.privacy_notice;
    page.fields =
        content.fields.into_iter().filter(|name| name.len() <= MAX_FIELD_NAME && is_field_name(name)).collect();
    page
}

/// POST: what is typed, in a frame. Changes nothing.
pub(super) async fn preview(visit: Visit) -> Answer {
    let (_, _, page) = of(&visit).await?;
    framed(&visit, &typed(page, &visit.form()))
}

/// POST: the same of a form that is not made yet. Changes nothing.
pub(super) async fn preview_new(visit: Visit) -> Answer {
    let (account, form) = (visit.account()?, visit.form());
    let stock = Stock::of(&visit, account).await?;
    let chosen = form.int("topic").map(TopicId::from_raw).and_then(|topic| stock.topics.get(&topic));
    let (version, site) = chosen.or_else(|| stock.topics.values().next()).ok_or(Fault::NotFound)?;
    let account = visit.web.store.account_page(account).await?.ok_or(Fault::NotFound)?;
    let page = FormPage {
        language: account.language,
        account,
        // Nobody can send it: the frame forbids it.
        id: FormId::from_raw(0),
        version: 1,
        site: site.clone(),
        website: version.website,
        site_proven: true,
        topic: version.topic,
        statement: version.statement.clone(),
        topic_approved: true,
        consent_text: String::new(),
        privacy_notice: String::new(),
        tags: Vec::new(),
        fields: Vec::new(),
        open: true,
    };
    framed(&visit, &typed(page, &form))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_fields_stand_one_a_line_or_with_commas() {
        assert_eq!(names("firstname\r\n city ,city,\n\nlast_name"), ["firstname", "city", "last_name"]);
        assert!(names(" \n,").is_empty());
    }
}
