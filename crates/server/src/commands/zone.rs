//! `jawort dns …` (R62, R63).

use mail_formats::Domain;
use outside::Resolver;
use outside::records::{examine, look_up};
use policy::AccountId;
use policy::dns_records::{
    PublishedKey, RecordType, SpfWalk, Wanted, delegated, platform, wanted, zone_file, zone_lines,
};
use store::Store;
use store::keys::SealedKey;

use super::findings::{self, Finding, Verdict};
use crate::base::Base;
use crate::cli::{Dns, ZoneForm};
use crate::fault::Fault;
use crate::names::{self, Names};
use crate::output::{Output, write};

/// How long others may keep a record, in seconds.
const TTL_SECONDS: u32 = 3600;

pub(super) async fn run(base: &Base, what: Dns, output: Output) -> Result<(), Fault> {
    match what {
        Dns::Export { form } => export(base, form).await,
        Dns::Check { all } => check(base, all, output).await,
    }
}

async fn export(base: &Base, form: ZoneForm) -> Result<(), Fault> {
    if base.names.dns.sending_addresses.is_empty() {
        return Err(Fault::failed(
            "SPF must name the addresses from which mail leaves: set platform.sending_addresses",
        ));
    }
    let mut records = own(&base.store, &base.names).await?;
    let domains = sending_domains(&base.store).await?;
    for (domain, keys) in &domains {
        records.extend(delegated(&base.names.dns, domain, keys));
        if form == ZoneForm::Lines {
            records.extend(wanted(&base.names.dns, domain, keys));
        }
    }
    match form {
        ZoneForm::Zone => write(&zone_file(&records, TTL_SECONDS)),
        ZoneForm::Lines => write(&zone_lines(&records)),
    }
}

async fn check(base: &Base, all: bool, output: Output) -> Result<(), Fault> {
    let resolver =
        Resolver::new(&names::outside(&base.settings.network)?).map_err(|error| Fault::failed(error.to_string()))?;
    let mut found = platform_findings(&base.store, &base.names, &resolver).await?;
    if all {
        for (domain, keys) in sending_domains(&base.store).await? {
            let examined = examine(&resolver, wanted(&base.names.dns, &domain, &keys)).await;
            found.extend(examined.iter().map(Finding::from));
            found.push(spf_cost(&resolver, domain.as_str()).await);
        }
    }
    findings::print(&found, output)
}

/// Every record of the platform looked up, and what its SPF record costs.
pub(super) async fn platform_findings(
    store: &Store,
    names: &Names,
    resolver: &Resolver,
) -> Result<Vec<Finding>, Fault> {
    let mut found = Vec::new();
    if names.dns.sending_addresses.is_empty() {
        found.push(Finding::new(
            "sending addresses",
            Verdict::Fail,
            "",
            "platform.sending_addresses",
            "set platform.sending_addresses to the addresses from which our mail reaches others",
        ));
    }
    let examined = examine(resolver, own(store, names).await?).await;
    found.extend(examined.iter().map(Finding::from));
    found.push(spf_cost(resolver, names.dns.bounce_domain.as_str()).await);
    Ok(found)
}

/// A10: what evaluating a domain's SPF record costs others.
async fn spf_cost(resolver: &Resolver, domain: &str) -> Finding {
    let mut walk = SpfWalk::new(domain);
    while let Some(name) = walk.next_name() {
        let found = look_up(resolver, name, RecordType::Txt).await;
        walk.answer(&found);
    }
    let report = walk.finish();
    let verdict = if report.problems.is_empty() { Verdict::Ok } else { Verdict::Warn };
    let cost = format!("{} questions, {} of them empty", report.lookups, report.void_lookups);
    Finding::new(
        &format!("spf cost {domain}"),
        verdict,
        cost,
        "at most 10 questions, 2 of them empty",
        report.problems.join("; "),
    )
}

async fn own(store: &Store, names: &Names) -> Result<Vec<Wanted>, Fault> {
    let keys = store.signing_keys(None).await?;
    Ok(platform(&names.dns, &published(&keys, names.dns.platform_domain.as_str())))
}

fn published(keys: &[SealedKey], domain: &str) -> Vec<PublishedKey> {
    keys.iter().filter(|key| key.domain == domain).map(|key| key.published.clone()).collect()
}

/// Every sending domain of every account with its keys.
async fn sending_domains(store: &Store) -> Result<Vec<(Domain, Vec<PublishedKey>)>, Fault> {
    let mut all = Vec::new();
    let mut after = None;
    let mut keys: Option<(AccountId, Vec<SealedKey>)> = None;
    loop {
        let page = store.all_domains(after, 500).await?;
        for (account, domain) in &page {
            let of_account = match keys.take() {
                Some((of, known)) if of == *account => known,
                _ => store.signing_keys(Some(*account)).await?,
            };
            match Domain::parse(&domain.name) {
                Ok(name) => all.push((name, published(&of_account, &domain.name))),
                Err(error) => tracing::warn!(domain = domain.id.get(), %error, "the name in the database is no domain"),
            }
            keys = Some((*account, of_account));
        }
        match page.last() {
            Some((_, last)) => after = Some(last.id),
            None => return Ok(all),
        }
    }
}
