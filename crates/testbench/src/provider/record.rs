//! What the provider saw: its own ledger, against which the sender's is held.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// One recipient of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The address without brackets.
    pub address: String,
    /// What stood after the brackets.
    pub parameters: String,
    /// The first line of our reply; empty when the connection ended before it.
    pub reply: String,
    /// When RCPT came, in nanoseconds of the machine's monotonic clock.
    pub rcpt_ns: u64,
}

/// One transaction, from MAIL to its end, however it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Counts transactions from 1, in the order of their ends.
    pub number: u64,
    /// Counts connections from 1.
    pub connection: u64,
    /// Whence.
    pub peer: Option<SocketAddr>,
    /// To which of our addresses.
    pub listener: Option<SocketAddr>,
    /// The name in EHLO or HELO.
    pub helo: String,
    /// Under TLS.
    pub tls: bool,
    /// MAIL FROM without brackets.
    pub mail_from: String,
    /// What stood after the brackets.
    pub mail_parameters: String,
    /// The first line of the reply to MAIL.
    pub mail_reply: String,
    /// All recipients, refused ones too.
    pub recipients: Vec<Recipient>,
    /// When MAIL came, in nanoseconds of the machine's monotonic clock, like all `_ns`.
    pub mail_ns: u64,
    /// When DATA came.
    pub data_ns: Option<u64>,
    /// When 354 was written.
    pub go_ahead_ns: Option<u64>,
    /// When the first byte of content came.
    pub first_byte_ns: Option<u64>,
    /// When the final dot came.
    pub dot_ns: Option<u64>,
    /// When the reply to the final dot was handed to the system; never in `log.jsonl`, which is
    /// written before.
    pub reply_ns: Option<u64>,
    /// The first line of the reply to DATA (if no 354) or to the final dot; none when the
    /// connection was closed instead.
    pub reply: Option<String>,
    /// The final dot came: the message exists.
    pub completed: bool,
    /// Completed, and the reply says so; whether the reply went out is told by `reply_ns`.
    pub accepted: bool,
    /// Content was sent before our 354 (a fault of the sender).
    pub early_content: bool,
    /// Something was sent behind the final dot before our reply to it (a fault of the sender).
    pub past_dot: bool,
    /// Bytes of content, unstuffed.
    pub size: usize,
    /// The name of the file that holds them, if there is one.
    pub file: Option<String>,
    /// The content, unstuffed; empty unless completed and kept.
    #[serde(skip)]
    pub bytes: Arc<[u8]>,
}

impl Record {
    /// A message that came elsewhere.
    #[must_use]
    pub fn of(content: Vec<u8>, recipient: &str) -> Self {
        let reply = "250 2.1.5 recipient ok".to_owned();
        let recipient = Recipient { address: recipient.to_owned(), parameters: String::new(), reply, rcpt_ns: 0 };
        Self {
            recipients: vec![recipient],
            completed: true,
            accepted: true,
            size: content.len(),
            bytes: content.into(),
            ..Self::default()
        }
    }

    /// The recipients that were accepted.
    pub fn accepted_recipients(&self) -> impl Iterator<Item = &str> {
        self.recipients
            .iter()
            .filter(|recipient| recipient.reply.starts_with('2'))
            .map(|recipient| recipient.address.as_str())
    }

    /// True when this transaction brought a message for this address.
    #[must_use]
    pub fn is_message_for(&self, address: &str) -> bool {
        self.completed && self.accepted_recipients().any(|known| known.eq_ignore_ascii_case(address))
    }
}

/// Writes down every transaction, in memory and, if wanted, in a folder.
pub(crate) struct Recorder {
    inner: Mutex<Inner>,
    completed: watch::Sender<usize>,
    ended: watch::Sender<usize>,
    keep_bytes: bool,
}

struct Inner {
    records: Vec<Record>,
    refused: Vec<Recipient>,
    folder: Option<(PathBuf, File)>,
}

