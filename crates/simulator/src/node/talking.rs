//! Drives one dialog over the model network: moves bytes, reads the clock, asks for tickets. The
//! counterpart of the program's `connection`.

use delivery::machine::{Command, Event};
use delivery::parts::FIRST_PIECE;

use super::{LineState, Wire};
use crate::clock::{MILLI, MINUTE, Nanos};
use crate::network::{Answer, Mood};
use crate::story::About;
use crate::world::{self, Piece, ToNode, World};

/// From a command to the bytes in the system's hands.
const WRITE: Nanos = 30_000;

impl World {
    /// Tells the dialog what happened and goes on with it.
    pub(super) fn dialog_hears(&mut self, node: usize, number: u64, event: Event<'_>) {
        let reading = self.nodes[node].clock.reading(self.now);
        if let Some(dialog) = self.line(node, number).and_then(|line| line.dialog.as_mut()) {
            dialog.handle(event, reading);
            self.drive(node, number);
        }
    }

    /// Does what the dialog commands, until it waits for something.
    pub(super) fn drive(&mut self, node: usize, number: u64) {
        loop {
            let Some(line) = self.line(node, number) else { return };
            line.reading = false;
            let Some(dialog) = &mut line.dialog else { return };
            if let Some(command) = dialog.command() {
                if self.obey(node, number, command) {
                    return;
                }
                continue;
            }
            line.reading = true;
            let Some(wire) = line.inbox.pop_front() else { return self.plan_deadline(node, number) };
            self.hear_wire(node, number, &wire);
        }
    }

    fn hear_wire(&mut self, node: usize, number: u64, wire: &Wire) {
        let reading = self.nodes[node].clock.reading(self.now);
        let Some(line) = self.line(node, number) else { return };
        line.tls_failed |= matches!(wire, Wire::TlsFailed);
        let event = match wire {
            Wire::Bytes(bytes) => Event::Received(bytes),
            Wire::Secured => Event::Secured,
            Wire::TlsFailed | Wire::Closed => Event::Closed,
        };
        if let Some(dialog) = &mut line.dialog {
            dialog.handle(event, reading);
        }
    }

    /// Something came from the wire. It is read when somebody reads.
    pub(crate) fn wire(&mut self, node: usize, number: u64, conn: u64, wire: Wire) {
        let Some(line) = self.line(node, number) else { return };
        if line.conn != Some(conn) {
            return;
        }
        line.inbox.push_back(wire);
        if line.reading {
            self.drive(node, number);
        }
    }

    /// Returns whether something else goes on from here.
    fn obey(&mut self, node: usize, number: u64, command: Command) -> bool {
        match command {
            Command::Write(bytes) => self.soon(node, number, Piece::Bytes(bytes)),
            Command::WriteFirst => self.soon(node, number, Piece::First),
            Command::WriteRest => self.soon(node, number, Piece::Rest),
            Command::WriteDot => self.soon(node, number, Piece::Dot),
            Command::StartTls => self.start_tls(node, number),
            Command::Renew => self.renew(node, number),
            Command::Ready => self.ready(node, number),
            Command::Report(end) => self.ended(node, number, end),
            Command::Close => self.close(node, number),
        }
        true
    }

    fn soon(&mut self, node: usize, number: u64, piece: Piece) {
        self.tell_node(node, WRITE, ToNode::Write(number, piece));
    }

    fn start_tls(&mut self, node: usize, number: u64) {
        let fails = self.chance.permille(40);
        let Some(line) = self.line(node, number) else { return };
        let (Some(conn), provider) = (line.conn, line.provider) else { return };
        line.reading = true;
        let wire = if fails { Wire::TlsFailed } else { Wire::Secured };
        let after = 4 * self.providers[provider].latency;
        self.tell_node(node, after, ToNode::Wire(number, conn, wire));
    }

    fn renew(&mut self, node: usize, number: u64) {
        let Some(line) = self.line(node, number) else { return };
        let LineState::Talking(mail) = &line.state else { return };
        let start = mail.start;
        self.tell_of_node(node, About::row(start.claim.row), "354 came late: asks for a new ticket");
        self.want_ticket(node, number, start, true);
    }

