//! Whether the installation does its work, in words, with what to do.

use std::time::Duration;

use store::health::Health;
use store::installation::Installation;
use texts::{Language, desk as t};

use super::show::{self, Badge, Link};
use crate::ui::html::Html;
use policy::Timestamp;

/// Mail that is due and held by nothing leaves within seconds; so late, something stands.
const LATE: Duration = Duration::from_secs(5 * 60);
/// Records of sending domains are looked at at least so often.
const CHECKED_WITHIN: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// One line: what it is about, how it is, and what to do.
pub(super) struct Line {
    pub(super) what: String,
    pub(super) state: Badge,
    /// When, where it matters.
    pub(super) at: Html,
    /// Empty where nothing is to be done.
    pub(super) todo: String,
    pub(super) link: Option<Link>,
}

impl Line {
    fn new(what: String, kind: &'static str, word: String) -> Self {
        Self { what, state: Badge::new(kind, word), at: Html::default(), todo: String::new(), link: None }
    }

    fn todo(self, todo: String) -> Self {
        Self { todo, ..self }
    }

    fn at(self, at: Html) -> Self {
        Self { at, ..self }
    }

    fn link(self, href: &str, label: String) -> Self {
        Self { link: Some(Link { href: href.to_owned(), label }), ..self }
    }
}

/// Every line, in the order in which one looks.
pub(super) fn lines(
    language: Language,
    installation: &Installation,
    health: &Health,
    incidents: usize,
    now: Timestamp,
) -> Vec<Line> {
    vec![
        sending(language, installation),
        delivery(language, installation, health, now),
        nodes(language, health),
        inbox(language, health),
        domains(language, health, now),
        providers(language, incidents),
    ]
}

fn sending(language: Language, installation: &Installation) -> Line {
    let line = |kind, word| Line::new(t::health_sending(language), kind, word);
    if installation.frozen {
        return line("bad", t::health_frozen(language)).todo(t::health_frozen_todo(language));
    }
    match &installation.paused {
        Some(reason) => line("bad", t::health_paused(language))
            .todo(t::health_paused_todo(language, reason))
            .link("/desk/providers", t::to_providers(language)),
        None => line("good", t::health_allowed(language)),
    }
}

fn delivery(language: Language, installation: &Installation, health: &Health, now: Timestamp) -> Line {
    let line = |kind, word| Line::new(t::health_delivery(language), kind, word);
    let stopped = installation.frozen || installation.paused.is_some();
    match health.oldest_due {
        None => line("good", t::health_nothing_waits(language)),
        Some(due) if due > now => line("good", t::health_on_time(language)).at(show::at(language, due)),
        Some(due) if now.since(due) < LATE || stopped => line(
            if stopped { "wait" } else { "good" },
            t::health_waits(language, &show::span(language, now.since(due))),
        )
        .at(show::at(language, due)),
        // Mail to a paused provider is overdue because it is held; whether other mail is, the list there says.
        Some(due) if health.paused_providers > 0 => {
            line("wait", t::health_waits(language, &show::span(language, now.since(due))))
                .at(show::at(language, due))
                .todo(t::health_waits_for_paused(language))
                .link("/desk/providers", t::to_providers(language))
        }
        Some(due) => line("bad", t::health_late(language, &show::span(language, now.since(due))))
            .at(show::at(language, due))
            .todo(t::health_late_todo(language))
            .link("/desk/providers", t::to_providers(language)),
    }
}

fn nodes(language: Language, health: &Health) -> Line {
    let count = u64::try_from(health.nodes.len()).unwrap_or(0);
    let line = |kind, word| Line::new(t::health_nodes(language), kind, word);
    match health.nodes.first() {
        Some(newest) => {
            line("good", t::health_nodes_running(language, count)).at(show::at(language, newest.started_at))
        }
        None => line("bad", t::health_no_node(language)).todo(t::health_no_node_todo(language)),
    }
}

fn inbox(language: Language, health: &Health) -> Line {
    let line = |kind, word| Line::new(t::health_inbox(language), kind, word);
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    if health.unread > 0 {
        return line("bad", t::health_unread(language, count(health.unread)))
            .todo(t::health_unread_todo(language))
            .link("/desk/arrived", t::to_arrived(language));
    }
    if health.unparsed > 0 {
        return line("wait", t::health_unparsed(language, count(health.unparsed)))
            .todo(t::health_unparsed_todo(language))
            .link("/desk/arrived", t::to_arrived(language));
    }
    line("good", t::health_all_read(language))
}

fn domains(language: Language, health: &Health, now: Timestamp) -> Line {
    let line = |kind, word| Line::new(t::health_dns(language), kind, word);
    let failing = u64::try_from(health.domains_failing + health.websites_failing).unwrap_or(0);
    let Some(checked) = health.domains_checked_at else { return line("open", t::health_no_domain(language)) };
    let at = show::at(language, checked);
    if now.since(checked) > CHECKED_WITHIN {
        return line("bad", t::health_unchecked(language)).at(at).todo(t::health_unchecked_todo(language));
    }
    if failing > 0 {
        return line("wait", t::health_failing(language, failing)).at(at).todo(t::health_failing_todo(language));
    }
    line("good", t::health_dns_good(language)).at(at)
}

fn providers(language: Language, incidents: usize) -> Line {
    let line = |kind, word| Line::new(t::health_providers(language), kind, word);
    match u64::try_from(incidents).unwrap_or(0) {
        0 => line("good", t::health_no_incident(language)),
        open => line("wait", t::health_incidents(language, open))
            .todo(t::health_incidents_todo(language))
            .link("/desk/incidents", t::to_incidents(language)),
    }
}
