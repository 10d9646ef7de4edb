//! Proofs about the complaint score.

use proptest::prelude::*;

use super::*;

const T0: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn of_mailing(complaints: i64, sent: i64) -> Scores {
    let score = Score::new(complaints, sent);
    Scores { mailing: score, recent: score, life: score }
}

#[test]
fn r70_two_in_a_thousand_is_no_suspension_three_is() {
    assert_eq!(of_mailing(2, 1000).judge(), Verdict::Warn);
    assert_eq!(of_mailing(3, 1000).judge(), Verdict::Suspend);
}

/// Proves R68 and R69.
#[test]
fn r69_the_states_change_exactly_at_their_limits() {
    let cases = [
        (0, 0, ScoreState::None),
        (5, 0, ScoreState::None),
        (0, 1, ScoreState::Fine),
        (999, 1_000_000, ScoreState::Fine),
        (1000, 1_000_000, ScoreState::Warning),
        (1999, 1_000_000, ScoreState::Warning),
        (2000, 1_000_000, ScoreState::AtLimit),
        (2001, 1_000_000, ScoreState::Violation),
        (10_000, 1_000_000, ScoreState::Violation),
        (10_001, 1_000_000, ScoreState::Critical),
        (i64::MAX, i64::MAX, ScoreState::Critical),
    ];
    for (complaints, sent, state) in cases {
        assert_eq!(Score::new(complaints, sent).state(), state, "{complaints}/{sent}");
    }
}

/// Proves D3: with one or two complaints above the limit only the mailing stops.
#[test]
fn r85_below_three_complaints_only_the_mailing_pauses() {
    assert_eq!(of_mailing(1, 10).judge(), Verdict::PauseMailing);
    assert_eq!(of_mailing(2, 999).judge(), Verdict::PauseMailing);
    assert_eq!(of_mailing(3, 1500).judge(), Verdict::Warn, "exactly 0.2 %");
    assert_eq!(of_mailing(3, 1499).judge(), Verdict::Suspend);
    assert_eq!(of_mailing(1, 500).judge(), Verdict::Warn, "exactly 0.2 %");
    assert_eq!(of_mailing(1, 2000).judge(), Verdict::Fine);
}

#[test]
fn r67_above_means_any_of_the_three_scores() {
    let fine = Score::new(1, 100_000);
    let bad = Score::new(3, 1000);
    let all = [
        Scores { mailing: bad, recent: fine, life: fine },
        Scores { mailing: fine, recent: bad, life: fine },
        Scores { mailing: fine, recent: fine, life: bad },
    ];
    for scores in all {
        assert_eq!(scores.judge(), Verdict::Suspend);
    }
    let small = Scores { mailing: Score::new(1, 100), recent: fine, life: fine };
    assert_eq!(small.judge(), Verdict::PauseMailing);
    let mixed = Scores { mailing: Score::new(1, 100), recent: Score::new(50, 100_000), life: fine };
    assert_eq!(mixed.judge(), Verdict::PauseMailing, "the score with many complaints is not above");
}

#[test]
fn r67_nothing_sent_is_no_score() {
    assert_eq!(of_mailing(7, 0).judge(), Verdict::Fine);
    assert_eq!(Score::new(7, 0).permille(), None);
    assert_eq!(Score::new(-3, -5), Score::default(), "counters never go below zero");
}

