//! One SMTP dialog as a state machine without IO: events in, commands out.
//!
//! It speaks RFC 5321 as a client, one recipient per message (T8), and keeps the
//! ticket rule of DESIGN §4. A driver moves bytes and reads the clock for it; a
//! simulator can do the same. Nothing is ever written behind a final dot before
//! its reply came.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Duration;

use mail_formats::classify::Stage;
use mail_formats::reply::{EnhancedStatus, Reply};
use policy::row::TICKET;
use seals::Reading;

/// A dialog that has not sent its final dot so long after its start is dropped.
pub const BEFORE_DOT: Duration = Duration::from_secs(4 * 60);
/// The reply to the final dot is awaited so long; then the row is unknown.
pub const AFTER_DOT: Duration = Duration::from_secs(10 * 60);
/// Greeting and EHLO are awaited so long (RFC 5321 §4.5.3.2), where no mail is waiting.
pub const OPENING: Duration = Duration::from_secs(60);
/// QUIT is awaited so long; nobody depends on its answer.
const FAREWELL: Duration = Duration::from_secs(2);

/// What happened to the dialog.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// Bytes came.
    Received(&'a [u8]),
    /// TLS stands. Whatever was read before is gone.
    Secured,
    /// What [`Command::WriteFirst`] or [`Command::WriteRest`] asked for was handed to the system;
    /// the clock was read after that. `may_send`: the node's lock was proven lately enough.
    Written {
        /// Whether final dots may be sent.
        may_send: bool,
    },
    /// The answer to [`Command::Renew`]: the reading before the statement, if it was granted.
    Renewed(Option<Reading>),
    /// The connection ended or failed.
    Closed,
    /// The time of [`Dialog::deadline`] has come.
    TimedOut,
    /// No more mail: say goodbye.
    Finish,
}

/// What the driver does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Write these bytes.
    Write(Vec<u8>),
    /// Begin TLS; nothing read so far counts any more (C2).
    StartTls,
    /// Ready for a mail, or for [`Event::Finish`].
    Ready,
    /// Ask for a new ticket: the go-ahead came late.
    Renew,
    /// Write the first piece of the content, then tell [`Event::Written`].
    WriteFirst,
    /// Write the rest of the content, then tell [`Event::Written`].
    WriteRest,
    /// Write the final dot; it is a write of its own.
    WriteDot,
    /// What became of the mail at hand.
    Report(End),
    /// Close the connection.
    Close,
}

/// A mail that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// MAIL FROM, without brackets.
    pub return_path: String,
    /// RCPT TO, without brackets.
    pub recipient: String,
    /// The next hop must offer SMTPUTF8.
    pub smtputf8: bool,
    /// The content holds octets above 127.
    pub eight_bit: bool,
    /// Octets of the content.
    pub size: usize,
    /// The reading that was taken before the start was asked for.
    pub started: Reading,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// 2yz to the final dot.
    Accepted(Reply),
    /// The receiver said no: 4yz or 5yz, at this stage. No message exists.
    Refused(Stage, Reply),
    /// The server does not offer SMTPUTF8, and the address needs it (T9).
    NoSmtpUtf8,
    /// The connection ended before the final dot; the text says why. No message exists.
    Broken(&'static str),
    /// The ticket was late or not renewed, or the node's lock is too old. No message exists.
    TicketReturned,
    /// The connection ended between the final dot and its reply.
    Unknown,
}

impl End {
    /// Whether the connection can take another mail.
    const fn keeps_connection(&self) -> bool {
        matches!(self, Self::Accepted(_) | Self::Refused(..) | Self::NoSmtpUtf8)
    }
}

/// How STARTTLS is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsUse {
    /// Wherever it is offered (T12).
    Opportunistic,
    /// Not at all: it failed with this host a moment ago.
    Off,
}

/// What a server offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Offer {
    pipelining: bool,
    eight_bit: bool,
    smtputf8: bool,
    dsn: bool,
    starttls: bool,
    size: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    Greeting,
    Ehlo,
    Helo,
    StartTls,
    Rset,
    Mail,
    Rcpt,
    Data,
    Dot,
    Quit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Greeting to EHLO's reply.
    Opening,
    /// TLS is being negotiated by the driver.
    Securing,
    /// Waits for a mail.
    Idle,
    /// MAIL, RCPT, DATA.
    Envelope,
    /// A new ticket was asked for.
    Renewing,
    /// The first piece of content is being written.
    First,
    /// The rest is being written.
    Rest,
    /// The final dot is on its way.
    Dot,
    /// QUIT.
    Leaving,
    /// Over.
    Closed,
}

