//! Post office boxes in the spellings of German, English and French (R45).

use super::FieldFault;
use crate::fold::words;

/// Words for a box that no process server can knock at; `true` where a number must follow.
const BOXES: &[(&[&str], bool)] = &[
    (&["post", "office", "box"], false),
    (&["p", "o", "box"], false),
    (&["po", "box"], false),
    (&["post", "box"], false),
    (&["postal", "box"], false),
    (&["postbox"], false),
    (&["pobox"], false),
    (&["pob"], true),
    (&["p", "o", "b"], true),
    (&["postfach"], false),
    (&["post", "fach"], false),
    (&["postfachnummer"], false),
    (&["grosskundenpostfach"], false),
    (&["packstation"], false),
    (&["postlagernd"], false),
    (&["pf"], true),
    (&["boite", "postale"], false),
    (&["case", "postale"], false),
    (&["poste", "restante"], false),
    (&["b", "p"], true),
    (&["bp"], true),
    (&["cs"], true),
    (&["c", "p"], true),
    (&["cp"], true),
    (&["private", "bag"], false),
    (&["locked", "bag"], false),
    (&["mailbox"], true),
    (&["casella", "postale"], false),
    (&["apartado"], false),
];

/// What keeps a street from being an address for service of process (R45); none if nothing does.
///
/// A box beside a street is allowed: mail goes to the one, people to the other.
pub(super) fn street_fault(street: &str) -> Option<FieldFault> {
    let words = words(street);
    let (rest, had_box) = without_boxes(&words);
    let letters = rest.iter().flat_map(|word| word.chars()).filter(|c| c.is_alphabetic()).count();
    match (letters >= 3, had_box) {
        (true, _) => None,
        (false, true) => Some(FieldFault::PostOfficeBox),
        (false, false) => Some(FieldFault::Implausible),
    }
}

/// The words of a street that are no post office box: its number and its counting words go with it.
fn without_boxes(words: &[String]) -> (Vec<&str>, bool) {
    let mut rest = Vec::new();
    let mut had_box = false;
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if let Some(length) = box_at(&words[at..]) {
            had_box = true;
            at += length;
            while words
                .get(at)
                .is_some_and(|w| is_number(w) || matches!(w.as_str(), "nr" | "no" | "n" | "num" | "number" | "nummer"))
            {
                at += 1;
            }
        } else {
            rest.push(word.as_str());
            at += 1;
        }
    }
    (rest, had_box)
}

/// How many words a box at the start of these words takes.
fn box_at(words: &[String]) -> Option<usize> {
    BOXES.iter().find_map(|(pattern, numbered)| {
        let fits = words.len() >= pattern.len() && pattern.iter().zip(words).all(|(p, w)| p == w);
        let number_follows = words.get(pattern.len()).is_some_and(|word| is_number(word));
        (fits && (!numbered || number_follows)).then_some(pattern.len())
    })
}

fn is_number(word: &str) -> bool {
    word.chars().all(char::is_numeric)
}
