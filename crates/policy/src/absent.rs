//! Why a mailing has no mail for a person: promise 7 for those whom it never listed.
//!
//! Whoever is listed has a row with its outcome or refusal. Whoever is not has neither, and the reason
//! is found in what is on record: the consents, when the person came and left, and the tags of then.

use crate::Timestamp;
use crate::facts::MailingState;

/// When something held: from a moment until another one, or until now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Since when.
    pub from: Timestamp,
    /// Until when; none while it holds.
    pub until: Option<Timestamp>,
}

impl Span {
    /// Whether it held at some time from `from` to `to`.
    #[must_use]
    pub fn touches(&self, from: Timestamp, to: Timestamp) -> bool {
        self.from <= to && self.until.is_none_or(|until| until > from)
    }
}

/// What is on record about a consent of the person for the mailing's topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentOnRecord {
    /// The version of the statement that the person agreed to.
    pub version: i64,
    /// Since when.
    pub granted_at: Timestamp,
    /// Until when.
    pub withdrawn_at: Option<Timestamp>,
}

/// What is known of a mailing and of a person that it has no row for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsenceFacts {
    /// Where the mailing stands.
    pub state: MailingState,
    /// The mailing follows a tag.
    pub autoresponder: bool,
    /// When it began; none where it has not.
    pub started_at: Option<Timestamp>,
    /// Before when a consent must have been given.
    pub cut_at: Option<Timestamp>,
    /// Its audience is listed completely.
    pub expanded: bool,
    /// The version of the topic's statement that it names.
    pub version: i64,
    /// When the person was a contact.
    pub contact: Span,
    /// When the person had left in between, and came back by an undo (R40).
    pub away: Vec<Span>,
    /// The consent for its topic, if there ever was one.
    pub consent: Option<ConsentOnRecord>,
    /// The mailing asks for one of some tags.
    pub asks_for_tags: bool,
    /// When the person carried one of those.
    pub included: Vec<Span>,
    /// When the person carried one that the mailing excludes.
    pub excluded: Vec<Span>,
    /// Now.
    pub now: Timestamp,
}

/// Why there is no mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Absent {
    /// The mailing has not begun.
    NotBegun,
    /// It is being listed whom it reaches.
    BeingListed,
    /// The person had left before.
    LeftBefore,
    /// The person had unsubscribed then, and undid it later.
    Away,
    /// The person came later.
    CameLater,
    /// The person never agreed to the topic.
    NoConsent,
    /// The person agreed to another version of the statement (R82).
    OtherStatement,
    /// The person agreed later.
    AgreedLater,
    /// The person's consent had ended.
    ConsentEnded,
    /// The person carried none of the tags that it asks for.
    TagMissing,
    /// The person carried a tag that it excludes.
    TagExcluded,
    /// The tag that it follows was given before it was started.
    TagGivenBefore,
    /// The mailing was ended while it was being listed.
    EndedEarly,
    /// Nothing on record says it.
    Unknown,
}

impl Absent {
    /// Every reason.
    pub const ALL: [Self; 14] = [
        Self::NotBegun,
        Self::BeingListed,
        Self::LeftBefore,
        Self::Away,
        Self::CameLater,
        Self::NoConsent,
        Self::OtherStatement,
        Self::AgreedLater,
        Self::ConsentEnded,
        Self::TagMissing,
        Self::TagExcluded,
        Self::TagGivenBefore,
        Self::EndedEarly,
        Self::Unknown,
    ];

