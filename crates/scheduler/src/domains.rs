//! Looks again at the records of sending domains.
//!
//! When a domain is looked at again, and what a failed look means, the rules say (`policy`): one
//! answer that fails to come changes nothing.

use outside::records::{as_json, examine};
use policy::dns_records::{authentication, wanted};
use policy::{AccountId, DomainId};
use store::domains::SendingDomain;
use store::{Result, StoreError};

use crate::SchedulerContext;
use crate::chores::Sum;

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
            let now = context.clock.now();
            if domain.times().next_look(now) <= now {
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

async fn look(context: &SchedulerContext, account: AccountId, domain: &SendingDomain) -> Result<()> {
    let Ok(name) = mail_formats::Domain::parse(&domain.name) else {
        tracing::error!(domain = %domain.id, "the name of a sending domain cannot be read");
        return Ok(());
    };
    let keys = context.store.published_keys(account, &domain.name).await?;
    let examined = examine(&context.resolver, wanted(&context.names, &name, &keys)).await;
    let verdict = authentication(examined.iter().map(|one| (&one.wanted, one.judgement.state)));
    let found = as_json(&examined);
    context.store.note_domain_check(account, domain.id, verdict, &found, context.clock.now()).await?;
    Ok(())
}
