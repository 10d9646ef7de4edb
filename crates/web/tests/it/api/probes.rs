//! Every route of the description, tried with what it must refuse.

use serde_json::{Map, Value, json};
use testbench::http::{Client, Response};

use super::{api, at, call, error, refused, send, text};
use crate::door::{Door, FORM, run};

/// One route as the description names it.
struct Described {
    method: String,
    path: String,
    schema: Option<Value>,
    who: String,
}

async fn described(door: &Door) -> Vec<Described> {
    let description = door.client.get(&at("/openapi.json")).await.expect("an answer").json();
    let mut routes = Vec::new();
    for (path, methods) in description["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let schema = operation["requestBody"]["content"]["application/json"]["schema"].clone();
            routes.push(Described {
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

fn body(schema: &Value) -> Value {
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

/// A thing of another account is answered like one that does not exist, byte for byte (ARMOUR D1).
#[test]
fn d1_what_belongs_to_another_account_does_not_exist() {
    run(async {
        let api = api(Door::open().await).await;
        let contact = api.door.contact("ada@mail.example").await;
        let (_, second) = api.second().await;
        let first = api.of(1).await;
        let tag = text(&send(&first, "POST", "/tags", &json!({ "name": "news" })).await, "id");
        let topic = json!({ "id": "8" });
        let news = text(
            &send(
                &first,
                "POST",
                "/newsletters",
                &json!({ "name": "May", "topic": topic, "subject": "Hello", "body": "Hello." }),
            )
            .await,
            "id",
        );
        let auto = json!({ "name": "May", "topic": topic, "subject": "Hello", "body": "Hello.", "trigger_tag": tag, "delay_minutes": 5 });
        let auto = text(&send(&first, "POST", "/autoresponders", &auto).await, "id");
        let user = (1_i64 << 38 | 40).to_string();
        let token = call(&first, "GET", "/tokens").await["items"][0]["id"].as_str().expect("a number").to_owned();
        let things = [
            ("{contact}", contact.to_string()),
            ("{form}", FORM.to_string()),
            ("{topic}", "8".to_owned()),
            ("{website}", "7".to_owned()),
            ("{tag}", tag),
            ("{user}", user),
            ("{sender}", "5".to_owned()),
            ("{token}", token),
            ("{domain}", "6".to_owned()),
        ];
        let mut probed = 0;
        for route in described(&api.door).await {
            if !route.path.contains('{') || route.who == "For an operator's token." {
                continue;
            }
            let foreign = if route.path.starts_with("/newsletters") { &news } else { &auto };
            let mut path = route.path.replace("{mailing}", foreign);
            for (name, number) in &things {
                path = path.replace(name, number);
            }
            assert!(!path.contains('{'), "{path}");
            let theirs = try_route(&second, &route, &path).await;
            let nobodys = try_route(&second, &route, &filled(&route.path, "987654321")).await;
            let odd = try_route(&second, &route, &filled(&route.path, "abc")).await;
            if route.path.ends_with("/deliveries") && route.path.starts_with("/contacts") {
                // A list of nothing: a number of another account has no deliveries here.
                assert_eq!((theirs.status, theirs.text()), (200, nobodys.text()), "{path}");
                assert_eq!(theirs.json()["items"], json!([]));
            } else {
                error(&theirs, &format!("{} {path}", route.method), 404, "not_found");
                assert_eq!(theirs.body, nobodys.body, "{} {path}", route.method);
                assert_eq!(theirs.body, odd.body, "{} {path}", route.method);
            }
            probed += 1;
        }
        assert!(probed > 40, "only {probed} routes were probed");
        assert!(api.door.is_contact(contact).await);
        for (list, foreign) in [
            ("/sign-ups", json!({ "form": FORM, "address": "eve@mail.example" })),
            ("/topics", json!({ "website": 7, "statement": "Tips for growing vegetables in small gardens" })),
            ("/forms", json!({ "topic": 8, "name": "Mine" })),
        ] {
            refused(&second, "POST", list, &foreign, 404, "not_found").await;
        }
        for list in [
            "/contacts",
            "/former-contacts",
            "/forms",
            "/topics",
            "/websites",
            "/senders",
            "/domains",
            "/users",
            "/tags",
            "/newsletters",
            "/autoresponders",
        ] {
            assert_eq!(call(&second, "GET", list).await["items"], json!([]), "{list}");
        }
        refused(&second, "POST", "/contacts/find", &json!({ "address": "ada@mail.example" }), 404, "not_found").await;
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
    });
}
