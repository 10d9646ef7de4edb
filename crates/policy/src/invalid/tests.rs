//! Every problem has a word, a sentence in both languages and, where it is about one, a field.

use std::collections::BTreeMap;

use super::*;
use crate::legal_notice::{Field, FieldFault};

/// One value of an argument.
pub(super) trait Sample {
    fn sample() -> Self;
}

impl Sample for i64 {
    fn sample() -> Self {
        4711
    }
}

impl Sample for usize {
    fn sample() -> Self {
        4711
    }
}

impl Sample for String {
    fn sample() -> Self {
        "shop.example".to_owned()
    }
}

impl Sample for Item {
    fn sample() -> Self {
        Self::PrivacyNotice
    }
}

impl Sample for MailingState {
    fn sample() -> Self {
        Self::Finished
    }
}

/// All values of a problem.
pub(super) trait Every: Sized {
    fn every() -> Vec<Self>;
}

impl Every for NameProblem {
    fn every() -> Vec<Self> {
        use NameProblem as P;
        let plain =
            [P::Empty, P::Unprintable, P::HoldsAddress, P::HoldsDomain, P::MixedAlphabets, P::ForeignBrand, P::NoReply];
        plain.into_iter().chain([P::TooLong { limit: 40 }]).collect()
    }
}

impl Every for StatementProblem {
    fn every() -> Vec<Self> {
        vec![Self::TooShort, Self::TooLong, Self::Unprintable, Self::HoldsLink, Self::Generic]
    }
}

impl Every for FieldProblem {
    fn every() -> Vec<Self> {
        use FieldFault as F;
        let faults = [
            F::Missing,
            F::TooLong,
            F::Unprintable,
            F::PostOfficeBox,
            F::Implausible,
            F::NotAnAddress,
            F::NotAUrl,
            F::HoldsLink,
            F::NamesLegalPerson,
        ];
        faults.into_iter().map(|fault| Self { field: Field::Street, fault }).collect()
    }
}

impl Every for ZoneProblem {
    fn every() -> Vec<Self> {
        vec![Self::UnknownZone, Self::NotAMoment, Self::Skipped]
    }
}

impl Every for SenderProblem {
    fn every() -> Vec<Self> {
        vec![Self::NoReply, Self::Freemail]
    }
}

impl Every for DomainProblem {
    fn every() -> Vec<Self> {
        use DomainError as D;
        [D::Empty, D::SingleLabel, D::Literal, D::Length, D::Characters].into_iter().map(DomainProblem).collect()
    }
}

impl Every for AddressProblem {
    fn every() -> Vec<Self> {
        use AddressError as A;
        let own = [A::Empty, A::NoAt, A::SeveralAts, A::NoLocalPart, A::LocalTooLong, A::TooLong, A::MisplacedDot];
        let rest = [A::BadCharacter('<'), A::Invisible, A::Quoted];
        let domains = DomainProblem::every().into_iter().map(|problem| A::Domain(problem.0));
        own.into_iter().chain(rest).chain(domains).map(AddressProblem).collect()
    }
}

#[test]
fn every_problem_is_said_in_both_languages_and_has_a_word() {
    let all = Invalid::samples();
    assert!(all.len() > 100, "{}", all.len());
    for problem in all {
        let [german, english] = Language::ALL.map(|language| problem.say(language));
        assert_ne!(german, english, "{problem:?}");
        for text in [&german, &english] {
            assert!(text.ends_with('.'), "{problem:?}: {text}");
        }
        let word = problem.code();
        assert!(!word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{word}");
        let shown = format!("{problem:?}");
        assert!(!shown.contains("4711") || german.contains("4711"), "{german}");
        assert!(!shown.contains("shop.example") || german.contains("shop.example"), "{german}");
    }
}

#[test]
fn a_code_means_one_thing() {
    let mut seen = BTreeMap::new();
    for problem in Invalid::samples() {
        let kind = format!("{problem:?}");
        let kind = kind.split(['(', ' ']).next().unwrap_or_default().to_owned();
        let nested = matches!(
            problem,
            Invalid::ShortName(_)
                | Invalid::DisplayName(_)
                | Invalid::Statement(_)
                | Invalid::LegalNotice(_)
                | Invalid::Zone(_)
                | Invalid::Moment(_)
                | Invalid::Address(_)
                | Invalid::Host(_)
                | Invalid::Sender(_)
        );
        if !nested {
            assert_eq!(seen.insert(problem.code(), kind.clone()), None, "{kind}");
        }
    }
    assert_eq!(Invalid::TagTaken.code(), "tag_taken");
}

#[test]
fn a_problem_names_its_field() {
    assert_eq!(Invalid::TooManyTags { limit: 1 }.field(), None);
    assert_eq!(Invalid::Line { item: Item::PublicName, limit: 80 }.field(), Some("public_name"));
    let problem = FieldProblem { field: Field::PostalCode, fault: FieldFault::TooLong };
    assert_eq!(Invalid::LegalNotice(problem).field(), Some("postal_code"));
    assert_eq!(problem.say(Language::En), "This field has at most 120 characters.");
}
