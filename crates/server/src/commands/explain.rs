//! `jawort explain`: why somebody did or did not get a mailing, with what is on record (promise 7).

use std::fmt::Write as _;

use mail_formats::EmailAddress;
use policy::{AccountId, ContactId, MailingId, TopicRef, why};
use serde_json::{Value, json};
use store::StoreError;
use store::book::Why;
use store::cases::Case;
use store::consents::Record;
use store::explain::{Explanation, Holders, Person};
use store::proofs::ProofEvent;
use texts::{Language, refusals};

use crate::base::{Base, moment};
use crate::cli::Explain;
use crate::fault::Fault;
use crate::output::{Output, visible};

/// What the operator reads: the other commands speak English too.
const SPOKEN: Language = Language::En;

pub(super) async fn run(base: &Base, asked: &Explain, output: Output) -> Result<(), Fault> {
    let mailing = MailingId::from_raw(asked.mailing);
    let account = base.store.account_of_mailing(mailing).await.map_err(|error| match error {
        StoreError::NotFound(_) => Fault::failed(format!(
            "there is no mailing {mailing}: its number stands at the end of the address of its page, and in the API"
        )),
        other => other.into(),
    })?;
    let contact = match asked.contact.parse::<i64>() {
        Ok(number) => of_number(ContactId::from_raw(number), mailing, account)?,
        Err(_) => of_address(base, account, mailing, &asked.contact).await?,
    };
    let found = base.store.explain(account, mailing, contact, base.now()).await.map_err(|error| match error {
        StoreError::NotFound(_) => Fault::failed(format!(
            "there is no contact {contact}: nobody of account {account} has this number, now or earlier. Ask by the address instead"
        )),
        other => other.into(),
    })?;
    output.report(&json_of(&found), &words_of(&found))
}

/// A contact's number names its account, so a wrong pair is told at once.
fn of_number(contact: ContactId, mailing: MailingId, account: AccountId) -> Result<ContactId, Fault> {
    if contact.account() == account {
        return Ok(contact);
    }
    Err(Fault::failed(format!(
        "mailing {mailing} belongs to account {account}, and no contact {contact} is in its address book: a mailing reaches contacts of its own account only. Ask by the address instead"
    )))
}

/// The one person of the account with this address.
async fn of_address(base: &Base, account: AccountId, mailing: MailingId, text: &str) -> Result<ContactId, Fault> {
    let address = EmailAddress::parse(text)
        .map_err(|error| Fault::usage(format!("CONTACT is neither a number nor an address: {error}")))?;
    let keys = base.seals.address_keys_mail(&address.normalised());
    let holders = base.store.holders_of_address(account, &keys).await?;
    match holders.persons.as_slice() {
        [one] => Ok(one.id),
        [] => Err(Fault::failed(nobody(account, &holders))),
        several => Err(Fault::failed(several_of(several, mailing))),
    }
}

fn nobody(account: AccountId, holders: &Holders) -> String {
    match holders.pending {
        Some((since, until)) => format!(
            "nobody with this address is a contact of account {account}: the sign-up of {} was not confirmed yet, and is forgotten at {}. No mailing goes to a sign-up",
            moment(since),
            moment(until)
        ),
        None => format!(
            "account {account} never had a contact with this address. A sign-up that nobody confirmed is forgotten; \"jawort exclusion show ADDRESS\" says whether the address is excluded"
        ),
    }
}

fn several_of(persons: &[Person], mailing: MailingId) -> String {
    let one = |person: &Person| match &person.left {
        None => format!("{} (contact since {})", person.id, moment(person.since)),
        Some((left, reason)) => {
            format!("{} (contact from {} to {}: {})", person.id, moment(person.since), moment(*left), reason.word())
        }
    };
    let persons: Vec<String> = persons.iter().map(one).collect();
    format!(
        "this address came into the address book more than once: {}. Ask for one of them by its number: jawort explain NUMBER {mailing}",
        persons.join(", ")
    )
}

/// The word of the answer: where the mail stands, or that there is none.
fn answer_word(found: &Explanation) -> &'static str {
    match &found.why {
        Why::Mail(mail) => mail.line.state.word(),
        Why::Absent(_) => "not_in_audience",
    }
}

/// The recorded word of the reason, and its detail.
fn rule(found: &Explanation) -> Option<(&str, Option<&str>)> {
    match &found.why {
        Why::Mail(mail) => mail.line.reason.as_deref().map(why::parts),
        Why::Absent(absent) => Some((absent.word(), None)),
    }
}

