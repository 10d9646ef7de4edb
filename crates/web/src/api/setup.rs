//! What must stand before anybody can sign up: websites, topics, forms, tags, the legal notice.

use outside::site_proof::{Seen, file_url, meta_tag, record};
use policy::invalid::Invalid;
use policy::legal_notice::{FieldProblem, LegalNotice, LegalNoticeFields, MAX_PROFESSIONAL_CHARS};
use policy::topic::{MAX_CHARS, TopicStatement};
use policy::{FormId, TagId, TopicId, WebsiteId};
use serde_json::{Value, json};
use store::forms::{Form, FormContent, MAX_CONSENT_CHARS, MAX_FORM_TAGS, MAX_PRIVACY_CHARS};
use store::legal::Notice;
use store::tags::Tag;
use store::topics::TopicVersion;
use store::websites::Website;

use super::accounts::{LANGUAGE, language_of};
use super::answer::{Answer, ApiError, Reply};
use super::route::{Call, LIST, Route, id_text, route, time, time_opt, whole};
use super::schema::{Field, Input, Kind, may, must};
use crate::setting_up::websites;

const WEBSITE: &[Field] = &[must("host", Kind::Host, "The host, without scheme: `www.shop.example`.")];
const TOPIC: &[Field] = &[
    must("website", Kind::Id, "The website whose forms collect sign-ups for it."),
    must(
        "statement",
        Kind::Line(MAX_CHARS),
        "What people sign up for, in 20 to 300 characters. An operator reads it first.",
    ),
];
const STATEMENT: &[Field] = &[must(
    "statement",
    Kind::Line(MAX_CHARS),
    "A changed statement is a new version; consents stay with the one that was shown.",
)];
const FORM: &[Field] = &[
    must("topic", Kind::Id, "The topic; the form shows its newest approved statement."),
    NAME,
    LANGUAGE,
    CONSENT,
    PRIVACY,
    TAGS,
    FIELDS,
];
const FORM_EDIT: &[Field] = &[NAME, LANGUAGE, CONSENT, PRIVACY, TAGS, FIELDS];
const NAME: Field = must("name", Kind::Line(80), "The name that you work with.");
const CONSENT: Field = may(
    "consent_text",
    Kind::Text(MAX_CONSENT_CHARS),
    "What a visitor agrees to; the platform's own words where nothing is said.",
);
const PRIVACY: Field = may("privacy_notice", Kind::Text(MAX_PRIVACY_CHARS), "The privacy notice that the form shows.");
const TAGS: Field = may("tags", Kind::Ids(MAX_FORM_TAGS), "The tags that a confirmed sign-up gives.");
const FIELDS: Field =
    may("fields", Kind::Lines(40, 40), "Names of voluntary fields: small letters, digits, underscores.");
const TAG: &[Field] = &[
    must("name", Kind::Line(80), "The name that you work with."),
    may("public_name", Kind::Line(80), "The name that recipients see; the same where nothing is said."),
];

const fn legal_line(name: &'static str, help: &'static str) -> Field {
    may(name, Kind::Text(MAX_PROFESSIONAL_CHARS), help)
}