impl Recorder {
    /// With `folder`, each message becomes a file `NNNNNN.eml` and each transaction a line of
    /// `log.jsonl` there.
    pub(crate) fn new(folder: Option<&Path>, keep_bytes: bool) -> std::io::Result<Self> {
        let folder = match folder {
            None => None,
            Some(path) => {
                std::fs::create_dir_all(path)?;
                let log = path.join("log.jsonl");
                let log = OpenOptions::new().create(true).append(true).open(log)?;
                Some((path.to_owned(), log))
            }
        };
        Ok(Self {
            inner: Mutex::new(Inner { records: Vec::new(), refused: Vec::new(), folder }),
            completed: watch::Sender::new(0),
            ended: watch::Sender::new(0),
            keep_bytes,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts down a finished transaction *before* its reply goes out, so that a sender that saw
    /// the reply finds the record. Returns its place for [`replied`](Self::replied).
    pub(crate) fn put(&self, mut record: Record, content: Option<Vec<u8>>) -> usize {
        let completed = record.completed;
        let mut inner = self.lock();
        let place = inner.records.len();
        record.number = place as u64 + 1;
        inner.write_down(&mut record, content.as_deref());
        if let Some(content) = content
            && self.keep_bytes
        {
            record.bytes = content.into();
        }
        inner.records.push(record);
        drop(inner);
        if completed {
            self.completed.send_modify(|count| *count += 1);
        }
        self.ended.send_modify(|count| *count += 1);
        place
    }

    /// The reply has been handed to the system.
    pub(crate) fn replied(&self, place: usize, at_ns: u64) {
        if let Some(record) = self.lock().records.get_mut(place) {
            record.reply_ns = Some(at_ns);
        }
    }

    /// Puts down a refused recipient *before* the reply goes out. Its transaction may stay open
    /// for long.
    pub(crate) fn refuse(&self, recipient: Recipient) {
        self.lock().refused.push(recipient);
    }

    /// The refused recipients after the first `count`.
    pub(crate) fn refused_after(&self, count: usize) -> Vec<Recipient> {
        self.lock().refused.get(count..).map_or_else(Vec::new, <[Recipient]>::to_vec)
    }

    pub(crate) fn all(&self) -> Vec<Record> {
        self.lock().records.clone()
    }

    /// The records after the first `count`.
    pub(crate) fn after(&self, count: usize) -> Vec<Record> {
        self.lock().records.get(count..).map_or_else(Vec::new, <[Record]>::to_vec)
    }

    pub(crate) fn completed(&self) -> usize {
        *self.completed.borrow()
    }

    pub(crate) fn ended(&self) -> usize {
        *self.ended.borrow()
    }

    /// Waits until so many messages are complete; false when `limit` passed first.
    pub(crate) async fn wait_completed(&self, count: usize, limit: Duration) -> bool {
        wait(self.completed.subscribe(), count, limit).await
    }

    /// Waits until so many transactions have ended; false when `limit` passed first.
    pub(crate) async fn wait_ended(&self, count: usize, limit: Duration) -> bool {
        wait(self.ended.subscribe(), count, limit).await
    }
}

async fn wait(mut seen: watch::Receiver<usize>, count: usize, limit: Duration) -> bool {
    let reached = seen.wait_for(|have| *have >= count);
    tokio::time::timeout(limit, reached).await.is_ok_and(|result| result.is_ok())
}

impl Inner {
    fn write_down(&mut self, record: &mut Record, content: Option<&[u8]>) {
        let Some((path, log)) = &mut self.folder else {
            return;
        };
        if let Some(content) = content {
            let name = format!("{:06}.eml", record.number);
            std::fs::write(path.join(&name), content).expect("the record folder is writable");
            record.file = Some(name);
        }
        let mut line = serde_json::to_vec(record).expect("a record is plain data");
        line.push(b'\n');
        log.write_all(&line).and_then(|()| log.flush()).expect("the record folder is writable");
    }
}
