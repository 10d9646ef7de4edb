//! Letters of people to the abuse desk and to other addresses that are read (R78, R91, D14).

use crate::address::EmailAddress;
use crate::forward::{self, Forwarded, How};
use crate::named::all_in;
use crate::reply::printable;
use crate::traces::Traces;
use crate::view::{View, find};

/// Octets of a person's own words that are kept.
const MAX_TEXT: usize = 64 * 1024;
/// Octets of a text that may still be a bare wish: longer ones say more than that.
const MAX_WISH: usize = 1_000;

/// Lines that open a forwarded or quoted message, lower case.
const FORWARD_MARKS: &[&str] = &[
    "forwarded message",
    "original message",
    "begin forwarded",
    "weitergeleitete nachricht",
    "ursprüngliche nachricht",
    "originalnachricht",
    "anfang der weitergeleiteten",
    "message transféré",
    "mensaje reenviado",
    "messaggio inoltrato",
    "doorgestuurd bericht",
    "original-nachricht",
    "message d'origine",
    "wrote:",
    "schrieb:",
    "a écrit",
];

/// Field names of a quoted header, lower case, in the languages of common programs.
const QUOTED_FIELDS: &[&str] = &[
    "from:",
    "to:",
    "subject:",
    "date:",
    "sent:",
    "von:",
    "an:",
    "betreff:",
    "gesendet:",
    "datum:",
    "received:",
    "message-id:",
    "return-path:",
    "reply-to:",
    "list-unsubscribe:",
    "dkim-signature:",
    "de:",
    "à:",
    "objet:",
    "para:",
    "asunto:",
];

/// Words of a wish to get no more mail, lower case, German and English.
const WISHES: &[&str] = &[
    "unsubscribe",
    "opt out",
    "opt-out",
    "optout",
    "remove me",
    "take me off",
    "no more mail",
    "no more email",
    "no more e-mail",
    "no more newsletter",
    "stop sending",
    "stop mailing",
    "abmeld",
    "abzumelden",
    "melden sie mich ab",
    "austragen",
    "abbestell",
    "keine mails mehr",
    "keine e-mails mehr",
    "keine emails mehr",
    "keine weiteren e-mails",
    "keine weiteren mails",
    "keinen newsletter",
    "keine newsletter",
    "keine werbung mehr",
    "aus dem verteiler",
    "von der liste",
    "nicht mehr anschreiben",
    "löschen sie meine adresse",
];

/// Words of an allegation: with one of them a letter is more than a wish (D14).
const ALLEGATIONS: &[&str] = &[
    "spam",
    "junk",
    "unsolicited",
    "abuse",
    "complain",
    "illegal",
    "unlawful",
    "never signed",
    "never subscribed",
    "did not sign",
    "didn't sign",
    "did not subscribe",
    "didn't subscribe",
    "without my consent",
    "without consent",
    "without permission",
    "gdpr",
    "phishing",
    "fraud",
    "scam",
    "harass",
    "lawyer",
    "report you",
    "already unsubscribed",
    "beschwer",
    "unerlaubt",
    "unerwünscht",
    "unverlangt",
    "belästig",
    "nie angemeldet",
    "niemals angemeldet",
    "nicht angemeldet",
    "ohne meine einwilligung",
    "ohne einwilligung",
    "ohne zustimmung",
    "ohne meine zustimmung",
    "rechtswidrig",
    "anwalt",
    "abmahn",
    "dsgvo",
    "betrug",
    "missbrauch",
    "anzeige",
    "bereits abgemeldet",
    "schon abgemeldet",
    "schon mehrfach",
    "trotz abmeldung",
];

/// A letter: what a person wrote, and traces of our mail in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The address of From; proven only by a signature that others check.
    pub from: Option<EmailAddress>,
    /// The subject, fit for pages.
    pub subject: String,
    /// The person's text with whatever is quoted in it, fit for pages, at most 64 KiB.
    pub text: String,
    /// Traces of our mail.
    pub traces: Traces,
    /// Whether a program asks for its owner to be unsubscribed (`X-Apple-Unsubscribe`).
    pub asked_by_program: bool,
    /// Whether it says of itself that no person sent it: read like others, never answered.
    pub is_automatic: bool,
    /// Whether a message is attached, forwarded inline or quoted.
    pub carries_mail: bool,
    /// What is said about that message: by its own header where it is attached, else by the text.
    pub original: Forwarded,
    /// Whether it only asks for no more mail: unsubscribes, but is no complaint (D14).
    pub is_bare_unsubscribe_wish: bool,
}

