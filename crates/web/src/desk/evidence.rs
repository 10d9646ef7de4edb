//! Evidence as it is: reports and letters word for word, mails as they are composed, consents.
//!
//! Nothing here is trusted. Sources are text in which what does not print is written out; a customer's HTML
//! has an address of its own, in a frame that runs nothing, loads nothing and is nobody's origin.

use askama::Template;
use axum::http::header;
use axum::response::{Html as Body, IntoResponse as _};
use policy::{ContactId, MailingId, RowState};
use store::StoreError;
use store::cases::SentMail;
use texts::{Language, desk};

use super::case::case_id;
use super::show;
use crate::consents::{self, ConsentEvent};
use crate::error::Fault;
use crate::pages;
use crate::ui::shell::Shell;
use crate::ui::table::Answer;
use crate::ui::visit::Visit;

/// Characters of a source that are shown.
const SHOWN: usize = 200_000;
/// What a customer's HTML may do in its frame: be looked at.
const FRAME_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; \
    frame-ancestors 'self'; sandbox";

#[derive(Template)]
#[template(path = "desk/source.html")]
struct SourcePage {
    shell: Shell,
    t: desk::Say,
    facts: Vec<(String, String)>,
    source: String,
    cut: bool,
    /// The address of the frame with the HTML part; empty for none.
    frame: String,
}

#[derive(Template)]
#[template(path = "desk/consent.html")]
struct ConsentPage {
    shell: Shell,
    events: Vec<ConsentEvent>,
}

/// Text of others with everything written out that does not print, or that turns what stands beside it:
/// `⟨U+202E⟩`. Line breaks stay.
pub(super) fn visible(bytes: &[u8]) -> (String, bool) {
    let text = String::from_utf8_lossy(bytes);
    let mut shown = String::with_capacity(text.len().min(SHOWN));
    let mut chars = text.chars();
    for c in chars.by_ref().take(SHOWN) {
        match c {
            '\n' | '\t' => shown.push(c),
            '\r' => {}
            c if hidden(c) => shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(c))),
            c => shown.push(c),
        }
    }
    (shown, chars.next().is_some())
}

/// Controls, and marks that turn or hide text.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// GET: a report or letter of the case, word for word.
pub(super) async fn report(visit: Visit) -> Answer {
    let (t, id) = (desk::Say(visit.language), case_id(&visit)?);
    let (case, events) = visit.web.store.case(id).await?;
    let report = visit.id("report")?;
    let complaints = visit.web.store.complaints_of_case(id).await?;
    let known = events.iter().any(|event| event.inbox == Some(report))
        || complaints.iter().any(|line| line.inbox == Some(report));
    if !known {
        return Err(Fault::NotFound);
    }
    let shell = visit
        .shell(t.report_title())
        .crumb("/desk/cases", t.cases_title())
        .crumb(format!("/desk/cases/{id}"), t.case_number(&case.id.to_string()));
    let (source, cut) = match visit.web.store.kept_mail_bytes(report).await {
        Ok(bytes) => visible(&bytes),
        // Letters are kept for a time only; the case keeps what was read in them.
        Err(StoreError::NotFound(_)) => (String::new(), false),
        Err(error) => return Err(error.into()),
    };
    visit.show(&SourcePage { shell, t, facts: Vec::new(), source, cut, frame: String::new() })
}

fn named(visit: &Visit) -> Result<(MailingId, ContactId), Fault> {
    Ok((MailingId::from_raw(visit.id("mailing")?), ContactId::from_raw(visit.id("contact")?)))
}

fn composed(visit: &Visit, mail: &SentMail) -> Option<gate::Preview> {
    visit.web.gate.preview(&mail.candidate, &mail.facts, mail.settled_at.unwrap_or_else(|| visit.now())).ok()
}

/// GET: a mail of a mailing to one person, composed once more from what is stored.
pub(super) async fn mail(visit: Visit) -> Answer {
    let (language, t) = (visit.language, desk::Say(visit.language));
    let (mailing, contact) = named(&visit)?;
    let mail = visit.web.store.sent_mail(mailing, contact).await?;
    let composed = composed(&visit, &mail);
    let subject = composed.as_ref().map(|mail| mail.subject.clone()).unwrap_or_default();
    let mut facts = vec![
        (t.fact_state(), row_state(language, mail.state)),
        (t.fact_reply(), mail.reply.clone().unwrap_or_else(|| "–".to_owned())),
    ];
    if composed.is_some() {
        facts.insert(0, (t.fact_subject(), subject));
    }
    let (source, cut) = composed.as_ref().map(|mail| visible(&mail.bytes)).unwrap_or_default();
    let frame = composed.map(|_| format!("/desk/mails/{mailing}/{contact}/body")).unwrap_or_default();
    let shell = visit.shell(t.mail_title()).lead(t.mail_lead()).crumb("/desk/cases", t.cases_title());
    visit.show(&SourcePage { shell, t, facts, source, cut, frame })
}

/// GET: the HTML part of that mail, for a frame and nothing else.
pub(super) async fn body(visit: Visit) -> Answer {
    let (mailing, contact) = named(&visit)?;
    let mail = visit.web.store.sent_mail(mailing, contact).await?;
    let html = composed(&visit, &mail).ok_or(Fault::NotFound)?.html;
    let mut response = Body(html).into_response();
    pages::set(&mut response, header::CONTENT_SECURITY_POLICY, FRAME_POLICY);
    pages::set(&mut response, header::X_FRAME_OPTIONS, "SAMEORIGIN");
    Ok(response)
}

/// Where a delivery stands, in a word.
fn row_state(language: Language, state: RowState) -> String {
    match state {
        RowState::Accepted => desk::row_accepted(language),
        RowState::InDoubt | RowState::Unknown => desk::row_in_doubt(language),
        RowState::Bounced => desk::row_bounced(language),
        RowState::Expired => desk::row_expired(language),
        RowState::Refused => desk::row_refused(language),
        RowState::Due | RowState::Claimed | RowState::Started | RowState::Deferred => desk::row_open(language),
    }
}

/// GET: what the ledger knows of one person of an account (L1).
pub(super) async fn consent(visit: Visit) -> Answer {
    let t = desk::Say(visit.language);
    let contact = ContactId::from_raw(visit.id("contact")?);
    let events = visit.web.store.consent_proof(contact.account(), contact).await?;
    if events.is_empty() {
        return Err(Fault::NotFound);
    }
    let shell = visit.shell(t.consent_title()).lead(t.consent_lead()).crumb("/desk/cases", t.cases_title());
    let events = consents::events(visit.language, show::ZONE, &events);
    visit.show(&ConsentPage { shell, events })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_or_hides_text_is_written_out() {
        let (shown, cut) = visible("a\u{202e}b\r\nc\u{0}\u{200b}<b>\u{1b}[0m".as_bytes());
        assert_eq!((shown.as_str(), cut), ("a⟨U+202E⟩b\nc⟨U+0000⟩⟨U+200B⟩<b>⟨U+001B⟩[0m", false));
        assert_eq!(visible(b"\xff\xfe").0, "\u{fffd}\u{fffd}");
        assert!(visible("x".repeat(SHOWN + 1).as_bytes()).1);
    }
}
