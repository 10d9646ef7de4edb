//! Proofs about bounces.

use proptest::prelude::*;

use super::*;
use crate::ids::{AccountId, ContactId, MailingId};

const T0: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const HOUR: Duration = Duration::from_secs(60 * 60);

fn soft(mailing: i64, hours: u32) -> SoftBounce {
    let contact = ContactId::new(AccountId::from_raw(1), 9).expect("fits");
    SoftBounce { message: RowId::Delivery { mailing: MailingId::from_raw(mailing), contact }, at: T0 + HOUR * hours }
}

const EXCLUDE_THIRD: BounceEffect = BounceEffect::Exclude { reason: ExclusionReason::ThirdSoftBounce };

#[test]
fn r57_a_hard_bounce_excludes_at_once() {
    let effect = effect_of(BounceClass::Hard, true, soft(1, 0), &[]);
    assert_eq!(effect, BounceEffect::Exclude { reason: ExclusionReason::HardBounce });
}

#[test]
fn r58_third_soft_bounce_excludes() {
    let first = soft(1, 0);
    let second = soft(2, 24);
    assert_eq!(effect_of(BounceClass::Soft, true, first, &[]), BounceEffect::CountSoft { count: 1 });
    assert_eq!(effect_of(BounceClass::Soft, true, second, &[first]), BounceEffect::CountSoft { count: 2 });
    assert_eq!(effect_of(BounceClass::Soft, true, soft(3, 48), &[first, second]), EXCLUDE_THIRD);
}

/// Proves D5: three soft bounces of three accounts count together.
#[test]
fn r58_soft_bounces_count_over_all_accounts() {
    let of = |account: i64, hours| {
        let contact = ContactId::new(AccountId::from_raw(account), 1).expect("fits");
        SoftBounce {
            message: RowId::Delivery { mailing: MailingId::from_raw(account), contact },
            at: T0 + HOUR * hours,
        }
    };
    assert_eq!(effect_of(BounceClass::Soft, true, of(3, 20), &[of(1, 0), of(2, 10)]), EXCLUDE_THIRD);
}

/// Proves D5: the same message, and messages of one outage, are one bounce.
#[test]
fn r58_retries_and_one_outage_are_one_bounce() {
    let history = [soft(1, 0), soft(2, 24)];
    let minute = Duration::from_secs(60);
    let outage = |at: Timestamp| SoftBounce { at, ..soft(3, 0) };
    assert_eq!(effect_of(BounceClass::Soft, true, soft(2, 99), &history), BounceEffect::None, "same message");
    let inside = outage(T0 + HOUR * 24 + minute * 59);
    assert_eq!(effect_of(BounceClass::Soft, true, inside, &history), BounceEffect::None);
    let before = outage(T0 + HOUR * 24 - minute * 59);
    assert_eq!(effect_of(BounceClass::Soft, true, before, &history), BounceEffect::None, "reported out of order");
    assert_eq!(effect_of(BounceClass::Soft, true, outage(T0 + HOUR * 25), &history), EXCLUDE_THIRD);
}

/// Proves B6: policy blocks and faults of the message never count.
#[test]
fn r58_policy_blocks_and_faulty_messages_never_count() {
    let history = [soft(1, 0), soft(2, 24)];
    for class in [BounceClass::Policy, BounceClass::Message] {
        assert_eq!(effect_of(class, true, soft(3, 48), &history), BounceEffect::None);
    }
    for class in BounceClass::ALL {
        assert_eq!(effect_of(class, false, soft(3, 48), &history), BounceEffect::None, "an incident is open");
    }
}

#[test]
fn r58_expiry_is_never_a_hard_bounce_and_never_blames_the_address_for_us() {
    assert_eq!(BounceClass::of_expiry(BounceClass::Hard), BounceClass::Soft);
    assert_eq!(BounceClass::of_expiry(BounceClass::Soft), BounceClass::Soft);
    assert_eq!(BounceClass::of_expiry(BounceClass::Policy), BounceClass::Policy);
    assert_eq!(BounceClass::of_expiry(BounceClass::Message), BounceClass::Message);
}

