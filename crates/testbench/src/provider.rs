//! A mailbox provider on loopback: an SMTP server that does what a script says, and puts down
//! everything it saw. Its records are the second book by which the sender's own is checked.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

mod behaviour;
mod record;
mod session;

pub use behaviour::{Behaviour, Close, Reply, Scope, TlsFault};
pub use record::{Recipient, Record};

use behaviour::Script;
use record::Recorder;
use session::Session;

/// How a provider is set up.
#[derive(Clone, Debug)]
pub struct ProviderConfig {
    /// Where it listens; all of 127.0.0.0/8 is there, port 0 chooses one.
    pub listen: Vec<SocketAddr>,
    /// Its name in the greeting.
    pub host_name: String,
    /// Offers STARTTLS with a self-signed certificate.
    pub tls: bool,
    /// Offers PIPELINING.
    pub pipelining: bool,
    /// Offers 8BITMIME.
    pub eightbitmime: bool,
    /// Offers SMTPUTF8.
    pub smtputf8: bool,
    /// Offers DSN.
    pub dsn: bool,
    /// The largest message, in bytes.
    pub max_size: usize,
    /// Keeps the content of every message in memory.
    pub keep_bytes: bool,
    /// Writes every message and a log into this folder.
    pub record_folder: Option<PathBuf>,
}

impl Default for ProviderConfig {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0)],
            host_name: "mx.provider.test".into(),
            tls: true,
            pipelining: true,
            eightbitmime: true,
            smtputf8: true,
            dsn: false,
            max_size: 50 * 1024 * 1024,
            keep_bytes: true,
            record_folder: None,
        }
    }
}

/// What the sessions share.
pub(crate) struct Shared {
    config: ProviderConfig,
    script: Mutex<Script>,
    recorder: Recorder,
    connections: AtomicU64,
    /// Whole messages that were taken for the judges.
    handed_over: AtomicUsize,
    open: watch::Sender<usize>,
    /// The peer of each open connection, by its number.
    peers: Mutex<HashMap<u64, IpAddr>>,
    most_open: AtomicUsize,
}

impl Shared {
    fn peers(&self) -> MutexGuard<'_, HashMap<u64, IpAddr>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connection_began(self: &Arc<Self>, peer: IpAddr) -> Presence {
        let number = self.connections.fetch_add(1, Ordering::SeqCst) + 1;
        self.peers().insert(number, peer);
        let mut open = 0;
        self.open.send_modify(|count| {
            *count += 1;
            open = *count;
        });
        self.most_open.fetch_max(open, Ordering::SeqCst);
        Presence { shared: self.clone(), number }
    }
}

/// One open connection, counted until this is dropped.
pub(crate) struct Presence {
    shared: Arc<Shared>,
    number: u64,
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.shared.peers().remove(&self.number);
        self.shared.open.send_modify(|count| *count -= 1);
    }
}

/// A running provider. Dropping it ends all its connections, and fails where mails came that nobody
/// handed over to the judges.
pub struct Provider {
    shared: Arc<Shared>,
    addresses: Vec<SocketAddr>,
    tasks: Vec<JoinHandle<()>>,
}

impl Provider {
    /// Starts listening; must be called within a tokio runtime.
    ///
    /// # Errors
    /// The system's error when an address cannot be listened on or the folder not be written.
    pub async fn start(config: ProviderConfig) -> io::Result<Self> {
        let mut listeners = Vec::new();
        for address in &config.listen {
            listeners.push(listen(*address)?);
        }
        let addresses: io::Result<Vec<_>> = listeners.iter().map(TcpListener::local_addr).collect();
        let recorder = Recorder::new(config.record_folder.as_deref(), config.keep_bytes)?;
        let shared = Arc::new(Shared {
            config,
            script: Mutex::default(),
            recorder,
            connections: AtomicU64::new(0),
            handed_over: AtomicUsize::new(0),
            open: watch::Sender::new(0),
            peers: Mutex::default(),
            most_open: AtomicUsize::new(0),
        });
        let listen = |listener| tokio::spawn(accept(shared.clone(), listener));
        let tasks = listeners.into_iter().map(listen).collect();
        Ok(Self { shared: shared.clone(), addresses: addresses?, tasks })
    }

    /// The first address it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// All addresses it listens on.
    #[must_use]
    pub fn addrs(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Sets or replaces how it acts towards `scope`. Open connections notice at their next
    /// RCPT; what concerns the connection itself, with the next one.
    pub fn set_behaviour(&self, scope: Scope, behaviour: Behaviour) {
        self.shared.script().set(scope, behaviour);
    }

    /// All transactions that have ended, in the order of their ends.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.shared.recorder.all()
    }

    /// The transactions after the first `count` that have ended, in the order of their ends.
    #[must_use]
    pub fn records_after(&self, count: usize) -> Vec<Record> {
        self.shared.recorder.after(count)
    }

