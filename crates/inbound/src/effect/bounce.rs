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
use store::complaints::Named;
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
        Incoming::Bounce(bounce) | Incoming::Delivered(bounce) => bounced(letter, mail, &bounce).await,
        Incoming::Complaint(report)
        | Incoming::OptOut(report)
        | Incoming::AuthReport(report)
        | Incoming::OtherReport(report) => complaint::at_return_path(letter, &report, mail).await,
        Incoming::AutoReply(_) => Ok(Noted::new("auto_reply", "nothing")),
        Incoming::DmarcReport(_) => Ok(Noted::new("dmarc_report", "kept")),
        Incoming::TlsReport(_) => Ok(Noted::new("tls_report", "kept")),
        // RFC 3834: what no person sent is no bounce, counts nothing and goes to nobody.
        Incoming::Letter(_) | Incoming::ForwardedMail(_) | Incoming::UnsubscribeRequest(_) if is_automatic(view) => {
            Ok(Noted::new("auto_reply", "nothing"))
        }
        Incoming::Letter(_) | Incoming::ForwardedMail(_) | Incoming::UnsubscribeRequest(_) => {
            pass_on(letter, mail).await
        }
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
    apply(letter, message, Some(mail.attempt()), class, recipient).await
}

/// A bounce that wrongly came to a customer's own address and was passed on to `bounce@` (R53). Our own ids
/// in what was returned say which mail it means; without one, or with several, it changes nothing.
///
/// Here stands no return path that only the receiver's server knows: who forwards could have written it,
/// and must not take an address from all other accounts with one letter. So "does not exist" counts as one
/// of three (R58).
pub(super) async fn is_passed_on(letter: &Letter<'_>) -> Result<Noted, Trouble> {
    let Some(view) = letter.view else { return Ok(Noted::new("unparsed", "kept")) };
    let (Incoming::Bounce(bounce) | Incoming::Delivered(bounce)) = read_view(view) else {
        return Ok(Noted::new("letter", "kept: no bounce"));
    };
    let Some((class, recipient)) = failure(&bounce) else { return Ok(Noted::new("dsn", "no failure")) };
    let named = complaint::named_in(&letter.context.seals, &bounce.traces);
    let message = match named.as_slice() {
        [Named::Mailing { mailing, contact }] => RowId::Delivery { mailing: *mailing, contact: *contact },
        [Named::Notice { notice, .. }] => RowId::Notice(*notice),
        _ => return Ok(Noted::new("dsn", "kept: names no mail of ours")),
    };
    let class = if class == BounceClass::Hard { BounceClass::Soft } else { class };
    apply(letter, message, None, class, recipient).await
}

async fn apply(
    letter: &Letter<'_>,
    message: RowId,
    attempt: Option<u8>,
    class: BounceClass,
    recipient: &BouncedRecipient,
) -> Result<Noted, Trouble> {
    let reported = ReportedBounce {
        message,
        attempt,
        class,
        counts: recipient.verdict.counts_against_address,
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
        Forwarding::Flood => Ok(letter.flooded("letter", person.account())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_formats::classify::{Reason, Verdict};
    use mail_formats::reply::Reply;
    use policy::bounce::{BounceEffect, ExclusionReason, SoftBounce, effect_of};

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
        Bounce { recipients, is_formal: true, passed_on: false, traces: mail_formats::traces::Traces::default() }
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

    /// What three reports of one refusal do to an address.
    fn three_times(diagnostic: &str) -> Vec<BounceEffect> {
        let raw = format!(
            "From: MAILER-DAEMON@mx.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nSorry\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; ada@a.example\r\nAction: failed\r\nDiagnostic-Code: smtp; {diagnostic}\r\n\r\n--x--\r\n"
        );
        let Incoming::Bounce(bounce) = mail_formats::incoming::read(raw.as_bytes()) else { panic!("a bounce") };
        let (class, recipient) = failure(&bounce).expect("a failure");
        let mut history = Vec::new();
        (1..4)
            .map(|day| {
                let at = policy::Timestamp::from_millis(day * 86_400_000);
                let soft = SoftBounce { message: RowId::Notice(NoticeId::from_raw(day)), at };
                let effect = effect_of(class, recipient.verdict.counts_against_address, soft, &history);
                if matches!(effect, BounceEffect::CountSoft { .. }) {
                    history.push(soft);
                }
                effect
            })
            .collect()
    }

    /// Proves R58, B6: a full mailbox excludes at the third time, a block of ours never does.
    #[test]
    fn r58_b6_blocks_of_ours_exclude_nobody_however_often() {
        let excluded = BounceEffect::Exclude { reason: ExclusionReason::ThirdSoftBounce };
        assert_eq!(three_times("552 5.2.2 mailbox full").last(), Some(&excluded));
        for diagnostic in ["550 5.7.1 blocked", "552 5.3.4 too large", "550 5.4.6 a loop", "550 something"] {
            assert_eq!(three_times(diagnostic), [BounceEffect::None; 3], "{diagnostic}");
        }
    }

    /// Proves R58, B6 on real refusals: of all that a receiver held against a sender or a message,
    /// three times each, nothing excludes an address.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test finds the corpora by the environment")]
    fn r58_b6_real_blocks_exclude_nobody_however_often() {
        let shared = std::env::var_os("JAWORT_SHARED").map_or_else(
            || std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
            std::path::PathBuf::from,
        );
        let Ok(text) = std::fs::read_to_string(shared.join("corpora/smtp_replies.tsv")) else {
            assert!(std::env::var_os("CI").is_none_or(|v| v != "true"), "the corpora are missing");
            println!("NOT RUN: the corpora are missing");
            return;
        };
        let about_us = [
            "authfailure",
            "badreputation",
            "blocked",
            "contenterror",
            "exceedlimit",
            "mesgtoobig",
            "norelaying",
            "notcompliantrfc",
            "policyviolation",
            "rejected",
            "requireptr",
            "securityerror",
            "spamdetected",
            "speeding",
            "toomanyconn",
            "virusdetected",
        ];
        let mut asked = 0;
        for line in text.lines().skip(1) {
            let cells: Vec<_> = line.split('\t').collect();
            if cells[1] == "soft" && about_us.contains(&cells[2]) {
                assert_eq!(three_times(cells[0]), [BounceEffect::None; 3], "{}", cells[0]);
                asked += 1;
            }
        }
        assert!(asked > 50, "{asked}");
    }
}
