//! Somebody of the account at work: forms with the session's mark, and answers that come piece by piece.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use policy::LoginId;
use policy::role::Role;
use seals::Clock as _;
use testbench::http::Response;
use texts::Language;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::browser::Browser;
use crate::door::{Door, hidden};

static NEXT: AtomicU32 = AtomicU32::new(1);

/// Somebody of account 1, with a session.
pub(crate) struct Hand<'d> {
    door: &'d Door,
    browser: Browser<'d>,
    login: LoginId,
    mark: String,
}

/// Signs a new person in.
pub(crate) async fn sign_in(door: &Door, role: Role) -> Hand<'_> {
    let address = format!("p{}@team.example", NEXT.fetch_add(1, Ordering::Relaxed));
    let (_, login) = door.person(1, &address, role).await;
    let browser = door.signed_in(login).await;
    let mark = hidden(&browser.get("/me").await.text(), "csrf");
    Hand { door, browser, login, mark }
}

impl Hand<'_> {
    fn cookie(&self) -> String {
        format!("__Host-jawort={}", self.browser.cookie("__Host-jawort").expect("a session"))
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.browser.get(path).await
    }

    /// Posts a form with the session's mark.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let mut all = vec![("csrf", self.mark.as_str())];
        all.extend(fields);
        self.browser.post(path, &all).await
    }

    /// The person's pages are in this language from now on.
    pub(crate) async fn speak(&self, language: Language) {
        self.door.script(&format!("UPDATE login SET language = '{}' WHERE id = {}", language.code(), self.login)).await;
    }

    /// Ends every session of the person.
    pub(crate) async fn sign_out(&self) {
        self.door.store.end_sessions(self.login, None, self.door.clock.now()).await.expect("signed out");
    }

    /// An answer that comes piece by piece.
    #[expect(clippy::disallowed_methods, reason = "the test is the visitor's browser")]
    pub(crate) async fn stream(&self, path: &str) -> Stream {
        let mut stream = TcpStream::connect(self.door.client.address()).await.expect("the door listens");
        let head = format!("GET {path} HTTP/1.1\r\nHost: n.example\r\nCookie: {}\r\n\r\n", self.cookie());
        stream.write_all(head.as_bytes()).await.expect("written");
        let mut stream = Stream { stream, read: String::new() };
        let head = stream.until("\r\n\r\n").await.expect("a head");
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("text/event-stream"), "{head}");
        stream
    }

    /// Waits for something, so long at most.
    pub(crate) async fn within<T>(&self, limit: Duration, what: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout(limit, what).await.ok()
    }
}

/// Server-sent events.
pub(crate) struct Stream {
    stream: TcpStream,
    read: String,
}

impl Stream {
    async fn until(&mut self, mark: &str) -> Option<String> {
        loop {
            if let Some(at) = self.read.find(mark) {
                let rest = self.read.split_off(at + mark.len());
                return Some(std::mem::replace(&mut self.read, rest));
            }
            let mut buffer = [0; 16 * 1024];
            match self.stream.read(&mut buffer).await.expect("the connection stands") {
                0 => return None,
                n => self.read.push_str(&String::from_utf8_lossy(&buffer[..n])),
            }
        }
    }

    /// The next event with figures.
    pub(crate) async fn event(&mut self) -> String {
        loop {
            let event = self.until("\n\n").await.expect("an event");
            if event.contains("event: figures") {
                return event;
            }
        }
    }

    /// Ready when the server ends the answer: its last chunk has no octets.
    pub(crate) async fn end(&mut self) {
        self.until("\r\n0\r\n\r\n").await;
    }
}
