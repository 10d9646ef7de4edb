//! The table of routes: one definition from which the router, OpenAPI and the tests come.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use axum::http::Method;
use policy::invalid::Invalid;
use policy::{AccountId, Timestamp};
use seals::array;
use serde_json::{Value, json};
use store::StoreError;
use store::consents::{Source, Word};
use texts::Language;

use super::answer::{Answer, ApiError, Reply};
use super::schema::{Field, Input, Kind, may};
use crate::client::Client;
use crate::context::Web;

/// Whose token a route takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Anybody, without a token.
    Public,
    /// An account, for itself.
    Account,
    /// The operator.
    Operator,
    /// Either, each for its own things.
    Either,
}

/// A handler's future.
pub(crate) type Pending<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// One route.
pub(crate) struct Route {
    pub(crate) method: Method,
    /// Below `/api/v1`; parameters in braces are numbers of things.
    pub(crate) path: &'static str,
    pub(crate) who: Who,
    /// One sentence for the documentation.
    pub(crate) summary: &'static str,
    pub(crate) query: &'static [Field],
    /// The body; none for routes without one.
    pub(crate) body: Option<&'static [Field]>,
    /// The answer holds a secret, which no replay shows again.
    pub(crate) secret: bool,
    pub(crate) handler: fn(Call) -> Pending<'static>,
}

/// `route!(GET "/users", Account, "…", handler)`, with `query = …`, `body = …` or `secret` behind it.
macro_rules! route {
    ($method:ident $path:literal, $who:ident, $summary:literal, $handler:path $(, $key:ident $(= $value:expr)?)*) => {
        $crate::api::route::Route {
            method: axum::http::Method::$method,
            path: $path,
            who: $crate::api::route::Who::$who,
            summary: $summary,
            query: &[],
            body: None,
            secret: false,
            handler: |call| Box::pin($handler(call)),
        }
        $(.$key($($value)?))*
    };
}
pub(crate) use route;

impl Route {
    /// The same with parameters in the query.
    pub(crate) fn query(self, query: &'static [Field]) -> Self {
        Self { query, ..self }
    }

    /// The same with a body.
    pub(crate) fn body(self, body: &'static [Field]) -> Self {
        Self { body: Some(body), ..self }
    }

    /// The same with a secret in the answer.
    pub(crate) fn secret(self) -> Self {
        Self { secret: true, ..self }
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The account of the token; none for the operator.
    pub(crate) account: Option<AccountId>,
    /// For the audit: `token 17`, `operator token 3`.
    pub(crate) actor: String,
}

/// One call with everything that it brings, checked.
pub(crate) struct Call {
    pub(crate) web: Web,
    pub(crate) caller: Option<Caller>,
    pub(crate) client: Client,
    pub(crate) path: BTreeMap<String, i64>,
    pub(crate) query: Input,
    pub(crate) body: Input,
}

/// Entries of a list that come at once where nothing is said.
const PAGE: i64 = 100;

/// The parameters of every list.
pub(crate) const LIST: &[Field] = &[AFTER, LIMIT];
pub(crate) const AFTER: Field =
    may("after", Kind::Id, "The list begins behind this number: `next` of the page before.");
pub(crate) const LIMIT: Field =
    may("limit", Kind::Int(1, 500), "Entries that come at once; 100 where nothing is said.");

impl Call {
    pub(crate) fn language(&self) -> Language {
        self.client.language
    }

    /// The account of the token. A route for accounts is reached by none but accounts.
    pub(crate) fn account(&self) -> Result<AccountId, ApiError> {
        self.caller.as_ref().and_then(|caller| caller.account).ok_or_else(|| ApiError::not_found(self.language()))
    }

    pub(crate) fn actor(&self) -> &str {
        self.caller.as_ref().map_or("nobody", |caller| caller.actor.as_str())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.web.clock.now()
    }

    /// A number in the path.
    pub(crate) fn id(&self, name: &str) -> Result<i64, ApiError> {
        self.path.get(name).copied().ok_or_else(|| ApiError::not_found(self.language()))
    }

    pub(crate) fn after(&self) -> i64 {
        self.query.int("after").unwrap_or(0)
    }

    pub(crate) fn limit(&self) -> i64 {
        self.query.int("limit").unwrap_or(PAGE)
    }

    /// The memory's answer, or its error as the API says it.
    pub(crate) fn or<T>(&self, result: Result<T, StoreError>) -> Result<T, ApiError> {
        result.map_err(|error| ApiError::of_store(error, self.language(), &self.error_number()))
    }

    /// What a rule let pass, or its refusal as the API says it.
    pub(crate) fn fit<T>(&self, result: Result<T, Invalid>) -> Result<T, ApiError> {
        result.map_err(|problem| self.refuse(&problem))
    }

    /// A rule's refusal as the API says it.
    pub(crate) fn refuse(&self, problem: &Invalid) -> ApiError {
        ApiError::invalid(problem, self.language())
    }

    /// A number by which the operator finds what happened in the log.
    pub(crate) fn error_number(&self) -> String {
        let [a, b, c, d] = array::<4>(&*self.web.dice);
        format!("{a:02x}{b:02x}{c:02x}{d:02x}")
    }

    /// The word of the account, for the ledger.
    pub(crate) fn word(&self) -> Word {
        self.web.word(Source::Account, self.client.ip)
    }

    /// A page of a list. `next` stands when there may be more.
    pub(crate) fn page<T>(&self, items: &[T], shown: impl Fn(&T) -> Value, id: impl Fn(&T) -> i64) -> Answer {
        let full = i64::try_from(items.len()).is_ok_and(|length| length >= self.limit());
        let next = items.last().filter(|_| full).map(|last| id(last).to_string());
        Ok(Reply::Found(json!({ "items": items.iter().map(shown).collect::<Vec<_>>(), "next": next })))
    }
}

/// A list that comes whole.
pub(crate) fn whole<T>(items: &[T], shown: impl Fn(&T) -> Value) -> Answer {
    Ok(Reply::Found(json!({ "items": items.iter().map(shown).collect::<Vec<_>>(), "next": null })))
}

/// A moment, as JSON.
pub(crate) fn time(at: Timestamp) -> Value {
    json!(policy::zone::utc(at))
}

/// A moment that may be absent.
pub(crate) fn time_opt(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, time)
}

/// A number of a thing, as JSON: a string, because programs lose digits of large numbers.
pub(crate) fn id_text(id: impl std::fmt::Display) -> Value {
    json!(id.to_string())
}
