//! The legal notice (R45–R48, L4): its form, how it stands in mails, the operator's review, its versions.

use askama::Template;
use policy::legal_notice::{LegalNotice, LegalNoticeFields, MAX_FIELD_CHARS, MAX_PROFESSIONAL_CHARS, Review};
use policy::role::Role;
use store::legal::{LegalReview, LegalVersion};
use texts::{Language, mail, setup as say, setup};

use super::{Badge, at, zone};
use crate::error::Fault;
use crate::ui::diff::{Line, compared};
use crate::ui::form::{Field, Form, Kind, Sentence, may, must};
use crate::ui::number::grouped;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::time;
use crate::ui::visit::{PAGE, Visit};

const PERSONS: &[(&str, Sentence)] = &[("no", say::legal_natural), ("yes", say::legal_legal)];

const fn line(name: &'static str, label: Sentence) -> Field {
    may(name, label, Kind::Line(MAX_FIELD_CHARS))
}

const fn needed(name: &'static str, label: Sentence) -> Field {
    must(name, label, Kind::Line(MAX_FIELD_CHARS))
}

pub(super) const FIELDS: &[Field] = &[
    must("legal_person", say::legal_person, Kind::Choice(PERSONS)),
    needed("name", say::legal_name).hint(say::legal_name_hint).autocomplete("organization"),
    line("legal_form", say::legal_form).hint(say::legal_form_hint),
    line("representative", say::legal_representative).hint(say::legal_representative_hint),
    needed("street", say::legal_street).hint(say::legal_street_hint).autocomplete("address-line1"),
    line("postal_code", say::legal_postal_code).autocomplete("postal-code"),
    needed("city", say::legal_city).autocomplete("address-level2"),
    needed("country", say::legal_country).autocomplete("country-name"),
    needed("email", say::legal_email).hint(say::legal_email_hint).autocomplete("email"),
    line("phone", say::legal_phone).hint(say::legal_phone_hint).autocomplete("tel"),
    line("contact_url", say::legal_contact_url).hint(say::legal_contact_url_hint).autocomplete("url"),
    line("register", say::legal_register).hint(say::legal_register_hint),
    line("register_number", say::legal_register_number).hint(say::legal_register_number_hint),
    line("vat_id", say::legal_vat_id).hint(say::legal_vat_id_hint),
    line("business_id", say::legal_business_id).hint(say::legal_business_id_hint),
    line("authority", say::legal_authority).hint(say::legal_authority_hint),
    may("professional", say::legal_professional, Kind::Line(MAX_PROFESSIONAL_CHARS)).hint(say::legal_professional_hint),
    line("responsible_person", say::legal_responsible).hint(say::legal_responsible_hint),
    line("capital_note", say::legal_capital).hint(say::legal_capital_hint),
];

/// The groups of the form: heading, sentence, names of fields.
type Group = (Sentence, Sentence, &'static [&'static str]);
const GROUPS: &[Group] = &[
    (say::legal_group_who, say::legal_group_who_text, &["legal_person", "name", "legal_form", "representative"]),
    (say::legal_group_where, say::legal_group_where_text, &["street", "postal_code", "city", "country"]),
    (say::legal_group_contact, say::legal_group_contact_text, &["email", "phone", "contact_url"]),
    (
        say::legal_group_register,
        say::legal_group_register_text,
        &["register", "register_number", "vat_id", "business_id"],
    ),
    (
        say::legal_group_further,
        say::legal_group_further_text,
        &["authority", "professional", "responsible_person", "capital_note"],
    ),
];

fn filled(form: Form, fields: &LegalNoticeFields) -> Form {
    form.with("legal_person", if fields.legal_person { "yes" } else { "no" })
        .with("name", &fields.name)
        .with("legal_form", &fields.legal_form)
        .with("representative", &fields.representative)
        .with("street", &fields.street)
        .with("postal_code", &fields.postal_code)
        .with("city", &fields.city)
        .with("country", &fields.country)
        .with("email", &fields.email)
        .with("phone", &fields.phone)
        .with("contact_url", &fields.contact_url)
        .with("register", &fields.register)
        .with("register_number", &fields.register_number)
        .with("vat_id", &fields.vat_id)
        .with("business_id", &fields.business_id)
        .with("authority", &fields.authority)
        .with("professional", &fields.professional)
        .with("responsible_person", &fields.responsible_person)
        .with("capital_note", &fields.capital_note)
}

