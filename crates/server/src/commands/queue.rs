//! `jawort queue`: what waits for which mailbox provider, what it said, and what is paused.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use delivery::ProviderGroups;
use outside::Resolver;
use policy::Timestamp;
use serde_json::{Value, json};
use store::health::{Destination, LOOKED_AT, LastReply, Waiting};
use store::incidents::{Incident, ProviderPause};
use tokio::task::JoinSet;

use crate::base::{Base, moment};
use crate::fault::Fault;
use crate::names;
use crate::output::{Output, Table};

/// The provider groups of all domains together are looked for so long.
const LOOK_UP: Duration = Duration::from_secs(10);
/// Domains that are looked up at one time.
const AT_ONCE: usize = 32;
/// Incidents that are read.
const INCIDENTS: i64 = 500;

/// One provider group.
#[derive(Debug, Default)]
struct Group {
    /// Its domains with open mail, those with most of it first.
    domains: Vec<String>,
    mails: Waiting,
    next_at: Option<Timestamp>,
    last_reply: Option<LastReply>,
    pause: Option<ProviderPause>,
    incidents: Vec<Incident>,
}

impl Group {
    fn add(&mut self, one: Destination) {
        self.mails += one.waiting;
        self.next_at = [self.next_at, one.next_at].into_iter().flatten().min();
        self.last_reply = [self.last_reply.take(), one.last_reply].into_iter().flatten().max_by_key(|last| last.due_at);
        self.domains.push(one.domain);
    }

    /// When something is tried next: not before the pause ends, and not at all while it needs a person.
    fn next_attempt(&self, sending: bool) -> Option<Timestamp> {
        let next = self.next_at.filter(|_| sending)?;
        match &self.pause {
            None => Some(next),
            Some(pause) => Some(next.max(pause.until?)),
        }
    }

    fn paused(&self) -> Option<String> {
        let pause = self.pause.as_ref()?;
        Some(match pause.until {
            Some(until) => format!("until {}: {}", moment(until), pause.reason),
            None => format!("until a person decides: {}", pause.reason),
        })
    }
}

/// The queue as it is shown.
struct Shown {
    /// Why nothing is sent, if nothing is.
    stopped: Option<String>,
    more: bool,
    /// Domains whose provider group DNS did not tell; they stand under their own names.
    unknown: Vec<String>,
    /// By name.
    groups: Vec<(String, Group)>,
}

pub(super) async fn run(base: &Base, output: Output) -> Result<(), Fault> {
    let shown = look(base).await?;
    output.report(&json_of(&shown), &words_of(&shown))
}

async fn look(base: &Base) -> Result<Shown, Fault> {
    let installation = base.store.installation().await?;
    let stopped = match (installation.frozen, installation.paused) {
        (true, _) => Some("frozen: this is a restored copy, which sends nothing before it is released".to_owned()),
        (_, Some(reason)) => Some(format!("paused: {reason}")),
        _ => None,
    };
    let queue = base.store.queue().await?;
    let domains: Vec<String> = queue.destinations.iter().map(|one| one.domain.clone()).collect();
    let found = groups_of(base, &domains).await?;
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let mut unknown = Vec::new();
    for one in queue.destinations {
        let group = found.get(&one.domain).cloned().unwrap_or_else(|| {
            unknown.push(one.domain.clone());
            one.domain.clone()
        });
        groups.entry(group).or_default().add(one);
    }
    for pause in base.store.provider_pauses(base.now()).await? {
        let group = groups.entry(pause.provider_group.clone()).or_default();
        group.pause = Some(pause);
    }
    for incident in base.store.newest_incidents(true, None, INCIDENTS).await? {
        let group = groups.entry(incident.provider_group.clone()).or_default();
        group.incidents.push(incident);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.mails.open()));
    Ok(Shown { stopped, more: queue.more, unknown, groups })
}

/// The provider groups of domains, as far as DNS tells them in time.
async fn groups_of(base: &Base, domains: &[String]) -> Result<BTreeMap<String, String>, Fault> {
    let resolver =
        Resolver::new(&names::outside(&base.settings.network)?).map_err(|error| Fault::failed(error.to_string()))?;
    let (clock, dice) = (Arc::clone(&base.clock), Arc::clone(&base.dice));
    let groups = Arc::new(ProviderGroups::new(resolver, clock, dice, &base.settings.delivery));
    let (mut found, mut open) = (BTreeMap::new(), domains.iter().cloned());
    let mut asked: JoinSet<(Option<String>, String)> = JoinSet::new();
    let mut ask = |asked: &mut JoinSet<_>| {
        let (Some(domain), groups) = (open.next(), Arc::clone(&groups)) else { return };
        asked.spawn(async move { (groups.of(&domain).await, domain) });
    };
    for _ in 0..AT_ONCE {
        ask(&mut asked);
    }
    let all = async {
        while let Some(answer) = asked.join_next().await {
            if let Ok((Some(group), domain)) = answer {
                found.insert(domain, group);
            }
            ask(&mut asked);
        }
    };
    tokio::select! {
        () = all => {}
        () = base.clock.sleep(LOOK_UP) => {}
    }
    Ok(found)
}