/// A mail at hand.
#[derive(Clone, Debug)]
struct Hand {
    order: Order,
    /// The reading before the latest granted ticket.
    ticket: Reading,
    /// The first refusal of this transaction.
    refused: Option<(Stage, Reply)>,
}

/// One dialog.
#[derive(Debug)]
pub struct Dialog {
    helo: String,
    tls: TlsUse,
    secured: bool,
    phase: Phase,
    offer: Offer,
    received: Vec<u8>,
    awaited: VecDeque<Awaited>,
    commands: VecDeque<Command>,
    hand: Option<Hand>,
    /// A transaction may be open on the server.
    needs_rset: bool,
    /// When the present phase began.
    since: Reading,
    /// Why the connection could not be opened, for the mails that wait for it.
    trouble: Option<Reply>,
}

impl Dialog {
    /// A dialog on a fresh connection; the server speaks first.
    #[must_use]
    pub fn new(helo: &str, tls: TlsUse, now: Reading) -> Self {
        Self {
            helo: helo.to_owned(),
            tls,
            secured: false,
            phase: Phase::Opening,
            offer: Offer::default(),
            received: Vec::new(),
            awaited: VecDeque::from([Awaited::Greeting]),
            commands: VecDeque::new(),
            hand: None,
            needs_rset: false,
            since: now,
            trouble: None,
        }
    }

    /// What the driver does next; none: it waits for bytes, or for [`Dialog::deadline`].
    pub fn command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// What the server said when it did not let us in.
    #[must_use]
    pub const fn trouble(&self) -> Option<&Reply> {
        self.trouble.as_ref()
    }

    /// When [`Event::TimedOut`] is due.
    #[must_use]
    pub fn deadline(&self) -> Reading {
        let before_dot = self.hand.as_ref().map(|hand| hand.order.started + BEFORE_DOT);
        match self.phase {
            Phase::Dot => self.since + AFTER_DOT,
            Phase::Leaving => self.since + FAREWELL,
            _ => before_dot.unwrap_or(self.since + OPENING),
        }
    }

    /// Takes a mail; only after [`Command::Ready`].
    pub fn take(&mut self, order: Order, now: Reading) {
        let ticket = order.started;
        let limit = self.offer.size.unwrap_or(0);
        let unfit = if order.smtputf8 && !self.offer.smtputf8 {
            Some(End::NoSmtpUtf8)
        } else if order.eight_bit && !self.offer.eight_bit {
            let status = Some(EnhancedStatus::new(5, 6, 3));
            Some(End::Refused(Stage::Data, Reply::new(554, status, "the server takes no 8-bit content")))
        } else if limit > 0 && order.size > limit {
            let status = Some(EnhancedStatus::new(5, 3, 4));
            Some(End::Refused(Stage::Data, Reply::new(552, status, "larger than the server takes")))
        } else {
            None
        };
        self.hand = Some(Hand { order, ticket, refused: None });
        if let Some(end) = unfit {
            self.report(end, now);
        } else {
            self.enter(Phase::Envelope, now);
            self.begin_envelope();
        }
    }

    /// Tells the dialog what happened.
    pub fn handle(&mut self, event: Event<'_>, now: Reading) {
        match event {
            Event::Received(bytes) => self.receive(bytes, now),
            Event::Secured => self.secure(now),
            Event::Written { may_send } => self.written(may_send, now),
            Event::Renewed(ticket) => self.renewed(ticket, now),
            Event::Closed => self.lost("the server closed the connection", now),
            Event::TimedOut => self.lost("the server did not answer in time", now),
            Event::Finish => self.finish(now),
        }
    }

    fn enter(&mut self, phase: Phase, now: Reading) {
        self.phase = phase;
        self.since = now;
    }

    fn write(&mut self, line: &str, awaited: Awaited) {
        self.commands.push_back(Command::Write(format!("{line}\r\n").into_bytes()));
        self.awaited.push_back(awaited);
    }

