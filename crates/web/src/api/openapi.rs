//! The description of the API, made from the table of routes.

use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Map, Value, json};

use super::route::{Route, Who};
use super::{schema, table};

/// GET `/api/v1/openapi.json`.
pub(super) async fn show() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], description().to_string())
}

const ABOUT: &str = "Numbers of things are strings of digits. Times are RFC 3339. Lists page by `after` and `limit`. \
    Send an `Idempotency-Key` with a POST that you may have to repeat: for 24 hours it acts once. \
    What belongs to another account does not exist for you. Errors say what to do: `error.code` is for programs, `error.message` for people.";

/// The whole description.
pub(super) fn description() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in table() {
        let entry = paths.entry(route.path.to_owned()).or_insert_with(|| json!({}));
        entry[route.method.as_str().to_ascii_lowercase()] = operation(&route);
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Jawort", "version": "1", "description": ABOUT },
        "servers": [{ "url": "/api/v1" }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": { "Error": error_schema() },
        },
    })
}

fn error_schema() -> Value {
    let error = json!({
        "type": "object",
        "required": ["code", "message", "field"],
        "properties": {
            "code": { "type": "string" },
            "message": { "type": "string" },
            "field": { "type": ["string", "null"] },
            "details": {},
        },
    });
    json!({ "type": "object", "required": ["error"], "properties": { "error": error } })
}

/// The names of the parameters in a path.
pub(super) fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn operation(route: &Route) -> Value {
    let mut listed: Vec<Value> = parameters(route.path)
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "pattern": "^[0-9]{1,19}$" } }))
        .collect();
    listed.extend(route.query.iter().map(|field| {
        json!({ "name": field.name, "in": "query", "required": field.required, "description": field.help, "schema": schema::schema_of(field) })
    }));
    let whose = match route.who {
        Who::Public => "No token is needed.",
        Who::Account => "For an account's token.",
        Who::Operator => "For an operator's token.",
        Who::Either => "For an account's or an operator's token.",
    };
    let refused = json!({ "description": "An error", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } } });
    let mut operation = json!({
        "operationId": operation_id(route),
        "summary": route.summary,
        "description": whose,
        "parameters": listed,
        "responses": { "2XX": { "description": "Done" }, "4XX": refused, "5XX": refused },
    });
    if route.who != Who::Public {
        operation["security"] = json!([{ "token": [] }]);
    }
    if let Some(body) = route.body {
        let required = body.iter().any(|field| field.required);
        operation["requestBody"] =
            json!({ "required": required, "content": { "application/json": { "schema": schema::schema(body) } } });
    }
    operation
}

/// `post_newsletters_mailing_start`
fn operation_id(route: &Route) -> String {
    let words = route.path.split(['/', '{', '}', '-']).filter(|word| !word.is_empty());
    words.fold(route.method.as_str().to_ascii_lowercase(), |id, word| format!("{id}_{word}"))
}
