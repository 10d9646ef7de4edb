//! The crate against real peers on loopback: a DNS server, mail servers, a web server.

#![expect(clippy::disallowed_methods, reason = "the peers are real")]

mod armour;
mod authenticate;
mod checks;
mod dial;
mod dns;
mod fetch;

use std::net::SocketAddr;
use std::time::Duration;

use outside::{OutsideSettings, Resolver};
use testbench::dns::Dns;

/// Settings of a closed network with this DNS server.
fn closed_network(dns: SocketAddr) -> OutsideSettings {
    OutsideSettings {
        dns_servers: vec![dns],
        dns_limit: Duration::from_secs(2),
        allow_private_destinations: true,
        connect_limit: Duration::from_secs(5),
        ..OutsideSettings::default()
    }
}

async fn dns() -> (Dns, Resolver) {
    let dns = Dns::start().await.expect("a port is free");
    let resolver = Resolver::new(&closed_network(dns.addr())).expect("a resolver");
    (dns, resolver)
}
