//! Both languages say everything, with the same arguments, in the house's tone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::{Language, bundles, dates, errors, keys, mail, pages, percent, refusals};

/// A value of an argument, for a test that says every sentence.
pub(crate) trait Sample {
    fn sample(name: &'static str) -> Self;
}

impl Sample for &str {
    fn sample(name: &'static str) -> Self {
        name
    }
}

impl Sample for u64 {
    fn sample(_: &'static str) -> Self {
        7
    }
}

type Arguments = BTreeMap<String, BTreeSet<String>>;

/// Keys and arguments as they stand in the files: a second reader beside the one that ships.
fn of_files(language: Language) -> Arguments {
    let mut keys = Arguments::new();
    let mut key = String::new();
    for line in bundles::files(language).iter().flat_map(|file| file.lines()) {
        if line.starts_with('#') {
            continue;
        }
        if let Some((start, _)) = line.split_once(" =")
            && !start.starts_with(' ')
        {
            key = start.to_owned();
            assert!(keys.insert(key.clone(), BTreeSet::new()).is_none(), "{key} stands twice");
        }
        for part in line.split('$').skip(1) {
            let name = part.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next();
            keys.entry(key.clone()).or_default().extend(name.map(str::to_owned));
        }
    }
    keys
}

/// Keys, arguments and sample sentences as the functions have them, refusals apart.
fn of_functions(language: Language) -> Vec<(&'static str, Vec<&'static str>, String)> {
    keys::all(language)
}

fn of_refusals(language: Language) -> Vec<(String, String)> {
    let both = refusals::WORDS.iter().flat_map(|word| {
        let customer = refusals::customer(language, word, Some("detail"));
        let operator = refusals::operator(language, word, Some("detail"));
        [
            (format!("refusals_customer_{word}"), customer.expect(word)),
            (format!("refusals_operator_{word}"), operator.expect(word)),
        ]
    });
    both.collect()
}

fn sentences(language: Language) -> Vec<(String, String)> {
    let said = of_functions(language).into_iter().map(|(key, _, text)| (key.to_owned(), text));
    said.chain(of_refusals(language)).collect()
}

#[test]
fn both_languages_have_the_same_keys_with_the_same_arguments() {
    assert_eq!(of_files(Language::De), of_files(Language::En));
}

#[test]
fn every_sentence_has_a_function_with_exactly_its_arguments() {
    let mut files = of_files(Language::En);
    for (key, arguments, _) in of_functions(Language::En) {
        let wanted = arguments.into_iter().map(str::to_owned).collect();
        assert_eq!(files.remove(key), Some(wanted), "{key}");
    }
    for (key, _) in of_refusals(Language::En) {
        let arguments = files.remove(&key).expect(&key);
        assert!(arguments.is_subset(&BTreeSet::from(["detail".to_owned()])), "{key}");
    }
    assert_eq!(files, Arguments::new(), "sentences that nobody can say");
}

/// The rules' own list is read from their source: this crate must not depend on them.
#[test]
fn every_refusal_of_the_rules_has_its_sentences_and_no_other() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policy/src/refusal.rs");
    let source = std::fs::read_to_string(path).expect("the crate policy lies beside this one");
    let words: BTreeSet<_> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Self::")?.split_once("=> \""))
        .filter_map(|(_, rest)| rest.strip_suffix("\","))
        .collect();
    assert!(words.len() > 30, "the source was not understood: {words:?}");
    assert_eq!(words, refusals::WORDS.iter().copied().collect());
    assert_eq!(refusals::customer(Language::En, "no_such_rule", None), None);
}

#[test]
fn every_sentence_is_said_with_its_arguments_and_without_marks() {
    for language in Language::ALL {
        for (key, text) in sentences(language) {
            let bad = ['{', '}', '$', '\u{2068}', '\u{2069}', '!', '\t', '\r'];
            assert!(!text.contains(bad), "{language} {key}: {text}");
            assert_eq!(text.trim(), text, "{language} {key}");
            assert!(!text.is_empty() && !text.contains("  "), "{language} {key}: {text:?}");
        }
        for (key, arguments, text) in of_functions(language) {
            for name in arguments.iter().filter(|name| **name != "month") {
                let shown = text.contains(&format!("‹{name}›")) || text.contains('7');
                assert!(shown, "{language} {key} does not say {name}: {text}");
            }
        }
    }
}

