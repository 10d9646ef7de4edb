//! What an arriving mail does. Every mail is kept whole first; when this module
//! says [`Answer::Done`], its effect is durable and drained.

mod bounce;
mod complaint;
mod letter;
mod reply;
mod unsubscribe;

use std::net::IpAddr;

use failpoints::Point;
use mail_formats::EmailAddress;
use mail_formats::traces::Traces;
use mail_formats::view::View;
use policy::Timestamp;
use seals::{AddressKey, Seals, sha256};
use store::StoreError;
use store::inbox::ArrivedMail;

use crate::door::Door;
use crate::{InboundContext, meters};

/// A mail as the dialog received it.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// When its last byte came.
    pub received_at: Timestamp,
    /// The peer.
    pub peer: IpAddr,
    /// The name that it gave.
    pub helo: String,
    /// MAIL FROM; empty for `<>`.
    pub mail_from: String,
    /// The bytes, dots unstuffed.
    pub raw: Vec<u8>,
}

/// What the peer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// Kept, done and drained.
    Done,
    /// Refused for good: the domain of From wants no such mail to pass (R8).
    NotAuthentic,
    /// Refused for today: a limit.
    Limited,
    /// The disk is full: the peer must come again.
    DiskFull,
    /// Something does not answer: the peer must come again.
    Later,
}

/// Why a mail could not be dealt with now.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The memory.
    Store(StoreError),
    /// DNS did not say what the decision needs.
    Dns,
    /// A limit of letters that are passed on.
    Limited,
    /// The domain of From wants no such mail to pass.
    NotAuthentic,
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Trouble {
    /// Writes a fault of the memory into the log.
    pub(crate) fn told(&self) {
        if let Self::Store(error) = self {
            tracing::error!(%error, "a mail could not be dealt with");
        }
    }

    fn answer(&self) -> Answer {
        self.told();
        match self {
            Self::Store(StoreError::DiskFull) => Answer::DiskFull,
            // Even a fault of ours is only "later": the peer keeps the mail until it is mended.
            Self::Store(_) => Answer::Later,
            Self::Dns => Answer::Later,
            Self::Limited => Answer::Limited,
            Self::NotAuthentic => Answer::NotAuthentic,
        }
    }

    /// The word in the inbox.
    const fn word(&self) -> &'static str {
        match self {
            Self::Store(_) => "store",
            Self::Dns => "dns",
            Self::Limited => "limited",
            Self::NotAuthentic => "not_authentic",
        }
    }
}

/// What a mail was and what it did, for the inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Noted {
    pub(crate) kind: &'static str,
    pub(crate) effect: String,
}

impl Noted {
    pub(crate) fn new(kind: &'static str, effect: impl Into<String>) -> Self {
        Self { kind, effect: effect.into() }
    }
}

/// A kept mail at one of its doors.
pub(crate) struct Letter<'a> {
    pub(crate) context: &'a InboundContext,
    pub(crate) arrival: &'a Arrival,
    /// Its number in the inbox.
    pub(crate) inbox: i64,
    /// Opened; none when it cannot be read.
    pub(crate) view: Option<&'a View>,
}

impl Letter<'_> {
    pub(crate) fn now(&self) -> Timestamp {
        self.arrival.received_at
    }

    /// The keys of an address, the current one first.
    pub(crate) fn keys(&self, address: &EmailAddress) -> Vec<AddressKey> {
        self.context.seals.address_keys_mail(&address.normalised())
    }

    /// Names the letter by its bytes: the same ones may come again when our 250 was lost.
    pub(crate) fn once(&self) -> String {
        let mut name = String::with_capacity(32);
        for byte in &sha256(&self.arrival.raw)[..16] {
            name.push_str(&format!("{byte:02x}"));
        }
        name
    }

    /// The hour's limit of letters to pass on is reached. The peer hears 250: what it would send
    /// again would be the same flood.
    pub(crate) fn flooded(&self, kind: &'static str, account: policy::AccountId) -> Noted {
        tracing::warn!(account = account.get(), inbox = self.inbox, "a flood of letters: this one is not passed on");
        Noted::new(kind, "dropped: too many in an hour")
    }

    /// More hops than a mail that does not go in circles has (RFC 5321 §6.3).
    pub(crate) fn goes_in_circles(&self) -> bool {
        const MAX_HOPS: usize = 30;
        let hops =
            |view: &View| view.headers().iter().filter(|(name, _)| name.eq_ignore_ascii_case("Received")).count();
        self.view.is_some_and(|view| hops(view) > MAX_HOPS)
    }

    /// DKIM, SPF and DMARC of this mail.
    pub(crate) async fn authenticate(&self) -> outside::AuthVerdict {
        let Arrival { raw, helo, peer, mail_from, .. } = self.arrival;
        self.context.authenticator.authenticate(raw, helo, *peer, mail_from).await
    }
}

/// Whether the traces in a mail name a message or a person of ours.
#[must_use]
pub fn names_ours(seals: &Seals, traces: &Traces) -> bool {
    !complaint::named_in(seals, traces).is_empty()
}

/// Does what a mail means at each of its doors; the gravest answer counts. A
/// mail that must come again does nothing twice when it does.
pub async fn of_all(context: &InboundContext, arrival: &Arrival, recipients: Vec<(String, Door)>) -> Answer {
    let view = View::open(&arrival.raw).ok();
    let mut answer = Answer::Done;
    for (recipient, door) in recipients {
        let one = match of_one(context, arrival, view.as_ref(), &recipient, door).await {
            Ok(()) => Answer::Done,
            Err(trouble) => trouble.answer(),
        };
        answer = answer.max(one);
    }
    answer
}

async fn of_one(
    context: &InboundContext,
    arrival: &Arrival,
    view: Option<&View>,
    recipient: &str,
    door: Door,
) -> Result<(), Trouble> {
    let kept = ArrivedMail {
        received_at: arrival.received_at,
        peer: arrival.peer.to_string(),
        helo: arrival.helo.clone(),
        mail_from: arrival.mail_from.clone(),
        recipient: recipient.to_owned(),
        raw: arrival.raw.clone(),
    };
    let inbox = context.store.keep_mail(kept).await?;
    failpoints::reach(Point::MailKept);
    of_kept(context, arrival, view, inbox, door).await
}

/// Does what a kept mail means at one door, and notes it.
pub(crate) async fn of_kept(
    context: &InboundContext,
    arrival: &Arrival,
    view: Option<&View>,
    inbox: i64,
    door: Door,
) -> Result<(), Trouble> {
    let letter = Letter { context, arrival, inbox, view };
    let done = match door {
        Door::Bounce(mail) => bounce::arrives(&letter, mail).await,
        Door::PassedOnBounce => bounce::is_passed_on(&letter).await,
        Door::Unsubscribe(person, purpose) => unsubscribe::arrives(&letter, person, purpose).await,
        Door::FeedbackLoop => complaint::report_arrives(&letter, policy::complaint::Source::FeedbackLoop).await,
        Door::Cfbl => complaint::report_arrives(&letter, policy::complaint::Source::Cfbl).await,
        Door::Abuse | Door::Postmaster => complaint::letter_arrives(&letter).await,
        Door::Lift => letter::asks_to_lift(&letter).await,
        Door::Sender(sender) => reply::arrives(&letter, sender).await,
    };
    let noted = match &done {
        Ok(noted) => noted.clone(),
        Err(trouble) => Noted::new("not_done", trouble.word()),
    };
    context.store.note_mail(inbox, noted.kind, &noted.effect).await?;
    meters::ARRIVED.add(noted.kind, 1);
    done.map(drop)
}
