//! Proofs about sign-ups.

use proptest::prelude::*;

use super::*;
use crate::ids::{AccountId, TopicId};
use crate::settings::PolicySettings;

const T0: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn settings() -> SignupSettings {
    PolicySettings::defaults().signup
}

fn pending() -> PendingSignup {
    let id = ContactId::new(AccountId::from_raw(7), 42).expect("fits");
    let topic = TopicRef { topic: TopicId::from_raw(3), version: 2 };
    PendingSignup::submitted(id, FormId::from_raw(5), topic, T0, &settings())
}

fn hours(n: u32) -> Duration {
    HOUR * n
}

#[test]
fn r17_only_a_confirmation_in_time_makes_a_consent() {
    let confirmed = pending().confirm(T0 + DAY).expect("in time");
    assert_eq!(confirmed.id(), pending().id());
    assert_eq!(confirmed.topic().version, 2);
    assert_eq!(confirmed.confirmed_at(), T0 + DAY);
}

#[test]
fn r18_from_the_time_out_on_the_link_is_dead() {
    let last = T0 + DAY * 3 - Duration::from_millis(1);
    assert!(pending().confirm(last).is_ok());
    assert_eq!(pending().confirm(T0 + DAY * 3), Err(Expired { expired_at: T0 + DAY * 3 }));
    assert!(pending().confirm(T0 + DAY * 300).is_err());
}

#[test]
fn r18_the_confirmation_mail_is_given_up_after_24_hours() {
    assert_eq!(delivery_gives_up_at(T0, T0 + DAY * 3), T0 + hours(24));
    assert_eq!(delivery_gives_up_at(T0, T0 + hours(5)), T0 + hours(5), "never later than the sign-up");
}

#[test]
fn r18_two_timed_out_mails_silence_the_platform_for_180_days() {
    let history = |days: &[u32]| AddressHistory {
        timed_out: days.iter().map(|&day| T0 + DAY * day).collect(),
        ..AddressHistory::default()
    };
    let at = |history: &AddressHistory, day: u32| confirmation_allowed(history, &settings(), T0 + DAY * day);
    assert_eq!(at(&history(&[0]), 1), Ok(()));
    let two = history(&[100, 0]);
    assert_eq!(at(&two, 101), Err(Limit::Silenced { until: T0 + DAY * 280 }));
    assert_eq!(at(&two, 279), Err(Limit::Silenced { until: T0 + DAY * 280 }));
    assert_eq!(at(&two, 280), Ok(()));
    assert_eq!(at(&history(&[0, 100, 281]), 300), Err(Limit::Silenced { until: T0 + DAY * 461 }));
}

/// Proves C2: one confirmation mail per address, account and time-out.
#[test]
fn r18_an_account_asks_an_address_once_per_time_out() {
    let history = AddressHistory { last_of_account: Some(T0), ..AddressHistory::default() };
    let until = T0 + DAY * 3;
    assert_eq!(confirmation_allowed(&history, &settings(), T0 + hours(71)), Err(Limit::AskedAlready { until }));
    assert_eq!(confirmation_allowed(&history, &settings(), until), Ok(()));
}

/// Proves C2: three in 24 hours and six in 30 days over the installation.
#[test]
fn r8_an_address_gets_three_confirmation_mails_a_day_and_six_a_month() {
    let after = |sent: &[u32], now: u32| {
        let sent = sent.iter().map(|&hour| T0 + hours(hour)).collect();
        confirmation_allowed(&AddressHistory { sent, ..AddressHistory::default() }, &settings(), T0 + hours(now))
    };
    assert_eq!(after(&[0, 1], 2), Ok(()));
    assert_eq!(after(&[0, 1, 2], 3), Err(Limit::PerDay));
    assert_eq!(after(&[0, 1, 2], 23), Err(Limit::PerDay));
    assert_eq!(after(&[0, 1, 2], 24), Ok(()));
    assert_eq!(after(&[0, 48, 96, 144, 192], 240), Ok(()));
    assert_eq!(after(&[0, 48, 96, 144, 192, 240], 288), Err(Limit::PerMonth));
    assert_eq!(after(&[0, 48, 96, 144, 192, 240], 24 * 30), Ok(()), "the first one is 30 days old");
}

