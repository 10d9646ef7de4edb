//! Recipients' pages: sign up, confirm, unsubscribe, choose, read, complain, and who is responsible.
//!
//! A token in the path is the only authority, so nothing else is asked for. A
//! token that is not ours, or serves another kind of page, leads to one neutral
//! page. What a page does is done by POST.

mod complain;
mod confirm;
mod contact;
mod form;
mod online;
mod page;
mod preferences;
mod proof;
mod unsubscribe;

pub(crate) use form::{embed_code, form_preview, form_url};
pub(crate) use page::POLICY;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use policy::{AccountId, ContactId, TagId};
use seals::LinkPurpose;
use store::form_pages::PersonPage;
use texts::pages;

use crate::client::Client;
use crate::context::Web;
use crate::error::Fault;
use crate::pages::show;
use page::{Page, Shell};

/// Octets of a form's body.
const MAX_BODY: usize = 64 * 1024;

/// What a handler answers.
type Answer = Result<Response, Fault>;

/// Every path with what serves it.
fn routes() -> Vec<(&'static str, MethodRouter<Web>)> {
    let unsubscribe: MethodRouter<Web> =
        get(unsubscribe::show_page).post(unsubscribe::press).options(unsubscribe::preflight);
    vec![
        ("/f/{form}", get(form::show_page).post(form::submit)),
        ("/f/{form}/embed", get(form::embed)),
        ("/c/{token}", get(confirm::show_page).post(confirm::press)),
        ("/c/{token}/card", get(confirm::card)),
        // A slash that a program added must not turn a POST into a redirect (U8).
        ("/u/{token}", unsubscribe.clone()),
        ("/u/{token}/", unsubscribe),
        ("/u/{token}/undo", post(unsubscribe::undo)),
        ("/u/{token}/keep", post(unsubscribe::keep)),
        ("/p/{token}", get(preferences::show_page).post(preferences::save)),
        ("/p/{token}/all", post(preferences::leave)),
        ("/e/{token}", get(proof::show_page).post(proof::press)),
        ("/v/{token}", get(online::list)),
        ("/v/{token}/{mailing}", get(online::show_mail)),
        ("/v/{token}/{mailing}/frame", get(online::frame)),
        ("/complain/{token}", get(complain::show_page).post(complain::submit)),
        ("/contact", get(contact::show_page).post(contact::submit)),
        ("/legal/{account}", get(legal)),
    ]
}

/// The paths of every page for recipients, for tests that open each of them.
#[must_use]
pub fn paths() -> Vec<&'static str> {
    routes().into_iter().map(|(path, _)| path).collect()
}

pub(crate) fn router(web: &Web) -> Router<Web> {
    routes()
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| router.route(path, methods))
        .method_not_allowed_fallback(|| async { Fault::BadMethod })
        .layer(from_fn_with_state(web.clone(), page::faults))
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
    Ok(show(StatusCode::OK, &Page { lines, ..Page::says(shell, Vec::new()) }))
}
