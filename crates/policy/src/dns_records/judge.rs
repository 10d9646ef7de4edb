//! Whether the records found do what is wanted of them.

use super::advice::{Advice, joined};
use super::{Need, RecordPurpose, Wanted};

/// What DNS said to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The values: texts with their strings joined, host names, `preference host` for MX.
    Values(Vec<String>),
    /// Neither the name nor the record exists. (The name exists but not the type: the same.)
    Nothing,
    /// No answer could be had. Says nothing about the record.
    NoAnswer(String),
}

/// How a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It does what is wanted.
    Good,
    /// It works, but could be better; or a record is missing that only should be there.
    Weak,
    /// It is not there.
    Missing,
    /// Something else is there.
    Wrong,
    /// DNS did not answer: ask again. Never a reason to take back what was proven before.
    Unknown,
}

impl State {
    /// The word that stands in tables and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Weak => "weak",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Good, Self::Weak, Self::Missing, Self::Wrong, Self::Unknown].into_iter().find(|one| one.as_str() == word)
    }
}

/// A state and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// How the record stands.
    pub state: State,
    /// What was found, shortened, on one line.
    pub found: String,
    /// What to do; none when all is well.
    pub advice: Option<Advice>,
}

/// Whether a domain's records together let mail out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Authentication {
    /// Every record that must be there is.
    Proven,
    /// A record that must be there is missing or wrong.
    Failed,
    /// Some answer is missing, and nothing that was answered is wrong.
    Unknown,
}

/// Sums up the states of a domain's records.
#[must_use]
pub fn authentication<'a>(records: impl IntoIterator<Item = (&'a Wanted, State)>) -> Authentication {
    let mut sum = Authentication::Proven;
    for (wanted, state) in records {
        match (wanted.need, state) {
            (Need::Must, State::Missing | State::Wrong) => return Authentication::Failed,
            (Need::Must, State::Unknown) => sum = Authentication::Unknown,
            _ => {}
        }
    }
    sum
}

/// A finding before it is put into words for one record.
type Finding = Result<Option<Advice>, Advice>;

/// Judges what was found for one record.
#[must_use]
pub fn judge(found: &Found, wanted: &Wanted) -> Judgement {
    let values = match found {
        Found::Values(values) => values.as_slice(),
        Found::Nothing => &[],
        Found::NoAnswer(reason) => {
            return Judgement { state: State::Unknown, found: shorten(reason), advice: Some(Advice::AskAgain) };
        }
    };
    let relevant: Vec<&str> = values.iter().map(String::as_str).filter(|value| concerns(value, wanted)).collect();
    let shown = shorten(&relevant.join(" | "));
    if relevant.is_empty() {
        return missing(wanted, values);
    }
    let (state, advice) = match finding(&relevant, wanted) {
        Ok(None) => (State::Good, None),
        Ok(Some(hint)) => (State::Weak, Some(hint)),
        Err(fault) if wanted.need == Need::Should => (State::Weak, Some(fault)),
        Err(fault) => (State::Wrong, Some(fault)),
    };
    Judgement { state, found: shown, advice }
}

fn missing(wanted: &Wanted, others: &[String]) -> Judgement {
    let state = if wanted.need == Need::Must { State::Missing } else { State::Weak };
    Judgement { state, found: shorten(&others.join(" | ")), advice: Some(Advice::publish(wanted)) }
}

/// Most characters of a found value that are shown.
const SHOWN: usize = 500;

fn shorten(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() { clean + "…" } else { clean }
}

/// Whether a value at the name belongs to this purpose at all: SPF and Sender ID and much else
/// share one name.
fn concerns(value: &str, wanted: &Wanted) -> bool {
    let lower = value.trim_start().to_ascii_lowercase();
    match wanted.purpose {
        RecordPurpose::Spf => lower == "v=spf1" || lower.starts_with("v=spf1 "),
        RecordPurpose::SenderId => scopes(&lower).is_some_and(|scopes| scopes.split(',').any(|scope| scope == "pra")),
        RecordPurpose::Dmarc | RecordPurpose::DmarcReports => starts_with_tag(&lower, "v", "dmarc1"),
        RecordPurpose::MtaSts => starts_with_tag(&lower, "v", "stsv1"),
        RecordPurpose::TlsReports => starts_with_tag(&lower, "v", "tlsrptv1"),
        RecordPurpose::Dkim | RecordPurpose::DomainKeys => tag(value, "p").is_some(),
        RecordPurpose::MailHost | RecordPurpose::HostAddress | RecordPurpose::ReverseName => true,
    }
}

/// The scopes of a Sender ID record in lower case: `spf2.0/mfrom,pra …` (RFC 4406 §3.1).
fn scopes(record: &str) -> Option<&str> {
    let (version, _) = record.split_once(' ').unwrap_or((record, ""));
    version.strip_prefix("spf2.0/")
}

fn starts_with_tag(record: &str, name: &str, value: &str) -> bool {
    let first = record.split(';').next().unwrap_or_default();
    first.split_once('=').is_some_and(|(n, v)| n.trim() == name && v.trim() == value)
}

/// The value of a tag in a list `a=b; c=d`, without white space inside (keys may be folded).
fn tag(record: &str, name: &str) -> Option<String> {
    record.split(';').find_map(|part| {
        let (n, v) = part.split_once('=')?;
        (n.trim() == name).then(|| v.chars().filter(|c| !c.is_whitespace()).collect())
    })
}

