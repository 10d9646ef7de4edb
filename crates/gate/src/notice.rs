//! Mails that the platform writes itself: fixed words of `texts`, nothing of a customer but names
//! (L2, L3).

use std::collections::BTreeMap;

use policy::{NoticeContent, PersonFacts, Purpose, Refusal, SendFacts};
use seals::{LinkPurpose, Seals};
use texts::{Language, mail};

use crate::block::{self, link_html, unlinked};
use crate::frame::escaped;
use crate::house::House;
use crate::marks::Marks;

const PARAGRAPH: &str = "<div style=\"margin:0 0 16px 0;color:#222222;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:24px\">";

/// What a platform mail says.
pub(crate) struct Words {
    pub(crate) subject: String,
    pieces: Vec<Piece>,
}

enum Piece {
    Paragraph(String),
    Link { anchor: String, url: String },
}

impl Words {
    /// The words of this notice.
    pub(crate) fn of(
        purpose: Purpose,
        content: &NoticeContent,
        facts: &SendFacts,
        marks: &Marks,
        house: &House,
        seals: &Seals,
    ) -> Result<Self, Refusal> {
        let language = block::language(purpose, facts);
        if purpose == Purpose::Confirmation {
            return confirmation(facts, marks, language);
        }
        let values = Values { given: &content.values, house };
        let (subject, body) = platform_words(&content.template, language, &values)?;
        let mut pieces = vec![Piece::Paragraph(mail::notice_opening(language)), Piece::Paragraph(body)];
        if let Some(entry) = Entry::of(&content.template) {
            pieces
                .push(Piece::Link { anchor: (entry.anchor)(language), url: entry.url(content, facts, seals, house)? });
            pieces.push(Piece::Paragraph(match content.values.get("until") {
                Some(until) => mail::prove_until(language, until),
                None => mail::reset_password_until(language),
            }));
        } else if purpose == Purpose::AddressProof {
            return Err(missing("proof"));
        }
        pieces.push(Piece::Paragraph(mail::notice_closing(language, &house.operator_name)));
        Ok(Self { subject: mail_formats::header::cleaned(&subject), pieces })
    }

    /// Between the container's tags.
    pub(crate) fn html(&self) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Paragraph(text) => {
                    for paragraph in text.split("\n\n") {
                        let lines = escaped(paragraph.trim()).replace('\n', "<br>");
                        out.push_str(&format!("{PARAGRAPH}{lines}</div>"));
                    }
                }
                Piece::Link { anchor, url } => out.push_str(&format!("{PARAGRAPH}{}</div>", link_html(url, anchor))),
            }
        }
        out
    }

    /// The text part before the signature block.
    pub(crate) fn text(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Paragraph(text) => text.trim().to_owned(),
            Piece::Link { url, .. } => url.clone(),
        };
        self.pieces.iter().map(piece).collect::<Vec<_>>().join("\n\n")
    }
}

/// The mail with the confirmation link: who asks, for what, and the link (R16, L3).
fn confirmation(facts: &SendFacts, marks: &Marks, language: Language) -> Result<Words, Refusal> {
    let (PersonFacts::Pending(pending), Some(account)) = (&facts.person, facts.account.as_deref()) else {
        return Err(Refusal::SignupGone);
    };
    let line = |text: &str| unlinked(&mail_formats::header::cleaned(text));
    let (site, name, topic) = (line(&pending.site), line(&account.name), line(&pending.statement));
    let until = block::moment(language, pending.expires_at);
    Ok(Words {
        subject: mail_formats::header::cleaned(&mail::confirm_subject(language, &site)),
        pieces: vec![
            Piece::Paragraph(mail::confirm_intro(language, &site, &name, &topic)),
            Piece::Paragraph(mail::confirm_ask(language)),
            Piece::Link { anchor: mail::confirm_anchor(language), url: marks.confirm_url.clone() },
            Piece::Paragraph(mail::confirm_until(language, &until)),
        ],
    })
}

/// A link that lets its reader in. Whoever plans the mail gives the number that the link names; the
/// link itself is made here, when the mail leaves, and lies nowhere before.
struct Entry {
    path: &'static str,
    purpose: LinkPurpose,
    anchor: fn(Language) -> String,
}

impl Entry {
    /// The link in mails of this template, if there is one.
    fn of(template: &str) -> Option<Self> {
        let (path, purpose, anchor): (_, _, fn(Language) -> String) = match template {
            "prove_sender" => ("e", LinkPurpose::ProveAddress, mail::prove_anchor),
            "prove_user" => ("i", LinkPurpose::ProveAddress, mail::prove_user_anchor),
            "reset_password" => ("r", LinkPurpose::Enter, mail::reset_password_anchor),
            _ => return None,
        };
        Some(Self { path, purpose, anchor })
    }

