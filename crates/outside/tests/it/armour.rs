//! Requests that customers' words must not lead inside (ARMOUR D4). A canary listens on this
//! machine; whatever is asked for, nobody may ever come.
//!
//! Two doors follow words from outside: the proof on a website fetches by a host name that a
//! customer entered, and mail is dialled by the domain of an address that anybody entered. Both
//! end in [`Resolver`] and [`Dialler`].

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use outside::fetch::{FETCH_LIMIT, MAX_BODY};
use outside::site_proof::{self, Place, Seen, SiteProof};
use outside::{DialError, Dialler, FetchError, Fetcher, OutsideSettings, Resolver};
use testbench::dns::Dns;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::closed_network;

/// Ways to write this machine, its neighbours, or somebody else's protocol into a URL.
const URLS: &[&str] = &[
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.255.255.254/",
    "http://0/",
    "http://0.0.0.0/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0x7F.1/",
    "http://127.0.0.1./",
    "http://%31%32%37.0.0.1/",
    "http://\u{ff11}27.0.0.1/",
    "http://\u{2460}27.0.0.1/",
    "http://127\u{3002}0\u{3002}0\u{3002}1/",
    "http://localhost/",
    "http://localhost./",
    "http://LOCALHOST/",
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[fc00::1]/",
    "http://[fe80::1%25lo]/",
    "http://[::1%25lo]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://10.0.0.1/",
    "http://user@127.0.0.1/",
    "http://www.shop.test@127.0.0.1/",
    "http://127.0.0.1#@www.shop.test/",
    "http://127.0.0.1?@www.shop.test/",
    "http://127.0.0.1\\@www.shop.test/",
    "http:\\\\127.0.0.1\\",
    "http:/\\127.0.0.1/",
    "http://127.0.0.1\t/",
    "http://127.0.0.1\r\nHost: www.shop.test/",
    "http://127.0.0.1\0.shop.test/",
    " http://127.0.0.1/",
    "//127.0.0.1/",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/_HELO",
    "dict://127.0.0.1:11211/stat",
    "unix:/run/postgresql/.s.PGSQL.5432",
    "http://www.shop.test:25/",
    "http://www.shop.test:5432/",
    "http://www.shop.test:00080@127.0.0.1/",
];

/// Addresses behind names that look honest. Each stands for a range that is not the public Internet.
const ADDRESSES: &[&str] = &[
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.1.2.3",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.254",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:0.0.0.0",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
];

/// Listens at every address of this machine, at a port of its own and, where the system allows it,
/// at those of the web, and counts who comes.
struct Canary {
    port: u16,
    came: Arc<AtomicUsize>,
}

impl Canary {
    async fn start() -> Self {
        let came = Arc::new(AtomicUsize::new(0));
        let own = TcpListener::bind("[::]:0").await.expect("a port");
        let port = own.local_addr().expect("an address").port();
        listen(own, came.clone());
        for web in [80, 443] {
            // Only root may; the verdict below does not depend on it.
            if let Ok(listener) = TcpListener::bind(("::", web)).await {
                listen(listener, came.clone());
            }
        }
        let canary = Self { port, came };
        canary.sings().await;
        canary
    }

    /// It hears who comes over IPv4 and IPv6, so that its silence means something.
    async fn sings(&self) {
        for (heard, ip) in ["127.0.0.1", "127.1.2.3", "::1"].into_iter().enumerate() {
            let address = SocketAddr::new(ip.parse().expect("an address"), self.port);
            let mut stream = TcpStream::connect(address).await.expect("connected");
            // The canary counts before it says anything.
            stream.read_exact(&mut [0]).await.expect("heard");
            assert_eq!(self.came.load(Ordering::SeqCst), heard + 1);
        }
        self.came.store(0, Ordering::SeqCst);
    }

    fn heard(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

fn listen(listener: TcpListener, came: Arc<AtomicUsize>) {
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            came.fetch_add(1, Ordering::SeqCst);
            let _ = stream.write_all(b"!").await;
        }
    });
}

/// The doors of an installation in the open Internet with this DNS server.
struct Open {
    resolver: Resolver,
    fetcher: Fetcher,
    dialler: Dialler,
}

impl Open {
    fn new(dns: &Dns) -> Self {
        let settings = OutsideSettings { allow_private_destinations: false, ..closed_network(dns.addr()) };
        let resolver = Resolver::new(&settings).expect("a resolver");
        Self { fetcher: Fetcher::new(&resolver, &settings), dialler: Dialler::new(&settings), resolver }
    }

    /// Goes where a name leads, as fetching and mailing do, at the canary's port.
    async fn follow(&self, name: &str, port: u16) -> Result<TcpStream, DialError> {
        let addresses = self.resolver.addresses(name).await.expect("the authority answers");
        self.dialler.dial_any(&addresses, port).await
    }
}

