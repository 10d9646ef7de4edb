//! Feedback reports and letters to the abuse desk (R73–R79, R91, R95, D4, D14,
//! F1–F5, F11).

use mail_formats::arf::{FeedbackKind, FeedbackReport};
use mail_formats::incoming::{Incoming, read_view};
use mail_formats::letter::Letter as Words;
use mail_formats::traces::Traces;
use mail_formats::view::View;
use policy::ContactId;
use policy::complaint::{Allegation, ComplaintDecision, Source};
use policy::refusal::Cancellation;
use seals::{LinkPurpose, MailKind, MailRef, MessageRef, Seals};
use store::complaints::{ComplaintOutcome, DrainFor, Named, NewComplaint};

use super::{Letter, Noted, Trouble, letter};

/// Messages that one letter may name; further ones are in the stored letter for a person.
const MAX_NAMED: usize = 20;
/// Addresses of a letter's text that are looked up.
const MAX_ADDRESSES: usize = 50;

/// A mail to the address of a feedback loop (F7).
pub(super) async fn report_arrives(letter: &Letter<'_>, source: Source) -> Result<Noted, Trouble> {
    let Some(view) = letter.view else { return case_for_unreadable(letter, source).await };
    match read_view(view) {
        Incoming::Complaint(report)
        | Incoming::OptOut(report)
        | Incoming::AuthReport(report)
        | Incoming::OtherReport(report) => judge_report(letter, &report, source, None).await,
        Incoming::AutoReply(_) => Ok(Noted::new("auto_reply", "nothing")),
        Incoming::Bounce(_) | Incoming::Delivered(_) => Ok(Noted::new("dsn", "not at its door")),
        Incoming::DmarcReport(_) => Ok(Noted::new("dmarc_report", "kept")),
        Incoming::TlsReport(_) => Ok(Noted::new("tls_report", "kept")),
        Incoming::Unreadable(_) => case_for_unreadable(letter, source).await,
        // Administrative mail of the provider: a person reads it. It is no complaint.
        Incoming::Letter(words) | Incoming::ForwardedMail(words) | Incoming::UnsubscribeRequest(words) => {
            let report = blank(letter, source, Allegation::Unwanted, words.subject.clone());
            file(letter, vec![report]).await.map(|done| noted("letter", &done))
        }
    }
}

/// A report that came to a return path: the path itself says which message it means.
pub(super) async fn at_return_path(
    letter: &Letter<'_>,
    report: &FeedbackReport,
    mail: MailRef,
) -> Result<Noted, Trouble> {
    judge_report(letter, report, Source::FeedbackLoop, Some(mail.message_ref())).await
}

/// A mail to abuse@ or postmaster@. Reports of bodies come here too (R96, R98).
pub(super) async fn letter_arrives(letter: &Letter<'_>) -> Result<Noted, Trouble> {
    let Some(view) = letter.view else { return case_for_unreadable(letter, Source::AbuseLetter).await };
    match read_view(view) {
        Incoming::Complaint(report)
        | Incoming::OptOut(report)
        | Incoming::AuthReport(report)
        | Incoming::OtherReport(report) => judge_report(letter, &report, Source::ReportingBody, None).await,
        Incoming::AutoReply(_) => Ok(Noted::new("auto_reply", "nothing")),
        // A person who passes a bounce on wants something: it is read as their letter.
        Incoming::Bounce(bounce) if bounce.passed_on => {
            judge_letter(letter, view, &mail_formats::letter::read(view)).await
        }
        Incoming::Bounce(_) | Incoming::Delivered(_) => Ok(Noted::new("dsn", "not at its door")),
        Incoming::DmarcReport(_) => Ok(Noted::new("dmarc_report", "kept")),
        Incoming::TlsReport(_) => Ok(Noted::new("tls_report", "kept")),
        Incoming::Unreadable(_) => case_for_unreadable(letter, Source::AbuseLetter).await,
        Incoming::Letter(words) | Incoming::ForwardedMail(words) | Incoming::UnsubscribeRequest(words) => {
            judge_letter(letter, view, &words).await
        }
    }
}

