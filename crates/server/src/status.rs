//! What the program tells machines that look after it: every meter, and whether it may be given work.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use meters::{Gauge, Gauges, Meter};
use policy::Timestamp;
use seals::{Clock, Reading};
use store::lives::Life;
use store::{Store, StoreError};
use web::{Answered, Status};

use crate::fault::Fault;
use crate::settings::StatusSettings;

/// The database must answer within this time.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// What is counted in the database is counted no more often than this, however often somebody asks.
const COUNTED_EVERY: Duration = Duration::from_secs(10);
/// Incidents that are counted.
const INCIDENTS: i64 = 500;

static INFO: Gauges =
    Gauges::new("jawort_info", "1, with the version of the program.", "version", &[env!("CARGO_PKG_VERSION")]);
static STARTED: Gauge = Gauge::new("process_start_time_seconds", "When this process began, in seconds since 1970.");
static MEMORY: Gauge =
    Gauge::new("process_resident_memory_bytes", "Memory that this process holds.").alarm("it grows for days");
static FILES: Gauge = Gauge::new("process_open_fds", "Files and connections that this process holds open.")
    .alarm("it nears the limit of the system");
static READY: Gauge = Gauge::new("jawort_ready", "1 where `/readyz` says ready, 0 where it names what is wrong.")
    .alarm("it is 0 for a minute, outside of a stop");
static DATABASE: Gauge =
    Gauge::new("jawort_database_up", "1 where the database answered within two seconds when it was counted last; where it is 0, the figures below are missing.")
        .alarm("it is 0 for a minute");
static SENDING: Gauge = Gauge::new(
    "jawort_sending_allowed",
    "1 where mail may leave, 0 where all sending is paused or this is a frozen copy.",
)
.alarm("it is 0 and nobody paused it");
static NODES: Gauge =
    Gauge::new("jawort_nodes", "Processes that send and did not end.").alarm("it is 0, or not what you run");
static QUEUE: Gauges = Gauges::new(
    "jawort_open_mails",
    "Open mails of mailings and notices, counted up to 30,000 each. `stopped` ones are among the others: their mailing or account stands still.",
    "state",
    &["due", "in_flight", "deferred", "unknown", "stopped"],
)
.alarm("`deferred` or `unknown` keeps growing; then ask `jawort queue`");
static LATE: Gauge = Gauge::new(
    "jawort_oldest_due_late_seconds",
    "How long the oldest mail that nothing stops is overdue; 0 where none is.",
)
.alarm("it is above 300 while sending is allowed and no provider is paused: mail to one waits, too");
static PAUSED: Gauge = Gauge::new("jawort_paused_providers", "Mailbox providers that get nothing for now.")
    .alarm("it is above 0 for an hour");
static OPEN_INCIDENTS: Gauge =
    Gauge::new("jawort_open_incidents", "Incidents that wait for a decision, counted up to 500.")
        .alarm("it is above 0");
static CASES: Gauges = Gauges::new(
    "jawort_cases",
    "Cases of the abuse desk: open ones, and of those the overdue ones (R92).",
    "which",
    &["open", "overdue"],
)
.alarm("`overdue` is above 0");
static INBOX: Gauges = Gauges::new(
    "jawort_inbox_mails",
    "Mails that arrived: not looked at for five minutes, and unreadable ones of the last seven days.",
    "which",
    &["unread", "unparsed"],
)
.alarm("`unread` is above 0 for minutes");
static FAILING: Gauges = Gauges::new(
    "jawort_failing_proofs",
    "Sending domains whose records, and websites whose proof, are not found any more.",
    "of",
    &["sending_domains", "websites"],
);

/// What is counted when somebody asks.
static SAMPLED: &[&'static dyn Meter] = &[
    &INFO,
    &STARTED,
    &MEMORY,
    &FILES,
    &READY,
    &DATABASE,
    &SENDING,
    &NODES,
    &QUEUE,
    &LATE,
    &PAUSED,
    &OPEN_INCIDENTS,
    &CASES,
    &INBOX,
    &FAILING,
];

