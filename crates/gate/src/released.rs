//! A mail that may leave, and its envelope.

use mail_formats::EmailAddress;
use policy::{FactsVersions, Purpose, RowId};

/// The SMTP envelope of one mail: one recipient, a return path of its own (VERP).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    return_path: EmailAddress,
    recipient: EmailAddress,
    smtputf8: bool,
}

impl Envelope {
    pub(crate) fn new(return_path: EmailAddress, recipient: EmailAddress, smtputf8: bool) -> Self {
        Self { return_path, recipient, smtputf8 }
    }

    /// MAIL FROM: names person, message and attempt.
    #[must_use]
    pub fn return_path(&self) -> &EmailAddress {
        &self.return_path
    }

    /// RCPT TO.
    #[must_use]
    pub fn recipient(&self) -> &EmailAddress {
        &self.recipient
    }

    /// The next hop must offer SMTPUTF8 (T9).
    #[must_use]
    pub fn smtputf8(&self) -> bool {
        self.smtputf8
    }
}

/// A message that has passed every rule (DESIGN §3).
///
/// Made by [`crate::Gate::release`] only; spent once. It cannot be forged:
///
/// ```compile_fail,E0451
/// fn forge(released: gate::Released) -> gate::Released {
///     gate::Released { bytes: Vec::new(), ..released }
/// }
/// ```
///
/// nor made from nothing:
///
/// ```compile_fail,E0277
/// fn needs_default<T: Default>() {}
/// needs_default::<gate::Released>();
/// ```
///
/// nor cloned:
///
/// ```compile_fail,E0277
/// fn needs_clone<T: Clone>() {}
/// needs_clone::<gate::Released>();
/// ```
///
/// nor read back from storage:
///
/// ```compile_fail,E0277
/// fn needs_deserialize<T: serde::de::DeserializeOwned>() {}
/// needs_deserialize::<gate::Released>();
/// ```
///
/// nor used twice:
///
/// ```compile_fail,E0382
/// fn twice(released: gate::Released) {
///     let first = released.spend();
///     let second = released.spend();
/// }
/// ```
///
/// while once is what it is for:
///
/// ```
/// fn once(released: gate::Released) -> (gate::Envelope, Vec<u8>) {
///     released.spend()
/// }
/// ```
pub struct Released {
    row: RowId,
    facts: FactsVersions,
    envelope: Envelope,
    bytes: Vec<u8>,
    purpose: Purpose,
    attempt: u8,
    message_id: String,
}

/// What the gate knows of a mail when it lets it go.
pub(crate) struct Pass {
    pub(crate) row: RowId,
    pub(crate) facts: FactsVersions,
    pub(crate) purpose: Purpose,
    pub(crate) attempt: u8,
    pub(crate) message_id: String,
}

impl Released {
    pub(crate) fn let_go(pass: Pass, envelope: Envelope, bytes: Vec<u8>) -> Self {
        let Pass { row, facts, purpose, attempt, message_id } = pass;
        Self { row, facts, envelope, bytes, purpose, attempt, message_id }
    }

    /// The row that it came from.
    #[must_use]
    pub fn row(&self) -> RowId {
        self.row
    }

    /// The versions of the facts that it was judged by; the start compares them.
    #[must_use]
    pub fn facts(&self) -> FactsVersions {
        self.facts
    }

    /// The SMTP envelope.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The bytes between DATA and the final dot, dots not yet doubled.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Why it is sent.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The attempt that its return path names.
    #[must_use]
    pub fn attempt(&self) -> u8 {
        self.attempt
    }

    /// The Message-ID with its angle brackets; the same in every attempt.
    #[must_use]
    pub fn message_id(&self) -> &str {
        &self.message_id
    }

    /// Gives the mail away, to be transmitted once. Only `delivery::transmit` calls this.
    #[must_use]
    pub fn spend(self) -> (Envelope, Vec<u8>) {
        (self.envelope, self.bytes)
    }
}

impl std::fmt::Debug for Released {
    /// Without addresses and content.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (row, bytes) = (self.row, self.bytes.len());
        write!(f, "Released({row:?}, {:?}, attempt {}, {bytes} bytes)", self.purpose, self.attempt)
    }
}
