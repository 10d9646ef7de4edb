//! The listeners: connections taken, counted, served, and ended with the program.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::session::{End, Session, stopped};
use crate::{InboundContext, again};

/// Time for the handshake of TLS.
const HANDSHAKE: Duration = Duration::from_secs(60);
/// Time for the words that turn a connection away.
const TURN_AWAY: Duration = Duration::from_secs(2);
/// Pause after a failed accept (no file descriptors), so that it does not spin.
const AFTER_FAILURE: Duration = Duration::from_millis(200);
/// Connections that the system keeps until they are taken. Bounces of a large newsletter come in
/// bursts; of what overflows the usual 128, some wait for a greeting that never comes.
const WAITING: u32 = 4096;

/// Open listeners.
#[derive(Debug)]
pub struct Listeners(Vec<TcpListener>);

impl Listeners {
    /// Opens the addresses of the settings.
    ///
    /// # Errors
    /// The first address that cannot be read or opened, named in the text.
    pub async fn bind(addresses: &[String]) -> io::Result<Self> {
        let mut open = Vec::new();
        for text in addresses {
            let address: SocketAddr = text.parse().map_err(|_| {
                io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!("inbound.listen: {text:?} is no IP address with a port"),
                )
            })?;
            let listener = listen(address).map_err(|error| {
                io::Error::new(error.kind(), format!("inbound.listen: {text} cannot be opened: {error}"))
            })?;
            open.push(listener);
        }
        Ok(Self(open))
    }

    /// The addresses that are open.
    ///
    /// # Errors
    /// The system's.
    pub fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.0.iter().map(TcpListener::local_addr).collect()
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // So that a restart finds its port free while old connections fade.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// The memory that mails on their way in may take together.
#[derive(Debug)]
pub(crate) struct Budget {
    left: AtomicUsize,
}

/// What one mail has taken of it. Given back when dropped.
#[derive(Debug)]
pub(crate) struct Room<'a> {
    budget: &'a Budget,
    taken: usize,
}

/// The step in which room is taken.
const STEP: usize = 64 * 1024;

impl Budget {
    pub(crate) fn new(octets: usize) -> Self {
        Self { left: AtomicUsize::new(octets) }
    }

    pub(crate) fn room(&self) -> Room<'_> {
        Room { budget: self, taken: 0 }
    }
}

impl Room<'_> {
    /// Takes what is missing for so many octets. False when nothing is left.
    pub(crate) fn grow_to(&mut self, octets: usize) -> bool {
        while self.taken < octets {
            let taken =
                self.budget.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(STEP));
            if taken.is_err() {
                return false;
            }
            self.taken += STEP;
        }
        true
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.budget.left.fetch_add(self.taken, Ordering::Relaxed);
    }
}

/// Who is connected, how often.
#[derive(Debug, Default)]
struct Guests(Mutex<BTreeMap<IpAddr, usize>>);

/// One connection's place; free again when dropped.
struct Place {
    guests: Arc<Guests>,
    who: IpAddr,
}

/// IPv6 peers count by /64: that is what one customer of a provider gets.
fn counted_as(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        address => address,
    }
}

impl Guests {
    fn enter(self: &Arc<Self>, peer: IpAddr, all: usize, each: usize) -> Option<Place> {
        let who = counted_as(peer);
        let mut guests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let present: usize = guests.values().sum();
        let own = guests.entry(who).or_default();
        if present >= all || *own >= each {
            if *own == 0 {
                guests.remove(&who);
            }
            return None;
        }
        *own += 1;
        Some(Place { guests: Arc::clone(self), who })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut guests = self.guests.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = guests.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                guests.remove(&self.who);
            }
        }
    }
}

/// What all connections share.
struct Hall {
    context: InboundContext,
    budget: Budget,
    guests: Arc<Guests>,
    stop: watch::Receiver<bool>,
}

fn count(setting: i64) -> usize {
    usize::try_from(setting).unwrap_or(1)
}

/// Receives mail until `stop` becomes true; then no connection is taken any
/// more, mails on their way are finished, and the function returns.
pub async fn run(context: InboundContext, listeners: Listeners, stop: watch::Receiver<bool>) {
    let budget = Budget::new(count(context.settings.memory_mib) * 1024 * 1024);
    let mut doors = JoinSet::new();
    doors.spawn(again::run(context.clone(), stop.clone()));
    let hall = Arc::new(Hall { context, budget, guests: Arc::default(), stop: stop.clone() });
    for listener in listeners.0 {
        doors.spawn(take(Arc::clone(&hall), listener, stop.clone()));
    }
    while doors.join_next().await.is_some() {}
}

async fn take(hall: Arc<Hall>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, peer)) => {
                connections.spawn(serve(Arc::clone(&hall), stream, peer.ip().to_canonical()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                hall.context.clock.sleep(AFTER_FAILURE).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn serve(hall: Arc<Hall>, stream: TcpStream, peer: IpAddr) {
    // Replies are short and awaited.
    let _ = stream.set_nodelay(true);
    let settings = &hall.context.settings;
    let Some(_place) = hall.guests.enter(peer, count(settings.connections), count(settings.connections_per_peer))
    else {
        return turn_away(&hall, stream).await;
    };
    let session = Session::new(&hall.context, &hall.budget, peer, false, hall.stop.clone());
    let (End::StartTls(stream), Some(tls)) = (session.run(stream).await, hall.context.tls.clone()) else { return };
    let secured = tokio::select! {
        secured = TlsAcceptor::from(tls).accept(stream) => secured,
        () = hall.context.clock.sleep(HANDSHAKE) => return,
    };
    match secured {
        Ok(stream) => {
            Session::new(&hall.context, &hall.budget, peer, true, hall.stop.clone()).run(stream).await;
        }
        Err(error) => tracing::debug!(%error, "a handshake of TLS failed"),
    }
}

async fn turn_away(hall: &Hall, mut stream: TcpStream) {
    tokio::select! {
        // Whether the peer hears it does not matter.
        _ = stream.write_all(b"421 4.7.0 too many connections, come again\r\n") => {}
        () = hall.context.clock.sleep(TURN_AWAY) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_peer_cannot_take_all_places() {
        let guests = Arc::new(Guests::default());
        let peer = |text: &str| text.parse::<IpAddr>().expect("an address");
        let first = guests.enter(peer("192.0.2.1"), 3, 2).expect("a place");
        let _second = guests.enter(peer("192.0.2.1"), 3, 2).expect("a place");
        assert!(guests.enter(peer("192.0.2.1"), 3, 2).is_none());
        let _third = guests.enter(peer("2001:db8::1"), 3, 2).expect("a place");
        assert!(guests.enter(peer("2001:db8::ffff"), 3, 2).is_none(), "the hall is full");
        drop(first);
        let _fourth = guests.enter(peer("2001:db8::2"), 3, 2).expect("a place");
        assert_eq!(counted_as(peer("2001:db8::1")), counted_as(peer("2001:db8:0:0:ffff::2")));
        assert_eq!(counted_as(peer("::ffff:192.0.2.1")), peer("192.0.2.1"));
    }

    #[test]
    fn room_is_limited_and_given_back() {
        let budget = Budget::new(2 * STEP);
        let mut one = budget.room();
        assert!(one.grow_to(STEP + 1));
        assert!(!budget.room().grow_to(1));
        drop(one);
        assert!(budget.room().grow_to(1));
    }
}
