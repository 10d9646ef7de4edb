//! A scratch PostgreSQL from the programs of this machine, in a folder of its own, that goes
//! away with the process that started it, however that ends.
//!
//! A shell starts the server and then waits for the end of a pipe that this process holds.
//! When the pipe closes (drop, exit, or kill -9), the shell stops the server and removes the
//! folder. PostgreSQL refuses to run as root, so as root all of it runs as `postgres`.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often another port is tried when the chosen one was taken meanwhile.
const PORT_ATTEMPTS: usize = 5;

/// $1: folder of the programs, $2: port, $3: fsync (on or off).
const KEEPER: &str = r#"
# The terminal's interrupt is for the tests; this shell ends when their pipe does.
trap '' INT TERM HUP
umask 077
dir=$(mktemp -d "${TMPDIR:-/tmp}/jawort-postgres.XXXXXX") || exit 1
leave() { "$1/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1; rm -rf "$dir"; exit "$2"; }
"$1/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --no-locale --no-sync >"$dir/initdb.log" 2>&1 \
  || { cat "$dir/initdb.log" >&2; leave "$1" 1; }
cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $2
unix_socket_directories = '$dir'
fsync = $3
max_connections = 300
shared_buffers = 64MB
CONF
"$1/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/server.log" start >/dev/null \
  || { cat "$dir/server.log" >&2; leave "$1" 1; }
echo "$dir"
cat >/dev/null
leave "$1" 0
"#;

/// Why there is no scratch server: the reason for a NOT RUN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPostgres(String);

impl fmt::Display for NoPostgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no scratch PostgreSQL: {}", self.0)
    }
}

impl std::error::Error for NoPostgres {}

/// A running scratch server.
#[derive(Debug)]
pub struct Scratch {
    keeper: Child,
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    databases: AtomicU64,
}

impl Scratch {
    /// Starts a server (about 2 s) with `fsync` on, as in earnest.
    ///
    /// # Errors
    /// [`NoPostgres`]: the programs are missing, or did not work.
    pub fn start() -> Result<Self, NoPostgres> {
        Self::start_with(true)
    }

    /// Starts a server; without `fsync` it is faster, and good for what survives no power cut.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with(fsync: bool) -> Result<Self, NoPostgres> {
        let programs = find_programs().ok_or_else(|| NoPostgres("initdb and pg_ctl were not found".to_owned()))?;
        let mut last = NoPostgres("no port was free".to_owned());
        for _ in 0..PORT_ATTEMPTS {
            match Self::launch(&programs, free_port()?, fsync) {
                Ok(scratch) => return Ok(scratch),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// The one server that all tests of this process share, without `fsync`; started at the
    /// first call.
    ///
    /// # Errors
    /// As [`start`](Self::start), the same at each call.
    pub fn shared() -> Result<&'static Self, NoPostgres> {
        static SHARED: OnceLock<Result<Scratch, NoPostgres>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start_with(false)).as_ref().map_err(Clone::clone)
    }

    fn launch(programs: &Path, port: u16, fsync: bool) -> Result<Self, NoPostgres> {
        let mut keeper = as_server_user("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(programs)
            .arg(port.to_string())
            .arg(if fsync { "on" } else { "off" })
            // A folder that the server's user may not enter would make mktemp and initdb grumble.
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| NoPostgres(error.to_string()))?;
        let mut folder = String::new();
        if let Some(stdout) = keeper.stdout.take() {
            let _ = BufReader::new(stdout).read_line(&mut folder);
        }
        if folder.trim().is_empty() {
            let output = keeper.wait_with_output();
            let said = output.map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
            return Err(NoPostgres(said.unwrap_or_default()));
        }
        Ok(Self {
            keeper,
            programs: programs.to_owned(),
            folder: PathBuf::from(folder.trim()),
            port,
            databases: AtomicU64::new(0),
        })
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's folder: data in `data`, its log in `server.log`. It belongs to the user
    /// that the server runs as.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The URL of a database for the superuser.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The URL of a database for another role, which needs no password.
    #[must_use]
    pub fn url_as(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database with a name of its own and returns its URL.
    ///
    /// # Errors
    /// [`NoPostgres`] with what the server said.
    pub fn create_database(&self) -> Result<String, NoPostgres> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed) + 1;
        let name = format!("scratch_{number}");
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0"))?;
        Ok(self.url(&name))
    }

    /// Runs SQL by `psql` as superuser and returns what it prints, unaligned, rows only.
    ///
    /// # Errors
    /// [`NoPostgres`] with what the server said.
    pub fn sql(&self, database: &str, statements: &str) -> Result<String, NoPostgres> {
        let mut psql = Command::new(self.programs.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d"])
            .arg(self.url(database))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| NoPostgres(error.to_string()))?;
        if let Some(mut stdin) = psql.stdin.take() {
            // When psql ends early, its own message says why.
            let _ = stdin.write_all(statements.as_bytes());
        }
        finished(psql.wait_with_output())
    }

    /// Stops the server as a crash does (`-m immediate`): no clean end, recovery at the start.
    ///
    /// # Errors
    /// [`NoPostgres`] with what `pg_ctl` said.
    pub fn crash(&self) -> Result<(), NoPostgres> {
        self.pg_ctl(&["-m", "immediate", "-w", "stop"])
    }

    /// Starts the server after [`crash`](Self::crash), on the same port.
    ///
    /// # Errors
    /// [`NoPostgres`] with what `pg_ctl` said.
    pub fn start_again(&self) -> Result<(), NoPostgres> {
        self.pg_ctl(&["-w", "-t", "60", "start"])
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Result<(), NoPostgres> {
        let program = self.programs.join("pg_ctl");
        let output = as_server_user(&program.to_string_lossy())
            .arg("-D")
            .arg(self.folder.join("data"))
            .arg("-l")
            .arg(self.folder.join("server.log"))
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::null())
            .output();
        finished(output).map(|_| ())
    }
}

impl Drop for Scratch {
    /// Closes the pipe and waits until the server is gone.
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn finished(output: std::io::Result<std::process::Output>) -> Result<String, NoPostgres> {
    let output = output.map_err(|error| NoPostgres(error.to_string()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    Err(NoPostgres(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

/// The newest programs below /usr/lib/postgresql, else those of PATH.
fn find_programs() -> Option<PathBuf> {
    let complete = |folder: &Path| ["initdb", "pg_ctl", "psql"].iter().all(|name| folder.join(name).is_file());
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, folder)| complete(folder))
        .max();
    newest.map(|(_, folder)| folder).or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| complete(folder))
    })
}

/// A command that runs as somebody PostgreSQL accepts.
fn as_server_user(program: &str) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let user = if user_exists("postgres") { "postgres" } else { "nobody" };
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={user}"), "--clear-groups"]);
    command.arg(format!("--regid={}", group_of(user)));
    command.arg(program);
    command
}

fn is_root() -> bool {
    // The owner of /proc/self is whoever this process runs as.
    std::fs::metadata("/proc/self").is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0)
}

fn passwd_line(user: &str) -> Option<String> {
    let text = std::fs::read_to_string("/etc/passwd").ok()?;
    text.lines().find(|line| line.split(':').next() == Some(user)).map(str::to_owned)
}

fn user_exists(user: &str) -> bool {
    passwd_line(user).is_some()
}

fn group_of(user: &str) -> String {
    let line = passwd_line(user).unwrap_or_default();
    line.split(':').nth(3).unwrap_or("nogroup").to_owned()
}

fn free_port() -> Result<u16, NoPostgres> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| NoPostgres(error.to_string()))
}
