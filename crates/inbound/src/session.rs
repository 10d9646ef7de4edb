//! One connection: the dialog of RFC 5321, strict where leniency is dangerous.
//!
//! A command line ends with CRLF alone. A peer that speaks where it must wait for
//! a reply (behind EHLO and DATA) is cut off; what it sent in clear behind
//! STARTTLS is thrown away (T2).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use failpoints::Point;
use seals::Clock;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::watch;

use crate::command::{self, BadCommand, Command, MAX_COMMAND};
use crate::content::{Content, Progress};
use crate::door::{self, Door};
use crate::effect::{self, Answer, Arrival};
use crate::listener::Budget;
use crate::{InboundContext, meters};

/// Recipients of one mail (RFC 5321 §4.5.3.1.8 wants at least 100).
const MAX_RECIPIENTS: usize = 100;
/// Refused commands after which a peer is sent away.
const MAX_ERRORS: usize = 10;
/// What is read in one go.
const CHUNK: usize = 16 * 1024;
/// What a peer that is cut off may still have on its way, so that it can read why.
const DRAIN_OCTETS: usize = 1024 * 1024;
const DRAIN_LIMIT: Duration = Duration::from_secs(5);

/// How a dialog on one stream ended.
pub(crate) enum End<S> {
    /// The connection is over.
    Closed,
    /// The peer asked for TLS and was told to begin.
    StartTls(S),
}

/// The connection is gone or of no use any more.
struct Gone;

type Said<T> = Result<T, Gone>;

/// A line of the peer.
enum Line {
    Whole(Vec<u8>),
    TooLong,
    BareLineEnd,
}

/// The peer's side of the wire.
struct Peer<S> {
    stream: S,
    /// Read and not used yet.
    buffer: Vec<u8>,
    clock: Arc<dyn Clock>,
    limit: Duration,
    stop: watch::Receiver<bool>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Peer<S> {
    /// Reads more. Within `limit`, or the peer is gone.
    async fn fill(&mut self, limit: Duration) -> Said<()> {
        let mut chunk = vec![0; CHUNK];
        let read = tokio::select! {
            read = self.stream.read(&mut chunk) => read,
            () = self.clock.sleep(limit) => {
                // A peer that is too slow is told so; whether it hears it does not matter.
                let _ = self.say("421 4.4.2 you took too long").await;
                return Err(Gone);
            }
        };
        match read {
            Ok(0) | Err(_) => Err(Gone),
            Ok(count) => {
                self.buffer.extend_from_slice(&chunk[..count]);
                Ok(())
            }
        }
    }

    async fn say(&mut self, reply: &str) -> Said<()> {
        let bytes = format!("{reply}\r\n").into_bytes();
        let (clock, limit) = (Arc::clone(&self.clock), self.limit);
        let write = async {
            self.stream.write_all(&bytes).await?;
            self.stream.flush().await
        };
        tokio::select! {
            written = write => written.map_err(|_| Gone),
            () = clock.sleep(limit) => Err(Gone),
        }
    }

    /// The next command line without its CRLF.
    async fn line(&mut self) -> Said<Line> {
        loop {
            if let Some(line) = take_line(&mut self.buffer) {
                return Ok(line);
            }
            let mut stop = self.stop.clone();
            let limit = self.limit;
            tokio::select! {
                filled = self.fill(limit) => filled?,
                () = stopped(&mut stop) => {
                    let _ = self.say("421 4.3.2 we are going down, come again").await;
                    return Err(Gone);
                }
            }
        }
    }

    /// Says a last word, and reads on for a while, so that the word is not lost with what the peer still sends.
    async fn cut_off(mut self, reply: &str) {
        if self.say(reply).await.is_err() || self.stream.shutdown().await.is_err() {
            return;
        }
        let clock = Arc::clone(&self.clock);
        let read_on = async {
            let (mut seen, mut chunk) = (0, vec![0; CHUNK]);
            while seen < DRAIN_OCTETS {
                match self.stream.read(&mut chunk).await {
                    Ok(0) | Err(_) => return,
                    Ok(count) => seen += count,
                }
            }
        };
        tokio::select! {
            () = read_on => {}
            () = clock.sleep(DRAIN_LIMIT) => {}
        }
    }
}

/// Ready when the program is to end.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means that the program ends, too.
    drop(stop.wait_for(|stop| *stop).await);
}

