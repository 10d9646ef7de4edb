//! A page for the people of the demo: everybody's mailboxes, on loopback, with the buttons that a mail
//! program has. It shows mails as they come; what is pressed goes to the installation by the door that
//! real providers and mail programs use.

mod pages;
mod serve;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::letter::Letter;
use crate::provider::Record;
use crate::story::{Visitor, World, unsubscribe_by_mail};
use pages::queried;
use serve::{Answer, Request};

/// Where the people sit who press the buttons: as if their provider asked.
const PROVIDER: Ipv4Addr = Ipv4Addr::new(127, 62, 0, 1);

/// The page while it is served. Dropping it ends it.
pub struct Mailbox {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Mailbox {
    /// Serves the mailboxes of a world; `domains` are those that newcomers may use.
    ///
    /// # Errors
    /// No port is free.
    pub async fn open(world: &Arc<World>, domains: &[&str]) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let desk = Arc::new(Desk {
            world: Arc::clone(world),
            origin: format!("http://{address}"),
            domains: domains.iter().map(|&domain| domain.to_owned()).collect(),
        });
        let handler = Arc::new(move |request| {
            let desk = Arc::clone(&desk);
            Box::pin(async move { desk.answer(&request).await }) as _
        });
        Ok(Self { address, task: tokio::spawn(serve::serve(listener, handler)) })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address of somebody's mailbox.
    #[must_use]
    pub fn box_of(&self, address: &str) -> String {
        format!("{}/box?address={}", self.url(), queried(address))
    }

    /// Ends it, and lets go of the world.
    pub async fn close(mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the pages are made of.
struct Desk {
    world: Arc<World>,
    origin: String,
    domains: Vec<String>,
}

impl Desk {
    async fn answer(&self, request: &Request) -> Answer {
        if request.method == "POST" && request.origin.as_ref() != Some(&self.origin) {
            return pages::foreign();
        }
        let steps: Vec<&str> = request.path.split('/').skip(1).collect();
        match (request.method.as_str(), &steps[..]) {
            ("GET", [""]) => {
                let domains: Vec<&str> = self.domains.iter().map(String::as_str).collect();
                pages::boxes(&self.mails(), &request.field("q").trim().to_lowercase(), &domains)
            }
            ("GET", ["style.css"]) => Answer::of("text/css", include_str!("mailbox/style.css")),
            ("GET", ["box"]) => pages::mailbox(&self.mails(), &request.field("address").trim().to_lowercase()),
            (method, ["mail", number, rest @ ..]) => self.mail(method, number, rest, request).await,
            _ => pages::nothing(),
        }
    }

    fn mails(&self) -> Vec<Record> {
        self.world.provider.messages().into_iter().filter(|record| record.accepted).collect()
    }

    async fn mail(&self, method: &str, number: &str, rest: &[&str], request: &Request) -> Answer {
        let Some(record) = self.mails().into_iter().find(|record| record.number.to_string() == number) else {
            return pages::nothing();
        };
        match (method, rest) {
            ("GET", []) => pages::mail(&record, &self.world.house.url(), request.field("said")),
            ("GET", ["html"]) => pages::html(&record),
            ("GET", ["source"]) => pages::source(&record),
            ("POST", [what @ ("one-click" | "by-mail" | "spam" | "abuse")]) => {
                let said = self.press(what, &record, request.field("words")).await;
                let said = said.unwrap_or_else(|why| format!("It was not taken: {why}"));
                Answer::see(&format!("/mail/{number}?said={}", queried(&said)))
            }
            _ => pages::nothing(),
        }
    }

    /// Does what a button says; in words, what came of it.
    async fn press(&self, what: &str, record: &Record, words: &str) -> Result<String, String> {
        let letter = Letter::read(&record.bytes);
        let to = record.accepted_recipients().next().unwrap_or_default();
        match what {
            "one-click" => {
                let uri = letter.unsubscribe_uris().into_iter().find(|uri| uri.starts_with("http"));
                let uri = uri.ok_or("the mail has no link for it")?;
                let answer = Visitor::new(self.world.house.web(), PROVIDER).one_click(&uri).await?;
                Ok(format!("The link in the header was posted; it answered {}.", answer.status))
            }
            "by-mail" => {
                unsubscribe_by_mail(self.world.house.inbound(), to, &letter).await?;
                Ok("The mail that unsubscribes was sent and taken.".to_owned())
            }
            "spam" => {
                self.world.report(&record.bytes).await?;
                Ok("The provider sent a signed feedback report; it was taken.".to_owned())
            }
            _ => {
                self.world.forward_to_abuse(to, words, &record.bytes).await?;
                Ok("The mail was forwarded to the abuse desk; it was taken.".to_owned())
            }
        }
    }
}
