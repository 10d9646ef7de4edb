//! Promise 7 in words: where one mail stands and why, or why there is none. Pages and the command line
//! say the same, from here.

use texts::{Language, audience, mailings as say, refusals};

use crate::RowState;
use crate::absent::Absent;
use crate::bounce::BounceClass;

/// The reason of a step of an autoresponder whose time passed while the autoresponder was paused.
pub const TOO_LATE: &str = "too_late_after_pause";

/// Where one mail stands.
#[must_use]
pub fn row_state(language: Language, state: RowState) -> String {
    match state {
        RowState::Due | RowState::Claimed => say::row_due(language),
        RowState::Started => say::row_in_flight(language),
        RowState::Deferred => say::row_deferred(language),
        RowState::Unknown | RowState::InDoubt => say::row_in_doubt(language),
        RowState::Accepted => say::row_accepted(language),
        RowState::Bounced => say::row_bounced(language),
        RowState::Expired => say::row_expired(language),
        RowState::Refused => say::row_refused(language),
    }
}

/// The word of a reason as it is recorded with a mail, and its detail.
#[must_use]
pub fn parts(reason: &str) -> (&str, Option<&str>) {
    reason.split_once(": ").map_or((reason, None), |(word, detail)| (word, Some(detail)))
}

/// Why a mail stands where it does, for the customer: a rule's sentence, or what kind of answer the
/// receiver gave. A word that nobody knows any more is shown as it stands.
#[must_use]
pub fn reason(language: Language, reason: &str) -> String {
    let (word, detail) = parts(reason);
    if word == TOO_LATE {
        return say::reason_too_late(language);
    }
    match BounceClass::ALL.into_iter().find(|class| class.word() == word) {
        Some(class) => bounce(language, class),
        None => refusals::customer(language, word, detail).unwrap_or_else(|| reason.to_owned()),
    }
}

fn bounce(language: Language, class: BounceClass) -> String {
    match class {
        BounceClass::Hard => say::reason_hard(language),
        BounceClass::Soft => say::reason_soft(language),
        BounceClass::Policy => say::reason_policy(language),
        BounceClass::Message => say::reason_message(language),
    }
}

/// Why a mailing has no mail for a person.
#[must_use]
pub fn absent(language: Language, absent: Absent) -> String {
    match absent {
        Absent::NotBegun => audience::absent_not_begun(language),
        Absent::BeingListed => audience::absent_being_listed(language),
        Absent::LeftBefore => audience::absent_left_before(language),
        Absent::Away => audience::absent_away(language),
        Absent::CameLater => audience::absent_came_later(language),
        Absent::NoConsent => audience::absent_no_consent(language),
        Absent::OtherStatement => audience::absent_other_statement(language),
        Absent::AgreedLater => audience::absent_agreed_later(language),
        Absent::ConsentEnded => audience::absent_consent_ended(language),
        Absent::TagMissing => audience::absent_tag_missing(language),
        Absent::TagExcluded => audience::absent_tag_excluded(language),
        Absent::TagGivenBefore => audience::absent_tag_given_before(language),
        Absent::EndedEarly => audience::absent_ended_early(language),
        Absent::Unknown => audience::absent_unknown(language),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves promise 7: no reason that a row can have is shown as a bare word.
    #[test]
    fn every_reason_that_a_row_can_have_is_said() {
        for language in Language::ALL {
            for class in BounceClass::ALL {
                assert_ne!(reason(language, class.word()), class.word());
            }
            for word in refusals::WORDS {
                assert_ne!(reason(language, word), *word);
            }
            assert_ne!(reason(language, TOO_LATE), TOO_LATE);
            assert!(reason(language, "not_renderable: line 3").contains("line 3"));
        }
    }

    #[test]
    fn every_state_and_every_absence_has_a_sentence() {
        for language in Language::ALL {
            assert!(RowState::ALL.iter().all(|state| !row_state(language, *state).is_empty()));
            let said: std::collections::BTreeSet<_> = Absent::ALL.iter().map(|why| absent(language, *why)).collect();
            assert_eq!(said.len(), Absent::ALL.len(), "two grounds are told alike");
        }
    }
}