/// Takes a line off the buffer; a CR or LF that stands alone spoils it.
fn take_line(buffer: &mut Vec<u8>) -> Option<Line> {
    let end = buffer.iter().position(|&byte| byte == b'\n');
    let seen = &buffer[..end.unwrap_or(buffer.len())];
    let returns = seen.iter().filter(|&&byte| byte == b'\r').count();
    match end {
        Some(_) if returns > 1 || seen.last() != Some(&b'\r') => return Some(Line::BareLineEnd),
        // A CR that is not the last byte yet known is alone already.
        None if returns > 1 || (returns == 1 && seen.last() != Some(&b'\r')) => return Some(Line::BareLineEnd),
        _ if seen.len() >= MAX_COMMAND => return Some(Line::TooLong),
        _ => {}
    }
    let end = end?;
    let mut line: Vec<u8> = buffer.drain(..=end).collect();
    line.truncate(end - 1);
    Some(Line::Whole(line))
}

/// What was agreed so far.
#[derive(Default)]
struct Transaction {
    mail_from: Option<String>,
    recipients: Vec<(String, Door)>,
}

/// A connection's dialog on one stream (before or within TLS).
pub(crate) struct Session<'a> {
    pub(crate) context: &'a InboundContext,
    pub(crate) budget: &'a Budget,
    pub(crate) peer: IpAddr,
    pub(crate) tls: bool,
    pub(crate) stop: watch::Receiver<bool>,
    helo: Option<String>,
    transaction: Transaction,
    mails: i64,
    errors: usize,
}

/// What follows on a command.
enum Step {
    Reply(String),
    Close(String),
    Data,
    StartTls,
}

