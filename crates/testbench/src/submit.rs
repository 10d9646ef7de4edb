//! A plain SMTP client: what mailbox providers use towards Jawort's own listener.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::wire::Wire;

/// The time that one reply may take.
const REPLY_LIMIT: Duration = Duration::from_secs(60);

/// The replies of a server, all lines of each; empty where it did not come so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submission {
    /// The greeting.
    pub greeting: Vec<String>,
    /// To EHLO.
    pub ehlo: Vec<String>,
    /// To MAIL.
    pub mail: Vec<String>,
    /// To each RCPT, in the order given.
    pub rcpt: Vec<Vec<String>>,
    /// To DATA.
    pub data: Vec<String>,
    /// To the final dot.
    pub dot: Vec<String>,
}

impl Submission {
    /// The reply that decided: to the final dot, or the last before it.
    #[must_use]
    pub fn last_reply(&self) -> &str {
        let refused = self.rcpt.iter().rev();
        [&self.dot, &self.data]
            .into_iter()
            .chain(refused)
            .chain([&self.mail, &self.ehlo, &self.greeting])
            .find_map(|lines| lines.last())
            .map_or("", String::as_str)
    }

    /// The code of [`last_reply`](Self::last_reply); 0 when there is none.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.last_reply().get(..3).and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }

    /// True when the server took the mail.
    #[must_use]
    pub fn accepted(&self) -> bool {
        self.dot.last().is_some_and(|line| line.starts_with('2'))
    }
}

/// Hands one mail to the server at `address`: from `mail_from` (empty for bounces) to all of
/// `recipients`. `message` is sent as it is, with dots stuffed and a line end added where the
/// last is missing. Stops at the first reply that makes going on senseless.
///
/// # Errors
/// The system's error when the connection fails or breaks, `TimedOut` after 60 s of silence.
pub async fn submit(
    address: SocketAddr,
    mail_from: &str,
    recipients: &[&str],
    message: &[u8],
) -> io::Result<Submission> {
    submit_as(address, "mx.provider.test", mail_from, recipients, message).await
}

/// Like [`submit`], with a name for EHLO.
///
/// # Errors
/// As [`submit`].
pub async fn submit_as(
    address: SocketAddr,
    helo: &str,
    mail_from: &str,
    recipients: &[&str],
    message: &[u8],
) -> io::Result<Submission> {
    let mut peer = Peer { wire: Wire::new(TcpStream::connect(address).await?) };
    let mut all = Submission { greeting: peer.reply().await?, ..Submission::default() };
    if good(&all.greeting, '2') {
        all.ehlo = peer.ask(&format!("EHLO {helo}")).await?;
    }
    if good(&all.ehlo, '2') {
        all.mail = peer.ask(&format!("MAIL FROM:<{mail_from}>")).await?;
    }
    if good(&all.mail, '2') {
        for recipient in recipients {
            all.rcpt.push(peer.ask(&format!("RCPT TO:<{recipient}>")).await?);
        }
    }
    if all.rcpt.iter().any(|reply| good(reply, '2')) {
        all.data = peer.ask("DATA").await?;
    }
    if good(&all.data, '3') {
        peer.wire.send(&stuffed(message)).await?;
        all.dot = peer.reply().await?;
    }
    // The outcome is known; whether the farewell arrives does not matter.
    let _ = peer.ask("QUIT").await;
    Ok(all)
}

struct Peer {
    wire: Wire,
}

impl Peer {
    async fn ask(&mut self, line: &str) -> io::Result<Vec<String>> {
        self.wire.send(format!("{line}\r\n").as_bytes()).await?;
        self.reply().await
    }

    async fn reply(&mut self) -> io::Result<Vec<String>> {
        tokio::time::timeout(REPLY_LIMIT, self.wire.reply()).await?
    }
}

fn good(reply: &[String], class: char) -> bool {
    reply.last().is_some_and(|line| line.starts_with(class))
}

/// The message with dots doubled at line starts (after CR LF), and the final dot.
#[must_use]
pub fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(message.len() + 64);
    let mut at_start = true;
    for (place, byte) in message.iter().enumerate() {
        if at_start && *byte == b'.' {
            wire.push(b'.');
        }
        wire.push(*byte);
        at_start = *byte == b'\n' && place > 0 && message[place - 1] == b'\r';
    }
    if !wire.is_empty() && !wire.ends_with(b"\r\n") {
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b".\r\n");
    wire
}
