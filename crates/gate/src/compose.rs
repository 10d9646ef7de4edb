//! Puts a mail together: header fields, both parts, signature block. What a mail must carry follows
//! from its purpose alone and cannot be forgotten by whoever asks for it.

use mail_formats::EmailAddress;
use mail_formats::header::{Header, HeaderError, HeaderValue, Mailbox, cleaned};
use mail_formats::message::Draft;
use policy::{Candidate, Content, Purpose, Refusal, SendFacts};
use seals::Timestamp;

use crate::block::{self, Block};
use crate::compiled::Compiled;
use crate::frame;
use crate::house::House;
use crate::marks::Marks;
use crate::notice::Words;

/// Characters of the description in List-Id; the whole field stays below 255 octets (U13).
const MAX_DESCRIPTION: usize = 40;

/// What a mail says, before it is written.
pub(crate) struct Body {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// The body of a mailing: the customer's content, then the block.
pub(crate) fn mailing_body(
    compiled: &Compiled,
    purpose: Purpose,
    facts: &SendFacts,
    marks: &Marks,
    house: &House,
) -> Result<Body, Refusal> {
    let none = std::collections::BTreeMap::new();
    let fields = match &facts.person {
        policy::PersonFacts::Contact(contact) => &contact.fields,
        _ => &none,
    };
    let rendered = compiled.render(fields).map_err(|fault| Refusal::NotRenderable { problem: fault.to_string() })?;
    let block = Block::of(purpose, facts, marks, house)?;
    let subject = match purpose {
        Purpose::TestMail => cleaned(&texts::mail::test_subject(block::language(purpose, facts), &rendered.subject)),
        _ => rendered.subject,
    };
    Ok(Body {
        subject,
        text: format!("{}\n\n{}", rendered.text, block.text()),
        html: [&rendered.opening, &rendered.html, frame::CONTAINER_CLOSE, &block.html(), frame::END].concat(),
    })
}

/// The body of a platform mail; with a block where it addresses a recipient.
pub(crate) fn notice_body(
    words: &Words,
    purpose: Purpose,
    facts: &SendFacts,
    marks: &Marks,
    house: &House,
) -> Result<Body, Refusal> {
    let mut text = words.text();
    let mut html = frame::opening(block::language(purpose, facts).code(), "");
    html.push_str(&words.html());
    html.push_str(frame::CONTAINER_CLOSE);
    if purpose.duties().signature_block {
        let block = Block::of(purpose, facts, marks, house)?;
        text.push_str("\n\n");
        text.push_str(&block.text());
        html.push_str(&block.html());
    }
    html.push_str(frame::END);
    Ok(Body { subject: words.subject.clone(), text, html })
}

/// Who the mail is from (R50): the account's own address, or the operator's for its own mails.
pub(crate) fn author(purpose: Purpose, facts: &SendFacts, house: &House) -> Result<Mailbox, Refusal> {
    let (name, address) = if purpose.duties().account_sender {
        let account = facts.account.as_deref().ok_or(Refusal::AccountTerminated)?;
        let sender = account.sender.as_ref().ok_or(Refusal::NoSender)?;
        (sender.display_name.as_str(), &sender.address)
    } else {
        (house.operator_name.as_str(), &house.operator_from)
    };
    Mailbox::new(&cleaned(name), address.clone()).map_err(|error| unwritable(&error))
}

/// The header fields of the mail, in their order.
pub(crate) fn headers(
    candidate: &Candidate,
    facts: &SendFacts,
    marks: &Marks,
    house: &House,
    recipient: &EmailAddress,
    subject: &str,
    now: Timestamp,
) -> Result<Vec<Header>, Refusal> {
    let purpose = candidate.purpose;
    let duties = purpose.duties();
    let text = |value: &str| HeaderValue::text(value).map_err(|error| unwritable(&error));
    let plain = |value: &str| HeaderValue::structured(value).map_err(|error| unwritable(&error));
    let id = HeaderValue::message_id(&marks.message_id_local, &house.platform_domain);
    let mut fields = vec![
        ("Date", HeaderValue::date(now.millis())),
        ("From", HeaderValue::mailbox(author(purpose, facts, house)?)),
        ("To", HeaderValue::mailbox(Mailbox::bare(recipient.clone()))),
        ("Subject", text(subject)?),
        ("Message-ID", id.map_err(|error| unwritable(&error))?),
    ];
    if let (Purpose::AbuseReply, Content::Notice(notice)) = (purpose, &candidate.content) {
        fields.extend(thread(notice));
    }
    if duties.list_unsubscribe {
        let links = HeaderValue::links(&[&marks.header_url, &marks.header_mail]);
        fields.push(("List-Unsubscribe", links.map_err(|error| unwritable(&error))?));
        fields.push(("List-Unsubscribe-Post", plain("List-Unsubscribe=One-Click")?));
    }
    if duties.list_identity {
        let (list, description) = list_id(facts, house)?;
        let list = HeaderValue::list_id(&description, &list);
        fields.push(("List-Id", list.map_err(|error| unwritable(&error))?));
        fields.push(("List-Post", plain("NO")?));
        fields.push(("Feedback-ID", plain(&feedback_id(purpose, facts, house)?)?));
        fields.push(("CFBL-Address", plain(&cfbl_address(house))?));
        fields.push(("CFBL-Feedback-ID", plain(&marks.feedback_token)?));
    }
    if let Some(word) = duties.auto_submitted {
        fields.push(("Auto-Submitted", plain(word)?));
    }
    if let (Purpose::Confirmation, policy::PersonFacts::Pending(pending)) = (purpose, &facts.person) {
        fields.push(("Form-Sub", plain(&form_sub(&pending.ip))?));
    }
    fields.into_iter().map(|(name, value)| Header::new(name, value).map_err(|error| unwritable(&error))).collect()
}

/// In-Reply-To and References of an answer (M8); left out when the letter's Message-ID is none.
fn thread(notice: &policy::NoticeContent) -> Vec<(&'static str, HeaderValue)> {
    let Some(id) = notice.values.get("in_reply_to") else { return Vec::new() };
    let id = id.trim().trim_start_matches('<').trim_end_matches('>');
    match (HeaderValue::links(&[id]), HeaderValue::links(&[id])) {
        (Ok(reply), Ok(references)) => vec![("In-Reply-To", reply), ("References", references)],
        _ => Vec::new(),
    }
}

/// `v=1; ip=…`: from which address the form was sent (C2). Digits, letters, dots and colons only.
pub(crate) fn form_sub(ip: &str) -> String {
    let ip: String = ip.chars().filter(|c| c.is_ascii_hexdigit() || matches!(c, '.' | ':')).take(45).collect();
    format!("v=1; ip={ip}")
}

/// The List-Id of the account's topic, stable for ever (U13), and its description.
pub(crate) fn list_id(facts: &SendFacts, house: &House) -> Result<(String, String), Refusal> {
    let account = facts.account.as_deref().ok_or(Refusal::AccountTerminated)?;
    let mailing = facts.mailing.as_deref().ok_or(Refusal::MailingNotRunning)?;
    let id = format!("t{}.a{}.list.{}", mailing.topic.topic, account.id, house.platform_domain.as_str());
    let description: String = cleaned(&account.name).chars().take(MAX_DESCRIPTION).collect();
    Ok((id, description))
}

/// Mailing, account, kind of mail, sender: no value of a person (F12).
pub(crate) fn feedback_id(purpose: Purpose, facts: &SendFacts, house: &House) -> Result<String, Refusal> {
    let account = facts.account.as_deref().ok_or(Refusal::AccountTerminated)?;
    let mailing = facts.mailing.as_deref().ok_or(Refusal::MailingNotRunning)?;
    Ok(format!("m{}:a{}:{}:{}", mailing.id, account.id, purpose.word(), house.feedback_sender_id))
}

/// Where feedback reports go (F9).
pub(crate) fn cfbl_address(house: &House) -> String {
    format!("{}; report=arf", house.cfbl_address.as_str())
}

/// Writes the message. `needs_smtputf8` is told beside the bytes.
pub(crate) fn write(headers: &[Header], body: &Body, marks: &Marks) -> Result<(Vec<u8>, bool), Refusal> {
    let draft =
        Draft { headers, text: &body.text, html: Some(&body.html), boundary_seed: marks.message_id_local.as_bytes() };
    let written = draft.write().map_err(|error| Refusal::NotRenderable { problem: error.to_string() })?;
    let smtputf8 = written.needs_smtputf8();
    Ok((written.into_bytes(), smtputf8))
}

fn unwritable(error: &HeaderError) -> Refusal {
    Refusal::NotRenderable { problem: error.to_string() }
}
