//! The confirmation link: always a button, as a false consent cannot be undone (D1, R16, R17).

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use seals::LinkPurpose;
use store::confirmations::ConfirmOutcome;
use store::form_pages::{PersonPage, PersonState};
use texts::pages;

use super::page::{Action, Page, Shell};
use super::{Answer, page_of, person};
use crate::client::Client;
use crate::context::Web;
use crate::error::Fault;
use crate::pages::show;

const PURPOSES: &[LinkPurpose] = &[LinkPurpose::Confirm];

/// GET: the button, or what became of the sign-up. Changes nothing.
pub(super) async fn show_page(State(web): State<Web>, Path(token): Path<String>) -> Answer {
    let page = page_of(&web, person(&web, &token, PURPOSES)?).await?;
    let language = page.language;
    Ok(match &page.state {
        PersonState::Pending { site, statement, .. } => {
            let shell = Shell::new(&web, language, pages::confirm_title(language), Some(&page.account));
            let text = pages::confirm_text(language, &page.account.name, statement, site);
            let button = Action::main(format!("/c/{token}"), pages::confirm_button(language));
            show(StatusCode::OK, &Page::says(shell, vec![text]).with(button))
        }
        PersonState::Contact { .. } => confirmed(&web, &page, &token),
        PersonState::Former { .. } | PersonState::Nobody => gone(&web, &page),
    })
}

/// POST: confirms.
pub(super) async fn press(State(web): State<Web>, client: Client, Path(token): Path<String>) -> Answer {
    let id = person(&web, &token, PURPOSES)?;
    let outcome = web.store.confirm(id, client.ip, web.salt(), web.clock.now()).await?;
    let page = page_of(&web, id).await?;
    Ok(match outcome {
        ConfirmOutcome::Confirmed { .. } | ConfirmOutcome::Already { .. } => confirmed(&web, &page, &token),
        ConfirmOutcome::Gone => gone(&web, &page),
    })
}

/// Thank you, and the address for the own contacts (R52).
fn confirmed(web: &Web, page: &PersonPage, token: &str) -> Response {
    let language = page.language;
    let statement = match &page.state {
        PersonState::Contact { statements, .. } => statements.last().cloned().unwrap_or_default(),
        _ => String::new(),
    };
    let shell = Shell::new(web, language, pages::confirmed_title(language), Some(&page.account));
    let mut shown = Page::says(shell, vec![pages::confirmed_text(language, &page.account.name, &statement)]);
    if let Some((_, address)) = &page.account.sender {
        shown.paragraphs.push(pages::confirmed_contacts(language, address));
        shown.links.push((format!("/c/{token}/card"), pages::confirmed_card(language)));
    }
    show(StatusCode::OK, &shown)
}

/// Timed out, cancelled, or left since (R18).
fn gone(web: &Web, page: &PersonPage) -> Response {
    let language = page.language;
    let shell = Shell::new(web, language, pages::confirm_gone_title(language), Some(&page.account));
    show(StatusCode::GONE, &Page::says(shell, vec![pages::confirm_gone_text(language)]))
}

/// The sender as a vCard (RFC 2426), for the person's contacts (R52).
pub(super) async fn card(State(web): State<Web>, Path(token): Path<String>) -> Answer {
    let page = page_of(&web, person(&web, &token, PURPOSES)?).await?;
    let (PersonState::Contact { .. }, Some((name, address))) = (&page.state, &page.account.sender) else {
        return Err(Fault::NotFound);
    };
    let (name, address) = (escaped(name), escaped(address));
    let card = format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:;{name};;;\r\nFN:{name}\r\nEMAIL;TYPE=INTERNET:{address}\r\nEND:VCARD\r\n"
    );
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/vcard; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"contact.vcf\"")),
    ];
    Ok((headers, card).into_response())
}

/// A value of a vCard (RFC 2426 §4): what has a meaning there is written with a backslash.
fn escaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ',' | ';' => value.extend(['\\', c]),
            c if c.is_control() => value.push(' '),
            c => value.push(c),
        }
    }
    value
}
