//! Questions to DNS, with hickory's cache and a limit on the time of each.
//!
//! The one thing that must not go wrong here: an answer that could not be had (SERVFAIL, no
//! server, time-out, a lame delegation, a loop of aliases) must never look like "this name
//! does not exist", because the latter ends in an exclusion (B5). So [`LookupError`] says
//! [`NoSuchName`](LookupError::NoSuchName) and [`NoData`](LookupError::NoData) only for
//! answers that said so, and [`Temporary`](LookupError::Temporary) for everything else.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError, NoRecords};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use policy::dns_records;

use crate::settings::OutsideSettings;

/// The most records of one answer that are looked at; an answer may hold thousands.
pub const MAX_RECORDS: usize = 100;
/// The longest chain of aliases that is believed. hickory gives up after 8 and then says "no
/// data", so only chains that it surely followed to their end may prove anything.
const MAX_ALIASES: usize = 6;
/// Positive answers are asked again after this time at the latest.
const POSITIVE_TTL_LIMIT: Duration = Duration::from_secs(3600);
/// Negative answers are asked again after this time at the latest.
const NEGATIVE_TTL_LIMIT: Duration = Duration::from_secs(300);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupError {
    /// The name does not exist (NXDOMAIN). Permanent.
    NoSuchName,
    /// The name exists, but has no record of this type. Permanent.
    NoData,
    /// The text is no DNS name. Permanent.
    BadName,
    /// It could not be found out now: SERVFAIL, refusal, time-out, no server. Try later. The
    /// text is for the operator.
    Temporary(String),
}

impl LookupError {
    /// True when asking later may help.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Temporary(_))
    }
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchName => write!(f, "the name does not exist in DNS"),
            Self::NoData => write!(f, "the name has no such record in DNS"),
            Self::BadName => write!(f, "this is no DNS name"),
            Self::Temporary(detail) => write!(f, "DNS gave no answer for now ({detail})"),
        }
    }
}

impl std::error::Error for LookupError {}

/// The resolver cannot be made from its settings: the operator must act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupError(String);

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the DNS resolver cannot start: {}", self.0)
    }
}

impl std::error::Error for SetupError {}

/// One MX record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mx {
    /// Lower is preferred.
    pub preference: u16,
    /// The host in lower case, as A-labels, without the final dot; empty for the root (RFC 7505).
    pub exchange: String,
}

/// What DNS said to one question, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The values, hosts in lower case without final dot; an MX as preference and host.
    pub values: Result<Vec<String>, LookupError>,
    /// How long the server that was asked goes on saying so, by its own word: the least time to live of the
    /// records, or that of "there is nothing" (RFC 2308 §5). None where it said nothing about it.
    pub kept: Option<Duration>,
}

