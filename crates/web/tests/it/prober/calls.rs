//! The API with the neighbour's numbers: in paths, in bodies, in what lists are filtered by.

use policy::AccountId;
use seals::{Clock as _, api_token_hash};
use serde_json::{Value, json};
use testbench::http::{Client, Response};

use super::pages::println_probes;
use super::{Stage, Watch, filled, parameters, same, told, unchanged};
use crate::api::at;
use crate::api::probes::{Described, body, described};
use crate::door::{Door, run};
use crate::tenants::nothing_like;

const VERBS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

async fn client(door: &Door, account: i64) -> Client {
    let token = format!("jw_prober_{account}");
    let owner = Some(AccountId::from_raw(account));
    door.store
        .mint_token(owner, "prober", api_token_hash(&token), "the test", door.clock.now())
        .await
        .expect("a token");
    door.client.clone().token(&token)
}

async fn ask(client: &Client, method: &str, path: &str, body: Option<&Value>) -> Response {
    match body {
        Some(body) if method != "GET" && method != "HEAD" => client.send_json(method, &at(path), body).await,
        _ => client.request(method, &at(path), &[], b"").await,
    }
    .expect("an answer")
}

/// Fields of a body that take numbers of things.
fn number_fields(schema: &Value, before: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{before}/{name}");
        if field["properties"].is_object() {
            found.extend(number_fields(field, &path));
        } else if field["pattern"].is_string() {
            found.push((path, false));
        } else if field["items"]["pattern"].is_string() {
            found.push((path, true));
        }
    }
    found
}

fn put(body: &mut Value, path: &str, value: Value) {
    *body.pointer_mut(path).unwrap_or_else(|| panic!("no {path} in the body")) = value;
}

/// A body in which every number is one of the own account, for the name of its field.
fn own_body(stage: &Stage, route: &Described) -> Option<Value> {
    let schema = route.schema.as_ref()?;
    let mut sent = body(schema);
    for (path, list) in number_fields(schema, "") {
        let name = path.rsplit('/').find(|part| *part != "id").unwrap_or_default();
        let kind = stage.own.kinds().find(|(kind, _)| name.contains(kind) || name.strip_suffix('s') == Some(kind));
        let number = kind.map_or_else(|| "7".to_owned(), |(_, numbers)| numbers[0].to_string());
        put(&mut sent, &path, if list { json!([number]) } else { json!(number) });
    }
    Some(sent)
}

/// Every route whose path names a thing, with each thing of the neighbour and by every verb.
async fn paths(stage: &Stage, watch: &mut Watch, client: &Client, routes: &[Described]) {
    let Stage { theirs, own, .. } = stage;
    for route in routes {
        let sent = own_body(stage, route);
        for name in parameters(&route.path) {
            for number in theirs.all(name, &route.path) {
                let with = |given: i64| {
                    filled(&route.path, |other| if other == name { given } else { own.all(other, &route.path)[0] })
                };
                let nothing = nothing_like(*number);
                for method in VERBS {
                    let sent = if method == route.method { sent.as_ref() } else { None };
                    let what = format!("{method} {}", route.path);
                    let answer = ask(client, method, &with(*number), sent).await;
                    let none = ask(client, method, &with(nothing), sent).await;
                    watch.look(&what, &answer, &number.to_string());
                    same(
                        &format!("{what} {number}"),
                        &told(&answer, &number.to_string()),
                        &told(&none, &nothing.to_string()),
                    );
                    // The list of what was sent to nobody is empty.
                    let empty = route.path == "/contacts/{contact}/deliveries" && method == "GET";
                    let empty = empty && answer.json()["items"] == json!([]);
                    assert!(empty || answer.status >= 400 || method == "HEAD", "{what} {number}: {}", answer.status);
                }
            }
        }
    }
}

