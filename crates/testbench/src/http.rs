//! A small HTTP client for tests: plain HTTP/1.1 on loopback, a connection for each request,
//! redirects told and not followed, headers sent exactly as given.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::clock::monotonic_now_ns;

/// The time that one request may take.
const LIMIT: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// All header fields in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, chunks joined.
    pub body: Vec<u8>,
    /// From before the request was written until the answer was whole.
    pub took: Duration,
    /// When the first bytes of the answer were read, on the machine's monotonic clock.
    pub answered_ns: u64,
}

impl Response {
    /// The first field of this name (in lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text, foreign bytes replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// With the body when it is no JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {} {}", self.status, self.text()))
    }
}

/// A client of one server.
#[derive(Clone, Debug)]
pub struct Client {
    address: SocketAddr,
    host: String,
    headers: Vec<(String, String)>,
    from: Option<Ipv4Addr>,
}

impl Client {
    /// A client of the server at `address`.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address, host: address.to_string(), headers: Vec::new(), from: None }
    }

    /// Where the server listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same from another address of this machine: all of 127.0.0.0/8 is there, so that
    /// many visitors can be told apart.
    #[must_use]
    pub fn from(mut self, address: Ipv4Addr) -> Self {
        self.from = Some(address);
        self
    }

    /// The same with another Host header: servers tell their sites apart by it.
    #[must_use]
    pub fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    /// The same with one more header in each request.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with a bearer token in each request.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// GET. `path` may be a whole `http://host/path` URL too; its host is passed over.
    ///
    /// # Errors
    /// The system's error, `InvalidData` for an answer that is no HTTP, `TimedOut` after 60 s.
    pub async fn get(&self, path: &str) -> io::Result<Response> {
        self.request("GET", path, &[], b"").await
    }

    /// POST of form fields.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> io::Result<Response> {
        let body = form(fields);
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        self.request("POST", path, &kind, body.as_bytes()).await
    }

    /// POST of JSON.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn post_json(&self, path: &str, value: &Value) -> io::Result<Response> {
        self.send_json("POST", path, value).await
    }

    /// Any method with JSON.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn send_json(&self, method: &str, path: &str, value: &Value) -> io::Result<Response> {
        let kind = [("Content-Type", "application/json")];
        self.request(method, path, &kind, value.to_string().as_bytes()).await
    }

    /// Any request. `Host`, `Content-Length` and `Connection: close` are added.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Response> {
        let mut head = format!("{method} {} HTTP/1.1\r\nHost: {}\r\n", target(path), self.host);
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in own.chain(headers.iter().copied()) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || !matches!(method, "GET" | "HEAD") {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("Connection: close\r\n\r\n");
        let wire = [head.as_bytes(), body].concat();
        tokio::time::timeout(LIMIT, self.exchange(&[wire], Duration::ZERO, method == "HEAD")).await?
    }

    /// Sends exactly these bytes and reads the answer: for requests that no client would send.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn raw(&self, wire: &[u8]) -> io::Result<Response> {
        self.raw_in_pieces(&[wire.to_vec()], Duration::ZERO).await
    }

    /// Sends these pieces with a pause between them, and reads the answer.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn raw_in_pieces(&self, pieces: &[Vec<u8>], pause: Duration) -> io::Result<Response> {
        tokio::time::timeout(LIMIT, self.exchange(pieces, pause, false)).await?
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        let Some(from) = self.from else {
            return TcpStream::connect(self.address).await;
        };
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(IpAddr::V4(from), 0))?;
        socket.connect(self.address).await
    }

    async fn exchange(&self, pieces: &[Vec<u8>], pause: Duration, head_only: bool) -> io::Result<Response> {
        let began = Instant::now();
        let mut stream = self.connect().await?;
        stream.set_nodelay(true)?;
        // A server may answer and close before it has read all: the answer still counts.
        let written = write(&mut stream, pieces, pause).await;
        let mut bytes = Vec::new();
        let mut answered_ns = None;
        loop {
            let count = match stream.read_buf(&mut bytes).await {
                Ok(count) => count,
                Err(_) if !bytes.is_empty() => 0,
                Err(error) => return Err(written.err().unwrap_or(error)),
            };
            answered_ns.get_or_insert_with(monotonic_now_ns);
            if let Some(mut response) = parse(&bytes, count == 0, head_only)? {
                response.took = began.elapsed();
                response.answered_ns = answered_ns.unwrap_or_default();
                return Ok(response);
            }
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

async fn write(stream: &mut TcpStream, pieces: &[Vec<u8>], pause: Duration) -> io::Result<()> {
    for (number, piece) in pieces.iter().enumerate() {
        if number > 0 && !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        stream.write_all(piece).await?;
    }
    Ok(())
}

fn target(path: &str) -> &str {
    let bare = path.strip_prefix("http://").or_else(|| path.strip_prefix("https://"));
    match bare {
        Some(rest) => rest.find('/').map_or("/", |place| &rest[place..]),
        None => path,
    }
}

/// Form fields as a browser writes them.
#[must_use]
pub fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    pairs.join("&")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => escaped.push('+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => {
                escaped.push(char::from(byte));
            }
            other => escaped.push_str(&format!("%{other:02X}")),
        }
    }
    escaped
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// A whole answer, or none yet.
fn parse(bytes: &[u8], ended: bool, head_only: bool) -> io::Result<Option<Response>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    let status: u16 = status.parse().map_err(|_| bad("no status line"))?;
    let mut headers = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':').ok_or_else(|| bad("no header line"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let rest = &bytes[end + 4..];
    if (100..200).contains(&status) {
        return parse(rest, ended, head_only);
    }
    let mut response = Response { status, headers, body: Vec::new(), took: Duration::ZERO, answered_ns: 0 };
    let empty = head_only || matches!(status, 204 | 304);
    let body = match (response.header("transfer-encoding"), response.header("content-length")) {
        _ if empty => Some(Vec::new()),
        (Some("chunked"), _) => unchunk(rest)?,
        (_, Some(length)) => {
            let length: usize = length.parse().map_err(|_| bad("no length"))?;
            rest.get(..length).map(<[u8]>::to_vec)
        }
        _ => ended.then(|| rest.to_vec()),
    };
    Ok(body.map(|body| {
        response.body = body;
        response
    }))
}

fn unchunk(mut rest: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    loop {
        let Some(end) = rest.windows(2).position(|window| window == b"\r\n") else {
            return Ok(None);
        };
        let digits = String::from_utf8_lossy(&rest[..end]).into_owned();
        let digits = digits.split(';').next().unwrap_or_default().trim().to_owned();
        let size = usize::from_str_radix(&digits, 16).map_err(|_| bad("no chunk size"))?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Ok(Some(body));
        }
        if rest.len() < size + 2 {
            return Ok(None);
        }
        body.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_escaped_as_browsers_do() {
        assert_eq!(form(&[("a b", "ü&=+"), ("c", "x@y.z")]), "a+b=%C3%BC%26%3D%2B&c=x%40y.z");
    }

    #[test]
    fn answers_are_read_whole_in_every_framing() {
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
        let sized = b"HTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: 3\r\n\r\nabc";
        for wire in [&chunked[..], sized] {
            let response = parse(wire, false, false).expect("good").expect("whole");
            assert_eq!(response.body, b"abc");
            assert!(parse(&wire[..wire.len() - 6], false, false).expect("good").is_none());
        }
        let open = b"HTTP/1.1 404 No\r\n\r\nabc";
        assert!(parse(open, false, false).expect("good").is_none());
        assert_eq!(parse(open, true, false).expect("good").expect("whole").body, b"abc");
    }

    #[test]
    fn urls_and_paths_lead_to_the_same_target() {
        assert_eq!(target("http://127.0.0.1:80/a?b"), "/a?b");
        assert_eq!(target("https://x.test"), "/");
        assert_eq!(target("/a"), "/a");
    }
}