impl Step {
    fn reply(text: &str) -> Self {
        Self::Reply(text.to_owned())
    }
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        context: &'a InboundContext,
        budget: &'a Budget,
        peer: IpAddr,
        tls: bool,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self { context, budget, peer, tls, stop, helo: None, transaction: Transaction::default(), mails: 0, errors: 0 }
    }

    /// Speaks with the peer until one of them has enough.
    pub(crate) async fn run<S: AsyncRead + AsyncWrite + Unpin + Send>(mut self, stream: S) -> End<S> {
        let mut peer = Peer {
            stream,
            buffer: Vec::new(),
            clock: Arc::clone(&self.context.clock),
            limit: self.context.settings.command_limit,
            stop: self.stop.clone(),
        };
        if !self.tls && peer.say(&format!("220 {} ESMTP", self.context.names.host)).await.is_err() {
            return End::Closed;
        }
        loop {
            let Ok(step) = self.next(&mut peer).await else { return End::Closed };
            let said = match step {
                Step::Reply(text) => peer.say(&text).await,
                Step::Close(text) => {
                    peer.cut_off(&text).await;
                    return End::Closed;
                }
                Step::StartTls => {
                    if peer.say("220 2.0.0 begin TLS").await.is_err() {
                        return End::Closed;
                    }
                    // Whatever came in clear behind the command is dropped with the buffer (C2).
                    return End::StartTls(peer.stream);
                }
                Step::Data => match self.data(&mut peer).await {
                    Ok(Step::Close(text)) => {
                        peer.cut_off(&text).await;
                        return End::Closed;
                    }
                    Ok(Step::Reply(text)) => {
                        let said = peer.say(&text).await;
                        failpoints::reach(Point::AfterTaken);
                        said
                    }
                    Ok(Step::Data | Step::StartTls) => Ok(()),
                    Err(Gone) => return End::Closed,
                },
            };
            if said.is_err() {
                return End::Closed;
            }
        }
    }

    async fn next<S: AsyncRead + AsyncWrite + Unpin + Send>(&mut self, peer: &mut Peer<S>) -> Said<Step> {
        let line = match peer.line().await? {
            Line::Whole(line) => line,
            Line::TooLong => return Ok(Step::Close("500 5.5.2 line too long".to_owned())),
            Line::BareLineEnd => return Ok(Step::Close("500 5.5.2 a line ends with CR LF".to_owned())),
        };
        let command = match command::parse(&line) {
            Ok(command) => command,
            Err(bad) => return Ok(self.bad(bad)),
        };
        // Behind these a peer must wait for our word (RFC 2920 §3.1).
        if matches!(command, Command::Ehlo(_) | Command::Helo(_) | Command::Data) && !peer.buffer.is_empty() {
            return Ok(Step::Close("554 5.5.0 you spoke before our reply".to_owned()));
        }
        Ok(self.obey(command).await)
    }

    fn bad(&mut self, bad: BadCommand) -> Step {
        self.refuse(bad.reply())
    }

    /// A refusal; too many of them end the dialog.
    fn refuse(&mut self, reply: &str) -> Step {
        self.errors += 1;
        if self.errors > MAX_ERRORS {
            return Step::Close("421 4.7.0 too many errors".to_owned());
        }
        Step::reply(reply)
    }

    async fn obey(&mut self, command: Command) -> Step {
        match command {
            Command::Ehlo(name) => self.ehlo(name),
            Command::Helo(name) => {
                self.helo = Some(name);
                self.transaction = Transaction::default();
                Step::Reply(format!("250 {}", self.context.names.host))
            }
            Command::Mail { path, size, smtputf8: _ } => self.mail(path, size),
            Command::Rcpt(path) => self.rcpt(path).await,
            Command::Data if self.transaction.mail_from.is_none() => self.refuse("503 5.5.1 MAIL comes first"),
            Command::Data if self.transaction.recipients.is_empty() => self.refuse("554 5.5.1 no valid recipient"),
            Command::Data => Step::Data,
            Command::Rset => {
                self.transaction = Transaction::default();
                Step::reply("250 2.0.0 forgotten")
            }
            Command::Noop => Step::reply("250 2.0.0 done"),
            Command::Quit => Step::Close("221 2.0.0 goodbye".to_owned()),
            Command::StartTls if self.tls || self.context.tls.is_none() => {
                self.refuse("502 5.5.1 STARTTLS is not offered")
            }
            Command::StartTls => Step::StartTls,
            // Nobody learns here which mailboxes exist.
            Command::Verify => Step::reply("252 2.1.5 write to it, then you will see"),
            Command::Help => Step::reply("214 2.0.0 RFC 5321"),
        }
    }

    fn ehlo(&mut self, name: String) -> Step {
        self.helo = Some(name);
        self.transaction = Transaction::default();
        let size = self.context.settings.max_size_kib * 1024;
        let tls = if self.context.tls.is_some() && !self.tls { "250-STARTTLS\r\n" } else { "" };
        Step::Reply(format!(
            "250-{}\r\n250-PIPELINING\r\n250-SIZE {size}\r\n{tls}250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES",
            self.context.names.host
        ))
    }

    fn mail(&mut self, path: String, size: Option<u64>) -> Step {
        if self.helo.is_none() {
            return self.refuse("503 5.5.1 EHLO comes first");
        }
        if self.transaction.mail_from.is_some() {
            return self.refuse("503 5.5.1 one mail after the other");
        }
        if self.mails >= self.context.settings.mails_per_connection {
            return Step::Close("421 4.7.0 enough for one connection, come again".to_owned());
        }
        if size.is_some_and(|size| size > self.max_size() as u64) {
            return self.refuse("552 5.3.4 too large");
        }
        self.transaction.mail_from = Some(path);
        Step::reply("250 2.1.0 sender taken")
    }

    async fn rcpt(&mut self, path: String) -> Step {
        if self.transaction.mail_from.is_none() {
            return self.refuse("503 5.5.1 MAIL comes first");
        }
        if self.transaction.recipients.len() >= MAX_RECIPIENTS {
            return Step::reply("452 4.5.3 too many recipients for one mail");
        }
        match door::find(self.context, &path).await {
            Ok(door) => {
                self.transaction.recipients.push((path, door));
                Step::reply("250 2.1.5 recipient taken")
            }
            Err(no_door) => {
                meters::rejected(&no_door);
                self.refuse(no_door.reply())
            }
        }
    }

    fn max_size(&self) -> usize {
        usize::try_from(self.context.settings.max_size_kib).unwrap_or(1024) * 1024
    }

    /// Receives a mail and does what it means.
    async fn data<S: AsyncRead + AsyncWrite + Unpin + Send>(&mut self, peer: &mut Peer<S>) -> Said<Step> {
        peer.say("354 send the mail, end with a dot").await?;
        let (clock, limit) = (Arc::clone(&self.context.clock), self.context.settings.mail_limit);
        let received = tokio::select! {
            received = self.receive(peer) => received?,
            () = clock.sleep(limit) => return Ok(Step::Close("421 4.4.2 the mail took too long".to_owned())),
        };
        let transaction = std::mem::take(&mut self.transaction);
        self.mails += 1;
        let raw = match received {
            Received::Mail(raw, room) => (raw, room),
            Received::Refused(step) => return Ok(step),
        };
        let arrival = Arrival {
            received_at: self.context.clock.now(),
            peer: self.peer,
            helo: self.helo.clone().unwrap_or_default(),
            mail_from: transaction.mail_from.unwrap_or_default(),
            raw: raw.0,
        };
        let answer = effect::of_all(self.context, &arrival, transaction.recipients).await;
        failpoints::reach(Point::BeforeTaken);
        drop(raw.1);
        meters::answered(answer);
        Ok(Step::reply(match answer {
            Answer::Done => "250 2.0.0 kept",
            Answer::Later => "451 4.3.0 not kept, come again",
            Answer::DiskFull => "452 4.3.1 no room now, come again",
            Answer::Limited => "450 4.7.1 too many letters for this mailbox today",
            Answer::NotAuthentic => "550 5.7.1 the domain of From does not want this mail to pass",
        }))
    }

    async fn receive<S: AsyncRead + AsyncWrite + Unpin + Send>(&self, peer: &mut Peer<S>) -> Said<Received<'a>> {
        let mut content = Content::new(self.max_size());
        let mut room = self.budget.room();
        let mut full = false;
        let limit = self.context.settings.command_limit;
        loop {
            let progress = content.take(&peer.buffer);
            match progress {
                Progress::More => peer.buffer.clear(),
                Progress::End(used) => {
                    peer.buffer.drain(..used);
                    break;
                }
                Progress::BareLineEnd => {
                    return Ok(Received::Refused(Step::Close(
                        "550 5.5.2 bare CR or LF: lines end with CR LF".to_owned(),
                    )));
                }
            }
            if !full && !room.grow_to(content.kept()) {
                full = true;
                content = content.without_room();
            }
            peer.fill(limit).await?;
        }
        let refused = |text: &str| Ok(Received::Refused(Step::reply(text)));
        if full {
            return refused("452 4.3.1 too much mail at once, come again");
        }
        if content.too_long() {
            return refused("552 5.3.4 too large");
        }
        if content.has_nul() {
            return refused("550 5.6.0 a mail holds no NUL");
        }
        Ok(Received::Mail(content.into_bytes(), room))
    }
}

