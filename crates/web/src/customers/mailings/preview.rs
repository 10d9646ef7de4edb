//! What a mailing will look like: to a contact or a sample, on a desk and on a telephone, in the dark,
//! as plain text, with its size.
//!
//! The mail is foreign HTML: it is shown in a frame without rights, from an address of its own whose
//! policy allows pictures and styles and nothing else. Its links are those of nobody.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{Html as Page, IntoResponse as _, Response};
use gate::Preview;
use policy::{AccountId, ContactId, MailingId, Refusal};
use store::mailings::MailingKind;
use texts::{Language, mailings as say, refusals};

use super::letter::{Letter, Room, Tab};
use super::{checklist, words};
use crate::context::Web;
use crate::error::Fault;
use crate::ui::form::Sentence;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::Visit;

/// What the mail in the frame may do.
pub(crate) const FRAME_POLICY: &str = "default-src 'none'; img-src data: https:; style-src 'unsafe-inline'; \
    font-src https:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox";
/// Octets of HTML behind which a large provider cuts a mail off.
pub(crate) const CLIPPED_AT: usize = 102 * 1024;

/// To whom a preview is.
pub(crate) enum To {
    /// This contact, with its fields.
    Contact(ContactId),
    /// Nobody: every field is filled in with its name.
    Filled,
    /// Nobody: every field is empty.
    Empty,
}

/// Why there is no preview.
pub(crate) enum NoPreview {
    /// The memory said no.
    Store(store::StoreError),
    /// The gate failed on it.
    Failed,
    /// The gate would not compose it.
    Refused(Refusal),
}

impl From<store::StoreError> for NoPreview {
    fn from(error: store::StoreError) -> Self {
        Self::Store(error)
    }
}

/// Composes the mail as it would leave, unsigned, with links of nobody.
pub(crate) async fn made(web: &Web, account: AccountId, mailing: MailingId, to: &To) -> Result<Preview, NoPreview> {
    let sample = web.store.sample(account, mailing).await?;
    let now = web.clock.now();
    let language = sample.mailing.content.language;
    let (candidate, facts) = match to {
        To::Contact(id) => {
            let contact = web.store.contact(account, *id).await?;
            sample.mail(
                Some(&contact.address),
                contact.language.parse().unwrap_or(language),
                contact.fields,
                contact.since,
            )?
        }
        To::Empty => sample.mail(None, language, BTreeMap::new(), now)?,
        To::Filled => {
            let names = web.store.field_names(account).await?;
            sample.mail(
                None,
                language,
                names.into_iter().map(|name| (name.clone(), format!("‹{name}›"))).collect(),
                now,
            )?
        }
    };
    let gate = std::sync::Arc::clone(&web.gate);
    let composed = tokio::task::spawn_blocking(move || gate.preview(&candidate, &facts, now)).await;
    let composed = composed.map_err(|_| {
        tracing::error!("a preview ended early; the panic stands above");
        NoPreview::Failed
    })?;
    composed.map_err(NoPreview::Refused)
}

/// Whom the query names: a contact by number or address, else a sample.
async fn to(visit: &Visit, account: AccountId) -> Result<(To, bool), Fault> {
    let named = visit.query("contact");
    if named.is_empty() {
        return Ok((if visit.query("fields") == "empty" { To::Empty } else { To::Filled }, true));
    }
    let by_number = named.parse().ok().map(ContactId::from_raw).filter(|id| id.account() == account);
    let found = match (by_number, mail_formats::EmailAddress::parse(&named)) {
        (Some(id), _) => visit.web.store.contact(account, id).await.is_ok().then_some(id),
        (None, Ok(address)) => {
            let keys = visit.web.seals.address_keys_mail(&address.normalised());
            visit.web.store.find_contact(account, &keys).await?
        }
        (None, Err(_)) => None,
    };
    Ok(found.map_or((To::Filled, false), |id| (To::Contact(id), true)))
}

/// One way to look at it.
struct View {
    href: String,
    label: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "customers/mailings/preview.html")]
struct PreviewPage {
    shell: Shell,
    t: say::Say,
    tabs: Vec<Tab>,
    sign: &'static str,
    state: String,
    action: String,
    contact: String,
    unknown: bool,
    empty_fields: bool,
    views: Vec<View>,
    /// `wide`, `narrow` or `dark`; the frame's class.
    look: &'static str,
    frame: String,
    subject: String,
    text: Option<String>,
    size: String,
    clipped: Option<String>,
    problems: Vec<String>,
    edit: String,
}

