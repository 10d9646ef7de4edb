//! A real installation of the product in a scratch folder: settings, the running program, its
//! commands, and its books as the database holds them.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::http::Client;
use crate::process::Program;

/// The file that fills a disk.
const BALLAST: &str = "ballast";
/// The file whose lock a node on PostgreSQL holds.
const LOCK_FILE: &str = "jawort.lock";
/// How long the program may take until it is ready.
const READY: Duration = Duration::from_secs(60);

/// The platform's own domain in all scratch installations.
pub const PLATFORM_DOMAIN: &str = "jawort.example";
/// The domain of its return paths.
pub const BOUNCE_DOMAIN: &str = "bounce.jawort.example";
/// The mailbox of its operator.
pub const OPERATOR: &str = "betrieb@amt.example";

/// What an installation stands on.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The program `jawort`.
    pub program: PathBuf,
    /// A PostgreSQL database; without it, SQLite in the folder.
    pub database: Option<String>,
    /// Its only DNS server.
    pub dns: SocketAddr,
    /// The port of all mail servers.
    pub smtp_port: u16,
    /// Further settings: `section.key` and the value as TOML.
    pub settings: Vec<(String, String)>,
    /// The folder is a disk of its own with so many MiB (root only).
    pub disk_mib: Option<u32>,
}

/// An installation. Dropping it stops the program and removes the folder.
pub struct House {
    plan: Plan,
    folder: PathBuf,
    web: SocketAddr,
    inbound: SocketAddr,
    running: Option<Program>,
    token: Option<String>,
    link: Option<String>,
}

impl House {
    /// Makes the folder and the settings; nothing runs yet.
    ///
    /// # Errors
    /// The system's error.
    pub fn found(plan: Plan) -> io::Result<Self> {
        Self::make(plan, free()?, free()?)
    }

    /// A folder for one more process of this installation: the same database and secret, the same
    /// settings and these above them.
    ///
    /// # Errors
    /// The system's error; this installation has no secret yet.
    pub fn twin(&self, settings: &[(String, String)]) -> io::Result<Self> {
        let mut plan = self.plan.clone();
        plan.settings.retain(|(known, _)| settings.iter().all(|(name, _)| name != known));
        plan.settings.extend_from_slice(settings);
        let twin = Self::make(plan, self.web, self.inbound)?;
        fs::copy(self.folder.join("secrets.key"), twin.folder.join("secrets.key"))?;
        Ok(twin)
    }

    fn make(plan: Plan, web: SocketAddr, inbound: SocketAddr) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("jawort-house.{}.{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder)?;
        if let Some(size) = plan.disk_mib {
            mount(&folder, size)?;
        }
        let house = Self { plan, folder, web, inbound, running: None, token: None, link: None };
        fs::write(house.folder.join("jawort.toml"), house.settings())?;
        Ok(house)
    }

    fn settings(&self) -> String {
        let database = match &self.plan.database {
            Some(url) => url.clone(),
            None => "sqlite:jawort.db".to_owned(),
        };
        let mut keys = vec![
            ("database".to_owned(), quoted(&database)),
            ("platform.public_url".to_owned(), quoted(&self.url())),
            ("platform.domain".to_owned(), quoted(PLATFORM_DOMAIN)),
            ("platform.operator_name".to_owned(), quoted("Jawort Beispielbetrieb")),
            ("platform.operator_address".to_owned(), quoted(OPERATOR)),
            ("web.listen".to_owned(), format!("[{}]", quoted(&self.web.to_string()))),
            ("inbound.listen".to_owned(), format!("[{}]", quoted(&self.inbound.to_string()))),
            ("network.dns_servers".to_owned(), format!("[{}]", quoted(&self.plan.dns.to_string()))),
            ("network.smtp_port".to_owned(), self.plan.smtp_port.to_string()),
            ("network.allow_private_destinations".to_owned(), "true".to_owned()),
            ("network.source_addresses".to_owned(), "[\"127.0.0.1\"]".to_owned()),
        ];
        if self.plan.database.is_some() {
            keys.push(("lock_file".to_owned(), quoted(LOCK_FILE)));
        }
        keys.retain(|(known, _)| self.plan.settings.iter().all(|(name, _)| name != known));
        keys.extend(self.plan.settings.iter().cloned());
        toml(&keys)
    }

