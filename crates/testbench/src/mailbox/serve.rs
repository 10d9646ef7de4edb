//! As much of a web server as a page of the development program needs: plain HTTP/1.1 on loopback, one
//! request a connection.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Octets of a request.
const MAX: usize = 64 * 1024;
/// The time that a request may take to come.
const LIMIT: Duration = Duration::from_secs(10);

/// What somebody asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// Fields of the query, or of a posted form.
    pub(super) fields: Vec<(String, String)>,
    /// What the browser says about where a form came from.
    pub(super) origin: Option<String>,
}

impl Request {
    /// A field; empty where it is absent.
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Name and value, beside those that every answer has.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// Content of this type.
    pub(super) fn of(kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: vec![("Content-Type", kind.to_owned())], body: body.into() }
    }

    /// To another page.
    pub(super) fn see(place: &str) -> Self {
        Self { status: 303, headers: vec![("Location", place.to_owned())], body: Vec::new() }
    }

    /// The same with one more header.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn wire(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} answer\r\nContent-Length: {}\r\n", self.status, self.body.len());
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n");
        [head.as_bytes(), &self.body].concat()
    }
}

/// What answers.
pub(super) type Handler = Arc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

/// Answers until it is aborted; what is under way ends with it.
pub(super) async fn serve(listener: TcpListener, handler: Handler) {
    let mut open = JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                let handler = Arc::clone(&handler);
                open.spawn(async move {
                    // Whoever goes away before the answer does not want it.
                    let _ = tokio::time::timeout(LIMIT * 9, one(stream, &handler)).await;
                });
            }
            // Out of file descriptors: others will end.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn one(mut stream: TcpStream, handler: &Handler) -> io::Result<()> {
    let request = tokio::time::timeout(LIMIT, read(&mut stream)).await??;
    let answer = handler(request).await;
    stream.write_all(&answer.wire()).await?;
    stream.shutdown().await
}

async fn read(stream: &mut TcpStream) -> io::Result<Request> {
    let mut bytes = Vec::new();
    loop {
        if let Some(request) = parse(&bytes) {
            return Ok(request);
        }
        if bytes.len() > MAX || stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
}

/// A whole request, or none yet.
fn parse(bytes: &[u8]) -> Option<Request> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let header = |wanted: &str| {
        let pairs = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        pairs.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim().to_owned()).next()
    };
    let length: usize = header("Content-Length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let body = bytes.get(end + 4..end + 4 + length)?;
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let fields = if method == "POST" { fields(&String::from_utf8_lossy(body)) } else { fields(query) };
    Some(Request { method: method.to_owned(), path: path.to_owned(), fields, origin: header("Origin") })
}

fn fields(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (unescaped(name), unescaped(value))
        })
        .collect()
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let coded = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match (*first, coded.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            (b'+', _) => bytes.push(b' '),
            (other, _) => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_when_it_is_whole() {
        let wire = b"POST /mail/7/spam?x=1 HTTP/1.1\r\nOrigin: http://a\r\nContent-Length: 17\r\n\r\nwords=a+%C3%BC%2B";
        assert_eq!(parse(&wire[..wire.len() - 1]), None);
        let request = parse(wire).expect("whole");
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/mail/7/spam"));
        assert_eq!((request.field("words"), request.origin.as_deref()), ("a ü+", Some("http://a")));
        let asked = parse(b"GET /box?address=a%40b.test HTTP/1.1\r\n\r\n").expect("whole");
        assert_eq!(asked.field("address"), "a@b.test");
        assert_eq!(unescaped("100%"), "100%");
    }
}
