//! The product's API as a customer's program uses it.

use serde_json::Value;

use crate::http::{Client, Response};

/// A client with a token. Every answer that is no success is an error that says what was asked.
#[derive(Clone, Debug)]
pub struct Api {
    client: Client,
}

impl Api {
    /// A client of the installation behind `client`, with this token.
    #[must_use]
    pub fn new(client: Client, token: &str) -> Self {
        Self { client: client.token(token) }
    }

    /// GET below `/api/v1`.
    ///
    /// # Errors
    /// No answer, or one that is no success.
    pub async fn get(&self, path: &str) -> Result<Value, String> {
        self.ask("GET", path, &Value::Null).await
    }

    /// POST below `/api/v1`.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.ask("POST", path, body).await
    }

    /// Any method below `/api/v1`.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let answer = self.send(method, path, body).await?;
        let text = answer.text();
        if !(200..300).contains(&answer.status) {
            return Err(format!("{method} {path} {body}: {} {text}", answer.status));
        }
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|error| format!("{method} {path}: {error}: {text}"))
    }

    /// Any method, whatever the answer.
    ///
    /// # Errors
    /// No answer.
    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Result<Response, String> {
        let path = format!("/api/v1{path}");
        let answer = match body {
            Value::Null if method == "GET" => self.client.get(&path).await,
            Value::Null => self.client.request(method, &path, &[], b"").await,
            body => self.client.send_json(method, &path, body).await,
        };
        answer.map_err(|error| format!("{method} {path}: {error}"))
    }

    /// All entries of a list, page by page.
    ///
    /// # Errors
    /// As [`get`](Self::get); an answer that is no list.
    pub async fn all(&self, path: &str) -> Result<Vec<Value>, String> {
        let mark = if path.contains('?') { '&' } else { '?' };
        let mut all: Vec<Value> = Vec::new();
        let mut after = String::new();
        loop {
            let page = self.get(&format!("{path}{mark}limit=500{after}")).await?;
            let items = page["items"].as_array();
            all.extend(items.ok_or_else(|| format!("{path}: no list: {page}"))?.iter().cloned());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return Ok(all),
            }
        }
    }
}

/// A number or text as it stands in a path.
#[must_use]
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
