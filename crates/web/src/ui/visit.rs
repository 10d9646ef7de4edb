//! One request to a page of customers or the operator, with everything that it brings, checked.

use std::collections::BTreeMap;

use askama::Template;
use axum::body::to_bytes;
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use policy::role::Role;
use policy::{AccountId, Timestamp};
use store::consents::{Source, Word};
use texts::Language;

use super::form::Form;
use super::shell::{self, Shell};
use super::table::{Answer, Page, Who};
use crate::client::Client;
use crate::context::Web;
use crate::error::Fault;
use crate::pages::{self, encoded};
use crate::session::{self, SignedIn};

/// What a page of ours may load and where its forms may go.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The name of the field by which a form shows that a page of ours made it.
pub(crate) const CSRF: &str = "csrf";
/// Entries of a list that come at once.
pub(crate) const PAGE: i64 = 50;

/// The account of a visit's path, and what the visitor may do there.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) role: Role,
}

/// One request.
pub(crate) struct Visit {
    pub(crate) web: Web,
    pub(crate) client: Client,
    /// The person's, or what the browser asks for.
    pub(crate) language: Language,
    pub(crate) person: Option<SignedIn>,
    pub(crate) place: Option<Place>,
    pub(crate) page: &'static Page,
    /// As it was asked for, without the query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    params: BTreeMap<String, String>,
    query: Vec<(String, String)>,
    sent: Vec<(String, String)>,
}

/// Checks a request, hands it to its page, and turns a fault into its page.
pub(crate) async fn serve(
    page: &'static Page,
    web: Web,
    client: Client,
    params: &RawPathParams,
    request: Request,
) -> Response {
    let mut language = client.language;
    let answer = answer(page, &web, client, params, request, &mut language).await;
    answer.unwrap_or_else(|fault| pages::fault(&web, language, fault))
}

async fn answer(
    page: &'static Page,
    web: &Web,
    client: Client,
    params: &RawPathParams,
    request: Request,
    language: &mut Language,
) -> Answer {
    let (parts, body) = request.into_parts();
    let query = pairs(parts.uri.query().unwrap_or_default().as_bytes())?;
    let person = session::signed_in(web, &parts.headers).await?;
    *language = spoken(person.as_ref(), &query, *language);
    let params: BTreeMap<String, String> = params.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    let path = parts.uri.path().to_owned();
    let Ok(place) = admitted(page, person.as_ref(), &params) else {
        let wanted = parts.uri.path_and_query().map_or(path.as_str(), |both| both.as_str());
        return Ok(to_login(page, &parts.headers, wanted));
    };
    let place = place?;
    let mut sent = Vec::new();
    if page.method == Method::POST {
        if !session::from_own_page(web, &parts.headers) {
            return Err(Fault::Stale);
        }
        let bytes = to_bytes(body, page.limit).await.map_err(|_| Fault::TooLarge)?;
        sent = pairs(&bytes)?;
        carries_mark(person.as_ref(), &sent)?;
    }
    let (web, headers) = (web.clone(), parts.headers);
    let visit = Visit { web, client, language: *language, person, place, page, path, headers, params, query, sent };
    (page.handler)(visit).await
}

/// The language of a page: the person's own; for strangers what a link of ours says, then what the browser says.
fn spoken(person: Option<&SignedIn>, query: &[(String, String)], browser: Language) -> Language {
    let said = query.iter().find(|(name, _)| name == "lang").and_then(|(_, value)| value.parse().ok());
    person.map(|person| person.language).or(said).unwrap_or(browser)
}

fn pairs(bytes: &[u8]) -> Result<Vec<(String, String)>, Fault> {
    serde_urlencoded::from_bytes(bytes).map_err(|_| Fault::BadRequest)
}

/// Nobody is signed in, and the page is not for everybody.
struct SignInFirst;

/// Whether the visitor may come; the inner fault says why somebody who is signed in may not.
fn admitted(
    page: &Page,
    person: Option<&SignedIn>,
    params: &BTreeMap<String, String>,
) -> Result<Result<Option<Place>, Fault>, SignInFirst> {
    if page.who == Who::Public {
        return Ok(Ok(None));
    }
    let person = person.ok_or(SignInFirst)?;
    Ok(match page.who {
        Who::Public | Who::SignedIn => Ok(None),
        Who::Operator => person.operator.then_some(None).ok_or(Fault::NotFound),
        Who::Role(needed) => place(person, params, needed).map(Some),
    })
}

/// A foreign account and one that does not exist are the same to everybody.
fn place(person: &SignedIn, params: &BTreeMap<String, String>, needed: Role) -> Result<Place, Fault> {
    let wanted: i64 = params.get("account").and_then(|text| number(text)).ok_or(Fault::NotFound)?;
    let found = person.accounts.iter().find(|(account, _, _)| account.get() == wanted);
    let (account, name, role) = found.ok_or(Fault::NotFound)?.clone();
    if role.allows(needed) { Ok(Place { account, name, role }) } else { Err(Fault::Forbidden) }
}

