//! Asks DNS for the records that are wanted, and judges what it says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::resolver::LookupError;
use crate::resolver::Resolver;
use policy::dns_records::{Found, Judgement, Need, RecordType, Wanted, judge};

/// A record with what became of the question for it.
#[derive(Clone, Debug)]
pub struct Examined {
    /// What is wanted.
    pub wanted: Wanted,
    /// What was found, the state, and what to do.
    pub judgement: Judgement,
}

/// Looks every wanted record up. Records of one name and type are asked for once.
pub async fn examine(resolver: &Resolver, wanted: Vec<Wanted>) -> Vec<Examined> {
    let mut asked: Vec<(String, RecordType, Found)> = Vec::new();
    let mut examined = Vec::with_capacity(wanted.len());
    for record in wanted {
        let question = record.question();
        let known = asked.iter().find(|(name, kind, _)| *name == record.name && *kind == question);
        let found = match known {
            Some((_, _, found)) => found.clone(),
            None => {
                let found = look_up(resolver, &record.name, question).await;
                asked.push((record.name.clone(), question, found.clone()));
                found
            }
        };
        let judgement = judge(&found, &record);
        examined.push(Examined { wanted: record, judgement });
    }
    examined
}

/// What was looked up, for the row of the domain and for the API: a JSON array of
/// `{"name","type","purpose","must","wanted","found","state","advice"}`.
#[must_use]
pub fn as_json(examined: &[Examined]) -> String {
    let rows = examined.iter().map(|Examined { wanted, judgement }| {
        serde_json::json!({
            "name": wanted.name,
            "type": wanted.kind.to_string(),
            "purpose": wanted.purpose.as_str(),
            "must": wanted.need == Need::Must,
            "wanted": wanted.value,
            "found": judgement.found,
            "state": judgement.state.as_str(),
            "advice": judgement.advice,
        })
    });
    serde_json::Value::Array(rows.collect()).to_string()
}

/// One question to DNS, its answer in the words of `policy`.
pub async fn look_up(resolver: &Resolver, name: &str, kind: RecordType) -> Found {
    let answer = match kind {
        RecordType::Txt => resolver.txt(name).await,
        RecordType::Cname => resolver.cname(name).await.map(|target| vec![target]),
        RecordType::Mx => resolver
            .mx(name)
            .await
            .map(|hosts| hosts.iter().map(|mx| format!("{} {}", mx.preference, mx.exchange)).collect()),
        RecordType::A => resolver.ipv4(name).await.map(|ips| ips.iter().map(ToString::to_string).collect()),
        RecordType::Aaaa => resolver.ipv6(name).await.map(|ips| ips.iter().map(ToString::to_string).collect()),
        RecordType::Ptr => reverse(resolver, name).await,
    };
    match answer {
        Ok(values) => Found::Values(values),
        Err(LookupError::NoSuchName | LookupError::NoData) => Found::Nothing,
        Err(other) => Found::NoAnswer(other.to_string()),
    }
}

/// The names of an address that is given as the name of its PTR record.
async fn reverse(resolver: &Resolver, name: &str) -> Result<Vec<String>, LookupError> {
    match address_of(name) {
        Some(address) => resolver.ptr(address).await,
        None => Err(LookupError::BadName),
    }
}

/// The address behind `….in-addr.arpa` or `….ip6.arpa`.
fn address_of(name: &str) -> Option<IpAddr> {
    if let Some(octets) = name.strip_suffix(".in-addr.arpa") {
        let forward: Vec<&str> = octets.split('.').rev().collect();
        return forward.join(".").parse::<Ipv4Addr>().ok().map(IpAddr::V4);
    }
    let nibbles: String = name.strip_suffix(".ip6.arpa")?.split('.').rev().collect();
    if nibbles.len() != 32 {
        return None;
    }
    u128::from_str_radix(&nibbles, 16).ok().map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reverse_name_leads_back_to_its_address() {
        assert_eq!(address_of("7.2.0.192.in-addr.arpa"), Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7))));
        let name = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";
        assert_eq!(address_of(name), Some("2001:db8::1".parse().expect("an address")));
        assert_eq!(address_of("example.com"), None);
    }
}
