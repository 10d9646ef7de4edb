//! A customer writes mailings and lets them go.

use std::time::Duration;

use serde_json::{Value, json};

use super::api::plain;
use super::founding::Account;
use super::world::World;

/// What a mailing says.
#[derive(Clone, Debug)]
pub struct Words {
    /// The subject; it names the mailing in the provider's book too, so no other may hold it.
    pub subject: String,
    /// The text, as Markdown.
    pub body: String,
}

impl Words {
    fn json(&self, account: &Account) -> Value {
        json!({
            "name": self.subject,
            "topic": { "id": account.topic },
            "subject": self.subject,
            "format": "markdown",
            "body": self.body,
            "language": account.firm.language,
        })
    }
}

/// Writes a newsletter and returns its number. It stays a draft.
///
/// # Errors
/// It was refused.
pub async fn write_newsletter(account: &Account, words: &Words) -> Result<String, String> {
    account.book.newsletter(&words.subject);
    Ok(plain(&account.api.post("/newsletters", &words.json(account)).await?["id"]))
}

/// Starts a newsletter.
///
/// # Errors
/// It was refused.
pub async fn start_newsletter(account: &Account, id: &str) -> Result<(), String> {
    account.api.post(&format!("/newsletters/{id}/start"), &Value::Null).await.map(drop)
}

/// Writes an autoresponder for the tag of the form and lets it work from now on.
///
/// # Errors
/// It was refused.
pub async fn start_autoresponder(account: &Account, words: &Words, delay_minutes: u32) -> Result<String, String> {
    account.book.autoresponder(&words.subject);
    let mut body = words.json(account);
    body["trigger_tag"] = json!(account.tag);
    body["delay_minutes"] = json!(delay_minutes);
    let id = plain(&account.api.post("/autoresponders", &body).await?["id"]);
    account.api.post(&format!("/autoresponders/{id}/activate"), &Value::Null).await?;
    Ok(id)
}

/// How far a mailing is: audience, rows that ended by state, open rows.
///
/// # Errors
/// No such mailing.
pub async fn progress(account: &Account, kind: &str, id: &str) -> Result<Value, String> {
    account.api.get(&format!("/{kind}/{id}/progress")).await
}

/// Waits until a newsletter is finished and returns its progress.
///
/// # Errors
/// It was not in time.
pub async fn finished(world: &World, account: &Account, id: &str, limit: Duration) -> Result<Value, String> {
    let what = format!("newsletter {id} finishes");
    world
        .until(&what, limit, || async {
            let state = progress(account, "newsletters", id).await?;
            Ok((state["state"] != "finished").then(|| state.to_string()))
        })
        .await?;
    progress(account, "newsletters", id).await
}