    fn url(&self, content: &NoticeContent, facts: &SendFacts, seals: &Seals, house: &House) -> Result<String, Refusal> {
        let number = match (content.values.get("proof"), &facts.person) {
            (Some(number), _) => number.parse().map_err(|_| missing("proof"))?,
            (None, PersonFacts::User(user)) => user.id.bits(),
            (None, _) => return Err(missing("proof")),
        };
        let token = seals.link_token(number, self.purpose).map_err(|_| missing("proof"))?;
        Ok(house.entry_link(self.path, &token))
    }
}

fn missing(name: &str) -> Refusal {
    Refusal::NotRenderable { problem: format!("the notice lacks a usable value for {name}") }
}

/// Values by name; what every notice of the installation shares needs not be given.
struct Values<'a> {
    given: &'a BTreeMap<String, String>,
    house: &'a House,
}

impl<'a> Values<'a> {
    fn get<T: Reads<'a>>(&self, name: &str) -> Result<T, Refusal> {
        let text = match (self.given.get(name), name) {
            (Some(text), _) => text.as_str(),
            (None, "platform") => self.house.operator_name.as_str(),
            (None, "abuse") => self.house.abuse_address.as_str(),
            (None, _) => return Err(missing(name)),
        };
        T::read(text).ok_or_else(|| missing(name))
    }
}

/// An argument of a sentence.
trait Reads<'a>: Sized {
    fn read(text: &'a str) -> Option<Self>;
}

impl<'a> Reads<'a> for &'a str {
    fn read(text: &'a str) -> Option<Self> {
        Some(text)
    }
}

impl Reads<'_> for u64 {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

macro_rules! templates {
    ($($name:literal => $subject:ident($($s:ident),*), $body:ident($($b:ident),*);)*) => {
        /// The names that [`NoticeContent::template`] may have, besides `confirmation`.
        pub const TEMPLATES: &[&str] = &[$($name),*];

        /// Subject and body of a platform mail.
        fn platform_words(name: &str, language: Language, values: &Values<'_>) -> Result<(String, String), Refusal> {
            match name {
                $($name => Ok((
                    mail::$subject(language $(, values.get(stringify!($s))?)*),
                    mail::$body(language $(, values.get(stringify!($b))?)*),
                )),)*
                _ => Err(Refusal::NotRenderable { problem: format!("there is no notice {name}") }),
            }
        }
    };
}

templates! {
    "prove_sender" => prove_sender_subject(), prove_sender_body(account, platform, address);
    "prove_user" => prove_user_subject(account), prove_user_body(account, platform, address);
    "reset_password" => reset_password_subject(), reset_password_body(platform, address);
    "suspended" => suspended_subject(account), suspended_body(account, reason, case);
    "reinstated" => reinstated_subject(account), reinstated_body(case, account, reason);
    "terminated" => terminated_subject(account), terminated_body(case, account, reason);
    "mailing_paused" => mailing_paused_subject(mailing), mailing_paused_body(mailing, complaints, sent, case);
    "review_opened" => review_opened_subject(), review_opened_body(account, contacts);
    "review_approved" => review_approved_subject(), review_approved_body(account);
    "review_refused" => review_refused_subject(), review_refused_body(account, reason);
    "topic_approved" => topic_approved_subject(), topic_approved_body(account, topic);
    "topic_refused" => topic_refused_subject(), topic_refused_body(account, topic, reason);
    "score_warning" => score_warning_subject(score), score_warning_body(account, score, complaints, sent);
    "score_limit" => score_limit_subject(), score_limit_body(account, score, complaints, sent);
    "sender_on_hold" => sender_on_hold_subject(address), sender_on_hold_body(address, account);
    "domain_on_hold" => domain_on_hold_subject(domain), domain_on_hold_body(domain, account);
    "case_opened" => case_opened_subject(case, account), case_opened_body(case, account, reason, first_look_due, decision_due);
    "case_overdue" => case_overdue_subject(case, account), case_overdue_body(case, account, reason, due);
    "score_critical" => score_critical_subject(account, score), score_critical_body(account, score, complaints, sent, case);
    "incident_opened" => incident_opened_subject(incident, group), incident_opened_body(incident, group, finding);
    "letter_flood" => letter_flood_subject(account), letter_flood_body(account, limit);
    "review_waiting" => review_waiting_subject(account), review_waiting_body(account, contacts);
    "topic_waiting" => topic_waiting_subject(account), topic_waiting_body(account, topic);
    "abuse" => abuse_subject(case), abuse_body(case);
    "abuse_wish" => abuse_subject(case), abuse_wish_body(case, abuse);
}
