//! The API for customers and the operator: `/api/v1`, JSON, bearer tokens.
//!
//! Every call goes one way: route found in the table, token checked, body read
//! within its limit, every field checked by its definition, a replay answered
//! from memory, then the handler. What belongs to another account is unknown,
//! with the same answer as what does not exist.

mod accounts;
mod answer;
mod book;
mod mailings;
mod openapi;
mod operator;
mod route;
mod schema;
mod senders;
mod setup;

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{RawPathParams, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter, get, on};
use seals::{api_token_hash, sha256};
use serde_json::{Map, Value};
use store::replays::Replay;
use texts::{Language, errors};

use crate::client::{Client, language};
use crate::context::Web;
use answer::{ApiError, Reply, Wire};
use route::{Call, Caller, Route, Who};
use schema::{Field, Input};

/// Octets of a body.
const MAX_BODY: usize = 2 * 1024 * 1024;
/// Characters of an `Idempotency-Key`.
const MAX_KEY: usize = 200;

/// Every route, in the order of the documentation.
pub(crate) fn table() -> Vec<Route> {
    [accounts::routes(), setup::routes(), senders::routes(), book::routes(), mailings::routes(), operator::routes()]
        .into_iter()
        .flatten()
        .collect()
}

/// The router for everything below `/api/v1`.
pub(crate) fn router() -> Router<Web> {
    let mut paths: BTreeMap<&'static str, MethodRouter<Web>> = BTreeMap::new();
    for route in table() {
        let (path, filter) = (route.path, filter(&route.method));
        let route: &'static Route = Box::leak(Box::new(route));
        let served = move |State(web): State<Web>, client: Client, params: RawPathParams, request: Request| async move {
            serve(route, web, client, params, request).await.into_response()
        };
        let before = paths.remove(path).unwrap_or_default();
        paths.insert(path, before.merge(on(filter, served)));
    }
    let mut router = Router::new().route("/openapi.json", get(openapi::show));
    for (path, methods) in paths {
        router = router.route(path, methods);
    }
    router.fallback(unknown).method_not_allowed_fallback(wrong_method)
}

/// The table is written by hand; a method that is none of these does not compile a route.
fn filter(method: &Method) -> MethodFilter {
    MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::TRACE)
}

async fn unknown(headers: HeaderMap) -> Response {
    wire(ApiError::not_found(language(&headers)))
}

async fn wrong_method(headers: HeaderMap) -> Response {
    let message = errors::bad_request(language(&headers), "this route does not have this method");
    wire(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message))
}

fn wire(error: ApiError) -> Response {
    Wire::of(&Err(error)).into_response()
}

async fn serve(route: &'static Route, web: Web, client: Client, params: RawPathParams, request: Request) -> Wire {
    let (parts, body) = request.into_parts();
    let language = client.language;
    let caller = match caller(route, &web, &parts.headers, language).await {
        Ok(caller) => caller,
        Err(error) => return Wire::of(&Err(error)),
    };
    let bytes = match read_body(route, body, language).await {
        Ok(bytes) => bytes,
        Err(error) => return Wire::of(&Err(error)),
    };
    let call = match call(route, web, client, caller, &params, parts.uri.query(), &bytes) {
        Ok(call) => call,
        Err(error) => return Wire::of(&Err(error)),
    };
    let key = match replay_key(route, &parts.headers, language) {
        Ok(key) => key,
        Err(error) => return Wire::of(&Err(error)),
    };
    match key {
        None => Wire::of(&(route.handler)(call).await),
        Some(key) => once(route, call, &key, request_hash(&parts.method, parts.uri.path(), &bytes)).await,
    }
}

/// Whose token it is, and whether this route is for it.
async fn caller(route: &Route, web: &Web, headers: &HeaderMap, language: Language) -> Result<Option<Caller>, ApiError> {
    if route.who == Who::Public {
        return Ok(None);
    }
    let refused = || ApiError::new(StatusCode::UNAUTHORIZED, "not_signed_in", errors::not_signed_in(language));
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(bearer)
        .ok_or_else(refused)?;
    let found = web.store.token(api_token_hash(given)).await;
    let found = found.map_err(|error| ApiError::of_store(error, language, "token"))?.ok_or_else(refused)?;
    let fits = match route.who {
        Who::Operator => found.account.is_none(),
        Who::Account => found.account.is_some(),
        Who::Either | Who::Public => true,
    };
    if !fits {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden", errors::forbidden(language)));
    }
    let actor =
        if found.account.is_some() { format!("token {}", found.id) } else { format!("operator token {}", found.id) };
    Ok(Some(Caller { account: found.account, actor }))
}

/// The token of an `Authorization` header.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn read_body(route: &Route, body: Body, language: Language) -> Result<Vec<u8>, ApiError> {
    let bytes = to_bytes(body, MAX_BODY).await.map_err(|_| {
        let limit = u64::try_from(MAX_BODY).unwrap_or(u64::MAX);
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", errors::too_large(language, limit))
    })?;
    if route.body.is_none() && !bytes.is_empty() {
        return Err(ApiError::bad_request(language, "this route takes no body"));
    }
    Ok(bytes.to_vec())
}

