//! The table of chores.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use failpoints::Point;
use store::expansion::Expanded;
use store::{Result, StoreError};

use crate::{SchedulerContext, domains, websites};

/// What a chore returns: how much it did.
type Outcome = Pin<Box<dyn Future<Output = Result<u64>> + Send>>;

/// One thing to do again and again.
pub(crate) struct Chore {
    /// For the log.
    pub(crate) name: &'static str,
    /// From the end of one run to the beginning of the next.
    pub(crate) every: Duration,
    /// The work.
    pub(crate) run: fn(Arc<SchedulerContext>) -> Outcome,
}

/// What a chore did to many things, one of which may be faulty without harm to the others.
#[derive(Default)]
pub(crate) struct Sum {
    done: u64,
    failed: Option<StoreError>,
}

impl Sum {
    const fn of(done: u64) -> Self {
        Self { done, failed: None }
    }

    pub(crate) const fn add(&mut self, done: u64) {
        self.done += done;
    }

    /// Notes that one thing failed. A memory that is not there fails for all of them: that ends the
    /// run, and so it is returned.
    pub(crate) fn fail(&mut self, what: impl std::fmt::Display, error: StoreError) -> Result<()> {
        if error.is_temporary() {
            return Err(error);
        }
        tracing::error!(%what, %error, "failed; the others go on");
        self.failed.get_or_insert(error);
        Ok(())
    }

    /// The first failure, or how much was done.
    pub(crate) fn end(self) -> Result<u64> {
        self.failed.map_or(Ok(self.done), Err)
    }
}

macro_rules! chore {
    ($name:literal, $every:expr, $run:path) => {
        Chore { name: $name, every: $every, run: |context| Box::pin(async move { $run(&context).await }) }
    };
}

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Every chore with its interval.
pub(crate) const TABLE: &[Chore] = &[
    chore!("list audiences", Duration::from_millis(250), list_audiences),
    chore!("finish mailings", seconds(2), finish_mailings),
    chore!("cancel what is stranded", seconds(10), cancel_stranded),
    chore!("forget sign-ups that timed out", seconds(20), forget_signups),
    chore!("end provider pauses", seconds(10), end_provider_pauses),
    chore!("carry out decisions on incidents", seconds(30), carry_out_decided),
    chore!("sweep removed tags", seconds(20), sweep_removed_tags),
    chore!("seal consent ledgers", seconds(60), seal_ledgers),
    chore!("check sending domains", seconds(60), domains::check),
    chore!("check websites", seconds(600), websites::check),
    chore!("tell of overdue cases", seconds(600), tell_overdue_cases),
    chore!("purge replays of the API", seconds(3600), purge_replays),
    chore!("purge confirmation logs", seconds(3600), purge_confirmation_logs),
    chore!("purge arrived mail", seconds(3600), purge_arrived_mail),
    chore!("purge revisions", seconds(3600), purge_revisions),
    chore!("purge hours of sending", seconds(3600), purge_hours),
    chore!("forget sessions", seconds(3600), forget_sessions),
    chore!("forget tries to sign in", seconds(3600), forget_tries),
];

async fn list_audiences(context: &SchedulerContext) -> Result<u64> {
    let mut sum = Sum::of(context.store.start_scheduled(context.clock.now()).await?);
    let review_at = context.policy.legal_notice.review_at_contacts;
    for (account, mailing) in context.store.unexpanded().await? {
        // A page of each in turn, so that a large audience does not keep small ones waiting.
        let listed = context.store.expand_page(account, mailing, review_at, context.clock.now()).await;
        failpoints::reach(Point::AudiencePage);
        match listed {
            Ok(Expanded::Page(listed)) => sum.add(listed),
            Ok(Expanded::Complete | Expanded::Held | Expanded::Elsewhere) => sum.add(1),
            // Another node listed the same page; it has what this one would have.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => sum.fail(format_args!("newsletter {mailing}"), error)?,
        }
    }
    sum.end()
}

async fn finish_mailings(context: &SchedulerContext) -> Result<u64> {
    Ok(context.store.finish_mailings(context.clock.now()).await?.len() as u64)
}

async fn cancel_stranded(context: &SchedulerContext) -> Result<u64> {
    context.store.cancel_stranded().await
}

async fn forget_signups(context: &SchedulerContext) -> Result<u64> {
    context.store.purge_expired(context.clock.now()).await
}

async fn end_provider_pauses(context: &SchedulerContext) -> Result<u64> {
    context.store.end_provider_pauses(context.clock.now()).await
}

/// What a crash left half done of a person's decision.
async fn carry_out_decided(context: &SchedulerContext) -> Result<u64> {
    context.store.carry_out_decided(context.clock.now()).await
}

async fn sweep_removed_tags(context: &SchedulerContext) -> Result<u64> {
    context.store.sweep_removed_tags(context.clock.now()).await
}

async fn seal_ledgers(context: &SchedulerContext) -> Result<u64> {
    context.store.seal_consents(context.clock.now()).await
}

async fn forget_sessions(context: &SchedulerContext) -> Result<u64> {
    context.store.forget_sessions(context.clock.now()).await
}

async fn forget_tries(context: &SchedulerContext) -> Result<u64> {
    context.store.forget_tries(context.clock.now()).await
}

async fn tell_overdue_cases(context: &SchedulerContext) -> Result<u64> {
    context.store.tell_overdue_cases(context.clock.now()).await
}

async fn purge_replays(context: &SchedulerContext) -> Result<u64> {
    let mut purged = 0;
    loop {
        let page = context.store.purge_replays(context.clock.now(), PURGED_AT_ONCE).await?;
        purged += page;
        if page < PURGED_AT_ONCE.unsigned_abs() {
            return Ok(purged);
        }
    }
}

async fn purge_confirmation_logs(context: &SchedulerContext) -> Result<u64> {
    context.store.purge_confirmation_logs(context.clock.now()).await
}

async fn purge_revisions(context: &SchedulerContext) -> Result<u64> {
    context.store.purge_revisions(context.clock.now()).await
}

async fn purge_hours(context: &SchedulerContext) -> Result<u64> {
    context.store.purge_hours(context.clock.now()).await
}

/// Mails or answers that one purge deletes at once.
const PURGED_AT_ONCE: i64 = 500;

async fn purge_arrived_mail(context: &SchedulerContext) -> Result<u64> {
    let before = context.clock.now().day() - context.settings.arrived_mail_days;
    let mut purged = 0;
    loop {
        let page = context.store.purge_mails(before, PURGED_AT_ONCE).await?;
        purged += page;
        if page < PURGED_AT_ONCE.unsigned_abs() {
            return Ok(purged);
        }
    }
}