/// What the operator should know of a rule beyond the customer's sentence.
fn operators_sentence(found: &Explanation) -> Option<String> {
    let (word, detail) = rule(found).filter(|_| matches!(found.why, Why::Mail(_)))?;
    refusals::operator(SPOKEN, word, detail)
}

fn topic(topic: TopicRef) -> Value {
    json!({ "topic": topic.topic.get(), "version": topic.version })
}

fn json_of(found: &Explanation) -> Value {
    let (account, mailing, person) = (&found.account, &found.mailing, &found.person);
    json!({
        "account": {
            "id": account.id.get(),
            "name": account.name,
            "standing": account.standing.word(),
            "standing_reason": account.standing_reason,
        },
        "contact": {
            "id": person.id.get(),
            "since": moment(person.since),
            "left_at": person.left.map(|(at, _)| moment(at)),
            "left_by": person.left.map(|(_, reason)| reason.word()),
        },
        "mailing": {
            "id": mailing.id.get(),
            "kind": mailing.kind.word(),
            "name": mailing.name,
            "state": mailing.state.word(),
            "held_reason": mailing.held_reason,
            "started_at": mailing.started_at.map(moment),
            "topic": topic(mailing.topic),
            "statement": mailing.statement,
        },
        "answer": answer_word(found),
        "rule": rule(found).map(|(word, _)| word),
        "detail": rule(found).and_then(|(_, detail)| detail),
        "sentences": found.why.sentences(SPOKEN, &moment),
        "for_the_operator": operators_sentence(found),
        "reply": Some(found.why.said()).filter(|said| !said.is_empty()),
        "mail": mail_json(&found.why),
        "consent": found.consent.iter().map(consent_json).collect::<Vec<_>>(),
        "exclusion": found.exclusion.as_ref().map(|entry| json!({
            "reason": entry.reason.word(),
            "since": moment(entry.at),
            "account": entry.account.map(AccountId::get),
            "mailing": entry.mailing.map(MailingId::get),
            "reply": entry.reply,
            "incident": entry.incident.map(policy::IncidentId::get),
            "lifted_before": entry.lifted_before,
        })),
        "cases": found.cases.iter().map(case_json).collect::<Vec<_>>(),
    })
}

fn mail_json(why: &Why) -> Value {
    let Why::Mail(mail) = why else { return Value::Null };
    let line = &mail.line;
    json!({
        "planned_at": moment(line.planned_at),
        "due_at": moment(line.due_at),
        "settled_at": line.settled_at.map(moment),
        "attempts": line.attempts,
        "in_doubt": line.doubt,
        "bounce": mail.bounce.as_ref().map(|bounce| json!({
            "at": moment(bounce.at),
            "class": bounce.class,
            "reply": bounce.reply,
            "effect": bounce.effect,
        })),
        "complaint": mail.complaint.as_ref().map(|complaint| json!({
            "at": moment(complaint.at),
            "counted": complaint.counted,
        })),
    })
}

fn consent_json(event: &ProofEvent) -> Value {
    let evidence = event.evidence.as_ref().map(|evidence| match &evidence.record {
        Record::Circumstances(found) => json!({ "door": found.source.word(), "ip": found.ip }),
        Record::Consent(proof) => json!({
            "site": proof.site,
            "form": proof.form.get(),
            "form_version": proof.form_version,
            "statement": proof.statement,
            "consent_text": proof.consent_text,
            "submitted_at": moment(proof.submitted_at),
            "submitted_ip": proof.submitted_ip,
            "confirmation_message_id": proof.confirmation.message_id,
            "confirmation_sent_at": proof.confirmation.sent_at.map(moment),
            "confirmation_reply": proof.confirmation.smtp_reply,
            "confirmed_at": moment(proof.confirmed_at),
            "confirmed_ip": proof.confirmed_ip,
        }),
    });
    json!({
        "event": event.kind.word(),
        "at": moment(event.at),
        "topic": event.topic.map(topic),
        "evidence": evidence,
        "intact": event.evidence.as_ref().map(|evidence| evidence.intact),
    })
}

fn case_json(case: &Case) -> Value {
    json!({
        "id": case.id.get(),
        "kind": case.kind.word(),
        "opened_at": moment(case.opened_at),
        "summary": case.summary,
        "decision": case.decision.as_ref().map(|decided| json!({
            "decision": decided.word,
            "at": moment(decided.at),
            "by": decided.by,
            "reason": decided.reason,
        })),
    })
}

