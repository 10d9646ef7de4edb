//! When a deferred mail is tried again, and when it is given up (T5, R18).

use std::time::Duration;

use crate::Timestamp;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// No retry comes sooner (RFC 5321 §4.5.4.1).
pub const SHORTEST_WAIT: Duration = Duration::from_secs(30 * 60);
/// A mail whose connection was lost after the final dot is due again after this time, once (DESIGN §4).
pub const UNKNOWN_WAIT: Duration = SHORTEST_WAIT;
/// Longest pause of a destination.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(4 * 60 * 60);

/// Waits after the first, second, ... attempt; the last one repeats. The second
/// attempt falls into the first hour, as RFC 5321 advises, and every wait lies
/// inside the window that greylisting servers remember.
const WAITS: [Duration; 6] = [
    Duration::from_secs(30 * 60),
    HOUR,
    Duration::from_secs(2 * 60 * 60),
    Duration::from_secs(3 * 60 * 60),
    Duration::from_secs(4 * 60 * 60),
    Duration::from_secs(6 * 60 * 60),
];

/// What happens after a deferral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Tried again at this time.
    At(Timestamp),
    /// Given up: the row ends as expired.
    Expire,
}

/// Adds up to a fifth of a duration, by a value of the dice. Never shortens.
fn jittered(wait: Duration, dice: u64) -> Duration {
    let fifth = u64::try_from(wait.as_millis() / 5).unwrap_or(u64::MAX);
    wait + Duration::from_millis(dice % fifth.max(1))
}

/// When the next attempt follows (T5).
///
/// `attempts` made so far, the one just deferred included; `gives_up_at` comes
/// from [`bulk_gives_up_at`] or [`crate::signup::delivery_gives_up_at`]; `dice`
/// is any random value. The last attempt is drawn forward to the end of the
/// mail's time, if that is not less than [`SHORTEST_WAIT`] away.
#[must_use]
pub fn next_attempt(attempts: u8, now: Timestamp, gives_up_at: Timestamp, dice: u64) -> Next {
    if attempts == u8::MAX {
        return Next::Expire;
    }
    let index = usize::from(attempts.max(1) - 1).min(WAITS.len() - 1);
    let at = now + jittered(WAITS[index], dice);
    if at <= gives_up_at {
        Next::At(at)
    } else if now + SHORTEST_WAIT <= gives_up_at {
        Next::At(gives_up_at)
    } else {
        Next::Expire
    }
}

/// When a mail of bulk or of the platform is given up: `bulk.expiry_hours` after it became due first (T5).
#[must_use]
pub fn bulk_gives_up_at(first_due_at: Timestamp, expiry_hours: i64) -> Timestamp {
    first_due_at + HOUR * u32::try_from(expiry_hours).unwrap_or(0)
}

/// When a mail in doubt is tried once more, with the same Message-ID (DESIGN §4).
#[must_use]
pub fn unknown_due_at(now: Timestamp, dice: u64) -> Timestamp {
    now + jittered(UNKNOWN_WAIT, dice)
}

/// Why a destination gets a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// No connection, or a greeting that says no.
    Connection,
    /// Too many connections or mails: 421, 450, x.7.28.
    Rate,
    /// A policy reply: the whole provider pauses and the operator is told (B6).
    Policy,
}

/// How a destination goes on after trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackOff {
    /// Nothing is sent there for so long.
    pub pause: Duration,
    /// Afterwards so many connections at once, until one mail is accepted.
    pub connections: usize,
}

/// The pause of a destination after so many troubles in a row, from 1 (T5, map of §6.2).
///
/// It doubles from trouble to trouble and ends at [`LONGEST_PAUSE`]. Gmail asks
/// for at least ten minutes and then one connection; that is kept for everybody.
#[must_use]
pub fn back_off(trouble: Trouble, in_a_row: u32, dice: u64) -> BackOff {
    let first = match trouble {
        Trouble::Connection => MINUTE,
        Trouble::Rate => MINUTE * 10,
        Trouble::Policy => MINUTE * 30,
    };
    let doubled = first * (1 << in_a_row.saturating_sub(1).min(10));
    BackOff { pause: jittered(doubled.min(LONGEST_PAUSE), dice).min(LONGEST_PAUSE), connections: 1 }
}

#[cfg(test)]
mod tests;
