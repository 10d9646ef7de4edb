//! A complaint score as people read it: its figure with what it rests on and how sure it is (R66). The
//! figures are those of the rules; nothing is computed a second time.

pub(crate) mod history;

use policy::score::{Permille, Score, ScoreState};
use texts::{Language, score as t};

use super::number::grouped;
use super::state::Badge;

/// Where a score stands.
pub(crate) fn score_state(language: Language, state: ScoreState) -> Badge {
    match state {
        ScoreState::None => Badge::new("open", t::none(language)),
        ScoreState::Fine => Badge::new("good", t::fine(language)),
        ScoreState::Warning => Badge::new("wait", t::warning(language)),
        ScoreState::AtLimit => Badge::new("wait", t::at_limit(language)),
        ScoreState::Violation => Badge::new("bad", t::violation(language)),
        ScoreState::Critical => Badge::new("bad", t::critical(language)),
    }
}

/// A share in percent, rounded up, so that none above a limit reads as if it were at the limit.
pub(crate) fn percent(language: Language, share: Permille) -> String {
    texts::percent(language, u64::try_from((share.hundredths + 9) / 10).unwrap_or(0))
}

/// A score as people read it.
#[derive(Clone, Debug)]
pub(crate) struct Scored {
    /// `0.15 %`, or a dash.
    pub(crate) value: String,
    pub(crate) state: Badge,
    /// `3 complaints, 2,000 mails sent`.
    pub(crate) of: String,
    /// In which range it truly lies; empty where nothing was sent.
    pub(crate) interval: String,
}

/// A score with what it rests on.
pub(crate) fn score(language: Language, score: Score) -> Scored {
    let interval = score.interval().map(|(low, high)| {
        // Rounded outwards on both sides.
        let low = texts::percent(language, u64::try_from(low.hundredths / 10).unwrap_or(0));
        t::interval(language, &low, &percent(language, high))
    });
    Scored {
        value: score.permille().map_or_else(|| "–".to_owned(), |share| percent(language, share)),
        state: score_state(language, score.state()),
        of: t::of(language, &grouped(language, score.complaints()), &grouped(language, score.sent())),
        interval: interval.unwrap_or_default(),
    }
}

/// By which way a report came.
pub(crate) fn source(language: Language, word: &str) -> String {
    use policy::complaint::Source;
    match store::cases::source(word) {
        Some(Source::FeedbackLoop) => t::source_feedback_loop(language),
        Some(Source::Cfbl) => t::source_cfbl(language),
        Some(Source::AbuseLetter) => t::source_letter(language),
        Some(Source::AbuseForm) => t::source_form(language),
        Some(Source::ReportingBody) => t::source_body(language),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves R66: what is above the limit never reads as the limit.
    #[test]
    fn r66_scores_say_what_is_the_case() {
        assert_eq!(score(Language::En, Score::new(201, 100_000)).value, "0.21 %");
        assert_eq!(score(Language::En, Score::new(2, 1_000)).value, "0.20 %");
        assert_eq!(score(Language::En, Score::new(0, 0)).value, "–");
    }
}
