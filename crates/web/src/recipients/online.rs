//! A contact's latest mails as pages: `/v/{token}`, for mail programs that show them badly.
//!
//! Nothing rendered is stored, so a mail is composed again. Its links are those of nobody: whoever is
//! given the address of such a page can read, and act for nobody. The mail stands in a frame without
//! rights, from an address of its own.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use policy::{ContactId, MailingId, RowState};
use seals::LinkPurpose;
use store::form_pages::{PersonPage, PersonState};
use store::mailings::DeliveryLine;
use texts::pages;

use super::page::{POLICY_WITH_FRAME, Page, Shell};
use super::{Answer, page_of, person};
use crate::context::Web;
use crate::customers::mailings::{NoPreview, To, framed, made};
use crate::error::Fault;
use crate::pages::{set, show};
use crate::ui::time::moment;

const PURPOSES: &[LinkPurpose] = &[LinkPurpose::ViewOnline];
/// Mails that are offered.
const MAILS: i64 = 20;

/// The address of a contact's mails.
pub(super) fn address(web: &Web, contact: ContactId) -> Option<String> {
    let token = web.seals.link_token(contact.bits(), LinkPurpose::ViewOnline).ok()?;
    Some(format!("/v/{}", token.as_str()))
}

/// What was handed over to the contact, the newest first. Who left is shown nothing: the address of this
/// page is in mails that others may have.
async fn handed_over(web: &Web, page: &PersonPage) -> Result<Vec<DeliveryLine>, Fault> {
    if !matches!(page.state, PersonState::Contact { .. }) {
        return Ok(Vec::new());
    }
    let mut lines = web.store.deliveries_of_contact(page.id.account(), page.id, None, MAILS).await?;
    lines.retain(|line| line.state == RowState::Accepted);
    Ok(lines)
}

/// GET: the list.
pub(super) async fn list(State(web): State<Web>, Path(text): Path<String>) -> Answer {
    let page = page_of(&web, person(&web, &text, PURPOSES)?).await?;
    let (language, account) = (page.language, &page.account);
    let lines = handed_over(&web, &page).await?;
    let shell = Shell::new(&web, language, pages::online_title(language, &account.name), Some(account));
    let sentence = if lines.is_empty() { pages::online_none(language) } else { pages::online_text(language) };
    let mut shown = Page::says(shell, vec![sentence]);
    shown.links = lines
        .iter()
        .map(|line| {
            let at = moment(language, &account.time_zone, line.settled_at.unwrap_or(line.planned_at));
            (format!("/v/{text}/{}", line.mailing), pages::online_mail(language, &at))
        })
        .collect();
    Ok(show(StatusCode::OK, &shown))
}

#[derive(Template)]
#[template(path = "recipients/online.html")]
struct Online {
    shell: Shell,
    notice: String,
    frame: String,
    frame_title: String,
    back: String,
    back_label: String,
}

/// The mail of the path, if the contact got it.
async fn mail(web: &Web, text: &str, mailing: &str) -> Result<(PersonPage, MailingId, gate::Preview), Fault> {
    let page = page_of(web, person(web, text, PURPOSES)?).await?;
    let wanted: i64 = mailing.parse().map_err(|_| Fault::NotFound)?;
    let lines = handed_over(web, &page).await?;
    let line = lines.iter().find(|line| line.mailing.get() == wanted).ok_or(Fault::NotFound)?;
    let preview = made(web, page.id.account(), line.mailing, &To::Contact(page.id)).await;
    let preview = preview.map_err(|problem| match problem {
        NoPreview::Store(error) => Fault::from(error),
        NoPreview::Failed => Fault::Failed,
        // What it was made of is gone: a sender, a legal notice, a field.
        NoPreview::Refused(_) => Fault::NotFound,
    })?;
    Ok((page, line.mailing, preview))
}

/// GET: one mail, with its subject as the title.
pub(super) async fn show_mail(State(web): State<Web>, Path((text, mailing)): Path<(String, String)>) -> Answer {
    let (page, mailing, preview) = mail(&web, &text, &mailing).await?;
    let language = page.language;
    let shown = Online {
        shell: Shell { wide: true, ..Shell::new(&web, language, preview.subject, Some(&page.account)) },
        notice: pages::online_links(language),
        frame: format!("/v/{text}/{mailing}/frame"),
        frame_title: pages::online_frame(language),
        back: format!("/v/{text}"),
        back_label: pages::online_back(language),
    };
    let mut response = show(StatusCode::OK, &shown);
    set(&mut response, header::CONTENT_SECURITY_POLICY, POLICY_WITH_FRAME);
    Ok(response)
}

/// GET: the mail itself, for the frame.
pub(super) async fn frame(State(web): State<Web>, Path((text, mailing)): Path<(String, String)>) -> Answer {
    let (_, _, preview) = mail(&web, &text, &mailing).await?;
    Ok(framed(preview.html))
}
