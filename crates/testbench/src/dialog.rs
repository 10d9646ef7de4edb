//! Scripted SMTP dialogs, byte for byte, against a listener.
//!
//! A script is text, a line a step:
//! ```text
//! # a remark
//! S: 220*            a whole reply comes, and its last line is like this (* stands for anything)
//! C: EHLO a.test     this line is sent, with CR LF
//! S: 250*
//! S- 250-SIZE*       the reply just read has a line like this
//! S! 250-CHUNKING*   the reply just read has no line like this
//! C> a\r\nb\x00      exactly these bytes are sent (\r \n \t \\ \xHH are known)
//! TLS                TLS begins here, as client, any certificate
//! END                the peer closes the connection, and says nothing more before
//! ```

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::wire::Wire;

/// The time that one step may take.
pub const STEP_LIMIT: Duration = Duration::from_secs(30);

/// A dialog that went otherwise than its script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogError {
    /// The line of the script, counted from 1; 0 for the connection itself.
    pub line: usize,
    /// What happened instead.
    pub what: String,
    /// Everything said until then, `C:` and `S:` in front.
    pub transcript: Vec<String>,
}

impl fmt::Display for DialogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}\n{}", self.line, self.what, self.transcript.join("\n"))
    }
}

impl std::error::Error for DialogError {}

struct Dialog {
    wire: Option<Wire>,
    reply: Vec<String>,
    transcript: Vec<String>,
}

/// Plays a script against `address`. Returns the transcript.
///
/// # Errors
/// [`DialogError`] at the first step that fails.
pub async fn run(address: SocketAddr, script: &str) -> Result<Vec<String>, DialogError> {
    let fail = |line, what, transcript: &[String]| DialogError { line, what, transcript: transcript.to_vec() };
    let stream = TcpStream::connect(address).await.map_err(|error| fail(0, format!("no connection: {error}"), &[]))?;
    let mut dialog = Dialog { wire: Some(Wire::new(stream)), reply: Vec::new(), transcript: Vec::new() };
    for (number, line) in script.lines().enumerate() {
        let step = tokio::time::timeout(STEP_LIMIT, dialog.step(line.trim_start())).await;
        let result = step.unwrap_or_else(|_| Err(format!("nothing within {STEP_LIMIT:?}")));
        result.map_err(|what| fail(number + 1, what, &dialog.transcript))?;
    }
    Ok(dialog.transcript)
}

impl Dialog {
    fn wire(&mut self) -> Result<&mut Wire, String> {
        self.wire.as_mut().ok_or_else(|| "the connection is gone".to_owned())
    }

    async fn step(&mut self, line: &str) -> Result<(), String> {
        if line.trim().is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let text = line.get(2..).map(|rest| rest.strip_prefix(' ').unwrap_or(rest));
        match (line.get(..2).unwrap_or(line), text) {
            ("C:", Some(text)) => self.send(format!("{text}\r\n").into_bytes()).await,
            ("C>", Some(text)) => self.send(unescape(text)?).await,
            ("S:", Some(pattern)) => self.expect(pattern.trim_end()).await,
            ("S-", Some(pattern)) => self.look(pattern.trim_end(), true),
            ("S!", Some(pattern)) => self.look(pattern.trim_end(), false),
            _ => match line.trim_end() {
                "TLS" => self.tls().await,
                "END" => self.end().await,
                other => Err(format!("no such step: {other}")),
            },
        }
    }

    async fn send(&mut self, bytes: Vec<u8>) -> Result<(), String> {
        self.transcript.push(format!("C: {}", bytes.escape_ascii()));
        self.wire()?.send(&bytes).await.map_err(|error| format!("not sent: {error}"))
    }

    async fn expect(&mut self, pattern: &str) -> Result<(), String> {
        let reply = self.wire()?.reply().await;
        self.reply = reply.map_err(|error| format!("no reply like {pattern:?}: {error}"))?;
        self.transcript.extend(self.reply.iter().map(|line| format!("S: {line}")));
        let last = self.reply.last().map_or("", String::as_str);
        if like(pattern, last) { Ok(()) } else { Err(format!("{last:?} is not like {pattern:?}")) }
    }

    fn look(&self, pattern: &str, wanted: bool) -> Result<(), String> {
        if self.reply.iter().any(|line| like(pattern, line)) == wanted {
            return Ok(());
        }
        Err(format!("a line like {pattern:?} is {}", if wanted { "missing" } else { "there" }))
    }

    async fn tls(&mut self) -> Result<(), String> {
        let mut wire = self.wire.take().ok_or("the connection is gone")?;
        wire.discard();
        let connector = TlsConnector::from(crate::tls::client_config());
        let name = ServerName::try_from("mx.example.test").map_err(|error| error.to_string())?;
        let stream = connector.connect(name, wire.stream).await;
        self.wire = Some(Wire::new(stream.map_err(|error| format!("no TLS: {error}"))?));
        self.transcript.push("-- TLS --".to_owned());
        Ok(())
    }

    async fn end(&mut self) -> Result<(), String> {
        match self.wire()?.line().await {
            Ok(None) | Err(_) => Ok(()),
            Ok(Some(line)) => Err(format!("instead of closing it said {line:?}")),
        }
    }
}

/// `*` stands for any text, also none.
fn like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| text.strip_prefix(head)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((tail, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(place) => rest = &rest[place + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(tail)
}

fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let (kind, tail) = rest.split_first().ok_or("a lone backslash at the end")?;
        rest = tail;
        bytes.push(match kind {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'\\' => b'\\',
            b'x' => {
                let digits = rest.get(..2).and_then(|two| std::str::from_utf8(two).ok());
                let byte = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
                rest = rest.get(2..).unwrap_or_default();
                byte.ok_or("\\x needs two hexadecimal digits")?
            }
            other => return Err(format!("\\{} means nothing", char::from(*other))),
        });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_lines() {
        for (pattern, text) in
            [("250*", "250 ok"), ("250*", "250"), ("*ok*", "250 ok."), ("a*b*c", "a1b2c"), ("x", "x")]
        {
            assert!(like(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("250", "250 ok"), ("250*", "550 x"), ("a*b*c", "acb"), ("*z", "za")] {
            assert!(!like(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn escapes_give_exact_bytes() {
        assert_eq!(unescape(r"a\r\n\x00\xfF\\"), Ok(b"a\r\n\0\xff\\".to_vec()));
        assert!(unescape(r"\q").is_err() && unescape(r"\x1").is_err() && unescape("\\").is_err());
    }
}
