//! What recipients' pages have in common: one sheet with head and foot, small and without scripts.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use store::form_pages::AccountPage;
use texts::{Language, pages};

use crate::client::language;
use crate::context::Web;
use crate::error::Fault;
use crate::pages::{fault_words, set, show};

/// What a page may load and where its forms may go (FACE §1.4).
pub(crate) const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The same for the one page with a script (D1).
pub(crate) const POLICY_WITH_SCRIPT: &str = "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The same for a mail in its frame.
pub(crate) const POLICY_WITH_FRAME: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Head and foot of a page.
pub(crate) struct Shell {
    pub(crate) lang: &'static str,
    pub(crate) title: String,
    /// A mail is shown on it, which wants more room than a question.
    pub(crate) wide: bool,
    /// Who is responsible; none on pages that belong to no account.
    pub(crate) responsible: Option<String>,
    pub(crate) legal_label: String,
    pub(crate) legal: Vec<String>,
    pub(crate) complain: String,
    /// The label of the way to the contact form.
    pub(crate) contact: String,
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
            wide: false,
            responsible: account.map(|account| pages::footer_responsible(language, &account.name)),
            legal_label: pages::footer_legal(language),
            legal: notice.map(|notice| notice.lines(language)).unwrap_or_default(),
            complain: pages::footer_complain(language, house.abuse_address.as_str()),
            contact: pages::footer_contact(language),
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
    /// What stands line by line, as in a letter's head.
    pub(crate) lines: Vec<String>,
    pub(crate) choice: Option<Choice>,
    pub(crate) actions: Vec<Action>,
    /// Address and label.
    pub(crate) links: Vec<(String, String)>,
}

impl Page {
    /// A page that only says something.
    pub(crate) fn says(shell: Shell, paragraphs: Vec<String>) -> Self {
        let (lines, actions, links) = (Vec::new(), Vec::new(), Vec::new());
        Self { shell, notice: None, paragraphs, lines, choice: None, actions, links }
    }

    /// The same with a button.
    pub(crate) fn with(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }
}

/// Turns the faults of recipients' pages into pages of their kind: who comes by a link of a mail meets no
/// page that wants scripts.
pub(super) async fn faults(State(web): State<Web>, request: Request, next: Next) -> Response {
    let language = language(request.headers());
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Fault>() {
        Some(fault) => sheet(&web, language, fault),
        None => response,
    }
}

fn sheet(web: &Web, language: Language, fault: Fault) -> Response {
    let (title, text) = fault_words(web, language, fault);
    let page = Page::says(Shell::new(web, language, title, None), vec![text]);
    if page.render().is_err() {
        return fault.status().into_response();
    }
    let mut response = show(fault.status(), &page);
    set(&mut response, header::CONTENT_SECURITY_POLICY, POLICY);
    response
}
