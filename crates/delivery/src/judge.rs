//! From the end of a dialog to an outcome: what a receiver's words mean for the row.

use std::time::Duration;

use mail_formats::classify::{Class, Stage, Verdict, classify, provider_of_host};
use mail_formats::reply::Reply;
use policy::bounce::BounceClass;
use policy::refusal::Effect;
use policy::retry::{Next, Trouble, back_off, next_attempt, unknown_due_at};
use policy::{Refusal, Timestamp};
use seals::AddressKey;
use store::claims::ClaimedRow;
use store::incidents::IncidentKind;
use store::outcomes::{Bounced, HandedOver, Outcome};

use crate::groups::Unwritten;
use crate::machine::End;

/// A held row is looked at again after this time.
const HELD: Duration = Duration::from_secs(2 * 60);

/// Characters of a reply that are kept.
const REPLY_CHARS: usize = 500;

/// What an outcome is judged with.
pub struct Case<'a> {
    /// The row.
    pub row: &'a ClaimedRow,
    /// The key of the recipient's address.
    pub address_key: AddressKey,
    /// Whose words they are.
    pub provider: &'a str,
    /// The host that spoke.
    pub host: &'a str,
    /// What was handed over, where that is kept.
    pub proof: Option<HandedOver>,
    /// It went by a smarthost: what breaks between it and us says nothing about the address.
    pub by_smarthost: bool,
    /// The wall time.
    pub now: Timestamp,
    /// Any random value; it spreads retries.
    pub dice: u64,
}

/// The outcome for the row, and what it means for the destination.
pub struct Judged {
    /// For the row.
    pub outcome: Outcome,
    /// Something is wrong between the receiver and us, not with this mail.
    pub trouble: Option<Trouble>,
    /// The receiver said that the address does not exist.
    pub hard: bool,
}

impl Judged {
    /// The pause of the whole provider that a policy reply brings, with the incident that tells the
    /// operator (B6).
    #[must_use]
    pub fn policy_pause(&self, now: Timestamp, dice: u64) -> Option<Unwritten> {
        if self.trouble != Some(Trouble::Policy) {
            return None;
        }
        let detail = match &self.outcome {
            Outcome::Bounced(bounced) => bounced.reply.clone(),
            Outcome::Deferred { reply, .. } => reply.clone(),
            _ => String::new(),
        };
        let until = Some(now + back_off(Trouble::Policy, 1, dice).pause);
        Some(Unwritten { kind: IncidentKind::PolicyBlock, detail, until })
    }
}

/// What becomes of a row whose release a rule refused.
#[must_use]
pub fn of_refusal(refusal: &Refusal, now: Timestamp) -> Outcome {
    let reason = refusal.to_string();
    match refusal.effect() {
        Effect::Drop => Outcome::Refused { reason },
        Effect::Hold => Outcome::Held { reason: Some(reason), until: now + HELD },
        Effect::RetryLater(after) => Outcome::Held { reason: Some(reason), until: now + after },
    }
}

impl From<Outcome> for Judged {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, trouble: None, hard: false }
    }
}

impl Case<'_> {
    /// What the end of a dialog means.
    #[must_use]
    pub fn judge(self, end: End) -> Judged {
        match end {
            End::Accepted(reply) => Outcome::Accepted { reply: words(&reply), proof: self.proof }.into(),
            End::Refused(stage, reply) => self.refused(stage, &reply),
            End::NoSmtpUtf8 => Outcome::Refused { reason: Refusal::AddressNotDeliverable.word().to_owned() }.into(),
            End::Broken(why) => {
                let class = if self.by_smarthost { BounceClass::Message } else { BounceClass::Soft };
                self.deferred(class, format!("451 4.4.2 {why}")).into()
            }
            End::TicketReturned => Outcome::HandedBack.into(),
            End::Unknown => Outcome::Unknown { until: unknown_due_at(self.now, self.dice) }.into(),
        }
    }

    fn refused(self, stage: Stage, reply: &Reply) -> Judged {
        let verdict = classify(reply, stage, provider_of_host(self.host));
        let trouble = match verdict.class {
            Class::Policy => Some(Trouble::Policy),
            Class::Rate => Some(Trouble::Rate),
            _ if reply.code() == Some(421) => Some(Trouble::Rate),
            _ => None,
        };
        if matches!(reply.code(), Some(400..=499)) {
            let outcome = self.deferred(bounce_class(verdict), words(reply));
            return Judged { outcome, trouble, hard: false };
        }
        let hard = verdict.class == Class::Hard;
        Judged { outcome: Outcome::Bounced(self.bounced(verdict, words(reply))), trouble, hard }
    }

    /// No host let us in; `greeting` is what one said to that. Always tried again: a greeting is
    /// about us or about the host. What it holds against us never counts against the address (B6).
    pub fn not_let_in(&self, greeting: Option<&Reply>, words: String) -> Judged {
        let class = greeting.map(|reply| classify(reply, Stage::Connect, provider_of_host(self.host)).class);
        let (class, trouble) = match class {
            Some(Class::Policy) => (BounceClass::Policy, Trouble::Policy),
            Some(Class::Rate) => (BounceClass::Policy, Trouble::Rate),
            _ => (BounceClass::Soft, Trouble::Connection),
        };
        Judged { outcome: self.deferred(class, words), trouble: Some(trouble), hard: false }
    }

    /// A bounce without a dialog: the domain itself says no.
    pub fn nowhere(self, text: &str, verdict: Verdict) -> Judged {
        let hard = verdict.class == Class::Hard;
        Judged { outcome: Outcome::Bounced(self.bounced(verdict, text.to_owned())), trouble: None, hard }
    }

    fn bounced(&self, verdict: Verdict, reply: String) -> Bounced {
        Bounced {
            class: bounce_class(verdict),
            counts: verdict.counts_against_address,
            reply,
            provider_group: self.provider.to_owned(),
            address_key: self.address_key,
        }
    }

    /// Due again by the schedule, or expired (T5). An expiry is one bounce (D5).
    pub fn deferred(&self, class: BounceClass, reply: String) -> Outcome {
        let attempts = u8::try_from(self.row.deferrals + 1).unwrap_or(u8::MAX);
        match next_attempt(attempts, self.now, self.row.expires_at, self.dice) {
            Next::At(until) => Outcome::Deferred { class, reply, until },
            Next::Expire => Outcome::Expired(Some(self.expired(class, reply))),
        }
    }

    fn expired(&self, class: BounceClass, reply: String) -> Bounced {
        let class = BounceClass::of_expiry(class);
        Bounced {
            class,
            counts: class == BounceClass::Soft,
            reply,
            provider_group: self.provider.to_owned(),
            address_key: self.address_key,
        }
    }

    /// The row's time was over before it could be tried (again). A row that was never deferred
    /// says nothing about its address.
    pub fn out_of_time(&self) -> Outcome {
        let class = BounceClass::ALL.into_iter().find(|class| Some(class.word()) == self.row.reason.as_deref());
        match class {
            Some(class) if self.row.deferrals > 0 => {
                Outcome::Expired(Some(self.expired(class, "deferred until its time was over".to_owned())))
            }
            _ => Outcome::Expired(None),
        }
    }
}