const LOOKS: [(&str, Sentence); 4] =
    [("wide", say::look_wide), ("narrow", say::look_narrow), ("dark", say::look_dark), ("text", say::look_text)];

/// What a page shows of a mail that was, or was not, composed.
struct Shown {
    subject: String,
    text: String,
    size: String,
    clipped: Option<String>,
    problems: Vec<String>,
}

async fn composed(visit: &Visit, letter: &Letter, to: &To) -> Result<Shown, Fault> {
    let language = visit.language;
    match made(&visit.web, letter.account.id, letter.mailing.id, to).await {
        Ok(preview) => Ok(Shown {
            size: say::size(
                language,
                &kilobytes(language, preview.html.len()),
                &kilobytes(language, preview.bytes.len()),
            ),
            clipped: (preview.html.len() > CLIPPED_AT).then(|| say::clipped(language)),
            subject: preview.subject,
            text: preview.text,
            problems: Vec::new(),
        }),
        Err(NoPreview::Store(error)) => Err(error.into()),
        Err(NoPreview::Failed) => Err(Fault::Failed),
        Err(NoPreview::Refused(refusal)) => {
            let found = checklist::problems(&visit.web, letter.account.id, &letter.mailing.content).await?;
            let mut problems: Vec<String> = found.iter().take(20).map(|one| words::problem(language, one)).collect();
            if problems.is_empty() {
                problems.extend(refusals::customer(language, refusal.word(), None));
            }
            let nothing = String::new;
            Ok(Shown { subject: nothing(), text: nothing(), size: nothing(), clipped: None, problems })
        }
    }
}

/// Octets in KB with one place.
fn kilobytes(language: Language, octets: usize) -> String {
    let tenths = octets.saturating_mul(10).div_ceil(1024);
    let mark = if language == Language::De { ',' } else { '.' };
    format!("{}{mark}{} KB", tenths / 10, tenths % 10)
}

/// GET: the page around the frame.
pub(super) async fn show(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = Letter::of(visit, kind).await?;
    let (to, known) = to(visit, letter.account.id).await?;
    let shown = composed(visit, &letter, &to).await?;
    let asked = visit.query("as");
    let (look, _) = LOOKS.into_iter().find(|(look, _)| *look == asked).unwrap_or(LOOKS[0]);
    let whose = match &to {
        To::Contact(id) => format!("contact={id}"),
        To::Empty => "fields=empty".to_owned(),
        To::Filled => "fields=filled".to_owned(),
    };
    let here = letter.at("preview");
    let view = |(word, label): (&'static str, Sentence)| View {
        href: format!("{here}?as={word}&{whose}"),
        label: label(visit.language),
        current: word == look,
    };
    let (sign, state) = letter.sign(visit.language);
    visit.show(&PreviewPage {
        shell: letter.shell(visit).broad(),
        t: say::Say(visit.language),
        tabs: letter.tabs(visit, Room::Preview),
        sign,
        state,
        contact: visit.query("contact"),
        unknown: !known,
        empty_fields: matches!(to, To::Empty),
        views: LOOKS.into_iter().map(view).collect(),
        look,
        frame: format!("{}?{whose}", letter.at("preview/frame")),
        action: here,
        subject: shown.subject,
        text: (look == "text").then_some(shown.text),
        size: shown.size,
        clipped: shown.clipped,
        problems: shown.problems,
        edit: if letter.is_editable() { letter.at("edit") } else { String::new() },
    })
}

/// GET: the mail alone, for the frame.
pub(super) async fn frame(visit: &Visit, kind: MailingKind) -> Answer {
    let letter = Letter::of(visit, kind).await?;
    let (to, _) = to(visit, letter.account.id).await?;
    match made(&visit.web, letter.account.id, letter.mailing.id, &to).await {
        Ok(preview) => Ok(framed(preview.html)),
        Err(NoPreview::Store(error)) => Err(error.into()),
        Err(NoPreview::Failed) => Err(Fault::Failed),
        Err(NoPreview::Refused(_)) => Err(Fault::NotFound),
    }
}

/// Foreign HTML with the policy of the frame.
pub(crate) fn framed(html: String) -> Response {
    let mut response = Page(html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FRAME_POLICY));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_up() {
        assert_eq!(kilobytes(Language::De, 1), "0,1 KB");
        assert_eq!(kilobytes(Language::En, 102 * 1024 + 1), "102.1 KB");
        assert_eq!(kilobytes(Language::En, 2048), "2.0 KB");
    }
}
