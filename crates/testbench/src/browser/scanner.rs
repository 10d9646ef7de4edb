//! A browser as mail gateways run it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{NoBrowser, QUIET, READY, fail};
use crate::http::Client;
use crate::process::Program;

const CHROMIUM: &str = "/usr/bin/chromium";

/// A browser as mail gateways run it: it opens pages and runs their scripts, nobody touches it, and
/// it hides that it is a machine (no `navigator.webdriver`, the name of an ordinary browser).
/// Dropping it ends it.
pub struct Scanner {
    tabs: Client,
    program: Option<Program>,
    folder: PathBuf,
}

impl Scanner {
    /// Starts one.
    ///
    /// # Errors
    /// [`NoBrowser`]: it is not installed or did not start.
    pub fn start() -> Result<Self, NoBrowser> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        if !Path::new(CHROMIUM).is_file() {
            return Err(fail("chromium is not installed"));
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("jawort-scanner.{}.{number}", std::process::id()));
        let mut command = Command::new(CHROMIUM);
        command.args(QUIET).args([
            "--disable-blink-features=AutomationControlled",
            "--user-agent=Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0.0.0 Safari/537.36",
            "--remote-debugging-port=0",
        ]);
        command.arg(format!("--user-data-dir={}", folder.display()));
        let program = Program::start("chromium", command, |_| {}).map_err(fail)?;
        let listens = |line: &str| {
            let (_, rest) = line.split_once("DevTools listening on ws://")?;
            rest.split('/').next()?.parse::<SocketAddr>().ok()
        };
        let address = program.wait_for(READY, listens).map_err(fail)?;
        Ok(Self { tabs: Client::new(address), program: Some(program), folder })
    }

    /// Opens a page, leaves it alone for so long, and returns the title that it then has.
    ///
    /// # Errors
    /// What the browser said, or that the page has no title.
    pub async fn look(&self, url: &str, stay: Duration) -> Result<String, NoBrowser> {
        let made = self.tabs.request("PUT", &format!("/json/new?{url}"), &[], b"").await.map_err(fail)?;
        let id = made.json()["id"].as_str().map(str::to_owned).ok_or_else(|| fail("no tab"))?;
        tokio::time::sleep(stay).await;
        let listed = self.tabs.get("/json/list").await.map_err(fail)?.json();
        let tab = listed.as_array().and_then(|tabs| tabs.iter().find(|tab| tab["id"] == id.as_str()));
        let title = tab.and_then(|tab| tab["title"].as_str()).unwrap_or_default().to_owned();
        self.tabs.get(&format!("/json/close/{id}")).await.map_err(fail)?;
        if title.is_empty() { Err(fail(format!("{url} shows nothing"))) } else { Ok(title) }
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        // Asked to end it takes its helpers along.
        let _ = self.program.take().map(|program| program.stop(Duration::from_secs(10)));
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
