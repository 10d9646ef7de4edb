//! The DNS records that make mail recognisable (R62–R64, A1–A10, D8, D9, T15): which are
//! wanted, whether those that were found do, and the zone as text. Asking DNS is the caller's.
//!
//! A record is judged by its meaning: an SPF record may hold more than our include, a key may
//! stand behind a CNAME, tags may be written in another order.

mod advice;
mod judge;
mod progress;
mod spf;
mod zone;

use std::fmt;
use std::net::IpAddr;

use mail_formats::{Domain, EmailAddress};

pub use advice::Advice;
pub use judge::{Authentication, Found, Judgement, State, authentication, judge};
pub use progress::{DomainState, DomainTimes, GRACE};
pub use spf::{MAX_LOOKUPS, MAX_VOID_LOOKUPS, SpfReport, SpfWalk};
pub use zone::{zone_file, zone_lines};

/// The names of the installation that stand in DNS.
#[derive(Clone, Debug)]
pub struct PlatformNames {
    /// The platform's own domain: its addresses, its signatures.
    pub platform_domain: Domain,
    /// The domain of return paths.
    pub bounce_domain: Domain,
    /// The domain of the List-Unsubscribe mailboxes; may be one of the others.
    pub unsubscribe_domain: Domain,
    /// The host that receives our mail: target of the MX records.
    pub mail_host: Domain,
    /// The name with which we greet when sending.
    pub helo_name: Domain,
    /// The addresses from which mail leaves.
    pub sending_addresses: Vec<IpAddr>,
    /// Where others send DMARC and TLS reports; without it no reports are asked for.
    pub report_address: Option<EmailAddress>,
    /// DomainKeys and Sender ID are in use (D8, D9).
    pub domainkeys: bool,
    /// A policy for MTA-STS is served for the receiving domains (T15).
    pub mta_sts: bool,
}

/// What a published key signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyAlgorithm {
    /// DKIM with RSA and SHA-256 (A1).
    RsaSha256,
    /// DKIM with Ed25519 (A2).
    Ed25519Sha256,
    /// DomainKeys (A7, D8); never DKIM.
    DomainKeys,
}

impl KeyAlgorithm {
    /// The word that stands in tables and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RsaSha256 => "rsa-sha256",
            Self::Ed25519Sha256 => "ed25519-sha256",
            Self::DomainKeys => "domainkeys",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::RsaSha256, Self::Ed25519Sha256, Self::DomainKeys].into_iter().find(|one| one.as_str() == word)
    }
}

/// The public half of a signing key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedKey {
    /// The selector.
    pub selector: String,
    /// What it signs with.
    pub algorithm: KeyAlgorithm,
    /// The text of its TXT record, as `mail_formats` makes it.
    pub record: String,
}

/// Types of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordType {
    /// Text.
    Txt,
    /// Another name for this one. Judged by the text that is found behind it.
    Cname,
    /// Mail host.
    Mx,
    /// IPv4 address.
    A,
    /// IPv6 address.
    Aaaa,
    /// Name of an address.
    Ptr,
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Txt => "TXT",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Ptr => "PTR",
        })
    }
}

/// What a record is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecordPurpose {
    /// RFC 7208.
    Spf,
    /// RFC 4406, Historic (D9).
    SenderId,
    /// A key for DKIM signatures (RFC 6376, RFC 8463).
    Dkim,
    /// A key for DomainKeys signatures (RFC 4870, Historic, D8).
    DomainKeys,
    /// RFC 9989.
    Dmarc,
    /// Agreement to receive reports about other domains (RFC 9990).
    DmarcReports,
    /// Where mail for the domain goes.
    MailHost,
    /// RFC 8461.
    MtaSts,
    /// RFC 8460.
    TlsReports,
    /// The address of a host of ours.
    HostAddress,
    /// The name of a sending address.
    ReverseName,
}

impl RecordPurpose {
    /// The word that stands in tables and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Spf => "spf",
            Self::SenderId => "sender-id",
            Self::Dkim => "dkim",
            Self::DomainKeys => "domainkeys",
            Self::Dmarc => "dmarc",
            Self::DmarcReports => "dmarc-reports",
            Self::MailHost => "mail-host",
            Self::MtaSts => "mta-sts",
            Self::TlsReports => "tls-reports",
            Self::HostAddress => "host-address",
            Self::ReverseName => "reverse-name",
        }
    }
}

