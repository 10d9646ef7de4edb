//! What is counted of mail that arrives.

use meters::{Counts, Meter};

use crate::door::NoDoor;
use crate::effect::Answer;

/// Mails at each of their doors, by what they were.
pub(crate) static ARRIVED: Counts = Counts::new(
    "jawort_arrived_mails_total",
    "Mails that arrived and were kept, once for each of their recipients, by what they were.",
    "kind",
    &[
        "dsn",
        "report",
        "letter",
        "unsubscribe",
        "reply",
        "lift",
        "auto_reply",
        "dmarc_report",
        "tls_report",
        "unparsed",
        "not_done",
    ],
)
.alarm("`not_done` grows: the database or DNS does not answer; peers come again");

/// What peers were told after the final dot.
pub(crate) static ANSWERS: Counts = Counts::new(
    "jawort_arrived_answers_total",
    "Answers to the final dot of arriving mail. `done`: kept, done and drained.",
    "answer",
    &["done", "later", "disk_full", "limited", "not_authentic"],
)
.alarm("`later` or `disk_full` grows");

/// Recipients that were refused.
pub(crate) static REJECTED: Counts = Counts::new(
    "jawort_rejected_recipients_total",
    "Recipients of arriving mail that were rejected. `unknown`: no such mailbox, or a forged token.",
    "reason",
    &["unknown", "relay", "malformed", "unavailable"],
)
.alarm("`unavailable` grows");

/// Every meter of this door.
pub static METERS: &[&'static dyn Meter] = &[&ARRIVED, &ANSWERS, &REJECTED];

/// Counts an answer to a final dot.
pub(crate) fn answered(answer: Answer) {
    ANSWERS.add(
        match answer {
            Answer::Done => "done",
            Answer::Later => "later",
            Answer::DiskFull => "disk_full",
            Answer::Limited => "limited",
            Answer::NotAuthentic => "not_authentic",
        },
        1,
    );
}

/// Counts a recipient that was rejected.
pub(crate) fn rejected(why: &NoDoor) {
    REJECTED.add(
        match why {
            NoDoor::Unknown => "unknown",
            NoDoor::Relay => "relay",
            NoDoor::Malformed => "malformed",
            NoDoor::Unavailable(_) => "unavailable",
        },
        1,
    );
}
