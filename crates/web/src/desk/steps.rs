//! The steps of a case as people read them, and what each rests on.

use policy::ContactId;
use serde_json::Value;
use store::cases::{Case, CaseEvent};
use texts::{Language, desk as t};

use super::show::{self, Link};
use crate::ui::html::Html;

/// The kind of a step by which the rules propose a termination (R72).
pub(super) const PROPOSED: &str = "termination_proposed";

/// Why they propose it.
pub(super) fn ground(language: Language, word: &str) -> String {
    match word {
        "significant" => t::ground_significant(language),
        "repeated" => t::ground_repeated(language),
        other => other.to_owned(),
    }
}

/// One step.
pub(super) struct Step {
    pub(super) at: Html,
    pub(super) what: String,
    /// What somebody wrote; empty for nothing.
    pub(super) note: String,
    /// The score at that moment; empty where nothing is known.
    pub(super) score: String,
    /// A class of the timeline: `good`, `bad` or nothing.
    pub(super) class: &'static str,
    pub(super) links: Vec<Link>,
}

/// A step of a case.
pub(super) fn step(language: Language, case: &Case, event: &CaseEvent) -> Step {
    let evidence: Value = serde_json::from_str(&event.evidence).unwrap_or(Value::Null);
    let (what, note, class) = words(language, case, event);
    Step {
        at: show::at(language, event.at),
        what,
        note,
        score: scores(language, &evidence),
        class,
        links: links(language, case, event, &evidence),
    }
}

/// What it is, what was written, and how it looks.
fn words(language: Language, case: &Case, event: &CaseEvent) -> (String, String, &'static str) {
    let note = event.note.clone();
    match event.kind.as_str() {
        "complaint" => (t::step_complaint(language), note, "bad"),
        "repeat" => (t::step_repeat(language), note, ""),
        "suspended" => suspended(language, &note),
        "mailing_held" => (t::step_mailing_held(language), note, "bad"),
        "looked" => (t::step_looked(language, &note), String::new(), ""),
        "decided" => decided(language, case, &note),
        PROPOSED => (t::step_proposed(language), ground(language, &note), ""),
        "termination_signed" => (t::step_signed(language), note, ""),
        "attributed" => (t::step_attributed(language, &note), String::new(), ""),
        "reclassified" => (t::step_reclassified(language), note, ""),
        "reopened" => (t::step_reopened(language), note, ""),
        "removed" => (t::step_removed(language), note, ""),
        "wish" => (t::step_wish(language), note, ""),
        "letter" => (t::step_letter(language), note, ""),
        "question" => (t::step_question(language), note, ""),
        other => (other.to_owned(), note, ""),
    }
}

/// The score speaks in figures, a person in words.
fn suspended(language: Language, note: &str) -> (String, String, &'static str) {
    let (by, words) = note.split_once(": ").unwrap_or(("", note));
    match store::cases::scored(words) {
        Some(score) => {
            let (complaints, sent) = (show::number(language, score.complaints()), show::number(language, score.sent()));
            (t::step_suspended_score(language), t::about_score(language, &complaints, &sent), "bad")
        }
        None => (t::step_suspended(language, by), words.to_owned(), "bad"),
    }
}

fn decided(language: Language, case: &Case, note: &str) -> (String, String, &'static str) {
    let (word, reason) = note.split_once(": ").unwrap_or((note, ""));
    let by = case.decision.as_ref().map(|decided| decided.by.as_str()).unwrap_or_default();
    (t::step_decided(language, &show::decision(language, word), by), reason.to_owned(), "good")
}

/// The scores that a step notes, for a person.
fn scores(language: Language, evidence: &Value) -> String {
    let of = |value: &Value| {
        let score = policy::score::Score::new(value["complaints"].as_i64()?, value["sent"].as_i64()?);
        let share = score.permille()?;
        Some(format!("{} ({})", show::percent(language, share), show::score(language, score).of))
    };
    let scores = &evidence["scores"];
    let (mailing, recent) = (of(&scores["mailing"]), of(&scores["recent"]));
    match (mailing, recent) {
        (Some(mailing), Some(recent)) => t::step_scores(language, &mailing, &recent),
        _ => String::new(),
    }
}

fn links(language: Language, case: &Case, event: &CaseEvent, evidence: &Value) -> Vec<Link> {
    let mut links = Vec::new();
    if let Some(inbox) = event.inbox {
        links.push(Link { href: format!("/desk/cases/{}/reports/{inbox}", case.id), label: t::link_report(language) });
    }
    let (message, contact) = (evidence["message"].as_i64(), evidence["contact"].as_i64());
    if let (Some(message), Some(contact)) = (message.or(evidence["mailing"].as_i64()), contact) {
        links.push(Link { href: format!("/desk/mails/{message}/{contact}"), label: t::link_mail(language) });
        links.push(Link { href: format!("/desk/consents/{contact}"), label: t::link_consent(language) });
    }
    links
}

/// The contacts that a step of the case names without a message: for saying which message it was (D4).
pub(super) fn named_contacts(events: &[CaseEvent]) -> Vec<ContactId> {
    let mut contacts: Vec<ContactId> = events
        .iter()
        .filter_map(|event| serde_json::from_str::<Value>(&event.evidence).ok())
        .flat_map(|evidence| evidence["contacts"].as_array().cloned().unwrap_or_default())
        .filter_map(|number| number.as_i64().map(ContactId::from_raw))
        .collect();
    contacts.sort_unstable();
    contacts.dedup();
    contacts.truncate(20);
    contacts
}
