//! The API as customers and the operator use it, and as others try to.

use policy::AccountId;
use seals::{Clock as _, api_token_hash};
use serde_json::{Map, Value, json};
use store::conformance::texts;
use testbench::dns::{Dns, Value as Record};
use testbench::http::{Client, Response};

use crate::door::{Door, FORM, HOUR, run};

const ROOT: &str = "jw_operator";

struct Api {
    door: Door,
    operator: Client,
}

async fn api(door: Door) -> Api {
    let now = door.clock.now();
    door.store.mint_token(None, "first start", api_token_hash(ROOT), "the test", now).await.expect("a token");
    let operator = door.client.clone().token(ROOT);
    Api { door, operator }
}

impl Api {
    /// A client of an account.
    async fn of(&self, account: i64) -> Client {
        let token = format!("jw_account_{account}");
        let owner = Some(AccountId::from_raw(account));
        self.door
            .store
            .mint_token(owner, "till", api_token_hash(&token), "the test", self.door.clock.now())
            .await
            .expect("a token");
        self.door.client.clone().token(&token)
    }

    /// A second account with a client of its own.
    async fn second(&self) -> (i64, Client) {
        let made = send(&self.operator, "POST", "/accounts", &json!({ "name": "Radladen" })).await;
        let id: i64 = text(&made, "id").parse().expect("a number");
        (id, self.of(id).await)
    }

    /// The secret word of the proof link that the newest mail of a template holds.
    async fn proof_link(&self) -> String {
        let rows = texts(&self.door.store, "SELECT params FROM notice WHERE purpose = 5 ORDER BY id DESC LIMIT 1", 1)
            .await
            .expect("a notice");
        let params: Value = serde_json::from_str(rows[0][0].as_deref().expect("params")).expect("JSON");
        let url = params["url"].as_str().expect("a link").to_owned();
        assert!(url.len() <= 67, "{url}");
        url.strip_prefix("https://n.example").expect("our own link").to_owned()
    }
}

/// The path below the API's root.
fn at(path: &str) -> String {
    format!("/api/v1{path}")
}

/// Sends JSON, and wants success.
async fn send(client: &Client, method: &str, path: &str, body: &Value) -> Value {
    let response = client.send_json(method, &at(path), body).await.expect("an answer");
    good(&response, method, path)
}

/// Asks without a body, and wants success.
async fn call(client: &Client, method: &str, path: &str) -> Value {
    let response = client.request(method, &at(path), &[], b"").await.expect("an answer");
    good(&response, method, path)
}

fn good(response: &Response, method: &str, path: &str) -> Value {
    assert!((200..300).contains(&response.status), "{method} {path}: {} {}", response.status, response.text());
    if response.body.is_empty() { Value::Null } else { response.json() }
}

/// Sends JSON, and wants this status and code.
async fn refused(client: &Client, method: &str, path: &str, body: &Value, status: u16, code: &str) -> Value {
    let response = client.send_json(method, &at(path), body).await.expect("an answer");
    error(&response, &format!("{method} {path} {body}"), status, code)
}

