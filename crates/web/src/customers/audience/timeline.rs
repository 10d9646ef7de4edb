//! What happened to a person, newest first: the sign-up with its confirmation, tags, mails with what came
//! of them, and how the person left (promise 7).

use policy::consent::EventKind;
use policy::{AccountId, RowState, Timestamp};
use store::book::{ContactMail, TagSpan};
use store::consents::Record;
use store::mailings::MailingKind;
use store::proofs::ProofEvent;
use store::tags::Hand;
use texts::{Language, audience as say};

use crate::consents;
use crate::customers::authors::Authors;
use crate::ui::html::Html;
use crate::ui::time;

/// One thing that happened.
pub(super) struct Entry {
    when: Timestamp,
    pub(super) at: Html,
    /// A class of the timeline: `good`, `bad` or nothing.
    pub(super) class: &'static str,
    pub(super) what: String,
    /// Sentences about it.
    pub(super) notes: Vec<String>,
    /// What a server said, word for word; empty for nothing.
    pub(super) said: String,
    /// Where more stands; empty for nowhere.
    pub(super) href: String,
    pub(super) link: String,
}

/// Who reads, and by which clock.
pub(super) struct Reader<'r> {
    pub(super) language: Language,
    pub(super) zone: &'r str,
    pub(super) account: AccountId,
    pub(super) authors: &'r Authors,
}

impl Reader<'_> {
    fn entry(&self, when: Timestamp, class: &'static str, what: String) -> Entry {
        Entry {
            when,
            at: time::marked(self.language, self.zone, when),
            class,
            what,
            notes: Vec::new(),
            said: String::new(),
            href: String::new(),
            link: String::new(),
        }
    }

    fn moment(&self, at: Timestamp) -> String {
        time::moment(self.language, self.zone, at)
    }

    /// Who gave or took a tag, where it is worth saying.
    fn hand(&self, hand: Option<&Hand>) -> Vec<String> {
        let language = self.language;
        match hand {
            None | Some(Hand::Left | Hand::Undo) => Vec::new(),
            Some(Hand::Form) => vec![say::hand_form(language)],
            Some(Hand::Person) => vec![say::hand_person(language)],
            Some(Hand::Removed) => vec![say::hand_removed(language)],
            Some(Hand::Actor(actor)) => vec![say::hand_actor(language, &self.authors.name(language, actor))],
        }
    }
}

/// The address of a mailing's page.
pub(super) fn mailing_href(account: AccountId, kind: MailingKind, id: policy::MailingId) -> String {
    format!("/a/{account}/{}s/{id}", kind.word())
}

const fn class_of(kind: EventKind) -> &'static str {
    match kind {
        kind if kind.grants() => "good",
        EventKind::Complained | EventKind::Bounced | EventKind::Excluded => "bad",
        _ => "",
    }
}

/// What the ledger says, with the steps that a proof knows of.
pub(super) fn of_ledger(reader: &Reader<'_>, events: &[ProofEvent]) -> Vec<Entry> {
    let language = reader.language;
    let mut entries = Vec::new();
    for event in events {
        let mut entry = reader.entry(event.at, class_of(event.kind), consents::kind(language, event.kind));
        match event.evidence.as_ref().map(|evidence| &evidence.record) {
            None => entry.notes.push(say::evidence_erased(language)),
            Some(Record::Circumstances(found)) => {
                entry.notes.push(consents::source(language, found.source));
                entry.notes.extend(found.ip.as_deref().map(|ip| say::from_ip(language, ip)));
            }
            Some(Record::Consent(proof)) => {
                entry.notes.push(say::agreed_to(language, &proof.statement));
                entry.notes.push(say::from_ip(language, &proof.confirmed_ip));
                let mut sign_up = reader.entry(proof.submitted_at, "", say::signed_up(language, &proof.site));
                sign_up.notes.push(say::from_ip(language, &proof.submitted_ip));
                sign_up.href = format!("/a/{}/forms/{}", reader.account, proof.form);
                sign_up.link = say::to_form(language);
                entries.push(sign_up);
                if let Some(sent) = proof.confirmation.sent_at {
                    let mut mail = reader.entry(sent, "", say::confirmation_sent(language));
                    mail.said = proof.confirmation.smtp_reply.clone().unwrap_or_default();
                    entries.push(mail);
                }
            }
        }
        entries.push(entry);
    }
    entries
}

/// Tags given and taken. What comes and goes with the contact itself is said there.
pub(super) fn of_tags(reader: &Reader<'_>, spans: &[TagSpan]) -> Vec<Entry> {
    let language = reader.language;
    let mut entries = Vec::new();
    for span in spans {
        if span.given_by != Some(Hand::Undo) {
            let mut given = reader.entry(span.given_at, "", say::tag_given(language, &span.name));
            given.notes = reader.hand(span.given_by.as_ref());
            entries.push(given);
        }
        if let Some((at, by)) = span.taken.as_ref().filter(|(_, by)| *by != Some(Hand::Left)) {
            let mut taken = reader.entry(*at, "", say::tag_taken(language, &span.name));
            taken.notes = reader.hand(by.as_ref());
            entries.push(taken);
        }
    }
    entries
}

fn of_mail(reader: &Reader<'_>, mail: &ContactMail) -> Entry {
    let (language, line) = (reader.language, &mail.line);
    let class = match line.state {
        RowState::Accepted => "good",
        RowState::Bounced | RowState::Expired => "bad",
        _ => "",
    };
    let mut entry = reader.entry(mail.ended_at(), class, mail.headline(language));
    entry.notes = mail.notes(language, &|at| reader.moment(at));
    entry.said = mail.said().to_owned();
    entry.href = mailing_href(reader.account, mail.kind, line.mailing);
    entry.link = say::to_mailing(language);
    entry
}

/// A page of the timeline: its mails, and what else happened between the newest and the oldest of them.
/// `behind` is the moment with which the page before ended; `more` says that older mails follow.
pub(super) fn page(
    reader: &Reader<'_>,
    mut others: Vec<Entry>,
    mails: &[ContactMail],
    behind: Option<Timestamp>,
    more: bool,
) -> Vec<Entry> {
    let from = mails.last().filter(|_| more).map(ContactMail::ended_at);
    others.retain(|entry| from.is_none_or(|from| entry.when >= from) && behind.is_none_or(|to| entry.when < to));
    others.extend(mails.iter().map(|mail| of_mail(reader, mail)));
    // What came later stands first; of one moment, what is told later happened later.
    others.reverse();
    others.sort_by_key(|entry| std::cmp::Reverse(entry.when));
    others
}
