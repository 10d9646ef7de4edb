//! What must stand before the first newsletter, and what stands already. The server looks each time; nobody
//! can click it away while something is missing.

use policy::legal_notice::Review;
use store::beginnings::{Beginnings, Begun};
use texts::{Language, account as t};

use crate::ui::navigation;
use crate::ui::visit::Visit;

/// How far one step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It stands.
    Done,
    /// Begun; it waits for somebody else, or for a proof.
    Waits,
    /// The account must do something.
    Open,
}

impl State {
    /// The class in the list, and the icon.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Waits => "hint",
            Self::Open => "open",
        }
    }

    pub(super) const fn icon(self) -> &'static str {
        match self {
            Self::Done => "good",
            Self::Waits => "wait",
            Self::Open => "bad",
        }
    }

    fn word(self, language: Language) -> String {
        match self {
            Self::Done => t::step_done(language),
            Self::Waits => t::step_waits(language),
            Self::Open => t::step_open(language),
        }
    }
}

/// One step.
pub(super) struct Step {
    pub(super) state: State,
    pub(super) word: String,
    pub(super) title: String,
    /// What is the matter; empty where it stands.
    pub(super) text: String,
    /// The page that mends it; empty where there is none, or where it stands.
    pub(super) href: String,
}

/// What a step is about: its title, and the page where it is taken.
struct Words {
    title: fn(Language) -> String,
    page: &'static str,
}

const fn words(title: fn(Language) -> String, page: &'static str) -> Words {
    Words { title, page }
}

const POLICY: Words = words(t::step_policy, "settings");
const LEGAL: Words = words(t::step_legal, "legal-notice");
const SENDER: Words = words(t::step_sender, "senders");
const DNS: Words = words(t::step_dns, "domains");
const WEBSITE: Words = words(t::step_website, "websites");
const TOPIC: Words = words(t::step_topic, "topics");
const FORM: Words = words(t::step_form, "forms");
const TEST: Words = words(t::step_test, "newsletters");
const NEWSLETTER: Words = words(t::step_newsletter, "newsletters");

/// Where a step stands, with the sentence that says why it does not stand yet.
type Judged = (State, Option<fn(Language) -> String>);

const DONE: Judged = (State::Done, None);

const fn open(why: fn(Language) -> String) -> Judged {
    (State::Open, Some(why))
}

const fn waits(why: fn(Language) -> String) -> Judged {
    (State::Waits, Some(why))
}

/// What is done, else what waits, else what is open.
fn of(begun: Begun, waiting: Judged, missing: Judged) -> Judged {
    match (begun.done, begun.waits) {
        (true, _) => DONE,
        (false, true) => waiting,
        (false, false) => missing,
    }
}

fn legal(seen: &Beginnings) -> Judged {
    match seen.legal_notice {
        None => open(t::legal_missing),
        Some(Review::Refused) => open(t::legal_refused),
        Some(Review::Open) => waits(t::legal_review),
        Some(Review::NotNeeded | Review::Approved) => DONE,
    }
}

fn sender(seen: &Beginnings) -> Judged {
    match seen.sender {
        Some(own) if own.on_hold => open(t::sender_on_hold),
        Some(own) if own.proven => DONE,
        _ if seen.sender_waits => waits(t::sender_waits),
        _ => open(t::sender_missing),
    }
}

fn dns(seen: &Beginnings) -> Judged {
    match seen.sender {
        Some(own) if own.platform => DONE,
        Some(own) if own.failing_since.is_some() => open(t::dns_failing),
        Some(own) if own.authenticated => DONE,
        _ => of(seen.domains, waits(t::dns_waits), open(t::dns_missing)),
    }
}

fn topic(seen: &Beginnings) -> Judged {
    if seen.topic_refused {
        return open(t::topic_refused);
    }
    of(seen.topics, waits(t::topic_waits), open(t::topic_missing))
}