    /// Starts `jawort serve` and waits until it says that it is ready. Everything that it says goes to
    /// `heard`.
    ///
    /// # Errors
    /// It cannot be started, or ended or said nothing in time, with its last words.
    pub fn start(&mut self, heard: impl Fn(&str) + Send + Sync + 'static) -> Result<(), String> {
        let program = self.plan.program.clone();
        self.launch(&program, "serve", &[], heard)?;
        self.ready()
    }

    /// Starts this build of the program with this subcommand and these variables, and waits for
    /// nothing.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn launch(
        &mut self,
        program: &Path,
        subcommand: &str,
        variables: &[(&str, &str)],
        heard: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<(), String> {
        let mut command = self.command_of(program);
        command.arg(subcommand).envs(variables.iter().copied());
        let name = format!("jawort {subcommand}");
        self.running = Some(Program::start(&name, command, heard).map_err(text)?);
        Ok(())
    }

    /// Waits until the launched program says that it is ready.
    ///
    /// # Errors
    /// It ended or said nothing in time, with its last words.
    pub fn ready(&mut self) -> Result<(), String> {
        let program = self.running.as_ref().ok_or("nothing was started")?;
        let ready = |line: &str| line.starts_with("ready ").then_some(());
        program.wait_for(READY, ready).map_err(|error| error.to_string())?;
        let token = |line: &String| line.strip_prefix("operator token")?.rsplit(' ').next().map(str::to_owned);
        let link = |line: &String| line.strip_prefix("operator log-in")?.rsplit(' ').next().map(str::to_owned);
        let said = program.lines();
        self.token = said.iter().find_map(token).or(self.token.take());
        self.link = said.iter().find_map(link).or(self.link.take());
        Ok(())
    }

    /// The operator's token, which the first start prints once.
    #[must_use]
    pub fn operator_token(&self) -> Option<String> {
        self.token.clone()
    }

    /// The link that makes the operator's log-in, which the first start prints once.
    #[must_use]
    pub fn operator_link(&self) -> Option<String> {
        self.link.clone()
    }

    /// The running program.
    #[must_use]
    pub fn program(&self) -> Option<&Program> {
        self.running.as_ref()
    }

    /// Kills the program (KILL) and waits until it is gone.
    ///
    /// # Errors
    /// The state of the process cannot be read.
    pub fn kill(&mut self) -> io::Result<()> {
        match self.running.take() {
            Some(program) => program.kill().map(|_| ()),
            None => Ok(()),
        }
    }

    /// Asks the program to end; true when it did so by itself within `patience`, in good order.
    ///
    /// # Errors
    /// The state of the process cannot be read.
    pub fn stop(&mut self, patience: Duration) -> io::Result<bool> {
        match self.running.take() {
            Some(program) => program.stop(patience).map(|(status, by_itself)| by_itself && status.success()),
            None => Ok(true),
        }
    }

