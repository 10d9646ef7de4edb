//! An authoritative DNS server on loopback, over UDP and TCP, with a zone that tests change
//! while it runs, and faults for single names. It takes itself for the authority of every
//! name: what was not set does not exist.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::{JoinHandle, JoinSet};

mod answer;

/// How often a pair of UDP and TCP sockets with one port is tried for.
const PORT_ATTEMPTS: usize = 50;
/// A TCP connection without question is closed after this time.
const IDLE: Duration = Duration::from_secs(30);

/// The value of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// A mail host with its preference; `.` as host is the null MX.
    Mx(u16, String),
    /// A text; cut into strings of 255 bytes by the server.
    Txt(String),
    /// An alias.
    Cname(String),
    /// A name for an address; see [`reverse_name`].
    Ptr(String),
}

/// What goes wrong for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// SERVFAIL.
    ServFail,
    /// REFUSED.
    Refused,
    /// No answer at all.
    Silent,
    /// NXDOMAIN, whatever the zone says.
    NxDomain,
    /// An empty answer that points at other servers (a lame delegation).
    Lame,
    /// UDP answers are cut off (TC), so that TCP is needed.
    Truncated,
}

/// The zone: all names in lower case without final dot.
#[derive(Debug, Default)]
pub(crate) struct Zone {
    records: HashMap<String, Vec<Value>>,
    /// By name and, where only one type is concerned, that type.
    faults: HashMap<(String, Option<String>), Fault>,
    asked: HashMap<(String, String), u64>,
    /// Names that have another address as soon as they were asked for theirs.
    rebinds: HashMap<String, Value>,
    ttl: u32,
}

/// A running DNS server. Dropping it stops it.
pub struct Dns {
    address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    tasks: Vec<JoinHandle<()>>,
}

fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_lowercase()
}

/// The name under which the PTR records of an address lie.
#[must_use]
pub fn reverse_name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(v6) => {
            let digits: Vec<String> = format!("{:032x}", v6.to_bits()).chars().rev().map(String::from).collect();
            format!("{}.ip6.arpa", digits.join("."))
        }
    }
}

impl Dns {
    /// Starts on a free port of 127.0.0.1; must be called within a tokio runtime.
    ///
    /// # Errors
    /// The system's error when no port is free.
    pub async fn start() -> io::Result<Self> {
        Self::start_at(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0)).await
    }

    /// Starts at this address; port 0 chooses one.
    ///
    /// # Errors
    /// The system's error when the port is not free.
    pub async fn start_at(address: SocketAddr) -> io::Result<Self> {
        let (udp, tcp) = bind_both(address).await?;
        let address = udp.local_addr()?;
        let zone = Arc::new(Mutex::new(Zone::default()));
        let tasks = vec![tokio::spawn(serve_udp(udp, zone.clone())), tokio::spawn(serve_tcp(tcp, zone.clone()))];
        Ok(Self { address, zone, tasks })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    fn zone(&self) -> MutexGuard<'_, Zone> {
        lock(&self.zone)
    }

    /// Adds a record. A name beginning with `*.` answers for all names below that have none.
    pub fn set(&self, name: &str, value: Value) {
        self.zone().records.entry(plain(name)).or_default().push(value);
    }

    /// Takes all records of a name away.
    pub fn remove(&self, name: &str) {
        self.zone().records.remove(&plain(name));
    }

    /// From now on this goes wrong for a name.
    pub fn fail(&self, name: &str, fault: Fault) {
        self.zone().faults.insert((plain(name), None), fault);
    }

    /// From now on this goes wrong for a name when it is asked for this type (`"MX"`).
    pub fn fail_for(&self, name: &str, kind: &str, fault: Fault) {
        self.zone().faults.insert((plain(name), Some(kind.to_owned())), fault);
    }

    /// From now on nothing goes wrong for a name.
    pub fn heal(&self, name: &str) {
        let name = plain(name);
        self.zone().faults.retain(|(known, _), _| *known != name);
    }

    /// The first question for the name's IPv4 address is answered with `first`, every later one
    /// with `then`: what an attacker's authority does who wants the address checked and the
    /// address dialled to differ.
    pub fn rebind(&self, name: &str, first: Ipv4Addr, then: Ipv4Addr) {
        let mut zone = self.zone();
        zone.records.insert(plain(name), vec![Value::A(first)]);
        zone.rebinds.insert(plain(name), Value::A(then));
    }

    /// The time to live of all answers, in seconds; 0, the default, keeps caches out.
    pub fn set_ttl(&self, seconds: u32) {
        self.zone().ttl = seconds;
    }

    /// How often a name was asked for a type (`"MX"`), over UDP and TCP together.
    #[must_use]
    pub fn asked(&self, name: &str, kind: &str) -> u64 {
        *self.zone().asked.get(&(plain(name), kind.to_owned())).unwrap_or(&0)
    }

    /// A mail domain whose mail host is `host` at `address`.
    pub fn mail_domain(&self, domain: &str, host: &str, address: IpAddr) {
        self.set(domain, Value::Mx(10, host.to_owned()));
        self.remove(host);
        self.address(host, address);
    }

    /// An address record of either family.
    pub fn address(&self, name: &str, address: IpAddr) {
        match address {
            IpAddr::V4(v4) => self.set(name, Value::A(v4)),
            IpAddr::V6(v6) => self.set(name, Value::Aaaa(v6)),
        }
    }

    /// Adds records from text: a line each, `name TAB text` for TXT, or `name TAB TYPE TAB
    /// value` with TYPE one of A, AAAA, MX, TXT, CNAME, PTR. Empty lines and lines with `#`
    /// first are passed over. Returns how many were added.
    ///
    /// # Errors
    /// The number and text of the first line that cannot be read; those before it were added.
    pub fn load_zone_txt(&self, text: &str) -> Result<usize, String> {
        let mut added = 0;
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) = read_line(line).ok_or_else(|| format!("line {}: {line}", number + 1))?;
            self.set(name, value);
            added += 1;
        }
        Ok(added)
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

