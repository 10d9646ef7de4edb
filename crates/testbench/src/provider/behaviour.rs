//! What a fake mailbox provider does wrong, and to whom.

use std::collections::HashMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// A reply as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// One line without its end, or several with CR LF between them.
    Line(String),
    /// Exactly these bytes, right or wrong.
    Bytes(Vec<u8>),
    /// A reply of `lines` lines, each filled to `width` characters.
    Huge {
        /// The code of every line.
        code: u16,
        /// How many lines.
        lines: usize,
        /// How long each is.
        width: usize,
    },
}

impl Reply {
    /// A reply of one line, for example `550 5.1.1 no such user`.
    #[must_use]
    pub fn line(text: &str) -> Self {
        Self::Line(text.to_owned())
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn wire(&self) -> Vec<u8> {
        match self {
            Self::Line(text) => format!("{text}\r\n").into_bytes(),
            Self::Bytes(bytes) => bytes.clone(),
            Self::Huge { code, lines, width } => {
                let filler = "x".repeat(width.saturating_sub(4));
                let mut text = String::with_capacity(lines * (width + 2));
                for number in 1..=*lines {
                    let mark = if number == *lines { ' ' } else { '-' };
                    text.push_str(&format!("{code}{mark}{filler}\r\n"));
                }
                text.into_bytes()
            }
        }
    }

    /// True for a reply of class 2.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.wire().first() == Some(&b'2')
    }
}

/// Where the provider ends the connection without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Close {
    /// Before the greeting.
    AtConnect,
    /// After EHLO came.
    AtEhlo,
    /// After MAIL came.
    AtMail,
    /// After RCPT came.
    AtRcpt,
    /// After DATA came.
    AtData,
    /// After so many bytes of content (or at their end, if there are fewer).
    InData(usize),
    /// After the final dot: the mail is kept, the sender cannot know.
    AfterDot,
    /// After the reply to the final dot.
    AfterReply,
}

/// What goes wrong with STARTTLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsFault {
    /// Nothing.
    #[default]
    None,
    /// `454 4.7.0` to the command.
    Refused,
    /// `220`, then the connection is closed.
    Closed,
    /// `220`, then bytes that are no TLS.
    Garbage,
    /// `220` and, in the same packet, a reply in clear that a careless client takes for one
    /// that came under TLS.
    Injection,
}

/// How the provider acts. The default accepts everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// Instead of the greeting; what is no 220 ends the connection.
    pub connect: Option<Reply>,
    /// Instead of the reply to EHLO.
    pub ehlo: Option<Reply>,
    /// Instead of the reply to MAIL.
    pub mail: Option<Reply>,
    /// Instead of the reply to RCPT.
    pub rcpt: Option<Reply>,
    /// Instead of 354.
    pub data: Option<Reply>,
    /// Instead of the reply to the final dot.
    pub dot: Option<Reply>,
    /// Waits so many milliseconds before each reply.
    pub delay_ms: u64,
    /// Waits so many more before the reply to the final dot.
    pub dot_delay_ms: u64,
    /// Ends the connection at this point.
    pub close: Option<Close>,
    /// Ends it by RST instead of FIN.
    pub reset: bool,
    /// Sends replies byte by byte.
    pub split: bool,
    /// What goes wrong with STARTTLS.
    pub tls: TlsFault,
    /// Acts so only the first n times for each recipient (or, before RCPT, each peer), then
    /// accepts: greylisting with 1.
    pub first: Option<u32>,
}

impl Behaviour {
    /// Accepts everything.
    #[must_use]
    pub fn accept() -> Self {
        Self::default()
    }

    /// A user that does not exist.
    #[must_use]
    pub fn hard() -> Self {
        Self::at_rcpt("550 5.1.1 no such user here")
    }

    /// A full mailbox.
    #[must_use]
    pub fn soft() -> Self {
        Self::at_rcpt("452 4.2.2 mailbox full")
    }

    /// A refusal of the sender, not of the recipient.
    #[must_use]
    pub fn policy() -> Self {
        Self::at_dot("554 5.7.1 message refused by policy")
    }