/// Checks path, query and body by their definitions.
fn call(
    route: &Route,
    web: Web,
    client: Client,
    caller: Option<Caller>,
    params: &RawPathParams,
    query: Option<&str>,
    bytes: &[u8],
) -> Result<Call, ApiError> {
    let language = client.language;
    let mut path = BTreeMap::new();
    for (name, value) in params {
        // What is no number names nothing, like a number that names nothing.
        let id = schema::id(&Value::String(value.to_owned())).ok_or_else(|| ApiError::not_found(language))?;
        path.insert(name.to_owned(), id);
    }
    let query = Input::read(route.query, &query_value(route.query, query.unwrap_or_default(), language)?, language)?;
    let body = match route.body {
        None => Input::default(),
        Some(fields) => {
            let empty = bytes.is_empty() && !fields.iter().any(|field| field.required);
            let value = if empty { Value::Object(Map::new()) } else { parse(bytes, language)? };
            Input::read(fields, &value, language)?
        }
    };
    Ok(Call { web, caller, client, path, query, body })
}

/// Reads JSON. A name that stands twice in one object would be read in two ways by two programs;
/// the last one counts, as everywhere.
fn parse(bytes: &[u8], language: Language) -> Result<Value, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| {
        let problem = format!("it is no JSON, line {}, column {}", error.line(), error.column());
        ApiError::bad_request(language, &problem)
    })
}

/// The query as an object: numbers and truth values by the definition of their field.
fn query_value(fields: &'static [Field], query: &str, language: Language) -> Result<Value, ApiError> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(query).map_err(|_| ApiError::bad_request(language, "the query cannot be read"))?;
    let mut object = Map::new();
    for (name, text) in pairs {
        let kind = fields.iter().find(|field| field.name == name).map(|field| field.kind);
        let value = match kind {
            Some(schema::Kind::Int(..)) => text.parse::<i64>().map_or(Value::String(text), Value::from),
            Some(schema::Kind::Bool) => text.parse::<bool>().map_or(Value::String(text), Value::from),
            _ => Value::String(text),
        };
        object.insert(name, value);
    }
    Ok(Value::Object(object))
}

/// The key of a request that may come twice: POSTs only, for the other methods may be repeated anyway.
fn replay_key(route: &Route, headers: &HeaderMap, language: Language) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("idempotency-key").filter(|_| route.method == Method::POST) else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    let good = !key.is_empty() && key.len() <= MAX_KEY && key.bytes().all(|byte| byte.is_ascii_graphic());
    if good {
        return Ok(Some(key.to_owned()));
    }
    Err(ApiError::bad_request(language, "Idempotency-Key must have 1 to 200 visible ASCII characters"))
}

/// Parts are set apart by their lengths, so that no two requests share a hash.
fn request_hash(method: &Method, path: &str, body: &[u8]) -> [u8; 32] {
    let head = format!("{method} {} {path} ", path.len());
    sha256(&[head.as_bytes(), body].concat())
}

/// Carries a request out unless its key was used before.
async fn once(route: &Route, call: Call, key: &str, hash: [u8; 32]) -> Wire {
    let (web, language) = (call.web.clone(), call.language());
    let account = call.caller.as_ref().and_then(|caller| caller.account);
    let conflict = |code, message| Err(ApiError::new(StatusCode::CONFLICT, code, message));
    match web.store.begin_request(account, key, hash, call.now()).await {
        Err(error) => return Wire::of(&Err(ApiError::of_store(error, language, &call.error_number()))),
        Ok(Replay::Answered { status, body }) => return Wire::replayed(status, body),
        Ok(Replay::Unfinished) => {
            return Wire::of(&conflict("request_unfinished", errors::request_unfinished(language)));
        }
        Ok(Replay::OtherRequest) => {
            return Wire::of(&conflict("key_reused", errors::key_reused(language)));
        }
        Ok(Replay::New) => {}
    }
    let answer = (route.handler)(call).await;
    let wire = Wire::of(&answer);
    // What failed on our side was not carried out and may come again under its key.
    let kept =
        (!wire.status.is_server_error()).then(|| (i64::from(wire.status.as_u16()), kept_body(route, &answer, &wire)));
    if let Err(error) = web.store.end_request(account, key, kept).await {
        tracing::error!(%error, "the answer to a request with a key was not kept");
    }
    wire
}

/// The answer as a replay shows it: without the secret that it may hold.
fn kept_body(route: &Route, answer: &answer::Answer, wire: &Wire) -> String {
    match answer {
        Ok(Reply::Made(body)) if route.secret => {
            let mut body = body.clone();
            if let Some(object) = body.as_object_mut() {
                object.insert("token".to_owned(), Value::Null);
            }
            body.to_string()
        }
        _ => wire.body.clone(),
    }
}
