//! Logs: to standard error, as lines or as JSON. Nothing that is logged holds an address or a
//! token; where one thing or another went wrong, its number says which.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::settings::LogSettings;

/// Our own crates; what libraries say is shown from warnings on, for some of them log what they
/// are given.
const OURS: [&str; 11] = [
    "jawort",
    "delivery",
    "gate",
    "inbound",
    "mail_formats",
    "outside",
    "policy",
    "scheduler",
    "seals",
    "store",
    "web",
];

/// Starts logging, and logs panics too: where, and what the program says there by itself.
pub(crate) fn start(settings: &LogSettings) {
    let level = match settings.level.as_str() {
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "debug" => LevelFilter::DEBUG,
        _ => LevelFilter::INFO,
    };
    let targets =
        Targets::new().with_targets(OURS.map(|name| (name, level))).with_default(level.min(LevelFilter::WARN));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let registry = tracing_subscriber::registry().with(targets);
    // Only a second start in one process could fail, and there is none.
    let _ = if settings.format == "json" {
        registry.with(lines.json()).try_init()
    } else {
        registry.with(lines).try_init()
    };
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        // A message that was put together at run time shows values, and they may be anybody's.
        let fixed = panic.payload().downcast_ref::<&'static str>();
        tracing::error!(place, "panic: {}", fixed.unwrap_or(&"its message is not shown, for it may hold data"));
    }));
}
