//! Chromium, driven as a person would drive it, through `chromedriver` (W3C WebDriver over plain
//! HTTP on loopback). Its input events are trusted ones, as those of a hand.

mod axe;
mod keyboard;
mod looks;
mod person;
mod scanner;
mod tripwire;

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::Client;
use crate::process::Program;

pub use axe::{Asked, Axe, Barrier};
pub use keyboard::Key;
pub use person::{Hand, Person, SOON, Step};
pub use scanner::Scanner;

use tripwire::Tripwire;

const DRIVER: &str = "/usr/bin/chromedriver";
/// How long driver and browser may take to start.
const READY: Duration = Duration::from_secs(60);
/// How an element is named in answers (W3C WebDriver §12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Why there is no browser, or what it did not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoBrowser(String);

impl fmt::Display for NoBrowser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chromium: {}", self.0)
    }
}

impl std::error::Error for NoBrowser {}

impl From<NoBrowser> for String {
    fn from(reason: NoBrowser) -> Self {
        reason.to_string()
    }
}

fn fail(what: impl fmt::Display) -> NoBrowser {
    NoBrowser(what.to_string())
}

/// What every browser here is told: no window, and nothing that it does of its own accord.
const QUIET: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
];

/// How somebody's browser is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habits {
    /// Whether pages may run scripts.
    pub scripts: bool,
    /// What it asks pages for in Accept-Language.
    pub languages: &'static str,
    /// Width and height of the window.
    pub window: (u32, u32),
}

impl Default for Habits {
    fn default() -> Self {
        Self { scripts: true, languages: "en", window: (900, 900) }
    }
}

/// A browser with one window. Dropping it ends it.
pub struct Browser {
    driver: Client,
    address: SocketAddr,
    session: String,
    _program: Program,
    folder: PathBuf,
    tripwire: Tripwire,
}

impl Browser {
    /// Starts a fresh browser without history, cookies or network of its own.
    ///
    /// # Errors
    /// [`NoBrowser`]: it is not installed or did not start.
    pub async fn start() -> Result<Self, NoBrowser> {
        Self::with(Habits::default()).await
    }

    /// The same with habits of its own.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn with(habits: Habits) -> Result<Self, NoBrowser> {
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
        let tripwire = Tripwire::lay().await.map_err(fail)?;
        let session = new_session(&driver, &folder, habits, tripwire.address()).await?;
        Ok(Self { driver, address, session, _program: program, folder, tripwire })
    }

    /// What it asked of other machines, a request a line; none of it was answered.
    #[must_use]
    pub fn strayed(&self) -> Vec<String> {
        self.tripwire.touched()
    }

    /// What pages complained about since this was last asked: breaches of their own policy, scripts that
    /// failed, files that are missing.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn complaints(&self) -> Result<Vec<String>, NoBrowser> {
        let log = self.ask("POST", "/se/log", json!({ "type": "browser" })).await?;
        let serious = log.as_array().into_iter().flatten().filter(|entry| entry["level"] == "SEVERE");
        Ok(serious.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect())
    }

    /// Asks the browser itself (Chrome DevTools Protocol).
    async fn cdp(&self, command: &str, parameters: Value) -> Result<Value, NoBrowser> {
        self.ask("POST", "/goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
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

    /// Runs a script in every page from now on, before anything of the page itself does.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn before_each(&self, script: &str) -> Result<(), NoBrowser> {
        let command = "Page.addScriptToEvaluateOnNewDocument";
        let body = json!({ "cmd": command, "params": { "source": script } });
        self.ask("POST", "/goog/cdp/execute", body).await.map(drop)
    }

    /// Gives the browser a cookie of the site that it shows.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn set_cookie(&self, name: &str, value: &str) -> Result<(), NoBrowser> {
        let cookie = json!({ "name": name, "value": value, "path": "/" });
        self.ask("POST", "/cookie", json!({ "cookie": cookie })).await.map(drop)
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

    /// Whether a CSS selector finds something.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn has(&self, selector: &str) -> Result<bool, NoBrowser> {
        let script = "return document.querySelector(arguments[0]) !== null";
        Ok(self.ask("POST", "/execute/sync", json!({ "script": script, "args": [selector] })).await? == true)
    }

    /// Forgets all cookies of the page's host.
    ///
    /// # Errors
    /// What the driver said.
    pub async fn forget(&self) -> Result<(), NoBrowser> {
        self.ask("DELETE", "/cookie", Value::Null).await.map(drop)
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

    /// Waits until a CSS selector finds something.
    ///
    /// # Errors
    /// It does not within `limit`, with what the page shows instead.
    pub async fn wait_for(&self, selector: &str, limit: Duration) -> Result<(), NoBrowser> {
        let end = tokio::time::Instant::now() + limit;
        // A page that is just being replaced cannot be asked for a moment.
        while !self.has(selector).await.unwrap_or(false) {
            if tokio::time::Instant::now() > end {
                let text = self.text().await.unwrap_or_default();
                return Err(fail(format!("{selector} is not on {}: {text}", self.url().await?)));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Waits until the address of the page holds `words`.
    ///
    /// # Errors
    /// It does not within `limit`, with what the page shows instead.
    pub async fn wait_url(&self, words: &str, limit: Duration) -> Result<(), NoBrowser> {
        let end = tokio::time::Instant::now() + limit;
        while !self.url().await.is_ok_and(|url| url.contains(words)) {
            if tokio::time::Instant::now() > end {
                let text = self.text().await.unwrap_or_default();
                return Err(fail(format!("{} is not {words}: {text}", self.url().await?)));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
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

async fn new_session(
    driver: &Client,
    folder: &Path,
    habits: Habits,
    tripwire: SocketAddr,
) -> Result<String, NoBrowser> {
    let (width, height) = habits.window;
    let own = [
        format!("--window-size={width},{height}"),
        format!("--accept-lang={}", habits.languages),
        format!("--user-data-dir={}", folder.display()),
        // Requests to this machine need no proxy.
        format!("--proxy-server=http://{tripwire}"),
    ];
    let arguments: Vec<&str> = QUIET.into_iter().chain(own.iter().map(String::as_str)).collect();
    // Nobody else is asked whether a password leaked, or what to fill in.
    let mut wishes = json!({
        "credentials_enable_service": false,
        "profile.password_manager_enabled": false,
        "profile.password_manager_leak_detection": false,
        "autofill.profile_enabled": false,
        "autofill.credit_card_enabled": false,
        "browser.enable_spellchecking": false,
    });
    if !habits.scripts {
        wishes["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    let options = json!({ "args": arguments, "prefs": wishes });
    let wanted = json!({ "alwaysMatch": {
        "browserName": "chrome",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": { "browser": "ALL" },
    } });
    let made = call(driver, "POST", "/session", &json!({ "capabilities": wanted })).await?;
    let id = made["sessionId"].as_str();
    id.map(str::to_owned).ok_or_else(|| fail(format!("no session: {made}")))
}

async fn call(driver: &Client, method: &str, path: &str, body: &Value) -> Result<Value, NoBrowser> {
    let answer = match method {
        "GET" => driver.get(path).await,
        "DELETE" => driver.request(method, path, &[], b"").await,
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
