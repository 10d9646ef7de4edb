//! The sign-up form (R12, R14, L10, C2, D6).
//!
//! Whoever submits an address gets one and the same answer: same status, same
//! bytes, and not before a fixed time has passed, whether the address is new,
//! pending, known, gone, excluded or limited.

use std::collections::BTreeMap;
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use mail_formats::address::EmailAddress;
use policy::FormId;
use policy::signup::{FormFault, FormTraces, filled_in_by_person};
use store::form_pages::FormPage;
use store::signups::{SignUp, SignUpOutcome};
use texts::{Language, pages};

use super::page::{Page, Shell};
use super::{Answer, fields};
use crate::client::Client;
use crate::context::Web;
use crate::error::Fault;
use crate::pages::{set, show};

/// The neutral answer leaves so long after its request came, or a multiple of it later.
const ANSWER_AFTER: Duration = Duration::from_millis(300);
/// What a form may be sent from: the site itself needs the Origin of its own page (no token is in this address).
const REFERRERS: &str = "same-origin";

/// What the form may do in a customer's preview: be looked at.
const PREVIEW_POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; \
    frame-ancestors 'self'; sandbox";

struct Field {
    name: String,
    label: String,
    value: String,
}

#[derive(Template)]
#[template(path = "recipients/form.html")]
struct FormView {
    shell: Shell,
    problem: Option<String>,
    topic: String,
    form: FormId,
    stamp: String,
    version: i64,
    trap: String,
    email_label: String,
    email: String,
    hint: String,
    optional: String,
    fields: Vec<Field>,
    consent: String,
    privacy: String,
    steps: String,
    button: String,
}

/// What a visitor sent.
#[derive(Default)]
struct Sent(BTreeMap<String, String>);

impl Sent {
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn own(&self) -> BTreeMap<String, String> {
        let own = self.0.iter().filter_map(|(name, value)| Some((name.strip_prefix("f_")?.to_owned(), value.clone())));
        own.collect()
    }
}

async fn form_page(web: &Web, form: &str) -> Result<FormPage, Fault> {
    let id = form.parse().map_err(|_| Fault::NotFound)?;
    web.store.form_page(id).await?.ok_or(Fault::NotFound)
}

/// GET: the form.
pub(super) async fn show_page(State(web): State<Web>, Path(form): Path<String>) -> Answer {
    let page = form_page(&web, &form).await?;
    if !page.takes_signups() {
        return Ok(closed(&web, &page));
    }
    view(&web, &page, &Sent::default(), None, StatusCode::OK)
}

/// What people call a field: names that many use have words in both languages, others stand as they are.
fn label(language: Language, name: &str) -> String {
    match name {
        "firstname" | "first_name" | "given_name" | "vorname" => pages::field_first_name(language),
        "lastname" | "last_name" | "family_name" | "nachname" => pages::field_last_name(language),
        "name" => pages::field_name(language),
        "company" | "firma" => pages::field_company(language),
        "city" | "ort" => pages::field_city(language),
        "phone" | "telefon" => pages::field_phone(language),
        "country" | "land" => pages::field_country(language),
        other => other.replace('_', " "),
    }
}

fn view(web: &Web, page: &FormPage, sent: &Sent, problem: Option<String>, status: StatusCode) -> Answer {
    let bits = u64::try_from(page.id.get()).map_err(|_| Fault::NotFound)?;
    let stamp = web.seals.form_stamp(bits, web.clock.now()).map_err(|_| Fault::Failed)?;
    let mut response = show(status, &shown(web, page, sent, problem, stamp));
    set(&mut response, header::REFERRER_POLICY, REFERRERS);
    Ok(response)
}

fn shown(web: &Web, page: &FormPage, sent: &Sent, problem: Option<String>, stamp: String) -> FormView {
    let language = page.language;
    let own = sent.own();
    let field = |name: &String| Field {
        label: label(language, name),
        name: name.clone(),
        value: own.get(name).cloned().unwrap_or_default(),
    };
    FormView {
        shell: Shell::new(web, language, pages::form_title(language, &page.site), Some(&page.account)),
        problem,
        topic: pages::form_topic(language, &page.account.name, &page.statement),
        form: page.id,
        stamp,
        version: page.version,
        trap: pages::form_trap(language),
        email_label: pages::form_email(language),
        email: sent.get("email").chars().take(254).collect(),
        hint: pages::form_email_hint(language),
        optional: pages::form_optional(language),
        fields: page.fields.iter().map(field).collect(),
        consent: page.consent_text.clone(),
        privacy: page.privacy_notice.clone(),
        steps: pages::form_steps(language, &page.account.name),
        button: pages::form_button(language),
    }
}

/// The form as a visitor sees it, for a frame of its customer: nothing of it can be sent, whether it
/// takes sign-ups or not.
pub(crate) fn form_preview(web: &Web, page: &FormPage) -> Answer {
    let mut response = show(StatusCode::OK, &shown(web, page, &Sent::default(), None, String::new()));
    set(&mut response, header::CONTENT_SECURITY_POLICY, PREVIEW_POLICY);
    set(&mut response, header::X_FRAME_OPTIONS, "SAMEORIGIN");
    Ok(response)
}

/// The public address of a form.
pub(crate) fn form_url(web: &Web, form: FormId) -> String {
    format!("{}/f/{form}", web.gate.house().public_url)
}

fn closed(web: &Web, page: &FormPage) -> Response {
    let language = page.language;
    let shell = Shell::new(web, language, pages::form_closed_title(language), Some(&page.account));
    show(StatusCode::FORBIDDEN, &Page::says(shell, vec![pages::form_closed_text(language)]))
}

