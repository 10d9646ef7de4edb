//! The listeners: plain HTTP/1, with limits on heads, connections and time.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::client::Peer;
use crate::context::{Web, WebContext};
use crate::frame;

/// Octets of the head of a request.
const MAX_HEAD: usize = 32 * 1024;

/// Connections that the system keeps until they are taken. Mail systems post their one-click
/// requests in bursts; what overflows the usual 128 is reset without an answer.
const WAITING: u32 = 4096;

/// Bound listeners; known before the door opens, so that a port in use stops the start.
pub struct Listeners(Vec<TcpListener>);

impl Listeners {
    /// Binds addresses with ports; port 0 takes any free one.
    ///
    /// # Errors
    /// The system's error, with the address; the operator must act.
    pub async fn bind(addresses: &[String]) -> io::Result<Self> {
        let mut bound = Vec::with_capacity(addresses.len());
        for address in addresses {
            let listener = bind(address).await;
            bound.push(listener.map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))?);
        }
        Ok(Self(bound))
    }

    /// Where they listen.
    ///
    /// # Errors
    /// The system's error.
    pub fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.0.iter().map(TcpListener::local_addr).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "the own address, as the operator wrote it; nothing is dialled")]
async fn bind(address: &str) -> io::Result<TcpListener> {
    let mut last = io::Error::new(io::ErrorKind::InvalidInput, "the name has no address");
    for address in lookup_host(address).await? {
        match listen(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // So that a restart finds its port free while old connections fade.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// What all connections share.
pub(crate) struct Hall {
    router: TowerToHyperService<Router>,
    places: Arc<Semaphore>,
    header_limit: std::time::Duration,
}

impl Hall {
    /// A hall with so many places for connections, whose requests have heads within a time.
    pub(crate) fn new(router: Router, places: usize, header_limit: std::time::Duration) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(places));
        Arc::new(Self { router: TowerToHyperService::new(router), places, header_limit })
    }
}

/// Serves until `stop` becomes true; then no connection is taken any more, and those that are open
/// finish their request.
pub async fn run(context: WebContext, listeners: Listeners, stop: watch::Receiver<bool>) {
    let places = usize::try_from(context.settings.connections).unwrap_or(1);
    let header_limit = context.settings.header_limit;
    let web = Web::new(context);
    let hall = Hall::new(frame::of(web.clone()), places, header_limit);
    // Answers that have no end by themselves end now.
    let mut closing = stop.clone();
    tokio::spawn(async move {
        stopped(&mut closing).await;
        web.hub().close();
    });
    serve_all(hall, listeners, stop).await;
}

/// Takes connections of all listeners until `stop` becomes true, and finishes their requests.
pub(crate) async fn serve_all(hall: Arc<Hall>, listeners: Listeners, stop: watch::Receiver<bool>) {
    let mut doors = JoinSet::new();
    for listener in listeners.0 {
        doors.spawn(take(Arc::clone(&hall), listener, stop.clone()));
    }
    while doors.join_next().await.is_some() {}
}

/// Ready when `stop` is true, or when nobody can make it true any more.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

async fn take(hall: Arc<Hall>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
    let mut open = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&hall.places).acquire_owned().await else { break };
        tokio::select! {
            taken = listener.accept() => match taken {
                Ok((stream, peer)) => {
                    let (hall, stop) = (Arc::clone(&hall), stop.clone());
                    open.spawn(async move {
                        serve(&hall, stream, peer, stop).await;
                        drop(place);
                    });
                }
                // Too many open files, or a peer that went at once: the next one may do better.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::task::yield_now().await;
                }
            },
            () = stopped(&mut stop) => break,
            Some(_) = open.join_next() => {}
        }
    }
    while open.join_next().await.is_some() {}
}

async fn serve(hall: &Hall, stream: TcpStream, peer: SocketAddr, mut stop: watch::Receiver<bool>) {
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        hall.router.call(request)
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(hall.header_limit)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
