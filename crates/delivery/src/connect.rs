//! From a route to an open connection: hosts in their turn, and why none let us in.

use mail_formats::classify::{Class, Stage, classify, provider_of_host};
use mail_formats::reply::Reply;
use outside::Stream;

use crate::connection::{Connection, Step};
use crate::engine::Engine;
use crate::machine::TlsUse;
use crate::routes::Route;

/// An open connection to a host.
pub(crate) struct Line {
    pub(crate) connection: Connection,
    pub(crate) host: String,
    port: u16,
    pub(crate) served: i64,
}

impl Line {
    /// Whether it can take a mail of this route.
    pub(crate) fn fits(&self, route: &Route, most: i64) -> bool {
        self.served < most && self.port == route.port && route.hosts.iter().any(|(_, host)| *host == self.host)
    }
}

/// Says goodbye, where there is somebody.
pub(crate) async fn hang_up(line: Option<Line>) {
    if let Some(line) = line {
        line.connection.finish().await;
    }
}

/// Why no host let us in.
#[derive(Debug)]
pub(crate) struct NoLine {
    /// The host whose words these are.
    pub(crate) host: String,
    pub(crate) words: String,
    /// What it said, if it spoke.
    pub(crate) greeting: Option<Reply>,
}

impl NoLine {
    fn silent(host: &str, words: String) -> Self {
        Self { host: host.to_owned(), words, greeting: None }
    }

    fn is_policy(&self) -> bool {
        self.greeting
            .as_ref()
            .is_some_and(|reply| classify(reply, Stage::Connect, provider_of_host(&self.host)).class == Class::Policy)
    }
}

impl Engine {
    /// A connection to the first host of the route that lets us in (T4, T6). A host that refuses
    /// us is named before others that only did not answer.
    pub(crate) async fn open_line(&self, route: &Route) -> Result<Line, NoLine> {
        let mut why = NoLine::silent("", "451 4.4.1 the domain has no mail server".to_owned());
        for host in route.in_turn(&**self.dice()) {
            match self.connect_host(host, route.port).await {
                Ok(connection) => return Ok(Line { connection, host: host.to_owned(), port: route.port, served: 0 }),
                Err(_) if why.is_policy() => {}
                Err(no) => why = no,
            }
        }
        Err(why)
    }

    async fn connect_host(&self, host: &str, port: u16) -> Result<Connection, NoLine> {
        let addresses = self
            .routes()
            .addresses(host)
            .await
            .map_err(|error| NoLine::silent(host, format!("451 4.4.3 {host}: {error}")))?;
        let mut tls = if self.settings().tls == "off" { TlsUse::Off } else { TlsUse::Opportunistic };
        loop {
            let dialled = self.dialler().dial_any(&addresses, port).await;
            let stream = dialled.map_err(|error| NoLine::silent(host, format!("451 4.4.1 {host}: {error}")))?;
            let mut connection = Connection::new(Stream::Plain(stream), host, self.helo(), tls, self.tools().clone());
            if matches!(connection.open().await, Step::Ready) {
                return Ok(connection);
            }
            if connection.tls_failed() && tls == TlsUse::Opportunistic {
                // Encrypted if possible, in clear if not (RFC 7435).
                tls = TlsUse::Off;
                continue;
            }
            let greeting = connection.trouble();
            let words = greeting.as_ref().map_or_else(|| format!("451 4.4.2 {host}: no greeting"), ToString::to_string);
            return Err(NoLine { host: host.to_owned(), words, greeting });
        }
    }
}
