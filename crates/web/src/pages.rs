//! What every page has in common: how it is rendered, what it says when something cannot be done, and
//! the files beside it.

use askama::Template;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use texts::{Language, pages, ui};

use crate::assets;
use crate::context::Web;
use crate::error::Fault;
use crate::ui::shell::Shell;
use crate::ui::visit;

/// Renders a template. Its failure is ours.
pub(crate) fn show(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            Fault::Failed.into_response()
        }
    }
}

/// Title and sentence of a fault.
pub(crate) fn fault_words(web: &Web, language: Language, fault: Fault) -> (String, String) {
    let abuse = web.gate.house().abuse_address.as_str();
    match fault {
        Fault::NotFound => (pages::not_found_title(language), pages::not_found_text(language)),
        Fault::UnknownLink => (pages::unknown_title(language), pages::unknown_text(language, abuse)),
        Fault::Forbidden => (ui::forbidden_title(language), ui::forbidden_text(language)),
        Fault::Stale => (ui::stale_title(language), ui::stale_text(language)),
        Fault::Conflict => (ui::conflict_title(language), ui::conflict_text(language)),
        Fault::BadMethod | Fault::BadRequest => (pages::bad_request_title(language), pages::bad_request_text(language)),
        Fault::TooLarge => (pages::too_large_title(language), pages::too_large_text(language)),
        Fault::Busy => (pages::busy_title(language), pages::busy_text(language)),
        Fault::Failed => (pages::failed_title(language), pages::failed_text(language)),
    }
}

#[derive(Template)]
#[template(path = "ui/fault.html")]
struct FaultPage {
    shell: Shell,
    text: String,
}

/// The page of a fault.
pub(crate) fn fault(web: &Web, language: Language, fault: Fault) -> Response {
    let (title, text) = fault_words(web, language, fault);
    let page = FaultPage { shell: Shell::alone(web, language, title), text };
    if page.render().is_err() {
        return fault.status().into_response();
    }
    visit::shown(fault.status(), &page)
}

/// The files of the pages.
pub(crate) fn statics() -> Router<Web> {
    Router::new()
        .route("/static/{name}", get(assets::show))
        .route("/robots.txt", get(robots))
        .route("/favicon.ico", get(mark))
}

/// The house's mark. Browsers ask for it by this name at pages that name none.
async fn mark() -> Response {
    let kind = HeaderValue::from_static("image/svg+xml");
    let kept = HeaderValue::from_static("public, max-age=86400");
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, kept)], include_str!("../face/mark.svg")).into_response()
}

async fn robots() -> Response {
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))];
    (kind, "User-agent: *\nDisallow: /\n").into_response()
}

/// Sets a header in place of the frame's own.
pub(crate) fn set(response: &mut Response, name: HeaderName, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}

/// Text as a value in a query.
pub(crate) fn encoded(text: &str) -> String {
    let pair = serde_urlencoded::to_string([("", text)]).unwrap_or_default();
    pair.trim_start_matches('=').to_owned()
}