    fn ready(&mut self, node: usize, number: u64) {
        let Some(line) = self.line(node, number) else { return };
        match std::mem::replace(&mut line.state, LineState::Nothing) {
            LineState::Opening(ready) => self.begin_mail(node, number, ready),
            _ => self.next(node, number),
        }
    }

    fn close(&mut self, node: usize, number: u64) {
        let Some(line) = self.line(node, number) else { return };
        let trouble = line.dialog.take().and_then(|dialog| dialog.trouble().cloned());
        let (conn, provider) = (line.conn.take(), line.provider);
        line.inbox.clear();
        if let Some(conn) = conn {
            let latency = self.providers[provider].latency;
            self.at(self.now + latency, world::Event::Provider(conn, None));
        }
        let Some(line) = self.line(node, number) else { return };
        match std::mem::replace(&mut line.state, LineState::Nothing) {
            LineState::Opening(ready) => {
                line.state = LineState::Opening(ready);
                self.no_connection(node, number, trouble);
            }
            LineState::Leaving(then) => self.left(node, number, then),
            _ => self.next(node, number),
        }
    }

    // ── writing ──────────────────────────────────────────────────────────

    /// The moment in which bytes leave the process.
    pub(crate) fn write(&mut self, node: usize, number: u64, piece: Piece) {
        let now = self.now;
        let wait = self.write_takes(node, number, &piece);
        let Some(line) = self.line(node, number) else { return };
        let Some(conn) = line.conn else { return };
        let provider = line.provider;
        let LineState::Talking(mail) = &mut line.state else {
            let Piece::Bytes(bytes) = piece else { return };
            self.send(conn, provider, bytes);
            return self.drive(node, number);
        };
        let cut = mail.content.len().min(FIRST_PIECE);
        let claim = mail.row.claim;
        let (bytes, content) = match piece {
            Piece::Bytes(bytes) => (bytes, false),
            Piece::First => (mail.content[..cut].to_vec(), true),
            Piece::Rest => (mail.content[cut..].to_vec(), true),
            Piece::Dot => {
                mail.dot_at = Some(now);
                let looked_at = mail.looked_at;
                self.check_dot(node, claim, looked_at);
                (b".\r\n".to_vec(), false)
            }
        };
        if content && let Some(conn) = self.conns.get_mut(&conn) {
            conn.carries = Some((claim.row, claim.attempt));
        }
        self.send(conn, provider, bytes);
        match wait {
            Some(wait) if content => self.tell_node(node, wait, ToNode::Wrote(number, true)),
            None if content => {
                let left = self.left_to_deadline(node, number);
                self.tell_node(node, left, ToNode::Wrote(number, false));
            }
            _ => self.drive(node, number),
        }
    }

    /// How long the system takes for a piece; none: longer than the dialog waits.
    fn write_takes(&mut self, node: usize, number: u64, piece: &Piece) -> Option<Nanos> {
        let provider = self.line(node, number)?.provider;
        let slow = self.providers[provider].mood == Mood::SlowReader && matches!(piece, Piece::First | Piece::Rest);
        if !slow {
            return Some(10_000);
        }
        let wait = self.chance.skewed(100 * MILLI, 5 * MINUTE);
        (wait < self.left_to_deadline(node, number)).then_some(wait)
    }

    fn send(&mut self, conn: u64, provider: usize, bytes: Vec<u8>) {
        let latency = self.providers[provider].latency;
        self.at(self.now + latency, world::Event::Provider(conn, Some(bytes)));
    }

    /// A piece of content is in the system's hands: a look at clock and lock follows.
    pub(crate) fn wrote(&mut self, node: usize, number: u64, in_time: bool) {
        if !in_time {
            return self.dialog_hears(node, number, Event::TimedOut);
        }
        let (now, may_send) = (self.now, self.may_send(node));
        if let Some(line) = self.line(node, number)
            && let LineState::Talking(mail) = &mut line.state
        {
            mail.looked_at = now;
        }
        self.dialog_hears(node, number, Event::Written { may_send });
    }

    // ── deadlines ────────────────────────────────────────────────────────

    fn left_to_deadline(&mut self, node: usize, number: u64) -> Nanos {
        let (now, clock) = (self.now, self.nodes[node].clock.clone());
        let Some(dialog) = self.line(node, number).and_then(|line| line.dialog.as_ref()) else { return 0 };
        clock.after(now, dialog.deadline().elapsed_since(clock.reading(now))) - now
    }