/// Every number in every body.
async fn bodies(stage: &Stage, watch: &mut Watch, client: &Client, routes: &[Described]) {
    for route in routes {
        let (Some(schema), Some(sent)) = (&route.schema, own_body(stage, route)) else { continue };
        let path = filled(&route.path, |name| stage.own.all(name, &route.path)[0]);
        for (field, list) in number_fields(schema, "") {
            for (_, numbers) in stage.theirs.kinds() {
                for number in numbers.iter().filter(|number| **number > 1_000_000) {
                    let answer_to = async |given: i64| {
                        let mut sent = sent.clone();
                        put(
                            &mut sent,
                            &field,
                            if list { json!([given.to_string()]) } else { json!(given.to_string()) },
                        );
                        ask(client, &route.method, &path, Some(&sent)).await
                    };
                    let nothing = nothing_like(*number);
                    let (answer, none) = (answer_to(*number).await, answer_to(nothing).await);
                    let what = format!("{} {path} with {field} = {number}", route.method);
                    watch.look(&route.path, &answer, &number.to_string());
                    same(&what, &told(&answer, &number.to_string()), &told(&none, &nothing.to_string()));
                    assert!(answer.status < 500, "{what}: {}", answer.status);
                }
            }
        }
    }
}

/// Every parameter of every list.
async fn queries(stage: &Stage, watch: &mut Watch, client: &Client, routes: &[Described]) {
    for route in routes.iter().filter(|route| route.method == "GET") {
        let path = filled(&route.path, |name| stage.own.all(name, &route.path)[0]);
        let plain = ask(client, "GET", &path, None).await;
        watch.look(&route.path, &plain, "");
        for name in &route.query {
            for (_, numbers) in stage.theirs.kinds() {
                for number in numbers.iter().filter(|number| **number > 1_000_000) {
                    let nothing = nothing_like(*number);
                    let answer = ask(client, "GET", &format!("{path}?{name}={number}"), None).await;
                    let none = ask(client, "GET", &format!("{path}?{name}={nothing}"), None).await;
                    watch.look(&route.path, &answer, &number.to_string());
                    let what = format!("{path}?{name}={number}");
                    same(&what, &told(&answer, &number.to_string()), &told(&none, &nothing.to_string()));
                }
            }
        }
    }
}

/// Addresses of the neighbour's people are nobody's.
async fn addresses(stage: &Stage, watch: &mut Watch, client: &Client) {
    for name in ["ada", "eve", "pending", "former0", "former1", "gone", "owner", "ute"] {
        let address = stage.theirs.address(name);
        let find = json!({ "address": address });
        let answer = ask(client, "POST", "/contacts/find", Some(&find)).await;
        let find = json!({ "address": format!("{name}@nobody.example") });
        let none = ask(client, "POST", "/contacts/find", Some(&find)).await;
        watch.look("/contacts/find", &answer, &address);
        same(&address, &told(&answer, ""), &told(&none, ""));
        assert_eq!(answer.status, 404, "{address}");
    }
}

/// Proves D1 of the armour for the API.
#[test]
fn armour_d1_what_is_the_neighbours_does_not_exist_for_any_call() {
    run(async {
        let stage = Stage::open().await;
        let mut watch = Watch::over(&stage.theirs);
        let (own, theirs) = (client(&stage.door, 3).await, client(&stage.door, 2).await);
        let mut routes = described(&stage.door).await;
        routes.retain(|route| route.who != "For an operator's token.");
        let (before, others) = (stage.everything().await, stage.of_others().await);
        paths(&stage, &mut watch, &own, &routes).await;
        queries(&stage, &mut watch, &own, &routes).await;
        addresses(&stage, &mut watch, &own).await;
        unchanged("a call", &before, &stage.everything().await);
        bodies(&stage, &mut watch, &own, &routes).await;
        unchanged("a call with a body", &others, &stage.of_others().await);
        for route in routes.iter().filter(|route| route.method == "GET" && route.path.contains('{')) {
            let path = filled(&route.path, |name| stage.theirs.all(name, &route.path)[0]);
            let answer = ask(&theirs, "GET", &path, None).await;
            assert!(answer.status == 200, "{path} is not there for its own account: {}", answer.text());
        }
        assert!(watch.probes >= 2_000, "only {} probes", watch.probes);
        println_probes("calls", &watch);
    });
}
