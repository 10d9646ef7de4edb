//! What waits for the operator's people, and what they decided.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::json;

use super::signed;
use crate::house::PLATFORM_DOMAIN;
use crate::story::{Account, Visitor, World, finished, gather, post, readers, start_newsletter, write_newsletter};

/// How long the newsletter to a handful of readers may take.
const SOON: Duration = Duration::from_secs(60);
/// Nobody fills in a form faster.
const WRITING: Duration = Duration::from_millis(2_200);
/// So many complaints about a handful of mails suspend an account.
const COMPLAINTS: usize = 3;
/// Who writes letters and fills in forms.
const STRANGER: &str = "frida@bote.example";

/// Complaints until an account is suspended.
///
/// # Errors
/// The first step that failed.
pub async fn suspend(world: &World, account: &Account) -> Result<(), String> {
    let annoyed = readers(77, 6);
    gather(world, account, &annoyed).await?;
    let words = crate::story::Words {
        subject: "Everything must go".to_owned(),
        body: "Hello {{ given_name | default(\"there\") }},\n\n**now or never.**\n".to_owned(),
    };
    let id = write_newsletter(account, &words).await?;
    let seen = world.seen();
    start_newsletter(account, &id).await?;
    finished(world, account, &id, SOON).await?;
    for reader in annoyed.iter().take(COMPLAINTS) {
        let mail = world.mail_to(&reader.address, seen, |_| true).await?;
        world.report(&mail.bytes).await?;
    }
    world
        .until("the account is suspended", SOON, || async {
            let state = world.operator.get(&format!("/accounts/{}", account.id)).await?;
            Ok((state["standing"] != "suspended").then(|| state.to_string()))
        })
        .await
}

/// Letters and messages of strangers: one case that was decided, and two that wait.
///
/// # Errors
/// The first step that failed.
pub async fn trouble(world: &World, account: &Account) -> Result<(), String> {
    letter(world, "Who are you?", "Who gave you my address? I want to know.").await?;
    let cases = world.operator.all("/cases?open=true").await?;
    let case = cases.iter().find(|case| case["account"].is_null()).ok_or("the letter made no case")?;
    let mut decision = signed("Olga", "She wanted to know where her address came from; she was told.");
    decision["decision"] = json!("close");
    world.operator.post(&format!("/cases/{}/decide", super::id(case)), &decision).await?;
    letter(world, "Mail that I did not ask for", "Somebody sends me newsletters. Please see to it.").await?;
    message(world, account).await?;
    let address = json!({ "address": "nobody@kurier.test", "by": "Olga", "reason": "Asked for it by telephone." });
    world.operator.post("/exclusions", &address).await.map(drop)
}

async fn letter(world: &World, subject: &str, words: &str) -> Result<(), String> {
    let to = format!("abuse@{PLATFORM_DOMAIN}");
    let id = subject.len();
    let mail = format!(
        "From: Frida <{STRANGER}>\r\nTo: <{to}>\r\nSubject: {subject}\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\
         Message-ID: <abuse.{id}@mua.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         {words}\r\n"
    );
    world.book.writer(STRANGER);
    post(world.house.inbound(), STRANGER, &to, mail.as_bytes()).await
}

/// What somebody writes at the operator's own form.
async fn message(world: &World, account: &Account) -> Result<(), String> {
    let visitor = Visitor::new(world.house.web(), Ipv4Addr::new(127, 61, 1, 9));
    let mut form = visitor.forms("/contact").await?.remove(0);
    form.fill("email", STRANGER)?;
    form.fill("sender", &account.from)?;
    form.fill("words", "They still write to me though I left. Twice this week.")?;
    form.choose("about", "complaint")?;
    tokio::time::sleep(WRITING).await;
    visitor.send(&form).await.map(drop)
}