/// How much a record matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// Nothing is sent without it.
    Must,
    /// Mail is received better with it.
    Should,
}

/// One record that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The name, without a dot at its end.
    pub name: String,
    /// The type to publish.
    pub kind: RecordType,
    /// The value to publish: text without quotes, a host name, `preference host` for MX.
    pub value: String,
    /// For a CNAME the text that stands behind it; else the value. Publishing this text as TXT
    /// at `name` does as well as the CNAME.
    pub resolved: String,
    /// What it is for.
    pub purpose: RecordPurpose,
    /// How much it matters.
    pub need: Need,
}

impl Wanted {
    /// The type to ask DNS for: a CNAME is judged by the text behind it.
    #[must_use]
    pub fn question(&self) -> RecordType {
        if self.kind == RecordType::Cname { RecordType::Txt } else { self.kind }
    }

    fn new(
        name: impl Into<String>,
        kind: RecordType,
        value: impl Into<String>,
        purpose: RecordPurpose,
        need: Need,
    ) -> Self {
        let value = value.into();
        Self { name: name.into(), kind, resolved: value.clone(), value, purpose, need }
    }

    fn txt(name: impl Into<String>, value: impl Into<String>, purpose: RecordPurpose, need: Need) -> Self {
        Self::new(name, RecordType::Txt, value, purpose, need)
    }
}

/// The name whose SPF record lists our sending addresses. An include of it costs one question
/// of the ten that SPF allows (A10), for it asks nothing further.
#[must_use]
pub fn spf_include(names: &PlatformNames) -> String {
    format!("_spf.{}", names.platform_domain.as_str())
}

/// The records that a customer's sending domain publishes before its first send (D8, D9, A1,
/// A2). The return path is the platform's, so no MX is needed.
#[must_use]
pub fn wanted(names: &PlatformNames, domain: &Domain, keys: &[PublishedKey]) -> Vec<Wanted> {
    let name = domain.as_str();
    let include = spf_include(names);
    let mut records = vec![Wanted::txt(name, format!("v=spf1 include:{include} ~all"), RecordPurpose::Spf, Need::Must)];
    if names.domainkeys {
        let text = format!("spf2.0/pra include:{include} ~all");
        records.push(Wanted::txt(name, text, RecordPurpose::SenderId, Need::Should));
    }
    records.extend(keys.iter().filter_map(|key| customer_key(names, domain, key)));
    records.push(Wanted::txt(format!("_dmarc.{name}"), "v=DMARC1; p=none", RecordPurpose::Dmarc, Need::Must));
    records
}

/// The records of customers' keys that stand in the operator's zone, behind their CNAMEs (D8).
#[must_use]
pub fn delegated(names: &PlatformNames, domain: &Domain, keys: &[PublishedKey]) -> Vec<Wanted> {
    keys.iter()
        .filter_map(|key| customer_key(names, domain, key))
        .filter(|record| record.kind == RecordType::Cname)
        .map(|record| Wanted::txt(record.value, record.resolved, record.purpose, record.need))
        .collect()
}

/// The longest name of DNS in its text form (RFC 1035 §2.3.4).
const MAX_NAME: usize = 253;

fn customer_key(names: &PlatformNames, domain: &Domain, key: &PublishedKey) -> Option<Wanted> {
    let record = key_record(names, domain, key)?;
    let target = format!("{}.{}", record.name, names.platform_domain.as_str());
    let alias = key.algorithm == KeyAlgorithm::DomainKeys && target.len() <= MAX_NAME;
    Some(if alias { Wanted { kind: RecordType::Cname, value: target, ..record } } else { record })
}

/// The record of a key at its own name; none for a DomainKeys key when those are retired.
fn key_record(names: &PlatformNames, domain: &Domain, key: &PublishedKey) -> Option<Wanted> {
    let purpose = match key.algorithm {
        KeyAlgorithm::DomainKeys if !names.domainkeys => return None,
        KeyAlgorithm::DomainKeys => RecordPurpose::DomainKeys,
        KeyAlgorithm::RsaSha256 | KeyAlgorithm::Ed25519Sha256 => RecordPurpose::Dkim,
    };
    let name = format!("{}._domainkey.{}", key.selector, domain.as_str());
    Some(Wanted::txt(name, key.record.clone(), purpose, Need::Must))
}

