//! Asks DNS for the records that are wanted, and judges what it says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use policy::dns_records::{Advice, Found, Judgement, Need, RecordType, State, Wanted, judge};
use tokio::task::JoinSet;

#[cfg(doc)]
use crate::resolver::Answer;
use crate::resolver::{LookupError, Resolver};

/// The longest that one record is waited for; who looks shows a page or has others to look at.
pub const LOOK: Duration = Duration::from_secs(8);

/// A record with what became of the question for it.
#[derive(Clone, Debug)]
pub struct Examined {
    /// What is wanted.
    pub wanted: Wanted,
    /// What was found, the state, and what to do.
    pub judgement: Judgement,
    /// How long the DNS server that was asked goes on saying so ([`Answer::kept`]).
    pub kept: Option<Duration>,
}

/// Looks every wanted record up, as DNS says it now. Records of one name and type are asked for once,
/// all at the same time; whatever does not answer within [`LOOK`] counts as not answered.
pub async fn examine(resolver: &Resolver, wanted: Vec<Wanted>) -> Vec<Examined> {
    let mut questions: Vec<(String, RecordType)> = Vec::new();
    for record in &wanted {
        let question = (record.name.clone(), record.question());
        if !questions.contains(&question) {
            questions.push(question);
        }
    }
    let mut asking = JoinSet::new();
    for (at, (name, kind)) in questions.iter().cloned().enumerate() {
        let resolver = resolver.clone();
        asking.spawn(async move { (at, ask(&resolver, &name, kind).await) });
    }
    let unanswered = || (Found::NoAnswer("no answer".to_owned()), None);
    let mut answers: Vec<(Found, Option<Duration>)> = questions.iter().map(|_| unanswered()).collect();
    while let Some(asked) = asking.join_next().await {
        // A question that ended otherwise was not answered.
        if let Ok((at, found)) = asked
            && let Some(place) = answers.get_mut(at)
        {
            *place = found;
        }
    }
    let answer_of = |record: &Wanted| {
        let asked = questions.iter().position(|(name, kind)| *name == record.name && *kind == record.question());
        asked.and_then(|at| answers.get(at)).cloned().unwrap_or_else(unanswered)
    };
    let judged = |record: Wanted| {
        let (found, kept) = answer_of(&record);
        Examined { judgement: judge(&found, &record), wanted: record, kept }
    };
    wanted.into_iter().map(judged).collect()
}

/// What was looked up, for the row of the domain and for the API: a JSON array of
/// `{"name","type","purpose","must","wanted","found","state","advice","todo","kept_seconds"}`; `todo` is the
/// advice for programs, `kept_seconds` how long the DNS server goes on saying so, or null.
#[must_use]
pub fn as_json(examined: &[Examined]) -> String {
    let rows = examined.iter().map(|Examined { wanted, judgement, kept }| {
        let advice = judgement.advice.as_ref();
        serde_json::json!({
            "name": wanted.name,
            "type": wanted.kind.to_string(),
            "purpose": wanted.purpose.as_str(),
            "must": wanted.need == Need::Must,
            "wanted": wanted.value,
            "found": judgement.found,
            "state": judgement.state.as_str(),
            "advice": advice.map(ToString::to_string).unwrap_or_default(),
            "todo": advice,
            "kept_seconds": kept.map(|kept| kept.as_secs()),
        })
    });
    serde_json::Value::Array(rows.collect()).to_string()
}

/// One row of [`as_json`], read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    name: String,
    kind: String,
    wanted: String,
    /// How much it matters.
    pub need: Need,
    /// What was found.
    pub found: String,
    /// How the record stood.
    pub state: State,
    /// What to do.
    pub advice: Option<Advice>,
    /// How long after the look the DNS server goes on saying so.
    pub kept: Option<Duration>,
}

impl Looked {
    /// Whether this was about a record as it is wanted today.
    #[must_use]
    pub fn is_about(&self, record: &Wanted) -> bool {
        self.name == record.name && self.kind == record.kind.to_string() && self.wanted == record.value
    }
}

/// Reads [`as_json`]. What cannot be read was not looked up: the next look writes it anew.
#[must_use]
pub fn from_json(text: &str) -> Vec<Looked> {
    let rows: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    rows.iter().filter_map(looked).collect()
}

fn looked(row: &serde_json::Value) -> Option<Looked> {
    let text = |name: &str| row.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    Some(Looked {
        name: text("name")?,
        kind: text("type")?,
        wanted: text("wanted")?,
        need: if row.get("must")?.as_bool()? { Need::Must } else { Need::Should },
        found: text("found")?,
        state: State::parse(&text("state")?)?,
        advice: row.get("todo").and_then(|advice| serde_json::from_value(advice.clone()).ok()),
        kept: row.get("kept_seconds").and_then(serde_json::Value::as_u64).map(Duration::from_secs),
    })
}

/// One question to DNS as it answers now, in the words of `policy`.
pub async fn look_up(resolver: &Resolver, name: &str, kind: RecordType) -> Found {
    ask(resolver, name, kind).await.0
}

/// The same, with how long the answer stands.
async fn ask(resolver: &Resolver, name: &str, kind: RecordType) -> (Found, Option<Duration>) {
    resolver.forget_answer(name, kind);
    if kind == RecordType::Ptr && address_of(name).is_none() {
        return (Found::NoAnswer(LookupError::BadName.to_string()), None);
    }
    let Ok(answer) = tokio::time::timeout(LOOK, resolver.answer(name, kind)).await else {
        return (Found::NoAnswer(format!("no answer within {} s", LOOK.as_secs())), None);
    };
    let found = match answer.values {
        Ok(values) => Found::Values(values),
        Err(LookupError::NoSuchName | LookupError::NoData) => Found::Nothing,
        Err(other) => return (Found::NoAnswer(other.to_string()), None),
    };
    (found, answer.kept)
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
