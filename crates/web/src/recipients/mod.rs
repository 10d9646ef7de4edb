//! Recipients' pages: sign up, confirm, unsubscribe, choose, and who is responsible.
//!
//! A token in the path is the only authority, so nothing else is asked for. A
//! token that is not ours, or serves another kind of page, leads to one neutral
//! page. What a page does is done by POST.

mod confirm;
mod form;
mod preferences;
mod proof;
mod unsubscribe;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use policy::{AccountId, ContactId, TagId};
use seals::LinkPurpose;
use store::form_pages::PersonPage;
use texts::pages;

use crate::client::Client;
use crate::context::Web;
use crate::error::Fault;
use crate::pages::{Page, Shell, show};

/// Octets of a form's body.
const MAX_BODY: usize = 64 * 1024;

/// What a handler answers.
type Answer = Result<Response, Fault>;

pub(crate) fn router() -> Router<Web> {
    let unsubscribe: MethodRouter<Web> =
        get(unsubscribe::show_page).post(unsubscribe::press).options(unsubscribe::preflight);
    Router::new()
        .route("/f/{form}", get(form::show_page).post(form::submit))
        .route("/f/{form}/embed", get(form::embed))
        .route("/c/{token}", get(confirm::show_page).post(confirm::press))
        .route("/c/{token}/card", get(confirm::card))
        // A slash that a program added must not turn a POST into a redirect (U8).
        .route("/u/{token}", unsubscribe.clone())
        .route("/u/{token}/", unsubscribe)
        .route("/u/{token}/undo", post(unsubscribe::undo))
        .route("/u/{token}/keep", post(unsubscribe::keep))
        .route("/p/{token}", get(preferences::show_page).post(preferences::save))
        .route("/p/{token}/all", post(preferences::leave))
        .route("/a/{token}", get(proof::show_page).post(proof::press))
        .route("/legal/{account}", get(legal))
}

/// The number and the purpose of a token of ours.
fn token(web: &Web, token: &str) -> Result<(u64, LinkPurpose), Fault> {
    web.seals.read_link_token(token).ok_or(Fault::UnknownLink)
}

/// The contact (or pending sign-up) of a token for one of these purposes.
fn person(web: &Web, text: &str, wanted: &[LinkPurpose]) -> Result<ContactId, Fault> {
    let (bits, purpose) = token(web, text)?;
    if !wanted.contains(&purpose) {
        return Err(Fault::UnknownLink);
    }
    ContactId::from_bits(bits).ok_or(Fault::UnknownLink)
}

/// Who stands behind a number; a number whose account does not exist is no link of ours.
async fn page_of(web: &Web, person: ContactId) -> Result<PersonPage, Fault> {
    web.store.person_page(person, web.clock.now()).await?.ok_or(Fault::UnknownLink)
}

/// The fields of a posted form, in their order.
async fn fields(body: Body) -> Result<Vec<(String, String)>, Fault> {
    let bytes = to_bytes(body, MAX_BODY).await.map_err(|_| Fault::TooLarge)?;
    serde_urlencoded::from_bytes(&bytes).map_err(|_| Fault::BadRequest)
}

/// The tags that were ticked.
fn ticked(fields: &[(String, String)]) -> Vec<TagId> {
    let tags = fields.iter().filter(|(name, _)| name == "tag").filter_map(|(_, value)| value.parse().ok());
    tags.take(1000).collect()
}

/// The legal notice of an account, for those who look for it by name.
async fn legal(State(web): State<Web>, client: Client, Path(account): Path<String>) -> Answer {
    let account: i64 = account.parse().map_err(|_| Fault::NotFound)?;
    let page = web.store.account_page(AccountId::from_raw(account)).await?.ok_or(Fault::NotFound)?;
    let Some(notice) = &page.legal_notice else { return Err(Fault::NotFound) };
    let lines = notice.lines(client.language);
    let shell = Shell::new(&web, client.language, pages::footer_legal(client.language), None);
    Ok(show(StatusCode::OK, &Page::says(shell, lines)))
}
