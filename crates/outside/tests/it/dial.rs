//! Connecting behind the guard, and TLS on the connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use outside::{DialError, Dialler, OutsideSettings, Stream, TlsClient};
use testbench::provider::{Provider, ProviderConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const LIMIT: Duration = Duration::from_secs(5);

fn open_network() -> OutsideSettings {
    OutsideSettings { connect_limit: LIMIT, ..OutsideSettings::default() }
}

fn closed_network() -> OutsideSettings {
    OutsideSettings { allow_private_destinations: true, ..open_network() }
}

/// Proves R8 at the door of the network: nothing on this machine is reached by a name from
/// outside (a listener counts every connection that gets through).
#[tokio::test]
async fn r8_loopback_is_never_dialled_in_an_open_network() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let reached = Arc::new(AtomicUsize::new(0));
    let counter = reached.clone();
    let canary = tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    let dialler = Dialler::new(&open_network());
    for ip in ["127.0.0.1", "127.1.2.3", "0.0.0.0", "::1", "::ffff:127.0.0.1", "::"] {
        let address = SocketAddr::new(ip.parse().expect("an address"), port);
        let refused = dialler.dial(address).await.expect_err("refused");
        assert!(matches!(refused, DialError::RefusedByGuard(_)), "{ip}: {refused}");
        assert!(!refused.is_temporary());
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0);
    let closed = Dialler::new(&closed_network());
    let through = closed.dial(SocketAddr::from(([127, 0, 0, 1], port)));
    assert!(through.await.is_ok(), "the canary is alive");
    canary.abort();
}

#[tokio::test]
async fn the_source_address_is_the_one_that_was_set() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let source = "127.0.0.77".parse().expect("an address");
    let settings = OutsideSettings { source_addresses: vec![source], ..closed_network() };
    let dialler = Dialler::new(&settings);
    let (dialled, accepted) = tokio::join!(dialler.dial(address), listener.accept());
    assert_eq!(accepted.expect("accepted").1.ip(), source);
    drop(dialled.expect("dialled"));
    let v6 = "[::1]:25".parse().expect("an address");
    assert!(matches!(dialler.dial(v6).await, Err(DialError::NoSourceAddress(_))));
}

#[tokio::test]
async fn a_closed_port_is_a_temporary_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let error = Dialler::new(&closed_network()).dial(address).await.expect_err("closed");
    assert!(matches!(error, DialError::Io(_)) && error.is_temporary(), "{error}");
}

#[tokio::test]
async fn the_first_address_that_answers_is_taken_and_a_temporary_failure_is_told_first() {
    let listener = TcpListener::bind("127.0.0.2:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let ips = |texts: &[&str]| -> Vec<std::net::IpAddr> {
        texts.iter().map(|text| text.parse().expect("an address")).collect()
    };
    let closed = Dialler::new(&closed_network());
    let stream = closed.dial_any(&ips(&["127.0.0.3", "127.0.0.2"]), port).await;
    assert_eq!(stream.expect("the second").peer_addr().expect("a peer").ip().to_string(), "127.0.0.2");
    for mixed in [["127.0.0.3", "0.0.0.0"], ["0.0.0.0", "127.0.0.3"]] {
        let error = closed.dial_any(&ips(&mixed), port).await.expect_err("none answers");
        assert!(error.is_temporary(), "{error}");
    }
    let open = Dialler::new(&open_network());
    let error = open.dial_any(&ips(&["127.0.0.2", "10.0.0.1"]), port).await.expect_err("guarded");
    assert!(matches!(error, DialError::RefusedByGuard(_)), "{error}");
    assert!(matches!(open.dial_any(&[], port).await, Err(DialError::NoAddress)));
}

async fn say(stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin), line: &str) -> String {
    stream.write_all(line.as_bytes()).await.expect("written");
    stream.flush().await.expect("flushed");
    let mut reply = String::new();
    loop {
        let mut buffer = [0; 1024];
        let count = stream.read(&mut buffer).await.expect("a reply");
        assert!(count > 0, "closed after {reply:?}");
        reply.push_str(&String::from_utf8_lossy(&buffer[..count]));
        let last = reply.trim_end().lines().last().unwrap_or_default();
        if reply.ends_with("\r\n") && last.as_bytes().get(3) == Some(&b' ') {
            return reply;
        }
    }
}

#[tokio::test]
async fn opportunistic_tls_takes_a_self_signed_certificate_and_a_verifying_client_does_not() {
    let provider = Provider::start(ProviderConfig::default()).await.expect("a provider");
    provider.excuse("no mail of ours comes here");
    let dialler = Dialler::new(&closed_network());
    let mut stream = dialler.dial(provider.addr()).await.expect("connected");
    let greeting = say(&mut stream, "EHLO a.test\r\n").await;
    assert!(greeting.starts_with("220"));
    if !greeting.contains("250 ") {
        say(&mut stream, "").await;
    }
    assert!(say(&mut stream, "STARTTLS\r\n").await.starts_with("220"));
    let client = TlsClient::opportunistic(LIMIT);
    let mut stream = client.start(stream, "mx.provider.test").await.expect("TLS");
    let info = stream.tls_info().expect("under TLS");
    assert_eq!(info.version, "TLSv1_3", "{info:?}");
    assert!(say(&mut stream, "EHLO a.test\r\n").await.starts_with("250"));

    let mut stream = dialler.dial(provider.addr()).await.expect("connected");
    say(&mut stream, "").await;
    say(&mut stream, "EHLO a.test\r\n").await;
    say(&mut stream, "STARTTLS\r\n").await;
    // Without any certificates on this machine this fails earlier, which is as good.
    if let Ok(client) = TlsClient::verifying(LIMIT) {
        assert!(client.start(stream, "mx.provider.test").await.is_err());
    }
}

#[tokio::test]
async fn a_server_that_never_answers_the_handshake_costs_no_more_than_the_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let stream = TcpStream::connect(listener.local_addr().expect("an address")).await;
    let _silent = listener.accept().await.expect("accepted");
    let client = TlsClient::opportunistic(Duration::from_millis(50));
    let result = client.start(stream.expect("connected"), "mx.example.test").await;
    assert!(matches!(result, Err(outside::TlsError::TimedOut(_))));
}

#[tokio::test]
async fn plain_streams_pass_bytes_both_ways() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let dialled = Dialler::new(&closed_network()).dial(address).await.expect("connected");
    let (mut peer, _) = listener.accept().await.expect("accepted");
    let mut stream = Stream::Plain(dialled);
    assert!(!stream.is_tls() && stream.tls_info().is_none());
    assert_eq!(stream.peer_addr().expect("a peer"), address);
    stream.write_all(b"ping").await.expect("written");
    let mut four = [0; 4];
    peer.read_exact(&mut four).await.expect("read");
    peer.write_all(&four).await.expect("written");
    stream.read_exact(&mut four).await.expect("read");
    assert_eq!(&four, b"ping");
}