const fn allegation(kind: &FeedbackKind) -> Allegation {
    match kind {
        FeedbackKind::Abuse | FeedbackKind::Fraud | FeedbackKind::Virus | FeedbackKind::Other => Allegation::Unwanted,
        FeedbackKind::OptOut => Allegation::Unsubscribe,
        FeedbackKind::NotSpam => Allegation::NotSpam,
        FeedbackKind::AuthFailure | FeedbackKind::Unknown(_) => Allegation::Other,
    }
}

async fn judge_report(
    letter: &Letter<'_>,
    report: &FeedbackReport,
    source: Source,
    known: Option<MessageRef>,
) -> Result<Noted, Trouble> {
    let mut named: Vec<Named> = known.into_iter().filter_map(named_message).collect();
    if named.is_empty() {
        named = named_in(&letter.context.seals, &report.traces);
    }
    // One report is one complaint (F3); its evidence is the message that it carries (F2).
    named.truncate(1);
    let base = NewComplaint {
        dkim_aligned: source == Source::Cfbl && signed_by_its_sender(letter).await?,
        ..blank(letter, source, allegation(&report.kind), format!("{:?}", report.kind))
    };
    file(letter, each(base, named)).await.map(|done| noted("report", &done))
}

/// F11: a valid signature of the domain of From. Where DNS does not answer, the peer comes again.
async fn signed_by_its_sender(letter: &Letter<'_>) -> Result<bool, Trouble> {
    let verdict = letter.authenticate().await;
    let aligned = verdict.from_domain.as_deref().is_some_and(|domain| verdict.dkim_passed_for(domain));
    if !aligned && verdict.temporary { Err(Trouble::Dns) } else { Ok(aligned) }
}

async fn judge_letter(letter: &Letter<'_>, view: &View, words: &Words) -> Result<Noted, Trouble> {
    let wish = words.is_bare_unsubscribe_wish;
    let allegation = if wish { Allegation::Unsubscribe } else { Allegation::Unwanted };
    let addresses = addresses_in(view);
    let keys: Vec<_> = addresses.iter().flat_map(|address| letter.keys(address)).collect();
    let base = NewComplaint {
        reporter: words.from.as_ref().map(|from| letter.keys(from)).unwrap_or_default(),
        accounts: letter.context.store.accounts_sending_from(&keys).await?,
        ..blank(letter, Source::AbuseLetter, allegation, format!("{}\n{}", words.subject, words.text))
    };
    let done = file(letter, each(base, named_in(&letter.context.seals, &words.traces))).await?;
    let mut noted = noted("letter", &done);
    if let Some(case) = done.iter().find_map(|one| one.case)
        && letter::acknowledge(letter, case, wish).await?
    {
        noted.effect.push_str(", answered");
    }
    Ok(noted)
}

/// The addresses that a letter names anywhere: senders of ours may be among them (R94).
fn addresses_in(view: &View) -> Vec<mail_formats::EmailAddress> {
    let headers = view.inner_headers().iter().flatten().map(|(_, value)| value.as_str());
    let texts = view.parts().iter().map(|part| part.text.as_str()).chain(headers);
    let mut found = Vec::new();
    for text in texts {
        for word in text.split(|c: char| {
            c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '"' | '[' | ']' | ':')
        }) {
            if found.len() >= MAX_ADDRESSES {
                return found;
            }
            let word = word.trim_matches(['.', '\'', '*', '!', '?']);
            if word.contains('@')
                && let Ok(address) = mail_formats::EmailAddress::parse(word)
                && !found.contains(&address)
            {
                found.push(address);
            }
        }
    }
    found
}

fn blank(letter: &Letter<'_>, source: Source, allegation: Allegation, note: String) -> NewComplaint {
    NewComplaint {
        source,
        allegation,
        dkim_aligned: false,
        named: None,
        reporter: Vec::new(),
        accounts: Vec::new(),
        note,
        inbox: Some(letter.inbox),
        once: letter.once(),
    }
}

async fn case_for_unreadable(letter: &Letter<'_>, source: Source) -> Result<Noted, Trouble> {
    let report = blank(letter, source, Allegation::Unwanted, "a mail that cannot be read".to_owned());
    file(letter, vec![report]).await.map(|_| Noted::new("unparsed", "case"))
}