/// Every meter of the program, in the order in which they are told and documented.
pub(crate) fn all_meters() -> Vec<&'static dyn Meter> {
    [SAMPLED, delivery::METERS, inbound::METERS, web::METERS, scheduler::METERS, store::METERS].concat()
}

/// Checks the names that become labels, and makes them known.
///
/// # Errors
/// The first name that is no domain.
pub(crate) fn name_providers(settings: &StatusSettings) -> Result<(), Fault> {
    for name in &settings.providers {
        mail_formats::Domain::parse(name)
            .map_err(|error| Fault::failed(format!("status.providers: {name:?} is no domain: {error}")))?;
    }
    meters::name_providers(&settings.providers);
    Ok(())
}

/// Knows how this process is.
pub(crate) struct Condition {
    store: Store,
    clock: Arc<dyn Clock>,
    /// Not held: the life ends when sending does.
    life: Weak<Life>,
    draining: AtomicBool,
    counted: tokio::sync::Mutex<Option<Reading>>,
}

impl Condition {
    /// Of a process that has this life; none where it does not send.
    pub(crate) fn new(store: &Store, clock: &Arc<dyn Clock>, life: Option<&Arc<Life>>) -> Arc<Self> {
        STARTED.set(Some(clock.now().seconds()));
        INFO.set(env!("CARGO_PKG_VERSION"), Some(1));
        Arc::new(Self {
            store: store.clone(),
            clock: Arc::clone(clock),
            life: life.map(Arc::downgrade).unwrap_or_default(),
            draining: AtomicBool::new(false),
            counted: tokio::sync::Mutex::new(None),
        })
    }

    /// From now on this process wants no more work.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Within two seconds, or not at all.
    async fn soon<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.clock.sleep(ANSWERS_WITHIN) => None,
        }
    }

    async fn find_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.draining.load(Ordering::Acquire) {
            problems.push("draining: this process was asked to stop".to_owned());
        }
        if self.life.upgrade().is_some_and(|life| !life.may_send()) {
            problems.push("life: the lock of this process was not proven lately; it starts no mail".to_owned());
        }
        problems.extend(match self.soon(self.store.check_schema()).await {
            Some(Ok(())) => None,
            Some(Err(StoreError::Unusable(text))) => Some(format!("schema: {text}")),
            Some(Err(error)) => {
                // What a database says may hold more than this page should show.
                tracing::warn!(%error, "the database does not answer the question whether this process is ready");
                Some("database: it answers with an error; the log has its words".to_owned())
            }
            None => Some(format!("database: it does not answer within {} seconds", ANSWERS_WITHIN.as_secs())),
        });
        problems
    }

    /// Counts what stands in the database, unless it was counted a moment ago.
    async fn count(&self) {
        let mut counted = self.counted.lock().await;
        let now = self.clock.reading();
        if counted.is_some_and(|last| now.elapsed_since(last) < COUNTED_EVERY) {
            return;
        }
        let found = self.soon(figures(&self.store, self.clock.now())).await.and_then(|found| {
            found.inspect_err(|error| tracing::warn!(%error, "the figures for metrics could not be counted")).ok()
        });
        DATABASE.set(Some(i64::from(found.is_some())));
        show(found.as_ref());
        *counted = Some(self.clock.reading());
    }
}

impl Status for Condition {
    fn metrics(&self) -> Answered<'_, String> {
        Box::pin(async move {
            self.count().await;
            READY.set(Some(i64::from(self.find_problems().await.is_empty())));
            let (memory, files) = process();
            MEMORY.set(memory);
            FILES.set(files);
            meters::tell(&all_meters())
        })
    }

    fn problems(&self) -> Answered<'_, Vec<String>> {
        Box::pin(self.find_problems())
    }
}

/// What was counted in the database.
struct Figures {
    sending: bool,
    late: Duration,
    health: store::health::Health,
    waiting: store::health::Waiting,
    paused: usize,
    incidents: usize,
    cases: (i64, i64),
}

