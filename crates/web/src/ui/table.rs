//! The table of pages: router, navigation and the tests' probes come from it.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::{RawPathParams, Request, State};
use axum::http::Method;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use policy::role::Role;

use super::form::Field;
use super::visit::{self, Visit};
use crate::client::Client;
use crate::context::Web;
use crate::error::Fault;
use crate::{customers, desk, entry};

/// Who may come. Whoever may not is sent to the log-in when nobody is signed in, hears "not found" where
/// the account is not his, and "your role does not allow that" where his role is too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anybody.
    Public,
    /// Anybody with a session.
    SignedIn,
    /// Whoever has at least this role in the account `{account}` of the path.
    Role(Role),
    /// The operator's people.
    Operator,
}

/// What a handler answers.
pub(crate) type Answer = Result<Response, Fault>;
/// A handler's future.
pub(crate) type Pending = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// One page, or one thing that a page's form does.
pub(crate) struct Page {
    pub(crate) method: Method,
    /// Parameters in braces are numbers of things; one named `token` is text.
    pub(crate) path: &'static str,
    pub(crate) who: Who,
    /// One word, the same for a GET and the POSTs that belong to it or not: the navigation, the tests and
    /// the screenshots know a page by it.
    pub(crate) name: &'static str,
    /// What a POST may send; whatever else comes is not looked at.
    pub(crate) form: &'static [Field],
    /// Octets of a body.
    pub(crate) limit: usize,
    pub(crate) handler: fn(Visit) -> Pending,
}

/// Octets of a body where nothing is said.
const BODY: usize = 64 * 1024;

impl Page {
    pub(crate) const fn new(
        method: Method,
        path: &'static str,
        who: Who,
        name: &'static str,
        handler: fn(Visit) -> Pending,
    ) -> Self {
        Self { method, path, who, name, form: &[], limit: BODY, handler }
    }

    /// The same with the fields of its form.
    pub(crate) fn form(self, form: &'static [Field]) -> Self {
        Self { form, ..self }
    }

    /// The same with another limit for what is posted, in octets.
    pub(crate) fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }
}

/// `page!(GET "/a/{account}/tags", Role(Reader), "tags", show)`,
/// `page!(POST "/a/{account}/tags", Role(Editor), "tags", add, form = FIELDS)`; `limit = OCTETS` may follow.
macro_rules! page {
    ($method:ident $path:literal, $who:ident $(($role:ident))?, $name:literal, $handler:path $(, $key:ident = $value:expr)*) => {
        $crate::ui::table::Page::new(
            axum::http::Method::$method,
            $path,
            $crate::ui::table::Who::$who $((policy::role::Role::$role))?,
            $name,
            |visit| Box::pin($handler(visit)),
        )
        $(.$key($value))*
    };
}
pub(crate) use page;

static TABLE: LazyLock<Vec<Page>> = LazyLock::new(|| {
    let areas = [entry::pages(), customers::pages(), desk::pages()];
    areas.into_iter().flatten().collect()
});

/// Every page, in the order of the areas.
pub(crate) fn table() -> &'static [Page] {
    &TABLE
}

/// The page that a GET of this name shows.
pub(crate) fn named(name: &str) -> Option<&'static Page> {
    table().iter().find(|page| page.method == Method::GET && page.name == name)
}

/// The router for all of them.
pub(crate) fn router() -> Router<Web> {
    let mut paths: BTreeMap<&'static str, MethodRouter<Web>> = BTreeMap::new();
    for page in table() {
        let served = move |State(web): State<Web>, client: Client, params: RawPathParams, request: Request| async move {
            visit::serve(page, web, client, &params, request).await
        };
        // The table is written by hand; a method that is none of axum's would answer nobody.
        let filter = MethodFilter::try_from(page.method.clone()).unwrap_or(MethodFilter::TRACE);
        let before = paths.remove(page.path).unwrap_or_default();
        paths.insert(page.path, before.merge(on(filter, served)));
    }
    paths.into_iter().fold(Router::new(), |router, (path, methods)| router.route(path, methods))
}

/// What the tests know of a page.
#[derive(Clone, Debug)]
pub struct PageInfo {
    /// `GET` or `POST`.
    pub method: String,
    /// With parameters in braces.
    pub path: &'static str,
    /// Who may come.
    pub who: Who,
    /// Its name.
    pub name: &'static str,
    /// The names of the fields that it reads.
    pub fields: Vec<&'static str>,
}

/// Every page for people who sign in, for tests that try each of them. Recipients' pages are not among them.
#[must_use]
pub fn pages() -> Vec<PageInfo> {
    let info = |page: &Page| PageInfo {
        method: page.method.to_string(),
        path: page.path,
        who: page.who,
        name: page.name,
        fields: page.form.iter().map(|field| field.name).collect(),
    };
    table().iter().map(info).collect()
}
