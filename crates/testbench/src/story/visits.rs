//! What people do with pages and mails: sign up, confirm, leave. All of it as a browser or a mail
//! program does it.

use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::failed;
use crate::http::{Client, Response};
use crate::letter::Letter;
use crate::page::Form;
use crate::submit::submit;

/// How many people act at one time.
const AT_ONCE: usize = 80;

/// Runs `act` for all, many at one time; the first failure ends it. Results keep their order.
///
/// # Errors
/// The first failure.
pub async fn together<T, R, F>(all: Vec<T>, act: impl Fn(T) -> F + Send + Sync) -> Result<Vec<R>, String>
where
    F: Future<Output = Result<R, String>> + Send + 'static,
    R: Send + 'static,
{
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    let count = all.len();
    for (place, one) in all.into_iter().enumerate() {
        let work = act(one);
        let gate = Arc::clone(&gate);
        running.spawn(async move {
            let _permit = gate.acquire().await.map_err(|error| error.to_string())?;
            work.await.map(|result| (place, result))
        });
    }
    let mut results: Vec<Option<R>> = std::iter::repeat_with(|| None).take(count).collect();
    while let Some(done) = running.join_next().await {
        let (place, result) = done.map_err(|error| error.to_string())??;
        results[place] = Some(result);
    }
    Ok(results.into_iter().flatten().collect())
}

fn good(what: &str, answer: &Response) -> Result<(), String> {
    if (200..300).contains(&answer.status) {
        return Ok(());
    }
    Err(failed(what, format!("{} {}", answer.status, answer.text())))
}

/// A visitor: an address of this machine, and the product's pages.
#[derive(Clone, Debug)]
pub struct Visitor {
    client: Client,
}

impl Visitor {
    /// Somebody who comes from this address.
    #[must_use]
    pub fn new(web: SocketAddr, from: Ipv4Addr) -> Self {
        Self { client: Client::new(web).from(from).header("User-Agent", "Mozilla/5.0 (story)") }
    }

    /// Opens a page.
    ///
    /// # Errors
    /// No answer, or no success.
    pub async fn open(&self, url: &str) -> Result<Response, String> {
        let answer = self.client.get(url).await.map_err(|error| failed(url, error))?;
        good(url, &answer)?;
        Ok(answer)
    }

    /// Opens a page and reads its forms.
    ///
    /// # Errors
    /// As [`open`](Self::open); a page without form.
    pub async fn forms(&self, url: &str) -> Result<Vec<Form>, String> {
        let page = self.open(url).await?.text();
        let mut forms = Form::read_all(&page);
        forms.retain(|form| form.method == "post");
        for form in &mut forms {
            if form.action.is_empty() {
                url.clone_into(&mut form.action);
            }
        }
        if forms.is_empty() { Err(failed(url, format!("no form in {page}"))) } else { Ok(forms) }
    }

    /// Sends a form as it is.
    ///
    /// # Errors
    /// No answer, or no success.
    pub async fn send(&self, form: &Form) -> Result<Response, String> {
        let answer = self.client.post_form(&form.action, &form.pairs()).await;
        let answer = answer.map_err(|error| failed(&form.action, error))?;
        good(&form.action, &answer)?;
        Ok(answer)
    }

    /// Opens a page and presses its first button.
    ///
    /// # Errors
    /// As [`forms`](Self::forms) and [`send`](Self::send).
    pub async fn press(&self, url: &str) -> Result<Response, String> {
        let forms = self.forms(url).await?;
        self.send(&forms[0]).await
    }

    /// One-click unsubscribing (RFC 8058), as mailbox providers do it.
    ///
    /// # Errors
    /// No answer, or no success.
    pub async fn one_click(&self, url: &str) -> Result<Response, String> {
        let body = [("List-Unsubscribe", "One-Click")];
        let answer = self.client.post_form(url, &body).await.map_err(|error| failed(url, error))?;
        good(url, &answer)?;
        Ok(answer)
    }
}

/// Writes to the mailbox of `List-Unsubscribe`.
///
/// # Errors
/// The mail was not taken.
pub async fn unsubscribe_by_mail(inbound: SocketAddr, from: &str, letter: &Letter<'_>) -> Result<(), String> {
    let uris = letter.unsubscribe_uris();
    let uri = uris.iter().find_map(|uri| uri.strip_prefix("mailto:"));
    let uri = uri.ok_or("no mailto in List-Unsubscribe")?;
    let to = uri.split('?').next().unwrap_or_default().to_owned();
    let mail = format!(
        "From: <{from}>\r\nTo: <{to}>\r\nSubject: unsubscribe\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\
         Message-ID: <leave.{}@mua.example>\r\nMIME-Version: 1.0\r\n\r\n",
        from.replace('@', ".")
    );
    post(inbound, from, &to, mail.as_bytes()).await
}

/// Hands one mail to the product's listener.
///
/// # Errors
/// It was not taken, with the reply.
pub async fn post(inbound: SocketAddr, from: &str, to: &str, mail: &[u8]) -> Result<(), String> {
    let done = submit(inbound, from, &[to], mail).await.map_err(|error| failed(to, error))?;
    if done.accepted() { Ok(()) } else { Err(failed(to, done.last_reply())) }
}

/// Addresses in lower case, for comparing books.
pub(super) fn addresses<'a>(all: impl IntoIterator<Item = &'a str>) -> HashSet<String> {
    all.into_iter().map(str::to_lowercase).collect()
}
