//! Whether the records found do what is wanted of them.

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
}

/// A state and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// How the record stands.
    pub state: State,
    /// What was found, shortened, on one line.
    pub found: String,
    /// What to do; empty when all is well.
    pub advice: String,
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
type Finding = Result<Option<&'static str>, String>;

/// Judges what was found for one record.
#[must_use]
pub fn judge(found: &Found, wanted: &Wanted) -> Judgement {
    let values = match found {
        Found::Values(values) => values.as_slice(),
        Found::Nothing => &[],
        Found::NoAnswer(reason) => {
            let advice = "DNS did not answer; the check is repeated".to_owned();
            return Judgement { state: State::Unknown, found: shorten(reason), advice };
        }
    };
    let relevant: Vec<&str> = values.iter().map(String::as_str).filter(|value| concerns(value, wanted)).collect();
    let shown = shorten(&relevant.join(" | "));
    if relevant.is_empty() {
        return missing(wanted, values);
    }
    let (state, advice) = match finding(&relevant, wanted) {
        Ok(None) => (State::Good, String::new()),
        Ok(Some(hint)) => (State::Weak, hint.to_owned()),
        Err(fault) if wanted.need == Need::Should => (State::Weak, fault),
        Err(fault) => (State::Wrong, fault),
    };
    Judgement { state, found: shown, advice }
}

fn missing(wanted: &Wanted, others: &[String]) -> Judgement {
    let state = if wanted.need == Need::Must { State::Missing } else { State::Weak };
    Judgement { state, found: shorten(&others.join(" | ")), advice: publish(wanted) }
}

fn publish(wanted: &Wanted) -> String {
    let Wanted { name, kind, value, resolved, .. } = wanted;
    if value == resolved {
        format!("publish {name} {kind} {value}")
    } else {
        format!("publish {name} {kind} {value} (or the text itself as TXT: {resolved})")
    }
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
            let one = only(values, "more than one such record: receivers then use none; join them")?;
            sender_policy(one, wanted)
        }
        RecordPurpose::Dkim => key(only(values, SEVERAL_KEYS)?, wanted, "sha256"),
        RecordPurpose::DomainKeys => key(only(values, SEVERAL_KEYS)?, wanted, "sha1"),
        RecordPurpose::Dmarc => dmarc(only(values, "more than one DMARC record: receivers then use none")?, wanted),
        RecordPurpose::DmarcReports => Ok(None),
        RecordPurpose::MtaSts => has_tag(values, "id"),
        RecordPurpose::TlsReports => has_tag(values, "rua"),
        RecordPurpose::MailHost => mail_host(values, wanted),
        RecordPurpose::HostAddress | RecordPurpose::ReverseName => {
            if values.iter().any(|value| same_name(value, &wanted.value)) { Ok(None) } else { Err(publish(wanted)) }
        }
    }
}

const SEVERAL_KEYS: &str = "more than one key under this selector: keep the wanted one only";

fn only<'a>(values: &[&'a str], fault: &str) -> Result<&'a str, String> {
    match values {
        [one] => Ok(one),
        _ => Err(fault.to_owned()),
    }
}

fn has_tag(values: &[&str], name: &str) -> Finding {
    let complete = values.iter().any(|value| tag(value, name).is_some_and(|text| !text.is_empty()));
    if complete { Ok(None) } else { Err(format!("the record has no {name}=")) }
}

/// SPF and Sender ID: every term of ours is there; what else is there is the owner's affair.
fn sender_policy(found: &str, wanted: &Wanted) -> Finding {
    let found = found.to_ascii_lowercase();
    let terms: Vec<&str> =
        found.split_whitespace().skip(1).map(|term| term.strip_prefix('+').unwrap_or(term)).collect();
    for term in wanted.value.split_whitespace().skip(1).filter(|term| !term.ends_with("all")) {
        let term = term.to_ascii_lowercase();
        let redirect = term.replace("include:", "redirect=");
        if !terms.iter().any(|one| *one == term || *one == redirect) {
            return Err(format!("add {term} to the record, in front of its \"all\""));
        }
    }
    if terms.contains(&"all") {
        return Err("\"+all\" lets anybody send in this name; end the record in ~all or -all".to_owned());
    }
    let closed = terms.iter().any(|term| matches!(*term, "-all" | "~all") || term.starts_with("redirect="));
    let historic = terms.iter().any(|term| *term == "ptr" || term.starts_with("ptr:"));
    Ok(match (closed, historic) {
        (false, _) => Some("end the record in ~all or -all (RFC 7208 §4.7)"),
        (true, true) => Some("take the mechanism \"ptr\" out (RFC 7208 §5.5)"),
        (true, false) => None,
    })
}

/// A key record: the same public key, allowed for the hash that is used (RFC 6376 §3.6.1).
fn key(found: &str, wanted: &Wanted, hash: &str) -> Finding {
    let public = tag(found, "p").unwrap_or_default();
    if public.is_empty() {
        return Err("the key under this selector is revoked (p= is empty); publish the wanted record".to_owned());
    }
    if Some(&public) != tag(&wanted.resolved, "p").as_ref() {
        return Err("another key stands under this selector; publish the wanted record".to_owned());
    }
    let kind = |record: &str| tag(record, "k").unwrap_or_else(|| "rsa".to_owned());
    if kind(found) != kind(&wanted.resolved) {
        return Err(format!("the record must say k={}", kind(&wanted.resolved)));
    }
    if tag(found, "h").is_some_and(|hashes| !hashes.split(':').any(|one| one == hash)) {
        return Err(format!("the record's h= must allow {hash}"));
    }
    if tag(found, "g").is_some_and(|granted| granted != "*") {
        return Err("take the tag g= out: it restricts the key to some addresses".to_owned());
    }
    let testing = tag(found, "t").is_some_and(|flags| flags.split(':').any(|flag| flag == "y"));
    Ok(testing.then_some("take t=y out: it says that the key is only being tested"))
}

/// RFC 9989: a record without a usable policy asks for nothing unless it has a report address.
fn dmarc(found: &str, wanted: &Wanted) -> Finding {
    let policy = |record: &str| tag(record, "p").map(|text| text.to_ascii_lowercase());
    let found_policy = policy(found);
    match found_policy.as_deref() {
        Some("quarantine" | "reject") => Ok(None),
        Some("none") if policy(&wanted.value).as_deref() == Some("none") => Ok(None),
        Some("none") => Ok(Some("p=none lets others use the name; publish p=quarantine or p=reject")),
        _ => Err("the record has no policy: add p=none, p=quarantine or p=reject".to_owned()),
    }
}

fn mail_host(values: &[&str], wanted: &Wanted) -> Finding {
    let host = |value: &str| value.split_whitespace().next_back().unwrap_or_default().to_owned();
    let ours = host(&wanted.value);
    match values.iter().filter(|value| same_name(&host(value), &ours)).count() {
        0 => Err(publish(wanted)),
        n if n < values.len() => Ok(Some("other mail hosts are named too; they must pass bounces on to ours")),
        _ => Ok(None),
    }
}

fn same_name(one: &str, other: &str) -> bool {
    one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.'))
}
