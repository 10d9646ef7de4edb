//! Letters that are no complaint: the wish to leave the exclusion list (D6), and
//! what is needed to answer people.

use mail_formats::EmailAddress;
use mail_formats::auto::may_auto_reply;
use policy::CaseId;
use policy::bounce::Lifter;
use store::inbox::LetterAnswer;
use store::suppressions::Lifted;
use texts::Language;

use super::{Letter, Noted, Trouble};

/// A letter to `lift@`: its sender's address leaves the exclusion list, if the letter is genuine.
pub(super) async fn asks_to_lift(letter: &Letter<'_>) -> Result<Noted, Trouble> {
    let Some(from) = letter.view.and_then(|view| view.from()).cloned() else {
        return Ok(Noted::new("lift", "no sender"));
    };
    let verdict = letter.authenticate().await;
    if !verdict.dmarc_aligned {
        return if verdict.temporary { Err(Trouble::Dns) } else { Ok(Noted::new("lift", "not authentic")) };
    }
    let why = format!("letter {} from the address itself", letter.inbox);
    let lifted = letter
        .context
        .store
        .lift_suppression(letter.keys(&from), Lifter::OwnLetter, "the person", &why, letter.now())
        .await?;
    Ok(Noted::new(
        "lift",
        match lifted {
            Lifted::Lifted => "lifted",
            Lifted::NotListed => "not listed",
            Lifted::NeedsOperator => "needs the operator",
        },
    ))
}

/// Answers a letter with its case number, if that is allowed (M9, R8, R91).
/// Returns whether an answer is planned. A letter that cannot be proven to
/// come from its sender gets none: the answer would go to somebody else.
pub(super) async fn acknowledge(letter: &Letter<'_>, case: CaseId, wish: bool) -> Result<bool, Trouble> {
    let Some(view) = letter.view else { return Ok(false) };
    let Some(from) = view.from().cloned() else { return Ok(false) };
    if !may_auto_reply(view.headers(), &letter.arrival.mail_from) || is_ours(letter, &from) {
        return Ok(false);
    }
    if !letter.authenticate().await.sender_is_genuine() {
        return Ok(false);
    }
    let answer = LetterAnswer {
        to_key: letter.context.seals.address_key_mail(&from.normalised()),
        to: from,
        language: language_of(&view.own_text()),
        template: if wish { "abuse_wish" } else { "abuse" },
        case,
        in_reply_to: view.header("Message-ID").and_then(message_id),
        abuse: letter.context.names.abuse_address.as_str().to_owned(),
    };
    Ok(letter.context.store.answer_letter(answer, letter.now()).await?)
}

/// What stands between the brackets, if it can stand in a header of ours.
fn message_id(text: &str) -> Option<String> {
    let id = text.trim().strip_prefix('<')?.strip_suffix('>')?;
    let fits = id.len() <= 250
        && id.contains('@')
        && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<' && byte != b'>');
    fits.then(|| id.to_owned())
}

/// An address at one of our own doors gets no answer: it would be ours to answer again.
fn is_ours(letter: &Letter<'_>, from: &EmailAddress) -> bool {
    let names = &letter.context.names;
    [&names.bounce_domain, &names.unsubscribe_domain, &names.platform_domain]
        .into_iter()
        .any(|domain| from.domain() == domain)
        || from.normalised() == names.abuse_address.normalised()
}

/// The language of a letter, by its small words; English where it is not clear.
fn language_of(text: &str) -> Language {
    const GERMAN: &[&str] = &[
        "der", "die", "das", "und", "ich", "nicht", "bitte", "mich", "sie", "eine", "ist", "mehr", "von", "zu", "mit",
        "abmelden",
    ];
    const ENGLISH: &[&str] = &[
        "the",
        "and",
        "i",
        "not",
        "please",
        "me",
        "you",
        "a",
        "is",
        "more",
        "of",
        "to",
        "with",
        "unsubscribe",
        "this",
        "my",
    ];
    let lower = text.chars().take(4_000).collect::<String>().to_lowercase();
    let count = |words: &[&str]| lower.split(|c: char| !c.is_alphabetic()).filter(|word| words.contains(word)).count();
    if count(GERMAN) > count(ENGLISH) { Language::De } else { Language::En }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_answered_in_its_language() {
        assert_eq!(language_of("Ich habe diese Werbung nicht bestellt, bitte nicht mehr schicken."), Language::De);
        assert_eq!(language_of("I did not ask for this, please stop."), Language::En);
        assert_eq!(language_of(""), Language::En);
    }

    #[test]
    fn m4_a_message_id_cannot_bring_a_header_along() {
        assert_eq!(message_id("<a.b@example.com>").as_deref(), Some("a.b@example.com"));
        for bad in ["a@b.example", "<a b@c.example>", "<a@b\r\nX: y>", "<>", "<a@b><c@d>"] {
            assert_eq!(message_id(bad), None, "{bad:?}");
        }
    }
}