/// The number of a thing in a path: digits, above zero, as we write them.
fn number(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|number: &i64| digits && *number > 0)
}

/// To the log-in, and back to what was asked for. htmx follows a redirect by itself and would put the
/// log-in into the page, so it is told to leave instead.
fn to_login(page: &Page, headers: &HeaderMap, path: &str) -> Response {
    let to = if page.method == Method::GET { format!("/login?to={}", encoded(path)) } else { "/login".to_owned() };
    if headers.contains_key("hx-request") {
        let mut response = StatusCode::UNAUTHORIZED.into_response();
        if let Ok(value) = HeaderValue::from_str(&to) {
            response.headers_mut().insert(HeaderName::from_static("hx-redirect"), value);
        }
        return response;
    }
    see_other(&to)
}

/// 303 to a page of ours.
pub(crate) fn see_other(to: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    // Paths are made by us of numbers, words and encoded text, so they always fit.
    let value = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, value);
    response
}

/// A form of a session carries the session's mark. Without a session there is nothing to misuse.
fn carries_mark(person: Option<&SignedIn>, sent: &[(String, String)]) -> Result<(), Fault> {
    let Some(person) = person else { return Ok(()) };
    let given = sent.iter().find(|(name, _)| name == CSRF).map_or("", |(_, value)| value.as_str());
    if session::check_csrf(person, given) { Ok(()) } else { Err(Fault::Stale) }
}

impl Visit {
    /// The account of the path. A page for roles is reached by nobody without one.
    pub(crate) fn account(&self) -> Result<AccountId, Fault> {
        self.place.as_ref().map(|place| place.account).ok_or(Fault::NotFound)
    }

    /// Whether the visitor may do what needs this role in the account: for buttons that others do not see.
    pub(crate) fn may(&self, needed: Role) -> bool {
        self.place.as_ref().is_some_and(|place| place.role.allows(needed))
    }

    /// A number in the path. What is no number names nothing, like a number that names nothing.
    pub(crate) fn id(&self, name: &str) -> Result<i64, Fault> {
        self.params.get(name).and_then(|text| number(text)).ok_or(Fault::NotFound)
    }

    /// The text of a parameter of the path: a token.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// A parameter of the query; empty where it is absent. At most 200 characters of it.
    pub(crate) fn query(&self, name: &str) -> String {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim().chars().filter(|c| !c.is_control()).take(200).collect()).unwrap_or_default()
    }

    /// All values of a parameter of the query that are numbers of things; at most 50.
    pub(crate) fn query_ids(&self, name: &str) -> Vec<i64> {
        let found = self.query.iter().filter(|(known, _)| known == name);
        found.filter_map(|(_, value)| number(value)).take(50).collect()
    }

    /// Behind which number a list begins.
    pub(crate) fn after(&self) -> i64 {
        number(&self.query("after")).unwrap_or(0)
    }

    /// What was posted, in its order.
    pub(crate) fn sent(&self) -> &[(String, String)] {
        &self.sent
    }

    /// The form of this page as it was posted, each field checked by its definition.
    pub(crate) fn form(&self) -> Form {
        Form::read(self.language, self.mark(), self.page.form, &self.sent)
    }

    /// The session's mark; empty where nobody is signed in.
    pub(crate) fn mark(&self) -> String {
        self.person.as_ref().map(session::csrf).unwrap_or_default()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.web.clock.now()
    }

    /// For the audit: `login 17`, or the visitor without one.
    pub(crate) fn actor(&self) -> String {
        self.person.as_ref().map_or_else(|| "nobody".to_owned(), |person| format!("login {}", person.login))
    }

    /// The word of the account's people, for the ledger.
    pub(crate) fn word(&self) -> Word {
        self.web.word(Source::Account, self.client.ip)
    }

    /// Head, navigation and foot for a page with this title.
    pub(crate) fn shell(&self, title: String) -> Shell {
        shell::of(self, title)
    }

    /// The page.
    pub(crate) fn show(&self, template: &impl Template) -> Answer {
        Ok(shown(StatusCode::OK, template))
    }

    /// The page with its form once more, and what is wrong with it.
    pub(crate) fn again(&self, template: &impl Template) -> Answer {
        Ok(shown(StatusCode::UNPROCESSABLE_ENTITY, template))
    }

    /// To another page of ours, which says what was done: a word of [`shell::SAID`].
    pub(crate) fn to(&self, path: &str, said: &str) -> Answer {
        debug_assert!(shell::SAID.iter().any(|(word, _)| *word == said), "nobody can say {said}");
        let mark = if path.contains('?') { '&' } else { '?' };
        Ok(see_other(&format!("{path}{mark}said={said}")))
    }
}

/// A template as a page for people who sign in, with the policy for such pages.
pub(crate) fn shown(status: StatusCode, template: &impl Template) -> Response {
    let mut response = pages::show(status, template);
    pages::set(&mut response, header::CONTENT_SECURITY_POLICY, POLICY);
    // Without a referrer browsers hide the origin of a form too, and then nothing tells ours from others'.
    pages::set(&mut response, header::REFERRER_POLICY, "same-origin");
    response
}
