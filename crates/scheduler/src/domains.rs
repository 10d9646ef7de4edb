//! Looks again at the records of sending domains.
//!
//! A domain that is not authenticated yet is looked at often, because its
//! owner waits; one that is, once an hour. What a failed look means is decided
//! where it is noted (`store`): one answer that fails to come changes nothing.

use std::time::Duration;

use outside::records::examine;
use policy::dns_records::{PublishedKey, authentication, wanted};
use policy::{AccountId, DomainId};
use store::domains::SendingDomain;
use store::{Result, StoreError};

use crate::SchedulerContext;
use crate::chores::Sum;

/// Between two looks at a domain that is authenticated.
const SETTLED: Duration = Duration::from_secs(3600);
/// Between two looks at one that is not, in its first week and later.
const WAITED_FOR: Duration = Duration::from_secs(60);
/// How long an owner is thought to be waiting.
const WAITING: Duration = Duration::from_secs(7 * 24 * 3600);
/// Domains read at once.
const PAGE: i64 = 200;

/// Looks at every domain whose time has come.
pub(crate) async fn check(context: &SchedulerContext) -> Result<u64> {
    let (mut after, mut sum): (Option<DomainId>, Sum) = (None, Sum::default());
    loop {
        let page = context.store.all_domains(after, PAGE).await?;
        let Some((_, last)) = page.last() else { return sum.end() };
        after = Some(last.id);
        for (account, domain) in &page {
            if is_due(domain, context) {
                match look(context, *account, domain).await {
                    Ok(()) => sum.add(1),
                    // Its owner removed it meanwhile.
                    Err(StoreError::NotFound(_)) => {}
                    Err(error) => sum.fail(format_args!("sending domain {}", domain.id), error)?,
                }
            }
        }
    }
}

fn is_due(domain: &SendingDomain, context: &SchedulerContext) -> bool {
    let now = context.clock.now();
    let settled = domain.authenticated_at.is_some() && domain.failing_since.is_none();
    let every = if settled || now.since(domain.created_at) > WAITING { SETTLED } else { WAITED_FOR };
    domain.checked_at.is_none_or(|checked| now.since(checked) >= every)
}

async fn look(context: &SchedulerContext, account: AccountId, domain: &SendingDomain) -> Result<()> {
    let Ok(name) = mail_formats::Domain::parse(&domain.name) else {
        tracing::error!(domain = %domain.id, "the name of a sending domain cannot be read");
        return Ok(());
    };
    let keys: Vec<PublishedKey> = context
        .store
        .signing_keys(Some(account))
        .await?
        .into_iter()
        .filter(|key| key.domain == domain.name)
        .map(|key| key.published)
        .collect();
    let examined = examine(&context.resolver, wanted(&context.names, &name, &keys)).await;
    let verdict = authentication(examined.iter().map(|one| (&one.wanted, one.judgement.state)));
    let found = outside::records::as_json(&examined);
    context.store.note_domain_check(account, domain.id, verdict, &found, context.clock.now()).await?;
    Ok(())
}