    // ── replies ──────────────────────────────────────────────────────────

    fn receive(&mut self, bytes: &[u8], now: Reading) {
        if matches!(self.phase, Phase::Closed | Phase::Securing) {
            return;
        }
        self.received.extend_from_slice(bytes);
        loop {
            match Reply::read(&self.received) {
                Ok(None) => return,
                Ok(Some((reply, used))) => {
                    self.received.drain(..used);
                    self.reply(reply, now);
                }
                Err(_) => return self.lost("the server broke the protocol", now),
            }
            if matches!(self.phase, Phase::Closed | Phase::Securing) {
                return;
            }
        }
    }

    fn reply(&mut self, reply: Reply, now: Reading) {
        let Some(awaited) = self.awaited.pop_front() else {
            return self.unasked(reply, now);
        };
        match awaited {
            Awaited::Greeting => self.greeted(reply, now),
            Awaited::Ehlo => self.introduced(reply, now),
            Awaited::Helo => {
                self.offer = Offer::default();
                self.opened(reply, now);
            }
            Awaited::StartTls => self.tls_answered(&reply, now),
            Awaited::Rset if !reply.is_positive() => self.lost("the server refused RSET", now),
            Awaited::Rset if self.awaited.is_empty() => {
                self.needs_rset = false;
                self.begin_envelope();
            }
            Awaited::Rset => {}
            Awaited::Mail => self.envelope_answered(Stage::Mail, reply, now),
            Awaited::Rcpt => self.envelope_answered(Stage::Rcpt, reply, now),
            Awaited::Data => self.data_answered(reply, now),
            Awaited::Dot => self.dot_answered(reply, now),
            Awaited::Quit => self.close(),
        }
    }

    /// A reply that nobody asked for. While content is written it is the server's early "no";
    /// anywhere else the dialog is out of step and ends.
    fn unasked(&mut self, reply: Reply, now: Reading) {
        let early_no = matches!(self.phase, Phase::First | Phase::Rest | Phase::Renewing) && is_no(&reply);
        if early_no {
            self.report_and_close(End::Refused(Stage::Data, reply));
        } else {
            self.lost("the server spoke out of turn", now);
        }
    }

    fn greeted(&mut self, reply: Reply, now: Reading) {
        if reply.code() == Some(220) {
            self.write(&format!("EHLO {}", self.helo), Awaited::Ehlo);
        } else {
            self.shut_out(reply, now);
        }
    }

    fn introduced(&mut self, reply: Reply, now: Reading) {
        // 500, 501, 502, 504: the server is older than EHLO.
        if matches!(reply.code(), Some(500..=504)) && !self.secured {
            return self.write(&format!("HELO {}", self.helo), Awaited::Helo);
        }
        if reply.is_positive() {
            self.offer = Offer::read(&reply);
        }
        if self.offer.starttls && !self.secured && self.tls == TlsUse::Opportunistic && reply.is_positive() {
            return self.write("STARTTLS", Awaited::StartTls);
        }
        self.opened(reply, now);
    }

    fn opened(&mut self, reply: Reply, now: Reading) {
        if reply.is_positive() {
            self.enter(Phase::Idle, now);
            self.commands.push_back(Command::Ready);
        } else {
            self.shut_out(reply, now);
        }
    }

    fn tls_answered(&mut self, reply: &Reply, now: Reading) {
        if reply.code() == Some(220) && self.received.is_empty() {
            self.enter(Phase::Securing, now);
            self.commands.push_back(Command::StartTls);
        } else if reply.code() == Some(220) {
            // Bytes behind the go-ahead were not sent under TLS: somebody injects them (C2).
            self.received.clear();
            self.lost("the server spoke before TLS", now);
        } else {
            self.enter(Phase::Idle, now);
            self.commands.push_back(Command::Ready);
        }
    }

    fn secure(&mut self, now: Reading) {
        self.received.clear();
        self.offer = Offer::default();
        self.secured = true;
        self.enter(Phase::Opening, now);
        self.write(&format!("EHLO {}", self.helo), Awaited::Ehlo);
    }

    fn shut_out(&mut self, reply: Reply, now: Reading) {
        self.trouble = Some(reply);
        self.finish(now);
    }

