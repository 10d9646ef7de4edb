//! What one mail carries so that it can be unsubscribed from and known again (DESIGN §6).

use mail_formats::EmailAddress;
use policy::{PersonFacts, Purpose, Refusal, RowId};
use seals::{LinkPurpose, MailKind, MailRef, MessageRef, Seals};

use crate::house::House;

/// The links, addresses and names of one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marks {
    /// The one-click link of List-Unsubscribe.
    pub(crate) header_url: String,
    /// The mailbox of List-Unsubscribe, as a mailto link.
    pub(crate) header_mail: String,
    /// The unsubscribe link of the signature block.
    pub(crate) body_url: String,
    /// The preferences link.
    pub(crate) preferences_url: String,
    /// The confirmation link; in a proof of an address its link.
    pub(crate) confirm_url: String,
    /// The local part of the Message-ID.
    pub(crate) message_id_local: String,
    /// The return path.
    pub(crate) return_path: EmailAddress,
    /// The value of CFBL-Feedback-ID.
    pub(crate) feedback_token: String,
}

/// The links that name the person, by what the mail is.
struct Purposes {
    header: LinkPurpose,
    body: LinkPurpose,
    preferences: LinkPurpose,
    confirm: LinkPurpose,
}

const fn purposes(purpose: Purpose) -> Purposes {
    let contact = Purposes {
        header: LinkPurpose::UnsubscribeHeader,
        body: LinkPurpose::UnsubscribeBody,
        preferences: LinkPurpose::Preferences,
        confirm: LinkPurpose::ProveAddress,
    };
    match purpose {
        Purpose::Newsletter
        | Purpose::Autoresponder
        | Purpose::AddressProof
        | Purpose::AccountNotice
        | Purpose::AbuseReply
        | Purpose::ForwardedReply => contact,
        Purpose::Confirmation => Purposes {
            header: LinkPurpose::NotMeHeader,
            body: LinkPurpose::NotMeBody,
            confirm: LinkPurpose::Confirm,
            ..contact
        },
        Purpose::TestMail => Purposes {
            header: LinkPurpose::TestStopHeader,
            body: LinkPurpose::TestStopBody,
            preferences: LinkPurpose::TestPreferences,
            ..contact
        },
    }
}

/// The 60 bits that tokens name the person by; 0 for somebody who is nobody's contact or user.
pub(crate) fn person_bits(person: &PersonFacts) -> u64 {
    match person {
        PersonFacts::Contact(contact) => contact.id.bits(),
        PersonFacts::Pending(pending) => pending.id.bits(),
        PersonFacts::User(user) => user.id.bits(),
        PersonFacts::Outsider(_) | PersonFacts::NoContact | PersonFacts::NoPending => 0,
    }
}

impl Marks {
    /// Computes all of them. The same mail has the same marks in every attempt, the return path and
    /// the feedback token apart.
    pub(crate) fn of(
        house: &House,
        seals: &Seals,
        purpose: Purpose,
        row: RowId,
        person: &PersonFacts,
        attempt: u8,
    ) -> Result<Self, Refusal> {
        let bits = person_bits(person);
        let which = purposes(purpose);
        let link = |purpose: LinkPurpose| -> Result<String, Refusal> {
            let token = seals.link_token(bits, purpose).map_err(|error| fault(&error))?;
            Ok(house.link(purpose, &token))
        };
        let mail = mail_ref(row, bits, attempt)?;
        let return_path = format!("{}@{}", seals.return_path_local(&mail), house.bounce_domain.as_str());
        let mailbox = seals.unsubscribe_mailbox_local(bits, which.header).map_err(|error| fault(&error))?;
        Ok(Self {
            header_url: link(which.header)?,
            header_mail: format!("mailto:{mailbox}@{}", house.unsubscribe_domain.as_str()),
            body_url: link(which.body)?,
            preferences_url: link(which.preferences)?,
            confirm_url: link(which.confirm)?,
            message_id_local: seals.message_id_local(&mail.message_ref()),
            return_path: EmailAddress::parse(&return_path).map_err(|error| fault(&error))?,
            feedback_token: seals.feedback_token(&mail),
        })
    }
}

fn mail_ref(row: RowId, person: u64, attempt: u8) -> Result<MailRef, Refusal> {
    let (number, kind) = match row {
        RowId::Delivery { mailing, .. } => (mailing.get(), MailKind::Mailing),
        RowId::Notice(notice) => (notice.get(), MailKind::Notice),
    };
    let number = u64::try_from(number).map_err(|error| fault(&error))?;
    let message = MessageRef::new(person, number, kind).map_err(|error| fault(&error))?;
    Ok(message.attempt(attempt))
}

/// Ids that do not fit their places are a fault of ours.
fn fault(error: &dyn std::fmt::Display) -> Refusal {
    Refusal::DutyBroken { duty: format!("T8: {error}") }
}