/// ARMOUR D4. Proves R8, R12: none of the ways to write an address leads to a connection.
#[tokio::test]
async fn armour_d4_no_way_to_write_an_address_leads_inside() {
    assert!(URLS.len() + ADDRESSES.len() >= 60);
    let (dns, canary) = (Dns::start().await.expect("a port"), Canary::start().await);
    let open = Open::new(&dns);
    for url in URLS {
        let refused = open.fetcher.fetch(url).await.expect_err(url);
        assert!(matches!(refused, FetchError::Url(_)), "{url}: {refused}");
        // The same as the host name that a customer may enter for a website.
        let host = url.trim_start_matches("http://");
        assert_ne!(site_proof::look(&open.resolver, &open.fetcher, host, "x").await.seen(), Seen::Yes, "{host}");
    }
    assert_eq!(canary.heard(), 0);
}

/// ARMOUR D4. Proves R8, R12: no name leads to an address that is not public, neither alone, nor
/// beside others, nor behind an alias, nor as the mail host of a domain.
#[tokio::test]
async fn armour_d4_no_name_leads_inside() {
    let (dns, canary) = (Dns::start().await.expect("a port"), Canary::start().await);
    let open = Open::new(&dns);
    for (number, text) in ADDRESSES.iter().enumerate() {
        let ip: IpAddr = text.parse().expect("an address");
        let (name, alias, many, domain) = (
            format!("n{number}.names.test"),
            format!("a{number}.names.test"),
            format!("m{number}.names.test"),
            format!("d{number}.names.test"),
        );
        dns.address(&name, ip);
        dns.set(&alias, testbench::dns::Value::Cname(name.clone()));
        for other in ["127.0.0.1", text, "::1"] {
            dns.address(&many, other.parse().expect("an address"));
        }
        dns.mail_domain(&domain, &format!("mx.{domain}"), ip);
        let host = open.resolver.mx(&domain).await.expect("a mail host")[0].exchange.clone();
        for name in [&name, &alias, &many, &host] {
            let refused = open.follow(name, canary.port).await.expect_err(text);
            assert!(matches!(refused, DialError::RefusedByGuard(_)), "{name} ({text}): {refused}");
        }
        for name in [&name, &alias, &many] {
            for scheme in ["http", "https"] {
                let refused = open.fetcher.fetch(&format!("{scheme}://{name}/")).await.expect_err(text);
                let guarded = matches!(refused, FetchError::Dial(DialError::RefusedByGuard(_)));
                assert!(guarded, "{scheme}://{name} ({text}): {refused}");
            }
        }
        let seen = site_proof::look(&open.resolver, &open.fetcher, &name, "x").await;
        let empty = SiteProof { dns: Place::Absent, file: Place::Absent, page: Place::Absent };
        assert_eq!(seen, empty, "{text}: a customer learns nothing but that it is not proven");
    }
    assert_eq!(canary.heard(), 0);
}

/// A web server at one loopback address that answers everything alike, and counts.
async fn site(at: SocketAddr, answer: Vec<u8>, every: Duration) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(at).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let served = Arc::new(AtomicUsize::new(0));
    let counter = served.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(trickle(stream, answer.clone(), every));
        }
    });
    (address, served)
}

/// Answers at once, or a byte after each pause.
async fn trickle(mut stream: TcpStream, answer: Vec<u8>, every: Duration) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    if every.is_zero() {
        let _ = stream.write_all(&answer).await;
        return;
    }
    for byte in answer {
        if stream.write_all(&[byte]).await.is_err() {
            return;
        }
        tokio::time::sleep(every).await;
    }
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproof";
const HONEST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const INSIDE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// ARMOUR D4. Proves R12: an authority that names an honest address first and an inner one for
/// every later question, with a time to live of 0, does not get a connection to the inner one
/// within a fetch: the name is asked for once, and that answer is dialled.
#[tokio::test]
async fn armour_d4_a_name_is_resolved_once_and_pinned() {
    let dns = Dns::start().await.expect("a port");
    dns.set_ttl(0);
    let (honest, served) = site((HONEST, 0).into(), OK.to_vec(), Duration::ZERO).await;
    let (_, canary) = site((INSIDE, honest.port()).into(), OK.to_vec(), Duration::ZERO).await;
    let settings = closed_network(dns.addr());
    let resolver = Resolver::new(&settings).expect("a resolver");
    let fetcher = Fetcher::new(&resolver, &settings);
    let url = format!("http://rebind.test:{}/", honest.port());
    for round in 1..=20 {
        dns.rebind("rebind.test", HONEST, INSIDE);
        resolver.forget();
        assert_eq!(fetcher.fetch(&url).await.expect("the honest answer"), b"proof");
        assert_eq!(dns.asked("rebind.test", "A"), round, "asked once a fetch");
    }
    assert_eq!((served.load(Ordering::SeqCst), canary.load(Ordering::SeqCst)), (20, 0));
    // The authority does change its mind: a fetch of its own goes to the second answer.
    assert_eq!(resolver.ipv4("rebind.test").await.expect("an answer"), [INSIDE]);
}

