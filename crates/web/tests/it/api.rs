//! The API as customers and the operator use it, and as others try to.

mod mailings;
mod people;
pub(crate) mod probes;
mod setup;

use policy::AccountId;
use seals::{Clock as _, LinkPurpose, api_token_hash};
use serde_json::{Value, json};
use store::conformance::texts;
use testbench::http::{Client, Response};

use crate::door::Door;

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

    /// The path of the link that the newest proof mail will show. The database does not hold it.
    async fn proof_link(&self) -> String {
        let rows = texts(&self.door.store, "SELECT params FROM notice WHERE purpose = 5 ORDER BY id DESC LIMIT 1", 1)
            .await
            .expect("a notice");
        let params: Value = serde_json::from_str(rows[0][0].as_deref().expect("params")).expect("JSON");
        let number = params["proof"].as_str().and_then(|text| text.parse().ok()).expect("a number");
        let token = self.door.seals.link_token(number, LinkPurpose::ProveAddress).expect("it fits");
        format!("/e/{}", token.as_str())
    }
}

/// The path below the API's root.
pub(crate) fn at(path: &str) -> String {
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
