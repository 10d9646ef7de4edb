//! What a report or a letter means: complaint, wish, or something for a person
//! to look at (R73–R78, R95, D4, D14, F3–F11).

use crate::purpose::Purpose;

/// By which way a report came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A provider's feedback loop, to its own alias (R74).
    FeedbackLoop,
    /// A report to the address of `CFBL-Address` (F9, F11).
    Cfbl,
    /// A letter to abuse@ (R78, R91).
    AbuseLetter,
    /// The form of the abuse page, or a call taken down by the desk.
    AbuseForm,
    /// A spam-reporting body or blocklist group (R96, R98).
    ReportingBody,
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 5] =
        [Self::FeedbackLoop, Self::Cfbl, Self::AbuseLetter, Self::AbuseForm, Self::ReportingBody];

    /// The number in the database. Never reused.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::FeedbackLoop => 1,
            Self::Cfbl => 2,
            Self::AbuseLetter => 3,
            Self::AbuseForm => 4,
            Self::ReportingBody => 5,
        }
    }

    /// The source behind a number of the database.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.number() == number)
    }

    /// The word that pages, API and logs use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FeedbackLoop => "feedback_loop",
            Self::Cfbl => "cfbl",
            Self::AbuseLetter => "abuse_letter",
            Self::AbuseForm => "abuse_form",
            Self::ReportingBody => "reporting_body",
        }
    }
}

/// What the report says it is (F4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Allegation {
    /// Unwanted mail: `abuse`, `fraud`, `virus`, `other`, or a letter that forwards, quotes or accuses.
    Unwanted,
    /// Only the wish to be unsubscribed: no forwarded mail, no allegation (D14), or `opt-out`.
    Unsubscribe,
    /// `not-spam`: changes nothing by itself (F4).
    NotSpam,
    /// A report about signatures (`auth-failure`, `dkim-*`) or of an unknown type: set aside (F4).
    Other,
}

/// One of our own ids, found and checked by its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OwnId {
    /// What kind of mail it names.
    pub purpose: Purpose,
    /// A complaint for this contact and message counted already (D4).
    pub counted_before: bool,
}

/// What is known of one report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReportFacts {
    /// By which way it came.
    pub source: Source,
    /// What it says.
    pub allegation: Allegation,
    /// A valid DKIM signature of the report has the domain of its From (F11).
    pub dkim_aligned: bool,
    /// The id that names the message, if one was found.
    pub own_id: Option<OwnId>,
    /// There is no id, but the reporter's address is known in the book of the sender that is named (D4, R95).
    pub known_in_named_book: bool,
}

/// What happens on a report. Every one of them leaves a case or a note behind (R79).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ComplaintDecision {
    /// Unsubscribe and quarantine, +1, judge the score, case: in one transaction (R76, R77, R85).
    Count,
    /// The same contact complained of the same message before: the case gets the report, nothing counts (D4).
    Repeat,
    /// Remove the contact at once; a person attributes it, then it counts (D4).
    RemoveAndAttribute,
    /// The complaint is about a confirmation mail: cancel the sign-up, stop the form, list-bombing case (R67).
    ListBombing,
    /// The complaint is about a test mail: stop test mails to that user, case (D13).
    StopTests,
    /// Unsubscribe from the named senders, all of the platform if none is named; no +1 (R42, D14).
    Wish,
    /// A case for a person; nothing else changes.
    CaseOnly,
    /// Kept for the statistics of the source; no case, nothing changes.
    SetAside,
}

impl ComplaintDecision {
    /// Every decision.
    pub const ALL: [Self; 8] = [
        Self::Count,
        Self::Repeat,
        Self::RemoveAndAttribute,
        Self::ListBombing,
        Self::StopTests,
        Self::Wish,
        Self::CaseOnly,
        Self::SetAside,
    ];

    /// The word that pages, API and logs use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Repeat => "repeat",
            Self::RemoveAndAttribute => "remove_and_attribute",
            Self::ListBombing => "list_bombing",
            Self::StopTests => "stop_tests",
            Self::Wish => "wish",
            Self::CaseOnly => "case_only",
            Self::SetAside => "set_aside",
        }
    }

    /// Whether the complaint count of the account rises by one (R77).
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(self, Self::Count)
    }
}

/// Judges one report (D4, D14, F3, F4, F11).
///
/// A valid own id is the proof: report or letter counts whatever its
/// signature. CFBL addresses are the exception: unsigned reports there must
/// not be processed (F11), so a person looks at them. How many incidents a
/// report claims does not matter: one complainant is one complaint (F3).
#[must_use]
pub const fn judge_report(facts: &ReportFacts) -> ComplaintDecision {
    if matches!(facts.source, Source::Cfbl) && !facts.dkim_aligned {
        return ComplaintDecision::CaseOnly;
    }
    match facts.allegation {
        Allegation::NotSpam | Allegation::Other => ComplaintDecision::SetAside,
        Allegation::Unsubscribe => judge_wish(facts),
        Allegation::Unwanted => judge_unwanted(facts),
    }
}

/// A wish that carries one of our ids is a complaint (D14): the mail was sent along.
const fn judge_wish(facts: &ReportFacts) -> ComplaintDecision {
    match facts.own_id {
        // A machine's `opt-out` report carries an id by its nature and is a wish all the same.
        Some(_) if matches!(facts.source, Source::FeedbackLoop | Source::Cfbl) => ComplaintDecision::Wish,
        Some(_) => judge_unwanted(facts),
        None => ComplaintDecision::Wish,
    }
}

const fn judge_unwanted(facts: &ReportFacts) -> ComplaintDecision {
    match facts.own_id {
        Some(id) => judge_id(id),
        None if facts.known_in_named_book => ComplaintDecision::RemoveAndAttribute,
        None => ComplaintDecision::CaseOnly,
    }
}

const fn judge_id(id: OwnId) -> ComplaintDecision {
    match id.purpose {
        Purpose::Newsletter | Purpose::Autoresponder if id.counted_before => ComplaintDecision::Repeat,
        Purpose::Newsletter | Purpose::Autoresponder => ComplaintDecision::Count,
        Purpose::Confirmation => ComplaintDecision::ListBombing,
        Purpose::TestMail => ComplaintDecision::StopTests,
        Purpose::AddressProof | Purpose::AccountNotice | Purpose::AbuseReply | Purpose::ForwardedReply => {
            ComplaintDecision::CaseOnly
        }
    }
}

/// What follows when a person reclassifies a report (D14). All in one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reclassified {
    /// What is added to the complaint count: -1, 0 or 1.
    pub change: i64,
    /// The score must be judged again, because it rose.
    pub judge_again: bool,
    /// A suspension rested on this complaint: its case opens again.
    pub reopen_case: bool,
}

/// What follows when a report that counted (or not) shall count (or not) from now on.
#[must_use]
pub const fn reclassify(counted: bool, shall_count: bool, suspension_rests_on_it: bool) -> Reclassified {
    match (counted, shall_count) {
        (false, true) => Reclassified { change: 1, judge_again: true, reopen_case: false },
        (true, false) => Reclassified { change: -1, judge_again: false, reopen_case: suspension_rests_on_it },
        (true, true) | (false, false) => Reclassified { change: 0, judge_again: false, reopen_case: false },
    }
}

#[cfg(test)]
mod tests;