proptest! {
    /// The comparison is exact: `complaints / sent > 2 / 1000`, for every size.
    #[test]
    fn r69_the_comparison_is_exact(complaints in 0i64..=i64::MAX, sent in 1i64..=i64::MAX) {
        let score = Score::new(complaints, sent);
        prop_assert_eq!(score.above_limit(), i128::from(complaints) * 1000 > i128::from(sent) * 2);
        prop_assert_eq!(score.above_limit(), score.state() >= ScoreState::Violation);
    }

    /// More complaints never make a verdict milder; more mails never make it harder.
    #[test]
    fn r69_verdicts_are_monotonic(complaints in 0i64..50, sent in 1i64..50_000) {
        let verdict = of_mailing(complaints, sent).judge();
        prop_assert!(of_mailing(complaints + 1, sent).judge() >= verdict);
        prop_assert!(of_mailing(complaints, sent + 1).judge() <= verdict);
    }

    /// What is shown never looks better than it is, just where it matters: a hair beside the limit.
    #[test]
    fn r66_what_is_above_the_limit_never_shows_as_the_limit(sent in 1i64..10_000_000, beside in -1i64..=2) {
        let score = Score::new(sent * 2 / 1_000 + beside, sent);
        let shown = score.permille().expect("something was sent").hundredths;
        prop_assert_eq!(score.above_limit(), shown > 200);
    }

    /// What a customer is told to have left is exact: so many more stay at the limit, one more is above it.
    #[test]
    fn r80_the_room_below_the_limit_is_exact(complaints in 0i64..5_000, sent in 1i64..2_000_000) {
        let score = Score::new(complaints, sent);
        match score.room() {
            None => prop_assert!(score.above_limit()),
            Some(room) => {
                prop_assert!(!Score::new(complaints + room, sent).above_limit());
                prop_assert!(Score::new(complaints + room + 1, sent).above_limit());
            }
        }
    }
}

/// Below so many mails one complaint is too many already.
#[test]
fn r80_one_complaint_fits_from_five_hundred_mails_on() {
    assert_eq!(Score::new(0, ONE_FITS_FROM).room(), Some(1));
    assert_eq!(Score::new(0, ONE_FITS_FROM - 1).room(), Some(0));
    assert_eq!((Score::new(0, 0).room(), Score::new(3, 1_000).room()), (None, None));
}

#[test]
fn r66_per_mille_reads_with_two_digits() {
    assert_eq!(Score::new(3, 1000).permille().expect("sent").to_string(), "3.00");
    assert_eq!(Score::new(1, 3000).permille().expect("sent").to_string(), "0.34");
    assert_eq!(Score::new(0, 3000).permille().expect("sent").to_string(), "0.00");
}

#[test]
fn r72_significant_is_half_a_percent_with_five_complaints() {
    assert!(Score::new(5, 1000).significantly_above());
    assert!(!Score::new(5, 1001).significantly_above());
    assert!(!Score::new(4, 100).significantly_above());
}

#[test]
fn r72_a_second_decision_within_twelve_months_is_a_repetition() {
    let now = T0 + DAY * 400;
    let grounds = |days: &[u32]| {
        let decided: Vec<_> = days.iter().map(|&day| T0 + DAY * day).collect();
        termination_grounds(of_mailing(3, 1000), &decided, now)
    };
    assert_eq!(grounds(&[399]), []);
    assert_eq!(grounds(&[36, 399]), [TerminationGround::Repeated]);
    assert_eq!(grounds(&[35, 399]), [], "the first one is a year old");
    assert_eq!(termination_grounds(of_mailing(5, 100), &[], now), [TerminationGround::Significant]);
}

#[test]
fn r67_scores_count_from_the_last_reinstatement_on() {
    assert!(counts_since(T0, None));
    assert!(counts_since(T0, Some(T0)));
    assert!(!counts_since(T0, Some(T0 + DAY)));
    assert!(is_recent(T0, T0 + DAY * 30 - Duration::from_millis(1)));
    assert!(!is_recent(T0, T0 + DAY * 30));
}

/// Proves F8: complaints belong to the week in which their message was sent.
#[test]
fn r67_an_autoresponder_has_one_score_per_calendar_week() {
    let day = |day: i64| Timestamp::from_millis(day * 86_400_000);
    // 1970-01-05 was a Monday.
    assert_eq!(calendar_week(day(0)), calendar_week(day(3)));
    assert_eq!(calendar_week(day(4)), calendar_week(day(0)) + 1);
    assert_eq!(calendar_week(day(4)), calendar_week(Timestamp::from_millis(day(11).millis() - 1)));
    assert_eq!(calendar_week(day(11)), calendar_week(day(4)) + 1);
    assert_eq!(calendar_week(day(-4)), -1);
}