/// Asks DNS. Clones share one cache.
#[derive(Clone)]
pub struct Resolver {
    inner: TokioResolver,
    limit: Duration,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl Resolver {
    /// Makes a resolver. Needs no network; must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`SetupError`]: the system's resolver configuration cannot be read.
    pub fn new(settings: &OutsideSettings) -> Result<Self, SetupError> {
        let config = if settings.dns_servers.is_empty() {
            hickory_resolver::system_conf::read_system_conf().map_err(|error| SetupError(error.to_string()))?.0
        } else {
            ResolverConfig::from_parts(None, Vec::new(), name_servers(settings))
        };
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            .with_tls_config(no_encrypted_dns()?);
        *builder.options_mut() = options();
        let inner = builder.build().map_err(|error| SetupError(error.to_string()))?;
        Ok(Self { inner, limit: settings.dns_limit })
    }

    /// hickory's own resolver, for mail-auth, which shares the cache by it.
    pub(crate) fn hickory(&self) -> TokioResolver {
        self.inner.clone()
    }

    /// Drops every cached answer, for a check that must see the present (`dns check`).
    pub fn forget(&self) {
        self.inner.clear_cache();
    }

    /// Drops what is remembered of one name and type, for a check that must see the present while others
    /// go on with what they know.
    pub fn forget_answer(&self, name: &str, kind: dns_records::RecordType) {
        if let Ok(name) = parse_name(name) {
            self.inner.clear_lookup_cache(name, wire_type(kind));
        }
    }

    /// The records of a name, at most [`MAX_RECORDS`], MX records with the most preferred first, and how long
    /// that answer stands.
    pub async fn answer(&self, name: &str, kind: dns_records::RecordType) -> Answer {
        let name = match parse_name(name) {
            Ok(name) => name,
            Err(error) => return Answer { values: Err(error), kept: None },
        };
        let asked = tokio::time::timeout(self.limit, self.inner.lookup(name, wire_type(kind))).await;
        let (values, seconds) = match asked {
            Err(_) => (Err(LookupError::Temporary("no answer within the time limit".into())), None),
            Ok(Err(error)) => (Err(judge(&error)), denied_for(&error)),
            Ok(Ok(answer)) => {
                let own = answer.answers().iter().filter(|record| record.record_type() == wire_type(kind));
                let mut found: Vec<(u16, String)> = own.filter_map(|record| text(&record.data)).collect();
                found.sort_by_key(|(preference, _)| *preference);
                found.truncate(MAX_RECORDS);
                let values: Vec<String> = found.into_iter().map(|(_, text)| text).collect();
                let values = if values.is_empty() { Err(LookupError::NoData) } else { Ok(values) };
                (values, answer.answers().iter().map(|record| record.ttl).min())
            }
        };
        Answer { values, kept: seconds.map(|seconds| Duration::from_secs(seconds.into())) }
    }

    /// TXT records, the strings of each joined; at most [`MAX_RECORDS`].
    ///
    /// # Errors
    /// See [`LookupError`].
    pub async fn txt(&self, name: &str) -> Result<Vec<String>, LookupError> {
        self.ask(name, RecordType::TXT, |data| match data {
            RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
            _ => None,
        })
        .await
    }

    /// MX records, unsorted; at most [`MAX_RECORDS`], the most preferred ones.
    ///
    /// # Errors
    /// See [`LookupError`].
    pub async fn mx(&self, name: &str) -> Result<Vec<Mx>, LookupError> {
        let name = parse_name(name)?;
        let mut found = self
            .query(name, RecordType::MX, |data| match data {
                RData::MX(mx) => Some(Mx { preference: mx.preference, exchange: host_text(&mx.exchange) }),
                _ => None,
            })
            .await?;
        found.sort_by_key(|mx| mx.preference);
        found.truncate(MAX_RECORDS);
        Ok(found)
    }

    /// A records.
    ///
    /// # Errors
    /// See [`LookupError`].
    pub async fn ipv4(&self, name: &str) -> Result<Vec<Ipv4Addr>, LookupError> {
        self.ask(name, RecordType::A, |data| match data {
            RData::A(a) => Some(a.0),
            _ => None,
        })
        .await
    }

    /// AAAA records.
    ///
    /// # Errors
    /// See [`LookupError`].
    pub async fn ipv6(&self, name: &str) -> Result<Vec<Ipv6Addr>, LookupError> {
        self.ask(name, RecordType::AAAA, |data| match data {
            RData::AAAA(aaaa) => Some(aaaa.0),
            _ => None,
        })
        .await
    }

    /// The alias of a name, if it is one.
    ///
    /// # Errors
    /// See [`LookupError`].
    pub async fn cname(&self, name: &str) -> Result<String, LookupError> {
        let mut found = self
            .ask(name, RecordType::CNAME, |data| match data {
                RData::CNAME(alias) => Some(host_text(&alias.0)),
                _ => None,
            })
            .await?;
        found.pop().ok_or(LookupError::NoData)
    }

    /// The names that an address points back to.
    ///
    /// # Errors
    /// See [`LookupError`].
    pub async fn ptr(&self, address: IpAddr) -> Result<Vec<String>, LookupError> {
        let mut found = self
            .query(Name::from(address), RecordType::PTR, |data| match data {
                RData::PTR(name) => Some(host_text(&name.0)),
                _ => None,
            })
            .await?;
        found.truncate(MAX_RECORDS);
        Ok(found)
    }

    /// All addresses of a host, IPv4 first, at most [`MAX_RECORDS`] of each family. One family
    /// is enough: a failure of the other is passed over then.
    ///
    /// # Errors
    /// `Temporary` when no address was found and either question got no answer; else what
    /// both answers said.
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, LookupError> {
        let (v4, v6) = tokio::join!(self.ipv4(name), self.ipv6(name));
        let mut found = Vec::new();
        found.extend(v4.iter().flatten().copied().map(IpAddr::V4));
        found.extend(v6.iter().flatten().copied().map(IpAddr::V6));
        match (v4.err(), v6.err()) {
            _ if !found.is_empty() => Ok(found),
            (Some(error), _) if error.is_temporary() => Err(error),
            (_, Some(error)) if error.is_temporary() => Err(error),
            (Some(first), Some(second)) if first == second => self.no_address(name, first).await,
            // One says that the name exists, the other that it does not: broken servers.
            _ => Err(LookupError::Temporary("the DNS servers contradict each other".into())),
        }
    }

    /// Both address questions found nothing; a loop of aliases looks the same to hickory, so
    /// look for one before believing it.
    async fn no_address(&self, name: &str, said: LookupError) -> Result<Vec<IpAddr>, LookupError> {
        if said == LookupError::NoData {
            self.follow_aliases(name).await?;
        }
        Err(said)
    }

    /// Follows aliases to their end.
    ///
    /// # Errors
    /// `Temporary` for a loop or a chain of 6 or more; else nothing is wrong.
    pub(crate) async fn follow_aliases(&self, name: &str) -> Result<(), LookupError> {
        let mut current = name.to_owned();
        for _ in 0..MAX_ALIASES {
            match self.cname(&current).await {
                Ok(next) => current = next,
                Err(error) if error.is_temporary() => return Err(error),
                Err(_) => return Ok(()),
            }
        }
        Err(LookupError::Temporary("the aliases (CNAME) go in a circle or on and on".into()))
    }

    async fn ask<T>(
        &self,
        name: &str,
        kind: RecordType,
        pick: impl Fn(&RData) -> Option<T>,
    ) -> Result<Vec<T>, LookupError> {
        let mut found = self.query(parse_name(name)?, kind, pick).await?;
        found.truncate(MAX_RECORDS);
        Ok(found)
    }

    async fn query<T>(
        &self,
        name: Name,
        kind: RecordType,
        pick: impl Fn(&RData) -> Option<T>,
    ) -> Result<Vec<T>, LookupError> {
        let answer = tokio::time::timeout(self.limit, self.inner.lookup(name, kind))
            .await
            .map_err(|_| LookupError::Temporary("no answer within the time limit".into()))?
            .map_err(|error| judge(&error))?;
        let found: Vec<T> = answer.answers().iter().filter_map(|record| pick(&record.data)).collect();
        if found.is_empty() { Err(LookupError::NoData) } else { Ok(found) }
    }
}

fn wire_type(kind: dns_records::RecordType) -> RecordType {
    match kind {
        dns_records::RecordType::Txt => RecordType::TXT,
        dns_records::RecordType::Cname => RecordType::CNAME,
        dns_records::RecordType::Mx => RecordType::MX,
        dns_records::RecordType::A => RecordType::A,
        dns_records::RecordType::Aaaa => RecordType::AAAA,
        dns_records::RecordType::Ptr => RecordType::PTR,
    }
}

/// A record as text, behind its preference (0 for what has none).
fn text(data: &RData) -> Option<(u16, String)> {
    match data {
        RData::TXT(txt) => Some((0, String::from_utf8_lossy(&txt.txt_data.concat()).into_owned())),
        RData::CNAME(alias) => Some((0, host_text(&alias.0))),
        RData::PTR(name) => Some((0, host_text(&name.0))),
        RData::MX(mx) => Some((mx.preference, format!("{} {}", mx.preference, host_text(&mx.exchange)))),
        RData::A(a) => Some((0, a.0.to_string())),
        RData::AAAA(aaaa) => Some((0, aaaa.0.to_string())),
        _ => None,
    }
}

/// For how many seconds "there is nothing" holds.
fn denied_for(error: &NetError) -> Option<u32> {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(no)) => no.negative_ttl,
        _ => None,
    }
}