const LEGAL: &[Field] = &[
    legal_line("name", "The name of the person or firm."),
    may("legal_person", Kind::Bool, "The account is a firm, an association or an authority."),
    legal_line("legal_form", "For legal persons: for example `GmbH`."),
    legal_line("representative", "For legal persons: who represents it."),
    legal_line("street", "Street and house number; no post office box."),
    legal_line("postal_code", "Postal code."),
    legal_line("city", "City."),
    legal_line("country", "Country, written out."),
    legal_line("email", "The address for contact."),
    legal_line("phone", "A telephone number; this or `contact_url` is required."),
    legal_line("contact_url", "An https page by which you answer quickly."),
    legal_line("register", "The register."),
    legal_line("register_number", "The number in the register."),
    legal_line("vat_id", "VAT identification number."),
    legal_line("business_id", "Business identification number."),
    legal_line("authority", "The supervisory authority."),
    legal_line("professional", "Chamber, professional title, state, professional rules."),
    legal_line("responsible_person", "Who answers for editorial content."),
    legal_line("capital_note", "Capital or liquidation note."),
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route!(GET "/websites", Account, "The websites.", list_websites),
        route!(POST "/websites", Account, "Registers a website; the answer says how its ownership is proven.", add_website, body = WEBSITE),
        route!(GET "/websites/{website}", Account, "One website.", website),
        route!(POST "/websites/{website}/check", Account, "Looks for the proof now: DNS, file or meta tag.", check_website),
        route!(DELETE "/websites/{website}", Account, "Removes a website to which no topic belongs.", remove_website),
        route!(GET "/topics", Account, "The topics with all versions of their statements.", topics),
        route!(POST "/topics", Account, "Submits a topic; it waits for the operator.", add_topic, body = TOPIC),
        route!(GET "/topics/{topic}", Account, "The newest version of a topic.", topic),
        route!(PUT "/topics/{topic}", Account, "Changes the statement: a new version, which waits for the operator.", change_topic, body = STATEMENT),
        route!(GET "/forms", Account, "The forms.", forms, query = LIST),
        route!(POST "/forms", Account, "Makes a form.", add_form, body = FORM),
        route!(GET "/forms/{form}", Account, "One form, with its public address.", form),
        route!(PUT "/forms/{form}", Account, "Changes what a form shows: a new version.", change_form, body = FORM_EDIT),
        route!(POST "/forms/{form}/open", Account, "Opens a form.", open_form),
        route!(POST "/forms/{form}/close", Account, "Closes a form.", close_form),
        route!(GET "/tags", Account, "The tags.", tags),
        route!(POST "/tags", Account, "Makes a tag.", add_tag, body = TAG),
        route!(PUT "/tags/{tag}", Account, "Renames a tag.", rename_tag, body = TAG),
        route!(DELETE "/tags/{tag}", Account, "Removes a tag that no mailing names any more; forms go on without it.", remove_tag),
        route!(GET "/legal-notice", Account, "The legal notice and where its review stands.", legal),
        route!(PUT "/legal-notice", Account, "Submits the legal notice.", change_legal, body = LEGAL),
    ]
}

fn website_json(site: &Website) -> Value {
    json!({
        "id": id_text(site.id),
        "host": site.host,
        "proven_at": time_opt(site.proven_at),
        "checked_at": time_opt(site.checked_at),
        "failing_since": time_opt(site.failing_since),
        "created_at": time(site.created_at),
        "proof": {
            "dns_txt": { "name": site.host, "value": record(&site.proof_token) },
            "file": { "url": file_url(&site.host), "content": site.proof_token },
            "meta_tag": meta_tag(&site.proof_token),
        },
    })
}

async fn list_websites(call: Call) -> Answer {
    whole(&call.or(call.web.store.websites(call.account()?).await)?, website_json)
}

async fn website(call: Call) -> Answer {
    let id = WebsiteId::from_raw(call.id("website")?);
    Ok(Reply::Found(website_json(&call.or(call.web.store.website(call.account()?, id).await)?)))
}

async fn add_website(call: Call) -> Answer {
    let account = call.account()?;
    let host = call.body.host("host").ok_or_else(|| ApiError::not_found(call.language()))?;
    let id = call.or(websites::add(&call.web, account, &host, call.actor()).await)?;
    Ok(Reply::Made(website_json(&call.or(call.web.store.website(account, id).await)?)))
}

async fn check_website(call: Call) -> Answer {
    let (account, id) = (call.account()?, WebsiteId::from_raw(call.id("website")?));
    let seen = call.or(websites::check(&call.web, account, id).await)?;
    let word = match seen.seen() {
        Seen::Yes => "yes",
        Seen::No => "no",
        Seen::Unknown => "unknown",
    };
    let mut shown = website_json(&call.or(call.web.store.website(account, id).await)?);
    shown["found"] = json!(word);
    shown["places"] = json!({ "dns_txt": seen.dns.word(), "file": seen.file.word(), "meta_tag": seen.page.word() });
    Ok(Reply::Found(shown))
}

async fn remove_website(call: Call) -> Answer {
    let (account, id) = (call.account()?, WebsiteId::from_raw(call.id("website")?));
    call.or(call.web.store.remove_website(account, id, call.actor(), call.now()).await)?;
    Ok(Reply::Done)
}

pub(super) fn topic_json(topic: &TopicVersion) -> Value {
    json!({
        "id": id_text(topic.topic.topic),
        "version": topic.topic.version,
        "website": id_text(topic.website),
        "statement": topic.statement,
        "state": topic.state.word(),
        "submitted_at": time(topic.submitted_at),
        "decided": topic.decided.as_ref().map(|(at, by, reason)| json!({ "at": time(*at), "by": by, "reason": reason })),
    })
}