    // ── one mail ─────────────────────────────────────────────────────────

    fn begin_envelope(&mut self) {
        let Some(hand) = &self.hand else { return };
        let mail = mail_line(&hand.order, &self.offer);
        let rcpt = rcpt_line(&hand.order, &self.offer);
        let mut lines = Vec::new();
        if self.needs_rset {
            lines.push(("RSET".to_owned(), Awaited::Rset));
        }
        // Without PIPELINING every command waits for its reply, RSET too.
        if self.offer.pipelining || !self.needs_rset {
            lines.push((mail, Awaited::Mail));
        }
        if self.offer.pipelining {
            lines.push((rcpt, Awaited::Rcpt));
            lines.push(("DATA".to_owned(), Awaited::Data));
        }
        self.needs_rset = true;
        let mut text = String::new();
        for (line, awaited) in lines {
            text.push_str(&line);
            text.push_str("\r\n");
            self.awaited.push_back(awaited);
        }
        self.commands.push_back(Command::Write(text.into_bytes()));
    }

    fn envelope_answered(&mut self, stage: Stage, reply: Reply, now: Reading) {
        let Some(hand) = &mut self.hand else { return self.lost("the server spoke out of turn", now) };
        if !reply.is_positive() && hand.refused.is_none() {
            hand.refused = Some((stage, reply));
        }
        if !self.awaited.is_empty() {
            return;
        }
        if let Some((stage, reply)) = hand.refused.take() {
            return self.report(End::Refused(stage, reply), now);
        }
        if stage == Stage::Mail {
            let line = rcpt_line(&hand.order, &self.offer);
            self.write(&line, Awaited::Rcpt);
        } else {
            self.write("DATA", Awaited::Data);
        }
    }

    fn data_answered(&mut self, reply: Reply, now: Reading) {
        let go_ahead = reply.code() == Some(354);
        let Some(hand) = &mut self.hand else { return self.lost("the server spoke out of turn", now) };
        match (hand.refused.take(), go_ahead) {
            (None, true) if now.elapsed_since(hand.ticket) <= TICKET => {
                self.enter(Phase::First, now);
                self.commands.push_back(Command::WriteFirst);
            }
            (None, true) => {
                self.enter(Phase::Renewing, now);
                self.commands.push_back(Command::Renew);
            }
            // A go-ahead without a recipient: any dot would make an empty message. Leave.
            (Some((stage, reply)), true) => self.report_and_close(End::Refused(stage, reply)),
            (Some((stage, reply)), false) => self.report(End::Refused(stage, reply), now),
            (None, false) if is_no(&reply) => self.report(End::Refused(Stage::Data, reply), now),
            (None, false) => self.lost("the server broke the protocol", now),
        }
    }

    fn renewed(&mut self, ticket: Option<Reading>, now: Reading) {
        let (Phase::Renewing, Some(hand)) = (self.phase, &mut self.hand) else { return };
        match ticket {
            Some(ticket) if now.elapsed_since(ticket) <= TICKET => {
                hand.ticket = ticket;
                self.enter(Phase::First, now);
                self.commands.push_back(Command::WriteFirst);
            }
            _ => self.report_and_close(End::TicketReturned),
        }
    }

    fn written(&mut self, may_send: bool, now: Reading) {
        let Some(hand) = &self.hand else { return };
        let late = now.elapsed_since(hand.ticket) > TICKET;
        let too_long = now.elapsed_since(hand.order.started) >= BEFORE_DOT;
        match self.phase {
            Phase::First if late => self.report_and_close(End::TicketReturned),
            Phase::First => {
                self.enter(Phase::Rest, now);
                self.commands.push_back(Command::WriteRest);
            }
            Phase::Rest if !may_send => self.report_and_close(End::TicketReturned),
            Phase::Rest if too_long => self.lost("the server took the content too slowly", now),
            Phase::Rest => {
                self.enter(Phase::Dot, now);
                self.awaited.push_back(Awaited::Dot);
                self.commands.push_back(Command::WriteDot);
            }
            _ => {}
        }
    }