/// Reads any message as a letter.
pub fn read(view: &View) -> Letter {
    let own = view.own_text();
    let text = lines_printable(&own[..own.floor_char_boundary(MAX_TEXT)]);
    let traces = Traces::of(view);
    let original = original(view, &text);
    let carries_mail = original.is_forwarded || carries_mail(view, &text);
    let subject = printable(view.subject());
    let names_ours =
        !traces.link_tokens.is_empty() || !traces.local_parts.is_empty() || !traces.feedback_ids.is_empty();
    let asked = view.header("X-Apple-Unsubscribe").is_some();
    let is_automatic = crate::auto::is_automatic(view);
    let is_bare_unsubscribe_wish = !carries_mail && (asked || !names_ours && is_wish(&subject, &text));
    Letter {
        from: view.from().cloned(),
        subject,
        text,
        traces,
        asked_by_program: asked,
        is_automatic,
        carries_mail,
        original,
        is_bare_unsubscribe_wish,
    }
}

fn lines_printable(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

fn is_wish(subject: &str, text: &str) -> bool {
    let all = format!("{subject}\n{text}").to_lowercase();
    let says = |list: &[&str]| list.iter().any(|w| all.contains(w));
    let stop_alone = all.trim().trim_end_matches(['.', '!']) == "stop" || text.trim().eq_ignore_ascii_case("stop");
    text.len() <= MAX_WISH && (says(WISHES) || stop_alone) && !says(ALLEGATIONS)
}

/// The message that a letter passes on.
fn original(view: &View, text: &str) -> Forwarded {
    let Some(header) = view.inner_headers().first() else { return forward::read(text, Some(view.subject())) };
    let value = |name: &str| find(header, name).unwrap_or_default();
    Forwarded {
        is_forwarded: true,
        from: all_in(value("From"), 1).pop(),
        to: all_in(value("To"), 50),
        subject: Some(printable(value("Subject"))).filter(|s| !s.is_empty()),
        how: Some(How::Attached),
    }
}

fn carries_mail(view: &View, text: &str) -> bool {
    let attached = !view.inner_headers().is_empty()
        || view.parts().iter().any(|p| p.kind.contains("rfc822"))
        || view
            .parts()
            .iter()
            .any(|p| p.depth == 0 && p.kind == "application/octet-stream" && opens_like_mail(&p.text));
    attached || quotes_mail(text)
}

/// A mark, three quoted lines, three known field names, or a block of lines that looks like a
/// header in any language.
fn quotes_mail(text: &str) -> bool {
    let (mut quoted, mut fields) = (0, 0);
    let mut block = HeaderBlock::default();
    for line in text.lines().take(2_000) {
        let bare = line.trim_matches(['>', '|', ' ', '\t', '*', '-', '_', '\u{a0}']).to_lowercase();
        if bare.len() < 200 && (is_mark(&bare) || is_attribution(&bare)) || is_ruled_title(line) {
            return true;
        }
        quoted += usize::from(line.trim_start().starts_with('>'));
        fields += usize::from(QUOTED_FIELDS.iter().any(|f| bare.starts_with(f)));
        if quoted >= 3 || fields >= 3 || block.take(&bare) {
            return true;
        }
    }
    false
}

/// A line that opens a quoted message; marks with a colon end their line.
fn is_mark(bare: &str) -> bool {
    FORWARD_MARKS.iter().any(|m| if m.ends_with(':') { bare.ends_with(m) } else { bare.starts_with(m) })
}

/// A person with an address, a time and a colon at the end: "on …, at 12:46, … wrote:", in any
/// language.
fn is_attribution(bare: &str) -> bool {
    let clock = |w: &str| {
        w.trim_end_matches(',').split_once([':', '.']).is_some_and(|(h, m)| {
            (1..=2).contains(&h.len())
                && m.len() >= 2
                && [h, &m[..2.min(m.floor_char_boundary(2))]].iter().all(|t| t.bytes().all(|b| b.is_ascii_digit()))
        })
    };
    bare.ends_with(':') && bare.contains('@') && bare.contains('<') && bare.split_whitespace().any(clock)
}

/// A title between rules of hyphens: `----- Forwarded message -----`, in any language.
fn is_ruled_title(line: &str) -> bool {
    let line = line.trim_start_matches(['>', ' ', '\t']);
    let Some(rest) = line.strip_prefix("----") else { return false };
    let title = rest.trim_start_matches('-');
    title
        .split_once("----")
        .is_some_and(|(words, _)| words.len() < 100 && words.starts_with(' ') && words.chars().any(char::is_alphabetic))
}

/// Lines of the form `word: …` behind each other; enough of them with an address among them are
/// the header of a quoted message, whatever its language.
#[derive(Default)]
struct HeaderBlock {
    lines: usize,
    has_address: bool,
}

impl HeaderBlock {
    /// Takes the next line; true once the lines are a header.
    fn take(&mut self, bare: &str) -> bool {
        if bare.is_empty() {
            return false;
        }
        let name = bare.split_once([':', '：']).map_or("", |(name, _)| name.trim_end());
        let is_field = (1..=30).contains(&name.chars().count())
            && name.split_whitespace().count() <= 2
            && name.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-'));
        if !is_field {
            *self = Self::default();
            return false;
        }
        self.lines += 1;
        self.has_address |= bare.contains('@');
        self.lines >= 3 && self.has_address
    }
}

/// A `.eml` sent as an attachment of no particular type.
fn opens_like_mail(text: &str) -> bool {
    let fields = text.lines().take(12).filter(|l| QUOTED_FIELDS.iter().any(|f| l.to_lowercase().starts_with(f)));
    fields.count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(subject: &str, text: &str) -> Letter {
        let raw = format!(
            "From: Otto <otto@example.org>\r\nSubject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        );
        read(&View::open(raw.as_bytes()).expect("view"))
    }

    /// Proves D14: only asking is a wish; alleging, quoting or naming our mail is more.
    #[test]
    fn d14_only_a_bare_wish_is_a_wish() {
        for text in
            ["Please unsubscribe me.", "Bitte melden Sie mich ab, danke", "Ich möchte keinen Newsletter mehr.", "STOP"]
        {
            assert!(letter("hello", text).is_bare_unsubscribe_wish, "{text}");
        }
        assert!(letter("unsubscribe", "").is_bare_unsubscribe_wish);
        for text in [
            "Unsubscribe me, this is spam",
            "Bitte abmelden, ich habe mich nie angemeldet!",
            "unsubscribe\n\n---------- Forwarded message ---------\nFrom: x",
            "unsubscribe\n> Hello\n> world\n> again",
            "unsubscribe https://n.example/u/0123456789abcdefABCDEF",
            "Hello, what is this?",
        ] {
            assert!(!letter("hello", text).is_bare_unsubscribe_wish, "{text}");
        }
    }

    /// Proves R78: forwarded inline, as attachment, as .eml of no type, and headers only.
    #[test]
    fn r78_forwarded_mail_is_found_in_every_form() {
        let id = "Message-ID: <m.abc@news.example.com>\r\nSubject: Tips\r\nFrom: anna@example.com\r\n";
        let inline = letter("Fwd: Tips", &format!("See below\r\n\r\n{id}"));
        let headers = letter("spam", &format!("> {}", id.replace("\r\n", "\r\n> ")));
        let attached = |kind: &str, encoding: &str, body: &str| {
            let raw = format!(
                "From: otto@example.org\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nspam!\r\n--x\r\nContent-Type: {kind}\r\n{encoding}\r\n{body}\r\n--x--\r\n"
            );
            read(&View::open(raw.as_bytes()).expect("view"))
        };
        let message = format!("{id}\r\nhttps://n.example/u/0123456789abcdefABCDEF\r\n");
        let whole = attached("message/rfc822", "", &message);
        let eml = attached("application/octet-stream", "", &message);
        let only = attached("text/rfc822-headers", "", id);
        for found in [inline, headers, whole, eml, only] {
            assert!(found.carries_mail && !found.is_bare_unsubscribe_wish, "{found:?}");
            assert_eq!(found.traces.message_ids, ["m.abc@news.example.com"], "{found:?}");
            assert_eq!(found.from.as_ref().map(EmailAddress::as_str), Some("otto@example.org"));
        }
    }
}