fn statement(call: &Call) -> Result<TopicStatement, ApiError> {
    call.fit(TopicStatement::parse(&call.body.text_or_empty("statement")).map_err(Invalid::Statement))
}

async fn topics(call: Call) -> Answer {
    whole(&call.or(call.web.store.topics(call.account()?).await)?, topic_json)
}

async fn topic(call: Call) -> Answer {
    let id = TopicId::from_raw(call.id("topic")?);
    Ok(Reply::Found(topic_json(&call.or(call.web.store.topic(call.account()?, id).await)?)))
}

async fn add_topic(call: Call) -> Answer {
    let (account, statement) = (call.account()?, statement(&call)?);
    let website = WebsiteId::from_raw(call.body.int("website").unwrap_or_default());
    let made = call.or(call.web.store.submit_topic(account, website, statement, call.actor(), call.now()).await)?;
    Ok(Reply::Made(topic_json(&call.or(call.web.store.topic(account, made.topic).await)?)))
}

async fn change_topic(call: Call) -> Answer {
    let (account, id, statement) = (call.account()?, TopicId::from_raw(call.id("topic")?), statement(&call)?);
    call.or(call.web.store.change_topic(account, id, statement, call.actor(), call.now()).await)?;
    Ok(Reply::Found(topic_json(&call.or(call.web.store.topic(account, id).await)?)))
}

fn form_json(call: &Call, form: &Form) -> Value {
    let url = format!("{}/f/{}", call.web.gate.house().public_url, form.id);
    json!({
        "id": id_text(form.id),
        "website": id_text(form.website),
        "topic": { "id": id_text(form.topic.topic), "version": form.topic.version },
        "version": form.version,
        "name": form.content.name,
        "language": form.content.language.code(),
        "consent_text": form.content.consent_text,
        "privacy_notice": form.content.privacy_notice,
        "tags": form.content.tags.iter().map(id_text).collect::<Vec<_>>(),
        "fields": form.content.fields,
        "open": form.open,
        "url": url,
        "embed_url": format!("{url}/embed"),
        "created_at": time(form.created_at),
    })
}

async fn forms(call: Call) -> Answer {
    let after = Some(FormId::from_raw(call.after()));
    let forms = call.or(call.web.store.forms(call.account()?, after, call.limit()).await)?;
    call.page(&forms, |form| form_json(&call, form), |form| form.id.get())
}

async fn form(call: Call) -> Answer {
    let id = FormId::from_raw(call.id("form")?);
    let form = call.or(call.web.store.form(call.account()?, id).await)?;
    Ok(Reply::Found(form_json(&call, &form)))
}

async fn content(call: &Call) -> Result<FormContent, ApiError> {
    let otherwise = call.or(call.web.store.account(call.account()?).await)?.language;
    Ok(FormContent {
        name: call.body.text_or_empty("name"),
        language: language_of(&call.body, otherwise),
        consent_text: call.body.text_or_empty("consent_text"),
        privacy_notice: call.body.text_or_empty("privacy_notice"),
        tags: call.body.ids("tags").unwrap_or_default().into_iter().map(TagId::from_raw).collect(),
        fields: call.body.lines("fields").unwrap_or_default(),
    })
}

async fn add_form(call: Call) -> Answer {
    let (account, content) = (call.account()?, content(&call).await?);
    let topic = TopicId::from_raw(call.body.int("topic").unwrap_or_default());
    let id = call.or(call.web.store.create_form(account, topic, content, call.now()).await)?;
    let form = call.or(call.web.store.form(account, id).await)?;
    Ok(Reply::Made(form_json(&call, &form)))
}

async fn change_form(call: Call) -> Answer {
    let (account, id, content) = (call.account()?, FormId::from_raw(call.id("form")?), content(&call).await?);
    call.or(call.web.store.edit_form(account, id, content, call.now()).await)?;
    let form = call.or(call.web.store.form(account, id).await)?;
    Ok(Reply::Found(form_json(&call, &form)))
}

async fn open_form(call: Call) -> Answer {
    set_open(&call, true).await
}

async fn close_form(call: Call) -> Answer {
    set_open(&call, false).await
}

async fn set_open(call: &Call, open: bool) -> Answer {
    let (account, id) = (call.account()?, FormId::from_raw(call.id("form")?));
    call.or(call.web.store.open_form(account, id, open).await)?;
    let form = call.or(call.web.store.form(account, id).await)?;
    Ok(Reply::Found(form_json(call, &form)))
}

