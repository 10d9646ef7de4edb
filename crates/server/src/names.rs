//! The names of the installation, read from the settings once: for mails, for DNS, for the doors.

use std::net::{IpAddr, SocketAddr};

use gate::House;
use mail_formats::{Domain, EmailAddress};
use outside::OutsideSettings;
use policy::dns_records::PlatformNames;
use texts::Language;

use crate::fault::Fault;
use crate::settings::{NetworkSettings, PlatformSettings, Settings};

/// All names, checked.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// Those that stand in mails.
    pub(crate) house: House,
    /// Those under which mail arrives.
    pub(crate) inbound: inbound::Names,
    /// Those that stand in DNS.
    pub(crate) dns: PlatformNames,
    /// Where notices to the operator go.
    pub(crate) operator_address: EmailAddress,
    /// Their language.
    pub(crate) operator_language: Language,
}

fn wrong(key: &str, text: &str, what: impl std::fmt::Display) -> Fault {
    Fault::failed(format!("{key} = {text:?} cannot be used: {what}"))
}

fn domain(key: &str, text: &str) -> Result<Domain, Fault> {
    Domain::parse(text).map_err(|error| wrong(key, text, error))
}

fn domain_or(key: &str, text: &str, prefix: &str, of: &Domain) -> Result<Domain, Fault> {
    if text.is_empty() { domain(key, &format!("{prefix}{}", of.as_str())) } else { domain(key, text) }
}

fn address(key: &str, text: &str) -> Result<EmailAddress, Fault> {
    EmailAddress::parse(text).map_err(|error| wrong(key, text, error))
}

fn address_or(key: &str, text: &str, local: &str, of: &Domain) -> Result<EmailAddress, Fault> {
    if text.is_empty() { address(key, &format!("{local}@{}", of.as_str())) } else { address(key, text) }
}

impl Names {
    /// Reads the names.
    ///
    /// # Errors
    /// The first that cannot be used, with its key and the reason.
    pub(crate) fn read(settings: &Settings) -> Result<Self, Fault> {
        let platform = &settings.platform;
        let own = domain("platform.domain", &platform.domain)?;
        let bounce = domain_or("platform.bounce_domain", &platform.bounce_domain, "bounce.", &own)?;
        let unsubscribe = domain_or("platform.unsubscribe_domain", &platform.unsubscribe_domain, "", &bounce)?;
        let house = house(settings, &own, &bounce, &unsubscribe)?;
        let mail_host = domain_or("platform.mail_host", &platform.mail_host, "mx.", &own)?;
        let inbound = inbound_names(platform, &house, &mail_host)?;
        let dns = dns_names(settings, &house, mail_host)?;
        let operator_address = address("platform.operator_address", &platform.operator_address)?;
        let operator_language = platform
            .operator_language
            .parse()
            .map_err(|error| wrong("platform.operator_language", &platform.operator_language, error))?;
        Ok(Self { house, inbound, dns, operator_address, operator_language })
    }
}

fn house(settings: &Settings, own: &Domain, bounce: &Domain, unsubscribe: &Domain) -> Result<House, Fault> {
    let platform = &settings.platform;
    let house = House {
        public_url: platform.public_url.clone(),
        bounce_domain: bounce.clone(),
        platform_domain: own.clone(),
        unsubscribe_domain: unsubscribe.clone(),
        abuse_address: address_or("platform.abuse_address", &platform.abuse_address, "abuse", own)?,
        cfbl_address: address_or("platform.cfbl_address", &platform.cfbl_address, "fbl", own)?,
        feedback_sender_id: platform.feedback_id.clone(),
        operator_from: address_or("platform.operator_from", &platform.operator_from, "postmaster", own)?,
        operator_name: platform.operator_name.clone(),
        domainkeys: settings.policy.domainkeys.active(),
    };
    house.check().map_err(|error| Fault::failed(format!("the names in section [platform] cannot be used: {error}")))?;
    Ok(house)
}

fn inbound_names(platform: &PlatformSettings, house: &House, mail_host: &Domain) -> Result<inbound::Names, Fault> {
    let further = platform.further_domains.iter().map(|text| domain("platform.further_domains", text));
    Ok(inbound::Names {
        host: mail_host.as_str().to_owned(),
        bounce_domain: house.bounce_domain.clone(),
        unsubscribe_domain: house.unsubscribe_domain.clone(),
        platform_domain: house.platform_domain.clone(),
        further_domains: further.collect::<Result<_, _>>()?,
        abuse_address: house.abuse_address.clone(),
        cfbl_address: house.cfbl_address.clone(),
    })
}

fn dns_names(settings: &Settings, house: &House, mail_host: Domain) -> Result<PlatformNames, Fault> {
    let reports = &settings.platform.report_address;
    let report_address = if reports.is_empty() { None } else { Some(address("platform.report_address", reports)?) };
    let helo_name = match settings.delivery.helo_name.as_str() {
        "" => mail_host.clone(),
        name => domain("delivery.helo_name", name)?,
    };
    Ok(PlatformNames {
        platform_domain: house.platform_domain.clone(),
        bounce_domain: house.bounce_domain.clone(),
        unsubscribe_domain: house.unsubscribe_domain.clone(),
        helo_name,
        mail_host,
        sending_addresses: sending_addresses(settings)?,
        report_address,
        domainkeys: house.domainkeys,
        mta_sts: settings.platform.mta_sts,
    })
}

fn ip(key: &str, text: &str) -> Result<IpAddr, Fault> {
    text.parse().map_err(|_| wrong(key, text, "it is no IP address"))
}

/// What SPF must name.
fn sending_addresses(settings: &Settings) -> Result<Vec<IpAddr>, Fault> {
    let named = &settings.platform.sending_addresses;
    if named.is_empty() {
        return addresses(&settings.network);
    }
    named.iter().map(|text| ip("platform.sending_addresses", text)).collect()
}

fn addresses(network: &NetworkSettings) -> Result<Vec<IpAddr>, Fault> {
    let read = |text: &String| ip("network.source_addresses", text);
    let addresses: Vec<IpAddr> = network.source_addresses.iter().map(read).collect::<Result<_, _>>()?;
    let count = |v4: bool| addresses.iter().filter(|address| address.is_ipv4() == v4).count();
    if count(true) > 1 || count(false) > 1 {
        return Err(Fault::failed("network.source_addresses may hold at most one address of each family"));
    }
    Ok(addresses)
}

/// How to reach out.
///
/// # Errors
/// The first value that cannot be used, with its key.
pub(crate) fn outside(network: &NetworkSettings) -> Result<OutsideSettings, Fault> {
    let server = |text: &String| {
        text.parse::<SocketAddr>()
            .map_err(|_| wrong("network.dns_servers", text, "write it as address:port, as in 127.0.0.1:53"))
    };
    Ok(OutsideSettings {
        dns_servers: network.dns_servers.iter().map(server).collect::<Result<_, _>>()?,
        dns_limit: network.dns_limit,
        allow_private_destinations: network.allow_private_destinations,
        smtp_port: u16::try_from(network.smtp_port)
            .map_err(|_| wrong("network.smtp_port", &network.smtp_port.to_string(), "it is no port"))?,
        connect_limit: network.connect_limit,
        source_addresses: addresses(network)?,
    })
}
