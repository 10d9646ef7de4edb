//! Candidate in, released or refusal out.

use std::fmt;
use std::sync::Arc;

use mail_formats::EmailAddress;
use policy::{Candidate, Content, MailingContent, Purpose, Refusal, SendFacts};
use seals::{Dice, Seals, Timestamp};

use crate::cache::Cache;
use crate::compose::{self, Body};
use crate::house::{House, HouseError};
use crate::inspect::{self, Duty};
use crate::keys::{Signers, SigningKeys};
use crate::marks::Marks;
use crate::notice::Words;
use crate::preview::Preview;
use crate::problem::Problem;
use crate::released::{Envelope, Pass, Released};

/// The one way out. Shared by worker threads; holds no rule of its own and does no IO.
pub struct Gate {
    house: House,
    seals: Arc<Seals>,
    dice: Arc<dyn Dice>,
    cache: Cache,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gate({})", self.house.public_url)
    }
}

/// Worker threads share one gate.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<Gate>();
    shared::<SigningKeys>();
};

impl Gate {
    /// A gate of this installation. `dice` blind the DomainKeys signature, nothing else.
    ///
    /// # Errors
    /// [`HouseError`]: under these names no mail could keep its promises.
    pub fn new(house: House, seals: Arc<Seals>, dice: Arc<dyn Dice>) -> Result<Self, HouseError> {
        house.check()?;
        Ok(Self { house, seals, dice, cache: Cache::default() })
    }

    /// The names of the installation.
    #[must_use]
    pub fn house(&self) -> &House {
        &self.house
    }

    /// Decides, composes, signs, inspects (DESIGN §3). Costs one to three RSA signatures.
    ///
    /// # Errors
    /// The [`Refusal`] of the first rule that says no; it tells what becomes of the row.
    pub fn release(
        &self,
        candidate: Candidate,
        facts: &SendFacts,
        keys: &SigningKeys,
        now: Timestamp,
    ) -> Result<Released, Refusal> {
        let purpose = candidate.purpose;
        policy::may_send(purpose, facts, now)?;
        belongs_together(&candidate, facts)?;
        let recipient = facts.person.address().ok_or(Refusal::NotAContact)?.clone();
        let marks = Marks::of(&self.house, &self.seals, purpose, candidate.row, &facts.person, candidate.attempt)?;
        if let (Purpose::ForwardedReply, Content::Stored(letter)) = (purpose, &candidate.content) {
            return forward(&candidate, facts, &marks, recipient, letter);
        }
        let signers = self.signers(purpose, facts, keys)?;
        let body = self.body(&candidate, facts, &marks)?;
        let headers = compose::headers(&candidate, facts, &marks, &self.house, &recipient, &body.subject, now)?;
        let (message, header_utf8) = compose::write(&headers, &body, &marks)?;
        let bytes = signers
            .sign(&message, &*self.dice, now)
            .map_err(|error| Refusal::DutyBroken { duty: format!("R64: {error}") })?;
        let duty = self.duty(purpose, facts, &marks, &recipient, &signers, now);
        inspect::inspect(&bytes, &duty)?;
        let smtputf8 = header_utf8 || recipient.needs_smtputf8();
        let message_id = format!("<{}@{}>", marks.message_id_local, self.house.platform_domain.as_str());
        let envelope = Envelope::new(marks.return_path, recipient, smtputf8);
        Ok(Released::let_go(pass(&candidate, facts, message_id), envelope, bytes))
    }

    /// Looks at content when it is saved: everything that a release would refuse, with its place,
    /// and merge fields that are not among `known_fields`.
    #[must_use]
    pub fn check_content(content: &MailingContent, known_fields: &[&str]) -> Vec<Problem> {
        crate::preview::check_content(content, known_fields)
    }

    /// What the mailing would look like to a person of `facts`. Asks no rule, signs nothing, and
    /// makes no [`Released`].
    ///
    /// # Errors
    /// The refusal of composing: content that cannot be rendered, a missing sender or legal notice.
    pub fn preview(&self, candidate: &Candidate, facts: &SendFacts, now: Timestamp) -> Result<Preview, Refusal> {
        let recipient = facts.person.address().ok_or(Refusal::NotAContact)?.clone();
        let marks =
            Marks::of(&self.house, &self.seals, candidate.purpose, candidate.row, &facts.person, candidate.attempt)?;
        let body = self.body(candidate, facts, &marks)?;
        let headers = compose::headers(candidate, facts, &marks, &self.house, &recipient, &body.subject, now)?;
        let (bytes, _) = compose::write(&headers, &body, &marks)?;
        Ok(Preview { subject: body.subject, html: body.html, text: body.text, bytes })
    }

    /// Reads finished bytes back as a release does, for bytes that a release with these arguments
    /// made. Makes no [`Released`].
    ///
    /// # Errors
    /// [`Refusal::DutyBroken`] with the first duty that the bytes do not keep.
    pub fn inspect(
        &self,
        bytes: &[u8],
        candidate: &Candidate,
        facts: &SendFacts,
        keys: &SigningKeys,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let purpose = candidate.purpose;
        let recipient = facts.person.address().ok_or(Refusal::NotAContact)?;
        let marks = Marks::of(&self.house, &self.seals, purpose, candidate.row, &facts.person, candidate.attempt)?;
        let signers = self.signers(purpose, facts, keys)?;
        inspect::inspect(bytes, &self.duty(purpose, facts, &marks, recipient, &signers, now))
    }

