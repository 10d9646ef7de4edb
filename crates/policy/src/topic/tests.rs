//! Proofs about topics.

use super::*;

#[test]
fn r82_a_statement_about_a_subject_is_taken() {
    let statements = [
        "Tipps für das Fußballtraining mit Kindern",
        "Football training tips for amateur teams, once a week",
        "News about the brewing of beer at home",
        "Angebote unseres Weinguts in Musterstadt",
        "Neue Node.js-Kurse und Übungen zum Programmieren",
    ];
    for statement in statements {
        assert!(TopicStatement::parse(statement).is_ok(), "{statement}");
    }
}

#[test]
fn r82_generic_statements_are_refused_in_german_and_english() {
    let statements = [
        "news",
        "offers",
        "everything",
        "Newsletter",
        "Angebote",
        "Alles",
        "Neuigkeiten",
        "NEWS & OFFERS!!!",
        "Our weekly newsletter with news and offers",
        "News, offers, and everything about us and our products",
        "Neuigkeiten und Angebote aus unserem Unternehmen",
        "Alles rund um unsere Produkte und Dienstleistungen",
        "Regelmäßige Informationen über unsere Angebote",
        "Ja, ich möchte den Newsletter erhalten",
        "1 2 3 4 5 6 7 8 9 10 11 12",
        "Exklusive Angebote, Rabatte und Aktionen von unseren Partnern",
        "................................",
        "N\u{435}ws and \u{43e}ffers from our company",
    ];
    for statement in statements {
        assert_eq!(TopicStatement::parse(statement), Err(StatementProblem::Generic), "{statement}");
    }
}

#[test]
fn r82_a_statement_has_20_to_300_characters() {
    let of = |chars: usize| TopicStatement::parse(&"ä".repeat(chars)).err();
    assert_eq!(of(19), Some(StatementProblem::TooShort));
    assert_eq!(of(20), None);
    assert_eq!(of(300), None);
    assert_eq!(of(301), Some(StatementProblem::TooLong));
    assert_eq!(TopicStatement::parse("   "), Err(StatementProblem::TooShort));
    let spaced = TopicStatement::parse("  Fußball    training  für Kinder ").expect("long enough");
    assert_eq!(spaced.as_str(), "Fußball training für Kinder");
}

/// Proves L3: what stands in a confirmation mail cannot smuggle a third link in.
#[test]
fn r82_a_statement_holds_no_link_and_no_control_character() {
    for link in
        ["https://bet.example/win", "www.bet.example", "bet.com", "mail@bet.example", "ｂｅｔ．ｃｏｍ", "BET.EXAMPLE"]
    {
        let text = format!("Tips for football training {link} and more");
        assert_eq!(TopicStatement::parse(&text), Err(StatementProblem::HoldsLink), "{link}");
    }
    for bad in ["\n", "\u{202e}", "\u{200b}", "\0"] {
        let text = format!("Tips for football{bad} training of children");
        assert_eq!(TopicStatement::parse(&text), Err(StatementProblem::Unprintable), "{bad:?}");
    }
}

#[test]
fn r82_a_version_is_usable_only_once_approved() {
    assert!(!TopicState::Pending.usable() && !TopicState::Refused.usable() && TopicState::Approved.usable());
    assert_eq!(TopicState::Pending.decided(true), Some(TopicState::Approved));
    assert_eq!(TopicState::Pending.decided(false), Some(TopicState::Refused));
    assert_eq!(TopicState::Refused.decided(true), None);
    for state in TopicState::ALL {
        assert_eq!(TopicState::from_number(state.number()), Some(state));
    }
}

#[test]
fn r82_every_change_of_the_words_is_a_new_version() {
    let old = TopicStatement::parse("Tips for football training").expect("fine");
    let new = TopicStatement::parse("Tips for football training.").expect("fine");
    assert_eq!(version_after_edit(3, &old, &new), Some(4));
    assert_eq!(version_after_edit(3, &old, &old.clone()), None);
}