fn finding(values: &[&str], wanted: &Wanted) -> Finding {
    match wanted.purpose {
        RecordPurpose::Spf | RecordPurpose::SenderId => {
            let several = || Advice::JoinPolicies { joined: joined(values, wanted) };
            sender_policy(only(values, several)?, wanted)
        }
        RecordPurpose::Dkim => key(only(values, || Advice::OneKey)?, wanted, "sha256"),
        RecordPurpose::DomainKeys => key(only(values, || Advice::OneKey)?, wanted, "sha1"),
        RecordPurpose::Dmarc => dmarc(only(values, || Advice::OneDmarc)?, wanted),
        RecordPurpose::DmarcReports => Ok(None),
        RecordPurpose::MtaSts => has_tag(values, "id"),
        RecordPurpose::TlsReports => has_tag(values, "rua"),
        RecordPurpose::MailHost => mail_host(values, wanted),
        RecordPurpose::HostAddress | RecordPurpose::ReverseName => {
            let there = values.iter().any(|value| same_name(value, &wanted.value));
            if there { Ok(None) } else { Err(Advice::publish(wanted)) }
        }
    }
}

fn only<'a>(values: &[&'a str], fault: impl FnOnce() -> Advice) -> Result<&'a str, Advice> {
    match values {
        [one] => Ok(one),
        _ => Err(fault()),
    }
}

fn has_tag(values: &[&str], name: &str) -> Finding {
    let complete = values.iter().any(|value| tag(value, name).is_some_and(|text| !text.is_empty()));
    if complete { Ok(None) } else { Err(Advice::MissingTag { tag: name.to_owned() }) }
}

/// SPF and Sender ID: every term of ours is there; what else is there is the owner's affair.
fn sender_policy(record: &str, wanted: &Wanted) -> Finding {
    let found = record.to_ascii_lowercase();
    let terms: Vec<&str> =
        found.split_whitespace().skip(1).map(|term| term.strip_prefix('+').unwrap_or(term)).collect();
    for term in wanted.value.split_whitespace().skip(1).filter(|term| !term.ends_with("all")) {
        let term = term.to_ascii_lowercase();
        let redirect = term.replace("include:", "redirect=");
        if !terms.iter().any(|one| *one == term || *one == redirect) {
            return Err(Advice::AddTerm { term, joined: joined(&[record], wanted) });
        }
    }
    if terms.contains(&"all") {
        return Err(Advice::CloseAll { joined: joined(&[record], wanted) });
    }
    let closed = terms.iter().any(|term| matches!(*term, "-all" | "~all") || term.starts_with("redirect="));
    let historic = terms.iter().any(|term| *term == "ptr" || term.starts_with("ptr:"));
    Ok(match (closed, historic) {
        (false, _) => Some(Advice::EndRecord),
        (true, true) => Some(Advice::DropPtr),
        (true, false) => None,
    })
}

/// A key record: the same public key, allowed for the hash that is used (RFC 6376 §3.6.1).
fn key(found: &str, wanted: &Wanted, hash: &str) -> Finding {
    let public = tag(found, "p").unwrap_or_default();
    if public.is_empty() {
        return Err(Advice::RevokedKey);
    }
    if Some(&public) != tag(&wanted.resolved, "p").as_ref() {
        return Err(Advice::OtherKey);
    }
    let kind = |record: &str| tag(record, "k").unwrap_or_else(|| "rsa".to_owned());
    if kind(found) != kind(&wanted.resolved) {
        return Err(Advice::KeyKind { kind: kind(&wanted.resolved) });
    }
    if tag(found, "h").is_some_and(|hashes| !hashes.split(':').any(|one| one == hash)) {
        return Err(Advice::KeyHash { hash: hash.to_owned() });
    }
    if tag(found, "g").is_some_and(|granted| granted != "*") {
        return Err(Advice::KeyScope);
    }
    let testing = tag(found, "t").is_some_and(|flags| flags.split(':').any(|flag| flag == "y"));
    Ok(testing.then_some(Advice::KeyTesting))
}

/// RFC 9989: a record without a usable policy asks for nothing unless it has a report address.
fn dmarc(found: &str, wanted: &Wanted) -> Finding {
    let policy = |record: &str| tag(record, "p").map(|text| text.to_ascii_lowercase());
    let found_policy = policy(found);
    match found_policy.as_deref() {
        Some("quarantine" | "reject") => Ok(None),
        Some("none") if policy(&wanted.value).as_deref() == Some("none") => Ok(None),
        Some("none") => Ok(Some(Advice::DmarcStricter)),
        _ => Err(Advice::DmarcPolicy),
    }
}

fn mail_host(values: &[&str], wanted: &Wanted) -> Finding {
    let host = |value: &str| value.split_whitespace().next_back().unwrap_or_default().to_owned();
    let ours = host(&wanted.value);
    match values.iter().filter(|value| same_name(&host(value), &ours)).count() {
        0 => Err(Advice::publish(wanted)),
        n if n < values.len() => Ok(Some(Advice::OtherHosts)),
        _ => Ok(None),
    }
}

fn same_name(one: &str, other: &str) -> bool {
    one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.'))
}
