//! Which settings there are, and reading them from file and environment.
//!
//! Each door defines its own keys; here they are put together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use delivery::DeliverySettings;
use inbound::InboundSettings;
use policy::settings::{Key, PolicySettings, Raw, Shown, Values, example, shown};
use scheduler::SchedulerSettings;
use web::WebSettings;

use crate::fault::Fault;

policy::settings! {
    /// Where things lie. Stands above all sections.
    pub(crate) struct CoreSettings in "" {
        database: text(500) = "sqlite:jawort.db", plain,
            "The database: sqlite:PATH or postgres://USER@HOST/NAME.";
        secrets_file: text(500) = "secrets.key", plain,
            "The file with the secret of this installation, made at the first start. Keep a copy apart from the database's backups.";
        lock_file: text(500) = "", plain,
            "With PostgreSQL: a file on a disk of this machine whose lock proves that an earlier process is dead. SQLite needs none.";
    }
}

policy::settings! {
    /// How the installation calls itself.
    pub(crate) struct PlatformSettings in "platform." {
        public_url: text(300) = required, plain,
            "Where recipients' pages are, at most 42 characters: https:// and a host, without a slash at the end. http:// only for loopback hosts.";
        domain: text(253) = required, plain,
            "The platform's own domain: its addresses and its signatures.";
        bounce_domain: text(253) = "", plain,
            "The domain of return paths. Empty: bounce. and the domain.";
        unsubscribe_domain: text(253) = "", plain,
            "The domain of List-Unsubscribe mailboxes. Empty: the domain of return paths.";
        mail_host: text(253) = "", plain,
            "The host that receives our mail and greets when sending. Empty: mx. and the domain.";
        further_domains: list(1000) = &[], plain,
            "Further domains whose mail host we are.";
        operator_name: text(80) = required, plain,
            "Who operates this installation, as people read it.";
        operator_address: text(254) = required, plain,
            "The mailbox of the operator's people: notices of cases and incidents go there.";
        operator_from: text(254) = "", plain,
            "From of mails of the operator, at the platform's domain. Empty: postmaster@ and the domain.";
        operator_language: choice("de", "en") = "en", plain,
            "The language of notices to the operator.";
        abuse_address: text(254) = "", plain,
            "Where people complain; stands in every mail. Empty: abuse@ and the domain.";
        cfbl_address: text(254) = "", plain,
            "Where providers send feedback reports. Empty: fbl@ and the domain.";
        feedback_id: text(15) = "jawort", plain,
            "The sender in Feedback-ID: 5 to 15 letters or digits. Never change it: providers keep statistics under it.";
        sending_addresses: list(64) = &[], plain,
            "The addresses from which our mail reaches others (with a smarthost: the smarthost's). They stand in SPF. Empty: network.source_addresses.";
        mta_sts: bool = false, plain,
            "Whether a web server of yours serves https://mta-sts.DOMAIN/.well-known/mta-sts.txt for the domains that receive mail.";
        report_address: text(254) = "", plain,
            "Where others send DMARC and TLS reports. Empty: none are asked for.";
    }
}

policy::settings! {
    /// How the program reaches out to the network.
    pub(crate) struct NetworkSettings in "network." {
        dns_servers: list(8) = &[], plain,
            "DNS servers as IP address with port. Empty: those of the operating system.";
        dns_limit: duration(1, 60) = 20, plain,
            "Time for one question to DNS, retries included.";
        smtp_port: int(1, 65_535) = 25, plain,
            "The port of mail servers. Another one only in tests and closed networks.";
        allow_private_destinations: bool = false, plain,
            "Whether private and loopback addresses may be dialled. Only in tests and closed networks.";
        connect_limit: duration(1, 300) = 30, plain,
            "Time for connecting to a server.";
        source_addresses: list(2) = &[], plain,
            "The addresses from which mail leaves, at most one of each family. Empty: the system chooses.";
    }
}

policy::settings! {
    /// What is logged, to standard error.
    pub(crate) struct LogSettings in "log." {
        format: choice("text", "json") = "text", plain, "Lines for people, or JSON objects.";
        level: choice("error", "warn", "info", "debug") = "info", plain, "The least important that is logged. No level shows addresses or tokens.";
    }
}

policy::settings! {
    /// What machines that look after this one may read.
    pub(crate) struct StatusSettings in "status." {
        listen: list(4) = &[], plain,
            "Addresses with ports, as in 127.0.0.1:9464, on which /metrics (Prometheus), /healthz and /readyz are served over plain HTTP, to whoever reaches them. Keep them on loopback or in a network of your own. Empty: nowhere.";
        providers: list(64) = &["google.com", "outlook.com", "yahoodns.net", "icloud.com", "gmx.net", "web.de", "t-online.de", "freenet.de", "kundenserver.de", "rzone.de", "orange.fr", "libero.it", "seznam.cz", "wp.pl", "mail.ru", "qq.com"], plain,
            "Mailbox providers that have figures of their own in metrics, by the name that \"jawort queue\" shows. All others are counted together as other.";
        drain: duration(0, 20) = 0, plain,
            "When the program is asked to stop: so long /readyz says so before pages and arriving mail are turned away, so that a load balancer can hear of it. Sending stops at once.";
    }
}