/// Proves D13: the person's own word comes before every other limit and never runs out.
#[test]
fn r18_that_was_not_me_bars_the_account_for_good() {
    let history = AddressHistory { barred_by_person: true, ..AddressHistory::default() };
    assert_eq!(confirmation_allowed(&history, &settings(), T0), Err(Limit::NotMe));
    assert_eq!(confirmation_allowed(&history, &settings(), T0 + DAY * 3650), Err(Limit::NotMe));
}

proptest! {
    /// Whatever visitors do: an address never gets more than three mails in any 24 hours nor six in any 30 days.
    #[test]
    fn r8_no_sequence_of_submissions_exceeds_the_limits(gaps in prop::collection::vec(0u64..=40 * 3600, 1..80)) {
        let mut history = AddressHistory::default();
        let mut now = T0;
        for gap in gaps {
            now = now + Duration::from_secs(gap);
            if confirmation_allowed(&history, &settings(), now).is_ok() {
                history.sent.push(now);
            }
        }
        for &end in &history.sent {
            let within = |span| history.sent.iter().filter(|&&at| at <= end && end.since(at) < span).count();
            prop_assert!(within(DAY) <= PER_ADDRESS_AND_DAY);
            prop_assert!(within(MONTH) <= PER_ADDRESS_AND_MONTH);
        }
    }
}

#[test]
fn r8_sources_are_limited_by_address_network_and_form() {
    let settings = settings();
    let v4 = Network::of("192.0.2.77".parse().expect("an address"));
    let v6 = Network::of("2001:db8:1:2345::1".parse().expect("an address"));
    let counts = |ip, network, form| SourceCounts { ip, network, form };
    assert_eq!(source_allowed(counts(9, 49, 499), v4, &settings), Ok(()));
    assert_eq!(source_allowed(counts(10, 0, 0), v4, &settings), Err(SourceLimit::Ip));
    assert_eq!(source_allowed(counts(0, 50, 0), v4, &settings), Err(SourceLimit::Network));
    assert_eq!(source_allowed(counts(0, 20, 0), v6, &settings), Err(SourceLimit::Network));
    assert_eq!(source_allowed(counts(0, 0, 500), v4, &settings), Err(SourceLimit::Form));
}

#[test]
fn r8_networks_are_24_and_56_bits() {
    let of = |text: &str| Network::of(text.parse().expect(text)).to_string();
    assert_eq!(of("192.0.2.77"), "192.0.2.0/24");
    assert_eq!(of("::ffff:192.0.2.77"), "192.0.2.0/24");
    assert_eq!(of("2001:db8:1:2345::1"), "2001:db8:1:2300::/56");
    assert_eq!(of("2001:db8:1:23ff::9"), of("2001:db8:1:2300::1"));
    assert_ne!(of("2001:db8:1:24ff::9"), of("2001:db8:1:23ff::9"));
}

#[test]
fn r8_machines_are_told_from_persons_by_honeypot_and_time() {
    let of = |honeypot_filled, age: Option<u64>| {
        filled_in_by_person(FormTraces { honeypot_filled, age: age.map(Duration::from_millis) })
    };
    assert_eq!(of(true, Some(60_000)), Err(FormFault::Honeypot));
    assert_eq!(of(false, Some(1_999)), Err(FormFault::TooFast));
    assert_eq!(of(false, Some(2_000)), Ok(()));
    assert_eq!(of(false, Some(86_400_000)), Ok(()));
    assert_eq!(of(false, Some(86_400_001)), Err(FormFault::TooOld));
    assert_eq!(of(false, None), Err(FormFault::NoStamp));
    assert!(FormFault::TooOld.shows_form_again() && !FormFault::TooFast.shows_form_again());
}
