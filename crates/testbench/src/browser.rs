//! Chromium, driven as a person would drive it, through `chromedriver` (W3C WebDriver over plain
//! HTTP on loopback). Its input events are trusted ones, as those of a hand.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::Client;
use crate::process::Program;

const DRIVER: &str = "/usr/bin/chromedriver";
/// How long driver and browser may take to start.
const READY: Duration = Duration::from_secs(60);
/// How an element is named in answers (W3C WebDriver §12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Why there is no browser: the reason for a NOT RUN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoBrowser(String);

impl fmt::Display for NoBrowser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no Chromium: {}", self.0)
    }
}

impl std::error::Error for NoBrowser {}

fn fail(what: impl fmt::Display) -> NoBrowser {
    NoBrowser(what.to_string())
}

/// A browser with one window. Dropping it ends it.
pub struct Browser {
    driver: Client,
    address: SocketAddr,
    session: String,
    _program: Program,
    folder: PathBuf,
}

impl Browser {
    /// Starts a fresh browser without history, cookies or network of its own.
    ///
    /// # Errors
    /// [`NoBrowser`]: it is not installed or did not start.
    pub async fn start() -> Result<Self, NoBrowser> {
        if !Path::new(DRIVER).is_file() {
            return Err(fail("chromium-driver is not installed"));
        }
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        drop(listener);
        let mut command = Command::new(DRIVER);
        command.arg(format!("--port={}", address.port()));
        let program = Program::start("chromedriver", command, |_| {}).map_err(fail)?;
        let started = |line: &str| line.contains("started successfully").then_some(());
        tokio::task::block_in_place(|| program.wait_for(READY, started)).map_err(fail)?;
        let name = format!("jawort-browser.{}.{}", std::process::id(), address.port());
        let folder = std::env::temp_dir().join(name);
        let driver = Client::new(address);
        let session = new_session(&driver, &folder).await?;
        Ok(Self { driver, address, session, _program: program, folder })
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Result<Value, NoBrowser> {
        let path = format!("/session/{}{path}", self.session);
        call(&self.driver, method, &path, &body).await
    }

    /// Goes to a page and waits until it has loaded.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn open(&self, url: &str) -> Result<(), NoBrowser> {
        self.ask("POST", "/url", json!({ "url": url })).await.map(drop)
    }

    /// The address of the page now.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn url(&self) -> Result<String, NoBrowser> {
        Ok(self.ask("GET", "/url", Value::Null).await?.as_str().unwrap_or_default().to_owned())
    }

    /// The visible text of the page.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn text(&self) -> Result<String, NoBrowser> {
        let text = self.run("return document.body.innerText").await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Runs a script in the page and returns what it returns.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn run(&self, script: &str) -> Result<Value, NoBrowser> {
        self.ask("POST", "/execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// Clicks what a CSS selector finds first.
    ///
    /// # Errors
    /// There is none, or what the driver said.
    pub async fn click(&self, selector: &str) -> Result<(), NoBrowser> {
        let element = self.find(selector).await?;
        self.ask("POST", &format!("/element/{element}/click"), json!({})).await.map(drop)
    }

    /// Types into what a CSS selector finds first.
    ///
    /// # Errors
    /// There is none, or what the driver said.
    pub async fn type_into(&self, selector: &str, text: &str) -> Result<(), NoBrowser> {
        let element = self.find(selector).await?;
        let path = format!("/element/{element}/value");
        self.ask("POST", &path, json!({ "text": text })).await.map(drop)
    }

    /// Moves the pointer, as a hand does that touches the mouse.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn move_pointer(&self) -> Result<(), NoBrowser> {
        let to = |x, y| json!({"type": "pointerMove", "duration": 50, "x": x, "y": y, "origin": "viewport"});
        let pointer = json!({ "type": "pointer", "id": "mouse", "actions": [to(20, 20), to(90, 70)] });
        self.ask("POST", "/actions", json!({ "actions": [pointer] })).await.map(drop)
    }

    /// Waits until the visible text of the page holds `words`; false after `limit`.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn wait_text(&self, words: &str, limit: Duration) -> Result<bool, NoBrowser> {
        let end = tokio::time::Instant::now() + limit;
        loop {
            // A page that is just being replaced has no body for a moment.
            if self.text().await.is_ok_and(|text| text.contains(words)) {
                return Ok(true);
            }
            if tokio::time::Instant::now() > end {
                return Ok(false);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Writes a picture of the window (PNG).
    ///
    /// # Errors
    /// What the driver or the system said.
    pub async fn screenshot(&self, file: &Path) -> Result<(), NoBrowser> {
        let coded = self.ask("GET", "/screenshot", Value::Null).await?;
        let bytes = crate::letter::unbase64(coded.as_str().unwrap_or_default().as_bytes());
        std::fs::write(file, bytes).map_err(fail)
    }

    /// In a destructor nothing can be awaited.
    fn end_session(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let path = format!("/session/{}", self.session);
        write!(stream, "DELETE {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        stream.read(&mut [0; 1024]).map(drop)
    }

    async fn find(&self, selector: &str) -> Result<String, NoBrowser> {
        let by = json!({ "using": "css selector", "value": selector });
        let found = self.ask("POST", "/element", by).await?;
        Ok(found[ELEMENT].as_str().unwrap_or_default().to_owned())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends the browser when the session is deleted; killing the driver would not.
        let _ = self.end_session();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn new_session(driver: &Client, folder: &Path) -> Result<String, NoBrowser> {
    let data = format!("--user-data-dir={}", folder.display());
    let arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=900,900",
        &data,
    ];
    let options = json!({ "args": arguments });
    let wanted = json!({ "alwaysMatch": { "browserName": "chrome", "goog:chromeOptions": options } });
    let made = call(driver, "POST", "/session", &json!({ "capabilities": wanted })).await?;
    let id = made["sessionId"].as_str();
    id.map(str::to_owned).ok_or_else(|| fail(format!("no session: {made}")))
}

async fn call(driver: &Client, method: &str, path: &str, body: &Value) -> Result<Value, NoBrowser> {
    let answer = match method {
        "GET" => driver.get(path).await,
        _ => driver.send_json(method, path, body).await,
    };
    let answer = answer.map_err(fail)?;
    let mut value = answer.json();
    if answer.status != 200 {
        return Err(fail(format!("{path}: {}", value["value"]["message"])));
    }
    Ok(value["value"].take())
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser").field("session", &self.session).finish_non_exhaustive()
    }
}
