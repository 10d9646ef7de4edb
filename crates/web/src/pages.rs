//! What pages have in common: their shell, their files, and the pages that belong to nobody.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use policy::Timestamp;
use policy::zone::Zone;
use store::form_pages::AccountPage;
use texts::{Language, dates, pages};

use crate::client::Client;
use crate::context::Web;
use crate::error::Fault;

/// What a page may load and where its forms may go (FACE §1.4).
pub(crate) const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The same for the one page with a script (D1).
pub(crate) const POLICY_WITH_SCRIPT: &str = "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("../assets/page.css");
const SCRIPT: &str = include_str!("../assets/unsubscribe.js");
/// An hour: a new version of the program may change them.
const FILES_MAY_BE_KEPT: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Head and foot of a page.
pub(crate) struct Shell {
    pub(crate) lang: &'static str,
    pub(crate) title: String,
    /// Who is responsible; none on pages that belong to no account.
    pub(crate) responsible: Option<String>,
    pub(crate) legal_label: String,
    pub(crate) legal: Vec<String>,
    pub(crate) complain: String,
    pub(crate) operator: String,
}

impl Shell {
    /// The shell of a page of an account, or of nobody.
    pub(crate) fn new(web: &Web, language: Language, title: String, account: Option<&AccountPage>) -> Self {
        let house = web.gate.house();
        let notice = account.and_then(|account| account.legal_notice.as_ref());
        Self {
            lang: language.code(),
            title,
            responsible: account.map(|account| pages::footer_responsible(language, &account.name)),
            legal_label: pages::footer_legal(language),
            legal: notice.map(|notice| notice.lines(language)).unwrap_or_default(),
            complain: pages::footer_complain(language, house.abuse_address.as_str()),
            operator: pages::footer_operator(language, &house.operator_name),
        }
    }
}

/// A button, which is a form of its own: it works without scripts and is never a GET.
pub(crate) struct Action {
    pub(crate) url: String,
    pub(crate) label: String,
    /// What stands above it.
    pub(crate) intro: Option<String>,
    /// Not what most people came for.
    pub(crate) quiet: bool,
}

impl Action {
    /// The button that the page is about.
    pub(crate) fn main(url: String, label: String) -> Self {
        Self { url, label, intro: None, quiet: false }
    }

    /// A button for the few.
    pub(crate) fn quiet(url: String, intro: String, label: String) -> Self {
        Self { url, label, intro: Some(intro), quiet: true }
    }
}

/// Boxes to tick, and their button.
pub(crate) struct Choice {
    pub(crate) url: String,
    pub(crate) legend: String,
    pub(crate) button: String,
    pub(crate) items: Vec<Item>,
}

/// One box.
pub(crate) struct Item {
    pub(crate) value: i64,
    pub(crate) name: String,
    pub(crate) ticked: bool,
}

/// A page of sentences, boxes, buttons and links.
#[derive(Template)]
#[template(path = "recipients/page.html")]
pub(crate) struct Page {
    pub(crate) shell: Shell,
    /// Said first, and aloud: what just happened.
    pub(crate) notice: Option<String>,
    pub(crate) paragraphs: Vec<String>,
    pub(crate) choice: Option<Choice>,
    pub(crate) actions: Vec<Action>,
    /// Address and label.
    pub(crate) links: Vec<(String, String)>,
}

impl Page {
    /// A page that only says something.
    pub(crate) fn says(shell: Shell, paragraphs: Vec<String>) -> Self {
        Self { shell, notice: None, paragraphs, choice: None, actions: Vec::new(), links: Vec::new() }
    }

    /// The same with a button.
    pub(crate) fn with(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }
}

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

/// The page of a fault.
pub(crate) fn fault(web: &Web, language: Language, fault: Fault) -> Response {
    let abuse = web.gate.house().abuse_address.as_str();
    let (title, text) = match fault {
        Fault::NotFound => (pages::not_found_title(language), pages::not_found_text(language)),
        Fault::UnknownLink => (pages::unknown_title(language), pages::unknown_text(language, abuse)),
        Fault::BadMethod | Fault::BadRequest => (pages::bad_request_title(language), pages::bad_request_text(language)),
        Fault::TooLarge => (pages::too_large_title(language), pages::too_large_text(language)),
        Fault::Busy => (pages::busy_title(language), pages::busy_text(language)),
        Fault::Failed => (pages::failed_title(language), pages::failed_text(language)),
    };
    let page = Page::says(Shell::new(web, language, title, None), vec![text]);
    match page.render() {
        Ok(html) => (fault.status(), Html(html)).into_response(),
        Err(_) => fault.status().into_response(),
    }
}

/// The page at the root: who runs this, and how to complain.
pub(crate) async fn home(State(web): State<Web>, client: Client) -> Response {
    let title = web.gate.house().operator_name.clone();
    let text = pages::home_text(client.language);
    show(StatusCode::OK, &Page::says(Shell::new(&web, client.language, title, None), vec![text]))
}

/// The files of the pages.
pub(crate) fn statics() -> Router<Web> {
    Router::new()
        .route("/static/page.css", get(|| async { file("text/css; charset=utf-8", STYLE) }))
        .route("/static/unsubscribe.js", get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/robots.txt", get(|| async { file("text/plain; charset=utf-8", "User-agent: *\nDisallow: /\n") }))
}

fn file(kind: &'static str, text: &'static str) -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static(kind));
    ([kind, (header::CACHE_CONTROL, FILES_MAY_BE_KEPT)], text).into_response()
}

/// Sets a header in place of the frame's own.
pub(crate) fn set(response: &mut Response, name: HeaderName, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}

/// A moment as people write it, in the account's time zone.
pub(crate) fn moment(language: Language, zone: &str, at: Timestamp) -> String {
    let (zone, name) = match Zone::parse(zone) {
        Ok(known) => (known, zone),
        Err(_) => match Zone::parse("UTC") {
            Ok(utc) => (utc, "UTC"),
            Err(_) => return String::new(),
        },
    };
    // 2026-05-04T09:00:00+02:00
    let shown = zone.show(at);
    let number = |range: std::ops::Range<usize>| shown.get(range).and_then(|text| text.parse().ok()).unwrap_or(0);
    let day = dates::day(language, number(8..10), number(5..7), number(0..4));
    dates::moment(language, &day, shown.get(11..16).unwrap_or_default(), name)
}