    /// The recipients that were refused, after the first `count`, in the order of the replies;
    /// unlike records, they are there as soon as the sender knows.
    #[must_use]
    pub fn refused_after(&self, count: usize) -> Vec<Recipient> {
        self.shared.recorder.refused_after(count)
    }

    /// The transactions that brought a whole message, accepted or not.
    #[must_use]
    pub fn messages(&self) -> Vec<Record> {
        self.records().into_iter().filter(|record| record.completed).collect()
    }

    /// Takes all whole messages that came so far, for the judges.
    #[must_use]
    pub fn hand_over(&self) -> Vec<Record> {
        let messages = self.messages();
        self.shared.handed_over.store(messages.len(), Ordering::SeqCst);
        messages
    }

    /// No judge need read what comes here; `_reason` tells the reader of the test why not.
    pub fn excuse(&self, _reason: &str) {
        self.shared.handed_over.store(usize::MAX, Ordering::SeqCst);
    }

    /// The content of a message, from memory or from the record folder.
    ///
    /// # Errors
    /// `NotFound` when it is kept in neither; the system's error when the file cannot be read.
    pub fn content(&self, record: &Record) -> io::Result<Vec<u8>> {
        if record.bytes.len() == record.size {
            return Ok(record.bytes.to_vec());
        }
        match (&self.shared.config.record_folder, &record.file) {
            (Some(folder), Some(file)) => std::fs::read(folder.join(file)),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// How many whole messages came.
    #[must_use]
    pub fn completed(&self) -> usize {
        self.shared.recorder.completed()
    }

    /// How many transactions have ended, well or not.
    #[must_use]
    pub fn ended(&self) -> usize {
        self.shared.recorder.ended()
    }

    /// Waits until `count` whole messages came; false when `limit` passed first.
    pub async fn wait_for(&self, count: usize, limit: Duration) -> bool {
        self.shared.recorder.wait_completed(count, limit).await
    }

    /// Waits until `count` transactions ended, well or not; false when `limit` passed first.
    pub async fn wait_ended(&self, count: usize, limit: Duration) -> bool {
        self.shared.recorder.wait_ended(count, limit).await
    }

    /// Waits until no connection is open; false when `limit` passed first.
    pub async fn wait_idle(&self, limit: Duration) -> bool {
        let mut open = self.shared.open.subscribe();
        let all_gone = open.wait_for(|count| *count == 0);
        tokio::time::timeout(limit, all_gone).await.is_ok_and(|gone| gone.is_ok())
    }

    /// Waits until no transaction has ended for the span `quiet`; false when `limit` passed
    /// first.
    pub async fn wait_quiet(&self, quiet: Duration, limit: Duration) -> bool {
        let end = tokio::time::Instant::now() + limit;
        loop {
            let ended = self.shared.recorder.ended();
            if !self.wait_ended(ended + 1, quiet).await {
                return true;
            }
            if tokio::time::Instant::now() > end {
                return false;
            }
        }
    }

    /// Connections since the start.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Connections that are open now.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        *self.shared.open.borrow()
    }

    /// Connections from one address that are open now.
    #[must_use]
    pub fn open_connections_from(&self, peer: IpAddr) -> usize {
        self.shared.peers().values().filter(|known| **known == peer).count()
    }

    /// Waits until no connection from this address is open; false when `limit` passed first.
    pub async fn wait_idle_from(&self, peer: IpAddr, limit: Duration) -> bool {
        let mut open = self.shared.open.subscribe();
        let all_gone = open.wait_for(|_| self.open_connections_from(peer) == 0);
        tokio::time::timeout(limit, all_gone).await.is_ok_and(|gone| gone.is_ok())
    }

    /// The most connections that were ever open together.
    #[must_use]
    pub fn most_open_connections(&self) -> usize {
        self.shared.most_open.load(Ordering::SeqCst)
    }

    /// Stops listening, ends all connections and returns all records, those of transactions
    /// that were cut off included.
    pub async fn stop(mut self) -> Vec<Record> {
        for task in self.tasks.drain(..) {
            task.abort();
            let _ = task.await;
        }
        // Aborted sessions put down their open transactions as they are dropped, soon.
        let mut open = self.shared.open.subscribe();
        let all_gone = open.wait_for(|count| *count == 0);
        let _ = tokio::time::timeout(Duration::from_secs(10), all_gone).await;
        self.records()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        let unread = self.completed().saturating_sub(self.shared.handed_over.load(Ordering::SeqCst));
        let all_read = unread == 0 || std::thread::panicking();
        assert!(all_read, "{unread} mails came that no judge has read: hand them over");
    }
}

/// Keeps as many connections waiting as the system allows: of a burst that overflows the usual 128,
/// some peers wait for a greeting that never comes.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(4096)
}

/// The sessions belong to this task: when it is aborted, they are too.
async fn accept(shared: Arc<Shared>, listener: TcpListener) {
    let mut sessions = JoinSet::new();
    loop {
        while sessions.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, peer)) => {
                sessions.spawn(Session::run(shared.connection_began(peer.ip()), stream));
            }
            // Out of file descriptors: others will end.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
