//! One SMTP connection to the fake provider.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::behaviour::{Behaviour, Close, Reply, TlsFault};
use super::record::{Recipient, Record};
use super::{Presence, Shared};
use crate::clock::monotonic_now_ns;
use crate::wire::Wire;

/// The end of a connection that the script wants.
struct Ended;

type Step = Result<(), Ended>;

impl From<io::Error> for Ended {
    fn from(_: io::Error) -> Self {
        Self
    }
}

pub(crate) struct Session {
    shared: Arc<Shared>,
    wire: Option<Wire>,
    presence: Presence,
    peer: SocketAddr,
    listener: SocketAddr,
    tls: bool,
    helo: String,
    /// How the connection is treated until a recipient says otherwise.
    base: Behaviour,
    /// How the present recipient is treated.
    now: Behaviour,
    transaction: Option<Record>,
}

impl Drop for Session {
    /// Whatever ends a connection, also the end of the provider itself: an open transaction is
    /// put down as it stands.
    fn drop(&mut self) {
        if let Some(record) = self.transaction.take() {
            self.shared.recorder.put(record, None);
        }
    }
}

impl Session {
    pub(crate) async fn run(presence: Presence, stream: TcpStream) {
        let shared = presence.shared.clone();
        let (Ok(peer), Ok(listener)) = (stream.peer_addr(), stream.local_addr()) else {
            return;
        };
        let base = shared.script().for_connection(listener.ip(), peer.ip());
        if base.reset {
            // Without waiting: closing then sends RST.
            let _ = stream.set_zero_linger();
        }
        let _ = stream.set_nodelay(true);
        let mut session = Self {
            shared,
            wire: Some(Wire::new(stream)),
            presence,
            peer,
            listener,
            tls: false,
            helo: String::new(),
            now: base.clone(),
            base,
            transaction: None,
        };
        let _ = session.serve().await;
    }

    fn wire(&mut self) -> &mut Wire {
        self.wire.as_mut().expect("the wire is only taken while TLS begins")
    }

    async fn serve(&mut self) -> Step {
        self.close_at(Close::AtConnect)?;
        let greeting = format!("220 {} ESMTP test provider", self.shared.config.host_name);
        let scripted = self.base.connect.clone();
        let greeting = scripted.unwrap_or(Reply::Line(greeting));
        self.reply(&greeting).await?;
        if !greeting.is_success() {
            return Err(Ended);
        }
        while let Some(line) = self.wire().line().await? {
            self.command(&line).await?;
        }
        Ok(())
    }

