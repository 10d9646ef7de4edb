//! The settings of this crate, as plain fields. The server parses and bounds them.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How Jawort reaches out to the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideSettings {
    /// DNS servers with their ports. Empty: the servers of the operating system.
    pub dns_servers: Vec<SocketAddr>,
    /// The time one question to DNS may take in all, retries included. 1 s to 60 s.
    pub dns_limit: Duration,
    /// True only for tests and closed networks: private and loopback addresses may be dialled.
    pub allow_private_destinations: bool,
    /// The port of mail servers; 25 except in tests and closed networks.
    pub smtp_port: u16,
    /// The time that connecting to a server may take. 1 s to 5 min.
    pub connect_limit: Duration,
    /// The addresses to send from, at most one of each family. Empty: the system chooses.
    pub source_addresses: Vec<IpAddr>,
}

impl Default for OutsideSettings {
    fn default() -> Self {
        Self {
            dns_servers: Vec::new(),
            dns_limit: Duration::from_secs(20),
            allow_private_destinations: false,
            smtp_port: 25,
            connect_limit: Duration::from_secs(30),
            source_addresses: Vec::new(),
        }
    }
}