/// ARMOUR D4. Proves R8, R12: in the open Internet each fetch is guarded anew, whichever answer
/// the authority gives when.
#[tokio::test]
async fn armour_d4_each_answer_of_a_changing_name_is_guarded() {
    let (dns, canary) = (Dns::start().await.expect("a port"), Canary::start().await);
    dns.set_ttl(0);
    let open = Open::new(&dns);
    for first in [Ipv4Addr::new(198, 51, 100, 7), Ipv4Addr::LOCALHOST] {
        dns.rebind("rebind.test", first, Ipv4Addr::LOCALHOST);
        for _ in 0..3 {
            open.resolver.forget();
            let refused = open.follow("rebind.test", canary.port).await.expect_err("guarded");
            assert!(matches!(refused, DialError::RefusedByGuard(_)), "{refused}");
        }
    }
    assert_eq!(canary.heard(), 0);
}

/// ARMOUR D4. Proves R12: no kind of redirect is followed, wherever it points.
#[tokio::test]
async fn armour_d4_redirects_are_told_and_not_followed() {
    let (dns, canary) = (Dns::start().await.expect("a port"), Canary::start().await);
    let settings = closed_network(dns.addr());
    let resolver = Resolver::new(&settings).expect("a resolver");
    let fetcher = Fetcher::new(&resolver, &settings);
    dns.address("www.shop.test", IpAddr::V4(HONEST));
    let inside = format!("127.0.0.1:{}", canary.port);
    for status in [300, 301, 302, 303, 307, 308] {
        for target in [format!("http://{inside}/"), format!("//{inside}/"), "file:///etc/passwd".to_owned()] {
            let more = format!("Refresh: 0;url=http://{inside}/\r\nContent-Length: 0");
            let answer = format!("HTTP/1.1 {status} Elsewhere\r\nLocation: {target}\r\n{more}\r\n\r\n");
            let (address, _) = site((HONEST, 0).into(), answer.into_bytes(), Duration::ZERO).await;
            let told = fetcher.fetch(&format!("http://www.shop.test:{}/", address.port())).await;
            assert!(matches!(told, Err(FetchError::Redirected(told)) if told == status), "{status}: {told:?}");
        }
    }
    assert_eq!(canary.heard(), 0);
}

/// ARMOUR D4. Proves R12: a page has at most 64 KiB and five seconds, however it comes.
#[tokio::test]
async fn armour_d4_size_and_time_of_a_page_are_limited() {
    let dns = Dns::start().await.expect("a port");
    let settings = closed_network(dns.addr());
    let resolver = Resolver::new(&settings).expect("a resolver");
    let fetcher = Fetcher::new(&resolver, &settings);
    dns.address("www.shop.test", IpAddr::V4(HONEST));
    let fetch = async |answer: Vec<u8>, every: Duration| {
        let (address, _) = site((HONEST, 0).into(), answer, every).await;
        let began = Instant::now();
        let told = fetcher.fetch(&format!("http://www.shop.test:{}/", address.port())).await;
        (told, began.elapsed())
    };
    let huge = |head: &str| [head.as_bytes(), b"\r\n\r\n", &vec![b'x'; 20 * MAX_BODY]].concat();
    let chunks =
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(), b"1\r\nx\r\n".repeat(MAX_BODY + 1)];
    let heads = [b"HTTP/1.1 200 OK\r\n".to_vec(), b"X: y\r\n".repeat(200_000)].concat();
    for large in [huge("HTTP/1.1 200 OK"), huge("HTTP/1.1 200 OK\r\nContent-Length: 999999999"), chunks.concat()] {
        let (told, _) = fetch(large, Duration::ZERO).await;
        assert!(matches!(told, Err(FetchError::TooLarge)), "{told:?}");
    }
    assert!(fetch(heads, Duration::ZERO).await.0.is_err(), "a head without end");
    let slow_head = b"HTTP/1.1 200 OK\r\nX: a slow head that does not end within the time\r\n".to_vec();
    let slow_body = [OK, &b"x".repeat(500)].concat();
    let slow_body =
        String::from_utf8_lossy(&slow_body).replace("Content-Length: 5", "Content-Length: 500").into_bytes();
    let (slow, slower, silent) = tokio::join!(
        fetch(slow_head, Duration::from_millis(300)),
        fetch(slow_body, Duration::from_millis(40)),
        fetch(b"H".to_vec(), FETCH_LIMIT * 2),
    );
    for (told, took) in [slow, slower, silent] {
        assert!(matches!(told, Err(FetchError::TimedOut)), "{told:?}");
        assert!(took >= FETCH_LIMIT && took < FETCH_LIMIT * 2, "{took:?}");
    }
}