/// The reply for the record: printable already, and bounded.
fn words(reply: &Reply) -> String {
    let text = reply.to_string();
    let end = text.char_indices().nth(REPLY_CHARS).map_or(text.len(), |(at, _)| at);
    text[..end].to_owned()
}

/// The classes of replies are finer than those of bounces.
const fn bounce_class(verdict: Verdict) -> BounceClass {
    match verdict.class {
        Class::Hard => BounceClass::Hard,
        Class::Policy | Class::Rate => BounceClass::Policy,
        Class::Message => BounceClass::Message,
        Class::Soft | Class::Transient | Class::Greylist | Class::None => BounceClass::Soft,
    }
}

#[cfg(test)]
mod tests {
    use policy::{ContactId, MailingId, RowId};
    use store::deliveries::Claim;
    use store::lives::LifeId;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);
    const HOUR: i64 = 3_600_000;

    fn judge(deferrals: i64, hours_left: i64, end: End) -> Judged {
        let claim = Claim {
            row: RowId::Delivery { mailing: MailingId::from_raw(1), contact: ContactId::from_raw(2) },
            life: LifeId::from_raw(1),
            attempt: 1,
        };
        let row = ClaimedRow {
            claim,
            account: policy::AccountId::from_raw(1),
            domain: "d.test".to_owned(),
            expires_at: Timestamp::from_millis(NOW.millis() + hours_left * HOUR),
            deferrals,
            reason: None,
            doubt: false,
        };
        let case = Case {
            row: &row,
            address_key: AddressKey::from_bytes([0; 32]),
            provider: "d.test",
            host: "mx.d.test",
            proof: None,
            by_smarthost: false,
            now: NOW,
            dice: 0,
        };
        case.judge(end)
    }

    fn refused(stage: Stage, text: &str) -> End {
        End::Refused(stage, Reply::read(format!("{text}\r\n").as_bytes()).expect("a reply").expect("whole").0)
    }

    /// Proves D5: a 4yz is a deferral, and one soft bounce only when the message expires.
    #[test]
    fn d5_a_deferral_becomes_one_soft_bounce_when_the_message_expires() {
        let judged = judge(0, 90, refused(Stage::Rcpt, "452 4.2.2 mailbox full"));
        let Outcome::Deferred { class, until, .. } = judged.outcome else { panic!("deferred") };
        assert_eq!((class, until), (BounceClass::Soft, Timestamp::from_millis(NOW.millis() + HOUR / 2)));
        let Outcome::Expired(Some(bounced)) = judge(9, 0, refused(Stage::Rcpt, "452 4.2.2 mailbox full")).outcome
        else {
            panic!("expired")
        };
        assert_eq!((bounced.class, bounced.counts), (BounceClass::Soft, true));
    }

    #[test]
    fn r57_a_5yz_about_the_address_is_hard_and_one_about_us_is_not() {
        let judged = judge(0, 90, refused(Stage::Rcpt, "550 5.1.1 no such user"));
        let Outcome::Bounced(bounced) = &judged.outcome else { panic!("bounced") };
        assert!(judged.hard && bounced.counts && bounced.class == BounceClass::Hard);
        let judged = judge(0, 90, refused(Stage::Data, "554 5.7.1 blocked for spam, see our policy"));
        let Outcome::Bounced(bounced) = &judged.outcome else { panic!("bounced") };
        assert!(!judged.hard && !bounced.counts && bounced.class != BounceClass::Hard);
    }

    /// Proves T9: an address that needs SMTPUTF8 is no bounce where it is not offered.
    #[test]
    fn t9_no_smtputf8_is_a_refusal_and_no_bounce() {
        assert!(matches!(judge(0, 90, End::NoSmtpUtf8).outcome, Outcome::Refused { .. }));
    }

    #[test]
    fn a_lost_final_dot_is_unknown_and_tried_once_more_after_half_an_hour() {
        let Outcome::Unknown { until } = judge(0, 90, End::Unknown).outcome else { panic!("unknown") };
        assert_eq!(until, Timestamp::from_millis(NOW.millis() + HOUR / 2));
    }
}