/// All settings, checked.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) core: CoreSettings,
    pub(crate) platform: PlatformSettings,
    pub(crate) network: NetworkSettings,
    pub(crate) log: LogSettings,
    pub(crate) status: StatusSettings,
    pub(crate) web: WebSettings,
    pub(crate) delivery: DeliverySettings,
    pub(crate) inbound: InboundSettings,
    pub(crate) scheduler: SchedulerSettings,
    pub(crate) policy: PolicySettings,
    /// All of them for the operator's eyes.
    pub(crate) shown: Vec<Shown>,
}

/// The file that is read where none is named.
pub(crate) const DEFAULT_FILE: &str = "jawort.toml";

impl Settings {
    /// The definitions of all settings.
    pub(crate) fn keys() -> Vec<Key> {
        [
            CoreSettings::KEYS,
            PlatformSettings::KEYS,
            &PolicySettings::keys(),
            WebSettings::KEYS,
            DeliverySettings::KEYS,
            InboundSettings::KEYS,
            NetworkSettings::KEYS,
            SchedulerSettings::KEYS,
            LogSettings::KEYS,
            StatusSettings::KEYS,
        ]
        .concat()
    }

    /// An example file with every key.
    pub(crate) fn example() -> String {
        example(&Self::keys())
    }

    /// Reads `file`, else the one that JAWORT_CONFIG names, else [`DEFAULT_FILE`] if there is one,
    /// and the environment above it.
    ///
    /// # Errors
    /// Every wrong key at once, each with what is allowed.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, Fault> {
        let named = std::env::var_os("JAWORT_CONFIG").map(PathBuf::from);
        Self::from_layers(file.or(named.as_deref()), std::env::vars())
    }

    fn from_layers(file: Option<&Path>, env: impl IntoIterator<Item = (String, String)>) -> Result<Self, Fault> {
        let path = file.unwrap_or(Path::new(DEFAULT_FILE));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && file.is_none() => String::new(),
            Err(error) => return Err(Fault::failed(format!("{} cannot be read: {error}", path.display()))),
        };
        let raw = flatten(&text).map_err(|what| Fault::failed(format!("{} is no TOML: {what}", path.display())))?;
        let env: Vec<(String, String)> = env.into_iter().collect();
        let variables: Vec<String> = env.iter().map(|(name, _)| name.clone()).collect();
        let values = Values::from_layers(&Self::keys(), &raw, env).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Fault::failed(format!("the settings cannot be used:\n{}", lines.join("\n")))
        })?;
        let settings = Self::from_values(&values, shown(&Self::keys(), &values, &raw, &variables));
        match settings.delivery.problem() {
            Some(problem) => Err(Fault::failed(format!("the settings cannot be used:\n{problem}"))),
            None => Ok(settings),
        }
    }

    fn from_values(values: &Values, shown: Vec<Shown>) -> Self {
        Self {
            shown,
            core: CoreSettings::from_values(values),
            platform: PlatformSettings::from_values(values),
            network: NetworkSettings::from_values(values),
            log: LogSettings::from_values(values),
            status: StatusSettings::from_values(values),
            web: WebSettings::from_values(values),
            delivery: DeliverySettings::from_values(values),
            inbound: InboundSettings::from_values(values),
            scheduler: SchedulerSettings::from_values(values),
            policy: PolicySettings::from_values(values),
        }
    }
}

/// The values of a TOML text by `section.key`.
fn flatten(text: &str) -> Result<BTreeMap<String, Raw>, String> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| error.to_string().trim().to_owned())?;
    let mut flat = BTreeMap::new();
    collect("", table, &mut flat);
    Ok(flat)
}

fn collect(section: &str, table: toml::Table, flat: &mut BTreeMap<String, Raw>) {
    for (key, value) in table {
        let name = format!("{section}{key}");
        match value {
            toml::Value::Table(inner) => collect(&format!("{name}."), inner, flat),
            other => drop(flat.insert(name, raw(other))),
        }
    }
}

fn raw(value: toml::Value) -> Raw {
    match value {
        toml::Value::Integer(number) => Raw::Int(number),
        toml::Value::Boolean(yes) => Raw::Bool(yes),
        toml::Value::String(text) => Raw::Text(text),
        toml::Value::Array(entries) => Raw::List(entries.into_iter().map(raw).collect()),
        toml::Value::Float(_) => Raw::Other("a decimal fraction"),
        toml::Value::Datetime(_) => Raw::Other("a date"),
        toml::Value::Table(_) => Raw::Other("a table"),
    }
}
