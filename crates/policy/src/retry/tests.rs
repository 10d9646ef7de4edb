//! Proofs about retries.

use proptest::prelude::*;

use super::*;

const T0: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// Proves T5: two attempts in the first hour, then growing steps of at least 30 minutes.
#[test]
fn t5_two_attempts_fall_into_the_first_hour_and_waits_grow() {
    let gives_up = bulk_gives_up_at(T0, 96);
    let mut waits = Vec::new();
    for attempts in 1..=8 {
        let Next::At(at) = next_attempt(attempts, T0, gives_up, 0) else { panic!("there is time left") };
        waits.push(at.since(T0).as_secs() / 60);
    }
    assert_eq!(waits, [30, 60, 120, 180, 240, 360, 360, 360]);
    let Next::At(latest) = next_attempt(1, T0, gives_up, u64::MAX) else { panic!("there is time left") };
    assert!(latest.since(T0) < HOUR);
}

proptest! {
    /// Every mail ends: attempts are at least 30 minutes apart, none follows the end, and their number is bounded.
    #[test]
    fn t5_every_schedule_ends_in_time(expiry in 1i64..=120, seeds in prop::collection::vec(any::<u64>(), 300)) {
        let gives_up = bulk_gives_up_at(T0, expiry);
        let mut now = T0;
        let mut attempts = 1;
        for seed in seeds {
            match next_attempt(attempts, now, gives_up, seed) {
                Next::Expire => break,
                Next::At(at) => {
                    prop_assert!(at.since(now) >= SHORTEST_WAIT);
                    prop_assert!(at <= gives_up);
                    now = at;
                    attempts += 1;
                }
            }
        }
        prop_assert!(attempts < 40, "{} attempts", attempts);
        prop_assert!(gives_up.since(now) < SHORTEST_WAIT, "given up {:?} too early", gives_up.since(now));
    }

    /// Pauses grow, never end early and never exceed their limit, whatever the dice say.
    #[test]
    fn t5_pauses_grow_to_their_limit(in_a_row in 0u32..100, dice in any::<u64>()) {
        for trouble in [Trouble::Connection, Trouble::Rate, Trouble::Policy] {
            let pause = back_off(trouble, in_a_row, dice).pause;
            prop_assert!(pause >= back_off(trouble, in_a_row, 0).pause);
            prop_assert!(pause <= LONGEST_PAUSE);
            prop_assert!(back_off(trouble, in_a_row + 1, 0).pause >= back_off(trouble, in_a_row, 0).pause);
        }
    }
}

#[test]
fn t5_the_last_attempt_is_drawn_forward_to_the_end() {
    let gives_up = T0 + HOUR * 24;
    assert_eq!(next_attempt(7, T0 + HOUR * 20, gives_up, 0), Next::At(gives_up));
    assert_eq!(next_attempt(7, gives_up - MINUTE * 30, gives_up, 0), Next::At(gives_up));
    assert_eq!(next_attempt(7, gives_up - MINUTE * 29, gives_up, 0), Next::Expire);
    assert_eq!(next_attempt(1, gives_up + MINUTE, gives_up, 0), Next::Expire);
    assert_eq!(next_attempt(u8::MAX, T0, gives_up, 0), Next::Expire);
}

/// Proves R18: a confirmation mail ends after 24 hours.
#[test]
fn r18_a_confirmation_mail_is_tried_for_a_day() {
    let gives_up = crate::signup::delivery_gives_up_at(T0, T0 + HOUR * 72);
    assert_eq!(gives_up, T0 + HOUR * 24);
    assert_eq!(next_attempt(5, gives_up, gives_up, 0), Next::Expire);
}

#[test]
fn t5_a_rate_reply_stops_ten_minutes_and_goes_on_with_one_connection() {
    let first = back_off(Trouble::Rate, 1, 0);
    assert_eq!(first, BackOff { pause: MINUTE * 10, connections: 1 });
    assert_eq!(back_off(Trouble::Rate, 2, 0).pause, MINUTE * 20);
    assert_eq!(back_off(Trouble::Rate, 99, 0).pause, LONGEST_PAUSE);
}

#[test]
fn a_mail_in_doubt_waits_half_an_hour() {
    assert!(unknown_due_at(T0, 0).since(T0) >= SHORTEST_WAIT);
    assert!(unknown_due_at(T0, u64::MAX).since(T0) <= MINUTE * 36);
}
