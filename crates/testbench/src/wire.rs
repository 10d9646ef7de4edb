//! Reading lines and blocks from a connection that may change to TLS, with the instant at
//! which each piece arrived.

use std::io;
use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::clock::monotonic_now_ns;

/// Both directions of a connection, of whatever kind.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A line that is longer than this ends the connection.
const MAX_LINE: usize = 1 << 20;

/// A buffered connection.
pub(crate) struct Wire {
    pub(crate) stream: Pin<Box<dyn Duplex>>,
    buffer: Vec<u8>,
    start: usize,
    /// When the newest bytes of the buffer were read.
    filled_ns: u64,
}

impl Wire {
    pub(crate) fn new(stream: impl Duplex + 'static) -> Self {
        Self { stream: Box::pin(stream), buffer: Vec::new(), start: 0, filled_ns: 0 }
    }

    /// Bytes that were read and not used.
    pub(crate) fn waiting(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Throws away what was read and not used (RFC 3207 §4.2).
    pub(crate) fn discard(&mut self) {
        self.buffer.clear();
        self.start = 0;
    }

    /// When the newest bytes came.
    pub(crate) fn filled_ns(&self) -> u64 {
        self.filled_ns
    }

    /// Reads more; false at the end of the connection.
    pub(crate) async fn fill(&mut self) -> io::Result<bool> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let length = self.buffer.len();
        self.buffer.reserve(64 * 1024);
        let count = self.stream.read_buf(&mut self.buffer).await?;
        self.filled_ns = monotonic_now_ns();
        debug_assert_eq!(self.buffer.len(), length + count);
        Ok(count > 0)
    }

    /// Takes `count` of the waiting bytes.
    pub(crate) fn take(&mut self, count: usize) -> Vec<u8> {
        let taken = self.buffer[self.start..self.start + count].to_vec();
        self.start += count;
        taken
    }

    /// Puts bytes back, to be read again first. Nothing else may be waiting.
    pub(crate) fn put_back(&mut self, bytes: Vec<u8>) {
        assert!(self.waiting().is_empty(), "bytes can only be put back in their order");
        self.buffer = bytes;
        self.start = 0;
    }

    /// The next line without its end, as text with foreign bytes replaced; none at the end.
    pub(crate) async fn line(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = self.waiting().iter().position(|byte| *byte == b'\n') {
                let line = self.take(end + 1);
                let bare = line.strip_suffix(b"\r\n").unwrap_or(&line[..end]);
                return Ok(Some(String::from_utf8_lossy(bare).into_owned()));
            }
            if self.waiting().len() > MAX_LINE {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line without end"));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
    }

    /// A whole SMTP reply, all its lines; an error at the end of the connection.
    pub(crate) async fn reply(&mut self) -> io::Result<Vec<String>> {
        let mut lines = Vec::new();
        loop {
            let line = self.line().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
            let last = line.as_bytes().get(3) != Some(&b'-');
            lines.push(line);
            if last {
                return Ok(lines);
            }
        }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }
}
