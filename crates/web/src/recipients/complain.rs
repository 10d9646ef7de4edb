//! A complaint by form: `/complain/{token}` (R73, R76–R79, D4, D13).
//!
//! The link comes from a mail of ours, and any token of such a mail names the person; so the complaint
//! counts like a letter that carries our id, once for a person and a message. The person leaves at once.

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use policy::complaint::{Allegation, ComplaintDecision, Source};
use policy::refusal::Cancellation;
use policy::{ContactId, UserId};
use seals::{LinkPurpose, sha256};
use store::complaints::{ComplaintOutcome, DrainFor, Named, NewComplaint};
use store::form_pages::AccountPage;
use texts::{Language, pages};

use super::page::{Page, Shell};
use super::{Answer, fields, page_of, token};
use crate::client::Client;
use crate::context::Web;
use crate::error::Fault;
use crate::pages::show;
use crate::ui::form::{Field, Form, Kind, Sentence, may, must};
use crate::ui::html::Html;

const REASONS: &[(&str, Sentence)] = &[
    ("not_asked", pages::complain_not_asked),
    ("other_topic", pages::complain_other_topic),
    ("cannot_leave", pages::complain_cannot_leave),
    ("other", pages::complain_other),
];

const FIELDS: &[Field] = &[
    must("reason", pages::complain_reason, Kind::Choice(REASONS)),
    may("words", pages::complain_words, Kind::Text(2_000)),
];

/// Whose mail it is about, and who complains.
struct Subject {
    named: Named,
    language: Language,
    account: AccountPage,
}

async fn subject(web: &Web, text: &str) -> Result<Subject, Fault> {
    let (bits, purpose) = token(web, text)?;
    let person = || ContactId::from_bits(bits).ok_or(Fault::UnknownLink);
    let named = match purpose {
        LinkPurpose::UnsubscribeHeader
        | LinkPurpose::UnsubscribeBody
        | LinkPurpose::Preferences
        | LinkPurpose::ViewOnline => Named::Contact(person()?),
        LinkPurpose::Confirm | LinkPurpose::NotMeHeader | LinkPurpose::NotMeBody => Named::Signup(person()?),
        LinkPurpose::TestStopHeader | LinkPurpose::TestStopBody | LinkPurpose::TestPreferences => {
            let user = UserId::from_bits(bits).ok_or(Fault::UnknownLink)?;
            let page = web.store.user_page(user).await?.ok_or(Fault::UnknownLink)?;
            return Ok(Subject { named: Named::User(person()?), language: page.language, account: page.account });
        }
        _ => return Err(Fault::UnknownLink),
    };
    let page = page_of(web, person()?).await?;
    Ok(Subject { named, language: page.language, account: page.account })
}

/// A page with a form of its own.
#[derive(Template)]
#[template(path = "recipients/words.html")]
pub(super) struct Words {
    pub(super) shell: Shell,
    pub(super) paragraphs: Vec<String>,
    pub(super) url: String,
    pub(super) summary: Html,
    pub(super) fields: Vec<Html>,
    /// What a person leaves empty and a program fills in: label and stamp; none where a token is known.
    pub(super) trap: Option<(String, String)>,
    pub(super) button: String,
}

/// GET: the form. Changes nothing.
pub(super) async fn show_page(State(web): State<Web>, Path(text): Path<String>) -> Answer {
    let subject = subject(&web, &text).await?;
    let form = Form::empty(subject.language, String::new(), FIELDS);
    Ok(view(&web, &subject, &text, &form, StatusCode::OK))
}

fn view(web: &Web, subject: &Subject, text: &str, form: &Form, status: StatusCode) -> Response {
    let (language, account) = (subject.language, &subject.account);
    let words = Words {
        shell: Shell::new(web, language, pages::complain_title(language), Some(account)),
        paragraphs: vec![pages::complain_text(language, &account.name, &web.gate.house().operator_name)],
        url: format!("/complain/{text}"),
        summary: form.summary(),
        fields: form.all(),
        trap: None,
        button: pages::complain_button(language),
    };
    show(status, &words)
}

/// POST: the complaint counts, the person leaves, and nothing more is sent once this is answered.
pub(super) async fn submit(
    State(web): State<Web>,
    client: Client,
    Path(text): Path<String>,
    request: Request,
) -> Answer {
    let subject = subject(&web, &text).await?;
    let form = Form::read(subject.language, String::new(), FIELDS, &fields(request.into_body()).await?);
    if !form.is_good() {
        return Ok(view(&web, &subject, &text, &form, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let note = format!("{}\n{}", form.text("reason"), form.text("words"));
    let done = web.store.complain(report(&subject, &text, note), web.clock.now()).await?;
    drained(&web, &done).await;
    if let (Named::Contact(person), ComplaintDecision::CaseOnly) = (subject.named, done.decision) {
        // No mail of ours to this person is known any more; whoever complains leaves all the same.
        web.store.unsubscribe(person, web.word(store::consents::Source::Web, client.ip), web.clock.now()).await?;
    }
    Ok(thanks(&web, &subject, &done))
}

fn report(subject: &Subject, text: &str, note: String) -> NewComplaint {
    NewComplaint {
        source: Source::AbuseForm,
        allegation: Allegation::Unwanted,
        dkim_aligned: false,
        named: Some(subject.named),
        reporter: Vec::new(),
        accounts: vec![subject.account.id],
        once: once(&[text, &note]),
        note,
        inbox: None,
    }
}

/// Names what was sent by its content: sent twice, it is one case.
pub(super) fn once(parts: &[&str]) -> String {
    let digest = sha256(parts.join("\n").as_bytes());
    digest.iter().take(16).fold("form ".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// Waits until nothing of what the complaint stopped can be under way any more (promise 3).
async fn drained(web: &Web, done: &ComplaintOutcome) {
    match done.drain {
        DrainFor::Nothing => {}
        DrainFor::Contact(person) => web.store.drain_person(person, Cancellation::Complained).await,
        DrainFor::All => web.store.drain_all().await,
    }
}

fn thanks(web: &Web, subject: &Subject, done: &ComplaintOutcome) -> Response {
    let (language, account) = (subject.language, &subject.account);
    let number = done.case.map(|case| case.to_string()).unwrap_or_default();
    let shell = Shell::new(web, language, pages::complained_title(language), Some(account));
    let sentences = vec![pages::complained_text(language, &account.name), pages::complained_case(language, &number)];
    show(StatusCode::OK, &Page::says(shell, sentences))
}
