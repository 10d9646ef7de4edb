//! What is counted of mail that leaves.

use meters::{Counter, Counts, Gauge, Histogram, Meter};
use store::outcomes::Outcome;
use texts::refusals;

/// Attempts that ended at a receiver, or of which nobody knows.
pub(crate) static MAILS: Counts = Counts::new(
    "jawort_mails_total",
    "Attempts to hand a mail over that ended, by the receiver's answer, when it was durable.",
    "outcome",
    &["accepted", "deferred", "bounced", "expired", "unknown"],
)
.by_provider()
.alarm("`deferred` or `bounced` of a provider grows much faster than its `accepted`");

/// Mails that a rule kept back.
pub(crate) static WITHHELD: Counts = Counts::new(
    "jawort_mails_withheld_total",
    "Mails that a rule refused for good, or holds until a person changes something, by rule.",
    "rule",
    refusals::WORDS,
)
.alarm("`duty_broken` or `no_signing_key` grows at all");

/// Claims given back untouched.
pub(crate) static HANDED_BACK: Counter = Counter::new(
    "jawort_mails_handed_back_total",
    "Claims given back without an attempt: something changed meanwhile, a destination closed, the program ends.",
);

/// Tickets asked for.
pub(crate) static TICKETS: Counts = Counts::new(
    "jawort_tickets_total",
    "Tickets asked for, by answer. Refused: a fact changed since the gate looked (promise 3).",
    "answer",
    &["granted", "refused", "given_up"],
)
.alarm("`given_up` grows: the database answers starts too slowly, and sending pauses");

/// How long a group of outcomes took until it was durable.
pub(crate) static RECORDING: Histogram = Histogram::new(
    "jawort_recording_seconds",
    "How long the database took to make a group of outcomes durable.",
    &[1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000],
)
.alarm("the 99th percentile is above one second for minutes");

/// From asking for the ticket to the receiver's last word.
pub(crate) static HANDING_OVER: Histogram = Histogram::new(
    "jawort_handing_over_seconds",
    "From asking for a mail's ticket to the receiver's last word on it.",
    &[10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000],
);

/// Connections to receivers.
pub(crate) static CONNECTIONS: Gauge =
    Gauge::new("jawort_outgoing_connections", "Connections to receivers that are open or being opened.");

/// What went wrong between a destination and us.
pub(crate) static TROUBLES: Counts = Counts::new(
    "jawort_destination_troubles_total",
    "Troubles of a destination as a whole, each followed by a pause, by kind.",
    "trouble",
    &["policy", "rate", "connection"],
)
.by_provider()
.alarm("`policy` grows: a provider refuses us; see `jawort queue` and `jawort incident list`");

/// Every meter of this door.
pub static METERS: &[&'static dyn Meter] =
    &[&MAILS, &WITHHELD, &HANDED_BACK, &TICKETS, &RECORDING, &HANDING_OVER, &CONNECTIONS, &TROUBLES];

/// Counts an outcome that is durable now.
pub(crate) fn count(provider: Option<&str>, outcome: &Outcome) {
    let provider = provider.unwrap_or(meters::OTHER);
    let answered = |word| MAILS.add_at(provider, word, 1);
    match outcome {
        Outcome::Accepted { .. } => answered("accepted"),
        Outcome::Deferred { .. } => answered("deferred"),
        Outcome::Bounced(_) => answered("bounced"),
        Outcome::Expired(_) => answered("expired"),
        Outcome::Unknown { .. } => answered("unknown"),
        Outcome::Refused { reason } => withheld(reason),
        Outcome::Held { reason: Some(reason), .. } => withheld(reason),
        Outcome::Held { reason: None, .. } | Outcome::HandedBack => HANDED_BACK.add(1),
    }
}

/// A reason may have its detail behind its word, which no label takes.
fn withheld(reason: &str) {
    WITHHELD.add(policy::why::parts(reason).0, 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reasons_detail_is_in_no_label() {
        let before = WITHHELD.get("", "not_renderable");
        count(None, &Outcome::Refused { reason: "not_renderable: eve@post.test".to_owned() });
        assert_eq!(WITHHELD.get("", "not_renderable"), before + 1);
        assert!(!meters::tell(METERS).contains("eve@"));
    }
}