fn read(form: &Form) -> LegalNoticeFields {
    let text = |name| form.text(name).to_owned();
    LegalNoticeFields {
        name: text("name"),
        legal_person: form.text("legal_person") == "yes",
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

/// A notice as it stands in mails of one language.
struct Shown {
    language: String,
    heading: String,
    lines: Vec<String>,
}

/// As it stands in mails, in the account's language first.
fn in_mails(language: Language, first: Language, notice: &LegalNotice) -> Vec<Shown> {
    let mut languages = Language::ALL.to_vec();
    languages.sort_by_key(|one| *one != first);
    let shown = |one: Language| Shown {
        language: match one {
            Language::De => say::legal_in_german(language),
            Language::En => say::legal_in_english(language),
        },
        heading: mail::legal_heading(one),
        lines: notice.lines(one),
    };
    languages.into_iter().map(shown).collect()
}

/// One part of the form.
struct Part {
    title: String,
    text: String,
    fields: Vec<crate::ui::html::Html>,
}

#[derive(Template)]
#[template(path = "customers/setup/legal.html")]
struct Page {
    shell: Shell,
    t: setup::Say,
    state: Badge,
    /// What the state means and what to do.
    text: String,
    /// What the operator wrote; empty for nothing.
    reason: String,
    /// As it stands in mails, or would; empty before there is one.
    shown: Vec<Shown>,
    /// What is shown was typed and not saved.
    draft: bool,
    /// None for whom may not change it.
    form: Option<Form>,
    parts: Vec<Part>,
    action: String,
    /// What saving a change does to the review; empty for nothing.
    consequence: String,
    /// The number of the version in mails; empty before there is one.
    version: String,
    versions: String,
}

/// How the review looks, and what it means.
fn review(visit: &Visit, zone: &str, review: LegalReview, current: Option<&LegalVersion>) -> (Badge, String) {
    let (language, limit) = (visit.language, grouped(visit.language, review.at));
    let Some(current) = current else {
        return (("bad", say::legal_none(language)), say::legal_none_text(language));
    };
    let decided = current.decided.as_ref().map(|verdict| time::moment(language, zone, verdict.at)).unwrap_or_default();
    match review.review {
        Review::NotNeeded => {
            let contacts = grouped(language, review.contacts);
            (("good", say::legal_not_needed(language)), say::legal_not_needed_text(language, &limit, &contacts))
        }
        Review::Open => {
            let since = time::moment(language, zone, current.created_at);
            (("wait", say::legal_open(language)), say::legal_open_text(language, &since, &limit))
        }
        Review::Approved => (("good", say::legal_approved(language)), say::legal_approved_text(language, &decided)),
        Review::Refused => (("bad", say::legal_refused(language)), say::legal_refused_text(language, &decided, &limit)),
    }
}

/// The page. `sent` is what was posted, and whether only to look at it.
async fn page(visit: &Visit, sent: Option<(Form, bool)>) -> Result<Page, Fault> {
    let (account, language) = (visit.account()?, visit.language);
    let (store, zone) = (&visit.web.store, zone(visit).await?);
    let current = store.legal_versions(account, None, 1).await?.pop();
    let standing = store.legal_review(account).await?;
    let speaks = store.account(account).await?.language;
    let (state, text) = review(visit, &zone, standing, current.as_ref());
    let refused = standing.review == Review::Refused;
    let reason = current.as_ref().and_then(|current| current.decided.as_ref()).filter(|_| refused);
    let (form, preview) = match sent {
        Some((form, preview)) => (form, preview),
        None => {
            let empty = Form::empty(language, visit.mark(), FIELDS);
            (current.as_ref().map(|current| filled(empty.clone(), &current.fields)).unwrap_or(empty), false)
        }
    };
    let typed = if preview { LegalNotice::validate(read(&form)).ok() } else { None };
    let draft = typed.is_some();
    let stored = current.as_ref().and_then(|current| LegalNotice::validate(current.fields.clone()).ok());
    let notice = typed.or(stored);
    let part = |(title, text, names): &Group| Part {
        title: title(language),
        text: text(language),
        fields: names.iter().map(|name| form.field(name)).collect(),
    };
    Ok(Page {
        shell: visit.shell(texts::ui::nav_legal_notice(language)).lead(say::legal_lead(language)),
        t: setup::Say(language),
        state,
        text,
        reason: reason.map(|verdict| verdict.reason.clone()).unwrap_or_default(),
        shown: notice.map(|notice| in_mails(language, speaks, &notice)).unwrap_or_default(),
        draft,
        parts: GROUPS.iter().map(part).collect(),
        form: visit.may(Role::Owner).then_some(form),
        action: at(visit, "legal-notice")?,
        consequence: if matches!(standing.review, Review::Approved | Review::Refused) {
            say::legal_consequence(language, &grouped(language, standing.at))
        } else {
            String::new()
        },
        version: current.map(|current| current.version.to_string()).unwrap_or_default(),
        versions: at(visit, "legal-notice/versions")?,
    })
}

/// GET: the legal notice.
pub(super) async fn show(visit: Visit) -> Answer {
    visit.show(&page(&visit, None).await?)
}

/// POST: saves it as a new version, or only shows how it would stand in mails.
pub(super) async fn change(visit: Visit) -> Answer {
    let mut form = visit.form();
    let preview = visit.sent().iter().any(|(name, value)| name == "then" && value == "preview");
    match LegalNotice::validate(read(&form)) {
        Err(problems) => {
            for problem in problems {
                form.wrong(problem.field.name(), problem.say(visit.language));
            }
        }
        Ok(notice) if form.is_good() && !preview => {
            visit.web.store.submit_legal_notice(visit.account()?, notice, &visit.actor(), visit.now()).await?;
            return visit.to(&at(&visit, "legal-notice")?, "saved");
        }
        Ok(_) => {}
    }
    let good = form.is_good();
    let page = page(&visit, Some((form, preview && good))).await?;
    if good { visit.show(&page) } else { visit.again(&page) }
}

/// One version of the list.
struct Version {
    number: String,
    at: String,
    state: Option<Badge>,
    reason: String,
    /// Against the version before.
    lines: Vec<Line>,
    first: bool,
}

#[derive(Template)]
#[template(path = "customers/setup/legal_versions.html")]
struct Versions {
    shell: Shell,
    t: setup::Say,
    versions: Vec<Version>,
    first: String,
    next: String,
}

/// The lines of a version; one that today's rules find fault with shows what was filled in.
fn lines(language: Language, fields: &LegalNoticeFields) -> Vec<String> {
    match LegalNotice::validate(fields.clone()) {
        Ok(notice) => notice.lines(language),
        Err(_) => vec![
            fields.name.clone(),
            format!("{}, {} {}, {}", fields.street, fields.postal_code, fields.city, fields.country),
            fields.email.clone(),
        ],
    }
}

/// GET: every version, newest first, each against the one before.
pub(super) async fn versions(visit: Visit) -> Answer {
    let (account, language, zone) = (visit.account()?, visit.language, zone(&visit).await?);
    let before = Some(visit.after()).filter(|number| *number > 0);
    // One more than is shown: the last of the page is compared too.
    let found = visit.web.store.legal_versions(account, before, PAGE + 1).await?;
    let here = at(&visit, "legal-notice/versions")?;
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let versions = found.iter().take(page).enumerate().map(|(place, version)| {
        let older = found.get(place + 1).map(|older| lines(language, &older.fields));
        Version {
            number: version.version.to_string(),
            at: time::moment(language, &zone, version.created_at),
            state: version.decided.as_ref().map(|verdict| match verdict.approved {
                true => ("good", say::legal_approved(language)),
                false => ("bad", say::legal_refused(language)),
            }),
            reason: version.decided.as_ref().map(|verdict| verdict.reason.clone()).unwrap_or_default(),
            first: older.is_none(),
            lines: compared(&older.unwrap_or_default(), &lines(language, &version.fields)),
        }
    });
    let versions: Vec<Version> = versions.collect();
    let more = found.len() > page;
    let next = versions.last().filter(|_| more).map(|last| format!("{here}?after={}", last.number));
    let shell = visit.shell(say::legal_versions_title(language));
    visit.show(&Versions {
        shell: shell.crumb(at(&visit, "legal-notice")?, texts::ui::nav_legal_notice(language)),
        t: setup::Say(language),
        versions,
        first: if before.is_some() { here } else { String::new() },
        next: next.unwrap_or_default(),
    })
}
