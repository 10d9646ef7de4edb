//! Every route of the description, tried with what it must refuse.

use serde_json::{Map, Value, json};
use testbench::http::{Client, Response};

use super::{api, at, error, refused, send, text};
use crate::door::{Door, run};

/// One route as the description names it.
pub(crate) struct Described {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) schema: Option<Value>,
    /// The names of its parameters in the query.
    pub(crate) query: Vec<String>,
    pub(crate) who: String,
}

pub(crate) async fn described(door: &Door) -> Vec<Described> {
    let description = door.client.get(&at("/openapi.json")).await.expect("an answer").json();
    let mut routes = Vec::new();
    for (path, methods) in description["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let schema = operation["requestBody"]["content"]["application/json"]["schema"].clone();
            let listed = operation["parameters"].as_array().into_iter().flatten();
            let query = listed.filter(|parameter| parameter["in"] == "query").map(|parameter| text(parameter, "name"));
            routes.push(Described {
                query: query.collect(),
                method: method.to_uppercase(),
                path: path.clone(),
                schema: (!schema.is_null()).then_some(schema),
                who: text(operation, "description"),
            });
        }
    }
    assert!(routes.len() > 90, "only {} routes are described", routes.len());
    routes
}

/// A path with every parameter filled in.
fn filled(path: &str, number: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { number } else { part }).collect::<Vec<_>>().join("/")
}

/// A value that the schema of a field allows.
fn sample(name: &str, schema: &Value) -> Value {
    match (name, schema["type"].as_str()) {
        ("statement", _) => json!("Tips for growing vegetables in small gardens"),
        ("time_zone", _) => json!("Europe/Berlin"),
        ("at", _) => json!("2099-05-04T09:00"),
        ("ip", _) => json!("192.0.2.1"),
        ("fields", Some("array")) => json!(["firstname"]),
        ("country" | "city", _) => json!("Musterland"),
        ("email", _) => json!("a@b.example"),
        ("contact_url", _) => json!("https://b.example/"),
        ("phone", _) => json!("+49 30 1234567"),
        (_, Some("object")) if schema["properties"].is_object() => body(schema),
        (_, Some("object")) => json!({ "firstname": "Ada" }),
        (_, Some("array")) => json!(["7"]),
        (_, Some("boolean")) => json!(true),
        (_, Some("integer")) => schema["minimum"].clone(),
        _ if schema["enum"].is_array() => schema["enum"][0].clone(),
        _ if schema["format"] == "email" => json!("somebody@mail.example"),
        _ if schema["format"] == "hostname" => json!("shop.example"),
        _ if schema["pattern"].is_string() => json!("7"),
        _ => json!("Words"),
    }
}

pub(crate) fn body(schema: &Value) -> Value {
    let properties = schema["properties"].as_object().expect("properties");
    Value::Object(properties.iter().map(|(name, field)| (name.clone(), sample(name, field))).collect::<Map<_, _>>())
}

async fn try_route(client: &Client, route: &Described, path: &str) -> Response {
    match &route.schema {
        Some(schema) => client.send_json(&route.method, &at(path), &body(schema)).await.expect("an answer"),
        None => client.request(&route.method, &at(path), &[], b"").await.expect("an answer"),
    }
}

/// Every route wants the token of its own kind; the description alone is public.
#[test]
fn every_route_wants_its_own_kind_of_token() {
    run(async {
        let api = api(Door::open().await).await;
        let account = api.of(1).await;
        let strangers = [
            api.door.client.clone(),
            api.door.client.clone().token("jw_guess"),
            api.door.client.clone().header("Authorization", "Basic eA=="),
        ];
        for route in described(&api.door).await {
            let path = filled(&route.path, "7");
            let what = format!("{} {path}", route.method);
            for stranger in &strangers {
                let response = try_route(stranger, &route, &path).await;
                error(&response, &what, 401, "not_signed_in");
                assert_eq!(response.header("www-authenticate"), Some("Bearer"), "{what}");
            }
            let other = match route.who.as_str() {
                "For an account's token." => &api.operator,
                "For an operator's token." => &account,
                _ => continue,
            };
            error(&try_route(other, &route, &path).await, &what, 403, "forbidden");
        }
        assert_eq!(
            api.door.count("SELECT COUNT(*) FROM audit WHERE actor <> 'the test'").await,
            0,
            "nobody changed anything"
        );
    });
}

/// Every text of every schema, with the path to it.
fn text_fields(schema: &Value, before: &[String]) -> Vec<(Vec<String>, Value)> {
    let mut found = Vec::new();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = [before, std::slice::from_ref(name)].concat();
        if field["properties"].is_object() {
            found.extend(text_fields(field, &path));
        } else if field["type"] == "string" && !field["enum"].is_array() && !field["pattern"].is_string() {
            found.push((path, field.clone()));
        }
    }
    found
}

fn put(body: &mut Value, path: &[String], value: Value) {
    match path {
        [last] => body[last] = value,
        [first, rest @ ..] => put(&mut body[first], rest, value),
        [] => {}
    }
}