fn json_of(shown: &Shown) -> Value {
    let sending = shown.stopped.is_none();
    let one = |(name, group): &(String, Group)| {
        json!({
            "provider_group": name,
            "domains": group.domains,
            "due": group.mails.due,
            "in_flight": group.mails.in_flight,
            "deferred": group.mails.deferred,
            "unknown": group.mails.unknown,
            "stopped": group.mails.stopped,
            "notices": group.mails.notices,
            "next_attempt": group.next_attempt(sending).map(moment),
            "last_reply": group.last_reply.as_ref().map(|last| &last.said),
            "last_reply_class": group.last_reply.as_ref().map(|last| &last.reason),
            "pause": group.pause.as_ref().map(|pause| json!({
                "until": pause.until.map(moment),
                "reason": pause.reason,
                "incident": pause.incident.map(policy::IncidentId::get),
            })),
            "incidents": group.incidents.iter().map(|incident| json!({
                "id": incident.id.get(),
                "kind": incident.kind.word(),
                "opened_at": moment(incident.opened_at),
                "detail": incident.detail,
            })).collect::<Vec<_>>(),
        })
    };
    json!({
        "sending": shown.stopped.is_none(),
        "stopped": shown.stopped,
        "more": shown.more,
        "provider_unknown": shown.unknown,
        "providers": shown.groups.iter().map(one).collect::<Vec<_>>(),
    })
}

fn words_of(shown: &Shown) -> String {
    let sending = shown.stopped.is_none();
    let mut table = Table::new(&[
        "provider_group",
        "due",
        "in_flight",
        "deferred",
        "unknown",
        "stopped",
        "next_attempt",
        "paused",
        "incidents",
        "last_reply",
    ]);
    for (name, group) in &shown.groups {
        let incidents: Vec<String> =
            group.incidents.iter().map(|incident| format!("{} {}", incident.id, incident.kind.word())).collect();
        table.row([
            json!(name),
            json!(group.mails.due),
            json!(group.mails.in_flight),
            json!(group.mails.deferred),
            json!(group.mails.unknown),
            json!(group.mails.stopped),
            json!(group.next_attempt(sending).map(moment)),
            json!(group.paused()),
            json!((!incidents.is_empty()).then(|| incidents.join(", "))),
            json!(group.last_reply.as_ref().map(|last| &last.said)),
        ]);
    }
    let mut words = match &shown.stopped {
        Some(why) => format!("Nothing is sent: {}\n", crate::output::visible(why)),
        None => String::new(),
    };
    words.push_str(&table.words());
    if shown.more {
        words.push_str(&format!("{LOOKED_AT} open mails were counted; there may be more.\n"));
    }
    if !shown.unknown.is_empty() {
        let names = crate::output::visible(&shown.unknown.join(", "));
        words.push_str(&format!("DNS did not tell the provider of: {names}. They stand under their own names.\n"));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn destination(domain: &str, next: i64, said: &str) -> Destination {
        Destination {
            domain: domain.to_owned(),
            waiting: Waiting { deferred: 1, ..Waiting::default() },
            next_at: Some(at(next)),
            last_reply: Some(LastReply { said: said.to_owned(), reason: "soft".to_owned(), due_at: at(next) }),
        }
    }

    #[test]
    fn the_domains_of_a_provider_are_one_line_with_the_word_that_came_last() {
        let mut group = Group::default();
        group.add(destination("a.test", 70, "451 later"));
        group.add(destination("b.test", 90, "451 much later"));
        group.add(Destination {
            domain: "c.test".to_owned(),
            waiting: Waiting { due: 2, ..Waiting::default() },
            ..Destination::default()
        });
        assert_eq!((group.mails.deferred, group.mails.due, group.mails.open()), (2, 2, 4));
        assert_eq!(group.last_reply.as_ref().map(|last| last.said.as_str()), Some("451 much later"));
        assert_eq!(group.next_attempt(true), Some(at(70)));
        assert_eq!(group.next_attempt(false), None, "nothing is sent");
        let pause = |until| ProviderPause {
            provider_group: "g".to_owned(),
            until,
            reason: "blocked".to_owned(),
            incident: None,
        };
        group.pause = Some(pause(Some(at(500))));
        assert_eq!(group.next_attempt(true), Some(at(500)), "not before the pause ends");
        group.pause = Some(pause(None));
        assert_eq!(group.next_attempt(true), None, "a person decides");
        assert_eq!(group.paused().as_deref(), Some("until a person decides: blocked"));
    }

    #[test]
    fn a_reply_cannot_act_on_the_terminal() {
        let mut group = Group::default();
        group.add(destination("a.test", 70, "451 \u{1b}[2J\u{202e}gone\r\nX"));
        let groups = vec![("a.test".to_owned(), group)];
        let shown = Shown { stopped: Some("paused: \u{7}".to_owned()), more: false, unknown: Vec::new(), groups };
        let words = words_of(&shown);
        assert!(words.contains(r"451 \u{1b}[2J\u{202e}gone\r\nX"), "{words}");
        assert!(words.starts_with("Nothing is sent: paused: \\u{7}\n"), "{words}");
        assert!(!words.chars().any(|c| c.is_control() && c != '\n'));
        assert_eq!(json_of(&shown)["providers"][0]["last_reply"], "451 \u{1b}[2J\u{202e}gone\r\nX");
    }
}