    fn dot_answered(&mut self, reply: Reply, now: Reading) {
        self.needs_rset = false;
        if reply.is_positive() {
            self.report(End::Accepted(reply), now);
        } else if is_no(&reply) {
            self.report(End::Refused(Stage::Data, reply), now);
        } else {
            // 354 again or something else that says neither yes nor no.
            self.lost("the server broke the protocol", now);
        }
    }

    // ── ends ─────────────────────────────────────────────────────────────

    fn report(&mut self, end: End, now: Reading) {
        // 421 means that the server is closing whatever we do.
        let leaving = matches!(&end, End::Refused(_, reply) if reply.code() == Some(421));
        if leaving || !end.keeps_connection() {
            return self.report_and_close(end);
        }
        self.hand = None;
        self.commands.push_back(Command::Report(end));
        self.enter(Phase::Idle, now);
        self.commands.push_back(Command::Ready);
    }

    fn report_and_close(&mut self, end: End) {
        self.hand = None;
        self.commands.push_back(Command::Report(end));
        self.close();
    }

    fn lost(&mut self, why: &'static str, now: Reading) {
        let after_dot = self.phase == Phase::Dot;
        if self.hand.take().is_some() {
            let end = if after_dot { End::Unknown } else { End::Broken(why) };
            self.commands.push_back(Command::Report(end));
        } else if matches!(self.phase, Phase::Opening | Phase::Securing) && self.trouble.is_none() {
            self.trouble = Some(Reply::new(421, Some(EnhancedStatus::new(4, 4, 2)), why));
        }
        self.since = now;
        self.close();
    }

    fn finish(&mut self, now: Reading) {
        if matches!(self.phase, Phase::Closed | Phase::Leaving) {
            return;
        }
        self.enter(Phase::Leaving, now);
        self.write("QUIT", Awaited::Quit);
    }

    fn close(&mut self) {
        if self.phase != Phase::Closed {
            self.phase = Phase::Closed;
            self.commands.push_back(Command::Close);
        }
    }
}

/// 4yz or 5yz.
fn is_no(reply: &Reply) -> bool {
    matches!(reply.code(), Some(400..=599))
}

impl Offer {
    fn read(reply: &Reply) -> Self {
        let mut offer = Self::default();
        for line in reply.lines().iter().skip(1) {
            let mut words = line.split_ascii_whitespace();
            match words.next().unwrap_or_default().to_ascii_uppercase().as_str() {
                "PIPELINING" => offer.pipelining = true,
                "8BITMIME" => offer.eight_bit = true,
                "SMTPUTF8" => offer.smtputf8 = true,
                "DSN" => offer.dsn = true,
                "STARTTLS" => offer.starttls = true,
                "SIZE" => offer.size = Some(words.next().and_then(|size| size.parse().ok()).unwrap_or(0)),
                _ => {}
            }
        }
        offer
    }
}

fn mail_line(order: &Order, offer: &Offer) -> String {
    let mut line = format!("MAIL FROM:<{}>", order.return_path);
    if offer.size.is_some() {
        let _ = write!(line, " SIZE={}", order.size);
    }
    if order.eight_bit && offer.eight_bit {
        line.push_str(" BODY=8BITMIME");
    }
    if order.smtputf8 {
        line.push_str(" SMTPUTF8");
    }
    if offer.dsn {
        // The return path names person, message and attempt: it is the best envelope id (T10).
        let local = order.return_path.split('@').next().unwrap_or_default();
        let _ = write!(line, " RET=HDRS ENVID={}", xtext(local));
    }
    line
}

fn rcpt_line(order: &Order, offer: &Offer) -> String {
    let mut line = format!("RCPT TO:<{}>", order.recipient);
    if offer.dsn {
        line.push_str(" NOTIFY=FAILURE,DELAY");
        // An internationalised address would need the form utf-8-addr-xtext; without it the
        // return path alone identifies the mail.
        if order.recipient.is_ascii() {
            let _ = write!(line, " ORCPT=rfc822;{}", xtext(&order.recipient));
        }
    }
    line
}

/// RFC 3461 §4: printable ASCII but `+` and `=`, everything else as `+XX`. At most 100 octets in,
/// which keeps ENVID within its limit for our own names.
fn xtext(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes().take(300) {
        match byte {
            b'!'..=b'~' if byte != b'+' && byte != b'=' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "+{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests;