/// One complaint for each message that is named; one without a name where there is none.
fn each(base: NewComplaint, named: Vec<Named>) -> Vec<NewComplaint> {
    if named.is_empty() {
        return vec![base];
    }
    named.into_iter().map(|named| NewComplaint { named: Some(named), ..base.clone() }).collect()
}

/// Hands the complaints to the memory and drains what they stopped.
async fn file(letter: &Letter<'_>, complaints: Vec<NewComplaint>) -> Result<Vec<ComplaintOutcome>, Trouble> {
    let store = &letter.context.store;
    let mut done = Vec::with_capacity(complaints.len());
    for complaint in complaints {
        done.push(store.complain(complaint, letter.now()).await?);
    }
    // Everything is committed now; one wait is long enough for all of it.
    let people: Vec<ContactId> = done
        .iter()
        .filter_map(|one| match one.drain {
            DrainFor::Contact(contact) => Some(contact),
            DrainFor::Nothing | DrainFor::All => None,
        })
        .collect();
    if people.len() > 1 || done.iter().any(|one| one.drain == DrainFor::All) {
        store.drain_all().await;
    } else if let Some(contact) = people.first() {
        store.drain_person(*contact, Cancellation::Complained).await;
    }
    Ok(done)
}

fn noted(kind: &'static str, done: &[ComplaintOutcome]) -> Noted {
    let words: Vec<&str> = done.iter().map(|one| ComplaintDecision::word(one.decision)).collect();
    Noted::new(kind, words.join(", "))
}

fn named_message(message: MessageRef) -> Option<Named> {
    let person = ContactId::from_bits(message.person())?;
    let number = i64::try_from(message.message()).ok()?;
    Some(match message.kind() {
        MailKind::Mailing => Named::Mailing { mailing: policy::MailingId::from_raw(number), contact: person },
        MailKind::Notice => Named::Notice { notice: policy::NoticeId::from_raw(number), person },
    })
}

/// Whom a link or mailbox of ours names.
fn named_person(person: u64, purpose: LinkPurpose) -> Option<Named> {
    let person = ContactId::from_bits(person)?;
    match purpose {
        LinkPurpose::UnsubscribeHeader
        | LinkPurpose::UnsubscribeBody
        | LinkPurpose::Preferences
        | LinkPurpose::ViewOnline
        | LinkPurpose::External => Some(Named::Contact(person)),
        LinkPurpose::Confirm | LinkPurpose::NotMeHeader | LinkPurpose::NotMeBody => Some(Named::Signup(person)),
        LinkPurpose::TestStopHeader | LinkPurpose::TestStopBody | LinkPurpose::TestPreferences => {
            Some(Named::User(person))
        }
        LinkPurpose::ProveAddress | LinkPurpose::Enter => None,
    }
}

/// The messages of ours that the traces prove, each once. Links and mailboxes
/// name a person only, so they count where no message itself is named.
pub(super) fn named_in(seals: &Seals, traces: &Traces) -> Vec<Named> {
    let local = |id: &String| id.split_once('@').map_or(id.clone(), |(local, _)| local.to_owned());
    let paths = traces
        .local_parts
        .iter()
        .filter_map(|local| seals.read_return_path_local(local))
        .map(|mail| mail.message_ref());
    let ids = traces.message_ids.iter().filter_map(|id| seals.read_message_id_local(&local(id)));
    let feedback =
        traces.feedback_ids.iter().filter_map(|id| seals.read_feedback_token(id)).map(|mail| mail.message_ref());
    let mut named = Vec::new();
    for message in paths.chain(ids).chain(feedback).filter_map(named_message) {
        push(&mut named, message);
    }
    if named.is_empty() {
        let links = traces.link_tokens.iter().filter_map(|(_, token)| seals.read_link_token(token));
        let mailboxes = traces.local_parts.iter().filter_map(|local| seals.read_unsubscribe_mailbox_local(local));
        for person in links.chain(mailboxes).filter_map(|(person, purpose)| named_person(person, purpose)) {
            push(&mut named, person);
        }
    }
    named
}

fn push(named: &mut Vec<Named>, one: Named) {
    if named.len() < MAX_NAMED && !named.contains(&one) {
        named.push(one);
    }
}
