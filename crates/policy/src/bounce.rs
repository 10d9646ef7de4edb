//! Bounces: what a reply or a DSN does to an address, and when a provider's
//! fault must do nothing (R54–R61, D5, D6, B5–B7).

use std::time::Duration;

use crate::{RowId, Timestamp};

/// The soft bounce that excludes (R58).
pub const EXCLUDING_SOFT_BOUNCE: usize = 3;
/// Two messages that bounced softly within this time met one outage and are one bounce (D5).
pub const OUTAGE_WINDOW: Duration = Duration::from_secs(60 * 60);

/// What a bounce says about (R56, B5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BounceClass {
    /// The address is permanently unable to receive: it does not exist.
    Hard,
    /// The address is temporarily unable to receive: its mailbox is full, its host unreachable.
    Soft,
    /// The receiver refuses us, our reputation, rate or authentication. Says nothing about the address (B6).
    Policy,
    /// The message is at fault: size, content, protocol, SMTPUTF8 (T9). Says nothing about the address.
    Message,
}

impl BounceClass {
    /// Every class.
    pub const ALL: [Self; 4] = [Self::Hard, Self::Soft, Self::Policy, Self::Message];

    /// The number in the database. Never reused.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Hard => 1,
            Self::Soft => 2,
            Self::Policy => 3,
            Self::Message => 4,
        }
    }

    /// The class behind a number of the database.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.number() == number)
    }

    /// The word that pages, API and logs use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::Policy => "policy",
            Self::Message => "message",
        }
    }

    /// The class of a message that was deferred until its time was over (D5, B2).
    ///
    /// A 4yz is never a hard bounce, whatever its text says. What the receiver
    /// held against us or against the message is not held against the address.
    #[must_use]
    pub const fn of_expiry(last_deferral: Self) -> Self {
        match last_deferral {
            Self::Hard | Self::Soft => Self::Soft,
            Self::Policy => Self::Policy,
            Self::Message => Self::Message,
        }
    }
}

/// Why an address stands on the exclusion list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExclusionReason {
    /// A hard bounce (R57).
    HardBounce,
    /// The third soft bounce (R58).
    ThirdSoftBounce,
    /// The operator's decision.
    Operator,
    /// The person's own wish for no mail of the whole platform (R42).
    OwnWish,
}

impl ExclusionReason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::HardBounce, Self::ThirdSoftBounce, Self::Operator, Self::OwnWish];

    /// The number in the database. Never reused.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::HardBounce => 1,
            Self::ThirdSoftBounce => 2,
            Self::Operator => 3,
            Self::OwnWish => 4,
        }
    }

    /// The reason behind a number of the database.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.number() == number)
    }

    /// The word that pages, API and logs use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::HardBounce => "hard_bounce",
            Self::ThirdSoftBounce => "third_soft_bounce",
            Self::Operator => "operator",
            Self::OwnWish => "own_wish",
        }
    }
}

/// A soft bounce that counted against an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoftBounce {
    /// The message: all retries of one row are one message.
    pub message: RowId,
    /// When it bounced.
    pub at: Timestamp,
}

/// What a bounce does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BounceEffect {
    /// Nothing to the address.
    None,
    /// The address gets this soft bounce on its record; `count` includes it (1 or 2).
    CountSoft {
        /// How many now count.
        count: usize,
    },
    /// The address leaves the account's book and goes onto the exclusion list, in one transaction (R57, R58).
    Exclude {
        /// Why.
        reason: ExclusionReason,
    },
}