fn tag_json(tag: &Tag) -> Value {
    json!({
        "id": id_text(tag.id),
        "name": tag.name,
        "public_name": tag.public_name,
        "contacts": tag.contacts.n,
        "contacts_exact": tag.contacts.exact,
        "created_at": time(tag.created_at),
    })
}

fn tag_names(call: &Call) -> (String, String) {
    let name = call.body.text_or_empty("name");
    let public = call.body.text("public_name").unwrap_or_else(|| name.clone());
    (name, public)
}

async fn tags(call: Call) -> Answer {
    whole(&call.or(call.web.store.tags(call.account()?).await)?, tag_json)
}

async fn add_tag(call: Call) -> Answer {
    let (name, public) = tag_names(&call);
    let id = call.or(call.web.store.create_tag(call.account()?, &name, &public, call.now()).await)?;
    Ok(Reply::Made(json!({ "id": id_text(id), "name": name, "public_name": public })))
}

async fn rename_tag(call: Call) -> Answer {
    let (name, public) = tag_names(&call);
    let id = TagId::from_raw(call.id("tag")?);
    call.or(call.web.store.rename_tag(call.account()?, id, &name, &public).await)?;
    Ok(Reply::Found(json!({ "id": id_text(id), "name": name, "public_name": public })))
}

async fn remove_tag(call: Call) -> Answer {
    let id = TagId::from_raw(call.id("tag")?);
    call.or(call.web.store.remove_tag(call.account()?, id, call.actor(), call.now()).await)?;
    Ok(Reply::Done)
}

pub(super) fn legal_json(notice: &Notice) -> Value {
    json!({
        "account": id_text(notice.account),
        "account_name": notice.name,
        "version": notice.version,
        "notice": notice.notice.fields(),
        "review": notice.review.word(),
        "created_at": time(notice.created_at),
        "decided": notice.decided.as_ref().map(|verdict| {
            json!({ "at": time(verdict.at), "by": verdict.by, "approved": verdict.approved, "reason": verdict.reason })
        }),
    })
}

async fn legal(call: Call) -> Answer {
    let notice = call.or(call.web.store.legal_notice(call.account()?).await)?;
    let notice = notice.ok_or_else(|| ApiError::not_found(call.language()))?;
    Ok(Reply::Found(legal_json(&notice)))
}

fn legal_fields(input: &Input) -> LegalNoticeFields {
    let text = |name| input.text_or_empty(name);
    LegalNoticeFields {
        name: text("name"),
        legal_person: input.bool("legal_person").unwrap_or(false),
        legal_form: text("legal_form"),
        representative: text("representative"),
        street: text("street"),
        postal_code: text("postal_code"),
        city: text("city"),
        country: text("country"),
        email: text("email"),
        phone: text("phone"),
        contact_url: text("contact_url"),
        register: text("register"),
        register_number: text("register_number"),
        vat_id: text("vat_id"),
        business_id: text("business_id"),
        authority: text("authority"),
        professional: text("professional"),
        responsible_person: text("responsible_person"),
        capital_note: text("capital_note"),
    }
}

/// All faults at once: the first one's field, and every fault in the details.
fn legal_refused(call: &Call, problems: &[FieldProblem]) -> ApiError {
    let listed: Vec<Value> = problems
        .iter()
        .map(|problem| {
            json!({ "field": problem.field.name(), "code": problem.word(), "message": problem.say(call.language()) })
        })
        .collect();
    let fields: Vec<&str> = problems.iter().map(|problem| problem.field.name()).collect();
    let error = call.refuse(&Invalid::LegalNoticeFaults { fields: fields.join(", ") }).with(Value::Array(listed));
    match problems.first() {
        Some(first) => error.at(first.field.name()),
        None => error,
    }
}

async fn change_legal(call: Call) -> Answer {
    let account = call.account()?;
    let notice = LegalNotice::validate(legal_fields(&call.body)).map_err(|problems| legal_refused(&call, &problems))?;
    call.or(call.web.store.submit_legal_notice(account, notice, call.actor(), call.now()).await)?;
    let notice = call.or(call.web.store.legal_notice(account).await)?;
    let notice = notice.ok_or_else(|| ApiError::not_found(call.language()))?;
    Ok(Reply::Found(legal_json(&notice)))
}
