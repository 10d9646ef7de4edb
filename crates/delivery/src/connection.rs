//! Drives one dialog over a real connection: moves bytes, reads the clock, asks for tickets.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use failpoints::Point;
use mail_formats::reply::Reply;
use outside::{Stream, TlsClient};
use seals::{Clock, Reading};
use store::deliveries::Start;
use store::lives::Life;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::machine::{Command, Dialog, End, Event, Order, TlsUse};
use crate::starter::Starter;

/// Octets of the first piece of content: small, so that it fits whatever the peer takes.
pub const FIRST_PIECE: usize = 512;
/// An idle connection says goodbye after this time.
pub const IDLE: Duration = Duration::from_secs(5);

/// What a connection needs beside its stream.
#[derive(Clone)]
pub(crate) struct Tools {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) life: Arc<Life>,
    pub(crate) starter: Starter,
    pub(crate) tls: TlsClient,
    /// The program is at its end: no final dot any more, for nobody may be left to hear its reply.
    pub(crate) last_dot: Arc<AtomicBool>,
}

/// A mail on its way: the order for the dialog, its bytes, and what a new ticket needs.
pub(crate) struct Parcel {
    pub(crate) order: Order,
    /// Dots doubled, ends with CR LF, without the final dot.
    pub(crate) content: Vec<u8>,
    pub(crate) start: Start,
}

/// What goes over the wire before the final dot: dots doubled, the last line ended (RFC 5321 §4.5.2).
#[must_use]
pub fn on_the_wire(bytes: &[u8]) -> Vec<u8> {
    let mut content = mail_formats::wire::dot_stuff(bytes).into_owned();
    if !content.ends_with(b"\r\n") {
        content.extend_from_slice(b"\r\n");
    }
    content
}

/// Where a dialog stands.
#[derive(Debug)]
pub(crate) enum Step {
    /// It takes a mail.
    Ready,
    /// A mail ended.
    Report(End),
    /// The connection is closed.
    Closed,
}

/// A connection with its dialog.
pub(crate) struct Connection {
    tools: Tools,
    dialog: Dialog,
    stream: Option<Stream>,
    host: String,
    tls_failed: bool,
}

impl Connection {
    pub(crate) fn new(stream: Stream, host: &str, helo: &str, tls: TlsUse, tools: Tools) -> Self {
        let dialog = Dialog::new(helo, tls, tools.clock.reading());
        Self { tools, dialog, stream: Some(stream), host: host.to_owned(), tls_failed: false }
    }

    /// What the server said when it did not let us in.
    pub(crate) fn trouble(&self) -> Option<Reply> {
        self.dialog.trouble().cloned()
    }

    /// STARTTLS was offered and failed: the host gets another connection without it.
    pub(crate) const fn tls_failed(&self) -> bool {
        self.tls_failed
    }

    /// Runs the dialog until it is ready for the first mail, or over.
    pub(crate) async fn open(&mut self) -> Step {
        self.run(None).await
    }

    /// Transmits one mail. The dialog must be ready.
    pub(crate) async fn transmit(&mut self, parcel: &Parcel) -> End {
        self.dialog.take(parcel.order.clone(), self.now());
        match self.run(Some(parcel)).await {
            Step::Report(end) => end,
            Step::Ready | Step::Closed => End::Broken("the dialog ended without a word"),
        }
    }

    /// Whether the dialog takes another mail; only asked after a report.
    pub(crate) async fn is_ready(&mut self) -> bool {
        matches!(self.run(None).await, Step::Ready)
    }

    /// Says goodbye.
    pub(crate) async fn finish(mut self) {
        let now = self.now();
        self.dialog.handle(Event::Finish, now);
        while !matches!(self.run(None).await, Step::Closed) {}
    }

    fn now(&self) -> Reading {
        self.tools.clock.reading()
    }

    fn tell(&mut self, event: Event<'_>) {
        let now = self.now();
        self.dialog.handle(event, now);
    }

    async fn run(&mut self, parcel: Option<&Parcel>) -> Step {
        loop {
            while let Some(command) = self.dialog.command() {
                if let Some(step) = self.obey(command, parcel).await {
                    return step;
                }
            }
            self.read().await;
        }
    }

    async fn obey(&mut self, command: Command, parcel: Option<&Parcel>) -> Option<Step> {
        let content = parcel.map_or(&[][..], |parcel| &parcel.content);
        let cut = content.len().min(FIRST_PIECE);
        match command {
            Command::Write(bytes) => self.write(&bytes).await,
            Command::StartTls => self.start_tls().await,
            Command::Ready => return Some(Step::Ready),
            Command::Renew => {
                let ticket = match parcel {
                    Some(parcel) => self.tools.starter.renew(parcel.start).await,
                    None => None,
                };
                self.tell(Event::Renewed(ticket));
            }
            Command::WriteFirst => {
                failpoints::reach(Point::BeforeContent);
                self.write_content(&content[..cut]).await;
            }
            Command::WriteRest => self.write_content(&content[cut..]).await,
            Command::WriteDot => {
                failpoints::reach(Point::BeforeDot);
                self.write(b".\r\n").await;
                failpoints::reach(Point::AfterDot);
            }
            Command::Report(end) => return Some(Step::Report(end)),
            Command::Close => {
                self.stream = None;
                return Some(Step::Closed);
            }
        }
        None
    }

    async fn write(&mut self, bytes: &[u8]) {
        if let Err(event) = self.push(bytes).await {
            self.tell(event);
        }
    }

    /// Content is followed by a look at the clock and at the age of the lock's last proof.
    async fn write_content(&mut self, bytes: &[u8]) {
        match self.push(bytes).await {
            Ok(()) => {
                let may_send = self.tools.life.may_send() && !self.tools.last_dot.load(Ordering::Acquire);
                self.tell(Event::Written { may_send });
            }
            Err(event) => self.tell(event),
        }
    }

    async fn push(&mut self, bytes: &[u8]) -> Result<(), Event<'static>> {
        let left = self.left();
        let Some(stream) = &mut self.stream else { return Err(Event::Closed) };
        let work = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        tokio::select! {
            done = work => done.map_err(|_: io::Error| Event::Closed),
            () = self.tools.clock.sleep(left) => Err(Event::TimedOut),
        }
    }

    async fn start_tls(&mut self) {
        let tls = self.tools.tls.clone();
        match self.stream.take() {
            Some(Stream::Plain(plain)) => match tls.start(plain, &self.host).await {
                Ok(stream) => {
                    self.stream = Some(stream);
                    self.tell(Event::Secured);
                }
                Err(error) => {
                    tracing::debug!(host = %self.host, %error, "STARTTLS failed");
                    self.tls_failed = true;
                    self.tell(Event::Closed);
                }
            },
            _ => self.tell(Event::Closed),
        }
    }

    async fn read(&mut self) {
        let left = self.left();
        let mut buffer = [0_u8; 4096];
        let Some(stream) = &mut self.stream else { return self.tell(Event::Closed) };
        let read = tokio::select! {
            read = stream.read(&mut buffer) => Some(read),
            () = self.tools.clock.sleep(left) => None,
        };
        match read {
            None => self.tell(Event::TimedOut),
            Some(Ok(0) | Err(_)) => self.tell(Event::Closed),
            Some(Ok(n)) => self.tell(Event::Received(&buffer[..n])),
        }
    }

    fn left(&self) -> Duration {
        self.dialog.deadline().elapsed_since(self.now())
    }
}
