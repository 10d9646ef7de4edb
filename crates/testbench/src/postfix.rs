//! A scratch Postfix from the programs of this machine: its own configuration, spool, log and
//! mailboxes in a folder of its own, on loopback, gone with the process that started it.
//!
//! It refuses unknown users at RCPT, keeps mail in mailboxes, has full mailboxes of both kinds
//! (a 452 at RCPT, and a bounce after the mail was taken), and relays one domain to a second
//! listener that knows users better, so that mail for unknown ones there is taken first and
//! bounced later by Postfix's own DSN. Postfix needs root; elsewhere there is none.

use std::fmt;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::process::Program;

/// Where Debian keeps Postfix's daemons.
const DAEMONS: &str = "/usr/lib/postfix/sbin";
/// Who owns the mailboxes: nobody.
const KEEPER: u32 = 65534;
/// Gets a copy of every mail that Postfix took from us, whatever becomes of it.
const ARCHIVE: &str = "archive@archive.postfix.test";
/// Mailboxes larger than this are full, in bytes.
const MAILBOX_LIMIT: usize = 2_000_000;
/// How long Postfix may take until it listens, or until it has ended.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no Postfix: the reason for a NOT RUN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPostfix(String);

impl fmt::Display for NoPostfix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no scratch Postfix: {}", self.0)
    }
}

impl std::error::Error for NoPostfix {}

impl From<std::io::Error> for NoPostfix {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Whom Postfix knows. All lists hold whole addresses.
#[derive(Clone, Debug, Default)]
pub struct Users {
    /// Mailboxes that take mail. Others at their domains are unknown: 550 5.1.1 at RCPT.
    pub mailboxes: Vec<String>,
    /// Known, but every RCPT gets 452 4.2.2.
    pub busy: Vec<String>,
    /// Known, but their mailbox is full: mail is taken and bounced with 5.2.2.
    pub full: Vec<String>,
    /// The domain whose mail is taken first and judged later.
    pub late_domain: String,
    /// Who exists there; mail for others is bounced with 5.1.1 by DSN.
    pub late_mailboxes: Vec<String>,
    /// Where mail for other domains goes: that of the return paths to us.
    pub relays: Vec<(String, SocketAddr)>,
}

/// One line of Postfix's own record about a mail that it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The recipient.
    pub to: String,
    /// `sent`, `bounced` or `deferred`.
    pub status: String,
    /// The enhanced status code.
    pub dsn: String,
}

/// A running Postfix. Dropping it stops it and removes its folder.
pub struct Postfix {
    program: Option<Program>,
    folder: PathBuf,
    address: SocketAddr,
}