/// Every step in the order in which they are best taken.
fn judged(seen: &Beginnings) -> [(Words, Judged); 9] {
    let policy = if seen.policy_accepted { DONE } else { open(t::policy_missing) };
    let website = of(seen.websites, waits(t::website_waits), open(t::website_missing));
    let form = of(seen.forms, open(t::form_closed), open(t::form_missing));
    let test = of(seen.tests, waits(t::test_waits), open(t::test_missing));
    let newsletter = of(seen.newsletters, open(t::newsletter_draft), open(t::newsletter_missing));
    [
        (POLICY, policy),
        (LEGAL, legal(seen)),
        (SENDER, sender(seen)),
        (DNS, dns(seen)),
        (WEBSITE, website),
        (TOPIC, topic(seen)),
        (FORM, form),
        (TEST, test),
        (NEWSLETTER, newsletter),
    ]
}

/// The steps with their states.
pub(super) struct Checklist {
    pub(super) steps: Vec<Step>,
    /// Steps that stand.
    pub(super) done: usize,
}

impl Checklist {
    pub(super) fn of(visit: &Visit, seen: &Beginnings) -> Self {
        let language = visit.language;
        let step = |(words, (state, why)): (Words, Judged)| Step {
            state,
            word: state.word(language),
            title: (words.title)(language),
            text: why.map(|why| why(language)).unwrap_or_default(),
            href: if state == State::Done { String::new() } else { navigation::to(visit, words.page) },
        };
        let steps: Vec<Step> = judged(seen).into_iter().map(step).collect();
        let done = steps.iter().filter(|step| step.state == State::Done).count();
        Self { steps, done }
    }

    /// Whether nothing is missing.
    pub(super) fn is_complete(&self) -> bool {
        self.done == self.steps.len()
    }
}

#[cfg(test)]
mod tests {
    use store::beginnings::OwnSender;

    use super::*;

    const OWN: OwnSender =
        OwnSender { proven: true, on_hold: false, platform: false, authenticated: true, failing_since: None };
    const STANDS: Begun = Begun { done: true, waits: false };

    fn complete() -> Beginnings {
        Beginnings {
            policy_accepted: true,
            legal_notice: Some(Review::Approved),
            sender: Some(OWN),
            sender_waits: false,
            domains: STANDS,
            websites: STANDS,
            topics: STANDS,
            topic_refused: false,
            forms: STANDS,
            tests: STANDS,
            newsletters: STANDS,
        }
    }

    /// The steps that do not stand, by their pages.
    fn missing(seen: &Beginnings) -> Vec<(&'static str, State)> {
        let left = judged(seen).into_iter().filter(|(_, (state, _))| *state != State::Done);
        left.map(|(words, (state, _))| (words.page, state)).collect()
    }

    #[test]
    fn what_stands_is_done_and_each_thing_that_breaks_is_open_again() {
        use State::{Open, Waits};
        assert_eq!(missing(&complete()), []);
        let with = |change: fn(&mut Beginnings)| {
            let mut seen = complete();
            change(&mut seen);
            missing(&seen)
        };
        assert_eq!(with(|seen| seen.policy_accepted = false), [("settings", Open)]);
        assert_eq!(with(|seen| seen.legal_notice = Some(Review::Open)), [("legal-notice", Waits)]);
        assert_eq!(with(|seen| seen.legal_notice = Some(Review::Refused)), [("legal-notice", Open)]);
        assert_eq!(with(|seen| seen.sender = Some(OwnSender { on_hold: true, ..OWN })), [("senders", Open)]);
        let failing = |seen: &mut Beginnings| {
            let since = Some(policy::Timestamp::from_millis(1));
            seen.sender = Some(OwnSender { failing_since: since, ..OWN });
        };
        assert_eq!(with(failing), [("domains", Open)]);
        let unpublished = |seen: &mut Beginnings| {
            seen.sender = Some(OwnSender { authenticated: false, ..OWN });
            seen.domains = Begun { done: false, waits: true };
        };
        assert_eq!(with(unpublished), [("domains", Waits)]);
        let lent = |seen: &mut Beginnings| {
            seen.sender = Some(OwnSender { platform: true, ..OWN });
            seen.domains = Begun::default();
        };
        assert_eq!(with(lent), [], "an address of the platform needs no records");
        assert_eq!(with(|seen| seen.topics = Begun { done: false, waits: true }), [("topics", Waits)]);
        assert_eq!(with(|seen| seen.forms = Begun { done: false, waits: true }), [("forms", Open)]);
    }
}