    /// The word for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotBegun => "not_begun",
            Self::BeingListed => "being_listed",
            Self::LeftBefore => "left_before",
            Self::Away => "away",
            Self::CameLater => "came_later",
            Self::NoConsent => "no_consent",
            Self::OtherStatement => "other_statement",
            Self::AgreedLater => "agreed_later",
            Self::ConsentEnded => "consent_ended",
            Self::TagMissing => "tag_missing",
            Self::TagExcluded => "tag_excluded",
            Self::TagGivenBefore => "tag_given_before",
            Self::EndedEarly => "ended_early",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a mailing has no row for a person.
#[must_use]
pub fn absent(facts: &AbsenceFacts) -> Absent {
    let Some(started) = facts.started_at else { return Absent::NotBegun };
    if facts.autoresponder { of_autoresponder(facts, started) } else { of_newsletter(facts, started) }
}

/// A newsletter lists once, soon after its cut: who was there then, with consent and tags.
fn of_newsletter(facts: &AbsenceFacts, started: Timestamp) -> Absent {
    let cut = facts.cut_at.unwrap_or(started);
    if facts.contact.until.is_some_and(|left| left <= cut) {
        return Absent::LeftBefore;
    }
    if facts.contact.from >= cut {
        return Absent::CameLater;
    }
    if facts.away.iter().any(|span| span.touches(cut, cut)) {
        return Absent::Away;
    }
    if let Some(why) = without_consent(facts, cut) {
        return why;
    }
    if !facts.expanded {
        return if matches!(facts.state, MailingState::Aborted) { Absent::EndedEarly } else { Absent::BeingListed };
    }
    if facts.asks_for_tags && !facts.included.iter().any(|span| span.touches(cut, cut)) {
        return Absent::TagMissing;
    }
    // It is listed page by page, and each page looks at the tags of its own moment.
    let listed = |span: &Span| span.touches(cut, facts.now);
    if facts.excluded.iter().any(listed) { Absent::TagExcluded } else { Absent::Unknown }
}

/// An autoresponder plans its mail in the moment in which its tag is given.
fn of_autoresponder(facts: &AbsenceFacts, started: Timestamp) -> Absent {
    let Some(last) = facts.included.iter().map(|span| span.from).max() else { return Absent::TagMissing };
    if last < started {
        return Absent::TagGivenBefore;
    }
    without_consent(facts, last).unwrap_or(Absent::Unknown)
}

fn without_consent(facts: &AbsenceFacts, at: Timestamp) -> Option<Absent> {
    let Some(consent) = facts.consent else { return Some(Absent::NoConsent) };
    if consent.version != facts.version {
        return Some(Absent::OtherStatement);
    }
    if consent.withdrawn_at.is_some_and(|ended| ended <= at) {
        return Some(Absent::ConsentEnded);
    }
    // A newsletter's cut is no consent's time any more; a tag is given with the consent of its form.
    let late = if facts.autoresponder { consent.granted_at > at } else { consent.granted_at >= at };
    late.then_some(Absent::AgreedLater)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(n: i64) -> Timestamp {
        Timestamp::from_millis(n)
    }

    fn span(from: i64, until: Option<i64>) -> Span {
        Span { from: at(from), until: until.map(at) }
    }

    /// A newsletter that was cut at 100 and a person who would have been listed.
    fn listed() -> AbsenceFacts {
        AbsenceFacts {
            state: MailingState::Finished,
            autoresponder: false,
            started_at: Some(at(100)),
            cut_at: Some(at(100)),
            expanded: true,
            version: 2,
            contact: span(10, None),
            away: Vec::new(),
            consent: Some(ConsentOnRecord { version: 2, granted_at: at(10), withdrawn_at: None }),
            asks_for_tags: true,
            included: vec![span(20, None)],
            excluded: Vec::new(),
            now: at(500),
        }
    }

    fn says(change: impl FnOnce(&mut AbsenceFacts)) -> Absent {
        let mut facts = listed();
        change(&mut facts);
        absent(&facts)
    }

    /// Proves promise 7 for those whom a newsletter did not list: each ground on record has its word.
    #[test]
    fn whom_a_newsletter_did_not_list_has_a_reason_on_record() {
        let consent = |version, granted, ended: Option<i64>| {
            Some(ConsentOnRecord { version, granted_at: at(granted), withdrawn_at: ended.map(at) })
        };
        assert_eq!(says(|_| {}), Absent::Unknown);
        assert_eq!(says(|facts| facts.started_at = None), Absent::NotBegun);
        assert_eq!(says(|facts| facts.contact = span(10, Some(100))), Absent::LeftBefore);
        assert_eq!(says(|facts| facts.contact = span(100, None)), Absent::CameLater);
        assert_eq!(says(|facts| facts.away = vec![span(90, Some(110))]), Absent::Away);
        assert_eq!(says(|facts| facts.away = vec![span(90, Some(99)), span(101, Some(110))]), Absent::Unknown);
        assert_eq!(says(|facts| facts.consent = None), Absent::NoConsent);
        assert_eq!(says(|facts| facts.consent = consent(1, 10, None)), Absent::OtherStatement);
        assert_eq!(says(|facts| facts.consent = consent(2, 100, None)), Absent::AgreedLater);
        assert_eq!(says(|facts| facts.consent = consent(2, 99, None)), Absent::Unknown);
        assert_eq!(says(|facts| facts.consent = consent(2, 10, Some(100))), Absent::ConsentEnded);
        assert_eq!(says(|facts| facts.included.clear()), Absent::TagMissing);
        assert_eq!(says(|facts| facts.included = vec![span(20, Some(100))]), Absent::TagMissing);
        assert_eq!(says(|facts| facts.included = vec![span(101, None)]), Absent::TagMissing);
        assert_eq!(says(|facts| facts.excluded = vec![span(20, Some(99))]), Absent::Unknown);
        assert_eq!(says(|facts| facts.excluded = vec![span(120, None)]), Absent::TagExcluded);
        assert_eq!(says(|facts| facts.expanded = false), Absent::BeingListed);
        let ended = says(|facts| (facts.expanded, facts.state) = (false, MailingState::Aborted));
        assert_eq!(ended, Absent::EndedEarly);
    }

    #[test]
    fn an_autoresponder_follows_a_tag_that_is_given_after_its_start() {
        let auto = |given: &[i64], consent: Option<i64>| {
            says(|facts| {
                facts.autoresponder = true;
                facts.included = given.iter().map(|from| span(*from, None)).collect();
                facts.consent =
                    consent.map(|from| ConsentOnRecord { version: 2, granted_at: at(from), withdrawn_at: None });
            })
        };
        assert_eq!(auto(&[], Some(10)), Absent::TagMissing);
        assert_eq!(auto(&[99], Some(10)), Absent::TagGivenBefore);
        assert_eq!(auto(&[99, 150], None), Absent::NoConsent);
        assert_eq!(auto(&[150], Some(151)), Absent::AgreedLater);
        assert_eq!(auto(&[150], Some(150)), Absent::Unknown);
    }

    #[test]
    fn every_reason_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<_> = Absent::ALL.iter().map(|absent| absent.word()).collect();
        assert_eq!(words.len(), Absent::ALL.len());
    }
}