    fn duty<'a>(
        &'a self,
        purpose: Purpose,
        facts: &'a SendFacts,
        marks: &'a Marks,
        recipient: &'a EmailAddress,
        signers: &Signers<'_>,
        now: Timestamp,
    ) -> Duty<'a> {
        Duty { purpose, facts, marks, house: &self.house, recipient, signatures: signers.expected(), now }
    }

    fn signers<'k>(&self, purpose: Purpose, facts: &SendFacts, keys: &'k SigningKeys) -> Result<Signers<'k>, Refusal> {
        let author = compose::author(purpose, facts, &self.house)?;
        Signers::choose(keys, author.address().domain(), &self.house.platform_domain, self.house.domainkeys)
    }

    fn body(&self, candidate: &Candidate, facts: &SendFacts, marks: &Marks) -> Result<Body, Refusal> {
        let purpose = candidate.purpose;
        match &candidate.content {
            Content::Mailing(content) => {
                let compiled = self.cache.get(content).map_err(|problems| Refusal::NotRenderable {
                    problem: problems.first().map_or_else(String::new, ToString::to_string),
                })?;
                compose::mailing_body(&compiled, purpose, facts, marks, &self.house)
            }
            Content::Notice(notice) => {
                let words = Words::of(purpose, notice, facts, marks, &self.house, &self.seals)?;
                compose::notice_body(&words, purpose, facts, marks, &self.house)
            }
            Content::Stored(_) => {
                Err(Refusal::NotRenderable { problem: "only a forwarded reply is sent as it is stored".to_owned() })
            }
        }
    }
}

fn pass(candidate: &Candidate, facts: &SendFacts, message_id: String) -> Pass {
    let Candidate { row, purpose, attempt, .. } = *candidate;
    Pass { row, facts: facts.versions, purpose, attempt, message_id }
}

/// The candidate, its purpose and its facts must speak of the same row and the same account;
/// otherwise a mail could carry one person's permission and another one's address.
fn belongs_together(candidate: &Candidate, facts: &SendFacts) -> Result<(), Refusal> {
    let broken = |what: &str| Err(Refusal::DutyBroken { duty: format!("R28: {what}") });
    let account = facts.account.as_ref().map(|account| account.id);
    let person = match &facts.person {
        policy::PersonFacts::Contact(contact) => Some(contact.id.account()),
        policy::PersonFacts::Pending(pending) => Some(pending.id.account()),
        policy::PersonFacts::User(user) => Some(user.id.account()),
        _ => None,
    };
    if candidate.purpose.duties().account_sender && person.is_some() && person != account {
        return broken("the person belongs to another account");
    }
    let is_mailing = matches!(candidate.content, Content::Mailing(_));
    let is_stored = matches!(candidate.content, Content::Stored(_));
    let fits = match candidate.purpose {
        Purpose::Newsletter | Purpose::Autoresponder | Purpose::TestMail => is_mailing,
        Purpose::ForwardedReply => is_stored,
        Purpose::Confirmation | Purpose::AddressProof | Purpose::AccountNotice | Purpose::AbuseReply => {
            !is_mailing && !is_stored
        }
    };
    if !fits {
        return broken("the content is not of this purpose");
    }
    row_fits(candidate, facts)
}

/// A newsletter or autoresponder comes from the delivery row of this contact and mailing, with the
/// content that the facts name; everything else from a notice row.
fn row_fits(candidate: &Candidate, facts: &SendFacts) -> Result<(), Refusal> {
    let broken = |what: &str| Err(Refusal::DutyBroken { duty: format!("R28: {what}") });
    if let (Content::Mailing(content), Some(mailing)) = (&candidate.content, facts.mailing.as_deref())
        && candidate.purpose != Purpose::TestMail
        && !(Arc::ptr_eq(content, &mailing.content) || *content == mailing.content)
    {
        return broken("the content is not that of the mailing");
    }
    match (candidate.row, &facts.person, facts.mailing.as_deref()) {
        (policy::RowId::Delivery { mailing, contact }, policy::PersonFacts::Contact(person), Some(facts)) => {
            let fits = candidate.purpose.duties().counts_as_sent && mailing == facts.id && contact == person.id;
            if fits { Ok(()) } else { broken("the row is of another mailing or contact") }
        }
        (policy::RowId::Delivery { .. }, _, _) => broken("the row is of a contact"),
        (policy::RowId::Notice(_), _, _) if candidate.purpose.duties().counts_as_sent => {
            broken("the row is no delivery")
        }
        (policy::RowId::Notice(_), _, _) => Ok(()),
    }
}

/// A person's letter to the customer, byte for byte (D7). The envelope is ours, so that its
/// bounce comes to us. It carries no ARC seal yet (T18).
fn forward(
    candidate: &Candidate,
    facts: &SendFacts,
    marks: &Marks,
    recipient: EmailAddress,
    letter: &Arc<Vec<u8>>,
) -> Result<Released, Refusal> {
    mail_formats::wire::check(letter).map_err(|error| Refusal::DutyBroken { duty: format!("T1: {error}") })?;
    let message = mail_formats::raw::RawMessage::parse(letter)
        .map_err(|error| Refusal::DutyBroken { duty: format!("M1: {error}") })?;
    let message_id = message.only("Message-ID").map(|field| field.unfolded()).unwrap_or_default();
    let header_utf8 = message.fields().iter().any(|field| !field.value().is_ascii());
    let smtputf8 = header_utf8 || recipient.needs_smtputf8();
    let envelope = Envelope::new(marks.return_path.clone(), recipient, smtputf8);
    Ok(Released::let_go(pass(candidate, facts, message_id), envelope, letter.as_ref().clone()))
}
