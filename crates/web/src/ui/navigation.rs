//! Where one can go: the entries beside every page. An entry stands there when the table has its page and
//! the visitor's role allows it.

use axum::http::Method;
use policy::role::Role;
use texts::{Language, ui};

use super::table::{Who, named, table};
use super::visit::Visit;

/// Entries under one heading.
pub(crate) struct Group {
    /// Empty for the first group, which needs none.
    pub(crate) label: String,
    pub(crate) entries: Vec<Entry>,
}

/// One entry.
pub(crate) struct Entry {
    pub(crate) href: String,
    pub(crate) label: String,
    pub(crate) icon: &'static str,
    /// The visitor is on this page or below it.
    pub(crate) current: bool,
    /// The key that leads here behind `g`; empty for none.
    pub(crate) key: &'static str,
}

/// Name of the page, label, icon, key.
type Line = (&'static str, fn(Language) -> String, &'static str, &'static str);
type Lines = (Option<fn(Language) -> String>, &'static [Line]);

/// The pages of an account.
const ACCOUNT: &[Lines] = &[
    (None, &[("dashboard", ui::nav_dashboard, "overview", "o"), ("score", ui::nav_score, "score", "s")]),
    (
        Some(ui::nav_audience),
        &[
            ("contacts", ui::nav_contacts, "people", "c"),
            ("tags", ui::nav_tags, "tag", "t"),
            ("forms", ui::nav_forms, "form", "f"),
        ],
    ),
    (
        Some(ui::nav_mail),
        &[("newsletters", ui::nav_newsletters, "mail", "n"), ("autoresponders", ui::nav_autoresponders, "series", "a")],
    ),
    (
        Some(ui::nav_setup),
        &[
            ("legal-notice", ui::nav_legal_notice, "legal", "l"),
            ("senders", ui::nav_senders, "sender", ""),
            ("domains", ui::nav_domains, "domain", "d"),
            ("websites", ui::nav_websites, "website", ""),
            ("topics", ui::nav_topics, "topic", ""),
        ],
    ),
    (
        Some(ui::nav_account),
        &[
            ("team", ui::nav_team, "team", ""),
            ("tokens", ui::nav_tokens, "key", ""),
            ("settings", ui::nav_settings, "settings", ""),
            ("activity", ui::nav_activity, "activity", ""),
            ("ask", ui::nav_ask, "ask", ""),
        ],
    ),
];

/// The pages of the operator.
const DESK: &[Lines] = &[
    (
        None,
        &[
            ("desk", ui::nav_desk, "desk", "o"),
            ("desk-cases", ui::nav_cases, "case", "c"),
            ("desk-reviews", ui::nav_reviews, "review", "r"),
            ("desk-accounts", ui::nav_accounts, "accounts", "a"),
            ("desk-exclusions", ui::nav_exclusions, "exclude", "x"),
        ],
    ),
    (
        Some(ui::nav_installation),
        &[
            ("desk-providers", ui::nav_providers, "provider", "p"),
            ("desk-incidents", ui::nav_incidents, "incident", "i"),
            ("desk-arrived", ui::nav_arrived, "mail", ""),
            ("desk-dns", ui::nav_dns, "domain", "d"),
            ("desk-settings", ui::nav_desk_settings, "settings", ""),
            ("desk-audit", ui::nav_audit, "audit", ""),
        ],
    ),
];

/// The entries for a visit: those of its account, or of the desk, or the accounts themselves.
pub(crate) fn of(visit: &Visit) -> Vec<Group> {
    if visit.place.is_some() {
        groups(visit, ACCOUNT)
    } else if visit.page.who == Who::Operator {
        groups(visit, DESK)
    } else {
        places(visit)
    }
}

/// From a page that belongs to no account the way leads into each of them, so that nothing of an account is
/// more than two steps away.
fn places(visit: &Visit) -> Vec<Group> {
    let accounts = visit.person.as_ref().map(|person| person.accounts.as_slice()).unwrap_or_default();
    let entry = |(account, name, _): &(policy::AccountId, String, Role)| Entry {
        href: start(*account),
        label: name.clone(),
        icon: "accounts",
        current: false,
        key: "",
    };
    let entries: Vec<Entry> = accounts.iter().map(entry).collect();
    if entries.is_empty() { Vec::new() } else { vec![Group { label: ui::accounts(visit.language), entries }] }
}

fn groups(visit: &Visit, lines: &[Lines]) -> Vec<Group> {
    let here = here(visit, lines);
    let group = |(label, entries): &Lines| Group {
        label: label.map(|label| label(visit.language)).unwrap_or_default(),
        entries: entries.iter().filter_map(|line| entry(visit, line, here)).collect(),
    };
    lines.iter().map(group).filter(|group| !group.entries.is_empty()).collect()
}

fn entry(visit: &Visit, (name, label, icon, key): &Line, here: Option<&str>) -> Option<Entry> {
    let page = named(name)?;
    let allowed = match page.who {
        Who::Role(needed) => visit.may(needed),
        Who::Public | Who::SignedIn | Who::Operator => true,
    };
    let href = filled(visit, page.path);
    allowed.then(|| Entry { href, label: label(visit.language), icon, current: here == Some(name), key })
}

/// Where a page of the visit's account lies, by its name; empty where there is no such page, or where the
/// visitor's role does not open it.
pub(crate) fn to(visit: &Visit, name: &str) -> String {
    let allowed = |page: &&super::table::Page| match page.who {
        Who::Role(needed) => visit.may(needed),
        Who::Public | Who::SignedIn | Who::Operator => false,
    };
    named(name).filter(allowed).map(|page| filled(visit, page.path)).unwrap_or_default()
}

/// The path of a page without other parameters than the account.
fn filled(visit: &Visit, path: &str) -> String {
    let account = visit.place.as_ref().map(|place| place.account.to_string());
    path.replace("{account}", &account.unwrap_or_default())
}

/// The entry whose path is the longest beginning of the page's own.
fn here(visit: &Visit, lines: &[Lines]) -> Option<&'static str> {
    let names = lines.iter().flat_map(|(_, entries)| entries.iter()).map(|(name, ..)| *name);
    let over =
        |path: &str| visit.page.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let found = names.filter_map(|name| Some((name, named(name)?.path))).filter(|(_, path)| over(path));
    found.max_by_key(|(_, path)| path.len()).map(|(name, _)| name)
}

/// The first page that somebody with this role can see in an account.
pub(crate) fn start(account: policy::AccountId) -> String {
    let page = named("dashboard").or_else(|| {
        table().iter().find(|page| {
            page.method == Method::GET && page.who == Who::Role(Role::Reader) && parameters(page.path) == 1
        })
    });
    page.map_or_else(|| "/".to_owned(), |page| page.path.replace("{account}", &account.to_string()))
}

fn parameters(path: &str) -> usize {
    path.matches('{').count()
}