fn lock(zone: &Mutex<Zone>) -> MutexGuard<'_, Zone> {
    zone.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read_line(line: &str) -> Option<(&str, Value)> {
    let (name, rest) = line.split_once('\t')?;
    let (kind, value) = rest.split_once('\t').unwrap_or(("TXT", rest));
    let value = match kind {
        "A" => Value::A(value.parse().ok()?),
        "AAAA" => Value::Aaaa(value.parse().ok()?),
        "MX" => {
            let (preference, host) = value.split_once(' ')?;
            Value::Mx(preference.parse().ok()?, host.trim().to_owned())
        }
        "TXT" => Value::Txt(value.to_owned()),
        "CNAME" => Value::Cname(value.to_owned()),
        "PTR" => Value::Ptr(value.to_owned()),
        _ => return None,
    };
    Some((name, value))
}

async fn bind_both(address: SocketAddr) -> io::Result<(UdpSocket, TcpListener)> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..PORT_ATTEMPTS {
        let udp = UdpSocket::bind(address).await?;
        match TcpListener::bind(udp.local_addr()?).await {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(error) if address.port() != 0 => return Err(error),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn serve_udp(socket: UdpSocket, zone: Arc<Mutex<Zone>>) {
    let mut buffer = vec![0; 4096];
    loop {
        let Ok((size, peer)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let reply = answer::answer(&mut lock(&zone), &buffer[..size], true);
        if let Some(reply) = reply {
            let _ = socket.send_to(&reply, peer).await;
        }
    }
}

async fn serve_tcp(listener: TcpListener, zone: Arc<Mutex<Zone>>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(serve_stream(stream, zone.clone()));
        }
    }
}

async fn serve_stream(mut stream: TcpStream, zone: Arc<Mutex<Zone>>) -> io::Result<()> {
    loop {
        let mut size = [0; 2];
        tokio::time::timeout(IDLE, stream.read_exact(&mut size)).await??;
        let mut query = vec![0; usize::from(u16::from_be_bytes(size))];
        tokio::time::timeout(IDLE, stream.read_exact(&mut query)).await??;
        let reply = answer::answer(&mut lock(&zone), &query, false);
        let Some(reply) = reply else {
            // Silent: the connection stays open without an answer.
            continue;
        };
        let size = u16::try_from(reply.len()).map_err(|_| io::ErrorKind::InvalidData)?;
        stream.write_all(&[&size.to_be_bytes()[..], &reply].concat()).await?;
    }
}
