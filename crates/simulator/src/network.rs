//! The model of the network: providers that take mail, say no, or break the dialog.
//!
//! A provider speaks as much of RFC 5321 as the machine can hear. What it does with mail is its mood,
//! which the plan of the world changes; what it knows of an address is fixed.

use policy::RowId;

use crate::chance::Chance;
use crate::clock::{HOUR, MILLI, MINUTE, Nanos, SECOND};

/// How a provider is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Takes what it can.
    Fine,
    /// Defers every recipient.
    Storm,
    /// Answers connections with 421.
    TooBusy,
    /// No connection.
    Down,
    /// 354 comes late, by up to some seconds.
    LateGoAhead,
    /// Content is taken slowly.
    SlowReader,
    /// The connection is cut after the final dot, with the message taken or not.
    CutsAfterDot,
    /// The connection is cut somewhere before that.
    CutsBefore,
    /// The reply to the final dot comes late, sometimes later than it is awaited.
    LateReply,
    /// Refuses us for our reputation.
    PolicyBlock,
    /// Says of every address that it does not exist.
    ForgotItsUsers,
}

impl Mood {
    /// Moods that a plan draws from.
    pub(crate) const BAD: [Self; 10] = [
        Self::Storm,
        Self::TooBusy,
        Self::Down,
        Self::LateGoAhead,
        Self::SlowReader,
        Self::CutsAfterDot,
        Self::CutsBefore,
        Self::LateReply,
        Self::PolicyBlock,
        Self::ForgotItsUsers,
    ];
}

/// What a provider knows of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mailbox {
    Good,
    /// 4yz for ever: its mail expires.
    Full,
    /// 5.1.1.
    Gone,
    /// 4yz for the first quarter of an hour after the first try.
    Greylisted,
}

/// A provider.
pub(crate) struct Provider {
    pub(crate) domain: String,
    pub(crate) host: String,
    pub(crate) mood: Mood,
    /// One way.
    pub(crate) latency: Nanos,
    pub(crate) pipelining: bool,
    pub(crate) starttls: bool,
}

/// A connection, as the provider sees it.
pub(crate) struct Conn {
    pub(crate) provider: usize,
    pub(crate) node: usize,
    pub(crate) life: i64,
    pub(crate) line: u64,
    /// The provider has closed or lost it.
    pub(crate) closed: bool,
    greeted: bool,
    received: Vec<u8>,
    in_content: bool,
    recipient: Option<usize>,
    /// When `DATA` arrived.
    pub(crate) data_at: Nanos,
    /// What is on the wire: written by the node when it sends the first content.
    pub(crate) carries: Option<(RowId, i64)>,
    /// Replies leave in order.
    pub(crate) quiet_until: Nanos,
}

/// What the provider does next.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Says this, after a time.
    Say(String, Nanos),
    /// Has the whole message: it exists. Says this, after a time.
    Take { bytes: Vec<u8>, say: Option<(String, Nanos)> },
    /// Cuts the connection, after a time.
    Cut(Nanos),
    /// TLS begins.
    Secure,
}

impl Conn {
    pub(crate) const fn new(provider: usize, node: usize, life: i64, line: u64) -> Self {
        Self {
            provider,
            node,
            life,
            line,
            closed: false,
            greeted: false,
            received: Vec::new(),
            in_content: false,
            recipient: None,
            data_at: 0,
            carries: None,
            quiet_until: 0,
        }
    }

    /// The first words.
    pub(crate) fn greet(&mut self, of: &Provider, chance: &Chance) -> Vec<Answer> {
        self.greeted = true;
        match of.mood {
            Mood::TooBusy if chance.permille(800) => vec![
                Answer::Say("421 4.7.0 too many connections from you\r\n".to_owned(), MILLI),
                Answer::Cut(2 * MILLI),
            ],
            Mood::CutsBefore if chance.permille(200) => vec![Answer::Cut(MILLI)],
            _ => vec![Answer::Say(format!("220 {} ESMTP\r\n", of.host), MILLI)],
        }
    }

    /// Takes bytes; `mailbox` says what is known of the recipient with that number.
    pub(crate) fn receive(
        &mut self,
        bytes: &[u8],
        of: &Provider,
        chance: &Chance,
        at: Nanos,
        mailbox: impl Fn(usize) -> Mailbox,
    ) -> Vec<Answer> {
        self.received.extend_from_slice(bytes);
        let mut answers = Vec::new();
        loop {
            if self.closed {
                return answers;
            }
            if self.in_content {
                let Some(end) = find(&self.received, b"\r\n.\r\n") else { return answers };
                let message: Vec<u8> = self.received.drain(..end + 5).collect();
                self.in_content = false;
                answers.extend(self.dot(message, of, chance));
            } else {
                let Some(end) = find(&self.received, b"\r\n") else { return answers };
                let line: Vec<u8> = self.received.drain(..end + 2).collect();
                let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                answers.extend(self.command(&line, of, chance, at, &mailbox));
            }
        }
    }

