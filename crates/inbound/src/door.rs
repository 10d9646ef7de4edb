//! Which addresses are ours, and what each is for (T8, T11, DESIGN §6).

use mail_formats::EmailAddress;
use policy::ContactId;
use seals::{LinkPurpose, MailRef};
use store::StoreError;
use store::inbox::PlatformSender;

use crate::InboundContext;

/// An address of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// `b.{token}@`: the return path of one attempt of one message.
    Bounce(MailRef),
    /// `bounce@`: where a customer passes on bounces that came to an address of their own (R53).
    PassedOnBounce,
    /// `u.{token}@`: the List-Unsubscribe mailbox of one person.
    Unsubscribe(ContactId, LinkPurpose),
    /// The address of a provider's feedback loop: `fbl@`, `fbl-NAME@`, `fbl+NAME@` (F7).
    FeedbackLoop,
    /// The address that `CFBL-Address` names (F9).
    Cfbl,
    /// The abuse desk (R78, R91).
    Abuse,
    /// The exclusion list's own desk: a letter lifts its sender's exclusion (D6).
    Lift,
    /// postmaster@ of any domain of ours (RFC 2142, RFC 5321 §4.5.1).
    Postmaster,
    /// A customer's platform address (D7).
    Sender(PlatformSender),
}

/// Why a recipient is refused.
#[derive(Debug)]
pub enum NoDoor {
    /// The domain is not ours: we relay for nobody.
    Relay,
    /// The domain is ours, the mailbox or token is not.
    Unknown,
    /// The text is no address.
    Malformed,
    /// The memory does not answer.
    Unavailable(StoreError),
}

impl NoDoor {
    /// The reply to RCPT.
    #[must_use]
    pub const fn reply(&self) -> &'static str {
        match self {
            Self::Relay => "550 5.7.1 we do not relay",
            Self::Unknown => "550 5.1.1 no such mailbox",
            Self::Malformed => "501 5.1.3 this is no address",
            Self::Unavailable(_) => "451 4.3.0 try again later",
        }
    }
}

/// Finds the door behind the path of a RCPT command.
///
/// # Errors
/// [`NoDoor`]; a forged token looks like a mailbox that does not exist (T8).
pub async fn find(context: &InboundContext, path: &str) -> Result<Door, NoDoor> {
    if path.eq_ignore_ascii_case("postmaster") {
        return Ok(Door::Postmaster);
    }
    let address = EmailAddress::parse(path).map_err(|_| NoDoor::Malformed)?;
    let names = &context.names;
    let own = [
        &names.bounce_domain,
        &names.unsubscribe_domain,
        &names.platform_domain,
        names.abuse_address.domain(),
        names.cfbl_address.domain(),
    ];
    let is_own = own.into_iter().chain(&names.further_domains).any(|domain| domain == address.domain());
    if is_own && let Some(door) = fixed(context, &address) {
        return Ok(door);
    }
    let keys = context.seals.address_keys_mail(&address.normalised());
    match context.store.platform_sender(&keys).await {
        Ok(Some(sender)) => Ok(Door::Sender(sender)),
        Ok(None) if is_own => Err(NoDoor::Unknown),
        Ok(None) => Err(NoDoor::Relay),
        Err(error) => Err(NoDoor::Unavailable(error)),
    }
}

/// The doors that need no look into the memory.
fn fixed(context: &InboundContext, address: &EmailAddress) -> Option<Door> {
    let (names, local) = (&context.names, address.local());
    if let Some(mail) = context.seals.read_return_path_local(local) {
        return Some(Door::Bounce(mail));
    }
    if let Some((person, purpose)) = context.seals.read_unsubscribe_mailbox_local(local) {
        return ContactId::from_bits(person).map(|person| Door::Unsubscribe(person, purpose));
    }
    if address.normalised() == names.cfbl_address.normalised() {
        return Some(Door::Cfbl);
    }
    if address.normalised() == names.abuse_address.normalised() {
        return Some(Door::Abuse);
    }
    let local = local.to_ascii_lowercase();
    match local.as_str() {
        "abuse" => Some(Door::Abuse),
        "postmaster" => Some(Door::Postmaster),
        "lift" => Some(Door::Lift),
        "bounce" => Some(Door::PassedOnBounce),
        "fbl" => Some(Door::FeedbackLoop),
        _ if local.starts_with("fbl-") || local.starts_with("fbl+") => Some(Door::FeedbackLoop),
        _ => None,
    }
}