#[test]
fn r58_a_delivery_clears_only_in_the_lenient_mode() {
    assert!(!delivery_clears(false, 2));
    assert!(delivery_clears(true, 2));
    assert!(!delivery_clears(true, 0), "nothing to write for an unaffected address");
}

proptest! {
    /// For every stream of soft bounces: excluded exactly when the third one counts, whatever the order.
    #[test]
    fn r58_exclusion_comes_with_the_third_that_counts(stream in prop::collection::vec((0i64..6, 0u32..200), 0..30)) {
        let mut history: Vec<SoftBounce> = Vec::new();
        for (mailing, hours) in stream {
            let bounce = soft(mailing, hours);
            let apart = history.iter().all(|old| {
                old.message != bounce.message && old.at.max(bounce.at).since(old.at.min(bounce.at)) >= OUTAGE_WINDOW
            });
            match effect_of(BounceClass::Soft, true, bounce, &history) {
                BounceEffect::None => prop_assert!(!apart),
                BounceEffect::CountSoft { count } => {
                    prop_assert!(apart && count == history.len() + 1 && count < 3);
                    history.push(bounce);
                }
                BounceEffect::Exclude { reason } => {
                    prop_assert!(apart && history.len() == 2 && reason == ExclusionReason::ThirdSoftBounce);
                    break;
                }
            }
        }
    }

    /// The breaker's shares are exact: compared with fractions, no rounding ever decides.
    #[test]
    fn r55_the_breaker_is_exact(hard in 0i64..1000, more in 0i64..100_000, usual_hard in 0i64..1000, usual_more in 1i64..1_000_000) {
        let counts = GroupCounts { hard, outcomes: hard + more, usual_hard, usual_outcomes: usual_hard + usual_more };
        let [h, o, uh, uo] = [hard, hard + more, usual_hard, usual_hard + usual_more].map(i128::from);
        let trips = h >= 10 && 20 * h > o && h * uo > 20 * uh * o;
        prop_assert_eq!(breaker_trips(counts), trips);
    }
}

#[test]
fn r55_a_jump_of_hard_bounces_at_a_provider_trips_the_breaker() {
    let counts =
        |hard, outcomes, usual_hard, usual_outcomes| GroupCounts { hard, outcomes, usual_hard, usual_outcomes };
    assert!(breaker_trips(counts(60, 1000, 10, 10_000)), "6 % and 60 times the usual");
    assert!(!breaker_trips(counts(50, 1000, 10, 10_000)), "5 % are not more than 5 %");
    assert!(!breaker_trips(counts(60, 1000, 30, 10_000)), "20 times the usual are not more than 20 times");
    assert!(!breaker_trips(counts(9, 9, 0, 10_000)), "too few to say");
    assert!(breaker_trips(counts(10, 10, 0, 0)), "nothing is known of usual times");
    assert!(!breaker_trips(counts(0, 0, 0, 0)));
    assert!(breaker_trips(counts(i64::MAX, i64::MAX, 1, i64::MAX)), "no overflow");
}

/// Proves D6: a letter lifts once, and never what the operator decided.
#[test]
fn r60_a_letter_lifts_an_exclusion_once() {
    use ExclusionReason::{HardBounce, Operator, OwnWish, ThirdSoftBounce};
    for reason in [HardBounce, ThirdSoftBounce, OwnWish] {
        assert!(may_lift(Lifter::OwnLetter, reason, false));
        assert!(!may_lift(Lifter::OwnLetter, reason, true));
    }
    assert!(!may_lift(Lifter::OwnLetter, Operator, false));
    for reason in ExclusionReason::ALL {
        assert!(may_lift(Lifter::Operator, reason, true));
        assert_eq!(ExclusionReason::from_number(reason.number()), Some(reason));
    }
    for class in BounceClass::ALL {
        assert_eq!(BounceClass::from_number(class.number()), Some(class));
    }
}
