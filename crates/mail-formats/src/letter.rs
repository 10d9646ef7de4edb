//! Letters of people to the abuse desk and to other addresses that are read (R78, R91, D14).

use crate::address::EmailAddress;
use crate::reply::printable;
use crate::traces::Traces;
use crate::view::View;

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
    /// Whether a message is attached, forwarded inline or quoted.
    pub carries_mail: bool,
    /// Whether it only asks for no more mail: unsubscribes, but is no complaint (D14).
    pub is_bare_unsubscribe_wish: bool,
}

/// Reads any message as a letter.
pub fn read(view: &View) -> Letter {
    let own = view.own_text();
    let text = lines_printable(&own[..own.floor_char_boundary(MAX_TEXT)]);
    let traces = Traces::of(view);
    let carries_mail = carries_mail(view, &text);
    let subject = printable(view.subject());
    let names_ours = !traces.link_tokens.is_empty()
        || !traces.local_parts.is_empty()
        || !traces.feedback_ids.is_empty();
    let asked = view.header("X-Apple-Unsubscribe").is_some();
    let is_bare_unsubscribe_wish =
        !carries_mail && (asked || !names_ours && is_wish(&subject, &text));
    Letter {
        from: view.from().cloned(),
        subject,
        text,
        traces,
        carries_mail,
        is_bare_unsubscribe_wish,
    }
}

fn lines_printable(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

fn is_wish(subject: &str, text: &str) -> bool {
    let all = format!("{subject}\n{text}").to_lowercase();
    let says = |list: &[&str]| list.iter().any(|w| all.contains(w));
    let stop_alone = all.trim().trim_end_matches(['.', '!']) == "stop"
        || text.trim().eq_ignore_ascii_case("stop");
    text.len() <= MAX_WISH && (says(WISHES) || stop_alone) && !says(ALLEGATIONS)
}

fn carries_mail(view: &View, text: &str) -> bool {
    let attached = !view.inner_headers().is_empty()
        || view.parts().iter().any(|p| p.kind.contains("rfc822"))
        || view.parts().iter().any(|p| {
            p.depth == 0 && p.kind == "application/octet-stream" && opens_like_mail(&p.text)
        });
    attached || quotes_mail(text)
}

/// A mark, three quoted lines, or three field names in lines near each other.
fn quotes_mail(text: &str) -> bool {
    let (mut quoted, mut fields) = (0, 0);
    for line in text.lines().take(2_000) {
        let bare = line.trim_start_matches(['>', '|', ' ', '\t', '*', '-', '_']).to_lowercase();
        let short = bare.len() < 200;
        if short
            && FORWARD_MARKS
                .iter()
                .any(|m| bare.starts_with(m) || m.ends_with(':') && bare.trim_end().ends_with(m))
        {
            return true;
        }
        quoted += usize::from(line.trim_start().starts_with('>'));
        fields += usize::from(QUOTED_FIELDS.iter().any(|f| bare.starts_with(f)));
        if quoted >= 3 || fields >= 3 {
            return true;
        }
    }
    false
}

/// A `.eml` sent as an attachment of no particular type.
fn opens_like_mail(text: &str) -> bool {
    let fields = text
        .lines()
        .take(12)
        .filter(|l| QUOTED_FIELDS.iter().any(|f| l.to_lowercase().starts_with(f)));
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
        for text in [
            "Please unsubscribe me.",
            "Bitte melden Sie mich ab, danke",
            "Ich möchte keinen Newsletter mehr.",
            "STOP",
        ] {
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
        let id =
            "Message-ID: <m.abc@news.example.com>\r\nSubject: Tips\r\nFrom: anna@example.com\r\n";
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