    fn plan_deadline(&mut self, node: usize, number: u64) {
        let after = self.left_to_deadline(node, number);
        let when = self.now + after;
        let Some(line) = self.line(node, number) else { return };
        if line.timer.is_none_or(|timer| timer > when) {
            line.timer = Some(when);
            self.tell_node(node, after, ToNode::Deadline(number));
        }
    }

    pub(crate) fn deadline(&mut self, node: usize, number: u64) {
        let now = self.now;
        let reading = self.nodes[node].clock.reading(now);
        let Some(line) = self.line(node, number) else { return };
        if line.timer.is_some_and(|timer| timer > now) {
            return;
        }
        line.timer = None;
        let Some(dialog) = line.dialog.as_ref().filter(|_| line.reading) else { return };
        if reading >= dialog.deadline() {
            self.dialog_hears(node, number, Event::TimedOut);
        } else {
            self.plan_deadline(node, number);
        }
    }

    // ── the other side ───────────────────────────────────────────────────

    /// Bytes reach a provider, or the news that the node closed the connection.
    pub(crate) fn provider_hears(&mut self, conn: u64, bytes: Option<Vec<u8>>) {
        let Some(bytes) = bytes else {
            self.conns.remove(&conn);
            return;
        };
        let Some(mut open) = self.conns.remove(&conn) else { return };
        let provider = open.provider;
        let now = self.now;
        let tried: Vec<usize> = named(&bytes);
        for person in tried {
            if let Some(person) = self.people.get_mut(person) {
                person.first_tried.get_or_insert(now);
            }
        }
        let people = &self.people;
        let mailbox =
            |person: usize| people.get(person).map_or(crate::network::Mailbox::Gone, |one| one.mailbox_at(now));
        let answers = open.receive(&bytes, &self.providers[provider], &self.chance, now, mailbox);
        self.conns.insert(conn, open);
        let latency = self.providers[provider].latency;
        self.provider_answers(conn, answers, latency);
    }

    /// What a provider says reaches the node after its latency, in order.
    pub(super) fn provider_answers(&mut self, conn: u64, answers: Vec<Answer>, latency: Nanos) {
        for answer in answers {
            match answer {
                Answer::Say(words, wait) => self.provider_says(conn, words, wait, latency),
                Answer::Take { bytes, say } => {
                    self.completed(conn, &bytes);
                    if let Some((words, wait)) = say {
                        self.provider_says(conn, words, wait, latency);
                    }
                }
                Answer::Cut(wait) => {
                    if let Some(when) = self.in_order(conn, wait, latency) {
                        self.send_to_line(conn, when, Wire::Closed);
                    }
                    if let Some(open) = self.conns.get_mut(&conn) {
                        open.closed = true;
                    }
                }
                Answer::Secure => {}
            }
        }
    }

    fn provider_says(&mut self, conn: u64, words: String, wait: Nanos, latency: Nanos) {
        if let Some(when) = self.in_order(conn, wait, latency) {
            self.send_to_line(conn, when, Wire::Bytes(words.into_bytes()));
        }
    }

    /// When an answer arrives: never before an earlier one.
    fn in_order(&mut self, conn: u64, wait: Nanos, latency: Nanos) -> Option<Nanos> {
        let open = self.conns.get_mut(&conn)?;
        open.quiet_until = open.quiet_until.max(self.now + wait);
        Some(open.quiet_until + latency)
    }

    fn send_to_line(&mut self, conn: u64, when: Nanos, wire: Wire) {
        if let Some(open) = self.conns.get(&conn) {
            let (node, life, line) = (open.node, open.life, open.line);
            self.at(when, world::Event::Node(node, life, ToNode::Wire(line, conn, wire)));
        }
    }
}

/// The people whose recipients' names stand in these bytes.
fn named(bytes: &[u8]) -> Vec<usize> {
    if !bytes.starts_with(b"MAIL") && !bytes.starts_with(b"RCPT") && !bytes.starts_with(b"RSET") {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(bytes);
    let numbers = text.split("TO:<p").skip(1).filter_map(|rest| rest.split('@').next()?.parse().ok());
    numbers.collect()
}
