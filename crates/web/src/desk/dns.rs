//! DNS as others see it now: the installation's own records, and how the sending domains of all accounts
//! stand.

use std::collections::BTreeMap;

use askama::Template;
use outside::records::{Examined, examine, from_json};
use policy::dns_records::{Need, PublishedKey, State, Wanted, platform, zone_file};
use policy::{AccountId, DomainId};
use store::domains::SendingDomain;
use texts::{Language, desk, desk as t};

use super::show::{self, Badge, Link};
use crate::customers::domain_badge;
use crate::error::Fault;
use crate::ui::html::Html;
use crate::ui::records;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::{PAGE, Visit};

/// How long others may keep a record that the zone file names, in seconds.
const TTL_SECONDS: u32 = 3600;

/// The records of the installation, just looked up.
pub(super) struct Zone {
    domain: String,
    examined: Vec<Examined>,
}

impl Zone {
    pub(super) async fn of(visit: &Visit) -> Result<Self, Fault> {
        let domain = visit.web.dns.platform_domain.as_str();
        let keys = visit.web.store.signing_keys(None).await?;
        let own = keys.into_iter().filter(|key| key.domain == domain && key.active);
        let own: Vec<PublishedKey> = own.map(|key| key.published).collect();
        let examined = examine(&visit.web.resolver, platform(&visit.web.dns, &own)).await;
        Ok(Self { domain: domain.to_owned(), examined })
    }

    /// The records as people read them.
    pub(super) fn shown(&self, language: Language) -> Html {
        records::just_looked(language, &self.domain, &self.examined)
    }

    /// How all of them together stand.
    fn state(&self, language: Language) -> Badge {
        let musts = || self.examined.iter().filter(|one| one.wanted.need == Need::Must);
        let count = |states: &[State]| {
            let n = musts().filter(|one| states.contains(&one.judgement.state)).count();
            u64::try_from(n).unwrap_or(u64::MAX)
        };
        match (count(&[State::Missing, State::Wrong]), count(&[State::Unknown])) {
            (0, 0) => Badge::new("good", t::zone_good(language)),
            (0, silent) => Badge::new("wait", t::zone_silent(language, silent)),
            (wrong, _) => Badge::new("bad", t::zone_wrong(language, wrong)),
        }
    }
}

/// A sending domain.
struct Row {
    name: String,
    account: Link,
    state: Badge,
    checked: Option<Html>,
}

#[derive(Template)]
#[template(path = "desk/dns.html")]
struct Dns {
    shell: Shell,
    t: desk::Say,
    state: Badge,
    no_addresses: bool,
    records: Html,
    zone_file: String,
    rows: Vec<Row>,
    first: String,
    next: String,
}

fn row(visit: &Visit, names: &BTreeMap<AccountId, String>, account: AccountId, domain: &SendingDomain) -> Row {
    let states: Vec<(Need, State)> = from_json(&domain.found).iter().map(|one| (one.need, one.state)).collect();
    let (kind, word) = domain_badge(visit.language, domain.times().state(&states, visit.now()));
    Row {
        name: domain.name.clone(),
        account: show::account(account, names.get(&account).map_or("", String::as_str)),
        state: Badge::new(kind, word),
        checked: domain.checked_at.map(|at| show::at(visit.language, at)),
    }
}

/// The names of the accounts of a page.
async fn names(visit: &Visit, page: &[(AccountId, SendingDomain)]) -> Result<BTreeMap<AccountId, String>, Fault> {
    let mut names = BTreeMap::new();
    for (account, _) in page {
        if !names.contains_key(account) {
            names.insert(*account, visit.web.store.account(*account).await?.name);
        }
    }
    Ok(names)
}

/// GET: looks up what the installation's own names say, and shows what is known of the accounts'.
pub(super) async fn show(visit: Visit) -> Answer {
    let t = desk::Say(visit.language);
    let zone = Zone::of(&visit).await?;
    let after = Some(visit.after()).filter(|number| *number > 0).map(DomainId::from_raw);
    let page = visit.web.store.all_domains(after, PAGE).await?;
    let names = names(&visit, &page).await?;
    let full = i64::try_from(page.len()).is_ok_and(|length| length >= PAGE);
    let next = page.last().filter(|_| full).map(|(_, last)| format!("/desk/dns?after={}", last.id));
    let wanted: Vec<Wanted> = zone.examined.iter().map(|one| one.wanted.clone()).collect();
    visit.show(&Dns {
        shell: visit.shell(t.dns_title()).lead(t.dns_lead()),
        state: zone.state(visit.language),
        no_addresses: visit.web.dns.sending_addresses.is_empty(),
        records: zone.shown(visit.language),
        zone_file: zone_file(&wanted, TTL_SECONDS),
        rows: page.iter().map(|(account, domain)| row(&visit, &names, *account, domain)).collect(),
        first: if after.is_some() { "/desk/dns".to_owned() } else { String::new() },
        next: next.unwrap_or_default(),
        t,
    })
}
