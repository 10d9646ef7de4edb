//! The operator's contact form: `/contact` (R91, R93, R94), for whoever has no link of ours.
//!
//! What comes in is a case that a person reads and answers. An address that somebody typed here proves
//! nothing, so nobody is removed by it: that is the desk's step, with the case before its eyes (D4). And
//! nothing is sent to it by itself (R8).

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use mail_formats::address::EmailAddress;
use policy::FormId;
use policy::complaint::{Allegation, Source};
use policy::signup::{FormFault, FormTraces, filled_in_by_person};
use store::complaints::NewComplaint;
use texts::{Language, pages};

use super::complain::{Words, once};
use super::page::{Page, Shell};
use super::{Answer, fields};
use crate::client::Client;
use crate::context::Web;
use crate::error::Fault;
use crate::pages::show;
use crate::ui::form::{Field, Form, Kind, Sentence, may, must};

const SUBJECTS: &[(&str, Sentence)] = &[("complaint", pages::contact_complaint), ("question", pages::contact_question)];

const FIELDS: &[Field] = &[
    must("about", pages::contact_about, Kind::Choice(SUBJECTS)),
    must("email", pages::contact_email, Kind::Address).autocomplete("email").hint(pages::contact_email_hint),
    may("sender", pages::contact_sender, Kind::Line(200)).hint(pages::contact_sender_hint),
    must("words", pages::contact_words, Kind::Text(2_000)),
];
/// The number under which sources of this form are counted; sign-up forms have others.
const OWN_FORM: i64 = 0;

/// GET: the form.
pub(super) async fn show_page(State(web): State<Web>, client: Client) -> Answer {
    view(&web, client.language, &Form::empty(client.language, String::new(), FIELDS), StatusCode::OK)
}

fn view(web: &Web, language: Language, form: &Form, status: StatusCode) -> Answer {
    let operator = &web.gate.house().operator_name;
    let stamp = web.seals.form_stamp(OWN_FORM.unsigned_abs(), web.clock.now()).map_err(|_| Fault::Failed)?;
    let words = Words {
        shell: Shell::new(web, language, pages::contact_title(language, operator), None),
        paragraphs: vec![pages::contact_text(language, operator)],
        url: "/contact".to_owned(),
        summary: form.summary(),
        fields: form.all(),
        trap: Some((pages::form_trap(language), stamp)),
        button: pages::contact_button(language),
    };
    Ok(show(status, &words))
}

/// POST: a case.
pub(super) async fn submit(State(web): State<Web>, client: Client, request: Request) -> Answer {
    let language = client.language;
    let sent = fields(request.into_body()).await?;
    let mut form = Form::read(language, String::new(), FIELDS, &sent);
    if !form.is_good() {
        return view(&web, language, &form, StatusCode::UNPROCESSABLE_ENTITY);
    }
    match filled_in_by_person(traces(&web, &sent)) {
        Ok(()) => {}
        Err(FormFault::NoStamp | FormFault::TooOld) => return view(&web, language, &form, StatusCode::OK),
        Err(FormFault::Honeypot | FormFault::TooFast) => return Ok(thanks(&web, language, None)),
    }
    let own = FormId::from_raw(OWN_FORM);
    if web.limits().take(client.ip, own, &web.policy.signup, web.clock.reading()).is_err() {
        let abuse = web.gate.house().abuse_address.as_str();
        form.refused(pages::contact_too_often(language, abuse));
        return view(&web, language, &form, StatusCode::TOO_MANY_REQUESTS);
    }
    let done = web.store.complain(report(&web, &form).await?, web.clock.now()).await?;
    Ok(thanks(&web, language, done.case.map(|case| case.to_string())))
}

fn traces(web: &Web, sent: &[(String, String)]) -> FormTraces {
    let get = |name: &str| sent.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let age = web.seals.check_form_stamp(get("stamp"), OWN_FORM.unsigned_abs(), web.clock.now()).ok();
    FormTraces { honeypot_filled: !get("homepage").is_empty(), age }
}

async fn report(web: &Web, form: &Form) -> Result<NewComplaint, Fault> {
    let named = EmailAddress::parse(form.text("sender")).ok();
    let keys = named.map(|address| web.seals.address_keys_mail(&address.normalised())).unwrap_or_default();
    let parts = [form.text("about"), form.text("email"), form.text("sender"), form.text("words")];
    Ok(NewComplaint {
        source: Source::AbuseForm,
        allegation: Allegation::Unwanted,
        dkim_aligned: false,
        named: None,
        reporter: Vec::new(),
        accounts: web.store.accounts_sending_from(&keys).await?,
        note: parts.join("\n"),
        inbox: None,
        once: once(&parts),
    })
}

fn thanks(web: &Web, language: Language, number: Option<String>) -> Response {
    let shell = Shell::new(web, language, pages::contacted_title(language), None);
    let mut sentences = vec![pages::contacted_text(language)];
    sentences.extend(number.map(|number| pages::complained_case(language, &number)));
    show(StatusCode::OK, &Page::says(shell, sentences))
}
