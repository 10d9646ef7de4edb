//! Looks once a week whether a proven website still shows its proof (R12).

use std::time::Duration;

use outside::site_proof::{self, Seen};
use store::websites::ProofFound;
use store::{Result, StoreError};

use crate::SchedulerContext;
use crate::chores::Sum;

/// Between two looks at a website.
const EVERY: Duration = Duration::from_secs(7 * 24 * 3600);
/// Websites looked at in one run.
const AT_ONCE: i64 = 50;

/// Looks at the websites whose week is over.
pub(crate) async fn check(context: &SchedulerContext) -> Result<u64> {
    let due = context.store.websites_to_check(context.clock.now() - EVERY, AT_ONCE).await?;
    let mut sum = Sum::default();
    for (account, website) in due {
        let seen = site_proof::look(&context.resolver, &context.fetcher, &website.host, &website.proof_token).await;
        let found = match seen.seen() {
            Seen::Yes => ProofFound::Yes,
            Seen::No => ProofFound::No,
            Seen::Unknown => ProofFound::Unknown,
        };
        match context.store.note_website_check(account, website.id, found, &seen.words(), context.clock.now()).await {
            Ok(()) => sum.add(1),
            // Its owner removed it meanwhile.
            Err(StoreError::NotFound(_)) => {}
            Err(error) => sum.fail(format_args!("website {}", website.id), error)?,
        }
    }
    sum.end()
}
