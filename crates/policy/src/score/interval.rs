//! How sure a score is: a score of few mails says little.

use super::{Permille, Score};

/// 1.96², for 19 of 20.
const Z2: f64 = 3.8416;

impl Score {
    /// The range in which the true share of complaints lies in 19 of 20 cases (Wilson's interval),
    /// rounded outwards. None when nothing was sent. For display only: what decides is the exact
    /// count ([`Score::above_limit`]).
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52, and this is for display")]
    #[expect(clippy::cast_possible_truncation, reason = "the values lie between 0 and 100,000")]
    pub fn interval(self) -> Option<(Permille, Permille)> {
        if self.sent() == 0 {
            return None;
        }
        let sent = self.sent() as f64;
        // Complaints may come in before the counter of their mails: never more than all.
        let share = (self.complaints() as f64 / sent).min(1.0);
        let middle = share + Z2 / (2.0 * sent);
        let half = (Z2 * (share * (1.0 - share) / sent + Z2 / (4.0 * sent * sent))).sqrt();
        let whole = 1.0 + Z2 / sent;
        let hundredths = |share: f64| share.clamp(0.0, 1.0) * 100_000.0;
        let low = if self.complaints() == 0 { 0.0 } else { hundredths((middle - half) / whole) };
        let high = hundredths((middle + half) / whole);
        Some((Permille { hundredths: low.floor() as i64 }, Permille { hundredths: high.ceil() as i64 }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(complaints: i64, sent: i64) -> (i64, i64) {
        let (low, high) = Score::new(complaints, sent).interval().expect("something was sent");
        (low.hundredths, high.hundredths)
    }

    /// Proves R66: figures of published tables (Wilson's interval at 95 %).
    #[test]
    fn r66_the_interval_is_wilsons() {
        // 10 of 100: 5.52 % to 17.44 %; 0 of 10: 0 to 27.75 %.
        let (low, high) = of(10, 100);
        assert!((5_520..5_530).contains(&low) && (17_430..17_440).contains(&high), "{low} {high}");
        let (low, high) = of(0, 10);
        assert!(low == 0 && (27_750..27_760).contains(&high), "{low} {high}");
        assert_eq!(Score::new(1, 0).interval(), None);
    }

    #[test]
    fn r66_more_mails_make_a_score_surer_and_it_lies_within() {
        let mut width = i64::MAX;
        for scale in [1, 10, 100, 1_000] {
            let (low, high) = of(scale, 1_000 * scale);
            assert!(low <= 100 && 100 <= high, "{low} {high}");
            assert!(high - low < width);
            width = high - low;
        }
        assert_eq!(of(7, 3).1, 100_000, "never more than all");
    }
}
