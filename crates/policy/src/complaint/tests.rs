//! Proofs about complaints.

use super::*;

fn report(source: Source, allegation: Allegation) -> ReportFacts {
    ReportFacts { source, allegation, dkim_aligned: true, own_id: None, known_in_named_book: false }
}

fn with_id(source: Source, purpose: Purpose) -> ReportFacts {
    let own_id = Some(OwnId { purpose, counted_before: false });
    ReportFacts { own_id, ..report(source, Allegation::Unwanted) }
}

#[test]
fn r77_r78_reports_and_letters_with_a_valid_id_count() {
    for source in Source::ALL {
        for purpose in [Purpose::Newsletter, Purpose::Autoresponder] {
            assert_eq!(judge_report(&with_id(source, purpose)), ComplaintDecision::Count, "{source:?}");
        }
    }
}

/// Proves D4: a valid own id counts whatever the signature; CFBL reports must be signed (F11).
#[test]
fn r77_only_cfbl_reports_need_a_signature() {
    for source in Source::ALL {
        let unsigned = ReportFacts { dkim_aligned: false, ..with_id(source, Purpose::Newsletter) };
        let expected = if source == Source::Cfbl { ComplaintDecision::CaseOnly } else { ComplaintDecision::Count };
        assert_eq!(judge_report(&unsigned), expected, "{source:?}");
    }
}

#[test]
fn r77_the_same_contact_and_message_counts_once() {
    let mut facts = with_id(Source::AbuseLetter, Purpose::Newsletter);
    facts.own_id = Some(OwnId { purpose: Purpose::Newsletter, counted_before: true });
    assert_eq!(judge_report(&facts), ComplaintDecision::Repeat);
    assert!(!ComplaintDecision::Repeat.counts());
}

#[test]
fn r67_complaints_about_a_confirmation_mail_open_a_list_bombing_case() {
    for source in Source::ALL {
        let decision = judge_report(&with_id(source, Purpose::Confirmation));
        assert_eq!(decision, ComplaintDecision::ListBombing);
        assert!(!decision.counts());
    }
}

/// Proves D4 and R95: without an id the known reporter is removed at once, and a person attributes.
#[test]
fn r95_a_known_reporter_without_id_is_removed_and_waits_for_a_person() {
    let facts = ReportFacts { known_in_named_book: true, ..report(Source::AbuseLetter, Allegation::Unwanted) };
    assert_eq!(judge_report(&facts), ComplaintDecision::RemoveAndAttribute);
    let unknown = report(Source::AbuseLetter, Allegation::Unwanted);
    assert_eq!(judge_report(&unknown), ComplaintDecision::CaseOnly);
}

/// Proves D14: a bare wish does not count, a wish that carries our mail does.
#[test]
fn r42_a_bare_wish_unsubscribes_without_counting() {
    let wish = report(Source::AbuseLetter, Allegation::Unsubscribe);
    assert_eq!(judge_report(&wish), ComplaintDecision::Wish);
    let own_id = Some(OwnId { purpose: Purpose::Newsletter, counted_before: false });
    assert_eq!(judge_report(&ReportFacts { own_id, ..wish }), ComplaintDecision::Count);
    let opt_out = ReportFacts { own_id, ..report(Source::FeedbackLoop, Allegation::Unsubscribe) };
    assert_eq!(judge_report(&opt_out), ComplaintDecision::Wish);
}

/// Proves R98: reports of a spam-reporting body are an unsubscribe and a complaint.
#[test]
fn r98_a_reporting_body_counts_as_a_complaint() {
    let own_id = Some(OwnId { purpose: Purpose::Newsletter, counted_before: false });
    for allegation in [Allegation::Unwanted, Allegation::Unsubscribe] {
        let facts = ReportFacts { own_id, ..report(Source::ReportingBody, allegation) };
        assert_eq!(judge_report(&facts), ComplaintDecision::Count);
    }
}

/// Proves F4: `not-spam` and unknown types change nothing.
#[test]
fn r74_not_spam_and_unknown_reports_are_set_aside() {
    let own_id = Some(OwnId { purpose: Purpose::Newsletter, counted_before: false });
    for allegation in [Allegation::NotSpam, Allegation::Other] {
        let facts = ReportFacts { own_id, ..report(Source::FeedbackLoop, allegation) };
        assert_eq!(judge_report(&facts), ComplaintDecision::SetAside);
    }
}

#[test]
fn r67_complaints_about_other_mail_never_count() {
    for purpose in Purpose::ALL {
        let decision = judge_report(&with_id(Source::FeedbackLoop, purpose));
        assert_eq!(decision.counts(), purpose.duties().counts_as_sent, "{purpose:?}");
    }
    assert_eq!(judge_report(&with_id(Source::AbuseLetter, Purpose::TestMail)), ComplaintDecision::StopTests);
}

/// Proves D14: counter and case follow a reclassification.
#[test]
fn r79_reclassifying_moves_the_count_and_reopens_the_case() {
    let added = reclassify(false, true, false);
    assert_eq!((added.change, added.judge_again, added.reopen_case), (1, true, false));
    let taken = reclassify(true, false, true);
    assert_eq!((taken.change, taken.judge_again, taken.reopen_case), (-1, false, true));
    assert!(!reclassify(true, false, false).reopen_case);
    for same in [true, false] {
        assert_eq!(reclassify(same, same, true).change, 0);
    }
    for source in Source::ALL {
        assert_eq!(Source::from_number(source.number()), Some(source));
    }
}