/// The same in words. Each line that may hold words from outside is made visible.
fn words_of(found: &Explanation) -> String {
    let mut text = head(found);
    let mut line = |words: String| {
        let _ = writeln!(text, "{}", visible(&words));
    };
    line(format!("Answer: {}", answer_word(found)));
    for sentence in found.why.sentences(SPOKEN, &moment) {
        line(format!("  {sentence}"));
    }
    if !found.why.said().is_empty() {
        line(format!("  The receiver said: {}", found.why.said()));
    }
    if let Some((word, _)) = rule(found) {
        line(format!("  On record as: {word}"));
    }
    if let Some(sentence) = operators_sentence(found) {
        line(format!("  For the operator: {sentence}"));
    }
    if let Why::Mail(mail) = &found.why {
        let ended = mail.line.settled_at.map_or_else(|| "not yet".to_owned(), moment);
        let attempts = mail.line.attempts;
        line(format!("  Planned {}, ended {ended}, attempts {attempts}", moment(mail.line.planned_at)));
    }
    line("Consent on record:".to_owned());
    found.consent.iter().for_each(|event| line(format!("  {}", consent_words(event, found.mailing.topic))));
    if found.consent.is_empty() {
        line("  none".to_owned());
    }
    if let Some(entry) = &found.exclusion {
        let reply = entry.reply.as_deref().unwrap_or("-");
        line(format!("Exclusion list: {} since {}; reply: {reply}", entry.reason.word(), moment(entry.at)));
    }
    if !found.cases.is_empty() {
        line("Cases:".to_owned());
    }
    found.cases.iter().for_each(|case| line(format!("  {}", case_words(case))));
    text
}

fn head(found: &Explanation) -> String {
    let (account, mailing, person) = (&found.account, &found.mailing, &found.person);
    let person = match &person.left {
        None => format!("{}, contact since {}", person.id, moment(person.since)),
        Some((at, reason)) => {
            format!("{}, contact since {}, left {} ({})", person.id, moment(person.since), moment(*at), reason.word())
        }
    };
    let began = mailing.started_at.map_or_else(|| "not begun".to_owned(), |at| format!("begun {}", moment(at)));
    let lines = [
        format!("Contact: {person}"),
        format!("Account: {} {:?}, {}", account.id, account.name, account.standing.word()),
        format!(
            "Mailing: {} {} {:?}, {}, {began}",
            mailing.kind.word(),
            mailing.id,
            mailing.name,
            mailing.state.word()
        ),
        format!("Topic: {} version {}: {}", mailing.topic.topic, mailing.topic.version, mailing.statement),
    ];
    lines.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{}", visible(line));
        text
    })
}

fn consent_words(event: &ProofEvent, of: TopicRef) -> String {
    let topic = match event.topic {
        Some(topic) if topic == of => " to this topic".to_owned(),
        Some(topic) => format!(" to topic {} version {}", topic.topic, topic.version),
        None => String::new(),
    };
    let evidence = match event.evidence.as_ref() {
        None => "evidence erased".to_owned(),
        Some(evidence) => {
            let told = match &evidence.record {
                Record::Circumstances(found) => {
                    format!("by {}, from {}", found.source.word(), found.ip.as_deref().unwrap_or("-"))
                }
                Record::Consent(proof) => format!(
                    "signed up at {} from {} on {}, confirmed from {} on {}; confirmation mail {}",
                    proof.site,
                    proof.submitted_ip,
                    moment(proof.submitted_at),
                    proof.confirmed_ip,
                    moment(proof.confirmed_at),
                    proof.confirmation.message_id
                ),
            };
            if evidence.intact { told } else { format!("{told}; THE EVIDENCE DOES NOT FIT THE LEDGER") }
        }
    };
    format!("{} {}{topic}: {evidence}", moment(event.at), event.kind.word())
}

fn case_words(case: &Case) -> String {
    let decided = match &case.decision {
        None => "open".to_owned(),
        Some(decided) => {
            format!("{} by {} on {}: {}", decided.word, decided.by, moment(decided.at), decided.reason)
        }
    };
    format!("case {}, {}, since {}: {}; {decided}", case.id, case.kind.word(), moment(case.opened_at), case.summary)
}
