//! The provider's own book: what each mail was, and files for the judges.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;

use crate::letter::Letter;
use crate::provider::{Provider, Record};

/// What a mail was sent for. Decided by what the story itself did (whom it knows, what it wrote
/// and asked for), never by the headers that a mail of that kind must carry: a mail that lacks
/// its duties must not pass for one that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A newsletter that the story wrote.
    Newsletter,
    /// An autoresponder that the story wrote.
    Autoresponder,
    /// One of both, to somebody of the customer's own people.
    Test,
    /// To somebody who signed up, and nothing of the above.
    Confirmation,
    /// To customers' people or the operator.
    System,
    /// From the operator, to somebody who wrote to the abuse desk.
    Reply,
    /// A letter that the story wrote itself.
    Forwarded,
}

impl Kind {
    /// The word in the name of a kept file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Newsletter => "newsletter",
            Self::Autoresponder => "autoresponder",
            Self::Test => "test",
            Self::Confirmation => "confirmation",
            Self::System => "system",
            Self::Reply => "reply",
            Self::Forwarded => "forwarded",
        }
    }
}

/// What the story knows about its own mails.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Subjects of newsletters.
    pub newsletters: HashSet<String>,
    /// Subjects of autoresponders.
    pub autoresponders: HashSet<String>,
    /// Addresses of customers' people and of the operator.
    pub staff: HashSet<String>,
    /// Message-IDs of letters that were written to platform addresses, and their bodies.
    pub letters: HashMap<String, Vec<u8>>,
    /// Addresses that wrote to the abuse desk.
    pub writers: HashSet<String>,
    /// The operator's From.
    pub operator: String,
    /// The pieces of the legal notice, by the address in From.
    pub notices: BTreeMap<String, Vec<String>>,
}

impl Facts {
    /// What a mail was, from its content and its recipient.
    #[must_use]
    pub fn kind(&self, content: &[u8], recipient: &str) -> Kind {
        let letter = Letter::read(content);
        let subject = letter.words("Subject").unwrap_or_default();
        let holds = |known: &HashSet<String>| known.iter().any(|one| subject.contains(one.as_str()));
        let recipient = recipient.to_lowercase();
        let id = letter.header("Message-ID").unwrap_or_default();
        if self.letters.contains_key(&id) {
            return Kind::Forwarded;
        }
        // The subject of a test mail has words before it; a notice about a mailing has words behind.
        let ends = |known: &HashSet<String>| known.iter().any(|one| subject.ends_with(one.as_str()));
        match (self.staff.contains(&recipient), holds(&self.newsletters), holds(&self.autoresponders)) {
            (true, ..) if ends(&self.newsletters) || ends(&self.autoresponders) => Kind::Test,
            (true, ..) => Kind::System,
            (false, true, _) => Kind::Newsletter,
            (false, _, true) => Kind::Autoresponder,
            _ if self.writers.contains(&recipient) && self.is_operators(&letter) => Kind::Reply,
            _ => Kind::Confirmation,
        }
    }

    fn is_operators(&self, letter: &Letter<'_>) -> bool {
        letter.address("From").is_some_and(|from| from == self.operator)
    }
}

/// One mail that the provider holds.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The transaction.
    pub record: Record,
    /// What it was sent for.
    pub kind: Kind,
    /// The recipient, in lower case.
    pub to: String,
    /// The address in From, in lower case.
    pub from: String,
    /// The Message-ID, which repeats of one message share.
    pub message_id: String,
    /// The subject, decoded.
    pub subject: String,
}

/// All mails that the provider accepted.
#[must_use]
pub fn mails(provider: &Provider, facts: &Facts) -> Vec<Mail> {
    let accepted = provider.messages().into_iter().filter(|record| record.accepted);
    accepted.filter_map(|record| mail(record, facts)).collect()
}

/// Reads one accepted mail.
#[must_use]
pub fn mail(record: Record, facts: &Facts) -> Option<Mail> {
    let to = record.accepted_recipients().next()?.to_lowercase();
    let letter = Letter::read(&record.bytes);
    let kind = facts.kind(&record.bytes, &to);
    let from = letter.address("From").unwrap_or_default();
    let message_id = letter.header("Message-ID").unwrap_or_default();
    let subject = letter.words("Subject").unwrap_or_default();
    Some(Mail { kind, to, from, message_id, subject, record })
}

/// Writes all mails for the judges: `NNNNNN-kind.eml`, `zone.txt`, `notice.txt`.
///
/// # Errors
/// The system's error; a folder that holds mails already.
pub fn keep(folder: &Path, mails: &[Mail], zone: &str, notices: &[(String, Vec<String>)]) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let held = fs::read_dir(folder).map_err(|error| error.to_string())?.flatten();
    if held.into_iter().any(|entry| entry.path().extension().is_some_and(|end| end == "eml")) {
        return Err(format!("{} holds mails already", folder.display()));
    }
    let write =
        |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).map_err(|error| format!("{name}: {error}"));
    for mail in mails {
        let name = format!("{:06}-{}.eml", mail.record.number, mail.kind.word());
        write(&name, &mail.record.bytes)?;
    }
    let lines = notices.iter().flat_map(|(from, pieces)| pieces.iter().map(move |piece| format!("{from}\t{piece}\n")));
    write("notice.txt", lines.collect::<String>().as_bytes())?;
    write("zone.txt", zone.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_named_by_what_the_story_did_not_by_its_headers() {
        let one = |text: &str| HashSet::from([text.to_owned()]);
        let facts = Facts {
            newsletters: one("Herbst im Garten"),
            autoresponders: one("Willkommen"),
            staff: one("chef@buero.example"),
            letters: HashMap::from([("<l1@mua.example>".to_owned(), Vec::new())]),
            writers: one("w@post.test"),
            operator: "postmaster@jawort.example".to_owned(),
            notices: BTreeMap::new(),
        };
        let kind = |from: &str, to: &str, subject: &str, id: &str| {
            let mail = format!("From: <{from}>\r\nSubject: {subject}\r\nMessage-ID: {id}\r\n\r\nx\r\n");
            facts.kind(mail.as_bytes(), to)
        };
        let (own, operator) = ("hallo@garten.example", "postmaster@jawort.example");
        assert_eq!(kind(own, "A@post.test", "Herbst im Garten", "<1@x>"), Kind::Newsletter);
        assert_eq!(kind(own, "a@post.test", "Willkommen", "<1@x>"), Kind::Autoresponder);
        assert_eq!(kind(own, "chef@buero.example", "[Test] Willkommen", "<1@x>"), Kind::Test);
        assert_eq!(kind(operator, "chef@buero.example", "A case", "<1@x>"), Kind::System);
        assert_eq!(kind(operator, "chef@buero.example", "Herbst im Garten is held", "<1@x>"), Kind::System);
        assert_eq!(kind(own, "a@post.test", "Please confirm", "<1@x>"), Kind::Confirmation);
        assert_eq!(kind(own, "w@post.test", "Please confirm", "<1@x>"), Kind::Confirmation);
        assert_eq!(kind(operator, "w@post.test", "Re: Stop", "<1@x>"), Kind::Reply);
        assert_eq!(kind("w@post.test", "chef@buero.example", "Hi", "<l1@mua.example>"), Kind::Forwarded);
    }
}