/// Words that German and English share. A sentence of these alone may read the same in both.
const INTERNATIONAL: &[&str] = &[
    "Browser",
    "Code",
    "DNS",
    "Domain",
    "Domains",
    "Installation",
    "Mailing",
    "Name",
    "Person",
    "Register",
    "Tags",
    "Team",
    "Website",
    "Websites",
];

#[test]
fn german_says_sie_and_both_languages_differ() {
    let english: BTreeMap<_, _> = sentences(Language::En).into_iter().collect();
    let mut same = Vec::new();
    for (key, text) in sentences(Language::De) {
        let mut words = text.split(|c: char| !c.is_alphabetic());
        let familiar =
            |word: &str| matches!(word.to_lowercase().as_str(), "du" | "dein" | "deine" | "dich" | "dir" | "euch");
        assert!(!words.any(familiar), "{key}: {text}");
        let foreign = |word: &str| !INTERNATIONAL.contains(&word);
        if english[&key] == text && text.split(' ').any(foreign) {
            same.push(key);
        }
    }
    assert_eq!(same, ["mail_legal_register", "mail_test_subject"]);
}

/// Proves L2: the confirmation mail's sentences greet nobody, thank nobody and offer no contact.
#[test]
fn l2_the_confirmation_mail_has_no_advertising_words() {
    for language in Language::ALL {
        for (key, text) in sentences(language) {
            if !key.starts_with("mail_confirm_") && key != "mail_why_confirmation" {
                continue;
            }
            let text = text.to_lowercase();
            let advertising = ["welcome", "willkommen", "thank", "dank", "question", "frage", "http", "www."];
            for word in advertising {
                assert!(!text.contains(word), "{language} {key}: {text}");
            }
        }
    }
}

/// Proves R16: who, where and what stand in the confirmation mail.
#[test]
fn r16_the_confirmation_mail_names_website_account_topic_and_time_out() {
    for language in Language::ALL {
        let intro = mail::confirm_intro(language, "site.test", "Anna's Shop", "bread baking");
        for name in ["site.test", "Anna's Shop", "bread baking"] {
            assert!(intro.contains(name), "{intro}");
        }
        let until = mail::confirm_until(language, &dates::day(language, 3, 5, 2026));
        assert!(until.contains("3 May 2026") || until.contains("3. Mai 2026"), "{until}");
    }
}

#[test]
fn counts_bend_the_words_around_them() {
    let reason = |language, complaints| mail::suspended_reason_score(language, complaints, 900, "x");
    assert!(reason(Language::De, 1).starts_with("Eine Beschwerde kam auf 900"));
    assert!(reason(Language::De, 3).starts_with("3 Beschwerden kamen auf 900"));
    assert!(reason(Language::En, 1).starts_with("One complaint came for 900"));
    assert!(reason(Language::En, 3).starts_with("3 complaints came for 900"));
    assert_eq!(errors::too_many(Language::De, 1), "Das war zu oft. Bitte versuchen Sie es in einer Sekunde erneut.");
}

#[test]
fn figures_are_written_as_the_language_does() {
    assert_eq!(percent(Language::De, 15), "0,15 %");
    assert_eq!(percent(Language::En, 205), "2.05 %");
    assert_eq!(percent(Language::En, 10_000), "100.00 %");
    assert_eq!(dates::day(Language::De, 1, 12, 2026), "1. Dezember 2026");
    assert_eq!(dates::day(Language::En, 1, 1, 2026), "1 January 2026");
}

#[test]
fn paragraphs_of_a_mail_are_parted_by_one_empty_line() {
    for language in Language::ALL {
        let body = mail::suspended_body(language, "A", "B", "C");
        let paragraphs: Vec<_> = body.split("\n\n").collect();
        assert_eq!(paragraphs.len(), 4, "{body:?}");
        assert!(paragraphs.iter().all(|text| !text.contains('\n')), "{body:?}");
    }
}

/// An argument is data: what looks like markup of the files is said as it is.
#[test]
fn an_argument_is_never_read_as_a_sentence() {
    let odd = "{ $account } <b> \u{202e} { mail_legal_heading }";
    assert!(pages::footer_responsible(Language::En, odd).ends_with(odd));
}