fn neutral(web: &Web, page: &FormPage) -> Response {
    let language = page.language;
    let shell = Shell::new(web, language, pages::check_mail_title(language), Some(&page.account));
    let sentences = vec![pages::check_mail_text(language), pages::check_mail_help(language)];
    show(StatusCode::OK, &Page::says(shell, sentences))
}

/// Whether the post may come from there: our own page, or the form's own site (R12). Programs that
/// are no browsers send no Origin.
fn origin_fits(web: &Web, page: &FormPage, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let site = page.site.strip_prefix("www.").unwrap_or(&page.site);
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let own = host.is_some_and(|host| host.strip_prefix("www.").unwrap_or(host) == site);
    own || origin == web.gate.house().public_url
}

/// POST: a sign-up. Everything that depends on the address ends in the neutral answer.
pub(super) async fn submit(
    State(web): State<Web>,
    client: Client,
    Path(form): Path<String>,
    request: Request,
) -> Answer {
    let came = web.clock.reading();
    let headers = request.headers().clone();
    let page = form_page(&web, &form).await?;
    if !page.takes_signups() {
        return Ok(closed(&web, &page));
    }
    if !origin_fits(&web, &page, &headers) {
        return Err(Fault::BadRequest);
    }
    let sent = Sent(fields(request.into_body()).await?.into_iter().collect());
    let answer = taken(&web, &client, &page, &sent, &headers).await?;
    wait(&web, came).await;
    Ok(answer)
}

/// The time until the answer says nothing about the address.
async fn wait(web: &Web, came: seals::Reading) {
    let passed = web.clock.reading().elapsed_since(came).as_millis();
    let rest = ANSWER_AFTER.as_millis() - passed % ANSWER_AFTER.as_millis();
    web.clock.sleep(Duration::from_millis(u64::try_from(rest).unwrap_or(0))).await;
}

async fn taken(web: &Web, client: &Client, page: &FormPage, sent: &Sent, headers: &HeaderMap) -> Answer {
    let Ok(address) = EmailAddress::parse(sent.get("email").trim()) else {
        return view(web, page, sent, Some(pages::form_bad_email(page.language)), StatusCode::UNPROCESSABLE_ENTITY);
    };
    match filled_in_by_person(traces(web, page, sent)) {
        Ok(()) => {}
        Err(FormFault::NoStamp | FormFault::TooOld) => return again(web, page, sent),
        Err(FormFault::Honeypot | FormFault::TooFast) => return Ok(neutral(web, page)),
    }
    if let Err(limit) = web.limits().take(client.ip, page.id, &web.policy.signup, web.clock.reading()) {
        tracing::info!(form = page.id.get(), limit = limit.word(), "a sign-up met a limit of its source");
        return Ok(neutral(web, page));
    }
    let sign_up = sign_up(web, client, page, sent, address, headers);
    match web.store.sign_up(sign_up, web.policy.signup.clone(), web.clock.now()).await? {
        SignUpOutcome::Planned(_) | SignUpOutcome::Silent(_) => Ok(neutral(web, page)),
        SignUpOutcome::Closed => Ok(closed(web, page)),
        SignUpOutcome::Changed => again(web, &form_page(web, &page.id.to_string()).await?, sent),
    }
}

/// The form once more, filled in as it was: from a site's own page it comes without our stamp.
fn again(web: &Web, page: &FormPage, sent: &Sent) -> Answer {
    view(web, page, sent, Some(pages::form_again(page.language)), StatusCode::OK)
}

fn traces(web: &Web, page: &FormPage, sent: &Sent) -> FormTraces {
    let bits = u64::try_from(page.id.get()).unwrap_or(0);
    let age = web.seals.check_form_stamp(sent.get("stamp"), bits, web.clock.now()).ok();
    FormTraces { honeypot_filled: !sent.get("homepage").is_empty(), age }
}

fn sign_up(
    web: &Web,
    client: &Client,
    page: &FormPage,
    sent: &Sent,
    address: EmailAddress,
    headers: &HeaderMap,
) -> SignUp {
    let hosted = form_url(web, page.id);
    let foreign = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let foreign = foreign.filter(|origin| *origin != web.gate.house().public_url);
    SignUp {
        form: page.id,
        // A version that cannot be read is none that was shown.
        version: Some(sent.get("version").parse().unwrap_or(0)),
        keys: web.seals.address_keys_mail(&address.normalised()),
        address,
        fields: sent.own(),
        ip: client.ip,
        user_agent: client.user_agent.clone(),
        form_url: foreign.map_or_else(|| hosted.clone(), |site| format!("{site} ({hosted})")),
    }
}

/// The form as text for the customer's own site: plain HTML, no script. The visitor sees our page
/// before anything is sent, with the same words, and presses the button there.
#[derive(Template)]
#[template(path = "recipients/embed.html")]
struct Embed {
    url: String,
    trap: String,
    email_label: String,
    consent: String,
    button: String,
}

/// The snippet.
pub(crate) fn embed_code(web: &Web, page: &FormPage) -> Result<String, Fault> {
    let language = page.language;
    let snippet = Embed {
        url: form_url(web, page.id),
        trap: pages::form_trap(language),
        email_label: pages::form_email(language),
        consent: page.consent_text.clone(),
        button: pages::form_button(language),
    };
    snippet.render().map_err(|_| Fault::Failed)
}

/// GET: the snippet.
pub(super) async fn embed(State(web): State<Web>, Path(form): Path<String>) -> Answer {
    let text = embed_code(&web, &form_page(&web, &form).await?)?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], text).into_response())
}