/// Sorts hickory's errors into "said no" and "said nothing".
fn judge(error: &NetError) -> LookupError {
    let NetError::Dns(DnsError::NoRecordsFound(no)) = error else {
        return LookupError::Temporary(error.to_string());
    };
    match no.response_code {
        ResponseCode::NXDomain => LookupError::NoSuchName,
        ResponseCode::NoError if is_referral(no) => {
            LookupError::Temporary("the DNS server only points at other servers".into())
        }
        ResponseCode::NoError => LookupError::NoData,
        other => LookupError::Temporary(format!("the DNS server answered {other}")),
    }
}

/// An empty answer with name servers and without SOA says "ask those", not "there is nothing"
/// (RFC 2308 §2.2).
fn is_referral(no: &NoRecords) -> bool {
    no.soa.is_none() && no.ns.is_some()
}

fn parse_name(text: &str) -> Result<Name, LookupError> {
    let bare = text.strip_suffix('.').unwrap_or(text);
    let whole = !bare.is_empty() && bare.is_ascii() && !bare.contains(['\\', ' ', '"', '@']);
    if !whole || bare.split('.').any(|label| label.is_empty() || label.len() > 63) {
        return Err(LookupError::BadName);
    }
    let mut name = Name::from_ascii(bare).map_err(|_| LookupError::BadName)?;
    // Fully qualified: the search list of this machine must never complete a recipient's domain.
    name.set_fqdn(true);
    Ok(name)
}