/// Proves M4 at the door: no line takes CR, LF or NUL, no text takes NUL, and each says which
/// field is meant; and every limit of the description is the limit of the door.
#[test]
fn m4_no_field_of_any_route_takes_line_breaks_or_nul() {
    run(async {
        let api = api(Door::open().await).await;
        let account = api.of(1).await;
        let mut probed = 0;
        for route in described(&api.door).await {
            let Some(schema) = route.schema.clone() else { continue };
            let client = if route.who == "For an operator's token." { &api.operator } else { &account };
            let path = filled(&route.path, "7");
            for (field, about) in text_fields(&schema, &[]) {
                let name = field.last().expect("a name").clone();
                let lines = about["minLength"].is_null() && about["format"].is_null();
                let mut bad = vec!["a\0b".to_owned(), "a\u{1b}[31mb".to_owned()];
                if !lines {
                    bad.extend(["a\rb", "a\nb", "a\r\nBcc: x@y.example"].map(str::to_owned));
                }
                for value in bad {
                    let mut sent = body(&schema);
                    put(&mut sent, &field, json!(value));
                    let said = refused(client, &route.method, &path, &sent, 422, "control_characters").await;
                    assert_eq!(said["field"], name);
                    probed += 1;
                }
                let mut sent = body(&schema);
                let max = usize::try_from(about["maxLength"].as_u64().expect("a limit")).expect("small");
                put(&mut sent, &field, json!("x".repeat(max + 1)));
                let said = refused(client, &route.method, &path, &sent, 422, "too_long").await;
                assert_eq!(said["field"], name);
            }
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            for name in required {
                let mut sent = body(&schema);
                sent.as_object_mut().expect("an object").remove(name.as_str().expect("a name"));
                let said = refused(client, &route.method, &path, &sent, 422, "required").await;
                assert_eq!(said["field"], name);
            }
            let mut strange = body(&schema);
            strange["is_admin"] = json!(true);
            let said = refused(client, &route.method, &path, &strange, 400, "bad_request").await;
            assert_eq!(said["field"], "is_admin");
        }
        assert!(probed > 150, "only {probed} values were tried");
        assert_eq!(
            api.door.count("SELECT COUNT(*) FROM audit WHERE actor <> 'the test'").await,
            0,
            "nothing was changed"
        );
    });
}

/// What is no JSON, no object, too large, or sent where nothing belongs, is refused with words.
#[test]
fn bad_requests_are_refused_with_words() {
    run(async {
        let api = api(Door::open().await).await;
        let account = api.of(1).await;
        let kind = [("Content-Type", "application/json")];
        let post = |body: Vec<u8>| {
            let account = account.clone();
            async move { account.request("POST", &at("/tags"), &kind, &body).await.expect("an answer") }
        };
        for bad in [&b""[..], b"{", b"{\"name\":\"x\"", b"\xff\xfe", b"{\"name\":\"x\"} {}"] {
            error(&post(bad.to_vec()).await, &String::from_utf8_lossy(bad), 400, "bad_request");
        }
        for bad in ["[]", "null", "7", "\"name\""] {
            error(&post(bad.as_bytes().to_vec()).await, bad, 400, "bad_request");
        }
        let deep = "[".repeat(100_000);
        error(&post(deep.into_bytes()).await, "deep nesting", 400, "bad_request");
        let huge = format!("{{\"name\":\"{}\"}}", "x".repeat(10 * 1024 * 1024));
        error(&post(huge.into_bytes()).await, "10 MB", 413, "too_large");
        refused(&account, "POST", "/newsletters/7/start", &json!({}), 400, "bad_request").await;
        for wrong in [json!({ "name": 7 }), json!({ "name": ["x"] }), json!({ "name": {} }), json!({ "name": true })] {
            refused(&account, "POST", "/tags", &wrong, 422, "wrong_type").await;
        }
        for (path, status, code) in [
            ("/nothing", 404, "not_found"),
            ("/contacts?limit=0", 422, "wrong_type"),
            ("/contacts?limit=501", 422, "wrong_type"),
            ("/contacts?limit=x", 422, "wrong_type"),
            ("/contacts?after=x", 422, "wrong_type"),
            ("/contacts?order=name", 400, "bad_request"),
        ] {
            let response = account.get(&at(path)).await.expect("an answer");
            error(&response, path, status, code);
        }
        let response = account.request("DELETE", &at("/contacts"), &[], b"").await.expect("an answer");
        error(&response, "DELETE /contacts", 405, "method_not_allowed");
        let german = account
            .clone()
            .header("Accept-Language", "de")
            .send_json("POST", &at("/tags"), &json!({}))
            .await
            .expect("an answer");
        assert_eq!(error(&german, "German", 422, "required")["message"], "name fehlt.");
        let tag = json!({ "name": "bread" });
        send(&account, "POST", "/tags", &tag).await;
        let said = account.clone().header("Accept-Language", "de").send_json("POST", &at("/tags"), &tag).await;
        let said = error(&said.expect("an answer"), "a rule's refusal", 409, "tag_taken");
        assert_eq!(said["message"], "Einen Tag mit diesem Namen gibt es schon.");
        assert_eq!(said["field"], "name");
    });
}