    /// Runs one command of the product beside the server.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn run(&self, arguments: &[&str]) -> io::Result<Output> {
        self.command().args(arguments).output()
    }

    fn command(&self) -> Command {
        self.command_of(&self.plan.program)
    }

    fn command_of(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("JAWORT_")) {
            command.env_remove(name);
        }
        command
    }

    /// The name of this node in the ledger, from the file that its lock is on.
    ///
    /// # Errors
    /// It was never started.
    pub fn node_name(&self) -> Result<String, String> {
        let name = if self.plan.database.is_some() { LOCK_FILE } else { "jawort.db.lock" };
        let text = fs::read_to_string(self.folder.join(name)).map_err(text)?;
        let node = text.lines().find_map(|line| line.strip_prefix("node "));
        node.map(str::to_owned).ok_or_else(|| format!("{name} names no node"))
    }

    /// Where it lives.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its public address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.web)
    }

    /// Where its pages and API are.
    #[must_use]
    pub fn web(&self) -> SocketAddr {
        self.web
    }

    /// Where it receives mail.
    #[must_use]
    pub fn inbound(&self) -> SocketAddr {
        self.inbound
    }

    /// A client of its pages and API.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(self.web)
    }

    /// Asks the database itself, by the programs `sqlite3` or `psql`. While nothing runs, a copy
    /// of SQLite's files is read, so that reading repairs and tidies nothing.
    ///
    /// # Errors
    /// The program is missing, or what it said.
    pub fn ask(&self, query: &str) -> Result<Vec<Vec<String>>, String> {
        let output = match &self.plan.database {
            Some(url) => Command::new("psql")
                .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", query])
                .output(),
            None => {
                let file = if self.running.is_some() { self.folder.join("jawort.db") } else { self.copy()? };
                let patience = ["-cmd", ".timeout 20000", "-readonly"];
                Command::new("sqlite3").args(patience).arg(file).arg(query).output()
            }
        };
        let output = output.map_err(text)?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let rows = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(rows.lines().map(|row| row.split('|').map(str::to_owned).collect()).collect())
    }

    /// Fills the disk of the folder to its last byte. Only on a disk of its own.
    ///
    /// # Errors
    /// The system's error, other than that the disk is full.
    pub fn fill_disk(&self) -> io::Result<()> {
        if self.plan.disk_mib.is_none() {
            return Err(io::Error::other("this is a disk of others"));
        }
        let mut ballast = fs::File::create(self.folder.join(BALLAST))?;
        for size in [1 << 16, 1 << 12, 1] {
            let piece = vec![0; size];
            let full = loop {
                if let Err(error) = ballast.write_all(&piece) {
                    break error;
                }
            };
            if full.kind() != io::ErrorKind::StorageFull {
                return Err(full);
            }
        }
        Ok(())
    }

    /// Makes room on the disk again.
    ///
    /// # Errors
    /// The system's error.
    pub fn free_disk(&self) -> io::Result<()> {
        fs::remove_file(self.folder.join(BALLAST))
    }

    /// A copy of the SQLite files.
    fn copy(&self) -> Result<PathBuf, String> {
        let copy = self.folder.join("copy");
        fs::create_dir_all(&copy).map_err(text)?;
        for name in ["jawort.db-wal", "jawort.db"] {
            let (from, to) = (self.folder.join(name), copy.join(name));
            let _ = fs::remove_file(&to);
            if from.exists() {
                fs::copy(from, to).map_err(text)?;
            }
        }
        let _ = fs::remove_file(copy.join("jawort.db-shm"));
        Ok(copy.join("jawort.db"))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.stop(Duration::from_secs(10));
        if self.plan.disk_mib.is_some() {
            // Lazily: whoever still looks at it does not keep it mounted.
            let _ = Command::new("umount").arg("--lazy").arg(&self.folder).status();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A disk in memory. Nobody but root may have one.
fn mount(folder: &Path, size_mib: u32) -> io::Result<()> {
    let size = format!("size={size_mib}m");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "jawort-test"]).arg(folder).output()?;
    if mounted.status.success() {
        return Ok(());
    }
    fs::remove_dir(folder)?;
    let why = String::from_utf8_lossy(&mounted.stderr).into_owned();
    Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
}

fn free() -> io::Result<SocketAddr> {
    TcpListener::bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0))?.local_addr()
}

fn text(error: io::Error) -> String {
    error.to_string()
}

/// A TOML string.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Keys above all sections first, then the sections.
fn toml(keys: &[(String, String)]) -> String {
    let mut file = String::new();
    for (name, value) in keys.iter().filter(|(name, _)| !name.contains('.')) {
        let _ = writeln!(file, "{name} = {value}");
    }
    let mut sections: Vec<&str> = keys.iter().filter_map(|(name, _)| name.split_once('.')).map(|(s, _)| s).collect();
    sections.sort_unstable();
    sections.dedup();
    for section in sections {
        let _ = writeln!(file, "\n[{section}]");
        for (name, value) in keys {
            if let Some((own, key)) = name.split_once('.')
                && own == section
            {
                let _ = writeln!(file, "{key} = {value}");
            }
        }
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_written_by_section() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let keys = [pair("a.x", "1"), pair("top", "true"), pair("b.z", "[]"), pair("a.y", "2")];
        assert_eq!(toml(&keys), "top = true\n\n[a]\nx = 1\ny = 2\n\n[b]\nz = []\n");
        assert_eq!(quoted("a\"b\\"), r#""a\"b\\""#);
    }
}
