//! From a question to an answer (RFC 1034 §4.3, RFC 2308, RFC 4592).

use hickory_proto::op::{Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, NS, PTR, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::{Fault, Value, Zone, plain};

/// The longest chain of aliases that is written into one answer.
const MAX_ALIASES: usize = 16;

/// The reply to the bytes of a question; none when nothing shall be said.
pub(super) fn answer(zone: &mut Zone, query: &[u8], udp: bool) -> Option<Vec<u8>> {
    let query = Message::from_vec(query).ok()?;
    if query.metadata.message_type != MessageType::Query {
        return None;
    }
    let question = query.queries.first()?.clone();
    let name = plain(&question.name().to_ascii());
    let kind = question.query_type();
    *zone.asked.entry((name.clone(), kind.to_string())).or_default() += 1;
    let fault = zone.fault(&name, &kind.to_string());
    if fault == Some(Fault::Silent) {
        return None;
    }
    let mut reply = Message::response(query.metadata.id, query.metadata.op_code);
    reply.metadata.recursion_desired = query.metadata.recursion_desired;
    reply.metadata.recursion_available = true;
    reply.metadata.authoritative = true;
    reply.add_query(question.clone());
    match fault {
        Some(Fault::ServFail) => reply.metadata.response_code = ResponseCode::ServFail,
        Some(Fault::Refused) => reply.metadata.response_code = ResponseCode::Refused,
        Some(Fault::NxDomain) => deny(&mut reply, zone.ttl, ResponseCode::NXDomain),
        Some(Fault::Lame) => delegate(&mut reply, &question),
        Some(Fault::Truncated) if udp => reply.metadata.truncation = true,
        _ => fill(&mut reply, zone, &question),
    }
    if kind == RecordType::A
        && let Some(then) = zone.rebinds.remove(&name)
    {
        zone.records.insert(name, vec![then]);
    }
    let wire = reply.to_vec().ok()?;
    let room = if udp { usize::from(query.max_payload().max(512)) } else { usize::from(u16::MAX) };
    if wire.len() <= room { Some(wire) } else { reply.truncate().to_vec().ok() }
}

fn fill(reply: &mut Message, zone: &Zone, question: &Query) {
    let kind = question.query_type();
    let mut owner = question.name().clone();
    for _ in 0..MAX_ALIASES {
        let Some(values) = zone.find(&plain(&owner.to_ascii())) else {
            return deny(reply, zone.ttl, ResponseCode::NXDomain);
        };
        let matching: Vec<RData> = values.iter().filter_map(rdata).filter(|data| data.record_type() == kind).collect();
        if !matching.is_empty() {
            for data in matching {
                reply.add_answer(Record::from_rdata(owner.clone(), zone.ttl, data));
            }
            return;
        }
        let alias = values.iter().find_map(|value| match value {
            Value::Cname(target) => name(target),
            _ => None,
        });
        let Some(target) = alias else {
            return deny(reply, zone.ttl, ResponseCode::NoError);
        };
        let data = RData::CNAME(CNAME(target.clone()));
        reply.add_answer(Record::from_rdata(owner, zone.ttl, data));
        owner = target;
    }
}

/// Nothing there, said with authority: the SOA record makes it a real denial, which stands as long as records.
fn deny(reply: &mut Message, ttl: u32, code: ResponseCode) {
    let host = name("ns.provider.test").unwrap_or_default();
    let soa = SOA::new(host.clone(), host, 1, 3600, 600, 86400, ttl);
    reply.metadata.response_code = code;
    reply.add_authority(Record::from_rdata(Name::root(), ttl, RData::SOA(soa)));
}

fn delegate(reply: &mut Message, question: &Query) {
    reply.metadata.authoritative = false;
    let elsewhere = NS(name("ns.elsewhere.test").unwrap_or_default());
    reply.add_authority(Record::from_rdata(question.name().clone(), 0, RData::NS(elsewhere)));
}

impl Zone {
    fn fault(&self, name: &str, kind: &str) -> Option<Fault> {
        let one = self.faults.get(&(name.to_owned(), Some(kind.to_owned())));
        one.or_else(|| self.faults.get(&(name.to_owned(), None))).copied()
    }

    /// The records for a name: its own, or those of the wildcard nearest above it. An empty
    /// list says that the name exists without records; `None`, that it does not exist.
    fn find(&self, name: &str) -> Option<&[Value]> {
        if let Some(values) = self.records.get(name) {
            return Some(values);
        }
        let below = |known: &String| known.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
        if self.records.keys().any(below) {
            return Some(&[]);
        }
        let mut rest = name;
        while let Some((_, parent)) = rest.split_once('.') {
            if let Some(values) = self.records.get(&format!("*.{parent}")) {
                return Some(values);
            }
            // A parent that exists itself shields the wildcards above it (RFC 4592 §3.3.1).
            if self.records.contains_key(parent) {
                return None;
            }
            rest = parent;
        }
        None
    }
}

fn name(text: &str) -> Option<Name> {
    let mut name = Name::from_ascii(text).ok()?;
    name.set_fqdn(true);
    Some(name)
}

fn rdata(value: &Value) -> Option<RData> {
    Some(match value {
        Value::A(address) => RData::A(A(*address)),
        Value::Aaaa(address) => RData::AAAA(AAAA(*address)),
        Value::Mx(preference, host) => RData::MX(MX::new(*preference, name(host)?)),
        Value::Txt(text) => RData::TXT(TXT::from_bytes(strings(text))),
        Value::Cname(target) => RData::CNAME(CNAME(name(target)?)),
        Value::Ptr(target) => RData::PTR(PTR(name(target)?)),
    })
}

fn strings(text: &str) -> Vec<&[u8]> {
    if text.is_empty() { vec![b""] } else { text.as_bytes().chunks(255).collect() }
}