    fn command(
        &mut self,
        line: &str,
        of: &Provider,
        chance: &Chance,
        at: Nanos,
        mailbox: &impl Fn(usize) -> Mailbox,
    ) -> Vec<Answer> {
        let say = |text: &str| vec![Answer::Say(format!("{text}\r\n"), MILLI)];
        let verb: String = line.chars().take_while(char::is_ascii_alphabetic).collect();
        match verb.as_str() {
            "EHLO" => {
                let mut offer = format!("250-{}\r\n250-8BITMIME\r\n250-SIZE 10000000\r\n", of.host);
                if of.pipelining {
                    offer.push_str("250-PIPELINING\r\n");
                }
                if of.starttls {
                    offer.push_str("250-STARTTLS\r\n");
                }
                vec![Answer::Say(offer + "250 ENHANCEDSTATUSCODES\r\n", MILLI)]
            }
            "STARTTLS" => {
                self.received.clear();
                vec![Answer::Say("220 2.0.0 go ahead\r\n".to_owned(), MILLI), Answer::Secure]
            }
            "MAIL" => {
                self.recipient = None;
                match of.mood {
                    Mood::PolicyBlock => say("550 5.7.1 blocked because of your reputation, see our policy"),
                    Mood::CutsBefore if chance.permille(150) => vec![Answer::Cut(MILLI)],
                    _ => say("250 2.1.0 ok"),
                }
            }
            "RCPT" => self.rcpt(line, of, chance, mailbox),
            "DATA" if self.recipient.is_none() => say("503 5.5.1 no recipient"),
            "DATA" => {
                self.data_at = at;
                self.in_content = true;
                self.go_ahead(of, chance)
            }
            "RSET" => say("250 2.0.0 ok"),
            "QUIT" => vec![Answer::Say("221 2.0.0 bye\r\n".to_owned(), MILLI), Answer::Cut(2 * MILLI)],
            _ => say("500 5.5.2 unknown"),
        }
    }

    fn go_ahead(&mut self, of: &Provider, chance: &Chance) -> Vec<Answer> {
        let wait = match of.mood {
            Mood::LateGoAhead => chance.between(600, 4_000) * MILLI,
            Mood::CutsBefore if chance.permille(150) => return vec![Answer::Cut(MILLI)],
            _ => MILLI,
        };
        vec![Answer::Say("354 go ahead\r\n".to_owned(), wait)]
    }

    fn rcpt(&mut self, line: &str, of: &Provider, chance: &Chance, mailbox: &impl Fn(usize) -> Mailbox) -> Vec<Answer> {
        let say = |text: &str| vec![Answer::Say(format!("{text}\r\n"), MILLI)];
        // Recipients are called p0, p1, …
        let number = line.split("<p").nth(1).and_then(|rest| rest.split('@').next()).and_then(|n| n.parse().ok());
        let Some(person) = number else { return say("553 5.1.3 no such form of address") };
        match of.mood {
            Mood::Storm => return say("451 4.7.1 try again later"),
            Mood::ForgotItsUsers if chance.permille(900) => return say("550 5.1.1 no such user here"),
            _ => {}
        }
        match mailbox(person) {
            Mailbox::Gone => say("550 5.1.1 no such user here"),
            Mailbox::Full => say("452 4.2.2 mailbox full"),
            Mailbox::Greylisted => say("451 4.7.1 greylisted, come back"),
            Mailbox::Good => {
                self.recipient = Some(person);
                say("250 2.1.5 ok")
            }
        }
    }

    fn dot(&mut self, bytes: Vec<u8>, of: &Provider, chance: &Chance) -> Vec<Answer> {
        let ok = || "250 2.0.0 taken\r\n".to_owned();
        match of.mood {
            Mood::CutsAfterDot if chance.permille(300) => {
                self.closed = true;
                vec![Answer::Take { bytes, say: None }, Answer::Cut(MILLI)]
            }
            Mood::CutsAfterDot if chance.permille(300) => vec![Answer::Cut(MILLI)],
            Mood::LateReply => {
                let wait = chance.skewed(2 * SECOND, 14 * MINUTE).min(HOUR);
                vec![Answer::Take { bytes, say: Some((ok(), wait)) }]
            }
            _ if chance.permille(15) => vec![Answer::Say("451 4.3.0 not now\r\n".to_owned(), MILLI)],
            _ => vec![Answer::Take { bytes, say: Some((ok(), 5 * MILLI)) }],
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
