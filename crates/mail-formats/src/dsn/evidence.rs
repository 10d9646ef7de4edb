//! Whether a mail is a bounce in plain words. Several kinds of evidence must speak for it, and one
//! of them must be its sender or its empty return path: people write about bounces too.

use super::Action;
use super::notice::{Notice, tells_failure};
use super::sightings;
use crate::auto;
use crate::rules::{RuleSet, lower};
use crate::trail::Trail;
use crate::view::View;

/// Points that make a bounce.
const ENOUGH: i32 = 5;
/// Octets at the head of a notice in which it says that it still tries.
const MAX_TONE: usize = 2_000;

/// How a notice means it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tone {
    pub(super) action: Action,
}

/// What speaks for a bounce.
#[derive(Debug, Default)]
struct Evidence {
    points: i32,
    /// Its sender or path is a machine's.
    by_machine: bool,
    /// It returns a message, quotes a reply, lists addresses, or says what only machines say.
    has_substance: bool,
}

impl Evidence {
    fn add(&mut self, points: i32, trail: &mut Trail, what: &str, mark: Option<(&str, usize)>) {
        self.points += points;
        trail.note(|| match mark {
            Some((text, line)) => format!("{what}: \"{text}\" (notices.tsv line {line}), {points} points"),
            None => format!("{what}, {points} points"),
        });
    }
}

/// Weighs a mail; `None` if it is no bounce.
pub(super) fn weigh(rules: &RuleSet, view: &View, notice: &Notice, trail: &mut Trail) -> Option<Tone> {
    let words = &rules.notices;
    let (from, subject, head) = (lower(&notice.from), lower(&notice.subject), lower(&notice.head));
    let tone = Tone { action: tone(rules, &subject, &head) };
    if view.header("X-Failed-Recipients").is_some() {
        trail.note(|| "the header X-Failed-Recipients".to_owned());
        return Some(tone);
    }
    if auto::is_personal_answer(rules, view) && words.in_text("machine", &head).is_none() {
        return None;
    }
    let mut found = Evidence::default();
    let path = view.header("Return-Path").map(|v| v.trim().to_ascii_lowercase());
    if path.as_deref().is_some_and(|p| p == "<>" || p.starts_with("<mailer-daemon")) || from.trim() == "<>" {
        found.by_machine = true;
        found.has_substance = true;
        found.add(2, trail, "an empty return path", None);
    }
    for (kind, points) in [("from", 2), ("from-weak", 1)] {
        if let Some(mark) = words.in_text(kind, &from) {
            found.by_machine = true;
            found.add(points, trail, "the sender", Some((&mark.text, mark.line)));
            break;
        }
    }
    if let Some(mark) = words.in_text("subject", &subject) {
        found.add(2, trail, "the subject", Some((&mark.text, mark.line)));
    }
    if let Some(mark) = words.in_text("machine", &head) {
        found.has_substance = true;
        found.add(3, trail, "the words", Some((&mark.text, mark.line)));
    } else if subject.starts_with("re:") || subject.starts_with("aw:") {
        found.add(-2, trail, "an answer by its subject", None);
    }
    if let Some(mark) = words.in_text("opening", &head) {
        found.add(1, trail, "the words", Some((&mark.text, mark.line)));
    }
    if tells_failure(&notice.head) {
        found.has_substance = true;
        found.add(1, trail, "a reply or a status in the words", None);
    }
    if !notice.returned.is_empty()
        || !view.inner_headers().is_empty()
        || view.parts().iter().any(|p| p.kind.contains("rfc822"))
    {
        found.has_substance = true;
        found.add(1, trail, "a returned message", None);
    }
    if !found.has_substance && found.points >= ENOUGH && sightings::lists_addresses(rules, notice) {
        found.has_substance = true;
        trail.note(|| "it lists addresses".to_owned());
    }
    if !notice.forwarded
        && ["List-Id", "List-Post"].iter().any(|n| view.header(n).is_some())
        && path.as_deref() != Some("<>")
    {
        found.add(-3, trail, "mail of a list", None);
    }
    (found.points >= ENOUGH && found.by_machine && found.has_substance).then_some(tone)
}

/// Whether it was given up, is still tried, or arrived.
fn tone(rules: &RuleSet, subject: &str, head: &str) -> Action {
    let words = &rules.notices;
    let head = &head[..head.floor_char_boundary(MAX_TONE)];
    let final_word = ["permanent", "given up", "giving up", "gave up", "failed after", "could not be delivered for"];
    let is_final = final_word.iter().any(|w| head.contains(w));
    let failed = ["returned", "failure", "failed", "undeliver", "cannot send"].iter().any(|w| subject.contains(w));
    let delayed = words.in_text("delayed", subject).is_some() && !failed
        || subject.starts_with("warning")
        || words.in_text("delayed", head).is_some() && !is_final && !failed;
    if delayed {
        return Action::Delayed;
    }
    let arrived = words.in_text("delivered", subject).is_some() || words.in_text("delivered", head).is_some();
    if arrived && words.in_text("opening", head).is_none() && !tells_failure(head) {
        return Action::Delivered;
    }
    Action::Failed
}