async fn figures(store: &Store, now: Timestamp) -> Result<Figures, StoreError> {
    let installation = store.installation().await?;
    let health = store.health(now).await?;
    Ok(Figures {
        sending: installation.paused.is_none() && !installation.frozen,
        late: health.oldest_due.map_or(Duration::ZERO, |due| now.since(due)),
        health,
        waiting: store.open_mails().await?,
        paused: store.provider_pauses(now).await?.len(),
        incidents: store.newest_incidents(true, None, INCIDENTS).await?.len(),
        cases: store.count_cases(now).await?,
    })
}

/// Sets the gauges; what nobody knows is not told.
fn show(found: Option<&Figures>) {
    let of = |value: fn(&Figures) -> i64| found.map(value);
    let whole = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    SENDING.set(of(|found| i64::from(found.sending)));
    NODES.set(found.map(|found| whole(found.health.nodes.len())));
    QUEUE.set("due", of(|found| found.waiting.due));
    QUEUE.set("in_flight", of(|found| found.waiting.in_flight));
    QUEUE.set("deferred", of(|found| found.waiting.deferred));
    QUEUE.set("unknown", of(|found| found.waiting.unknown));
    QUEUE.set("stopped", of(|found| found.waiting.stopped));
    LATE.set(of(|found| i64::try_from(found.late.as_secs()).unwrap_or(i64::MAX)));
    PAUSED.set(found.map(|found| whole(found.paused)));
    OPEN_INCIDENTS.set(found.map(|found| whole(found.incidents)));
    CASES.set("open", of(|found| found.cases.0));
    CASES.set("overdue", of(|found| found.cases.1));
    INBOX.set("unread", of(|found| found.health.unread));
    INBOX.set("unparsed", of(|found| found.health.unparsed));
    FAILING.set("sending_domains", of(|found| found.health.domains_failing));
    FAILING.set("websites", of(|found| found.health.websites_failing));
}

/// Memory in octets and open files, as Linux tells them; elsewhere nothing is known.
fn process() -> (Option<i64>, Option<i64>) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = resident.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<i64>().ok());
    let files = std::fs::read_dir("/proc/self/fd").ok().map(Iterator::count);
    (kib.map(|kib| kib * 1024), files.and_then(|n| i64::try_from(n).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The documentation's table is made of the definitions: where this fails, put there what it prints.
    #[test]
    fn the_documented_metrics_are_the_defined_ones() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operating.md");
        let text = std::fs::read_to_string(path).expect("docs/operating.md");
        let table = meters::table(&all_meters());
        assert!(text.contains(&table), "docs/operating.md must hold this table:\n{table}");
    }

    #[test]
    fn names_are_unique_and_say_their_kind_and_unit() {
        let mut names = std::collections::BTreeSet::new();
        for meter in all_meters() {
            let about = meter.about();
            assert!(names.insert(about.name), "{} stands twice", about.name);
            assert!(about.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", about.name);
            assert_eq!(about.kind == meters::Kind::Counter, about.name.ends_with("_total"), "{}", about.name);
            assert!(about.kind != meters::Kind::Histogram || about.name.ends_with("_seconds"), "{}", about.name);
            assert!(about.help.ends_with('.') && !about.help.contains(['|', '\n']), "{}", about.name);
            assert!(!about.alarm.contains(['|', '\n']), "{}", about.name);
        }
        assert!(names.len() > 25);
    }

    /// Proves that labels are bounded: with every provider that can be named, the whole answer stays a page.
    #[test]
    fn all_series_together_are_few() {
        let series: usize = all_meters().iter().map(|meter| meter.samples().len()).sum();
        let by_provider = all_meters()
            .iter()
            .filter(|meter| meter.about().labels.iter().flatten().any(|label| label.words == meters::Words::Providers))
            .count();
        assert!(by_provider <= 3, "each costs a series for each provider");
        assert!(series < 600, "{series}");
    }

    #[test]
    fn this_process_has_memory_and_files() {
        let (memory, files) = process();
        assert!(memory.is_some_and(|octets| octets > 1024 * 1024) && files.is_some_and(|n| n > 2));
    }

    #[test]
    fn what_the_database_did_not_say_is_not_told() {
        show(None);
        assert!(QUEUE.samples().is_empty() && SENDING.samples().is_empty() && CASES.samples().is_empty());
    }
}