enum Received<'a> {
    Mail(Vec<u8>, crate::listener::Room<'a>),
    Refused(Step),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(bytes: &[u8]) -> Option<&'static str> {
        match take_line(&mut bytes.to_vec())? {
            Line::Whole(_) => Some("whole"),
            Line::TooLong => Some("too long"),
            Line::BareLineEnd => Some("bare"),
        }
    }

    /// Proves T2: a command line ends with CR LF and nothing else.
    #[test]
    fn t2_a_command_ends_with_cr_lf_alone() {
        assert_eq!(line(b"NOOP\r\nQUIT\r\n"), Some("whole"));
        assert_eq!(line(b"NOOP\r"), None);
        assert_eq!(line(b"NOOP"), None);
        assert_eq!(line(b"NOOP\n"), Some("bare"));
        assert_eq!(line(b"NOOP\rQUIT\r\n"), Some("bare"));
        assert_eq!(line(b"NOOP\rQ"), Some("bare"));
        assert_eq!(line(b"NOOP\r\r\n"), Some("bare"));
    }

    /// Proves T3: 512 octets are taken, and a line without end is not awaited for ever.
    #[test]
    fn t3_a_command_line_has_its_limit() {
        let long = [b"NOOP ".as_slice(), &[b'x'; 505], b"\r\n"].concat();
        assert_eq!((long.len(), line(&long)), (512, Some("whole")));
        assert_eq!(line(&[b'x'; MAX_COMMAND - 1]), None);
        assert_eq!(line(&[b'x'; MAX_COMMAND]), Some("too long"));
    }
}
