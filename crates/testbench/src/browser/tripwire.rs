//! Notices when a browser asks another machine for anything: it is the browser's proxy for all that is
//! not on this machine, answers nothing, and puts down what was asked.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Hosts that Chromium asks by itself, whatever page is open. No page of anybody loads from them.
const OWN: [&str; 8] = [
    "clients2.google.com",
    "update.googleapis.com",
    "accounts.google.com",
    "optimizationguide-pa.googleapis.com",
    "content-autofill.googleapis.com",
    "passwordsleakcheck-pa.googleapis.com",
    // Dictionaries for what somebody types.
    "redirector.gvt1.com",
    // Debian's Chromium, for its empty first page.
    "start.duckduckgo.com",
];

/// A proxy that answers nobody. Dropping it ends it.
pub(super) struct Tripwire {
    address: SocketAddr,
    touched: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Tripwire {
    /// Begins to listen.
    pub(super) async fn lay() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let touched = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(listen(listener, Arc::clone(&touched)));
        Ok(Self { address, touched, task })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was asked for, without what the browser asks of its own accord.
    pub(super) fn touched(&self) -> Vec<String> {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Tripwire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(listener: TcpListener, touched: Arc<Mutex<Vec<String>>>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let touched = Arc::clone(&touched);
        tokio::spawn(async move {
            let mut head = [0; 2048];
            let count = stream.read(&mut head).await.unwrap_or(0);
            let head = String::from_utf8_lossy(&head[..count]).into_owned();
            let line = head.lines().next().unwrap_or_default().to_owned();
            if !line.is_empty() && !is_own(&line) {
                touched.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
    }
}

/// Whether the browser asks this of its own accord, by the host of a request line.
fn is_own(line: &str) -> bool {
    let target = line.split(' ').nth(1).unwrap_or_default();
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    OWN.contains(&host)
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn only_the_browser_s_own_hosts_are_passed_over() {
        assert!(is_own("CONNECT update.googleapis.com:443 HTTP/1.1"));
        assert!(is_own("GET http://clients2.google.com/time/1/current?x=y HTTP/1.1"));
        for foreign in [
            "GET http://fonts.googleapis.com/css HTTP/1.1",
            "CONNECT shop.example:443 HTTP/1.1",
            "GET http://shop.example/?accounts.google.com HTTP/1.1",
        ] {
            assert!(!is_own(foreign), "{foreign}");
        }
    }
}