/// The error of an answer, which has the shape of all errors.
fn error(response: &Response, what: &str, status: u16, code: &str) -> Value {
    assert_eq!(response.status, status, "{what}: {}", response.text());
    assert_eq!(response.header("content-type"), Some("application/json"), "{what}");
    let body = response.json();
    assert_eq!(body["error"]["code"], code, "{what}: {body}");
    assert!(body["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{what}");
    body["error"].clone()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

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

/// A POST that comes twice with one key acts once, and a token's secret is shown once.
#[test]
fn a_replayed_post_acts_once() {
    run(async {
        let api = api(Door::open().await).await;
        let account = api.of(1).await;
        let keyed = account.clone().header("Idempotency-Key", "7f3a");
        let tag = json!({ "name": "news" });
        let first = keyed.send_json("POST", &at("/tags"), &tag).await.expect("an answer");
        let again = keyed.send_json("POST", &at("/tags"), &tag).await.expect("an answer");
        assert_eq!((first.status, &first.body), (201, &again.body));
        assert_eq!(again.status, 201);
        refused(&keyed, "POST", "/tags", &json!({ "name": "other" }), 409, "key_reused").await;
        refused(&account, "POST", "/tags", &tag, 409, "conflict").await;
        let refusal = account.clone().header("Idempotency-Key", "bad-one");
        for _ in 0..2 {
            refused(&refusal, "POST", "/forms", &json!({ "topic": 1, "name": "x" }), 404, "not_found").await;
        }
        let mint = account.clone().header("Idempotency-Key", "mint");
        let first = send(&mint, "POST", "/tokens", &json!({ "label": "shop" })).await;
        let again = send(&mint, "POST", "/tokens", &json!({ "label": "shop" })).await;
        assert_eq!((first["id"].clone(), again["token"].clone()), (again["id"].clone(), Value::Null));
        assert!(text(&first, "token").starts_with("jw_"));
        refused(
            &account.clone().header("Idempotency-Key", &"x".repeat(201)),
            "POST",
            "/tags",
            &tag,
            400,
            "bad_request",
        )
        .await;
        let kept = texts(&api.door.store, "SELECT body FROM api_replay", 1).await.expect("rows");
        assert!(
            kept.iter().flatten().flatten().all(|body| !body.contains(&text(&first, "token"))),
            "no secret is kept"
        );
        let parallel: Vec<_> = (0..8)
            .map(|_| {
                let client = account.clone().header("Idempotency-Key", "at-once");
                tokio::spawn(async move {
                    client
                        .send_json("POST", &at("/tags"), &json!({ "name": "parallel" }))
                        .await
                        .expect("an answer")
                        .status
                })
            })
            .collect();
        for one in parallel {
            let status = one.await.expect("an end");
            assert!(matches!(status, 201 | 409), "{status}");
        }
        assert_eq!(api.door.count("SELECT COUNT(*) FROM tag WHERE name = 'parallel'").await, 1);
    });
}

/// A revoked token opens nothing from the answer on.
#[test]
fn a_revoked_token_opens_nothing() {
    run(async {
        let api = api(Door::open().await).await;
        let account = api.of(1).await;
        let made = send(&account, "POST", "/tokens", &json!({ "label": "shop" })).await;
        let second = api.door.client.clone().token(&text(&made, "token"));
        assert_eq!(call(&second, "GET", "/me").await["name"], "Gartenfreunde");
        call(&account, "DELETE", &format!("/tokens/{}", text(&made, "id"))).await;
        let response = second.get(&at("/me")).await.expect("an answer");
        error(&response, "revoked", 401, "not_signed_in");
    });
}

/// Proves R11 and R18 at this door: a sign-up is a pending sign-up and nothing else, and the answer
/// is the same for new, pending, known and excluded addresses.
#[test]
fn r11_a_sign_up_by_api_is_pending_and_tells_nothing() {
    run(async {
        let api = api(Door::open().await).await;
        let account = api.of(1).await;
        let known = api.door.contact("known@mail.example").await;
        let sign_up = |address: &'static str| {
            let account = account.clone();
            async move {
                let body = json!({ "form": FORM.to_string(), "address": address, "fields": { "firstname": "Ada", "role": "x" }, "ip": "192.0.2.77" });
                account.send_json("POST", &at("/sign-ups"), &body).await.expect("an answer")
            }
        };
        let exclude = json!({ "address": "gone@mail.example", "by": "Olga", "reason": "asked by letter" });
        send(&api.operator, "POST", "/exclusions", &exclude).await;
        let mut bodies = Vec::new();
        for address in ["new@mail.example", "new@mail.example", "known@mail.example", "gone@mail.example"] {
            let response = sign_up(address).await;
            assert_eq!(response.status, 202);
            bodies.push(response.body);
        }
        assert!(bodies.iter().all(|body| *body == bodies[0]));
        assert_eq!(api.door.count("SELECT COUNT(*) FROM signup").await, 1);
        assert_eq!(api.door.count("SELECT COUNT(*) FROM contact").await, 1);
        assert!(api.door.is_contact(known).await);
        assert_eq!(
            api.door.count("SELECT COUNT(*) FROM notice WHERE purpose = 3").await,
            2,
            "one for each of the two sign-ups"
        );
        refused(&account, "POST", "/sign-ups", &json!({ "form": FORM, "address": "no address" }), 422, "bad_email")
            .await;
        refused(
            &account,
            "POST",
            "/sign-ups",
            &json!({ "form": FORM, "address": "a@b.example", "ip": "here" }),
            422,
            "bad_ip",
        )
        .await;
        refused(
            &account,
            "POST",
            "/sign-ups",
            &json!({ "form": FORM, "address": "a@b.example", "version": 9 }),
            409,
            "form_changed",
        )
        .await;
        call(&account, "POST", &format!("/forms/{FORM}/close")).await;
        refused(&account, "POST", "/sign-ups", &json!({ "form": FORM, "address": "a@b.example" }), 409, "form_closed")
            .await;
    });
}

/// Proves R30, R40 and R31 at this door: the customer's unsubscribe takes effect at once, and no
/// route brings the person back.
#[test]
fn r30_r40_an_unsubscribe_by_api_is_final_for_the_customer() {
    run(async {
        let api = api(Door::open().await).await;
        let account = api.of(1).await;
        let id = api.door.contact("ada@mail.example").await;
        let path = format!("/contacts/{id}");
        let shown = call(&account, "GET", &path).await;
        assert_eq!((shown["address"].clone(), shown["tags"].clone()), (json!("ada@mail.example"), json!(["31", "32"])));
        assert_eq!(call(&account, "GET", "/contacts").await["items"][0]["id"], json!(id.to_string()));
        assert_eq!(call(&account, "GET", "/contacts?tag=31&limit=1").await["next"], json!(id.to_string()));
        let found = send(&account, "POST", "/contacts/find", &json!({ "address": "ADA@mail.example" })).await;
        assert_eq!(found["id"], json!(id.to_string()));
        send(&account, "PUT", &format!("{path}/fields"), &json!({ "fields": { "firstname": "Ada" } })).await;
        let tagged = send(&account, "POST", &format!("{path}/tags"), &json!({ "remove": ["32"] })).await;
        assert_eq!((tagged["tags"].clone(), tagged["fields"]["firstname"].clone()), (json!(["31"]), json!("Ada")));
        let proof = account.get(&at(&format!("{path}/consent-proof"))).await.expect("an answer");
        assert!(proof.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")));
        assert!(proof.text().contains("confirmed"), "{}", proof.text());
        call(&account, "POST", &format!("{path}/unsubscribe")).await;
        call(&account, "POST", &format!("{path}/unsubscribe")).await;
        assert!(!api.door.is_contact(id).await);
        refused(&account, "POST", &format!("{path}/tags"), &json!({ "add": ["31"] }), 404, "not_found").await;
        let former = call(&account, "GET", "/former-contacts").await;
        assert_eq!(former["items"][0]["reason"], "unsubscribed");
        assert!(!former.to_string().contains("ada@"), "former contacts are not shown in clear");
        call(&account, "DELETE", &path).await;
        let kept = texts(&api.door.store, "SELECT evidence FROM consent_evidence", 1).await.expect("rows");
        assert!(kept.iter().flatten().flatten().all(|evidence| !evidence.contains("ada@")), "{kept:?}");
        assert_eq!(api.door.count("SELECT COUNT(*) FROM former_contact WHERE address IS NULL").await, 1);
    });
}

/// The setup of an account from nothing, by both sides, with DNS and mail round trips: every step
/// that is missing is named before it is made (R7, R12, R45, R48, R49, R51, R62, R82, D7).
#[test]
fn r7_r12_r49_r62_an_account_is_set_up_step_by_step() {
    run(async {
        let dns = Dns::start().await.expect("a DNS server");
        let server = dns.addr();
        let door = Door::with(|context| {
            let settings =
                outside::OutsideSettings { dns_servers: vec![server], ..outside::OutsideSettings::default() };
            context.resolver = outside::Resolver::new(&settings).expect("a resolver");
            context.fetcher = outside::Fetcher::new(&context.resolver, &settings);
        })
        .await;
        let api = api(door).await;
        let (id, account) = api.second().await;
        let me = call(&account, "GET", "/me").await;
        assert_eq!(
            (me["may_send"].clone(), me["refusal"]["code"].clone()),
            (json!(false), json!("policy_not_accepted"))
        );
        send(&account, "POST", "/me/policy", &json!({ "version": me["policy_version"], "accepted_by": "Ada" })).await;
        assert_eq!(call(&account, "GET", "/me").await["refusal"]["code"], "no_sender");
        topic_and_form(&api, &account, id, &dns).await;
        sender(&api, &account, &dns).await;
        assert_eq!(call(&account, "GET", "/me").await["refusal"]["code"], "no_legal_notice");
        legal(&account).await;
        assert_eq!(call(&account, "GET", "/me").await["may_send"], json!(true));
        let changed = send(&account, "PATCH", "/me", &json!({ "name": "Radhaus", "time_zone": "Europe/Zurich" })).await;
        assert_eq!((changed["name"].clone(), changed["time_zone"].clone()), (json!("Radhaus"), json!("Europe/Zurich")));
        refused(&account, "PATCH", "/me", &json!({ "time_zone": "Mars/Base" }), 422, "unknown_zone").await;
        refused(&account, "PATCH", "/me", &json!({ "name": "visit www.spam.example" }), 422, "holds_domain").await;
        let shown = call(&api.operator, "GET", &format!("/accounts/{id}")).await;
        assert_eq!((shown["score"]["recent"]["sent"].clone(), shown["standing"].clone()), (json!(0), json!("active")));
        assert!(
            call(&api.operator, "GET", &format!("/accounts/{id}/audit")).await["items"]
                .as_array()
                .is_some_and(|lines| lines.len() > 8)
        );
    });
}

async fn topic_and_form(api: &Api, account: &Client, id: i64, dns: &Dns) {
    let site = send(account, "POST", "/websites", &json!({ "host": "www.rad.example" })).await;
    let path = format!("/websites/{}", text(&site, "id"));
    assert_eq!(call(account, "POST", &format!("{path}/check")).await["found"], "no");
    dns.set("www.rad.example", Record::Txt(text(&site["proof"]["dns_txt"], "value")));
    api.door.clock.forward(HOUR);
    refused(
        account,
        "POST",
        "/topics",
        &json!({ "website": text(&site, "id"), "statement": "News and offers of our shop" }),
        422,
        "generic",
    )
    .await;
    let statement = json!({ "website": text(&site, "id"), "statement": "Repairing bicycles at home, step by step" });
    let topic = send(account, "POST", "/topics", &statement).await;
    let form = json!({ "topic": text(&topic, "id"), "name": "Footer", "language": "en", "fields": ["firstname"] });
    refused(account, "POST", "/forms", &form, 422, "invalid").await;
    let waiting = call(&api.operator, "GET", "/reviews/topics").await;
    assert_eq!(
        (waiting["items"][0]["account"].clone(), waiting["items"].as_array().map(Vec::len)),
        (json!(id.to_string()), Some(1))
    );
    let review = format!("/reviews/topics/{id}/{}/1", text(&topic, "id"));
    let decided =
        send(&api.operator, "POST", &review, &json!({ "approve": true, "by": "Olga", "reason": "a clear subject" }))
            .await;
    assert_eq!(decided["state"], "approved");
    refused(
        &api.operator,
        "POST",
        &review,
        &json!({ "approve": false, "by": "Olga", "reason": "no" }),
        409,
        "conflict",
    )
    .await;
    let form = send(account, "POST", "/forms", &form).await;
    assert_eq!(form["version"], 1);
    let page = api.door.client.get(&format!("/f/{}", text(&form, "id"))).await.expect("an answer");
    assert_eq!(page.status, 403, "no sign-up without proven website, sender and legal notice");
    let edited = send(
        account,
        "PUT",
        &format!("/forms/{}", text(&form, "id")),
        &json!({ "name": "Footer", "consent_text": "Yes, please." }),
    )
    .await;
    assert_eq!(edited["version"], 2);
}

async fn sender(api: &Api, account: &Client, dns: &Dns) {
    refused(account, "POST", "/domains", &json!({ "name": "gmx.de" }), 422, "freemail").await;
    refused(account, "POST", "/domains", &json!({ "name": "sub.mail.example" }), 422, "platform_domain").await;
    refused(
        account,
        "POST",
        "/senders",
        &json!({ "display_name": "Rad", "address": "rad@gmail.com" }),
        422,
        "freemail",
    )
    .await;
    refused(
        account,
        "POST",
        "/senders",
        &json!({ "display_name": "Rad", "address": "no-reply@rad.example" }),
        422,
        "no_reply",
    )
    .await;
    refused(
        account,
        "POST",
        "/senders",
        &json!({ "display_name": "Rad", "address": "info@rad.example" }),
        422,
        "no_domain",
    )
    .await;
    let domain = send(account, "POST", "/domains", &json!({ "name": "rad.example" })).await;
    let path = format!("/domains/{}", text(&domain, "id"));
    let checked = call(account, "POST", &format!("{path}/check")).await;
    assert_eq!(
        (checked["authenticated_at"].clone(), checked["found"][0]["state"].clone()),
        (Value::Null, json!("missing"))
    );
    for record in domain["records"].as_array().expect("records") {
        assert_eq!(record["type"], "TXT", "{record}");
        dns.set(record["name"].as_str().expect("a name"), Record::Txt(text(record, "value")));
    }
    let added =
        send(account, "POST", "/senders", &json!({ "display_name": "Radladen", "address": "info@rad.example" })).await;
    assert_eq!((added["proof"]["state"].clone(), added["current"].clone()), (json!("sent"), json!(false)));
    let again = account
        .request("POST", &at(&format!("/senders/{}/proof", text(&added, "id"))), &[], b"")
        .await
        .expect("an answer");
    error(&again, "a second mail at once", 429, "proof_limited");
    let pressed = api.door.client.post_form(&api.proof_link().await, &[]).await.expect("an answer");
    assert_eq!(pressed.status, 200);
    let proven = call(account, "GET", &format!("/senders/{}", text(&added, "id"))).await;
    assert_eq!(proven["current"], true);
    assert_eq!(call(account, "GET", "/me").await["refusal"]["code"], "domain_not_authenticated");
    let platform = json!({ "display_name": "Radladen", "platform": { "name": "hallo", "forward_to": "ada@gmx.de" } });
    let platform = send(account, "POST", "/senders", &platform).await;
    assert_eq!(platform["address"], "hallo-radladen@mail.example");
    let pressed = api.door.client.post_form(&api.proof_link().await, &[]).await.expect("an answer");
    assert_eq!(pressed.status, 200);
    call(account, "POST", &format!("/senders/{}/choose", text(&platform, "id"))).await;
}

async fn legal(account: &Client) {
    let mut notice = json!({ "name": "Radladen", "street": "Postfach 12", "postal_code": "12345", "city": "Musterstadt", "country": "Deutschland", "email": "info@rad.example", "phone": "+49 30 1234567" });
    let said = refused(account, "PUT", "/legal-notice", &notice, 422, "legal_notice").await;
    assert_eq!(
        (said["field"].clone(), said["details"][0]["code"].clone()),
        (json!("street"), json!("post_office_box"))
    );
    notice["street"] = json!("Musterweg 12");
    let kept = send(account, "PUT", "/legal-notice", &notice).await;
    assert_eq!((kept["version"].clone(), kept["review"].clone()), (json!(1), json!("not_needed")));
    assert_eq!(call(account, "GET", "/legal-notice").await["notice"]["street"], "Musterweg 12");
}

/// A newsletter and an autoresponder by their routes: bad templates are told with their place, and
/// each step answers with the state that it leads to.
#[test]
fn mailings_are_written_checked_scheduled_and_stopped() {
    run(async {
        let api = api(Door::open().await).await;
        let account = api.of(1).await;
        api.door.script("UPDATE sender SET platform = TRUE").await;
        api.door.contact("ada@mail.example").await;
        let letter = |body: &str| json!({ "name": "May", "topic": { "id": "8" }, "subject": "Hello {{ firstname | default(\"you\") }}", "format": "html", "body": body, "language": "en" });
        let said =
            refused(&account, "POST", "/newsletters", &letter("<p>Hello</p>\n<p>{{ nickname }}</p>"), 422, "content")
                .await;
        assert_eq!(
            (said["field"].clone(), said["details"][0]["code"].clone(), said["details"][0]["line"].clone()),
            (json!("body"), json!("unknown_field"), json!(2))
        );
        for (bad, code) in [
            ("<p>x</p><script>1</script>", "forbidden_element"),
            ("<!-- open", "bad_comment"),
            ("<div><p>x</p>", "unclosed"),
            ("{% for a in b %}{% endfor %}", "bad_field"),
        ] {
            let said = refused(&account, "POST", "/newsletters", &letter(bad), 422, "content").await;
            assert!(
                said["details"].as_array().is_some_and(|all| all.iter().any(|one| one["code"] == code)),
                "{bad}: {said}"
            );
        }
        let made = send(&account, "POST", "/newsletters", &letter("<p>Hello</p>")).await;
        let path = format!("/newsletters/{}", text(&made, "id"));
        assert_eq!((made["state"].clone(), made["topic"]["version"].clone()), (json!("draft"), json!(1)));
        send(&account, "PUT", &path, &letter("<p>Hello again</p>")).await;
        assert!(call(&account, "GET", "/newsletters").await["items"][0].get("body").is_none());
        refused(
            &account,
            "POST",
            &format!("{path}/schedule"),
            &json!({ "at": "2020-05-04T09:00" }),
            422,
            "in_the_past",
        )
        .await;
        refused(&account, "POST", &format!("{path}/schedule"), &json!({ "at": "soon" }), 422, "not_a_moment").await;
        let at_nine = send(&account, "POST", &format!("{path}/schedule"), &json!({ "at": "2030-07-04T09:00" })).await;
        assert_eq!(
            (at_nine["state"].clone(), at_nine["scheduled_at"].clone()),
            (json!("scheduled"), json!("2030-07-04T07:00:00Z"))
        );
        call(&account, "POST", &format!("{path}/unschedule")).await;
        let user = (1_i64 << 38 | 40).to_string();
        assert_eq!(send(&account, "POST", &format!("{path}/test"), &json!({ "users": [user] })).await["planned"], 1);
        assert_eq!(call(&account, "POST", &format!("{path}/start")).await["state"], "running");
        assert_eq!(call(&account, "POST", &format!("{path}/pause")).await["state"], "paused");
        assert_eq!(call(&account, "POST", &format!("{path}/resume")).await["state"], "running");
        let progress = call(&account, "GET", &format!("{path}/progress")).await;
        assert_eq!((progress["audience"].clone(), progress["open"].clone()), (json!(0), json!(0)));
        assert_eq!(call(&account, "POST", &format!("{path}/abort")).await["state"], "aborted");
        refused(&account, "PUT", &path, &letter("<p>late</p>"), 422, "invalid").await;
        assert_eq!(call(&account, "GET", &format!("{path}/score")).await["items"][0]["sent"], 0);
        refused(&account, "PUT", &path.replace("newsletters", "autoresponders"), &json!({ "name": "x", "topic": { "id": "8" }, "subject": "x", "body": "x", "trigger_tag": "31", "delay_minutes": 1 }), 404, "not_found").await;
        let auto = json!({ "name": "Welcome", "topic": { "id": "8" }, "subject": "Welcome", "body": "Hello.", "trigger_tag": "31", "delay_minutes": 1 });
        let auto = send(&account, "POST", "/autoresponders", &auto).await;
        let path = format!("/autoresponders/{}", text(&auto, "id"));
        assert_eq!(call(&account, "POST", &format!("{path}/activate")).await["state"], "running");
        let bert = api.door.contact("bert@mail.example").await;
        let lines = call(&account, "GET", &format!("{path}/deliveries?state=due")).await;
        assert_eq!(lines["items"][0]["contact"], json!(bert.to_string()));
        let lines = call(&account, "GET", &format!("/contacts/{bert}/deliveries")).await;
        assert_eq!(lines["items"][0]["mailing_name"], "Welcome");
        assert_eq!(call(&account, "POST", &format!("{path}/abort")).await["state"], "aborted");
        let lines = call(&account, "GET", &format!("/contacts/{bert}/deliveries")).await;
        assert_eq!(
            (lines["items"][0]["state"].clone(), lines["items"][0]["reason"].clone()),
            (json!("refused"), json!("aborted"))
        );
        assert!(lines["items"][0]["reason_text"].is_string());
    });
}

/// Proves R85 and R89: a suspension needs a name and a reason, stops starts at once, leads to a case, and is undone by one.
#[test]
fn r85_r89_the_operator_suspends_and_reinstates_with_a_reason() {
    run(async {
        let api = api(Door::open().await).await;
        let account = api.of(1).await;
        let made = json!({ "name": "May", "topic": { "id": "8" }, "subject": "Hello", "body": "Hello." });
        let mailing = text(&send(&account, "POST", "/newsletters", &made).await, "id");
        refused(&api.operator, "POST", "/accounts/1/suspend", &json!({ "by": "Olga", "reason": " " }), 422, "invalid")
            .await;
        let case =
            send(&api.operator, "POST", "/accounts/1/suspend", &json!({ "by": "Olga", "reason": "off topic" })).await;
        let start =
            account.request("POST", &at(&format!("/newsletters/{mailing}/start")), &[], b"").await.expect("an answer");
        error(&start, "start", 409, "account_suspended");
        assert_eq!(call(&account, "GET", "/me").await["refusal"]["code"], "account_suspended");
        let path = format!("/cases/{}", text(&case, "case"));
        send(&api.operator, "POST", &format!("{path}/look"), &json!({ "by": "Olga" })).await;
        let shown = call(&api.operator, "GET", &path).await;
        assert_eq!((shown["open"].clone(), shown["looked"]["by"].clone()), (json!(true), json!("Olga")));
        assert_eq!(
            call(&api.operator, "GET", "/cases?open=true&account=1").await["items"].as_array().map(Vec::len),
            Some(1)
        );
        assert_eq!(call(&api.operator, "GET", "/cases/overdue").await["items"], json!([]));
        send(&api.operator, "POST", "/accounts/1/reinstate", &json!({ "by": "Olga", "reason": "a misunderstanding" }))
            .await;
        assert_eq!(call(&account, "GET", "/me").await["standing"], "active");
        refused(
            &api.operator,
            "POST",
            "/accounts/1/terminate",
            &json!({ "by": "Olga", "reason": "x" }),
            404,
            "not_found",
        )
        .await;
        refused(
            &api.operator,
            "POST",
            &format!("{path}/decide"),
            &json!({ "decision": "close", "by": "Olga", "reason": "x" }),
            409,
            "conflict",
        )
        .await;
        let lift = json!({ "address": "x@mail.example", "by": "Olga", "reason": "works again" });
        refused(&api.operator, "POST", "/exclusions/lift", &lift, 404, "not_found").await;
        assert_eq!(send(&api.operator, "POST", "/exclusions", &lift).await["new"], true);
        let found = send(&api.operator, "POST", "/exclusions/find", &json!({ "address": "X@mail.example" })).await;
        assert_eq!(found["reason"], "operator");
        send(&api.operator, "POST", "/exclusions/lift", &lift).await;
        assert_eq!(call(&api.operator, "GET", "/incidents").await["items"], json!([]));
        refused(
            &api.operator,
            "POST",
            "/incidents/7/decide",
            &json!({ "decision": "bounces_true", "by": "Olga", "reason": "x" }),
            404,
            "not_found",
        )
        .await;
        assert_eq!(
            send(&api.operator, "POST", "/silences/lift", &json!({ "address": "x@mail.example" })).await["lifted"],
            0
        );
    });
}