    async fn command(&mut self, line: &str) -> Step {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.ehlo(rest).await,
            "HELO" => {
                self.helo = rest.to_owned();
                self.say("250 hello").await
            }
            "STARTTLS" if self.shared.config.tls && !self.tls => self.starttls().await,
            "MAIL" => self.mail(rest).await,
            "RCPT" => self.rcpt(rest).await,
            "DATA" => self.data().await,
            "RSET" => {
                self.end_transaction();
                self.say("250 2.0.0 forgotten").await
            }
            "NOOP" => self.say("250 2.0.0 still here").await,
            "QUIT" => {
                self.end_transaction();
                self.say("221 2.0.0 bye").await?;
                Err(Ended)
            }
            _ => self.say("500 5.5.1 unknown command").await,
        }
    }

    async fn ehlo(&mut self, name: &str) -> Step {
        self.end_transaction();
        self.helo = name.to_owned();
        self.close_at(Close::AtEhlo)?;
        if let Some(reply) = self.base.ehlo.clone() {
            return self.reply(&reply).await;
        }
        let config = &self.shared.config;
        let mut words = vec![config.host_name.clone(), format!("SIZE {}", config.max_size)];
        let offered = [
            (config.pipelining, "PIPELINING"),
            (config.eightbitmime, "8BITMIME"),
            (config.smtputf8, "SMTPUTF8"),
            (config.dsn, "DSN"),
            (config.tls && !self.tls, "STARTTLS"),
            (true, "ENHANCEDSTATUSCODES"),
        ];
        words.extend(offered.iter().filter(|(on, _)| *on).map(|(_, word)| (*word).to_owned()));
        let last = words.len() - 1;
        let lines: Vec<String> = words
            .iter()
            .enumerate()
            .map(|(at, word)| format!("250{}{word}", if at == last { ' ' } else { '-' }))
            .collect();
        self.say(&lines.join("\r\n")).await
    }

    async fn starttls(&mut self) -> Step {
        match self.base.tls {
            TlsFault::Refused => return self.say("454 4.7.0 TLS not available now").await,
            TlsFault::Injection => {
                self.say("220 2.0.0 go ahead\r\n250 2.0.0 injected in clear").await?;
            }
            _ => self.say("220 2.0.0 go ahead").await?,
        }
        match self.base.tls {
            TlsFault::Closed => return Err(Ended),
            TlsFault::Garbage => {
                self.wire().send(b"this is no TLS, nor will it ever be\r\n").await?;
                return Err(Ended);
            }
            _ => {}
        }
        let mut wire = self.wire.take().ok_or(Ended)?;
        wire.discard();
        let acceptor = TlsAcceptor::from(crate::tls::server_config());
        self.wire = Some(Wire::new(acceptor.accept(wire.stream).await?));
        self.tls = true;
        self.helo.clear();
        Ok(())
    }

    async fn mail(&mut self, rest: &str) -> Step {
        let at = self.wire().filled_ns();
        self.end_transaction();
        let Some((mail_from, parameters)) = path(rest, "FROM:") else {
            return self.say("501 5.5.4 malformed MAIL").await;
        };
        self.now = self.base.clone();
        let mut record = Record {
            connection: self.presence.number,
            peer: Some(self.peer),
            listener: Some(self.listener),
            helo: self.helo.clone(),
            tls: self.tls,
            mail_from,
            mail_parameters: parameters,
            mail_ns: at,
            ..Record::default()
        };
        let reply = self.base.mail.clone().unwrap_or(Reply::line("250 2.1.0 sender ok"));
        record.mail_reply = first_line(&reply);
        self.transaction = Some(record);
        self.close_at(Close::AtMail)?;
        self.reply(&reply).await?;
        if !reply.is_success() {
            self.end_transaction();
        }
        Ok(())
    }

    async fn rcpt(&mut self, rest: &str) -> Step {
        let rcpt_ns = self.wire().filled_ns();
        let Some((address, parameters)) = path(rest, "TO:") else {
            return self.say("501 5.5.4 malformed RCPT").await;
        };
        if self.transaction.is_none() {
            return self.say("503 5.5.1 MAIL first").await;
        }
        let own = self.shared.script().for_recipient(&address);
        let now = own.unwrap_or_else(|| self.base.clone());
        let reply = now.rcpt.clone().unwrap_or(Reply::line("250 2.1.5 recipient ok"));
        let closes = now.close == Some(Close::AtRcpt);
        let said = if closes { String::new() } else { first_line(&reply) };
        let recipient = Recipient { address, parameters, reply: said, rcpt_ns };
        if !reply.is_success() && !closes {
            self.shared.recorder.refuse(recipient.clone());
        }
        if let Some(record) = &mut self.transaction {
            record.recipients.push(recipient);
        }
        self.now = now;
        self.close_at(Close::AtRcpt)?;
        self.reply(&reply).await
    }

    async fn data(&mut self) -> Step {
        let at = self.wire().filled_ns();
        let early = !self.wire().waiting().is_empty();
        let Some(record) = &mut self.transaction else {
            return self.say("503 5.5.1 MAIL first").await;
        };
        record.data_ns = Some(at);
        record.early_content = early;
        if record.accepted_recipients().next().is_none() {
            return self.say("503 5.5.1 no valid recipients").await;
        }
        self.close_at(Close::AtData)?;
        let reply = self.now.data.clone().unwrap_or(Reply::line("354 go ahead"));
        if reply.wire().first() != Some(&b'3') {
            self.note(|record| record.reply = Some(first_line(&reply)));
            self.end_transaction();
            return self.reply(&reply).await;
        }
        self.reply(&reply).await?;
        self.note(|record| record.go_ahead_ns = Some(monotonic_now_ns()));
        let content = self.content().await?;
        self.finish(content).await
    }

    /// Reads content up to CR LF . CR LF, and nothing else ends it.
    async fn content(&mut self) -> Result<Vec<u8>, Ended> {
        const END: &[u8] = b"\r\n.\r\n";
        let cut = match self.now.close {
            Some(Close::InData(bytes)) => Some(bytes),
            _ => None,
        };
        // As if the line end of DATA were the first of the content: then a lone dot is found too.
        let mut content = b"\r\n".to_vec();
        let mut looked = 0;
        loop {
            let waiting = self.wire().waiting().len();
            if waiting > 0 {
                let at = self.wire().filled_ns();
                self.note(|record| {
                    record.first_byte_ns.get_or_insert(at);
                });
                let piece = self.wire().take(waiting);
                content.extend_from_slice(&piece);
            }
            let size = content.len() - 2;
            let end = find(&content[looked..], END).map(|place| looked + place);
            if cut.is_some_and(|bytes| size >= bytes || end.is_some()) {
                self.note(|record| record.size = size);
                return Err(Ended);
            }
            if let Some(end) = end {
                let surplus = content.split_off(end + END.len());
                self.note(|record| record.past_dot = !surplus.is_empty());
                self.wire().put_back(surplus);
                content.truncate(end + 2);
                return Ok(unstuff(&content));
            }
            looked = content.len().saturating_sub(END.len() - 1);
            if size > self.shared.config.max_size * 2 || !self.wire().fill().await? {
                self.note(|record| record.size = size);
                return Err(Ended);
            }
        }
    }

    async fn finish(&mut self, content: Vec<u8>) -> Step {
        let at = self.wire().filled_ns();
        let too_big = content.len() > self.shared.config.max_size;
        let size_reply = too_big.then(|| Reply::line("552 5.3.4 message too big"));
        let scripted = size_reply.or(self.now.dot.clone());
        let reply = scripted.unwrap_or(Reply::line("250 2.0.0 kept"));
        let silent = self.now.close == Some(Close::AfterDot);
        let Some(mut record) = self.transaction.take() else {
            return Err(Ended);
        };
        record.dot_ns = Some(at);
        record.completed = true;
        record.size = content.len();
        record.accepted = !silent && reply.is_success();
        record.reply = (!silent).then(|| first_line(&reply));
        // Written down before any waiting: the message exists since its dot came, whatever
        // becomes of its sender meanwhile.
        let place = self.shared.recorder.put(record, Some(content));
        pause(self.now.delay_ms + self.now.dot_delay_ms).await;
        self.close_at(Close::AfterDot)?;
        self.write(&reply).await?;
        self.shared.recorder.replied(place, monotonic_now_ns());
        self.close_at(Close::AfterReply)
    }

    fn note(&mut self, change: impl FnOnce(&mut Record)) {
        if let Some(record) = &mut self.transaction {
            change(record);
        }
    }

    fn end_transaction(&mut self) {
        if let Some(record) = self.transaction.take() {
            self.shared.recorder.put(record, None);
        }
        self.now = self.base.clone();
    }

    fn close_at(&self, point: Close) -> Step {
        if self.now.close == Some(point) { Err(Ended) } else { Ok(()) }
    }

    async fn say(&mut self, line: &str) -> Step {
        self.reply(&Reply::line(line)).await
    }

    async fn reply(&mut self, reply: &Reply) -> Step {
        pause(self.now.delay_ms).await;
        self.write(reply).await
    }

    async fn write(&mut self, reply: &Reply) -> Step {
        let wire = reply.wire();
        if !self.now.split {
            return Ok(self.wire().send(&wire).await?);
        }
        for byte in wire {
            self.wire().send(&[byte]).await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

async fn pause(milliseconds: u64) {
    if milliseconds > 0 {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}

/// The address in brackets after `word`, and what stands behind it.
fn path(rest: &str, word: &str) -> Option<(String, String)> {
    let rest = rest.trim_start();
    let rest = rest.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word)).map(|_| &rest[word.len()..])?;
    let inner = rest.trim_start().strip_prefix('<')?;
    // A quoted local part may hold '>': the last one before the parameters closes.
    let end = inner.find("> ").or_else(|| inner.rfind('>'))?;
    Some((inner[..end].to_owned(), inner[end + 1..].trim().to_owned()))
}

fn first_line(reply: &Reply) -> String {
    let wire = reply.wire();
    let text = String::from_utf8_lossy(&wire);
    text.lines().next().unwrap_or_default().to_owned()
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// Takes the leading CR LF of our own and the doubled dots away.
fn unstuff(content: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(content.len());
    let mut at = 0;
    while at < content.len() {
        if content[at..].starts_with(b"\r\n.") {
            plain.extend_from_slice(b"\r\n");
            at += 3;
        } else {
            plain.push(content[at]);
            at += 1;
        }
    }
    plain.split_off(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_unstuffed_at_line_starts_only() {
        assert_eq!(unstuff(b"\r\n..a\r\n.b\r\nc..d\r\n"), b".a\r\nb\r\nc..d\r\n");
        assert_eq!(unstuff(b"\r\n"), b"");
    }

    #[test]
    fn paths_are_read_with_parameters_and_empty() {
        let read = |text| path(text, "FROM:");
        assert_eq!(read("FROM:<a@b.test> SIZE=3"), Some(("a@b.test".into(), "SIZE=3".into())));
        assert_eq!(read("from: <>"), Some((String::new(), String::new())));
        assert_eq!(read("TO:<a@b.test>"), None);
        assert_eq!(read("FR\u{e9}\u{e9}"), None);
    }
}
