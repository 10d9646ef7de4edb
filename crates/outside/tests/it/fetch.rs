//! Fetching a small document, against web servers that send too much or lead inside.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use outside::{DialError, FetchError, Fetcher, OutsideSettings, Resolver};
use testbench::dns::Dns;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::closed_network;

/// A web server that gives one answer to everything, and counts.
async fn web_server(answer: Vec<u8>) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let served = Arc::new(AtomicUsize::new(0));
    let counter = served.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                    break;
                }
            }
            let _ = stream.write_all(&answer).await;
        }
    });
    (address, served)
}

fn with_body(length: usize) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes();
    answer.resize(answer.len() + length, b'x');
    answer
}

async fn fetch(answer: Vec<u8>) -> Result<Vec<u8>, FetchError> {
    let dns = Dns::start().await.expect("a port");
    dns.address("www.shop.test", IpAddr::V4(Ipv4Addr::LOCALHOST));
    let settings = closed_network(dns.addr());
    let resolver = Resolver::new(&settings).expect("a resolver");
    let (address, _) = web_server(answer).await;
    let url = format!("http://www.shop.test:{}/.well-known/proof.txt", address.port());
    Fetcher::new(&resolver, &settings).fetch(&url).await
}

#[tokio::test]
async fn r12_a_small_document_is_fetched_and_a_large_one_is_not() {
    assert_eq!(fetch(with_body(64 * 1024)).await.expect("fits").len(), 64 * 1024);
    assert!(matches!(fetch(with_body(64 * 1024 + 1)).await, Err(FetchError::TooLarge)));
    let endless = [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 300_000]].concat();
    assert!(matches!(fetch(endless).await, Err(FetchError::TooLarge)));
}

#[tokio::test]
async fn r12_redirects_are_not_followed() {
    let (inside, served) = web_server(with_body(1)).await;
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: http://{inside}/\r\n\r\n");
    let result = fetch(answer.into_bytes()).await;
    assert!(matches!(result, Err(FetchError::Redirected(302))), "{result:?}");
    assert_eq!(served.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn r12_names_that_lead_inside_are_not_followed_in_an_open_network() {
    let dns = Dns::start().await.expect("a port");
    let (inside, served) = web_server(with_body(1)).await;
    for (number, ip) in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"].into_iter().enumerate()
    {
        dns.address(&format!("n{number}.rebind.test"), ip.parse().expect("an address"));
    }
    let open = OutsideSettings { allow_private_destinations: false, ..closed_network(dns.addr()) };
    let resolver = Resolver::new(&open).expect("a resolver");
    let fetcher = Fetcher::new(&resolver, &open);
    for number in 0..5 {
        let result = fetcher.fetch(&format!("http://n{number}.rebind.test/")).await;
        let guarded = matches!(result, Err(FetchError::Dial(DialError::RefusedByGuard(_))));
        assert!(guarded, "{number}: {result:?}");
    }
    let port = inside.port();
    for url in [format!("http://n0.rebind.test:{port}/"), format!("http://127.0.0.1:{port}/")] {
        assert!(matches!(fetcher.fetch(&url).await, Err(FetchError::Url(_))), "{url}");
    }
    assert_eq!(served.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn absent_names_are_permanent_and_failing_ones_temporary() {
    let dns = Dns::start().await.expect("a port");
    dns.fail("down.test", testbench::dns::Fault::ServFail);
    let settings = closed_network(dns.addr());
    let resolver = Resolver::new(&settings).expect("a resolver");
    let fetcher = Fetcher::new(&resolver, &settings);
    let absent = fetcher.fetch("http://absent.test/").await.expect_err("absent");
    assert!(!absent.is_temporary(), "{absent}");
    let down = fetcher.fetch("http://down.test/").await.expect_err("down");
    assert!(down.is_temporary(), "{down}");
}