impl Postfix {
    /// Starts Postfix (about 1 s).
    ///
    /// # Errors
    /// [`NoPostfix`]: not root, not installed, or it did not start, with what it said.
    pub fn start(users: &Users) -> Result<Self, NoPostfix> {
        let port = free_port()?;
        Self::start_at(users, SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
    }

    /// Starts Postfix at this address of 127.0.0.0/8.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_at(users: &Users, address: SocketAddr) -> Result<Self, NoPostfix> {
        if !Path::new(DAEMONS).join("master").is_file() {
            return Err(NoPostfix("it is not installed".into()));
        }
        if fs::metadata("/proc/self")?.uid() != 0 {
            return Err(NoPostfix("it can be started by root only".into()));
        }
        let folder = scratch_folder()?;
        // From here on, the folder is removed whatever happens.
        let mut postfix = Self { program: None, folder, address };
        postfix.configure(users, free_port()?)?;
        postfix.launch()?;
        Ok(postfix)
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Its log so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("mail.log")).unwrap_or_default()
    }

    /// What became of the mails that it took, in the order of the log; a mail relayed or
    /// deferred appears as often as it was tried.
    #[must_use]
    pub fn fates(&self) -> Vec<Fate> {
        self.log().lines().filter_map(fate).collect()
    }

    /// The recipients that were refused to us at RCPT, with the code of the refusal.
    #[must_use]
    pub fn refusals(&self) -> Vec<(String, u16)> {
        self.log().lines().filter_map(refusal).collect()
    }

    /// How many messages lie in a mailbox.
    #[must_use]
    pub fn mailbox(&self, address: &str) -> usize {
        let folder = self.folder.join("mail/boxes").join(address).join("new");
        fs::read_dir(folder).map_or(0, Iterator::count)
    }

    /// Every mail that Postfix took from us, also those that it bounced or threw away later: the bytes
    /// after DATA, without what Postfix wrote above them.
    ///
    /// # Errors
    /// The system's error.
    pub fn taken(&self) -> std::io::Result<Vec<Vec<u8>>> {
        let folder = self.folder.join("mail/boxes").join(ARCHIVE).join("new");
        let mut taken = Vec::new();
        for entry in fs::read_dir(folder)? {
            taken.push(without_trace(&fs::read(entry?.path())?));
        }
        Ok(taken)
    }

    /// How many messages wait in Postfix's queues.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let queues = ["incoming", "active", "deferred"];
        queues.iter().map(|queue| count_files(&self.folder.join("spool").join(queue))).sum()
    }

    fn configure(&self, users: &Users, back: u16) -> Result<(), NoPostfix> {
        for name in ["conf", "spool", "data", "mail/boxes", "mail/full"] {
            fs::create_dir_all(self.folder.join(name))?;
        }
        chown(self.folder.join("data"), Some(user_number("postfix")?), None)?;
        let at = self.folder.display().to_string();
        let conf = self.folder.join("conf");
        fs::write(conf.join("main.cf"), main_cf(&at, users))?;
        fs::write(conf.join("master.cf"), master_cf(&at, self.address, back))?;
        let archive = ARCHIVE.to_owned();
        let kept = users.mailboxes.iter().chain([&archive]);
        let boxes = kept.map(|user| format!("{user} boxes/{user}/\n"));
        let full = users.full.iter().map(|user| format!("{user} full/{user}\n"));
        let busy = users.busy.iter().map(|user| format!("{user} boxes/{user}/\n"));
        fs::write(conf.join("mailboxes"), boxes.chain(full).chain(busy).collect::<String>())?;
        let refused = |user| format!("{user} 452 4.2.2 mailbox full, try again later\n");
        fs::write(conf.join("busy"), users.busy.iter().map(refused).collect::<String>())?;
        let known = users.late_mailboxes.iter().map(|user| format!("{user} OK\n"));
        fs::write(conf.join("late"), known.collect::<String>())?;
        let mut transport = format!("{} smtp:[127.0.0.1]:{back}\n", users.late_domain);
        for (domain, to) in &users.relays {
            transport.push_str(&format!("{domain} smtp:[{}]:{}\n", to.ip(), to.port()));
        }
        fs::write(conf.join("transport"), transport)?;
        self.certificate()?;
        for user in &users.full {
            fs::write(self.folder.join("mail/full").join(user), vec![b'\n'; MAILBOX_LIMIT + 1])?;
        }
        give_away(&self.folder.join("mail"))?;
        Ok(())
    }

    fn certificate(&self) -> Result<(), NoPostfix> {
        let made = rcgen::generate_simple_self_signed(vec!["mx.postfix.test".to_owned()])
            .map_err(|error| NoPostfix(error.to_string()))?;
        let both = format!("{}{}", made.signing_key.serialize_pem(), made.cert.pem());
        let file = self.folder.join("conf/tls.pem");
        fs::write(&file, both)?;
        Ok(fs::set_permissions(file, fs::Permissions::from_mode(0o600))?)
    }

    fn launch(&mut self) -> Result<(), NoPostfix> {
        let conf = self.folder.join("conf");
        let check = Command::new("postfix").arg("-c").arg(&conf).arg("check").output()?;
        if !check.status.success() {
            return Err(NoPostfix(String::from_utf8_lossy(&check.stderr).into_owned()));
        }
        let mut master = Command::new(Path::new(DAEMONS).join("master"));
        master.arg("-c").arg(&conf).arg("-s").env("MAIL_CONFIG", &conf);
        master.env("MAIL_LOGTAG", "postfix");
        let program = Program::start("postfix", master, |_| {})?;
        self.program = Some(program);
        let limit = std::time::Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(self.address).is_err() {
            if std::time::Instant::now() > limit {
                return Err(NoPostfix(self.log()));
            }
            // Postfix tells nobody when it listens.
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if let Some(program) = self.program.take() {
            let _ = program.stop(PATIENCE);
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn domains(addresses: &[&[String]]) -> String {
    let mut names: Vec<&str> = addresses
        .iter()
        .flat_map(|list| list.iter())
        .filter_map(|address| address.rsplit_once('@').map(|(_, domain)| domain))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.join(" ")
}

fn main_cf(at: &str, users: &Users) -> String {
    let own = domains(&[&users.mailboxes, &users.busy, &users.full, &[ARCHIVE.to_owned()]]);
    let late = &users.late_domain;
    let size = MAILBOX_LIMIT - 1;
    format!(
        "compatibility_level = 3.6\nmyhostname = mx.postfix.test\nmail_owner = postfix\n\
         setgid_group = postdrop\nqueue_directory = {at}/spool\ndata_directory = {at}/data\n\
         command_directory = /usr/sbin\ndaemon_directory = {DAEMONS}\n\
         maillog_file = {at}/mail.log\nmaillog_file_prefixes = {at}\n\
         inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmynetworks =\nmydestination =\n\
         alias_maps =\nlocal_transport = error:5.1.1 nothing is local\n\
         virtual_mailbox_domains = {own}\nvirtual_mailbox_base = {at}/mail\n\
         virtual_mailbox_maps = texthash:{at}/conf/mailboxes\n\
         virtual_uid_maps = static:{KEEPER}\nvirtual_gid_maps = static:{KEEPER}\n\
         message_size_limit = {size}\nvirtual_mailbox_limit = {MAILBOX_LIMIT}\n\
         relay_domains = {late}\ntransport_maps = texthash:{at}/conf/transport\n\
         smtpd_relay_restrictions = reject_unauth_destination\nalways_bcc = {ARCHIVE}\n\
         smtpd_recipient_restrictions = check_recipient_access texthash:{at}/conf/busy\n\
         smtpd_tls_security_level = may\nsmtpd_tls_cert_file = {at}/conf/tls.pem\n\
         smtpd_tls_key_file = {at}/conf/tls.pem\nsmtp_dns_support_level = disabled\n\
         smtp_host_lookup = native\nminimal_backoff_time = 2s\nmaximal_backoff_time = 4s\n\
         queue_run_delay = 2s\nnotify_classes =\n"
    )
}

fn master_cf(at: &str, front: SocketAddr, back: u16) -> String {
    let mut text = format!(
        "{front} inet n - n - - smtpd\n127.0.0.1:{back} inet n - n - - smtpd\n  \
         -o {{ smtpd_recipient_restrictions = check_recipient_access texthash:{at}/conf/late, \
         check_recipient_access static:{{550 5.1.1 no such user here}} }}\n  \
         -o {{ content_filter = discard: }}\n  -o {{ receive_override_options = no_address_mappings }}\n  -o {{ syslog_name = postfix-back }}\npickup unix n - n 60 1 pickup\n\
         cleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n\
         tlsmgr unix - - n 1000? 1 tlsmgr\nrewrite unix - - n - - trivial-rewrite\n\
         flush unix n - n 1000? 0 flush\nverify unix - - n - 1 verify\n\
         virtual unix - n n - - virtual\nretry unix - - n - - error\n\
         anvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\n\
         postlog unix-dgram n - n - 1 postlogd\n"
    );
    for name in ["bounce", "defer", "trace"] {
        text.push_str(&format!("{name} unix - - n - 0 bounce\n"));
    }
    for name in ["proxymap", "smtp", "error", "discard"] {
        text.push_str(&format!("{name} unix - - n - - {name}\n"));
    }
    text
}

/// Takes away what Postfix and its mailboxes put above a mail, and restores the line ends of the
/// wire. (A mailbox is a file of this machine, with its line ends.)
fn without_trace(file: &[u8]) -> Vec<u8> {
    const TRACE: [&[u8]; 4] = [b"Return-Path:", b"X-Original-To:", b"Delivered-To:", b"Received:"];
    let mut mail = Vec::with_capacity(file.len() + file.len() / 40);
    let mut above = true;
    for line in file.split_inclusive(|byte| *byte == b'\n') {
        // A folded line belongs to the trace field before it.
        above &= TRACE.iter().any(|name| line.starts_with(name)) || line.starts_with(b"\t") || line.starts_with(b" ");
        if !above {
            mail.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
            mail.extend_from_slice(b"\r\n");
        }
    }
    mail
}

/// `… to=<a@b>, relay=…, delay=…, dsn=2.0.0, status=sent (…)`
fn fate(line: &str) -> Option<Fate> {
    let field = |name: &str, end: char| {
        let rest = line.split_once(name)?.1;
        Some(rest.split(end).next()?.to_owned())
    };
    Some(Fate { to: field(": to=<", '>')?, dsn: field(" dsn=", ',')?, status: field(" status=", ' ')? })
}

/// `… NOQUEUE: reject: RCPT from …: 550 5.1.1 <a@b>: Recipient …`
fn refusal(line: &str) -> Option<(String, u16)> {
    let rest = line.split_once(" postfix/smtpd[")?.1;
    let rest = rest.split_once("NOQUEUE: reject: RCPT from ")?.1;
    let rest = rest.split_once("]: ")?.1;
    let code = rest.get(..3)?.parse().ok()?;
    Some((rest.split_once('<')?.1.split('>').next()?.to_owned(), code))
}

fn scratch_folder() -> Result<PathBuf, NoPostfix> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("jawort-postfix.{}.{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    fs::create_dir_all(&folder)?;
    // Its daemons run as several users and all come through here.
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
    Ok(folder)
}

fn free_port() -> Result<u16, NoPostfix> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn user_number(name: &str) -> Result<u32, NoPostfix> {
    let known = fs::read_to_string("/etc/passwd")?;
    let line = known.lines().find(|line| line.split(':').next() == Some(name));
    line.and_then(|line| line.split(':').nth(2)?.parse().ok())
        .ok_or_else(|| NoPostfix(format!("there is no user {name}")))
}

fn give_away(path: &Path) -> Result<(), NoPostfix> {
    chown(path, Some(KEEPER), Some(KEEPER))?;
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            give_away(&entry?.path())?;
        }
    }
    Ok(())
}

fn count_files(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries.flatten().map(|entry| if entry.path().is_dir() { count_files(&entry.path()) } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_gives_back_what_was_sent() {
        let file = b"Return-Path: <b@c>\nReceived: from x\n\tby y; today\nDKIM-Signature: a\nReceived: theirs\n\n x\n";
        assert_eq!(without_trace(file), b"DKIM-Signature: a\r\nReceived: theirs\r\n\r\n x\r\n");
    }

    #[test]
    fn postfix_s_own_record_is_read() {
        let sent = "Nov 21 21:17:48 mx postfix/smtp[1]: 35: to=<z@late.test>, relay=127.0.0.1[127.0.0.1]:1, delay=0.04, dsn=5.1.1, status=bounced (host said: 550)";
        let wanted = Fate { to: "z@late.test".into(), status: "bounced".into(), dsn: "5.1.1".into() };
        assert_eq!(fate(sent), Some(wanted));
        let refused = "Nov 21 mx postfix/smtpd[8]: NOQUEUE: reject: RCPT from localhost[127.0.0.1]: 452 4.2.2 <busy@post.test>: Recipient address rejected: full; from=<b@c>";
        assert_eq!(refusal(refused), Some(("busy@post.test".to_owned(), 452)));
        assert_eq!(fate(refused), None);
        assert_eq!(refusal(sent), None);
    }
}
