//! Connecting to a server, behind the guard.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::client::TlsStream;

use crate::guard::Guard;
use crate::settings::OutsideSettings;
use crate::tls::TlsInfo;

/// The most addresses of one host that are tried.
pub const MAX_ADDRESSES: usize = 4;

/// Opens connections. The only way in this program to reach another machine's port.
#[derive(Clone, Debug)]
pub struct Dialler {
    guard: Guard,
    limit: Duration,
    sources: Vec<IpAddr>,
}

/// Why no connection was made.
#[derive(Debug)]
pub enum DialError {
    /// The guard refuses this address. Permanent for this address; nothing was sent.
    RefusedByGuard(IpAddr),
    /// The operator set source addresses, and none has the family of this address.
    NoSourceAddress(IpAddr),
    /// There was no address to connect to. Permanent until DNS says otherwise.
    NoAddress,
    /// No connection within the limit. Temporary.
    TimedOut(Duration),
    /// The system's own error. Temporary.
    Io(io::Error),
}

impl DialError {
    /// True when the same address may answer later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::TimedOut(_) | Self::Io(_))
    }
}

impl fmt::Display for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RefusedByGuard(address) => {
                write!(f, "{address} is no public address and is never dialled")
            }
            Self::NoSourceAddress(address) => {
                write!(f, "there is no source address of the family of {address}")
            }
            Self::NoAddress => write!(f, "the host has no address"),
            Self::TimedOut(limit) => write!(f, "no connection within {} s", limit.as_secs_f32()),
            Self::Io(error) => write!(f, "no connection: {error}"),
        }
    }
}

impl std::error::Error for DialError {}

impl Dialler {
    /// A dialler with the operator's settings.
    #[must_use]
    pub fn new(settings: &OutsideSettings) -> Self {
        Self {
            guard: Guard::new(settings.allow_private_destinations),
            limit: settings.connect_limit,
            sources: settings.source_addresses.clone(),
        }
    }

    /// The guard that every address passes.
    #[must_use]
    pub fn guard(&self) -> Guard {
        self.guard
    }

    /// Connects to this very address; the guard is asked here, after all name resolution, so
    /// that no second answer of DNS can slip past it.
    ///
    /// # Errors
    /// See [`DialError`].
    #[expect(clippy::disallowed_methods, reason = "this is the guarded place that dials")]
    pub async fn dial(&self, address: SocketAddr) -> Result<TcpStream, DialError> {
        let ip = address.ip();
        self.guard.check(ip).map_err(|refused| DialError::RefusedByGuard(refused.0))?;
        let socket = if ip.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.map_err(DialError::Io)?;
        if let Some(source) = self.source_for(ip)? {
            socket.bind(SocketAddr::new(source, 0)).map_err(DialError::Io)?;
        }
        let stream = tokio::time::timeout(self.limit, socket.connect(address))
            .await
            .map_err(|_| DialError::TimedOut(self.limit))?
            .map_err(DialError::Io)?;
        // Commands are short and answered one by one; waiting to fill a packet only costs time.
        stream.set_nodelay(true).map_err(DialError::Io)?;
        Ok(stream)
    }

    /// Connects to the first of these addresses that answers, at most [`MAX_ADDRESSES`] of them.
    ///
    /// # Errors
    /// A temporary one if any address may answer later; `NoAddress` when there was none.
    pub async fn dial_any(&self, addresses: &[IpAddr], port: u16) -> Result<TcpStream, DialError> {
        let mut worst = DialError::NoAddress;
        for ip in addresses.iter().take(MAX_ADDRESSES) {
            match self.dial(SocketAddr::new(*ip, port)).await {
                Ok(stream) => return Ok(stream),
                Err(error) if error.is_temporary() || !worst.is_temporary() => worst = error,
                Err(_) => {}
            }
        }
        Err(worst)
    }

    fn source_for(&self, target: IpAddr) -> Result<Option<IpAddr>, DialError> {
        if self.sources.is_empty() {
            return Ok(None);
        }
        let same_family = |source: &&IpAddr| source.is_ipv4() == target.is_ipv4();
        let source = self.sources.iter().find(same_family);
        source.map(|ip| Some(*ip)).ok_or(DialError::NoSourceAddress(target))
    }
}

/// A connection, in clear or under TLS.
#[derive(Debug)]
pub enum Stream {
    /// In clear.
    Plain(TcpStream),
    /// Under TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// True under TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// What was agreed with the peer, for the record of a delivery; none in clear.
    #[must_use]
    pub fn tls_info(&self) -> Option<TlsInfo> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(stream) => Some(TlsInfo::of(stream.get_ref().1)),
        }
    }

    /// The peer's address.
    ///
    /// # Errors
    /// The system's error when the connection is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.tcp().peer_addr()
    }

    /// Our own address, for the record of a delivery.
    ///
    /// # Errors
    /// The system's error when the connection is gone.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp().local_addr()
    }

    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}