/// What a bounce does to the address (R56–R58, D5, B6).
///
/// `counts_against_address` is false while an open incident says that the
/// provider, not the address, is at fault. `history` holds the soft bounces of
/// this address that counted so far, over all accounts, in any order.
#[must_use]
pub fn effect_of(
    class: BounceClass,
    counts_against_address: bool,
    bounce: SoftBounce,
    history: &[SoftBounce],
) -> BounceEffect {
    match class {
        _ if !counts_against_address => BounceEffect::None,
        BounceClass::Policy | BounceClass::Message => BounceEffect::None,
        BounceClass::Hard => BounceEffect::Exclude { reason: ExclusionReason::HardBounce },
        BounceClass::Soft if is_counted_already(bounce, history) => BounceEffect::None,
        BounceClass::Soft => match history.len() + 1 {
            count if count >= EXCLUDING_SOFT_BOUNCE => {
                BounceEffect::Exclude { reason: ExclusionReason::ThirdSoftBounce }
            }
            count => BounceEffect::CountSoft { count },
        },
    }
}

/// Whether a bounce would be held against the address, so that it waits while an incident says that
/// the provider may be at fault (B6).
#[must_use]
pub const fn is_against_address(class: BounceClass, counts_against_address: bool) -> bool {
    counts_against_address && matches!(class, BounceClass::Hard | BounceClass::Soft)
}

/// The same message, or the same outage (D5). Reports may arrive out of order.
fn is_counted_already(bounce: SoftBounce, history: &[SoftBounce]) -> bool {
    history.iter().any(|counted| {
        let apart = bounce.at.max(counted.at).since(bounce.at.min(counted.at));
        counted.message == bounce.message || apart < OUTAGE_WINDOW
    })
}

/// Whether a delivery to the address clears its soft bounces: `bounce.reset_on_delivery` (D5).
///
/// Off is the literal promise: the third ever. On is the lenient mode, and the
/// public page says so.
#[must_use]
pub const fn delivery_clears(reset_on_delivery: bool, soft_bounces: usize) -> bool {
    reset_on_delivery && soft_bounces > 0
}

/// Who asks for an address to leave the exclusion list (D6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lifter {
    /// A letter from that address whose From passed DMARC alignment.
    OwnLetter,
    /// An operator, with a reason.
    Operator,
}

/// Whether an address may leave the exclusion list (D6). A lift only allows a new double opt-in.
///
/// `lifted_before`: it was lifted once and excluded again since.
#[must_use]
pub const fn may_lift(lifter: Lifter, reason: ExclusionReason, lifted_before: bool) -> bool {
    match lifter {
        Lifter::Operator => true,
        // What a person of the operator decided, a letter does not undo.
        Lifter::OwnLetter => !lifted_before && !matches!(reason, ExclusionReason::Operator),
    }
}

/// Time over which the breaker counts.
pub const BREAKER_WINDOW: Duration = Duration::from_secs(10 * 60);
/// Fewest hard bounces in the window that can trip the breaker: fewer are chance.
pub const BREAKER_MIN_HARD: i64 = 10;

/// Outcomes at one provider group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupCounts {
    /// Hard bounces within [`BREAKER_WINDOW`].
    pub hard: i64,
    /// All outcomes within [`BREAKER_WINDOW`].
    pub outcomes: i64,
    /// Hard bounces of the usual times: the last 30 days before the window.
    pub usual_hard: i64,
    /// All outcomes of the usual times.
    pub usual_outcomes: i64,
}

/// Whether hard bounces at a provider group jumped (DESIGN §4): its outage must not exclude its users.
///
/// More than 5 % and more than 20 times the usual share, with at least
/// [`BREAKER_MIN_HARD`]. Where nothing is known of usual times, 5 % decides.
/// Tripped means: sending to the group pauses, an incident opens, and hard
/// bounces of the group within the window wait for a person.
#[must_use]
pub fn breaker_trips(counts: GroupCounts) -> bool {
    let [hard, outcomes, usual_hard, usual_outcomes] =
        [counts.hard, counts.outcomes, counts.usual_hard, counts.usual_outcomes].map(|n| i128::from(n.max(0)));
    let above_five_percent = hard * 100 > outcomes * 5;
    let jumped = usual_outcomes == 0 || hard * usual_outcomes > 20 * usual_hard * outcomes;
    hard >= i128::from(BREAKER_MIN_HARD) && above_five_percent && jumped
}

#[cfg(test)]
mod tests;