fn host_text(name: &Name) -> String {
    let text = name.to_lowercase().to_ascii();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

fn name_servers(settings: &OutsideSettings) -> Vec<NameServerConfig> {
    let on_port = |mut connection: ConnectionConfig, port| {
        connection.port = port;
        connection
    };
    settings
        .dns_servers
        .iter()
        .map(|server| {
            let connections =
                vec![on_port(ConnectionConfig::udp(), server.port()), on_port(ConnectionConfig::tcp(), server.port())];
            NameServerConfig::new(server.ip(), true, connections)
        })
        .collect()
}

fn options() -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.timeout = Duration::from_secs(4);
    options.attempts = 1;
    options.cache_size = 32_768;
    // /etc/hosts speaks about this machine's neighbours, not about mail domains.
    options.use_hosts_file = ResolveHosts::Never;
    options.positive_max_ttl = Some(POSITIVE_TTL_LIMIT);
    options.negative_max_ttl = Some(NEGATIVE_TTL_LIMIT);
    options
}

/// A TLS configuration that trusts nobody: DNS over TLS is not used, and hickory's own default
/// fails on a machine without system certificates.
fn no_encrypted_dns() -> Result<rustls::ClientConfig, SetupError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SetupError(error.to_string()))?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_resolver::proto::op::Query;

    fn no_records(code: ResponseCode) -> NetError {
        let query = Query::query(Name::root(), RecordType::MX);
        NetError::Dns(DnsError::NoRecordsFound(NoRecords::new(query, code)))
    }

    #[test]
    fn t4_only_nxdomain_says_that_a_name_does_not_exist() {
        assert_eq!(judge(&no_records(ResponseCode::NXDomain)), LookupError::NoSuchName);
        assert_eq!(judge(&no_records(ResponseCode::NoError)), LookupError::NoData);
        for number in 0..=u8::MAX {
            // High bits from EDNS and low bits from the header, all of both.
            let code = ResponseCode::from(number >> 4, number & 15);
            if code != ResponseCode::NXDomain {
                let plain = NetError::Dns(DnsError::ResponseCode(code));
                assert!(judge(&plain).is_temporary(), "{code:?}");
            }
            if !matches!(code, ResponseCode::NXDomain | ResponseCode::NoError) {
                assert!(judge(&no_records(code)).is_temporary(), "{code:?}");
            }
        }
        for error in [NetError::Timeout, NetError::NoConnections, NetError::Busy] {
            assert!(judge(&error).is_temporary(), "{error}");
        }
    }

    #[test]
    fn texts_that_are_no_names_are_not_asked() {
        let long = "a".repeat(64) + ".example";
        for text in ["", ".", "a..example", "a b.example", "x@example", "ü.example", &long, "a\\.b"] {
            assert_eq!(parse_name(text), Err(LookupError::BadName), "{text}");
        }
        assert!(parse_name("_dmarc.example.com").is_ok());
        assert!(parse_name("example.com.").expect("a name").is_fqdn());
    }
}
