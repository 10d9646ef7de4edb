//! What comes back to a return path (B1–B4, T8, and RFC 3834 for what machines
//! answer there).

use mail_formats::auto::is_automatic;
use mail_formats::classify::Class;
use mail_formats::dsn::{Action, Bounce, BouncedRecipient};
use mail_formats::incoming::{Incoming, read_view};
use policy::bounce::BounceClass;
use policy::{ContactId, MailingId, NoticeId, RowId};
use seals::{MailKind, MailRef};
use store::bounces::{BounceEffect, ReportedBounce};
use store::inbox::{ForwardedLetter, Forwarding};

use super::{Letter, Noted, Trouble, complaint};

/// The row that a return path names (B3). Its text is never asked.
pub(super) fn row_of(kind: MailKind, message: u64, person: u64) -> Option<RowId> {
    let message = i64::try_from(message).ok()?;
    match kind {
        MailKind::Mailing => {
            Some(RowId::Delivery { mailing: MailingId::from_raw(message), contact: ContactId::from_bits(person)? })
        }
        MailKind::Notice => Some(RowId::Notice(NoticeId::from_raw(message))),
    }
}

/// A mail to a return path. Machines' answers change nothing; a person's letter goes to the account, once.
pub(super) async fn arrives(letter: &Letter<'_>, mail: MailRef) -> Result<Noted, Trouble> {
    let Some(view) = letter.view else { return Ok(Noted::new("unparsed", "kept")) };
    match read_view(view) {
        Incoming::Bounce(bounce) => bounced(letter, mail, &bounce).await,
        Incoming::Feedback(report) => complaint::at_return_path(letter, &report, mail).await,
        Incoming::AutoReply => Ok(Noted::new("auto_reply", "nothing")),
        // RFC 3834: what no person sent is no bounce, counts nothing and goes to nobody.
        Incoming::Letter(_) if is_automatic(view) => Ok(Noted::new("auto_reply", "nothing")),
        Incoming::Letter(_) => pass_on(letter, mail).await,
        Incoming::Unreadable(_) => Ok(Noted::new("unparsed", "kept")),
    }
}

/// The class of a failure, in the words of the policy. What a DSN gives up on is final.
const fn class_of(class: Class) -> Option<BounceClass> {
    match class {
        Class::Hard => Some(BounceClass::Hard),
        Class::Soft | Class::Transient | Class::Greylist => Some(BounceClass::Soft),
        Class::Policy | Class::Rate => Some(BounceClass::Policy),
        Class::Message => Some(BounceClass::Message),
        Class::None => None,
    }
}

/// The failure that a DSN reports. Our mails have one recipient each; a mailbox that
/// forwards may report several, and then the mildest word about it counts: one of
/// its targets failing for good does not mean that the address does not exist.
fn failure(bounce: &Bounce) -> Option<(BounceClass, &BouncedRecipient)> {
    let gravity = |class: BounceClass| match class {
        BounceClass::Message => 0,
        BounceClass::Policy => 1,
        BounceClass::Soft => 2,
        BounceClass::Hard => 3,
    };
    let failed = bounce.recipients.iter().filter(|one| one.action == Action::Failed);
    failed.filter_map(|one| Some((class_of(one.verdict.class)?, one))).min_by_key(|(class, _)| gravity(*class))
}

async fn bounced(letter: &Letter<'_>, mail: MailRef, bounce: &Bounce) -> Result<Noted, Trouble> {
    let Some((class, recipient)) = failure(bounce) else { return Ok(Noted::new("dsn", "no failure")) };
    let Some(message) = row_of(mail.kind(), mail.message(), mail.person()) else {
        return Ok(Noted::new("dsn", "unknown"));
    };
    let reported = ReportedBounce {
        message,
        attempt: mail.attempt(),
        class,
        counts: recipient.verdict.counts_against_address || class == BounceClass::Soft,
        reply: recipient.reply.to_string(),
        provider_group: None,
        inbox: Some(letter.inbox),
    };
    let store = &letter.context.store;
    let effect = store.apply_bounce(reported, letter.now()).await?;
    // A repeat may come while the first one still waits: it waits like the first (DESIGN §4).
    if matches!(effect, Some(BounceEffect::Excluded { .. } | BounceEffect::Repeat)) {
        store.drain_all().await;
    }
    Ok(Noted::new("dsn", effect.map_or("unknown", BounceEffect::word)))
}

/// A person wrote to the return path: the account reads it at its own address, once.
async fn pass_on(letter: &Letter<'_>, mail: MailRef) -> Result<Noted, Trouble> {
    if letter.arrival.mail_from.is_empty() || letter.goes_in_circles() {
        return Ok(Noted::new("letter", "dropped: a loop"));
    }
    let Some(person) = ContactId::from_bits(mail.person()) else { return Ok(Noted::new("letter", "kept")) };
    let store = &letter.context.store;
    let Some((to, language)) = store.mailbox_of(person.account()).await? else {
        return Ok(Noted::new("letter", "kept"));
    };
    let verdict = letter.authenticate().await;
    if verdict.fails_strict_dmarc() {
        return if verdict.temporary { Err(Trouble::Dns) } else { Ok(Noted::new("letter", "kept: not authentic")) };
    }
    let forwarded = ForwardedLetter {
        account: person.account(),
        to_key: letter.context.seals.address_key_mail(&to.normalised()),
        to,
        language,
        raw: letter.arrival.raw.clone(),
        once: Some(letter.once()),
    };
    match store.forward_letter(forwarded, letter.now()).await? {
        Forwarding::Planned => Ok(Noted::new("letter", "passed on")),
        Forwarding::Before => Ok(Noted::new("letter", "passed on before")),
        Forwarding::Limited => Err(Trouble::Limited),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_formats::classify::{Reason, Verdict};
    use mail_formats::reply::Reply;

    fn recipient(action: Action, class: Class) -> BouncedRecipient {
        BouncedRecipient {
            address: None,
            original: None,
            action,
            reply: Reply::from_diagnostic("550"),
            verdict: Verdict::new(class, Reason::Unknown),
        }
    }

    fn bounce(recipients: Vec<BouncedRecipient>) -> Bounce {
        Bounce { recipients, is_formal: true, traces: mail_formats::traces::Traces::default() }
    }

    /// Proves B2: only what was given up counts.
    #[test]
    fn b2_only_failed_recipients_count() {
        let waiting = [Action::Delayed, Action::Delivered, Action::Relayed, Action::Expanded]
            .map(|action| recipient(action, Class::None));
        assert!(failure(&bounce(waiting.to_vec())).is_none());
        let (class, _) = failure(&bounce(vec![recipient(Action::Failed, Class::Hard)])).expect("a failure");
        assert_eq!(class, BounceClass::Hard);
    }

    #[test]
    fn of_several_targets_the_mildest_word_counts() {
        let both = bounce(vec![recipient(Action::Failed, Class::Hard), recipient(Action::Failed, Class::Soft)]);
        assert_eq!(failure(&both).map(|(class, _)| class), Some(BounceClass::Soft));
    }
}