/// The records of the platform's own domains. `keys` are the platform's.
#[must_use]
pub fn platform(names: &PlatformNames, keys: &[PublishedKey]) -> Vec<Wanted> {
    let mut records = senders_policy(names);
    records.extend(keys.iter().filter_map(|key| key_record(names, &names.platform_domain, key)));
    for domain in receiving_domains(names) {
        let mail_host = format!("10 {}", names.mail_host.as_str());
        records.push(Wanted::new(domain.as_str(), RecordType::Mx, mail_host, RecordPurpose::MailHost, Need::Must));
        records.extend(transport(names, domain));
    }
    records.extend(dmarc(names));
    records.extend(hosts(names));
    records
}

/// The domains that receive mail, each once.
fn receiving_domains(names: &PlatformNames) -> Vec<&Domain> {
    let mut domains = vec![&names.platform_domain];
    for domain in [&names.bounce_domain, &names.unsubscribe_domain] {
        if !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    domains
}

/// Who may send in our names: one list of addresses, included everywhere (R62, A9, A10).
fn senders_policy(names: &PlatformNames) -> Vec<Wanted> {
    let include = spf_include(names);
    let list: String = names
        .sending_addresses
        .iter()
        .map(|address| match address {
            IpAddr::V4(v4) => format!(" ip4:{v4}"),
            IpAddr::V6(v6) => format!(" ip6:{v6}"),
        })
        .collect();
    let mut owners = vec![(include.clone(), list)];
    let mut domains = receiving_domains(names);
    if !domains.contains(&&names.helo_name) {
        domains.push(&names.helo_name);
    }
    owners.extend(domains.iter().map(|domain| (domain.as_str().to_owned(), format!(" include:{include}"))));
    let mut records = Vec::new();
    for (name, terms) in owners {
        records.push(Wanted::txt(&name, format!("v=spf1{terms} -all"), RecordPurpose::Spf, Need::Must));
        if names.domainkeys {
            let text = format!("spf2.0/pra{terms} -all");
            records.push(Wanted::txt(&name, text, RecordPurpose::SenderId, Need::Must));
        }
    }
    records
}

/// MTA-STS and TLS reports of one receiving domain (T15).
fn transport(names: &PlatformNames, domain: &Domain) -> Vec<Wanted> {
    let mut records = Vec::new();
    if names.mta_sts {
        let name = format!("_mta-sts.{}", domain.as_str());
        records.push(Wanted::txt(name, "v=STSv1; id=1", RecordPurpose::MtaSts, Need::Should));
    }
    if let Some(address) = &names.report_address {
        let name = format!("_smtp._tls.{}", domain.as_str());
        let text = format!("v=TLSRPTv1; rua=mailto:{}", address.as_str());
        records.push(Wanted::txt(name, text, RecordPurpose::TlsReports, Need::Should));
    }
    records
}

fn dmarc(names: &PlatformNames) -> Vec<Wanted> {
    let rua = names.report_address.as_ref().map(|address| format!("; rua=mailto:{}", address.as_str()));
    let text = format!("v=DMARC1; p=quarantine{}", rua.unwrap_or_default());
    let name = format!("_dmarc.{}", names.platform_domain.as_str());
    let mut records = vec![Wanted::txt(name, text, RecordPurpose::Dmarc, Need::Must)];
    if let Some(address) = &names.report_address {
        let name = format!("*._report._dmarc.{}", address.domain().as_str());
        records.push(Wanted::txt(name, "v=DMARC1", RecordPurpose::DmarcReports, Need::Should));
    }
    records
}

/// The addresses of our hosts and the names of our addresses.
fn hosts(names: &PlatformNames) -> Vec<Wanted> {
    let helo = names.helo_name.as_str();
    let mut records = Vec::new();
    for address in &names.sending_addresses {
        let kind = if address.is_ipv4() { RecordType::A } else { RecordType::Aaaa };
        let value = address.to_string();
        records.push(Wanted::new(helo, kind, value, RecordPurpose::HostAddress, Need::Must));
        let name = zone::reverse_name(*address);
        records.push(Wanted::new(name, RecordType::Ptr, helo, RecordPurpose::ReverseName, Need::Must));
    }
    records
}

#[cfg(test)]
mod tests;
