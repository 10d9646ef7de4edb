//! Mail to the List-Unsubscribe mailbox: whatever it says, from wherever it
//! comes, its address alone is the wish (R35, R30, D13).

use policy::{ContactId, UserId};
use seals::LinkPurpose;
use store::consents::{Source, Word};
use store::contacts::UnsubscribeOutcome;

use super::{Letter, Noted, Trouble};

/// A mail to `u.{token}@`. The store returns when nothing of it can be completed any more.
pub(super) async fn arrives(letter: &Letter<'_>, person: ContactId, purpose: LinkPurpose) -> Result<Noted, Trouble> {
    let store = &letter.context.store;
    let word = Word {
        source: Source::Mailto,
        ip: Some(letter.arrival.peer),
        salt: seals::array(letter.context.dice.as_ref()),
    };
    match purpose {
        LinkPurpose::NotMeHeader | LinkPurpose::NotMeBody | LinkPurpose::Confirm => {
            store.not_me(person, word, letter.now()).await?;
            Ok(Noted::new("unsubscribe", "not me"))
        }
        LinkPurpose::TestStopHeader
        | LinkPurpose::TestStopBody
        | LinkPurpose::TestPreferences
        | LinkPurpose::ProveAddress
        | LinkPurpose::Enter => {
            store.stop_tests(UserId::from_raw(person.get()), letter.now()).await?;
            Ok(Noted::new("unsubscribe", "no more test mails"))
        }
        LinkPurpose::UnsubscribeHeader
        | LinkPurpose::UnsubscribeBody
        | LinkPurpose::Preferences
        | LinkPurpose::ViewOnline
        | LinkPurpose::External => {
            let effect = match store.unsubscribe(person, word, letter.now()).await? {
                UnsubscribeOutcome::Done(_) => "done",
                UnsubscribeOutcome::Already => "already",
                UnsubscribeOutcome::Unknown => "unknown",
            };
            Ok(Noted::new("unsubscribe", effect))
        }
    }
}
