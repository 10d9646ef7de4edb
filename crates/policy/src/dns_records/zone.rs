//! The wanted records as text.

use std::fmt::Write as _;
use std::net::IpAddr;

use mail_formats::dkim::txt_strings;

use super::{RecordType, Wanted};

/// Text records, one a line: name, TAB, value. A CNAME appears as the text behind it.
#[must_use]
pub fn zone_lines(records: &[Wanted]) -> String {
    let mut text = String::new();
    for record in records.iter().filter(|record| record.question() == RecordType::Txt) {
        let _ = writeln!(text, "{}\t{}", record.name, record.resolved);
    }
    text
}

/// A zone file (RFC 1035 §5): every record with its full name, long texts split (A6).
#[must_use]
pub fn zone_file(records: &[Wanted], ttl_seconds: u32) -> String {
    let mut text = format!("$TTL {ttl_seconds}\n");
    for record in records {
        let _ = writeln!(text, "{}.\tIN\t{}\t{}", record.name, record.kind, data(record));
    }
    text
}

fn data(record: &Wanted) -> String {
    match record.kind {
        RecordType::Txt => {
            let strings: Vec<String> = txt_strings(&record.value).into_iter().map(quoted).collect();
            strings.join(" ")
        }
        RecordType::Cname | RecordType::Mx | RecordType::Ptr => format!("{}.", record.value),
        RecordType::A | RecordType::Aaaa => record.value.clone(),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The name under which an address's PTR record stands (RFC 1035 §3.5, RFC 3596 §2.5).
pub(super) fn reverse_name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(v6) => {
            let nibbles = v6.octets().into_iter().rev().flat_map(|octet| [octet & 15, octet >> 4]);
            nibbles.map(|nibble| format!("{nibble:x}.")).collect::<String>() + "ip6.arpa"
        }
    }
}