    /// A mail server that knows the sender only at the second attempt.
    #[must_use]
    pub fn greylist() -> Self {
        Self { first: Some(1), ..Self::at_rcpt("451 4.7.1 greylisted, try again later") }
    }

    /// This reply to RCPT.
    #[must_use]
    pub fn at_rcpt(line: &str) -> Self {
        Self { rcpt: Some(Reply::line(line)), ..Self::default() }
    }

    /// This reply to MAIL.
    #[must_use]
    pub fn at_mail(line: &str) -> Self {
        Self { mail: Some(Reply::line(line)), ..Self::default() }
    }

    /// This reply instead of 354.
    #[must_use]
    pub fn at_data(line: &str) -> Self {
        Self { data: Some(Reply::line(line)), ..Self::default() }
    }

    /// This reply to the final dot.
    #[must_use]
    pub fn at_dot(line: &str) -> Self {
        Self { dot: Some(Reply::line(line)), ..Self::default() }
    }

    /// This greeting.
    #[must_use]
    pub fn at_connect(line: &str) -> Self {
        Self { connect: Some(Reply::line(line)), ..Self::default() }
    }

    /// Ends the connection at this point.
    #[must_use]
    pub fn closing(close: Close) -> Self {
        Self { close: Some(close), ..Self::default() }
    }
}

/// For whom a behaviour is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One recipient.
    Address(String),
    /// All recipients of a domain (its subdomains are others).
    Domain(String),
    /// All connections to one of our addresses.
    Listener(IpAddr),
    /// Everybody.
    All,
}

/// All behaviours of a provider.
#[derive(Debug, Default)]
pub(crate) struct Script {
    rules: HashMap<Scope, Behaviour>,
    used: HashMap<(Scope, String), u32>,
}

impl Script {
    /// Sets or replaces a behaviour, and counts its uses afresh.
    pub(crate) fn set(&mut self, scope: Scope, behaviour: Behaviour) {
        let scope = match scope {
            Scope::Address(text) => Scope::Address(text.to_lowercase()),
            Scope::Domain(text) => Scope::Domain(text.to_lowercase()),
            other => other,
        };
        self.used.retain(|(known, _), _| *known != scope);
        self.rules.insert(scope, behaviour);
    }

    /// The behaviour of a new connection.
    pub(crate) fn for_connection(&mut self, listener: IpAddr, peer: IpAddr) -> Behaviour {
        let scopes = [Scope::Listener(listener), Scope::All];
        self.pick(&scopes, &peer.to_string()).unwrap_or_default()
    }

    /// The behaviour towards a recipient, if there is one of its own.
    pub(crate) fn for_recipient(&mut self, address: &str) -> Option<Behaviour> {
        let address = address.to_lowercase();
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain).to_owned();
        self.pick(&[Scope::Address(address.clone()), Scope::Domain(domain)], &address)
    }

    fn pick(&mut self, scopes: &[Scope], who: &str) -> Option<Behaviour> {
        let scope = scopes.iter().find(|scope| self.rules.contains_key(scope))?;
        let rule = self.rules[scope].clone();
        let Some(first) = rule.first else {
            return Some(rule);
        };
        let used = self.used.entry((scope.clone(), who.to_owned())).or_default();
        *used += 1;
        Some(if *used <= first { rule } else { Behaviour::accept() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_behaviour_wins_and_first_wears_off_for_each_recipient() {
        let mut script = Script::default();
        script.set(Scope::Domain("Full.test".into()), Behaviour::soft());
        script.set(Scope::Address("A@full.test".into()), Behaviour::greylist());
        assert_eq!(script.for_recipient("b@full.test"), Some(Behaviour::soft()));
        assert_eq!(script.for_recipient("a@FULL.test"), Some(Behaviour::greylist()));
        assert_eq!(script.for_recipient("a@full.test"), Some(Behaviour::accept()));
        assert_eq!(script.for_recipient("c@other.test"), None);
    }

    #[test]
    fn huge_replies_are_well_formed() {
        let wire = Reply::Huge { code: 550, lines: 3, width: 10 }.wire();
        assert_eq!(wire, b"550-xxxxxx\r\n550-xxxxxx\r\n550 xxxxxx\r\n");
    }
}
