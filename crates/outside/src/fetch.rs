//! Getting one small document over HTTP, for the proof that a website belongs to its owner
//! (R12). Deliberately small: GET only, no redirects, no cookies, one request per connection,
//! 64 KiB, 5 s in all. The name is resolved once and the connection goes to that very answer,
//! behind the guard, so that a second answer of DNS cannot lead inside.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::dial::{DialError, Dialler, Stream};
use crate::resolver::{LookupError, Resolver};
use crate::settings::OutsideSettings;
use crate::tls::{TlsClient, TlsError};

mod answer;
mod url;

pub use answer::BadAnswer;
pub use url::{BadUrl, HttpUrl};

/// The time for everything: name, connection, TLS, answer.
pub const FETCH_LIMIT: Duration = Duration::from_secs(5);
/// The largest document that is taken.
pub const MAX_BODY: usize = 64 * 1024;
/// The largest head of an answer that is read.
const MAX_HEAD: usize = 16 * 1024;
/// Chunked coding adds to the body; a body cut into single bytes is refused by this.
const MAX_WIRE: usize = MAX_HEAD + 2 * MAX_BODY;

/// Why there is no document.
#[derive(Debug)]
pub enum FetchError {
    /// The text is no URL that may be fetched: whoever wrote it must correct it.
    Url(BadUrl),
    /// The host's name gave no address.
    Lookup(LookupError),
    /// No connection; a refusal of the guard is among these.
    Dial(DialError),
    /// No TLS, or the certificate is not good.
    Tls(TlsError),
    /// The connection broke.
    Io(std::io::Error),
    /// It took longer than [`FETCH_LIMIT`].
    TimedOut,
    /// The answer points elsewhere (3xx); that is not followed.
    Redirected(u16),
    /// The answer is not a success.
    Status(u16),
    /// The answer is larger than [`MAX_BODY`].
    TooLarge,
    /// The answer is not HTTP/1 as it should be.
    Answer(BadAnswer),
}

impl FetchError {
    /// True when the same fetch may work later without anybody acting.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Lookup(error) => error.is_temporary(),
            Self::Dial(error) => error.is_temporary(),
            Self::Tls(error) => !matches!(error, TlsError::BadName),
            Self::Io(_) | Self::TimedOut => true,
            Self::Status(status) => *status == 429 || *status >= 500,
            Self::Url(_) | Self::Redirected(_) | Self::TooLarge | Self::Answer(_) => false,
        }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(error) => error.fmt(f),
            Self::Lookup(error) => error.fmt(f),
            Self::Dial(error) => error.fmt(f),
            Self::Tls(error) => error.fmt(f),
            Self::Io(error) => write!(f, "the connection broke: {error}"),
            Self::TimedOut => write!(f, "no answer within {} s", FETCH_LIMIT.as_secs()),
            Self::Redirected(status) => {
                write!(f, "the page redirects ({status}), which is not followed")
            }
            Self::Status(status) => write!(f, "the web server answered {status}"),
            Self::TooLarge => write!(f, "the page is larger than {} KiB", MAX_BODY / 1024),
            Self::Answer(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FetchError {}

/// Fetches small documents.
#[derive(Clone, Debug)]
pub struct Fetcher {
    resolver: Resolver,
    dialler: Dialler,
}

impl Fetcher {
    /// A fetcher on this resolver and these settings.
    #[must_use]
    pub fn new(resolver: &Resolver, settings: &OutsideSettings) -> Self {
        Self { resolver: resolver.clone(), dialler: Dialler::new(settings) }
    }

    /// Gets the document at `url` (`http` or `https`; ports 80 and 443, others only where
    /// private destinations are allowed).
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn fetch(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        let url = HttpUrl::parse(url, self.dialler.guard().allows_private()).map_err(FetchError::Url)?;
        tokio::time::timeout(FETCH_LIMIT, self.get(&url)).await.unwrap_or(Err(FetchError::TimedOut))
    }

    async fn get(&self, url: &HttpUrl) -> Result<Vec<u8>, FetchError> {
        let mut stream = self.connect(url).await?;
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: Jawort\r\nAccept: */*\r\n\
             Accept-Encoding: identity\r\nConnection: close\r\n\r\n",
            url.target(),
            url.host_header()
        );
        stream.write_all(request.as_bytes()).await.map_err(FetchError::Io)?;
        let answer = read_answer(&mut stream).await?;
        match answer.status {
            200 => Ok(answer.body),
            status @ 300..=399 => Err(FetchError::Redirected(status)),
            status => Err(FetchError::Status(status)),
        }
    }

    async fn connect(&self, url: &HttpUrl) -> Result<Stream, FetchError> {
        let addresses = self.addresses(url.host()).await?;
        let dialled = self.dialler.dial_any(&addresses, url.port()).await;
        let stream = dialled.map_err(FetchError::Dial)?;
        if !url.is_https() {
            return Ok(Stream::Plain(stream));
        }
        let tls = TlsClient::verifying(FETCH_LIMIT).map_err(FetchError::Tls)?;
        tls.start(stream, url.host()).await.map_err(FetchError::Tls)
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, FetchError> {
        // Only parsed so where private destinations are allowed; see `HttpUrl`.
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Ok(vec![ip]);
        }
        self.resolver.addresses(host).await.map_err(FetchError::Lookup)
    }
}

async fn read_answer(stream: &mut Stream) -> Result<answer::Answer, FetchError> {
    let mut wire = Vec::with_capacity(8192);
    let mut chunk = vec![0; 16 * 1024];
    loop {
        // A server may close TLS without saying so; what counts is whether the answer is whole.
        let count = match stream.read(&mut chunk).await {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => 0,
            Err(error) => return Err(FetchError::Io(error)),
        };
        wire.extend_from_slice(&chunk[..count]);
        if wire.len() > MAX_WIRE {
            return Err(FetchError::TooLarge);
        }
        match answer::parse(&wire, count == 0) {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) => {}
            Err(BadAnswer::TooLarge) => return Err(FetchError::TooLarge),
            Err(error) => return Err(FetchError::Answer(error)),
        }
    }
}
